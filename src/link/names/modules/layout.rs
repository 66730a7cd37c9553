//! Where files stand: Python packages and source roots, Rust crates and module trees, found from folders and manifests alone.

use crate::finding::FileId;
use crate::lang::Language;
use crate::link::Files;
use crate::link::values::value::{FolderId, Kind, ModuleId, Value};
pub(crate) use crate::walk::folder_of;
use rustc_hash::{FxHashMap, FxHashSet};

/// The files of a project by module path.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// Python files, path without `.py`.
    python: FxHashMap<String, FileId>,
    /// Folders that hold Python files, somewhere below too.
    folders: FxHashMap<String, FolderId>,
    folder_paths: Vec<String>,
    /// Folders without `__init__.py` that hold a package or module directly: where absolute imports start. The root of the tree is one
    /// also where an `__init__.py` lies in it, which nobody imports.
    roots: Vec<String>,
    /// Which of them hold a module or folder, by its name; an empty list where only packages do.
    roots_with: FxHashMap<String, Vec<u32>>,
    /// Packages that some file puts on the path of modules.
    stated_roots: Vec<String>,
    /// Which of them hold a module or folder, by its name.
    stated_with: FxHashMap<String, Vec<u32>>,
    folder_of: Vec<String>,
    /// Whether each file is the `__init__` of its folder.
    inits: Vec<bool>,
    rust: FxHashMap<String, FileId>,
    rust_roots: Vec<FileId>,
    rust_paths: Vec<String>,
    crates: FxHashMap<String, FileId>,
    /// Roots of crates that their manifests name.
    named_roots: Vec<FileId>,
}

impl Layout {
    /// Of all files and manifests.
    pub(crate) fn of(files: &Files) -> Self {
        let mut layout = Self::default();
        for (file, data) in files.iter() {
            let folder = folder_of(&data.path).to_owned();
            match data.language {
                Language::Python => {
                    let stem = data.path.strip_suffix(".py").unwrap_or(&data.path);
                    layout.python.insert(stem.to_owned(), file);
                    layout.add_folders(&folder);
                }
                Language::Rust => {
                    layout.rust.insert(data.path.clone(), file);
                }
                Language::Sql | Language::Deployment(_) => {}
            }
            layout.folder_of.push(folder);
            layout.rust_paths.push(data.path.clone());
        }
        let init = |(at, folder): (usize, &String)| layout.python.get(&join(folder, "__init__")) == Some(&FileId::from_index(at));
        layout.inits = layout.folder_of.iter().enumerate().map(init).collect();
        layout.find_python_roots();
        layout.add_stated_roots(files);
        layout.find_crates(files);
        layout.find_rust_roots(files);
        layout
    }

    fn add_folders(&mut self, folder: &str) {
        let mut at = folder;
        loop {
            if self.folders.contains_key(at) {
                return;
            }
            self.folders.insert(at.to_owned(), FolderId::from_index(self.folder_paths.len()));
            self.folder_paths.push(at.to_owned());
            if at.is_empty() {
                return;
            }
            at = folder_of(at);
        }
    }

    fn is_package(&self, folder: &str) -> bool {
        self.python.contains_key(&join(folder, "__init__"))
    }

    fn is_init(&self, file: FileId) -> bool {
        self.inits.get(file.index()).copied().unwrap_or_default()
    }

    fn find_python_roots(&mut self) {
        let mut roots: Vec<String> =
            self.folder_paths.iter().filter(|folder| folder.is_empty() || !self.is_package(folder)).cloned().collect();
        roots.sort_by(|a, b| (a.matches('/').count(), a.as_str()).cmp(&(b.matches('/').count(), b.as_str())));
        self.roots = roots;
        self.roots_with = self.holders(&self.roots);
    }

    /// Which of some folders hold a module or folder, by its name; an empty list where only others do.
    fn holders(&self, folders: &[String]) -> FxHashMap<String, Vec<u32>> {
        let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let of: FxHashMap<&str, u32> = folders.iter().enumerate().map(|(at, folder)| (folder.as_str(), number(at))).collect();
        let mut with: FxHashMap<String, Vec<u32>> = FxHashMap::default();
        for path in self.python.keys().chain(&self.folder_paths).filter(|path| !path.is_empty()) {
            let name = path.rsplit('/').next().unwrap_or(path);
            if !with.contains_key(name) {
                with.insert(name.to_owned(), Vec::new());
            }
            if let (Some(&folder), Some(holders)) = (of.get(folder_of(path)), with.get_mut(name)) {
                holders.push(folder);
            }
        }
        for holders in with.values_mut() {
            holders.sort_unstable();
            holders.dedup();
        }
        with
    }

