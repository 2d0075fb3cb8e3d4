//! Whatever is changed behind the jobs' backs, the audit names it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it should be"
)]

mod common;

use common::tamper::Tampered;
use common::{World, accept_definitively, evening_before, hold};
use jobs::audit::FindingKind::{self, *};
use platform::Table::{Journal, State};
use platform::store::IndexEntry;

/// After two nights: alice holds ART provisionally, bob is offered BIO and waits for ART, carol waits for both.
async fn two_nights() -> World {
    let world = evening_before("").await;
    world.morning("2024-06-04").await;
    world.does("alice", hold("ART", &[])).await;
    world.mails().await;
    world.morning("2024-06-05").await;
    assert_eq!(world.sees("bob").await, "ART waitlisted, BIO offered");
    world
}

/// A way to change a world, and what must be found.
type Case = (&'static str, fn(&mut Tampered), FindingKind, &'static str);

async fn each_is_found(world: &World, cases: &[Case]) {
    let sound = Tampered::of(world).await;
    assert_eq!(sound.clone().findings().await, [], "the copy is sound");
    for (name, tamper, what, key) in cases {
        let mut tampered = sound.clone();
        tamper(&mut tampered);
        let findings = tampered.findings().await;
        assert!(findings.contains(&(*what, (*key).to_owned())), "{name}: {findings:?}");
    }
}

/// Bob's second night: the decision and the notice it owes.
const BOB_RECORD: &str = "D#00000006";
const BOB_DIGEST: &str = "N#2024-06-05#digest";

/// Somewhere in an index where nothing belongs.
fn elsewhere() -> Option<IndexEntry> {
    Some(IndexEntry { partition: "2024-06-09#01".into(), sort: "x".into() })
}

#[tokio::test]
async fn changed_records_are_found() {
    // Proves that nothing of a journal can be missing, added or changed.
    let cases: &[Case] = &[
        ("one is gone", |t| t.remove(Journal, "C#bob", "D#00000002"), RecordsNotWhole, "C#bob / D#00000002"),
        ("the last is gone", |t| t.remove(Journal, "C#bob", BOB_RECORD), RecordsNotWhole, "C#bob / STATE"),
        (
            "one came twice",
            |t| t.copy(Journal, "C#bob", "D#00000003", "D#00000099"),
            RecordsNotWhole,
            "C#bob / D#00000007",
        ),
        (
            "a formation's is gone",
            |t| t.remove(Journal, "F#ART", "D#00000002"),
            RecordsNotWhole,
            "F#ART / STATE",
        ),
        (
            "not one at all",
            |t| t.body(Journal, "C#bob", "D#00000001", "{}"),
            Unreadable,
            "C#bob / D#00000001",
        ),
        (
            "a deadline is changed, in record and state",
            |t| {
                let later = "\"2024-06-09T22:00:00Z\"";
                t.set(Journal, "C#bob", BOB_RECORD, "/events/0/deadline", later);
                t.state("C#bob", "/applications/BIO/now/d", later);
            },
            DeadlineDiffers,
            "C#bob / D#00000006",
        ),
        (
            "an answer without what it loses",
            |t| {
                t.edit(Journal, "C#alice", &t.last_record("C#alice"), |record| {
                    record["events"].as_array_mut().unwrap().pop();
                });
            },
            DecisionDiffers,
            "C#alice / D#00000006",
        ),
        (
            "a lapse that was none",
            |t| t.set(Journal, "C#bob", BOB_RECORD, "/cause", "{\"by\":\"time\"}"),
            DecisionDiffers,
            "C#bob / D#00000006",
        ),
        (
            "an offer that is not in the plan",
            |t| t.set(Journal, "C#bob", BOB_RECORD, "/events/0/formation", "\"ART\""),
            DecisionDiffers,
            "C#bob / D#00000006",
        ),
    ];
    each_is_found(&two_nights().await, cases).await;
}

