//! What does the code write to its log, and where does the log go?

use super::secret_names::{redacts, words};
use crate::facts::{Construct, Function, Literal, OpId, OpKind, RegionKind};
use crate::finding::{Confidence, Place};
use crate::lang::Language;
use crate::link::project::{Project, Site};
use crate::link::values::arguments::Chosen;
use crate::link::values::eval::Event;
use crate::link::values::value::{ClassRef, FnId, Kind};
use crate::models::{Parameter, Role, Trait};
use crate::walk::folder_of;
use rustc_hash::FxHashSet;

/// A call that writes to the log, or prints.
#[derive(Debug, Clone)]
pub struct LogCall {
    /// The function it is in.
    pub function: FnId,
    /// The call.
    pub op: OpId,
    /// How people call it: `Logger.info`, `print`.
    pub name: String,
    /// It prints, and does not go through a log.
    pub printed: bool,
    /// Deployed builds leave it out, or switch it off.
    pub verbose: bool,
    /// Only its name says that it is a logger.
    pub inferred: bool,
    /// The text of the line, when the model says which argument it is.
    pub message: Option<OpId>,
}

/// A file that the application opens for its log.
#[derive(Debug, Clone)]
pub struct LogFile {
    /// The function around.
    pub function: FnId,
    /// What opens it.
    pub place: Place,
    /// How people call that: `logging.FileHandler`.
    pub name: String,
    /// What the library's model advises.
    pub advice: Option<String>,
    /// How sure it is that it is a file, and that the log goes nowhere else.
    pub sure: Confidence,
}

/// Methods of loggers.
const LEVELS: [&str; 8] = ["debug", "info", "warning", "warn", "error", "exception", "critical", "fatal"];

/// Names of loggers, without underscores around them.
const LOGGERS: [&str; 7] = ["log", "logger", "logging", "app_log", "audit_log", "access_log", "root_logger"];

impl Project {
    /// Every call that writes to the log or prints, in order of the functions.
    #[must_use]
    pub fn log_calls(&self) -> Vec<LogCall> {
        let described = [Role::Log, Role::Print].into_iter().flat_map(|role| self.sites(role));
        let mut calls: Vec<LogCall> = described
            .map(|site| LogCall {
                function: site.function,
                op: site.op,
                name: self.callee_name(&site),
                printed: site.role == Role::Print,
                verbose: site.act.behaviour.roles().any(|role| role == Role::LogVerbose),
                inferred: site.receiver.inferred,
                message: self.parameter_op(&site, Parameter::Message),
            })
            .collect();
        let known: FxHashSet<(FnId, OpId)> = calls.iter().map(|call| (call.function, call.op)).collect();
        for function in self.functions().filter(|&function| self.language(function) == Language::Python) {
            self.named_loggers(function, &known, &mut calls);
        }
        calls.sort_by_key(|call| (call.function, call.op));
        calls
    }

    /// `self.log.info(..)` where nobody can tell what `log` is.
    fn named_loggers(&self, function: FnId, known: &FxHashSet<(FnId, OpId)>, calls: &mut Vec<LogCall>) {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let text = |name| self.files().name(file, name);
        for (op, next) in facts.tape() {
            let OpKind::Call { callee, args } = next.kind else { continue };
            let OpKind::Attribute(base, level) = facts.op(callee).kind else { continue };
            if !LEVELS.contains(&text(level)) || known.contains(&(function, op)) {
                continue;
            }
            let (OpKind::Name(name) | OpKind::Attribute(_, name)) = facts.op(base).kind else { continue };
            if !LOGGERS.contains(&text(name).trim_matches('_').to_ascii_lowercase().as_str()) || self.is_described(function, op) {
                continue;
            }
            let message = facts.list(args).first().filter(|arg| arg.name.is_none()).map(|arg| arg.value);
            let name = format!("{}.{}", text(name), text(level));
            calls.push(LogCall { function, op, name, printed: false, verbose: false, inferred: true, message });
        }
    }

    /// Whether a model or the project itself says what a call does.
    fn is_described(&self, function: FnId, call: OpId) -> bool {
        self.events(function).iter().any(|event| match event {
            Event::Act { op, .. } | Event::Call { op, .. } => *op == call,
            _ => false,
        })
    }

