//! `stale-pool-connection`: pools that hand out connections which may have died long ago.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::{Placement, Project, Site};
use crate::models::{Parameter, Role, Trait};

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for site in project.sites(Role::Pool) {
        let Some(reason) = reason(project, &site) else { continue };
        let placement = project.placement(site.function, site.op);
        // What a function opens, uses and forgets has no time to become stale.
        let lasts = site.receiver.has(Trait::Unchecked)
            || project.is_kept_by_process(site.function, site.op)
            || project.is_handed_over(site.function, site.op);
        let short_lived = !lasts
            || project.is_script(site.function)
            || project.is_schema_change(site.function)
            || project.is_program_by_hand(site.function)
            || matches!(&placement, Placement::Hot(_)) && !project.is_kept(site.function, site.op)
            || project.is_reached_by_hand(site.function);
        if short_lived || project.leads_to_file(&site) || project.is_unpooled(&site) {
            continue;
        }
        let sure = if project.has_application() { Confidence::High } else { Confidence::Medium };
        let name = project.callee_name(&site);
        findings
            .at(site.function, site.op, format!("{name} {reason}"))
            .help("let the pool try a connection before it hands it out, or replace connections before a server or proxy drops them")
            .at_most(sure)
            .report();
    }
}

fn reason(project: &Project, site: &Site<'_>) -> Option<&'static str> {
    if site.receiver.has(Trait::Unchecked) && !site.receiver.has(Trait::Recycled) {
        return Some("hands out connections without trying them, and the check was switched off");
    }
    let lacks = project.lacks(site, Parameter::Liveness) && project.lacks(site, Parameter::Lifetime);
    lacks.then_some("neither tries its connections nor replaces them: one that a server or proxy dropped fails a request")
}
