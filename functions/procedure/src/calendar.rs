//! Questions of time: phases, windows, deadlines. UTC inside, Europe/Paris at this edge (R36).

mod enrolment;
mod own_windows;
mod working_days;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use schemas::Rule;
use schemas::campaign::{AlternanceMode, Campaign, ConversionPhase, Days, Phase, Round};
use schemas::formation::Track;
use schemas::night::NightMode;

use crate::night::{Admits, FormationNight};
pub use enrolment::{enrol_by, gate_after, signals};
pub(crate) use own_windows::extensible;
pub use own_windows::{applying, ordering, ordering_decides, ordering_decides_for, ordering_of};
pub use working_days::working_day_after;

/// The time zone of every bound (R36), compiled in: no file of the machine can move a deadline.
#[must_use]
pub fn paris() -> TimeZone {
    static PARIS: TimeZone = jiff::tz::get!("Europe/Paris");
    PARIS.clone()
}

/// The instant of a civil time in Paris. In the hour that summer time skips, the time after it; in the
/// hour that comes twice, the first.
#[must_use]
pub fn instant(civil: DateTime) -> Timestamp {
    paris().to_ambiguous_zoned(civil).compatible().map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// The instant at which a day begins in Paris.
#[must_use]
pub fn start_of(day: Date) -> Timestamp {
    instant(day.to_datetime(Time::midnight()))
}

/// The first instant after a day: an end at "23:59" is in time until just before it (R36).
#[must_use]
pub fn end_of(day: Date) -> Timestamp {
    day.tomorrow().map_or(Timestamp::MAX, start_of)
}

/// The first instant after a civil time's minute: a deadline of "23:59" or "23:59:59" is over at midnight (R36).
#[must_use]
pub fn end_of_minute(last: DateTime) -> Timestamp {
    let minute = last.date().at(last.hour(), last.minute(), 0, 0);
    minute.checked_add(1.minute()).map_or(Timestamp::MAX, instant)
}

/// The civil time in Paris.
#[must_use]
pub fn civil(instant: Timestamp) -> DateTime {
    paris().to_datetime(instant)
}

/// The day in Paris.
#[must_use]
pub fn day(instant: Timestamp) -> Date {
    civil(instant).date()
}

/// From an instant to just before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first instant in it.
    pub opens: Timestamp,
    /// The first instant after it.
    pub closes: Timestamp,
}

impl Window {
    /// Whole days in Paris.
    #[must_use]
    pub fn of(days: Days) -> Self {
        Self { opens: start_of(days.first), closes: end_of(days.last) }
    }

    /// Whether the instant is in the window.
    #[must_use]
    pub fn contains(self, instant: Timestamp) -> bool {
        self.opens <= instant && instant < self.closes
    }
}

/// The window of a phase, if the year has that phase.
#[must_use]
pub fn window(rules: &Campaign, phase: Phase) -> Option<Window> {
    rules.phases.get(&phase).copied().map(Window::of)
}

/// The whole campaign: from the first day of its first phase to the last of its last.
#[must_use]
pub fn campaign(rules: &Campaign) -> Option<Window> {
    campaign_days(rules).map(Window::of)
}

/// The days of the whole campaign.
#[must_use]
pub fn campaign_days(rules: &Campaign) -> Option<Days> {
    let first = rules.phases.values().map(|days| days.first).min()?;
    Some(Days { first, last: last_day(rules)? })
}

/// The campaign's last day: of its last phase, or of alternance where that goes on (2023).
fn last_day(rules: &Campaign) -> Option<Date> {
    rules.phases.values().map(|days| days.last).chain(rules.alternance.end).max()
}

/// The current phase: the last one begun; `closed` before the first and after the last.
#[must_use]
pub fn phase(rules: &Campaign, now: Timestamp) -> Phase {
    if last_day(rules).is_none_or(|last| end_of(last) <= now) {
        return Phase::Closed;
    }
    rules
        .phases
        .iter()
        .filter(|(_, days)| start_of(days.first) <= now)
        .max_by_key(|(_, days)| days.first)
        .map_or(Phase::Closed, |(phase, _)| *phase)
}

/// The beginnings of phases up to `now`, in order; `closed` begins when the last phase ends.
#[must_use]
pub fn boundaries(rules: &Campaign, now: Timestamp) -> Vec<(Phase, Timestamp)> {
    let mut begun: Vec<_> = rules.phases.iter().map(|(phase, days)| (*phase, start_of(days.first))).collect();
    if let Some(last) = last_day(rules) {
        begun.push((Phase::Closed, end_of(last)));
    }
    begun.retain(|(_, at)| *at <= now);
    begun.sort_by_key(|(phase, at)| (*at, *phase));
    begun
}

