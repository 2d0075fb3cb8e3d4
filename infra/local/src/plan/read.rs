//! Reads a night from two CSV files into a snapshot. Bad input is refused with file, line and reason, and nothing is
//! planned.

use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use csv::ByteRecord;
use indicatif::ProgressBar;
use procedure::night::{Admits, FormationNight, Preference, Row, RowState, Snapshot, SnapshotFormation};
use rustc_hash::FxHashMap;
use schemas::{CandidateId, FormationId, NightMode, Round, Track};

/// What is read from the disk at once: large enough that asking costs nothing.
const BUFFER_BYTES: usize = 1 << 20;
/// After how many rows the progress is told.
const ROWS_BETWEEN_TICKS: usize = 1 << 16;
/// An estimate of a row's bytes below what rows have, so that the list of rows never has to move.
const ROW_BYTES_MIN: u64 = 20;

/// What is said of a candidate without an id.
const NOT_AN_ID: &str = "candidate: what is there is no identifier of 1 to 128 ASCII letters, digits, \"-\", \"_\", \".\" or \":\"";

/// Places in the snapshot, by id as it stands in the file.
type Places = FxHashMap<Vec<u8>, u32>;

/// One of the two files.
pub(super) struct Source {
    pub(super) path: PathBuf,
    /// As messages name it.
    name: &'static str,
}

impl Source {
    pub(super) fn formations(folder: &Path) -> Self {
        Self { path: folder.join("formations.csv"), name: "formations.csv" }
    }

    pub(super) fn applications(folder: &Path) -> Self {
        Self { path: folder.join("applications.csv"), name: "applications.csv" }
    }

    fn open(&self) -> Result<(csv::Reader<File>, u64)> {
        let file = File::open(&self.path).with_context(|| {
            format!(
                "cannot open {}: a night is a folder with formations.csv and applications.csv",
                self.path.display()
            )
        })?;
        let bytes = file.metadata().map(|found| found.len()).unwrap_or_default();
        Ok((csv::ReaderBuilder::new().buffer_capacity(BUFFER_BYTES).from_reader(file), bytes))
    }

    /// What is wrong with a record: the file, the line as an editor counts it, the row without the header's.
    pub(super) fn refuse(&self, row: usize, why: &str) -> anyhow::Error {
        match self.line(row) {
            Some(line) => anyhow!("{}, line {line} (row {}): {why}", self.name, row + 1),
            None => anyhow!("{}, row {}: {why}", self.name, row + 1),
        }
    }

    /// The line on which a record begins: read again, since rows without a fault need none.
    fn line(&self, row: usize) -> Option<u64> {
        let (mut reader, _) = self.open().ok()?;
        let begins = match reader.byte_records().nth(row)? {
            Ok(record) => record.position().map(csv::Position::byte),
            Err(error) => error.position().map(csv::Position::byte),
        };
        line_at(BufReader::with_capacity(BUFFER_BYTES, File::open(&self.path).ok()?).bytes(), begins?)
    }

    /// The place of each column in the file.
    fn columns<const N: usize>(
        &self,
        reader: &mut csv::Reader<File>,
        names: [&str; N],
    ) -> Result<[usize; N]> {
        let header =
            reader.byte_headers().with_context(|| format!("{}: its first line cannot be read", self.name))?;
        let mut places = [0; N];
        for (place, name) in places.iter_mut().zip(names) {
            let mut found = header.iter().enumerate().filter(|(_, field)| *field == name.as_bytes());
            match (found.next(), found.next()) {
                (Some((at, _)), None) => *place = at,
                (None, _) => bail!(
                    "{}, line 1: the column \"{name}\" is missing; the first line must name {}, separated by commas",
                    self.name,
                    names.join(", ")
                ),
                (Some(_), Some(_)) => bail!("{}, line 1: the column \"{name}\" is there twice", self.name),
            }
        }
        Ok(places)
    }
}

/// The line of the first sign from this place on that ends none: the reader counts line feeds alone, and gives as a
/// record's place where it began to look for it, before empty lines.
fn line_at(bytes: impl Iterator<Item = io::Result<u8>>, begins: u64) -> Option<u64> {
    let (mut line, mut last) = (1, 0);
    for (byte, at) in bytes.zip(0..) {
        let byte = byte.ok()?;
        if begins <= at && !matches!(byte, b'\r' | b'\n') {
            break;
        }
        line += u64::from(byte == b'\r' || (byte == b'\n' && last != b'\r'));
        last = byte;
    }
    Some(line)
}

/// A record that may be read, or the reason why not.
fn next(
    reader: &mut csv::Reader<File>,
    record: &mut ByteRecord,
    source: &Source,
    row: usize,
) -> Result<bool> {
    reader.read_byte_record(record).map_err(|error| match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => source
            .refuse(row, &format!("it has {len} fields, and the first line names {expected_len} columns")),
        _ => source.refuse(row, &format!("it cannot be read: {error}")),
    })
}

/// The beginning of a field, without signs that would act on a terminal.
fn text(field: &[u8]) -> String {
    const SHOWN_MAX: usize = 40;
    String::from_utf8_lossy(field).chars().take(SHOWN_MAX).flat_map(char::escape_debug).collect()
}

