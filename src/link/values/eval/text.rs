//! SQL in strings: composed from constants and parts known only at run time, then read by a parser. Never guessed from words.

use super::super::value::{Kind, Value};
use super::Eval;
use crate::facts::{OpId, OpKind, Operand};
use crate::link::data::tables::Tables;
use crate::models::{Trait, Traits};
use sqlparser::ast::{
    BinaryOperator, Expr, FunctionArguments, GroupByExpr, JoinConstraint, JoinOperator, LimitClause, ObjectNamePart, Query,
    SelectItem, SetExpr, Statement, TableFactor,
};
use sqlparser::dialect::{Dialect, GenericDialect, MsSqlDialect};
use sqlparser::parser::Parser;

/// Stands for a part of a statement that only the run knows.
pub(super) const HOLE: &str = "scalelint_hole";

impl Eval<'_, '_> {
    /// A string made from parts.
    pub(super) fn composed_text(&self, parts: &[Operand]) -> Value {
        let mut sql = String::new();
        for part in parts {
            match self.value(part.value).kind {
                Kind::Text(file, name) => sql.push_str(self.world.files.name(file, name)),
                _ => sql.push_str(HOLE),
            }
        }
        Value { traits: sql_traits(&sql, self.world.tables), ..Value::of(Kind::AnyText) }
    }

    /// `a + b`, `a % b` of strings. What is appended at run time may bound the rows, so then we say nothing of them.
    pub(super) fn joined_text(&self, left: OpId, right: OpId) -> Value {
        let mut sql = String::new();
        let whole = self.append_text(left, &mut sql, 0) && self.append_text(right, &mut sql, 0);
        let traits = sql_traits(&sql, self.world.tables);
        let traits = if whole { traits } else { traits.with(Trait::Limited) };
        Value { traits, ..Value::of(Kind::AnyText) }
    }

    /// Append the constant text of `op`; false when it has parts that only the run knows.
    fn append_text(&self, op: OpId, sql: &mut String, depth: u32) -> bool {
        if let Kind::Text(file, name) = self.value(op).kind {
            sql.push_str(self.world.files.name(file, name));
            return true;
        }
        match self.function.op(op).kind {
            OpKind::Operate(_, left, right) if depth < 32 => {
                let left = self.append_text(left, sql, depth + 1);
                self.append_text(right, sql, depth + 1) && left
            }
            _ => false,
        }
    }
}

/// The tables that a statement names, by their last name in lower case.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Touched {
    /// Rows are added to this one.
    Filled {
        /// Which.
        table: String,
        /// A column refers to rows of another table, as its name says: `customer_id`.
        owned: bool,
    },
    /// Rows are read from these.
    Read(Vec<String>),
}

/// The tables of the last statement in `text`; `None` for what is no SQL or does something else.
pub(crate) fn sql_tables(text: &str) -> Option<Touched> {
    match statements(text)?.pop()? {
        Statement::Insert(insert) => match &insert.table {
            sqlparser::ast::TableObject::TableName(name) => Some(Touched::Filled {
                table: last(name)?,
                owned: insert.columns.iter().any(|column| column.to_string().trim_matches('"').ends_with("_id")),
            }),
            _ => None,
        },
        Statement::Query(query) => {
            let SetExpr::Select(select) = &*query.body else { return None };
            let joined = select
                .from
                .iter()
                .flat_map(|table| [&table.relation].into_iter().chain(table.joins.iter().map(|join| &join.relation)));
            let names: Option<Vec<String>> = joined
                .map(|table| match table {
                    TableFactor::Table { name, .. } => last(name),
                    _ => None,
                })
                .collect();
            names.filter(|names| !names.is_empty()).map(Touched::Read)
        }
        _ => None,
    }
}

