//! The service as boxes: what runs, what comes in, what each of it calls, and the findings on them. Only what is known; how it looks
//! is the page's matter.

use super::facts::Asker;
use super::{Shown, counts, shown};
use crate::deploy::programs::Does;
use crate::finding::{FileId, Place};
use crate::link::value::FnId;
use crate::link::{Project, Site};
use crate::models::{EntryKind, Resource, Role};
use crate::scan::Examined;
use crate::views::{starts, words};
use std::collections::{BTreeMap, BTreeSet};

/// Entry points that are drawn.
const MOST_ENTRIES: usize = 80;

/// What is drawn.
#[derive(Debug)]
pub(crate) struct Picture {
    pub workloads: Vec<WorkloadBox>,
    pub entries: Vec<EntryBox>,
    /// Entry points beyond those that are drawn.
    pub more_entries: usize,
    pub stores: Vec<StoreBox>,
}

/// Something that deployment files run.
#[derive(Debug)]
pub(crate) struct WorkloadBox {
    pub name: String,
    pub kind: String,
    pub place: (String, usize),
    /// How many copies: `2 to 10`.
    pub copies: String,
    pub processes: Vec<ProcessBox>,
    pub findings: Vec<Shown>,
}

/// A process of a workload.
#[derive(Debug)]
pub(crate) struct ProcessBox {
    pub does: &'static str,
    pub shown: String,
    /// How many in all copies together.
    pub count: String,
    /// The file it starts with.
    pub code: Option<String>,
}

/// Code that the platform calls.
#[derive(Debug)]
pub(crate) struct EntryBox {
    pub kind: EntryKind,
    pub label: String,
    pub name: String,
    pub place: (String, usize),
    /// What it calls, by position in the stores.
    pub calls: BTreeSet<usize>,
    pub findings: Vec<Shown>,
}

/// Another system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Store {
    /// What it is: `database`, `http`, `cache`.
    pub sort: &'static str,
    /// How it is known: a host, a library.
    pub name: String,
}

/// Another system, and how many of all entry points call it, drawn or not.
#[derive(Debug)]
pub(crate) struct StoreBox {
    pub store: Store,
    pub callers: usize,
}

/// Draw a service.
pub(super) fn draw(examined: &Examined<'_>, asker: &Asker<'_>) -> Picture {
    let project = examined.project;
    let systems = systems(project, asker);
    let stores: Vec<Store> = systems.values().flatten().cloned().collect::<BTreeSet<_>>().into_iter().collect();
    let starts: Vec<_> = starts::all(project)
        .into_iter()
        .filter(|start| {
            start.kind.is_some_and(|kind| kind.serves() || kind == EntryKind::Command) && asker.counts(start.function)
        })
        .collect();
    let leading: Vec<BTreeSet<FnId>> = stores.iter().map(|store| leading_to(project, &systems, store)).collect();
    let boxed = |(store, leading): (Store, &BTreeSet<FnId>)| {
        let callers = starts.iter().filter(|start| leading.contains(&start.function)).count();
        StoreBox { store, callers }
    };
    let stores = stores.into_iter().zip(&leading).map(boxed).collect();
    let more_entries = starts.len().saturating_sub(MOST_ENTRIES);
    let mut starts: Vec<_> = starts.into_iter().map(|start| (found_from(examined, start.function), start)).collect();
    if more_entries > 0 {
        // Of too many, those with findings; each still stands in its order.
        let mut ranks: Vec<usize> = (0..starts.len()).collect();
        ranks.sort_by_key(|at| (starts[*at].0.is_empty(), *at));
        let shown: BTreeSet<usize> = ranks.into_iter().take(MOST_ENTRIES).collect();
        let mut at = 0..;
        starts.retain(|_| at.next().is_some_and(|at| shown.contains(&at)));
    }
    let drawn = starts.into_iter().map(|(findings, start)| {
        let calls = leading.iter().enumerate().filter(|(_, leading)| leading.contains(&start.function));
        EntryBox {
            kind: start.kind.unwrap_or(EntryKind::Command),
            label: start.label.clone(),
            name: project.function_name(start.function),
            place: words::place(project, project.place_of_name(start.function)),
            calls: calls.map(|(at, _)| at).collect(),
            findings,
        }
    });
    Picture { workloads: workloads(examined, asker), more_entries, entries: drawn.collect(), stores }
}

