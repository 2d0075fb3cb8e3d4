//! The job behind `monmaster explain`: the decisions that led a candidate where he stands, each with its rule,
//! and why he does not stand elsewhere.
//!
//! It says what everyone outside the night sees: nothing of a night that is not published, nothing at all of one
//! that was undone. It never names another candidate, and shows the address masked.

mod sentences;
mod standing;
mod steps;
mod text;
mod words;

use jiff::civil::Date;
use procedure::{address, fold, settle};
use schemas::candidate::{LostCause, Standing};
use schemas::{
    AccountState, Application, ApplicationState, Candidate, CandidateId, FormationId, Gate, Language, Rule,
    Track,
};
use serde::Serialize;

use crate::context::Context;
use crate::fault::Fault;
use crate::ledger;
use steps::Told;

/// Why a candidate stands where he stands. Its `Display` is the readable text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Who.
    pub candidate: CandidateId,
    /// His account.
    pub account: Account,
    /// What was asked and could be answered.
    pub scope: Scope,
    /// The applications asked for, by formation.
    pub applications: Vec<ApplicationExplained>,
}

/// An account in a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Where it stands.
    pub state: AccountState,
    /// The address, masked.
    pub address: String,
    /// The language of the mails.
    pub language: Language,
    /// When it was opened, Paris time.
    pub opened_at: Option<String>,
    /// How many applications it has, ended ones included.
    pub applications: usize,
}

/// What was asked, and whether there is something to answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "scope", rename_all = "snake_case")]
pub enum Scope {
    /// Every application.
    Whole,
    /// One application.
    One {
        /// Where.
        formation: FormationId,
    },
    /// The candidate never applied there.
    NeverApplied {
        /// Where.
        formation: FormationId,
        /// Its title.
        title: String,
    },
    /// There is no such formation.
    UnknownFormation {
        /// What was asked.
        formation: FormationId,
    },
}

/// One application, explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApplicationExplained {
    /// Where.
    pub formation: FormationId,
    /// The formation's title.
    pub title: String,
    /// Student or alternance.
    pub track: Track,
    /// Where it stands now, as everyone sees it.
    pub state: ApplicationState,
    /// Why it is lost, if it is.
    pub cause: Option<LostCause>,
    /// The jury's rank, once there is a result.
    pub rank: Option<u32>,
    /// The last minute in which the offer can be answered, Paris time.
    pub answer_until: Option<String>,
    /// For who waits: why he has no offer.
    pub waiting: Option<Waiting>,
    /// For who has no result: why he has none.
    pub no_result: Option<NoResult>,
    /// The decision that ended it, as its place in `steps`.
    pub ended_by: Option<usize>,
    /// What happened, in order.
    pub steps: Vec<Step>,
}

/// Why somebody who waits has no offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// One more than wait before him: 1 is next.
    pub position: u32,
    /// How many wait before him.
    pub before: u32,
    /// His position as the last published night left it, with that night.
    pub published: Option<(Date, u32)>,
    /// The formation's seats.
    pub seats: u32,
    /// How many may hold one at once.
    pub call_limit: u32,
    /// How many hold one: live offers and acceptances.
    pub taken: u32,
    /// The worst rank among those.
    pub last_called: Option<u32>,
    /// Whether the formation calls nobody for now.
    pub stopped: bool,
    /// When the next night that may call is published, Paris time; none if there is no further one.
    pub next_night: Option<String>,
}

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum NoResult {
    /// Results come later.
    ResultsCome {
        /// When, Paris time.
        on: String,
    },
    /// The formation has published no ranking.
    NoRanking {
        /// Until when silence is not yet a refusal, Paris time (R22).
        silence_until: Option<String>,
    },
    /// The formation has published a ranking, and the candidate is not in it.
    NotInRanking {
        /// When it was published, Paris time.
        published_at: String,
        /// Until when silence is not yet a refusal, Paris time (R22).
        silence_until: Option<String>,
    },
    /// The ranking names him: the next night brings the result.
    NextNight {
        /// When it is published, Paris time.
        on: Option<String>,
    },
}

/// One thing that happened to an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// When, Paris time.
    pub at: String,
    /// What happened.
    pub what: String,
    /// By whom or by what.
    pub by: String,
    /// Under which rule.
    pub rule: Rule,
    /// What the rule says.
    pub says: Option<&'static str>,
    /// Where the rule is written.
    pub source: Option<&'static str>,
}

/// Explains every application of a candidate, or the one asked for; `None` if there is no such candidate.
///
/// # Errors
/// A [`Fault`].
pub async fn run(
    context: &Context,
    candidate: &CandidateId,
    formation: Option<&FormationId>,
) -> Result<Option<Explanation>, Fault> {
    let context = &context.in_force().await?;
    let Some(stored) = ledger::candidate(context, candidate).await? else { return Ok(None) };
    let gate = ledger::gate(context).await?;
    let visible = fold::visible(&stored, gate.published);
    let (visible, to_write) = ledger::extended(context, &visible, context.now());
    let (seen, settlements) = settle::settled(&visible, context.now(), context.rules());
    let history = steps::history(context, candidate, gate, to_write, settlements).await?;
    let mut applications = Vec::new();
    for (id, application) in
        seen.applications.iter().filter(|(id, _)| formation.is_none_or(|only| only == *id))
    {
        applications.push(explained(context, &seen.id, id, application, gate, &history).await?);
    }
    standing::add_waiting(context, candidate, gate, &mut applications).await?;
    let scope = match formation {
        None => Scope::Whole,
        Some(id) if !applications.is_empty() => Scope::One { formation: id.clone() },
        Some(id) => match standing::formation(context, id).await? {
            Some(known) => Scope::NeverApplied { formation: id.clone(), title: known.title },
            None => Scope::UnknownFormation { formation: id.clone() },
        },
    };
    Ok(Some(Explanation {
        candidate: seen.id.clone(),
        account: account(&seen, &history),
        scope,
        applications,
    }))
}

fn account(candidate: &Candidate, history: &[Told]) -> Account {
    Account {
        state: candidate.account,
        address: address::masked(&candidate.email),
        language: candidate.language,
        opened_at: history.first().map(|told| words::minute(told.at)),
        applications: candidate.applications.len(),
    }
}

async fn explained(
    context: &Context,
    candidate: &CandidateId,
    id: &FormationId,
    application: &Application,
    gate: Gate,
    history: &[Told],
) -> Result<ApplicationExplained, Fault> {
    let Standing { state, cause, rank, deadline, .. } = application.now;
    let words = match state {
        ApplicationState::Refused => steps::words_of_refusal(context, history, candidate, id).await?,
        _ => String::new(),
    };
    let (steps, ended_by) = steps::of(history, id, context.rules(), &words);
    let formation = standing::formation(context, id).await?;
    let no_result = match state {
        ApplicationState::Submitted => {
            Some(standing::no_result(context, candidate, id, application, gate).await?)
        }
        _ => None,
    };
    Ok(ApplicationExplained {
        formation: id.clone(),
        title: formation.map_or_else(|| id.to_string(), |formation| formation.title),
        track: application.track,
        state,
        cause,
        rank,
        answer_until: deadline.filter(|_| state == ApplicationState::Offered).map(words::last_minute),
        waiting: None,
        no_result,
        ended_by: ended_by.filter(|_| !state.is_live()),
        steps,
    })
}
