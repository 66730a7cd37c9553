//! Terraform: which folders are applied, with which values, and what their resources say of workloads, databases and stickiness.
//! Nothing is run: what data sources, providers or people at a command line would say is unknown.
//!
//! | file | question |
//! |---|---|
//! | `scope`, `eval`, `blocks`, `functions`, `values` | what is an expression worth? |
//! | `resources` | which resources are there, and which refers to which? |
//! | `amazon`, `google`, `azure`, `cluster` | what do the resources of one provider run? |
//! | `databases`, `stickiness` | which databases are there; what ties clients to copies? |

mod amazon;
mod azure;
mod blocks;
mod cluster;
mod containers;
mod databases;
mod eval;
mod functions;
mod google;
mod resources;
mod scope;
mod stickiness;
mod values;

use crate::deploy::readers::kubernetes::Set;
use crate::deploy::texts::hcl::{Body, Expr};
use crate::deploy::vocabulary::stages::Stage;
use crate::deploy::vocabulary::workloads::{Affinity, Autoscaler, Database, Workload};
use crate::walk::folder_of;
use resources::{Resource, Stack};
use scope::{At, Module, Names, What, World};
use std::collections::{BTreeMap, BTreeSet};

/// A file of Terraform: configuration, or values of variables.
#[derive(Debug, Clone, Copy)]
pub(in crate::deploy) struct File<'t> {
    pub path: &'t str,
    pub body: &'t Body,
}

/// What Terraform files say.
#[derive(Debug, Default)]
pub(in crate::deploy) struct Infrastructure {
    pub workloads: Vec<Workload>,
    pub autoscalers: Vec<Autoscaler>,
    pub affinities: Vec<Affinity>,
    pub databases: Vec<Database>,
    /// Kubernetes objects that are written as resources, those of one root together.
    pub objects: Vec<Set<'static>>,
}

/// Most roots times scenarios that are read.
const MOST_SCENARIOS: usize = 200;

/// Read the Terraform files of a tree.
pub(in crate::deploy) fn read(files: &[File<'_>], templates: &BTreeMap<&str, &str>) -> Infrastructure {
    let mut modules: BTreeMap<String, Module<'_>> = BTreeMap::new();
    let files = files.iter().filter(|file| !file.path.ends_with(".hcl"));
    let (values, code): (Vec<File<'_>>, Vec<File<'_>>) = files.partition(|file| file.path.ends_with(".tfvars"));
    for file in code {
        let module = modules.entry(folder_of(file.path).to_owned()).or_default();
        module.folder = folder_of(file.path).to_owned();
        module.add(file.body);
    }
    let used: BTreeSet<String> =
        modules.values().flat_map(|module| module.calls.values().filter_map(|call| module.source(call))).collect();
    let mut found = Infrastructure::default();
    let mut left = MOST_SCENARIOS;
    for (path, root) in modules.iter().filter(|(path, _)| !used.contains(*path)) {
        for scenario in scenarios(path, &values, &modules) {
            if left == 0 {
                return found;
            }
            left -= 1;
            let stack = stack((&modules, templates), root, &scenario);
            lower(&stack, &mut found);
        }
    }
    found.merge_affinities();
    found
}

/// Values that a root may be applied with.
struct Scenario<'t> {
    values: BTreeMap<&'t str, &'t Expr>,
    stage: Stage,
}

/// One scenario for each file of values that is not read by itself; else the one without.
fn scenarios<'t>(root: &str, files: &[File<'t>], modules: &BTreeMap<String, Module<'_>>) -> Vec<Scenario<'t>> {
    // A folder of values alone belongs to the nearest root above it.
    let owner = |path: &str| {
        let mut at = folder_of(path);
        while !modules.contains_key(at) && !at.is_empty() {
            at = folder_of(at);
        }
        at.to_owned()
    };
    let own = files.iter().filter(|file| owner(file.path) == root);
    let automatic = |file: &&&File<'_>| {
        folder_of(file.path) == root && (file.path.ends_with("terraform.tfvars") || file.path.ends_with(".auto.tfvars"))
    };
    let (automatic, chosen): (Vec<&File<'_>>, Vec<&File<'_>>) = own.partition(|file| automatic(&file));
    let is_example = |file: &&&File<'_>| file.path.contains("example") || file.path.contains("sample");
    let entries = |file: &File<'t>| file.body.attributes.iter().map(|(key, value)| (&*key.name, value)).collect::<Vec<_>>();
    let base: BTreeMap<&str, &Expr> = automatic.iter().flat_map(|file| entries(file)).collect();
    let mut found: Vec<Scenario<'t>> = chosen
        .iter()
        .filter(|file| !is_example(file))
        .map(|file| {
            let mut values = base.clone();
            values.extend(entries(file));
            let own = file.path.strip_prefix(root).unwrap_or(file.path);
            Scenario { values, stage: Stage::of_path(own.trim_end_matches(".tfvars")) }
        })
        .collect();
    if found.is_empty() {
        found.push(Scenario { values: base, stage: Stage::Unclear });
    }
    found
}

