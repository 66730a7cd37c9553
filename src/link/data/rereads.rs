//! What does each request read again although it is the same for all of them? Several reads that no part of the request decides,
//! of tables that change slowly or of which only a total is taken, with no cache around.

use crate::facts::{OpId, OpKind};
use crate::link::project::{Project, Site};
use crate::link::values::eval::How;
use crate::link::values::flows::taint;
use crate::link::values::value::{ClassRef, FnId, Kind, TypeRef, Value};
use crate::models::{EntryKind, Role, Trait};
use std::collections::{BTreeMap, BTreeSet};

/// Reads that are the same for all who ask.
#[derive(Debug, Clone)]
pub struct Reread {
    /// The function with the outermost call.
    pub function: FnId,
    /// That call, or the first read where the handler reads itself.
    pub op: OpId,
    /// What is called, for messages.
    pub name: String,
    /// The reads.
    pub reads: Vec<(FnId, OpId)>,
}

/// How far down reads are followed, and how far down the outermost call is looked for.
const DEPTH: u32 = 4;
const DOWN: u32 = 3;
/// How many reads are several.
const SEVERAL: usize = 2;

/// What code that keeps an answer for later is called.
const KEEPS: [&str; 8] = ["cache", "memo", "etag", "last_modified", "stale", "ttl", "snapshot", "if_none_match"];

/// Names for who asks, and for when.
const VARIES: [&str; 16] = [
    "request",
    "req",
    "g",
    "current_user",
    "user",
    "session_id",
    "now",
    "utcnow",
    "today",
    "time",
    "headers",
    "cookies",
    "tenant",
    "get_jwt_identity",
    "random",
    "uuid4",
];

impl Project {
    /// What request handlers read again for each request; once for each function that does.
    #[must_use]
    pub fn rereads(&self) -> Vec<Reread> {
        let mut found: BTreeMap<(FnId, OpId), Reread> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for point in self.entry_points() {
            let writes = ["POST ", "PUT ", "PATCH ", "DELETE "].iter().any(|verb| point.label.starts_with(verb));
            let own = point.kind == EntryKind::Request
                && !writes
                && !self.is_test(point.function)
                && !self.is_administration(point.function);
            if own && seen.insert(point.function) && !self.keeps_answers(point.function) {
                let varying = self.varying_params(point.function);
                for reread in self.rereads_from(point.function, &varying, 0, &mut seen) {
                    found.entry((reread.function, reread.op)).or_insert(reread);
                }
            }
        }
        found.into_values().collect()
    }

    fn rereads_from(&self, function: FnId, varying: &[usize], depth: u32, seen: &mut BTreeSet<FnId>) -> Vec<Reread> {
        let mut reads = Vec::new();
        if self.reads_the_same(function, varying, (0, &mut BTreeSet::new()), &mut reads) {
            let several = self.several(&reads);
            let first = reads.first().filter(|_| several && depth == 0).copied();
            // A handler's own reads, or the one call that leads to all of them.
            return first
                .map(|first| {
                    let op = if first.0 == function { first.1 } else { self.call_towards(function, first.0).unwrap_or(first.1) };
                    Reread { function, op, name: self.function_name(function), reads }
                })
                .into_iter()
                .collect();
        }
        if depth >= DOWN {
            return Vec::new();
        }
        let tainted = self.varied(function, varying);
        let mut found = Vec::new();
        let edges: Vec<_> =
            self.graph.from(function).filter(|edge| !edge.outside && !edge.once && edge.how == How::Direct).copied().collect();
        for edge in edges {
            if self.keeps_answers(edge.callee) || edge.guessed || edge.callee == function {
                continue;
            }
            let passed = self.varying_passed(&edge, &tainted);
            let mut reads = Vec::new();
            if self.reads_the_same(edge.callee, &passed, (0, &mut BTreeSet::new()), &mut reads) {
                if self.several(&reads) {
                    found.push(Reread { function, op: edge.op, name: self.function_name(edge.callee), reads });
                }
            } else if seen.insert(edge.callee) {
                found.extend(self.rereads_from(edge.callee, &passed, depth + 1, seen));
            }
        }
        found
    }

    /// The call in `function` that leads to another.
    fn call_towards(&self, function: FnId, to: FnId) -> Option<OpId> {
        let edges = self.graph.from(function).filter(|edge| !edge.outside);
        edges
            .into_iter()
            .find(|edge| edge.callee == to || self.graph.from(edge.callee).any(|next| next.callee == to))
            .map(|edge| edge.op)
    }

    /// Whether reads are several: not one after the other in arms of which only one runs.
    fn several(&self, reads: &[(FnId, OpId)]) -> bool {
        let always =
            |&&(function, op): &&(FnId, OpId)| !self.facts(function).regions_around(op).any(|region| region.kind.is_arm());
        reads.iter().filter(always).count() >= SEVERAL
    }

