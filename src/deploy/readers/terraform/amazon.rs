//! What Amazon's resources run: ECS services and tasks, scaling groups, functions.

use super::Infrastructure;
use super::containers::{self, image, is_hidden, line, variables};
use super::resources::{Resource, Stack, Switch, down};
use super::stickiness::Behind;
use super::values::{MARK, references, shown, sure_text};
use crate::deploy::processes::programs::{Does, Process, Target};
use crate::deploy::texts::tree::{Node, Value};
use crate::deploy::vocabulary::amount::{Amount, Counted};
use crate::deploy::vocabulary::workloads::{
    Autoscaler, Build, Container, Copies, Part, Placed, Platform, Port, Probe, Schedule, Storage, Volume, Workload,
};
use crate::finding::Note;

pub(super) fn read(stack: &Stack<'_>, found: &mut Infrastructure, behind: &mut Behind) {
    for service in stack.of_kind("aws_ecs_service") {
        ecs_service(stack, service, found, behind);
    }
    for task in stack.of_kind("aws_ecs_task_definition") {
        lone_task(stack, task, found);
    }
    for group in stack.of_kind("aws_autoscaling_group") {
        scaling_group(stack, group, found, behind);
    }
    for function in stack.of_kind("aws_lambda_function") {
        found.workloads.push(lambda(stack, function));
    }
}

/// A workload of a resource, with nothing but what all have in common.
pub(super) fn workload(stack: &Stack<'_>, resource: &Resource<'_>, name: &str, platform: Platform) -> Workload {
    let mut workload = Workload::new(name, &resource.kind, platform, resource.place);
    workload.stage = stack.stage_of(resource, name);
    workload.group = format!("{}:{}", stack.root, resource.address);
    workload.whole = stack.whole(resource);
    workload
}

fn ecs_service(stack: &Stack<'_>, service: &Resource<'_>, found: &mut Infrastructure, behind: &mut Behind) {
    let mut workload = workload(stack, service, &service.name("name"), Platform::Ecs);
    let task = service.get("task_definition").and_then(|node| task_of(stack, node));
    ecs_count(stack, service, &mut workload, found);
    let most = service.number("deployment_maximum_percent");
    let overlaps = most.as_ref().is_none_or(|percent| percent.value > 100);
    workload.overlaps = Some(Placed::new(overlaps, most.map_or(service.place, |percent| percent.place)));
    let balancers = service.all("load_balancer");
    workload.served_by = balancers.first().map(|block| block.place);
    match task {
        Some(task) => {
            self::task(stack, task, &mut workload);
            let groups = balancers.iter().filter_map(|block| block.get("target_group_arn"));
            let asked = groups.flat_map(|node| stack.referred(node)).find_map(group_probe);
            if let (Some(probe), Some(main)) = (asked, workload.containers.iter_mut().find(|of| of.part == Part::Main)) {
                main.health.ready = Some(probe);
            }
        }
        None => workload.whole = false,
    }
    if !workload.mains().any(|main| !main.ports.is_empty()) {
        hidden_container(&balancers, &mut workload);
        workload.whole |= !workload.mains().all(|main| main.ports.is_empty()) && stack.whole(service);
    }
    for balancer in balancers {
        behind.add(stack, balancer.get("target_group_arn").or_else(|| balancer.get("elb_name")), found.workloads.len());
    }
    found.workloads.push(workload);
}

/// The container that requests are sent to, where its definition stands elsewhere: by its name and port, and nothing else of it. The number
/// of its copies is the service's matter.
fn hidden_container(balancers: &[&Node], workload: &mut Workload) {
    let told = balancers.iter().find_map(|block| {
        let name = block.get("container_name").and_then(sure_text)?;
        Some((*block, name, u16::try_from(block.get("container_port")?.number()?).ok()?))
    });
    // What others make is known by its image, which is not known here: its name may be that.
    let by_others = |name: &str| crate::deploy::processes::images::known(name).is_some();
    let Some((block, name, port)) = told.filter(|(_, name, _)| !by_others(name) && !by_others(&workload.name)) else { return };
    if !workload.containers.is_empty() {
        return;
    }
    let mut container = Container::new(name, block.place);
    container.ports.push(Port { name: None, container: Some(port), host: None });
    container.health.elsewhere = true;
    container.resources.unknown = true;
    container.env_elsewhere = true;
    workload.containers.push(container);
}

