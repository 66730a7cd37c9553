//! Functions that change maps, which all who hold such a map see.

use super::Run;
use crate::deploy::readers::helm::value::{DEEPEST, Entry, Kind, OTHERS, Val};
use std::rc::Rc;

impl Run<'_> {
    pub(super) fn set(&mut self, map: &Val, name: &Val, val: Option<Val>) -> Val {
        let (Some(entries), Some(name)) = (map.entries(), name.shown()) else { return map.clone() };
        self.made = self.made.saturating_sub(1);
        let val = if self.doubts > 0 || self.made == 0 { Some(Val::UNKNOWN) } else { val };
        match val {
            Some(val) => entries.borrow_mut().insert(name.into(), Entry { key: None, val }),
            None => entries.borrow_mut().remove(name.as_str()),
        };
        map.clone()
    }

    /// A copy that shares nothing with the original.
    pub(super) fn copied(&mut self, val: &Val, depth: usize) -> Val {
        if depth > DEEPEST || !self.spend(1) {
            return Val::UNKNOWN;
        }
        let copy = match &val.kind {
            Kind::List(items) => Val::list(items.iter().map(|item| self.copied(item, depth + 1)).collect()),
            Kind::Map(map) => {
                let entries = map.borrow();
                let copy = |(name, entry): (&Rc<str>, &Entry)| {
                    (Rc::clone(name), Entry { key: entry.key, val: self.copied(&entry.val, depth + 1) })
                };
                Val::map(entries.iter().map(copy).collect::<Vec<_>>())
            }
            kind => kind.clone().into(),
        };
        copy.at(val)
    }

    pub(super) fn merge(&mut self, into: &Val, rest: &[Val], over: bool) -> Val {
        let mut whole = self.copied(into, 0);
        for other in rest {
            whole = if over { self.laid_over(other, &whole, 0) } else { self.laid_over(&whole, other, 0) };
        }
        if let (Some(into), Some(whole)) = (into.entries(), whole.entries())
            && self.doubts == 0
            && !Rc::ptr_eq(&into, &whole)
        {
            let entries = whole.borrow().clone();
            *into.borrow_mut() = entries;
        }
        self.counted(whole)
    }

    /// One map over another: where both have something, the upper one has it.
    fn laid_over(&mut self, upper: &Val, lower: &Val, depth: usize) -> Val {
        if depth > DEEPEST || !self.spend(1) {
            return Val::UNKNOWN;
        }
        match (&upper.kind, &lower.kind) {
            (Kind::Map(above), Kind::Map(below)) => {
                let mut entries = below.borrow().clone();
                for (name, entry) in above.borrow().iter() {
                    let val = match entries.get(name) {
                        Some(lower) => self.laid_over(&entry.val, &lower.val, depth + 1),
                        None => entry.val.clone(),
                    };
                    entries.insert(Rc::clone(name), Entry { key: entry.key, val });
                }
                Val::map(entries)
            }
            (Kind::Map(_), Kind::Unknown) => {
                let known = self.copied(upper, depth);
                if let Some(entries) = known.entries() {
                    entries.borrow_mut().insert(OTHERS.into(), Entry { key: None, val: Val::UNKNOWN });
                }
                known
            }
            (Kind::Unknown, _) => Val::UNKNOWN,
            // What is empty counts as missing here.
            _ if upper.truth() == Some(false) => lower.clone(),
            _ => upper.clone(),
        }
    }
}
