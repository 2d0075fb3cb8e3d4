//! What the night promises, whatever happens to the machines that make it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it should be"
)]

mod common;

use common::faulty::{FaultyStore, Mishap};

use common::{
    World, accept_definitively, at_formation, day, evening_before, hold, refuse, register, submit, who,
};
use jobs::{commands, mail_dispatch, night};
use schemas::night::NightStatus;
use schemas::{Action, Actor, Command, CommandId, Outcome, Refusal};

/// The first night at 04:00 and its publication at 09:00, uninterrupted.
async fn undisturbed() -> World {
    let world = evening_before("").await;
    world.at("2024-06-04T04:00");
    world.night().await;
    world.at("2024-06-04T09:00");
    world.night().await;
    world.mails().await;
    world
}

/// Ticks of every ten minutes, as the schedule has them, until the night is published; then the mails.
async fn until_quiet(world: &World) {
    for tick in ["04:10", "04:20", "09:00", "09:10", "09:20"] {
        world.at(&format!("2024-06-04T{tick}"));
        world.night().await;
    }
    world.mails().await;
}

#[tokio::test]
async fn a_night_run_twice_is_run_once() {
    // Proves that further ticks of a night change nothing and mail nothing.
    let world = evening_before("").await;
    for tick in ["04:00", "04:10", "04:20", "09:00", "09:00", "09:10", "11:50", "12:00"] {
        world.at(&format!("2024-06-04T{tick}"));
        world.night().await;
        world.mails().await;
    }
    assert_eq!(world.outcome().await, undisturbed().await.outcome().await);
    world.clean("after many ticks").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_machines_make_one_night() {
    // Proves that two runs at once apply one plan, write everybody once, and that neither calls for help.
    let expected = undisturbed().await.outcome().await;
    for round in 0..20 {
        let world = evening_before("").await;
        for tick in ["04:00", "09:00"] {
            world.at(&format!("2024-06-04T{tick}"));
            let (one, two) = (world.context.clone(), world.context.clone());
            let runs = [
                tokio::spawn(async move { night::run(&one).await }),
                tokio::spawn(async move { night::run(&two).await }),
            ];
            for run in runs {
                if let Err(fault) = run.await.unwrap() {
                    panic!("round {round}, {tick}: {fault}: {fault:?}");
                }
            }
        }
        until_quiet(&world).await;
        assert_eq!(world.outcome().await, expected, "round {round}");
        world.clean("two machines").await;
    }
}

#[tokio::test]
async fn a_second_run_applies_the_stored_plan() {
    // Proves that a run that finds a plan of its date applies that one, whatever it would plan itself by now.
    let world = evening_before("").await;
    world.at("2024-06-04T04:00");
    // The machine ends after it put the plan: the gate's closing and the plan are its first two transactions.
    let first = FaultyStore::failing(&world.store, 2, Mishap::Before);
    assert!(night::run(&world.through(first)).await.is_err());
    let planned = world.run_of("2024-06-04").await.unwrap();
    assert_eq!((planned.status, planned.segments_done.len()), (NightStatus::Planned, 0));
    let more = Action::SetSeats { formation: at_formation("ART"), capacity: 3, call_limit: Some(3) };
    world.establishment(more).await;
    world.at("2024-06-04T04:10");
    let report = world.night().await;
    assert_eq!((report.planned, report.plan, report.counts.offers), (false, Some(planned.plan), 2));
    world.at("2024-06-04T09:00");
    world.night().await;
    world.mails().await;
    assert_eq!(world.sees("bob").await, "ART waitlisted, BIO waitlisted");
    world.morning("2024-06-05").await;
    assert_eq!(world.sees("bob").await, "ART offered, BIO waitlisted", "the next night sees the seats");
    world.complete("after the second night").await;
}

#[tokio::test]
async fn a_plan_that_names_people_reads_them_alone() {
    // Proves that a night without results goes through the table once, for its snapshot, whether it gives seats or none;
    // one with results goes through it again, to find whom they concern.
    let world = evening_before("").await;
    let mut scans = Vec::new();
    for date in ["2024-06-04", "2024-06-05", "2024-06-06"] {
        if date == "2024-06-05" {
            let more = Action::SetSeats { formation: at_formation("ART"), capacity: 3, call_limit: Some(3) };
            world.establishment(more).await;
        }
        world.at(&format!("{date}T04:00"));
        let watching = FaultyStore::watching(&world.store);
        let report = night::run(&world.through(watching.clone())).await.unwrap();
        scans.push((report.counts.offers > 0, watching.scans()));
        world.at(&format!("{date}T09:00"));
        world.night().await;
        world.mails().await;
    }
    let [(true, first), (true, second), (false, third)] = scans[..] else { panic!("{scans:?}") };
    assert_eq!(second, third);
    assert_eq!(first, 2 * third);
    world.complete("after three nights").await;
}

#[tokio::test]
async fn a_night_left_unpublished_is_undone_before_the_next_snapshot() {
    // Proves that the night after one that nobody published gives what it would give had there never been one.
    let world = evening_before("").await;
    world.at("2024-06-04T04:00");
    world.night().await;
    world.at("2024-06-05T04:00");
    let report = world.night().await;
    assert_eq!(report.voided, Some(day("2024-06-04")));
    assert_eq!(world.run_of("2024-06-04").await.unwrap().status, NightStatus::Void);
    let without = evening_before("").await;
    without.at("2024-06-05T04:00");
    assert_eq!(without.night().await.plan, report.plan, "the very same plan");
    for world in [&world, &without] {
        world.at("2024-06-05T09:00");
        world.night().await;
        world.mails().await;
    }
    assert_eq!(world.sent(), without.sent());
    assert_eq!(world.sees("alice").await, "ART offered, BIO offered");
    world.clean("the day after").await;
}

/// The evening before a night on which an offer has lapsed that no sweep has recorded.
async fn lapsed_unrecorded() -> World {
    let world = evening_before("").await;
    world.morning("2024-06-04").await;
    world.does("alice", hold("ART", &[])).await;
    world.mornings("2024-06-05", "2024-06-07").await;
    world
}

/// Ticks of a day, with a mishap at one transaction or none, then without, until nothing is left to do.
async fn day_with(world: &World, date: &str, ticks: &[&str], mishap: Option<(usize, Mishap)>) -> bool {
    let (number, kind) = mishap.unwrap_or((usize::MAX, Mishap::Before));
    let store = FaultyStore::failing(&world.store, number, kind);
    let context = world.through(store.clone());
    let mut happened = false;
    for tick in ticks {
        world.at(&format!("{date}T{tick}"));
        if !happened {
            happened = night::run(&context).await.is_err();
            assert_eq!(happened, store.seen() > number, "the mishap went unnoticed");
            world.clean(&format!("just after {mishap:?}")).await;
        }
        if happened {
            // The process is gone; the next tick is another's.
            world.at(&format!("{date}T{tick}:30"));
            world.night().await;
        }
    }
    world.mails().await;
    happened
}

/// Has a mishap at every transaction of a day in turn; each time all ends as without one.
async fn every_mishap<F: Future<Output = World>>(evening: impl Fn() -> F, date: &str, ticks: &[&str]) {
    let undisturbed = evening().await;
    day_with(&undisturbed, date, ticks, None).await;
    let expected = undisturbed.outcome().await;
    for mishap in [Mishap::Before, Mishap::After] {
        let mut number = 0;
        loop {
            let world = evening().await;
            let happened = day_with(&world, date, ticks, Some((number, mishap))).await;
            assert_eq!(world.outcome().await, expected, "{mishap:?} transaction {number}");
            world.clean(&format!("{mishap:?} transaction {number}")).await;
            if !happened {
                break;
            }
            number += 1;
        }
        assert!(number > 20, "only {number} transactions");
    }
}

#[tokio::test]
async fn a_crash_between_any_two_steps_changes_nothing() {
    // Proves that wherever the process ends, the next ticks finish the same night with the same mails.
    every_mishap(|| evening_before(""), "2024-06-04", &["04:00", "09:00"]).await;
}

#[tokio::test]
async fn a_crash_of_a_night_that_settles_changes_nothing() {
    // Proves the same where the night itself records what time has done, in transactions of its own.
    every_mishap(lapsed_unrecorded, "2024-06-08", &["04:00", "09:00"]).await;
}

#[tokio::test]
async fn a_crash_of_an_undoing_changes_nothing() {
    // Proves that a night that is undone is undone whole, wherever the process ends.
    every_mishap(|| evening_before(""), "2024-06-04", &["04:00", "12:00"]).await;
}

#[tokio::test]
async fn a_crash_while_mailing_loses_no_mail() {
    // Proves that each notice leaves, and twice only if the process ended between sending and marking it.
    let expected = undisturbed().await.sent();
    for mishap in [Mishap::Before, Mishap::After] {
        for number in 0..=2 * (expected.len() + 1) {
            let world = evening_before("").await;
            world.at("2024-06-04T04:00");
            world.night().await;
            world.at("2024-06-04T09:00");
            world.night().await;
            let context = world.through(FaultyStore::failing(&world.store, number, mishap));
            let _ = mail_dispatch::run(&context).await;
            for tick in ["09:01", "09:16", "09:32"] {
                world.at(&format!("2024-06-04T{tick}"));
                world.mails().await;
            }
            let mut sent = world.sent();
            let all = sent.len();
            sent.dedup();
            assert_eq!(sent, expected, "{mishap:?} transaction {number}");
            // As many as were in hand at once, each between its claim and its mark.
            assert!(
                all - sent.len() <= world.context.settings.concurrency,
                "{mishap:?} transaction {number}"
            );
        }
    }
}

#[tokio::test]
async fn nothing_of_a_night_shows_before_it_is_published() {
    // Proves that mails of a night leave only after its publication, each once, and everybody sees what was.
    let world = evening_before("").await;
    world.at("2024-06-04T04:00");
    world.night().await;
    assert_eq!(world.sees("alice").await, "ART submitted, BIO submitted");
    assert_eq!(world.mails().await, 0);
    world.at("2024-06-04T10:59");
    assert_eq!(world.mails().await, 0, "late, and still not published");
    assert_eq!(world.night().await.status, Some(NightStatus::Published));
    assert_eq!(world.sees("alice").await, "ART offered, BIO offered");
    assert_eq!(world.mails().await, 4);
    assert_eq!(world.mails().await, 0);
    assert_eq!(world.sent().len(), 4);
}

#[tokio::test]
async fn a_night_that_is_late_is_void_and_the_next_gives_the_same_seats() {
    // Proves that what is not published by noon never was: no seat, no mail, and nothing is lost by it.
    let world = evening_before("").await;
    world.at("2024-06-04T04:00");
    world.night().await;
    world.at("2024-06-04T12:00");
    let report = world.night().await;
    assert_eq!((report.voided, report.status), (Some(day("2024-06-04")), Some(NightStatus::Void)));
    assert_eq!(world.sees("alice").await, "ART submitted, BIO submitted");
    world.mails().await;
    assert_eq!(world.sent(), [""; 0]);
    world.morning("2024-06-05").await;
    assert_eq!(world.sees("alice").await, "ART offered, BIO offered");
    assert_eq!(world.sees("bob").await, "ART waitlisted, BIO waitlisted");
    assert_eq!(world.sees("dan").await, "ART refused, CHIMIE submitted");
    assert_eq!(world.sent().len(), 4);
}

#[tokio::test]
async fn no_mail_of_a_void_night_leaves_even_late() {
    // Proves that a dispatcher that was away over a void night and the next one sends the next one's mails only.
    let world = evening_before("").await;
    world.at("2024-06-04T04:00");
    world.night().await;
    world.at("2024-06-04T12:00");
    world.night().await;
    world.at("2024-06-05T04:00");
    world.night().await;
    world.at("2024-06-05T09:00");
    world.night().await;
    world.mails().await;
    let sent = world.sent();
    assert!(sent.iter().all(|notice| notice.ends_with("N#2024-06-05#digest")), "{sent:?}");
    assert_eq!(sent.len(), 4);
    world.clean("mailed late").await;
}

/// A machine sleeps before one of its transactions; meanwhile another does this. Whether it slept.
async fn sleeps_over(number: usize, wakes: &'static [&'static str]) -> Option<World> {
    let world = evening_before("").await;
    world.at("2024-06-04T04:00");
    let (clock, others) = (world.clock.clone(), world.context.clone());
    let store = FaultyStore::sleeping(&world.store, number, move || {
        Box::pin(async move {
            for tick in wakes {
                clock.advance_to(common::at(tick));
                night::run(&others).await.unwrap();
                mail_dispatch::run(&others).await.unwrap();
            }
        })
    });
    let _ = night::run(&world.through(store.clone())).await;
    (store.seen() > number).then_some(world)
}

