//! Processes as production starts them: each place that starts one, once, with how sure that is.

use super::code::Link;
use crate::deploy::programs::{Does, Process, Target};
use crate::deploy::stages::Stage;
use crate::deploy::workloads::{Container, Platform, Workload};
use crate::finding::Confidence;
use crate::link::project::Project;
use crate::link::reach::ending::stays_in_loop;
use crate::link::values::value::FnId;
use crate::models::Role;

/// What a process does that goes on until it is told to end.
const WAITING: [Role; 4] = [Role::Serve, Role::ServeDrained, Role::Work, Role::Consume];

/// A process that deployment files start.
#[derive(Debug, Clone, Copy)]
pub struct Started<'p> {
    /// The workload.
    pub workload: &'p Workload,
    /// Its container.
    pub container: &'p Container,
    /// The process.
    pub process: &'p Process,
    /// The code it runs, where that is known.
    pub link: Option<&'p Link>,
    /// How sure it is that production runs it so.
    pub sure: Confidence,
}

impl Started<'_> {
    /// Whether a compose file starts it that does not say that it is for production: most often that is what developers start.
    #[must_use]
    pub fn may_be_of_developers(&self) -> bool {
        self.workload.platform == Platform::Compose && self.workload.stage != Stage::Production
    }

    /// Whether it runs until it is stopped, and does the project's own work.
    #[must_use]
    pub fn stays(&self) -> bool {
        let is_work = |process: &Process| matches!(process.does, Does::Web | Does::Worker | Does::Scheduler);
        let works = match self.process.does {
            Does::Web | Does::Worker | Does::Scheduler => true,
            // A program of the project's own, when nothing else is what the container is for. What runs to its end under a Procfile
            // has a line of its own there as well.
            Does::Command => {
                let last = self.container.processes.last().is_some_and(|last| last == self.process);
                let by_hand =
                    matches!(self.process.target, Some(Target::Django(_))) && self.workload.platform == Platform::Procfile;
                last && self.link.is_some() && self.process.certain && !by_hand && !self.container.processes.iter().any(is_work)
            }
            Does::Job | Does::Proxy | Does::Store | Does::Supervisor | Does::Tool | Does::Helper => false,
        };
        works && (self.workload.stays() || self.workload.platform == Platform::Image)
    }
}

