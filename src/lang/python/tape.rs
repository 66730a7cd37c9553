//! The steps of lowering that ask nothing of a syntax tree: both lowerings take them, so that one file has one tape whoever
//! parsed it.

use crate::facts::{
    Builder, Class, ClassId, Construct, Field, FileFacts, FunctionId, FunctionKind, Import, Literal, NameId, OpId, OpKind,
    Operand, OperandForm, Operands, Operator, Param, RegionId, RegionKind, StoreMode, Target,
};
use crate::source::Span;
use smallvec::SmallVec;

/// Most regions that one construct nests into each other: `elif` arms, `for` clauses, managers of a `with`, guards of a block.
/// Beyond it they stand side by side; whoever asks for the regions around an operation must not walk for ever.
pub(super) const NESTED_REGIONS: usize = 64;

/// Operands on their way into an operation.
pub(super) type Items = SmallVec<[Operand; 6]>;

/// The conditions under which the rest of a block is not reached, with the heads of their arms.
pub(super) type Leaving = SmallVec<[(OpId, Span); 1]>;

/// The facts of one file as far as they are lowered, and what must be known of the code around.
pub(super) struct Tape {
    pub(super) build: Builder,
    /// Inside `if TYPE_CHECKING:`.
    pub(super) typing_only: bool,
    /// Directly inside a class that derives `Protocol`.
    pub(super) in_protocol: bool,
    /// `raise` statements seen in the current function.
    pub(super) raises: u32,
    /// The conditions under which control has left the block that was lowered last.
    pub(super) left: Leaving,
}

/// The rest of a block behind the `if`s that may leave it.
#[derive(Default)]
pub(super) struct Rest {
    region: Option<RegionId>,
    left: Leaving,
}

/// The arms of an `if` so far.
pub(super) struct Arms {
    /// The conditions of those that leave the block.
    pub(super) leaving: Leaving,
    /// Whether all of them did.
    pub(super) open: bool,
}

/// What opens a function.
pub(super) struct Opening {
    /// As the syntax has it: a function directly in a class body becomes a method.
    pub(super) kind: FunctionKind,
    /// Its name, and where that stands.
    pub(super) name: Option<(NameId, Span)>,
    /// The whole of it.
    pub(super) span: Span,
    pub(super) params: Vec<Param>,
}

impl Arms {
    pub(super) fn new() -> Self {
        Self { leaving: Leaving::new(), open: true }
    }

    /// Note an arm under `condition` that leaves the block, or does not.
    pub(super) fn add(&mut self, condition: OpId, head: Span, leaves: bool) {
        self.open &= leaves;
        if self.open {
            self.leaving.push((condition, head));
        }
    }
}

impl Tape {
    /// An empty tape for `text`.
    pub(super) fn new(text: &str) -> Self {
        let build = Builder::new(Span::new(0, text.len()));
        Self { build, typing_only: false, in_protocol: false, raises: 0, left: Leaving::new() }
    }

    /// The facts of `text`; gaps and suppressions are added by the caller.
    pub(super) fn finish(self, text: &str) -> FileFacts {
        let breaks = memchr::memchr_iter(b'\n', text.as_bytes()).count();
        let lines = breaks + usize::from(!text.is_empty() && !text.ends_with('\n'));
        self.build.finish(u32::try_from(lines).unwrap_or(u32::MAX))
    }

    /// Push a constant.
    pub(super) fn literal(&mut self, literal: Literal, span: Span) -> OpId {
        self.build.push(OpKind::Literal(literal), span)
    }

    /// Push a value nothing is known about.
    pub(super) fn opaque(&mut self, span: Span) -> OpId {
        self.build.push(OpKind::Opaque, span)
    }

    /// Push a store.
    pub(super) fn store_to(&mut self, target: Target, value: OpId, mode: StoreMode, span: Span) {
        self.build.push(OpKind::Store { target, value, mode }, span);
    }

    /// The old value of a place.
    pub(super) fn read(&mut self, place: Target, span: Span) -> OpId {
        let kind = match place {
            Target::Name(name) => OpKind::Name(name),
            Target::Attribute(object, name) => OpKind::Attribute(object, name),
            Target::Item(object, key) => OpKind::Index(object, key),
            Target::Content(value) => return value,
        };
        self.build.push(kind, span)
    }

    /// Arms that leave the block: the rest of it runs only when they were not taken.
    pub(super) fn guard_rest(&mut self, left: Leaving, rest: &mut Rest) {
        for (condition, head) in left {
            if rest.left.len() < NESTED_REGIONS {
                let region = self.build.open_region(RegionKind::Guarded { condition }, head);
                rest.region.get_or_insert(region);
                rest.left.push((condition, head));
            }
        }
    }

    /// The end of a block.
    pub(super) fn end_block(&mut self, rest: Rest) {
        if let Some(region) = rest.region {
            self.build.close_region(region);
        }
        self.left = rest.left;
    }

    /// Open a region for what runs only while `condition` is false, as `else` and `elif` do.
    pub(super) fn open_otherwise(&mut self, condition: OpId, head: Span) -> RegionId {
        self.build.open_region(RegionKind::Branch { condition: Some(condition), positive: false }, head)
    }

    /// An entry of a map: a constant text key becomes the name of its value.
    pub(super) fn map_entry(&mut self, key: OpId, value: OpId, operands: &mut Items) {
        match self.build.function().op(key).kind {
            OpKind::Literal(Literal::Text(name)) => operands.push(Operand::named(name, value)),
            _ => {
                operands.push(Operand { form: OperandForm::Key, ..Operand::plain(key) });
                operands.push(Operand::plain(value));
            }
        }
    }

