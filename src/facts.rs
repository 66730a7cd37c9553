//! The vocabulary that every language is lowered to: plain data about one file, with no trace of a parser in it.
//!
//! A file is a table of names, its imports, classes and functions. A function body is a **tape**: operations in evaluation
//! order, each producing a value that later operations name by index ([`OpId`]), so a method chain is a walk along operands and
//! "inside a loop" is a range test over [`Region`]s. Function 0 of a file is its module body.
//!
//! What this model refuses to hold: statements and expressions as a tree, operator precedence, comments (but for suppressions),
//! formatting, types as a language sees them (an annotation is just operations on the tape of the enclosing scope), control flow
//! beyond nested regions, anything a single rule would want. A rule that needs syntax is missing a fact here.

mod builder;
mod definitions;
mod dump;
mod names;
mod tape;

pub use builder::Builder;
pub use definitions::{Column, Definition, Key, SchemaChange};
pub use dump::dump;
pub use names::{NameId, NameTable};
pub use tape::{
    Construct, Jump, Literal, Op, OpKind, Operand, OperandForm, Operands, Operator, Region, RegionKind, StoreMode, Target,
};

use crate::source::Span;
use serde::{Deserialize, Serialize};

/// Newtypes for positions in tables. Users of it import `serde`'s derives.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
        pub struct $name(pub u32);
        impl $name {
            /// As an index into the table it belongs to.
            #[must_use]
            pub fn index(self) -> usize { self.0 as usize }
            /// From an index into the table it belongs to.
            #[must_use]
            pub fn from_index(index: usize) -> Self { Self(u32::try_from(index).unwrap_or(u32::MAX)) }
        }
    )*};
}

pub(crate) use ids;

ids! {
    /// An operation on the tape of its function; also the value it produces.
    OpId,
    /// A function of a file, in [`FileFacts::functions`]; 0 is the module body.
    FunctionId,
    /// A class of a file, in [`FileFacts::classes`].
    ClassId,
    /// A region of a function, in [`Function::regions`].
    RegionId,
}

/// Everything extraction learns about one file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FileFacts {
    /// Every identifier and string constant of the file, once.
    pub names: NameTable,
    /// Imports, in order of appearance, those inside functions too.
    pub imports: Vec<Import>,
    /// Functions, methods, closures; 0 is the module body.
    pub functions: Vec<Function>,
    /// Classes; in Rust also structs, enums, traits, each joined with its `impl` blocks at link time through [`Impl`].
    pub classes: Vec<Class>,
    /// Blocks that add methods to a type from outside its declaration (Rust `impl`).
    pub impls: Vec<Impl>,
    /// Modules in other files that this one declares (Rust `mod name;`): the inline modules around the declaration, then the name.
    pub submodules: Vec<Box<[NameId]>>,
    /// Those of them that are only there for tests: `#[cfg(test)] mod fakes;`.
    pub test_submodules: Vec<Box<[NameId]>>,
    /// Names made public under this module by other means than definition (Python `__all__` strings).
    pub exports: Vec<NameId>,
    /// What statements of SQL in it define; strings in code are read when somebody asks.
    pub definitions: Vec<Definition>,
    /// What a deployment file says.
    pub sheet: Option<Box<crate::deploy::Sheet>>,
    /// Comments that silence a rule.
    pub suppressions: Vec<Suppression>,
    /// Number of lines.
    pub lines: u32,
    /// Set when some part of the file could not be read; the facts cover the rest.
    pub gaps: Vec<Gap>,
}

/// A part of a file that could not be lowered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// What was skipped.
    pub span: Span,
    /// Why, as the middle of a sentence: `syntax error`, `nesting deeper than 256`.
    pub reason: String,
}

