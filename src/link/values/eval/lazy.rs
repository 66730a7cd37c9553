//! Lazy initialisation: a stretch of code that runs only while a long-lived place is empty, and fills it.

use super::super::flows::last_store;
use super::super::value::Slot;
use super::{Eval, Once};
use crate::facts::{Literal, NameId, OpId, OpKind, Operator, Region, RegionKind};

impl Eval<'_, '_> {
    pub(super) fn find_lazy_initialisation(&mut self) {
        let function = self.function;
        let tries: Vec<&Region> =
            function.regions.iter().filter(|region| matches!(region.kind, RegionKind::Try { .. })).collect();
        for region in &function.regions {
            let (tested, keyed) = self.tested_slots(region, &tries);
            if tested.is_empty() {
                continue;
            }
            let fills = self.out.events.iter().any(|event| {
                event.filled_slot(self.world.models).is_some_and(|(op, slot)| region.holds(op) && tested.contains(&slot))
            });
            let (start, end, aged) = (region.start, region.end, self.compares(region));
            if fills {
                self.out.once.push(Once { start, end, keyed, aged, unfilled: None });
            } else if !keyed && !aged {
                self.out.once.extend(tested.iter().map(|&slot| Once { start, end, keyed, aged, unfilled: Some(slot) }));
            }
        }
    }

    /// Whether the region depends on an order of numbers: an age, a count.
    fn compares(&self, region: &Region) -> bool {
        region.kind.tested().is_some_and(|condition| self.orders(condition, 0))
    }

    fn orders(&self, op: OpId, depth: u32) -> bool {
        match self.function.op(op).kind {
            OpKind::Operate(Operator::Order, ..) => true,
            OpKind::Operate(_, left, right) if depth < 8 => self.orders(left, depth + 1) || self.orders(right, depth + 1),
            OpKind::Choose(parts) if depth < 8 => self.function.list(parts).iter().any(|part| self.orders(part.value, depth + 1)),
            _ => false,
        }
    }

    /// Places whose emptiness the region depends on, and whether only that of one key.
    fn tested_slots(&self, region: &Region, tries: &[&Region]) -> (Vec<Slot>, bool) {
        if let Some(condition) = region.kind.tested() {
            let runs_when = match region.kind {
                RegionKind::Branch { positive, .. } => Some(positive),
                RegionKind::Guarded { .. } => Some(false),
                _ => None,
            };
            if let (Some(truth), Some(empty)) = (runs_when, self.empty_when(condition, 0))
                && truth != empty
            {
                // It runs where there is something already.
                return (Vec::new(), false);
            }
            let mut slots = Vec::new();
            self.slots_in(condition, 0, &mut slots);
            slots.retain(|&slot| !self.is_of_row(slot));
            return (slots, self.looks_up(condition, 0));
        }
        match region.kind {
            RegionKind::Handler(caught) => {
                // `except AttributeError:` finds no key missing, but the place itself.
                let place = caught.is_some_and(|caught| match self.function.op(caught).kind {
                    OpKind::Name(name) => matches!(self.name(name), "AttributeError" | "NameError"),
                    _ => false,
                });
                (self.slots_tried_before(region.start, tries), !place)
            }
            _ => (Vec::new(), false),
        }
    }

    /// Whether a place lies in a row of a table: what is filled there once is filled for each row.
    fn is_of_row(&self, slot: Slot) -> bool {
        let Slot::Field(field) = slot else { return false };
        let class = self.world.classes.fields[field.index()].class;
        self.world.classes.inherits(self.world.models, class, |ty| ty.entity)
    }

    /// Which truth of a condition says that the place it asks about is empty; `None` when that cannot be told.
    fn empty_when(&self, op: OpId, depth: u32) -> Option<bool> {
        let none = |side: OpId| matches!(self.function.op(side).kind, OpKind::Literal(Literal::None));
        match self.function.op(op).kind {
            OpKind::Operate(Operator::Not, inner, _) if depth < 8 => self.empty_when(inner, depth + 1).map(|truth| !truth),
            OpKind::Operate(Operator::And | Operator::Or, left, right) if depth < 8 => {
                let mut slots = Vec::new();
                self.slots_in(left, 0, &mut slots);
                self.empty_when(if slots.is_empty() { right } else { left }, depth + 1)
            }
            OpKind::Operate(Operator::NotIn, ..) => Some(true),
            OpKind::Operate(Operator::In, ..) => Some(false),
            OpKind::Operate(Operator::Is | Operator::Equal, left, right) if none(left) || none(right) => Some(true),
            OpKind::Operate(Operator::IsNot | Operator::NotEqual, left, right) if none(left) || none(right) => Some(false),
            OpKind::Call { callee, .. } => match self.function.op(callee).kind {
                OpKind::Attribute(_, name) if matches!(self.name(name), "is_none" | "is_empty") => Some(true),
                OpKind::Attribute(_, name) if matches!(self.name(name), "is_some" | "contains" | "contains_key" | "get") => {
                    Some(false)
                }
                OpKind::Name(name) if self.name(name) == "hasattr" => Some(false),
                _ => None,
            },
            OpKind::Name(_) | OpKind::Attribute(..) | OpKind::Index(..) => Some(false),
            OpKind::Await(inner) | OpKind::Try(inner) | OpKind::Enter(inner, _) if depth < 8 => self.empty_when(inner, depth + 1),
            _ => None,
        }
    }

