//! The tables of entities: columns, indexes and keys as a mapper's classes declare them, joined with what statements of SQL and calls
//! in migrations add.

use super::tables::Table;
use crate::facts::{Class, Column, FileFacts, Function, Key, Literal, OpId, OpKind};
use crate::finding::{FileId, Place};
use crate::link::project::Project;
use crate::link::values::arguments::{self, Given};
use crate::link::values::remembered::Acts;
use crate::link::values::value::{ClassRef, FnId, Kind};
use crate::models::Role;
use crate::models::schema::{ColumnModel, TableModel};
use rustc_hash::FxHashMap;

/// The tables of all entities.
#[derive(Debug, Default)]
pub(crate) struct Entities {
    of: FxHashMap<ClassRef, Table>,
}

impl Entities {
    /// Read the declarations of all entities, and what else speaks of their tables.
    pub(crate) fn find(project: &Project) -> Self {
        let mut names: FxHashMap<ClassRef, Option<String>> = FxHashMap::default();
        let mut entities = Self::default();
        for class in (0..project.classes.all.len()).map(ClassRef::from_index) {
            let Some(model) = project.table_model(class) else { continue };
            let mut found = Found { project, model, table: Table::default(), name: None };
            let lineage = project.classes.lineage(class).0;
            lineage.iter().for_each(|&class| found.read_class(class));
            lineage.iter().for_each(|&class| found.read_keys(class));
            names.insert(class, found.name);
            entities.of.insert(class, found.table);
        }
        let tables: Vec<(String, &str, &Table)> =
            project.tables.iter().map(|(table, defined)| (plain_name(table), table, defined)).collect();
        for (class, name) in names {
            let own = project.class_name(class).to_lowercase();
            let Some(known) = entities.of.get_mut(&class) else { continue };
            for (plain, table, defined) in &tables {
                if name.as_deref().map_or_else(|| is_named_for(plain, &own), |name| name == *table) {
                    known.keys.extend(defined.keys.iter().cloned());
                    known.partly |= defined.partly;
                }
            }
            known.keys.extend(project.stated_keys(class, name.as_deref(), known));
        }
        entities
    }

    /// The table of an entity.
    pub(crate) fn get(&self, class: ClassRef) -> Option<&Table> {
        self.of.get(&class)
    }
}

/// A table's name as a class would have it: `shop_orders` is `shoporder`.
fn plain_name(table: &str) -> String {
    let plain = table.replace('_', "");
    plain.strip_suffix('s').map(str::to_owned).unwrap_or(plain)
}

/// `shop_order` of the application `shop`, `orders`, `order`.
fn is_named_for(plain: &str, class: &str) -> bool {
    plain.ends_with(class.strip_suffix('s').unwrap_or(class))
}

impl Project {
    /// The columns and keys of entities.
    pub(crate) fn entities(&self) -> &Entities {
        self.entities.get_or_init(|| Entities::find(self))
    }

    /// How the library says that a class declares its table.
    fn table_model(&self, class: ClassRef) -> Option<&TableModel> {
        let (_, modelled) = self.classes.lineage(class);
        modelled.into_iter().flat_map(|base| self.models().lineage(base)).find_map(|ty| ty.table.as_ref())
    }

    /// Indexes that calls outside of the class make for the table of an entity: beside it, or in migrations.
    fn stated_keys(&self, class: ClassRef, name: Option<&str>, table: &Table) -> Vec<Key> {
        let stated = [Role::SchemaIndex, Role::TextIndex].into_iter().flat_map(|role| self.sites(role));
        let own = self.class_name(class);
        let keys = stated.filter_map(|site| {
            let (file, _) = self.files().locate(site.function);
            let facts = &self.files().get(file).facts;
            let tape = self.facts(site.function);
            let leaves = leaves(facts, tape, site.op);
            let other = |leaf: &Leaf<'_>| leaf.owner.is_some_and(|owner| owner != own);
            // An index of another table, as its name or the class of a column says; where neither is said it may be of this one.
            let named = leaves.iter().any(|leaf| name.is_some_and(|name| name == leaf.text));
            let elsewhere = name.is_some() && !named && leaves.iter().any(|leaf| self.tables.get(leaf.text).is_some());
            let columns: Vec<Box<str>> = leaves.iter().filter_map(|leaf| column_of(table, leaf.text)).collect();
            let counts = !leaves.iter().any(other) && !elsewhere && !columns.is_empty();
            counts.then_some(Key { name: None, columns, unique: false, text: false })
        });
        keys.collect()
    }
}

/// A word that a declaration of a key contains: a text, or the name of an attribute with that of its owner.
struct Leaf<'f> {
    text: &'f str,
    owner: Option<&'f str>,
}

