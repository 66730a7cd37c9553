//! Where does a query say how many rows it wants, and how many it skips?

use crate::facts::{Construct, Function, Literal, NameId, OpId, OpKind, Operator};
use crate::link::project::{Project, Site};
use crate::link::values::eval::Event;
use crate::link::values::flows::{chain_base, last_store};
use crate::link::values::value::{ClassRef, FnId, Kind, Value};
use crate::models::{Act, Parameter};

/// A query cut to a page.
#[derive(Debug, Clone, Copy)]
pub struct Cut<'p> {
    /// The function it is in.
    pub function: FnId,
    /// The operation that cuts.
    pub op: OpId,
    /// What it does.
    pub act: &'p Act,
    /// How many rows it lets through, when it says so.
    pub size: Option<OpId>,
    /// How many rows it skips, when it says so.
    pub skip: Option<OpId>,
    /// The query, as far as it is known.
    pub query: Value,
    /// What the query is about stands in a text.
    pub by_text: bool,
}

/// A class of pagination by which a client may ask for pages of any size.
#[derive(Debug)]
pub struct OpenPages {
    /// The class.
    pub class: ClassRef,
    /// Where it names the parameter.
    pub at: (FnId, OpId),
    /// The attribute that would cap it.
    pub most: String,
}

/// So many rows never become a load.
const FEW: i64 = 10;

/// A placeholder of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Placeholder {
    Position(usize),
    Named(String),
}

