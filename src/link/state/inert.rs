//! Which settings have no effect? Arguments that another makes idle, attributes that nothing reads.

use crate::facts::{Literal, OpId, OpKind, StoreMode, Target};
use crate::link::project::Project;
use crate::link::values::value::{FnId, Kind, TypeRef};
use crate::models::ModelType;
use std::collections::BTreeSet;

/// A setting without effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inert {
    /// In which function.
    pub function: FnId,
    /// Where it is given.
    pub op: OpId,
    /// Its name.
    pub name: String,
    /// What ignores it, by its name for people.
    pub by: String,
    /// The argument that makes it idle; none for an attribute that nothing reads.
    pub beside: Option<String>,
}

impl Project {
    /// Settings that the code gives and nothing takes.
    #[must_use]
    pub fn inert_settings(&self) -> Vec<Inert> {
        let (beside, unread) = (self.models().idling(), self.models().unread());
        let functions = self.functions().filter(|&function| !self.is_test(function) && !self.is_script(function));
        functions
            .flat_map(|function| {
                let mut found = self.idle_arguments(function, &beside);
                found.extend(self.unread_attributes(function, &unread));
                found
            })
            .collect()
    }

    fn idle_arguments(&self, function: FnId, beside: &BTreeSet<&str>) -> Vec<Inert> {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let name = |id| self.files().name(file, id);
        let calls: Vec<OpId> = facts
            .tape()
            .filter(|(_, op)| match op.kind {
                OpKind::Call { args, .. } => {
                    facts.list(args).iter().any(|arg| arg.name.is_some_and(|given| beside.contains(name(given))))
                }
                _ => false,
            })
            .map(|(at, _)| at)
            .collect();
        if calls.is_empty() {
            return Vec::new();
        }
        let mut found = Vec::new();
        for (at, act) in self.described(function).into_iter().filter(|(at, _)| calls.contains(at)) {
            let OpKind::Call { args, .. } = facts.op(at).kind else { continue };
            let given = |wanted: &str| {
                let arg = facts.list(args).iter().find(|arg| arg.name.is_some_and(|given| name(given) == wanted))?;
                // Nothing given beside it is nothing lost; a choice may leave the other away.
                let plain = !matches!(facts.op(arg.value).kind, OpKind::Literal(Literal::None) | OpKind::Choose(_));
                plain.then_some(arg.value)
            };
            for (other, idle) in act.behaviour.ignores.iter().filter(|(other, _)| given(other).is_some()) {
                found.extend(idle.iter().filter_map(|idle| {
                    let (name, by) = (idle.clone(), act.name.clone());
                    Some(Inert { function, op: given(idle)?, name, by, beside: Some(other.clone()) })
                }));
            }
        }
        found
    }

    fn unread_attributes(&self, function: FnId, unread: &BTreeSet<&str>) -> Vec<Inert> {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let text = |id| self.files().name(file, id);
        let stores = facts.tape().filter_map(|(at, op)| match op.kind {
            OpKind::Store { target: Target::Attribute(base, name), mode: StoreMode::Plain, .. }
                if unread.contains(text(name)) =>
            {
                Some((at, base, text(name)))
            }
            _ => None,
        });
        let stores: Vec<_> = stores.collect();
        if stores.is_empty() {
            return Vec::new();
        }
        let values = self.values(function);
        let idle = stores.into_iter().filter_map(|(op, base, name)| {
            let value = values[base.index()];
            let Kind::Instance(ty) = value.kind else { return None };
            let TypeRef::Model(model) = ty.base else { return None };
            let ignores = |ty: &&ModelType| ty.unread.iter().any(|unread| unread == name);
            let by = self.models().lineage(model).find(ignores)?;
            // The project may read it back for itself.
            let own = value.inferred || self.reads_attribute(file, name);
            (!own).then(|| Inert { function, op, name: name.to_owned(), by: by.name.clone(), beside: None })
        });
        idle.collect()
    }

    /// Whether the same file reads an attribute of this name of anything.
    fn reads_attribute(&self, file: crate::finding::FileId, wanted: &str) -> bool {
        let data = self.files().get(file);
        data.facts.functions.iter().flat_map(|function| &function.ops).any(|op| match op.kind {
            OpKind::Attribute(_, name) => data.facts.names.get(name) == wanted,
            _ => false,
        })
    }
}
