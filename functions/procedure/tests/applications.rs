//! Applications: the quota, withdrawing, leaving, reasons (R13–R18, R21, R61); formations and rankings
//! (R19, R20).

#[cfg(test)]
mod common;

use common::{
    LYON, applicant, application, ask, ask_reason, ask_with, at, at_formation, candidate, formation, rules,
    said, standing, submit, who, withdraw,
};
use jiff::Timestamp;
use procedure::{Decision, Facts, Subject, decide};
use schemas::formation::{QuotaPair, RankingRefusal};
use schemas::{
    Action, Actor, ApplicationState, Candidate, EstablishmentId, Formation, Ranking, Refusal, RefusalReason,
    Round, Track,
};

/// The last instant at which applications are open.
#[cfg(test)]
const OPEN: &str = "2024-03-24T23:59:59.999";

/// Alice with so many applications, each of its own mention, in this track.
#[cfg(test)]
fn with_pairs(count: usize, track: Track) -> Candidate {
    let mut alice = candidate("alice");
    for number in 0..count {
        let id = format!("M{number:02}");
        let mut sent = application(&id, standing(ApplicationState::Submitted, Timestamp::MAX));
        sent.track = track;
        alice.applications.insert(at_formation(&id), sent);
    }
    alice
}

#[cfg(test)]
fn send(alice: &Candidate, to: &Formation, now: &str) -> Result<Decision, Refusal> {
    let facts = Facts { formation: Some(to), ..Facts::default() };
    ask_with(Some(alice), "alice", submit(to.id.as_str()), facts, at(now), &rules())
}

/// R14, R15: fifteen pairs are taken and the sixteenth refused; another parcours of a counted pair is always
/// taken; a withdrawn pair counts no more; alternance has its own fifteen.
#[test]
fn fifteen_pairs_in_each_track() {
    let new = formation("NEW", Track::Student, 1);
    let parcours = Formation { mention: "M03".into(), ..formation("M03-BIS", Track::Student, 1) };
    let elsewhere =
        Formation { establishment: EstablishmentId::new("0751717J").unwrap(), ..parcours.clone() };
    let alternance = formation("ALT", Track::Alternance, 1);
    let mut withdrawn = with_pairs(15, Track::Student);
    let lost = standing(ApplicationState::Lost, Timestamp::MAX);
    withdrawn.applications.get_mut(&at_formation("M07")).unwrap().now = lost;
    let mut two_parcours = with_pairs(15, Track::Student);
    two_parcours.applications.get_mut(&at_formation("M01")).unwrap().pair =
        QuotaPair(EstablishmentId::new(LYON).unwrap(), "M00".into());
    let full = with_pairs(15, Track::Student);
    for (name, alice, to, expected) in [
        ("the 15th pair", with_pairs(14, Track::Student), &new, "NEW: submitted"),
        ("the 16th pair", full.clone(), &new, "refused: quota_exceeded"),
        ("another parcours of a counted pair", full.clone(), &parcours, "M03-BIS: submitted"),
        ("the same mention elsewhere", full.clone(), &elsewhere, "refused: quota_exceeded"),
        ("alternance is counted apart", full.clone(), &alternance, "ALT: submitted"),
        ("15 in alternance", with_pairs(15, Track::Alternance), &alternance, "refused: quota_exceeded"),
        ("and apart from the students", with_pairs(15, Track::Alternance), &new, "NEW: submitted"),
        ("a withdrawn pair counts no more", withdrawn, &new, "NEW: submitted"),
        ("two parcours of one pair count once", two_parcours, &new, "NEW: submitted"),
        ("already there", full, &formation("M03", Track::Student, 1), "refused: already_applied"),
    ] {
        assert_eq!(said(&send(&alice, to, OPEN)), expected, "{name}");
    }
}

