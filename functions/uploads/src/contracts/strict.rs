//! Whether a value is written as the standard says, to the letter (ISO 32000-1, 7.2 and 7.3).
//!
//! Then every reader sees the same in it. What is not, each mends in its own way, and one of them may find an action there.

use std::collections::BTreeMap;
use std::ops::Range;

use super::lexer::{as_number, ends_name, find_any, string_length, unescaped};

/// How deep values may lie in each other here: all of them are walked, and eight times what a contract may have is enough
/// to say that it is too much.
const NESTING_MAX: u32 = 400;

/// Most digits of an object's number, and its highest generation.
const NUMBER_DIGITS_MAX: usize = 9;
const GENERATION_MAX: usize = 65_535;

/// Longest number: one reader takes no more of a word than 255 bytes.
const WORD_DIGITS_MAX: usize = 100;

/// Names that decide on what is active, or where objects lie: of two of them some readers take the first, most the last.
const ONCE: [&[u8]; 18] = [
    b"A",
    b"AA",
    b"Base",
    b"DecodeParms",
    b"EF",
    b"F",
    b"FS",
    b"Filter",
    b"Index",
    b"JS",
    b"Next",
    b"OpenAction",
    b"Root",
    b"S",
    b"Size",
    b"UF",
    b"URI",
    b"W",
];

/// A value that a text opens with.
pub(super) struct Strict {
    /// Where it begins, after blanks and comments.
    pub(super) begins: usize,
    /// Whether it is a reference.
    pub(super) is_reference: bool,
    /// Where the strings in it are.
    pub(super) strings: Vec<Range<usize>>,
}

/// The value that a text opens with; `None` if it is not written as the standard says.
pub(super) fn value(text: &[u8]) -> Option<Strict> {
    let mut walk = Walk { text, at: 0, strings: Vec::new() };
    walk.skip();
    let begins = walk.at;
    let is_reference = walk.value(0)?;
    Some(Strict { begins, is_reference, strings: walk.strings })
}

struct Walk<'a> {
    text: &'a [u8],
    at: usize,
    strings: Vec<Range<usize>>,
}

impl<'a> Walk<'a> {
    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Passes over blanks and comments; tells whether there was a comment.
    fn skip(&mut self) -> bool {
        let mut commented = false;
        loop {
            self.at += self.rest().iter().take_while(|byte| is_white(byte)).count();
            if self.rest().first() != Some(&b'%') {
                return commented;
            }
            self.at += find_any(self.rest(), b"\r\n");
            commented = true;
        }
    }

    /// Passes over a value; tells whether it is a reference.
    fn value(&mut self, depth: u32) -> Option<bool> {
        if depth > NESTING_MAX {
            return None;
        }
        match self.rest() {
            [b'/', ..] => self.name().map(|_| false),
            [b'(', ..] => self.string().map(|()| false),
            [b'<', b'<', ..] => self.dictionary(depth).map(|()| false),
            [b'<', ..] => self.hexadecimal().map(|()| false),
            [b'[', ..] => self.array(depth).map(|()| false),
            [b'0'..=b'9' | b'+' | b'-' | b'.', ..] => self.number(),
            _ => [b"true".as_slice(), b"false", b"null"].contains(&self.word()).then_some(false),
        }
    }

    /// Passes over a word, up to a blank or a sign that ends it.
    fn word(&mut self) -> &'a [u8] {
        let rest = self.rest();
        let length = rest.iter().position(|byte| is_white(byte) || is_sign(byte)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    /// Passes over a name, and gives it. Each `#` begins an escape, and no byte is one that some readers take for a blank.
    fn name(&mut self) -> Option<Vec<u8>> {
        self.at += 1;
        let word = self.word();
        let mut parts = word.split(|byte| *byte == b'#');
        parts.next();
        let escaped =
            parts.all(|part| part.get(..2).is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit)));
        // Some readers end a text at a zero.
        let plain = |name: &Vec<u8>| escaped && !word.iter().any(ends_name) && !name.contains(&0);
        Some(unescaped(word)).filter(plain)
    }

    fn string(&mut self) -> Option<()> {
        let length = string_length(self.rest());
        self.strings.push(self.at..self.at + length);
        self.at += length;
        (length > 1 && self.text.get(self.at - 1) == Some(&b')')).then_some(())
    }

    fn hexadecimal(&mut self) -> Option<()> {
        let rest = self.rest().get(1..)?;
        let digits = rest.iter().take_while(|byte| byte.is_ascii_hexdigit() || is_white(byte)).count();
        self.at += digits + 2;
        (rest.get(digits) == Some(&b'>')).then_some(())
    }

    fn array(&mut self, depth: u32) -> Option<()> {
        self.at += 1;
        loop {
            self.skip();
            if self.rest().first() == Some(&b']') {
                self.at += 1;
                return Some(());
            }
            self.value(depth + 1)?;
        }
    }

    /// Passes over a dictionary: names and values in turn. What a name holds that comes twice is judged but once.
    fn dictionary(&mut self, depth: u32) -> Option<()> {
        self.at += 2;
        let mut names = BTreeMap::new();
        loop {
            self.skip();
            let name = match self.rest() {
                [b'>', b'>', ..] => {
                    self.at += 2;
                    return Some(());
                }
                [b'/', ..] => self.name()?,
                _ => return None,
            };
            self.skip();
            let holds = self.rest().starts_with(b"<<") || self.rest().starts_with(b"[");
            let is_once = ONCE.iter().any(|once| *once == name);
            if names.insert(name, holds).is_some_and(|held| is_once || held || holds) {
                return None;
            }
            self.value(depth + 1)?;
        }
    }

    /// Passes over a number, or a reference.
    fn number(&mut self) -> Option<bool> {
        let word = self.word();
        let digits = word.iter().position(|byte| !b"+-".contains(byte)).and_then(|at| word.get(at..))?;
        let (whole, part) = match digits.iter().position(|byte| *byte == b'.') {
            Some(point) => (digits.get(..point)?, digits.get(point + 1..)?),
            None => (digits, [].as_slice()),
        };
        let are_digits = |digits: &[u8]| digits.iter().all(u8::is_ascii_digit);
        let is_one = word.len() - digits.len() <= 1 && are_digits(whole) && are_digits(part);
        if !is_one || whole.len() + part.len() == 0 || word.len() > WORD_DIGITS_MAX {
            return None;
        }
        let after = self.at;
        let mut commented = self.skip();
        let generation = self.word();
        commented |= self.skip();
        if !are_digits(generation) || generation.is_empty() || self.word() != b"R" {
            self.at = after;
            return Some(false);
        }
        let generation = as_number(generation)?;
        let plain = word.len() <= NUMBER_DIGITS_MAX && are_digits(word) && generation <= GENERATION_MAX;
        (plain && !commented).then_some(true)
    }
}

/// What is a blank for every reader.
fn is_white(byte: &u8) -> bool {
    b"\0\t\n\x0c\r ".contains(byte)
}

/// What ends a word for every reader.
fn is_sign(byte: &u8) -> bool {
    b"()<>[]{}/%".contains(byte)
}
