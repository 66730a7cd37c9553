//! Names through branches: what an arm stores is provisional, and joined with what was before where the arm ends.

use super::super::value::Value;
use super::Eval;
use crate::facts::{NameId, OpId, OpKind, RegionKind};

/// An open region in which stores are provisional.
pub(super) struct Arm {
    end: OpId,
    start: OpId,
    before: Vec<(NameId, Option<Value>)>,
}

impl Eval<'_, '_> {
    /// Leave the arms that end before `at`, and enter those that begin there.
    pub(super) fn enter_regions(&mut self, at: OpId) {
        if at < self.boundary {
            return;
        }
        while self.arms.last().is_some_and(|arm| arm.end <= at) {
            self.leave_arm();
        }
        while let Some(region) = self.function.regions.get(self.next_region).filter(|region| region.start <= at) {
            self.next_region += 1;
            let provisional = matches!(
                region.kind,
                RegionKind::Branch { .. }
                    | RegionKind::Arm { .. }
                    | RegionKind::Loop { .. }
                    | RegionKind::Handler(_)
                    | RegionKind::Try { .. }
            );
            if provisional && region.end > at {
                self.arms.push(Arm { start: region.start, end: region.end, before: Vec::new() });
            }
        }
        let end = self.arms.last().map_or(OpId(u32::MAX), |arm| arm.end);
        let start = self.function.regions.get(self.next_region).map_or(OpId(u32::MAX), |region| region.start);
        self.boundary = end.min(start);
    }

    fn leave_arm(&mut self) {
        let Some(arm) = self.arms.pop() else { return };
        let leaves = arm.end > arm.start
            && matches!(self.function.ops[arm.end.index() - 1].kind, OpKind::Return(_) | OpKind::Raise(_) | OpKind::Jump(_));
        for (name, before) in arm.before.into_iter().rev() {
            if let Some(outer) = self.arms.last_mut() {
                outer.before.push((name, before));
            }
            let after = self.env.get(&name).copied();
            let joined = match (before, after) {
                (Some(before), _) if leaves => before,
                (Some(before), Some(after)) => before.join(after),
                (before, after) => before.or(after).unwrap_or(Value::UNKNOWN),
            };
            self.env.insert(name, joined);
        }
    }

    /// Bind a local name.
    pub(crate) fn bind(&mut self, name: NameId, value: Value) {
        let before = self.env.insert(name, value);
        if let Some(arm) = self.arms.last_mut() {
            arm.before.push((name, before));
        }
    }
}
