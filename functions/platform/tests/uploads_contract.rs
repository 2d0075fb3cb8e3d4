//! The suite of the port `Uploads`, run on uploads in memory, in a folder, and in S3: a service in this process that
//! speaks its protocol, and whatever `S3_ENDPOINT` names.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[expect(dead_code, reason = "the service in this process can do more than these tests ask")]
#[path = "kit/fake_s3.rs"]
mod fake_s3;
#[path = "kit/plain_http.rs"]
mod plain_http;

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use async_trait::async_trait;
use aws_sdk_s3::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_s3::config::{
    BehaviorVersion, ConfigBag, Credentials, HttpClient, Intercept, Region, RuntimeComponents,
};
use aws_sdk_s3::error::BoxError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, EncodingType,
    VersioningConfiguration,
};
use aws_sdk_s3::{Client, Config};
use fake_s3::FakeS3;
use plain_http::PlainHttp;
use platform::Uploads;
use platform::clock::{Clock as _, SystemClock};
use platform::contract::{UploadBucket, uploads_suite};
use platform::folder::FolderUploads;
use platform::memory::MemoryUploads;
use platform::s3::{S3Uploads, settings};
use tempfile::TempDir;

/// Names the endpoint of a service, as in `http://127.0.0.1:4566`.
const ENDPOINT: &str = "S3_ENDPOINT";

/// The region that the service at an endpoint takes itself to be in.
const REGION: &str = "eu-west-3";

/// How many sizes a file has in turn that is replaced all the time.
const SIZES: usize = 50;

/// How often such a file is read whole, and is gone when it is to be read.
const READS: u32 = 500;

/// How many versions a page of S3 has here, instead of 1000.
const PAGE_MAX: usize = 2;

// Uploads in memory keep every promise.
mod memory {
    use super::{Arc, AtomicU32, Memory, MemoryUploads, UploadBucket};

    async fn make() -> Arc<dyn UploadBucket> {
        Arc::new(Memory { uploads: MemoryUploads::new(), versions: AtomicU32::new(0) })
    }

    platform::uploads_contract!(make);
}

struct Memory {
    uploads: MemoryUploads,
    versions: AtomicU32,
}

#[async_trait]
impl UploadBucket for Memory {
    fn port(&self) -> &dyn Uploads {
        &self.uploads
    }

    async fn put(&self, key: &str, bytes: Vec<u8>) -> bool {
        let version = self.versions.fetch_add(1, Ordering::Relaxed).to_string();
        self.uploads.put(key, &version, SystemClock.now(), bytes);
        true
    }

    async fn delete(&self, key: &str) {
        self.uploads.delete(key);
    }

    fn keeps_versions(&self) -> bool {
        true
    }
}

// So do those in a folder.
mod folder {
    use super::{Arc, Folder, UploadBucket};

    async fn make() -> Arc<dyn UploadBucket> {
        Arc::new(Folder::new())
    }

    platform::uploads_contract!(make);
}

/// A folder into which somebody moves files, and a place beside it where they write them.
struct Folder {
    uploads: FolderUploads,
    dir: PathBuf,
    beside: PathBuf,
    /// Both are in it, and go with it.
    _both: TempDir,
}

impl Folder {
    fn new() -> Self {
        let both = tempfile::tempdir().unwrap();
        let [dir, beside] = ["uploads", "beside"].map(|name| both.path().join(name));
        for dir in [&dir, &beside] {
            fs::create_dir(dir).unwrap();
        }
        Self { uploads: FolderUploads::new(&dir), dir, beside, _both: both }
    }
}

#[async_trait]
impl UploadBucket for Folder {
    fn port(&self) -> &dyn Uploads {
        &self.uploads
    }

    async fn put(&self, key: &str, bytes: Vec<u8>) -> bool {
        if key.split('/').any(|part| ["", ".", ".."].contains(&part)) {
            return false;
        }
        let (written, path) = (self.beside.join("written"), self.dir.join(key));
        fs::write(&written, bytes).unwrap();
        fs::create_dir_all(path.parent().unwrap()).and_then(|()| fs::rename(&written, &path)).is_ok()
    }

    async fn delete(&self, key: &str) {
        let path = self.dir.join(key);
        fs::remove_file(&path).unwrap();
        // As long as they are empty.
        for dir in path.ancestors().skip(1).take_while(|dir| *dir != self.dir) {
            let _ = fs::remove_dir(dir);
        }
    }

