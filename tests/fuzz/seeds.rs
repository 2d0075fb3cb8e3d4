//! Writes what each target begins with, drawn by the samplers: `seeds FOLDER`, a folder below it for each target.

use std::fs;
use std::io;
use std::path::Path;

use samplers::contracts::{ContractSpec, Defect, draw};
use schemas::campaign::ContractKind;

/// How many files of each kind are drawn.
const DRAWN: u64 = 200;

/// Larger ones are left out: the fuzzer would turn over their repeated parts.
const BYTES_MAX: usize = 40_000;

fn main() -> io::Result<()> {
    let Some(folder) = std::env::args_os().nth(1) else {
        return Err(io::Error::other("usage: seeds FOLDER"));
    };
    let put = |target: &str, name: String, bytes: &[u8]| {
        let folder = Path::new(&folder).join(target);
        fs::create_dir_all(&folder)?;
        if bytes.len() <= BYTES_MAX { fs::write(folder.join(name), bytes) } else { Ok(()) }
    };
    let defects = Defect::ALL.into_iter().map(Some).chain([None]);
    let heavy = [Some(Defect::Bomb), Some(Defect::TooLarge)];
    for (number, defect) in defects.filter(|defect| !heavy.contains(defect)).enumerate() {
        for kind in [ContractKind::Contract, ContractKind::Promise, ContractKind::CfaCertificate] {
            for label in ["0", "1", "2"] {
                let spec =
                    ContractSpec { kind, name: "Élodie Nguyễn", title: "Droit", year: 2024, defect };
                put("contract", format!("{number}-{kind:?}-{label}"), &draw(&spec, 9, label))?;
            }
        }
    }
    put("page", "shows".to_owned(), fuzz::PAGE)?;
    for (number, pieces) in fuzz::HIDDEN.into_iter().enumerate() {
        put("hidden", number.to_string(), pieces)?;
    }
    for number in 0..DRAWN {
        for (kind, bytes) in [
            ("vacancies", samplers::tables::vacancies(3, number).bytes),
            ("ranking", samplers::tables::ranking(3, number).bytes),
        ] {
            put("table", format!("{kind}-{number}"), &bytes)?;
            if let Some(pieces) = fuzz::pieces(&bytes) {
                put("workbook", format!("{kind}-{number}"), &pieces)?;
            }
        }
    }
    Ok(())
}
