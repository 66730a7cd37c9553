//! What programs do that deployment files start: data in `programs.toml`, and the one place that reads a command by it. Nothing else
//! in the tool knows what a flag of a process server means.

mod table;

use super::amount::{Amount, Counted};
use super::commands::{Command, Values, Word};
use crate::finding::{Note, Place};
use serde::Deserialize;
use table::{CountSpec, Program, TABLE, TargetForm, TargetSpec};

/// What a process is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Does {
    /// Answers requests.
    Web,
    /// Takes work from a queue.
    Worker,
    /// Starts work at its time.
    Scheduler,
    /// Runs to its end: a migration, a command of an administrator.
    Job,
    /// A command of the project itself; the code says what it does.
    Command,
    /// Hands requests on.
    Proxy,
    /// Keeps data for others.
    Store,
    /// Starts several other processes.
    Supervisor,
    /// Prepares something for others, and ends.
    Helper,
}

/// How a program is told which code to run.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// A Python module, perhaps with an object of it: `app.main:app`.
    Module(String),
    /// A file, as the container sees it.
    Script(String),
    /// The Django project around a `manage.py`, and the command that is run.
    Django(Option<String>),
    /// An executable of unknown making; its name.
    Program(String),
}

/// A process that a command starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// What it is for.
    pub does: Does,
    /// Its program, with the subcommand: `celery beat`.
    pub name: String,
    /// The command as people would write it.
    pub shown: String,
    /// Where the command stands.
    pub place: Place,
    /// The code it runs.
    pub target: Option<Target>,
    /// How many processes one start makes.
    pub workers: Counted,
    /// Where it is told, or known, to be a development server.
    pub development: Option<(Place, String)>,
    /// Where it is told to go into the background.
    pub detached: Option<(Place, String)>,
    /// Log files it is told to write.
    pub logs: Vec<(Place, String)>,
    /// Where it is told to run the scheduler too.
    pub embeds_scheduler: Option<(Place, String)>,
    /// Whether its scheduler makes sure that only one is at work.
    pub locked: bool,
    /// Queues it serves, as written.
    pub queues: Option<String>,
    /// Seconds it gives running work to end.
    pub grace: Option<(u32, Option<Place>)>,
    /// Whether it changes the schema of a database.
    pub migrates: bool,
    /// The shell goes on without waiting for it.
    pub background: bool,
    /// Whether it runs whatever a script tests.
    pub certain: bool,
    /// It takes the shell's place.
    pub replaces: bool,
    /// A file of settings it was told to read, or reads by itself.
    pub settings: Option<String>,
    /// What that file calls the number of processes.
    pub(super) count_setting: Option<&'static str>,
}

impl Process {
    /// A process that a platform starts by the name of its code, without a command.
    pub(super) fn plain(does: Does, shown: &str, place: Place, target: Target) -> Self {
        Self { target: Some(target), ..Self::new(does, shown, place) }
    }

    fn new(does: Does, shown: &str, place: Place) -> Self {
        Self {
            does,
            name: shown.to_owned(),
            shown: shown.to_owned(),
            place,
            target: None,
            workers: Counted::by_default(Amount::exactly(1)),
            development: None,
            detached: None,
            logs: Vec::new(),
            embeds_scheduler: None,
            locked: false,
            queues: None,
            grace: None,
            migrates: false,
            background: false,
            certain: true,
            replaces: true,
            settings: None,
            count_setting: None,
        }
    }
}

/// A word with its text, when that is known.
#[derive(Debug, Clone)]
struct Read<'w> {
    text: Option<String>,
    word: &'w Word,
}

