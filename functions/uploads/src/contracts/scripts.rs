//! The one kind of script that a plain form has: a call of the reader's own functions that show or bound a date or a number.
//!
//! The official form CERFA 10103 has fifty of them. They come from the dialogue in which a field's format is chosen,
//! take only literals, and can neither send nor open anything.

/// What a format is for.
const KINDS: [&[u8]; 6] = [b"Date", b"Time", b"Number", b"Percent", b"Range", b"Special"];

/// What it does for it.
const EVENTS: [&[u8]; 5] = [b"_FormatEx", b"_Format", b"_KeystrokeEx", b"_Keystroke", b"_Validate"];

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
    let mut rest = arguments;
    while let [byte, after @ ..] = rest {
        rest = after;
        match (quote, *byte) {
            (None, mark @ (b'"' | b'\'')) => quote = Some(mark),
            (Some(opened), closing) if opened == closing => quote = None,
            // Any other escape could hide the end of a text.
            (Some(_), b'\\') => match after.split_at_checked(1 + UNIT_DIGITS) {
                Some((unit, after)) if is_sign(unit) => rest = after,
                _ => return false,
            },
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

/// How many hexadecimal digits a unit of a text has.
const UNIT_DIGITS: usize = 4;

/// Whether this, after a backslash, stands for a sign that no ASCII text has, like that of the euro, and for no end of a line.
fn is_sign(unit: &[u8]) -> bool {
    const FIRST: u16 = 0xa0;
    const LINE_ENDS: [u16; 2] = [0x2028, 0x2029];
    let digits = unit.strip_prefix(b"u").filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
    let unit = digits.and_then(|digits| u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
    unit.is_some_and(|unit| unit >= FIRST && !LINE_ENDS.contains(&unit))
}

/// The string that a text begins with, in parentheses or in hexadecimal; `None` if it begins otherwise, or if it is one
/// that no format needs: longer, or with rare escapes.
pub(super) fn opening_string(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.trim_ascii_start();
    let text = text.get(..2 * BYTES_MAX).unwrap_or(text);
    let mut found = Vec::new();
    let mut depth = 0_u32;
    let mut rest = text.strip_prefix(b"(")?;
    while let [byte, after @ ..] = rest {
        rest = after;
        match byte {
            b'\\' => {
                let (escaped, after) = escape(rest)?;
                found.push(escaped);
                rest = after;
            }
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

/// The byte for which this stands after a backslash, and what follows; `None` for an escape that no format needs.
fn escape(text: &[u8]) -> Option<(u8, &[u8])> {
    let digits = text.iter().take(3).take_while(|digit| (b'0'..=b'7').contains(digit)).count();
    if let (octal @ [_, ..], after) = text.split_at_checked(digits)? {
        return Some((u8::from_str_radix(std::str::from_utf8(octal).ok()?, 8).ok()?, after));
    }
    let (letter, after) = text.split_first()?;
    let byte = match letter {
        b'(' | b')' | b'\\' => *letter,
        b'n' => b'\n',
        b'r' => b'\r',
        _ => return None,
    };
    Some((byte, after))
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
            "AFNumber_Format(2, 2, 0, 0, \" \\u20AC\", false);\r",
            "AFRange_Validate(true, 0, false, 100);",
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
            "AFNumber_Format(\"\\u0022+app.alert(1)+\\u0022\");",
            "AFNumber_Format(\"\\u2028\");",
            "AFNumber_Format(\"\\u20\");",
            "AFNumber_Format(\\u20AC);",
        ] {
            assert!(!only_formats(script.as_bytes()), "{script}");
        }
    }

    /// A string is read with its inner parentheses and the escapes that those need.
    #[test]
    fn strings_are_read() {
        assert_eq!(opening_string(b" (a\\(b\\)(c))>>").as_deref(), Some(b"a(b)(c)".as_slice()));
        assert_eq!(opening_string(b"5 0 R"), None);
        assert_eq!(opening_string(b"(a\\240\\r\\\\u20AC)").as_deref(), Some(b"a\xa0\r\\u20AC".as_slice()));
        assert_eq!(opening_string(b"(a\\777)"), None);
        assert_eq!(opening_string(b"(a\\q)"), None);
    }
}