/// Evaluate everything below a root that some reader asks for.
fn stack<'t>(
    (modules, templates): (&'t BTreeMap<String, Module<'t>>, &'t BTreeMap<&'t str, &'t str>),
    root: &'t Module<'t>,
    scenario: &Scenario<'t>,
) -> Stack<'t> {
    let world = World::new((modules, templates), root, scenario.values.clone());
    let mut resources = Vec::new();
    for scope in world.open_all() {
        let blocks = scope.module.resources.iter().map(|(name, block)| (false, name, block));
        let data = scope.module.data.iter().map(|(name, block)| (true, name, block));
        let remote = scope.module.calls.iter().filter(|(_, call)| scope.module.source(call).is_none());
        for (name, call) in remote {
            let Some(kind) = databases::of_module(call) else { continue };
            let at = At { scope: &scope, names: &Names::default() };
            let node = world.body(at, &call.body, call.place);
            let address = format!("{}module.{name}", scope.address);
            resources.push(Resource {
                kind: kind.to_owned(),
                label: name,
                address,
                place: call.place,
                node,
                sure: true,
                body: &call.body,
            });
        }
        for (is_data, (kind, label), block) in blocks.chain(data) {
            if !is_read(kind) {
                continue;
            }
            for copy in world.copies(&scope, &block.body) {
                let names = Names { own: copy.names.clone(), outer: None };
                let node = world.body(At { scope: &scope, names: &names }, &block.body, block.place);
                let data = if is_data { "data." } else { "" };
                resources.push(Resource {
                    kind: format!("{data}{kind}"),
                    label,
                    address: format!("{}{data}{kind}.{label}{}", scope.address, copy.key),
                    place: block.place,
                    node,
                    sure: copy.sure,
                    body: &block.body,
                });
            }
        }
    }
    let stage = scenario.stage.or(stage_of(&world, root));
    let is_part = root.folder.split('/').any(|part| matches!(part, "modules" | "module"));
    let variables = root.variables.values().filter(|_| scenario.values.is_empty());
    let defaults = variables.filter_map(|variable| variable.body.get("default")).map(|default| default.place).collect();
    Stack {
        resources,
        root: root.folder.clone(),
        stage,
        defaults,
        assumed: is_part && !root.is_applied && scenario.values.is_empty(),
    }
}

/// What a root is for: by its folder, else by what its variables call the environment.
fn stage_of<'t>(world: &World<'t>, root: &'t Module<'t>) -> Stage {
    let Some(scope) = world.scope(0) else { return Stage::Unclear };
    let named = ["environment", "env", "stage", "environment_name", "workspace"].iter().filter_map(|name| {
        let place = crate::finding::Place { file: crate::finding::FileId::default(), span: crate::source::Span::default() };
        let value = [What::Variable, What::Local].map(|what| world.named(&scope, what, name, place));
        value.iter().find_map(|node| values::sure_text(node).map(Stage::of_name))
    });
    Stage::of_path(&root.folder).or(named.fold(Stage::Unclear, Stage::or))
}

/// Kinds of resources that some reader asks for.
fn is_read(kind: &str) -> bool {
    [
        "archive_file",
        "aws_ecs_",
        "aws_ecr_repository",
        "aws_appautoscaling_",
        "aws_autoscaling_",
        "aws_lb",
        "aws_alb",
        "aws_elb",
        "aws_app_cookie",
        "aws_db_",
        "aws_rds_",
        "aws_lambda_function",
        "aws_cloudwatch_event_",
        "aws_scheduler_schedule",
        "google_cloud_run",
        "google_compute_backend_service",
        "google_compute_region_",
        "google_compute_autoscaler",
        "google_compute_instance_group_manager",
        "google_sql_database_instance",
        "google_artifact_registry_repository",
        "azurerm_container_app",
        "azurerm_linux_web_app",
        "azurerm_windows_web_app",
        "azurerm_app_service",
        "azurerm_service_plan",
        "azurerm_monitor_autoscale_setting",
        "azurerm_application_gateway",
        "azurerm_cdn_frontdoor_origin_group",
        "azurerm_lb_rule",
        "azurerm_postgresql_",
        "azurerm_mysql_",
        "azurerm_mssql_",
        "kubernetes_",
    ]
    .iter()
    .any(|start| kind.starts_with(start))
}

/// Every reader of resources, on one stack.
fn lower(stack: &Stack<'_>, found: &mut Infrastructure) {
    let first = found.workloads.len();
    let mut behind = stickiness::Behind::default();
    amazon::read(stack, found, &mut behind);
    google::read(stack, found, &mut behind);
    azure::read(stack, found, &mut behind);
    cluster::read(stack, found);
    databases::read(stack, found);
    stickiness::read(stack, &behind, found);
    for workload in &mut found.workloads[first..] {
        workload.whole &= !stack.assumed && !workload.replicas.evidence.iter().any(|note| stack.is_default(note.place));
    }
}

impl Infrastructure {
    /// One setting that several uses of a module have is one.
    fn merge_affinities(&mut self) {
        let mut merged: Vec<Affinity> = Vec::new();
        for affinity in std::mem::take(&mut self.affinities) {
            match merged.iter_mut().find(|known| known.place == affinity.place && known.stage == affinity.stage) {
                Some(known) => known.workloads.extend(affinity.workloads),
                None => merged.push(affinity),
            }
        }
        self.affinities = merged;
    }
}

#[cfg(test)]
mod tests;