/// The process that a command starts, wrappers seen through. `values` are the variables known there; `settings` looks a number up in
/// the program's file of settings.
#[must_use]
pub fn process(command: &Command, values: Values<'_>) -> Option<Process> {
    let own = |name: &str| {
        let set = command.settings.iter().rev().find(|(set, _)| **set == *name);
        set.map_or_else(|| values(name), |(_, word)| word.resolve(values))
    };
    let words: Vec<Read<'_>> = command.words.iter().map(|word| Read { text: word.resolve(&own), word }).collect();
    let words = unwrapped(&words);
    let (first, mut rest) = words.split_first()?;
    let mut name = base_name(first.text.as_deref()?).to_owned();
    let mut by_module = None;
    let mut script = None;
    if is_interpreter(&name) {
        (by_module, script, rest) = interpreted(rest)?;
        name = by_module.clone().or_else(|| script.clone())?;
    }
    let short = base_name(&name);
    let fits = |program: &&Program| match &by_module {
        Some(module) => program.module.contains(module),
        None => program.name.iter().any(|own| own == short),
    };
    let start = Start { command, own: &own, words: rest };
    let find = |start: &Start<'_, '_>| TABLE.program.iter().filter(fits).find(|program| start.is_subcommand(program));
    // Words that the environment adds stand before those of the command, which win.
    let added = find(&start).and_then(|program| own(program.arguments.as_deref()?)).unwrap_or_default();
    let added: Vec<Word> = added.split_whitespace().map(|word| Word::plain(word, command.place)).collect();
    let all: Vec<Read<'_>> = added.iter().map(|word| Read { text: word.literal(), word }).chain(rest.iter().cloned()).collect();
    let start = Start { words: &all, ..start };
    if let Some(program) = find(&start) {
        let mut process = start.process(program, short);
        if process.target.is_none() && matches!(program.target, Some(TargetSpec { form: TargetForm::Django, .. })) {
            process.target = Some(Target::Django(start.positional(program, 0)));
        }
        return Some(process);
    }
    let target = match (by_module, script) {
        (Some(module), _) => Target::Module(module),
        (None, Some(script)) => Target::Script(script),
        (None, None) if name.ends_with(".py") => Target::Script(first.text.clone()?),
        (None, None) => Target::Program(short.to_owned()),
    };
    Some(Process { target: Some(target), ..start.bare(Does::Command, short) })
}

/// The name of a program without its folder.
fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn is_interpreter(name: &str) -> bool {
    let rest = name.strip_prefix("python").or_else(|| name.strip_prefix("pypy"));
    rest.is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

/// `-m module args`, `script.py args`; nothing for code given on the line.
fn interpreted<'r, 'w>(words: &'r [Read<'w>]) -> Option<(Option<String>, Option<String>, &'r [Read<'w>])> {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        match word.text.as_deref()? {
            "-m" => return Some((Some(words.get(at + 1)?.text.clone()?), None, &words[at + 2..])),
            "-c" | "-" => return None,
            "-W" | "-X" => at += 2,
            flag if flag.starts_with('-') => at += 1,
            _ => return Some((None, Some(word.text.clone()?), &words[at + 1..])),
        }
    }
    None
}

/// The words from the program on that does the work.
fn unwrapped<'r, 'w>(mut words: &'r [Read<'w>]) -> &'r [Read<'w>] {
    // Each turn drops a word.
    while let Some(name) = words.first().and_then(|word| word.text.as_deref()) {
        let short = base_name(name);
        let wrapper = TABLE.wrapper.iter().find(|wrapper| wrapper.name.iter().any(|own| own == short || own == name));
        let Some(wrapper) = wrapper else { return words };
        let rest = &words[1..];
        let after = |marker: &str| rest.iter().position(|word| word.text.as_deref() == Some(marker)).map(|at| &rest[at + 1..]);
        let inner = match &wrapper.subcommand {
            Some(subcommand) => match after(subcommand) {
                Some(inner) => inner,
                None => return words,
            },
            None if wrapper.skips => match after("--") {
                Some(inner) => inner,
                // Words of its own: flags, a user, a limit of time, variables.
                None => match rest.iter().position(|word| word.text.as_deref().is_some_and(is_known)) {
                    Some(at) => &rest[at..],
                    None => return &words[..0],
                },
            },
            None => rest,
        };
        let flags = inner.iter().take_while(|word| word.text.as_deref().is_some_and(|text| text.starts_with('-'))).count();
        words = &inner[flags..];
    }
    words
}

/// Whether we know what such a program does, or can read what it runs.
fn is_known(text: &str) -> bool {
    let short = base_name(text);
    is_interpreter(short)
        || is_shell(short)
        || TABLE.program.iter().any(|program| program.does != Does::Helper && program.name.iter().any(|own| own == short))
        || TABLE.wrapper.iter().any(|wrapper| wrapper.name.iter().any(|own| own == short))
}

/// Whether a program reads commands from a word or a file.
#[must_use]
pub fn is_shell(name: &str) -> bool {
    matches!(base_name(name), "sh" | "bash" | "ash" | "dash" | "zsh")
}

