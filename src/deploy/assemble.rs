//! Joins what all deployment files of a tree say into one [`Deployment`].

use crate::deploy::processes::commands::{Command, Line, Word};
use crate::deploy::processes::images::Images;
use crate::deploy::processes::launch::Launcher;
use crate::deploy::processes::programs::Process;
use crate::deploy::readers::compose;
use crate::deploy::readers::helm;
use crate::deploy::readers::hosted;
use crate::deploy::readers::kubernetes::{self, Document};
use crate::deploy::readers::kustomize;
use crate::deploy::readers::limits;
use crate::deploy::readers::openshift;
use crate::deploy::readers::proxies;
use crate::deploy::readers::stacks;
use crate::deploy::readers::terraform;
use crate::deploy::releases::Releases;
use crate::deploy::sheets::Sheet;
use crate::deploy::texts::dockerfile::{self, Dockerfile};
use crate::deploy::vocabulary::amount::{Amount, Counted};
use crate::deploy::vocabulary::deployment::Deployment;
use crate::deploy::vocabulary::stages::Stage;
use crate::deploy::vocabulary::workloads::{Build, Container, Copies, Part, Platform, Workload};
use crate::finding::{FileId, Place};
use crate::link::Files;
use crate::walk::folder_of;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

impl Deployment {
    /// Of all files of a tree.
    #[must_use]
    pub fn of(files: &Files) -> Self {
        let told = files.iter().any(|(_, data)| data.facts.sheet.is_some());
        let mut deployment = if told { Self::of_sheets(files) } else { Self::default() };
        deployment.told_by_settings = Launcher::new(files).told_by_settings(&deployment.workloads);
        deployment
    }

