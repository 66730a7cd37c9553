//! What rules ask of functions again and again: the values of their operations and what models say of these, made once.

use super::eval::evaluate;
use super::value::{FnId, Value};
use crate::facts::OpId;
use crate::link::project::Project;
use crate::models::{Act, ActId};
use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// How many values are kept for each file, on average. All values together are larger than the facts; rules ask for those of few
/// functions, but of these each of them asks.
const ROOM: usize = 1024;

/// Values of functions that were asked for.
#[derive(Debug, Default)]
pub(crate) struct Remembered {
    of: Vec<OnceLock<Arc<[Value]>>>,
    room: AtomicUsize,
}

impl Remembered {
    /// None yet, of so many functions in so many files.
    pub(crate) fn none(functions: usize, files: usize) -> Self {
        let of = std::iter::repeat_with(OnceLock::new).take(functions).collect();
        Self { of, room: AtomicUsize::new(ROOM * (64 + files)) }
    }

    fn get(&self, function: FnId, make: impl FnOnce() -> Vec<Value>) -> Values {
        let Some(place) = self.of.get(function.index()) else { return Values(make().into()) };
        if let Some(known) = place.get() {
            return Values(Arc::clone(known));
        }
        let made: Arc<[Value]> = make().into();
        let taken = self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |room| room.checked_sub(made.len()));
        if taken.is_ok() {
            // Another thread may have been quicker, with the same values.
            place.set(Arc::clone(&made)).ok();
        }
        Values(made)
    }
}

/// The values of all operations of a function.
#[derive(Debug, Clone)]
pub struct Values(Arc<[Value]>);

impl Values {
    /// Of no operation.
    #[must_use]
    pub fn none() -> Self {
        Self(Arc::new([]))
    }
}

impl Deref for Values {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.0
    }
}

/// The operations of a function that models describe, sorted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Acts<'p>(&'p [(OpId, ActId)]);

impl<'p> Acts<'p> {
    pub(crate) fn get(self, op: &OpId) -> Option<&'p ActId> {
        self.0.binary_search_by_key(op, |&(op, _)| op).ok().map(|at| &self.0[at].1)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn contains_key(self, op: &OpId) -> bool {
        self.get(op).is_some()
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = (OpId, ActId)> + use<'p> {
        self.0.iter().copied()
    }
}

/// A function for those who ask for values and for what models say of operations, also where it has no role.
pub(crate) struct Evaluated<'p> {
    /// The value of every operation.
    pub values: Values,
    /// Operations that models describe.
    pub acts: Acts<'p>,
}

impl Project {
    /// The values of all operations of a function.
    #[must_use]
    pub fn values(&self, function: FnId) -> Values {
        if self.is_stopped() {
            return Values(vec![Value::UNKNOWN; self.facts(function).ops.len()].into());
        }
        self.remembered.get(function, || evaluate(&self.world(), function, false).values)
    }

    /// The operations of a function that models describe.
    pub(crate) fn acts(&self, function: FnId) -> Acts<'_> {
        Acts(self.acts.get(function.index()).map_or(&[], Vec::as_slice))
    }

    /// Both.
    pub(crate) fn evaluated(&self, function: FnId) -> Evaluated<'_> {
        Evaluated { values: self.values(function), acts: self.acts(function) }
    }

    /// What models say of the operations of a function: calls, decorators, iterations.
    #[must_use]
    pub fn described(&self, function: FnId) -> Vec<(OpId, &Act)> {
        self.acts(function).iter().map(|(op, act)| (op, self.act(act))).collect()
    }
}
