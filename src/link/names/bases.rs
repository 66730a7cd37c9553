//! Which classes a class extends: its bases as values of the tape that defines it.

use super::classes::Classes;
use super::modules::Modules;
use crate::facts::{OpId, OpKind};
use crate::finding::FileId;
use crate::link::Files;
use crate::link::data::tables::Tables;
use crate::link::values::eval::{KnownTypes, World, evaluate};
use crate::link::values::rounds::{self, State};
use crate::link::values::value::{ClassRef, FnId, Kind, TypeRef, Value};
use crate::models::Models;
use rustc_hash::FxHashSet;

/// Bases of all classes, resolved as paths; what they are called with is of no matter.
pub(crate) fn resolve_bases(files: &Files, modules: &Modules, models: &Models, classes: &mut Classes) {
    let empty = State::start(files, classes, models, modules.globals.len(), modules.stored.len());
    let children = vec![Vec::new(); files.function_count()];
    let extensions = vec![Vec::new(); files.iter().count()];
    let mut state = empty;
    // Where classes are found, no query is looked at.
    let tables = Tables::default();
    // Two passes: `class A(db.Model)` needs the value of the variable `db`, which the first pass over module bodies gives.
    let around = Around { files, modules, models, classes, children: &children, extensions: &extensions, tables: &tables };
    let outcomes = rounds::evaluate_modules(&around.world(&state), |_| true, |_, _| ());
    rounds::absorb_modules(&mut state, outcomes.into_iter().map(|(outcome, ())| outcome));
    let declares = |file: FileId| !files.get(file).facts.classes.is_empty();
    let found = around.bases(&state, declares);
    let open: FxHashSet<FileId> = found.iter().filter(|found| !found.whole).map(|found| found.file).collect();
    set(classes, found);
    // And once more where a base is a member of an object whose own class is declared here: `class Database(SQLAlchemy)`, `db = Database()`.
    if !open.is_empty() {
        let around = Around { files, modules, models, classes, children: &children, extensions: &extensions, tables: &tables };
        let found = around.bases(&state, |file| open.contains(&file));
        set(classes, found);
    }
    classes.settle_lineages();
}

fn set(classes: &mut Classes, found: Vec<Found>) {
    for (class, bases) in found.into_iter().flat_map(|found| found.bases) {
        classes.all[class.index()].bases = bases;
    }
}

/// What the classes of a file extend.
struct Found {
    file: FileId,
    bases: Vec<(ClassRef, Vec<TypeRef>)>,
    /// No base has a value that is unknown here.
    whole: bool,
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
    fn bases(&self, state: &State, asked: impl Fn(FileId) -> bool + Sync) -> Vec<Found> {
        let world = self.world(state);
        let found = rounds::evaluate_modules(&world, asked, |file, values| class_bases(self.files, &world, file, values));
        found.into_iter().map(|(_, found)| found).collect()
    }

    fn world<'w>(&'w self, state: &'w State) -> World<'w> {
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

/// What a class is by what it declares: `name = models.CharField()` under a base from a library that no model describes.
fn declared_by_body(files: &Files, world: &World<'_>, file: FileId, class: &crate::facts::Class) -> Option<TypeRef> {
    let facts = &files.get(file).facts;
    let body = &facts.functions[class.body.index()];
    let mut calls = body.tape().filter_map(|(_, op)| match op.kind {
        OpKind::Call { callee, .. } => Some(callee),
        _ => None,
    });
    let mut values = None;
    calls.find_map(|callee| {
        let values = values.get_or_insert_with(|| evaluate(world, files.function(file, class.body), false).values);
        let Kind::External(node) = values.get(callee.index())?.kind else { return None };
        let declares = world.models.act(world.models.call_at(node)?).behaviour.declares.as_ref()?;
        let node = world.models.find(files.get(file).language, declares)?;
        world.models.type_at(node).map(TypeRef::Model)
    })
}

/// The bases of the classes of one file, in order of the classes.
fn class_bases(files: &Files, world: &World<'_>, file: FileId, module_values: &[Value]) -> Found {
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
    let mut whole = true;
    let mut of_class = |class: &crate::facts::Class| -> Vec<TypeRef> {
        // `@as_declarative() class Base:` what the call of the decorator gives stands for a base.
        let calls = |op: &OpId| matches!(facts.functions[class.parent.index()].op(*op).kind, OpKind::Call { .. });
        let made = class.decorators.iter().copied().filter(calls);
        let mut unknown = false;
        let bases = class.bases.iter().copied().chain(made).filter_map(|op| match value(class.parent, op)?.kind {
            Kind::Class(ty) => Some(ty.base),
            Kind::External(node) => {
                let ty = world.models.type_at(node);
                unknown |= ty.is_none();
                ty.map(TypeRef::Model)
            }
            Kind::Unknown => {
                (whole, unknown) = (false, true);
                None
            }
            _ => None,
        });
        let bases: Vec<TypeRef> = bases.collect();
        let declared = if unknown { declared_by_body(files, world, file, class) } else { None };
        bases.into_iter().chain(declared).chain(made_by_generator(files, world, file, class)).collect()
    };
    let bases = facts.classes.iter().enumerate().map(|(at, class)| (files.class(file, at), of_class(class))).collect();
    Found { file, bases, whole }
}

/// A generator's module that lies in the tree is what models say of modules with such a name: `orders_pb2_grpc.OrdersServicer`.
fn made_by_generator(files: &Files, world: &World<'_>, file: FileId, class: &crate::facts::Class) -> Option<TypeRef> {
    let data = files.get(file);
    let module = data.path.rsplit('/').next()?.split('.').next()?;
    let node = world.models.ending(world.models.root(data.language), module)?;
    let class = world.models.child(node, data.facts.names.get(class.name))?;
    world.models.type_at(class).map(TypeRef::Model)
}
