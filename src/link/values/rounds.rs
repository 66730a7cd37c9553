//! The whole project's values: parameters, results, variables and fields, brought to a bounded fixed point over all functions.

use super::eval::{Event, Once, Outcome, World, evaluate, module_body};
use super::value::{ClassRef, FieldId, FnId, GlobalId, Kind, StoredId, Type, TypeRef, Value};
use crate::facts::{FunctionKind, Literal, NameId, OpId, OpKind};
use crate::finding::FileId;
use crate::lang::Language;
use crate::link::Files;
use crate::link::names::classes::Classes;
use crate::link::names::contracts::Overridden;
use crate::models::{ActId, EntryKind, ModelTypeId, Models};
use crate::stop::Stop;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

/// What is known of everything that functions share.
#[derive(Debug, Default, Clone)]
pub(crate) struct State {
    first_param: Vec<u32>,
    params: Vec<Value>,
    /// Parameters that are declared to be of a class of the project, by their place in `params`: what holds of all that is passed.
    declared_params: FxHashMap<usize, Value>,
    returns: Vec<Value>,
    declared_returns: Vec<Value>,
    /// Functions without a body of their own: what those give that stand in for them.
    stand_ins: Overridden,
    globals: Vec<Value>,
    fields: Vec<Value>,
    stored: Vec<Value>,
    captured: Vec<Vec<(NameId, Value)>>,
    made: Vec<Vec<ModelTypeId>>,
    property: Vec<bool>,
    takes_class: Vec<bool>,
    unique: Vec<bool>,
    /// Functions of tests: what they pass says nothing of what the service passes.
    test: Vec<bool>,
    /// Fields of classes that tests declare.
    test_field: Vec<bool>,
}

/// Something shared that an evaluation looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Read {
    Result(FnId),
    Global(GlobalId),
    Field(FieldId),
    Stored(StoredId),
    Captured(FnId),
    Made(FnId),
}

/// Rounds after which values are taken as they are: each lets knowledge travel one call or field further.
const ROUNDS: usize = 5;

/// How many functions may stand in for one without a body before their results say nothing of its own.
const STAND_INS: usize = 3;

impl State {
    /// Nothing known yet but receivers.
    pub(crate) fn start(files: &Files, classes: &Classes, models: &Models, globals: usize, stored: usize) -> Self {
        let count = files.function_count();
        let mut state = Self {
            returns: vec![Value::BOTTOM; count],
            declared_returns: vec![Value::BOTTOM; count],
            globals: vec![Value::BOTTOM; globals],
            fields: vec![Value::BOTTOM; classes.fields.len()],
            stored: vec![Value::BOTTOM; stored],
            captured: vec![Vec::new(); count],
            made: vec![Vec::new(); count],
            property: vec![false; count],
            takes_class: vec![false; count],
            unique: vec![false; classes.fields.len()],
            test: tests(files),
            ..Self::default()
        };
        for at in 0..count {
            let id = FnId::from_index(at);
            let facts = files.facts(id);
            let marks = decorator_names(files, id);
            state.property[at] = marks.iter().any(|mark| mark.ends_with("property"));
            state.takes_class[at] = marks.contains(&"classmethod");
            state.first_param.push(u32::try_from(state.params.len()).unwrap_or(u32::MAX));
            for index in 0..facts.params.len() {
                let own = classes.owner[at].filter(|_| index == 0 && !facts.is_static);
                state.params.push(own.map_or(Value::BOTTOM, |class| {
                    let ty = Type::plain(TypeRef::Project(class));
                    Value::of(if state.takes_class[at] { Kind::Class(ty) } else { Kind::Instance(ty) })
                }));
            }
        }
        let of_tests = |class: ClassRef| {
            let (file, _) = files.locate_class(class);
            let mut methods = classes.all[class.index()].methods.values();
            is_of_tests(files, file) || methods.any(|method| state.test[method.index()])
        };
        state.test_field = classes.fields.iter().map(|field| of_tests(field.class)).collect();
        state.find_unique_fields(files, classes, models);
        state
    }