/// The words below `op`, in order.
fn leaves<'f>(facts: &'f FileFacts, tape: &Function, op: OpId) -> Vec<Leaf<'f>> {
    let mut found = Vec::new();
    collect(facts, tape, op, 0, &mut found);
    found
}

fn collect<'f>(facts: &'f FileFacts, tape: &Function, op: OpId, depth: u32, found: &mut Vec<Leaf<'f>>) {
    let name = |name| facts.names.get(name);
    if depth > 12 {
        return;
    }
    match tape.op(op).kind {
        OpKind::Literal(Literal::Text(text)) => {
            found.push(Leaf { text: name(text).trim_start_matches('-'), owner: None });
        }
        OpKind::Name(text) => found.push(Leaf { text: name(text), owner: None }),
        OpKind::Attribute(base, text) => {
            let owner = match tape.op(base).kind {
                OpKind::Name(owner) => Some(name(owner)),
                _ => None,
            };
            found.push(Leaf { text: name(text), owner });
        }
        OpKind::Call { callee, args } => {
            // `User.created.desc()`: what is called belongs to the column.
            if let OpKind::Attribute(base, _) = tape.op(callee).kind
                && matches!(tape.op(base).kind, OpKind::Attribute(..) | OpKind::Call { .. })
            {
                collect(facts, tape, base, depth + 1, found);
            }
            tape.list(args).iter().for_each(|arg| collect(facts, tape, arg.value, depth + 1, found));
        }
        OpKind::Construct(_, parts) => {
            tape.list(parts).iter().for_each(|part| collect(facts, tape, part.value, depth + 1, found));
        }
        OpKind::Operate(_, left, right) => {
            collect(facts, tape, left, depth + 1, found);
            collect(facts, tape, right, depth + 1, found);
        }
        _ => {}
    }
}

/// The column that a word of a key's declaration means.
fn column_of(table: &Table, word: &str) -> Option<Box<str>> {
    let column = |name: &str| table.column(name).map(|(column, _)| column.name.clone());
    column(word).or_else(|| column(word.strip_suffix("_id")?))
}

/// One entity being read.
struct Found<'p> {
    project: &'p Project,
    model: &'p TableModel,
    table: Table,
    name: Option<String>,
}

impl<'p> Found<'p> {
    fn declared(&self, class: ClassRef) -> (FileId, &'p FileFacts, &'p Class) {
        let (file, local) = self.project.files().locate_class(class);
        let facts = &self.project.files().get(file).facts;
        (file, facts, &facts.classes[local.index()])
    }

    fn read_class(&mut self, class: ClassRef) {
        let (file, facts, declared) = self.declared(class);
        let body = self.project.files().function(file, declared.body);
        let tape = &facts.functions[declared.body.index()];
        let acts = self.project.acts(body);
        for field in &declared.fields {
            let name = facts.names.get(field.name);
            if self.table.column(name).is_some() {
                // A subclass has said it already.
                continue;
            }
            let place = Place { file, span: field.span };
            let column = |few, refers| Column { name: name.into(), few, refers, span: field.span };
            match field.value.map(|op| (op, tape.op(op).kind)) {
                None | Some((_, OpKind::Literal(_))) if self.model.annotated => {
                    let Some(annotation) = field.annotation else { continue };
                    self.table.columns.push((column(is_truth(facts, tape, annotation), false), place));
                }
                Some((op, OpKind::Call { .. })) => {
                    let Some(model) = self.column_model(acts, op).filter(|model| !model.part) else { continue };
                    let says = Says::read(self, facts, tape, body, (op, acts), model);
                    let listed = field.annotation.is_some_and(|annotation| is_truth(facts, tape, annotation));
                    self.table.columns.push((column(says.few || listed, says.refers), place));
                    if says.indexed {
                        let columns = vec![name.into()];
                        self.table.keys.push(Key { name: None, columns, unique: says.unique, text: false });
                    }
                }
                _ => {}
            }
        }
    }

