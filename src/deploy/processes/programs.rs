//! What programs do that deployment files start: data in `programs.toml`, and the one place that reads a command by it. Nothing else
//! in the tool knows what a flag of a process server means.

mod start;
mod table;
mod wrappers;

pub(in crate::deploy) use start::is_file;

use crate::deploy::processes::commands::{Command, Values, Word};
use crate::deploy::vocabulary::amount::{Amount, Counted};
use crate::finding::Place;
use serde::Deserialize;
use start::Start;
use table::{Program, TABLE, TargetForm, TargetSpec};

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
    /// A program of others that runs none of this project's code.
    Tool,
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
    /// The first of these files that is in the folder it starts in.
    Usual(&'static [String]),
    /// An executable of unknown making; its name.
    Program(String),
}

/// Whether the signal that ends a container reaches a process in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    /// It does.
    Reaches,
    /// A shell stands in between that may hand over its place to the last command.
    Perhaps,
    /// A shell stands in between and keeps it.
    Lost,
}

/// How many requests or tasks a process works on at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtOnce {
    /// So many at most.
    Bounded(u32),
    /// As many as come.
    Unbounded,
    /// Nobody says.
    Unknown,
}

/// What a file of settings may say of how much a process works on at once. The words of a command go before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::deploy) struct AtOnceSettings {
    /// What it calls the number; nothing where the command gives it.
    pub(in crate::deploy) number: Option<&'static str>,
    /// What it calls the kind of worker, nothing where the command names it; the words of kinds that take as much as comes.
    pub(in crate::deploy) kind: (Option<&'static str>, &'static [String]),
}

/// A process that a command starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// What it is for.
    pub does: Does,
    /// Its program, with the subcommand: `celery beat`.
    pub name: String,
    /// Its program as it is written, with its folder.
    pub(in crate::deploy) program: String,
    /// The command as people would write it.
    pub shown: String,
    /// Where the command stands.
    pub place: Place,
    /// The code it runs.
    pub target: Option<Target>,
    /// The folder it changes to before it looks for that.
    pub changes_to: Option<String>,
    /// Folders of the tree that may be the one it starts in.
    pub folders: Vec<String>,
    /// How many processes one start makes.
    pub workers: Counted,
    /// How many requests or tasks one of them works on at once.
    pub at_once: AtOnce,
    /// Where it is told, or known, to be a development server.
    pub development: Option<(Place, String)>,
    /// Where it is told to go into the background.
    pub detached: Option<(Place, String)>,
    /// Log files it is told to write.
    pub logs: Vec<(Place, String)>,
    /// Names in its file of settings that say where it logs, when nothing else told it.
    pub(in crate::deploy) log_settings: &'static [String],
    /// Names in its file of settings that send it into the background.
    pub(in crate::deploy) detach_settings: &'static [String],
    /// Where it is told to run the scheduler too.
    pub embeds_scheduler: Option<(Place, String)>,
    /// Whether its scheduler makes sure that only one is at work.
    pub locked: bool,
    /// Queues it serves, as written.
    pub queues: Option<String>,
    /// Seconds it gives running work to end.
    pub grace: Option<(u32, Option<Place>)>,
    /// Whether it is told to end jobs that take too long.
    pub ends_jobs: bool,
    /// Whether it changes the schema of a database.
    pub migrates: bool,
    /// The shell goes on without waiting for it.
    pub background: bool,
    /// Whether it runs whatever a script tests.
    pub certain: bool,
    /// Whether it hears that it is to end.
    pub signal: Signal,
    /// A file of settings it was told to read, or reads by itself.
    pub settings: Option<String>,
    /// Names of schedulers that make sure of it, as settings in code have them.
    pub lock_words: &'static [String],
    /// What that file calls the number of processes.
    pub(in crate::deploy) count_setting: Option<&'static str>,
    /// What that file may say of how much one of them works on at once.
    pub(in crate::deploy) at_once_settings: Option<AtOnceSettings>,
}

impl Process {
    /// A process that a platform starts by the name of its code, without a command.
    pub(in crate::deploy) fn plain(does: Does, shown: &str, place: Place, target: Target) -> Self {
        Self { target: Some(target), ..Self::new(does, shown, place) }
    }

    fn new(does: Does, shown: &str, place: Place) -> Self {
        Self {
            does,
            name: shown.to_owned(),
            program: shown.to_owned(),
            shown: shown.to_owned(),
            place,
            target: None,
            changes_to: None,
            folders: Vec::new(),
            workers: Counted::by_default(Amount::exactly(1)),
            at_once: AtOnce::Unknown,
            development: None,
            detached: None,
            logs: Vec::new(),
            log_settings: &[],
            detach_settings: &[],
            embeds_scheduler: None,
            locked: false,
            queues: None,
            grace: None,
            ends_jobs: false,
            migrates: false,
            background: false,
            certain: true,
            signal: Signal::Reaches,
            settings: None,
            lock_words: &[],
            count_setting: None,
            at_once_settings: None,
        }
    }
}

