//! Which copies outlive what they were made of? Cached readers and writers of one entity, paired by what they read, write and clear.

use super::caches::{CacheAct, CacheUse, Cached};
use crate::facts::{OpId, OpKind};
use crate::finding::Confidence;
use crate::link::project::{Project, Site};
use crate::link::values::arguments::{self, Chosen, Given};
use crate::link::values::eval::Event;
use crate::link::values::flows::{depends, taint};
use crate::link::values::value::{ClassRef, FnId, Kind, Slot, Value};
use crate::models::{EntryKind, Parameter, Role, Trait};
use std::collections::{BTreeMap, BTreeSet};

/// A copy that a writer leaves behind.
#[derive(Debug, Clone)]
pub struct Stale {
    /// Where the copy is stored: the fill, or the decorator.
    pub reader: (FnId, OpId),
    /// The function whose results are kept, or which stores them.
    pub kept_by: FnId,
    /// Where what it was made of changes.
    pub writer: (FnId, OpId),
    /// What changes.
    pub entity: String,
    /// The seconds after which the copy goes by itself.
    pub seconds: Option<i64>,
    /// Only this process has the copy, so that no other instance could clear it.
    pub local: bool,
    /// The writer clears it, in its own process and in no other.
    pub cleared_here: bool,
    /// Further writers that leave it behind.
    pub others: usize,
    /// How sure it is.
    pub sure: Confidence,
}

/// A function that keeps a copy.
struct Reader {
    at: (FnId, OpId),
    kept_by: FnId,
    entities: BTreeMap<ClassRef, Read>,
    key: Option<String>,
    seconds: Option<i64>,
    local: bool,
    memo: bool,
    sure: Confidence,
}

/// How an entity is read.
#[derive(Debug, Clone, Copy, Default)]
struct Read {
    many: bool,
    columns: bool,
}

/// A place that changes an entity.
#[derive(Clone, Copy)]
struct Writer {
    entity: ClassRef,
    at: (FnId, OpId),
    creates: bool,
}

/// What a function clears.
#[derive(Debug, Clone, Default)]
struct Clears {
    keys: BTreeSet<String>,
    memos: BTreeSet<FnId>,
    everything: bool,
}

impl Clears {
    fn covers(&self, reader: &Reader) -> bool {
        self.everything
            || reader.memo && self.memos.contains(&reader.kept_by)
            || !reader.memo && reader.key.as_ref().is_none_or(|key| self.keys.contains(key))
    }
}

impl Project {
    /// Copies that live longer than `bound` seconds, and a hot writer that leaves each behind.
    #[must_use]
    pub fn stale_copies(&self, bound: i64) -> Vec<Stale> {
        let uses = self.cache_uses();
        let mut readers = self.memoised_readers();
        readers.extend(self.storing_readers(&uses));
        readers.retain(|reader| reader.seconds.is_none_or(|seconds| seconds > bound) && !reader.entities.is_empty());
        if readers.is_empty() {
            return Vec::new();
        }
        let writers = self.entity_writers();
        let clears = self.clears(&uses);
        // Called by the framework when a row changes: it clears for all writers.
        let implicit: Vec<&Clears> =
            clears.iter().filter(|(function, _)| self.runs_by_itself(**function)).map(|(_, c)| c).collect();
        let readers = readers.iter().filter(|reader| !implicit.iter().any(|clears| clears.covers(reader)));
        readers.filter_map(|reader| self.left_behind(reader, &writers, &clears)).collect()
    }

