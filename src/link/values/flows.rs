//! Where does this value go, and where does it come from? Inside one function, by names and operands.

use super::value::FnId;
use crate::facts::{Construct, Function, FunctionId, OpId, OpKind, RegionKind, StoreMode, Target};
use crate::finding::FileId;
use crate::lang::Language;
use crate::link::project::Project;
use crate::models::{Role, Trait};

/// Methods that give what a result holds, or the result with another failure.
const OPENING: [&str; 10] = [
    "unwrap",
    "expect",
    "unwrap_or_default",
    "unwrap_or_else",
    "context",
    "with_context",
    "map_err",
    "ok_or",
    "ok_or_else",
    "ok",
];

/// Methods that ask for another value where there is none.
const ALTERNATIVES: [&str; 3] = ["map_or_else", "or_else", "unwrap_or_else"];

impl Project {
    /// Whether an object keeps something that was got from the value of `op`: `self.channel = connection.channel()`.
    #[must_use]
    pub fn is_drawn_from_later(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        let tainted = taint(facts, |at| at == op);
        facts.ops.iter().any(|next| match next.kind {
            OpKind::Store { target: Target::Attribute(base, _), value, .. } => {
                crate::link::names::classes::is_receiver(facts, base) && tainted[value.index()]
            }
            _ => false,
        })
    }

    /// Whether the value of `op` is stored in a place that lives as long as the process.
    #[must_use]
    pub fn is_kept(&self, function: FnId, op: OpId) -> bool {
        self.is_kept_within(function, op, 0)
    }

    fn is_kept_within(&self, function: FnId, op: OpId, depth: u32) -> bool {
        self.events(function).iter().any(|event| match event {
            super::eval::Event::Write { op: store, slot, .. } => self.is_process_wide(*slot) && self.stores(function, *store, op),
            super::eval::Event::Act { op: call, act, receiver, .. } => {
                let keeps = matches!(self.act(*act).behaviour.role, Some(Role::StateWrite | Role::StateGetOrAdd));
                keeps && receiver.slot.is_some_and(|slot| self.is_process_wide(slot)) && self.is_given(function, *call, op)
            }
            _ => false,
        }) || self.is_kept_by_constructor(function, op)
            || self.is_kept_by_callees(function, op, depth)
            || self.is_kept_by_callers(function, op, depth)
    }

    /// A function that it is given to, and that keeps it.
    fn is_kept_by_callees(&self, function: FnId, op: OpId, depth: u32) -> bool {
        depth < 3
            && self.graph.from(function).filter(|edge| !edge.outside && edge.op > op).any(|edge| {
                let OpKind::Call { args, .. } = self.facts(function).op(edge.op).kind else { return false };
                let given = self.facts(function).list(args).iter().position(|arg| self.is_same(function, arg.value, op));
                let param = given.map(|position| position + usize::from(edge.bound));
                let takes = |param: usize| param < self.facts(edge.callee).params.len();
                param.filter(|&param| takes(param)).is_some_and(|param| {
                    // Parameters come first on a tape.
                    self.is_kept_within(edge.callee, OpId::from_index(param), depth + 1)
                })
            })
    }

    /// Whether `op` runs only when what is kept has grown too old, in its own function or in all that call it.
    #[must_use]
    pub fn is_refresh(&self, function: FnId, op: OpId) -> bool {
        self.is_refresh_within(function, op, 0)
    }

    fn is_refresh_within(&self, function: FnId, op: OpId, depth: u32) -> bool {
        let aged = self.once[function.index()].iter().any(|once| once.aged && once.holds(op));
        let callers = self.graph.to(function).filter(|edge| !edge.outside && !self.is_test(edge.caller));
        let mut callers = callers.filter(|edge| edge.caller != function).peekable();
        let by_callers = depth < 3 && callers.peek().is_some();
        aged || by_callers && callers.all(|edge| self.is_refresh_within(edge.caller, edge.op, depth + 1))
    }

