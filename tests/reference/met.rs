//! What histories must have met, so that to agree on them means something.

use std::collections::BTreeMap;

/// How many histories are enough for what is rare.
pub(crate) const MANY: u64 = 20_000;

pub(crate) fn assert_all(_: &BTreeMap<String, u64>) {}
pub(crate) fn assert_rare(_: &BTreeMap<String, u64>) {}
