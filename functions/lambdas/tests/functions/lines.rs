use std::sync::Arc;

use async_trait::async_trait;
use lambdas::Failure;
use platform::memory::MemoryStore;
use platform::meter::{Figure, Meter, Unit};
use platform::store::{Cursor, KeyPage, Page, Segment};
use platform::{Item, Key, Store, StoreError, Table, Write};

use crate::kit::{Written, empty, keep_log, place, sample, woken};

/// A store that answers nothing.
struct DeadStore;

#[async_trait]
impl Store for DeadStore {
    async fn get(&self, _: Table, _: &Key) -> Result<Option<Item>, StoreError> {
        Err(StoreError::Unavailable("no answer".into()))
    }

    async fn transact(&self, _: Vec<Write>) -> Result<(), StoreError> {
        Err(StoreError::Unavailable("no answer".into()))
    }

    async fn query(
        &self,
        _: Table,
        _: &str,
        _: &str,
        _: Option<Cursor>,
        _: usize,
    ) -> Result<Page, StoreError> {
        Err(StoreError::Unavailable("no answer".into()))
    }

    async fn index(
        &self,
        _: Table,
        _: &str,
        _: &str,
        _: Option<Cursor>,
        _: usize,
    ) -> Result<KeyPage, StoreError> {
        Err(StoreError::Unavailable("no answer".into()))
    }

    async fn scan(&self, _: Table, _: Segment, _: Option<Cursor>, _: usize) -> Result<Page, StoreError> {
        Err(StoreError::Unavailable("no answer".into()))
    }
}

/// The line of a run, within its span, and its figures in CloudWatch's embedded metric format.
#[tokio::test]
async fn a_run_leaves_a_line_and_its_figures() {
    let (log, figures) = (Written::default(), Written::default());
    let _kept = keep_log(&log);
    let place = place("deadline-expiry", empty(), &figures);
    let tick = sample("tick.json");
    let answer = woken(&place, &tick, async |work| {
        Ok(jobs::deadline_expiry::run(work.context, jobs::deadline_expiry::ALL).await?)
    });
    assert_eq!(answer.await.unwrap()["candidates"], 0);
    insta::assert_snapshot!("run", log.timeless() + &figures.text());
}

/// A run that fails leaves one word in its line, in its answer, and as the third dimension of a figure.
#[tokio::test]
async fn a_failure_leaves_its_word() {
    let (log, figures) = (Written::default(), Written::default());
    let _kept = keep_log(&log);
    let place = place("phase-transition", Arc::new(DeadStore), &figures);
    let ended = woken(&place, "{}", async |work| Ok(jobs::phase_transition::run(work.context).await?));
    let failure: lambda_runtime::Diagnostic = ended.await.unwrap_err().into();
    assert_eq!(failure.error_type, "StoreUnavailable");
    insta::assert_snapshot!("failure", log.timeless() + &figures.text());
}

/// No line has more than three dimensions, and a moment without figures leaves none.
#[test]
fn figures_have_three_dimensions_at_the_most() {
    let figures = Written::default();
    let clock = Arc::new(platform::clock::VirtualClock::at(jiff::Timestamp::UNIX_EPOCH));
    let meter = lambdas::metrics::EmbeddedMetrics::new("test-dev".into(), "commands", clock, figures.clone());
    meter.record(None, &[]);
    assert_eq!(figures.text(), "");
    let figure = Figure { name: "OldestDue", unit: Unit::Seconds, value: 1.5 };
    meter.record(None, &[figure]);
    meter.record(Some(("Error", "TaskLost")), &[figure]);
    for line in figures.lines() {
        for dimensions in line["_aws"]["CloudWatchMetrics"][0]["Dimensions"].as_array().unwrap() {
            let names = dimensions.as_array().unwrap();
            assert!(names.len() <= 3, "{line}");
            assert!(names.iter().all(|name| line[name.as_str().unwrap()].is_string()), "{line}");
        }
        assert_eq!(line["OldestDue"], 1.5);
    }
}

/// Whatever a command says of a person, and whatever of it is wrong, is in no line and no figure, though it was
/// recorded and answered.
#[tokio::test]
async fn nothing_of_a_person_is_logged() {
    let (log, figures) = (Written::default(), Written::default());
    let _kept = keep_log(&log);
    let store = Arc::new(MemoryStore::new());
    let place = place("commands", store, &figures);
    let command = sample("register-account.json");
    let work = async |work: lambdas::Work<'_>| -> Result<schemas::Outcome, Failure> {
        Ok(jobs::commands::handle(work.context, &work.event.command()?).await?)
    };
    let answer = woken(&place, &command, work).await.unwrap();
    assert_eq!(answer["outcome"], "accepted", "{answer}");
    let again = command.replace("sample-register-account", "another").replace("c-sample", "c-other");
    assert_eq!(woken(&place, &again, work).await.unwrap()["outcome"], "accepted");
    let broken = command.replace(r#""name": "Alice Martin""#, r#""name": ["Alice Martin"]"#);
    assert_eq!(woken(&place, &broken, work).await.unwrap_err().word, "InvalidEvent");
    assert_eq!(log.lines().len(), 3, "{}", log.text());
    let written = (log.text() + &figures.text()).to_lowercase();
    for personal in ["alice", "martin", "example.org"] {
        assert!(!written.contains(personal), "{written}");
    }
}

/// Of other crates only warnings are written, whatever level is asked for: a client that traces may write down what it
/// sends.
#[test]
fn others_only_warn() {
    let log = Written::default();
    let _kept = keep_log(&log);
    tracing::info!(target: "jobs::sweep", "ours");
    tracing::debug!(target: "jobs::sweep", "ours, of another level");
    tracing::info!(target: "aws_smithy_runtime", "theirs: alice@example.org");
    tracing::warn!(target: "aws_smithy_runtime", "their warning");
    let messages: Vec<String> = log.lines().iter().map(|line| line["message"].to_string()).collect();
    assert_eq!(messages, ["\"ours\"", "\"their warning\""]);
}
