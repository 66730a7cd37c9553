//! Data that hot-path code keeps in the process, and what it is kept as: a cache, a session, or plain state.

use super::slots::{Use, UseKind};
use crate::facts::{OpId, OpKind, Target};
use crate::link::project::Project;
use crate::link::reach::paths::Placement;
use crate::link::values::flows::{last_store, taint};
use crate::link::values::value::{FnId, Slot};
use crate::models::{Holding, Role};

/// What data is kept as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptAs {
    /// Looked up, and filled when missing.
    Cache,
    /// Who is logged in, connected, talking or buying.
    Session,
    /// How often somebody asked of late, to be refused when it was too often.
    Limiter,
    /// Open connections to clients, or what leads to them.
    Connections,
    /// Anything else.
    State,
}

/// A place in the process that a hot-path function writes.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The place.
    pub slot: Slot,
    /// How people call it.
    pub name: String,
    /// The writing function.
    pub function: FnId,
    /// Its first write.
    pub op: OpId,
    /// What sort of write.
    pub kind: UseKind,
    /// What the data is kept as.
    pub kept_as: KeptAs,
    /// It is a copy of what a shared store holds, on its way there, or about the object that holds it.
    pub copied: bool,
    /// How the write is reached.
    pub placement: Placement,
}

impl Project {
    /// Every place of process-wide, changing data that hot-path code writes; once for each place and writing function.
    pub fn kept_data(&self) -> impl Iterator<Item = Kept> {
        self.slots().iter().filter(|&(slot, _)| self.is_process_wide(slot)).flat_map(|(slot, uses)| self.kept_in(slot, uses))
    }

    /// The name of what is stored by a write, where that is all it stores.
    #[must_use]
    pub fn stored_name(&self, kept: &Kept) -> Option<crate::facts::NameId> {
        let facts = self.facts(kept.function);
        match facts.op(kept.op).kind {
            OpKind::Store { value, mode: crate::facts::StoreMode::Plain, .. } => match facts.op(value).kind {
                OpKind::Name(name) => Some(name),
                _ => None,
            },
            _ => None,
        }
    }

    fn kept_in(&self, slot: Slot, uses: &[Use]) -> Vec<Kept> {
        let Some(holding) = self.holding(slot) else { return Vec::new() };
        let uses: Vec<Use> = uses.iter().filter(|used| !self.is_test(used.function)).copied().collect();
        let uses = uses.as_slice();
        if self.counts_work_in_flight(uses, holding)
            || self.is_breaker(slot, uses)
            || self.is_bare_number(slot, uses, holding)
            || self.is_scratch(slot, uses)
        {
            return Vec::new();
        }
        let mut kept: Vec<Kept> = Vec::new();
        let Some(kept_as) = self.kept_as(slot, uses, holding) else { return kept };
        let mut mirrored = None;
        for used in uses {
            if !self.is_change(used, holding)
                || self.is_put_back(used, uses)
                || self.is_moved(used, uses)
                || self.is_own_attribute(slot, used)
                || kept.iter().any(|kept| kept.function == used.function)
            {
                continue;
            }
            let placement = match self.placement_of_change(used) {
                Placement::Cold => continue,
                Placement::Unplaced(_) if self.is_set_by_owner(slot, used.function) => continue,
                placement => placement,
            };
            let name = self.kept_name(slot, used);
            let steps = match &placement {
                Placement::Hot(reached) => Some(reached.steps.len()),
                Placement::Cold | Placement::Unplaced(_) => None,
            };
            let special = matches!(kept_as, KeptAs::Limiter | KeptAs::Connections);
            let copied = !special && (self.is_handed_out(used, uses) || self.is_copy(slot, used, uses, holding))
                || self.is_fulfilled_otherwise(used.function, |other| self.reaches(other, 2, |site| is_shared_store(site.role)))
                || match kept_as {
                    KeptAs::Cache => self.is_swept(uses),
                    KeptAs::Limiter | KeptAs::Connections => false,
                    KeptAs::Session => *mirrored.get_or_insert_with(|| self.is_mirrored(uses) || self.is_in_flight(uses)),
                    KeptAs::State => {
                        *mirrored.get_or_insert_with(|| {
                            self.is_mirrored(uses) || self.is_refreshed(uses) || self.is_own_affair(slot, uses, holding)
                        }) || self.is_set_up(slot, used)
                            || self.is_called_cache(slot)
                            || steps.is_some_and(|steps| !self.is_seen_by_requests(slot, used, uses, steps))
                    }
                };
            let (function, op, kind) = (used.function, used.op, used.kind);
            kept.push(Kept { slot, name, function, op, kind, kept_as, placement, copied });
        }
        kept
    }

