//! What stores change: names, variables of modules, fields, and things kept on shared objects.

use super::super::value::{GlobalId, Kind, Slot, StoredId, Type, TypeRef, Value};
use super::{Eval, Event};
use crate::facts::{FunctionKind, NameId, OpId, OpKind, StoreMode, Target};
use crate::link::names::classes::is_receiver;
use crate::link::names::modules::Symbol;
use crate::models::{ModelTypeId, Trait, Traits};

impl Eval<'_, '_> {
    pub(super) fn store(&mut self, op: OpId, target: Target, value: OpId, mode: StoreMode) -> Value {
        let stored = match mode {
            StoreMode::Declared => Value { declared: true, ..self.instance_of(self.value(value)) },
            _ => self.value(value),
        };
        match target {
            Target::Name(name) => self.store_name(op, name, stored, mode),
            Target::Attribute(base, name) => self.store_attribute(op, base, name, stored, mode),
            Target::Item(base, key) if self.stored_item(base, key).is_some() => {
                if let Some(id) = self.stored_item(base, key) {
                    self.store_on_shared(op, id, stored, mode);
                }
            }
            Target::Item(base, _) | Target::Content(base) => {
                if let Some(slot) = self.value(base).slot {
                    let whole = matches!(target, Target::Content(_));
                    self.write(op, slot, mode, whole, false);
                }
            }
        }
        stored
    }

    /// Note a write; `on_instance` when it gives an object an attribute of its own.
    pub(super) fn write(&mut self, op: OpId, slot: Slot, mode: StoreMode, whole: bool, on_instance: bool) {
        if self.record && mode != StoreMode::Declared {
            self.out.events.push(Event::Write { op, slot, mode, whole, on_instance });
        }
    }

    fn store_name(&mut self, op: OpId, name: NameId, stored: Value, mode: StoreMode) {
        match self.function.kind {
            FunctionKind::Module | FunctionKind::MainGuard => self.store_global(name, stored, mode),
            FunctionKind::ClassBody => {
                let class = self.function.class.map(|class| self.world.files.class(self.file, class.index()));
                let field = class.and_then(|class| self.world.classes.field(class, self.name(name)));
                if let Some(field) = field.filter(|_| mode != StoreMode::Removed) {
                    self.out.fields.push((field, stored.detached()));
                }
            }
            _ if self.function.globals.contains(&name) => {
                if let Some(global) = self.global(name) {
                    self.write(op, Slot::Global(global), mode, true, false);
                }
                self.store_global(name, stored, mode);
                return;
            }
            _ => {}
        }
        if mode == StoreMode::Declared {
            if stored.is_known() {
                self.bind(name, stored);
            }
            return;
        }
        // A declared type holds for what is stored next, when that is not understood.
        let declared = self.local(name).filter(|before| before.declared && !stored.is_known() && mode == StoreMode::Plain);
        let stored = declared.map_or(stored, |declared| Value { slot: stored.slot, declared: false, ..declared });
        self.bind(name, stored);
    }

    fn global(&self, name: NameId) -> Option<GlobalId> {
        match self.world.modules.all[self.file.index()].symbols.get(self.name(name)) {
            Some(Symbol::Global(global)) => Some(*global),
            _ => None,
        }
    }

    fn store_global(&mut self, name: NameId, stored: Value, mode: StoreMode) {
        if let Some(global) = self.global(name).filter(|_| mode != StoreMode::Removed) {
            self.out.globals.push((global, stored.detached()));
        }
    }

