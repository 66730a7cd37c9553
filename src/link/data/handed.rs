//! Statements that a function of the project runs for its callers: each call with a statement of its own is a query of its own.

use crate::facts::{OpId, OpKind};
use crate::link::data::queries::Rows;
use crate::link::names::contexts::argument;
use crate::link::project::{Project, Site};
use crate::link::values::arguments::{self, Given};
use crate::link::values::eval::Event;
use crate::link::values::value::{FnId, Value};
use crate::models::{Role, Trait};

impl Project {
    /// Everything that brings rows into memory: calls of libraries, serializers that are given a query, and calls of the project's
    /// own functions that are given the statement, where those are given several.
    pub fn fetches(&self) -> impl Iterator<Item = Site<'_>> {
        let by_library = || self.sites(Role::FetchMany).chain(self.sites(Role::CursorAll));
        let by_serializer = self.functions().flat_map(|function| self.serializer_fetches(function));
        by_library().chain(by_library().flat_map(|site| self.handed_statements(site))).chain(by_serializer)
    }

    /// The calls that hand a statement to the function of `site`, which returns the rows.
    fn handed_statements<'p>(&'p self, site: Site<'p>) -> Vec<Site<'p>> {
        let known = matches!(self.rows(&site), Rows::All | Rows::Scoped);
        let Some(param) = (!known).then(|| self.statement_param(site.function)).flatten() else { return Vec::new() };
        if !self.flows_to_return(site.function, site.op) {
            return Vec::new();
        }
        let calls = self.graph.to(site.function).filter(|edge| !edge.outside && !self.is_test(edge.caller));
        let handed = calls.filter_map(|edge| {
            let text = argument(self.files(), edge, param)?;
            let value = self.values(edge.caller)[text.index()];
            let receiver = Value { traits: value.traits, ..Value::UNKNOWN };
            let understood = value.has(Trait::Understood) && self.text_at(edge.caller, text).is_some();
            understood.then_some(Site { function: edge.caller, op: edge.op, receiver, result: Value::UNKNOWN, ..site })
        });
        handed.collect()
    }

    /// The parameter whose text a function runs as a statement.
    fn statement_param(&self, function: FnId) -> Option<u16> {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let names = &self.files().get(file).facts.names;
        let given = |op: OpId, wanted: &crate::models::schema::Argument| {
            let OpKind::Call { args, .. } = facts.op(op).kind else { return None };
            match arguments::find(names, facts, &wanted.name, wanted.position, facts.list(args)) {
                Given::Value(op) => Some(op),
                Given::Absent | Given::Perhaps => None,
            }
        };
        self.events(function).iter().find_map(|event| {
            let Event::Act { op, act, .. } = *event else { return None };
            let OpKind::Name(name) = facts.op(given(op, self.act(act).behaviour.sql.as_ref()?)?).kind else { return None };
            u16::try_from(facts.params.iter().position(|param| param.name == name)?).ok()
        })
    }
}
