//! What deployment files run, how often, and which code that is: the side of a project that its code does not show.

use crate::deploy::images::Kind;
use crate::deploy::workloads::{Container, Part, Workload};
use crate::finding::Place;
use crate::link::Project;
use crate::source::LineIndex;
use crate::terminal::visible;
use std::fmt::Write as _;

/// Every workload with its copies, containers and processes, what code they run and how that is known.
pub(crate) fn services(project: &Project) -> String {
    let deployment = project.deployment();
    let mut text = String::new();
    for (at, workload) in deployment.workloads.iter().enumerate() {
        let stage = format!("{:?}", workload.stage).to_lowercase();
        let _ = writeln!(text, "{}  {}  {}  {stage}", visible(&workload.name), workload.kind, shown(project, workload.place));
        let _ = writeln!(text, "  copies: {}{}", workload.replicas.amount, evidence(project, workload));
        for (container_at, container) in workload.containers.iter().enumerate() {
            text.push_str(&head(workload, container));
            for (process_at, process) in container.processes.iter().enumerate() {
                let link = project.link_of(at, container_at, process_at);
                let code = link.map_or("no code known".to_owned(), |link| {
                    format!("{} ({})", visible(&project.files().get(link.entry).path), link.known_by)
                });
                let does = format!("{:?}", process.does).to_lowercase();
                let _ = writeln!(text, "    {does}: {} x {} -> {code}", visible(&process.shown), process.workers.amount);
            }
        }
    }
    for database in &deployment.databases {
        let stage = format!("{:?}", database.stage).to_lowercase();
        let said = |is: bool, what: &'static str| is.then_some(what);
        let has = [
            said(database.stands_in, "stand-in"),
            said(database.has_readers, "readers"),
            said(database.grows, "growing storage"),
            said(!database.whole, "not all known"),
        ];
        let has: Vec<&str> = has.into_iter().flatten().collect();
        let _ = writeln!(
            text,
            "{}  {}  {}  {stage}\n  database: {}; connections: {}",
            visible(&database.name),
            database.kind,
            shown(project, database.place),
            if has.is_empty() { "nothing stands in".to_owned() } else { has.join(", ") },
            database.connections.amount,
        );
    }
    for affinity in &deployment.affinities {
        let behind = affinity.workloads.iter().filter_map(|&at| deployment.workloads.get(at));
        let behind: Vec<String> = behind.map(|workload| visible(&workload.name).to_string()).collect();
        let place = shown(project, affinity.place);
        let _ = writeln!(
            text,
            "{}  {place}  {}\n  ties clients by {}: {}",
            visible(&affinity.setting),
            format!("{:?}", affinity.stage).to_lowercase(),
            affinity.by,
            if behind.is_empty() { "behind it unknown".to_owned() } else { behind.join(", ") },
        );
    }
    if text.is_empty() {
        text.push_str("no deployment file says what is run\n");
    }
    text
}

fn evidence(project: &Project, workload: &Workload) -> String {
    let notes = workload.replicas.evidence.iter();
    notes.map(|note| format!("  ({}: {})", shown(project, note.place), note.message)).collect()
}

fn head(workload: &Workload, container: &Container) -> String {
    let part = match container.part {
        Part::Main => "container",
        Part::Init => "before it",
        Part::Sidecar => "beside it",
    };
    let image = container.image.as_ref().map(|image| format!("  image {}", visible(&image.value)));
    let build = container.build.as_ref().filter(|build| !build.dockerfile.is_empty());
    let build = build.map(|build| format!("  built from {} ({})", visible(&build.dockerfile), build.known_by));
    let others = container.others.or_else(|| Some(container.made_by_others()?.does)).filter(|kind| *kind != Kind::Base);
    let others_shown = others.map(|kind| format!("  {} of others", format!("{kind:?}").to_lowercase()));
    let unknown = !container.understood && container.build.is_some() && workload.stays() && others.is_none();
    let unknown = unknown.then_some("  not all of its command is understood");
    format!(
        "  {part} {}{}{}{}{}\n",
        visible(&container.name),
        image.unwrap_or_default(),
        build.unwrap_or_default(),
        others_shown.unwrap_or_default(),
        unknown.unwrap_or_default()
    )
}

fn shown(project: &Project, place: Place) -> String {
    let file = project.files().get(place.file);
    format!("{}:{}", visible(&file.path), LineIndex::new(&file.text).line(place.span.start) + 1)
}
