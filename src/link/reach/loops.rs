//! Is this repeated? Loops around an operation, in its own function and in the functions that call it.

use super::graph::Edge;
use super::paths::Placement;
use crate::facts::{Construct, Function, OpId, OpKind, Operator, ParamKind, Region, RegionKind};
use crate::finding::{Confidence, Note, Place};
use crate::link::project::{Project, Site};
use crate::link::values::flows::{depends, last_store, taint};
use crate::link::values::remembered::Values;
use crate::link::values::value::{FnId, Kind, TypeRef, Value};
use crate::models::{EntryKind, Role, Trait};

/// What a loop goes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// Rows of a query.
    Rows,
    /// A collection whose size nobody states.
    Collection,
}

/// A loop around an operation.
#[derive(Debug, Clone)]
pub struct LoopAround {
    /// The function it is in.
    pub function: FnId,
    /// The operation in it that leads to the repeated one.
    pub op: OpId,
    /// Where its head stands.
    pub place: Place,
    /// What it goes over.
    pub over: Over,
    /// What it goes over, as a value.
    pub rows: Value,
    /// How sure it is that what it goes over grows with the data.
    pub sure: Confidence,
    /// Its body writes the rows it goes over: they are worked off one by one.
    pub works_off: bool,
    /// Somewhere on the way down from the loop a condition decides.
    pub conditional: bool,
    /// Some elements are left out before.
    pub picked: bool,
    /// The calls from the loop down to the operation; empty when they are in one function.
    pub calls: Vec<Note>,
    /// Heads of other loops that repeat the same operation, by the way of other callers.
    pub others: Vec<Place>,
}

/// The search for loops up the calls.
struct Climb {
    /// Functions on the way.
    seen: Vec<FnId>,
    /// Calls that were followed.
    followed: usize,
    /// What depends on the receiver of a method counts as well.
    receiver: bool,
    /// One loop is enough.
    one: bool,
}

impl Climb {
    fn from(function: FnId, receiver: bool) -> Self {
        Self { seen: vec![function], followed: 0, receiver, one: false }
    }
}

/// How many calls up a loop is searched.
const DEPTH: usize = 5;

/// How many of several loops a finding shows besides its own.
const SHOWN: usize = 5;

/// How many calls are followed up from one operation: what everything calls is looked at in part.
const FOLLOWED: usize = 64;

/// `SELECT .. FOR UPDATE`, which holds the row until the transaction ends.
fn locks_rows(site: &Site<'_>) -> bool {
    site.result.has(Trait::Serial) || site.receiver.has(Trait::Serial)
}

impl Project {
    /// The loop that repeats `op` for elements of a collection that nothing bounds, and on whose element `op` depends: the innermost
    /// of its own function, or of all loops in callers the one that says most.
    #[must_use]
    pub fn repeated(&self, function: FnId, op: OpId) -> Option<LoopAround> {
        self.telling(self.repeated_within(function, op, &[op], 0, &mut Climb::from(function, false)))
    }

    /// Whether there is such a loop.
    #[must_use]
    pub fn is_repeated(&self, function: FnId, op: OpId) -> bool {
        let mut climb = Climb { one: true, ..Climb::from(function, false) };
        !self.repeated_within(function, op, &[op], 0, &mut climb).is_empty()
    }

    /// [`Self::repeated`] for what is read of a row: the row may also be the receiver of the method that reads it.
    #[must_use]
    pub fn repeated_for_row(&self, function: FnId, op: OpId) -> Option<LoopAround> {
        self.telling(self.repeated_within(function, op, &[op], 0, &mut Climb::from(function, true)))
    }

