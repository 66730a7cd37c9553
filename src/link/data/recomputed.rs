//! Which handlers compute the same answer for everybody, again for each request: from several reads of what seldom changes?

use crate::facts::{Function, OpId, OpKind};
use crate::finding::Place;
use crate::link::project::{Project, Site};
use crate::link::values::eval::{Event, How};
use crate::link::values::flows::{chain_base, last_store};
use crate::link::values::remembered::Values;
use crate::link::values::value::{FnId, Kind, TypeRef, Value};
use crate::models::{ActId, EntryKind, Role};

/// A handler, and what it reads for every request alike.
#[derive(Debug)]
pub struct Recomputed {
    /// The handler.
    pub handler: FnId,
    /// The first call on its tape that leads to some of the reads, or its first read.
    pub op: OpId,
    /// The reads, in the order they are reached, each with what it brings.
    pub reads: Vec<(Place, String)>,
}

/// So many reads are several.
const SEVERAL: usize = 3;

/// Calls followed from a handler, and functions looked at for it.
const CALLS: u32 = 5;
const FUNCTIONS: usize = 64;

/// How deep an expression may be before it is not told to be constant.
const DEPTH: u32 = 24;

/// What a handler does, as far as it is asked here.
struct Work {
    seen: Vec<FnId>,
    /// The call or read on the handler's tape, the read it leads to, and what that brings.
    reads: Vec<(OpId, Place, String)>,
    /// It writes, or a cache lies on the way, or it does more than is looked at.
    other: bool,
}

impl Project {
    /// Handlers of requests that only read, without a cache on the way, of which several reads depend on nothing but tables that
    /// requests and jobs leave alone.
    #[must_use]
    pub fn recomputed(&self) -> Vec<Recomputed> {
        let mut handlers: Vec<FnId> =
            self.entry_points().iter().filter(|point| point.kind == EntryKind::Request).map(|point| point.function).collect();
        handlers.dedup();
        handlers.into_iter().filter_map(|handler| self.recomputes(handler)).collect()
    }

    fn recomputes(&self, handler: FnId) -> Option<Recomputed> {
        if self.is_test(handler) || self.keeps_what_it_returns(handler) {
            return None;
        }
        let mut work = Work { seen: Vec::new(), reads: Vec::new(), other: false };
        self.reads_of(handler, None, CALLS, &mut work);
        work.reads.sort_by_key(|&(by, place, _)| (by, place));
        work.reads.dedup_by_key(|&mut (_, place, _)| place);
        if work.other || work.reads.len() < SEVERAL || work.seen.iter().any(|&function| self.asks_cache(function)) {
            return None;
        }
        let op = work.reads.first()?.0;
        let reads = work.reads.into_iter().map(|(_, place, read)| (place, read)).collect();
        Some(Recomputed { handler, op, reads })
    }

    /// Collect what a function reads and does, with what it calls.
    fn reads_of(&self, function: FnId, by: Option<OpId>, calls: u32, work: &mut Work) {
        if work.other || work.seen.contains(&function) {
            return;
        }
        work.seen.push(function);
        work.other |= work.seen.len() > FUNCTIONS;
        let mut values = None;
        for site in self.sites_in(function) {
            match site.role {
                Role::FetchMany | Role::FetchOne | Role::FetchStream | Role::CursorAll | Role::CursorOne => {
                    let op = self.executing_op(&site);
                    let values = values.get_or_insert_with(|| self.values(function));
                    if self.changes_seldom(&site) && self.asks_the_same(&site, values) {
                        let read = self.entity_name(site.receiver).unwrap_or_else(|| self.callee_name(&site));
                        work.reads.push((by.unwrap_or(op), self.place(function, op), read));
                    }
                }
                role if is_other(role) => work.other = true,
                _ => {}
            }
        }
        work.other |= self.enters_what_differs(function);
        for edge in self.graph.from(function).filter(|edge| edge.how == How::Direct && !edge.outside) {
            // What is kept is not computed again; of several that may be meant nothing is known.
            if edge.guessed || edge.once {
                continue;
            }
            if self.keeps_what_it_returns(edge.callee) || calls == 0 {
                work.other = true;
                return;
            }
            self.reads_of(edge.callee, Some(by.unwrap_or(edge.op)), calls - 1, work);
        }
    }

    /// Whether a function works inside a context that is made for who asks: `with tenant_context(request.user.tenant)` gives the
    /// queries inside it other tables.
    fn enters_what_differs(&self, function: FnId) -> bool {
        let facts = self.facts(function);
        facts.tape().any(|(_, op)| {
            let OpKind::Enter(of, _) = op.kind else { return false };
            let OpKind::Call { args, .. } = facts.op(of).kind else { return false };
            let values = self.values(function);
            !facts.list(args).iter().all(|arg| self.is_the_same(facts, &values, arg.value, DEPTH))
        })
    }

    /// Whether a function is decorated so that what it returns is kept, here or in a shared cache.
    fn keeps_what_it_returns(&self, function: FnId) -> bool {
        let (file, _) = self.files().locate(function);
        let parent = self.facts(function).parent.map(|parent| self.files().function(file, parent));
        let decorates = |event: &Event| match event {
            Event::Decorated { function: of, act: Some(act), .. } => {
                *of == function && self.act(*act).behaviour.roles().any(is_other)
            }
            _ => false,
        };
        self.entries.memoised[function.index()] || parent.is_some_and(|parent| self.events(parent).iter().any(decorates))
    }

