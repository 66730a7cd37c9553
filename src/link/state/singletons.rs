//! Which classes keep the one instance of themselves, and where?

use crate::facts::{Function, NameId, Op, OpId, OpKind, StoreMode, Target};
use crate::finding::Place;
use crate::lang::Language;
use crate::link::project::{Project, Site};
use crate::link::values::eval::Event;
use crate::link::values::flows::last_store;
use crate::link::values::value::{ClassRef, FieldId, FnId, GlobalId, Kind, Slot, TypeRef, Value};
use crate::models::Holding;
use std::collections::{BTreeMap, BTreeSet};

/// A class that gives everybody in the process the same instance of itself.
#[derive(Debug, Clone)]
pub struct Singleton {
    /// The class.
    pub class: ClassRef,
    /// Where the instance is kept, or the class that its metaclass makes single.
    pub place: Place,
    /// A function of the class, by which the finding is named.
    pub function: FnId,
}

impl Project {
    /// Classes that see to it that there is one instance of them, in order of the files.
    #[must_use]
    pub fn singletons(&self) -> Vec<Singleton> {
        let globals = self.globals_by_class();
        let of = |class| self.singleton(class, globals.get(&class).map_or(&[], Vec::as_slice));
        (0..self.files().class_count()).map(ClassRef::from_index).filter_map(of).collect()
    }

    fn singleton(&self, class: ClassRef, globals: &[GlobalId]) -> Option<Singleton> {
        let in_global = || globals.iter().find(|&&global| self.hands_out(class, global));
        let place = self
            .own_instance_field(class)
            .and_then(|field| self.slot_declaration(Slot::Field(field)))
            .or_else(|| in_global().and_then(|&global| self.slot_declaration(Slot::Global(global))))
            .or_else(|| self.is_made_single(class).then(|| self.place_of_class(class)))?;
        let methods = self.classes.all[class.index()].methods.values();
        methods.min().map(|&function| Singleton { class, place, function })
    }

    /// The class attribute in which a class keeps the instance that one of its functions makes: `cls._instance = cls()`.
    fn own_instance_field(&self, class: ClassRef) -> Option<FieldId> {
        let (file, local) = self.files().locate_class(class);
        let data = self.files().get(file);
        if data.language != Language::Python {
            return None;
        }
        let text = |id: NameId| self.files().name(file, id);
        let own = text(data.facts.classes[local.index()].name);
        let is_class = |facts: &Function, op: OpId| match facts.op(op).kind {
            OpKind::Name(name) => text(name) == "cls" || text(name) == own,
            OpKind::Param(index) => facts.params.get(usize::from(index)).is_some_and(|param| text(param.name) == "cls"),
            _ => false,
        };
        let makes = |facts: &Function, value: OpId| {
            let value = match facts.op(value).kind {
                OpKind::Name(name) => last_store(facts, name, value).unwrap_or(value),
                _ => value,
            };
            match facts.op(value).kind {
                OpKind::Call { callee, .. } => {
                    let new = matches!(facts.op(callee).kind, OpKind::Attribute(_, name) if text(name) == "__new__");
                    new || is_class(facts, callee)
                }
                _ => false,
            }
        };
        let info = &self.classes.all[class.index()];
        info.methods.values().find_map(|&method| {
            let facts = self.facts(method);
            facts.ops.iter().find_map(|op| match op.kind {
                OpKind::Store { target: Target::Attribute(base, name), value, mode: StoreMode::Plain }
                    if is_class(facts, base) && makes(facts, value) =>
                {
                    let field = info.fields.get(text(name)).copied();
                    field.filter(|field| self.classes.fields[field.index()].at_class_level)
                }
                _ => None,
            })
        })
    }

    /// Variables that hold an instance of a class of their own file, by that class.
    fn globals_by_class(&self) -> BTreeMap<ClassRef, Vec<GlobalId>> {
        let mut found: BTreeMap<ClassRef, Vec<GlobalId>> = BTreeMap::new();
        for global in (0..self.modules.globals.len()).map(GlobalId::from_index) {
            let file = self.modules.all[self.modules.globals[global.index()].module.index()].file;
            let held = self.held_class(self.state.global(global));
            if let Some(class) = held.filter(|&class| self.files().locate_class(class).0 == file) {
                found.entry(class).or_default().push(global);
            }
        }
        found
    }

    /// Whether a class hands out what a variable holds: one of its functions that belongs to no instance returns it.
    fn hands_out(&self, class: ClassRef, global: GlobalId) -> bool {
        let wanted = self.slot_name(Slot::Global(global));
        self.classes.all[class.index()].methods.values().any(|&method| {
            // An `impl` may stand in another file than its type: names are those of the function's own file.
            let (facts, (file, _)) = (self.facts(method), self.files().locate(method));
            let of_class = !facts.params.iter().any(|param| self.files().name(file, param.name) == "self");
            let named = |op: &Op| matches!(op.kind, OpKind::Name(name) if self.files().name(file, name) == wanted);
            of_class && facts.ops.iter().any(named) && self.held_class(self.state.result(method)) == Some(class)
        })
    }

