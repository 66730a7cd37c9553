//! Which names of the project lead to the database that takes writes, and which to a copy that follows it?

use crate::facts::{FunctionKind, NameId, OpId, OpKind};
use crate::link::data::client_values::reaching;
use crate::link::names::classes::is_receiver;
use crate::link::project::{Project, Site};
use crate::link::values::flows::chain_base;
use crate::link::values::remembered::Values;
use crate::link::values::value::{ClassRef, FieldId, FnId, GlobalId, Slot};
use crate::models::Parameter;
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// Which of two databases with the same rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    /// The one that takes writes.
    Primary,
    /// A copy that follows it.
    Replica,
}

/// What the project calls a way to a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Handle {
    /// A function that gives a connection or session.
    Function(FnId),
    /// A variable or field that holds a pool or session.
    Slot(Slot),
}

/// Where the connection of a query comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// From a handle of this side.
    Side(Side),
    /// The function is given it, as this parameter.
    Param(usize),
}

/// The ways to databases, by what the project calls them.
#[derive(Debug, Default)]
pub(crate) struct Handles {
    /// Which side each leads to.
    pub sides: BTreeMap<Handle, Side>,
    /// A way to the primary, and one to a replica that is called the same but for that.
    pub pairs: Vec<(Handle, Handle)>,
    /// What they are called: a function that says none of these names uses none of them.
    names: BTreeSet<String>,
}

/// Where a name is looked for beside another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Scope {
    Class(ClassRef),
    File(u32),
}

/// What a name says.
#[derive(Debug, Default, Clone)]
struct Said {
    replica: bool,
    /// It says only that it is for reading: so may a file be.
    weak: bool,
    primary: bool,
    /// It begins with the word: what it does, perhaps, and not what it is.
    verb: bool,
    rest: Vec<String>,
}

/// Words for a database or a way to it.
const NOUNS: [&str; 14] = [
    "db",
    "dbs",
    "database",
    "databases",
    "session",
    "sessionmaker",
    "conn",
    "connection",
    "connections",
    "engine",
    "pool",
    "postgres",
    "pg",
    "mysql",
];

/// What the words for a replica have in them.
const REPLICAS: [&str; 4] = ["replica", "follower", "standby", "slave"];

/// Whether one of [`REPLICAS`] may be a word of `name`: it is in there. Taking names apart costs more, and every name is asked.
fn may_say_replica(name: &str) -> bool {
    static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| in_any_case(&REPLICAS));
    WORDS.as_ref().is_none_or(|words| words.is_match(name))
}

/// The same for [`NOUNS`].
fn may_say_noun(name: &str) -> bool {
    static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| in_any_case(&NOUNS));
    WORDS.as_ref().is_none_or(|words| words.is_match(name))
}

fn in_any_case(words: &[&str]) -> Option<AhoCorasick> {
    AhoCorasick::builder().ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA)).build(words).ok()
}

/// How many stores and calls a connection is followed through.
const DEEP: u32 = 6;

impl Said {
    fn of(name: &str) -> Self {
        let mut said = Self::default();
        for (at, word) in words(name).into_iter().enumerate() {
            match word.as_str() {
                "replica" | "replicas" | "readreplica" | "follower" | "standby" | "slave" => said.replica = true,
                "read" | "reader" | "readonly" | "ro" => {
                    (said.weak, said.verb) = (true, said.verb || at == 0);
                }
                "write" | "writer" | "writable" | "rw" | "readwrite" | "primary" | "master" | "leader" | "main" | "default" => {
                    said.primary = true;
                }
                "only" => {}
                _ => said.rest.push(word),
            }
        }
        // `read_replica`: nothing weak about it.
        said.weak &= !said.replica;
        said
    }

    fn side(&self) -> Option<Side> {
        match (self.replica || self.weak, self.primary) {
            (true, false) => Some(Side::Replica),
            (false, true) => Some(Side::Primary),
            _ => None,
        }
    }

    fn names_database(&self) -> bool {
        self.rest.iter().any(|word| NOUNS.contains(&word.as_str()))
    }
}

