//! One start of a program: its flags and arguments, read as the table says.

use super::table::{AtOnceSpec, CountSpec, Program, TargetForm, TargetSpec};
use super::{AtOnce, AtOnceSettings, Does, Process, Read, Target};
use crate::deploy::processes::commands::{Command, Values};
use crate::deploy::vocabulary::amount::{Amount, Counted};
use crate::finding::{Note, Place};

/// A start of a program: its words, with what they are worth.
pub(super) struct Start<'s, 'w> {
    pub(super) command: &'s Command,
    pub(super) own: Values<'s>,
    pub(super) words: &'s [Read<'w>],
}

impl Start<'_, '_> {
    pub(super) fn bare(&self, does: Does, name: &str) -> Process {
        Process {
            name: name.to_owned(),
            background: self.command.background,
            certain: self.command.certain,
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

    pub(super) fn positional(&self, program: &Program, at: usize) -> Option<String> {
        self.positionals(program).nth(at).map(str::to_owned)
    }

    pub(super) fn is_subcommand(&self, program: &Program) -> bool {
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

    pub(super) fn process(&self, program: &'static Program, short: &str) -> Process {
        let name = match &program.subcommand {
            Some(subcommand) => format!("{short} {subcommand}"),
            None => short.to_owned(),
        };
        let mut process = self.bare(program.does, &name);
        process.workers = program.processes.as_ref().map_or(process.workers, |spec| self.workers(spec, short));
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
        process.detach_settings = &program.detach_settings;
        process.embeds_scheduler = self.flag(&program.embeds);
        let told = program.logs.iter().any(|flag| self.value(std::slice::from_ref(flag)).is_some());
        process.log_settings = if told { &[] } else { &program.log_settings };
        process.locked = program.locking
            || self.words.iter().any(|word| {
                word.text.as_deref().is_some_and(|text| program.locks.iter().any(|lock| text.contains(lock.as_str())))
            });
        process.at_once = self.at_once(program);
        process.at_once_settings = program.at_once.as_ref().and_then(|spec| self.at_once_settings(spec));
        process.changes_to = self.value(&program.changes_to).and_then(|(value, _)| value);
        process.lock_words = &program.locks;
        process.queues = self.value(&program.queues).and_then(|(value, _)| value);
        process.ends_jobs = self.value(&program.ends_jobs).is_some();
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
            let ends = |word: &&str| spec.ends.iter().any(|end| word.ends_with(end.as_str()));
            let alone = || self.positionals(program).find(ends).map(str::to_owned);
            told.or_else(alone).or_else(|| spec.file.clone())
        });
        process
    }

    fn workers(&self, spec: &CountSpec, short: &str) -> Counted {
        let read = |value: Option<String>, place: Place, shown: String| {
            let amount = value.and_then(|value| value.trim().parse().ok()).map_or(Amount::UNKNOWN, Amount::exactly);
            Counted::stated(amount, Note { place, message: format!("{shown}: {amount} processes") })
        };
        let pool = spec.single.as_ref().and_then(|single| Some((single, self.value(&single.flag)?)));
        if let Some((single, (kind, place))) = pool {
            let Some(kind) = kind else { return Counted::by_default(Amount::at_least(1)) };
            if single.words.iter().any(|word| kind.contains(word.as_str())) {
                return Counted::stated(Amount::exactly(1), Note { place, message: format!("{short}: one process ({kind})") });
            }
        }
        if let Some((value, place)) = self.value(&spec.flag) {
            return read(value, place, short.to_owned());
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

    fn at_once(&self, program: &Program) -> AtOnce {
        let Some(spec) = &program.at_once else { return AtOnce::Unbounded };
        let unless = spec.unless.as_ref().and_then(|unless| Some((unless, self.value(&unless.flag)?)));
        match unless {
            Some((unless, (Some(value), _))) if unless.words.iter().any(|word| value.contains(word.as_str())) => {
                return AtOnce::Unbounded;
            }
            Some((_, (None, _))) => return AtOnce::Unknown,
            _ => {}
        }
        match self.value(&spec.flag) {
            Some((value, _)) => value.and_then(|value| value.parse().ok()).map_or(AtOnce::Unknown, AtOnce::Bounded),
            None => AtOnce::Bounded(spec.otherwise),
        }
    }

    /// What the file of settings may still say of it.
    fn at_once_settings(&self, spec: &'static AtOnceSpec) -> Option<AtOnceSettings> {
        let unless = spec.unless.as_ref()?;
        let free = |flag: &[String], setting: &'static Option<String>| setting.as_deref().filter(|_| self.value(flag).is_none());
        let kind = (free(&unless.flag, &unless.setting), unless.words.as_slice());
        unless.setting.is_some().then(|| AtOnceSettings { number: free(&spec.flag, &spec.setting), kind })
    }

    fn target(&self, program: &Program, spec: &'static TargetSpec) -> Option<Target> {
        if spec.form == TargetForm::Usual {
            // Settings that are told may say where its code is.
            return self.value(&spec.flag).is_none().then_some(Target::Usual(&spec.usual));
        }
        let flagged = self.value(&spec.flag).and_then(|(value, _)| value);
        let from_env = || spec.env.iter().find_map(|name| (self.own)(name));
        let skipped = usize::from(program.subcommand.is_some());
        // An unknown flag may take a value: where one argument names an object of a module, it is that.
        let names_object = |word: &&str| {
            word.split_once(':').is_some_and(|(module, object)| {
                let is_name = |text: &str| text.starts_with(|c: char| c.is_alphabetic() || c == '_');
                is_name(module) && is_name(object) && !word.contains("//")
            })
        };
        let first = || {
            let named = || self.positionals(program).skip(skipped).find(names_object).map(str::to_owned);
            let named = if spec.form == TargetForm::Module { named() } else { None };
            spec.flag.is_empty().then(|| named.or_else(|| self.positional(program, skipped))).flatten()
        };
        let Some(written) = flagged.or_else(from_env).or_else(first) else {
            // Where it is told something that is not known, it does not look.
            let told = self.value(&spec.flag).is_some();
            return (!spec.usual.is_empty() && !told).then_some(Target::Usual(&spec.usual));
        };
        // `--mount /path=module:application`
        let written = written.rsplit('=').next().unwrap_or_default().to_owned();
        Some(match spec.form {
            TargetForm::Django | TargetForm::Usual => return None,
            TargetForm::Script => Target::Script(written),
            TargetForm::Program => Target::Program(written),
            TargetForm::Module | TargetForm::Settings if written.ends_with(".py") || written.contains('/') => {
                Target::Script(written)
            }
            TargetForm::Module | TargetForm::Settings => Target::Module(written),
        })
    }
}

/// Whether a log goes to a file rather than to a stream of the process.
pub(in crate::deploy) fn is_file(path: &str) -> bool {
    !matches!(path, "-" | "" | "None") && !path.starts_with("/dev/") && !path.starts_with("/proc/")
}
