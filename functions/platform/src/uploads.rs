//! The port `Uploads`: the files that people put into the upload bucket, with what the bucket says of each.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::objects::ObjectError;

/// One version of an uploaded file. Its place in every order is `(arrival, version)`: never a client's clock.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoredUpload {
    /// When the storage service had it whole, by its own clock, to the second or finer.
    pub arrival: Timestamp,
    /// The storage service's id of the version.
    pub version: String,
    /// The key as it was put: any text, decoded.
    pub key: String,
    /// How many bytes it has.
    pub bytes: u64,
}

/// A page of uploads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UploadPage {
    /// Every version of each key, keys in order.
    pub uploads: Vec<StoredUpload>,
    /// From where the next page goes on; none after the last.
    pub next: Option<String>,
}

/// The upload bucket, read only: people put files, jobs read them.
#[async_trait]
pub trait Uploads: Send + Sync {
    /// The versions of all keys that begin with a prefix, a page at a time.
    ///
    /// # Errors
    /// [`ObjectError`].
    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<UploadPage, ObjectError>;

    /// The bytes of one version; `None` if it was deleted.
    ///
    /// # Errors
    /// [`ObjectError`].
    async fn get(&self, key: &str, version: &str) -> Result<Option<Vec<u8>>, ObjectError>;
}

/// The folder of a key: what may be said of it, for the name of a file may be somebody's.
#[must_use]
pub fn folder_of(key: &str) -> &str {
    key.rfind('/').map_or("", |end| key.get(..=end).unwrap_or_default())
}

/// A key as it was put, of one as S3 writes it where not every sign may stand: as in a form `+` is a space, and `%` with two
/// digits a byte. `None` if it is no text.
#[must_use]
pub fn decoded_key(key: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(key.len());
    let mut rest = key.as_bytes();
    while let [first, after @ ..] = rest {
        let (byte, after) = match (first, after) {
            (b'+', _) => (b' ', after),
            (b'%', [high, low, after @ ..]) => {
                let digit =
                    |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                (digit(high)? << 4 | digit(low)?, after)
            }
            _ => (*first, after),
        };
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys come back as they were put: spaces, signs, accents; what is no key names nothing.
    #[test]
    fn keys_are_decoded_as_they_were_put() {
        for (encoded, key) in [
            ("vacancies/0691774D/a.csv", Some("vacancies/0691774D/a.csv")),
            ("vacancies/0691774D/places+vacantes.csv", Some("vacancies/0691774D/places vacantes.csv")),
            ("vacancies/0691774D/a%2Bb%20c%25.csv", Some("vacancies/0691774D/a+b c%.csv")),
            ("vacancies/0691774D/%C3%A9t%C3%A9.csv", Some("vacancies/0691774D/\u{e9}t\u{e9}.csv")),
            ("vacancies/0691774D/e%CC%81te.csv", Some("vacancies/0691774D/e\u{301}te.csv")),
            ("vacancies/%E9", None),
            ("vacancies/%zz", None),
            ("vacancies/100%", Some("vacancies/100%")),
        ] {
            assert_eq!(decoded_key(encoded).as_deref(), key, "{encoded}");
        }
    }
}
