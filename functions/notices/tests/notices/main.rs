//! What a reader may rely on, proved on every sample in every language.

#![cfg(test)]

mod design;
mod facts;
mod hostile;
mod mime;
mod snapshots;
mod support;
