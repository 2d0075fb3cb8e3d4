//! The store on DynamoDB, through the official SDK: in the cloud, on an engine that speaks its protocol, and on the
//! one in this process (`embedded`).
//!
//! | the port says | DynamoDB does |
//! |---|---|
//! | a transaction of one write | a conditional `PutItem`: half the units of a transaction |
//! | a transaction of more | `TransactWriteItems`, with one token for all its attempts |
//! | `Absent`, `Version(n)` | `attribute_not_exists(pk)`, `version = n`; the answer to the loser carries the item |
//! | reads of items | strongly consistent `GetItem`, `Query`, `Scan`, the last by the service's own segments |
//! | reads of an index | `Query` of a sparse index of keys only, which lags behind the writes |
//!
//! How items lie in their tables is in [`rows`]. Bodies come back as canonical JSON: names in order of their bytes, no
//! spaces, whole numbers of 64 bits exact, others as the same double. An item is refused as [`StoreError::Invalid`]
//! also where DynamoDB's own size of it, or of a number in it, is over the limit and the port's is not.

mod attempts;
mod body;
mod errors;
pub mod rows;
mod tables;
mod units;

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeValue, Put, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};

pub use attempts::{
    ATTEMPT_TIMEOUT, ATTEMPTS_MAX, CONNECT_TIMEOUT, IN_PROGRESS_WAIT, OPERATION_MAX, settings,
};
pub use tables::create_tables;
pub use units::Units;

use crate::limits;
use crate::store::{Cursor, Expect, Item, Key, KeyPage, Page, Segment, Store, StoreError, Table, Write};
use attempts::InDoubt;
use rows::Attributes;

/// What a write expects, as a placeholder in its condition.
const EXPECTED: &str = ":expected";

/// The name of a table: the prefix, which tells stages apart, and the table's short name.
#[must_use]
pub fn table_name(prefix: &str, table: Table) -> String {
    format!("{prefix}{}", table.name())
}

/// Two tables of DynamoDB.
#[derive(Debug)]
pub struct DynamoStore {
    client: Client,
    state: String,
    journal: String,
    meter: units::Meter,
}

impl DynamoStore {
    /// The tables of this prefix, through this client: one made with [`settings`] if it leaves the process.
    #[must_use]
    pub fn new(client: Client, prefix: &str) -> Self {
        let [state, journal] = [Table::State, Table::Journal].map(|table| table_name(prefix, table));
        Self::named(client, state, journal)
    }

    /// The same with the tables' whole names, as a deployed function is told them.
    #[must_use]
    pub fn named(client: Client, state: String, journal: String) -> Self {
        Self { client, state, journal, meter: units::Meter::default() }
    }

    /// The units consumed by every request so far, as DynamoDB reported them. Those of a write that was refused
    /// are not among them: it has its price, but no answer tells it.
    #[must_use]
    pub fn units(&self) -> Units {
        self.meter.total()
    }

    fn name(&self, table: Table) -> &str {
        match table {
            Table::State => &self.state,
            Table::Journal => &self.journal,
        }
    }

    /// As [`Store::transact`]; gives the write units that it consumed.
    ///
    /// # Errors
    /// As [`Store::transact`].
    pub async fn transact_metered(&self, writes: Vec<Write>) -> Result<f64, StoreError> {
        limits::check_writes(&writes)?;
        match <[Write; 1]>::try_from(writes) {
            Ok([write]) => self.put(write).await,
            Err(writes) => self.put_all(writes).await,
        }
    }

    async fn put(&self, write: Write) -> Result<f64, StoreError> {
        let Write { table, item, expect } = write;
        let key = item.key.clone();
        let (condition, values) = condition(expect);
        let request = self
            .client
            .put_item()
            .table_name(self.name(table))
            .set_item(Some(rows::to_attributes(table, item)?))
            .condition_expression(condition)
            .set_expression_attribute_values(values)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let answer = attempts::attempts(InDoubt::GiveUp, || async {
            request.clone().send().await.map_err(|error| errors::put_failed(error, table, &key))
        });
        Ok(self.meter.wrote(answer.await?.consumed_capacity()))
    }