    /// A write for each missing key still happens as often as there are keys; one that fills the whole place happens once.
    fn placement_of_change(&self, used: &Use) -> Placement {
        let mut regions = self.once[used.function.index()].iter().filter(|once| once.holds(used.op));
        let often = regions.all(|once| once.keyed || (once.aged && used.kind != UseKind::Rebind));
        let often = often && !self.is_under_test_switch(used.function, used.op);
        if often { self.placement_of_function(used.function) } else { Placement::Cold }
    }

    /// State of a circuit breaker: it changes where failures are handled, and describes this instance.
    fn is_breaker(&self, slot: Slot, uses: &[Use]) -> bool {
        if self.slot_name(slot).to_ascii_lowercase().contains("breaker") {
            return true;
        }
        let mut changes = uses.iter().filter(|used| matches!(used.kind, UseKind::Count | UseKind::Lower)).peekable();
        changes.peek().is_some()
            && changes.all(|used| {
                self.facts(used.function)
                    .regions_around(used.op)
                    .any(|region| matches!(region.kind, crate::facts::RegionKind::Handler(_)))
            })
    }

    /// How people call the place: its own name, or the variable through which a managed one is reached.
    fn kept_name(&self, slot: Slot, used: &Use) -> String {
        let Slot::Managed(_) = slot else { return self.slot_name(slot) };
        let facts = self.facts(used.function);
        let mut at = used.op;
        while let Some(base) = crate::link::values::flows::chain_base(facts, at) {
            at = base;
        }
        match facts.op(at).kind {
            OpKind::Name(name) => self.files().name(self.files().locate(used.function).0, name).to_owned(),
            _ => self.slot_name(slot),
        }
    }

    /// Adding, counting and replacing change data; reading and removing do not, nor does binding a whole new object to a name
    /// (the lazily made client, the configuration read again).
    fn is_change(&self, used: &Use, holding: Holding) -> bool {
        match used.kind {
            UseKind::Write | UseKind::GetOrAdd | UseKind::Count | UseKind::Lower => true,
            UseKind::Rebind => matches!(holding, Holding::Counter | Holding::Cell),
            UseKind::Read | UseKind::Remove => false,
        }
    }

    /// An object that is not the process's own gets an attribute: its class stays as it is.
    fn is_own_attribute(&self, slot: Slot, used: &Use) -> bool {
        match slot {
            Slot::Field(_) if self.changes_clone(used) => true,
            // A constructor furnishes the object it makes.
            Slot::Field(field) if self.classes.fields[field.index()].on_instance && self.made_class(used.function).is_some() => {
                true
            }
            Slot::Field(field) => used.on_instance && !self.is_resident(self.classes.fields[field.index()].class),
            Slot::Global(_) | Slot::Managed(_) | Slot::Stored(_) => false,
        }
    }

    /// `let mut fork = self.clone(); fork.limit = 3;`: the object that was cloned keeps what it has.
    fn changes_clone(&self, used: &Use) -> bool {
        let facts = self.facts(used.function);
        let (file, _) = self.files().locate(used.function);
        let OpKind::Store { target: Target::Attribute(base, _), .. } = facts.op(used.op).kind else { return false };
        let OpKind::Name(name) = facts.op(base).kind else { return false };
        last_store(facts, name, used.op).is_some_and(|made| match facts.op(made).kind {
            OpKind::Call { callee, .. } => match facts.op(callee).kind {
                OpKind::Name(name) | OpKind::Attribute(_, name) => {
                    matches!(self.files().name(file, name), "clone" | "copy" | "deepcopy")
                }
                _ => false,
            },
            _ => false,
        })
    }

