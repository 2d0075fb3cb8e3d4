//! The second reader of active content: every name of the file, found without any table of where objects lie.
//!
//! A parser sees the objects that a file's tables lead to. This one sees all the others as well: of earlier revisions,
//! unreferenced, in object streams that no table names. It knows no more of structure than where the data of a stream lie,
//! which are the only bytes that it passes over, and not even those where an object begins in them.

use hayro_syntax::object::FromBytes;
use hayro_syntax::object::dict::Dict;
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_zlib_with_limit};

use super::kind::find;
use super::lexer::{
    Named, data_after, each, find_any, has_object, has_stream, is_blank, is_reference, some_blank,
    string_length,
};
use super::objects::is_link;
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

/// Keys that are judged by their value. Followed by a byte that only some take for a blank, the value is seen by those only.
const JUDGED: [&str; 7] = ["AA", "F", "FS", "Next", "OpenAction", "UF", "URI"];

/// What a stream's dictionary names if it is packed otherwise than once by zlib.
const PACKED_OTHERWISE: [&[u8]; 20] = [
    b"A85",
    b"AHx",
    b"ASCII85Decode",
    b"ASCIIHexDecode",
    b"CCF",
    b"CCITTFaxDecode",
    b"Crypt",
    b"DCT",
    b"DCTDecode",
    b"DP",
    b"DecodeParms",
    b"F",
    b"FDecodeParms",
    b"FFilter",
    b"JBIG2Decode",
    b"JPXDecode",
    b"LZW",
    b"LZWDecode",
    b"RL",
    b"RunLengthDecode",
];

/// Most bytes of all object streams, unpacked: the tenth of what a child may have.
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
    /// Whether something is packed in a way that this reader does not know, or may be: nobody can say what is in it.
    pub(super) opaque: bool,
    /// Whether arrays and dictionaries lie deeper in each other than in any contract.
    pub(super) too_deep: bool,
    /// The object streams.
    pub(super) object_streams: Vec<ObjectStream>,
}

/// An object stream, unpacked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ObjectStream {
    /// The byte of the file at which its data begin.
    pub(super) at: usize,
    /// How many objects it says that it holds.
    pub(super) count: usize,
    /// Where in the text their places are counted from.
    pub(super) first: usize,
    /// For each its number and its place; then the objects.
    pub(super) text: Vec<u8>,
}

/// Reads the names of a whole file, outside the data of its streams; of object streams, also inside.
pub(super) fn read(bytes: &[u8]) -> Names {
    let mut names = Names::default();
    let mut at = 0;
    while at < bytes.len() {
        let Some(stream) = names.next_stream(bytes, at) else {
            names.add_file(bytes.get(at..).unwrap_or_default(), at);
            break;
        };
        names.add_file(bytes.get(at..stream.word).unwrap_or_default(), at);
        let rest = bytes.get(stream.data..).unwrap_or_default();
        let length = find(rest, b"endstream").unwrap_or(rest.len());
        let data = rest.get(..length).unwrap_or_default();
        let dictionary = bytes.get(stream.dictionary..stream.word).unwrap_or_default();
        // Not every reader asks for its type.
        if each(dictionary).any(|named| [b"ObjStm".as_slice(), b"First"].contains(&named.name.as_slice())) {
            names.add_object_stream(data, stream.data, dictionary);
        } else if begins_with_numbers(data) {
            // Nor for anything else, if it looks like one; pages do too, and say nothing active.
            names.add_unpacked(data, stream.data);
        }
        // Its length may be a lie: then what follows upon its data are objects, which a table can lead to.
        at = stream.data + if has_object(bytes, stream.data..stream.data + length) { 0 } else { length };
    }
    names
}

impl Names {
    /// Takes in the names of a part of the file that is no stream's data. Nobody can say what is in a stream that begins
    /// there all the same for readers who do not mind what stands before it.
    fn add_file(&mut self, text: &[u8], offset: usize) {
        self.opaque |= has_stream(text);
        self.add(text, offset, None);
    }