    /// The first writer that leaves a copy behind.
    fn left_behind(&self, reader: &Reader, writers: &[Writer], clears: &BTreeMap<FnId, Clears>) -> Option<Stale> {
        let concerned = |writer: &&Writer| {
            let read = reader.entities.get(&writer.entity);
            read.is_some_and(|read| !writer.creates || read.many) && writer.at.0 != reader.kept_by
        };
        let (kept, left): (Vec<&Writer>, Vec<&Writer>) =
            writers.iter().filter(concerned).partition(|writer| self.clears_around(writer.at.0, reader, clears));
        let cleared_here = left.is_empty() && reader.local;
        let concerned = if cleared_here { &kept } else { &left };
        let first = concerned.iter().find(|writer| !writer.creates).or(concerned.first())?;
        let functions: BTreeSet<FnId> = concerned.iter().map(|writer| writer.at.0).collect();
        let columns = reader.entities.get(&first.entity).is_some_and(|read| read.columns);
        Some(Stale {
            reader: reader.at,
            kept_by: reader.kept_by,
            writer: first.at,
            entity: self.class_name(first.entity),
            seconds: reader.seconds,
            local: reader.local,
            cleared_here,
            others: functions.len() - 1,
            sure: if columns { Confidence::Low } else { reader.sure },
        })
    }

    /// Decorated functions that read rows.
    fn memoised_readers(&self) -> Vec<Reader> {
        let roles = [Role::LocalCache, Role::BoundedCache, Role::CacheMemo];
        let sites = roles.into_iter().flat_map(|role| self.sites(role));
        let memos = sites.filter_map(|site| Some((site, self.decorated(&site)?)));
        let memos = memos.filter(|(_, memo)| {
            let kept_elsewhere = self.is_kept_by_object(memo.function) || self.takes_transaction(memo.function);
            !self.is_test(memo.function) && !kept_elsewhere && !self.ends_with_command(memo.function)
        });
        memos
            .map(|(site, memo)| Reader {
                at: (memo.around, memo.op),
                kept_by: memo.function,
                entities: self.entities_returned(memo.function),
                key: None,
                seconds: self.seconds(&site),
                local: site.role != Role::CacheMemo,
                memo: true,
                sure: if self.is_seconds_known(&site) { Confidence::High } else { Confidence::Low },
            })
            .collect()
    }

    /// A method whose results belong to an object that does not live as long as the process: each request has its own.
    fn is_kept_by_object(&self, function: FnId) -> bool {
        let owner = self.classes.owner[function.index()].filter(|_| !self.facts(function).is_static);
        owner.is_some_and(|class| !self.state.takes_class(function) && !self.is_resident(class))
    }

    /// Whether only commands ask for it: their process ends, and takes the copy along.
    fn ends_with_command(&self, function: FnId) -> bool {
        self.is_command(function) && !EntryKind::SERVING.into_iter().any(|kind| self.is_reached(function, kind))
    }

    /// Whether results are kept by the session or connection that is passed in: no other request finds them.
    fn takes_transaction(&self, function: FnId) -> bool {
        let count = u16::try_from(self.facts(function).params.len()).unwrap_or(u16::MAX);
        (0..count).filter_map(|at| self.state.param(function, at).model_type()).any(|ty| {
            self.models()
                .lineage(ty)
                .flat_map(|ty| ty.methods.values())
                .any(|&act| self.act(act).behaviour.role == Some(Role::Commit))
        })
    }

    /// Functions that look a key up, and store what they read from the database when it is missing.
    fn storing_readers(&self, uses: &[CacheUse]) -> Vec<Reader> {
        let fills = uses.iter().filter(|used| used.does == CacheAct::Fill && self.cached_as(used, uses) == Cached::OnMiss);
        let readers = fills.filter_map(|fill| {
            let site = self.sites_in(fill.site.0).find(|site| site.op == fill.site.1)?;
            let key = fill.shape.clone()?;
            (!self.is_versioned(fill)).then(|| Reader {
                at: (fill.function, fill.op),
                kept_by: fill.function,
                entities: self.entities_stored(fill),
                key: Some(key),
                seconds: self.seconds(&site),
                local: false,
                memo: false,
                sure: if self.is_seconds_known(&site) { Confidence::High } else { Confidence::Low },
            })
        });
        readers.collect()
    }

    fn seconds(&self, site: &Site<'_>) -> Option<i64> {
        if self.lacks(site, Parameter::Expiry) { None } else { self.parameter(site, Parameter::Expiry).number() }
    }

