//! The file of the day: what each establishment is told of its formations once a night is published.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

mod common;

use common::*;
use jobs::night_report::{self, NightReportRun};
use platform::Objects;
use schemas::campaign::ContractKind;
use schemas::upload::Verdict;
use schemas::{Action, Actor, Outcome};

async fn file(world: &World, name: &str) -> String {
    let bytes = world.objects.get(&format!("daily/{LYON}/{name}.csv")).await.unwrap().unwrap();
    String::from_utf8(bytes).unwrap()
}

/// R47: seats taken and free, and the contracts in the order in which they came, the first of them to decide; once for a
/// night, and nothing of a night before it is published.
#[tokio::test]
async fn seats_and_contracts_once_a_night_is_published() {
    let world = World::new();
    world.open("PSY", 2).await;
    world.establishment(alternance("ALT")).await;
    world.at("2024-02-26T12:00");
    for name in ["alice", "bob", "carol"] {
        world.account(name).await;
        world.does(name, submit("ALT")).await;
    }
    world.does("carol", submit("PSY")).await;
    world.at("2024-04-02T12:00");
    world.rank("ALT", &["alice", "bob"], &["carol"]).await;
    world.rank("PSY", &["carol"], &[]).await;
    assert_eq!(night_report::run(&world.context).await.unwrap(), NightReportRun::default());
    world.morning("2024-06-04").await;
    for (name, at_) in [("bob", "2024-06-04T10:00"), ("alice", "2024-06-04T11:00")] {
        world.at(at_);
        let action = Action::ContractReceived {
            candidate: who(name),
            formation: at_formation("ALT"),
            version: name.into(),
            arrival: at(at_),
            kind: ContractKind::Contract,
            verdict: Verdict::Conform,
        };
        assert!(matches!(world.ask(Actor::Job, action).await, Outcome::Accepted { .. }));
    }
    world.at("2024-06-05T04:00");
    world.night().await;
    let before = night_report::run(&world.context).await.unwrap();
    assert_eq!(before.date, Some(day("2024-06-04")));
    world.at("2024-06-05T09:00");
    world.night().await;
    let run = night_report::run(&world.context).await.unwrap();
    let expected =
        NightReportRun { date: Some(day("2024-06-05")), establishments: 1, formations: 2, contracts: 2 };
    assert_eq!(run, expected);
    assert_eq!(
        file(&world, "2024-06-05-places").await,
        "\u{feff}formation;places;limite_appel;occupees;libres;en_attente;contrats_a_decider\r\n\
         ALT;1;1;0;1;0;2\r\n\
         PSY;2;2;1;1;0;0\r\n"
    );
    assert_eq!(
        file(&world, "2024-06-05-contrats").await,
        "\u{feff}formation;ordre;candidat;depot;a_decider_maintenant\r\n\
         ALT;1;bob;2024-06-04 10:00:00;oui\r\n\
         ALT;2;alice;2024-06-04 11:00:00;non\r\n"
    );
    assert_eq!(night_report::run(&world.context).await.unwrap(), NightReportRun::default());
}
