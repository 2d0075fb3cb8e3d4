//! The one sweep of every job that goes through candidates: pages of a scan or an index, bounded concurrency on as
//! many cores as there are, a new reading and a new decision whenever somebody else was faster.
//!
//! What is wrong with one item never stands in the way of the others: the sweep goes on, and its fault is returned at
//! the end, so that the next tick tries again what is left. Only a store that fails altogether ends a sweep early.

use std::future::Future;

use jiff::Timestamp;
use platform::store::Segment;
use platform::{Item, Key, StoreError, Table};
use schemas::Candidate;
use tokio::task::JoinSet;

use crate::context::Context;
use crate::fault::Fault;
use crate::{ledger, rows};

/// How many items or keys one read gives: some 500 KB of candidates, half of what DynamoDB gives at the most.
pub(crate) const PAGE: usize = 500;

/// The fault that stands for those of many pieces of work: the first that must hold a night, else the first that is
/// everybody's, else the first.
#[derive(Debug, Default)]
pub(crate) struct FirstFault(Option<Fault>);

impl FirstFault {
    /// Notes how a piece of work ended.
    pub(crate) fn note(&mut self, ended: Result<(), Fault>) {
        let Err(fault) = ended else { return };
        if self.0.as_ref().is_none_or(|first| weight(first) < weight(&fault)) {
            self.0 = Some(fault);
        }
    }

    /// Whether to go on is of no use: the fault is not one item's, but everybody's.
    pub(crate) fn is_everywhere(&self) -> bool {
        self.0.as_ref().is_some_and(is_everywhere)
    }

    /// The fault, if there was one.
    pub(crate) fn end(self) -> Result<(), Fault> {
        self.0.map_or(Ok(()), Err)
    }
}

/// Whether a fault is not one item's, but everybody's.
pub(crate) fn is_everywhere(fault: &Fault) -> bool {
    matches!(fault, Fault::Store(StoreError::Throttled | StoreError::Unavailable(_)) | Fault::Task)
}

/// How much a fault says of the others.
fn weight(fault: &Fault) -> u8 {
    match fault {
        Fault::Drift(_) | Fault::Skipped { .. } => 2,
        fault if is_everywhere(fault) => 1,
        _ => 0,
    }
}

/// A fault with what caused it, for the one place that logs it.
pub(crate) fn chain(fault: &Fault) -> String {
    let mut text = fault.to_string();
    let mut cause = std::error::Error::source(fault);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// Runs `work` on every item, at most `limit` at once, and gives the results as they come. Begins no more items
/// once the store itself fails.
pub(crate) async fn each<T, R, F>(
    items: impl IntoIterator<Item = T>,
    limit: usize,
    work: impl Fn(T) -> F,
    mut done: impl FnMut(R),
) -> Result<(), Fault>
where
    R: Send + 'static,
    F: Future<Output = Result<R, Fault>> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    let mut faults = FirstFault::default();
    let mut take = |joined: Result<Result<R, Fault>, tokio::task::JoinError>| {
        match joined.unwrap_or(Err(Fault::Task)) {
            Ok(result) => done(result),
            Err(fault) => {
                tracing::error!(fault = %chain(&fault), "One item of a sweep failed");
                faults.note(Err(fault));
            }
        }
        !faults.is_everywhere()
    };
    for item in items {
        if tasks.len() >= limit.max(1)
            && let Some(joined) = tasks.join_next().await
            && !take(joined)
        {
            break;
        }
        tasks.spawn(work(item));
    }
    while let Some(joined) = tasks.join_next().await {
        take(joined);
    }
    faults.end()
}

/// Calls `page` with every item of one segment of the table `state`, page by page.
pub(crate) async fn scan<F: Future<Output = Result<(), Fault>>>(
    context: &Context,
    number: u32,
    mut page: impl FnMut(Vec<Item>) -> F,
) -> Result<(), Fault> {
    let segment = Segment { number, of: context.settings.segments };
    let mut faults = FirstFault::default();
    let mut after = None;
    loop {
        let read = context.platform.store.scan(Table::State, segment, after, PAGE).await?;
        faults.note(page(read.items).await);
        after = read.next;
        if after.is_none() || faults.is_everywhere() {
            return faults.end();
        }
    }
}

/// Calls `page` with every key that an index lists in one partition up to now, page by page.
pub(crate) async fn index<F: Future<Output = Result<(), Fault>>>(
    context: &Context,
    table: Table,
    partition: &str,
    page: impl FnMut(Vec<Key>) -> F,
) -> Result<(), Fault> {
    index_until(context, table, partition, context.now(), page).await
}

/// The same up to another instant.
pub(crate) async fn index_until<F: Future<Output = Result<(), Fault>>>(
    context: &Context,
    table: Table,
    partition: &str,
    until: Timestamp,
    mut page: impl FnMut(Vec<Key>) -> F,
) -> Result<(), Fault> {
    let until = rows::sortable(until);
    let mut faults = FirstFault::default();
    let mut after = None;
    loop {
        let read = context.platform.store.index(table, partition, &until, after, PAGE).await?;
        faults.note(page(read.keys).await);
        after = read.next;
        if after.is_none() || faults.is_everywhere() {
            return faults.end();
        }
    }
}

/// Whether an item is a candidate's state.
pub(crate) fn is_candidate(item: &Item) -> bool {
    item.key.pk.starts_with("C#") && item.key.sk == rows::STATE_SK
}

/// Decides on a candidate; reads him again and decides anew whenever somebody else changed him meanwhile.
pub(crate) async fn redeciding<R, F: Future<Output = Result<R, Fault>>>(
    context: &Context,
    mut candidate: Candidate,
    decide: impl Fn(Candidate) -> F,
) -> Result<R, Fault> {
    let id = candidate.id.clone();
    let mut attempt = 0;
    loop {
        attempt += 1;
        match decide(candidate).await {
            Err(Fault::Store(error)) => ledger::again(context, error, id.as_str(), attempt).await?,
            decided => return decided,
        }
        let missing = || Fault::Missing(rows::candidate_key(&id).to_string());
        candidate = ledger::candidate(context, &id).await?.ok_or_else(missing)?;
    }
}
