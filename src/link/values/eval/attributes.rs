//! Names at the head of Rust's attributes: macros are apart from functions, so `#[get("/")] async fn get()` names what is imported.

use super::super::value::{Kind, Value};
use super::Eval;
use crate::facts::{NameId, OpId, OpKind};
use crate::lang::Language;

impl Eval<'_, '_> {
    /// The value of a name read at `op`, which is that of a macro where it heads the attribute of a function.
    pub(super) fn as_attribute(&self, op: OpId, name: NameId, value: Value) -> Value {
        let is_function = self.language == Language::Rust && matches!(value.kind, Kind::Function(_));
        if !is_function || !self.heads_attribute(op) {
            return value;
        }
        let world = self.world;
        let imports = &world.files.get(self.file).facts.imports;
        let mut named = (0..imports.len()).filter(|&at| imports[at].name == Some(name));
        let imported = named.find_map(|at| {
            let value = world.modules.imported(world.files, world.models, self.module, at, 8);
            matches!(value.kind, Kind::External(_)).then_some(value)
        });
        let text = self.name(name);
        let outside = || {
            let globs = &world.modules.all[self.module.index()].outside;
            globs.iter().find_map(|&node| world.models.child(node, text)).map(|node| Value::of(Kind::External(node)))
        };
        imported.or_else(outside).unwrap_or(value)
    }

    fn heads_attribute(&self, op: OpId) -> bool {
        self.world.children[self.id.index()].iter().any(|&child| {
            self.world.files.facts(child).decorators.iter().any(|&decorator| {
                decorator == op || matches!(self.function.op(decorator).kind, OpKind::Call { callee, .. } if callee == op)
            })
        })
    }
}
