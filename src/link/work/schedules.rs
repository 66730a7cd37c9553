//! Work that a process does at set times by itself: registered with a scheduler, or a loop that sleeps.

use crate::facts::{FunctionKind, OpId, OpKind, Region, RegionKind};
use crate::finding::{Confidence, Note, Place};
use crate::link::project::{Project, Site};
use crate::link::values::arguments::Chosen;
use crate::link::values::eval::Event;
use crate::link::values::flows::{chain_base, chain_through_names, taint};
use crate::link::values::value::{FnId, Kind, Slot};
use crate::models::{EntryKind, Parameter, Role, Trait};
use std::cell::OnceCell;
use std::collections::{BTreeSet, VecDeque};

/// A job that the process runs by itself.
#[derive(Debug, Clone)]
pub struct ScheduledJob {
    /// The function that registers it, or that loops.
    pub function: FnId,
    /// Where the registration or the loop stands.
    pub place: Place,
    /// What to call it.
    pub name: String,
    /// What the scheduler's model advises.
    pub advice: String,
    /// Its effect outside the process, as evidence.
    pub steps: Vec<Note>,
    /// How sure it is that nothing keeps copies of the process from doing it all.
    pub sure: Confidence,
    /// It runs in a program that does nothing else.
    pub alone: bool,
}

/// How far the work of a job is followed.
const DEPTH: usize = 6;

/// How far back along a builder the kind of a request is looked for.
const CHAIN: usize = 16;

impl Project {
    /// Jobs whose effect is seen outside the process and which nothing keeps from running in every copy of it.
    #[must_use]
    pub fn scheduled_jobs(&self) -> Vec<ScheduledJob> {
        let mut jobs = Vec::new();
        let led = self.run_under_locks();
        for at in 0..self.files().function_count() {
            let function = FnId::from_index(at);
            if self.is_test(function) || self.is_script(function) || self.is_client_side(function) || led.contains(&function) {
                continue;
            }
            self.registered_jobs(function, &led, &mut jobs);
            self.looping_jobs(function, &led, &mut jobs);
        }
        jobs
    }

    fn registered_jobs(&self, function: FnId, led: &BTreeSet<FnId>, jobs: &mut Vec<ScheduledJob>) {
        for site in self.sites_in(function).filter(|site| site.role == Role::Schedule) {
            let alone = self.runs_alone(function);
            let Some(work) = self.work_of(function, &site) else { continue };
            if let Some((steps, sure)) = self.effect(work, None, led) {
                let name = format!("the scheduled job {}", self.function_name(work));
                let advice = site.act.advice.clone().unwrap_or_default();
                jobs.push(ScheduledJob { function, place: self.site_place(&site), name, advice, steps, sure, alone });
            }
        }
    }

    /// The function that a registration runs: its handler, or the one it decorates.
    fn work_of(&self, function: FnId, site: &Site<'_>) -> Option<FnId> {
        self.events(function).iter().find_map(|event| match event {
            Event::Entry { op, kind: EntryKind::Scheduled, handler, .. } if *op == site.op => match handler.kind {
                Kind::Function(work) => Some(work),
                _ => None,
            },
            Event::Decorated { function: work, op, .. } if *op == site.op => Some(*work),
            _ => None,
        })
    }

    /// `while True: work(); sleep(60)` in something that start-up sets going beside the service.
    fn looping_jobs(&self, function: FnId, led: &BTreeSet<FnId>, jobs: &mut Vec<ScheduledJob>) {
        let facts = self.facts(function);
        for region in &facts.regions {
            if !matches!(region.kind, RegionKind::Loop { over: None, condition: None, .. }) {
                continue;
            }
            // A worker that only waits when its queue is empty is no schedule.
            let each_round = |op: OpId| {
                let mut within = facts.regions_around(op).filter(|inner| region.holds(inner.start) && *inner != region);
                !within.any(|inner| inner.kind.is_arm() || matches!(inner.kind, RegionKind::Handler(_)))
            };
            let sleeps =
                self.sites_in(function).any(|site| site.role == Role::Sleep && region.holds(site.op) && each_round(site.op));
            if !sleeps || !self.is_started_beside(function) || self.runs_alone(function) {
                continue;
            }
            if let Some((steps, sure)) = self.effect(function, Some(region), led) {
                let (file, _) = self.files().locate(function);
                let name = format!("the loop in {}", self.function_name(function));
                jobs.push(ScheduledJob {
                    function,
                    place: Place { file, span: region.span },
                    name,
                    advice: String::new(),
                    steps,
                    sure,
                    alone: false,
                });
            }
        }
    }

    /// Whether start-up hands the function to a thread or task.
    fn is_started_beside(&self, function: FnId) -> bool {
        self.is_started_within(function, 0)
    }

