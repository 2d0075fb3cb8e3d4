//! What a PDF's objects would do when opened or clicked, and how deep they go.

use hayro_syntax::object::dict::Dict;
use hayro_syntax::object::{MaybeRef, Object};
use schemas::upload::{Finding, FindingCode};

use super::finder::Objects;
use super::font::hex;
use super::names::ACTIVE;
use super::scripts::only_formats;

/// Deepest nesting of arrays and dictionaries in one object: a form's has six levels.
const NESTING_MAX: u32 = 48;

/// What a link may lead to: a page that opens in a browser, a mail, or a call.
const LINKS: [&[u8]; 4] = [b"http://", b"https://", b"mailto:", b"tel:"];

/// What may happen without a click: a place in the file is shown, or a script formats a field.
const QUIET: [&[u8]; 2] = [b"GoTo", b"JavaScript"];

/// Keys whose actions run without a click.
const AUTOMATIC: [&[u8]; 2] = [b"OpenAction", b"AA"];

/// Refuses a file with an object that is active, nested too deep, or not written as the standard says.
pub(super) fn check(objects: &Objects<'_>) -> Result<(), Finding> {
    for (place, object) in objects.all() {
        let (code, what) = match objects.object_is(object, false, 0) {
            Found::Harmless => continue,
            Found::Active(name) => (FindingCode::ActiveContent, name),
            Found::TooDeep => (FindingCode::OverLimit, "nesting".to_owned()),
        };
        return Err(Finding::refusing(code, *place, &what));
    }
    objects.failed().cloned().map_or(Ok(()), Err)
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Found {
    Harmless,
    Active(String),
    TooDeep,
}

impl<'a> Objects<'a> {
    /// What an object is, with all that lies directly in it; what it only refers to is looked at by itself.
    fn object_is(&self, object: &Object<'a>, automatic: bool, depth: u32) -> Found {
        if depth > NESTING_MAX {
            return Found::TooDeep;
        }
        match object {
            Object::Dict(dict) => self.dict_is(dict, automatic, depth),
            Object::Stream(stream) => self.dict_is(stream.dict(), automatic, depth),
            Object::Array(array) => first(array.raw_iter().map(|item| self.direct(&item, automatic, depth))),
            Object::Name(name) => active(name.as_ref()).map_or(Found::Harmless, Found::Active),
            _ => Found::Harmless,
        }
    }

    fn direct(&self, item: &MaybeRef<Object<'a>>, automatic: bool, depth: u32) -> Found {
        match item {
            MaybeRef::NotRef(object) => self.object_is(object, automatic, depth + 1),
            MaybeRef::Ref(_) => Found::Harmless,
        }
    }

    fn dict_is(&self, dict: &Dict<'a>, automatic: bool, depth: u32) -> Found {
        if self.external(dict) {
            return Found::Active("F".to_owned());
        }
        if self.leads_astray(dict, automatic) {
            return Found::Active("URI".to_owned());
        }
        let script = dict.get::<hayro_syntax::object::String<'_>>("JS");
        let formats = script.is_some_and(|script| only_formats(script.as_bytes()));
        first(dict.entries().map(|(key, value)| {
            // The type of an action; what it runs is said by its script.
            if key.as_ref() == b"S"
                && matches!(&value, MaybeRef::NotRef(Object::Name(kind)) if kind.as_ref() == b"JavaScript")
            {
                return Found::Harmless;
            }
            if key.as_ref() == b"JS" && formats {
                return Found::Harmless;
            }
            if key.as_ref() == b"EF" && are_words(&value) {
                return Found::Harmless;
            }
            // The place where something is played; as a way to mix colours the word is common.
            if key.as_ref() == b"Subtype"
                && matches!(&value, MaybeRef::NotRef(Object::Name(kind)) if kind.as_ref() == b"Screen")
            {
                return Found::Active("Screen".to_owned());
            }
            if let Some(name) = active(key.as_ref()) {
                return Found::Active(name);
            }
            if AUTOMATIC.contains(&key.as_ref()) {
                return first([self.runs(&value), self.direct(&value, true, depth)].into_iter());
            }
            self.direct(&value, automatic, depth)
        }))
    }

    /// What runs by itself, even if it is only referred to: an action, or one for each of several events.
    fn runs(&self, value: &MaybeRef<Object<'a>>) -> Found {
        first(self.dicts(value).map(|action| {
            let events = action.entries();
            let mut each = events.map(|(_, event)| first(self.dicts(&event).map(|action| shallow(&action))));
            first([shallow(&action), first(&mut each)].into_iter())
        }))
    }

    /// The dictionaries that a value is, or may be.
    fn dicts(&self, value: &MaybeRef<Object<'a>>) -> impl Iterator<Item = Dict<'a>> {
        self.values(value).into_iter().filter_map(|object| match object {
            Object::Dict(dict) => Some(dict),
            _ => None,
        })
    }

    /// Whether an address leads to what no link leads to, or opens without a click: an action's, or that from which a
    /// signature's stamp or certificate is got.
    fn leads_astray(&self, dict: &Dict<'a>, automatic: bool) -> bool {
        let addresses = ["URI", "URL"].into_iter().filter_map(|key| dict.get_raw::<Object<'a>>(key));
        addresses.flat_map(|address| self.values(&address)).any(|address| {
            match address {
            Object::String(link) => automatic || !opens_with_a_link(link.as_bytes()),
            // The catalogue's, which completes the others.
            Object::Dict(base) => base.get_raw::<Object<'a>>("Base").is_some_and(|base| {
                !matches!(&base, MaybeRef::NotRef(Object::String(base)) if opens_with_a_link(base.as_bytes()))
            }),
            _ => true,
        }
        })
    }

    /// Whether a dictionary names a file outside this one: of a stream, an action or an annotation.
    fn external(&self, dict: &Dict<'a>) -> bool {
        /// What a file's name is given by, for one system or for all.
        const NAMES: [&str; 6] = ["F", "UF", "Unix", "DOS", "Mac", "FS"];
        let names_a_file = |object| match object {
            Object::String(_) => true,
            Object::Dict(file) => NAMES.into_iter().any(|name| file.contains_key(name)),
            _ => false,
        };
        let file = dict.get_raw::<Object<'a>>("F");
        let system = dict.get_raw::<Object<'a>>("FS");
        let is_name = |object| matches!(object, Object::Name(_));
        file.is_some_and(|file| self.values(&file).into_iter().any(names_a_file))
            || system.is_some_and(|system| self.values(&system).into_iter().any(is_name))
    }
}

/// What an automatic action does, without what it refers to: none of a plain file is followed by another one, which could do
/// anything.
fn shallow(action: &Dict<'_>) -> Found {
    let found = ["URI", "Next"].into_iter().find(|key| action.contains_key(key));
    let loud = match action.get_raw::<Object<'_>>("S") {
        Some(MaybeRef::NotRef(Object::Name(kind))) if !QUIET.contains(&kind.as_ref()) => {
            Some(kind.as_str().to_owned())
        }
        Some(MaybeRef::NotRef(Object::Name(_))) | None => None,
        // Of any kind.
        Some(_) => Some("S".to_owned()),
    };
    found.map(str::to_owned).or(loud).map_or(Found::Harmless, Found::Active)
}

