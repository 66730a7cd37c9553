//! What is made once however often it is asked for: by a metaclass that keeps the one instance, on an object that keeps a part.

use crate::facts::{OpId, OpKind, Target};
use crate::link::names::classes::is_receiver;
use crate::link::project::{Project, Site};
use crate::link::values::flows::taint;
use crate::link::values::value::{ClassRef, FnId, Kind};

impl Project {
    /// Whether a construction gives the one instance of its class: a metaclass or `__new__` of the project makes it only when it
    /// has none.
    #[must_use]
    pub fn makes_single(&self, site: &Site<'_>) -> bool {
        let OpKind::Call { callee, .. } = self.facts(site.function).op(site.op).kind else { return false };
        match self.values(site.function)[callee.index()].kind {
            Kind::Class(ty) => ty.base.project().is_some_and(|class| {
                let makes_once = |class: &ClassRef| self.is_made_once(*class);
                self.classes.lineage(class).0.iter().any(makes_once)
            }),
            _ => false,
        }
    }

    /// Whether an object keeps something that was got from the value of `op`: `self.channel = connection.channel()`.
    #[must_use]
    pub fn is_drawn_from_later(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        let tainted = taint(facts, |at| at == op);
        facts.ops.iter().any(|next| match next.kind {
            OpKind::Store { target: Target::Attribute(base, _), value, .. } => is_receiver(facts, base) && tainted[value.index()],
            _ => false,
        })
    }
}
