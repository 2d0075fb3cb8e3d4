//! A function in this process: ports in memory, its lines and its figures kept.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lambda_runtime::tracing::level_filters::LevelFilter;
use lambda_runtime::tracing::subscriber::fmt::format::Writer;
use lambda_runtime::tracing::subscriber::fmt::time::FormatTime;
use lambdas::config::{Config, ConfigError};
use lambdas::metrics::EmbeddedMetrics;
use lambdas::{Failure, Needs, Place, Report, Work, invoke, log};
use platform::clock::{SystemClock, VirtualClock};
use platform::memory::{DirectReader, MemoryMailer, MemoryObjects, MemoryStore, MemoryUploads};
use platform::{Clock, Platform, Store};
use serde_json::Value;
use serde_json::value::RawValue;
use tracing::subscriber::DefaultGuard;

/// When everything here happens.
pub(crate) const NOW: &str = "2024-02-26T09:00:00Z";

/// Everything that a function may need.
pub(crate) const ALL: Needs =
    Needs { reports: true, uploads: true, token_key: true, operators: true, mail: true };

/// An environment in which every function starts.
pub(crate) fn environment() -> BTreeMap<&'static str, String> {
    [
        ("STAGE", "test-dev"),
        ("STATE_TABLE", "test-dev-state"),
        ("JOURNAL_TABLE", "test-dev-journal"),
        ("CAMPAIGN", "2024"),
        ("PLANS_BUCKET", "test-dev-plans"),
        ("REPORTS_BUCKET", "test-dev-reports"),
        ("UPLOADS_BUCKET", "test-dev-uploads"),
        ("TOKEN_KEY", "8f3a0b5c9d1e2f4a6b7c8d9e0f1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f90"),
        ("OPERATORS", "operators@example.org"),
        ("MAIL_FROM", "Mon Master <ne-pas-repondre@example.org>"),
        ("MAIL_CONFIGURATION_SET", "test-dev"),
        ("SPACE_URL", "https://candidat.example.org"),
        ("AWS_REGION", "eu-west-3"),
        ("AWS_ACCESS_KEY_ID", "AKIAKEY"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnSECRET"),
        ("AWS_SESSION_TOKEN", "IQoJb3JpZ2luTOKEN"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into()
}

pub(crate) fn read(
    needs: Needs,
    environment: &BTreeMap<&'static str, String>,
) -> Result<Config, ConfigError> {
    Config::read(needs, |name| environment.get(name).cloned())
}

/// What was written, by anybody.
#[derive(Debug, Clone, Default)]
pub(crate) struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The same, but for how long it took.
    pub(crate) fn timeless(&self) -> String {
        let mut text = String::new();
        for part in self.text().split_inclusive(r#""elapsed_ms":"#) {
            text.push_str(part.trim_start_matches(|digit: char| digit.is_ascii_digit()));
        }
        text
    }

    pub(crate) fn lines(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A time that stands still.
struct Still;

impl FormatTime for Still {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        writer.write_str(NOW)
    }
}

/// Keeps what this thread logs while the guard lives.
pub(crate) fn keep_log(written: &Written) -> DefaultGuard {
    let writer = written.clone();
    tracing::subscriber::set_default(log::subscriber(LevelFilter::INFO, Still, move || writer.clone()))
}

/// A function at [`NOW`], on this store.
pub(crate) fn place(function: &'static str, store: Arc<dyn Store>, figures: &Written) -> Place {
    let config = read(ALL, &environment()).unwrap();
    place_of(function, config, store, figures)
}

pub(crate) fn place_of(
    function: &'static str,
    config: Config,
    store: Arc<dyn Store>,
    figures: &Written,
) -> Place {
    let clock = Arc::new(VirtualClock::at(NOW.parse().unwrap()));
    let platform = Platform {
        store,
        objects: Arc::new(MemoryObjects::new()),
        uploads: Arc::new(MemoryUploads::new()),
        reader: Arc::new(DirectReader(jobs::reading::read)),
        mailer: Arc::new(MemoryMailer::new()),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
    };
    let meter = EmbeddedMetrics::new(config.stage.clone(), function, clock, figures.clone());
    Place::new(function, config, platform, Arc::new(meter))
}

pub(crate) fn empty() -> Arc<dyn Store> {
    Arc::new(MemoryStore::new())
}

/// One invocation, with a minute of time.
pub(crate) async fn woken<R: Report>(
    place: &Place,
    event: &str,
    work: impl AsyncFn(Work<'_>) -> Result<R, Failure>,
) -> Result<Value, Failure> {
    woken_for(Duration::from_mins(1), place, event, work).await
}

/// One invocation, with this time.
pub(crate) async fn woken_for<R: Report>(
    time: Duration,
    place: &Place,
    event: &str,
    work: impl AsyncFn(Work<'_>) -> Result<R, Failure>,
) -> Result<Value, Failure> {
    let payload = RawValue::from_string(event.to_owned()).unwrap();
    let mut invocation = lambda_runtime::Context::default();
    invocation.request_id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd".into();
    invocation.deadline = u64::try_from((SystemClock.now() + time).as_millisecond()).unwrap();
    invoke(place, &payload, &invocation, &work).await
}

/// A sample event.
pub(crate) fn sample(name: &str) -> String {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/events");
    std::fs::read_to_string(folder.join(name)).unwrap()
}
