//! Where a file's streams are, and what lies in its object streams, found without any table of where objects lie.
//!
//! The data of streams are the only bytes that the second reader passes over, and not even those where an object begins in
//! them.

use std::ops::Range;

use hayro_syntax::object::dict::Dict;
use hayro_syntax::object::{FromBytes, Stream};
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_zlib_with_limit};

use super::kind::find;
use super::lexer::{begins_with_numbers, data_after, each, find_any, has_object, has_stream, string_length};
use super::xref::is_direct;

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

/// What a file consists of.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Streams {
    /// The parts that are no stream's data.
    pub(super) parts: Vec<Range<usize>>,
    /// What is packed in object streams.
    pub(super) unpacked: Vec<Unpacked>,
    /// Whether the object streams are larger than any contract's.
    pub(super) over_limit: bool,
    /// Whether something is packed in a way that this reader does not know, or may be: nobody can say what is in it.
    pub(super) opaque: bool,
}

/// An object stream, unpacked as far as it can be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unpacked {
    /// The byte of the file at which its data begin.
    pub(super) at: usize,
    /// For each object its number and its place; then the objects.
    pub(super) text: Vec<u8>,
    /// How many objects it says that it holds, and where in the text their places are counted from.
    pub(super) members: (usize, usize),
}

/// Finds the streams of a file.
pub(super) fn read(bytes: &[u8]) -> Streams {
    let mut streams = Streams::default();
    let mut at = 0;
    while at < bytes.len() {
        let Some(stream) = streams.next_stream(bytes, at) else {
            streams.add_part(bytes, at..bytes.len());
            break;
        };
        streams.add_part(bytes, at..stream.word);
        let rest = bytes.get(stream.data..).unwrap_or_default();
        let length = find(rest, b"endstream").unwrap_or(rest.len());
        let data = rest.get(..length).unwrap_or_default();
        streams.add_if_objects(bytes, &stream, data);
        // Its length may be a lie: then what follows upon its data are objects, which a table can lead to.
        at = stream.data + if has_object(bytes, stream.data..stream.data + length) { 0 } else { length };
    }
    streams
}

impl Streams {
    /// Nobody can say what is in a stream that begins there all the same for readers who do not mind what stands before it.
    fn add_part(&mut self, bytes: &[u8], part: Range<usize>) {
        self.opaque |= has_stream(bytes.get(part.clone()).unwrap_or_default());
        self.parts.push(part);
    }

    /// Takes in an object stream. Nobody can say what is in one that is packed otherwise than once by zlib, or that is not
    /// packed and may hold the end of itself; nor in one of which something is said twice.
    ///
    /// Some readers ask neither for its type nor for where its objects begin, but for how many they are, which pictures and
    /// colours have as well: those do not begin with a number.
    fn add_if_objects(&mut self, bytes: &[u8], found: &Found, data: &[u8]) {
        let dictionary = bytes.get(found.dictionary..found.word).unwrap_or_default();
        let named: Vec<_> = each(dictionary).map(|named| named.name).collect();
        let times = |these: &[&[u8]]| named.iter().filter(|name| these.contains(&name.as_slice())).count();
        let said = Dict::from_bytes(dictionary);
        let is_one = times(&[b"ObjStm", b"First"]) > 0;
        if !is_one && said.as_ref().is_some_and(|said| !said.contains_key("N")) {
            return;
        }
        let once = [b"Filter".as_slice(), b"First", b"Length", b"N"].iter().all(|key| times(&[key]) <= 1);
        if !["Filter", "DecodeParms"]
            .into_iter()
            .all(|key| said.as_ref().is_none_or(|said| is_direct(said, key)))
        {
            self.opaque = true;
            return;
        }
        let filters = (times(&[b"Filter"]), times(&[b"FlateDecode", b"Fl"]), times(&PACKED_OTHERWISE));
        let says = |key| said.as_ref()?.get::<u32>(key).and_then(|number| usize::try_from(number).ok());
        let (text, is_all) = match filters {
            (1, 1, 0) => self.unpacked(data),
            (0, 0, 0) => (data.to_vec(), says("Length").is_some_and(|length| ends_at(data, length))),
            _ if !is_one => (decoded(bytes.get(found.dictionary..)).unwrap_or_else(|| b"0".to_vec()), false),
            _ => (Vec::new(), false),
        };
        if !is_one && !begins_with_numbers(&text) {
            return;
        }
        let first = if times(&[b"First"]) == 0 { Some(0) } else { says("First") };
        let begun = bytes.get(found.word..found.data).unwrap_or_default();
        let is_plain = is_all && once && [b"stream\n".as_slice(), b"stream\r\n"].contains(&begun);
        let members = says("N").zip(first).filter(|_| is_plain);
        self.opaque |= members.is_none() && !self.over_limit;
        self.unpacked.push(Unpacked { at: found.data, text, members: members.unwrap_or_default() });
    }

