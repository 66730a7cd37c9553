//! What outlives a request inside the process: variables and fields that keep data, and every use of them.

use crate::facts::{Literal, OpId, OpKind, Operator, StoreMode, Target};
use crate::link::names::classes::ImplInfo;
use crate::link::project::Project;
use crate::link::values::eval::Event;
use crate::link::values::value::{ClassRef, FieldId, FnId, GlobalId, Kind, Slot, StoredId, TypeRef, Value};
use crate::models::{Holding, ModelTypeId, Role};
use std::collections::{BTreeMap, BTreeSet};

/// What is done to a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UseKind {
    /// Its content is looked at.
    Read,
    /// Something is added to it or replaced in it.
    Write,
    /// Something missing is added and then kept (`setdefault`).
    GetOrAdd,
    /// It is changed by its own old value: `+= 1`.
    Count,
    /// It is made less by its own old value: `-= 1`.
    Lower,
    /// It gets another value as a whole.
    Rebind,
    /// Something is removed from it.
    Remove,
}

/// A use of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// In which function.
    pub function: FnId,
    /// Which operation.
    pub op: OpId,
    /// What is done.
    pub kind: UseKind,
    /// It gives an object an attribute of its own, whatever its class has.
    pub on_instance: bool,
}

/// Places that live as long as the process.
#[derive(Debug, Default)]
pub struct Slots {
    uses: BTreeMap<Slot, Vec<Use>>,
    resident: BTreeSet<ClassRef>,
    made_hot: BTreeSet<ClassRef>,
    managed: BTreeSet<ClassRef>,
}

impl Slots {
    pub(crate) fn collect(project: &Project, impls: &[ImplInfo]) -> Self {
        let singletons: Vec<ClassRef> = project.singletons().into_iter().map(|singleton| singleton.class).collect();
        let mut slots = Self { resident: resident_classes(project, impls, &singletons), ..Self::default() };
        let single: BTreeSet<ClassRef> = singletons.into_iter().filter(|&class| project.is_made_once(class)).collect();
        for function in project.functions() {
            slots.add_uses(project, function);
            slots.managed.extend(project.events(function).iter().filter_map(|event| match event {
                Event::Resident { ty: TypeRef::Project(class) } => Some(*class),
                _ => None,
            }));
            let made = project.events(function).iter().filter_map(|event| match *event {
                Event::Made { op, class } if slots.resident.contains(&class) => Some((op, class)),
                _ => None,
            });
            let hot: Vec<ClassRef> = made
                .filter(|&(op, class)| !single.contains(&class) && project.is_hot(function, op))
                .map(|(_, class)| class)
                .collect();
            slots.made_hot.extend(hot);
        }
        slots
    }

    fn add_uses(&mut self, project: &Project, function: FnId) {
        for event in project.events(function) {
            let (op, slot, kind, on_instance) = match event {
                Event::Write { op, slot, mode, whole, on_instance } => {
                    let kind = match computed(project, function, *op) {
                        Some(Operator::Subtract) => lowered(project, function, *op, *slot),
                        // Scaled, or a bit of it set.
                        Some(Operator::Arithmetic) => UseKind::Rebind,
                        _ => plain_use(*mode, *whole),
                    };
                    (*op, *slot, kind, *on_instance)
                }
                Event::Act { op, act, receiver, .. } => {
                    let (Some(slot), Some(kind)) = (receiver.slot, project.act(*act).behaviour.role.and_then(role_use)) else {
                        continue;
                    };
                    (*op, slot, kind, false)
                }
                _ => continue,
            };
            self.uses.entry(slot).or_default().push(Use { function, op, kind, on_instance });
        }
    }

    /// Every place with its uses.
    pub fn iter(&self) -> impl Iterator<Item = (Slot, &[Use])> {
        self.uses.iter().map(|(&slot, uses)| (slot, uses.as_slice()))
    }

    /// The uses of one place.
    #[must_use]
    pub fn uses(&self, slot: Slot) -> &[Use] {
        self.uses.get(&slot).map_or(&[], Vec::as_slice)
    }

    /// Whether a framework hands the same instance of `class` to every request: the application's own state.
    #[must_use]
    pub fn is_managed(&self, class: ClassRef) -> bool {
        self.managed.contains(&class)
    }

    /// Whether requests or jobs make instances of `class` for themselves.
    #[must_use]
    pub fn is_made_hot(&self, class: ClassRef) -> bool {
        self.made_hot.contains(&class)
    }

    /// Whether `class` has instances that live as long as the process.
    #[must_use]
    pub fn is_resident(&self, class: ClassRef) -> bool {
        self.resident.contains(&class)
    }
}

/// `seen -= gone` takes members out of a set, `left -= 1` makes a number less.
fn lowered(project: &Project, function: FnId, op: OpId, slot: Slot) -> UseKind {
    let inside =
        matches!(project.facts(function).op(op).kind, OpKind::Store { target: Target::Item(..) | Target::Content(_), .. });
    match project.holding(slot) {
        Some(Holding::Set | Holding::List) => UseKind::Remove,
        Some(Holding::Map) if !inside => UseKind::Remove,
        _ => UseKind::Lower,
    }
}

