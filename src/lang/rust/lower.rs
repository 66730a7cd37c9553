//! The state of one lowering and its smallest steps; what each construct becomes is in the files beside this one.

use super::grammar::{Grammar, Kind};
use crate::facts::{Builder, Gap, Jump, Literal, NameId, OpId, OpKind, Operand, Region, RegionId, RegionKind};
use crate::source::Span;
use smallvec::SmallVec;
use tree_sitter::{Node, TreeCursor};

/// Deepest nesting of constructs that is followed; real code stays below 60.
pub(super) const DEPTH: u32 = 300;

/// Named children of a node and `_`, which holds a place in patterns; comments are left out.
pub(super) type Children<'t> = SmallVec<[Node<'t>; 4]>;

/// A place on the current tape.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    ops: usize,
    regions: usize,
}

/// One file on its way from tree to tape.
pub(super) struct Lowering<'t> {
    pub(super) grammar: &'t Grammar,
    pub(super) text: &'t str,
    pub(super) builder: Builder,
    /// Reused for every list of children: making one allocates.
    cursor: TreeCursor<'t>,
    /// Levels of constructs around the current one.
    depth: u32,
    too_deep: bool,
    /// Inline modules around the current item.
    pub(super) scope: Vec<NameId>,
    /// Attributes whose item has not come yet.
    pub(super) pending: Vec<Node<'t>>,
    /// Where in the file the tokens start that `syn` is reading.
    pub(super) token_base: usize,
    /// Inside code marked as test only.
    pub(super) in_test: bool,
    /// Open [`RegionKind::Guarded`] regions; each block closes those it opened.
    pub(super) guards: Vec<RegionId>,
    /// Receivers of the chains being lowered, innermost chain last.
    pub(super) chain: Vec<Node<'t>>,
}

impl<'t> Lowering<'t> {
    pub(super) fn new(grammar: &'t Grammar, text: &'t str, root: Node<'t>) -> Self {
        Self {
            grammar,
            text,
            builder: Builder::new(Span::new(0, text.len())),
            cursor: root.walk(),
            depth: 0,
            too_deep: false,
            scope: Vec::new(),
            pending: Vec::new(),
            token_base: 0,
            in_test: false,
            guards: Vec::new(),
            chain: Vec::new(),
        }
    }

    pub(super) fn kind(&self, node: Node<'_>) -> Kind {
        self.grammar.kind(node)
    }

