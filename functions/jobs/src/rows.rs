//! Where each item lies and what it holds: the one place that knows keys.
//!
//! | pk | sk | table | row |
//! |---|---|---|---|
//! | `C#<candidate>` | `STATE` | state | [`Candidate`], listed in `due` |
//! | `F#<formation>` | `STATE`, `RANKING` | state | [`Formation`], [`Ranking`] |
//! | `E#<establishment>` | `STATE` | state | [`Establishment`] |
//! | `F#<formation>` | `Q#<arrival>#<version id>` | state | [`QueuedContract`] |
//! | `K#campaign` | `STATE` | state | [`CampaignRow`], once an operator changed something for everybody |
//! | `M#<hash of address>` | `ACCOUNT`, `SUPPRESSED` | state | [`AddressRow`], [`SuppressionRow`] |
//! | `J#mail-rate` | `STATE` | state | [`MailRateRow`] |
//! | `J#night` | `<date>` | state | [`NightRun`] |
//! | `J#gate` | `STATE` | state | [`Gate`] |
//! | `J#<job>` | `<segment>` | state | [`Checkpoint`] |
//! | `C#…`, `F#…`, `E#…`, `K#campaign` | `D#<seq>` | journal | [`DecisionRecord`] |
//! | `J#night#<date>` | `D#<seq>` | journal | [`DecisionRecord`], of what operators did to a night |
//! | `C#…`, `E#…`, `J#night#<date>` | `N#<…>` | journal | [`schemas::Notice`], listed in `outbox` until it is done |
//! | `X#<command>` | `OUTCOME` | journal | [`OutcomeRow`] |
//! | `X#<upload>` | `OUTCOME` | journal | [`FileOutcomeRow`], of a contract [`schemas::upload::ContractOutcome`] |

mod campaign;
mod files;
mod mails;
mod queue;