#[tokio::test]
async fn a_machine_that_sleeps_over_its_night_writes_nothing() {
    // Proves that whoever wakes after another machine gave the night up changes nothing that anyone sees, and
    // leaves the next night whole.
    let expected = {
        let world = evening_before("").await;
        world.morning("2024-06-05").await;
        world.sent()
    };
    let mut number = 0;
    while let Some(world) = sleeps_over(number, &["2024-06-04T12:00"]).await {
        let run = world.run_of("2024-06-04").await;
        let status = run.map(|run| run.status);
        assert!(matches!(status, None | Some(NightStatus::Void)), "transaction {number}: {status:?}");
        for name in ["alice", "bob", "carol", "dan"] {
            let candidate = world.candidate(name).await;
            let stands = candidate.applications.values().any(|a| a.before.is_some());
            assert!(!stands, "transaction {number}: {name} {candidate:?}");
        }
        world.mails().await;
        assert_eq!(world.sent(), [""; 0], "transaction {number}");
        world.clean(&format!("slept before transaction {number}")).await;
        world.morning("2024-06-05").await;
        assert_eq!(world.sent(), expected, "transaction {number}");
        assert_eq!(world.sees("alice").await, "ART offered, BIO offered", "transaction {number}");
        world.clean(&format!("slept before transaction {number}, the day after")).await;
        number += 1;
    }
    assert!(number > 20, "only {number} transactions");
}

