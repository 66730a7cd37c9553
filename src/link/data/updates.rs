//! Is a stored value read, changed in the program and written back with nothing that makes it one step?

use crate::facts::{Construct, Function, Literal, NameId, OpId, OpKind, Operand, Operator, Target};
use crate::finding::Confidence;
use crate::link::project::{Project, Site};
use crate::link::values::eval::{Touched, sql_assigned, sql_tables};
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
        found.extend(self.changed_documents(function, &reads));
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
        let commits = |site: &Site<'_>| site.act.behaviour.roles().any(|role| role == Role::Commit);
        // `with Session.begin() as session:` commits at its end.
        let ends = |site: &Site<'_>| commits(site) && facts.tape().any(|(_, op)| op.kind == OpKind::Enter(site.op, None));
        let saved = self.sites_in(function).filter(|site| site.op > at || ends(site)).any(|site| match site.role {
            _ if commits(&site) => true,
            Role::Write => {
                facts.path(site.op).is_some_and(|path| row.as_ref().is_some_and(|row| path.starts_with(row)))
                    || site.receiver.ty().is_none_or(|ty| ty.base.project().is_none())
            }
            _ => false,
        });
        if saved {
            return Some(Confidence::High);
        }
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

    /// A statement or a call that sets a column to what was read before and changed: `UPDATE accounts SET balance = $1`,
    /// `update(Account).values(balance=account.balance - 1)`.
    fn changed_statements(&self, function: FnId, reads: &[Site<'_>]) -> Vec<LostUpdate> {
        let facts = self.facts(function);
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
                let mut given = GivenToWrite::default();
                given.collect(facts, write.op, 0);
                let before: Vec<OpId> = reads.iter().map(|read| read.op).filter(|&read| read < write.op).collect();
                let (read, what) = self
                    .changed_by_text(function, &given, &before, write.op)
                    .or_else(|| self.changed_by_name(function, &given, &before, write.op))?;
                Some(LostUpdate { function, write: write.op, read, what, sure: Confidence::High })
            })
            .collect()
    }

    /// The read and the column of a statement of SQL that sets the column to a changed form of what was read from its table.
    fn changed_by_text(&self, function: FnId, given: &GivenToWrite, reads: &[OpId], write: OpId) -> Option<(OpId, String)> {
        let facts = self.facts(function);
        let set = given.texts.iter().find_map(|&text| sql_assigned(&self.text_at(function, text)?))?;
        let (column, _) = set.columns.first()?;
        let name = |column: &str| {
            let (file, _) = self.files().locate(function);
            Some(self.files().get(file).facts.names.iter().find(|(_, name)| *name == column)?.0)
        };
        let names: Vec<NameId> = set.columns.iter().filter_map(|(column, _)| name(column)).collect();
        let from_table = |(at, op): (OpId, &crate::facts::Op)| {
            let OpKind::Literal(Literal::Text(_)) = op.kind else { return false };
            let text = self.text_at(function, at).filter(|_| at < write);
            matches!(text.and_then(|text| sql_tables(&text)), Some(Touched::Read(tables)) if tables.contains(&set.table))
        };
        facts.tape().any(from_table).then_some(())?;
        let values = || given.values.iter().copied().chain(given.named.iter().map(|&(_, value)| value));
        let of_row = |value: OpId, read: OpId| {
            let mut olds = names.iter().filter_map(|&name| old_value(facts, value, name, 0));
            olds.any(|old| self.comes_from(function, old, read))
        };
        let is_written = |read: OpId| values().any(|value| self.is_changed(function, value, read, 0) || of_row(value, read));
        let read = reads.iter().copied().find(|&read| is_written(read))?;
        Some((read, column.clone()))
    }

    /// The same of a call that names the column, unless it asks as well whether the old value still holds.
    fn changed_by_name(&self, function: FnId, given: &GivenToWrite, reads: &[OpId], write: OpId) -> Option<(OpId, String)> {
        let facts = self.facts(function);
        given.named.iter().find_map(|&(name, value)| {
            let old = old_value(facts, value, name, 0)?;
            let read = *reads.iter().find(|&&read| self.comes_from(function, old, read))?;
            let (statement, changed) = (facts.op(write).span, facts.op(value).span);
            let compared = facts.tape().any(|(at, op)| {
                let asks = statement.contains(op.span) && !changed.contains(op.span);
                asks && held_in(facts, at, name, 0).is_some_and(|holder| self.comes_from(function, holder, read))
            });
            let column = self.files().name(self.files().locate(function).0, name);
            (!compared).then(|| (read, column.to_owned()))
        })
    }

    /// `doc = orders.find_one(key)`, `doc["stock"] -= 1`, `orders.replace_one(key, doc)`, unless it asks as well whether something of
    /// the old document still holds.
    fn changed_documents(&self, function: FnId, reads: &[Site<'_>]) -> Vec<LostUpdate> {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let text = |id: NameId| self.files().name(file, id);
        let replaced = |write: &Site<'_>| {
            let OpKind::Call { args, .. } = facts.op(write.op).kind else { return None };
            let args = facts.list(args);
            args.iter().enumerate().find_map(|(at, arg)| {
                let OpKind::Name(document) = facts.op(arg.value).kind else { return None };
                let read = reads.iter().find(|read| read.op < write.op && self.comes_from(function, arg.value, read.op))?;
                let asks =
                    args.iter().enumerate().any(|(other, arg)| other != at && self.asks_for_old(function, arg.value, read.op));
                let changed = facts.tape().skip(read.op.index()).take_while(|(at, _)| *at < write.op).find_map(|(_, op)| {
                    let OpKind::Store { target: Target::Item(base, key), value, .. } = op.kind else { return None };
                    let own = matches!(facts.op(base).kind, OpKind::Name(name) if name == document);
                    let OpKind::Literal(Literal::Text(key)) = facts.op(key).kind else { return None };
                    (own && self.is_changed(function, value, read.op, 0)).then_some(key)
                })?;
                (!asks).then(|| (read.op, text(changed).to_owned()))
            })
        };
        let writes = self.sites_in(function).filter(|site| site.role == Role::Write && site.result.has(Trait::Replaces));
        writes
            .filter_map(|write| {
                let (read, what) = replaced(&write)?;
                Some(LostUpdate { function, write: write.op, read, what, sure: Confidence::High })
            })
            .collect()
    }

    /// Whether a condition holds something else of what was read than its key: `{"_id": doc["_id"], "version": doc["version"]}`.
    fn asks_for_old(&self, function: FnId, condition: OpId, read: OpId) -> bool {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        match facts.op(condition).kind {
            OpKind::Construct(Construct::Map, parts) => facts.list(parts).iter().any(|part| {
                let key = part.name.is_some_and(|name| matches!(self.files().name(file, name), "_id" | "id"));
                !key && self.contains(function, part.value, read, 0)
            }),
            _ => false,
        }
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
                stored.iter().any(|&stored| self.is_changed(function, stored, read, depth + 1))
                    || is_altered(facts, name, read, value)
                        && stored.iter().any(|&stored| self.contains(function, stored, read, 0))
            }
            OpKind::Call { args, .. } => facts.list(args).iter().any(|arg| self.is_changed(function, arg.value, read, depth + 1)),
            OpKind::Choose(parts) => facts.list(parts).iter().any(|part| self.is_changed(function, part.value, read, depth + 1)),
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
            OpKind::Index(base, _) => self.contains(function, base, read, depth + 1),
            OpKind::Name(name) => {
                let (stored, _) = super::client_values::reaching(facts, name, value);
                stored.into_iter().any(|stored| self.contains(function, stored, read, depth + 1))
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
        OpKind::Try(of) | OpKind::Await(of) | OpKind::Enter(of, _) => old_value(facts, of, name, depth + 1),
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

/// Whether what a name stands for is changed in its place between two operations: `cart["n"] = 1`, `cart.total = 1`.
fn is_altered(facts: &Function, name: NameId, from: OpId, to: OpId) -> bool {
    let named = |op: OpId| matches!(facts.op(op).kind, OpKind::Name(other) if other == name);
    facts.tape().skip(from.index()).take_while(|(at, _)| *at < to).any(|(_, op)| match op.kind {
        OpKind::Store { target: Target::Item(base, _) | Target::Attribute(base, _), .. } => named(base),
        _ => false,
    })
}

/// What a write is given along its chain, and in the calls among its arguments.
#[derive(Debug, Default)]
struct GivenToWrite {
    texts: Vec<OpId>,
    values: Vec<OpId>,
    /// Arguments and entries of maps, by their names.
    named: Vec<(NameId, OpId)>,
}

impl GivenToWrite {
    fn collect(&mut self, facts: &Function, op: OpId, depth: u32) {
        let mut at = Some(op).filter(|_| depth < 4);
        while let Some(link) = at {
            if let OpKind::Call { args, .. } = facts.op(link).kind {
                facts.list(args).iter().for_each(|arg| self.take(facts, arg, depth));
            }
            at = chain_base(facts, link).or_else(|| match facts.op(link).kind {
                OpKind::Name(name) => last_store(facts, name, link),
                _ => None,
            });
        }
    }

    fn take(&mut self, facts: &Function, given: &Operand, depth: u32) {
        if let Some(name) = given.name {
            self.named.push((name, given.value));
        }
        match facts.op(given.value).kind {
            OpKind::Literal(Literal::Text(_)) => self.texts.push(given.value),
            OpKind::Construct(Construct::Map | Construct::List | Construct::Tuple | Construct::Struct, parts) if depth < 4 => {
                facts.list(parts).iter().for_each(|part| self.take(facts, part, depth + 1));
            }
            OpKind::Call { .. } => {
                self.values.push(given.value);
                self.collect(facts, given.value, depth + 1);
            }
            OpKind::Name(_) | OpKind::Attribute(..) => {
                // A statement under a name: of the module, or of this function.
                self.texts.push(given.value);
                self.values.push(given.value);
            }
            _ => self.values.push(given.value),
        }
    }
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