/// `get_dbReplica` in lower case: `get`, `db`, `replica`.
pub(crate) fn words(name: &str) -> Vec<String> {
    let (mut found, mut word, mut lower) = (Vec::new(), String::new(), false);
    for c in name.chars() {
        let starts = c.is_uppercase() && lower;
        if (starts || !c.is_alphanumeric()) && !word.is_empty() {
            found.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        lower = c.is_lowercase();
    }
    found.extend(Some(word).filter(|word| !word.is_empty()));
    found
}

/// Handles of one scope whose names differ in the word for their side only.
type Named = Vec<(Handle, Said)>;

impl Project {
    /// The ways to the primary and to replicas that the project has, by what it calls them.
    pub(crate) fn database_handles(&self) -> &Handles {
        self.indexes.handles.get_or_init(|| self.find_handles())
    }

    fn find_handles(&self) -> Handles {
        let mut groups: BTreeMap<(Scope, Vec<String>), Named> = BTreeMap::new();
        let named = self.named_places();
        let follows =
            named.iter().any(|(_, _, name)| may_say_replica(name) && Said::of(name).replica) || self.speaks_of_replicas();
        for (scope, handle, name) in named.into_iter().filter(|(_, _, name)| may_say_noun(name)) {
            let said = Said::of(name);
            if said.names_database() && !(said.weak && said.verb && self.takes_arguments(handle)) {
                groups.entry((scope, said.rest.clone())).or_default().push((handle, said));
            }
        }
        let mut handles = Handles::default();
        for group in groups.into_values() {
            let replicas = group.iter().filter(|(_, said)| said.side() == Some(Side::Replica) && (said.replica || follows));
            for &(replica, _) in replicas {
                handles.sides.insert(replica, Side::Replica);
                let primaries = group.iter().filter(|(_, said)| !said.replica && !said.weak);
                for &(primary, _) in primaries {
                    handles.sides.insert(primary, Side::Primary);
                    handles.pairs.push((primary, replica));
                }
            }
        }
        handles.names = handles.sides.keys().map(|&handle| self.handle_name(handle)).collect();
        handles
    }

    /// Functions, variables and fields with their names, those of tests left out.
    fn named_places(&self) -> Vec<(Scope, Handle, &str)> {
        let scope = |function: FnId| match self.classes.owner[function.index()] {
            Some(class) => Scope::Class(class),
            None => Scope::File(u32::try_from(self.files().locate(function).0.index()).unwrap_or(u32::MAX)),
        };
        let own = |function: &FnId| {
            matches!(self.facts(*function).kind, FunctionKind::Function | FunctionKind::Method) && !self.is_test(*function)
        };
        let functions = self.functions().filter(own).filter_map(|function| {
            let (file, _) = self.files().locate(function);
            let name = self.files().name(file, self.facts(function).name?);
            Some((scope(function), Handle::Function(function), name))
        });
        let globals = self.modules.globals.iter().enumerate().map(|(at, global)| {
            let file = self.modules.all[global.module.index()].file;
            let handle = Handle::Slot(Slot::Global(GlobalId::from_index(at)));
            let scope = Scope::File(u32::try_from(file.index()).unwrap_or(u32::MAX));
            (file, (scope, handle, self.files().name(file, global.name)))
        });
        let globals = globals.filter(|(file, _)| !self.is_test(self.module_body(*file))).map(|(_, place)| place);
        let fields = self
            .classes
            .fields
            .iter()
            .enumerate()
            .map(|(at, field)| (Scope::Class(field.class), Handle::Slot(Slot::Field(FieldId::from_index(at))), &*field.name));
        functions.chain(globals).chain(fields).collect()
    }

    /// Whether some name, or the comment of a file that keeps connections, says that a database is followed by copies.
    fn speaks_of_replicas(&self) -> bool {
        let near = ["read", "url", "uri", "dsn", "host"];
        let says = |name: &str| {
            if name.len() >= 60 || name.contains(' ') || !may_say_replica(name) {
                return false;
            }
            let said = Said::of(name);
            said.replica && (said.names_database() || words(name).iter().any(|word| near.contains(&word.as_str())))
        };
        let comment = |text: &str| text.contains("read replica") || text.contains("read-replica");
        self.files()
            .iter()
            .filter(|(file, _)| !self.is_test(self.module_body(*file)))
            .any(|(_, data)| data.facts.names.iter().any(|(_, name)| says(name)) || comment(&data.all_spoken()))
    }

    /// `read_session(cookie)` reads one.
    fn takes_arguments(&self, handle: Handle) -> bool {
        let Handle::Function(function) = handle else { return false };
        let (file, _) = self.files().locate(function);
        self.facts(function).params.iter().any(|param| !matches!(self.files().name(file, param.name), "self" | "cls"))
    }

    /// How people call a way to a database.
    pub(crate) fn handle_name(&self, handle: Handle) -> String {
        let name = match handle {
            Handle::Function(function) => self.function_name(function),
            Handle::Slot(slot) => self.slot_name(slot),
        };
        name.rsplit(['.', ':']).next().unwrap_or_default().to_owned()
    }

    /// Where a function takes or uses what leads to a database.
    pub(crate) fn handles_used(&self, handles: &Handles, function: FnId) -> Vec<(OpId, Handle)> {
        let calls = self.graph.from(function).filter_map(|edge| {
            let handle = Handle::Function(edge.callee);
            let op = if edge.outside { OpId::from_index(0) } else { edge.op };
            handles.sides.contains_key(&handle).then_some((op, handle))
        });
        let mut found: Vec<(OpId, Handle)> = calls.collect();
        let (file, _) = self.files().locate(function);
        let facts = self.facts(function);
        let speaks = |name: NameId| handles.names.contains(self.files().name(file, name));
        if facts.ops.iter().any(|op| matches!(op.kind, OpKind::Name(name) | OpKind::Attribute(_, name) if speaks(name))) {
            let values = self.values(function);
            let slots = facts.tape().filter_map(|(at, op)| {
                let (OpKind::Name(name) | OpKind::Attribute(_, name)) = op.kind else { return None };
                let handle = Handle::Slot(values[at.index()].slot.filter(|_| speaks(name))?);
                handles.sides.contains_key(&handle).then_some((at, handle))
            });
            found.extend(slots);
        }
        found
    }

    /// Where the connection of a site comes from: what it is called on, or what it is given.
    pub(crate) fn connection_of(&self, handles: &Handles, site: &Site<'_>, values: &Values) -> Option<Source> {
        self.source(handles, site.function, site.op, values, 0)
    }

    /// Where a value comes from, if it is a connection.
    pub(crate) fn source(&self, handles: &Handles, function: FnId, op: OpId, values: &Values, depth: u32) -> Option<Source> {
        if depth > DEEP {
            return None;
        }
        let facts = self.facts(function);
        let inner = |op: OpId| self.source(handles, function, op, values, depth + 1);
        let by_slot = || handles.sides.get(&Handle::Slot(values[op.index()].slot?)).copied();
        match facts.op(op).kind {
            OpKind::Await(of) | OpKind::Try(of) | OpKind::Enter(of, _) | OpKind::Element(of) => inner(of),
            OpKind::Choose(parts) => {
                let sources: Vec<_> = facts.list(parts).iter().map(|part| inner(part.value)).collect();
                sources.iter().all(|source| *source == sources[0]).then_some(sources[0]).flatten()
            }
            OpKind::Name(name) => {
                let (stored, always) = reaching(facts, name, op);
                if let (Some(&first), true) = (stored.first(), always) {
                    let first = inner(first);
                    return first.filter(|_| stored.iter().all(|&other| inner(other) == first));
                }
                let param = facts.params.iter().position(|param| param.name == name);
                match param {
                    _ if !stored.is_empty() => None,
                    Some(at) => {
                        let given = self.injected_side(handles, function, at).or_else(|| self.says_replica(function, name));
                        Some(given.map_or(Source::Param(at), Source::Side))
                    }
                    None => by_slot().or_else(|| self.says_replica(function, name)).map(Source::Side),
                }
            }
            OpKind::Attribute(base, name) => {
                let named = by_slot().or_else(|| self.says_replica(function, name)).map(Source::Side);
                named.or_else(|| inner(base).filter(|_| !is_receiver(facts, base)))
            }
            OpKind::Index(base, _) => inner(base),
            OpKind::Call { callee, args } => {
                if let Some(edge) = self.graph.from(function).find(|edge| edge.op == op && !edge.outside) {
                    let side = handles.sides.get(&Handle::Function(edge.callee)).copied();
                    let name =
                        self.facts(edge.callee).name.map(|name| self.files().name(self.files().locate(edge.callee).0, name));
                    let says = name.is_some_and(|name| may_say_replica(name) && Said::of(name).replica).then_some(Side::Replica);
                    return side.or(says).map(Source::Side);
                }
                let chosen = self.chosen_database(function, op).map(Source::Side);
                let given = facts.list(args).iter().filter_map(|arg| inner(arg.value));
                let mut sources: Vec<Source> = chosen.into_iter().chain(inner(callee)).chain(given).collect();
                // A connection that is known says more than a parameter that may be anything.
                sources.sort_by_key(|source| matches!(source, Source::Param(_)));
                sources.first().copied()
            }
            OpKind::Operate(..) | OpKind::Construct(..) => None,
            _ => chain_base(facts, op).and_then(inner),
        }
    }

    /// A name that nothing resolves and that says itself what it is: `request.db_replica`.
    fn says_replica(&self, function: FnId, name: NameId) -> Option<Side> {
        let name = self.files().name(self.files().locate(function).0, name);
        let said = Some(name).filter(|name| may_say_replica(name)).map(Said::of)?;
        (said.replica && !said.primary && said.names_database()).then_some(Side::Replica)
    }

    /// The side of the connection that the framework gives a function for a parameter.
    fn injected_side(&self, handles: &Handles, function: FnId, param: usize) -> Option<Side> {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let parent = &self.files().get(file).facts.functions[facts.parent?.index()];
        let stands = facts.params.get(param)?.span;
        let given = self.graph.from(function).filter(|edge| edge.outside).find(|edge| {
            let at = parent.ops.get(edge.op.index()).map(|op| op.span);
            at.is_some_and(|at| stands.start <= at.start && at.end <= stands.end)
        });
        handles.sides.get(&Handle::Function(given?.callee)).copied()
    }

    /// The side that a call chooses by the name of a database: `using("replica")`.
    fn chosen_database(&self, function: FnId, op: OpId) -> Option<Side> {
        let event = self
            .events(function)
            .iter()
            .find(|event| matches!(event, crate::link::values::eval::Event::Act { op: at, .. } if *at == op))?;
        let site = self.paged_site(function, event)?;
        let alias = self.parameter_op(&site, Parameter::Connection)?;
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let text = self.text_at(function, alias).or_else(|| {
            let named = chain_named(facts, alias)?;
            Some(self.files().name(file, named).to_owned())
        })?;
        let said = Said::of(&text);
        said.side()
    }
}

/// The last name of what is called or named: `settings.REPLICA`, `pick_readonly_database()`.
fn chain_named(facts: &crate::facts::Function, op: OpId) -> Option<NameId> {
    match facts.op(op).kind {
        OpKind::Name(name) | OpKind::Attribute(_, name) => Some(name),
        OpKind::Call { callee, .. } => chain_named(facts, callee),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_which_side_they_are() {
        let side = |name: &str| Said::of(name).side();
        assert_eq!(side("db_read"), Some(Side::Replica));
        assert_eq!(side("db_write"), Some(Side::Primary));
        assert_eq!(side("getReplicaSession"), Some(Side::Replica));
        assert_eq!(side("db_read_prefer_primary"), None);
        assert_eq!(side("spreadsheet_pool"), None);
        assert_eq!(Said::of("get_db_read_session").rest, Said::of("get_db_session").rest);
    }
}
