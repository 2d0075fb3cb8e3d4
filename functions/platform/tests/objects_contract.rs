//! The suite of the port `Objects`, run on objects in memory, in a folder, and in S3: a service in this process that
//! speaks its protocol, and whatever `S3_ENDPOINT` names.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[expect(dead_code, reason = "only uploads are asked for by a query")]
#[path = "kit/fake_s3.rs"]
mod fake_s3;
#[path = "kit/plain_http.rs"]
mod plain_http;

use std::io::Write as _;
use std::sync::Arc;

use aws_sdk_s3::config::HttpClient;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use aws_sdk_s3::{Client, Config};
use fake_s3::{Answer, FakeS3};
use plain_http::PlainHttp;
use platform::contract;
use platform::folder::FolderObjects;
use platform::memory::MemoryObjects;
use platform::s3::{ATTEMPTS_MAX, S3Objects, settings};
use platform::{ObjectError, Objects};

/// Names the endpoint of a service, as in `http://127.0.0.1:4566`.
const ENDPOINT: &str = "S3_ENDPOINT";

/// The region that the service at an endpoint takes itself to be in.
const REGION: &str = "eu-west-3";

// Objects in memory keep every promise.
mod memory {
    use super::{Arc, MemoryObjects, Objects};

    async fn make() -> Arc<dyn Objects> {
        Arc::new(MemoryObjects::new())
    }

    platform::objects_contract!(make);
}

// So do those in a folder.
mod folder {
    use super::{Arc, FolderObjects, Objects};

    async fn make() -> Arc<dyn Objects> {
        Arc::new(FolderObjects::new(tempfile::tempdir().unwrap().keep()))
    }

    platform::objects_contract!(make);
}

// So do those in S3.
mod s3 {
    use super::{Arc, FakeS3, Objects, objects};

    async fn make() -> Arc<dyn Objects> {
        Arc::new(objects(&FakeS3::new([])))
    }

    platform::objects_contract!(make);
}

fn objects(service: &FakeS3) -> S3Objects {
    S3Objects::new(client(service.clone(), None), "plans".to_owned())
}

fn client(http: impl HttpClient + 'static, endpoint: Option<String>) -> Client {
    let mut config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static(REGION))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .force_path_style(true)
        .http_client(http);
    config.set_endpoint_url(endpoint);
    Client::from_conf(settings(config).build())
}

// So does every service at an endpoint, with the timeouts and attempts that go to the cloud.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_an_endpoint() {
    #[expect(clippy::disallowed_methods, reason = "a test's configuration")]
    let Ok(endpoint) = std::env::var(ENDPOINT) else {
        // Written past the test harness, which would keep it for failures.
        writeln!(std::io::stderr(), "SKIPPED the objects' suite at an endpoint: {ENDPOINT} is not set")
            .unwrap();
        return;
    };
    let client = client(PlainHttp::default(), Some(endpoint));
    let make = async |number: u32| {
        let bucket = format!("suite-{}-{number}", std::process::id());
        let here = CreateBucketConfiguration::builder()
            .location_constraint(BucketLocationConstraint::from(REGION))
            .build();
        client.create_bucket().bucket(&bucket).create_bucket_configuration(here).send().await.unwrap();
        Arc::new(S3Objects::new(client.clone(), bucket)) as Arc<dyn Objects>
    };
    contract::an_object_is_what_was_put_last(make(1).await).await;
    contract::a_key_is_one_object(make(2).await).await;
    contract::hostile_keys_are_refused(make(3).await).await;
    contract::a_put_is_whole_or_not_there(make(4).await).await;
}

// A put is one request, of one part, with a checksum of what it carries: neither parts nor copies, which would arrive
// in no order.
#[tokio::test(start_paused = true)]
async fn a_put_is_one_request_with_a_checksum() {
    let service = FakeS3::new([]);
    objects(&service).put("plans/a", b"123456789".to_vec()).await.unwrap();
    let asked = service.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!((asked[0].method.as_str(), asked[0].path.as_str()), ("PUT", "/plans/plans/a"));
    // CRC-32 of these digits is CBF43926.
    assert_eq!(asked[0].checksum.as_deref(), Some("y/Q5Jg=="));
}

// What the service cannot do now is asked of it again; after the last attempt, and at once where it refuses, the error
// names the object and what was said, never what was to be written.
#[tokio::test(start_paused = true)]
async fn answers_are_told_apart() {
    let passing = [
        Answer::error(503, "SlowDown"),
        Answer::error(500, "InternalError"),
        Answer::Broken,
        Answer::Silence,
    ];
    for answer in &passing {
        let service = FakeS3::new([answer.clone()]);
        objects(&service).put("plans/a", b"alice@example.org".to_vec()).await.unwrap();
        assert_eq!(service.asked().len(), 2, "{answer:?}");
        let service = FakeS3::new([answer.clone(), Answer::error(404, "NoSuchKey")]);
        assert_eq!(objects(&service).get("plans/a").await.unwrap(), None, "{answer:?}");
    }
    for answer in passing {
        let service = FakeS3::always(answer.clone());
        let put = objects(&service).put("plans/a", b"alice@example.org".to_vec()).await;
        said(&put.unwrap_err(), "plans/a");
        assert_eq!(service.asked().len(), ATTEMPTS_MAX as usize, "{answer:?}");
    }
    for code in ["AccessDenied", "NoSuchBucket"] {
        let service = FakeS3::always(Answer::error(403, code));
        let got = objects(&service).get("plans/a").await.unwrap_err();
        assert!(said(&got, "plans/a").contains(code));
        assert_eq!(service.asked().len(), 1, "{code}");
    }
}

// A body that breaks off, or that is not what its checksum says, is asked for again, and never given out.
#[tokio::test(start_paused = true)]
async fn half_a_body_is_no_object() {
    for answer in [Answer::CutOff, Answer::Changed] {
        let service = FakeS3::new([]);
        let objects = objects(&service);
        objects.put("plans/a", b"123456789".to_vec()).await.unwrap();
        service.next(answer.clone());
        assert_eq!(objects.get("plans/a").await.unwrap().as_deref(), Some(&b"123456789"[..]), "{answer:?}");
        for _ in 0..ATTEMPTS_MAX {
            service.next(answer.clone());
        }
        said(&objects.get("plans/a").await.unwrap_err(), "plans/a");
    }
}

/// What an error says, which is of this object and holds nothing of what was to be written.
fn said(error: &ObjectError, of: &str) -> String {
    let ObjectError::Unavailable { key, source } = error else { panic!("{error:?}") };
    assert_eq!(key, of);
    let said = format!("{error}: {source}");
    assert!(!said.contains("alice") && !format!("{error:?}").contains("alice"), "{said}");
    said
}
