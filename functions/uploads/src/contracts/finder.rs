//! Every object that begins in a file, whatever its tables lead to: those of earlier revisions, those that nothing refers to,
//! and those in object streams.
//!
//! Viewers disagree on a damaged table, and some rebuild it; each finds some of these.

use std::collections::BTreeMap;
use std::ops::Range;

use hayro_syntax::object::dict::Dict;
use hayro_syntax::object::{FromBytes, MaybeRef, Null, Object};
use schemas::upload::{Finding, FindingCode, Place};

use super::kind::find;
use super::lexer::{Head, after_blanks, as_number, ends_name, head, is_blank};
use super::streams::{Streams, Unpacked};
use super::strict;
use super::xref::Places;

/// Most objects: the official form has six hundred, a scan of twelve pages fifty.
const OBJECTS_MAX: usize = 50_000;

/// The objects of a file.
#[derive(Default)]
pub(super) struct Objects<'a> {
    all: Vec<(Place, Object<'a>)>,
    by_number: BTreeMap<u32, Vec<usize>>,
    /// Where the strings in them are: of the file, and of each of its object streams.
    strings: Vec<Vec<Range<usize>>>,
    /// Whether one of them says that the file is encrypted.
    encrypted: bool,
    /// Those that may be a table, and the text that each begins.
    tables: Vec<(Dict<'a>, &'a [u8])>,
    /// Why the file cannot be taken: an object is not written as the standard says, so that readers may differ on what it
    /// is, or there are too many.
    failed: Option<Finding>,
}

impl<'a> Objects<'a> {
    /// Finds them all.
    pub(super) fn find(bytes: &'a [u8], streams: &'a Streams) -> Self {
        let (mut objects, mut places, mut heads) = (Self::default(), Places::default(), BTreeMap::new());
        objects.strings.push(Vec::new());
        let mut from = 0;
        while let Some(at) = bytes.get(from..).and_then(|rest| find(rest, b"obj")).map(|at| from + at) {
            from = at + 3;
            if bytes.get(from).is_some_and(|next| !ends_name(next)) {
                continue;
            }
            match head(bytes.get(..at).unwrap_or_default()) {
                Head::None => {}
                Head::Number { begins, digits } => {
                    let rests =
                        (1..digits.len()).filter_map(|at| Some((begins + at, as_number(digits.get(at..)?)?)));
                    places.within_numbers.extend(rests);
                    heads.extend(objects.add(digits, bytes, from).map(|number| (from, number)));
                }
                Head::Odd => objects.fail(FindingCode::Unreadable, Place::Byte(at as u64)),
            }
        }
        for at in trailers(bytes) {
            objects.add_value(bytes, at, Place::Byte(at as u64));
        }
        for stream in &streams.unpacked {
            objects.strings.push(Vec::new());
            let members = objects.add_members(stream);
            let head = heads.range(..stream.at).next_back();
            head.into_iter()
                .for_each(|(_, number)| places.members.entry(*number).or_default().push(members.clone()));
        }
        let wrong = objects.tables.iter().any(|(dict, text)| places.is_wrong_stream(dict, text));
        if wrong || places.any_wrong_entry(bytes) {
            objects.fail(FindingCode::Unreadable, Place::File);
        }
        // Those of an object within another one, which is none, come twice.
        objects.strings.iter_mut().for_each(|strings| strings.sort_by_key(|range| range.start));
        objects
    }

