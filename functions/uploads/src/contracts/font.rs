//! What the bytes of a shown text mean, by the font that shows them.

use std::collections::BTreeMap;

use hayro_syntax::object::dict::Dict;
use hayro_syntax::object::{Array, Name, Object, Stream};

/// Most entries of a font's map to text: every sign of a large font. What is said twice counts twice.
const MAP_ENTRIES_MAX: u32 = 70_000;

/// What stands for a sign that cannot be told.
const UNKNOWN: char = '\u{fffd}';

/// The upper half of Windows-1252 from 0x80 to 0x9F; above, it is Latin-1.
const WINDOWS: &str = "€\u{fffd}‚ƒ„…†‡ˆ‰Š‹Œ\u{fffd}Ž\u{fffd}\u{fffd}‘’“”•–—˜™š›œ\u{fffd}žŸ";

/// The upper half of Mac OS Roman.
const MAC: &str = "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø¿¡¬√ƒ≈∆«»… ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\u{fffd}ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ";

/// How the bytes that a font shows become text.
#[derive(Debug, Clone, Default)]
pub(super) struct Font {
    /// Bytes of one code.
    width: usize,
    /// How many entries its map may still have.
    room: u32,
    to_text: BTreeMap<u32, String>,
    differences: BTreeMap<u32, char>,
    mac: bool,
    /// Whether a code without an entry says nothing.
    opaque: bool,
}

impl Font {
    /// The font of this dictionary.
    pub(super) fn new(dict: &Dict<'_>) -> Self {
        let composite = dict.get::<Name<'_>>("Subtype").is_some_and(|kind| kind.as_ref() == b"Type0");
        let mut font = Self {
            width: if composite { 2 } else { 1 },
            opaque: composite,
            room: MAP_ENTRIES_MAX,
            ..Self::default()
        };
        match dict.get::<Object<'_>>("Encoding") {
            Some(Object::Name(name)) => font.mac = name.as_ref() == b"MacRomanEncoding",
            Some(Object::Dict(encoding)) => {
                let base = encoding.get::<Name<'_>>("BaseEncoding");
                font.mac = base.is_some_and(|base| base.as_ref() == b"MacRomanEncoding");
                font.differ(&encoding);
            }
            _ => {}
        }
        if let Some(map) = dict.get::<Stream<'_>>("ToUnicode").and_then(|map| map.decoded_data().ok()) {
            font.map(&map);
        }
        font
    }

    /// The text that these bytes show.
    pub(super) fn text(&self, bytes: &[u8]) -> String {
        let codes = bytes
            .chunks(self.width.max(1))
            .map(|code| code.iter().fold(0_u32, |number, byte| number.wrapping_shl(8) | u32::from(*byte)));
        let mut text = String::with_capacity(bytes.len());
        for code in codes {
            match (self.to_text.get(&code), self.differences.get(&code)) {
                (Some(known), _) => text.push_str(known),
                (None, Some(known)) => text.push(*known),
                (None, None) if self.opaque => text.push(UNKNOWN),
                (None, None) => text.push(sign(code, self.mac)),
            }
        }
        text
    }

    fn differ(&mut self, encoding: &Dict<'_>) {
        let Some(differences) = encoding.get::<Array<'_>>("Differences") else { return };
        let mut code = 0_u32;
        for item in differences.iter::<Object<'_>>() {
            match item {
                Object::Number(number) => code = u32::try_from(number.as_i64()).unwrap_or(0),
                Object::Name(name) => {
                    if let Some(sign) = named(name.as_str()) {
                        self.differences.insert(code, sign);
                    }
                    code = code.saturating_add(1);
                }
                _ => {}
            }
        }
    }

    /// Reads a map of codes to text: its `bfchar` and `bfrange` sections. How many bytes a code has is the font's affair:
    /// what producers write of it here is often that of another font.
    fn map(&mut self, map: &[u8]) {
        let mut section: &[u8] = b"";
        let mut operands: Vec<Vec<u8>> = Vec::new();
        let mut in_array = false;
        for token in tokens(map) {
            match token {
                Token::Hex(bytes) => operands.push(bytes),
                Token::Open => in_array = true,
                Token::Close => {
                    self.array(&operands);
                    (in_array, operands) = (false, Vec::new());
                }
                Token::Word(word) => {
                    section = match word {
                        b"beginbfchar" | b"beginbfrange" => word,
                        b"endbfchar" | b"endbfrange" => b"",
                        _ => section,
                    };
                    operands.clear();
                }
            }
            if in_array {
                continue;
            }
            match (section, operands.as_slice()) {
                (b"beginbfchar", [code, text]) => {
                    self.put(number(code), utf16(text));
                }
                (b"beginbfrange", [from, to, text]) => self.range(number(from), number(to), text),
                _ => continue,
            }
            operands.clear();
        }
    }

    /// Keeps the text of a code; tells whether there is room for it.
    fn put(&mut self, code: u32, text: String) -> bool {
        let Some(left) = self.room.checked_sub(1) else { return false };
        self.room = left;
        self.to_text.insert(code, text);
        true
    }

    /// Consecutive codes for consecutive signs: the last unit of the text counts up, as far as it goes. One half of a pair
    /// does not become a sign of its own.
    fn range(&mut self, from: u32, to: u32, text: &[u8]) {
        let (opening, last) = text.split_at(text.len().saturating_sub(2));
        let Some(unit) = u16::try_from(number(last)).ok().filter(|_| !last.is_empty()) else { return };
        let greatest = match unit {
            0xd800..=0xdbff => 0xdbff,
            0xdc00..=0xdfff => 0xdfff,
            _ => u16::MAX,
        };
        for (code, unit) in (from..=to).zip(unit..=greatest) {
            if !self.put(code, utf16(&[opening, &unit.to_be_bytes()].concat())) {
                return;
            }
        }
    }

    /// Consecutive codes, each with its own text.
    fn array(&mut self, operands: &[Vec<u8>]) {
        let Some((from, [_, texts @ ..])) = operands.split_first() else { return };
        for (code, text) in (number(from)..=u32::MAX).zip(texts) {
            if !self.put(code, utf16(text)) {
                return;
            }
        }
    }
}

