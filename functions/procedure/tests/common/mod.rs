//! What the tests of this crate share: the rules of 2024, persons, formations, and outcomes in a line.
#![allow(dead_code, reason = "each test file uses its own part of these helpers")]

pub(crate) mod night;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use procedure::campaign_file::{read, shipped_text};
use procedure::{Decision, Facts, Settlement, Subject, calendar, decide};
use schemas::candidate::{JuryRefusal, Questionnaire};
use schemas::formation::QuotaPair;
use schemas::{
    AccountState, Action, Actor, Application, ApplicationState, Campaign, Candidate, CandidateId, Change,
    Command, CommandId, EstablishmentId, Event, Formation, FormationId, Gate, Language, LostCause, Refusal,
    RefusalReason, Round, Standing, Track,
};

/// Where the formations of these tests are.
pub(crate) const LYON: &str = "0691774D";

/// The rules of 2024, as shipped.
pub(crate) fn rules() -> Campaign {
    // Read once: properties ask for it with every case.
    static RULES: LazyLock<Campaign> = LazyLock::new(|| rules_with(""));
    RULES.clone()
}

/// The rules of 2024 with single keys replaced.
pub(crate) fn rules_with(overrides: &str) -> Campaign {
    read(shipped_text("2024").unwrap(), &overrides.parse().unwrap()).unwrap()
}

/// An instant, written as Paris civil time.
pub(crate) fn at(paris: &str) -> Timestamp {
    calendar::instant(paris.parse::<DateTime>().unwrap())
}

pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub(crate) fn who(id: &str) -> CandidateId {
    CandidateId::new(id).unwrap()
}

pub(crate) fn at_formation(id: &str) -> FormationId {
    FormationId::new(id).unwrap()
}

pub(crate) fn ids(names: &[&str]) -> Vec<FormationId> {
    names.iter().map(|name| at_formation(name)).collect()
}

pub(crate) const YES: Questionnaire =
    Questionnaire { master: true, charter: true, licence: true, nationality: true };

/// A candidate whose account is active and who has not applied.
pub(crate) fn candidate(id: &str) -> Candidate {
    Candidate {
        id: who(id),
        version: 2,
        account: AccountState::Active,
        email: format!("{id}@example.org"),
        name: None,
        language: Language::Fr,
        activation_issued_at: None,
        applications: BTreeMap::new(),
        region: String::new(),
        new_email: None,
        address_released: false,
        unreachable: false,
        exception: Vec::new(),
        fraud: None,
        last_night: None,
        due: None,
    }
}

/// A formation of Lyon whose mention is its id.
pub(crate) fn formation(id: &str, track: Track, call_limit: u32) -> Formation {
    Formation {
        id: at_formation(id),
        version: 1,
        title: id.into(),
        establishment: EstablishmentId::new(LYON).unwrap(),
        mention: id.into(),
        track,
        capacity: call_limit,
        call_limit,
        complementary: false,
        mixed: false,
        enrolment: None,
        stopped: false,
    }
}

/// The standing that an application has in this state, with the dates that belong to it; ranked 2
/// once there is a favourable result.
pub(crate) fn standing(state: ApplicationState, deadline: Timestamp) -> Standing {
    let rank = (!matches!(state, ApplicationState::Submitted | ApplicationState::Refused)).then_some(2);
    let bare = Standing { rank, ..Standing::of(state) };
    match state {
        ApplicationState::Offered => {
            Standing { received_on: Some(day("2024-06-04")), deadline: Some(deadline), ..bare }
        }
        ApplicationState::Lost => Standing { cause: Some(LostCause::Withdrawn), ..bare },
        ApplicationState::Refused => {
            let reason = RefusalReason::RequirementsNotMet;
            let refusal = JuryRefusal { reason: Some(reason), notified_on: day("2024-06-04") };
            Standing { refusal: Some(refusal), ..bare }
        }
        ApplicationState::AcceptedDefinitively | ApplicationState::Enrolled => {
            Standing { accepted_on: Some(day("2024-06-05")), ..bare }
        }
        _ => bare,
    }
}

/// An application in the student track.
pub(crate) fn application(id: &str, now: Standing) -> Application {
    Application {
        pair: QuotaPair(EstablishmentId::new(LYON).unwrap(), id.into()),
        track: Track::Student,
        round: Round::Main,
        preference: None,
        contract: None,
        now,
        before: None,
        reason_requested_on: None,
    }
}

/// An active candidate with these applications; offers are due at the end of 7 June.
pub(crate) fn applicant(applications: &[(&str, ApplicationState)]) -> Candidate {
    let mut alice = candidate("alice");
    for (id, state) in applications {
        let now = standing(*state, at("2024-06-08T00:00"));
        alice.applications.insert(at_formation(id), application(id, now));
    }
    alice
}

/// Gives these applications these preferences.
pub(crate) fn preferred(mut candidate: Candidate, preferences: &[(&str, u32)]) -> Candidate {
    for (id, preference) in preferences {
        candidate.applications.get_mut(&at_formation(id)).unwrap().preference = Some(*preference);
    }
    candidate
}

