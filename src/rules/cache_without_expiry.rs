//! `cache-without-expiry`: copies in a shared cache that nobody ever takes out again.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::fixes::Wanted;
use crate::link::{CacheAct, CacheUse, Cached, Placement, Project};
use crate::models::{Parameter, Role, Trait};

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let mut uses = None;
    for site in project.sites(Role::CacheFill) {
        let kept = project.lacks(&site, Parameter::Expiry) && !site.result.has(Trait::Claimed);
        if !kept || project.expires_later(site.function) {
            continue;
        }
        let uses: &Vec<CacheUse> = uses.get_or_insert_with(|| project.cache_uses());
        let fills: Vec<&CacheUse> =
            uses.iter().filter(|used| used.does == CacheAct::Fill && used.site == (site.function, site.op)).collect();
        let found = fills.into_iter().filter_map(|fill| judge(project, fill, uses).map(|sure| (fill, sure)));
        let Some((fill, sure)) = found.max_by_key(|(_, sure)| *sure) else { continue };
        let placement = project.placement(fill.function, fill.op);
        if placement == Placement::Cold || only_cold(project, &site) {
            continue;
        }
        let through = (fill.function != site.function).then(|| project.place(fill.function, fill.op));
        let name = project.callee_name(&site);
        findings
            .site(&site, format!("{name} stores a copy that never expires: no time to live is given{}", chosen(project, &site)))
            .help_otherwise("give the entry a time to live that says how old the copy may become")
            .fix(&Wanted::Argument(&site, Parameter::Expiry))
            .placed(&placement)
            .at_most(if has_companion(project, &site) { Confidence::Low } else { sure })
            .related(through, "the value is looked up and stored here")
            .report();
    }
    memos(project, findings);
}

/// Results of functions in a shared cache, where somebody wrote that they never expire.
fn memos(project: &Project, findings: &mut Findings<'_>) {
    for site in project.sites(Role::CacheMemo).filter(|site| project.lacks(site, Parameter::Expiry)) {
        let Some(memo) = project.decorated(&site).filter(|memo| !project.is_test(memo.function)) else { continue };
        let cleared = project.sites(Role::CacheClear).any(|clear| clear.act.library == site.act.library && !project.is_test(clear.function));
        let kept = project.function_name(memo.function);
        findings
            .site(&site, format!("{} keeps the results of {kept} and never lets them expire{}", project.callee_name(&site), chosen(project, &site)))
            .help_otherwise("give them a time to live that says how old they may become")
            .at_most(if cleared { Confidence::Low } else { Confidence::High })
            .report();
    }
}

/// Somebody wrote that it never expires.
fn chosen(project: &Project, site: &crate::link::Site<'_>) -> &'static str {
    if project.parameter_op(site, Parameter::Expiry).is_some() { ", on purpose" } else { "" }
}

fn only_cold(project: &Project, site: &crate::link::Site<'_>) -> bool {
    project.placement(site.function, site.op) == Placement::Cold
}

/// How sure it is that a fill stores a copy which stays behind.
fn judge(project: &Project, fill: &CacheUse, uses: &[CacheUse]) -> Option<Confidence> {
    let constant = fill.shape.as_ref().is_some_and(|shape| !shape.contains('*'));
    let same = |used: &&CacheUse| fill.shape.is_some() && used.shape == fill.shape;
    let cleared = uses.iter().filter(same).any(|used| used.does == CacheAct::Clear);
    let other = |used: &CacheUse| used.does == CacheAct::Fill && (used.function, used.op) != (fill.function, fill.op);
    let written_elsewhere = || uses.iter().filter(same).any(other);
    match project.cached_as(fill, uses) {
        Cached::No => None,
        // One entry that is taken out or replaced when it changes is never stale, and does not grow.
        _ if constant && (cleared || written_elsewhere()) => None,
        _ if cleared => Some(Confidence::Low),
        Cached::OnMiss => Some(Confidence::High),
        // One entry that its writer replaces is published, not cached.
        Cached::Elsewhere if constant => None,
        Cached::Elsewhere if project.speaks_of_cache(fill) => Some(Confidence::Medium),
        Cached::Elsewhere => Some(Confidence::Low),
    }
}

/// A second entry beside it that does expire says when the first is too old.
fn has_companion(project: &Project, site: &crate::link::Site<'_>) -> bool {
    project.sites_in(site.function).any(|other| {
        other.op != site.op
            && other.act.behaviour.roles().any(|role| role == Role::CacheFill)
            && project.parameter_op(&other, Parameter::Expiry).is_some()
            && !project.lacks(&other, Parameter::Expiry)
    })
}
