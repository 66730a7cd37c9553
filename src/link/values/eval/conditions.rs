//! Which rows a condition leaves: one, by a key; those of one parent; or a part that grows with the table.

use super::super::value::{Kind, TypeRef, Value};
use super::Eval;
use super::args::Given;
use crate::facts::{Construct, OpId, OpKind, Operand, OperandForm, Operator};
use crate::models::schema::Argument;
use crate::models::{Trait, Traits};

impl Eval<'_, '_> {
    /// Which rows conditions can leave: one, by a key; a part that does not grow with the table; or any number.
    pub(super) fn conditions(&self, args: &[Operand], receiver: Value) -> Traits {
        args.iter().fold(Traits::NONE, |traits, arg| traits.union(self.condition(arg, receiver)))
    }

    fn condition(&self, arg: &Operand, receiver: Value) -> Traits {
        self.condition_rows(arg, receiver).union(self.unanchored(arg))
    }

    /// A look-up that no ordinary index serves: `name__icontains=word`, `name.ilike(pattern)` with a pattern that begins with any
    /// text, also within `Q(..) | Q(..)` and the like.
    fn unanchored(&self, arg: &Operand) -> Traits {
        let found = match arg.name {
            Some(name) => self.name(name).rsplit_once("__").is_some_and(|(_, lookup)| ANYWHERE.contains(&lookup)),
            None => self.looks_anywhere(arg.value, 0),
        };
        if found { Traits::NONE.with(Trait::Unanchored) } else { Traits::NONE }
    }

    fn looks_anywhere(&self, op: OpId, depth: u32) -> bool {
        let function = self.function;
        match function.op(op).kind {
            OpKind::Operate(_, left, right) if depth < 16 => {
                self.looks_anywhere(left, depth + 1) || right != left && self.looks_anywhere(right, depth + 1)
            }
            OpKind::Call { callee, args } if depth < 16 => {
                let args = function.list(args);
                let method = match function.op(callee).kind {
                    OpKind::Attribute(_, name) => self.name(name),
                    _ => "",
                };
                let pattern = || args.first().is_some_and(|arg| self.value(arg.value).has(Trait::Unanchored));
                ANYWHERE.contains(&method)
                    || PATTERNS.contains(&method) && pattern()
                    || args.iter().any(|arg| match arg.name {
                        Some(_) => self.unanchored(arg).has(Trait::Unanchored),
                        None => self.looks_anywhere(arg.value, depth + 1),
                    })
            }
            _ => false,
        }
    }

    fn condition_rows(&self, arg: &Operand, receiver: Value) -> Traits {
        let filtered = Traits::NONE.with(Trait::Filtered);
        let keyed = filtered.with(Trait::Keyed);
        if arg.form != OperandForm::Plain {
            // Conditions that only the run knows.
            return filtered;
        }
        if let Some(name) = arg.name {
            let column = self.name(name);
            let (column, lookup) = column.split_once("__").unwrap_or((column, "exact"));
            let constant = self.is_fixed(arg.value) && !(lookup == "exact" && self.is_kind(arg.value));
            // A constant, a truth value or the absence of one picks a part that grows with the table.
            let narrow = !matches!(lookup, "isnull" | "ne" | "not");
            let entity = receiver.ty().and_then(|ty| ty.first);
            let by_key = lookup == "exact" && self.is_key_column(entity, column);
            return match (lookup == "in", narrow && !constant) {
                _ if by_key => keyed.with(Trait::Limited).with(Trait::One),
                (true, _) => keyed,
                (_, true) => filtered,
                _ if column.ends_with("_id") && narrow => filtered,
                _ => Traits::NONE,
            };
        }
        self.compared(arg.value, 0)
    }

    /// What a condition in the form of a document says of the rows; one that only the run knows narrows them.
    pub(super) fn document(&self, condition: &Argument, args: &[Operand]) -> Traits {
        match self.given(condition, args) {
            Given::Value(op) => self.compared(op, 0),
            Given::Perhaps => Traits::NONE.with(Trait::Filtered),
            Given::Absent => Traits::NONE,
        }
    }

