//! The one kind of script that a plain form has: a call of the reader's own functions that show a date or a number.
//!
//! The official form CERFA 10103 has fifty of them. They come from the dialogue in which a field's format is chosen,
//! take only literals, and can neither send nor open anything.

/// What a format is for.
const KINDS: [&[u8]; 5] = [b"Date", b"Time", b"Number", b"Percent", b"Special"];

/// What it does for it.
const EVENTS: [&[u8]; 4] = [b"_FormatEx", b"_Format", b"_KeystrokeEx", b"_Keystroke"];

/// Longest such call.
const BYTES_MAX: usize = 200;

/// Whether a script is one such call and nothing else: `AFDate_FormatEx("dd/mm/yyyy");`.
pub(super) fn only_formats(script: &[u8]) -> bool {
    let script = script.trim_ascii();
    let call = script.strip_suffix(b";").unwrap_or(script);
    let Some(name) = call.strip_prefix(b"AF").filter(|_| script.len() <= BYTES_MAX) else { return false };
    let after = |starts: &[&[u8]], text: &[u8]| -> Option<Vec<u8>> {
        starts.iter().find_map(|start| text.strip_prefix(*start)).map(<[u8]>::to_vec)
    };
    let arguments = after(&KINDS, name).and_then(|event| after(&EVENTS, &event));
    let inside =
        arguments.as_deref().and_then(|text| text.trim_ascii().strip_prefix(b"(")?.strip_suffix(b")"));
    inside.is_some_and(are_literals)
}

/// Whether these are numbers, truth values and texts, with commas between them.
fn are_literals(arguments: &[u8]) -> bool {
    let mut quote = None;
    let mut plain = Vec::new();
    for byte in arguments {
        match (quote, *byte) {
            (None, mark @ (b'"' | b'\'')) => quote = Some(mark),
            (Some(opened), closing) if opened == closing => quote = None,
            // An escape could hide the end of a text.
            (Some(_), b'\\') => return false,
            (Some(_), _) => {}
            (None, other) => plain.push(other),
        }
    }
    let word = |word: &[u8]| {
        let word = word.trim_ascii();
        word == b"true" || word == b"false" || word.iter().all(|b| b.is_ascii_digit() || b"-.".contains(b))
    };
    quote.is_none() && plain.split(|byte| *byte == b',').all(word)
}

/// The string that a text begins with, in parentheses or in hexadecimal; `None` if it begins otherwise, or if it is one
/// that no format needs: longer, or with rare escapes.
pub(super) fn opening_string(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.trim_ascii_start();
    let text = text.get(..2 * BYTES_MAX).unwrap_or(text);
    let mut found = Vec::new();
    let mut depth = 0_u32;
    let mut bytes = text.strip_prefix(b"(")?.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => found.push(*bytes.next().filter(|escaped| b"()\\".contains(escaped))?),
            b')' if depth == 0 => return Some(found),
            b'(' => {
                depth += 1;
                found.push(b'(');
            }
            b')' => {
                depth -= 1;
                found.push(b')');
            }
            other => found.push(*other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A format is one call with literals; whatever else a script may be is not.
    #[test]
    fn only_a_format_is_a_format() {
        for script in [
            "AFDate_FormatEx(\"dd/mm/yyyy\");",
            "AFDate_KeystrokeEx(\"dd/mm/yyyy\")",
            "AFNumber_Format(2, 3, 0, 0, \" €\", false);",
            "AFSpecial_Keystroke(0);",
        ] {
            assert!(only_formats(script.as_bytes()), "{script}");
        }
        for script in [
            "",
            "app.alert(1)",
            "AFDate_FormatEx(\"dd\");app.alert(1);",
            "AFDate_FormatEx(app.alert(1));",
            "AFDate_FormatEx(\"\\\"+app.alert(1)+\\\"\");",
            "AFDate_FormatEx(this);",
            "AFDate_Evil(1);",
            "AFMergeChange(event);",
            "AFNumber_Format(2,\"a\"+\"b\");",
        ] {
            assert!(!only_formats(script.as_bytes()), "{script}");
        }
    }

    /// A string is read with its inner parentheses and the escapes that those need.
    #[test]
    fn strings_are_read() {
        assert_eq!(opening_string(b" (a\\(b\\)(c))>>").as_deref(), Some(b"a(b)(c)".as_slice()));
        assert_eq!(opening_string(b"5 0 R"), None);
        assert_eq!(opening_string(b"(a\\101)"), None);
    }
}
