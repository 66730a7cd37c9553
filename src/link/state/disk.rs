//! What is written to the local disk: which file, and does anybody expect to find it there later?

use crate::facts::{Literal, NameId, OpId, OpKind, Target};
use crate::finding::Confidence;
use crate::link::deployed::copies::Copied;
use crate::link::project::{Project, Site};
use crate::link::reach::graph::Edge;
use crate::link::reach::paths::Placement;
use crate::link::values::flows::{chain_base, last_store};
use crate::link::values::value::FnId;
use crate::models::{EntryKind, Parameter, Resource, Role, Trait};
use std::collections::{BTreeMap, BTreeSet};

/// A file that hot-path code writes on the machine it runs on.
#[derive(Debug, Clone)]
pub struct WrittenFile<'p> {
    /// The call.
    pub site: Site<'p>,
    /// How it is reached.
    pub placement: Placement,
    /// How sure it is that the file must be found later, by whichever instance.
    pub sure: Confidence,
}

/// What makes a path of another one: of the folder that a file lies in, or of its name.
const BESIDE: [&str; 8] =
    ["parent", "parents", "dirname", "with_suffix", "with_name", "with_stem", "with_extension", "with_file_name"];

/// What is known of the path of a file.
#[derive(Debug, Default)]
struct PathText {
    /// Words it is made of: names of variables, attributes and functions, pieces of text.
    words: Vec<String>,
    /// Names of the function it is made of.
    names: BTreeSet<NameId>,
    /// Operations it is made of.
    ops: BTreeSet<OpId>,
    /// A parameter it is made of.
    params: BTreeSet<u16>,
}

/// A database in a file, opened by a service that answers requests.
#[derive(Debug, Clone)]
pub struct KeptDatabase<'p> {
    /// The call that opens it.
    pub site: Site<'p>,
    /// Several copies of the service are known, each with a file of its own or all at one.
    pub copied: bool,
}