    fn is_started_within(&self, function: FnId, depth: u32) -> bool {
        let spawned = |caller: FnId, op: OpId| {
            self.sites_in(caller)
                .any(|site| site.role == Role::Spawn && (site.op == op || self.is_same_argument(caller, site.op, op)))
        };
        // `spawn(async move { work().await })` hands over a body that calls it.
        let is_body = |caller: FnId| depth < 3 && self.facts(caller).kind == FunctionKind::Closure;
        self.graph.to(function).filter(|edge| !edge.outside).any(|edge| {
            spawned(edge.caller, edge.op) && self.is_reached(edge.caller, EntryKind::Startup)
                || is_body(edge.caller) && self.is_started_within(edge.caller, depth + 1)
        })
    }

    pub(crate) fn is_same_argument(&self, function: FnId, call: OpId, argument: OpId) -> bool {
        match self.facts(function).op(call).kind {
            OpKind::Call { args, .. } => self.facts(function).list(args).iter().any(|arg| arg.value == argument),
            _ => false,
        }
    }

    /// A program of its own: only a command reaches the registration or starts the scheduler, or there is no service beside it.
    fn runs_alone(&self, function: FnId) -> bool {
        let by_command = self.is_reached(function, EntryKind::Command);
        let with_service = [EntryKind::Startup, EntryKind::Request].into_iter().any(|kind| self.is_reached(function, kind));
        // The command is the service: it answers requests until it ends.
        let serves = [Role::Serve, Role::ServeDrained].into_iter().any(|role| self.has_role(function, role));
        let with_service = with_service || serves && self.has_service();
        (by_command && !with_service) || self.is_started_by_command(function) || !self.has_service()
    }

    /// Whether the scheduler of this file is started only under a main guard or in a command.
    fn is_started_by_command(&self, function: FnId) -> bool {
        let (file, _) = self.files().locate(function);
        let starts = self.sites(Role::Scheduler).filter(|site| self.files().locate(site.function).0 == file);
        let by_hand: Vec<bool> = starts
            .map(|site| {
                let reached = |kind| self.is_reached(site.function, kind);
                reached(EntryKind::Command) && !reached(EntryKind::Startup) && !reached(EntryKind::Request)
            })
            .collect();
        !by_hand.is_empty() && by_hand.iter().all(|&by_hand| by_hand)
    }

    /// Whether the project is more than scripts: it answers requests, runs jobs, or makes an application that could.
    fn has_service(&self) -> bool {
        let served = self.entries.points.iter().any(|point| {
            let serves = matches!(point.kind, EntryKind::Request | EntryKind::Job)
                || !point.label.is_empty() && point.kind == EntryKind::Startup;
            serves && !self.is_test(point.function)
        });
        served || self.has_application()
    }

    /// What the work does outside the process, and how sure it is that every copy does; `None` when nothing is known to be done,
    /// or when a lock that all instances see is taken.
    fn effect(&self, work: FnId, within: Option<&Region>, led: &BTreeSet<FnId>) -> Option<(Vec<Note>, Confidence)> {
        let mut queue = VecDeque::from([(work, 0_usize, Confidence::High)]);
        let mut seen = vec![work];
        let mut effect: Option<(Note, Confidence)> = None;
        let (mut asks, mut says) = (false, false);
        while let Some((function, depth, sure)) = queue.pop_front() {
            if led.contains(&function) || self.claims_by_unique_row(function) || self.locks_rows(function) {
                return None;
            }
            let empties = self.empties_own_data(function);
            let sure = if empties { Confidence::Low } else { sure };
            let here = |op: OpId| function != work || within.is_none_or(|region| region.holds(op));
            let described = OnceCell::new();
            let decided = |op: OpId| self.is_decided_elsewhere(function, op, &described);
            let sure_at = |op: OpId| if decided(op) { Confidence::Low } else { sure };
            for site in self.sites_in(function).filter(|site| here(site.op)) {
                let traits = site.receiver.traits.union(site.result.traits);
                let locks = site.role == Role::LockShared && self.holds_lock(&site);
                if locks || traits.has(Trait::Claimed) {
                    return None;
                }
                let acts = acts_outside(site.role) && (site.role != Role::Execute || traits.has(Trait::Writes));
                let harm = self.repeats(&site);
                asks |= shares(site.role) || site.role == Role::HttpRequest && harm == Confidence::Low;
                let sure = sure_at(site.op).min(harm);
                // The strongest of its effects counts.
                let stronger = effect.as_ref().is_none_or(|(_, known)| *known < sure);
                if acts && stronger && (effect.is_some() || !empties) {
                    let message = format!("{} acts through {}", self.function_name(function), self.callee_name(&site));
                    effect = Some((Note { place: self.site_place(&site), message }, sure));
                    says = self.says_something(&site);
                }
            }
            if depth < DEPTH {
                for edge in self.graph.from(function).filter(|edge| here(edge.op) || edge.outside) {
                    if !seen.contains(&edge.callee) {
                        seen.push(edge.callee);
                        let sure = if edge.outside { sure } else { sure_at(edge.op) };
                        queue.push_back((edge.callee, depth + 1, sure));
                    }
                }
            }
        }
        // A loop that tells others something without having asked anybody speaks of this process: it counted so many.
        let of_itself = within.is_some() && says && !asks;
        effect.map(|(note, sure)| (vec![note], if of_itself { Confidence::Low } else { sure }))
    }

