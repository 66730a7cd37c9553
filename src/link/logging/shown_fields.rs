//! Which classes show their fields when an instance is written out as text, and is one of those fields a secret?

use super::secret_names::{NamedAs, secret_key, secret_name};
use super::secrets::{Look, Shown};
use crate::facts::{Class, FileFacts, Function, FunctionKind, Literal, NameId, OpId, OpKind, Param};
use crate::finding::{Confidence, FileId, Place};
use crate::lang::Language;
use crate::link::names::classes::derived;
use crate::link::project::Project;
use crate::link::values::eval::Event;
use crate::link::values::value::{ClassRef, FnId, Kind};
use crate::models::Role;

/// Names of types that hold text.
const TEXT: [&str; 6] = ["str", "String", "Cow", "bytes", "Text", "AnyStr"];

/// Types that hold another and show it.
const AROUND: [&str; 9] = ["Optional", "Option", "Annotated", "Box", "Arc", "Rc", "Mapped", "Union", "Cow"];

/// How deep objects inside objects are looked into.
const DEPTH: u32 = 2;

impl Project {
    /// The field with a secret that an instance of `class`, written out whole, shows: `password`, `smtp.password`.
    pub(crate) fn field_shown(&self, class: ClassRef, depth: u32) -> Option<String> {
        if !self.shows_fields(class) {
            return None;
        }
        let (lineage, _) = self.classes.lineage(class);
        lineage.into_iter().find_map(|class| {
            let (file, local) = self.files().locate_class(class);
            let facts = &self.files().get(file).facts;
            let declared = &facts.classes[local.index()];
            let body = self.files().function(file, declared.body);
            // The variants of an enum are no fields: an instance has but one of them.
            let is_variant = |name: &str| name.starts_with(|c: char| c.is_ascii_uppercase());
            declared.fields.iter().filter(|field| !is_variant(facts.names.get(field.name))).find_map(|field| {
                let (annotation, name) = (field.annotation?, facts.names.get(field.name));
                let name = if name == "0" { facts.names.get(declared.name) } else { name };
                if field.value.is_some_and(|value| is_left_out(facts, self.facts(body), value)) {
                    return None;
                }
                if self.declares_text_on(file, self.facts(body), annotation) {
                    return (secret_name(name) == Some(NamedAs::Secret)).then(|| name.to_owned());
                }
                let inner = match self.values(body).get(annotation.index())?.kind {
                    Kind::Class(ty) if depth < DEPTH => ty.base.project()?,
                    _ => return None,
                };
                self.field_shown(inner, depth + 1).map(|inner| format!("{name}.{inner}"))
            })
        })
    }

    /// Whether an instance shows its fields: a data class, a model of a library that does, a derived `Debug`.
    fn shows_fields(&self, class: ClassRef) -> bool {
        let (file, local) = self.files().locate_class(class);
        let data = self.files().get(file);
        let declared = &data.facts.classes[local.index()];
        let own = |method: &str| self.classes.method(class, method).is_some();
        match data.language {
            Language::Python => {
                let by_library = self.classes.inherits(self.models(), class, |ty| ty.shows == Some(true));
                let own = own("__repr__") || own("__str__") || own("__repr_args__");
                !own && (by_library || is_data_class(&data.facts, declared))
            }
            Language::Rust => derives_debug(&data.facts, declared) && !own("fmt"),
            Language::Sql | Language::Deployment(_) => false,
        }
    }

    /// Whether the annotation of a parameter of `function` says text.
    pub(crate) fn declares_text(&self, function: FnId, annotation: OpId) -> bool {
        let (file, _) = self.files().locate(function);
        self.parent_tape(function).is_some_and(|tape| self.declares_text_on(file, tape, annotation))
    }

    fn parent_tape(&self, function: FnId) -> Option<&Function> {
        let (file, _) = self.files().locate(function);
        let parent = self.facts(function).parent?;
        Some(&self.files().get(file).facts.functions[parent.index()])
    }

    /// The same of an annotation on any tape.
    pub(super) fn declares_text_on(&self, file: FileId, tape: &Function, op: OpId) -> bool {
        let text = |name: NameId| self.files().name(file, name);
        let last = |op: OpId| tape.path(op).and_then(|path| path.last().copied()).map(text);
        match tape.op(op).kind {
            OpKind::Name(name) | OpKind::Attribute(_, name) => TEXT.contains(&text(name)),
            OpKind::Index(base, key) => last(base)
                .is_some_and(|base| TEXT.contains(&base) || AROUND.contains(&base) && self.declares_text_on(file, tape, key)),
            OpKind::Operate(_, left, right) => {
                [left, right].into_iter().any(|side| side < op && self.declares_text_on(file, tape, side))
            }
            OpKind::Construct(_, parts) => {
                tape.list(parts).first().is_some_and(|part| part.value < op && self.declares_text_on(file, tape, part.value))
            }
            OpKind::Literal(Literal::Text(name)) => {
                TEXT.iter().any(|known| text(name).split(['[', ']', '|', ' ']).any(|part| part == *known))
            }
            _ => false,
        }
    }

    /// Arguments with a secret that a decorator writes to the log, since it writes all that it does not skip.
    #[must_use]
    pub fn logged_arguments(&self) -> Vec<(FnId, Shown)> {
        let mut found = Vec::new();
        for function in self.functions() {
            for event in self.events(function) {
                let Event::Decorated { function: decorated, op, act: Some(act), .. } = *event else { continue };
                if self.act(act).behaviour.role == Some(Role::LogArguments) && self.facts(decorated).kind != FunctionKind::Closure
                {
                    found.extend(self.arguments_left(function, decorated, op).into_iter().map(|shown| (decorated, shown)));
                }
            }
        }
        found
    }

