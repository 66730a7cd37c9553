//! `blocking-key-scan`: commands that keep a cache server busy with all its keys, or with a whole container that grows.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::{Placement, Project, Site};
use crate::models::{Parameter, Role, Trait};

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let roles = [Role::CacheRead, Role::CacheWrite, Role::CacheBatch];
    for site in roles.into_iter().flat_map(|role| project.sites(role)) {
        let scans = site.result.has(Trait::Scans) || site.receiver.has(Trait::Scans);
        let whole = || site.act.adds.has(Trait::Whole) || project.lacks(&site, Parameter::First) && project.lacks(&site, Parameter::Last);
        if !(scans || whole() && grows(project, &site)) {
            continue;
        }
        let placement = project.placement(site.function, site.op);
        if placement == Placement::Cold {
            continue;
        }
        let rare = matches!(&placement, Placement::Hot(reached) if project.serves_administrators(reached));
        let name = project.callee_name(&site);
        let message = if scans {
            format!("{name} goes through every key of the server, which answers nobody else meanwhile")
        } else {
            format!("{name} reads a whole container that grows: the server answers nobody else meanwhile")
        };
        findings
            .at(site.function, site.op, message)
            .help("go through it in steps with the SCAN family, read a bounded range, or keep an index of the keys you need")
            .placed(&placement)
            .at_most(if rare { Confidence::Low } else if scans { Confidence::High } else { Confidence::Medium })
            .report();
    }
}

/// A container under one constant key that nobody cuts down: requests or jobs add to it, or nobody here fills it, so somebody else does.
fn grows(project: &Project, site: &Site<'_>) -> bool {
    let key = |site: &Site<'_>| project.key_shape(site.function, project.parameter_op(site, Parameter::Key)?);
    let Some(shape) = key(site).filter(|shape| !shape.contains('*')) else { return false };
    let own = |role: Role| project.sites(role).filter(|other| key(other).as_deref() == Some(shape.as_str()));
    if own(Role::CacheTrim).next().is_some() {
        return false;
    }
    let fills = || [Role::CacheAdd, Role::CacheFill].into_iter().flat_map(own);
    fills().next().is_none() || fills().any(|add| project.is_hot(add.function, add.op))
}
