//! How a table is written.

use jiff::civil::Date;
use rand_chacha::ChaCha8Rng;

use super::{Written, workbook};
use crate::draw::Draw;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// Whether it is a workbook; then what follows says nothing.
    pub workbook: bool,
    /// Its characters.
    pub encoding: Encoding,
    /// What parts its cells.
    pub delimiter: char,
    /// How its lines end.
    pub line_end: LineEnd,
    /// Which cells have quotes.
    pub quotes: Quotes,
    /// Whether its days are as in France.
    pub french_days: bool,
    /// Whether its columns are in another order.
    pub shuffled: bool,
}

/// How the characters are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    /// UTF-8 without a mark.
    Utf8,
    /// UTF-8 with a mark.
    Utf8Marked,
    /// What Windows has in Western Europe.
    Windows1252,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
}

/// How lines end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineEnd {
    /// As on Windows.
    CrLf,
    /// As on Unix.
    Lf,
    /// As on old Macintoshes.
    Cr,
}

/// Which cells have quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quotes {
    /// Those that need them.
    Needed,
    /// All.
    All,
}

impl Dialect {
    /// Any dialect; one in five is a workbook.
    pub(super) fn draw(rng: &mut ChaCha8Rng) -> Self {
        use Encoding::{Utf8, Utf8Marked, Utf16Be, Utf16Le, Windows1252};
        Self {
            workbook: rng.chance(0.2),
            encoding: *rng.pick(&[Utf8, Utf8Marked, Windows1252, Utf16Le, Utf16Be]).unwrap_or(&Utf8),
            delimiter: *rng.pick(&[';', ',', '\t']).unwrap_or(&';'),
            line_end: *rng.pick(&[LineEnd::CrLf, LineEnd::Lf, LineEnd::Cr]).unwrap_or(&LineEnd::CrLf),
            quotes: if rng.chance(0.3) { Quotes::All } else { Quotes::Needed },
            french_days: rng.chance(0.6),
            shuffled: rng.chance(0.3),
        }
    }

    /// The file of these rows.
    pub(super) fn write(&self, rng: &mut ChaCha8Rng, rows: &[Vec<Written>]) -> Vec<u8> {
        if self.workbook {
            return workbook::write(rows, rng.chance(0.5));
        }
        let end = match self.line_end {
            LineEnd::CrLf => "\r\n",
            LineEnd::Lf => "\n",
            LineEnd::Cr => "\r",
        };
        let mut lines: Vec<String> = rows.iter().map(|row| self.line(row)).collect();
        if rng.chance(0.7) {
            lines.push(String::new());
        }
        self.encoding.write(&lines.join(end))
    }

    fn line(&self, row: &[Written]) -> String {
        let cells = row.iter().map(|cell| {
            let text = match cell {
                Written::Text(text) | Written::Number(text) => text.clone(),
                Written::Day(day) => self.day(*day),
            };
            let needed = text.contains([self.delimiter, '"']);
            if needed || self.quotes == Quotes::All {
                format!("\"{}\"", text.replace('"', "\"\""))
            } else {
                text
            }
        });
        cells.collect::<Vec<_>>().join(&self.delimiter.to_string())
    }

    fn day(&self, day: Date) -> String {
        day.strftime(if self.french_days { "%d/%m/%Y" } else { "%Y-%m-%d" }).to_string()
    }
}

impl Encoding {
    /// A text in this encoding.
    pub(super) fn write(self, text: &str) -> Vec<u8> {
        let units = || text.encode_utf16();
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Utf8Marked => [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
            Self::Utf16Le => [0xFF, 0xFE].into_iter().chain(units().flat_map(u16::to_le_bytes)).collect(),
            Self::Utf16Be => [0xFE, 0xFF].into_iter().chain(units().flat_map(u16::to_be_bytes)).collect(),
            Self::Windows1252 => text.chars().map(windows_1252).collect(),
        }
    }
}

/// A character of French in Windows-1252.
fn windows_1252(c: char) -> u8 {
    match c {
        '\u{2019}' => 0x92,
        '\u{20ac}' => 0x80,
        c => u8::try_from(u32::from(c)).unwrap_or(b'?'),
    }
}

/// A heading in any case, with or without an accent.
pub(super) fn heading(rng: &mut ChaCha8Rng, name: &str) -> String {
    let name = if name == "decision" && rng.chance(0.5) { "d\u{e9}cision" } else { name };
    match rng.below(4) {
        0 => name.to_uppercase(),
        1 => {
            let mut letters = name.chars();
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
        }
        2 => format!(" {name}"),
        _ => name.to_owned(),
    }
}

/// The columns in another order, in each row the same.
pub(super) fn shuffle(rng: &mut ChaCha8Rng, rows: &mut [Vec<Written>]) {
    let columns = rows.first().map_or(0, Vec::len);
    for at in (1..columns).rev() {
        let other = rng.below(at + 1);
        for row in rows.iter_mut() {
            row.swap(at, other);
        }
    }
}
