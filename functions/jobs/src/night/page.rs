//! A night as an operator reads it: a stored one, or what the next one would do.

use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use platform::clock::VirtualClock;
use procedure::calendar;
use schemas::night::{AppearingRanking, NightCounts, NightStatus, PlannedLoss, PlannedOffer};
use schemas::{FormationId, NightMode, NightRun};
use serde::Serialize;

use super::planning::{self, Prepared};
use super::stored;
use crate::context::Context;
use crate::fault::Fault;
use crate::ledger;

/// The figures by which an operator sees at a glance whether a night is as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct NightFigures {
    /// Seats that the plan gives.
    pub offers: u64,
    /// Offers and placements in contract search that lapsed since the last published night was planned.
    pub lapses: u64,
    /// Seats that nobody takes once the plan is applied, by the call limits.
    pub seats_free: u64,
    /// Formations that are treated as stopped.
    pub withheld: u64,
    /// The last published night and the seats that it gave; none before the first.
    pub yesterday: Option<(Date, u64)>,
}

impl NightFigures {
    /// Those of a run, after the one that was published before it.
    #[must_use]
    pub fn of(run: &NightRun, before: Option<&NightRun>) -> Self {
        Self {
            offers: run.offers,
            lapses: run.lapses,
            seats_free: run.seats.saturating_sub(run.seats_taken),
            withheld: run.withheld.len() as u64,
            yesterday: before.map(|before| (before.date, before.offers)),
        }
    }

    /// How many seats more than yesterday are given; fewer, if negative.
    #[must_use]
    pub fn change(&self) -> Option<i64> {
        self.yesterday.map(|(_, offers)| self.offers.cast_signed() - offers.cast_signed())
    }
}

/// A night, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NightPage {
    /// The business date.
    pub date: Date,
    /// How far it is; none if it is not stored, but what would be done.
    pub status: Option<NightStatus>,
    /// What an offer does.
    pub mode: NightMode,
    /// The first instant at which an answer to its offers is too late (R34).
    pub deadline: Timestamp,
    /// SHA-256 of its plan, in hexadecimal.
    pub plan: String,
    /// The five figures.
    pub figures: NightFigures,
    /// What was applied so far.
    pub counts: NightCounts,
    /// The formations that are treated as stopped, sorted.
    pub withheld: Vec<FormationId>,
    /// In what the plan breaks the law: such a night is held.
    pub breaches: Vec<String>,
    /// The rankings whose results appear, sorted by formation.
    pub rankings: Vec<AppearingRanking>,
    /// The offers, sorted by formation, then rank.
    pub offers: Vec<PlannedOffer>,
    /// What these offers end, sorted by formation, then rank (R56, R62).
    pub lost: Vec<PlannedLoss>,
}

/// The stored night of a date; none if there is none.
///
/// # Errors
/// A [`Fault`], also where the plan cannot be read.
pub async fn show(context: &Context, date: Date) -> Result<Option<NightPage>, Fault> {
    let Some(run) = stored::run(context, date).await? else { return Ok(None) };
    let plan = stored::plan(context, date, &run.plan).await?;
    let before = stored::published_before(context, date).await?;
    let status = Some(run.status);
    Ok(Some(page(Prepared { run, plan, breaches: Vec::new() }, before.as_ref(), status)))
}

/// The date of the next night that is still to be planned, and when it begins, or now if that is over; none once the
/// last is.
///
/// # Errors
/// A [`Fault`] of the store.
pub async fn next_date(context: &Context) -> Result<Option<(Date, Timestamp)>, Fault> {
    let context = &context.in_force().await?;
    let (rules, now) = (context.rules(), context.now());
    let Some(last) = calendar::campaign_days(rules).map(|days| days.last) else { return Ok(None) };
    let over = ledger::gate(context).await?.published;
    let to_come = |date: &Date| {
        calendar::is_night(rules, *date) && over < Some(*date) && now < calendar::gate_latest(rules, *date)
    };
    let next = calendar::day(now).series(1.day()).take_while(|date| *date <= last).find(to_come);
    Ok(next.map(|date| (date, now.max(calendar::night_start(rules, date)))))
}

/// What the night of a date would do, if it began at this instant and nothing happened until then. Writes nothing, and
/// closes no gate: a command may change it.
///
/// # Errors
/// A [`Fault`]. A plan that breaks the law is none: its page says in what.
pub async fn dry_run(context: &Context, date: Date, at: Timestamp) -> Result<NightPage, Fault> {
    let context = context.in_force().await?.with_clock(Arc::new(VirtualClock::at(at)));
    let gate = ledger::gate(&context).await?;
    let prepared = planning::prepare(&context, date, gate).await?;
    let before = stored::published_before(&context, date).await?;
    Ok(page(prepared, before.as_ref(), None))
}

fn page(night: Prepared, before: Option<&NightRun>, status: Option<NightStatus>) -> NightPage {
    let Prepared { run, plan, breaches } = night;
    NightPage {
        date: run.date,
        status,
        mode: plan.mode,
        deadline: plan.deadline,
        figures: NightFigures::of(&run, before),
        plan: run.plan,
        counts: run.counts,
        withheld: run.withheld,
        breaches: breaches.iter().map(ToString::to_string).collect(),
        rankings: plan.rankings,
        offers: plan.offers,
        lost: plan.lost,
    }
}