/// Gives one of the candidate's offers another deadline.
pub(crate) fn due(mut candidate: Candidate, id: &str, deadline: &str) -> Candidate {
    candidate.applications.get_mut(&at_formation(id)).unwrap().now.deadline = Some(at(deadline));
    candidate
}

/// Puts one of the candidate's applications in alternance.
pub(crate) fn in_alternance(mut candidate: Candidate, id: &str) -> Candidate {
    candidate.applications.get_mut(&at_formation(id)).unwrap().track = Track::Alternance;
    candidate
}

/// The candidate's command, decided with nothing special about it.
pub(crate) fn ask(
    candidate: &Candidate,
    action: Action,
    now: &str,
    rules: &Campaign,
) -> Result<Decision, Refusal> {
    ask_with(Some(candidate), candidate.id.as_str(), action, Facts::default(), at(now), rules)
}

/// A candidate's command with the facts read beforehand.
pub(crate) fn ask_with(
    state: Option<&Candidate>,
    id: &str,
    action: Action,
    facts: Facts<'_>,
    now: Timestamp,
    rules: &Campaign,
) -> Result<Decision, Refusal> {
    let id = who(id);
    let command = command(Actor::Candidate(id.clone()), action);
    decide(Subject::Candidate { id: &id, state }, &command, &facts, now, rules)
}

pub(crate) fn command(actor: Actor, action: Action) -> Command {
    Command { command_id: CommandId::new("command-1").unwrap(), actor, action }
}

/// The gate while the night of this date is being made; the night before is published.
pub(crate) fn gate_closed(night: &str) -> Gate {
    let night = day(night);
    Gate { version: 1, closed_for: Some(night), published: night.yesterday().ok() }
}

pub(crate) fn accept_provisionally(id: &str, keep: Option<&[&str]>, drop: Option<&[&str]>) -> Action {
    Action::AcceptProvisionally { formation: at_formation(id), keep: keep.map(ids), drop: drop.map(ids) }
}

pub(crate) fn accept_definitively(id: &str) -> Action {
    Action::AcceptDefinitively { formation: at_formation(id) }
}

pub(crate) fn refuse_offer(id: &str) -> Action {
    Action::RefuseOffer { formation: at_formation(id) }
}

pub(crate) fn withdraw(id: &str) -> Action {
    Action::WithdrawApplication { formation: at_formation(id) }
}

pub(crate) fn submit(id: &str) -> Action {
    Action::SubmitApplication { formation: at_formation(id) }
}

pub(crate) fn ask_reason(id: &str) -> Action {
    Action::RequestRefusalReason { formation: at_formation(id) }
}

/// A state as the contract writes it.
pub(crate) fn state_name(state: ApplicationState) -> String {
    snake(&format!("{state:?}"))
}

/// A name of the code as the contract writes it: `NotKept` is `not_kept`.
pub(crate) fn snake(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// One change in a few words: `PSY: lost/not_kept`.
pub(crate) fn change_said(event: &Event) -> String {
    let what = match &event.change {
        Change::Lost { cause, .. } => format!("lost/{}", snake(&format!("{cause:?}"))),
        other => {
            let debug = format!("{other:?}");
            snake(debug.split([' ', '{']).next().unwrap_or_default())
        }
    };
    match event.change.formation() {
        Some(formation) => format!("{formation}: {what}"),
        None => format!("account: {what}"),
    }
}

pub(crate) fn events_said(events: &[Event]) -> String {
    events.iter().map(change_said).collect::<Vec<_>>().join("; ")
}

/// A decision in a line: the changes, or the code of the refusal.
pub(crate) fn said(outcome: &Result<Decision, Refusal>) -> String {
    match outcome {
        Ok(decision) if decision.events.is_empty() => "nothing changes".into(),
        Ok(decision) => events_said(&decision.events),
        Err(refusal) => format!("refused: {}", refusal.code()),
    }
}

/// Settlements in a few lines: the Paris instant, each change with its rule, the notice.
pub(crate) fn settlements_said(settlements: &[Settlement]) -> Vec<String> {
    let one = |settlement: &Settlement| {
        let events: Vec<String> =
            settlement.events.iter().map(|event| format!("{} {}", event.rule, change_said(event))).collect();
        let at = calendar::civil(settlement.at).strftime("%m-%d %H:%M").to_string();
        format!(
            "{at} {} [{}]",
            events.join("; "),
            settlement.notice.map_or("nothing", schemas::NoticeKind::name)
        )
    };
    settlements.iter().map(one).collect()
}

/// Where a candidate's applications stand: `HIST: waitlisted; PSY: lost/expired`.
pub(crate) fn states_said(candidate: &Candidate) -> String {
    let one = |(id, application): (&FormationId, &Application)| match application.now.cause {
        Some(cause) => {
            format!("{id}: {}/{}", state_name(application.now.state), snake(&format!("{cause:?}")))
        }
        None => format!("{id}: {}", state_name(application.now.state)),
    };
    candidate.applications.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// A folder of the material that lies beside the checkout; `None`, with a printed line, where it does not.
pub(crate) fn beside(folder: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: there is no folder `shared/{folder}` beside the checkout");
    None
}
