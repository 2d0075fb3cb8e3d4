//! The whole table: every state of an application × every command on it × an instant in each phase.

#[cfg(test)]
mod common;

use std::fmt::Write as _;

use common::{
    accept_definitively, accept_provisionally, applicant, application, ask_reason, at, at_formation,
    formation, gate_closed, refuse_offer, rules, said, standing, state_name, submit, withdraw,
};
use jiff::{Timestamp, ToSpan};
use procedure::settle::settled;
use procedure::{Facts, calendar};
use schemas::{Action, ApplicationState, Candidate, Gate, LostCause, Standing, Track};

/// One instant in each phase, in order; the gate is closed in one of them.
#[cfg(test)]
const INSTANTS: [(&str, &str); 11] = [
    ("before", "2024-01-15T12:00"),
    ("catalogue", "2024-02-10T12:00"),
    ("application", "2024-03-10T12:00"),
    ("examination", "2024-04-10T12:00"),
    ("admission", "2024-06-10T12:00"),
    ("gate closed", "2024-06-11T06:00"),
    ("complementary application", "2024-06-27T12:00"),
    ("complementary examination", "2024-07-05T12:00"),
    ("complementary admission", "2024-07-20T12:00"),
    ("withdrawals", "2024-08-20T12:00"),
    ("after", "2024-10-01T12:00"),
];

/// Alice, whose application to PSY stands like this and who also waits at HIST. An offer is open for one hour
/// more, or has been over for an hour.
#[cfg(test)]
fn alice(row: &Row, now: Timestamp) -> Candidate {
    let mut alice = applicant(&[("HIST", ApplicationState::Waitlisted)]);
    let deadline = now.checked_add(if row.in_time { 1.hour() } else { -1.hours() }).unwrap();
    let Some(state) = row.state else { return alice };
    let mut stands = standing(state, deadline);
    if let Some(cause) = row.cause {
        stands = Standing { rank: Some(2), ..Standing::lost(cause) };
    }
    alice.applications.insert(at_formation("PSY"), application("PSY", stands));
    alice
}

#[cfg(test)]
struct Row {
    name: String,
    state: Option<ApplicationState>,
    cause: Option<LostCause>,
    in_time: bool,
}

#[cfg(test)]
fn rows() -> Vec<Row> {
    let row = |name: &str, state, cause, in_time| Row { name: name.into(), state, cause, in_time };
    let mut rows = vec![row("no application", None, None, true)];
    for state in ApplicationState::ALL {
        let name = state_name(state);
        match state {
            ApplicationState::Offered => {
                rows.push(row("offered, in time", Some(state), None, true));
                rows.push(row("offered, too late", Some(state), None, false));
            }
            ApplicationState::Lost => {
                rows.push(row("lost/expired", Some(state), Some(LostCause::Expired), true));
                rows.push(row("lost, any other cause", Some(state), Some(LostCause::NotKept), true));
            }
            _ => rows.push(row(&name, Some(state), None, true)),
        }
    }
    rows
}

#[cfg(test)]
fn commands() -> Vec<(&'static str, Action)> {
    vec![
        ("submit_application", submit("PSY")),
        ("withdraw_application", withdraw("PSY")),
        ("accept_provisionally, dropping HIST", accept_provisionally("PSY", Some(&[]), None)),
        ("accept_provisionally, undecided", accept_provisionally("PSY", None, None)),
        ("accept_definitively", accept_definitively("PSY")),
        ("refuse_offer", refuse_offer("PSY")),
        ("request_refusal_reason", ask_reason("PSY")),
        ("resign", Action::Resign {}),
    ]
}

/// What the command does to this row in each phase.
#[cfg(test)]
fn outcomes(row: &Row, action: &Action) -> Vec<(&'static str, String)> {
    let rules = rules();
    let psy = formation("PSY", Track::Student, 1);
    let each = |(phase, time): (&'static str, &str)| {
        let now = at(time);
        let gate = if phase == "gate closed" { gate_closed("2024-06-11") } else { Gate::default() };
        let facts = Facts { formation: Some(&psy), gate, ..Facts::default() };
        let alice = alice(row, now);
        (phase, said(&common::ask_with(Some(&alice), "alice", action.clone(), facts, now, &rules)))
    };
    INSTANTS.into_iter().map(each).collect()
}

/// Identical outcomes of phases that follow each other, on one line.
#[cfg(test)]
fn grouped(outcomes: Vec<(&'static str, String)>) -> Vec<(String, String)> {
    let mut groups: Vec<(&str, &str, String)> = Vec::new();
    for (phase, outcome) in outcomes {
        match groups.last_mut() {
            Some((_, last, same)) if *same == outcome => *last = phase,
            _ => groups.push((phase, phase, outcome)),
        }
    }
    let name = |first: &str, last: &str| match first == last {
        true => first.to_owned(),
        false => format!("{first} … {last}"),
    };
    groups.into_iter().map(|(first, last, outcome)| (name(first, last), outcome)).collect()
}

/// What time alone has made of the row in each phase, before any command.
#[cfg(test)]
fn by_time(row: &Row) -> Vec<(&'static str, String)> {
    let each = |(phase, time): (&'static str, &str)| {
        let now = at(time);
        (phase, common::states_said(&settled(&alice(row, now), now, &rules()).0))
    };
    INSTANTS.into_iter().map(each).collect()
}

/// Every state, those included that no command of this code makes, answers to every command in every phase:
/// the table is total, and a lawyer can read it.
#[test]
fn every_state_answers_every_command_in_every_phase() {
    let mut table = String::from(
        "Alice's application to PSY stands as the title says; she also waits at HIST. \"By time\" is what the calendar\n\
         alone has made of both; each command is decided on that. \"gate closed\" is a morning of the admission phase.\n\
         A command with one outcome has it in every phase. Phases, in order: ",
    );
    table += &INSTANTS.map(|(phase, _)| phase).join(", ");
    table += ".\n";
    for row in rows() {
        writeln!(table, "\n## {}", row.name).unwrap();
        let commands = commands().into_iter().map(|(name, action)| (name, outcomes(&row, &action)));
        for (name, outcomes) in [("by time", by_time(&row))].into_iter().chain(commands) {
            match grouped(outcomes).as_slice() {
                [(_, always)] => writeln!(table, "{name}: {always}").unwrap(),
                groups => {
                    writeln!(table, "{name}").unwrap();
                    for (phases, outcome) in groups {
                        writeln!(table, "    {phases}: {outcome}").unwrap();
                    }
                }
            }
        }
    }
    insta::assert_snapshot!(table);
}

/// The instants of the table are in the phases that it names.
#[test]
fn the_instants_are_in_their_phases() {
    let rules = rules();
    for (name, time) in INSTANTS {
        let phase = calendar::phase(&rules, at(time)).key().replace('_', " ");
        let expected = match name {
            "before" | "after" => "closed",
            "gate closed" => "admission",
            name => name,
        };
        assert_eq!(phase, expected, "{time}");
    }
}