impl Project {
    /// Every place where a query is cut: by a method of a builder, by a slice, by the words of a statement.
    #[must_use]
    pub fn cuts(&self) -> Vec<Cut<'_>> {
        self.functions().flat_map(|function| self.cuts_in(function)).collect()
    }

    /// Classes of pagination that take the size of a page from the client and set no end to it.
    #[must_use]
    pub fn open_pages(&self) -> Vec<OpenPages> {
        let classes = (0..self.files().class_count()).map(ClassRef::from_index);
        classes
            .filter_map(|class| {
                let (_, modelled) = self.classes.lineage(class);
                let mut lineage = modelled.iter().flat_map(|&base| self.models().lineage(base));
                let sizes = lineage.find_map(|ty| ty.sized_by_client.as_ref())?;
                let is_set =
                    |(function, op): (FnId, OpId)| !matches!(self.facts(function).op(op).kind, OpKind::Literal(Literal::None));
                let at = self.stated(class, &sizes.parameter).filter(|&at| is_set(at))?;
                // A base of it that lies in the project is reported itself.
                let own = at.0 == self.files().body_of(class);
                let capped = self.stated(class, &sizes.most).is_some_and(is_set);
                (own && !capped && !self.is_test(at.0)).then(|| OpenPages { class, at, most: sizes.most.clone() })
            })
            .collect()
    }

    /// Whether rows are cut to a few whose number stands in the code: `rows[:3]`, `.limit(10)`.
    pub(crate) fn is_cut_to_few(&self, function: FnId, rows: OpId) -> bool {
        let values = self.values(function);
        let number = |op: OpId| match values[op.index()] {
            Value { kind: Kind::Int(number), param: None, .. } => Some(number),
            _ => None,
        };
        self.cuts_in(function).into_iter().any(|cut| {
            let few = cut.size.and_then(number).is_some_and(|size| size <= FEW);
            few && cut.skip.is_none_or(|skip| number(skip).is_some()) && self.is_same(function, rows, cut.op)
        })
    }

    fn cuts_in(&self, function: FnId) -> Vec<Cut<'_>> {
        let facts = self.facts(function);
        let mut found = Vec::new();
        for event in self.events(function) {
            let Event::Act { op, act, receiver, result, .. } = *event else { continue };
            let model = self.models().act(act);
            let parameter = &model.behaviour.parameter;
            let paged = parameter.contains_key(&Parameter::PageSize) || parameter.contains_key(&Parameter::Offset);
            let query = if receiver.is_known() { receiver } else { result };
            let cut = Cut { function, op, act: model, size: None, skip: None, query, by_text: false };
            match facts.op(op).kind {
                OpKind::Index(_, key) if paged => {
                    if let OpKind::Construct(Construct::Slice, parts) = facts.op(key).kind
                        && let [start, end, _] = facts.list(parts)
                    {
                        let given = |op: OpId| !matches!(facts.op(op).kind, OpKind::Literal(Literal::None));
                        let (skip, end) = (given(start.value).then_some(start.value), given(end.value).then_some(end.value));
                        let size = end.map(|end| skip.map_or(end, |skip| width(facts, skip, end)));
                        found.push(Cut { size, skip, ..cut });
                    }
                }
                _ if paged => {
                    let site = self.paged_site(function, event);
                    let given = |which| site.as_ref().and_then(|site| self.parameter_op(site, which));
                    found.push(Cut { size: given(Parameter::PageSize), skip: given(Parameter::Offset), ..cut });
                }
                _ => {}
            }
        }
        found.extend(self.sites_in(function).filter_map(|site| self.cut_by_text(&site)));
        found
    }

    /// `LIMIT $2 OFFSET $3` of the statement that a site runs, with what is bound to it.
    fn cut_by_text(&self, site: &Site<'_>) -> Option<Cut<'_>> {
        let facts = self.facts(site.function);
        let (file, _) = self.files().locate(site.function);
        let (call, texts) = self.statement_text(site)?;
        let text = |id: NameId| self.files().name(file, id);
        let bound = |keyword: &str| match facts.op(texts).kind {
            OpKind::Literal(Literal::Text(id)) => self.bound_to(site, call, texts, &after(text(id), keyword)?),
            // `f"... LIMIT {limit}"`.
            OpKind::Construct(Construct::Text, parts) => {
                let parts = facts.list(parts);
                let at = parts.iter().position(|part| match facts.op(part.value).kind {
                    OpKind::Literal(Literal::Text(id)) => text(id).trim_end().to_ascii_lowercase().ends_with(keyword),
                    _ => false,
                })?;
                parts.get(at + 1).map(|part| part.value)
            }
            _ => None,
        };
        let (size, skip) = (bound("limit"), bound("offset"));
        let query = if site.receiver.is_known() { site.receiver } else { site.result };
        (size.is_some() || skip.is_some()).then_some(Cut {
            function: site.function,
            op: call,
            act: self.models().act(site.act_id),
            size,
            skip,
            query,
            by_text: true,
        })
    }

    /// The call of a site's chain that is given a statement, and the statement.
    fn statement_text(&self, site: &Site<'_>) -> Option<(OpId, OpId)> {
        let facts = self.facts(site.function);
        let mut at = Some(site.op);
        while let Some(op) = at {
            if let OpKind::Call { args, .. } = facts.op(op).kind {
                let text = facts.list(args).iter().take(2).find_map(|arg| self.text_behind(facts, site.function, arg.value, 0));
                if let Some(text) = text {
                    return Some((op, text));
                }
            }
            at = chain_base(facts, op);
        }
        None
    }

    /// A text that reads like a query: written out, wrapped by a call, or held by a local name.
    fn text_behind(&self, facts: &Function, function: FnId, op: OpId, depth: u32) -> Option<OpId> {
        let (file, _) = self.files().locate(function);
        let reads = |id: NameId| {
            let text = self.files().name(file, id).to_ascii_lowercase();
            text.contains("select ") && (text.contains("limit") || text.contains("offset"))
        };
        match facts.op(op).kind {
            OpKind::Literal(Literal::Text(id)) => reads(id).then_some(op),
            OpKind::Construct(Construct::Text, parts) => {
                let said = |word: &str| {
                    facts.list(parts).iter().any(|part| match facts.op(part.value).kind {
                        OpKind::Literal(Literal::Text(id)) => self.files().name(file, id).to_ascii_lowercase().contains(word),
                        _ => false,
                    })
                };
                (said("select ") && (said("limit") || said("offset"))).then_some(op)
            }
            OpKind::Name(name) if depth < 3 => {
                let stored = last_store(facts, name, op)?;
                self.text_behind(facts, function, stored, depth + 1)
            }
            OpKind::Call { args, .. } if depth < 3 => {
                facts.list(args).first().and_then(|arg| self.text_behind(facts, function, arg.value, depth + 1))
            }
            _ => None,
        }
    }

    /// The operation whose value takes a placeholder's place.
    fn bound_to(&self, site: &Site<'_>, call: OpId, text: OpId, placeholder: &Placeholder) -> Option<OpId> {
        let facts = self.facts(site.function);
        let OpKind::Call { args, .. } = facts.op(call).kind else { return None };
        let given: Vec<OpId> = facts
            .list(args)
            .iter()
            .skip_while(|arg| self.text_behind(facts, site.function, arg.value, 0) != Some(text))
            .skip(1)
            .map(|arg| arg.value)
            .collect();
        match placeholder {
            Placeholder::Named(name) => given.into_iter().find_map(|map| self.entry_of(facts, site.function, map, name)),
            Placeholder::Position(position) => {
                let bound = self.binds(facts, site, call);
                if !bound.is_empty() {
                    return bound.get(*position).copied();
                }
                // A tuple or list of values, or the values themselves.
                if let [only] = given.as_slice() {
                    let only = match facts.op(*only).kind {
                        OpKind::Name(name) => last_store(facts, name, *only).unwrap_or(*only),
                        _ => *only,
                    };
                    if let OpKind::Construct(Construct::Tuple | Construct::List, parts) = facts.op(only).kind {
                        let parts = facts.list(parts);
                        let plain = parts.iter().all(|part| part.form == crate::facts::OperandForm::Plain);
                        return parts.get(*position).filter(|_| plain).map(|part| part.value);
                    }
                }
                given.get(*position).copied()
            }
        }
    }

    /// What `.bind(..)` calls between the statement and its run add, in order.
    fn binds(&self, facts: &Function, site: &Site<'_>, call: OpId) -> Vec<OpId> {
        let (file, _) = self.files().locate(site.function);
        let mut found = Vec::new();
        let mut at = site.op;
        while at != call {
            if let OpKind::Call { callee, args } = facts.op(at).kind
                && let OpKind::Attribute(_, name) = facts.op(callee).kind
                && self.files().name(file, name) == "bind"
            {
                found.extend(facts.list(args).first().map(|arg| arg.value));
            }
            match chain_base(facts, at) {
                Some(base) => at = base,
                None => break,
            }
        }
        found.reverse();
        found
    }

    /// The value under a key of a map that is written out.
    fn entry_of(&self, facts: &Function, function: FnId, map: OpId, key: &str) -> Option<OpId> {
        let (file, _) = self.files().locate(function);
        let map = match facts.op(map).kind {
            OpKind::Name(name) => last_store(facts, name, map).unwrap_or(map),
            _ => map,
        };
        let OpKind::Construct(_, parts) = facts.op(map).kind else { return None };
        let named = |part: &&crate::facts::Operand| part.name.is_some_and(|name| self.files().name(file, name) == key);
        facts.list(parts).iter().find(named).map(|part| part.value)
    }
}