    /// Of several loops the one that hurts for certain: requests wait for it, nothing decides whether it is reached, it is near.
    fn telling(&self, mut loops: Vec<LoopAround>) -> Option<LoopAround> {
        let rank = |found: &LoopAround| {
            let certain = !found.conditional && !found.works_off;
            let waits = loops.len() > 1
                && matches!(self.placement(found.function, found.op), Placement::Hot(reached) if reached.kind == EntryKind::Request);
            std::cmp::Reverse((certain && waits, if certain { found.sure } else { Confidence::Low }, waits))
        };
        let best = loops.iter().enumerate().min_by_key(|(at, found)| (rank(found), found.calls.len(), *at))?.0;
        let mut best = loops.swap_remove(best);
        best.others = loops.into_iter().map(|other| other.place).filter(|place| *place != best.place).collect();
        best.others.sort_unstable();
        best.others.dedup();
        best.others.truncate(SHOWN);
        Some(best)
    }

    /// The same in its own function only, also where each round ends a transaction.
    pub(crate) fn repeated_with_commits(&self, function: FnId, op: OpId) -> Option<LoopAround> {
        self.loop_in(function, op, &[op], true).filter(|_| self.loop_counts(function, op))
    }

    /// Whether a loop there matters: load comes by, or a command walks through data; never tests and scripts.
    fn loop_counts(&self, function: FnId, op: OpId) -> bool {
        match self.placement(function, op) {
            Placement::Hot(_) | Placement::Unplaced(_) => true,
            Placement::Cold => self.is_command(function) && !self.runs_once(function, op) && !self.is_script_folder(function),
        }
    }

    /// `subjects` are what of the operation has to depend on the element: the operation itself, or those arguments of a call that
    /// decide what is repeated in the function it calls.
    fn repeated_within(&self, function: FnId, op: OpId, subjects: &[OpId], depth: usize, climb: &mut Climb) -> Vec<LoopAround> {
        if let Some(found) = self.loop_in(function, op, subjects, false).filter(|_| self.loop_counts(function, op)) {
            return vec![found];
        }
        if let Some((closure, made, given)) = self.made_by_closure(function, subjects).filter(|_| depth < DEPTH) {
            return self.repeated_within(closure, made, &given, depth + 1, climb);
        }
        if depth == DEPTH || self.is_under_row_lock(function, op) || !self.depends_on_params(function, subjects, climb.receiver) {
            return Vec::new();
        }
        // A query that is the same each time runs each time; what a row has loaded stays loaded.
        let params = if climb.receiver { self.deciding_params(function, subjects) } else { Vec::new() };
        let mut edges: Vec<_> = self.graph.to(function).filter(|edge| !edge.outside && !edge.once).copied().collect();
        edges.sort_by_key(|edge| (edge.caller, edge.op));
        let mut loops = Vec::new();
        for edge in edges {
            if climb.followed == FOLLOWED || climb.one && !loops.is_empty() {
                break;
            }
            if !self.paths.leads_to(self.files(), &edge, op)
                || climb.seen.contains(&edge.caller)
                || self.entries.test[edge.caller.index()]
            {
                continue;
            }
            climb.followed += 1;
            if let Some(mut found) = self.loop_by_call(&edge, op).filter(|_| self.loop_counts(edge.caller, edge.op)) {
                found.conditional = self.is_under_branch(function, op);
                loops.push(found);
                continue;
            }
            climb.seen.push(edge.caller);
            let subjects = self.given_for(&edge, &params);
            for mut found in self.repeated_within(edge.caller, edge.op, &subjects, depth + 1, climb) {
                // What a row does when it is written belongs to the writing, which happens row by row.
                found.conditional |= self.is_under_branch(function, op) || self.overrides_write(function);
                let message = format!("{} calls {}", self.function_name(edge.caller), self.function_name(function));
                found.calls.push(Note { place: self.place(edge.caller, edge.op), message });
                loops.push(found);
            }
            climb.seen.pop();
        }
        loops
    }