    fn arguments_left(&self, around: FnId, decorated: FnId, decorator: OpId) -> Option<Shown> {
        let (file, _) = self.files().locate(decorated);
        let text = |name: NameId| self.files().name(file, name);
        let tape = self.facts(around);
        let mut skipped = Vec::new();
        let mut sure = Confidence::High;
        if let OpKind::Call { args, .. } = tape.op(decorator).kind {
            for arg in tape.list(args) {
                match tape.op(arg.value).kind {
                    // Below the level of deployed builds.
                    OpKind::Literal(Literal::Text(level)) if matches!(text(level), "debug" | "trace") => sure = Confidence::Low,
                    OpKind::Name(name) if text(name) == "skip_all" => return None,
                    OpKind::Call { args, .. } => {
                        let names = tape.list(args).iter().filter_map(|arg| tape.path(arg.value)?.last().copied());
                        skipped.extend(names.map(text));
                    }
                    OpKind::Opaque => return None,
                    _ => {}
                }
            }
        }
        let shown = |param: &Param| {
            let (name, annotation) = (text(param.name), param.annotation?);
            if skipped.contains(&name) {
                return None;
            }
            let by_name = secret_name(name).is_some() && self.declares_text_on(file, tape, annotation);
            let class = || match self.values(around).get(annotation.index())?.kind {
                Kind::Class(ty) => ty.base.project(),
                _ => None,
            };
            let (name, within) = if by_name {
                (name.to_owned(), None)
            } else {
                class().and_then(|class| Some((self.field_shown(class, 0)?, Some(self.class_name(class)))))?
            };
            // A parameter taken apart where it is declared: each part is an argument, and this one is left out.
            if skipped.contains(&name.as_str()) {
                return None;
            }
            Some(Shown { place: Place { file, span: param.span }, name, within, sure, passed: None })
        };
        self.facts(decorated).params.iter().find_map(shown)
    }
}

/// The path of a decorator, without its arguments.
fn last_of(facts: &FileFacts, tape: &Function, op: OpId) -> Option<String> {
    tape.path(op)?.last().map(|&name| facts.names.get(name).to_owned())
}

fn is_data_class(facts: &FileFacts, class: &Class) -> bool {
    let tape = &facts.functions[class.parent.index()];
    class.decorators.iter().any(|&op| {
        let silent = match tape.op(op).kind {
            OpKind::Call { args, .. } => tape.list(args).iter().any(|arg| {
                arg.name.is_some_and(|name| facts.names.get(name) == "repr")
                    && tape.op(arg.value).kind == OpKind::Literal(Literal::Bool(false))
            }),
            _ => false,
        };
        let named = last_of(facts, tape, op)
            .is_some_and(|name| matches!(name.as_str(), "dataclass" | "define" | "frozen" | "mutable" | "attrs" | "s"));
        named && !silent
    })
}

/// `field(repr=False)`, `Field(repr=False)`.
fn is_left_out(facts: &FileFacts, tape: &Function, value: OpId) -> bool {
    let OpKind::Call { args, .. } = tape.op(value).kind else { return false };
    tape.list(args).iter().any(|arg| {
        arg.name.is_some_and(|name| facts.names.get(name) == "repr")
            && tape.op(arg.value).kind == OpKind::Literal(Literal::Bool(false))
    })
}

fn derives_debug(facts: &FileFacts, class: &Class) -> bool {
    let text = |name: NameId| facts.names.get(name);
    // Another crate's derive of that name may leave fields out.
    let foreign = facts.imports.iter().any(|import| {
        import.name.is_some_and(|name| text(name) == "Debug")
            && import.path.first().is_some_and(|&first| !matches!(text(first), "std" | "core"))
    });
    let is_std = |path: &Vec<&str>| matches!(path.as_slice(), ["Debug"] | ["std" | "core", "fmt", "Debug"] | ["fmt", "Debug"]);
    !foreign && derived(facts, class).iter().any(is_std)
}

/// Names of cookies that let somebody in, beside those that say so of any value.
const SESSIONS: [&str; 5] = ["session", "session_id", "sessionid", "sid", "session_key"];

impl Look<'_> {
    /// Whether a parameter is filled from a header or cookie of the request that lets somebody in.
    pub(super) fn is_secret_header(&self, param: usize) -> bool {
        let Some(param) = self.facts.params.get(param) else { return false };
        let Some(parent) = self.facts.parent.map(|parent| self.project.files().function(self.file, parent)) else { return false };
        let name = self.text(param.name);
        let span = |op: OpId| self.project.facts(parent).op(op).span;
        // `= Header()`, `: Annotated[str, Header()]`
        let declares = |op: OpId| {
            let within = |whole: OpId| span(whole).start <= span(op).start && span(op).end <= span(whole).end;
            param.default.is_some_and(within) || param.annotation.is_some_and(within)
        };
        self.project.sites_in(parent).any(|site| match site.role {
            Role::RequestHeader => declares(site.op) && secret_key(&name.replace('_', "-")) == Some(NamedAs::Secret),
            Role::RequestCookie => declares(site.op) && SESSIONS.contains(&name.to_ascii_lowercase().as_str()),
            _ => false,
        })
    }
}
