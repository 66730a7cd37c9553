//! What names, attributes and indexes mean: scopes, modules, classes, instances, generic types.

use super::super::value::{ClassRef, FnId, Kind, ModuleId, Slot, Type, TypeRef, Value};
use super::{Deadline, Eval, Event, How};
use crate::facts::{Construct, FunctionKind, NameId, OpId, OpKind, Target};
use crate::finding::FileId;
use crate::lang::Language;
use crate::link::Files;
use crate::link::data::reverse;
use crate::link::names::classes::Classes;
use crate::link::names::modules::Modules;
use crate::models::{ActId, ModelTypeId, Models, NodeId, Role, Trait, Traits};

/// The value of a dotted path as seen from `module`; without the state of variables.
pub(crate) fn resolve_path(files: &Files, modules: &Modules, models: &Models, module: ModuleId, path: &[&str]) -> Option<Value> {
    let (first, rest) = path.split_first()?;
    let language = files.get(modules.all[module.index()].file).language;
    let start = modules.resolve(files, models, module, first).or_else(|| outside(modules, models, module, language, first))?;
    rest.iter().try_fold(start, |value, segment| match value.kind {
        Kind::Module(module) => modules.resolve(files, models, module, segment),
        Kind::Folder(folder) => modules.folder_child(folder, segment),
        Kind::External(node) => models.child(node, segment).map(|child| Value::of(Kind::External(child))),
        _ => None,
    })
}

/// A name that no module in scope defines: built in, or a crate.
fn outside(modules: &Modules, models: &Models, module: ModuleId, language: Language, name: &str) -> Option<Value> {
    if language == Language::Rust {
        let parent = || modules.all[module.index()].parent;
        match name {
            "crate" => return modules.crate_root(modules.all[module.index()].file).map(|root| Value::of(Kind::Module(root))),
            "self" => return Some(Value::of(Kind::Module(module))),
            "super" => return parent().map(|parent| Value::of(Kind::Module(parent))),
            _ => {}
        }
        if let Some(root) = modules.crate_named(name) {
            return Some(Value::of(Kind::Module(root)));
        }
    }
    let node = language.prelude(name).and_then(|path| models.find(language, path)).or_else(|| match language {
        Language::Python => models.find(language, "builtins").and_then(|node| models.child(node, name)),
        Language::Rust => models.child(models.root(language), name),
        Language::Sql | Language::Deployment(_) => None,
    })?;
    Some(Value::of(Kind::External(node)))
}

impl Eval<'_, '_> {
    pub(super) fn read_name(&mut self, name: NameId) -> Value {
        if let Some(value) = self.local(name)
            && !(self.function.kind == FunctionKind::Module && matches!(value.kind, Kind::Bottom))
        {
            return self.with_global_slot(name, value);
        }
        if let Some(value) = self.captured(name) {
            return value;
        }
        let text = self.name(name);
        if self.language == Language::Rust && text == "Self" {
            return self.own_class().map_or(Value::UNKNOWN, |class| Value::of(Kind::Class(Type::plain(TypeRef::Project(class)))));
        }
        let world = self.world;
        let found = world.modules.resolve(world.files, world.models, self.module, text);
        let found = found.or_else(|| self.scoped_import(name));
        let found = found.or_else(|| self.imported_macro(text));
        let found = found.or_else(|| {
            // A variable around may be called like a crate, and is not known in the first round: `let http = Client::new()`.
            let own = self.is_bound_around(name);
            (!own).then(|| outside(world.modules, world.models, self.module, self.language, text)).flatten()
        });
        found.map_or(Value::UNKNOWN, |value| self.loaded(value))
    }

    /// Whether a function around this one has a parameter or variable of a name.
    fn is_bound_around(&self, name: NameId) -> bool {
        let functions = &self.world.files.get(self.file).facts.functions;
        let around =
            std::iter::successors(self.function.parent, |at| functions[at.index()].parent).map(|at| &functions[at.index()]);
        let mut around = around.take_while(|parent| !matches!(parent.kind, FunctionKind::Module | FunctionKind::ClassBody));
        around.any(|parent| {
            let stores =
                |op: &crate::facts::Op| matches!(op.kind, OpKind::Store { target: Target::Name(stored), .. } if stored == name);
            parent.params.iter().any(|param| param.name == name) || parent.ops.iter().any(stores)
        })
    }