/// A word with its text, when that is known.
#[derive(Debug, Clone)]
struct Read<'w> {
    text: Option<String>,
    word: &'w Word,
    /// Whether it is only a part of that word: of a command that is given as one text.
    part: bool,
}

impl<'w> Read<'w> {
    fn new(word: &'w Word, text: Option<String>) -> Self {
        Self { text, word, part: false }
    }

    fn owned(&self) -> Word {
        match &self.text {
            Some(text) if self.part => Word::plain(text, self.word.place),
            _ => self.word.clone(),
        }
    }
}

/// The process that a command starts, wrappers seen through. `values` are the variables known there; `settings` looks a number up in
/// the program's file of settings.
#[must_use]
pub fn process(command: &Command, values: Values<'_>) -> Option<Process> {
    let own = |name: &str| {
        let set = command.settings.iter().rev().find(|(set, _)| **set == *name);
        set.map_or_else(|| values(name), |(_, word)| word.resolve(values))
    };
    let words: Vec<Read<'_>> = command.words.iter().map(|word| Read::new(word, word.resolve(&own))).collect();
    let words = wrappers::unwrapped(words);
    let (first, mut rest) = words.split_first()?;
    let mut name = base_name(first.text.as_deref().filter(|text| is_program_name(text))?).to_owned();
    let mut by_module = None;
    let mut script = None;
    if is_interpreter(&name) {
        (by_module, script, rest) = interpreted(rest)?;
        name = by_module.clone().or_else(|| script.clone())?;
    }
    let own_module = by_module.is_some() && !TABLE.program.iter().any(|program| program.module.contains(&name));
    if own_module && let Some(started) = started_by_module(command, rest, values) {
        return Some(started);
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
    let all: Vec<Read<'_>> = added.iter().map(|word| Read::new(word, word.literal())).chain(rest.iter().cloned()).collect();
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
    // A program of the project's own may start as many processes as it likes; one that was compiled is one.
    let compiled = matches!(target, Target::Program(_));
    let workers = Counted::by_default(if compiled { Amount::exactly(1) } else { Amount::at_least(1) });
    let program = first.text.clone()?;
    Some(Process { target: Some(target), workers, program, ..start.bare(Does::Command, short) })
}

/// Programs that read a file of settings in code by themselves, as if nothing told them anything, each with the name of that file.
pub(in crate::deploy) fn read_by_themselves() -> impl Iterator<Item = (Process, &'static str)> {
    TABLE.program.iter().filter_map(|program| {
        let file = program.settings.as_ref()?.file.as_deref().filter(|file| file.ends_with(".py"))?;
        let place = Place { file: crate::finding::FileId::default(), span: crate::source::Span::default() };
        let plain = Process::new(program.does, program.name.first()?, place);
        let name = program.name.first()?.clone();
        let (log_settings, detach_settings) = (program.log_settings.as_slice(), program.detach_settings.as_slice());
        Some((Process { name, log_settings, detach_settings, ..plain }, file))
    })
}

/// A module of the project's own that waits for something, and then starts a server that its words name with the code.
fn started_by_module(command: &Command, rest: &[Read<'_>], values: Values<'_>) -> Option<Process> {
    let first = base_name(rest.first()?.text.as_deref()?);
    if !TABLE.program.iter().any(|program| program.is_server() && program.name.iter().any(|own| own == first)) {
        return None;
    }
    let inner = Command { words: rest.iter().map(Read::owned).collect(), ..command.clone() };
    let found = process(&inner, values)?;
    found.target.is_some().then(|| Process { shown: command.shown(), ..found })
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

/// Whether we know what such a program does, or can read what it runs.
pub(in crate::deploy) fn is_known(text: &str) -> bool {
    let short = base_name(text);
    let is_file = [".sh", ".bash", ".py"].iter().any(|end| short.ends_with(end));
    is_file
        || is_interpreter(short)
        || is_shell(short)
        || TABLE.program.iter().any(|program| program.does != Does::Helper && program.name.iter().any(|own| own == short))
        || TABLE.wrapper.iter().any(|wrapper| wrapper.name.iter().any(|own| own == short))
}

/// Whether a command begins with a program that we know what it does, or can follow.
#[must_use]
pub fn begins_known(command: &Command) -> bool {
    command.words.first().and_then(Word::literal).is_some_and(|first| is_known(&first))
}

/// Whether a text can be the name of a program: not a number, a flag, or what is left of an expression.
fn is_program_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_'))
        && text.contains(|c: char| c.is_ascii_alphabetic())
        && !text.contains(['=', '$', '*', '(', '!', ' ', '"'])
}

/// Whether a command is run below a program that hands signals to all processes, not to its child alone.
#[must_use]
pub fn signals_all(command: &Command) -> bool {
    let first = command.words.first().and_then(Word::literal).unwrap_or_default();
    let wrapper = TABLE.wrapper.iter().find(|wrapper| wrapper.name.iter().any(|own| own == base_name(&first)));
    wrapper.is_some_and(|wrapper| {
        let with = |flag: &String| command.words.iter().any(|word| word.literal().as_ref() == Some(flag));
        wrapper.signals_all || wrapper.signals_all_with.iter().any(with)
    })
}

/// The word by which a command that the shell does not wait for outlives it: `nohup python sync.py &`.
pub(in crate::deploy) fn left_behind(command: &Command) -> Option<(Place, String)> {
    let leaves = |word: &&Word| {
        let text = word.literal().unwrap_or_default();
        TABLE.wrapper.iter().any(|wrapper| wrapper.leaves && wrapper.name.iter().any(|own| own == base_name(&text)))
    };
    let word = command.words.iter().take_while(|word| word.literal().is_some_and(|text| is_wrapper(&text))).find(leaves)?;
    command.background.then(|| (word.place, format!("{} &", word.literal().unwrap_or_default())))
}

fn is_wrapper(text: &str) -> bool {
    TABLE.wrapper.iter().any(|wrapper| wrapper.name.iter().any(|own| own == base_name(text)))
}

/// Whether a program reads commands from a word or a file.
#[must_use]
pub fn is_shell(name: &str) -> bool {
    matches!(base_name(name), "sh" | "bash" | "ash" | "dash" | "zsh")
}

/// What a command runs that is a shell: the text of `-c`, or a script with its arguments.
#[derive(Debug, Clone)]
pub enum Inner {
    /// The text of `-c`, with the shell's name.
    Text(String, Place, String),
    /// A script of the container, and the words after it.
    Script(String, Vec<Word>),
    /// A program that nobody knows, which may be a script that was copied to where programs are, and the words after it.
    Installed(String, Vec<Word>),
}

/// What stands inside of a command: a shell's text, a script. Nothing for a program that does the work itself.
#[must_use]
pub fn inner(command: &Command, values: Values<'_>) -> Option<Inner> {
    let words: Vec<Read<'_>> = command.words.iter().map(|word| Read::new(word, word.resolve(values))).collect();
    let words = wrappers::unwrapped(words);
    let (first, rest) = words.split_first()?;
    let name = first.text.as_deref()?;
    let owned = |rest: &[Read<'_>]| rest.iter().map(Read::owned).collect::<Vec<Word>>();
    // `su -p app -c "exec gunicorn .."` runs a shell as somebody else.
    let as_other = matches!(base_name(name), "su" | "runuser") && rest.iter().any(|word| word.text.as_deref() == Some("-c"));
    if as_other {
        let at = rest.iter().position(|word| word.text.as_deref() == Some("-c"))?;
        let script = rest.get(at + 1)?;
        return Some(Inner::Text(script.text.clone()?, script.word.place, "sh".to_owned()));
    }
    if !is_shell(name) {
        let is_script = [".sh", ".bash"].iter().any(|end| name.ends_with(end))
            || ((name.starts_with('/') || name.starts_with("./")) && !is_known(name) && !name.ends_with(".py"))
            || (!name.contains('/') && (name.contains("entrypoint") || name.starts_with("start")));
        let may_be_installed = !is_known(name) && is_program_name(name);
        return match is_script {
            true => Some(Inner::Script(name.to_owned(), owned(rest))),
            false => may_be_installed.then(|| Inner::Installed(name.to_owned(), owned(rest))),
        };
    }
    let mut rest = rest;
    while let Some((word, after)) = rest.split_first() {
        let text = word.text.as_deref()?;
        if text.starts_with('-') && text.ends_with('c') {
            let script = after.first()?;
            // What is not known of it is as little known inside; the rest is read.
            let text = script.text.clone().unwrap_or_else(|| script.word.filled(values));
            return Some(Inner::Text(text, script.word.place, base_name(name).to_owned()));
        }
        if !text.starts_with('-') {
            return Some(Inner::Script(text.to_owned(), owned(after)));
        }
        // `-o pipefail`
        rest = if text.ends_with('o') { after.get(1..).unwrap_or_default() } else { after };
    }
    None
}

#[cfg(test)]
mod tests;