    async fn put_all(&self, writes: Vec<Write>) -> Result<f64, StoreError> {
        let keys: Vec<(Table, Key)> =
            writes.iter().map(|write| (write.table, write.item.key.clone())).collect();
        let puts: Vec<TransactWriteItem> =
            writes.into_iter().map(|write| self.action(write)).collect::<Result<_, _>>()?;
        let request = self
            .client
            .transact_write_items()
            .set_transact_items(Some(puts))
            .client_request_token(token())
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let answer = attempts::attempts(InDoubt::Again, || async {
            request.clone().send().await.map_err(|error| errors::transaction_failed(error, &keys))
        });
        Ok(self.meter.wrote(answer.await?.consumed_capacity()))
    }

    fn action(&self, write: Write) -> Result<TransactWriteItem, StoreError> {
        let Write { table, item, expect } = write;
        let (condition, values) = condition(expect);
        let put = Put::builder()
            .table_name(self.name(table))
            .set_item(Some(rows::to_attributes(table, item)?))
            .condition_expression(condition)
            .set_expression_attribute_values(values)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|problem| StoreError::Invalid(problem.to_string()))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

/// The condition of a write, and the values it names.
fn condition(expect: Expect) -> (String, Option<Attributes>) {
    match expect {
        Expect::Absent => (format!("attribute_not_exists({})", rows::PK), None),
        Expect::Version(version) => {
            let value = AttributeValue::N(version.to_string());
            (format!("{} = {EXPECTED}", rows::VERSION), Some(HashMap::from([(EXPECTED.to_owned(), value)])))
        }
    }
}

/// What makes the attempts of one transaction known as one: 128 bits that nothing else will draw.
fn token() -> String {
    format!("{:032x}", fastrand::u128(..))
}

/// A page's size as DynamoDB takes it; a page is never longer than 1 MB anyway.
fn page_size(limit: usize) -> i32 {
    i32::try_from(limit).unwrap_or(i32::MAX)
}

#[async_trait]
impl Store for DynamoStore {
    async fn get(&self, table: Table, key: &Key) -> Result<Option<Item>, StoreError> {
        let request = self
            .client
            .get_item()
            .table_name(self.name(table))
            .set_key(Some(rows::key_attributes(key.clone())))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let answer = attempts::attempts(InDoubt::Again, || async {
            request.clone().send().await.map_err(|error| errors::failed(&error))
        });
        let answer = answer.await?;
        self.meter.read(answer.consumed_capacity());
        answer.item.map(|attributes| rows::to_item(table, attributes)).transpose()
    }

    async fn transact(&self, writes: Vec<Write>) -> Result<(), StoreError> {
        self.transact_metered(writes).await.map(|_| ())
    }

