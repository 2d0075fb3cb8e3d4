//! The text that a PDF's pages show, line by line.

use std::collections::BTreeMap;

use hayro_syntax::Pdf;
use hayro_syntax::content::UntypedIter;
use hayro_syntax::object::dict::Dict;
use hayro_syntax::object::{Name, Object, Stream};
use hayro_syntax::page::Resources;

use super::Said;
use super::font::Font;

/// Most instructions of all pages: a dense form's page has ten thousand.
const INSTRUCTIONS_MAX: u32 = 1_000_000;

/// Most characters that are kept: a contract of two hundred pages has as many.
const CHARACTERS_MAX: usize = 400_000;

/// How deep forms may show forms: deeper ones loop.
const DEPTH_MAX: u32 = 6;

/// How far apart two texts on one line may stand, in points: less than half a line.
const LINE_POINTS: f64 = 3.0;

/// Rows and columns of a transformation: `x' = a·x + c·y + e`, `y' = b·x + d·y + f`.
type Matrix = [f64; 6];

const IDENTITY: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

/// First this, then that.
fn product(this: Matrix, that: Matrix) -> Matrix {
    let ([a, b, c, d, e, f], [g, h, i, j, k, l]) = (this, that);
    [a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + l]
}

/// Reads the text and the images of all pages into what the file says.
pub(super) fn read(pdf: &Pdf, said: &mut Said) {
    let mut reader =
        Reader { instructions: INSTRUCTIONS_MAX, characters: CHARACTERS_MAX, ..Reader::default() };
    for page in pdf.pages().iter() {
        reader.shown.clear();
        reader.goes_on = false;
        reader.content(page.operations(), page.resources(), IDENTITY, 0);
        said.lines.append(&mut reader.lines());
        said.images = said.images.saturating_add(std::mem::take(&mut reader.images));
    }
}

/// A piece of text with where it begins.
struct Shown {
    x: f64,
    y: f64,
    text: String,
}

#[derive(Default)]
struct Reader {
    instructions: u32,
    characters: usize,
    images: u32,
    shown: Vec<Shown>,
    /// Whether the next text stands right after the last one: nothing has moved between them.
    goes_on: bool,
}

/// What moves the place at which text is shown.
const MOVES: [&[u8]; 11] = [b"q", b"Q", b"cm", b"BT", b"Tm", b"Td", b"TD", b"T*", b"'", b"\"", b"Do"];

/// What the instructions of one content change and restore.
#[derive(Clone)]
struct State {
    matrix: Matrix,
    text: Matrix,
    line: Matrix,
    leading: f64,
    font: Option<Vec<u8>>,
}

impl Reader {
    fn content(
        &mut self,
        mut operations: UntypedIter<'_>,
        resources: &Resources<'_>,
        matrix: Matrix,
        depth: u32,
    ) {
        let mut fonts: BTreeMap<Vec<u8>, Font> = BTreeMap::new();
        let mut state = State { matrix, text: IDENTITY, line: IDENTITY, leading: 0.0, font: None };
        let mut saved = Vec::new();
        while let Some(instruction) = operations.next() {
            let Some(left) = self.instructions.checked_sub(1) else { return };
            self.instructions = left;
            let operator: Vec<u8> = instruction.operator.to_vec();
            let operands: Vec<&Object<'_>> = instruction.operands().collect();
            let number = |at: usize| match operands.get(at) {
                Some(Object::Number(number)) => number.as_f64(),
                _ => 0.0,
            };
            self.goes_on &= !MOVES.contains(&operator.as_slice());
            match operator.as_slice() {
                b"q" if saved.len() < 64 => saved.push(state.clone()),
                b"Q" => state = saved.pop().unwrap_or(state),
                b"cm" => state.matrix = product(std::array::from_fn(number), state.matrix),
                b"BT" => (state.text, state.line) = (IDENTITY, IDENTITY),
                b"Tm" => state.move_to(std::array::from_fn(number)),
                b"Td" => state.move_by(number(0), number(1)),
                b"TD" => {
                    state.leading = -number(1);
                    state.move_by(number(0), number(1));
                }
                b"TL" => state.leading = number(0),
                b"T*" => state.move_by(0.0, -state.leading),
                b"Tf" => {
                    if let Some(Object::Name(name)) = operands.first() {
                        let font =
                            || resources.get_font(name).map(|dict| Font::new(&dict)).unwrap_or_default();
                        fonts.entry(name.as_ref().to_vec()).or_insert_with(font);
                        state.font = Some(name.as_ref().to_vec());
                    }
                }
                b"Tj" | b"TJ" => self.show(operands.first().copied(), &state, &fonts),
                b"'" | b"\"" => {
                    state.move_by(0.0, -state.leading);
                    self.show(operands.last().copied(), &state, &fonts);
                }
                b"BI" => self.images = self.images.saturating_add(1),
                b"Do" => {
                    if let Some(Object::Name(name)) = operands.first()
                        && let Some(shown) = resources.get_x_object(name)
                    {
                        self.object(&shown, resources, state.matrix, depth);
                        self.goes_on = false;
                    }
                }
                _ => {}
            }
        }
    }

