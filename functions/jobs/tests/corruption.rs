//! Whatever is changed behind the jobs' backs, the audit names it.

mod common;

use common::tamper::Tampered;
use common::{World, accept_definitively, evening_before, hold};
use jobs::audit::FindingKind::{self, *};
use platform::Table::{Journal, State};
use platform::store::IndexEntry;
use serde_json::{Value, json};

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

fn bob_in_art(state: &mut Value) -> &mut Value {
    &mut state["applications"]["ART"]["now"]
}

#[tokio::test]
async fn changed_records_and_states_are_found() {
    // Proves that nothing of the journal can be missing, added or changed, nor the state or its index.
    let cases: &[Case] = &[
        (
            "a record is gone",
            |t| t.remove(Journal, "C#bob", "D#00000002"),
            RecordsNotWhole,
            "C#bob / D#00000002",
        ),
        (
            "the last record is gone",
            |t| t.remove(Journal, "C#bob", &t.last_record("C#bob")),
            RecordsNotWhole,
            "C#bob / STATE",
        ),
        (
            "a record came twice",
            |t| t.copy(Journal, "C#bob", "D#00000003", "D#00000099"),
            RecordsNotWhole,
            "C#bob / D#00000007",
        ),
        (
            "a rank is changed",
            |t| t.edit(State, "C#bob", "STATE", |s| bob_in_art(s)["k"] = json!(9)),
            StateDiffers,
            "C#bob / STATE",
        ),
        ("not in the index", |t| t.list(State, "C#bob", "STATE", None), IndexDiffers, "C#bob / STATE"),
        (
            "elsewhere in the index",
            |t| {
                let entry = IndexEntry { partition: "2024-06-09#01".into(), sort: "x".into() };
                t.list(State, "C#bob", "STATE", Some(entry));
            },
            IndexDiffers,
            "C#bob / STATE",
        ),
        (
            "a deadline is changed, in record and state",
            |t| {
                let record = t.last_record("C#bob");
                t.edit(Journal, "C#bob", &record, |r| {
                    r["events"][0]["deadline"] = json!("2024-06-09T22:00:00Z")
                });
                t.edit(State, "C#bob", "STATE", |s| {
                    s["applications"]["BIO"]["now"]["d"] = json!("2024-06-09T22:00:00Z")
                });
            },
            DeadlineDiffers,
            "C#bob / D#00000006",
        ),
        (
            "an answer is recorded without what it loses",
            |t| {
                let record = t.last_record("C#alice");
                t.edit(Journal, "C#alice", &record, |r| {
                    r["events"].as_array_mut().unwrap().pop();
                });
            },
            DecisionDiffers,
            "C#alice / D#00000006",
        ),
        (
            "a formation's state",
            |t| t.edit(State, "F#ART", "STATE", |s| s["call_limit"] = json!(7)),
            StateDiffers,
            "F#ART / STATE",
        ),
        (
            "a formation's record",
            |t| t.remove(Journal, "F#ART", "D#00000002"),
            RecordsNotWhole,
            "F#ART / STATE",
        ),
        (
            "a ranking's row",
            |t| t.edit(State, "F#ART", "RANKING", |s| s["ranked"] = json!(2)),
            StateDiffers,
            "F#ART / RANKING",
        ),
        ("a ranking's row is gone", |t| t.remove(State, "F#ART", "RANKING"), StateDiffers, "F#ART / RANKING"),
        ("not JSON of a candidate", |t| t.body(State, "C#bob", "STATE", "{}"), Unreadable, "C#bob / STATE"),
        (
            "not JSON of a record",
            |t| t.body(Journal, "C#bob", "D#00000001", "{}"),
            Unreadable,
            "C#bob / D#00000001",
        ),
        ("an item of no job", |t| t.copy(State, "C#bob", "STATE", "STATE2"), Unreadable, "C#bob / STATE2"),
        (
            "phases",
            |t| t.edit(State, "J#phase-transition", "all", |s| s["phases_begun"] = json!(["catalogue"])),
            PhasesDiffer,
            "J#phase-transition / all",
        ),
    ];
    each_is_found(&two_nights().await, cases).await;
}

