//! Calls that register code with the platform: routes, jobs, hooks, and the names people give them.

use super::super::value::Kind;
use super::args::Given;
use super::{Eval, Event};
use crate::facts::{Construct, OpId, OpKind, Operand};
use crate::models::ActId;
use crate::models::schema::Argument;

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
                let handler = self.value(handler);
                self.out.events.push(Event::Entry {
                    op,
                    kind: entry.kind,
                    handler,
                    label: label.clone(),
                    actions: entry.actions,
                });
            }
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
