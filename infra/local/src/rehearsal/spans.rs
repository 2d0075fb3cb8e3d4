//! How long the steps of a night take: the spans that `jobs::night` opens, each from its first instant to its last.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::stopwatch::Stopwatch;

/// The module whose spans are steps.
const STEPS: &str = "jobs::night";

#[derive(Default)]
struct State {
    last: u64,
    open: HashMap<u64, Open>,
    seconds: BTreeMap<&'static str, f64>,
}

struct Open {
    step: &'static str,
    watch: Stopwatch,
    handles: usize,
}

/// Listens to the whole process.
#[derive(Clone, Default)]
pub(super) struct Spans(Arc<Mutex<State>>);

impl Spans {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The seconds of each step since this was asked last.
    pub(super) fn take(&self) -> BTreeMap<&'static str, f64> {
        std::mem::take(&mut self.state().seconds)
    }
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.target().starts_with(STEPS)
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut state = self.state();
        state.last += 1;
        let id = state.last;
        let step = attributes.metadata().name();
        state.open.insert(id, Open { step, watch: Stopwatch::start(), handles: 1 });
        Id::from_u64(id)
    }

    fn clone_span(&self, id: &Id) -> Id {
        if let Some(open) = self.state().open.get_mut(&id.into_u64()) {
            open.handles += 1;
        }
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        let mut state = self.state();
        let Some(open) = state.open.get_mut(&id.into_u64()) else { return false };
        open.handles -= 1;
        if open.handles > 0 {
            return false;
        }
        let (step, seconds) = (open.step, open.watch.seconds());
        state.open.remove(&id.into_u64());
        *state.seconds.entry(step).or_default() += seconds;
        true
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
