//! The audit finds nothing in a world that the jobs made, at any stage.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it should be"
)]

mod common;

use common::{World, accept_definitively, evening_before, hold, refuse, register, withdraw};
use schemas::Action;

/// The stages around the first night.
#[tokio::test]
async fn the_first_night_is_clean() {
    // Proves that no stage of a night raises a false alarm: before it, between apply and publish, after it.
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
    assert!(report.decisions > 20 && report.notices >= 8, "{report:?}");
    assert_eq!(world.sees("alice").await, "ART offered, BIO offered");
    assert_eq!(world.sees("dan").await, "ART refused, CHIMIE submitted");
}

/// Answers of every kind, lapses, and what time does to those who are silent.
#[tokio::test]
async fn answers_and_lapses_are_clean() {
    // Proves that no answer, lapse, withdrawal or resignation raises a false alarm, recorded or only due.
    let world = evening_before("").await;
    world.morning("2024-06-04").await;
    world.does("alice", hold("ART", &[])).await;
    world.clean("held provisionally").await;
    world.morning("2024-06-05").await;
    world.does("bob", refuse("BIO")).await;
    world.does("carol", withdraw("ART")).await;
    world.does("dan", Action::RequestRefusalReason { formation: common::at_formation("ART") }).await;
    world.clean("a refusal, a withdrawal, a request for reasons").await;
    world.morning("2024-06-06").await;
    assert_eq!(world.sees("carol").await, "ART lost/withdrawn, BIO offered");
    world.at("2024-06-08T01:00");
    world.clean("lapsed, not yet recorded").await;
    assert_eq!(world.sees("carol").await, "ART lost/withdrawn, BIO lost/expired");
    world.sweep().await;
    world.clean("lapsed").await;
    world.does("alice", accept_definitively("ART")).await;
    world.clean("accepted for good").await;
    world.does("bob", Action::Resign {}).await;
    assert_eq!(world.refused("eve", Action::Resign {}).await, "account_not_active");
    let taken = register("alice");
    assert_eq!(world.refused("eve", taken).await, "address_taken");
    world.mails().await;
    world.clean("left the platform").await;
}

/// The year of 2023's rules for the end: conversion at the end of the main phase.
#[tokio::test]
async fn a_whole_main_phase_is_clean() {
    // Proves that a phase to its very end is clean on every morning, with the conversion of 2023.
    let world = evening_before("provisional_conversion_phase = \"main\"").await;
    world.morning("2024-06-04").await;
    world.does("alice", hold("ART", &[])).await;
    for day in 5..=24 {
        world.morning(&format!("2024-06-{day:02}")).await;
        world.clean(&format!("the morning of {day} June")).await;
    }
    world.at("2024-06-25T00:30");
    world.clean("the end, not yet recorded").await;
    world.sweep().await;
    world.mails().await;
    world.clean("the end").await;
    assert_eq!(world.sees("alice").await, "ART accepted_definitively, BIO lost/other_accepted");
    assert_eq!(world.sees("bob").await, "ART archived, BIO lost/expired");
    assert_eq!(world.sees("carol").await, "ART archived, BIO lost/expired");
    assert_eq!(world.sees("dan").await, "ART refused, CHIMIE not_admitted");
}

/// To the end of 2024, where placements outlive the main phase.
#[tokio::test]
async fn the_end_of_2024_is_clean() {
    // Proves that conversion and archives at the end of the complementary phase are clean.
    let world = evening_before("").await;
    world.mornings("2024-06-04", "2024-06-10").await;
    world.at("2024-08-01T00:30");
    world.sweep().await;
    world.mails().await;
    world.clean("1 August").await;
    world.at("2024-09-16T00:30");
    world.sweep().await;
    world.clean("closed").await;
}

/// A night that is voided, and the one after it.
#[tokio::test]
async fn a_void_night_is_clean() {
    // Proves that undoing a night, and the next one, raise no false alarm.
    let world = evening_before("").await;
    world.at("2024-06-04T04:00");
    world.night().await;
    world.at("2024-06-04T12:00");
    assert_eq!(world.night().await.voided, Some(common::day("2024-06-04")));
    world.mails().await;
    world.clean("void").await;
    world.morning("2024-06-05").await;
    world.clean("the night after").await;
    assert_eq!(world.sees("alice").await, "ART offered, BIO offered");
}