/// Giving up one of two parcours frees no pair; giving up both does, and the same formation may then be
/// applied to again.
#[test]
fn a_pair_counts_while_one_of_its_parcours_is_live() {
    let mut alice = with_pairs(15, Track::Student);
    let mut second = application("M00", standing(ApplicationState::Submitted, Timestamp::MAX));
    second.pair = QuotaPair(EstablishmentId::new(LYON).unwrap(), "M00".into());
    alice.applications.insert(at_formation("M00-BIS"), second);
    let new = formation("NEW", Track::Student, 1);
    for (gone, expected) in [("M00-BIS", "refused: quota_exceeded"), ("M00", "NEW: submitted")] {
        let outcome = ask(&alice, withdraw(gone), OPEN, &rules());
        assert_eq!(said(&outcome), format!("{gone}: lost/withdrawn"));
        alice.applications.get_mut(&at_formation(gone)).unwrap().now =
            standing(ApplicationState::Lost, Timestamp::MAX);
        assert_eq!(said(&send(&alice, &new, OPEN)), expected, "after giving up {gone}");
    }
    let again = formation("M00", Track::Student, 1);
    assert_eq!(said(&send(&alice, &again, OPEN)), "M00: submitted");
}

/// R17, R36: applications are sent from 00:00 of the first day to the instant before 00:00 after the last.
#[test]
fn the_window_is_kept_to_the_instant() {
    let new = formation("NEW", Track::Student, 1);
    for (now, expected) in [
        ("2024-02-25T23:59:59.999", "refused: outside_window"),
        ("2024-02-26T00:00", "NEW: submitted"),
        (OPEN, "NEW: submitted"),
        ("2024-03-25T00:00", "refused: outside_window"),
    ] {
        assert_eq!(said(&send(&candidate("alice"), &new, now)), expected, "{now}");
    }
    let unknown = ask(&candidate("alice"), submit("NOWHERE"), OPEN, &rules());
    assert_eq!(said(&unknown), "refused: no_such_formation");
}

/// Who may comes before the window, the window before the matter, the matter before the gate.
#[test]
fn checks_come_in_their_order() {
    let definitive = applicant(&[("PSY", ApplicationState::AcceptedDefinitively)]);
    let full = with_pairs(15, Track::Student);
    let gate = common::gate_closed("2024-06-10");
    let behind = Facts { gate, ..Facts::default() };
    let june = at("2024-06-10T06:00");
    let new = formation("NEW", Track::Student, 1);
    let with_formation = Facts { formation: Some(&new), gate, ..Facts::default() };
    let stranger = Some(&full);
    let cases = [
        ("not his", stranger, "bob", submit("NEW"), behind, "refused: not_the_owner"),
        ("no account, outside", None, "alice", submit("NEW"), behind, "refused: account_not_active"),
        (
            "definitive, outside",
            Some(&definitive),
            "alice",
            submit("NEW"),
            behind,
            "refused: already_definitive",
        ),
        (
            "outside, over quota",
            Some(&full),
            "alice",
            submit("NEW"),
            with_formation,
            "refused: outside_window",
        ),
        ("unknown, gate", Some(&full), "alice", withdraw("NEW"), behind, "refused: no_such_application"),
        ("acceptable, gate", Some(&full), "alice", withdraw("M00"), behind, "refused: night_in_progress"),
        ("an establishment's command", Some(&full), "alice", open("NEW"), behind, "refused: not_the_owner"),
    ];
    for (name, state, actor, action, facts, expected) in cases {
        let id = who("alice");
        let command = common::command(Actor::Candidate(who(actor)), action);
        let outcome = decide(Subject::Candidate { id: &id, state }, &command, &facts, june, &rules());
        assert_eq!(said(&outcome), expected, "{name}");
    }
}

/// R61: any live application may be given up, a definitive acceptance included; what is over may not.
/// Leaving the platform gives up everything that is live.
#[test]
fn what_is_live_may_be_given_up() {
    for state in ApplicationState::ALL {
        let alice = applicant(&[("PSY", state)]);
        let expected = if state.is_live() { "PSY: lost/withdrawn" } else { "refused: no_such_application" };
        assert_eq!(said(&ask(&alice, withdraw("PSY"), "2024-06-06T12:00", &rules())), expected, "{state:?}");
    }
    let several = applicant(&[
        ("ART", ApplicationState::Refused),
        ("BIO", ApplicationState::Waitlisted),
        ("DROIT", ApplicationState::AcceptedDefinitively),
    ]);
    let left = ask(&several, Action::Resign {}, "2024-06-06T12:00", &rules());
    assert_eq!(said(&left), "BIO: lost/resigned; DROIT: lost/resigned; account: resigned");
}

