//! Which classes a class extends: its bases as values of the tape that defines it.

use super::Files;
use super::classes::Classes;
use super::eval::{KnownTypes, World, evaluate};
use super::modules::Modules;
use super::rounds::{self, State};
use super::value::{Kind, TypeRef, Value};
use crate::facts::OpId;
use crate::finding::FileId;
use crate::models::Models;

/// Bases of all classes, resolved as paths; what they are called with is of no matter.
pub(crate) fn resolve_bases(files: &Files, modules: &Modules, models: &Models, classes: &mut Classes) {
    let empty = State::start(files, classes, modules.globals.len(), modules.stored.len());
    let children = vec![Vec::new(); files.function_count()];
    let extensions = vec![Vec::new(); files.iter().count()];
    let mut bases: Vec<Vec<TypeRef>> = Vec::with_capacity(files.class_count());
    {
        // Two passes: `class A(db.Model)` needs the value of the variable `db`, which the first pass over module bodies gives.
        let mut state = empty;
        for _ in 0..2 {
            let world = World {
                files,
                modules,
                models,
                classes,
                state: &state,
                children: &children,
                extensions: &extensions,
                known: KnownTypes::of(models),
                max_seconds: 60.0,
            };
            let outcomes = rounds::evaluate_modules(&world);
            bases = outcomes.iter().flat_map(|(file, values, _)| class_bases(files, &world, *file, values)).collect();
            rounds::absorb_modules(&mut state, outcomes);
        }
    }
    for (at, bases) in bases.into_iter().enumerate() {
        classes.all[at].bases = bases;
    }
}

/// The bases of the classes of one file, in order of the classes.
fn class_bases(files: &Files, world: &World<'_>, file: FileId, module_values: &[Value]) -> Vec<Vec<TypeRef>> {
    let facts = &files.get(file).facts;
    let nested: Vec<_> = facts.classes.iter().map(|class| class.parent).filter(|parent| parent.0 != 0).collect();
    let other: Vec<_> =
        nested.iter().map(|&parent| (parent, evaluate(world, files.function(file, parent), false).values)).collect();
    let value = |parent: crate::facts::FunctionId, op: OpId| {
        if parent.0 == 0 {
            return module_values.get(op.index()).copied();
        }
        other.iter().find(|(of, _)| *of == parent).and_then(|(_, values)| values.get(op.index()).copied())
    };
    let of_class = |class: &crate::facts::Class| {
        let bases = class.bases.iter().filter_map(|&op| match value(class.parent, op)?.kind {
            Kind::Class(ty) => Some(ty.base),
            Kind::External(node) => world.models.type_at(node).map(TypeRef::Model),
            _ => None,
        });
        bases.collect()
    };
    facts.classes.iter().map(of_class).collect()
}
