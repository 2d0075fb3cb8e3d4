//! The check of contracts, on drawn ones: whole layouts, one defect at a time, every place at which a file may be cut.
#![expect(clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on has failed")]

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

/// A font's map to text is read as producers write it: whole planes in one range, ranges up to the last code, and one that
/// is overfull without end.
#[test]
fn ranges_of_a_font_are_read_to_their_last_code() {
    let cases = [
        // All 65,536 codes, each for itself.
        ("<0000> <ffff> <0000>", "<004100e9215f>", "Aé⅟"),
        // Exactly 256 codes, to the last.
        ("<0000> <00ff> <0000>", "<0041004200e9>", "ABé"),
        // Past the end of a unit there is no sign.
        ("<0000> <00ff> <fffc>", "<0001>", "\u{fffd}"),
        ("<0000> <00ff> <fff0>", "<00f0>", "\u{fffd}"),
        // After a surrogate, and with a text of one byte.
        ("<0001> <0002> <d83dde00>", "<00010002>", "😀😁"),
        ("<0001> <0002> <41>", "<00010002>", "AB"),
        // Codes of four bytes, to the last there is.
        ("<fffffffe> <ffffffff> [<0041> <0042> <0043>]", "<0001>", "\u{fffd}"),
    ];
    for (range, shown, text) in cases {
        let map = format!(
            "1 begincodespacerange <0000> <ffff> endcodespacerange 1 beginbfrange {range} endbfrange"
        );
        let content = format!("BT /F0 11 Tf {shown} Tj ET");
        let file = pdf(&[
            "<</Type/Catalog/Pages 2 0 R>>",
            PAGES,
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R/Resources<</Font<</F0 4 0 R>>>>>>",
            "<</Type/Font/Subtype/Type0/BaseFont/A/Encoding/Identity-H/ToUnicode 6 0 R>>",
            &format!("<</Length {}>>\nstream\n{content}\nendstream", content.len()),
            &format!("<</Length {}>>\nstream\n{map}\nendstream", map.len()),
        ]);
        let ContractFile::Plain(said) = read(&file) else { panic!("{range} is refused") };
        assert_eq!(said.lines, [text], "{range}");
    }
}
