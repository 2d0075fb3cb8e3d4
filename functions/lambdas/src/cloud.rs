//! The ports on AWS: clients made once, before the first event.
//!
//! Credentials and region are read from the environment, where the service puts a function's role; nothing else that
//! the SDK's own configuration would look for (profiles, sign-on, other machines' metadata) is there.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, IdentityCache, Region, SharedHttpClient};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use platform::clock::SystemClock;
use platform::dynamodb::DynamoStore;
use platform::guard::GuardedReader;
use platform::s3::{S3Objects, S3Uploads};
use platform::ses::{SesMailer, SesSettings};
use platform::{ObjectError, Objects, Platform, Reader, Uploads};

use crate::absent::{NoMailer, NoUploads};
use crate::config::{AwsConfig, Config};

/// What the credentials are called in an error.
const FROM_ENVIRONMENT: &str = "environment";

/// The first parts of keys in the bucket that others read; all else is a night's own.
const REPORTED: [&str; 5] = ["applications", "daily", "handoff", "positions", "reports"];

/// The ports that every function has. Mail is the business of one: the others' mailer sends nothing.
#[must_use]
pub fn platform(config: &Config) -> Platform {
    platform_through(config, &http_client())
}

/// The same, and SES: to send through it, or to take an address off its list.
#[must_use]
pub fn platform_with_mail(config: &Config) -> Platform {
    let http = http_client();
    let configuration_set = config.mail.as_ref().map(|mail| mail.configuration_set.clone());
    let settings = SesSettings { configuration_set, stage: config.stage.clone() };
    let mailer = Arc::new(SesMailer::new(ses(&config.aws, &http), settings));
    Platform { mailer, ..platform_through(config, &http) }
}

fn platform_through(config: &Config, http: &SharedHttpClient) -> Platform {
    let Config { state_table, journal_table, plans_bucket, reports_bucket, uploads_bucket, .. } = config;
    let s3 = s3(&config.aws, http);
    let bucket = |name: &String| S3Objects::new(s3.clone(), name.clone());
    let dynamodb = dynamodb(&config.aws, http);
    Platform {
        store: Arc::new(DynamoStore::named(dynamodb, state_table.clone(), journal_table.clone())),
        objects: Arc::new(Buckets {
            plans: bucket(plans_bucket),
            reports: reports_bucket.as_ref().map(bucket),
        }),
        uploads: match uploads_bucket {
            Some(name) => Arc::new(S3Uploads::new(s3.clone(), name.clone())) as Arc<dyn Uploads>,
            None => Arc::new(NoUploads),
        },
        reader: reader(uploads_bucket.is_some()),
        mailer: Arc::new(NoMailer),
        clock: Arc::new(SystemClock),
    }
}

/// Reads uploads in a child of this program, which must begin with [`jobs::reading::child`]. A system that does not say
/// where the program lies leaves none: each file is then tried again, as after any fault of ours.
fn reader(is_needed: bool) -> Arc<dyn Reader> {
    match GuardedReader::this_program() {
        Ok(reader) if is_needed => Arc::new(reader),
        _ => Arc::new(NoUploads),
    }
}

/// A client of DynamoDB.
#[must_use]
pub fn dynamodb(aws: &AwsConfig, http: &SharedHttpClient) -> aws_sdk_dynamodb::Client {
    let mut config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(aws.region.clone()))
        .credentials_provider(credentials(aws))
        .identity_cache(IdentityCache::no_cache())
        .http_client(http.clone());
    config.set_endpoint_url(aws.endpoint.clone());
    aws_sdk_dynamodb::Client::from_conf(platform::dynamodb::settings(config).build())
}

/// A client of S3.
#[must_use]
pub fn s3(aws: &AwsConfig, http: &SharedHttpClient) -> aws_sdk_s3::Client {
    let mut config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(aws.region.clone()))
        .credentials_provider(credentials(aws))
        .identity_cache(IdentityCache::no_cache())
        // An emulator's buckets have no host names of their own.
        .force_path_style(aws.endpoint.is_some())
        .http_client(http.clone());
    config.set_endpoint_url(aws.endpoint.clone());
    aws_sdk_s3::Client::from_conf(platform::s3::settings(config).build())
}

fn ses(aws: &AwsConfig, http: &SharedHttpClient) -> aws_sdk_sesv2::Client {
    let mut config = aws_sdk_sesv2::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(aws.region.clone()))
        .credentials_provider(credentials(aws))
        .identity_cache(IdentityCache::no_cache())
        .http_client(http.clone());
    config.set_endpoint_url(aws.endpoint.clone());
    aws_sdk_sesv2::Client::from_conf(platform::ses::settings(config).build())
}

/// One pool of connections for all services. Certificates are those of the machine.
#[must_use]
pub fn http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

/// The role's credentials: as long-lived as the process.
fn credentials(aws: &AwsConfig) -> Credentials {
    let AwsConfig { access_key_id, secret_access_key, session_token, .. } = aws;
    Credentials::new(access_key_id, secret_access_key, session_token.clone(), None, FROM_ENVIRONMENT)
}

/// Objects in two buckets, by the first part of their key: those that others read lie apart, under their own policy
/// and retention.
struct Buckets<O> {
    plans: O,
    reports: Option<O>,
}

impl<O> Buckets<O> {
    fn of(&self, key: &str) -> Result<&O, ObjectError> {
        let first = key.split('/').next().unwrap_or_default();
        if !REPORTED.contains(&first) {
            return Ok(&self.plans);
        }
        let unknown = || std::io::Error::other("this function is not told of REPORTS_BUCKET");
        self.reports
            .as_ref()
            .ok_or_else(|| ObjectError::Unavailable { key: key.to_owned(), source: unknown() })
    }
}

#[async_trait]
impl<O: Objects> Objects for Buckets<O> {
    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), ObjectError> {
        self.of(key)?.put(key, bytes).await
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, ObjectError> {
        self.of(key)?.get(key).await
    }
}

#[cfg(test)]
mod tests {
    use platform::memory::MemoryObjects;

    use super::*;

    /// What others read goes to their bucket, everything else to the nights' own, and a function that is not told of
    /// the first cannot put such a thing anywhere.
    #[tokio::test]
    async fn keys_have_their_buckets() {
        let buckets = Buckets { plans: MemoryObjects::new(), reports: Some(MemoryObjects::new()) };
        let plans = ["plans/2024-06-04/x.plan", "rankings/F/x.json", "campaigns/x.toml"];
        let reports = [
            "applications/F.json",
            "applications/complementary/F.json",
            "daily/E/2024-06-04-seats.csv",
            "handoff/E/2024-06-04.csv",
        ];
        for key in plans.into_iter().chain(reports).chain(["positions/F.json"]) {
            buckets.put(key, key.into()).await.unwrap();
            assert_eq!(buckets.get(key).await.unwrap().as_deref(), Some(key.as_bytes()));
        }
        assert_eq!(
            buckets.plans.keys(),
            ["campaigns/x.toml", "plans/2024-06-04/x.plan", "rankings/F/x.json"]
        );
        assert_eq!(buckets.reports.as_ref().map(|reports| reports.keys().len()), Some(5));

        let untold = Buckets { plans: MemoryObjects::new(), reports: None };
        assert!(matches!(
            untold.put("positions/F.json", Vec::new()).await,
            Err(ObjectError::Unavailable { .. })
        ));
        assert_eq!(untold.plans.keys(), Vec::<String>::new());
    }
}
