//! Does an expression ask for columns of a row only, so that the database could evaluate it?

use super::reductions::project_class;
use crate::facts::{Function, OpId, OpKind, Operator, Target};
use crate::link::project::Project;
use crate::link::values::flows::{last_store, taint};
use crate::link::values::remembered::Values;
use crate::link::values::value::{FnId, Value};
use crate::models::Trait;

/// Methods of plain values that a database has too.
const PLAIN: [&str; 57] = [
    "lower",
    "upper",
    "casefold",
    "strip",
    "startswith",
    "endswith",
    "get",
    "date",
    "isoformat",
    "format",
    "as_str",
    "as_ref",
    "as_deref",
    "is_some",
    "is_none",
    "is_empty",
    "unwrap_or",
    "unwrap_or_default",
    "unwrap",
    "clone",
    "to_string",
    "to_lowercase",
    "to_uppercase",
    "to_ascii_lowercase",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "cmp",
    "partial_cmp",
    "total_cmp",
    "then",
    "then_with",
    "reverse",
    "contains",
    "starts_with",
    "ends_with",
    "eq_ignore_ascii_case",
    "trim",
    "is_some_and",
    "map_or",
    "is_none_or",
    "abs",
    "into",
    "copied",
    "to_owned",
    "as_bytes",
    "date_naive",
    "timestamp",
    "unwrap_or_else",
    "total_seconds",
    "replace",
    "expect",
    "cloned",
    "deref",
];

/// Built-in functions that a database has too.
const BUILT_IN: [&str; 10] = ["str", "int", "float", "abs", "bool", "round", "max", "min", "Some", "Reverse"];

/// One function, asked about its expressions.
pub(crate) struct Columns<'p> {
    project: &'p Project,
    function: FnId,
    facts: &'p Function,
    values: std::cell::OnceCell<Values>,
}

impl<'p> Columns<'p> {
    pub(crate) fn new(project: &'p Project, function: FnId) -> Self {
        Self { project, function, facts: project.facts(function), values: std::cell::OnceCell::new() }
    }

