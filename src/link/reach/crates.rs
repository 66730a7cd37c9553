//! Which crates of the tree are built, and which end up in one program? What the manifests of Cargo say.

use crate::lang::Language;
use crate::link::Files;
use crate::link::project::Project;
use crate::link::values::value::FnId;
use crate::models::EntryKind;
use crate::walk::folder_of;
use globset::{Glob, GlobSet, GlobSetBuilder};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::OnceLock;
use toml::{Table, Value};

/// A manifest of Cargo, read.
#[derive(Debug)]
pub(in crate::link) struct Manifest {
    /// Its folder, without a slash at the end; empty for the root of the tree.
    pub folder: String,
    /// What it says.
    pub table: Table,
}

impl Manifest {
    /// The name of its package, with Cargo's two signs taken for one.
    pub(in crate::link) fn name(&self) -> Option<String> {
        Some(plain(self.table.get("package")?.get("name")?.as_str()?))
    }

    /// How the paths of its files begin.
    pub(in crate::link) fn beginning(&self) -> String {
        if self.folder.is_empty() { String::new() } else { format!("{}/", self.folder) }
    }

    /// The packages that tables of these names depend on, those for single platforms included.
    pub(in crate::link) fn depends_on(&self, sections: &[&str]) -> Vec<String> {
        let platforms = self.table.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
        let tables = std::iter::once(&self.table).chain(platforms.filter_map(Value::as_table));
        let listed = tables.flat_map(|table| sections.iter().filter_map(|section| table.get(*section)?.as_table()));
        // `alias = { package = "name" }`
        let name = |(key, value): (&String, &Value)| plain(value.get("package").and_then(Value::as_str).unwrap_or(key));
        listed.flat_map(|dependencies| dependencies.iter().map(name)).collect()
    }
}

/// All manifests of Cargo in a tree that can be read.
pub(in crate::link) fn manifests(files: &Files) -> Vec<Manifest> {
    let found = files.manifests_named("Cargo.toml");
    found.map(|(path, table)| Manifest { folder: folder_of(path).to_owned(), table: table.clone() }).collect()
}

/// Cargo takes both signs for one.
fn plain(name: &str) -> String {
    name.replace('_', "-")
}

/// The crates of a tree, and which of them others of the tree need.
#[derive(Debug, Default)]
pub(in crate::link) struct Crates {
    manifests: Vec<Manifest>,
    by_folder: FxHashMap<String, usize>,
    /// For each, all crates of the tree that are linked with it, itself included.
    closures: Vec<FxHashSet<usize>>,
    /// For each, all crates that one of the tree links together with it, once somebody asked.
    together: Vec<OnceLock<FxHashSet<usize>>>,
}

impl Crates {
    /// From the manifests of a tree.
    pub(in crate::link) fn of(files: &Files) -> Self {
        let manifests = manifests(files);
        let mut by_name: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        for (at, manifest) in manifests.iter().enumerate() {
            if let Some(name) = manifest.name() {
                by_name.entry(name).or_default().push(at);
            }
        }
        // `alias = { package = "name", .. }` under `[workspace.dependencies]`, which a crate takes as `alias.workspace = true`.
        let shared = manifests.iter().filter_map(|manifest| manifest.table.get("workspace")?.get("dependencies")?.as_table());
        let renamed: FxHashMap<String, String> =
            shared.flatten().filter_map(|(alias, value)| Some((plain(alias), plain(value.get("package")?.as_str()?)))).collect();
        let of_name = |name: String| {
            let real = renamed.get(&name).and_then(|name| by_name.get(name));
            by_name.get(&name).into_iter().chain(real).flatten().copied().collect::<Vec<_>>()
        };
        let named = |manifest: &Manifest| manifest.depends_on(&["dependencies", "build-dependencies"]);
        let needs: Vec<Vec<usize>> =
            manifests.iter().map(|manifest| named(manifest).into_iter().flat_map(of_name).collect()).collect();
        let closures = (0..manifests.len()).map(|at| closure(&needs, [at])).collect();
        let by_folder = manifests.iter().enumerate().map(|(at, manifest)| (manifest.folder.clone(), at)).collect();
        let together = std::iter::repeat_with(OnceLock::new).take(manifests.len()).collect();
        Self { manifests, by_folder, closures, together }
    }

    /// The crate that a file belongs to: the nearest manifest above it.
    fn of_file(&self, path: &str) -> Option<usize> {
        let above = std::iter::successors(Some(folder_of(path)), |folder| (!folder.is_empty()).then(|| folder_of(folder)));
        above.into_iter().find_map(|folder| self.by_folder.get(folder).copied())
    }

    /// Whether some crate of the tree is linked with those of both files; true where their crates are not known.
    pub(in crate::link) fn meet(&self, one: &str, other: &str) -> bool {
        let (Some(one), Some(other)) = (self.of_file(one), self.of_file(other)) else { return true };
        let found = || self.closures.iter().filter(|closure| closure.contains(&one)).flatten().copied().collect();
        one == other || self.together[one].get_or_init(found).contains(&other)
    }