    /// Whether it is known how long a copy lives, be it for ever.
    fn is_seconds_known(&self, site: &Site<'_>) -> bool {
        self.lacks(site, Parameter::Expiry)
            || match self.parameter(site, Parameter::Expiry) {
                Chosen::Given(_, value) => matches!(value.kind, Kind::Int(_)),
                Chosen::Default(_) => true,
                // A decorator without such an option keeps for ever.
                Chosen::Unknown | Chosen::Absent => site.role == Role::LocalCache || site.role == Role::BoundedCache,
            }
    }

    /// A key with a version, a digest or a time of change in it.
    fn is_versioned(&self, fill: &CacheUse) -> bool {
        let facts = self.facts(fill.function);
        let (file, _) = self.files().locate(fill.function);
        let says = |name: &str| {
            let name = name.to_ascii_lowercase();
            ["version", "updated", "modified", "changed", "hash", "digest", "etag", "checksum", "sha", "revision"]
                .iter()
                .any(|word| name.contains(word))
        };
        let tainted = taint(facts, |at| match facts.op(at).kind {
            OpKind::Name(name) | OpKind::Attribute(_, name) => says(self.files().name(file, name)),
            _ => false,
        });
        depends(facts, fill.key, &tainted) || fill.shape.as_deref().is_some_and(says)
    }

    /// The entity that a value is a row or a query of.
    fn entity_of(&self, value: Value) -> Option<ClassRef> {
        let (Kind::Instance(ty) | Kind::Class(ty)) = value.kind else { return None };
        self.entity_in(ty)
    }

    fn read_at(&self, site: &Site<'_>) -> Option<(ClassRef, Read)> {
        // `session.scalar(select(User))` gives the row itself.
        let fetches = [Role::FetchMany, Role::FetchOne, Role::FetchStream, Role::Execute, Role::CursorAll, Role::CursorOne];
        let traits = site.receiver.traits.union(site.result.traits);
        if !fetches.contains(&site.role) || traits.has(Trait::Writes) {
            return None;
        }
        // `session.get(User, id)` names the entity, wherever the session comes from.
        let queried = self.entity_of(site.receiver);
        if site.receiver.inferred && queried.is_some() {
            return None;
        }
        let entity = queried.or_else(|| self.entity_of(site.result)).or_else(|| self.entity_of_statement(site))?;
        let many = matches!(site.role, Role::FetchMany | Role::FetchStream | Role::CursorAll) && !traits.has(Trait::Keyed);
        Some((entity, Read { many, columns: traits.has(Trait::Projected) }))
    }

    /// The entity that a statement given to be run is about: `session.execute(update(User))`.
    fn entity_of_statement(&self, site: &Site<'_>) -> Option<ClassRef> {
        let sql = site.act.behaviour.sql.as_ref()?;
        let facts = self.facts(site.function);
        let (file, _) = self.files().locate(site.function);
        let OpKind::Call { args, .. } = facts.op(site.op).kind else { return None };
        match arguments::find(&self.files().get(file).facts.names, facts, &sql.name, sql.position, facts.list(args)) {
            Given::Value(op) => self.entity_of(self.values(site.function)[op.index()]),
            Given::Perhaps | Given::Absent => None,
        }
    }

    /// The entities that a function reads, itself and through the functions it calls.
    fn entities_read(&self, function: FnId, depth: u32) -> BTreeMap<ClassRef, Read> {
        let mut found: BTreeMap<ClassRef, Read> = self.sites_in(function).filter_map(|site| self.read_at(&site)).collect();
        if depth > 0 {
            for edge in self.graph.from(function).filter(|edge| !edge.outside && !edge.guessed && edge.callee != function) {
                found.extend(self.entities_read(edge.callee, depth - 1));
            }
        }
        found
    }

