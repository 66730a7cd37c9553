//! In which contexts is a function called? Constants that a caller passes, or leaves out, decide which branches of the callee run.

use crate::facts::{
    Function, Literal, NameId, OpId, OpKind, Operand, OperandForm, Operator, Param, ParamKind, Region, RegionKind, Target,
};
use crate::finding::FileId;
use crate::lang::Language;
use crate::link::Files;
use crate::link::reach::graph::{Edge, Graph};
use crate::link::values::eval::How;
use crate::link::values::rounds::decorator_names;
use crate::link::values::value::FnId;
use rustc_hash::FxHashSet;

/// What is known of an argument.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Constant {
    /// `None`, or nothing given where that is the default.
    None,
    Bool(bool),
    Int(i64),
    Text(FileId, NameId),
    /// A member of an enumeration: `Mode.FULL`, by its owner's name and its own.
    Member(FileId, NameId, NameId),
    /// Something that is there: a list, a function, `Some(x)`.
    Something,
}

/// What is known of the parameters of one call, by index. Empty: nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Context(Vec<(u16, Constant)>);

/// Which parameters decide about branches, of every function, there or in what they are passed on to.
#[derive(Debug, Default)]
pub(crate) struct Contexts {
    deciding: Vec<Vec<u16>>,
    /// Calls that make a handle: a client, a connection, a pool.
    made: FxHashSet<(FnId, OpId)>,
}

impl Contexts {
    /// Find the parameters that matter.
    pub(crate) fn find(files: &Files, graph: &Graph, made: FxHashSet<(FnId, OpId)>) -> Self {
        let all = (0..files.function_count()).map(FnId::from_index);
        let mut contexts = Self { deciding: all.clone().map(|id| tested_params(files.facts(id))).collect(), made };
        let mut queue: Vec<FnId> = all.filter(|id| !contexts.deciding[id.index()].is_empty()).collect();
        while let Some(callee) = queue.pop() {
            for edge in graph.to(callee) {
                let passed: Vec<u16> = contexts.deciding[callee.index()]
                    .iter()
                    .filter_map(|&param| match argument(files, edge, param) {
                        Some(op) => own_param(files.facts(edge.caller), op),
                        None => None,
                    })
                    .collect();
                let own = &mut contexts.deciding[edge.caller.index()];
                let known = own.len();
                own.extend(passed.into_iter().filter(|param| !own.contains(param)).collect::<Vec<_>>());
                if own.len() > known {
                    queue.push(edge.caller);
                }
            }
        }
        contexts
    }

    /// The context in which a call from within `around` runs its callee.
    pub(crate) fn enter(&self, files: &Files, edge: &Edge, around: &Context) -> Context {
        let caller = View::new(files, edge.caller, around);
        let deciding = &self.deciding[edge.callee.index()];
        let known = deciding.iter().filter_map(|&param| {
            let constant = match argument(files, edge, param) {
                Some(op) => caller.argument(op, &self.made, is_replaced(files.facts(edge.callee), param))?,
                None => default(files, edge, param)?,
            };
            Some((param, constant))
        });
        Context(known.collect())
    }

    /// Whether `op` never runs in a context.
    pub(crate) fn excludes(&self, files: &Files, function: FnId, op: OpId, context: &Context) -> bool {
        if context.0.is_empty() {
            return false;
        }
        let view = View::new(files, function, context);
        files.facts(function).regions_around(op).any(|region| match region.kind {
            RegionKind::Branch { condition: Some(condition), positive } => view.truth(condition, 0) == Some(!positive),
            RegionKind::Guarded { condition } => view.truth(condition, 0) == Some(true),
            _ => false,
        })
    }
}

impl Context {
    /// Whether nothing is known, so that everything may run.
    pub(crate) fn is_open(&self) -> bool {
        self.0.is_empty()
    }
}

/// A function as it runs in a context.
struct View<'p> {
    files: &'p Files,
    id: FnId,
    facts: &'p Function,
    file: FileId,
    language: Language,
    context: &'p Context,
}

