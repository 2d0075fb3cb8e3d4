//! What a campaign came to: the figures, and how they are shown.

mod chart;
mod compare;
mod cost;
mod format;
mod page;
#[cfg(test)]
mod sample;
mod table;

pub(crate) use format::grouped;
use std::collections::BTreeMap;

use jiff::civil::Date;
use schemas::Phase;
use serde::Serialize;

pub(crate) use compare::comparisons;
pub(crate) use cost::{CostFigures, Sizes};
pub(crate) use page::html;
pub(crate) use table::text;

/// A campaign in figures. Nothing in it depends on the machine or on how fast it was.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct CampaignReport {
    /// The year.
    pub campaign: String,
    /// What was drawn.
    pub cohort: CohortFigures,
    /// Settings that replaced the file's, as `key = value`.
    pub overrides: Vec<String>,
    /// Values that nobody published, with the reason for the one used.
    pub assumed: BTreeMap<String, String>,
    /// The phases that were run, in order.
    pub phases: Vec<PhaseLine>,
    /// The nights, in order.
    pub nights: Vec<NightLine>,
    /// Where the candidates stand at the end.
    pub end: EndFigures,
    /// This cohort beside what was published.
    pub comparisons: Vec<Comparison>,
    /// What it would have cost on DynamoDB. A run that was cut off counts what it did of one step once less or more.
    pub cost: CostFigures,
}

/// What was drawn.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct CohortFigures {
    /// The seed of every draw.
    pub seed: u64,
    /// Candidates drawn.
    pub candidates: u64,
    /// Formations drawn.
    pub formations: u64,
    /// Seats, by their capacities.
    pub seats: u64,
}

/// One phase.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PhaseLine {
    /// Which.
    pub phase: Phase,
    /// Its first day.
    pub first: Date,
    /// Its last day that was run.
    pub last: Date,
    /// Commands accepted.
    pub accepted: u64,
    /// Commands refused.
    pub refused: u64,
    /// Mails sent.
    pub mails: u64,
}

/// One business date of the admission phase: the night, and the day that followed it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct NightLine {
    /// The date.
    pub date: Date,
    /// Offers lost at the midnight before, for want of an answer.
    pub lapsed: u64,
    /// Offers made.
    pub offers: u64,
    /// Seats taken once the offers are made.
    pub seats_taken: u64,
    /// Seats that may be taken, by the call limits.
    pub seats: u64,
    /// Offers accepted for good that day.
    pub accepted_definitively: u64,
    /// Offers accepted while waiting for better that day.
    pub accepted_provisionally: u64,
    /// Offers refused that day.
    pub refused: u64,
    /// Candidates who left that day.
    pub resigned: u64,
    /// Mails sent that day.
    pub mails: u64,
    /// Write units of the candidates whom the night changed, the later sending of their mails not counted.
    pub write_units: u64,
}

impl NightLine {
    /// Whether the night gave nothing and the day that followed brought nothing.
    #[must_use]
    pub(crate) fn is_quiet(&self) -> bool {
        let Self { lapsed, offers, accepted_definitively, accepted_provisionally, .. } = self;
        let Self { refused, resigned, mails, write_units, .. } = self;
        [lapsed, offers, accepted_definitively, accepted_provisionally, refused, resigned, mails, write_units]
            .into_iter()
            .all(|count| *count == 0)
    }
}

/// Where the candidates stand at the end.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct EndFigures {
    /// With an active account.
    pub active: u64,
    /// Applications sent in all.
    pub applications: u64,
    /// Ranked by at least one formation.
    pub ranked_somewhere: u64,
    /// With an offer on the first morning.
    pub offered_first_day: u64,
    /// With at least one offer.
    pub offered: u64,
    /// With an offer accepted for good.
    pub definitive: u64,
    /// With an offer held, not yet definitive.
    pub held: u64,
    /// Only on waitlists.
    pub waiting: u64,
    /// Seats taken at the end.
    pub seats_taken: u64,
}

/// A figure of this cohort beside the published one.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Comparison {
    /// What is counted.
    pub figure: &'static str,
    /// In this run.
    pub here: f64,
    /// As published.
    pub published: f64,
    /// `%` or nothing.
    pub unit: &'static str,
    /// The year and the source.
    pub source: &'static str,
    /// Why the two can be compared only so far; empty if they can.
    pub indicative: &'static str,
}

/// What depends on the machine: shown at the end of a run, not in the report.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Speed {
    /// Wall time of the campaign, in seconds.
    pub seconds: f64,
    /// Transactions written to the store.
    pub commits: u64,
    /// Most memory that the process had, in MiB, where the system tells.
    pub peak_mib: Option<u64>,
}