/// R34: an offer is due on the initial deadline, or the day after it was received if that is later; the
/// instant given is the first that is too late.
///
/// ```
/// use jiff::civil::date;
/// use procedure::{calendar, campaign_file};
///
/// let rules = campaign_file::shipped("2024")?;
/// // 23:59 Paris on 7 June, in summer time: midnight is the first instant that is too late.
/// let deadline = calendar::offer_deadline(&rules, date(2024, 6, 4));
/// assert_eq!(deadline.to_string(), "2024-06-07T22:00:00Z");
/// // From 7 June on, an offer is due on the day after it was received.
/// let deadline = calendar::offer_deadline(&rules, date(2024, 6, 7));
/// assert_eq!(calendar::civil(deadline).to_string(), "2024-06-09T00:00:00");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn offer_deadline(rules: &Campaign, received_on: Date) -> Timestamp {
    let of_withdrawals = rules.withdrawals_deadlines.iter().find(|due| due.received.contains(received_on));
    if let Some(due) = of_withdrawals {
        return due.by;
    }
    let next_day = received_on.tomorrow().unwrap_or(received_on);
    end_of(rules.initial_deadline.max(next_day))
}

/// The end of a round's admission, where silence of the establishment is a refusal (R22).
#[must_use]
pub fn admission_end(rules: &Campaign, round: Round) -> Timestamp {
    let phase = match round {
        Round::Main => Phase::Admission,
        Round::Complementary => Phase::ComplementaryAdmission,
    };
    window(rules, phase).map_or(Timestamp::MAX, |window| window.closes)
}

/// The end of the last admission phase, where provisional acceptances become definitive and placements
/// end (R32, R57, R58, R59; C5).
#[must_use]
pub fn last_admission_end(rules: &Campaign) -> Timestamp {
    let round = match rules.provisional_conversion_phase {
        ConversionPhase::Main => Round::Main,
        ConversionPhase::Complementary => Round::Complementary,
    };
    admission_end(rules, round)
}

/// The end of the last day on which offers are made: what still waits then has no favourable answer (R64).
#[must_use]
pub fn last_offers_end(rules: &Campaign) -> Timestamp {
    window(rules, Phase::Withdrawals).map_or_else(|| last_admission_end(rules), |window| window.closes)
}

/// The end of the campaign's last day, when accounts are closed.
#[must_use]
pub fn campaign_end(rules: &Campaign) -> Timestamp {
    campaign(rules).map_or(Timestamp::MAX, |window| window.closes)
}

/// The end of a track's last day: what still waits or searches in it then has no favourable answer (R58, R64).
#[must_use]
pub fn track_end(rules: &Campaign, track: Track) -> Timestamp {
    let of_alternance = rules.alternance.end.filter(|_| track == Track::Alternance).map(end_of);
    of_alternance.unwrap_or(Timestamp::MIN).max(last_offers_end(rules))
}

/// Whether the waitlists of this track go on after the last admission, to the track's own end: in alternance, where one
/// waits for a search (2023, R40).
#[must_use]
pub fn waits_to_track_end(rules: &Campaign, track: Track) -> bool {
    rules.alternance.pre_search_waitlist && track == Track::Alternance
}

/// Whether the year has a complementary round: where the main phase converts what is held, admission ends with it
/// (2023, C5).
fn has_complementary_round(rules: &Campaign) -> bool {
    rules.provisional_conversion_phase == ConversionPhase::Complementary
}

/// The round in which something done now counts, and its window: the complementary one once the window of the main
/// phase is over, if the year has that phase (R17, R51).
#[must_use]
pub fn round(rules: &Campaign, main: Phase, complementary: Phase, now: Timestamp) -> (Round, Option<Window>) {
    let first = window(rules, main);
    match window(rules, complementary).filter(|_| has_complementary_round(rules)) {
        Some(second) if first.is_some_and(|first| first.closes <= now) => {
            (Round::Complementary, Some(second))
        }
        _ => (Round::Main, first),
    }
}

/// The window in which juries of this track rank now, with the round that they rank (R19, R48).
#[must_use]
pub fn examination(rules: &Campaign, track: Track, now: Timestamp) -> (Round, Option<Window>) {
    let (round, window) = round(rules, Phase::Examination, Phase::ComplementaryExamination, now);
    let own = rules.alternance.examination.filter(|_| track == Track::Alternance && round == Round::Main);
    (round, own.map(Window::of).or(window))
}

/// When an offer may be held provisionally: from the opening of results until what is held becomes
/// definitive (R26, R32, R57, R63).
#[must_use]
pub fn holding(rules: &Campaign) -> Option<Window> {
    let opens = window(rules, Phase::Admission)?.opens;
    Some(Window { opens, closes: last_admission_end(rules) })
}

