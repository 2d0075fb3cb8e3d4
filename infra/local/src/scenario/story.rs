//! A story as its file says it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use jiff::civil::{Date, DateTime};
use procedure::campaign_file;
use schemas::formation::{RankingRefusal, Track};
use schemas::{ApplicationState, CandidateId, EstablishmentId, FormationId, Language, LostCause};
use serde::{Deserialize, Deserializer};

/// A story: what is there, then what happens, and what must be found.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Story {
    /// What it shows, with the names of its rules.
    pub(super) title: String,
    /// The year of the campaign.
    pub(super) campaign: String,
    /// Settings that replace the campaign file's.
    #[serde(default)]
    pub(super) rules: toml::Table,
    #[serde(default, rename = "formation")]
    pub(super) formations: Vec<DeclaredFormation>,
    #[serde(default, rename = "candidate")]
    pub(super) candidates: Vec<DeclaredCandidate>,
    #[serde(default, rename = "application")]
    pub(super) applications: Vec<DeclaredApplication>,
    #[serde(default, rename = "ranking")]
    pub(super) rankings: Vec<DeclaredRanking>,
    #[serde(default, rename = "step")]
    pub(super) steps: Vec<Step>,
    /// Where it lies: the files that it uploads are named from there.
    #[serde(skip)]
    pub(super) folder: PathBuf,
}

/// A formation that is open from the first day of the catalogue.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeclaredFormation {
    pub(super) id: FormationId,
    #[serde(default)]
    pub(super) track: Track,
    #[serde(default = "one")]
    pub(super) capacity: u32,
    pub(super) call_limit: Option<u32>,
    pub(super) establishment: Option<EstablishmentId>,
    pub(super) mention: Option<String>,
    /// Takes new applications in the complementary phase (R52).
    #[serde(default)]
    pub(super) complementary: bool,
    /// Takes students of both tracks (R49).
    #[serde(default)]
    pub(super) mixed: bool,
}

fn one() -> u32 {
    1
}

/// The establishment of formations that name none.
const SOME_ESTABLISHMENT: &str = "0000000A";

impl DeclaredFormation {
    /// Who runs it.
    pub(super) fn establishment(&self) -> &str {
        self.establishment.as_ref().map_or(SOME_ESTABLISHMENT, EstablishmentId::as_str)
    }
}

/// A candidate who has an account from the first day of the catalogue.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeclaredCandidate {
    pub(super) id: CandidateId,
    #[serde(default)]
    pub(super) state: DeclaredState,
    #[serde(default)]
    pub(super) language: Language,
    pub(super) email: Option<String>,
    /// The région académique, for extensions of windows.
    #[serde(default)]
    pub(super) region: String,
}

/// How far the account of a declared candidate is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DeclaredState {
    /// The link was not followed.
    Registered,
    #[default]
    Active,
}

/// An application that no ranking implies.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeclaredApplication {
    pub(super) candidate: CandidateId,
    pub(super) formation: FormationId,
}

/// A jury's ranking, published on the first day of the examination.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeclaredRanking {
    pub(super) formation: FormationId,
    #[serde(default)]
    pub(super) ranked: Vec<CandidateId>,
    #[serde(default)]
    pub(super) refused: Vec<RankingRefusal>,
}

/// One step: at a time somebody does something, or somebody looks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    /// Paris time.
    #[serde(deserialize_with = "civil")]
    pub(super) at: DateTime,
    /// A candidate, an establishment's code, `rector` or `operator`.
    pub(super) by: Option<String>,
    /// The command, as the platform would send it, without its id and actor.
    #[serde(rename = "do")]
    pub(super) command: Option<toml::Table>,
    pub(super) upload: Option<toml::Table>,
    /// The code of the refusal that must come; `any` or `allowed`.
    pub(super) refused: Option<String>,
    #[serde(default)]
    pub(super) expect: Vec<Expectation>,
}

