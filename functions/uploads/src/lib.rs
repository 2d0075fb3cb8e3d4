//! What people send: apprenticeship contracts, files of vacant seats, rankings. Bytes in, findings out.
//!
//! Pure: no clock, no file, no network. Whoever calls runs it in a child process with limits, for a hostile file can
//! abort or exhaust any parser.

pub mod contracts;
pub mod tables;