    /// Whether a function, or one that calls it, takes things out of a list that outlives it: a pool written by hand.
    #[must_use]
    pub fn draws_from_stock(&self, function: FnId, depth: u32) -> bool {
        let draws = self.events(function).iter().any(|event| match event {
            super::eval::Event::Act { act, receiver, .. } => {
                let takes = self.act(*act).behaviour.role == Some(Role::StateRemove);
                let listed = |slot| self.holding(slot) == Some(crate::models::Holding::List);
                takes && receiver.slot.is_some_and(listed)
            }
            _ => false,
        });
        let mut callers = self.graph.to(function).filter(|edge| depth < 2 && !edge.outside && edge.caller != function);
        draws || callers.any(|edge| self.draws_from_stock(edge.caller, depth + 1))
    }

    /// Whether the value of `op` is an argument of `call`.
    pub(super) fn is_given(&self, function: FnId, call: OpId, op: OpId) -> bool {
        match self.facts(function).op(call).kind {
            OpKind::Call { args, .. } => {
                let facts = self.facts(function);
                let inside = |value: OpId| match facts.op(value).kind {
                    // `Cached { client: client.clone(), used: now }`
                    OpKind::Construct(Construct::Struct | Construct::Tuple, parts) => {
                        facts.list(parts).iter().any(|part| self.is_same(function, part.value, op))
                    }
                    _ => false,
                };
                facts.list(args).iter().any(|arg| self.is_same(function, arg.value, op) || inside(arg.value))
            }
            _ => false,
        }
    }

    /// Whether what is made at `op` is used for one long-lived connection of its own.
    #[must_use]
    pub fn is_dedicated(&self, function: FnId, op: OpId) -> bool {
        let acts = self.described(function).into_iter().filter(|(at, act)| *at > op && act.adds.has(Trait::Dedicated));
        acts.into_iter().any(|(at, _)| self.is_same(function, at, op))
    }

    /// Whether the value of `op` goes where a parameter goes when the caller gives one: it stands in for what was not given.
    #[must_use]
    pub fn stands_in_for_param(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        let calls: Vec<_> = facts
            .ops
            .iter()
            .filter_map(|next| match next.kind {
                OpKind::Call { callee, args, .. } => match facts.op(callee).kind {
                    OpKind::Name(name) => Some((name, facts.list(args))),
                    _ => None,
                },
                _ => None,
            })
            .collect();
        let is_param = |value: OpId| match facts.op(value).kind {
            OpKind::Name(name) => facts.params.iter().any(|param| param.name == name),
            _ => false,
        };
        let fills = |name, at| {
            calls.iter().any(|&(other, args)| {
                other == name && args.get(at).is_some_and(|arg: &crate::facts::Operand| is_param(arg.value))
            })
        };
        calls
            .iter()
            .any(|&(name, args)| args.iter().enumerate().any(|(at, arg)| is_exactly(facts, arg.value, op) && fills(name, at)))
    }

    /// A factory of which some caller keeps what it makes; that another does not is for those who read the factory to see.
    fn is_kept_by_callers(&self, function: FnId, op: OpId, depth: u32) -> bool {
        if depth == 3 || !self.is_returned_itself(function, op) {
            return false;
        }
        let mut callers = self.graph.to(function).filter(|edge| !edge.outside && !self.is_test(edge.caller));
        callers.any(|edge| self.is_kept_within(edge.caller, edge.op, depth + 1))
    }

    /// A constructor that keeps it on an object which lives as long as the process.
    fn is_kept_by_constructor(&self, function: FnId, op: OpId) -> bool {
        // One instance for the process says nothing of those that requests make for themselves.
        self.classes.owner[function.index()].is_some_and(|class| self.is_resident(class) && !self.is_made_hot(class))
            && self.is_stored_on_receiver(function, op)
    }

    /// Whether the value of `op` goes to the caller or stays on the receiver: who keeps it for how long is decided elsewhere.
    #[must_use]
    pub fn is_handed_over(&self, function: FnId, op: OpId) -> bool {
        self.is_stored_on_receiver(function, op) || self.is_returned_itself(function, op)
    }

