//! `log-to-local-file`: a service that opens its own log files instead of writing to standard output.

use super::findings::Findings;
use crate::link::{LogFile, Project};
use crate::finding::Confidence;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let files: Vec<LogFile> = project.log_files();
    let judged = |file: &&LogFile| {
        let function = file.function;
        !project.is_test(function) && !project.is_script(function) && !project.is_client_side(function) && !project.is_command(function)
    };
    let mut reported = Vec::new();
    for file in files.iter().filter(judged) {
        // Several handlers of one function are one decision.
        if reported.contains(&file.function) {
            continue;
        }
        reported.push(file.function);
        let by_hand = project.is_program_by_hand(file.function);
        let mut draft = findings
            .at_place(file.function, file.place, format!("{} sends the log to a file of this instance, and nothing here sends it to standard output", file.name))
            .help(file.advice.clone().unwrap_or_else(|| "write the log to standard output and let the platform collect it".to_owned()))
            .at_most(if by_hand { Confidence::Low } else { file.sure });
        for other in files.iter().filter(|other| other.function == file.function && other.place != file.place).take(8) {
            draft = draft.related(Some(other.place), format!("{} opens another", other.name));
        }
        draft.report();
    }
    for started in project.started() {
        let Some(((place, file), others)) = started.process.logs.split_first() else { continue };
        findings
            .deployed(started.workload, *place, sent(&started.process.name, file))
            .help(STREAM)
            .all_related(others.iter().map(|(place, file)| (*place, format!("`{file}` is another"))))
            .at_most(started.sure)
            .report();
    }
    for process in &project.deployment().told_by_settings {
        let Some(((place, file), others)) = process.logs.split_first() else { continue };
        findings
            .at_place(project.module_body(place.file), *place, sent(&process.name, file))
            .help(STREAM)
            .all_related(others.iter().map(|(place, file)| (*place, format!("`{file}` is another"))))
            .at_most(Confidence::Medium)
            .report();
    }
}

const STREAM: &str = "write `-` or /dev/stdout and let the platform collect the log";

fn sent(program: &str, file: &str) -> String {
    format!("{program} writes its log to `{file}` on this instance: nobody sees it there, and it goes with the container")
}
