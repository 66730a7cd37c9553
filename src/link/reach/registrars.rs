//! Entry points through wrappers: a function of the project that hands what it is given to the platform, such as
//! `def later(function, *args): queue.enqueue(function, *args)`.

use super::entries::EntryPoint;
use crate::facts::OpId;
use crate::link::Project;
use crate::link::values::eval::Event;
use crate::link::values::value::{FnId, Kind};
use crate::models::EntryKind;
use rustc_hash::FxHashSet;

/// A function whose parameter becomes an entry point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Registrar {
    function: FnId,
    param: usize,
    kind: EntryKind,
}

impl Project {
    /// Add what callers hand to such functions, and what they decorate by them, through as many wrappers as there are.
    pub(in crate::link) fn add_entries_through_wrappers(&mut self) {
        let mut known: FxHashSet<Registrar> = FxHashSet::default();
        let mut open: Vec<Registrar> = self.functions().flat_map(|function| self.registrars_in(function)).collect();
        let mut found = Vec::new();
        while let Some(registrar) = open.pop() {
            if !known.insert(registrar) {
                continue;
            }
            let edges = self.graph.to(registrar.function).filter(|edge| !edge.outside && !edge.guessed);
            for edge in edges {
                let Some(given) = self.passed(edge, registrar.param) else { continue };
                let value = self.values(edge.caller)[given.index()];
                match (value.kind, value.param) {
                    (Kind::Function(handler), _) => {
                        let at = Some((edge.caller, edge.op));
                        found.push(EntryPoint { function: handler, kind: registrar.kind, label: String::new(), registered: at });
                    }
                    (_, Some(param)) => {
                        open.push(Registrar { function: edge.caller, param: usize::from(param), ..registrar });
                    }
                    _ => {}
                }
            }
        }
        let decorators: FxHashSet<(FnId, EntryKind)> =
            known.iter().filter(|registrar| registrar.param == 0).map(|registrar| (registrar.function, registrar.kind)).collect();
        for registrar in self.functions() {
            for event in self.events(registrar) {
                let Event::Decorated { function, op, by, act: None, .. } = event else { continue };
                let kinds: Vec<EntryKind> = match by.kind {
                    Kind::Function(decorator) => {
                        decorators.iter().filter(|(function, _)| *function == decorator).map(|&(_, kind)| kind).collect()
                    }
                    _ => self.decorates_as(registrar, *op).into_iter().collect(),
                };
                found.extend(kinds.into_iter().map(|kind| EntryPoint {
                    function: *function,
                    kind,
                    label: String::new(),
                    registered: Some((registrar, *op)),
                }));
            }
        }
        // What is registered by its own name as well has a better label there.
        found.retain(|point| !self.entries.of(point.function).iter().any(|other| other.kind == point.kind));
        self.entries.points.extend(found);
        self.entries.sort();
    }

    /// `@route("/users")`, where `def route(path): return app.route(path)`: what the function of the project gives registers.
    fn decorates_as(&self, registrar: FnId, op: OpId) -> Option<EntryKind> {
        self.graph.from(registrar).filter(|edge| edge.op == op && !edge.outside).find_map(|edge| {
            self.described(edge.callee).into_iter().find_map(|(op, act)| {
                let entry = act.behaviour.entry.as_ref().filter(|entry| entry.handler.is_none())?;
                self.flows_to_return(edge.callee, op).then_some(entry.kind)
            })
        })
    }

    /// The parameters that a function itself hands to the platform.
    fn registrars_in(&self, function: FnId) -> Vec<Registrar> {
        let handed = self.events(function).iter().filter_map(|event| match event {
            Event::Entry { kind, handler, .. } if !matches!(handler.kind, Kind::Function(_)) => {
                handler.param.map(|param| Registrar { function, param: usize::from(param), kind: *kind })
            }
            _ => None,
        });
        handed.collect()
    }
}