#[tokio::test]
async fn changed_states_are_found() {
    // Proves that no item can differ from its records, nor lie elsewhere in the index, nor be of no job.
    let cases: &[Case] = &[
        ("a rank", |t| t.state("C#bob", "/applications/ART/now/k", "9"), StateDiffers, "C#bob / STATE"),
        ("a call limit", |t| t.state("F#ART", "/call_limit", "7"), StateDiffers, "F#ART / STATE"),
        (
            "a ranking's count",
            |t| t.set(State, "F#ART", "RANKING", "/ranked", "2"),
            StateDiffers,
            "F#ART / RANKING",
        ),
        ("a ranking is gone", |t| t.remove(State, "F#ART", "RANKING"), StateDiffers, "F#ART / RANKING"),
        ("not listed", |t| t.list(State, "C#bob", "STATE", None), IndexDiffers, "C#bob / STATE"),
        ("elsewhere", |t| t.list(State, "C#bob", "STATE", elsewhere()), IndexDiffers, "C#bob / STATE"),
        ("not a candidate", |t| t.body(State, "C#bob", "STATE", "{}"), Unreadable, "C#bob / STATE"),
        ("of no job", |t| t.copy(State, "C#bob", "STATE", "STATE2"), Unreadable, "C#bob / STATE2"),
        (
            "phases",
            |t| t.set(State, "J#phase-transition", "all", "/phases_begun", "[\"catalogue\"]"),
            PhasesDiffer,
            "J#phase-transition / all",
        ),
    ];
    each_is_found(&two_nights().await, cases).await;
}

#[tokio::test]
async fn broken_invariants_are_found() {
    // Proves that a state which the law does not know is named, whatever else is wrong with it.
    const DEFINITIVE: &str = "\"accepted_definitively\"";
    const HELD: &str = "\"accepted_provisionally\"";
    let cases: &[Case] = &[
        ("two held", |t| t.state("C#alice", "/applications/BIO/now/s", HELD), HeldTwice, "C#alice / STATE"),
        (
            "two for good",
            |t| {
                t.state("C#alice", "/applications/ART/now/s", DEFINITIVE);
                t.state("C#alice", "/applications/BIO/now/s", DEFINITIVE);
            },
            HeldTwice,
            "C#alice / STATE",
        ),
        (
            "waiting beside a definitive acceptance",
            |t| t.state("C#bob", "/applications/BIO/now/s", DEFINITIVE),
            LiveBesideDefinitive,
            "C#bob / STATE",
        ),
        (
            "live in an account that was left",
            |t| t.state("C#bob", "/account", "\"resigned\""),
            LiveWithoutAccount,
            "C#bob / STATE",
        ),
        (
            "waiting without a rank",
            |t| t.state("C#bob", "/applications/ART/now/k", "null"),
            RankDiffers,
            "C#bob / STATE",
        ),
        (
            "a rank given twice",
            |t| t.state("C#bob", "/applications/ART/now/k", "1"),
            RankDiffers,
            "F#ART / STATE",
        ),
        (
            "a seat given twice",
            |t| t.state("C#bob", "/applications/ART/now/s", HELD),
            OverCallLimit,
            "F#ART / STATE",
        ),
    ];
    each_is_found(&two_nights().await, cases).await;
}

#[tokio::test]
async fn what_is_not_there_is_found() {
    // Proves that accounts, addresses, formations and rankings that name each other are all there.
    let cases: &[Case] = &[
        ("a formation", |t| t.remove(State, "F#ART", "STATE"), SubjectMissing, "F#ART / STATE"),
        ("a ranking's formation", |t| t.remove(State, "F#ART", "STATE"), SubjectMissing, "F#ART / RANKING"),
        ("an address", |t| t.remove(State, &t.address_of("bob"), "ACCOUNT"), AddressDiffers, "C#bob / STATE"),
        (
            "an address, given to somebody else",
            |t| t.body(State, &t.address_of("bob"), "ACCOUNT", "{\"candidate\":\"carol\"}"),
            AddressDiffers,
            "C#bob / STATE",
        ),
    ];
    let world = two_nights().await;
    each_is_found(&world, cases).await;
    let mut tampered = Tampered::of(&world).await;
    let row = format!("{} / ACCOUNT", tampered.address_of("dan"));
    tampered.remove(State, "C#dan", "STATE");
    assert!(tampered.findings().await.contains(&(SubjectMissing, row)), "an address's candidate");
}

#[tokio::test]
async fn wrong_notices_are_found() {
    // Proves that every notice owed is there once, says what it must, and left in time.
    const KEY: &str = "C#bob / N#2024-06-05#digest";
    let cases: &[Case] = &[
        ("gone", |t| t.remove(Journal, "C#bob", BOB_DIGEST), NoticeMissing, KEY),
        (
            "too many",
            |t| t.copy(Journal, "C#bob", BOB_DIGEST, "N#2024-06-06#digest"),
            NoticeUnfounded,
            "C#bob / N#2024-06-06#digest",
        ),
        (
            "another decision's",
            |t| t.set(Journal, "C#bob", BOB_DIGEST, "/decision", "1"),
            NoticeUnfounded,
            KEY,
        ),
        (
            "another kind",
            |t| t.set(Journal, "C#bob", BOB_DIGEST, "/kind", "\"not_admitted\""),
            NoticeUnfounded,
            KEY,
        ),
        (
            "sent before publication",
            |t| t.set(Journal, "C#bob", BOB_DIGEST, "/status/at", "\"2024-06-05T06:59:59Z\""),
            NoticeTooEarly,
            KEY,
        ),
        ("sent, and in the outbox", |t| t.list(Journal, "C#bob", BOB_DIGEST, elsewhere()), IndexDiffers, KEY),
    ];
    let world = two_nights().await;
    each_is_found(&world, cases).await;
    world.does("bob", accept_definitively("BIO")).await;
    let mut tampered = Tampered::of(&world).await;
    let sk = tampered.sk("C#bob", "#answer_recorded");
    tampered.list(Journal, "C#bob", &sk, None);
    assert!(tampered.findings().await.contains(&(IndexDiffers, format!("C#bob / {sk}"))), "owed, not listed");
}

