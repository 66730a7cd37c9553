//! Is a stored value read, changed in the program and written back with nothing that makes it one step?

use crate::facts::{Function, Literal, NameId, OpId, OpKind, Operator, Target};
use crate::finding::Confidence;
use crate::link::project::{Project, Site};
use crate::link::values::flows::{chain_base, last_store};
use crate::link::values::value::{ClassRef, FnId, TypeRef};
use crate::models::{Role, Trait};

/// A change that two instances can overwrite for each other.
#[derive(Debug, Clone)]
pub struct LostUpdate {
    /// The function.
    pub function: FnId,
    /// Where the changed value is written.
    pub write: OpId,
    /// Where the old one was read.
    pub read: OpId,
    /// What is changed: a column, a key.
    pub what: String,
    /// How sure it is that the write reaches the store.
    pub sure: Confidence,
}

/// Operations that make a new value of an old one.
fn changes(operator: Operator) -> bool {
    matches!(operator, Operator::Add | Operator::Subtract | Operator::Arithmetic)
}

impl Project {
    /// Every read, change and write in one function that nothing makes atomic.
    #[must_use]
    pub fn lost_updates(&self) -> Vec<LostUpdate> {
        if self.isolates_transactions() {
            return Vec::new();
        }
        self.functions().flat_map(|function| self.lost_updates_in(function)).collect()
    }

