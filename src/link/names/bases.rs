//! Which classes a class extends: its bases as values of the tape that defines it.

use super::classes::Classes;
use super::modules::Modules;
use crate::facts::{OpId, OpKind};
use crate::finding::FileId;
use crate::link::Files;
use crate::link::data::tables::Tables;
use crate::link::values::eval::{KnownTypes, World, evaluate};
use crate::link::values::rounds::{self, State};
use crate::link::values::value::{FnId, Kind, TypeRef, Value};
use crate::models::Models;

/// Bases of all classes, resolved as paths; what they are called with is of no matter.
pub(crate) fn resolve_bases(files: &Files, modules: &Modules, models: &Models, classes: &mut Classes) {
    let empty = State::start(files, classes, modules.globals.len(), modules.stored.len());
    let children = vec![Vec::new(); files.function_count()];
    let extensions = vec![Vec::new(); files.iter().count()];
    let mut state = empty;
    // Where classes are found, no query is looked at.
    let tables = Tables::default();
    // Two passes: `class A(db.Model)` needs the value of the variable `db`, which the first pass over module bodies gives.
    let around = Around { files, modules, models, classes, children: &children, extensions: &extensions, tables: &tables };
    let outcomes = rounds::evaluate_modules(&around.world(&state), |_| true, |_, _| ());
    rounds::absorb_modules(&mut state, outcomes.into_iter().map(|(outcome, ())| outcome));
    let world = around.world(&state);
    let declares = |file: FileId| !files.get(file).facts.classes.is_empty();
    let found = rounds::evaluate_modules(&world, declares, |file, values| class_bases(files, &world, file, values));
    let bases: Vec<Vec<TypeRef>> = found.into_iter().flat_map(|(_, bases)| bases).collect();
    for (at, bases) in bases.into_iter().enumerate() {
        classes.all[at].bases = bases;
    }
}

/// Everything but the values, which grow from pass to pass.
struct Around<'p> {
    files: &'p Files,
    modules: &'p Modules,
    models: &'p Models,
    classes: &'p Classes,
    children: &'p [Vec<FnId>],
    extensions: &'p [Vec<u16>],
    tables: &'p Tables,
}

impl<'p> Around<'p> {
    fn world(&self, state: &'p State) -> World<'p> {
        let Self { files, modules, models, classes, children, extensions, tables } = *self;
        World {
            files,
            modules,
            models,
            classes,
            tables,
            state,
            children,
            extensions,
            known: KnownTypes::of(models),
            max_seconds: &[],
        }
    }
}

/// The bases of the classes of one file, in order of the classes.
fn class_bases(files: &Files, world: &World<'_>, file: FileId, module_values: &[Value]) -> Vec<Vec<TypeRef>> {
    let facts = &files.get(file).facts;
    let mut nested: Vec<_> = facts.classes.iter().map(|class| class.parent).filter(|parent| parent.0 != 0).collect();
    nested.dedup();
    let other: Vec<_> =
        nested.iter().map(|&parent| (parent, evaluate(world, files.function(file, parent), false).values)).collect();
    let value = |parent: crate::facts::FunctionId, op: OpId| {
        if parent.0 == 0 {
            return module_values.get(op.index()).copied();
        }
        other.iter().find(|(of, _)| *of == parent).and_then(|(_, values)| values.get(op.index()).copied())
    };
    let of_class = |class: &crate::facts::Class| {
        // `@as_declarative() class Base:` what the call of the decorator gives stands for a base.
        let calls = |op: &OpId| matches!(facts.functions[class.parent.index()].op(*op).kind, OpKind::Call { .. });
        let made = class.decorators.iter().copied().filter(calls);
        let bases = class.bases.iter().copied().chain(made).filter_map(|op| match value(class.parent, op)?.kind {
            Kind::Class(ty) => Some(ty.base),
            Kind::External(node) => world.models.type_at(node).map(TypeRef::Model),
            _ => None,
        });
        bases.collect()
    };
    facts.classes.iter().map(of_class).collect()
}
