//! A copy of a world in which somebody has changed items or objects behind the jobs' backs.

use std::collections::BTreeMap;
use std::sync::Arc;

use jobs::Context;
use jobs::audit::{self, FindingKind};
use platform::embedded::Embedded;
use platform::memory::{MemoryObjects, MemoryStore};
use platform::store::{Expect, IndexEntry, Segment};
use platform::{Item, Key, Objects, Platform, Store, Table, Write};
use serde_json::Value;

use super::World;

/// Every item and object of a world, to be changed.
#[derive(Clone)]
pub(crate) struct Tampered {
    items: BTreeMap<(Table, Key), Item>,
    objects: BTreeMap<String, Vec<u8>>,
    context: Context,
}

impl Tampered {
    pub(crate) async fn of(world: &World) -> Self {
        let mut items = BTreeMap::new();
        for table in [Table::State, Table::Journal] {
            let whole = Segment { number: 0, of: 1 };
            for item in world.store.scan(table, whole, None, 100_000).await.unwrap().items {
                items.insert((table, item.key.clone()), item);
            }
        }
        let mut objects = BTreeMap::new();
        for key in world.objects.keys() {
            objects.insert(key.clone(), world.objects.get(&key).await.unwrap().unwrap());
        }
        Self { items, objects, context: world.context.clone() }
    }

    fn entry(&mut self, table: Table, pk: &str, sk: &str) -> &mut Item {
        self.items.get_mut(&(table, Key::new(pk, sk))).unwrap_or_else(|| panic!("{pk} / {sk} is not there"))
    }

    /// Changes the body of an item.
    pub(crate) fn edit(&mut self, table: Table, pk: &str, sk: &str, change: impl FnOnce(&mut Value)) {
        let item = self.entry(table, pk, sk);
        let mut body: Value = serde_json::from_str(&item.body).unwrap();
        change(&mut body);
        item.body = body.to_string();
    }

    /// Changes one value in the body of an item, named by a JSON pointer.
    pub(crate) fn set(&mut self, table: Table, pk: &str, sk: &str, pointer: &str, value: &str) {
        let value = serde_json::from_str(value).unwrap();
        self.edit(table, pk, sk, |body| *body.pointer_mut(pointer).unwrap() = value);
    }

    /// Changes one value in a candidate's or a formation's state.
    pub(crate) fn state(&mut self, pk: &str, pointer: &str, value: &str) {
        self.set(Table::State, pk, "STATE", pointer, value);
    }

    /// Replaces the body of an item.
    pub(crate) fn body(&mut self, table: Table, pk: &str, sk: &str, body: &str) {
        self.entry(table, pk, sk).body = body.to_owned();
    }

    /// Lists an item elsewhere in its table's index, or nowhere.
    pub(crate) fn list(&mut self, table: Table, pk: &str, sk: &str, index: Option<IndexEntry>) {
        self.entry(table, pk, sk).index = index;
    }

    /// Takes an item away.
    pub(crate) fn remove(&mut self, table: Table, pk: &str, sk: &str) {
        assert!(self.items.remove(&(table, Key::new(pk, sk))).is_some(), "{pk} / {sk} is not there");
    }

    /// Puts a copy of an item under another key.
    pub(crate) fn copy(&mut self, table: Table, pk: &str, from: &str, to: &str) {
        let item = self.entry(table, pk, from).clone();
        let key = Key::new(pk, to);
        self.items.insert((table, key.clone()), Item { key, ..item });
    }

    /// Gives every item of a partition its content of another world, and takes away what was not there.
    pub(crate) fn turn_back(&mut self, pk: &str, to: &Self) {
        self.items.retain(|(_, key), _| key.pk != pk);
        self.items.extend(
            to.items.iter().filter(|((_, key), _)| key.pk == pk).map(|(k, i)| (k.clone(), i.clone())),
        );
    }

    /// The one partition of addresses that names this candidate.
    pub(crate) fn address_of(&self, candidate: &str) -> String {
        let named = format!("{{\"candidate\":\"{candidate}\"}}");
        self.items.values().find(|item| item.body == named).unwrap().key.pk.clone()
    }

    /// The first sort key of a partition that ends so.
    pub(crate) fn sk(&self, pk: &str, end: &str) -> String {
        let keys = self.items.keys().map(|(_, key)| key);
        keys.filter(|key| key.pk == pk && key.sk.ends_with(end)).map(|key| key.sk.clone()).next().unwrap()
    }

    /// The last decision record of a partition.
    pub(crate) fn last_record(&self, pk: &str) -> String {
        let keys = self.items.keys().map(|(_, key)| key);
        keys.filter(|key| key.pk == pk && key.sk.starts_with("D#")).map(|key| key.sk.clone()).max().unwrap()
    }

    /// The key of the first object that begins so.
    pub(crate) fn object(&self, prefix: &str) -> String {
        self.objects.keys().find(|key| key.starts_with(prefix)).unwrap().clone()
    }

    /// Replaces an object, or takes it away.
    pub(crate) fn put_object(&mut self, key: &str, content: Option<&str>) {
        match content {
            Some(content) => self.objects.insert(key.to_owned(), content.into()),
            None => self.objects.remove(key),
        };
    }

    /// What the audit says of it, as `kind key`: the same in memory and on the engine that speaks DynamoDB's
    /// protocol, which gives a row back with its fields in another order.
    pub(crate) async fn findings(self) -> Vec<(FindingKind, String)> {
        let engine = Embedded::memory().unwrap().store("test-").await.unwrap();
        let found = self.findings_on(Arc::new(MemoryStore::new())).await;
        assert_eq!(self.findings_on(Arc::new(engine)).await, found);
        found
    }

    async fn findings_on(&self, store: Arc<dyn Store>) -> Vec<(FindingKind, String)> {
        for ((table, _), item) in &self.items {
            for version in 1..=item.version {
                let expect = if version == 1 { Expect::Absent } else { Expect::Version(version - 1) };
                let write = Write { table: *table, item: Item { version, ..item.clone() }, expect };
                store.transact(vec![write]).await.unwrap();
            }
        }
        let objects = MemoryObjects::new();
        for (key, bytes) in &self.objects {
            objects.put(key, bytes.clone()).await.unwrap();
        }
        let platform = Platform { store, objects: Arc::new(objects), ..self.context.platform.clone() };
        let context = Context::new(platform, self.context.settings.clone());
        let report = audit::run(&context).await.unwrap();
        let json = serde_json::to_string(&report).unwrap();
        assert!(!json.contains("secret") && !json.contains("Personne"), "personal: {json}");
        report.findings.into_iter().map(|finding| (finding.what, finding.key)).collect()
    }
}