impl Project {
    /// Databases in files of this machine that a service keeps its rows in; each once.
    #[must_use]
    pub fn kept_databases(&self) -> Vec<KeptDatabase<'_>> {
        let mut found: BTreeMap<String, KeptDatabase<'_>> = BTreeMap::new();
        for site in self.sites(Role::Connect).chain(self.sites(Role::Pool)) {
            let function = site.function;
            let aside = self.is_test(function)
                || self.is_script(function)
                || self.is_command(function)
                || self.is_reached_by_hand(function)
                || self.is_schema_change(function);
            let serves = || {
                matches!(self.placement(function, site.op), Placement::Hot(_))
                    || self.is_kept_by_process(function, site.op)
                    || self.runs_at_start(function, site.op)
            };
            let Some(file) = (!aside).then(|| self.named_file(&site)).flatten() else { continue };
            if !self.serves_somebody() || !serves() {
                continue;
            }
            let many = |copied: Option<Copied>| copied.is_some_and(|copied| copied.counted.amount.may_be_many());
            let copied = many(self.copies(function)) || many(self.disks(function));
            match found.get(&file) {
                Some(other) if other.copied >= copied => {}
                _ => drop(found.insert(file, KeptDatabase { site, copied })),
            }
        }
        found.into_values().collect()
    }

    /// The file of a database, where the code names one that is meant to last.
    fn named_file(&self, site: &Site<'_>) -> Option<String> {
        let target = self.parameter_op(site, Parameter::Target).or_else(|| self.first_argument(site))?;
        let text = self.text_at(site.function, target)?.to_ascii_lowercase();
        let in_file = site.act.behaviour.kind == Some(Resource::FileDatabase) || text.starts_with("sqlite");
        let path = text.split(['?', '#']).next().unwrap_or_default().trim_start_matches("file:");
        let path = path.split_once("://").map_or(path, |(_, path)| path);
        let words: Vec<&str> = path.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        let passing = ["memory", "tmp", "temp", "test", "tests", "cache", "dev", "log", "logs", "scratch", "readonly"];
        let lasts = !path.trim_matches('/').is_empty()
            && !["mode=ro", "mode=memory", "immutable=1"].iter().any(|mode| text.contains(mode))
            && !words.iter().any(|word| passing.contains(word));
        (in_file && lasts).then_some(path.to_owned())
    }

    fn first_argument(&self, site: &Site<'_>) -> Option<OpId> {
        match self.facts(site.function).op(site.op).kind {
            OpKind::Call { args, .. } => self.facts(site.function).list(args).first().map(|arg| arg.value),
            _ => None,
        }
    }

    /// Files that requests and jobs write and nobody is seen to take away; one for each function.
    #[must_use]
    pub fn written_files(&self) -> Vec<WrittenFile<'_>> {
        let mut found: Vec<WrittenFile<'_>> = Vec::new();
        for site in self.sites(Role::FileWrite).chain(self.sites(Role::FileOpen).filter(|site| self.opens_to_write(site))) {
            if self.is_test(site.function) || self.is_script(site.function) {
                continue;
            }
            let placement = self.placement(site.function, site.op);
            if !matches!(placement, Placement::Hot(_)) {
                continue;
            }
            let Some(sure) = self.outlives_its_writer(&site) else { continue };
            let sure = if self.is_one_store_of_several(site.function) { Confidence::Low } else { sure };
            match found.iter_mut().find(|other| other.site.function == site.function) {
                Some(other) if other.sure >= sure => {}
                Some(other) => *other = WrittenFile { site, placement, sure },
                None => found.push(WrittenFile { site, placement, sure }),
            }
        }
        found
    }

    /// Whether the configuration chooses between this disk and a store for all.
    fn is_one_store_of_several(&self, function: FnId) -> bool {
        let writes = |at: FnId| self.has_role(at, Role::FileWrite) || self.has_role(at, Role::FileOpen);
        self.is_fulfilled_otherwise(function, |other| !writes(other) && !self.graph.from(other).any(|edge| writes(edge.callee)))
    }

    fn opens_to_write(&self, site: &Site<'_>) -> bool {
        if site.receiver.traits.has(Trait::Writes) {
            return true;
        }
        let Some(mode) = self.parameter_op(site, Parameter::Mode) else { return false };
        match self.facts(site.function).op(mode).kind {
            OpKind::Literal(Literal::Text(text)) => {
                let (file, _) = self.files().locate(site.function);
                self.files().name(file, text).contains(['w', 'a', 'x', '+'])
            }
            _ => false,
        }
    }

    /// How sure it is that a file is to be found later; `None` where it is temporary, removed again, or a matter of this process.
    fn outlives_its_writer(&self, site: &Site<'_>) -> Option<Confidence> {
        let path = self.path_op(site)?;
        let text = self.path_text(site.function, path);
        // `write(file)`: perhaps an open file, not a path.
        let unnamed = text.words.len() < 2
            && text
                .words
                .iter()
                .all(|word| matches!(word.as_str(), "file" | "fp" | "f" | "fh" | "out" | "sink" | "handle" | "dest"));
        if unnamed || text.ops.iter().any(|&op| self.is_no_path(site.function, op)) || self.is_temporary(site.function, &text, 0)
        {
            return None;
        }
        let removed = self.sites_in(site.function).filter(|other| other.role == Role::FileRemove).any(|other| {
            let gone = self.path_op(&other).map(|op| self.path_text(site.function, op));
            gone.is_some_and(|gone| !gone.names.is_disjoint(&text.names))
        });
        let callers = || self.graph.to(site.function).filter(|edge| !edge.outside && !self.is_test(edge.caller));
        let cleaned =
            callers().any(|edge| self.has_role(edge.caller, Role::FileRemove) || self.has_role(edge.caller, Role::FileTemporary));
        if removed || cleaned {
            return None;
        }
        // Names that stand in the code: what set-up does, once.
        let facts = self.facts(site.function);
        let written_out = |op: OpId| matches!(facts.op(op).kind, OpKind::Literal(_));
        if let OpKind::Call { args, .. } = facts.op(site.op).kind
            && site.role == Role::FileWrite
            && args.len > 1
            && facts.list(args).iter().all(|arg| written_out(arg.value))
        {
            return None;
        }
        // A job may carry the file away, or work on a copy of its own.
        let by_request = self.runs_from(site.function, site.op, EntryKind::Request);
        // Beside another file, on whatever disk that one was found.
        let says = |words: &[&str]| text.words.iter().any(|word| words.contains(&word.as_str()));
        let beside = says(&BESIDE) && !says(&["__file__"]);
        // Written and read back within one call: nobody else looks for it.
        let read_back = || {
            let reads = |other: &Site<'_>| other.op > site.op && other.role == Role::FileOpen && !self.opens_to_write(other);
            self.sites_in(site.function).filter(reads).any(|other| {
                let again = self.path_op(&other).map(|op| self.path_text(site.function, op));
                again.is_some_and(|again| !again.names.is_empty() && again.names == text.names)
            })
        };
        let elsewhere = !by_request || beside || self.is_given_on(site, &text) || read_back();
        Some(if elsewhere { Confidence::Low } else { self.is_on_own_disk(site.function, path) })
    }

    /// Whether the path is given to another call afterwards: it may be sent away, or be input of another program.
    fn is_given_on(&self, site: &Site<'_>, text: &PathText) -> bool {
        let facts = self.facts(site.function);
        let kept = |op: OpId| {
            self.sites_in(site.function).any(|other| {
                other.op == op && matches!(other.role, Role::FileOpen | Role::FileWrite | Role::Write | Role::StateWrite)
            }) || self.makes_row(site.function, op)
        };
        facts.tape().skip(site.op.index() + 1).any(|(at, op)| match op.kind {
            OpKind::Call { callee, args } if !kept(at) && !self.is_plain_call(site.function, callee) => facts
                .list(args)
                .iter()
                .any(|arg| matches!(facts.op(arg.value).kind, OpKind::Name(name) if text.names.contains(&name))),
            _ => false,
        })
    }

    fn makes_row(&self, function: FnId, op: OpId) -> bool {
        self.events(function)
            .iter()
            .any(|event| matches!(event, crate::link::values::eval::Event::Made { op: made, .. } if *made == op))
    }

    /// Calls that only speak of a path: logs, text, looks at the file.
    fn is_plain_call(&self, function: FnId, callee: OpId) -> bool {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let name = match facts.op(callee).kind {
            OpKind::Attribute(_, name) | OpKind::Name(name) => self.files().name(file, name),
            _ => return false,
        };
        let plain = [
            "str",
            "print",
            "info",
            "debug",
            "warning",
            "error",
            "exception",
            "exists",
            "join",
            "format",
            "basename",
            "dirname",
            "getsize",
            "stat",
            "len",
            "chmod",
            "is_file",
            "Path",
            "append",
            "relpath",
            "url_for",
            "Ok",
            "Some",
            "makedirs",
        ];
        plain.contains(&name)
    }

    fn path_op(&self, site: &Site<'_>) -> Option<OpId> {
        if let Some(path) = self.parameter_op(site, Parameter::Path) {
            return Some(path);
        }
        let facts = self.facts(site.function);
        let OpKind::Call { callee, .. } = facts.op(site.op).kind else { return None };
        match facts.op(callee).kind {
            OpKind::Attribute(base, _) if !site.act.behaviour.parameter.contains_key(&Parameter::Path) => Some(base),
            _ => None,
        }
    }

    /// A stream in memory, an open file, a constant that is not text: nothing is named.
    fn is_no_path(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        // `answer = HttpResponse(content_type="text/csv")`: what is made is written to, not a path.
        let makes_stream = |stored: OpId| match facts.op(stored).kind {
            OpKind::Call { callee, .. } => match facts.op(callee).kind {
                OpKind::Name(made) | OpKind::Attribute(_, made) => {
                    let made = self.files().name(file, made);
                    made.ends_with("Response") || made.ends_with("IO")
                }
                _ => false,
            },
            _ => false,
        };
        match facts.op(op).kind {
            OpKind::Name(name) if last_store(facts, name, op).is_some_and(makes_stream) => true,
            OpKind::Name(name) | OpKind::Attribute(_, name) => {
                let name = self.files().name(file, name).to_ascii_lowercase();
                ["bytesio", "stringio", "buffer", "buf", "stream", "response", "output", "stdout", "writer", "cursor"]
                    .contains(&name.as_str())
            }
            _ => false,
        }
    }

    /// Whether the path, as its words or its maker say, is for the time being, or of this process alone.
    fn is_temporary(&self, function: FnId, text: &PathText, depth: u32) -> bool {
        let says = |word: &str| {
            let word = word.to_ascii_lowercase();
            let words = [
                "tmp",
                "temp",
                "cache",
                "log",
                "lock",
                "debug",
                "test",
                "dev",
                "null",
                "spool",
                "scratch",
                "pid",
                "trace",
                "dump",
                "backup",
                "build",
                "checkout",
                "workspace",
                "telemetry",
            ];
            let parts: Vec<&str> = word.split(|c: char| !c.is_ascii_alphanumeric()).collect();
            parts.iter().any(|part| words.iter().any(|word| part == word || part.strip_suffix('s') == Some(word)))
                || ["tempdir", "tmpdir", "tempfile", "tmpfile", "temporary", "cached", "logfile", "workdir"]
                    .iter()
                    .any(|other| word.contains(other))
        };
        let made = self.sites_in(function).any(|site| site.role == Role::FileTemporary && text.ops.contains(&site.op));
        let (file, _) = self.files().locate(function);
        let stem = self.files().get(file).path.rsplit('/').next().unwrap_or_default();
        if made || says(stem) || text.words.iter().any(|word| says(word)) || says(&self.function_name(function)) {
            return true;
        }
        if depth < 2 && self.comes_from_temporary(function, text, depth) {
            return true;
        }
        depth < 2
            && text.params.iter().any(|&param| {
                let mut callers = self.graph.to(function).filter(|edge| !edge.outside && !self.is_test(edge.caller)).peekable();
                callers.peek().is_some()
                    && callers.all(|edge| {
                        let facts = self.facts(edge.caller);
                        let OpKind::Call { args, .. } = facts.op(edge.op).kind else { return false };
                        let at = usize::from(param).checked_sub(usize::from(edge.bound));
                        let given = at.and_then(|at| facts.list(args).get(at));
                        given.is_some_and(|given| {
                            self.is_temporary(edge.caller, &self.path_text(edge.caller, given.value), depth + 1)
                        })
                    })
            })
    }

    /// Whether a part of the path is what a function of the project returns, and that is for the time being.
    fn comes_from_temporary(&self, function: FnId, text: &PathText, depth: u32) -> bool {
        // `working_folder()`: who is given something may look it up, or only ask whether he may.
        let names = |edge: &&Edge| self.facts(edge.callee).params.is_empty();
        let mut makers = self.graph.from(function).filter(|edge| !edge.outside && text.ops.contains(&edge.op)).filter(names);
        makers.any(|edge| {
            self.facts(edge.callee).ops.iter().any(|op| match op.kind {
                OpKind::Return(path) => self.is_temporary(edge.callee, &self.path_text(edge.callee, path), depth + 1),
                _ => false,
            })
        })
    }

    /// What a path is made of, inside its function.
    fn path_text(&self, function: FnId, path: OpId) -> PathText {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let word = |name: NameId| self.files().name(file, name).to_owned();
        let mut text = PathText::default();
        let mut waiting = vec![path];
        while let Some(at) = waiting.pop() {
            if text.ops.len() > 200 || !text.ops.insert(at) {
                continue;
            }
            match facts.op(at).kind {
                OpKind::Name(name) => {
                    text.words.push(word(name));
                    text.names.insert(name);
                    if let Some(stored) = last_store(facts, name, at) {
                        waiting.push(stored);
                    } else if let Some(param) = facts.params.iter().position(|param| param.name == name) {
                        text.params.extend(u16::try_from(param));
                    } else {
                        text.words.extend(self.global_text(function, name));
                    }
                }
                OpKind::Attribute(base, name) => {
                    text.words.push(word(name));
                    waiting.push(base);
                }
                OpKind::Literal(Literal::Text(name)) => text.words.push(word(name)),
                OpKind::Param(index) => text.params.extend([index]),
                OpKind::Call { callee, args } => {
                    waiting.push(callee);
                    waiting.extend(facts.list(args).iter().map(|arg| arg.value));
                }
                OpKind::Construct(_, parts) | OpKind::Choose(parts) => {
                    waiting.extend(facts.list(parts).iter().map(|part| part.value))
                }
                OpKind::Operate(_, left, right) => waiting.extend([left, right]),
                _ => waiting.extend(chain_base(facts, at)),
            }
        }
        text
    }

    /// The text that a variable of the module starts with.
    fn global_text(&self, function: FnId, name: NameId) -> Vec<String> {
        let (file, _) = self.files().locate(function);
        let body = self.facts(self.module_body(file));
        let stored = body.ops.iter().filter_map(|op| match op.kind {
            OpKind::Store { target: Target::Name(stored), value, .. } if stored == name => Some(value),
            _ => None,
        });
        let mut words = Vec::new();
        let mut waiting: Vec<OpId> = stored.collect();
        let mut left = 60;
        while let Some(at) = waiting.pop() {
            left -= 1;
            if left == 0 {
                break;
            }
            match body.op(at).kind {
                OpKind::Literal(Literal::Text(name)) | OpKind::Name(name) => words.push(self.files().name(file, name).to_owned()),
                OpKind::Attribute(base, name) => {
                    words.push(self.files().name(file, name).to_owned());
                    waiting.push(base);
                }
                OpKind::Call { callee, args } => {
                    waiting.push(callee);
                    waiting.extend(body.list(args).iter().map(|arg| arg.value));
                }
                OpKind::Operate(_, left, right) => waiting.extend([left, right]),
                OpKind::Construct(_, parts) => waiting.extend(body.list(parts).iter().map(|part| part.value)),
                _ => {}
            }
        }
        words
    }
}
