//! The jobs `vacancy-intake` and `ranking-intake`: files of vacant seats, row by row, and rankings, whole.
//!
//! An event is a wake-up: what arrived, and when, the bucket says. Each version of a file gets one verdict, stored under
//! `X#<upload>` with the report's digest; whoever is woken for it again finds that and changes nothing. A file that
//! arrived in time counts as arrived then, however late it is read ([`catch_up`]).

mod alone;
mod event;
pub(crate) mod held_up;
mod ranking;
mod report;
mod told;
mod vacancies;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use platform::{StoreError, StoredUpload, Table};
use procedure::{Arrival, digest};
use schemas::intake::{FileRefusal, FileVerdict, IntakeKind, IntakeReport, Limited};
use schemas::{CommandId, EstablishmentId, Formation, FormationId};
use serde::Serialize;
use serde_json::Value;
use uploads::tables;

pub use alone::{read, template};
pub use event::{Waking, wakings};
pub(crate) use told::{announced, is_announced};

use self::held_up::{HeldUp, sender};
use crate::context::Context;
use crate::fault::Fault;
use crate::rows::{self, FileOutcomeRow};
use crate::{establishments, ledger};

/// How far back [`catch_up`] looks for files without a verdict: an event that failed is tried again for six hours at the
/// most, and a weekend passes before somebody mends what keeps failing.
pub(crate) const CAUGHT_UP: SignedDuration = SignedDuration::from_hours(4 * 24);

/// Most formations that a file names: the largest establishment has some hundreds. Each is read from the store, one after
/// the other, so that a file of invented ones would outlast its function, which would be ended again and again before
/// the file has its verdict; as many as these take some ten seconds.
pub const FORMATIONS_MAX: usize = 2_000;

/// How many hexadecimal digits of a digest name an upload: as many as make two alike as good as impossible.
const UPLOAD_ID_DIGITS: usize = 32;

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct IntakeRun {
    /// Files taken.
    pub accepted: u64,
    /// Files refused whole.
    pub refused: u64,
    /// Files that had their verdict already.
    pub known: u64,
    /// Files that were deleted before anybody read them.
    pub gone: u64,
    /// Files that wait until a night is published.
    pub postponed: u64,
    /// Rows done.
    pub rows_done: u64,
    /// Rows that were so already.
    pub rows_already_done: u64,
    /// Rows refused, those of refused files included.
    pub rows_refused: u64,
    /// Rows, of either kind, that name a formation of another establishment.
    pub rows_foreign: u64,
}

/// A file to take in: what arrived, and whose it is.
struct File {
    upload: StoredUpload,
    id: String,
    kind: IntakeKind,
    establishment: EstablishmentId,
}

impl File {
    fn arrival(&self) -> Arrival<'_> {
        Arrival { at: self.upload.arrival, version: &self.upload.version }
    }

    /// The id of the command that a part of the file carries.
    fn command(&self, part: impl std::fmt::Display) -> CommandId {
        CommandId::new(format!("{}-{part}", self.id))
            .unwrap_or_else(|_| unreachable!("hexadecimal digits and a number"))
    }
}

/// What came of a file.
enum Taken {
    /// Its verdict.
    Report(Box<IntakeReport>, u64),
    /// A night is being made: its rows are decided once that is published.
    Postponed,
}

/// The folder of each kind of file.
#[must_use]
pub fn folder(kind: IntakeKind) -> &'static str {
    match kind {
        IntakeKind::Vacancies => "vacancies",
        IntakeKind::Ranking => "rankings",
    }
}

/// What woke the job: uploads, which it takes in, or a tick, at which it looks for any that has no verdict.
///
/// # Errors
/// A [`Fault`]; what was recorded stays, and the next waking goes on.
pub async fn hear(context: &Context, kind: IntakeKind, event: &Value) -> Result<IntakeRun, Fault> {
    match wakings(event).as_slice() {
        [] => catch_up(context, kind).await,
        woken => run(context, kind, woken).await,
    }
}

