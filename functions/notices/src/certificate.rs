//! `certificate`: what the platform certifies to a candidate who asked for it, with the code to check it (R69, R70).

use jiff::Timestamp;
use schemas::candidate::CertificateKind;
use schemas::{CandidateId, Language};
use serde::Serialize;

use crate::mail::{Notice, title};
use crate::words;

/// One certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certified {
    /// The title of the formation; `None` if it is about the whole platform.
    pub formation: Option<String>,
    /// The code with which whoever is shown the certificate checks it.
    pub code: String,
}

/// Certificates of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// What they say.
    pub kind: CertificateKind,
    /// Of whom they say it: whoever checks the code needs it too.
    pub candidate: CandidateId,
    /// One for each application, or the one about the whole platform.
    pub certified: Vec<Certified>,
    /// When they were issued.
    pub at: Timestamp,
    /// The candidate's space on the platform.
    pub space: String,
}

#[derive(Serialize)]
pub(crate) struct Line {
    formation: Option<String>,
    code: String,
}

#[derive(Serialize)]
pub(crate) struct Facts {
    kind: CertificateKind,
    candidate: String,
    certified: Vec<Line>,
    at: String,
}

impl Notice for Certificate {
    type Facts = Facts;

    fn has_news(&self) -> bool {
        !self.certified.is_empty()
    }

    fn link(&self) -> &str {
        &self.space
    }

    fn facts(&self, language: Language) -> Facts {
        let line = |one: &Certified| Line {
            formation: one.formation.as_deref().map(|raw| title(language, raw)),
            code: one.code.clone(),
        };
        Facts {
            kind: self.kind,
            candidate: self.candidate.to_string(),
            certified: self.certified.iter().map(line).collect(),
            at: words::moment(language, self.at),
        }
    }
}