/// The task definition that a service names.
fn task_of<'s, 't>(stack: &'s Stack<'t>, node: &Node) -> Option<&'s Resource<'t>> {
    let referred = stack.referred(node).into_iter().find(|resource| resource.kind.ends_with("aws_ecs_task_definition"))?;
    if !referred.kind.starts_with("data.") {
        return Some(referred);
    }
    // Looked up by its family, which another resource may define.
    let family = referred.get("task_definition")?;
    let mut tasks = stack.of_kind("aws_ecs_task_definition");
    tasks.find(|task| {
        super::resources::mentions(family, &task.address) || task.get("family").is_some_and(|own| own.text() == family.text())
    })
}

/// What a target group asks its targets.
fn group_probe(group: &Resource<'_>) -> Option<Probe> {
    if !group.kind.ends_with("target_group") || group.switch("health_check.enabled") == Switch::Off {
        return None;
    }
    let path = group.get("health_check.path").and_then(|node| Some(Placed::new(sure_text(node)?.to_owned(), node.place)));
    let place = group.at("health_check").map_or(group.place, |(key, _)| key.place);
    Some(Probe { place, path, budget: None })
}

/// How many tasks a service runs: what an autoscaler says, else what it says itself.
fn ecs_count(stack: &Stack<'_>, service: &Resource<'_>, workload: &mut Workload, found: &mut Infrastructure) {
    if service.text("scheduling_strategy") == Some("DAEMON") {
        workload.copies = Copies::PerNode;
        let note = Note { place: service.setting_place("scheduling_strategy"), message: "one on every instance".to_owned() };
        workload.replicas = Counted::stated(Amount::at_least(1), note);
        return;
    }
    if let Some(stated) = service.number("desired_count") {
        let message = format!("desired_count: {}", stated.value);
        // A default of the root's variables is shown where the service takes it.
        let open = stated.value == 1 && stack.is_default(stated.place);
        let place = if open { service.setting_place("desired_count") } else { stated.place };
        workload.is_offered = open;
        let note = Note { place, message };
        workload.replicas = match service.ignores("desired_count") {
            // Whoever changes it does not say so here.
            true => Counted { amount: Amount::UNKNOWN, evidence: vec![note] },
            false => Counted::stated(Amount::exactly(stated.value), note),
        };
        workload.stated = Some(stated);
    }
    let Some(target) = stack.of_kind("aws_appautoscaling_target").find(|target| scales(target, service)) else { return };
    let follows = |policy: &Resource<'_>| {
        policy
            .get("resource_id")
            .is_some_and(|node| super::resources::mentions(node, &target.address) || node.text() == target.text("resource_id"))
    };
    let policies: Vec<&Resource<'_>> = ["aws_appautoscaling_policy", "aws_appautoscaling_scheduled_action"]
        .iter()
        .flat_map(|kind| stack.of_kind(kind))
        .filter(|policy| follows(policy))
        .collect();
    // A target alone never scales.
    if policies.is_empty() {
        return;
    }
    let (least, most) = (target.number("min_capacity"), target.number("max_capacity"));
    let amount = Amount { least: least.as_ref().map(|of| of.value), most: most.as_ref().map(|of| of.value) };
    let place = most.or(least).map_or(target.place, |of| of.place);
    let range = Counted::stated(amount, Note { place, message: format!("{amount} copies by autoscaler") });
    workload.autoscaler = Some(found.autoscalers.len());
    workload.replicas = range.clone();
    found.autoscalers.push(Autoscaler {
        name: target.label.to_owned(),
        kind: target.kind.clone(),
        namespace: None,
        place: target.place,
        stage: workload.stage,
        range,
        target: target.get("resource_id").map(|node| Placed::new((service.kind.clone(), workload.name.clone()), node.place)),
        measures: Vec::new(),
        other_measures: true,
        whole: stack.whole(target) && target.sure,
    });
}