impl Project {
    /// Every place where deployment files start a process, in order of the files; what only developers start is left out.
    #[must_use]
    pub fn started(&self) -> Vec<Started<'_>> {
        let mut found: Vec<Started<'_>> =
            self.deployment().workloads.iter().enumerate().flat_map(|(at, _)| self.started_by(at)).collect();
        found.sort_by(|a, b| {
            let same = (a.process.place, &a.process.name).cmp(&(b.process.place, &b.process.name));
            // Of two that start it, what developers may have for themselves says less.
            same.then(b.sure.cmp(&a.sure)).then(a.may_be_of_developers().cmp(&b.may_be_of_developers()))
        });
        found.dedup_by(|a, b| a.process.place == b.process.place && a.process.name == b.process.name);
        found
    }

    /// Whether the code of a scheduler names one that takes a lock; where its code is not known, any code of the tree.
    #[must_use]
    pub fn locks_schedules(&self, started: &Started<'_>) -> bool {
        let words = started.process.lock_words;
        let own = |file| started.link.is_none_or(|link| self.deployed.contains(link.entry, file));
        let names = |data: &crate::link::FileData| {
            data.facts.names.iter().any(|(_, text)| words.iter().any(|word| text.contains(word.as_str())))
        };
        !words.is_empty() && self.files().iter().any(|(file, data)| own(file) && names(data))
    }

    /// Whether a process may be one that runs the job of a registration: its code has it, or is not known.
    #[must_use]
    pub fn works_for(&self, started: &Started<'_>, job: &crate::link::Site<'_>) -> bool {
        let (file, _) = self.files().locate(job.function);
        started.link.is_none_or(|link| self.deployed.contains(link.entry, file))
    }

    /// Whether a workload that runs a function is run by a platform that asks for health as its manifest says.
    #[must_use]
    pub fn is_probed_by_platform(&self, function: FnId) -> bool {
        self.copies(function).and_then(|copied| copied.link).is_some_and(|link| {
            let workload = self.workload(&link);
            let health = &workload.containers[link.container].health;
            workload.platform.asks_for_health() || health.is_asked() || health.image.is_some()
        })
    }

    /// The file that a program starts with which runs a function, where all that the tree says of how it is run are images and compose
    /// files, and none of them asks for health: no platform that could ask in a way of its own. And which of the two runs it.
    #[must_use]
    pub fn asked_nowhere(&self, function: FnId) -> Option<(crate::finding::FileId, Platform)> {
        let plain = |workload: &Workload| matches!(workload.platform, Platform::Image | Platform::Compose);
        let asks =
            |container: &Container| container.health.is_asked() || container.health.image.is_some() || container.health.elsewhere;
        let mut all = self.deployment().workloads.iter();
        let own = |workload: &Workload| workload.containers.iter().filter(|container| container.build.is_some()).any(asks);
        let nowhere = self.deployment().unresolved == 0 && all.all(|workload| plain(workload) && !own(workload));
        let link = self.copies(function).filter(|_| nowhere)?.link?;
        Some((link.entry, self.workload(&link).platform))
    }

    /// Whether another file of the tree starts the same application with a server for production: then an image that nothing says how
    /// it is run, and that starts it otherwise, is the one for developers.
    #[must_use]
    pub fn is_served_otherwise(&self, started: &Started<'_>) -> bool {
        let Some(link) = started.link.filter(|_| started.workload.platform == Platform::Image) else { return false };
        self.started().iter().any(|other| {
            let serves = other.process.does == Does::Web && other.process.development.is_none();
            serves && other.link.is_some_and(|other| self.deployed.contains(link.entry, other.entry))
        })
    }

    /// Whether the tree runs a program as a function, which it is handed to in an archive: then the image that starts it with a server,
    /// and that nothing for production names, is the one for developers.
    fn is_run_by_functions(&self, workload: &Workload, link: &Link) -> bool {
        let for_developers = match workload.platform {
            Platform::Image => true,
            Platform::Compose => workload.stage != Stage::Production,
            _ => false,
        };
        let path = &self.files().get(link.entry).path;
        // A module in no package may well be another one of that name.
        let is_it = |module: &str| {
            let end = format!("{}.py", module.replace('.', "/"));
            end.contains('/') && path.strip_suffix(&end).is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
        };
        let mut functions = self.deployment().workloads.iter().filter(|other| other.platform == Platform::Functions);
        for_developers
            && functions.any(|function| {
                let serious = function.stage != Stage::Development;
                serious
                    && function
                        .processes()
                        .any(|(_, process)| matches!(&process.target, Some(Target::Module(module)) if is_it(module)))
            })
    }

    /// Whether a process is known to go on until it is stopped: by its program, or because its code serves or works off a queue.
    #[must_use]
    pub fn goes_on(&self, started: &Started<'_>) -> bool {
        if started.process.does != Does::Command {
            return true;
        }
        let Some(link) = started.link else { return false };
        if let Some(Target::Django(command)) = &started.process.target {
            return command.as_ref().is_some_and(|command| self.administrator_goes_on(link, command));
        }
        let inside = |site: crate::link::Site<'_>| self.deployed.contains(link.entry, self.files().locate(site.function).0);
        WAITING.into_iter().any(|role| self.sites(role).any(inside))
    }

    /// Whether a command for administrators goes on: its own file waits for work, or does so in a loop that nothing leaves. One that
    /// a library brings, or that is not found, runs to its end.
    fn administrator_goes_on(&self, link: &Link, command: &str) -> bool {
        let end = format!("/management/commands/{command}.py");
        let own = |file| self.deployed.contains(link.entry, file) && self.files().get(file).path.ends_with(&end);
        let Some((file, _)) = self.files().iter().find(|(file, _)| own(*file)) else { return false };
        let imports = &self.files().get(file).facts.imports;
        let near: Vec<_> = imports.iter().flat_map(|import| self.modules.files_of_import(self.files(), file, import)).collect();
        let waits = |site: crate::link::Site<'_>| {
            let (at, _) = self.files().locate(site.function);
            at == file || near.contains(&at)
        };
        let loops = |function: FnId| self.files().locate(function).0 == file && stays_in_loop(self.facts(function));
        self.functions().any(loops) || WAITING.into_iter().any(|role| self.sites(role).any(waits))
    }

    /// What one workload starts.
    #[must_use]
    pub fn started_by(&self, at: usize) -> Vec<Started<'_>> {
        let workload = &self.deployment().workloads[at];
        if workload.stage == Stage::Development {
            return Vec::new();
        }
        let mut found = Vec::new();
        for (container_at, container) in workload.containers.iter().enumerate() {
            for (process_at, process) in container.processes.iter().enumerate() {
                if Stage::of_path(&self.files().get(process.place.file).path) == Stage::Development {
                    continue;
                }
                let link = self.link_of(at, container_at, process_at);
                let sure = match link {
                    Some(link) if self.is_run_by_functions(workload, link) => Confidence::Low,
                    _ => sure(workload, process),
                };
                found.push(Started { workload, container, process, link, sure });
            }
        }
        found
    }
}

/// A compose file for one host is most often what developers start, whatever it is called; a command in an image may be replaced.
fn sure(workload: &Workload, process: &Process) -> Confidence {
    let own = process.place.file == workload.place.file;
    match workload.platform {
        _ if !process.certain => Confidence::Low,
        Platform::Compose if own && workload.stage != Stage::Production => Confidence::Low,
        Platform::Compose | Platform::Image => Confidence::Medium,
        _ => Confidence::High,
    }
}