    /// In a module body, a local is a variable of the module.
    fn with_global_slot(&self, name: NameId, value: Value) -> Value {
        if !matches!(self.function.kind, FunctionKind::Module | FunctionKind::MainGuard) {
            return value;
        }
        match self.world.modules.all[self.file.index()].symbols.get(self.name(name)) {
            Some(crate::link::names::modules::Symbol::Global(global)) => value.at(Slot::Global(*global)),
            _ => value,
        }
    }

    /// The content of a variable, when `value` stands for one.
    pub(super) fn loaded(&self, value: Value) -> Value {
        match (value.kind, value.slot) {
            (Kind::Unknown, Some(Slot::Global(global))) => {
                let content = self.state_global(global);
                let content = if content.kind == Kind::Bottom { Value::UNKNOWN } else { content };
                content.at(Slot::Global(global))
            }
            _ => value,
        }
    }

    /// A name of an enclosing function, as it is when that function ends.
    fn captured(&self, name: NameId) -> Option<Value> {
        let facts = &self.world.files.get(self.file).facts;
        let mut at = self.function.parent;
        while let Some(local) = at {
            let parent = &facts.functions[local.index()];
            if !matches!(parent.kind, FunctionKind::Module | FunctionKind::ClassBody | FunctionKind::MainGuard) {
                let id = self.world.files.function(self.file, local);
                if let Some(value) = self.state_captured(id, name) {
                    return Some(Value { param: None, ..value });
                }
            }
            at = parent.parent;
        }
        None
    }

    /// An import inside this function or one around it.
    fn scoped_import(&self, name: NameId) -> Option<Value> {
        let world = self.world;
        let facts = &world.files.get(self.file).facts;
        if facts.imports.iter().all(|import| import.scope.0 == 0) {
            return None;
        }
        let (_, own) = world.files.locate(self.id);
        let mut at = Some(own);
        while let Some(scope) = at {
            let fits = |import: &crate::facts::Import| import.scope == scope && import.scope.0 != 0 && import.name == Some(name);
            if let Some(at) = facts.imports.iter().position(fits) {
                return Some(world.modules.imported(world.files, world.models, self.module, at, 8));
            }
            at = facts.functions[scope.index()].parent;
        }
        None
    }

    /// Rust: `query_as!` by its import, which names the macro without its mark; or by that of a module whose every name is imported.
    fn imported_macro(&self, name: &str) -> Option<Value> {
        let plain = name.strip_suffix('!').filter(|_| self.language == Language::Rust)?;
        let modules = &self.world.modules.all;
        let imported = |file: FileId| {
            let facts = &self.world.files.get(file).facts;
            let text = |name| facts.names.get(name);
            let import = facts.imports.iter().find(|import| import.name.is_some_and(|bound| text(bound) == plain))?;
            let path: Vec<&str> = import.path.iter().map(|&segment| text(segment)).collect();
            self.world.models.find(self.language, &format!("{}!", path.join("::")))
        };
        let brought = || self.world.modules.brought(self.module, plain).map(|owner| modules[owner.index()].file);
        let node = imported(self.file).or_else(|| imported(brought()?))?;
        Some(Value::of(Kind::External(node)))
    }

    /// The class whose method or body this is, looking outwards from closures.
    pub(super) fn own_class(&self) -> Option<ClassRef> {
        let facts = &self.world.files.get(self.file).facts;
        let (_, mut local) = self.world.files.locate(self.id);
        loop {
            let id = self.world.files.function(self.file, local);
            if let Some(class) = self.world.classes.owner[id.index()] {
                return Some(class);
            }
            let function = &facts.functions[local.index()];
            if let Some(class) = function.class {
                return Some(self.world.files.class(self.file, class.index()));
            }
            local = function.parent?;
        }
    }

    pub(super) fn attribute(&mut self, op: OpId, base: OpId, name: NameId) -> Value {
        let owner = self.value(base);
        let text = self.name(name);
        let world = self.world;
        match owner.kind {
            Kind::Module(module) => {
                let found = world.modules.resolve(world.files, world.models, module, text);
                found.map_or(Value::UNKNOWN, |value| self.loaded(value))
            }
            Kind::Folder(folder) => world.modules.folder_child(folder, text).unwrap_or(Value::UNKNOWN),
            Kind::External(node) => self.external_attribute(owner, node, text),
            Kind::Class(ty) | Kind::Instance(ty) => self.member(op, owner, ty, text),
            _ => Value { traits: owner.traits, ..Value::UNKNOWN },
        }
    }