    /// Whether an object gets the value of `op` after it was made, to use it in other methods: `self.session = ..` in `open`.
    #[must_use]
    pub fn is_opened_on_receiver(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        self.made_class(function).is_none()
            && facts.ops.iter().any(|next| match next.kind {
                OpKind::Store { target: Target::Attribute(base, _), value, .. } => {
                    crate::link::names::classes::is_receiver(facts, base) && is_exactly(facts, value, op)
                }
                _ => false,
            })
    }

    fn is_stored_on_receiver(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        facts.tape().skip(op.index()).any(|(at, next)| match next.kind {
            OpKind::Store { target: Target::Attribute(base, _), .. } => {
                let stored = match facts.op(at).kind {
                    OpKind::Store { value, .. } => value,
                    _ => return false,
                };
                crate::link::names::classes::is_receiver(facts, base) && is_exactly(facts, stored, op)
            }
            // A struct made from it and handed out: `Self { client }`.
            OpKind::Construct(Construct::Struct, parts) => facts.list(parts).iter().any(|part| is_exactly(facts, part.value, op)),
            _ => false,
        })
    }

    pub(crate) fn is_returned_itself(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        facts.ops.iter().any(|next| match next.kind {
            OpKind::Return(value) | OpKind::Yield(value) => {
                let value = self.opened(function, value);
                is_exactly(facts, value, op) || self.wraps(facts, value, op)
            }
            _ => false,
        })
    }

    /// What a result is opened for: `build().unwrap()`, `build().context("..")`.
    fn opened(&self, function: FnId, mut value: OpId) -> OpId {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        while let OpKind::Call { callee, .. } = facts.op(value).kind
            && let OpKind::Attribute(base, name) = facts.op(callee).kind
            && OPENING.contains(&self.files().name(file, name))
        {
            value = base;
        }
        value
    }

    /// `Repo(conn)`, `Ok(client)`: the value inside what is returned.
    fn wraps(&self, facts: &Function, value: OpId, op: OpId) -> bool {
        self.wraps_within(facts, value, op, 0)
    }

    fn wraps_within(&self, facts: &Function, value: OpId, op: OpId, depth: u32) -> bool {
        let holds = |part: OpId| {
            is_exactly(facts, part, op)
                || self.names_it(facts, part, op)
                || part < value && depth < 4 && self.wraps_within(facts, part, op, depth + 1)
        };
        match facts.op(value).kind {
            OpKind::Call { args, .. } => facts.list(args).iter().any(|arg| holds(arg.value)),
            OpKind::Construct(_, parts) => facts.list(parts).iter().any(|part| holds(part.value)),
            _ => false,
        }
    }

    fn names_it(&self, facts: &Function, value: OpId, op: OpId) -> bool {
        let OpKind::Name(name) = facts.op(value).kind else { return false };
        last_store(facts, name, value).is_some_and(|stored| same_chain(facts, stored, op))
    }

    fn stores(&self, function: FnId, store: OpId, op: OpId) -> bool {
        match self.facts(function).op(store).kind {
            OpKind::Store { value, .. } => self.is_same(function, value, op),
            _ => false,
        }
    }

    /// Whether `value` is the value of `op`: through names, waiting, builder methods on it.
    pub(crate) fn is_same(&self, function: FnId, value: OpId, op: OpId) -> bool {
        let facts = self.facts(function);
        let mut at = value;
        for _ in 0..24 {
            if same_chain(facts, at, op) {
                return true;
            }
            let root = chain_root(facts, at);
            let OpKind::Name(name) = facts.op(root).kind else { return false };
            let Some(stored) = last_store(facts, name, root) else { return false };
            at = stored;
        }
        false
    }

