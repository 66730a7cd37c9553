//! What a body says about the functions and classes defined in it: annotations, defaults, decorators, declared fields.

use super::super::value::{ClassRef, FnId, Kind, Type, TypeRef, Value};
use super::args::{Deadline, Given};
use super::{Eval, Event};
use crate::facts::{Construct, Function, FunctionKind, NameId, OpId, OpKind};
use crate::models::{ActId, Parameter};

impl Eval<'_, '_> {
    /// After the body: what annotations, defaults and decorators say about the functions defined here.
    pub(super) fn declare_children(&mut self) {
        for &child in &self.world.children[self.id.index()] {
            let facts = self.world.files.facts(child);
            let owner = self.world.classes.owner[child.index()];
            for (index, param) in facts.params.iter().enumerate() {
                let index = u16::try_from(index).unwrap_or(u16::MAX);
                let injected = param.default.and_then(|op| self.injected(op));
                let annotated = param.annotation.map(|op| Value { declared: true, ..self.annotation(op, owner) });
                let declared = injected.filter(Value::is_known).or(annotated).filter(Value::is_known);
                let default = param.default.map(|op| self.value(op).detached());
                if let Some(value) = declared.or(default.filter(Value::is_known)) {
                    self.out.params.push((child, index, value));
                }
            }
            if let Some(value) = owner.and_then(|class| self.handed_by_platform(class, facts)) {
                self.out.params.push((child, 1, value));
            }
            if let Some(returns) = facts.returns {
                let value = self.annotation(returns, owner);
                if value.is_known() {
                    self.out.declared_returns.push((child, value));
                }
            }
            for &op in &facts.decorators {
                let act = self.acts.get(&op).copied().or_else(|| self.act_named_by(op));
                let made = act.and_then(|act| self.act_value(act, self.value(op), &[]).model_type());
                self.out.made.extend(made.map(|ty| (child, ty)));
                if let Some(act) = act {
                    self.fill_first_of(child, act, Value::UNKNOWN);
                }
                if let Some(ty) = made.filter(|_| act.is_some_and(|act| self.binds(act, op))) {
                    self.out.params.push((child, 0, Value::instance(TypeRef::Model(ty))));
                }
            }
            if self.record {
                self.note_decorators(child, &facts.decorators);
                self.note_injections(child, facts);
            }
        }
    }

    /// What the platform hands to a method that it calls, where nobody wrote the type down: `def post(self, request)` of a view.
    fn handed_by_platform(&self, class: ClassRef, method: &Function) -> Option<Value> {
        let name = self.name(method.name?);
        if method.is_static || method.params.get(1).is_none_or(|param| param.annotation.is_some() || param.default.is_some()) {
            return None;
        }
        let models = self.world.models;
        let (_, modelled) = self.world.classes.lineage(class);
        let mut entered = modelled.iter().flat_map(|&base| models.lineage(base)).flat_map(|ty| &ty.entry_methods);
        let gives = entered.find(|methods| methods.names.iter().any(|own| own == name))?.gives.as_deref()?;
        let ty = models.find(self.language, gives).and_then(|node| models.type_at(node))?;
        Some(Value::instance(TypeRef::Model(ty)))
    }

    /// Whether a decorator hands what it makes to the function as its first argument: `@app.task(bind=True)`.
    fn binds(&self, act: ActId, op: OpId) -> bool {
        let Some(model) = self.world.models.act(act).behaviour.parameter.get(&Parameter::Binds) else { return false };
        let OpKind::Call { args, .. } = self.function.op(op).kind else { return false };
        let named = |name: NameId| model.argument.iter().any(|wanted| wanted == self.name(name));
        let args = self.function.list(args).iter();
        args.into_iter().any(|arg| arg.name.is_some_and(named) && self.value(arg.value).kind == Kind::Bool(true))
    }

    /// After the body of a class: the declared types of its fields.
    pub(super) fn declare_fields(&mut self) {
        let (FunctionKind::ClassBody, Some(class)) = (self.function.kind, self.function.class) else { return };
        let class_ref = self.world.files.class(self.file, class.index());
        let facts = &self.world.files.get(self.file).facts;
        for field in &facts.classes[class.index()].fields {
            let declared = field
                .annotation
                .map(|op| Value { declared: true, ..self.annotation(op, Some(class_ref)) })
                .filter(Value::is_known);
            let id = self.world.classes.field(class_ref, facts.names.get(field.name));
            if let (Some(declared), Some(id)) = (declared, id) {
                self.out.fields.push((id, declared));
            }
        }
    }

