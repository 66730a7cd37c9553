//! Which methods of a view do its routes name? A route may map verbs to methods, and leave out the one that lists.

use crate::facts::{Literal, OpId, OpKind};
use crate::link::project::Project;
use crate::link::values::value::{ClassRef, FnId, Kind, Value};
use crate::models::schema::Lists;

impl Project {
    /// Whether every route of a view says which methods it calls, and none of them is the one that lists:
    /// `Orders.as_view({"get": "retrieve"})`.
    pub(super) fn is_routed_past(&self, view: ClassRef, lists: &Lists) -> bool {
        let Some((maps, answers)) = lists.maps.as_ref().zip(lists.answers.as_ref()) else { return false };
        let mut routes = self.functions().flat_map(|function| self.routes_of(function, view, maps, answers)).peekable();
        routes.peek().is_some() && routes.all(|lists| !lists)
    }

    /// For each mention of a view in a function as a value that is handed on, whether that may list.
    fn routes_of(&self, function: FnId, view: ClassRef, maps: &str, answers: &str) -> Vec<bool> {
        let facts = self.facts(function);
        let values = self.values(function);
        let (file, _) = self.files().locate(function);
        let is_view =
            |op: OpId| matches!(values[op.index()], Value { kind: Kind::Class(ty), .. } if ty.base.project() == Some(view));
        let says = |op: OpId| match facts.op(op).kind {
            OpKind::Literal(Literal::Text(text)) => self.files().name(file, text) == answers,
            _ => true,
        };
        let mention = |op: &OpKind| match *op {
            OpKind::Call { callee, args } => match facts.op(callee).kind {
                OpKind::Attribute(base, name) if is_view(base) && self.files().name(file, name) == maps => {
                    let map = facts.list(args).iter().find(|arg| arg.name.is_none());
                    Some(map.is_none_or(|map| match facts.op(map.value).kind {
                        OpKind::Construct(_, parts) => facts.list(parts).iter().any(|part| says(part.value)),
                        _ => true,
                    }))
                }
                // Handed to a router, which names them all.
                _ => facts.list(args).iter().any(|arg| is_view(arg.value)).then_some(true),
            },
            OpKind::Construct(_, parts) => facts.list(parts).iter().any(|part| is_view(part.value)).then_some(true),
            _ => None,
        };
        facts.ops.iter().filter_map(|op| mention(&op.kind)).collect()
    }
}