    /// Whether the project takes secrets out of what it logs: a filter, formatter or processor that says so.
    #[must_use]
    pub fn redacts_logs(&self) -> bool {
        let filters = |function: FnId| {
            let (file, _) = self.files().locate(function);
            let text = |name| self.files().name(file, name);
            let facts = self.facts(function);
            let takes = |wanted: &[&str]| facts.params.iter().any(|param| wanted.contains(&text(param.name)));
            let named = |name: Option<&str>| name.is_some_and(redacts);
            let name = facts.name.map(text);
            let class = self.classes.owner[function.index()].map(|class| self.class_name(class));
            let says = || {
                facts.ops.iter().any(|op| match op.kind {
                    OpKind::Name(name) | OpKind::Attribute(_, name) | OpKind::Literal(Literal::Text(name)) => {
                        text(name).len() < 48 && redacts(text(name))
                    }
                    _ => false,
                })
            };
            let processes = takes(&["event_dict"]) || matches!(name, Some("filter" | "format" | "emit")) && takes(&["record"]);
            processes && (named(name) || named(class.as_deref()) || says())
        };
        self.functions().any(|function| !self.is_test(function) && filters(function))
    }

    /// Files that the application opens for its log although it writes the log nowhere else.
    #[must_use]
    pub fn log_files(&self) -> Vec<LogFile> {
        let mut files = Vec::new();
        let mut streams: Vec<FnId> = self.sites(Role::LogStream).map(|site| site.function).collect();
        let opened: Vec<Site<'_>> = self.sites(Role::LogFile).filter(|site| !self.is_test(site.function)).collect();
        let (to_file, elsewhere): (Vec<_>, Vec<_>) =
            opened.into_iter().map(|site| (self.opens_file(&site), site)).partition(|(sure, _)| sure.is_some());
        streams.extend(elsewhere.iter().map(|(_, site)| site.function));
        for (sure, site) in to_file {
            let Some(sure) = sure else { continue };
            if self.is_opt_in(site.function, site.op, 0) || self.goes_to_stream(&site, &streams) {
                continue;
            }
            let place = self.site_place(&site);
            let (name, advice) = (self.callee_name(&site), site.act.advice.clone());
            files.push(LogFile { function: site.function, place, name, advice, sure });
        }
        for function in self.functions().filter(|&function| self.language(function) == Language::Python) {
            self.configured_files(function, &mut files);
        }
        files.sort_by_key(|file| (file.function, file.place.span.start));
        files
    }

    /// How sure it is that a call opens a file; none when it is known not to, or nobody can tell.
    fn opens_file(&self, site: &Site<'_>) -> Option<Confidence> {
        let rotated = || matches!(self.parameter(site, Parameter::Rotation), Chosen::Given(..));
        // What may do without a file says so by a default, or takes other things in its place.
        let may_be_other = site.act.behaviour.parameter.get(&Parameter::Path).is_some_and(|path| path.default.is_some())
            || site.act.adds.has(Trait::Additional);
        match self.parameter(site, Parameter::Path) {
            Chosen::Given(_, value) => match value.kind {
                Kind::Text(file, name) => (!is_stream_path(self.files().name(file, name))).then_some(Confidence::High),
                Kind::AnyText => Some(Confidence::High),
                Kind::None => None,
                _ if rotated() => Some(Confidence::High),
                _ => (!may_be_other).then_some(Confidence::Medium),
            },
            Chosen::Default(_) | Chosen::Absent => None,
            Chosen::Unknown => site.act.behaviour.parameter.is_empty().then_some(Confidence::High),
        }
    }

    /// Whether a call runs only where somebody has chosen it: under a condition, itself or in all that call it. What is left out
    /// only for debugging is chosen for everyone else.
    pub(crate) fn is_opt_in(&self, function: FnId, op: OpId, depth: u32) -> bool {
        if self.is_chosen(function, op) {
            return true;
        }
        let mut callers = self
            .graph
            .to(function)
            .filter(|edge| !edge.outside && edge.caller != function && !self.is_test(edge.caller))
            .peekable();
        depth < 3 && callers.peek().is_some() && callers.all(|edge| self.is_opt_in(edge.caller, edge.op, depth + 1))
    }

    /// Whether an operation stands under a condition other than "not debugging".
    pub(crate) fn is_chosen(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        self.is_conditional(function, op)
            && !facts
                .regions_around(op)
                .any(|region| region.kind.tested().is_some_and(|condition| self.asks_for_debugging(function, condition, 0)))
    }

    /// Whether an operation runs only on a developer's machine: `if settings.is_development():`.
    #[must_use]
    pub fn is_for_developers(&self, function: FnId, op: OpId) -> bool {
        self.facts(function).regions_around(op).any(|region| match region.kind {
            RegionKind::Branch { condition: Some(condition), positive: true } => self.asks_for_debugging(function, condition, 0),
            _ => false,
        })
    }

