//! Positions on waitlists, as they are published each morning.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

mod common;

use std::collections::BTreeMap;

use common::{World, at_formation, day, evening_before, who, withdraw};
use jobs::{explain, night, positions, rows};
use platform::{Objects, Store};
use schemas::positions::PositionList;
use schemas::{Action, Actor, Candidate, Outcome};

/// Where somebody waits, as one request says it: `2 of 2024-06-04`.
async fn position(world: &World, candidate: &str, formation: &str) -> String {
    let found = positions::of(&world.context, &at_formation(formation), &who(candidate)).await.unwrap();
    found.map_or_else(String::new, |(night, position)| format!("{position} of {night}"))
}

/// The published list of a formation.
async fn list(world: &World, formation: &str) -> Option<PositionList> {
    let key = rows::positions_object(&at_formation(formation));
    let bytes = world.objects.get(&key).await.unwrap()?;
    Some(serde_json::from_slice(&bytes).unwrap())
}

/// Proves that positions appear with the night that they are of and not before, count those still waiting, move up when
/// somebody leaves, and are written only where the list changed.
#[tokio::test]
async fn positions_are_those_of_the_last_published_night() {
    let world = evening_before("").await;
    world.at("2024-06-04T04:00");
    world.night().await;
    assert_eq!(position(&world, "bob", "ART").await, "", "applied, not published");
    world.at("2024-06-04T09:00");
    let report = world.night().await.positions.unwrap();
    assert_eq!((report.written, report.waiting, report.worse.len()), (2, 4, 0));
    for (name, formation, expected) in [
        ("alice", "ART", ""),
        ("bob", "ART", "1 of 2024-06-04"),
        ("carol", "ART", "2 of 2024-06-04"),
        ("bob", "BIO", "1 of 2024-06-04"),
        ("dan", "ART", ""),
        ("dan", "CHIMIE", ""),
        ("nobody", "ART", ""),
        ("bob", "NOWHERE", ""),
    ] {
        assert_eq!(position(&world, name, formation).await, expected, "{name} at {formation}");
    }
    world.at("2024-06-04T09:10");
    assert_eq!(world.night().await.positions, None, "published once");
    world.does("bob", withdraw("ART")).await;
    assert_eq!(position(&world, "bob", "ART").await, "1 of 2024-06-04", "until the next morning");
    world.morning("2024-06-05").await;
    assert_eq!(position(&world, "bob", "ART").await, "");
    assert_eq!(position(&world, "carol", "ART").await, "1 of 2024-06-05");
    assert_eq!(position(&world, "carol", "BIO").await, "2 of 2024-06-04", "nothing changed there");
    assert_eq!(list(&world, "CHIMIE").await, None);
}

/// Proves that a machine that slept between its reading and its writing leaves the list of a later night as it is.
#[tokio::test]
async fn a_later_list_is_never_replaced() {
    let world = evening_before("").await;
    let later = PositionList { night: day("2024-06-05"), waiting: vec![who("dan")] };
    let key = rows::positions_object(&at_formation("ART"));
    world.objects.put(&key, serde_json::to_vec(&later).unwrap()).await.unwrap();
    world.morning("2024-06-04").await;
    assert_eq!(list(&world, "ART").await, Some(later));
    assert_eq!(position(&world, "bob", "BIO").await, "1 of 2024-06-04");
}

/// Proves that what is published is what a reading of everybody gives, and that `explain` says so where the day has
/// changed it.
#[tokio::test]
async fn explanations_give_the_position_of_the_morning() {
    let world = evening_before("").await;
    world.morning("2024-06-04").await;
    let waiting = async || {
        let asked = at_formation("ART");
        let found = explain::run(&world.context, &who("carol"), Some(&asked)).await.unwrap().unwrap();
        (found.applications.first().unwrap().waiting.clone().unwrap(), found.to_string())
    };
    let (found, text) = waiting().await;
    assert_eq!((found.position, found.published), (2, Some((day("2024-06-04"), 2))));
    assert!(!text.contains("on the morning"), "{text}");
    world.does("bob", withdraw("ART")).await;
    let (found, text) = waiting().await;
    assert_eq!((found.position, found.published), (1, Some((day("2024-06-04"), 2))));
    assert!(text.contains("position 1 (0 wait before), 2 on the morning of 2024-06-04"), "{text}");
}