    /// Whether a metaclass of the project keeps what it has made, by class.
    pub(crate) fn is_made_single(&self, class: ClassRef) -> bool {
        let (file, local) = self.files().locate_class(class);
        let facts = &self.files().get(file).facts;
        let stated = &facts.classes[local.index()];
        let Some(&(_, op)) = stated.keywords.iter().find(|(name, _)| facts.names.get(*name) == "metaclass") else {
            return false;
        };
        let meta = self.values(self.files().function(file, stated.parent))[op.index()];
        let Kind::Class(ty) = meta.kind else { return false };
        let Some(call) = ty.base.project().and_then(|meta| self.classes.method(meta, "__call__")) else { return false };
        self.events(call).iter().any(|event| match event {
            Event::Write { slot: Slot::Field(field), .. } => self.classes.fields[field.index()].at_class_level,
            Event::Write { slot: Slot::Global(_), .. } => true,
            _ => false,
        })
    }

    /// Constructors of classes that a metaclass makes single run once, wherever somebody asks for the object.
    pub(in crate::link) fn settle_single_constructors(&mut self) {
        let classes = (0..self.classes.all.len()).map(ClassRef::from_index);
        let single = classes.filter(|&class| self.classes.lineage(class).0.into_iter().any(|class| self.is_made_single(class)));
        let constructors: BTreeSet<FnId> = single.filter_map(|class| self.classes.method(class, "__init__")).collect();
        self.graph.mark_once(|edge| constructors.contains(&edge.callee));
    }

    /// Whether calling the class gives the one instance: whoever calls it makes none of his own.
    pub(crate) fn is_made_once(&self, class: ClassRef) -> bool {
        let by_new =
            || self.classes.all[class.index()].methods.contains_key("__new__") && self.own_instance_field(class).is_some();
        by_new() || self.is_made_single(class)
    }

    /// Whether a construction gives the one instance of its class: a metaclass or `__new__` of the project makes it only when it
    /// has none.
    #[must_use]
    pub fn makes_single(&self, site: &Site<'_>) -> bool {
        let OpKind::Call { callee, .. } = self.facts(site.function).op(site.op).kind else { return false };
        match self.values(site.function)[callee.index()].kind {
            Kind::Class(ty) => ty.base.project().is_some_and(|class| {
                let makes_once = |class: &ClassRef| self.is_made_once(*class);
                self.classes.lineage(class).0.iter().any(makes_once)
            }),
            _ => false,
        }
    }

    /// The class of the project that a value is an instance of, or that a cell or lazy value holds: one, not a collection of them.
    fn held_class(&self, value: Value) -> Option<ClassRef> {
        let Kind::Instance(ty) = value.kind else { return None };
        match (ty.base, ty.first) {
            (TypeRef::Project(class), _) => Some(class),
            (TypeRef::Model(model), Some(TypeRef::Project(class))) => {
                let mut lineage = self.models().lineage(model);
                lineage.all(|ty| !ty.scoped && ty.holds.is_none_or(|holds| holds == Holding::Cell)).then_some(class)
            }
            _ => None,
        }
    }

    fn place_of_class(&self, class: ClassRef) -> Place {
        let (file, local) = self.files().locate_class(class);
        Place { file, span: self.files().get(file).facts.classes[local.index()].name_span }
    }

    /// The singletons by the classes of all that they hold: themselves, their bases, and the objects in their fields.
    #[must_use]
    pub fn held_by_singletons<'s>(&self, singletons: &'s [Singleton]) -> BTreeMap<ClassRef, &'s Singleton> {
        let mut held = BTreeMap::new();
        for singleton in singletons {
            let mut waiting = vec![singleton.class];
            while let Some(class) = waiting.pop() {
                if held.contains_key(&class) {
                    continue;
                }
                held.insert(class, singleton);
                waiting.extend(self.classes.lineage(class).0);
                let fields = self.classes.all[class.index()].fields.values();
                waiting.extend(fields.filter_map(|&field| self.held_class(self.state.field(field))));
            }
        }
        held
    }

    /// The singleton to which a place belongs.
    #[must_use]
    pub fn singleton_of<'s>(&self, slot: Slot, held: &BTreeMap<ClassRef, &'s Singleton>) -> Option<&'s Singleton> {
        match slot {
            Slot::Field(field) => held.get(&self.classes.fields[field.index()].class).copied(),
            Slot::Global(_) | Slot::Managed(_) | Slot::Stored(_) => None,
        }
    }
}
