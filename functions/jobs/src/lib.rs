//! The jobs: what the platform does while nobody looks, over the ports of `platform`.
//!
//! A Lambda function, the local command and the tests all call these. Every job may be run twice, late,
//! beside itself, or after a crash at any point: it does what is due and not yet done, and the next tick
//! finishes what one left. Each returns a typed report.
//!
//! | job | does |
//! |---|---|
//! | [`commands::handle`] | decides one command and records it |
//! | [`deadline_expiry::run`] | makes durable what time did to candidates |
//! | [`deadline_reminder::run`] | reminds whoever has not answered |
//! | [`phase_transition::run`] | what a boundary of the calendar does beyond one candidate |
//! | [`night::run`] | the night: snapshot, plan, verify, apply, publish |
//! | [`night_report::run`] | writes each establishment its file of the day, once a night is published |
//! | [`positions::of`] | says where somebody waits, as the last night left it |
//! | [`contract_check::run`] | gives each uploaded contract its verdict, and its effect |
//! | [`intake::run`] | takes in files of vacant seats and rankings |
//! | [`mail_dispatch::run`] | drains the outbox |
//! | [`mail_feedback::hear`] | takes in what the mail provider tells of a mail |
//! | [`mails::of`] | says what became of somebody's mails |
//! | [`certificates::check`] | says of a certificate whether the platform issued it |

mod addresses;
mod amendments;
pub mod audit;
pub mod certificates;
pub mod commands;
pub mod context;
pub mod contract_check;
mod contracts;
pub mod csv;
pub mod deadline_expiry;
pub mod deadline_reminder;
mod establishments;
pub mod explain;
mod extensions;
mod fault;
pub mod intake;
mod ledger;
mod letters;
pub mod mail_dispatch;
pub mod mail_feedback;
pub mod mail_rate;
pub mod mails;
pub mod night;
pub mod night_report;
mod outbox;
pub mod phase_transition;
pub mod positions;
pub mod reading;
pub mod rows;
pub mod schedule;
mod sweep;
mod token;

pub use context::{Context, Settings};
pub use fault::Fault;
pub use ledger::SettledCounts;
