//! The job `contract-check`: one verdict for each uploaded contract, and what the procedure makes of it (R46–R49).

use platform::{Read, Reader, Reading, Unreadable};
use uploads::contracts::{self, Checks, ContractFile, Expected};

use crate::fault::Fault;

/// Reads a file under guard and compares what it says with what is expected. A file that ends its reader is refused.
///
/// # Errors
/// A [`Fault`] if no reader could be run at all.
pub async fn check(reader: &dyn Reader, bytes: &[u8], expected: &Expected<'_>) -> Result<Checks, Fault> {
    let how = match reader.read(Reading::Contract, bytes).await? {
        Read::Done(found) => match serde_json::from_slice::<ContractFile>(&found) {
            Ok(file) => return Ok(contracts::check(&file, expected)),
            // What a reader says that is nothing it could say was made by the file.
            Err(_) => "output",
        },
        Read::Unreadable(Unreadable::Crashed) => "crash",
        Read::Unreadable(Unreadable::TimedOut) => "time",
        Read::Unreadable(Unreadable::TooMuchOutput) => "output",
    };
    Ok(Checks::unreadable(how))
}
