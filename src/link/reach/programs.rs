//! Is this a program that people run by hand? Scripts beside the packages, crates that only read a command line.

use crate::facts::{FunctionKind, Import};
use crate::finding::FileId;
use crate::lang::Language;
use crate::link::EntryPoint;
use crate::link::project::Project;
use crate::link::values::value::FnId;
use crate::models::EntryKind;
use rustc_hash::FxHashMap;

/// Libraries that read a command line, as a crate imports them.
const COMMAND_LINES: [&str; 5] = ["clap", "structopt", "argh", "pico_args", "lexopt"];

/// Modules that a server or worker is started with by name.
const STARTED: [&str; 9] = ["app", "main", "wsgi", "asgi", "server", "worker", "celery", "settings", "config"];

/// How many modules are looked at to see who imports one.
const MODULES: usize = 64;

impl Project {
    /// Whether the code is part of a program that is run by hand and serves nobody.
    #[must_use]
    pub fn is_program_by_hand(&self, function: FnId) -> bool {
        let (file, _) = self.files().locate(function);
        match self.files().get(file).language {
            Language::Python => {
                let known = || (self.is_loose(file), self.is_for_commands(file));
                let (loose, for_commands) = self.indexes.by_hand.of(file.index(), self.files().list().len(), known);
                // A script that starts its own functions when it is loaded, below no `__main__`, serves nobody with them.
                let runs_itself =
                    || self.graph.from(self.module_body(file)).any(|edge| self.files().locate(edge.callee).0 == file);
                loose
                    && (self.facts(function).kind == FunctionKind::Module
                        || self.facts(function).decorators.is_empty() && runs_itself())
                    || for_commands
            }
            Language::Rust => self.crate_folder(file).is_some_and(|folder| {
                self.indexes.command_crates.of(file.index(), self.files().list().len(), || self.is_command_crate(folder))
            }),
            Language::Sql | Language::Deployment(_) => false,
        }
    }

    /// Code of one file that the platform calls.
    pub(crate) fn entry_points_in(&self, file: FileId) -> &[EntryPoint] {
        let points = self.entry_points();
        let start = points.partition_point(|point| self.files().locate(point.function).0 < file);
        let end = points.partition_point(|point| self.files().locate(point.function).0 <= file);
        &points[start..end]
    }

    /// A module outside of any package that no other module imports.
    fn is_loose(&self, file: FileId) -> bool {
        let path = &self.files().get(file).path;
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let stem = name.strip_suffix(".py").unwrap_or(name);
        let package = format!("{folder}/__init__.py");
        let served = || self.entry_points_in(file).iter().any(|point| point.kind.serves());
        let by_name = folder.is_empty() || STARTED.contains(&stem) || served();
        let named = || self.naming().of(stem).any(|(other, _)| other != file);
        let packaged = || self.files().by_path(&package).is_some() || named();
        !by_name && !packaged()
    }

    /// A module that only programs run by hand import, directly or through others.
    fn is_for_commands(&self, file: FileId) -> bool {
        let mut found = vec![file];
        let mut at = 0;
        let mut by_hand = false;
        while let Some(&next) = found.get(at) {
            let points = self.entry_points_in(next);
            if points.iter().any(|point| point.kind.serves()) || found.len() > MODULES {
                return false;
            }
            let importers = self.importers(next);
            if importers.is_empty() {
                // `if __name__ == "__main__":` may as well start a server.
                let script = self.is_script(self.module_body(next));
                let command = |point: &EntryPoint| {
                    point.kind == EntryKind::Command && (script || self.facts(point.function).kind != FunctionKind::MainGuard)
                };
                if next == file || !points.iter().any(command) {
                    return false;
                }
                by_hand = true;
            }
            found.extend(importers.into_iter().filter(|importer| !found.contains(importer)).collect::<Vec<_>>());
            at += 1;
        }
        by_hand
    }

    /// Files that import a Python module, tests left out: those whose import ends with its name, below its package's.
    pub(crate) fn importers(&self, file: FileId) -> Vec<FileId> {
        let path = &self.files().get(file).path;
        let mut names = path.trim_end_matches(".py").trim_end_matches("/__init__").rsplit('/');
        let (Some(stem), package) = (names.next(), names.next()) else { return Vec::new() };
        let mut found: Vec<FileId> = self
            .naming()
            .of(stem)
            .filter_map(|(other, before)| {
                let inside = before.is_none_or(|before| package.is_none_or(|package| before == package || before.is_empty()));
                let used = || self.files().get(other).language == Language::Python && !self.is_test(self.module_body(other));
                (inside && other != file && used()).then_some(other)
            })
            .collect();
        found.dedup();
        found
    }

    /// The folder of the nearest manifest above a file.
    pub(crate) fn crate_folder(&self, file: FileId) -> Option<&str> {
        let files = self.files();
        let find = || {
            let folders = files.manifests().filter_map(|(manifest, _)| manifest.strip_suffix("Cargo.toml"));
            let folders: Vec<String> = folders.map(str::to_owned).collect();
            let at: FxHashMap<&str, usize> = folders.iter().enumerate().map(|(at, folder)| (folder.as_str(), at)).collect();
            let of_file = |path: &str| {
                let ends = path.match_indices('/').map(|(slash, _)| slash + 1).collect::<Vec<_>>();
                ends.into_iter().rev().chain([0]).find_map(|end| at.get(&path[..end]).copied())
            };
            let of = files.iter().map(|(_, data)| of_file(&data.path)).collect();
            (folders, of)
        };
        let (folders, of) = self.indexes.crates.get_or_init(find);
        of.get(file.index()).copied().flatten().map(|at| folders[at].as_str())
    }

    /// Whether a file of Rust imports a library that reads a command line.
    pub(super) fn reads_command_line(&self, file: FileId) -> bool {
        let facts = &self.files().get(file).facts;
        let first = |import: &Import| import.path.first().map(|&first| facts.names.get(first));
        facts.imports.iter().filter_map(first).any(|name| COMMAND_LINES.contains(&name))
    }

    /// A crate that reads a command line and in which nothing takes requests.
    fn is_command_crate(&self, folder: &str) -> bool {
        let inside = |file: FileId| self.files().get(file).path.starts_with(folder) && self.crate_folder(file) == Some(folder);
        let reads = self.files().iter().any(|(file, _)| inside(file) && self.reads_command_line(file));
        // A helper that listens on this machine only is part of the program, and no service.
        let local = |point: &EntryPoint| point.registered.is_some_and(|(at, _)| self.is_for_this_machine(at));
        let requests = |point: &EntryPoint| {
            point.kind == EntryKind::Request && inside(self.files().locate(point.function).0) && !local(point)
        };
        let serves = || self.entry_points().iter().any(requests);
        reads && !serves()
    }
}
