//! The tape: operations in evaluation order, their operands, and the regions over them. The part of the facts that grows with code.

use super::{ClassId, FunctionId, NameId, OpId, RegionId};
use crate::source::Span;
use serde::{Deserialize, Serialize};

/// An operation and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Op {
    /// What it does.
    pub kind: OpKind,
    /// The text it came from. For a call: from the start of the callee expression to the closing parenthesis.
    pub span: Span,
}

/// A list of operands, in [`super::Function::operands`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operands {
    /// First.
    pub start: u32,
    /// How many.
    pub len: u32,
}

/// One argument or item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operand {
    /// `name=value`, a map's constant key, a struct literal's field.
    pub name: Option<NameId>,
    /// The value.
    pub value: OpId,
    /// How it is given.
    pub form: OperandForm,
}

/// How an operand is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OperandForm {
    /// As itself.
    Plain,
    /// `*items`: any number of positional ones.
    Spread,
    /// `**items`, `..base`: any number of named ones.
    NamedSpread,
    /// The key of the operand that follows, for a map whose key is not constant.
    Key,
}

/// What an operation does. Keep this list short; the module docs say what it refuses to hold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum OpKind {
    /// The value of parameter number n. A function's tape starts with one for each of its parameters.
    Param(u16),
    /// A constant.
    Literal(Literal),
    /// The value bound to a name in this or an enclosing scope; a Rust path of several segments is a `Name` and `Attribute`s.
    Name(NameId),
    /// `value.name`, `path::name`.
    Attribute(OpId, NameId),
    /// `value[key]`; also generic arguments in types: `Vec<User>`, `list[User]`.
    Index(OpId, OpId),
    /// A call.
    Call {
        /// What is called.
        callee: OpId,
        /// Its arguments.
        args: Operands,
    },
    /// A value made from parts.
    Construct(Construct, Operands),
    /// Arithmetic, comparison, logic: the operator and its two sides (a unary operator repeats its operand).
    Operate(Operator, OpId, OpId),
    /// One of several values, depending on the run: `a or b`, `x if c else y`, the arms of a `match` used as a value.
    Choose(Operands),
    /// Write `value` to a place.
    Store {
        /// Where.
        target: Target,
        /// What is stored; for a removal, the removed place's old value.
        value: OpId,
        /// How.
        mode: StoreMode,
    },
    /// An element of what a loop iterates over, or of what is unpacked.
    Element(OpId),
    /// What entering a `with` yields, or a Rust pattern's inside (`Some(x)`, `Ok(x)`), with the name of the variant: `Shape::Round(x)`.
    Enter(OpId, Option<NameId>),
    /// A function as a value: lambda, nested `def`, closure.
    Closure(FunctionId),
    /// A class as a value: its definition is executed here.
    ClassDefinition(ClassId),
    /// Leave the function with a value.
    Return(OpId),
    /// Hand out a value and go on later.
    Yield(OpId),
    /// Wait for an asynchronous value.
    Await(OpId),
    /// Rust `?`: the success value, or leave.
    Try(OpId),
    /// Raise, throw, panic.
    Raise(OpId),
    /// Leave or continue the innermost loop.
    Jump(Jump),
    /// A value nothing is known about (a construct this model does not hold).
    Opaque,
}

/// How a jump moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Jump {
    /// Leave the loop.
    Break,
    /// Next round.
    Continue,
}

/// A constant.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Literal {
    /// `None`, `null`, `()`.
    None,
    /// A truth value.
    Bool(bool),
    /// A whole number that fits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A string whose whole text is known.
    Text(NameId),
    /// Bytes, ellipsis and the like: constant, content of no interest.
    Other,
}