/// One imported name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Function whose scope receives the name (the module body for most).
    pub scope: FunctionId,
    /// Segments of the absolute or relative path: `from a.b import c` has `a`, `b`, `c`; `use a::b::c` the same.
    pub path: Vec<NameId>,
    /// Python: number of leading dots. Rust: 0 (its `self`, `super`, `crate` stay segments of the path).
    pub level: u8,
    /// The local name it binds; none for a glob.
    pub name: Option<NameId>,
    /// `import a.b` without alias binds `a`, not `a.b`: then only the first segment counts for the local name.
    pub binds_root: bool,
    /// `from x import *`, `use x::*`.
    pub glob: bool,
    /// Re-exported to users of this module (Rust `pub use`; every Python import is).
    pub public: bool,
    /// Only for type checkers (`if TYPE_CHECKING:`).
    pub typing_only: bool,
    /// Where it stands.
    pub span: Span,
}

/// What sort of function a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FunctionKind {
    /// The body of the file: runs once when it is loaded. In Rust: statics and constants.
    Module,
    /// The body of a class, run once when its module is; field defaults live here.
    ClassBody,
    /// A named function.
    Function,
    /// A function that belongs to a class; the first parameter is the receiver unless it is static.
    Method,
    /// A lambda, closure, generator expression or an `async` block that has its own frame.
    Closure,
    /// What runs only when the file is the program itself: `if __name__ == "__main__"`.
    MainGuard,
    /// The initialiser of a lazy static: runs once, on first use.
    LazyInit,
}

/// One function, or a body that acts like one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// Its name; closures have none, the module body neither.
    pub name: Option<NameId>,
    /// What sort of body.
    pub kind: FunctionKind,
    /// The function whose tape defines this one; annotations, defaults and decorators are values of that tape.
    pub parent: Option<FunctionId>,
    /// The class it is a method or body of.
    pub class: Option<ClassId>,
    /// `async def`, `async fn`, `async` block or closure.
    pub is_async: bool,
    /// Contains a `yield`.
    pub is_generator: bool,
    /// No receiver: `@staticmethod`, a Rust associated function.
    pub is_static: bool,
    /// Has no body of its own to run (`Protocol`, abstract, `...`, a trait method without default).
    pub is_abstract: bool,
    /// Compiled or collected only for tests by the language's own mark (`#[cfg(test)]`, `#[test]`).
    pub is_test: bool,
    /// Visible outside its module (Rust `pub`; Python: no leading underscore).
    pub is_public: bool,
    /// Parameters, the receiver included.
    pub params: Vec<Param>,
    /// Annotated result: a value of the parent's tape.
    pub returns: Option<OpId>,
    /// Decorators or attributes, top to bottom: values of the parent's tape.
    pub decorators: Vec<OpId>,
    /// Names declared `global`.
    pub globals: Vec<NameId>,
    /// Inline module path inside the file (Rust `mod a { mod b { .. } }`), outermost first.
    pub scope: Vec<NameId>,
    /// From the first decorator-free token of the definition to the end of the body.
    pub span: Span,
    /// The name, or the keyword that opens it.
    pub name_span: Span,
    /// Operations in evaluation order.
    pub ops: Vec<Op>,
    /// Lists of operands that operations refer to by range.
    pub operands: Vec<Operand>,
    /// Regions, outer before inner, by start.
    pub regions: Vec<Region>,
}

/// How an argument meets its parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ParamKind {
    /// By position or by name.
    Normal,
    /// Only by name.
    NamedOnly,
    /// `*args`.
    Rest,
    /// `**kwargs`.
    NamedRest,
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Param {
    /// Its name; for a destructuring pattern the front end invents `_0`, `_1`, and stores the parts by name.
    pub name: NameId,
    /// How arguments reach it.
    pub kind: ParamKind,
    /// Annotation, on the parent's tape.
    pub annotation: Option<OpId>,
    /// Default, on the parent's tape.
    pub default: Option<OpId>,
    /// Where it stands.
    pub span: Span,
}