fn first(found: impl Iterator<Item = Found>) -> Found {
    let mut found = found;
    found.find(|found| *found != Found::Harmless).unwrap_or(Found::Harmless)
}

/// Whether a value is an array of names alone.
fn are_words(value: &MaybeRef<Object<'_>>) -> bool {
    let is_name = |item: MaybeRef<Object<'_>>| matches!(item, MaybeRef::NotRef(Object::Name(_)));
    matches!(value, MaybeRef::NotRef(Object::Array(array)) if array.raw_iter().all(is_name))
}

fn active(name: &[u8]) -> Option<String> {
    ACTIVE.into_iter().find(|active| active.as_bytes() == name).map(str::to_owned)
}

/// Whether an address leads to what a link may lead to.
fn opens_with_a_link(address: &[u8]) -> bool {
    let opens = |scheme: &&[u8]| {
        address.get(..scheme.len()).is_some_and(|opening| opening.eq_ignore_ascii_case(scheme))
    };
    LINKS.iter().any(opens)
}

/// Whether the value of a `URI`, as it is written, is such an address, or the base of such addresses.
pub(super) fn is_link(value: &[u8]) -> bool {
    match value.trim_ascii_start() {
        [b'(', address @ ..] => opens_with_a_link(address),
        [b'<', b'<', base @ ..] => base
            .trim_ascii_start()
            .strip_prefix(b"/Base")
            .is_some_and(|base| !base.trim_ascii_start().starts_with(b"<<") && is_link(base)),
        [b'<', digits @ ..] => opens_with_a_link(&hex(digits.get(..2 * LINK_BYTES).unwrap_or(digits))),
        _ => false,
    }
}

/// How much of an address tells where it leads.
const LINK_BYTES: usize = 16;
