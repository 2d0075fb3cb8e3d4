//! Files of vacant seats and rankings: what is drawn in every dialect is read back, each defect is refused for what it
//! is, and no file whatever brings a reader down.
//!
//! `FUZZ_FILES=1000000 cargo test --release -p tests --test tables -- --nocapture` reads more damaged files; `FUZZ_SEED` is the
//! number of the first.
#![expect(clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use samplers::draw::{Draw, stream};
use samplers::tables::{DrawnFile, Refuses, ranking, vacancies};
use schemas::intake::{FileRefusal, RowRefusal};
use uploads::tables::{self, Parsed};

/// How many files of each kind are drawn.
const DRAWN: u64 = 2_000;

/// How many damaged files the fuzzing reads; `FUZZ_FILES` for more.
const FUZZED: u64 = 4_000;

/// What a reader makes of a drawn file, against what was drawn.
fn check<R: Clone + PartialEq + std::fmt::Debug>(
    drawn: &DrawnFile<R>,
    read: Result<Vec<Parsed<R>>, FileRefusal>,
    what: &str,
) {
    match (drawn.defect, read) {
        (Some((defect, Refuses::File(code))), read) => {
            assert_eq!(read.map(|_| ()).map_err(|refusal| refusal.code()), Err(code), "{what}, {defect:?}");
        }
        (defect, Ok(rows)) => {
            assert_eq!(rows.len(), drawn.rows.len(), "{what}, {defect:?}");
            for (row, meant) in rows.iter().zip(&drawn.rows) {
                let found = row.read.as_ref().map_err(RowRefusal::code);
                let expected = match defect {
                    Some((_, Refuses::Row(number, code))) if number == row.row => Err(code),
                    _ => Ok(meant),
                };
                assert_eq!(found, expected, "{what}, {defect:?}");
            }
        }
        (defect, Err(refusal)) => panic!("{what}, {defect:?}: {refusal:?}, {:?}", drawn.dialect),
    }
}

/// Thousands of files, in every encoding, delimiter, end of line, quoting, order and name of columns, and as workbooks:
/// what was drawn is what is read; one thing wrong is refused for that and in that row alone; read again, the same.
#[test]
fn what_is_drawn_is_read_and_each_defect_is_refused_for_what_it_is() {
    let mut met = BTreeSet::new();
    for number in 0..DRAWN {
        let file = vacancies(7, number);
        let read = || tables::read(&file.bytes).and_then(|table| tables::vacancies(&table, None));
        assert_eq!(read(), read());
        check(&file, read(), &format!("vacancies {number}"));
        met.insert((file.dialect.workbook, file.defect.map(|(defect, _)| defect)));
        let file = ranking(7, number);
        let read = tables::read(&file.bytes).and_then(|table| tables::ranking(&table));
        check(&file, read, &format!("ranking {number}"));
    }
    // Every defect, of text and of workbooks, was met.
    assert_eq!(met.len(), 12 + 9);
}

/// Files that nobody wrote for us, from collections of odd CSV: each is read or refused, never a panic, twice the same;
/// none is taken for vacant seats or a ranking.
#[test]
fn files_of_others_are_refused_for_a_reason() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora/csv-mixed");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("SKIPPED: there is no {}", folder.display());
        return;
    };
    let mut verdicts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut files = 0;
    for entry in entries {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let verdict = || {
            let table = tables::read(&bytes)?;
            tables::vacancies(&table, None).map(|_| ()).or_else(|_| tables::ranking(&table).map(|_| ()))
        };
        assert_eq!(verdict(), verdict());
        *verdicts.entry(verdict().map_or_else(|refusal| refusal.code(), |()| "accepted")).or_default() += 1;
        files += 1;
    }
    println!("{files} files: {verdicts:?}");
    assert!(files > 0);
    assert_eq!(verdicts.get("accepted"), None);
}

/// Fuzzing: drawn files with bytes changed, taken out, put in, cut and joined. Whatever comes of it is a table or a refusal
/// with a sentence, and twice the same; nothing panics.
#[test]
fn no_damage_brings_a_reader_down() {
    #[expect(clippy::disallowed_methods, reason = "a test's configuration")]
    let setting = |name, otherwise| {
        std::env::var(name).ok().and_then(|count| count.parse::<u64>().ok()).unwrap_or(otherwise)
    };
    let (files, first) = (setting("FUZZ_FILES", FUZZED), setting("FUZZ_SEED", 0));
    for number in first..first + files {
        let rng = &mut stream(number, "damage", &[]);
        let mut bytes = vacancies(3, number).bytes;
        for _ in 0..1 + rng.below(8) {
            damage(rng, &mut bytes, number);
        }
        let table = tables::read(&bytes);
        assert_eq!(table, tables::read(&bytes), "{number}");
        match table {
            Err(refusal) => assert!(!tables::sentences::of_file(&refusal).is_empty()),
            Ok(table) => {
                for read in tables::vacancies(&table, None).iter().flatten() {
                    let refusal = read.read.as_ref().err();
                    assert!(refusal.is_none_or(|refusal| !tables::sentences::of_row(refusal).is_empty()));
                }
                let _ = tables::ranking(&table);
            }
        }
    }
}

fn damage(rng: &mut impl Draw, bytes: &mut Vec<u8>, number: u64) {
    const TOKENS: [&[u8]; 10] =
        [b"\"", b"\0", b";", b"\r", b"\n", b"\xFF\xFE", b"\xEF\xBB\xBF", b"=\"", b"1E+05", b"\xC3"];
    let at = rng.below(bytes.len() + 1);
    match rng.below(6) {
        0 => bytes.truncate(at),
        1 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << rng.below(8)),
        2 => {
            let end = (at + rng.below(40)).min(bytes.len());
            bytes.drain(at..end);
        }
        3 => {
            let other = ranking(5, number).bytes;
            bytes.truncate(at);
            bytes.extend(other.iter().skip(rng.below(other.len())));
        }
        4 => bytes.iter_mut().skip(at).take(1 + rng.below(4)).for_each(|byte| *byte = 0xFF),
        _ => {
            bytes.splice(at..at, TOKENS[rng.below(TOKENS.len())].iter().copied());
        }
    }
}