    /// The entities that what a function returns is made of.
    fn entities_returned(&self, function: FnId) -> BTreeMap<ClassRef, Read> {
        let own = self.sites_in(function).filter_map(|site| Some((site.op, self.read_at(&site)?)));
        let mut found: BTreeMap<ClassRef, Read> =
            own.filter(|(op, _)| self.flows_to_return(function, *op)).map(|(_, read)| read).collect();
        for edge in self.graph.from(function).filter(|edge| !edge.outside && !edge.guessed && edge.callee != function) {
            let own = self.sites_in(edge.callee).filter_map(|site| Some((site.op, self.read_at(&site)?)));
            let returned: Vec<(ClassRef, Read)> =
                own.filter(|(op, _)| self.flows_to_return(edge.callee, *op)).map(|(_, read)| read).collect();
            if !returned.is_empty() && self.flows_to_return(function, edge.op) {
                found.extend(returned);
            }
        }
        found
    }

    /// The entities that what a fill stores is made of.
    fn entities_stored(&self, fill: &CacheUse) -> BTreeMap<ClassRef, Read> {
        let Some(entry) = fill.entry else { return BTreeMap::new() };
        let facts = self.facts(fill.function);
        if let OpKind::Closure(id) = facts.op(entry).kind {
            let (file, _) = self.files().locate(fill.function);
            return self.entities_read(self.files().function(file, id), 2);
        }
        let made_of = |op: OpId| depends(facts, entry, &taint(facts, |at| at == op));
        let own = self.sites_in(fill.function).filter_map(|site| Some((site.op, self.read_at(&site)?)));
        let mut found: BTreeMap<ClassRef, Read> = own.filter(|(op, _)| made_of(*op)).map(|(_, read)| read).collect();
        for edge in self.graph.from(fill.function).filter(|edge| !edge.outside && !edge.guessed && edge.op != fill.op) {
            let read = self.entities_read(edge.callee, 1);
            if !read.is_empty() && made_of(edge.op) {
                found.extend(read);
            }
        }
        found
    }

    /// Places on hot paths that change rows.
    fn entity_writers(&self) -> Vec<Writer> {
        let mut writers = Vec::new();
        for site in [Role::Write, Role::WriteBatch].into_iter().flat_map(|role| self.sites(role)) {
            let creates = site.act.adds.has(Trait::Creates);
            if let Some(entity) = self.entity_of(site.receiver).filter(|_| !site.receiver.inferred) {
                writers.push(Writer { entity, at: (site.function, site.op), creates });
            }
        }
        for site in self.sites(Role::Execute) {
            let traits = site.receiver.traits.union(site.result.traits);
            if !traits.has(Trait::Writes) {
                continue;
            }
            if let Some(entity) = self.entity_of(site.result).or_else(|| self.entity_of_statement(&site)) {
                writers.push(Writer { entity, at: (site.function, site.op), creates: traits.has(Trait::Creates) });
            }
        }
        for function in self.functions() {
            let commits = self.has_role(function, Role::Commit);
            for event in self.events(function) {
                match *event {
                    Event::Made { op, class: entity } => writers.push(Writer { entity, at: (function, op), creates: true }),
                    // `user.name = name` before a commit.
                    Event::Write { op, slot: Slot::Field(field), .. } if commits => {
                        let entity = self.classes.fields[field.index()].class;
                        writers.push(Writer { entity, at: (function, op), creates: false });
                    }
                    _ => {}
                }
            }
        }
        writers.retain(|writer| {
            let (function, op) = writer.at;
            self.classes.inherits(self.models(), writer.entity, |ty| ty.entity) && self.is_hot(function, op)
        });
        writers.sort_by_key(|writer| (writer.at, writer.creates));
        writers
    }

