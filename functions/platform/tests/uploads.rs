//! Uploads in S3: what a bucket that keeps versions says of them, page after page.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[expect(dead_code, reason = "the service in this process can do more than these tests ask")]
#[path = "kit/fake_s3.rs"]
mod fake_s3;

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::{Client, Config};
use fake_s3::{Answer, FakeS3};
use platform::s3::{ATTEMPTS_MAX, S3Uploads, settings};
use platform::{ObjectError, StoredUpload, Uploads};

fn uploads(service: &FakeS3) -> S3Uploads {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static("eu-west-3"))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .force_path_style(true)
        .http_client(service.clone());
    S3Uploads::new(Client::from_conf(settings(config).build()), "uploads".to_owned())
}

fn version(key: &str, id: &str, modified: &str, size: u64) -> String {
    format!(
        "<Version><Key>{key}</Key><VersionId>{id}</VersionId><IsLatest>false</IsLatest>\
         <LastModified>{modified}</LastModified><Size>{size}</Size></Version>"
    )
}

fn page(inner: &str, next: Option<(&str, &str)>) -> Answer {
    let next = next.map_or_else(
        || "<IsTruncated>false</IsTruncated>".to_owned(),
        |(key, id)| {
            format!(
                "<IsTruncated>true</IsTruncated><NextKeyMarker>{key}</NextKeyMarker>\
                 <NextVersionIdMarker>{id}</NextVersionIdMarker>"
            )
        },
    );
    Answer::Body(format!(
        "<ListVersionsResult><EncodingType>url</EncodingType>{next}{inner}</ListVersionsResult>"
    ))
}

fn upload(key: &str, version: &str, arrival: &str, bytes: u64) -> StoredUpload {
    StoredUpload { arrival: arrival.parse().unwrap(), version: version.into(), key: key.into(), bytes }
}

// Every version of each key is listed once, over all pages, with its key as it was put, whatever signs it has; a mark that
// a file was deleted is no upload.
#[tokio::test]
async fn every_version_is_listed_as_it_was_put() {
    let (one, two) = ("2024-06-07T21:59:59.000Z", "2024-06-07T22:00:00.000Z");
    let deleted = "<DeleteMarker><Key>v%2Fc</Key><VersionId>d</VersionId><IsLatest>true</IsLatest>\
                   <LastModified>2024-06-07T22:00:00.000Z</LastModified></DeleteMarker>";
    let first = [version("v/a+b%2B%25", "2", two, 7), version("v/a+b%2B%25", "1", one, 0)].concat();
    let second = [version("v/%C3%A9%01", "3", one, 5), deleted.to_owned()].concat();
    let service = FakeS3::new([page(&first, Some(("v/a+b%2B%25", "1"))), page(&second, None)]);
    let uploads = uploads(&service);

    let page = uploads.list("v/", None).await.unwrap();
    assert_eq!(page.uploads, [upload("v/a b+%", "2", two, 7), upload("v/a b+%", "1", one, 0)]);
    let page = uploads.list("v/", page.next.as_deref()).await.unwrap();
    assert_eq!(page.uploads, [upload("v/\u{e9}\u{1}", "3", one, 5)]);
    assert_eq!(page.next, None);

    let asked = service.asked();
    let says = |number: usize, part: &str| {
        asked.get(number).is_some_and(|asked| asked.query.split('&').any(|found| found == part))
    };
    for number in [0, 1] {
        assert!(says(number, "prefix=v%2F") && says(number, "encoding-type=url"), "{asked:?}");
    }
    assert!(says(1, "key-marker=v%2Fa%20b%2B%25") && says(1, "version-id-marker=1"), "{asked:?}");
    assert!(!asked[0].query.contains("marker"), "{asked:?}");
}

// One version is read by its id; one that is not there any more, or whose file is not, is nothing.
#[tokio::test(start_paused = true)]
async fn one_version_is_read() {
    let service = FakeS3::new([
        Answer::Body("%PDF".into()),
        Answer::error(404, "NoSuchVersion"),
        Answer::error(404, "NoSuchKey"),
        Answer::error(503, "SlowDown"),
        Answer::Body("%PDF".into()),
    ]);
    let uploads = uploads(&service);
    let mut read = Vec::new();
    for _ in 0..4 {
        read.push(uploads.get("contracts/a/F/x y.pdf", "v+1").await.unwrap());
    }
    assert_eq!(read, [Some(b"%PDF".to_vec()), None, None, Some(b"%PDF".to_vec())]);
    for asked in service.asked() {
        assert_eq!(asked.path, "/uploads/contracts/a/F/x%20y.pdf");
        assert!(asked.query.contains("versionId=v%2B1"), "{asked:?}");
    }
}

// What the service cannot do is asked of it again, then said, with the folder: the name of a file may be somebody's.
#[tokio::test(start_paused = true)]
async fn a_list_that_fails_says_so() {
    let service = FakeS3::always(Answer::error(503, "SlowDown"));
    let error = uploads(&service).list("contracts/a/F/alice.pdf", None).await.unwrap_err();
    assert_eq!(service.asked().len(), ATTEMPTS_MAX as usize);
    for error in [error, uploads(&service).get("contracts/a/F/alice.pdf", "1").await.unwrap_err()] {
        assert!(!format!("{error} {error:?}").contains("alice"), "{error:?}");
        assert!(matches!(error, ObjectError::Unavailable { key, .. } if key == "contracts/a/F/"));
    }
}
