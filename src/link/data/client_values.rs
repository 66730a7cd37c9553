//! Where does this value come from: does the client choose it, and does anything hold it below a bound on the way?

use super::declared::Declared;
use super::reductions::project_class;
use crate::facts::{Function, Literal, NameId, OpId, OpKind, Operator, RegionKind, StoreMode, Target};
use crate::lang::Language;
use crate::link::names::contexts::argument;
use crate::link::project::Project;
use crate::link::values::flows::last_store;
use crate::link::values::value::FnId;
use crate::models::EntryKind;

/// A value that the client chooses and nothing caps.
#[derive(Debug, Clone)]
pub struct ByClient {
    /// What the client calls it.
    pub name: String,
}

/// How many calls up a value is followed, and how many operations back.
const DEPTH: usize = 5;
const STEPS: u32 = 24;

/// Parts of a request that hold what the client wrote.
const WRITTEN: [&str; 16] = [
    "args",
    "GET",
    "POST",
    "query_params",
    "form",
    "values",
    "json",
    "get_json",
    "data",
    "query",
    "rel_url",
    "params",
    "get_argument",
    "get_query_argument",
    "match_info",
    "query_args",
];

impl Project {
    /// The client's own value, when `op` can be it and nothing on the way holds it below a bound.
    #[must_use]
    pub fn by_client(&self, function: FnId, op: OpId) -> Option<ByClient> {
        self.client_value(function, op, STEPS, &mut vec![function])
    }

    fn client_value(&self, function: FnId, op: OpId, steps: u32, seen: &mut Vec<FnId>) -> Option<ByClient> {
        let facts = self.facts(function);
        let steps = steps.checked_sub(1)?;
        let name = |id| self.files().name(self.files().locate(function).0, id);
        if self.is_held(function, op) {
            return None;
        }
        let here = |name: String| Some(ByClient { name });
        match facts.op(op).kind {
            OpKind::Name(id) => {
                let (stored, settled) = reaching(facts, id, op);
                let local = stored.into_iter().find_map(|value| self.client_value(function, value, steps, seen));
                if local.is_some() || settled {
                    return local;
                }
                let index = facts.params.iter().position(|param| param.name == id)?;
                self.client_param(function, index, seen)
            }
            OpKind::Attribute(base, field) => {
                if self.is_request(function, base, 0) {
                    return None;
                }
                self.client_field(function, base, name(field), seen)
            }
            OpKind::Index(base, key) if self.is_written(function, base, 0) => here(self.key_name(function, key)),
            OpKind::Call { callee, args } => {
                let args = facts.list(args);
                match facts.op(callee).kind {
                    OpKind::Name(id) if matches!(name(id), "int" | "float" | "str" | "max" | "Some" | "Ok") => {
                        args.iter().find_map(|arg| self.client_value(function, arg.value, steps, seen))
                    }
                    OpKind::Attribute(base, id) => match name(id) {
                        "get" | "getlist" | "get_argument" | "get_query_argument" | "getone"
                            if self.is_written(function, callee, 0) =>
                        {
                            let key = args.first()?.value;
                            here(self.key_name(function, key))
                        }
                        "unwrap_or" | "unwrap_or_default" | "unwrap_or_else" | "unwrap" | "ok" | "into" | "try_into"
                        | "expect" | "clone" | "parse" | "cloned" | "copied" | "max" | "to_owned" | "and_then" => {
                            self.client_value(function, base, steps, seen)
                        }
                        "from" | "try_from" => self.client_value(function, args.first()?.value, steps, seen),
                        _ => None,
                    },
                    _ => None,
                }
            }
            OpKind::Choose(parts) => {
                facts.list(parts).iter().find_map(|part| self.client_value(function, part.value, steps, seen))
            }
            OpKind::Operate(Operator::Add | Operator::Subtract, left, right) => {
                let constant = |op: OpId| matches!(facts.op(op).kind, OpKind::Literal(_));
                match (constant(left), constant(right)) {
                    (false, true) => self.client_value(function, left, steps, seen),
                    (true, false) => self.client_value(function, right, steps, seen),
                    _ => None,
                }
            }
            OpKind::Await(of) | OpKind::Try(of) | OpKind::Enter(of, _) => self.client_value(function, of, steps, seen),
            _ => None,
        }
    }

    fn key_name(&self, function: FnId, key: OpId) -> String {
        match self.facts(function).op(key).kind {
            OpKind::Literal(Literal::Text(text)) => self.files().name(self.files().locate(function).0, text).to_owned(),
            _ => "a value".to_owned(),
        }
    }