    /// What is packed by zlib, as far as it can be unpacked, and whether that is all.
    fn unpacked(&mut self, data: &[u8]) -> (Vec<u8>, bool) {
        let taken: usize = self.unpacked.iter().map(|stream| stream.text.len()).sum();
        match decompress_to_vec_zlib_with_limit(data, OBJECT_STREAM_BYTES_MAX.saturating_sub(taken)) {
            Ok(text) => (text, true),
            Err(problem) => {
                self.over_limit |= problem.status == TINFLStatus::HasMoreOutput;
                (problem.output, false)
            }
        }
    }

    /// The next stream: the word that follows a whole dictionary and ends its line. Neither what a string or a comment says
    /// is one, nor what stands within an array or a dictionary; but nobody can say what is in a file where an object begins
    /// in those. Where brackets do not match none is found.
    fn next_stream(&mut self, bytes: &[u8], from: usize) -> Option<Found> {
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
                        return Some(Found { dictionary, word: place(word), data: place(data) });
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

/// What a stream holds, however it is packed.
fn decoded(stream: Option<&[u8]>) -> Option<Vec<u8>> {
    Stream::from_bytes(stream?)?.decoded().ok().map(|data| data.to_vec())
}

/// Whether all readers agree on where the data of a stream end that is not packed: after their length a line may end, and then
/// the word comes that ends them, for the first time.
fn ends_at(data: &[u8], length: usize) -> bool {
    let end = data.split_at_checked(length).map(|(_, end)| end);
    end.is_some_and(|end| [b"".as_slice(), b"\n", b"\r", b"\r\n"].contains(&end))
}

/// Where a stream's dictionary, its word and its data begin.
struct Found {
    dictionary: usize,
    word: usize,
    data: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

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
            // What is counted is packed as objects may be, if it begins as they do.
            (b"<</N 1/Filter/AHx/Length 9>>stream\n392034203c3c3e3e>\nendstream".to_vec(), true),
            (b"<</N 1/Filter/AHx/Length 9>>stream\n00000c48>\nendstream".to_vec(), false),
            (b"<</N 3/Length 9 0 R>>stream\n\0\0\x0c\x48\nendstream".to_vec(), false),
            (stream("", "<</R<</N 1>>/Filter/LZWDecode>>"), false),
            (b"<</N 3/Length 9>>stream\n\0\0\x30\x2clcms\nendstream".to_vec(), false),
            (stream("", "<</N 1/Filter 9 0 R>>"), true),
            (stream("", "<</N 1/Filter/FlateDecode/DecodeParms[9 0 R]>>"), true),
            (b"<</N 1/First 4/Length 8>>stream\t\r\n7 0 <<>>endstream".to_vec(), true),
            // How many there are is said, and once; some readers begin at 0 where the rest is not.
            (stream("", "<</First 4/Filter/FlateDecode>>"), true),
            (stream("", "<</N 1/Type/ObjStm/Filter/FlateDecode>>"), false),
            (stream("", "<</N 1/First 4/First 0/Filter/FlateDecode>>"), true),
        ] {
            assert_eq!(read(&file).opaque, opaque, "{}", String::from_utf8_lossy(&file));
        }
    }
}
