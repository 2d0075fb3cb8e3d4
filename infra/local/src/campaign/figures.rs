//! The figures of a campaign, derived from what it left: the state, the journal and the plans. Nothing is
//! counted as it goes but what leaves no trace, the commands refused.

use std::collections::{BTreeMap, HashSet};

use anyhow::Result;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use jobs::night::stored;
use jobs::{Context, rows};
use platform::Table;
use platform::dynamodb::rows::item_bytes;
use platform::store::Segment;
use procedure::calendar;
use schemas::notice::NoticeStatus;
use schemas::{
    AccountState, ApplicationState, Campaign, Candidate, CandidateId, Cause, Change, DecisionRecord,
    LostCause, NightRun, Notice, Phase, Round,
};
use tokio::task::JoinSet;

use crate::cost::Cost;
use crate::histogram::Histogram;
use crate::report::{
    CampaignReport, CohortFigures, CostFigures, EndFigures, NightLine, PhaseLine, Sizes, comparisons,
};

/// How many items one read gives.
const PAGE: usize = 500;

/// Commands refused, by Paris day.
pub(super) type Refused = BTreeMap<Date, u64>;

/// What was counted of one Paris day.
#[derive(Debug, Clone, Copy, Default)]
struct Day {
    lapsed: u64,
    definitive: u64,
    provisional: u64,
    refused: u64,
    resigned: u64,
    mails: u64,
    commands: u64,
}

/// What a part of the store says.
#[derive(Debug, Default)]
struct Part {
    days: BTreeMap<Date, Day>,
    end: EndFigures,
    sizes: Sizes,
}

/// Reads the figures of a campaign that has come to its end.
pub(super) async fn read(
    context: &Context,
    cohort: CohortFigures,
    overrides: Vec<String>,
    refused: &Refused,
    cost: &Cost,
) -> Result<CampaignReport> {
    let mut tasks = JoinSet::new();
    let of = context.settings.segments;
    for number in 0..of {
        tasks.spawn(part(context.clone(), Segment { number, of }));
    }
    let mut whole = Part::default();
    while let Some(part) = tasks.join_next().await {
        whole.add(part??);
    }
    let runs = stored::runs(context).await?;
    let opening = context.rules().phases.get(&Phase::Admission).map(|days| days.first);
    let mut offered: HashSet<CandidateId> = HashSet::new();
    for run in &runs {
        let plan = stored::plan(context, run.date, &run.plan).await?;
        let of_night: HashSet<CandidateId> = plan.offers.into_iter().map(|offer| offer.candidate).collect();
        if opening == Some(run.date) {
            whole.end.offered_first_day = of_night.len() as u64;
        }
        offered.extend(of_night);
    }
    whole.end.offered = offered.len() as u64;
    let rules = context.rules();
    Ok(CampaignReport {
        campaign: rules.year.to_string(),
        cohort,
        overrides,
        assumed: rules.assumed.clone(),
        phases: phases(rules, &whole.days, refused, calendar::day(context.now())),
        nights: runs
            .iter()
            .map(|run| {
                let units = cost.nights.get(&run.date).map_or(0, Histogram::sum);
                night(run, whole.days.get(&run.date).copied().unwrap_or_default(), units)
            })
            .collect(),
        end: whole.end,
        comparisons: comparisons(&cohort, &whole.end),
        cost: CostFigures::of(cost, &whole.sizes),
    })
}

