//! What programs read by themselves: a supervisor's file of programs, a Procfile, a server's file of settings.

use super::{Launcher, Run};
use crate::deploy::processes::commands::{Command, Word};
use crate::deploy::processes::programs::{self, AtOnce, Process, Signal, Target, is_file};
use crate::deploy::sheets::{Entry, Sheet};
use crate::deploy::texts::dockerfile::{Dockerfile, join};
use crate::deploy::texts::ini;
use crate::deploy::texts::shell::{self, Origin};
use crate::deploy::texts::tree::Node;
use crate::deploy::vocabulary::amount::{Amount, Counted};
use crate::deploy::vocabulary::stages::Stage;
use crate::deploy::vocabulary::workloads::Workload;
use crate::finding::{Note, Place};
use crate::walk::folder_of;

impl<'f> Run<'_, 'f> {
    /// The processes that a supervisor starts, by its file of programs.
    pub(super) fn supervised(&mut self, process: Process, command: &Command, depth: usize) {
        let before = self.processes.len();
        let laid = self.laid_into_supervisor();
        let is_programs = |node: &&Node| node.entries().iter().any(|(key, _)| key.name.starts_with("program:"));
        // Beside the file of the system, which only says where others are.
        let own = (!laid.iter().any(is_programs)).then(|| self.settings(process.settings.as_deref()?, command.place)).flatten();
        if own.is_some() || laid.iter().any(is_programs) {
            // Programs may stand in files of their own.
            let documents = || own.into_iter().flatten();
            let named = documents().filter_map(|node| node.text_at("include.files")).flat_map(str::split_whitespace);
            let included =
                named.filter(|name| !name.contains('*')).filter_map(|name| self.settings(name, command.place)).flatten();
            let all: Vec<&Node> = documents().chain(included).chain(laid.iter().copied().filter(|_| own.is_none())).collect();
            let programs = all.into_iter().flat_map(Node::entries).filter(|(key, _)| key.name.starts_with("program:"));
            for (_, node) in programs {
                let Some(text) = node.get("command") else { continue };
                let steps = shell::steps(&ini::with_variables(text.text().unwrap_or_default()), Origin::Whole(text.place));
                let first = self.processes.len();
                self.steps(&steps, &[], depth + 1);
                // `autostart=%(ENV_RUN_WEB)s`: each deployment chooses.
                let chosen = node.text_at("autostart").is_some_and(|told| told != "true");
                for process in &mut self.processes[first..] {
                    process.background = true;
                    process.certain &= !chosen;
                    process.place = text.place;
                    process.signal = Signal::Reaches;
                    if let Some(copies) = node.get("numprocs") {
                        let copies = copies.number().map_or(Amount::UNKNOWN, Amount::exactly);
                        process.workers.amount = process.workers.amount.times(copies);
                    }
                }
            }
        } else if let Some(entries) = process.settings.as_deref().and_then(|path| self.procfile(path, command)) {
            // `honcho start web`: those that are named, all where none is.
            let words: Vec<String> = command.words.iter().filter_map(Word::literal).collect();
            let started = words.iter().skip_while(|word| *word != "start").skip(1);
            let named: Vec<&String> = started.filter(|word| entries.iter().any(|entry| entry.name == **word)).collect();
            for entry in entries.iter().filter(|entry| named.is_empty() || named.contains(&&entry.name)) {
                let first = self.processes.len();
                self.steps(&entry.line.steps, &[], depth + 1);
                self.processes[first..].iter_mut().for_each(|process| {
                    process.background = true;
                    process.signal = Signal::Reaches;
                });
            }
        }
        if self.processes.len() == before {
            self.understood = false;
        }
        self.processes.insert(before, process);
    }

    /// A file of settings by the path that a command in some file calls it by.
    fn settings(&self, path: &str, told: Place) -> Option<&'f [Node]> {
        let image = self.image?;
        let tree = |path: &str| match self.launcher.by_path.get(path) {
            Some(Sheet::Documents(documents)) => Some(documents.as_slice()),
            _ => None,
        };
        let name = path.rsplit('/').next().unwrap_or(path);
        let copied = image.sources_of(path).iter().find_map(|path| tree(path));
        // What somebody lays on a machine by hand lies beside what starts the program there.
        let beside = || {
            let own = folder_of(&self.launcher.files.get(told.file).path);
            path.starts_with('/').then(|| tree(&join(own, name))).flatten()
        };
        copied.or_else(|| tree(&join(image.context, path.trim_start_matches('/')))).or_else(beside).or_else(|| {
            // Another image of the tree may have a file of that name too.
            let fits = |path: &&&str| {
                path.rsplit('/').next() == Some(name)
                    && (image.context.is_empty() || path.starts_with(&format!("{}/", image.context)))
            };
            let mut found = self.launcher.by_path.keys().filter(fits).filter_map(|path| tree(path));
            found.next().filter(|_| found.next().is_none())
        })
    }

    /// Files of programs that the image lays into a supervisor's folder of them, from which each is read.
    fn laid_into_supervisor(&self) -> Vec<&'f Node> {
        let Some(image) = self.image else { return Vec::new() };
        let laid = Dockerfile::copies(&image.lineage);
        let laid = laid.iter().filter(|copied| copied.from.is_none() && copied.target.contains("supervisor"));
        let sources = laid.flat_map(|copied| &copied.sources).map(|source| join(image.context, source));
        let read = sources.filter_map(|path| match self.launcher.by_path.get(path.as_str()) {
            Some(Sheet::Documents(documents)) => Some(documents.iter()),
            _ => None,
        });
        read.flatten().collect()
    }

    /// The Procfile that a supervisor reads, as the container sees it, or the one beside the code. Some name it without a flag.
    fn procfile(&self, path: &str, command: &Command) -> Option<&'f [Entry]> {
        let image = self.image?;
        let told =
            command.words.iter().filter_map(Word::literal).find(|word| word.contains("Procfile") && !word.starts_with('-'));
        let path = told.as_deref().unwrap_or(path);
        let beside = || [path.trim_start_matches('/')].into_iter().map(|path| join(image.context, path));
        image.sources_of(path).into_iter().chain(beside()).find_map(|path| match self.launcher.by_path.get(path.as_str()) {
            Some(Sheet::Procfile(entries)) => Some(entries.as_slice()),
            _ => None,
        })
    }

    /// The process with what its own file of settings says of its number, code and logs.
    pub(super) fn counted(&self, mut process: Process) -> Process {
        let (Some(path), Some(image)) = (process.settings.as_deref(), self.image) else { return process };
        let section = |name: &str| {
            self.settings(path, process.place).and_then(|documents| documents.iter().find_map(|node| node.get(name)))
        };
        if let Some(own) = section("uwsgi") {
            // `ini = :base`: another section of the same file.
            let base = own.text_at("ini").and_then(|text| section(text.strip_prefix(':')?));
            let process = from_section(process, own);
            return match base {
                Some(base) => from_section(process, base),
                None => process,
            };
        }
        let mut candidates = image.sources_of(path);
        candidates.push(join(image.context, path.trim_start_matches('/')));
        let Some(path) = candidates.iter().find(|path| self.launcher.is_code(path)) else { return process };
        self.launcher.told_in(path, &mut process);
        process.at_once = self.at_once_by(&process, path);
        if process.target.is_none() {
            process.target = self.launcher.text_in(path, "wsgi_app").map(|(_, text)| Target::Module(text));
        }
        let stated = process.count_setting.filter(|_| process.workers.evidence.is_empty());
        if let Some(workers) = stated.and_then(|setting| self.launcher.number_in(path, setting)) {
            process.workers = workers;
        }
        process
    }
}