/// Whether a night is made on this date: every day from the first results to the last day of offers. On days on which
/// nobody is called, what was found is published all the same.
#[must_use]
pub fn is_night(rules: &Campaign, date: Date) -> bool {
    first_results(rules).is_some_and(|first| first <= date)
        && end_of(date) <= track_end(rules, Track::Alternance)
}

/// What an offer of the night of this date does (R24, R56, R62).
#[must_use]
pub fn night_mode(rules: &Campaign, date: Date) -> NightMode {
    let within = |phase| rules.phases.get(&phase).is_some_and(|days| days.contains(date));
    if has_complementary_round(rules) && within(Phase::ComplementaryAdmission) {
        NightMode::Complementary
    } else if within(Phase::Withdrawals) {
        NightMode::Withdrawals
    } else {
        NightMode::Main
    }
}

/// Whether formations of this track may give seats in the night of this date: the days of admission but the last, so
/// that every offer still has a day (R33); all those of the complementary admission, whose offers are accepted at once
/// (R56); and all those of the withdrawals (R64). Alternance from its own first day only; where offers come before
/// admission, on every night before it (R47), and where searches take seats, to the track's end (R40).
#[must_use]
pub fn calls_on(rules: &Campaign, track: Track, date: Date) -> bool {
    let main = rules.phases.get(&Phase::Admission);
    let called = match night_mode(rules, date) {
        NightMode::Main => main.is_some_and(|days| days.contains(date) && date < days.last),
        NightMode::Complementary | NightMode::Withdrawals => true,
    };
    match track {
        Track::Student => called,
        Track::Alternance => {
            let more = if rules.alternance.search_uses_seat {
                end_of(date) < track_end(rules, track)
            } else {
                main.is_some_and(|days| date < days.first)
            };
            rules.alternance.offers_from <= date && (called || more)
        }
    }
}

/// The day from which results of this track are published for applications of this round (R23).
#[must_use]
pub fn results_from(rules: &Campaign, track: Track, round: Round) -> Option<Date> {
    let phase = match (track, round) {
        (Track::Student, Round::Main) => Phase::Admission,
        (Track::Alternance, Round::Main) => return Some(rules.alternance.results_from),
        (_, Round::Complementary) if has_complementary_round(rules) => Phase::ComplementaryAdmission,
        (_, Round::Complementary) => return None,
    };
    rules.phases.get(&phase).map(|days| days.first)
}

/// The last round of which results of this track may appear in the night of this date.
#[must_use]
pub fn publishes(rules: &Campaign, track: Track, date: Date) -> Option<Round> {
    let appear = |round: &Round| results_from(rules, track, *round).is_some_and(|first| first <= date);
    [Round::Complementary, Round::Main].into_iter().find(appear)
}

/// The day from which results of any track are published: before it nobody has an offer, and no application ends by
/// itself.
#[must_use]
pub fn first_results(rules: &Campaign) -> Option<Date> {
    let tracks = [Track::Student, Track::Alternance].into_iter();
    tracks.filter_map(|track| results_from(rules, track, Round::Main)).min()
}

/// What a formation of this track does in the night of this date, unless it is stopped.
#[must_use]
pub fn formation_night(rules: &Campaign, track: Track, date: Date) -> FormationNight {
    let admits = match (track, rules.alternance.mode) {
        (Track::Student, _) => Admits::ByOffer,
        (Track::Alternance, AlternanceMode::UploadIsAcceptance) => Admits::BySearch,
        (Track::Alternance, AlternanceMode::ValidatedFifo) => Admits::ByArrival,
        (Track::Alternance, AlternanceMode::ValidatedRank) => Admits::ByContract,
    };
    FormationNight { calls: calls_on(rules, track, date), publishes: publishes(rules, track, date), admits }
}

/// The first instant at which an answer to a placement in contract search of this date is too late, where one is due
/// (R34, R41).
#[must_use]
pub fn search_deadline(rules: &Campaign, received_on: Date) -> Option<Timestamp> {
    rules.alternance.search_reply_required.then(|| offer_deadline(rules, received_on))
}

/// The rule by which one is admitted in alternance (R40, R47, R48).
#[must_use]
pub fn alternance_rule(rules: &Campaign) -> Rule {
    match rules.alternance.mode {
        AlternanceMode::UploadIsAcceptance => Rule(40),
        AlternanceMode::ValidatedFifo => Rule(47),
        AlternanceMode::ValidatedRank => Rule(48),
    }
}

/// When the gate closes for the night of this date.
#[must_use]
pub fn night_start(rules: &Campaign, date: Date) -> Timestamp {
    instant(date.to_datetime(rules.night_start))
}