    fn keeps_versions(&self) -> bool {
        false
    }
}

// Nothing outside the folder is listed or read, neither through its key nor through a link, be it to a file or to a folder,
// even by its right version.
#[tokio::test]
async fn nothing_beside_a_folder_is_read() {
    let folder = Folder::new();
    fs::write(folder.beside.join("secret"), "secret").unwrap();
    let seen = FolderUploads::new(&folder.beside).list("", None).await.unwrap().uploads;
    assert_eq!(seen.len(), 1);
    symlink(folder.beside.join("secret"), folder.dir.join("file")).unwrap();
    symlink(&folder.beside, folder.dir.join("dir")).unwrap();
    symlink("../beside/secret", folder.dir.join("relative")).unwrap();
    assert_eq!(folder.uploads.list("", None).await.unwrap().uploads, []);
    let absolute = folder.beside.join("secret");
    for key in
        ["../beside/secret", "a/../../beside/secret", "file", "dir/secret", "relative", text(&absolute)]
    {
        assert_eq!(folder.uploads.get(key, &seen[0].version).await.unwrap(), None, "{key}");
    }
}

// A file that is replaced or deleted while it is listed or read makes neither an error nor bytes of another version.
#[tokio::test]
async fn a_file_that_goes_meanwhile_is_no_other() {
    let folder = Arc::new(Folder::new());
    let over = Arc::new(AtomicBool::new(false));
    let sender = std::thread::spawn({
        let (folder, over) = (Arc::clone(&folder), Arc::clone(&over));
        move || {
            let (written, path) = (folder.beside.join("written"), folder.dir.join("a"));
            for bytes in (0..SIZES).cycle().take_while(|_| !over.load(Ordering::Relaxed)) {
                fs::write(&written, vec![b'x'; bytes]).unwrap();
                fs::rename(&written, &path).unwrap();
                if bytes % 2 == 0 {
                    fs::remove_file(&path).unwrap();
                }
            }
        }
    });
    let (mut read, mut gone) = (0, 0);
    while (read < READS || gone < READS) && !sender.is_finished() {
        for upload in folder.uploads.list("", None).await.unwrap().uploads {
            match folder.uploads.get("a", &upload.version).await.unwrap() {
                Some(bytes) => {
                    assert_eq!(bytes.len() as u64, upload.bytes);
                    read += 1;
                }
                None => gone += 1,
            }
        }
    }
    over.store(true, Ordering::Relaxed);
    sender.join().unwrap();
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

// So do those in S3.
mod s3 {
    use super::{Arc, FakeS3, S3, UploadBucket};

    async fn make() -> Arc<dyn UploadBucket> {
        Arc::new(S3::new(FakeS3::new([]), None, "uploads").await)
    }

    platform::uploads_contract!(make);
}

/// A bucket that keeps versions, with a port to it whose pages are small.
struct S3 {
    uploads: S3Uploads,
    client: Client,
    bucket: String,
    /// Whether the service writes keys into its pages as it is asked to, so that a page can hold every sign.
    encodes: bool,
}

impl S3 {
    async fn new(http: impl HttpClient + Clone + 'static, endpoint: Option<&str>, bucket: &str) -> Self {
        let config = || {
            let mut config = Config::builder()
                .behavior_version(BehaviorVersion::v2026_01_12())
                .region(Region::from_static(REGION))
                .credentials_provider(Credentials::new("local", "local", None, None, "test"))
                .force_path_style(true)
                .http_client(http.clone());
            config.set_endpoint_url(endpoint.map(str::to_owned));
            settings(config)
        };
        let client = Client::from_conf(config().build());
        let paging = Client::from_conf(config().interceptor(SmallPages).build());
        Self {
            uploads: S3Uploads::new(paging, bucket.to_owned()),
            client,
            bucket: bucket.to_owned(),
            encodes: true,
        }
    }
}

#[async_trait]
impl UploadBucket for S3 {
    fn port(&self) -> &dyn Uploads {
        &self.uploads
    }

    async fn put(&self, key: &str, bytes: Vec<u8>) -> bool {
        if !self.encodes && key.contains(char::is_control) {
            return false;
        }
        let request = self.client.put_object().bucket(&self.bucket).key(key).body(ByteStream::from(bytes));
        request.send().await.is_ok()
    }

    async fn delete(&self, key: &str) {
        let versions =
            self.client.list_object_versions().bucket(&self.bucket).prefix(key).send().await.unwrap();
        for version in versions.versions().iter().filter(|version| version.key() == Some(key)) {
            let id = version.version_id().unwrap();
            self.client.delete_object().bucket(&self.bucket).key(key).version_id(id).send().await.unwrap();
        }
    }

    fn keeps_versions(&self) -> bool {
        true
    }
}

/// Asks for small pages, which the port leaves to the service: before the request is signed.
#[derive(Debug)]
struct SmallPages;

impl Intercept for SmallPages {
    fn name(&self) -> &'static str {
        "SmallPages"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        let asked = request.uri().to_owned();
        if asked.contains("?versions&") {
            request.set_uri(format!("{asked}&max-keys={PAGE_MAX}"))?;
        }
        Ok(())
    }
}

