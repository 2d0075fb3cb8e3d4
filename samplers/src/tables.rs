//! Files of vacant seats and rankings as people send them: every dialect of CSV, workbooks, and one defect at a time.
//!
//! What a file says is drawn first, then how it is written. A reader must give back what was drawn.

mod defects;
mod dialect;
mod workbook;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use rand_chacha::ChaCha8Rng;
use schemas::candidate::VacancyReason;
use schemas::intake::{Judgement, RankingRow, VacancyRow};
use schemas::{CandidateId, FormationId, RefusalReason};

pub use defects::{Defect, Refuses};
pub use dialect::{Dialect, Encoding, LineEnd, Quotes};

use crate::draw::{Draw, stream};

/// The first day of which a drawn vacancy is: when enrolment begins.
const VACANT_FROM: Date = date(2024, 7, 1);

/// Over how many days they are spread.
const VACANT_DAYS: usize = 90;

/// Most rows of a drawn file, so that thousands are drawn in a moment.
const ROWS_MAX: usize = 40;

/// Of how many formations a file tells at the most.
const FORMATIONS_MAX: usize = 3;

/// A drawn file.
#[derive(Debug, Clone)]
pub struct DrawnFile<R> {
    /// The file.
    pub bytes: Vec<u8>,
    /// How it is written.
    pub dialect: Dialect,
    /// What it says; of a row with a defect, what was meant.
    pub rows: Vec<R>,
    /// What is wrong with it, and what must come of that.
    pub defect: Option<(Defect, Refuses)>,
}

/// A cell as it is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Written {
    /// A text.
    Text(String),
    /// Digits, which a spreadsheet keeps as a number.
    Number(String),
    /// A day.
    Day(Date),
}

/// The file of vacant seats of this number.
#[must_use]
pub fn vacancies(seed: u64, number: u64) -> DrawnFile<VacancyRow> {
    let rng = &mut stream(seed, "vacancies", &[&number.to_string()]);
    let ids = Ids::draw(rng);
    let rows: Vec<VacancyRow> = (0..1 + rng.below(ROWS_MAX))
        .map(|at| VacancyRow {
            row: row_number(at),
            candidate: ids.candidate(at),
            formation: ids.formation(rng.below(FORMATIONS_MAX)),
            reason: *rng.pick(&VACANCY_REASONS).unwrap_or(&VacancyReason::Withdrew),
            date: day(rng.below(VACANT_DAYS)),
        })
        .collect();
    let codes = rng.chance(0.3);
    let cells = rows.iter().map(|row| {
        vec![
            Written::Text(row.candidate.to_string()),
            Written::Text(row.formation.to_string()),
            Written::Text(vacancy_word(rng, row.reason, codes)),
            Written::Day(row.date),
        ]
    });
    let cells = cells.collect();
    finish(
        rng,
        cells,
        ["candidat", "formation", "motif", "date"],
        ["candidate", "formation", "reason", "date"],
        rows,
    )
}

/// The ranking file of this number.
#[must_use]
pub fn ranking(seed: u64, number: u64) -> DrawnFile<RankingRow> {
    let rng = &mut stream(seed, "ranking", &[&number.to_string()]);
    let ids = Ids::draw(rng);
    let formations = 1 + rng.below(FORMATIONS_MAX);
    let mut ranks = [0_u32; FORMATIONS_MAX];
    let mut rows = Vec::new();
    for at in 0..1 + rng.below(ROWS_MAX) {
        let of = rng.below(formations);
        let judgement = if rng.chance(0.25) {
            let reason = if rng.chance(0.5) {
                RefusalReason::AdminIncomplete
            } else {
                RefusalReason::RequirementsNotMet
            };
            Judgement::Refused { reason }
        } else {
            let rank = ranks.get_mut(of).map_or(1, |rank| {
                *rank += 1;
                *rank
            });
            Judgement::Ranked { rank }
        };
        rows.push(RankingRow {
            row: row_number(at),
            formation: ids.formation(of),
            candidate: ids.candidate(at),
            judgement,
        });
    }
    let codes = rng.chance(0.3);
    let cells = rows.iter().map(|row| {
        let (rank, decision, reason) = judgement_words(row.judgement, codes);
        vec![
            Written::Text(row.formation.to_string()),
            Written::Text(row.candidate.to_string()),
            rank.map_or(Written::Text(String::new()), |rank| Written::Number(rank.to_string())),
            Written::Text(decision.to_owned()),
            Written::Text(reason.to_owned()),
        ]
    });
    let cells = cells.collect();
    let french = ["formation", "candidat", "rang", "decision", "motif"];
    finish(rng, cells, french, ["formation", "candidate", "rank", "decision", "reason"], rows)
}

