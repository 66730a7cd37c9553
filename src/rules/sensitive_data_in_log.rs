//! `sensitive-data-in-log`: passwords, tokens, keys, card and identity numbers that the code writes to its log.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::{Placement, Project, Shown};
use crate::link::value::FnId;

const HELP: &str = "leave it out, or log what tells cases apart without giving the secret away: an id, the last digits, a keyed hash";

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let redacted = project.redacts_logs();
    for call in project.log_calls() {
        let aside = project.is_test(call.function) || project.is_by_hand(call.function, call.op) || project.is_stand_in(call.function);
        if aside || project.is_for_developers(call.function, call.op) {
            continue;
        }
        let placement = project.placement(call.function, call.op);
        // What a program prints when it starts or is run by hand, it prints for who runs it.
        if call.printed && !matches!(placement, Placement::Hot(_)) {
            continue;
        }
        let secrets = project.logged_secrets(&call);
        let Some(first) = secrets.first() else { continue };
        let names: Vec<&str> = secrets.iter().map(|secret| secret.name.as_str()).collect();
        let written = if call.printed { "printed" } else { "logged" };
        let message = match &first.within {
            Some(class) => format!("{class} is {written} whole by {}, with its {}", call.name, first.name),
            None => format!("{} is {written} by {}: who reads the log can use it", names.join(" and "), call.name),
        };
        let sure = match () {
            () if call.verbose => Confidence::Low,
            () if call.inferred => first.sure.min(Confidence::Medium),
            () => first.sure,
        };
        report(project, findings, (call.function, message), first, &placement, if redacted { Confidence::Low } else { sure });
    }
    for (function, shown) in project.logged_arguments() {
        if project.is_test(function) {
            continue;
        }
        let placement = project.placement(function, crate::facts::OpId::default());
        let message = match &shown.within {
            Some(class) => format!("{class} becomes part of the log as an argument of {}, with its {}", project.function_name(function), shown.name),
            None => format!("{} becomes part of the log as an argument of {}", shown.name, project.function_name(function)),
        };
        report(project, findings, (function, message), &shown, &placement, shown.sure);
    }
}

fn report(
    project: &Project,
    findings: &mut Findings<'_>,
    (function, message): (FnId, String),
    shown: &Shown,
    placement: &Placement,
    sure: Confidence,
) {
    let sure = if project.is_client_side(function) || project.is_never_named(function) { Confidence::Low } else { sure };
    let draft = findings.at_place(function, shown.place, message).help(HELP).at_most(sure);
    let draft = match placement {
        Placement::Hot(reached) => draft.path(reached),
        Placement::Unplaced(_) => draft.at_most(Confidence::Medium),
        Placement::Cold => draft,
    };
    draft.related(shown.passed, "it is passed on here").report();
}
