//! What a request may be: the limits that every adapter refuses to cross, in one place.

use crate::objects::ObjectError;
use crate::store::{
    Cursor, Expect, ITEM_BYTES_MAX, Item, Key, SHARDS, Segment, StoreError, TRANSACTION_WRITES_MAX, Table,
    Write,
};

/// Most bytes of all items of one transaction (TransactWriteItems: 4 MB).
pub const TRANSACTION_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Longest partition key, of a table or of its index (DynamoDB: 2,048 bytes).
pub const PARTITION_KEY_BYTES_MAX: usize = 2048;

/// Longest sort key, of a table or of its index (DynamoDB: 1,024 bytes).
pub const SORT_KEY_BYTES_MAX: usize = 1024;

/// Longest object key (S3: 1,024 bytes).
pub const OBJECT_KEY_BYTES_MAX: usize = 1024;

/// Longest part of an object key: what a file's name may be.
pub const OBJECT_KEY_PART_BYTES_MAX: usize = 255;

/// Refuses a transaction that can never succeed, whatever is stored.
///
/// # Errors
/// [`StoreError::Invalid`] says which limit it breaks.
pub fn check_writes(writes: &[Write]) -> Result<(), StoreError> {
    if writes.is_empty() || writes.len() > TRANSACTION_WRITES_MAX {
        return invalid(format!(
            "a transaction has 1 to {TRANSACTION_WRITES_MAX} writes, this one has {}",
            writes.len()
        ));
    }
    let mut bytes = 0;
    for write in writes {
        bytes += check_write(write)?;
    }
    if bytes > TRANSACTION_BYTES_MAX {
        return invalid(format!(
            "a transaction has at most {TRANSACTION_BYTES_MAX} bytes, this one has {bytes}"
        ));
    }
    check_distinct(writes)
}

/// Checks one write by itself and returns the size of its item.
fn check_write(write: &Write) -> Result<usize, StoreError> {
    let item = &write.item;
    check_item(item)?;
    let next = match write.expect {
        Expect::Absent => Some(1),
        Expect::Version(version) => version.checked_add(1),
    };
    if next != Some(item.version) {
        return invalid(format!(
            "version {} of {} is not the one after the expected",
            item.version, item.key
        ));
    }
    let bytes = item_bytes(item);
    if bytes > ITEM_BYTES_MAX {
        return invalid(format!("{} has {bytes} bytes, at most {ITEM_BYTES_MAX} are taken", item.key));
    }
    Ok(bytes)
}

/// Refuses an item whose key, index entry or body cannot be one.
///
/// # Errors
/// [`StoreError::Invalid`] says which part of it is wrong.
pub fn check_item(item: &Item) -> Result<(), StoreError> {
    let Key { pk, sk } = &item.key;
    check_key_part("partition key", pk, PARTITION_KEY_BYTES_MAX)?;
    check_key_part("sort key", sk, SORT_KEY_BYTES_MAX)?;
    if let Some(entry) = &item.index {
        check_key_part("index partition", &entry.partition, PARTITION_KEY_BYTES_MAX)?;
        check_index_sort(&entry.sort, &item.key)?;
    }
    if !(item.body.starts_with('{') && item.body.ends_with('}')) || item.body.contains('\n') {
        return invalid(format!("the body of {} is not a JSON object on one line", item.key));
    }
    Ok(())
}

/// An index keeps `<sort> <pk> <sk>`: in DynamoDB that is a sort key.
fn check_index_sort(sort: &str, key: &Key) -> Result<(), StoreError> {
    check_key_part("index sort value", sort, SORT_KEY_BYTES_MAX)?;
    check_until(sort)?;
    let bytes = sort.len() + 1 + key.pk.len() + 1 + key.sk.len();
    if bytes > SORT_KEY_BYTES_MAX {
        return invalid(format!(
            "an index sort value and the key have at most {SORT_KEY_BYTES_MAX} bytes, those of {key} have {bytes}"
        ));
    }
    Ok(())
}

/// Refuses a sort value, or the bound of a read of an index, with a space or a control character: an index sorts
/// what comes after it by the key.
///
/// # Errors
/// [`StoreError::Invalid`] says what is not allowed.
pub fn check_until(sort: &str) -> Result<(), StoreError> {
    if sort.bytes().any(|byte| byte <= b' ') {
        return invalid(format!("an index sort value has no space and no control character, {sort:?} has"));
    }
    Ok(())
}

/// The size of an item as [`ITEM_BYTES_MAX`] counts it.
#[must_use]
pub fn item_bytes(item: &Item) -> usize {
    item.key.pk.len() + item.key.sk.len() + item.body.len()
}

fn check_key_part(what: &str, text: &str, max: usize) -> Result<(), StoreError> {
    if text.is_empty() || text.len() > max {
        return invalid(format!("a {what} has 1 to {max} bytes, this one has {}", text.len()));
    }
    Ok(())
}

fn check_distinct(writes: &[Write]) -> Result<(), StoreError> {
    let mut keys: Vec<(Table, &Key)> = writes.iter().map(|write| (write.table, &write.item.key)).collect();
    keys.sort_unstable();
    let mut neighbours = keys.iter().zip(keys.iter().skip(1));
    match neighbours.find(|(one, other)| one == other) {
        None => Ok(()),
        Some(((table, key), _)) => {
            invalid(format!("two writes of one transaction are for {} {key}", table.name()))
        }
    }
}

/// Refuses a page of nothing.
///
/// # Errors
/// [`StoreError::Invalid`] if the limit is 0.
pub fn check_limit(limit: usize) -> Result<(), StoreError> {
    if limit == 0 { invalid("a page has at least one item, the limit is 0".to_owned()) } else { Ok(()) }
}

/// Refuses a segment that is none of its number.
///
/// # Errors
/// [`StoreError::Invalid`] says what a segment is.
pub fn check_segment(segment: Segment) -> Result<(), StoreError> {
    let Segment { number, of } = segment;
    if of == 0 || of > SHARDS || number >= of {
        return invalid(format!(
            "a table has 1 to {SHARDS} segments from 0, there is no segment {number} of {of}"
        ));
    }
    Ok(())
}

/// The parts of a cursor, if it has as many as this read gives its cursors.
///
/// # Errors
/// [`StoreError::Invalid`] if it is another read's.
pub fn cursor_parts<const N: usize>(cursor: Cursor) -> Result<[String; N], StoreError> {
    cursor.0.try_into().or_else(|_| invalid("the cursor is not one of this read's".to_owned()))
}

/// Refuses an object key that would leave the store or cannot be one: parts of ASCII letters, digits and
/// `-_.:@#` with `/` between them, none empty and none beginning with a dot.
///
/// # Errors
/// [`ObjectError::InvalidKey`].
pub fn check_object_key(key: &str) -> Result<(), ObjectError> {
    let part_is_safe = |part: &str| {
        !part.is_empty()
            && part.len() <= OBJECT_KEY_PART_BYTES_MAX
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:@#".contains(&byte))
    };
    if key.len() <= OBJECT_KEY_BYTES_MAX && key.split('/').all(part_is_safe) {
        Ok(())
    } else {
        Err(ObjectError::InvalidKey(key.to_owned()))
    }
}

fn invalid<T>(problem: String) -> Result<T, StoreError> {
    Err(StoreError::Invalid(problem))
}
