//! What is wrong with a file: one thing at a time, and what must come of it.

use rand_chacha::ChaCha8Rng;

use super::{Dialect, Encoding, Written};
use crate::draw::Draw;

/// What must be refused, by its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refuses {
    /// The whole file.
    File(&'static str),
    /// This row of it.
    Row(u32, &'static str),
}

/// One thing that is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Defect {
    /// A NUL among its bytes.
    Nul,
    /// A last line in which one letter is UTF-8 and another is not.
    MixedEncodings,
    /// A last line with a quote that is left open.
    QuoteOpen,
    /// The name of a column is missing.
    ColumnMissing,
    /// A column that no such file has.
    ColumnUnknown,
    /// A column named twice.
    ColumnTwice,
    /// A row with a cell less.
    RowShort,
    /// A row with a cell more.
    RowLong,
    /// An identifier of which a spreadsheet made a number.
    Scientific,
    /// A name for an identifier.
    IdInvalid,
    /// A row without its candidate.
    CellEmpty,
    /// The second half is missing.
    Cut,
}

impl Defect {
    /// Any that a file of this dialect can have.
    pub(super) fn draw(rng: &mut ChaCha8Rng, dialect: &Dialect) -> Option<Self> {
        use Defect::{
            CellEmpty, ColumnMissing, ColumnTwice, ColumnUnknown, Cut, IdInvalid, MixedEncodings, Nul,
            QuoteOpen, RowLong, RowShort, Scientific,
        };
        let of_all = [ColumnMissing, ColumnUnknown, ColumnTwice, RowLong, Scientific, IdInvalid, CellEmpty];
        let of_its_kind: &[Self] = match (dialect.workbook, dialect.encoding) {
            // A workbook keeps no cell that nobody filled in.
            (true, _) => &[Cut],
            (false, Encoding::Utf8) => &[Nul, QuoteOpen, RowShort, MixedEncodings],
            (false, Encoding::Utf8Marked | Encoding::Windows1252) => &[Nul, QuoteOpen, RowShort],
            (false, Encoding::Utf16Le | Encoding::Utf16Be) => &[RowShort],
        };
        rng.pick(&[&of_all[..], of_its_kind].concat()).copied()
    }

    /// Damages the cells, and says what must come of it.
    pub(super) fn damage(self, rng: &mut ChaCha8Rng, cells: &mut [Vec<Written>]) -> Refuses {
        let text = |text: &str| Written::Text(text.to_owned());
        let Some((header, rows)) = cells.split_first_mut() else { return Refuses::File("empty") };
        let at = rng.below(rows.len());
        let is_candidate =
            |name: &Written| matches!(name, Written::Text(text) if text.to_lowercase().contains("candid"));
        let candidate = header.iter().position(is_candidate).unwrap_or_default();
        let put = |row: &mut Vec<Written>, cell| {
            row.iter_mut().skip(candidate).take(1).for_each(|old| *old = text(cell));
        };
        let mut of_row = |code, change: &dyn Fn(&mut Vec<Written>)| {
            rows.iter_mut().skip(at).take(1).for_each(change);
            Refuses::Row(super::row_number(at), code)
        };
        match self {
            Self::Nul | Self::MixedEncodings => Refuses::File("encoding"),
            Self::Cut => Refuses::File("workbook"),
            Self::QuoteOpen => Refuses::File("quotes"),
            Self::ColumnMissing => {
                put(header, "");
                Refuses::File("header_missing")
            }
            Self::ColumnUnknown => {
                header.push(text("Pr\u{e9}nom"));
                Refuses::File("header_unknown")
            }
            Self::ColumnTwice => {
                header.push(text("Candidate"));
                Refuses::File("header_repeated")
            }
            Self::RowShort => of_row("wrong_number_of_cells", &|row| {
                row.pop();
            }),
            Self::RowLong => of_row("wrong_number_of_cells", &|row| row.push(text("x"))),
            Self::Scientific => of_row("scientific_notation", &|row| put(row, "1,23E+11")),
            Self::IdInvalid => of_row("invalid_id", &|row| put(row, "Ren\u{e9}e D.")),
            Self::CellEmpty => of_row("cell_missing", &|row| put(row, "")),
        }
    }

    /// Damages the bytes.
    pub(super) fn damage_bytes(self, bytes: &mut Vec<u8>) {
        match self {
            Self::Nul => bytes.insert(bytes.len() / 2, 0),
            Self::MixedEncodings => bytes.extend(b"\nd\xC3\xA9 d\xE9"),
            Self::QuoteOpen => bytes.extend(b"\n\"left open"),
            Self::Cut => bytes.truncate(bytes.len() / 2),
            _ => {}
        }
    }
}
