//! A sentence for each refusal, in French and English: what was refused and what to do now.

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use schemas::candidate::{AccountState, Language};
use schemas::{FormationId, Refusal};

use crate::calendar;

/// What to tell whoever sent the command.
#[must_use]
pub fn sentence(refusal: &Refusal, language: Language) -> String {
    match language {
        Language::Fr => french(refusal),
        Language::En => english(refusal),
    }
}

fn french(refusal: &Refusal) -> String {
    match refusal {
        Refusal::AccountNotActive { account } => match account {
            None => "Aucun compte n'existe ; créez un compte pour candidater.".into(),
            Some(AccountState::Registered) => {
                "Le compte n'est pas activé ; suivez le lien du courriel d'activation, ou demandez-en un nouveau.".into()
            }
            Some(_) => "Le compte n'est plus actif.".into(),
        },
        Refusal::AlreadyActive {} => "Le compte est déjà activé ; connectez-vous.".into(),
        Refusal::AlreadyRegistered {} => {
            "Votre compte est déjà créé et attend son activation ; suivez le lien du courriel d'activation, ou demandez-en un nouveau.".into()
        }
        Refusal::TooSoon { again_at } => format!(
            "Un lien d'activation vient de vous être envoyé ; regardez aussi dans vos courriers indésirables, ou demandez-en un nouveau à partir du {} (heure de Paris).",
            next_minute(*again_at)
        ),
        Refusal::InvalidToken {} => {
            "Ce lien d'activation n'est pas valable ou ne l'est plus ; demandez-en un nouveau.".into()
        }
        Refusal::NotEligible {} => {
            "La plateforme ne vous concerne pas : les quatre réponses doivent être « Oui ».".into()
        }
        Refusal::AddressTaken {} => "Un compte existe déjà à cette adresse.".into(),
        Refusal::InvalidAddress {} => "Cette adresse électronique n'est pas valide ; corrigez-la.".into(),
        Refusal::OutsideWindow { opens, closes } => match (opens, closes) {
            (Some(opens), Some(closes)) => format!(
                "Cette action n'est possible que du {} au {} (heure de Paris).",
                minute(*opens),
                last_minute(*closes)
            ),
            _ => "Cette action n'est pas prévue au calendrier de cette campagne.".into(),
        },
        Refusal::QuotaExceeded { limit } => format!(
            "Vous avez déjà {limit} candidatures (mentions par établissement), le maximum ; retirez-en une pour en ajouter."
        ),
        Refusal::OfferExpired {} => "Le délai de réponse à cette proposition est dépassé.".into(),
        Refusal::NoSuchOffer {} => "Aucune proposition de cette formation n'attend votre réponse.".into(),
        Refusal::NoSuchApplication {} => "Vous n'avez pas de candidature en cours à cette formation.".into(),
        Refusal::NoSuchFormation {} => "Cette formation n'existe pas sur la plateforme.".into(),
        Refusal::FormationExists {} => "Cette formation existe déjà.".into(),
        Refusal::FormationNotOpen {} => {
            "Cette formation ne prend pas de nouvelle candidature en phase complémentaire ; choisissez-en une qui y est ouverte.".into()
        }
        Refusal::RefusedBefore {} => {
            "Cette formation a refusé votre candidature en phase principale ; vous ne pouvez pas y candidater de nouveau.".into()
        }
        Refusal::InvalidPreferences { unknown } => format!(
            "Votre ordre de préférence nomme ce que vous ne pouvez pas classer, ou le nomme deux fois : {} ; classez vos placements et nouvelles candidatures, sans la proposition que vous conservez.",
            list(unknown, "aucun")
        ),
        Refusal::AlreadyApplied {} => "Vous avez déjà une candidature à cette formation.".into(),
        Refusal::PlacementUndecided { missing, unknown } => format!(
            "Dites de chaque placement sur liste d'attente si vous le conservez (sans choix : {} ; inconnus ou répétés : {}).",
            list(missing, "aucun"),
            list(unknown, "aucun")
        ),
        Refusal::AlreadyDefinitive { formation } => {
            format!("Vous avez accepté définitivement la proposition {formation} ; plus aucune réponse n'est possible.")
        }
        Refusal::NotRefused {} => "Cette formation ne vous a pas refusé.".into(),
        Refusal::NotTheOwner {} => "Vous ne pouvez pas agir pour ce candidat ou cette formation.".into(),
        Refusal::InvalidRanking { candidate } => {
            format!("Le classement nomme deux fois {candidate} ; chaque candidat y figure une seule fois.")
        }
        Refusal::InvalidValue { field, allowed } => {
            let allowed = bounds(field, allowed, " à ", " caractères");
            format!("La valeur de « {field} » n'est pas admise ; attendu : {allowed}.")
        }
        Refusal::CommandIdReused {} => {
            "Cet identifiant de commande a déjà servi avec un autre contenu ; prenez-en un nouveau.".into()
        }
        Refusal::NightInProgress { reopens_at } => format!(
            "Les propositions du jour sont en préparation ; recommencez à partir du {} (heure de Paris).",
            minute(*reopens_at)
        ),
    }
}

