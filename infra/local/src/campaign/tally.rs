//! The figures of a campaign, as it goes.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jobs::night::NightReport;
use procedure::calendar;
use schemas::{AccountState, ApplicationState, Campaign, Candidate, CandidateId, Phase, Plan};

use super::people::Deed;
use crate::report::{CampaignReport, CohortFigures, EndFigures, NightLine, PhaseLine, comparisons};

/// What was counted of one Paris day.
#[derive(Debug, Clone, Copy, Default)]
struct Day {
    lapsed: u64,
    definitive: u64,
    provisional: u64,
    refused: u64,
    resigned: u64,
    mails: u64,
    commands_accepted: u64,
    commands_refused: u64,
}

/// The figures so far.
#[derive(Debug, Default)]
pub(super) struct Tally {
    days: BTreeMap<Date, Day>,
    nights: BTreeMap<Date, NightReport>,
    offered: HashSet<CandidateId>,
    offered_first_day: u64,
    end: EndFigures,
}

impl Tally {
    fn day(&mut self, at: Timestamp) -> &mut Day {
        self.days.entry(calendar::day(at)).or_default()
    }

    pub(super) fn deed(&mut self, deed: &Deed) {
        let day = self.day(deed.at);
        if !deed.accepted {
            day.commands_refused += 1;
            return;
        }
        day.commands_accepted += 1;
        match deed.action {
            "accept_definitively" => day.definitive += 1,
            "accept_provisionally" => day.provisional += 1,
            "refuse_offer" => day.refused += 1,
            "resign" => day.resigned += 1,
            _ => {}
        }
    }

    pub(super) fn mails(&mut self, at: Timestamp, sent: u64) {
        self.day(at).mails += sent;
    }

    pub(super) fn lapsed(&mut self, at: Timestamp, lapsed: u64) {
        self.day(at).lapsed += lapsed;
    }

    /// Offers made in all so far.
    pub(super) fn offers(&self) -> u64 {
        self.nights.values().map(|night| night.counts.offers).sum()
    }

    /// A night was published with this plan.
    pub(super) fn night(&mut self, date: Date, report: NightReport, plan: &Plan) {
        let first = self.nights.is_empty();
        self.nights.insert(date, report);
        self.offered.extend(plan.offers.iter().map(|offer| offer.candidate.clone()));
        if first {
            self.offered_first_day = self.offered.len() as u64;
        }
    }

    /// Where one candidate stands at the end.
    pub(super) fn stands(&mut self, candidate: &Candidate) {
        let end = &mut self.end;
        let has = |state: ApplicationState| candidate.applications.values().any(|a| a.now.state == state);
        end.active += u64::from(candidate.account == AccountState::Active);
        end.applications += candidate.applications.len() as u64;
        end.ranked_somewhere += u64::from(candidate.applications.values().any(|a| a.now.rank.is_some()));
        end.seats_taken +=
            candidate.applications.values().filter(|a| a.now.state.takes_seat()).count() as u64;
        if has(ApplicationState::AcceptedDefinitively) {
            end.definitive += 1;
        } else if has(ApplicationState::AcceptedProvisionally) {
            end.held += 1;
        } else if has(ApplicationState::Waitlisted) {
            end.waiting += 1;
        }
    }

    /// The whole, once it is over.
    pub(super) fn report(
        self,
        rules: &Campaign,
        cohort: CohortFigures,
        overrides: Vec<String>,
        stopped: Timestamp,
    ) -> CampaignReport {
        let end = EndFigures {
            offered: self.offered.len() as u64,
            offered_first_day: self.offered_first_day,
            ..self.end
        };
        CampaignReport {
            campaign: rules.year.to_string(),
            cohort,
            overrides,
            assumed: rules.assumed.clone(),
            phases: self.phases(rules, calendar::day(stopped)),
            nights: self.nights(),
            end,
            comparisons: comparisons(&cohort, &end),
        }
    }

    /// A day counts in the last phase begun, so that what is done between two phases is not lost.
    fn phases(&self, rules: &Campaign, last_day: Date) -> Vec<PhaseLine> {
        let mut lines = Vec::new();
        for (phase, days) in rules.phases.iter().filter(|(_, days)| days.first <= last_day) {
            let mut line = PhaseLine {
                phase: *phase,
                first: days.first,
                last: days.last.min(last_day),
                accepted: 0,
                refused: 0,
                mails: 0,
            };
            for (_, day) in self.days.iter().filter(|(day, _)| phase_of(rules, **day) == *phase) {
                line.accepted += day.commands_accepted;
                line.refused += day.commands_refused;
                line.mails += day.mails;
            }
            lines.push(line);
        }
        lines
    }

    fn nights(&self) -> Vec<NightLine> {
        self.nights
            .iter()
            .map(|(date, night)| {
                let day = self.days.get(date).copied().unwrap_or_default();
                NightLine {
                    date: *date,
                    lapsed: day.lapsed,
                    offers: night.counts.offers,
                    seats_taken: night.seats_taken,
                    seats: night.seats,
                    accepted_definitively: day.definitive,
                    accepted_provisionally: day.provisional,
                    refused: day.refused,
                    resigned: day.resigned,
                    mails: day.mails,
                }
            })
            .collect()
    }
}

fn phase_of(rules: &Campaign, day: Date) -> Phase {
    calendar::phase(rules, calendar::start_of(day))
}
