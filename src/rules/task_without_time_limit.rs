//! `task-without-time-limit`: jobs that may hold a worker for ever; once for each application.

use super::findings::Findings;
use crate::link::{Project, Task};
use crate::models::Role;
use crate::models::schema::Setting;
use std::collections::BTreeMap;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    if project.gives_setting(Setting::TaskLimit) {
        return;
    }
    let mut by_library: BTreeMap<&str, Vec<Task<'_>>> = BTreeMap::new();
    for task in project.tasks().filter(|task| project.is_unlimited(task)) {
        by_library.entry(task.site.act.library.as_str()).or_default().push(task);
    }
    for (library, tasks) in by_library {
        let Some(first) = tasks.first() else { continue };
        // Every job of such a worker ends in time, whatever its registration says.
        if project.started().iter().any(|started| started.process.ends_jobs && project.works_for(started, &first.site)) {
            continue;
        }
        let app = project.sites(Role::TaskApp).find(|app| app.act.library == library && !project.is_test(app.function));
        let example = first.body.map_or_else(|| project.callee_name(&first.site), |body| project.function_name(body));
        let message = match tasks.len() {
            1 => format!("the task {example} has no time limit, and no setting gives it one"),
            count => format!("{count} tasks have no time limit, {example} among them, and no setting gives them one"),
        };
        let at = app.unwrap_or(first.site);
        let draft = findings.at(at.function, at.op, message).help(
            "set a soft and a hard time limit for all tasks in the settings of the workers, and longer ones on the few tasks that need them",
        );
        // Who makes the workers may set a limit outside this tree.
        let draft = if app.is_none() { draft.less_sure() } else { draft };
        draft.related(Some(project.site_place(&first.site)), format!("{example} is registered here")).report();
    }
}