/// When the night of this date is published (R33).
#[must_use]
pub fn publication(rules: &Campaign, date: Date) -> Timestamp {
    instant(date.to_datetime(rules.publish))
}

/// When a night of this date that is not ready is given up.
#[must_use]
pub fn gate_latest(rules: &Campaign, date: Date) -> Timestamp {
    instant(date.to_datetime(rules.gate_latest))
}

/// R21: reasons may be asked for until the same day of the following month, clamped to its end.
#[must_use]
pub fn reasons_until(rules: &Campaign, notified_on: Date) -> Timestamp {
    notified_on.checked_add(i64::from(rules.reason_request_months).months()).map_or(Timestamp::MAX, end_of)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::campaign_file::shipped;

    fn at(text: &str) -> Timestamp {
        instant(text.parse().unwrap())
    }

    /// R34, checked against what was published for 2024: offers of 4 to 6 June are due on the 7th, later
    /// ones on the next day; 23:59:59.999 is in time, midnight is not (R36).
    #[test]
    fn deadlines_of_2024_are_those_of_the_communique() {
        let rules = shipped("2024").unwrap();
        for (received, due) in [(4, 7), (5, 7), (6, 7), (7, 8), (8, 9), (23, 24)] {
            let deadline = offer_deadline(&rules, date(2024, 6, received));
            assert_eq!(deadline, at(&format!("2024-06-{:02}T00:00", due + 1)), "received on {received} June");
            let last = deadline.checked_sub(1.millisecond()).unwrap();
            assert_eq!(civil(last).to_string(), format!("2024-06-{due:02}T23:59:59.999"));
        }
    }

    /// R36: the same "23:59" is another UTC instant in winter and in summer.
    #[test]
    fn the_end_of_a_day_follows_summer_time() {
        for (day, utc) in [
            (date(2024, 3, 24), "2024-03-24T23:00:00Z"),
            (date(2024, 3, 30), "2024-03-30T23:00:00Z"),
            (date(2024, 3, 31), "2024-03-31T22:00:00Z"),
            (date(2024, 6, 7), "2024-06-07T22:00:00Z"),
            (date(2024, 10, 27), "2024-10-27T23:00:00Z"),
        ] {
            assert_eq!(end_of(day).to_string(), utc, "{day}");
        }
    }

    /// The current phase is the last one begun, also in the days between two; nothing before the first
    /// and after the last.
    #[test]
    fn the_phase_is_the_last_one_begun() {
        let rules = shipped("2024").unwrap();
        for (time, expected) in [
            ("2024-01-28T23:59:59", Phase::Closed),
            ("2024-01-29T00:00", Phase::Catalogue),
            ("2024-03-24T23:59:59", Phase::Application),
            ("2024-03-28T12:00", Phase::Application),
            ("2024-04-02T00:00", Phase::Examination),
            ("2024-06-03T23:59", Phase::Examination),
            ("2024-06-04T00:00", Phase::Admission),
            ("2024-06-25T00:00", Phase::ComplementaryApplication),
            ("2024-09-15T23:59:59", Phase::Withdrawals),
            ("2024-09-16T00:00", Phase::Closed),
        ] {
            assert_eq!(phase(&rules, at(time)), expected, "{time}");
        }
    }

    /// R33, R56, R64: the last offers of the main phase are those of 23 June, so that each still has a day; between the
    /// phases nobody is called; in the complementary phase and the withdrawals the last day calls too.
    #[test]
    fn student_formations_call_on_the_days_of_three_phases() {
        use NightMode::{Complementary, Main, Withdrawals};
        let rules = shipped("2024").unwrap();
        for (month, day, calls, mode) in [
            (6, 3, false, Main),
            (6, 4, true, Main),
            (6, 23, true, Main),
            (6, 24, false, Main),
            (7, 14, false, Main),
            (7, 15, true, Complementary),
            (7, 31, true, Complementary),
            (8, 1, true, Withdrawals),
            (9, 15, true, Withdrawals),
            (9, 16, false, Main),
        ] {
            let date = date(2024, month, day);
            assert_eq!(calls_on(&rules, Track::Student, date), calls, "{date}");
            assert_eq!(night_mode(&rules, date), mode, "{date}");
            assert!(is_night(&rules, date) || !calls, "{date}");
        }
        assert!(!is_night(&rules, date(2024, 9, 16)), "the campaign is over");
    }

    /// R21: the month ends on the same day of the next month, or on that month's last day.
    #[test]
    fn the_month_for_reasons_is_clamped() {
        let rules = shipped("2024").unwrap();
        assert_eq!(reasons_until(&rules, date(2024, 6, 4)), at("2024-07-05T00:00"));
        assert_eq!(reasons_until(&rules, date(2024, 1, 31)), at("2024-03-01T00:00"));
    }
}