impl<'p> View<'p> {
    fn new(files: &'p Files, id: FnId, context: &'p Context) -> Self {
        let (file, _) = files.locate(id);
        Self { files, id, facts: files.facts(id), file, language: files.get(file).language, context }
    }

    fn constant(&self, op: OpId) -> Option<Constant> {
        match self.facts.op(op).kind {
            OpKind::Name(_) => {
                let param = own_param(self.facts, op)?;
                self.context.0.iter().find(|(known, _)| *known == param).map(|&(_, constant)| constant)
            }
            // Texts are compared whatever their case is.
            OpKind::Call { callee, .. } => match folded(self.files, self.file, self.facts, callee) {
                Some(text) => self.constant(text),
                None => constant(self.files, self.file, self.facts, self.facts.op(op).kind),
            },
            kind => constant(self.files, self.file, self.facts, kind),
        }
    }

    /// What a caller passes: whoever writes an argument down gives something, unless it is a name that may hold nothing.
    fn argument(&self, op: OpId, made: &FxHashSet<(FnId, OpId)>, replaced: bool) -> Option<Constant> {
        self.constant(op).or_else(|| {
            // A parameter that is filled in where nothing is there is often handed nothing.
            let given = !replaced && is_given(self.facts.op(op).kind) || self.is_made(op, made);
            (given && self.language == Language::Python).then_some(Constant::Something)
        })
    }

    /// A local name under which only handles are stored that were made here: `client = boto3.client(..)`.
    fn is_made(&self, op: OpId, made: &FxHashSet<(FnId, OpId)>) -> bool {
        let OpKind::Name(name) = self.facts.op(op).kind else { return false };
        let mut stored = self.facts.ops.iter().filter_map(|op| match op.kind {
            OpKind::Store { target: Target::Name(stored), value, .. } if stored == name => Some(value),
            _ => None,
        });
        let is_made = |mut value| {
            while let OpKind::Await(of) | OpKind::Try(of) | OpKind::Enter(of, _) = self.facts.op(value).kind {
                value = of;
            }
            made.contains(&(self.id, value))
        };
        stored.next().is_some_and(is_made) && stored.all(is_made)
    }

    /// Whether a name is a parameter that stands for nothing where it is left out: `session=None`.
    fn is_optional(&self, op: OpId) -> bool {
        let default = own_param(self.facts, op).and_then(|at| self.facts.params[usize::from(at)].default);
        let parent = self.facts.parent.map(|parent| &self.files.get(self.file).facts.functions[parent.index()]);
        default.zip(parent).is_some_and(|(default, parent)| parent.op(default).kind == OpKind::Literal(Literal::None))
    }

