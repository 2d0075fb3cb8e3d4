//! What wakes a job for uploads: an event names a key and a version, and nothing else of it is believed.

use serde_json::Value;

/// An upload that somebody says has arrived.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Waking {
    /// Its key, decoded.
    pub key: String,
    /// Its version; every version of the key, if none is named.
    pub version: Option<String>,
}

/// The uploads that an event names: a notification of S3 (`Records`, whose keys are encoded as in a form), or one that
/// came through EventBridge (`detail`, whose keys are not). Nothing of any other event.
#[must_use]
pub fn wakings(event: &Value) -> Vec<Waking> {
    if let Some(object) = event.pointer("/detail/object") {
        let key = object.get("key").and_then(Value::as_str).map(str::to_owned);
        return key.map(|key| Waking { key, version: text(object, "version-id") }).into_iter().collect();
    }
    let records = event.get("Records").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let named = records.iter().filter_map(|record| {
        let object = record.pointer("/s3/object")?;
        let key = decoded(object.get("key")?.as_str()?)?;
        Some(Waking { key, version: text(object, "versionId") })
    });
    named.collect()
}

fn text(object: &Value, field: &str) -> Option<String> {
    object.get(field).and_then(Value::as_str).map(str::to_owned)
}

/// A key as it was put: `+` stands for a space, `%` and two digits for a byte. `None` if it is no text.
fn decoded(key: &str) -> Option<String> {
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
    use serde_json::json;

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
            assert_eq!(decoded(encoded).as_deref(), key, "{encoded}");
        }
    }

    /// Both forms of event name their uploads, with the version; any other event names none.
    #[test]
    fn both_forms_of_event_name_their_uploads() {
        let waking =
            |version: Option<&str>| Waking { key: "v/a b".into(), version: version.map(str::to_owned) };
        let record = |key: &str, version: &str| json!({"s3": {"object": {"key": key, "versionId": version, "sequencer": "0055"}}});
        let event =
            json!({"Records": [record("v/a+b", "2"), record("v/a+b", "1"), {"s3": {}}, record("%zz", "3")]});
        assert_eq!(wakings(&event), [waking(Some("2")), waking(Some("1"))]);
        let event = json!({"detail-type": "Object Created", "detail": {"object": {"key": "v/a b"}}});
        assert_eq!(wakings(&event), [waking(None)]);
        for other in [json!({}), json!([]), json!({"tick": "2024-06-05T08:00:00Z"}), json!({"Records": 1})] {
            assert_eq!(wakings(&other), []);
        }
    }
}