    fn column_model(&self, acts: Acts<'_>, op: OpId) -> Option<&'p ColumnModel> {
        self.project.act(*acts.get(&op)?).behaviour.column.as_deref()
    }

    /// The attributes that name the table and hold its keys, those of an inner class too.
    fn read_keys(&mut self, class: ClassRef) {
        let (file, facts, declared) = self.declared(class);
        let body = &facts.functions[declared.body.index()];
        let inner = facts.classes.iter().filter(|inner| inner.parent == declared.body);
        let inner = inner.map(|inner| (facts.names.get(inner.name), inner));
        let places = std::iter::once(("", declared)).chain(inner);
        for (outer, class) in places {
            let tape = if outer.is_empty() { body } else { &facts.functions[class.body.index()] };
            let acts = self.project.acts(self.project.files().function(file, class.body));
            for field in &class.fields {
                let own = facts.names.get(field.name);
                let called = if outer.is_empty() { own.to_owned() } else { format!("{outer}.{own}") };
                let Some(op) = field.value else { continue };
                if self.model.name.contains(&called) {
                    match tape.op(op).kind {
                        OpKind::Literal(Literal::Text(text)) => self.name = Some(facts.names.get(text).to_lowercase()),
                        // A name that only the run knows may be that of any table.
                        _ => self.table.partly = true,
                    }
                }
                if self.model.keys.contains(&called) {
                    let unique = self.model.unique.contains(&called);
                    self.keys((facts, tape, acts), op, unique, 0);
                }
            }
        }
    }

    /// The innermost sequences below `op` are keys.
    fn keys(&mut self, (facts, tape, acts): (&FileFacts, &Function, Acts<'_>), op: OpId, unique: bool, depth: u32) {
        let parts: Vec<OpId> = match tape.op(op).kind {
            OpKind::Construct(_, parts) => tape.list(parts).iter().map(|part| part.value).collect(),
            OpKind::Operate(_, left, right) => vec![left, right],
            OpKind::Call { .. } | OpKind::Literal(_) => Vec::new(),
            // Keys that stand elsewhere.
            _ => {
                self.table.partly = true;
                return;
            }
        };
        let nested = |op: &OpId| matches!(tape.op(*op).kind, OpKind::Construct(..) | OpKind::Call { .. } | OpKind::Operate(..));
        if depth < 8 && parts.iter().any(nested) {
            parts.into_iter().filter(nested).for_each(|part| self.keys((facts, tape, acts), part, unique, depth + 1));
            return;
        }
        let words = leaves(facts, tape, op);
        let columns: Vec<Box<str>> = words.iter().filter_map(|leaf| column_of(&self.table, leaf.text)).collect();
        let says = |act: &crate::models::ActId| self.project.act(*act).behaviour.roles().any(|role| role == Role::UniqueKey);
        let unique = unique || acts.get(&op).is_some_and(says);
        self.table.keys.push(Key { name: None, columns, unique, text: false });
    }
}

/// What the declaration of a column says.
struct Says {
    few: bool,
    unique: bool,
    refers: bool,
    indexed: bool,
}

impl Says {
    fn read(
        found: &Found<'_>,
        facts: &FileFacts,
        tape: &Function,
        body: FnId,
        (op, acts): (OpId, Acts<'_>),
        model: &ColumnModel,
    ) -> Self {
        let OpKind::Call { args, .. } = tape.op(op).kind else {
            return Self { few: false, unique: false, refers: false, indexed: true };
        };
        let args = tape.list(args);
        let given = |names: &[String]| match names {
            [] => Given::Absent,
            names => arguments::find(&facts.names, tape, names, None, args),
        };
        let is_false = |op: OpId| matches!(tape.op(op).kind, OpKind::Literal(Literal::Bool(false) | Literal::None));
        let says_yes = |names: &[String], otherwise: bool| match given(names) {
            Given::Absent => otherwise,
            Given::Perhaps => true,
            Given::Value(op) => !is_false(op),
        };
        let values = found.project.values(body);
        let parts: Vec<&ColumnModel> = args
            .iter()
            .filter_map(|arg| {
                let by_name = || match values[arg.value.index()].kind {
                    Kind::External(node) => found.project.models().call_at(node),
                    _ => None,
                };
                let act = acts.get(&arg.value).copied().or_else(by_name)?;
                found.project.act(act).behaviour.column.as_deref()
            })
            .collect();
        Self {
            few: model.few || says_yes(&model.listing, false) || parts.iter().any(|part| part.few),
            unique: matches!(given(&model.key), Given::Value(op) if !is_false(op)),
            refers: model.refers || says_yes(&model.referring, false) || parts.iter().any(|part| part.refers),
            indexed: says_yes(&model.index, model.indexed) || says_yes(&model.key, false),
        }
    }
}

/// Whether an annotation says a truth value.
fn is_truth(facts: &FileFacts, tape: &Function, annotation: OpId) -> bool {
    let mut words = Vec::new();
    collect(facts, tape, annotation, 0, &mut words);
    if let OpKind::Index(base, inside) = tape.op(annotation).kind {
        [base, inside].into_iter().for_each(|op| collect(facts, tape, op, 0, &mut words));
    }
    words.iter().any(|word| word.text == "bool")
}