enum Token<'a> {
    Hex(Vec<u8>),
    Open,
    Close,
    Word(&'a [u8]),
}

/// The parts of a map that matter: texts in hexadecimal, brackets and words.
fn tokens(text: &[u8]) -> impl Iterator<Item = Token<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_ascii_start();
        let (first, after) = rest.split_first()?;
        let (token, left) = match first {
            b'[' => (Token::Open, after),
            b']' => (Token::Close, after),
            b'<' if !after.starts_with(b"<") => {
                let ends = after.iter().position(|byte| *byte == b'>').unwrap_or(after.len());
                let digits = after.get(..ends).unwrap_or_default();
                (Token::Hex(hex(digits)), after.get(ends + 1..).unwrap_or_default())
            }
            _ => {
                let inside =
                    after.iter().position(|byte| byte.is_ascii_whitespace() || b"[]<".contains(byte));
                let ends = 1 + inside.unwrap_or(after.len());
                (Token::Word(rest.get(..ends).unwrap_or_default()), rest.get(ends..).unwrap_or_default())
            }
        };
        rest = left;
        Some(token)
    })
}

/// The bytes of these hexadecimal digits; what is none is passed over.
pub(super) fn hex(digits: &[u8]) -> Vec<u8> {
    let values: Vec<u8> = digits
        .iter()
        .filter_map(|digit| char::from(*digit).to_digit(16))
        .filter_map(|value| u8::try_from(value).ok())
        .collect();
    values.chunks(2).map(|pair| pair.iter().fold(0, |byte: u8, digit| byte.wrapping_shl(4) | digit)).collect()
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().take(4).fold(0_u32, |number, byte| number.wrapping_shl(8) | u32::from(*byte))
}

fn utf16(bytes: &[u8]) -> String {
    let units = bytes
        .chunks(2)
        .map(|pair| pair.iter().fold(0_u16, |unit, byte| unit.wrapping_shl(8) | u16::from(*byte)));
    char::decode_utf16(units).map(|sign| sign.unwrap_or(UNKNOWN)).collect()
}

/// The sign of a byte in one of the two common encodings.
fn sign(code: u32, mac: bool) -> char {
    let upper =
        |table: &str, from: u32| table.chars().nth(code.saturating_sub(from) as usize).unwrap_or(UNKNOWN);
    match code {
        0x80.. if mac => upper(MAC, 0x80),
        0x80..=0x9f => upper(WINDOWS, 0x80),
        _ => char::from_u32(code).unwrap_or(UNKNOWN),
    }
}

/// The sign of a glyph's name; of an accented letter, the letter: texts are compared without accents.
fn named(name: &str) -> Option<char> {
    const ACCENTS: [&str; 8] =
        ["acute", "grave", "circumflex", "dieresis", "cedilla", "tilde", "ring", "caron"];
    const SIGNS: [(&str, char); 36] = [
        ("space", ' '),
        ("nbspace", ' '),
        ("zero", '0'),
        ("one", '1'),
        ("two", '2'),
        ("three", '3'),
        ("four", '4'),
        ("five", '5'),
        ("six", '6'),
        ("seven", '7'),
        ("eight", '8'),
        ("nine", '9'),
        ("slash", '/'),
        ("hyphen", '-'),
        ("minus", '-'),
        ("endash", '–'),
        ("emdash", '—'),
        ("period", '.'),
        ("comma", ','),
        ("colon", ':'),
        ("semicolon", ';'),
        ("parenleft", '('),
        ("parenright", ')'),
        ("quotesingle", '\''),
        ("quoteright", '’'),
        ("quoteleft", '‘'),
        ("at", '@'),
        ("underscore", '_'),
        ("asterisk", '*'),
        ("degree", '°'),
        ("percent", '%'),
        ("Euro", '€'),
        ("plus", '+'),
        ("ae", 'æ'),
        ("oe", 'œ'),
        ("ampersand", '&'),
    ];
    let mut letters = name.chars();
    let first = letters.next()?;
    if letters.as_str().is_empty() || ACCENTS.contains(&letters.as_str()) {
        return Some(first);
    }
    let coded = name.strip_prefix("uni").and_then(|digits| u32::from_str_radix(digits.get(..4)?, 16).ok());
    coded
        .and_then(char::from_u32)
        .or_else(|| SIGNS.into_iter().find(|(known, _)| *known == name).map(|(_, sign)| sign))
}

/// A text outside a page, as in a form: UTF-16 or UTF-8 by its mark, else about Latin-1.
pub(super) fn document_text(bytes: &[u8]) -> String {
    match bytes {
        [0xfe, 0xff, rest @ ..] => utf16(rest),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => bytes.iter().map(|byte| sign(u32::from(*byte), false)).collect(),
    }
}
