//! The life of a function: read the environment, make the clients, then one event after the other.

use std::io::Stdout;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use jobs::context::TOKEN_KEY_BYTES;
use jobs::{Context, Settings};
use lambda_runtime::tracing::subscriber::fmt::time::SystemTime;
use lambda_runtime::tracing::subscriber::util::SubscriberInitExt;
use lambda_runtime::{LambdaEvent, Runtime, service_fn};
use platform::clock::{SystemClock, VirtualClock};
use platform::meter::{Figure, Meter};
use platform::{Clock, Platform};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::Instant;
use tracing::{Instrument, info_span};

use crate::config::{self, Config, Needs};
use crate::event::Event;
use crate::failure::Failure;
use crate::metrics::{self, EmbeddedMetrics};
use crate::report::Report;
use crate::{cloud, log};

/// How many candidates a sweep has in hand at once: at 5 ms a write, some 6,000 a second, more than new tables take.
const CONCURRENCY: usize = 32;

/// In how many segments the table `state` is read side by side. A night's plan counts the segments applied: it stays.
const SEGMENTS: u32 = 16;

/// The longest time that the service gives an invocation.
const LIFE_MAX: Duration = Duration::from_mins(15);

/// The longest time kept back at the end of an invocation, to say how it went.
const KEPT_BACK_MAX: Duration = Duration::from_secs(10);

/// The part of an invocation's time that is kept back, if that is less.
const KEPT_BACK_PART: u32 = 10;

/// Where a function works: what it was told, and what it made before its first event.
pub struct Place {
    function: &'static str,
    stage: String,
    context: Context,
    clock_file: Option<PathBuf>,
    meter: Arc<dyn Meter>,
}

/// One unit of work: what a function is given of an event.
#[derive(Clone, Copy)]
pub struct Work<'a> {
    /// The ports and the rules, at the time of the event.
    pub context: &'a Context,
    /// What woke the function.
    pub event: Event<'a>,
}

impl Place {
    /// The place that an environment describes, with these ports.
    #[must_use]
    pub fn new(function: &'static str, config: Config, platform: Platform, meter: Arc<dyn Meter>) -> Self {
        let mail = config.mail.unwrap_or_else(|| config::MailConfig {
            from: String::new(),
            configuration_set: String::new(),
            space: String::new(),
        });
        let settings = Settings {
            rules: config.campaign,
            site: mail.space,
            sender: mail.from,
            operator: config.operators,
            stage: config.stage.clone(),
            token_key: config.token_key.unwrap_or_else(nobodys_key),
            concurrency: CONCURRENCY,
            segments: SEGMENTS,
        };
        Self {
            function,
            stage: config.stage,
            context: Context::new(platform, Arc::new(settings)),
            clock_file: config.clock_file,
            meter,
        }
    }

    /// The context at the time of an event: the machine's, or in a test stage the clock file's, from which a job's own
    /// waiting goes on.
    fn at_event(&self) -> Result<Context, Failure> {
        let Some(file) = &self.clock_file else { return Ok(self.context.clone()) };
        let instant = config::instant(file)
            .map_err(|problem| Failure::invalid_clock(format!("the file of CLOCK_FILE {problem}")))?;
        Ok(self.context.with_clock(Arc::new(VirtualClock::at(instant))))
    }
}

/// A key that stands where a function is told none: what is signed with it is accepted nowhere.
fn nobodys_key() -> [u8; TOKEN_KEY_BYTES] {
    std::array::from_fn(|_| fastrand::u8(..))
}

