//! Loops that try something again: an attempt, an error that is swallowed, a pause or none, and the way out when it succeeds.

use super::retries::{Retrier, Retry, is_outbound};
use crate::facts::{Construct, Function, Jump, OpId, OpKind, Region, RegionKind, Target};
use crate::finding::Place;
use crate::lang::Language;
use crate::link::project::{Project, Site};
use crate::link::values::flows::{depends, taint};
use crate::link::values::value::FnId;
use crate::models::Role;

/// How far down a call to another system is looked for.
const DEPTH: u32 = 3;

/// What a loop tries.
#[derive(Debug, Clone)]
struct Attempt {
    op: OpId,
    name: String,
    connects: bool,
    /// A modelled call, of which it is known that it ends in success or an error.
    direct: bool,
}

/// A loop that may be one of attempts.
pub(crate) struct Rounds<'p> {
    pub(crate) project: &'p Project,
    pub(crate) function: FnId,
    pub(crate) facts: &'p Function,
    pub(crate) region: &'p Region,
}

impl Project {
    /// The loops of a function that try something again.
    pub(crate) fn loop_retries(&self, function: FnId) -> Vec<Retry> {
        let facts = self.facts(function);
        facts.regions.iter().filter_map(|region| Rounds { project: self, function, facts, region }.retry()).collect()
    }
}