    fn lost_updates_in(&self, function: FnId) -> Vec<LostUpdate> {
        let reads: Vec<Site<'_>> = self.sites_in(function).filter(|site| is_read(site)).collect();
        let locks = |site: &Site<'_>| {
            let claims =
                [Trait::Serial, Trait::Claimed].into_iter().any(|which| site.result.has(which) || site.receiver.has(which));
            site.role == Role::LockShared || claims
        };
        if reads.is_empty() || self.sites_in(function).any(|site| locks(&site)) {
            return Vec::new();
        }
        let mut found = self.changed_rows(function, &reads);
        found.extend(self.changed_statements(function, &reads));
        found.extend(self.changed_keys(function, &reads));
        found
    }

    /// `row.stock = row.stock - 1`, and the row is saved.
    fn changed_rows(&self, function: FnId, reads: &[Site<'_>]) -> Vec<LostUpdate> {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let stores = facts.tape().filter_map(|(at, op)| match op.kind {
            OpKind::Store { target: Target::Attribute(base, name), value, .. } => Some((at, base, name, value)),
            _ => None,
        });
        stores
            .filter_map(|(at, base, name, value)| {
                let old = old_value(facts, value, name, 0)?;
                let read = reads.iter().filter(|read| read.op < at).find(|read| self.comes_from(function, old, read.op))?;
                let entity = entity_of(read)?;
                if self.has_version(entity) {
                    return None;
                }
                Some(LostUpdate {
                    function,
                    write: at,
                    read: read.op,
                    what: format!("{}.{}", self.class_name(entity), self.files().name(file, name)),
                    sure: self.is_saved(function, base, at)?,
                })
            })
            .collect()
    }

    /// Whether a value is what a read gave, an element of it, or something on it.
    fn comes_from(&self, function: FnId, value: OpId, read: OpId) -> bool {
        let facts = self.facts(function);
        let (mut at, mut called) = (value, false);
        for _ in 0..24 {
            if at == read {
                return true;
            }
            // What lies in a field of the row is another thing.
            if matches!(facts.op(at).kind, OpKind::Attribute(..)) && !called {
                return false;
            }
            called = matches!(facts.op(at).kind, OpKind::Call { .. });
            at = match facts.op(at).kind {
                OpKind::Name(name) => match last_store(facts, name, at) {
                    Some(stored) => stored,
                    None => return false,
                },
                OpKind::Choose(parts) => match facts.list(parts).first() {
                    Some(part) => part.value,
                    None => return false,
                },
                _ => match chain_base(facts, at) {
                    Some(base) => base,
                    None => return false,
                },
            };
        }
        false
    }

    /// Whether what was stored on a row reaches the table: the row is saved, or the session that holds it commits.
    fn is_saved(&self, function: FnId, row: OpId, at: OpId) -> Option<Confidence> {
        let facts = self.facts(function);
        let row = facts.path(row);
        let saved = self.sites_in(function).filter(|site| site.op > at).any(|site| match site.role {
            Role::Commit => true,
            Role::Write => {
                facts.path(site.op).is_some_and(|path| row.as_ref().is_some_and(|row| path.starts_with(row)))
                    || site.receiver.ty().is_none_or(|ty| ty.base.project().is_none())
            }
            _ => false,
        });
        if saved {
            return Some(Confidence::High);
        }
        let commits = |site: &Site<'_>| site.role == Role::Commit;
        let by_callee = self.graph.from(function).any(|edge| edge.op > at && self.reaches(edge.callee, 1, commits));
        let by_caller = self.graph.to(function).any(|edge| self.sites_in(edge.caller).any(|site| commits(&site)));
        (by_callee || by_caller).then_some(Confidence::Medium)
    }

    /// Whether a table has a column that counts its versions.
    fn has_version(&self, entity: ClassRef) -> bool {
        let fields = self.classes.lineage(entity).0.into_iter().flat_map(|class| self.classes.all[class.index()].fields.keys());
        fields
            .into_iter()
            .any(|name| matches!(&**name, "version" | "version_id" | "lock_version" | "row_version" | "__mapper_args__"))
    }

    /// `UPDATE accounts SET balance = $1` with a balance that was read and changed before.
    fn changed_statements(&self, function: FnId, reads: &[Site<'_>]) -> Vec<LostUpdate> {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let writes = self.sites_in(function).filter(|site| {
            let traits = site.receiver.traits.union(site.result.traits);
            let changes = match site.role {
                Role::Write => true,
                Role::Execute => traits.has(Trait::Writes),
                _ => false,
            };
            changes && !traits.has(Trait::Accumulates) && !traits.has(Trait::Creates)
        });
        writes
            .filter_map(|write| {
                let (texts, values) = statement_parts(facts, write.op);
                let names = texts.into_iter().flat_map(|text| assigned(self.files().name(file, text)));
                let mut columns: Vec<String> = names.collect();
                columns.sort();
                columns.into_iter().find_map(|column| {
                    let name = self.files().get(file).facts.names.iter().find(|(_, name)| **name == *column)?.0;
                    let old = values.iter().find_map(|&value| old_value(facts, value, name, 0))?;
                    let read =
                        reads.iter().filter(|read| read.op < write.op).find(|read| self.comes_from(function, old, read.op))?;
                    Some(LostUpdate { function, write: write.op, read: read.op, what: column, sure: Confidence::High })
                })
            })
            .collect()
    }

    /// `value = cache.get(key)`, `cache.set(key, value + 1)`.
    fn changed_keys(&self, function: FnId, reads: &[Site<'_>]) -> Vec<LostUpdate> {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let data = self.files().get(file);
        let first = |site: &Site<'_>| match facts.op(site.op).kind {
            OpKind::Call { args, .. } => facts.list(args).first().map(|arg| facts.op(arg.value).span.of(&data.text)),
            _ => None,
        };
        let replaces = |site: &Site<'_>| site.role == Role::CacheWrite && site.result.has(Trait::Replaces);
        self.sites_in(function)
            .filter(replaces)
            .filter_map(|write| {
                let OpKind::Call { args, .. } = facts.op(write.op).kind else { return None };
                let key = first(&write)?;
                let value = facts.list(args).get(1)?.value;
                let read =
                    reads.iter().find(|read| read.role == Role::CacheRead && read.op < write.op && first(read) == Some(key))?;
                let derived = self.is_changed(function, value, read.op, 0);
                derived.then(|| LostUpdate {
                    function,
                    write: write.op,
                    read: read.op,
                    what: format!("the value of {key}"),
                    sure: Confidence::High,
                })
            })
            .collect()
    }

    /// Whether a value is a changed form of what a read gave.
    fn is_changed(&self, function: FnId, value: OpId, read: OpId, depth: u32) -> bool {
        let facts = self.facts(function);
        if depth > 8 {
            return false;
        }
        match facts.op(value).kind {
            OpKind::Operate(operator, left, right) if changes(operator) => {
                [left, right].into_iter().any(|side| self.contains(function, side, read, 0))
            }
            OpKind::Name(name) => {
                let (stored, _) = super::client_values::reaching(facts, name, value);
                stored.into_iter().any(|stored| self.is_changed(function, stored, read, depth + 1))
            }
            OpKind::Call { args, .. } => facts.list(args).iter().any(|arg| self.is_changed(function, arg.value, read, depth + 1)),
            OpKind::Await(of) | OpKind::Try(of) => self.is_changed(function, of, read, depth + 1),
            _ => false,
        }
    }

    fn contains(&self, function: FnId, value: OpId, read: OpId, depth: u32) -> bool {
        let facts = self.facts(function);
        if depth > 8 || self.comes_from(function, value, read) {
            return depth <= 8;
        }
        match facts.op(value).kind {
            OpKind::Call { args, .. } => facts.list(args).iter().any(|arg| self.contains(function, arg.value, read, depth + 1)),
            OpKind::Choose(parts) => facts.list(parts).iter().any(|part| self.contains(function, part.value, read, depth + 1)),
            OpKind::Name(name) => {
                last_store(facts, name, value).is_some_and(|stored| self.contains(function, stored, read, depth + 1))
            }
            _ => false,
        }
    }

    /// Whether the project asks for transactions that refuse to overwrite what another has changed.
    fn isolates_transactions(&self) -> bool {
        let strict = |name: &str| {
            let level = name.to_ascii_uppercase().replace('_', " ");
            let level = level.rsplit("ISOLATION LEVEL ").next().unwrap_or_default().trim().to_owned();
            matches!(level.as_str(), "SERIALIZABLE" | "REPEATABLE READ" | "REPEATABLEREAD")
        };
        self.files().iter().any(|(_, data)| data.facts.names.iter().any(|(_, name)| name.len() < 80 && strict(name)))
    }
}