    /// Whether a function calls something on a cache of the process.
    fn asks_cache(&self, function: FnId) -> bool {
        let is_cache = |receiver: Value| match receiver.ty().map(|ty| ty.base) {
            Some(TypeRef::Model(model)) => self.models().lineage(model).any(|ty| {
                let makes = |act: ActId| {
                    self.act(act).behaviour.roles().any(|role| matches!(role, Role::LocalCache | Role::BoundedCache))
                };
                ty.new.is_some_and(makes) || ty.methods.values().any(|&act| makes(act))
            }),
            _ => false,
        };
        let facts = self.facts(function);
        let values = self.values(function);
        facts.tape().any(|(_, op)| match op.kind {
            OpKind::Attribute(base, _) => is_cache(values[base.index()]),
            _ => false,
        })
    }

    /// Whether a query is built of nothing that one request has and another has not.
    fn asks_the_same(&self, site: &Site<'_>, values: &Values) -> bool {
        let facts = self.facts(site.function);
        let same = |op: OpId| self.is_the_same(facts, values, op, DEPTH);
        let mut at = Some(self.executing_op(site));
        for _ in 0..DEPTH {
            let Some(op) = at else { return true };
            let plain = match facts.op(op).kind {
                // What another function puts together may follow from what it is given, or from who asks.
                OpKind::Call { callee, args } => {
                    let own = matches!(values[callee.index()].kind, Kind::Function(_));
                    !own && facts.list(args).iter().all(|arg| same(arg.value))
                }
                OpKind::Index(_, key) => same(key),
                _ => true,
            };
            if !plain {
                return false;
            }
            at = match facts.op(op).kind {
                OpKind::Name(name) => last_store(facts, name, op),
                _ => chain_base(facts, op),
            };
            // What the query hangs on is a table or a way to the database, not what somebody has put together elsewhere.
            if at.is_none() && !self.is_the_same(facts, values, op, DEPTH) {
                return false;
            }
        }
        false
    }

    /// Whether an expression has the same value for every request: constants, classes and their columns, ways to a database.
    fn is_the_same(&self, facts: &Function, values: &Values, op: OpId, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        let same = |op: OpId| self.is_the_same(facts, values, op, depth);
        let value = values[op.index()];
        match facts.op(op).kind {
            OpKind::Literal(_) => true,
            OpKind::Name(name) => {
                value.kind.is_constant() && value.param.is_none()
                    || matches!(value.kind, Kind::Class(_) | Kind::Module(_) | Kind::External(_) | Kind::Function(_))
                    || self.is_handle(value)
                    || last_store(facts, name, op).is_some_and(same)
            }
            OpKind::Attribute(base, _) => self.is_handle(value) || same(base),
            OpKind::Call { callee, args } => {
                let args = facts.list(args);
                let own = matches!(values[callee.index()].kind, Kind::Function(_));
                // Without arguments it may tell the time, or who asks.
                let bare = args.is_empty() && !self.is_shaping(facts, values, callee);
                !own && !bare && same(callee) && args.iter().all(|arg| same(arg.value))
            }
            OpKind::Construct(_, parts) | OpKind::Choose(parts) => facts.list(parts).iter().all(|part| same(part.value)),
            OpKind::Operate(_, left, right) => same(left) && same(right),
            OpKind::Index(base, key) => same(base) && same(key),
            OpKind::Element(of) | OpKind::Await(of) | OpKind::Try(of) | OpKind::Enter(of, _) => same(of),
            _ => false,
        }
    }

    /// A method of a query or column, `.order_by()` of a query: it is called on what has a type, and gives another of the kind.
    fn is_shaping(&self, facts: &Function, values: &Values, callee: OpId) -> bool {
        let OpKind::Attribute(base, _) = facts.op(callee).kind else { return false };
        let value = values[base.index()];
        value.ty().is_some_and(|ty| self.entity_in(ty).is_some()) || matches!(value.kind, Kind::Class(_))
    }

    /// Whether a value is a way to a database: nothing of who asks. A query is none: its conditions may be anybody's.
    fn is_handle(&self, value: Value) -> bool {
        let Kind::Instance(ty) = value.kind else { return false };
        let TypeRef::Model(model) = ty.base else { return false };
        if self.models().lineage(model).any(|ty| ty.iterate.is_some()) {
            return false;
        }
        let answers = [Role::Execute, Role::FetchMany, Role::FetchOne, Role::Borrow, Role::Commit];
        self.models()
            .lineage(model)
            .any(|ty| ty.methods.values().any(|&act| self.act(act).behaviour.roles().any(|role| answers.contains(&role))))
            && self.entity_in(ty).is_none()
    }
}

/// What a handler does that does not only read, or that keeps what is read.
fn is_other(role: Role) -> bool {
    let writes = matches!(role, Role::Write | Role::WriteBatch | Role::Commit);
    let keeps = matches!(role, Role::CacheRead | Role::CacheFill | Role::CacheMemo | Role::LocalCache | Role::BoundedCache);
    writes || keeps
}
