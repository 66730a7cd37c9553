//! Which reads go to a replica that may not have the rows yet, since the same function has just written them?

use super::replica_reads::{acts, is_read};
use super::replicas::{Handles, Side, Source};
use crate::facts::{FunctionKind, Literal, OpId, OpKind};
use crate::finding::Confidence;
use crate::link::project::{Project, Site};
use crate::link::values::eval::{Event, Touched, sql_tables};
use crate::link::values::flows::chain_base;
use crate::link::values::remembered::Values;
use crate::link::values::value::{ClassRef, FnId, Value};
use crate::models::Role;
use std::collections::BTreeMap;

/// A read that may come before what was just written.
#[derive(Debug)]
pub struct StaleRead {
    /// In which function both are.
    pub function: FnId,
    /// The read, or the call that leads to it.
    pub op: OpId,
    /// The write, or the call that leads to it.
    pub write: OpId,
    /// Of what.
    pub entity: String,
    /// How sure it is.
    pub sure: Confidence,
}

/// A table: by its class, or by its name in a statement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Entity {
    Class(ClassRef),
    Table(String),
}

/// What is done to a table, seen from the function that does it or calls who does.
#[derive(Debug, Clone)]
struct DataAct {
    op: OpId,
    entity: Entity,
    writes: bool,
    source: Option<Source>,
    direct: bool,
}

/// How many calls lie between a function and the statement that it is said to run.
pub(super) const CALLS: u32 = 3;

impl Project {
    /// Reads from a replica of what the same function has just written.
    #[must_use]
    pub fn stale_reads(&self) -> Vec<StaleRead> {
        let handles = self.database_handles();
        let mut known = BTreeMap::new();
        let mut found = Vec::new();
        let functions = self.functions().filter(|&function| !self.is_test(function));
        for function in functions.filter(|&function| !matches!(self.facts(function).kind, FunctionKind::Module)) {
            let acts = self.data_acts(handles, function, CALLS, &mut known);
            let reads = acts.iter().filter(|act| !act.writes && act.source == Some(Source::Side(Side::Replica)));
            let stale = reads.filter_map(|read| {
                let wrote = |act: &&DataAct| {
                    act.writes
                        && act.entity == read.entity
                        && act.op < read.op
                        && act.source != Some(Source::Side(Side::Replica))
                        && !self.excludes_each_other(function, act.op, read.op)
                };
                let write = acts.iter().filter(wrote).min_by_key(|act| !act.direct)?;
                let sure = if read.direct && write.direct { Confidence::High } else { Confidence::Low };
                let entity = match &read.entity {
                    Entity::Class(class) => self.class_name(*class),
                    Entity::Table(table) => table.clone(),
                };
                Some(StaleRead { function, op: read.op, write: write.op, entity, sure })
            });
            found.extend(stale.collect::<Vec<_>>());
        }
        found.retain(|stale| !self.explains_side(stale.function));
        found
    }

    /// What a function and those it calls do to tables, in its own order.
    fn data_acts(
        &self,
        handles: &Handles,
        function: FnId,
        depth: u32,
        known: &mut BTreeMap<(FnId, u32), Vec<DataAct>>,
    ) -> Vec<DataAct> {
        if let Some(acts) = known.get(&(function, depth)) {
            return acts.clone();
        }
        known.insert((function, depth), Vec::new());
        let sites: Vec<Site<'_>> = self.sites_in(function).filter(|site| is_read(site) || acts(site)).collect();
        let values = if sites.is_empty() { Values::none() } else { self.values(function) };
        let mut found = Vec::new();
        for site in &sites {
            let writes = acts(site);
            let source = self.connection_of(handles, site, &values);
            let entities = self.entities_at(site, &values, writes);
            found.extend(entities.into_iter().map(|entity| DataAct { op: site.op, entity, writes, source, direct: true }));
        }
        // Rows made for a session that commits.
        if self.has_role(function, Role::Commit) || self.has_role(function, Role::Write) {
            found.extend(self.events(function).iter().filter_map(|event| match *event {
                Event::Made { op, class } if self.classes.inherits(self.models(), class, |ty| ty.entity) => {
                    Some(DataAct { op, entity: Entity::Class(class), writes: true, source: None, direct: true })
                }
                _ => None,
            }));
        }
        if depth > 0 {
            let edges: Vec<_> = self
                .graph
                .from(function)
                .filter(|edge| !edge.outside && !edge.guessed && edge.callee != function)
                .copied()
                .collect();
            for edge in edges {
                let below = self.data_acts(handles, edge.callee, depth - 1, known);
                if below.is_empty() {
                    continue;
                }
                let values = self.values(function);
                let lifted = below.into_iter().map(|act| {
                    let source = match act.source {
                        Some(Source::Param(index)) => {
                            self.passed(&edge, index).and_then(|op| self.source(handles, function, op, &values, 0))
                        }
                        other => other,
                    };
                    DataAct { op: edge.op, source, direct: false, ..act }
                });
                found.extend(lifted.collect::<Vec<_>>());
            }
        }
        known.insert((function, depth), found.clone());
        found
    }

    /// The tables that a site reads or changes.
    fn entities_at(&self, site: &Site<'_>, values: &Values, writes: bool) -> Vec<Entity> {
        let facts = self.facts(site.function);
        let (file, _) = self.files().locate(site.function);
        let typed = |value: Value| value.ty().and_then(|ty| self.entity_in(ty)).map(Entity::Class);
        if let Some(entity) = typed(site.receiver).or_else(|| typed(site.result)) {
            return vec![entity];
        }
        let mut found = Vec::new();
        let mut at = Some(self.executing_op(site));
        while let Some(op) = at {
            if let OpKind::Call { args, .. } = facts.op(op).kind {
                for arg in facts.list(args) {
                    found.extend(typed(values[arg.value.index()]));
                    match facts.op(arg.value).kind {
                        OpKind::Literal(Literal::Text(text)) => found.extend(tables(self.files().name(file, text), writes)),
                        _ => found.extend(self.table_path(site.function, arg.value)),
                    }
                }
            }
            found.extend(self.table_path(site.function, op));
            at = chain_base(facts, op);
        }
        found
    }

    /// `users::table`
    fn table_path(&self, function: FnId, op: OpId) -> Option<Entity> {
        let (file, _) = self.files().locate(function);
        let path = self.facts(function).path(op)?;
        let at = path.iter().position(|&name| self.files().name(file, name) == "table")?;
        path.get(at.checked_sub(1)?).map(|&name| Entity::Table(self.files().name(file, name).to_owned()))
    }
}

/// The tables that a statement changes, or reads.
fn tables(sql: &str, writes: bool) -> Vec<Entity> {
    let lower = sql.trim_start().to_ascii_lowercase();
    let changed = ["insert into ", "update ", "delete from "].iter().find_map(|start| lower.strip_prefix(start));
    match changed {
        Some(rest) if writes => {
            let name = rest.trim_start().split(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
            let name = name.rsplit('.').next().unwrap_or_default().trim_matches(['"', '`']);
            Some(name).filter(|name| !name.is_empty()).map(|name| Entity::Table(name.to_owned())).into_iter().collect()
        }
        _ if writes => Vec::new(),
        _ => match sql_tables(sql) {
            Some(Touched::Read(tables)) => tables.into_iter().map(Entity::Table).collect(),
            _ => Vec::new(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_statements() {
        assert_eq!(tables("UPDATE public.users SET name = $1", true), [Entity::Table("users".to_owned())]);
        assert_eq!(tables("SELECT id FROM users WHERE id = $1", false), [Entity::Table("users".to_owned())]);
    }
}
