//! One table in memory: its items, and its sparse index.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hasher};
use std::ops::Bound::{Excluded, Included, Unbounded};

use crate::store::{Cursor, IndexEntry, Item, Key, KeyPage, Page, SHARDS, Segment};

/// Where an item lies. Items are ordered by shard first, so a segment of a scan is a few ranges; then by a hash
/// of the partition, so that nearly every comparison on the way down the tree is one of two numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    shard: u32,
    hash: u32,
    pub(super) key: Key,
}

impl Place {
    pub(super) fn of(key: Key) -> Self {
        let mut hasher = DefaultHasher::new();
        hasher.write(key.pk.as_bytes());
        let [.., a, b, c, d] = hasher.finish().to_be_bytes();
        Self { shard: key.shard(), hash: u32::from_be_bytes([a, b, c, d]), key }
    }

    /// Before every item of a shard.
    fn start_of(shard: u32) -> Self {
        Self { shard, hash: 0, key: Key::new("", "") }
    }
}

/// An item without its key. The index entry is boxed because most items of the journal have none.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) version: u64,
    pub(super) index: Option<Box<IndexEntry>>,
    pub(super) body: Box<str>,
}

impl Stored {
    pub(super) fn from_item(item: Item) -> (Place, Self) {
        let Item { key, version, index, body } = item;
        (Place::of(key), Self { version, index: index.map(Box::new), body: body.into_boxed_str() })
    }

    pub(super) fn to_item(&self, key: &Key) -> Item {
        let index = self.index.as_deref().cloned();
        Item { key: key.clone(), version: self.version, index, body: self.body.to_string() }
    }
}

/// The items of one table, and what its index lists: per partition, sort value and key.
#[derive(Debug, Default)]
pub(super) struct MemoryTable {
    items: BTreeMap<Place, Stored>,
    index: Index,
}

type Index = BTreeMap<String, BTreeSet<(String, Key)>>;

impl FromIterator<(Place, Stored)> for MemoryTable {
    /// Builds the tree at once: quicker and tighter than item after item.
    fn from_iter<I: IntoIterator<Item = (Place, Stored)>>(items: I) -> Self {
        let items = BTreeMap::from_iter(items);
        let mut index = Index::new();
        for (place, stored) in &items {
            list(&mut index, stored.index.as_deref(), &place.key);
        }
        Self { items, index }
    }
}

impl MemoryTable {
    pub(super) fn get(&self, place: &Place) -> Option<&Stored> {
        self.items.get(place)
    }

    /// Puts an item and moves its index entry.
    pub(super) fn put(&mut self, place: Place, stored: Stored) {
        match self.items.entry(place) {
            Entry::Vacant(entry) => {
                list(&mut self.index, stored.index.as_deref(), &entry.key().key);
                entry.insert(stored);
            }
            Entry::Occupied(mut entry) => {
                let old = entry.get().index.as_deref();
                if old != stored.index.as_deref() {
                    unlist(&mut self.index, old, &entry.key().key);
                    list(&mut self.index, stored.index.as_deref(), &entry.key().key);
                }
                entry.insert(stored);
            }
        }
    }

    pub(super) fn query(&self, pk: &str, sk_prefix: &str, after: Option<String>, limit: usize) -> Page {
        let from = match after {
            Some(sk) if sk.as_str() >= sk_prefix => Excluded(Place::of(Key::new(pk, sk))),
            _ => Included(Place::of(Key::new(pk, sk_prefix))),
        };
        let found = self
            .items
            .range((from, Unbounded))
            .take_while(|(place, _)| place.key.pk == pk && place.key.sk.starts_with(sk_prefix));
        page(found, limit, |key| Cursor(vec![key.sk.clone()]))
    }

    pub(super) fn scan(&self, segment: Segment, after: Option<Place>, limit: usize) -> Page {
        let first = after.as_ref().map_or(0, |place| place.shard);
        let found = (first..SHARDS).filter(|shard| shard % segment.of == segment.number).flat_map(|shard| {
            let from = match &after {
                Some(place) if place.shard == shard => Excluded(place.clone()),
                _ => Included(Place::start_of(shard)),
            };
            self.items.range((from, Unbounded)).take_while(move |(place, _)| place.shard == shard)
        });
        page(found, limit, |key| Cursor(vec![key.pk.clone(), key.sk.clone()]))
    }

    pub(super) fn index(
        &self,
        partition: &str,
        until: &str,
        after: Option<(String, Key)>,
        limit: usize,
    ) -> KeyPage {
        let Some(listed) = self.index.get(partition) else { return KeyPage::default() };
        let from = after.map_or(Unbounded, Excluded);
        let mut found = listed.range((from, Unbounded)).take_while(|(sort, _)| sort.as_str() <= until);
        let read: Vec<_> = found.by_ref().take(limit).collect();
        let next = found
            .next()
            .and_then(|_| read.last())
            .map(|(sort, key)| Cursor(vec![sort.clone(), key.pk.clone(), key.sk.clone()]));
        KeyPage { keys: read.into_iter().map(|(_, key)| key.clone()).collect(), next }
    }
}

/// Enters an item in an index, if it is to be listed.
fn list(index: &mut Index, entry: Option<&IndexEntry>, key: &Key) {
    if let Some(IndexEntry { partition, sort }) = entry {
        index.entry(partition.clone()).or_default().insert((sort.clone(), key.clone()));
    }
}

/// Takes an item out of an index, if it was listed, and the partition with its last item.
fn unlist(index: &mut Index, entry: Option<&IndexEntry>, key: &Key) {
    let Some(IndexEntry { partition, sort }) = entry else { return };
    if let Some(listed) = index.get_mut(partition) {
        listed.remove(&(sort.clone(), key.clone()));
        if listed.is_empty() {
            index.remove(partition);
        }
    }
}

/// The first `limit` of what was found; there is a cursor only if there is more.
fn page<'a>(
    mut found: impl Iterator<Item = (&'a Place, &'a Stored)>,
    limit: usize,
    cursor: impl Fn(&Key) -> Cursor,
) -> Page {
    let items: Vec<Item> =
        found.by_ref().take(limit).map(|(place, stored)| stored.to_item(&place.key)).collect();
    let next = found.next().and_then(|_| items.last()).map(|item| cursor(&item.key));
    Page { items, next }
}
