//! Lowers displays and comprehensions: values made from many.

use super::lower::{Lowering, end_of, span_of, span_to};
use crate::facts::{Construct, OpId, OpKind, Operand, OperandForm, RegionId, RegionKind};
use crate::lang::python::tape::{Items, NESTED_REGIONS};
use crate::source::Span;
use ruff_python_ast::{Comprehension, Expr, ExprDict};

impl Lowering<'_> {
    /// A list, tuple or set of items.
    pub(super) fn items(&mut self, what: Construct, items: &[Expr], span: Span) -> OpId {
        let items: Items = items.iter().map(|item| self.item(item)).collect();
        self.tape.build.construct(what, items, span)
    }

    /// `{k: v, **more}`.
    pub(super) fn dictionary(&mut self, node: &ExprDict) -> OpId {
        let mut operands = Items::new();
        for entry in &node.items {
            let key = entry.key.as_ref().map(|key| self.value(key));
            let value = self.value(&entry.value);
            match key {
                Some(key) => self.tape.map_entry(key, value, &mut operands),
                None => operands.push(Operand { form: OperandForm::NamedSpread, ..Operand::plain(value) }),
            }
        }
        self.tape.build.construct(Construct::Map, operands, span_of(node))
    }

    /// `[x for x in xs if x]` and its relatives, lowered in place: the clauses as regions, then the element.
    pub(super) fn comprehension(&mut self, what: Construct, clauses: &[Comprehension], parts: &[&Expr], span: Span) -> OpId {
        if clauses.iter().map(|clause| 1 + clause.ifs.len()).sum::<usize>() > NESTED_REGIONS {
            self.refuse();
        }
        let mut outermost = None;
        for clause in clauses {
            let region = self.clause(clause);
            outermost.get_or_insert(region);
        }
        let parts: Items = parts.iter().map(|part| Operand::plain(self.value(part))).collect();
        if let Some(outermost) = outermost {
            self.tape.build.close_region(outermost);
        }
        self.tape.build.construct(what, parts, span)
    }

    /// One `for` with the `if`s behind it.
    fn clause(&mut self, clause: &Comprehension) -> RegionId {
        let source = self.value(&clause.iter);
        let mut end = if clause.ifs.is_empty() { end_of(clause) } else { self.closing(end_of(&clause.iter)) };
        let kind = RegionKind::Loop { over: Some(source), condition: None, comprehension: true };
        let region = self.tape.build.open_region(kind, span_to(clause, end));
        let element = self.tape.build.push(OpKind::Element(source), span_of(&clause.target));
        self.store(&clause.target, element);
        for (at, test) in clause.ifs.iter().enumerate() {
            let start = self.keyword(end, "if");
            end = if at + 1 == clause.ifs.len() { end_of(clause) } else { self.closing(end_of(test)) };
            let condition = Some(self.condition(test));
            self.tape.build.open_region(RegionKind::Branch { condition, positive: true }, Span { start, end });
        }
        region
    }
}
