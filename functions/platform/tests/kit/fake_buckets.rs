//! Buckets of S3 that keep versions, as far as the adapters ask of them: put, get, delete, `ListObjectVersions`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use aws_sdk_s3::config::http::HttpResponse;
use platform::clock::{Clock as _, SystemClock};

use super::{Asked, answer, refusal};

/// Most bytes of a key.
const KEY_BYTES_MAX: usize = 1024;

/// Most entries of a page, where no fewer are asked for.
const PAGE_MAX: usize = 1000;

#[derive(Debug, Clone)]
struct Content {
    bytes: Vec<u8>,
    checksum: Option<String>,
}

/// A version of an object, or the mark that it was deleted.
#[derive(Debug, Clone)]
struct Version {
    id: String,
    modified: String,
    /// It keeps its place among the others, so that a page can go on after it.
    is_gone: bool,
    content: Option<Content>,
}

/// By bucket and key, the latest version last.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    objects: BTreeMap<(String, String), Vec<Version>>,
    versions: u32,
}

impl Buckets {
    pub(super) fn carry_out(&mut self, asked: &Asked, bytes: &[u8]) -> HttpResponse {
        let path = asked.path.strip_prefix('/').unwrap_or_default();
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let (at, query) = ((bucket.to_owned(), decoded(key)), Query(&asked.query));
        match asked.method.as_str() {
            "GET" if query.parameter("versions").is_some() => self.list(bucket, query),
            _ if at.1.len() > KEY_BYTES_MAX => refusal(400, "KeyTooLongError"),
            "GET" => self.get(&at, query.parameter("versionId").as_deref()),
            "PUT" => {
                let content = Content { bytes: bytes.to_vec(), checksum: asked.checksum.clone() };
                self.add(at, Some(content))
            }
            "DELETE" => match query.parameter("versionId") {
                None => self.add(at, None),
                Some(id) => {
                    let versions = self.objects.entry(at).or_default();
                    versions.iter_mut().filter(|version| version.id == id).for_each(|it| it.is_gone = true);
                    answer(204, Vec::new(), None)
                }
            },
            _ => refusal(405, "MethodNotAllowed"),
        }
    }

    fn add(&mut self, at: (String, String), content: Option<Content>) -> HttpResponse {
        // Each once, in no order, and with signs that an address does not hold as they are.
        self.versions += 1;
        let id = format!("{:08x}/+", self.versions.wrapping_mul(0x9E37_79B1));
        // To the second, as the service lists them.
        let modified = SystemClock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
        self.objects.entry(at).or_default().push(Version { id, modified, is_gone: false, content });
        answer(200, Vec::new(), None)
    }

    fn get(&self, at: &(String, String), id: Option<&str>) -> HttpResponse {
        let versions = self.objects.get(at).map(Vec::as_slice).unwrap_or_default();
        let mut there = versions.iter().rev().filter(|version| !version.is_gone);
        let found = match id {
            None => there.next(),
            Some(id) => there.find(|version| version.id == id),
        };
        match (found.map(|version| version.content.clone()), id) {
            (Some(Some(content)), _) => answer(200, content.bytes, content.checksum),
            (Some(None), Some(_)) => refusal(405, "MethodNotAllowed"),
            (Some(None) | None, None) => refusal(404, "NoSuchKey"),
            (None, Some(_)) => refusal(404, "NoSuchVersion"),
        }
    }

    /// Keys in order, of each the latest version first; deletions' marks are among them and count.
    fn list(&self, bucket: &str, query: Query<'_>) -> HttpResponse {
        let is_encoded = query.parameter("encoding-type").as_deref() == Some("url");
        let shown = |text: &str| if is_encoded { encoded(text) } else { text.to_owned() };
        let [prefix, key_marker] =
            ["prefix", "key-marker"].map(|name| query.parameter(name).unwrap_or_default());
        let version_marker = query.parameter("version-id-marker");
        if version_marker.as_deref() == Some("") {
            // "A version-id marker cannot be empty."
            return refusal(400, "InvalidArgument");
        }
        let page_max = query.parameter("max-keys").map_or(PAGE_MAX, |most| most.parse().unwrap());

        let of_bucket = self.objects.iter().filter(|((of, key), _)| of == bucket && key.starts_with(&prefix));
        let mut entries = Vec::new();
        for ((_, key), versions) in of_bucket.filter(|((_, key), _)| *key >= key_marker) {
            let newest_first = versions.iter().rev();
            let skipped = match &version_marker {
                _ if *key > key_marker => 0,
                None => versions.len(),
                Some(marker) => newest_first.clone().position(|version| version.id == *marker).unwrap() + 1,
            };
            let there = newest_first.skip(skipped).filter(|version| !version.is_gone);
            entries.extend(there.map(|version| (key, version)));
        }

        let is_truncated = entries.len() > page_max;
        entries.truncate(page_max);
        let mut page = format!(
            "<ListVersionsResult><Name>{bucket}</Name><Prefix>{}</Prefix><IsTruncated>{is_truncated}</IsTruncated>",
            shown(&prefix)
        );
        if is_encoded {
            page.push_str("<EncodingType>url</EncodingType>");
        }
        if let Some((key, last)) = entries.last().filter(|_| is_truncated) {
            let (key, id) = (shown(key), &last.id);
            page.push_str(&format!("<NextKeyMarker>{key}</NextKeyMarker>"));
            page.push_str(&format!("<NextVersionIdMarker>{id}</NextVersionIdMarker>"));
        }
        for (key, Version { id, modified, content, .. }) in entries {
            let (what, size) = match content {
                Some(content) => ("Version", format!("<Size>{}</Size>", content.bytes.len())),
                None => ("DeleteMarker", String::new()),
            };
            let key = shown(key);
            let about = format!("<VersionId>{id}</VersionId><LastModified>{modified}</LastModified>{size}");
            page.push_str(&format!("<{what}><Key>{key}</Key>{about}</{what}>"));
        }
        page.push_str("</ListVersionsResult>");
        answer(200, page.into_bytes(), None)
    }
}

/// What stands in an address behind `?`.
#[derive(Clone, Copy)]
struct Query<'a>(&'a str);

impl Query<'_> {
    fn parameter(self, name: &str) -> Option<String> {
        let parts = self.0.split('&').map(|part| part.split_once('=').unwrap_or((part, "")));
        parts.filter(|(found, _)| *found == name).map(|(_, value)| decoded(value)).next()
    }
}

/// A part of an address as it was meant: only `%` means something.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first == b'%' {
            let (digits, after) = rest.split_at(2);
            bytes.push(u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap());
            rest = after;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// A key as the service writes it into a page that is asked for with `encoding-type=url`: as a form does.
fn encoded(text: &str) -> String {
    let mut form = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' => form.push('+'),
            _ if byte.is_ascii_alphanumeric() || b"-_.*/".contains(&byte) => form.push(char::from(byte)),
            _ => write!(form, "%{byte:02X}").unwrap(),
        }
    }
    form
}
