//! The law of Mon Master, as pure functions: no clock, no randomness, no I/O.
//!
//! - [`campaign_file::read`] reads a year's calendar and settings; [`calendar`] answers questions of time.
//! - [`decide::decide`] decides one command; [`settle::settle`] does what time alone does.
//! - [`fold`] turns events into state: the state is nothing but the fold of its decision records.
//! - [`night`] plans and verifies the nightly advancement of the waitlists.
//! - [`refusals`] and [`rules`] say in sentences why something was refused or done.
//!
//! Rules `R1`…`R79` are those of the rule book; each event carries the rule that made it.

pub mod address;
pub mod amendment;
pub mod calendar;
pub mod campaign_file;
pub mod decide;
pub mod digest;
pub mod fold;
pub mod night;
pub mod password;
pub mod positions;
pub mod refusals;
pub mod rules;
pub mod seats;
pub mod settle;

pub use decide::{Arrival, Decision, Facts, Subject, decide};
pub use settle::{Settlement, settle};
