//! What is tried again after it failed, with what pause between, and how often? Libraries' retries here, loops in `retry_loops`.

use crate::facts::{FunctionKind, OpId, OpKind, RegionKind};
use crate::finding::{Confidence, Place};
use crate::link::project::{Project, Site};
use crate::link::reach::paths::Placement;
use crate::link::values::arguments::Chosen;
use crate::link::values::eval::Event;
use crate::link::values::remembered::Values;
use crate::link::values::value::{FnId, Kind, Value};
use crate::models::{Parameter, Role, Trait};

/// The pause before the next try.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Delay {
    /// None at all.
    None,
    /// The same each time; how many seconds, where that is known.
    Constant(Option<f64>),
    /// Longer each time, or drawn by chance.
    Growing,
    /// Not known.
    Unknown,
}

/// What ends the tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// Nothing.
    Never,
    /// A count or a time; how many tries, where that is known.
    Some(Option<i64>),
    /// Not known.
    Unknown,
}

/// Who tries again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retrier {
    /// A loop of the project.
    Loop,
    /// A library's decorator or wrapper around code of the project.
    Wrapper,
    /// A policy given to a client, for all that it sends.
    Client,
    /// A queue, which runs the job once more.
    Queue,
}

/// Something that is tried again after it failed.
#[derive(Debug, Clone)]
pub struct Retry {
    /// The function that says so.
    pub function: FnId,
    /// Where it says so.
    pub place: Place,
    /// The call that says so; none for a loop.
    pub call: Option<OpId>,
    /// Who tries again.
    pub by: Retrier,
    /// Its name: `tenacity.retry`.
    pub name: String,
    /// What is tried again: a function or call.
    pub tried: String,
    /// The functions that run again, whole.
    pub guarded: Vec<FnId>,
    /// The stretch of `function` that runs again, where that is not a whole function: first operation and one past the last.
    pub stretch: Option<(OpId, OpId)>,
    /// The pause before the next try.
    pub delay: Delay,
    /// Nobody chose that pause: it is the library's own.
    pub by_default: bool,
    /// What ends the tries.
    pub bound: Bound,
    /// What is tried is, or leads to, a call to another system.
    pub outbound: bool,
    /// What is tried only opens a connection.
    pub connects: bool,
    /// What the model of the library advises.
    pub advice: String,
    /// On which path the retry lies.
    pub placement: Placement,
}

/// How far down a call to another system is looked for.
const DEPTH: u32 = 4;

impl Project {
    /// Everything outside tests that is tried again after it failed.
    #[must_use]
    pub fn retries(&self) -> &[Retry] {
        self.retries.get_or_init(|| self.find_retries())
    }

