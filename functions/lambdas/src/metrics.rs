//! The port `Meter` as CloudWatch's embedded metric format: lines of the log that become metrics. No request, no
//! waiting, no permission.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use platform::Clock;
use platform::meter::{Detail, Figure, Meter};
use serde_json::{Map, Value, json};

/// The namespace of every metric.
pub const NAMESPACE: &str = "MonMaster";

/// The dimension of the stage.
const STAGE: &str = "Stage";

/// The dimension of the function.
const FUNCTION: &str = "Function";

/// Figures of one function in one stage, written to its log.
pub struct EmbeddedMetrics<W> {
    stage: String,
    function: &'static str,
    clock: Arc<dyn Clock>,
    out: Mutex<W>,
}

impl<W: Write> EmbeddedMetrics<W> {
    /// Figures dated by this clock: the machine's own, never a campaign's.
    pub fn new(stage: String, function: &'static str, clock: Arc<dyn Clock>, out: W) -> Self {
        Self { stage, function, clock, out: Mutex::new(out) }
    }

    fn line(&self, detail: Option<Detail>, figures: &[Figure]) -> String {
        let mut dimensions = vec![(STAGE, self.stage.as_str()), (FUNCTION, self.function)];
        dimensions.extend(detail);
        let names: Vec<&str> = dimensions.iter().map(|(name, _)| *name).collect();
        let metrics: Vec<Value> =
            figures.iter().map(|figure| json!({ "Name": figure.name, "Unit": figure.unit.name() })).collect();
        let directive = json!({ "Namespace": NAMESPACE, "Dimensions": [names], "Metrics": metrics });
        let timestamp = self.clock.now().as_millisecond();
        let mut line = Map::new();
        line.insert("_aws".into(), json!({ "Timestamp": timestamp, "CloudWatchMetrics": [directive] }));
        line.extend(dimensions.into_iter().map(|(name, value)| (name.to_owned(), value.into())));
        line.extend(figures.iter().map(|figure| (figure.name.to_owned(), number(figure.value))));
        format!("{}\n", Value::Object(line))
    }
}

impl<W: Write + Send> Meter for EmbeddedMetrics<W> {
    fn record(&self, detail: Option<Detail>, figures: &[Figure]) {
        if figures.is_empty() {
            return;
        }
        let line = self.line(detail, figures);
        // One write for the line: others write to the same output.
        let _ = self.out.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes());
    }
}

/// A figure as JSON writes it: whole, if it is.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "it was just found whole, and none comes near 2^53")]
pub fn number(value: f64) -> Value {
    if value.fract() == 0.0 { (value as i64).into() } else { value.into() }
}