    fn name(&self, name: crate::facts::NameId) -> &'p str {
        let files = self.project.files();
        files.name(files.locate(self.function).0, name)
    }

    fn value(&self, op: OpId) -> Value {
        self.values.get_or_init(|| self.project.values(self.function))[op.index()]
    }

    /// Whether `op`, as far as it derives from a row, is made of columns, constants and operators. `from` is where rows come in.
    pub(crate) fn is_plain(&self, tainted: &[bool], from: OpId, op: OpId) -> bool {
        let touched = |at: OpId| at >= from && tainted[at.index()];
        let mut waiting = vec![op];
        while let Some(at) = waiting.pop() {
            if !touched(at) {
                continue;
            }
            match self.facts.op(at).kind {
                OpKind::Name(name) => {
                    let stored = last_store(self.facts, name, at).filter(|stored| *stored >= from);
                    waiting.extend(stored.filter(|stored| !matches!(self.facts.op(*stored).kind, OpKind::Element(_))));
                }
                OpKind::Attribute(base, name) => {
                    if self.is_computed(base, name) || at == op && self.is_related_row(at) {
                        return false;
                    }
                    waiting.push(base);
                }
                // A key inside a column: what lies there may not be known to the database.
                OpKind::Index(base, key) if touched(key) || !self.is_row(base) => return false,
                OpKind::Operate(Operator::In | Operator::NotIn, left, right) => {
                    if touched(right) && !matches!(self.facts.op(right).kind, OpKind::Call { .. }) || self.is_gathered(right) {
                        return false;
                    }
                    waiting.extend([left, right]);
                }
                OpKind::Operate(_, left, right) => waiting.extend([left, right]),
                OpKind::Choose(parts) | OpKind::Construct(_, parts) => {
                    waiting.extend(self.facts.list(parts).iter().map(|part| part.value));
                }
                OpKind::Element(of) | OpKind::Enter(of, _) | OpKind::Try(of) => waiting.push(of),
                // What asks a cache or another service cannot be asked by the database.
                OpKind::Call { .. } if self.project.sites_in(self.function).any(|site| site.op == at) => return false,
                OpKind::Call { callee, args } => {
                    let args = self.facts.list(args);
                    match self.facts.op(callee).kind {
                        OpKind::Attribute(base, name) if PLAIN.contains(&self.name(name)) => {
                            if self.is_computed(base, name) || self.name(name) == "get" && !self.is_row(base) {
                                return false;
                            }
                            waiting.push(base);
                        }
                        OpKind::Name(name) if BUILT_IN.contains(&self.name(name)) => {}
                        _ => return false,
                    }
                    waiting.extend(args.iter().map(|arg| arg.value));
                }
                OpKind::Await(_) | OpKind::Closure(_) | OpKind::Opaque => return false,
                _ => {}
            }
        }
        true
    }

    /// Whether a value is a function of rows that asks for their columns only; what is no function decides nothing.
    pub(crate) fn is_plain_function(&self, op: OpId) -> bool {
        match self.facts.op(op).kind {
            OpKind::Closure(local) => {
                let files = self.project.files();
                let function = files.function(files.locate(self.function).0, local);
                let inner = Columns::new(self.project, function);
                let tainted = taint(inner.facts, |at| matches!(inner.facts.op(at).kind, OpKind::Param(_)));
                let returned = inner.facts.ops.iter().filter_map(|op| match op.kind {
                    OpKind::Return(value) => Some(value),
                    _ => None,
                });
                returned.into_iter().all(|value| inner.is_plain(&tainted, OpId::from_index(0), value))
            }
            OpKind::Literal(_) => true,
            // `itemgetter("price")`, `attrgetter("price")`.
            OpKind::Call { callee, .. } => match self.facts.op(callee).kind {
                OpKind::Name(name) | OpKind::Attribute(_, name) => self.name(name).ends_with("getter"),
                _ => false,
            },
            _ => false,
        }
    }

    /// An attribute that the project computes: a property, a method, or the rows of a relation.
    fn is_computed(&self, base: OpId, name: crate::facts::NameId) -> bool {
        let Some(class) = project_class(self.value(base).kind) else { return false };
        let name = self.name(name);
        let related = |field| {
            let value: Value = self.project.state.field(field);
            value.has(Trait::Related) || value.model_type().is_some_and(|ty| self.project.models().ty(ty).iterate.is_some())
        };
        self.project.classes.method(class, name).is_some() || self.project.classes.field(class, name).is_some_and(related)
    }

    /// `if row.owner`: a row of another table, loaded to see whether it is there.
    fn is_related_row(&self, op: OpId) -> bool {
        let classes = &self.project.classes;
        let entity = |class| classes.inherits(self.project.models(), class, |ty| ty.entity);
        let by_key = match self.facts.op(op).kind {
            OpKind::Attribute(base, name) => {
                let key = format!("{}_id", self.name(name));
                project_class(self.value(base).kind).is_some_and(|class| classes.field(class, &key).is_some())
            }
            _ => false,
        };
        by_key || project_class(self.value(op).kind).is_some_and(entity)
    }

    /// Whether a value is known to be text.
    pub(crate) fn is_text(&self, op: OpId) -> bool {
        self.value(op).kind.is_text()
    }

    /// The row itself and not one of its columns.
    fn is_row(&self, op: OpId) -> bool {
        matches!(self.facts.op(op).kind, OpKind::Name(_) | OpKind::Element(_) | OpKind::Enter(_, _))
    }

    /// A collection that the function fills as it goes: whether something was seen before depends on the order of rows.
    fn is_gathered(&self, op: OpId) -> bool {
        let OpKind::Name(name) = self.facts.op(op).kind else { return false };
        self.facts.ops.iter().any(|op| match op.kind {
            OpKind::Attribute(base, method) => {
                let same = matches!(self.facts.op(base).kind, OpKind::Name(other) if other == name);
                same && matches!(self.name(method), "add" | "append" | "insert" | "push" | "update")
            }
            OpKind::Store { target: Target::Item(base, _), .. } => {
                matches!(self.facts.op(base).kind, OpKind::Name(other) if other == name)
            }
            _ => false,
        })
    }
}
