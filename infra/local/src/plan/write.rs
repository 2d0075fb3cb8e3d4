//! Writes what stands at the end of a night: offers.csv and lost.csv, whole or not at all.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use procedure::night::{Advancement, Snapshot};

/// What is handed to the disk at once.
const BUFFER_BYTES: usize = 1 << 20;

pub(super) fn run(snapshot: &Snapshot, night: &Advancement, out: &Path) -> Result<()> {
    fs::create_dir_all(out).with_context(|| format!("cannot make the folder {}", out.display()))?;
    let lists = [("offers.csv", &night.offers), ("lost.csv", &night.lost)]
        .map(|(name, places)| (out.join(name), out.join(name).with_extension("csv.new"), places));
    for path in lists.iter().flat_map(|(path, unfinished, _)| [path, unfinished]) {
        if path.is_dir() {
            bail!("cannot write {}: there is a folder of that name; take it away", path.display());
        }
    }
    // Both are written beside their names first: whoever reads the one has the other of the same night.
    let written = lists.iter().try_for_each(|(_, unfinished, places)| {
        write(snapshot, places, unfinished).with_context(|| format!("cannot write {}", unfinished.display()))
    });
    if written.is_err() {
        // What is left of them is in nobody's way.
        lists.iter().for_each(|(_, unfinished, _)| drop(fs::remove_file(unfinished)));
        return written;
    }
    for (path, unfinished, _) in &lists {
        fs::rename(unfinished, path).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Ids have no sign that CSV would have to quote.
fn write(snapshot: &Snapshot, places: &[u32], path: &Path) -> std::io::Result<()> {
    let mut file = BufWriter::with_capacity(BUFFER_BYTES, File::create(path)?);
    file.write_all(b"formation,rank,candidate\n")?;
    let mut digits = itoa::Buffer::new();
    for place in places {
        let Some(row) = snapshot.rows.get(*place as usize) else { continue };
        let formation = snapshot.formations.get(row.formation as usize);
        let Some((of, who)) = formation.zip(snapshot.candidates.get(row.candidate as usize)) else {
            continue;
        };
        for part in [of.id.as_str(), ",", digits.format(row.rank), ",", who.as_str(), "\n"] {
            file.write_all(part.as_bytes())?;
        }
    }
    file.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()
}

/// Writes a drawn night's two files.
pub(super) fn drawn(night: &samplers::night::DrawnNight, out: &Path) -> Result<()> {
    use samplers::night::DrawnState;
    fs::create_dir_all(out).with_context(|| format!("cannot make the folder {}", out.display()))?;
    let create = |name: &str| {
        let path = out.join(name);
        let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        anyhow::Ok(BufWriter::with_capacity(BUFFER_BYTES, file))
    };
    let mut formations = create("formations.csv")?;
    writeln!(formations, "formation,seats")?;
    for (formation, seats) in (1..).zip(&night.seats) {
        writeln!(formations, "{formation},{seats}")?;
    }
    formations.flush()?;
    let mut applications = create("applications.csv")?;
    writeln!(applications, "candidate,formation,rank,preference,state")?;
    for row in &night.rows {
        let state = match row.state {
            DrawnState::Waitlisted => "waitlisted",
            DrawnState::Offered => "offered",
            DrawnState::Accepted => "accepted",
        };
        let (candidate, formation, rank, preference) =
            (row.candidate, row.formation, row.rank, row.preference);
        writeln!(applications, "{candidate},{formation},{rank},{preference},{state}")?;
    }
    applications.flush()?;
    Ok(())
}
