//! Contracts as PDF, drawn: conform ones in the layouts that people send, and ones with a single defect each.

mod active;
mod defects;
mod pdf;
mod words;

use schemas::campaign::ContractKind;

pub use defects::Defect;

use crate::draw::{Draw, stream};
use pdf::{Document, latin, string};
use words::Words;

/// What a contract is drawn for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContractSpec<'a> {
    /// What kind of document.
    pub kind: ContractKind,
    /// The candidate's first and last name.
    pub name: &'a str,
    /// The formation's title.
    pub title: &'a str,
    /// The year in which it begins.
    pub year: i16,
    /// The one thing that is wrong with it; `None` is conform.
    pub defect: Option<Defect>,
}

/// How a document is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// Text in a common font, as a word processor prints it.
    Printed,
    /// Text in an embedded font whose codes mean nothing by themselves.
    Embedded,
    /// A form with its fields filled in.
    Form,
}

/// How far apart lines stand, in points, and where the first one does.
const LINE_POINTS: f64 = 16.0;
const TOP_POINTS: f64 = 800.0;

/// Draws one contract: the same seed, label and specification give the same bytes.
#[must_use]
pub fn draw(spec: &ContractSpec<'_>, seed: u64, label: &str) -> Vec<u8> {
    let mut rng = stream(seed, "contract file", &[label, spec.name]);
    let mut words = Words::draw(spec, &mut rng);
    if let Some(defect) = spec.defect {
        words.spoil(defect, spec);
    }
    if spec.defect == Some(Defect::NotAPdf) {
        return [b"PK\x03\x04".as_slice(), words.title.as_bytes()].concat();
    }
    let drawn = [Layout::Printed, Layout::Embedded, Layout::Form];
    let form = matches!(spec.defect, Some(Defect::BlankForm | Defect::FieldScript));
    let layout = if form { Layout::Form } else { rng.pick(&drawn).copied().unwrap_or(Layout::Printed) };
    let mut document = Document::default();
    let root = catalogue(&mut document, &words, layout, spec.defect, &mut rng);
    let packed = spec.defect == Some(Defect::PackedScript) || rng.chance(0.4);
    // Names are only seen through the object stream where the object is in one.
    let plain =
        matches!(spec.defect, Some(Defect::EarlierRevision | Defect::EscapedName | Defect::Encrypted));
    let file = if packed && !plain { document.packed(root) } else { document.plain(root) };
    active::finish(file, spec.defect)
}

/// Writes all objects, and gives the number of the catalogue.
fn catalogue(
    document: &mut Document,
    words: &Words,
    layout: Layout,
    defect: Option<Defect>,
    rng: &mut impl Draw,
) -> usize {
    let (root, pages) = (document.reserve(), document.reserve());
    let lines = if defect == Some(Defect::Scan) { Vec::new() } else { words.lines(layout == Layout::Form) };
    // A word processor embeds a font for what the common ones do not have.
    let common = lines.iter().all(|line| latin(line).is_some());
    let layout = if layout == Layout::Printed && !common { Layout::Embedded } else { layout };
    let (font, content) = match layout {
        Layout::Embedded => embedded(document, &lines),
        Layout::Printed | Layout::Form => printed(document, &lines),
    };
    let drawn = words.signed && rng.chance(0.5) || defect == Some(Defect::Scan);
    let content =
        if drawn { [content, b"q 80 0 0 40 60 60 cm /I Do Q\n".to_vec()].concat() } else { content };
    let image = drawn.then(|| {
        let entries = "/Type/XObject/Subtype/Image/Width 4/Height 4/ColorSpace/DeviceGray/BitsPerComponent 8";
        document.add_packed(entries, &[0x80; 16])
    });
    let images = image.map(|image| format!("/XObject<</I {image} 0 R>>")).unwrap_or_default();
    let bomb = defect == Some(Defect::Bomb);
    let content = if bomb { vec![b' '; active::BOMB_BYTES] } else { content };
    let content = match defect {
        Some(Defect::ExternalStream) => {
            document.add_stream("/F(\\\\\\\\server\\\\share\\\\contract.txt)", Vec::new())
        }
        _ if bomb || rng.chance(0.7) => document.add_packed("", &content),
        _ => document.add_stream("", content),
    };
    // Shown many times over, it is more than any reader may have.
    let contents = if bomb {
        format!("[{}]", format!("{content} 0 R ").repeat(active::BOMBS))
    } else {
        format!("{content} 0 R")
    };
    let (form, fields) = fields(document, words, layout, defect, drawn);
    let page = document.reserve();
    let annotations = fields.iter().map(|field| format!("{field} 0 R ")).collect::<String>();
    let more = active::page_entries(document, defect);
    document.set(
        page,
        format!(
            "<</Type/Page/Parent {pages} 0 R/MediaBox[0 0 595 842]/Contents {contents}\
             /Resources<</Font<</F {font} 0 R>>{images}>>/Annots[{annotations}]{more}>>"
        ),
    );
    let kids = match defect {
        Some(Defect::NoPages) => "/Kids[]/Count 0".to_owned(),
        Some(Defect::PageLoop) => format!("/Kids[{pages} 0 R {pages} 0 R]/Count 2"),
        _ => format!("/Kids[{page} 0 R]/Count 1"),
    };
    if matches!(defect, Some(Defect::NoPages | Defect::PageLoop)) {
        document.set(page, "null");
    }
    document.set(pages, format!("<</Type/Pages{kids}>>"));
    let more = active::catalogue_entries(document, defect);
    document.set(root, format!("<</Type/Catalog/Pages {pages} 0 R{form}{more}>>"));
    root
}

