//! Does this value, written out as text, show a password, token, key, card or identity number?

use super::logs::LogCall;
use super::secret_names::{NamedAs, hides, is_error, reads_language, secret_key, secret_name};
use crate::facts::{Construct, Function, Literal, NameId, OpId, OpKind, Operand, OperandForm, Operator, StoreMode, Target};
use crate::finding::{Confidence, FileId, Place};
use crate::lang::Language;
use crate::link::project::Project;
use crate::link::values::flows::last_store;
use crate::link::values::remembered::Values;
use crate::link::values::value::{FnId, Kind, Value};
use std::cell::OnceCell;

/// A secret that is written out.
#[derive(Debug, Clone)]
pub struct Shown {
    /// What shows it.
    pub place: Place,
    /// How people call it: `password`, `LoginForm.password`.
    pub name: String,
    /// An object is written out whole, and the secret is a field of it: its class.
    pub within: Option<String>,
    /// How sure it is.
    pub sure: Confidence,
    /// Where a caller passes it on to the function that writes it out.
    pub passed: Option<Place>,
}

/// A plain `token` pages, locks, asks or identifies as often as it lets somebody in. Of 20 judged findings that rested on the
/// word alone (`tests/precision`), none was right.
const PLAIN_TOKEN: Confidence = Confidence::Low;

/// How far a value is followed.
const DEPTH: u32 = 10;

/// How many calls a value is followed back through.
const CALLS: u32 = 2;

/// Methods and functions whose result shows what they are given.
const SHOWING: [&str; 40] = [
    "str",
    "repr",
    "format",
    "strip",
    "lstrip",
    "rstrip",
    "decode",
    "lower",
    "upper",
    "to_string",
    "to_owned",
    "clone",
    "cloned",
    "as_str",
    "as_ref",
    "as_deref",
    "unwrap",
    "unwrap_or",
    "unwrap_or_default",
    "expect",
    "into",
    "trim",
    "from",
    "dumps",
    "pformat",
    "dict",
    "copy",
    "model_dump",
    "model_dump_json",
    "to_dict",
    "asdict",
    "vars",
    "to_str",
    "ok",
    "from_utf8_lossy",
    "borrow",
    "deref",
    "into_inner",
    "display",
    "astuple",
];

/// Those of them that show their arguments.
const WRITING: [&str; 6] = ["format", "from", "dumps", "pformat", "asdict", "from_utf8_lossy"];

/// Functions that take the name of a file.
const OPENING: [&str; 8] =
    ["open", "Path", "read_text", "read_bytes", "read_to_string", "exists", "isfile", "load_pem_private_key_file"];

/// Methods and functions that take a key and give what lies under it.
const GETTING: [&str; 10] = ["get", "pop", "getlist", "getenv", "env", "var", "getfirst", "get_header", "header", "get_argument"];

/// Methods that bring out what a type hides.
const EXPOSING: [&str; 4] = ["expose_secret", "get_secret_value", "dangerously_leak_secret", "reveal_secret"];

/// One function, looked at.
pub(crate) struct Look<'p> {
    pub(crate) project: &'p Project,
    pub(crate) function: FnId,
    pub(crate) facts: &'p Function,
    pub(crate) file: FileId,
    values: OnceCell<Values>,
    /// Calls that were followed back so far.
    calls: u32,
}

impl Project {
    /// The secrets that a call which logs or prints writes out, one for each argument.
    #[must_use]
    pub fn logged_secrets(&self, call: &LogCall) -> Vec<Shown> {
        let look = Look::at(self, call.function, 0);
        let OpKind::Call { args, .. } = look.facts.op(call.op).kind else { return Vec::new() };
        let mut found: Vec<Shown> = look.facts.list(args).iter().filter_map(|arg| look.operand(arg, 0)).collect();
        if self.language(call.function) == Language::Rust {
            found.extend(look.facts.list(args).iter().flat_map(|arg| look.captured(arg)));
        }
        found.dedup_by(|a, b| a.name == b.name);
        found
    }
}

impl<'p> Look<'p> {
    pub(crate) fn at(project: &'p Project, function: FnId, calls: u32) -> Self {
        let (file, _) = project.files().locate(function);
        Self { project, function, facts: project.facts(function), file, values: OnceCell::new(), calls }
    }