/// Whether a scalable target is this service: by reference, else by the name at the end of its id.
fn scales(target: &Resource<'_>, service: &Resource<'_>) -> bool {
    let dimension = target.text("scalable_dimension").unwrap_or("ecs:service:DesiredCount");
    let Some(node) = target.get("resource_id") else { return false };
    if !dimension.starts_with("ecs:") && !dimension.contains(MARK) {
        return false;
    }
    let text = node.text().unwrap_or_default();
    let named = references(text).any(|(address, _)| address.contains("aws_ecs_service."));
    if named {
        return super::resources::mentions(node, &service.address);
    }
    let last = text.rsplit('/').next().unwrap_or_default();
    text.contains('/') && !last.is_empty() && service.text("name").is_some_and(|name| name == last)
}

/// What a task definition says.
fn task(stack: &Stack<'_>, task: &Resource<'_>, workload: &mut Workload) {
    for volume in task.all("volume") {
        let Some(name) = volume.text_at("name") else { continue };
        let has = |key: &str| volume.get(key).is_some();
        let (storage, about) = match () {
            () if has("efs_volume_configuration") || has("fsx_windows_file_server_volume_configuration") => {
                (Storage::Shared, "a shared file system")
            }
            () if has("host_path") => (Storage::Node, "a folder of the instance"),
            () if has("docker_volume_configuration") => (Storage::Node, "a volume of the instance"),
            () if super::values::is_sure(volume) => (Storage::Scratch, "storage of the task"),
            () => (Storage::Unknown, "a volume"),
        };
        let shown = format!("{about} (`{}`)", shown(name));
        workload.volumes.push(Volume { name: name.to_owned(), place: volume.place, storage, shown });
    }
    let definitions = task.get("container_definitions").and_then(definitions);
    let items = definitions.as_ref().map_or(&[][..], Node::items);
    if items.is_empty() || items.iter().any(|item| item.value == Value::Unknown) {
        workload.whole = false;
    }
    let single = items.iter().filter(|item| item.get("essential").and_then(Node::flag) != Some(false)).count() == 1;
    for item in items.iter().filter(|item| !item.entries().is_empty()) {
        let mut container = ecs_container(stack, item);
        if !container.name.chars().any(char::is_alphanumeric) {
            container.name.clone_from(&workload.name);
        }
        if single && container.part == Part::Main {
            let cpu = task.number("cpu");
            container.resources.cpu_limit = cpu.map(|cpu| Placed::new(cpu.value.saturating_mul(1000) / 1024, cpu.place));
        }
        if let Some(grace) = item.get("stopTimeout") {
            workload.grace = grace.number().map(|seconds| Placed::new(seconds, grace.place));
        }
        workload.containers.push(container);
    }
}

/// The list of containers: as it is, or from the text of a document.
fn definitions(node: &Node) -> Option<Node> {
    match &node.value {
        Value::List(_) => Some(node.clone()),
        Value::Map(_) => Some(super::values::list(node.place, vec![node.clone()])),
        Value::Scalar(text) => super::scope::decoded(text, node.place),
        _ => None,
    }
}