    fn slots_in(&self, op: OpId, depth: u32, slots: &mut Vec<Slot>) {
        slots.extend(self.value(op).slot);
        match self.function.op(op).kind {
            OpKind::Operate(operator, left, right) if depth < 8 && !matches!(operator, Operator::Equal) => {
                self.slots_in(left, depth + 1, slots);
                self.slots_in(right, depth + 1, slots);
            }
            OpKind::Call { callee, args } if depth < 8 => {
                if let Some(slot) = self.slot_asked_for(op) {
                    slots.push(slot);
                }
                // `X.get(key)`, `x.is_none()`.
                if let OpKind::Attribute(base, _) = self.function.op(callee).kind {
                    self.slots_in(base, depth + 1, slots);
                }
                for arg in self.function.list(args) {
                    slots.extend(self.value(arg.value).slot);
                }
            }
            OpKind::Choose(parts) if depth < 8 => {
                self.function.list(parts).iter().for_each(|part| self.slots_in(part.value, depth + 1, slots));
            }
            OpKind::Await(inner) | OpKind::Try(inner) | OpKind::Enter(inner, _) if depth < 8 => {
                self.slots_in(inner, depth + 1, slots)
            }
            _ => {}
        }
    }

    /// The place of an attribute that is asked for by its name, where the function reads or fills it as well: `hasattr(self, "_x")`.
    fn slot_asked_for(&self, op: OpId) -> Option<Slot> {
        let (object, wanted) = self.attribute_asked_for(op)?;
        self.function.tape().find_map(|(at, read)| match read.kind {
            OpKind::Attribute(base, name) if name == wanted && self.function.op(base).kind == object => self.value(at).slot,
            _ => None,
        })
    }

    /// The object and the attribute of `hasattr(object, "attribute")`.
    fn attribute_asked_for(&self, op: OpId) -> Option<(OpKind, NameId)> {
        let OpKind::Call { callee, args } = self.function.op(op).kind else { return None };
        let OpKind::Name(name) = self.function.op(callee).kind else { return None };
        let [object, wanted] = self.function.list(args) else { return None };
        match (self.name(name), self.function.op(object.value).kind, self.function.op(wanted.value).kind) {
            ("hasattr", object @ OpKind::Name(_), OpKind::Literal(Literal::Text(wanted))) => Some((object, wanted)),
            _ => None,
        }
    }

    /// Whether a condition looks one key up: `k in X`, `X.get(k)`, a local that came from `X[k]`.
    fn looks_up(&self, op: OpId, depth: u32) -> bool {
        match self.function.op(op).kind {
            OpKind::Call { .. } if self.attribute_asked_for(op).is_some() => false,
            OpKind::Operate(Operator::In | Operator::NotIn, ..) | OpKind::Call { .. } | OpKind::Index(..) => true,
            OpKind::Operate(_, left, right) if depth < 8 => self.looks_up(left, depth + 1) || self.looks_up(right, depth + 1),
            OpKind::Await(inner) | OpKind::Try(inner) | OpKind::Enter(inner, _) if depth < 8 => self.looks_up(inner, depth + 1),
            // A local name for what a place holds under some key.
            OpKind::Name(name) if self.names_slot_itself(name) => false,
            OpKind::Name(name) => {
                let kept = self.local(name).is_some_and(|value| value.slot.is_some());
                kept || self.value(op).slot.is_some() && self.was_looked_up(name, op)
            }
            _ => false,
        }
    }

    /// Whether a local name stood for what was looked up under some key, whatever it stands for by now: `item = load(key)`.
    fn was_looked_up(&self, name: NameId, at: OpId) -> bool {
        let mut origin = last_store(self.function, name, at);
        while let Some(op) = origin {
            origin = match self.function.op(op).kind {
                OpKind::Await(inner) | OpKind::Try(inner) | OpKind::Enter(inner, _) if inner < op => Some(inner),
                OpKind::Index(..) | OpKind::Call { .. } => return true,
                _ => return false,
            };
        }
        false
    }

    /// A name that is the place: a variable of the module.
    fn names_slot_itself(&self, name: NameId) -> bool {
        self.function.globals.contains(&name)
    }

    /// Places read in the `try` that ends where a handler starts.
    fn slots_tried_before(&self, handler: OpId, tries: &[&Region]) -> Vec<Slot> {
        // Regions are in order of their starts: of those before the handler, the nearest that has ended.
        let before = &tries[..tries.partition_point(|region| region.start <= handler)];
        let tried = before.iter().rfind(|region| region.end <= handler);
        tried.map_or_else(Vec::new, |region| {
            (region.start.index()..region.end.index()).filter_map(|at| self.values[at].slot).collect()
        })
    }
}
