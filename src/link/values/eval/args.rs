//! Arguments of calls, and what they say about time: given, left out, or hidden in a spread.

use super::super::arguments;
use super::super::value::{Kind, TypeRef, Value};
use super::Eval;
use crate::facts::{Construct, OpId, OpKind, Operand, Operator, RegionKind};
use crate::models::schema::{Argument, NamedTimeout, Timeout, TimeoutDefault};
use crate::models::{Role, Trait, Traits};

pub(crate) use arguments::Given;

/// How long a call may take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Deadline {
    /// Within an acceptable time.
    Bounded,
    /// Not known.
    Unknown,
    /// Not known yet: nobody has been seen to call its function.
    Awaited,
    /// For ever, since nothing is given and the library has no default.
    Missing,
    /// What the process has set for all sockets: for ever unless it did.
    SocketDefault,
    /// For ever, since the code says so.
    Disabled,
    /// For ever, since the client it goes through was made without a limit.
    Client,
    /// So many seconds, which is too long, unless the code says otherwise.
    TooLong(f64),
    /// So many seconds, which is too long, as somebody chose.
    Chosen(f64),
    /// Longer than is acceptable, as the client was made.
    SlowClient,
    /// For ever, unless those who call its function pass a limit on: a spread of what it was given may hold one.
    Passed,
}

impl Eval<'_, '_> {
    /// Find an argument by name or position.
    pub(super) fn given(&self, argument: &Argument, args: &[Operand]) -> Given {
        self.find_argument(&argument.name, argument.position, args)
    }

    pub(super) fn find_argument(&self, names: &[String], position: Option<u16>, args: &[Operand]) -> Given {
        let names_of = &self.world.files.get(self.file).facts.names;
        arguments::find(names_of, self.function, names, position, args)
    }

    /// How long a call with this timeout description may take.
    pub(super) fn deadline(&self, timeout: &Timeout, receiver: Value, args: &[Operand]) -> Deadline {
        if receiver.has(Trait::MaybeTimed) || self.overrides_requests(receiver) {
            return Deadline::Unknown;
        }
        let scale = timeout.scale.unwrap_or(1.0);
        match self.find_argument(&timeout.argument, timeout.position, args) {
            Given::Value(op) => match self.stated(op, scale) {
                // One of several limits is switched off, and another is not: `ClientTimeout(total=None, sock_read=60)`.
                Deadline::Disabled if timeout.argument.len() > 1 => self.other_limit(timeout, args, scale),
                stated => stated,
            },
            Given::Perhaps if receiver.has(Trait::Timed) => Deadline::Unknown,
            Given::Perhaps => match self.without_limit(timeout, receiver) {
                Deadline::Missing | Deadline::SocketDefault | Deadline::Client => Deadline::Passed,
                _ => Deadline::Unknown,
            },
            Given::Absent if receiver.has(Trait::Timed) => Deadline::Bounded,
            Given::Absent => self.without_limit(timeout, receiver),
        }
    }

    /// How long a call may take that is given no limit.
    fn without_limit(&self, timeout: &Timeout, receiver: Value) -> Deadline {
        match timeout.default {
            TimeoutDefault::Seconds(seconds) => self.seconds(seconds),
            TimeoutDefault::Named(NamedTimeout::None) => Deadline::Missing,
            TimeoutDefault::Named(NamedTimeout::Socket) => Deadline::SocketDefault,
            // A builder that was given a long limit began without any.
            TimeoutDefault::Named(NamedTimeout::Client) if receiver.has(Trait::Slow) => Deadline::SlowClient,
            TimeoutDefault::Named(NamedTimeout::Client) if receiver.has(Trait::Untimed) => Deadline::Client,
            TimeoutDefault::Named(NamedTimeout::Client) | TimeoutDefault::Unstated => Deadline::Unknown,
        }
    }