#[tokio::test]
async fn a_machine_that_sleeps_over_two_nights_writes_nothing() {
    // Proves that whoever wakes after the next night was published finds nothing to do, not even the gate.
    let mut number = 0;
    const WAKES: &[&str] = &["2024-06-05T04:00", "2024-06-05T09:00"];
    while let Some(world) = sleeps_over(number, WAKES).await {
        assert_eq!(world.gate().await.published, Some(day("2024-06-05")), "transaction {number}");
        assert_eq!(world.gate().await.closed_for, Some(day("2024-06-05")), "transaction {number}");
        assert_eq!(world.sees("alice").await, "ART offered, BIO offered", "transaction {number}");
        assert_eq!(world.sent().len(), 4, "transaction {number}");
        world.clean(&format!("slept before transaction {number}")).await;
        number += 1;
    }
    assert!(number > 20, "only {number} transactions");
}

#[tokio::test]
async fn a_machine_alone_that_sleeps_past_noon_publishes_nothing() {
    // Proves that a night is published in time or never, also by a machine that began it in time.
    let mut number = 0;
    loop {
        let world = evening_before("").await;
        world.at("2024-06-04T09:00");
        let clock = world.clock.clone();
        let store = FaultyStore::sleeping(&world.store, number, move || {
            Box::pin(async move { clock.advance_to(common::at("2024-06-05T02:00")) })
        });
        let report = night::run(&world.through(store.clone())).await;
        if store.seen() <= number {
            break;
        }
        // The publication itself, in whose middle the machine slept, or the one after it, which says that the positions
        // are there too.
        let published = report.as_ref().is_ok_and(|report| report.published);
        assert!(!published || store.seen() <= number + 2, "transaction {number}: {report:?}");
        number += 1;
    }
    assert!(number > 20, "only {number} transactions");
}

