//! `connection-per-request`: raw connections, pools and engines made inside hot-path code.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::{Placement, Project, Site};
use crate::models::{EntryKind, Resource, Role, Trait};
use std::collections::BTreeSet;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    // Either arm of a condition, or several calls, in one function are one thing to mend.
    let mut seen = BTreeSet::new();
    for site in project.sites(Role::Connect).chain(project.sites(Role::Pool)) {
        let Some(what) = resource(&site) else { continue };
        let placement = project.placement(site.function, site.op);
        let when = match &placement {
            Placement::Cold => continue,
            Placement::Hot(reached) if project.is_health_route(reached) => continue,
            Placement::Hot(_) if project.is_kept(site.function, site.op) || project.makes_single(&site) || needs_its_own(project, &site) => continue,
            Placement::Hot(reached) => reached.describe(),
            Placement::Unplaced(_) if project.is_handed_over(site.function, site.op) || project.is_drawn_from_later(site.function, site.op) => {
                continue;
            }
            Placement::Unplaced(_) => "each call".to_owned(),
        };
        let made = if site.role == Role::Pool { "makes a whole new pool of connections to" } else { "opens a new connection to" };
        let name = project.callee_name(&site);
        if !seen.insert((site.function, name.clone())) {
            continue;
        }
        findings
            .site(&site, format!("{name} {made} the {what} for {when}"))
            .help_otherwise("open it once for the process, in its start-up hook, and borrow from it per request")
            .placed(&placement)
            .at_most(if is_rare(project, &site, &placement) { Confidence::Low } else { Confidence::High })
            .report();
    }
}

/// Seldom enough to be no burden: by the clock, for a few administrators, once for a socket that stays open, when something has
/// grown too old or a shared cache lacks it; a job takes longer than to reach a cache, and one in a process of its own has nothing
/// to share. Who draws from a stock of connections has a pool of his own.
fn is_rare(project: &Project, site: &Site<'_>, placement: &Placement) -> bool {
    let in_loop = project.is_in_loop(site.function, site.op);
    let seldom = match placement {
        Placement::Hot(reached) => match reached.kind {
            EntryKind::Scheduled => true,
            EntryKind::Job => matches!(site.act.behaviour.kind, Some(Resource::Cache | Resource::Search)) || project.has_own_process(reached),
            _ => project.serves_administrators(reached) || project.is_of_administration(reached) || project.holds_socket(reached),
        },
        Placement::Cold | Placement::Unplaced(_) => false,
    };
    let filled = project.is_refresh(site.function, site.op) || project.fills_shared_cache(site.function, site.op);
    seldom && !in_loop || filled || project.draws_from_stock(site.function, 0)
}

/// A connection that listens, copies, or holds a lock for its whole life can't be borrowed from a pool.
fn needs_its_own(project: &Project, connection: &Site<'_>) -> bool {
    project.sites_in(connection.function).any(|site| site.receiver.has(Trait::Dedicated) || site.result.has(Trait::Dedicated))
}

/// What is connected to, when many connections to it are a burden.
fn resource(site: &Site<'_>) -> Option<&'static str> {
    match site.act.behaviour.kind? {
        Resource::Database | Resource::DocumentDatabase => Some("database"),
        Resource::Cache => Some("cache"),
        Resource::Broker => Some("broker"),
        Resource::Rpc => Some("RPC server"),
        Resource::Search => Some("search engine"),
        Resource::FileDatabase | Resource::Mail | Resource::Http | Resource::Cloud => None,
    }
}
