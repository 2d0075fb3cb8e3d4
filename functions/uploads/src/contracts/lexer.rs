//! How a PDF is written, without its structure: names, strings, comments, and the words that begin streams and objects.

use std::ops::Range;

use super::kind::find;

/// The word that begins a stream's data, and the data, which begin with a line of their own.
pub(super) fn data_after(dictionary: &[u8]) -> Option<(&[u8], &[u8])> {
    let word = dictionary.trim_ascii_start();
    let line = word.strip_prefix(STREAM)?;
    let blanks = line.iter().take_while(|byte| b" \t".contains(byte)).count();
    let line = line.get(blanks..)?;
    let data = [b"\r\n".as_slice(), b"\n", b"\r"].into_iter().find_map(|end| line.strip_prefix(end))?;
    Some((word, data))
}

/// The word that begins a stream's data.
const STREAM: &[u8] = b"stream";

/// Whether the word stands anywhere after the end of a dictionary.
pub(super) fn has_stream(text: &[u8]) -> bool {
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| find(rest, STREAM)) {
        let before = text.get(..from + at).unwrap_or_default();
        // Of a word that ends so, nothing more is asked: most are `endstream`.
        let begins = before.last().is_some_and(|last| is_blank(last) || *last == b'>');
        if begins && any_ending(before, |ending| ending.ends_with(b">>")) {
            return true;
        }
        from += at + STREAM.len();
    }
    false
}

/// How many bytes come before the first of these, or all.
pub(super) fn find_any(text: &[u8], these: &[u8]) -> usize {
    text.iter().position(|byte| these.contains(byte)).unwrap_or(text.len())
}

/// How long the string is that a text opens with, brackets included.
pub(super) fn string_length(text: &[u8]) -> usize {
    let (mut open, mut escaped) = (0_usize, false);
    let ends = text.iter().position(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'(' => open += 1,
            b')' => open = open.saturating_sub(1),
            _ => {}
        }
        open == 0
    });
    ends.map_or(text.len(), |ends| ends + 1)
}

/// Whether an object begins in this part of a file, or a table ends: the one word with something like a number before it,
/// or the other.
pub(super) fn has_object(bytes: &[u8], part: Range<usize>) -> bool {
    let data = bytes.get(part.start..part.end.min(bytes.len())).unwrap_or_default();
    let mut from = 0;
    while let Some(at) = data.get(from..).and_then(|rest| find(rest, b"obj")) {
        let word = from + at;
        from = word + 3;
        let before = bytes.get(..part.start + word).unwrap_or_default();
        if data.get(from).is_none_or(ends_name)
            && may_follow_number(before)
            && any_ending(before, |ending| number_at_end(ending) < ending.len())
        {
            return true;
        }
    }
    has_trailer(data)
}

/// What stands before the word that begins an object.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Head<'a> {
    /// No two numbers: the word is none.
    None,
    /// The object's number, and a generation.
    Number {
        /// Where it begins.
        begins: usize,
        /// Its digits.
        digits: &'a [u8],
    },
    /// What only some readers take for two numbers.
    Odd,
}

/// What a text says that ends where the word begins.
pub(super) fn head(text: &[u8]) -> Head<'_> {
    let digits = |text: &[u8]| text.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let generation = text.trim_ascii_end();
    let numbered = generation.get(..generation.len() - digits(generation)).unwrap_or_default();
    let number = numbered.trim_ascii_end();
    let (before, number_digits) = number.split_at(number.len() - digits(number));
    // What is more of the number for some is none of it for others.
    let is_whole = before.last().is_none_or(|last| !is_like_number(last));
    let are_two = numbered.len() < generation.len() && number.len() < numbered.len();
    let are_short = generation.len() - numbered.len() <= DIGITS_MAX && number_digits.len() <= DIGITS_MAX;
    if are_two && are_short && is_whole && !number_digits.is_empty() {
        return Head::Number { begins: before.len(), digits: number_digits };
    }
    let two = may_follow_number(text)
        && any_ending(text, |ending| {
            let first = ending.get(..number_at_end(ending)).unwrap_or_default();
            first.len() < ending.len() && any_ending(first, |ending| number_at_end(ending) < ending.len())
        });
    if two { Head::Odd } else { Head::None }
}

/// Whether a word that stands directly behind a text may have a number before it, and is not the rest of another word.
fn may_follow_number(text: &[u8]) -> bool {
    text.last().is_some_and(|last| is_blank(last) || *last == b'%' || is_like_number(last))
}

/// Where something like a number begins with which a text ends; the text's length if it ends otherwise.
fn number_at_end(text: &[u8]) -> usize {
    text.iter().rposition(|byte| !is_like_number(byte)).map_or(0, |at| at + 1)
}

fn is_like_number(byte: &u8) -> bool {
    byte.is_ascii_digit() || b".+-eE".contains(byte)
}

