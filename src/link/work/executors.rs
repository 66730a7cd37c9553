//! Which threads or permits does work wait for that asks other systems, and who else needs the same?

use crate::facts::{OpId, OpKind, RegionKind};
use crate::link::project::{Project, Site};
use crate::link::service::dependencies::Dependency;
use crate::link::values::arguments::Chosen;
use crate::link::values::flows::same_chain;
use crate::link::values::value::{FnId, Kind, Slot};
use crate::models::{Parameter, Role};
use std::collections::BTreeMap;

/// What work waits for before it may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bench {
    /// The pool of threads that everything gets which names no other.
    Default,
    /// An executor that the process keeps.
    Threads(Slot),
    /// A semaphore that the process keeps.
    Permits(Slot),
}

/// Work that asks another system, where it is handed to a bench.
#[derive(Debug, Clone)]
pub struct Benched<'p> {
    /// What hands it over.
    pub site: Site<'p>,
    /// What it waits for.
    pub bench: Bench,
    /// Whom it asks.
    pub dependency: Dependency,
}

/// How far down work is followed.
const DEPTH: u32 = 4;

/// What asks another system.
const ASKS: [Role; 4] = [Role::HttpRequest, Role::RpcCall, Role::SdkCall, Role::MailSend];

impl Project {
    /// All work that asks other systems and waits for threads or permits of the process first.
    #[must_use]
    pub fn benched(&self) -> Vec<Benched<'_>> {
        let mut asks: BTreeMap<FnId, Vec<(OpId, Dependency)>> = BTreeMap::new();
        for asked in self.asked(&ASKS) {
            asks.entry(asked.site.function).or_default().push((asked.site.op, asked.dependency));
        }
        let sites = self.sites(Role::Offload).chain(self.sites(Role::LimitConcurrency));
        let sites = sites.filter(|site| !self.is_test(site.function) && !self.is_script(site.function));
        let mut found = Vec::new();
        for site in sites {
            let Some(bench) = self.bench(&site) else { continue };
            let stretch = self.benched_ops(&site);
            let mut dependencies: Vec<Dependency> = Vec::new();
            let own = asks.get(&site.function).into_iter().flatten();
            dependencies.extend(own.filter(|(op, _)| stretch.contains(op)).map(|(_, dependency)| dependency.clone()));
            for work in self.benched_functions(&site, &stretch) {
                dependencies.extend(self.asked_below(work, &asks));
            }
            dependencies.sort();
            dependencies.dedup();
            found.extend(dependencies.into_iter().map(|dependency| Benched { site, bench, dependency }));
        }
        found
    }

    fn bench(&self, site: &Site<'_>) -> Option<Bench> {
        let kept = |slot: Option<Slot>| slot.filter(|&slot| self.is_process_wide(slot));
        if site.role == Role::LimitConcurrency {
            return kept(site.receiver.slot).map(Bench::Permits);
        }
        if !site.act.behaviour.parameter.contains_key(&Parameter::Executor) {
            return kept(site.receiver.slot).map(Bench::Threads);
        }
        match self.parameter(site, Parameter::Executor) {
            Chosen::Given(_, value) if value.kind == Kind::None => Some(Bench::Default),
            Chosen::Given(_, value) => kept(value.slot).map(Bench::Threads),
            Chosen::Default(_) => Some(Bench::Default),
            Chosen::Absent | Chosen::Unknown => None,
        }
    }

    /// The operations that hand over the work, or that run while the permit is held.
    fn benched_ops(&self, site: &Site<'_>) -> Vec<OpId> {
        let facts = self.facts(site.function);
        if site.role == Role::LimitConcurrency {
            let held = facts.regions.iter().filter(|region| match region.kind {
                RegionKind::With(manager) => same_chain(facts, manager, site.op) || manager == site.op,
                _ => false,
            });
            let held: Vec<OpId> =
                held.flat_map(|region| (region.start.index()..region.end.index()).map(OpId::from_index)).collect();
            // A permit that no block ends is held to the end.
            let rest = || (site.op.index() + 1..facts.ops.len()).map(OpId::from_index).collect();
            return if held.is_empty() { rest() } else { held };
        }
        let mut ops = vec![site.op];
        let mut at = 0;
        // `submit(partial(fetch, url))`, `spawn_blocking(move || fetch())`
        while let Some(&op) = ops.get(at) {
            if let OpKind::Call { args, .. } = facts.op(op).kind {
                ops.extend(facts.list(args).iter().map(|arg| arg.value).filter(|&arg| arg < op));
            }
            at += 1;
        }
        ops
    }

    fn benched_functions(&self, site: &Site<'_>, stretch: &[OpId]) -> Vec<FnId> {
        let facts = self.facts(site.function);
        let (file, _) = self.files().locate(site.function);
        let called = self.graph.from(site.function).filter(|edge| !edge.outside && !edge.guessed && stretch.contains(&edge.op));
        let written = stretch.iter().filter_map(|&op| match facts.op(op).kind {
            OpKind::Closure(id) => Some(self.files().function(file, id)),
            _ => None,
        });
        called.map(|edge| edge.callee).chain(written).collect()
    }

    fn asked_below(&self, work: FnId, asks: &BTreeMap<FnId, Vec<(OpId, Dependency)>>) -> Vec<Dependency> {
        let mut queue = vec![(work, 0)];
        let mut seen = vec![work];
        let mut found = Vec::new();
        while let Some((function, depth)) = queue.pop() {
            found.extend(asks.get(&function).into_iter().flatten().map(|(_, dependency)| dependency.clone()));
            let below = self.graph.from(function).filter(|edge| depth < DEPTH && !edge.outside && !edge.guessed);
            for edge in below {
                if !seen.contains(&edge.callee) {
                    seen.push(edge.callee);
                    queue.push((edge.callee, depth + 1));
                }
            }
        }
        found
    }
}
