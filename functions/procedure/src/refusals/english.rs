//! The sentences in English.

use schemas::candidate::CertificateKind;
use schemas::{AccountState, Refusal};

use super::{bounds, last_minute, list, minute, next_minute};

pub(super) fn sentence(refusal: &Refusal) -> String {
    plain(refusal).map_or_else(|| told(refusal), str::to_owned)
}

/// Those that say the same every time.
fn plain(refusal: &Refusal) -> Option<&'static str> {
    Some(match refusal {
        Refusal::AlreadyActive {} => "The account is already active; sign in.",
        Refusal::AlreadyRegistered {} => {
            "Your account exists and waits for its activation; follow the link in the activation mail, or ask for a new one."
        }
        Refusal::InvalidToken {} => "This activation link is not, or no longer, valid; ask for a new one.",
        Refusal::NotEligible {} => "The platform is not for you: all four answers must be \"yes\".",
        Refusal::AddressTaken {} => "This address already has an account.",
        Refusal::InvalidAddress {} => "This is not a valid mail address; correct it.",
        Refusal::OfferExpired {} => "The time to answer this offer is over.",
        Refusal::NoSuchOffer {} => "No offer of this formation waits for your answer.",
        Refusal::NoSuchApplication {} => "You have no live application to this formation.",
        Refusal::NoSuchFormation {} => "There is no such formation on the platform.",
        Refusal::FormationExists {} => "This formation exists already.",
        Refusal::RefusedBefore {} => {
            "This formation refused your application in the main phase; you cannot apply to it again."
        }
        Refusal::AlreadyApplied {} => "You have applied to this formation already.",
        Refusal::NotRefused {} => "This formation did not refuse you.",
        Refusal::NotTheOwner {} => "You may not act for this candidate or formation.",
        Refusal::NoSuchContract {} => {
            "There is no contract here to decide on, and no search to upload one for."
        }
        Refusal::ContractKindNotTaken {} => {
            "This year does not take this kind of document in a contract's place."
        }
        Refusal::NoSuchNight {} => {
            "There is no night of today to which this can be done: none is planned yet, it is published, or nobody kept it back."
        }
        Refusal::ReasonNotRequested {} => "Nobody asked for the reasons of this refusal.",
        Refusal::FraudCaseOpen {} => "A case is open already for this candidate.",
        Refusal::NoFraudCase {} => "No case is open for this candidate.",
        Refusal::TooEarly { until: None } => {
            "A sanction cannot be decided before the candidate was told of the facts."
        }
        Refusal::CommandIdReused {} => {
            "This command id was used before with another content; take a new one."
        }
        Refusal::NotAccepted {} => "This candidate has not definitively accepted a seat in this formation.",
        Refusal::CertificateNotDue { kind: CertificateKind::NonEnrolment } => {
            "You have definitively accepted an offer of admission; a certificate of non-enrolment cannot be issued."
        }
        Refusal::CertificateNotDue { kind: CertificateKind::Refusal } => {
            "This certificate is issued only for an application that was refused or had no favourable answer."
        }
        Refusal::CertificateNotDue { kind: CertificateKind::Admission } => {
            "This certificate is issued only after a definitive acceptance."
        }
        Refusal::AlreadySignalled {} => "This candidate's seat is signalled as vacant already.",
        Refusal::NoSuchSignal {} => "No vacant seat is signalled for this candidate in this formation.",
        Refusal::NoSuchNotice {} => "This candidate has no message of that name.",
        Refusal::AlreadyEnrolled {} => "This candidate's enrolment is confirmed already.",
        _ => return None,
    })
}

/// Those that state what was found.
fn told(refusal: &Refusal) -> String {
    match refusal {
        Refusal::AccountNotActive { account } => match account {
            None => "There is no account; open one to apply.".into(),
            Some(AccountState::Registered) => {
                "The account is not activated; follow the link in the activation mail, or ask for a new one."
                    .into()
            }
            Some(_) => "The account is no longer active.".into(),
        },
        Refusal::TooSoon { again_at } => format!(
            "An activation link was just sent to you; look in your spam folder too, or ask for a new one from {} (Paris time).",
            next_minute(*again_at)
        ),
        Refusal::OutsideWindow { opens, closes } => match (opens, closes) {
            (Some(opens), Some(closes)) => format!(
                "This is possible only from {} to {} (Paris time).",
                minute(*opens),
                last_minute(*closes)
            ),
            _ => "The calendar of this campaign does not provide for this.".into(),
        },
        Refusal::QuotaExceeded { limit } => format!(
            "You already have {limit} applications (mentions by establishment), the most allowed; withdraw one to add another."
        ),
        Refusal::InvalidPreferences { unknown } => format!(
            "Your order of preference names what you cannot order, or names it twice: {}; order your placements and new applications, without the offer that you hold.",
            list(unknown, "none")
        ),
        Refusal::PlacementUndecided { missing, unknown } => format!(
            "Say of each waitlist placement whether you keep it (undecided: {}; unknown or repeated: {}).",
            list(missing, "none"),
            list(unknown, "none")
        ),
        Refusal::AlreadyDefinitive { formation } => {
            format!("You accepted the offer {formation} definitively; nothing more can be answered.")
        }
        Refusal::InvalidRanking { candidate } => {
            format!("The ranking names {candidate} twice; each candidate stands in it once.")
        }
        Refusal::InvalidValue { field, allowed } => {
            let allowed = bounds(field, allowed, " to ", " characters");
            format!("The value of \"{field}\" is not allowed; expected: {allowed}.")
        }
        Refusal::EarlierContractPending { candidate } => {
            format!("The contract of {candidate} came earlier and waits; decide on it first.")
        }
        Refusal::NightInProgress { reopens_at } => {
            format!("Today's offers are being prepared; try again from {} (Paris time).", minute(*reopens_at))
        }
        other => of_operators(other),
    }
}

/// What operators, establishments and the rector are told.
fn of_operators(refusal: &Refusal) -> String {
    match refusal {
        Refusal::InvalidCampaign { why } => {
            let why = why.trim_end_matches('.').replace('\n', " ");
            format!("The campaign file cannot be taken: {why}.")
        }
        Refusal::BoundaryCrossed { key } => {
            format!(
                "The campaign file moves a boundary that is already crossed, or into the past: {key}; leave it where it is."
            )
        }
        Refusal::NotRestorable { formations } => format!(
            "These applications cannot be given back: they did not end by a decision of the candidate, or had no rank: {}.",
            list(formations, "none named")
        ),
        Refusal::NoSuchException { formations } => format!(
            "No request of exceptional circumstances waits for these applications: {}.",
            list(formations, "none named")
        ),
        Refusal::TooEarly { until: Some(until) } => {
            format!("A sanction cannot be decided before {} (Paris time).", minute(*until))
        }
        other => plain(other).unwrap_or_default().to_owned(),
    }
}