impl Launcher<'_> {
    /// Where a file of settings in code sends a program's log, and whether it sends the program into the background.
    fn told_in(&self, path: &str, process: &mut Process) {
        let logs = process.log_settings.iter().filter_map(|setting| self.text_in(path, setting));
        process.logs.extend(logs.filter(|(_, file)| is_file(file)));
        let detached =
            || process.detach_settings.iter().find_map(|name| Some((self.switched_on_in(path, name)?, format!("{name} = True"))));
        process.detached = process.detached.take().or_else(detached);
    }

    /// Servers of which the tree has a file of settings under the name that they look for, and no command.
    pub(in crate::deploy) fn told_by_settings(&self, workloads: &[Workload]) -> Vec<Process> {
        let mut found = Vec::new();
        for (program, name) in programs::read_by_themselves() {
            let starts = |process: &Process| process.name == program.name;
            if workloads.iter().flat_map(|workload| &workload.containers).flat_map(|container| &container.processes).any(starts) {
                continue;
            }
            let own = |path: &str| path.rsplit('/').next() == Some(name) && Stage::of_path(path) != Stage::Development;
            for (file, data) in self.files.iter().filter(|(file, data)| own(&data.path) && self.files.purpose(*file).is_none()) {
                let place = Place { file, span: program.place.span };
                let mut process = Process { place, ..program.clone() };
                self.told_in(&data.path, &mut process);
                found.push(process);
            }
        }
        found
    }
}

