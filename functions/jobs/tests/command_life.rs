//! How long a command may take: what it read of the gate is old before its last write, or it is not made.

#[cfg(test)]
mod common;

use std::sync::Arc;
use std::time::Duration;

use common::before_reads::BeforeReads;
use common::faulty::{FaultyStore, Work};
use common::{World, evening_before, hold, submit, who, withdraw};
use jobs::commands::{self, COMMAND_DECIDES_WITHIN, COMMAND_LIFE};
use jobs::{Fault, night};
use platform::{Clock, Key};
use schemas::{Actor, Command, CommandId, Outcome};

#[cfg(test)]
fn command(id: &str, action: schemas::Action) -> Command {
    let command_id = CommandId::new(format!("slow-{id}")).unwrap();
    Command { command_id, actor: Actor::Candidate(who(id)), action }
}

/// A command that reads four items is recorded if each takes a second, and not at all if each takes two: its
/// last write begins within five seconds, so that it ends before a night stops waiting.
#[tokio::test]
async fn a_command_that_reads_too_long_is_not_recorded() {
    assert!(COMMAND_DECIDES_WITHIN < COMMAND_LIFE);
    for (read, recorded) in [(1, true), (2, false)] {
        let world = World::new();
        world.open("PSY", 1).await;
        world.at("2024-02-26T12:00");
        world.account("alice").await;
        let before = world.outcome().await;
        let clock = world.clock.clone();
        let wait = move |_: &Key| -> Work {
            let clock = clock.clone();
            Box::pin(async move { clock.sleep(Duration::from_secs(read)).await })
        };
        let slow = BeforeReads { inner: world.store.clone(), before: Box::new(wait) };
        let command = command("alice", submit("PSY"));
        let outcome = commands::decide_and_record(&world.through(Arc::new(slow)), &command).await;
        if recorded {
            assert!(matches!(outcome, Ok(Outcome::Accepted { .. })), "{outcome:?}");
        } else {
            assert!(matches!(outcome, Err(Fault::TooSlow)), "{outcome:?}");
            assert_eq!(world.outcome().await, before);
        }
    }
}

/// The time that its own settlements take counts too: bob's lapse is made durable, slowly; meanwhile a night
/// closes the gate and is planned with him on a waitlist; that he leaves it is not written behind the gate.
#[tokio::test]
async fn nothing_is_written_behind_a_gate_that_closed_meanwhile() {
    let world = Arc::new(evening_before("").await);
    world.morning("2024-06-04").await;
    world.does("alice", hold("ART", &[])).await;
    world.morning("2024-06-05").await;
    world.at("2024-06-08T03:59:58");
    assert_eq!(world.sees("bob").await, "ART waitlisted, BIO lost/expired");
    assert!(world.candidate("bob").await.due.is_some_and(|due| due < world.clock.now()), "not swept yet");
    let other = world.clone();
    let meanwhile = move || -> common::faulty::Work {
        Box::pin(async move {
            other.clock.sleep(COMMAND_DECIDES_WITHIN).await;
            night::run(&other.context).await.unwrap();
        })
    };
    let slow = FaultyStore::sleeping(&world.store, 0, meanwhile);
    let late = command("bob", withdraw("ART"));
    let outcome = commands::decide_and_record(&world.through(slow), &late).await;
    assert!(matches!(outcome, Err(Fault::TooSlow)), "{outcome:?}");
    assert_eq!(world.sees("bob").await, "ART waitlisted, BIO lost/expired");
    world.clean("after a command that was too slow").await;
    let again = commands::decide_and_record(&world.context, &late).await.unwrap();
    let Outcome::Refused { refusal } = again else { panic!("{again:?}") };
    assert_eq!(refusal.code(), "night_in_progress");
}
