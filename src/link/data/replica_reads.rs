//! Which reads go to the primary though a replica could answer them?

use super::replicas::{Handle, Handles, Side};
use super::stale_reads::CALLS;
use crate::facts::{Literal, OpId, OpKind, Target};
use crate::finding::{Confidence, Place};
use crate::link::project::{Project, Site};
use crate::link::values::eval::Event;
use crate::link::values::value::{FnId, Slot};
use crate::models::{EntryKind, Parameter, Role, Setting, Trait};
use std::collections::{BTreeMap, BTreeSet};

/// A read that a replica could answer.
#[derive(Debug)]
pub struct PrimaryRead {
    /// In which function.
    pub function: FnId,
    /// The read, or the call that leads to it.
    pub op: OpId,
    /// What leads to the primary.
    pub primary: String,
    /// What would lead to a replica.
    pub replica: String,
    /// Where that is defined.
    pub defined: Option<Place>,
    /// How sure it is.
    pub sure: Confidence,
}

/// A way to a replica that leads to the primary.
#[derive(Debug)]
pub struct FalseReplica {
    /// A function of the file that defines it.
    pub function: FnId,
    /// Where it is defined.
    pub place: Place,
    /// What it is called.
    pub replica: String,
    /// What leads to the same database.
    pub primary: String,
}

/// Functions below an entry that are looked at to see that nothing is written.
const MANY: usize = 300;

/// What people must see at once after they did something, and what decides who they are.
const FRESH: [&str; 26] = [
    "auth",
    "login",
    "logout",
    "oauth",
    "callback",
    "session",
    "sessions",
    "token",
    "tokens",
    "password",
    "verify",
    "confirm",
    "complete",
    "stream",
    "ws",
    "listen",
    "health",
    "healthz",
    "ready",
    "status",
    "me",
    "checkout",
    "checkouts",
    "payment",
    "claim",
    "permissions",
];

impl Project {
    /// Reads for requests that only look, sent to the primary beside a replica that others of the project use.
    #[must_use]
    pub fn reads_on_primary(&self) -> Vec<PrimaryRead> {
        let handles = self.database_handles();
        if handles.pairs.is_empty() || self.setting(Setting::DatabaseRouter).is_some() {
            return Vec::new();
        }
        let used: BTreeMap<FnId, Vec<(OpId, Handle)>> = self
            .functions()
            .filter(|&function| !self.is_test(function) && !handles.sides.contains_key(&Handle::Function(function)))
            .map(|function| (function, self.handles_used(handles, function)))
            .filter(|(_, used)| !used.is_empty())
            .collect();
        let asked: BTreeSet<Handle> = used
            .iter()
            .filter(|(function, _)| self.is_reached(**function, EntryKind::Request))
            .flat_map(|(_, used)| used.iter().map(|(_, handle)| *handle))
            .filter(|handle| handles.sides[handle] == Side::Replica)
            .collect();
        let mut looks = BTreeMap::new();
        used.iter().filter_map(|(&function, used)| self.primary_read(handles, &asked, function, used, &mut looks)).collect()
    }

    fn primary_read(
        &self,
        handles: &Handles,
        asked: &BTreeSet<Handle>,
        function: FnId,
        used: &[(OpId, Handle)],
        looks: &mut BTreeMap<FnId, bool>,
    ) -> Option<PrimaryRead> {
        if used.iter().any(|(_, handle)| handles.sides[handle] == Side::Replica) || self.explains_side(function) {
            return None;
        }
        let pair = |handle: Handle| handles.pairs.iter().find(|(primary, replica)| *primary == handle && asked.contains(replica));
        let &(primary, replica) = used.iter().find_map(|&(_, handle)| pair(handle))?;
        let entries = self.entries_above(function)?;
        if !entries.iter().all(|&entry| self.only_looks(handles, entry, looks)) || !self.only_looks(handles, function, looks) {
            return None;
        }
        let own = self.sites_in(function).filter(is_read).map(|site| (site.op, site.role == Role::FetchMany));
        let below =
            self.graph.from(function).filter(|edge| !edge.outside && !handles.sides.contains_key(&Handle::Function(edge.callee)));
        let below = below
            .filter(|edge| self.reaches(edge.callee, CALLS, is_read))
            .map(|edge| (edge.op, self.reaches(edge.callee, CALLS, |site| site.role == Role::FetchMany)));
        let reads: Vec<(OpId, bool)> = own.chain(below).collect();
        let op = reads.iter().map(|(op, _)| *op).min()?;
        Some(PrimaryRead {
            function,
            op,
            primary: self.handle_name(primary),
            replica: self.handle_name(replica),
            defined: self.handle_place(replica),
            sure: if reads.iter().any(|(_, many)| *many) { Confidence::High } else { Confidence::Medium },
        })
    }

