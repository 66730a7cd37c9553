//! Entry points: code the platform calls, known from models, conventions, bases and the place of a file.

use super::crates::Crates;
use super::surroundings::is_for_development;
use super::test_crates::for_tests;
use crate::facts::{FunctionId, FunctionKind, OpId, OpKind, RegionKind};
use crate::finding::FileId;
use crate::lang::Language;
use crate::link::Files;
use crate::link::names::classes::{Classes, ImplInfo};
use crate::link::names::modules::Modules;
use crate::link::values::arguments::{self, Given};
use crate::link::values::eval::{Event, resolve_path};
use crate::link::values::rounds::shares_module_scope;
use crate::link::values::value::{ClassRef, FnId, Kind, TypeRef, Value};
use crate::models::schema::{Argument, EntryMethods};
use crate::models::{ActId, EntryKind, ModelTypeId, Models, NodeId, Trait};
use crate::walk::folder_of;
use rustc_hash::FxHashSet;

/// A function that the platform calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryPoint {
    /// The function.
    pub function: FnId,
    /// When it runs.
    pub kind: EntryKind,
    /// How people call it: `GET /users`; empty when nothing says.
    pub label: String,
    /// Where it is registered: a function and an operation on its tape.
    pub registered: Option<(FnId, OpId)>,
}

/// What a path ends with that leads to one of many.
pub(super) const ONE: &str = "/{id}";

/// Methods that are named by what they do, with the verb that they answer to, and whether they answer for one of many.
const ACTIONS: [(&str, &str, bool); 6] = [
    ("list", "GET", false),
    ("create", "POST", false),
    ("retrieve", "GET", true),
    ("update", "PUT", true),
    ("partial_update", "PATCH", true),
    ("destroy", "DELETE", true),
];

/// Entry points, and functions that run at most once.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    /// All of them, in the order of their functions; a function may be one of several kinds.
    pub points: Vec<EntryPoint>,
    /// Decorated so that results are kept.
    pub memoised: Vec<bool>,
    /// The platform ends each run after a set time.
    pub bounded: Vec<bool>,
    /// Tests, fixtures, everything in files of tests and samples, and in modules that nothing loads.
    pub test: Vec<bool>,
}

impl Entries {
    /// What a function is an entry point for; empty when nothing outside calls it.
    pub(crate) fn of(&self, function: FnId) -> &[EntryPoint] {
        let start = self.points.partition_point(|point| point.function < function);
        let count = self.points[start..].partition_point(|point| point.function == function);
        &self.points[start..start + count]
    }

    /// Put the points in the order that `of` needs, each once.
    pub(crate) fn sort(&mut self) {
        self.points
            .sort_by(|a, b| (a.function, a.kind, &a.label, a.registered).cmp(&(b.function, b.kind, &b.label, b.registered)));
        self.points.dedup();
    }

    /// Leave out the names of classes and methods where the same function has a route: `Users.get` beside `GET /users`.
    pub(super) fn leave_unnamed(&mut self) {
        let routed: FxHashSet<(FnId, EntryKind)> = self
            .points
            .iter()
            .filter(|point| point.registered.is_some() && point.label.contains('/'))
            .map(|point| (point.function, point.kind))
            .collect();
        let is_named = |point: &EntryPoint| point.registered.is_some() && !point.label.is_empty();
        self.points.retain(|point| is_named(point) || !routed.contains(&(point.function, point.kind)));
    }

    /// Whether requests, jobs or the clock call a function.
    pub(crate) fn serves(&self, function: FnId) -> bool {
        self.of(function).iter().any(|point| point.kind.serves())
    }
}

struct Finder<'p> {
    files: &'p Files,
    modules: &'p Modules,
    models: &'p Models,
    classes: &'p Classes,
    entries: Entries,
    /// How paths of crates and modules begin that serve tests alone.
    for_tests: Vec<String>,
}

