//! Who reads, fills and clears which entry of a shared cache? Also through functions of the project that pass a key on.

use crate::facts::{Construct, Literal, OpId, OpKind, Operand, Operator};
use crate::link::project::{Project, Site};
use crate::link::reach::graph::Edge;
use crate::link::values::flows::{depends, last_store, taint};
use crate::link::values::value::{FnId, Kind, Slot};
use crate::models::{Parameter, Role};

/// What is done to an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheAct {
    /// It is looked up.
    Read,
    /// It is stored as a whole.
    Fill,
    /// It is removed.
    Clear,
}

/// A use of an entry, at the call that names the key.
#[derive(Debug, Clone)]
pub struct CacheUse {
    /// In which function.
    pub function: FnId,
    /// At which call.
    pub op: OpId,
    /// What is done.
    pub does: CacheAct,
    /// The key.
    pub key: OpId,
    /// The constant parts of the key; see [`Project::key_shape`].
    pub shape: Option<String>,
    /// What is stored.
    pub entry: Option<OpId>,
    /// The site where the cache itself is called.
    pub site: (FnId, OpId),
}

/// As what a value is stored in a shared cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cached {
    /// A copy: looked up first, and stored on a miss.
    OnMiss,
    /// Stored here and looked up elsewhere.
    Elsewhere,
    /// A counter, a marker, or something else that is not known to be a copy.
    No,
}

/// How often a key may be passed on.
const LIFTS: u32 = 3;

impl Project {
    /// Every use of entries of shared caches, at the cache and at the calls that lead there with a key of their own.
    #[must_use]
    pub fn cache_uses(&self) -> Vec<CacheUse> {
        let roles = [(Role::CacheRead, CacheAct::Read), (Role::CacheFill, CacheAct::Fill), (Role::CacheClear, CacheAct::Clear)];
        let sites = roles.into_iter().flat_map(|(role, does)| self.sites(role).map(move |site| (site, does)));
        let mut uses: Vec<CacheUse> = sites.filter_map(|(site, does)| self.use_at(&site, does)).collect();
        let mut from = 0;
        for _ in 0..LIFTS {
            let lifted: Vec<CacheUse> = uses[from..].iter().flat_map(|used| self.lifted(used)).collect();
            from = uses.len();
            uses.extend(lifted);
        }
        uses.retain(|used| !self.is_test(used.function));
        uses
    }

    fn use_at(&self, site: &Site<'_>, does: CacheAct) -> Option<CacheUse> {
        let key = self.parameter_op(site, Parameter::Key)?;
        let entry = self.parameter_op(site, Parameter::Entry);
        let shape = self.key_shape(site.function, key);
        Some(CacheUse { function: site.function, op: site.op, does, key, shape, entry, site: (site.function, site.op) })
    }

    /// The same use, seen from the calls that pass the key.
    fn lifted<'p>(&'p self, used: &'p CacheUse) -> impl Iterator<Item = CacheUse> + 'p {
        let key = self.param_behind(used.function, used.key);
        let entry = used.entry.and_then(|entry| self.param_behind(used.function, entry));
        // What a function stores of its own accord is not its callers'.
        let passes = key.is_some() && (used.entry.is_none() || entry.is_some());
        let calls = self.graph.to(used.function).filter(move |edge| passes && !edge.outside && !edge.guessed);
        calls.filter_map(move |edge: &Edge| {
            let key = self.passed(edge, key?)?;
            let entry = entry.and_then(|entry| self.passed(edge, entry));
            let shape = self.key_shape(edge.caller, key);
            Some(CacheUse { function: edge.caller, op: edge.op, does: used.does, key, shape, entry, site: used.site })
        })
    }

    /// The parameter that a value is, or is a plain rewriting of: `f"prefix:{key}"`, `json.dumps(value)`.
    fn param_behind(&self, function: FnId, op: OpId) -> Option<usize> {
        self.param_within(function, op, 0)
    }

    fn param_within(&self, function: FnId, op: OpId, depth: u32) -> Option<usize> {
        let facts = self.facts(function);
        let inner = |op: OpId| self.param_within(function, op, depth + 1);
        // One varying part, or one varying argument.
        let only = |parts: &[Operand]| {
            let mut found = parts.iter().filter(|part| !matches!(facts.op(part.value).kind, OpKind::Literal(_)));
            match (found.next(), found.next()) {
                (Some(part), None) => inner(part.value),
                _ => None,
            }
        };
        if depth > 6 {
            return None;
        }
        match facts.op(op).kind {
            OpKind::Name(name) => match last_store(facts, name, op) {
                Some(stored) if stored < op => inner(stored),
                _ => facts.params.iter().position(|param| param.name == name),
            },
            OpKind::Await(of) | OpKind::Try(of) => inner(of),
            OpKind::Construct(Construct::Text, parts) => only(facts.list(parts)),
            OpKind::Operate(Operator::Add, left, right) => inner(left).xor(inner(right)),
            OpKind::Call { callee, args } => match (facts.list(args), facts.op(callee).kind) {
                // `key.encode()`
                ([], OpKind::Attribute(base, _)) => inner(base),
                (args, _) => only(args),
            },
            _ => None,
        }
    }

