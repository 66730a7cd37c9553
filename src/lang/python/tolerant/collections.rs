//! Lowers displays and comprehensions: values made from many.

use super::kinds::Kind;
use super::lower::{Lowering, Syntax, without_async};
use crate::facts::{Construct, OpId, OpKind, Operand, RegionId, RegionKind};
use crate::lang::python::tape::{Items, NESTED_REGIONS};

impl<'t> Lowering<'t> {
    /// A list, tuple or set of items.
    pub(super) fn items(&mut self, what: Construct, node: Syntax<'t>) -> OpId {
        let items: Items = self.children(node).into_iter().map(|item| self.item(item)).collect();
        self.tape.build.construct(what, items, node.span())
    }

    /// `{k: v, **more}`: a constant text key becomes the name of its value.
    pub(super) fn dictionary(&mut self, node: Syntax<'t>) -> OpId {
        let mut operands = Items::new();
        for entry in self.children(node) {
            if entry.kind != Kind::Pair {
                operands.push(self.item(entry));
                continue;
            }
            let [key, value] = *self.children(entry) else { continue };
            let key = self.value(key);
            let value = self.value(value);
            self.tape.map_entry(key, value, &mut operands);
        }
        self.tape.build.construct(Construct::Map, operands, node.span())
    }

    /// `[x for x in xs if x]` and its relatives, lowered in place: the clauses as regions, then the element.
    pub(super) fn comprehension(&mut self, what: Construct, node: Syntax<'t>) -> OpId {
        let kids = self.children(node);
        let Some((&body, clauses)) = kids.split_first() else { return self.tape.opaque(node.span()) };
        let mut outermost = None;
        for (count, &clause) in clauses.iter().enumerate() {
            if count >= NESTED_REGIONS {
                self.tape.opaque(clause.span());
                break;
            }
            let region = match clause.kind {
                Kind::ForInClause => self.for_clause(clause),
                Kind::IfClause => self.if_clause(clause),
                _ => None,
            };
            outermost = outermost.or(region);
        }
        let parts = if body.kind == Kind::Pair { self.children(body) } else { std::iter::once(body).collect() };
        let parts: Items = parts.into_iter().map(|part| Operand::plain(self.value(part))).collect();
        if let Some(outermost) = outermost {
            self.tape.build.close_region(outermost);
        }
        self.tape.build.construct(what, parts, node.span())
    }

    fn for_clause(&mut self, clause: Syntax<'t>) -> Option<RegionId> {
        let kids = self.children(clause);
        let (&target, sources) = without_async(&kids).split_first()?;
        let source = match sources {
            [] => return None,
            &[source] => self.value(source),
            several => self.key(several, clause.span()),
        };
        let kind = RegionKind::Loop { over: Some(source), condition: None, comprehension: true };
        let region = self.tape.build.open_region(kind, clause.span());
        let target = self.bare(target);
        let element = self.tape.build.push(OpKind::Element(source), target.span());
        self.store(target, element);
        Some(region)
    }

    fn if_clause(&mut self, clause: Syntax<'t>) -> Option<RegionId> {
        let condition = self.only_child(clause)?;
        let condition = Some(self.condition(condition));
        Some(self.tape.build.open_region(RegionKind::Branch { condition, positive: true }, clause.span()))
    }
}
