//! Work that a request starts beside itself: does anybody wait for it, and what is lost when the process stops before it ends?

use crate::facts::{Function, NameId, OpId, OpKind, RegionKind, Target};
use crate::finding::{Confidence, Note};
use crate::link::project::{Project, Site};
use crate::link::values::flows::{chain_base, last_store, taint};
use crate::link::values::value::FnId;
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
            let upkeep = says_upkeep(&self.function_name(site.function)) || self.is_taken_up_again(&site);
            let lost = self.works(&site).into_iter().filter_map(|work| {
                self.loss(work).map(|(effect, sure)| (work, effect, if upkeep { Confidence::Low } else { sure }))
            });
            if let Some((work, effect, sure)) = lost.max_by_key(|&(.., sure)| sure) {
                found.push(StartedWork { site, work, effect, sure });
            }
        }
        found
    }

    /// Whether the start of the process, or the clock, looks rows up and starts the same work for them: what was lost is done then.
    fn is_taken_up_again(&self, site: &Site<'_>) -> bool {
        let works = self.works(site);
        works.iter().flat_map(|&work| self.graph.to(work)).any(|edge| {
            let resumes =
                [EntryKind::Startup, EntryKind::Scheduled].into_iter().any(|kind| self.runs_from(edge.caller, edge.op, kind));
            let reads = |site: &Site<'_>| {
                matches!(site.role, Role::FetchMany | Role::CursorAll | Role::FetchStream | Role::Execute)
                    && !site.receiver.has(Trait::Writes)
            };
            let asks = |function: FnId| self.sites_in(function).any(|site| reads(&site));
            let called = || self.graph.from(edge.caller).map(|edge| edge.callee).filter(|callee| !works.contains(callee));
            resumes
                && self.is_in_loop(edge.caller, edge.op)
                && edge.caller != site.function
                && (asks(edge.caller) || called().any(asks))
        })
    }

    /// What to call the work: its function, or what a body written in place does.
    #[must_use]
    pub fn work_name(&self, started: &StartedWork<'_>) -> String {
        self.name_of_work(started.work)
    }

    fn name_of_work(&self, work: FnId) -> String {
        let named = |function: FnId| self.facts(function).name.is_some();
        if named(work) {
            return self.function_name(work);
        }
        // What it waits for is the work; of plain calls, one alone is, and among several each may be a detail.
        let inside: Vec<FnId> = self.graph.from(work).map(|edge| edge.callee).filter(|&callee| named(callee)).collect();
        let waited = inside.iter().copied().find(|&callee| self.facts(callee).is_async);
        let only = inside.first().copied().filter(|first| inside.iter().all(|callee| callee == first));
        waited.or(only).map_or_else(|| "its work".to_owned(), |callee| self.function_name(callee))
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
                let Some(sure) = self.loss_weight(&site) else { continue };
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
        let named = says_upkeep(&self.name_of_work(work));
        found.map(|(note, sure)| (note, if endless || named { Confidence::Low } else { sure }))
    }

    /// How much it matters that a call does not happen.
    fn loss_weight(&self, site: &Site<'_>) -> Option<Confidence> {
        let traits = site.act.adds.union(site.receiver.traits).union(site.result.traits);
        let verb = site.act.name.rsplit(['.', ':']).next().unwrap_or_default();
        Some(match site.role {
            Role::HttpRequest if matches!(verb, "get" | "head" | "options") || self.only_asks(site) => Confidence::Low,
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
