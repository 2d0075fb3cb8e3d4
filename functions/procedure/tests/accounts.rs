//! Accounts: registration and activation (R5–R11).

#[cfg(test)]
mod common;

use common::{YES, ask_with, at, candidate, rules, said};
use jiff::Timestamp;
use procedure::Facts;
use schemas::candidate::{LinksIssued, Questionnaire};
use schemas::command::Warning;
use schemas::{AccountState, Action, Candidate, Change, Gate, Language, NoticeKind, Refusal};

#[cfg(test)]
fn register(email: &str, questionnaire: Questionnaire) -> Action {
    Action::RegisterAccount {
        email: email.into(),
        language: Language::Fr,
        questionnaire,
        name: None,
        region: String::new(),
    }
}

/// Somebody who registered on 1 March at noon and has not followed the link.
#[cfg(test)]
fn registered() -> Candidate {
    let issued = at("2024-03-01T12:00");
    Candidate { account: AccountState::Registered, activation_issued_at: Some(issued), ..candidate("alice") }
}

#[cfg(test)]
fn activate() -> Action {
    Action::ActivateAccount { token: "from-the-mail".into() }
}

#[cfg(test)]
fn in_march() -> Timestamp {
    at("2024-03-01T12:00")
}

/// R5: each of the four answers alone, when it is "no", refuses the account; four "yes" open it.
#[test]
fn one_no_refuses_the_account() {
    let cases = [
        ("four yes", YES, "account: registered"),
        ("no master", Questionnaire { master: false, ..YES }, "refused: not_eligible"),
        ("no charter", Questionnaire { charter: false, ..YES }, "refused: not_eligible"),
        ("no licence", Questionnaire { licence: false, ..YES }, "refused: not_eligible"),
        ("no nationality", Questionnaire { nationality: false, ..YES }, "refused: not_eligible"),
    ];
    for (name, answers, expected) in cases {
        let action = register("alice@example.org", answers);
        let outcome = ask_with(None, "alice", action, Facts::default(), in_march(), &rules());
        assert_eq!(said(&outcome), expected, "{name}");
    }
}

/// R9–R11: an address must be one, must be free, and one of a provider that blocks mail is taken with a
/// warning; the account begins as `registered` and owes the activation mail, behind the gate too.
#[test]
fn addresses_are_checked() {
    let taken = Facts { address_taken: true, ..Facts::default() };
    let behind_the_gate = Facts { gate: common::gate_closed("2024-06-10"), ..Facts::default() };
    let long = format!("{}@example.org", "x".repeat(64));
    let too_long = format!("{}@example.org", "x".repeat(65));
    let cases = [
        ("alice@example.org", Facts::default(), "account: registered", &[][..]),
        (long.as_str(), Facts::default(), "account: registered", &[]),
        (too_long.as_str(), Facts::default(), "refused: invalid_address", &[]),
        ("alice", Facts::default(), "refused: invalid_address", &[]),
        ("alice@example", Facts::default(), "refused: invalid_address", &[]),
        ("a@b.fr\r\nBcc: c@d.fr", Facts::default(), "refused: invalid_address", &[]),
        ("alice@example.org", taken, "refused: address_taken", &[]),
        ("alice@icloud.com", Facts::default(), "account: registered", &[Warning::MailboxMayBlock]),
        ("Alice@ME.com", Facts::default(), "account: registered", &[Warning::MailboxMayBlock]),
        ("alice@not-icloud.com", Facts::default(), "account: registered", &[]),
        ("alice@example.org", behind_the_gate, "account: registered", &[]),
    ];
    for (email, facts, expected, warnings) in cases {
        let outcome = ask_with(None, "alice", register(email, YES), facts, in_march(), &rules());
        assert_eq!(said(&outcome), expected, "{email}");
        if let Ok(decision) = outcome {
            assert_eq!(decision.warnings, warnings, "{email}");
            assert_eq!(decision.notice, Some(NoticeKind::AccountActivation), "{email}");
        }
    }
}

/// R11: who has an account opens no second one, whatever address he gives; he is answered about his own, before
/// anything else.
#[test]
fn an_account_is_opened_once() {
    let taken = Facts { address_taken: true, ..Facts::default() };
    for (known, expected) in
        [(registered(), "refused: already_registered"), (candidate("alice"), "refused: already_active")]
    {
        for (email, answers, now) in [
            ("alice@example.org", YES, "2024-03-01T12:00"),
            ("other@example.org", YES, "2024-03-01T12:00"),
            ("no address", Questionnaire { master: false, ..YES }, "2024-10-01T12:00"),
        ] {
            let again = register(email, answers);
            let outcome = ask_with(Some(&known), "alice", again, taken, at(now), &rules());
            assert_eq!(said(&outcome), expected, "{email}");
        }
    }
}

/// Accounts are opened from the first instant of the catalogue to the campaign's end, in every phase and in
/// the days between two; the refusal outside names exactly these bounds.
#[test]
fn accounts_are_opened_from_the_catalogue_to_the_end() {
    let cases = [
        ("2024-01-28T23:59:59.999", false),
        ("2024-01-29T00:00", true),
        ("2024-03-28T12:00", true),
        ("2024-06-10T12:00", true),
        ("2024-09-15T23:59:59.999", true),
        ("2024-09-16T00:00", false),
    ];
    for (now, open) in cases {
        let action = register("alice@example.org", YES);
        let outcome = ask_with(None, "alice", action, Facts::default(), at(now), &rules());
        if open {
            assert_eq!(said(&outcome), "account: registered", "{now}");
        } else {
            let opens = Some(at("2024-01-29T00:00"));
            let closes = Some(at("2024-09-16T00:00"));
            assert_eq!(outcome, Err(Refusal::OutsideWindow { opens, closes }), "{now}");
        }
    }
}

