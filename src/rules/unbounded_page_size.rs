//! `unbounded-page-size`: the client says how many rows a query returns, and nothing caps it.

use super::findings::Findings;
use crate::link::{Placement, Project};
use crate::models::EntryKind;
use std::collections::BTreeSet;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let mut seen = BTreeSet::new();
    for cut in project.cuts() {
        let Some(size) = cut.size else { continue };
        let placement = project.placement(cut.function, cut.op);
        let Placement::Hot(reached) = &placement else { continue };
        if reached.kind != EntryKind::Request || !seen.insert((cut.function, size)) {
            continue;
        }
        let Some(client) = project.by_client(cut.function, size) else { continue };
        let what = if cut.by_text { "the statement".to_owned() } else { cut.act.name.clone() };
        findings
            .at(cut.function, size, format!("{what} takes `{}` from the client, and nothing says how large it may be", client.name))
            .help("cap it where it is declared or read, for example at 100, and refuse or cut what is larger")
            .placed(&placement)
            .steps(&client.calls)
            .report();
    }
}