    /// A write that runs only while the place lacks the entry.
    pub(crate) fn fills_empty(&self, used: &Use) -> bool {
        self.once[used.function.index()].iter().any(|once| once.holds(used.op) && once.keyed && !once.aged)
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

    /// What the place is kept as; `None` for a memo of what every instance computes alike.
    fn kept_as(&self, slot: Slot, uses: &[Use], holding: Holding) -> Option<KeptAs> {
        let collection = matches!(holding, Holding::Map | Holding::Set | Holding::List);
        if collection && self.keeps_clients(slot, uses) {
            return Some(KeptAs::Connections);
        }
        if collection && self.is_limiter(slot, uses) {
            return Some(KeptAs::Limiter);
        }
        let fills: Vec<&Use> = uses.iter().filter(|used| self.is_fill(used)).collect();
        if holding == Holding::Map && !fills.is_empty() {
            return fills.iter().any(|fill| self.is_from_outside(fill)).then_some(KeptAs::Cache);
        }
        let name = uses.first().map_or_else(|| self.slot_name(slot), |used| self.kept_name(slot, used));
        if matches!(holding, Holding::Map | Holding::Set | Holding::List) && names_a_session(&name) {
            return Some(KeptAs::Session);
        }
        Some(KeptAs::State)
    }

    /// A look-up and a fill on a miss.
    fn is_fill(&self, used: &Use) -> bool {
        used.kind == UseKind::Write && self.fills_empty(used) && !self.is_growing_entry(used)
    }

    /// Whether what is put into the place is made of what a database, a service or another store answered, to the function that
    /// fills it or to what that one calls.
    fn is_from_outside(&self, fill: &Use) -> bool {
        let facts = self.facts(fill.function);
        let asked = self.asked_outside(fill.function, 0);
        let tainted = taint(facts, |at| asked.contains(&at));
        match facts.op(fill.op).kind {
            OpKind::Store { value, .. } => tainted[value.index()],
            OpKind::Call { args, .. } => facts.list(args).iter().any(|arg| tainted[arg.value.index()]),
            _ => false,
        }
    }

    /// Operations of a function that give an answer from outside the process.
    fn asked_outside(&self, function: FnId, depth: u32) -> Vec<OpId> {
        let asks = |role| {
            matches!(
                role,
                Role::FetchOne
                    | Role::FetchMany
                    | Role::Execute
                    | Role::CursorAll
                    | Role::CursorOne
                    | Role::HttpRequest
                    | Role::RpcCall
                    | Role::CacheRead
            )
        };
        let own = self.sites_in(function).filter(|site| asks(site.role)).map(|site| site.op);
        let answers = |callee: FnId| {
            let asked = self.asked_outside(callee, depth + 1);
            asked.into_iter().any(|op| self.flows_to_return(callee, op))
        };
        let called = self.graph.from(function).filter(|edge| depth < 3 && !edge.outside && answers(edge.callee));
        own.chain(called.map(|edge| edge.op)).collect()
    }

    /// `if k not in X: X[k] = []` followed by appending: collecting, not caching.
    pub(crate) fn is_growing_entry(&self, used: &Use) -> bool {
        let facts = self.facts(used.function);
        let OpKind::Store { value, .. } = facts.op(used.op).kind else { return false };
        match facts.op(value).kind {
            OpKind::Construct(_, parts) => facts.list(parts).is_empty(),
            OpKind::Literal(_) => true,
            _ => false,
        }
    }

    /// Whether the value of `op` is what `used` stores.
    pub(crate) fn is_stored_by(&self, used: &Use, op: OpId) -> bool {
        let facts = self.facts(used.function);
        let stored = match facts.op(used.op).kind {
            OpKind::Store { value, .. } => vec![value],
            OpKind::Call { args, .. } => facts.list(args).iter().map(|arg| arg.value).collect(),
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
                OpKind::Await(inner) | OpKind::Try(inner) | OpKind::Enter(inner, _) => inner,
                OpKind::Name(name) => {
                    let stores = facts.tape().take(at.index()).filter_map(|(_, op)| match op.kind {
                        OpKind::Store { target: Target::Name(stored), value, .. } if stored == name => Some(value),
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

/// Whether a call reads or changes what all instances share.
fn is_shared_store(role: Role) -> bool {
    let cache = matches!(role, Role::CacheRead | Role::CacheWrite | Role::CacheBatch | Role::CacheFill | Role::CacheAdd);
    cache || matches!(role, Role::Execute | Role::FetchOne | Role::FetchMany | Role::Write | Role::WriteBatch | Role::AddRow)
}

/// Whether proven process-wide data is, by the last word of its name, about who is connected or logged in. This decides only
/// which of our rules speaks about it, never whether one does.
fn names_a_session(name: &str) -> bool {
    let name = name.rsplit(['.', ':']).next().unwrap_or(name).to_ascii_lowercase_words();
    let head = name.split(" by ").next().unwrap_or_default();
    let about = [
        "session",
        "sessions",
        "token",
        "tokens",
        "login",
        "logins",
        "cart",
        "carts",
        "user",
        "users",
        "conversation",
        "conversations",
        "websocket",
        "websockets",
        "sockets",
        "ws",
        "connections",
        "clients",
        "online",
        "chats",
    ];
    head.split(' ').next_back().is_some_and(|word| about.contains(&word))
}

trait Words {
    /// `logged_in_users`, `loggedInUsers` as `logged in users`.
    fn to_ascii_lowercase_words(&self) -> String;
}

impl Words for str {
    fn to_ascii_lowercase_words(&self) -> String {
        let words: Vec<String> =
            self.split('_').flat_map(split_camel).filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect();
        words.join(" ")
    }
}

fn split_camel(word: &str) -> Vec<&str> {
    if word.chars().all(|c| !c.is_lowercase()) {
        return vec![word];
    }
    let mut starts: Vec<usize> = word.char_indices().filter(|(at, c)| *at == 0 || c.is_uppercase()).map(|(at, _)| at).collect();
    starts.push(word.len());
    starts.windows(2).map(|pair| &word[pair[0]..pair[1]]).collect()
}
