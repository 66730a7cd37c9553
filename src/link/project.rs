//! The linked project: what rules ask. Built once by [`Project::link`], then only read.

use super::Files;
use super::classes::{self, Classes};
use super::entries::{self, Entries};
use super::eval::{Deadline, Event, KnownTypes, World, evaluate};
use super::graph::{Edge, Graph};
use super::growth::Growth;
use super::modules::Modules;
use super::paths::{Paths, Routes};
use super::rounds::{self, State};
use super::slots::Slots;
use super::value::{ClassRef, FnId, Kind, TypeRef, Value};
use crate::facts::{Function, FunctionKind, Literal, OpId, OpKind, Target};
use crate::finding::{FileId, Place};
use crate::lang::Language;
use crate::models::schema::Setting;
use crate::models::{Act, ActId, Models, Role};

/// What configuration says about linking.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Longest acceptable wait for an outside answer, in seconds.
    pub max_seconds: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { max_seconds: 60.0 }
    }
}

/// A linked project.
#[derive(Debug)]
pub struct Project {
    files: Files,
    models: Models,
    pub(crate) modules: Modules,
    pub(crate) classes: Classes,
    pub(crate) state: State,
    children: Vec<Vec<FnId>>,
    extensions: Vec<Vec<u16>>,
    events: Vec<Vec<Event>>,
    pub(crate) once: Vec<Vec<super::eval::Once>>,
    pub(crate) graph: Graph,
    pub(crate) entries: Entries,
    pub(crate) paths: Paths,
    slots: Slots,
    pub(super) growth: Growth,
    options: Options,
    by_role: Vec<(Role, FnId, u32)>,
}

/// A call, iteration or index that a model describes, where it happens.
#[derive(Debug, Clone, Copy)]
pub struct Site<'p> {
    /// The function it is in.
    pub function: FnId,
    /// The operation.
    pub op: OpId,
    /// What it does.
    pub act: &'p Act,
    /// Its role.
    pub role: Role,
    /// What it is called on.
    pub receiver: Value,
    /// What it gives.
    pub result: Value,
    pub(crate) deadline: Deadline,
}

/// How long a site may take, for those who only ask whether it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deadlines {
    /// It ends in acceptable time.
    Acceptable,
    /// It ends, late.
    Late,
    /// Nothing ends it.
    Never,
    /// Not known.
    Unknown,
}

impl Site<'_> {
    /// The same, spoken of at another operation of its function.
    #[must_use]
    pub fn at(self, op: OpId) -> Self {
        Self { op, ..self }
    }

    /// How long it may take.
    #[must_use]
    pub fn deadlines(&self) -> Deadlines {
        match self.deadline {
            Deadline::Bounded => Deadlines::Acceptable,
            Deadline::Unknown => Deadlines::Unknown,
            Deadline::Missing | Deadline::Disabled | Deadline::Client | Deadline::SocketDefault => Deadlines::Never,
            Deadline::TooLong(_) | Deadline::SlowClient => Deadlines::Late,
        }
    }
}

impl Project {
    /// Join the facts of all files.
    #[must_use]
    pub fn link(files: Files, models: Models, options: Options) -> Self {
        let mut modules = Modules::collect(&files);
        modules.spread_globs(&files, &models);
        modules.resolve_imports(&files, &models);
        let mut classes = Classes::collect(&files);
        let impls = classes::attach_impls(&files, &modules, &models, &mut classes);
        let children = rounds::children(&files);
        let extensions = active_extensions(&files, &models);
        let mut state = State::start(&files, &classes, modules.globals.len(), modules.stored.len());
        let known = KnownTypes::of(&models);
        resolve_bases(&files, &modules, &models, &mut classes);
        rounds::settle(
            &files,
            |state, todo| {
                let world = World {
                    files: &files,
                    modules: &modules,
                    models: &models,
                    classes: &classes,
                    state,
                    children: &children,
                    extensions: &extensions,
                    known,
                    max_seconds: options.max_seconds,
                };
                rounds::evaluate_all(&world, todo, false)
            },
            &mut state,
        );
        let mut project = Self {
            files,
            models,
            modules,
            classes,
            state,
            children,
            extensions,
            events: Vec::new(),
            once: Vec::new(),
            graph: Graph::default(),
            entries: Entries::default(),
            paths: Paths::default(),
            slots: Slots::default(),
            growth: Growth::default(),
            options,
            by_role: Vec::new(),
        };
        project.record();
        project.entries =
            entries::find(&project.files, &project.modules, &project.models, &project.classes, &project.events, &impls);
        project.graph = Graph::of(&project.events, &project.once);
        project.add_wrappers();
        project.paths = Paths::search(Routes { files: &project.files, graph: &project.graph, entries: &project.entries });
        project.slots = Slots::collect(&project, &impls);
        project.growth = Growth::find(&project);
        project.index_roles();
        project
    }