#[tokio::test]
async fn wrong_nights_are_found() {
    // Proves that plans, runs, the gate and what the nights did to candidates agree.
    const RUN: (&str, &str) = ("J#night", "2024-06-05");
    let cases: &[Case] = &[
        (
            "the gate is behind",
            |t| t.set(State, "J#gate", "STATE", "/published", "\"2024-06-04\""),
            GateDiffers,
            "J#gate / STATE",
        ),
        (
            "the gate was never closed",
            |t| t.set(State, "J#gate", "STATE", "/closed_for", "null"),
            GateDiffers,
            "J#gate / STATE",
        ),
        (
            "a run under way behind an open gate",
            |t| t.set(State, RUN.0, RUN.1, "/status", "\"applied\""),
            GateDiffers,
            "J#gate / STATE",
        ),
        (
            "a run miscounts",
            |t| t.set(State, RUN.0, RUN.1, "/counts/offers", "5"),
            NightDiffers,
            "J#night / 2024-06-05",
        ),
        (
            "void, but what it wrote stands",
            |t| t.set(State, RUN.0, RUN.1, "/status", "\"void\""),
            NightDiffers,
            "C#bob / STATE",
        ),
        (
            "void, and mailed",
            |t| t.set(State, RUN.0, RUN.1, "/status", "\"void\""),
            NoticeTooEarly,
            "C#bob / N#2024-06-05#digest",
        ),
        ("no run", |t| t.remove(State, RUN.0, RUN.1), DecisionDiffers, "C#bob / D#00000006"),
    ];
    let world = two_nights().await;
    each_is_found(&world, cases).await;
    let mut passed_over = Tampered::of(&world).await;
    passed_over.turn_back("C#dan", &Tampered::of(&evening_before("").await).await);
    let finding = (NightDiffers, "C#dan / STATE".to_owned());
    assert!(passed_over.findings().await.contains(&finding), "a night passed him over");
}

#[tokio::test]
async fn wrong_objects_are_found() {
    // Proves that no plan and no ranking can be missing or changed.
    let sound = Tampered::of(&two_nights().await).await;
    for prefix in ["plans/2024-06-05/", "rankings/ART/"] {
        for content in [None, Some("{}")] {
            let (mut tampered, key) = (sound.clone(), sound.object(prefix));
            tampered.put_object(&key, content);
            assert!(tampered.findings().await.contains(&(ObjectDiffers, key.clone())), "{key} {content:?}");
        }
    }
}

#[tokio::test]
async fn what_was_not_done_is_found() {
    // Proves that a night, a gate, a settling and a mail that were left undone are each named.
    const PENDING: &str =
        r#"{"status":"pending","next_attempt_at":"2024-06-04T06:59:59Z","attempts":0,"doubts":0}"#;
    let cases: &[Case] = &[
        (
            "a night without a run",
            |t| t.remove(State, "J#night", "2024-06-04"),
            NightMissing,
            "J#night / 2024-06-04",
        ),
        (
            "a gate closed since yesterday",
            |t| {
                t.set(State, "J#gate", "STATE", "/closed_for", "\"2024-06-04\"");
                t.set(State, "J#gate", "STATE", "/published", "null");
            },
            GateLeftClosed,
            "J#gate / STATE",
        ),
        (
            "a lapse of long ago",
            |t| t.state("C#bob", "/due", "\"2024-06-05T04:59:59Z\""),
            SettlingOverdue,
            "C#bob / STATE",
        ),
        (
            "a mail of the day before yesterday",
            |t| t.set(Journal, "C#bob", BOB_DIGEST, "/status", PENDING),
            NoticeOverdue,
            "C#bob / N#2024-06-05#digest",
        ),
    ];
    each_is_found(&two_nights().await, cases).await;
}
