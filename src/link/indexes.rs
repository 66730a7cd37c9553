//! What only a walk over everything finds, made once, when somebody first asks: rules ask of every site, and a walk for each of
//! them would make the run quadratic.

use super::data::actions::RoutedViews;
use super::data::replicas::Handles;
use super::project::Project;
use super::reach::settings::SettingStores;
use crate::facts::NameId;
use crate::finding::FileId;
use crate::lang::Language;
use crate::link::Files;
use crate::link::reach::crates::Crates;
use crate::link::values::value::ClassRef;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::OnceLock;

/// Walks that were made.
#[derive(Debug, Default)]
pub(crate) struct Indexes {
    /// Whether a Python module is loose, and whether it is for commands alone.
    pub by_hand: Each<(bool, bool)>,
    /// Whether the crate of a file only reads a command line.
    pub command_crates: Each<bool>,
    /// What the manifests of Cargo say.
    pub cargo: Crates,
    /// The crates that services are linked with, as numbers of manifests.
    pub service_crates: OnceLock<FxHashSet<usize>>,
    /// The folders of crates, and which of them each file is in.
    pub crates: OnceLock<(Vec<String>, Vec<Option<usize>>)>,
    /// Whether a function speaks of a cache.
    pub has_cache: Each<bool>,
    /// Which classes, or ones that extend them, make a connection or client and keep it.
    pub keepers: OnceLock<Vec<bool>>,
    /// The ways to databases.
    pub handles: OnceLock<Handles>,
    /// The views that code hands on.
    pub routed_views: OnceLock<RoutedViews>,
    /// What classes that rows are made of build on.
    pub parts_of_rows: OnceLock<FxHashSet<ClassRef>>,
    /// How much of the path of a file is the folder of its unit.
    pub units: Each<usize>,
    /// Where settings may be given a value.
    pub settings: OnceLock<SettingStores>,
    /// Macros that decide where what they are given runs.
    pub moving_macros: OnceLock<FxHashSet<String>>,
    naming: OnceLock<Naming>,
}

impl Indexes {
    /// With what everything asks for: the crates.
    pub(super) fn of(files: &Files) -> Self {
        Self { cargo: Crates::of(files), ..Self::default() }
    }
}

/// An answer for each file or function that was asked about.
#[derive(Debug)]
pub(crate) struct Each<T> {
    known: OnceLock<Vec<OnceLock<T>>>,
}

impl<T> Default for Each<T> {
    fn default() -> Self {
        Self { known: OnceLock::new() }
    }
}

impl<T: Copy> Each<T> {
    /// The answer for number `at` of `count`.
    pub(crate) fn of(&self, at: usize, count: usize, find: impl FnOnce() -> T) -> T {
        let known = self.known.get_or_init(|| std::iter::repeat_with(OnceLock::new).take(count).collect());
        match known.get(at) {
            Some(place) => *place.get_or_init(find),
            None => find(),
        }
    }
}

/// Which imports name a module of the project, by the module's name.
#[derive(Debug)]
pub(crate) struct Naming {
    of: FxHashMap<Box<str>, Vec<(FileId, Option<NameId>)>>,
}

impl Project {
    /// Which imports name which module.
    pub(crate) fn naming(&self) -> NamedModules<'_> {
        NamedModules { project: self, naming: self.indexes.naming.get_or_init(|| self.find_naming()) }
    }

    fn find_naming(&self) -> Naming {
        let mut modules: FxHashSet<&str> = FxHashSet::default();
        for (_, data) in self.files().iter().filter(|(_, data)| data.language == Language::Python) {
            let stem = data.path.trim_end_matches(".py");
            modules.extend(stem.rsplit('/').next());
            modules.extend(stem.trim_end_matches("/__init__").rsplit('/').next());
        }
        let mut of: FxHashMap<Box<str>, Vec<(FileId, Option<NameId>)>> = FxHashMap::default();
        for (file, data) in self.files().iter() {
            for import in &data.facts.imports {
                for (at, &part) in import.path.iter().enumerate() {
                    let name = data.facts.names.get(part);
                    if !modules.contains(name) || import.path[..at].contains(&part) {
                        continue;
                    }
                    let named = (file, at.checked_sub(1).map(|before| import.path[before]));
                    match of.get_mut(name) {
                        Some(known) if known.last() == Some(&named) => {}
                        Some(known) => known.push(named),
                        None => {
                            of.insert(name.into(), vec![named]);
                        }
                    }
                }
            }
        }
        Naming { of }
    }
}

/// [`Naming`], with the names.
#[derive(Clone, Copy)]
pub(crate) struct NamedModules<'p> {
    project: &'p Project,
    naming: &'p Naming,
}

impl<'p> NamedModules<'p> {
    /// The files with an import that has `name` in its path, in order, each with what stands before it there. A file may come
    /// several times.
    pub(crate) fn of(self, name: &str) -> impl Iterator<Item = (FileId, Option<&'p str>)> + use<'p> {
        let files = self.project.files();
        let found = self.naming.of.get(name).map_or(&[][..], Vec::as_slice);
        found.iter().map(move |&(file, before)| (file, before.map(|before| files.name(file, before))))
    }
}
