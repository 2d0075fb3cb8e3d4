//! Logs: one JSON object a line, each with the spans it was written in. The fields are those of `dictionary.md`.

use lambda_runtime::tracing::Subscriber;
use lambda_runtime::tracing::level_filters::LevelFilter;
use lambda_runtime::tracing::subscriber::filter::Targets;
use lambda_runtime::tracing::subscriber::fmt::MakeWriter;
use lambda_runtime::tracing::subscriber::fmt::time::FormatTime;
use lambda_runtime::tracing::subscriber::layer::SubscriberExt;
use lambda_runtime::tracing::subscriber::{Layer, Registry, fmt};

/// The crates whose lines are the project's own.
const OWN: [&str; 3] = ["jobs", "lambdas", "platform"];

/// The subscriber of a function. The project's own lines are written from this level on; of everybody else's only
/// warnings and errors, whatever is asked for: a client that traces may write down what it sends.
pub fn subscriber<W, T>(own: LevelFilter, timer: T, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
    T: FormatTime + Send + Sync + 'static,
{
    let targets =
        Targets::new().with_default(LevelFilter::WARN).with_targets(OWN.map(|target| (target, own)));
    let lines = fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(true)
        .with_timer(timer)
        .with_writer(writer);
    Registry::default().with(lines.with_filter(targets))
}

/// The level that the environment asks for; `INFO` if it asks for none. Not `TRACE`: nothing of ours is written there.
#[must_use]
pub fn level(asked: Option<&str>) -> LevelFilter {
    match asked.map(str::to_ascii_uppercase).as_deref() {
        Some("DEBUG" | "TRACE") => LevelFilter::DEBUG,
        Some("WARN") => LevelFilter::WARN,
        Some("ERROR" | "FATAL") => LevelFilter::ERROR,
        _ => LevelFilter::INFO,
    }
}