    fn store_attribute(&mut self, op: OpId, base: OpId, name: NameId, value: Value, mode: StoreMode) {
        let owner = self.value(base);
        let text = self.name(name);
        let class = match owner.kind {
            Kind::Instance(Type { base: TypeRef::Project(class), .. })
            | Kind::Class(Type { base: TypeRef::Project(class), .. }) => Some(class),
            Kind::Module(module) => {
                let symbol = self.world.modules.all[module.index()].symbols.get(text);
                if let Some(Symbol::Global(global)) = symbol {
                    self.out.globals.push((*global, value.detached()));
                    self.write(op, Slot::Global(*global), mode, true, false);
                }
                None
            }
            Kind::External(node) => {
                // `current_app.repo = Repo()`
                let model = self.world.models.type_at(node);
                if let Some(stored) = model.and_then(|model| self.stored_on(model, text)) {
                    self.store_on_shared(op, stored, value, mode);
                }
                None
            }
            Kind::Instance(Type { base: TypeRef::Model(model), .. }) => {
                if let Some(stored) = self.stored_on(model, text) {
                    self.store_on_shared(op, stored, value, mode);
                }
                self.note_override(base, model, text);
                // A cell of a library: `hits.value += 1`.
                let holds = self.world.models.lineage(model).any(|ty| ty.holds.is_some());
                if let Some(slot) = owner.slot.filter(|_| holds) {
                    self.write(op, slot, mode, false, false);
                }
                None
            }
            _ => None,
        };
        let Some(field) = class.and_then(|class| self.world.classes.field(class, text)) else { return };
        if mode != StoreMode::Removed {
            self.out.fields.push((field, value.detached()));
        }
        let in_constructor = is_receiver(self.function, base) && self.is_constructor();
        if !in_constructor {
            let on_instance = matches!(owner.kind, Kind::Instance(_));
            self.write(op, Slot::Field(field), mode, true, on_instance);
        }
    }

    /// The name's place on an object that a library shares between requests.
    pub(crate) fn stored_on(&self, model: ModelTypeId, name: &str) -> Option<StoredId> {
        let shared = self.world.models.lineage(model).any(|ty| ty.resident && !ty.transparent);
        // What the library itself has under this name is no data of the project's.
        let own = || self.world.models.lineage(model).any(|ty| ty.fields.contains_key(name) || ty.methods.contains_key(name));
        (shared && !own()).then(|| self.world.modules.stored.get(name).copied()).flatten()
    }

    pub(crate) fn stored_item(&self, base: OpId, key: OpId) -> Option<StoredId> {
        let model = self.value(base).model_type()?;
        let value = self.value(key);
        if let Kind::Text(file, name) = value.kind {
            return self.stored_on(model, self.world.files.name(file, name));
        }
        // A key that is nothing but itself: `REPO = web.AppKey("repo", Repo)`.
        let Some(Slot::Global(key)) = value.slot else { return None };
        let key = self.world.modules.globals[key.index()];
        let file = self.world.modules.all[key.module.index()].file;
        self.stored_on(model, self.world.files.name(file, key.name))
    }

    fn store_on_shared(&mut self, op: OpId, stored: StoredId, value: Value, mode: StoreMode) {
        if mode != StoreMode::Removed {
            self.out.stored.push((stored, value.detached()));
        }
        self.write(op, Slot::Stored(stored), mode, true, false);
    }

    /// `session.request = partial(..)`: what a method of a library's object does from here on is not known.
    pub(super) fn note_override(&mut self, base: OpId, model: ModelTypeId, name: &str) {
        if self.world.models.method(model, name).is_some() {
            let after = self.value(base).with(Traits::NONE.with(Trait::MaybeTimed));
            self.replace(base, after);
        }
    }

    /// From here on, what `op` read has another value.
    pub(crate) fn replace(&mut self, op: OpId, after: Value) {
        match self.function.op(op).kind {
            OpKind::Name(name) if self.local(name).is_some() => {
                if matches!(self.function.kind, FunctionKind::Module | FunctionKind::MainGuard) {
                    self.store_global(name, after, StoreMode::Plain);
                }
                self.bind(name, after);
            }
            OpKind::Attribute(..) => match self.value(op).slot {
                Some(Slot::Field(field)) => self.out.fields.push((field, after.detached())),
                Some(Slot::Stored(stored)) => self.out.stored.push((stored, after.detached())),
                _ => {}
            },
            _ => {}
        }
        self.values[op.index()] = after;
    }

    /// Whether this function makes its receiver: what it sets there is no change of state.
    fn is_constructor(&self) -> bool {
        self.function.name.is_some_and(|name| matches!(self.name(name), "__init__" | "__new__" | "__post_init__" | "new"))
    }
}