/// The placeholder that follows a keyword of a statement: `LIMIT $2`, `LIMIT ?`, `LIMIT :size`, `LIMIT %(size)s`.
fn after(sql: &str, keyword: &str) -> Option<Placeholder> {
    let lower = sql.to_ascii_lowercase();
    let at = lower.rfind(keyword)? + keyword.len();
    let rest = lower.get(at..)?.trim_start();
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    if let Some(number) = rest.strip_prefix('$') {
        return word(number).parse::<usize>().ok()?.checked_sub(1).map(Placeholder::Position);
    }
    if rest.starts_with('?') || rest.starts_with("%s") {
        let before = &lower[..at];
        return Some(Placeholder::Position(before.matches('?').count() + before.matches("%s").count()));
    }
    let named = rest.strip_prefix("%(").or_else(|| rest.strip_prefix(':'))?;
    Some(Placeholder::Named(word(named))).filter(|named| *named != Placeholder::Named(String::new()))
}

/// How many rows lie between two ends: `size` of `[start:start + size]` and of `[(page - 1) * size:page * size]`; the far end where
/// nobody can tell.
fn width(facts: &Function, start: OpId, end: OpId) -> OpId {
    let worth = |op: OpId| match facts.op(op).kind {
        OpKind::Name(name) => last_store(facts, name, op).unwrap_or(op),
        _ => op,
    };
    let same = |one: OpId, other: OpId| match (facts.op(one).kind, facts.op(other).kind) {
        (OpKind::Name(one), OpKind::Name(other)) => one == other,
        _ => false,
    };
    match facts.op(worth(end)).kind {
        OpKind::Operate(Operator::Add, left, right) if same(left, start) => right,
        OpKind::Operate(Operator::Add, left, right) if same(right, start) => left,
        OpKind::Operate(Operator::Arithmetic, left, right) => match facts.op(worth(start)).kind {
            OpKind::Operate(Operator::Arithmetic, one, other) => {
                [left, right].into_iter().find(|&part| same(part, one) || same(part, other)).unwrap_or(end)
            }
            _ => end,
        },
        _ => end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_after_a_keyword() {
        let limit = |sql: &str| after(sql, "limit");
        assert_eq!(limit("SELECT a FROM b WHERE c = $1 LIMIT $2"), Some(Placeholder::Position(1)));
        assert_eq!(limit("SELECT a FROM b WHERE c = ? LIMIT ? OFFSET ?"), Some(Placeholder::Position(1)));
        assert_eq!(limit("SELECT a FROM b LIMIT :size"), Some(Placeholder::Named("size".into())));
        assert_eq!(limit("SELECT a FROM b LIMIT %(size)s"), Some(Placeholder::Named("size".into())));
        assert_eq!(limit("SELECT a FROM b LIMIT 10"), None);
    }
}
