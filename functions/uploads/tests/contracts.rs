//! The check of contracts, on drawn ones: whole layouts, one defect at a time, every place at which a file may be cut.
#![expect(clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use samplers::contracts::{ContractSpec, Defect, draw};
use schemas::campaign::ContractKind;
use schemas::upload::{FindingCode, Verdict};
use uploads::contracts::{Checks, ContractFile, Expected, check, read};

const KINDS: [ContractKind; 3] =
    [ContractKind::Contract, ContractKind::Promise, ContractKind::CfaCertificate];

const NAMES: [&str; 6] =
    ["Élodie Lefèvre", "Nguyễn Thị Ầu", "Zoë d'Aubigné-Œuvrard", "Ali Ben Saïd", "José Núñez", "Şule Yılmaz"];

const TITLES: [&str; 3] =
    ["Droit des affaires", "Informatique, parcours Sécurité des systèmes", "Psychologie : clinique et santé"];

/// The specification of the nth drawn contract.
fn spec(number: usize, defect: Option<Defect>) -> ContractSpec<'static> {
    let (name, title) = (NAMES[number % NAMES.len()], TITLES[number / 7 % TITLES.len()]);
    // A promise need not name a training centre, nor anything but a contract say when it ends.
    let kind = match defect {
        Some(Defect::NoTrainingCentre | Defect::WrongUai | Defect::TooShort | Defect::TooLong) => KINDS[0],
        _ => KINDS[number % 3],
    };
    ContractSpec { kind, name, title, year: 2024, defect }
}

fn checked(bytes: &[u8], spec: &ContractSpec<'_>) -> Checks {
    let expected = Expected { name: Some(spec.name), title: Some(spec.title), year: Some(spec.year) };
    check(&read(bytes), &expected)
}

/// Every conform contract is conform, in whatever layout, and is taken for the kind that it is: thousands of them.
#[test]
fn conform_contracts_are_conform() {
    for number in 0..3000 {
        let spec = spec(number, None);
        let checks = checked(&draw(&spec, 1, &number.to_string()), &spec);
        assert_eq!(
            (checks.verdict, checks.kind),
            (Verdict::Conform, Some(spec.kind)),
            "{number} {spec:?} {checks:?}"
        );
    }
}

/// Each defect gives its verdict, and what would do something is refused for that, not because it is malformed.
#[test]
fn each_defect_is_found() {
    // What only a guarded reader survives is tested there.
    for defect in Defect::ALL.into_iter().filter(|defect| *defect != Defect::Bomb) {
        let times = if defect == Defect::TooLarge { 1 } else { 60 };
        for number in 0..times {
            let spec = spec(number, Some(defect));
            let checks = checked(&draw(&spec, 2, &number.to_string()), &spec);
            assert_eq!(checks.verdict, defect.verdict(), "{} {number} {checks:?}", defect.name());
            if defect.is_active() {
                assert_eq!(
                    checks.findings[0].code,
                    FindingCode::ActiveContent,
                    "{} {checks:?}",
                    defect.name()
                );
            }
        }
    }
}

/// A file that is cut anywhere before its last end is refused.
#[test]
fn every_shorter_file_is_refused() {
    for number in 0..6 {
        let spec = spec(number, None);
        let whole = draw(&spec, 3, &number.to_string());
        let ends = whole.windows(5).rposition(|window| window == b"%%EOF").unwrap() + 5;
        for length in 0..ends {
            assert_eq!(
                checked(&whole[..length], &spec).verdict,
                Verdict::Refused,
                "{number} at {length} of {ends}"
            );
        }
        assert_eq!(checked(&whole[..ends], &spec).verdict, Verdict::Conform);
    }
}

/// The same bytes give the same answer.
#[test]
fn the_same_file_has_the_same_verdict() {
    for number in 0..200 {
        let defect = Defect::ALL.into_iter().cycle().nth(number).filter(|defect| *defect != Defect::Bomb);
        let spec = spec(number, defect);
        let (first, second) = (draw(&spec, 4, "x"), draw(&spec, 4, "x"));
        assert_eq!(first, second);
        assert_eq!(checked(&first, &spec), checked(&second, &spec));
    }
}

/// A defect's name leads back to it: stories name them.
#[test]
fn defects_have_names() {
    for defect in Defect::ALL {
        assert_eq!(Defect::named(&defect.name()), Some(defect));
    }
}

