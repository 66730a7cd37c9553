//! What a described call gives: its value, the traits it has by then, and what the call changes about its receiver.

use super::super::value::{Kind, Type, TypeRef, Value};
use super::args::{Deadline, Given};
use super::{Eval, Event};
use crate::facts::{OpId, OpKind, Operand, Operator};
use crate::lang::Language;
use crate::models::schema::{Argument, Behaviour};
use crate::models::{ActId, Role, Trait, Traits};

impl Eval<'_, '_> {
    /// The value that a behaviour gives, with the traits it has by then.
    pub(super) fn act_value(&self, id: ActId, receiver: Value, args: &[Operand]) -> Value {
        let act = self.world.models.act(id);
        let behaviour = &act.behaviour;
        let mut value = match &act.returns {
            Some(spec) => self.spec(spec, receiver, args),
            // An associated function without a stated result makes its own type.
            None if self.constructs(id, receiver) || self.language == Language::Rust => self.instance_of(receiver),
            None => Value::UNKNOWN,
        };
        value.traits = value.traits.union(self.handed_on(receiver.traits, behaviour));
        let mut traits = act.adds;
        if behaviour.filter {
            traits = traits.without(Trait::Filtered).without(Trait::Keyed).union(self.conditions(args, receiver));
            if receiver.has(Trait::Unanchored) {
                traits = traits.with(Trait::Unanchored);
            }
        }
        if behaviour.loads_named && args.iter().filter(|arg| self.may_be_entity(arg)).count() > 1 {
            traits = traits.with(Trait::Eager);
        }
        if let Some(condition) = &behaviour.condition {
            traits = traits.union(self.document(condition, args));
        }
        if let Some(limit) = &behaviour.limit {
            let limits = match self.given(limit, args) {
                Given::Value(limit) => !matches!(self.value(limit).kind, Kind::None | Kind::Int(0)),
                Given::Perhaps => true,
                Given::Absent => false,
            };
            if limits {
                traits = traits.with(Trait::Limited);
            }
        }
        let narrows = |arg: &Operand| self.is_narrowed_query(arg.value) || self.picks_joined(arg.value, 0);
        if behaviour.role.is_none() && receiver.ty().is_some() && args.iter().any(narrows) {
            // Joined with a part of another table.
            traits = traits.with(Trait::Filtered);
        }
        if let Some(sql) = &behaviour.sql {
            traits = traits.union(self.statement(sql, args));
            value = self.of_same_entity(value, sql, args);
        }
        for arg in args {
            let word = match (arg.name, self.value(arg.value).kind) {
                (Some(_), Kind::Bool(false) | Kind::None) => continue,
                (Some(name), _) => self.name(name),
                // `test_before_acquire(false)`
                (None, Kind::Bool(false)) => "false",
                // A word of a command: `cmd("SET").arg("NX")`.
                (None, Kind::Text(file, name)) => self.world.files.name(file, name),
                _ => continue,
            };
            let Some(adds) = behaviour.adds_when.get(word) else { continue };
            traits = traits.union(adds.iter().copied().collect());
        }
        for (_, adds) in behaviour.adds_after.iter().filter(|(which, _)| receiver.has(**which)) {
            traits = traits.union(adds.iter().copied().collect());
        }
        if behaviour.stream.as_ref().is_some_and(|stream| self.given(stream, args) != Given::Absent) {
            traits = traits.with(Trait::Streamed);
        }
        if !args.is_empty() && args.iter().all(|arg| self.value(arg.value).has(Trait::Aggregated)) {
            // A selection of aggregates only is one row.
            traits = traits.with(Trait::Aggregated);
        }
        if let Some(timeout) = behaviour.timeout.as_ref().filter(|_| makes_client(behaviour)) {
            traits = traits.union(self.deadline(timeout, receiver, args).traits());
        }
        // `CELL.get_or_init(..)` gives what the cell holds.
        if behaviour.once || matches!(behaviour.role, Some(Role::StateRead | Role::StateGetOrAdd)) {
            value.slot = receiver.slot;
        }
        if act.name.ends_with("copy") {
            // A copy is no longer the place it was taken from.
            value.slot = None;
        }
        value.with(traits)
    }