/// A class, struct, enum or trait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class {
    /// Its name.
    pub name: NameId,
    /// The function in whose tape it is defined.
    pub parent: FunctionId,
    /// The function that is its body ([`FunctionKind::ClassBody`]).
    pub body: FunctionId,
    /// Base classes: values of the parent's tape. Rust: derived traits are decorators, not bases.
    pub bases: Vec<OpId>,
    /// Named arguments of the class statement (`table=True`, `metaclass=M`): values of the parent's tape.
    pub keywords: Vec<(NameId, OpId)>,
    /// Decorators or attributes: values of the parent's tape.
    pub decorators: Vec<OpId>,
    /// Declared fields.
    pub fields: Vec<Field>,
    /// Inline module path inside the file, outermost first.
    pub scope: Vec<NameId>,
    /// The whole definition.
    pub span: Span,
    /// The name.
    pub name_span: Span,
}

/// A declared field: a class-level annotation or assignment, a struct member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name; tuple structs have `0`, `1`.
    pub name: NameId,
    /// Annotated type: a value of the class body's tape.
    pub annotation: Option<OpId>,
    /// Default or class-level value: a value of the class body's tape.
    pub value: Option<OpId>,
    /// Where it stands.
    pub span: Span,
}

/// Methods added to a type outside its declaration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impl {
    /// The type: a value of [`Impl::tape`].
    pub target: OpId,
    /// The implemented trait, if any: a value of [`Impl::tape`].
    pub interface: Option<OpId>,
    /// Attributes: values of [`Impl::tape`] (`#[tonic::async_trait]`).
    pub decorators: Vec<OpId>,
    /// The methods.
    pub methods: Vec<FunctionId>,
    /// Inline module path inside the file, outermost first.
    pub scope: Vec<NameId>,
}

/// A comment that silences rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// The rules it names, as written.
    pub rules: Vec<String>,
    /// Why; empty when missing, which is itself reported.
    pub reason: String,
    /// `until=YYYY-MM-DD`, as written.
    pub until: Option<String>,
    /// For the whole file.
    pub whole_file: bool,
    /// The comment stands alone on its line, so it speaks for the next one.
    pub own_line: bool,
    /// Where the comment stands.
    pub span: Span,
}

impl Impl {
    /// The function on whose tape its target, interface and decorators are: the one around it.
    #[must_use]
    pub fn tape<'f>(&self, facts: &'f FileFacts) -> &'f Function {
        let around = self.methods.first().and_then(|method| facts.functions[method.index()].parent);
        &facts.functions[around.unwrap_or_default().index()]
    }
}

impl Function {
    /// The operation `id`.
    #[must_use]
    pub fn op(&self, id: OpId) -> &Op {
        &self.ops[id.index()]
    }

    /// The operands of a list.
    #[must_use]
    pub fn list(&self, list: Operands) -> &[Operand] {
        &self.operands[list.start as usize..(list.start + list.len) as usize]
    }

    /// The names of a dotted path, first to last: of a type without its arguments, of a called decorator. `None` for what is
    /// no path.
    #[must_use]
    pub fn path(&self, op: OpId) -> Option<Vec<NameId>> {
        let (mut at, mut path) = (op, Vec::new());
        loop {
            match self.op(at).kind {
                OpKind::Index(base, _) | OpKind::Call { callee: base, .. } => at = base,
                OpKind::Attribute(base, name) => {
                    path.push(name);
                    at = base;
                }
                OpKind::Name(name) => {
                    path.push(name);
                    path.reverse();
                    return Some(path);
                }
                _ => return None,
            }
        }
    }

    /// Every operation with its id, in evaluation order.
    pub fn tape(&self) -> impl Iterator<Item = (OpId, &Op)> {
        self.ops.iter().enumerate().map(|(index, op)| (OpId::from_index(index), op))
    }

    /// The regions around `op`, innermost first.
    pub fn regions_around(&self, op: OpId) -> impl Iterator<Item = &Region> {
        self.regions.iter().rev().filter(move |region| region.holds(op))
    }
}
