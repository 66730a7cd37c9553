//! What does a declaration admit: any number, or one below a bound? And is it the client who fills it?

use crate::facts::{Construct, Function, OpId, OpKind};
use crate::lang::Language;
use crate::link::project::Project;
use crate::link::values::arguments::{Given, find};
use crate::link::values::value::{ClassRef, FnId, Kind};
use crate::models::Parameter;

/// What a declaration says of the values it admits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Declared {
    /// Any number.
    Any,
    /// Bounded, or something that cannot be read.
    Other,
}

/// How web frameworks of Rust call the parts of a request that a handler takes.
const EXTRACTED: [&str; 5] = ["Query", "Json", "Path", "Form", "QsQuery"];

impl Project {
    /// Whether a parameter of a handler is filled from the request, and not by a provider of the project.
    pub(crate) fn is_extracted(&self, function: FnId, index: usize) -> bool {
        let (file, _) = self.files().locate(function);
        let facts = self.facts(function);
        let (Some(param), Some(parent)) = (facts.params.get(index), facts.parent) else { return false };
        let around = &self.files().get(file).facts.functions[parent.index()];
        match self.language(function) {
            Language::Rust => param
                .annotation
                .and_then(|annotation| around.path(annotation))
                .is_some_and(|path| path.iter().any(|&part| EXTRACTED.contains(&self.files().name(file, part)))),
            // An annotation under another name may hide where the value comes from.
            Language::Python if param.annotation.is_some_and(|annotation| self.is_alias(parent, file, annotation)) => false,
            // `= Depends(provider)`: what the provider makes of it is not looked at.
            Language::Python => [param.default, param.annotation].into_iter().flatten().all(|op| {
                parts(around, op).into_iter().all(|part| match around.op(part).kind {
                    OpKind::Call { args, .. } => args.len == 0,
                    _ => true,
                })
            }),
            Language::Sql | Language::Deployment(_) => false,
        }
    }

    /// Whether an annotation names no class by its own name: `PageQuery = Annotated[Page, Depends(page)]`.
    fn is_alias(&self, parent: crate::facts::FunctionId, file: crate::finding::FileId, annotation: OpId) -> bool {
        let data = self.files().get(file);
        let around = &data.facts.functions[parent.index()];
        let class = match self.values(self.files().function(file, parent))[annotation.index()].kind {
            Kind::Class(ty) | Kind::Instance(ty) => ty.base.project(),
            _ => None,
        };
        let named = around.path(annotation).and_then(|path| path.last().map(|&name| data.facts.names.get(name)));
        matches!((class, named), (Some(class), Some(named)) if named != "Annotated" && self.class_name(class) != named)
    }

    /// Whether a class declares a field as a number without a greatest value, and checks nothing by itself.
    pub(crate) fn admits_any(&self, class: ClassRef, field: &str) -> bool {
        let lineage = self.classes.lineage(class).0;
        let checks = lineage.iter().any(|class| {
            let info = &self.classes.all[class.index()];
            let (file, local) = self.files().locate_class(*class);
            let data = &self.files().get(file).facts;
            let around = &data.functions[data.classes[local.index()].parent.index()];
            let derives = data.classes[local.index()].decorators.iter().any(|&op| {
                parts(around, op).into_iter().any(|part| match around.op(part).kind {
                    OpKind::Name(name) | OpKind::Attribute(_, name) => data.names.get(name).contains("Valid"),
                    _ => false,
                })
            });
            let method = info.methods.iter().any(|(name, method)| {
                let facts = self.facts(*method);
                let says = ["valid", "check", "clean", "clamp", field].iter().any(|word| name.contains(word));
                says || matches!(&**name, "__init__" | "__post_init__") || !facts.decorators.is_empty()
            });
            derives || method
        });
        let declared = lineage.iter().find_map(|class| {
            let (file, local) = self.files().locate_class(*class);
            let data = &self.files().get(file).facts;
            let info = &data.classes[local.index()];
            let found = info.fields.iter().find(|declared| data.names.get(declared.name) == field)?;
            // Attributes of a field are not among the facts; its text shows them.
            Some(self.declared(self.files().function(file, info.body), found.annotation, found.value))
        });
        !checks && declared == Some(Declared::Any)
    }

