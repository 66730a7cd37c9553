//! Dockerfiles: what an image starts, with which environment, from which folder, and what was copied where.

mod arguments;

use crate::deploy::processes::commands::{Form, Line, Step, Word};
use crate::deploy::processes::images;
use crate::deploy::texts::shell::{self, Origin};
use crate::deploy::vocabulary::stages::Stage as Stages;
use crate::finding::{FileId, Place};
use crate::source::Span;
use parse_dockerfile::{Command, HealthcheckArguments, Instruction, JsonOrStringArray, Source, UnescapedString};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A Dockerfile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dockerfile {
    /// Its stages, in order; the last one is the image unless a target is named.
    pub stages: Vec<Stage>,
}

/// A stage of a Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// `AS name`.
    pub name: Option<String>,
    /// What it builds on: another stage or an image.
    pub from: String,
    /// Its `FROM`.
    pub place: Place,
    /// Its last `ENTRYPOINT`.
    pub entrypoint: Option<Line>,
    /// Its last `CMD`.
    pub command: Option<Line>,
    /// `ENV` and `ARG` with a value, in order.
    pub env: Vec<(Box<str>, Word)>,
    /// Names of its `ARG`s, those from before the first stage among them: what a build may give another value.
    pub arguments: Vec<Box<str>>,
    /// Its last `WORKDIR`, joined with those before; relative to that of the stage it builds on unless it begins with `/`.
    pub workdir: Option<String>,
    /// What is copied from the build context.
    pub copies: Vec<Copied>,
    /// Files that it gives another name, `ln -s /shop /worker` and the like: where they are, and where they are then.
    pub links: Vec<(String, String)>,
    /// Its last `HEALTHCHECK`: where it is; with none as its command it is switched off.
    pub health: Option<Check>,
    /// `SHELL`, when it is changed.
    pub shell: Option<Vec<String>>,
    /// `VOLUME`: paths whose files live outside of the image, each container with its own.
    pub volumes: Vec<(String, Place)>,
}

/// A `COPY` or `ADD` from the build context.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// Paths in the context, or in the stage it comes from.
    pub sources: Vec<String>,
    /// Where they go; relative to the working folder of the stage it builds on unless it begins with `/`.
    pub target: String,
    /// The stage or image it comes from; the build context when there is none.
    pub from: Option<String>,
}

/// A `HEALTHCHECK`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Where.
    pub place: Place,
    /// Whether it asks anything: not so for `NONE`.
    pub asks: bool,
}

/// `ENTRYPOINT []` takes back what the image below starts; the parser knows it with an empty word only, which is as long.
fn with_empty_words(text: &str) -> Cow<'_, str> {
    let is_empty = |line: &str| {
        let mut words = line.split_whitespace();
        let of = words.next().is_some_and(|word| word.eq_ignore_ascii_case("entrypoint") || word.eq_ignore_ascii_case("cmd"));
        of && words.next() == Some("[]") && words.next().is_none()
    };
    if !text.contains("[]") || !text.lines().any(is_empty) {
        return Cow::Borrowed(text);
    }
    let lines = text.split_inclusive('\n');
    Cow::Owned(lines.map(|line| if is_empty(line) { line.replace("[]", "\"\"") } else { line.to_owned() }).collect())
}

