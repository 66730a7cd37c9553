//! `mixed-process-types`: the process that answers requests also works off a queue, so that neither scales without the other.

use super::findings::Findings;
use crate::link::Project;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for second in project.second_kinds() {
        let who = project.function_name(second.function);
        let name = &second.name;
        findings
            .at(
                second.function,
                second.op,
                format!("{who} starts {name} inside the process that answers requests: neither can be scaled or stopped without the other"),
            )
            .help("give the worker a command of its own, from the same code base, and run as many of it as the queue needs")
            .path(&second.reached)
            .steps(&second.steps)
            .at_most(second.sure)
            .report();
    }
}
