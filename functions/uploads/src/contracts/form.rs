//! The fields of a PDF's form.

use hayro_syntax::Pdf;
use hayro_syntax::object::dict::Dict;
use hayro_syntax::object::{Array, Name, Object, String as PdfString};

use super::Said;
use super::font::document_text;

/// Most fields that are read: the official form has 157.
const FIELDS_MAX: u32 = 5_000;

/// Most bytes of names and values together: the official form, filled in, has some 10,000. Whoever compares them has no
/// limits of his own.
const BYTES_MAX: usize = 400_000;

/// Deepest nesting of fields: deeper ones loop.
const DEPTH_MAX: u32 = 12;

/// Reads the form of a file into what it says.
pub(super) fn read(pdf: &Pdf, said: &mut Said) {
    let root: Option<Dict<'_>> = pdf.xref().get(pdf.xref().root_id());
    let form = root.and_then(|root| root.get::<Dict<'_>>("AcroForm"));
    if let Some(fields) = form.and_then(|form| form.get::<Array<'_>>("Fields")) {
        let mut budget = Budget { fields: FIELDS_MAX, bytes: BYTES_MAX };
        each(&fields, "", b"", 0, &mut budget, said);
    }
}

/// What may still be read.
struct Budget {
    fields: u32,
    bytes: usize,
}

impl Budget {
    /// Takes a text's size out of it; nothing is left after one that is too long.
    fn has(&mut self, text: &str) -> bool {
        let left = self.bytes.checked_sub(text.len());
        self.bytes = left.unwrap_or_default();
        left.is_some()
    }
}

fn each(fields: &Array<'_>, parent: &str, kind: &[u8], depth: u32, budget: &mut Budget, said: &mut Said) {
    for field in fields.iter::<Dict<'_>>() {
        if depth > DEPTH_MAX || budget.fields == 0 || budget.bytes == 0 {
            return;
        }
        budget.fields -= 1;
        let own = field.get::<PdfString<'_>>("T").map(|name| document_text(name.as_bytes()));
        let name = match (&own, parent) {
            (Some(own), "") => own.clone(),
            (Some(own), parent) => format!("{parent}.{own}"),
            (None, parent) => parent.to_owned(),
        };
        let stated = field.get::<Name<'_>>("FT");
        let kind = stated.as_ref().map_or(kind, |stated| stated.as_ref());
        let kids = field.get::<Array<'_>>("Kids");
        let has_fields = kids
            .as_ref()
            .is_some_and(|kids| kids.iter::<Dict<'_>>().next().is_some_and(|kid| kid.contains_key("T")));
        match kids {
            Some(kids) if has_fields => each(&kids, &name, kind, depth + 1, budget, said),
            _ => leaf(&field, name, kind, budget, said),
        }
    }
}

fn leaf(field: &Dict<'_>, name: String, kind: &[u8], budget: &mut Budget, said: &mut Said) {
    if kind == b"Sig" {
        let signed = field.get::<Dict<'_>>("V").is_some_and(|value| value.contains_key("Contents"));
        said.signatures += u32::from(signed);
        return;
    }
    said.form += 1;
    let value = match field.get::<Object<'_>>("V") {
        Some(Object::String(text)) => document_text(text.as_bytes()),
        Some(Object::Name(choice)) if choice.as_ref() != b"Off" => document_text(choice.as_ref()),
        _ => return,
    };
    if !value.trim().is_empty() && budget.has(&name) && budget.has(&value) {
        said.fields.push((name, value));
    }
}