/// R9: the link works with its own token until the last instant of its 72 hours, and never after.
#[test]
fn the_link_works_for_its_life() {
    let valid = Facts { token_valid: true, ..Facts::default() };
    let cases = [
        ("2024-03-01T12:00", valid, "account: activated"),
        ("2024-03-01T12:00", Facts::default(), "refused: invalid_token"),
        ("2024-03-04T11:59:59.999", valid, "account: activated"),
        ("2024-03-04T12:00", valid, "refused: invalid_token"),
        ("2024-06-04T12:00", valid, "refused: invalid_token"),
    ];
    for (now, facts, expected) in cases {
        let outcome = ask_with(Some(&registered()), "alice", activate(), facts, at(now), &rules());
        assert_eq!(said(&outcome), expected, "{now}");
    }
    let without_link = Candidate { activation_issued_at: None, ..registered() };
    let outcome = ask_with(Some(&without_link), "alice", activate(), valid, in_march(), &rules());
    assert_eq!(said(&outcome), "refused: invalid_token");
}

/// R9, R10: a new link is issued at its own instant, also once the old one is dead, and from then on its
/// life counts.
#[test]
fn a_new_link_begins_a_new_life() {
    let resend = Action::ResendActivation {};
    let now = at("2024-03-10T08:00");
    let outcome = ask_with(Some(&registered()), "alice", resend, Facts::default(), now, &rules()).unwrap();
    assert_eq!(outcome.notice, Some(NoticeKind::AccountActivation));
    assert_eq!(outcome.events[0].change, Change::ActivationIssued { activation_issued_at: now });
    let again = Candidate { activation_issued_at: Some(now), ..registered() };
    let facts = Facts { token_valid: true, ..Facts::default() };
    let outcome = ask_with(Some(&again), "alice", activate(), facts, at("2024-03-13T07:59"), &rules());
    assert_eq!(said(&outcome), "account: activated");
}

/// R9: one link in a minute, to the instant: nobody's mailbox is filled by asking again and again.
#[test]
fn links_are_not_issued_at_once() {
    let too_soon = Err(Refusal::TooSoon { again_at: at("2024-03-01T12:01") });
    for (now, refused) in [
        ("2024-03-01T12:00", true),
        ("2024-03-01T12:00:59.999", true),
        ("2024-03-01T12:01", false),
        ("2024-06-01T12:00", false),
    ] {
        let resend = Action::ResendActivation {};
        let outcome = ask_with(Some(&registered()), "alice", resend, Facts::default(), at(now), &rules());
        if refused {
            assert_eq!(outcome, too_soon, "{now}");
        } else {
            assert_eq!(said(&outcome), "account: activation_issued", "{now}");
        }
    }
    let without_link = Candidate { activation_issued_at: None, ..registered() };
    let resend = Action::ResendActivation {};
    let outcome = ask_with(Some(&without_link), "alice", resend, Facts::default(), in_march(), &rules());
    assert_eq!(said(&outcome), "account: activation_issued");
}

/// R9: five links in an hour, then none until it is over, whatever was asked for; once one is followed they count no more.
#[test]
fn no_more_than_five_links_in_an_hour() {
    let links = |count| Some(LinksIssued { since: at("2024-03-01T12:00"), count });
    for (count, now, refused) in [
        (4, "2024-03-01T12:30", false),
        (5, "2024-03-01T12:30", true),
        (5, "2024-03-01T12:59:59", true),
        (5, "2024-03-01T13:00", false),
        (9, "2024-03-01T12:30", true),
    ] {
        let candidate = Candidate { links: links(count), ..registered() };
        let resend = Action::ResendActivation {};
        let outcome = ask_with(Some(&candidate), "alice", resend, Facts::default(), at(now), &rules());
        let too_soon = Err(Refusal::TooSoon { again_at: at("2024-03-01T13:00") });
        assert_eq!(outcome == too_soon, refused, "{count} at {now}: {outcome:?}");
    }
}

/// What each state of the account, and no account, answers to the commands of an account; `closed` is set by
/// the campaign's end only and leaves what the law still allows: to leave, and to ask for reasons.
#[test]
fn each_account_state_answers() {
    let mut lines = Vec::new();
    let states = [
        None,
        Some(AccountState::Registered),
        Some(AccountState::Active),
        Some(AccountState::Closed),
        Some(AccountState::Resigned),
        Some(AccountState::Sanctioned),
    ];
    for account in states {
        let refused = common::applicant(&[("PSY", schemas::ApplicationState::Refused)]);
        let state = account.map(|account| Candidate {
            account,
            activation_issued_at: (account == AccountState::Registered).then(|| at("2024-06-09T12:00")),
            ..refused.clone()
        });
        let facts = Facts { token_valid: true, gate: Gate::default(), ..Facts::default() };
        for action in [
            register("alice@example.org", YES),
            Action::ResendActivation {},
            activate(),
            common::submit("HIST"),
            common::withdraw("HIST"),
            common::accept_provisionally("HIST", None, None),
            common::accept_definitively("HIST"),
            common::refuse_offer("HIST"),
            common::ask_reason("PSY"),
            Action::Resign {},
        ] {
            let name = action.name();
            let outcome = ask_with(state.as_ref(), "alice", action, facts, at("2024-06-10T12:00"), &rules());
            let account =
                account.map_or("no account".into(), |account| common::snake(&format!("{account:?}")));
            lines.push(format!("{account:<10}  {name:<22}  {}", said(&outcome)));
        }
        lines.push(String::new());
    }
    insta::assert_snapshot!(lines.join("\n").trim_end());
}