use jiff::Timestamp;
use jiff::civil::Date;
use platform::store::{Expect, IndexEntry, shard};
use platform::{Item, Key, StoreError, Table, Write};
use procedure::{calendar, digest};
use schemas::notice::Lane;
use schemas::{
    Candidate, CandidateId, CommandId, DecisionRecord, Establishment, EstablishmentId, Formation,
    FormationId, Gate, NightRun, Outcome, Ranking, Round,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::error::Category;

pub use campaign::{CampaignRow, Extending};
pub use files::{
    FileOutcomeRow, daily_object, intake_report_object, upload_key, write_contract, write_upload,
};
pub use mails::{MailRateRow, NoticeRow, SuppressionRow};
pub use queue::{QUEUE_SK, QueuedContract, queue_sk, queued, write_queued};

/// The partition of a candidate, in both tables.
#[must_use]
pub fn candidate_pk(candidate: &CandidateId) -> String {
    format!("C#{candidate}")
}

/// The candidate whose partition this is.
#[must_use]
pub fn candidate_of(pk: &str) -> Option<CandidateId> {
    CandidateId::new(pk.strip_prefix("C#")?).ok()
}

/// The partition of a formation, in both tables.
#[must_use]
pub fn formation_pk(formation: &FormationId) -> String {
    format!("F#{formation}")
}

/// The formation whose partition this is.
#[must_use]
pub fn formation_of(pk: &str) -> Option<FormationId> {
    FormationId::new(pk.strip_prefix("F#")?).ok()
}

/// The partition of an establishment, in both tables.
#[must_use]
pub fn establishment_pk(establishment: &EstablishmentId) -> String {
    format!("E#{establishment}")
}

/// The partition of the nights' runs.
pub const NIGHT_PK: &str = "J#night";

/// The partition of what was decided on a night, and said to operators of it.
#[must_use]
pub fn night_journal_pk(date: Date) -> String {
    format!("{NIGHT_PK}#{date}")
}

/// The partition of the campaign's own records.
pub const CAMPAIGN_PK: &str = "K#campaign";

/// The partition of the records of amendments.
pub const AMENDMENT_PK: &str = "K#amendment";

/// The sort key of what is true now.
pub const STATE_SK: &str = "STATE";

/// The sort key of a formation's ranking.
pub const RANKING_SK: &str = "RANKING";

/// The sort key of a decision record; eight digits sort ten million decisions on one subject.
#[must_use]
pub fn record_sk(seq: u64) -> String {
    format!("D#{seq:08}")
}

/// The key of a candidate's item.
#[must_use]
pub fn candidate_key(candidate: &CandidateId) -> Key {
    Key::new(candidate_pk(candidate), STATE_SK)
}

/// The key of a formation's item.
#[must_use]
pub fn formation_key(formation: &FormationId) -> Key {
    Key::new(formation_pk(formation), STATE_SK)
}

/// The key of an establishment's item.
#[must_use]
pub fn establishment_key(establishment: &EstablishmentId) -> Key {
    Key::new(establishment_pk(establishment), STATE_SK)
}

/// The key of a formation's ranking.
#[must_use]
pub fn ranking_key(formation: &FormationId) -> Key {
    Key::new(formation_pk(formation), RANKING_SK)
}

/// The hash by which an address is named wherever it must not stand itself (R11).
#[must_use]
pub fn address_hash(address: &str) -> String {
    digest::of(procedure::address::normalised(address).as_bytes())
}

/// The key of the account of an address.
#[must_use]
pub fn address_key(address: &str) -> Key {
    Key::new(format!("M#{}", address_hash(address)), "ACCOUNT")
}

/// The key of what says that no mail goes to an address any more.
#[must_use]
pub fn suppression_key(hash: &str) -> Key {
    Key::new(format!("M#{hash}"), "SUPPRESSED")
}

/// The key of the rate that all who send mails share.
#[must_use]
pub fn mail_rate_key() -> Key {
    Key::new("J#mail-rate", STATE_SK)
}

/// The key of what a command did.
#[must_use]
pub fn outcome_key(command: &CommandId) -> Key {
    Key::new(format!("X#{command}"), "OUTCOME")
}

/// The key of the amendment in force.
#[must_use]
pub fn campaign_key() -> Key {
    Key::new(CAMPAIGN_PK, STATE_SK)
}

/// The object of an amended campaign file.
#[must_use]
pub fn campaign_object(digest: &str) -> String {
    format!("campaigns/{digest}.toml")
}

/// The key of a night's run.
#[must_use]
pub fn night_key(date: Date) -> Key {
    Key::new(NIGHT_PK, date.to_string())
}

/// The key of the gate.
#[must_use]
pub fn gate_key() -> Key {
    Key::new("J#gate", STATE_SK)
}

/// The object with those whom an establishment admitted, as they were when a phase began on this day (R65).
#[must_use]
pub fn handoff_object(establishment: &EstablishmentId, date: Date) -> String {
    format!("handoff/{establishment}/{date}.csv")
}

/// The object of a ranking's content.
#[must_use]
pub fn ranking_object(formation: &FormationId, digest: &str) -> String {
    format!("rankings/{formation}/{digest}.json")
}

/// The object of a plan.
#[must_use]
pub fn plan_object(date: Date, digest: &str) -> String {
    format!("plans/{date}/{digest}.plan")
}

/// The object with those who wait for a seat of a formation.
#[must_use]
pub fn positions_object(formation: &FormationId) -> String {
    format!("positions/{formation}.json")
}

/// The object of the applications handed to a formation when the examination of a round begins.
#[must_use]
pub fn applicants_object(formation: &FormationId, round: Round) -> String {
    match round {
        Round::Main => format!("applications/{formation}.json"),
        Round::Complementary => format!("applications/complementary/{formation}.json"),
    }
}

/// An instant as a text that sorts like it.
#[must_use]
pub fn sortable(instant: Timestamp) -> String {
    format!("{instant:.6}")
}

/// The partition of the index `due` for a Paris day and a shard.
#[must_use]
pub fn due_partition(day: Date, shard: u32) -> String {
    format!("{day}#{shard:02}")
}

/// The partition of the index `outbox` for a lane and a shard.
#[must_use]
pub fn outbox_partition(lane: Lane, shard: u32) -> String {
    format!("{}#{shard:02}", lane.name())
}

/// A row that is updated in place and knows its own key.
pub trait Row: Serialize + DeserializeOwned + Send {
    /// The table it lies in.
    const TABLE: Table;

    /// Where it lies.
    fn key(&self) -> Key;

    /// How many times it was written.
    fn version(&self) -> u64;

    /// Where the table's index lists it.
    fn index(&self) -> Option<IndexEntry> {
        None
    }
}

impl Row for Candidate {
    const TABLE: Table = Table::State;

    fn key(&self) -> Key {
        candidate_key(&self.id)
    }

    fn version(&self) -> u64 {
        self.version
    }

    fn index(&self) -> Option<IndexEntry> {
        let due = self.due?;
        let partition = due_partition(calendar::day(due), shard(&candidate_pk(&self.id)));
        Some(IndexEntry { partition, sort: sortable(due) })
    }
}

impl Row for Formation {
    const TABLE: Table = Table::State;

    fn key(&self) -> Key {
        formation_key(&self.id)
    }

    fn version(&self) -> u64 {
        self.version
    }
}

impl Row for Establishment {
    const TABLE: Table = Table::State;

    fn key(&self) -> Key {
        establishment_key(&self.id)
    }

    fn version(&self) -> u64 {
        self.version
    }
}

impl Row for Ranking {
    const TABLE: Table = Table::State;

    fn key(&self) -> Key {
        ranking_key(&self.formation)
    }

    fn version(&self) -> u64 {
        self.version
    }
}

impl Row for Gate {
    const TABLE: Table = Table::State;

    fn key(&self) -> Key {
        gate_key()
    }

    fn version(&self) -> u64 {
        self.version
    }
}

impl Row for NightRun {
    const TABLE: Table = Table::State;

    fn key(&self) -> Key {
        night_key(self.date)
    }

    fn version(&self) -> u64 {
        self.version
    }
}

/// Who has the account of an address (R11). The address itself is not here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressRow {
    /// The account.
    pub candidate: CandidateId,
}

