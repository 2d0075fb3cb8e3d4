//! Formations in alternance: their results have a day of their own.

#[cfg(test)]
mod common;

use common::{World, alternance, submit};

/// R23, R47: no result appears before the first day of its track's results, no placement, no refusal, no mail; on that
/// day all of them do.
#[tokio::test]
async fn results_appear_on_their_tracks_own_day() {
    let world =
        World::with("alternance_results_from = \"2024-06-06\"\nalternance_offers_from = \"2024-06-06\"");
    world.open("PSY", 1).await;
    world.establishment(alternance("ALT")).await;
    world.at("2024-02-26T12:00");
    for (name, formations) in [("alice", &["ALT", "PSY"][..]), ("bob", &["ALT"]), ("carol", &["ALT"])] {
        world.account(name).await;
        for formation in formations {
            world.does(name, submit(formation)).await;
        }
    }
    world.at("2024-04-02T12:00");
    world.rank("ALT", &["alice", "bob"], &["carol"]).await;
    world.rank("PSY", &["alice"], &[]).await;
    world.mornings("2024-06-04", "2024-06-05").await;
    assert_eq!(world.sees("alice").await, "ALT submitted, PSY offered");
    assert_eq!(world.sees("bob").await, "ALT submitted");
    assert_eq!(world.sees("carol").await, "ALT submitted");
    assert_eq!(world.sent(), ["C#alice#N#2024-06-04#digest"]);
    world.clean("after two nights").await;
    world.mornings("2024-06-06", "2024-06-06").await;
    assert_eq!(world.sees("alice").await, "ALT contract_search, PSY offered");
    assert_eq!(world.sees("bob").await, "ALT contract_search");
    assert_eq!(world.sees("carol").await, "ALT refused");
    assert_eq!(world.sent().len(), 4, "each of the three is told");
    world.clean("after the third").await;
}
