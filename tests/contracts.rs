//! Damaged contracts: whatever bytes come, the reader answers, the same each time.
//!
//! `FUZZ_FILES=1000000 cargo test --release -p tests --test contracts -- --nocapture` reads more of them; `FUZZ_SEED` is
//! where the seeds begin.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use std::panic::catch_unwind;

use rand_chacha::ChaCha8Rng;
use samplers::contracts::{ContractSpec, Defect, draw};
use samplers::draw::{Draw, stream};
use schemas::campaign::ContractKind;
use schemas::upload::Verdict;
use uploads::contracts::{Expected, check, read};

/// How many damaged files are read; `FUZZ_FILES` for more.
const FUZZED: u64 = 3_000;

/// What a PDF's structure hangs on: put where it does not belong, or in another's place.
const TOKENS: [&[u8]; 28] = [
    b"<<",
    b">>",
    b"[",
    b"]",
    b"(",
    b")",
    b"/",
    b"#",
    b"%",
    b" obj",
    b"endobj",
    b"stream\n",
    b"endstream",
    b"xref",
    b"trailer",
    b"startxref",
    b"%%EOF",
    b"/Length 999999999",
    b"/Kids[1 0 R]",
    b"/Parent 1 0 R",
    b"/Prev 0",
    b"/Size 99999999",
    b"/W[0 0 0]",
    b"/Filter[/FlateDecode/FlateDecode]",
    b"/First -1",
    b"/N 99999999",
    b"1 0 R",
    b"-99999999999999999999",
];

fn setting(name: &str, otherwise: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "how much a test does is said to it from outside")]
    let said = std::env::var(name);
    said.ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// A drawn contract, conform or not. What is large by design takes too long by the thousand.
fn drawn(rng: &mut ChaCha8Rng, label: &str) -> Vec<u8> {
    let defect =
        rng.pick(&Defect::ALL).copied().filter(|defect| !matches!(defect, Defect::Bomb | Defect::TooLarge));
    let kinds = [ContractKind::Contract, ContractKind::Promise, ContractKind::CfaCertificate];
    let kind = rng.pick(&kinds).copied().unwrap_or(ContractKind::Contract);
    let spec = ContractSpec { kind, name: "Élodie Nguyễn", title: "Droit", year: 2024, defect };
    draw(&spec, 9, label)
}

/// Damages a file in one to six places.
fn damage(file: &mut Vec<u8>, rng: &mut ChaCha8Rng) {
    for _ in 0..=rng.below(6) {
        if file.is_empty() {
            return;
        }
        let at = rng.below(file.len());
        let until = (at + 1 + rng.below(60)).min(file.len());
        match rng.below(7) {
            0 => file[at] = u8::try_from(rng.below(256)).unwrap(),
            1 => file.truncate(at),
            2 => drop(file.drain(at..until)),
            3 => {
                let copy = file[at..until].to_vec();
                let to = rng.below(file.len());
                file.splice(to..to, copy);
            }
            4 => file[at] ^= 1 << rng.below(8),
            _ => {
                let token = rng.pick(&TOKENS).unwrap();
                let over = if rng.chance(0.5) { at + token.len().min(file.len() - at) } else { at };
                file.splice(at..over, token.iter().copied());
            }
        }
    }
    if rng.chance(0.5) {
        // Whole again at its end: what is damaged inside is reached.
        file.extend(b"\nstartxref\n0\n%%EOF\n");
    }
}

/// No damaged file brings the reader down, none has two verdicts, and one that is taken says nothing active.
#[test]
fn no_file_brings_the_reader_down() {
    let (files, seed) = (setting("FUZZ_FILES", FUZZED), setting("FUZZ_SEED", 0));
    let (mut verdicts, mut panics) = ([0_u64; 3], 0);
    for number in seed..seed + files {
        let label = number.to_string();
        let mut rng = stream(number, "damage", &[&label]);
        let mut file = drawn(&mut rng, &label);
        damage(&mut file, &mut rng);
        let checked = || {
            let name = Expected { name: Some("Élodie Nguyễn"), title: Some("Droit"), year: Some(2024) };
            check(&read(&file), &name)
        };
        let Ok(first) = catch_unwind(checked) else {
            // In its child it is refused; here it is counted, and printed to be looked at.
            println!("seed {number} panics");
            panics += 1;
            continue;
        };
        assert_eq!(first, checked(), "seed {number}");
        verdicts[first.verdict as usize] += 1;
    }
    let [conform, to_review, refused] = verdicts;
    println!("{files} files: {conform} conform, {to_review} to review, {refused} refused, {panics} panics");
    assert!(verdicts.iter().all(|count| *count > files / 500), "all three verdicts are met: {verdicts:?}");
    assert_eq!(panics, 0);
    assert!(first_is_conform());
}

/// What the damage begins with is no strange file: undamaged, it is conform.
fn first_is_conform() -> bool {
    let spec =
        ContractSpec {
            kind: ContractKind::Contract, name: "A Bé", title: "Droit", year: 2024, defect: None
        };
    let expected = Expected { name: Some("A Bé"), title: Some("Droit"), year: Some(2024) };
    check(&read(&draw(&spec, 9, "0")), &expected).verdict == Verdict::Conform
}
