//! Uploads in S3: what a bucket that keeps versions says of them, page after page.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "kit/fake_s3.rs"]
mod fake_s3;

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::{Client, Config};
use fake_s3::{Answer, FakeS3};
use platform::s3::{ATTEMPTS_MAX, S3Uploads, settings};
use platform::{ObjectError, StoredUpload, Uploads};

/// When the uploads of most tests came.
const ARRIVAL: &str = "2024-06-07T21:59:59.000Z";

fn uploads(service: &FakeS3) -> S3Uploads {
    S3Uploads::new(client(service), "uploads".to_owned())
}

fn client(service: &FakeS3) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static("eu-west-3"))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .force_path_style(true)
        .http_client(service.clone());
    Client::from_conf(settings(config).build())
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

// A service that writes keys as they are, though asked to encode them, is taken at its word.
#[tokio::test]
async fn a_key_that_is_not_encoded_is_not_decoded() {
    let version = version("v/a+b%25", "1", ARRIVAL, 7);
    let body = format!("<IsTruncated>false</IsTruncated>{version}");
    let service = FakeS3::new([Answer::Body(format!("<ListVersionsResult>{body}</ListVersionsResult>"))]);
    let page = uploads(&service).list("v/", None).await.unwrap();
    assert_eq!(page.uploads, [upload("v/a+b%25", "1", ARRIVAL, 7)]);
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

// What the service cannot do now is asked of it again; after the last attempt, and at once where it refuses, that is said,
// with the folder: the name of a file may be somebody's.
#[tokio::test(start_paused = true)]
async fn a_list_that_fails_says_so() {
    let passing = [
        Answer::error(503, "SlowDown"),
        Answer::error(500, "InternalError"),
        Answer::Broken,
        Answer::Silence,
        Answer::CutOff,
    ];
    for answer in &passing {
        let service = FakeS3::new([answer.clone(), page(&version("v/a", "1", ARRIVAL, 7), None)]);
        let page = uploads(&service).list("v/", None).await.unwrap();
        assert_eq!(page.uploads, [upload("v/a", "1", ARRIVAL, 7)], "{answer:?}");
        assert_eq!(service.asked().len(), 2, "{answer:?}");
    }
    for answer in passing {
        let service = FakeS3::always(answer.clone());
        said(&uploads(&service).list("contracts/a/F/alice.pdf", None).await.unwrap_err());
        assert_eq!(service.asked().len(), ATTEMPTS_MAX as usize, "{answer:?}");
        said(&uploads(&service).get("contracts/a/F/alice.pdf", "1").await.unwrap_err());
    }
    for code in ["AccessDenied", "NoSuchBucket"] {
        let service = FakeS3::always(Answer::error(403, code));
        let uploads = uploads(&service);
        let listed = uploads.list("contracts/a/F/alice.pdf", None).await.unwrap_err();
        let got = uploads.get("contracts/a/F/alice.pdf", "1").await.unwrap_err();
        assert!(said(&listed).contains(code) && said(&got).contains(code), "{listed:?}, {got:?}");
        assert_eq!(service.asked().len(), 2, "{code}");
    }
}

// A page that breaks off is asked for again: nothing that was put is taken for not there.
#[tokio::test(start_paused = true)]
async fn half_a_page_is_no_page() {
    let service = FakeS3::new([]);
    for key in ["contracts/a/F/a.pdf", "contracts/a/F/b.pdf", "contracts/a/F/c.pdf"] {
        let put = client(&service).put_object().bucket("uploads").key(key);
        put.body(ByteStream::from_static(b"%PDF")).send().await.unwrap();
    }
    let uploads = uploads(&service);
    service.next(Answer::CutOff);
    assert_eq!(uploads.list("contracts/a/F/", None).await.unwrap().uploads.len(), 3);
    for _ in 0..ATTEMPTS_MAX {
        service.next(Answer::CutOff);
    }
    said(&uploads.list("contracts/a/F/", None).await.unwrap_err());
}

// A body that breaks off, or that is not what its checksum says, is asked for again, and never given out.
#[tokio::test(start_paused = true)]
async fn half_a_body_is_no_upload() {
    for answer in [Answer::CutOff, Answer::Changed] {
        let service = FakeS3::new([]);
        let put = client(&service).put_object().bucket("uploads").key("contracts/a/F/alice.pdf");
        put.body(ByteStream::from_static(b"123456789")).send().await.unwrap();
        let uploads = uploads(&service);
        let StoredUpload { key, version, .. } = uploads.list("", None).await.unwrap().uploads.remove(0);
        service.next(answer.clone());
        let got = uploads.get(&key, &version).await.unwrap();
        assert_eq!(got.as_deref(), Some(&b"123456789"[..]), "{answer:?}");
        for _ in 0..ATTEMPTS_MAX {
            service.next(answer.clone());
        }
        said(&uploads.get(&key, &version).await.unwrap_err());
    }
}

// A page that does not say whether there is another and where it begins is an error: what is on that one would be missed.
// Where a page ends with a key, the next one begins after that key.
#[tokio::test(start_paused = true)]
async fn a_page_says_where_the_next_begins() {
    let page_of = |next: &str| {
        let version = version("v/a", "1", ARRIVAL, 7);
        let body = format!("<EncodingType>url</EncodingType>{next}{version}");
        Answer::Body(format!("<ListVersionsResult>{body}</ListVersionsResult>"))
    };
    let truncated = "<IsTruncated>true</IsTruncated>";
    let no_text = "<NextKeyMarker>%E9</NextKeyMarker><NextVersionIdMarker>1</NextVersionIdMarker>";
    for next in ["", truncated, &format!("{truncated}{no_text}")] {
        let listed = uploads(&FakeS3::new([page_of(next)])).list("v/", None).await;
        assert!(matches!(&listed, Err(ObjectError::Unavailable { .. })), "{next:?} gave {listed:?}");
    }
    let only_a_key = format!("{truncated}<NextKeyMarker>v/a</NextKeyMarker>");
    let service = FakeS3::new([page_of(&only_a_key), page("", None)]);
    let uploads = uploads(&service);
    let first = uploads.list("v/", None).await.unwrap();
    uploads.list("v/", first.next.as_deref()).await.unwrap();
    let query = &service.asked()[1].query;
    assert!(query.contains("key-marker=v%2Fa") && !query.contains("version-id-marker"), "{query}");
}

/// What an error says: of the folder, and without the name of the file.
fn said(error: &ObjectError) -> String {
    let ObjectError::Unavailable { key, source } = error else { panic!("{error:?}") };
    assert_eq!(key, "contracts/a/F/");
    let said = format!("{error}: {source}");
    assert!(!said.contains("alice") && !format!("{error:?}").contains("alice"), "{said}");
    said
}
