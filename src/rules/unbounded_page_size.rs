//! `unbounded-page-size`: the client says how many rows a query returns, and nothing caps it.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::{Placement, Project};
use crate::models::EntryKind;
use std::collections::BTreeSet;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let mut seen = BTreeSet::new();
    for cut in project.cuts() {
        let Some(size) = cut.size else { continue };
        let placement = project.placement(cut.function, cut.op);
        let Placement::Hot(reached) = &placement else { continue };
        if reached.kind != EntryKind::Request {
            continue;
        }
        let Some(client) = project.by_client(cut.function, size) else { continue };
        // One cap helps all that a function does with it.
        if !seen.insert((cut.function, client.name.clone())) {
            continue;
        }
        let what = if cut.by_text { "the statement".to_owned() } else { cut.act.name.clone() };
        let draft = findings
            .at(cut.function, size, format!("{what} takes `{}` from the client, and nothing says how large it may be", client.name))
            .help("cap it where it is declared or read, for example at 100, and refuse or cut what is larger")
            .placed(&placement);
        let few = project.is_for_administrators(cut.function, &placement);
        if few { draft.at_most(Confidence::Low) } else { draft }.report();
    }
    for open in project.open_pages() {
        let (function, op) = open.at;
        let message = format!("{} takes the size of a page from the client, and nothing says how large it may be", project.class_name(open.class));
        findings.at(function, op, message).help(format!("set {} beside it, for example to 100", open.most)).report();
    }
}
