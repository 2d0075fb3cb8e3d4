//! Applying, giving up, ordering, asking why (R14–R18, R21, R51–R55, R60, R61).

use jiff::Timestamp;
use schemas::campaign::{Phase, Round};
use schemas::{AccountState, ApplicationState as S, LostCause, RefusalReason, Track};

use super::{Answer, Application, Model, State, time};

impl Model {
    /// R17, R51: in the window of the round; R52: where the formation is open; R55: not where one was refused; R14, R15,
    /// R18: within the quota of the round and the track.
    pub(super) fn submit(&self, state: &mut State, c: usize, f: usize, now: Timestamp) -> Answer {
        state.account_in_use(c)?;
        let formation = &self.formations[f];
        state.open_in(&self.rules, c, formation.track)?;
        let days = |phase: Phase| time::phase(&self.rules, phase);
        let round = if time::within(days(Phase::Application), now) {
            Round::Main
        } else if time::within(days(Phase::ComplementaryApplication), now) {
            Round::Complementary
        } else {
            return Err("outside_window");
        };
        let before = state.of(c, f);
        if before.is_some_and(Application::live) {
            return Err("already_applied");
        }
        if round == Round::Complementary && !formation.complementary {
            return Err("outside_window");
        }
        if let Some(before) = before {
            // R22: the silence of an establishment is a refusal too, and none for an incomplete file.
            if before.refusal.is_some_and(|(why, _)| why != Some(RefusalReason::AdminIncomplete)) {
                return Err("refused_before");
            }
        }
        let counted = |a: &&Application| {
            let given_up = a.cause == Some(LostCause::Withdrawn);
            a.track == formation.track && a.formation != f && !given_up
        };
        let mut main: Vec<&str> = Vec::new();
        let mut more: Vec<&str> = Vec::new();
        for a in state.all_of(c).filter(counted) {
            let mention = self.formations[a.formation].mention.as_str();
            match a.round {
                Round::Main => main.push(mention),
                Round::Complementary => more.push(mention),
            }
        }
        let rules = &self.rules;
        let (limit, already) = match (round, formation.track) {
            (Round::Main, Track::Student) => (rules.quota_student, main),
            (Round::Main, Track::Alternance) => (rules.quota_alternance, main),
            (Round::Complementary, Track::Student) => (rules.quota_complementary_student, more),
            (Round::Complementary, Track::Alternance) => (rules.quota_complementary_alternance, more),
        };
        let mut mentions = already;
        mentions.push(&formation.mention);
        mentions.sort_unstable();
        mentions.dedup();
        if mentions.len() > limit as usize {
            return Err("quota_exceeded");
        }
        // R21, R70: a refusal that he was told stays his, also while he tries again.
        let refusal = state.of(c, f).and_then(|before| before.refusal);
        state.applications.retain(|a| a.candidate != c || a.formation != f);
        state.applications.push(Application {
            candidate: c,
            formation: f,
            track: formation.track,
            round,
            state: S::Submitted,
            rank: None,
            cause: None,
            received: None,
            deadline: None,
            accepted: false,
            accepted_on: None,
            refusal,
            vacancy: None,
            preference: None,
            contract: None,
        });
        Ok(())
    }

    /// R61: whatever is live may be given up, a definitive acceptance included.
    pub(super) fn withdraw(state: &mut State, c: usize, f: usize) -> Answer {
        state.account_in_use(c)?;
        state.of(c, f).filter(|a| a.live()).ok_or("no_such_application")?;
        Self::undoubt(state, c, f);
        state.of_mut(c, f).unwrap().lose(LostCause::Withdrawn);
        Ok(())
    }

    /// R61: who leaves the platform frees everything.
    pub(super) fn resign(state: &mut State, c: usize) -> Answer {
        state.account_in_use(c)?;
        state.accounts[c] = AccountState::Resigned;
        for a in state.applications.iter_mut().filter(|a| a.candidate == c && a.live()) {
            a.lose(LostCause::Resigned);
        }
        Ok(())
    }

    /// R21: within the month after the notification of a refusal. A request is kept in the journal and changes no
    /// application.
    pub(super) fn ask_reason(&self, state: &mut State, c: usize, f: usize, now: Timestamp) -> Answer {
        state.account_in_use(c)?;
        let application = state.of(c, f).ok_or("no_such_application")?;
        let (_, notified) = application.refusal.ok_or("not_refused")?;
        if now < time::reasons_until(&self.rules, notified) { Ok(()) } else { Err("outside_window") }
    }

    /// R53, R60: live placements, searches, contracts and new applications, best first; never what is held.
    pub(super) fn order(&self, state: &mut State, c: usize, order: &[usize], now: Timestamp) -> Answer {
        state.account_in_use(c)?;
        state.open_in(&self.rules, c, Track::Student)?;
        if !time::within(self.rules.preference_ordering, now) {
            return Err("outside_window");
        }
        if order.iter().any(|f| state.of(c, *f).is_none()) {
            return Err("no_such_application");
        }
        for (place, f) in order.iter().enumerate() {
            let named_twice = order[..place].contains(f);
            if named_twice || !state.of(c, *f).is_some_and(|a| self.can_be_ordered(a)) {
                return Err("invalid_preferences");
            }
        }
        for a in state.applications.iter_mut().filter(|a| a.candidate == c) {
            a.preference = None;
            for (f, preference) in order.iter().zip(1..) {
                if a.formation == *f {
                    a.preference = Some(preference);
                }
            }
        }
        Ok(())
    }

    /// What has a place in the order of preference: in the complementary phase whatever waits for a seat (R53), in the
    /// window of 2023 what is archived (R60).
    pub(super) fn can_be_ordered(&self, a: &Application) -> bool {
        if time::has_complementary(&self.rules) { waits_for_a_seat(a) } else { a.is(S::Archived) }
    }
}

/// Whether a seat may still come of an application that has none.
pub(super) fn waits_for_a_seat(a: &Application) -> bool {
    matches!(
        a.state,
        S::Submitted
            | S::Waitlisted
            | S::Archived
            | S::ContractSearch
            | S::ContractSubmitted
            | S::ContractValidated
    )
}