    /// Packages that some file puts on the path of modules, as it says by their name: `sys.path.insert(0, root("apps"))`; and those
    /// that are a project of their own, whose programs start in them.
    fn add_stated_roots(&mut self, files: &Files) {
        let packages: Vec<&String> = self.folder_paths.iter().filter(|folder| self.is_package(folder)).collect();
        let described: FxHashSet<&str> = files.manifests().map(|(path, _)| folder_of(path)).collect();
        let starts =
            |folder: &str| ["manage", "wsgi", "asgi", "setup"].iter().any(|name| self.python.contains_key(&join(folder, name)));
        // `src` holds packages, and an `__init__.py` in it is there by mistake.
        let holds = |folder: &str| folder == "src" || folder.ends_with("/src");
        let own = packages.iter().filter(|folder| described.contains(folder.as_str()) || starts(folder) || holds(folder));
        let mut found: Vec<String> = own.map(|folder| (*folder).clone()).collect();
        for (_, data) in files.iter().filter(|(_, data)| data.language == Language::Python) {
            let named: FxHashSet<&str> = data.facts.names.iter().map(|(_, name)| name).collect();
            let extends = ["insert", "append", "extend"].iter().any(|word| named.contains(word));
            if !(extends && named.contains("sys") && named.contains("path")) {
                continue;
            }
            let last = |folder: &&&String| named.contains(folder.rsplit('/').next().unwrap_or_default());
            let new = packages.iter().filter(last).filter(|folder| !found.contains(folder)).map(|folder| (*folder).clone());
            let new: Vec<String> = new.collect();
            found.extend(new);
        }
        self.stated_roots = found;
        self.stated_with = self.holders(&self.stated_roots);
    }

    /// The module or folder at a path without extension.
    fn at(&self, path: &str) -> Option<Value> {
        // A package wins over a module of its name, which wins over a bare folder.
        let init = self.python.get(&join(path, "__init__"));
        if let Some(&file) = init.or_else(|| self.python.get(path)) {
            return Some(Value::of(Kind::Module(ModuleId(file.0))));
        }
        self.folders.get(path).map(|&folder| Value::of(Kind::Folder(folder)))
    }

