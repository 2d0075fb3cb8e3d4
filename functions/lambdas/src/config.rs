//! What a function is told by its environment, read once and checked before the first event: each variable that is
//! missing or cannot be is named with what it should be. No value is ever repeated, for some are secrets.

use std::fmt;
use std::path::PathBuf;

use jiff::Timestamp;
use jobs::context::TOKEN_KEY_BYTES;
use procedure::campaign_file;
use schemas::Campaign;

/// The stage in which nothing may be a test's.
pub const PRODUCTION: &str = "production";

/// What the name of every other stage begins with.
const TEST: &str = "test-";

/// Longest name of a stage: it is part of names of tables and buckets, which have at most 63 letters.
const STAGE_BYTES_MAX: usize = 24;

/// What a function needs beside the stage, the tables, the campaign and the plans.
#[derive(Debug, Clone, Copy, Default)]
pub struct Needs {
    /// The bucket that establishments read: `REPORTS_BUCKET`.
    pub reports: bool,
    /// The bucket in which people leave files: `UPLOADS_BUCKET`.
    pub uploads: bool,
    /// The key of links: `TOKEN_KEY`.
    pub token_key: bool,
    /// Where an operator reads of a night: `OPERATORS`, which may be empty.
    pub operators: bool,
    /// What mails are sent with: `MAIL_FROM`, `MAIL_CONFIGURATION_SET` and `SPACE_URL`.
    pub mail: bool,
}

/// What mails are sent with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailConfig {
    /// The sender of every mail.
    pub from: String,
    /// The configuration set of SES.
    pub configuration_set: String,
    /// Where candidates sign in, without a slash at the end.
    pub space: String,
}

/// What the environment said.
pub struct Config {
    /// The stage.
    pub stage: String,
    /// The name of the table `state`.
    pub state_table: String,
    /// The name of the table `journal`.
    pub journal_table: String,
    /// The bucket of plans, rankings and campaign files.
    pub plans_bucket: String,
    /// The bucket that establishments read, if the function needs it.
    pub reports_bucket: Option<String>,
    /// The bucket in which people leave files, if the function needs it.
    pub uploads_bucket: Option<String>,
    /// The campaign.
    pub campaign: Campaign,
    /// The key of links, if the function needs it.
    pub token_key: Option<[u8; TOKEN_KEY_BYTES]>,
    /// Where operators read of a night.
    pub operators: Option<String>,
    /// What mails are sent with, if the function sends some.
    pub mail: Option<MailConfig>,
    /// The file with the instant to take for now, in a test stage.
    pub clock_file: Option<PathBuf>,
    /// How the services of AWS are reached.
    pub aws: AwsConfig,
}

/// How the services of AWS are reached: what the service itself sets in every function's environment.
#[derive(Clone)]
pub struct AwsConfig {
    /// `AWS_REGION`.
    pub region: String,
    /// `AWS_ACCESS_KEY_ID`.
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: String,
    /// `AWS_SESSION_TOKEN`: always there in the cloud.
    pub session_token: Option<String>,
    /// `AWS_ENDPOINT_URL`: an emulator.
    pub endpoint: Option<String>,
}

/// A variable that is missing or cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The variable.
    pub variable: &'static str,
    /// What is wrong with it.
    pub found: String,
    /// What it should be.
    pub expected: &'static str,
}