    /// Fields declared as `Column(primary_key=True)`, `unique=True`, `OneToOneField(..)` and the like.
    fn find_unique_fields(&mut self, files: &Files, classes: &Classes, models: &Models) {
        let always = models.names_of_unique_columns();
        for (file, data) in files.iter().filter(|(_, data)| data.language == Language::Python) {
            for (at, class) in data.facts.classes.iter().enumerate() {
                let body = &data.facts.functions[class.body.index()];
                let calls = class.fields.iter().filter_map(|field| match body.op(field.value?).kind {
                    OpKind::Call { callee, args } => Some((field.name, callee, args)),
                    _ => None,
                });
                let says = |args, words: &[&str]| {
                    body.list(args).iter().any(|arg| {
                        let named = arg.name.is_some_and(|name| words.contains(&data.facts.names.get(name)));
                        named && matches!(body.op(arg.value).kind, OpKind::Literal(Literal::Bool(true)))
                    })
                };
                let keys = calls.clone().filter(|&(.., args)| says(args, &["primary_key", "pk"])).count();
                for (name, callee, args) in calls {
                    let made = body.path(callee).and_then(|path| path.last().map(|&name| data.facts.names.get(name)));
                    // Of a key of several columns each may stand in many rows.
                    let unique = made.is_some_and(|made| always.contains(made))
                        || says(args, &["unique"])
                        || keys == 1 && says(args, &["primary_key", "pk"]);
                    let id = classes.field(files.class(file, at), data.facts.names.get(name));
                    if let Some(id) = id.filter(|_| unique) {
                        self.unique[id.index()] = true;
                    }
                }
            }
        }
    }

    pub(crate) fn param(&self, function: FnId, index: u16) -> Value {
        let at = self.first_param[function.index()] as usize + index as usize;
        let value = self.params.get(at).copied().unwrap_or(Value::UNKNOWN);
        if value.kind == Kind::Any
            && let Some(declared) = self.declared_params.get(&at)
        {
            return Value { kind: declared.kind, ..value };
        }
        if value.kind == Kind::Bottom { Value { traits: value.traits, ..Value::UNKNOWN } } else { value }
    }

    /// Remember which functions of the service stand in for those without a body, as far as they are few.
    pub(crate) fn stand_ins(&mut self, contracts: &Overridden) {
        let served = |methods: &Vec<FnId>| methods.iter().copied().filter(|method| !self.test[method.index()]).collect();
        let all = contracts.iter().map(|(&of, methods)| (of, served(methods)));
        self.stand_ins = all.filter(|(_, methods): &(_, Vec<FnId>)| (1..=STAND_INS).contains(&methods.len())).collect();
    }

    /// The functions whose results are those of `function`, which has no body of its own.
    pub(crate) fn standing_in(&self, function: FnId) -> &[FnId] {
        self.stand_ins.get(&function).map_or(&[], Vec::as_slice)
    }

    /// Whether nothing has come in for a parameter so far.
    pub(crate) fn is_awaited(&self, function: FnId, index: u16) -> bool {
        let at = self.first_param[function.index()] as usize + index as usize;
        self.params.get(at).is_some_and(|value| value.kind == Kind::Bottom)
    }

    /// What calling a function gives: its body's word, else that of those that stand in for it, else its annotation's.
    pub(crate) fn result(&self, function: FnId) -> Value {
        let by_others = self.standing_in(function).iter().map(|&other| self.own_result(other));
        by_others.reduce(Value::join).filter(Value::is_known).unwrap_or_else(|| self.own_result(function))
    }

    fn own_result(&self, function: FnId) -> Value {
        let (body, declared) = (self.returns[function.index()], self.declared_returns[function.index()]);
        match (body.is_known(), declared.is_known()) {
            (false, true) => Value { traits: body.traits, param: body.param, slot: body.slot, ..declared },
            (true, true) if body.kind == Kind::None => declared,
            _ => body,
        }
    }

    /// What the annotation of a function says that it gives.
    pub(crate) fn declared_result(&self, function: FnId) -> Value {
        self.declared_returns[function.index()]
    }

    /// What the body of a generator is known to hand out.
    pub(crate) fn yielded(&self, function: FnId) -> Option<Value> {
        Some(self.returns[function.index()]).filter(Value::is_known)
    }

    pub(crate) fn global(&self, global: GlobalId) -> Value {
        self.globals[global.index()]
    }

    pub(crate) fn field(&self, field: FieldId) -> Value {
        self.fields[field.index()]
    }

    pub(crate) fn stored(&self, stored: StoredId) -> Value {
        self.stored[stored.index()]
    }

    pub(crate) fn captured(&self, function: FnId, name: NameId) -> Option<Value> {
        let env = &self.captured[function.index()];
        env.binary_search_by_key(&name, |&(name, _)| name).ok().map(|at| env[at].1)
    }

    /// Types that decorators make of a function: a task, a command group.
    pub(crate) fn made_by_decorators(&self, function: FnId) -> &[ModelTypeId] {
        &self.made[function.index()]
    }

    pub(crate) fn is_property(&self, function: FnId) -> bool {
        self.property[function.index()]
    }

    pub(crate) fn takes_class(&self, function: FnId) -> bool {
        self.takes_class[function.index()]
    }

