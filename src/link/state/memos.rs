//! Functions that keep their results in the process: which, and for how many different arguments?

use crate::facts::{Construct, Function, Literal, NameId, OpId, OpKind, OperandForm, Operator, ParamKind};
use crate::finding::{Confidence, FileId};
use crate::link::project::{Project, Site};
use crate::link::values::flows::{last_store, taint};
use crate::link::values::value::{ClassRef, FnId, Kind};
use crate::models::{EntryKind, Role};

/// A function whose results are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memo {
    /// The function.
    pub function: FnId,
    /// The function around it.
    pub around: FnId,
    /// The decorator, on the tape of the function around it.
    pub op: OpId,
}

/// Callers that are asked where an argument comes from.
const STEPS: u32 = 4;

impl Project {
    /// The function that a decorator at a site stands on.
    #[must_use]
    pub fn decorated(&self, site: &Site<'_>) -> Option<Memo> {
        let (file, _) = self.files().locate(site.function);
        let facts = &self.files().get(file).facts;
        let stands = |at: &usize| facts.functions[*at].decorators.contains(&site.op) && self.is_child(file, *at, site.function);
        let at = (0..facts.functions.len()).find(stands)?;
        let function = self.files().function(file, crate::facts::FunctionId::from_index(at));
        Some(Memo { function, around: site.function, op: site.op })
    }

    fn is_child(&self, file: FileId, at: usize, parent: FnId) -> bool {
        let facts = &self.files().get(file).facts.functions[at];
        facts.parent.is_some_and(|id| self.files().function(file, id) == parent)
    }

    /// How sure it is that load decides for how many arguments results are kept, and what it is kept for.
    #[must_use]
    pub fn memo_grows(&self, memo: &Memo) -> Option<(Confidence, String)> {
        let facts = self.facts(memo.function);
        let (file, _) = self.files().locate(memo.function);
        let owner = self.classes.owner[memo.function.index()].filter(|_| !facts.is_static);
        let first = usize::from(owner.is_some());
        // As many as somebody wrote there.
        if owner.is_some_and(|class| self.enumerates(class)) && facts.params.len() <= 1 {
            return None;
        }
        if let Some(class) = owner.filter(|_| !self.state.takes_class(memo.function))
            && let Some(sure) = self.made_by_load(class)
        {
            return Some((sure, format!("each {} it is called on, which then lives for ever", self.class_name(class))));
        }
        if self.looks_up_what_it_lists(memo.function) {
            return None;
        }
        let open = facts.params.iter().enumerate().skip(first).filter(|(_, param)| {
            param.kind != ParamKind::NamedRest
                && !param.annotation.is_some_and(|op| self.is_closed_set(memo.around, op))
                && !is_told_by_identity(facts, param.name)
        });
        let grown = open.filter_map(|(index, param)| {
            let sure = self.argument_varies(memo.function, index, 0)?;
            Some((sure, format!("each {} it was ever called with", self.files().name(file, param.name))))
        });
        grown.max_by_key(|(sure, _)| *sure)
    }

