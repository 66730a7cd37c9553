//! Abstract interpretation of one function: every operation of its tape gets a [`Value`], given what the project knows so far.
//!
//! One pass over the tape in evaluation order. Names are tracked through branches; where arms meet, values are joined. Calls are
//! resolved in `call`, arguments and deadlines in `args`, model notations in `spec`, SQL text in `text`.

mod acts;
mod args;
mod arms;
mod attributes;
mod call;
mod children;
mod conditions;
mod events;
mod lazy;
mod lookups;
mod names;
mod reads;
mod registration;
mod spec;
mod stores;
mod text;
mod types;

pub(crate) use args::Deadline;
pub(crate) use events::{Event, How, Once};
pub(crate) use lookups::{sql_assigned, sql_lookup};
pub(crate) use names::resolve_path;
pub(crate) use text::{Touched, sql_tables};

use super::rounds::State;
use super::value::{FieldId, FnId, GlobalId, Kind, ModuleId, StoredId, Type, TypeRef, Value};
use crate::facts::{Construct, Function, FunctionId, FunctionKind, Literal, NameId, OpId, OpKind, Operands, Operator};
use crate::finding::FileId;
use crate::lang::Language;
use crate::link::Files;
use crate::link::data::tables::Tables;
use crate::link::names::classes::Classes;
use crate::link::names::modules::Modules;
use crate::models::{ActId, ModelType, ModelTypeId, Models, Trait, Traits};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::RefCell;

/// Everything that stays the same while functions are evaluated.
#[derive(Debug)]
pub(crate) struct World<'p> {
    pub files: &'p Files,
    pub modules: &'p Modules,
    pub models: &'p Models,
    pub classes: &'p Classes,
    /// What statements of SQL define.
    pub tables: &'p Tables,
    pub state: &'p State,
    /// Functions defined directly inside each function.
    pub children: &'p [Vec<FnId>],
    /// Extension traits in scope of each file.
    pub extensions: &'p [Vec<u16>],
    pub known: KnownTypes,
    /// Longest acceptable wait in each file, in seconds.
    pub max_seconds: &'p [f64],
}

/// Types of literals.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KnownTypes {
    pub list: [Option<ModelTypeId>; 2],
    pub map: [Option<ModelTypeId>; 2],
    pub set: [Option<ModelTypeId>; 2],
    pub tuple: [Option<ModelTypeId>; 2],
    pub text: [Option<ModelTypeId>; 2],
}

impl KnownTypes {
    pub(crate) fn of(models: &Models) -> Self {
        let find = |language: Language, path: &str| models.find(language, path).and_then(|node| models.type_at(node));
        let of = |python: &str, rust: &str| [find(Language::Python, python), find(Language::Rust, rust)];
        Self {
            list: of("builtins.list", "std::vec::Vec"),
            map: of("builtins.dict", "std::collections::HashMap"),
            set: of("builtins.set", "std::collections::HashSet"),
            tuple: of("builtins.tuple", "core::primitive::tuple"),
            text: of("builtins.str", "std::string::String"),
        }
    }
}

/// What evaluating a function tells about others.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub returns: Option<Value>,
    pub yields: Option<Value>,
    /// Arguments and declared types that reach parameters.
    pub params: Vec<(FnId, u16, Value)>,
    /// Declared result types.
    pub declared_returns: Vec<(FnId, Value)>,
    /// Types that decorators make of functions.
    pub made: Vec<(FnId, ModelTypeId)>,
    pub globals: Vec<(GlobalId, Value)>,
    pub fields: Vec<(FieldId, Value)>,
    /// What is kept under names on shared objects of libraries.
    pub stored: Vec<(StoredId, Value)>,
    /// What was looked at on the way.
    pub reads: Vec<super::rounds::Read>,
    /// Final values of names, for functions nested inside.
    pub env: Vec<(NameId, Value)>,
    /// Only in the recording pass.
    pub events: Vec<Event>,
    /// Only in the recording pass: the operations that models describe, sorted.
    pub acts: Vec<(OpId, ActId)>,
    /// Only in the recording pass: stretches of the tape that run once, since they fill a place that they found empty.
    pub once: Vec<Once>,
}

/// One function being evaluated.
pub(crate) struct Eval<'w, 'p> {
    pub world: &'w World<'p>,
    pub id: FnId,
    pub file: FileId,
    pub language: Language,
    pub module: ModuleId,
    pub function: &'p Function,
    pub values: Vec<Value>,
    pub acts: FxHashMap<OpId, ActId>,
    pub out: Outcome,
    pub record: bool,
    reads: RefCell<FxHashSet<super::rounds::Read>>,
    env: FxHashMap<NameId, Value>,
    arms: Vec<arms::Arm>,
    next_region: usize,
    /// Where a region begins or an arm ends next: before that there is nothing to enter or leave.
    boundary: OpId,
}