#[tokio::test]
async fn behind_the_gate_only_what_changes_no_application_passes() {
    // Proves that commands behind the gate are decided on their merits, answered night_in_progress if they are
    // acceptable, and accepted under the same id afterwards, while accounts pass.
    let world = evening_before("").await;
    world.morning("2024-06-04").await;
    world.at("2024-06-05T04:00");
    world.night().await;
    assert_eq!(world.refused("alice", accept_definitively("ART")).await, "night_in_progress");
    assert_eq!(world.refused("alice", Action::Resign {}).await, "night_in_progress");
    assert_eq!(world.refused("bob", accept_definitively("ART")).await, "no_such_offer");
    world.does("eve", register("eve")).await;
    world.at("2024-06-05T04:30");
    world.does("eve", Action::ResendActivation {}).await;
    let command = Command {
        command_id: CommandId::new("again").unwrap(),
        actor: Actor::Candidate(who("alice")),
        action: hold("ART", &[]),
    };
    let refused = commands::handle(&world.context, &command).await.unwrap();
    let expected = Refusal::NightInProgress { reopens_at: common::at("2024-06-05T09:00") };
    assert_eq!(refused, Outcome::Refused { refusal: expected });
    world.at("2024-06-05T09:00");
    world.night().await;
    let accepted = commands::handle(&world.context, &command).await.unwrap();
    assert!(matches!(accepted, Outcome::Accepted { .. }), "{accepted:?}");
    assert_eq!(world.candidate("alice").await.applications[&at_formation("ART")].before, None);
    world.clean("after the gate").await;
}

#[tokio::test]
async fn an_offer_that_nobody_saw_never_lapses() {
    // Proves that no sweep and no command counts an unpublished night's deadlines, however long the night's job
    // is away: the night is undone first.
    let world = World::new();
    world.open("ART", 1).await;
    world.open("BIO", 1).await;
    world.at("2024-02-26T12:00");
    for name in ["alice", "bob"] {
        world.account(name).await;
        world.does(name, submit("BIO")).await;
    }
    world.does("bob", submit("ART")).await;
    world.at("2024-04-02T12:00");
    world.rank("ART", &[], &["bob"]).await;
    world.rank("BIO", &["alice", "bob"], &[]).await;
    world.morning("2024-06-04").await;
    world.does("alice", refuse("BIO")).await;
    world.at("2024-06-05T04:00");
    world.night().await;
    world.at("2024-06-08T03:00");
    world.sweep().await;
    world.does("bob", Action::RequestRefusalReason { formation: at_formation("ART") }).await;
    world.at("2024-06-08T04:00");
    assert_eq!(world.night().await.voided, Some(day("2024-06-05")));
    world.at("2024-06-08T09:00");
    world.night().await;
    assert_eq!(world.sees("bob").await, "ART refused, BIO offered");
    world.mails().await;
    world.clean("after three days").await;
}
