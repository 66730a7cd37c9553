//! `unbounded-cache`: caches in the process that keep an entry for everything anybody ever asked for.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::fixes::Wanted;
use crate::link::{Project, Site};
use crate::models::{Parameter, Role, Trait};

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for site in project.sites(Role::LocalCache).chain(project.sites(Role::BoundedCache)) {
        // What is made without a bound needs no parameter to say so.
        let unbounded = project.lacks(&site, Parameter::Capacity)
            || site.role == Role::LocalCache && project.parameter_op(&site, Parameter::Capacity).is_none()
            || project.parameter_op(&site, Parameter::Storage).is_some_and(|op| project.is_new_map(site.function, op));
        if !unbounded || project.is_script(site.function) {
            continue;
        }
        let expires = site.receiver.has(Trait::Expiring)
            || project.parameter_op(&site, Parameter::Expiry).is_some() && !project.lacks(&site, Parameter::Expiry);
        let Some((sure, what)) = growth(project, &site) else { continue };
        let name = project.callee_name(&site);
        findings
            .site(&site, format!("{name} keeps an entry for {what}: nothing bounds the cache"))
            .help_otherwise("give the cache a capacity, so that old entries make room for new ones")
            .fix(&Wanted::Argument(&site, Parameter::Capacity))
            .at_most(if expires { Confidence::Low } else { sure })
            .report();
    }
}

/// What entries are kept for, and how sure it is that there is no end to it.
fn growth(project: &Project, site: &Site<'_>) -> Option<(Confidence, String)> {
    match project.decorated(site) {
        Some(memo) => project.memo_grows(&memo),
        // Around a function that is no definition, `cache(lambda: ..)`: not known for how many arguments.
        None => (!site.act.behaviour.once && project.lasts_as_long_as_process(site.function, site.op))
            .then(|| (Confidence::Medium, "each key that is ever put in".to_owned())),
    }
}
