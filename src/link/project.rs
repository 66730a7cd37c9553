//! The linked project: what rules ask. Built once by [`Project::link`], then only read.

use super::Files;
use super::data::entities::Entities;
use super::data::growth::Growth;
use super::data::reverse::Reverse;
use super::data::schema::Schema;
use super::data::tables::Tables;
use super::deployed::code::Deployed;
use super::indexes::Indexes;
use super::names::bases;
use super::names::classes::{self, Classes};
use super::names::contracts::Contracts;
use super::names::extensions::active_extensions;
use super::names::modules::Modules;
use super::options::Options;
use super::reach::entries::{self, Entries};
use super::reach::graph::Graph;
use super::reach::paths::{Paths, Routes};
use super::reach::test_crates::browser_crates;
use super::retrying::retries::Retry;
use super::state::slots::Slots;
use super::values::eval::{Deadline, Event, KnownTypes, Once, World};
use super::values::remembered::Remembered;
use super::values::rounds::{self, State};
use super::values::value::{ClassRef, FnId, Slot, Value};
use crate::deploy::Deployment;
use crate::facts::{Function, OpId};
use crate::finding::{FileId, Place};
use crate::lang::Language;
use crate::models::{Act, ActId, Models, Role};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::OnceLock;

/// A linked project.
#[derive(Debug)]
pub struct Project {
    files: Files,
    models: Models,
    known: KnownTypes,
    pub(crate) modules: Modules,
    pub(crate) classes: Classes,
    /// What statements of SQL define.
    pub(super) tables: Tables,
    pub(crate) state: State,
    pub(super) children: Vec<Vec<FnId>>,
    extensions: Vec<Vec<u16>>,
    events: Vec<Vec<Event>>,
    pub(crate) once: Vec<Vec<Once>>,
    pub(crate) graph: Graph,
    pub(crate) entries: Entries,
    /// For each declared entry point, whether there is such a function.
    pub(super) declared_found: Vec<bool>,
    pub(crate) paths: Paths,
    slots: Slots,
    pub(super) growth: Growth,
    /// The declared tables, once somebody asked.
    schema: OnceLock<Schema>,
    /// The columns and keys of entities, once somebody asked.
    pub(super) entities: OnceLock<Entities>,
    /// What is tried again, once somebody asked: several rules do.
    pub(super) retries: OnceLock<Vec<Retry>>,
    /// Folders of crates that run in a browser.
    pub(super) browser_crates: Vec<String>,
    /// The methods that stand in for an abstract one.
    pub(super) implementations: FxHashMap<FnId, Vec<FnId>>,
    pub(super) options: Options,
    /// The longest acceptable wait in each file, in seconds.
    max_seconds: Vec<f64>,
    /// What deployment files say.
    pub(super) deployment: Deployment,
    /// Which code they run.
    pub(super) deployed: Deployed,
    /// What derives from the parameters of each function, without and with its receiver, once somebody asked.
    pub(super) of_params: [Vec<OnceLock<Box<[bool]>>>; 2],
    by_role: Vec<(Role, FnId, u32)>,
    /// The operations of each function that models describe, sorted.
    pub(super) acts: Vec<Vec<(OpId, ActId)>>,
    /// Values that somebody asked for.
    pub(super) remembered: Remembered,
    /// What is found by a walk over everything, once somebody asked.
    pub(super) indexes: Indexes,
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
    pub(crate) act_id: ActId,
    /// Its role.
    pub role: Role,
    /// What it is called on.
    pub receiver: Value,
    /// What it gives.
    pub result: Value,
    pub(crate) deadline: Deadline,
}

impl Site<'_> {
    /// The same with what is known of its time limit from elsewhere.
    pub(crate) fn with_deadline(self, deadline: Deadline) -> Self {
        Self { deadline, ..self }
    }
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
            Deadline::Unknown | Deadline::Awaited | Deadline::Passed => Deadlines::Unknown,
            Deadline::Missing | Deadline::Disabled | Deadline::Client | Deadline::SocketDefault => Deadlines::Never,
            Deadline::TooLong(_) | Deadline::Chosen(_) | Deadline::SlowClient => Deadlines::Late,
        }
    }
}

