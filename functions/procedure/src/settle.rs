//! Everything that time alone does to a candidate: lapses, conversions, implicit refusals, archives
//! (R22, R29, R30, R32, R54, R57, R58, R59, R63, R64).
//!
//! Every command is decided on the settled candidate and every night's snapshot settles, so no right and no
//! seat waits for a job; the sweeping jobs only make the result durable and mail it.

use jiff::{SignedDuration, Timestamp};
use schemas::campaign::{ConversionPhase, SilenceOnNewOffer};
use schemas::night::NightMode;
use schemas::{
    AccountState, Application, ApplicationState, Campaign, Candidate, Change, Event, FormationId, LostCause,
    NoticeKind, Rule, Track,
};

use crate::decide::preferences;
use crate::fold::{apply, lost};
use crate::{calendar, seats};

/// What time did at one instant: one decision, with the notice it owes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The instant of the law.
    pub at: Timestamp,
    /// The changes.
    pub events: Vec<Event>,
    /// The notice owed, if it owes one.
    pub notice: Option<NoticeKind>,
}

/// The settlements due up to and including `now`, in the order of their instants; at one instant lapses
/// come first, then what was not ordered, then conversions, then the ends of applications.
///
/// ```
/// use jiff::civil::date;
/// use procedure::{calendar, campaign_file, fold, settle};
/// use schemas::candidate::{Language, Questionnaire};
/// use schemas::formation::QuotaPair;
/// use schemas::{CandidateId, Cause, Change, EstablishmentId, Event, FormationId, LostCause, Round, Rule, Track};
///
/// let rules = campaign_file::shipped("2024")?;
/// let alice = CandidateId::new("alice")?;
/// let formation = FormationId::new("PSY-LYON")?;
/// let received_on = date(2024, 6, 4);
/// let events = [
///     Change::Registered {
///         email: "alice@example.org".into(),
///         language: Language::Fr,
///         name: None,
///         questionnaire: Questionnaire { master: true, charter: true, licence: true, nationality: true },
///         region: String::new(),
///         activation_issued_at: "2024-02-01T12:00:00Z".parse()?,
///     },
///     Change::Submitted {
///         formation: formation.clone(),
///         pair: QuotaPair(EstablishmentId::new("0691774D")?, "PSY".into()),
///         track: Track::Student,
///         round: Round::Main,
///     },
///     Change::Offered { formation, received_on, deadline: calendar::offer_deadline(&rules, received_on) },
/// ];
/// let events = events.map(|change| Event { rule: Rule(23), night: None, change });
/// let alice = fold::candidate(None, &alice, &Cause::Time, &events, &rules).ok_or("no account")?;
///
/// // Nobody answers the offer; its deadline is midnight after 7 June in Paris.
/// assert!(settle(&alice, "2024-06-07T21:59:59.999Z".parse()?, &rules).is_empty());
///
/// let settlements = settle(&alice, "2024-06-07T22:00:00Z".parse()?, &rules);
/// assert!(matches!(settlements[0].events[0].change, Change::Lost { cause: LostCause::Expired, .. }));
/// assert_eq!(settlements[0].events[0].rule.to_string(), "R29");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn settle(candidate: &Candidate, now: Timestamp, rules: &Campaign) -> Vec<Settlement> {
    settled(candidate, now, rules).1
}

/// The candidate with everything done that time has to do up to `now`, and the settlements that did it.
#[must_use]
pub fn settled(candidate: &Candidate, now: Timestamp, rules: &Campaign) -> (Candidate, Vec<Settlement>) {
    let mut state = candidate.clone();
    let mut settlements = Vec::new();
    while let Some(at) = next_due(&state, rules).filter(|at| *at <= now) {
        let before = settlements.len();
        for step in [lapses, unordered, conversion, no_favourable_answer, archives, closed] {
            if let Some(settlement) = step(&state, at, rules) {
                for event in &settlement.events {
                    apply(&mut state, event);
                }
                settlements.push(settlement);
            }
        }
        if settlements.len() == before {
            // Nothing that is due can be done: saying it again would never end.
            break;
        }
    }
    (state, settlements)
}

/// The next instant at which time alone changes something for this candidate; the key of the index `due`.
#[must_use]
pub fn next_due(candidate: &Candidate, rules: &Campaign) -> Option<Timestamp> {
    let of_application = |application: &Application| {
        let track_end = calendar::track_end(rules, application.track);
        match application.now.state {
            ApplicationState::Offered => application.now.deadline,
            ApplicationState::Submitted => Some(calendar::admission_end(rules, application.round)),
            ApplicationState::Waitlisted if calendar::waits_to_track_end(rules, application.track) => {
                Some(track_end)
            }
            ApplicationState::Waitlisted | ApplicationState::AcceptedProvisionally => {
                Some(calendar::last_admission_end(rules))
            }
            ApplicationState::ContractSearch => {
                Some(application.now.deadline.map_or(track_end, |deadline| deadline.min(track_end)))
            }
            ApplicationState::Archived
            | ApplicationState::ContractSubmitted
            | ApplicationState::ContractValidated => Some(track_end),
            _ => None,
        }
    };
    let next = candidate.applications.values().filter_map(of_application).min();
    let ordering =
        calendar::ordering_decides_for(rules, candidate).filter(|_| is_unordered(candidate, rules));
    let closes = (candidate.account == AccountState::Active).then(|| calendar::campaign_end(rules));
    next.into_iter().chain(ordering).chain(closes).min()
}

