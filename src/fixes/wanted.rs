//! What a rule wants changed, and the edit that does it. Here alone rules, models and the writing of languages meet.

use super::{Fix, Safety};
use crate::deploy::edits::{self, Started};
use crate::deploy::workloads::Schedule;
use crate::facts::{Import, Literal, NameId, OpId, OpKind};
use crate::finding::{FileId, Place};
use crate::lang::Language;
use crate::link::{Deadline, FileData, Given, Project, Site};
use crate::models::Parameter;
use crate::source::{Change, Span};

/// What a rule wants changed.
#[derive(Debug)]
pub enum Wanted<'s> {
    /// A call waits no longer than the model of its library suggests.
    TimeLimit(&'s Site<'s>),
    /// A call is given what the model suggests for this argument.
    Argument(&'s Site<'s>, Parameter),
    /// A run of a schedule does not start while the last one is at work.
    OneRunAtATime(&'s Schedule),
    /// A command is started without a shell around it.
    NoShell(Place),
}

impl Fix {
    /// The edit, when its form is certain.
    pub(crate) fn of(project: &Project, wanted: &Wanted<'_>) -> Option<Self> {
        let mut fix = match wanted {
            Wanted::TimeLimit(site) => time_limit(project, site)?,
            Wanted::Argument(site, which) => argument(project, site, *which)?,
            Wanted::OneRunAtATime(schedule) => {
                let (file, text) = deployed(project, schedule.place)?;
                let policy = schedule.overlap_place.map(|place| place.span);
                let changes = edits::forbid_overlap(text, schedule.place.span, policy)?;
                Self { message: "set concurrencyPolicy: Forbid".into(), safety: Safety::Unsafe, file, changes }
            }
            Wanted::NoShell(place) => {
                let (file, text) = deployed(project, *place)?;
                let (change, started) = edits::without_shell(text, place.span)?;
                let message = match started {
                    Started::AsList => "write the command as a list of words",
                    Started::InPlace => "put exec before the command",
                };
                Self { message: message.into(), safety: Safety::Safe, file, changes: vec![change] }
            }
        };
        fix.changes.sort();
        Some(fix)
    }
}

/// A deployment file and its text, when places in it are places in what people wrote.
fn deployed(project: &Project, place: Place) -> Option<(FileId, &str)> {
    let files = project.files();
    let data = files.list().get(place.file.index())?;
    matches!(data.language, Language::Deployment(_)).then_some((place.file, &*data.text))
}

/// Give a call without a limit the one that its model suggests.
fn time_limit(project: &Project, site: &Site<'_>) -> Option<Fix> {
    let timeout = site.act.behaviour.timeout.as_ref()?;
    let given = project.argument(site, &timeout.argument, timeout.position);
    match site.deadline {
        Deadline::Missing | Deadline::Disabled | Deadline::SocketDefault | Deadline::Client | Deadline::SlowClient => {}
        // The library's own. One that stands in the call is somebody's choice.
        Deadline::TooLong(_) if matches!(given, Given::Absent) => {}
        Deadline::TooLong(_)
        | Deadline::Chosen(_)
        | Deadline::Bounded
        | Deadline::Unknown
        | Deadline::Awaited
        | Deadline::Passed => return None,
    }
    let suggested = timeout.suggest.as_deref()?;
    // Who wants shorter limits than the model suggests chooses them himself.
    let place = Written::new(project, site)?;
    if longest(suggested) * timeout.scale.unwrap_or(1.0) > project.max_seconds(place.file) {
        return None;
    }
    if suggested.starts_with('.') {
        return Some(place.fix(format!("add {suggested}"), place.call_before(suggested)?));
    }
    let (suggested, import) = place.spelt(suggested)?;
    let mut fix = match given {
        Given::Value(op) => place.instead_of_nothing(op, timeout.argument.first()?, &suggested),
        Given::Absent => place.added(timeout.argument.first()?, &suggested),
        Given::Perhaps => None,
    }?;
    fix.changes.extend(import);
    Some(fix)
}

/// Give a call what its model suggests for an argument.
fn argument(project: &Project, site: &Site<'_>, which: Parameter) -> Option<Fix> {
    let model = project.parameter_model(site, which)?;
    let (suggested, name) = (model.suggest.as_deref()?, model.argument.first()?);
    let place = Written::new(project, site)?;
    if let Some(sibling) = &model.through {
        return place.through(sibling, &format!("{name}={suggested}"));
    }
    match project.argument(site, &model.argument, model.position) {
        Given::Value(op) => place.instead_of_nothing(op, name, suggested),
        Given::Absent => place.added(name, suggested),
        Given::Perhaps => None,
    }
}

/// The largest number in a piece of code.
fn longest(code: &str) -> f64 {
    let numbers = code.split(|c: char| !c.is_ascii_digit() && c != '.').filter_map(|word| word.parse::<f64>().ok());
    numbers.fold(0.0, f64::max)
}

/// An operation as it is written.
struct Written<'p> {
    project: &'p Project,
    site: &'p Site<'p>,
    file: FileId,
    data: &'p FileData,
}

impl<'p> Written<'p> {
    fn new(project: &'p Project, site: &'p Site<'p>) -> Option<Self> {
        let (file, _) = project.files().locate(site.function);
        Some(Self { project, site, file, data: project.files().list().get(file.index())? })
    }

    fn kind(&self, op: OpId) -> OpKind {
        self.project.facts(self.site.function).op(op).kind
    }

    fn span(&self, op: OpId) -> Span {
        self.project.facts(self.site.function).op(op).span
    }

