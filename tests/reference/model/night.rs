//! The night: results appear, then every free seat goes to the best who waits (R23, R24, R40, R47, R48, R56, R61, R62).

use jiff::Timestamp;
use jiff::civil::Date;
use schemas::campaign::{AlternanceMode, Phase};
use schemas::{ApplicationState as S, LostCause, Track};

use super::applications::waits_for_a_seat;
use super::{Application, Model, State, time};

/// A seat that tonight gives: formation and candidate.
pub(crate) type Given = (usize, usize);

impl Model {
    /// Makes the night of a date, behind its gate. Returns the seats given that stand at its end.
    pub(crate) fn night(&mut self, date: Date) -> Vec<Given> {
        self.advance(self.gate_closes(date));
        let mut state = self.seen.clone();
        self.results_appear(&mut state, date);
        let mut given: Vec<Given> = Vec::new();
        while let Some((f, c)) = self.next_seat(&state, date) {
            given.push((f, c));
            self.give(&mut state, &mut given, f, c, date);
        }
        self.tonight = Some(state);
        given
    }

    pub(crate) fn gate_closes(&self, date: Date) -> Timestamp {
        time::at(date, self.rules.night_start)
    }

    fn on(&self, phase: Phase, date: Date) -> bool {
        time::phase(&self.rules, phase).is_some_and(|days| days.contains(date))
    }

    /// R23, R40, R47, R48: whoever the jury ranked waits, or searches for a contract; whoever it refused is told so.
    fn results_appear(&self, state: &mut State, date: Date) {
        for ranking in &self.rankings {
            let track = self.formations[ranking.formation].track;
            if time::results_from(&self.rules, track, ranking.round).is_none_or(|first| date < first) {
                continue;
            }
            let here = |a: &&mut Application| {
                a.formation == ranking.formation && a.round == ranking.round && a.is(S::Submitted)
            };
            for a in state.applications.iter_mut().filter(here) {
                let rank = (ranking.after + 1..).zip(&ranking.ranked).find(|(_, c)| **c == a.candidate);
                let refusal = ranking.refused.iter().find(|(c, _)| *c == a.candidate);
                if let Some((rank, _)) = rank {
                    let searches = track == Track::Alternance && !self.rules.alternance.pre_search_waitlist;
                    a.becomes(if searches { S::ContractSearch } else { S::Waitlisted });
                    a.received = searches.then_some(date);
                    a.rank = Some(rank);
                } else if let Some((_, why)) = refusal {
                    a.becomes(S::Refused);
                    a.refusal = Some((Some(*why), date));
                }
            }
        }
    }

    /// R24: seats in use, of those that the formation may call.
    fn has_free_seat(&self, state: &State, f: usize) -> bool {
        (self.taken(state, f) as u32) < self.formations[f].call_limit
    }

    /// 1.0: pending, accepted and enrolled take a seat; in 2023 a search does too (R40), also with its contract.
    pub(crate) fn taken(&self, state: &State, f: usize) -> usize {
        let takes = |a: &&Application| {
            a.formation == f
                && (a.definitive()
                    || matches!(a.state, S::Offered | S::AcceptedProvisionally)
                    || (matches!(a.state, S::ContractSearch | S::ContractSubmitted)
                        && self.rules.alternance.search_uses_seat))
        };
        state.applications.iter().filter(takes).count()
    }

    /// Whether an application waits for a seat tonight.
    pub(crate) fn waits(&self, a: &Application) -> bool {
        match (a.track, self.rules.alternance.mode) {
            (Track::Alternance, AlternanceMode::ValidatedFifo | AlternanceMode::ValidatedRank) => {
                a.is(S::ContractValidated)
            }
            // R60: what is archived and has no place in the order is never called.
            _ => a.is(S::Waitlisted) || (a.is(S::Archived) && a.preference.is_some()),
        }
    }

    /// Whether one who waits at a formation comes before another: by rank, or by the arrival of the contract (R47).
    pub(crate) fn before(&self, a: &Application, b: &Application) -> bool {
        if a.track == Track::Alternance && self.rules.alternance.mode == AlternanceMode::ValidatedFifo {
            a.contract < b.contract
        } else {
            a.rank < b.rank
        }
    }

    /// The next free seat and who is first in line for it, if there is any left.
    fn next_seat(&self, state: &State, date: Date) -> Option<Given> {
        for (f, formation) in self.formations.iter().enumerate() {
            let calls = time::calls(&self.rules, formation.track, date) && !formation.stopped;
            if !calls || !self.has_free_seat(state, f) {
                continue;
            }
            let mut best: Option<&Application> = None;
            for a in state.applications.iter().filter(|a| a.formation == f && self.waits(a)) {
                if self.has_better(state, a, date) {
                    continue;
                }
                if best.is_none_or(|best| self.before(a, best)) {
                    best = Some(a);
                }
            }
            if let Some(best) = best {
                return Some((f, best.candidate));
            }
        }
        None
    }

    /// R56: in the complementary phase nobody is called below what he holds. (The offer held since the main phase has no
    /// place in the order: it is last by itself, R53.)
    pub(crate) fn has_better(&self, state: &State, a: &Application, date: Date) -> bool {
        let better = |held: &Application| {
            let (its, own) = (held.preference, a.preference);
            held.is(S::AcceptedProvisionally) && its.is_some_and(|its| own.is_some_and(|own| its < own))
        };
        self.on(Phase::ComplementaryAdmission, date) && state.all_of(a.candidate).any(better)
    }

    /// Gives the seat, with all that an offer of tonight does to the rest of what its candidate has.
    fn give(&self, state: &mut State, given: &mut Vec<Given>, f: usize, c: usize, date: Date) {
        let deadline = time::deadline(&self.rules, date);
        let preference = state.of(c, f).unwrap().preference;
        let a = state.of_mut(c, f).unwrap();
        // R40: in 2023 a seat of alternance is a search, to be answered in time (R41).
        if a.track == Track::Alternance && self.is_2023() {
            a.becomes(S::ContractSearch);
            a.received = Some(date);
            a.deadline = self.rules.alternance.search_reply_required.then_some(deadline);
            return;
        }
        let complementary = self.on(Phase::ComplementaryAdmission, date);
        let withdrawals = self.on(Phase::Withdrawals, date);
        if complementary {
            // R56: accepted at once; nothing is left to answer.
            a.becomes(S::AcceptedProvisionally);
            a.received = Some(date);
        } else {
            a.becomes(S::Offered);
            a.received = Some(date);
            a.deadline = Some(deadline);
        }
        for other in state.others_of(c, f) {
            let tonight = given.contains(&(other.formation, c));
            let lower = preference.is_some_and(|mine| other.preference.is_some_and(|its| mine < its));
            let waiting = waits_for_a_seat(other);
            if complementary && other.is(S::AcceptedProvisionally) {
                // R25, R56: one keeps one offer.
                other.lose(if tonight { LostCause::LowerPreference } else { LostCause::Replaced });
            } else if (complementary && lower && other.live())
                || (withdrawals && lower && (waiting || tonight))
            {
                // R56, R62: what is ranked lower is lost.
                other.lose(LostCause::LowerPreference);
            }
        }
        given.retain(|(f, c)| state.of(*c, *f).is_some_and(|a| !a.is(S::Lost)));
    }
}
