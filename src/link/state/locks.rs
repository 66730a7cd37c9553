//! What does a lock of this process guard? Rows that other instances change as well, or only memory of its own.

use crate::deploy::workloads::{Storage, Workload};
use crate::facts::{OpId, OpKind, RegionKind, Target};
use crate::finding::Note;
use crate::lang::Language;
use crate::link::project::{Project, Site};
use crate::link::reach::paths::Placement;
use crate::link::values::eval::Event;
use crate::link::values::flows::{chain_base, chain_through_names, same_chain, taint};
use crate::link::values::value::FnId;
use crate::link::work::schedules::is_change;
use crate::models::{Holding, Resource, Role, Trait};
use std::collections::BTreeSet;

/// A lock that only this process sees around something that others change too.
#[derive(Debug, Clone)]
pub struct WeakLock<'p> {
    /// The call that takes it, where a model describes that.
    pub site: Option<Site<'p>>,
    /// Where it is taken.
    pub at: (FnId, OpId),
    /// How that is reached.
    pub placement: Placement,
    /// What is read, and then changed, under it, or what another system is asked to do.
    pub steps: Vec<Note>,
    /// Another system is asked, and rows are not touched.
    pub asks: bool,
}

/// What happens under a lock.
#[derive(Debug, Default)]
struct Guarded<'p> {
    reads: Option<Site<'p>>,
    writes: Option<Site<'p>>,
    /// Another system is asked to do something, and nobody looks at its answer here.
    asks: Option<Site<'p>>,
    /// Another system is asked, perhaps for what is then written.
    outside: bool,
    /// Memory of the process is changed.
    memory: bool,
    /// A lock that all instances see is taken, or rows are locked.
    shared: bool,
}

/// How far calls under a lock are followed.
const DEPTH: u32 = 3;