    /// The constant parts of a key, with `*` for what varies; `None` when nothing of it is known.
    #[must_use]
    pub fn key_shape(&self, function: FnId, key: OpId) -> Option<String> {
        let shape = self.shape(function, key, 0);
        shape.chars().any(|c| c.is_alphanumeric()).then_some(shape)
    }

    fn shape(&self, function: FnId, op: OpId, depth: u32) -> String {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let varies = || "*".to_owned();
        if depth > 8 {
            return varies();
        }
        let inner = |op: OpId| self.shape(function, op, depth + 1);
        match facts.op(op).kind {
            OpKind::Literal(Literal::Text(name)) => self.files().name(file, name).to_owned(),
            OpKind::Construct(Construct::Text, parts) => facts.list(parts).iter().map(|part| inner(part.value)).collect(),
            OpKind::Operate(Operator::Add, left, right) => inner(left) + &inner(right),
            OpKind::Operate(Operator::Modulo, left, _) => {
                inner(left).replace("%s", "*").replace("%d", "*").replace("%i", "*").replace("%r", "*")
            }
            OpKind::Await(of) | OpKind::Try(of) => inner(of),
            OpKind::Call { callee, args } => {
                if let Some(edge) = self.graph.from(function).find(|edge| edge.op == op && !edge.outside) {
                    return self.returned_shape(edge.callee, depth + 1);
                }
                match facts.op(callee).kind {
                    // `"user:{}".format(id)`, `key.encode()`, `key.as_str()`
                    OpKind::Attribute(base, _) => blanked(&inner(base)),
                    // `str(key)`
                    _ => facts.list(args).first().map_or_else(varies, |arg| inner(arg.value)),
                }
            }
            OpKind::Name(name) => match last_store(facts, name, op) {
                Some(stored) if stored < op => inner(stored),
                _ if facts.params.iter().any(|param| param.name == name) => varies(),
                _ => self.constant_shape(function, op),
            },
            OpKind::Attribute(..) => self.constant_shape(function, op),
            _ => varies(),
        }
    }

    /// A variable of a module or class that holds a text, or one of that name.
    fn constant_shape(&self, function: FnId, op: OpId) -> String {
        let value = self.values(function)[op.index()];
        match value.kind {
            Kind::Text(file, name) => blanked(self.files().name(file, name)),
            _ => match value.slot {
                // Each object has its own.
                Some(slot @ Slot::Field(_)) => format!("<{}*>", self.slot_name(slot)),
                Some(slot) => format!("<{}>", self.slot_name(slot)),
                None => "*".to_owned(),
            },
        }
    }

    /// What a function that makes keys returns.
    fn returned_shape(&self, function: FnId, depth: u32) -> String {
        let facts = self.facts(function);
        let returned = facts.ops.iter().filter_map(|op| match op.kind {
            OpKind::Return(value) if !matches!(facts.op(value).kind, OpKind::Literal(Literal::None)) => Some(value),
            _ => None,
        });
        let mut shapes = returned.map(|value| self.shape(function, value, depth));
        let known = |shape: &String| shape.chars().any(char::is_alphanumeric);
        // What can't be read still has a maker.
        shapes.find(known).unwrap_or_else(|| format!("{}(*)", self.function_name(function)))
    }

    /// As what the value of a fill is stored.
    #[must_use]
    pub fn cached_as(&self, fill: &CacheUse, uses: &[CacheUse]) -> Cached {
        if self.is_marker(fill) {
            return Cached::No;
        }
        let reads = || uses.iter().filter(|used| used.does == CacheAct::Read);
        let same_shape = |read: &CacheUse| fill.shape.is_some() && read.shape == fill.shape;
        let same_key = |read: &CacheUse| {
            read.site != fill.site
                && (self.is_same(fill.function, fill.key, read.key) || self.names_same(fill.function, fill.key, read.key))
                || same_shape(read)
        };
        let here: Vec<&CacheUse> = reads().filter(|read| read.function == fill.function && same_key(read)).collect();
        if here.iter().any(|read| self.is_made_of_read(fill, read.op)) {
            // A new value made from the old one: a counter, a version, a list that is added to.
            return Cached::No;
        }
        if here.iter().any(|read| read.op == fill.op || read.op < fill.op && self.runs_on_miss(fill, read.op)) {
            return Cached::OnMiss;
        }
        let elsewhere = |read: &CacheUse| read.function != fill.function && same_shape(read);
        if reads().any(elsewhere) { Cached::Elsewhere } else { Cached::No }
    }

