//! The relations that entities declare: what their rows lead to, and how that is loaded.

use crate::facts::{Function, Literal, NameTable, OpId, OpKind};
use crate::link::project::Project;
use crate::link::values::value::ClassRef;
use crate::models::ActId;
use crate::models::schema::RelationModel;
use rustc_hash::{FxHashMap, FxHashSet};

/// What is known of the project's tables.
#[derive(Debug, Default)]
pub(crate) struct Schema {
    /// Relations that are loaded when they are first read, by the entity that declares them.
    lazy: FxHashMap<ClassRef, FxHashMap<Box<str>, ActId>>,
    /// Relations that lead to many rows by a manager, by the entity that declares them.
    many: FxHashMap<ClassRef, FxHashSet<Box<str>>>,
    /// Their names, whatever the entity: for a quick look.
    names: FxHashSet<Box<str>>,
}

impl Schema {
    /// Read the declarations of all entities.
    pub(crate) fn find(project: &Project) -> Self {
        let mut schema = Self::default();
        for class in (0..project.classes.all.len()).map(ClassRef::from_index) {
            if project.classes.inherits(project.models(), class, |ty| ty.entity) {
                schema.read_class(project, class);
            }
        }
        schema
    }

    fn read_class(&mut self, project: &Project, class: ClassRef) {
        let (file, local) = project.files().locate_class(class);
        let facts = &project.files().get(file).facts;
        let declared = &facts.classes[local.index()];
        let tape = &facts.functions[declared.body.index()];
        let acts = project.acts(project.files().function(file, declared.body));
        for field in &declared.fields {
            let Some((op, act)) = field.value.and_then(|op| Some((op, *acts.get(&op)?))) else { continue };
            let Some(relation) = &project.act(act).behaviour.relation else { continue };
            if !relation.on_read && relation.target.is_some() {
                self.many.entry(class).or_default().insert(facts.names.get(field.name).into());
            }
            if relation.on_read && is_lazy(relation, &facts.names, tape, op) {
                let name = facts.names.get(field.name);
                self.names.insert(name.into());
                self.lazy.entry(class).or_default().insert(name.into(), act);
            }
        }
    }

    /// Whether any entity has a lazy relation of this name.
    pub(crate) fn may_be_lazy(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Whether an entity itself declares a manager of this name: asking it for rows runs a query.
    pub(crate) fn leads_to_many(&self, class: ClassRef, name: &str) -> bool {
        self.many.get(&class).is_some_and(|names| names.contains(name))
    }

    /// What declares the lazy relation `name` of rows of `class`, which may inherit it.
    pub(crate) fn lazy(&self, project: &Project, class: ClassRef, name: &str) -> Option<(ClassRef, ActId)> {
        let lineage = project.classes.lineage(class).0;
        lineage.into_iter().find_map(|class| Some((class, *self.lazy.get(&class)?.get(name)?)))
    }
}

/// Whether a relation is loaded when it is first read: nothing says otherwise in its declaration.
fn is_lazy(relation: &RelationModel, names: &NameTable, tape: &Function, op: OpId) -> bool {
    let (Some(loading), OpKind::Call { args, .. }) = (&relation.loading, tape.op(op).kind) else { return true };
    match crate::link::values::arguments::find(names, tape, &loading.name, loading.position, tape.list(args)) {
        crate::link::values::arguments::Given::Absent => true,
        crate::link::values::arguments::Given::Perhaps => false,
        crate::link::values::arguments::Given::Value(op) => match tape.op(op).kind {
            OpKind::Literal(Literal::Text(text)) => relation.lazy.iter().any(|lazy| lazy == names.get(text)),
            OpKind::Literal(Literal::Bool(truth)) => truth && !relation.lazy.is_empty(),
            _ => false,
        },
    }
}