async fn part(context: Context, segment: Segment) -> Result<Part> {
    let mut part = Part::default();
    let mut after = None;
    loop {
        let page = context.platform.store.scan(Table::State, segment, after, PAGE).await?;
        for item in page.items.iter().filter(|item| item.key.sk == rows::STATE_SK) {
            let bytes = item_bytes(Table::State, item.clone())? as u64;
            if rows::candidate_of(&item.key.pk).is_some() {
                part.sizes.candidates.add(bytes);
                part.stands(&rows::read(item)?);
            } else if item.key.pk.starts_with("F#") {
                part.sizes.formations.add(bytes);
            }
            if item.key.pk.starts_with("C#") || item.key.pk.starts_with("F#") {
                part.journal(&context, &item.key.pk).await?;
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(part);
        }
    }
}

impl Part {
    fn day(&mut self, at: Timestamp) -> &mut Day {
        self.days.entry(calendar::day(at)).or_default()
    }

    /// What was decided on somebody, and which mails left for him.
    async fn journal(&mut self, context: &Context, pk: &str) -> Result<()> {
        let mut after = None;
        loop {
            let page = context.platform.store.query(Table::Journal, pk, "", after, PAGE).await?;
            for item in &page.items {
                let bytes = item_bytes(Table::Journal, item.clone())? as u64;
                if item.key.sk.starts_with("D#") {
                    self.sizes.records.add(bytes);
                    self.decided(&rows::read(item)?);
                    continue;
                }
                self.sizes.notices.add(bytes);
                if let NoticeStatus::Sent { at, .. } = rows::read::<Notice>(item)?.status {
                    // What leaves at midnight is the mail of the day that it ends.
                    self.day(at.checked_sub(SignedDuration::from_secs(1)).unwrap_or(at)).mails += 1;
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    fn decided(&mut self, record: &DecisionRecord) {
        let by_command = matches!(record.cause, Cause::Command { .. });
        let day = self.day(record.at);
        day.commands += u64::from(by_command);
        for event in &record.events {
            match &event.change {
                Change::Lost { cause: LostCause::Expired, .. } => day.lapsed += 1,
                Change::Lost { cause: LostCause::RefusedByCandidate, .. } => day.refused += 1,
                Change::AcceptedDefinitively { .. } if by_command => day.definitive += 1,
                Change::AcceptedProvisionally { .. } if by_command => day.provisional += 1,
                Change::Resigned => day.resigned += 1,
                _ => {}
            }
        }
    }

    /// Where one candidate stands at the end.
    fn stands(&mut self, candidate: &Candidate) {
        let end = &mut self.end;
        let has = |state: ApplicationState| candidate.applications.values().any(|a| a.now.state == state);
        end.active += u64::from(matches!(candidate.account, AccountState::Active | AccountState::Closed));
        end.applications += candidate.applications.values().filter(|a| a.round == Round::Main).count() as u64;
        end.ranked_somewhere += u64::from(candidate.applications.values().any(|a| a.now.rank.is_some()));
        end.seats_taken +=
            candidate.applications.values().filter(|a| a.now.state.takes_seat()).count() as u64;
        if has(ApplicationState::AcceptedDefinitively) || has(ApplicationState::Enrolled) {
            end.definitive += 1;
        } else if has(ApplicationState::AcceptedProvisionally) {
            end.held += 1;
        } else if has(ApplicationState::Waitlisted) || has(ApplicationState::Archived) {
            end.waiting += 1;
        }
    }

    fn add(&mut self, other: Self) {
        for (date, counted) in other.days {
            let day = self.days.entry(date).or_default();
            day.lapsed += counted.lapsed;
            day.definitive += counted.definitive;
            day.provisional += counted.provisional;
            day.refused += counted.refused;
            day.resigned += counted.resigned;
            day.mails += counted.mails;
            day.commands += counted.commands;
        }
        self.sizes.join(&other.sizes);
        self.end.active += other.end.active;
        self.end.applications += other.end.applications;
        self.end.ranked_somewhere += other.end.ranked_somewhere;
        self.end.seats_taken += other.end.seats_taken;
        self.end.definitive += other.end.definitive;
        self.end.held += other.end.held;
        self.end.waiting += other.end.waiting;
    }
}

/// A day counts in the last phase begun, so that what is done between two phases is not lost.
fn phases(rules: &Campaign, days: &BTreeMap<Date, Day>, refused: &Refused, last_day: Date) -> Vec<PhaseLine> {
    let of = |day: Date| calendar::phase(rules, calendar::start_of(day));
    let begun = rules.phases.iter().filter(|(_, days)| days.first <= last_day);
    let line = |(phase, bounds): (&Phase, &schemas::campaign::Days)| {
        let counted = days.iter().filter(|(day, _)| of(**day) == *phase);
        let (accepted, mails) =
            counted.fold((0, 0), |(commands, mails), (_, day)| (commands + day.commands, mails + day.mails));
        let refused = refused.iter().filter(|(day, _)| of(**day) == *phase).map(|(_, count)| count).sum();
        PhaseLine {
            phase: *phase,
            first: bounds.first,
            last: bounds.last.min(last_day),
            accepted,
            refused,
            mails,
        }
    };
    begun.map(line).collect()
}

fn night(run: &NightRun, day: Day, write_units: u64) -> NightLine {
    NightLine {
        date: run.date,
        lapsed: day.lapsed,
        offers: run.counts.offers,
        seats_taken: run.seats_taken,
        seats: run.seats,
        accepted_definitively: day.definitive,
        accepted_provisionally: day.provisional,
        refused: day.refused,
        resigned: day.resigned,
        mails: day.mails,
        write_units,
    }
}