/// What must be found; only the keys given are checked.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expectation {
    pub(super) candidate: Option<CandidateId>,
    pub(super) formation: Option<FormationId>,
    #[serde(default, deserialize_with = "or_none")]
    pub(super) state: Option<OrNone<ApplicationState>>,
    pub(super) cause: Option<LostCause>,
    /// 1 is next.
    pub(super) position: Option<usize>,
    /// The last minute in time.
    #[serde(default, deserialize_with = "some_civil")]
    pub(super) deadline: Option<DateTime>,
    #[serde(default, deserialize_with = "some_day")]
    pub(super) received: Option<Date>,
    pub(super) accepted: Option<bool>,
    pub(super) enrol_by: Option<String>,
    #[serde(default, deserialize_with = "or_none")]
    pub(super) account: Option<OrNone<schemas::AccountState>>,
    pub(super) taken: Option<usize>,
    pub(super) free: Option<usize>,
    pub(super) waiting: Option<usize>,
    pub(super) mail: Option<Mails>,
    pub(super) to: Option<String>,
    pub(super) times: Option<usize>,
    #[serde(default, deserialize_with = "some_day")]
    pub(super) on: Option<Date>,
}

/// A value, or the word `none`: nothing is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OrNone<T> {
    None,
    Some(T),
}

/// One kind of mail, or several that are counted together.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Mails {
    One(String),
    Several(Vec<String>),
}

impl Mails {
    pub(super) fn kinds(&self) -> &[String] {
        match self {
            Self::One(kind) => std::slice::from_ref(kind),
            Self::Several(kinds) => kinds,
        }
    }
}

/// A time or a day, quoted or as TOML's own.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Text(String),
        Datetime(toml::value::Datetime),
    }
    Ok(match Written::deserialize(deserializer)? {
        Written::Text(text) => text,
        Written::Datetime(datetime) => datetime.to_string(),
    })
}

fn civil<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime, D::Error> {
    let text = text(deserializer)?;
    let parsed = text.parse().ok().filter(|_| text.contains('T'));
    parsed.ok_or_else(|| {
        serde::de::Error::custom(format!("\"{text}\" is not a time in Paris; write it as 2024-06-05T10:00"))
    })
}

fn some_civil<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime>, D::Error> {
    civil(deserializer).map(Some)
}

fn some_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let text = text(deserializer)?;
    let parsed = text.parse().ok().filter(|_| !text.contains('T'));
    parsed
        .map(Some)
        .ok_or_else(|| serde::de::Error::custom(format!("\"{text}\" is not a day; write it as 2024-06-05")))
}

fn or_none<'de, T, D>(deserializer: D) -> Result<Option<OrNone<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let word = String::deserialize(deserializer)?;
    if word == "none" {
        return Ok(Some(OrNone::None));
    }
    let word = serde::de::value::StringDeserializer::<D::Error>::new(word);
    T::deserialize(word).map(|value| Some(OrNone::Some(value)))
}

impl Story {
    /// Reads a story; what is wrong with it names the file, and the line or the step.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the story {}", path.display()))?;
        let story = Self::parse(&text).with_context(|| format!("{} is not a story", path.display()))?;
        Ok(Self { folder: path.parent().unwrap_or(Path::new("")).to_owned(), ..story })
    }

    pub(super) fn parse(text: &str) -> Result<Self> {
        let story: Self = toml::from_str(text)?;
        let mut last = DateTime::MIN;
        for (number, step) in (1..).zip(&story.steps) {
            step.check(last).with_context(|| format!("step {number} ({})", step.at))?;
            last = step.at;
        }
        Ok(story)
    }

    /// The campaign file that holds: the one of its year, with the keys of `[rules]`.
    pub(super) fn campaign_text(&self) -> Result<String> {
        let shipped = campaign_file::shipped_text(&self.campaign)?;
        if self.rules.is_empty() {
            return Ok(shipped.to_owned());
        }
        Ok(campaign_file::with_keys(shipped, &self.rules)?)
    }
}

impl Step {
    /// What types alone cannot say.
    fn check(&self, before: DateTime) -> Result<()> {
        if self.at < before {
            bail!("it goes back before {before}; steps are in the order of time");
        }
        if self.command.is_some() && self.upload.is_some() {
            bail!("it has both `do` and `upload`; make two steps of it");
        }
        let acts = self.command.is_some() || self.upload.is_some();
        if acts && self.by.is_none() {
            bail!(
                "nobody does it; add `by`: a candidate, an establishment's code, \"rector\" or \"operator\""
            );
        }
        if !acts && (self.by.is_some() || self.refused.is_some()) {
            bail!("`by` and `refused` need a `do` or an `upload`");
        }
        for (number, expectation) in (1..).zip(&self.expect) {
            expectation.check().with_context(|| format!("expectation {number}"))?;
        }
        Ok(())
    }
}