    /// An entity as a whole, or a name that may stand for one (`Writer = Person.alias()`), and no column of one.
    fn may_be_entity(&self, arg: &Operand) -> bool {
        let value = self.value(arg.value);
        match value.kind {
            Kind::Class(ty) => ty.base.project().is_some(),
            _ => !value.is_known() && matches!(self.function.op(arg.value).kind, OpKind::Name(_)),
        }
    }

    fn is_narrowed_query(&self, op: OpId) -> bool {
        let value = self.value(op);
        let narrow = [Trait::Filtered, Trait::Keyed, Trait::Limited].into_iter().any(|which| value.has(which));
        narrow && value.model_type().is_some()
    }

    /// Whether a condition that joins two tables also picks rows of one: `and_(Step.id == Task.step_id, Step.job_id == job)`.
    fn picks_joined(&self, op: OpId, depth: u32) -> bool {
        let is_column = |op: OpId| match self.function.op(op).kind {
            OpKind::Attribute(base, _) => matches!(self.value(base).kind, Kind::Class(ty) if ty.base.project().is_some()),
            _ => false,
        };
        match self.function.op(op).kind {
            OpKind::Operate(Operator::Equal, left, right) => {
                is_column(left) && !is_column(right) && !self.value(right).kind.is_constant()
            }
            OpKind::Operate(_, left, right) if depth < 8 => {
                self.picks_joined(left, depth + 1) || self.picks_joined(right, depth + 1)
            }
            OpKind::Call { args, .. } if depth < 8 => {
                self.function.list(args).iter().any(|arg| arg.name.is_none() && self.picks_joined(arg.value, depth + 1))
            }
            _ => false,
        }
    }

    /// Whether `act` is the call of `receiver` itself and not of one of its methods.
    fn constructs(&self, act: ActId, receiver: Value) -> bool {
        match receiver.kind {
            Kind::External(node) => self.world.models.call_at(node) == Some(act),
            Kind::Class(Type { base: TypeRef::Model(model), .. }) => self.world.models.ty(model).new == Some(act),
            _ => false,
        }
    }

    /// What runs a built statement gives rows of the statement's entity.
    fn of_same_entity(&self, value: Value, sql: &Argument, args: &[Operand]) -> Value {
        let (Kind::Instance(ty), Given::Value(statement)) = (value.kind, self.given(sql, args)) else { return value };
        let entity = self.value(statement).ty().and_then(|statement| statement.first);
        Value { kind: Kind::Instance(Type { first: ty.first.or(entity), ..ty }), ..value }
    }

    /// Traits that pass from a receiver to what its methods return: all along a builder, only time from a client to its calls and
    /// from a query to its rows what was loaded with them.
    fn handed_on(&self, traits: Traits, behaviour: &Behaviour) -> Traits {
        let always = [Trait::Timed, Trait::Untimed, Trait::Slow, Trait::MaybeTimed, Trait::Eager, Trait::Projected];
        match behaviour.role {
            // Rows that come piece by piece are still those of their query when something collects them.
            None | Some(Role::Execute | Role::Paginate | Role::FetchStream) => traits,
            // A list of rows is still known to be those that a condition picked.
            Some(Role::FetchMany) => {
                always.into_iter().chain([Trait::Filtered, Trait::One]).filter(|&which| traits.has(which)).collect()
            }
            Some(_) => always.into_iter().filter(|&which| traits.has(which)).collect(),
        }
    }

    /// What the text or built statement in an argument is known to be. A text that cannot be read may be limited.
    fn statement(&self, sql: &Argument, args: &[Operand]) -> Traits {
        match self.given(sql, args) {
            Given::Value(op) => {
                let value = self.value(op);
                let built = value.model_type().is_some();
                let read = built || value.has(Trait::Understood);
                value.traits.with(if read { Trait::Understood } else { Trait::Unread })
            }
            Given::Absent | Given::Perhaps => Traits::NONE.with(Trait::Unread),
        }
    }