    /// Whether a method stands before one of the library that writes a row: `save`, `delete`.
    fn overrides_write(&self, function: FnId) -> bool {
        let (Some(class), Some(name)) = (self.classes.owner[function.index()], self.facts(function).name) else { return false };
        let name = self.files().name(self.files().locate(function).0, name);
        let (_, modelled) = self.classes.lineage(class);
        let mut acts = modelled.into_iter().filter_map(|base| self.models().method(base, name));
        acts.any(|act| self.act(act).behaviour.role == Some(Role::Write))
    }

    fn loop_in(&self, function: FnId, op: OpId, subjects: &[OpId], commits: bool) -> Option<LoopAround> {
        let facts = self.facts(function);
        let values = std::cell::OnceCell::new();
        // Running through a query is one query, however many rows its loop sees.
        let own = match facts.op(op).kind {
            OpKind::Element(of) => Some(of),
            _ => None,
        };
        facts.regions_around(op).find_map(|region| {
            let RegionKind::Loop { over: Some(over), .. } = region.kind else { return None };
            let commits_each = || !commits && self.commits_each(function, region);
            let alone = leaves_at_once(facts, region) || runs_last(facts, region, op) || commits_each();
            if own == Some(over) || alone {
                return None;
            }
            let values = values.get_or_init(|| self.values(function));
            let in_rounds = facts.regions_around(region.start).any(|outer| {
                outer != region && matches!(outer.kind, RegionKind::Loop { over: None, .. }) && outer.start <= region.start
            });
            if in_rounds && values.get(over.index()).is_some_and(|value| value.has(Trait::Limited)) {
                // Batch after batch of a bounded size.
                return None;
            }
            let over_op = over;
            let over = self.over(function, facts, values, over, 0)?;
            let tainted = taint(facts, |at| facts.op(at).kind == OpKind::Element(over_op) && region.holds(at));
            if switches_context(facts, region, op, &tainted) || picks_by_element(facts, region, op, &tainted) {
                return None;
            }
            let (file, _) = self.files().locate(function);
            if !subjects.iter().any(|&subject| depends(facts, subject, &tainted)) || self.is_cut_to_few(function, over_op) {
                return None;
            }
            Some(LoopAround {
                function,
                op,
                place: Place { file, span: region.span },
                sure: self.grows_with_data(function, over_op, (over, values[over_op.index()])),
                works_off: self.works_off(function, region, values[over_op.index()]),
                over,
                rows: values[over_op.index()],
                conditional: self.is_under_branch_in(function, op, region),
                picked: self.is_skipped_for_some(function, op, region),
                calls: Vec::new(),
                others: Vec::new(),
            })
        })
    }

    /// Whether some loop around `op` goes over more than the code states.
    #[must_use]
    pub fn loops_over_data(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        let values = std::cell::OnceCell::new();
        facts.regions_around(op).any(|region| match region.kind {
            RegionKind::Loop { over: Some(over), .. } => {
                self.over(function, facts, values.get_or_init(|| self.values(function)), over, 0).is_some()
            }
            _ => false,
        })
    }

    /// Rows grow with their table; what belongs to one object, and collections that come from elsewhere, may be short for ever.
    pub(crate) fn grows_with_data(&self, function: FnId, op: OpId, (over, value): (Over, Value)) -> Confidence {
        match over {
            Over::Rows if [Trait::Related, Trait::Grouped, Trait::One].into_iter().any(|few| value.has(few)) => Confidence::Low,
            Over::Rows => self.grows(value),
            Over::Collection => {
                let of_rows = self.fetched(function, 0).into_iter().any(|fetched| self.is_same(function, op, fetched));
                let sent = || !self.is_fanned_out(function, op) && self.is_sent(function, op);
                if of_rows || sent() { Confidence::Medium } else { Confidence::Low }
            }
        }
    }

