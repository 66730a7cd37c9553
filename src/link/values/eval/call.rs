//! Calls: which function or described behaviour is meant, what flows into it, what comes out.

use super::super::value::{ClassRef, FnId, Kind, Type, TypeRef, Value};
use super::args::{Deadline, Given};
use super::{Eval, Event, How};
use crate::facts::{OpId, OpKind, Operand, OperandForm, Operands, ParamKind};
use crate::lang::Language;
use crate::models::{ActId, EntryKind, Role, Spec, Trait, Traits};

impl Eval<'_, '_> {
    pub(super) fn call(&mut self, op: OpId, callee: OpId, args: Operands) -> Value {
        let function = self.function;
        let args = function.list(args);
        let callee = self.without_type_arguments(callee);
        if let OpKind::Attribute(base, name) = function.op(callee).kind
            && let Some(value) = self.call_member(op, base, name, args)
        {
            return value;
        }
        let target = self.value(callee);
        if let (OpKind::Name(name), [inner]) = (function.op(callee).kind, args) {
            // The wrapping of a result is transparent, as its unwrapping is.
            if self.language == Language::Rust && matches!(self.name(name), "Ok" | "Some") {
                return self.value(inner.value);
            }
        }
        if let Some(inherited) = self.inherited(op, callee).or_else(|| self.made_bare(callee, args)) {
            return inherited;
        }
        // `permission_required("add")(view)`: the view, for some.
        if let [inner] = args
            && self.acts.get(&callee).is_some_and(|act| self.world.models.act(*act).behaviour.guards)
        {
            return self.value(inner.value);
        }
        // `app.route("/users")(view)`: a decorator called as the function it is.
        if let [inner] = args
            && let Some(act) = self.acts.get(&callee).copied()
            && self.note_decorated_by_call(op, callee, act, inner.value)
        {
            return self.value(inner.value);
        }
        match target.kind {
            Kind::Function(id) => match self.modelled_method(target, "__call__") {
                // A decorator made something else of it: calling a task enqueues it.
                Some(act) => self.call_act(op, act, target, None, args),
                None => self.call_function(op, id, None, args),
            },
            Kind::Class(ty) => self.instantiate(op, ty, args),
            Kind::External(node) => match self.world.models.call_at(node) {
                Some(act) => self.call_act(op, act, target, None, args),
                None => {
                    self.hand_on(op, args, How::Passed);
                    self.consumed(op, callee, args).unwrap_or_else(|| self.instance_of(target))
                }
            },
            Kind::Instance(Type { base: TypeRef::Project(class), .. }) => match self.world.classes.method(class, "__call__") {
                Some(method) => self.call_function(op, method, Some(target), args),
                None => Value::UNKNOWN,
            },
            Kind::Instance(Type { base: TypeRef::Model(model), .. }) if self.world.models.method(model, "__call__").is_some() => {
                match self.world.models.method(model, "__call__") {
                    Some(act) => self.call_act(op, act, target, None, args),
                    None => Value::UNKNOWN,
                }
            }
            Kind::Unknown if self.is_built_in(callee) => {
                self.hand_on(op, args, How::Passed);
                self.consumed(op, callee, args).unwrap_or(Value::UNKNOWN)
            }
            _ => {
                self.hand_on(op, args, How::Passed);
                Value::UNKNOWN
            }
        }
    }

    /// `super()` in a method: an object of the base that has what is asked of it.
    fn inherited(&self, op: OpId, callee: OpId) -> Option<Value> {
        let OpKind::Name(name) = self.function.op(callee).kind else { return None };
        if self.language != Language::Python || self.name(name) != "super" || self.value(callee).is_known() {
            return None;
        }
        let class = self.world.classes.owner[self.id.index()]?;
        let asked = self.function.ops[op.index()..].iter().take(4).find_map(|later| match later.kind {
            OpKind::Attribute(base, asked) if base == op => Some(self.name(asked)),
            _ => None,
        })?;
        let has = |base: &&TypeRef| match **base {
            TypeRef::Project(base) => {
                let (_, modelled) = self.world.classes.lineage(base);
                self.world.classes.method(base, asked).is_some()
                    || modelled.iter().any(|&model| self.world.models.method(model, asked).is_some())
            }
            TypeRef::Model(model) => self.world.models.method(model, asked).is_some(),
        };
        let base = self.world.classes.all[class.index()].bases.iter().find(has)?;
        Some(Value::of(Kind::Instance(Type::plain(*base))))
    }

