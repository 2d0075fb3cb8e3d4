//! Accounts: what the sender of a registration is told, what the owner of the address learns, and what is kept
//! (R9, R11, R77).

#[cfg(test)]
mod common;

use std::sync::Arc;

use common::faulty::FaultyStore;
use common::{World, register, token, who};
use jobs::{commands, rows};
use platform::store::Segment;
use platform::{Store, Table};
use schemas::command::Warning;
use schemas::{AccountState, Action, Actor, Command, CommandId, Outcome, Refusal};

/// The command of somebody who registers with alice's address, written in capitals.
#[cfg(test)]
fn with_her_address(number: u32) -> Command {
    let Action::RegisterAccount { language, questionnaire, .. } = register("mallory") else { unreachable!() };
    let email = "Alice.SECRET@example.org".into();
    let name = Some("Mallory Personne".into());
    Command {
        command_id: CommandId::new(format!("again-{number}")).unwrap(),
        actor: Actor::Candidate(who("mallory")),
        action: Action::RegisterAccount { email, language, questionnaire, name, region: String::new() },
    }
}

#[cfg(test)]
fn nothing_to_tell() -> Outcome {
    Outcome::Accepted { events: Vec::new(), warnings: Vec::new() }
}

#[cfg(test)]
fn address_taken() -> Outcome {
    Outcome::Refused { refusal: Refusal::AddressTaken {} }
}

/// The mails sent so far that say this, with their addresses.
#[cfg(test)]
fn mails(world: &World, kind: &str) -> Vec<String> {
    let sent = world.mailer.sent();
    sent.iter().filter(|mail| mail.notice.ends_with(kind)).map(|mail| mail.to.clone()).collect()
}

/// R11: whoever registered with a known address, and has no account of his own, cannot find that out by asking for
/// another link or by trying a token: the answers are those of an account that waits for its activation.
#[tokio::test]
async fn links_and_tokens_tell_nothing_either() {
    let mut answers = Vec::new();
    for known in [true, false] {
        let world = World::new();
        world.account("alice").await;
        let first = if known {
            with_her_address(0)
        } else {
            Command { action: register("mallory"), ..with_her_address(0) }
        };
        let resend = Command { action: Action::ResendActivation {}, ..with_her_address(1) };
        let guess = Action::ActivateAccount { token: "x".repeat(43) };
        let activate = Command { action: guess, ..with_her_address(2) };
        let mut said = Vec::new();
        for command in [first, resend, activate] {
            said.push(commands::handle(&world.context, &command).await.unwrap());
        }
        world.at("2024-01-29T18:00");
        let later = Command { action: Action::ResendActivation {}, ..with_her_address(3) };
        said.push(commands::handle(&world.context, &later).await.unwrap());
        answers.push(said);
    }
    assert_eq!(answers[0], answers[1]);
}

/// R11: a registration is answered alike whether the address is free or known, also when it is sent again; what
/// really happened is for those who drive the platform, and the owner learns of it.
#[tokio::test]
async fn whether_an_address_is_known_is_not_told() {
    let world = World::new();
    let new = Command { action: register("mallory"), ..with_her_address(0) };
    assert_eq!(commands::handle(&world.context, &new).await.unwrap(), nothing_to_tell());
    let world = World::new();
    world.account("alice").await;
    let known = with_her_address(0);
    for _ in 0..2 {
        assert_eq!(commands::handle(&world.context, &known).await.unwrap(), nothing_to_tell());
        assert_eq!(commands::decide_and_record(&world.context, &known).await.unwrap(), address_taken());
    }
    world.mails().await;
    assert_eq!(mails(&world, "account_exists"), ["alice.secret@example.org"]);
    world.clean("after a registration with a known address").await;
}

/// R10: that a mailbox may block mails follows from what was sent, and is said in both cases.
#[tokio::test]
async fn a_warning_follows_from_the_address_alone() {
    let world = World::new();
    for number in 0..2 {
        let mut command = with_her_address(number);
        command.actor = Actor::Candidate(who(&format!("mallory-{number}")));
        let Action::RegisterAccount { email, .. } = &mut command.action else { unreachable!() };
        *email = "alice@icloud.com".into();
        let expected = Outcome::Accepted { events: Vec::new(), warnings: vec![Warning::MailboxMayBlock] };
        for _ in 0..2 {
            assert_eq!(commands::handle(&world.context, &command).await.unwrap(), expected);
        }
    }
}

/// R11: of his own account the sender is told, whatever address he gives.
#[tokio::test]
async fn of_his_own_account_everybody_is_told() {
    let world = World::new();
    world.account("alice").await;
    world.does("bob", register("bob")).await;
    for (id, address, code) in [
        ("alice", "alice", "already_active"),
        ("alice", "free", "already_active"),
        ("bob", "bob", "already_registered"),
        ("bob", "free", "already_registered"),
        ("bob", "alice", "already_registered"),
    ] {
        let command = Command {
            command_id: CommandId::new(format!("own-{id}-{address}")).unwrap(),
            actor: Actor::Candidate(who(id)),
            action: register(address),
        };
        let told = commands::handle(&world.context, &command).await.unwrap();
        let Outcome::Refused { refusal } = told else {
            panic!("{id} with the address of {address}: {told:?}")
        };
        assert_eq!(refusal.code(), code, "{id} with the address of {address}");
    }
    world.mails().await;
    assert_eq!(mails(&world, "account_exists"), Vec::<String>::new(), "nobody else is told");
}