    /// What an annotation and a default, on the tape of `around`, say of the values that they admit.
    pub(crate) fn declared(&self, around: FnId, annotation: Option<OpId>, default: Option<OpId>) -> Declared {
        let facts = self.facts(around);
        let (file, _) = self.files().locate(around);
        let names = &self.files().get(file).facts.names;
        let described = std::cell::OnceCell::new();
        let open = |op: OpId| match facts.op(op).kind {
            OpKind::Call { args, .. } => {
                let acts = described.get_or_init(|| self.described(around));
                let act = acts.iter().find(|(at, _)| *at == op).map(|(_, act)| act);
                let model = act.and_then(|act| act.behaviour.parameter.get(&Parameter::Greatest));
                model.is_some_and(|model| find(names, facts, &model.argument, model.position, facts.list(args)) == Given::Absent)
            }
            _ => true,
        };
        let words = [
            "int",
            "Optional",
            "Union",
            "Annotated",
            "typing",
            "str",
            "float",
            "PositiveInt",
            "NonNegativeInt",
            "Option",
            "i64",
            "u64",
            "usize",
            "i32",
            "u32",
            "isize",
        ];
        let annotated = annotation.into_iter().flat_map(|op| parts(facts, op)).all(|op| match facts.op(op).kind {
            OpKind::Name(name) | OpKind::Attribute(_, name) if !is_called(facts, op) => {
                words.contains(&names.get(name)) || EXTRACTED.contains(&names.get(name))
            }
            _ => open(op),
        });
        let defaulted = default.into_iter().flat_map(|op| parts(facts, op)).all(open);
        if annotated && defaulted { Declared::Any } else { Declared::Other }
    }
}

impl Project {
    /// Whether an annotation or default, on the tape of `around`, says how many elements a list may have: `Field(max_length=10)`.
    pub(crate) fn states_length(&self, around: FnId, op: OpId) -> bool {
        let facts = self.facts(around);
        let names = &self.files().get(self.files().locate(around).0).facts.names;
        let longest = ["max_length", "max_items", "max_size"];
        parts(facts, op).into_iter().any(|part| match facts.op(part).kind {
            OpKind::Call { args, .. } => {
                facts.list(args).iter().any(|arg| arg.name.is_some_and(|name| longest.contains(&names.get(name))))
            }
            _ => false,
        })
    }
}

/// An operation and everything it is made of.
fn parts(facts: &Function, op: OpId) -> Vec<OpId> {
    let (mut found, mut waiting) = (Vec::new(), vec![op]);
    while let Some(at) = waiting.pop() {
        found.push(at);
        match facts.op(at).kind {
            OpKind::Attribute(base, _) => waiting.push(base),
            OpKind::Index(left, right) | OpKind::Operate(_, left, right) => waiting.extend([left, right]),
            OpKind::Call { callee, args } => {
                waiting.push(callee);
                waiting.extend(facts.list(args).iter().map(|arg| arg.value));
            }
            OpKind::Construct(Construct::Tuple | Construct::List, list) | OpKind::Choose(list) => {
                waiting.extend(facts.list(list).iter().map(|part| part.value));
            }
            _ => {}
        }
        if found.len() > 64 {
            break;
        }
    }
    found
}

/// Whether `op` is, or leads to, what a call calls.
fn is_called(facts: &Function, op: OpId) -> bool {
    facts.ops.iter().any(|other| match other.kind {
        OpKind::Call { callee, .. } => callee == op,
        OpKind::Attribute(base, _) => base == op,
        _ => false,
    })
}
