//! `unstructured-logging`: lines of the log on hot paths that only a person can read.

use super::findings::Findings;
use crate::facts::{Construct, OpId, OpKind, Operator};
use crate::finding::{FileId, Level};
use crate::link::value::FnId;
use crate::link::{LogCall, Placement, Project};
use std::collections::BTreeMap;

const HELP: &str = "log a constant text and pass the values as fields of the line: log.info(\"order_paid\", order_id=order.id)";

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    // How a file logs is one habit, and one thing to mend.
    let mut found: BTreeMap<(FileId, bool), Vec<LogCall>> = BTreeMap::new();
    for call in project.log_calls().into_iter().filter(|call| !project.is_client_side(call.function)) {
        if call.printed || call.message.is_some_and(|message| is_built(project, call.function, message)) {
            let (file, _) = project.files().locate(call.function);
            found.entry((file, call.printed)).or_default().push(call);
        }
    }
    for ((_, printed), calls) in found {
        let placed = calls.iter().map(|call| (call, project.placement(call.function, call.op)));
        let mut placed = placed.filter(|(_, placement)| *placement != Placement::Cold).peekable();
        let Some((call, placement)) = placed.next() else { continue };
        let more = placed.count();
        let what = if printed {
            format!("{} writes a line without level, time or fields", call.name)
        } else {
            format!("the text given to {} is built from values, which no query of the log can tell apart", call.name)
        };
        let message = if more > 0 { format!("{what}; {more} more in this file") } else { what };
        let level = if printed { Level::Warning } else { Level::Note };
        findings.at(call.function, call.op, message).help(HELP).placed(&placement).level(level).report();
    }
}

/// Whether a text is built where it is logged: an f-string, a concatenation, a call of `format`.
fn is_built(project: &Project, function: FnId, message: OpId) -> bool {
    let facts = project.facts(function);
    let constant = |op: OpId| matches!(facts.op(op).kind, OpKind::Literal(_));
    match facts.op(message).kind {
        OpKind::Construct(Construct::Text, parts) => facts.list(parts).iter().any(|part| !constant(part.value)),
        OpKind::Operate(Operator::Add | Operator::Modulo, left, right) => constant(left) || constant(right),
        OpKind::Call { callee, .. } => match facts.op(callee).kind {
            OpKind::Attribute(base, name) => {
                constant(base) && project.files().name(project.files().locate(function).0, name) == "format"
            }
            _ => false,
        },
        _ => false,
    }
}
