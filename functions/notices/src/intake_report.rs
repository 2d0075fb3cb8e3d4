//! `intake_report`: to an establishment: what became of a file of vacant seats or a ranking that it sent (R19, R67).

use jiff::Timestamp;
use schemas::Language;
use schemas::intake::{FileVerdict, IntakeKind};
use serde::Serialize;

use crate::mail::Notice;
use crate::{clean, words};

/// How many refused rows the mail names; the report beside the file names all.
pub const REFUSALS_NAMED_MAX: usize = 10;

/// Longest name of a file, in characters; what follows is cut.
const FILE_CHARACTERS_MAX: usize = 120;

/// Longest sentence of a refusal, in characters; what follows is cut.
const SENTENCE_CHARACTERS_MAX: usize = 300;

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntakeReported {
    /// What the file tells.
    pub kind: IntakeKind,
    /// Its name, as its sender typed it.
    pub file: String,
    /// When it arrived.
    pub at: Timestamp,
    /// Whether it was taken.
    pub verdict: FileVerdict,
    /// Why not, in French: the language that establishments are written to in.
    pub reason: Option<String>,
    /// Rows done.
    pub done: u32,
    /// Rows that were so already.
    pub already_done: u32,
    /// Rows refused.
    pub refused: u32,
    /// Applications of the formations ranked that are in neither list (R22).
    pub undecided: u32,
    /// The first rows refused, each with its number and why, in French.
    pub refusals: Vec<(u32, String)>,
    /// The establishment's space on the platform, where the report is.
    pub space: String,
}

#[derive(Serialize)]
pub(crate) struct Facts {
    ranking: bool,
    accepted: bool,
    file: String,
    at: String,
    reason: Option<String>,
    done: u32,
    already_done: u32,
    refused: u32,
    undecided: u32,
    refusals: Vec<Refused>,
    more: u32,
}

#[derive(Serialize)]
struct Refused {
    row: u32,
    why: String,
}

/// A French sentence whose spaces before signs of two parts and inside guillemets do not break.
fn typeset(sentence: &str) -> String {
    let mut set = sentence.replace("« ", "«\u{a0}");
    for sign in [':', ';', '?', '!', '»'] {
        set = set.replace(&format!(" {sign}"), &format!("\u{a0}{sign}"));
    }
    set
}

impl Notice for IntakeReported {
    type Facts = Facts;

    /// It goes to a service.
    const GREETS_BY_NAME: bool = false;

    fn link(&self) -> &str {
        &self.space
    }

    fn facts(&self, language: Language) -> Facts {
        let sentence = |text: &str| typeset(&clean::line(text, SENTENCE_CHARACTERS_MAX).unwrap_or_default());
        let refusals: Vec<Refused> = self
            .refusals
            .iter()
            .take(REFUSALS_NAMED_MAX)
            .map(|(row, why)| Refused { row: *row, why: sentence(why) })
            .collect();
        Facts {
            ranking: self.kind == IntakeKind::Ranking,
            accepted: self.verdict == FileVerdict::Accepted,
            file: clean::line(&self.file, FILE_CHARACTERS_MAX).unwrap_or_default(),
            at: words::moment(language, self.at),
            reason: self.reason.as_deref().map(sentence),
            done: self.done,
            already_done: self.already_done,
            refused: self.refused,
            undecided: self.undecided,
            more: self.refused.saturating_sub(u32::try_from(refusals.len()).unwrap_or(u32::MAX)),
            refusals,
        }
    }
}