    fn world(&self) -> World<'_> {
        World {
            files: &self.files,
            modules: &self.modules,
            models: &self.models,
            classes: &self.classes,
            state: &self.state,
            children: &self.children,
            extensions: &self.extensions,
            known: KnownTypes::of(&self.models),
            max_seconds: self.options.max_seconds,
        }
    }

    /// The last evaluation, which notes what rules ask about.
    fn record(&mut self) {
        let all: Vec<FnId> = self.functions().collect();
        let outcomes = rounds::evaluate_all(&self.world(), &all, true);
        for (_, outcome) in outcomes {
            self.events.push(outcome.events);
            self.once.push(outcome.once);
        }
    }

    /// Decorators of the project itself: the decorated function is reached through the wrapper, so the wrapper is on its path.
    fn add_wrappers(&mut self) {
        let mut edges = Vec::new();
        for events in &self.events {
            for event in events {
                let Event::Decorated { function, op, by, .. } = *event else { continue };
                let Kind::Function(decorator) = by.kind else { continue };
                if let Kind::Function(wrapper) = self.state.result(decorator).kind {
                    let how = super::eval::How::Direct;
                    edges.push(Edge { caller: function, op, callee: wrapper, how, once: false, outside: true, bound: false });
                }
            }
        }
        edges.into_iter().filter(|edge| edge.caller != edge.callee).for_each(|edge| self.graph.add(edge));
    }

    fn index_roles(&mut self) {
        for (at, events) in self.events.iter().enumerate() {
            for (index, event) in events.iter().enumerate() {
                if let Event::Act { act, .. } = event
                    && let Some(role) = self.models.act(*act).behaviour.role
                {
                    self.by_role.push((role, FnId::from_index(at), u32::try_from(index).unwrap_or(u32::MAX)));
                }
            }
        }
        self.by_role.sort_unstable();
    }

    /// The files.
    #[must_use]
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// The files, when the project is no longer needed.
    #[must_use]
    pub fn into_files(self) -> Vec<super::FileData> {
        self.files.into_list()
    }

    /// What models say of the operations of a function: calls, decorators, iterations.
    #[must_use]
    pub fn described(&self, function: FnId) -> Vec<(OpId, &Act)> {
        let mut acts: Vec<(OpId, ActId)> = evaluate(&self.world(), function, true).acts.into_iter().collect();
        acts.sort_unstable();
        acts.into_iter().map(|(op, act)| (op, self.models.act(act))).collect()
    }

    /// Code the platform calls, sorted by function.
    #[must_use]
    pub fn entry_points(&self) -> &[super::EntryPoint] {
        &self.entries.points
    }

    /// Where an entry point is registered.
    #[must_use]
    pub fn registration(&self, point: &super::EntryPoint) -> Option<Place> {
        point.registered.map(|(function, op)| self.place(function, op))
    }

    /// The models in force.
    #[must_use]
    pub fn models(&self) -> &Models {
        &self.models
    }

    /// Every function, in order of the files.
    pub fn functions(&self) -> impl Iterator<Item = FnId> + use<> {
        (0..self.files.function_count()).map(FnId::from_index)
    }

    /// The facts of a function.
    #[must_use]
    pub fn facts(&self, function: FnId) -> &Function {
        self.files.facts(function)
    }

    /// The language of a function.
    #[must_use]
    pub fn language(&self, function: FnId) -> Language {
        self.files.get(self.files.locate(function).0).language
    }

    /// What is kept for the life of the process, and who uses it.
    #[must_use]
    pub fn slots(&self) -> &Slots {
        &self.slots
    }

    /// All sites of a role, in order of the files.
    pub fn sites(&self, role: Role) -> impl Iterator<Item = Site<'_>> {
        let start = self.by_role.partition_point(|&(of, ..)| of < role);
        self.by_role[start..]
            .iter()
            .take_while(move |&&(of, ..)| of == role)
            .filter_map(|&(role, function, index)| self.site(role, function, &self.events[function.index()][index as usize]))
    }

    fn site(&self, role: Role, function: FnId, event: &Event) -> Option<Site<'_>> {
        let Event::Act { op, act, receiver, result, deadline } = *event else { return None };
        Some(Site { function, op, act: self.models.act(act), role, receiver, result, deadline })
    }

    /// Whether a function has a site of this role; for questions asked of every site, which must not look at all others.
    #[must_use]
    pub fn has_role(&self, function: FnId, role: Role) -> bool {
        let at = self.by_role.partition_point(|&(of, other, _)| (of, other) < (role, function));
        self.by_role.get(at).is_some_and(|&(of, other, _)| of == role && other == function)
    }

    /// All sites inside one function, in order of the tape.
    pub fn sites_in(&self, function: FnId) -> impl Iterator<Item = Site<'_>> {
        self.events[function.index()].iter().filter_map(move |event| {
            let Event::Act { act, .. } = event else { return None };
            self.site(self.models.act(*act).behaviour.role?, function, event)
        })
    }

    pub(crate) fn events(&self, function: FnId) -> &[Event] {
        &self.events[function.index()]
    }

    /// The behaviour with this id.
    #[must_use]
    pub fn act(&self, id: ActId) -> &Act {
        self.models.act(id)
    }

    /// The values of all operations of a function, evaluated anew.
    #[must_use]
    pub fn values(&self, function: FnId) -> Vec<Value> {
        evaluate(&self.world(), function, false).values
    }

    /// The site's place: a call starts where its receiver's expression starts.
    #[must_use]
    pub fn site_place(&self, site: &Site<'_>) -> Place {
        self.place(site.function, site.op)
    }

    /// How a site's callee is written for people: `psycopg2.connect`, `Session.get`.
    #[must_use]
    pub fn callee_name(&self, site: &Site<'_>) -> String {
        site.act.name.clone()
    }

    /// Whether some settings file says `what`; with the place where it does, and the setting's name.
    #[must_use]
    pub fn setting(&self, what: Setting) -> Option<(Place, String)> {
        let models = self.models.settings().iter().filter(|model| model.says == what);
        models.flat_map(|model| self.setting_values(&model.name).map(move |found| (model, found))).find_map(|(model, found)| {
            let (place, text) = found;
            let says = match &text {
                Some(text) => {
                    model.values.is_empty() || model.values.iter().any(|value| text == value || text.ends_with(value.as_str()))
                }
                None => model.values.is_empty(),
            };
            says.then(|| (place, model.name.clone()))
        })
    }

    /// Constant values given to a dotted setting at module level: `REST_FRAMEWORK.DEFAULT_PAGINATION_CLASS`.
    fn setting_values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (Place, Option<String>)> + 'a {
        let (head, keys) = name.split_once('.').map_or((name, ""), |(head, keys)| (head, keys));
        let read =
            |data: &super::FileData| data.language == Language::Python && !super::surroundings::is_for_development(&data.path);
        let bodies = self
            .files
            .iter()
            .filter(move |(_, data)| read(data))
            .flat_map(|(file, data)| data.facts.functions.iter().map(move |body| (file, data, body)));
        bodies.flat_map(move |(file, data, body)| {
            body.tape().filter_map(move |(at, op)| {
                let OpKind::Store { target, value, .. } = op.kind else { return None };
                let at_load = matches!(body.kind, FunctionKind::Module | FunctionKind::ClassBody);
                let named = match target {
                    Target::Name(stored) => at_load && data.facts.names.get(stored) == head,
                    // `app.config["SESSION_TYPE"] = ..`
                    Target::Item(_, key) => match body.op(key).kind {
                        OpKind::Literal(Literal::Text(text)) => data.facts.names.get(text) == head,
                        _ => false,
                    },
                    _ => false,
                };
                // A choice between settings is somebody's decision at deployment.
                let chosen = body.regions_around(at).any(|region| region.kind.is_arm());
                if !named || chosen {
                    return None;
                }
                let value = keys.split('.').filter(|key| !key.is_empty()).try_fold(value, |value, key| {
                    let OpKind::Construct(_, parts) = body.op(value).kind else { return None };
                    let named =
                        body.list(parts).iter().find(|part| part.name.is_some_and(|name| data.facts.names.get(name) == key));
                    named.map(|part| part.value)
                })?;
                let text = match body.op(value).kind {
                    OpKind::Literal(Literal::Text(text)) => Some(data.facts.names.get(text).to_owned()),
                    OpKind::Literal(Literal::None) => return None,
                    _ => None,
                };
                Some((Place { file, span: body.op(value).span }, text))
            })
        })
    }
}

