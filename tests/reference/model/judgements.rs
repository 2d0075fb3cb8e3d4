//! Enrolment and vacant seats (R65, R67, R68), exceptional circumstances (R38), fraud (R71–R74).

use jiff::Timestamp;
use schemas::campaign::EnrolBy;
use schemas::candidate::VacancyReason;
use schemas::{AccountState, ApplicationState as S, LostCause, Track};

use super::{Answer, Application, Model, State, closes, time};

impl Model {
    /// R65: who accepted for good is enrolled.
    pub(super) fn confirm_enrolment(state: &mut State, c: usize, f: usize) -> Answer {
        let a = state.of_mut(c, f).unwrap();
        match a.state {
            S::AcceptedDefinitively => {
                a.state = S::Enrolled;
                Ok(())
            }
            S::Enrolled => Err("already_enrolled"),
            _ => Err("not_accepted"),
        }
    }

    /// R67, R68: on the days of the calendar an establishment says that a seat accepted for good is vacant.
    pub(super) fn signal_vacancy(
        &self,
        state: &mut State,
        c: usize,
        f: usize,
        reason: VacancyReason,
        now: Timestamp,
    ) -> Answer {
        let a = state.of_mut(c, f).unwrap();
        if !self.rules.vacancy_signals.iter().any(|days| time::within(Some(*days), now)) {
            return Err("outside_window");
        }
        let missed = reason == VacancyReason::EnrolmentDeadlineMissed;
        // Who is enrolled was in time and met the conditions.
        let of_enrolling = missed || reason == VacancyReason::ConditionsNotMet;
        match a.state {
            S::Enrolled if of_enrolling => return Err("already_enrolled"),
            S::AcceptedDefinitively if missed => {
                // R66: nobody missed a deadline that is not over.
                let on = a.accepted_on.unwrap();
                let line = self
                    .rules
                    .enrolment
                    .iter()
                    .find(|line| line.from <= on && line.to.is_none_or(|to| on <= to));
                if let Some(EnrolBy::Day(last)) = line.map(|line| line.deadline)
                    && now < time::end(last)
                {
                    return Err("outside_window");
                }
            }
            S::AcceptedDefinitively | S::Enrolled => {}
            S::Lost if a.vacancy.is_some() => return Err("already_signalled"),
            _ => return Err("not_accepted"),
        }
        let (on, enrolled) = (a.accepted_on, a.is(S::Enrolled));
        a.lose(LostCause::Renounced);
        a.accepted_on = on;
        a.vacancy = Some((now, enrolled));
        Ok(())
    }

    /// R68: a signal may be taken back until the gate of the next night closes.
    pub(super) fn cancel_vacancy(&self, state: &mut State, c: usize, f: usize, now: Timestamp) -> Answer {
        state.account_in_use(c)?;
        let (at, enrolled) = state.of(c, f).unwrap().vacancy.ok_or("no_such_signal")?;
        let next_gate = [time::day(at), time::day(at).tomorrow().unwrap()]
            .into_iter()
            .filter(|date| self.is_night(*date))
            .map(|date| self.gate_closes(date))
            .find(|gate| *gate > at);
        if next_gate.is_some_and(|gate| gate <= now) {
            return Err("outside_window");
        }
        // R28, R46: not beside something that was accepted for good meanwhile.
        state.open_in(&self.rules, c, self.formations[f].track)?;
        let a = state.of_mut(c, f).unwrap();
        let on = a.accepted_on;
        a.becomes(if enrolled { S::Enrolled } else { S::AcceptedDefinitively });
        a.accepted_on = on;
        // R28: it stands again with all that it ends.
        state.closed_by(&self.rules, c, f).for_each(|a| a.lose(LostCause::OtherAccepted));
        Ok(())
    }

    /// R38: what the candidate lost by a decision or a silence of his own, where he had a rank, while a placement can
    /// still come to something.
    fn can_be_given_back(&self, a: &Application, now: Timestamp) -> bool {
        let his_own = matches!(
            a.cause,
            Some(
                LostCause::Expired
                    | LostCause::RefusedByCandidate
                    | LostCause::NotKept
                    | LostCause::OtherAccepted
                    | LostCause::Replaced
                    | LostCause::Withdrawn
                    | LostCause::NotRanked
            )
        );
        his_own && a.rank.is_some() && now < time::track_end(&self.rules, a.track)
    }