    fn handle_place(&self, handle: Handle) -> Option<Place> {
        match handle {
            Handle::Function(function) => Some(self.place_of_name(function)),
            Handle::Slot(slot) => self.slot_declaration(slot),
        }
    }

    /// A comment that speaks of primaries, replicas or their lag: somebody has decided.
    pub(super) fn explains_side(&self, function: FnId) -> bool {
        let (file, _) = self.files().locate(function);
        let span = self.facts(function).span;
        let text = self.files().get(file).text.get(span.start as usize..span.end as usize).unwrap_or_default();
        let comments =
            text.lines().filter_map(|line| line.split_once('#').or_else(|| line.split_once("//"))).map(|(_, said)| said);
        let said: Vec<String> = comments.flat_map(super::replicas::words).collect();
        ["primary", "replica", "replicas", "lag", "stale", "fresh", "newest"]
            .iter()
            .any(|word| said.iter().any(|said| said == word))
    }

    /// The handlers that lead to a function, when all of them only ask; `None` when something else does, or nothing is known.
    fn entries_above(&self, function: FnId) -> Option<Vec<FnId>> {
        let (mut waiting, mut seen, mut entries) = (vec![function], BTreeSet::from([function]), Vec::new());
        while let Some(at) = waiting.pop() {
            if seen.len() > MANY || self.is_test(at) {
                return None;
            }
            let points = self.entries.of(at);
            if !points.iter().all(|point| point.kind == EntryKind::Request && asks(&point.label)) {
                return None;
            }
            if !points.is_empty() {
                entries.push(at);
            }
            let callers = self.graph.to(at).map(|edge| edge.caller).filter(|&caller| !self.is_test(caller));
            waiting.extend(callers.filter(|&caller| seen.insert(caller)));
        }
        Some(entries).filter(|entries| !entries.is_empty())
    }

    /// Whether nothing that runs below a function writes, locks or starts anything.
    fn only_looks(&self, handles: &Handles, function: FnId, known: &mut BTreeMap<FnId, bool>) -> bool {
        if let Some(&looks) = known.get(&function) {
            return looks;
        }
        let (mut waiting, mut seen) = (vec![function], BTreeSet::from([function]));
        let mut looks = true;
        while let Some(at) = waiting.pop().filter(|_| looks) {
            looks = seen.len() <= MANY && !self.sites_in(at).any(|site| acts(&site)) && !self.names_change(at);
            let below = self.graph.from(at).filter(|edge| !edge.outside).map(|edge| edge.callee);
            let below = below.filter(|&callee| !handles.sides.contains_key(&Handle::Function(callee)));
            waiting.extend(below.filter(|&callee| seen.insert(callee)));
            waiting.extend(self.children[at.index()].iter().copied().filter(|&child| seen.insert(child)));
        }
        known.insert(function, looks);
        looks
    }

    /// Whether a function calls something unknown whose name says that it changes data or must see the newest.
    fn names_change(&self, function: FnId) -> bool {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        facts.tape().any(|(at, op)| {
            let OpKind::Call { callee, .. } = op.kind else { return false };
            let OpKind::Attribute(_, name) = facts.op(callee).kind else { return false };
            let name = self.files().name(file, name);
            let says = matches!(
                name,
                "commit"
                    | "flush"
                    | "save"
                    | "insert"
                    | "insert_into"
                    | "delete"
                    | "upsert"
                    | "enqueue"
                    | "begin"
                    | "transaction"
                    | "for_update"
                    | "with_for_update"
            ) || [
                "create_",
                "update_",
                "delete_",
                "save_",
                "insert_",
                "record_",
                "track_",
                "touch_",
                "lock_",
                "get_or_create",
            ]
            .iter()
            .any(|start| name.starts_with(start));
            says && !self.graph.from(function).any(|edge| edge.op == at)
        })
    }

    /// Ways to a replica that lead to the primary whatever the settings say.
    #[must_use]
    pub fn false_replicas(&self) -> Vec<FalseReplica> {
        let handles = self.database_handles();
        let mut seen = BTreeSet::new();
        let pairs = handles.pairs.iter().filter(|&&(primary, replica)| match (primary, replica) {
            (Handle::Function(primary), Handle::Function(replica)) => self.gives_the_same(primary, replica),
            (Handle::Slot(primary), Handle::Slot(replica)) => self.holds_the_same(primary, replica),
            _ => false,
        });
        pairs
            .filter(|(_, replica)| seen.insert(*replica))
            .filter_map(|&(primary, replica)| {
                let place = self.handle_place(replica)?;
                let function = match replica {
                    Handle::Function(function) => function,
                    Handle::Slot(_) => self.module_body(place.file),
                };
                (!self.is_script(function)).then(|| FalseReplica {
                    function,
                    place,
                    replica: self.handle_name(replica),
                    primary: self.handle_name(primary),
                })
            })
            .collect()
    }