    /// A parameter: of a handler, it is the client's; of another function, it is what callers pass.
    fn client_param(&self, function: FnId, index: usize, seen: &mut Vec<FnId>) -> Option<ByClient> {
        let facts = self.facts(function);
        let param = facts.params.get(index)?;
        let (file, _) = self.files().locate(function);
        if self.is_handler(function) {
            let parent = self.files().function(file, facts.parent?);
            let declared = self.declared(parent, param.annotation, param.default);
            let name = self.files().name(file, param.name).to_owned();
            let extracted = self.language(function) == Language::Python || self.is_extracted(function, index);
            return (extracted && param.annotation.is_some() && declared == Declared::Any).then_some(ByClient { name });
        }
        self.given_by_callers(function, u16::try_from(index).ok()?, seen, |caller, op, seen| {
            self.client_value(caller, op, STEPS, seen)
        })
    }

    fn given_by_callers(
        &self,
        function: FnId,
        index: u16,
        seen: &mut Vec<FnId>,
        mut look: impl FnMut(FnId, OpId, &mut Vec<FnId>) -> Option<ByClient>,
    ) -> Option<ByClient> {
        if seen.len() > DEPTH {
            return None;
        }
        let edges: Vec<_> = self.graph.to(function).filter(|edge| !self.is_test(edge.caller) && !edge.guessed).copied().collect();
        edges.into_iter().find_map(|edge| {
            let given = argument(self.files(), &edge, index).filter(|_| !seen.contains(&edge.caller))?;
            seen.push(edge.caller);
            let found = look(edge.caller, given, seen);
            seen.pop();
            found
        })
    }

    /// A declared field of what the client sends: `params.limit`.
    fn client_field(&self, function: FnId, base: OpId, field: &str, seen: &mut Vec<FnId>) -> Option<ByClient> {
        let class = project_class(self.values(function).get(base.index())?.kind)?;
        let index = self.followed_param(function, base, 0)?;
        if self.is_handler(function) {
            let sent = self.is_extracted(function, index) && self.admits_any(class, field);
            return sent.then(|| ByClient { name: field.to_owned() });
        }
        self.given_by_callers(function, u16::try_from(index).ok()?, seen, |caller, op, seen| {
            let index = self.followed_param(caller, op, 0)?;
            if self.is_handler(caller) {
                let sent = self.is_extracted(caller, index) && self.admits_any(class, field);
                return sent.then(|| ByClient { name: field.to_owned() });
            }
            // Handed on as it is.
            let handed = u16::try_from(index).ok()?;
            self.given_by_callers(caller, handed, seen, |outer, op, _| {
                let index = self.followed_param(outer, op, 0)?;
                let sent = self.is_handler(outer) && self.is_extracted(outer, index) && self.admits_any(class, field);
                sent.then(|| ByClient { name: field.to_owned() })
            })
        })
    }

    fn is_handler(&self, function: FnId) -> bool {
        self.entries.of(function).iter().any(|point| point.kind == EntryKind::Request)
    }

    /// The parameter that a value is, whatever wraps it: `params`, `params.0`, `params.into_inner()`.
    fn followed_param(&self, function: FnId, op: OpId, depth: u32) -> Option<usize> {
        let facts = self.facts(function);
        let name = |id| self.files().name(self.files().locate(function).0, id);
        if depth > 12 {
            return None;
        }
        match facts.op(op).kind {
            OpKind::Param(index) => Some(usize::from(index)),
            OpKind::Name(id) => match last_store(facts, id, op) {
                Some(stored) => self.followed_param(function, stored, depth + 1),
                None => facts.params.iter().position(|param| param.name == id),
            },
            OpKind::Attribute(base, id) if name(id) == "0" => self.followed_param(function, base, depth + 1),
            OpKind::Call { callee, .. } => match facts.op(callee).kind {
                OpKind::Attribute(base, id) if matches!(name(id), "into_inner" | "clone" | "unwrap_or_default") => {
                    self.followed_param(function, base, depth + 1)
                }
                _ => None,
            },
            OpKind::Await(of) | OpKind::Try(of) | OpKind::Enter(of, _) => self.followed_param(function, of, depth + 1),
            _ => None,
        }
    }

    /// Whether a collection is as long as the client of the service likes: a list in the body, the values of one key, or what callers
    /// hand on of such.
    pub(crate) fn is_sent(&self, function: FnId, op: OpId) -> bool {
        self.is_sent_through(function, op, 0)
    }

    fn is_sent_through(&self, function: FnId, op: OpId, depth: u32) -> bool {
        if depth > 3 || self.is_cut(function, op) {
            return false;
        }
        if self.is_written(function, op, 0) {
            return true;
        }
        let facts = self.facts(function);
        let root = crate::link::values::flows::chain_root(facts, op);
        let index = match facts.op(root).kind {
            OpKind::Param(index) => usize::from(index),
            OpKind::Name(name) => {
                if let Some(stored) = last_store(facts, name, root) {
                    return stored < root && self.is_sent_through(function, stored, depth + 1);
                }
                let Some(index) = facts.params.iter().position(|param| param.name == name) else { return false };
                index
            }
            _ => return false,
        };
        if self.is_handler(function) {
            return facts.params[index].annotation.is_some()
                && self.is_extracted(function, index)
                && !self.is_request(function, root, 0);
        }
        let edges = self.graph.to(function).filter(|edge| !self.is_test(edge.caller) && !edge.guessed && !edge.outside);
        u16::try_from(index).is_ok_and(|index| {
            edges.into_iter().any(|edge| {
                argument(self.files(), edge, index).is_some_and(|given| self.is_sent_through(edge.caller, given, depth + 1))
            })
        })
    }