/// A function, evaluated.
pub(crate) struct Evaluated {
    /// The value of every operation.
    pub values: Vec<Value>,
    /// What it tells about others.
    pub outcome: Outcome,
}

/// Evaluate `id`; with `record`, note what rules ask about.
pub(crate) fn evaluate(world: &World<'_>, id: FnId, record: bool) -> Evaluated {
    let (file, local) = world.files.locate(id);
    let data = world.files.get(file);
    let function = &data.facts.functions[local.index()];
    let mut eval = Eval {
        world,
        id,
        file,
        language: data.language,
        module: world.modules.of(file, &function.scope),
        function,
        values: Vec::with_capacity(function.ops.len()),
        acts: FxHashMap::default(),
        out: Outcome::default(),
        record,
        reads: RefCell::new(FxHashSet::default()),
        env: FxHashMap::default(),
        arms: Vec::new(),
        next_region: 0,
        boundary: OpId::default(),
    };
    eval.run();
    eval.out.reads = eval.reads.into_inner().into_iter().collect();
    if record {
        eval.out.acts = eval.acts.into_iter().collect();
        eval.out.acts.sort_unstable();
        // Kept for the whole run, and most functions have few: room to grow would be most of it.
        eval.out.events.shrink_to_fit();
        eval.out.once.shrink_to_fit();
    }
    Evaluated { values: eval.values, outcome: eval.out }
}

