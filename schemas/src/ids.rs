//! Identifiers: opaque, validated, never personal. They are parts of keys and object names.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Longest identifier, in bytes. Three of them and their prefixes stay far below DynamoDB's 1,024-byte
/// sort key and an object's 1,024-byte name.
pub const ID_BYTES_MAX: usize = 128;

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{found}\" is not a valid {kind}: use 1 to {ID_BYTES_MAX} ASCII letters, digits, \"-\", \"_\", \".\" or \":\""
)]
pub struct InvalidId {
    /// What the identifier is for, as the message names it.
    pub kind: &'static str,
    /// The text that was given, cut to a printable length.
    pub found: String,
}

/// Letters, digits and a few signs: nothing that could end a key part (`#`), climb a folder (`/`), make an
/// address (`@`: ids are logged) or need escaping in an object's name.
fn is_valid(text: &str) -> bool {
    (1..=ID_BYTES_MAX).contains(&text.len())
        && !text.starts_with('.')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes a text that is a valid identifier.
            ///
            /// # Errors
            /// [`InvalidId`] names the text and what is allowed.
            pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidId> {
                let text = text.as_ref();
                if is_valid(text) {
                    Ok(Self(Arc::from(text)))
                } else {
                    Err(InvalidId { kind: $kind, found: text.chars().take(40).collect() })
                }
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                Self::new(text).map_err(serde::de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "description": concat!("A ", $kind, "."),
                    "pattern": "^[A-Za-z0-9_:-][A-Za-z0-9_.:-]{0,127}$"
                })
            }
        }
    };
}

id!(
    /// One candidate's account.
    CandidateId,
    "candidate id"
);
id!(
    /// One formation: a call list with its own capacity and ranking.
    FormationId,
    "formation id"
);
id!(
    /// One establishment, by its national code (UAI).
    EstablishmentId,
    "establishment id"
);
id!(
    /// One command, chosen by whoever sends it; the same id again is the same command again.
    CommandId,
    "command id"
);

#[cfg(test)]
mod tests {
    use super::*;

    /// An id is a key part and is logged: what could forge another key, climb out of a folder or hide is refused,
    /// and so is an address.
    #[test]
    fn only_plain_texts_are_ids() {
        for good in ["alice", "PSY-LYON", "0691774D", "a.b:c_d", &"x".repeat(ID_BYTES_MAX)] {
            assert!(CandidateId::new(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "alice@example.org",
            "a#b",
            "a/b",
            "..",
            ".hidden",
            "é",
            "a b",
            "a\n",
            &"x".repeat(ID_BYTES_MAX + 1),
        ] {
            assert!(CandidateId::new(bad).is_err(), "{bad}");
        }
    }
}