/// Find the entry points of a project.
pub(crate) fn find(
    files: &Files,
    modules: &Modules,
    models: &Models,
    classes: &Classes,
    events: &[Vec<Event>],
    impls: &[ImplInfo],
    crates: &Crates,
) -> Entries {
    let count = files.function_count();
    let entries =
        Entries { memoised: vec![false; count], bounded: vec![false; count], test: vec![false; count], ..Entries::default() };
    let mut finder = Finder { files, modules, models, classes, entries, for_tests: for_tests(files, crates) };
    for (at, events) in events.iter().enumerate() {
        let registrar = FnId::from_index(at);
        for event in events {
            finder.event(registrar, event);
        }
    }
    finder.classes();
    finder.programs();
    impls.iter().for_each(|block| finder.implementation(*block));
    (0..count).map(FnId::from_index).for_each(|id| finder.by_nature(id));
    finder.leave_tools();
    finder.leave_tests();
    finder.entries.settle_memoised();
    finder.entries.sort();
    finder.entries
}

impl Entries {
    /// A dependency that keeps its result is made for the first request and for no other.
    fn settle_memoised(&mut self) {
        let Self { points, memoised, .. } = self;
        for point in points.iter_mut().filter(|point| point.label == "dependency" && memoised[point.function.index()]) {
            point.kind = EntryKind::Startup;
            point.label.clear();
        }
    }
}