impl Rounds<'_> {
    fn retry(&self) -> Option<Retry> {
        let RegionKind::Loop { over, condition, comprehension: false } = self.region.kind else { return None };
        if over.is_some_and(|over| !self.counts(over)) {
            return None;
        }
        let (attempt, failure) = self.attempts().into_iter().find_map(|attempt| {
            let failure = self.failure_of(&attempt)?;
            self.ends_by_success(&attempt, &failure, condition).then_some((attempt, failure))
        })?;
        let project = self.project;
        let values = project.values(self.function);
        let (file, _) = project.files().locate(self.function);
        Some(Retry {
            function: self.function,
            place: Place { file, span: self.region.span },
            call: None,
            by: Retrier::Loop,
            name: "the loop".to_owned(),
            tried: attempt.name,
            guarded: Vec::new(),
            stretch: Some(self.stretch(&attempt.op, &failure)),
            delay: self.delay(attempt.op, &values),
            by_default: false,
            bound: self.bound((over, condition), attempt.op, &failure, &values),
            outbound: true,
            connects: attempt.connects,
            advice: String::new(),
            placement: project.placement(self.function, attempt.op),
        })
    }

    pub(crate) fn name(&self, id: crate::facts::NameId) -> &str {
        self.project.files().name(self.project.files().locate(self.function).0, id)
    }

    /// Whether what a loop goes over only counts its rounds.
    fn counts(&self, over: OpId) -> bool {
        match self.facts.op(over).kind {
            OpKind::Call { callee, .. } => match self.facts.op(callee).kind {
                OpKind::Name(name) | OpKind::Attribute(_, name) => matches!(self.name(name), "range" | "xrange" | "count"),
                _ => false,
            },
            OpKind::Construct(Construct::Slice, _) => true,
            _ => false,
        }
    }

    pub(crate) fn holds(&self, op: OpId) -> bool {
        self.region.start <= op && op < self.region.end
    }

    /// Whether `op` runs in each round of this loop, and not of one inside it.
    fn in_rounds(&self, op: OpId) -> bool {
        let mut around = self.facts.regions_around(op);
        around.find(|region| matches!(region.kind, RegionKind::Loop { .. })).is_some_and(|region| region == self.region)
    }

    /// Calls to other systems in the loop, itself or in what is called, which do the same in every round.
    fn attempts(&self) -> Vec<Attempt> {
        let project = self.project;
        let is_element =
            |at: OpId| matches!(self.facts.op(at).kind, OpKind::Element(_)) && self.holds(at) && !self.numbers_attempts(at);
        let tainted = taint(self.facts, is_element);
        let same = |op: OpId| self.in_rounds(op) && !depends(self.facts, op, &tainted);
        let sites = project.sites_in(self.function).filter(|site| same(site.op) && self.may_fail(site)).map(|site| Attempt {
            op: site.op,
            name: project.callee_name(&site),
            connects: site.role == Role::Connect,
            direct: true,
        });
        let calls = project.graph.from(self.function).filter(|edge| !edge.outside && same(edge.op));
        let calls = calls.filter(|edge| project.reaches(edge.callee, DEPTH, |site| is_outbound(site.role))).map(|edge| {
            let sends = |site: &Site<'_>| is_outbound(site.role) && site.role != Role::Connect;
            Attempt {
                op: edge.op,
                name: project.function_name(edge.callee),
                connects: !project.reaches(edge.callee, DEPTH, sends),
                direct: false,
            }
        });
        let mut attempts: Vec<Attempt> =
            sites.chain(calls).chain(self.decorated().into_iter().filter(|attempt| same(attempt.op))).collect();
        attempts.sort_by_key(|attempt| attempt.op);
        attempts
    }

    /// Calls of what a decorator of the project was put on, inside of the function that it puts in its place.
    fn decorated(&self) -> Vec<Attempt> {
        let project = self.project;
        let inside = project.graph.to(self.function).filter(|edge| edge.outside).map(|edge| edge.caller);
        // A whole transaction is tried again when another writer was faster.
        let ends = |name| matches!(self.name(name), "commit" | "rollback");
        let in_transaction = self.facts.tape().any(|(at, op)| match op.kind {
            OpKind::Call { callee, .. } => {
                self.holds(at) && matches!(self.facts.op(callee).kind, OpKind::Attribute(_, name) if ends(name))
            }
            _ => false,
        });
        if in_transaction {
            return Vec::new();
        }
        let Some(first) = inside.into_iter().find(|&function| project.reaches(function, DEPTH, |site| is_outbound(site.role)))
        else {
            return Vec::new();
        };
        let (file, _) = project.files().locate(self.function);
        let own = |name| self.facts.params.iter().any(|param| param.name == name);
        let around = std::iter::successors(self.facts.parent, |&at| project.files().get(file).facts.functions[at.index()].parent);
        let given: Vec<_> = around
            .flat_map(|at| project.files().get(file).facts.functions[at.index()].params.iter().map(|param| param.name))
            .collect();
        let calls = self.facts.tape().filter_map(|(at, op)| match op.kind {
            OpKind::Call { callee, .. } => match self.facts.op(callee).kind {
                OpKind::Name(name) if given.contains(&name) && !own(name) => Some(at),
                _ => None,
            },
            _ => None,
        });
        calls.map(|op| Attempt { op, name: project.function_name(first), connects: false, direct: false }).collect()
    }

    /// `for attempt in range(3)`: which try it is changes nothing about what is asked for.
    fn numbers_attempts(&self, element: OpId) -> bool {
        self.facts.tape().skip(element.index()).take(3).any(|(_, op)| match op.kind {
            OpKind::Store { target: Target::Name(name), value, .. } if value == element => {
                ["attempt", "retr", "try", "tries"].iter().any(|word| self.name(name).contains(word))
            }
            _ => false,
        })
    }

    /// Databases count where the handler says that they may be down; else, and around a whole transaction, a race between writers
    /// is as likely.
    fn may_fail(&self, site: &Site<'_>) -> bool {
        let database = matches!(
            site.role,
            Role::Execute
                | Role::FetchMany
                | Role::FetchOne
                | Role::Write
                | Role::WriteBatch
                | Role::CacheWrite
                | Role::CacheRead
        );
        let commits = |other: Site<'_>| other.role == Role::Commit && self.holds(other.op);
        let database = database && !self.project.sites_in(self.function).any(commits);
        is_outbound(site.role) || database && self.handlers(site.op).iter().any(|handler| self.names_outage(handler))
    }

    fn names_outage(&self, handler: &Region) -> bool {
        let RegionKind::Handler(Some(caught)) = handler.kind else { return false };
        let parts = match self.facts.op(caught).kind {
            OpKind::Construct(_, parts) => self.facts.list(parts).iter().map(|part| part.value).collect(),
            _ => vec![caught],
        };
        let outage = ["Operational", "Interface", "Connection", "Timeout", "Disconnect", "Unavailable"];
        parts
            .into_iter()
            .filter_map(|part| self.facts.path(part)?.last().copied())
            .any(|name| outage.iter().any(|word| self.name(name).contains(word)))
    }

    /// The regions around `op` that lie inside this loop, innermost first. A `try` around the loop may span the same operations.
    fn regions_inside(&self, op: OpId) -> impl Iterator<Item = &Region> {
        self.facts.regions_around(op).take_while(|region| !std::ptr::eq(*region, self.region))
    }

    /// The handlers of the innermost `try` around `op` in this loop.
    fn handlers(&self, op: OpId) -> Vec<&Region> {
        let mut around = self.regions_inside(op);
        let Some(tried) = around.find(|region| matches!(region.kind, RegionKind::Try { .. })) else { return Vec::new() };
        let at = self.facts.regions.iter().position(|region| std::ptr::eq(region, tried)).unwrap_or_default();
        let later =
            self.facts.regions.iter().skip(at + 1).filter(|region| region.start >= tried.end && region.parent == tried.parent);
        later.take_while(|region| matches!(region.kind, RegionKind::Handler(_))).collect()
    }

    /// The stretch that runs when the attempt fails and after which the loop goes on.
    fn failure_of(&self, attempt: &Attempt) -> Option<(OpId, OpId)> {
        if self.project.language(self.function) == Language::Python {
            let handlers = self.handlers(attempt.op);
            let staying = handlers.into_iter().filter(|handler| self.falls_through(handler.start, handler.end));
            let staying = staying.filter(|handler| match handler.kind {
                RegionKind::Handler(Some(caught)) => !self.project.names_only_conflicts(self.function, caught),
                _ => true,
            });
            let mut staying = staying.filter(|handler| !self.asks_caller(handler));
            return staying.next().map(|handler| (handler.start, handler.end));
        }
        self.failing_arm(attempt)
    }

    /// Whether a handler calls what the caller gave, `again = await recover(error)`: that decides whether, when and how often.
    fn asks_caller(&self, handler: &Region) -> bool {
        self.facts.tape().any(|(at, op)| match op.kind {
            OpKind::Call { callee, .. } if handler.holds(at) => match self.facts.op(callee).kind {
                OpKind::Name(name) => self.facts.params.iter().any(|param| param.name == name),
                _ => false,
            },
            _ => false,
        })
    }

    /// Rust: the arm for the error of what was tried. A binding that says so, or a call whose result is known to be one.
    fn failing_arm(&self, attempt: &Attempt) -> Option<(OpId, OpId)> {
        let of_attempt = |subject: OpId| {
            subject >= attempt.op
                && !self.unwraps(subject, attempt.op)
                && self.project.is_same(self.function, subject, attempt.op)
        };
        if let RegionKind::Loop { condition: Some(condition), .. } = self.region.kind
            && of_attempt(condition)
            && self.binds_error(condition, self.region.end)
        {
            // `while let Err(e) = call()`
            return Some((condition, self.region.end));
        }
        let arms: Vec<&Region> = self
            .facts
            .regions
            .iter()
            .filter(|region| self.region.start <= region.start && region.end <= self.region.end)
            .filter(|region| region.kind.is_arm() && region.kind.tested().is_some_and(of_attempt))
            .collect();
        // A success after which the loop goes on as well: it takes one thing after the other.
        let matched = |arm: &&&Region| matches!(arm.kind, RegionKind::Arm { .. });
        let mut goes_on = arms.iter().filter(matched).filter(|arm| self.falls_through(arm.start, arm.end));
        if goes_on.any(|arm| !self.binds_error(arm.start, arm.end) && self.binds_something(arm.start, arm.end)) {
            return None;
        }
        let staying = arms.iter().filter(|arm| self.falls_through(arm.start, arm.end));
        let mut failing = staying.filter(|arm| self.binds_error(arm.start, arm.end) || self.is_for_errors(arm));
        failing.next().map(|arm| (arm.start, arm.end)).or_else(|| {
            // `if let Ok(answer) = call() { return answer }`: the rest is the error.
            let succeeded = arms.iter().find(|arm| {
                (attempt.direct || self.takes_success(arm))
                    && matches!(arm.kind, RegionKind::Branch { positive: true, .. })
                    && !self.falls_through(arm.start, arm.end)
            })?;
            Some((succeeded.end, self.region.end))
        })
    }

    /// Whether a question mark on the way hands the error on.
    fn unwraps(&self, subject: OpId, attempt: OpId) -> bool {
        let between = self.facts.tape().skip(attempt.index()).take(subject.index() - attempt.index() + 1);
        between.into_iter().any(|(_, op)| matches!(op.kind, OpKind::Try(_)))
    }

    /// `Err(e) =>`: the first name that an arm binds is called like an error.
    fn binds_error(&self, start: OpId, end: OpId) -> bool {
        let stretch = self.facts.tape().skip(start.index()).take(end.index() - start.index());
        let mut after_enter = stretch.skip_while(|(_, op)| !matches!(op.kind, OpKind::Enter(_, _))).skip(1);
        after_enter.next().is_some_and(|(_, op)| match op.kind {
            OpKind::Store { target: Target::Name(name), .. } => {
                let name = self.name(name).trim_start_matches('_');
                matches!(name, "e" | "err" | "error") || name.ends_with("_err") || name.ends_with("_error")
            }
            _ => false,
        })
    }

    /// `Err(_) =>`: an arm that takes errors and binds nothing.
    fn is_for_errors(&self, arm: &Region) -> bool {
        let (file, _) = self.project.files().locate(self.function);
        let pattern = arm.span.of(&self.project.files().get(file).text);
        matches!(arm.kind, RegionKind::Arm { .. }) && pattern.starts_with("Err(")
    }

    /// `if let Ok(answer) = ..`: what was tried ends in success or an error.
    pub(crate) fn takes_success(&self, arm: &Region) -> bool {
        let (file, _) = self.project.files().locate(self.function);
        let head = arm.span.of(&self.project.files().get(file).text);
        head.split_once('=').is_some_and(|(pattern, _)| pattern.contains("Ok("))
    }

    /// What runs again: the `try` around the attempt, or all up to where the error is seen.
    fn stretch(&self, attempt: &OpId, failure: &(OpId, OpId)) -> (OpId, OpId) {
        let around = self.regions_inside(*attempt);
        let mut tries = around.filter(|region| matches!(region.kind, RegionKind::Try { .. }));
        tries
            .next()
            .map_or((self.region.start, failure.0.max(OpId::from_index(attempt.index() + 1))), |tried| (tried.start, tried.end))
    }

    /// Whether an arm takes something out of what is matched.
    fn binds_something(&self, start: OpId, end: OpId) -> bool {
        (start.index()..end.index()).any(|at| matches!(self.facts.op(OpId::from_index(at)).kind, OpKind::Enter(_, _)))
    }

    pub(crate) fn leaves(&self, op: OpId) -> bool {
        match self.facts.op(op).kind {
            OpKind::Return(_) | OpKind::Raise(_) => true,
            OpKind::Jump(Jump::Break) => self.in_rounds(op),
            _ => false,
        }
    }

    /// Whether running a stretch to its end can lead to the next round.
    fn falls_through(&self, start: OpId, end: OpId) -> bool {
        let inside = |op: OpId| start <= op && op < end;
        let continues = |(at, op): (OpId, &crate::facts::Op)| {
            inside(at) && matches!(op.kind, OpKind::Jump(Jump::Continue)) && self.in_rounds(at)
        };
        if self.facts.tape().any(continues) {
            return true;
        }
        let exits = (start.index()..end.index()).map(OpId::from_index).filter(|&op| self.leaves(op));
        !exits.into_iter().any(|exit| {
            let arms = self.facts.regions_around(exit).filter(|region| start <= region.start && region.end <= end);
            let around: Vec<&Region> = arms.filter(|region| region.start != start || region.end != end).collect();
            around.iter().all(|region| match region.kind {
                RegionKind::Guarded { .. } | RegionKind::With(_) => true,
                // `if a: raise .. else: return`: both arms leave.
                RegionKind::Branch { condition, positive: false } => self.facts.regions.iter().any(|other| {
                    other.end <= region.start
                        && matches!(other.kind, RegionKind::Branch { condition: same, positive: true } if same == condition && same.is_some())
                        && start <= other.start
                        && !self.falls_through(other.start, other.end)
                }),
                _ => false,
            })
        })
    }

    /// Whether success leads out of the loop: by leaving it, or by what its condition asks for.
    fn ends_by_success(&self, attempt: &Attempt, failure: &(OpId, OpId), condition: Option<OpId>) -> bool {
        let failed = |op: OpId| failure.0 <= op && op < failure.1;
        let in_handler = |op: OpId| {
            let mut around = self.regions_inside(op);
            around.any(|region| matches!(region.kind, RegionKind::Handler(_)))
        };
        let ops = (self.region.start.index()..self.region.end.index()).map(OpId::from_index);
        let leaves = |op: OpId| match self.facts.op(op).kind {
            OpKind::Return(_) => true,
            OpKind::Jump(Jump::Break) => self.in_rounds(op),
            _ => false,
        };
        let is_while_error = condition.is_some_and(|condition| condition == failure.0);
        let of_attempt = taint(self.facts, |at| at == attempt.op);
        let tried = self.stretch(&attempt.op, failure);
        let waits = self.notes_failure(*failure);
        let depends_on_it = |op: OpId| {
            let mut arms =
                self.facts.regions_around(op).filter(|region| self.region.start <= region.start && *region != self.region);
            arms.all(|region| {
                let around_both = region.holds(attempt.op);
                around_both || region.kind.tested().is_none_or(|tested| of_attempt[tested.index()])
            })
        };
        // After the `try` the handler comes by as well, unless it is an `else`; and what leaves for some answers only may be
        // polling. Then the handler must do more than to tell.
        let reached_by_success = |op: OpId| {
            let mut arms = self.facts.regions_around(op).filter(|region| self.region.start <= region.start);
            let for_some = arms.any(|region| region.kind.is_arm() && !region.holds(attempt.op));
            waits || self.project.language(self.function) == Language::Rust || op < tried.1 && !for_some
        };
        let success = |op: OpId| {
            leaves(op) && !failed(op) && !in_handler(op) && op > attempt.op && depends_on_it(op) && reached_by_success(op)
        };
        if is_while_error || ops.clone().any(success) {
            return true;
        }
        let Some(condition) = condition else { return false };
        let asked = self.names_in(condition);
        ops.into_iter().any(|op| match self.facts.op(op).kind {
            OpKind::Store { target: Target::Name(name), .. } => op >= attempt.op && !failed(op) && asked.contains(&name),
            _ => false,
        })
    }

    /// Whether the stretch for a failure prepares another try: it goes on to the next round, counts, or waits.
    fn notes_failure(&self, (start, end): (OpId, OpId)) -> bool {
        self.facts.tape().any(|(at, op)| {
            let inside = start <= at && at < end;
            inside
                && match op.kind {
                    OpKind::Jump(Jump::Continue) => self.in_rounds(at),
                    OpKind::Store { .. } => at.index() > start.index() + 1,
                    kind => self.may_wait(kind),
                }
        }) || self.project.sites_in(self.function).any(|site| site.role == Role::Sleep && start <= site.op && site.op < end)
    }

    /// The names that an expression reads.
    fn names_in(&self, op: OpId) -> Vec<crate::facts::NameId> {
        let mut waiting = vec![op];
        let mut names = Vec::new();
        while let Some(at) = waiting.pop() {
            match self.facts.op(at).kind {
                OpKind::Name(name) => names.push(name),
                OpKind::Attribute(base, name) => {
                    names.push(name);
                    waiting.push(base);
                }
                OpKind::Operate(_, left, right) | OpKind::Index(left, right) => waiting.extend([left, right]),
                OpKind::Call { callee, args } => {
                    waiting.push(callee);
                    waiting.extend(self.facts.list(args).iter().map(|arg| arg.value));
                }
                OpKind::Construct(_, parts) | OpKind::Choose(parts) => {
                    waiting.extend(self.facts.list(parts).iter().map(|part| part.value));
                }
                OpKind::Await(inner) | OpKind::Try(inner) | OpKind::Enter(inner, _) | OpKind::Element(inner) => {
                    waiting.push(inner)
                }
                _ => {}
            }
        }
        names
    }
}