impl Project {
    /// Locks of this process under which hot-path code reads rows and then changes them.
    #[must_use]
    pub fn weak_locks(&self) -> Vec<WeakLock<'_>> {
        // A database in a file has one writer anyway.
        let in_file = |site: &Site<'_>| {
            let beside = self.is_test(site.function) || self.is_script(site.function) || self.is_reached_by_hand(site.function);
            site.act.behaviour.kind == Some(Resource::FileDatabase) && !beside
        };
        if self.sites(Role::Connect).chain(self.sites(Role::Pool)).any(|site| in_file(&site)) {
            return Vec::new();
        }
        let judged = |site: Site<'_>| site.act.behaviour.role == Some(Role::LockLocal);
        let mut found = Vec::new();
        for site in self.sites(Role::LockLocal).filter(|&site| judged(site)) {
            let placement = self.placement(site.function, site.op);
            if self.is_script(site.function) || !matches!(placement, Placement::Hot(_)) || self.locks_shared_file(&site) {
                continue;
            }
            let Some((start, end)) = self.held(&site) else { continue };
            found.extend(
                self.weak_lock((site.function, site.op), (start, end), placement)
                    .map(|weak| WeakLock { site: Some(site), ..weak }),
            );
        }
        found.extend(self.bare_locks());
        found
    }

    /// What is wrong with a lock that is held over a stretch of the tape.
    fn weak_lock(&self, at: (FnId, OpId), (start, end): (OpId, OpId), placement: Placement) -> Option<WeakLock<'_>> {
        let mut guarded = Guarded::default();
        let bare = self.files().get(self.files().locate(at.0).0).language == Language::Rust;
        self.collect_guarded(at.0, Some((start, end)), 0, &mut BTreeSet::new(), &mut guarded);
        if guarded.memory || guarded.shared {
            return None;
        }
        let note = |site: &Site<'_>, what: &str| Note {
            place: self.site_place(site),
            message: format!("{} {what} through {}", self.function_name(site.function), self.callee_name(site)),
        };
        let (steps, asks) = match (guarded.reads, guarded.writes, guarded.asks) {
            // Rows that are filled from elsewhere, once in each process: without the lock they are only fetched twice.
            (Some(_), Some(_), _) if guarded.outside && bare => return None,
            (Some(read), Some(write), _) => (vec![note(&read, "reads"), note(&write, "writes")], false),
            (None, None, Some(asked)) if !self.stores_within(at.0, start, end) => (vec![note(&asked, "asks")], true),
            _ => return None,
        };
        Some(WeakLock { site: None, at, placement, steps, asks })
    }

    /// Locks that guard no data of their own: `let _guard = state.lock.lock().await`, and nobody looks at the guard.
    fn bare_locks(&self) -> Vec<WeakLock<'_>> {
        let mut found = Vec::new();
        for function in self.functions().filter(|&function| !self.is_test(function) && !self.is_script(function)) {
            let (file, _) = self.files().locate(function);
            if self.files().get(file).language != Language::Rust {
                continue;
            }
            for (op, _) in self.facts(function).tape().filter(|(_, op)| matches!(op.kind, OpKind::Call { .. })) {
                let Some(end) = self.bare_lock(function, op) else { continue };
                let placement = self.placement(function, op);
                if matches!(placement, Placement::Hot(_)) {
                    found.extend(self.weak_lock((function, op), (op, end), placement));
                }
            }
        }
        found
    }

    /// Until where a lock is held, by a guard that is only dropped.
    fn bare_lock(&self, function: FnId, op: OpId) -> Option<OpId> {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let OpKind::Call { callee, .. } = facts.op(op).kind else { return None };
        let OpKind::Attribute(base, name) = facts.op(callee).kind else { return None };
        if !matches!(self.files().name(file, name), "lock" | "blocking_lock" | "lock_owned") {
            return None;
        }
        let held = self.values(function)[base.index()].model_type()?;
        if self.models().lineage(held).find_map(|ty| ty.holds) != Some(Holding::Cell) {
            return None;
        }
        let (stored, guard) = facts.tape().skip(op.index()).find_map(|(at, later)| match later.kind {
            OpKind::Store { target: Target::Name(guard), value, .. } if same_chain(facts, value, op) => Some((at, guard)),
            _ => None,
        })?;
        let is_guard = |at: OpId| facts.op(at).kind == OpKind::Name(guard);
        let dropped = facts.tape().skip(stored.index() + 1).find_map(|(at, later)| match later.kind {
            OpKind::Call { callee, args } => {
                let drops = matches!(facts.op(callee).kind, OpKind::Name(name) if self.files().name(file, name) == "drop");
                (drops && facts.list(args).first().is_some_and(|arg| is_guard(arg.value))).then_some(at)
            }
            _ => None,
        });
        let looks = facts.tape().skip(stored.index() + 1).filter(|(at, _)| is_guard(*at)).count();
        let block = facts.regions_around(op).map(|region| region.end).min();
        (looks <= usize::from(dropped.is_some())).then(|| dropped.or(block).unwrap_or(OpId::from_index(facts.ops.len())))
    }

    /// The stretch of the tape over which a lock is held: its block, or up to where it is given back.
    fn held(&self, site: &Site<'_>) -> Option<(OpId, OpId)> {
        let facts = self.facts(site.function);
        let (file, _) = self.files().locate(site.function);
        let block = facts.regions.iter().find(|region| match region.kind {
            RegionKind::With(manager) => {
                manager == site.op || matches!(facts.op(site.op).kind, OpKind::Enter(entered, _) if entered == manager)
            }
            _ => false,
        });
        if let Some(region) = block {
            return Some((region.start, region.end));
        }
        let OpKind::Call { callee, .. } = facts.op(site.op).kind else { return None };
        let OpKind::Attribute(base, name) = facts.op(callee).kind else { return None };
        // `fcntl.flock(file, LOCK_EX)`: until the file is closed.
        if matches!(self.files().name(file, name), "flock" | "lockf") && matches!(facts.op(base).kind, OpKind::Name(_)) {
            let with = facts.regions_around(site.op).find(|region| matches!(region.kind, RegionKind::With(_)));
            return Some((site.op, with.map_or(OpId::from_index(facts.ops.len()), |region| region.end)));
        }
        let released = facts
            .tape()
            .skip(site.op.index())
            .find(|(_, op)| matches!(op.kind, OpKind::Attribute(_, name) if self.files().name(file, name) == "release"));
        released.map(|(end, _)| (site.op, end))
    }

    /// Whether a call makes another system do something: `requests.post(..)`, whose answer nobody looks at.
    fn only_tells(&self, site: &Site<'_>) -> bool {
        let facts = self.facts(site.function);
        let (file, _) = self.files().locate(site.function);
        let told = site.role == Role::HttpRequest && {
            // `client.post(url).json(&order).send()`
            let named =
                |at: OpId| matches!(facts.op(at).kind, OpKind::Attribute(_, name) if is_change(self.files().name(file, name)));
            let mut chain = std::iter::successors(Some(site.op), |&at| chain_base(facts, at)).take(16);
            chain.any(|at| named(at) || matches!(facts.op(at).kind, OpKind::Call { callee, .. } if named(callee)))
        };
        let answer = taint(facts, |at| at == site.op);
        let used = |op: &crate::facts::Op| match op.kind {
            OpKind::Return(value) | OpKind::Yield(value) => answer[value.index()],
            OpKind::Store { target: Target::Attribute(..) | Target::Item(..), value, .. } => answer[value.index()],
            _ => false,
        };
        told && !facts.ops.iter().any(used)
    }

    /// Whether something is kept in an object or a collection between two places: a lock may be there for that.
    fn stores_within(&self, function: FnId, start: OpId, end: OpId) -> bool {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        facts.tape().filter(|(at, _)| start <= *at && *at < end).any(|(_, op)| match op.kind {
            OpKind::Store { target: Target::Attribute(..) | Target::Item(..) | Target::Content(..), .. } => true,
            OpKind::Call { callee, .. } => match facts.op(callee).kind {
                OpKind::Attribute(_, name) => {
                    let name = self.files().name(file, name);
                    !is_change(name) && self.models().is_changing_method(name)
                }
                _ => false,
            },
            _ => false,
        })
    }

    fn collect_guarded<'p>(
        &'p self,
        function: FnId,
        within: Option<(OpId, OpId)>,
        depth: u32,
        seen: &mut BTreeSet<FnId>,
        guarded: &mut Guarded<'p>,
    ) {
        let inside = |op: OpId| within.is_none_or(|(start, end)| start <= op && op < end);
        for event in self.events(function) {
            guarded.memory |= match event {
                Event::Write { op, slot, .. } => inside(*op) && self.is_process_wide(*slot),
                Event::Act { op, act, receiver, .. } => {
                    let changes =
                        matches!(self.act(*act).behaviour.role, Some(Role::StateWrite | Role::StateGetOrAdd | Role::StateRemove));
                    inside(*op) && changes && receiver.slot.is_some_and(|slot| self.is_process_wide(slot))
                }
                _ => false,
            };
        }
        for site in self.sites_in(function).filter(|site| inside(site.op)) {
            let traits = site.act.adds.union(site.receiver.traits).union(site.result.traits);
            guarded.outside |= matches!(site.role, Role::HttpRequest | Role::RpcCall);
            guarded.shared |= site.role == Role::LockShared || traits.has(Trait::Claimed);
            let writes = matches!(site.role, Role::Write | Role::WriteBatch | Role::Commit)
                || site.role == Role::Execute && traits.has(Trait::Writes);
            let reads = matches!(site.role, Role::FetchOne | Role::FetchMany | Role::CursorOne | Role::CursorAll);
            if reads && guarded.reads.is_none() {
                guarded.reads = Some(site);
            } else if writes && guarded.writes.is_none() && guarded.reads.is_some() {
                guarded.writes = Some(site);
            }
            if guarded.asks.is_none() && depth == 0 && self.only_tells(&site) {
                guarded.asks = Some(site);
            }
        }
        if depth < DEPTH {
            for edge in self.graph.from(function).filter(|edge| !edge.outside && inside(edge.op)) {
                if seen.insert(edge.callee) {
                    self.collect_guarded(edge.callee, None, depth + 1, seen, guarded);
                }
            }
        }
    }

    /// Whether a lock is a file in a folder that all copies mount: `FileLock(f"lock/{office}.lock")` with a volume at `/app/lock`.
    fn locks_shared_file(&self, lock: &Site<'_>) -> bool {
        let facts = self.facts(lock.function);
        let mut links = chain_through_names(facts, lock.op).take(8);
        let Some(path) = links.find_map(|op| match facts.op(op).kind {
            OpKind::Call { args, .. } => facts.list(args).first(),
            _ => None,
        }) else {
            return false;
        };
        let Some(text) = self.template_beginning(lock.function, path.value) else { return false };
        let Some(folder) = text.rsplit_once('/').map(|(folder, _)| folder.trim_matches(['.', '/']).to_owned()) else {
            return false;
        };
        let shared = |storage: Storage| matches!(storage, Storage::Shared | Storage::Unknown);
        let mut mounted = self.deployment().workloads.iter().flat_map(Workload::mounted);
        !folder.is_empty()
            && mounted.any(|(mount, volume)| {
                let path = mount.path.trim_matches('/');
                let inside = !path.is_empty() && folder.starts_with(path);
                shared(volume.storage) && (format!("/{path}").ends_with(&format!("/{folder}")) || inside)
            })
    }

    /// How a text begins, of which `"..{}..".format(..)` is one.
    fn template_beginning(&self, function: FnId, op: OpId) -> Option<String> {
        let facts = self.facts(function);
        let template = match facts.op(op).kind {
            OpKind::Call { callee, .. } => match facts.op(callee).kind {
                OpKind::Attribute(base, _) => base,
                _ => op,
            },
            _ => op,
        };
        self.beginning(function, template, 0).map(|text| text.split('{').next().unwrap_or_default().to_owned())
    }
}
