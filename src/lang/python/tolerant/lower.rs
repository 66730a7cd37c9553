//! The state of lowering one file: tree access, depth, and what must be known of the code around. The files beside it add a
//! group of constructs each.

use super::kinds::Kind;
use crate::facts::{FileFacts, Gap, NameId};
use crate::lang::python::tape::Tape;
use crate::source::Span;
use smallvec::SmallVec;
use tree_sitter::{Node, Tree, TreeCursor};

/// Deepest nesting of constructs that is followed; what lies deeper is opaque.
const DEPTH: u32 = 300;

/// Most children that are fetched by index.
const FEW: u32 = 6;

/// A node with its kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Syntax<'t> {
    pub(super) node: Node<'t>,
    pub(super) kind: Kind,
}

/// The children of a node that mean something.
pub(super) type Kids<'t> = SmallVec<[Syntax<'t>; 6]>;

/// Lowers one file.
pub(super) struct Lowering<'t> {
    pub(super) text: &'t str,
    pub(super) tape: Tape,
    cursor: TreeCursor<'t>,
    depth: u32,
    /// Something was nested too deep; said once.
    too_deep: Option<Span>,
}

impl<'t> Syntax<'t> {
    pub(super) fn new(node: Node<'t>) -> Self {
        Self { node, kind: Kind::of(node) }
    }

    /// Where it stands.
    pub(super) fn span(self) -> Span {
        Span::new(self.node.start_byte(), self.node.end_byte())
    }

    /// From its start to the end of `last`: the head of a statement.
    pub(super) fn span_to(self, last: Syntax<'t>) -> Span {
        Span::new(self.node.start_byte(), last.node.end_byte())
    }
}

impl<'t> Lowering<'t> {
    /// The facts of `tree`, parsed from `text`; gaps and suppressions are added by the caller.
    pub(super) fn file(text: &'t str, tree: &'t Tree) -> FileFacts {
        let root = tree.root_node();
        let mut lowering = Self { text, tape: Tape::new(text), cursor: root.walk(), depth: 0, too_deep: None };
        lowering.block(Syntax::new(root));
        if let Some(span) = lowering.too_deep {
            let reason = format!("nesting deeper than {DEPTH}");
            lowering.tape.build.facts().gaps.push(Gap { span, reason });
        }
        lowering.tape.finish(text)
    }

    /// The children of `parent` without comments, separators and keywords; errors only where statements may follow them.
    pub(super) fn children(&mut self, parent: Syntax<'t>) -> Kids<'t> {
        let mut kids = Kids::new();
        let broken = parent.node.has_error();
        let count = parent.node.child_count();
        // A step of the cursor costs several times a step of a look-up by index, which in turn begins at the first child.
        if count <= FEW {
            for at in 0..count {
                let Some(node) = parent.node.child(at) else { break };
                kids.extend(relevant(node, parent.kind, broken));
            }
            return kids;
        }
        self.cursor.reset(parent.node);
        let mut more = self.cursor.goto_first_child();
        while more {
            kids.extend(relevant(self.cursor.node(), parent.kind, broken));
            more = self.cursor.goto_next_sibling();
        }
        kids
    }

    /// The only child of `parent` that means something, or the first of several.
    pub(super) fn only_child(&mut self, parent: Syntax<'t>) -> Option<Syntax<'t>> {
        self.children(parent).first().copied()
    }

    /// The text of a node.
    pub(super) fn text_of(&self, node: Syntax<'t>) -> &'t str {
        self.text.get(node.node.start_byte()..node.node.end_byte()).unwrap_or_default()
    }

    /// The text of a node, as a name of the file.
    pub(super) fn name_of(&mut self, node: Syntax<'t>) -> NameId {
        let text = self.text_of(node);
        self.tape.build.name(text)
    }

    /// From the start of `head` to the end of the last statement of `body`; comments and semicolons behind it are not part of it.
    pub(super) fn span_with(&mut self, head: Syntax<'t>, body: Syntax<'t>) -> Span {
        let mut last = body;
        while last.kind.ends_with_block() {
            let Some(&inner) = self.children(last).last() else { break };
            last = inner;
        }
        // What stands there in place of statements is at the end of the line.
        let end = if last.kind == Kind::Block { last.node.start_byte() } else { last.node.end_byte() };
        Span::new(head.node.start_byte(), end)
    }

    /// Go one level deeper into `node` with `lower`; none when that is too deep.
    pub(super) fn deeper<R>(&mut self, node: Syntax<'t>, lower: impl FnOnce(&mut Self) -> R) -> Option<R> {
        if self.depth >= DEPTH {
            self.too_deep.get_or_insert(node.span());
            return None;
        }
        self.depth += 1;
        let result = lower(self);
        self.depth -= 1;
        Some(result)
    }
}

/// A child of a node of kind `parent`, unless it says nothing there.
fn relevant<'t>(node: Node<'t>, parent: Kind, broken: bool) -> Option<Syntax<'t>> {
    let mut kid = Syntax::new(node);
    if broken && node.is_missing() && !kid.kind.is_noise() {
        kid.kind = Kind::Missing;
    }
    let wanted = match kid.kind {
        Kind::Colon => parent == Kind::Slice,
        Kind::In => parent == Kind::ComparisonOperator,
        Kind::Error => parent.holds_statements(),
        kind => !kind.is_noise(),
    };
    wanted.then_some(kid)
}

/// The parts of a node behind a leading `async`.
pub(super) fn without_async<'k, 't>(kids: &'k [Syntax<'t>]) -> &'k [Syntax<'t>] {
    match kids {
        [first, rest @ ..] if first.kind == Kind::Async => rest,
        all => all,
    }
}