// So does every service at an endpoint, with the timeouts and attempts that go to the cloud.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_an_endpoint() {
    #[expect(clippy::disallowed_methods, reason = "a test's configuration")]
    let Ok(endpoint) = std::env::var(ENDPOINT) else {
        // Written past the test harness, which would keep it for failures.
        writeln!(std::io::stderr(), "SKIPPED the uploads' suite at an endpoint: {ENDPOINT} is not set")
            .unwrap();
        return;
    };
    let number = AtomicU32::new(0);
    let make = async || {
        let bucket = format!("uploads-{}-{}", std::process::id(), number.fetch_add(1, Ordering::Relaxed));
        let mut made = S3::new(PlainHttp::default(), Some(&endpoint), &bucket).await;
        let here = CreateBucketConfiguration::builder()
            .location_constraint(BucketLocationConstraint::from(REGION))
            .build();
        let client = &made.client;
        client.create_bucket().bucket(&bucket).create_bucket_configuration(here).send().await.unwrap();
        let keeps = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        client.put_bucket_versioning().bucket(&bucket).versioning_configuration(keeps).send().await.unwrap();
        let asked = client.list_object_versions().bucket(&bucket).encoding_type(EncodingType::Url);
        made.encodes = asked.send().await.unwrap().encoding_type().is_some();
        Arc::new(made)
    };
    if !make().await.encodes {
        let left_out =
            "SKIPPED keys with control signs at the endpoint: it lists them as they are, which is no XML";
        writeln!(std::io::stderr(), "{left_out}").unwrap();
    }
    pages_are_small(&*make().await).await;
    a_deletion_is_no_upload(&*make().await).await;
    uploads_suite(async || make().await as Arc<dyn UploadBucket>).await;
}

// The pages that the suite reads from S3 are as small as it takes to have several.
#[tokio::test]
async fn pages_of_the_service_here_are_small() {
    pages_are_small(&S3::new(FakeS3::new([]), None, "uploads").await).await;
}

async fn pages_are_small(bucket: &S3) {
    for bytes in 0..5 {
        assert!(bucket.put("a", vec![b'x'; bytes]).await);
    }
    let (mut sizes, mut after) = (Vec::new(), None);
    loop {
        let page = bucket.uploads.list("", after.as_deref()).await.unwrap();
        sizes.push(page.uploads.len());
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [PAGE_MAX, PAGE_MAX, 1]);
}

// A file that is deleted as people do it, without naming a version, keeps its versions: they are listed and read as before.
// The mark of the deletion is no upload, also where a page has nothing else.
#[tokio::test]
async fn a_mark_of_a_deletion_is_no_upload() {
    a_deletion_is_no_upload(&S3::new(FakeS3::new([]), None, "uploads").await).await;
}

async fn a_deletion_is_no_upload(bucket: &S3) {
    for key in ["a", "b"] {
        assert!(bucket.put(key, key.into()).await);
        for _ in 0..3 {
            bucket.client.delete_object().bucket(&bucket.bucket).key(key).send().await.unwrap();
        }
    }
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = bucket.uploads.list("", after.as_deref()).await.unwrap();
        found.extend(page.uploads);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found.iter().map(|upload| upload.key.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    for upload in found {
        let bytes = bucket.uploads.get(&upload.key, &upload.version).await.unwrap();
        assert_eq!(bytes, Some(upload.key.into_bytes()));
    }
}
