//! The sentences in French.

use schemas::candidate::CertificateKind;
use schemas::{AccountState, Refusal};

use super::{bounds, last_minute, list, minute, next_minute};

pub(super) fn sentence(refusal: &Refusal) -> String {
    plain(refusal).map_or_else(|| told(refusal), str::to_owned)
}

/// Those that say the same every time.
fn plain(refusal: &Refusal) -> Option<&'static str> {
    Some(match refusal {
        Refusal::AlreadyActive {} => "Le compte est déjà activé ; connectez-vous.",
        Refusal::AlreadyRegistered {} => {
            "Votre compte est déjà créé et attend son activation ; suivez le lien du courriel d'activation, ou demandez-en un nouveau."
        }
        Refusal::InvalidToken {} => {
            "Ce lien d'activation n'est pas valable ou ne l'est plus ; demandez-en un nouveau."
        }
        Refusal::NotEligible {} => {
            "La plateforme ne vous concerne pas : les quatre réponses doivent être « Oui »."
        }
        Refusal::AddressTaken {} => "Un compte existe déjà à cette adresse.",
        Refusal::InvalidAddress {} => "Cette adresse électronique n'est pas valide ; corrigez-la.",
        Refusal::OfferExpired {} => "Le délai de réponse à cette proposition est dépassé.",
        Refusal::NoSuchOffer {} => "Aucune proposition de cette formation n'attend votre réponse.",
        Refusal::NoSuchApplication {} => "Vous n'avez pas de candidature en cours à cette formation.",
        Refusal::NoSuchFormation {} => "Cette formation n'existe pas sur la plateforme.",
        Refusal::FormationExists {} => "Cette formation existe déjà.",
        Refusal::RefusedBefore {} => {
            "Cette formation a refusé votre candidature en phase principale ; vous ne pouvez pas y candidater de nouveau."
        }
        Refusal::AlreadyApplied {} => "Vous avez déjà une candidature à cette formation.",
        Refusal::NotRefused {} => "Cette formation ne vous a pas refusé.",
        Refusal::NotTheOwner {} => "Vous ne pouvez pas agir pour ce candidat ou cette formation.",
        Refusal::NoSuchContract {} => {
            "Il n'y a ici ni contrat à examiner, ni placement en recherche pour lequel en déposer un."
        }
        Refusal::ContractKindNotTaken {} => {
            "Ce type de document n'est pas admis cette année à la place d'un contrat."
        }
        Refusal::NoSuchNight {} => {
            "Aucune nuit d'aujourd'hui ne s'y prête : elle n'est pas encore calculée, elle est publiée, ou personne ne l'a retenue."
        }
        Refusal::ReasonNotRequested {} => "Personne n'a demandé les motifs de ce refus.",
        Refusal::FraudCaseOpen {} => "Un dossier est déjà ouvert pour ce candidat.",
        Refusal::NoFraudCase {} => "Aucun dossier n'est ouvert pour ce candidat.",
        Refusal::TooEarly { until: None } => {
            "Aucune sanction ne peut être décidée avant que le candidat ait été informé des faits."
        }
        Refusal::CommandIdReused {} => {
            "Cet identifiant de commande a déjà servi avec un autre contenu ; prenez-en un nouveau."
        }
        Refusal::NotAccepted {} => {
            "Ce candidat n'a pas accepté définitivement une place dans cette formation."
        }
        Refusal::CertificateNotDue { kind: CertificateKind::NonEnrolment } => {
            "Vous avez accepté définitivement une proposition d'admission ; une attestation de non-inscription n'est pas possible."
        }
        Refusal::CertificateNotDue { kind: CertificateKind::Refusal } => {
            "Cette attestation n'est délivrée que pour une candidature refusée ou restée sans réponse favorable."
        }
        Refusal::CertificateNotDue { kind: CertificateKind::Admission } => {
            "Cette attestation n'est délivrée qu'après une acceptation définitive."
        }
        Refusal::AlreadySignalled {} => "La place de ce candidat est déjà signalée vacante.",
        Refusal::NoSuchSignal {} => {
            "Aucune place vacante n'est signalée pour ce candidat dans cette formation."
        }
        Refusal::NoSuchNotice {} => "Ce candidat n'a pas de message de ce nom.",
        Refusal::AlreadyEnrolled {} => "L'inscription de ce candidat est déjà confirmée.",
        _ => return None,
    })
}

