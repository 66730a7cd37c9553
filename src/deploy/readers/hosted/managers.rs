//! Process managers of one machine: units of systemd, programs of supervisord where no image starts them.

use super::{File, number_at, setting};
use crate::deploy::processes::commands::Form;
use crate::deploy::readers::words;
use crate::deploy::sheets::Sheet;
use crate::deploy::texts::ini;
use crate::deploy::texts::tree::{Node, Value};
use crate::deploy::vocabulary::amount::{Amount, Counted};
use crate::deploy::vocabulary::deployment::Deployment;
use crate::deploy::vocabulary::workloads::{Build, Copies, Placed, Platform, Variable};
use crate::finding::Note;
use crate::link::Files;

/// A unit: `ExecStart` is what it runs.
pub(super) fn unit(file: File<'_>, deployment: &mut Deployment) {
    let Some(service) = file.node.get("Service") else { return };
    let Some((key, start)) = service.entry("ExecStart") else { return };
    let name = file.name().trim_end_matches(".service");
    let mut workload = file.workload(name.trim_end_matches('@'), "unit", Platform::Manager, setting(key, start));
    workload.replicas = match name.ends_with('@') {
        true => Counted::stated(Amount::at_least(1), Note { place: key.place, message: "a template of units".to_owned() }),
        // One on a machine; how many machines there are nobody says.
        false => Counted::by_default(Amount::at_least(1)),
    };
    if service.text_at("Type") == Some("oneshot") {
        workload.copies = Copies::ToTheEnd;
    }
    workload.overlaps = Some(Placed::new(false, workload.place));
    workload.grace = service.get("TimeoutStopSec").and_then(|node| Some(Placed::new(words::seconds(node.text()?)?, node.place)));
    let mut container = file.container(&workload.name, workload.place, "unit in the tree");
    // Units lie in folders of their own; the code is somewhere in the tree.
    container.build = Some(Build {
        context: String::new(),
        dockerfile: String::new(),
        target: None,
        arguments: Vec::new(),
        known_by: "unit in the tree",
    });
    let signs: &[char] = &['-', '@', '+', '!', ':'];
    let text = start.text().unwrap_or_default();
    let bare = without_folder(text.trim_start_matches(signs));
    let node = Node { place: start.place, value: Value::Scalar(bare.into()) };
    container.command = words::line(&node, Form::Exec);
    container.workdir = service.text_at("WorkingDirectory").map(str::to_owned);
    container.env_elsewhere = service.get("EnvironmentFile").is_some();
    if let Some((key, value)) = service.entry("Environment") {
        let pairs = value.text().unwrap_or_default().split_whitespace().map(|pair| pair.trim_matches('"'));
        container.env.extend(pairs.filter_map(|pair| pair.split_once('=')).map(|(name, text)| Variable {
            name: name.to_owned(),
            value: Some(text.to_owned()),
            field: None,
            place: setting(key, value),
        }));
    }
    workload.containers.push(container);
    deployment.workloads.push(workload);
}

/// A program by its name alone, where its folder is one of installed programs.
fn without_folder(command: &str) -> &str {
    let end = command.find(char::is_whitespace).unwrap_or(command.len());
    match command[..end].rfind("bin/") {
        Some(at) if command.starts_with('/') => &command[at + 4..],
        _ => command,
    }
}

/// Programs of a file that nothing in the tree starts: somebody's machine does.
pub(super) fn supervisor(file: File<'_>, files: &Files, deployment: &mut Deployment) {
    let started = files.iter().any(|(_, data)| {
        match data.facts.sheet.as_deref() {
            Some(Sheet::Dockerfile(_) | Sheet::Script(_) | Sheet::Procfile(_)) => {
                data.text.contains("supervisor") || data.text.contains(file.name())
            }
            // The command of a service, followed from there.
            Some(Sheet::Documents(_)) => data.text.contains("supervisord"),
            _ => false,
        }
    });
    if started {
        return;
    }
    for (key, program) in file.node.entries() {
        let Some(name) = key.name.strip_prefix("program:") else { continue };
        let Some(command) = program.get("command") else { continue };
        let mut workload = file.workload(name, "program", Platform::Manager, key.place);
        workload.replicas = match number_at(program, "numprocs") {
            Some((number, place)) => {
                Counted::stated(Amount::at_least(number), Note { place, message: format!("numprocs: {number}") })
            }
            None => Counted::by_default(Amount::at_least(1)),
        };
        workload.overlaps = Some(Placed::new(false, workload.place));
        let stop = program.get("stopwaitsecs");
        workload.grace = Some(Placed::new(stop.and_then(Node::number).unwrap_or(10), stop.map_or(key.place, |node| node.place)));
        let mut container = file.container(name, key.place, "supervisord file in the tree");
        container.build = Some(Build {
            context: String::new(),
            dockerfile: String::new(),
            target: None,
            arguments: Vec::new(),
            known_by: "supervisord file in the tree",
        });
        let told = ini::with_variables(command.text().unwrap_or_default());
        let told = Node { place: command.place, value: Value::Scalar(told.into()) };
        container.command = words::line(&told, Form::Exec);
        container.workdir = program.text_at("directory").map(str::to_owned);
        workload.containers.push(container);
        deployment.workloads.push(workload);
    }
}
