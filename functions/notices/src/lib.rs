//! What a person reads: every notice as subject, text and HTML, and as the bytes of an e-mail.
//!
//! The crate is pure: the instants, the links and the ids are arguments, so the same arguments always
//! give the same bytes. One module and one folder of templates per notice:
//!
//! - `src/<notice>.rs` holds the facts that the notice needs, and turns instants into words;
//! - `templates/<notice>/<language>/` holds `subject.txt.j2`, `body.txt.j2` and `body.html.j2`;
//! - `templates/base.txt.j2` and `base.html.j2` hold what all mails share: the greeting, the link, the
//!   sentence that the space alone counts (R10), the signature (R12).
//!
//! To add a notice: its module, its folder, one line in `templates.rs`, one variant of [`Message`] and a
//! sample in `sample.rs`, which the tests then take up by themselves.
//!
//! ```
//! use notices::{AccountExists, Message, Reader};
//! use schemas::Language;
//!
//! let message = Message::AccountExists(AccountExists { sign_in: "https://example.org/connexion".into() });
//! let mail = message.render(&Reader { language: Language::Fr, name: None })?;
//! assert_eq!(mail.subject, "Vous avez déjà un compte Mon Master");
//! assert!(mail.text.starts_with("Bonjour,"));
//! assert!(mail.html.contains("https://example.org/connexion"));
//! # Ok::<(), notices::RenderError>(())
//! ```

mod account_activation;
mod account_exists;
mod answer_recorded;
mod became_definitive;
mod certificate;
mod clean;
mod contracts;
mod email_change;
mod enrolment_recorded;
mod exception_decided;
mod fraud;
mod mail;
mod mime;
mod new_offers;
mod night_ready;
mod not_admitted;
mod offer_reminder;
mod offers_expired;
mod preferences_needed;
mod refusal_reason;
mod results_available;
mod sample;
mod templates;
mod waitlist_archived;
mod words;

use schemas::NoticeKind;

pub use account_activation::AccountActivation;
pub use account_exists::AccountExists;
pub use answer_recorded::{Answer, AnswerRecorded};
pub use became_definitive::BecameDefinitive;
pub use certificate::{Certificate, Certified};
pub use clean::{NAME_LENGTH_MAX, TITLE_LENGTH_MAX};
pub use contracts::{ContractReceived, ContractRejected, ContractValidated};
pub use email_change::EmailChange;
pub use enrolment_recorded::{EnrolmentRecorded, Recorded};
pub use exception_decided::ExceptionDecided;
pub use fraud::{FraudDecision, FraudDecisionCopy, FraudNotice};
pub use mail::{Mail, Reader, RenderError};
pub use mime::{ADDRESS_LENGTH_MAX, Envelope, MESSAGE_ID_LENGTH_MAX, MimeError, mime};
pub use new_offers::NewOffers;
pub use night_ready::NightReady;
pub use not_admitted::NotAdmitted;
pub use offer_reminder::OfferReminder;
pub use offers_expired::OffersExpired;
pub use preferences_needed::PreferencesNeeded;
pub use refusal_reason::RefusalReasonGiven;
pub use results_available::ResultsAvailable;
pub use sample::samples;
pub use waitlist_archived::WaitlistArchived;

/// A notice with the facts that it states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// The link that activates a new account (R9).
    AccountActivation(AccountActivation),
    /// Somebody asked for a second account at this address (R11).
    AccountExists(AccountExists),
    /// Results are published for the first time (R23, R40).
    ResultsAvailable(ResultsAvailable),
    /// New offers this morning (R24, R33).
    NewOffers(NewOffers),
    /// An answer, a withdrawal or a resignation was recorded (R26).
    AnswerRecorded(AnswerRecorded),
    /// Offers were lost for want of an answer (R29, R30).
    OffersExpired(OffersExpired),
    /// What waits must be ordered by preference (R53).
    PreferencesNeeded(PreferencesNeeded),
    /// A provisional acceptance became definitive (R32, R57).
    BecameDefinitive(BecameDefinitive),
    /// No favourable answer at the end of the phase (R58).
    NotAdmitted(NotAdmitted),
    /// Waitlist placements are kept for the withdrawals phase (R59).
    WaitlistArchived(WaitlistArchived),
    /// A contract came (R46–R49).
    ContractReceived(ContractReceived),
    /// A contract was validated (R47, R48).
    ContractValidated(ContractValidated),
    /// A contract was rejected (R47).
    ContractRejected(ContractRejected),
    /// An enrolment was confirmed, or a seat signalled as vacant, or that taken back (R65, R67, R68).
    EnrolmentRecorded(EnrolmentRecorded),
    /// The reasons of a refusal are there (R21).
    RefusalReason(RefusalReasonGiven),
    /// Exceptional circumstances were decided on (R38).
    ExceptionDecided(ExceptionDecided),
    /// Facts were reported to the rector (R73).
    FraudNotice(FraudNotice),
    /// The rector decided (R74).
    FraudDecision(FraudDecision),
    /// Its copy for an establishment (R74).
    FraudDecisionCopy(FraudDecisionCopy),
    /// An answer is due (R35).
    OfferReminder(OfferReminder),
    /// The link that confirms a new address (R11).
    EmailChange(EmailChange),
    /// A certificate that was asked for, with its code (R69, R70).
    Certificate(Certificate),
    /// To an operator: a night is applied and waits for its publication, or is held (R33).
    NightReady(NightReady),
}

