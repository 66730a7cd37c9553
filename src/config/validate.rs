//! Turns a configuration file into a [`Config`]: every name is resolved and every pattern compiled here, so that a mistake is
//! reported at its place and never met later.

use super::reader::{At, Section, error};
use super::{
    Config, ConfigFile, ConfigSuppression, Deployment, EntryPattern, EntryPoint, Exclude, MAX_BYTES, Origin, RULE_OPTIONS, utf8,
};
use crate::error::{Error, Excerpt, nearest};
use crate::finding::{Confidence, Level};
use crate::models::EntryKind;
use crate::session::{FailOn, Limits, Selector, is_within, known_rule, near_rule};
use crate::source::Span;
use crate::walk::{Tree, folder_of};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use jiff::civil::Date;
use std::path::{Component, Path};
use toml::de::DeTable;

/// Parents above parents.
const MAX_EXTENDS: usize = 8;

/// Where a configuration holds.
pub(super) struct Place<'p> {
    /// The root of the project.
    pub(super) root: &'p Path,
    /// The folder it governs, relative to the root.
    pub(super) folder: &'p str,
    /// Where its files are read from.
    pub(super) tree: &'p Tree,
}

impl<'p> Place<'p> {
    /// The folder that patterns of the file at `path` are relative to: its own when it lies above what is governed, as with a parent's;
    /// else that of what is governed, as with settings that are shared from elsewhere.
    fn base<'f: 'p>(&self, path: &'f str) -> &'p str {
        let own = folder_of(path);
        if is_within(self.folder, own) { own } else { self.folder }
    }
}

/// The configuration in `file`; none when it is a manifest without a section of ours.
pub(super) fn read(file: ConfigFile, place: &Place<'_>, depth: usize) -> Result<Option<Config>, Error> {
    let sections = section_of(&file.path);
    if !sections.is_empty() && !file.text.contains("scalelint") {
        return Ok(None);
    }
    let text = file.text.clone();
    let whole = DeTable::parse(&text).map_err(|problem| {
        let span = problem.span().unwrap_or(0..1);
        error(&file, &span, problem.message().to_string()).label("here").help("this is TOML; see https://toml.io")
    })?;
    let (mut table, mut span) = (whole.get_ref(), 0..1);
    for section in sections {
        let Some((_, value)) = table.iter().find(|(key, _)| key.get_ref() == section) else { return Ok(None) };
        let Some(inner) = value.get_ref().as_table() else { return Ok(None) };
        (table, span) = (inner, value.span());
    }
    let name = if sections.is_empty() { "the configuration".to_string() } else { format!("[{}]", sections.join(".")) };
    let section = Section::top(&file, table, name, span);
    let given = section.given();
    let mut config = parent(&section, place, depth)?;
    config.files.push(file.clone());
    fill(&mut config, section, place.base(&file.path))?;
    let at = config.files.len() - 1;
    config.origins.extend(given.take().into_iter().map(|(key, span)| Origin { key, file: at, span }));
    Ok(Some(config))
}

/// Where in a file of this name the configuration stands: its keys, outermost first.
pub(super) fn section_of(path: &str) -> &'static [&'static str] {
    match path.rsplit('/').next().unwrap_or_default() {
        "pyproject.toml" => &["tool", "scalelint"],
        "Cargo.toml" => &["package", "metadata", "scalelint"],
        _ => &[],
    }
}

/// What `extends` names, or nothing.
fn parent(section: &Section<'_>, place: &Place<'_>, depth: usize) -> Result<Config, Error> {
    let Some(extends) = section.string("extends")? else { return Ok(Config::default()) };
    if depth == MAX_EXTENDS {
        return Err(extends.error(format!("more than {MAX_EXTENDS} files extend each other")).help("break the circle").into());
    }
    let (root, tree) = (place.root, place.tree);
    let folder = Path::new(&section.file.path).parent().unwrap_or(Path::new(""));
    let unreadable = |why: &str| extends.error(format!("cannot read the file it extends: {why}"));
    let real =
        tree.resolve(&root.join(folder).join(extends.value)).map_err(|problem| unreadable(&crate::error::reason(&problem)))?;
    let inside = real.strip_prefix(root).ok().and_then(Path::to_str);
    let path = inside.ok_or_else(|| unreadable("it lies outside the project").help("copy it into the project"))?;
    let text = tree.regular(&real, MAX_BYTES).and_then(utf8).map_err(|why| unreadable(&why))?;
    let file = ConfigFile { path: path.replace('\\', "/"), text: text.into() };
    let none = || extends.error("the file it extends has no section for scalelint");
    read(file, place, depth + 1)?.ok_or_else(|| none().into())
}

