//! Figures that are kept.

use std::sync::{Mutex, PoisonError};

use crate::meter::{Detail, Figure, Meter};

/// Keeps every figure it is given, in order.
#[derive(Debug, Default)]
pub struct MemoryMeter {
    recorded: Mutex<Vec<(Option<Detail>, Figure)>>,
}

impl MemoryMeter {
    /// No figures yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What was recorded, in order.
    #[must_use]
    pub fn recorded(&self) -> Vec<(Option<Detail>, Figure)> {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Meter for MemoryMeter {
    fn record(&self, detail: Option<Detail>, figures: &[Figure]) {
        let mut recorded = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
        recorded.extend(figures.iter().map(|figure| (detail, *figure)));
    }
}
