//! What a run leaves: the answer to whoever invoked it, and figures. Only figures are logged: an answer to a command
//! may hold what a candidate said of himself.

use jiff::{SignedDuration, Timestamp};
use jobs::contract_check::ContractCheckRun;
use jobs::deadline_expiry::DeadlineExpiryReport;
use jobs::deadline_reminder::DeadlineReminderReport;
use jobs::intake::IntakeRun;
use jobs::mail_dispatch::MailDispatchReport;
use jobs::mail_feedback::MailFeedbackReport;
use jobs::night::NightReport;
use jobs::night_report::NightReportRun;
use jobs::phase_transition::PhaseTransitionReport;
use platform::meter::Figure;
use procedure::calendar;
use schemas::night::NightStatus;
use schemas::{Campaign, Outcome};
use serde::{Serialize, Serializer};

use crate::event::BatchAnswer;

/// How long before its publication a night should be applied: an operator's time to look at it. At 07:30, if it is
/// published at 09:00.
const APPLIED_BEFORE_PUBLICATION: SignedDuration = SignedDuration::from_mins(90);

/// How long after its hour a publication is late.
const PUBLISHED_WITHIN: SignedDuration = SignedDuration::from_mins(5);

/// What a run leaves.
pub trait Report: Serialize {
    /// Its figures, as the dictionary lists them.
    fn figures(&self, now: Timestamp, rules: &Campaign) -> Vec<Figure>;
}

impl Report for Outcome {
    fn figures(&self, _: Timestamp, _: &Campaign) -> Vec<Figure> {
        let accepted = u64::from(matches!(self, Self::Accepted { .. }));
        vec![Figure::count("CommandsAccepted", accepted), Figure::count("CommandsRefused", 1 - accepted)]
    }
}

impl Report for DeadlineExpiryReport {
    fn figures(&self, _: Timestamp, _: &Campaign) -> Vec<Figure> {
        vec![
            Figure::count("CandidatesSettled", self.candidates),
            Figure::count("OffersLapsed", self.settled.lapsed),
            Figure::count("AcceptancesConverted", self.settled.converted),
            Figure::seconds("OldestDueSeconds", self.oldest_due_s),
        ]
    }
}

impl Report for DeadlineReminderReport {
    fn figures(&self, _: Timestamp, _: &Campaign) -> Vec<Figure> {
        vec![Figure::count("CandidatesReminded", self.reminded)]
    }
}

impl Report for PhaseTransitionReport {
    fn figures(&self, _: Timestamp, _: &Campaign) -> Vec<Figure> {
        let mut figures = vec![
            Figure::count("PhasesBegun", self.begun.len() as u64),
            Figure::count("FormationsHanded", self.formations_handed),
            Figure::count("EstablishmentsHanded", self.establishments_handed),
            Figure::count("CandidatesExtended", self.extended),
            Figure::count("CandidatesRescheduled", self.rescheduled),
        ];
        figures
            .extend(self.formations_unranked.map(|unranked| Figure::count("FormationsUnranked", unranked)));
        figures
    }
}

impl Report for NightReport {
    fn figures(&self, now: Timestamp, rules: &Campaign) -> Vec<Figure> {
        let Some(date) = self.date else { return Vec::new() };
        let publication = calendar::publication(rules, date);
        let applied = matches!(self.status, Some(NightStatus::Applied | NightStatus::Published));
        let published = self.status == Some(NightStatus::Published);
        let since_publication = now.duration_since(publication);
        let not_applied = !applied && since_publication >= -APPLIED_BEFORE_PUBLICATION;
        let not_published = !published && since_publication >= PUBLISHED_WITHIN;
        vec![
            Figure::count("NightOffers", self.counts.offers),
            Figure::count("FormationsWithheld", self.withheld.len() as u64),
            Figure::count("NightNotApplied", u64::from(not_applied)),
            Figure::count("NightNotPublished", u64::from(not_published)),
            Figure::count("NightVoided", u64::from(self.voided.is_some())),
        ]
    }
}

impl Report for NightReportRun {
    fn figures(&self, _: Timestamp, _: &Campaign) -> Vec<Figure> {
        vec![
            Figure::count("EstablishmentsReported", self.establishments),
            Figure::count("ContractsWaiting", self.contracts),
        ]
    }
}