    /// What deployment files say.
    fn of_sheets(files: &Files) -> Self {
        let mut deployment = Self::default();
        let mut plain: Vec<(&str, Document<'_>)> = Vec::new();
        let mut stacks = Vec::new();
        let mut infrastructure = Vec::new();
        let releases = Releases::of(files.iter().map(|(_, data)| data.path.as_str()));
        let charts = helm::read(files);
        let overlays = kustomize::read(files, &charts.used);
        deployment.unresolved = charts.unresolved;
        for (id, data) in files.iter().filter(|(id, _)| !charts.used.contains(id)) {
            let Some(sheet) = data.facts.sheet.as_deref().filter(|_| !is_vendored(&data.path)) else { continue };
            match sheet {
                Sheet::Documents(documents) => {
                    for node in documents {
                        if overlays.used.contains(&id) {
                            continue;
                        }
                        if kubernetes::is_object(node) {
                            let outdated = releases.is_outdated(&data.path);
                            let stage = if outdated { Stage::Development } else { Stage::of_path(&data.path) };
                            plain.extend(openshift::objects(node).into_iter().map(|node| {
                                let group = data.path.clone();
                                (&*data.path, Document { node, stage, whole: true, group, origin: String::new() })
                            }));
                        } else if compose::is_compose(&data.path, node) {
                            stacks.push(compose::filled(&data.path, node));
                        }
                    }
                }
                Sheet::Template => deployment.unresolved += 1,
                Sheet::Script(script) => deployment.scaled.extend(crate::deploy::processes::scripts::scaled(&script.steps)),
                Sheet::Blocks(body) => infrastructure.push(terraform::File { path: &data.path, body }),
                Sheet::Recipes(recipes) => {
                    let lines = recipes.list.iter().flat_map(|recipe| &recipe.lines);
                    deployment.scaled.extend(lines.flat_map(|line| crate::deploy::processes::scripts::scaled(line)));
                }
                Sheet::Dockerfile(_) | Sheet::Procfile(_) | Sheet::Directives(..) | Sheet::Builds(_) => {}
            }
        }
        let alone: BTreeSet<String> = plain.iter().map(|(path, _)| (*path).to_owned()).collect();
        for mut set in stacks::of(plain).into_iter().chain(charts.sets).chain(overlays.sets) {
            set.documents.retain(|document| !is_vendored(&files.get(document.node.place.file).path));
            // What a template wrote is no file that could be read for itself.
            let serious = || set.documents.iter().filter(|document| document.stage != Stage::Development);
            deployment.limits.extend(serious().filter_map(|document| limits::in_tree(&document.node)));
            deployment.breakers.extend(serious().filter_map(|document| limits::breaker(&document.node)));
            deployment.add_cluster(kubernetes::read(&set));
        }
        deployment.mark_absent_from_production(&alone);
        let stacks = compose::read(&stacks);
        let first = deployment.workloads.len();
        deployment.workloads.extend(stacks.workloads);
        deployment.affinities.extend(stacks.affinities.into_iter().map(|mut affinity| {
            affinity.workloads.iter_mut().for_each(|at| *at += first);
            affinity
        }));
        let is_filled = |path: &str| [".tpl", ".tftpl"].iter().any(|end| path.ends_with(end));
        let filled = files.iter().filter(|(_, data)| !infrastructure.is_empty() && is_filled(&data.path));
        let templates = filled.map(|(_, data)| (data.path.as_str(), &*data.text)).collect();
        deployment.add_infrastructure(terraform::read(&infrastructure, &templates));
        hosted::read(files, &mut deployment);
        deployment.procfiles(files);
        proxies::read(files, &mut deployment);
        limits::read(files, &mut deployment);
        deployment.link_images(files);
        deployment
    }

    /// The objects of one set of manifests; positions in them count from here on.
    fn add_cluster(&mut self, mut objects: kubernetes::Objects) {
        let (workloads, autoscalers) = (self.workloads.len(), self.autoscalers.len());
        for workload in &mut objects.workloads {
            workload.autoscaler = workload.autoscaler.map(|at| at + autoscalers);
        }
        for affinity in &mut objects.affinities {
            affinity.workloads.iter_mut().for_each(|at| *at += workloads);
        }
        self.workloads.append(&mut objects.workloads);
        self.autoscalers.append(&mut objects.autoscalers);
        self.affinities.append(&mut objects.affinities);
    }

    /// What Terraform sets up; the objects of a cluster among it are read as such.
    fn add_infrastructure(&mut self, found: terraform::Infrastructure) {
        let terraform::Infrastructure { workloads, autoscalers, affinities, databases, objects } = found;
        self.add_cluster(kubernetes::Objects { workloads, autoscalers, affinities });
        self.databases.extend(databases);
        for set in &objects {
            self.add_cluster(kubernetes::read(set));
        }
    }

    /// What a chart or base makes in other scenarios, and not in that of production, is for whoever tries it. Manifests that stand
    /// `alone` have one scenario, whatever one object among them says of itself.
    fn mark_absent_from_production(&mut self, alone: &BTreeSet<String>) {
        let source = |workload: &Workload| {
            let source = workload.group.split(&format!("/{}/", workload.kind)).next().map(str::to_owned);
            source.filter(|source| !alone.contains(source))
        };
        let serious = |workload: &&Workload| workload.stage == Stage::Production;
        let produced: BTreeSet<String> = self.workloads.iter().filter(serious).filter_map(source).collect();
        let present: BTreeSet<String> = self.workloads.iter().filter(serious).map(|workload| workload.group.clone()).collect();
        for workload in self.workloads.iter_mut().filter(|workload| workload.stage == Stage::Unclear) {
            let made = source(workload).is_some_and(|source| produced.contains(&source));
            if made && !present.contains(&workload.group) {
                workload.stage = Stage::Development;
            }
        }
    }

    /// Processes of Procfiles: how many there are of each is said elsewhere.
    fn procfiles(&mut self, files: &Files) {
        for (_, data) in files.iter() {
            let Some(Sheet::Procfile(entries)) = data.facts.sheet.as_deref() else { continue };
            let folder = folder_of(&data.path);
            // Who starts containers beside the service, or what rebuilds its pages when they change, does so at a desk.
            let at_desk = |command: &Command| runs_containers(command) || rebuilds_pages(command);
            let for_a_desk = entries.iter().any(|entry| entry.line.commands().any(at_desk));
            let stage = if for_a_desk { Stage::Development } else { Stage::of_path(&data.path) };
            for entry in entries {
                let mut workload = Workload::new(&entry.name, "process", Platform::Procfile, entry.place);
                workload.stage = stage;
                workload.group = format!("{}:{}", data.path, entry.name);
                // Whoever runs it starts as many as they like.
                let asked = hosted::formation(files, folder, &entry.name);
                workload.replicas = asked.unwrap_or_else(|| Counted::by_default(Amount::at_least(1)));
                if entry.name == "release" {
                    workload.copies = Copies::ToTheEnd;
                    workload.replicas = Counted::by_default(Amount::exactly(1));
                }
                if entry.name == "web" {
                    workload.served_by = Some(entry.place);
                }
                let mut container = Container::new(&entry.name, entry.place);
                container.command = Some(entry.line.clone());
                container.build = Some(Build {
                    context: folder.to_owned(),
                    dockerfile: String::new(),
                    target: None,
                    arguments: Vec::new(),
                    known_by: "Procfile beside the code",
                });
                workload.containers.push(container);
                self.workloads.push(workload);
            }
        }
    }

    /// Which images the tree builds, what they start, and images that nothing says how to run.
    fn link_images(&mut self, files: &Files) {
        let launcher = Launcher::new(files);
        let mut images = images_of(files);
        let containers = || self.workloads.iter().flat_map(|workload| &workload.containers);
        let repository = hosted::repository(files);
        if let Some((owner, name)) = repository.as_deref().and_then(|repository| repository.rsplit_once('/')) {
            images.name_tree(owner, name);
        }
        let (by_services, by_hand) = hosted::image_names(files, repository.as_deref());
        for (image, build) in by_services {
            images.built_apart(&build);
            images.name(&image, &build);
        }
        // What somebody builds by hand is called so where nothing else is.
        for (image, build) in by_hand {
            images.name_otherwise(&image, &build);
        }
        // What developers build says which Dockerfile it is where nothing else does, and not which of its stages.
        let by_stage = |developers: bool| {
            let chosen = self.workloads.iter().filter(move |workload| (workload.stage == Stage::Development) == developers);
            chosen.flat_map(|workload| &workload.containers)
        };
        for container in by_stage(false) {
            if let (Some(image), Some(build)) = (&container.image, &container.build) {
                images.name(&image.value, build);
            }
        }
        for container in by_stage(true) {
            if let (Some(image), Some(build)) = (&container.image, &container.build) {
                images.name_otherwise(&image.value, &Build { target: None, arguments: Vec::new(), ..build.clone() });
            }
        }
        let own: BTreeSet<&str> = containers()
            .filter(|container| container.build.is_none())
            .filter_map(|container| container.image.as_ref())
            .map(|image| crate::deploy::processes::images::short_name(&image.value))
            .filter(|short| crate::deploy::processes::images::known(short).is_none() && !short.is_empty() && !short.contains('$'))
            .collect();
        images.name_prefix(own.iter().copied());
        // Where services are built from other files, one that is not built is somebody else's.
        let unknown = |container: &Container| container.build.is_none() && container.image.is_none();
        let elsewhere = |container: &Container| container.build.as_ref().is_some_and(|build| !images.is_only(&build.dockerfile));
        let only = is_one_name(&own) && !containers().any(|container| elsewhere(container) || unknown(container));
        let builds = |workload: &&Workload| workload.containers.iter().any(|container| container.build.is_some());
        let building: BTreeSet<FileId> = self.workloads.iter().filter(builds).map(|workload| workload.place.file).collect();
        let stack_builds = self.workloads.iter().filter(builds).any(|workload| workload.platform == Platform::Compose);
        // An image of which nobody knows the name is that of the one Dockerfile, where its workload has no other such image and nothing
        // else is built.
        let nameless = |container: &Container| {
            let name = container.image.as_ref().map(|image| crate::deploy::processes::images::short_name(&image.value));
            container.build.is_none() && name.is_none_or(|name| name.is_empty() || name.starts_with('$'))
        };
        let unnamed = images.only_one().filter(|only| {
            let built = |container: &Container| container.build.as_ref().is_none_or(|build| build.dockerfile == only.dockerfile);
            self.workloads
                .iter()
                .filter(|workload| workload.stage != Stage::Development)
                .flat_map(|workload| &workload.containers)
                .all(built)
        });
        let told = scripts_by_image(&self.workloads);
        let mut used = BTreeMap::new();
        let mut developed = BTreeMap::new();
        let mut targets: BTreeMap<String, Vec<(Option<String>, bool)>> = BTreeMap::new();
        for workload in &mut self.workloads {
            // One stack is often told in several files.
            let built_beside = building.contains(&workload.place.file) || workload.platform == Platform::Compose && stack_builds;
            let alone = workload.mains().filter(|main| nameless(main)).count() == 1
                && workload.platform != Platform::Compose
                && workload.stage != Stage::Development;
            for container in &mut workload.containers {
                if alone && container.part == Part::Main && nameless(container) {
                    container.build.clone_from(&unnamed);
                }
                if container.build.is_none()
                    && let Some(image) = &container.image
                {
                    let found = images.build_of(&image.value, only, built_beside);
                    // One that only a compose file builds is built as that says, for other services of it.
                    container.build = match workload.platform {
                        Platform::Compose => found,
                        _ => {
                            let name = crate::deploy::processes::images::short_name(&image.value);
                            let holds = |context: &str| holds_all(files, context, told.get(name));
                            let found = found.and_then(|build| images.undisputed(&image.value, build, &holds));
                            found.map(|build| images.for_others(build))
                        }
                    };
                }
                container.of_project = container.build.is_none() && is_of_project(container, repository.as_deref());
                // A context may be meant from the project's folder rather than from that of the file.
                if let Some(build) = container.build.as_mut().filter(|build| !build.dockerfile.is_empty()) {
                    images.settle(build);
                }
                // What only developers start says nothing of how the image is run elsewhere.
                let by = if workload.stage == Stage::Development { &mut developed } else { &mut used };
                if let Some(build) = &container.build {
                    // A stage that developers start otherwise than it says is not what is deployed of it.
                    let own = container.command.is_none() && container.entrypoint.is_none();
                    let started = own || workload.stage != Stage::Development;
                    targets.entry(build.dockerfile.clone()).or_default().push((build.target.clone(), started));
                }
                by.extend(container.build.as_ref().map(|build| (build.dockerfile.clone(), build.context.clone())));
                launcher.launch(container);
            }
            if workload.stage == Stage::Unclear && (is_a_sample(workload) || starts_for_developers(workload)) {
                workload.stage = Stage::Development;
            }
        }
        // Where manifests run images of this tree in production, one that only developers build is none of theirs.
        let in_production = |workload: &&Workload| {
            let runs = |main: &Container| main.build.as_ref().is_some_and(|build| !build.dockerfile.is_empty());
            workload.stage != Stage::Development && workload.platform.runs_images() && workload.mains().any(runs)
        };
        let is_described = self.workloads.iter().any(|workload| in_production(&workload));
        let text = |path: &str| files.iter().find(|(_, data)| data.path == path).map_or("", |(_, data)| &*data.text);
        for (id, data) in files.iter() {
            let Some(Sheet::Dockerfile(dockerfile)) = data.facts.sheet.as_deref() else { continue };
            // What names no command, and is built on what starts nothing, is there to be built on.
            if !dockerfile.starts_something() {
                continue;
            }
            let built = targets.get(&data.path).map_or(&[][..], Vec::as_slice);
            for (target, stage) in own_images(dockerfile, built, used.contains_key(&data.path)) {
                let line = stage.command.as_ref().or(stage.entrypoint.as_ref());
                let place = line.map_or(Place { file: id, ..stage.place }, |line| line.place);
                let name = target.as_ref().map_or_else(|| data.path.clone(), |target| format!("{} ({target})", data.path));
                let mut workload = Workload::new(&name, "image", Platform::Image, place);
                workload.stage = Stage::of_path(&data.path).or(target.as_deref().map_or(Stage::Unclear, Stage::of_name));
                // Where another file is built of the same code for production, one that only developers build is theirs.
                if let Some(context) = developed.get(&data.path).filter(|_| !images.apart().contains_key(&data.path)) {
                    let own = installs(&data.text);
                    let deployed =
                        used.iter().chain(images.apart()).any(|(other, from)| from == context && installs(text(other)) == own);
                    workload.stage = if is_described || deployed && own.is_some() {
                        workload.stage.or(Stage::Development)
                    } else {
                        workload.stage
                    };
                }
                workload.whole = false;
                workload.replicas = Counted::by_default(Amount::at_least(1));
                let mut container = Container::new(&name, stage.place);
                container.build = Some(Build { known_by: "its own Dockerfile", target, ..images.build_at(&data.path) });
                launcher.launch(&mut container);
                workload.containers.push(container);
                self.workloads.push(workload);
            }
        }
    }
}

/// Stages of a Dockerfile that nothing says how to run, with the target where that is not the last one: the image as such unless it is
/// `used`, and where files build one stage or another, those that they do not start.
fn own_images<'d>(
    dockerfile: &'d Dockerfile,
    built: &[(Option<String>, bool)],
    used: bool,
) -> Vec<(Option<String>, &'d dockerfile::Stage)> {
    let is = |stage: &dockerfile::Stage, target: &Option<String>| match (&stage.name, target) {
        (Some(name), Some(target)) => name.eq_ignore_ascii_case(target),
        _ => false,
    };
    let serious = |stage: &dockerfile::Stage| stage.says() && stage.is_serious();
    let apart = |stage: &dockerfile::Stage| {
        !built.is_empty() && built.iter().all(|(target, _)| target.is_some() && !is(stage, target)) && serious(stage)
    };
    let last = dockerfile.stages.last().filter(|stage| !used || apart(stage));
    let chosen = built.iter().any(|(target, _)| target.is_some());
    let started = |stage: &dockerfile::Stage| built.iter().any(|(target, started)| *started && is(stage, target));
    let others = dockerfile.ends().filter(|stage| chosen && serious(stage) && !started(stage));
    last.map(|stage| (None, stage)).into_iter().chain(others.map(|stage| (stage.name.clone(), stage))).collect()
}

