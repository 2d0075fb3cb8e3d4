//! Deadlines that an operator extends for everybody (R34): accepted in one write, true from then on, written later.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::before_reads::BeforeReads;
use common::faulty::{FaultyStore, Work};
use common::{World, accept_definitively, at, at_formation, evening_before, refuse, submit};
use jobs::{commands, deadline_expiry, explain, night, phase_transition};
use platform::Key;
use schemas::{Action, Actor, Candidate, Command, CommandId, FormationId, Outcome, Refusal};

/// The deadlines of everybody's live offers, up to the end of this minute.
fn extend(id: &str, until: &str) -> Command {
    Command {
        command_id: CommandId::new(id).unwrap(),
        actor: Actor::Operator,
        action: Action::ExtendDeadline {
            formation: None,
            candidate: None,
            region: None,
            received: None,
            until: until.parse().unwrap(),
        },
    }
}

impl World {
    /// Whether a command was accepted.
    async fn outcome_of(&self, id: &str) -> bool {
        let outcome = commands::known(&self.context, &CommandId::new(id).unwrap()).await.unwrap();
        matches!(outcome, Some(Outcome::Accepted { .. }))
    }
}

async fn sends(world: &World, command: &Command) -> Outcome {
    commands::handle(&world.context, command).await.unwrap()
}

fn deadline(candidate: &Candidate, formation: &str) -> Option<jiff::Timestamp> {
    let formation: FormationId = at_formation(formation);
    candidate.applications.get(&formation).unwrap().now.deadline
}

/// The last evening of alice's two offers.
async fn last_evening() -> World {
    let world = evening_before("").await;
    world.mornings("2024-06-04", "2024-06-07").await;
    world.at("2024-06-07T23:50");
    world
}

/// Proves that to accept one takes one transaction and reads no table through, however many it concerns; that the same
/// command again changes nothing; and that nothing of a candidate is written by it.
#[tokio::test]
async fn one_is_accepted_in_one_write() {
    let world = last_evening().await;
    let before = world.candidate("alice").await;
    let watched = FaultyStore::watching(&world.store);
    let context = world.through(Arc::clone(&watched) as _);
    let first = commands::handle(&context, &extend("op-1", "2024-06-09T23:59")).await.unwrap();
    assert!(matches!(first, Outcome::Accepted { .. }), "{first:?}");
    assert_eq!((watched.seen(), watched.scans()), (1, 0));
    assert_eq!(commands::handle(&context, &extend("op-1", "2024-06-09T23:59")).await.unwrap(), first);
    assert_eq!(watched.seen(), 1);
    assert_eq!(world.candidate("alice").await, before);
}

/// Proves that before any sweep has written it an extension is true for everything that looks at a deadline: the
/// explanation of it, the sweep of lapses, the night, and the candidate's own answer; afterwards `phase-transition` writes what is left, once.
#[tokio::test]
async fn one_is_true_before_it_is_written() {
    let world = last_evening().await;
    sends(&world, &extend("op-1", "2024-06-08T23:59")).await;
    world.at("2024-06-08T00:05");
    let why = explain::run(&world.context, &common::who("alice"), None).await.unwrap().unwrap();
    let told = serde_json::to_value(why.applications[0].steps.last().unwrap()).unwrap();
    assert_eq!((&told["at"], &told["rule"]), (&"2024-06-07 23:50".into(), &"R34".into()), "{told}");
    let lapses = deadline_expiry::run(&world.context, deadline_expiry::ALL).await.unwrap();
    assert_eq!(lapses.settled.lapsed, 0);
    world.at("2024-06-08T04:00");
    assert_eq!(world.night().await.counts.offers, 0, "no seat is free");
    world.at("2024-06-08T09:00");
    world.night().await;
    world.does("alice", refuse("BIO")).await;
    world.does("alice", accept_definitively("ART")).await;
    world.clean("before the sweep").await;
    let swept = phase_transition::run(&world.context).await.unwrap();
    assert_eq!(swept.extended, 0, "written with the lapses or with the answer");
    world.clean("after it").await;
}

/// Proves that the sweep writes it to whoever it concerns and to nobody twice, and that with it he is listed at his new
/// deadline: his offer lapses then.
#[tokio::test]
async fn the_sweep_writes_it_once() {
    let world = last_evening().await;
    sends(&world, &extend("op-1", "2024-06-08T23:59")).await;
    let swept = phase_transition::run(&world.context).await.unwrap();
    assert_eq!(swept.extended, 1);
    assert_eq!(deadline(&world.candidate("alice").await, "ART"), Some(at("2024-06-09T00:00")));
    assert_eq!(phase_transition::run(&world.context).await.unwrap().extended, 0);
    world.morning("2024-06-08").await;
    assert_eq!(world.sees("alice").await, "ART offered, BIO offered");
    world.at("2024-06-09T00:05");
    let lapses = deadline_expiry::run(&world.context, deadline_expiry::ALL).await.unwrap();
    assert_eq!(lapses.settled.lapsed, 2);
    world.complete("at the end").await;
}

