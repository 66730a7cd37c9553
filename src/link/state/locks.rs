//! What does a lock of this process guard? Rows that other instances change as well, or only memory of its own.

use crate::deploy::workloads::{Storage, Workload};
use crate::facts::{OpId, OpKind, RegionKind};
use crate::finding::Note;
use crate::link::project::{Project, Site};
use crate::link::reach::paths::Placement;
use crate::link::values::eval::Event;
use crate::link::values::flows::chain_through_names;
use crate::link::values::value::FnId;
use crate::models::{Resource, Role, Trait};
use std::collections::BTreeSet;

/// A lock that only this process sees around something that others change too.
#[derive(Debug, Clone)]
pub struct WeakLock<'p> {
    /// Where it is taken.
    pub site: Site<'p>,
    /// How that is reached.
    pub placement: Placement,
    /// What is read, and then changed, under it.
    pub steps: Vec<Note>,
}

/// What happens under a lock.
#[derive(Debug, Default)]
struct Guarded<'p> {
    reads: Option<Site<'p>>,
    writes: Option<Site<'p>>,
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
            let mut guarded = Guarded::default();
            self.collect_guarded(site.function, Some((start, end)), 0, &mut BTreeSet::new(), &mut guarded);
            let (Some(read), Some(write)) = (guarded.reads, guarded.writes) else { continue };
            if guarded.memory || guarded.shared {
                continue;
            }
            let note = |site: &Site<'_>, what: &str| Note {
                place: self.site_place(site),
                message: format!("{} {what} through {}", self.function_name(site.function), self.callee_name(site)),
            };
            let steps = vec![note(&read, "reads"), note(&write, "writes")];
            found.push(WeakLock { site, placement, steps });
        }
        found
    }

    /// The stretch of the tape over which a lock is held: its block, or up to where it is given back.
    fn held(&self, site: &Site<'_>) -> Option<(OpId, OpId)> {
        let facts = self.facts(site.function);
        let (file, _) = self.files().locate(site.function);
        let block = facts.regions.iter().find(|region| match region.kind {
            RegionKind::With(manager) => {
                manager == site.op || matches!(facts.op(site.op).kind, OpKind::Enter(entered) if entered == manager)
            }
            _ => false,
        });
        if let Some(region) = block {
            return Some((region.start, region.end));
        }
        let OpKind::Call { callee, .. } = facts.op(site.op).kind else { return None };
        let OpKind::Attribute(..) = facts.op(callee).kind else { return None };
        let released = facts
            .tape()
            .skip(site.op.index())
            .find(|(_, op)| matches!(op.kind, OpKind::Attribute(_, name) if self.files().name(file, name) == "release"));
        released.map(|(end, _)| (site.op, end))
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
            guarded.shared |= site.role == Role::LockShared || traits.has(Trait::Claimed);
            let writes = matches!(site.role, Role::Write | Role::WriteBatch | Role::Commit)
                || site.role == Role::Execute && traits.has(Trait::Writes);
            let reads = matches!(site.role, Role::FetchOne | Role::FetchMany | Role::CursorOne | Role::CursorAll);
            if reads && guarded.reads.is_none() {
                guarded.reads = Some(site);
            } else if writes && guarded.writes.is_none() && guarded.reads.is_some() {
                guarded.writes = Some(site);
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