    /// Whether a condition holds, as far as the context decides it.
    fn truth(&self, op: OpId, depth: u32) -> Option<bool> {
        if depth == 16 {
            return None;
        }
        match self.facts.op(op).kind {
            OpKind::Operate(Operator::Not, inner, _) => self.truth(inner, depth + 1).map(|truth| !truth),
            OpKind::Operate(Operator::And, left, right) => match (self.truth(left, depth + 1), self.truth(right, depth + 1)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            OpKind::Operate(Operator::Or, left, right) => match (self.truth(left, depth + 1), self.truth(right, depth + 1)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            OpKind::Operate(Operator::Is | Operator::Equal, left, right) => {
                self.equal(self.constant(left)?, self.constant(right)?)
            }
            OpKind::Operate(Operator::IsNot | Operator::NotEqual, left, right) => {
                self.equal(self.constant(left)?, self.constant(right)?).map(|equal| !equal)
            }
            OpKind::Operate(Operator::In, left, right) => self.among(left, right),
            OpKind::Operate(Operator::NotIn, left, right) => self.among(left, right).map(|among| !among),
            _ => match self.constant(op)? {
                Constant::None => Some(false),
                Constant::Bool(truth) => Some(truth),
                Constant::Int(number) => Some(number != 0),
                Constant::Text(file, text) => Some(!self.files.name(file, text).is_empty()),
                // `if let Some(x) = param` asks whether it is there, as `if not session` does where `None` is the default; another
                // Python list that is there may be empty.
                Constant::Something => (self.language == Language::Rust || self.is_optional(op)).then_some(true),
                Constant::Member(..) => None,
            },
        }
    }

    fn among(&self, item: OpId, list: OpId) -> Option<bool> {
        let item = self.constant(item)?;
        let OpKind::Construct(_, parts) = self.facts.op(list).kind else { return None };
        let mut among = Some(false);
        for part in self.facts.list(parts) {
            let same = self.constant(part.value).and_then(|part| self.equal(item, part));
            match same {
                Some(true) => return Some(true),
                Some(false) => {}
                None => among = None,
            }
        }
        among
    }

    fn equal(&self, a: Constant, b: Constant) -> Option<bool> {
        let name = |file, name| self.files.name(file, name);
        match (a, b) {
            (Constant::None, Constant::None) => Some(true),
            (Constant::None, _) | (_, Constant::None) => Some(false),
            (Constant::Bool(a), Constant::Bool(b)) => Some(a == b),
            (Constant::Int(a), Constant::Int(b)) => Some(a == b),
            (Constant::Text(a_file, a), Constant::Text(b_file, b)) => Some(name(a_file, a).eq_ignore_ascii_case(name(b_file, b))),
            (Constant::Member(a_file, a_owner, a), Constant::Member(b_file, b_owner, b)) => {
                (name(a_file, a_owner) == name(b_file, b_owner)).then(|| name(a_file, a) == name(b_file, b))
            }
            _ => None,
        }
    }
}

/// The constant that an operation is by itself.
fn constant(files: &Files, file: FileId, facts: &Function, kind: OpKind) -> Option<Constant> {
    match kind {
        OpKind::Literal(Literal::None) => Some(Constant::None),
        OpKind::Literal(Literal::Bool(truth)) => Some(Constant::Bool(truth)),
        OpKind::Literal(Literal::Int(number)) => Some(Constant::Int(number)),
        OpKind::Literal(Literal::Text(text)) => Some(Constant::Text(file, text)),
        OpKind::Closure(_) | OpKind::Construct(..) => Some(Constant::Something),
        OpKind::Attribute(owner, member) => match facts.op(owner).kind {
            // A class, as its capital tells; what it is called elsewhere does not matter.
            OpKind::Name(name) | OpKind::Attribute(_, name) if files.name(file, name).starts_with(char::is_uppercase) => {
                Some(Constant::Member(file, name, member))
            }
            _ => None,
        },
        OpKind::Call { callee, .. } => match facts.op(callee).kind {
            OpKind::Name(name) if files.name(file, name) == "Some" => Some(Constant::Something),
            _ => None,
        },
        _ => None,
    }
}

/// The text in `text.lower()`, `text.upper()`, by what is called.
fn folded(files: &Files, file: FileId, facts: &Function, callee: OpId) -> Option<OpId> {
    let OpKind::Attribute(text, name) = facts.op(callee).kind else { return None };
    matches!(files.name(file, name), "lower" | "upper" | "casefold").then_some(text)
}

/// Whether something else is stored under the name of a parameter.
fn is_replaced(facts: &Function, param: u16) -> bool {
    let name = facts.params[usize::from(param)].name;
    facts.ops.iter().any(|op| matches!(op.kind, OpKind::Store { target: Target::Name(stored), .. } if stored == name))
}

fn is_given(kind: OpKind) -> bool {
    matches!(kind, OpKind::Attribute(..) | OpKind::Call { .. } | OpKind::Index(..) | OpKind::Await(_) | OpKind::Try(_))
}

/// The parameter that a name stands for, if nothing else was stored under that name before.
fn own_param(facts: &Function, op: OpId) -> Option<u16> {
    let OpKind::Name(name) = facts.op(op).kind else { return None };
    let at = facts.params.iter().position(|param| param.name == name && is_single(param))?;
    let again = |region: &&Region| matches!(region.kind, RegionKind::Loop { .. });
    // What is stored later in a loop is there in its next round.
    let end = facts.regions_around(op).filter(again).map(|region| region.end).max().unwrap_or(op);
    let mut before = facts.tape().take_while(|&(at, _)| at < end);
    let changes = before.any(|(_, op)| matches!(op.kind, OpKind::Store { target: Target::Name(stored), .. } if stored == name));
    if changes { None } else { u16::try_from(at).ok() }
}

fn is_single(param: &Param) -> bool {
    matches!(param.kind, ParamKind::Normal | ParamKind::NamedOnly)
}

/// Parameters that conditions of the function name.
fn tested_params(facts: &Function) -> Vec<u16> {
    let mut found = Vec::new();
    if facts.params.is_empty() {
        return found;
    }
    let mut waiting: Vec<OpId> = facts
        .regions
        .iter()
        .filter(|region| !matches!(region.kind, RegionKind::Arm { .. }))
        .filter_map(|region| region.kind.tested())
        .collect();
    while let Some(op) = waiting.pop() {
        match facts.op(op).kind {
            OpKind::Operate(_, left, right) => {
                waiting.push(left);
                if right != left {
                    waiting.push(right);
                }
            }
            OpKind::Name(_) => found.extend(own_param(facts, op)),
            // `method.lower() == "get"`
            OpKind::Call { callee, .. } => {
                if let OpKind::Attribute(text, _) = facts.op(callee).kind {
                    waiting.push(text);
                }
            }
            _ => {}
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The arguments of a plain call.
fn arguments<'p>(files: &'p Files, edge: &Edge) -> Option<&'p [Operand]> {
    if edge.how != How::Direct || edge.outside {
        return None;
    }
    let caller = files.facts(edge.caller);
    match caller.op(edge.op).kind {
        OpKind::Call { args, .. } => Some(caller.list(args)),
        _ => None,
    }
}

/// The argument that reaches parameter `param` of the callee, if one is seen to.
pub(crate) fn argument(files: &Files, edge: &Edge, param: u16) -> Option<OpId> {
    let args = arguments(files, edge)?;
    let (callee_file, _) = files.locate(edge.callee);
    let (caller_file, _) = files.locate(edge.caller);
    let wanted = files.name(callee_file, files.facts(edge.callee).params.get(usize::from(param))?.name);
    let named = args
        .iter()
        .find(|arg| arg.form == OperandForm::Plain && arg.name.is_some_and(|name| files.name(caller_file, name) == wanted));
    if let Some(arg) = named {
        return Some(arg.value);
    }
    let position = usize::from(param.checked_sub(u16::from(edge.bound))?);
    let plain = args.iter().take(position + 1).all(|arg| arg.form == OperandForm::Plain && arg.name.is_none());
    args.get(position).filter(|_| plain).map(|arg| arg.value)
}

/// The default of a parameter that a call certainly leaves out.
fn default(files: &Files, edge: &Edge, param: u16) -> Option<Constant> {
    let args = arguments(files, edge)?;
    // A decorator may add arguments of its own.
    let decorators = decorator_names(files, edge.callee);
    let plain = decorators.len() == files.facts(edge.callee).decorators.len()
        && decorators.iter().all(|name| matches!(*name, "staticmethod" | "classmethod"))
        && args.iter().all(|arg| arg.form == OperandForm::Plain);
    if !plain || argument(files, edge, param).is_some() {
        return None;
    }
    let callee = files.facts(edge.callee);
    let (file, _) = files.locate(edge.callee);
    let parent = &files.get(file).facts.functions[callee.parent?.index()];
    let value = callee.params.get(usize::from(param))?.default?;
    constant(files, file, parent, parent.op(value).kind)
}