    /// An image, or a form with instructions of its own.
    fn object(&mut self, shown: &Stream<'_>, outer: &Resources<'_>, matrix: Matrix, depth: u32) {
        let dict = shown.dict();
        match dict.get::<Name<'_>>("Subtype").as_deref() {
            Some(b"Image") => self.images = self.images.saturating_add(1),
            Some(b"Form") if depth < DEPTH_MAX => {
                let Ok(content) = shown.decoded_data() else { return };
                let own = dict.get::<[f32; 6]>("Matrix").map_or(IDENTITY, |own| own.map(f64::from));
                let matrix = product(own, matrix);
                match dict.get::<Dict<'_>>("Resources") {
                    Some(inner) => {
                        self.content(UntypedIter::new(&content), &Resources::new(inner), matrix, depth + 1);
                    }
                    None => self.content(UntypedIter::new(&content), outer, matrix, depth + 1),
                }
            }
            _ => {}
        }
    }

    /// Keeps what a string, or an array of strings and gaps, shows.
    fn show(&mut self, operand: Option<&Object<'_>>, state: &State, fonts: &BTreeMap<Vec<u8>, Font>) {
        /// A gap in an array of strings that is as wide as a space, in thousandths of the font's size.
        const SPACE: f64 = -180.0;
        let fallback = Font::default();
        let font = state.font.as_ref().and_then(|name| fonts.get(name)).unwrap_or(&fallback);
        let mut text = String::new();
        match operand {
            Some(Object::String(string)) => text.push_str(&font.text(string.as_bytes())),
            Some(Object::Array(array)) => {
                for item in array.iter::<Object<'_>>() {
                    match item {
                        Object::String(string) => text.push_str(&font.text(string.as_bytes())),
                        Object::Number(gap) if gap.as_f64() < SPACE => text.push(' '),
                        _ => {}
                    }
                }
            }
            _ => return,
        }
        let Some(left) = self.characters.checked_sub(text.len()) else { return };
        self.characters = left;
        match self.shown.last_mut() {
            Some(last) if self.goes_on => last.text.push_str(&text),
            _ => {
                let [.., x, y] = product(state.text, state.matrix);
                self.shown.push(Shown { x, y, text });
            }
        }
        self.goes_on = true;
    }

    /// What was shown, from top to bottom and left to right.
    fn lines(&mut self) -> Vec<String> {
        let mut shown = std::mem::take(&mut self.shown);
        shown.retain(|piece| !piece.text.is_empty());
        // Stable: what stands at one place keeps the order in which it was shown.
        shown.sort_by(|one, other| other.y.total_cmp(&one.y));
        let mut lines: Vec<Vec<Shown>> = Vec::new();
        for piece in shown {
            match lines.last_mut() {
                Some(line) if line.first().is_some_and(|first| (first.y - piece.y).abs() < LINE_POINTS) => {
                    line.push(piece);
                }
                _ => lines.push(vec![piece]),
            }
        }
        let text = |mut line: Vec<Shown>| {
            line.sort_by(|one, other| one.x.total_cmp(&other.x));
            let pieces: Vec<String> = line.into_iter().map(|piece| piece.text).collect();
            pieces.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
        };
        lines.into_iter().map(text).filter(|line| !line.is_empty()).collect()
    }
}

impl State {
    fn move_to(&mut self, matrix: Matrix) {
        (self.text, self.line) = (matrix, matrix);
    }

    fn move_by(&mut self, x: f64, y: f64) {
        self.move_to(product([1.0, 0.0, 0.0, 1.0, x, y], self.line));
    }
}