fn fill(config: &mut Config, section: Section<'_>, base: &str) -> Result<(), Error> {
    if let Some(words) = section.strings("select")? {
        config.select = Some(selectors(&words)?);
    }
    config.extend_select.extend(selectors(&section.strings("extend-select")?.unwrap_or_default())?);
    config.ignore.extend(selectors(&section.strings("ignore")?.unwrap_or_default())?);
    let confidences = [("high", Confidence::High), ("medium", Confidence::Medium), ("low", Confidence::Low)];
    config.min_confidence = choice(section.string("min-confidence")?, &confidences)?.or(config.min_confidence);
    let failures = [("error", FailOn::Error), ("warning", FailOn::Warning), ("note", FailOn::Note), ("never", FailOn::Never)];
    config.fail_on = choice(section.string("fail-on")?, &failures)?.or(config.fail_on);
    for pattern in section.strings("exclude")?.unwrap_or_default() {
        patterns(&pattern)?;
        let span = Span::new(pattern.span.start, pattern.span.end);
        config.exclude.push(Exclude { pattern: pattern.value.into(), base: base.into(), file: config.files.len() - 1, span });
    }
    for pattern in section.strings("models")?.unwrap_or_default() {
        patterns(&pattern)?;
        config.models.push(pattern.value.into());
    }
    for entry in section.tables("entry-points")? {
        config.entry_points.push(entry_point(entry, config.files.len() - 1)?);
    }
    if let Some(deployment) = section.table("deployment")? {
        let Deployment { replicas, workers, .. } = config.deployment;
        config.deployment = Deployment {
            replicas: deployment.placed_integer("replicas", 0..=1_000_000)?.or(replicas),
            workers: deployment.placed_integer("workers", 1..=1_000_000)?.or(workers),
            file: config.files.len() - 1,
        };
        deployment.finish()?;
    }
    if let Some(rules) = section.table("rules")? {
        for (name, table) in rules.named_tables()? {
            rule(config, &name, table)?;
        }
    }
    let file = config.files.len() - 1;
    for entry in section.tables("suppress")? {
        config.suppressions.push(suppression(entry, file, base)?);
    }
    if let Some(file) = section.string("baseline")? {
        config.baseline = Some(inside(&file)?);
    }
    if let Some(table) = section.table("limits")? {
        limits(&mut config.limits, table)?;
    }
    Ok(section.finish()?)
}

fn selectors(words: &[At<'_, &str>]) -> Result<Vec<Selector>, Excerpt> {
    let one = |word: &At<'_, &str>| {
        Selector::parse(word.value).map_err(|problem| {
            let advice = problem.advice().unwrap_or_default();
            word.error(problem.to_string()).label("not known").help(advice)
        })
    };
    words.iter().map(one).collect()
}

fn choice<T: Copy>(word: Option<At<'_, &str>>, choices: &[(&str, T)]) -> Result<Option<T>, Excerpt> {
    let Some(word) = word else { return Ok(None) };
    if let Some((_, value)) = choices.iter().find(|(name, _)| *name == word.value) {
        return Ok(Some(*value));
    }
    let names = choices.iter().map(|(name, _)| *name).collect::<Vec<_>>();
    let help = match nearest(word.value, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it is one of {}", names.join(", ")),
    };
    Err(word.error("this value is not known").label("not known").help(help))
}

/// A pattern of files in the syntax of `.gitignore`.
fn patterns(pattern: &At<'_, &str>) -> Result<Gitignore, Excerpt> {
    let bad = |problem: ignore::Error| {
        pattern.error(format!("this is no pattern of files: {problem}")).help("write it as in .gitignore")
    };
    let mut builder = GitignoreBuilder::new("");
    builder.add_line(None, pattern.value).map_err(bad)?;
    builder.build().map_err(bad)
}

