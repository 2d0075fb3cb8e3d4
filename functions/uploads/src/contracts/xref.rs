//! Where a file's cross-reference tables lead, those of earlier revisions included: never into the middle of a number, and to
//! each object of an object stream under its own number.
//!
//! Readers that ask for less would find an object there under a number that nobody else knows it by.

use std::collections::BTreeMap;

use hayro_syntax::object::dict::Dict;
use hayro_syntax::object::{Array, FromBytes, MaybeRef, Object, Stream};

use super::kind::find;
use super::lexer::{after_blanks, as_number, ends_name};

/// What a table may lead to.
#[derive(Default)]
pub(super) struct Places {
    /// Bytes within a number that begins an object, after its first digit, each with the number that begins there.
    pub(super) within_numbers: BTreeMap<usize, usize>,
    /// The numbers of the objects in each object stream, by the number of that.
    pub(super) members: BTreeMap<u32, Vec<Vec<u32>>>,
}

impl Places {
    /// Whether an entry of a table that is text leads where none should, or a table holds more than entries.
    pub(super) fn any_wrong_entry(&self, bytes: &[u8]) -> bool {
        let mut from = 0;
        while let Some(at) = bytes.get(from..).and_then(|rest| find(rest, b"xref")).map(|at| from + at) {
            from = at + 4;
            let is_part = |byte: &u8| !ends_name(byte);
            let rest = bytes.get(from..).unwrap_or_default();
            let is_word = !at.checked_sub(1).and_then(|at| bytes.get(at)).is_some_and(is_part)
                && !rest.first().is_some_and(|next| is_part(next) && !next.is_ascii_digit());
            if is_word && self.is_wrong_table(rest) {
                return true;
            }
        }
        false
    }

    /// Whether what follows is anything but a table whose entries lead where they should: for each section two numbers, then
    /// two numbers and a letter each; at the end its dictionary.
    fn is_wrong_table(&self, text: &[u8]) -> bool {
        let ends = find(text, b"trailer").unwrap_or(text.len());
        let table = text.get(..ends).unwrap_or_default();
        let mut words = table.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).peekable();
        let mut number = 0_usize;
        while let Some(place) = words.next() {
            let Some((place, _)) = as_number(place).zip(words.next().and_then(as_number)) else {
                return true;
            };
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
        let is_stream =
            after_blanks(text.get(dict.data().len()..).unwrap_or_default()).starts_with(b"stream");
        is_stream
            && match dict.get_raw::<Object<'_>>("W") {
                Some(MaybeRef::NotRef(Object::Array(widths))) => {
                    self.all_entries(dict, &widths, text).is_none_or(|fine| !fine)
                }
                Some(MaybeRef::Ref(_)) => true,
                _ => false,
            }
    }

    fn all_entries(&self, dict: &Dict<'_>, widths: &Array<'_>, text: &[u8]) -> Option<bool> {
        if !["Index", "Size", "Filter", "DecodeParms"].into_iter().all(|key| is_direct(dict, key)) {
            return None;
        }
        let widths: Vec<usize> =
            whole_numbers(widths)?.into_iter().map(usize::try_from).collect::<Result<_, _>>().ok()?;
        let [kind, place, index] =
            *widths.first_chunk().filter(|_| widths.iter().all(|w| *w <= WIDTH_MAX))?;
        let data = Stream::from_bytes(text)?.decoded().ok()?;
        let size = kind.checked_add(place)?.checked_add(index)?;
        let sections: Vec<u32> = match dict.get_raw::<Object<'_>>("Index") {
            Some(MaybeRef::NotRef(Object::Array(sections))) => whole_numbers(&sections)?,
            Some(_) => return None,
            None => vec![0, dict.get::<u32>("Size")?],
        };
        if !sections.len().is_multiple_of(2) {
            return None;
        }
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

/// Widest field of an entry, in bytes: what is wider is cut by each reader in its own way.
const WIDTH_MAX: usize = 8;

/// The whole numbers of which an array consists.
fn whole_numbers(array: &Array<'_>) -> Option<Vec<u32>> {
    let numbers: Vec<u32> = array.iter::<u32>().collect();
    (numbers.len() == array.raw_iter().count()).then_some(numbers)
}

/// Whether a value is not there, or is no reference and has none as an item.
pub(super) fn is_direct(dict: &Dict<'_>, key: &str) -> bool {
    match dict.get_raw::<Object<'_>>(key) {
        Some(MaybeRef::Ref(_)) => false,
        Some(MaybeRef::NotRef(Object::Array(array))) => {
            array.raw_iter().all(|item| matches!(item, MaybeRef::NotRef(_)))
        }
        _ => true,
    }
}

/// A whole number, its highest byte first.
fn whole(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |number: usize, byte| number.wrapping_shl(8) | usize::from(*byte))
}
