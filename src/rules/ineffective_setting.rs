//! `ineffective-setting`: limits and timeouts that are given where nothing reads them.

use super::findings::Findings;
use crate::link::Project;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for inert in project.inert_settings() {
        let (name, by) = (&inert.name, &inert.by);
        let (message, help) = match &inert.beside {
            Some(other) => (
                format!("{by} ignores {name} when {other} is given"),
                format!("give {name} where the {other} is made"),
            ),
            None => (
                format!("{by} has no attribute {name}: setting it changes nothing"),
                format!("give {name} to each call, or to what the library reads it from"),
            ),
        };
        findings.at(inert.function, inert.op, message).help(help).report();
    }
}