    /// The call that says so, for who asks what it was given.
    #[must_use]
    pub fn call_of(&self, retry: &Retry) -> Option<Site<'_>> {
        self.sites_in(retry.function).find(|site| Some(site.op) == retry.call)
    }

    fn find_retries(&self) -> Vec<Retry> {
        let mut found = Vec::new();
        for role in [Role::Retry, Role::RetryJob] {
            let sites = self.sites(role).filter(|site| !self.is_test(site.function));
            found.extend(sites.filter_map(|site| self.library_retry(&site)));
        }
        let own = self.functions().filter(|&function| !self.is_test(function));
        found.extend(own.flat_map(|function| self.loop_retries(function).into_iter().chain(self.recursive_retry(function))));
        found
    }

    fn library_retry(&self, site: &Site<'_>) -> Option<Retry> {
        let values = self.values(site.function);
        let choice = |which| self.chosen(site, which, &values);
        // Without errors to try again there is no retry; one for a state that is not there yet is no answer to an error.
        if matches!(choice(Parameter::Errors), Some(errors) if errors.is_off() || self.asks_for_state(site, &errors)) {
            return None;
        }
        // Asking the queue once more because a row is not there yet is no answer to a system that is down.
        if site.role == Role::RetryJob && self.answers_conflict(site) {
            return None;
        }
        if choice(Parameter::State).is_some_and(|state| matches!(state, Chosen::Given(..))) {
            return None;
        }
        let bound = match (self.bound_of(site, &values), self.tries_of_task(site)) {
            (_, Some(task)) if self.leaves_tries_to_task(site, &values) => task,
            // What a job asks for itself may be nothing: then its registration's word holds, or the library's.
            (Bound::Never, None) if site.role == Role::RetryJob && self.leaves_tries_to_task(site, &values) => Bound::Some(None),
            (own, _) => own,
        };
        // One try is no retry.
        let once = if site.role == Role::RetryJob { i64::MIN..=-1 } else { 0..=0 };
        if matches!(bound, Bound::Some(Some(tries)) if once.contains(&tries)) {
            return None;
        }
        let decorated = self.events(site.function).iter().find_map(|event| match event {
            Event::Decorated { function, op, .. } if *op == site.op => Some(*function),
            _ => None,
        });
        let passed = self.graph.from(site.function).filter(|edge| edge.op == site.op && !edge.outside).map(|edge| edge.callee);
        let queue = site.role == Role::RetryJob || site.act.behaviour.roles().any(|role| role == Role::Task);
        let guarded: Vec<FnId> = match decorated {
            Some(function) => vec![function],
            None if site.role == Role::RetryJob => vec![site.function],
            None => passed.collect(),
        };
        let at_load = matches!(self.facts(site.function).kind, FunctionKind::Module | FunctionKind::ClassBody);
        let by = match (queue, site.act.behaviour.kind) {
            (true, _) => Retrier::Queue,
            (false, Some(_)) => Retrier::Client,
            (false, None) => Retrier::Wrapper,
        };
        let placement = match (by, guarded.first()) {
            (Retrier::Queue | Retrier::Wrapper, Some(&first)) if at_load || decorated.is_some() => {
                self.placement(first, OpId::from_index(0))
            }
            (Retrier::Client, _) if !self.is_by_hand(site.function, site.op) && !self.is_client_side(site.function) => {
                Placement::Unplaced(Confidence::High)
            }
            _ => self.placement(site.function, site.op),
        };
        let stretch = self.tried_before(site);
        let outbound = match stretch {
            Some(stretch) => self.asks_within(site.function, stretch),
            None => guarded.iter().any(|&function| self.reaches(function, DEPTH, |site| is_outbound(site.role))),
        };
        let (delay, by_default) = self.delay_of_job(site, &values);
        Some(Retry {
            function: site.function,
            place: self.site_place(site),
            call: Some(site.op),
            by,
            name: self.callee_name(site),
            tried: guarded.first().map_or_else(|| "what it wraps".to_owned(), |&function| self.function_name(function)),
            delay,
            by_default,
            stretch,
            guarded,
            bound,
            outbound: outbound || by == Retrier::Client,
            connects: false,
            advice: site.act.advice.clone().unwrap_or_default(),
            placement,
        })
    }

    /// The registration of the job that asks for another run.
    fn task_of(&self, site: &Site<'_>) -> Option<Site<'_>> {
        let task = || self.tasks().find(|task| task.body == Some(site.function)).map(|task| task.site);
        if site.role == Role::RetryJob { task() } else { None }
    }

    /// What ends the tries of the job that asks for another run, where its registration says so.
    fn tries_of_task(&self, site: &Site<'_>) -> Option<Bound> {
        let task = self.task_of(site)?;
        self.parameter_op(&task, Parameter::Tries)?;
        Some(self.bound_of(&task, &self.values(task.function)))
    }

    /// The pause before the next try, of a job that asks for one what its registration says; and whether it is the library's own.
    fn delay_of_job(&self, site: &Site<'_>, values: &Values) -> (Delay, bool) {
        let own =
            |site: &Site<'_>, values: &Values| matches!(self.chosen(site, Parameter::Delay, values), Some(Chosen::Default(_)));
        if site.role != Role::RetryJob || !own(site, values) {
            return (self.delay_of(site, values), own(site, values));
        }
        match self.task_of(site) {
            Some(task) => {
                let values = self.values(task.function);
                let says = !own(&task, &values);
                let delay = if says { self.delay_of(&task, &values) } else { self.delay_of(site, &values) };
                (delay, !says)
            }
            // A class may say it for its jobs.
            None => (self.delay_of(site, values), false),
        }
    }

    /// Whether a call to another system stands in a stretch of a function, or is reached from it.
    pub(crate) fn asks_within(&self, function: FnId, (start, end): (OpId, OpId)) -> bool {
        let inside = |op: OpId| start <= op && op < end;
        self.sites_in(function).any(|site| inside(site.op) && is_outbound(site.role))
            || self
                .graph
                .from(function)
                .any(|edge| inside(edge.op) && !edge.outside && self.reaches(edge.callee, DEPTH, |site| is_outbound(site.role)))
    }

    /// Whether a site answers to errors about the data alone: it stands in a handler that catches no other.
    fn answers_conflict(&self, site: &Site<'_>) -> bool {
        let mut around = self.facts(site.function).regions_around(site.op);
        around.any(
            |region| matches!(region.kind, RegionKind::Handler(Some(caught)) if self.names_only_conflicts(site.function, caught)),
        )
    }

    /// Whether a job that asks for another run does not say how many it may have: `self.retry()`, `self.retry(max_retries=None)`
    /// (Celery 5.5, `Task.retry`).
    fn leaves_tries_to_task(&self, site: &Site<'_>, values: &Values) -> bool {
        self.parameter_op(site, Parameter::Tries).is_none_or(|op| values[op.index()].kind == Kind::None)
    }

    /// `except Error: raise self.retry()`: what is tried stands before the handler.
    fn tried_before(&self, site: &Site<'_>) -> Option<(OpId, OpId)> {
        let facts = self.facts(site.function);
        let handler = facts.regions_around(site.op).find(|region| matches!(region.kind, RegionKind::Handler(_)))?;
        let mut tried = facts.regions.iter().filter(|region| {
            matches!(region.kind, RegionKind::Try { .. }) && region.parent == handler.parent && region.end <= handler.start
        });
        tried.next_back().filter(|_| site.role == Role::RetryJob).map(|tried| (tried.start, tried.end))
    }

    /// A parameter that the site's model names; `None` when it names none such.
    fn chosen(&self, site: &Site<'_>, which: Parameter, values: &Values) -> Option<Chosen<'_>> {
        site.act.behaviour.parameter.contains_key(&which).then(|| self.parameter_in(site, which, values))
    }

    fn delay_of(&self, site: &Site<'_>, values: &Values) -> Delay {
        let choice = |which| self.chosen(site, which, values);
        let traits = site.result.traits.union(site.act.adds);
        if traits.has(Trait::Growing) {
            return Delay::Growing;
        }
        if let Some(policy) = choice(Parameter::Policy) {
            return match policy {
                Chosen::Given(_, value) => self.pause(value, false),
                _ => Delay::Unknown,
            };
        }
        for which in [Parameter::Backoff, Parameter::Growth] {
            match choice(which) {
                Some(Chosen::Unknown) => return Delay::Unknown,
                Some(Chosen::Given(_, value)) if grows(value, which) != Some(false) => {
                    return if grows(value, which).is_some() { Delay::Growing } else { Delay::Unknown };
                }
                Some(Chosen::Default(value)) if value.as_f64().is_some_and(|factor| factor > 1.0) => return Delay::Growing,
                _ => {}
            }
        }
        match choice(Parameter::Delay) {
            Some(Chosen::Given(_, value)) => match self.pause(value, true) {
                Delay::Constant(Some(number)) => {
                    let model = site.act.behaviour.parameter.get(&Parameter::Delay);
                    Delay::Constant(Some(number * model.and_then(|model| model.scale).unwrap_or(1.0)))
                }
                other => other,
            },
            Some(Chosen::Default(value)) if value.is_null() => Delay::None,
            Some(Chosen::Default(value)) => match value.as_f64() {
                Some(0.0) => Delay::None,
                seconds => Delay::Constant(seconds),
            },
            Some(Chosen::Unknown | Chosen::Absent) => Delay::Unknown,
            None if traits.has(Trait::Steady) => Delay::Constant(None),
            None => {
                // What grows by a factor and has no pause to begin with.
                let growing = [Parameter::Backoff, Parameter::Growth].into_iter().any(|which| choice(which).is_some());
                if growing { Delay::None } else { Delay::Unknown }
            }
        }
    }

    /// The pause that a value stands for: a number of seconds, a strategy, or a function that is one.
    fn pause(&self, value: Value, number_waits: bool) -> Delay {
        let traits = match value.kind {
            Kind::External(node) => {
                self.models().call_at(node).map_or(value.traits, |act| value.traits.union(self.act(act).adds))
            }
            _ => value.traits,
        };
        if traits.has(Trait::Growing) {
            return Delay::Growing;
        }
        match value.kind {
            #[expect(clippy::cast_precision_loss, reason = "seconds are small")]
            Kind::Int(seconds) if number_waits && seconds > 0 => Delay::Constant(Some(seconds as f64)),
            Kind::Float(seconds) if number_waits && seconds > 0.0 => Delay::Constant(Some(seconds)),
            Kind::Int(_) | Kind::Float(_) | Kind::None => Delay::None,
            _ if traits.has(Trait::Steady) => Delay::Constant(None),
            _ => Delay::Unknown,
        }
    }

    fn bound_of(&self, site: &Site<'_>, values: &Values) -> Bound {
        let choice = |which| self.chosen(site, which, values);
        let traits = site.result.traits.union(site.act.adds);
        if let Some(policy) = choice(Parameter::Policy) {
            return match policy {
                Chosen::Given(_, value) => match value.kind {
                    Kind::Int(tries) => Bound::Some(Some(tries)),
                    _ if value.has(Trait::Bounded) => Bound::Some(None),
                    _ if value.has(Trait::Endless) => Bound::Never,
                    _ => Bound::Unknown,
                },
                Chosen::Default(value) => value.as_i64().map_or(Bound::Unknown, |tries| Bound::Some(Some(tries))),
                Chosen::Absent | Chosen::Unknown => Bound::Unknown,
            };
        }
        let limits = [Parameter::Tries, Parameter::Elapsed].into_iter().filter_map(choice).map(|chosen| match chosen {
            Chosen::Given(_, value) => match value.kind {
                Kind::None => Bound::Never,
                Kind::Int(tries) if tries < 0 => Bound::Never,
                Kind::Int(tries) => Bound::Some(Some(tries)),
                _ if value.has(Trait::Endless) => Bound::Never,
                _ if value.has(Trait::Bounded) || value.is_known() => Bound::Some(None),
                _ => Bound::Unknown,
            },
            Chosen::Default(value) if value.is_null() || value.as_i64().is_some_and(|tries| tries < 0) => Bound::Never,
            Chosen::Default(value) => Bound::Some(value.as_i64()),
            Chosen::Absent | Chosen::Unknown => Bound::Unknown,
        });
        // The first limit that holds counts; of none, what nobody knows may be one.
        let limits: Vec<Bound> = limits.collect();
        let known = limits.iter().find(|bound| matches!(bound, Bound::Some(_))).copied();
        known.unwrap_or_else(|| match limits.as_slice() {
            [] if traits.has(Trait::Endless) && !traits.has(Trait::Bounded) => Bound::Never,
            [] => Bound::Unknown,
            limits if limits.contains(&Bound::Unknown) => Bound::Unknown,
            _ => Bound::Never,
        })
    }

    /// Whether the errors to try again are those of a race between writers, or no errors at all.
    fn asks_for_state(&self, site: &Site<'_>, errors: &Chosen<'_>) -> bool {
        let Chosen::Given(op, value) = errors else { return false };
        value.has(Trait::Polling) || self.names_only_conflicts(site.function, *op)
    }

    /// Whether every error that an expression names is about the data and not about another system that is down: somebody was
    /// faster, something is not there yet.
    pub(crate) fn names_only_conflicts(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let mut waiting = vec![op];
        let mut named = Vec::new();
        while let Some(at) = waiting.pop() {
            match facts.op(at).kind {
                OpKind::Name(name) | OpKind::Attribute(_, name) => named.push(self.files().name(file, name)),
                OpKind::Construct(_, parts) | OpKind::Choose(parts) => {
                    waiting.extend(facts.list(parts).iter().map(|part| part.value));
                }
                OpKind::Call { args, .. } => waiting.extend(facts.list(args).iter().map(|arg| arg.value)),
                OpKind::Operate(_, left, right) => waiting.extend([left, right]),
                _ => {}
            }
        }
        !named.is_empty() && named.iter().all(|name| is_conflict(name))
    }

    fn parameter_in(&self, site: &Site<'_>, which: Parameter, values: &Values) -> Chosen<'_> {
        match self.parameter_op(site, which) {
            Some(op) => Chosen::Given(op, values[op.index()]),
            None => match self.parameter(site, which) {
                Chosen::Given(..) => Chosen::Unknown,
                other => other,
            },
        }
    }
}

/// Whether a value makes the pause grow: any start of a growing one, a factor of more than one. `None` when nobody can tell.
fn grows(value: Value, which: Parameter) -> Option<bool> {
    let above = if which == Parameter::Growth { 1.0 } else { 0.0 };
    match value.kind {
        #[expect(clippy::cast_precision_loss, reason = "factors are small")]
        Kind::Int(factor) => Some(factor as f64 > above),
        Kind::Float(factor) => Some(factor > above),
        Kind::Bool(grows) => Some(grows),
        Kind::None => Some(false),
        _ => None,
    }
}

/// Whether a call leaves the process for a system that may be down.
pub(crate) fn is_outbound(role: Role) -> bool {
    matches!(role, Role::HttpRequest | Role::RpcCall | Role::MailSend | Role::Connect | Role::Enqueue | Role::Publish)
}

/// Errors about the data: a race lost, a name taken, something not there, not yet or not well formed.
fn is_conflict(name: &str) -> bool {
    const WORDS: [&str; 24] = [
        "Integrity",
        "Unique",
        "Duplicate",
        "Conflict",
        "AlreadyExists",
        "Stale",
        "Serialization",
        "Deadlock",
        "Collision",
        "Concurrent",
        "Optimistic",
        "WatchError",
        "LockError",
        "Locked",
        "NotFound",
        "DoesNotExist",
        "NotReady",
        "Empty",
        "Full",
        "KeyError",
        "ValueError",
        "Validation",
        "Decode",
        "Pars",
    ];
    WORDS.iter().any(|word| name.contains(word))
}