/// What a statement is known to be; nothing when it is no SQL or cannot be read.
pub(super) fn sql_traits(text: &str, tables: &Tables) -> Traits {
    // `%{word}%`, a pattern; not `%s`, a place to be filled.
    let pattern = |rest: &str| rest.starts_with(HOLE) || !rest.is_empty() && !rest.starts_with(['s', '(', 'd', 'i']);
    if text.strip_prefix('%').is_some_and(pattern) {
        return Traits::NONE.with(Trait::Unanchored);
    }
    let trimmed = text.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
    let dedicated = ["listen ", "copy ", "create database", "drop database", "vacuum", "set session", "start_rep", "reindex"];
    let begins =
        |words: &&str| trimmed.as_bytes().get(..words.len()).is_some_and(|head| head.eq_ignore_ascii_case(words.as_bytes()));
    if dedicated.iter().any(begins) {
        return Traits::NONE.with(Trait::Understood).with(Trait::Writes).with(Trait::Dedicated);
    }
    statements(text).and_then(|statements| statements.last().map(|last| statement_traits(last, tables))).unwrap_or(Traits::NONE)
}

/// The statements of a text; `None` when it is no SQL or cannot be read.
pub(super) fn statements(text: &str) -> Option<Vec<Statement>> {
    let trimmed = text.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
    let starts = ["select", "insert", "update", "delete", "with ", "with\n", "replace", "merge "];
    // Every string of the project is asked.
    let begins =
        |word: &&str| trimmed.as_bytes().get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes()));
    if text.len() > 64 * 1024 || !starts.iter().any(begins) {
        return None;
    }
    let readable = placeholders(text);
    let dialect: &dyn Dialect = if head_has_top(&readable) { &MsSqlDialect {} } else { &GenericDialect {} };
    Parser::new(dialect).with_recursion_limit(40).try_with_sql(&readable).and_then(|mut p| p.parse_statements()).ok()
}

/// `SELECT TOP 10 ..`, which only one dialect reads.
fn head_has_top(sql: &str) -> bool {
    let mut words = sql.split_whitespace().map(str::to_ascii_lowercase);
    words.next().as_deref() == Some("select") && words.next().is_some_and(|word| word == "top" || word.starts_with("top("))
}

