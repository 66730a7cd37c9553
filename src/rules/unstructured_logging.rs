//! `unstructured-logging`: lines of the log on hot paths that only a person can read.

use super::findings::Findings;
use crate::facts::{Construct, OpId, OpKind, Operator};
use crate::link::value::FnId;
use crate::link::{Placement, Project};
use std::collections::BTreeMap;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    // One function is one place to mend.
    let mut found: BTreeMap<FnId, Vec<(OpId, String)>> = BTreeMap::new();
    for call in project.log_calls().into_iter().filter(|call| !project.is_client_side(call.function)) {
        let message = if call.printed {
            format!("{} writes a line that has no level, time or fields", call.name)
        } else if call.message.is_some_and(|message| is_built(project, call.function, message)) {
            format!("the text given to {} is built from values: no query finds the lines by them", call.name)
        } else {
            continue;
        };
        found.entry(call.function).or_default().push((call.op, message));
    }
    for (function, calls) in found {
        let Some((op, message, placement)) = calls.iter().find_map(|(op, message)| match project.placement(function, *op) {
            Placement::Cold => None,
            placement => Some((*op, message, placement)),
        }) else {
            continue;
        };
        let more = calls.len() - 1;
        let message = if more > 0 { format!("{message} (and {more} more in {})", project.function_name(function)) } else { message.clone() };
        findings
            .at(function, op, message)
            .help("log a constant text and pass the values as fields: log.info(\"order_paid\", order_id=order.id), tracing::info!(order.id, \"order paid\")")
            .placed(&placement)
            .report();
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
