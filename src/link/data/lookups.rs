//! By which columns does code look rows up, and does an index find them?

use super::tables::Table;
use crate::facts::{Column, Function, Literal, OpId, OpKind, Operand, OperandForm, Operator};
use crate::finding::{Confidence, Place};
use crate::link::Placement;
use crate::link::project::Project;
use crate::link::values::eval::sql_lookup;
use crate::link::values::flows::chain_base;
use crate::link::values::remembered::{Evaluated, Values};
use crate::link::values::value::{ClassRef, FnId, Kind, Value};
use crate::models::{ActId, EntryKind, Trait};
use rustc_hash::FxHashSet;

/// A column without an index by which hot code looks rows up.
#[derive(Debug)]
pub struct Unindexed {
    /// The column, as people write it: `orders.status`, `Order.status`.
    pub column: String,
    /// It holds the key of a row of another table.
    pub refers: bool,
    /// Its declaration.
    pub declared: Place,
    /// The function that looks up.
    pub function: FnId,
    /// The condition, or the call that runs the statement.
    pub op: OpId,
    /// How sure it is that the table grows with use.
    pub sure: Confidence,
}

/// A column that is compared with a given value, and whether for equality: of a range, many rows may fit.
type Compared = (String, bool);

/// Conditions on rows of one entity in one function.
struct Conditions {
    /// Columns compared with given values, for equality or not.
    columns: Vec<(Compared, OpId)>,
    /// The query, for what is known of its table.
    rows: Value,
    /// Some part of what the rows must fit is not known.
    unknown: bool,
}

impl Project {
    /// Columns by which code that is reached looks rows up without an index: each once, with the first look-up.
    #[must_use]
    pub fn unindexed_lookups(&self) -> Vec<Unindexed> {
        let mut seen = FxHashSet::default();
        let looks_up = |(_, act): (OpId, ActId)| {
            let behaviour = &self.act(act).behaviour;
            behaviour.filter || behaviour.sql.is_some()
        };
        let functions = self.functions().filter(|&function| !self.is_test(function) && self.acts(function).iter().any(looks_up));
        let found = functions.flat_map(|function| {
            let evaluated = self.evaluated(function);
            let mut list = self.lookups_by_mapper(function, &evaluated);
            list.extend(self.lookups_by_text(function, &evaluated));
            list
        });
        // Whichever file a function stands in, the same look-up is shown.
        let mut found: Vec<Unindexed> = found.collect();
        found.sort_by_cached_key(|lookup| (self.function_name(lookup.function), lookup.function, lookup.op));
        found.retain(|lookup| seen.insert((lookup.declared.file, lookup.declared.span.start, lookup.column.clone())));
        found
    }

    /// Through conditions on entities: `Order.objects.filter(status=status)`, `select(Order).where(Order.status == status)`.
    fn lookups_by_mapper(&self, function: FnId, evaluated: &Evaluated<'_>) -> Vec<Unindexed> {
        let facts = self.facts(function);
        let Evaluated { acts, values } = evaluated;
        let mut found: Vec<(ClassRef, Conditions)> = Vec::new();
        for (op, call) in facts.tape() {
            let OpKind::Call { callee, args } = call.kind else { continue };
            if !acts.get(&op).is_some_and(|&act| self.act(act).behaviour.filter) {
                continue;
            }
            let before = chain_base(facts, callee).map_or(Value::UNKNOWN, |base| values[base.index()]);
            let entity_of = |value: Value| value.ty().and_then(|ty| self.entity_in(ty));
            let Some(entity) = entity_of(before).or_else(|| entity_of(values[op.index()])) else { continue };
            let at = found.iter().position(|(class, _)| *class == entity).unwrap_or_else(|| {
                // What came in may be a part of the table already.
                let narrowed = [Trait::Filtered, Trait::Keyed, Trait::Limited].iter().any(|&which| before.has(which));
                found.push((
                    entity,
                    Conditions { columns: Vec::new(), rows: before, unknown: narrowed || before.param.is_some() },
                ));
                found.len() - 1
            });
            let conditions = &mut found[at].1;
            conditions.rows = values[op.index()];
            for arg in facts.list(args) {
                let reader = Reader { project: self, function, facts, values, entity };
                match reader.condition(arg, 0) {
                    Some(columns) => conditions.columns.extend(columns.into_iter().map(|column| (column, op))),
                    None => conditions.unknown = true,
                }
            }
        }
        found.into_iter().filter_map(|(entity, conditions)| self.unindexed(function, entity, &conditions)).collect()
    }

