//! The three answers to an offer (R25–R31, R56, R63).

use jiff::Timestamp;
use jiff::civil::Date;
use schemas::{ApplicationState as S, LostCause, Track};

use super::{Answer, Application, Model, Refused, State, time};

/// What a candidate says of his placements: those he keeps, those he drops.
pub(super) type Choice = (Option<Vec<usize>>, Option<Vec<usize>>);

/// R27, R44: of these, which are kept. Each must be named exactly once; to name what is kept says that the rest is
/// dropped; to say nothing is a choice only where there is nothing to choose.
pub(super) fn kept(placements: &[usize], choice: &Choice) -> Result<Vec<usize>, Refused> {
    let undecided = "placement_undecided";
    let keep = choice.0.clone().unwrap_or_default();
    let drop = match choice {
        (_, Some(drop)) => drop.clone(),
        (Some(keep), None) => placements.iter().copied().filter(|f| !keep.contains(f)).collect(),
        (None, None) => Vec::new(),
    };
    let named: Vec<usize> = keep.iter().chain(&drop).copied().collect();
    for f in &named {
        if !placements.contains(f) || named.iter().filter(|other| *other == f).count() > 1 {
            return Err(undecided);
        }
    }
    if placements.iter().any(|f| !named.contains(f)) { Err(undecided) } else { Ok(keep) }
}

impl Model {
    /// What the candidate may answer: an offer that is pending, or the one that he holds.
    fn answerable(state: &State, c: usize, f: usize, held_too: bool) -> Result<&Application, Refused> {
        let a = state.of(c, f).ok_or("no_such_application")?;
        match a.state {
            S::Offered => Ok(a),
            S::AcceptedProvisionally if held_too => Ok(a),
            S::Lost if a.cause == Some(LostCause::Expired) => Err("offer_expired"),
            _ => Err("no_such_offer"),
        }
    }

    /// R26, R27: holds the offer and says of every placement whether he keeps it.
    pub(super) fn accept_provisionally(
        &self,
        state: &mut State,
        c: usize,
        f: usize,
        choice: Choice,
        now: Timestamp,
    ) -> Answer {
        state.account_in_use(c)?;
        state.open_in(&self.rules, c, state.track_of(c, f))?;
        Self::answerable(state, c, f, false)?;
        // R63: once what was held became definitive (R32, R57), nothing can be held any more.
        if time::conversion(&self.rules) <= now {
            return Err("outside_window");
        }
        let placement = |a: &&Application| a.track == Track::Student && a.is(S::Waitlisted);
        let placements: Vec<usize> = state.all_of(c).filter(placement).map(|a| a.formation).collect();
        let keep = kept(&placements, &choice)?;
        // R54: who ordered nothing has nothing to wait for; what he accepts after the window is his for good.
        let order_is_over = time::ordering_decides(&self.rules).is_some_and(|end| end <= now);
        if order_is_over && state.all_of(c).all(|a| a.preference.is_none()) {
            return self.accept_definitively(state, c, f, now);
        }
        for a in state.others_of(c, f) {
            match a.state {
                // R31: one keeps only one offer.
                S::AcceptedProvisionally => a.lose(LostCause::Replaced),
                // R26: the other offers of the student track end; those of alternance stay.
                S::Offered if a.track == Track::Student => a.lose(LostCause::OtherAccepted),
                S::Waitlisted if placements.contains(&a.formation) && !keep.contains(&a.formation) => {
                    a.lose(LostCause::NotKept);
                }
                _ => {}
            }
        }
        state.of_mut(c, f).unwrap().becomes(S::AcceptedProvisionally);
        Ok(())
    }

    /// R28, R45: everything else ends in the tracks that it closes.
    pub(super) fn accept_definitively(
        &self,
        state: &mut State,
        c: usize,
        f: usize,
        now: Timestamp,
    ) -> Answer {
        state.account_in_use(c)?;
        state.open_in(&self.rules, c, state.track_of(c, f))?;
        Self::answerable(state, c, f, true)?;
        state.closed_by(&self.rules, c, f).for_each(|a| a.lose(LostCause::OtherAccepted));
        state.of_mut(c, f).unwrap().accept_for_good(time::day(now));
        Ok(())
    }

    /// R34: an operator moves the deadlines of a candidate's live offers and searches, later and never earlier.
    pub(super) fn extend_deadline(
        state: &mut State,
        c: usize,
        (f, received): (Option<usize>, Option<Date>),
        deadline: Timestamp,
        now: Timestamp,
    ) -> Answer {
        state.account_in_use(c)?;
        let mut any = false;
        for a in state.applications.iter_mut().filter(|a| a.candidate == c) {
            let meant =
                f.is_none_or(|f| a.formation == f) && received.is_none_or(|day| a.received == Some(day));
            let live = a.state != S::Lost;
            if meant && live && a.deadline.is_some_and(|before| before < deadline) && now < deadline {
                a.deadline = Some(deadline);
                any = true;
            }
        }
        if any { Ok(()) } else { Err("no_such_offer") }
    }

    /// R26: a refusal brings nothing lower back.
    pub(super) fn refuse(&self, state: &mut State, c: usize, f: usize) -> Answer {
        state.account_in_use(c)?;
        state.open_in(&self.rules, c, state.track_of(c, f))?;
        Self::answerable(state, c, f, true)?;
        state.of_mut(c, f).unwrap().lose(LostCause::RefusedByCandidate);
        Ok(())
    }
}
