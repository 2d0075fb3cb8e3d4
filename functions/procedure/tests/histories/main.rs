//! Random histories: six candidates, three formations, a whole main phase with its nights, gates, voided
//! nights and answers at any instant; what must hold after each step does.

#[path = "../common/mod.rs"]
#[cfg(test)]
mod common;
#[cfg(test)]
mod world;

use std::cell::RefCell;
use std::collections::BTreeSet;

use common::night::cases;
use common::{YES, at, who};
use jiff::Timestamp;
use procedure::settle::settled;
use procedure::{calendar, fold};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};
use schemas::campaign::ContractKind;
use schemas::upload::Verdict;
use schemas::{Action, ApplicationState, Candidate, Language, Rule, Track};

#[cfg(test)]
use world::World;

#[cfg(test)]
const NAMES: [&str; 6] = ["ana", "ben", "cleo", "dan", "eve", "fay"];
#[cfg(test)]
const FORMATIONS: [&str; 3] = ["ART", "HIST", "PSY"];
/// The instants of a day at which commands come; the second is behind the gate of a night.
#[cfg(test)]
const SLOTS: [&str; 5] = ["00:00:00", "06:00:00", "10:00:00", "18:00:00", "23:59:59.999"];
/// From the day before the opening to the day after the last offers.
#[cfg(test)]
const DAYS: usize = 35;
/// The year with short later phases, so that a history goes through all of them.
#[cfg(test)]
const SHORT_YEAR: &str = r#"
alternance_results_from = "2024-06-04"
alternance_offers_from = "2024-06-04"
complementary_application = ["2024-06-25", "2024-06-26"]
preference_ordering = ["2024-06-25", "2024-06-26"]
complementary_examination = ["2024-06-27", "2024-06-27"]
complementary_admission = ["2024-06-28", "2024-07-02"]
withdrawals = ["2024-07-03", "2024-07-06"]
"#;
/// The first day on which preferences are ordered.
#[cfg(test)]
const ORDERING_OPENS: &str = "2024-06-25";
/// The first morning of the complementary admission, on which the rankings of that round appear.
#[cfg(test)]
const COMPLEMENTARY_RESULTS: &str = "2024-06-28";

/// What one candidate tries at one instant.
#[derive(Debug, Clone)]
struct Step {
    day: usize,
    slot: usize,
    who: usize,
    kind: u8,
    formation: usize,
    keep: u8,
}

/// Everything that chance decides about a history.
#[derive(Debug, Clone)]
struct History {
    settings: usize,
    limits: Vec<u32>,
    /// Best first, by formation.
    orders: Vec<Vec<usize>>,
    /// By formation and candidate: 0 the jury says nothing, 1 it refuses, otherwise it ranks.
    verdicts: Vec<u8>,
    applied: Vec<bool>,
    early: Vec<(usize, usize, bool)>,
    steps: Vec<Step>,
    /// By candidate: what he orders when the window opens, if he does; as `keep` of a step.
    ordered: Vec<Option<u8>>,
    voided: Vec<bool>,
    swept: Vec<bool>,
}

#[cfg(test)]
fn any_history() -> impl Strategy<Value = History> {
    use proptest::collection::vec;
    // Most answers come in the first days, when most offers do.
    let day = prop_oneof![2 => 1..8_usize, 1 => 0..22_usize, 2 => 22..DAYS];
    let step = (day, 0..SLOTS.len(), 0..NAMES.len(), 0_u8..14, 0..FORMATIONS.len(), 0_u8..8)
        .prop_map(|(day, slot, who, kind, formation, keep)| Step { day, slot, who, kind, formation, keep });
    let orders = vec(Just((0..NAMES.len()).collect::<Vec<_>>()).prop_shuffle(), FORMATIONS.len());
    let pairs = NAMES.len() * FORMATIONS.len();
    let early = vec((0..NAMES.len(), 0..FORMATIONS.len(), any::<bool>()), 0..8);
    let chances = (
        vec(prop::bool::weighted(0.9), pairs),
        vec(prop::bool::weighted(0.1), DAYS),
        vec(any::<bool>(), DAYS),
        vec(proptest::option::weighted(0.7, 0_u8..7), NAMES.len()),
    );
    (
        0_usize..7,
        vec(1_u32..4, FORMATIONS.len()),
        orders,
        vec(0_u8..10, pairs),
        early,
        vec(step, 0..250),
        chances,
    )
        .prop_map(
            |(settings, limits, orders, verdicts, early, steps, (applied, voided, swept, ordered))| History {
                settings,
                limits,
                orders,
                verdicts,
                applied,
                early,
                steps,
                ordered,
                voided,
                swept,
            },
        )
}

