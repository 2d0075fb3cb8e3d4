//! The second reader of active content: every name of the file, found without any table of where objects lie.
//!
//! A parser sees the objects that a file's tables lead to. This one sees all the others as well: of earlier revisions,
//! unreferenced, in object streams that no table names. It knows no more of structure than where the data of a stream lie,
//! which are the only bytes that it passes over, and not even those where an object begins in them.

use std::collections::BTreeSet;

use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

use super::kind::find;
use super::scripts::{only_formats, opening_string};

/// What makes a file active wherever it stands: actions that run or send something, and what is carried inside.
pub(super) const ACTIVE: [&str; 24] = [
    "3D",
    "Collection",
    "EF",
    "EmbeddedFile",
    "EmbeddedFiles",
    "FFilter",
    "FileAttachment",
    "Filespec",
    "GoTo3DView",
    "GoToE",
    "GoToR",
    "ImportData",
    "JS",
    "JavaScript",
    "Launch",
    "Movie",
    "NeedsRendering",
    "Rendition",
    "RichMedia",
    "RichMediaExecute",
    "Sound",
    "SubmitForm",
    "U3D",
    "XFA",
];

/// Most bytes of one object stream, unpacked: the tenth of what a child may have.
const OBJECT_STREAM_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Most brackets that are open at once outside streams: a form has ten.
const NESTING_MAX: i32 = 400;

/// What the names of a file tell.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    /// The first name of each kind of active content, with its byte.
    pub(super) active: Option<(usize, &'static str)>,
    /// Whether the file is encrypted.
    pub(super) encrypted: bool,
    /// Whether there is a page anywhere.
    pub(super) page: bool,
    /// Whether an object stream is larger than any contract's.
    pub(super) over_limit: bool,
    /// Whether an object stream is packed in a way that this reader does not know: nobody can say what is in it.
    pub(super) opaque: bool,
    /// Whether arrays and dictionaries lie deeper in each other than in any contract.
    pub(super) too_deep: bool,
}

/// Reads the names of a whole file, outside the data of its streams; of object streams, also inside.
pub(super) fn read(bytes: &[u8]) -> Names {
    let mut names = Names::default();
    let mut at = 0;
    while at < bytes.len() {
        let Some(stream) = next_stream(bytes, at) else {
            names.add(bytes.get(at..).unwrap_or_default(), at, None);
            break;
        };
        names.add(bytes.get(at..stream.data).unwrap_or_default(), at, None);
        let rest = bytes.get(stream.data..).unwrap_or_default();
        let length = find(rest, b"endstream").unwrap_or(rest.len());
        let data = rest.get(..length).unwrap_or_default();
        let dictionary: BTreeSet<Vec<u8>> =
            each(bytes.get(stream.dictionary..stream.data).unwrap_or_default())
                .map(|(_, name)| name)
                .collect();
        if dictionary.contains(b"ObjStm".as_slice()) {
            names.add_object_stream(data, stream.data, dictionary.contains(b"Filter".as_slice()));
        }
        // Its length may be a lie: then what follows upon its data are objects, which a table can lead to.
        at = stream.data + if has_object(data) { 0 } else { length };
    }
    names
}

impl Names {
    /// Takes in the names of a text; `within` is where it was packed, if it was.
    fn add(&mut self, text: &[u8], offset: usize, within: Option<usize>) {
        self.too_deep |= text.split(|byte| *byte == b'j').any(|part| depth(part) > NESTING_MAX);
        let mut before: (usize, Vec<u8>) = Default::default();
        for (at, name) in each(text) {
            match name.as_slice() {
                // The type of an action; what it runs is said by its script.
                b"JavaScript" if is_type_of_action(text, &before, at) => {}
                b"JS" if formats(text.get(at..).unwrap_or_default()) => {}
                b"Encrypt" => self.encrypted = true,
                b"Page" => self.page = true,
                name => {
                    let known = ACTIVE.into_iter().find(|active| active.as_bytes() == name);
                    let place = within.unwrap_or(offset + at);
                    self.active = self.active.or(known.map(|active| (place, active)));
                }
            }
            before = (at, name);
        }
    }

