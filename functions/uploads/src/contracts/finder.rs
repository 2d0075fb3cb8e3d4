//! Every object that begins in a file, whatever its tables lead to: those of earlier revisions, those that nothing refers to,
//! and those in object streams.
//!
//! Viewers disagree on a damaged table, and some rebuild it; each finds some of these.

use std::collections::BTreeMap;

use hayro_syntax::Pdf;
use hayro_syntax::object::dict::Dict;
use hayro_syntax::object::{FromBytes, MaybeRef, Null, Object, ObjectIdentifier};
use schemas::upload::{Finding, FindingCode, Place};

use super::kind::find;
use super::lexer::{Head, after_blanks, ends_name, head, is_blank};
use super::names::ObjectStream;

/// Most objects: the official form has six hundred, a scan of twelve pages fifty.
pub(super) const OBJECTS_MAX: usize = 50_000;

/// The objects of a file.
pub(super) struct Objects<'a> {
    pdf: &'a Pdf,
    all: Vec<(Place, Object<'a>)>,
    by_number: BTreeMap<u32, Vec<usize>>,
}

impl<'a> Objects<'a> {
    /// Finds them all.
    ///
    /// # Errors
    ///
    /// One cannot be read, which another reader may be able to, and run it; or there are too many.
    pub(super) fn find(bytes: &'a [u8], streams: &'a [ObjectStream], pdf: &'a Pdf) -> Result<Self, Finding> {
        let mut objects = Self { pdf, all: Vec::new(), by_number: BTreeMap::new() };
        let mut from = 0;
        while let Some(at) = bytes.get(from..).and_then(|rest| find(rest, b"obj")).map(|at| from + at) {
            from = at + 3;
            let after = bytes.get(from..).unwrap_or_default();
            if after.first().is_some_and(|next| !ends_name(*next)) {
                continue;
            }
            match head(bytes.get(..at).unwrap_or_default()) {
                Head::None => {}
                Head::Number(digits) => objects.add(digits, after)?,
                Head::Odd => return Err(unreadable(Place::Byte(at as u64))),
            }
        }
        for (at, trailer) in trailers(bytes) {
            let dict = Dict::from_bytes(trailer).ok_or_else(|| unreadable(Place::Byte(at as u64)))?;
            objects.push(Place::Byte(at as u64), Object::Dict(dict))?;
        }
        for stream in streams {
            let mut numbers = stream.text.split(is_blank).filter(|word| !word.is_empty());
            for _ in 0..stream.count {
                let (number, offset) = (numbers.next().unwrap_or_default(), numbers.next().and_then(number));
                let member = offset.and_then(|offset| stream.text.get(stream.first.checked_add(offset)?..));
                objects.add(number, member.ok_or_else(|| unreadable(Place::Byte(stream.at as u64)))?)?;
            }
        }
        Ok(objects)
    }

    /// Each object, and where it stands.
    pub(super) fn all(&self) -> &[(Place, Object<'a>)] {
        &self.all
    }

    /// What a value is, or may be where it is a reference: the objects of that number, and what the tables lead to, which can
    /// be the middle of another number.
    pub(super) fn values(&self, value: &MaybeRef<Object<'a>>) -> Vec<Object<'a>> {
        match value {
            MaybeRef::NotRef(object) => vec![object.clone()],
            MaybeRef::Ref(to) => {
                let places = self.by_number.get(&to.obj_number).into_iter().flatten();
                let found = places.filter_map(|place| self.all.get(*place)).map(|(_, object)| object.clone());
                let by_table = self.pdf.xref().get(ObjectIdentifier::new(to.obj_number, to.gen_number));
                found.chain(by_table).collect()
            }
        }
    }

    fn add(&mut self, digits: &[u8], text: &'a [u8]) -> Result<(), Finding> {
        let number = number(digits).and_then(|number| u32::try_from(number).ok());
        let number = number.ok_or_else(|| unreadable(Place::File))?;
        let object = object_at(text).ok_or_else(|| unreadable(Place::Object(number)))?;
        self.by_number.entry(number).or_default().push(self.all.len());
        self.push(Place::Object(number), object)
    }

    fn push(&mut self, place: Place, object: Object<'a>) -> Result<(), Finding> {
        if self.all.len() == OBJECTS_MAX {
            return Err(Finding::refusing(FindingCode::OverLimit, Place::File, "objects"));
        }
        self.all.push((place, object));
        Ok(())
    }
}

/// The object that a text opens with: of a stream its dictionary, for its data are neither keys nor values; nothing is null.
fn object_at(text: &[u8]) -> Option<Object<'_>> {
    let text = after_blanks(text);
    match text {
        [b'<', b'<', ..] => Dict::from_bytes(text).map(Object::Dict),
        text if text.starts_with(b"endobj") => Some(Object::Null(Null)),
        text => Object::from_bytes(text),
    }
}

/// The dictionaries of the tables that are text, with their bytes.
fn trailers(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    const TRAILER: &[u8] = b"trailer";
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + find(bytes.get(from..)?, TRAILER)?;
        from = at + TRAILER.len();
        Some((at, after_blanks(bytes.get(from..)?)))
    })
    .filter(|(_, text)| text.starts_with(b"<<"))
}

/// The number that a word is.
fn number(word: &[u8]) -> Option<usize> {
    std::str::from_utf8(word).ok().filter(|word| word.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()
}

fn unreadable(place: Place) -> Finding {
    Finding::refusing(FindingCode::Unreadable, place, "objects")
}