    /// Whether a file stands in for another service, for those who develop this one.
    #[must_use]
    pub fn is_stand_in(&self, function: FnId) -> bool {
        let (file, _) = self.files().locate(function);
        let words = |part: &str| matches!(part, "mock" | "mocks" | "fake" | "fakes" | "stub" | "stubs" | "sample" | "samples");
        self.files().get(file).path.split(|c: char| !c.is_ascii_alphanumeric()).any(words)
    }

    fn asks_for_debugging(&self, function: FnId, condition: OpId, depth: u32) -> bool {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        match facts.op(condition).kind {
            OpKind::Name(name) | OpKind::Attribute(_, name) => {
                let words = words(self.files().name(file, name));
                words.iter().any(|word| ["debug", "testing", "development", "dev"].contains(&word.as_str()))
            }
            OpKind::Call { callee, .. } if callee < condition && depth < 6 => {
                self.asks_for_debugging(function, callee, depth + 1)
            }
            OpKind::Operate(_, left, right) if depth < 6 => {
                [left, right].into_iter().any(|side| side < condition && self.asks_for_debugging(function, side, depth + 1))
            }
            _ => false,
        }
    }

    /// Whether the log goes to standard output as well: another handler in the same package, a default that nobody took away.
    fn goes_to_stream(&self, site: &Site<'_>, streams: &[FnId]) -> bool {
        let facts = self.facts(site.function);
        let (file, _) = self.files().locate(site.function);
        let redirects = self
            .sites_in(site.function)
            .filter(|other| other.role == Role::LogRedirect && !self.names_stream(facts, file, other.op));
        let redirects = redirects.count();
        if self.language(site.function) == Language::Rust {
            let own = streams.iter().filter(|&&stream| stream == site.function).count();
            let says = || facts.tape().any(|(op, _)| self.is_stream_name(facts, file, op));
            return own > redirects.max(usize::from(redirects > 0)) || says();
        }
        let folder = |function: FnId| {
            let path = &self.files().get(self.files().locate(function).0).path;
            folder_of(path).to_owned()
        };
        let own = folder(site.function);
        let beside =
            streams.iter().any(|&stream| stream != site.function && !self.is_test(stream) && own.starts_with(&folder(stream)))
                || streams.contains(&site.function);
        let additional = site.act.adds.has(Trait::Additional)
            && self.sites(Role::LogRedirect).all(|other| self.files().locate(other.function).0 != file);
        beside || additional
    }

    /// Whether an argument of a call names standard output.
    fn names_stream(&self, facts: &Function, file: crate::finding::FileId, call: OpId) -> bool {
        let OpKind::Call { args, .. } = facts.op(call).kind else { return false };
        facts.list(args).iter().any(|arg| self.is_stream_name(facts, file, arg.value))
    }

    fn is_stream_name(&self, facts: &Function, file: crate::finding::FileId, op: OpId) -> bool {
        match facts.op(op).kind {
            OpKind::Name(name) | OpKind::Attribute(_, name) => {
                matches!(self.files().name(file, name), "stdout" | "stderr" | "ConsoleAppender" | "Stdout" | "Stderr")
            }
            _ => false,
        }
    }

    /// The class of the project that a value is an instance of.
    pub(crate) fn instance_class(&self, value: crate::link::values::value::Value) -> Option<ClassRef> {
        value.project_class()
    }

    /// Handlers in a configuration: `{"handlers": {"file": {"class": "logging.FileHandler"}}, "root": {"handlers": ["file"]}}`.
    fn configured_files(&self, function: FnId, files: &mut Vec<LogFile>) {
        let (file, _) = self.files().locate(function);
        let facts = self.facts(function);
        for (op, next) in facts.tape() {
            let OpKind::Construct(Construct::Map, _) = next.kind else { continue };
            let config = super::log_settings::LogSettings::read(self.files(), file, facts, op);
            let Some((name, span)) = config.and_then(|config| config.only_file()) else { continue };
            let path = &self.files().get(file).path;
            let elsewhere = self.is_chosen(function, op) || self.may_be_replaced(function, op);
            if elsewhere || crate::link::reach::surroundings::is_for_development(path) {
                continue;
            }
            files.push(LogFile { function, place: Place { file, span }, name, advice: None, sure: Confidence::High });
        }
    }
}

/// `/dev/stdout`, `-`.
pub(crate) fn is_stream_path(path: &str) -> bool {
    path == "-" || ["/dev/std", "/proc/", "/dev/null", "/dev/fd"].iter().any(|start| path.starts_with(start))
}