/// How far a job's sweep is, per segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Which job.
    pub job: String,
    /// Which segment, as `<number>of<count>`; `all` for a job that has none.
    pub segment: String,
    /// How many times this row was written.
    pub version: u64,
    /// Everything of days before this one is done.
    pub done_before: Option<Date>,
    /// The phases whose beginning is done, in order.
    #[serde(default)]
    pub phases_begun: Vec<schemas::Phase>,
}

impl Row for Checkpoint {
    const TABLE: Table = Table::State;

    fn key(&self) -> Key {
        checkpoint_key(&self.job, &self.segment)
    }

    fn version(&self) -> u64 {
        self.version
    }
}

/// The key of a job's checkpoint.
#[must_use]
pub fn checkpoint_key(job: &str, segment: &str) -> Key {
    Key::new(format!("J#{job}"), segment)
}

/// What a command did, for whoever sends it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeRow {
    /// SHA-256 of the command, in hexadecimal: the same id with another content is an error.
    pub fingerprint: String,
    /// The answer.
    pub outcome: Outcome,
}

/// The write that puts a row over the version before it.
pub fn write<R: Row>(row: &R) -> Write {
    put(R::TABLE, row.key(), row.version(), row.index(), row)
}

/// The write that appends a decision record to a subject's journal.
#[must_use]
pub fn write_record(pk: &str, record: &DecisionRecord) -> Write {
    put(Table::Journal, Key::new(pk, record_sk(record.seq)), 1, None, record)
}

/// The write that reserves an address for an account, as this version of its row; it fails if somebody was faster.
#[must_use]
pub fn write_address(address: &str, row: &AddressRow, version: u64) -> Write {
    put(Table::State, address_key(address), version, None, row)
}

/// The write that keeps what a command did; it fails if that is known already.
#[must_use]
pub fn write_outcome(command: &CommandId, row: &OutcomeRow) -> Write {
    put(Table::Journal, outcome_key(command), 1, None, row)
}

fn put<T: Serialize>(table: Table, key: Key, version: u64, index: Option<IndexEntry>, row: &T) -> Write {
    // The types of this crate have no map with keys that are not texts: they always serialise.
    let body = serde_json::to_string(row).unwrap_or_default();
    let expect = if version <= 1 { Expect::Absent } else { Expect::Version(version - 1) };
    Write { table, item: Item { key, version: version.max(1), index, body }, expect }
}

/// Reads the row out of an item.
///
/// # Errors
/// [`StoreError::Corrupt`] names the key and what is wrong, without any value of the item.
pub fn read<T: DeserializeOwned>(item: &Item) -> Result<T, StoreError> {
    serde_json::from_str(&item.body)
        .map_err(|error| StoreError::Corrupt { key: item.key.clone(), problem: problem(&error) })
}

/// What is wrong with a text that is no row. What serde says of it may quote a value, which may be an address: of
/// that only the name of a missing or unknown field is kept.
fn problem(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let field = ["missing field `", "unknown field `"].into_iter().find_map(|opening| {
        let (name, _) = said.strip_prefix(opening)?.split_once('`')?;
        Some(format!("{opening}{name}`"))
    });
    let what = field.unwrap_or_else(|| {
        let what = match error.classify() {
            Category::Data => "a value is not what it should be",
            Category::Eof => "it ends too early",
            Category::Syntax | Category::Io => "it is not JSON",
        };
        what.to_owned()
    });
    format!("{what} (line {}, column {})", error.line(), error.column())
}

/// Reads the row at a key, if there is one.
///
/// # Errors
/// [`StoreError`].
pub async fn get<T: DeserializeOwned>(
    store: &dyn platform::Store,
    table: Table,
    key: &Key,
) -> Result<Option<T>, StoreError> {
    store.get(table, key).await?.map(|item| read(&item)).transpose()
}
