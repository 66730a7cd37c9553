//! `task-lost-on-crash`: messages and jobs that are gone when the worker that took them dies.

use super::findings::Findings;
use crate::facts::OpId;
use crate::finding::Confidence;
use crate::link::{Project, Task};
use crate::models::schema::Setting;
use crate::models::{Parameter, Role};
use std::collections::BTreeMap;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for site in project.sites(Role::Consume).filter(|site| !project.is_test(site.function) && !project.is_script(site.function)) {
        if !project.parameter(&site, Parameter::EarlyAck).is_on() || project.takes_answers(&site) {
            continue;
        }
        let message = format!("{} forgets each message when it is handed out, before its work is done", project.callee_name(&site));
        findings
            .site(&site, message)
            .help_otherwise("acknowledge each message when its work is done")
            .report();
    }
    late_ack(project, findings);
}

/// Long jobs whose messages count as done before they have run; once for each library.
fn late_ack(project: &Project, findings: &mut Findings<'_>) {
    if project.gives_setting(Setting::LateAck) {
        return;
    }
    // The task that leaves the least doubt speaks for its library.
    let mut found: BTreeMap<&str, (Task<'_>, OpId, Confidence)> = BTreeMap::new();
    for task in project.tasks().filter(|task| project.parameter(&task.site, Parameter::LateAck).is_off()) {
        let Some((op, sure)) = project.takes_long(&task) else { continue };
        let library = task.site.act.library.as_str();
        if found.get(library).is_none_or(|(.., before)| *before < sure) {
            found.insert(library, (task, op, sure));
        }
    }
    for (library, (task, op, sure)) in found {
        let Some(body) = task.body else { continue };
        let example = project.function_name(body);
        let app = project.sites(Role::TaskApp).find(|app| app.act.library == library && !project.is_test(app.function));
        let at = app.unwrap_or(task.site);
        let message = format!("a task is gone when its worker dies: it counts as done before it runs, and {example} runs long");
        let function = if op == task.site.op { task.site.function } else { body };
        findings
            .at(at.function, at.op, message)
            .help("make long tasks safe to run twice, then set acks_late and reject_on_worker_lost for them")
            .related(Some(project.place(function, op)), format!("{example} takes long here"))
            // Whether the work may be done twice, only those who wrote it know: without that, late acknowledgement is worse.
            .at_most(sure.min(Confidence::Low))
            .report();
    }
}