    /// What the first segment of a Python import is, and how many segments remain; `None` when it lies outside the project.
    pub(crate) fn python_start(&self, file: FileId, level: u8, path: &[&str], binds_root: bool) -> Option<(Value, usize)> {
        let own = self.folder_of.get(file.index())?.as_str();
        if level > 0 {
            let base = (1..level).fold(own, |folder, _| folder_of(folder));
            let start = self.at(base).or_else(|| self.folders.get(base).map(|&folder| Value::of(Kind::Folder(folder))))?;
            return Some((start, path.len()));
        }
        let first = *path.first()?;
        // Most imports name a library, of which the project has nothing.
        let holders = self.roots_with.get(first)?;
        let all = holders.iter().map(|&root| self.roots[root as usize].as_str());
        let is_above =
            |root: &&str| root.is_empty() || own.strip_prefix(*root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let mut near: Vec<&str> = all.clone().filter(is_above).collect();
        near.sort_unstable_by_key(|root| std::cmp::Reverse(root.len()));
        let begin = |root: &str| {
            let start = self.at(&join(root, first))?;
            // A folder without __init__ is a package only if what is imported from it is there: else it merely has a library's name.
            let fits = match (start.kind, path.get(1)) {
                (Kind::Folder(folder), Some(second)) => self.folder_child(folder, second).is_some(),
                (Kind::Folder(_), None) => false,
                // A script that imports a library of its own name; a package may well import from itself.
                (Kind::Module(module), _) => module.0 != file.0 || self.is_init(file),
                _ => true,
            };
            fits.then_some(start)
        };
        // A module in such a package, and not a library that is named as the package is: what is imported from it is there.
        let stated = |is_wanted: &dyn Fn(&&str) -> bool| {
            let second = path.get(1)?;
            // A file that lies where its own project starts has what it says, which is not known here.
            let is_file =
                |root: &&str| is_above(root) && self.python.get(&join(root, first)).is_some_and(|&module| module != file);
            let holds = |root: &&str| is_file(root) || self.at(&join(&join(root, first), second)).is_some();
            let roots = self.stated_with.get(first)?.iter().map(|&root| self.stated_roots[root as usize].as_str());
            self.at(&join(roots.filter(is_wanted).find(holds)?, first))
        };
        let start = near.into_iter().find_map(begin);
        let start = start.or_else(|| stated(&is_above)).or_else(|| all.clone().find_map(begin)).or_else(|| stated(&|_| true))?;
        Some((start, if binds_root { 0 } else { path.len() - 1 }))
    }

    /// The Python module that a dotted name in a text means.
    pub(crate) fn dotted(&self, file: FileId, path: &str) -> Option<ModuleId> {
        let path: Vec<&str> = path.split('.').collect();
        let (start, rest) = self.python_start(file, 0, &path, false)?;
        let found = path[path.len() - rest..].iter().try_fold(start, |value, segment| match value.kind {
            Kind::Module(module) => self.package_child(FileId(module.0), segment),
            Kind::Folder(folder) => self.folder_child(folder, segment),
            _ => None,
        });
        match found?.kind {
            Kind::Module(module) => Some(module),
            _ => None,
        }
    }

    /// A module or folder inside a folder.
    pub(crate) fn folder_child(&self, folder: FolderId, name: &str) -> Option<Value> {
        self.at(&join(self.folder_paths.get(folder.index())?, name))
    }

    /// A module of the package whose `__init__` is `file`.
    pub(crate) fn package_child(&self, file: FileId, name: &str) -> Option<Value> {
        self.is_init(file).then(|| self.at(&join(self.folder_of.get(file.index())?, name))).flatten()
    }

    fn find_crates(&mut self, files: &Files) {
        for (path, manifest) in files.manifests_named("Cargo.toml") {
            let section = |name: &str| manifest.get(name);
            let field = |section: Option<&toml::Value>, name: &str| {
                section.and_then(|section| section.get(name)).and_then(toml::Value::as_str).map(str::to_owned)
            };
            let name = field(section("lib"), "name").or_else(|| field(section("package"), "name"));
            let root = field(section("lib"), "path").unwrap_or_else(|| "src/lib.rs".to_owned());
            let file_at = |root: &str| self.rust.get(&join(folder_of(path), root)).copied();
            let programs = section("bin").and_then(toml::Value::as_array).into_iter().flatten();
            let programs = programs.filter_map(|program| file_at(program.get("path")?.as_str()?));
            self.named_roots.extend(programs.chain(file_at(&root)));
            let (Some(name), Some(file)) = (name, file_at(&root)) else { continue };
            self.crates.insert(name.replace('-', "_"), file);
        }
    }

    /// Walk the module tree from every crate root, so that each file knows what its `crate` is.
    fn find_rust_roots(&mut self, files: &Files) {
        self.rust_roots = (0..self.rust_paths.len()).map(FileId::from_index).collect();
        let mut roots: Vec<FileId> = files
            .iter()
            .filter(|(file, data)| {
                data.language == Language::Rust && (is_crate_root(&data.path) || self.named_roots.contains(file))
            })
            .map(|(f, _)| f)
            .collect();
        // Libraries first: a module used by a library and a binary belongs to the library.
        let is_library =
            |file: &FileId| self.rust_paths[file.index()].ends_with("lib.rs") || self.crates.values().any(|root| root == file);
        roots.sort_by_key(|file| !is_library(file));
        let mut seen = vec![false; self.rust_paths.len()];
        for root in roots {
            let mut queue = vec![root];
            while let Some(file) = queue.pop() {
                if std::mem::replace(&mut seen[file.index()], true) {
                    continue;
                }
                self.rust_roots[file.index()] = root;
                let facts = &files.get(file).facts;
                let children = facts.submodules.iter().filter_map(|path| {
                    let path: Vec<&str> = path.iter().map(|&name| facts.names.get(name)).collect();
                    self.rust_child(file, &path)
                });
                queue.extend(children);
            }
        }
    }

    /// The file of `mod name;` in `file`: the inline modules around it are folders.
    pub(crate) fn rust_child(&self, file: FileId, declared: &[&str]) -> Option<FileId> {
        let (name, around) = declared.split_last()?;
        let path = self.rust_paths.get(file.index())?;
        let folder = folder_of(path);
        let stem = path.rsplit('/').next()?.strip_suffix(".rs")?;
        let base = if stem == "mod" || is_crate_root(path) || self.named_roots.contains(&file) {
            folder.to_owned()
        } else {
            join(folder, stem)
        };
        let base = around.iter().fold(base, |base, inline| join(&base, inline));
        let candidates = [format!("{}.rs", join(&base, name)), join(&join(&base, name), "mod.rs")];
        candidates.iter().find_map(|candidate| self.rust.get(candidate)).copied()
    }

    /// The root of the crate that `file` belongs to.
    pub(crate) fn rust_root(&self, file: FileId) -> Option<FileId> {
        self.rust_roots.get(file.index()).copied()
    }

    /// The root of a crate of the workspace.
    pub(crate) fn rust_crate(&self, name: &str) -> Option<FileId> {
        self.crates.get(name).copied()
    }
}

fn is_crate_root(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let (name, folder) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    matches!(name, "lib.rs" | "main.rs" | "build.rs")
        || (matches!(folder, "bin" | "examples" | "tests" | "benches") && name != "mod.rs")
}

fn join(folder: &str, name: &str) -> String {
    // Asked for every name of a package: `format!` costs five times as much.
    let mut path = String::with_capacity(folder.len() + 1 + name.len());
    if !folder.is_empty() {
        path.push_str(folder);
        path.push('/');
    }
    path.push_str(name);
    path
}
