//! Which programs of this tree answer requests, with which routes, and what of the tree belongs to each?

use super::FileData;
use super::eval::Event;
use super::modules::folder_of;
use super::project::{Project, Site};
use super::surroundings;
use super::value::FnId;
use super::words;
use crate::facts::{FunctionKind, NameId, OpId, OpKind};
use crate::finding::FileId;
use crate::lang::Language;
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
    pub(super) project: &'p Project,
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
            let is_mounted =
                || self.receiving_name(site.function, site.op).is_some_and(|name| mounted.contains(&(file, name)));
            if self.is_program(&site) && !is_mounted() && folders.insert(folder_of(path)) {
                list.push(Service { site, unit: self.unit(file) });
            }
        }
        let mut services = Services { project: self, list };
        let served: Vec<bool> = services.list.iter().map(|service| services.routes(service).next().is_some()).collect();
        let mut served = served.into_iter();
        services.list.retain(|_| served.next().unwrap_or(false));
        services
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
        if python && self.is_script(function) {
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
                    python && name.is_some_and(surroundings::sets_up)
                };
                [EntryKind::Startup, EntryKind::Command].into_iter().any(|kind| self.is_reached(function, kind)) || named()
            }
        }
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
    fn unit(&self, file: FileId) -> (Language, &str) {
        let data = self.files().get(file);
        let manifests = self.files().manifests().filter_map(|(path, _)| {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            let of = if name.starts_with("Cargo") { Language::Rust } else { Language::Python };
            let folder = folder.strip_suffix("requirements").unwrap_or(folder).trim_end_matches('/');
            (of == data.language).then_some(folder)
        });
        let around = |folder: &&str| folder.is_empty() || data.path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        (data.language, manifests.filter(around).max_by_key(|folder| folder.len()).unwrap_or(""))
    }
}

impl<'p> Services<'p> {
    /// Every one.
    pub fn iter(&self) -> impl Iterator<Item = &Service<'p>> {
        self.list.iter()
    }

    /// Whether a file is part of a service: of its own unit, or of one without a service, which others may use.
    fn holds(&self, service: &Service<'p>, file: FileId) -> bool {
        self.has(service.unit, file)
    }

    fn has(&self, of: (Language, &str), file: FileId) -> bool {
        let data = self.project.files().get(file);
        let unit = self.project.unit(file);
        let own = unit == of || unit.0 == of.0 && !self.list.iter().any(|other| other.unit == unit);
        own && surroundings::purpose(&data.path) != Some(EntryKind::Test)
    }

    /// The files of the unit that a function lies in, and of those that it may use.
    pub(crate) fn files_around(&self, function: FnId) -> impl Iterator<Item = (FileId, &'p FileData)> {
        let (file, _) = self.project.files().locate(function);
        let of = self.project.unit(file);
        self.project.files().iter().filter(move |(file, _)| self.has(of, *file))
    }

    /// The files of a service.
    pub(crate) fn files(&self, service: &Service<'p>) -> impl Iterator<Item = (FileId, &'p FileData)> {
        self.files_around(service.site.function)
    }

    /// Sites of a role in the code of a service.
    pub(crate) fn sites(&self, service: &Service<'p>, role: Role) -> impl Iterator<Item = Site<'p>> {
        self.project.sites(role).filter(move |site| {
            let (file, _) = self.project.files().locate(site.function);
            self.holds(service, file) && !self.project.is_test(site.function)
        })
    }

    /// Its routes.
    pub fn routes(&self, service: &Service<'p>) -> impl Iterator<Item = Route<'p>> {
        let points = self.project.entry_points().iter().filter(|point| point.kind == EntryKind::Request);
        points.filter_map(move |point| {
            let (file, _) = self.project.files().locate(point.function);
            let part = self.holds(service, file) && !self.project.is_test(point.function);
            part.then_some(Route { handler: point.function, label: &point.label, registered: point.registered })
        })
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