/// The functions that call a system, and all that lead to them.
fn leading_to(project: &Project, systems: &BTreeMap<FnId, BTreeSet<Store>>, store: &Store) -> BTreeSet<FnId> {
    let mut queue: Vec<FnId> =
        systems.iter().filter(|(_, called)| called.contains(store)).map(|(&function, _)| function).collect();
    let mut seen: BTreeSet<FnId> = queue.iter().copied().collect();
    while let Some(callee) = queue.pop() {
        let callers = project.graph.to(callee).map(|edge| edge.caller).filter(|caller| !project.is_test(*caller));
        queue.extend(callers.filter(|caller| seen.insert(*caller)));
    }
    seen
}

/// The other systems that each function calls.
fn systems(project: &Project, asker: &Asker<'_>) -> BTreeMap<FnId, BTreeSet<Store>> {
    const ASKED: [Role; 2] = [Role::HttpRequest, Role::RpcCall];
    let named: BTreeMap<_, _> =
        project.asked(&ASKED).map(|asked| ((asked.site.function, asked.site.op), asked.dependency.name)).collect();
    let mut systems: BTreeMap<FnId, BTreeSet<Store>> = BTreeMap::new();
    for &role in Role::ALL {
        let Some(sort) = sort(role) else { continue };
        for site in asker.sites(&[role]) {
            let sort = by_resource(&site).unwrap_or(sort);
            let name = named.get(&(site.function, site.op)).cloned().unwrap_or_else(|| site.act.library.clone());
            systems.entry(site.function).or_default().insert(Store { sort, name });
        }
    }
    systems
}

/// What sort of system an operation of this role calls.
fn sort(role: Role) -> Option<&'static str> {
    Some(match role {
        Role::Execute | Role::FetchMany | Role::FetchOne | Role::FetchStream | Role::Write | Role::WriteBatch => "database",
        Role::CacheRead | Role::CacheWrite | Role::CacheBatch | Role::CacheFill | Role::CacheClear | Role::CacheAdd => "cache",
        Role::HttpRequest => "http",
        Role::RpcCall => "rpc",
        Role::MailSend => "mail",
        Role::SdkCall | Role::Charge => "cloud service",
        Role::Enqueue | Role::Publish | Role::Receive => "queue",
        Role::FileWrite | Role::FileOpen => "local files",
        Role::LockShared => "lock",
        _ => return None,
    })
}

fn by_resource(site: &Site<'_>) -> Option<&'static str> {
    Some(match site.act.behaviour.kind? {
        Resource::Search => "search engine",
        Resource::FileDatabase => "database in a file",
        _ => return None,
    })
}

/// The findings whose path begins at an entry, or that lie in it.
fn found_from(examined: &Examined<'_>, function: FnId) -> Vec<Shown> {
    let project = examined.project;
    let (name, span) = (project.place_of_name(function), project.facts(function).span);
    let inside = |place: Place| place.file == name.file && span.contains(place.span);
    let from = |judged: &&crate::scan::Judged| match judged.finding.trace.first() {
        Some(first) => first.place == name,
        None => inside(judged.finding.place),
    };
    let found = examined.findings.iter().filter(|judged| counts(judged)).filter(from);
    found.map(|judged| shown(examined, &judged.finding)).collect()
}

fn workloads(examined: &Examined<'_>, asker: &Asker<'_>) -> Vec<WorkloadBox> {
    let project = examined.project;
    let started = project.started();
    let of = |workload: &crate::deploy::workloads::Workload| {
        let own = started.iter().filter(|started| std::ptr::eq(started.workload, workload));
        let processes = own.map(|started| ProcessBox {
            does: does(started.process.does),
            shown: started.process.shown.clone(),
            count: workload.count_of(started.process).amount.to_string(),
            code: started.link.map(|link| path_of(project, link.entry)),
        });
        let symbol = format!("{}/{}", workload.kind, workload.name);
        let findings = examined.findings.iter().filter(|judged| counts(judged) && judged.finding.symbol == symbol);
        WorkloadBox {
            name: workload.name.clone(),
            kind: workload.kind.clone(),
            place: words::place(project, workload.place),
            copies: workload.replicas.amount.to_string(),
            processes: processes.collect(),
            findings: findings.map(|judged| shown(examined, &judged.finding)).collect(),
        }
    };
    asker.workloads().into_iter().map(of).collect()
}

fn path_of(project: &Project, file: FileId) -> String {
    project.files().get(file).path.clone()
}

fn does(does: Does) -> &'static str {
    match does {
        Does::Web => "web",
        Does::Worker => "worker",
        Does::Scheduler => "scheduler",
        Does::Job => "job",
        Does::Command => "command",
        Does::Proxy => "proxy",
        Does::Store => "store",
        Does::Supervisor => "supervisor",
        Does::Tool => "tool",
        Does::Helper => "helper",
    }
}