    /// Each object, and where it stands.
    pub(super) fn all(&self) -> &[(Place, Object<'a>)] {
        &self.all
    }

    /// Why the file cannot be taken, if it cannot.
    pub(super) fn failed(&self) -> Option<&Finding> {
        self.failed.as_ref()
    }

    /// Whether one of them says that the file is encrypted.
    pub(super) fn encrypted(&self) -> bool {
        self.encrypted
    }

    /// Whether a byte is within a string of an object: in the file, or in one of its object streams, counted from 1.
    pub(super) fn is_in_string(&self, text: usize, at: usize) -> bool {
        let Some(strings) = self.strings.get(text) else { return false };
        let after = strings.partition_point(|range| range.start <= at);
        after.checked_sub(1).and_then(|last| strings.get(last)).is_some_and(|range| range.contains(&at))
    }

    /// What a value is, or may be where it is a reference: the objects of that number.
    pub(super) fn values(&self, value: &MaybeRef<Object<'a>>) -> Vec<Object<'a>> {
        match value {
            MaybeRef::NotRef(object) => vec![object.clone()],
            MaybeRef::Ref(to) => {
                let places = self.by_number.get(&to.obj_number).into_iter().flatten();
                places.filter_map(|place| self.all.get(*place)).map(|(_, object)| object.clone()).collect()
            }
        }
    }

    fn fail(&mut self, code: FindingCode, place: Place) {
        self.failed.get_or_insert_with(|| Finding::refusing(code, place, "objects"));
    }

    /// Adds the members of an object stream, and gives their numbers.
    fn add_members(&mut self, stream: &'a Unpacked) -> Vec<u32> {
        let mut numbers = Vec::new();
        let (count, first) = stream.members;
        let mut words = stream.text.split(is_blank).filter(|word| !word.is_empty());
        for _ in 0..count {
            let (digits, offset) = (words.next().unwrap_or_default(), words.next().and_then(as_number));
            match offset.and_then(|offset| first.checked_add(offset)) {
                Some(at) if at < stream.text.len() => numbers.extend(self.add(digits, &stream.text, at)),
                _ => {
                    self.fail(FindingCode::Unreadable, Place::Byte(stream.at as u64));
                    break;
                }
            }
        }
        numbers
    }

    /// Adds the object of this number that begins here, and gives the number.
    fn add(&mut self, digits: &[u8], text: &'a [u8], at: usize) -> Option<u32> {
        let Some(number) = as_number(digits).and_then(|number| u32::try_from(number).ok()) else {
            self.fail(FindingCode::Unreadable, Place::File);
            return None;
        };
        self.by_number.entry(number).or_default().push(self.all.len());
        self.add_value(text, at, Place::Object(number));
        Some(number)
    }

    /// Adds what stands here: of a stream its dictionary, for its data are neither keys nor values; nothing is null. What is
    /// itself a reference leads some readers on, and others nowhere.
    fn add_value(&mut self, text: &'a [u8], at: usize, place: Place) {
        if self.all.len() == OBJECTS_MAX {
            return self.fail(FindingCode::OverLimit, Place::File);
        }
        let rest = text.get(at..).unwrap_or_default();
        let object = match strict::value(rest) {
            _ if after_blanks(rest).starts_with(b"endobj") => Some(Object::Null(Null)),
            Some(value) if !value.is_reference => {
                // In one that goes on beyond an object others may see more than a string.
                let is_one = |range: &Range<usize>| {
                    let string = rest.get(range.clone()).unwrap_or_default();
                    ![b"endobj".as_slice(), b"endstream", b"trailer"]
                        .iter()
                        .any(|word| find(string, word).is_some())
                };
                let strings = value.strings.into_iter().filter(is_one);
                let strings = strings.map(|range| at + range.start..at + range.end);
                self.strings.last_mut().into_iter().for_each(|all| all.extend(strings.clone()));
                let written = rest.get(value.begins..).unwrap_or_default();
                if written.starts_with(b"<<") {
                    Dict::from_bytes(written).map(Object::Dict)
                } else {
                    Object::from_bytes(written)
                }
            }
            _ => None,
        };
        match &object {
            Some(Object::Dict(dict)) => {
                self.encrypted |= dict.contains_key("Encrypt");
                if dict.contains_key("W") {
                    self.tables.push((dict.clone(), after_blanks(rest)));
                }
            }
            Some(_) => {}
            None => self.fail(FindingCode::Unreadable, place),
        }
        self.all.push((place, object.unwrap_or(Object::Null(Null))));
    }
}

/// Where the dictionaries of the tables are that are text.
fn trailers(bytes: &[u8]) -> impl Iterator<Item = usize> {
    const TRAILER: &[u8] = b"trailer";
    let mut from = 0;
    std::iter::from_fn(move || {
        from += find(bytes.get(from..)?, TRAILER)? + TRAILER.len();
        Some(from)
    })
    .filter(|at| after_blanks(bytes.get(*at..).unwrap_or_default()).starts_with(b"<<"))
}

#[cfg(test)]
mod tests {
    use super::super::streams;
    use super::*;

    /// What says that a file is encrypted is found even where a text of another object seems to cover it: readers that follow
    /// the tables do not see that text, and decrypt. Nor is such a text one in which names are passed over.
    #[test]
    fn encryption_is_seen_through_a_text() {
        let covered =
            b"8 0 obj<</Length 11>>stream\n] 9 0 obj (\nendstream endobj\ntrailer <</Encrypt<</V 4>>>>\n%)\n";
        let plain = b"8 0 obj(said to <</Encrypt 1>>) endobj 9 0 obj (a text)";
        for (file, encrypted) in [(covered.as_slice(), true), (plain, false)] {
            let streams = streams::read(file);
            let objects = Objects::find(file, &streams);
            assert_eq!(objects.encrypted(), encrypted, "{}", String::from_utf8_lossy(file));
        }
        let streams = streams::read(covered);
        assert!(!Objects::find(covered, &streams).is_in_string(0, covered.len() - 4));
    }
}
