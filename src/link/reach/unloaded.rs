//! Which modules does nothing load? Code in a Python module that nobody imports does not run, where what lies beside it is imported: a
//! route in it is no route, since the decorator that would register it never runs.

use crate::facts::{Construct, Function, Literal, NameId, NameTable, OpId, OpKind};
use crate::finding::FileId;
use crate::lang::Language;
use crate::link::values::value::FnId;
use crate::link::{Project, Site};
use crate::models::{EntryKind, Role};
use crate::walk::folder_of;
use rustc_hash::FxHashSet;

/// Functions that load modules by a name that is worked out.
const LOADERS: [&str; 9] = [
    "import_module",
    "__import__",
    "iter_modules",
    "walk_packages",
    "find_modules",
    "import_string",
    "spec_from_file_location",
    "scan",
    "autodiscover_modules",
];

impl Project {
    /// Take what stands in such modules for what it is: code that does not run.
    pub(in crate::link) fn leave_unloaded_modules(&mut self) {
        let imported = self.imported();
        let registers: FxHashSet<FileId> = self
            .entries
            .points
            .iter()
            .filter(|point| point.kind == EntryKind::Request)
            .filter_map(|point| Some(self.files().locate(point.registered?.0).0))
            .collect();
        let python = self.files().iter().filter(|(_, data)| data.language == Language::Python).map(|(file, _)| file);
        let (loaded, open): (Vec<FileId>, Vec<FileId>) =
            python.filter(|&file| self.files().purpose(file).is_none()).partition(|file| imported.contains(file));
        let folder = |file: FileId| folder_of(&self.files().get(file).path);
        let open: Vec<FileId> = open
            .into_iter()
            .filter(|&file| {
                let speaks = registers.contains(&file) || self.holds_plain_code(file);
                speaks && self.is_plain_module(file) && !self.makes_application(file)
            })
            .filter(|&file| {
                // Somebody imports what is like it and lies beside it.
                let alike = |other: &FileId| !registers.contains(&file) || registers.contains(other);
                let near = |other: FileId| [folder(file), folder_of(folder(file))].contains(&folder(other));
                loaded.iter().any(|other| near(*other) && alike(other))
            })
            .collect();
        if open.is_empty() {
            return;
        }
        let Some(packages) = self.packages_loaded_by_name() else { return };
        let by_name = |file: FileId| {
            let path = &self.files().get(file).path;
            packages.iter().any(|package| path.contains(package.as_str()))
        };
        let unloaded: Vec<FileId> = open.into_iter().filter(|&file| !by_name(file) && !self.is_spoken_of(file)).collect();
        for file in unloaded {
            for function in self.files().functions_of(file) {
                self.entries.test[function.index()] = true;
            }
        }
    }

    /// Whether a module makes an application: a server is told by its command line which one it serves.
    fn makes_application(&self, file: FileId) -> bool {
        let makes = |site: Site<'_>| site.role == Role::Application;
        self.files().functions_of(file).any(|function| self.sites_in(function).any(makes))
    }

    /// Whether a module has functions, and nothing that a framework could look for: entry points, classes on a base of others.
    fn holds_plain_code(&self, file: FileId) -> bool {
        let facts = &self.files().get(file).facts;
        let awaited = |function: FnId| self.entries.of(function).iter().any(|point| point.kind != EntryKind::Startup);
        facts.functions.len() > 1
            && facts.classes.iter().all(|class| class.bases.is_empty() && class.decorators.is_empty())
            && facts.functions.iter().all(|function| function.decorators.is_empty())
            && !self.files().functions_of(file).any(awaited)
    }

    /// The files that some other one imports at run time, tests aside.
    fn imported(&self) -> FxHashSet<FileId> {
        let counts = |file: FileId| self.files().purpose(file) != Some(EntryKind::Test);
        let python = self.files().iter().filter(|(_, data)| data.language == Language::Python);
        python
            .filter(|&(file, _)| counts(file))
            .flat_map(|(file, data)| {
                let imports = data.facts.imports.iter().filter(|import| !import.typing_only);
                imports
                    .flat_map(move |import| self.modules.files_of_import(self.files(), file, import))
                    .filter(move |&of| of != file)
            })
            .collect()
    }

