//! What rules ask of functions again and again: the values of their operations and what models say of these, made once.

use super::eval::evaluate;
use super::value::{FnId, Value};
use crate::facts::OpId;
use crate::link::project::Project;
use crate::models::{Act, ActId};
use std::ops::Index;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// How many different values are kept for each file, on average. All values together are larger than the facts; rules ask for those of
/// few functions, but of these each of them asks.
const ROOM: usize = 256;

/// Values of functions that were asked for.
#[derive(Debug, Default)]
pub(crate) struct Remembered {
    of: Vec<OnceLock<Values>>,
    room: AtomicUsize,
}

impl Remembered {
    /// None yet, of so many functions in so many files.
    pub(crate) fn none(functions: usize, files: usize) -> Self {
        let of = std::iter::repeat_with(OnceLock::new).take(functions).collect();
        Self { of, room: AtomicUsize::new(ROOM * (64 + files)) }
    }

    fn get(&self, function: FnId, make: impl FnOnce() -> Vec<Value>) -> Values {
        let Some(place) = self.of.get(function.index()) else { return Values::of(&make()) };
        if let Some(known) = place.get() {
            return known.clone();
        }
        let made = Values::of(&make());
        let taken = self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |room| room.checked_sub(made.0.different.len()));
        if taken.is_ok() {
            // Another thread may have been quicker, with the same values.
            place.set(made.clone()).ok();
        }
        made
    }
}

/// The values of all operations of a function. Most are unknown, or what one a few operations before is: each is kept once.
#[derive(Debug, Clone)]
pub struct Values(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    different: Box<[Value]>,
    /// Which of them each operation has.
    which: Box<[u32]>,
}

/// How many of the last different values a new one is compared with.
const NEAR: usize = 6;

impl Values {
    fn of(all: &[Value]) -> Self {
        let mut different = vec![Value::UNKNOWN];
        let which = all.iter().map(|value| {
            let near = different.len().saturating_sub(NEAR);
            let known = if *value == Value::UNKNOWN {
                Some(0)
            } else {
                different[near..].iter().position(|of| of == value).map(|at| near + at)
            };
            let at = known.unwrap_or_else(|| {
                different.push(*value);
                different.len() - 1
            });
            u32::try_from(at).unwrap_or(0)
        });
        let which = which.collect();
        Self(Arc::new(Kept { different: different.into(), which }))
    }

    /// Of no operation.
    #[must_use]
    pub fn none() -> Self {
        Self::of(&[])
    }

    /// The value of operation number `at`.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<&Value> {
        self.0.which.get(at).map(|&at| &self.0.different[at as usize])
    }

    /// The values of all operations, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Value> {
        self.0.which.iter().map(|&at| &self.0.different[at as usize])
    }
}

impl Index<usize> for Values {
    type Output = Value;

    fn index(&self, at: usize) -> &Value {
        &self.0.different[self.0.which[at] as usize]
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
            return Values::of(&vec![Value::UNKNOWN; self.facts(function).ops.len()]);
        }
        self.remembered.get(function, || evaluate(&self.world(), function, false).values)
    }

    /// The values of all operations of a function, for a walk over all functions: those that are not known by then are not remembered,
    /// or there would be no room for those that rules ask for.
    pub(crate) fn passing_values(&self, function: FnId) -> Values {
        match self.remembered.of.get(function.index()).and_then(OnceLock::get) {
            Some(known) => known.clone(),
            None if self.is_stopped() => self.values(function),
            None => Values::of(&evaluate(&self.world(), function, false).values),
        }
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