impl Message {
    /// Which notice it is.
    #[must_use]
    pub fn kind(&self) -> NoticeKind {
        match self {
            Self::AccountActivation(_) => NoticeKind::AccountActivation,
            Self::AccountExists(_) => NoticeKind::AccountExists,
            Self::ResultsAvailable(_) => NoticeKind::ResultsAvailable,
            Self::NewOffers(_) => NoticeKind::NewOffers,
            Self::AnswerRecorded(_) => NoticeKind::AnswerRecorded,
            Self::OffersExpired(_) => NoticeKind::OffersExpired,
            Self::PreferencesNeeded(_) => NoticeKind::PreferencesNeeded,
            Self::BecameDefinitive(_) => NoticeKind::BecameDefinitive,
            Self::NotAdmitted(_) => NoticeKind::NotAdmitted,
            Self::WaitlistArchived(_) => NoticeKind::WaitlistArchived,
            Self::ContractReceived(_) => NoticeKind::ContractReceived,
            Self::ContractValidated(_) => NoticeKind::ContractValidated,
            Self::ContractRejected(_) => NoticeKind::ContractRejected,
            Self::EnrolmentRecorded(_) => NoticeKind::EnrolmentRecorded,
            Self::RefusalReason(_) => NoticeKind::RefusalReason,
            Self::ExceptionDecided(_) => NoticeKind::ExceptionDecided,
            Self::FraudNotice(_) => NoticeKind::FraudNotice,
            Self::FraudDecision(_) | Self::FraudDecisionCopy(_) => NoticeKind::FraudDecision,
            Self::OfferReminder(_) => NoticeKind::OfferReminder,
            Self::EmailChange(_) => NoticeKind::EmailChange,
            Self::Certificate(_) => NoticeKind::Certificate,
            Self::NightReady(_) => NoticeKind::NightReady,
        }
    }

    /// The mail that this reader gets.
    ///
    /// # Errors
    ///
    /// [`RenderError::NothingToSay`] where the facts announce nothing (no offer, no title),
    /// [`RenderError::Link`] where the link is not an `http` or `https` address, and
    /// [`RenderError::Template`] where a template is at fault. None of them holds personal data.
    pub fn render(&self, reader: &Reader<'_>) -> Result<Mail, RenderError> {
        let kind = self.kind();
        match self {
            Self::AccountActivation(notice) => mail::render(kind, notice, reader),
            Self::AccountExists(notice) => mail::render(kind, notice, reader),
            Self::ResultsAvailable(notice) => mail::render(kind, notice, reader),
            Self::NewOffers(notice) => mail::render(kind, notice, reader),
            Self::AnswerRecorded(notice) => mail::render(kind, notice, reader),
            Self::OffersExpired(notice) => mail::render(kind, notice, reader),
            Self::PreferencesNeeded(notice) => mail::render(kind, notice, reader),
            Self::BecameDefinitive(notice) => mail::render(kind, notice, reader),
            Self::NotAdmitted(notice) => mail::render(kind, notice, reader),
            Self::WaitlistArchived(notice) => mail::render(kind, notice, reader),
            Self::ContractReceived(notice) => mail::render(kind, notice, reader),
            Self::ContractValidated(notice) => mail::render(kind, notice, reader),
            Self::ContractRejected(notice) => mail::render(kind, notice, reader),
            Self::EnrolmentRecorded(notice) => mail::render(kind, notice, reader),
            Self::RefusalReason(notice) => mail::render(kind, notice, reader),
            Self::ExceptionDecided(notice) => mail::render(kind, notice, reader),
            Self::FraudNotice(notice) => mail::render(kind, notice, reader),
            Self::FraudDecision(notice) => mail::render(kind, notice, reader),
            Self::FraudDecisionCopy(notice) => mail::render(kind, notice, reader),
            Self::OfferReminder(notice) => mail::render(kind, notice, reader),
            Self::EmailChange(notice) => mail::render(kind, notice, reader),
            Self::Certificate(notice) => mail::render(kind, notice, reader),
            Self::NightReady(notice) => mail::render(kind, notice, reader),
        }
    }
}