    /// Whether an argument is a map made there, `{}` or `dict()`: it holds whatever is put into it.
    #[must_use]
    pub fn is_new_map(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        match facts.op(op).kind {
            OpKind::Construct(Construct::Map, _) => true,
            OpKind::Call { callee, .. } => match facts.op(callee).kind {
                OpKind::Name(name) => matches!(self.files().name(file, name), "dict" | "OrderedDict"),
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether a function only looks its argument up in a table that it writes down itself; what is not there raises, and is not kept.
    fn looks_up_what_it_lists(&self, function: FnId) -> bool {
        let facts = self.facts(function);
        let is_table = |op: OpId| {
            let written = match facts.op(op).kind {
                OpKind::Name(name) => last_store(facts, name, op),
                _ => Some(op),
            };
            written.is_some_and(|at| match facts.op(at).kind {
                OpKind::Construct(Construct::Map, parts) => facts.list(parts).iter().all(|part| part.form == OperandForm::Plain),
                _ => false,
            })
        };
        let mut returned = facts.ops.iter().filter_map(|op| match op.kind {
            OpKind::Return(value) => Some(value),
            _ => None,
        });
        let mut any = false;
        returned.all(|value| {
            any = true;
            matches!(facts.op(value).kind, OpKind::Index(table, _) if is_table(table))
        }) && any
    }

    /// Whether requests or jobs make instances of a class.
    pub(crate) fn made_by_load(&self, class: ClassRef) -> Option<Confidence> {
        let makes = |function: FnId| {
            self.events(function).iter().any(|event| match *event {
                crate::link::values::eval::Event::Made { op, class: made } => made == class && self.is_hot(function, op),
                _ => false,
            })
        };
        self.functions().any(makes).then_some(Confidence::High)
    }

    /// A truth value, an enumeration, a few literals, a class.
    fn is_closed_set(&self, around: FnId, annotation: OpId) -> bool {
        let (file, _) = self.files().locate(around);
        let facts = self.facts(around);
        let Some(path) = facts.path(annotation) else { return false };
        let last = path.last().map_or("", |&name| self.files().name(file, name));
        if matches!(last, "bool" | "Literal" | "type" | "Type") {
            return true;
        }
        match self.values(around)[annotation.index()].kind {
            Kind::Class(ty) => ty.base.project().is_some_and(|class| self.enumerates(class)),
            _ => false,
        }
    }

    /// Whether a class is an enumeration, by what it extends.
    pub(crate) fn enumerates(&self, class: ClassRef) -> bool {
        let (file, local) = self.files().locate_class(class);
        let data = &self.files().get(file).facts;
        let info = &data.classes[local.index()];
        let parent = &data.functions[info.parent.index()];
        let base = |&op: &OpId| parent.path(op).and_then(|path| path.last().map(|&name| data.names.get(name)));
        info.bases.iter().filter_map(base).any(|name| name.ends_with("Enum") || name == "Flag" || name == "IntFlag")
    }

    /// How sure it is that a parameter gets ever new values from requests, jobs or rows.
    fn argument_varies(&self, function: FnId, index: usize, depth: u32) -> Option<Confidence> {
        let calls = self.graph.to(function).filter(|edge| !edge.outside && edge.caller != function && !self.is_test(edge.caller));
        let found = calls.filter(|edge| self.is_hot(edge.caller, edge.op)).filter_map(|edge| {
            let given = self.passed(edge, index)?;
            let sure = self.value_varies(edge.caller, given, depth)?;
            Some(if edge.guessed { sure.lowered() } else { sure })
        });
        found.max()
    }

    fn value_varies(&self, function: FnId, op: OpId, depth: u32) -> Option<Confidence> {
        let facts = self.facts(function);
        let value = self.values(function)[op.index()];
        let few = matches!(value.kind, Kind::Bool(_) | Kind::None | Kind::Class(_) | Kind::Function(_) | Kind::Module(_));
        if few || value.kind.is_constant() || value.slot.is_some_and(|slot| self.is_process_wide(slot)) {
            return None;
        }
        let receiver = usize::from(self.classes.owner[function.index()].is_some() && !facts.is_static);
        let rows = |at: OpId| {
            self.sites_in(function).any(|site| {
                site.op == at && matches!(site.role, Role::FetchMany | Role::FetchOne | Role::FetchStream | Role::HttpRequest)
            })
        };
        if taint(facts, rows)[op.index()] {
            return Some(Confidence::Medium);
        }
        let params = (receiver..facts.params.len()).filter(|&index| !self.is_configuration(function, index)).filter(|&index| {
            taint(facts, |at| matches!(facts.op(at).kind, OpKind::Param(param) if usize::from(param) == index))[op.index()]
        });
        let by_request = || {
            let point =
                self.entries.of(function).iter().any(|point| point.kind == EntryKind::Request && point.label != "dependency");
            let job = self.entries.of(function).iter().any(|point| point.kind == EntryKind::Job);
            (point || job).then_some(Confidence::High)
        };
        let found = params.filter_map(|index| {
            by_request().or_else(|| (depth < STEPS).then(|| self.argument_varies(function, index, depth + 1)).flatten())
        });
        found.max()
    }

    /// Whether a parameter is an object that holds what the process was configured with: the same for every request.
    fn is_configuration(&self, function: FnId, index: usize) -> bool {
        let Ok(index) = u16::try_from(index) else { return false };
        let class = self.state.param(function, index).project_class();
        class.is_some_and(|class| self.classes.inherits(self.models(), class, |ty| ty.configures))
    }
}

/// Whether a parameter is compared by identity with something other than nothing: `app.model is model`. Only what is there once, a
/// class or a member of an enumeration, is told so, and there are as many as the code has.
fn is_told_by_identity(facts: &Function, param: NameId) -> bool {
    let is_param = |op: OpId| facts.op(op).kind == OpKind::Name(param);
    let is_none = |op: OpId| matches!(facts.op(op).kind, OpKind::Literal(Literal::None));
    facts.tape().any(|(_, op)| match op.kind {
        OpKind::Operate(Operator::Is | Operator::IsNot, left, right) => {
            is_param(left) && !is_none(right) || is_param(right) && !is_none(left)
        }
        _ => false,
    })
}
