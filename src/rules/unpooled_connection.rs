//! `unpooled-connection`: pools that keep nothing, or that know no limit, in front of a server that has one.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::{Placement, Project, Site};
use crate::models::{Parameter, Role};

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for site in project.sites(Role::Pool) {
        let Some((reason, help)) = reason(project, &site) else { continue };
        let hot = project.placement(site.function, site.op);
        let elsewhere = project.is_script(site.function)
            || project.is_program_by_hand(site.function)
            || matches!(&hot, Placement::Hot(_)) && !project.is_kept(site.function, site.op)
            || project.is_reached_by_hand(site.function)
            || project.leads_to_file(&site)
            || project.pools_elsewhere(site.function);
        if elsewhere {
            continue;
        }
        let chosen = project.is_conditional(site.function, site.op);
        let name = project.callee_name(&site);
        findings
            .at(site.function, site.op, format!("{name} {reason}"))
            .help(help)
            .at_most(if chosen || !project.has_application() { Confidence::Low } else { Confidence::High })
            .report();
    }
}

fn reason(project: &Project, site: &Site<'_>) -> Option<(&'static str, &'static str)> {
    if project.is_unpooled(site) {
        return Some((
            "pools nothing: every use opens a connection of its own, as many as there are requests",
            "leave the default pool in place and give it a size, or pool in front of the server and say so",
        ));
    }
    let endless = project.lacks(site, Parameter::Capacity) || project.lacks(site, Parameter::Overflow);
    endless.then_some((
        "knows no limit: under load it opens connections until the server refuses them",
        "give the pool a size, and let requests wait for a connection",
    ))
}
