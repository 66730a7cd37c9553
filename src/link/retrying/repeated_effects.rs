//! What happens twice when it is tried again? Effects that a retry repeats although they succeeded.

use super::retries::{Retrier, Retry, is_outbound};
use crate::facts::{Literal, OpId, OpKind, RegionKind};
use crate::finding::{Confidence, Note, Place};
use crate::link::project::{Project, Site};
use crate::link::reach::paths::Placement;
use crate::link::values::flows::{last_store, taint};
use crate::link::values::value::FnId;
use crate::models::{Parameter, Role, Trait};

/// An effect that a retry repeats.
#[derive(Debug, Clone)]
pub struct RepeatedEffect {
    /// The function it is in.
    pub function: FnId,
    /// The operation.
    pub op: OpId,
    /// The call that has it: `stripe.Charge.create`.
    pub name: String,
    /// What the model of its library advises.
    pub advice: String,
    /// What it does, for messages.
    pub what: &'static str,
    /// What can fail after it, where that is why it is repeated.
    pub later: Option<Note>,
    /// How sure it is.
    pub sure: Confidence,
    /// The path it lies on.
    pub placement: Placement,
}

/// What an effect is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// Moves money: once too often at any rate.
    Money,
    /// Reaches a person.
    Message,
    /// Adds a row, or adds to a number.
    Row,
}

impl Sort {
    fn describe(self) -> &'static str {
        match self {
            Self::Money => "moves money",
            Self::Message => "sends a message",
            Self::Row => "adds a row",
        }
    }
}

/// A stretch of a function that runs again when something in it fails.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    function: FnId,
    start: OpId,
    end: OpId,
}

/// How many calls down effects are looked for.
const DEPTH: u32 = 2;

impl Project {
    /// The effects that a retry repeats although they succeeded, and that nothing tells apart from a second order.
    #[must_use]
    pub fn repeated_effects(&self, retry: &Retry) -> Vec<RepeatedEffect> {
        let mut found = Vec::new();
        for stretch in self.stretches(retry) {
            self.collect_effects(stretch, 0, None, &mut found);
        }
        found
    }

    fn stretches(&self, retry: &Retry) -> Vec<Stretch> {
        let whole = |function: FnId| Stretch {
            function,
            start: OpId::from_index(0),
            end: OpId::from_index(self.facts(function).ops.len()),
        };
        match (retry.by, retry.stretch) {
            (Retrier::Client, _) => Vec::new(),
            (_, Some((start, end))) => vec![Stretch { function: retry.function, start, end }],
            (Retrier::Loop, None) => Vec::new(),
            (Retrier::Wrapper | Retrier::Queue, None) => retry.guarded.iter().map(|&function| whole(function)).collect(),
        }
    }

    fn collect_effects(&self, stretch: Stretch, depth: u32, later: Option<&Note>, found: &mut Vec<RepeatedEffect>) {
        let Stretch { function, start, end } = stretch;
        let inside = |op: OpId| start <= op && op < end;
        if self.names_idempotency(function) || self.is_test(function) {
            return;
        }
        for site in self.sites_in(function).filter(|site| inside(site.op) && !self.is_handled(stretch, site.op)) {
            let Some(sort) = self.effect_sort(&site) else { continue };
            if self.parameter_op(&site, Parameter::IdempotencyKey).is_some() {
                continue;
            }
            if sort == Sort::Row && self.is_kept_apart(&site) {
                continue;
            }
            // What is added to a session is there once that is committed, and only what follows then finds it there.
            let (after, rolled_back) = match site.role {
                Role::AddRow => (self.fails_after_commit(stretch, site.op), false),
                _ => (
                    self.fails_after(stretch, site.op).or_else(|| later.cloned()),
                    sort == Sort::Row && self.is_in_transaction(function, site.op),
                ),
            };
            if sort != Sort::Money && (after.is_none() || rolled_back) {
                continue;
            }
            found.push(RepeatedEffect {
                function,
                op: site.op,
                name: self.callee_name(&site),
                advice: String::new(),
                what: sort.describe(),
                later: after,
                sure: if self.is_decided_by_state(function, site.op) { Confidence::Low } else { Confidence::Medium },
                placement: self.placement(function, site.op),
            });
        }
        if depth < DEPTH {
            let calls: Vec<_> = self.graph.from(function).filter(|edge| !edge.outside && inside(edge.op)).copied().collect();
            for edge in calls.into_iter().filter(|edge| !self.is_handled(stretch, edge.op) && edge.callee != function) {
                if self.is_decided_by_state(function, edge.op) {
                    continue;
                }
                let after = self.fails_after(stretch, edge.op);
                let body = Stretch {
                    function: edge.callee,
                    start: OpId::from_index(0),
                    end: OpId::from_index(self.facts(edge.callee).ops.len()),
                };
                self.collect_effects(body, depth + 1, after.as_ref().or(later), found);
            }
        }
    }

