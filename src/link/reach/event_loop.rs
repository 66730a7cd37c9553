//! What runs on an event loop, or while a request waits: the walk from handlers along plain calls, which stops where work is moved
//! to a thread, and what keeps its thread there until it is done.

use super::graph::Edge;
use super::paths::{Placement, Reached};
use crate::facts::{Construct, Function, OpId, OpKind, Target};
use crate::finding::{Confidence, Note};
use crate::lang::Language;
use crate::link::project::{Project, Site};
use crate::link::values::eval::{Event, How};
use crate::link::values::flows::same_chain;
use crate::link::values::value::FnId;
use crate::link::work::fan_out::waits;
use crate::models::{EntryKind, Role};
use std::collections::VecDeque;

/// How a walk came to a function.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// It starts there: at which entry point, if any.
    Root(Option<usize>),
    /// By a call.
    Call { caller: FnId, op: OpId },
}

/// Functions that run within others, in the same thread, with a shortest way to each.
#[derive(Debug)]
pub struct Walk {
    steps: Vec<Option<Step>>,
    kind: EntryKind,
}

impl Walk {
    /// Whether it came by a function.
    #[must_use]
    pub fn reaches(&self, function: FnId) -> bool {
        self.steps[function.index()].is_some()
    }

    fn along(project: &Project, roots: Vec<(FnId, Option<usize>)>, kind: EntryKind, follows: impl Fn(&Edge) -> bool) -> Self {
        let mut steps = vec![None; project.files().function_count()];
        let mut queue = VecDeque::new();
        for (function, entry) in roots {
            if steps[function.index()].is_none() {
                steps[function.index()] = Some(Step::Root(entry));
                queue.push_back(function);
            }
        }
        while let Some(caller) = queue.pop_front() {
            for edge in project.graph.from(caller) {
                let taken = steps[edge.callee.index()].is_none()
                    && !edge.outside
                    && !edge.once
                    && !edge.guessed
                    && !project.is_test(edge.callee)
                    && !project.entries.memoised[edge.callee.index()]
                    && !project.is_for_developers(edge.caller, edge.op)
                    && follows(edge);
                if taken {
                    steps[edge.callee.index()] = Some(Step::Call { caller, op: edge.op });
                    queue.push_back(edge.callee);
                }
            }
        }
        Self { steps, kind }
    }
}

impl Project {
    /// Walks over what runs on event loops that load comes to, one for each way that load comes: from asynchronous handlers, jobs
    /// and scheduled functions along plain calls and tasks.
    #[must_use]
    pub fn on_event_loop(&self) -> Vec<Walk> {
        let walk = |&kind: &EntryKind| {
            let roots = self.roots(kind).filter(|&(function, at)| {
                self.facts(function).is_async && !at.is_some_and(|at| self.has_own_loop(&self.entry_points()[at]))
            });
            Walk::along(self, roots.collect(), kind, |edge| self.stays_on_loop(edge))
        };
        EntryKind::SERVING.iter().map(walk).collect()
    }

    /// Whether a platform runs the application around a function with one request at a time in each process: none waits for another.
    #[must_use]
    pub fn answers_alone(&self, function: FnId) -> bool {
        let unit = |function: FnId| self.unit(self.files().locate(function).0);
        self.sites(Role::ServeAlone).any(|site| !self.is_test(site.function) && unit(site.function) == unit(function))
    }

    /// Whether what runs `function` has a loop for each of several threads, so that a blocked one is not the whole process.
    #[must_use]
    pub fn has_many_loops(&self, function: FnId) -> bool {
        let (file, _) = self.files().locate(function);
        self.files().get(file).language == Language::Rust
    }

    /// The same from asynchronous functions that are reached from no entry point. Who calls what a decorator made of one is not
    /// known: it may be a thread with a loop of its own.
    #[must_use]
    pub fn on_unknown_loop(&self) -> Walk {
        let unplaced = |&function: &FnId| {
            let facts = self.facts(function);
            facts.is_async
                && !facts.ops.is_empty()
                && (facts.decorators.is_empty() || self.has_many_loops(function))
                && !self.is_called_by_name(function)
                && self.graph.to(function).next().is_none()
                && matches!(self.placement(function, OpId(0)), Placement::Unplaced(_))
        };
        let roots = self.functions().filter(unplaced).map(|function| (function, None)).collect();
        Walk::along(self, roots, EntryKind::Request, |edge| self.stays_on_loop(edge))
    }

    /// Whether its own file calls something of a method's name on some object: it may be that method.
    fn is_called_by_name(&self, function: FnId) -> bool {
        let (file, _) = self.files().locate(function);
        let Some(name) = self.facts(function).name.filter(|_| self.classes.owner[function.index()].is_some()) else {
            return false;
        };
        self.files().get(file).facts.functions.iter().any(|body| {
            body.ops.iter().any(|op| match op.kind {
                OpKind::Call { callee, .. } => matches!(body.op(callee).kind, OpKind::Attribute(_, called) if called == name),
                _ => false,
            })
        })
    }