    pub(super) fn text_of(&self, node: Node<'_>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    /// The identifier `node` as a name; `r#type` is `type`.
    pub(super) fn name_of(&mut self, node: Node<'_>) -> NameId {
        let text = self.text_of(node);
        self.builder.name(text.strip_prefix("r#").unwrap_or(text))
    }

    pub(super) fn children(&mut self, node: Node<'t>) -> Children<'t> {
        let mut children = Children::new();
        self.cursor.reset(node);
        let mut more = self.cursor.goto_first_child();
        while more {
            let child = self.cursor.node();
            let is_part = child.is_named() && !child.is_extra() || self.grammar.kind(child) == Kind::Wildcard;
            if is_part {
                children.push(child);
            }
            more = self.cursor.goto_next_sibling();
        }
        children
    }

    /// The first child of kind `kind`.
    pub(super) fn child(&mut self, node: Node<'t>, kind: Kind) -> Option<Node<'t>> {
        self.children(node).into_iter().find(|&child| self.kind(child) == kind)
    }

    /// Run `step` one level deeper, or note that the limit is reached and give an opaque value.
    pub(super) fn deeper(&mut self, span: Span, step: impl FnOnce(&mut Self) -> OpId) -> OpId {
        if self.depth >= DEPTH {
            if !self.too_deep {
                self.too_deep = true;
                self.builder.facts().gaps.push(Gap { span, reason: format!("nesting deeper than {DEPTH}") });
            }
            return self.opaque(span);
        }
        self.depth += 1;
        let value = step(self);
        self.depth -= 1;
        value
    }

    pub(super) fn opaque(&mut self, span: Span) -> OpId {
        self.builder.push(OpKind::Opaque, span)
    }

    pub(super) fn unit(&mut self, span: Span) -> OpId {
        self.builder.push(OpKind::Literal(Literal::None), span)
    }

    pub(super) fn jump(&mut self, jump: Jump, span: Span) -> OpId {
        self.builder.push(OpKind::Jump(jump), span)
    }

    pub(super) fn attribute(&mut self, value: OpId, name: &str, span: Span) -> OpId {
        let name = self.builder.name(name);
        self.builder.push(OpKind::Attribute(value, name), span)
    }

    /// Enter code that is test only when `marked`; gives what to put back into `in_test` after it.
    pub(super) fn enter_test(&mut self, marked: bool) -> bool {
        let outer = self.in_test;
        self.in_test |= marked;
        outer
    }

    /// Whether `value` is where control leaves, so that nothing flows on from it.
    pub(super) fn leaves(&mut self, value: OpId) -> bool {
        let op = self.builder.function().ops.get(value.index());
        matches!(op.map(|op| op.kind), Some(OpKind::Return(_) | OpKind::Jump(_) | OpKind::Raise(_)))
    }

    /// Whether control always leaves at the end of the region opened as `region`.
    pub(super) fn region_leaves(&mut self, region: RegionId) -> bool {
        let start = self.builder.function().regions.get(region.index()).map_or(0, |region| region.start.index());
        self.left_since(Mark { ops: start, regions: region.index() + 1 }).is_some()
    }

    /// Here, to ask later whether control has left since.
    pub(super) fn mark(&mut self) -> Mark {
        let function = self.builder.function();
        Mark { ops: function.ops.len(), regions: function.regions.len() }
    }

    /// The operation by which control always leaves in the stretch from `mark` to here: the last one, unless it stands in a
    /// branch or loop of its own.
    pub(super) fn left_since(&mut self, mark: Mark) -> Option<OpId> {
        let function = self.builder.function();
        let end = function.ops.len();
        let inner = function.regions.get(mark.regions..).unwrap_or_default();
        let only_sometimes = |region: &Region| region.end.index() == end && !matches!(region.kind, RegionKind::Guarded { .. });
        let last = OpId::from_index(end.checked_sub(1)?);
        (end > mark.ops && !inner.iter().any(only_sometimes) && self.leaves(last)).then_some(last)
    }

    /// The value of one of several arms: those that leave give none.
    pub(super) fn choose(&mut self, arms: impl IntoIterator<Item = OpId>, span: Span) -> OpId {
        let arms: SmallVec<[OpId; 8]> = arms.into_iter().collect();
        let arms: SmallVec<[OpId; 8]> = arms.into_iter().filter(|&arm| !self.leaves(arm)).collect();
        if arms.is_empty() {
            // Every arm leaves, and so does the whole; what stands here is never used.
            return self.opaque(span);
        }
        let arms = self.builder.operands(arms.into_iter().map(Operand::plain));
        self.builder.push(OpKind::Choose(arms), span)
    }

    /// The value of a block that ended with `tail`, or the unit.
    pub(super) fn tail_or_unit(&mut self, tail: Option<OpId>, span: Span) -> OpId {
        match tail {
            Some(tail) => tail,
            None => self.unit(Span { start: span.end.saturating_sub(1).max(span.start), end: span.end }),
        }
    }

    /// Everything after an `if` that left runs only when its condition did not hold.
    pub(super) fn guard_rest(&mut self, condition: OpId, span: Span) {
        let region = self.builder.open_region(RegionKind::Guarded { condition }, span);
        self.guards.push(region);
    }

    /// Close what [`Self::guard_rest`] opened since `mark`.
    pub(super) fn close_guards(&mut self, mark: usize) {
        if let Some(&first) = self.guards.get(mark) {
            self.builder.close_region(first);
        }
        self.guards.truncate(mark);
    }

    /// Close a function; guards never reach beyond one.
    pub(super) fn close_function_after(&mut self, tail: Option<OpId>, span: Span) {
        if let Some(value) = tail
            && !self.leaves(value)
        {
            self.builder.push(OpKind::Return(value), span);
        }
        self.builder.close_function();
    }
}

/// The span of a node.
pub(super) fn span(node: Node<'_>) -> Span {
    Span::new(node.start_byte(), node.end_byte())
}

/// From the start of `from` to the end of `to`.
pub(super) fn reach(from: Node<'_>, to: Node<'_>) -> Span {
    Span::new(from.start_byte(), to.end_byte())
}