    pub(crate) fn is_unique(&self, field: FieldId) -> bool {
        self.unique[field.index()]
    }

    /// Take in what one round of evaluation found, in the order of functions, which makes it the same for any number of threads.
    /// Adds what has changed, and the functions whose parameters have.
    fn absorb(&mut self, outcomes: Vec<(FnId, Outcome)>, changed: &mut FxHashSet<Read>, called: &mut FxHashSet<FnId>) {
        for (id, outcome) in outcomes {
            let value = match (outcome.returns, outcome.yields) {
                (_, Some(yielded)) => Some(yielded),
                (returned, None) => returned,
            };
            if let Some(value) = value.filter(|value| *value != self.returns[id.index()]) {
                self.returns[id.index()] = value;
                changed.insert(Read::Result(id));
            }
            let test = self.test[id.index()];
            for (function, index, value) in
                outcome.params.into_iter().filter(|(function, ..)| !test || self.test[function.index()])
            {
                let at = self.first_param[function.index()] as usize + index as usize;
                if value.declared && value.project_class().is_some() {
                    self.declared_params.insert(at, value);
                }
                if self.params.get_mut(at).is_some_and(|param| joins_argument(param, value)) {
                    called.insert(function);
                }
            }
            for (function, value) in outcome.declared_returns {
                if self.declared_returns[function.index()] != value {
                    self.declared_returns[function.index()] = value;
                    changed.insert(Read::Result(function));
                }
            }
            let globals = outcome.globals.into_iter().filter(|&(global, value)| joins(&mut self.globals[global.index()], value));
            changed.extend(globals.map(|(global, _)| Read::Global(global)));
            let served = |field: FieldId| !test || self.test_field[field.index()];
            let fields = outcome.fields.into_iter().filter(|&(field, _)| served(field));
            let fields = fields.filter(|&(field, value)| joins(&mut self.fields[field.index()], value));
            changed.extend(fields.map(|(field, _)| Read::Field(field)));
            let stored = outcome.stored.into_iter().filter(|&(stored, value)| joins(&mut self.stored[stored.index()], value));
            changed.extend(stored.map(|(stored, _)| Read::Stored(stored)));
            if self.captured[id.index()] != outcome.env {
                self.captured[id.index()] = outcome.env;
                changed.insert(Read::Captured(id));
            }
            for (function, ty) in outcome.made {
                let made = &mut self.made[function.index()];
                if !made.contains(&ty) {
                    made.push(ty);
                    changed.insert(Read::Made(function));
                }
            }
        }
    }
}

fn is_of_tests(files: &Files, file: FileId) -> bool {
    files.purpose(file) == Some(EntryKind::Test)
}

/// Functions that the language or their place marks as tests.
fn tests(files: &Files) -> Vec<bool> {
    files
        .iter()
        .flat_map(|(file, data)| {
            let all = is_of_tests(files, file);
            data.facts.functions.iter().map(move |function| all || function.is_test)
        })
        .collect()
}

/// Join `value` into `known`; whether that changed it.
fn joins(known: &mut Value, value: Value) -> bool {
    let joined = known.join(value);
    std::mem::replace(known, joined) != joined
}

/// Join an argument into what is known of its parameter. It lies in a place only if every caller gives it from there. What a
/// parameter is declared to be, an argument says better only if it is of a class of the project: one that stands in for another.
fn joins_argument(known: &mut Value, value: Value) -> bool {
    let before = *known;
    *known = before.join(value);
    if before.declared && before.ty().is_some() && !value.declared && value.project_class().is_none() && value.is_known() {
        known.kind = before.join(Value { kind: before.kind, ..value }).kind;
    }
    if before.kind != Kind::Bottom && value.kind != Kind::Bottom && before.slot != value.slot {
        known.slot = None;
    }
    *known != before
}

/// Names of the decorators of a function, as far as they are plain names or attributes.
pub(crate) fn decorator_names(files: &Files, id: FnId) -> Vec<&str> {
    let (file, local) = files.locate(id);
    let facts = &files.get(file).facts;
    let function = &facts.functions[local.index()];
    let Some(parent) = function.parent else { return Vec::new() };
    let tape = &facts.functions[parent.index()];
    let name = |op| {
        let op = match tape.op(op).kind {
            OpKind::Call { callee, .. } => callee,
            _ => op,
        };
        match tape.op(op).kind {
            OpKind::Name(name) | OpKind::Attribute(_, name) => Some(facts.names.get(name)),
            _ => None,
        }
    };
    function.decorators.iter().filter_map(|&op| name(op)).collect()
}