/// Takes in the files that woke the job: those of its kind, in the order in which they arrived.
///
/// # Errors
/// As [`hear`].
pub async fn run(context: &Context, kind: IntakeKind, woken: &[Waking]) -> Result<IntakeRun, Fault> {
    let context = &context.in_force().await?;
    let mut run = IntakeRun::default();
    let mut found = Vec::new();
    for waking in woken.iter().filter(|waking| is_in(kind, &waking.key)) {
        let all = listed(context, &waking.key).await?;
        let named = |upload: &StoredUpload| {
            upload.key == waking.key
                && waking.version.as_ref().is_none_or(|version| *version == upload.version)
        };
        let before = found.len();
        found.extend(all.into_iter().filter(named));
        run.gone += u64::from(found.len() == before);
    }
    take_all(context, kind, found, &mut run).await?;
    Ok(run)
}

/// Takes in every file that arrived lately and has no verdict: one whose event was lost, or that waited for a night.
///
/// # Errors
/// As [`hear`].
pub async fn catch_up(context: &Context, kind: IntakeKind) -> Result<IntakeRun, Fault> {
    let context = &context.in_force().await?;
    let mut run = IntakeRun::default();
    let from = context.now().checked_sub(CAUGHT_UP).unwrap_or(Timestamp::MIN);
    let mut found = listed(context, &format!("{}/", folder(kind))).await?;
    found.retain(|upload| from <= upload.arrival);
    take_all(context, kind, found, &mut run).await?;
    Ok(run)
}

fn is_in(kind: IntakeKind, key: &str) -> bool {
    key.strip_prefix(folder(kind)).is_some_and(|rest| rest.starts_with('/'))
}

/// Every version of the keys with this beginning.
pub(crate) async fn listed(context: &Context, prefix: &str) -> Result<Vec<StoredUpload>, Fault> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = context.platform.uploads.list(prefix, after.as_deref()).await?;
        found.extend(page.uploads);
        after = page.next;
        if after.is_none() {
            return Ok(found);
        }
    }
}

/// Takes in files one after the other, in the order in which they arrived: a later ranking of a formation replaces an
/// earlier one.
async fn take_all(
    context: &Context,
    kind: IntakeKind,
    mut found: Vec<StoredUpload>,
    run: &mut IntakeRun,
) -> Result<(), Fault> {
    // By arrival, then version.
    found.sort();
    found.dedup();
    let mut held_up = HeldUp::default();
    for upload in found {
        // Of one establishment.
        let sender = sender(&upload.key, 2);
        if held_up.has(&sender) {
            continue;
        }
        if let Err(fault) = take_one(context, kind, upload.clone(), run).await {
            held_up.note(sender, &upload, fault);
        }
    }
    held_up.end()
}

async fn take_one(
    context: &Context,
    kind: IntakeKind,
    upload: StoredUpload,
    run: &mut IntakeRun,
) -> Result<(), Fault> {
    let id = upload_id(&upload);
    if known(context, &id).await? {
        run.known += 1;
        return Ok(());
    }
    let Some(bytes) = bytes(context, &upload).await? else {
        run.gone += 1;
        return Ok(());
    };
    let Some(establishment) = establishment_of(kind, &upload.key) else {
        // There is nobody to tell; the key itself may name somebody.
        tracing::error!(upload = %id, "A key of an upload is not that of a file of an establishment");
        report::keep_foreign(context, &id).await?;
        run.refused += 1;
        return Ok(());
    };
    let file = Arc::new(File { upload, id, kind, establishment });
    match take(context, &file, bytes).await? {
        Taken::Report(report, foreign) => {
            report::keep(context, &file, &report).await?;
            let of_file =
                if report.verdict == FileVerdict::Accepted { &mut run.accepted } else { &mut run.refused };
            *of_file += 1;
            run.rows_done += u64::from(report.done);
            run.rows_already_done += u64::from(report.already_done);
            run.rows_refused += u64::from(report.refused);
            run.rows_foreign += foreign;
        }
        Taken::Postponed => run.postponed += 1,
    }
    Ok(())
}

/// What names an upload: of any bucket, no two versions of any keys have one name.
pub(crate) fn upload_id(upload: &StoredUpload) -> String {
    let mut id = digest::of(format!("{}\n{}", upload.key, upload.version).as_bytes());
    id.truncate(UPLOAD_ID_DIGITS);
    id
}

/// Whether an upload has its verdict.
async fn known(context: &Context, id: &str) -> Result<bool, StoreError> {
    let row: Option<FileOutcomeRow> =
        rows::get(context.platform.store.as_ref(), Table::Journal, &rows::upload_key(id)).await?;
    Ok(row.is_some())
}