    /// Whether a function only reads, and all it reads is the same whatever its varying parameters are. Collects the reads.
    fn reads_the_same(
        &self,
        function: FnId,
        varying: &[usize],
        (depth, seen): (u32, &mut BTreeSet<FnId>),
        reads: &mut Vec<(FnId, OpId)>,
    ) -> bool {
        if !seen.insert(function) {
            return true;
        }
        let facts = self.facts(function);
        let tainted = self.varied(function, varying);
        let decided = |op: OpId| {
            let mut around = facts.regions_around(op);
            tainted[op.index()] || around.any(|region| region.kind.tested().is_some_and(|tested| tainted[tested.index()]))
        };
        for site in self.sites_in(function) {
            match site.role {
                Role::FetchMany | Role::FetchOne | Role::FetchStream | Role::CursorAll | Role::CursorOne => {
                    if decided(site.op) || !self.is_slow(&site) {
                        return false;
                    }
                    reads.push((function, site.op));
                }
                Role::Execute if !site.receiver.traits.union(site.result.traits).has(Trait::Writes) => {}
                _ if changes_or_keeps(site.role) => return false,
                _ => {}
            }
        }
        let edges: Vec<_> = self.graph.from(function).filter(|edge| !edge.outside).copied().collect();
        edges.into_iter().all(|edge| {
            let asks = |site: &Site<'_>| is_read(site.role) || changes_or_keeps(site.role);
            if depth >= DEPTH || edge.guessed || edge.how != How::Direct {
                return !self.reaches(edge.callee, 2, asks);
            }
            let memoised = edge.once || self.entries.memoised[edge.callee.index()] || self.keeps_answers(edge.callee);
            let passed = self.varying_passed(&edge, &tainted);
            memoised || self.reads_the_same(edge.callee, &passed, (depth + 1, &mut *seen), reads)
        })
    }

    /// A table that changes slowly, or a total of a whole one.
    fn is_slow(&self, site: &Site<'_>) -> bool {
        let traits = site.receiver.traits.union(site.result.traits);
        let entity = [site.receiver, site.result].into_iter().find_map(|value: Value| self.entity_in(value.ty()?));
        let Some(entity) = entity.filter(|_| !site.receiver.inferred && !traits.has(Trait::Keyed)) else { return false };
        traits.has(Trait::Aggregated) && !traits.has(Trait::Filtered) || self.is_never_filled(entity)
    }

    /// What derives from what differs between requests.
    fn varied(&self, function: FnId, varying: &[usize]) -> Vec<bool> {
        let facts = self.facts(function);
        let values = self.values(function);
        let (file, _) = self.files().locate(function);
        let method = self.classes.owner[function.index()].is_some() && !facts.is_static;
        let own_state = self.classes.owner[function.index()].is_some_and(|class| self.is_of_one_request(class));
        taint(facts, |at| match facts.op(at).kind {
            OpKind::Param(0) if method && own_state => true,
            OpKind::Param(index) => varying.contains(&usize::from(index)),
            OpKind::Name(name) => VARIES.contains(&self.files().name(file, name)),
            OpKind::Attribute(base, name) => {
                let own = method && crate::link::names::classes::is_receiver(facts, base);
                VARIES.contains(&self.files().name(file, name)) || own && !self.is_the_same(values[at.index()])
            }
            _ => false,
        })
    }

    /// A row, or a view of which each request gets an object.
    fn is_of_one_request(&self, class: ClassRef) -> bool {
        let row = self.classes.inherits(self.models(), class, |ty| ty.entity || ty.record || ty.scoped);
        let methods =
            self.classes.lineage(class).0.into_iter().flat_map(|class| self.classes.all[class.index()].methods.values());
        row || methods.into_iter().any(|&method| self.entries.serves(method))
    }

    /// Parameters that may differ between requests: all but what leads to the database, and services of the project.
    fn varying_params(&self, function: FnId) -> Vec<usize> {
        let values = self.values(function);
        let method = self.classes.owner[function.index()].is_some() && !self.facts(function).is_static;
        (usize::from(method)..self.facts(function).params.len()).filter(|&index| !self.is_the_same(values[index])).collect()
    }

    fn varying_passed(&self, edge: &crate::link::reach::graph::Edge, tainted: &[bool]) -> Vec<usize> {
        let own = |index: &usize| !(edge.bound && *index == 0);
        let differs = |index: &usize| self.passed(edge, *index).is_some_and(|op| tainted[op.index()]);
        (0..self.facts(edge.callee).params.len()).filter(own).filter(differs).collect()
    }

    /// A constant, a connection, or a service of the project: the same for every request.
    fn is_the_same(&self, value: Value) -> bool {
        match value.kind {
            Kind::Instance(ty) => match ty.base {
                TypeRef::Model(model) => self.models().lineage(model).any(|ty| {
                    ty.methods.values().any(|&act| {
                        let runs = [Role::Execute, Role::FetchMany, Role::FetchOne, Role::Borrow, Role::Commit];
                        self.act(act).behaviour.roles().any(|role| runs.contains(&role))
                    })
                }),
                TypeRef::Project(class) => !self.classes.inherits(self.models(), class, |ty| ty.entity || ty.record || ty.scoped),
            },
            Kind::Function(_) | Kind::Class(_) | Kind::Module(_) => true,
            kind => kind.is_constant(),
        }
    }

    /// Whether a function, what decorates it, or what registers it speaks of keeping answers.
    fn keeps_answers(&self, function: FnId) -> bool {
        let says = |text: &str| {
            let text = text.to_ascii_lowercase();
            KEEPS.iter().any(|word| text.contains(word))
        };
        let registered = self.entries.of(function).iter().filter_map(|point| self.registration(point));
        let mut places = registered.map(|place| {
            let text = &self.files().get(place.file).text;
            text.get(place.span.start as usize..place.span.end as usize).unwrap_or_default()
        });
        says(self.whole_text(function)) || places.any(says)
    }
}

fn is_read(role: Role) -> bool {
    matches!(role, Role::FetchMany | Role::FetchOne | Role::FetchStream | Role::CursorAll | Role::CursorOne)
}

/// Changes something, talks to others, or has a cache already.
fn changes_or_keeps(role: Role) -> bool {
    matches!(
        role,
        Role::Write
            | Role::WriteBatch
            | Role::Commit
            | Role::Execute
            | Role::HttpRequest
            | Role::RpcCall
            | Role::MailSend
            | Role::Enqueue
            | Role::Publish
            | Role::CacheRead
            | Role::CacheBatch
            | Role::CacheFill
            | Role::CacheMemo
            | Role::LockShared
    )
}