/// Proves that one that is accepted while the sweep begins is not crossed off without having been written: whichever
/// reading of the campaign's row it comes before.
#[tokio::test]
async fn the_sweep_crosses_off_what_it_wrote() {
    for reading in 0..4 {
        let world = last_evening().await;
        let (context, command) = (world.context.clone(), extend("op-2", "2024-06-09T23:59"));
        let readings = AtomicUsize::new(0);
        let before = move |key: &Key| -> Work {
            let is_it = key.pk == "K#campaign" && readings.fetch_add(1, Ordering::SeqCst) == reading;
            let (context, command) = (context.clone(), command.clone());
            Box::pin(async move {
                if is_it {
                    commands::handle(&context, &command).await.unwrap();
                }
            })
        };
        let store = BeforeReads { inner: Arc::clone(&world.store), before: Box::new(before) };
        // Something to sweep, so that it does not stop at the first reading.
        sends(&world, &extend("op-1", "2024-06-08T23:59")).await;
        phase_transition::run(&world.through(Arc::new(store))).await.unwrap();
        phase_transition::run(&world.context).await.unwrap();
        let written = deadline(&world.candidate("alice").await, "ART");
        let accepted = world.outcome_of("op-2").await;
        assert_eq!(written == Some(at("2024-06-10T00:00")), accepted, "{reading}: {written:?}");
        assert!(accepted || reading == 3, "{reading}");
        world.clean("after two sweeps").await;
    }
}

/// Proves that it concerns the offers that were live when it was accepted, however late the sweep comes: not one that
/// was received since, not one that had lapsed before.
#[tokio::test]
async fn it_concerns_what_was_live_when_it_was_accepted() {
    let world = last_evening().await;
    world.does("alice", refuse("ART")).await;
    sends(&world, &extend("op-1", "2024-06-20T23:59")).await;
    world.at("2024-06-08T04:00");
    world.night().await;
    world.at("2024-06-08T09:00");
    world.night().await;
    assert_eq!(world.sees("bob").await, "ART offered, BIO waitlisted");
    let by_law = deadline(&world.candidate("bob").await, "ART");
    phase_transition::run(&world.context).await.unwrap();
    assert_eq!(deadline(&world.candidate("bob").await, "ART"), by_law);
    assert_eq!(deadline(&world.candidate("alice").await, "BIO"), Some(at("2024-06-21T00:00")));
    world.clean("after the sweep").await;

    let late = last_evening().await;
    late.at("2024-06-08T00:01");
    sends(&late, &extend("op-1", "2024-06-09T23:59")).await;
    phase_transition::run(&late.context).await.unwrap();
    assert_eq!(late.sees("alice").await, "ART lost/expired, BIO lost/expired", "never revived");
    late.clean("after it").await;
}

/// Proves that a night knows of one that was accepted in the last moment before it closed the gate.
#[tokio::test]
async fn a_night_knows_of_the_last_one() {
    let world = last_evening().await;
    world.at("2024-06-07T23:58");
    let (context, command) = (world.context.clone(), extend("op-1", "2024-06-08T23:59"));
    world.at("2024-06-08T04:00");
    let earlier = Arc::new(platform::clock::VirtualClock::at(at("2024-06-07T23:58")));
    let slept = FaultyStore::sleeping(&world.store, 0, move || {
        Box::pin(async move {
            commands::handle(&context.with_clock(earlier), &command).await.unwrap();
        })
    });
    let report = night::run(&world.through(slept)).await.unwrap();
    assert_eq!(report.counts.offers, 0, "alice keeps both seats");
}

/// Proves the same of a night that writes to whom the extension concerns: what it applies was true for its plan.
#[tokio::test]
async fn a_night_applies_under_what_it_was_planned_under() {
    let world = World::new();
    for id in ["ART", "DROIT"] {
        world.open(id, 1).await;
    }
    world.at("2024-02-26T12:00");
    for (name, formations) in [("alice", ["ART", "DROIT"].as_slice()), ("bob", &["DROIT"])] {
        world.account(name).await;
        for formation in formations {
            world.does(name, submit(formation)).await;
        }
    }
    world.at("2024-04-02T12:00");
    world.rank("ART", &["alice"], &[]).await;
    world.rank("DROIT", &["bob", "alice"], &[]).await;
    world.mornings("2024-06-04", "2024-06-07").await;
    // Alice's offer of ART ends tonight, when DROIT is offered to her.
    world.does("bob", refuse("DROIT")).await;
    let (context, command) = (world.context.clone(), extend("op-1", "2024-06-08T23:59"));
    world.at("2024-06-08T04:00");
    let earlier = Arc::new(platform::clock::VirtualClock::at(at("2024-06-07T23:58")));
    let slept = FaultyStore::sleeping(&world.store, 0, move || {
        Box::pin(async move {
            commands::handle(&context.with_clock(earlier), &command).await.unwrap();
        })
    });
    night::run(&world.through(slept)).await.unwrap();
    world.at("2024-06-08T09:00");
    world.night().await;
    assert_eq!(world.sees("alice").await, "ART offered, DROIT offered");
    world.clean("after the night").await;
}

/// Proves that what can help nobody is refused, and who is no operator is.
#[tokio::test]
async fn what_helps_nobody_is_refused() {
    let world = last_evening().await;
    let past = sends(&world, &extend("op-1", "2024-06-07T23:49")).await;
    assert_eq!(past, Outcome::Refused { refusal: Refusal::NoSuchOffer {} });
    let stranger = Command { actor: Actor::Rector, ..extend("op-2", "2024-06-09T23:59") };
    assert_eq!(sends(&world, &stranger).await, Outcome::Refused { refusal: Refusal::NotTheOwner {} });
}
