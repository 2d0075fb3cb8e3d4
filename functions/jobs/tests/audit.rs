//! The audit finds nothing in a world that the jobs made, at any stage.

mod common;

use common::{World, accept_definitively, evening_before, hold, refuse, register, submit, withdraw};
use schemas::{Action, NoticeKind};

/// The stages around the first night: before it, between apply and publish, after it.
#[tokio::test]
async fn the_first_night_is_clean() {
    // Proves that no stage of a night raises a false alarm.
    let world = World::new();
    world.clean("an empty store").await;
    let world = evening_before("").await;
    world.clean("before the first night").await;
    world.at("2024-06-04T04:00");
    world.night().await;
    world.clean("applied, not published").await;
    world.at("2024-06-04T09:00");
    world.night().await;
    world.clean("published, mails not sent").await;
    world.mails().await;
    world.clean("published and mailed").await;
    let report = world.audit().await;
    assert_eq!((report.candidates, report.formations, report.nights), (4, 3, 1));
    assert_eq!(world.sees("alice").await, "ART offered, BIO offered");
    assert_eq!(world.sees("dan").await, "ART refused, CHIMIE submitted");
}
