//! What holds after each step of any history, whoever is right (the issue's own list).

use jiff::civil::Date;
use schemas::{Action, ApplicationState as S, LostCause, Track};

use crate::model::{Application, Model, State};

/// R25, R28, R45: at most one offer is held and one accepted for good; in 2023, one in each track at most.
pub(crate) fn always(model: &Model, state: &State) -> Result<(), String> {
    for (c, id) in model.candidates.iter().enumerate() {
        let count = |test: &dyn Fn(&Application) -> bool| {
            state.applications.iter().filter(|a| a.candidate == c && test(a)).count()
        };
        if count(&|a| a.is(S::AcceptedProvisionally)) > 1 {
            return Err(format!("R25: {id} holds more than one offer"));
        }
        let tracks: &[&[Track]] = if model.rules.definitive_closes_other_track {
            &[&[Track::Student, Track::Alternance]]
        } else {
            &[&[Track::Student], &[Track::Alternance]]
        };
        for track in tracks {
            if count(&|a| a.definitive() && track.contains(&a.track)) > 1 {
                return Err(format!("R28: {id} accepted more than once for good"));
            }
        }
    }
    Ok(())
}

/// R24, R33: nobody waits before one who is given a seat tonight, and no seat is given beyond the call limit.
pub(crate) fn night(model: &Model, given: &[(usize, usize)], date: Date) -> Result<(), String> {
    let Some(tonight) = &model.tonight else { return Ok(()) };
    for (f, c) in given {
        let formation = &model.formations[*f];
        if model.taken(tonight, *f) > formation.call_limit as usize {
            return Err(format!(
                "R24: more seats than {} of {} are given",
                formation.call_limit, formation.id
            ));
        }
        // Who was given a seat, as he waited for it: the night changed neither his rank nor his contract.
        let chosen = tonight.applications.iter().find(|a| a.formation == *f && a.candidate == *c).unwrap();
        let passed_over = tonight
            .applications
            .iter()
            .filter(|a| a.formation == *f && model.waits(a) && !model.has_better(tonight, a, date))
            .find(|a| model.before(a, chosen));
        if let Some(passed_over) = passed_over {
            let id = &model.candidates[passed_over.candidate];
            return Err(format!("R24: {id} is passed over at {}", formation.id));
        }
    }
    Ok(())
}

/// What is over stays over, whatever time and nights do; but for R38, a signal taken back (R68) and a new application
/// (R51, R55).
pub(crate) fn absorbing(before: &State, after: &State, action: Option<&Action>) -> Result<(), String> {
    for was in before.applications.iter().filter(|a| !a.live()) {
        let is =
            after.applications.iter().find(|a| a.candidate == was.candidate && a.formation == was.formation);
        let is = is.ok_or("an application is gone")?;
        let lawful = match action {
            Some(Action::SubmitApplication { .. }) => is.is(S::Submitted),
            Some(Action::CancelVacancy { .. }) => was.cause == Some(LostCause::Renounced) && is.definitive(),
            Some(Action::DecideException { grant: true, .. }) => {
                matches!(is.state, S::Waitlisted | S::Archived | S::ContractSearch)
            }
            _ => false,
        };
        if is.state != was.state && !lawful {
            return Err(format!("{:?} became {:?}", was.state, is.state));
        }
    }
    Ok(())
}