    /// `super().__new__(cls)`: an object of the class itself.
    fn made_bare(&self, callee: OpId, args: &[Operand]) -> Option<Value> {
        let OpKind::Attribute(_, name) = self.function.op(callee).kind else { return None };
        match self.value(args.first()?.value).kind {
            Kind::Class(ty) | Kind::Instance(ty) if self.name(name) == "__new__" && self.language == Language::Python => {
                Some(Value::of(Kind::Instance(ty)))
            }
            _ => None,
        }
    }

    /// A name that nothing defines, so the language does: `len(query)` runs the query.
    fn is_built_in(&self, callee: OpId) -> bool {
        let OpKind::Name(name) = self.function.op(callee).kind else { return false };
        let reduces = ["len", "sum", "any", "all", "max", "min", "bool", "sorted"].contains(&self.name(name));
        self.language == Language::Python && reduces
    }

    /// `f::<T>(..)`: the callee without its type arguments.
    pub(super) fn without_type_arguments(&self, callee: OpId) -> OpId {
        match self.function.op(callee).kind {
            OpKind::Index(base, _) if self.language == Language::Rust => base,
            _ => callee,
        }
    }

    /// `base.name(args)`; `None` when it is a plain name of a module or package after all.
    fn call_member(&mut self, op: OpId, base: OpId, name: crate::facts::NameId, args: &[Operand]) -> Option<Value> {
        let owner = self.value(base);
        let text = self.name(name);
        match owner.kind {
            Kind::Instance(ty) | Kind::Class(ty) => {
                if let TypeRef::Project(class) = ty.base {
                    if let Some(method) = self.world.classes.method(class, text) {
                        let property = self.world.state.is_property(method);
                        return (!property).then(|| self.call_function(op, method, Some(owner), args));
                    }
                    if self.world.classes.field(class, text).is_some() {
                        return self.call_field(op, base, text, args);
                    }
                }
            }
            Kind::External(node) if self.world.models.child(node, text).is_some() => return None,
            Kind::Module(_) | Kind::Folder(_) => return None,
            Kind::Function(function) => {
                // What a decorator made of it: `task.delay()`.
                let made = self.state_made(function).iter();
                let act = made.copied().find_map(|ty| self.world.models.method(ty, text));
                let added = || self.extension(owner, text, args);
                if act.is_none() && self.record && added().is_some() {
                    // What a trait adds to functions calls them: `fetch.retry(policy)`.
                    self.out.events.push(Event::Call { op, callee: function, how: How::Passed, bound: false });
                }
                let act = act.or_else(|| self.extension(owner, text, args));
                return match act {
                    Some(act) => Some(self.call_act(op, act, owner, Some(base), args)),
                    // `async { .. }.instrument(span)`: an adapter of a future is waited for in its place.
                    None if self.is_async_block(owner) => {
                        self.hand_on(op, args, How::Passed);
                        Some(owner)
                    }
                    None => None,
                };
            }
            _ => {}
        }
        if let Some(act) = self.modelled_method(owner, text) {
            return Some(self.call_act(op, act, owner, Some(base), args));
        }
        if let Some(act) = self.extension(owner, text, args) {
            return Some(self.call_act(op, act, owner, Some(base), args));
        }
        self.call_variants(op, owner, text, args)
    }

    /// A method that an enum has only through what its variants hold, as derived code hands it on: all of theirs may run.
    fn call_variants(&mut self, op: OpId, owner: Value, name: &str, args: &[Operand]) -> Option<Value> {
        let Kind::Instance(Type { base: TypeRef::Project(class), .. }) = owner.kind else { return None };
        if self.language != Language::Rust {
            return None;
        }
        let info = &self.world.classes.all[class.index()];
        let variants = info.fields.iter().filter(|(field, _)| field.starts_with(char::is_uppercase));
        let held = variants.filter_map(|(_, &field)| self.state_field(field).project_class());
        let mut methods: Vec<(ClassRef, FnId)> =
            held.filter_map(|class| Some((class, self.world.classes.method(class, name)?))).collect();
        methods.sort_unstable();
        methods.dedup();
        let results: Vec<Value> = methods
            .into_iter()
            .map(|(class, method)| self.call_function(op, method, Some(Value::instance(TypeRef::Project(class))), args))
            .collect();
        let (first, rest) = results.split_first()?;
        Some(if rest.iter().all(|other| other == first) { *first } else { Value::UNKNOWN })
    }

