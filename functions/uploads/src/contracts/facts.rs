//! What a contract's texts say: numbers, dates and words, on folded lines.

use std::collections::BTreeSet;

use jiff::civil::Date;
use schemas::campaign::ContractKind;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::Said;

/// Within how many lines a document says what it is.
const HEAD_LINES: usize = 15;

/// Whose number stands on a line, by the last heading before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Employer,
    TrainingCentre,
    Other,
}

/// A number with its check digit, and whether that is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Checked {
    pub(super) section: Section,
    pub(super) right: bool,
}

/// A file's texts, without case and accents: a line for each field and each line of its pages.
#[derive(Debug, Default)]
pub(super) struct Facts {
    lines: Vec<String>,
    words: BTreeSet<String>,
    /// How many of the lines are fields.
    fields: usize,
}

impl Facts {
    pub(super) fn of(said: &Said) -> Self {
        let fields = said.fields.iter().map(|(name, value)| folded(&format!("{name} : {value}")));
        let lines: Vec<String> = fields.chain(said.lines.iter().map(|line| folded(line))).collect();
        let words = lines.iter().flat_map(|line| words(line)).map(str::to_owned).collect();
        Self { lines, words, fields: said.fields.len() }
    }

    fn says(&self, what: &str) -> bool {
        self.lines.iter().any(|line| line.contains(what))
    }

    /// What kind of document it calls itself.
    pub(super) fn kind(&self) -> Option<ContractKind> {
        let head = || self.lines.iter().skip(self.fields).take(HEAD_LINES);
        let head_says = |what: &str| head().any(|line| line.contains(what));
        if head_says("promesse") {
            return Some(ContractKind::Promise);
        }
        if ["certificat d'engagement", "attestation d'engagement"].into_iter().any(head_says) {
            return Some(ContractKind::CfaCertificate);
        }
        let contract = ["contrat d'apprentissage", "contrat de professionnalisation", "10103", "12434"];
        contract.into_iter().any(|title| self.says(title)).then_some(ContractKind::Contract)
    }

    /// Whether every word of a name is there.
    pub(super) fn names(&self, name: &str) -> bool {
        let name = folded(name);
        let mut parts = words(&name).peekable();
        parts.peek().is_some() && parts.all(|word| self.words.contains(word))
    }

    /// Whether it says that a master's degree is prepared.
    pub(super) fn master(&self) -> bool {
        self.words.contains("master")
    }

    /// Whether at least half of a title's own words are there.
    pub(super) fn titled(&self, title: &str) -> bool {
        const COMMON: [&str; 5] = ["master", "mention", "parcours", "dans", "pour"];
        let title = folded(title);
        let own: Vec<&str> = words(&title).filter(|word| word.len() >= 4 && !COMMON.contains(word)).collect();
        own.is_empty() || own.iter().filter(|word| self.words.contains(**word)).count() * 2 >= own.len()
    }

    /// The SIRETs, each with whose it is.
    pub(super) fn sirets(&self) -> Vec<Checked> {
        self.in_sections(|line| {
            numbers(line).filter(|digits| digits.len() == 14).map(|d| siret_is_right(&d)).collect()
        })
    }

    /// The codes of establishments (UAI): seven digits and the letter that checks them.
    pub(super) fn uais(&self) -> Vec<Checked> {
        self.in_sections(|line| words(line).filter_map(uai_is_right).collect())
    }

    fn in_sections(&self, of: impl Fn(&str) -> Vec<bool>) -> Vec<Checked> {
        let mut found = Vec::new();
        let mut section = Section::Other;
        for (number, line) in self.lines.iter().enumerate() {
            if number <= self.fields {
                section = Section::Other;
            }
            section = heading(line).unwrap_or(section);
            found.extend(of(line).into_iter().map(|right| Checked { section, right }));
        }
        found
    }