    /// Two functions that say the same, or the second of which only calls the first.
    fn gives_the_same(&self, primary: FnId, replica: FnId) -> bool {
        let spoken = |function: FnId| -> Vec<&str> {
            let (file, _) = self.files().locate(function);
            let facts = self.facts(function);
            let names = facts.ops.iter().filter_map(|op| match op.kind {
                OpKind::Name(name) | OpKind::Attribute(_, name) | OpKind::Literal(Literal::Text(name)) => Some(name),
                _ => None,
            });
            names.map(|name| self.files().name(file, name)).collect()
        };
        let (first, second) = (spoken(primary), spoken(replica));
        let calls = self.graph.from(replica).any(|edge| edge.callee == primary && !edge.outside);
        // An abstract method, or one that only fails, gives nothing.
        let gives = |function: FnId| self.graph.from(function).next().is_some() || self.sites_in(function).next().is_some();
        calls && second.len() <= 3 || first.len() > 1 && first == second && gives(replica)
    }

    /// Two places that are given the same pool, or pools of the same address.
    fn holds_the_same(&self, primary: Slot, replica: Slot) -> bool {
        let (Some(first), Some(second)) = (self.only_store(primary), self.only_store(replica)) else { return false };
        let values = self.values(second.0);
        if values[second.1.index()].slot == Some(primary) {
            return true;
        }
        let target = |(function, op): (FnId, OpId)| {
            let pool = self.sites_in(function).find(|site| site.role == Role::Pool && self.is_same(function, op, site.op))?;
            self.origin(function, self.parameter_op(&pool, Parameter::Target)?)
        };
        target(first).is_some_and(|leads_to| target(second) == Some(leads_to))
    }

    /// The one store of a value to a variable of a module or to a field.
    fn only_store(&self, slot: Slot) -> Option<(FnId, OpId)> {
        let mut found = Vec::new();
        for function in self.functions().filter(|&function| !self.is_test(function)) {
            for event in self.events(function) {
                let Event::Write { op, slot: of, .. } = *event else { continue };
                if let (true, OpKind::Store { value, .. }) = (of == slot, self.facts(function).op(op).kind) {
                    found.push((function, value));
                }
            }
        }
        if let (Slot::Global(_), true) = (slot, found.is_empty()) {
            let place = self.slot_declaration(slot)?;
            let body = self.module_body(place.file);
            let name = self.slot_name(slot);
            found.extend(self.facts(body).ops.iter().filter_map(|op| match op.kind {
                OpKind::Store { target: Target::Name(stored), value, .. } if self.files().name(place.file, stored) == name => {
                    Some((body, value))
                }
                _ => None,
            }));
        }
        match found.as_slice() {
            &[only] if !self.is_conditional(only.0, only.1) => Some(only),
            _ => None,
        }
    }
}

/// Reads rows.
pub(super) fn is_read(site: &Site<'_>) -> bool {
    let reads = [Role::FetchMany, Role::FetchOne, Role::FetchStream, Role::CursorAll, Role::CursorOne, Role::Execute];
    reads.contains(&site.role) && !acts(site)
}

/// Changes something, or must see the newest: for what may do so counts as doing it.
pub(super) fn acts(site: &Site<'_>) -> bool {
    let traits = site.act.adds.union(site.receiver.traits).union(site.result.traits);
    match site.role {
        Role::Write | Role::WriteBatch | Role::Commit | Role::LockShared | Role::Enqueue | Role::Charge | Role::MailSend => true,
        Role::Execute => traits.has(Trait::Writes) || !traits.has(Trait::Understood) && traits.has(Trait::Unread),
        _ => [Trait::Writes, Trait::Serial, Trait::Claimed].into_iter().any(|which| traits.has(which)),
    }
}

/// Whether an entry only asks, and for nothing that must be of this moment.
fn asks(label: &str) -> bool {
    let (verb, path) = label.split_once(' ').unwrap_or((label, ""));
    let by_name =
        || ["get", "list", "retrieve", "head"].iter().any(|end| label.rsplit('.').next() == Some(*end) && label.contains('.'));
    let fresh = super::replicas::words(path).iter().any(|word| FRESH.contains(&word.as_str()));
    (matches!(verb, "GET" | "HEAD") || path.is_empty() && by_name()) && !fresh
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_that_only_ask() {
        assert!(asks("GET /discounts"));
        assert!(asks("DiscountView.get"));
        assert!(!asks("POST /discounts"));
        assert!(!asks("GET /auth/github/callback"));
        assert!(!asks("dependency"));
    }
}