    /// Operations that bring rows: queries, and calls of functions that return them.
    fn fetched(&self, function: FnId, depth: u32) -> Vec<OpId> {
        let brings = |role| matches!(role, Role::FetchMany | Role::CursorAll | Role::FetchStream | Role::Paginate);
        let own = self
            .sites_in(function)
            .filter(|site| brings(site.role) && (self.query_grows(site) > Confidence::Low || self.is_filled(site)));
        let own = own.map(|site| site.op);
        let returned = self.graph.from(function).filter(|edge| depth < 3 && !edge.outside).filter(|edge| {
            let inner = self.fetched(edge.callee, depth + 1);
            inner.into_iter().any(|op| self.flows_to_return(edge.callee, op))
        });
        own.chain(returned.map(|edge| edge.op)).collect()
    }

    /// A transaction for each element: they are worked off one by one on purpose.
    fn commits_each(&self, function: FnId, region: &Region) -> bool {
        self.sites_in(function).any(|site| (site.role == Role::Commit || locks_rows(&site)) && region.holds(site.op))
    }

    /// Whether a row is locked before `op`: what is asked then is asked under the lock, row by row.
    fn is_under_row_lock(&self, function: FnId, op: OpId) -> bool {
        self.sites_in(function).any(|site| site.op < op && locks_rows(&site))
    }

    /// What a loop over this value goes over; `None` for what is bounded or comes in batches.
    pub(crate) fn over(&self, function: FnId, facts: &Function, values: &Values, op: OpId, depth: u32) -> Option<Over> {
        let value = values.get(op.index()).copied().unwrap_or(Value::UNKNOWN);
        if value.has(Trait::Batch) || value.has(Trait::Limited) && value.has(Trait::Serial) {
            return None;
        }
        // A class stands for its members: a closed set, of which a list may hold each.
        let members = || value.ty().and_then(|ty| ty.first?.project()).is_some_and(|class| self.enumerates(class));
        let written = || value.slot.is_some_and(|slot| self.is_constant(slot) && !self.is_given_to_instances(slot));
        if matches!(value.kind, Kind::Class(_)) || members() || written() || value.kind.is_constant() {
            return None;
        }
        match facts.op(op).kind {
            OpKind::Literal(_) => None,
            // What a library's own object lists (its settings, its members) does not grow with the data.
            OpKind::Attribute(base, _) if matches!(values[base.index()].kind, Kind::External(_)) => {
                self.is_written(function, op, 0).then_some(Over::Collection)
            }
            // What a call was given: as much as somebody wrote there.
            OpKind::Name(name)
                if facts
                    .params
                    .iter()
                    .any(|param| param.name == name && param.kind != ParamKind::Normal && param.kind != ParamKind::NamedOnly) =>
            {
                None
            }
            // A variable that was just given a literal.
            OpKind::Name(name) if last_store(facts, name, op).is_some_and(|stored| is_written_out(facts, stored)) => None,
            OpKind::Construct(Construct::List | Construct::Tuple | Construct::Set | Construct::Map | Construct::Slice, _) => None,
            OpKind::Construct(Construct::Text, _) => None,
            OpKind::Await(inner) | OpKind::Try(inner) | OpKind::Enter(inner, _) if depth < 16 => {
                self.over(function, facts, values, inner, depth + 1)
            }
            OpKind::Call { callee, args } if depth < 16 => {
                self.over_call(function, facts, values, (op, callee, facts.list(args)), depth)
            }
            _ => Some(self.over_value(values, op)),
        }
    }