    fn external_attribute(&self, owner: Value, node: NodeId, name: &str) -> Value {
        let models = self.world.models;
        if let Some(child) = models.child(node, name) {
            return Value::of(Kind::External(child));
        }
        let Some(ty) = models.type_at(node) else { return Value::UNKNOWN };
        if let Some(stored) = self.stored_on(ty, name) {
            return self.stored_value(stored);
        }
        let receiver = Value::of(Kind::Class(Type::plain(TypeRef::Model(ty))));
        models.field(ty, name).map_or(Value::UNKNOWN, |spec| self.spec(spec, receiver, &[])).with(owner.traits)
    }

    fn is_called(&self, op: OpId) -> bool {
        let after = self.function.tape().skip(op.index() + 1);
        after.into_iter().any(|(_, next)| matches!(next.kind, OpKind::Call { callee, .. } if callee == op))
    }

    /// A member of a class or instance.
    fn member(&mut self, op: OpId, owner: Value, ty: Type, name: &str) -> Value {
        let world = self.world;
        match ty.base {
            TypeRef::Project(class) => {
                let field = world.classes.field(class, name);
                // A field and a method of one name: in Rust only what is called is the method.
                let is_field = field.is_some() && self.language == Language::Rust && !self.is_called(op);
                if let Some(method) = world.classes.method(class, name).filter(|_| !is_field) {
                    return self.method_value(op, owner, method);
                }
                if let Some(field) = field {
                    let content = self.state_field(field);
                    let content = if content.kind == Kind::Bottom { Value::UNKNOWN } else { content };
                    if let Some(source) = self.row_source(owner, class, name, content) {
                        // What a query on it gives is not kept in the class.
                        return Value { slot: None, ..source };
                    }
                    let of_row =
                        matches!(owner.kind, Kind::Instance(_)) && world.classes.inherits(world.models, class, |ty| ty.entity);
                    let related = if of_row { [Trait::Related, Trait::Filtered].into_iter().collect() } else { Traits::NONE };
                    return content.with(related).at(Slot::Field(field));
                }
                let (own, modelled) = world.classes.lineage(class);
                let row = matches!(owner.kind, Kind::Instance(_));
                if let Some(rows) = own.iter().filter(|_| row).find_map(|&class| world.classes.reverse.get(class, name)) {
                    let related = [Trait::Related, Trait::Filtered].into_iter().collect();
                    return Value::of(Kind::Instance(reverse::rows_of(rows))).with(related);
                }
                let spec = modelled.iter().find_map(|&base| world.models.field(base, name));
                match spec {
                    Some(spec) => self.spec(spec, owner, &[]),
                    // The inside of a wrapper that was transparent (`State(state): State<AppState>`).
                    None if name == "0" && self.language == Language::Rust => owner,
                    None => Value::UNKNOWN,
                }
            }
            TypeRef::Model(model) => {
                if let Some(stored) = self.stored_on(model, name).filter(|_| matches!(owner.kind, Kind::Instance(_))) {
                    return self.stored_value(stored);
                }
                let tuple_field = name == "0" && self.language == Language::Rust;
                match world.models.field(model, name) {
                    Some(spec) => {
                        let value = self.spec(spec, owner, &[]);
                        // What hangs off a value of the process (`app.state.x`) is not followed: it has no declared place.
                        Value { slot: None, ..value }
                    }
                    // The inside of a wrapper that was transparent (`State(pool): State<PgPool>`).
                    None if tuple_field => owner,
                    None => Value { traits: owner.traits, slot: None, ..Value::UNKNOWN },
                }
            }
        }
    }

