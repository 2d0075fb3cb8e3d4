//! Why a file or a row is refused and what to do, in French: what its sender reads.

use procedure::refusals;
use schemas::Refusal;
use schemas::candidate::Language;
use schemas::intake::{
    Column, EncodingProblem, FileRefusal, Limited, OtherKind, RowRefusal, WorkbookProblem,
};

use super::words::{REFUSAL_LABELS, VACANCY_LABELS, heading_label};

/// Why a whole file is refused.
#[must_use]
pub fn of_file(refusal: &FileRefusal) -> String {
    match refusal {
        FileRefusal::Unreadable {} => {
            "Le fichier ne peut pas être lu. Enregistrez-le de nouveau au format CSV ou XLSX, puis redéposez-le.".into()
        }
        FileRefusal::NotATable { looks_like } => other(*looks_like).into(),
        FileRefusal::TooLarge { what, most } => {
            format!("Le fichier est trop grand : au plus {most} {}. Partagez-le en plusieurs fichiers.", limited(*what))
        }
        FileRefusal::Encoding { row, problem } => format!(
            "Ligne {row} : {}. Enregistrez le fichier au format « CSV UTF-8 » ou XLSX, puis redéposez-le.",
            encoding(*problem)
        ),
        FileRefusal::Quotes { row } => format!(
            "Ligne {row} : un guillemet n'a pas son pendant, et ce qui le suit ne peut pas être lu. Corrigez cette ligne, puis redéposez le fichier."
        ),
        FileRefusal::Workbook { problem } => workbook(*problem).into(),
        FileRefusal::Empty {} => "Le fichier est vide.".into(),
        FileRefusal::HeaderMissing { missing, found } => format!(
            "La première ligne doit nommer les colonnes. Il manque : {}. Elle contient : {}.",
            list(missing.iter().map(|column| heading_label(*column))),
            list(found.iter().map(String::as_str))
        ),
        FileRefusal::HeaderUnknown { unknown } => format!(
            "La première ligne nomme des colonnes que ce fichier n'a pas : {}. Retirez-les, puis redéposez le fichier.",
            list(unknown.iter().map(String::as_str))
        ),
        FileRefusal::HeaderRepeated { column } => format!(
            "La première ligne nomme deux fois la colonne « {} ». Gardez-en une, puis redéposez le fichier.",
            heading_label(*column)
        ),
        FileRefusal::UnknownEstablishment {} => {
            "Le dossier de dépôt n'est celui d'aucun établissement de la plateforme.".into()
        }
        FileRefusal::Key {} => {
            "Le fichier n'est pas déposé là où la plateforme le cherche : un dossier par établissement, puis un nom.".into()
        }
        FileRefusal::Law { refusal } => law(refusal),
        FileRefusal::Rows { refused } => format!(
            "Le classement n'est pris en compte qu'en entier, et {refused} de ses lignes sont refusées : corrigez-les, puis redéposez le fichier entier."
        ),
        FileRefusal::Formation { formation, refusal } => {
            format!("Formation {formation} : {} Rien du fichier n'est pris en compte.", law(refusal))
        }
    }
}