    /// Takes in the names of a text; `within` is where it was packed, if it was.
    fn add(&mut self, text: &[u8], offset: usize, within: Option<usize>) {
        self.too_deep |= text.split(|byte| *byte == b'j').any(|part| depth(part) > NESTING_MAX);
        let mut before: (usize, Vec<u8>) = Default::default();
        let mut address_ends = 0;
        for Named { at, ends, name } in each(text) {
            if at < address_ends {
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
                    let place = within.unwrap_or(offset + at);
                    self.active = self.active.or(known.map(|active| (place, active)));
                }
            }
            if name == b"URI" {
                address_ends = ends + address_length(value);
            }
            before = (at, name);
        }
    }

    /// Takes in an object stream. Nobody can say what is in one that is packed otherwise than once by zlib, or that is not
    /// packed and may hold the end of itself; nor in one of which something is said twice.
    fn add_object_stream(&mut self, data: &[u8], at: usize, dictionary: &[u8]) {
        let named: Vec<_> = each(dictionary).map(|named| named.name).collect();
        let times = |these: &[&[u8]]| named.iter().filter(|name| these.contains(&name.as_slice())).count();
        let once = [b"Filter".as_slice(), b"First", b"Length", b"N"].iter().all(|key| times(&[key]) <= 1);
        let filters = (times(&[b"Filter"]), times(&[b"FlateDecode", b"Fl"]), times(&PACKED_OTHERWISE));
        let said = Dict::from_bytes(dictionary);
        let says = |key| said.as_ref()?.get::<u32>(key).and_then(|number| usize::try_from(number).ok());
        let text = match filters {
            (1, 1, 0) => self.add_unpacked(data, at),
            (0, 0, 0) => {
                self.add(data, at, None);
                says("Length").and_then(|length| whole(data, length))
            }
            _ => None,
        };
        match (says("N"), says("First"), text) {
            (Some(count), Some(first), Some(text)) if once => {
                self.object_streams.push(ObjectStream { at, count, first, text });
            }
            _ => self.opaque |= !self.over_limit,
        }
    }

    /// Takes in the names of data packed by zlib, as far as they can be unpacked; gives the text if that was all.
    fn add_unpacked(&mut self, data: &[u8], at: usize) -> Option<Vec<u8>> {
        let taken: usize = self.object_streams.iter().map(|stream| stream.text.len()).sum();
        let left = OBJECT_STREAM_BYTES_MAX.saturating_sub(taken);
        let (text, is_whole) = match decompress_to_vec_zlib_with_limit(data, left) {
            Ok(text) => (text, true),
            Err(problem) => {
                self.over_limit |= problem.status == TINFLStatus::HasMoreOutput;
                (problem.output, false)
            }
        };
        self.add(&text, 0, Some(at));
        is_whole.then_some(text)
    }

    /// The next stream: the word that follows a whole dictionary and ends its line. Neither what a string or a comment says
    /// is one, nor what stands within an array or a dictionary; but nobody can say what is in a file where an object begins
    /// in those. Where brackets do not match none is found.
    fn next_stream(&mut self, bytes: &[u8], from: usize) -> Option<Stream> {
        let (mut at, mut dictionary) = (from, from);
        let mut open = Vec::new();
        loop {
            let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
            at += match rest {
                [b'%', ..] => self.passed(bytes, at, find_any(rest, b"\r\n")),
                [b'(', ..] => self.passed(bytes, at, string_length(rest)),
                [b'<', b'<', ..] => {
                    if open.is_empty() {
                        dictionary = at;
                    }
                    open.push(b'<');
                    2
                }
                [b'<', ..] => self.passed(bytes, at, find_any(rest, b">") + 1),
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
                    if let Some((word, data)) = data_after(after).filter(|_| open.is_empty()) {
                        let place = |rest: &[u8]| bytes.len() - rest.len();
                        return Some(Stream { dictionary, word: place(word), data: place(data) });
                    }
                    2
                }
                _ => 1,
            };
        }
    }

    /// How much of a file is passed over, a string or a comment: opaque if an object begins in it.
    fn passed(&mut self, bytes: &[u8], at: usize, length: usize) -> usize {
        self.opaque |= has_object(bytes, at..at + length);
        length
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

/// The data of a stream that is not packed, if all readers agree on where they end: after their length a line may end, and
/// then the word comes that ends them, for the first time.
fn whole(data: &[u8], length: usize) -> Option<Vec<u8>> {
    let (text, end) = data.split_at_checked(length)?;
    [b"".as_slice(), b"\n", b"\r", b"\r\n"].contains(&end).then(|| text.to_vec())
}

/// How long an address is with which a text opens, if it is a string in which nothing but an address can stand: neither
/// brackets nor blanks, without which no reader finds a dictionary in it. What looks like names in it are none.
fn address_length(text: &[u8]) -> usize {
    let blanks = text.len() - text.trim_ascii_start().len();
    let Some([b'(', address @ ..]) = text.get(blanks..) else { return 0 };
    let of_one = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&'*+,;=%".contains(byte);
    let length = address.iter().take_while(of_one).count();
    if address.get(length) == Some(&b')') { blanks + length + 2 } else { 0 }
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

/// Whether data packed by zlib begin as an object stream does: with two numbers.
fn begins_with_numbers(data: &[u8]) -> bool {
    /// Numbers and blanks of which it is told.
    const BYTES: usize = 64;
    let text = decompress_to_vec_zlib_with_limit(data, BYTES).unwrap_or_else(|problem| problem.output);
    let mut words = text.split(is_blank).filter(|word| !word.is_empty());
    words.by_ref().take(2).filter(|word| word.iter().all(u8::is_ascii_digit)).count() == 2
}

/// Where a stream's dictionary, its word and its data begin.
struct Stream {
    dictionary: usize,
    word: usize,
    data: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name is found however it is escaped, wherever it stands outside a stream's data, and in an object stream.
    #[test]
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
            (&[b"<</N 1>>stream\n".as_slice(), &packed_action, b"\nendstream"].concat(), Some("Launch")),
            // Addresses, in whatever form.
            (b"<</S/URI/URI(https://example.org)>>", None),
            (b"<</S /URI /URI <68747470733A2f2f61>>>", None),
            (b"<</URI 5 0 R>>", None),
            (b"<</URI 5 0 Rx>>", Some("URI")),
            (b"<</URI 5>>", Some("URI")),
            // What looks like a name in one is none; a string that could end otherwise for some is no address.
            (b"<</URI(https://example.org/JS/a.html)>>", None),
            (b"<</URI (https://example.org/a#JS/JavaScript?)/S/URI/S/Launch>>", Some("Launch")),
            (b"<</URI(https://example.org/a b/JS)>>", Some("JS")),
            (b"<</URI(https://example.org/a\\)/JS(b)>>", Some("JS")),
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
            assert_eq!(read(file).active.map(|(_, name)| name), name, "{}", String::from_utf8_lossy(file));
        }
    }

    /// Where it cannot be told what is in a stream, or whether there is one, the file is opaque.
    #[test]
    fn what_cannot_be_told_is_opaque() {
        let packed = miniz_oxide::deflate::compress_to_vec_zlib(b"1 0 <</A 1>>", 6);
        let stream = |head: &str, dictionary: &str| {
            [format!("{head}2 0 obj {dictionary}stream\n").as_bytes(), &packed, b"\nendstream endobj"]
                .concat()
        };
        let usual = "<</Type/ObjStm/N 1/First 4/Filter/FlateDecode>>";
        for (file, opaque) in [
            (stream("", usual), false),
            (stream("", "<</N 1/First 4/Filter[/FlateDecode]>>"), false),
            (stream("% (>>stream)\n", usual), true),
            (stream("(Title>> upstream) <</Title(the stream\n)>> ", usual), false),
            (stream("", "<</N 1/First 4/Filter/LZWDecode>>"), true),
            (stream("", "<</N 1/First 4/Filter[/FlateDecode/FlateDecode]>>"), true),
            (stream("", "<</N 1/First 4/Filter 9 0 R>>"), true),
            (stream("", "<</N 1/First 4/FlateDecode 1>>"), true),
            (stream("", "<</N 1/First 4/Filter/FlateDecode/DecodeParms<</Predictor 12>>>>"), true),
            (stream("] ", usual), true),
            (stream("( ", usual), true),
            (stream("] ", "<</N 1/First 4/Filter/FlateDecode/X(%)>>\n"), true),
            (stream("(5 0 obj<</N 1/First 4/Filter/LZWDecode%)", "<<\n/Length 9>>"), true),
            (stream("%5 0 obj<</N 1/First 4(\n", "<<)/Length 9>>"), true),
            (b"<</N 1/First 4>>stream\n7 0 (endstream)<<>>stream\n<<>>endstream".to_vec(), true),
            (stream("<< ", usual), true),
            (stream("", "<</N 1/First 4/Filter/FlateDecode>>%\n"), true),
            (b"<</N 1/First 4/Filter/FlateDecode>>stream\nendstream".to_vec(), true),
            (b"<</N 1/First 4>>stream x\nendstream".to_vec(), true),
            // What is not packed ends where its length says, and where the word is.
            (b"<</N 1/First 4/Length 7>>stream\n7 0 <<>>\r\nendstream".to_vec(), true),
            (b"<</N 1/First 4/Length 8>>stream\n7 0 <<>>\r\nendstream".to_vec(), false),
            (b"<</N 1/First 4/Length 8>>stream\n7 0 <<>>endstream".to_vec(), false),
            (b"<</N 1/First 4/Length 8/Length 20>>stream\n7 0 <<>>endstream".to_vec(), true),
            (b"<</N 1/First 4/Length 20>>stream\n7 0 (endstream) <<>>\nendstream".to_vec(), true),
            (b"<</N 1/First 4/Length 9 0 R>>stream\n7 0 <<>>endstream".to_vec(), true),
            // How many there are, and from where they are counted, is said once.
            (stream("", "<</First 4/Filter/FlateDecode>>"), true),
            (stream("", "<</N 1/Type/ObjStm/Filter/FlateDecode>>"), true),
            (stream("", "<</N 1/First 4/First 0/Filter/FlateDecode>>"), true),
        ] {
            assert_eq!(read(&file).opaque, opaque, "{}", String::from_utf8_lossy(&file));
        }
    }
}
