//! The second reader of active content: every name of the file, found without any table of where objects lie.
//!
//! A parser sees the objects that a file's tables lead to. This one sees all the others as well: of earlier revisions,
//! unreferenced, in object streams that no table names.

use super::finder::Objects;
use super::lexer::{Named, each, is_reference, some_blank};
use super::objects::is_link;
use super::scripts::{only_formats, opening_string};
use super::streams::Streams;

/// What makes a file active wherever it stands: actions that run or send something, and what is carried inside.
pub(super) const ACTIVE: [&str; 27] = [
    "3D",
    "AlternatePresentations",
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
    "PresSteps",
    "Rendition",
    "RichMedia",
    "RichMediaExecute",
    "SlideShow",
    "Sound",
    "SubmitForm",
    "U3D",
    "XFA",
];

/// Keys that are judged by their value. Followed by a byte that only some take for a blank, the value is seen by those only.
const JUDGED: [&str; 7] = ["AA", "F", "FS", "Next", "OpenAction", "UF", "URI"];

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
    /// Whether arrays and dictionaries lie deeper in each other than in any contract.
    pub(super) too_deep: bool,
}

/// Reads the names of a whole file, outside the data of its streams; of object streams, also inside. What is written in the
/// strings of objects is none.
pub(super) fn read(bytes: &[u8], streams: &Streams, objects: &Objects<'_>) -> Names {
    let mut names = Names::default();
    for part in &streams.parts {
        let text = bytes.get(part.clone()).unwrap_or_default();
        names.add(text, &|at| objects.is_in_string(0, part.start + at), &|at| part.start + at);
    }
    for (number, stream) in streams.unpacked.iter().enumerate() {
        names.add(&stream.text, &|at| objects.is_in_string(number + 1, at), &|_| stream.at);
    }
    names
}