    fn effect_sort(&self, site: &Site<'_>) -> Option<Sort> {
        let verb = site.act.name.rsplit(['.', ':']).next().unwrap_or_default();
        if site.act.behaviour.roles().any(|role| role == Role::Charge) {
            return Some(Sort::Money);
        }
        match site.role {
            Role::MailSend => Some(Sort::Message),
            Role::AddRow => Some(Sort::Row),
            Role::HttpRequest if self.posts(site) && self.names_money(site) => Some(Sort::Money),
            Role::Write | Role::WriteBatch | Role::Execute => {
                let traits = site.act.adds.union(site.result.traits).union(site.receiver.traits);
                let adds = traits.has(Trait::Creates) || traits.has(Trait::Accumulates);
                let once = traits.has(Trait::Claimed)
                    || ["or_create", "upsert", "merge", "replace", "ignore"].iter().any(|word| verb.contains(word));
                (adds && !once).then_some(Sort::Row)
            }
            _ => None,
        }
    }

    /// `requests.post(..)`, `client.post(..).json(..).send()`.
    fn posts(&self, site: &Site<'_>) -> bool {
        let facts = self.facts(site.function);
        let (file, _) = self.files().locate(site.function);
        std::iter::successors(Some(site.op), |&op| crate::link::values::flows::chain_base(facts, op))
            .any(|op| matches!(facts.op(op).kind, OpKind::Attribute(_, name) if self.files().name(file, name) == "post"))
    }

    /// Whether the function that sends says that it moves money.
    fn names_money(&self, site: &Site<'_>) -> bool {
        let name = self.function_name(site.function).to_ascii_lowercase();
        let last = name.rsplit(['.', ':']).next().unwrap_or_default().to_owned();
        last.split('_').any(|word| ["charge", "pay", "refund", "payout", "transfer", "withdraw", "deposit"].contains(&word))
    }

    /// What in the same stretch can fail after `op` has succeeded: a later call to another system, or the next round of a loop.
    fn fails_after(&self, stretch: Stretch, op: OpId) -> Option<Note> {
        let Stretch { function, end, .. } = stretch;
        let facts = self.facts(function);
        let exclusive = |other: OpId| self.excludes_each_other(function, op, other);
        let later = self.sites_in(function).find(|site| {
            site.op > op && site.op < end && may_fail(site) && !self.is_handled(stretch, site.op) && !exclusive(site.op)
        });
        if let Some(later) = later {
            let message = format!("{} can fail after it", self.callee_name(&later));
            return Some(Note { place: self.site_place(&later), message });
        }
        let called = self.graph.from(function).find(|edge| {
            edge.op > op
                && edge.op < end
                && !edge.outside
                && !self.is_handled(stretch, edge.op)
                && !exclusive(edge.op)
                && self.reaches(edge.callee, 2, |site| is_outbound(site.role))
        });
        if let Some(edge) = called {
            let message = format!("{} can fail after it", self.function_name(edge.callee));
            return Some(Note { place: self.place(function, edge.op), message });
        }
        let (file, _) = self.files().locate(function);
        let looped = facts.regions_around(op).filter(|region| stretch.start <= region.start).find(|region| {
            matches!(region.kind, RegionKind::Loop { over: Some(_), comprehension: false, .. }) && region.end <= end
        })?;
        let over_data = self.loops_over_data(function, op);
        let place = Place { file, span: looped.span };
        over_data.then(|| Note { place, message: "a later round of this loop can fail".to_owned() })
    }

    /// The first commit of the stretch behind `op`.
    fn commit_after(&self, stretch: Stretch, op: OpId) -> Option<OpId> {
        self.sites_in(stretch.function).map(|site| (site.role, site.op)).find_map(|(role, at)| {
            (role == Role::Commit && at > op && at < stretch.end && !self.excludes_each_other(stretch.function, op, at))
                .then_some(at)
        })
    }

    /// What can fail once the row that `op` adds is there: a later call to another system. The database has just answered.
    fn fails_after_commit(&self, stretch: Stretch, op: OpId) -> Option<Note> {
        let commit = self.commit_after(stretch, op)?;
        let outbound = |site: &Site<'_>| is_outbound(site.role) && !self.excludes_each_other(stretch.function, op, site.op);
        let later = self
            .sites_in(stretch.function)
            .find(|site| site.op > commit && site.op < stretch.end && outbound(site) && !self.is_handled(stretch, site.op))?;
        let message = format!("{} can fail after it", self.callee_name(&later));
        Some(Note { place: self.site_place(&later), message })
    }

