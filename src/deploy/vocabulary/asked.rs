//! What rules ask of workloads: whether requests reach one, whether it can have copies at all, which of its scenarios count.

use crate::deploy::processes::images::{self, Kind, Known};
use crate::deploy::processes::programs::Does;
use crate::deploy::vocabulary::deployment::Deployment;
use crate::deploy::vocabulary::stages::Stage;
use crate::deploy::vocabulary::workloads::{Container, Copies, Mount, Platform, Storage, Volume, Workload};
use crate::finding::Place;
use std::collections::BTreeMap;

/// Words of names for what there is one of by design, or what takes no requests.
const SINGULAR: [&str; 29] = [
    "operator",
    "controller",
    "scheduler",
    "beat",
    "cron",
    "crond",
    "clock",
    "leader",
    "master",
    "primary",
    "coordinator",
    "singleton",
    "watcher",
    "poller",
    "worker",
    "celery",
    "consumer",
    "exporter",
    "migration",
    "migrations",
    "db",
    "database",
    "jupyter",
    "notebook",
    "autoscaler",
    "metrics",
    "prometheus",
    "alertmanager",
    "grafana",
];

/// Those of them that name work, and nothing that anybody could ask for something.
const WORKING: [&str; 11] =
    ["controller", "scheduler", "beat", "cron", "crond", "clock", "watcher", "poller", "worker", "celery", "consumer"];

impl Deployment {
    /// Each workload in its scenarios, without those of development and tests; a workload that has no others is left out. What
    /// has the same name and image in several files is one workload, however the files belong together.
    pub fn serious_groups(&self) -> impl Iterator<Item = Vec<&Workload>> {
        let mut found: BTreeMap<[&str; 3], Vec<&Workload>> = BTreeMap::new();
        for group in self.groups() {
            let serious: Vec<&Workload> =
                group.into_iter().map(|(_, workload)| workload).filter(|workload| workload.stage != Stage::Development).collect();
            if let Some(first) = serious.first() {
                found.entry(first.identity()).or_default().extend(serious);
            }
        }
        found.into_values()
    }

    /// Where a script asks for several copies of a workload that the file at `path` declares, with the number.
    #[must_use]
    pub fn scaled_by_command(&self, workload: &Workload, path: &str) -> Option<&crate::deploy::processes::scripts::Scaled> {
        let asks = |scaled: &&crate::deploy::processes::scripts::Scaled| {
            scaled.copies > 1 && scaled.service == workload.name && scaled.reads(path)
        };
        self.scaled.iter().find(asks)
    }
}

/// The scenario to speak of: the first for production, else the first.
#[must_use]
pub(crate) fn foremost<'w>(scenarios: &[&'w Workload]) -> Option<&'w Workload> {
    let production = scenarios.iter().find(|workload| workload.stage == Stage::Production);
    production.or(scenarios.first()).copied()
}

impl Workload {
    /// What tells it from other workloads of the tree.
    fn identity(&self) -> [&str; 3] {
        let image = self.mains().next().and_then(|main| match (&main.build, &main.image) {
            (Some(build), _) => Some(build.dockerfile.as_str()),
            (None, Some(image)) => Some(images::short_name(&image.value)),
            (None, None) => None,
        });
        match image {
            // Every stack has a store of its own, called the same.
            Some(image) if !(self.is_on_one_machine() && self.made_by_others().is_some()) => [&self.kind, &self.name, image],
            _ => [&self.group, "", ""],
        }
    }

    /// Whether all of it runs on one machine, as its platform has it: copies there share the machine's folders and ports, and the
    /// number of copies is as often told on the command line as in a file.
    #[must_use]
    pub fn is_on_one_machine(&self) -> bool {
        matches!(self.platform, Platform::Compose | Platform::Manager)
    }

    /// Whether every process of a copy hears that it is to end: as its platform has it, or systemd, which tells the whole unit
    /// (systemd.kill(5): `KillMode=control-group` by default).
    #[must_use]
    pub fn signals_all(&self) -> bool {
        self.platform.signals_all() || self.kind == "unit"
    }

    /// Where its number of copies is said: at the number, or at the workload when a default holds.
    #[must_use]
    pub fn count_place(&self) -> Place {
        self.replicas.evidence.first().map_or(self.place, |note| note.place)
    }

    /// Whether requests reach it: one of its processes answers some, or something sends it some, it has a port for them, and no
    /// process is known to do anything else.
    #[must_use]
    pub fn answers_requests(&self) -> bool {
        let does = |wanted: Does| self.processes().any(|(_, process)| process.does == wanted);
        // A service that selects by labels may be there for a name alone.
        let asked = |main: &Container| main.health.ready.iter().chain(&main.health.alive).any(|probe| probe.path.is_some());
        let has_port = || self.labels.is_empty() || self.mains().any(|main| !main.ports.is_empty() || asked(main));
        let other = || does(Does::Worker) || does(Does::Scheduler) || does(Does::Job);
        does(Does::Web) || self.served_by.is_some() && has_port() && !other()
    }

    /// Whether it takes work from a queue.
    #[must_use]
    pub fn takes_work(&self) -> bool {
        self.processes().any(|(_, process)| process.does == Does::Worker)
    }