    /// Whether a request carries something that is not written down in the code, beside its address: `.body(counts)`,
    /// `json=counts`.
    fn says_something(&self, site: &Site<'_>) -> bool {
        let facts = self.facts(site.function);
        let (file, _) = self.files().locate(site.function);
        let varies = |op: OpId| !self.values(site.function)[op.index()].kind.is_constant();
        let links = std::iter::successors(Some(site.op), |&op| chain_base(facts, op)).take(CHAIN);
        let mut calls = links.filter_map(|op| match facts.op(op).kind {
            OpKind::Call { callee, args } => match facts.op(callee).kind {
                OpKind::Attribute(_, name) => Some((self.files().name(file, name), args)),
                _ => None,
            },
            _ => None,
        });
        site.role == Role::HttpRequest
            && calls.any(|(name, args)| {
                let address = usize::from(is_change(name));
                facts.list(args).iter().skip(address).any(|arg| varies(arg.value))
            })
    }

    /// Whether a request reads, as the methods say that its chain goes through, names among them: `client.get(url).header(..).send()`.
    pub(crate) fn only_asks(&self, site: &Site<'_>) -> bool {
        let facts = self.facts(site.function);
        let (file, _) = self.files().locate(site.function);
        let asks = |verb: &str| matches!(verb, "get" | "head" | "options");
        let mut links = chain_through_names(facts, site.op).take(2 * CHAIN);
        let verb = links.find_map(|op| match facts.op(op).kind {
            OpKind::Attribute(_, name) => Some(self.files().name(file, name)).filter(|name| asks(name) || is_change(name)),
            _ => None,
        });
        verb.is_some_and(asks)
    }

    /// Whether `op` runs only where a call that nobody can look into said so, or one that waits for an answer about no element in
    /// particular: it may ask who leads.
    /// `described` is shared by the questions about one function, which is evaluated anew to answer the first.
    fn is_decided_elsewhere(&self, function: FnId, op: OpId, described: &OnceCell<Vec<OpId>>) -> bool {
        let facts = self.facts(function);
        let is_described = |call: OpId| {
            described.get_or_init(|| self.described(function).into_iter().map(|(op, _)| op).collect()).contains(&call)
        };
        let unknown = |condition: OpId| {
            let mut waiting = vec![condition];
            while let Some(at) = waiting.pop() {
                match facts.op(at).kind {
                    OpKind::Call { .. } if self.graph.from(function).all(|edge| edge.op != at) && !is_described(at) => {
                        return true;
                    }
                    OpKind::Operate(_, left, right) => waiting.extend([left, right].into_iter().filter(|&side| side < at)),
                    OpKind::Await(inner) => match facts.op(inner).kind {
                        // What is done is not made of the answer.
                        OpKind::Call { args, .. }
                            if facts.list(args).is_empty() && !taint(facts, |seed| seed == inner)[op.index()] =>
                        {
                            return true;
                        }
                        _ => waiting.push(inner),
                    },
                    OpKind::Try(inner) => waiting.push(inner),
                    _ => {}
                }
            }
            false
        };
        facts.regions_around(op).any(|region| region.kind.tested().is_some_and(unknown))
    }

    /// Rows are locked for one of many, for some databases at least.
    fn locks_rows(&self, function: FnId) -> bool {
        self.skips_locked(function)
            || self.events(function).iter().any(|event| match event {
                Event::Act { act, .. } => self.act(*act).adds.has(Trait::Claimed),
                _ => false,
            })
    }

