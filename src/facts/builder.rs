//! The tape builder that all front ends drive: it owns the open functions and regions, so that every language nests them alike.

use super::{
    Class, ClassId, Construct, FileFacts, Function, FunctionId, FunctionKind, Literal, NameId, Op, OpId, OpKind, Operand,
    OperandForm, Operands, Region, RegionId, RegionKind, StoreMode, Target,
};
use crate::source::Span;
use std::cell::RefCell;

/// Builds the facts of one file. Open a function, push operations in evaluation order, close it; functions nest.
#[derive(Debug)]
pub struct Builder {
    facts: FileFacts,
    open: Vec<Open>,
}

#[derive(Debug)]
struct Open {
    id: FunctionId,
    regions: Vec<RegionId>,
}

/// Tapes that grew once and are used again: a function that is closed keeps an exact copy.
#[derive(Debug, Default)]
struct Buffers {
    ops: Vec<Op>,
    operands: Vec<Operand>,
    regions: Vec<Region>,
}

thread_local! {
    static SPARE: RefCell<Vec<Buffers>> = const { RefCell::new(Vec::new()) };
}

/// How many operations a spare tape may have room for: one giant function must not hold memory for the rest of the run.
const SPARE_OPS: usize = 1 << 16;

impl Builder {
    /// A file whose module body (function 0) is open; `span` covers the file.
    #[must_use]
    pub fn new(span: Span) -> Self {
        let mut builder = Self { facts: FileFacts::default(), open: Vec::new() };
        builder.open_function(FunctionKind::Module, None, span, Span::default());
        builder
    }

    /// The facts so far, for tables the builder does not manage (imports, suppressions, fields, gaps).
    pub fn facts(&mut self) -> &mut FileFacts {
        &mut self.facts
    }

    /// The id of `name` in this file.
    pub fn name(&mut self, name: &str) -> NameId {
        self.facts.names.intern(name)
    }

    /// The string behind `name`.
    #[must_use]
    pub fn text(&self, name: NameId) -> &str {
        self.facts.names.get(name)
    }

    /// Close everything that is open and hand the facts over.
    #[must_use]
    pub fn finish(mut self, lines: u32) -> FileFacts {
        while !self.open.is_empty() {
            self.close_function();
        }
        self.facts.lines = lines;
        self.facts.names.freeze();
        self.facts.functions.shrink_to_fit();
        self.facts.classes.shrink_to_fit();
        self.facts.imports.shrink_to_fit();
        self.facts
    }

    /// The innermost open function.
    #[must_use]
    pub fn current(&self) -> FunctionId {
        self.open.last().map_or(FunctionId(0), |open| open.id)
    }

    /// The innermost open function's data, to set flags, parameters, decorators.
    pub fn function(&mut self) -> &mut Function {
        let id = self.current();
        &mut self.facts.functions[id.index()]
    }

    /// Open a function nested in the current one. Its decorators, defaults and annotations must be pushed *before* this call,
    /// on the tape of the parent; its parameters as [`OpKind::Param`] first thing after it.
    pub fn open_function(&mut self, kind: FunctionKind, name: Option<NameId>, span: Span, name_span: Span) -> FunctionId {
        let id = FunctionId::from_index(self.facts.functions.len());
        let parent = self.open.last().map(|open| open.id);
        let Buffers { ops, operands, regions } = SPARE.with_borrow_mut(Vec::pop).unwrap_or_default();
        let scope = parent.map(|parent| self.facts.functions[parent.index()].scope.clone()).unwrap_or_default();
        self.facts.functions.push(Function {
            name,
            kind,
            parent,
            class: None,
            is_async: false,
            is_generator: false,
            is_static: false,
            is_abstract: false,
            is_test: false,
            is_public: true,
            params: Vec::new(),
            returns: None,
            decorators: Vec::new(),
            globals: Vec::new(),
            scope,
            span,
            name_span,
            ops,
            operands,
            regions,
        });
        self.open.push(Open { id, regions: Vec::new() });
        id
    }