    fn unindexed(&self, function: FnId, entity: ClassRef, conditions: &Conditions) -> Option<Unindexed> {
        let table = self.entities().get(entity).filter(|table| !table.partly && !conditions.unknown)?;
        if conditions.columns.iter().any(|((column, _), _)| column_name(table, column).is_none_or(|name| serves(table, name))) {
            return None;
        }
        let many = |((column, exact), op): &(Compared, OpId)| {
            let (column, declared) = table.column(column_name(table, column)?)?;
            (!column.few).then_some(((column, *declared, *exact), *op))
        };
        let found =
            conditions.columns.iter().filter_map(many).max_by_key(|((.., exact), op)| (*exact, std::cmp::Reverse(*op)))?;
        let (found, op) = found;
        self.reported((&self.class_name(entity), found), (function, op), self.grows(conditions.rows))
    }

    /// A look-up that is worth a word: a range only where somebody waits for it, since a job that clears up may read a table.
    fn reported(
        &self,
        (table, (column, declared, exact)): (&str, (&Column, Place, bool)),
        (function, op): (FnId, OpId),
        sure: Confidence,
    ) -> Option<Unindexed> {
        let placement = self.placement(function, op);
        let Placement::Hot(reached) = &placement else { return None };
        let counts = exact || reached.kind == EntryKind::Request;
        (counts && !self.is_for_administrators(function, &placement)).then(|| Unindexed {
            column: format!("{table}.{}", column.name),
            refers: column.refers,
            declared,
            function,
            op,
            sure: if exact { sure } else { sure.min(Confidence::Medium) },
        })
    }

    /// Through statements of SQL: those whose constant text a described call takes.
    fn lookups_by_text(&self, function: FnId, evaluated: &Evaluated<'_>) -> Vec<Unindexed> {
        let facts = self.facts(function);
        let calls = evaluated.acts.iter().filter(|(_, act)| self.act(*act).behaviour.sql.is_some()).map(|(op, _)| op);
        let found = calls.filter_map(|op| {
            let OpKind::Call { args, .. } = facts.op(op).kind else { return None };
            let text = facts.list(args).iter().find_map(|arg| match evaluated.values[arg.value.index()].kind {
                Kind::Text(file, name) => Some(self.files().name(file, name)),
                _ => None,
            })?;
            let lookup = sql_lookup(text)?;
            let table = self.tables.get(&lookup.table).filter(|table| !table.partly)?;
            if lookup.columns.iter().any(|(column, _)| table.column(column).is_none() || serves(table, column)) {
                return None;
            }
            let known = |(name, exact): &Compared| table.column(name).map(|(column, declared)| (column, *declared, *exact));
            let many = lookup.columns.iter().filter_map(known).filter(|(column, ..)| !column.few);
            let found = many.reduce(|one, other| if other.2 && !one.2 { other } else { one })?;
            self.reported((&lookup.table, found), (function, op), self.table_grows(&lookup.table))
        });
        let mut list: Vec<Unindexed> = found.collect();
        list.sort_by_key(|lookup| lookup.op);
        list
    }
}

/// Whether an index finds the rows with a value of this column.
fn serves(table: &Table, column: &str) -> bool {
    matches!(column, "id" | "pk" | "_id") || table.is_indexed(column)
}

/// The column that a condition names: by its own name, or as the key of a relation.
fn column_name<'t>(table: &'t Table, column: &'t str) -> Option<&'t str> {
    let known = |name: &str| table.column(name).is_some() || serves(table, name);
    let stem = || column.strip_suffix("_id").filter(|stem| known(stem));
    if known(column) { Some(column) } else { stem() }
}

/// Reads the conditions on one entity.
struct Reader<'p> {
    project: &'p Project,
    function: FnId,
    facts: &'p Function,
    values: &'p Values,
    entity: ClassRef,
}