    /// What others made it for, when all that works in it is made by others.
    #[must_use]
    pub fn made_by_others(&self) -> Option<&'static Known> {
        let mut mains = self.mains().map(Container::made_by_others);
        let first = mains.next().flatten()?;
        mains.all(|known| known.is_some()).then_some(first)
    }

    /// Whether there is one of it by design: it keeps data, starts work by the clock, or elects one that works.
    #[must_use]
    pub fn is_singular(&self) -> bool {
        self.replaced_at_once.is_some()
            || self.copies != Copies::Alike
            || self.is_singular_by_name()
            || self.keeps_data()
            || self.mains().any(Container::elects_a_leader)
            || self.processes().any(|(_, process)| process.does == Does::Scheduler || process.embeds_scheduler.is_some())
    }

    /// Whether a command says that it answers requests, at a port that the container opens: what sends them need not be in the tree.
    #[must_use]
    pub fn serves_by_command(&self) -> bool {
        let serves =
            |container: &Container| container.processes.iter().any(|process| process.does == Does::Web && process.certain);
        self.mains().any(|container| !container.ports.is_empty() && serves(container))
    }

    /// Whether its name says that it is for work that nobody waits for, and nothing that it starts is known to answer requests.
    #[must_use]
    pub fn works_by_name(&self) -> bool {
        let says = |word: &str| WORKING.contains(&word.to_ascii_lowercase().as_str());
        let answers = self.processes().any(|(_, process)| process.does == Does::Web);
        !answers && self.name.split(|c: char| !c.is_ascii_alphanumeric()).any(says)
    }

    /// Whether its name or that of its image says that there is one of it.
    #[must_use]
    pub fn is_singular_by_name(&self) -> bool {
        // What stands beside the work, a proxy for one, does not speak for it.
        let works = |main: &&Container| {
            main.made_by_others().is_none_or(|known| !matches!(known.does, Kind::Proxy | Kind::Tool | Kind::Base))
        };
        let mut images = self.mains().filter(works).filter_map(|main| Some(images::short_name(&main.image.as_ref()?.value)));
        is_singular_name(&self.name) || images.any(is_singular_name)
    }

    /// Whether a copy of it may write to storage that another copy might not have.
    fn keeps_data(&self) -> bool {
        self.mounted().any(|(mount, volume)| {
            !mount.read_only && !matches!(volume.storage, Storage::Scratch | Storage::Input | Storage::Shared)
        })
    }

    /// What its containers have mounted, each with the volume.
    pub fn mounted(&self) -> impl Iterator<Item = (&Mount, &Volume)> {
        let mounts = self.mains().flat_map(|container| &container.mounts);
        mounts.filter_map(|mount| Some((mount, self.volumes.iter().find(|volume| volume.name == mount.volume)?)))
    }
}

impl Container {
    /// What others made its image for; none for an image that this tree builds.
    #[must_use]
    pub fn made_by_others(&self) -> Option<&'static Known> {
        if self.build.is_some() {
            return None;
        }
        let known = images::known(&self.image.as_ref()?.value)?;
        // A repository may be called after what its program talks to.
        let listens =
            |port: u16| self.ports.is_empty() || self.ports.iter().any(|own| own.container.is_none_or(|own| own == port));
        known.port.is_none_or(listens).then_some(known)
    }

    /// The words that it starts with, as far as they depend on nothing.
    fn words(&self) -> impl Iterator<Item = String> {
        let lines = self.entrypoint.iter().chain(&self.command);
        let words = lines.flat_map(|line| line.commands().flat_map(|command| &command.words));
        words.filter_map(|word| word.literal()).collect::<Vec<_>>().into_iter()
    }

    fn elects_a_leader(&self) -> bool {
        self.words().any(|word| word.contains("leader-elect") || word.contains("leader-election"))
    }

    /// Whether it runs the server that its image is made for, rather than a tool that comes with it, and not for a try.
    #[must_use]
    pub fn runs_its_server(&self) -> bool {
        let mut words = self.words();
        let Some(first) = words.next() else { return self.entrypoint.is_none() && self.command.is_none() };
        let name = first.rsplit('/').next().unwrap_or(&first);
        let starts = first.starts_with('-')
            || names_a_server(name)
            || matches!(name, "server" | "start" | "agent" | "docker-entrypoint.sh" | "run")
            || self.processes.iter().any(|process| process.does == Does::Store);
        starts && !words.chain([first]).any(|word| matches!(word.as_str(), "-dev" | "--dev" | "start-dev" | "dev"))
    }
}

/// Whether others make an image of this name that keeps something.
fn is_store(name: &str) -> bool {
    images::known(name).is_some_and(|known| matches!(known.does, Kind::Store | Kind::Index | Kind::Queue | Kind::Cache))
}

/// Whether a program is the server of a store, by the name of its image. Some clients have that name too.
fn names_a_server(program: &str) -> bool {
    is_store(program) && !matches!(program, "mysql" | "mariadb" | "mongo")
}

/// Whether a name says that there is one of it: by a word, or because it is that of a store.
fn is_singular_name(name: &str) -> bool {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_ascii_lowercase);
    words.into_iter().any(|word| SINGULAR.contains(&word.as_str()) || is_store(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_singletons() {
        assert!(is_singular_name("cert-operator") && is_singular_name("shop_beat") && is_singular_name("keycloak-postgres"));
        assert!(!is_singular_name("web") && !is_singular_name("shop-api"));
    }
}
