//! Where a file's cross-reference tables lead, those of earlier revisions included: never into the middle of a number, and to
//! each object of an object stream under its own number.
//!
//! Readers that ask for less would find an object there under a number that nobody else knows it by.

use std::collections::BTreeMap;

use hayro_syntax::object::dict::Dict;
use hayro_syntax::object::{Array, FromBytes, Stream};

use super::kind::find;
use super::lexer::{after_blanks, is_blank};

/// What a table may lead to.
#[derive(Default)]
pub(super) struct Places {
    /// Bytes within a number that begins an object, after its first digit, each with the number that begins there.
    pub(super) within_numbers: BTreeMap<usize, usize>,
    /// The numbers of the objects in each object stream, by the number of that.
    pub(super) members: BTreeMap<u32, Vec<Vec<u32>>>,
}

impl Places {
    /// Whether an entry of a table that is text leads where none should.
    pub(super) fn any_wrong_entry(&self, bytes: &[u8]) -> bool {
        let mut from = 0;
        while let Some(at) = bytes.get(from..).and_then(|rest| find(rest, b"xref")).map(|at| from + at) {
            from = at + 4;
            if self.is_wrong_table(bytes.get(from..).unwrap_or_default()) {
                return true;
            }
        }
        false
    }

    /// Whether one of the entries is wrong that follow: for each section two numbers, then two numbers and a letter each.
    fn is_wrong_table(&self, text: &[u8]) -> bool {
        let mut words = text.split(is_blank).filter(|word| !word.is_empty()).peekable();
        let mut number = 0_usize;
        while let Some((place, _)) = words.next().and_then(as_number).zip(words.next().and_then(as_number)) {
            match words.next_if(|word| [b"n".as_slice(), b"f"].contains(word)) {
                Some(_) if self.leads_within(place, number) => return true,
                Some(_) => number = number.saturating_add(1),
                None => number = place,
            }
        }
        false
    }

    /// Whether the rest of a number begins here that somebody may take for this one: some count a table's entries from 1.
    fn leads_within(&self, place: usize, number: usize) -> bool {
        self.within_numbers.get(&place).is_some_and(|rest| rest.abs_diff(number) <= 1)
    }

    /// Whether an entry of a table that is a stream leads where none should, or cannot be read.
    pub(super) fn is_wrong_stream(&self, dict: &Dict<'_>, text: &[u8]) -> bool {
        let Some(widths) = dict.get::<Array<'_>>("W") else { return false };
        let is_stream =
            after_blanks(text.get(dict.data().len()..).unwrap_or_default()).starts_with(b"stream");
        is_stream && self.all_entries(dict, &widths, text).is_none_or(|fine| !fine)
    }

    fn all_entries(&self, dict: &Dict<'_>, widths: &Array<'_>, text: &[u8]) -> Option<bool> {
        let widths: Vec<usize> = widths.iter::<u32>().map(usize::try_from).collect::<Result<_, _>>().ok()?;
        let [kind, place, index] = *widths.first_chunk()?;
        let data = Stream::from_bytes(text)?.decoded().ok()?;
        let size = kind.checked_add(place)?.checked_add(index)?;
        let sections: Vec<u32> = match dict.get::<Array<'_>>("Index") {
            Some(sections) => sections.iter::<u32>().collect(),
            None => vec![0, dict.get::<u32>("Size")?],
        };
        let numbers = sections.chunks_exact(2).filter_map(<[u32]>::first_chunk);
        let numbers = numbers.flat_map(|[first, count]| *first..first.saturating_add(*count));
        let mut entries = data.chunks_exact(Some(size).filter(|size| *size > 0)?).zip(numbers);
        Some(entries.all(|(entry, number)| {
            let (of_kind, rest) = entry.split_at(kind);
            let (of_place, of_index) = rest.split_at(place);
            match if kind == 0 { 1 } else { whole(of_kind) } {
                1 => usize::try_from(number).is_ok_and(|number| !self.leads_within(whole(of_place), number)),
                2 => self.is_member(whole(of_place), whole(of_index), number),
                _ => true,
            }
        }))
    }

    fn is_member(&self, stream: usize, index: usize, number: u32) -> bool {
        let streams = u32::try_from(stream).ok().and_then(|stream| self.members.get(&stream));
        streams.into_iter().flatten().all(|members| members.get(index).is_none_or(|member| *member == number))
    }
}

/// The number that a word is.
pub(super) fn as_number(word: &[u8]) -> Option<usize> {
    let digits = std::str::from_utf8(word).ok()?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// A whole number, its highest byte first.
fn whole(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |number: usize, byte| number.wrapping_shl(8) | usize::from(*byte))
}
