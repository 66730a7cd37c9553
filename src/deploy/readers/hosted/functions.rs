//! Functions that a platform starts for events: serverless.yml and templates of AWS SAM.

use super::{File, number_at, setting};
use crate::deploy::processes::programs::{Does, Process, Target};
use crate::deploy::texts::tree::{Key, Node};
use crate::deploy::vocabulary::amount::{Amount, Counted};
use crate::deploy::vocabulary::deployment::Deployment;
use crate::deploy::vocabulary::workloads::{Build, Copies, Platform};
use crate::finding::Note;

pub(super) fn read(file: File<'_>, deployment: &mut Deployment) {
    let node = file.node;
    if node.get("provider").is_some() && node.get("functions").is_some() {
        let functions = node.get("functions").map_or(&[][..], Node::entries);
        let listed = node.items_at("functions").iter().flat_map(Node::entries);
        for (key, function) in functions.iter().chain(listed).filter(|(_, function)| !function.entries().is_empty()) {
            add(
                file,
                deployment,
                key,
                "function",
                function.get("handler"),
                file.folder(),
                number_at(function, "reservedConcurrency"),
            );
        }
    }
    for (key, resource) in node.get("Resources").map_or(&[][..], Node::entries) {
        let kind = resource.text_at("Type").unwrap_or_default();
        if !matches!(kind, "AWS::Serverless::Function" | "AWS::Lambda::Function") {
            continue;
        }
        let Some(properties) = resource.get("Properties") else { continue };
        let shared = || node.at("Globals.Function.CodeUri");
        let source = properties.get("CodeUri").or_else(shared).and_then(Node::text).unwrap_or(".");
        let most = number_at(properties, "ReservedConcurrentExecutions");
        add(file, deployment, key, kind, properties.get("Handler"), &file.beside(source), most);
    }
}

fn add(
    file: File<'_>,
    deployment: &mut Deployment,
    key: &Key,
    kind: &str,
    handler: Option<&Node>,
    source: &str,
    most: Option<(u32, crate::finding::Place)>,
) {
    let mut workload = file.workload(&key.name, kind, Platform::Functions, key.place);
    workload.copies = Copies::PerEvent;
    if let Some((number, place)) = most {
        let note = Note { place, message: format!("at most {number} at a time") };
        workload.replicas = Counted::stated(Amount::between(0, number), note);
    }
    let place = handler.map_or(key.place, |handler| setting(key, handler));
    let mut container = file.container(&key.name, key.place, "handler of a function");
    if let Some((handler, text)) = handler.and_then(|handler| Some((handler, handler.text()?))) {
        container.build = Some(Build {
            context: source.to_owned(),
            dockerfile: String::new(),
            target: None,
            arguments: Vec::new(),
            known_by: "handler of a function",
        });
        let module = text.rsplit_once('.').map_or(text, |(module, _)| module).replace('/', ".");
        container.processes.push(Process::plain(Does::Command, text, handler.place, Target::Module(module)));
        container.understood = true;
        container.place = place;
    }
    workload.containers.push(container);
    deployment.workloads.push(workload);
}
