//! Which programs of this tree answer requests, with which routes, and what of the tree belongs to each?

use crate::facts::{Construct, Function, FunctionKind, Literal, NameId, Op, OpId, OpKind};
use crate::finding::FileId;
use crate::lang::Language;
use crate::link::FileData;
use crate::link::names::modules::folder_of;
use crate::link::project::{Project, Site};
use crate::link::reach::surroundings;
use crate::link::reach::words;
use crate::link::values::eval::Event;
use crate::link::values::value::FnId;
use crate::models::{EntryKind, NodeId, Role};
use rustc_hash::FxHashSet;

/// A program that answers requests, by the construction of its application or the start of its server.
#[derive(Debug)]
pub struct Service<'p> {
    /// The construction, or the start.
    pub site: Site<'p>,
    unit: (Language, &'p str),
}

/// The services of a project.
#[derive(Debug)]
pub struct Services<'p> {
    pub(crate) project: &'p Project,
    list: Vec<Service<'p>>,
}

/// A route of a service.
#[derive(Debug, Clone, Copy)]
pub struct Route<'p> {
    /// Who answers.
    pub handler: FnId,
    /// How people call it: `GET /users`.
    pub label: &'p str,
    /// Where it is registered.
    pub registered: Option<(FnId, OpId)>,
}

impl Project {
    /// The programs of this tree that answer requests, in order of their files. Several applications in one folder are one.
    #[must_use]
    pub fn services(&self) -> Services<'_> {
        let mut list: Vec<Service<'_>> = Vec::new();
        let mut folders = FxHashSet::default();
        let mounted = self.mounted_names();
        for site in self.sites(Role::Application) {
            let (file, _) = self.files().locate(site.function);
            let path = &self.files().get(file).path;
            let is_mounted = || self.receiving_name(site.function, site.op).is_some_and(|name| mounted.contains(&(file, name)));
            if self.is_program(&site) && !is_mounted() && folders.insert(folder_of(path)) {
                list.push(Service { site, unit: self.unit(file) });
            }
        }
        // What lies below another application of the same unit is a part of that.
        let folders: Vec<_> = list.iter().map(|service| (service.unit, folder_of(self.path_of(service.site.function)))).collect();
        list.retain(|service| {
            let own = folder_of(self.path_of(service.site.function));
            let above = |folder: &str| own.strip_prefix(folder).is_some_and(|rest| folder.is_empty() || rest.starts_with('/'));
            !folders.iter().any(|&(unit, folder)| unit == service.unit && folder != own && above(folder))
        });
        let mut services = Services { project: self, list };
        let served = services.list.iter().filter(|service| services.routes(service).next().is_some());
        let served: FxHashSet<FnId> = served.map(|service| service.site.function).collect();
        services.list.retain(|service| served.contains(&service.site.function));
        services
    }

    fn path_of(&self, function: FnId) -> &str {
        &self.files().get(self.files().locate(function).0).path
    }

    /// Whether code that makes an application or starts a server is part of a program of this tree: of no library, test or sample.
    #[must_use]
    pub fn is_program(&self, site: &Site<'_>) -> bool {
        let function = site.function;
        let facts = self.facts(function);
        if self.is_test(function) || self.is_client_side(function) {
            return false;
        }
        let (file, _) = self.files().locate(function);
        let python = self.language(function) == Language::Python;
        let stands_in = words::stands_in(&self.files().get(file).path);
        if python && self.is_script(function) || stands_in || self.is_for_this_machine(function) {
            return false;
        }
        let serves = site.act.behaviour.roles().any(|role| role == Role::Serve);
        match facts.kind {
            // An application made there is a demonstration of what the module offers others.
            FunctionKind::MainGuard => serves,
            FunctionKind::Module => true,
            _ => {
                let named = || {
                    let name = facts.name.map(|name| self.files().name(file, name));
                    python && name.is_some_and(|name| surroundings::sets_up(name) || words::makes_application(name))
                };
                [EntryKind::Startup, EntryKind::Command].into_iter().any(|kind| self.is_reached(function, kind)) || named()
            }
        }
    }

    /// Whether a server listens on this machine only, or wherever there is room: what its function, or one around it, says.
    pub(crate) fn is_for_this_machine(&self, function: FnId) -> bool {
        let (file, local) = self.files().locate(function);
        let functions = &self.files().get(file).facts.functions;
        let around = std::iter::successors(Some(local), |at| functions[at.index()].parent);
        let mut around = around.map(|at| &functions[at.index()]).take_while(|facts| facts.kind != FunctionKind::Module);
        let is_local = |facts: &Function, op: &Op| match op.kind {
            OpKind::Literal(Literal::Text(text)) => {
                let text = self.files().name(file, text);
                text.ends_with(":0") || text.starts_with("127.0.0.1") || text.starts_with("localhost")
            }
            // `([127, 0, 0, 1], 0)`
            OpKind::Construct(Construct::List, parts) => {
                facts.list(parts).first().is_some_and(|first| facts.op(first.value).kind == OpKind::Literal(Literal::Int(127)))
            }
            _ => false,
        };
        self.language(function) == Language::Rust && around.any(|facts| facts.ops.iter().any(|op| is_local(facts, op)))
    }

    /// Names, by file, of applications that are mounted in others.
    fn mounted_names(&self) -> FxHashSet<(FileId, String)> {
        let mut names = FxHashSet::default();
        for function in self.functions() {
            let facts = self.facts(function);
            let (file, _) = self.files().locate(function);
            for event in self.events(function) {
                let Event::Mount { routes, .. } = event else { continue };
                if let OpKind::Name(name) | OpKind::Attribute(_, name) = facts.op(*routes).kind {
                    let name = self.files().name(file, name);
                    names.insert((file, name.to_owned()));
                    names.extend(self.imported_from(file, name));
                }
            }
        }
        names
    }

    /// The file and name that an imported name stands for, as far as paths tell.
    fn imported_from(&self, file: FileId, name: &str) -> Option<(FileId, String)> {
        let data = self.files().get(file);
        let text = |id: NameId| data.facts.names.get(id);
        let import = data.facts.imports.iter().find(|import| import.name.is_some_and(|bound| text(bound) == name))?;
        let (&last, module) = import.path.split_last()?;
        let module: Vec<&str> = module.iter().map(|&part| text(part)).collect();
        let end = format!("{}.py", module.join("/"));
        let (found, _) = self.files().iter().find(|(_, other)| !module.is_empty() && other.path.ends_with(&end))?;
        Some((found, text(last).to_owned()))
    }

    /// The part of the tree with dependencies of its own that a file lies in: what is built and deployed together.
    pub(in crate::link) fn unit(&self, file: FileId) -> (Language, &str) {
        let data = self.files().get(file);
        let length = self.indexes.units.of(file.index(), self.files().list().len(), || self.find_unit(data).len());
        (data.language, &data.path[..length])
    }

    fn find_unit(&self, data: &FileData) -> &str {
        let manifests = self.files().manifests().filter_map(|(path, _)| {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            let of = if name.starts_with("Cargo") { Language::Rust } else { Language::Python };
            let folder = folder.strip_suffix("requirements").unwrap_or(folder).trim_end_matches('/');
            (of == data.language).then_some(folder)
        });
        let around =
            |folder: &&str| folder.is_empty() || data.path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        manifests.filter(around).max_by_key(|folder| folder.len()).unwrap_or("")
    }
}

