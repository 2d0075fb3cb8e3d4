//! What the fuzz targets share: a reading that must hold for any bytes, and files made around the bytes of a fuzzer, who
//! would else spend its time on tables of offsets and sums of archives.

use std::collections::BTreeSet;
use std::io::{self, Cursor, Read, Write};
use std::panic::{UnwindSafe, catch_unwind};
use std::sync::Mutex;

use hayro_syntax::object::FromBytes;
use hayro_syntax::object::dict::Dict;
use schemas::Language;
use schemas::upload::Verdict;
use uploads::contracts::{self, ContractFile, Expected};
use uploads::tables;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

/// What parts the pieces of which a file is made.
pub const BETWEEN: u8 = 0;

/// What every contract is compared with: that which the seeds are drawn for.
pub const EXPECTED: Expected<'static> =
    Expected { name: Some("Élodie Nguyễn"), title: Some("Droit"), year: Some(2024) };

/// Crates whose parsers read what people send, as their files' paths name them.
const PARSERS: [&str; 6] =
    ["/calamine-", "/hayro-syntax-", "/miniz_oxide-", "/quick-xml-", "/zip-", "/flate2-"];

/// Lets a panic of a parser that is not ours pass, said once for each place: it ends a guarded child, and the file is
/// refused. Any other panic still ends the fuzzer.
pub fn let_parsers_panic() {
    let ends = std::panic::take_hook();
    let seen = Mutex::new(BTreeSet::new());
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        if !PARSERS.iter().any(|parser| place.contains(parser)) {
            ends(panic);
        } else if seen.lock().is_ok_and(|mut seen| seen.insert(place)) {
            #[expect(clippy::print_stderr, reason = "what a fuzzer found is for whoever looks")]
            {
                eprintln!("a child ends: {panic}");
            }
        }
    }));
}

/// Runs a reading as a child would.
pub fn as_a_child(read: impl FnOnce() + UnwindSafe) {
    // What is not let pass has ended the process.
    let _ = catch_unwind(read);
}

/// Reads bytes as a contract: refused for a reason, or read twice the same.
///
/// # Panics
/// Where this does not hold.
pub fn contract(bytes: &[u8]) {
    let file = contracts::read(bytes);
    let checks = contracts::check(&file, &EXPECTED);
    assert!(checks.findings.iter().all(|finding| !contracts::sentence(finding, Language::Fr).is_empty()));
    match &file {
        ContractFile::Refused(_) => assert_eq!(checks.verdict, Verdict::Refused),
        ContractFile::Plain(_) => {
            assert_eq!(contracts::read(bytes), file, "read twice");
            assert_eq!(contracts::check(&file, &EXPECTED), checks, "checked twice");
        }
    }
}

/// Reads bytes as a table of either kind: each refusal has a sentence, and each row is read twice the same.
///
/// # Panics
/// Where this does not hold.
pub fn table(bytes: &[u8]) {
    let read = tables::read(bytes);
    match &read {
        Err(refusal) => assert!(!tables::sentences::of_file(refusal).is_empty()),
        Ok(table) => {
            assert_eq!(tables::read(bytes), read, "read twice");
            let vacancies = tables::vacancies(table, None);
            for row in vacancies.iter().flatten() {
                let refusal = row.read.as_ref().err();
                assert!(refusal.is_none_or(|refusal| !tables::sentences::of_row(refusal).is_empty()));
            }
            for row in tables::ranking(table).iter().flatten() {
                let refusal = row.read.as_ref().err();
                assert!(refusal.is_none_or(|refusal| !tables::sentences::of_row(refusal).is_empty()));
            }
        }
    }
}

