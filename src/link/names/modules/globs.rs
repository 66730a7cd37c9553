//! Where `*` imports lead, and the macros of crates that a root of a crate takes in for all its modules.

use super::{MOST_THROUGH, Modules, REEXPORT_DEPTH};
use crate::lang::Language;
use crate::link::Files;
use crate::link::values::value::{Kind, ModuleId, Value};
use crate::models::{Models, NodeId};

impl Modules {
    /// Follow `*` imports once, so that later look-ups need not: which modules they lead to.
    pub(crate) fn spread_globs(&mut self, files: &Files, models: &Models) {
        let targets: Vec<Vec<Value>> = self.all.iter().enumerate().map(|(at, _)| self.glob_targets(files, models, at)).collect();
        let spread: Vec<_> = (0..self.all.len()).map(|at| self.spread(at, &targets)).collect();
        for (module, (through, outside)) in self.all.iter_mut().zip(spread) {
            (module.through, module.outside) = (through, outside);
        }
        self.spread_macros(files);
    }

    /// `#[macro_use] extern crate rocket;`: the names of whole crates that a root takes in are known in each of its modules.
    fn spread_macros(&mut self, files: &Files) {
        for at in 0..self.all.len() {
            let file = self.all[at].file;
            let root = self.crate_root(file).filter(|root| root.index() != at && files.get(file).language == Language::Rust);
            let Some(root) = root else { continue };
            let names = &files.get(self.all[root.index()].file).facts.imports;
            let whole = self.all[root.index()].globs.iter().any(|&glob| names[glob as usize].path.len() == 1);
            let brought = if whole { self.all[root.index()].outside.clone() } else { Vec::new() };
            let known = &mut self.all[at].outside;
            known.extend(brought.into_iter().filter(|node| !known.contains(node)).collect::<Vec<_>>());
        }
    }

    fn glob_targets(&self, files: &Files, models: &Models, at: usize) -> Vec<Value> {
        let module = &self.all[at];
        let imports = &files.get(module.file).facts.imports;
        let target = |&glob: &u32| self.import(files, models, ModuleId::from_index(at), &imports[glob as usize], REEXPORT_DEPTH);
        module.globs.iter().map(target).collect()
    }

    /// Where the `*` imports of one module lead, through those of the modules they name: in the project and outside of it.
    fn spread(&self, at: usize, targets: &[Vec<Value>]) -> (Vec<ModuleId>, Vec<NodeId>) {
        let (mut seen, mut outside) = (vec![at], Vec::new());
        let mut level = 0..1;
        for _ in 0..REEXPORT_DEPTH {
            for from in level.clone() {
                for target in &targets[seen[from]] {
                    match target.kind {
                        Kind::Module(module) if seen.len() <= MOST_THROUGH && !seen.contains(&module.index()) => {
                            seen.push(module.index());
                        }
                        Kind::External(node) if !outside.contains(&node) => outside.push(node),
                        _ => {}
                    }
                }
            }
            level = level.end..seen.len();
        }
        (seen[1..].iter().map(|&module| ModuleId::from_index(module)).collect(), outside)
    }
}
