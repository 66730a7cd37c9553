//! Calls that register code with the platform: routes, jobs, hooks, and the names people give them.

use super::super::value::{FnId, Kind, Type, TypeRef, Value};
use super::args::Given;
use super::{Eval, Event};
use crate::facts::{Construct, OpId, OpKind, Operand};
use crate::models::schema::Argument;
use crate::models::{ActId, EntryKind};

/// How many calls may stand around a class that is registered.
const WRAPPERS: usize = 3;

impl Eval<'_, '_> {
    /// Routes, jobs, hooks.
    pub(super) fn note_registration(&mut self, op: OpId, act: ActId, args: &[Operand]) {
        let behaviour = &self.world.models.act(act).behaviour;
        if let Some(mount) = &behaviour.mount
            && let Some(path) = &mount.path
            && let (Given::Value(path), Given::Value(routes)) = (self.given(path, args), self.given(&mount.routes, args))
            && self.text_of(path).is_some()
        {
            self.out.events.push(Event::Mount { routes });
        }
        let Some(entry) = &behaviour.entry else { return };
        let Some(handler) = &entry.handler else { return };
        if let Given::Value(handler) = self.given(handler, args) {
            let label = self.entry_label(act, op);
            // One, or a list of them: `on_startup=[connect, migrate]`.
            let handlers = match self.function.op(handler).kind {
                OpKind::Construct(Construct::List | Construct::Tuple, parts) => {
                    self.function.list(parts).iter().map(|part| part.value).collect()
                }
                _ => vec![handler],
            };
            for handler in handlers {
                self.note_served(handler, entry.kind);
                let handler = self.class_behind(handler, WRAPPERS).unwrap_or_else(|| self.value(handler));
                let (label, act) = (label.clone(), Some(act));
                self.out.events.push(Event::Entry { op, kind: entry.kind, handler, label, act });
            }
        }
    }

    /// The first parameter of functions that a call registers, as far as they do not say it themselves: the platform fills it.
    pub(super) fn fill_first(&mut self, act: ActId, own: Value, args: &[Operand]) {
        let Some(entry) = &self.world.models.act(act).behaviour.entry else { return };
        let (Some(_), Some(handler)) = (&entry.gives, &entry.handler) else { return };
        let Given::Value(handler) = self.given(handler, args) else { return };
        let handlers: Vec<OpId> = match self.function.op(handler).kind {
            OpKind::Construct(Construct::List | Construct::Tuple, parts) => {
                self.function.list(parts).iter().map(|part| part.value).collect()
            }
            _ => vec![handler],
        };
        for handler in handlers {
            if let Kind::Function(function) = self.value(handler).kind {
                self.fill_first_of(function, act, own);
            }
        }
    }

    /// The same for one function.
    pub(super) fn fill_first_of(&mut self, function: FnId, act: ActId, own: Value) {
        let behaviour = &self.world.models.act(act).behaviour;
        let Some(gives) = behaviour.entry.as_ref().and_then(|entry| entry.gives.as_deref()) else { return };
        let facts = self.world.files.facts(function);
        let index = usize::from(self.world.classes.owner[function.index()].is_some() && !facts.is_static);
        if facts.params.get(index).is_none_or(|param| param.annotation.is_some() || param.default.is_some()) {
            return;
        }
        let language = self.world.files.get(self.file).language;
        let models = self.world.models;
        let value = match gives {
            "self" => own,
            path => models
                .find(language, path)
                .and_then(|node| models.type_at(node))
                .map_or(Value::UNKNOWN, |ty| Value::instance(TypeRef::Model(ty))),
        };
        if value.is_known() {
            self.out.params.push((function, u16::try_from(index).unwrap_or(0), Value { declared: false, ..value.detached() }));
        }
    }

    /// `web.get("/", handlers.list)`: requests come to that one object.
    fn note_served(&mut self, handler: OpId, kind: EntryKind) {
        let OpKind::Attribute(base, _) = self.function.op(handler).kind else { return };
        if let (EntryKind::Request, Kind::Instance(ty)) = (kind, self.value(base).kind)
            && let (TypeRef::Project(class), Kind::Function(_), true) = (ty.base, self.value(handler).kind, self.record)
        {
            self.out.events.push(Event::Serves { class });
        }
    }

    /// A registration that decorates what it is called with; false when the act is none.
    pub(super) fn note_decorated_by_call(&mut self, op: OpId, decorator: OpId, act: ActId, given: OpId) -> bool {
        let entry = self.world.models.act(act).behaviour.entry.as_ref().filter(|entry| entry.handler.is_none());
        let Some(entry) = entry else { return false };
        let (handler, label) = (self.value(given), self.entry_label(act, decorator));
        if self.record {
            self.out.events.push(Event::Entry { op, kind: entry.kind, handler, label, act: Some(act) });
        }
        true
    }

    /// The class of the project that an unknown method makes a handler of, within calls that wrap it:
    /// `csrf_exempt(Token.as_view())`, whose base is from a library that no model describes.
    fn class_behind(&self, handler: OpId, depth: usize) -> Option<Value> {
        let OpKind::Call { callee, args } = self.function.op(handler).kind else { return None };
        if depth == 0 || self.value(handler).is_known() {
            return None;
        }
        match self.function.op(callee).kind {
            OpKind::Attribute(base, _) if let Kind::Class(Type { base: TypeRef::Project(_), .. }) = self.value(base).kind => {
                Some(self.value(base))
            }
            _ => self.function.list(args).iter().find_map(|arg| self.class_behind(arg.value, depth - 1)),
        }
    }

    /// How an entry point is called in messages: `GET /users`, `cron 0 * * * *`.
    pub(super) fn entry_label(&self, act: ActId, op: OpId) -> Option<String> {
        let entry = self.world.models.act(act).behaviour.entry.as_ref()?;
        let OpKind::Call { args, .. } = self.function.op(op).kind else { return entry.verb.clone() };
        let args = self.function.list(args);
        let text = |argument: &Option<Argument>| match self.given(argument.as_ref()?, args) {
            Given::Value(op) => self.text_of(op),
            _ => None,
        };
        let verb = text(&entry.verbs).map(|verbs| verbs.to_ascii_uppercase()).or_else(|| entry.verb.clone());
        let parts: Vec<String> = verb.into_iter().chain(text(&entry.path)).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    /// A constant string, or several of them in a list.
    fn text_of(&self, op: OpId) -> Option<String> {
        match (self.value(op).kind, self.function.op(op).kind) {
            (Kind::Text(file, name), _) => Some(self.world.files.name(file, name).to_owned()),
            (_, OpKind::Construct(_, parts)) => {
                let parts: Option<Vec<String>> = self
                    .function
                    .list(parts)
                    .iter()
                    .map(|part| match self.value(part.value).kind {
                        Kind::Text(file, name) => Some(self.world.files.name(file, name).to_owned()),
                        _ => None,
                    })
                    .collect();
                parts.filter(|parts| !parts.is_empty()).map(|parts| parts.join("|"))
            }
            _ => None,
        }
    }
}