/// What a command runs that is a shell: the text of `-c`, or a script with its arguments.
#[derive(Debug, Clone)]
pub enum Inner {
    /// A text, and whether the shell itself stays.
    Text(String, Place),
    /// A script of the container, and the words after it.
    Script(String, Vec<Word>),
}

/// What stands inside of a command: a shell's text, a script. Nothing for a program that does the work itself.
#[must_use]
pub fn inner(command: &Command, values: Values<'_>) -> Option<Inner> {
    let words: Vec<Read<'_>> = command.words.iter().map(|word| Read { text: word.resolve(values), word }).collect();
    let words = unwrapped(&words);
    let (first, rest) = words.split_first()?;
    let name = first.text.as_deref()?;
    let owned = |rest: &[Read<'_>]| rest.iter().map(|read| read.word.clone()).collect::<Vec<Word>>();
    if !is_shell(name) {
        let is_script = [".sh", ".bash"].iter().any(|end| name.ends_with(end))
            || ((name.starts_with('/') || name.starts_with("./")) && !is_known(name) && !name.ends_with(".py"))
            || (!name.contains('/') && (name.contains("entrypoint") || name.starts_with("start")));
        return is_script.then(|| Inner::Script(name.to_owned(), owned(rest)));
    }
    let mut rest = rest;
    while let Some((word, after)) = rest.split_first() {
        let text = word.text.as_deref()?;
        if text.starts_with('-') && text.ends_with('c') {
            let script = after.first()?;
            return Some(Inner::Text(script.text.clone()?, script.word.place));
        }
        if !text.starts_with('-') {
            return Some(Inner::Script(text.to_owned(), owned(after)));
        }
        // `-o pipefail`
        rest = if text.ends_with('o') { after.get(1..).unwrap_or_default() } else { after };
    }
    None
}

/// A start of a program: its words, with what they are worth.
struct Start<'s, 'w> {
    command: &'s Command,
    own: Values<'s>,
    words: &'s [Read<'w>],
}

impl Start<'_, '_> {
    fn bare(&self, does: Does, name: &str) -> Process {
        Process {
            name: name.to_owned(),
            background: self.command.background,
            certain: self.command.certain,
            replaces: self.command.replaces,
            ..Process::new(does, &self.command.shown(), self.command.place)
        }
    }