impl Reader<'_> {
    /// The columns that every row must fit; `None` when a part of the condition is not known.
    fn condition(&self, arg: &Operand, depth: u32) -> Option<Vec<Compared>> {
        if arg.form != OperandForm::Plain || depth > 12 {
            return None;
        }
        let Some(name) = arg.name else {
            // `get_object_or_404(Order, code=code)`: the entity itself is no condition.
            let is_entity = matches!(self.values[arg.value.index()].kind, Kind::Class(_));
            return if is_entity { Some(Vec::new()) } else { self.expression(arg.value, depth) };
        };
        let (column, lookup) = self.name(name).split_once("__").unwrap_or((self.name(name), "exact"));
        let compared = |exact| if self.is_constant(arg.value) { Vec::new() } else { vec![(column.to_owned(), exact)] };
        match lookup {
            "exact" | "in" | "iexact" => Some(compared(true)),
            "gt" | "gte" | "lt" | "lte" | "range" | "startswith" => Some(compared(false)),
            // No ordinary index serves these, and most rows fit.
            "isnull" | "ne" | "not" | "contains" | "icontains" | "endswith" | "iendswith" | "regex" | "iregex" => {
                Some(Vec::new())
            }
            // Of a related table, or a part of the value.
            _ => None,
        }
    }

    fn expression(&self, op: OpId, depth: u32) -> Option<Vec<Compared>> {
        match self.facts.op(op).kind {
            OpKind::Operate(Operator::Equal, left, right) => self.comparison(left, right, true),
            OpKind::Operate(Operator::Order, left, right) => self.comparison(left, right, false),
            OpKind::Operate(Operator::NotEqual | Operator::Is | Operator::IsNot | Operator::Not, ..) => Some(Vec::new()),
            OpKind::Operate(Operator::And, left, right) => {
                let mut columns = self.expression(left, depth + 1)?;
                columns.extend(self.expression(right, depth + 1)?);
                Some(columns)
            }
            OpKind::Call { callee, args } => {
                let OpKind::Attribute(base, method) = self.facts.op(callee).kind else { return None };
                match self.name(method) {
                    "in_" => self.column(base).map(|column| vec![(column, true)]),
                    "between" | "startswith" => self.column(base).map(|column| vec![(column, false)]),
                    "is_" | "isnot" | "is_not" | "like" | "ilike" | "contains" | "notin_" | "not_in" => {
                        self.column(base).map(|_| Vec::new())
                    }
                    "and_" => self.facts.list(args).iter().try_fold(Vec::new(), |mut columns, arg| {
                        columns.extend(self.condition(arg, depth + 1)?);
                        Some(columns)
                    }),
                    _ => None,
                }
            }
            // A truth value used as a condition.
            OpKind::Attribute(..) => self.column(op).map(|_| Vec::new()),
            _ => None,
        }
    }

    /// `Order.status == status`, either way round.
    fn comparison(&self, left: OpId, right: OpId, exact: bool) -> Option<Vec<Compared>> {
        match (self.column(left), self.column(right)) {
            (Some(column), None) => Some(if self.is_constant(right) { Vec::new() } else { vec![(column, exact)] }),
            (None, Some(column)) => Some(if self.is_constant(left) { Vec::new() } else { vec![(column, exact)] }),
            // Two tables are joined.
            _ => None,
        }
    }

    /// A column of the entity: an attribute of its class.
    fn column(&self, op: OpId) -> Option<String> {
        let OpKind::Attribute(owner, name) = self.facts.op(op).kind else { return None };
        let Kind::Class(ty) = self.values[owner.index()].kind else { return None };
        let class = ty.base.project()?;
        let own = class == self.entity || self.project.classes.lineage(self.entity).0.contains(&class);
        own.then(|| self.name(name).to_owned())
    }

    /// A value that stands in the code is one of a few kinds, of which an index finds too many rows.
    fn is_constant(&self, op: OpId) -> bool {
        let value = self.values[op.index()];
        let member = matches!(self.facts.op(op).kind, OpKind::Attribute(owner, _) if matches!(self.values[owner.index()].kind, Kind::Class(_)));
        value.kind.is_constant() && value.param.is_none()
            || member
            || matches!(
                self.facts.op(op).kind,
                OpKind::Literal(Literal::Bool(_) | Literal::None | Literal::Text(_) | Literal::Int(_))
            )
    }

    fn name(&self, name: crate::facts::NameId) -> &str {
        self.project.files().name(self.project.files().locate(self.function).0, name)
    }
}
