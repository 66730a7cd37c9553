//! Where names lead: the modules of the project, the symbols each defines, and the resolution of imports to either.

use super::extensions::generated;
use crate::facts::{FunctionId, FunctionKind, Import, Literal, NameId, OpKind, StoreMode, Target};
use crate::finding::FileId;
use crate::lang::Language;
use crate::link::Files;
use crate::link::values::value::{ClassRef, FnId, FolderId, GlobalId, Kind, ModuleId, StoredId, Type, TypeRef, Value};
use crate::models::{Models, NodeId};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

mod globs;
mod layout;

pub(crate) use layout::{Layout, folder_of};

/// What a name of a module stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Symbol {
    /// A function.
    Function(FnId),
    /// A class.
    Class(ClassRef),
    /// A variable.
    Global(GlobalId),
    /// An import of the file, by position.
    Import(u32),
    /// A module declared inside.
    Module(ModuleId),
}

/// A module: a file, or an inline module of a Rust file.
#[derive(Debug)]
pub(crate) struct Module {
    /// Its file.
    pub file: FileId,
    /// What it defines, by name.
    pub symbols: FxHashMap<Box<str>, Symbol>,
    /// Imports of every name, by position.
    pub globs: Vec<u32>,
    /// Modules of the project whose every name is imported by these, directly or through others; the nearest first.
    pub through: Vec<ModuleId>,
    /// Packages outside the project of which every name is imported.
    pub outside: Vec<NodeId>,
    /// The module it is declared in (Rust).
    pub parent: Option<ModuleId>,
}

/// A variable of a module.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Global {
    /// Its module.
    pub module: ModuleId,
    /// Its name.
    pub name: NameId,
}

/// All modules of a project.
#[derive(Debug, Default)]
pub(crate) struct Modules {
    /// The modules; those of files come first, in order of files.
    pub all: Vec<Module>,
    /// The variables.
    pub globals: Vec<Global>,
    /// Names under which attributes and items are stored anywhere: those that shared objects may keep.
    pub stored: FxHashMap<Box<str>, StoredId>,
    /// What each import of each file binds, resolved once.
    imported: Vec<Vec<Value>>,
    inline: FxHashMap<(FileId, Vec<NameId>), ModuleId>,
    pub layout: Layout,
}

/// How deep chains of re-exports are followed.
const REEXPORT_DEPTH: u32 = 12;

/// Of how many modules one may import every name: a tree in which all do so of all would cost the square of its size.
const MOST_THROUGH: usize = 256;

impl Modules {
    /// Collect the modules and symbols of all files.
    pub(crate) fn collect(files: &Files) -> Self {
        let mut modules = Self { layout: Layout::of(files), ..Self::default() };
        for (file, _) in files.iter() {
            modules.all.push(Module {
                file,
                symbols: FxHashMap::default(),
                globs: Vec::new(),
                through: Vec::new(),
                outside: Vec::new(),
                parent: None,
            });
        }
        for (file, data) in files.iter() {
            if data.language == Language::Rust {
                modules.add_inline(files, file);
            }
            modules.add_definitions(files, file);
        }
        modules.link_submodules(files);
        modules.collect_stored(files);
        modules
    }

    /// Resolve every import once; look-ups happen for every name of every round.
    pub(crate) fn resolve_imports(&mut self, files: &Files, models: &Models) {
        let list: Vec<FileId> = files.iter().map(|(file, _)| file).collect();
        let of_file = |&file: &FileId| -> Vec<Value> {
            let imports = files.get(file).facts.imports.iter();
            imports.map(|import| self.import(files, models, ModuleId(file.0), import, REEXPORT_DEPTH)).collect()
        };
        self.imported = list.par_iter().map(of_file).collect();
    }

    /// What import number `at` of the file of `module` binds.
    pub(crate) fn imported(&self, files: &Files, models: &Models, module: ModuleId, at: usize, depth: u32) -> Value {
        let file = self.all[module.index()].file;
        // Imports of inline modules start from elsewhere; there are few.
        let known = if module.0 == file.0 { self.imported.get(file.index()).and_then(|imports| imports.get(at)) } else { None };
        known.copied().unwrap_or_else(|| self.import(files, models, module, &files.get(file).facts.imports[at], depth))
    }

