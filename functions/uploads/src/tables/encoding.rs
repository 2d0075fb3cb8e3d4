//! Characters: which encoding a text has, told by its bytes alone.

use encoding_rs::WINDOWS_1252;
use schemas::intake::{EncodingProblem, FileRefusal};

use super::Encoding;

/// Reads a text: by its mark, else as UTF-8, else as Windows-1252, which spreadsheets write without a mark.
pub(super) fn text(bytes: &[u8]) -> Result<(String, Encoding), FileRefusal> {
    let (text, encoding) = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => (utf8(rest)?, Encoding::Utf8),
        [0xFF, 0xFE, rest @ ..] => (utf16(rest, u16::from_le_bytes)?, Encoding::Utf16Le),
        [0xFE, 0xFF, rest @ ..] => (utf16(rest, u16::from_be_bytes)?, Encoding::Utf16Be),
        _ => match str::from_utf8(bytes) {
            Ok(text) => (text.to_owned(), Encoding::Utf8),
            Err(_) => (windows_1252(bytes)?, Encoding::Windows1252),
        },
    };
    match text.find(is_foreign) {
        Some(at) => Err(refused(text.as_bytes().get(..at).unwrap_or_default(), EncodingProblem::Control)),
        None => Ok((text, encoding)),
    }
}

/// A control character that no table has, or the one that stands for what a program lost.
fn is_foreign(c: char) -> bool {
    c == char::REPLACEMENT_CHARACTER || (c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
}

/// The refusal that names the row which follows these bytes.
fn refused(before: &[u8], problem: EncodingProblem) -> FileRefusal {
    let ends = before.iter().zip(before.iter().skip(1).chain([&0])).filter(|(byte, next)| match byte {
        b'\n' => true,
        b'\r' => **next != b'\n',
        _ => false,
    });
    let row = u32::try_from(ends.count()).unwrap_or(u32::MAX).saturating_add(1);
    FileRefusal::Encoding { row, problem }
}

fn utf8(bytes: &[u8]) -> Result<String, FileRefusal> {
    str::from_utf8(bytes).map(str::to_owned).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        refused(before, EncodingProblem::Malformed)
    })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, FileRefusal> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len() / 2);
    for c in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        match c {
            Ok(c) => text.push(c),
            Err(_) => return Err(refused(text.as_bytes(), EncodingProblem::Malformed)),
        }
    }
    if rest.is_empty() { Ok(text) } else { Err(refused(text.as_bytes(), EncodingProblem::Malformed)) }
}

/// What is not UTF-8 is Windows-1252, unless a part of it is UTF-8 all the same, or a byte is none of its characters.
fn windows_1252(bytes: &[u8]) -> Result<String, FileRefusal> {
    /// The bytes that Windows-1252 leaves open.
    const OPEN: [u8; 5] = [0x81, 0x8D, 0x8F, 0x90, 0x9D];
    let mut before = 0;
    let mut first = None;
    let mut mixed = false;
    for chunk in bytes.utf8_chunks() {
        mixed |= chunk.valid().contains(is_western);
        before += chunk.valid().len();
        if !chunk.invalid().is_empty() {
            first = first.or(Some(before));
        }
        before += chunk.invalid().len();
    }
    let head = |at: usize| bytes.get(..at).unwrap_or_default();
    if mixed {
        return Err(refused(head(first.unwrap_or_default()), EncodingProblem::Mixed));
    }
    if let Some(at) = bytes.iter().position(|byte| OPEN.contains(byte)) {
        return Err(refused(head(at), EncodingProblem::Malformed));
    }
    Ok(WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned())
}

/// A character that French is written with, beside ASCII. Two letters of Windows-1252 that happen to make another one
/// of UTF-8 are no sign of it: `\u{c9}` and a hard space make one of the phonetic alphabet.
fn is_western(c: char) -> bool {
    matches!(c, '\u{a0}'..='\u{17f}' | '\u{2010}'..='\u{20ac}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each encoding is told by its bytes, and gives the same text.
    #[test]
    fn encodings_are_told_by_their_bytes() {
        let text = "motif;d\u{e9}lai d\u{2019}inscription\r\n\u{20ac}";
        let utf16 = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        let cases: [(Vec<u8>, Encoding); 5] = [
            (text.into(), Encoding::Utf8),
            ([b"\xEF\xBB\xBF", text.as_bytes()].concat(), Encoding::Utf8),
            ([b"\xFF\xFE".to_vec(), utf16(u16::to_le_bytes)].concat(), Encoding::Utf16Le),
            ([b"\xFE\xFF".to_vec(), utf16(u16::to_be_bytes)].concat(), Encoding::Utf16Be),
            (WINDOWS_1252.encode(text).0.into_owned(), Encoding::Windows1252),
        ];
        for (bytes, encoding) in cases {
            assert_eq!(super::text(&bytes), Ok((text.to_owned(), encoding)));
        }
        // A capital and a hard space before the closing sign: two bytes that UTF-8 has a character for.
        let spaced = super::text(b"MARCH\xC9\xA0\xBB").unwrap();
        assert_eq!(spaced, ("MARCH\u{c9}\u{a0}\u{bb}".to_owned(), Encoding::Windows1252));
    }

    /// What cannot be told is refused, with the row: never guessed.
    #[test]
    fn what_cannot_be_told_is_refused_with_its_row() {
        use EncodingProblem::{Control, Malformed, Mixed};
        for (bytes, row, problem) in [
            (&b"a;b\r\nc\0;d"[..], 2, Control),
            (b"a\rb\rc\x1b", 3, Control),
            (b"a\nb\n\nc\xEF\xBF\xBD", 4, Control),
            ("a\n\u{85}".as_bytes(), 2, Control),
            (b"d\xC3\xA9lai\nd\xE9lai", 2, Mixed),
            (b"d\xE9lai\nd\xC3\xA9lai", 1, Mixed),
            (b"a\n\xE9\x81", 2, Malformed),
            (b"\xEF\xBB\xBFa\nd\xE9lai", 2, Malformed),
            (b"\xFF\xFEa\0\n\0b", 2, Malformed),
            (b"\xFF\xFEa\0\n\0\x00\xD8b\0", 2, Malformed),
        ] {
            assert_eq!(super::text(bytes), Err(FileRefusal::Encoding { row, problem }), "{bytes:?}");
        }
    }
}
