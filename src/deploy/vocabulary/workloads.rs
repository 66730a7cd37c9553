//! The deployment vocabulary: workloads, containers, processes, autoscalers, volumes, stickiness, databases. Every platform is lowered
//! to it, and rules know nothing else. A value that could not be resolved is absent or unknown, never a guess.

pub use super::platform::Platform;
use crate::deploy::processes::commands::Line;
use crate::deploy::processes::images::Kind;
use crate::deploy::processes::programs::Process;
use crate::deploy::vocabulary::amount::{Amount, Counted};
use crate::deploy::vocabulary::stages::Stage;
use crate::finding::{Note, Place};

/// A value and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// Where.
    pub place: Place,
}

impl<T> Placed<T> {
    /// `value`, written at `place`.
    pub fn new(value: T, place: Place) -> Self {
        Self { value, place }
    }
}

/// What kind of copies a workload makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Copies {
    /// Interchangeable ones that run until they are stopped.
    Alike,
    /// Numbered ones, each with a stable name (StatefulSet).
    Numbered,
    /// One on each node.
    PerNode,
    /// Ones that run to their end: jobs, release commands.
    ToTheEnd,
    /// Ones that a schedule starts.
    Scheduled,
    /// Ones that the platform starts for each event.
    PerEvent,
}

/// Something that a platform runs one or several copies of.
#[derive(Debug, Clone)]
pub struct Workload {
    /// Its name there.
    pub name: String,
    /// The namespace it says it is in.
    pub namespace: Option<String>,
    /// What the platform calls such a thing: `Deployment`, `service`, `aws_ecs_service`.
    pub kind: String,
    /// Where it is declared: its kind, name or heading.
    pub place: Place,
    /// Who runs it.
    pub platform: Platform,
    /// What kind of copies.
    pub copies: Copies,
    /// What the file is for.
    pub stage: Stage,
    /// Whether all of it was read: settings that are absent may stand elsewhere otherwise.
    pub whole: bool,
    /// How many copies, autoscalers counted.
    pub replicas: Counted,
    /// The number of copies that the file states, if it does.
    pub stated: Option<Placed<u32>>,
    /// Whether that number is what a parameter of a template holds until whoever applies it gives another one.
    pub is_offered: bool,
    /// What scales it, by position in [`crate::deploy::vocabulary::deployment::Deployment::autoscalers`].
    pub autoscaler: Option<usize>,
    /// Whether a new copy starts before the old one has gone; absent when nobody says.
    pub overlaps: Option<Placed<bool>>,
    /// What runs in each copy.
    pub containers: Vec<Container>,
    /// What storage each copy has.
    pub volumes: Vec<Volume>,
    /// What sends requests to it, if anything does.
    pub served_by: Option<Place>,
    /// Ports inside of it that requests are sent to, as far as is known.
    pub served_at: Vec<u16>,
    /// When it is started.
    pub schedule: Option<Schedule>,
    /// Where a file for one machine says that it is started again whenever it ends.
    pub restarted: Option<Place>,
    /// How long a copy has to end, in seconds.
    pub grace: Option<Placed<u32>>,
    /// Labels of its copies, which services select by.
    pub labels: Vec<(String, String)>,
    /// Settings that allow one copy only.
    pub pins: Vec<Pin>,
    /// Where it is said that all copies end before new ones start.
    pub replaced_at_once: Option<Place>,
    /// Name of the group of equal workloads in several scenarios: the same chart with other values, the same base in other overlays.
    pub group: String,
}

/// When a workload is started.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// The schedule as written: `*/5 * * * *`.
    pub text: String,
    /// Where.
    pub place: Place,
    /// Whether a run may start while the last one still runs.
    pub overlaps: bool,
    /// Where that is said.
    pub overlap_place: Option<Place>,
    /// After how many seconds a run is ended.
    pub deadline: Option<Placed<u32>>,
    /// Whether it is switched off.
    pub suspended: bool,
}

/// What a container is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// It does the work.
    Main,
    /// It runs to its end before the work starts.
    Init,
    /// It helps another one.
    Sidecar,
}