    async fn query(
        &self,
        table: Table,
        pk: &str,
        sk_prefix: &str,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page, StoreError> {
        limits::check_limit(limit)?;
        let after = after.map(limits::cursor_parts).transpose()?;
        let mut condition = format!("{} = :pk", rows::PK);
        let mut values = HashMap::from([(":pk".to_owned(), rows::text(pk))]);
        // A condition on a key cannot name the empty text.
        if !sk_prefix.is_empty() {
            condition = format!("{condition} AND begins_with({}, :prefix)", rows::SK);
            values.insert(":prefix".to_owned(), rows::text(sk_prefix));
        }
        let request = self
            .client
            .query()
            .table_name(self.name(table))
            .key_condition_expression(condition)
            .set_expression_attribute_values(Some(values))
            .set_exclusive_start_key(after.map(|[sk]| rows::key_attributes(Key::new(pk, sk))))
            .consistent_read(true)
            .limit(page_size(limit))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let answer = attempts::attempts(InDoubt::Again, || async {
            request.clone().send().await.map_err(|error| errors::failed(&error))
        });
        let answer = answer.await?;
        self.meter.read(answer.consumed_capacity());
        let last = answer.last_evaluated_key.map(|mut last| rows::to_key(&mut last)).transpose()?;
        Ok(Page { items: items(table, answer.items)?, next: last.map(|key| Cursor(vec![key.sk])) })
    }

    async fn index(
        &self,
        table: Table,
        partition: &str,
        until: &str,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<KeyPage, StoreError> {
        limits::check_limit(limit)?;
        limits::check_until(until)?;
        let after = after.map(limits::cursor_parts).transpose()?;
        let names = rows::index_names(table);
        let start = after.map(|[sort, pk, sk]| {
            let mut start = rows::key_attributes(Key { pk, sk });
            start.insert(names.partition.to_owned(), rows::text(partition));
            start.insert(names.sort.to_owned(), rows::text(sort));
            start
        });
        let request = self
            .client
            .query()
            .table_name(self.name(table))
            .index_name(names.index)
            .key_condition_expression(format!("{} = :partition AND {} < :end", names.partition, names.sort))
            .expression_attribute_values(":partition", rows::text(partition))
            .expression_attribute_values(":end", rows::text(rows::sort_end(until)))
            .set_exclusive_start_key(start)
            .limit(page_size(limit))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let answer = attempts::attempts(InDoubt::Again, || async {
            request.clone().send().await.map_err(|error| errors::failed(&error))
        });
        let answer = answer.await?;
        self.meter.read(answer.consumed_capacity());
        let keys = answer.items.unwrap_or_default();
        let keys = keys.into_iter().map(|mut listed| rows::to_key(&mut listed)).collect::<Result<_, _>>()?;
        let next = answer.last_evaluated_key.map(|last| index_cursor(names, last)).transpose()?;
        Ok(KeyPage { keys, next })
    }

    async fn scan(
        &self,
        table: Table,
        segment: Segment,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page, StoreError> {
        limits::check_limit(limit)?;
        limits::check_segment(segment)?;
        let of_several = segment.of > 1;
        let after = after.map(limits::cursor_parts).transpose()?;
        let request = self
            .client
            .scan()
            .table_name(self.name(table))
            // The whole table is no segment: it may be read in the order of keys.
            .set_segment(of_several.then(|| i32::try_from(segment.number).unwrap_or(i32::MAX)))
            .set_total_segments(of_several.then(|| i32::try_from(segment.of).unwrap_or(i32::MAX)))
            .set_exclusive_start_key(after.map(|[pk, sk]| rows::key_attributes(Key { pk, sk })))
            .consistent_read(true)
            .limit(page_size(limit))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let answer = attempts::attempts(InDoubt::Again, || async {
            request.clone().send().await.map_err(|error| errors::failed(&error))
        });
        let answer = answer.await?;
        self.meter.read(answer.consumed_capacity());
        let last = answer.last_evaluated_key.map(|mut last| rows::to_key(&mut last)).transpose()?;
        Ok(Page { items: items(table, answer.items)?, next: last.map(|key| Cursor(vec![key.pk, key.sk])) })
    }
}

fn items(table: Table, found: Option<Vec<Attributes>>) -> Result<Vec<Item>, StoreError> {
    found.unwrap_or_default().into_iter().map(|attributes| rows::to_item(table, attributes)).collect()
}

/// The cursor of an index read that ended at these keys.
fn index_cursor(names: rows::IndexNames, mut last: Attributes) -> Result<Cursor, StoreError> {
    let sort = rows::take_text(&mut last, names.sort);
    let Key { pk, sk } = rows::to_key(&mut last)?;
    let sort = sort.ok_or_else(|| StoreError::Corrupt {
        key: Key::new(&pk, &sk),
        problem: format!("the index gave no {}", names.sort),
    })?;
    Ok(Cursor(vec![sort, pk, sk]))
}