    /// The crates that programs which take requests are linked with; none where no such program is known. A program is a crate
    /// with a `src/main.rs`, or one that takes requests itself and has some `src/bin`.
    fn served<'f>(&self, files: impl Iterator<Item = &'f str>, requests: impl Iterator<Item = &'f str>) -> FxHashSet<usize> {
        let taking: FxHashSet<usize> = requests.filter_map(|path| self.of_file(path)).collect();
        let program = |path: &str| {
            let at = self.of_file(path)?;
            let inside = path.strip_prefix(self.manifests[at].beginning().as_str())?;
            let is = inside == "src/main.rs" || inside.starts_with("src/bin/") && taking.contains(&at);
            (is && !self.closures[at].is_disjoint(&taking)).then_some(at)
        };
        files.filter_map(program).flat_map(|at| self.closures[at].iter().copied()).collect()
    }

    /// The folder of a crate, and those of the crates of this tree that it needs, and theirs.
    pub(in crate::link) fn needed_by<'c>(&'c self, folder: &'c str) -> FxHashSet<&'c str> {
        let closure = self.by_folder.get(folder).map(|&at| &self.closures[at]);
        closure.into_iter().flatten().map(|&at| self.manifests[at].folder.as_str()).chain([folder]).collect()
    }

    /// How the paths of crates begin that Cargo refuses to build: they lie inside a workspace that neither lists nor excludes them
    /// nor needs them ("current package believes it's in a workspace when it's not").
    pub(in crate::link) fn left_out(&self) -> Vec<String> {
        let mut members: FxHashMap<usize, (Workspace, FxHashSet<usize>)> = FxHashMap::default();
        for (root, manifest) in self.manifests.iter().enumerate() {
            let Some(workspace) = Workspace::of(manifest) else { continue };
            let listed = (0..self.manifests.len()).filter(|&at| at == root || workspace.lists(&self.manifests[at].folder));
            let built = listed.flat_map(|at| self.closures[at].iter().copied()).collect();
            members.insert(root, (workspace, built));
        }
        let root_of = |at: usize| {
            let folder = self.manifests[at].folder.as_str();
            let above = std::iter::successors(Some(folder), |folder| (!folder.is_empty()).then(|| folder_of(folder)));
            above.into_iter().find_map(|folder| self.by_folder.get(folder).and_then(|root| members.get(root)))
        };
        let is_left_out = |at: &usize| {
            let manifest = &self.manifests[*at];
            let own = manifest.table.get("package").and_then(Value::as_table);
            // `package.workspace` names a root elsewhere.
            own.is_some_and(|package| !package.contains_key("workspace"))
                && root_of(*at).is_some_and(|(workspace, built)| !built.contains(at) && !workspace.excludes(&manifest.folder))
        };
        (0..self.manifests.len()).filter(is_left_out).map(|at| self.manifests[at].beginning()).collect()
    }
}

impl Project {
    /// What the manifests of Cargo say.
    pub(in crate::link) fn cargo(&self) -> &Crates {
        &self.indexes.cargo
    }

    /// The path of a function's file, where that is Rust.
    fn rust_path(&self, function: FnId) -> Option<&str> {
        let data = self.files().get(self.files().locate(function).0);
        (data.language == Language::Rust).then_some(data.path.as_str())
    }

    /// Whether two functions can run in one program: those of Rust crates that nothing links together do not.
    pub(in crate::link) fn may_meet(&self, one: FnId, other: FnId) -> bool {
        self.rust_path(one).zip(self.rust_path(other)).is_none_or(|(one, other)| self.cargo().meet(one, other))
    }

    /// Whether a function belongs to a Rust crate that no service of the tree is linked with, while there are some: it is there for
    /// programs of others.
    #[must_use]
    pub fn is_for_others(&self, function: FnId) -> bool {
        let Some(path) = self.rust_path(function) else { return false };
        let served = self.indexes.service_crates.get_or_init(|| {
            let points = self.entries.points.iter().filter(|point| point.kind == EntryKind::Request);
            let points = points.map(|point| point.function).filter(|&function| !self.is_test(function));
            let requests = points.filter_map(|function| self.rust_path(function));
            self.cargo().served(self.files().iter().map(|(_, data)| data.path.as_str()), requests)
        });
        !served.is_empty() && self.cargo().of_file(path).is_some_and(|at| !served.contains(&at))
    }
}

/// Everything that some crates lead to.
fn closure(needs: &[Vec<usize>], from: impl IntoIterator<Item = usize>) -> FxHashSet<usize> {
    let mut waiting: Vec<usize> = from.into_iter().collect();
    let mut found: FxHashSet<usize> = waiting.iter().copied().collect();
    while let Some(at) = waiting.pop() {
        waiting.extend(needs[at].iter().copied().filter(|&next| found.insert(next)));
    }
    found
}

/// What a `[workspace]` lists and excludes, as patterns of folders.
struct Workspace {
    members: GlobSet,
    excluded: Vec<String>,
}

impl Workspace {
    fn of(manifest: &Manifest) -> Option<Self> {
        let table = manifest.table.get("workspace")?.as_table()?;
        let listed = |key: &str| -> Vec<String> {
            let listed = table.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            listed
                .map(|path| format!("{}{}", manifest.beginning(), path.trim_start_matches("./").trim_end_matches('/')))
                .collect()
        };
        let mut members = GlobSetBuilder::new();
        listed("members").iter().filter_map(|pattern| Glob::new(pattern).ok()).for_each(|glob| {
            members.add(glob);
        });
        Some(Self { members: members.build().ok()?, excluded: listed("exclude") })
    }

    fn lists(&self, folder: &str) -> bool {
        self.members.is_match(folder)
    }

    fn excludes(&self, folder: &str) -> bool {
        self.excluded
            .iter()
            .any(|out| folder.strip_prefix(out.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    }
}
