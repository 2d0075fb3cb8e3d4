//! What the deployed functions share. Each function is a file in `bin/`: its name, what it needs, and the job.
//!
//! | variable | who needs it | what |
//! |---|---|---|
//! | `STAGE` | all | `production`, or `test-…` |
//! | `STATE_TABLE`, `JOURNAL_TABLE` | all | the tables' names |
//! | `CAMPAIGN` | all | the year of a campaign that is shipped; in a test stage also the path of a campaign file |
//! | `PLANS_BUCKET` | all | plans, rankings, campaign files as amended |
//! | `REPORTS_BUCKET` | [`Needs::reports`] | what is handed to others: `applications/`, `handoff/`, `positions/`, `reports/` |
//! | `UPLOADS_BUCKET` | [`Needs::uploads`] | what people leave |
//! | `TOKEN_KEY` | [`Needs::token_key`] | 64 hexadecimal digits: the key from which links' tokens are derived |
//! | `OPERATORS` | [`Needs::operators`] | the address of operators, one, a list's if they are several; may be empty |
//! | `MAIL_FROM`, `MAIL_CONFIGURATION_SET`, `SPACE_URL` | [`Needs::mail`] | the sender, SES's configuration set, the site |
//! | `CLOCK_FILE` | a test stage, if it likes | a file with the instant to take for now; refused in production |
//! | `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` | all | set by the service |
//! | `AWS_ENDPOINT_URL` | a test | an emulator |
//! | `AWS_LAMBDA_LOG_LEVEL` | if one likes | `DEBUG`, `INFO` (if not set), `WARN` or `ERROR`, of the project's own lines |
//!
//! What a function logs and measures is in `dictionary.md`, line by line.

mod absent;
pub mod cloud;
pub mod config;
pub mod event;
pub mod failure;
mod function;
pub mod log;
pub mod metrics;
pub mod report;

pub use config::Needs;
pub use event::Event;
pub use failure::Failure;
pub use function::{Place, Work, invoke, start, start_with};
pub use report::{Report, Woken};