/// Why a row is refused.
#[must_use]
pub fn of_row(refusal: &RowRefusal) -> String {
    match refusal {
        RowRefusal::WrongNumberOfCells { expected, found } => {
            format!("La ligne a {found} cellules ; {expected} sont attendues, comme à la première ligne.")
        }
        RowRefusal::CellMissing { column } => {
            format!("La colonne « {} » est vide ; remplissez-la.", heading_label(*column))
        }
        RowRefusal::CellTooMany { column: Column::Rank } => {
            "Un candidat refusé n'a pas de rang ; videz la colonne « rang ».".into()
        }
        RowRefusal::CellTooMany { column } => {
            format!("Un candidat classé n'a pas de {0} ; videz la colonne « {0} ».", heading_label(*column))
        }
        RowRefusal::InvalidId { column, found } => {
            format!("« {found} » n'est pas un identifiant (colonne « {} »).", heading_label(*column))
        }
        RowRefusal::ScientificNotation { column, found } => format!(
            "Le tableur a changé la valeur en « {found} » (colonne « {} ») : mettez la colonne au format Texte et saisissez-la de nouveau.",
            heading_label(*column)
        ),
        RowRefusal::LeadingZerosLost { column, found } => format!(
            "Le tableur a retiré les zéros au début de l'identifiant « {found} » (colonne « {} ») : mettez la colonne au format Texte et saisissez-le de nouveau.",
            heading_label(*column)
        ),
        RowRefusal::UnknownWord { column, found } => {
            format!("« {found} » n'est pas connu dans la colonne « {} » ; écrivez {}.", heading_label(*column), known(*column))
        }
        RowRefusal::InvalidDate { found } => {
            format!("« {found} » n'est pas une date ; écrivez-la comme 02/09/2024.")
        }
        RowRefusal::DateInFuture { date } => {
            format!("Le {} n'est pas encore passé au dépôt du fichier.", date.strftime("%d/%m/%Y"))
        }
        RowRefusal::InvalidRank { found } => {
            format!("« {found} » n'est pas un rang ; écrivez un nombre entier à partir de 1.")
        }
        RowRefusal::RankRepeated { rank, of_row } => {
            format!("Le rang {rank} est déjà celui de la ligne {of_row} ; le classement est sans ex æquo.")
        }
        RowRefusal::Repeated { of_row } => {
            format!("La ligne {of_row} porte déjà sur ce candidat dans cette formation ; gardez-en une.")
        }
        RowRefusal::UnknownCandidate {} => {
            "Ce candidat n'a pas de candidature dans cette formation ; vérifiez son identifiant, zéros du début compris.".into()
        }
        RowRefusal::Law { refusal } => law(refusal),
    }
}

/// What the law says to an establishment of one of its rows.
fn law(refusal: &Refusal) -> String {
    match refusal {
        Refusal::NotTheOwner {} => {
            "Cette formation n'est pas de votre établissement, ou ce candidat n'y a pas de candidature."
                .into()
        }
        refusal => refusals::sentence(refusal, Language::Fr),
    }
}

fn other(looks_like: OtherKind) -> &'static str {
    match looks_like {
        OtherKind::OldOrProtectedWorkbook => {
            "Le fichier est un classeur .xls, ou un classeur protégé par un mot de passe. Enregistrez-le au format XLSX ou CSV, sans mot de passe."
        }
        OtherKind::Archive => {
            "Le fichier est une archive ou un autre document. Enregistrez le tableau au format XLSX ou CSV."
        }
        OtherKind::Markup => {
            "Le fichier est une page HTML ou XML. Ouvrez-le dans un tableur et enregistrez-le au format XLSX ou CSV."
        }
        OtherKind::Pdf => {
            "Le fichier est un document PDF. Déposez le tableau lui-même, au format XLSX ou CSV."
        }
    }
}

fn workbook(problem: WorkbookProblem) -> &'static str {
    match problem {
        WorkbookProblem::Damaged => {
            "Le classeur est endommagé. Ouvrez-le, enregistrez-le de nouveau, puis redéposez-le."
        }
        WorkbookProblem::Macros => {
            "Le classeur contient des macros. Enregistrez-le au format XLSX, sans macros."
        }
        WorkbookProblem::SeveralSheets => {
            "Plusieurs feuilles du classeur sont remplies. Gardez-en une seule, puis redéposez-le."
        }
    }
}

fn encoding(problem: EncodingProblem) -> &'static str {
    match problem {
        EncodingProblem::Control => {
            "un caractère de contrôle s'y trouve, ou un caractère perdu par un programme"
        }
        EncodingProblem::Mixed => "deux encodages sont mêlés dans le fichier",
        EncodingProblem::Malformed => "un caractère n'existe pas dans l'encodage du fichier",
    }
}

fn limited(what: Limited) -> &'static str {
    match what {
        Limited::Bytes => "octets",
        Limited::UnpackedBytes => "octets une fois décompressé",
        Limited::Parts => "parties dans le classeur",
        Limited::Rows => "lignes",
        Limited::Columns => "colonnes",
        Limited::Characters => "caractères par cellule",
        Limited::Formations => "formations différentes dans la colonne « formation »",
    }
}

/// What may be written in a column of few words.
fn known(column: Column) -> String {
    if column == Column::Decision {
        return "« classé » ou « refusé »".into();
    }
    let vacancies = VACANCY_LABELS.map(|(_, label)| label);
    let refusals = REFUSAL_LABELS.map(|(_, label)| label);
    format!("pour une place vacante : {} ; pour un refus : {}", list(vacancies), list(refusals))
}

fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("« {name} »")).collect();
    if names.is_empty() { "rien".into() } else { names.join(", ") }
}
