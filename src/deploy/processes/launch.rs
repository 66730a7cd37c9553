//! What a container runs: its command and that of its image joined, shells and scripts followed, down to processes.

mod heed;
mod included;
mod recipes;
mod settings;
mod settled;
mod shells;
mod sources;
mod timed;
mod words;

use crate::deploy::processes::commands::{Command, Form, Line, Move, Piece, Script, Step, Word};
use crate::deploy::processes::images;
use crate::deploy::processes::programs::{self, Does, Inner, Process, Signal, Target};
use crate::deploy::sheets::Sheet;
use crate::deploy::texts::dockerfile::{Dockerfile, Stage, join};
use crate::deploy::texts::shell::{self, Origin};
use crate::deploy::vocabulary::workloads::{Container, Probe, Variable};
use crate::link::Files;
use heed::Heed;
use settled::Settled;
use std::collections::BTreeMap;
use words::spliced;

/// How deep shells and scripts may start each other.
const DEEPEST: usize = 6;

/// Most processes of one container.
const MOST: usize = 64;

/// Most steps that are followed for one container: scripts may start themselves many times.
const MOST_STEPS: usize = 20_000;

/// The files that commands lead to, by path.
pub(in crate::deploy) struct Launcher<'f> {
    files: &'f Files,
    by_path: BTreeMap<&'f str, &'f Sheet>,
}

/// What a container's image adds to what its workload says.
struct Image<'i> {
    file: Option<&'i Dockerfile>,
    lineage: Vec<&'i Stage>,
    context: &'i str,
    /// What of the tree is laid over its files.
    laid: Vec<(String, String)>,
}

impl<'f> Launcher<'f> {
    pub(in crate::deploy) fn new(files: &'f Files) -> Self {
        let sheets = files.iter().filter_map(|(_, data)| Some((data.path.as_str(), data.facts.sheet.as_deref()?)));
        Self { files, by_path: sheets.collect() }
    }

    pub(in crate::deploy) fn dockerfile(&self, path: &str) -> Option<&'f Dockerfile> {
        match self.by_path.get(path) {
            Some(Sheet::Dockerfile(dockerfile)) => Some(dockerfile),
            _ => None,
        }
    }

    fn script_at(&self, path: &str) -> Option<&'f Script> {
        match self.by_path.get(path) {
            Some(Sheet::Script(script)) => Some(script),
            _ => None,
        }
    }

    /// Fill in what the image says, and find the processes.
    pub(in crate::deploy) fn launch(&self, container: &mut Container) {
        let build = container.build.clone();
        let file = build.as_ref().and_then(|build| Some(self.dockerfile(&build.dockerfile)?.filled(&build.arguments)));
        let image = build.as_ref().map(|build| Image::new(file.as_deref(), build, &container.laid));
        // Where no image is built, as for a Procfile, there is none that could add anything.
        let seen = image.as_ref().is_some_and(|image| !image.lineage.is_empty())
            || build.as_ref().is_some_and(|build| build.dockerfile.is_empty());
        if let Some(image) = &image {
            inherit(container, image);
        }
        if !seen && container.image.as_ref().is_some_and(|image| images::known(&image.value).is_some()) {
            // What others make is known by its image; its words are theirs.
            return;
        }
        let (entrypoint, command) = lines(container, image.as_ref());
        let base = image.as_ref().and_then(|image| images::known(&image.lineage.last()?.from));
        if let Some(base) = base.filter(|base| base.does != images::Kind::Base && entrypoint.is_none())
            && !command.as_ref().is_some_and(names_program)
        {
            // Settings added to what others make: what they start is theirs.
            container.others = Some(base.does);
            return;
        }
        if entrypoint.is_none() && command.is_none() {
            container.processes.extend(image.as_ref().and_then(Image::started_by_base));
            container.understood = !container.processes.is_empty();
        }
        if !seen && entrypoint.is_none() && !command.as_ref().is_some_and(names_program) {
            // Arguments of an entry point that nobody shows us.
            return;
        }
        let Some(commands) = joined(entrypoint.as_ref(), command.as_ref()) else { return };
        let mut run = Run {
            launcher: self,
            image: image.as_ref(),
            env: values(&container.env),
            processes: Vec::new(),
            understood: true,
            left: MOST_STEPS,
            kept: Signal::Reaches,
            heed: Heed::default(),
            folder: container.workdir.clone().unwrap_or_else(|| "/".to_owned()),
            beside: None,
            texts: BTreeMap::new(),
            functions: BTreeMap::new(),
        };
        run.kept = run.shell_of_image();
        run.steps(&commands, &[], 0);
        run.heed.settle(&mut run.processes);
        let understood = run.understood && !run.processes.is_empty();
        container.processes = run.processes;
        container.understood = understood;
    }
}

