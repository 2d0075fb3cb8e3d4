//! The port `Meter`: figures that alarms and dashboards watch.
//!
//! A figure belongs to a stage and a function, and to one detail at the most, as the kind of an error: never more than
//! three dimensions, for each combination of their values is a metric of its own that is paid for. Nothing that tells
//! one person from another is ever a figure's name, dimension or value.

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Milliseconds.
    Milliseconds,
    /// Seconds.
    Seconds,
}

impl Unit {
    /// CloudWatch's name of it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Milliseconds => "Milliseconds",
            Self::Seconds => "Seconds",
        }
    }
}

/// One figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    /// Its name, in `CamelCase`, as the dictionary of logs lists it.
    pub name: &'static str,
    /// What it counts.
    pub unit: Unit,
    /// How much.
    pub value: f64,
}

impl Figure {
    /// So many things.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "no count comes near 2^53")]
    pub fn count(name: &'static str, count: u64) -> Self {
        Self { name, unit: Unit::Count, value: count as f64 }
    }

    /// So many seconds.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "no wait comes near 2^53 seconds")]
    pub fn seconds(name: &'static str, seconds: u64) -> Self {
        Self { name, unit: Unit::Seconds, value: seconds as f64 }
    }
}

/// Which detail of a function a figure is about, beside the stage and the function: a name and a value.
pub type Detail = (&'static str, &'static str);

/// Takes figures.
pub trait Meter: Send + Sync {
    /// Records figures of one moment, of the whole function or of one detail of it. Never fails: a figure that is lost
    /// stops no job.
    fn record(&self, detail: Option<Detail>, figures: &[Figure]);
}