impl Run<'_, '_> {
    /// How much a process works on at once, where its file of settings may choose that too.
    fn at_once_by(&self, process: &Process, path: &str) -> AtOnce {
        let Some(settings) = process.at_once_settings else { return AtOnce::Unknown };
        let (kind, words) = settings.kind;
        match kind.filter(|kind| self.launcher.is_set_in(path, kind)) {
            Some(kind) => match self.launcher.text_in(path, kind) {
                Some((_, kind)) if words.iter().any(|word| kind.contains(word.as_str())) => return AtOnce::Unbounded,
                Some(_) => {}
                None => return AtOnce::Unknown,
            },
            None if process.at_once == AtOnce::Unbounded => return AtOnce::Unbounded,
            None => {}
        }
        let number = settings.number.and_then(|number| self.launcher.number_in(path, number));
        match number.map(|number| number.amount) {
            Some(amount) if amount.most.is_some() => amount.most.map_or(AtOnce::Unknown, AtOnce::Bounded),
            Some(_) => AtOnce::Unknown,
            None => process.at_once,
        }
    }
}

/// A process with what a section of settings says of its code and number.
fn from_section(mut process: Process, section: &Node) -> Process {
    let value = |keys: &[&str]| keys.iter().find_map(|key| section.get(key));
    if process.target.is_none() {
        let module = value(&["module", "wsgi"]).and_then(Node::text).map(|text| Target::Module(text.to_owned()));
        let file = value(&["wsgi-file", "file"]).and_then(Node::text).map(|text| Target::Script(text.to_owned()));
        // `mount = /path=module:application`
        let mounted = value(&["mount"]).and_then(Node::text).and_then(|text| Some(text.rsplit_once('=')?.1.trim().to_owned()));
        let mounted = mounted.map(|text| if text.ends_with(".py") { Target::Script(text) } else { Target::Module(text) });
        process.target = module.or(file).or(mounted);
    }
    if process.workers.evidence.is_empty() {
        // A number that the file takes from somewhere else is not known.
        process.workers = value(&["processes", "workers"]).map_or(process.workers, |node| {
            let amount = node.number().map_or(Amount::UNKNOWN, Amount::exactly);
            Counted::stated(amount, Note { place: node.place, message: format!("{}: {amount} processes", process.name) })
        });
    }
    process.changes_to = process.changes_to.or_else(|| value(&["chdir"]).and_then(Node::text).map(str::to_owned));
    process
}
