//! Is this code dead? A function that nobody calls and whose name stands nowhere else in the project.

use crate::facts::{Function, FunctionId, FunctionKind, Literal, NameId, OpId, OpKind, Operands, Target};
use crate::finding::FileId;
use crate::lang::Language;
use crate::link::project::Project;
use crate::link::values::eval::{Event, How};
use crate::link::values::value::{ClassRef, FnId, Kind};
use crate::models::{EntryKind, Role};

/// Decorators and attributes that tell of a function, or measure it, and give it to nobody.
const PLAIN: [&str; 12] = [
    "staticmethod",
    "classmethod",
    "property",
    "instrument",
    "inline",
    "must_use",
    "allow",
    "expect",
    "cfg",
    "doc",
    "deprecated",
    "async_recursion",
];

/// How many functions on the ways to one are looked at; one that has more of them is taken to be called.
const CALLERS: usize = 64;

impl Project {
    /// Whether no code of the project leads to a function: no service is linked with its crate, or nothing calls it or what calls
    /// it, and nothing says its name. What a framework or a base class may call does not count as dead, nor does anything in a
    /// project without known entry points.
    #[must_use]
    pub fn is_never_named(&self, function: FnId) -> bool {
        self.paths.serves
            && (self.is_for_others(function) || self.leads_nowhere(function, |function| self.may_be_handed_on(function)))
    }

    /// Whether no code of the project says the name of a function, or only functions of which the same is true do. Something outside may
    /// call it all the same: a framework that knows its base, or a decorator.
    #[must_use]
    pub fn is_called_by_nobody(&self, function: FnId) -> bool {
        self.paths.serves && self.leads_nowhere(function, |_| false)
    }

    /// Whether nothing says the name of a function, tests left out.
    pub(super) fn is_said_by_nobody(&self, function: FnId) -> bool {
        let (file, _) = self.files().locate(function);
        self.facts(function).name.is_some_and(|name| !self.is_named(self.files().name(file, name), function))
    }

    /// Whether nothing says the name of a function, nor of any that leads to it, on the way to which no function is `excused`.
    fn leads_nowhere(&self, function: FnId, excused: impl Fn(FnId) -> bool) -> bool {
        let mut found = vec![function];
        let mut at = 0;
        while let Some(&function) = found.get(at) {
            at += 1;
            let (file, _) = self.files().locate(function);
            let Some(name) = self.facts(function).name.map(|name| self.files().name(file, name)) else { return false };
            if found.len() > CALLERS || excused(function) || !self.entries.of(function).is_empty() {
                return false;
            }
            if self.is_of_unnamed_class(function) {
                continue;
            }
            let mut callers = self.graph.to(function).map(|edge| edge.caller).filter(|&caller| !self.is_test(caller)).peekable();
            if callers.peek().is_none() && self.is_named(name, function) {
                return false;
            }
            for caller in callers {
                if !found.contains(&caller) {
                    found.push(caller);
                }
            }
        }
        true
    }

    /// Whether something outside may get a function, or call it: by a decorator, by the name of a special method, or as one of a base.
    fn may_be_handed_on(&self, function: FnId) -> bool {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let name = facts.name.map_or("", |name| self.files().name(file, name));
        let parent = facts.parent.map(|parent| &self.files().get(file).facts.functions[parent.index()]);
        // What these put around a function is called by its callers alone.
        let is_plain = |op: &OpId| {
            let path = parent.and_then(|parent| parent.path(*op));
            let last = path.as_ref().and_then(|path| path.last()).map(|&name| self.files().name(file, name));
            last.is_some_and(|name| PLAIN.contains(&name))
        };
        !facts.decorators.iter().all(|op| is_plain(op) || self.is_wrapped_by(function, *op))
            || name.starts_with("__") && name.ends_with("__")
            || self.may_be_called_from_outside(function)
    }