    /// Whether `op` is inside a loop of its own function.
    #[must_use]
    pub fn is_in_loop(&self, function: FnId, op: OpId) -> bool {
        self.facts(function).regions_around(op).any(|region| matches!(region.kind, RegionKind::Loop { .. }))
    }

    /// Whether `op` runs only under some condition.
    #[must_use]
    pub fn is_conditional(&self, function: FnId, op: OpId) -> bool {
        self.facts(function)
            .regions_around(op)
            .any(|region| region.kind.is_arm() || matches!(region.kind, RegionKind::Guarded { .. } | RegionKind::Handler(_)))
            || self.is_alternative(function)
    }

    /// Whether a closure runs only where a result or an option holds nothing: `env::var("KEY").map_or_else(|_| .., ..)`.
    fn is_alternative(&self, closure: FnId) -> bool {
        let (file, local) = self.files().locate(closure);
        let Some(parent) = self.facts(closure).parent.filter(|_| self.language(closure) == Language::Rust) else { return false };
        let facts = self.facts(self.files().function(file, parent));
        facts.tape().any(|(_, op)| match op.kind {
            OpKind::Call { callee, args } => {
                let falls_back = matches!(facts.op(callee).kind, OpKind::Attribute(_, name)
                    if ALTERNATIVES.contains(&self.files().name(file, name)));
                falls_back && facts.list(args).iter().any(|arg| facts.op(arg.value).kind == OpKind::Closure(local))
            }
            _ => false,
        })
    }

    /// The module body of a file.
    #[must_use]
    pub fn module_body(&self, file: FileId) -> FnId {
        self.files().function(file, FunctionId(0))
    }

    /// The name under which the value of `op` is kept or given on: a variable, attribute, key or named argument.
    #[must_use]
    pub fn receiving_name(&self, function: FnId, op: OpId) -> Option<String> {
        let (file, _) = self.files().locate(function);
        let facts = self.facts(function);
        let name = |id| self.files().name(file, id).to_owned();
        facts.tape().skip(op.index()).find_map(|(_, next)| match next.kind {
            OpKind::Store { target, value, .. } if value == op => match target {
                Target::Name(id) | Target::Attribute(_, id) => Some(name(id)),
                Target::Item(_, key) => match facts.op(key).kind {
                    OpKind::Literal(crate::facts::Literal::Text(id)) => Some(name(id)),
                    _ => None,
                },
                Target::Content(_) => None,
            },
            OpKind::Call { args, .. } => facts.list(args).iter().find(|arg| arg.value == op).and_then(|arg| arg.name).map(name),
            _ => None,
        })
    }
}

/// Whether `value` is what `op` gave and nothing made of it: through names, waiting and alternatives only.
pub(super) fn is_exactly(facts: &Function, value: OpId, op: OpId) -> bool {
    let mut at = value;
    for _ in 0..24 {
        if at == op {
            return true;
        }
        at = match facts.op(at).kind {
            OpKind::Await(inner) | OpKind::Try(inner) | OpKind::Enter(inner, _) => inner,
            OpKind::Choose(parts) => {
                return facts.list(parts).iter().any(|part| part.value < at && is_exactly(facts, part.value, op));
            }
            // One arm stores this, another that.
            OpKind::Name(name) => {
                return stores(facts, name, at).any(|stored| stored < at && is_exactly(facts, stored, op));
            }
            _ => return false,
        };
    }
    false
}

/// The first link of a method chain.
pub(crate) fn chain_root(facts: &Function, op: OpId) -> OpId {
    let mut at = op;
    while let Some(base) = chain_base(facts, at) {
        at = base;
    }
    at
}

/// Whether `op` is `origin` or a link of the chain that hangs on it.
pub(crate) fn same_chain(facts: &Function, op: OpId, origin: OpId) -> bool {
    let mut at = op;
    loop {
        if at == origin {
            return true;
        }
        let next = match facts.op(at).kind {
            OpKind::Choose(parts) => {
                return facts.list(parts).iter().any(|part| part.value < at && same_chain(facts, part.value, origin));
            }
            _ => chain_base(facts, at),
        };
        match next {
            Some(next) => at = next,
            None => return false,
        }
    }
}