/// What is built together: files by the units that they lie in.
struct Part<'p> {
    project: &'p Project,
    language: Language,
    units: FxHashSet<&'p str>,
}

impl Part<'_> {
    fn holds(&self, file: FileId) -> bool {
        let (language, folder) = self.project.unit(file);
        let is_test = || self.project.files().purpose(file) == Some(EntryKind::Test);
        language == self.language && self.units.contains(folder) && !is_test()
    }

    fn holds_function(&self, function: FnId) -> bool {
        self.holds(self.project.files().locate(function).0) && !self.project.is_test(function)
    }
}

impl<'p> Services<'p> {
    /// Every one.
    pub fn iter(&self) -> impl Iterator<Item = &Service<'p>> {
        self.list.iter()
    }

    /// What of the tree is built together with a unit.
    fn part(&self, unit: (Language, &'p str)) -> Part<'p> {
        let (language, folder) = unit;
        let units = match language {
            Language::Rust => self.project.cargo().needed_by(folder),
            // Nothing says which: any without a service of its own.
            Language::Python => {
                let all = self.project.files().iter().map(|(file, _)| self.project.unit(file));
                let free = all.filter(|other| other.0 == language && !self.list.iter().any(|service| service.unit == *other));
                free.map(|(_, folder)| folder).chain([folder]).collect()
            }
            Language::Sql | Language::Deployment(_) => FxHashSet::default(),
        };
        Part { project: self.project, language, units }
    }

    /// The files of the unit that a function lies in, and of those that it may use.
    pub(crate) fn files_around(&self, function: FnId) -> impl Iterator<Item = (FileId, &'p FileData)> + use<'p> {
        let (file, _) = self.project.files().locate(function);
        let part = self.part(self.project.unit(file));
        self.project.files().iter().filter(move |(file, _)| part.holds(*file))
    }

    /// The files of a service.
    pub fn files(&self, service: &Service<'p>) -> impl Iterator<Item = (FileId, &'p FileData)> + use<'p> {
        self.files_around(service.site.function)
    }

    /// Sites of a role in the code of a service.
    pub(crate) fn sites(&self, service: &Service<'p>, role: Role) -> impl Iterator<Item = Site<'p>> + use<'p> {
        let (project, part) = (self.project, self.part(service.unit));
        project.sites(role).filter(move |site| part.holds_function(site.function))
    }

    /// Its routes.
    pub fn routes(&self, service: &Service<'p>) -> impl Iterator<Item = Route<'p>> + use<'p> {
        self.routes_around(service.site.function)
    }

    /// Routes of the unit that a function lies in, and of those that it may use.
    pub(crate) fn routes_around(&self, function: FnId) -> impl Iterator<Item = Route<'p>> + use<'p> {
        let project = self.project;
        let part = self.part(project.unit(project.files().locate(function).0));
        let points = project.entry_points().iter().filter(|point| point.kind == EntryKind::Request);
        points.filter(move |point| part.holds_function(point.function)).map(|point| Route {
            handler: point.function,
            label: &point.label,
            registered: point.registered,
        })
    }

    /// Whether all that is asked around a function is how the process is; `None` when that holds for its own unit, and units
    /// that it may use have other routes.
    pub(crate) fn only_tells_of_itself(&self, function: FnId) -> Option<bool> {
        let unit = |function: FnId| self.project.unit(self.project.files().locate(function).0);
        // Routes that are registered where the server starts are those it has.
        let mut here =
            self.routes_around(function).filter(|route| route.registered.is_some_and(|(by, _)| by == function)).peekable();
        let mounts = || self.project.described(function).into_iter().filter(|(_, act)| act.behaviour.mount.is_some());
        let registers =
            |callee: FnId| self.routes_around(function).any(|route| route.registered.is_some_and(|(by, _)| by == callee));
        let takes_others = || {
            mounts().any(|(op, _)| self.project.is_made_from_params(function, op))
                || self.project.graph.from(function).any(|edge| edge.callee != function && registers(edge.callee))
        };
        if here.peek().is_some() && here.all(|route| words::is_probe(route.label)) && !takes_others() {
            return Some(true);
        }
        let (own, used): (Vec<Route<'_>>, Vec<Route<'_>>) =
            self.routes_around(function).partition(|route| unit(route.handler) == unit(function));
        let tells = |routes: &[Route<'_>]| routes.iter().all(|route| words::is_probe(route.label));
        match !own.is_empty() && tells(&own) {
            true if tells(&used) => Some(true),
            true => None,
            false => Some(false),
        }
    }

    /// Whether its code uses something that models give a role: by a call, a decorator, an import, or its name in a text.
    pub(crate) fn uses(&self, service: &Service<'p>, role: Role) -> bool {
        self.sites(service, role).next().is_some()
            || self.files(service).any(|(file, data)| self.decorates(file, role) || self.names_role(data, role))
    }

    fn decorates(&self, file: FileId, role: Role) -> bool {
        let project = self.project;
        let functions = (0..project.files().get(file).facts.functions.len()).map(crate::facts::FunctionId::from_index);
        functions.map(|local| project.files().function(file, local)).flat_map(|function| project.events(function)).any(|event| {
            matches!(event, Event::Decorated { act: Some(act), .. }
                if project.act(*act).behaviour.roles().any(|of| of == role))
        })
    }

    /// Whether an import, or a dotted name in a text, leads to something with a role.
    fn names_role(&self, data: &FileData, role: Role) -> bool {
        let models = self.project.models();
        let has = |node: NodeId| {
            let calls = models.call_at(node).into_iter();
            let methods = models.type_at(node).into_iter().flat_map(|ty| models.ty(ty).methods.values().copied());
            calls.chain(methods).any(|act| models.act(act).behaviour.roles().any(|of| of == role))
        };
        let leads = |path: Vec<&str>| {
            let mut node = models.root(data.language);
            let mut lost = false;
            path.into_iter().any(|part| {
                let child = models.child(node, part);
                node = child.unwrap_or(node);
                lost |= child.is_none();
                !lost && has(node)
            })
        };
        let names = &data.facts.names;
        data.facts.imports.iter().any(|import| leads(import.path.iter().map(|&part| names.get(part)).collect()))
            || data.language == Language::Python
                && names.iter().any(|(_, text)| words::is_dotted(text) && leads(text.split('.').collect()))
    }

    /// Whether a file's names or texts say something, tests left out.
    pub(crate) fn says(&self, service: &Service<'p>, what: impl Fn(&str) -> bool) -> bool {
        self.files(service).any(|(_, data)| data.facts.names.iter().any(|(_, text)| what(text)))
    }
}