    pub(crate) fn text(&self, name: NameId) -> &'p str {
        self.project.files().name(self.file, name)
    }

    pub(crate) fn value(&self, op: OpId) -> Value {
        self.values.get_or_init(|| self.project.values(self.function)).get(op.index()).copied().unwrap_or(Value::UNKNOWN)
    }

    fn found(&self, op: OpId, name: &str, sure: Confidence) -> Option<Shown> {
        Some(Shown { place: self.project.place(self.function, op), name: name.to_owned(), within: None, sure, passed: None })
    }

    /// An argument or item: by the name it is given under, or by its value.
    fn operand(&self, part: &Operand, depth: u32) -> Option<Shown> {
        if part.form == OperandForm::Key {
            return None;
        }
        let name = part.name.map(|name| self.text(name));
        let named = name.and_then(|name| secret_key(name).map(|how| (name, how)));
        let by_name = named.and_then(|(name, how)| match how {
            NamedAs::Secret if self.could_hold(part.value, 0) => self.found(part.value, name, Confidence::High),
            NamedAs::Secret | NamedAs::Perhaps => None,
        });
        by_name.or_else(|| self.shown(part.value, depth))
    }

    /// What the value of `op` shows when it is written out.
    pub(crate) fn shown(&self, op: OpId, depth: u32) -> Option<Shown> {
        if depth > DEPTH {
            return None;
        }
        let inner = |part: OpId| if part < op { self.shown(part, depth + 1) } else { None };
        match self.facts.op(op).kind {
            OpKind::Name(name) => self.named(op, op, name, depth),
            OpKind::Attribute(base, name) => self.attribute(op, base, name),
            OpKind::Index(_, key) => self.keyed(op, key),
            OpKind::Call { callee, args } => self.call(op, callee, self.facts.list(args), depth),
            OpKind::Construct(Construct::Text | Construct::List | Construct::Tuple | Construct::Set | Construct::Map, parts) => {
                let parts = self.facts.list(parts);
                let shown = parts.iter().enumerate().filter(|(at, part)| part.value < op && !self.is_in_path(&parts[..*at]));
                shown.map(|(_, part)| part).find_map(|part| self.operand(part, depth + 1))
            }
            OpKind::Choose(parts) => self.facts.list(parts).iter().find_map(|part| inner(part.value)),
            OpKind::Operate(Operator::Add | Operator::Modulo, left, right) => inner(left).or_else(|| inner(right)),
            OpKind::Await(of) | OpKind::Try(of) | OpKind::Enter(of, _) => inner(of),
            _ => None,
        }
    }

    /// Whether the text before a part ends within the path of a file, of which the part is then a piece: `certs/{key}`.
    fn is_in_path(&self, before: &[Operand]) -> bool {
        let Some(OpKind::Literal(Literal::Text(text))) = before.last().map(|part| self.facts.op(part.value).kind) else {
            return false;
        };
        let word = self.text(text).rsplit(|c: char| c.is_whitespace() || "'\"`=(".contains(c)).next().unwrap_or_default();
        word.ends_with('/') && !word.starts_with('/') && !word.contains("://")
    }

    /// A name at `at`; `op` is where it is written out.
    fn named(&self, op: OpId, at: OpId, name: NameId, depth: u32) -> Option<Shown> {
        let text = self.text(name);
        let stored = last_store(self.facts, name, at);
        let param = self.facts.params.iter().position(|param| param.name == name);
        let value = match (stored, param) {
            _ if op == at && matches!(self.facts.op(op).kind, OpKind::Name(_)) => self.value(op),
            (Some(stored), _) => self.value(stored),
            (None, Some(param)) => self.value(OpId::from_index(param)),
            (None, None) => Value::UNKNOWN,
        };
        // What a failed call gave: its type is that of success.
        if is_error(text) {
            return None;
        }
        if let Some(class) = self.project.instance_class(value) {
            return self.whole(op, class, value);
        }
        // `let shown: Selector = secret.into();`: that type writes itself out in its own way.
        if let Some(annotation) = self.declared(name, at)
            && !self.project.declares_text_on(self.file, self.facts, annotation)
        {
            return match self.value(annotation).kind {
                Kind::Class(ty) => self.whole(op, ty.base.project()?, Value::UNKNOWN),
                _ => None,
            };
        }
        let how = secret_name(text)
            .filter(|_| self.is_text_like(value) && stored.is_none_or(|stored| self.could_hold_stored(stored, 0)));
        match how {
            Some(NamedAs::Secret) if !self.is_constant_name(text, value) => return self.found(op, text, Confidence::High),
            Some(NamedAs::Perhaps) if self.is_token(name, stored, param) => return self.found(op, text, PLAIN_TOKEN),
            Some(_) => return None,
            None => {}
        }
        if let (None, Some(param)) = (stored, param)
            && self.is_secret_header(param)
        {
            return self.found(op, text, Confidence::High);
        }
        match (stored, param) {
            (Some(stored), _) if stored < at => {
                let shown = self.shown(stored, depth + 1)?;
                Some(Shown { place: self.project.place(self.function, op), ..shown })
            }
            (None, Some(param)) => self.passed(op, param),
            _ => None,
        }
    }

    /// The type that a variable was last declared with before `at`.
    fn declared(&self, name: NameId, at: OpId) -> Option<OpId> {
        self.facts
            .tape()
            .take_while(|(op, _)| *op < at)
            .filter_map(|(_, op)| match op.kind {
                OpKind::Store { target: Target::Name(stored), value, mode: StoreMode::Declared } if stored == name => Some(value),
                _ => None,
            })
            .last()
    }

    /// A parameter with a name that says nothing: what callers pass.
    fn passed(&self, op: OpId, param: usize) -> Option<Shown> {
        if self.calls >= CALLS {
            return None;
        }
        let name = self.text(self.facts.params.get(param)?.name);
        let mut edges = self.project.graph.to(self.function).filter(|edge| {
            edge.how == crate::link::values::eval::How::Direct && !edge.outside && !edge.guessed && edge.caller != self.function
        });
        edges.find_map(|edge| {
            if self.project.is_test(edge.caller) {
                return None;
            }
            let look = Look::at(self.project, edge.caller, self.calls + 1);
            let OpKind::Call { args, .. } = look.facts.op(edge.op).kind else { return None };
            let args = look.facts.list(args);
            let position = param.checked_sub(usize::from(edge.bound));
            let by_name = args.iter().find(|arg| arg.name.is_some_and(|arg| look.text(arg) == name));
            let plain = |position: usize| args.get(position).filter(|arg| arg.name.is_none() && arg.form == OperandForm::Plain);
            let arg = by_name.or_else(|| position.and_then(plain))?;
            let shown = look.shown(arg.value, 0)?;
            let passed = shown.passed.or(Some(shown.place));
            Some(Shown { place: self.project.place(self.function, op), passed, ..shown })
        })
    }

    fn attribute(&self, op: OpId, base: OpId, name: NameId) -> Option<Shown> {
        let value = self.value(op);
        let text = self.text(name);
        if let Some(class) = self.project.instance_class(value) {
            return self.whole(op, class, value);
        }
        let how = secret_name(text)?;
        if !self.is_text_like(value) || self.is_type(base) || matches!(value.kind, Kind::Text(..)) || self.is_opened(op) {
            return None;
        }
        let sure = match how {
            NamedAs::Secret => Confidence::High,
            NamedAs::Perhaps if self.reads_language() => return None,
            NamedAs::Perhaps => PLAIN_TOKEN,
        };
        self.found(op, text, sure)
    }

    /// `body["password"]`.
    fn keyed(&self, op: OpId, key: OpId) -> Option<Shown> {
        let OpKind::Literal(Literal::Text(key)) = self.facts.op(key).kind else { return None };
        let sure = match secret_key(self.text(key))? {
            NamedAs::Secret => Confidence::High,
            NamedAs::Perhaps if self.reads_language() => return None,
            NamedAs::Perhaps => PLAIN_TOKEN,
        };
        self.found(op, self.text(key), sure)
    }

    fn call(&self, op: OpId, callee: OpId, args: &[Operand], depth: u32) -> Option<Shown> {
        let (name, base) = match self.facts.op(callee).kind {
            OpKind::Name(name) => (self.text(name), None),
            OpKind::Attribute(base, name) => (self.text(name), Some(base)),
            _ => return None,
        };
        let first = args.first();
        if EXPOSING.contains(&name) {
            let of = base.and_then(|base| self.last_name(base)).unwrap_or("the secret");
            return self.found(op, of, Confidence::High);
        }
        if GETTING.contains(&name) {
            return first.and_then(|key| self.keyed(op, key.value));
        }
        if hides(name) {
            return None;
        }
        let written = |arg: &Operand| arg.name.is_some_and(|name| matches!(self.text(name), "exclude" | "include"));
        if SHOWING.contains(&name) && !args.iter().any(written) {
            let of_base = base.filter(|&base| base < op).and_then(|base| self.shown(base, depth + 1));
            let writes = base.is_none() || WRITING.contains(&name);
            return of_base.or_else(|| args.iter().filter(|_| writes).find_map(|arg| self.operand(arg, depth + 1)));
        }
        // `response.access_token()`, `response.access_token().secret()`.
        let base = base.filter(|_| args.is_empty())?;
        match secret_name(name)? {
            NamedAs::Secret => self.found(op, name, Confidence::High),
            NamedAs::Perhaps => {
                let of = self.last_name(base).filter(|of| secret_name(of) == Some(NamedAs::Secret))?;
                self.found(op, of, Confidence::High)
            }
        }
    }

    /// The last name of what a method is called on.
    fn last_name(&self, op: OpId) -> Option<&'p str> {
        match self.facts.op(op).kind {
            OpKind::Name(name) | OpKind::Attribute(_, name) => Some(self.text(name)),
            OpKind::Call { callee, .. } => self.last_name(callee),
            OpKind::Try(of) | OpKind::Await(of) => self.last_name(of),
            _ => None,
        }
    }

    /// `{token}` in the text of a macro of Rust.
    fn captured(&self, arg: &Operand) -> Vec<Shown> {
        let OpKind::Literal(Literal::Text(format)) = self.facts.op(arg.value).kind else { return Vec::new() };
        let holes = self.text(format).split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(hole, _)| hole);
        let names = holes.map(|hole| hole.split(':').next().unwrap_or_default()).filter(|name| !name.is_empty());
        let ids =
            names.filter_map(|name| self.project.files().get(self.file).facts.names.iter().find(|(_, known)| *known == name));
        ids.filter_map(|(id, _)| self.named(arg.value, arg.value, id, 0)).collect()
    }

    /// Whether a value given under the name of a secret can be one: no constant, comparison, length, mask or part.
    fn could_hold(&self, op: OpId, depth: u32) -> bool {
        if depth > DEPTH || !self.is_text_like(self.value(op)) {
            return false;
        }
        match self.facts.op(op).kind {
            OpKind::Name(name) => {
                let stored = last_store(self.facts, name, op);
                !hides(self.text(name)) && stored.is_none_or(|stored| self.could_hold_stored(stored, depth + 1))
            }
            OpKind::Attribute(base, name) => !hides(self.text(name)) && !self.is_type(base),
            OpKind::Index(_, key) => matches!(self.facts.op(key).kind, OpKind::Literal(Literal::Text(_)) | OpKind::Name(_)),
            OpKind::Call { .. } => self.shown(op, depth + 1).is_some(),
            OpKind::Construct(Construct::Text, parts) | OpKind::Choose(parts) => {
                self.facts.list(parts).iter().any(|part| part.value < op && self.could_hold(part.value, depth + 1))
            }
            OpKind::Await(of) | OpKind::Try(of) | OpKind::Enter(of, _) => self.could_hold(of, depth + 1),
            _ => false,
        }
    }

    /// The same of what was stored under such a name, where any function may have made it that does not say it hides it.
    fn could_hold_stored(&self, op: OpId, depth: u32) -> bool {
        match self.facts.op(op).kind {
            OpKind::Call { callee, .. } => self.last_name(callee).is_none_or(|name| !hides(name)),
            OpKind::Element(_) | OpKind::Opaque => true,
            OpKind::Operate(operator, ..) => matches!(operator, Operator::Add | Operator::Modulo | Operator::Or),
            OpKind::Await(of) | OpKind::Try(of) | OpKind::Enter(of, _) if depth < DEPTH => self.could_hold_stored(of, depth + 1),
            OpKind::Param(_) => true,
            OpKind::Choose(parts) if depth < DEPTH => {
                self.facts.list(parts).iter().any(|part| part.value < op && self.could_hold_stored(part.value, depth + 1))
            }
            _ => self.could_hold(op, depth),
        }
    }

    /// A plain `token` or `secret`: it was read under such a name, made by what says so, or is declared as text.
    fn is_token(&self, name: NameId, stored: Option<OpId>, param: Option<usize>) -> bool {
        if self.reads_language() {
            return false;
        }
        match (stored, param) {
            (Some(stored), _) => self.makes_token(stored, 0),
            (None, Some(param)) => {
                let param = &self.facts.params[param];
                let declared = param.annotation.map(|annotation| self.project.declares_text(self.function, annotation));
                !self.text(name).eq_ignore_ascii_case("secret") && declared.unwrap_or(true)
            }
            (None, None) => false,
        }
    }

    fn makes_token(&self, op: OpId, depth: u32) -> bool {
        let says = |name: &str| {
            let name = name.to_ascii_lowercase();
            let looked_up =
                ["query", "find", "lookup", "load", "fetch", "select", "filter"].iter().any(|verb| name.starts_with(verb));
            !looked_up
                && (secret_key(&name).is_some()
                    || ["token", "jwt", "encode", "sign"].iter().any(|word| name.contains(word)) && !name.contains("tokenize"))
        };
        match self.facts.op(op).kind {
            OpKind::Call { callee, args } => {
                let name = self.last_name(callee);
                let keyed = || self.facts.list(args).first().is_some_and(|key| self.keyed(op, key.value).is_some());
                name.is_some_and(|name| if GETTING.contains(&name) { keyed() } else { says(name) && !hides(name) })
            }
            OpKind::Attribute(_, name) => says(self.text(name)),
            OpKind::Index(_, key) => self.keyed(op, key).is_some(),
            OpKind::Await(of) | OpKind::Try(of) | OpKind::Enter(of, _) if depth < DEPTH => self.makes_token(of, depth + 1),
            OpKind::Choose(parts) if depth < DEPTH => {
                self.facts.list(parts).iter().any(|part| part.value < op && self.makes_token(part.value, depth + 1))
            }
            _ => false,
        }
    }

    /// Whether what an operation names is the name of a file, since the function opens it.
    fn is_opened(&self, op: OpId) -> bool {
        let path = self.facts.path(op);
        path.is_some()
            && self.facts.ops.iter().any(|next| match next.kind {
                OpKind::Call { callee, args } => {
                    self.last_name(callee).is_some_and(|name| OPENING.contains(&name))
                        && self.facts.list(args).iter().any(|arg| self.facts.path(arg.value) == path)
                }
                _ => false,
            })
    }

    fn reads_language(&self) -> bool {
        reads_language(&self.project.files().get(self.file).path)
    }

    /// Whether a value may be text: nothing else is known of it.
    fn is_text_like(&self, value: Value) -> bool {
        match value.kind {
            Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::None | Kind::Function(_) | Kind::Class(_) | Kind::Module(_) => {
                false
            }
            Kind::Instance(_) => value.model_type().is_some_and(|ty| {
                let ty = self.project.models().ty(ty);
                let text = ["str", "String", "bytes", "Cow"].iter().any(|end| ty.name.rsplit(['.', ':']).next() == Some(end));
                text && ty.shows != Some(false)
            }),
            _ => true,
        }
    }

    /// `PASSWORD_KEY = "pw"`, and any other constant that the code itself holds.
    fn is_constant_name(&self, name: &str, value: Value) -> bool {
        matches!(value.kind, Kind::Text(..))
            || name.starts_with(|c: char| c.is_ascii_uppercase()) && name.contains(|c: char| c.is_ascii_lowercase())
    }

    /// Whether something is a class, or called like one: its members are names of things.
    fn is_type(&self, op: OpId) -> bool {
        let named = match self.facts.op(op).kind {
            OpKind::Name(name) | OpKind::Attribute(_, name) => {
                let name = self.text(name);
                name.starts_with(|c: char| c.is_ascii_uppercase()) && name.contains(|c: char| c.is_ascii_lowercase())
            }
            _ => false,
        };
        named || matches!(self.value(op).kind, Kind::Class(_))
    }

    /// An object written out whole.
    fn whole(&self, op: OpId, class: crate::link::values::value::ClassRef, value: Value) -> Option<Shown> {
        // A declared type is certain where the compiler checks it.
        if value.inferred && self.project.language(self.function) == Language::Python {
            return None;
        }
        let field = self.project.field_shown(class, 0)?;
        let mut shown = self.found(op, &field, Confidence::High)?;
        shown.within = Some(self.project.class_name(class));
        Some(shown)
    }
}