/// Everything that is wrong with an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(pub Vec<Problem>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, Problem { variable, found, expected }) in self.0.iter().enumerate() {
            let between = if number == 0 { "" } else { "; " };
            write!(f, "{between}{variable} {found}: set it to {expected}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads what a function of these needs is told.
    ///
    /// # Errors
    /// [`ConfigError`] with every variable that is wrong, at once.
    pub fn read(
        needs: Needs,
        variable: impl Fn(&'static str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let mut reader = Reader { variable, problems: Vec::new() };
        let stage = reader.required("STAGE", "`production`, or `test-` and a name", stage);
        let clock_file = reader.clock_file(stage.as_deref());
        let state_table = reader.required("STATE_TABLE", "the name of the table `state`", name);
        let journal_table = reader.required("JOURNAL_TABLE", "the name of the table `journal`", name);
        let plans_bucket = reader.required("PLANS_BUCKET", "the name of the bucket of plans", name);
        let mut bucket = |needed: bool, variable, expected| {
            needed.then(|| reader.required(variable, expected, name)).flatten()
        };
        let reports_bucket =
            bucket(needs.reports, "REPORTS_BUCKET", "the name of the bucket that establishments read");
        let uploads_bucket = bucket(needs.uploads, "UPLOADS_BUCKET", "the name of the bucket of uploads");
        let in_test = stage.as_deref().is_some_and(|stage| stage != PRODUCTION);
        let campaign =
            reader.required("CAMPAIGN", "the year of a campaign that is shipped, as `2026`", |text| {
                campaign(text, in_test)
            });
        let token_key = needs
            .token_key
            .then(|| reader.required("TOKEN_KEY", "64 hexadecimal digits that nobody knows", token_key))
            .flatten();
        let operators = needs.operators.then(|| reader.operators()).flatten();
        let mail = if needs.mail { reader.mail() } else { None };
        let aws = reader.aws();
        match (stage, state_table, journal_table, plans_bucket, campaign, aws) {
            (
                Some(stage),
                Some(state_table),
                Some(journal_table),
                Some(plans_bucket),
                Some(campaign),
                Some(aws),
            ) if reader.problems.is_empty() => Ok(Self {
                stage,
                state_table,
                journal_table,
                plans_bucket,
                reports_bucket,
                uploads_bucket,
                campaign,
                token_key,
                operators,
                mail,
                clock_file,
                aws,
            }),
            _ => Err(ConfigError(reader.problems)),
        }
    }
}

/// Reads variables and keeps what is wrong with them.
struct Reader<F> {
    variable: F,
    problems: Vec<Problem>,
}

impl<F: Fn(&'static str) -> Option<String>> Reader<F> {
    /// A variable that has to be there. `parse` says what is wrong with it, without its value.
    fn required<T>(
        &mut self,
        variable: &'static str,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let value = (self.variable)(variable).filter(|value| !value.is_empty());
        let parsed = value.ok_or_else(|| "is not set".to_owned()).and_then(|value| parse(&value));
        parsed.map_err(|found| self.problems.push(Problem { variable, found, expected })).ok()
    }

    fn optional(&self, variable: &'static str) -> Option<String> {
        (self.variable)(variable).filter(|value| !value.is_empty())
    }

    /// A test may stand at another time; production never.
    fn clock_file(&mut self, stage: Option<&str>) -> Option<PathBuf> {
        let file = self.optional("CLOCK_FILE")?;
        if stage == Some(PRODUCTION) {
            self.problems.push(Problem {
                variable: "CLOCK_FILE",
                found: "is set in production".into(),
                expected: "nothing: only a test stage may stand at another time",
            });
        }
        Some(PathBuf::from(file))
    }

    /// One address for all operators, a list's: a night's notice has one recipient.
    fn operators(&mut self) -> Option<String> {
        let operators = self.optional("OPERATORS")?;
        if operators.contains(',') || address(&operators).is_err() {
            self.problems.push(Problem {
                variable: "OPERATORS",
                found: "is not one address".into(),
                expected: "one address, a list's if there are several operators, or to nothing",
            });
        }
        Some(operators)
    }

    fn mail(&mut self) -> Option<MailConfig> {
        let from = self.required("MAIL_FROM", "the sender, as `Mon Master <ne-pas-repondre@…>`", address);
        let set = self.required("MAIL_CONFIGURATION_SET", "the name of the configuration set of SES", name);
        let space = self.required("SPACE_URL", "`https://` and a host, without a slash at the end", space);
        Some(MailConfig { from: from?, configuration_set: set?, space: space? })
    }

    fn aws(&mut self) -> Option<AwsConfig> {
        let any = |text: &str| Ok(text.to_owned());
        let region = self.required("AWS_REGION", "a region, as `eu-west-3`", any);
        let key = self.required("AWS_ACCESS_KEY_ID", "the role's, which the service sets", any);
        let secret = self.required("AWS_SECRET_ACCESS_KEY", "the role's, which the service sets", any);
        Some(AwsConfig {
            region: region?,
            access_key_id: key?,
            secret_access_key: secret?,
            session_token: self.optional("AWS_SESSION_TOKEN"),
            endpoint: self.optional("AWS_ENDPOINT_URL"),
        })
    }
}

fn stage(text: &str) -> Result<String, String> {
    let of_letters =
        text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let named = text.strip_prefix(TEST).is_some_and(|name| !name.is_empty());
    if text.len() <= STAGE_BYTES_MAX && of_letters && (text == PRODUCTION || named) {
        Ok(text.to_owned())
    } else {
        Err(format!("is no stage of at most {STAGE_BYTES_MAX} lower-case letters, digits and `-`"))
    }
}

/// The name of a table, a bucket or a configuration set.
fn name(text: &str) -> Result<String, String> {
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
        Ok(text.to_owned())
    } else {
        Err("has other signs than letters, digits and `-_.`".into())
    }
}

fn address(text: &str) -> Result<String, String> {
    let domain = text.trim_end_matches('>').rsplit_once('@').map(|(_, domain)| domain);
    if domain.is_some_and(|domain| domain.contains('.')) && !text.contains(['\r', '\n']) {
        Ok(text.to_owned())
    } else {
        Err("holds no address".into())
    }
}

fn space(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("https://").unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte);
    if !host.is_empty() && host.bytes().all(plain) {
        Ok(text.to_owned())
    } else {
        Err("is no such address".into())
    }
}

fn token_key(text: &str) -> Result<[u8; TOKEN_KEY_BYTES], String> {
    let mut key = [0; TOKEN_KEY_BYTES];
    hex::decode_to_slice(text, &mut key).map(|()| key).map_err(|_| "is no such key".to_owned())
}

/// A campaign by its year; in a test stage also by a file.
fn campaign(text: &str, in_test: bool) -> Result<Campaign, String> {
    if !in_test || !text.contains('/') {
        return campaign_file::shipped(text).map_err(|error| format!("names no campaign ({error})"));
    }
    let file = std::fs::read_to_string(text)
        .map_err(|error| format!("names a file that cannot be read ({error})"))?;
    campaign_file::of_text(&file).map_err(|error| format!("names a file that is no campaign ({error})"))
}

/// The instant in a clock file.
///
/// # Errors
/// What is wrong with the file.
pub fn instant(file: &std::path::Path) -> Result<Timestamp, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("cannot be read ({error})"))?;
    text.trim().parse().map_err(|_| "holds no instant as 2024-06-05T07:00:00Z".to_owned())
}