/// A file of the project, relative to its root: nothing outside is read.
fn inside(file: &At<'_, &str>) -> Result<String, Excerpt> {
    let is_inside = Path::new(file.value).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if is_inside && !file.value.is_empty() {
        return Ok(file.value.into());
    }
    Err(file.error("this is no file inside of the project").help("write it relative to the folder of this file"))
}

fn entry_point(entry: Section<'_>, file: usize) -> Result<EntryPoint, Excerpt> {
    let kinds = EntryKind::ALL.iter().map(|kind| (kind.name(), *kind)).collect::<Vec<_>>();
    entry.required("kind", "say when it runs: request, job, scheduled, startup, command, migration or test")?;
    let kind = choice(entry.string("kind")?, &kinds)?.unwrap_or(EntryKind::Request);
    let given = [
        entry.string("decorator")?.map(|name| EntryPattern::Decorator(name.value.into())),
        entry.string("function")?.map(|name| EntryPattern::Function(name.value.into())),
        entry.string("name")?.map(|name| EntryPattern::Name(name.value.into())),
    ];
    let mut given = given.into_iter().flatten();
    let (Some(pattern), None) = (given.next(), given.next()) else {
        let message = "an entry point has exactly one of `decorator`, `function` and `name`";
        return Err(error(entry.file, &entry.span(), message).label("in this table"));
    };
    let span = entry.span();
    entry.finish()?;
    Ok(EntryPoint { pattern, kind, file, span: Span::new(span.start, span.end) })
}

fn known(name: &At<'_, &str>) -> Result<&'static str, Excerpt> {
    known_rule(name.value).ok_or_else(|| {
        let shown = crate::terminal::visible(name.value).chars().take(80).collect::<String>();
        let help =
            near_rule(name.value).map_or("`scalelint rules` lists them all".into(), |near| format!("did you mean `{near}`?"));
        name.error(format!("there is no rule `{shown}`")).label("not known").help(help)
    })
}

fn rule(config: &mut Config, name: &At<'_, &str>, table: Section<'_>) -> Result<(), Excerpt> {
    let rule = known(name)?;
    let levels = [("error", Some(Level::Error)), ("warning", Some(Level::Warning)), ("note", Some(Level::Note)), ("off", None)];
    if let Some(level) = choice(table.string("level")?, &levels)? {
        config.levels.insert(rule, level);
    }
    for (_, option) in RULE_OPTIONS.iter().filter(|(of, _)| *of == rule) {
        if let Some(value) = table.number(option)? {
            config.options.insert((rule, option), value);
        }
    }
    table.finish()
}

fn suppression(entry: Section<'_>, file: usize, base: &str) -> Result<ConfigSuppression, Excerpt> {
    let rule = known(&entry.required("rule", "name the rule to silence")?)?;
    let reason = entry.required("reason", "say why, for whoever reads this in a year")?.value.into();
    let paths = entry.string("path")?.map(|pattern| patterns(&pattern)).transpose()?;
    let date = |text: At<'_, &str>| {
        text.value.parse::<Date>().map_err(|_| text.error("this is no date").help("write it as \"2027-03-01\""))
    };
    let until = entry.string("until")?.map(date).transpose()?;
    let span = entry.span();
    entry.finish()?;
    Ok(ConfigSuppression { rule, paths, base: base.into(), reason, until, file, span: Span::new(span.start, span.end) })
}

fn limits(limits: &mut Limits, table: Section<'_>) -> Result<(), Excerpt> {
    // The upper ends are hard: beyond them parsers and renderers are known to fail.
    let set = |key, range, limit: &mut usize| -> Result<(), Excerpt> {
        if let Some(value) = table.integer(key, range)? {
            *limit = value as usize;
        }
        Ok(())
    };
    set("file-bytes", 1..=16 * 1024 * 1024, &mut limits.file.file_bytes)?;
    set("nesting", 1..=256, &mut limits.file.nesting)?;
    set("line-columns", 1..=65_536, &mut limits.line_columns)?;
    set("findings-per-rule", 1..=25_000, &mut limits.findings_per_rule)?;
    set("findings", 1..=1_000_000, &mut limits.findings)?;
    table.finish()
}