    /// Whether a decorator is known, and calls what it stands on for nobody but its callers: it caches, limits, retries or guards.
    fn is_wrapped_by(&self, function: FnId, decorator: OpId) -> bool {
        let (file, _) = self.files().locate(function);
        let Some(parent) = self.facts(function).parent.map(|parent| self.files().function(file, parent)) else { return false };
        self.events(parent).iter().any(|event| match event {
            Event::Decorated { function: of, op, act: Some(act), .. } if *of == function && *op == decorator => {
                let behaviour = &self.models().act(*act).behaviour;
                let keeps = behaviour
                    .role
                    .is_some_and(|role| matches!(role, Role::CacheMemo | Role::LocalCache | Role::BoundedCache | Role::Retry));
                behaviour.entry.is_none() && (keeps || behaviour.once || behaviour.guards)
            }
            Event::Decorated { function: of, op, act: None, by, .. } if *of == function && *op == decorator => {
                matches!(by.kind, Kind::Function(decorator) if self.only_wraps(decorator))
            }
            _ => false,
        })
    }

    /// Whether a decorator of the project only calls what it is given, or reads its name: it puts it nowhere and hands it to nobody.
    fn only_wraps(&self, decorator: FnId) -> bool {
        let (file, local) = self.files().locate(decorator);
        let functions = &self.files().get(file).facts.functions;
        let Some(given) = functions[local.index()].params.first().map(|param| param.name) else { return false };
        let inside = |at: usize| {
            let parents = std::iter::successors(Some(at), |&at| functions[at].parent.map(FunctionId::index));
            parents.take(8).any(|at| at == local.index())
        };
        (0..functions.len()).filter(|&at| inside(at)).all(|at| {
            let facts = &functions[at];
            facts
                .tape()
                .filter(|(_, op)| op.kind == OpKind::Name(given))
                .all(|(name, _)| self.is_called_or_copied(file, facts, name))
        })
    }

    /// `f(..)`, `f.__name__`, `return f`, `functools.wraps(f)`.
    fn is_called_or_copied(&self, file: FileId, facts: &Function, name: OpId) -> bool {
        let copies = |callee: OpId| match facts.op(callee).kind {
            OpKind::Name(id) | OpKind::Attribute(_, id) => {
                matches!(self.files().name(file, id), "wraps" | "update_wrapper" | "iscoroutinefunction" | "signature")
            }
            _ => false,
        };
        let takes = |args: Operands| facts.list(args).iter().any(|arg| arg.value == name);
        facts.tape().all(|(_, op)| match op.kind {
            OpKind::Call { callee, args } => callee == name || !takes(args) || copies(callee),
            OpKind::Construct(_, parts) | OpKind::Choose(parts) => !takes(parts),
            OpKind::Store { value, .. } => value != name,
            OpKind::Yield(value) => value != name,
            _ => true,
        })
    }

    /// A method that stands in for one of a base class, interface or trait.
    fn may_be_called_from_outside(&self, function: FnId) -> bool {
        let Some(class) = self.classes.owner[function.index()] else { return false };
        let (file, local) = self.files().locate_class(class);
        let extends = |class: usize| !self.files().get(file).facts.classes[class].bases.is_empty();
        extends(local.index()) || self.implements(function)
    }

    /// Whether a function is a method of a plain class that nothing outside the class says the name of: nobody makes one.
    fn is_of_unnamed_class(&self, function: FnId) -> bool {
        let Some(class) = self.classes.owner[function.index()].filter(|_| self.language(function) == Language::Python) else {
            return false;
        };
        let (file, local) = self.files().locate_class(class);
        let declared = &self.files().get(file).facts.classes[local.index()];
        declared.bases.is_empty() && declared.decorators.is_empty() && self.is_unnamed_class(class)
    }