impl Names {
    /// Takes in the names of a text, but for those in a string; `place` is where in the file something is.
    fn add(&mut self, text: &[u8], in_string: &dyn Fn(usize) -> bool, place: &dyn Fn(usize) -> usize) {
        self.too_deep |= text.split(|byte| *byte == b'j').any(|part| depth(part) > NESTING_MAX);
        let mut before: (usize, Vec<u8>) = Default::default();
        for Named { at, ends, name } in each(text) {
            if in_string(at) {
                continue;
            }
            let value = text.get(ends..).unwrap_or_default();
            match name.as_slice() {
                // The type of an action; what it runs is said by its script, and where it leads by its address.
                b"JavaScript" | b"URI"
                    if is_type_of_action(text, &before, at) && is_followed_by_a_key(value) => {}
                b"JS" if opening_string(value).is_some_and(|script| only_formats(&script)) => {}
                b"EF" if are_rights(value) => {}
                b"Encrypt" => self.encrypted = true,
                b"Page" => self.page = true,
                name => {
                    let is = |known: &&str| known.as_bytes() == name;
                    let judged =
                        JUDGED.into_iter().find(is).filter(|_| value.first().is_some_and(some_blank));
                    // What it refers to is judged there.
                    let address =
                        (name == b"URI" && !is_link(value) && !is_reference(value)).then_some("URI");
                    let known = ACTIVE.into_iter().find(is).or(judged).or(address);
                    let place = place(at);
                    self.active = self.active.or(known.map(|active| (place, active)));
                }
            }
            before = (at, name);
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

/// Whether a key follows, or the end of a dictionary: what stands before is a value, and none itself.
fn is_followed_by_a_key(rest: &[u8]) -> bool {
    rest.trim_ascii_start().first().is_none_or(|next| b"/>".contains(next))
}

/// Whether a text opens with an array of words alone. Under the name of embedded files it tells what a reader's holder may do
/// with them (ISO 32000-1, table 255), and embeds none.
fn are_rights(text: &[u8]) -> bool {
    let words = text.trim_ascii_start().strip_prefix(b"[").unwrap_or_default();
    let ends = words
        .iter()
        .position(|byte| !byte.is_ascii_alphabetic() && !byte.is_ascii_whitespace() && *byte != b'/');
    ends.and_then(|at| words.get(at)) == Some(&b']')
}

#[cfg(test)]
mod tests {
    use super::super::streams;
    use super::*;

    /// A name is found however it is escaped, wherever it stands outside a stream's data, and in an object stream.
    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of cases")]
    fn active_names_are_found() {
        let packed = miniz_oxide::deflate::compress_to_vec_zlib(b"1 0 <</S/#4caunch>>", 6);
        let packed_action = packed.clone();
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
            (b"<</Length 1>>stream\nendobj obj 1 0 objet, a trailer /Launch endstream", None),
            (b"<</A[<<]>>stream\n>>/S/Launch>> endstream", Some("Launch")),
            (b"[<<>>stream\n]/S/Launch>> endstream", Some("Launch")),
            (b"<</X(obj)/Type/ObjStm>>stream\n1 0 <</S/Launch>>endstream", Some("Launch")),
            (b"<</Length 1>>stream\nx 5 0. obj<</S/Launch>> endstream", Some("Launch")),
            (
                b"<</Length 1>>stream\nx trailer<</Root<</OpenAction<</S/Launch>>>>>> endstream",
                Some("Launch"),
            ),
            // What one reader takes for a blank.
            (b"<</S/Launch\x80>>", Some("Launch")),
            (b"<</URI\xff(https://example.org)>>", Some("URI")),
            (b"<</Next\x80 5 0 R>>", Some("Next")),
            (b"<</F\xc3\x80 1>>", None),
            // What looks like an object stream, whatever its dictionary says.
            (
                &[b"<</N 1/Filter/Fl>>stream\n".as_slice(), &packed_action, b"\nendstream"].concat(),
                Some("Launch"),
            ),
            (b"<</N 1/Length 21>>stream\n9 4 <</S/Launch>>\nendstream", Some("Launch")),
            (b"<</N 1/Length 21>>stream\n%\n+9 5 <</S/Launch>>\nendstream", Some("Launch")),
            (b"<</N 3/Length 21>>stream\n\0\0\x0cHLino /Launch\nendstream", None),
            // Addresses, in whatever form.
            (b"<</S/URI/URI(https://example.org)>>", None),
            (b"<</S /URI /URI <68747470733A2f2f61>>>", None),
            (b"<</URI 5 0 R>>", None),
            (b"<</URI 5 0 Rx>>", Some("URI")),
            (b"<</URI 5>>", Some("URI")),
            // What looks like a name in a string is none, if the string is one for everybody.
            (b"1 0 obj <</URI(https://example.org/JS/a.html)/Title(Graphiste 2D/3D)>>", None),
            (b"1 0 obj <</A(/JS)(/JS)>>", Some("JS")),
            (b"1 0 obj <</A(/JS)/B>>", Some("JS")),
            (b"<</Title(/JS)>>", Some("JS")),
            // What may be done with embedded files, not one of them.
            (b"<</Signature[/Modify]/EF[/Create/Delete /Import]>>", None),
            (b"<</EF[5 0 R]>>", Some("EF")),
            (b"<</EF[<</F 5 0 R>>]>>", Some("EF")),
            (b"<</EF<</F 5 0 R>>>>", Some("EF")),
            (b"<</S/URI/X/S/URI(file:///etc)>>", Some("URI")),
            (b"<</Length 1>>stream\n%6 0\nobj<</S/Launch>> endstream", Some("Launch")),
            (b"<</Length 1>>stream\n6 0%endstream<<>>stream\nobj<</S/Launch>>endstream", Some("Launch")),
            (b"<</URI<</Base(http://example.org/)>>>>", None),
            (b"<</URI<</Base(file:///etc/)>>>>", Some("URI")),
            (b"<</S/URI/URI/file:#2f#2f#2fetc>>", Some("URI")),
            (b"<</S/URI/URI(\\146ile:///etc)>>", Some("URI")),
        ] {
            let streams = streams::read(file);
            let names = read(file, &streams, &Objects::find(file, &streams));
            assert_eq!(names.active.map(|(_, name)| name), name, "{}", String::from_utf8_lossy(file));
        }
    }
}
