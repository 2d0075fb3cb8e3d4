use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jobs::mail_dispatch::MailDispatchReport;
use lambdas::{Event, Report, Woken};
use platform::Clock;
use platform::clock::SystemClock;
use platform::memory::MemoryStore;
use serde_json::json;

use crate::kit::{ALL, Written, empty, environment, place, place_of, read, sample, woken, woken_for};

/// Every sample event is understood by the function that it is for, and all of them are tried.
#[tokio::test]
async fn samples_are_understood() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/events");
    let names =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut tried: Vec<String> = names.filter(|name| name.ends_with(".json")).collect();
    tried.sort();
    assert_eq!(
        tried,
        [
            "journal-stream.json",
            "mail-bounced.json",
            "register-account.json",
            "resign.json",
            "tick.json",
            "upload.json"
        ]
    );
    assert!(Event(&sample("journal-stream.json")).is_batch());
    for name in ["register-account.json", "resign.json"] {
        Event(&sample(name)).command().unwrap();
    }
    assert!(!Event(&sample("tick.json")).is_batch());
    let uploads = jobs::intake::wakings(&Event(&sample("upload.json")).json().unwrap());
    assert_eq!(
        uploads.iter().map(|one| one.key.as_str()).collect::<Vec<_>>(),
        ["vacancies/0691774D/places vacantes.csv"]
    );
    assert_eq!(jobs::intake::wakings(&Event(&sample("tick.json")).json().unwrap()), []);

    let store = Arc::new(MemoryStore::new());
    let place = place("mail-feedback", store, &Written::default());
    let bounced = sample("mail-bounced.json");
    let heard = woken(&place, &bounced, async |work| {
        Ok(jobs::mail_feedback::hear(work.context, &work.event.json()?).await?)
    });
    let heard = heard.await.unwrap();
    assert_eq!((&heard["foreign"], &heard["suppressed"]), (&json!(false), &json!(1)));
}

/// What is no command is refused by one word, with the place and what was expected, and nothing of it is repeated: an
/// event may hold a name.
#[test]
fn what_is_no_command_is_not_repeated() {
    let cases = [
        ("[]", "a value that is not of its type"),
        (r#"{"actor":"operator"}"#, "missing field `command_id`"),
        (
            r#"{"command_id":"a","actor":{"candidate":"c-1"},"type":"Alice Martin"}"#,
            "a value that is not of its type",
        ),
        (
            r#"{"command_id":"a","actor":{"candidate":"c-1"},"type":"register_account","email":["alice@example.org"]}"#,
            "",
        ),
        (r#"{"command_id":"a","actor":{"candidate":"alice@example.org "},"type":"resign"}"#, ""),
        ("{\"command_id\":\"Alice\n", "a value that is not of its type"),
    ];
    for (event, says) in cases {
        let failure = Event(event).command().unwrap_err();
        assert_eq!(failure.word, "InvalidEvent");
        assert!(
            failure.message.contains(says) && failure.message.contains(" at line "),
            "{}",
            failure.message
        );
        assert!(failure.message.contains("schemas/json/command.json"), "{}", failure.message);
        assert!(!failure.message.to_lowercase().contains("alice"), "{}", failure.message);
    }
}

/// A batch is answered as one, of which nothing is to come again; a tick with the report. Both have the figures.
#[test]
fn a_batch_is_answered_as_one() {
    let report = MailDispatchReport { sent: 3, ..MailDispatchReport::default() };
    let (tick, batch) = (Woken::Tick(report), Woken::Batch(report));
    assert_eq!(serde_json::to_value(&tick).unwrap()["sent"], 3);
    assert_eq!(serde_json::to_value(&batch).unwrap(), json!({ "batchItemFailures": [] }));
    let rules = read(ALL, &environment()).unwrap().campaign;
    let now = Timestamp::UNIX_EPOCH;
    assert_eq!(tick.figures(now, &rules), batch.figures(now, &rules));
}

/// A job is cut off before the service would kill it: the next tick goes on, and whoever watches reads one word.
#[tokio::test]
async fn a_job_ends_before_its_time() {
    let place = place("deadline-expiry", empty(), &Written::default());
    let (time, begun) = (Duration::from_secs(2), SystemClock.now());
    let ended = woken_for(time, &place, "{}", async |_| {
        std::future::pending::<()>().await;
        Ok(MailDispatchReport::default())
    });
    assert_eq!(ended.await.unwrap_err().word, "OutOfTime");
    let took = SystemClock.now().duration_since(begun).unsigned_abs();
    // A tenth is kept back, to say so.
    assert!(took >= time / 2 && took < time, "{took:?} of {time:?}");
}

/// A deadline that is past when the event comes, as some emulators give, cuts nothing off.
#[tokio::test]
async fn a_past_deadline_is_none() {
    let place = place("deadline-expiry", empty(), &Written::default());
    let ended = woken_for(Duration::ZERO, &place, "{}", async |_| {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Ok(MailDispatchReport::default())
    });
    assert!(ended.await.is_ok());
}

/// In a test stage each event happens when the clock file says, read anew each time, and a job's own waiting goes on
/// from there without taking any time; without a readable file nothing happens.
#[tokio::test]
async fn a_test_stands_at_its_own_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("clock");
    let mut environment = environment();
    environment.insert("CLOCK_FILE", file.to_str().unwrap().into());
    let place = place_of("commands", read(ALL, &environment).unwrap(), empty(), &Written::default());
    let now = async || {
        woken(&place, "{}", async |work| {
            work.context.platform.clock.sleep(Duration::from_secs(15)).await;
            Ok(Woken::Tick(Now(work.context.now().to_string())))
        })
        .await
    };
    assert_eq!(now().await.unwrap_err().word, "InvalidClock");
    std::fs::write(&file, "noon").unwrap();
    assert_eq!(now().await.unwrap_err().word, "InvalidClock");
    for (at, then) in
        [("2024-06-05T07:00:00Z\n", "2024-06-05T07:00:15Z"), ("2024-06-04T07:00:00Z", "2024-06-04T07:00:15Z")]
    {
        std::fs::write(&file, at).unwrap();
        assert_eq!(now().await.unwrap(), then);
    }
}

#[derive(serde::Serialize)]
struct Now(String);

impl Report for Now {
    fn figures(&self, _: Timestamp, _: &schemas::Campaign) -> Vec<platform::meter::Figure> {
        Vec::new()
    }
}