/// The holder of the old value that an arithmetic change of `name` is made from.
fn old_value(facts: &Function, value: OpId, name: NameId, depth: u32) -> Option<OpId> {
    if depth > 8 {
        return None;
    }
    match facts.op(value).kind {
        OpKind::Operate(operator, left, right) if changes(operator) => {
            [left, right].into_iter().find_map(|side| held_in(facts, side, name, depth))
        }
        // `max(0, row.stock - 1)`, `Set(row.stock - 1)`.
        OpKind::Call { args, .. } => facts.list(args).iter().find_map(|arg| old_value(facts, arg.value, name, depth + 1)),
        OpKind::Name(stored) => {
            let stored = last_store(facts, stored, value)?;
            old_value(facts, stored, name, depth + 1)
        }
        OpKind::Try(of) | OpKind::Await(of) | OpKind::Enter(of) => old_value(facts, of, name, depth + 1),
        _ => None,
    }
}

/// `row.stock`, `row["stock"]`, `row.stock.unwrap_or(0)`, `(row.stock or 0)`: the row.
fn held_in(facts: &Function, side: OpId, name: NameId, depth: u32) -> Option<OpId> {
    match facts.op(side).kind {
        OpKind::Attribute(base, attribute) if attribute == name => Some(base),
        OpKind::Index(base, key) if matches!(facts.op(key).kind, OpKind::Literal(Literal::Text(text)) if text == name) => {
            Some(base)
        }
        OpKind::Choose(parts) => facts.list(parts).iter().find_map(|part| held_in(facts, part.value, name, depth + 1)),
        OpKind::Call { callee, .. } if depth < 8 => match facts.op(callee).kind {
            OpKind::Attribute(base, _) => held_in(facts, base, name, depth + 1),
            _ => None,
        },
        OpKind::Name(stored) if depth < 8 => held_in(facts, last_store(facts, stored, side)?, name, depth + 1),
        OpKind::Operate(operator, left, right) if changes(operator) && depth < 8 => {
            [left, right].into_iter().find_map(|side| held_in(facts, side, name, depth + 1))
        }
        _ => None,
    }
}

/// The texts of a statement that is run at `op`, and the values given along its chain.
fn statement_parts(facts: &Function, op: OpId) -> (Vec<NameId>, Vec<OpId>) {
    let (mut texts, mut values) = (Vec::new(), Vec::new());
    let mut at = Some(op);
    while let Some(link) = at {
        if let OpKind::Call { args, .. } = facts.op(link).kind {
            for arg in facts.list(args) {
                match facts.op(arg.value).kind {
                    OpKind::Literal(Literal::Text(text)) => texts.push(text),
                    OpKind::Construct(_, parts) => values.extend(facts.list(parts).iter().map(|part| part.value)),
                    _ => values.push(arg.value),
                }
            }
        }
        at = chain_base(facts, link).or_else(|| match facts.op(link).kind {
            OpKind::Name(name) => last_store(facts, name, link),
            _ => None,
        });
    }
    (texts, values)
}

/// The table that a read is of.
pub(crate) fn entity_of(read: &Site<'_>) -> Option<ClassRef> {
    let types = [read.result, read.receiver].into_iter().filter_map(|value| value.ty());
    let classes = types.flat_map(|ty| [Some(ty.base), ty.first]).flatten().filter_map(TypeRef::project);
    classes.into_iter().next()
}

fn is_read(site: &Site<'_>) -> bool {
    let rows = [Role::FetchOne, Role::CursorOne, Role::FetchMany, Role::CursorAll, Role::CacheRead];
    rows.contains(&site.role)
}

/// The columns that an `UPDATE` sets to a placeholder.
fn assigned(sql: &str) -> Vec<String> {
    let lower = sql.to_ascii_lowercase();
    let Some((_, set)) = lower.trim_start().strip_prefix("update").and_then(|rest| rest.split_once(" set ")) else {
        return Vec::new();
    };
    let set = set.split(" where ").next().unwrap_or(set);
    set.split(',')
        .filter_map(|part| {
            let (column, value) = part.split_once('=')?;
            let placeholder = value.trim().starts_with(['$', '?', '%', ':']);
            placeholder.then(|| column.trim().trim_matches('"').to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_that_an_update_sets() {
        assert_eq!(assigned("UPDATE accounts SET balance = $1, name = 'x' WHERE id = $2"), ["balance"]);
        assert_eq!(assigned("update accounts set balance = balance - ?, n = ?"), ["n"]);
        assert!(assigned("DELETE FROM accounts").is_empty());
    }
}
