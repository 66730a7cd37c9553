//! Lazy initialisation: a stretch of code that runs only while a long-lived place is empty, and fills it.

use super::super::value::Slot;
use super::{Eval, Event};
use crate::facts::{OpId, OpKind, Operator, Region, RegionKind};
use crate::models::Role;

impl Eval<'_, '_> {
    pub(super) fn find_lazy_initialisation(&mut self) {
        let function = self.function;
        for region in &function.regions {
            let tested = self.tested_slots(region);
            if tested.is_empty() {
                continue;
            }
            let fills = self.out.events.iter().any(|event| {
                self.filled_slot(event).is_some_and(|(op, slot)| region.start <= op && op < region.end && tested.contains(&slot))
            });
            if fills {
                self.out.once.push((region.start, region.end));
            }
        }
    }

    /// Places whose emptiness the region depends on.
    fn tested_slots(&self, region: &Region) -> Vec<Slot> {
        match region.kind {
            RegionKind::Branch { condition: Some(condition), .. } | RegionKind::Guarded { condition } => {
                let mut slots = Vec::new();
                self.slots_in(condition, 0, &mut slots);
                slots
            }
            RegionKind::Handler(_) => self.slots_tried_before(region.start),
            _ => Vec::new(),
        }
    }

    fn slots_in(&self, op: OpId, depth: u32, slots: &mut Vec<Slot>) {
        slots.extend(self.value(op).slot);
        match self.function.op(op).kind {
            OpKind::Operate(operator, left, right) if depth < 8 && !matches!(operator, Operator::Order | Operator::Equal) => {
                self.slots_in(left, depth + 1, slots);
                self.slots_in(right, depth + 1, slots);
            }
            OpKind::Call { callee, args } if depth < 8 => {
                // `hasattr(self, "_x")`, `X.get(key)`, `x.is_none()`.
                if let OpKind::Attribute(base, _) = self.function.op(callee).kind {
                    self.slots_in(base, depth + 1, slots);
                }
                for arg in self.function.list(args) {
                    slots.extend(self.value(arg.value).slot);
                }
            }
            OpKind::Await(inner) | OpKind::Try(inner) | OpKind::Enter(inner) if depth < 8 => self.slots_in(inner, depth + 1, slots),
            _ => {}
        }
    }

    /// Places read in the `try` that ends where a handler starts.
    fn slots_tried_before(&self, handler: OpId) -> Vec<Slot> {
        let regions = self.function.regions.iter();
        let tried = regions.filter(|region| matches!(region.kind, RegionKind::Try { .. }) && region.end <= handler).last();
        tried.map_or_else(Vec::new, |region| {
            (region.start.index()..region.end.index()).filter_map(|at| self.values[at].slot).collect()
        })
    }

    /// The place that an event fills.
    fn filled_slot(&self, event: &Event) -> Option<(OpId, Slot)> {
        match event {
            Event::Write { op, slot, .. } => Some((*op, *slot)),
            Event::Act { op, act, receiver, .. } => {
                let role = self.world.models.act(*act).behaviour.role;
                let fills = matches!(role, Some(Role::StateWrite | Role::StateGetOrAdd));
                receiver.slot.filter(|_| fills).map(|slot| (*op, slot))
            }
            _ => None,
        }
    }
}