/// R21: reasons may be asked for to the end of the same day of the next month, of a refusal only.
#[test]
fn reasons_are_asked_for_within_the_month() {
    let alice = applicant(&[("PSY", ApplicationState::Refused), ("HIST", ApplicationState::NotAdmitted)]);
    for (of, now, expected) in [
        ("PSY", "2024-06-04T09:00", "PSY: reason_requested"),
        ("PSY", "2024-07-04T23:59:59.999", "PSY: reason_requested"),
        ("PSY", "2024-07-05T00:00", "refused: outside_window"),
        ("HIST", "2024-06-26T09:00", "refused: not_refused"),
        ("BIO", "2024-06-04T09:00", "refused: no_such_application"),
    ] {
        assert_eq!(said(&ask(&alice, ask_reason(of), now, &rules())), expected, "{of} at {now}");
    }
    let late = ask(&alice, ask_reason("PSY"), "2024-07-05T00:00", &rules());
    let opens = Some(at("2024-06-04T00:00"));
    let closes = Some(at("2024-07-05T00:00"));
    assert_eq!(late, Err(Refusal::OutsideWindow { opens, closes }));
}

#[cfg(test)]
fn open(id: &str) -> Action {
    Action::OpenFormation {
        formation: at_formation(id),
        title: "Psychologie".into(),
        mention: "PSY".into(),
        track: Track::Student,
        capacity: 20,
        call_limit: None,
        complementary: false,
        mixed: false,
    }
}

#[cfg(test)]
fn by(
    establishment: &str,
    state: Option<&Formation>,
    ranking: Option<&Ranking>,
    action: Action,
    now: &str,
) -> Result<Decision, Refusal> {
    let id = action.formation().unwrap().clone();
    let command = common::command(Actor::Establishment(EstablishmentId::new(establishment).unwrap()), action);
    let facts =
        Facts { ranking_digest: "new-digest", gate: common::gate_closed("2024-04-02"), ..Facts::default() };
    decide(Subject::Formation { id: &id, state, ranking }, &command, &facts, at(now), &rules())
}

/// A formation is opened by an establishment, while the campaign lasts (R52), once, with seats
/// and texts that can be; its id belongs to whoever opened it.
#[test]
fn formations_are_opened_once() {
    let existing = formation("PSY", Track::Student, 1);
    let changed = |title: &str, capacity: u32, call_limit: Option<u32>| Action::OpenFormation {
        formation: at_formation("PSY"),
        title: title.into(),
        mention: "PSY".into(),
        track: Track::Student,
        capacity,
        call_limit,
        complementary: false,
        mixed: false,
    };
    let noon = "2024-02-01T12:00";
    for (name, establishment, state, action, now, expected) in [
        ("in the catalogue", LYON, None, open("PSY"), noon, "PSY: formation_opened"),
        ("before it", LYON, None, open("PSY"), "2024-01-28T23:59:59.999", "refused: outside_window"),
        ("the last instant", LYON, None, open("PSY"), OPEN, "PSY: formation_opened"),
        ("after applications", LYON, None, open("PSY"), "2024-03-25T00:00", "PSY: formation_opened"),
        ("after the campaign", LYON, None, open("PSY"), "2024-09-16T00:00", "refused: outside_window"),
        ("a second time", LYON, Some(&existing), open("PSY"), noon, "refused: formation_exists"),
        ("another's", "0751717J", Some(&existing), open("PSY"), noon, "refused: not_the_owner"),
        ("no title", LYON, None, changed(" ", 1, None), noon, "refused: invalid_value"),
        ("a title too long", LYON, None, changed(&"x".repeat(301), 1, None), noon, "refused: invalid_value"),
        ("no seat is legal", LYON, None, changed("Psy", 0, None), noon, "PSY: formation_opened"),
        ("too many seats", LYON, None, changed("Psy", 10_001, None), noon, "refused: invalid_value"),
        ("a limit below the seats", LYON, None, changed("Psy", 20, Some(19)), noon, "refused: invalid_value"),
        ("a limit above the seats", LYON, None, changed("Psy", 20, Some(25)), noon, "PSY: formation_opened"),
    ] {
        assert_eq!(said(&by(establishment, state, None, action, now)), expected, "{name}");
    }
}