/// Bases of all classes, resolved as paths; what they are called with is of no matter.
fn resolve_bases(files: &Files, modules: &Modules, models: &Models, classes: &mut Classes) {
    let empty = State::start(files, classes, modules.globals.len(), modules.stored.len());
    let children = vec![Vec::new(); files.function_count()];
    let extensions = vec![Vec::new(); files.iter().count()];
    let mut bases: Vec<Vec<TypeRef>> = Vec::with_capacity(files.class_count());
    {
        // Two passes: `class A(db.Model)` needs the value of the variable `db`, which the first pass over module bodies gives.
        let mut state = empty;
        for _ in 0..2 {
            let world = World {
                files,
                modules,
                models,
                classes,
                state: &state,
                children: &children,
                extensions: &extensions,
                known: KnownTypes::of(models),
                max_seconds: 60.0,
            };
            let outcomes = rounds::evaluate_modules(&world);
            bases = outcomes.iter().flat_map(|(file, values, _)| class_bases(files, &world, *file, values)).collect();
            rounds::absorb_modules(&mut state, outcomes);
        }
    }
    for (at, bases) in bases.into_iter().enumerate() {
        classes.all[at].bases = bases;
    }
}

/// The bases of the classes of one file, in order of the classes.
fn class_bases(files: &Files, world: &World<'_>, file: FileId, module_values: &[Value]) -> Vec<Vec<TypeRef>> {
    let facts = &files.get(file).facts;
    let nested: Vec<_> = facts.classes.iter().map(|class| class.parent).filter(|parent| parent.0 != 0).collect();
    let other: Vec<_> =
        nested.iter().map(|&parent| (parent, evaluate(world, files.function(file, parent), false).values)).collect();
    let value = |parent: crate::facts::FunctionId, op: OpId| {
        if parent.0 == 0 {
            return module_values.get(op.index()).copied();
        }
        other.iter().find(|(of, _)| *of == parent).and_then(|(_, values)| values.get(op.index()).copied())
    };
    let of_class = |class: &crate::facts::Class| {
        let bases = class.bases.iter().filter_map(|&op| match value(class.parent, op)?.kind {
            Kind::Class(ty) => Some(ty.base),
            Kind::External(node) => world.models.type_at(node).map(TypeRef::Model),
            _ => None,
        });
        bases.collect()
    };
    facts.classes.iter().map(of_class).collect()
}

