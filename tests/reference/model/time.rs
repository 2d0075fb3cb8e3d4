//! Days and instants, in Europe/Paris (R36), from the fields of the campaign.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use schemas::Track;
use schemas::campaign::{AlternanceMode, Campaign, ConversionPhase, Days, Phase, Round};

fn paris() -> TimeZone {
    static PARIS: TimeZone = jiff::tz::get!("Europe/Paris");
    PARIS.clone()
}

/// 00:00 of a day.
pub(super) fn start(day: Date) -> Timestamp {
    at(day, Time::midnight())
}

/// The first instant after 23:59:59.999… of a day (R36).
pub(super) fn end(day: Date) -> Timestamp {
    start(day.tomorrow().unwrap())
}

/// A time of a day.
pub(super) fn at(day: Date, time: Time) -> Timestamp {
    day.to_datetime(time).to_zoned(paris()).unwrap().timestamp()
}

/// The first instant after a minute that is the last one in time (R36).
pub(super) fn minute_after(last: DateTime) -> Timestamp {
    at(last.date(), last.time()) + 1.minute()
}

/// The day of an instant.
pub(super) fn day(instant: Timestamp) -> Date {
    instant.to_zoned(paris()).date()
}

/// Whether an instant lies in whole days.
pub(super) fn within(days: Option<Days>, now: Timestamp) -> bool {
    days.is_some_and(|days| start(days.first) <= now && now < end(days.last))
}

/// The days of a phase, if the year has it.
pub(super) fn phase(rules: &Campaign, phase: Phase) -> Option<Days> {
    rules.phases.get(&phase).copied()
}

fn end_of(rules: &Campaign, which: Phase) -> Timestamp {
    phase(rules, which).map_or(Timestamp::MAX, |days| end(days.last))
}

/// Whether the year has a complementary phase (from 2024).
pub(super) fn has_complementary(rules: &Campaign) -> bool {
    phase(rules, Phase::ComplementaryAdmission).is_some()
}

/// R22: when the admission phase of a round ends.
pub(super) fn admission_end(rules: &Campaign, round: Round) -> Timestamp {
    match round {
        Round::Main => end_of(rules, Phase::Admission),
        Round::Complementary => end_of(rules, Phase::ComplementaryAdmission),
    }
}

/// R58, R59: the end of the last admission phase, the main one in 2023, the complementary one from 2024.
pub(super) fn last_admission_end(rules: &Campaign) -> Timestamp {
    let round = if has_complementary(rules) { Round::Complementary } else { Round::Main };
    admission_end(rules, round)
}

/// R32, R57: when what is held becomes definitive.
pub(super) fn conversion(rules: &Campaign) -> Timestamp {
    match rules.provisional_conversion_phase {
        ConversionPhase::Main => admission_end(rules, Round::Main),
        ConversionPhase::Complementary => admission_end(rules, Round::Complementary),
    }
}

/// R54: when what is not ordered is lost. The window of 2023 decides nothing but who is called (R60).
pub(super) fn ordering_decides(rules: &Campaign) -> Option<Timestamp> {
    let days = rules.preference_ordering?;
    has_complementary(rules).then(|| end(days.last))
}

/// R64: after the last day of offers of the student track.
pub(super) fn offers_end(rules: &Campaign) -> Timestamp {
    end_of(rules, Phase::Withdrawals)
}

/// The end of a track: alternance of 2023 goes on to a day of its own.
pub(super) fn track_end(rules: &Campaign, track: Track) -> Timestamp {
    match (track, rules.alternance.end) {
        (Track::Alternance, Some(last)) => end(last),
        _ => offers_end(rules),
    }
}

/// When accounts are closed: after the campaign's last day.
pub(super) fn campaign_end(rules: &Campaign) -> Timestamp {
    offers_end(rules).max(track_end(rules, Track::Alternance))
}

/// R34, R63: until when an offer or a search received on this day is answered.
pub(super) fn deadline(rules: &Campaign, received: Date) -> Timestamp {
    for line in &rules.withdrawals_deadlines {
        if line.received.first <= received && received <= line.received.last {
            return line.by;
        }
    }
    end(rules.initial_deadline.max(received.tomorrow().unwrap()))
}

/// The first day on which results of a track and round appear (R23, R40, R47, R48).
pub(super) fn results_from(rules: &Campaign, track: Track, round: Round) -> Option<Date> {
    match (round, track) {
        (Round::Main, Track::Student) => phase(rules, Phase::Admission).map(|days| days.first),
        (Round::Main, Track::Alternance) => Some(rules.alternance.results_from),
        (Round::Complementary, _) => phase(rules, Phase::ComplementaryAdmission).map(|days| days.first),
    }
}

/// Design, section 6: a night is made every day from the first opening to the last day of the withdrawals, or of
/// alternance where it goes on.
pub(crate) fn is_night(rules: &Campaign, date: Date) -> bool {
    let first = [Track::Student, Track::Alternance]
        .into_iter()
        .filter_map(|track| results_from(rules, track, Round::Main))
        .min();
    first.is_some_and(|first| first <= date) && start(date) < campaign_end(rules)
}

/// Design, section 6: the days on which a formation of this track gives seats.
pub(super) fn calls(rules: &Campaign, track: Track, date: Date) -> bool {
    let on = |which: Phase| phase(rules, which).is_some_and(|days| days.contains(date));
    // The last day of the main phase calls nobody: each offer of it still has a day (R33).
    let main = on(Phase::Admission) && phase(rules, Phase::Admission).is_none_or(|days| date < days.last);
    let student = main || on(Phase::ComplementaryAdmission) || on(Phase::Withdrawals);
    if track == Track::Student {
        return student;
    }
    let before_admission = phase(rules, Phase::Admission).is_some_and(|days| date < days.first);
    rules.alternance.offers_from <= date
        && match rules.alternance.mode {
            // R40: a search is given whenever a place is free, to the end of alternance; on its last day nobody would
            // have a day for it.
            AlternanceMode::UploadIsAcceptance => student || end(date) < track_end(rules, track),
            AlternanceMode::ValidatedFifo => student || before_admission,
            AlternanceMode::ValidatedRank => student,
        }
}

/// The month in which reasons may be asked for, clamped to the month's end (R21).
pub(super) fn reasons_until(rules: &Campaign, notified: Date) -> Timestamp {
    end(notified.checked_add(i64::from(rules.reason_request_months).months()).unwrap())
}

/// R73: five working days, Monday to Saturday less the public holidays; the end of the fifth. The holidays are those of
/// the weeks that histories are about.
pub(super) fn five_working_days(told: Date) -> Timestamp {
    let holiday = |day: Date| {
        (day.month() == 7 && day.day() == 14)
            || [(2023, 5, 29), (2024, 5, 20), (2025, 6, 9)].contains(&(day.year(), day.month(), day.day()))
    };
    let mut day = told;
    let mut left = 5;
    while left > 0 {
        day = day.tomorrow().unwrap();
        if day.weekday() != jiff::civil::Weekday::Sunday && !holiday(day) {
            left -= 1;
        }
    }
    end(day)
}