/// Names of scripts that containers of images are told to run, by the name of the image.
fn scripts_by_image(workloads: &[Workload]) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for container in workloads.iter().flat_map(|workload| &workload.containers).filter(|container| container.build.is_none()) {
        let Some(image) = &container.image else { continue };
        let lines = container.entrypoint.iter().chain(&container.command);
        let words = lines.flat_map(Line::commands).flat_map(|command| &command.words).filter_map(Word::literal);
        let scripts = words.filter(|word| [".sh", ".bash", ".py"].iter().any(|end| word.ends_with(end)) && !word.contains(' '));
        let names = scripts.map(|path| path.rsplit('/').next().unwrap_or_default().to_owned());
        found.entry(crate::deploy::processes::images::short_name(&image.value).to_owned()).or_default().extend(names);
    }
    found
}

/// Whether there are files with all of these names below a folder, and any name at all.
fn holds_all(files: &Files, folder: &str, names: Option<&BTreeSet<String>>) -> bool {
    let inside = |path: &str| folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    let holds =
        |name: &String| files.iter().any(|(_, data)| inside(&data.path) && data.path.rsplit('/').next() == Some(name.as_str()));
    names.is_some_and(|names| !names.is_empty() && names.iter().all(holds))
}

/// Whether a command builds or runs containers.
fn runs_containers(command: &Command) -> bool {
    let first = command.words.first().and_then(Word::literal);
    first.is_some_and(|first| ["docker", "docker-compose", "podman", "minikube"].contains(&first.as_str()))
}

