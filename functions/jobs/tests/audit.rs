//! The audit finds nothing in a world that the jobs made, at any stage, and what they should have done and did not.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it should be"
)]

mod common;

use common::{World, accept_definitively, evening_before, hold, order, refuse, register, withdraw};
use jobs::audit::FindingKind::{self, *};
use schemas::Action;

/// The stages around the first night.
#[tokio::test]
async fn the_first_night_is_clean() {
    // Proves that no stage of a night raises a false alarm: before it, between apply and publish, after it.
    let world = World::new();
    world.complete("an empty store").await;
    let world = evening_before("").await;
    world.complete("before the first night").await;
    world.at("2024-06-04T04:00");
    world.night().await;
    world.complete("applied, not published").await;
    world.at("2024-06-04T09:00");
    world.night().await;
    world.complete("published, mails not sent").await;
    world.mails().await;
    world.complete("published and mailed").await;
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
    world.complete("held provisionally").await;
    world.morning("2024-06-05").await;
    world.does("bob", refuse("BIO")).await;
    world.does("carol", withdraw("ART")).await;
    world.does("dan", Action::RequestRefusalReason { formation: common::at_formation("ART") }).await;
    world.complete("a refusal, a withdrawal, a request for reasons").await;
    world.mornings("2024-06-06", "2024-06-07").await;
    assert_eq!(world.sees("carol").await, "ART lost/withdrawn, BIO offered");
    world.at("2024-06-08T01:00");
    world.complete("lapsed, not yet recorded").await;
    assert_eq!(world.sees("carol").await, "ART lost/withdrawn, BIO lost/expired");
    world.sweep().await;
    world.complete("lapsed").await;
    world.does("alice", accept_definitively("ART")).await;
    world.complete("accepted for good").await;
    world.does("bob", Action::Resign {}).await;
    assert_eq!(world.refused("eve", Action::Resign {}).await, "account_not_active");
    let taken = register("alice");
    assert_eq!(world.refused("eve", taken).await, "address_taken");
    world.mails().await;
    world.complete("left the platform").await;
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
        world.complete(&format!("the morning of {day} June")).await;
    }
    world.at("2024-06-25T00:30");
    world.complete("the end, not yet recorded").await;
    world.sweep().await;
    world.mails().await;
    world.complete("the end").await;
    assert_eq!(world.sees("alice").await, "ART accepted_definitively, BIO lost/other_accepted");
    assert_eq!(world.sees("bob").await, "ART archived, BIO lost/expired");
    assert_eq!(world.sees("carol").await, "ART archived, BIO lost/expired");
    assert_eq!(world.sees("dan").await, "ART refused, CHIMIE not_admitted");
}

/// To the end of 2024, where placements outlive the main phase.
#[tokio::test]
async fn the_end_of_2024_is_clean() {
    // Proves that preferences, what they lose, the offers that are accepted at once with all that they end, conversions,
    // archives and the end of the withdrawals are clean.
    let world = evening_before("").await;
    world.morning("2024-06-04").await;
    world.does("alice", hold("ART", &[])).await;
    world.mornings("2024-06-05", "2024-06-25").await;
    let asked: Vec<String> = world.sent().into_iter().filter(|n| n.contains("preferences_needed")).collect();
    assert_eq!(
        asked,
        [
            "C#alice#N#2024-06-25#preferences_needed",
            "C#bob#N#2024-06-25#preferences_needed",
            "C#carol#N#2024-06-25#preferences_needed",
        ]
    );
    world.does("bob", order(&["ART"])).await;
    world.mornings("2024-06-26", "2024-07-15").await;
    world.complete("15 July").await;
    assert_eq!(world.sees("alice").await, "ART accepted_definitively, BIO lost/other_accepted");
    assert_eq!(world.sees("carol").await, "ART lost/not_ranked, BIO lost/expired");
    world.does("alice", withdraw("ART")).await;
    world.at("2024-07-16T04:00");
    world.night().await;
    world.complete("applied, not published").await;
    assert_eq!(world.sees("bob").await, "ART waitlisted, BIO lost/expired");
    world.morning("2024-07-16").await;
    assert_eq!(world.sees("bob").await, "ART accepted_provisionally, BIO lost/expired");
    assert!(world.sent().contains(&"C#bob#N#2024-07-16#digest".to_owned()));
    world.mornings("2024-07-17", "2024-08-01").await;
    world.complete("1 August").await;
    assert_eq!(world.sees("bob").await, "ART accepted_definitively, BIO lost/expired");
    world.mornings("2024-08-02", "2024-09-15").await;
    world.at("2024-09-16T00:30");
    world.sweep().await;
    world.mails().await;
    world.complete("closed").await;
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
    world.complete("void").await;
    world.morning("2024-06-05").await;
    world.complete("the night after").await;
    assert_eq!(world.sees("alice").await, "ART offered, BIO offered");
}

/// What the audit finds at a time in Paris, as kind and key.
async fn found_at(world: &World, paris: &str) -> Vec<(FindingKind, String)> {
    world.at(paris);
    world.audit().await.findings.into_iter().map(|finding| (finding.what, finding.key)).collect()
}

#[tokio::test]
async fn jobs_that_are_away_are_found_out() {
    // Proves that what should have happened and did not is found, each thing from its own time on, and that
    // nothing is left to find once the jobs are back, but the nights that never were.
    let world = evening_before("").await;
    world.morning("2024-06-04").await;
    assert_eq!(found_at(&world, "2024-06-05T23:59").await, [], "the date is not over");
    let night = |date: &str| (NightMissing, format!("J#night / {date}"));
    assert_eq!(found_at(&world, "2024-06-06T00:00").await, [night("2024-06-05")]);
    let nights = [night("2024-06-05"), night("2024-06-06"), night("2024-06-07")];
    let lapse = (SettlingOverdue, "C#alice / STATE".to_owned());
    assert_eq!(found_at(&world, "2024-06-08T02:00").await, nights, "an hourly job may fail once");
    assert_eq!(found_at(&world, "2024-06-08T02:01").await, [&[lapse], &nights[..]].concat());
    world.sweep().await;
    assert_eq!(
        found_at(&world, "2024-06-09T02:01").await.first().unwrap(),
        &nights[0],
        "a mail may wait a day"
    );
    let notice = (NoticeOverdue, "C#alice / N#D#00000006#offers_expired".to_owned());
    assert_eq!(found_at(&world, "2024-06-09T02:02").await.first(), Some(&notice));
    world.mails().await;
    let ever = [&nights[..], &[night("2024-06-08")]].concat();
    assert_eq!(found_at(&world, "2024-06-09T02:03").await, ever);
}

#[tokio::test]
async fn a_gate_left_closed_is_found() {
    // Proves that a gate which nobody opened on its own date is found, and no more once the next tick opens it.
    let world = evening_before("").await;
    world.at("2024-06-04T04:00");
    world.night().await;
    assert_eq!(found_at(&world, "2024-06-04T23:59").await, []);
    let found = found_at(&world, "2024-06-05T00:00").await;
    assert_eq!(found, [(GateLeftClosed, "J#gate / STATE".to_owned())]);
    world.night().await;
    world.complete("opened").await;
}