    /// Whether what an operation makes is put under a name that nothing ever reads: `session = requests.Session()`, and no more than
    /// `session.verify = False`. The name of a module is read where a module that imports it says it, too.
    #[must_use]
    pub fn is_left_unused(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        let (file, local) = self.files().locate(function);
        let made = |value: OpId| value == op || matches!(facts.op(value).kind, OpKind::Await(of) | OpKind::Try(of) if of == op);
        let stored = facts.ops.iter().find_map(|op| match op.kind {
            OpKind::Store { target: Target::Name(name), value, .. } if made(value) => Some(name),
            _ => None,
        });
        // What a class declares is read through its instances.
        let Some(name) = stored.filter(|_| facts.kind != FunctionKind::ClassBody) else { return false };
        let functions = &self.files().get(file).facts.functions;
        // A function inside it may read it too.
        let inside = |at: usize| {
            let mut around = std::iter::successors(Some(at), |&at| functions[at].parent.map(FunctionId::index));
            around.any(|at| at == local.index())
        };
        let reads = |at: usize| {
            let function = &functions[at];
            let read = |op: OpId| function.op(op).kind == OpKind::Name(name) && !is_only_written_to(function, op);
            function.tape().any(|(at_op, _)| (at != local.index() || at_op > op) && read(at_op))
        };
        if facts.globals.contains(&name) || (0..functions.len()).any(|at| inside(at) && reads(at)) {
            return false;
        }
        facts.kind != FunctionKind::Module || {
            let wanted = self.files().name(file, name);
            let says = |other: FileId| self.files().get(other).facts.names.iter().any(|(_, name)| name == wanted);
            // A package offers what it holds to others, and frameworks read the constants of a module of settings.
            let offered = wanted == wanted.to_uppercase() || self.files().get(file).path.ends_with("__init__.py");
            self.paths.serves && !offered && !self.importers(file).into_iter().any(says)
        }
    }

    /// Whether nothing but the class itself, and tests, says the name of a class.
    pub(crate) fn is_unnamed_class(&self, class: ClassRef) -> bool {
        let (file, local) = self.files().locate_class(class);
        let facts = &self.files().get(file).facts;
        let name = facts.names.get(facts.classes[local.index()].name);
        !self.is_said(name, |user, _, _| self.classes.owner[user.index()] != Some(class))
    }

    fn implements(&self, function: FnId) -> bool {
        let (file, local) = self.files().locate(function);
        self.files().get(file).facts.impls.iter().any(|block| block.interface.is_some() && block.methods.contains(&local))
    }

    /// Whether a name is used anywhere but in tests: read, called, or written in a string. What is called on something known to
    /// have a method of its own by that name is no use of this one.
    fn is_named(&self, wanted: &str, function: FnId) -> bool {
        let method = self.classes.owner[function.index()].is_some();
        self.is_said(wanted, |user, at, op| match op {
            OpKind::Name(name) => !self.is_local_name(user, name) && !self.means_another(user, at, function),
            OpKind::Attribute(..) => {
                !self.means_another(user, at, function)
                    && !(method && (self.calls_another(user, at) || self.is_of_strangers(user, at, function)))
            }
            _ => true,
        })
    }

    /// Whether a name stands anywhere but in tests where it `counts`: as a name, a member or a text.
    fn is_said(&self, wanted: &str, counts: impl Fn(FnId, OpId, OpKind) -> bool) -> bool {
        // `"shop.views.Orders"`, `"shop.app:create"`: texts that lead to it by its path.
        let leads = |text: &str| text.strip_suffix(wanted).is_some_and(|path| path.ends_with(['.', ':']));
        // Most files do not have the name at all: they are asked once, not once for each of their functions.
        self.files().iter().any(|(file, data)| {
            let mut same = None;
            for (id, name) in data.facts.names.iter().filter(|(_, name)| name.ends_with(wanted)) {
                if name == wanted {
                    same = Some(id);
                } else if data.language == Language::Python && leads(name) && self.files().purpose(file) != Some(EntryKind::Test)
                {
                    return true;
                }
            }
            let Some(id) = same else { return false };
            let imports = || data.facts.imports.iter().filter(|import| import.path.last() == Some(&id));
            if imports().any(|import| import.name.is_some_and(|bound| bound != id)) && !self.is_test(self.module_body(file)) {
                // What it is called by another name.
                return true;
            }
            self.files().functions_of(file).filter(|&user| !self.is_test(user)).any(|user| {
                let facts = self.facts(user);
                facts.tape().any(|(at, op)| match op.kind {
                    OpKind::Literal(Literal::Text(name)) => {
                        name == id && !self.is_listed_as_public(file, facts, at) && counts(user, at, op.kind)
                    }
                    OpKind::Name(name) | OpKind::Attribute(_, name) => name == id && counts(user, at, op.kind),
                    _ => false,
                })
            })
        })
    }