    /// The same name, attribute or parameter.
    fn names_same(&self, function: FnId, one: OpId, other: OpId) -> bool {
        let facts = self.facts(function);
        match (facts.op(one).kind, facts.op(other).kind) {
            (OpKind::Name(one), OpKind::Name(other)) => one == other,
            (OpKind::Attribute(base, one), OpKind::Attribute(other_base, other)) => {
                one == other && self.names_same(function, base, other_base)
            }
            _ => false,
        }
    }

    /// A constant, a moment, a number: what says that something happened.
    fn is_marker(&self, fill: &CacheUse) -> bool {
        let Some(entry) = fill.entry else { return false };
        let facts = self.facts(fill.function);
        let mut at = entry;
        for _ in 0..8 {
            match facts.op(at).kind {
                OpKind::Literal(_) => return true,
                OpKind::Construct(Construct::List | Construct::Tuple | Construct::Map | Construct::Set, parts) => {
                    return facts.list(parts).is_empty();
                }
                OpKind::Name(name) => match last_store(facts, name, at) {
                    Some(stored) if stored < at => at = stored,
                    _ => break,
                },
                _ => break,
            }
        }
        matches!(self.values(fill.function)[entry.index()].kind, Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::None)
    }

    /// Whether what is stored is made from what was read.
    fn is_made_of_read(&self, fill: &CacheUse, read: OpId) -> bool {
        let facts = self.facts(fill.function);
        let Some(entry) = fill.entry.filter(|_| read < fill.op) else { return false };
        // On a miss the name of what was read gets another value: only the read itself counts.
        let mut at = entry;
        for _ in 0..8 {
            match facts.op(at).kind {
                OpKind::Name(name) => match last_store(facts, name, at) {
                    Some(stored) if stored < at => at = stored,
                    _ => return false,
                },
                OpKind::Call { args, .. } if at != read => {
                    // `json.dumps(value)`
                    match facts.list(args) {
                        [only] => at = only.value,
                        _ => break,
                    }
                }
                _ => break,
            }
        }
        let tainted = taint(facts, |seed| seed == read);
        at == read || tainted[at.index()] && !matches!(facts.op(at).kind, OpKind::Name(_))
    }

    /// Whether a fill runs only when the read before it found nothing: below a test of what was read, or behind an early return.
    fn runs_on_miss(&self, fill: &CacheUse, read: OpId) -> bool {
        let facts = self.facts(fill.function);
        let tainted = taint(facts, |seed| seed == read);
        facts.regions_around(fill.op).any(|region| match &region.kind {
            crate::facts::RegionKind::Handler(_) => region.start > read,
            kind => kind.tested().is_some_and(|tested| tested >= read && depends(facts, tested, &tainted)),
        })
    }

    /// Whether the key, or a name on the way to the call, says that this is a cache.
    #[must_use]
    pub fn speaks_of_cache(&self, used: &CacheUse) -> bool {
        let says = |text: &str| text.to_ascii_lowercase().contains("cache");
        let (file, _) = self.files().locate(used.function);
        let facts = self.facts(used.function);
        let named = facts.path(used.op).is_some_and(|path| path.iter().any(|&name| says(self.files().name(file, name))));
        named || says(&self.function_name(used.function)) || used.shape.as_deref().is_some_and(says)
    }

    /// Whether a key gets its time to live by a call of its own, in the same function or in one that calls it.
    #[must_use]
    pub fn expires_later(&self, function: FnId) -> bool {
        let around = self.graph.to(function).filter(|edge| !edge.outside).map(|edge| edge.caller).take(16);
        let below = self.graph.from(function).filter(|edge| !edge.outside).map(|edge| edge.callee).take(16);
        std::iter::once(function).chain(around).chain(below).any(|near| self.has_role(near, Role::CacheExpire))
    }
}

/// Places of a format string left open.
fn blanked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut depth = 0_u32;
    for c in text.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => {
                depth -= 1;
                out.push('*');
            }
            _ if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out.replace("%s", "*").replace("%d", "*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_places_become_stars() {
        assert_eq!(blanked("user:{}:{page:d}"), "user:*:*");
        assert_eq!(blanked("user:%s"), "user:*");
    }
}