/// Whether a command serves pages to their developers, built anew whenever their source changes: `npm run dev`, `pnpm run serve`, `vite`.
fn rebuilds_pages(command: &Command) -> bool {
    let words: Vec<String> = command.words.iter().map(|word| word.literal().unwrap_or_default()).collect();
    let Some(first) = words.first() else { return false };
    let asks = |task: &str| {
        words.iter().skip(1).any(|word| word.split([':', '-']).next() == Some(task)) && words.iter().all(|word| word != "build")
    };
    match first.as_str() {
        "npm" | "pnpm" | "yarn" | "bun" => ["dev", "serve", "watch"].into_iter().any(asks),
        "vite" | "webpack-dev-server" => !words.iter().any(|word| word == "build" || word == "preview"),
        "webpack" | "tailwindcss" | "esbuild" | "sass" => {
            words.iter().any(|word| matches!(word.as_str(), "serve" | "--watch" | "-w"))
        }
        _ => false,
    }
}

/// Whether a workload is told to start a script that is called after development: `/opt/shop/start-dev.sh`.
fn starts_for_developers(workload: &Workload) -> bool {
    let named = |process: &Process| {
        let script = process.program.rsplit('/').next().and_then(|name| name.strip_suffix(".sh"));
        let words = script.map(|script| script.split(['-', '_', '.']).map(str::to_ascii_lowercase).collect::<Vec<_>>());
        words.is_some_and(|words| words.iter().any(|word| matches!(word.as_str(), "dev" | "develop" | "development" | "devel")))
    };
    workload.mains().any(|main| {
        (main.entrypoint.is_some() || main.command.is_some()) && !main.processes.is_empty() && main.processes.iter().all(named)
    })
}