    /// A field that holds something callable.
    fn call_field(&mut self, op: OpId, base: OpId, name: &str, args: &[Operand]) -> Option<Value> {
        let owner = self.value(base);
        let (Kind::Instance(ty) | Kind::Class(ty)) = owner.kind else { return None };
        let TypeRef::Project(class) = ty.base else { return None };
        let content = self.state_field(self.world.classes.field(class, name)?);
        match content.kind {
            Kind::Function(id) => Some(self.call_function(op, id, None, args)),
            // A variant of an enum, made from its parts.
            Kind::Bottom | Kind::Unknown if matches!(owner.kind, Kind::Class(_)) && self.language == Language::Rust => {
                self.hand_on(op, args, How::Passed);
                Some(Value::of(Kind::Instance(ty)))
            }
            _ => None,
        }
    }

    /// A method that an imported trait adds. With a role it needs an argument: what executes a query takes the connection.
    fn extension(&self, owner: Value, name: &str, args: &[Operand]) -> Option<ActId> {
        let mut active = self.world.extensions[self.file.index()].iter();
        let act = active.find_map(|&at| {
            let extension = self.world.models.extensions(self.language).nth(at as usize)?;
            extension.methods.get(name).copied()
        })?;
        let behaviour = &self.world.models.act(act).behaviour;
        let passes_on = behaviour.role.is_none() && behaviour.adds.is_empty() && !behaviour.filter;
        let fits = match owner.kind {
            Kind::Instance(_) => passes_on,
            Kind::Unknown | Kind::Bottom | Kind::Class(_) | Kind::External(_) | Kind::Function(_) => {
                behaviour.role.is_none() || !args.is_empty()
            }
            _ => passes_on,
        };
        fits.then_some(act)
    }

    pub(super) fn call_function(&mut self, op: OpId, callee: FnId, receiver: Option<Value>, args: &[Operand]) -> Value {
        let facts = self.world.files.facts(callee);
        let has_receiver = self.world.classes.owner[callee.index()].is_some() && !facts.is_static;
        let bound = has_receiver
            && receiver.is_some_and(|value| matches!(value.kind, Kind::Instance(_)) || self.world.state.takes_class(callee));
        if self.record {
            self.out.events.push(Event::Call { op, callee, how: How::Direct, bound });
        }
        let skip = u16::from(bound);
        for (position, arg) in args.iter().enumerate() {
            let position = u16::try_from(position).unwrap_or(u16::MAX);
            if let Some(index) = parameter(self, callee, arg, position, skip) {
                let value = Value { param: None, ..self.value(arg.value) };
                if let (Kind::Function(given), true) = (value.kind, self.record && calls_param(facts, index)) {
                    self.out.events.push(Event::Call { op, callee: given, how: How::Passed, bound: false });
                }
                // `Base.__init__(self)`: what a method is called on is of its own class, whichever of its subclasses that is.
                if index > 0 || !has_receiver {
                    self.out.params.push((callee, index, Value { declared: false, ..value }));
                }
            }
        }
        let result = self.state_result(callee);
        let passed = result.param.and_then(|index| {
            let position = usize::from(index).checked_sub(usize::from(skip));
            match position {
                None => receiver,
                Some(position) => args.get(position).filter(|arg| arg.name.is_none()).map(|arg| self.value(arg.value)),
            }
        });
        let value = match passed {
            // It hands one of its arguments on: what is known here is more than what it knows.
            Some(passed) => passed.with(result.traits),
            None if facts.is_generator => {
                let own = result.ty().map(|ty| ty.base);
                let wrapped = self.known(self.world.known.list, own, None);
                if own.is_some() { wrapped } else { Value::UNKNOWN }
            }
            None => of_receiver(Value { param: None, ..result }, receiver),
        };
        if value.kind == Kind::Bottom { Value { traits: value.traits, ..Value::UNKNOWN } } else { value }
    }

