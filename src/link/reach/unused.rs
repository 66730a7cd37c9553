//! Is this code dead? A function that nobody calls and whose name stands nowhere else in the project.

use crate::facts::{Literal, OpId, OpKind};
use crate::link::project::Project;
use crate::link::values::value::FnId;

impl Project {
    /// Whether no code of the project leads to a function: nothing calls it or what calls it, and nothing says its name. What a
    /// framework or a base class may call does not count as dead, nor does anything in a project without known entry points.
    #[must_use]
    pub fn is_never_named(&self, function: FnId) -> bool {
        self.paths.serves && self.is_unused(function, 0)
    }

    fn is_unused(&self, function: FnId, depth: u32) -> bool {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let Some(name) = facts.name.map(|name| self.files().name(file, name)) else { return false };
        let parent = facts.parent.map(|parent| &self.files().get(file).facts.functions[parent.index()]);
        let is_plain = |op: &OpId| {
            let path = parent.and_then(|parent| parent.path(*op));
            path.is_some_and(|path| matches!(path.as_slice(), [name] if ["staticmethod", "classmethod", "property"].contains(&self.files().name(file, *name))))
        };
        let handed =
            !facts.decorators.iter().all(is_plain) || name.starts_with("__") || self.may_be_called_from_outside(function);
        if handed || !self.entries.of(function).is_empty() {
            return false;
        }
        let callers: Vec<_> =
            self.graph.to(function).filter(|edge| edge.caller != function && !self.is_test(edge.caller)).collect();
        if callers.is_empty() {
            return !self.is_named(name);
        }
        depth < 3 && callers.into_iter().all(|edge| self.is_unused(edge.caller, depth + 1))
    }

    /// A method that stands in for one of a base class, interface or trait.
    fn may_be_called_from_outside(&self, function: FnId) -> bool {
        let Some(class) = self.classes.owner[function.index()] else { return false };
        let (file, local) = self.files().locate_class(class);
        let extends = |class: usize| !self.files().get(file).facts.classes[class].bases.is_empty();
        extends(local.index()) || self.implements(function)
    }

    fn implements(&self, function: FnId) -> bool {
        let (file, local) = self.files().locate(function);
        self.files().get(file).facts.impls.iter().any(|block| block.interface.is_some() && block.methods.contains(&local))
    }

    /// Whether a name is used anywhere but in tests: read, called, or written in a string.
    fn is_named(&self, wanted: &str) -> bool {
        self.files().iter().filter(|(file, _)| !self.is_test(self.module_body(*file))).any(|(_, data)| {
            let Some((id, _)) = data.facts.names.iter().find(|(_, name)| *name == wanted) else { return false };
            data.facts.functions.iter().flat_map(|function| &function.ops).any(|op| match op.kind {
                OpKind::Name(name) | OpKind::Attribute(_, name) | OpKind::Literal(Literal::Text(name)) => name == id,
                _ => false,
            })
        })
    }
}