    /// Whether the table that a row is added to has a key that no two rows have, made of what the function was given: the second time
    /// is refused.
    fn is_kept_apart(&self, site: &Site<'_>) -> bool {
        let facts = self.facts(site.function);
        let (file, _) = self.files().locate(site.function);
        let (class, made) = match site.role {
            // `session.add(Receipt(order=order))`, by a name of its own perhaps.
            Role::AddRow => {
                let OpKind::Call { args, .. } = facts.op(site.op).kind else { return false };
                let Some(row) = facts.list(args).first().map(|arg| arg.value) else { return false };
                let made = match facts.op(row).kind {
                    OpKind::Name(name) => last_store(facts, name, row).unwrap_or(row),
                    _ => row,
                };
                (self.values(site.function)[row.index()].project_class(), made)
            }
            _ => (crate::link::data::updates::entity_of(site), site.op),
        };
        let Some(table) = class.and_then(|class| self.entities().get(class)) else { return false };
        let OpKind::Call { args, .. } = facts.op(made).kind else { return false };
        let given = taint(facts, |op| matches!(facts.op(op).kind, OpKind::Param(_)));
        let told: Vec<&str> = facts
            .list(args)
            .iter()
            .filter(|arg| given[arg.value.index()] || matches!(facts.op(arg.value).kind, OpKind::Literal(_)))
            .filter_map(|arg| arg.name.map(|name| self.files().name(file, name)))
            .collect();
        table.has_unique_of(&told)
    }

    /// Two arms of one condition, or what leaves before the other comes.
    pub(crate) fn excludes_each_other(&self, function: FnId, op: OpId, other: OpId) -> bool {
        let facts = self.facts(function);
        facts.regions_around(op).any(|region| {
            let apart = !region.holds(other);
            let leaves = || {
                facts.ops[op.index()..region.end.index()]
                    .iter()
                    .any(|op| matches!(op.kind, OpKind::Return(_) | OpKind::Raise(_) | OpKind::Jump(_)))
            };
            let sibling = || {
                facts
                    .regions_around(other)
                    .any(|arm| arm.kind.is_arm() && arm.kind.tested().is_some() && arm.kind.tested() == region.kind.tested())
            };
            region.kind.is_arm() && apart && (leaves() || sibling())
        })
    }

    /// Whether an error of `op` is swallowed, or `op` runs only after another one.
    fn is_handled(&self, stretch: Stretch, op: OpId) -> bool {
        let mut around = self.facts(stretch.function).regions_around(op);
        around.any(|region| match region.kind {
            // The stretch itself is what the retry's own handler answers to.
            RegionKind::Try { swallows } => swallows && (region.start, region.end) != (stretch.start, stretch.end),
            RegionKind::Handler(_) | RegionKind::Finally => true,
            _ => false,
        })
    }

    /// Whether something read before decides whether `op` runs: it may say that it was done already.
    fn is_decided_by_state(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        let reads = |condition: OpId| {
            let mut waiting = vec![condition];
            while let Some(at) = waiting.pop() {
                match facts.op(at).kind {
                    OpKind::Attribute(..) | OpKind::Call { .. } | OpKind::Index(..) => return true,
                    OpKind::Name(name) => waiting.extend(last_store(facts, name, at).filter(|&stored| stored < at)),
                    OpKind::Operate(_, left, right) => waiting.extend([left, right].into_iter().filter(|&side| side < at)),
                    OpKind::Await(inner) | OpKind::Try(inner) => waiting.push(inner),
                    _ => {}
                }
            }
            false
        };
        facts.regions_around(op).any(|region| region.kind.tested().is_some_and(reads))
            || self.sites_in(function).any(|site| {
                let traits = site.receiver.traits.union(site.result.traits);
                site.op < op && (site.role == Role::LockShared || traits.has(Trait::Claimed))
            })
    }

    fn is_in_transaction(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let named = |at: OpId| {
            facts.path(at).is_some_and(|path| {
                path.iter().any(|&name| {
                    let name = self.files().name(file, name);
                    ["atomic", "transaction", "begin", "session", "Session"].iter().any(|word| name.contains(word))
                })
            })
        };
        let parent = facts.parent.map(|parent| self.files().facts(self.files().function(file, parent)));
        let decorated = parent.is_some_and(|tape| {
            facts.decorators.iter().any(|&op| {
                tape.path(op).is_some_and(|path| path.iter().any(|&name| self.files().name(file, name).contains("atomic")))
            })
        });
        decorated
            || facts.regions_around(op).any(|region| matches!(region.kind, RegionKind::With(manager) if named(manager)))
            // A row that is added to a session is there only when the session is committed.
            || self.sites_in(function).any(|site| site.role == Role::Commit && site.op > op)
    }

    /// Whether a function speaks of idempotency in a name, key or header.
    fn names_idempotency(&self, function: FnId) -> bool {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let says = |id| {
            let text = self.files().name(file, id).to_ascii_lowercase();
            text.contains("idempot") || text.contains("dedup")
        };
        facts.ops.iter().any(|op| match op.kind {
            OpKind::Name(name) | OpKind::Attribute(_, name) | OpKind::Literal(Literal::Text(name)) => says(name),
            OpKind::Call { args, .. } => facts.list(args).iter().any(|arg| arg.name.is_some_and(says)),
            OpKind::Construct(_, parts) => facts.list(parts).iter().any(|part| part.name.is_some_and(says)),
            _ => false,
        })
    }
}

/// Whether a call can fail because another system does not answer.
fn may_fail(site: &Site<'_>) -> bool {
    is_outbound(site.role)
        || matches!(site.role, Role::Execute | Role::Write | Role::WriteBatch | Role::FetchOne | Role::FetchMany | Role::Commit)
}