    fn instantiate(&mut self, op: OpId, ty: Type, args: &[Operand]) -> Value {
        match ty.base {
            TypeRef::Project(class) => {
                let instance = Value::of(Kind::Instance(ty));
                // A row that the program makes has what it was made with.
                let entity = self.world.classes.inherits(self.world.models, class, |ty| ty.entity);
                let instance = if entity { instance.with(Traits::NONE.with(Trait::Eager)) } else { instance };
                self.note_made(op, class);
                // It may give one object again and again, or one of another class.
                if let Some(new) = self.world.classes.method(class, "__new__") {
                    let made = self.call_function(op, new, Some(Value::of(Kind::Class(ty))), args);
                    if matches!(made.kind, Kind::Instance(other) if other.base != ty.base) {
                        return made;
                    }
                }
                match self.world.classes.method(class, "__init__") {
                    Some(init) => {
                        self.call_function(op, init, Some(instance), args);
                    }
                    None => self.fill_fields(op, class, args),
                }
                // A class of the project on top of a modelled one is made like it: `class Api(requests.Session)`.
                let modelled = self.world.classes.lineage(class).1;
                let act = modelled.iter().find_map(|&base| self.world.models.lineage(base).find_map(|ty| ty.new));
                match act.filter(|_| self.world.classes.method(class, "__init__").is_none()) {
                    Some(act) => {
                        let made = self.act_value(act, instance, args);
                        self.note_act(op, act, instance, made, Deadline::Unknown);
                        instance.with(made.traits)
                    }
                    None => instance,
                }
            }
            TypeRef::Model(model) => match self.world.models.ty(model).new {
                Some(act) => self.call_act(op, act, Value::of(Kind::Class(ty)), None, args),
                None => Value::of(Kind::Instance(ty)),
            },
        }
    }

    pub(super) fn note_made(&mut self, op: OpId, class: ClassRef) {
        if self.record {
            self.out.events.push(Event::Made { op, class });
        }
    }

    /// What a call that makes rows makes them of: what it is called on, or the class it is given.
    fn note_created(&mut self, op: OpId, receiver: Value, args: &[Operand]) {
        let of = |value: Value| match value.kind {
            Kind::Instance(ty) | Kind::Class(ty) => [ty.first, Some(ty.base)].into_iter().flatten().find_map(TypeRef::project),
            _ => None,
        };
        let given = args.first().map(|arg| self.value(arg.value));
        if let Some(entity) = of(receiver).or_else(|| of(given?)) {
            self.note_made(op, entity);
        }
    }

    /// A class without a constructor of its own (a data class, a tuple struct) keeps its arguments in its fields.
    fn fill_fields(&mut self, op: OpId, class: ClassRef, args: &[Operand]) {
        let (file, local) = self.world.files.locate_class(class);
        let declared = &self.world.files.get(file).facts.classes[local.index()].fields;
        for (position, arg) in args.iter().enumerate() {
            let name = match arg.name {
                Some(name) => Some(self.name(name)),
                None if arg.form == OperandForm::Plain => {
                    declared.get(position).map(|field| self.world.files.name(file, field.name))
                }
                None => None,
            };
            let field = name.and_then(|name| self.world.classes.field(class, name));
            if let Some(field) = field {
                self.out.fields.push((field, self.value(arg.value).detached()));
            }
        }
        self.hand_on(op, args, How::Passed);
    }

    /// A described call.
    fn call_act(&mut self, op: OpId, act: ActId, receiver: Value, base: Option<OpId>, args: &[Operand]) -> Value {
        self.acts.insert(op, act);
        let behaviour = &self.world.models.act(act).behaviour;
        let deadline = behaviour.timeout.as_ref().map_or(Deadline::Unknown, |timeout| self.deadline(timeout, receiver, args));
        if self.record && self.world.models.act(act).adds.has(Trait::Creates) {
            self.note_created(op, receiver, args);
        }
        let mut result = self.act_value(act, receiver, args);
        if let ([view], true) = (args, behaviour.guards) {
            let view = self.value(view.value);
            result = if matches!(view.kind, Kind::Function(_) | Kind::Class(_)) { view } else { result };
        }
        if let Some(injects) = &behaviour.injects
            && let Given::Value(provider) = self.given(injects, args)
        {
            if self.record {
                // Wherever it stands: beside a parameter, in an alias of a type, in the list of an application, router or route.
                let (label, handler) = (Some("dependency".to_owned()), self.value(provider));
                self.out.events.push(Event::Entry { op, kind: EntryKind::Request, handler, label, act: None });
            }
            let provided = self.result_of(self.value(provider));
            if provided.is_known() {
                result = provided;
            }
        }
        if let Some(base) = base {
            self.change_receiver(act, base, args);
        }
        if self.record {
            self.note_registration(op, act, args);
        }
        self.fill_first(act, if result.ty().is_some() { result } else { receiver }, args);
        let how = if behaviour.once { How::Once } else { How::Passed };
        if behaviour.entry.is_none() && !behaviour.detached {
            self.hand_on(op, args, how);
        }
        self.note_act(op, act, receiver, result, deadline);
        self.note_called(op, act, args);
        if behaviour.role == Some(Role::Deadline) {
            // What runs under a deadline comes out as it went in.
            if let Some(inner) = args.first().map(|arg| self.value(arg.value)).filter(|_| !result.is_known()) {
                result = inner;
            }
        }
        result
    }

