//! Which code a container runs: the file that its command names, and everything that file leads to. A command that names nothing
//! we find links to nothing.

use crate::deploy::programs::{Does, Process, Target};
use crate::deploy::workloads::Container;
use crate::finding::FileId;
use crate::lang::Language;
use crate::link::names::modules::folder_of;
use crate::link::project::Project;
use crate::link::service::services::Services;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::LazyCell;

/// What deployment and code have in common.
#[derive(Debug, Default)]
pub(crate) struct Deployed {
    /// Processes with the code they run.
    pub links: Vec<Link>,
    /// What each entry file leads to.
    areas: FxHashMap<FileId, FxHashSet<FileId>>,
}

/// A process and the file it starts with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its workload, by position.
    pub workload: usize,
    /// Its container there, by position.
    pub container: usize,
    /// Its process there, by position.
    pub process: usize,
    /// The file that it starts with.
    pub entry: FileId,
    /// What was followed to find that.
    pub known_by: String,
}

impl Deployed {
    /// Tie every process to its code.
    pub(crate) fn find(project: &Project) -> Self {
        let mut deployed = Self::default();
        for (at, workload) in project.deployment().workloads.iter().enumerate() {
            for (container_at, container) in workload.containers.iter().enumerate() {
                for (process_at, process) in container.processes.iter().enumerate() {
                    let Some((entry, how)) = project.entry_file(container, process) else { continue };
                    let image = container.build.as_ref().map(|build| build.known_by).filter(|by| !by.is_empty());
                    let known_by = image.map_or_else(|| how.to_owned(), |image| format!("{image}; {how}"));
                    deployed.links.push(Link { workload: at, container: container_at, process: process_at, entry, known_by });
                }
            }
        }
        let entries: FxHashSet<FileId> = deployed.links.iter().map(|link| link.entry).collect();
        // Looked for once, and only where imports do not show all of a program.
        let services = LazyCell::new(|| project.services());
        deployed.areas = entries.into_iter().map(|entry| (entry, project.led_to(entry, &services))).collect();
        deployed
    }

    /// Whether the program that starts with `entry` contains a file.
    pub(crate) fn contains(&self, entry: FileId, file: FileId) -> bool {
        self.areas.get(&entry).is_some_and(|area| area.contains(&file))
    }
}

impl Project {
    /// What the deployment files say.
    #[must_use]
    pub fn deployment(&self) -> &crate::deploy::Deployment {
        &self.deployment
    }

    /// Processes with the code they run, in order of the workloads.
    #[must_use]
    pub fn links(&self) -> &[Link] {
        &self.deployed.links
    }

    /// The code of one process, by the positions of its workload, container and itself.
    #[must_use]
    pub fn link_of(&self, workload: usize, container: usize, process: usize) -> Option<&Link> {
        let key = |link: &Link| (link.workload, link.container, link.process);
        let at = self.links().binary_search_by_key(&(workload, container, process), key).ok()?;
        self.links().get(at)
    }

    /// The file that a process starts with, and what was followed.
    pub(in crate::link) fn entry_file(&self, container: &Container, process: &Process) -> Option<(FileId, &'static str)> {
        let Some(build) = &container.build else { return self.named_by_command(container, process) };
        let context = build.context.as_str();
        // What is built from a folder without code gets it from somewhere else: it may fetch the tree itself.
        let by_name = matches!(process.target, Some(Target::Program(_)));
        if !by_name
            && !context.is_empty()
            && !self.files().iter().any(|(_, data)| is_code(data.language) && below(&data.path, context))
        {
            return self.named_by_command(container, process);
        }
        match process.target.as_ref()? {
            Target::Module(written) => {
                let module = written.split([':', '(']).next().filter(|module| !module.contains('$') && !module.ends_with('.'))?;
                // `module:object` names the module whole; else its last part may be an object of the one before.
                let whole = written.contains(':');
                self.python_module(context, container, process, (module, whole)).map(|file| (file, "module of the command"))
            }
            Target::Usual(paths) => {
                let found = paths.iter().find_map(|path| self.file_in(process, path));
                // One in a folder of its own has that name wherever the folder lies.
                let found =
                    found.or_else(|| paths.iter().filter(|path| path.contains('/')).find_map(|path| self.only_in(context, path)));
                found.map(|file| (file, "file that it looks for by itself"))
            }
            Target::Script(path) => {
                let found = self.script(context, container, process, path).map(|file| (file, "script of the command"));
                found.or_else(|| Some((self.distinct_script(path)?, "script of the command, of which there is one")))
            }
            Target::Django(_) => {
                self.script(context, container, process, "manage.py").map(|file| (file, "manage.py of the command"))
            }
            // Projects beside each other may all call their program the same. What is built elsewhere and only copied may lie outside of
            // the folder that the image gets.
            Target::Program(name) => [self.near(context, container).as_str(), context, ""].into_iter().find_map(|context| {
                let compiled = self.rust_program(context, name).map(|file| (file, "program of this name"));
                compiled.or_else(|| self.python_program(context, name).map(|file| (file, "entry point of this name")))
            }),
        }
    }