    fn all_can_be_given_back(&self, state: &State, c: usize, wanted: &[usize], now: Timestamp) -> Answer {
        for (place, f) in wanted.iter().enumerate() {
            let named_twice = wanted[..place].contains(f);
            if named_twice || !state.of(c, *f).is_some_and(|a| self.can_be_given_back(a, now)) {
                return Err("not_restorable");
            }
        }
        if wanted.is_empty() { Err("not_restorable") } else { Ok(()) }
    }

    /// R38: the candidate invokes exceptional circumstances.
    pub(super) fn request_exception(
        &self,
        state: &mut State,
        c: usize,
        wanted: &[usize],
        now: Timestamp,
    ) -> Answer {
        state.account_in_use(c)?;
        self.all_can_be_given_back(state, c, wanted, now)?;
        for f in wanted {
            if !state.exceptions.contains(&(c, *f)) {
                state.exceptions.push((c, *f));
            }
        }
        Ok(())
    }

    /// R38: the placement is given back at its initial rank, never an offer. A definitive acceptance is held again while
    /// anything can be held (R25); later it must be given up first.
    pub(super) fn decide_exception(
        &self,
        state: &mut State,
        c: usize,
        wanted: &[usize],
        grant: bool,
        now: Timestamp,
    ) -> Answer {
        state.account_in_use(c)?;
        if wanted.is_empty() || wanted.iter().any(|f| !state.exceptions.contains(&(c, *f))) {
            return Err("no_such_exception");
        }
        state.exceptions.retain(|(who, f)| *who != c || !wanted.contains(f));
        if !grant {
            return Ok(());
        }
        self.all_can_be_given_back(state, c, wanted, now)?;
        let holding = now < time::conversion(&self.rules);
        for f in wanted {
            let track = self.formations[*f].track;
            let in_the_way: Vec<usize> = state
                .all_of(c)
                .filter(|a| a.definitive() && closes(&self.rules, a.track, track))
                .map(|a| a.formation)
                .collect();
            for other in in_the_way {
                let a = state.of_mut(c, other).unwrap();
                let can_be_held = !(self.is_2023() && a.track == Track::Alternance);
                if !holding || !can_be_held || a.is(S::Enrolled) {
                    return Err("already_definitive");
                }
                a.becomes(S::AcceptedProvisionally);
            }
        }
        let no_time_left = self.rules.preference_ordering.is_some_and(|days| time::end(days.last) <= now);
        let last = state.all_of(c).filter_map(|a| a.preference).max().unwrap_or_default();
        for (f, preference) in wanted.iter().zip(last + 1..) {
            let to = match self.formations[*f].track {
                Track::Alternance if !self.is_2023() => S::ContractSearch,
                Track::Alternance => S::Waitlisted,
                Track::Student if now < time::last_admission_end(&self.rules) => S::Waitlisted,
                Track::Student => S::Archived,
            };
            let a = state.of_mut(c, *f).unwrap();
            a.becomes(to);
            // A search begins anew, without the contract sent before.
            if a.is(S::ContractSearch) {
                a.contract = None;
            }
            // Who has no time left to order it has it last; alternance of 2023 has no order (R60).
            if no_time_left && !(self.is_2023() && a.track == Track::Alternance) {
                a.preference = Some(preference);
            }
        }
        Ok(())
    }

    /// R72: an establishment reported facts; one case at a time.
    pub(super) fn report_fraud(state: &mut State, c: usize) -> Answer {
        if state.all_of(c).next().is_none() {
            return Err("no_such_application");
        }
        if state.cases.iter().any(|(who, _)| *who == c) {
            return Err("fraud_case_open");
        }
        state.cases.push((c, None));
        Ok(())
    }

    /// R73: the candidate is told, and has five working days.
    pub(super) fn notify_fraud(state: &mut State, c: usize, now: Timestamp) -> Answer {
        let (_, until) = state.cases.iter_mut().find(|(who, _)| *who == c).ok_or("no_fraud_case")?;
        if until.is_some() {
            return Err("fraud_case_open");
        }
        *until = Some(time::five_working_days(time::day(now)));
        Ok(())
    }

    /// R74: the case is dropped, or everything is annulled; never before the five days are over.
    pub(super) fn decide_fraud(state: &mut State, c: usize, sanction: bool, now: Timestamp) -> Answer {
        let (_, until) = *state.cases.iter().find(|(who, _)| *who == c).ok_or("no_fraud_case")?;
        if sanction && until.is_none_or(|until| now < until) {
            return Err("too_early");
        }
        state.cases.retain(|(who, _)| *who != c);
        if sanction {
            state.accounts[c] = AccountState::Sanctioned;
            for a in state.applications.iter_mut().filter(|a| a.candidate == c && a.live()) {
                a.becomes(S::Annulled);
            }
        }
        Ok(())
    }
}
