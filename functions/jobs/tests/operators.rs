//! What an operator sees of a night before it is published, and what he can do to it.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use common::faulty::{FaultyStore, Mishap};
use common::{World, at, at_formation, day, evening_before, hold, refuse};
use jobs::night::{self, NightFigures, NightPage};
use jobs::{Context, Fault, Settings, commands, mail_dispatch, rows};
use platform::store::Segment;
use platform::{Item, Objects, Store, Table};
use schemas::night::NightStatus;
use schemas::{Action, Actor, ApplicationState, Command, CommandId, Outcome};

/// Everything that a world holds: both tables and the objects.
async fn everything(world: &World) -> (Vec<Item>, BTreeMap<String, Vec<u8>>) {
    let mut items = Vec::new();
    for table in [Table::State, Table::Journal] {
        let whole = Segment { number: 0, of: 1 };
        items.extend(world.store.scan(table, whole, None, 10_000).await.unwrap().items);
    }
    let mut objects = BTreeMap::new();
    for key in world.objects.keys() {
        objects.insert(key.clone(), world.objects.get(&key).await.unwrap().unwrap());
    }
    (items, objects)
}

/// The next night's page, if it is still to be planned.
async fn dry(world: &World) -> NightPage {
    let (date, begins) = night::next_date(&world.context).await.unwrap().unwrap();
    night::dry_run(&world.context, date, begins).await.unwrap()
}

/// The evenings before nights of every kind: the first, one after an answer, one before lapses, one after a night that
/// was never published.
async fn evenings() -> Vec<(&'static str, World)> {
    let first = evening_before("").await;
    let answered = evening_before("").await;
    answered.morning("2024-06-04").await;
    answered.does("alice", hold("ART", &[])).await;
    answered.at("2024-06-04T20:00");
    let lapsed = evening_before("").await;
    lapsed.mornings("2024-06-04", "2024-06-07").await;
    lapsed.at("2024-06-07T20:00");
    let unpublished = evening_before("").await;
    unpublished.at("2024-06-04T04:00");
    unpublished.night().await;
    unpublished.at("2024-06-04T20:00");
    vec![
        ("the first", first),
        ("after an answer", answered),
        ("before lapses", lapsed),
        ("after a night that nobody published", unpublished),
    ]
}

/// Proves that a dry run writes nothing, in either table or among the objects, moves no clock, and says exactly what the
/// night then does, lapses that no sweep has recorded and nights still to be undone included.
#[tokio::test]
async fn a_dry_run_changes_nothing_and_is_what_comes() {
    for (evening, world) in evenings().await {
        let (before, now) = (everything(&world).await, world.context.now());
        let told = dry(&world).await;
        assert!(everything(&world).await == before, "{evening}: something was written");
        assert_eq!(world.context.now(), now, "{evening}");
        assert_eq!(told.status, None, "{evening}");
        world.at(&format!("{}T04:00", told.date));
        assert_eq!(world.night().await.status, Some(NightStatus::Applied), "{evening}");
        let came = night::show(&world.context, told.date).await.unwrap().unwrap();
        let same = NightPage { status: came.status, counts: came.counts, ..told };
        assert_eq!(came, same, "{evening}");
    }
}

/// Proves the five figures over three mornings: what is given, what lapsed since the night before, what is free, what is
/// withheld, and how the day before was.
#[tokio::test]
async fn the_five_figures_tell_the_night() {
    let world = evening_before("").await;
    let figures = |offers, lapses, seats_free, yesterday| NightFigures {
        offers,
        lapses,
        seats_free,
        withheld: 0,
        yesterday,
    };
    // ART and BIO offer alice their only seats; CHIMIE has published nothing.
    let first = dry(&world).await;
    assert_eq!(first.figures, figures(2, 0, 1, None));
    assert_eq!(first.figures.change(), None);
    world.morning("2024-06-04").await;
    world.does("alice", refuse("BIO")).await;
    world.at("2024-06-04T20:00");
    let second = dry(&world).await;
    assert_eq!(second.figures, figures(1, 0, 1, Some((day("2024-06-04"), 2))));
    assert_eq!(second.figures.change(), Some(-1));
    world.mornings("2024-06-05", "2024-06-07").await;
    // Alice's offer of ART and Bob's of BIO lapse at midnight; a sweep records them before the night, or does not.
    let figures = figures(2, 2, 1, Some((day("2024-06-07"), 0)));
    world.at("2024-06-07T20:00");
    assert_eq!(dry(&world).await.figures, figures);
    world.at("2024-06-08T00:05");
    world.sweep().await;
    assert_eq!(dry(&world).await.figures, figures);
    world.morning("2024-06-08").await;
    assert_eq!(world.run_of("2024-06-08").await.unwrap().lapses, 2);
    assert_eq!(dry(&world).await.figures.lapses, 0, "counted once");
}

