//! What time alone does (design, law 2): at each instant first lapses and deemed choices, then R54, R57 and R32, then
//! R22, R58, R59 and R64, and last the accounts.

use jiff::Timestamp;
use schemas::campaign::{Round, SilenceOnNewOffer};
use schemas::{AccountState, ApplicationState as S, LostCause, Track};

use super::applications::waits_for_a_seat;
use super::{Application, Model, time};

impl Model {
    /// Plays time forward to an instant, that instant included.
    pub(crate) fn advance(&mut self, now: Timestamp) {
        let rules = &self.rules;
        let mut fixed = vec![
            time::admission_end(rules, Round::Main),
            time::last_admission_end(rules),
            time::conversion(rules),
            time::offers_end(rules),
            time::campaign_end(rules),
        ];
        fixed.extend(time::ordering_decides(rules));
        loop {
            let deadlines = self.seen.applications.iter().filter_map(|a| a.deadline);
            let next = fixed.iter().copied().chain(deadlines).filter(|at| *at > self.clock).min();
            let Some(next) = next.filter(|at| *at <= now) else { break };
            assert!(self.tonight.is_none(), "no instant of the law lies behind a closed gate");
            self.clock = next;
            self.lapses(next);
            self.conversions(next);
            self.ends(next);
        }
        self.clock = self.clock.max(now);
    }

    /// Deadlines that nobody answered by.
    fn lapses(&mut self, at: Timestamp) {
        let drop = self.rules.silence_on_new_offer == SilenceOnNewOffer::Drop;
        for c in 0..self.candidates.len() {
            let held = self.seen.all_of(c).any(|a| a.is(S::AcceptedProvisionally));
            let mut silent = false;
            for a in self.seen.applications.iter_mut().filter(|a| a.candidate == c && a.deadline == Some(at))
            {
                match a.state {
                    // R29, R30, R63: the offer is lost.
                    S::Offered => {
                        silent = true;
                        a.lose(LostCause::Expired);
                    }
                    // R44: silence on a search accepted before loses it.
                    S::ContractSearch if a.accepted => a.lose(LostCause::NotKept),
                    // R42, R43: silence on a new one loses that one, and it alone.
                    S::ContractSearch => a.lose(LostCause::Expired),
                    _ => {}
                }
            }
            // R30: in 2023 silence on a new offer, while one is held, loses the placements too.
            if silent && held && drop {
                for a in self.seen.applications.iter_mut().filter(|a| a.candidate == c) {
                    if a.track == Track::Student && a.is(S::Waitlisted) {
                        a.lose(LostCause::NotKept);
                    }
                }
            }
        }
    }

    /// What is left out of the order is lost; what is held becomes definitive.
    fn conversions(&mut self, at: Timestamp) {
        let last_day = time::day(at).yesterday().unwrap();
        let ordering_over = time::ordering_decides(&self.rules) == Some(at);
        for c in 0..self.candidates.len() {
            let nothing_ordered = self.seen.all_of(c).all(|a| a.preference.is_none());
            if ordering_over {
                // R54: placements, searches, contracts and new applications that have no place in the order.
                for a in self.seen.applications.iter_mut().filter(|a| a.candidate == c) {
                    if a.preference.is_none() && waits_for_a_seat(a) {
                        a.lose(LostCause::NotRanked);
                    }
                }
            }
            // R54: who ordered nothing keeps what he holds, for good. R57, R32: so does everybody in the end.
            let held = self.seen.all_of(c).find(|a| a.is(S::AcceptedProvisionally)).map(|a| a.formation);
            if let Some(f) = held
                && ((ordering_over && nothing_ordered) || time::conversion(&self.rules) == at)
            {
                self.seen.of_mut(c, f).unwrap().accept_for_good(last_day);
                // R28, R45: that ends the rest; placements and what nobody decided on end by R58 and R22.
                let others = self.seen.closed_by(&self.rules, c, f);
                others
                    .filter(|a| !matches!(a.state, S::Submitted | S::Waitlisted | S::Archived))
                    .for_each(|a| a.lose(LostCause::OtherAccepted));
            }
        }
    }

    /// The ends of the phases.
    fn ends(&mut self, at: Timestamp) {
        let rules = self.rules.clone();
        for a in &mut self.seen.applications {
            // R22: the establishment was silent, so it refused.
            if a.is(S::Submitted) && time::admission_end(&rules, a.round) == at {
                a.not_admitted(at);
            }
        }
        if time::last_admission_end(&rules) == at {
            for c in 0..self.candidates.len() {
                self.end_of_admission(c, at);
            }
        }
        for a in &mut self.seen.applications {
            // R64: what is archived or still searches had no favourable answer. In 2023 alternance has its own end.
            let waits = matches!(
                a.state,
                S::Waitlisted | S::Archived | S::ContractSearch | S::ContractSubmitted | S::ContractValidated
            );
            if waits && time::track_end(&rules, a.track) == at {
                a.not_admitted(at);
            }
        }
        if time::campaign_end(&rules) == at {
            for account in self.seen.accounts.iter_mut().filter(|account| **account == AccountState::Active) {
                *account = AccountState::Closed;
            }
        }
    }

    /// R58: placements had no favourable answer, except (R59) those of who has nothing but placements: no offer. In 2023 it
    /// is a matter of the student track alone; alternance goes on.
    fn end_of_admission(&mut self, c: usize, at: Timestamp) {
        let alone = self.is_2023();
        let concerned = |a: &Application| a.track == Track::Student || !alone;
        let has_seat =
            |a: &Application| a.definitive() || matches!(a.state, S::Offered | S::AcceptedProvisionally);
        let seated = self.seen.all_of(c).any(|a| concerned(a) && has_seat(a));
        for a in self.seen.applications.iter_mut().filter(|a| a.candidate == c && concerned(a)) {
            if a.is(S::Waitlisted) {
                if seated {
                    a.not_admitted(at);
                } else {
                    a.becomes(S::Archived);
                }
            }
        }
    }
}