    /// What does nothing but call a described method that it is given: `connection.run_sync(metadata.create_all)`.
    fn note_called(&mut self, op: OpId, act: ActId, args: &[Operand]) {
        let act = self.world.models.act(act);
        let Some(Spec::CallOf(inner)) = act.returns.as_ref().filter(|_| act.behaviour.role.is_none()) else { return };
        let Spec::Argument(position) = **inner else { return };
        let Some(given) = args.get(usize::from(position)).filter(|arg| arg.form == OperandForm::Plain && arg.name.is_none())
        else {
            return;
        };
        let OpKind::Attribute(base, name) = self.function.op(given.value).kind else { return };
        let owner = self.value(base);
        if let Some(called) = self.modelled_method(owner, self.name(name)) {
            self.note_act(op, called, owner, Value::UNKNOWN, Deadline::Unknown);
        }
    }

    /// Functions given as arguments are called by whom they are given to.
    fn hand_on(&mut self, op: OpId, args: &[Operand], how: How) {
        if !self.record {
            return;
        }
        for arg in args {
            let value = self.value(arg.value);
            if let Kind::Function(callee) = value.kind {
                self.out.events.push(Event::Call { op, callee, how, bound: false });
            }
        }
    }

    /// Built-ins that run through their argument: `list(q)`, `sorted(q)`, `for x in enumerate(q)`.
    fn consumed(&mut self, op: OpId, callee: OpId, args: &[Operand]) -> Option<Value> {
        let OpKind::Name(name) = self.function.op(callee).kind else { return None };
        let first = args.first().filter(|arg| arg.form != OperandForm::NamedSpread)?;
        let name = self.name(name);
        let consumes = ["list", "tuple", "set", "sorted", "len", "sum", "any", "all", "max", "min", "bool", "frozenset", "dict"];
        let passes = ["iter", "reversed", "enumerate", "filter", "map", "zip", "next", "aiter", "anext"];
        let value = self.value(first.value);
        if passes.contains(&name) {
            return Some(value);
        }
        if !consumes.contains(&name) {
            return None;
        }
        if let Some(act) = self.described(value, "__iter__", |ty| ty.iterate) {
            self.note_act(op, act, value, value, Deadline::Unknown);
        }
        let element = value.ty().and_then(|ty| ty.first);
        let known = self.world.known;
        let made = match name {
            "list" | "sorted" => known.list,
            "tuple" => known.tuple,
            "set" => known.set,
            _ => return None,
        };
        Some(self.known(made, element, None).with(super::eager(value)))
    }
}

/// Whether a function calls what it is given as parameter `index`.
fn calls_param(facts: &crate::facts::Function, index: u16) -> bool {
    let Some(param) = facts.params.get(usize::from(index)) else { return false };
    facts.ops.iter().any(|op| match op.kind {
        OpKind::Call { callee, .. } => matches!(facts.op(callee).kind, OpKind::Name(name) if name == param.name),
        _ => false,
    })
}

/// The parameter of `callee` that an argument reaches.
fn parameter(eval: &Eval<'_, '_>, callee: FnId, arg: &Operand, position: u16, skip: u16) -> Option<u16> {
    if arg.form != OperandForm::Plain {
        return None;
    }
    let files = eval.world.files;
    let params = &files.facts(callee).params;
    match arg.name {
        Some(name) => {
            let found = params.iter().position(|param| files.name(files.locate(callee).0, param.name) == eval.name(name));
            found.and_then(|index| u16::try_from(index).ok())
        }
        None => {
            let index = position + skip;
            let param = params.get(index as usize)?;
            (param.kind == ParamKind::Normal).then_some(index)
        }
    }
}

/// What a method of the receiver's own class makes of it holds what the receiver holds: `orders.open()` of a query of orders.
fn of_receiver(result: Value, receiver: Option<Value>) -> Value {
    match (result.kind, receiver.map(|receiver| receiver.kind)) {
        (Kind::Instance(made), Some(Kind::Instance(of))) if made.base == of.base && made.first.is_none() => {
            Value { kind: Kind::Instance(Type { first: of.first, ..made }), ..result }
        }
        _ => result,
    }
}