/// Draws how a file is written and what is wrong with it, and writes it.
fn finish<R, const N: usize>(
    rng: &mut ChaCha8Rng,
    mut cells: Vec<Vec<Written>>,
    french: [&str; N],
    english: [&str; N],
    rows: Vec<R>,
) -> DrawnFile<R> {
    let dialect = Dialect::draw(rng);
    let names = if rng.chance(0.6) { french } else { english };
    let header = names.map(|name| Written::Text(dialect::heading(rng, name))).to_vec();
    cells.insert(0, header);
    if dialect.shuffled {
        dialect::shuffle(rng, &mut cells);
    }
    let defect = if rng.chance(0.5) { Defect::draw(rng, &dialect) } else { None };
    let defect = defect.map(|defect| (defect, defect.damage(rng, &mut cells)));
    let mut bytes = dialect.write(rng, &cells);
    if let Some((defect, _)) = defect {
        defect.damage_bytes(&mut bytes);
    }
    DrawnFile { bytes, dialect, rows, defect }
}

/// A file of vacant seats of any size, plainly written: for measuring.
#[must_use]
pub fn plain_vacancies<'a>(
    rows: impl IntoIterator<Item = (&'a CandidateId, &'a FormationId)>,
    on: Date,
) -> Vec<u8> {
    let mut text = "\u{feff}candidat;formation;motif;date\r\n".to_owned();
    for (candidate, formation) in rows {
        text.push_str(&format!("{candidate};{formation};d\u{e9}sistement;{}\r\n", on.strftime("%d/%m/%Y")));
    }
    text.into_bytes()
}

const VACANCY_REASONS: [VacancyReason; 4] = [
    VacancyReason::EnrolmentDeadlineMissed,
    VacancyReason::ConditionsNotMet,
    VacancyReason::AbsentFirstDay,
    VacancyReason::Withdrew,
];

/// How a reason is written, in one of the ways in which people write it.
fn vacancy_word(rng: &mut ChaCha8Rng, reason: VacancyReason, codes: bool) -> String {
    let (code, label) = match reason {
        VacancyReason::EnrolmentDeadlineMissed => {
            ("enrolment_deadline_missed", "D\u{e9}lai d\u{2019}inscription d\u{e9}pass\u{e9}")
        }
        VacancyReason::ConditionsNotMet => ("conditions_not_met", "Conditions d'inscription non remplies"),
        VacancyReason::AbsentFirstDay => ("absent_first_day", "absent le premier jour"),
        VacancyReason::Withdrew => ("withdrew", "d\u{e9}sistement"),
    };
    match (codes, rng.chance(0.2)) {
        (true, _) => code.to_owned(),
        (false, true) => label.to_uppercase(),
        (false, false) => label.to_owned(),
    }
}

fn judgement_words(judgement: Judgement, codes: bool) -> (Option<u32>, &'static str, &'static str) {
    match (judgement, codes) {
        (Judgement::Ranked { rank }, true) => (Some(rank), "ranked", ""),
        (Judgement::Ranked { rank }, false) => (Some(rank), "Class\u{e9}", ""),
        (Judgement::Refused { reason: RefusalReason::AdminIncomplete }, true) => {
            (None, "refused", "admin_incomplete")
        }
        (Judgement::Refused { reason: RefusalReason::AdminIncomplete }, false) => {
            (None, "Refus\u{e9}", "Dossier incomplet")
        }
        (Judgement::Refused { .. }, true) => (None, "refused", "requirements_not_met"),
        (Judgement::Refused { .. }, false) => {
            (None, "Refus\u{e9}", "Exigences de la formation non satisfaites")
        }
    }
}

/// The kinds of identifiers in one file.
struct Ids {
    /// What those of candidates begin with.
    candidates: &'static str,
    first: usize,
    formations: &'static str,
}

impl Ids {
    fn draw(rng: &mut ChaCha8Rng) -> Self {
        Self {
            candidates: rng.pick(&["c-", "", "MM2024-"]).unwrap_or(&""),
            first: 1 + rng.below(90_000),
            formations: rng.pick(&["PSY-LYON-", "f-000", "0691774D:"]).unwrap_or(&""),
        }
    }

    fn candidate(&self, at: usize) -> CandidateId {
        id(CandidateId::new(format!("{}{:07}", self.candidates, self.first + at)))
    }

    fn formation(&self, at: usize) -> FormationId {
        id(FormationId::new(format!("{}{at}", self.formations)))
    }
}

/// An identifier made of letters, digits and signs that one may have.
fn id<T, E: std::fmt::Display>(made: Result<T, E>) -> T {
    match made {
        Ok(id) => id,
        Err(error) => unreachable!("{error}"),
    }
}

/// The row of a spreadsheet, under a header.
fn row_number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX).saturating_add(2)
}

fn day(after: usize) -> Date {
    VACANT_FROM.saturating_add(i64::try_from(after).unwrap_or_default().days())
}
