//! The text of a path where it is registered: constants, and texts that are put together from them.

use super::UNTOLD;
use crate::facts::{Construct, OpId, OpKind, Operator};
use crate::link::Project;
use crate::link::values::eval::How;
use crate::link::values::flows::last_store;
use crate::link::values::value::{FnId, Kind};

/// How many steps a text is followed through names, parts and callers.
const DEEP: u32 = 8;

impl Project {
    /// The text at an operation; what only a run can tell stands as an ellipsis.
    pub(super) fn route_text(&self, function: FnId, op: OpId) -> String {
        self.path_within(function, op, 0)
    }

    fn path_within(&self, function: FnId, op: OpId, depth: u32) -> String {
        let untold = || UNTOLD.to_owned();
        if depth > DEEP {
            return untold();
        }
        if let Some(text) = self.text_at(function, op) {
            return text;
        }
        let facts = self.facts(function);
        let inner = |op: OpId| self.path_within(function, op, depth + 1);
        match facts.op(op).kind {
            OpKind::Construct(Construct::Text, parts) => {
                facts.list(parts).iter().map(|part| inner(part.value)).collect::<String>().replace(&UNTOLD.repeat(2), UNTOLD)
            }
            // Several paths of one route.
            OpKind::Construct(Construct::List | Construct::Tuple, parts) if parts.len > 0 => {
                facts.list(parts).iter().map(|part| inner(part.value)).collect::<Vec<_>>().join("|")
            }
            OpKind::Operate(Operator::Add, left, right) => inner(left) + &inner(right),
            OpKind::Name(name) => match last_store(facts, name, op).filter(|&stored| stored < op) {
                Some(stored) => inner(stored),
                None => self.handed(function, op, depth).unwrap_or_else(untold),
            },
            OpKind::Param(_) => self.handed(function, op, depth).unwrap_or_else(untold),
            // `&prefix.to_string()`, `prefix.as_str()`
            OpKind::Call { callee, args } if args.len == 0 => match facts.op(callee).kind {
                OpKind::Attribute(base, _) if self.values(function)[base.index()].kind.is_text() => inner(base),
                _ => untold(),
            },
            _ => untold(),
        }
    }

    /// What all callers hand to a function as the parameter that an operation reads.
    fn handed(&self, function: FnId, op: OpId, depth: u32) -> Option<String> {
        let value = self.values(function)[op.index()];
        let param = value.param.filter(|_| !matches!(value.kind, Kind::Function(_)))?;
        let edges = self.graph.to(function).filter(|edge| edge.how == How::Direct && !edge.outside && !edge.guessed);
        let mut texts = edges.map(|edge| {
            let given = self.passed(edge, usize::from(param))?;
            Some(self.path_within(edge.caller, given, depth + 1))
        });
        let first = texts.next()??;
        texts.all(|text| text.as_ref() == Some(&first)).then_some(first)
    }
}