    /// A file, and those of the project of which it imports every name.
    pub(crate) fn files_through(&self, file: FileId) -> impl Iterator<Item = FileId> + '_ {
        let through = self.all[file.index()].through.iter().map(|module| self.all[module.index()].file);
        std::iter::once(file).chain(through)
    }

    /// The module from which the `*` imports of `module` bring a name.
    pub(crate) fn brought(&self, module: ModuleId, name: &str) -> Option<ModuleId> {
        let mut through = self.all[module.index()].through.iter();
        through.find(|from| self.all[from.index()].symbols.contains_key(name)).copied()
    }

    /// The module that holds `scope` of `file`.
    pub(crate) fn of(&self, file: FileId, scope: &[NameId]) -> ModuleId {
        if scope.is_empty() {
            return ModuleId(file.0);
        }
        self.inline.get(&(file, scope.to_vec())).copied().unwrap_or(ModuleId(file.0))
    }

    fn collect_stored(&mut self, files: &Files) {
        for (_, data) in files.iter().filter(|(_, data)| data.language == Language::Python) {
            for function in &data.facts.functions {
                for op in &function.ops {
                    let name = match op.kind {
                        OpKind::Store { target: Target::Attribute(_, name), .. } => name,
                        OpKind::Store { target: Target::Item(_, key), .. } => match function.op(key).kind {
                            OpKind::Literal(Literal::Text(name)) => name,
                            OpKind::Name(name) | OpKind::Attribute(_, name) => name,
                            _ => continue,
                        },
                        _ => continue,
                    };
                    let name = data.facts.names.get(name);
                    let id = StoredId::from_index(self.stored.len());
                    if !self.stored.contains_key(name) {
                        self.stored.insert(name.into(), id);
                    }
                }
            }
        }
    }

    fn add_inline(&mut self, files: &Files, file: FileId) {
        let facts = &files.get(file).facts;
        let scopes = facts.functions.iter().map(|f| &f.scope).chain(facts.classes.iter().map(|c| &c.scope));
        scopes.for_each(|scope| self.add_scope(files, file, scope));
    }

    /// The inline modules that a path inside a file names, as far as they are not there yet.
    fn add_scope(&mut self, files: &Files, file: FileId, scope: &[NameId]) {
        let facts = &files.get(file).facts;
        for depth in 1..=scope.len() {
            let key = (file, scope[..depth].to_vec());
            if self.inline.contains_key(&key) {
                continue;
            }
            let parent = self.of(file, &scope[..depth - 1]);
            let id = ModuleId::from_index(self.all.len());
            self.all.push(Module {
                file,
                symbols: FxHashMap::default(),
                globs: Vec::new(),
                through: Vec::new(),
                outside: Vec::new(),
                parent: Some(parent),
            });
            let name = facts.names.get(scope[depth - 1]).into();
            self.all[parent.index()].symbols.insert(name, Symbol::Module(id));
            self.inline.insert(key, id);
        }
    }

    fn add_definitions(&mut self, files: &Files, file: FileId) {
        let data = files.get(file);
        let facts = &data.facts;
        for (at, import) in facts.imports.iter().enumerate() {
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            if import.scope != FunctionId(0) {
                continue;
            }
            let module = &mut self.all[file.index()];
            match import.name {
                Some(name) => {
                    module.symbols.entry(facts.names.get(name).into()).or_insert(Symbol::Import(at));
                }
                None => module.globs.push(at),
            }
        }
        for (at, function) in facts.functions.iter().enumerate() {
            if !matches!(function.kind, FunctionKind::Module | FunctionKind::MainGuard) {
                continue;
            }
            self.add_stores(files, file, FunctionId::from_index(at));
        }
        for (at, class) in facts.classes.iter().enumerate() {
            if facts.functions[class.parent.index()].kind == FunctionKind::Module || !class.scope.is_empty() {
                let module = self.of(file, &class.scope);
                let class_ref = files.class(file, at);
                self.all[module.index()].symbols.insert(facts.names.get(class.name).into(), Symbol::Class(class_ref));
            }
        }
        for (at, function) in facts.functions.iter().enumerate() {
            let (FunctionKind::Function, Some(name)) = (function.kind, function.name) else { continue };
            if function.parent == Some(FunctionId(0)) {
                let module = self.of(file, &function.scope);
                let symbol = Symbol::Function(files.function(file, FunctionId::from_index(at)));
                self.all[module.index()].symbols.insert(facts.names.get(name).into(), symbol);
            }
        }
        self.add_globals_from_functions(files, file);
    }

    /// Variables that only functions set: `global x; x = ..`.
    fn add_globals_from_functions(&mut self, files: &Files, file: FileId) {
        let facts = &files.get(file).facts;
        for name in facts.functions.iter().flat_map(|function| &function.globals) {
            self.add_global(files, file, *name);
        }
    }

    fn add_stores(&mut self, files: &Files, file: FileId, function: FunctionId) {
        let function = &files.get(file).facts.functions[function.index()];
        for op in &function.ops {
            if let OpKind::Store { target: Target::Name(name), value, mode } = op.kind {
                let defines = matches!(function.op(value).kind, OpKind::ClassDefinition(_));
                if !defines && mode != StoreMode::Removed {
                    self.add_global(files, file, name);
                }
            }
        }
    }

    fn add_global(&mut self, files: &Files, file: FileId, name: NameId) {
        let module = ModuleId(file.0);
        let text = files.get(file).facts.names.get(name);
        let id = GlobalId::from_index(self.globals.len());
        let symbols = &mut self.all[module.index()].symbols;
        if !symbols.contains_key(text) {
            symbols.insert(text.into(), Symbol::Global(id));
            self.globals.push(Global { module, name });
        }
    }

    /// Rust: `mod name;` makes the file's module a symbol of the declaring one.
    fn link_submodules(&mut self, files: &Files) {
        for (file, data) in files.iter() {
            if data.language != Language::Rust {
                continue;
            }
            for declared in &data.facts.submodules {
                let path: Vec<&str> = declared.iter().map(|&name| data.facts.names.get(name)).collect();
                let (Some(child), Some((name, _))) = (self.layout.rust_child(file, &path), path.split_last()) else { continue };
                let around = &declared[..declared.len() - 1];
                self.add_scope(files, file, around);
                let parent = self.of(file, around);
                self.all[parent.index()].symbols.entry((*name).into()).or_insert(Symbol::Module(ModuleId(child.0)));
                self.all[child.index()].parent = Some(parent);
            }
        }
    }

    /// The value of `name` as seen inside `module`: its own symbols, then `*` imports; `None` when it defines no such name.
    pub(crate) fn lookup(&self, files: &Files, models: &Models, module: ModuleId, name: &str, depth: u32) -> Option<Value> {
        if depth == 0 {
            return None;
        }
        let data = &self.all[module.index()];
        match data.symbols.get(name) {
            Some(Symbol::Import(at)) => {
                let imported = self.imported(files, models, module, *at as usize, depth - 1);
                // A package that imports its own submodule under the submodule's name.
                let own = || self.package_child(data.file, name).filter(|_| !imported.is_known() && imported.slot.is_none());
                Some(own().unwrap_or(imported))
            }
            Some(&symbol) => Some(symbol_value(symbol)),
            None => match self.brought(module, name) {
                Some(owner) => self.lookup(files, models, owner, name, depth - 1),
                None => {
                    data.outside.iter().find_map(|&node| models.child(node, name)).map(|child| Value::of(Kind::External(child)))
                }
            },
        }
        .or_else(|| self.package_child(data.file, name))
    }

    /// Python: a module of the package whose `__init__` this is.
    fn package_child(&self, file: FileId, name: &str) -> Option<Value> {
        self.layout.package_child(file, name)
    }

    /// The entry point for lookups from outside.
    pub(crate) fn resolve(&self, files: &Files, models: &Models, module: ModuleId, name: &str) -> Option<Value> {
        self.lookup(files, models, module, name, REEXPORT_DEPTH)
    }

    /// What an attribute of a package folder is.
    pub(crate) fn folder_child(&self, folder: FolderId, name: &str) -> Option<Value> {
        self.layout.folder_child(folder, name)
    }

    /// What an import binds.
    pub(crate) fn import(&self, files: &Files, models: &Models, module: ModuleId, import: &Import, depth: u32) -> Value {
        let file = self.all[module.index()].file;
        let data = files.get(file);
        if let Some(value) = self.project_path(files, file, module, import, Some((models, depth))) {
            return value;
        }
        let keep = if import.binds_root { 1 } else { import.path.len() };
        let path = import.path[..keep].iter().map(|&name| data.facts.names.get(name));
        external(models, data.language, path)
    }

    /// The files of the project that an import runs: every module on its path.
    pub(crate) fn files_of_import(&self, files: &Files, file: FileId, import: &Import) -> Vec<FileId> {
        let part = |length: usize| {
            let part = Import { path: import.path[..length].to_vec(), binds_root: false, ..import.clone() };
            match self.project_path(files, file, ModuleId(file.0), &part, None)?.kind {
                Kind::Module(module) => Some(self.all[module.index()].file),
                _ => None,
            }
        };
        (0..=import.path.len()).filter(|&length| length > 0 || import.level > 0).filter_map(part).collect()
    }

    /// Follow an import inside the project. With `members`, its last segments may be symbols of a module.
    fn project_path(
        &self,
        files: &Files,
        file: FileId,
        module: ModuleId,
        import: &Import,
        members: Option<(&Models, u32)>,
    ) -> Option<Value> {
        let data = files.get(file);
        let path: Vec<&str> = import.path.iter().map(|&name| data.facts.names.get(name)).collect();
        let (start, rest) = match data.language {
            Language::Python => self.layout.python_start(file, import.level, &path, import.binds_root)?,
            Language::Rust => self.rust_start(file, module, &path, members)?,
            Language::Sql | Language::Deployment(_) => return None,
        };
        let rest = &path[path.len() - rest..];
        match members {
            Some((models, depth)) => rest.iter().enumerate().try_fold(start, |value, (at, segment)| match value.kind {
                // Python: an import goes through modules, whatever variables the package has, and a package's own lie in its folder.
                Kind::Module(module) if at + 1 < rest.len() || self.all[module.index()].file == file => self
                    .package_child(self.all[module.index()].file, segment)
                    .or_else(|| self.step(files, models, value, segment, depth)),
                _ => self.step(files, models, value, segment, depth),
            }),
            None if rest.is_empty() => Some(start),
            None => rest.iter().try_fold(start, |value, segment| match value.kind {
                Kind::Module(at) => match self.all[at.index()].symbols.get(*segment) {
                    Some(Symbol::Module(child)) => Some(Value::of(Kind::Module(*child))),
                    _ => self.package_child(self.all[at.index()].file, segment),
                },
                Kind::Folder(folder) => self.folder_child(folder, segment),
                _ => None,
            }),
        }
    }

    /// One segment further along a path.
    fn step(&self, files: &Files, models: &Models, value: Value, segment: &str, depth: u32) -> Option<Value> {
        match value.kind {
            Kind::Module(module) => self.lookup(files, models, module, segment, depth).or_else(|| {
                let language = files.get(self.all[module.index()].file).language;
                generated(models, language, 1, segment).map(|node| Value::of(Kind::External(node)))
            }),
            Kind::Folder(folder) => self.folder_child(folder, segment),
            Kind::External(node) => models.child(node, segment).map(|child| Value::of(Kind::External(child))),
            _ => Some(Value::UNKNOWN),
        }
    }

    /// Rust: the module a `use` path starts from, and how many segments remain.
    fn rust_start(
        &self,
        file: FileId,
        module: ModuleId,
        path: &[&str],
        members: Option<(&Models, u32)>,
    ) -> Option<(Value, usize)> {
        let mut at = module;
        let mut used = 0;
        let first = *path.first()?;
        match first {
            "crate" => {
                at = ModuleId(self.layout.rust_root(file)?.0);
                used = 1;
            }
            "self" => used = 1,
            "super" => {
                while path.get(used) == Some(&"super") {
                    at = self.all[at.index()].parent?;
                    used += 1;
                }
            }
            _ => {
                let here = self.all[module.index()].symbols.get(first);
                match here {
                    Some(Symbol::Module(_) | Symbol::Class(_)) => {}
                    Some(Symbol::Import(_)) if members.is_some() && path.len() > 1 => {}
                    _ => {
                        at = ModuleId(self.layout.rust_crate(first)?.0);
                        used = 1;
                    }
                }
            }
        }
        Some((Value::of(Kind::Module(at)), path.len() - used))
    }

    /// Rust: the root module of the crate that `file` belongs to.
    pub(crate) fn crate_root(&self, file: FileId) -> Option<ModuleId> {
        self.layout.rust_root(file).map(|root| ModuleId(root.0))
    }

    /// Rust: the root module of a crate of the workspace.
    pub(crate) fn crate_named(&self, name: &str) -> Option<ModuleId> {
        self.layout.rust_crate(name).map(|root| ModuleId(root.0))
    }
}

/// The value a symbol has by itself; a variable's content is found by whoever knows the state of the analysis.
pub(crate) fn symbol_value(symbol: Symbol) -> Value {
    match symbol {
        Symbol::Function(function) => Value::of(Kind::Function(function)),
        Symbol::Class(class) => Value::of(Kind::Class(Type::plain(TypeRef::Project(class)))),
        Symbol::Module(module) => Value::of(Kind::Module(module)),
        Symbol::Global(global) => Value::UNKNOWN.at(crate::link::values::value::Slot::Global(global)),
        Symbol::Import(_) => Value::UNKNOWN,
    }
}

/// A path outside the project: as far as models know it, else unknown.
pub(crate) fn external<'n>(models: &Models, language: Language, path: impl Iterator<Item = &'n str>) -> Value {
    let step = |node: Option<NodeId>, (at, segment): (usize, &str)| {
        node.and_then(|node| models.child(node, segment)).or_else(|| generated(models, language, at, segment))
    };
    path.enumerate().fold(Some(models.root(language)), step).map_or(Value::UNKNOWN, |node| Value::of(Kind::External(node)))
}
