//! What establishments are handed of those whom they admitted (R65).
#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

mod common;

use common::{LYON, World, accept_definitively, at_formation, day, evening_before, hold, who};
use jobs::{phase_transition, rows};
use schemas::{Action, EstablishmentId};

/// The file of a day, read back as a spreadsheet would.
async fn handed(world: &World, date: &str) -> Option<Vec<Vec<String>>> {
    let name = rows::handoff_object(&EstablishmentId::new(LYON).unwrap(), day(date));
    let bytes = world.context.platform.objects.get(&name).await.unwrap()?;
    let text = String::from_utf8(bytes).unwrap();
    let text = text.strip_prefix('\u{feff}').unwrap().strip_suffix("\r\n").unwrap();
    Some(text.split("\r\n").map(|line| line.split(';').map(str::to_owned).collect()).collect())
}

#[tokio::test]
async fn establishments_are_handed_those_whom_they_admitted() {
    // Proves that from the end of the main phase each phase begins with a file of all acceptances for good, with their
    // days and whether they are enrolled; that before there is none; and that a second run changes nothing.
    let world = evening_before("").await;
    world.morning("2024-06-04").await;
    world.does("alice", accept_definitively("ART")).await;
    world.morning("2024-06-05").await;
    world.does("bob", hold("BIO", &[])).await;
    assert_eq!(handed(&world, "2024-06-04").await, None);
    world.at("2024-06-25T00:05");
    world.sweep().await;
    let headings =
        ["formation", "candidat", "acceptation", "inscription_avant", "inscrit"].map(str::to_owned);
    let alice = |enrolled: &str| ["ART", "alice", "2024-06-04", "2024-07-19", enrolled].map(str::to_owned);
    assert_eq!(handed(&world, "2024-06-25").await.unwrap(), [headings.clone(), alice("non")]);

    let confirm = Action::ConfirmEnrolment { candidate: who("alice"), formation: at_formation("ART") };
    world.establishment(confirm).await;
    world.at("2024-07-01T00:05");
    world.sweep().await;
    let bob = ["BIO", "bob", "2024-06-30", "2024-07-19", "non"].map(str::to_owned);
    let expected = [headings, alice("oui"), bob];
    assert_eq!(handed(&world, "2024-07-01").await.unwrap(), expected);

    let before = world.outcome().await;
    let again = phase_transition::run(&world.context).await.unwrap();
    assert_eq!((again.establishments_handed, again.admissions_handed), (0, 0));
    assert_eq!(world.outcome().await, before);
    assert_eq!(handed(&world, "2024-07-01").await.unwrap(), expected);
}
