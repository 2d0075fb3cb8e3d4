//! Contract searches and contracts (R40–R48).

use jiff::Timestamp;
use schemas::campaign::{AlternanceMode, ContractKind};
use schemas::upload::Verdict;
use schemas::{ApplicationState as S, LostCause, Track};

use super::answers::{Choice, kept};
use super::{Answer, Application, Contract, Model, State, time};

impl Model {
    /// R41: a search is accepted or refused before its deadline. R44: who accepts a new one says which of those accepted
    /// before he keeps; silence leaves him until the new one's deadline to say it.
    pub(super) fn answer_search(
        &self,
        state: &mut State,
        c: usize,
        f: usize,
        accept: bool,
        choice: Choice,
    ) -> Answer {
        state.account_in_use(c)?;
        state.open_in(&self.rules, c, Track::Alternance)?;
        let search = state.of(c, f).ok_or("no_such_application")?;
        let expired = search.cause == Some(LostCause::Expired);
        if !self.rules.alternance.search_reply_required || !search.is(S::ContractSearch) {
            return Err(if expired { "offer_expired" } else { "no_such_offer" });
        }
        let accepted_before = |a: &&Application| a.formation != f && a.is(S::ContractSearch) && a.accepted;
        let doubted = state.all_of(c).filter(accepted_before).any(|a| a.deadline.is_some());
        let unsaid = choice.0.is_none() && choice.1.is_none();
        // One that is accepted already is accepted again only to say what one left unsaid of the others.
        if search.accepted && accept && (unsaid || !doubted) {
            return Err("no_such_offer");
        }
        if !accept {
            Self::undoubt(state, c, f);
            state.of_mut(c, f).unwrap().lose(LostCause::RefusedByCandidate);
            return Ok(());
        }
        let earlier: Vec<usize> = state.all_of(c).filter(accepted_before).map(|a| a.formation).collect();
        let until = search.deadline;
        let keep = if unsaid { Vec::new() } else { kept(&earlier, &choice)? };
        for a in state.others_of(c, f).filter(|a| earlier.contains(&a.formation)) {
            if unsaid {
                // Of several in doubt, each keeps its own day if that comes first.
                a.deadline = Some(a.deadline.map_or(until.unwrap(), |own| own.min(until.unwrap())));
            } else if keep.contains(&a.formation) {
                a.deadline = None;
            } else {
                a.lose(LostCause::NotKept);
            }
        }
        let search = state.of_mut(c, f).unwrap();
        search.accepted = true;
        search.deadline = None;
        Ok(())
    }

    /// R43, R44: a search accepted last and given up leaves those accepted before it as they were.
    pub(super) fn undoubt(state: &mut State, c: usize, f: usize) {
        let own = state.of(c, f).unwrap();
        if own.is(S::ContractSearch) && own.accepted && own.deadline.is_none() {
            for a in state.others_of(c, f).filter(|a| a.is(S::ContractSearch) && a.accepted) {
                a.deadline = None;
            }
        }
    }

    /// R49: to a mixed formation a contract may be brought by who waits or was offered a place; it says how he enters, and
    /// changes nothing of where he stands.
    fn enters_mixed(&self, a: &Application) -> bool {
        let may = a.definitive() && !a.is(S::Enrolled)
            || matches!(a.state, S::Waitlisted | S::Archived | S::Offered | S::AcceptedProvisionally);
        self.formations[a.formation].mixed && may
    }

    /// R46: in 2023 the contract is the definitive acceptance, and releases whatever else he had. R47, R48: later it waits
    /// for its validation.
    pub(super) fn receive_contract(
        &self,
        state: &mut State,
        c: usize,
        f: usize,
        contract: Contract,
        (kind, verdict): (ContractKind, Verdict),
    ) -> Answer {
        state.account_in_use(c)?;
        let his_own = state.of(c, f).is_some_and(|a| a.definitive() && self.enters_mixed(a));
        if !his_own {
            state.open_in(&self.rules, c, Track::Alternance)?;
        }
        let day = time::day(contract.arrival);
        let mixed = self.formations[f].mixed;
        let enters_mixed = state.of(c, f).is_some_and(|a| self.enters_mixed(a));
        let search = state.of_mut(c, f).ok_or("no_such_application")?;
        match search.state {
            _ if mixed && search.contract.is_some() => return Ok(()),
            S::ContractSearch => {}
            _ if enters_mixed => {}
            // The first version not refused keeps its place; later ones change nothing (design, section 6).
            S::ContractSubmitted | S::ContractValidated => return Ok(()),
            S::Lost if search.cause == Some(LostCause::Expired) => return Err("offer_expired"),
            _ => return Err("no_such_contract"),
        }
        if !self.rules.alternance.contract_kinds.contains(&kind) {
            return Err("contract_kind_not_taken");
        }
        search.contract = Some(contract);
        if enters_mixed {
            return Ok(());
        }
        // What a person must look at accepts nothing by itself.
        if self.is_2023() && verdict == Verdict::Conform {
            search.accept_for_good(day);
            state.closed_by(&self.rules, c, f).for_each(|a| a.lose(LostCause::OtherAccepted));
        } else {
            search.becomes(S::ContractSubmitted);
        }
        Ok(())
    }

    /// Whether a contract waits for the decision of the formation.
    fn undecided(&self, a: &Application) -> bool {
        let waits = a.is(S::ContractSubmitted) || (self.formations[a.formation].mixed && a.live());
        waits && a.contract.as_ref().is_some_and(|contract| !contract.validated)
    }

    /// R47: the formation validates in the order of arrival; R48: or in any order, for the rank decides.
    pub(super) fn validate_contract(&self, state: &mut State, c: usize, f: usize, now: Timestamp) -> Answer {
        state.account_in_use(c)?;
        let own = state.of(c, f).filter(|a| self.undecided(a)).ok_or("no_such_contract")?;
        let mut waiting =
            state.applications.iter().filter(|a| a.formation == f && a.is(S::ContractSubmitted));
        let by_arrival = self.rules.alternance.mode == AlternanceMode::ValidatedFifo;
        if by_arrival && waiting.any(|other| other.contract < own.contract) {
            return Err("earlier_contract_pending");
        }
        let own = state.of_mut(c, f).unwrap();
        if let Some(contract) = &mut own.contract {
            contract.validated = true;
        }
        if own.is(S::ContractSubmitted) {
            own.becomes(S::ContractValidated);
            // R46: the upload was the acceptance, once somebody has looked at it.
            if self.is_2023() {
                own.accept_for_good(time::day(now));
                state.closed_by(&self.rules, c, f).for_each(|a| a.lose(LostCause::OtherAccepted));
            }
        }
        Ok(())
    }

    /// R47: or rejects it, and the search is lost; a place at a mixed formation is not (R49).
    pub(super) fn reject_contract(&self, state: &mut State, c: usize, f: usize) -> Answer {
        state.account_in_use(c)?;
        state.of(c, f).filter(|a| self.undecided(a)).ok_or("no_such_contract")?;
        let own = state.of_mut(c, f).unwrap();
        own.contract = None;
        if own.is(S::ContractSubmitted) {
            own.lose(LostCause::ContractRejected);
        }
        Ok(())
    }
}
