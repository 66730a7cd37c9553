//! What entry points call, as a tree: functions of the project, and the operations in them that wait for somebody or keep something.
//!
//! It is kept flat, each item with its depth, and grown without recursion. A function that was shown before is referred to, so the
//! whole is no larger than the graph of calls.

pub(crate) mod drawn;
pub(crate) mod json;
pub(crate) mod text;

use super::starts::Start;
use super::words::{self, Looped};
use crate::facts::OpId;
use crate::link::value::{FnId, Slot};
use crate::link::{Project, Site};
use crate::models::{EntryKind, Role};
use std::collections::BTreeMap;

/// How to draw a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Shape {
    /// For people at a terminal
    Text,
    /// For Graphviz
    Dot,
    /// One document, version 1
    Json,
    /// A flow chart in Mermaid's language
    Mermaid,
}

/// Items of a tree, at most: beyond that nobody reads it.
const MOST: usize = 20_000;

/// A tree, or several, in the order in which they are read.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    pub items: Vec<Item>,
    /// It is larger than what is shown.
    pub cut: bool,
}

/// A line of the tree.
#[derive(Debug)]
pub(crate) struct Item {
    /// How many calls below the entry.
    pub depth: usize,
    /// The item it belongs to.
    pub parent: Option<usize>,
    pub what: What,
    /// Path and 1-based line: of the call, for an entry of the function.
    pub place: (String, usize),
    /// The loop around the call.
    pub looped: Option<Looped>,
    /// What else is to be said: `at most once`.
    pub notes: Vec<&'static str>,
}

/// What stands on a line of the tree.
#[derive(Debug)]
pub(crate) enum What {
    /// Where it begins.
    Entry { label: String, kind: Option<EntryKind>, name: String, function: FnId },
    /// A function of the project.
    Call { name: String, function: FnId, below: Below },
    /// Something that a library does.
    Operation { name: String, roles: Vec<&'static str>, wait: Option<&'static str> },
}

/// What a call shows of the function it calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Below {
    /// Everything.
    Shown,
    /// Nothing again: this item showed it.
    Before(usize),
    /// Nothing: it is in the middle of itself.
    Cycle,
    /// Nothing: it is too deep.
    Deep,
}

/// What a function does, in order.
enum Child<'p> {
    Call { op: OpId, callee: FnId, notes: Vec<&'static str>, outside: bool },
    Operation(Site<'p>),
    Write(OpId, Slot),
}

/// A function whose children are being shown.
struct Frame<'p> {
    item: usize,
    function: FnId,
    children: std::vec::IntoIter<Child<'p>>,
}

impl Tree {
    /// The trees of `starts`, no deeper than `depth` calls.
    pub(crate) fn grow(project: &Project, starts: Vec<Start>, depth: usize) -> Self {
        let mut tree = Self::default();
        let mut shown = BTreeMap::new();
        for start in starts {
            let place = words::place(project, project.place_of_name(start.function));
            let name = project.function_name(start.function);
            let what = What::Entry { label: start.label, kind: start.kind, name, function: start.function };
            tree.items.push(Item { depth: 0, parent: None, what, place, looped: None, notes: Vec::new() });
            tree.branch(project, start.function, depth, &mut shown);
        }
        tree
    }

    /// Everything below the last item.
    fn branch(&mut self, project: &Project, function: FnId, depth: usize, shown: &mut BTreeMap<FnId, usize>) {
        let root = self.items.len() - 1;
        shown.insert(function, root);
        let mut stack = vec![Frame { item: root, function, children: children(project, function).into_iter() }];
        while let Some(frame) = stack.last_mut() {
            let Some(child) = frame.children.next() else {
                stack.pop();
                continue;
            };
            if self.items.len() >= MOST {
                self.cut = true;
                return;
            }
            let (parent, around) = (frame.item, frame.function);
            let item = self.items.len();
            let Child::Call { op, callee, notes, outside } = child else {
                self.items.push(operation(project, around, &child, parent, stack.len()));
                continue;
            };
            let below = match shown.get(&callee) {
                _ if stack.iter().any(|frame| frame.function == callee) => Below::Cycle,
                Some(before) => Below::Before(*before),
                None if stack.len() >= depth => Below::Deep,
                None => Below::Shown,
            };
            let calls = children(project, callee);
            let is_closure = project.facts(callee).name.is_none();
            // Part of an expression, and nothing happens in it.
            if is_closure && calls.is_empty() {
                continue;
            }
            // Where nothing is below there is nothing to leave out.
            let below = if calls.is_empty() && below != Below::Cycle { Below::Shown } else { below };
            let name = project.function_name(callee);
            let name = if is_closure { format!("a closure of {name}") } else { name };
            let what = What::Call { name, function: callee, below };
            let place = if outside { project.place_of_name(around) } else { project.place(around, op) };
            let looped = if outside { None } else { words::looped(project, around, op) };
            let place = words::place(project, place);
            self.items.push(Item { depth: stack.len(), parent: Some(parent), what, place, looped, notes });
            if below == Below::Shown {
                shown.insert(callee, item);
                stack.push(Frame { item, function: callee, children: calls.into_iter() });
            }
        }
    }
}