/// R19, R20: a ranking names each candidate once, is published by its establishment within the examination,
/// the last one counts, and the same one again changes nothing. It may name whoever did not apply.
#[test]
fn rankings_are_strict_orders() {
    let psy = formation("PSY", Track::Student, 1);
    let before = |digest: &str| Ranking {
        round: Round::Main,
        after: 0,
        formation: at_formation("PSY"),
        version: 1,
        digest: digest.into(),
        ranked: 2,
        refused: 0,
        published_at: at("2024-04-10T12:00"),
        upload: None,
    };
    let refusal = |id: &str, text: String| RankingRefusal {
        candidate: who(id),
        reason: RefusalReason::AdminIncomplete,
        text,
    };
    let ranking = |ranked: &[&str], refused: Vec<RankingRefusal>| Action::PublishRanking {
        formation: at_formation("PSY"),
        ranked: ranked.iter().map(|id| who(id)).collect(),
        refused,
    };
    let plain = || ranking(&["bob", "alice"], vec![refusal("dan", String::new())]);
    let both = ranking(&["bob", "alice"], vec![refusal("alice", String::new())]);
    let refused_twice = ranking(&[], vec![refusal("dan", String::new()), refusal("dan", String::new())]);
    let wordy = ranking(&[], vec![refusal("dan", "é".repeat(501))]);
    let as_wordy_as_allowed = ranking(&[], vec![refusal("dan", "é".repeat(500))]);
    let (old, same) = (before("old-digest"), before("new-digest"));
    let noon = "2024-04-10T12:00";
    let published = "PSY: ranking_published";
    for (name, establishment, state, known, action, now, expected) in [
        ("within the window", LYON, Some(&psy), None, plain(), noon, published),
        ("the first instant", LYON, Some(&psy), None, plain(), "2024-04-02T00:00", published),
        ("before", LYON, Some(&psy), None, plain(), "2024-04-01T23:59:59.999", "refused: outside_window"),
        ("the last instant", LYON, Some(&psy), None, plain(), "2024-05-28T23:59:59.999", published),
        ("after", LYON, Some(&psy), None, plain(), "2024-05-29T00:00", "refused: outside_window"),
        ("empty", LYON, Some(&psy), None, ranking(&[], vec![]), noon, published),
        ("another one", LYON, Some(&psy), Some(&old), plain(), noon, published),
        ("the same again", LYON, Some(&psy), Some(&same), plain(), noon, "nothing changes"),
        (
            "ranked twice",
            LYON,
            Some(&psy),
            None,
            ranking(&["bob", "bob"], vec![]),
            noon,
            "refused: invalid_ranking",
        ),
        ("ranked and refused", LYON, Some(&psy), None, both, noon, "refused: invalid_ranking"),
        ("refused twice", LYON, Some(&psy), None, refused_twice, noon, "refused: invalid_ranking"),
        ("too long a reason", LYON, Some(&psy), None, wordy, noon, "refused: invalid_value"),
        ("500 accented letters", LYON, Some(&psy), None, as_wordy_as_allowed, noon, published),
        ("not the owner", "0751717J", Some(&psy), None, plain(), noon, "refused: not_the_owner"),
        ("no such formation", LYON, None, None, plain(), noon, "refused: no_such_formation"),
        ("a candidate's command", LYON, Some(&psy), None, submit("PSY"), noon, "refused: not_the_owner"),
    ] {
        assert_eq!(said(&by(establishment, state, known, action, now)), expected, "{name}");
    }
}

/// Only an establishment acts on a formation: neither a candidate, the rector nor an operator.
#[test]
fn nobody_else_acts_on_a_formation() {
    let id = at_formation("PSY");
    for actor in [Actor::Candidate(who("alice")), Actor::Rector, Actor::Operator] {
        let command = common::command(actor.clone(), open("PSY"));
        let subject = Subject::Formation { id: &id, state: None, ranking: None };
        let outcome = decide(subject, &command, &Facts::default(), at("2024-02-01T12:00"), &rules());
        assert_eq!(outcome, Err(Refusal::NotTheOwner {}), "{actor:?}");
    }
}
