//! Where does a value come from? Written down so that two that come from the same place read the same.

use super::flows::last_store;
use super::value::{FnId, Kind, Slot};
use crate::facts::{Construct, Literal, OpId, OpKind};
use crate::link::project::Project;

/// How many steps an origin may take.
const DEEP: u32 = 8;

impl Project {
    /// Where a value comes from: a constant, a setting, a variable of the environment. `None` when it depends on the caller, or
    /// nobody can tell.
    #[must_use]
    pub fn origin(&self, function: FnId, op: OpId) -> Option<String> {
        self.origin_within(function, op, 0)
    }

    fn origin_within(&self, function: FnId, op: OpId, depth: u32) -> Option<String> {
        if depth > DEEP {
            return None;
        }
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let text = |name| self.files().name(file, name);
        let inner = |op: OpId| self.origin_within(function, op, depth + 1);
        match facts.op(op).kind {
            OpKind::Literal(Literal::Text(name)) => Some(format!("{:?}", text(name))),
            OpKind::Literal(Literal::Int(number)) => Some(number.to_string()),
            OpKind::Literal(Literal::Bool(truth)) => Some(truth.to_string()),
            OpKind::Literal(Literal::None) => Some("none".to_owned()),
            OpKind::Await(of) | OpKind::Try(of) => inner(of),
            OpKind::Attribute(base, name) => match self.values(function)[op.index()].slot {
                Some(slot @ Slot::Global(_)) => Some(format!("{slot:?}")),
                _ => Some(format!("{}.{}", inner(base)?, text(name))),
            },
            OpKind::Index(base, key) => Some(format!("{}[{}]", inner(base)?, inner(key)?)),
            OpKind::Call { callee, args } => {
                let args: Option<Vec<String>> = facts.list(args).iter().map(|arg| inner(arg.value)).collect();
                Some(format!("{}({})", inner(callee)?, args?.join(", ")))
            }
            OpKind::Construct(Construct::Text, parts) => {
                let parts: Option<Vec<String>> = facts.list(parts).iter().map(|part| inner(part.value)).collect();
                Some(parts?.concat())
            }
            OpKind::Name(name) => {
                if facts.params.iter().any(|param| param.name == name) {
                    return None;
                }
                match last_store(facts, name, op).filter(|&stored| stored < op) {
                    Some(stored) => inner(stored),
                    None => self.named_origin(function, op, text(name)),
                }
            }
            _ => None,
        }
    }

    /// A name that the function does not bind: a variable of a module, something imported.
    fn named_origin(&self, function: FnId, op: OpId, name: &str) -> Option<String> {
        let value = self.values(function)[op.index()];
        match (value.slot, value.kind) {
            (Some(slot @ (Slot::Global(_) | Slot::Stored(_))), _) => {
                // Another module's name for the same setting.
                Some(format!("{slot:?}"))
            }
            (_, Kind::External(node)) => Some(format!("outside {}", node.0)),
            (_, Kind::Function(id)) => Some(format!("function {}", id.index())),
            (_, Kind::Class(ty)) => Some(format!("class {:?}", ty.base)),
            (_, Kind::Module(module)) => Some(format!("module {}", module.index())),
            (_, Kind::Text(file, text)) => Some(format!("{:?}", self.files().name(file, text))),
            // What is imported from a library without a model goes by its name.
            _ => self.imports(function, name).then(|| format!("imported {name}")),
        }
    }

    /// Whether the file of a function imports something under `name`.
    fn imports(&self, function: FnId, name: &str) -> bool {
        let data = self.files().get(self.files().locate(function).0);
        data.facts.imports.iter().any(|import| {
            let bound = import.name.or_else(|| import.path.last().copied());
            bound.is_some_and(|bound| data.facts.names.get(bound) == name)
        })
    }
}