/// Which extension traits each file has in scope; one that names no import always is.
fn active_extensions(files: &Files, models: &Models) -> Vec<Vec<u16>> {
    let of_file = |data: &super::FileData| {
        let facts = &data.facts;
        let imports: Vec<(Vec<&str>, bool)> = facts
            .imports
            .iter()
            .map(|import| (import.path.iter().map(|&name| facts.names.get(name)).collect(), import.glob))
            .collect();
        let nodes: Vec<_> =
            imports.iter().filter_map(|(path, glob)| Some((models.find(data.language, &path.join("."))?, *glob))).collect();
        let active = models.extensions(data.language).enumerate().filter(|(_, extension)| {
            extension.imports.is_empty()
                || extension
                    .imports
                    .iter()
                    .any(|&wanted| nodes.iter().any(|&(node, glob)| node == wanted || (glob && models.is_child(node, wanted))))
        });
        active.map(|(at, _)| u16::try_from(at).unwrap_or(u16::MAX)).collect()
    };
    files.iter().map(|(_, data)| of_file(data)).collect()
}

/// Whether a class is used as an instance kept by the process; see [`Slots`].
impl Project {
    /// Whether `class` has instances that live as long as the process.
    #[must_use]
    pub fn is_resident(&self, class: ClassRef) -> bool {
        self.slots.is_resident(class)
    }
}