/// A PDF of one page around these pieces: the page's instructions, those of a form that it shows, the map of its fonts to
/// text, the differences of its simple font, and the fields of its form.
#[must_use]
pub fn page(bytes: &[u8]) -> Vec<u8> {
    let mut pieces = bytes.splitn(5, |byte| *byte == BETWEEN);
    let mut next = || pieces.next().unwrap_or_default();
    let stream = |entries: &str, data: &[u8]| {
        [format!("<<{entries}/Length {}>>\nstream\n", data.len()).as_bytes(), data, b"\nendstream"].concat()
    };
    let resources = "/Resources<</Font<</F0 4 0 R/F1 9 0 R>>/XObject<</X0 8 0 R>>>>";
    let content = stream("", next());
    let form = stream(&format!("/Subtype/Form/Matrix[1 0 0 1 0 -100]{resources}"), next());
    let map = stream("", next());
    let differences = [b"[".as_slice(), next(), b"]"].concat();
    let fields = [b"[".as_slice(), next(), b"]"].concat();
    let simple = [
        b"<</Type/Font/Subtype/Type1/Encoding<</BaseEncoding/MacRomanEncoding/Differences".as_slice(),
        &differences,
        b">>>>",
    ];
    let page = format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R{resources}>>");
    pdf(&[
        b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields 7 0 R>>>>",
        PAGES,
        page.as_bytes(),
        b"<</Type/Font/Subtype/Type0/BaseFont/Arial/Encoding/Identity-H/ToUnicode 6 0 R>>",
        &content,
        &map,
        &fields,
        &form,
        &simple.concat(),
    ])
}

/// The pages of a file whose third object is the only one.
const PAGES: &[u8] = b"<</Type/Pages/Kids[3 0 R]/Count 1>>";

/// A plain file of these objects, the first of which is its catalogue.
fn pdf(objects: &[&[u8]]) -> Vec<u8> {
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut places = Vec::new();
    for (number, object) in (1..).zip(objects) {
        places.push(file.len());
        file.extend(format!("{number} 0 obj\n").bytes().chain(object.iter().copied()).chain(*b"\nendobj\n"));
    }
    let (at, size) = (file.len(), places.len() + 1);
    file.extend(format!("xref\n0 {size}\n0000000000 65535 f \n").bytes());
    file.extend(places.iter().flat_map(|place| format!("{place:010} 00000 n \n").into_bytes()));
    file.extend(format!("trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n").bytes());
    file
}

/// Reads a file that starts a program when it is opened, with these pieces around what it starts. It is refused, unless a
/// parser shows that it no longer does.
///
/// # Panics
/// Where this does not hold.
pub fn hidden(bytes: &[u8]) {
    let mut pieces = bytes.splitn(2, |byte| *byte == BETWEEN);
    let mut next = || pieces.next().unwrap_or_default();
    let action = [b"<<".as_slice(), next(), b"/S/Launch/F(x)", next(), b">>"].concat();
    let page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>";
    let file = pdf(&[b"<</Type/Catalog/Pages 2 0 R/OpenAction 4 0 R>>", PAGES, page, &action]);
    // What is in a string, or after the end of it, starts nothing.
    let starts = Dict::from_bytes(&action).is_none_or(|action| action.contains_key("S"));
    if starts {
        assert!(matches!(contracts::read(&file), ContractFile::Refused(_)), "it is not refused");
    }
}