fn ecs_container(stack: &Stack<'_>, node: &Node) -> Container {
    let name = node.text_at("name").map(shown).unwrap_or_default();
    let place = node.get("name").or_else(|| node.get("image")).map_or(node.place, |named| named.place);
    let mut container = Container::new(&name, place);
    let waits = node.get("essential").and_then(Node::flag) == Some(false);
    let helps = node.get("firelensConfiguration").is_some_and(|of| of.value != Value::Null);
    container.part = if waits || helps { Part::Sidecar } else { Part::Main };
    container.image = node.get("image").and_then(|node| own_image(stack, node));
    container.entrypoint = line(node.get("entryPoint"));
    container.command = line(node.get("command"));
    container.workdir = node.text_at("workingDirectory").map(str::to_owned);
    let list = |key: &str| down(node, key).map(|(_, node)| node.items().iter().collect::<Vec<&Node>>()).unwrap_or_default();
    variables(&mut container, &list("environment"));
    variables(&mut container, &list("secrets"));
    container.env_elsewhere |= node.get("environmentFiles").is_some()
        || ["environment", "secrets"].iter().any(|key| node.entry(key).is_some_and(|(_, of)| of.value == Value::Unknown));
    container.ports = list("portMappings")
        .iter()
        .filter_map(|port| {
            Some(Port { name: None, container: Some(u16::try_from(port.get("containerPort")?.number()?).ok()?), host: None })
        })
        .collect();
    container.health.alive = node.get("healthCheck").filter(|check| check.get("command").is_some()).map(|check| Probe {
        place: check.place,
        path: None,
        budget: None,
    });
    container.mounts = containers::mounts(&list("mountPoints"), "sourceVolume", "containerPath", "readOnly");
    if is_hidden(node.get("command")) || is_hidden(node.get("entryPoint")) {
        container.env_elsewhere = true;
        container.image = None;
    }
    container
}

/// An image, a repository of the tree replaced by its name.
fn own_image(stack: &Stack<'_>, node: &Node) -> Option<Placed<String>> {
    let text = node.text()?;
    let Some((address, _)) = references(text).find(|(address, _)| address.contains("aws_ecr_repository.")) else {
        return image(Some(node));
    };
    let repository = stack
        .resources
        .iter()
        .find(|resource| resource.address == address || resource.address.starts_with(&format!("{address}[")));
    let name = repository.map(|repository| repository.name("name"))?;
    Some(Placed::new(name, node.place))
}

/// A task that no service runs: a schedule does, or somebody by hand.
fn lone_task(stack: &Stack<'_>, task: &Resource<'_>, found: &mut Infrastructure) {
    let services = || stack.of_kind("aws_ecs_service");
    let is_served = services().any(|service| {
        service.get("task_definition").is_none_or(|node| match task_of(stack, node) {
            Some(own) => own.address == task.address,
            // One that is not known may be this one.
            None => true,
        })
    });
    if is_served {
        return;
    }
    let mut workload = workload(stack, task, &task.name("family"), Platform::Ecs);
    workload.copies = Copies::ToTheEnd;
    workload.replicas = Counted::by_default(Amount::UNKNOWN);
    if let Some(schedule) = schedule(stack, task) {
        workload.copies = Copies::Scheduled;
        workload.replicas = Counted::by_default(Amount::exactly(1));
        workload.schedule = Some(schedule);
    }
    self::task(stack, task, &mut workload);
    found.workloads.push(workload);
}

/// The rule that starts a task. Such rules start the next run whether or not the last one has ended.
fn schedule(stack: &Stack<'_>, task: &Resource<'_>) -> Option<Schedule> {
    let starts = |resource: &&Resource<'_>| super::resources::mentions(&resource.node, &task.address);
    let target = stack.of_kind("aws_cloudwatch_event_target").find(starts);
    let rule = match target {
        Some(target) => {
            let rule = target.get("rule")?;
            stack.of_kind("aws_cloudwatch_event_rule").find(|of| super::resources::mentions(rule, &of.address))?
        }
        None => stack.of_kind("aws_scheduler_schedule").find(starts)?,
    };
    let written = rule.get("schedule_expression")?;
    let off = rule.switch("is_enabled") == Switch::Off || rule.text("state") == Some("DISABLED");
    Some(Schedule {
        text: shown(written.text()?),
        place: written.place,
        overlaps: true,
        overlap_place: None,
        deadline: None,
        suspended: off,
    })
}