/// Proves that the next night is found: today's until it is over, then tomorrow's, and none once the last is published.
#[tokio::test]
async fn the_next_night_is_found() {
    let world = evening_before("").await;
    let next = async |now: &str| {
        world.at(now);
        night::next_date(&world.context).await.unwrap()
    };
    let begins = |date: &str| Some((day(date), at(&format!("{date}T04:00"))));
    assert_eq!(next("2024-06-03T20:00").await, begins("2024-06-04"));
    assert_eq!(next("2024-06-04T03:00").await, begins("2024-06-04"));
    assert_eq!(next("2024-06-04T06:30").await, Some((day("2024-06-04"), at("2024-06-04T06:30"))));
    assert_eq!(next("2024-06-04T12:00").await, begins("2024-06-05"), "too late for today's");
    world.morning("2024-06-05").await;
    assert_eq!(next("2024-06-05T09:10").await, begins("2024-06-06"), "today's is published");
    assert_eq!(next("2024-12-31T09:00").await, None);
    assert_eq!(night::show(&world.context, day("2024-06-04")).await.unwrap(), None, "there was none");
    let page = night::show(&world.context, day("2024-06-05")).await.unwrap().unwrap();
    assert_eq!(page.offers.len(), 2);
    assert_eq!(page.offers.first().unwrap().formation, at_formation("ART"));
}

/// The text of the last mail to an operator, its lines made whole again.
fn told(world: &World) -> String {
    let sent = world.mailer.sent();
    let mail = sent.iter().rfind(|mail| mail.notice.starts_with("J#")).unwrap();
    assert_eq!(mail.to, "operator.secret@monmaster.example");
    String::from_utf8(mail.mime.clone()).unwrap().replace("=\r\n", "")
}

/// Proves that an operator reads of a night when it is applied, hours before anybody else, once per date, by its figures
/// and without anybody's name.
#[tokio::test]
async fn an_operator_reads_of_a_night_before_it_is_published() {
    let world = evening_before("").await;
    for tick in ["04:00", "04:10", "04:20"] {
        world.at(&format!("2024-06-04T{tick}"));
        world.night().await;
        assert_eq!(world.mails().await, 0, "to candidates");
    }
    assert_eq!(world.sent_to_operators(), ["J#night#2024-06-04#N#night_ready"]);
    let mail = told(&world);
    for said in
        ["attribu=C3=A9es=C2=A0: 2", "libres=C2=A0: 1", "monmaster night hold 2024-06-04", "9=C2=A0h=C2=A000"]
    {
        assert!(mail.contains(said), "{said}: {mail}");
    }
    let mut words = mail.split(|letter: char| !letter.is_ascii_alphanumeric());
    let named = words.find(|word| ["alice", "bob", "carol", "dan"].contains(word));
    assert_eq!(named, None, "{mail}");
    world.at("2024-06-04T09:00");
    world.night().await;
    assert_eq!(world.mails().await, 4);
    world.does("alice", refuse("BIO")).await;
    world.morning("2024-06-05").await;
    let all = ["J#night#2024-06-04#N#night_ready", "J#night#2024-06-05#N#night_ready"];
    assert_eq!(world.sent_to_operators(), all);
    assert!(told(&world).contains("publi=C3=A9e=C2=A0: -1 (2 places"), "{}", told(&world));
    world.complete("after two mornings").await;
}

/// Proves that nobody is told where no operator has an address, and that the night is none the worse for it.
#[tokio::test]
async fn without_an_operator_nobody_is_told() {
    let world = evening_before("").await;
    let settings = Settings { operator: None, ..Settings::clone(&world.context.settings) };
    let context = Context::new(world.context.platform.clone(), Arc::new(settings));
    for tick in ["04:00", "09:00"] {
        world.at(&format!("2024-06-04T{tick}"));
        night::run(&context).await.unwrap();
        mail_dispatch::run(&context).await.unwrap();
    }
    assert_eq!(world.sent_to_operators(), [""; 0]);
    assert_eq!(world.sent().len(), 4);
    assert_eq!(jobs::audit::run(&context).await.unwrap().findings, []);
}

/// Proves that an operator who keeps a night back, or undoes it, before he read of it is told nothing of it any more.
#[tokio::test]
async fn of_a_night_that_he_undid_an_operator_is_told_nothing() {
    let world = evening_before("").await;
    world.at("2024-06-04T04:00");
    world.night().await;
    let undone = world.ask(Actor::Operator, Action::VoidNight { date: None }).await;
    assert!(matches!(undone, Outcome::Accepted { .. }), "{undone:?}");
    world.at("2024-06-04T09:00");
    world.night().await;
    world.mails().await;
    assert_eq!(world.sent_to_operators(), [""; 0]);
    world.clean("after an undoing").await;
}