    /// The request that a handler serves, by its type or, where nothing declares that, by its usual name.
    pub(crate) fn is_request(&self, function: FnId, op: OpId, depth: u32) -> bool {
        let facts = self.facts(function);
        let name = |id| self.files().name(self.files().locate(function).0, id);
        match facts.op(op).kind {
            OpKind::Name(id) | OpKind::Attribute(_, id) if matches!(name(id), "request" | "req") => true,
            OpKind::Name(id) => {
                last_store(facts, id, op).is_some_and(|stored| depth < 4 && self.is_request(function, stored, depth + 1))
            }
            _ => false,
        }
    }

    /// Whether a value is what the client wrote: `request.args`, `request.GET`, `self.get_argument`.
    pub(crate) fn is_written(&self, function: FnId, op: OpId, depth: u32) -> bool {
        let facts = self.facts(function);
        let name = |id| self.files().name(self.files().locate(function).0, id);
        if depth > 8 {
            return false;
        }
        match facts.op(op).kind {
            OpKind::Attribute(base, id) => {
                let asked = matches!(name(id), "get_argument" | "get_query_argument")
                    && crate::link::names::classes::is_receiver(facts, base);
                asked
                    || WRITTEN.contains(&name(id)) && self.is_request(function, base, 0)
                    || self.is_written(function, base, depth + 1)
            }
            OpKind::Call { callee, .. } => self.is_written(function, callee, depth + 1),
            OpKind::Await(of) | OpKind::Index(of, _) => self.is_written(function, of, depth + 1),
            OpKind::Name(id) => last_store(facts, id, op).is_some_and(|stored| self.is_written(function, stored, depth + 1)),
            _ => false,
        }
    }

    /// Whether the function compares the value of `op` with something that can be an upper bound, or has it checked.
    fn is_held(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        if !matches!(facts.op(op).kind, OpKind::Name(_) | OpKind::Attribute(..)) {
            return false;
        }
        let Some(path) = facts.path(op) else { return false };
        let same = |side: OpId| facts.path(side).is_some_and(|other| other.starts_with(&path));
        let low =
            |side: OpId| matches!(facts.op(side).kind, OpKind::Literal(Literal::Int(..=1) | Literal::None | Literal::Bool(_)));
        facts.tape().any(|(_, other)| match other.kind {
            OpKind::Operate(Operator::Order, left, right) => same(left) && !low(right) || same(right) && !low(left),
            OpKind::Operate(Operator::In | Operator::NotIn, left, _) => same(left),
            _ => false,
        }) || self.is_checked_by_callee(function, &path, op)
    }

    /// A call before `op` hands the value to a function of the project that compares it.
    fn is_checked_by_callee(&self, function: FnId, path: &[NameId], op: OpId) -> bool {
        let facts = self.facts(function);
        self.graph.from(function).filter(|edge| !edge.outside && edge.op < op).any(|edge| {
            let OpKind::Call { args, .. } = facts.op(edge.op).kind else { return false };
            let same = |value: OpId| {
                facts.path(value).is_some_and(|other| other.starts_with(path) || path.starts_with(&other))
                    && !matches!(facts.op(value).kind, OpKind::Call { .. })
            };
            if !facts.list(args).iter().any(|arg| same(arg.value)) {
                return false;
            }
            self.facts(edge.callee)
                .ops
                .iter()
                .any(|op| matches!(op.kind, OpKind::Operate(Operator::Order | Operator::In | Operator::NotIn, ..)))
        })
    }
}

/// What was stored to `name` and can still be there at `at`, and whether one of those stores always came before.
pub(crate) fn reaching(facts: &Function, name: NameId, at: OpId) -> (Vec<OpId>, bool) {
    let mut found = Vec::new();
    for (store, op) in facts.tape().take(at.index()).collect::<Vec<_>>().into_iter().rev() {
        let OpKind::Store { target: Target::Name(stored), value, mode } = op.kind else { continue };
        if stored != name || mode == StoreMode::Declared {
            continue;
        }
        found.push(value);
        let around = |region: &crate::facts::Region| region.holds(at);
        let sometimes = |kind: &RegionKind| {
            kind.is_arm() || matches!(kind, RegionKind::Loop { .. } | RegionKind::Handler(_) | RegionKind::Try { .. })
        };
        if mode == StoreMode::Plain && facts.regions_around(store).all(|region| around(region) || !sometimes(&region.kind)) {
            return (found, true);
        }
    }
    (found, false)
}