    /// Open a function and push its parameters, which are given back. A function directly in a class body is a method of that
    /// class.
    pub(super) fn open_function(&mut self, opening: Opening) -> (FunctionId, Vec<OpId>) {
        let Opening { kind, name, span, params } = opening;
        let around = self.build.function();
        let class = around.class.filter(|_| around.kind == FunctionKind::ClassBody && kind == FunctionKind::Function);
        let kind = if class.is_some() { FunctionKind::Method } else { kind };
        let name_span = name.map_or(span, |(_, at)| at);
        let id = self.build.open_function(kind, name.map(|(name, _)| name), span, name_span);
        self.build.function().class = class;
        let push = |(number, param): (u16, &Param)| self.build.push(OpKind::Param(number), param.span);
        let ops = (0..=u16::MAX).zip(&params).map(push).collect();
        self.build.function().params = params;
        (id, ops)
    }

    /// Add a class and open its body.
    pub(super) fn open_class(
        &mut self,
        span: Span,
        (name, name_span): (NameId, Span),
        arguments: &[Operand],
        decorators: Vec<OpId>,
    ) -> ClassId {
        let bases = arguments.iter().filter(|base| base.name.is_none()).map(|base| base.value).collect();
        let keywords = arguments.iter().filter_map(|keyword| Some((keyword.name?, keyword.value))).collect();
        let is_public = !self.build.text(name).starts_with('_');
        let parent = self.build.current();
        let body = self.build.open_function(FunctionKind::ClassBody, Some(name), span, name_span);
        let (fields, scope) = (Vec::new(), Vec::new());
        let class = Class { name, parent, body, bases, keywords, decorators, fields, scope, span, name_span };
        let id = self.build.add_class(class);
        let function = self.build.function();
        function.class = Some(id);
        function.is_public = is_public;
        id
    }

    /// Whether a class with these arguments is a protocol.
    pub(super) fn derives_protocol(&mut self, arguments: &[Operand]) -> bool {
        arguments.iter().filter(|base| base.name.is_none()).any(|base| self.is_protocol(base.value))
    }

    fn is_protocol(&mut self, base: OpId) -> bool {
        let base = match self.build.function().op(base).kind {
            OpKind::Index(generic, _) => generic,
            _ => base,
        };
        self.last_name(base) == Some("Protocol")
    }

    /// Whether a function under these decorators may be left without a body.
    pub(super) fn is_abstract_by(&mut self, decorators: &[OpId]) -> bool {
        let mut marks = decorators.iter();
        self.in_protocol || marks.any(|&mark| self.last_name(mark).is_some_and(|name| name.starts_with("abstract")))
    }

    /// Whether a function under these decorators has no receiver.
    pub(super) fn is_static_by(&mut self, decorators: &[OpId]) -> bool {
        decorators.iter().any(|&decorator| self.last_name(decorator) == Some("staticmethod"))
    }

    /// `c` of the value `a.b.c`.
    fn last_name(&mut self, value: OpId) -> Option<&str> {
        match self.build.function().op(value).kind {
            OpKind::Name(name) | OpKind::Attribute(_, name) => Some(self.build.text(name)),
            _ => None,
        }
    }

    /// Note a class-level binding of a name as a field of the class.
    pub(super) fn field(&mut self, target: Target, span: Span, annotation: Option<OpId>, value: Option<OpId>) {
        let function = self.build.function();
        let (FunctionKind::ClassBody, Some(class), Target::Name(name)) = (function.kind, function.class, target) else { return };
        if let Some(class) = self.build.facts().classes.get_mut(class.index()) {
            class.fields.push(Field { name, annotation, value, span });
        }
    }

    /// Note the names of `__all__ = [..]`.
    pub(super) fn exports(&mut self, target: Target, value: OpId) {
        let Target::Name(name) = target else { return };
        if self.build.text(name) == "__all__" && self.build.function().kind == FunctionKind::Module {
            let exported = self.texts_in(value);
            self.build.facts().exports.extend(exported);
        }
    }

    /// The constant strings of a list, or of lists added up.
    fn texts_in(&mut self, value: OpId) -> Vec<NameId> {
        let function = self.build.function();
        let list = |list: Operands| function.list(list).iter().map(|item| item.value);
        let mut left = vec![value];
        let mut texts = Vec::new();
        while let Some(op) = left.pop() {
            match function.op(op).kind {
                OpKind::Construct(Construct::List | Construct::Tuple, items) => left.extend(list(items).rev()),
                OpKind::Operate(Operator::Add, first, second) => left.extend([second, first]),
                OpKind::Literal(Literal::Text(name)) => texts.push(name),
                _ => {}
            }
        }
        texts
    }

    /// Note an import; one without a name is a glob.
    pub(super) fn add_import(&mut self, path: Vec<NameId>, level: u8, name: Option<NameId>, binds_root: bool, span: Span) {
        let scope = self.build.current();
        let (glob, typing_only) = (name.is_none(), self.typing_only);
        self.build.facts().imports.push(Import { scope, path, level, name, binds_root, glob, public: true, typing_only, span });
    }
}

/// Whether the text of a `raise` statement leaves a body to subclasses.
pub(super) fn refuses(raise: &str) -> bool {
    raise.trim_start_matches("raise").trim_start().starts_with("NotImplementedError")
}