fn english(refusal: &Refusal) -> String {
    match refusal {
        Refusal::AccountNotActive { account } => match account {
            None => "There is no account; open one to apply.".into(),
            Some(AccountState::Registered) => {
                "The account is not activated; follow the link in the activation mail, or ask for a new one."
                    .into()
            }
            Some(_) => "The account is no longer active.".into(),
        },
        Refusal::AlreadyActive {} => "The account is already active; sign in.".into(),
        Refusal::AlreadyRegistered {} => {
            "Your account exists and waits for its activation; follow the link in the activation mail, or ask for a new one."
                .into()
        }
        Refusal::TooSoon { again_at } => format!(
            "An activation link was just sent to you; look in your spam folder too, or ask for a new one from {} (Paris time).",
            next_minute(*again_at)
        ),
        Refusal::InvalidToken {} => {
            "This activation link is not, or no longer, valid; ask for a new one.".into()
        }
        Refusal::NotEligible {} => "The platform is not for you: all four answers must be \"yes\".".into(),
        Refusal::AddressTaken {} => "This address already has an account.".into(),
        Refusal::InvalidAddress {} => "This is not a valid mail address; correct it.".into(),
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
        Refusal::OfferExpired {} => "The time to answer this offer is over.".into(),
        Refusal::NoSuchOffer {} => "No offer of this formation waits for your answer.".into(),
        Refusal::NoSuchApplication {} => "You have no live application to this formation.".into(),
        Refusal::NoSuchFormation {} => "There is no such formation on the platform.".into(),
        Refusal::FormationExists {} => "This formation exists already.".into(),
        Refusal::FormationNotOpen {} => {
            "This formation takes no new applications in the complementary phase; choose one that is open in it.".into()
        }
        Refusal::RefusedBefore {} => {
            "This formation refused your application in the main phase; you cannot apply to it again.".into()
        }
        Refusal::InvalidPreferences { unknown } => format!(
            "Your order of preference names what you cannot order, or names it twice: {}; order your placements and new applications, without the offer that you hold.",
            list(unknown, "none")
        ),
        Refusal::AlreadyApplied {} => "You have applied to this formation already.".into(),
        Refusal::PlacementUndecided { missing, unknown } => format!(
            "Say of each waitlist placement whether you keep it (undecided: {}; unknown or repeated: {}).",
            list(missing, "none"),
            list(unknown, "none")
        ),
        Refusal::AlreadyDefinitive { formation } => {
            format!("You accepted the offer {formation} definitively; nothing more can be answered.")
        }
        Refusal::NotRefused {} => "This formation did not refuse you.".into(),
        Refusal::NotTheOwner {} => "You may not act for this candidate or formation.".into(),
        Refusal::InvalidRanking { candidate } => {
            format!("The ranking names {candidate} twice; each candidate stands in it once.")
        }
        Refusal::InvalidValue { field, allowed } => {
            let allowed = bounds(field, allowed, " to ", " characters");
            format!("The value of \"{field}\" is not allowed; expected: {allowed}.")
        }
        Refusal::CommandIdReused {} => {
            "This command id was used before with another content; take a new one.".into()
        }
        Refusal::NightInProgress { reopens_at } => {
            format!("Today's offers are being prepared; try again from {} (Paris time).", minute(*reopens_at))
        }
    }
}

/// An instant to the minute, as both languages write it here.
fn minute(instant: Timestamp) -> String {
    calendar::civil(instant).strftime("%d/%m/%Y %H:%M").to_string()
}

/// The first whole minute that is not before an instant.
fn next_minute(instant: Timestamp) -> String {
    let up = TimestampRound::new().smallest(Unit::Minute).mode(RoundMode::Ceil);
    minute(instant.round(up).unwrap_or(instant))
}

/// The last minute before an instant: what "23:59" means (R36).
fn last_minute(instant: Timestamp) -> String {
    minute(instant.checked_sub(jiff::SignedDuration::from_mins(1)).unwrap_or(instant))
}

/// The bounds of a field in the reader's language; those of a text count its characters.
fn bounds(field: &str, allowed: &str, to: &str, characters: &str) -> String {
    let is_text = matches!(field, "name" | "title" | "mention" | "refused.text");
    format!("{}{}", allowed.replace("..", to), if is_text { characters } else { "" })
}

fn list(ids: &[FormationId], nothing: &str) -> String {
    if ids.is_empty() {
        return nothing.to_owned();
    }
    ids.iter().map(FormationId::as_str).collect::<Vec<_>>().join(", ")
}
