//! Work that a request starts beside itself: does anybody wait for it, and what is lost when the process stops before it ends?

use super::flows::{chain_base, last_store, taint};
use super::project::{Project, Site};
use super::value::FnId;
use crate::facts::{Function, NameId, OpId, OpKind, RegionKind, Target};
use crate::finding::{Confidence, Note};
use crate::models::{EntryKind, Role, Trait};
use std::collections::{BTreeSet, VecDeque};

/// Work that outlives the request which starts it.
#[derive(Debug, Clone)]
pub struct StartedWork<'p> {
    /// What starts it.
    pub site: Site<'p>,
    /// The function that runs; a body written in place has no name of its own.
    pub work: FnId,
    /// What it does outside the process, as evidence.
    pub effect: Note,
    /// How much its loss would matter.
    pub sure: Confidence,
}

/// How far the work is followed.
const DEPTH: usize = 6;

impl Project {
    /// Work that requests start in this process and that nobody waits for before the answer.
    #[must_use]
    pub fn started_work(&self) -> Vec<StartedWork<'_>> {
        let by_requests = |site: &Site<'_>| {
            !self.is_test(site.function)
                && !self.is_client_side(site.function)
                && !self.runs_once(site.function, site.op)
                && self.runs_from(site.function, site.op, EntryKind::Request)
        };
        let left: Vec<Site<'_>> = self
            .sites(Role::Spawn)
            .filter(by_requests)
            .filter(|site| !self.is_waited_for(site) && !self.serves_its_starter(site))
            .collect();
        let works: BTreeSet<FnId> = left.iter().flat_map(|site| self.works(site)).collect();
        let mut found = Vec::new();
        for site in left {
            // What it starts in turn is lost with it.
            let way = self.way_from(site.function, site.op, EntryKind::Request);
            if way.is_some_and(|way| way.functions.iter().any(|function| works.contains(function))) {
                continue;
            }
            let upkeep = says_upkeep(&self.function_name(site.function));
            let lost = self.works(&site).into_iter().filter_map(|work| {
                self.loss(work).map(|(effect, sure)| (work, effect, if upkeep { Confidence::Low } else { sure }))
            });
            if let Some((work, effect, sure)) = lost.max_by_key(|&(.., sure)| sure) {
                found.push(StartedWork { site, work, effect, sure });
            }
        }
        found
    }

    /// What to call the work: its function, or what a body written in place does.
    #[must_use]
    pub fn work_name(&self, started: &StartedWork<'_>) -> String {
        let named = |function: FnId| self.facts(function).name.is_some();
        if named(started.work) {
            return self.function_name(started.work);
        }
        let inside = self.graph.from(started.work).map(|edge| edge.callee).find(|&callee| named(callee));
        inside.map_or_else(|| "its work".to_owned(), |callee| self.function_name(callee))
    }

    /// Functions that run as the started work: given to the call, called for an argument of it, or written in place.
    fn works(&self, site: &Site<'_>) -> Vec<FnId> {
        let facts = self.facts(site.function);
        let (file, _) = self.files().locate(site.function);
        let given = self.spawn_arguments(site);
        let called =
            |op: OpId| self.graph.from(site.function).filter(move |edge| !edge.outside && edge.op == op).map(|edge| edge.callee);
        let in_place = given.iter().filter_map(|&arg| self.closure_in(facts, arg)).map(|id| self.files().function(file, id));
        let mut found: Vec<FnId> = called(site.op).chain(in_place).collect();
        if found.is_empty() {
            found = given.into_iter().filter_map(|arg| self.call_in(site.function, arg)).flat_map(called).collect();
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The call whose result is started: through names and the methods that wrap it.
    fn call_in(&self, function: FnId, arg: OpId) -> Option<OpId> {
        let facts = self.facts(function);
        let mut at = arg;
        for _ in 0..16 {
            at = match facts.op(at).kind {
                OpKind::Name(name) => last_store(facts, name, at)?,
                OpKind::Call { .. } if self.graph.from(function).any(|edge| edge.op == at) => return Some(at),
                OpKind::Call { callee, .. } => match facts.op(callee).kind {
                    OpKind::Attribute(base, _) => base,
                    _ => return None,
                },
                _ => return None,
            };
        }
        None
    }

    /// A body written in place, below the methods that wrap it (`async move { .. }.instrument(span)`).
    fn closure_in(&self, facts: &Function, arg: OpId) -> Option<crate::facts::FunctionId> {
        let mut at = arg;
        for _ in 0..16 {
            at = match facts.op(at).kind {
                OpKind::Closure(id) => return Some(id),
                OpKind::Name(name) => last_store(facts, name, at)?,
                _ => chain_base(facts, at)?,
            };
        }
        None
    }

    fn spawn_arguments(&self, site: &Site<'_>) -> Vec<OpId> {
        match self.facts(site.function).op(site.op).kind {
            OpKind::Call { args, .. } => self.facts(site.function).list(args).iter().map(|arg| arg.value).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether the code that starts the work waits for it, ends it, or hands it to somebody who may.
    fn is_waited_for(&self, site: &Site<'_>) -> bool {
        self.starter_ends(site) || !site.act.adds.has(Trait::Detached) && self.is_looked_after(site.function, site.op, 0)
    }

    /// What starts it waits for all it started: a pool that is left, a set of tasks that is emptied.
    fn starter_ends(&self, site: &Site<'_>) -> bool {
        let facts = self.facts(site.function);
        let OpKind::Call { callee, .. } = facts.op(site.op).kind else { return false };
        let OpKind::Attribute(base, _) = facts.op(callee).kind else { return false };
        let OpKind::Name(name) = facts.op(base).kind else { return false };
        // Whoever gave it may wait.
        if facts.params.iter().any(|param| param.name == name) && !site.act.adds.has(Trait::Detached) {
            return true;
        }
        let left = facts.regions_around(site.op).any(|region| match region.kind {
            RegionKind::With(manager) => match last_store(facts, name, base).map(|stored| facts.op(stored).kind) {
                Some(OpKind::Enter(entered)) => entered == manager,
                Some(_) => last_store(facts, name, base) == Some(manager),
                None => false,
            },
            _ => false,
        });
        left || self.joins_name(site.function, name)
    }

    /// Whether a method that waits is called on a local name.
    fn joins_name(&self, function: FnId, name: NameId) -> bool {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        facts.ops.iter().any(|op| match op.kind {
            OpKind::Attribute(base, method) => {
                matches!(facts.op(base).kind, OpKind::Name(other) if other == name)
                    && self.models().is_method_with(self.files().name(file, method), Role::Join)
            }
            _ => false,
        })
    }

    /// Whether a handle is awaited, joined, cancelled, or goes where nobody can see what becomes of it.
    fn is_looked_after(&self, function: FnId, handle: OpId, depth: u32) -> bool {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let mut seeds = BTreeSet::from([handle]);
        // `tasks.append(task)`: whoever has the list has the task.
        for _ in 0..3 {
            let tainted = taint(facts, |at| seeds.contains(&at));
            let lists = self.lists_given(function, &tainted);
            let before = seeds.len();
            seeds.extend(
                facts.tape().filter(|(_, op)| matches!(op.kind, OpKind::Name(name) if lists.contains(&name))).map(|(at, _)| at),
            );
            if seeds.len() == before {
                break;
            }
        }
        let tainted = taint(facts, |at| seeds.contains(&at));
        let hit = |op: OpId| tainted[op.index()];
        let nested = || {
            let names: Vec<NameId> = facts
                .ops
                .iter()
                .filter_map(|op| match op.kind {
                    OpKind::Store { target: Target::Name(name), value, .. } if hit(value) => Some(name),
                    _ => None,
                })
                .collect();
            self.children[function.index()].iter().any(|&child| {
                let inner = self.facts(child);
                let own = |name: NameId| inner.params.iter().any(|param| param.name == name);
                inner.ops.iter().any(|op| matches!(op.kind, OpKind::Name(name) if names.contains(&name) && !own(name)))
            })
        };
        let used = facts.tape().any(|(at, op)| match op.kind {
            OpKind::Await(value) | OpKind::Yield(value) => hit(value),
            OpKind::Construct(crate::facts::Construct::Macro, parts) => facts.list(parts).iter().any(|part| hit(part.value)),
            OpKind::Attribute(base, method) if hit(base) => {
                self.models().is_method_with(self.files().name(file, method), Role::Join)
            }
            OpKind::Call { callee, args } => {
                let given = facts.list(args).iter().position(|arg| hit(arg.value));
                given.is_some_and(|position| at != handle && self.may_look_after(function, (at, callee, position), depth))
            }
            OpKind::Store { target: Target::Attribute(base, _), value, .. } => {
                value != base && hit(value) && self.is_on_short_lived(function, at, base)
            }
            _ => false,
        });
        let returned = facts.ops.iter().any(|op| matches!(op.kind, OpKind::Return(value) if hit(value)));
        used || nested() || returned && self.callers_look_after(function, depth)
    }

    /// A handle on an object that does not live as long as the process: the object may end it.
    fn is_on_short_lived(&self, function: FnId, store: OpId, base: OpId) -> bool {
        let written = self.events(function).iter().find_map(|event| match event {
            super::eval::Event::Write { op, slot, .. } if *op == store => Some(*slot),
            _ => None,
        });
        match written {
            Some(slot) => !self.is_process_wide(slot) || self.joins_slot(slot),
            None => super::classes::is_receiver(self.facts(function), base),
        }
    }

    /// Whether some function waits for what a place holds.
    fn joins_slot(&self, slot: super::value::Slot) -> bool {
        self.slots().uses(slot).iter().any(|used| self.sites_in(used.function).any(|site| site.role == Role::Join))
    }

    /// Local names of collections that something tainted is put into.
    fn lists_given(&self, function: FnId, tainted: &[bool]) -> Vec<NameId> {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let put = |op: &crate::facts::Op| match op.kind {
            OpKind::Call { callee, args } if facts.list(args).iter().any(|arg| tainted[arg.value.index()]) => {
                let OpKind::Attribute(base, method) = facts.op(callee).kind else { return None };
                let OpKind::Name(name) = facts.op(base).kind else { return None };
                self.models().is_changing_method(self.files().name(file, method)).then_some(name)
            }
            OpKind::Store { target: Target::Item(base, _), value, .. } if tainted[value.index()] => match facts.op(base).kind {
                OpKind::Name(name) => Some(name),
                _ => None,
            },
            _ => None,
        };
        let local = |name: &NameId| last_store(facts, *name, OpId::from_index(facts.ops.len())).is_some();
        facts.ops.iter().filter_map(put).filter(local).collect()
    }

    /// Whether a call that is given a handle may wait for it: it is no plain keeping, and no function of the project that only keeps.
    fn may_look_after(&self, function: FnId, (call, callee, position): (OpId, OpId, usize), depth: u32) -> bool {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        if let OpKind::Attribute(_, method) = facts.op(callee).kind
            && self.models().is_changing_method(self.files().name(file, method))
        {
            return false;
        }
        let mut callees = self.graph.from(function).filter(|edge| edge.op == call && !edge.outside).peekable();
        if callees.peek().is_none() || depth >= 2 {
            return true;
        }
        callees.any(|edge| {
            let param = position + usize::from(edge.bound);
            param < self.facts(edge.callee).params.len() && self.is_looked_after(edge.callee, OpId::from_index(param), depth + 1)
        })
    }

    fn callers_look_after(&self, function: FnId, depth: u32) -> bool {
        if self.entries.serves(function) {
            return false;
        }
        let mut callers = self.graph.to(function).filter(|edge| !edge.outside && !self.is_test(edge.caller)).peekable();
        depth >= 2 || callers.peek().is_none() || callers.any(|edge| self.is_looked_after(edge.caller, edge.op, depth + 1))
    }

    /// Whether the work talks to the one who started it: through a channel made here or given from outside, or the open
    /// connection of the client.
    fn serves_its_starter(&self, site: &Site<'_>) -> bool {
        let facts = self.facts(site.function);
        let values = self.values(site.function);
        let channels: Vec<OpId> = self
            .sites_in(site.function)
            .filter(|other| other.act.behaviour.roles().any(|role| role == Role::Channel))
            .map(|other| other.op)
            .collect();
        let tainted = taint(facts, |at| channels.contains(&at));
        let carries = |at: OpId| {
            tainted[at.index()]
                || values[at.index()].model_type().is_some_and(|ty| self.models().lineage(ty).any(|ty| ty.carries.is_some()))
                    && values[at.index()].slot.is_none_or(|slot| !self.is_process_wide(slot))
        };
        let names: BTreeSet<NameId> = facts
            .tape()
            .filter_map(|(at, op)| match op.kind {
                OpKind::Name(name) if carries(at) => Some(name),
                OpKind::Store { target: Target::Name(name), value, .. } if carries(value) => Some(name),
                OpKind::Param(index) if carries(at) => facts.params.get(usize::from(index)).map(|param| param.name),
                _ => None,
            })
            .collect();
        self.taken_names(site).iter().any(|name| names.contains(name))
            || self.works(site).into_iter().any(|work| self.signals(work))
    }

    /// A method of an object that lives as long as the request, and that somebody waits at: it has an event, a queue, a socket.
    fn signals(&self, work: FnId) -> bool {
        self.classes.owner[work.index()].filter(|&class| !self.is_resident(class)).is_some_and(|class| {
            self.classes.all[class.index()].fields.values().any(|&field| {
                let held = self.state.field(field).model_type();
                held.is_some_and(|ty| self.models().lineage(ty).any(|ty| ty.carries.is_some()))
            })
        })
    }

    /// Names of the starter that the work gets: in its arguments, or because it is written in place.
    fn taken_names(&self, site: &Site<'_>) -> BTreeSet<NameId> {
        let facts = self.facts(site.function);
        let mut found = BTreeSet::new();
        let mut waiting = self.spawn_arguments(site);
        let mut seen = BTreeSet::new();
        while let Some(at) = waiting.pop() {
            if !seen.insert(at) {
                continue;
            }
            match facts.op(at).kind {
                OpKind::Name(name) => {
                    found.insert(name);
                    waiting.extend(last_store(facts, name, at));
                }
                OpKind::Call { callee, args } => {
                    waiting.push(callee);
                    waiting.extend(facts.list(args).iter().map(|arg| arg.value));
                }
                OpKind::Construct(_, parts) | OpKind::Choose(parts) => {
                    waiting.extend(facts.list(parts).iter().map(|part| part.value))
                }
                _ => waiting.extend(chain_base(facts, at)),
            }
        }
        let (file, local) = self.files().locate(site.function);
        let mut inside: Vec<FnId> = self.works(site);
        while let Some(work) = inside.pop() {
            let (home, _) = self.files().locate(work);
            if home == file && self.facts(work).parent.is_some_and(|parent| self.is_below(file, parent, local)) {
                found.extend(self.facts(work).ops.iter().filter_map(|op| match op.kind {
                    OpKind::Name(name) => Some(name),
                    _ => None,
                }));
                inside.extend(self.children[work.index()].iter().copied());
            }
        }
        found
    }

    fn is_below(&self, file: crate::finding::FileId, mut at: crate::facts::FunctionId, above: crate::facts::FunctionId) -> bool {
        for _ in 0..8 {
            if at == above {
                return true;
            }
            match self.files().get(file).facts.functions[at.index()].parent {
                Some(parent) => at = parent,
                None => return false,
            }
        }
        false
    }

    /// What the work does that others would miss; `None` when nothing is known to be done outside the process.
    fn loss(&self, work: FnId) -> Option<(Note, Confidence)> {
        let mut queue = VecDeque::from([(work, 0_usize)]);
        let mut seen = BTreeSet::from([work]);
        let mut found: Option<(Note, Confidence)> = None;
        while let Some((function, depth)) = queue.pop_front() {
            for site in self.sites_in(function) {
                let Some(sure) = self.weight(&site) else { continue };
                if found.as_ref().is_none_or(|&(_, best)| sure > best) {
                    let message = format!("{} acts through {}", self.function_name(function), self.callee_name(&site));
                    found = Some((Note { place: self.site_place(&site), message }, sure));
                }
            }
            for edge in self.graph.from(function).filter(|edge| depth < DEPTH && !self.is_test(edge.callee)) {
                if seen.insert(edge.callee) {
                    queue.push_back((edge.callee, depth + 1));
                }
            }
        }
        let endless = self
            .facts(work)
            .regions
            .iter()
            .any(|region| matches!(region.kind, RegionKind::Loop { over: None, condition: None, .. }));
        let named = says_upkeep(&self.function_name(work));
        found.map(|(note, sure)| (note, if endless || named { Confidence::Low } else { sure }))
    }

    /// How much it matters that a call does not happen.
    fn weight(&self, site: &Site<'_>) -> Option<Confidence> {
        let traits = site.act.adds.union(site.receiver.traits).union(site.result.traits);
        let verb = site.act.name.rsplit(['.', ':']).next().unwrap_or_default();
        Some(match site.role {
            Role::HttpRequest if matches!(verb, "get" | "head" | "options") => Confidence::Low,
            Role::MailSend | Role::HttpRequest | Role::Enqueue | Role::RpcCall | Role::Write | Role::WriteBatch => {
                Confidence::High
            }
            Role::Execute if traits.has(Trait::Writes) => Confidence::High,
            Role::Commit => Confidence::Medium,
            Role::CacheWrite | Role::Publish => Confidence::Low,
            _ => return None,
        })
    }
}

/// Whether the name of the work says that it is about the process itself, its figures or its caches.
fn says_upkeep(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let words = [
        "telemetry",
        "metric",
        "analytics",
        "track",
        "stats",
        "statistic",
        "heartbeat",
        "cache",
        "refresh",
        "prefetch",
        "preload",
        "warm",
        "log",
        "usage",
        "last_seen",
        "last_used",
        "last_active",
        "touch",
        "cleanup",
        "clean_up",
        "monitor",
        "watch",
        "invalidate",
        "ping",
        "locally",
    ];
    words.iter().any(|word| {
        name.split(['_', '.', ':']).any(|part| part == *word || part == format!("{word}s"))
            || word.contains('_') && name.contains(word)
    })
}