/// The bytes of an upload, none of one that is too large to be read; `None` if it was deleted.
async fn bytes(context: &Context, upload: &StoredUpload) -> Result<Option<Vec<u8>>, Fault> {
    if upload.bytes > tables::FILE_BYTES_MAX as u64 {
        return Ok(Some(Vec::new()));
    }
    Ok(context.platform.uploads.get(&upload.key, &upload.version).await?)
}

/// The establishment of a key: `<folder>/<establishment>/` and a name, which may have folders of its own, but none that
/// leads elsewhere.
fn establishment_of(kind: IntakeKind, key: &str) -> Option<EstablishmentId> {
    let mut parts = key.strip_prefix(folder(kind))?.strip_prefix('/')?.split('/');
    let establishment = EstablishmentId::new(parts.next()?).ok()?;
    let is_name = |part: &str| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && !part.contains(|c: char| c.is_control() || c == '\\')
    };
    let mut name = parts.peekable();
    (name.peek().is_some() && name.all(is_name)).then_some(establishment)
}

/// Reads a file where it can do no harm, and takes it in.
async fn take(context: &Context, file: &Arc<File>, bytes: Vec<u8>) -> Result<Taken, Fault> {
    let read = if file.upload.bytes > tables::FILE_BYTES_MAX as u64 {
        Err(FileRefusal::TooLarge { what: Limited::Bytes, most: tables::FILE_BYTES_MAX as u64 })
    } else {
        alone::sheet(context.platform.reader.as_ref(), &bytes).await?
    };
    match read {
        Ok(sheet) => match file.kind {
            IntakeKind::Vacancies => vacancies::take(context, file, &sheet).await,
            IntakeKind::Ranking => ranking::take(context, file, &sheet).await,
        },
        Err(refusal) => Ok(Taken::Report(Box::new(report::refused(file.kind, &refusal, Vec::new())), 0)),
    }
}

/// The formations that a file's rows name, each once; the refusal, if they are more than any establishment has.
fn named<'a>(
    formations: impl Iterator<Item = &'a FormationId>,
) -> Result<BTreeSet<&'a FormationId>, FileRefusal> {
    let named: BTreeSet<_> = formations.collect();
    if named.len() > FORMATIONS_MAX {
        return Err(FileRefusal::TooLarge { what: Limited::Formations, most: FORMATIONS_MAX as u64 });
    }
    Ok(named)
}

/// Who runs the formations that a file names, as far as they exist; the refusal, if they are too many, or if the
/// establishment is not known: it has neither an address nor one of these formations.
async fn owners(
    context: &Context,
    file: &File,
    formations: impl Iterator<Item = &FormationId>,
) -> Result<Result<Owners, FileRefusal>, Fault> {
    let named = match named(formations) {
        Ok(named) => named,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let store = context.platform.store.as_ref();
    let mut owners = Owners::default();
    for formation in named {
        let stored: Option<Formation> =
            rows::get(store, Table::State, &rows::formation_key(formation)).await?;
        owners.0.extend(stored.map(|stored| (formation.clone(), stored)));
    }
    let has_one = owners.0.values().any(|formation| formation.establishment == file.establishment);
    if has_one || establishments::establishment(context, &file.establishment).await?.is_some() {
        return Ok(Ok(owners));
    }
    Ok(Err(FileRefusal::UnknownEstablishment {}))
}

/// The formations that a file names and that exist.
#[derive(Default)]
struct Owners(BTreeMap<FormationId, Formation>);

impl Owners {
    /// Whether it is another establishment's.
    fn is_foreign(&self, file: &File, formation: &FormationId) -> bool {
        self.0.get(formation).is_some_and(|known| known.establishment != file.establishment)
    }

    /// Raises the alarm over another establishment's formation, once for all the rows that name it.
    fn alarm(file: &File, formation: &FormationId, rows: u64) {
        tracing::error!(
            upload = %file.id, establishment = %file.establishment, %formation, rows,
            "A file names a formation of another establishment"
        );
    }
}

/// Whether a night is being made.
async fn is_night(context: &Context) -> Result<bool, StoreError> {
    Ok(ledger::gate(context).await?.closed().is_some())
}
