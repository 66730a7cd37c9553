//! Who polls a table for work, again and again, and does anything keep two processes from taking the same?

use crate::facts::{Construct, Function, Literal, NameId, OpId, OpKind, Operator, RegionKind, Target};
use crate::finding::{Confidence, Note};
use crate::link::project::{Project, Site};
use crate::link::values::value::FnId;
use crate::models::{EntryKind, Role, Trait};

/// A query that brings work which nobody claims before it is done.
#[derive(Debug)]
pub struct Poll<'p> {
    /// The query.
    pub site: Site<'p>,
    /// What it looks for: `status = pending`.
    pub waiting: String,
    /// Where the work is marked as done, or done.
    pub steps: Vec<Note>,
    /// How sure it is that doing it twice does harm.
    pub sure: Confidence,
}

/// States of work that nobody has begun.
const WAITING: [&str; 11] =
    ["pending", "queued", "waiting", "todo", "unsent", "unprocessed", "ready", "submitted", "new", "open", "scheduled"];

/// Columns that hold a state.
const STATES: [&str; 5] = ["status", "state", "job_status", "task_status", "processing_status"];

/// Columns that say that work is done, or when it was.
const DONE: [&str; 16] = [
    "sent",
    "processed",
    "done",
    "handled",
    "delivered",
    "completed",
    "published",
    "dispatched",
    "notified",
    "sent_at",
    "processed_at",
    "delivered_at",
    "published_at",
    "dispatched_at",
    "completed_at",
    "notified_at",
];

/// Names by which code says that it takes rows for itself.
const CLAIMS: [&str; 9] = [
    "skip_locked",
    "with_for_update",
    "select_for_update",
    "for_update",
    "nowait",
    "find_one_and_update",
    "locked_by",
    "claimed_by",
    "claim",
];

/// How far the work is followed.
const DEPTH: usize = 4;