/// One container of a workload, or one process where the platform has no containers.
#[derive(Debug, Clone)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub place: Place,
    /// What it is for.
    pub part: Part,
    /// The image it runs.
    pub image: Option<Placed<String>>,
    /// What builds that image, as far as files say.
    pub build: Option<Build>,
    /// Whether the image's path names this project or who owns it, though nothing says what builds it.
    pub of_project: bool,
    /// What others made the image for that it only adds settings to.
    pub others: Option<Kind>,
    /// What replaces the image's entry point.
    pub entrypoint: Option<Line>,
    /// What replaces the image's command, or is added to the entry point.
    pub command: Option<Line>,
    /// The folder it starts in, inside the container.
    pub workdir: Option<String>,
    /// Environment, in order; those of the image first.
    pub env: Vec<Variable>,
    /// Whether more of the environment comes from where we cannot look.
    pub env_elsewhere: bool,
    /// Ports.
    pub ports: Vec<Port>,
    /// What asks whether it is well.
    pub health: Health,
    /// Seconds that are waited before it is told to end; they count into the time it has.
    pub waits: Option<Placed<u32>>,
    /// What it reserves and may use.
    pub resources: Resources,
    /// What it has mounted.
    pub mounts: Vec<Mount>,
    /// Files and folders of the tree that are laid over those of the image: where they are, relative to the root, and where then.
    pub laid: Vec<(String, String)>,
    /// The processes that its command starts, scripts followed.
    pub processes: Vec<Process>,
    /// Whether everything that its command starts is known.
    pub understood: bool,
    /// The project's own code that it runs, by file, once that is linked.
    pub runs: Vec<crate::finding::FileId>,
}

/// What builds an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// Folder whose files the image gets, relative to the root; empty for the root itself.
    pub context: String,
    /// The Dockerfile, relative to the root.
    pub dockerfile: String,
    /// The stage that is built.
    pub target: Option<String>,
    /// Values that the build gives to arguments of the Dockerfile.
    pub arguments: Vec<(String, String)>,
    /// How that is known, for `graph --services`.
    pub known_by: &'static str,
}

/// A variable of the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value, when it is written somewhere we read.
    pub value: Option<String>,
    /// What the platform fills in for each copy: a field of the copy's own description.
    pub field: Option<String>,
    /// Where it is set.
    pub place: Place,
}

/// A port of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// What it is called there, where ports have names.
    pub name: Option<String>,
    /// Inside the container.
    pub container: Option<u16>,
    /// On the host: one fixed number, which only one copy on a host can have.
    pub host: Option<Placed<u16>>,
}

/// What asks whether a container is well.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// Asked before it gets requests.
    pub ready: Option<Probe>,
    /// Asked to decide whether it is started anew.
    pub alive: Option<Probe>,
    /// Asked until it has started.
    pub started: Option<Probe>,
    /// Asked by the image itself; not every platform does.
    pub image: Option<Probe>,
    /// Switched off, or left to something we cannot see.
    pub elsewhere: bool,
}

impl Health {
    /// Whether anybody asks.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.ready.is_some() || self.alive.is_some() || self.started.is_some()
    }
}

/// One question after a container's health.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Where it is declared.
    pub place: Place,
    /// The path it asks for, when it asks over HTTP.
    pub path: Option<Placed<String>>,
    /// How long a container may take until it must answer, in seconds.
    pub budget: Option<u32>,
}

/// What a container reserves and may use: processor in thousandths, memory in bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resources {
    /// Reserved processor.
    pub cpu: Option<Place>,
    /// Reserved memory.
    pub memory: Option<Place>,
    /// Most of the processor it may use.
    pub cpu_limit: Option<Placed<u32>>,
    /// Whether something in it could not be read.
    pub unknown: bool,
}

/// A volume mounted in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Which of the workload's volumes, by name.
    pub volume: String,
    /// Where in the container.
    pub path: String,
    /// Whether the container cannot write to it.
    pub read_only: bool,
    /// Where the mount is declared.
    pub place: Place,
}

/// Storage of a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// Its name in the workload.
    pub name: String,
    /// Where it is declared.
    pub place: Place,
    /// Who sees what is written there.
    pub storage: Storage,
    /// What the file calls it, for messages: `hostPath /data`, `claim uploads (ReadWriteOnce)`.
    pub shown: String,
}

/// Who sees what a copy writes to a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Storage {
    /// The copy alone, until it ends.
    Scratch,
    /// Each copy has its own, which stays with its number.
    PerCopy,
    /// Copies on the same machine.
    Node,
    /// Copies on the one machine it is attached to; another machine cannot attach it.
    Attached,
    /// The machine's own things, not data of the service: its sockets, devices, clock, logs.
    Machine,
    /// All copies.
    Shared,
    /// Input that nobody writes: settings, secrets, source bound in for development.
    Input,
    /// Nobody says.
    Unknown,
}

/// A setting that lets only one copy run on a machine, or at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// Where it stands.
    pub place: Place,
    /// The setting as the file calls it: `container_name`, `hostPort 8080`.
    pub setting: String,
    /// Whether a second copy is refused everywhere, not only on the same machine.
    pub everywhere: bool,
}