/// What was last stored to `name` before `at`.
pub(crate) fn last_store(facts: &Function, name: crate::facts::NameId, at: OpId) -> Option<OpId> {
    stores(facts, name, at).last()
}

/// Everything stored to `name` before `at`, in order.
fn stores(facts: &Function, name: crate::facts::NameId, at: OpId) -> impl Iterator<Item = OpId> {
    facts.tape().take(at.index()).filter_map(move |(_, op)| match op.kind {
        OpKind::Store { target: Target::Name(stored), value, mode: StoreMode::Plain } if stored == name => Some(value),
        _ => None,
    })
}

/// Operations whose value derives from a seed, through operands and local names.
pub(crate) fn taint(facts: &Function, seed: impl Fn(OpId) -> bool) -> Vec<bool> {
    let mut tainted = vec![false; facts.ops.len()];
    let mut names = Vec::new();
    for (at, op) in facts.tape() {
        let hit = |of: OpId| tainted[of.index()];
        let value = match op.kind {
            OpKind::Name(name) => names.contains(&name),
            OpKind::Attribute(base, _) => hit(base),
            OpKind::Index(base, key) => hit(base) || hit(key),
            OpKind::Call { callee, args } => hit(callee) || facts.list(args).iter().any(|arg| hit(arg.value)),
            OpKind::Construct(_, parts) | OpKind::Choose(parts) => facts.list(parts).iter().any(|part| hit(part.value)),
            OpKind::Operate(_, left, right) => hit(left) || hit(right),
            OpKind::Element(of) | OpKind::Enter(of, _) | OpKind::Await(of) | OpKind::Try(of) | OpKind::Yield(of) => hit(of),
            OpKind::Store { value, .. } => hit(value),
            _ => false,
        };
        let is_seed = seed(at);
        tainted[at.index()] = value || is_seed;
        match op.kind {
            OpKind::Store { target: Target::Name(name), .. } if tainted[at.index()] => names.push(name),
            // Another value under the same name, whatever happened before.
            OpKind::Store { target: Target::Name(name), mode: StoreMode::Plain, .. } if always_runs(facts, at) => {
                names.retain(|&kept| kept != name);
            }
            OpKind::Param(index) if is_seed => names.extend(facts.params.get(index as usize).map(|param| param.name)),
            _ => {}
        }
    }
    tainted
}

/// Whether `op` or what it is made of is tainted.
pub(crate) fn depends(facts: &Function, op: OpId, tainted: &[bool]) -> bool {
    tainted[op.index()]
        || match facts.op(op).kind {
            OpKind::Element(of) | OpKind::Await(of) => tainted[of.index()],
            _ => false,
        }
}

/// Whether an operation runs whenever its function does, unless this was left before.
fn always_runs(facts: &Function, op: OpId) -> bool {
    !facts.regions_around(op).any(|region| region.kind.is_arm() || matches!(region.kind, RegionKind::Loop { .. }))
}

/// An operation and what it was made from, link by link, also through names: `builder.header(..).send()` and, before it, the call that
/// `builder` was given.
pub(crate) fn chain_through_names(facts: &Function, op: OpId) -> impl Iterator<Item = OpId> + '_ {
    std::iter::successors(Some(op), |&op| match facts.op(op).kind {
        OpKind::Name(name) => last_store(facts, name, op),
        _ => chain_base(facts, op),
    })
}

/// What a link of a method chain hangs on.
pub(crate) fn chain_base(facts: &Function, op: OpId) -> Option<OpId> {
    match facts.op(op).kind {
        OpKind::Call { callee, .. } => Some(callee),
        OpKind::Attribute(base, _) | OpKind::Index(base, _) => Some(base),
        OpKind::Await(inner) | OpKind::Try(inner) | OpKind::Enter(inner, _) | OpKind::Element(inner) => Some(inner),
        _ => None,
    }
}