    fn over_call(
        &self,
        function: FnId,
        facts: &Function,
        values: &Values,
        (op, callee, args): (OpId, OpId, &[crate::facts::Operand]),
        depth: u32,
    ) -> Option<Over> {
        let site = self.sites_in(function).find(|site| site.op == op);
        match site.map(|site| site.role) {
            Some(Role::Chunk) => return None,
            Some(Role::FetchMany | Role::CursorAll | Role::FetchStream | Role::Execute) => return Some(Over::Rows),
            _ => {}
        }
        let name = match facts.op(callee).kind {
            OpKind::Name(name) | OpKind::Attribute(_, name) => self.files().name(self.files().locate(function).0, name),
            _ => "",
        };
        let builtin = matches!(facts.op(callee).kind, OpKind::Name(_));
        // What hands out batches or chunks says so.
        if ["batch", "chunk", "slices"].iter().any(|word| name.to_ascii_lowercase().contains(word)) {
            return None;
        }
        match name {
            "range" if builtin => {
                let constant = args.iter().all(|arg| values[arg.value.index()].kind.is_constant());
                if constant { None } else { self.over_range(facts, values, args) }
            }
            "enumerate" | "sorted" | "list" | "tuple" | "reversed" | "set" | "iter" | "filter" | "zip" | "dict" if builtin => {
                let last = args.iter().rev().find_map(|arg| self.over(function, facts, values, arg.value, depth + 1));
                let bounded = args.iter().any(|arg| self.over(function, facts, values, arg.value, depth + 1).is_none());
                if bounded && name != "filter" { None } else { last }
            }
            "items" | "keys" | "values" | "iter" | "into_iter" | "iter_mut" | "drain" | "cloned" | "copied" | "enumerate"
            | "rev" => {
                let OpKind::Attribute(base, _) = facts.op(callee).kind else { return Some(Over::Collection) };
                self.over(function, facts, values, base, depth + 1)
            }
            // Messages as they come, for as long as somebody talks.
            "iter_text" | "iter_json" | "iter_bytes" | "iter_any" | "listen" | "consume" | "iter_chunked" => None,
            "chunks" | "chunks_exact" | "batched" | "chunked" | "page_range" | "split" | "splitlines" | "windows" => None,
            // So many as somebody asked for: `random.sample(tenants, size)`.
            "sample" => None,
            _ => Some(self.over_value(values, op)),
        }
    }

    /// `range(0, n, 500)` steps through batches; `range(len(rows))` goes over the rows.
    fn over_range(&self, facts: &Function, values: &Values, args: &[crate::facts::Operand]) -> Option<Over> {
        match args {
            [_, _, _] => None,
            [.., end] => match facts.op(end.value).kind {
                OpKind::Call { args, .. } => facts.list(args).first().map(|arg| self.over_value(values, arg.value)),
                _ => None,
            },
            [] => None,
        }
    }

    fn over_value(&self, values: &Values, op: OpId) -> Over {
        let value = values.get(op.index()).copied().unwrap_or(Value::UNKNOWN);
        let of_rows = |base: TypeRef| match base {
            TypeRef::Project(class) => self.classes.inherits(self.models(), class, |ty| ty.entity),
            TypeRef::Model(model) => self.models().lineage(model).any(|ty| ty.iterate.is_some()),
        };
        let rows = value.ty().is_some_and(|ty| of_rows(ty.base) || ty.first.is_some_and(of_rows));
        if rows || value.has(Trait::Understood) { Over::Rows } else { Over::Collection }
    }

    /// Whether what the call `op` makes derives from parameters of its function: by its arguments, or those of its builder.
    #[must_use]
    pub fn is_made_from_params(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        let receiver = self.classes.owner[function.index()].is_some() && !facts.is_static;
        let tainted = taint(facts, |at| matches!(facts.op(at).kind, OpKind::Param(index) if index > 0 || !receiver));
        tainted[op.index()]
    }

    /// The parameters, the receiver among them, that one of `subjects` depends on.
    fn deciding_params(&self, function: FnId, subjects: &[OpId]) -> Vec<u16> {
        let facts = self.facts(function);
        let count = u16::try_from(facts.params.len()).unwrap_or(u16::MAX);
        let decides = |wanted: &u16| {
            let tainted = taint(facts, |at| facts.op(at).kind == OpKind::Param(*wanted));
            subjects.iter().any(|&subject| depends(facts, subject, &tainted))
        };
        (0..count).filter(decides).collect()
    }

