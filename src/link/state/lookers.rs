//! Who else looks at a place: functions of files that import it, and answers that are written instead of returned.

use crate::facts::{Function, OpId, OpKind};
use crate::lang::Language;
use crate::link::names::classes::is_receiver;
use crate::link::project::Project;
use crate::link::values::value::{FnId, Kind, ModuleId, Slot};

/// Methods of a handler object that send the answer.
const ANSWERS: [&str; 5] = ["write", "finish", "render", "write_message", "send_json"];

impl Project {
    /// Functions of other files that look at a variable of a module, as `items` after `from store import items` or as `store.items`.
    pub(crate) fn readers_elsewhere(&self, slot: Slot) -> Vec<FnId> {
        let Slot::Global(global) = slot else { return Vec::new() };
        let info = self.modules.globals[global.index()];
        let home = self.modules.all[info.module.index()].file;
        let text = self.files().name(home, info.name);
        let mut found = Vec::new();
        for (file, data) in self.files().iter().filter(|&(file, data)| file != home && data.language == Language::Python) {
            let module = ModuleId(file.0);
            let brings = |at: usize| {
                let value = self.modules.imported(self.files(), self.models(), module, at, 8);
                value.slot == Some(slot) || value.kind == Kind::Module(info.module)
            };
            if !(0..data.facts.imports.len()).any(brings) {
                continue;
            }
            let bound = data
                .facts
                .imports
                .iter()
                .filter(|import| import.path.last().is_some_and(|&last| self.files().name(file, last) == text));
            let names: Vec<_> = bound.filter_map(|import| import.name).collect();
            let mentions = |function: &Function| {
                function.ops.iter().any(|op| match op.kind {
                    OpKind::Name(name) => names.contains(&name),
                    OpKind::Attribute(_, name) => self.files().name(file, name) == text,
                    _ => false,
                })
            };
            let functions = data.facts.functions.iter().enumerate().filter(|(_, function)| mentions(function));
            let ids = functions.map(|(at, _)| self.files().function(file, crate::facts::FunctionId::from_index(at)));
            found.extend(ids.filter(|&function| !self.looked_at(function, slot).is_empty()));
        }
        found
    }

    /// `self.write(..)` in a handler whose class comes from a library: what it is given is the answer.
    pub(crate) fn is_written_answer(&self, function: FnId, callee: OpId) -> bool {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        match facts.op(callee).kind {
            OpKind::Attribute(base, name) => is_receiver(facts, base) && ANSWERS.contains(&self.files().name(file, name)),
            _ => false,
        }
    }

    /// Whether a function hands on the whole of what a place holds, and not one entry.
    pub(crate) fn hands_on_whole(&self, function: FnId, look: OpId, slot: Slot) -> bool {
        let facts = self.facts(function);
        let named = matches!(facts.op(look).kind, OpKind::Name(_) | OpKind::Attribute(..));
        let held = self.slot_value(slot).ty().map(|ty| ty.base);
        if !named || held.is_none() || self.values(function)[look.index()].ty().map(|ty| ty.base) != held {
            return false;
        }
        facts.ops.iter().any(|op| match op.kind {
            OpKind::Call { args, .. } => facts.list(args).iter().any(|arg| arg.value == look),
            OpKind::Construct(_, parts) => facts.list(parts).iter().any(|part| part.value == look),
            OpKind::Return(of) | OpKind::Element(of) => of == look,
            _ => false,
        })
    }
}