impl Project {
    /// Join the facts of all files.
    #[must_use]
    pub fn link(files: Files, models: Models, options: Options) -> Self {
        let tables = Tables::of(&files);
        let deployment = Deployment::of(&files);
        let mut modules = Modules::collect(&files);
        modules.spread_globs(&files, &models);
        modules.resolve_imports(&files, &models);
        let mut classes = Classes::collect(&files);
        let impls = classes::attach_impls(&files, &modules, &models, &mut classes);
        let children = rounds::children(&files);
        let extensions = active_extensions(&files, &modules, &models);
        let mut state = State::start(&files, &classes, &models, modules.globals.len(), modules.stored.len());
        let known = KnownTypes::of(&models);
        let max_seconds: Vec<f64> = files.list().iter().map(|file| options.max_seconds_for(&file.path)).collect();
        bases::resolve_bases(&files, &modules, &models, &mut classes);
        classes.reverse = Reverse::find(&files, &modules, &models, &classes);
        let contracts = Contracts::find(&files, &classes);
        state.stand_ins(&contracts.kept);
        let record = rounds::settle(
            &files,
            |state, todo| {
                if options.stop.is_set() {
                    return Vec::new();
                }
                let world = World {
                    files: &files,
                    modules: &modules,
                    models: &models,
                    classes: &classes,
                    tables: &tables,
                    state,
                    children: &children,
                    extensions: &extensions,
                    known,
                    max_seconds: &max_seconds,
                };
                rounds::evaluate_all(&world, todo, &options.stop)
            },
            &mut state,
        );
        let functions = files.function_count();
        let indexes = Indexes::of(&files);
        let remembered = Remembered::none(functions, files.list().len());
        let mut project = Self {
            files,
            models,
            known,
            modules,
            classes,
            tables,
            state,
            children,
            extensions,
            events: record.events,
            once: record.once,
            graph: Graph::default(),
            entries: Entries::default(),
            declared_found: Vec::new(),
            paths: Paths::default(),
            slots: Slots::default(),
            growth: Growth::default(),
            schema: OnceLock::new(),
            entities: OnceLock::new(),
            retries: OnceLock::new(),
            browser_crates: Vec::new(),
            implementations: FxHashMap::default(),
            options,
            max_seconds,
            deployment,
            deployed: Deployed::default(),
            of_params: [(); 2].map(|()| std::iter::repeat_with(OnceLock::new).take(functions).collect()),
            by_role: Vec::new(),
            acts: record.acts,
            remembered,
            indexes,
        };
        let Self { files, modules, models, classes, events, indexes, .. } = &project;
        project.entries = entries::find(files, modules, models, classes, events, &impls, &indexes.cargo);
        project.browser_crates = browser_crates(&project.files);
        project.add_declared_entries();
        project.settle_once();
        project.graph = Graph::of(&project.events, &project.once);
        project.leave_test_switches();
        project.settle_single_constructors();
        project.add_entries_through_wrappers();
        project.address_entries();
        project.find_ending_programs();
        project.add_worker_loops();
        project.add_factories();
        project.leave_unloaded_modules();
        project.leave_unsent_tasks();
        project.leave_unmounted_classes();
        project.add_implementations(contracts);
        project.add_wrappers();
        project.spread_tests();
        project.paths = Paths::search(
            Routes { files: &project.files, graph: &project.graph, entries: &project.entries },
            project.calls_making_handles(),
        );
        project.slots = Slots::collect(&project, &impls);
        project.growth = Growth::find(&project);
        project.index_roles();
        project.deployed = Deployed::find(&project);
        project
    }