/// A workbook around these pieces: its sheet, its shared strings and its styles.
///
/// # Errors
/// None: an archive in memory takes what it is given.
pub fn workbook(bytes: &[u8]) -> io::Result<Vec<u8>> {
    const TYPES: &[u8] = br#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#;
    const RELATIONS: &[u8] = br#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#;
    const ROOT: &[u8] = br#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
    const BOOK: &[u8] = br#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
    let mut pieces = bytes.splitn(3, |byte| *byte == BETWEEN);
    let mut next = || pieces.next().unwrap_or_default();
    let parts = [
        ("_rels/.rels", ROOT),
        ("[Content_Types].xml", TYPES),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/workbook.xml", BOOK),
        ("xl/worksheets/sheet1.xml", next()),
        ("xl/sharedStrings.xml", next()),
        ("xl/styles.xml", next()),
    ];
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, data) in parts {
        archive.start_file(name, stored)?;
        archive.write_all(data)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// A page with every instruction that shows text, a form on it, a map with each of its sections, and fields of each kind.
pub const PAGE: &[u8] = b"q 1 0 0 1 0 0 cm BT /F0 11 Tf 14 TL 50 800 Td <00010002> Tj T* [<0003> -250 (ab)] TJ 1 0 0 1 50 700 Tm \
<0041> ' 1 2 (x) \" 0 -14 TD (Contrat) Tj ET Q /X0 Do BI /W 1 /H 1 ID x EI\0\
BT /F1 9 Tf 50 300 Td (\x41\x8e\x01) Tj ET /X0 Do\0\
/CMapName /A def 1 begincodespacerange <0000> <ffff> endcodespacerange 2 beginbfchar <0001> <0041> <0002> <d83dde00> endbfchar \
2 beginbfrange <0003> <0010> <0061> <0011> <0012> [<0041> <0042>] endbfrange\0\
1/eacute/Euro/uni0041 65/B\0\
<</T(nom)/FT/Tx/V(Nguyen)>><</T(a)/Kids[<</T<feff00e9>/FT/Btn/V/Oui>>]>><</T(s)/FT/Sig/V<</Contents<00>>>>>";

/// What hides an action from a reader who takes strings, comments and streams for what they are not.
pub const HIDDEN: [&[u8]; 4] = [
    b"/A(>>stream\n)\0/Z 1..2",
    b"/A 1 %>>stream\n\0/Z<zz>",
    b"/A<</B[(\\))]/C<41>>>\0/Next 5 0 R>>endobj 5 0 obj<<",
    b"/Length 3/Filter[/FlateDecode]/Type/ObjStm>>stream\nendstream\0>>stream\nendstream",
];

/// The pieces of which [`workbook`] makes a workbook again; `None` if it is none.
#[must_use]
pub fn pieces(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut part = |name: &str| {
        let mut text = Vec::new();
        if let Ok(mut part) = archive.by_name(name) {
            part.read_to_end(&mut text).ok()?;
        }
        Some(text)
    };
    let [sheet, strings, styles] =
        ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"].map(&mut part);
    Some([sheet?, strings?, styles?].join(&BETWEEN))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is made around a fuzzer's bytes is read, so that he gets to what lies behind it: a workbook says what the drawn
    /// one said, and the page shows its texts and its fields.
    #[test]
    fn what_is_made_around_pieces_is_sound() {
        let mut workbooks = 0;
        for number in 0..100 {
            let bytes = samplers::tables::vacancies(3, number).bytes;
            if let (Some(pieces), Ok(read)) = (pieces(&bytes), tables::read(&bytes)) {
                assert_eq!(tables::read(&workbook(&pieces).unwrap()), Ok(read), "{number}");
                workbooks += 1;
            }
        }
        assert!(workbooks > 5, "{workbooks}");
        let ContractFile::Plain(said) = contracts::read(&page(PAGE)) else { panic!("the page is refused") };
        for line in ["A😀", "Bée"] {
            assert!(said.lines.iter().any(|said| said == line), "{line}: {:?}", said.lines);
        }
        assert_eq!((said.fields.len(), said.signatures), (2, 1));
    }

    /// A row whose number overflows is not taken for another row: its reader ends, and with it the child (in release because
    /// the workspace's profile says so).
    #[test]
    fn a_number_that_overflows_is_no_other_number() {
        let sheet = |last: &str| {
            let row = |number: &str, first: &str| {
                let cell = |(column, text): (char, &str)| {
                    format!("<c r=\"{column}{number}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
                };
                let texts = [first, "formation", "motif", "date"];
                let cells: String = ('A'..='D').zip(texts).map(cell).collect();
                format!("<row>{cells}</row>")
            };
            let rows = [row("1", "candidat"), row(last, "alice")].concat();
            let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
            let file = workbook(&[sheet.as_bytes(), b"<sst/>", b"<styleSheet/>"].join(&BETWEEN)).unwrap();
            catch_unwind(|| tables::read(&file))
        };
        assert!(matches!(sheet("2"), Ok(Ok(_))));
        assert!(!matches!(sheet("4294967298"), Ok(Ok(_))));
    }
}