/// What rules ask about, by function: what happens in it, and which stretches of it run once.
#[derive(Debug, Default)]
pub(crate) struct Record {
    pub events: Vec<Vec<Event>>,
    pub once: Vec<Vec<Once>>,
    /// What models describe of it, sorted by operation.
    pub acts: Vec<Vec<(OpId, ActId)>>,
}

/// How many functions are evaluated before what they tell is taken in.
const AT_ONCE: usize = 8192;

/// Bring the values of the whole project to a fixed point, or to the end of the rounds. After the first round only functions
/// that looked at something changed are evaluated again. Gives what the last evaluation of each function saw.
pub(crate) fn settle(files: &Files, evaluate: impl Fn(&State, &[FnId]) -> Vec<(FnId, Outcome)>, state: &mut State) -> Record {
    let count = files.function_count();
    let mut reads: Vec<Vec<Read>> = vec![Vec::new(); count];
    let mut record = Record { events: vec![Vec::new(); count], once: vec![Vec::new(); count], acts: vec![Vec::new(); count] };
    let mut todo: Vec<FnId> = (0..count).map(FnId::from_index).collect();
    for round in 0..=ROUNDS {
        let (mut changed, mut called) = (FxHashSet::default(), FxHashSet::default());
        // All functions of a round see the same; what they tell is taken in piece by piece, since together it is as large as the facts.
        let mut next = (todo.len() > AT_ONCE && round < ROUNDS).then(|| state.clone());
        for some in todo.chunks(AT_ONCE) {
            let mut outcomes = evaluate(state, some);
            for (id, outcome) in &mut outcomes {
                reads[id.index()] = std::mem::take(&mut outcome.reads);
                record.events[id.index()] = std::mem::take(&mut outcome.events);
                record.once[id.index()] = std::mem::take(&mut outcome.once);
                record.acts[id.index()] = std::mem::take(&mut outcome.acts);
            }
            if round < ROUNDS {
                next.as_mut().unwrap_or(&mut *state).absorb(outcomes, &mut changed, &mut called);
            }
        }
        if let Some(next) = next {
            *state = next;
        }
        if round == ROUNDS {
            // What would go on changing is taken as it is.
            break;
        }
        let stale = |id: &FnId| called.contains(id) || reads[id.index()].iter().any(|read| changed.contains(read));
        todo = (0..count).map(FnId::from_index).filter(stale).collect();
        if todo.is_empty() {
            break;
        }
    }
    record
}

/// Evaluate functions, in their order. Once the run is stopped nothing is seen in the rest.
pub(crate) fn evaluate_all(world: &World<'_>, ids: &[FnId], stop: &Stop) -> Vec<(FnId, Outcome)> {
    let outcome = |id| if stop.is_set() { Outcome::default() } else { evaluate(world, id, true).outcome };
    ids.par_iter().with_min_len(64).map(|&id| (id, outcome(id))).collect()
}

/// Evaluate the module bodies of the files that `wanted` says: what each tells about variables, and what `look` makes of the
/// values of its tape. The values themselves are not kept: together they are as large as all facts.
pub(crate) fn evaluate_modules<T: Send>(
    world: &World<'_>,
    wanted: impl Fn(FileId) -> bool,
    look: impl Fn(FileId, &[Value]) -> T + Sync,
) -> Vec<(Outcome, T)> {
    let files: Vec<FileId> = world.files.iter().map(|(file, _)| file).filter(|&file| wanted(file)).collect();
    let body = |file: FileId| {
        let body = evaluate(world, module_body(world.files, file), false);
        let seen = look(file, &body.values);
        (body.outcome, seen)
    };
    files.par_iter().map(|&file| body(file)).collect()
}

/// Take in the variables that module bodies set.
pub(crate) fn absorb_modules(state: &mut State, outcomes: impl Iterator<Item = Outcome>) {
    for outcome in outcomes {
        for (global, value) in outcome.globals {
            let known = &mut state.globals[global.index()];
            *known = known.join(value);
        }
    }
}

/// Functions defined directly inside each function.
pub(crate) fn children(files: &Files) -> Vec<Vec<FnId>> {
    let mut children = vec![Vec::new(); files.function_count()];
    for at in 0..files.function_count() {
        let id = FnId::from_index(at);
        let (file, _) = files.locate(id);
        if let Some(parent) = files.facts(id).parent {
            children[files.function(file, parent).index()].push(id);
        }
    }
    children
}

/// Whether a function's names are the module's.
pub(crate) fn shares_module_scope(kind: FunctionKind) -> bool {
    matches!(kind, FunctionKind::Module | FunctionKind::MainGuard)
}
