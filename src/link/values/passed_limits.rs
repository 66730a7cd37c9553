//! Limits that callers may hand on: `def call(url, **options): return session.get(url, **options)` has one where its callers give one.

use super::arguments::positional;
use super::eval::Deadline;
use super::value::FnId;
use crate::facts::{Function, Literal, OpKind, Operand, OperandForm, ParamKind};
use crate::finding::Place;
use crate::link::project::{Project, Site};
use crate::link::reach::graph::Edge;
use crate::models::schema::Timeout;

/// How many calls up a limit is searched.
const DEPTH: u32 = 3;

impl Project {
    /// Where a call starts whose limit its callers could pass on, and that passes none: the caller's place. `None` for calls that
    /// take no limit from callers, and where some way may bring one that cannot be seen.
    #[must_use]
    pub fn unlimited_caller(&self, site: &Site<'_>) -> Option<Place> {
        if site.deadline != Deadline::Passed {
            return None;
        }
        let timeout = site.act.behaviour.timeout.as_ref()?;
        let OpKind::Call { args, .. } = self.facts(site.function).op(site.op).kind else { return None };
        self.hands_on(site.function, self.facts(site.function).list(args), timeout).then_some(())?;
        self.caller_without(site.function, timeout, 0)
    }

    /// A caller that gives a function no limit, neither by name nor in what it spreads.
    fn caller_without(&self, function: FnId, timeout: &Timeout, depth: u32) -> Option<Place> {
        let callers = self.graph.to(function).filter(|edge| !edge.outside && !edge.guessed && !self.is_test(edge.caller));
        callers.into_iter().find_map(|edge| self.gives_none(edge, timeout, depth))
    }

    fn gives_none(&self, edge: &Edge, timeout: &Timeout, depth: u32) -> Option<Place> {
        let facts = self.facts(edge.caller);
        let OpKind::Call { args, .. } = facts.op(edge.op).kind else { return None };
        let args = facts.list(args);
        let (file, _) = self.files().locate(edge.caller);
        let is_limit =
            |arg: &Operand| arg.name.is_some_and(|name| timeout.argument.iter().any(|of| of == self.files().name(file, name)));
        let by_position = timeout.position.is_some_and(|position| positional(args, position).is_some());
        if args.iter().any(is_limit) || by_position {
            return None;
        }
        if args.iter().all(|arg| arg.form == OperandForm::Plain) {
            return Some(self.place(edge.caller, edge.op));
        }
        (depth < DEPTH && self.hands_on(edge.caller, args, timeout))
            .then(|| self.caller_without(edge.caller, timeout, depth + 1))?
    }

    /// Whether all that a function spreads into a call is what its own callers gave it, and nothing in it speaks of the limit.
    fn hands_on(&self, function: FnId, args: &[Operand], timeout: &Timeout) -> bool {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let speaks = facts.tape().any(|(_, op)| match op.kind {
            OpKind::Literal(Literal::Text(name)) => timeout.argument.iter().any(|of| of == self.files().name(file, name)),
            _ => false,
        });
        let updated = |arg: &Operand| {
            facts.tape().any(|(_, op)| match op.kind {
                OpKind::Attribute(base, name) => {
                    facts.op(base).kind == facts.op(arg.value).kind && self.files().name(file, name) == "update"
                }
                _ => false,
            })
        };
        let spread = args.iter().filter(|arg| arg.form != OperandForm::Plain);
        !speaks && spread.into_iter().all(|arg| is_rest(facts, arg) && !updated(arg))
    }
}

/// `*args`, `**kwargs` as the function was given them, or what it left of them.
fn is_rest(facts: &Function, arg: &Operand) -> bool {
    let kind = match arg.form {
        OperandForm::NamedSpread => ParamKind::NamedRest,
        _ => ParamKind::Rest,
    };
    let OpKind::Name(name) = facts.op(arg.value).kind else { return false };
    facts.params.iter().any(|param| param.kind == kind && param.name == name)
        && !facts.tape().any(|(_, op)| match op.kind {
            OpKind::Store { target: crate::facts::Target::Name(stored), value, .. } => {
                stored == name && !matches!(facts.op(value).kind, OpKind::Param(_))
            }
            _ => false,
        })
}