/// The calls and operations of a function in order: first what the framework calls for it, then what it does itself.
fn children(project: &Project, function: FnId) -> Vec<Child<'_>> {
    let mut list: Vec<(bool, OpId, usize, Child<'_>)> = Vec::new();
    for edge in project.graph.from(function).filter(|edge| !project.is_test(edge.callee)) {
        let mut notes = Vec::new();
        notes.extend(edge.outside.then_some("around or before it"));
        notes.extend(edge.once.then_some("at most once"));
        notes.extend(edge.guessed.then_some("one of several that may be meant"));
        let child = Child::Call { op: edge.op, callee: edge.callee, notes, outside: edge.outside };
        list.push((!edge.outside, edge.op, edge.callee.index(), child));
    }
    for site in project.sites_in(function).filter(|site| is_shown(project, site)) {
        list.push((true, site.op, usize::MAX, Child::Operation(site)));
    }
    for event in project.events(function) {
        if let crate::link::Event::Write { op, slot, .. } = event
            && project.is_process_wide(*slot)
        {
            list.push((true, *op, usize::MAX, Child::Write(*op, *slot)));
        }
    }
    list.sort_by_key(|(own, op, callee, _)| (*own, *op, *callee));
    list.dedup_by_key(|(own, op, callee, _)| (*own, *op, *callee));
    list.into_iter().map(|(.., child)| child).collect()
}

/// Whether an operation is worth a line: it waits, asks or keeps something. Lists that end with the call keep nothing.
fn is_shown(project: &Project, site: &Site<'_>) -> bool {
    let changes = |role: Role| matches!(role, Role::StateWrite | Role::StateGetOrAdd | Role::StateRemove);
    let mut roles = site.act.behaviour.roles().filter(|role| words::role(*role).is_some());
    roles.any(|role| !changes(role) || site.receiver.slot.is_some_and(|slot| project.is_process_wide(slot)))
}

fn operation(project: &Project, function: FnId, child: &Child<'_>, parent: usize, depth: usize) -> Item {
    let (op, name, roles, wait) = match child {
        Child::Operation(site) => {
            let mut roles: Vec<&str> = site.act.behaviour.roles().filter_map(words::role).collect();
            roles.dedup();
            let kept = site.receiver.slot.filter(|slot| project.is_process_wide(*slot)).map(|slot| project.slot_name(slot));
            let kept = kept.filter(|_| roles.contains(&"changes state"));
            let name = kept.map_or_else(|| site.act.name.clone(), |kept| format!("{} of {kept}", site.act.name));
            (site.op, name, roles, words::wait(project, site))
        }
        Child::Write(op, slot) => (*op, project.slot_name(*slot), vec!["changes state"], None),
        Child::Call { op, callee, .. } => (*op, project.function_name(*callee), Vec::new(), None),
    };
    let place = words::at(project, function, op);
    let looped = words::looped(project, function, op);
    Item { depth, parent: Some(parent), what: What::Operation { name, roles, wait }, place, looped, notes: Vec::new() }
}

impl Item {
    /// Everything that is said beside the name.
    pub(crate) fn remarks(&self) -> Vec<&'static str> {
        let mut remarks = Vec::new();
        if let What::Operation { roles, wait, .. } = &self.what {
            remarks.extend(roles.iter().copied());
            remarks.extend(*wait);
        }
        remarks.extend(self.looped.map(Looped::words));
        remarks.extend(self.notes.iter().copied());
        remarks.extend(match &self.what {
            What::Call { below: Below::Before(_), .. } => Some("as above"),
            What::Call { below: Below::Cycle, .. } => Some("calls itself again"),
            What::Call { below: Below::Deep, .. } => Some("deeper than is shown"),
            _ => None,
        });
        remarks
    }
}