    fn add_object_stream(&mut self, data: &[u8], at: usize, packed: bool) {
        use miniz_oxide::inflate::TINFLStatus;
        match decompress_to_vec_zlib_with_limit(data, OBJECT_STREAM_BYTES_MAX) {
            Ok(text) => self.add(&text, 0, Some(at)),
            Err(problem) => {
                self.over_limit |= problem.status == TINFLStatus::HasMoreOutput;
                self.opaque |= packed && problem.output.is_empty();
                // What could be unpacked counts too, and what is not packed at all.
                self.add(&problem.output, 0, Some(at));
                self.add(data, at, None);
            }
        }
    }
}

/// How many brackets are open at the most. Those in strings count too: of hundreds nobody would write so many.
fn depth(text: &[u8]) -> i32 {
    let step = |byte: &u8| match byte {
        b'[' | b'<' => 1,
        b']' | b'>' => -1,
        _ => 0,
    };
    let (_, most) = text.iter().fold((0, 0), |(open, most): (i32, i32), byte| {
        let open = (open + step(byte)).max(0);
        (open, most.max(open))
    });
    most
}

/// Whether the name here is the value of the key `S`, which stands just before it.
fn is_type_of_action(text: &[u8], (key_at, key): &(usize, Vec<u8>), at: usize) -> bool {
    let between = text.get(key_at + 2..at);
    key == b"S" && between.is_some_and(|between| between.iter().all(u8::is_ascii_whitespace))
}

/// Whether the script that follows its name only formats a field.
fn formats(from_name: &[u8]) -> bool {
    let ends = from_name.iter().skip(1).position(|byte| ends_name(*byte));
    let value = ends.and_then(|ends| from_name.get(ends + 1..)).unwrap_or_default();
    opening_string(value).is_some_and(|script| only_formats(&script))
}

/// Where a stream's dictionary and its data begin.
struct Stream {
    dictionary: usize,
    data: usize,
}

/// The next stream: the word that follows a whole dictionary and ends its line. Neither what a string or a comment says is
/// one, nor what stands within an array or a dictionary. Where brackets do not match none is found, and too much is read
/// rather than too little.
fn next_stream(bytes: &[u8], from: usize) -> Option<Stream> {
    let (mut at, mut dictionary) = (from, from);
    let mut open = Vec::new();
    loop {
        let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
        at += match rest {
            [b'%', ..] => find_any(rest, b"\r\n"),
            [b'(', ..] => string_length(rest),
            [b'<', b'<', ..] => {
                if open.is_empty() {
                    dictionary = at;
                }
                open.push(b'<');
                2
            }
            [b'<', ..] => find_any(rest, b">") + 1,
            [b'[', ..] => {
                open.push(b'[');
                1
            }
            [b']', ..] => {
                open.pop().filter(|opened| *opened == b'[')?;
                1
            }
            [b'>', b'>', after @ ..] => {
                open.pop().filter(|opened| *opened == b'<')?;
                if let Some(data) = data_after(after).filter(|_| open.is_empty()) {
                    return Some(Stream { dictionary, data: bytes.len() - data.len() });
                }
                2
            }
            _ => 1,
        };
    }
}

/// What follows the word that begins a stream's data, and the end of its line.
fn data_after(dictionary: &[u8]) -> Option<&[u8]> {
    let line = dictionary.trim_ascii_start().strip_prefix(b"stream")?;
    [b"\r\n".as_slice(), b"\n", b"\r"].into_iter().find_map(|end| line.strip_prefix(end))
}

/// How many bytes come before the first of these, or all.
fn find_any(text: &[u8], these: &[u8]) -> usize {
    text.iter().position(|byte| these.contains(byte)).unwrap_or(text.len())
}

