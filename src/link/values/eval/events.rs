//! What evaluation notes for the rules: what happens in a function, and which stretches of it run once.

use super::super::value::{ClassRef, FnId, Slot, TypeRef, Value};
use super::Deadline;
use crate::facts::{OpId, StoreMode};
use crate::models::{ActId, EntryKind, Models, Role};

/// A stretch of the tape that fills a place it found empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Once {
    pub start: OpId,
    pub end: OpId,
    /// It found one key missing, so it runs once for each key.
    pub keyed: bool,
    /// It compared an age or a number, so it runs again and again.
    pub aged: bool,
    /// The place, while it is not known whether a function called in it fills it.
    pub unfilled: Option<Slot>,
}

impl Once {
    /// Whether `op` lies in it.
    pub(crate) fn holds(&self, op: OpId) -> bool {
        self.start <= op && op < self.end
    }
}

/// Something the rules may ask about.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// A call (or iteration, index, await) that a model describes.
    Act { op: OpId, act: ActId, receiver: Value, result: Value, deadline: Deadline },
    /// A call of a project function.
    Call { op: OpId, callee: FnId, how: How, bound: bool },
    /// A long-lived place is written by a plain operation.
    Write { op: OpId, slot: Slot, mode: StoreMode, whole: bool, on_instance: bool },
    /// Code is registered with the platform, by a call that a model describes or as a parameter.
    Entry { op: OpId, kind: EntryKind, handler: Value, label: Option<String>, act: Option<ActId> },
    /// A path is given to what another operation gives.
    Mount { routes: OpId },
    /// A decorator of a nested function does something.
    Decorated { function: FnId, op: OpId, act: Option<ActId>, by: Value, label: Option<String> },
    /// The framework calls `provider` to fill a parameter of `into`.
    Injection { into: FnId, provider: FnId, op: OpId },
    /// An instance of a class of the project is made, or a row of its table.
    Made { op: OpId, class: ClassRef },
    /// A method of an instance of a class is registered for requests: the instance lives as long as the registration.
    Serves { class: ClassRef },
    /// A type lives as long as the process, says an annotation.
    Resident { ty: TypeRef },
}

impl Event {
    /// The place that it puts something into, and where: by a plain write, or by a call that adds.
    pub(crate) fn filled_slot(&self, models: &Models) -> Option<(OpId, Slot)> {
        match self {
            Self::Write { op, slot, .. } => Some((*op, *slot)),
            Self::Act { op, act, receiver, .. } => {
                let fills = matches!(models.act(*act).behaviour.role, Some(Role::StateWrite | Role::StateGetOrAdd));
                receiver.slot.filter(|_| fills).map(|slot| (*op, slot))
            }
            _ => None,
        }
    }
}

/// How a function is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum How {
    /// Plainly.
    Direct,
    /// Handed to something that calls it.
    Passed,
    /// Handed to something that calls it at most once.
    Once,
}