    /// What a number is set to is for somebody to look at.
    fn fix(&self, message: String, changes: Vec<Change>) -> Fix {
        Fix { message, safety: Safety::Unsafe, file: self.file, changes }
    }

    /// One more named argument.
    fn added(&self, name: &str, value: &str) -> Option<Fix> {
        let OpKind::Call { .. } = self.kind(self.site.op) else { return None };
        let argument = format!("{name}={value}");
        let changes = self.data.language.add_argument(&self.data.text, self.span(self.site.op), &argument)?;
        Some(self.fix(format!("add {argument}"), changes))
    }

    /// Another value for an argument that is written out as none, false or a number that means the same.
    fn instead_of_nothing(&self, op: OpId, name: &str, value: &str) -> Option<Fix> {
        let OpKind::Literal(Literal::None | Literal::Bool(false) | Literal::Int(_)) = self.kind(op) else { return None };
        let span = self.span(op);
        let (call, written) = (self.span(self.site.op), span.of(&self.data.text));
        (call.contains(span) && !written.is_empty())
            .then(|| self.fix(format!("set {name} to {value} instead of {written}"), vec![Change::replace(span, value)]))
    }

    /// Another call between a call and what it is made on: `.timeout(..)` before `.send()`.
    fn call_before(&self, call: &str) -> Option<Vec<Change>> {
        let OpKind::Call { callee, .. } = self.kind(self.site.op) else { return None };
        let OpKind::Attribute(base, _) = self.kind(callee) else { return None };
        let (start, end) = (self.span(base).end as usize, self.span(callee).end as usize);
        let between = self.data.text.get(start..end)?;
        let dot = between.find('.')?;
        // A comment in between belongs to one of them, and nobody can tell to which.
        between[..dot].chars().all(char::is_whitespace).then(|| vec![Change::insert(start, format!("{}{call}", &between[..dot]))])
    }

    /// What the whole file imports.
    fn imports(&self) -> impl Iterator<Item = &'p Import> {
        self.data.facts.imports.iter().filter(|import| import.scope.index() == 0 && !import.typing_only)
    }

    fn text_of(&self, name: NameId) -> &'p str {
        self.data.facts.names.get(name)
    }

    /// Suggested code as this file has to write it, with the import that it needs besides. What begins with a module of the library is
    /// written by the name that the file gives to it, or to what is wanted of it.
    fn spelt(&self, suggested: &str) -> Option<(String, Option<Change>)> {
        let (path, rest) = suggested.split_at(suggested.find('(').unwrap_or(suggested.len()));
        let Some((module, name)) = path.rsplit_once('.').filter(|(module, _)| module.starts_with(|c: char| c.is_alphabetic()))
        else {
            return Some((suggested.to_owned(), None));
        };
        let is_path = |import: &Import, wanted: &str| {
            import.level == 0 && import.path.iter().map(|&part| self.text_of(part)).eq(wanted.split('.'))
        };
        // `import aiohttp.web` binds `aiohttp`.
        let is_root = |import: &Import, wanted: &str| {
            import.binds_root && import.path.first().is_some_and(|&part| self.text_of(part) == wanted)
        };
        let local = |wanted: &str| {
            let import = self.imports().find(|import| is_path(import, wanted) || is_root(import, wanted))?;
            import.name.map(|name| self.text_of(name))
        };
        if let Some(local) = local(path) {
            return Some((format!("{local}{rest}"), None));
        }
        if let Some(local) = local(module) {
            return Some((format!("{local}.{name}{rest}"), None));
        }
        // Beside another name of the module, unless somebody calls something else like that.
        let is_free = !self.data.facts.names.holds(name);
        let beside = self.imports().find(|import| {
            let of_module = import
                .path
                .split_last()
                .is_some_and(|(_, folder)| folder.iter().map(|&part| self.text_of(part)).eq(module.split('.')));
            of_module && import.level == 0 && !import.binds_root && !import.glob
        })?;
        is_free.then(|| (format!("{name}{rest}"), Some(Change::insert(beside.span.end as usize, format!(", {name}")))))
    }

    /// A decorator's sibling that takes an argument: `functools.lru_cache(maxsize=1024)` for `functools.cache`.
    fn through(&self, sibling: &str, argument: &str) -> Option<Fix> {
        let span = self.span(self.site.op);
        let written = span.of(&self.data.text);
        let call = format!("{sibling}({argument})");
        let message = format!("use {call}");
        match self.kind(self.site.op) {
            OpKind::Attribute(..) => {
                let at = written.rfind('.')? + 1;
                let name = Span::new(span.start as usize + at, span.end as usize);
                Some(self.fix(message, vec![Change::replace(name, call)]))
            }
            OpKind::Name(name) => {
                let bound = |wanted: &str| {
                    let named = |import: &&Import| import.name.is_some_and(|name| self.text_of(name) == wanted);
                    self.imports().filter(named).collect::<Vec<_>>()
                };
                let imported = bound(self.text_of(name));
                let [import] = imported.as_slice() else { return None };
                let mut changes = vec![Change::replace(span, call)];
                match bound(sibling).as_slice() {
                    [] if import.span.of(&self.data.text) == written => {
                        changes.push(Change::insert(import.span.end as usize, format!(", {sibling}")));
                    }
                    [known]
                        if known.path.split_last().map(|(_, module)| module)
                            == import.path.split_last().map(|(_, module)| module) => {}
                    _ => return None,
                }
                Some(self.fix(message, changes))
            }
            _ => None,
        }
    }
}
