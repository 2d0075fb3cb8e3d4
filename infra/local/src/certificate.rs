//! The command `certificate check`: what an establishment asks that is shown a certificate.

use std::path::Path;

use anyhow::{Result, bail};
use jobs::certificates::{self, Checked};
use schemas::CandidateId;
use schemas::candidate::CertificateKind;

use crate::world::World;
use crate::{print, print_json};

pub(crate) async fn check(candidate: &str, code: &str, out: &Path, json: bool) -> Result<()> {
    let world = World::open(out).await?;
    let checked = certificates::check(&world.context, &CandidateId::new(candidate)?, code).await?;
    if json {
        print_json(&checked)?;
    }
    match checked {
        Checked::Valid { kind, formation, title, issued_on, still_true } if !json => {
            let certified = match kind {
                CertificateKind::NonEnrolment => "not enrolled on the platform",
                CertificateKind::Refusal => "no favourable answer",
                CertificateKind::Admission => "definitively accepted",
            };
            let name = title.or_else(|| formation.map(|id| id.to_string()));
            let place = name.map_or_else(String::new, |name| format!(", \"{name}\""));
            let since = if still_true { "still true" } else { "no longer true" };
            print(&format!("valid: {certified}{place}; issued on {issued_on}, {since}"))
        }
        Checked::Valid { .. } => Ok(()),
        Checked::Mistyped => bail!("the code is mistyped; compare each of its digits with the certificate"),
        Checked::Unknown => {
            bail!(
                "not valid: no such certificate was issued to this candidate; check the number and the code"
            )
        }
    }
}