/// Whether a line begins with a program that we know, and is no list of arguments.
fn names_program(line: &Line) -> bool {
    line.commands().any(programs::begins_known)
}

/// Environment, working folder and health check of the image.
fn inherit(container: &mut Container, image: &Image<'_>) {
    let mut env: Vec<Variable> = Vec::new();
    for stage in image.lineage.iter().rev() {
        for (name, word) in &stage.env {
            let before = |name: &str| env.iter().rev().find(|known| known.name == name).and_then(|known| known.value.clone());
            let value = word.resolve(&before);
            env.push(Variable { name: name.to_string(), value, field: None, place: word.place });
        }
    }
    env.append(&mut container.env);
    container.env = env;
    if !image.lineage.is_empty() {
        container.workdir.get_or_insert_with(|| Dockerfile::workdir(&image.lineage));
    }
    let check = image.lineage.iter().find_map(|stage| stage.health.as_ref());
    if let Some(check) = check.filter(|check| check.asks && !container.health.is_asked()) {
        container.health.image = Some(Probe { place: check.place, path: None, budget: None });
    }
}

/// What the container's own settings and its image's say is run: an entry point and a command.
fn lines(container: &Container, image: Option<&Image<'_>>) -> (Option<Line>, Option<Line>) {
    if container.entrypoint.is_some() {
        return (container.entrypoint.clone(), container.command.clone());
    }
    let Some(image) = image else { return (None, container.command.clone()) };
    let at = image.lineage.iter().position(|stage| stage.entrypoint.is_some());
    let entrypoint = at.and_then(|at| image.lineage[at].entrypoint.clone());
    // A command from before the entry point was set belongs to the one before.
    let stages = &image.lineage[..at.map_or(image.lineage.len(), |at| at + 1)];
    let command = container.command.clone().or_else(|| stages.iter().find_map(|stage| stage.command.clone()));
    (entrypoint, command)
}

/// The steps of an entry point with a command as its arguments.
fn joined(entrypoint: Option<&Line>, command: Option<&Line>) -> Option<Vec<Step>> {
    let words = |line: &Line| line.commands().flat_map(|command| command.words.clone()).collect::<Vec<Word>>();
    match (entrypoint, command) {
        (None, None) => None,
        (None, Some(line)) | (Some(line), None) => Some(line.steps.clone()),
        // A shell does not hand arguments on, unless it is told to: `ENTRYPOINT /start.sh $0 $@`.
        (Some(entrypoint), Some(command)) if entrypoint.form == Form::Shell => {
            let given = words(command);
            let (first, rest) = given.split_first().map_or((None, &[][..]), |(first, rest)| (Some(first), rest));
            let mut steps = entrypoint.steps.clone();
            for step in &mut steps {
                if let Step::Run(Command { words, .. }) = step {
                    *words = spliced(words, rest);
                    for word in words {
                        let names_first = matches!(word.pieces.as_slice(), [Piece::Variable { name, .. }] if &**name == "0");
                        if let Some(first) = first.filter(|_| names_first) {
                            *word = first.clone();
                        }
                    }
                }
            }
            Some(steps)
        }
        (Some(entrypoint), Some(command)) => {
            let mut all = words(entrypoint);
            if command.form == Form::Exec {
                all.extend(words(command));
                return Some(vec![Step::Run(Command::of_words(all, command.place))]);
            }
            // An entry point that only passes on: what the shell runs is what counts.
            let mut steps = vec![Step::Run(Command::of_words(all, entrypoint.place))];
            steps.extend(command.steps.iter().cloned());
            Some(steps)
        }
    }
}

fn values(env: &[Variable]) -> BTreeMap<String, Option<String>> {
    env.iter().map(|variable| (variable.name.clone(), variable.value.clone())).collect()
}