    /// A comparison used as a condition: `User.id == id`, `users::id.eq(id)`, conjunctions of those.
    fn compared(&self, op: OpId, depth: u32) -> Traits {
        let filtered = Traits::NONE.with(Trait::Filtered);
        match self.function.op(op).kind {
            OpKind::Operate(Operator::Equal, left, right) => self.equated(left, right),
            OpKind::Operate(Operator::Order, ..) => filtered,
            OpKind::Operate(Operator::NotEqual | Operator::Is | Operator::IsNot | Operator::Not, ..) => Traits::NONE,
            OpKind::Operate(Operator::And, left, right) if depth < 16 => {
                self.compared(left, depth + 1).union(self.compared(right, depth + 1))
            }
            // One or the other: more than one row, where each leaves one.
            OpKind::Operate(Operator::Arithmetic, left, right) if depth < 16 => {
                self.compared(left, depth + 1).union(self.compared(right, depth + 1)).without(Trait::One)
            }
            OpKind::Call { callee, args } => {
                let callee = self.without_type_arguments(callee);
                let args = self.function.list(args);
                match (self.function.op(callee).kind, args) {
                    (OpKind::Attribute(column, name), [arg]) if self.name(name) == "eq" => self.equated(column, arg.value),
                    // A bare value, not a pattern made around it: the same text in whatever case.
                    (OpKind::Attribute(column, name), [arg])
                        if PATTERNS.contains(&self.name(name))
                            && matches!(self.function.op(arg.value).kind, OpKind::Name(_))
                            && !self.is_pattern(arg.value) =>
                    {
                        self.equated(column, arg.value)
                    }
                    (OpKind::Attribute(column, name), [arg]) => match self.name(name) {
                        // As many rows as a given list has values.
                        "in_" | "eq_any" | "is_in" | "any_" => filtered.with(Trait::Keyed),
                        "contains" => filtered,
                        "and" | "and_" if depth < 16 => {
                            self.compared(column, depth + 1).union(self.compared(arg.value, depth + 1))
                        }
                        "isnot" | "is_not" | "is_" | "gt" | "lt" | "ge" | "le" | "gte" | "lte" | "ne" | "like" | "ilike"
                        | "notin_" | "not_in" => Traits::NONE,
                        _ => filtered,
                    },
                    (OpKind::Attribute(..), []) => Traits::NONE,
                    _ => args.iter().filter(|_| depth < 16).fold(Traits::NONE, |traits, arg| {
                        traits.union(match arg.name {
                            Some(_) => self.condition(arg, Value::UNKNOWN),
                            None => self.compared(arg.value, depth + 1),
                        })
                    }),
                }
            }
            // A condition in the form of a document: `{"_id": {"$in": ids}}`.
            OpKind::Construct(Construct::Map, parts) if depth < 16 => {
                self.function.list(parts).iter().fold(Traits::NONE, |traits, part| {
                    let column = part.name.map_or("", |name| self.name(name));
                    traits.union(match self.function.op(part.value).kind {
                        _ if column == "$in" => filtered.with(Trait::Keyed),
                        OpKind::Construct(Construct::Map, _) if !column.starts_with('$') => self.compared(part.value, depth + 1),
                        _ if matches!(column, "$gt" | "$gte" | "$lt" | "$lte" | "$ne" | "$nin" | "$exists" | "$regex") => {
                            Traits::NONE
                        }
                        _ if super::text::is_key(column) => filtered.with(Trait::Keyed).with(Trait::One),
                        _ if self.is_fixed(part.value) => Traits::NONE,
                        _ => filtered,
                    })
                })
            }
            // `a == x and b == y`, or one of two conditions: whichever it is, it narrows.
            OpKind::Choose(parts) if depth < 16 => {
                let parts = self.function.list(parts).iter();
                parts.fold(Traits::NONE, |traits, part| traits.union(self.compared(part.value, depth + 1))).without(Trait::One)
            }
            OpKind::Name(_) | OpKind::Opaque => filtered,
            _ => Traits::NONE,
        }
    }

    /// A text that was put together, or one with a wildcard.
    fn is_pattern(&self, op: OpId) -> bool {
        match self.value(op).kind {
            Kind::Text(file, name) => self.world.files.name(file, name).contains(['%', '_']),
            Kind::AnyText => true,
            _ => self.value(op).has(Trait::Unanchored),
        }
    }

    /// A constant that stands in the code; what only one caller gives may be another tomorrow.
    fn is_fixed(&self, op: OpId) -> bool {
        let value = self.value(op);
        value.kind.is_constant() && value.param.is_none()
    }

    /// A word that stands in the code: the rows of one kind or in one state, which are often few; how many, nobody can tell.
    fn is_kind(&self, op: OpId) -> bool {
        match self.value(op).kind {
            // No word at all: where something is missing.
            Kind::Text(file, name) => !self.world.files.name(file, name).is_empty(),
            _ => false,
        }
    }

    fn equated(&self, column: OpId, value: OpId) -> Traits {
        let filtered = Traits::NONE.with(Trait::Filtered);
        if let OpKind::Attribute(owner, name) = self.function.op(column).kind {
            let entity = match self.value(owner).kind {
                Kind::Class(ty) | Kind::Instance(ty) => Some(ty.base),
                _ => None,
            };
            if self.is_key_column(entity, self.name(name)) {
                return filtered.with(Trait::Keyed).with(Trait::One);
            }
        }
        // A constant picks a part that grows with the table, but for one parent's part.
        let of_parent = matches!(self.function.op(column).kind, OpKind::Attribute(_, name) if self.name(name).ends_with("_id"));
        if self.is_fixed(value) && !self.is_kind(value) && !of_parent { Traits::NONE } else { filtered }
    }

    /// Whether a column is a key: declared so on its class, or one by universal convention.
    fn is_key_column(&self, entity: Option<TypeRef>, column: &str) -> bool {
        let declared = match entity {
            Some(TypeRef::Project(class)) => {
                self.world.classes.field(class, column).is_some_and(|field| self.world.state.is_unique(field))
            }
            _ => false,
        };
        declared || super::text::is_key(column)
    }
}

/// Look-ups for a text anywhere in a column, as mappers name them. Plain `contains` also asks arrays and documents.
const ANYWHERE: [&str; 4] = ["icontains", "iendswith", "iregex", "regexp_match"];

/// Look-ups by a pattern.
const PATTERNS: [&str; 2] = ["like", "ilike"];
