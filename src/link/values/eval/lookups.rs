//! By which columns does a statement of SQL look rows up, and which does it set to given values? Only what can be read off one
//! table's conditions.

use super::text::{HOLE, column_name, last, statements};
use sqlparser::ast::{BinaryOperator, Expr, FromTable, SetExpr, Statement, TableFactor, TableWithJoins, UnaryOperator, Value};

/// The columns that every row found must fit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Lookup {
    /// The table, in lower case.
    pub table: String,
    /// Columns that are compared with given values, and whether for equality: of a range, many rows may fit.
    pub columns: Vec<(String, bool)>,
}

/// The look-up of the last statement in `text`: a query, update or deletion over one table.
pub(crate) fn sql_lookup(text: &str) -> Option<Lookup> {
    match statements(text)?.pop()? {
        Statement::Query(query) => {
            let SetExpr::Select(select) = *query.body else { return None };
            lookup(&select.from, select.selection.as_ref()?)
        }
        Statement::Update(update) => lookup(std::slice::from_ref(&update.table), update.selection.as_ref()?),
        Statement::Delete(delete) => {
            let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
            lookup(from, delete.selection.as_ref()?)
        }
        _ => None,
    }
}

/// The columns that an update sets to values it is given, and its table in lower case. What its conditions name as well is changed
/// only where it is still the same, and left out.
pub(crate) fn sql_assigned(text: &str) -> Option<Lookup> {
    let Statement::Update(update) = statements(text)?.pop()? else { return None };
    let Lookup { table, columns: asked } = lookup(std::slice::from_ref(&update.table), update.selection.as_ref()?)?;
    let given = |value: &Expr| match value {
        Expr::Value(value) => matches!(value.value, Value::Placeholder(_)),
        Expr::Identifier(name) => name.value == HOLE,
        _ => false,
    };
    let set = update.assignments.iter().filter(|assignment| given(&assignment.value)).filter_map(|assignment| {
        let target = assignment.target.to_string();
        let column = target.rsplit('.').next()?.trim_matches(['"', '`']).to_ascii_lowercase();
        (!asked.iter().any(|(other, _)| *other == column)).then_some((column, true))
    });
    Some(Lookup { table, columns: set.collect() })
}

fn lookup(from: &[TableWithJoins], condition: &Expr) -> Option<Lookup> {
    let [TableWithJoins { relation: TableFactor::Table { name, args: None, .. }, joins }] = from else { return None };
    let mut columns = Vec::new();
    (joins.is_empty() && conjunction(condition, &mut columns)).then_some(())?;
    Some(Lookup { table: last(name)?, columns })
}

/// Note the columns of a conjunction; false when a part of it may find the rows in another way.
fn conjunction(condition: &Expr, columns: &mut Vec<(String, bool)>) -> bool {
    match condition {
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => conjunction(left, columns) && conjunction(right, columns),
        Expr::Nested(inner) => conjunction(inner, columns),
        Expr::BinaryOp { left, op, right } => match op {
            BinaryOperator::Eq => note(left, right, true, columns),
            BinaryOperator::Gt | BinaryOperator::GtEq | BinaryOperator::Lt | BinaryOperator::LtEq => {
                note(left, right, false, columns)
            }
            // Leaves most rows.
            BinaryOperator::NotEq => true,
            _ => false,
        },
        Expr::Between { expr, low, negated: false, .. } => note(expr, low, false, columns),
        Expr::InList { expr, list, negated: false } => list.first().is_some_and(|first| note(expr, first, true, columns)),
        Expr::AnyOp { left, right, .. } => note(left, right, true, columns),
        Expr::IsNull(_)
        | Expr::IsNotNull(_)
        | Expr::IsTrue(_)
        | Expr::IsFalse(_)
        | Expr::IsNotTrue(_)
        | Expr::IsNotFalse(_)
        | Expr::Between { negated: true, .. }
        | Expr::InList { negated: true, .. }
        | Expr::Identifier(_)
        | Expr::UnaryOp { op: UnaryOperator::Not, .. } => !condition.to_string().contains("scalelint"),
        _ => false,
    }
}

/// `column = value`, either way round; a truth value picks too many rows for an index.
fn note(left: &Expr, right: &Expr, exact: bool, columns: &mut Vec<(String, bool)>) -> bool {
    let (column, value) = match (column_name(left), column_name(right)) {
        (Some(column), None) => (column, right),
        (None, Some(column)) => (column, left),
        _ => return false,
    };
    if !matches!(value, Expr::Value(value) if matches!(value.value, Value::Boolean(_))) {
        columns.push((column, exact));
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(sql: &str) -> Option<(String, Vec<(String, bool)>)> {
        sql_lookup(sql).map(|lookup| (lookup.table, lookup.columns))
    }

    #[test]
    fn conjunctions_over_one_table_are_read() {
        let found = |table: &str, columns: &[(&str, bool)]| {
            Some((table.to_owned(), columns.iter().map(|&(name, exact)| (name.to_owned(), exact)).collect()))
        };
        assert_eq!(columns("SELECT * FROM users WHERE email = $1 AND active = true"), found("users", &[("email", true)]));
        assert_eq!(columns("DELETE FROM tokens WHERE expires < now()"), found("tokens", &[("expires", false)]));
        assert_eq!(columns("UPDATE t SET a = 1 WHERE b IN (%s) AND c IS NULL"), found("t", &[("b", true)]));
        assert_eq!(columns("SELECT * FROM a JOIN b ON a.id = b.a WHERE a.x = 1"), None);
        assert_eq!(columns("SELECT * FROM a WHERE x = 1 OR y = 2"), None);
        assert_eq!(columns("SELECT * FROM a WHERE {conditions}"), None);
        assert_eq!(columns("SELECT * FROM a"), None);
    }

    #[test]
    fn columns_that_an_update_sets() {
        let set = |sql: &str| sql_assigned(sql).map(|set| set.columns.into_iter().map(|(name, _)| name).collect::<Vec<_>>());
        assert_eq!(set("UPDATE accounts SET balance = $1, name = 'x' WHERE id = $2"), Some(vec!["balance".to_owned()]));
        assert_eq!(set("update accounts set balance = balance - ?, n = ? where id = ?"), Some(vec!["n".to_owned()]));
        assert_eq!(set("UPDATE accounts SET n = %s WHERE id = %s AND n = %s"), Some(Vec::new()));
        assert_eq!(set("DELETE FROM accounts WHERE id = 1"), None);
    }
}
