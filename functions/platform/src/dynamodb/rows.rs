//! How an item lies in its table: the names of tables, indexes and attributes.
//!
//! | attribute | of | holds |
//! |---|---|---|
//! | `pk`, `sk` (S) | both tables | the key |
//! | `version` (N) | both tables | how many times the item was written; every condition is on it |
//! | `row` (M) | both tables | the row, field by field; in one map, so that no field's name can be one of these |
//! | `due_partition`, `due_sort` (S) | `state` | where the index `due` lists the item, if it does |
//! | `outbox_partition`, `outbox_sort` (S) | `journal` | where the index `outbox` lists it, if it does |
//!
//! A stored sort value is `<sort> <pk> <sk>`: entries of one instant are in order of key, as the port promises
//! and an index by itself does not. A space sorts before all that a sort value may have
//! ([`crate::limits::check_item`]), so a longer sort value never comes between those of a shorter one.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::body;
use crate::store::{IndexEntry, Item, Key, StoreError, Table};

/// The partition key's attribute.
pub const PK: &str = "pk";

/// The sort key's attribute.
pub const SK: &str = "sk";

/// The version's attribute.
pub const VERSION: &str = "version";

/// The attribute that holds the row.
pub const ROW: &str = "row";

/// Between a sort value and the key that is stored with it.
const SEPARATOR: &str = " ";

/// The first text after every stored sort value of one sort value: the character after [`SEPARATOR`].
const AFTER_SEPARATOR: &str = "!";

/// An item as DynamoDB has it.
pub(super) type Attributes = HashMap<String, AttributeValue>;

/// The names of a table's sparse index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexNames {
    /// The index.
    pub index: &'static str,
    /// The attribute of its partition key.
    pub partition: &'static str,
    /// The attribute of its sort key.
    pub sort: &'static str,
}

/// The names of this table's index.
#[must_use]
pub fn index_names(table: Table) -> IndexNames {
    match table {
        Table::State => IndexNames { index: "due", partition: "due_partition", sort: "due_sort" },
        Table::Journal => IndexNames { index: "outbox", partition: "outbox_partition", sort: "outbox_sort" },
    }
}

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// The stored form of a sort value.
fn stored_sort(sort: &str, key: &Key) -> String {
    [sort, &key.pk, &key.sk].join(SEPARATOR)
}

/// Before this text are the stored forms of all sort values up to and including `until`, and of no other.
pub(super) fn sort_end(until: &str) -> String {
    format!("{until}{AFTER_SEPARATOR}")
}

/// An item's attributes.
pub(super) fn to_attributes(table: Table, item: Item) -> Result<Attributes, StoreError> {
    let row = body::from_json(&item.body)
        .map_err(|problem| StoreError::Invalid(format!("the body of {} is not JSON: {problem}", item.key)))?;
    let mut attributes = HashMap::from([
        (VERSION.to_owned(), AttributeValue::N(item.version.to_string())),
        (ROW.to_owned(), row),
    ]);
    if let Some(entry) = item.index {
        let names = index_names(table);
        attributes.insert(names.sort.to_owned(), text(stored_sort(&entry.sort, &item.key)));
        attributes.insert(names.partition.to_owned(), text(entry.partition));
    }
    attributes.insert(PK.to_owned(), text(item.key.pk));
    attributes.insert(SK.to_owned(), text(item.key.sk));
    Ok(attributes)
}

/// The size of an item as DynamoDB charges it, in bytes: names and values of all attributes, as the developer guide
/// counts them ("DynamoDB item sizes and formats").
///
/// # Errors
/// [`StoreError::Invalid`] if its body is not JSON.
pub fn item_bytes(table: Table, item: Item) -> Result<usize, StoreError> {
    let attributes = to_attributes(table, item)?;
    Ok(attributes.iter().map(|(name, value)| name.len() + value_bytes(value)).sum())
}

/// What a map or a list costs beside what it holds.
const CONTAINER_BYTES: usize = 3;

/// What each element of a map or a list costs beside itself.
const ELEMENT_BYTES: usize = 1;

fn value_bytes(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        // Two digits a byte, and one byte more; zeros at either end are not kept.
        AttributeValue::N(number) => {
            let digits = number.trim_start_matches('-').trim_matches('0');
            1 + digits.bytes().filter(u8::is_ascii_digit).count().div_ceil(2)
                + usize::from(number.starts_with('-'))
        }
        AttributeValue::L(items) => {
            CONTAINER_BYTES + items.iter().map(|item| ELEMENT_BYTES + value_bytes(item)).sum::<usize>()
        }
        AttributeValue::M(fields) => {
            let field =
                |(name, value): (&String, &AttributeValue)| ELEMENT_BYTES + name.len() + value_bytes(value);
            CONTAINER_BYTES + fields.iter().map(field).sum::<usize>()
        }
        // A truth or a nothing is one byte; nothing else is ever stored.
        _ => 1,
    }
}

/// The item of these attributes. Others than those named above are left aside.
pub(super) fn to_item(table: Table, mut attributes: Attributes) -> Result<Item, StoreError> {
    let key = to_key(&mut attributes)?;
    let corrupt = |problem: String| StoreError::Corrupt { key: key.clone(), problem };
    let version = match attributes.get(VERSION) {
        Some(AttributeValue::N(number)) => number.parse().ok(),
        _ => None,
    };
    let version = version.ok_or_else(|| corrupt(format!("the attribute {VERSION} is not a whole number")))?;
    let row = match attributes.get(ROW) {
        Some(row @ AttributeValue::M(_)) => row,
        _ => return Err(corrupt(format!("the attribute {ROW} is not a map"))),
    };
    let body =
        body::to_json(row).map_err(|problem| corrupt(format!("the attribute {ROW} holds {problem}")))?;
    let names = index_names(table);
    let index = match (take_text(&mut attributes, names.partition), take_text(&mut attributes, names.sort)) {
        (None, None) => None,
        (Some(partition), Some(stored)) => {
            let sort = stored.strip_suffix(&stored_sort("", &key));
            let sort = sort.ok_or_else(|| corrupt(format!("{} does not end with the key", names.sort)))?;
            Some(IndexEntry { partition, sort: sort.to_owned() })
        }
        _ => return Err(corrupt(format!("of {} and {} there is one only", names.partition, names.sort))),
    };
    Ok(Item { key, version, index, body })
}

/// The key among these attributes.
pub(super) fn to_key(attributes: &mut Attributes) -> Result<Key, StoreError> {
    match (take_text(attributes, PK), take_text(attributes, SK)) {
        (Some(pk), Some(sk)) => Ok(Key { pk, sk }),
        (pk, sk) => Err(StoreError::Corrupt {
            key: Key { pk: pk.unwrap_or_default(), sk: sk.unwrap_or_default() },
            problem: format!("{PK} and {SK} are not both texts"),
        }),
    }
}

/// Takes an attribute out, if it is a text.
pub(super) fn take_text(attributes: &mut Attributes, name: &str) -> Option<String> {
    match attributes.remove(name) {
        Some(AttributeValue::S(text)) => Some(text),
        _ => None,
    }
}

/// A key's attributes.
pub(super) fn key_attributes(key: Key) -> Attributes {
    HashMap::from([(PK.to_owned(), text(key.pk)), (SK.to_owned(), text(key.sk))])
}
