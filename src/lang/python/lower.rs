//! The state of lowering one file: tree access, depth, and what must be known of the code around. The files beside it add a
//! group of constructs each.

use super::kinds::Kind;
use crate::facts::{Builder, FileFacts, Gap, Literal, NameId, OpId, OpKind, Operand};
use crate::source::Span;
use smallvec::SmallVec;
use tree_sitter::{Node, Tree, TreeCursor};

/// Deepest nesting of constructs that is followed; what lies deeper is opaque.
const DEPTH: u32 = 300;

/// Most children that are fetched by index.
const FEW: u32 = 6;

/// Most regions that one construct nests into each other: `elif` arms, `for` clauses, managers of a `with`, guards of a block.
/// Beyond it they stand side by side; whoever asks for the regions around an operation must not walk for ever.
pub(super) const NESTED_REGIONS: usize = 64;

/// A node with its kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Syntax<'t> {
    pub(super) node: Node<'t>,
    pub(super) kind: Kind,
}

/// The children of a node that mean something.
pub(super) type Kids<'t> = SmallVec<[Syntax<'t>; 6]>;

/// Operands on their way into an operation.
pub(super) type Items = SmallVec<[Operand; 6]>;

/// The conditions under which the rest of a block is not reached, with the heads of their arms.
pub(super) type Leaving = SmallVec<[(OpId, Span); 1]>;

/// Lowers one file.
pub(super) struct Lowering<'t> {
    pub(super) text: &'t str,
    pub(super) build: Builder,
    cursor: TreeCursor<'t>,
    depth: u32,
    /// Inside `if TYPE_CHECKING:`.
    pub(super) typing_only: bool,
    /// Directly inside a class that derives `Protocol`.
    pub(super) in_protocol: bool,
    /// `raise` statements seen in the current function.
    pub(super) raises: u32,
    /// The conditions under which control has left the block that was lowered last.
    pub(super) left: Leaving,
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
        let mut lowering = Self {
            text,
            build: Builder::new(Span::new(0, text.len())),
            cursor: root.walk(),
            depth: 0,
            typing_only: false,
            left: Leaving::new(),
            in_protocol: false,
            raises: 0,
            too_deep: None,
        };
        lowering.block(Syntax::new(root));
        if let Some(span) = lowering.too_deep {
            let reason = format!("nesting deeper than {DEPTH}");
            lowering.build.facts().gaps.push(Gap { span, reason });
        }
        let breaks = text.bytes().filter(|&byte| byte == b'\n').count();
        let lines = breaks + usize::from(!text.is_empty() && !text.ends_with('\n'));
        lowering.build.finish(u32::try_from(lines).unwrap_or(u32::MAX))
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
        self.build.name(text)
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

    /// Push a constant.
    pub(super) fn literal(&mut self, literal: Literal, span: Span) -> OpId {
        self.build.push(OpKind::Literal(literal), span)
    }

    /// Push a value nothing is known about.
    pub(super) fn opaque(&mut self, span: Span) -> OpId {
        self.build.push(OpKind::Opaque, span)
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