    fn other_limit(&self, timeout: &Timeout, args: &[Operand], scale: f64) -> Deadline {
        let each = timeout.argument.iter().map(std::slice::from_ref);
        let mut stated = each.filter_map(|name| match self.find_argument(name, None, args) {
            Given::Value(op) => Some(self.stated(op, scale)),
            _ => None,
        });
        stated.find(|stated| *stated != Deadline::Disabled).unwrap_or(Deadline::Disabled)
    }

    /// A class of the project that puts itself before the requests of the client it extends.
    fn overrides_requests(&self, receiver: Value) -> bool {
        let Some(TypeRef::Project(class)) = receiver.ty().map(|ty| ty.base) else { return false };
        let (own, modelled) = self.world.classes.lineage(class);
        let models = self.world.models;
        own.iter().flat_map(|class| self.world.classes.all[class.index()].methods.keys()).any(|name| {
            let acts = modelled.iter().filter_map(|&base| models.method(base, name));
            acts.into_iter().any(|act| models.act(act).behaviour.role == Some(Role::HttpRequest))
        })
    }

    /// The longest acceptable wait in this file.
    fn longest(&self) -> f64 {
        self.world.max_seconds.get(self.file.index()).copied().unwrap_or(f64::INFINITY)
    }

    fn seconds(&self, seconds: f64) -> Deadline {
        if seconds > self.longest() { Deadline::TooLong(seconds) } else { Deadline::Bounded }
    }

    fn chosen(&self, seconds: f64) -> Deadline {
        if seconds > self.longest() { Deadline::Chosen(seconds) } else { Deadline::Bounded }
    }

    /// Whether an operation runs only where the name that it reads holds something: `if timeout: get(url, timeout=timeout)`.
    fn is_asked_for(&self, op: OpId) -> bool {
        let OpKind::Name(name) = self.function.op(op).kind else { return false };
        let is_it = |op: OpId| self.function.op(op).kind == OpKind::Name(name);
        self.function.regions_around(op).any(|region| match region.kind {
            RegionKind::Branch { condition: Some(condition), positive: true } => match self.function.op(condition).kind {
                OpKind::Operate(Operator::IsNot, asked, _) => is_it(asked),
                _ => is_it(condition),
            },
            _ => false,
        })
    }

    fn stated(&self, op: OpId, scale: f64) -> Deadline {
        if let OpKind::Construct(Construct::Tuple, parts) = self.function.op(op).kind {
            let parts = self.function.list(parts).iter().map(|part| self.stated(part.value, scale));
            return parts.fold(Deadline::Bounded, |worst, part| match (worst, part) {
                (Deadline::Bounded, part) => part,
                (worst, _) => worst,
            });
        }
        let value = self.value(op);
        match value.kind {
            Kind::None if self.is_asked_for(op) => Deadline::Unknown,
            Kind::None => Deadline::Disabled,
            #[allow(clippy::cast_precision_loss, reason = "a timeout above 2^53 seconds is too long either way")]
            Kind::Int(n) => self.chosen(n as f64 * scale),
            Kind::Float(n) => self.chosen(n * scale),
            _ if value.has(Trait::MaybeTimed) || value.inferred => Deadline::Unknown,
            _ if value.has(Trait::Untimed) => Deadline::Disabled,
            _ if value.has(Trait::Slow) => Deadline::SlowClient,
            _ if value.has(Trait::Timed) => Deadline::Bounded,
            _ if value.param.is_some_and(|param| self.world.state.is_awaited(self.id, u16::from(param))) => Deadline::Awaited,
            _ => Deadline::Unknown,
        }
    }
}

impl Deadline {
    /// What a client made with this deadline passes on to its calls.
    pub(super) fn traits(self) -> Traits {
        Traits::from_iter(match self {
            Self::Awaited => return Traits::NONE,
            Self::Bounded => [Trait::Timed],
            Self::Missing | Self::Disabled | Self::Client | Self::SocketDefault => [Trait::Untimed],
            Self::TooLong(_) | Self::Chosen(_) | Self::SlowClient => [Trait::Slow],
            Self::Unknown | Self::Passed => [Trait::MaybeTimed],
        })
    }
}