    /// Arguments that are no flags and no values of flags.
    fn positionals<'p>(&'p self, program: &'p Program) -> impl Iterator<Item = &'p str> + 'p {
        let mut skips = false;
        self.words.iter().filter_map(move |word| {
            let text = word.text.as_deref();
            if std::mem::take(&mut skips) {
                return None;
            }
            let text = text?;
            if text.starts_with('-') && text.len() > 1 {
                skips = program.takes.iter().any(|flag| flag == text);
                return None;
            }
            Some(text)
        })
    }

    fn positional(&self, program: &Program, at: usize) -> Option<String> {
        self.positionals(program).nth(at).map(str::to_owned)
    }

    fn is_subcommand(&self, program: &Program) -> bool {
        program.subcommand.as_deref().is_none_or(|wanted| self.positionals(program).next() == Some(wanted))
    }

    /// The value of the last of these flags, with the place of the flag: `-w 4`, `-w4`, `--workers=4`. A value that is not known is
    /// there without text.
    fn value(&self, flags: &[String]) -> Option<(Option<String>, Place)> {
        let mut found = None;
        for (at, word) in self.words.iter().enumerate() {
            let shown = word.text.clone().unwrap_or_else(|| word.word.shown());
            for flag in flags {
                if shown == *flag {
                    let value = self.words.get(at + 1);
                    found = Some((
                        value.and_then(|value| value.text.clone()),
                        value.map_or(word.word.place, |value| value.word.place),
                    ));
                } else if let Some(value) = shown.strip_prefix(flag.as_str()) {
                    let glued =
                        if flag.starts_with("--") { value.strip_prefix('=') } else { Some(value.trim_start_matches('=')) };
                    if let Some(value) = glued {
                        found = Some((word.text.is_some().then(|| value.to_owned()), word.word.place));
                    }
                }
            }
        }
        found
    }

    /// Whether one of these flags is given, with its place.
    fn flag(&self, flags: &[String]) -> Option<(Place, String)> {
        self.words.iter().find_map(|word| {
            let text = word.text.as_deref()?;
            let own = text.split('=').next().unwrap_or(text);
            flags.iter().any(|flag| flag == own).then(|| (word.word.place, own.to_owned()))
        })
    }

    fn process(&self, program: &'static Program, short: &str) -> Process {
        let name = match &program.subcommand {
            Some(subcommand) => format!("{short} {subcommand}"),
            None => short.to_owned(),
        };
        let mut process = self.bare(program.does, &name);
        process.workers = program.processes.as_ref().map_or(process.workers, |spec| self.workers(spec));
        process.target = program.target.as_ref().and_then(|spec| self.target(program, spec));
        let always = program.development.then(|| (self.command.place, name.clone()));
        process.development = self.flag(&program.reloads).or(always);
        let detaching = program.detaching.then_some((self.command.place, name));
        process.detached = self.flag(&program.detaches).or(detaching);
        process.logs = program
            .logs
            .iter()
            .filter_map(|flag| self.value(std::slice::from_ref(flag)))
            .filter_map(|(value, place)| Some((place, value?)))
            .filter(|(_, file)| is_file(file))
            .collect();
        process.embeds_scheduler = self.flag(&program.embeds);
        process.locked = self
            .words
            .iter()
            .any(|word| word.text.as_deref().is_some_and(|text| program.locks.iter().any(|lock| text.contains(lock.as_str()))));
        process.queues = self.value(&program.queues).and_then(|(value, _)| value);
        process.grace = program.grace.as_ref().and_then(|spec| match self.value(&spec.flag) {
            Some((value, place)) => Some((value?.parse().ok()?, Some(place))),
            None => spec.otherwise.map(|seconds| (seconds, None)),
        });
        process.migrates = program
            .migrates
            .as_ref()
            .is_some_and(|with| with.is_empty() || self.positionals(program).any(|word| with.iter().any(|with| with == word)));
        process.count_setting = program.processes.as_ref().and_then(|spec| spec.setting.as_deref());
        process.settings = program.settings.as_ref().and_then(|spec| {
            let told = self.value(&spec.flag).and_then(|(value, _)| value);
            told.or_else(|| spec.file.clone())
        });
        process
    }

    fn workers(&self, spec: &CountSpec) -> Counted {
        let read = |value: Option<String>, place: Place, shown: String| {
            let amount = value.and_then(|value| value.trim().parse().ok()).map_or(Amount::UNKNOWN, Amount::exactly);
            Counted::stated(amount, Note { place, message: format!("{shown}: {amount} processes") })
        };
        if let Some((value, place)) = self.value(&spec.flag) {
            return read(
                value,
                place,
                self.command.words.first().map(|word| base_name(&word.shown()).to_owned()).unwrap_or_default(),
            );
        }
        if let Some((name, value)) = spec.env.iter().find_map(|name| Some((name, (self.own)(name)?))) {
            return read(Some(value), self.command.place, name.clone());
        }
        match spec.otherwise {
            // One for each processor of a machine nobody names.
            0 => Counted::by_default(Amount::at_least(1)),
            number => Counted::by_default(Amount::exactly(number)),
        }
    }

    fn target(&self, program: &Program, spec: &TargetSpec) -> Option<Target> {
        let flagged = self.value(&spec.flag).and_then(|(value, _)| value);
        let from_env = || spec.env.iter().find_map(|name| (self.own)(name));
        let skipped = usize::from(program.subcommand.is_some());
        let first = || spec.flag.is_empty().then(|| self.positional(program, skipped)).flatten();
        let written = flagged.or_else(from_env).or_else(first)?;
        Some(match spec.form {
            TargetForm::Django => return None,
            TargetForm::Script => Target::Script(written),
            TargetForm::Module | TargetForm::Settings if written.ends_with(".py") || written.contains('/') => {
                Target::Script(written)
            }
            TargetForm::Module | TargetForm::Settings => Target::Module(written),
        })
    }
}

/// Whether a log goes to a file rather than to a stream of the process.
fn is_file(path: &str) -> bool {
    !matches!(path, "-" | "" | "None") && !path.starts_with("/dev/") && !path.starts_with("/proc/")
}

#[cfg(test)]
mod tests;
