//! Which conditions look for a text anywhere in a column, and is there an index that finds it?

use crate::facts::{Function, Literal, NameTable, OpId, OpKind};
use crate::finding::Confidence;
use crate::link::project::Project;
use crate::link::values::flows::chain_base;
use crate::link::values::remembered::Evaluated;
use crate::link::values::value::{FnId, Kind, Value};
use crate::models::{Role, Trait};

/// A condition that no ordinary index serves.
#[derive(Debug)]
pub struct Search {
    /// The function that states it.
    pub function: FnId,
    /// The call that adds it to a query, or that runs its text.
    pub op: OpId,
    /// The entity that is searched, when it is known.
    pub entity: Option<String>,
    /// How sure it is that what is searched grows with use.
    pub sure: Confidence,
}

impl Project {
    /// Conditions that no ordinary index serves, where nothing else leaves few rows to look at.
    #[must_use]
    pub fn unanchored_searches(&self) -> Vec<Search> {
        let stated = |function: &FnId| {
            let (file, _) = self.files().locate(*function);
            may_state_one(self.facts(*function), &self.files().get(file).facts.names)
        };
        self.functions().filter(stated).flat_map(|function| self.searches_in(function)).collect()
    }

    fn searches_in(&self, function: FnId) -> Vec<Search> {
        let facts = self.facts(function);
        if self.acts(function).is_empty() {
            return Vec::new();
        }
        let Evaluated { acts, values } = self.evaluated(function);
        let is_search = |value: Value| value.has(Trait::Unanchored) && !value.has(Trait::Keyed);
        let calls = facts.tape().filter(|(op, call)| matches!(call.kind, OpKind::Call { .. }) && acts.contains_key(op));
        let found = calls.filter_map(|(op, call)| {
            let OpKind::Call { callee, args } = call.kind else { return None };
            let value = values[op.index()];
            let before = chain_base(facts, callee).map_or(Value::UNKNOWN, |base| values[base.index()]);
            // What runs a text leaves its mark on the receiver.
            let runs_text = acts.get(&op).is_some_and(|&act| self.act(act).behaviour.sql.is_some());
            // A pattern is no query, and of a chain the call counts that adds the condition.
            if !is_search(value) || value.kind.is_text() || before.has(Trait::Unanchored) && !runs_text {
                return None;
            }
            let args = facts.list(args);
            let built = |op: OpId| values[op.index()].has(Trait::Unanchored) && !values[op.index()].kind.is_text();
            if args.iter().any(|arg| built(arg.value)) {
                // It only runs what was built before.
                return None;
            }
            let text = args.iter().find_map(|arg| match values[arg.value.index()].kind {
                Kind::Text(of, name) => Some(self.files().name(of, name)),
                _ => None,
            });
            let sure = text.and_then(|text| self.text_grows(text)).unwrap_or_else(|| self.grows(value));
            Some(Search { function, op, entity: self.entity_name(value), sure })
        });
        found.collect()
    }

    /// Whether the project declares an index for such searches: in its models, or in SQL of its migrations.
    #[must_use]
    pub fn has_text_index(&self) -> bool {
        let in_sql = |text: &str| {
            let text = text.to_ascii_lowercase();
            ["gin_trgm_ops", "gist_trgm_ops", "to_tsvector", "fulltext", "pg_trgm"].iter().any(|word| text.contains(word))
        };
        let literal = |data: &crate::link::FileData| {
            let ops = data.facts.functions.iter().flat_map(|function| &function.ops);
            let mut texts = ops.filter_map(|op| match op.kind {
                OpKind::Literal(Literal::Text(name)) => Some(data.facts.names.get(name)),
                _ => None,
            });
            texts.any(in_sql)
        };
        let in_tables = || self.tables.iter().any(|(_, table)| table.keys.iter().any(|key| key.text));
        self.sites(Role::TextIndex).next().is_some() || in_tables() || self.files().iter().any(|(_, data)| literal(data))
    }
}

/// Whether a function has the words of such a condition, so that it is worth a closer look.
fn may_state_one(facts: &Function, names: &NameTable) -> bool {
    let word = |text: &str| {
        let text = text.rsplit_once("__").map_or(text, |(_, lookup)| lookup);
        matches!(text, "icontains" | "iendswith" | "iregex" | "like" | "ilike" | "regexp_match")
    };
    facts.operands.iter().filter_map(|operand| operand.name).any(|name| word(names.get(name)))
        || facts.ops.iter().any(|op| match op.kind {
            OpKind::Attribute(_, name) => word(names.get(name)),
            OpKind::Literal(Literal::Text(name)) => {
                let text = names.get(name);
                text.len() > 12 && text.to_ascii_lowercase().contains("like ")
            }
            _ => false,
        })
}
