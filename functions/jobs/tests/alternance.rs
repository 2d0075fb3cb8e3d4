//! Formations in alternance, whose results have no day of their own yet.

#[cfg(test)]
mod common;

use common::{World, at_formation, submit};
use schemas::{Action, Track};

/// R23: no result appears before the first day of its track's results. The nights of the student track publish
/// nothing of a ranking in alternance: no placement, no refusal, no mail.
#[tokio::test]
async fn the_nights_publish_nothing_of_the_other_track() {
    let world = World::new();
    world.open("PSY", 1).await;
    let alternance = Action::OpenFormation {
        formation: at_formation("ALT"),
        title: "Master ALT".into(),
        mention: "ALT".into(),
        track: Track::Alternance,
        capacity: 1,
        call_limit: None,
        complementary: false,
    };
    world.establishment(alternance).await;
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
}