/// Proves that a night that the job itself holds, since a candidate was changed behind its gate, is told at once with what
/// to do; no operator can let it go on, and it is undone at noon.
#[tokio::test]
async fn a_night_that_the_job_holds_is_told_at_once() {
    let world = evening_before("").await;
    world.at("2024-06-04T04:00");
    let (store, mut alice) = (Arc::clone(&world.store), world.candidate("alice").await);
    // After the gate was closed and the plan put, just before the first candidate is written.
    let meddling = FaultyStore::sleeping(&world.store, 2, move || {
        Box::pin(async move {
            for application in alice.applications.values_mut() {
                application.now.state = ApplicationState::Lost;
            }
            alice.version += 1;
            store.transact(vec![rows::write(&alice)]).await.unwrap();
        })
    });
    let fault = night::run(&world.through(meddling)).await.unwrap_err();
    assert!(matches!(fault, Fault::Drift(_)), "{fault:?}");
    assert_eq!(world.run_of("2024-06-04").await.unwrap().status, NightStatus::Held);
    world.mails().await;
    assert_eq!(world.sent_to_operators(), ["J#night#2024-06-04#N#night_held"]);
    let mail = told(&world);
    assert!(mail.contains("retenue") && mail.contains("monmaster night void 2024-06-04"), "{mail}");
    let released = world.ask(Actor::Operator, Action::ReleaseNight { date: None }).await;
    assert!(matches!(released, Outcome::Refused { .. }), "{released:?}");
    world.at("2024-06-04T12:00");
    assert_eq!(world.night().await.status, Some(NightStatus::Void));
    world.mails().await;
    assert_eq!(world.sent_to_operators().len(), 1);
    assert_eq!(world.sees("bob").await, "ART submitted, BIO submitted");
}

/// A night that is applied, kept back by an operator if `held`, and the command that undoes it.
async fn to_be_undone(held: bool) -> (World, Command) {
    let world = evening_before("").await;
    world.at("2024-06-04T04:00");
    world.night().await;
    if held {
        let outcome = world.ask(Actor::Operator, Action::HoldNight { date: None }).await;
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    }
    let command_id = CommandId::new("undo").unwrap();
    (world, Command { command_id, actor: Actor::Operator, action: Action::VoidNight { date: None } })
}

/// Nothing is left of the night, the gate is open, and nobody is told.
async fn is_undone(world: &World, when: &str) {
    assert_eq!(world.run_of("2024-06-04").await.unwrap().status, NightStatus::Void, "{when}");
    assert_eq!(world.gate().await.closed(), None, "{when}");
    assert_eq!(world.sees("alice").await, "ART submitted, BIO submitted", "{when}");
    world.at("2024-06-04T09:00");
    assert_eq!(world.night().await.status, Some(NightStatus::Void), "{when}");
    world.mails().await;
    assert_eq!((world.sent().len(), world.sent_to_operators().len()), (0, 0), "{when}");
    world.clean(when).await;
}

/// Proves that an undoing that an operator ordered is ended, wherever the machine died that he asked: by the same command
/// again, which is not answered before, or else by the next tick, long before noon. Meanwhile nobody can let the night
/// go on, half undone, and no mail says that the job holds it.
#[tokio::test]
async fn an_undoing_that_was_begun_is_ended() {
    for (held, again) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut number = 0;
        loop {
            let when = format!("held {held}, again {again}, transaction {number}");
            let (world, command) = to_be_undone(held).await;
            let store = FaultyStore::failing(&world.store, number, Mishap::Before);
            let asked = commands::handle(&world.through(store.clone()), &command).await;
            if store.seen() <= number {
                assert!(matches!(asked, Ok(Outcome::Accepted { .. })), "{when}: {asked:?}");
                is_undone(&world, &when).await;
                break;
            }
            if number > 0 {
                world.mails().await;
                assert_eq!(world.sent_to_operators(), [""; 0], "{when}");
                let released = world.ask(Actor::Operator, Action::ReleaseNight { date: None }).await;
                assert!(matches!(released, Outcome::Refused { .. }), "{when}: {released:?}");
            }
            if again || number == 0 {
                let asked = commands::handle(&world.context, &command).await;
                assert!(matches!(asked, Ok(Outcome::Accepted { .. })), "{when}: {asked:?}");
            } else {
                world.at("2024-06-04T04:10");
                world.night().await;
            }
            is_undone(&world, &when).await;
            number += 1;
        }
        assert!(number > 4, "only {number} transactions");
    }
}

/// Proves that an operator who lets a night go on while it is undone at noon is too late, at whichever step.
#[tokio::test]
async fn a_release_at_noon_publishes_nothing() {
    let mut number = 0;
    loop {
        let when = format!("transaction {number}");
        let (world, _) = to_be_undone(true).await;
        world.at("2024-06-04T12:00");
        let others = world.context.clone();
        let store = FaultyStore::sleeping(&world.store, number, move || {
            Box::pin(async move {
                let command_id = CommandId::new("release").unwrap();
                let action = Action::ReleaseNight { date: None };
                let command = Command { command_id, actor: Actor::Operator, action };
                commands::handle(&others, &command).await.unwrap();
            })
        });
        let report = night::run(&world.through(store.clone())).await;
        assert!(report.as_ref().is_ok_and(|report| !report.published), "{when}: {report:?}");
        is_undone(&world, &when).await;
        if store.seen() <= number {
            break;
        }
        number += 1;
    }
    assert!(number > 4, "only {number} transactions");
}