/// By which operator a value is changed in place.
fn computed(project: &Project, function: FnId, op: OpId) -> Option<Operator> {
    let facts = project.facts(function);
    match facts.op(op).kind {
        OpKind::Store { value, mode: StoreMode::Augmented, .. } => match facts.op(value).kind {
            OpKind::Operate(operator, ..) => Some(operator),
            _ => None,
        },
        _ => None,
    }
}

fn plain_use(mode: StoreMode, whole: bool) -> UseKind {
    match mode {
        StoreMode::Removed => UseKind::Remove,
        StoreMode::Augmented => UseKind::Count,
        StoreMode::Plain | StoreMode::Declared if whole => UseKind::Rebind,
        StoreMode::Plain | StoreMode::Declared => UseKind::Write,
    }
}

fn role_use(role: Role) -> Option<UseKind> {
    Some(match role {
        Role::StateWrite => UseKind::Write,
        Role::StateRemove => UseKind::Remove,
        Role::StateRead => UseKind::Read,
        Role::StateGetOrAdd => UseKind::GetOrAdd,
        _ => return None,
    })
}

/// Classes with an instance in a variable, on the application, in a field of such an instance, in what a memoised factory returns, in
/// what an annotation says is shared, with methods that are registered for requests, or implementing a service.
fn resident_classes(project: &Project, impls: &[ImplInfo], singletons: &[ClassRef]) -> BTreeSet<ClassRef> {
    let mut found = BTreeSet::new();
    let class_of = |value: Value| match value.kind {
        Kind::Instance(ty) => match (ty.base, ty.first) {
            (TypeRef::Project(class), _) => Some(class),
            // `Mutex<Registry>`, `LazyLock<Registry>`.
            (TypeRef::Model(model), Some(TypeRef::Project(class))) if project.models().ty(model).holds.is_some() => Some(class),
            _ => None,
        },
        _ => None,
    };
    // What a test or a script keeps while it runs, no request sees.
    let served = |global: &GlobalId| {
        let file = project.modules.all[project.modules.globals[global.index()].module.index()].file;
        project.files().purpose(file).is_none()
    };
    let globals = (0..project.modules.globals.len()).map(GlobalId::from_index).filter(served);
    found.extend(globals.map(|global| project.state.global(global)).filter_map(class_of));
    // What hangs off the application: `app.state.ledger = Ledger()`.
    let stored = (0..project.modules.stored.len()).map(StoredId::from_index);
    found.extend(stored.map(|stored| project.state.stored(stored)).filter_map(class_of));
    for at in 0..project.files().function_count() {
        let id = FnId::from_index(at);
        if project.entries.memoised[at] {
            found.extend(class_of(project.state.result(id)));
        }
        found.extend(project.events(id).iter().filter_map(|event| match event {
            Event::Resident { ty: TypeRef::Project(class) } => Some(*class),
            Event::Serves { class } if !project.is_test(id) => Some(*class),
            _ => None,
        }));
    }
    // A middleware of the project is made with its application.
    let classes = (0..project.classes.all.len()).map(ClassRef::from_index);
    found.extend(classes.filter(|&class| project.classes.inherits(project.models(), class, |ty| ty.resident)));
    // The one instance that a class keeps of itself.
    found.extend(singletons);
    let served: BTreeSet<FnId> = project.entries.points.iter().map(|point| point.function).collect();
    for block in impls {
        let methods = &project.files().get(block.file).facts.impls[block.at].methods;
        let ids = methods.iter().map(|&method| project.files().function(block.file, method));
        found.extend(ids.filter(|id| served.contains(id)).filter_map(|id| project.classes.owner[id.index()]));
    }
    let mut queue: Vec<ClassRef> = found.iter().copied().collect();
    while let Some(class) = queue.pop() {
        // Each request has its own, whatever the variable looks like.
        if project.classes.inherits(project.models(), class, |ty| ty.scoped) {
            found.remove(&class);
            continue;
        }
        let fields: Vec<FieldId> = project.classes.all[class.index()].fields.values().copied().collect();
        let held: Vec<ClassRef> = fields.into_iter().filter_map(|field| class_of(project.state.field(field))).collect();
        let bases = project.classes.lineage(class).0;
        for next in held.into_iter().chain(bases) {
            if found.insert(next) {
                queue.push(next);
            }
        }
    }
    found
}

impl Project {
    /// Whether `slot` lives as long as the process and is seen by every request in it.
    #[must_use]
    pub fn is_process_wide(&self, slot: Slot) -> bool {
        match slot {
            Slot::Global(_) | Slot::Managed(_) | Slot::Stored(_) => true,
            Slot::Field(field) => {
                let info = &self.classes.fields[field.index()];
                let row = self.classes.inherits(self.models(), info.class, |ty| ty.entity || ty.record || ty.scoped)
                    || self.declares_columns(info.class);
                let lasts = (info.at_class_level && !info.on_instance) || self.is_resident(info.class);
                (info.shared || !row) && lasts && (info.shared || !self.is_part_of_rows(info.class))
            }
        }
    }