/// Drivers' placeholders (`%s`, `%(name)s`, `{name}`, `:name`) in a form that every dialect reads.
fn placeholders(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(at) = rest.find(['%', '{']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let end = if from.starts_with("%s") {
            Some(2)
        } else if from.starts_with("%(") {
            from.find(")s").map(|end| end + 2)
        } else if from.starts_with('{') {
            from.find('}').map(|end| end + 1)
        } else {
            None
        };
        match end {
            Some(end) => {
                out.push_str(HOLE);
                rest = &from[end..];
            }
            None => {
                out.push_str(&from[..1]);
                rest = &from[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn statement_traits(statement: &Statement, tables: &Tables) -> Traits {
    let known = Traits::NONE.with(Trait::Understood);
    match statement {
        Statement::Query(query) => {
            let locks = if query.locks.is_empty() { Traits::NONE } else { Traits::NONE.with(Trait::Claimed) };
            known.union(query_traits(query, tables)).union(locks).union(lock_traits(statement))
        }
        // A row that is there already is left or changed, not doubled.
        Statement::Insert(insert) if insert.on.is_none() && insert.or.is_none() && !insert.ignore => {
            known.with(Trait::Writes).with(Trait::Creates)
        }
        Statement::Update(update) if update.assignments.iter().any(refers_to_itself) => {
            known.with(Trait::Writes).with(Trait::Accumulates)
        }
        _ => known.with(Trait::Writes),
    }
}

/// `cents = cents * 2`.
fn refers_to_itself(assignment: &sqlparser::ast::Assignment) -> bool {
    let target = assignment.target.to_string().to_ascii_lowercase();
    let column = target.rsplit('.').next().unwrap_or(&target);
    matches!(assignment.value, Expr::BinaryOp { .. } | Expr::Nested(_))
        && assignment
            .value
            .to_string()
            .to_ascii_lowercase()
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|word| word == column)
}

/// Advisory locks of the database: every instance sees them, and they belong to the connection.
fn lock_traits(statement: &Statement) -> Traits {
    let text = statement.to_string().to_ascii_lowercase();
    let locks =
        ["pg_advisory_lock(", "pg_try_advisory_lock(", "pg_advisory_xact_lock(", "pg_try_advisory_xact_lock(", "get_lock("];
    if locks.iter().any(|lock| text.contains(lock)) {
        return Traits::NONE.with(Trait::Claimed).with(Trait::Dedicated);
    }
    Traits::NONE
}

fn query_traits(query: &Query, tables: &Tables) -> Traits {
    let mut traits = Traits::NONE;
    let limited = match &query.limit_clause {
        Some(LimitClause::LimitOffset { limit, .. }) => limit.is_some(),
        Some(LimitClause::OffsetCommaLimit { .. }) => true,
        None => false,
    };
    if limited || query.fetch.is_some() {
        traits = traits.with(Trait::Limited);
    }
    body_traits(&query.body, tables).union(traits)
}

fn body_traits(body: &SetExpr, tables: &Tables) -> Traits {
    match body {
        SetExpr::Select(select) => {
            let mut traits = Traits::NONE;
            if select.top.is_some()
                || select.from.is_empty()
                || select.from.iter().all(|table| is_catalogue(&table.relation.to_string()))
                || select.from.iter().any(|table| mentions_hole(&table.to_string()) || calls_function(&table.relation))
            {
                // Without a table there is one row; a table known only at run time may be a whole sub-select.
                traits = traits.with(Trait::Limited);
            }
            let ungrouped = matches!(&select.group_by, GroupByExpr::Expressions(by, _) if by.is_empty());
            if ungrouped && !select.projection.is_empty() && select.projection.iter().all(is_aggregate) {
                traits = traits.with(Trait::Aggregated);
            }
            let reference = select.from.iter().all(|table| is_reference(&table.relation.to_string()));
            if !ungrouped || select.distinct.is_some() {
                traits = traits.with(Trait::Grouped);
            }
            if !ungrouped || reference {
                // As many rows as there are groups: they grow slowly, if at all.
                traits = traits.with(Trait::Filtered);
            }
            let joins = select.from.iter().flat_map(|table| &table.joins).filter_map(|join| joined_on(&join.join_operator));
            if joins.flat_map(conjuncts).any(is_given) {
                // Joined with the part of a table that belongs to something given.
                traits = traits.with(Trait::Filtered);
            }
            let only = only_table(select);
            let unique = |column: &str| only.as_deref().is_some_and(|table| tables.is_unique(table, column));
            select.selection.as_ref().map_or(traits, |condition| traits.union(condition_traits(condition, &unique)))
        }
        SetExpr::Query(query) => query_traits(query, tables),
        SetExpr::Values(_) => Traits::NONE.with(Trait::Limited),
        SetExpr::SetOperation { left, right, .. } => {
            // A union is bounded when both sides are.
            let (left, right) = (body_traits(left, tables), body_traits(right, tables));
            let both = |which| left.has(which) && right.has(which);
            [Trait::Limited, Trait::Keyed, Trait::Aggregated, Trait::Filtered].into_iter().filter(|&which| both(which)).collect()
        }
        _ => Traits::NONE.with(Trait::Writes),
    }
}

/// Views of the server about itself: as many rows as it has databases, tables, roles (PostgreSQL 17, system catalogs; the SQL
/// standard's information schema; SQLite's schema table). Not its sessions, locks and statements, which grow with the load.
fn is_catalogue(table: &str) -> bool {
    let name = table.split_whitespace().next().unwrap_or_default().replace('"', "").to_ascii_lowercase();
    let grows = ["pg_stat_activity", "pg_locks", "pg_stat_statements"].iter().any(|view| name.ends_with(view));
    let bare = name.strip_prefix("pg_catalog.").unwrap_or(&name);
    !grows && (bare.starts_with("pg_") || name.starts_with("information_schema.") || bare.starts_with("sqlite_"))
}

/// Tables that are short by what they list.
fn is_reference(table: &str) -> bool {
    let name = table.split_whitespace().next().unwrap_or_default().rsplit('.').next().unwrap_or_default().trim_matches('"');
    let word = name.rsplit('_').next().unwrap_or(name).to_ascii_lowercase();
    [
        "countries",
        "country",
        "currencies",
        "currency",
        "languages",
        "roles",
        "plans",
        "permissions",
        "settings",
        "timezones",
        "units",
    ]
    .contains(&word.as_str())
}

/// Rows that a function of the database returns: how many is its matter.
fn calls_function(table: &TableFactor) -> bool {
    matches!(table, TableFactor::Table { args: Some(_), .. } | TableFactor::Function { .. } | TableFactor::TableFunction { .. })
}

/// An alias in a table's place may be a clause that the run fills in.
fn mentions_hole(table: &str) -> bool {
    table.split_whitespace().skip(1).any(|word| word.contains(HOLE))
}

fn is_aggregate(item: &SelectItem) -> bool {
    let (SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) = item else { return false };
    contains_aggregate(expr)
}

fn contains_aggregate(expr: &Expr) -> bool {
    const AGGREGATES: [&str; 14] = [
        "count",
        "sum",
        "min",
        "max",
        "avg",
        "exists",
        "bool_and",
        "bool_or",
        "string_agg",
        "array_agg",
        "json_agg",
        "jsonb_agg",
        "group_concat",
        "total",
    ];
    match expr {
        Expr::Function(function) => {
            let last = function.name.0.last().and_then(ObjectNamePart::as_ident);
            let name = last.map(|name| name.value.to_ascii_lowercase()).unwrap_or_default();
            let aggregates = AGGREGATES.contains(&name.as_str()) && function.over.is_none();
            aggregates
                || (matches!(&function.args, FunctionArguments::List(list) if list.args.iter().any(|arg| arg.to_string().contains("count("))))
        }
        Expr::BinaryOp { left, right, .. } => contains_aggregate(left) || contains_aggregate(right),
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => contains_aggregate(inner),
        Expr::Exists { .. } => true,
        _ => false,
    }
}

/// The one table of a selection.
fn only_table(select: &sqlparser::ast::Select) -> Option<String> {
    match &*select.from {
        [sqlparser::ast::TableWithJoins { relation: TableFactor::Table { name, .. }, joins }] if joins.is_empty() => last(name),
        _ => None,
    }
}

/// The last part of a table's name, in lower case.
pub(super) fn last(name: &sqlparser::ast::ObjectName) -> Option<String> {
    let part = name.0.last().and_then(ObjectNamePart::as_ident)?;
    Some(part.value.to_ascii_lowercase()).filter(|name| !name.contains(HOLE))
}

/// What a condition leaves; `unique` says which columns of the table are keys of their own.
fn condition_traits(condition: &Expr, unique: &dyn Fn(&str) -> bool) -> Traits {
    match condition {
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            condition_traits(left, unique).union(condition_traits(right, unique))
        }
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => equality_traits(left, right, unique),
        Expr::Nested(inner) => condition_traits(inner, unique),
        Expr::BinaryOp { left, op: BinaryOperator::Or, right } => {
            let either = condition_traits(left, unique).union(condition_traits(right, unique));
            if either.has(Trait::Unanchored) { Traits::NONE.with(Trait::Unanchored) } else { Traits::NONE }
        }
        Expr::Like { pattern, .. } | Expr::ILike { pattern, .. } if begins_with_any(pattern) => {
            Traits::NONE.with(Trait::Unanchored)
        }
        // A window of time or of keys.
        Expr::BinaryOp {
            op: BinaryOperator::Gt | BinaryOperator::GtEq | BinaryOperator::Lt | BinaryOperator::LtEq,
            left,
            ..
        } if column_name(left).as_deref() != Some("rownum") => Traits::NONE.with(Trait::Filtered),
        Expr::Between { negated: false, .. } => Traits::NONE.with(Trait::Filtered),
        // As many rows as a given list has values.
        Expr::AnyOp { .. } | Expr::InList { negated: false, .. } | Expr::InUnnest { negated: false, .. } => {
            Traits::NONE.with(Trait::Filtered).with(Trait::Keyed)
        }
        Expr::InSubquery { negated: false, .. } => Traits::NONE.with(Trait::Filtered),
        // `ROWNUM <= 10`.
        Expr::BinaryOp { left, op: BinaryOperator::LtEq | BinaryOperator::Lt, .. }
            if column_name(left).as_deref() == Some("rownum") =>
        {
            Traits::NONE.with(Trait::Limited)
        }
        // A whole condition that only the run knows.
        Expr::Identifier(name) if name.value.contains(HOLE) => Traits::NONE.with(Trait::Limited),
        _ => Traits::NONE,
    }
}

/// The condition of an inner join.
fn joined_on(join: &JoinOperator) -> Option<&Expr> {
    match join {
        JoinOperator::Join(JoinConstraint::On(condition)) | JoinOperator::Inner(JoinConstraint::On(condition)) => Some(condition),
        _ => None,
    }
}

/// What must all hold.
fn conjuncts(condition: &Expr) -> Vec<&Expr> {
    match condition {
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => [conjuncts(left), conjuncts(right)].concat(),
        Expr::Nested(inner) => conjuncts(inner),
        _ => vec![condition],
    }
}

/// `a.owner_id = $1`, or one of several of those.
fn is_given(condition: &Expr) -> bool {
    let placeholder =
        |expr: &Expr| matches!(expr, Expr::Value(value) if matches!(value.value, sqlparser::ast::Value::Placeholder(_)));
    match condition {
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => placeholder(left) || placeholder(right),
        Expr::BinaryOp { left, op: BinaryOperator::Or, right } => is_given(left) && is_given(right),
        Expr::Nested(inner) => is_given(inner),
        _ => false,
    }
}

/// `'%word%'`, `'%' || $1 || '%'`, `concat('%', $1)`.
fn begins_with_any(pattern: &Expr) -> bool {
    let text = pattern.to_string().to_ascii_lowercase();
    let text = text.strip_prefix("concat(").unwrap_or(&text);
    text.trim_start_matches('(').starts_with("'%")
}

fn equality_traits(left: &Expr, right: &Expr, unique: &dyn Fn(&str) -> bool) -> Traits {
    let column = column_name(left).or_else(|| column_name(right));
    // A word picks a kind or a state, of which nobody can tell how many rows have it.
    let constant = matches!(right, Expr::Value(value) if matches!(value.value, sqlparser::ast::Value::Number(..) | sqlparser::ast::Value::Boolean(_) | sqlparser::ast::Value::Null));
    match column {
        Some(column) if is_key(&column) || unique(&column) => [Trait::Keyed, Trait::One, Trait::Filtered].into_iter().collect(),
        // A constant picks a part that grows with the table.
        Some(column) if constant && !column.ends_with("_id") => Traits::NONE,
        None if constant => Traits::NONE,
        _ => Traits::NONE.with(Trait::Filtered),
    }
}

pub(super) fn column_name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Identifier(name) if !name.value.contains(HOLE) => Some(name.value.to_ascii_lowercase()),
        Expr::CompoundIdentifier(parts) => parts.last().map(|name| name.value.to_ascii_lowercase()),
        _ => None,
    }
}

/// Columns that are a key by universal convention; declared keys come with the schema.
pub(super) fn is_key(column: &str) -> bool {
    matches!(column, "id" | "pk" | "uuid" | "guid" | "_id" | "oid")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(sql: &str) -> Vec<&'static str> {
        let traits = sql_traits(sql, &Tables::default());
        Trait::ALL.iter().filter(|&&which| traits.has(which)).map(|which| which.name()).collect()
    }

    #[test]
    fn tables_are_named() {
        assert_eq!(
            sql_tables("INSERT INTO shop.Users (name) VALUES ($1)"),
            Some(Touched::Filled { table: "users".to_owned(), owned: false })
        );
        assert_eq!(sql_tables("SELECT * FROM a JOIN b ON a.id = b.a"), Some(Touched::Read(vec!["a".to_owned(), "b".to_owned()])));
        assert_eq!(sql_tables("SELECT * FROM (SELECT 1) x"), None);
        assert_eq!(sql_tables("insert coin"), None);
    }

    #[test]
    fn statements_are_read_not_guessed() {
        assert_eq!(says("SELECT * FROM users"), ["understood"]);
        assert_eq!(says("select name from users where id = %s"), ["keyed", "filtered", "understood", "one"]);
        assert_eq!(says("SELECT count(*) FROM users"), ["aggregated", "understood"]);
        assert_eq!(says("SELECT * FROM users WHERE org_id = $1 LIMIT 10"), ["limited", "filtered", "understood"]);
        assert_eq!(says("SELECT * FROM limits WHERE active = true"), ["understood"]);
        assert_eq!(says("UPDATE users SET name = 'select'"), ["understood", "writes"]);
        assert_eq!(says("INSERT OR IGNORE INTO users (id) VALUES (?)"), ["understood", "writes"]);
        assert_eq!(says("select one, two or none of these"), Vec::<&str>::new());
        assert_eq!(says("SELECT * FROM users {where}"), ["limited", "understood"]);
    }
}