/// Whether what stands behind a command is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Goes {
    On,
    NoFurther,
}

/// Following the commands of one container.
struct Run<'r, 'f> {
    launcher: &'r Launcher<'f>,
    image: Option<&'r Image<'r>>,
    env: BTreeMap<String, Option<String>>,
    processes: Vec<Process>,
    understood: bool,
    /// How many steps may still be followed.
    left: usize,
    /// What becomes of signals to a process that does not take its shell's place.
    kept: Signal,
    /// What shells do about signals and about what they left to run.
    heed: Heed,
    /// The folder of the container that commands run in.
    folder: String,
    /// The folder of the script that is followed.
    beside: Option<String>,
    /// What variables hold of which only a part is known, as it is written.
    texts: BTreeMap<String, String>,
    /// Functions of scripts that were read in, by name.
    functions: BTreeMap<&'f str, &'f [Step]>,
}

impl<'f> Run<'_, 'f> {
    /// Follow the steps of one shell, up to where another program takes its place or it ends.
    fn steps(&mut self, steps: &[Step], arguments: &[Word], depth: usize) {
        let mut arguments = arguments.to_vec();
        let mut settled = Settled::default();
        for step in steps {
            self.left = self.left.saturating_sub(1);
            if self.left == 0 {
                self.understood = false;
                return;
            }
            match step {
                Step::Set { name, value, tests, certain } => {
                    let look = |name: &str| self.look(name, &arguments);
                    let Some(holds) = settled.hold(tests, &look) else { continue };
                    let shown = value.pieces.len().gt(&1).then(|| value.filled(&look));
                    let value = value.resolve(&look);
                    // What only some runs set is not known any more.
                    let known = *certain && holds || !self.env.contains_key(&**name);
                    if let Some(text) = shown.filter(|_| known) {
                        self.texts.insert(name.to_string(), text);
                    }
                    self.env.insert(name.to_string(), value.filter(|_| known));
                }
                Step::Run(command) => {
                    let Some(holds) = settled.hold(&command.tests, &|name| self.look(name, &arguments)) else { continue };
                    let certain = command.certain && holds;
                    if self.command(&Command { certain, ..command.clone() }, &arguments, depth) == Goes::NoFurther {
                        return;
                    }
                }
                Step::Move { how, tests, certain } => {
                    let Some(holds) = settled.hold(tests, &|name| self.look(name, &arguments)) else { continue };
                    settled.keep(tests);
                    // What is a whole command already is not moved by what only some runs do.
                    let whole = arguments.first().and_then(Word::literal).is_some_and(|first| programs::is_known(&first));
                    arguments = match how {
                        _ if !(*certain && holds) && whole => arguments,
                        Move::Become(words) => spliced(words, &arguments),
                        Move::Shift => arguments.split_first().map_or(Vec::new(), |(_, rest)| rest.to_vec()),
                    };
                }
            }
        }
    }

    /// What a variable, or an argument by its number, is worth.
    fn look(&self, name: &str, arguments: &[Word]) -> Option<String> {
        match name.parse::<usize>() {
            Ok(0) => None,
            Ok(at) => arguments.get(at - 1).map_or(Some(String::new()), Word::literal),
            Err(_) => self.env.get(name).cloned().flatten(),
        }
    }

    fn command(&mut self, command: &Command, arguments: &[Word], depth: usize) -> Goes {
        if self.processes.len() >= MOST || depth > DEEPEST {
            self.understood = false;
            return Goes::On;
        }
        let mut command = command.clone();
        if command.words.iter().any(|word| word.pieces.contains(&Piece::Arguments)) {
            command.words = spliced(&command.words, arguments);
            if let (Some(first), Some(last)) = (arguments.first(), arguments.last()) {
                command.place = crate::deploy::readers::words::joined(first.place, last.place);
            }
        }
        self.split_variable(&mut command, arguments);
        self.drop_empty(&mut command, arguments);
        // `"${PREFIX[@]}" gunicorn`: an array that is empty as a rule.
        while command.words.len() > 1
            && matches!(command.words[0].pieces.as_slice(), [Piece::Unknown(text)] if text.contains("[@]"))
        {
            command.words.remove(0);
        }
        if self.is_wrapped(&command, arguments) {
            command.words.remove(0);
        }
        let Some(first) = command.words.first() else { return Goes::On };
        self.heed.hands_on |= programs::signals_all(&command);
        if first.literal().as_deref() == Some("cd") {
            self.change_to(command.words.get(1), arguments);
            return Goes::On;
        }
        if let Some(goes) = self.in_the_shell(&command, arguments, depth) {
            return goes;
        }
        if let Some(goes) = self.by_recipe(&command, depth) {
            return if command.replaces && command.certain { Goes::NoFurther } else { goes };
        }
        let look = |name: &str| self.look(name, arguments);
        let inner = programs::inner(&command, &look);
        let process = programs::process(&command, &look);
        let goes = match inner {
            Some(Inner::Text(text, place, shell)) => {
                let mut steps = shell::steps(&text, Origin::Whole(place));
                let kept = self.keeps_its_place(&shell, &mut steps);
                self.nested(&steps, &command, (&[], kept), depth)
            }
            // `bin/run`, `scripts/web`: a script of the tree without an ending.
            Some(Inner::Installed(name, rest)) => {
                match self.installed(&name).or_else(|| self.script(&name).filter(|_| is_path(&name))) {
                    Some(script) => self.scripted(&name, &script.steps, &command, &rest, depth),
                    None => match hands_over(&command, rest) {
                        // A program of the image's own that is told to start one that we know.
                        Some(passed) => self.command(&passed, &[], depth + 1),
                        None => {
                            self.add(process, &command, depth);
                            Goes::On
                        }
                    },
                }
            }
            Some(Inner::Script(path, rest)) => match self.installed(&path).or_else(|| self.script(&path)) {
                Some(script) => self.scripted(&path, &script.steps, &command, &rest, depth),
                None => {
                    self.understood = false;
                    // An entry point that nobody shows us is taken to pass on what is known to be a program.
                    match hands_over(&command, rest) {
                        Some(passed) => self.command(&passed, &[], depth + 1),
                        None => {
                            self.add(process, &command, depth);
                            Goes::On
                        }
                    }
                }
            },
            None => {
                self.add(process, &command, depth);
                Goes::On
            }
        };
        if command.replaces && command.certain { Goes::NoFurther } else { goes }
    }

    /// Follow a script, which finds and leaves folders as they were.
    fn scripted(&mut self, path: &str, steps: &[Step], outer: &Command, given: &[Word], depth: usize) -> Goes {
        let absolute = join(&self.folder, path);
        let above = (self.folder.clone(), self.beside.replace(crate::walk::folder_of(&absolute).to_owned()));
        let goes = self.nested(steps, outer, (given, Signal::Lost), depth);
        (self.folder, self.beside) = above;
        goes
    }

    fn add(&mut self, process: Option<Process>, command: &Command, depth: usize) {
        let signal = if command.replaces { Signal::Reaches } else { self.kept };
        let folders = |process: &Process| {
            let folder = process.changes_to.as_deref().map_or(self.folder.clone(), |to| join(&self.folder, to));
            self.image.map_or(Vec::new(), |image| image.folders_of(&folder))
        };
        let process = process.map(|process| self.named_by_source(Process { signal, folders: folders(&process), ..process }));
        match process {
            Some(process) if process.does == Does::Helper => self.heed.helper(&process.name),
            Some(process) if process.does == Does::Supervisor => self.supervised(process, command, depth),
            Some(process) => {
                let mut process = if process.does == Does::Scheduler { self.timed(process, command, depth) } else { process };
                process.detached = process.detached.or_else(|| programs::left_behind(command));
                self.processes.push(self.counted(process));
            }
            None => self.understood = false,
        }
    }

    /// A program that is a file of the tree under another name, or was called otherwise where it was built.
    fn named_by_source(&self, mut process: Process) -> Process {
        let (Some(Target::Program(_)), Some(image)) = (&process.target, self.image) else { return process };
        let own = image.sources_of_program(&process.program).into_iter().find(|path| self.launcher.is_code(path));
        match own {
            Some(path) => process.target = Some(Target::Script(path)),
            // What a release was published with is not what stands here, whatever is called the same.
            None if self.launcher.is_release(image) => process.target = None,
            None => process.target = image.made_as(&process.program).map(Target::Program).or(process.target),
        }
        process
    }

    /// What a shell or script runs is as certain as that itself, and hears signals only where each shell gives up its place: `kept`
    /// says what becomes of them where one does not say `exec`. Where it ends, whoever called it goes on.
    fn nested(&mut self, steps: &[Step], outer: &Command, (arguments, kept): (&[Word], Signal), depth: usize) -> Goes {
        let before = self.processes.len();
        let above = std::mem::replace(&mut self.kept, kept);
        self.steps(steps, arguments, depth + 1);
        self.kept = above;
        for process in &mut self.processes[before..] {
            process.certain &= outer.certain;
            process.background |= outer.background;
            process.detached = process.detached.take().or_else(|| programs::left_behind(outer));
            process.signal = process.signal.max(if outer.replaces { Signal::Reaches } else { above });
        }
        Goes::On
    }

    /// What becomes of signals below `sh -c`: a shell that runs one command alone may hand it its place, and bash does so for the
    /// last of several too (5.1 and later: execute_cmd.c, `optimize_connection_fork`).
    fn keeps_its_place(&self, shell: &str, steps: &mut [Step]) -> Signal {
        let plain = steps.iter().all(|step| matches!(step, Step::Run(_)));
        let replaced = match shell {
            "bash" => plain,
            "zsh" => plain && steps.len() == 1,
            _ => false,
        };
        if let Some(Step::Run(last)) = steps.last_mut().filter(|_| replaced) {
            last.replaces = true;
        }
        self.shell_of_image()
    }

    /// Whether the shell of the image is known to keep its place: Debian's does, those of Alpine and Red Hat may not.
    fn shell_of_image(&self) -> Signal {
        shells::signal(self.image.and_then(|image| image.lineage.last()).map_or("", |stage| stage.from.as_str()))
    }

    /// A script that was copied to where programs are.
    fn installed(&self, name: &str) -> Option<&'f Script> {
        self.image?.sources_of_program(name).iter().find_map(|path| self.launcher.script_at(path))
    }

    /// A script of the container: found by what was copied, else by its name below the build context.
    fn script(&self, path: &str) -> Option<&'f Script> {
        let image = self.image?;
        let sheet = |path: &str| self.launcher.script_at(path);
        let copied = image.sources_of(path).iter().find_map(|path| sheet(path));
        // The first folders of a path are those of the container, where it is the context that is mounted.
        let parts: Vec<&str> = path.trim_start_matches("./").trim_matches('/').split('/').collect();
        let mut below = (0..parts.len().max(2) - 1).map(|skip| join(image.context, &parts[skip..].join("/")));
        // What another stage made is no file of the tree, whatever else is called like it.
        if copied.is_none() && image.is_made(path) {
            return None;
        }
        copied
            .or_else(|| sheet(&join(image.context, path.trim_start_matches('/'))))
            .or_else(|| below.find_map(|path| sheet(&path)))
            .or_else(|| {
                let name = format!("/{}", path.rsplit('/').next().unwrap_or(path));
                let inside = |path: &str| image.context.is_empty() || path.starts_with(&format!("{}/", image.context));
                let mut found = self.launcher.by_path.iter().filter(|(path, sheet)| {
                    matches!(sheet, Sheet::Script(_)) && inside(path) && format!("/{path}").ends_with(&name)
                });
                let first = found.next()?;
                if found.next().is_some() { None } else { sheet(first.0) }
            })
            // An image may fetch the tree by itself.
            .or_else(|| sheet(path.trim_start_matches("./")).filter(|_| path.trim_start_matches("./").contains('/')))
    }
}

/// Whether a program is named by where it lies below the folder that it is started in.
fn is_path(program: &str) -> bool {
    program.contains('/') && !program.starts_with('/')
}

/// What a command passes on, where that begins with a program that we know.
fn hands_over(command: &Command, words: Vec<Word>) -> Option<Command> {
    let passed = Command { words, ..command.clone() };
    let place = crate::deploy::readers::words::joined(passed.words.first()?.place, passed.words.last()?.place);
    programs::begins_known(&passed).then_some(Command { place, ..passed })
}

#[cfg(test)]
mod tests;