    /// The day on which it begins.
    pub(super) fn start(&self) -> Option<Date> {
        let label = |line: &str| {
            let at = line.find("debut").or_else(|| line.find("compter du"))?;
            (!line.contains("formation") && !line.contains("pratique")).then_some(at)
        };
        self.dated(label).or_else(|| self.period().map(|(start, _)| start))
    }

    /// The day on which it ends.
    pub(super) fn end(&self) -> Option<Date> {
        let label = |line: &str| {
            ["fin du contrat", "fin de la periode", "fin de contrat"].into_iter().find_map(|l| line.find(l))
        };
        self.dated(label).or_else(|| self.period().map(|(_, end)| end))
    }

    /// The first date after a label, on its line or the next.
    fn dated(&self, label: impl Fn(&str) -> Option<usize>) -> Option<Date> {
        self.lines.iter().enumerate().find_map(|(number, line)| {
            let rest = line.get(label(line)?..)?;
            let below = || self.lines.get(number + 1).and_then(|next| dates(next).into_iter().next());
            dates(rest).into_iter().next().or_else(below)
        })
    }

    /// "du … au …", where it is not a year's pay.
    fn period(&self) -> Option<(Date, Date)> {
        let contract =
            |line: &&String| line.contains("du ") && line.contains(" au ") && !line.contains("annee");
        self.lines.iter().filter(contract).find_map(|line| match dates(line).as_slice() {
            [start, end, ..] => Some((*start, *end)),
            _ => None,
        })
    }

    /// Whether a text says that it was signed by electronic means.
    pub(super) fn signed_by_text(&self) -> bool {
        self.says("signe electroniquement") || self.says("signature electronique")
    }
}

/// Whose part of the document a line begins, if it begins one.
fn heading(line: &str) -> Option<Section> {
    let says = |what: &[&str]| what.iter().any(|word| line.contains(word));
    if says(&["en charge du depot", "siret de l'organisme"]) {
        Some(Section::Other)
    } else if says(&["cfa", "centre de formation", "organisme de formation", "lieu de formation"]) {
        Some(Section::TrainingCentre)
    } else if says(&["employeur", "d'execution du contrat", "l'entreprise"]) {
        Some(Section::Employer)
    } else {
        None
    }
}

/// A text in small letters without accents, its signs plain: as it is compared.
pub(super) fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for sign in text.nfkd().filter(|sign| !is_combining_mark(*sign)).flat_map(char::to_lowercase) {
        match sign {
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            'ß' => folded.push_str("ss"),
            'ı' => folded.push('i'),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' => folded.push('d'),
            '’' | '‘' | '`' | '´' => folded.push('\''),
            '–' | '—' | '\u{2010}' | '\u{2011}' => folded.push('-'),
            '\t' => folded.push(' '),
            // Small letters of "İ" are two signs, the second a mark.
            sign if is_combining_mark(sign) => {}
            sign => folded.push(sign),
        }
    }
    folded
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// The numbers on a line, written in one or in groups: groups are joined until they have the digits of a SIRET.
fn numbers(line: &str) -> impl Iterator<Item = String> {
    let mut found = Vec::new();
    let mut groups: Vec<String> = Vec::new();
    for part in line.split([' ', '.']) {
        if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            groups.clear();
            continue;
        }
        groups.push(part.to_owned());
        while groups.iter().map(String::len).sum::<usize>() > 14 {
            groups.remove(0);
        }
        if groups.iter().map(String::len).sum::<usize>() == 14 {
            found.push(groups.concat());
            groups.clear();
        }
    }
    found.into_iter()
}

/// Whether the last digit of a SIRET checks the others (Luhn); the post office's own need another sum.
fn siret_is_right(digits: &str) -> bool {
    let values = || digits.bytes().map(|byte| u32::from(byte.wrapping_sub(b'0')));
    let luhn = values().rev().enumerate().map(|(place, value)| match place % 2 {
        0 => value,
        _ if value > 4 => 2 * value - 9,
        _ => 2 * value,
    });
    luhn.sum::<u32>() % 10 == 0 || (digits.starts_with("356000000") && values().sum::<u32>() % 5 == 0)
}