    /// Whether a class that rows are made of builds on this one: what its methods keep, each row keeps.
    fn is_part_of_rows(&self, class: ClassRef) -> bool {
        let find = || {
            let rows = |of: &ClassRef| self.classes.inherits(self.models(), *of, |ty| ty.entity);
            let classes = (0..self.classes.all.len()).map(ClassRef::from_index).filter(rows);
            classes.flat_map(|of| self.classes.lineage(of).0.into_iter().filter(move |&part| part != of)).collect()
        };
        self.indexes.parts_of_rows.get_or_init(find).contains(&class)
    }

    /// Whether a class describes rows by what it declares, wherever its base comes from: `id = Column(..)`, `items = relationship(..)`.
    fn declares_columns(&self, class: ClassRef) -> bool {
        let body = self.files().body_of(class);
        self.acts[body.index()].iter().any(|&(_, act)| {
            let behaviour = &self.act(act).behaviour;
            behaviour.relation.is_some() || behaviour.column.is_some()
        })
    }

    /// What sort of data `slot` holds; `None` when it is nothing that code changes bit by bit.
    #[must_use]
    pub fn holding(&self, slot: Slot) -> Option<Holding> {
        let value = self.slot_value(slot);
        if let (Kind::Any | Kind::Unknown, Slot::Global(global)) = (value.kind, slot) {
            return self.starts_constant(global).then_some(Holding::Cell);
        }
        match value.kind {
            Kind::Instance(_) => {
                let held = value.model_type().and_then(|ty| self.models().lineage(ty).find_map(|ty| ty.holds));
                // `Mutex<HashMap<..>>`: what the cell holds.
                match (held, value.ty().and_then(|ty| ty.first)) {
                    (Some(Holding::Cell), Some(TypeRef::Model(inner))) => {
                        self.models().lineage(inner).find_map(|ty| ty.holds).or(Some(Holding::Cell))
                    }
                    (held, _) => held,
                }
            }
            Kind::Int(_) | Kind::Float(_) => Some(Holding::Counter),
            Kind::Constant | Kind::Bool(_) | Kind::None | Kind::Text(..) | Kind::AnyText => Some(Holding::Cell),
            _ => None,
        }
    }

    /// The type of what `slot` holds.
    #[must_use]
    pub fn slot_value(&self, slot: Slot) -> Value {
        match slot {
            Slot::Global(global) => self.state.global(global),
            Slot::Field(field) => self.state.field(field),
            Slot::Managed(ty) => Value::instance(TypeRef::Model(ty)),
            Slot::Stored(stored) => self.state.stored(stored),
        }
    }

    /// Whether a variable of a module starts as a plain constant: a switch, a counter.
    fn starts_constant(&self, global: GlobalId) -> bool {
        let info = self.modules.globals[global.index()];
        let body = &self.files().get(self.modules.all[info.module.index()].file).facts.functions[0];
        body.ops.iter().any(|op| match op.kind {
            OpKind::Store { target: Target::Name(name), value, mode: StoreMode::Plain } if name == info.name => {
                matches!(
                    body.op(value).kind,
                    OpKind::Literal(Literal::Bool(_) | Literal::Int(_) | Literal::Float(_) | Literal::Text(_))
                )
            }
            _ => false,
        })
    }

    /// Whether some variable holds an application of a web framework: something on which request handlers are registered.
    #[must_use]
    pub fn has_application(&self) -> bool {
        let globals = (0..self.modules.globals.len()).map(|at| self.state.global(GlobalId::from_index(at)));
        let results = self.functions().map(|function| self.state.result(function));
        globals.chain(results).filter_map(|value| value.model_type()).any(|ty| self.is_application(ty))
    }

    /// Whether request handlers are registered on a type.
    pub(crate) fn is_application(&self, ty: ModelTypeId) -> bool {
        let takes_requests = |act: &crate::models::Act| {
            act.behaviour.entry.as_ref().is_some_and(|entry| entry.kind == crate::models::EntryKind::Request)
        };
        self.models().lineage(ty).any(|ty| ty.methods.values().any(|&act| takes_requests(self.act(act))))
    }

    /// Whether a class only declares a field, without a value: each instance is given its own when it is made.
    pub(crate) fn is_given_to_instances(&self, slot: Slot) -> bool {
        let Slot::Field(id) = slot else { return false };
        let info = &self.classes.fields[id.index()];
        let (file, local) = self.files().locate_class(info.class);
        let data = self.files().get(file);
        let mut declared = data.facts.classes[local.index()].fields.iter();
        declared.any(|field| data.facts.names.get(field.name) == &*info.name && field.value.is_none())
    }

    /// Whether the data in `slot` never changes after load: nothing outside of module bodies writes to it.
    #[must_use]
    pub fn is_constant(&self, slot: Slot) -> bool {
        self.slots().uses(slot).iter().all(|used| {
            used.kind == UseKind::Read || crate::link::values::rounds::shares_module_scope(self.facts(used.function).kind)
        })
    }
}
