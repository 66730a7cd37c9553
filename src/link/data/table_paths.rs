//! Which table does a path name: `posts::table`, `dsl::posts`?

use super::queries::is_local;
use crate::facts::{Function, NameId, OpId, OpKind};
use crate::link::project::{Project, Site};
use crate::link::values::flows::{chain_base, last_store};
use crate::link::values::value::{FnId, Kind};
use crate::models::{Role, Trait};

/// How many links of a query are looked at.
const LINKS: usize = 32;

impl Project {
    /// The table at the root of a query that no type describes: `posts::table.filter(..)`.
    pub(crate) fn table_read(&self, site: &Site<'_>) -> Option<String> {
        if site.act.behaviour.sql.is_some() || site.role == Role::CursorAll {
            return None;
        }
        let facts = self.facts(site.function);
        let values = self.values(site.function);
        let mut path: Vec<NameId> = Vec::new();
        let mut at = site.op;
        for _ in 0..LINKS {
            match facts.op(at).kind {
                // A query that a local name holds.
                OpKind::Name(name) if is_local(facts, name) => {
                    path.clear();
                    at = last_store(facts, name, at)?;
                }
                OpKind::Name(name) if !matches!(values[at.index()].kind, Kind::Class(_) | Kind::Instance(_)) => {
                    path.push(name);
                    path.reverse();
                    return self.table_name(site.function, &path);
                }
                OpKind::Attribute(base, name) if !is_method(facts, at) => {
                    path.push(name);
                    at = base;
                }
                _ => {
                    path.clear();
                    at = chain_base(facts, at)?;
                }
            }
        }
        None
    }

    /// The table that a statement is made for: `insert_into(posts::table)`.
    pub(crate) fn table_written(&self, site: &Site<'_>) -> Option<String> {
        let facts = self.facts(site.function);
        let mut at = site.op;
        for _ in 0..LINKS {
            if let OpKind::Call { args, .. } = facts.op(at).kind
                && let [table] = facts.list(args)
                && is_first(facts, at)
                && let Some(path) = facts.path(table.value)
            {
                return self.table_name(site.function, &path);
            }
            at = chain_base(facts, at)?;
        }
        None
    }

    /// The last part of a path that is not the word for tables.
    fn table_name(&self, function: FnId, path: &[NameId]) -> Option<String> {
        let (file, _) = self.files().locate(function);
        let names = path.iter().rev().map(|&name| self.files().name(file, name));
        names.into_iter().find(|&name| name != "table").map(str::to_owned)
    }

    /// Whether a query asks for columns only: `query(Order.id)`, `select(Order.id, Order.state)`.
    #[must_use]
    pub fn brings_columns(&self, site: &Site<'_>) -> bool {
        site.receiver.has(Trait::Projected) || self.asks_for_columns(site, usize::MAX)
    }

    /// Whether a query asks for one column: little of each row, however many there are.
    #[must_use]
    pub fn brings_one_column(&self, site: &Site<'_>) -> bool {
        site.receiver.has(Trait::OneColumn) || self.asks_for_columns(site, 1)
    }

    fn asks_for_columns(&self, site: &Site<'_>, most: usize) -> bool {
        let facts = self.facts(site.function);
        let values = self.values(site.function);
        let column = |op: OpId| match facts.op(op).kind {
            OpKind::Attribute(base, _) => matches!(values[base.index()].kind, Kind::Class(_)),
            _ => false,
        };
        let asks = |op: OpId| match facts.op(op).kind {
            OpKind::Call { args, .. } => {
                let args = facts.list(args);
                !args.is_empty() && args.len() <= most && args.iter().all(|arg| column(arg.value))
            }
            _ => false,
        };
        let described = self.described(site.function);
        let runs = |op: OpId| described.iter().any(|(at, act)| *at == op && act.behaviour.sql.is_some());
        let selects = |arg: &crate::facts::Operand| first_call(facts, arg.value).is_some_and(asks);
        let mut at = site.op;
        for _ in 0..LINKS {
            let next = match facts.op(at).kind {
                OpKind::Name(name) => last_store(facts, name, at),
                // `scalars(select(Order.id))`
                OpKind::Call { args, .. } if runs(at) && facts.list(args).iter().any(selects) => return true,
                // Conditions and orders are made of columns too: the first call of a chain selects.
                _ if asks(at) && is_first(facts, at) => return true,
                _ => chain_base(facts, at),
            };
            match next {
                Some(next) => at = next,
                None => return false,
            }
        }
        false
    }
}

/// The first call of the chain that a value is made by.
fn first_call(facts: &Function, value: OpId) -> Option<OpId> {
    let chain = std::iter::successors(Some(value), |&op| chain_base(facts, op));
    chain.filter(|&op| matches!(facts.op(op).kind, OpKind::Call { .. })).last()
}

/// Whether a call is the first of its chain.
fn is_first(facts: &Function, call: OpId) -> bool {
    chain_base(facts, call).is_none_or(|callee| !is_called_on_value(facts, callee))
}

/// Whether an attribute is the method that a call calls, also with type arguments.
fn is_method(facts: &Function, op: OpId) -> bool {
    facts.ops.iter().any(|other| match other.kind {
        OpKind::Call { callee, .. } => callee == op || matches!(facts.op(callee).kind, OpKind::Index(method, _) if method == op),
        _ => false,
    })
}

/// Whether what is called hangs on the result of another call.
fn is_called_on_value(facts: &Function, callee: OpId) -> bool {
    let mut at = chain_base(facts, callee);
    while let Some(op) = at {
        if matches!(facts.op(op).kind, OpKind::Call { .. }) {
            return true;
        }
        at = chain_base(facts, op);
    }
    false
}