/// Something that changes the number of copies.
#[derive(Debug, Clone)]
pub struct Autoscaler {
    /// Its name.
    pub name: String,
    /// What the platform calls it.
    pub kind: String,
    /// The namespace it says it is in.
    pub namespace: Option<String>,
    /// Where it is declared.
    pub place: Place,
    /// What the file is for.
    pub stage: Stage,
    /// How many copies it makes.
    pub range: Counted,
    /// What it scales, as written: kind and name.
    pub target: Option<Placed<(String, String)>>,
    /// Measures it decides by that need reserved processor or memory.
    pub measures: Vec<Placed<Measure>>,
    /// Whether it may decide by other measures too.
    pub other_measures: bool,
    /// Whether all of it could be read.
    pub whole: bool,
}

/// A measure that is a share of what containers reserve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Share of the reserved processor.
    Cpu,
    /// Share of the reserved memory.
    Memory,
}

/// A setting that ties a client to one copy.
#[derive(Debug, Clone)]
pub struct Affinity {
    /// Where it is switched on.
    pub place: Place,
    /// The setting as written.
    pub setting: String,
    /// How a client is known again: `cookie`, `client address`, ...
    pub by: &'static str,
    /// Workloads behind it, by position; empty when that is not known.
    pub workloads: Vec<usize>,
    /// What the file is for.
    pub stage: Stage,
    /// How to switch it off there.
    pub advice: &'static str,
}

/// A database that the files set up.
#[derive(Debug, Clone)]
pub struct Database {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub place: Place,
    /// What the platform calls it.
    pub kind: String,
    /// What the file is for.
    pub stage: Stage,
    /// Whether everything about it could be read.
    pub whole: bool,
    /// Whether something stands in when a machine or zone fails.
    pub stands_in: bool,
    /// Whether copies of it answer reads.
    pub has_readers: bool,
    /// Whether its storage grows by itself.
    pub grows: bool,
    /// How many connections it accepts, with the place that says so.
    pub connections: Counted,
    /// How to make it more than one, in words of its platform.
    pub advice: &'static str,
}

impl Workload {
    /// The containers that do the work.
    pub fn mains(&self) -> impl Iterator<Item = &Container> {
        self.containers.iter().filter(|container| container.part == Part::Main)
    }

    /// The processes of its work, each with its container.
    pub fn processes(&self) -> impl Iterator<Item = (&Container, &Process)> {
        self.mains().flat_map(|container| container.processes.iter().map(move |process| (container, process)))
    }

    /// How many copies of a process run in all: copies times processes in each.
    #[must_use]
    pub fn count_of(&self, process: &Process) -> Counted {
        let evidence = self.replicas.evidence.iter().chain(&process.workers.evidence).cloned().collect::<Vec<Note>>();
        Counted { amount: self.replicas.amount.times(process.workers.amount), evidence }
    }

    /// Whether it runs until it is stopped, as services and workers do.
    #[must_use]
    pub fn stays(&self) -> bool {
        matches!(self.copies, Copies::Alike | Copies::Numbered | Copies::PerNode)
    }

    /// A workload with nothing said about it but where it is.
    #[must_use]
    pub fn new(name: &str, kind: &str, platform: Platform, place: Place) -> Self {
        Self {
            name: name.to_owned(),
            namespace: None,
            kind: kind.to_owned(),
            place,
            platform,
            copies: Copies::Alike,
            stage: Stage::Unclear,
            whole: true,
            replicas: Counted::by_default(Amount::UNKNOWN),
            stated: None,
            autoscaler: None,
            overlaps: None,
            containers: Vec::new(),
            volumes: Vec::new(),
            served_by: None,
            served_at: Vec::new(),
            is_offered: false,
            schedule: None,
            restarted: None,
            grace: None,
            labels: Vec::new(),
            pins: Vec::new(),
            replaced_at_once: None,
            group: name.to_owned(),
        }
    }
}

impl Container {
    /// A container with nothing said about it but where it is.
    #[must_use]
    pub fn new(name: &str, place: Place) -> Self {
        Self {
            name: name.to_owned(),
            place,
            part: Part::Main,
            image: None,
            build: None,
            of_project: false,
            others: None,
            entrypoint: None,
            command: None,
            workdir: None,
            env: Vec::new(),
            env_elsewhere: false,
            ports: Vec::new(),
            health: Health::default(),
            waits: None,
            resources: Resources::default(),
            mounts: Vec::new(),
            laid: Vec::new(),
            processes: Vec::new(),
            understood: false,
            runs: Vec::new(),
        }
    }

    /// The value of a variable that the files set; the last one counts.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.env.iter().rev().find(|variable| variable.name == name)
    }
}
