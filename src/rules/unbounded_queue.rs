//! `unbounded-queue`: queues inside the process that requests or jobs fill and nothing bounds.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::fixes::Wanted;
use crate::link::{Filler, Project};
use crate::models::Parameter;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for queue in project.unbounded_queues() {
        let site = &queue.site;
        let Filler { function, op, placement, .. } = &queue.filler;
        let who = project.function_name(*function);
        let message = match &queue.name {
            Some(name) => format!("{name} has no bound, and {who} fills it: what is not taken out in time stays in memory"),
            None => format!("{} makes a queue without a bound, and {who} fills it", project.callee_name(site)),
        };
        findings
            .site(site, message)
            .help_otherwise("give it a capacity, and decide what happens when it is full: wait, refuse, or drop the oldest")
            .fix(&Wanted::Argument(site, Parameter::Capacity))
            .placed(placement)
            .related(Some(project.place(*function, *op)), "filled here")
            .related(queue.taker.map(|(function, op)| project.place(function, op)), "emptied here")
            .at_most(if queue.sure { Confidence::High } else { Confidence::Low })
            .report();
    }
}