/// How long a check takes, in this process: `cargo test --release -p uploads --test contracts -- --ignored --nocapture`.
#[test]
#[ignore = "a figure, not a property"]
#[expect(clippy::disallowed_methods, reason = "it measures")]
fn how_long_a_check_takes() {
    let files: Vec<(ContractSpec<'_>, Vec<u8>)> = (0..2000)
        .map(|number| {
            let spec = spec(number, None);
            (spec, draw(&spec, 6, &number.to_string()))
        })
        .collect();
    let begun = std::time::Instant::now();
    let mut times: Vec<u128> = files
        .iter()
        .map(|(spec, file)| {
            let begun = std::time::Instant::now();
            assert_eq!(checked(file, spec).verdict, Verdict::Conform);
            begun.elapsed().as_micros()
        })
        .collect();
    times.sort_unstable();
    let rate = 2000.0 / begun.elapsed().as_secs_f64();
    println!(
        "{rate:.0} contracts a second; p50 {} µs, p99 {} µs, most {} µs",
        times[1000], times[1980], times[1999]
    );
}

/// A plain file of these objects, the first of which is its catalogue, the second its pages and the third a page.
fn pdf(objects: &[&str]) -> Vec<u8> {
    let (mut bytes, mut places) = (b"%PDF-1.7\n".to_vec(), Vec::new());
    for (number, object) in objects.iter().enumerate() {
        places.push(bytes.len());
        bytes.extend(format!("{} 0 obj\n{object}\nendobj\n", number + 1).into_bytes());
    }
    let (at, count) = (bytes.len(), objects.len() + 1);
    bytes.extend(format!("xref\n0 {count}\n0000000000 65535 f \n").into_bytes());
    bytes.extend(places.iter().flat_map(|place| format!("{place:010} 00000 n \n").into_bytes()));
    bytes.extend(format!("trailer\n<</Size {count}/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n").into_bytes());
    bytes
}

const PAGES: &str = "<</Type/Pages/Count 1/Kids[3 0 R]>>";
const PAGE: &str = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>";

/// What opens by itself may show a place in the file; whatever follows upon that, an address above all, is active, however
/// it is referred to.
#[test]
fn nothing_follows_upon_what_opens_by_itself() {
    let cases = [
        ("/OpenAction<</S/GoTo/D[3 0 R/Fit]>>", Verdict::ToReview),
        ("/OpenAction<</S/GoTo/D[3 0 R/Fit]/Next[4 0 R]>>", Verdict::Refused),
        ("/OpenAction<</S/GoTo/D[3 0 R/Fit]/Next 4 0 R>>", Verdict::Refused),
        ("/OpenAction 5 0 R", Verdict::Refused),
        ("/AA<</WC 5 0 R>>", Verdict::Refused),
        ("/OpenAction<</S/Named/N/Print>>", Verdict::Refused),
        ("/AA<</WC<</S/ResetForm>>>>", Verdict::Refused),
        ("/AA<</WC<</S/GoTo/D[3 0 R/Fit]/Next[4 0 R]>>>>", Verdict::Refused),
    ];
    for (action, verdict) in cases {
        let catalogue = format!("<</Type/Catalog/Pages 2 0 R{action}>>");
        let address = "<</S/URI/URI(https://example.org/)>>";
        let chained = "<</S/GoTo/D[3 0 R/Fit]/Next 4 0 R>>";
        let bytes = pdf(&[&catalogue, PAGES, PAGE, address, chained]);
        assert_eq!(checked(&bytes, &spec(0, None)).verdict, verdict, "{action}");
    }
}

/// What a form says is handed on only up to a size: whoever compares it has no limits of his own.
#[test]
fn a_form_says_no_more_than_it_may() {
    let field = |name: &str, length: usize| format!("<</FT/Tx/T({name})/V({})>>", "x".repeat(length));
    let catalogue = "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R 5 0 R]>>>>";
    for (length, fields) in [(1_000, 2), (3_000_000, 0)] {
        let bytes = pdf(&[catalogue, PAGES, PAGE, &field("a", length), &field("b", length)]);
        let said = serde_json::to_string(&read(&bytes)).unwrap();
        assert_eq!(said.matches("xxx").count() > 0, fields > 0, "{length}");
        assert!(said.len() < 500_000, "{length}: {}", said.len());
    }
}

/// A page that shows these instructions in a font of this dictionary, with this map to text.
fn page(font: &str, map: &str, content: &str) -> Vec<u8> {
    let stream = |text: &str| format!("<</Length {}>>\nstream\n{text}\nendstream", text.len());
    pdf(&[
        "<</Type/Catalog/Pages 2 0 R>>",
        PAGES,
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R/Resources<</Font<</F0 4 0 R>>>>>>",
        &format!("<</Type/Font/BaseFont/A{font}/ToUnicode 6 0 R>>"),
        &stream(&format!("BT /F0 11 Tf 50 700 Td {content} ET")),
        &stream(map),
    ])
}

const COMPOSITE: &str = "/Subtype/Type0/Encoding/Identity-H";

/// A font's map to text is read as producers write it: whole planes in one range, and ranges up to the last code.
#[test]
fn ranges_of_a_font_are_read_to_their_last_code() {
    let cases = [
        // All 65,536 codes, each for itself.
        ("<0000> <ffff> <0000>", "<004100e9215f>", "Aé⅟"),
        // Exactly 256 codes, to the last.
        ("<0000> <00ff> <0000>", "<0041004200e9>", "ABé"),
        // Past the end of a unit, or of the halves of a pair, there is no sign.
        ("<0000> <00ff> <fff0>", "<00f0>", "\u{fffd}"),
        ("<0001> <0003> <d83ddffe>", "<000100020003>", "\u{1f7fe}\u{1f7ff}\u{fffd}"),
        // After a surrogate, and with a text of one byte, or none.
        ("<0001> <0002> <d83dde00>", "<00010002>", "😀😁"),
        ("<0001> <0002> <41>", "<00010002>", "AB"),
        ("<0000> <ffff> <>", "<00410042>", "\u{fffd}\u{fffd}"),
        // Codes of four bytes, to the last there is.
        ("<fffffffe> <ffffffff> [<0041> <0042> <0043>]", "<0001>", "\u{fffd}"),
    ];
    for (range, shown, text) in cases {
        let map = format!("1 beginbfrange {range} endbfrange");
        assert_eq!(lines(&page(COMPOSITE, &map, &format!("{shown} Tj"))), [text], "{range}");
    }
}

/// How many bytes a code has is said by the font, whatever its map to text says.
#[test]
fn a_font_says_how_long_its_codes_are() {
    let two =
        "1 begincodespacerange <0000> <ffff> endcodespacerange 1 beginbfrange <41> <5a> <0041> endbfrange";
    assert_eq!(lines(&page("/Subtype/TrueType/Encoding/WinAnsiEncoding", two, "(MASTER) Tj")), ["MASTER"]);
    let one =
        "1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfrange <0041> <005a> <0041> endbfrange";
    assert_eq!(lines(&page(COMPOSITE, one, "<004d00410053> Tj")), ["MAS"]);
}

/// Texts shown one right after the other are one word, as where an accented letter comes from another font; what is moved
/// between them is another one.
#[test]
fn a_word_in_pieces_is_one_word() {
    let font = "/Subtype/Type1/Encoding/WinAnsiEncoding";
    for (content, lines_meant) in [
        ("(Nguy) Tj /F0 11 Tf 1 0 0 rg (\\352) Tj [(n)] TJ", vec!["Nguyên"]),
        ("(Nguy) Tj 40 0 Td (Linh) Tj", vec!["Nguy Linh"]),
        ("(Nguy) Tj 0 -14 Td (Linh) Tj", vec!["Nguy", "Linh"]),
        ("14 TL (Nguy) Tj (Linh) ' (An) Tj", vec!["Nguy", "LinhAn"]),
        ("(Nguy) Tj ET BT 50 700 Td (Linh) Tj", vec!["Nguy Linh"]),
    ] {
        assert_eq!(lines(&page(font, "", content)), lines_meant, "{content}");
    }
}

/// The lines of a plain file.
fn lines(file: &[u8]) -> Vec<String> {
    match read(file) {
        ContractFile::Plain(said) => said.lines,
        ContractFile::Refused(findings) => vec![format!("{findings:?}")],
    }
}

/// What runs when a file is opened is not hidden by an object that one parser reads and another does not, nor by what looks
/// like a stream's data: some viewers run these.
#[test]
fn nothing_active_hides_in_what_cannot_be_read() {
    let hidden = [
        "<</A(>>stream\n)/S/JavaScript/JS(app.alert\\(1\\))/Z 1..2>>",
        "<</A(>>stream\n)/S/JavaScript/JS(app.alert\\(1\\))/Z<zz>>>",
        "<</A(>>stream\n)/S/Launch/F(calc.exe)",
        "<</A 1 %>>stream\n/S/Launch/F(calc.exe)>>",
        "<</Length 1>>stream\nx\n5 0 obj <</S/Launch/Z 1..2>> endobj\nendstream",
    ];
    for object in hidden {
        let file = pdf(&["<</Type/Catalog/Pages 2 0 R/OpenAction 4 0 R>>", PAGES, PAGE, object]);
        let ContractFile::Refused(findings) = read(&file) else { unreachable!("{object}") };
        assert_eq!(findings[0].code, FindingCode::ActiveContent, "{object}");
    }
    // An address that is no text, and what one viewer takes for a blank.
    for link in ["<</S/URI/URI/file:#2f#2f#2fetc#2fpasswd>>", "<</S/URI/URI(file:///etc/passwd)>>"] {
        let page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots[<</Subtype/Link/Rect[0 0 9 9]/A 4 0 R>>]>>";
        let file = pdf(&["<</Type/Catalog/Pages 2 0 R>>", PAGES, page, link]);
        assert_eq!(check(&read(&file), &Expected::default()).verdict, Verdict::Refused, "{link}");
    }
    // Nothing in it is active by name, but nobody can say what it is.
    let file = pdf(&["<</Type/Catalog/Pages 2 0 R>>", PAGES, PAGE, "<</Z 1..2>>"]);
    assert_eq!(check(&read(&file), &Expected::default()).verdict, Verdict::Refused);
}

/// A table that leads nowhere harms nobody: several common programs write that an object lies at byte 0, where none can.
#[test]
fn a_table_may_lead_nowhere() {
    let plain = pdf(&["<</Type/Catalog/Pages 2 0 R>>", PAGES, PAGE, "<</Length 0>>stream\n\nendstream"]);
    let text = String::from_utf8(plain.clone()).unwrap();
    let (objects, _) = text.split_once("xref").unwrap();
    let place = |number: usize| text.find(&format!("{number} 0 obj")).unwrap();
    for nowhere in ["0000000000 00000", "0000000000 65536", "0000000003 00000", "0009999999 00000"] {
        let mut file = format!("{objects}xref\n0 6\n0000000000 65535 f \n");
        (1..=4).for_each(|number| file += &format!("{:010} 00000 n \n", place(number)));
        file +=
            &format!("{nowhere} n \ntrailer\n<</Size 6/Root 1 0 R>>\nstartxref\n{}\n%%EOF\n", objects.len());
        assert_eq!(read(file.as_bytes()), read(&plain), "{nowhere}");
        assert!(matches!(read(file.as_bytes()), ContractFile::Plain(_)));
    }
}

/// Several programs write an address as an object of its own: it is judged there, in each of its revisions.
#[test]
fn an_address_may_be_referred_to() {
    let page =
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots[<</Subtype/Link/Rect[0 0 9 9]/A 4 0 R>>]>>";
    let action = "<</S/URI/URI 5 0 R>>";
    for (address, harmless) in [
        ("(https://example.org/contrats)", true),
        ("(file:///etc/passwd)", false),
        ("(https://example.org) endobj 5 0 obj (file:///etc/passwd)", false),
        ("(file:///etc/passwd) endobj 5 0 obj (https://example.org)", false),
        ("/file:#2f#2f", false),
        ("<</Base(file:///etc/)>>", false),
    ] {
        let file = pdf(&["<</Type/Catalog/Pages 2 0 R>>", PAGES, page, action, address]);
        assert_eq!(matches!(read(&file), ContractFile::Plain(_)), harmless, "{address}: {:?}", read(&file));
    }
    let file = pdf(&[
        "<</Type/Catalog/Pages 2 0 R/OpenAction 4 0 R>>",
        PAGES,
        PAGE,
        action,
        "(https://example.org)",
    ]);
    assert!(matches!(read(&file), ContractFile::Refused(_)), "it opens by itself");
}

/// What opens an address by itself is found wherever a viewer may come across it: in what no table leads to, in an earlier
/// revision, in a table's own dictionary, in object streams packed or not.
#[test]
fn whatever_a_viewer_may_find_is_judged() {
    let catalogue = "<</Type/Catalog/Pages 2 0 R>>";
    let opens = "<</Type/Catalog/Pages 2 0 R/OpenAction 6 0 R>>";
    let link = "<</S/URI/URI(https://example.org)>>";
    let members = format!("1 0 6 {} {opens} {link}", opens.len() + 1);
    let first = members.find("<<").unwrap();
    let unpacked =
        format!("<</Type/ObjStm/N 2/First {first}/Length {}>>stream\n{members}\nendstream", members.len());
    for (hidden, harmless) in [
        (format!("null endobj 1 0 obj {opens} endobj 6 0 obj {link}"), false),
        // No table leads into the middle of these numbers.
        (format!("null endobj 1 0 obj {opens} endobj 206 0 obj {link}"), true),
        (format!("null endobj trailer <</Root {opens}>> endobj 6 0 obj {link}"), false),
        (format!("null endobj trailer%\n<</Root {opens}>> endobj 6 0 obj {link}"), false),
        (format!("null endobj 6 0 %\nobj {link}"), false),
        (unpacked.clone(), false),
        (unpacked.replace("/OpenAction", "/Unheard_Of"), true),
        // A link waits for a click.
        (format!("null endobj 6 0 obj {link}"), true),
        ("null endobj 6 0 obj endobj 7 0 obj".to_owned(), true),
    ] {
        let file = pdf(&[catalogue, PAGES, PAGE, &hidden]);
        assert_eq!(matches!(read(&file), ContractFile::Plain(_)), harmless, "{hidden}: {:?}", read(&file));
    }
    // A table can lead into the middle of a number.
    let file = pdf(&[&opens.replace('6', "4"), PAGES, PAGE, &format!("null endobj 14 0 obj {link}")]);
    let text = String::from_utf8(file).unwrap();
    let (own, middle) = (text.find("\n4 0 obj").unwrap() + 1, text.find("14 0 obj").unwrap() + 1);
    let led = text.replace(&format!("{own:010} 00000 n"), &format!("{middle:010} 00000 n"));
    assert_ne!(led, text);
    assert!(matches!(read(led.as_bytes()), ContractFile::Refused(_)));
}

/// What readers make of what is not written as the standard says differs: nothing is hidden in it. Each of these opened an
/// address or printed in a common viewer, and was taken.
#[test]
fn what_is_not_written_to_the_letter_hides_nothing() {
    let link = "<</S/URI/URI(https://example.org)>>";
    let page =
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots[<</Subtype/Link/Rect[0 0 9 9]/A 4 0 R>>]>>";
    for inside in [
        format!("<</OpenAction {link}>>"),
        format!("(/OpenAction {link})"),
        format!("/OpenAction {link} endobj /OpenAction null"),
        format!("/X[+ <</AA<</PO {link}>>>>]"),
        format!("/OpenAction {link}/OpenAction 3"),
        format!("/O#7zenAction {link}"),
        "/OpenAction 4 0%\nR".to_owned(),
        "/OpenAction 4%\n0 R".to_owned(),
        "/OpenAction 4 4294967296 R".to_owned(),
        "/OpenAction 4 0 R 0 R".to_owned(),
        format!("/Names<</Launch#00 {link}>>"),
        format!("/X[<</AA<</O {link}>>>>]/X[3 0 R]"),
        format!("/PresSteps<</NA {link}>>"),
        format!("/Z {}1", "0".repeat(255)),
        "/OpenAction<</S 4%\n0 R/N/Print>>".to_owned(),
        "/Z 1..2".to_owned(),
        "/Z<zz>".to_owned(),
        "/Z".to_owned(),
    ] {
        let file = pdf(&[&format!("<</Type/Catalog/Pages 2 0 R{inside}>>"), PAGES, PAGE, link]);
        assert!(matches!(read(&file), ContractFile::Refused(_)), "{inside}");
    }
    // What one viewer takes for a blank.
    let file = pdf(&["<</Type/Catalog/Pages 2 0 R/X?1/OpenAction 4 0 R/Z 1>>", PAGES, PAGE, link]);
    let file: Vec<u8> = file.iter().map(|byte| if *byte == b'?' { 0x80 } else { *byte }).collect();
    assert!(matches!(read(&file), ContractFile::Refused(_)));
    // The place where something is played.
    let file = pdf(&["<</Type/Catalog/Pages 2 0 R>>", PAGES, page, "<</Subtype/Screen>>"]);
    assert!(matches!(read(&file), ContractFile::Refused(_)));
    // An object that is itself a reference; a number that is more for some, or less.
    for object in
        ["5 0 R endobj 5 0 obj", "null endobj 4.5 0 obj", "null endobj 4-5 0 obj", "null endobj 4 .5 obj"]
    {
        let file = pdf(&["<</Type/Catalog/Pages 2 0 R>>", PAGES, page, &format!("{object} {link}")]);
        assert!(matches!(read(&file), ContractFile::Refused(_)), "{object}");
    }
}

/// What an ordinary program writes is plain, though it repeats a key, names what looks active in a text, or leaves blanks and
/// comments where they may be.
#[test]
fn what_ordinary_programs_write_is_plain() {
    for object in [
        "<</PageMode/UseNone/X 1/PageMode/UseOutlines>>",
        "<</V(Infographiste 2D/3D)/T(voir HTML/JS)/Alt(Image/Sound logo)/N(/Encrypt)>>",
        "<</A[/B#20C -.5 +1. 0 R 12 65535 R(a\\)b(c)) <41 4\n2> true null]>>% a comment\n",
        "<</A<</S/URI/URI(https://example.org/JS/a\\(1\\))>>>>",
        "<<>> endobj endobj 12345 0 obj",
        "<</Type/ExtGState/BM/Screen>>",
        "<</N 4/Filter/ASCII85Decode/Length 9>>stream\n!!*-'~>\nendstream",
    ] {
        let object = object.replace("0 R 12", "4 0 R 12");
        let file = pdf(&["<</Type/Catalog/Pages 2 0 R>>", PAGES, PAGE, &object]);
        assert!(matches!(read(&file), ContractFile::Plain(_)), "{object}: {:?}", read(&file));
    }
}

/// A table that is text holds entries and nothing else, and none leads into the middle of a number: where one does, viewers
/// follow it, whatever stands around it.
#[test]
fn a_table_holds_its_entries_alone() {
    let file = pdf(&["<</Type/Catalog/Pages 2 0 R>>", PAGES, PAGE, "null endobj 14 0 obj (a)"]);
    let text = String::from_utf8(file).unwrap();
    let (own, middle) = (text.find("\n4 0 obj").unwrap() + 1, text.find("14 0 obj").unwrap() + 1);
    let led = text.replace(&format!("{own:010} 00000 n"), &format!("{middle:010} 00000 n"));
    assert!(matches!(read(text.as_bytes()), ContractFile::Plain(_)));
    for (from, to) in
        [("", ""), ("xref\n0", "xref %x\n0"), ("0 5\n", "+0 5\n"), (" n \n", " n%\n"), (" f \n", " f%\n")]
    {
        assert!(matches!(read(led.replace(from, to).as_bytes()), ContractFile::Refused(_)), "{to}");
    }
}

/// A table that is a stream gives each object its own number: another is known to some viewers alone.
#[test]
fn a_table_gives_each_object_its_own_number() {
    let page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots[<</A<</S/URI/URI 9 0 R>>>>]>>";
    let shape = "/W[1 1 1]/Index[9 1]";
    for (entry, shape, harmless) in [
        ("02 06 00", shape, false),
        ("02 06 01", shape, true),
        ("01 00 00", shape, true),
        ("00 00 00", shape, true),
        // A table that this reader cannot read another one may.
        ("02 06 01", "/W 8 0 R/Index[9 1]", false),
        ("02 06 01", "/W[1 1 1]/Index 8 0 R", false),
        ("02 06 01", "/W[1 1 1]/Index[9 1 9]", false),
        ("02 06 01", "/W[1 1 9]/Index[9 1]", false),
    ] {
        let members = "19 0 9 21 (http://example.org) (https://example.org)";
        let first = members.find('(').unwrap();
        let members = format!(
            "<</Type/ObjStm/N 2/First {first}/Length {}>>stream\n{members}\nendstream endobj 7 0 obj \
             <</Type/XRef{shape}/Size 10/Filter/ASCIIHexDecode/Length 9>>stream\n{entry}>\nendstream",
            members.len()
        );
        let file = pdf(&["<</Type/Catalog/Pages 2 0 R>>", PAGES, page, "null", "null", &members]);
        assert_eq!(
            matches!(read(&file), ContractFile::Plain(_)),
            harmless,
            "{entry} {shape}: {:?}",
            read(&file)
        );
    }
}