    /// The one file below `context` whose path ends so; the one nearest to the root where several do.
    pub(super) fn file_ending(&self, context: &str, near: &str, ends: &[String]) -> Option<FileId> {
        let inside = |path: &str| below(path, context);
        let fits = |path: &str| ends.iter().any(|end| path == end || path.ends_with(&format!("/{end}")));
        let mut found: Vec<(bool, usize, &str, FileId)> = self
            .files()
            .iter()
            .filter(|(_, data)| data.language == Language::Python && inside(&data.path) && fits(&data.path))
            .map(|(file, data)| (!below(&data.path, near), data.path.matches('/').count(), data.path.as_str(), file))
            .collect();
        found.sort_unstable();
        match found.as_slice() {
            [] => None,
            [only] => Some(only.3),
            // A name as common as `main.py`, or two at the same depth: which is meant is not said.
            _ if ends.iter().all(|end| !end.contains('/')) => None,
            [first, second, ..] => ((first.0, first.1) != (second.0, second.1)).then_some(first.3),
        }
    }

    /// The one Python file below `context` whose path ends so.
    fn only_in(&self, context: &str, end: &str) -> Option<FileId> {
        let below_it = format!("/{end}");
        let fits = |path: &str| below(path, context) && (path == end || path.ends_with(&below_it));
        let mut found = self.files().iter().filter(|(_, data)| data.language == Language::Python && fits(&data.path));
        let (file, _) = found.next()?;
        found.next().is_none().then_some(file)
    }

    /// The one Python file of the tree with the name of a script that was installed somewhere else, where nothing else is likely to have
    /// that name.
    fn distinct_script(&self, path: &str) -> Option<FileId> {
        let name = path.rsplit('/').next().filter(|name| path.starts_with('/') && name.matches(['_', '-']).count() > 0)?;
        (name.len() >= MOST_COMMON).then(|| self.only_in("", name))?
    }

    /// The same for the file of a module. One without a package is not found in the folder of a package, where it would have another
    /// name.
    pub(super) fn module_ending(&self, context: &str, near: &str, form: &str) -> Option<FileId> {
        let found = self.file_ending(context, near, &[form.to_owned()])?;
        let path = &self.files().get(found).path;
        let package = format!("{}__init__.py", &path[..path.len() - form.len()]);
        let is_package =
            !form.contains('/') && path.len() > form.len() && self.files().iter().any(|(_, data)| data.path == package);
        (!is_package).then_some(found)
    }

    /// The file at a path below one of the folders that a process may start in.
    fn file_in(&self, process: &Process, path: &str) -> Option<FileId> {
        let wanted: Vec<String> = process.folders.iter().map(|folder| join(folder, path)).collect();
        let found = |wanted: &String| match wanted.split_once('*') {
            None => self.files().iter().find(|(_, data)| data.path == *wanted).map(|(file, _)| file),
            // `python -m module_*`: the shell names the one that is there.
            Some((start, end)) => {
                let between = |path: &str| path.strip_prefix(start)?.strip_suffix(end).map(|middle| !middle.contains('/'));
                let fits = |path: &str| between(path) == Some(true);
                let mut found = self.files().iter().filter(|(_, data)| fits(&data.path)).map(|(file, _)| file);
                let first = found.next();
                first.filter(|_| found.next().is_none())
            }
        };
        wanted.iter().find_map(found)
    }