    /// A module of a package, which is no program by itself.
    fn is_plain_module(&self, file: FileId) -> bool {
        let data = self.files().get(file);
        let folder = folder_of(&data.path);
        let in_package = self.files().by_path(&format!("{folder}/__init__.py")).is_some();
        let named = |wanted: &str| data.facts.names.iter().any(|(_, name)| name == wanted);
        in_package && !data.path.ends_with("/__init__.py") && !named("__main__")
    }

    /// The folders of packages whose modules are loaded by a name that is put together; none where one of them cannot be known.
    fn packages_loaded_by_name(&self) -> Option<Vec<String>> {
        let mut packages = Vec::new();
        for (file, data) in self.files().iter().filter(|(_, data)| data.language == Language::Python) {
            if !data.facts.names.iter().any(|(_, name)| LOADERS.contains(&name)) || self.files().purpose(file).is_some() {
                continue;
            }
            for facts in &data.facts.functions {
                for (at, op) in facts.tape() {
                    let OpKind::Call { callee, .. } = op.kind else { continue };
                    let (OpKind::Name(name) | OpKind::Attribute(_, name)) = facts.op(callee).kind else { continue };
                    if !LOADERS.contains(&data.facts.names.get(name)) {
                        continue;
                    }
                    let said = texts_between(facts, callee, at).map(|text| data.facts.names.get(text));
                    let dotted = said.filter(|text| text.contains(|c: char| c.is_alphabetic())).find(|text| text.contains('.'));
                    packages.push(format!("{}/", dotted?.trim_matches('.').replace('.', "/")));
                }
            }
        }
        Some(packages)
    }

    /// Whether a text anywhere names a module: as part of a path, the target of a server, or one of a list of modules.
    fn is_spoken_of(&self, file: FileId) -> bool {
        let path = &self.files().get(file).path;
        let stem = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".py");
        let says = |text: &str| text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == stem);
        let in_texts = |facts: &Function, names: &NameTable| {
            let listed = |at: OpId| {
                facts.tape().any(|(_, op)| match op.kind {
                    OpKind::Construct(Construct::List | Construct::Tuple | Construct::Set, parts) => {
                        facts.list(parts).iter().any(|part| part.value == at)
                    }
                    _ => false,
                })
            };
            facts.tape().any(|(at, op)| match op.kind {
                OpKind::Literal(Literal::Text(name)) => {
                    let text = names.get(name);
                    let dotted = text.contains('.') && !text.contains(|c: char| c.is_whitespace() || c == '/');
                    dotted && says(text) || text == stem && listed(at)
                }
                _ => false,
            })
        };
        // Files that are no code say it as part of a path: `app.worker:main`, `app/worker.py`.
        let in_path = |text: &str| {
            text.match_indices(stem).any(|(at, _)| {
                let (before, behind) = (&text[..at], &text[at + stem.len()..]);
                let ends = !behind.starts_with(|c: char| c.is_alphanumeric() || c == '_');
                ends && (before.ends_with(['.', '/'])
                    || behind.starts_with(".py")
                    || behind.starts_with(':') && !behind.starts_with(": "))
            })
        };
        self.files().manifests().any(|(_, text)| in_path(text))
            || self.files().iter().filter(|&(other, _)| other != file).any(|(other, data)| match data.language {
                Language::Deployment(_) => in_path(&data.text),
                Language::Python if self.files().purpose(other) == Some(EntryKind::Test) => false,
                Language::Python => data.facts.functions.iter().any(|facts| in_texts(facts, &data.facts.names)),
                Language::Rust | Language::Sql => false,
            })
    }
}

/// The texts that stand in the arguments of a call.
fn texts_between(facts: &Function, callee: OpId, call: OpId) -> impl Iterator<Item = NameId> + '_ {
    facts.tape().filter(move |&(at, _)| callee < at && at < call).filter_map(|(_, op)| match op.kind {
        OpKind::Literal(Literal::Text(name)) => Some(name),
        _ => None,
    })
}
