//! Data that hot-path code keeps in the process, and what it is kept as: a cache, a session, or plain state.

use super::paths::{Placement, Reached};
use super::project::Project;
use super::slots::{Use, UseKind};
use super::value::{FnId, Slot};
use crate::facts::OpId;
use crate::finding::Confidence;
use crate::models::{Holding, Role};

/// What data is kept as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptAs {
    /// Looked up, and filled when missing.
    Cache,
    /// Who is logged in, connected, talking or buying.
    Session,
    /// Anything else.
    State,
}

/// A place in the process that a hot-path function writes.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The place.
    pub slot: Slot,
    /// The writing function.
    pub function: FnId,
    /// Its first write.
    pub op: OpId,
    /// What sort of write.
    pub kind: UseKind,
    /// What the data is kept as.
    pub kept_as: KeptAs,
    /// What sort of container.
    pub holding: Holding,
    /// How the write is reached.
    pub placement: Placement,
}

impl Project {
    /// Every place of process-wide, changing data that hot-path code writes; once for each place and writing function.
    pub fn kept_data(&self) -> impl Iterator<Item = Kept> {
        self.slots().iter().filter(|&(slot, _)| self.is_process_wide(slot)).flat_map(|(slot, uses)| self.kept_in(slot, uses))
    }

    fn kept_in(&self, slot: Slot, uses: &[Use]) -> Vec<Kept> {
        let Some(holding) = self.holding(slot) else { return Vec::new() };
        let mut kept: Vec<Kept> = Vec::new();
        let as_what = self.kept_as(slot, uses, holding);
        for used in uses {
            if !self.is_change(used, holding) || kept.iter().any(|kept| kept.function == used.function) {
                continue;
            }
            let placement = if self.fills_empty(slot, used) && as_what == KeptAs::Cache {
                self.placement_of_function(used.function)
            } else {
                self.placement(used.function, used.op)
            };
            let placement = match placement {
                Placement::Cold => continue,
                Placement::Unplaced(_) if self.is_set_by_owner(slot, used.function) => continue,
                placement => placement,
            };
            let (function, op, kind) = (used.function, used.op, used.kind);
            kept.push(Kept { slot, function, op, kind, kept_as: as_what, holding, placement });
        }
        kept
    }

    /// Adding, counting and replacing change data; reading and removing do not, nor does binding a whole new object to a name
    /// (the lazily made client, the configuration read again).
    fn is_change(&self, used: &Use, holding: Holding) -> bool {
        match used.kind {
            UseKind::Write | UseKind::GetOrAdd | UseKind::Count => true,
            UseKind::Rebind => matches!(holding, Holding::Counter | Holding::Cell),
            UseKind::Read | UseKind::Remove => false,
        }
    }

    /// A write that runs only while the place lacks the entry.
    fn fills_empty(&self, _slot: Slot, used: &Use) -> bool {
        self.once[used.function.index()].iter().any(|&(start, end)| start <= used.op && used.op < end)
    }

    /// On which path a function lies, whatever runs at most once inside it.
    fn placement_of_function(&self, function: FnId) -> Placement {
        let last = OpId::from_index(self.facts(function).ops.len());
        self.placement(function, last)
    }

    /// Methods of a registry object in a library: who calls them is not known, and an instance may be anyone's.
    fn is_set_by_owner(&self, slot: Slot, function: FnId) -> bool {
        matches!(slot, Slot::Field(_)) && self.classes.owner[function.index()].is_some()
    }

    fn kept_as(&self, slot: Slot, uses: &[Use], holding: Holding) -> KeptAs {
        if holding == Holding::Map && uses.iter().any(|used| self.is_fill(slot, used)) {
            return KeptAs::Cache;
        }
        if matches!(holding, Holding::Map | Holding::Set | Holding::List) && names_a_session(&self.slot_name(slot)) {
            return KeptAs::Session;
        }
        KeptAs::State
    }

    /// A look-up and a fill on a miss: in one function, or by a method made for it.
    fn is_fill(&self, slot: Slot, used: &Use) -> bool {
        match used.kind {
            UseKind::Write => self.fills_empty(slot, used) && !self.is_growing_entry(used),
            _ => false,
        }
    }