    fn note_decorators(&mut self, child: FnId, decorators: &[OpId]) {
        for &op in decorators {
            let by = self.value(op);
            let bare = if self.acts.contains_key(&op) { None } else { self.act_named_by(op) };
            if let Some(act) = bare {
                self.note_act(op, act, by, by, Deadline::Unknown);
            }
            let act = self.acts.get(&op).copied();
            let label = act.and_then(|act| self.entry_label(act, op));
            self.out.events.push(Event::Decorated { function: child, op, act, by, label });
        }
    }

    /// A class that its decorator registers: `@users.route("/<id>")`.
    pub(super) fn note_registered_class(&mut self, class: ClassRef) {
        let (file, local) = self.world.files.locate_class(class);
        for &op in &self.world.files.get(file).facts.classes[local.index()].decorators {
            let Some(act) = self.acts.get(&op).copied() else { continue };
            let entry = self.world.models.act(act).behaviour.entry.as_ref();
            let Some(entry) = entry.filter(|entry| entry.handler.is_none()) else { continue };
            let handler = Value::of(Kind::Class(Type::plain(TypeRef::Project(class))));
            let label = self.entry_label(act, op);
            self.out.events.push(Event::Entry { op, kind: entry.kind, handler, label, act: Some(act) });
        }
    }

    fn note_injections(&mut self, child: FnId, facts: &Function) {
        for param in &facts.params {
            let mut ops: Vec<OpId> = param.default.into_iter().collect();
            ops.extend(param.annotation.iter().flat_map(|&op| self.annotation_extras(op)));
            for op in ops {
                let Some(provider) = self.injected_function(op) else { continue };
                if let Kind::Function(callee) = provider.kind {
                    self.out.events.push(Event::Injection { into: child, provider: callee, op });
                }
            }
        }
    }

    /// The value of an annotation, as an instance; `Annotated[T, Depends(f)]` gives what `f` gives.
    fn annotation(&self, op: OpId, owner: Option<ClassRef>) -> Value {
        let extras = self.annotation_extras(op);
        let injected = extras.iter().find_map(|&extra| self.injected(extra)).filter(Value::is_known);
        let annotated = self.value(op);
        if let Some(class) = owner.filter(|_| !self.instance_of(annotated).is_known() && self.mentions_self(op, 0)) {
            return Value::instance(TypeRef::Project(class));
        }
        injected.unwrap_or_else(|| Value { slot: annotated.slot, ..self.instance_of(annotated) })
    }

    /// `Self`, `Result<Self>` in the signature of a method.
    fn mentions_self(&self, op: OpId, depth: u32) -> bool {
        match self.function.op(op).kind {
            OpKind::Name(name) => self.name(name) == "Self",
            OpKind::Index(base, key) if depth < 8 => self.mentions_self(base, depth + 1) || self.mentions_self(key, depth + 1),
            OpKind::Construct(_, parts) if depth < 8 => {
                self.function.list(parts).first().is_some_and(|part| self.mentions_self(part.value, depth + 1))
            }
            _ => false,
        }
    }

    /// Further arguments of a generic annotation, after its first.
    fn annotation_extras(&self, op: OpId) -> Vec<OpId> {
        let OpKind::Index(_, key) = self.function.op(op).kind else { return Vec::new() };
        match self.function.op(key).kind {
            OpKind::Construct(Construct::Tuple, parts) => {
                self.function.list(parts).iter().skip(1).map(|part| part.value).collect()
            }
            _ => Vec::new(),
        }
    }

    fn injected(&self, op: OpId) -> Option<Value> {
        let act = self.acts.get(&op)?;
        self.world.models.act(*act).behaviour.injects.as_ref().map(|_| self.value(op))
    }

    fn injected_function(&self, op: OpId) -> Option<Value> {
        let OpKind::Call { args, .. } = self.function.op(op).kind else { return None };
        let act = self.world.models.act(*self.acts.get(&op)?);
        let argument = act.behaviour.injects.as_ref()?;
        match self.given(argument, self.function.list(args)) {
            Given::Value(op) => Some(self.value(op)),
            _ => None,
        }
    }
}
