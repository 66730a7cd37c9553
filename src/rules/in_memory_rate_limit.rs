//! `in-memory-rate-limit`: a limiter of requests whose counters live in one process, so that the limit is multiplied.

use super::findings::Findings;
use crate::facts::OpId;
use crate::finding::Confidence;
use crate::link::{Chosen, KeptAs, Project, Site};
use crate::models::{Parameter, Role, Setting};
use std::collections::BTreeSet;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let configured =
        project.is_set_or_default(Setting::LimiterStorage) || project.is_set_by_argument(Setting::LimiterStorage);
    // Several in one function are one thing to mend.
    let mut seen = BTreeSet::new();
    for site in project.sites(Role::LocalLimiter) {
        if project.is_test(site.function) || project.is_script(site.function) || project.is_client_side(site.function) {
            continue;
        }
        // What another limiter is given stands in for that one's own storage.
        let given = site_around(project, &site);
        if !given && counts_here(project, &site, configured) && seen.insert(site.function) {
            let message = format!("{} counts in this process: with n instances a client may ask n times as often", project.callee_name(&site));
            findings.site(&site, message).help_otherwise("count in a store that every instance shares").in_copies().report();
        }
    }
    by_hand(project, findings);
    throttles(project, findings);
}

fn counts_here(project: &Project, site: &Site<'_>, configured: bool) -> bool {
    match project.parameter(site, Parameter::Storage) {
        Chosen::Given(op, _) => project.text_at(site.function, op).is_some_and(|text| is_memory(&text)),
        Chosen::Default(_) => true,
        // Who limits nobody by no key is another class of that name.
        Chosen::Absent => !configured && project.has_arguments(site.function, site.op),
        // No storage can be given to it.
        Chosen::Unknown => site.act.behaviour.parameter.is_empty(),
    }
}

/// Whether a limiter is an argument of another one in the same function: `Limiter(in_memory_fallback=[MemoryStorage()])`.
fn site_around(project: &Project, site: &Site<'_>) -> bool {
    let span = |op: OpId| project.facts(site.function).op(op).span;
    let inside = |other: &Site<'_>| {
        let (inner, outer) = (span(site.op), span(other.op));
        other.op != site.op && outer.start <= inner.start && inner.end <= outer.end
    };
    project.sites(Role::LocalLimiter).any(|other| other.function == site.function && inside(&other))
}

fn is_memory(storage: &str) -> bool {
    storage.starts_with("memory") || storage.starts_with("async+memory")
}

/// Limiters written by hand: reported where the counters are declared.
fn by_hand(project: &Project, findings: &mut Findings<'_>) {
    let mut seen = BTreeSet::new();
    for kept in project.kept_data().filter(|kept| kept.kept_as == KeptAs::Limiter) {
        if !seen.insert(kept.slot) {
            continue;
        }
        let name = &kept.name;
        let place = project.slot_declaration(kept.slot).unwrap_or_else(|| project.place(kept.function, kept.op));
        findings
            .at_place(kept.function, place, format!("{name} counts in this process: with n instances a client may ask n times as often"))
            .help("count in a store that every instance shares: a key with an expiry, incremented atomically")
            .placed(&kept.placement)
            .at_most(if kept.copied || project.is_called_only_on_failure(kept.function) { Confidence::Low } else { Confidence::High })
            .related(Some(project.place(kept.function, kept.op)), format!("{} counts here", project.function_name(kept.function)))
            .in_copies()
            .report();
    }
}

/// A framework that counts in its default cache, which is in memory.
fn throttles(project: &Project, findings: &mut Findings<'_>) {
    let Some((place, name)) = project.setting(Setting::CacheThrottles) else { return };
    if let Some((cache, cache_name)) = project.setting(Setting::MemoryCache).filter(|(cache, name)| !project.is_set_anew(*cache, name)) {
        let body = project.module_body(place.file);
        findings
            .at_place(body, place, format!("{name} counts in the default cache, which each process has for itself"))
            .help("keep the default cache in a server that every instance shares")
            .less_sure()
            .related(Some(cache), format!("{cache_name} chooses memory here"))
            .in_copies()
            .report();
    }
}