/// The formations of a candidate's applications in this state.
fn in_state(candidate: &Candidate, state: ApplicationState) -> impl Iterator<Item = &FormationId> {
    candidate
        .applications
        .iter()
        .filter(move |(_, application)| application.now.state == state)
        .map(|(id, _)| id)
}

/// R29, R30, R63: what was not answered in time is lost; who holds an offer is deemed to keep it. R42–R44: so are
/// searches.
fn lapses(candidate: &Candidate, at: Timestamp, rules: &Campaign) -> Option<Settlement> {
    let held = in_state(candidate, ApplicationState::AcceptedProvisionally).next().is_some();
    let rule_of = |application: &Application| {
        let of_withdrawals = |received| calendar::night_mode(rules, received) == NightMode::Withdrawals;
        match application.now.received_on {
            Some(received) if of_withdrawals(received) => Rule(63),
            _ if held => Rule(30),
            _ => Rule(29),
        }
    };
    let mut events: Vec<Event> = candidate
        .applications
        .iter()
        .filter(|(_, application)| {
            application.now.state == ApplicationState::Offered
                && application.now.deadline.is_some_and(|deadline| deadline <= at)
        })
        .map(|(formation, application)| lost(rule_of(application), formation, LostCause::Expired))
        .collect();
    if !events.is_empty() && held && rules.silence_on_new_offer == SilenceOnNewOffer::Drop {
        let placements = candidate.applications.iter().filter(|(_, application)| {
            application.track == Track::Student && application.now.state == ApplicationState::Waitlisted
        });
        events.extend(placements.map(|(formation, _)| lost(Rule(30), formation, LostCause::NotKept)));
    }
    events.extend(lapsed_searches(candidate, at));
    settlement(at, events, NoticeKind::OffersExpired)
}

/// R42, R43: a search not answered in time is lost, those accepted stay. R44: one of which nothing was said when a later
/// one was accepted is lost too.
fn lapsed_searches(candidate: &Candidate, at: Timestamp) -> Vec<Event> {
    let searches = || {
        candidate
            .applications
            .iter()
            .filter(|(_, application)| application.now.state == ApplicationState::ContractSearch)
    };
    let others_held = searches().any(|(_, application)| application.now.accepted);
    searches()
        .filter(|(_, application)| application.now.deadline.is_some_and(|deadline| deadline <= at))
        .map(|(formation, application)| {
            let (rule, cause) = match (application.now.accepted, others_held) {
                (true, _) => (44, LostCause::NotKept),
                (false, true) => (43, LostCause::Expired),
                (false, false) => (42, LostCause::Expired),
            };
            lost(Rule(rule), formation, cause)
        })
        .collect()
}

/// Whether the end of the ordering window changes something: something is left out of the order, or nothing was
/// ordered and an offer is held (R54).
fn is_unordered(candidate: &Candidate, rules: &Campaign) -> bool {
    left_out(candidate, rules).next().is_some()
        || (ordered_nothing(candidate)
            && in_state(candidate, ApplicationState::AcceptedProvisionally).next().is_some())
}

/// What could be ordered and has no preference.
fn left_out<'a>(candidate: &'a Candidate, rules: &Campaign) -> impl Iterator<Item = &'a FormationId> {
    let unordered = candidate.applications.iter().filter(|(_, application)| application.preference.is_none());
    unordered.filter(|(_, application)| preferences::is_ordered(application, rules)).map(|(id, _)| id)
}

/// Whether no application was ever ordered; one that ended since was.
pub(crate) fn ordered_nothing(candidate: &Candidate) -> bool {
    candidate.applications.values().all(|application| application.preference.is_none())
}

/// R54: what is not ordered by the end of the window is lost; who ordered nothing is definitively accepted where he
/// holds an offer.
fn unordered(candidate: &Candidate, at: Timestamp, rules: &Campaign) -> Option<Settlement> {
    if calendar::ordering_decides_for(rules, candidate).is_none_or(|decides| at < decides) {
        return None;
    }
    let mut events: Vec<Event> =
        left_out(candidate, rules).map(|formation| lost(Rule(54), formation, LostCause::NotRanked)).collect();
    let mut notice = NoticeKind::OffersExpired;
    if ordered_nothing(candidate) {
        let definitive = definitive(candidate, Rule(54), at, rules);
        if !definitive.is_empty() {
            notice = NoticeKind::BecameDefinitive;
        }
        let ended: Vec<FormationId> = events.iter().filter_map(|e| e.change.formation().cloned()).collect();
        events.extend(
            definitive
                .into_iter()
                .filter(|event| event.change.formation().is_none_or(|formation| !ended.contains(formation))),
        );
    }
    settlement(at, events, notice)
}