    pub(super) fn world(&self) -> World<'_> {
        World {
            files: &self.files,
            modules: &self.modules,
            models: &self.models,
            classes: &self.classes,
            tables: &self.tables,
            state: &self.state,
            children: &self.children,
            extensions: &self.extensions,
            known: self.known,
            max_seconds: &self.max_seconds,
        }
    }

    /// What says that it is for tests, and only tests call, is part of the tests.
    fn spread_tests(&mut self) {
        let entries: FxHashSet<FnId> = self.entries.points.iter().map(|point| point.function).collect();
        for _ in 0..3 {
            let test = |id: &FnId| self.entries.test[id.index()];
            let only_tests = |id: &FnId| {
                let mut callers = self.graph.to(*id).peekable();
                self.function_name(*id).to_ascii_lowercase().contains("test")
                    && !test(id)
                    && !entries.contains(id)
                    && callers.peek().is_some()
                    && callers.all(|edge| test(&edge.caller))
            };
            let found: Vec<FnId> = self.functions().filter(only_tests).collect();
            found.into_iter().for_each(|id| self.entries.test[id.index()] = true);
        }
    }

    /// `if not self._loaded: self._load()`: the stretch runs once when what it calls fills the place it found empty.
    fn settle_once(&mut self) {
        let fills = |callee: FnId, slot: Slot| {
            self.events[callee.index()]
                .iter()
                .filter_map(|event| event.filled_slot(&self.models))
                .any(|(_, filled)| filled == slot)
        };
        let settled = self.once.iter().zip(&self.events).map(|(once, events)| {
            let filled = |once: &Once| match once.unfilled {
                None => true,
                Some(slot) => events.iter().any(|event| match event {
                    Event::Call { op, callee, .. } => once.holds(*op) && fills(*callee, slot),
                    _ => false,
                }),
            };
            once.iter().copied().filter(|once| filled(once)).collect()
        });
        self.once = settled.collect();
    }

    fn index_roles(&mut self) {
        for (at, events) in self.events.iter().enumerate() {
            for (index, event) in events.iter().enumerate() {
                let Event::Act { act, .. } = event else { continue };
                let index = u32::try_from(index).unwrap_or(u32::MAX);
                let roles = self.models.act(*act).behaviour.roles();
                self.by_role.extend(roles.map(|role| (role, FnId::from_index(at), index)));
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

    /// The same for a process that ends soon: what else the project holds stays where it is.
    #[must_use]
    pub fn leave(mut self) -> Vec<super::FileData> {
        let files = std::mem::take(&mut self.files);
        std::mem::forget(self);
        files.into_list()
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

    /// Every function, in order of the files; no more of them once the run is stopped.
    pub fn functions(&self) -> impl Iterator<Item = FnId> + use<> {
        let stop = self.options.stop.clone();
        (0..self.files.function_count()).map(FnId::from_index).take_while(move |_| !stop.is_set())
    }

    /// Whether nobody waits for what is asked of the project any more.
    pub(super) fn is_stopped(&self) -> bool {
        self.options.stop.is_set()
    }

    /// The facts of a function.
    #[must_use]
    pub fn facts(&self, function: FnId) -> &Function {
        self.files.facts(function)
    }

    /// The longest acceptable wait for an outside answer in a file, in seconds.
    pub(crate) fn max_seconds(&self, file: FileId) -> f64 {
        self.max_seconds.get(file.index()).copied().unwrap_or(self.options.max_seconds)
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

    /// All sites of a role, in order of the files; no more of them once the run is stopped.
    pub fn sites(&self, role: Role) -> impl Iterator<Item = Site<'_>> {
        let start = self.by_role.partition_point(|&(of, ..)| of < role);
        self.by_role[start..]
            .iter()
            .take_while(move |&&(of, ..)| of == role && !self.is_stopped())
            .filter_map(|&(role, function, index)| self.site(role, function, &self.events[function.index()][index as usize]))
    }

    fn site(&self, role: Role, function: FnId, event: &Event) -> Option<Site<'_>> {
        let Event::Act { op, act, receiver, result, deadline } = *event else { return None };
        Some(Site { function, op, act: self.models.act(act), act_id: act, role, receiver, result, deadline })
    }

    /// A described call that only shapes a query, as a site whose arguments can be asked for.
    pub(super) fn paged_site(&self, function: FnId, event: &Event) -> Option<Site<'_>> {
        let Event::Act { act, .. } = event else { return None };
        self.site(self.models.act(*act).behaviour.roles().next().unwrap_or(Role::Paginate), function, event)
    }

    /// Whether a function has a site of this role; for questions asked of every site, which must not look at all others.
    #[must_use]
    pub fn has_role(&self, function: FnId, role: Role) -> bool {
        let at = self.by_role.partition_point(|&(of, other, _)| (of, other) < (role, function));
        self.by_role.get(at).is_some_and(|&(of, other, _)| of == role && other == function)
    }

    /// All sites inside one function, in order of the tape, each with its first role.
    pub fn sites_in(&self, function: FnId) -> impl Iterator<Item = Site<'_>> {
        self.events[function.index()].iter().filter_map(move |event| {
            let Event::Act { op, act: act_id, receiver, result, deadline } = *event else { return None };
            let act = self.models.act(act_id);
            let role = act.behaviour.role.or_else(|| act.behaviour.also.first().copied())?;
            Some(Site { function, op, act, act_id, role, receiver, result, deadline })
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

    /// The tables that the project declares.
    pub(super) fn schema(&self) -> &Schema {
        self.schema.get_or_init(|| Schema::find(self))
    }

    /// The site's place: a call starts where its receiver's expression starts.
    #[must_use]
    pub fn site_place(&self, site: &Site<'_>) -> Place {
        self.place(site.function, site.op)
    }

    /// How a site's callee is written for people: `psycopg2.connect`, `Session.get`.
    #[must_use]
    pub fn callee_name(&self, site: &Site<'_>) -> String {
        // A model for names by how they end has none of its own.
        if site.act.name.contains('*') || site.act.name.ends_with(".__call__") {
            self.written_name(site)
        } else {
            site.act.name.clone()
        }
    }
}

/// Whether a class is used as an instance kept by the process; see [`Slots`].
impl Project {
    /// Whether `class` has instances that live as long as the process.
    #[must_use]
    pub fn is_resident(&self, class: ClassRef) -> bool {
        self.slots.is_resident(class)
    }

    /// Whether requests or jobs make instances of `class` for themselves.
    #[must_use]
    pub fn is_made_hot(&self, class: ClassRef) -> bool {
        self.slots.is_made_hot(class)
    }
}