    /// A row with a unique key is made, there or in what is called, and that somebody else made it first is handled: only one of
    /// many goes on.
    fn claims_by_unique_row(&self, function: FnId) -> bool {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let handled = facts.regions.iter().any(|region| match region.kind {
            RegionKind::Handler(Some(caught)) => facts
                .path(caught)
                .is_some_and(|path| path.last().is_some_and(|&name| is_uniqueness_error(self.files().name(file, name)))),
            _ => false,
        });
        let tried = |op: OpId| facts.regions_around(op).any(|region| matches!(region.kind, RegionKind::Try { .. }));
        let creates = |function: FnId, tried: &dyn Fn(OpId) -> bool| {
            self.events(function).iter().any(|event| match *event {
                Event::Made { op, class } => tried(op) && self.classes.inherits(self.models(), class, |ty| ty.entity),
                _ => false,
            })
        };
        // `_, created = Run.objects.get_or_create(day=today)`, and a condition on what it says.
        let mut found_or_made = self
            .sites_in(function)
            .filter(|site| site.role == Role::Write && site.result.has(Trait::Creates) && site.result.has(Trait::Keyed));
        let asked = found_or_made.any(|site| {
            let tainted = taint(facts, |at| at == site.op);
            facts.regions.iter().any(|region| region.kind.tested().is_some_and(|condition| tainted[condition.index()]))
        });
        asked
            || handled
                && (creates(function, &tried)
                    || self.graph.from(function).any(|edge| !edge.outside && tried(edge.op) && creates(edge.callee, &|_| true)))
    }

    /// The work hands out what this process has collected, and starts collecting anew: every copy must do it.
    fn empties_own_data(&self, function: FnId) -> bool {
        self.events(function).iter().any(|event| match event {
            Event::Write { slot, whole, .. } => *whole && self.is_process_wide(*slot),
            // A field of whatever object: it lives beside the loop.
            Event::Act { act, receiver, .. } => {
                let removes = self.act(*act).behaviour.role == Some(Role::StateRemove);
                removes && receiver.slot.is_some_and(|slot| matches!(slot, Slot::Field(_)) || self.is_process_wide(slot))
            }
            _ => false,
        })
    }

    /// How sure it is that doing it twice does harm: a mail, a call, a message, a new row; to write the same again need not, nor to
    /// ask for something, or in whatever way a variable says.
    fn repeats(&self, site: &Site<'_>) -> Confidence {
        let facts = self.facts(site.function);
        let changes = |op: OpId| self.text_at(site.function, op).is_some_and(|text| is_change(&text.to_ascii_lowercase()));
        match site.role {
            Role::HttpRequest if self.only_asks(site) || self.names_this_host(site) => Confidence::Low,
            Role::HttpRequest if matches!(self.parameter(site, Parameter::Body), Chosen::Absent) => Confidence::Low,
            Role::HttpRequest if site.act.name.ends_with("request") => match facts.op(site.op).kind {
                OpKind::Call { args, .. } if !facts.list(args).iter().any(|arg| changes(arg.value)) => Confidence::Low,
                _ => Confidence::High,
            },
            Role::MailSend | Role::HttpRequest | Role::Enqueue | Role::Publish | Role::RpcCall => Confidence::High,
            _ => {
                let traits = site.act.adds.union(site.receiver.traits).union(site.result.traits);
                let adds = traits.has(Trait::Creates) || traits.has(Trait::Accumulates);
                if adds { Confidence::High } else { Confidence::Low }
            }
        }
    }

    /// Whether a lock is held while the work acts: a block under it that does nothing with the outside protects nothing.
    fn holds_lock(&self, lock: &Site<'_>) -> bool {
        let facts = self.facts(lock.function);
        let held = facts.regions.iter().find(|region| match region.kind {
            RegionKind::With(manager) => self.is_same(lock.function, manager, lock.op),
            _ => false,
        });
        let Some(region) = held else { return true };
        let acts =
            self.sites_in(lock.function).any(|site| site.op != lock.op && acts_outside(site.role) && region.holds(site.op));
        acts || self.graph.from(lock.function).any(|edge| region.holds(edge.op))
    }
}

fn acts_outside(role: Role) -> bool {
    matches!(
        role,
        Role::Write
            | Role::WriteBatch
            | Role::Commit
            | Role::MailSend
            | Role::HttpRequest
            | Role::Enqueue
            | Role::CacheWrite
            | Role::Publish
            | Role::RpcCall
            | Role::Execute
    )
}

/// Methods of HTTP that change something.
pub(crate) fn is_change(verb: &str) -> bool {
    matches!(verb, "post" | "put" | "patch" | "delete")
}

/// What looks at something that all instances see, or changes it.
fn shares(role: Role) -> bool {
    matches!(
        role,
        Role::Execute
            | Role::FetchMany
            | Role::FetchOne
            | Role::FetchStream
            | Role::CursorAll
            | Role::CursorOne
            | Role::Write
            | Role::WriteBatch
            | Role::Commit
            | Role::CacheRead
            | Role::CacheWrite
            | Role::CacheBatch
            | Role::MailSend
            | Role::Enqueue
    )
}

/// What drivers and mappers raise when a unique key is taken.
fn is_uniqueness_error(name: &str) -> bool {
    ["IntegrityError", "UniqueViolation", "UniqueViolationError", "DuplicateKeyError", "NotUniqueError"].contains(&name)
}