fn scaling_group(stack: &Stack<'_>, group: &Resource<'_>, found: &mut Infrastructure, behind: &mut Behind) {
    let mut workload = workload(stack, group, &group.name("name"), Platform::Machines);
    let (least, most) = (group.number("min_size"), group.number("max_size"));
    let amount = Amount { least: least.as_ref().map(|of| of.value), most: most.as_ref().map(|of| of.value) };
    let evidence = most.or(least).map(|of| Note { place: of.place, message: format!("{amount} machines") });
    workload.replicas = Counted { amount, evidence: evidence.into_iter().collect() };
    let at = found.workloads.len();
    for path in ["target_group_arns", "load_balancers"] {
        behind.add(stack, group.get(path), at);
        let sends = group.get(path).is_some_and(|node| !node.items().is_empty());
        workload.served_by = workload.served_by.or_else(|| sends.then(|| group.setting_place(path)));
    }
    let attachments =
        stack.of_kind("aws_autoscaling_attachment").filter(|of| of.refers("autoscaling_group_name", &group.address));
    for attachment in attachments {
        behind.add(stack, attachment.get("lb_target_group_arn").or_else(|| attachment.get("alb_target_group_arn")), at);
    }
    found.workloads.push(workload);
}

fn lambda(stack: &Stack<'_>, function: &Resource<'_>) -> Workload {
    let mut workload = workload(stack, function, &function.name("function_name"), Platform::Functions);
    workload.copies = Copies::PerEvent;
    if let Some(most) = function.number("reserved_concurrent_executions") {
        let note = Note { place: most.place, message: format!("at most {} at a time", most.value) };
        workload.replicas = Counted::stated(Amount::between(0, most.value), note);
    }
    let mut container = Container::new(&workload.name, function.place);
    container.image = function.get("image_uri").and_then(|node| own_image(stack, node));
    containers::variable_map(&mut container, function.get("environment.variables"));
    if let Some(handler) = function.get("handler")
        && let Some(text) = sure_text(handler)
    {
        let source = source_folder(stack, function);
        container.build = source.map(|context| Build {
            context,
            dockerfile: String::new(),
            target: None,
            arguments: Vec::new(),
            known_by: "archive of the function",
        });
        container.processes.push(handled(text, handler));
        container.understood = true;
    }
    workload.containers.push(container);
    workload
}

/// The process that a function's handler is: `package/module.function`.
pub(in crate::deploy) fn handled(text: &str, node: &Node) -> Process {
    let module = text.rsplit_once('.').map_or(text, |(module, _)| module).replace('/', ".");
    Process::plain(Does::Command, text, node.place, Target::Module(module))
}

/// The folder that a function's archive is made of: its file or its checksum says which archive that is; an archive that something
/// else made has the name of its folder.
fn source_folder(stack: &Stack<'_>, function: &Resource<'_>) -> Option<String> {
    let named = ["filename", "source_code_hash"].iter().filter_map(|path| function.get(path));
    let archive = named.flat_map(|node| stack.referred(node)).find(|of| of.kind == "data.archive_file");
    let folder = match archive {
        Some(archive) => {
            let file = || archive.get("source_file").and_then(sure_text)?.rsplit_once('/').map(|(folder, _)| folder);
            archive.get("source_dir").and_then(sure_text).or_else(file)?
        }
        None => {
            let folder = function.get("filename").and_then(sure_text)?.strip_suffix(".zip")?;
            // `mail/mail.zip` lies beside what it is made of.
            let (above, name) = folder.rsplit_once('/').unwrap_or(("", folder));
            if above.rsplit('/').next() == Some(name) { above } else { folder }
        }
    };
    Some(crate::deploy::texts::dockerfile::join("", folder))
}