    fn python_module(
        &self,
        context: &str,
        container: &Container,
        process: &Process,
        (module, whole): (&str, bool),
    ) -> Option<FileId> {
        let path = module.replace('.', "/");
        // A package that is run starts with its `__main__`; an application's module may be a package.
        let mut forms =
            vec![format!("{path}.py"), format!("{path}/__main__.py"), format!("{path}/__init__.py"), format!("{path}/celery.py")];
        // A package that is named to a worker keeps its application in a module of its own.
        if matches!(process.does, Does::Worker | Does::Scheduler) {
            forms.swap(1, 3);
        }
        if !whole && let Some((package, _)) = path.rsplit_once('/') {
            forms.extend([format!("{package}.py"), format!("{package}/__init__.py")]);
        }
        let near = self.near(context, container);
        forms
            .iter()
            .find_map(|form| self.file_in(process, form))
            .or_else(|| forms.iter().find_map(|form| self.module_ending(context, &near, form)))
    }

    fn script(&self, context: &str, container: &Container, process: &Process, path: &str) -> Option<FileId> {
        let relative = path.trim_start_matches("./").trim_start_matches('/');
        let near = self.near(context, container);
        // The longest end of the path that is a file: the first folders are those of the container.
        let parts: Vec<&str> = relative.split('/').collect();
        self.file_in(process, relative)
            .or_else(|| (0..parts.len()).find_map(|skip| self.file_ending(context, &near, &[parts[skip..].join("/")])))
    }

    /// The folder of the Dockerfile: of several files that fit, the one below it is meant.
    fn near(&self, context: &str, container: &Container) -> String {
        let dockerfile = container.build.as_ref().map_or("", |build| build.dockerfile.as_str());
        let folder = folder_of(dockerfile);
        if below(folder, context) { folder.to_owned() } else { context.to_owned() }
    }

    /// Everything that a program that starts with `entry` may run: what its imports lead to, and where names are given as text,
    /// the whole unit.
    fn led_to<'p>(
        &'p self,
        entry: FileId,
        services: &LazyCell<Services<'p>, impl FnOnce() -> Services<'p>>,
    ) -> FxHashSet<FileId> {
        let built_with = || services.files_around(self.module_body(entry)).map(|(file, _)| file);
        if self.files().get(entry).language == Language::Rust {
            return built_with().collect();
        }
        let mut found = FxHashSet::from_iter([entry]);
        let mut waiting = vec![entry];
        while let Some(file) = waiting.pop() {
            let imports = &self.files().get(file).facts.imports;
            let leads = imports.iter().flat_map(|import| self.modules.files_of_import(self.files(), file, import));
            waiting.extend(leads.filter(|next| found.insert(*next)).collect::<Vec<_>>());
        }
        if self.names_code_by_text(&found) {
            found.extend(built_with());
        }
        found
    }

    /// Whether code is named by text, as settings of frameworks do: then imports do not show all of it.
    fn names_code_by_text(&self, files: &FxHashSet<FileId>) -> bool {
        files.iter().any(|&file| {
            let names = &self.files().get(file).facts.names;
            names.iter().any(|(_, name)| BY_TEXT.contains(&name))
        })
    }
}

/// What settings and code say where modules are named by text.
const BY_TEXT: [&str; 8] = [
    "DJANGO_SETTINGS_MODULE",
    "INSTALLED_APPS",
    "autodiscover_tasks",
    "autofinalize",
    "import_module",
    "import_string",
    "find_modules",
    "entry_points",
];

fn is_code(language: Language) -> bool {
    matches!(language, Language::Python | Language::Rust)
}

/// Names of scripts that are shorter may well be those of another project.
const MOST_COMMON: usize = 10;

/// Whether a path lies in a folder; the root holds everything.
pub(super) fn below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path == folder || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

pub(super) fn join(folder: &str, path: &str) -> String {
    crate::deploy::dockerfile::join(folder, path)
}