/// A text without the blanks and comments that it opens with.
pub(super) fn after_blanks(mut text: &[u8]) -> &[u8] {
    loop {
        let blanks = text.iter().take_while(|byte| is_blank(byte)).count();
        text = text.get(blanks..).unwrap_or_default();
        if text.first() != Some(&b'%') {
            return text;
        }
        text = text.get(find_any(text, b"\r\n")..).unwrap_or_default();
    }
}

/// Whether a table's dictionary follows its word in these data, or a comment that may end before one.
fn has_trailer(data: &[u8]) -> bool {
    const TRAILER: &[u8] = b"trailer";
    let mut rest = data;
    while let Some(at) = find(rest, TRAILER) {
        rest = rest.get(at + TRAILER.len()..).unwrap_or_default();
        let next = rest.iter().position(|byte| !is_blank(byte)).and_then(|at| rest.get(at));
        if next.is_some_and(|next| b"<%".contains(next)) {
            return true;
        }
    }
    false
}

/// How far back a comment is looked for: none in a plain file is as long.
const COMMENT_BYTES_MAX: usize = 2048;

/// Whether a text ends so, without the blanks at its end, or without what may be a comment there: a reader can begin after
/// any sign of it. It may, if its last line is too long to say.
fn any_ending(mut text: &[u8], ends_so: impl Fn(&[u8]) -> bool) -> bool {
    loop {
        let ends = text.iter().rposition(|byte| !is_blank(byte)).map_or(0, |at| at + 1);
        let kept = text.get(..ends).unwrap_or_default();
        if ends_so(kept) {
            return true;
        }
        let from = kept.len().saturating_sub(COMMENT_BYTES_MAX);
        let of_its_line = |byte: &u8| b"%\r\n".contains(byte);
        match kept.get(from..).and_then(|line| line.iter().rposition(of_its_line)).map(|at| from + at) {
            Some(at) if kept.get(at) == Some(&b'%') => text = kept.get(..at).unwrap_or_default(),
            found => return found.is_none() && from > 0,
        }
    }
}

/// Most digits of a whole number that somebody counts or points with.
const DIGITS_MAX: usize = 10;

/// The whole number that a word is.
pub(super) fn as_number(word: &[u8]) -> Option<usize> {
    let digits = std::str::from_utf8(word).ok().filter(|digits| digits.len() <= DIGITS_MAX)?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// Whether a text begins with two numbers, as an object stream does.
pub(super) fn begins_with_numbers(text: &[u8]) -> bool {
    let first = after_blanks(text);
    let rest = first.iter().position(|byte| !is_like_number(byte)).and_then(|at| first.get(at..));
    first.first().is_some_and(is_like_number)
        && rest.is_some_and(|rest| {
            rest.first().is_some_and(|next| is_blank(next) || *next == b'%')
                && after_blanks(rest).first().is_some_and(is_like_number)
        })
}

/// Whether a text opens with a reference: two numbers and a letter.
pub(super) fn is_reference(text: &[u8]) -> bool {
    let letter = after_number(text).and_then(after_number).map(<[u8]>::trim_ascii_start);
    matches!(letter, Some([b'R', after @ ..]) if after.first().is_none_or(ends_name))
}

fn after_number(text: &[u8]) -> Option<&[u8]> {
    let text = text.trim_ascii_start();
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    text.get(digits..).filter(|_| digits > 0)
}

/// A name in a text: where it begins and ends, and what it is, its escapes undone.
pub(super) struct Named {
    pub(super) at: usize,
    pub(super) ends: usize,
    pub(super) name: Vec<u8>,
}

/// The names in a text.
pub(super) fn each(text: &[u8]) -> impl Iterator<Item = Named> + '_ {
    let starts = text.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
    starts.map(|at| {
        let written = text.get(at + 1..).unwrap_or_default();
        let length = written.iter().position(ends_name).unwrap_or(written.len());
        let name = unescaped(written.get(..length).unwrap_or_default());
        Named { at, ends: at + 1 + length, name }
    })
}

/// Whether a byte ends a name for any reader.
pub(super) fn ends_name(byte: &u8) -> bool {
    is_blank(byte) || b"()<>[]{}/%".contains(byte)
}

/// Whether any reader takes a byte for a blank.
pub(super) fn is_blank(byte: &u8) -> bool {
    byte.is_ascii_whitespace() || *byte == 0 || some_blank(byte)
}

/// What one of the common readers takes for a blank, and the others for a letter.
pub(super) fn some_blank(byte: &u8) -> bool {
    [0x80, 0xff].contains(byte)
}

pub(super) fn unescaped(written: &[u8]) -> Vec<u8> {
    let mut name = Vec::with_capacity(written.len().min(32));
    let mut rest = written;
    while let Some((first, after)) = rest.split_first() {
        let escaped = (*first == b'#').then(|| after.get(..2).and_then(byte_of)).flatten();
        match escaped {
            Some(byte) => {
                name.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                name.push(*first);
                rest = after;
            }
        }
    }
    name
}

fn byte_of(digits: &[u8]) -> Option<u8> {
    let digits =
        std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u8::from_str_radix(digits, 16).ok()
}