    /// Where the rows of an entity's table come from (`objects = Manager()`): of a kind that the project or another library
    /// extends, it still gives rows of this entity.
    fn row_source(&self, owner: Value, class: ClassRef, name: &str, content: Value) -> Option<Value> {
        let world = self.world;
        let Kind::Class(_) = owner.kind else { return None };
        let (_, modelled) = world.classes.lineage(class);
        if !modelled.iter().any(|&base| world.models.lineage(base).any(|ty| ty.entity)) {
            return None;
        }
        match content.kind {
            Kind::Instance(ty) if ty.first.is_none() => {
                let bases = match ty.base {
                    TypeRef::Project(of) => world.classes.lineage(of).1,
                    TypeRef::Model(of) => smallvec::smallvec![of],
                };
                let queries = bases.iter().any(|&base| {
                    world
                        .models
                        .ty(base)
                        .methods
                        .values()
                        .any(|&act| world.models.act(act).behaviour.role == Some(Role::FetchOne))
                });
                let first = Some(TypeRef::Project(class));
                let source = Value { kind: Kind::Instance(Type { first, ..ty }), ..content };
                queries.then(|| source.with(self.loaded_by_source(ty.base, &bases)))
            }
            // Made by a library that no model describes.
            Kind::Unknown => {
                let spec = modelled.iter().find_map(|&base| world.models.field(base, name))?;
                Some(Value { inferred: true, ..self.spec(spec, owner, &[]) })
            }
            _ => None,
        }
    }

    /// What a source of the project's own loads with all its rows: a method that it puts before one of the library.
    fn loaded_by_source(&self, source: TypeRef, modelled: &[ModelTypeId]) -> Traits {
        let Some(class) = source.project() else { return Traits::NONE };
        let classes = self.world.classes;
        let methods = classes.lineage(class).0.into_iter().flat_map(|class| classes.all[class.index()].methods.iter());
        let mut before = methods.filter(|(name, _)| modelled.iter().any(|&base| self.world.models.method(base, name).is_some()));
        if before.any(|(_, &method)| self.state_result(method).has(Trait::Eager)) {
            Traits::NONE.with(Trait::Eager)
        } else {
            Traits::NONE
        }
    }

    fn stored_value(&self, stored: super::StoredId) -> Value {
        let content = self.state_stored(stored);
        let content = if content.kind == Kind::Bottom { Value::UNKNOWN } else { content };
        content.at(Slot::Stored(stored))
    }

    fn method_value(&mut self, op: OpId, owner: Value, method: FnId) -> Value {
        let world = self.world;
        if matches!(owner.kind, Kind::Instance(_)) && world.state.is_property(method) {
            if self.record {
                self.out.events.push(Event::Call { op, callee: method, how: How::Direct, bound: true });
            }
            return Value { param: None, ..self.state_result(method) };
        }
        Value::of(Kind::Function(method))
    }

    pub(super) fn index(&mut self, op: OpId, base: OpId, key: OpId) -> Value {
        let owner = self.value(base);
        match owner.kind {
            Kind::External(node) if self.language == Language::Python && self.indexes(node).is_some() => {
                // A variable of a library, known by its type: `connections["other"]`.
                match self.indexes(node) {
                    Some(act) => self.indexed(op, self.instance_of(owner), act, key),
                    None => Value::UNKNOWN,
                }
            }
            Kind::Class(_) | Kind::External(_) => self.generic(owner, key),
            Kind::Text(..) | Kind::AnyText => owner.detached(),
            Kind::Instance(ty) => self.item(op, owner, ty, key),
            Kind::Function(_) => owner,
            _ => Value { traits: owner.traits, slot: owner.slot, ..Value::UNKNOWN },
        }
    }

    fn indexes(&self, node: NodeId) -> Option<ActId> {
        let id = self.world.models.type_at(node)?;
        let ty = self.world.models.ty(id);
        // What is constructed or holds data is a class: indexing it gives it type arguments.
        let is_class = ty.new.is_some() || ty.holds.is_some() || !ty.bases.is_empty();
        self.world.models.lineage(id).find_map(|ty| ty.index).filter(|_| !is_class)
    }

