//! What people in a story leave: contracts, files of vacant seats, rankings. Their jobs are woken at once, as by the bucket,
//! and by their ticks.

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use jobs::{contract_check, intake, rows};
use platform::{StoredUpload, Table};
use samplers::contracts::{self, ContractSpec, Defect};
use schemas::campaign::ContractKind;
use schemas::intake::IntakeKind;
use schemas::upload::Verdict;
use schemas::{Candidate, CandidateId, FormationId, Outcome, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::stage::Stage;

/// The seed of the contracts that stories upload.
const SEED: u64 = 1;

/// The kinds of file that establishments send, each with its function.
const OF_ESTABLISHMENTS: [(IntakeKind, &str); 2] =
    [(IntakeKind::Vacancies, "vacancy-intake"), (IntakeKind::Ranking, "ranking-intake")];

/// A file that somebody left.
#[derive(Debug, Serialize)]
pub(super) struct Arrived {
    at: Timestamp,
    key: String,
    version: String,
    /// Its bytes, in hexadecimal.
    bytes: String,
}

/// The upload of a contract, as a story asks for it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Upload {
    #[serde(rename = "type")]
    _type: String,
    formation: FormationId,
    kind: ContractKind,
    defect: Option<String>,
}

impl Stage {
    /// Uploads a drawn contract, which arrives at this instant; the job is woken at once, and its verdict is the answer.
    pub(super) async fn upload(
        &mut self,
        id: &str,
        candidate: &CandidateId,
        asked: &Map<String, Value>,
    ) -> Result<Outcome> {
        let Upload { formation, kind, defect, .. } =
            serde_json::from_value(Value::Object(asked.clone())).context("the upload of a contract")?;
        let stored: Option<Candidate> =
            rows::get(self.store.as_ref(), Table::State, &rows::candidate_key(candidate)).await?;
        let name = stored.and_then(|candidate| candidate.name).unwrap_or_else(|| candidate.to_string());
        let title = self.formation(&formation).await?.map_or_else(|| formation.to_string(), |it| it.title);
        let defect = defect.map(|name| defect_of(&name)).transpose()?;
        let spec = ContractSpec { kind, name: &name, title: &title, year: self.rules().year, defect };
        let key = format!("contracts/{candidate}/{formation}/contrat.pdf");
        let event = self.arrives(id, &key, contracts::draw(&spec, SEED, id));
        let before = self.store.commits();
        let context = self.at(self.now);
        contract_check::hear(&context, &event).await?;
        self.woke("contract-check", self.now, event, before);
        let upload = StoredUpload { arrival: self.now, version: id.to_owned(), key, bytes: 0 };
        let outcome =
            contract_check::outcome(&context, &upload).await?.context("the upload has no verdict")?;
        Ok(match (outcome.verdict, outcome.refusal) {
            (Verdict::Refused, refusal) => {
                Outcome::Refused { refusal: refusal.unwrap_or(Refusal::NoSuchContract {}) }
            }
            _ => Outcome::Accepted { events: Vec::new(), warnings: Vec::new() },
        })
    }

    /// Uploads a file of vacant seats or a ranking, which arrives at this instant; its job is woken at once.
    pub(super) async fn send_file(&mut self, id: &str, key: &str, bytes: Vec<u8>) -> Result<Outcome> {
        let of_key = |(kind, _): &(IntakeKind, _)| key.starts_with(&format!("{}/", intake::folder(*kind)));
        let (kind, function) = OF_ESTABLISHMENTS
            .into_iter()
            .find(of_key)
            .with_context(|| format!("no job takes in {key}; use vacancies/… or rankings/…"))?;
        let event = self.arrives(id, key, bytes);
        let before = self.store.commits();
        let run = intake::hear(&self.at(self.now), kind, &event).await?;
        self.woke(function, self.now, event, before);
        Ok(if run.refused > 0 {
            let field = "file".to_owned();
            Outcome::Refused {
                refusal: Refusal::InvalidValue { field, allowed: "its report says".to_owned() },
            }
        } else {
            Outcome::Accepted { events: Vec::new(), warnings: Vec::new() }
        })
    }

    /// A file arrives now; gives the event by which the bucket says so.
    fn arrives(&mut self, version: &str, key: &str, bytes: Vec<u8>) -> Value {
        let (key, version) = (key.to_owned(), version.to_owned());
        self.arrived.push(Arrived {
            at: self.now,
            key: key.clone(),
            version: version.clone(),
            bytes: hex::encode(&bytes),
        });
        self.uploads.put(&key, &version, self.now, bytes);
        json!({ "detail-type": "Object Created", "detail": { "object": { "key": key, "version-id": version } } })
    }

    /// The ticks of the jobs that take in what people leave.
    pub(super) async fn look_for_uploads(&mut self, due: Timestamp) -> Result<()> {
        let (context, event) = (self.at(due), json!({ "tick": due }));
        let before = self.store.commits();
        contract_check::hear(&context, &event).await?;
        self.woke("contract-check", due, event.clone(), before);
        for (kind, function) in OF_ESTABLISHMENTS {
            let before = self.store.commits();
            intake::hear(&context, kind, &event).await?;
            self.woke(function, due, event.clone(), before);
        }
        Ok(())
    }
}

fn defect_of(name: &str) -> Result<Defect> {
    Defect::named(name).with_context(|| {
        let known: Vec<String> = Defect::ALL.into_iter().map(Defect::name).collect();
        format!("there is no defect \"{name}\" of a contract; known are {}", known.join(", "))
    })
}