/// How long the string is that a text opens with, brackets included.
fn string_length(text: &[u8]) -> usize {
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

/// Whether an object begins in these data: the word, with a number before it.
fn has_object(data: &[u8]) -> bool {
    let mut from = 0;
    while let Some(at) = data.get(from..).and_then(|rest| find(rest, b"obj")) {
        let number = data.get(..from + at).map(without_blanks).and_then(<[u8]>::last);
        from += at + 3;
        if number.is_some_and(u8::is_ascii_digit) && data.get(from).is_none_or(|next| ends_name(*next)) {
            return true;
        }
    }
    false
}

/// A text without the blanks and the comments at its end.
fn without_blanks(mut text: &[u8]) -> &[u8] {
    loop {
        let blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0;
        let ends = text.iter().rposition(|byte| !blank(byte)).map_or(0, |at| at + 1);
        let (kept, blanks) = text.split_at(ends);
        let line = kept.iter().rposition(|byte| b"\r\n".contains(byte)).map_or(0, |at| at + 1);
        let comment = kept.get(line..).and_then(|line| line.iter().position(|byte| *byte == b'%'));
        match comment.filter(|_| blanks.iter().any(|byte| b"\r\n".contains(byte))) {
            Some(at) => text = kept.get(..line + at).unwrap_or_default(),
            None => return kept,
        }
    }
}

/// The names in a text with where they stand, their escapes undone.
fn each(text: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> + '_ {
    let starts = text.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
    starts.map(|at| {
        let written = text.get(at + 1..).unwrap_or_default();
        let ends = written.iter().position(|byte| ends_name(*byte)).unwrap_or(written.len());
        (at, unescaped(written.get(..ends).unwrap_or_default()))
    })
}

fn ends_name(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0 || byte == b'\x0c' || b"()<>[]{}/%".contains(&byte)
}

fn unescaped(written: &[u8]) -> Vec<u8> {
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
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name is found however it is escaped, wherever it stands outside a stream's data, and in an object stream.
    #[test]
    fn active_names_are_found() {
        let packed = miniz_oxide::deflate::compress_to_vec_zlib(b"1 0 <</S/#4caunch>>", 6);
        let mut object_stream = b"2 0 obj <</Type/Obj#53tm/Filter/FlateDecode>> stream\r\n".to_vec();
        object_stream.extend(packed);
        object_stream.extend(b"\nendstream endobj");
        for (file, name) in [
            (b"1 0 obj <</N/JavaScript>> endobj".as_slice(), Some("JavaScript")),
            (b"<</#4A#53(x)>>", Some("JS")),
            (b"<</Length 9>>stream\n/JS endstream <</X 1>>", None),
            (b"<</Length 9>>stream\nxx endstream <</OpenAction<</S/Launch", Some("Launch")),
            (b"<</JSON 1/Launcher 2/XFAx 3>>", None),
            (b"<</S/JavaScript/JS(AFDate_FormatEx\\(\"dd/mm\"\\);)>>", None),
            (b"<</JS(AFDate_FormatEx(\"dd/mm\");)/S /JavaScript>>", None),
            (b"<</S/JavaScript/JS 5 0 R>>", Some("JS")),
            (b"<</S/JavaScript/JS(app.alert(1))>>", Some("JS")),
            (b"<</Names<</JavaScript 5 0 R>>>>", Some("JavaScript")),
            (&object_stream, Some("Launch")),
            // No stream begins in a string, a comment or a dictionary, nor ends with an object in it.
            (b"<</A(>>stream\n)/S/Launch>>", Some("Launch")),
            (b"<</A(\\(>>stream\n\\)(()>>stream\n))/S/Launch>>", Some("Launch")),
            (b"<</A 1 %>>stream\n/S/Launch>>", Some("Launch")),
            (b"<</A<3e>>>stream\n/S/Launch endstream", None),
            (b"<</A<</B 1>>stream\n/S/Launch>>", Some("Launch")),
            (b"<</Length 1>>stream\nx 5 0 obj<</S/Launch>> endstream", Some("Launch")),
            (b"<</Length 1>>stream\nx 5 0\0obj<</S/Launch>> endstream", Some("Launch")),
            (b"<</Length 1>>stream\nx 5 0 %obj\n%\r\nobj<</S/Launch>> endstream", Some("Launch")),
            (b"<</Length 1>>stream\nx 5 0obj<</S/Launch>> endstream", Some("Launch")),
            (b"<</Length 1>>stream\nendobj obj 1 0 objet /Launch endstream", None),
            (b"<</A[<<]>>stream\n>>/S/Launch>> endstream", Some("Launch")),
            (b"[<<>>stream\n]/S/Launch>> endstream", Some("Launch")),
            (b"<</X(obj)/Type/ObjStm>>stream\n1 0 <</S/Launch>>endstream", Some("Launch")),
        ] {
            assert_eq!(read(file).active.map(|(_, name)| name), name, "{}", String::from_utf8_lossy(file));
        }
    }
}