/// Those that state what was found.
fn told(refusal: &Refusal) -> String {
    match refusal {
        Refusal::AccountNotActive { account } => match account {
            None => "Aucun compte n'existe ; créez un compte pour candidater.".into(),
            Some(AccountState::Registered) => {
                "Le compte n'est pas activé ; suivez le lien du courriel d'activation, ou demandez-en un nouveau.".into()
            }
            Some(_) => "Le compte n'est plus actif.".into(),
        },
        Refusal::TooSoon { again_at } => format!(
            "Un lien d'activation vient de vous être envoyé ; regardez aussi dans vos courriers indésirables, ou demandez-en un nouveau à partir du {} (heure de Paris).",
            next_minute(*again_at)
        ),
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
        Refusal::InvalidPreferences { unknown } => format!(
            "Votre ordre de préférence nomme ce que vous ne pouvez pas classer, ou le nomme deux fois : {} ; classez vos placements et nouvelles candidatures, sans la proposition que vous conservez.",
            list(unknown, "aucun")
        ),
        Refusal::PlacementUndecided { missing, unknown } => format!(
            "Dites de chaque placement sur liste d'attente si vous le conservez (sans choix : {} ; inconnus ou répétés : {}).",
            list(missing, "aucun"),
            list(unknown, "aucun")
        ),
        Refusal::AlreadyDefinitive { formation } => {
            format!("Vous avez accepté définitivement la proposition {formation} ; plus aucune réponse n'est possible.")
        },
        Refusal::InvalidRanking { candidate } => {
            format!("Le classement nomme deux fois {candidate} ; chaque candidat y figure une seule fois.")
        },
        Refusal::InvalidValue { field, allowed } => {
            let allowed = bounds(field, allowed, " à ", " caractères");
            format!("La valeur de « {field} » n'est pas admise ; attendu : {allowed}.")
        },
        Refusal::EarlierContractPending { candidate } => format!(
            "Le contrat de {candidate}, arrivé plus tôt, attend une décision ; décidez-en d'abord."
        ),
        Refusal::NightInProgress { reopens_at } => format!(
            "Les propositions du jour sont en préparation ; recommencez à partir du {} (heure de Paris).",
            minute(*reopens_at)
        ),
        other => of_operators(other),
    }
}

/// What operators, establishments and the rector are told.
fn of_operators(refusal: &Refusal) -> String {
    match refusal {
        Refusal::InvalidCampaign { why } => {
            let why = why.trim_end_matches('.').replace('\n', " ");
            format!("Le fichier de campagne n'est pas admis : {why}.")
        }
        Refusal::BoundaryCrossed { key } => {
            format!(
                "Le fichier de campagne déplace une date déjà passée, ou la place dans le passé : {key} ; laissez-la où elle est."
            )
        }
        Refusal::NotRestorable { formations } => format!(
            "Ces candidatures ne peuvent pas être rétablies : elles n'ont pas pris fin par une décision du candidat, ou n'avaient pas de rang : {}.",
            list(formations, "aucune nommée")
        ),
        Refusal::NoSuchException { formations } => format!(
            "Aucune demande de circonstances exceptionnelles n'est en attente pour ces candidatures : {}.",
            list(formations, "aucune nommée")
        ),
        Refusal::TooEarly { until: Some(until) } => {
            format!("Aucune sanction ne peut être décidée avant le {} (heure de Paris).", minute(*until))
        }
        other => plain(other).unwrap_or_default().to_owned(),
    }
}
