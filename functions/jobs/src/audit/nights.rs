//! The nights: their runs, their plans, and the gate.

use std::collections::{BTreeMap, HashMap};

use jiff::ToSpan;
use jiff::civil::Date;
use platform::Table;
use procedure::calendar;
use procedure::night::file::decode;
use procedure::night::{RankingIndex, Tonight};
use schemas::night::NightStatus;
use schemas::{Gate, NightRun};

use super::{Finding, FindingKind, object, owed, partition, ranking_content, unreadable};
use crate::context::Context;
use crate::fault::Fault;
use crate::rows::{self, Row};

/// A night with its plan, if that can be read.
pub(super) struct Night {
    pub(super) run: NightRun,
    pub(super) tonight: Option<Tonight>,
}

/// Every night that has a run, by date.
#[derive(Default)]
pub(super) struct Nights(BTreeMap<Date, Night>);

impl Nights {
    pub(super) fn of(&self, date: Date) -> Option<&Night> {
        self.0.get(&date)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Night> {
        self.0.values()
    }

    /// How far the night of a date is.
    pub(super) fn status(&self, date: Date) -> Option<NightStatus> {
        self.of(date).map(|night| night.run.status)
    }
}

/// Reads the nights and the gate, and checks them against one another.
pub(super) async fn read(context: &Context) -> Result<(Nights, Vec<Finding>), Fault> {
    let mut findings = Vec::new();
    let mut nights = BTreeMap::new();
    let items = partition(context, Table::State, rows::NIGHT_PK, "").await?;
    for item in &items {
        match rows::read::<NightRun>(item) {
            Ok(run) if run.key() == item.key && run.version == item.version => {
                let tonight = plan(context, &run, &mut findings).await?;
                findings.extend(owed::check_night(context, &run).await?);
                nights.insert(run.date, Night { run, tonight });
            }
            _ => findings.push(unreadable(&item.key)),
        }
    }
    for key in dates_over(context).map(rows::night_key) {
        if !items.iter().any(|item| item.key == key) {
            let detail = "the date is over, but `waitlist-advance` made no night";
            findings.push(Finding::new(&key, FindingKind::NightMissing, detail));
        }
    }
    let key = rows::gate_key();
    let gate = match context.platform.store.get(Table::State, &key).await? {
        None => Some(Gate::default()),
        Some(item) => rows::read::<Gate>(&item).ok().filter(|gate| gate.version == item.version),
    };
    match gate {
        Some(gate) => {
            findings.extend(disagreements(gate, &nights));
            findings.extend(left_closed(gate, calendar::day(context.now())));
        }
        None => findings.push(unreadable(&key)),
    }
    Ok((Nights(nights), findings))
}

async fn plan(
    context: &Context,
    run: &NightRun,
    findings: &mut Vec<Finding>,
) -> Result<Option<Tonight>, Fault> {
    let key = rows::plan_object(run.date, &run.plan);
    let Some(plan) = object(context, &key, &run.plan, |bytes| decode(bytes).ok(), findings).await? else {
        return Ok(None);
    };
    let mut differs = |what, detail: String| findings.push(Finding { key: key.clone(), what, detail });
    if plan.date != run.date {
        let detail = format!("a plan of {}, expected one of {}", plan.date, run.date);
        differs(FindingKind::ObjectDiffers, detail);
        return Ok(None);
    }
    let deadline = calendar::offer_deadline(context.rules(), plan.date);
    if plan.rules == context.rules().digest && plan.deadline != deadline {
        differs(FindingKind::DeadlineDiffers, format!("{} instead of {deadline}", plan.deadline));
    }
    let mut rankings = HashMap::new();
    for appearing in &plan.rankings {
        let key = rows::ranking_object(&appearing.formation, &appearing.digest);
        let content = object(context, &key, &appearing.digest, ranking_content, findings).await?;
        let Some(content) = content else { return Ok(None) };
        let index = RankingIndex::of_round(content, appearing.round, appearing.after);
        rankings.insert(appearing.formation.clone(), index);
    }
    Ok(Some(Tonight::new(plan, rankings)))
}

/// The dates of the nights that are over.
fn dates_over(context: &Context) -> impl Iterator<Item = Date> {
    let (rules, now) = (context.rules(), context.now());
    calendar::campaign(rules).into_iter().flat_map(move |whole| {
        let days = calendar::day(whole.opens).series(1.day());
        let over = days.take_while(move |day| calendar::end_of(*day) <= now.min(whole.closes));
        over.filter(|day| calendar::is_night(rules, *day))
    })
}

/// A night is published, or given up, on its own date.
fn left_closed(gate: Gate, today: Date) -> Option<Finding> {
    let night = gate.closed().filter(|night| *night < today)?;
    let detail = format!("closed for {night}; the next tick of `waitlist-advance` opens it");
    Some(Finding::new(&rows::gate_key(), FindingKind::GateLeftClosed, detail))
}

/// A night that is neither published nor void keeps the gate closed; one that is lets it open.
fn disagreements(gate: Gate, nights: &BTreeMap<Date, Night>) -> Vec<Finding> {
    let key = rows::gate_key();
    let differs = |detail: String| Finding::new(&key, FindingKind::GateDiffers, detail);
    let mut findings = Vec::new();
    if gate.published > gate.closed_for {
        findings.push(differs("a night is published for which it was never closed".to_owned()));
    }
    for (date, night) in nights {
        let over = matches!(night.run.status, NightStatus::Published | NightStatus::Void);
        if over && gate.published.is_none_or(|published| published < *date) {
            findings
                .push(differs(format!("the night of {date} is over, but the gate did not open after it")));
        }
        if !over && gate.closed() != Some(*date) {
            findings.push(differs(format!(
                "the night of {date} is under way, but the gate is not closed for it"
            )));
        }
    }
    findings
}