    /// Whether a name is one of a function's own, or of one around it: it says nothing of what others call so.
    pub(super) fn is_local_name(&self, user: FnId, name: NameId) -> bool {
        let (file, local) = self.files().locate(user);
        let functions = &self.files().get(file).facts.functions;
        let around = std::iter::successors(Some(local.index()), |&at| functions[at].parent.map(FunctionId::index));
        around
            .map(|at| &functions[at])
            .filter(|facts| matches!(facts.kind, FunctionKind::Function | FunctionKind::Method | FunctionKind::Closure))
            .any(|facts| {
                // What is defined or imported in a function is meant by its name there.
                let stored = |op: &crate::facts::Op| match op.kind {
                    OpKind::Store { target: Target::Name(stored), value, .. } if stored == name => !matches!(
                        facts.op(value).kind,
                        OpKind::Closure(_)
                            | OpKind::ClassDefinition(_)
                            | OpKind::Opaque
                            | OpKind::Name(_)
                            | OpKind::Attribute(..)
                    ),
                    _ => false,
                };
                !facts.globals.contains(&name)
                    && (facts.params.iter().any(|param| param.name == name) || facts.ops.iter().any(stored))
            })
    }

    /// `__all__ = ("send",)`: it says what may be imported, and uses nothing.
    fn is_listed_as_public(&self, file: FileId, facts: &Function, text: OpId) -> bool {
        let lists = |value: OpId| match facts.op(value).kind {
            OpKind::Construct(_, parts) => facts.list(parts).iter().any(|part| part.value == text),
            _ => false,
        };
        facts.kind == FunctionKind::Module
            && facts.tape().skip(text.index()).any(|(_, op)| match op.kind {
                OpKind::Store { target: Target::Name(name), value, .. } => {
                    self.files().name(file, name) == "__all__" && lists(value)
                }
                _ => false,
            })
    }

    /// Whether a name or member is known to be another function of the project.
    fn means_another(&self, user: FnId, op: OpId, function: FnId) -> bool {
        let value = self.values(user)[op.index()];
        matches!(value.kind, Kind::Function(meant) if meant != function) && !value.declared && !value.inferred
    }

    /// `self.price(..)` in a class that no class has among its bases together with the owner of the method.
    fn is_of_strangers(&self, user: FnId, member: OpId, method: FnId) -> bool {
        let OpKind::Attribute(receiver, _) = self.facts(user).op(member).kind else { return false };
        let receiver = self.values(user)[receiver.index()];
        let own = self.classes.owner[user.index()].filter(|_| receiver.param == Some(0));
        let (Some(own), Some(owner)) = (own, self.classes.owner[method.index()]) else { return false };
        let together = |lineage: &[ClassRef]| lineage.contains(&own) && lineage.contains(&owner);
        !(0..self.classes.all.len()).any(|class| together(&self.classes.lineage(ClassRef::from_index(class)).0))
    }

    /// Whether a member is called on an object whose class was seen when it was made, and that has such a method. What only an
    /// annotation says may be of any class that fits.
    fn calls_another(&self, user: FnId, member: OpId) -> bool {
        let facts = self.facts(user);
        let calls = |op: OpId| matches!(facts.op(op).kind, OpKind::Call { callee, .. } if callee == member);
        let resolved =
            || self.graph.from(user).any(|edge| !edge.outside && !edge.guessed && calls(edge.op) && edge.how == How::Direct);
        let OpKind::Attribute(receiver, _) = facts.op(member).kind else { return false };
        resolved() && {
            let receiver = self.values(user)[receiver.index()];
            // What Rust declares is what comes.
            self.language(user) == Language::Rust || !receiver.declared && !receiver.inferred
        }
    }
}

/// `name.member = value`, and nothing else: the name is not read for what it holds.
fn is_only_written_to(facts: &Function, name: OpId) -> bool {
    facts.tape().any(|(_, op)| matches!(op.kind, OpKind::Store { target: Target::Attribute(of, _), .. } if of == name))
}
