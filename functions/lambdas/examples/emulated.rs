//! Makes the tables and buckets that the environment names, on an emulator: `cargo run -p lambdas --example emulated`.
//! In the cloud the template makes them.

use std::error::Error;

use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, VersioningConfiguration,
};
use lambdas::config::Config;
use lambdas::{Needs, cloud};
use platform::dynamodb::create_tables;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    #[expect(clippy::disallowed_methods, reason = "the environment of the functions, read as they read it")]
    let config = Config::read(Needs { reports: true, uploads: true, ..Needs::default() }, |name| {
        std::env::var(name).ok()
    })?;
    let aws = &config.aws;
    if aws.endpoint.is_none() {
        return Err("AWS_ENDPOINT_URL is not set: set it to an emulator's, as http://127.0.0.1:4566".into());
    }
    let prefix = config.state_table.strip_suffix("state").unwrap_or_default();
    let http = cloud::http_client();
    create_tables(&cloud::dynamodb(aws, &http), prefix).await?;
    let s3 = cloud::s3(aws, &http);
    let uploads = config.uploads_bucket.clone();
    for bucket in [Some(config.plans_bucket), config.reports_bucket, uploads].into_iter().flatten() {
        let region = BucketLocationConstraint::from(aws.region.as_str());
        let here = CreateBucketConfiguration::builder().location_constraint(region).build();
        s3.create_bucket().bucket(bucket).create_bucket_configuration(here).send().await?;
    }
    // Each version of an upload has its own verdict.
    let versions = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    let request = s3.put_bucket_versioning().set_bucket(config.uploads_bucket);
    request.versioning_configuration(versions).send().await?;
    Ok(())
}