#[tokio::test]
async fn broken_invariants_are_found() {
    // Proves that a state which the law does not know is named, whatever else is wrong with it.
    let cases: &[Case] = &[
        (
            "two held",
            |t| {
                t.edit(State, "C#alice", "STATE", |s| {
                    s["applications"]["BIO"]["now"]["s"] = json!("accepted_provisionally")
                })
            },
            HeldTwice,
            "C#alice / STATE",
        ),
        (
            "two for good",
            |t| {
                t.edit(State, "C#alice", "STATE", |s| {
                    for id in ["ART", "BIO"] {
                        s["applications"][id]["now"]["s"] = json!("accepted_definitively");
                    }
                });
            },
            HeldTwice,
            "C#alice / STATE",
        ),
        (
            "waiting beside a definitive acceptance",
            |t| {
                t.edit(State, "C#bob", "STATE", |s| {
                    s["applications"]["BIO"]["now"]["s"] = json!("accepted_definitively")
                })
            },
            LiveBesideDefinitive,
            "C#bob / STATE",
        ),
        (
            "live in an account that was left",
            |t| t.edit(State, "C#bob", "STATE", |s| s["account"] = json!("resigned")),
            LiveWithoutAccount,
            "C#bob / STATE",
        ),
        (
            "waiting without a rank",
            |t| {
                t.edit(State, "C#bob", "STATE", |s| {
                    bob_in_art(s).as_object_mut().unwrap().remove("k");
                });
            },
            RankDiffers,
            "C#bob / STATE",
        ),
        (
            "a rank given twice",
            |t| t.edit(State, "C#bob", "STATE", |s| bob_in_art(s)["k"] = json!(1)),
            RankDiffers,
            "F#ART / STATE",
        ),
        (
            "one seat given twice",
            |t| t.edit(State, "C#bob", "STATE", |s| bob_in_art(s)["s"] = json!("accepted_provisionally")),
            OverCallLimit,
            "F#ART / STATE",
        ),
        ("a formation is gone", |t| t.remove(State, "F#ART", "STATE"), SubjectMissing, "F#ART / STATE"),
        (
            "a ranking without formation",
            |t| t.remove(State, "F#ART", "STATE"),
            SubjectMissing,
            "F#ART / RANKING",
        ),
        (
            "an address without a row",
            |t| t.remove(State, &t.address_of("bob"), "ACCOUNT"),
            AddressDiffers,
            "C#bob / STATE",
        ),
        (
            "an address of somebody else",
            |t| t.body(State, &t.address_of("bob"), "ACCOUNT", "{\"candidate\":\"carol\"}"),
            AddressDiffers,
            "C#bob / STATE",
        ),
    ];
    let world = two_nights().await;
    each_is_found(&world, cases).await;
    let mut orphan = Tampered::of(&world).await;
    let row = format!("{} / ACCOUNT", orphan.address_of("dan"));
    orphan.remove(State, "C#dan", "STATE");
    assert!(orphan.findings().await.contains(&(SubjectMissing, row)), "an address without its candidate");
}

