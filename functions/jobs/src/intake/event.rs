//! What wakes a job for uploads: an event names a key and a version, and nothing else of it is believed.

use platform::uploads::decoded_key;
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
        let key = decoded_key(object.get("key")?.as_str()?)?;
        Some(Waking { key, version: text(object, "versionId") })
    });
    named.collect()
}

fn text(object: &Value, field: &str) -> Option<String> {
    object.get(field).and_then(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