    /// A walk over what runs while a client waits for its answer: from request handlers along plain calls.
    #[must_use]
    pub fn while_client_waits(&self) -> Walk {
        let roots = self.roots(EntryKind::Request).collect();
        Walk::along(self, roots, EntryKind::Request, |edge| {
            edge.how == How::Direct && !self.is_started(edge) && !self.runs_elsewhere(edge)
        })
    }

    /// Whether the platform runs an entry in a process of its own and ends it after a set time.
    #[must_use]
    pub fn is_bounded_run(&self, entry: FnId) -> bool {
        self.entries.bounded[entry.index()]
    }

    fn roots(&self, kind: EntryKind) -> impl Iterator<Item = (FnId, Option<usize>)> {
        let by_hand = move |function| self.is_test(function) || self.is_client_side(function) || self.is_script(function);
        let points = self.entry_points().iter().enumerate();
        points
            .filter(move |(_, point)| point.kind == kind && !by_hand(point.function))
            .map(|(at, point)| (point.function, Some(at)))
    }

    /// Whether the platform gives each run of an entry a process of its own, as its framework's model says.
    #[must_use]
    pub fn has_own_process(&self, reached: &Reached) -> bool {
        let mut points = self.entry_points().iter().filter(|point| Some(&point.function) == reached.functions.first());
        reached.kind == EntryKind::Job && points.any(|point| point.kind == EntryKind::Job && self.has_own_loop(point))
    }

    /// Whether each run of an entry has a loop of its own, as its framework's model says.
    fn has_own_loop(&self, point: &crate::link::EntryPoint) -> bool {
        let Some((registrar, at)) = point.registered else { return false };
        self.events(registrar).iter().any(|event| match *event {
            Event::Decorated { op, act: Some(act), .. } | Event::Act { op, act, .. } if op == at => {
                self.act(act).behaviour.entry.as_ref().is_some_and(|entry| entry.alone)
            }
            _ => false,
        })
    }

    /// Whether a call runs what it calls on the loop of its caller. A plain function whose result is awaited was wrapped into one
    /// that runs elsewhere, and so was what is called through the result of another call.
    fn stays_on_loop(&self, edge: &Edge) -> bool {
        if self.facts(edge.callee).is_async {
            return true;
        }
        if self.is_moved_by_macro(edge.caller, edge.op) {
            return false;
        }
        let facts = self.facts(edge.caller);
        let OpKind::Call { callee, .. } = facts.op(edge.op).kind else { return edge.how == How::Direct };
        let wrapped = matches!(facts.op(callee).kind, OpKind::Call { .. });
        edge.how == How::Direct && !wrapped && !awaits(facts, edge.op)
    }

    /// Whether asynchronous code calls a plain function through what moves it to a thread: `await sync_to_async(work)(1)`. A plain
    /// function that is awaited under its own name and that nothing decorates gives something to await, and runs here.
    fn runs_elsewhere(&self, edge: &Edge) -> bool {
        let (caller, callee) = (self.facts(edge.caller), self.facts(edge.callee));
        let OpKind::Call { callee: called, .. } = caller.op(edge.op).kind else { return false };
        if callee.is_async || !caller.is_async {
            return false;
        }
        let name = |function, name| self.files().name(self.files().locate(function).0, name);
        let own_name = match caller.op(called).kind {
            OpKind::Call { .. } => return true,
            OpKind::Name(id) | OpKind::Attribute(_, id) => {
                callee.name.is_some_and(|own| name(edge.callee, own) == name(edge.caller, id))
            }
            _ => true,
        };
        (!own_name || !callee.decorators.is_empty()) && awaits(caller, edge.op)
    }

    /// Whether what is called goes on by itself, as a task.
    fn is_started(&self, edge: &Edge) -> bool {
        let facts = self.facts(edge.caller);
        self.sites_in(edge.caller).filter(|site| site.role == Role::Spawn).any(|site| match facts.op(site.op).kind {
            OpKind::Call { args, .. } => facts.list(args).iter().any(|arg| arg.value == edge.op),
            _ => false,
        })
    }

    /// What to do instead of a call that keeps its thread until it is done; `None` for one that does not, or that is awaited.
    #[must_use]
    pub fn blocks(&self, site: &Site<'_>) -> Option<&str> {
        let act = self.models().act(site.act_id);
        let instead = act.blocks.as_deref().filter(|_| !self.is_moved_by_macro(site.function, site.op))?;
        let own = act.behaviour.blocks.is_some();
        let waits = own || act.behaviour.roles().any(keeps_thread);
        // Methods that an asynchronous flavour has from its base.
        let awaits = site.receiver.ty().is_some_and(|ty| self.is_awaited_type(ty.base));
        (waits && !awaits && !self.is_awaited(site.function, site.op)).then_some(instead)
    }

    /// Whether the value of `op` is awaited, by itself or by a call outside the project that is given it: `gather(f(), g())`.
    fn is_awaited(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        let holds =
            |list| facts.list(list).iter().any(|part| same_chain(facts, part.value, op) || Self::is_part(facts, part.value, op));
        let own = |call: OpId| self.graph.from(function).any(|edge| edge.op == call);
        awaits(facts, op)
            || facts.tape().skip(op.index() + 1).any(|(_, next)| match next.kind {
                OpKind::Await(call) => match facts.op(call).kind {
                    OpKind::Call { args, .. } => !own(call) && holds(args),
                    _ => false,
                },
                OpKind::Construct(Construct::Macro, parts) => holds(parts),
                _ => false,
            })
    }