    /// What each function clears or stores anew.
    fn clears(&self, uses: &[CacheUse]) -> BTreeMap<FnId, Clears> {
        let mut found: BTreeMap<FnId, Clears> = BTreeMap::new();
        for used in uses.iter().filter(|used| used.does != CacheAct::Read) {
            let clears = found.entry(used.function).or_default();
            match &used.shape {
                Some(shape) => _ = clears.keys.insert(shape.clone()),
                None if used.does == CacheAct::Clear && used.site == (used.function, used.op) => {
                    // Seen again where the key is passed, unless nobody passes one.
                    clears.everything |= !uses.iter().any(|other| other.site == used.site && other.op != used.op);
                }
                None => clears.everything |= used.does == CacheAct::Clear,
            }
        }
        for site in self.sites(Role::CacheClear).filter(|site| self.parameter_op(site, Parameter::Key).is_none()) {
            found.entry(site.function).or_default().everything = true;
        }
        let kept: BTreeSet<FnId> = [Role::LocalCache, Role::BoundedCache, Role::CacheMemo]
            .into_iter()
            .flat_map(|role| self.sites(role))
            .filter_map(|site| self.decorated(&site).map(|memo| memo.function))
            .collect();
        for function in self.functions().filter(|&function| !kept.is_empty() && !self.is_test(function)) {
            let memos = self.memos_touched(function, &kept);
            if !memos.is_empty() {
                found.entry(function).or_default().memos.extend(memos);
            }
        }
        found.retain(|&function, _| !self.is_test(function));
        found
    }

    /// Kept functions of which something else than their result is asked: `load.cache_clear()`, `cache.delete_memoized(load)`.
    fn memos_touched(&self, function: FnId, kept: &BTreeSet<FnId>) -> Vec<FnId> {
        let facts = self.facts(function);
        let mut asked: Vec<OpId> = Vec::new();
        for op in &facts.ops {
            let OpKind::Call { callee, args } = op.kind else { continue };
            if let OpKind::Attribute(base, _) = facts.op(callee).kind {
                asked.push(base);
            }
            asked.extend(facts.list(args).iter().map(|arg| arg.value));
        }
        asked.retain(|&op| matches!(facts.op(op).kind, OpKind::Name(_) | OpKind::Attribute(..)));
        let (file, _) = self.files().locate(function);
        let names: BTreeSet<&str> =
            kept.iter().filter_map(|&id| Some(self.files().name(self.files().locate(id).0, self.facts(id).name?))).collect();
        asked.retain(|&op| match facts.op(op).kind {
            OpKind::Name(name) | OpKind::Attribute(_, name) => names.contains(self.files().name(file, name)),
            _ => false,
        });
        if asked.is_empty() {
            return Vec::new();
        }
        let values = self.values(function);
        let touched = asked.into_iter().filter_map(|op| match values[op.index()].kind {
            Kind::Function(id) => kept.contains(&id).then_some(id),
            _ => None,
        });
        touched.collect()
    }

    /// Whether a writer, what it calls, or a caller of it clears the copy.
    fn clears_around(&self, writer: FnId, reader: &Reader, clears: &BTreeMap<FnId, Clears>) -> bool {
        let mut around = vec![writer];
        let mut from = 0;
        for _ in 0..4 {
            let callers: Vec<FnId> = around[from..].iter().flat_map(|&at| self.graph.to(at)).map(|edge| edge.caller).collect();
            from = around.len();
            around.extend(callers.into_iter().filter(|caller| !self.is_test(*caller)).collect::<BTreeSet<_>>());
            if around.len() > 64 {
                break;
            }
        }
        let covers = |function: FnId| clears.get(&function).is_some_and(|clears| clears.covers(reader));
        let mut seen = BTreeSet::new();
        let mut queue: Vec<(FnId, u32)> = around.into_iter().map(|function| (function, 3)).collect();
        while let Some((function, depth)) = queue.pop() {
            if !seen.insert(function) {
                continue;
            }
            if function != reader.kept_by && covers(function) {
                return true;
            }
            if depth > 0 {
                queue.extend(self.graph.from(function).map(|edge| (edge.callee, depth - 1)));
            }
        }
        false
    }

    /// A function that nobody calls and no request asks for, or one of a row itself: the framework runs it when rows change.
    fn runs_by_itself(&self, function: FnId) -> bool {
        let mut callers = self.graph.to(function).filter(|edge| !edge.outside && !self.is_test(edge.caller)).peekable();
        let serves = self.entries.of(function).iter().any(|point| point.kind.serves());
        let of_row =
            self.classes.owner[function.index()].is_some_and(|class| self.classes.inherits(self.models(), class, |ty| ty.entity));
        of_row || callers.peek().is_none() && !serves
    }
}
