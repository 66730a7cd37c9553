//! Is this a program that people run by hand? Scripts beside the packages, crates that only read a command line.

use super::project::Project;
use super::value::FnId;
use crate::facts::FunctionKind;
use crate::finding::FileId;
use crate::lang::Language;

/// Libraries that read a command line, as a crate imports them.
const COMMAND_LINES: [&str; 5] = ["clap", "structopt", "argh", "pico_args", "lexopt"];

/// Modules that a server or worker is started with by name.
const STARTED: [&str; 9] = ["app", "main", "wsgi", "asgi", "server", "worker", "celery", "settings", "config"];

impl Project {
    /// Whether the code is part of a program that is run by hand and serves nobody.
    #[must_use]
    pub fn is_program_by_hand(&self, function: FnId) -> bool {
        let (file, _) = self.files().locate(function);
        match self.files().get(file).language {
            Language::Python => self.facts(function).kind == FunctionKind::Module && self.is_loose(file),
            Language::Rust => self.crate_folder(file).is_some_and(|folder| self.is_command_crate(folder)),
        }
    }

    /// A module outside of any package that no other module imports.
    fn is_loose(&self, file: FileId) -> bool {
        let path = &self.files().get(file).path;
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let stem = name.strip_suffix(".py").unwrap_or(name);
        let package = format!("{folder}/__init__.py");
        let named = |data: &super::FileData| {
            data.facts.imports.iter().any(|import| import.path.iter().any(|&part| data.facts.names.get(part) == stem))
        };
        let served = self.entry_points().iter().any(|point| point.kind.serves() && self.files().locate(point.function).0 == file);
        let by_name = folder.is_empty() || served || STARTED.contains(&stem);
        let packaged = || self.files().iter().any(|(other, data)| data.path == package || other != file && named(data));
        !by_name && !packaged()
    }

    /// The folder of the nearest manifest above a file.
    fn crate_folder(&self, file: FileId) -> Option<&str> {
        let path = &self.files().get(file).path;
        let folders = self.files().manifests().filter_map(|(manifest, _)| manifest.strip_suffix("Cargo.toml"));
        folders.filter(|folder| path.starts_with(folder)).max_by_key(|folder| folder.len())
    }

    /// A crate that reads a command line and in which nothing takes requests or jobs.
    fn is_command_crate(&self, folder: &str) -> bool {
        let inside = |file: FileId| self.files().get(file).path.starts_with(folder) && self.crate_folder(file) == Some(folder);
        let reads = self.files().iter().filter(|(file, _)| inside(*file)).any(|(_, data)| {
            data.facts
                .imports
                .iter()
                .any(|import| import.path.first().is_some_and(|&first| COMMAND_LINES.contains(&data.facts.names.get(first))))
        });
        let serves =
            || self.entry_points().iter().any(|point| point.kind.serves() && inside(self.files().locate(point.function).0));
        reads && !serves()
    }
}