/// `['./api', '-p', '80']` is no list to Docker, which hands it to a shell that finds no such program; the list is what is meant.
fn listed(text: &str, at: usize) -> Option<Vec<Word>> {
    let inside = text.trim_end().strip_suffix(']')?.trim_end();
    let end = at + inside.len();
    let mut rest = inside.trim_start().strip_prefix('[')?.trim_start();
    let mut words = Vec::new();
    while let Some(quote) = rest.chars().next() {
        let (word, after) = rest[1..].split_once(quote).filter(|_| matches!(quote, '\'' | '"'))?;
        let from = end - rest.len();
        words.push(Word::plain(word, place(from..from + word.len() + 2)));
        rest = after.trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
    (!words.is_empty()).then_some(words)
}

/// Whether a command names a program at all.
fn is_said(command: &Command<'_>) -> bool {
    !matches!(command, Command::Shell(text) if text.value.trim_matches(['"', ' ']).is_empty())
}

/// Read a Dockerfile. What cannot be read gives none, with the reason.
///
/// # Errors
/// When the text is no Dockerfile.
pub fn read(text: &str) -> Result<Dockerfile, String> {
    let text = &with_empty_words(text);
    let parsed = parse_dockerfile::parse(text).map_err(|error| error.to_string())?;
    let mut stages: Vec<Stage> = Vec::new();
    let mut before = Vec::new();
    for instruction in &parsed.instructions {
        if let Instruction::From(from) = instruction {
            stages.push(Stage {
                name: from.as_.as_ref().map(|(_, name)| name.value.to_string()),
                from: from.image.value.to_string(),
                place: place(from.from.span.start..from.image.span.end),
                entrypoint: None,
                command: None,
                env: before.clone(),
                arguments: before.iter().map(|(name, _)| name.clone()).collect(),
                workdir: None,
                copies: Vec::new(),
                links: Vec::new(),
                health: None,
                shell: None,
                volumes: Vec::new(),
            });
        }
        match stages.last_mut() {
            Some(stage) => stage.add(instruction),
            // `ARG` before the first stage.
            None => before.extend(argument(instruction)),
        }
    }
    Ok(Dockerfile { stages })
}

fn place(span: std::ops::Range<usize>) -> Place {
    Place { file: FileId::default(), span: Span::new(span.start, span.end) }
}

/// `ARG NAME=value`.
fn argument(instruction: &Instruction<'_>) -> Option<(Box<str>, Word)> {
    let Instruction::Arg(arg) = instruction else { return None };
    settings(&arg.arguments).into_iter().next()
}

/// `A=1 B="x y"`, or the old form `A x y`.
fn settings(arguments: &UnescapedString<'_>) -> Vec<(Box<str>, Word)> {
    let at = place(arguments.span.clone());
    let steps = shell::steps(&arguments.value, Origin::Whole(at));
    let set: Vec<_> = steps
        .into_iter()
        .filter_map(|step| match step {
            Step::Set { name, value, .. } => Some((name, value)),
            Step::Run(_) | Step::Move { .. } => None,
        })
        .collect();
    if !set.is_empty() {
        return set;
    }
    let Some((name, value)) = arguments.value.trim().split_once(char::is_whitespace) else { return Vec::new() };
    vec![(name.into(), Word::plain(value.trim(), at))]
}

impl Stage {
    /// Whether it says itself what is started.
    pub(in crate::deploy) fn says(&self) -> bool {
        self.command.is_some() || self.entrypoint.is_some()
    }

    /// Whether its name, or the lack of one, leaves it to somebody else than developers.
    pub(in crate::deploy) fn is_serious(&self) -> bool {
        self.name.as_deref().is_none_or(|name| Stages::of_name(name) != Stages::Development)
    }

    fn add(&mut self, instruction: &Instruction<'_>) {
        match instruction {
            Instruction::Cmd(command) => {
                self.command = is_said(&command.arguments).then(|| self.line(&command.arguments, command.cmd.span.start));
            }
            Instruction::Entrypoint(point) => {
                self.entrypoint = is_said(&point.arguments).then(|| self.line(&point.arguments, point.entrypoint.span.start));
            }
            Instruction::Env(env) => self.env.extend(settings(&env.arguments)),
            Instruction::Arg(arg) => {
                let name = arg.arguments.value.split(['=', ' ']).next().unwrap_or_default();
                self.arguments.push(name.into());
                self.env.extend(argument(instruction));
            }
            Instruction::Workdir(workdir) => {
                self.workdir = Some(join(self.workdir.as_deref().unwrap_or_default(), &workdir.arguments.value));
            }
            Instruction::Copy(copy) => {
                let from = copy.options.iter().find(|flag| flag.name.value == "from");
                let from = from.and_then(|flag| flag.value.as_ref()).map(|value| value.value.to_string());
                self.copied(&copy.src, &copy.dest, from);
            }
            Instruction::Run(run) => self.linked(&run.arguments),
            Instruction::Add(add) => self.copied(&add.src, &add.dest, None),
            Instruction::Healthcheck(check) => {
                let asks = matches!(check.arguments, HealthcheckArguments::Cmd { .. });
                self.health = Some(Check { place: place(check.healthcheck.span.clone()), asks });
            }
            Instruction::Shell(shell) => self.shell = Some(shell.arguments.iter().map(|word| word.value.to_string()).collect()),
            Instruction::Volume(volume) => {
                let paths: &[UnescapedString<'_>] = match &volume.arguments {
                    JsonOrStringArray::Json(paths) => &paths.value,
                    JsonOrStringArray::String(paths) => paths,
                };
                self.volumes.extend(paths.iter().map(|path| (path.value.to_string(), place(path.span.clone()))));
            }
            _ => {}
        }
    }

    fn line(&self, command: &Command<'_>, start: usize) -> Line {
        match command {
            Command::Exec(words) => {
                let words: Vec<Word> =
                    words.value.iter().map(|word| Word::plain(&word.value, place(word.span.clone()))).collect();
                let end = words.last().map_or(start, |word| word.place.span.end as usize);
                Line::exec(words, place(start..end))
            }
            Command::Shell(text) if let Some(words) = listed(text.value, text.span.start) => {
                Line::exec(words, place(start..text.span.end))
            }
            Command::Shell(text) => {
                let exact = place(text.span.clone());
                let steps = shell::steps(text.value, Origin::Exact(exact));
                Line { form: Form::Shell, steps, place: place(start..text.span.end) }
            }
            _ => Line { form: Form::Shell, steps: Vec::new(), place: place(start..start) },
        }
    }

    fn copied(&mut self, sources: &[Source<'_>], target: &UnescapedString<'_>, from: Option<String>) {
        let sources = sources.iter().filter_map(|source| match source {
            // No path leads out of the context: `../src` is `src`.
            Source::Path(path) => Some(path.value.trim_start_matches("../").to_owned()),
            _ => None,
        });
        let target = join(self.workdir.as_deref().unwrap_or_default(), &target.value);
        self.copies.push(Copied { sources: sources.collect(), target, from });
    }

    /// What a command that builds the image calls otherwise.
    fn linked(&mut self, command: &Command<'_>) {
        let Command::Shell(text) = command else { return };
        if !["ln ", "cp ", "mv "].iter().any(|program| text.value.contains(program)) {
            return;
        }
        for step in shell::steps(text.value, Origin::Whole(place(text.span.clone()))) {
            let Step::Run(command) = step else { continue };
            let words: Vec<String> = command.words.iter().map(Word::shown).filter(|word| !word.starts_with('-')).collect();
            if let [program, from, to] = words.as_slice()
                && matches!(program.as_str(), "ln" | "cp" | "mv")
            {
                let folder = self.workdir.as_deref().unwrap_or_default();
                let name = from.rsplit('/').next().unwrap_or(from);
                let to = if to.ends_with(['/', '.']) { join(to, name) } else { to.clone() };
                self.links.push((join(folder, from), join(folder, &to)));
            }
        }
    }

    /// Say which file it came from, once files are numbered.
    fn set_file(&mut self, file: FileId) {
        self.place.file = file;
        self.entrypoint.iter_mut().chain(&mut self.command).for_each(|line| line.set_file(file));
        self.env.iter_mut().for_each(|(_, word)| word.place.file = file);
        self.health.iter_mut().for_each(|check| check.place.file = file);
        self.volumes.iter_mut().for_each(|(_, place)| place.file = file);
    }
}

impl Dockerfile {
    /// Say which file it came from, once files are numbered.
    pub fn set_file(&mut self, file: FileId) {
        self.stages.iter_mut().for_each(|stage| stage.set_file(file));
    }

    /// The stage called `target`, or the last one, and those it builds on, itself first.
    #[must_use]
    pub fn lineage(&self, target: Option<&str>) -> Vec<&Stage> {
        let start = match target {
            Some(target) => self.named(target, self.stages.len()),
            // A last stage for developers is not what is deployed: a target that stands somewhere else chooses.
            None => {
                let serious = |stage: &Stage| {
                    let named = stage.name.as_deref().map_or(Stages::Unclear, Stages::of_name);
                    named != Stages::Development && (stage.command.is_some() || stage.entrypoint.is_some())
                };
                let last = self.stages.len().checked_sub(1);
                let developers = self.stages.last().and_then(|stage| stage.name.as_deref()).map(Stages::of_name);
                let other = self.stages.iter().rposition(serious).filter(|_| developers == Some(Stages::Development));
                other.or(last)
            }
        };
        self.chain(start)
    }

    /// Whether the image starts something: it says what, or is built on an image that may.
    #[must_use]
    pub fn starts_something(&self) -> bool {
        let lineage = self.lineage(None);
        let says = lineage.iter().any(|stage| stage.command.is_some() || stage.entrypoint.is_some());
        let base = lineage.last().and_then(|stage| images::known(&stage.from));
        says || base.is_none_or(|base| base.does != images::Kind::Base)
    }

    /// Stages that are images of their own beside the last one: they say what they start, and none is built on them or takes from them.
    pub(in crate::deploy) fn ends(&self) -> impl Iterator<Item = &Stage> {
        let before = self.stages.split_last().map_or(&[][..], |(_, before)| before);
        let named = |stage: &&Stage| {
            let Some(name) = &stage.name else { return false };
            let names = |other: &str| other.eq_ignore_ascii_case(name);
            let uses = |other: &Stage| {
                other.from.starts_with('$')
                    || names(&other.from)
                    || other.copies.iter().any(|copied| copied.from.as_deref().is_some_and(names))
            };
            stage.says() && !self.stages.iter().any(uses)
        };
        before.iter().filter(named)
    }

    /// The stage that a `COPY --from` names, and those it builds on; nothing when it names an image.
    #[must_use]
    pub fn copied_from(&self, name: &str) -> Vec<&Stage> {
        let named = self.named(name, self.stages.len());
        self.chain(named.or_else(|| name.parse().ok().filter(|at| *at < self.stages.len())))
    }

    fn named(&self, name: &str, before: usize) -> Option<usize> {
        let is = |stage: &Stage| stage.name.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(name));
        self.stages[..before].iter().rposition(is)
    }

    fn chain(&self, start: Option<usize>) -> Vec<&Stage> {
        std::iter::successors(start, |&at| self.named(&self.stages[at].from, at)).map(|at| &self.stages[at]).collect()
    }
}

impl Dockerfile {
    /// The folder that a container of these stages starts in.
    #[must_use]
    pub fn workdir(lineage: &[&Stage]) -> String {
        lineage
            .iter()
            .rev()
            .fold("/".to_owned(), |from, stage| stage.workdir.as_deref().map_or(from.clone(), |to| join(&from, to)))
    }

    /// Files with the other names that these stages give them, absolute, the oldest first.
    #[must_use]
    pub fn links(lineage: &[&Stage]) -> Vec<(String, String)> {
        let mut from = "/".to_owned();
        let mut found = Vec::new();
        for stage in lineage.iter().rev() {
            found.extend(stage.links.iter().map(|(own, other)| (join(&from, own), join(&from, other))));
            from = stage.workdir.as_deref().map_or(from.clone(), |to| join(&from, to));
        }
        found
    }

    /// What these stages copy from the build context, with absolute targets, the oldest first.
    #[must_use]
    pub fn copies(lineage: &[&Stage]) -> Vec<Copied> {
        let mut from = "/".to_owned();
        let mut found = Vec::new();
        for stage in lineage.iter().rev() {
            found.extend(stage.copies.iter().map(|copied| Copied { target: join(&from, &copied.target), ..copied.clone() }));
            from = stage.workdir.as_deref().map_or(from.clone(), |to| join(&from, to));
        }
        found
    }
}

/// `path` seen from the folder `from`, without `.` and `..`.
#[must_use]
pub fn join(from: &str, path: &str) -> String {
    let mut parts: Vec<&str> = if path.starts_with('/') { Vec::new() } else { from.split('/').collect() };
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let absolute = path.starts_with('/') || from.starts_with('/');
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty() && *part != ".").collect();
    if absolute { format!("/{}", parts.join("/")) } else { parts.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
ARG PY=3.12
FROM python:${PY}-slim AS base
WORKDIR /srv
ENV A=1 \\
    B=\"two words\"
FROM base AS dev
CMD flask run --reload
FROM base
WORKDIR app
COPY --chown=1:1 src ./src/
COPY --from=base /x /y
HEALTHCHECK --interval=5s CMD curl -f localhost/health
ENTRYPOINT [\"tini\", \"--\"]
CMD [\"gunicorn\", \"app.wsgi:application\"]
";

    #[test]
    fn an_empty_command_takes_back() {
        let file = read("FROM a\nENTRYPOINT []\nCMD [\"run\"]\n").unwrap_or_else(|error| panic!("{error}"));
        assert!(file.stages[0].entrypoint.is_none() && file.stages[0].command.is_some());
    }

    #[test]
    fn a_list_with_other_quotes() {
        let text = "FROM a\nCMD ['./api', \"-p\" , '80' ]\nFROM b\nCMD [ -f x ] && run\n";
        let file = read(text).unwrap_or_else(|error| panic!("{error}"));
        let line = |at: usize| file.stages[at].command.as_ref().unwrap_or_else(|| panic!("no command"));
        let words: Vec<_> = line(0).commands().flat_map(|command| &command.words).map(|word| word.place.span.of(text)).collect();
        assert_eq!(words, ["'./api'", "\"-p\"", "'80'"]);
        assert_eq!((line(0).form, line(1).form), (Form::Exec, Form::Shell));
    }

    #[test]
    fn the_last_stage_counts() {
        let file = read(TEXT).unwrap_or_else(|error| panic!("{error}"));
        let lineage = file.lineage(None);
        assert_eq!(lineage.iter().map(|stage| stage.from.as_str()).collect::<Vec<_>>(), ["base", "python:${PY}-slim"]);
        let last = lineage[0];
        assert_eq!(Dockerfile::workdir(&lineage), "/srv/app");
        let shown = |line: &Option<Line>| {
            line.iter().flat_map(Line::commands).map(crate::deploy::processes::commands::Command::shown).collect::<String>()
        };
        assert_eq!((shown(&last.entrypoint), shown(&last.command)), ("tini --".into(), "gunicorn app.wsgi:application".into()));
        assert!(last.health.as_ref().is_some_and(|check| check.asks));
        assert_eq!(Dockerfile::copies(&lineage)[0].target, "/srv/app/src");
        assert_eq!(last.copies[1].from.as_deref(), Some("base"));
        let env: Vec<_> = lineage[1].env.iter().map(|(name, word)| format!("{name}={}", word.shown())).collect();
        assert_eq!(env, ["PY=3.12", "A=1", "B=two words"]);
    }

    #[test]
    fn a_target_is_found_by_name() {
        let file = read(TEXT).unwrap_or_else(|error| panic!("{error}"));
        let dev = file.lineage(Some("dev"));
        let line = dev[0].command.as_ref().unwrap_or_else(|| panic!("no command"));
        assert_eq!((line.form, line.place.span.of(TEXT)), (Form::Shell, "CMD flask run --reload"));
        let words: Vec<_> = line.commands().flat_map(|command| &command.words).map(|word| word.place.span.of(TEXT)).collect();
        assert_eq!(words, ["flask", "run", "--reload"]);
        assert!(file.lineage(Some("nothing")).is_empty());
    }

    #[test]
    fn paths_join() {
        assert_eq!(join("/srv", "app"), "/srv/app");
        assert_eq!(join("deploy/web", "../../src"), "src");
        assert_eq!(join("deploy", "."), "deploy");
        assert_eq!(join("", "./a"), "a");
        assert_eq!(join("/a", "/b/"), "/b");
    }
}