impl Finder<'_> {
    fn add(&mut self, function: FnId, kind: EntryKind, label: String) {
        self.entries.points.push(EntryPoint { function, kind, label, registered: None });
    }

    fn add_registered(&mut self, function: FnId, kind: EntryKind, label: &str, at: (FnId, OpId)) {
        self.entries.points.push(EntryPoint { function, kind, label: label.to_owned(), registered: Some(at) });
    }

    fn event(&mut self, registrar: FnId, event: &Event) {
        match event {
            // Routes of a developer's machine.
            Event::Entry { op, .. } if self.is_for_debugging(registrar, *op) => {}
            Event::Entry { op, kind, handler, label, act } => {
                self.handler(*handler, *kind, *act, label.as_deref().unwrap_or_default(), (registrar, *op));
            }
            Event::Decorated { function, act: Some(act), label, op, by } => {
                self.entries.bounded[function.index()] |= by.has(Trait::Timed);
                let behaviour = &self.models.act(*act).behaviour;
                // A registration that is given no handler takes what it decorates, bare or called.
                let takes = |handler: &Argument| !self.gives(registrar, *op, handler);
                if let Some(entry) = behaviour.entry.as_ref().filter(|entry| entry.handler.as_ref().is_none_or(takes)) {
                    self.add_registered(*function, entry.kind, label.as_deref().unwrap_or_default(), (registrar, *op));
                }
                self.entries.memoised[function.index()] |= behaviour.once;
                self.entries.test[function.index()] |= behaviour.test;
            }
            // A decorator of the project that makes it a thing whose methods the platform calls: `return celery.task(..)`.
            Event::Decorated { function, act: None, by, op, .. } => {
                let made = by.model_type().filter(|_| matches!(by.kind, Kind::Instance(_)));
                let mut methods = made.into_iter().flat_map(|ty| self.models.lineage(ty)).flat_map(|ty| &ty.entry_methods);
                if let Some(kind) = methods.next().map(|methods| methods.kind) {
                    self.add_registered(*function, kind, "", (registrar, *op));
                }
            }
            _ => {}
        }
    }

    /// Whether an operation is a call that gives an argument.
    fn gives(&self, function: FnId, op: OpId, argument: &Argument) -> bool {
        let facts = self.files.facts(function);
        let OpKind::Call { args, .. } = facts.op(op).kind else { return false };
        let names = &self.files.get(self.files.locate(function).0).facts.names;
        !matches!(arguments::find(names, facts, &argument.name, argument.position, facts.list(args)), Given::Absent)
    }

    /// Whether an operation runs only when a switch for debugging is on: `if settings.DEBUG:`.
    fn is_for_debugging(&self, function: FnId, op: OpId) -> bool {
        let facts = self.files.facts(function);
        let (file, _) = self.files.locate(function);
        facts.regions_around(op).any(|region| match region.kind {
            RegionKind::Branch { condition: Some(condition), positive: true } => match facts.op(condition).kind {
                OpKind::Name(name) | OpKind::Attribute(_, name) => self.files.name(file, name).eq_ignore_ascii_case("debug"),
                _ => false,
            },
            _ => false,
        })
    }

    /// Functions that the project's package declares as programs: `[project.scripts]`, `[tool.poetry.scripts]`.
    fn programs(&mut self) {
        let files = self.files;
        let manifests = files.manifests().filter(|(path, _)| path.ends_with("pyproject.toml"));
        let tables = manifests.filter_map(|(path, text)| Some((path, text.parse::<toml::Table>().ok()?)));
        for (path, table) in tables {
            let folder = folder_of(path);
            let standard = table.get("project").and_then(|project| project.get("scripts"));
            let poetry = table.get("tool").and_then(|tool| tool.get("poetry")?.get("scripts"));
            let scripts = [standard, poetry].into_iter().flatten().filter_map(toml::Value::as_table);
            for target in scripts.flat_map(|scripts| scripts.values()).filter_map(toml::Value::as_str) {
                let Some((module, name)) = target.split_once(':') else { continue };
                let module = module.replace('.', "/");
                let wanted = [format!("{module}.py"), format!("{module}/__init__.py")];
                let matches = |path: &str| path.starts_with(folder) && wanted.iter().any(|end| path.ends_with(end.as_str()));
                let found = files.iter().filter(|(_, data)| matches(&data.path)).flat_map(|(file, data)| {
                    let functions = data.facts.functions.iter().enumerate();
                    let named = functions.filter(|(_, function)| {
                        function.parent.is_some_and(|parent| parent.0 == 0)
                            && function.name.is_some_and(|id| data.facts.names.get(id) == name)
                    });
                    named.map(move |(at, _)| files.function(file, FunctionId::from_index(at))).collect::<Vec<_>>()
                });
                let found: Vec<FnId> = found.collect();
                found.into_iter().for_each(|function| self.add(function, EntryKind::Command, name.to_owned()));
            }
        }
    }

    fn handler(&mut self, handler: Value, kind: EntryKind, act: Option<ActId>, label: &str, at: (FnId, OpId)) {
        match handler.kind {
            Kind::Function(function) => self.add_registered(function, kind, label, at),
            Kind::Class(ty) | Kind::Instance(ty) => {
                let TypeRef::Project(class) = ty.base else { return };
                let (_, mut modelled) = self.classes.lineage(class);
                if modelled.is_empty() {
                    modelled.extend(act.and_then(|act| self.stated_class(class, act)));
                }
                let entry = act.and_then(|act| self.models.act(act).behaviour.entry.as_ref());
                let actions = entry.is_some_and(|entry| entry.actions);
                if self.view_methods(class, &modelled, kind, (label, actions), at) {
                    return;
                }
                for method in ["__init__", "__call__"] {
                    if let Some(function) = self.classes.method(class, method) {
                        self.add_registered(function, kind, label, at);
                    }
                }
            }
            _ => {}
        }
    }

    /// A class registered as a whole: its methods that the framework calls get the path it is registered under.
    fn view_methods(
        &mut self,
        class: ClassRef,
        modelled: &[ModelTypeId],
        kind: EntryKind,
        (label, actions): (&str, bool),
        at: (FnId, OpId),
    ) -> bool {
        let lineages = modelled.iter().flat_map(|&base| self.models.lineage(base));
        let names: Vec<&String> = lineages.flat_map(|ty| &ty.entry_methods).flat_map(|methods| &methods.names).collect();
        let methods: Vec<_> = names.into_iter().filter_map(|name| Some((name, self.classes.method(class, name)?))).collect();
        for (name, method) in &methods {
            let verb = ["get", "post", "put", "patch", "delete", "head", "options"].contains(&name.as_str());
            let action = ACTIONS.iter().find(|(action, ..)| actions && action == name);
            let label = match action {
                Some((_, verb, one)) => format!("{verb} {label}{}", if *one { ONE } else { "" }),
                None if verb => format!("{} {label}", name.to_ascii_uppercase()),
                None => label.to_owned(),
            };
            self.add_registered(*method, kind, &label, at);
        }
        !methods.is_empty()
    }

    /// What a class must be for the call to take it.
    fn stated_class(&self, class: ClassRef, act: ActId) -> Option<ModelTypeId> {
        let stated = self.models.act(act).behaviour.entry.as_ref()?.class.as_ref()?;
        let (file, _) = self.files.locate_class(class);
        self.models.type_at(self.models.find(self.files.get(file).language, stated)?)
    }

    /// Methods that a framework calls on subclasses of its own classes.
    fn classes(&mut self) {
        for at in 0..self.files.class_count() {
            let class = ClassRef::from_index(at);
            let (_, modelled) = self.classes.lineage(class);
            for base in modelled {
                let lineage: Vec<_> = self.models.lineage(base).collect();
                for ty in lineage {
                    ty.entry_methods.iter().for_each(|methods| self.entry_methods(class, methods));
                    if ty.test {
                        let methods: Vec<FnId> = self.classes.all[at].methods.values().copied().collect();
                        methods.into_iter().for_each(|method| self.entries.test[method.index()] = true);
                    }
                }
            }
        }
    }

    fn entry_methods(&mut self, class: ClassRef, methods: &EntryMethods) {
        let own = &self.classes.all[class.index()].methods;
        let (files, locate) = (self.files, self.files.locate_class(class));
        let class_name = files.name(locate.0, files.get(locate.0).facts.classes[locate.1.index()].name);
        let mut found: Vec<(FnId, String)> = own
            .iter()
            .filter(|(name, function)| {
                let any = methods.names.iter().any(|wanted| wanted == "*") && files.facts(**function).is_public;
                let fits = |wanted: &String| match wanted.strip_suffix('*') {
                    Some(beginning) => !beginning.is_empty() && name.starts_with(beginning),
                    None => **wanted == ***name,
                };
                any || methods.names.iter().any(fits)
            })
            .map(|(name, &function)| (function, format!("{class_name}.{name}")))
            .collect();
        found.sort();
        let kind = methods.kind;
        found.into_iter().for_each(|(function, label)| self.add(function, kind, label));
    }

    /// Rust: implementing a trait of a framework.
    fn implementation(&mut self, block: ImplInfo) {
        let data = self.files.get(block.file);
        let implementation = &data.facts.impls[block.at];
        let interface = implementation.interface.and_then(|op| self.node_of(block.file, implementation.tape(&data.facts), op));
        let attributes =
            implementation.decorators.iter().map(|&op| self.node_of(block.file, implementation.tape(&data.facts), op));
        let mut kinds = attributes.chain([None]).filter_map(|attribute| self.models.implement(interface, attribute));
        let Some(kind) = kinds.next() else { return };
        for &method in &implementation.methods {
            let id = self.files.function(block.file, method);
            let name = data.facts.functions[method.index()].name.map(|name| self.files.name(block.file, name).to_owned());
            self.add(id, kind, name.unwrap_or_default());
        }
    }

    /// The model node that a path leads to.
    fn node_of(&self, file: FileId, tape: &crate::facts::Function, op: OpId) -> Option<NodeId> {
        let facts = &self.files.get(file).facts;
        let path: Vec<&str> = tape.path(op)?.into_iter().map(|name| facts.names.get(name)).collect();
        let module = self.modules.of(file, &[]);
        match resolve_path(self.files, self.modules, self.models, module, &path)?.kind {
            Kind::External(node) => Some(node),
            _ => None,
        }
    }

    /// A program in a folder of tools runs when somebody asks for it, and is no start of a service; one of several in `bin` may well be.
    fn leave_tools(&mut self) {
        let files = self.files;
        let asked_for = |function: FnId| {
            let (file, _) = files.locate(function);
            let data = files.get(file);
            let main = files.facts(function).name.is_some_and(|name| files.name(file, name) == "main");
            let tool = || files.purpose(file) == Some(EntryKind::Command);
            data.language == Language::Rust && main && tool() && !data.path.split('/').any(|folder| folder == "bin")
        };
        self.entries.points.retain(|point| point.kind != EntryKind::Startup || !asked_for(point.function));
    }

    /// When the platform runs a method, as what its class is made with says: middleware that is given the next handler.
    /// Only where a setting names the class that counts in production.
    fn by_constructor(&self, method: FnId, name: &str) -> Option<(EntryKind, &str)> {
        let class = self.classes.owner[method.index()]?;
        let constructor = self.classes.method(class, "__init__")?;
        let (file, _) = self.files.locate(constructor);
        let made = self.files.facts(constructor);
        let parameters: Vec<&str> = made.params.iter().map(|param| self.files.name(file, param.name)).collect();
        let kind = self.models.method_convention(self.files.get(file).language, name, &parameters)?;
        let (file, local) = self.files.locate_class(class);
        let class = self.files.name(file, self.files.get(file).facts.classes[local.index()].name);
        let set = self.files.iter().filter(|(_, data)| !is_for_development(&data.path)).any(|(_, data)| {
            let names = |text: &str| text.strip_suffix(class).is_some_and(|path| path.ends_with('.'));
            data.language == Language::Python && data.facts.names.iter().any(|(_, text)| names(text))
        });
        set.then_some((kind, class))
    }

    /// What a test registers, it registers for itself: an application of its own around the views of the service.
    fn leave_tests(&mut self) {
        let Entries { points, test, .. } = &mut self.entries;
        points.retain(|point| !point.registered.is_some_and(|(registrar, _)| test[registrar.index()]));
    }

    /// Module bodies, main programs, tests; functions that the platform finds by name.
    fn by_nature(&mut self, id: FnId) {
        let (file, _) = self.files.locate(id);
        let data = self.files.get(file);
        let facts = self.files.facts(id);
        let purpose = self.files.purpose(file);
        self.entries.test[id.index()] |= facts.is_test
            || purpose == Some(EntryKind::Test)
            || self.for_tests.iter().any(|beginning| data.path.starts_with(beginning.as_str()));
        let at_load = shares_module_scope(facts.kind) || matches!(facts.kind, FunctionKind::ClassBody | FunctionKind::LazyInit);
        if at_load {
            let kind = match facts.kind {
                // What a test file does when it is loaded, it does for its tests.
                _ if self.entries.test[id.index()] => EntryKind::Test,
                FunctionKind::MainGuard => EntryKind::Command,
                // Nobody can import a file without an ending: it is a program, and what serves in it is an entry of its own.
                FunctionKind::Module if data.language == Language::Python && !data.path.ends_with(".py") => EntryKind::Command,
                _ => EntryKind::Startup,
            };
            self.add(id, kind, String::new());
            return;
        }
        let name = facts.name.map_or("", |name| self.files.name(file, name));
        let top_level = facts.kind == FunctionKind::Function && facts.parent.is_some_and(|parent| parent.0 == 0);
        if top_level {
            let parameters: Vec<&str> = facts.params.iter().map(|param| self.files.name(file, param.name)).collect();
            if let Some((kind, bounded)) = self.models.convention(data.language, name, &parameters) {
                self.add(id, kind, name.to_owned());
                self.entries.bounded[id.index()] |= bounded;
            }
            if data.language == Language::Rust && name == "main" {
                self.add(id, EntryKind::Startup, "main".to_owned());
            }
        }
        if let Some((kind, class)) = self.by_constructor(id, name) {
            self.add(id, kind, format!("{class}.{name}"));
        }
        match purpose {
            Some(kind @ (EntryKind::Migration | EntryKind::Command)) if top_level => self.add(id, kind, name.to_owned()),
            _ => {}
        }
    }
}