/// A function, from the beginning of its process to the end. `work` is called once for each event; what it returns is
/// the answer.
pub fn start<R: Report>(
    function: &'static str,
    needs: Needs,
    work: impl AsyncFn(Work<'_>) -> Result<R, Failure>,
) -> ExitCode {
    start_with(function, needs, cloud::platform, work)
}

/// The same with other ports than every function's.
pub fn start_with<R: Report>(
    function: &'static str,
    needs: Needs,
    platform: impl FnOnce(&Config) -> Platform,
    work: impl AsyncFn(Work<'_>) -> Result<R, Failure>,
) -> ExitCode {
    #[expect(clippy::disallowed_methods, reason = "the one place where a function's environment is read")]
    let variable = |name: &'static str| std::env::var(name).ok();
    let level = log::level(variable("AWS_LAMBDA_LOG_LEVEL").as_deref());
    log::subscriber(level, SystemTime, std::io::stdout).init();
    let config = match Config::read(needs, variable) {
        Ok(config) => config,
        Err(error) => {
            tracing::error!(function, error.word = "InvalidConfiguration", error.message = %error, "Cannot start");
            return ExitCode::FAILURE;
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(function, error.word = "NoRuntime", error.message = %error, "Cannot start");
            return ExitCode::FAILURE;
        }
    };
    let out: Stdout = std::io::stdout();
    let meter = EmbeddedMetrics::new(config.stage.clone(), function, Arc::new(SystemClock), out);
    let ended = runtime.block_on(async {
        let platform = platform(&config);
        let place = Place::new(function, config, platform, Arc::new(meter));
        end_gracefully(function).await;
        let handler = service_fn(async |event: LambdaEvent<Box<RawValue>>| {
            invoke(&place, &event.payload, &event.context, &work).await
        });
        Runtime::new(handler).run().await
    });
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(function, error.word = "RuntimeEnded", error.message = %error, "Ended");
            ExitCode::FAILURE
        }
    }
}

/// Asks the service to say when it takes the process down: it does so between two events, when nothing is in hand. An
/// emulator that cannot be asked takes it down without a word.
async fn end_gracefully(function: &'static str) {
    let hook = move || async move { tracing::info!(function, "Ended by the service") };
    let asked = tokio::spawn(lambda_runtime::spawn_graceful_shutdown_handler(hook));
    if asked.await.is_err() {
        tracing::warn!(function, "The service will not say when it ends this process");
    }
}

/// One event: the job under the invocation's time, then its line and its figures.
///
/// # Errors
/// The [`Failure`] of the job, after it was logged and counted.
pub async fn invoke<R: Report>(
    place: &Place,
    payload: &RawValue,
    invocation: &lambda_runtime::Context,
    work: &impl AsyncFn(Work<'_>) -> Result<R, Failure>,
) -> Result<Value, Failure> {
    let Place { function, stage, meter, .. } = place;
    let span = info_span!("invocation", stage, function, request_id = invocation.request_id);
    async {
        let begun = Instant::now();
        let done = attempt(place, Event::of(payload), time_left(invocation.deadline), work).await;
        let elapsed_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let failures = |count| Figure::count("Failures", count);
        match &done {
            Ok((_, figures)) => {
                meter.record(None, &[figures.as_slice(), &[failures(0)]].concat());
                let figures: serde_json::Map<String, Value> = figures
                    .iter()
                    .map(|figure| (figure.name.to_owned(), metrics::number(figure.value)))
                    .collect();
                let figures = Value::Object(figures);
                tracing::info!(elapsed_ms, %figures, "Done");
            }
            Err(Failure { word, message }) => {
                meter.record(None, &[failures(1)]);
                meter.record(Some(("Error", word)), &[failures(1)]);
                tracing::error!(elapsed_ms, error.word = word, error.message = message, "Failed");
            }
        }
        done.map(|(answer, _)| answer)
    }
    .instrument(span)
    .await
}

async fn attempt<R: Report>(
    place: &Place,
    event: Event<'_>,
    time: Duration,
    work: &impl AsyncFn(Work<'_>) -> Result<R, Failure>,
) -> Result<(Value, Vec<Figure>), Failure> {
    let context = &place.at_event()?;
    let work = work(Work { context, event });
    // A job may be cut off anywhere, as by a crash: it checkpoints by what it has written.
    let report = tokio::time::timeout(time, work).await.unwrap_or_else(|_| Err(Failure::out_of_time()))?;
    let answer = serde_json::to_value(&report)
        .map_err(|error| Failure { word: "AnswerUnwritable", message: error.to_string() })?;
    Ok((answer, report.figures(context.now(), context.rules())))
}

/// How long a job may take until this deadline, in milliseconds since 1970. One that is past when the event comes is no
/// deadline: some emulators give a constant.
fn time_left(deadline: u64) -> Duration {
    let now = u64::try_from(SystemClock.now().as_millisecond()).unwrap_or_default();
    let left = if deadline > now { Duration::from_millis(deadline - now) } else { LIFE_MAX };
    left - (left / KEPT_BACK_PART).min(KEPT_BACK_MAX)
}