/// A whole number below the one that stands for none; only digits are.
fn number(field: &[u8]) -> Option<u32> {
    if field.is_empty() {
        return None;
    }
    let number = field.iter().try_fold(0_u32, |sum, byte| {
        let digit = byte.is_ascii_digit().then(|| u32::from(byte - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    });
    number.filter(|number| *number < u32::MAX)
}

fn not_a_number(column: &str, field: &[u8]) -> String {
    format!("{column} \"{}\" is not a whole number from 0 to {}", text(field), u32::MAX - 1)
}

/// Formations sort as numbers where they are numbers, else as texts.
fn order(id: &FormationId) -> (u64, &str) {
    (id.as_str().parse().unwrap_or(u64::MAX), id.as_str())
}

/// The formations of a night, in the order of their ids, and their places by id.
fn formations(folder: &Path) -> Result<(Vec<SnapshotFormation>, Places)> {
    let source = Source::formations(folder);
    let (mut reader, _) = source.open()?;
    let [formation, seats] = source.columns(&mut reader, ["formation", "seats"])?;
    let night =
        FormationNight { calls: true, publishes: Some(Round::Complementary), admits: Admits::ByOffer };
    let mut formations: Vec<(SnapshotFormation, usize)> = Vec::new();
    let mut record = ByteRecord::new();
    let mut row = 0;
    while next(&mut reader, &mut record, &source, row)? {
        let field = |at| record.get(at).unwrap_or_default();
        let id = FormationId::new(text_of(field(formation)))
            .map_err(|invalid| source.refuse(row, &format!("formation: {invalid}")))?;
        let call_limit =
            number(field(seats)).ok_or_else(|| source.refuse(row, &not_a_number("seats", field(seats))))?;
        formations.push((SnapshotFormation { id, track: Track::Student, call_limit, night }, row));
        row += 1;
    }
    formations.sort_by(|(a, _), (b, _)| order(&a.id).cmp(&order(&b.id)));
    for pair in formations.windows(2) {
        if let [(first, at), (second, again)] = pair
            && first.id == second.id
        {
            let row = *at.max(again);
            return Err(source.refuse(row, &format!("formation \"{}\" is there twice", first.id)));
        }
    }
    let places = formations.iter().zip(0..).map(|((of, _), place)| (of.id.as_str().into(), place)).collect();
    Ok((formations.into_iter().map(|(formation, _)| formation).collect(), places))
}

fn text_of(field: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(field)
}

/// Reads a night. Its rows are the records of applications.csv, in their order; what no single record shows is for
/// [`super::checks`].
pub(super) fn night(folder: &Path, mode: NightMode, progress: &ProgressBar) -> Result<Snapshot> {
    let (formations, places) = formations(folder)?;
    let source = Source::applications(folder);
    let (mut reader, bytes) = source.open()?;
    progress.set_length(bytes);
    let names = ["candidate", "formation", "rank", "preference", "state"];
    let columns = source.columns(&mut reader, names)?;
    let room = usize::try_from(bytes / ROW_BYTES_MIN).unwrap_or_default();
    let mut rows = Vec::new();
    // If there is no such room, the list grows as it goes.
    let _ = rows.try_reserve(room);
    let mut snapshot = Snapshot { formations, candidates: Vec::new(), rows };
    let mut candidates = Places::default();
    let mut record = ByteRecord::new();
    // Most files go candidate by candidate: the last one is known without asking.
    let mut last: (Vec<u8>, u32) = (Vec::new(), 0);
    while next(&mut reader, &mut record, &source, snapshot.rows.len())? {
        let row = snapshot.rows.len();
        let [candidate, formation, rank, preference, state] =
            columns.map(|at| record.get(at).unwrap_or_default());
        if last.0 != candidate || candidate.is_empty() {
            last.1 = match candidates.get(candidate) {
                Some(place) => *place,
                None => {
                    // What stands there instead of an id may be a name: it is not repeated.
                    let id =
                        CandidateId::new(text_of(candidate)).map_err(|_| source.refuse(row, NOT_AN_ID))?;
                    let place = u32::try_from(snapshot.candidates.len())?;
                    snapshot.candidates.push(id);
                    candidates.insert(candidate.to_vec(), place);
                    place
                }
            };
            last.0.clear();
            last.0.extend_from_slice(candidate);
        }
        let read = parse(last.1, places.get(formation).copied(), [rank, preference, state], mode);
        let read =
            read.map_err(|wrong| source.refuse(row, &wrong.say(formation, rank, preference, state)))?;
        snapshot.rows.push(read);
        if row.is_multiple_of(ROWS_BETWEEN_TICKS) {
            progress.set_position(reader.position().byte());
        }
    }
    u32::try_from(snapshot.rows.len()).context("applications.csv has more rows than a night can have")?;
    progress.finish_and_clear();
    Ok(snapshot)
}

/// What is wrong with one record.
enum Wrong {
    Formation,
    Rank,
    Preference,
    State,
    Offered,
}

impl Wrong {
    fn say(&self, formation: &[u8], rank: &[u8], preference: &[u8], state: &[u8]) -> String {
        match self {
            Self::Formation => {
                format!("formation \"{}\" is unknown: formations.csv has no such line", text(formation))
            }
            Self::Rank => not_a_number("rank", rank),
            Self::Preference => not_a_number("preference", preference),
            Self::State => {
                format!("state \"{}\" is none of waitlisted, offered, accepted", text(state))
            }
            Self::Offered => {
                "an offer of the complementary phase is accepted at once: no row is \"offered\"".to_owned()
            }
        }
    }
}

fn parse(
    candidate: u32,
    formation: Option<u32>,
    [rank, preference, state]: [&[u8]; 3],
    mode: NightMode,
) -> Result<Row, Wrong> {
    let formation = formation.ok_or(Wrong::Formation)?;
    let rank = number(rank).ok_or(Wrong::Rank)?;
    let preference = number(preference).and_then(Preference::new).ok_or(Wrong::Preference)?;
    let state = match state {
        b"waitlisted" => RowState::Waiting,
        b"offered" if mode == NightMode::Complementary => return Err(Wrong::Offered),
        b"offered" => RowState::Offered,
        b"accepted" => RowState::Held,
        _ => return Err(Wrong::State),
    };
    Ok(Row { candidate, formation, rank, preference: Some(preference), state })
}
