//! A PDF's objects: how many there are and how deep they go, and what they would do when opened or clicked.

use hayro_syntax::Pdf;
use hayro_syntax::object::dict::Dict;
use hayro_syntax::object::{MaybeRef, Object};
use schemas::upload::{Finding, FindingCode, Place};

use super::font::hex;
use super::names::ACTIVE;
use super::scripts::only_formats;

/// Most objects: the official form has six hundred, a scan of twelve pages fifty.
const OBJECTS_MAX: usize = 50_000;

/// Deepest nesting of arrays and dictionaries in one object: a form's has six levels.
const NESTING_MAX: u32 = 48;

/// What a link may lead to: a page that opens in a browser, a mail, or a call.
const LINKS: [&[u8]; 4] = [b"http://", b"https://", b"mailto:", b"tel:"];

/// What may happen without a click: a place in the file is shown, or a script formats a field.
const QUIET: [&[u8]; 2] = [b"GoTo", b"JavaScript"];

/// Keys whose actions run without a click.
const AUTOMATIC: [&[u8]; 2] = [b"OpenAction", b"AA"];

/// Refuses a file with too many objects, nested too deep, or active.
pub(super) fn check(pdf: &Pdf) -> Result<(), Finding> {
    // Before one of them is read: what cannot be makes the parser forget it.
    let named = pdf.len();
    if named > OBJECTS_MAX {
        return Err(Finding::refusing(FindingCode::OverLimit, Place::File, "objects"));
    }
    let mut read = 0;
    for object in pdf.objects() {
        read += 1;
        let number = match &object {
            Object::Dict(dict) => dict.obj_id(),
            Object::Stream(stream) => stream.dict().obj_id(),
            _ => None,
        };
        let place = number.map_or(Place::File, |id| Place::Object(id.obj_number));
        match object_is(&object, false, 0) {
            Found::Harmless => {}
            Found::Active(name) => {
                return Err(Finding::refusing(FindingCode::ActiveContent, place, name));
            }
            Found::TooDeep => return Err(Finding::refusing(FindingCode::OverLimit, place, "nesting")),
        }
    }
    // What this parser cannot read another one may, and run it.
    if read < named {
        return Err(Finding::refusing(FindingCode::Unreadable, Place::File, "objects"));
    }
    Ok(())
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Found {
    Harmless,
    Active(String),
    TooDeep,
}

/// What an object is, with all that lies directly in it; what it only refers to is looked at by itself.
fn object_is(object: &Object<'_>, automatic: bool, depth: u32) -> Found {
    if depth > NESTING_MAX {
        return Found::TooDeep;
    }
    match object {
        Object::Dict(dict) => dict_is(dict, automatic, depth),
        Object::Stream(stream) => {
            let dict = stream.dict();
            if external(dict) {
                return Found::Active("F".to_owned());
            }
            dict_is(dict, automatic, depth)
        }
        Object::Array(array) => first(array.raw_iter().map(|item| direct(&item, automatic, depth))),
        Object::Name(name) => active(name.as_ref()).map_or(Found::Harmless, Found::Active),
        _ => Found::Harmless,
    }
}

fn direct(item: &MaybeRef<Object<'_>>, automatic: bool, depth: u32) -> Found {
    match item {
        MaybeRef::NotRef(object) => object_is(object, automatic, depth + 1),
        MaybeRef::Ref(_) => Found::Harmless,
    }
}

fn dict_is(dict: &Dict<'_>, automatic: bool, depth: u32) -> Found {
    if external(dict) {
        return Found::Active("F".to_owned());
    }
    let leads_astray = match dict.get::<Object<'_>>("URI") {
        Some(Object::String(link)) => automatic || !opens_with_a_link(link.as_bytes()),
        // The catalogue's, which completes the others.
        Some(Object::Dict(base)) => match base.get::<Object<'_>>("Base") {
            Some(Object::String(base)) => !opens_with_a_link(base.as_bytes()),
            base => base.is_some(),
        },
        other => other.is_some(),
    };
    if leads_astray {
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
        if let Some(name) = active(key.as_ref()) {
            return Found::Active(name);
        }
        let runs = AUTOMATIC.contains(&key.as_ref());
        // An action that runs by itself is looked at here even if it is only referred to.
        if runs && let Some(action) = dict.get::<Dict<'_>>(key.as_ref()) {
            let at_once = first([shallow(&action), dict_is(&action, true, depth + 1)].into_iter());
            let each = action.entries().filter_map(|(event, _)| action.get::<Dict<'_>>(event.as_ref()));
            return first(std::iter::once(at_once).chain(each.map(|one| shallow(&one))));
        }
        direct(&value, automatic || runs, depth)
    }))
}

/// What an automatic action does, without what it refers to: none of a plain file is followed by another one, which could do
/// anything.
fn shallow(action: &Dict<'_>) -> Found {
    let found = ["URI", "Next"].into_iter().find(|key| action.contains_key(key));
    let loud =
        action.get::<hayro_syntax::object::Name<'_>>("S").filter(|kind| !QUIET.contains(&kind.as_ref()));
    let found = found.map(str::to_owned).or(loud.map(|kind| kind.as_str().to_owned()));
    found.map_or(Found::Harmless, Found::Active)
}

fn first(found: impl Iterator<Item = Found>) -> Found {
    let mut found = found;
    found.find(|found| *found != Found::Harmless).unwrap_or(Found::Harmless)
}

/// Whether a dictionary names a file outside this one: of a stream, an action or an annotation.
fn external(dict: &Dict<'_>) -> bool {
    /// What a file's name is given by, for one system or for all.
    const NAMES: [&str; 6] = ["F", "UF", "Unix", "DOS", "Mac", "FS"];
    let names_a_file = match dict.get::<Object<'_>>("F") {
        Some(Object::String(_)) => true,
        Some(Object::Dict(file)) => NAMES.into_iter().any(|name| file.contains_key(name)),
        _ => false,
    };
    names_a_file || dict.get::<hayro_syntax::object::Name<'_>>("FS").is_some()
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