#[tokio::test]
async fn wrong_notices_are_found() {
    // Proves that every notice owed is there once, says what it must, and left in time.
    let cases: &[Case] = &[
        (
            "a digest is gone",
            |t| t.remove(Journal, "C#bob", "N#2024-06-05#digest"),
            NoticeMissing,
            "C#bob / N#2024-06-05#digest",
        ),
        (
            "a digest too many",
            |t| t.copy(Journal, "C#bob", "N#2024-06-05#digest", "N#2024-06-06#digest"),
            NoticeUnfounded,
            "C#bob / N#2024-06-06#digest",
        ),
        (
            "another decision's",
            |t| t.edit(Journal, "C#bob", "N#2024-06-05#digest", |n| n["decision"] = json!(1)),
            NoticeUnfounded,
            "C#bob / N#2024-06-05#digest",
        ),
        (
            "another kind",
            |t| t.edit(Journal, "C#bob", "N#2024-06-05#digest", |n| n["kind"] = json!("not_admitted")),
            NoticeUnfounded,
            "C#bob / N#2024-06-05#digest",
        ),
        (
            "sent before publication",
            |t| {
                t.edit(Journal, "C#bob", "N#2024-06-05#digest", |n| {
                    n["status"]["at"] = json!("2024-06-05T06:59:59Z")
                });
            },
            NoticeTooEarly,
            "C#bob / N#2024-06-05#digest",
        ),
        (
            "sent, and still in the outbox",
            |t| {
                let entry =
                    IndexEntry { partition: "digest#01".into(), sort: "2024-06-05T07:00:00.000000Z".into() };
                t.list(Journal, "C#bob", "N#2024-06-05#digest", Some(entry));
            },
            IndexDiffers,
            "C#bob / N#2024-06-05#digest",
        ),
    ];
    let world = two_nights().await;
    each_is_found(&world, cases).await;
    world.does("bob", accept_definitively("BIO")).await;
    let mut unlisted = Tampered::of(&world).await;
    let sk = unlisted.sk("C#bob", "#answer_recorded");
    unlisted.list(Journal, "C#bob", &sk, None);
    assert!(
        unlisted.findings().await.contains(&(IndexDiffers, format!("C#bob / {sk}"))),
        "owed, and not listed"
    );
}

#[tokio::test]
async fn wrong_nights_and_objects_are_found() {
    // Proves that plans, runs, the gate and what the nights did to candidates agree.
    let cases: &[Case] = &[
        (
            "published before it was",
            |t| t.edit(State, "J#gate", "STATE", |g| g["published"] = json!("2024-06-04")),
            GateDiffers,
            "J#gate / STATE",
        ),
        (
            "published without having been closed",
            |t| t.edit(State, "J#gate", "STATE", |g| g["closed_for"] = json!(null)),
            GateDiffers,
            "J#gate / STATE",
        ),
        (
            "a run miscounts",
            |t| t.edit(State, "J#night", "2024-06-05", |r| r["counts"]["offers"] = json!(5)),
            NightDiffers,
            "J#night / 2024-06-05",
        ),
        (
            "void, but what it wrote stands",
            |t| t.edit(State, "J#night", "2024-06-05", |r| r["status"] = json!("void")),
            NightDiffers,
            "C#bob / STATE",
        ),
        (
            "a night without a run",
            |t| t.remove(State, "J#night", "2024-06-05"),
            DecisionDiffers,
            "C#bob / D#00000006",
        ),
        (
            "an offer that is not in the plan",
            |t| {
                let record = t.last_record("C#bob");
                t.edit(Journal, "C#bob", &record, |r| r["events"][0]["formation"] = json!("ART"));
            },
            DecisionDiffers,
            "C#bob / D#00000006",
        ),
        (
            "a lapse that was none",
            |t| {
                t.edit(Journal, "C#bob", "D#00000006", |r| {
                    r["cause"] = json!({ "by": "time" });
                });
            },
            DecisionDiffers,
            "C#bob / D#00000006",
        ),
    ];
    let world = two_nights().await;
    each_is_found(&world, cases).await;
    let sound = Tampered::of(&world).await;
    for prefix in ["plans/2024-06-05/", "rankings/ART/"] {
        for content in [None, Some("{}")] {
            let (mut tampered, key) = (sound.clone(), sound.object(prefix));
            tampered.put_object(&key, content);
            assert!(tampered.findings().await.contains(&(ObjectDiffers, key.clone())), "{key} {content:?}");
        }
    }
    let early = evening_before("").await;
    early.at("2024-06-03T21:00");
    let evening = Tampered::of(&early).await;
    let mut passed_over = sound.clone();
    passed_over.turn_back("C#dan", &evening);
    assert!(
        passed_over.findings().await.contains(&(NightDiffers, "C#dan / STATE".into())),
        "a night passed him over"
    );
}