/// Whether the letter of a UAI checks its digits; `None` for what is no UAI.
fn uai_is_right(word: &str) -> Option<bool> {
    const LETTERS: &[u8] = b"abcdefghjklmnprstuvwxyz";
    let (digits, letter) = word.split_at_checked(7).filter(|(_, letter)| letter.len() == 1)?;
    let letter = letter.bytes().next().filter(u8::is_ascii_alphabetic)?;
    let number: usize = digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some(LETTERS.get(number % LETTERS.len()) == Some(&letter))
}

/// The dates on a folded line, in their order: 01/09/2024, 01 09 2024, 2024-09-01, 1er septembre 2024, 01092024.
fn dates(line: &str) -> Vec<Date> {
    const MONTHS: [&str; 12] = [
        "janvier",
        "fevrier",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "aout",
        "septembre",
        "octobre",
        "novembre",
        "decembre",
    ];
    let parts: Vec<&str> = words(line).collect();
    let number = |part: &str| part.strip_suffix("er").unwrap_or(part).parse::<i16>().ok();
    let month = |part: &str| {
        let named = MONTHS.iter().position(|name| *name == part).and_then(|at| i16::try_from(at + 1).ok());
        named.or_else(|| number(part))
    };
    let date = |year: i16, month: i16, day: i16| {
        let plausible = (2000..2100).contains(&year);
        let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok();
        date.filter(|_| plausible)
    };
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = parts.get(at) {
        let three = parts.get(at + 1).zip(parts.get(at + 2)).and_then(|(second, third)| {
            let (middle, outer) = (month(second)?, (number(first)?, number(third)?));
            date(outer.1, middle, outer.0).or_else(|| date(outer.0, middle, outer.1))
        });
        let joined = || {
            let digits = first.bytes().all(|byte| byte.is_ascii_digit()) && first.len() == 8;
            let part = |from: usize, to: usize| first.get(from..to)?.parse().ok();
            digits.then(|| date(part(4, 8)?, part(2, 4)?, part(0, 2)?)).flatten()
        };
        match three {
            Some(date) => {
                found.push(date);
                at += 3;
            }
            None => {
                found.extend(joined());
                at += 1;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Dates are read as people and machines write them, and nothing else is taken for one.
    #[test]
    fn dates_are_read() {
        for (line, expected) in [
            ("debut : 01/09/2024", vec!["2024-09-01"]),
            ("du 1er septembre 2024 au 31 aout 2025", vec!["2024-09-01", "2025-08-31"]),
            ("01092024", vec!["2024-09-01"]),
            ("2024-09-01", vec!["2024-09-01"]),
            ("ne le 01 09 24, siret 123 456 789 00012", vec![]),
            ("31/02/2024", vec![]),
        ] {
            let found: Vec<String> = dates(line).iter().map(ToString::to_string).collect();
            assert_eq!(found, expected, "{line}");
        }
    }

    /// A SIRET is fourteen digits, in one or in groups, the last of which checks the others; a UAI ends in its letter.
    #[test]
    fn check_digits_are_checked() {
        let sirets = |line| numbers(line).map(|digits| siret_is_right(&digits)).collect::<Vec<_>>();
        assert_eq!(sirets("siret 732 829 320 00074"), [true]);
        assert_eq!(sirets("siret 73282932000074 01/09/2024"), [true]);
        assert_eq!(sirets("siret 73282932000075"), [false]);
        assert_eq!(sirets("tel 06 12 34 56 78"), Vec::<bool>::new());
        assert_eq!(uai_is_right("0691774d"), Some(true));
        assert_eq!(uai_is_right("0691774e"), Some(false));
        assert_eq!(uai_is_right("06917744"), None);
    }
}