/// Whether the path of a container's image names the project, or who owns it: `ghcr.io/acme/shop/mailer` in `acme/shop`.
fn is_of_project(container: &Container, repository: Option<&str>) -> bool {
    let Some((owner, name)) = repository.and_then(|repository| repository.rsplit_once('/')) else { return false };
    let plain = |text: &str| text.to_ascii_lowercase().replace('_', "-");
    let owner = plain(owner.rsplit('/').next().unwrap_or(owner));
    let image = container.image.as_ref().map_or("", |image| image.value.as_str());
    let (folders, _) = image.rsplit_once('/').unwrap_or_default();
    let own = |part: &str| part == owner || part == plain(name);
    container.made_by_others().is_none() && folders.split('/').map(plain).any(|part| own(&part))
}

/// Whether these are the names of one image: each is the shortest one, or that with a word for its stage behind it.
fn is_one_name(names: &BTreeSet<&str>) -> bool {
    let shortest = names.iter().min_by_key(|name| name.len());
    shortest.is_some_and(|shortest| {
        names.iter().all(|name| {
            let rest = name.strip_prefix(shortest);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_', '.']) && Stage::is_named(rest))
        })
    })
}

/// What a Dockerfile installs the packages of its code with, by language.
fn installs(text: &str) -> Option<&'static str> {
    let tools = [
        ("python", &["pip install", "pip3 install", "uv sync", "poetry install", "pipenv ", "pdm install"][..]),
        ("rust", &["cargo build", "cargo install", "cargo chef"]),
    ];
    tools.into_iter().find(|(_, tools)| tools.iter().any(|tool| text.contains(tool))).map(|(language, _)| language)
}