impl<'p> Eval<'_, 'p> {
    fn run(&mut self) {
        for at in 0..self.function.ops.len() {
            let op = OpId::from_index(at);
            self.enter_regions(op);
            let value = self.op(op);
            self.values.push(value);
        }
        self.enter_regions(OpId::from_index(self.function.ops.len()));
        self.declare_children();
        self.declare_fields();
        if self.record {
            self.find_lazy_initialisation();
        }
        if !self.world.children[self.id.index()].is_empty() {
            let mut env: Vec<_> = self.env.iter().map(|(&name, &value)| (name, value)).collect();
            env.sort_by_key(|&(name, _)| name);
            self.out.env = env;
        }
    }

    /// The text of a name.
    pub(crate) fn name(&self, name: NameId) -> &'p str {
        self.world.files.get(self.file).facts.names.get(name)
    }

    /// The value of an earlier operation.
    pub(crate) fn value(&self, op: OpId) -> Value {
        self.values.get(op.index()).copied().unwrap_or(Value::UNKNOWN)
    }

    /// The value of a local name.
    pub(crate) fn local(&self, name: NameId) -> Option<Value> {
        self.env.get(&name).copied()
    }

    fn op(&mut self, op: OpId) -> Value {
        match self.function.op(op).kind {
            OpKind::Param(index) => self.param(index),
            OpKind::Literal(literal) => self.literal(literal),
            OpKind::Name(name) => {
                let value = self.read_name(name);
                self.as_attribute(op, name, value)
            }
            OpKind::Attribute(base, name) => self.attribute(op, base, name),
            OpKind::Index(base, key) => self.index(op, base, key),
            OpKind::Call { callee, args } => self.call(op, callee, args),
            OpKind::Construct(what, parts) => self.construct(what, parts),
            OpKind::Operate(operator, left, right) => self.operate(operator, left, right),
            OpKind::Choose(parts) => self.choose(parts),
            OpKind::Store { target, value, mode } => self.store(op, target, value, mode),
            OpKind::Element(of) => self.element(op, of),
            OpKind::Enter(of, variant) => {
                self.note_entered(op, self.value(of));
                variant.and_then(|variant| self.held_by_variant(of, variant)).unwrap_or_else(|| self.entered(of))
            }
            OpKind::Closure(function) => Value::of(Kind::Function(self.world.files.function(self.file, function))),
            OpKind::ClassDefinition(class) => {
                let class = self.world.files.class(self.file, class.index());
                if self.record {
                    self.note_registered_class(class);
                }
                Value::of(Kind::Class(Type::plain(TypeRef::Project(class))))
            }
            OpKind::Return(value) => self.leave_with(value),
            OpKind::Yield(value) => {
                let value = self.value(value);
                self.out.yields = Some(self.out.yields.map_or(value, |seen| seen.join(value)));
                Value::UNKNOWN
            }
            OpKind::Await(value) => self.awaited(op, value),
            OpKind::Try(value) => self.value(value),
            OpKind::Raise(_) | OpKind::Jump(_) | OpKind::Opaque => Value::UNKNOWN,
        }
    }

    fn param(&mut self, index: u16) -> Value {
        let mut value = self.world.state.param(self.id, index);
        value.param = u8::try_from(index).ok();
        if let Some(param) = self.function.params.get(index as usize) {
            self.env.insert(param.name, value);
        }
        value
    }

    fn leave_with(&mut self, value: OpId) -> Value {
        let (op, value) = (value, self.value(value));
        if let (Kind::Function(callee), true) = (value.kind, self.record && self.function.kind == FunctionKind::Closure)
            && self.is_async_block(value)
        {
            // `|item| async move { .. }`: whoever is given the closure waits for what it returns.
            self.out.events.push(Event::Call { op, callee, how: How::Direct, bound: false });
        }
        self.out.returns = Some(self.out.returns.map_or(value, |seen| seen.join(value)));
        Value::UNKNOWN
    }

    fn literal(&self, literal: Literal) -> Value {
        let kind = match literal {
            Literal::None => Kind::None,
            Literal::Bool(truth) => Kind::Bool(truth),
            Literal::Int(number) => Kind::Int(number),
            Literal::Float(number) => Kind::Float(number),
            Literal::Text(name) => {
                let traits = text::sql_traits(self.name(name), self.world.tables);
                return Value { traits, ..Value::of(Kind::Text(self.file, name)) };
            }
            Literal::Other => Kind::Constant,
        };
        Value::of(kind)
    }

    fn choose(&self, parts: Operands) -> Value {
        let parts = self.function.list(parts).iter().map(|part| self.value(part.value));
        parts.fold(Value::BOTTOM, Value::join)
    }

    fn operate(&self, operator: Operator, left: OpId, right: OpId) -> Value {
        let (a, b) = (self.value(left), self.value(right));
        match operator {
            Operator::Add | Operator::Modulo if a.kind.is_text() => self.joined_text(left, right),
            // `User | None` in an annotation.
            Operator::Arithmetic if matches!(a.kind, Kind::Class(_) | Kind::External(_)) => a,
            Operator::Arithmetic if matches!(b.kind, Kind::Class(_) | Kind::External(_)) => b,
            Operator::Add | Operator::Subtract | Operator::Modulo | Operator::Arithmetic => {
                if a.ty().is_some() {
                    a.detached()
                } else {
                    Value::of(if a.kind.is_constant() && b.kind.is_constant() { Kind::Constant } else { Kind::Unknown })
                }
            }
            _ => Value::UNKNOWN,
        }
    }

    /// An instance of a literal's type.
    pub(crate) fn known(&self, types: [Option<ModelTypeId>; 2], first: Option<TypeRef>, second: Option<TypeRef>) -> Value {
        let base = types[usize::from(self.language == Language::Rust)];
        base.map_or(Value::UNKNOWN, |base| Value::of(Kind::Instance(Type { base: TypeRef::Model(base), first, second })))
    }

    fn construct(&mut self, what: Construct, parts: Operands) -> Value {
        let known = self.world.known;
        let parts = self.function.list(parts);
        let joined = parts.iter().map(|part| self.value(part.value)).fold(Value::BOTTOM, Value::join);
        let base = |value: Value| value.ty().map(|ty| ty.base);
        match what {
            Construct::List | Construct::Comprehension => self.known(known.list, base(joined), None).with(eager(joined)),
            Construct::Set => self.known(known.set, base(joined), None).with(eager(joined)),
            Construct::Map => self.known(known.map, None, base(joined)).with(eager(joined)),
            Construct::MapComprehension => {
                let value = parts.last().map_or(Value::UNKNOWN, |part| self.value(part.value));
                self.known(known.map, None, base(value)).with(eager(value))
            }
            Construct::Text => self.composed_text(parts),
            Construct::Struct => self.struct_literal(parts),
            Construct::Tuple | Construct::Slice | Construct::Macro => Value::UNKNOWN,
        }
    }

    fn struct_literal(&mut self, parts: &[crate::facts::Operand]) -> Value {
        let Some((head, fields)) = parts.split_first() else { return Value::UNKNOWN };
        let value = self.instance_of(self.value(head.value));
        let Some(TypeRef::Project(class)) = value.ty().map(|ty| ty.base) else { return value };
        self.note_made(OpId::from_index(self.values.len()), class);
        for field in fields {
            let Some(name) = field.name else { continue };
            if let Some(field_id) = self.world.classes.field(class, self.name(name)) {
                self.out.fields.push((field_id, self.value(field.value).detached()));
            }
        }
        value
    }

    fn element(&mut self, op: OpId, of: OpId) -> Value {
        let value = self.value(of);
        let slot = value.slot;
        let mut element = self.element_of(value);
        if let Some(act) = self.described(value, "__iter__", |ty| ty.iterate) {
            let returned = self.act_value(act, value, &[]);
            if returned.is_known() {
                element = returned;
            }
            self.note_act(op, act, value, returned, Deadline::Unknown);
        }
        element.slot = slot;
        element.with(eager(value))
    }

    /// What a described type does, asked of it or of a class of the project on top of it that has no `method` of its own for it.
    pub(super) fn described(&self, value: Value, method: &str, does: fn(&ModelType) -> Option<ActId>) -> Option<ActId> {
        let models = self.world.models;
        match value.ty()?.base {
            TypeRef::Model(model) => models.lineage(model).find_map(does),
            TypeRef::Project(class) if self.world.classes.method(class, method).is_none() => {
                let (_, modelled) = self.world.classes.lineage(class);
                // `Note[key]` is a query, a row's `note[key]` is none.
                if modelled.iter().any(|&base| models.lineage(base).any(|ty| ty.entity)) {
                    return None;
                }
                modelled.into_iter().find_map(|base| models.lineage(base).find_map(does))
            }
            TypeRef::Project(_) => None,
        }
    }

    /// An element of a collection.
    pub(crate) fn element_of(&self, value: Value) -> Value {
        let Some(ty) = value.ty() else { return Value::UNKNOWN };
        let is_map = self.world.known.map.contains(&value.model_type()) && value.model_type().is_some();
        if is_map {
            return Value::UNKNOWN;
        }
        ty.first.map_or(Value::UNKNOWN, Value::instance)
    }

    /// What a variant of an enum of the project is declared to hold.
    fn held_by_variant(&self, of: OpId, variant: NameId) -> Option<Value> {
        let class = self.value(of).project_class()?;
        let field = *self.world.classes.all[class.index()].fields.get(self.name(variant))?;
        Some(self.state_field(field)).filter(Value::is_known)
    }

    fn entered(&mut self, of: OpId) -> Value {
        let value = self.value(of);
        let Some(ty) = value.ty() else { return value };
        match ty.base {
            TypeRef::Model(model) => {
                if self.world.known.list.contains(&Some(model)) {
                    return self.element_of(value);
                }
                let spec = self.world.models.lineage(model).find_map(|ty| ty.enter.as_ref());
                spec.map_or(value, |spec| self.spec(spec, value, &[]).with(value.traits))
            }
            TypeRef::Project(class) => {
                let entered = ["__aenter__", "__enter__"].iter().find_map(|name| self.world.classes.method(class, name));
                entered.map(|method| self.state_result(method)).filter(Value::is_known).unwrap_or(value)
            }
        }
    }

    /// `async { .. }`: work that runs once somebody waits for it, whatever it has been wrapped in by then.
    fn is_async_block(&self, value: Value) -> bool {
        let Kind::Function(function) = value.kind else { return false };
        let facts = self.world.files.facts(function);
        self.language == Language::Rust && facts.kind == FunctionKind::Closure && facts.is_async
    }

    fn awaited(&mut self, op: OpId, of: OpId) -> Value {
        let value = self.value(of);
        let awaited = value.model_type().and_then(|ty| self.world.models.lineage(ty).find_map(|ty| ty.awaited));
        if let (Kind::Function(callee), true) = (value.kind, self.record) {
            // `CELL.get_or_init(|| async { .. }).await` waits for what runs once.
            let once = self.acts.get(&of).is_some_and(|act| self.world.models.act(*act).behaviour.once);
            let how = if once { How::Once } else { How::Direct };
            self.out.events.push(Event::Call { op, callee, how, bound: true });
        }
        if self.is_async_block(value) {
            return self.result_of(value);
        }
        let Some(act) = awaited else { return value };
        let result = self.act_value(act, value, &[]);
        self.note_act(op, act, value, result, Deadline::Unknown);
        if result.is_known() { result } else { value }
    }

    /// The manager of a `with`: the project's own methods run here; a model may describe it as a thing to enter, a lock held by its
    /// name.
    fn note_entered(&mut self, op: OpId, value: Value) {
        if let (Some(TypeRef::Project(class)), true) = (value.ty().map(|ty| ty.base), self.record) {
            let own = ["__enter__", "__aenter__", "__exit__", "__aexit__"];
            let called = own.iter().filter_map(|name| self.world.classes.method(class, name));
            let events = called.map(|callee| Event::Call { op, callee, how: How::Direct, bound: true });
            self.out.events.extend(events);
        }
        let entered = value.model_type().and_then(|ty| self.world.models.method(ty, "__enter__"));
        if let Some(act) = entered.filter(|_| self.record) {
            self.note_act(op, act, value, value, Deadline::Unknown);
        }
    }
}

/// Of what is known of rows, what their collections and elements share: that relations were loaded with them, that they are
/// columns only.
fn eager(rows: Value) -> Traits {
    [Trait::Eager, Trait::Projected].into_iter().filter(|&which| rows.has(which)).collect()
}

/// The module body of a file.
pub(crate) fn module_body(files: &Files, file: FileId) -> FnId {
    files.function(file, FunctionId(0))
}