/// What is tried of a search or a contract: answers, uploads, decisions of the establishment.
#[cfg(test)]
fn in_alternance(step: &Step, candidate: &Candidate, now: Timestamp) -> Option<Action> {
    let formation = common::at_formation(FORMATIONS[step.formation]);
    let application = candidate.applications.get(&formation).filter(|a| a.track == Track::Alternance)?;
    let candidate = candidate.id.clone();
    match (application.now.state, step.kind) {
        (ApplicationState::ContractSearch, 5..=7) => {
            let (accept, none) = (step.keep != 0, (step.keep > 3).then(Vec::new));
            Some(Action::AnswerContractSearch { formation, accept, keep: none, drop: None })
        }
        (ApplicationState::ContractSearch | ApplicationState::Waitlisted, 8..) => {
            let version = format!("v{}-{}", step.day, step.slot);
            let kind = if step.keep == 0 { ContractKind::Promise } else { ContractKind::Contract };
            let verdict = if step.keep > 2 { Verdict::ToReview } else { Verdict::Conform };
            Some(Action::ContractReceived { candidate, formation, version, arrival: now, kind, verdict })
        }
        (ApplicationState::ContractSubmitted, 4) => {
            Some(Action::RejectContract { candidate, formation, reason: "Non conforme.".into() })
        }
        (ApplicationState::ContractSubmitted, 5..) => Some(Action::ValidateContract { candidate, formation }),
        _ => None,
    }
}

/// What the step tries, given where the candidate's placements are.
#[cfg(test)]
fn action(step: &Step, candidate: &Candidate) -> Action {
    let id = FORMATIONS[step.formation];
    let kept = |id: &&str| {
        let waits = candidate.applications.get(&common::at_formation(id));
        let place = FORMATIONS.iter().position(|known| known == id).unwrap();
        waits.is_some_and(|a| a.now.state == ApplicationState::Waitlisted) && step.keep & (1 << place) != 0
    };
    let keep: Vec<&str> = FORMATIONS.into_iter().filter(kept).collect();
    match step.kind {
        0 => common::withdraw(id),
        1 => common::refuse_offer(id),
        2 => common::accept_definitively(id),
        3 => common::submit(id),
        4 => common::ask_reason(id),
        9.. if step.day > 22 && step.keep > 3 => common::withdraw(id),
        7 | 8 => {
            let mut order: Vec<_> = FORMATIONS.map(common::at_formation).to_vec();
            order.rotate_left(usize::from(step.keep) % FORMATIONS.len());
            let ordered = |id: &schemas::FormationId| {
                candidate.applications.get(id).is_some_and(|a| orderable(a.now.state))
            };
            // Most often what can be ordered; now and then whatever comes.
            order.retain(|id| step.keep == 7 || ordered(id));
            Action::OrderPreferences { formations: order }
        }
        5 if step.keep == 0 => Action::Resign {},
        // Most often undecided: only who waits nowhere else, or drops all that waits, may leave `keep` out.
        6 => common::accept_provisionally(id, None, Some(&keep)),
        _ => common::accept_provisionally(id, Some(&keep), None),
    }
}

/// What can be ordered, whatever the year says of it.
#[cfg(test)]
fn orderable(state: ApplicationState) -> bool {
    matches!(
        state,
        ApplicationState::Submitted
            | ApplicationState::Waitlisted
            | ApplicationState::ContractSearch
            | ApplicationState::ContractSubmitted
            | ApplicationState::ContractValidated
            | ApplicationState::Archived
    )
}

/// The part of a history before the examination: accounts, applications, second thoughts.
#[cfg(test)]
fn begin(world: &mut World, history: &History) {
    for (c, name) in NAMES.iter().enumerate() {
        let id = who(name);
        let email = format!("{name}@example.org");
        let register = Action::RegisterAccount {
            email,
            language: Language::En,
            questionnaire: YES,
            name: None,
            region: String::new(),
        };
        world.ask(&id, register, at("2024-02-01T12:00"));
        world.ask(&id, Action::ActivateAccount { token: String::new() }, at("2024-02-02T12:00"));
        for (f, formation) in FORMATIONS.iter().enumerate() {
            if history.applied[c * FORMATIONS.len() + f] {
                world.ask(&id, common::submit(formation), at("2024-02-26T12:00"));
            }
        }
    }
    for (c, f, back) in &history.early {
        let id = who(NAMES[*c]);
        let action = if *back { common::submit(FORMATIONS[*f]) } else { common::withdraw(FORMATIONS[*f]) };
        world.ask(&id, action, at("2024-03-10T12:00"));
        world.assert_invariants(at("2024-03-10T12:00"));
    }
}

