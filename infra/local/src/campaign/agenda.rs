//! What comes next: acts of people, and ticks of jobs.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use procedure::calendar;
use schemas::{Campaign, CandidateId, FormationId, Round};

/// The jobs, in the order in which they run at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Job {
    DeadlineExpiry,
    PhaseTransition,
    WaitlistAdvance,
    DeadlineReminder,
    MailDispatch,
}

impl Job {
    /// Those that wake for what is due at midnight, at the gate's closing or after publication.
    const OF_THE_NIGHT: [Self; 4] =
        [Self::DeadlineExpiry, Self::PhaseTransition, Self::WaitlistAdvance, Self::MailDispatch];

    /// The job's name in the campaign file.
    fn name(self) -> &'static str {
        match self {
            Self::DeadlineExpiry => "deadline-expiry",
            Self::PhaseTransition => "phase-transition",
            Self::WaitlistAdvance => "waitlist-advance",
            Self::DeadlineReminder => "deadline-reminder",
            Self::MailDispatch => "mail-dispatch",
        }
    }
}

/// The ticks of a Paris day at which a job may have something to do: the first of each job after midnight,
/// after the gate's closing and after publication, and the first of `mail-dispatch` after each of those;
/// `deadline-expiry` after midnight only, when deadlines are over; and the evening's reminder. The ticks in between would find nothing due.
pub(super) fn ticks(rules: &Campaign, day: Date) -> BTreeSet<(Timestamp, Job)> {
    let mut ticks = BTreeSet::new();
    let midnight = calendar::start_of(day);
    for due in [midnight, calendar::night_start(rules, day), calendar::publication(rules, day)] {
        for job in Job::OF_THE_NIGHT.into_iter().filter(|job| *job != Job::DeadlineExpiry || due == midnight)
        {
            let Some(at) = jobs::schedule::next_tick(rules, job.name(), due) else { continue };
            ticks.insert((at, job));
            if let Some(at) = jobs::schedule::next_tick(rules, Job::MailDispatch.name(), at) {
                ticks.insert((at, Job::MailDispatch));
            }
        }
    }
    let dispatched = |at| jobs::schedule::next_tick(rules, Job::MailDispatch.name(), at);
    if let Some(at) = jobs::schedule::next_tick(rules, Job::DeadlineReminder.name(), midnight) {
        ticks.insert((at, Job::DeadlineReminder));
        ticks.extend(dispatched(at).map(|at| (at, Job::MailDispatch)));
    }
    ticks.retain(|(at, _)| calendar::day(*at) == day);
    ticks
}

/// Who acts: a candidate or a formation, by its place in the cohort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Who {
    Formation(usize),
    Candidate(usize),
}

/// What somebody does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Act {
    /// Says how the establishment is written to.
    SetEstablishment,
    OpenFormation,
    PublishRanking(Round),
    Register,
    Activate,
    /// The n-th wish.
    Apply(usize),
    Withdraw(FormationId),
    /// Answers the offers of which the newest came on this date.
    Answer(Date),
    /// Answers a placement in contract search (R41).
    AnswerSearch(FormationId),
    /// Uploads a contract (R46, R47).
    Upload(FormationId),
    /// Decides on the contract of a candidate (R47).
    DecideContract(CandidateId),
    /// The n-th wish of the complementary phase.
    ApplyAgain(usize),
    /// Orders what he has by preference (R53, R60).
    Order,
    /// Is enrolled by the establishment where he accepted for good, or his seat is signalled (R65, R67). The n-th time
    /// that this is looked at.
    Enrol(usize),
}

/// Acts that are still to come, by time; at one time by who acts.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    acts: BTreeMap<(Timestamp, Who), Vec<Act>>,
}

impl Agenda {
    pub(super) fn put(&mut self, at: Timestamp, who: Who, act: Act) {
        self.acts.entry((at, who)).or_default().push(act);
    }

    /// When the next act is due.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.acts.keys().next().map(|(at, _)| *at)
    }

    /// Takes what is due before an instant, by who acts, each in the order of time.
    pub(super) fn take_before(&mut self, end: Timestamp) -> BTreeMap<Who, Vec<(Timestamp, Act)>> {
        let later = self.acts.split_off(&(end, Who::Formation(0)));
        let mut due: BTreeMap<Who, Vec<(Timestamp, Act)>> = BTreeMap::new();
        for ((at, who), acts) in std::mem::replace(&mut self.acts, later) {
            due.entry(who).or_default().extend(acts.into_iter().map(|act| (at, act)));
        }
        // What several people brought about comes in no order.
        due.values_mut().for_each(|acts| acts.sort());
        due
    }
}

/// Days in order, both included.
pub(super) fn days(first: Date, last: Date) -> impl Iterator<Item = Date> {
    first.series(1.day()).take_while(move |day| *day <= last)
}