impl Project {
    /// Polls for work that nothing claims.
    #[must_use]
    pub fn unclaimed_polls(&self) -> Vec<Poll<'_>> {
        let here = |function: &FnId| !self.is_script(*function) && !self.is_client_side(*function);
        self.functions().filter(here).filter_map(|function| self.unclaimed_poll(function)).collect()
    }

    fn unclaimed_poll(&self, function: FnId) -> Option<Poll<'_>> {
        let (at, waiting) = self.asks_for_work(function).into_iter().next()?;
        let fetches = [Role::FetchMany, Role::FetchOne, Role::FetchStream, Role::CursorAll, Role::CursorOne];
        let brings = |site: &Site<'_>| site.act.behaviour.roles().any(|role| fetches.contains(&role));
        let found = self.sites_in(function).filter(brings).find(|site| site.op >= at || self.holds_op(function, site.op, at))?;
        let site = found.at(self.executing_op(&found));
        if !self.is_polled(function, site.op) {
            return None;
        }
        let own = self.work_behind(vec![function], DEPTH);
        // Who polls may hold a lock around it, and do the work that this function only looks for.
        let callers: Vec<FnId> = self.graph.to(function).filter(|edge| !edge.outside).map(|edge| edge.caller).collect();
        let work: Vec<FnId> = own.iter().copied().chain(self.work_behind(callers, 2)).collect();
        if work.iter().any(|&part| self.takes_for_itself(part)) {
            return None;
        }
        let after = |part: FnId| if part == function { site.op } else { OpId(0) };
        let (marker, mark) = work.iter().find_map(|&part| Some((part, self.marks_work(part, after(part))?)))?;
        let asked = |part: &FnId| self.asks_for_work(*part).len();
        if own.iter().map(asked).sum::<usize>() > 1 || !own.contains(&marker) && asked(&marker) > 0 {
            return None;
        }
        let message = format!("{} marks it only here", self.function_name(marker));
        let steps = vec![Note { place: self.place(marker, mark), message }];
        // What is marked elsewhere is worked on in between.
        Some(Poll {
            site,
            waiting,
            steps,
            sure: if own.contains(&marker) { self.harm_of_twice(&work) } else { Confidence::Medium },
        })
    }

    /// Whether `inner` lies in the text of `outer`.
    fn holds_op(&self, function: FnId, outer: OpId, inner: OpId) -> bool {
        let facts = self.facts(function);
        let (outer, inner) = (facts.op(outer).span, facts.op(inner).span);
        outer.start <= inner.start && inner.end <= outer.end
    }

    /// Whether an operation runs again and again by itself: on a schedule of the process, or in a loop without end that waits.
    fn is_polled(&self, function: FnId, op: OpId) -> bool {
        let loops = |function: FnId, op: OpId| {
            self.facts(function).regions_around(op).any(|region| {
                let endless = matches!(region.kind, RegionKind::Loop { over: None, .. });
                let inside = |op: OpId| region.holds(op);
                endless && self.sites_in(function).any(|site| site.role == Role::Sleep && inside(site.op))
            })
        };
        let called_in_loop = |function: FnId| self.graph.to(function).any(|edge| !edge.outside && loops(edge.caller, edge.op));
        let callers: Vec<FnId> = self.graph.to(function).filter(|edge| !edge.outside).map(|edge| edge.caller).collect();
        loops(function, op)
            || called_in_loop(function)
            || callers.into_iter().any(called_in_loop)
            || self.is_reached(function, EntryKind::Scheduled)
    }

    /// Functions and what they call, some calls deep.
    pub(crate) fn work_behind(&self, mut found: Vec<FnId>, depth: usize) -> Vec<FnId> {
        let mut from = 0;
        for _ in 0..depth {
            let end = found.len();
            for at in from..end {
                let callees: Vec<FnId> =
                    self.graph.from(found[at]).filter(|edge| !edge.outside).map(|edge| edge.callee).collect();
                callees.into_iter().for_each(|callee| {
                    if !found.contains(&callee) {
                        found.push(callee);
                    }
                });
            }
            from = end;
        }
        found
    }

    /// A lock that all instances see, a row locked or changed under a condition, or a name that says so.
    fn takes_for_itself(&self, function: FnId) -> bool {
        let (file, _) = self.files().locate(function);
        let facts = self.facts(function);
        let by_name = |id: NameId| {
            let name = self.files().name(file, id).to_ascii_lowercase();
            CLAIMS.contains(&name.as_str())
                || name.contains("skip locked")
                || name.contains("for update")
                || name.starts_with("claim")
        };
        let named = facts.ops.iter().any(|op| match op.kind {
            OpKind::Name(id) | OpKind::Attribute(_, id) | OpKind::Literal(Literal::Text(id)) => by_name(id),
            OpKind::Call { args, .. } => facts.list(args).iter().filter_map(|arg| arg.name).any(by_name),
            _ => false,
        });
        let locked = |site: Site<'_>| {
            let traits = site.receiver.traits.union(site.result.traits);
            site.role == Role::LockShared || [Trait::Claimed, Trait::Serial].into_iter().any(|which| traits.has(which))
        };
        named || facts.name.is_some_and(by_name) || self.sites_in(function).any(locked)
    }

    /// Whether a function reads rows that nobody else has taken, and takes them: `SKIP LOCKED`.
    pub(crate) fn skips_locked(&self, function: FnId) -> bool {
        let (file, _) = self.files().locate(function);
        let facts = self.facts(function);
        let says = |id: NameId| {
            let name = self.files().name(file, id).to_ascii_lowercase();
            name == "skip_locked" || name.split_whitespace().collect::<Vec<_>>().join(" ").contains("skip locked")
        };
        facts.ops.iter().any(|op| match op.kind {
            OpKind::Name(id) | OpKind::Attribute(_, id) | OpKind::Literal(Literal::Text(id)) => says(id),
            OpKind::Call { args, .. } => facts.list(args).iter().filter_map(|arg| arg.name).any(says),
            _ => false,
        })
    }

    /// Where a function asks for work that nobody has begun, and how.
    fn asks_for_work(&self, function: FnId) -> Vec<(OpId, String)> {
        let facts = self.facts(function);
        facts.tape().filter_map(|(at, op)| Some((at, self.waiting_condition(function, facts, op.kind)?))).collect()
    }

    fn waiting_condition(&self, function: FnId, facts: &Function, kind: OpKind) -> Option<String> {
        let (file, _) = self.files().locate(function);
        let name = |id: NameId| self.files().name(file, id);
        let waits = |op: OpId| {
            // `Status.PENDING.value`
            let constant = match facts.op(op).kind {
                OpKind::Attribute(base, id) if matches!(name(id), "value" | "name") => base,
                _ => op,
            };
            match facts.op(constant).kind {
                OpKind::Literal(Literal::Text(id)) | OpKind::Attribute(_, id) | OpKind::Name(id) => waiting_state(name(id)),
                _ => None,
            }
        };
        let nothing = |op: OpId| matches!(facts.op(op).kind, OpKind::Literal(Literal::Bool(false) | Literal::None));
        let column = |op: OpId| match facts.op(op).kind {
            OpKind::Attribute(_, id) => Some(name(id)),
            _ => None,
        };
        let compared = |field: &str, value: OpId| {
            let by_state = STATES.contains(&field).then(|| waits(value)).flatten().map(|state| format!("{field} = {state}"));
            let undone = DONE.contains(&field.trim_end_matches("__isnull")) && (nothing(value) || field.ends_with("__isnull"));
            by_state.or_else(|| undone.then(|| format!("not {}", field.trim_end_matches("__isnull"))))
        };
        match kind {
            OpKind::Operate(Operator::Equal | Operator::Is, left, right) => column(left).and_then(|field| compared(field, right)),
            OpKind::Call { callee, args } => {
                let named = facts.list(args).iter().find_map(|arg| compared(name(arg.name?), arg.value));
                let method = match facts.op(callee).kind {
                    // `Job.sent_at.is_(None)`
                    OpKind::Attribute(base, method) if name(method) == "is_" => {
                        column(base).and_then(|field| compared(field, facts.list(args).first()?.value))
                    }
                    _ => None,
                };
                named.filter(|_| is_query(callee, facts, name)).or(method)
            }
            // `{"status": "pending"}` as a filter.
            OpKind::Construct(Construct::Map, parts) => {
                facts.list(parts).iter().find_map(|part| compared(name(part.name?), part.value))
            }
            OpKind::Literal(Literal::Text(id)) => waiting_in_sql(name(id)),
            _ => None,
        }
    }

    /// Where a function writes down that work is taken or done, after `from`.
    fn marks_work(&self, function: FnId, from: OpId) -> Option<OpId> {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let state = |id: NameId| {
            let name = self.files().name(file, id);
            STATES.contains(&name) || DONE.contains(&name)
        };
        facts.tape().filter(|(at, _)| *at > from).find_map(|(at, op)| {
            let marks = match op.kind {
                OpKind::Store { target: Target::Attribute(_, id), .. } => state(id),
                OpKind::Call { callee, args } => {
                    let writes = matches!(facts.op(callee).kind, OpKind::Attribute(_, id)
                        if ["update", "update_one", "values", "aupdate", "set"].contains(&self.files().name(file, id)));
                    writes && facts.list(args).iter().any(|arg| arg.name.is_some_and(state))
                }
                OpKind::Literal(Literal::Text(id)) => marks_in_sql(self.files().name(file, id)),
                OpKind::Construct(Construct::Map, parts) => {
                    let names = |text: &str| {
                        facts.list(parts).iter().any(|part| part.name.is_some_and(|id| self.files().name(file, id) == text))
                    };
                    names("$set")
                }
                _ => false,
            };
            marks.then_some(at)
        })
    }

    /// Whether doing the work twice does harm: something outside hears of it, or nobody can tell.
    fn harm_of_twice(&self, work: &[FnId]) -> Confidence {
        let outside = [Role::HttpRequest, Role::MailSend, Role::Enqueue, Role::Publish, Role::RpcCall];
        let acts = work.iter().flat_map(|&part| self.sites_in(part)).any(|site| {
            let creates = site.act.adds.union(site.result.traits).has(Trait::Creates);
            site.act.behaviour.roles().any(|role| outside.contains(&role)) || creates
        });
        if acts { Confidence::Medium } else { Confidence::Low }
    }
}