    /// A class with type arguments.
    fn generic(&mut self, owner: Value, key: OpId) -> Value {
        let base = match owner.kind {
            Kind::Class(ty) => ty.base,
            Kind::External(node) => match self.world.models.type_at(node) {
                Some(ty) => TypeRef::Model(ty),
                None => return owner,
            },
            _ => return owner,
        };
        let argument = |op: OpId| Value { slot: self.value(op).slot, ..self.instance_of(self.value(op)) };
        let (first, second) = match self.function.op(key).kind {
            OpKind::Construct(Construct::Tuple, parts) => {
                let parts = self.function.list(parts);
                let known = parts.iter().map(|part| argument(part.value)).find(Value::is_known);
                let at = |n: usize| parts.get(n).map(|part| argument(part.value));
                let transparent = matches!(base, TypeRef::Model(model) if self.world.models.ty(model).transparent);
                if transparent { (known, None) } else { (at(0), at(1)) }
            }
            _ => (Some(argument(key)), None),
        };
        if let (TypeRef::Model(model), Some(held)) = (base, first.and_then(|value| value.ty())) {
            let ty = self.world.models.ty(model);
            if self.record && ty.resident {
                self.out.events.push(Event::Resident { ty: held.base });
            }
            if ty.transparent {
                // The inner type keeps its own arguments: `State<Arc<Mutex<HashMap<..>>>>`.
                let shared = match held.base {
                    TypeRef::Model(inner) if ty.resident => Some(Slot::Managed(inner)),
                    _ => first.and_then(|value| value.slot),
                };
                return Value { slot: shared, ..Value::of(Kind::Class(held)) };
            }
        }
        let base_of = |value: Option<Value>| value.and_then(|value| value.ty()).map(|ty| ty.base);
        Value::of(Kind::Class(Type { base, first: base_of(first), second: base_of(second) }))
    }

    fn item(&mut self, op: OpId, owner: Value, ty: Type, key: OpId) -> Value {
        let is_slice = matches!(self.function.op(key).kind, OpKind::Construct(Construct::Slice, _));
        let TypeRef::Model(model) = ty.base else {
            return match self.described(owner, "__getitem__", |ty| ty.index) {
                Some(act) => self.indexed(op, owner, act, key),
                None => Value { slot: owner.slot, ..Value::UNKNOWN },
            };
        };
        if let OpKind::Index(base, key) = self.function.op(op).kind
            && let Some(stored) = self.stored_item(base, key)
        {
            return self.stored_value(stored);
        }
        if let Some(act) = self.world.models.lineage(model).find_map(|ty| ty.index) {
            return self.indexed(op, owner, act, key);
        }
        if is_slice {
            return owner.detached();
        }
        let element = if self.world.known.map.contains(&Some(model)) { ty.second } else { ty.first };
        let value = element.map_or(Value::UNKNOWN, Value::instance);
        Value { slot: owner.slot, ..value }
    }

    fn indexed(&mut self, op: OpId, owner: Value, act: ActId, key: OpId) -> Value {
        let bounded = match self.function.op(key).kind {
            // `q[5:]` bounds nothing.
            OpKind::Construct(Construct::Slice, parts) => {
                self.function.list(parts).get(1).is_some_and(|end| self.value(end.value).kind != Kind::None)
            }
            _ => true,
        };
        let result = self.act_value(act, owner, &[]);
        if !bounded {
            // A copy, though as long.
            return Value { slot: None, ..owner };
        }
        self.note_act(op, act, owner, result, Deadline::Unknown);
        result
    }

    /// The behaviour of a name or member that is used without a call, as a bare decorator is.
    pub(super) fn act_named_by(&self, op: OpId) -> Option<ActId> {
        let models = self.world.models;
        match self.value(op).kind {
            Kind::External(node) => models.call_at(node),
            // An object that is a decorator itself: `@breaker`.
            Kind::Instance(Type { base: TypeRef::Model(ty), .. }) => models.method(ty, "__call__"),
            _ => {
                let OpKind::Attribute(base, name) = self.function.op(op).kind else { return None };
                self.modelled_method(self.value(base), self.name(name))
            }
        }
    }

    /// The modelled method `name` of a value: by its type, or by the modelled bases of its project class.
    pub(super) fn modelled_method(&self, owner: Value, name: &str) -> Option<ActId> {
        let models = self.world.models;
        match owner.kind {
            Kind::Instance(ty) | Kind::Class(ty) => match ty.base {
                TypeRef::Model(model) => models.method(model, name),
                TypeRef::Project(class) => modelled_bases(self.world.classes, class).find_map(|base| models.method(base, name)),
            },
            Kind::External(node) => models.type_at(node).and_then(|ty| models.method(ty, name)),
            Kind::Function(function) => self.state_made(function).iter().find_map(|&ty| models.method(ty, name)),
            Kind::Text(..) | Kind::AnyText => {
                let text = self.world.known.text[usize::from(self.language == Language::Rust)]?;
                models.method(text, name)
            }
            _ => None,
        }
    }
}

fn modelled_bases(classes: &Classes, class: ClassRef) -> impl Iterator<Item = ModelTypeId> {
    classes.lineage(class).1.into_iter()
}
