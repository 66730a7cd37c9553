//! The other side of relations: what an entity's rows have because another entity refers to them.

use crate::facts::{Function, Literal, OpId, OpKind, Operand};
use crate::finding::FileId;
use crate::link::Files;
use crate::link::names::classes::Classes;
use crate::link::names::modules::Modules;
use crate::link::values::arguments::{self, Given};
use crate::link::values::eval::resolve_path;
use crate::link::values::value::{ClassRef, Kind, TypeRef};
use crate::models::schema::{Argument, RelationModel};
use crate::models::{ModelTypeId, Models};
use rustc_hash::FxHashMap;

/// Attributes that rows have from relations of others: the entity that refers to them, and the type of the attribute.
#[derive(Debug, Default)]
pub(crate) struct Reverse {
    of: FxHashMap<ClassRef, FxHashMap<Box<str>, (ClassRef, ModelTypeId)>>,
}

impl Reverse {
    /// The attribute `name` of rows of `class`.
    pub(crate) fn get(&self, class: ClassRef, name: &str) -> Option<(ClassRef, ModelTypeId)> {
        self.of.get(&class)?.get(name).copied()
    }

    /// Read the declarations of all entities.
    pub(crate) fn find(files: &Files, modules: &Modules, models: &Models, classes: &Classes) -> Self {
        let search = Search { files, modules, models, classes, named: entities_by_name(files, models, classes) };
        let mut reverse = Self::default();
        for (file, data) in files.iter() {
            for (at, class) in data.facts.classes.iter().enumerate() {
                let source = files.class(file, at);
                if !classes.inherits(models, source, |ty| ty.entity) {
                    continue;
                }
                let body = &data.facts.functions[class.body.index()];
                for op in class.fields.iter().filter_map(|field| field.value) {
                    if let Some((target, name, gives)) = search.relation(file, source, body, op) {
                        reverse.of.entry(target).or_default().insert(name.into(), (source, gives));
                    }
                }
            }
        }
        reverse
    }
}

struct Search<'p> {
    files: &'p Files,
    modules: &'p Modules,
    models: &'p Models,
    classes: &'p Classes,
    /// Entities by their name, for those that are named in strings.
    named: FxHashMap<&'p str, Vec<ClassRef>>,
}

impl Search<'_> {
    /// What a field of `source` gives to the rows it leads to.
    fn relation(&self, file: FileId, source: ClassRef, body: &Function, op: OpId) -> Option<(ClassRef, String, ModelTypeId)> {
        let OpKind::Call { callee, args } = body.op(op).kind else { return None };
        let Kind::External(node) = self.resolve(file, body, callee)? else { return None };
        let act = self.models.call_at(node)?;
        let relation = self.models.act(act).behaviour.relation.as_ref()?;
        let reverse = relation.reverse.as_ref()?;
        let args = body.list(args);
        let target = self.target(file, source, body, relation, args)?;
        let language = self.files.get(file).language;
        let gives = self.models.find(language, &reverse.gives).and_then(|node| self.models.type_at(node))?;
        let name = match self.given(file, body, &reverse.name, args) {
            Given::Absent => format!("{}{}", self.class_name(source).to_ascii_lowercase(), reverse.suffix),
            Given::Perhaps => return None,
            // A pattern, or a sign that there is none, is no name.
            Given::Value(op) => {
                let name = self.text(file, body, op)?;
                name.chars().all(|c| c.is_alphanumeric() || c == '_').then(|| name.to_owned())?
            }
        };
        Some((target, name, gives))
    }

    fn target(
        &self,
        file: FileId,
        source: ClassRef,
        body: &Function,
        relation: &RelationModel,
        args: &[Operand],
    ) -> Option<ClassRef> {
        let Given::Value(op) = self.given(file, body, relation.target.as_ref()?, args) else { return None };
        if let Some(text) = self.text(file, body, op) {
            let (label, name) = text.rsplit_once('.').map_or((None, text), |(label, name)| (Some(label), name));
            if name == "self" {
                return Some(source);
            }
            let candidates = self.named.get(name)?;
            let path = |class: ClassRef| self.files.get(self.files.locate_class(class).0).path.as_str();
            let here = |class: &&ClassRef| self.files.locate_class(**class).0 == file;
            let labelled = |class: &&ClassRef| label.is_some_and(|label| path(**class).split('/').any(|part| part == label));
            let only = || candidates.first().filter(|_| candidates.len() == 1);
            return candidates.iter().find(labelled).or_else(|| candidates.iter().find(here)).or_else(only).copied();
        }
        match self.resolve(file, body, op)? {
            Kind::Class(ty) => ty.base.project().filter(|&class| self.classes.inherits(self.models, class, |ty| ty.entity)),
            _ => None,
        }
    }

    fn resolve(&self, file: FileId, body: &Function, op: OpId) -> Option<Kind> {
        // `f(x)` and `f[x]` name something else than `f`.
        if !matches!(body.op(op).kind, OpKind::Name(_) | OpKind::Attribute(..)) {
            return None;
        }
        let names = &self.files.get(file).facts.names;
        let path: Vec<&str> = body.path(op)?.into_iter().map(|name| names.get(name)).collect();
        let module = self.modules.of(file, &body.scope);
        resolve_path(self.files, self.modules, self.models, module, &path).map(|value| value.kind)
    }

    fn given(&self, file: FileId, body: &Function, argument: &Argument, args: &[Operand]) -> Given {
        arguments::find(&self.files.get(file).facts.names, body, &argument.name, argument.position, args)
    }

    fn text(&self, file: FileId, body: &Function, op: OpId) -> Option<&str> {
        match body.op(op).kind {
            OpKind::Literal(Literal::Text(name)) => Some(self.files.name(file, name)),
            _ => None,
        }
    }

    fn class_name(&self, class: ClassRef) -> &str {
        class_name(self.files, class)
    }
}

fn class_name(files: &Files, class: ClassRef) -> &str {
    let (file, local) = files.locate_class(class);
    let facts = &files.get(file).facts;
    facts.names.get(facts.classes[local.index()].name)
}

fn entities_by_name<'p>(files: &'p Files, models: &Models, classes: &Classes) -> FxHashMap<&'p str, Vec<ClassRef>> {
    let mut named: FxHashMap<&str, Vec<ClassRef>> = FxHashMap::default();
    for class in (0..files.class_count()).map(ClassRef::from_index) {
        if classes.inherits(models, class, |ty| ty.entity) {
            named.entry(class_name(files, class)).or_default().push(class);
        }
    }
    named
}

/// The type of an attribute that rows have from another entity, as a value's type.
pub(crate) fn rows_of((source, gives): (ClassRef, ModelTypeId)) -> crate::link::values::value::Type {
    crate::link::values::value::Type { base: TypeRef::Model(gives), first: Some(TypeRef::Project(source)), second: None }
}
