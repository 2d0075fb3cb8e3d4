//! Draws that stand for real data: a cohort of candidates, the juries that rank them, the way they answer.
//!
//! Everything is a function of a seed. A draw depends only on the seed, on what is drawn, on whom it is
//! about and on which decision it is for (see [`draw::stream`]), never on what was drawn before it: calls
//! may come in any order, be repeated or be left out, and a run that was interrupted goes on the same.
//! Only arithmetic that every machine rounds alike is used, so one seed is one cohort everywhere.
//!
//! The draws are calibrated to the published figures of 2024: 8.4 applications a candidate in the student track and 1.6 in
//! alternance, spread over one formation per 28 candidates with 22 seats each; about three candidates in four are
//! ranked somewhere, seven in ten get an offer in the main phase and six in ten end it with a seat.

pub mod arrival;
pub mod behaviour;
#[cfg(test)]
mod calibration;
mod catalogue;
pub mod cohort;
pub mod contracts;
pub mod draw;
mod formations;
pub mod jury;
pub mod later;
pub mod night;
mod people;
pub mod tables;
mod wishes;

pub use behaviour::{Answer, Situation};
pub use cohort::{Cohort, CohortSpec, DrawnCandidate, DrawnFormation};
