//! What stands in one of several ways through a template: an empty folder where the values may as well ask for a claim. Whoever installs
//! the chart chooses, so what the values of the chart itself say there is one scenario and no fact.

use super::parse::{Piece, Template};
use crate::deploy::readers::kubernetes::CHOSEN;
use crate::deploy::texts::tree::{Node, Value};
use crate::finding::{FileId, Place};

/// Where the descriptions of copies are in objects that have some.
const VOLUMES: [&str; 2] = ["spec.template.spec", "spec.jobTemplate.spec.template.spec"];

/// What outlives a copy.
const CLAIMS: [&str; 2] = ["persistentVolumeClaim", "volumeClaimTemplates"];

/// Say of empty folders that they are chosen, where their template has another way that makes a claim. `template` gives the text of a
/// file and what it says.
pub(super) fn mark<'t>(object: &mut Node, template: &dyn Fn(FileId) -> Option<(&'t str, &'t Template)>) {
    let is_chosen = |place: Place| {
        template(place.file).is_some_and(|(text, template)| is_one_of_several(text, &ways(template), place.span.start as usize))
    };
    for path in VOLUMES {
        let Some(volumes) = at(object, path).and_then(|pod| entry(pod, "volumes")) else { continue };
        let Value::List(items) = &mut volumes.value else { continue };
        for item in items {
            let Value::Map(entries) = &mut item.value else { continue };
            for (key, _) in entries.iter_mut().filter(|(key, _)| &*key.name == "emptyDir" && is_chosen(key.place)) {
                key.name = CHOSEN.into();
            }
        }
    }
}

fn at<'n>(node: &'n mut Node, path: &str) -> Option<&'n mut Node> {
    path.split('.').try_fold(node, entry)
}

fn entry<'n>(node: &'n mut Node, name: &str) -> Option<&'n mut Node> {
    match &mut node.value {
        Value::Map(entries) => entries.iter_mut().find(|(key, _)| &*key.name == name).map(|(_, value)| value),
        _ => None,
    }
}

/// From where to where each way through a block goes.
fn ways(template: &Template) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut waiting: Vec<&[Piece]> = vec![&template.body];
    waiting.extend(template.defined.iter().map(|(_, body)| body.as_slice()));
    while let Some(body) = waiting.pop() {
        for piece in body {
            let Piece::Block(block) = piece else { continue };
            found.extend(block.arms.iter().filter_map(|arm| span(&arm.body)));
            waiting.extend(block.arms.iter().map(|arm| arm.body.as_slice()));
        }
    }
    found
}

/// From the first to the last byte of some pieces, those inside of blocks among them.
fn span(body: &[Piece]) -> Option<(usize, usize)> {
    let mut found: Option<(usize, usize)> = None;
    let mut waiting = vec![body];
    while let Some(body) = waiting.pop() {
        for piece in body {
            let (start, end) = match piece {
                Piece::Text(text, at) => (*at, at + text.len()),
                Piece::Action(_, span) => *span,
                Piece::Block(block) => {
                    waiting.extend(block.arms.iter().map(|arm| arm.body.as_slice()));
                    continue;
                }
                Piece::Leave { .. } => continue,
            };
            found = Some(found.map_or((start, end), |(first, last)| (first.min(start), last.max(end))));
        }
    }
    found
}

/// Whether the innermost way around `at` has another one beside it, not inside of it, that makes a claim.
fn is_one_of_several(text: &str, ways: &[(usize, usize)], at: usize) -> bool {
    let holds = |(start, end): (usize, usize)| start <= at && at < end;
    let Some(own) = ways.iter().copied().filter(|way| holds(*way)).min_by_key(|(start, end)| end - start) else { return false };
    let beside = |(start, end): (usize, usize)| end <= own.0 || own.1 <= start;
    let claims = |(start, end)| text.get(start..end).is_some_and(|text| CLAIMS.iter().any(|claim| text.contains(claim)));
    ways.iter().any(|&way| beside(way) && claims(way))
}