/// R11: the owner of an address is told once a Paris day that somebody tried it; every command has its outcome.
#[tokio::test]
async fn the_owner_is_told_once_a_day() {
    let world = World::new();
    world.account("alice").await;
    for (time, told) in [
        ("2024-02-01T08:00", 1),
        ("2024-02-01T08:00", 1),
        ("2024-02-01T23:59:59", 1),
        ("2024-02-02T00:00", 2),
        ("2024-02-02T12:00", 2),
    ] {
        world.at(time);
        let number = world.mailer.sent().len() + usize::try_from(world.store.commits()).unwrap();
        let command = with_her_address(u32::try_from(number).unwrap());
        let outcome = commands::decide_and_record(&world.context, &command).await.unwrap();
        assert_eq!(outcome, address_taken(), "{time}");
        assert_eq!(commands::known(&world.context, &command.command_id).await.unwrap(), Some(outcome));
        world.mails().await;
        assert_eq!(mails(&world, "account_exists").len(), told, "{time}");
    }
    world.clean("after many registrations with a known address").await;
}

/// Two at once: who comes second goes on without the notice that the first has put.
#[tokio::test]
async fn two_registrations_at_once_tell_the_owner_once() {
    let world = Arc::new(World::new());
    world.account("alice").await;
    let other = world.clone();
    let meanwhile = move || -> common::faulty::Work {
        Box::pin(async move {
            commands::decide_and_record(&other.context, &with_her_address(1)).await.unwrap();
        })
    };
    let context = world.through(FaultyStore::sleeping(&world.store, 0, meanwhile));
    let outcome = commands::decide_and_record(&context, &with_her_address(2)).await.unwrap();
    assert_eq!(outcome, address_taken());
    world.mails().await;
    assert_eq!(mails(&world, "account_exists").len(), 1);
    world.clean("after two registrations at once").await;
}

/// R9, R11: an owner who never followed his link gets a fresh one, which works, also once the old one is dead;
/// within five minutes of the last one none leaves, and the sender is answered as ever.
#[tokio::test]
async fn an_owner_who_is_not_active_gets_a_fresh_link() {
    let world = World::new();
    world.does("alice", register("alice")).await;
    world.mails().await;
    let old = token(&world.mailer.sent().last().unwrap().mime);
    world.at("2024-02-05T10:00");
    assert_eq!(world.refused("alice", Action::ActivateAccount { token: old.clone() }).await, "invalid_token");
    for (number, (time, links)) in
        [("2024-02-05T10:00", 2), ("2024-02-05T10:00:59", 2), ("2024-02-05T10:01", 3)].into_iter().enumerate()
    {
        world.at(time);
        let command = with_her_address(u32::try_from(number).unwrap());
        for _ in 0..2 {
            assert_eq!(commands::handle(&world.context, &command).await.unwrap(), nothing_to_tell());
            let known = commands::known(&world.context, &command.command_id).await.unwrap();
            assert_eq!(known, Some(address_taken()), "{time}");
        }
        world.mails().await;
        assert_eq!(mails(&world, "account_activation").len(), links, "{time}");
    }
    assert_eq!(mails(&world, "account_activation")[2], "alice.secret@example.org");
    assert_eq!(world.refused("alice", Action::ResendActivation {}).await, "too_soon");
    world.clean("after fresh links").await;
    let fresh = token(&world.mailer.sent().last().unwrap().mime);
    assert_ne!(fresh, old);
    world.does("alice", Action::ActivateAccount { token: fresh }).await;
    assert_eq!(world.candidate("alice").await.account, AccountState::Active);
    assert_eq!(mails(&world, "account_exists"), Vec::<String>::new());
    world.clean("after the activation").await;
}

/// R77: what is erased with a candidate's partition is all that says who he is. Neither the outcome of his
/// registration nor anybody else's rows hold his address or name.
#[tokio::test]
async fn a_registration_leaves_nothing_personal_elsewhere() {
    let world = World::new();
    world.does("alice", register("alice")).await;
    world.at("2024-02-05T10:00");
    world.does("bob", register("bob")).await;
    commands::decide_and_record(&world.context, &with_her_address(0)).await.unwrap();
    let mut outcomes = 0;
    for table in [Table::State, Table::Journal] {
        let page = world.store.scan(table, Segment { number: 0, of: 1 }, None, 1000).await.unwrap();
        for item in page.items {
            outcomes += u32::from(item.key.sk == "OUTCOME");
            for (id, secrets) in [
                ("alice", ["alice.secret", "alice Personne"]),
                ("bob", ["bob.secret", "bob Personne"]),
                ("mallory", ["Alice.SECRET", "Mallory Personne"]),
            ] {
                let his = item.key.pk == rows::candidate_pk(&who(id));
                assert!(his || secrets.iter().all(|secret| !item.body.contains(secret)), "{}", item.key);
            }
        }
    }
    assert_eq!(outcomes, 3);
}