/// Whether a workload shows how something is used: its images are somebody's examples, but for known ones that help.
fn is_a_sample(workload: &Workload) -> bool {
    let mut others = workload.mains().filter(|main| main.made_by_others().is_none()).peekable();
    let shows = |main: &Container| {
        main.build.is_none() && main.image.as_ref().is_some_and(|image| crate::deploy::processes::images::is_sample(&image.value))
    };
    others.peek().is_some() && others.all(shows)
}

/// What the Dockerfiles of a tree are, and where they are built.
fn images_of(files: &Files) -> Images {
    let dockerfiles: Vec<(&str, &Dockerfile)> = files
        .iter()
        .filter_map(|(_, data)| match data.facts.sheet.as_deref() {
            Some(Sheet::Dockerfile(dockerfile)) => Some((data.path.as_str(), dockerfile)),
            _ => None,
        })
        .collect();
    let mut images = Images::new(dockerfiles.iter().map(|(path, _)| (*path).to_owned()));
    images.name_packages(files.manifests());
    files.iter().filter(|(_, data)| data.path.ends_with("/manage.py")).for_each(|(_, data)| images.name_project(&data.path));
    let paths: BTreeSet<&str> =
        files.iter().map(|(_, data)| data.path.as_str()).chain(files.manifests().map(|(path, _)| path)).collect();
    let exists = |path: &str| {
        let inside = format!("{path}/");
        paths.contains(path)
            || paths
                .range::<str, _>((Bound::Included(inside.as_str()), Bound::Unbounded))
                .next()
                .is_some_and(|found| found.starts_with(&inside))
    };
    for (path, dockerfile) in dockerfiles {
        images.find_context(path, dockerfile, &exists);
    }
    images
}

/// Whether other people's files are kept there.
fn is_vendored(path: &str) -> bool {
    path.split('/').any(|part| matches!(part, "vendor" | "vendored" | "third_party" | "third-party" | "thirdparty"))
}
