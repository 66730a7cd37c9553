//! What is made once however often it is asked for: by a metaclass that keeps the one instance, on an object that keeps a part.

use crate::facts::{OpId, OpKind, Target};
use crate::link::names::classes::is_receiver;
use crate::link::project::{Project, Site};
use crate::link::values::flows::taint;
use crate::link::values::value::{ClassRef, FnId, Kind, TypeRef};

impl Project {
    /// Whether a construction gives the one instance of its class: a metaclass or `__new__` of the project makes it only when it
    /// has none.
    #[must_use]
    pub fn makes_single(&self, site: &Site<'_>) -> bool {
        let OpKind::Call { callee, .. } = self.facts(site.function).op(site.op).kind else { return false };
        match self.values(site.function)[callee.index()].kind {
            Kind::Class(ty) => ty.base.project().is_some_and(|class| self.is_single(class)),
            _ => false,
        }
    }

    fn is_single(&self, class: ClassRef) -> bool {
        let keeps = |method: FnId| !self.once[method.index()].is_empty();
        let own = |class: &ClassRef| self.classes.all[class.index()].methods.get("__new__").copied();
        let (lineage, _) = self.classes.lineage(class);
        lineage.iter().any(|class| {
            let by_meta = self.metaclass(*class).and_then(|meta| self.classes.method(meta, "__call__"));
            own(class).is_some_and(keeps) || by_meta.is_some_and(keeps)
        })
    }

    fn metaclass(&self, class: ClassRef) -> Option<ClassRef> {
        let (file, local) = self.files().locate_class(class);
        let facts = &self.files().get(file).facts;
        let info = &facts.classes[local.index()];
        let &(_, op) = info.keywords.iter().find(|(name, _)| facts.names.get(*name) == "metaclass")?;
        match self.values(self.files().function(file, info.parent))[op.index()].kind {
            Kind::Class(ty) => match ty.base {
                TypeRef::Project(meta) => Some(meta),
                TypeRef::Model(_) => None,
            },
            _ => None,
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
