//! Which router an operation means: followed through names, builders and calls to where it is made or kept.

use super::routers::Router;
use crate::facts::{FunctionKind, NameId, OpId, OpKind, Operand};
use crate::lang::Language;
use crate::link::Project;
use crate::link::names::modules::Symbol;
use crate::link::values::arguments::{Given, find, positional};
use crate::link::values::flows::last_store;
use crate::link::values::value::{FnId, GlobalId, Kind, ModuleId, Slot};
use crate::models::EntryKind;
use crate::models::schema::Argument;

/// How many names, builders and calls an operation is followed through.
const STEPS: usize = 64;

/// How many functions that hand on what they are given.
const DEEP: u32 = 4;

/// Where a module that is included by its name keeps its routes.
const URLS: &str = "urlpatterns";

impl Project {
    /// Whether a function registers routes that answer requests, or puts some into others.
    pub(super) fn handles_routes(&self, function: FnId) -> bool {
        let acts = self.acts.get(function.index()).map_or(&[][..], Vec::as_slice);
        acts.iter().map(|&(_, act)| &self.act(act).behaviour).any(|behaviour| {
            let answers = behaviour.entry.as_ref().is_some_and(|entry| entry.kind == EntryKind::Request);
            answers || behaviour.mount.is_some() || behaviour.gathers.is_some()
        })
    }

    /// The router that the method at `op` is called on; none for a plain function.
    pub(super) fn router_called(&self, function: FnId, op: OpId) -> Option<Router> {
        let facts = self.facts(function);
        let callee = match facts.op(op).kind {
            OpKind::Call { callee, .. } => callee,
            // A decorator without arguments.
            _ => op,
        };
        let OpKind::Attribute(base, _) = facts.op(callee).kind else { return None };
        let value = self.values(function)[base.index()];
        matches!(value.kind, Kind::Instance(_)).then(|| self.router_at(function, base))
    }

    /// The router that an operation means.
    pub(super) fn router_at(&self, function: FnId, op: OpId) -> Router {
        self.router_within(function, op, 0)
    }

    fn router_within(&self, function: FnId, op: OpId, depth: u32) -> Router {
        let mut op = op;
        for _ in 0..STEPS {
            let facts = self.facts(function);
            let value = self.values(function)[op.index()];
            if let Some(slot) = value.slot {
                return Router::Kept(slot);
            }
            op = match facts.op(op).kind {
                OpKind::Param(index) => return Router::Given(function, index),
                OpKind::Name(name) => match (last_store(facts, name, op), value.param) {
                    (Some(stored), _) if stored < op => stored,
                    (_, Some(param)) => return Router::Given(function, u16::from(param)),
                    _ => return Router::Made(function, op),
                },
                OpKind::Await(of) | OpKind::Try(of) | OpKind::Enter(of, _) => of,
                // `router.urls`
                OpKind::Attribute(base, _) if matches!(self.values(function)[base.index()].kind, Kind::Instance(_)) => base,
                OpKind::Call { .. } if self.act_at(function, op).is_some_and(|act| act.behaviour.gathers.is_some()) => {
                    return Router::Made(function, op);
                }
                OpKind::Call { callee, args } => match (self.values(function)[callee.index()].kind, facts.op(callee).kind) {
                    (Kind::Function(called), _) => match self.handed_on(called, depth) {
                        // It hands on what it is given: `fn add(router: Router) -> Router`.
                        Some(param) => match positional(facts.list(args), param) {
                            Some(given) => given.value,
                            None => return Router::Returned(called),
                        },
                        None => return Router::Returned(called),
                    },
                    // A builder gives itself: `.route("/users", get(list)).layer(..)`.
                    (_, OpKind::Attribute(base, _))
                        if value.ty().is_some() && self.values(function)[base.index()].ty() == value.ty() =>
                    {
                        base
                    }
                    _ => return Router::Made(function, op),
                },
                _ => return Router::Made(function, op),
            };
        }
        Router::Made(function, op)
    }

    /// The routers that what is given to be mounted means: one, the routes of a module by its name, or what a function is to add.
    pub(super) fn routers_meant(&self, function: FnId, op: OpId) -> Vec<Router> {
        let kept = |module: ModuleId, name: &str| match self.modules.all[module.index()].symbols.get(name) {
            Some(Symbol::Global(global)) => vec![Router::Kept(Slot::Global(*global))],
            _ => Vec::new(),
        };
        let of_module = |module: ModuleId| kept(module, URLS);
        let value = self.values(function)[op.index()];
        match value.kind {
            Kind::Function(added) => vec![Router::Handler(added), Router::Given(added, 0)],
            Kind::Module(module) => of_module(module),
            Kind::Text(file, name) if self.language(function) == Language::Python => {
                let here = self.files().locate(function).0;
                let text = self.files().name(file, name);
                match (self.modules.layout.dotted(here, text), text.rsplit_once('.')) {
                    (Some(module), _) => of_module(module),
                    (None, Some((module, name))) => {
                        self.modules.layout.dotted(here, module).map_or_else(Vec::new, |module| kept(module, name))
                    }
                    (None, None) => Vec::new(),
                }
            }
            _ => vec![self.router_at(function, op)],
        }
    }

    /// The parameter that a function gives back.
    fn handed_on(&self, function: FnId, depth: u32) -> Option<u16> {
        if depth > DEEP {
            return None;
        }
        let mut returned = self.facts(function).tape().filter_map(|(_, op)| match op.kind {
            OpKind::Return(value) => Some(value),
            _ => None,
        });
        let (first, None) = (returned.next()?, returned.next()) else { return None };
        match self.router_within(function, first, depth + 1) {
            Router::Given(of, param) if of == function => Some(param),
            _ => None,
        }
    }

    /// The variable of its module that a function writes by this name.
    pub(super) fn written_global(&self, function: FnId, name: NameId) -> Option<GlobalId> {
        let facts = self.facts(function);
        let at_load = matches!(facts.kind, FunctionKind::Module | FunctionKind::MainGuard);
        if !at_load && !facts.globals.contains(&name) {
            return None;
        }
        let (file, _) = self.files().locate(function);
        match self.modules.all[file.index()].symbols.get(self.files().name(file, name)) {
            Some(Symbol::Global(global)) => Some(*global),
            _ => None,
        }
    }

    /// The place of a field that a function writes.
    pub(super) fn written_field(&self, function: FnId, base: OpId, name: NameId) -> Option<Slot> {
        let Kind::Instance(ty) = self.values(function)[base.index()].kind else { return None };
        let (file, _) = self.files().locate(function);
        self.classes.field(ty.base.project()?, self.files().name(file, name)).map(Slot::Field)
    }

    /// An argument of a call, as its model names it.
    pub(crate) fn argument_of(&self, function: FnId, argument: &Argument, args: &[Operand]) -> Given {
        let (file, _) = self.files().locate(function);
        find(&self.files().get(file).facts.names, self.facts(function), &argument.name, argument.position, args)
    }
}