impl Report for ContractCheckRun {
    fn figures(&self, _: Timestamp, _: &Campaign) -> Vec<Figure> {
        vec![
            Figure::count("ContractsConform", self.conform),
            Figure::count("ContractsToReview", self.to_review),
            Figure::count("ContractsRefused", self.refused),
            Figure::count("UploadsPostponed", self.postponed),
            Figure::count("UploadsGone", self.gone),
        ]
    }
}

impl Report for IntakeRun {
    fn figures(&self, _: Timestamp, _: &Campaign) -> Vec<Figure> {
        vec![
            Figure::count("FilesAccepted", self.accepted),
            Figure::count("FilesRefused", self.refused),
            Figure::count("RowsDone", self.rows_done),
            Figure::count("RowsRefused", self.rows_refused),
            Figure::count("RowsForeign", self.rows_foreign),
            Figure::count("UploadsPostponed", self.postponed),
            Figure::count("UploadsGone", self.gone),
        ]
    }
}

impl Report for MailDispatchReport {
    fn figures(&self, _: Timestamp, _: &Campaign) -> Vec<Figure> {
        vec![
            Figure::count("MailsSent", self.sent),
            Figure::count("MailsCancelled", self.cancelled),
            Figure::count("MailsSuppressed", self.suppressed),
            Figure::count("MailsWaiting", self.waiting),
            Figure::count("MailsFailed", self.failed),
            Figure::count("MailsDoubtful", self.doubtful),
            Figure::count("MailsThrottled", self.throttled),
            Figure::count("MailQuotaReached", u64::from(self.quota_reached)),
            Figure::count("MailAccountRefused", u64::from(self.account_refused)),
            Figure::count("MailProviderSilent", u64::from(self.provider_silent)),
        ]
    }
}

impl Report for MailFeedbackReport {
    fn figures(&self, _: Timestamp, _: &Campaign) -> Vec<Figure> {
        vec![
            Figure::count("AddressesSuppressed", self.suppressed),
            Figure::count("CandidatesUnreachable", self.unreachable),
        ]
    }
}

/// The report of a function that is woken by ticks and by batches, whose content it does not read.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Woken<R> {
    /// Answered with the report.
    Tick(R),
    /// Answered as a batch of which nothing is to come again.
    #[serde(serialize_with = "nothing_again")]
    Batch(R),
}

fn nothing_again<R, S: Serializer>(_: &R, serializer: S) -> Result<S::Ok, S::Error> {
    BatchAnswer::default().serialize(serializer)
}

impl<R: Report> Report for Woken<R> {
    fn figures(&self, now: Timestamp, rules: &Campaign) -> Vec<Figure> {
        let (Self::Tick(report) | Self::Batch(report)) = self;
        report.figures(now, rules)
    }
}

#[cfg(test)]
mod tests {
    use procedure::campaign_file::shipped;

    use super::*;

    /// A night is late, to whoever watches, from 07:30 on if it is not applied and from 09:05 on if it is not
    /// published; one that is not due today has no figures.
    #[test]
    fn a_late_night_shows() {
        use NightStatus::{Applied, Held, Planned, Published};
        let rules = shipped("2024").unwrap();
        let cases = [
            ("05:29:59Z", Some(Planned), (0.0, 0.0)),
            ("05:30:00Z", Some(Planned), (1.0, 0.0)),
            ("05:30:00Z", Some(Held), (1.0, 0.0)),
            ("05:30:00Z", None, (1.0, 0.0)),
            ("06:00:00Z", Some(Applied), (0.0, 0.0)),
            ("07:04:59Z", Some(Applied), (0.0, 0.0)),
            ("07:05:00Z", Some(Applied), (0.0, 1.0)),
            ("07:05:00Z", Some(Planned), (1.0, 1.0)),
            ("07:10:00Z", Some(Published), (0.0, 0.0)),
        ];
        for (time, status, expected) in cases {
            let date = "2024-06-05".parse().unwrap();
            let report = NightReport { date: Some(date), status, ..NightReport::default() };
            let figures = report.figures(format!("2024-06-05T{time}").parse().unwrap(), &rules);
            let value = |name| figures.iter().find(|figure| figure.name == name).map(|figure| figure.value);
            let found = (value("NightNotApplied"), value("NightNotPublished"));
            assert_eq!(found, (Some(expected.0), Some(expected.1)), "{status:?} at {time}");
        }
        assert_eq!(NightReport::default().figures(Timestamp::UNIX_EPOCH, &rules), []);
    }
}