/// Text in one of the fonts that every reader has.
fn printed(document: &mut Document, lines: &[String]) -> (usize, Vec<u8>) {
    let font = document.add("<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>");
    let content = shown(lines, string);
    (font, content)
}

/// Text in a font of its own: codes in the order in which signs first occur, and a map of what they mean.
fn embedded(document: &mut Document, lines: &[String]) -> (usize, Vec<u8>) {
    let mut signs: Vec<char> = Vec::new();
    for sign in lines.iter().flat_map(|line| line.chars()) {
        if !signs.contains(&sign) {
            signs.push(sign);
        }
    }
    let code = |sign: char| signs.iter().position(|known| *known == sign).unwrap_or(0) + 1;
    let mut map = "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n1 begincodespacerange\n\
                   <0000> <FFFF>\nendcodespacerange\n"
        .to_owned();
    for part in signs.chunks(100) {
        map.push_str(&format!("{} beginbfchar\n", part.len()));
        for sign in part {
            let mut units = [0; 2];
            let text: String =
                sign.encode_utf16(&mut units).iter().map(|unit| format!("{unit:04X}")).collect();
            map.push_str(&format!("<{:04X}> <{text}>\n", code(*sign)));
        }
        map.push_str("endbfchar\n");
    }
    map.push_str("endcmap end end");
    let map = document.add_packed("", map.as_bytes());
    let descendant = document.add(
        "<</Type/Font/Subtype/CIDFontType2/BaseFont/AAAAAA+Sans/CIDSystemInfo<</Registry(Adobe)\
         /Ordering(Identity)/Supplement 0>>/DW 500>>",
    );
    let font = document.add(format!(
        "<</Type/Font/Subtype/Type0/BaseFont/AAAAAA+Sans/Encoding/Identity-H/DescendantFonts[{descendant} 0 R]\
         /ToUnicode {map} 0 R>>"
    ));
    let content = shown(lines, |line| {
        let digits: String = line.chars().map(|sign| format!("{:04X}", code(sign))).collect();
        format!("<{digits}>").into_bytes()
    });
    (font, content)
}

/// The instructions that show lines one below the other.
fn shown(lines: &[String], written: impl Fn(&str) -> Vec<u8>) -> Vec<u8> {
    let mut content = Vec::new();
    let mut y = TOP_POINTS;
    for line in lines {
        content.extend(format!("BT /F 10 Tf 1 0 0 1 40 {y} Tm ").bytes());
        content.extend(written(line));
        content.extend(b" Tj ET\n");
        y -= LINE_POINTS;
    }
    content
}

/// The document's form, as an entry of the catalogue, and its fields: values where the layout has them there, and the
/// signatures that are not drawn.
fn fields(
    document: &mut Document,
    words: &Words,
    layout: Layout,
    defect: Option<Defect>,
    drawn: bool,
) -> (String, Vec<usize>) {
    let mut fields = Vec::new();
    if layout == Layout::Form {
        for (name, value) in words.fields() {
            let mut body = b"<</Type/Annot/Subtype/Widget/Rect[0 0 0 0]/FT/Tx/T".to_vec();
            body.extend(string(name));
            if defect != Some(Defect::BlankForm) {
                body.extend(b"/V");
                body.extend(string(&value));
            }
            if name.contains("date") {
                let script = if defect == Some(Defect::FieldScript) {
                    "app.launchURL\\(\"https://example.org\"\\);"
                } else {
                    "AFDate_FormatEx\\(\"dd/mm/yyyy\"\\);"
                };
                let action = document.add(format!("<</S/JavaScript/JS({script})>>"));
                body.extend(format!("/AA<</F {action} 0 R>>").bytes());
            }
            body.extend(b">>");
            fields.push(document.add(body));
        }
    }
    if words.signed && !drawn && defect != Some(Defect::BlankForm) {
        let signature = document.add("<</Type/Sig/Filter/Adobe.PPKLite/Contents<3080>/ByteRange[0 0 0 0]>>");
        fields.push(document.add(format!(
            "<</Type/Annot/Subtype/Widget/Rect[0 0 0 0]/FT/Sig/T(Signature)/V {signature} 0 R>>"
        )));
    }
    if fields.is_empty() {
        return (String::new(), fields);
    }
    let list = fields.iter().map(|field| format!("{field} 0 R ")).collect::<String>();
    (format!("/AcroForm<</Fields[{list}]>>"), fields)
}
