//! What the sweep adds up: compact counters per formation and night, never the candidates themselves.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::civil::Date;
use schemas::FormationId;
use schemas::night::{NightCounts, NightStatus};

use super::nights::Nights;
use super::{AuditReport, Finding, FindingKind};
use crate::rows;

/// What one item adds.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) findings: Vec<Finding>,
    pub(super) candidates: u64,
    pub(super) decisions: u64,
    pub(super) notices: u64,
    /// A formation and its call limit.
    pub(super) formation: Option<(FormationId, u32)>,
    /// Where a candidate has a rank or a seat.
    pub(super) places: Vec<Place>,
    /// What each night did to him.
    pub(super) nights: Vec<(Date, NightCounts)>,
}

/// One application, as a formation counts it.
pub(super) struct Place {
    pub(super) formation: FormationId,
    pub(super) rank: Option<u32>,
    pub(super) takes_seat: bool,
}

impl Seen {
    /// Nothing but findings.
    pub(super) fn of(findings: impl IntoIterator<Item = Finding>) -> Self {
        Self { findings: findings.into_iter().collect(), ..Self::default() }
    }
}

/// A formation's counters.
#[derive(Default)]
struct Counters {
    call_limit: Option<u32>,
    taken: u32,
    ranks: HashSet<u32>,
    ranks_twice: BTreeSet<u32>,
}

/// Everything added up.
#[derive(Default)]
pub(super) struct Tally {
    report: AuditReport,
    formations: HashMap<FormationId, Counters>,
    nights: BTreeMap<Date, NightCounts>,
}

impl Tally {
    pub(super) fn add(&mut self, seen: Seen) {
        self.report.findings.extend(seen.findings);
        self.report.candidates += seen.candidates;
        self.report.decisions += seen.decisions;
        self.report.notices += seen.notices;
        if let Some((formation, call_limit)) = seen.formation {
            self.report.formations += 1;
            self.formations.entry(formation).or_default().call_limit = Some(call_limit);
        }
        for place in seen.places {
            let counters = self.formations.entry(place.formation).or_default();
            counters.taken += u32::from(place.takes_seat);
            if let Some(rank) = place.rank
                && !counters.ranks.insert(rank)
            {
                counters.ranks_twice.insert(rank);
            }
        }
        for (date, counts) in seen.nights {
            self.nights.entry(date).or_default().add(counts);
        }
    }

    /// The report, with what only the sums can show.
    pub(super) fn report(mut self, nights: &Nights, further: Vec<Finding>) -> AuditReport {
        let mut findings = std::mem::take(&mut self.report.findings);
        findings.extend(further);
        for (formation, counters) in &self.formations {
            let key = rows::formation_key(formation);
            match counters.call_limit {
                None => {
                    let detail = "somebody applied there, but there is no such formation";
                    findings.push(Finding::new(&key, FindingKind::SubjectMissing, detail));
                }
                Some(limit) if limit < counters.taken => {
                    let detail = format!("{} seats are taken, {limit} may be", counters.taken);
                    findings.push(Finding::new(&key, FindingKind::OverCallLimit, detail));
                }
                Some(_) => {}
            }
            for rank in &counters.ranks_twice {
                let detail = format!("rank {rank} is given more than once");
                findings.push(Finding::new(&key, FindingKind::RankDiffers, detail));
            }
        }
        for night in nights.all() {
            self.report.nights += 1;
            let found = self.nights.get(&night.run.date).copied().unwrap_or_default();
            let whole = matches!(night.run.status, NightStatus::Applied | NightStatus::Published);
            if whole && found != night.run.counts {
                let detail = format!("the run counts {:?}, the records {found:?}", night.run.counts);
                findings.push(Finding::new(
                    &rows::night_key(night.run.date),
                    FindingKind::NightDiffers,
                    detail,
                ));
            }
        }
        findings.sort();
        findings.dedup();
        self.report.findings = findings;
        self.report
    }
}
