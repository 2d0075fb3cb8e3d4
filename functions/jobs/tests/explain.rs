//! What an operator reads when a candidate asks why.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it should be"
)]

mod common;

use common::{World, accept_definitively, alternance, at_formation, evening_before, hold, submit, who};
use insta::assert_snapshot;
use jobs::explain::{self, Scope};

/// The text of one application.
async fn text(world: &World, candidate: &str, formation: &str) -> String {
    let asked = at_formation(formation);
    let explanation = explain::run(&world.context, &who(candidate), Some(&asked)).await.unwrap().unwrap();
    let (text, json) = (explanation.to_string(), serde_json::to_string(&explanation).unwrap());
    for other in ["alice", "bob", "carol", "dan"].into_iter().filter(|other| *other != candidate) {
        assert!(!text.contains(other) && !json.contains(other), "names {other}: {text}");
    }
    assert!(!text.contains("secret") && !json.contains("secret"), "the address: {text}");
    text
}

#[tokio::test]
async fn before_the_results() {
    // Proves that before the results only their date is said, though the ranking is there already.
    let world = evening_before("").await;
    let before = text(&world, "alice", "ART").await;
    assert_snapshot!("submitted_before_results", before);
}

#[tokio::test]
async fn nothing_of_an_unpublished_night_shows() {
    // Proves that between apply and publish the explanation is that of the evening before, and afterwards it is
    // not; and that a night that was undone is never told.
    let world = evening_before("").await;
    let evening = text(&world, "alice", "ART").await;
    let refused = text(&world, "dan", "ART").await;
    world.at("2024-06-04T04:00");
    world.night().await;
    assert_eq!(text(&world, "alice", "ART").await, evening);
    assert_eq!(text(&world, "dan", "ART").await, refused);
    world.at("2024-06-04T12:00");
    world.night().await;
    let undone = text(&world, "alice", "ART").await;
    assert!(undone.contains("the result comes 2024-06-05 09:00") && !undone.contains("offered"), "{undone}");
    world.morning("2024-06-05").await;
    let offered = text(&world, "alice", "ART").await;
    assert!(offered.contains("night of 2024-06-05") && !offered.contains("night of 2024-06-04"), "{offered}");
}

#[tokio::test]
async fn why_and_why_not() {
    // Proves that each way of standing somewhere is explained by its decisions, rules and numbers.
    let world = evening_before("").await;
    world.morning("2024-06-04").await;
    assert_snapshot!("offered", text(&world, "alice", "ART").await);
    assert_snapshot!("waitlisted", text(&world, "carol", "ART").await);
    assert_snapshot!("refused_by_the_jury", text(&world, "dan", "ART").await);
    assert_snapshot!("no_ranking", text(&world, "dan", "CHIMIE").await);
    world.does("alice", hold("ART", &[])).await;
    assert_snapshot!("lost_by_own_acceptance", text(&world, "alice", "BIO").await);
    world.morning("2024-06-05").await;
    world.does("alice", accept_definitively("ART")).await;
    assert_snapshot!("definitive", text(&world, "alice", "ART").await);
    world.at("2024-06-08T03:00");
    let due = text(&world, "bob", "BIO").await;
    assert_snapshot!("lost_by_expiry", due);
    world.sweep().await;
    assert_eq!(text(&world, "bob", "BIO").await, due, "recorded or only due: the same");
    world.at("2024-07-01T00:30");
    assert_snapshot!("not_ordered", text(&world, "carol", "ART").await);
}

#[tokio::test]
async fn alternance_goes_on_after_the_withdrawals() {
    // Proves that who waits in alternance after the last day of the withdrawals is told of the nights to come (2023), and
    // that a seat given up is not said to have been offered to nobody.
    let world = World::with(
        "alternance_mode = \"upload_is_acceptance\"\npre_search_waitlist = true\nsearch_reply_required = true\n\
         search_uses_seat = true\ndefinitive_closes_other_track = false\n\
         provisional_conversion_phase = \"main\"\nalternance_end = \"2024-09-30\"",
    );
    world.establishment(alternance("ALT")).await;
    world.at("2024-02-26T12:00");
    for name in ["alice", "bob"] {
        world.account(name).await;
        world.does(name, submit("ALT")).await;
    }
    world.at("2024-04-02T12:00");
    world.rank("ALT", &["alice", "bob"], &[]).await;
    world.morning("2024-06-04").await;
    world.at("2024-09-20T12:00");
    let waits = text(&world, "bob", "ALT").await;
    assert!(waits.contains("position 1 (0 wait before)") && waits.contains("nobody has one"), "{waits}");
    assert!(waits.contains("the next offers are published 2024-09-21 09:00"), "{waits}");
}

#[tokio::test]
async fn what_is_not_there_is_said() {
    // Proves that an unknown candidate, an unknown formation and one never applied to are told apart.
    let world = evening_before("").await;
    assert_eq!(explain::run(&world.context, &who("nobody"), None).await.unwrap(), None);
    let whole = explain::run(&world.context, &who("dan"), None).await.unwrap().unwrap();
    assert_eq!((whole.scope, whole.applications.len()), (Scope::Whole, 2));
    assert_snapshot!("never_applied", text(&world, "dan", "BIO").await);
    assert_snapshot!("unknown_formation", text(&world, "dan", "NOWHERE").await);
}
