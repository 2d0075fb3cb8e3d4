//! The letter with certificates and their codes (R69, R70).

use notices::{Certificate, Certified};
use schemas::{Candidate, DecisionRecord};

use super::title;
use crate::certificates;
use crate::context::Context;
use crate::fault::Fault;

/// The certificates that the record issued.
pub(super) async fn issued(
    context: &Context,
    record: &DecisionRecord,
    candidate: &Candidate,
    space: String,
) -> Result<Option<Certificate>, Fault> {
    let mut certified = Vec::new();
    let mut kind = None;
    for issued in certificates::of_record(record) {
        let formation = match issued.formation {
            Some(formation) => Some(title(context, formation).await?),
            None => None,
        };
        let code = certificates::code(&context.settings.token_key, &candidate.id, &issued);
        kind = Some(issued.kind);
        certified.extend(code.map(|code| Certified { formation, code }));
    }
    Ok(kind.map(|kind| Certificate {
        kind,
        candidate: candidate.id.clone(),
        certified,
        at: record.at,
        space,
    }))
}