/// The offer held becomes definitive, and ends what a definitive acceptance ends: offers, searches and contracts of
/// the tracks that it closes (R28, R45). What waits on a list ends for a reason of its own (R58).
fn definitive(candidate: &Candidate, rule: Rule, at: Timestamp, rules: &Campaign) -> Vec<Event> {
    let Some(held) = in_state(candidate, ApplicationState::AcceptedProvisionally).next() else {
        return Vec::new();
    };
    // The acceptance is of the window's own last day, of which this instant is the end.
    let on = calendar::day(at.checked_sub(SignedDuration::from_secs(1)).unwrap_or(at));
    let change = Change::AcceptedDefinitively { formation: held.clone(), on };
    let track = candidate.applications.get(held).map_or(Track::Student, |application| application.track);
    let ended = candidate.applications.iter().filter(|(_, application)| {
        seats::closes(track, application.track, rules)
            && matches!(
                application.now.state,
                ApplicationState::Offered
                    | ApplicationState::ContractSearch
                    | ApplicationState::ContractSubmitted
                    | ApplicationState::ContractValidated
            )
    });
    std::iter::once(Event { rule, night: None, change })
        .chain(ended.map(|(formation, _)| lost(Rule(28), formation, LostCause::OtherAccepted)))
        .collect()
}

/// R32, R57: at the end of the last admission phase the offer held provisionally is accepted for good.
fn conversion(candidate: &Candidate, at: Timestamp, rules: &Campaign) -> Option<Settlement> {
    let rule = match rules.provisional_conversion_phase {
        ConversionPhase::Main => Rule(32),
        ConversionPhase::Complementary => Rule(57),
    };
    if at < calendar::last_admission_end(rules) {
        return None;
    }
    settlement(at, definitive(candidate, rule, at, rules), NoticeKind::BecameDefinitive)
}

/// R22: silence of the establishment to the end of its round's admission is a refusal. R58: who has a seat is told that
/// his placements had no favourable answer. R64: so is everybody after the last day of his track.
fn no_favourable_answer(candidate: &Candidate, at: Timestamp, rules: &Campaign) -> Option<Settlement> {
    let seated = has_seat(candidate, rules);
    let ended = |application: &Application| {
        let track_over = calendar::track_end(rules, application.track) <= at;
        match application.now.state {
            ApplicationState::Submitted => {
                (calendar::admission_end(rules, application.round) <= at).then_some(22)
            }
            ApplicationState::Waitlisted if calendar::waits_to_track_end(rules, application.track) => {
                track_over.then_some(58)
            }
            ApplicationState::Waitlisted => {
                (seated && calendar::last_admission_end(rules) <= at).then_some(58)
            }
            ApplicationState::Archived
            | ApplicationState::ContractSearch
            | ApplicationState::ContractSubmitted
            | ApplicationState::ContractValidated => track_over.then_some(64),
            _ => None,
        }
    };
    let of = |(formation, application): (&FormationId, &Application)| {
        Some(not_admitted(Rule(ended(application)?), formation, at))
    };
    let mut events: Vec<Event> = candidate.applications.iter().filter_map(of).collect();
    events.sort_by_key(|event| event.rule);
    settlement(at, events, NoticeKind::NotAdmitted)
}

/// R59: who has nothing but waitlist placements keeps them for the withdrawals phase.
fn archives(candidate: &Candidate, at: Timestamp, rules: &Campaign) -> Option<Settlement> {
    if at < calendar::last_admission_end(rules) || has_seat(candidate, rules) {
        return None;
    }
    let waiting = candidate.applications.iter().filter(|(_, application)| {
        application.now.state == ApplicationState::Waitlisted
            && !calendar::waits_to_track_end(rules, application.track)
    });
    let events = waiting.map(|(formation, _)| {
        let change = Change::Archived { formation: formation.clone() };
        Event { rule: Rule(59), night: None, change }
    });
    settlement(at, events.collect(), NoticeKind::WaitlistArchived)
}

/// Whether the candidate has an offer; where each track has its own procedure, one of the student track (R59: 2023).
fn has_seat(candidate: &Candidate, rules: &Campaign) -> bool {
    candidate.applications.values().any(|application| {
        application.now.state.takes_seat()
            && (rules.definitive_closes_other_track || application.track == Track::Student)
    })
}

/// R2: at the campaign's end the account is closed; nobody is told, for nothing is lost by it.
fn closed(candidate: &Candidate, at: Timestamp, rules: &Campaign) -> Option<Settlement> {
    let over = candidate.account == AccountState::Active && calendar::campaign_end(rules) <= at;
    let events = vec![Event { rule: Rule(2), night: None, change: Change::Closed }];
    over.then_some(Settlement { at, events, notice: None })
}

fn settlement(at: Timestamp, events: Vec<Event>, notice: NoticeKind) -> Option<Settlement> {
    (!events.is_empty()).then_some(Settlement { at, events, notice: Some(notice) })
}

fn not_admitted(rule: Rule, formation: &FormationId, at: Timestamp) -> Event {
    let change = Change::NotAdmitted { formation: formation.clone(), notified_on: calendar::day(at) };
    Event { rule, night: None, change }
}