    /// What a call gives for some parameters of what it calls; the call itself where that is not seen.
    fn given_for(&self, edge: &Edge, params: &[u16]) -> Vec<OpId> {
        let facts = self.facts(edge.caller);
        let receiver = match facts.op(edge.op).kind {
            OpKind::Call { callee, .. } if edge.bound => match facts.op(callee).kind {
                OpKind::Attribute(base, _) => Some(base),
                _ => None,
            },
            _ => None,
        };
        let given = params.iter().map(|&param| match (param, edge.bound) {
            (0, true) => receiver,
            _ => self.passed(edge, usize::from(param)),
        });
        given.collect::<Option<Vec<_>>>().filter(|given| !given.is_empty()).unwrap_or_else(|| vec![edge.op])
    }

    /// Whether one of `subjects` depends on a parameter of its function; on its receiver only where that counts.
    fn depends_on_params(&self, function: FnId, subjects: &[OpId], receiver_counts: bool) -> bool {
        let facts = self.facts(function);
        // Asked of every site: worked out once for a function, however many sites it has.
        let tainted = self.of_params[usize::from(receiver_counts)][function.index()].get_or_init(|| {
            let receiver = self.classes.owner[function.index()].is_some() && !facts.is_static && !receiver_counts;
            taint(facts, |at| matches!(facts.op(at).kind, OpKind::Param(index) if index > 0 || !receiver)).into()
        });
        subjects.iter().any(|&subject| depends(facts, subject, tainted))
    }
}

/// A collection whose elements stand in the code.
fn is_written_out(facts: &Function, op: OpId) -> bool {
    match facts.op(op).kind {
        OpKind::Construct(Construct::List | Construct::Tuple | Construct::Set | Construct::Map, parts) => {
            let parts = facts.list(parts);
            !parts.is_empty() && parts.iter().all(|part| part.form == crate::facts::OperandForm::Plain)
        }
        _ => false,
    }
}

/// A body whose last act is always to leave runs once.
fn leaves_at_once(facts: &Function, region: &Region) -> bool {
    let Some(last) = region.end.index().checked_sub(1).filter(|&last| last >= region.start.index()) else { return false };
    let leaves = matches!(facts.ops[last].kind, OpKind::Return(_) | OpKind::Jump(crate::facts::Jump::Break) | OpKind::Raise(_));
    let inner = facts.regions.iter().any(|inner| {
        inner != region
            && region.start <= inner.start
            && inner.end <= region.end
            && inner.start.index() <= last
            && last < inner.end.index()
    });
    leaves && !inner
}

/// Whether the branch of the loop that holds `op` always leaves the loop: then it runs once at most.
fn runs_last(facts: &Function, around: &Region, op: OpId) -> bool {
    facts
        .regions_around(op)
        .filter(|region| around.start <= region.start && region.end <= around.end && *region != around)
        .any(|region| region.kind.is_arm() && leaves_at_once(facts, region))
}

/// Whether every round works in a context of its own, entered for its element: a tenant, a shard, a lock.
fn switches_context(facts: &Function, around: &Region, op: OpId, tainted: &[bool]) -> bool {
    let inside = facts.regions_around(op).filter(|region| around.start <= region.start && region.end <= around.end);
    inside.into_iter().any(|region| matches!(region.kind, RegionKind::With(manager) if tainted[manager.index()]))
}

/// `if kind == "a": .. elif kind == "b": ..`: each arm is for one element of a closed set.
fn picks_by_element(facts: &Function, around: &Region, op: OpId, tainted: &[bool]) -> bool {
    let inside = facts.regions_around(op).filter(|region| around.start <= region.start && region.end <= around.end);
    inside.into_iter().any(|region| match region.kind {
        RegionKind::Branch { condition: Some(condition), positive: true } => match facts.op(condition).kind {
            OpKind::Operate(Operator::Equal, left, right) => {
                let constant = |op: OpId| matches!(facts.op(op).kind, OpKind::Literal(_));
                (tainted[left.index()] && constant(right)) || (tainted[right.index()] && constant(left))
            }
            _ => false,
        },
        _ => false,
    })
}
