//! The operations on a line, with what is known of each: what it means, to what it leads, how long it may take, what it gives.

use super::Line;
use crate::facts::{OpId, OpKind, Target};
use crate::link::value::FnId;
use crate::link::{Project, Site};
use crate::models::Role;
use crate::terminal::visible;
use crate::views::words;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Operations that are listed.
const MOST: usize = 40;

/// What is said of one operation, by where it stands.
type Sentences = BTreeMap<(u32, std::cmp::Reverse<u32>, OpId), String>;

/// Every call on the line, everything a model describes, and what names are bound to.
pub(super) fn shown(line: &Line<'_>) -> String {
    let project = line.project;
    let data = project.files().get(line.file);
    let mut sentences = Sentences::new();
    for index in 0..data.facts.functions.len() {
        let function = project.files().function(line.file, crate::facts::FunctionId::from_index(index));
        if project.facts(function).ops.iter().any(|op| line.holds(op.span.start)) {
            operations(line, function, &mut sentences);
        }
    }
    if sentences.is_empty() {
        return "  nothing that models describe\n".to_owned();
    }
    let mut text: String = sentences.values().take(MOST).map(String::as_str).collect();
    if sentences.len() > MOST {
        let _ = writeln!(text, "  and {} more", sentences.len() - MOST);
    }
    text
}

fn operations(line: &Line<'_>, function: FnId, sentences: &mut Sentences) {
    let project = line.project;
    let facts = project.facts(function);
    let values = project.values(function);
    let sites: BTreeMap<OpId, Site<'_>> = project.sites_in(function).map(|site| (site.op, site)).collect();
    let source = &project.files().get(line.file).text;
    for (id, op) in facts.tape().filter(|(_, op)| line.holds(op.span.start)) {
        let gives = values.get(id.index()).and_then(|value| words::value(project, value));
        let mut known = Vec::new();
        match (op.kind, sites.get(&id)) {
            (_, Some(site)) => known.extend(of_site(project, site)),
            (OpKind::Call { .. }, None) => {
                let callees: Vec<String> = project
                    .graph
                    .from(function)
                    .filter(|edge| edge.op == id && !edge.outside)
                    .map(|edge| project.function_name(edge.callee))
                    .collect();
                if callees.is_empty() {
                    known.push(if gives.is_some() { "understood" } else { "not resolved: no rule builds on it" }.to_owned());
                } else {
                    known.push(format!("calls {}", callees.join(" or ")));
                }
            }
            (OpKind::Store { target: Target::Name(name) | Target::Attribute(_, name), value, .. }, None) => {
                let bound = values.get(value.index()).and_then(|value| words::value(project, value));
                let Some(bound) = bound else { continue };
                known.push(format!("{} is {bound}", project.files().name(line.file, name)));
            }
            _ => continue,
        }
        known.extend(words::looped(project, function, id).map(|around| format!("{} at line {}", around.words(), around.line)));
        if !matches!(op.kind, OpKind::Store { .. }) {
            known.extend(gives.map(|gives| format!("gives {gives}")));
        }
        let code = words::short(op.span.of(source));
        let sentence = format!("  {}\n    {}\n", visible(&code), visible(&known.join("; ")));
        sentences.insert((op.span.start, std::cmp::Reverse(op.span.end), id), sentence);
    }
}

/// Name, library, roles, partner and deadline.
fn of_site(project: &Project, site: &Site<'_>) -> Vec<String> {
    let roles: Vec<&str> = site.act.behaviour.roles().map(Role::name).collect();
    let mut known = vec![format!("{} of {}", site.act.name, site.act.library)];
    known.push(format!("role {}", roles.join(" and ")));
    known.extend(site.act.behaviour.kind.map(|kind| format!("leads to a {}", words::resource(kind))));
    known.extend(words::wait(project, site).map(str::to_owned));
    known
}