    /// `if k not in X: X[k] = []` followed by appending: collecting, not caching.
    fn is_growing_entry(&self, used: &Use) -> bool {
        let facts = self.facts(used.function);
        let crate::facts::OpKind::Store { value, .. } = facts.op(used.op).kind else { return false };
        match facts.op(value).kind {
            crate::facts::OpKind::Construct(_, parts) => facts.list(parts).is_empty(),
            crate::facts::OpKind::Literal(_) => true,
            _ => false,
        }
    }

    /// Whether a place holds what was made by, or what keeps, something the model of a library describes as local by design.
    #[must_use]
    pub fn holds_handles(&self, slot: Slot) -> bool {
        self.slots().uses(slot).iter().any(|used| {
            self.sites_in(used.function).any(|site| {
                let handle = matches!(
                    site.role,
                    Role::Connect | Role::Pool | Role::HttpClient | Role::SdkClient | Role::LockLocal | Role::Metric
                );
                handle && self.is_stored_by(used, site.op)
            })
        })
    }

    /// Whether the value of `op` is what `used` stores.
    fn is_stored_by(&self, used: &Use, op: OpId) -> bool {
        let facts = self.facts(used.function);
        let stored = match facts.op(used.op).kind {
            crate::facts::OpKind::Store { value, .. } => vec![value],
            crate::facts::OpKind::Call { args, .. } => facts.list(args).iter().map(|arg| arg.value).collect(),
            _ => return false,
        };
        stored.into_iter().any(|value| self.derives(used.function, value, op))
    }

    /// Whether `value` is `origin`, through names and waiting.
    fn derives(&self, function: FnId, value: OpId, origin: OpId) -> bool {
        let facts = self.facts(function);
        let mut at = value;
        for _ in 0..16 {
            if at == origin {
                return true;
            }
            at = match facts.op(at).kind {
                crate::facts::OpKind::Await(inner) | crate::facts::OpKind::Try(inner) | crate::facts::OpKind::Enter(inner) => inner,
                crate::facts::OpKind::Name(name) => {
                    let stores = facts.tape().take(at.index()).filter_map(|(_, op)| match op.kind {
                        crate::facts::OpKind::Store { target: crate::facts::Target::Name(stored), value, .. } if stored == name => {
                            Some(value)
                        }
                        _ => None,
                    });
                    match stores.last() {
                        Some(value) => value,
                        None => return false,
                    }
                }
                _ => return false,
            };
        }
        false
    }
}

/// Whether proven process-wide data is, by its name, about who is connected or logged in. This decides only which of our rules
/// speaks about it, never whether one does.
fn names_a_session(name: &str) -> bool {
    let words: Vec<String> = name
        .rsplit(['.', ':'])
        .next()
        .unwrap_or(name)
        .split('_')
        .flat_map(split_camel)
        .map(|word| word.to_ascii_lowercase())
        .collect();
    let about = [
        "session", "sessions", "token", "tokens", "login", "logins", "cart", "carts", "user", "users", "conversation", "conversations",
        "websocket", "websockets", "sockets", "ws", "connections", "clients", "online", "chats", "logged",
    ];
    words.iter().any(|word| about.contains(&word.as_str()))
}

fn split_camel(word: &str) -> Vec<&str> {
    if word.chars().all(|c| !c.is_lowercase()) {
        return vec![word];
    }
    let mut starts: Vec<usize> = word.char_indices().filter(|(at, c)| *at == 0 || c.is_uppercase()).map(|(at, _)| at).collect();
    starts.push(word.len());
    starts.windows(2).map(|pair| &word[pair[0]..pair[1]]).collect()
}

impl Kept {
    /// The path, when it is known.
    #[must_use]
    pub fn reached(&self) -> Option<&Reached> {
        match &self.placement {
            Placement::Hot(reached) => Some(reached),
            _ => None,
        }
    }

    /// No surer than the placement allows.
    #[must_use]
    pub fn confidence(&self) -> Confidence {
        match self.placement {
            Placement::Unplaced(confidence) => confidence,
            _ => Confidence::High,
        }
    }
}