/// `pending`, `PENDING`, `STATUS_PENDING`.
fn waiting_state(name: &str) -> Option<String> {
    let constant = name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    let last = if constant { name.rsplit('_').next().unwrap_or(name) } else { name };
    let state = last.to_ascii_lowercase();
    WAITING.contains(&state.as_str()).then_some(state)
}

/// Whether a call narrows a query: `filter`, `filter_by`, `find`, `where`.
fn is_query<'n>(callee: OpId, facts: &Function, name: impl Fn(NameId) -> &'n str) -> bool {
    match facts.op(callee).kind {
        OpKind::Attribute(_, method) => {
            ["filter", "filter_by", "where", "get", "exclude", "find", "get_or_none", "first"].contains(&name(method))
        }
        _ => false,
    }
}

/// The condition of a statement that brings work nobody has begun.
fn waiting_in_sql(text: &str) -> Option<String> {
    // Every string of the project is asked, and few are SQL.
    let first = text.split_whitespace().next()?;
    if !["select", "update"].iter().any(|word| first.eq_ignore_ascii_case(word)) {
        return None;
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase();
    let start = text.find(" where ")?;
    if text.contains("skip locked") {
        return None;
    }
    let condition = &text[start..];
    let state = STATES.into_iter().find_map(|column| {
        let waits = |state: &&str| {
            [format!("{column} = '{state}'"), format!("{column}='{state}'")]
                .iter()
                .any(|wanted| condition.contains(wanted.as_str()))
        };
        WAITING.iter().find(|state| waits(state)).map(|state| format!("{column} = {state}"))
    });
    let undone = || {
        let open = |column: &&str| {
            [" is null", " = false", " = 0", " is false"].iter().any(|end| condition.contains(&format!(" {column}{end}")))
                || condition.contains(&format!("not {column}"))
        };
        DONE.iter().find(|column| open(column)).map(|column| format!("not {column}"))
    };
    state.or_else(undone)
}

/// A statement that changes a state.
fn marks_in_sql(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let text = text.trim_start();
    (text.starts_with("update ") && STATES.iter().chain(&DONE).any(|column| text.contains(column)))
        || text.starts_with("delete from ")
}
