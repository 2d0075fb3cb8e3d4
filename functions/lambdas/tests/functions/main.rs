//! The functions without a cloud: what they are told, what wakes them, what they write down, how they fail.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod config;
mod dictionary;
mod events;
mod kit;
mod lines;
mod processes;