    /// Close the innermost function and its open regions.
    pub fn close_function(&mut self) {
        let Some(open) = self.open.pop() else { return };
        let function = &mut self.facts.functions[open.id.index()];
        let end = OpId::from_index(function.ops.len());
        for region in open.regions {
            function.regions[region.index()].end = end;
        }
        let buffers = Buffers {
            ops: exact(&mut function.ops),
            operands: exact(&mut function.operands),
            regions: exact(&mut function.regions),
        };
        if buffers.ops.capacity() <= SPARE_OPS {
            SPARE.with_borrow_mut(|spare| spare.push(buffers));
        }
    }

    /// Add a class whose body function is opened and closed by the caller.
    pub fn add_class(&mut self, class: Class) -> ClassId {
        let id = ClassId::from_index(self.facts.classes.len());
        self.facts.classes.push(class);
        id
    }

    /// Push an operation on the current tape.
    pub fn push(&mut self, kind: OpKind, span: Span) -> OpId {
        let function = self.function();
        let id = OpId::from_index(function.ops.len());
        function.ops.push(Op { kind, span });
        id
    }

    /// Store a list of operands and give its range.
    pub fn operands(&mut self, operands: impl IntoIterator<Item = Operand>) -> Operands {
        let function = self.function();
        let start = function.operands.len();
        function.operands.extend(operands);
        let len = function.operands.len() - start;
        Operands { start: u32::try_from(start).unwrap_or(u32::MAX), len: u32::try_from(len).unwrap_or(0) }
    }

    /// Push `callee(args)`.
    pub fn call(&mut self, callee: OpId, args: Vec<Operand>, span: Span) -> OpId {
        let args = self.operands(args);
        self.push(OpKind::Call { callee, args }, span)
    }

    /// Push a value made from plain parts.
    pub fn construct(&mut self, what: Construct, parts: impl IntoIterator<Item = Operand>, span: Span) -> OpId {
        let parts = self.operands(parts);
        self.push(OpKind::Construct(what, parts), span)
    }

    /// Push a string constant.
    pub fn text_literal(&mut self, text: &str, span: Span) -> OpId {
        let name = self.name(text);
        self.push(OpKind::Literal(Literal::Text(name)), span)
    }

    /// Push a plain store to a name.
    pub fn store_name(&mut self, name: NameId, value: OpId, span: Span) -> OpId {
        self.push(OpKind::Store { target: Target::Name(name), value, mode: StoreMode::Plain }, span)
    }

    /// Open a region at the current end of the tape.
    pub fn open_region(&mut self, kind: RegionKind, span: Span) -> RegionId {
        let parent = self.open.last().and_then(|open| open.regions.last().copied());
        let function = self.function();
        let at = OpId::from_index(function.ops.len());
        let id = RegionId::from_index(function.regions.len());
        function.regions.push(Region { kind, start: at, end: at, parent, span });
        if let Some(open) = self.open.last_mut() {
            open.regions.push(id);
        }
        id
    }

    /// Close region `id` and every region opened inside it since.
    pub fn close_region(&mut self, id: RegionId) {
        let Some(open) = self.open.last_mut() else { return };
        let Some(at) = open.regions.iter().position(|&region| region == id) else { return };
        let closed = open.regions.split_off(at);
        let function = self.function();
        let end = OpId::from_index(function.ops.len());
        for region in closed {
            function.regions[region.index()].end = end;
        }
    }

    /// Change what a region is, for facts known only at its end (a handler that swallows).
    pub fn amend_region(&mut self, id: RegionId, kind: RegionKind) {
        self.function().regions[id.index()].kind = kind;
    }
}

/// Leave an exact copy in place; gives the buffer back, empty.
fn exact<T>(grown: &mut Vec<T>) -> Vec<T> {
    let mut kept = Vec::with_capacity(grown.len());
    kept.append(grown);
    std::mem::replace(grown, kept)
}

impl Operand {
    /// A positional argument or plain item.
    #[must_use]
    pub fn plain(value: OpId) -> Self {
        Self { name: None, value, form: OperandForm::Plain }
    }

    /// A named argument, field or constant key.
    #[must_use]
    pub fn named(name: NameId, value: OpId) -> Self {
        Self { name: Some(name), value, form: OperandForm::Plain }
    }
}
