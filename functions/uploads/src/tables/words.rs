//! The words of these files: headings, reasons and decisions, by code or in French, folded for case and accents.

use schemas::RefusalReason;
use schemas::candidate::VacancyReason;
use schemas::intake::Column;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A text without case, accents and signs: `Délai d'inscription` and `delai_d_inscription` are one.
pub(super) fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)) {
        if c.is_alphanumeric() {
            folded.extend(c.to_lowercase());
        } else if !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

fn find<T: Copy>(words: &[(T, &[&str])], text: &str) -> Option<T> {
    let folded = folded(text);
    words.iter().find(|(_, names)| names.contains(&folded.as_str())).map(|(word, _)| *word)
}

const HEADINGS: &[(Column, &[&str])] = &[
    (Column::Candidate, &["candidat", "candidate", "id candidat", "identifiant candidat"]),
    (Column::Formation, &["formation", "id formation", "identifiant formation"]),
    (Column::Reason, &["motif", "reason"]),
    (Column::Date, &["date"]),
    (Column::Rank, &["rang", "rank"]),
    (Column::Decision, &["decision"]),
];

const VACANCIES: &[(VacancyReason, &[&str])] = &[
    (
        VacancyReason::EnrolmentDeadlineMissed,
        &[
            "enrolment deadline missed",
            "delai d inscription depasse",
            "delai depasse",
            "inscription hors delai",
            "non inscrit dans le delai",
            "non inscrit dans les delais",
            "non inscription dans les delais",
        ],
    ),
    (
        VacancyReason::ConditionsNotMet,
        &[
            "conditions not met",
            "conditions d inscription non remplies",
            "conditions non remplies",
            "conditions d inscription non satisfaites",
            "conditions non satisfaites",
        ],
    ),
    (
        VacancyReason::AbsentFirstDay,
        &[
            "absent first day",
            "absent le premier jour",
            "absence le premier jour",
            "absent au premier jour",
            "absent a la rentree",
            "absence a la rentree",
        ],
    ),
    (
        VacancyReason::Withdrew,
        &["withdrew", "desistement", "desiste", "s est desiste", "renoncement", "renonciation"],
    ),
];

const REFUSALS: &[(RefusalReason, &[&str])] = &[
    (
        RefusalReason::AdminIncomplete,
        &[
            "admin incomplete",
            "dossier incomplet",
            "dossier incomplet ou non conforme",
            "dossier non conforme",
        ],
    ),
    (
        RefusalReason::RequirementsNotMet,
        &[
            "requirements not met",
            "exigences non satisfaites",
            "exigences de la formation non satisfaites",
            "attendus non satisfaits",
            "prerequis non satisfaits",
        ],
    ),
];

/// Whether somebody is ranked, not refused.
const DECISIONS: &[(bool, &[&str])] =
    &[(true, &["ranked", "classe", "classee"]), (false, &["refused", "refuse", "refusee", "refus"])];

/// The column of this name.
#[must_use]
pub fn heading(text: &str) -> Option<Column> {
    find(HEADINGS, text)
}

/// Why a seat is vacant (R67).
#[must_use]
pub fn vacancy(text: &str) -> Option<VacancyReason> {
    find(VACANCIES, text)
}

/// Why a jury refuses (R20).
#[must_use]
pub fn refusal(text: &str) -> Option<RefusalReason> {
    find(REFUSALS, text)
}

/// Whether the decision is a rank; if not, it is a refusal.
pub(super) fn is_ranked(text: &str) -> Option<bool> {
    find(DECISIONS, text)
}

/// The heading in French.
#[must_use]
pub fn heading_label(column: Column) -> &'static str {
    match column {
        Column::Candidate => "candidat",
        Column::Formation => "formation",
        Column::Reason => "motif",
        Column::Date => "date",
        Column::Rank => "rang",
        Column::Decision => "decision",
    }
}

/// Every reason for which a seat is vacant, with its French label.
pub const VACANCY_LABELS: [(VacancyReason, &str); 4] = [
    (VacancyReason::EnrolmentDeadlineMissed, "délai d'inscription dépassé"),
    (VacancyReason::ConditionsNotMet, "conditions d'inscription non remplies"),
    (VacancyReason::AbsentFirstDay, "absent le premier jour"),
    (VacancyReason::Withdrew, "désistement"),
];

/// Every reason for which a jury refuses, with its French label.
pub const REFUSAL_LABELS: [(RefusalReason, &str); 2] = [
    (RefusalReason::AdminIncomplete, "dossier incomplet"),
    (RefusalReason::RequirementsNotMet, "exigences de la formation non satisfaites"),
];

/// The French labels of the decisions: ranked, refused.
pub const DECISION_LABELS: [&str; 2] = ["classé", "refusé"];

#[cfg(test)]
mod tests {
    use super::*;

    /// What the platform writes it reads: every label and every code, in any case and with other signs.
    #[test]
    fn labels_and_codes_are_read() {
        let code =
            |reason: VacancyReason| serde_json::to_string(&reason).unwrap().trim_matches('"').to_owned();
        for (reason, label) in VACANCY_LABELS {
            for text in [label, &label.to_uppercase(), &label.replace('\'', "\u{2019}"), &code(reason)] {
                assert_eq!(vacancy(text), Some(reason), "{text}");
            }
        }
        for (reason, label) in REFUSAL_LABELS {
            let code = serde_json::to_string(&reason).unwrap();
            assert_eq!([refusal(label), refusal(&code)], [Some(reason); 2]);
        }
        assert_eq!(DECISION_LABELS.map(is_ranked), [Some(true), Some(false)]);
        for (heading, column) in [("MOTIF", Column::Reason), (" D\u{e9}cision ", Column::Decision)] {
            assert_eq!(super::heading(heading), Some(column));
        }
        // An accent of its own after the letter.
        assert_eq!(vacancy("de\u{301}sistement"), Some(VacancyReason::Withdrew));
        assert_eq!([vacancy("autre"), vacancy("")], [None; 2]);
    }
}
