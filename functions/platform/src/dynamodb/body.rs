//! A JSON body as native attributes, and back.
//!
//! | JSON | attribute |
//! |---|---|
//! | object, array | `M`, `L`, also when empty |
//! | text | `S`, also when empty |
//! | number | `N`: whole numbers of 64 bits exactly; others as the shortest decimal that names the same double |
//! | `true`, `false`, `null` | `BOOL`, `NULL` |
//!
//! What comes back is canonical: names in order of their bytes, no spaces, the last of two fields of one name.
//! DynamoDB keeps neither the order of names nor the difference between `1.0` and `1`.

use std::collections::HashMap;
use std::fmt;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{self, Serialize, SerializeMap, Serializer};

/// Doubles from here on up are beyond DynamoDB's numbers (9.99…E+125).
const DOUBLE_END: f64 = 1e126;

/// Doubles nearer to zero than this one are, but for zero, beyond DynamoDB's numbers.
const DOUBLE_MIN: f64 = 1e-130;

/// Whole numbers of this size and more are written with an exponent, as a double has no more digits.
const DOUBLE_EXACT_END: f64 = 9_007_199_254_740_992.0;

/// Fractions nearer to zero are written with an exponent.
const FRACTION_MIN: f64 = 1e-6;

/// The attribute that holds this JSON.
pub(super) fn from_json(body: &str) -> Result<AttributeValue, serde_json::Error> {
    serde_json::from_str::<Native>(body).map(|native| native.0)
}

/// The canonical JSON of this attribute.
pub(super) fn to_json(attribute: &AttributeValue) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Canonical(attribute))
}

struct Native(AttributeValue);

impl<'de> Deserialize<'de> for Native {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NativeVisitor).map(Self)
    }
}

struct NativeVisitor;

impl<'de> Visitor<'de> for NativeVisitor {
    type Value = AttributeValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<AttributeValue, E> {
        Ok(AttributeValue::Null(true))
    }

    fn visit_bool<E>(self, value: bool) -> Result<AttributeValue, E> {
        Ok(AttributeValue::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<AttributeValue, E> {
        Ok(AttributeValue::N(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<AttributeValue, E> {
        Ok(AttributeValue::N(value.to_string()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<AttributeValue, E> {
        let size = value.abs();
        if size >= DOUBLE_END || (size < DOUBLE_MIN && size != 0.0) {
            return Err(E::custom(format!("{value:e} is beyond the numbers of the store")));
        }
        let plain = size == 0.0 || (FRACTION_MIN..DOUBLE_EXACT_END).contains(&size);
        Ok(AttributeValue::N(if plain { value.to_string() } else { format!("{value:e}") }))
    }

    fn visit_str<E>(self, value: &str) -> Result<AttributeValue, E> {
        Ok(AttributeValue::S(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<AttributeValue, E> {
        Ok(AttributeValue::S(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<AttributeValue, A::Error> {
        let mut list = Vec::new();
        while let Some(Native(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(AttributeValue::L(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<AttributeValue, A::Error> {
        let mut map = HashMap::new();
        while let Some((name, Native(value))) = fields.next_entry::<String, _>()? {
            map.insert(name, value);
        }
        Ok(AttributeValue::M(map))
    }
}

struct Canonical<'a>(&'a AttributeValue);

impl Serialize for Canonical<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            AttributeValue::S(text) => serializer.serialize_str(text),
            AttributeValue::N(number) => serialize_number(number, serializer),
            AttributeValue::Bool(value) => serializer.serialize_bool(*value),
            AttributeValue::Null(_) => serializer.serialize_unit(),
            AttributeValue::L(items) => serializer.collect_seq(items.iter().map(Canonical)),
            AttributeValue::M(fields) => {
                let mut fields: Vec<(&String, &AttributeValue)> = fields.iter().collect();
                fields.sort_unstable_by_key(|(name, _)| *name);
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (name, value) in fields {
                    map.serialize_entry(name, &Canonical(value))?;
                }
                map.end()
            }
            _ => Err(ser::Error::custom("a set or binary data, which no JSON is stored as")),
        }
    }
}

fn serialize_number<S: Serializer>(number: &str, serializer: S) -> Result<S::Ok, S::Error> {
    if let Ok(whole) = number.parse::<u64>() {
        serializer.serialize_u64(whole)
    } else if let Ok(whole) = number.parse::<i64>() {
        serializer.serialize_i64(whole)
    } else {
        match number.parse::<f64>() {
            Ok(double) if double.is_finite() => serializer.serialize_f64(double),
            _ => Err(ser::Error::custom(format!("{number} is no number"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn round_trip(body: &str) -> String {
        to_json(&from_json(body).unwrap()).unwrap()
    }

    // Whatever JSON holds comes back; names come back in order.
    #[test]
    fn bodies_survive() {
        let body = json!({
            "empty": { "text": "", "list": [], "map": {}, "none": null },
            "nested": [[], [null], { "b": [true, false, ""] }],
            "é": "œuvre 京都 👩‍🎓 \u{0} \" \\ \u{2028}",
        });
        assert_eq!(serde_json::from_str::<Value>(&round_trip(&body.to_string())).unwrap(), body);
        assert_eq!(
            round_trip(r#"{ "b" : 1, "a" : {"d":[ ],"c":null}, "b": 2 }"#),
            r#"{"a":{"c":null,"d":[]},"b":2}"#
        );
    }

    // Whole numbers of 64 bits come back exactly; doubles as the same double, whole ones without their `.0`.
    #[test]
    fn numbers_are_exact() {
        for exact in ["0", "-1", "18446744073709551615", "-9223372036854775808", "9007199254740993"] {
            assert_eq!(round_trip(&format!("[{exact}]")), format!("[{exact}]"));
        }
        for double in [0.5, -0.1, 1.0 / 3.0, 1e-7, 123_456.789, 1e20, 1.5e125, -2.5e-130, f64::EPSILON] {
            let found: Vec<f64> = serde_json::from_str(&round_trip(&json!([double]).to_string())).unwrap();
            assert_eq!(found, [double]);
        }
        assert_eq!(round_trip("[1.0]"), "[1]");
        for beyond in ["1e126", "-1e300", "1e-131"] {
            assert!(from_json(beyond).unwrap_err().to_string().contains("beyond"), "{beyond}");
        }
    }

    // What is not JSON is not stored, and what no JSON is stored as is not read.
    #[test]
    fn strange_things_are_refused() {
        for broken in ["", "{not json}", "{\"a\":}", "{} {}"] {
            assert!(from_json(broken).is_err(), "{broken}");
        }
        let set = AttributeValue::Ss(vec!["a".to_owned()]);
        let beyond = AttributeValue::N("1E+400".to_owned());
        for strange in [AttributeValue::L(vec![set]), beyond, AttributeValue::N("one".to_owned())] {
            assert!(to_json(&strange).is_err(), "{strange:?}");
        }
    }
}