    /// Whether a list or comprehension is made of `op`.
    fn is_part(facts: &Function, of: OpId, op: OpId) -> bool {
        match facts.op(of).kind {
            OpKind::Construct(Construct::List | Construct::Tuple | Construct::Comprehension, parts) => {
                facts.list(parts).iter().any(|part| same_chain(facts, part.value, op))
            }
            _ => false,
        }
    }

    fn is_awaited_type(&self, ty: crate::link::values::value::TypeRef) -> bool {
        match ty {
            crate::link::values::value::TypeRef::Model(model) => self.models().lineage(model).any(|ty| ty.awaits),
            crate::link::values::value::TypeRef::Project(class) => self.classes.inherits(self.models(), class, |ty| ty.awaits),
        }
    }

    /// The way of a walk to an operation; `None` when it does not lead there, or the operation runs once.
    #[must_use]
    pub fn way_of(&self, walk: &Walk, function: FnId, op: OpId) -> Option<Reached> {
        walk.steps[function.index()].filter(|_| !self.runs_once(function, op) && !self.is_left_out(function, op))?;
        let (mut at, mut functions, mut steps) = (function, vec![function], Vec::new());
        let mut label = String::new();
        // Every step was found from an earlier one: the walk ends at its root.
        while let Some(step) = walk.steps[at.index()] {
            match step {
                Step::Call { caller, op } => {
                    let message = format!("{} calls {}", self.function_name(caller), self.function_name(at));
                    steps.push(Note { place: self.place(caller, op), message });
                    functions.push(caller);
                    at = caller;
                }
                Step::Root(entry) => {
                    let entry = entry.map(|entry| &self.entry_points()[entry]);
                    let message = match entry {
                        Some(entry) => self.entry_sentence(entry),
                        None => format!("{} is asynchronous", self.function_name(at)),
                    };
                    label = entry.map(|entry| entry.label.clone()).unwrap_or_default();
                    steps.push(Note { place: self.place_of_name(at), message });
                    break;
                }
            }
        }
        functions.reverse();
        steps.reverse();
        Some(Reached { kind: walk.kind, label, steps, functions, guessed: false })
    }

    /// Other functions of a walk that call `function`, and where, in order of the files.
    #[must_use]
    pub fn other_callers(&self, walk: &Walk, function: FnId, way: &Reached) -> Vec<Note> {
        let mut edges: Vec<&Edge> = self.graph.to(function).filter(|edge| !edge.outside && walk.reaches(edge.caller)).collect();
        edges.retain(|edge| !way.functions.contains(&edge.caller) && self.stays_on_loop(edge));
        edges.sort_by_key(|edge| (edge.caller, edge.op));
        edges.dedup_by_key(|edge| edge.caller);
        let note = |edge: &Edge| Note {
            place: self.place(edge.caller, edge.op),
            message: format!("{} calls it too", self.function_name(edge.caller)),
        };
        edges.into_iter().map(note).collect()
    }

    /// How sure it is that a call takes long enough to matter: on this machine, or on what may be small, less.
    #[must_use]
    pub fn weight(&self, site: &Site<'_>) -> Confidence {
        match site.role {
            // Once for each model, by whoever asks for it first.
            Role::LoadModel if self.once[site.function.index()].iter().any(|once| once.holds(site.op)) => Confidence::Low,
            Role::PackArchive | Role::ProcessImage | Role::ProcessMedia | Role::ProcessTable | Role::RenderDocument => {
                Confidence::Medium
            }
            _ => Confidence::High,
        }
    }
}

/// Roles in which a thread waits for something outside, or works for long.
fn keeps_thread(role: Role) -> bool {
    waits(role)
        || matches!(
            role,
            Role::Commit
                | Role::CacheRead
                | Role::CacheWrite
                | Role::CacheBatch
                | Role::Enqueue
                | Role::Publish
                | Role::Sleep
                | Role::Migrate
                | Role::RenderDocument
                | Role::ProcessImage
                | Role::ProcessMedia
                | Role::PackArchive
                | Role::ProcessTable
                | Role::LoadModel
                | Role::TrainModel
                | Role::HashPassword
                | Role::AwaitJob
                | Role::RunLoop
        )
}

/// Whether the value of `op` is awaited: itself, or under a name it is given.
fn awaits(facts: &Function, op: OpId) -> bool {
    let mut names = Vec::new();
    for (_, next) in facts.tape().skip(op.index() + 1) {
        match next.kind {
            OpKind::Await(inner) if same_chain(facts, inner, op) => return true,
            OpKind::Await(inner) => {
                if let OpKind::Name(name) = facts.op(inner).kind
                    && names.contains(&name)
                {
                    return true;
                }
            }
            OpKind::Store { target: Target::Name(name), value, .. } if value == op => names.push(name),
            _ => {}
        }
    }
    false
}