/// Proves that whoever gets a placement back for exceptional circumstances comes before others at his rank, and that the
/// morning's report names that cause and finds no other.
#[tokio::test]
async fn an_exception_is_a_named_cause() {
    let world = evening_before("").await;
    world.morning("2024-06-04").await;
    world.does("bob", withdraw("ART")).await;
    world.morning("2024-06-05").await;
    assert_eq!(position(&world, "carol", "ART").await, "1 of 2024-06-05");
    let formations = vec![at_formation("ART")];
    let grounds = "Hospitalisé.".to_owned();
    world.does("bob", Action::RequestException { formations: formations.clone(), grounds }).await;
    let granted = Action::DecideException { candidate: who("bob"), formations, grant: true };
    let outcome = world.ask(Actor::Operator, granted).await;
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    world.at("2024-06-06T04:00");
    world.night().await;
    world.at("2024-06-06T09:00");
    let report = world.night().await.positions.unwrap();
    let worse = report.worse.first().unwrap();
    assert_eq!((&worse.formation, worse.candidates), (&at_formation("ART"), 1));
    assert_eq!((worse.causes.clone(), worse.unnamed.len()), (BTreeMap::from([("exception_granted", 1)]), 0));
    assert_eq!(position(&world, "carol", "ART").await, "2 of 2024-06-06");
}

/// Proves that somebody who comes before others for no cause that the law knows, here a rank changed behind the jobs'
/// backs, is found and named to the operator.
#[tokio::test]
async fn an_unnamed_cause_is_found() {
    let world = evening_before("").await;
    world.morning("2024-06-04").await;
    let mut carol: Candidate = world.candidate("carol").await;
    carol.version += 1;
    carol.applications.get_mut(&at_formation("BIO")).unwrap().now.rank = Some(0);
    world.store.transact(vec![rows::write(&carol)]).await.unwrap();
    world.at("2024-06-05T04:00");
    world.night().await;
    world.at("2024-06-05T09:00");
    let report = world.night().await.positions.unwrap();
    let worse = report.worse.first().unwrap();
    assert_eq!((&worse.formation, worse.candidates), (&at_formation("BIO"), 1));
    assert_eq!((worse.causes.len(), worse.unnamed.clone()), (0, vec![who("carol")]));
}

/// Proves that a formation or a candidate that cannot be read, or a list that somebody spoilt, costs no other formation
/// its positions, and that a night that is undone publishes none.
#[tokio::test]
async fn what_cannot_be_read_costs_nobody_else_his_position() {
    let world = evening_before("").await;
    world.at("2024-06-04T04:00");
    world.night().await;
    world.at("2024-06-04T12:00");
    assert_eq!(world.night().await.positions, None);
    assert_eq!(list(&world, "ART").await, None, "undone");
    let key = rows::positions_object(&at_formation("ART"));
    world.objects.put(&key, b"junk".to_vec()).await.unwrap();
    assert!(positions::of(&world.context, &at_formation("ART"), &who("bob")).await.is_err());
    world.morning("2024-06-05").await;
    assert_eq!(position(&world, "bob", "ART").await, "1 of 2024-06-05", "written anew");
    assert_eq!(position(&world, "bob", "BIO").await, "1 of 2024-06-05");
}

/// Proves that positions left unpublished by a machine that ended are published by the next tick of the day.
#[tokio::test]
async fn the_next_tick_publishes_what_one_left() {
    let world = evening_before("").await;
    world.at("2024-06-04T04:00");
    world.night().await;
    world.at("2024-06-04T09:00");
    // The publication is the run's first transaction; the second would say that the positions are there.
    let store = common::faulty::FaultyStore::failing(&world.store, 1, common::faulty::Mishap::Before);
    assert!(night::run(&world.through(store)).await.is_err());
    let run = world.run_of("2024-06-04").await.unwrap();
    assert!(!run.positions, "{run:?}");
    world.at("2024-06-04T09:10");
    assert!(world.night().await.positions.is_some());
    assert!(world.run_of("2024-06-04").await.unwrap().positions);
    assert_eq!(position(&world, "bob", "ART").await, "1 of 2024-06-04");
}