#[cfg(test)]
fn run(history: &History) -> World {
    let mut world = World::new(history);
    begin(&mut world, history);
    let mut date = common::day("2024-06-03");
    for day in 0..DAYS {
        if date == common::day(ORDERING_OPENS) {
            for (name, keep) in NAMES.iter().zip(&history.ordered) {
                let Some(keep) = *keep else { continue };
                let step = Step { day, slot: 0, who: 0, kind: 7, formation: 0, keep };
                let order = action(
                    &step,
                    &settled(&world.candidates[&who(name)], at(&format!("{date}T00:00")), &world.rules).0,
                );
                world.ask(&who(name), order, at(&format!("{date}T00:00")));
            }
        }
        if date == common::day(COMPLEMENTARY_RESULTS) {
            world.rank_again(history);
        }
        for (slot, time) in SLOTS.iter().enumerate() {
            let now = at(&format!("{date}T{time}"));
            let is_night = calendar::is_night(&world.rules, date);
            if slot == 1 && is_night {
                let now = calendar::night_start(&world.rules, date);
                let ids: Vec<_> = world.candidates.keys().cloned().collect();
                ids.iter().for_each(|id| world.sweep(id, now));
                world.night(date);
                world.assert_invariants(now);
            }
            let hidden =
                |candidate: &Candidate| common::states_said(&fold::visible(candidate, date.yesterday().ok()));
            let before =
                world.candidates.iter().map(|(id, candidate)| (id.clone(), hidden(candidate))).collect();
            for step in history.steps.iter().filter(|step| step.day == day && step.slot == slot) {
                let id = who(NAMES[step.who]);
                let candidate = settled(&world.candidates[&id], now, &world.rules).0;
                let of_contract = in_alternance(step, &candidate, now);
                let action = of_contract.unwrap_or_else(|| action(step, &candidate));
                world.ask(&id, action, now);
                world.assert_invariants(now);
            }
            if slot == 1 && is_night {
                if history.voided[day] {
                    world.void(date, &before);
                }
                world.gate.published = Some(date);
                world.assert_invariants(calendar::publication(&world.rules, date));
            }
        }
        if history.swept[day] {
            world.candidates.keys().cloned().collect::<Vec<_>>().iter().for_each(|id| {
                world.sweep(id, at(&format!("{date}T23:59:59.999")));
            });
        }
        date = date.tomorrow().unwrap();
    }
    for end in ["2024-08-01T00:00", "2024-10-01T12:00"] {
        world.assert_invariants(at(end));
        world.candidates.keys().cloned().collect::<Vec<_>>().iter().for_each(|id| world.sweep(id, at(end)));
    }
    world.assert_replay();
    world
}

/// After each step of any history: at most one offer held, at most one definitive and then nothing else live,
/// no more seats taken than the call limit, nobody passed over, nothing overdue, nothing of a night visible
/// before its publication or after its end by void, no final state left; and the fold of everything recorded is
/// the state.
#[test]
fn every_history_keeps_the_law() {
    histories(ProptestConfig { source_file: Some(file!()), ..cases(120) });
}

#[cfg(test)]
fn histories(config: ProptestConfig) -> BTreeSet<String> {
    let met = RefCell::new(BTreeSet::new());
    TestRunner::new(config)
        .run(&any_history(), |history| {
            met.borrow_mut().extend(run(&history).met);
            Ok(())
        })
        .unwrap();
    met.into_inner()
}

/// The property is not empty: fixed histories, taken together, meet each kind of change and each refusal of an
/// answer, and every rule met can be explained.
#[test]
fn the_histories_meet_every_kind_of_change() {
    let config = ProptestConfig { rng_seed: RngSeed::Fixed(2024), failure_persistence: None, ..cases(600) };
    let met = histories(config);
    for expected in [
        "R9 registered",
        "R9 activated",
        "R17 submitted",
        "R20 refused",
        "R21 reason_requested",
        "R22 not_admitted",
        "R23 waitlisted",
        "R23 offered",
        "R24 offered",
        "R26 accepted_provisionally",
        "R26 lost/other_accepted",
        "R26 lost/refused_by_candidate",
        "R27 lost/not_kept",
        "R28 accepted_definitively",
        "R28 lost/other_accepted",
        "R29 lost/expired",
        "R30 lost/expired",
        "R30 lost/not_kept",
        "R31 lost/replaced",
        "R32 accepted_definitively",
        "R37 night_voided",
        "R40 search_placed",
        "R41 search_accepted",
        "R41 lost/refused_by_candidate",
        "R42 lost/expired",
        "R46 accepted_definitively",
        "R47 search_placed",
        "R47 contract_received",
        "R47 contract_validated",
        "R47 lost/contract_rejected",
        "R47 offered",
        "R48 offered",
        "earlier_contract_pending",
        "contract_kind_not_taken",
        "no_such_contract",
        "R53 preferences_ordered",
        "R54 accepted_definitively",
        "R54 lost/not_ranked",
        "R56 accepted_provisionally",
        "R56 lost/lower_preference",
        "R56 lost/replaced",
        "R57 accepted_definitively",
        "R60 preferences_ordered",
        "R62 lost/lower_preference",
        "R64 not_admitted",
        "invalid_preferences",
        "R58 not_admitted",
        "R59 archived",
        "R61 lost/withdrawn",
        "R61 lost/resigned",
        "R61 resigned",
        "already_definitive",
        "night_in_progress",
        "no_such_offer",
        "no_such_application",
        "not_refused",
        "offer_expired",
        "outside_window",
        "placement_undecided",
        "already_applied",
        "account_not_active",
    ] {
        assert!(met.contains(expected), "no history met \"{expected}\": {met:?}");
    }
    for rule in met.iter().filter_map(|line| line.strip_prefix('R')?.split(' ').next()?.parse().ok()) {
        assert!(procedure::rules::citation(Rule(rule)).is_some(), "R{rule} is cited and not explained");
    }
}