/// What is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Construct {
    /// `[..]`, `vec![..]`.
    List,
    /// `(..)`.
    Tuple,
    /// `{a, b}`.
    Set,
    /// `{k: v}`; operands carry the key as name when it is constant.
    Map,
    /// `f"..{x}.."`, `format!(..)`, implicit and explicit concatenation: constant parts are literals among the operands.
    Text,
    /// `a:b:c` inside an index: three operands, `None` literals where left out.
    Slice,
    /// A list, set or generator made by a comprehension: its operand is the element value.
    Comprehension,
    /// A map made by a comprehension: operands are key and value.
    MapComprehension,
    /// A struct literal: the first operand is the type, then named fields.
    Struct,
    /// A macro call that was not expanded: the first operand is its path, then the parsed arguments.
    Macro,
}

/// Which operation on two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Operator {
    /// `+`.
    Add,
    /// `-`.
    Subtract,
    /// `%`.
    Modulo,
    /// Other arithmetic or bitwise operations.
    Arithmetic,
    /// `==`.
    Equal,
    /// `!=`.
    NotEqual,
    /// `<`, `<=`, `>`, `>=`.
    Order,
    /// `in`.
    In,
    /// `not in`.
    NotIn,
    /// `is`.
    Is,
    /// `is not`.
    IsNot,
    /// `not`, `!`.
    Not,
    /// `and`, `&&` where only the truth matters.
    And,
    /// `or`, `||` where only the truth matters.
    Or,
}

/// Where a store goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// A local name; a global one when declared so or in the module body.
    Name(NameId),
    /// `value.name`.
    Attribute(OpId, NameId),
    /// `value[key]`.
    Item(OpId, OpId),
    /// `*value`, the whole content behind a reference.
    Content(OpId),
}

/// How a store changes its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StoreMode {
    /// Replaces the value.
    Plain,
    /// Changes it by its old value: `+=`.
    Augmented,
    /// Removes it: `del`.
    Removed,
    /// Declares it without giving a value: `x: int`.
    Declared,
}

/// A stretch of the tape with something in common.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// What it is.
    pub kind: RegionKind,
    /// First operation.
    pub start: OpId,
    /// One past the last.
    pub end: OpId,
    /// The innermost region around it.
    pub parent: Option<RegionId>,
    /// The text of the whole construct's head (`for x in xs`).
    pub span: Span,
}

/// What a region is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum RegionKind {
    /// A loop's body (the iterable is evaluated before it).
    Loop {
        /// The value it iterates over; none for `while`, `loop`.
        over: Option<OpId>,
        /// What keeps a `while` going, evaluated inside; none for endless loops (`while True`, `loop`).
        condition: Option<OpId>,
        /// Made by a comprehension or generator expression.
        comprehension: bool,
    },
    /// An arm that runs only sometimes.
    Branch {
        /// The tested value, evaluated before; none where nothing says what decides.
        condition: Option<OpId>,
        /// False for an `else` arm.
        positive: bool,
    },
    /// An arm of a `match` whose pattern is more than a constant; other arms are branches on a comparison.
    Arm {
        /// What is matched.
        subject: OpId,
    },
    /// The guarded part of a `try`.
    Try {
        /// Some handler takes the exception and does not raise again.
        swallows: bool,
    },
    /// A handler: what it catches (a value on the tape before it), if named.
    Handler(Option<OpId>),
    /// A `finally` block.
    Finally,
    /// The body of a `with`; the value is the context manager.
    With(OpId),
    /// An `async` block evaluated in place.
    Async,
    /// The rest of the block after `if c: return`: it runs only when the condition did not hold.
    Guarded {
        /// The condition whose truth left the block.
        condition: OpId,
    },
}

impl Region {
    /// Whether an operation lies in it.
    #[must_use]
    pub fn holds(&self, op: OpId) -> bool {
        self.start <= op && op < self.end
    }
}

impl RegionKind {
    /// The value that decides whether the region runs.
    #[must_use]
    pub fn tested(&self) -> Option<OpId> {
        match *self {
            Self::Branch { condition, .. } => condition,
            Self::Guarded { condition } | Self::Arm { subject: condition } => Some(condition),
            _ => None,
        }
    }

    /// Whether it is an arm that runs only sometimes.
    #[must_use]
    pub fn is_arm(&self) -> bool {
        matches!(self, Self::Branch { .. } | Self::Arm { .. })
    }
}
