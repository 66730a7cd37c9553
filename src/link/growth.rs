//! Does a table grow with use? One that only migrations, commands and administrators fill stays as short as they keep it.

use super::eval::{Event, Tables, sql_tables};
use super::paths::Placement;
use super::project::{Project, Site};
use super::queries::chain_base;
use super::value::{ClassRef, FnId, Kind, TypeRef, Value};
use crate::facts::{FunctionKind, Literal, OpId, OpKind};
use crate::finding::Confidence;
use std::collections::BTreeMap;

/// How sure it is that requests or jobs add rows, by entity.
#[derive(Debug, Default)]
pub(crate) struct Growth {
    entities: BTreeMap<ClassRef, Confidence>,
    /// Tables named in SQL.
    tables: BTreeMap<String, Confidence>,
}

impl Growth {
    /// Look at everything that makes rows.
    pub(crate) fn find(project: &Project) -> Self {
        let mut growth = Self::default();
        for function in project.functions() {
            for event in project.events(function) {
                let Event::Made { op, class: entity } = *event else { continue };
                if !project.classes.inherits(project.models(), entity, |ty| ty.entity) {
                    continue;
                }
                if let Some(sure) = fills(project, function, op) {
                    growth.note(project, entity, sure);
                }
            }
            growth.read_statements(project, function);
            if let Some(entity) = filled_by(project, function) {
                growth.note(project, entity, Confidence::Medium);
            }
        }
        growth
    }

    /// Statements in the function's strings that add rows to a table.
    fn read_statements(&mut self, project: &Project, function: FnId) {
        let (file, _) = project.files().locate(function);
        for (at, op) in project.facts(function).tape() {
            let OpKind::Literal(Literal::Text(name)) = op.kind else { continue };
            let text = project.files().name(file, name);
            let inserts = text.trim_start().get(..6).is_some_and(|head| head.eq_ignore_ascii_case("insert"));
            let Some(Tables::Filled(table)) = inserts.then(|| sql_tables(text)).flatten() else { continue };
            // A table that only set-up fills is known to be short; one that a command fills may be an import; of one that nothing
            // fills, nothing is known.
            let imports = project.is_command(function) && !project.is_script_folder(function);
            let otherwise = if imports { Confidence::Medium } else { Confidence::Low };
            let sure = fills(project, function, at).unwrap_or(otherwise);
            raise(&mut self.tables, table, sure);
        }
    }

    /// The rows of a class are rows of the classes it extends.
    fn note(&mut self, project: &Project, entity: ClassRef, sure: Confidence) {
        for class in project.classes.lineage(entity).0 {
            raise(&mut self.entities, class, sure);
        }
    }
}

/// The surest of all evidence counts.
fn raise<K: Ord>(known: &mut BTreeMap<K, Confidence>, key: K, sure: Confidence) {
    let known = known.entry(key).or_insert(sure);
    *known = sure.max(*known);
}

/// How sure it is that rows made at `op` come with use: by requests and jobs, never by administrators, commands,
/// migrations and tests.
fn fills(project: &Project, function: FnId, op: OpId) -> Option<Confidence> {
    if project.is_administration(function) {
        return None;
    }
    match project.placement(function, op) {
        Placement::Hot(_) => Some(Confidence::High),
        Placement::Unplaced(_) => Some(Confidence::Medium),
        Placement::Cold => None,
    }
}

/// The table whose rows a form or serializer makes: what its inner class names as `model`.
fn filled_by(project: &Project, body: FnId) -> Option<ClassRef> {
    let facts = project.facts(body);
    if facts.kind != FunctionKind::ClassBody || project.is_administration(body) || project.is_test(body) {
        return None;
    }
    let (file, _) = project.files().locate(body);
    let data = &project.files().get(file).facts;
    let inner = facts.class?;
    let around = data.classes[inner.index()].parent;
    let outer =
        data.functions[around.index()].class.filter(|_| data.functions[around.index()].kind == FunctionKind::ClassBody)?;
    let (inner, outer) = (project.files().class(file, inner.index()), project.files().class(file, outer.index()));
    if !project.classes.inherits(project.models(), outer, |ty| ty.fills) {
        return None;
    }
    let field = project.classes.field(inner, "model")?;
    match project.state.field(field).kind {
        Kind::Class(ty) => ty.base.project(),
        _ => None,
    }
}

impl Project {
    /// How sure it is that what a query brings grows with use: by its entity, or by the tables that its text names.
    #[must_use]
    pub fn query_grows(&self, site: &Site<'_>) -> Confidence {
        let by_entity = self.grows(site.receiver).min(self.grows(site.result));
        if self.growth.tables.is_empty() {
            return by_entity;
        }
        match self.statement_tables(site) {
            Some(Tables::Read(tables)) => {
                let grows = |table: &String| self.growth.tables.get(table).copied().unwrap_or(Confidence::Medium);
                by_entity.min(tables.iter().map(grows).max().unwrap_or(Confidence::Low))
            }
            _ => by_entity,
        }
    }

    /// The tables of the text that a query runs, when it stands in the call or at the root of its chain.
    fn statement_tables(&self, site: &Site<'_>) -> Option<Tables> {
        let facts = self.facts(site.function);
        let mut at = Some(self.executing_op(site));
        while let Some(op) = at {
            if let OpKind::Call { args, .. } = facts.op(op).kind {
                let texts = facts.list(args).iter().filter_map(|arg| match facts.op(arg.value).kind {
                    OpKind::Literal(Literal::Text(name)) => Some(self.files().name(self.files().locate(site.function).0, name)),
                    _ => None,
                });
                if let Some(tables) = texts.into_iter().find_map(sql_tables) {
                    return Some(tables);
                }
            }
            at = chain_base(facts, op);
        }
        None
    }

    /// How sure it is that the table behind a query or row grows with use. Of a table without a class nothing is known.
    #[must_use]
    pub fn grows(&self, rows: Value) -> Confidence {
        let Some(ty) = rows.ty() else { return Confidence::High };
        let fixed = [ty.first, Some(ty.base)].into_iter().flatten().any(|ty| match ty {
            TypeRef::Model(model) => self.models().ty(model).fixed,
            TypeRef::Project(_) => false,
        });
        if fixed {
            return Confidence::Low;
        }
        let is_entity = |class: &ClassRef| self.classes.inherits(self.models(), *class, |ty| ty.entity);
        let mut classes = [ty.first, Some(ty.base)].into_iter().flatten().filter_map(TypeRef::project);
        let entity = classes.find(is_entity);
        match entity {
            // Where nothing makes rows of any table, somebody else does.
            _ if self.growth.entities.is_empty() => Confidence::High,
            Some(entity) => self.growth.entities.get(&entity).copied().unwrap_or(Confidence::Low),
            None => Confidence::High,
        }
    }
}
