//! `in-process-job`: a request starts work that outlives it inside this process, where a restart loses it.

use super::findings::Findings;
use crate::link::Project;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for started in project.started_work() {
        let site = &started.site;
        let placement = project.placement(site.function, site.op);
        let who = project.function_name(site.function);
        let work = project.work_name(&started);
        let how = project.callee_name(site);
        findings
            .site(site, format!("{who} leaves {work} to {how} in this process: when it stops, the work is lost"))
            .help_otherwise("send the work to a queue whose workers outlive this process, or write down that it is due")
            .placed(&placement)
            .at_most(started.sure)
            .steps(std::slice::from_ref(&started.effect))
            .report();
    }
}
