//! `filter-in-application`: rows that are all loaded and then filtered, counted, cut or added up in the program.

use super::findings::Findings;
use crate::finding::Confidence;
use crate::link::{Placement, Project, Reduced, Reduction, Site};
use std::collections::BTreeSet;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let mut seen = BTreeSet::new();
    for site in project.fetches() {
        // A query for each element is another finding.
        if project.is_repeated(site.function, site.op) {
            continue;
        }
        for reduced in project.reductions(&site) {
            if seen.insert((reduced.function, reduced.op)) {
                report(project, findings, &site, &reduced);
            }
        }
    }
}

fn report(project: &Project, findings: &mut Findings<'_>, site: &Site<'_>, reduced: &Reduced) {
    let placement = project.placement(reduced.function, reduced.op);
    if placement == Placement::Cold {
        return;
    }
    let rows = project.entity_name(site.receiver).map_or_else(|| "every row".to_owned(), |entity| format!("every {entity}"));
    let (does, help) = words(reduced.what);
    let draft = findings
        .at(reduced.function, reduced.op, format!("{} loads {rows}, and the program {does}", project.callee_name(site)))
        .help(help)
        .placed(&placement)
        .steps(&reduced.calls)
        .related(Some(project.place(site.function, project.executing_op(site))), "the rows are fetched here")
        .at_most(reduced.sure);
    let draft = if site.receiver.inferred { draft.less_sure() } else { draft };
    // Rows that are all needed cost little more to sort here.
    let draft = if reduced.what == Reduction::Sort { draft.at_most(Confidence::Low) } else { draft };
    draft.report();
}

fn words(what: Reduction) -> (&'static str, &'static str) {
    match what {
        Reduction::Filter => ("keeps some of them", "put the condition into the query, so that only these rows leave the database"),
        Reduction::Find => ("looks for one of them", "ask for that row alone: put the condition into the query, with a limit of one"),
        Reduction::Cut => ("uses the first of them", "limit the query itself, in an order that the database makes"),
        Reduction::Sum => ("reduces them to a number", "let the database compute it: sum, min, max or count in the query, with group by where there are several"),
        Reduction::Count => ("only counts them", "ask the database for the count, or for the existence of a row"),
        Reduction::Sort => ("sorts them", "order the query by the column, which an index can serve"),
    }
}
