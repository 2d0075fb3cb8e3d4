//! Writes PDF files: objects, and the tables that say where they lie.

use miniz_oxide::deflate::compress_to_vec_zlib;

/// How hard streams are packed: the level of most tools.
const PACKING: u8 = 6;

/// One object: what stands between `obj` and `endobj`.
enum Body {
    Plain(Vec<u8>),
    /// The entries of its dictionary without `Length`, and its data as they are stored.
    Stream(String, Vec<u8>),
}

/// A document that is being written; objects are numbered from 1.
#[derive(Default)]
pub(super) struct Document {
    bodies: Vec<Body>,
    /// Further entries of the trailer.
    pub(super) trailer: String,
}

impl Document {
    /// Adds an object, and gives its number.
    pub(super) fn add(&mut self, body: impl Into<Vec<u8>>) -> usize {
        self.bodies.push(Body::Plain(body.into()));
        self.bodies.len()
    }

    /// Adds a packed stream, and gives its number.
    pub(super) fn add_packed(&mut self, entries: &str, data: &[u8]) -> usize {
        let packed = compress_to_vec_zlib(data, PACKING);
        self.add_stream(&format!("{entries}/Filter/FlateDecode"), packed)
    }

    /// Adds a stream whose data are stored as given, and gives its number.
    pub(super) fn add_stream(&mut self, entries: &str, data: Vec<u8>) -> usize {
        self.bodies.push(Body::Stream(entries.to_owned(), data));
        self.bodies.len()
    }

    /// Reserves a number for an object that is [`Self::set`] later.
    pub(super) fn reserve(&mut self) -> usize {
        self.add("null")
    }

    /// Gives a reserved number its object.
    pub(super) fn set(&mut self, number: usize, body: impl Into<Vec<u8>>) {
        if let Some(slot) = self.bodies.get_mut(number.saturating_sub(1)) {
            *slot = Body::Plain(body.into());
        }
    }

    /// The file, each object by itself, with a table of lines.
    pub(super) fn plain(&self, root: usize) -> Vec<u8> {
        let mut file = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n".to_vec();
        let places: Vec<usize> = (1..).zip(&self.bodies).map(|(n, body)| put(&mut file, n, body)).collect();
        let table = file.len();
        let size = places.len() + 1;
        file.extend(format!("xref\n0 {size}\n0000000000 65535 f \n").bytes());
        for place in places {
            file.extend(format!("{place:010} 00000 n \n").bytes());
        }
        let trailer = &self.trailer;
        file.extend(
            format!("trailer\n<</Size {size}/Root {root} 0 R{trailer}>>\nstartxref\n{table}\n%%EOF\n")
                .bytes(),
        );
        file
    }

    /// The file with all plain objects in one object stream, and a packed table.
    pub(super) fn packed(&self, root: usize) -> Vec<u8> {
        let mut file = b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n".to_vec();
        let (mut head, mut inside) = (String::new(), Vec::new());
        // Kind, then place or container, then number within it.
        let mut entries: Vec<(u8, usize, usize)> = vec![(0, 0, 0)];
        let container = self.bodies.len() + 1;
        let mut within = 0;
        for (number, body) in (1..).zip(&self.bodies) {
            match body {
                Body::Plain(text) => {
                    head.push_str(&format!("{number} {} ", inside.len()));
                    inside.extend(text);
                    inside.push(b' ');
                    entries.push((2, container, within));
                    within += 1;
                }
                Body::Stream(..) => entries.push((1, put(&mut file, number, body), 0)),
            }
        }
        let dictionary = format!("/Type/ObjStm/N {within}/First {}/Filter/FlateDecode", head.len());
        let text = [head.as_bytes(), &inside].concat();
        let stream = Body::Stream(dictionary, compress_to_vec_zlib(&text, PACKING));
        entries.push((1, put(&mut file, container, &stream), 0));
        let table = file.len();
        entries.push((1, table, 0));
        let rows: Vec<u8> = entries
            .iter()
            .flat_map(|(kind, place, inner)| {
                let [.., a, b, c, d] = place.to_be_bytes();
                let [.., e, f] = inner.to_be_bytes();
                [*kind, a, b, c, d, e, f]
            })
            .collect();
        let size = entries.len();
        let dictionary =
            format!("/Type/XRef/Size {size}/W[1 4 2]/Root {root} 0 R{}/Filter/FlateDecode", self.trailer);
        put(&mut file, size - 1, &Body::Stream(dictionary, compress_to_vec_zlib(&rows, PACKING)));
        file.extend(format!("startxref\n{table}\n%%EOF\n").bytes());
        file
    }
}

/// Writes an object, and gives where it begins.
fn put(file: &mut Vec<u8>, number: usize, body: &Body) -> usize {
    let place = file.len();
    file.extend(format!("{number} 0 obj\n").bytes());
    match body {
        Body::Plain(text) => file.extend(text),
        Body::Stream(entries, data) => {
            file.extend(format!("<<{entries}/Length {}>>\nstream\n", data.len()).bytes());
            file.extend(data);
            file.extend(b"\nendstream");
        }
    }
    file.extend(b"\nendobj\n");
    place
}

/// A text as a string of a document: Latin-1 in parentheses, or UTF-16 in hexadecimal where that does not suffice.
pub(super) fn string(text: &str) -> Vec<u8> {
    match latin(text) {
        Some(bytes) => {
            let escaped = bytes.into_iter().flat_map(|byte| {
                let escape = b"()\\".contains(&byte).then_some(b'\\');
                escape.into_iter().chain([byte])
            });
            [b"(".to_vec(), escaped.collect(), b")".to_vec()].concat()
        }
        None => {
            let digits: String = text.encode_utf16().map(|unit| format!("{unit:04x}")).collect();
            format!("<feff{digits}>").into_bytes()
        }
    }
}

/// The bytes of a text in Latin-1, if it has only such signs. The apostrophe is the plain one.
pub(super) fn latin(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|sign| u8::try_from(u32::from(if sign == '’' { '\'' } else { sign })).ok()).collect()
}