    /// A call that changes what is known of its receiver.
    pub(super) fn change_receiver(&mut self, act: ActId, base: OpId, args: &[Operand]) {
        let act = self.world.models.act(act);
        let mut traits = act.receiver_adds;
        if let Some(sql) = &act.behaviour.sql {
            traits = traits.union(self.statement(sql, args));
        }
        // What is mounted may set a limit, unless it is known to set none.
        let sets_none = |arg: &Operand| {
            let value = self.value(arg.value);
            value.model_type().is_some() && value.has(Trait::Untimed)
        };
        if args.iter().any(sets_none) {
            traits = traits.without(Trait::MaybeTimed);
        }
        if traits == Traits::NONE && act.behaviour.sql.is_none() {
            return;
        }
        let before = self.value(base);
        let mut after = before;
        if act.behaviour.sql.is_some() {
            // A cursor runs one statement after another.
            for which in STATEMENT {
                after.traits = after.traits.without(which);
            }
        }
        let after = after.with(traits);
        let runs_statements = act.behaviour.sql.is_some();
        match self.function.op(base).kind {
            // What one method runs on a shared session says nothing of what another runs.
            OpKind::Attribute(..) if runs_statements => self.values[base.index()] = after,
            _ => self.replace(base, after),
        }
    }

    /// Note a described operation for the rules, unless its own arguments take the role away.
    pub(super) fn note_act(&mut self, op: OpId, act: ActId, receiver: Value, result: Value, deadline: Deadline) {
        self.acts.insert(op, act);
        let behaviour = &self.world.models.act(act).behaviour;
        let asked = behaviour.roles().next().is_some() || !behaviour.parameter.is_empty();
        if !self.record || !asked || self.is_excepted(op, behaviour) {
            return;
        }
        self.out.events.push(Event::Act { op, act, receiver, result, deadline });
    }

    fn is_excepted(&self, op: OpId, behaviour: &Behaviour) -> bool {
        let OpKind::Call { args, .. } = self.function.op(op).kind else { return false };
        let args = self.function.list(args);
        let lacks = |needs: &Argument| matches!(self.find_argument(&needs.name, needs.position, args), Given::Absent);
        behaviour.needs.as_ref().is_some_and(lacks)
            || args.iter().any(|arg| {
                let Some(name) = arg.name.map(|name| self.name(name)) else { return false };
                let value = self.value(arg.value);
                let excepted = behaviour.unless.iter().any(|unless| unless == name) && value.kind != Kind::None;
                excepted || behaviour.unless_value.get(name).is_some_and(|expected| self.equals(value, expected))
            })
    }

    fn equals(&self, value: Value, expected: &serde_json::Value) -> bool {
        match value.kind {
            Kind::Bool(truth) => expected.as_bool() == Some(truth),
            Kind::Int(number) => expected.as_i64() == Some(number),
            Kind::Text(file, name) => expected.as_str() == Some(self.world.files.name(file, name)),
            Kind::None => expected.is_null(),
            _ => false,
        }
    }
}

/// Traits that belong to the statement a cursor ran last.
const STATEMENT: [Trait; 10] = [
    Trait::Unanchored,
    Trait::Limited,
    Trait::Keyed,
    Trait::One,
    Trait::Filtered,
    Trait::Aggregated,
    Trait::Understood,
    Trait::Unread,
    Trait::Writes,
    Trait::Claimed,
];

/// Whether what it makes is asked later for how long calls may take.
fn makes_client(behaviour: &Behaviour) -> bool {
    let client = [Role::HttpClient, Role::SdkClient, Role::Connect, Role::Pool, Role::Duration, Role::Deadline];
    behaviour.role.is_none_or(|role| client.contains(&role))
}
