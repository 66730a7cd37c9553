//! Files of recipes: what `make` and `just` run under a name, and what other build files call that are programs of their own
//! (Jenkinsfile, Tiltfile). No grammar of theirs: what is asked is which commands stand where, and what variables hold.

use crate::deploy::processes::commands::Step;
use crate::deploy::texts::shell::{self, Origin};
use crate::finding::{FileId, Place};
use crate::source::Span;
use serde::{Deserialize, Serialize};

/// Most recipes of one file.
const MOST: usize = 1_000;

/// Most names of one heading, and of what it needs.
const MOST_NAMED: usize = 100;

/// What such a file says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipes {
    /// Variables that hold for all of it.
    pub settings: Vec<Step>,
    /// Recipes in order.
    pub list: Vec<Recipe>,
}

/// What is run under a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    /// The name; none for commands of a build file that is a program itself.
    pub name: String,
    /// Recipes that are run before.
    pub needs: Vec<String>,
    /// Its lines, each with its commands: each has a shell of its own.
    pub lines: Vec<Vec<Step>>,
}

/// Whose recipes they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::deploy) enum Dialect {
    Make,
    Just,
    /// A program that calls a shell or functions which build images.
    Program,
}

impl Dialect {
    /// By what the text looks like: a Tiltfile and a Jenkinsfile are programs, and `just` assigns with `:=` and fills in with `{{`.
    fn of(text: &str) -> Self {
        let starts = |marks: &[&str]| text.lines().any(|line| marks.iter().any(|mark| line.trim_start().starts_with(mark)));
        if starts(&[
            "pipeline {",
            "pipeline{",
            "node {",
            "node(",
            "docker_build(",
            "custom_build(",
            "k8s_yaml(",
            "@Library",
            "def ",
        ]) {
            Self::Program
        } else if text.lines().any(|line| line.starts_with('\t')) && !starts(&["set shell", "set dotenv", "#!/usr/bin/env just"])
        {
            Self::Make
        } else {
            Self::Just
        }
    }
}

impl Recipes {
    /// Read a text.
    #[must_use]
    pub(in crate::deploy) fn read(text: &str) -> Self {
        if is_crontab(text) {
            return scheduled(text);
        }
        match Dialect::of(text) {
            Dialect::Program => Self { settings: Vec::new(), list: called(text) },
            dialect => told(text, dialect),
        }
    }

    /// The recipe with this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Recipe> {
        self.list.iter().find(|recipe| recipe.name == name)
    }

    /// The one that is run when none is named.
    #[must_use]
    pub fn first(&self) -> Option<&Recipe> {
        self.list.iter().find(|recipe| !recipe.name.starts_with('.') && !recipe.name.contains('%'))
    }

    /// Say which file it came from, once files are numbered.
    pub fn set_file(&mut self, file: FileId) {
        let own = self.list.iter_mut().flat_map(|recipe| recipe.lines.iter_mut().flatten());
        self.settings.iter_mut().chain(own).for_each(|step| step.set_file(file));
    }
}

/// Whether lines begin with times, as those of a crontab do.
fn is_crontab(text: &str) -> bool {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#') && assigned(line).is_none());
    let is_time = |word: &str| word.starts_with(|c: char| c.is_ascii_digit() || c == '*');
    let begins = |line: &str| line.starts_with('@') || line.split_whitespace().take(5).filter(|word| is_time(word)).count() == 5;
    let mut lines = lines.peekable();
    lines.peek().is_some() && lines.all(begins)
}

/// The lines of a crontab, their times left out.
fn scheduled(text: &str) -> Recipes {
    let mut recipes = Recipes::default();
    let mut lines = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let place = Place { file: FileId::default(), span: Span::new(at, at + line.trim_end().len()) };
        at += line.len();
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if assigned(line).is_some() {
            recipes.settings.extend(shell::steps(line, Origin::Whole(place)));
            continue;
        }
        let fields = if line.starts_with('@') { 1 } else { 5 };
        let command =
            (0..fields).fold(line, |rest, _| rest.split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim_start()));
        lines.push(shell::steps(command, Origin::Whole(place)));
    }
    recipes.list.push(Recipe { name: String::new(), needs: Vec::new(), lines });
    recipes
}

/// Recipes below their headings.
fn told(text: &str, dialect: Dialect) -> Recipes {
    let mut recipes = Recipes::default();
    let mut body: Vec<String> = Vec::new();
    let mut place = Place { file: FileId::default(), span: Span::default() };
    let mut at = 0;
    let close = |recipes: &mut Recipes, body: &mut Vec<String>, place: Place| {
        if let Some(recipe) = recipes.list.last_mut() {
            recipe.lines.extend(body.iter().map(|line| shell::steps(&filled(line, dialect), Origin::Whole(place))));
        }
        body.clear();
    };
    let mut goes_on = false;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let plain = line.trim_end();
        let here = Place { file: FileId::default(), span: Span::new(start, start + plain.len()) };
        if goes_on || line.starts_with(['\t', ' ']) && !recipes.list.is_empty() {
            let plain = plain.trim_start();
            // `@` and `-` before a command are for `make`; a line that goes on has none.
            match body.last_mut().filter(|_| goes_on) {
                Some(last) => last.extend(["\n", plain]),
                None => body.push(plain.trim_start_matches(['@', '-', '+']).to_owned()),
            }
        } else if let Some((name, value)) = assigned(plain) {
            let value = filled(value, dialect);
            let value = if value.starts_with(['"', '\'']) { value } else { format!("\"{value}\"") };
            recipes.settings.extend(shell::steps(&format!("{name}={value}"), Origin::Whole(here)));
        } else if let Some((names, needs)) = heading(plain, dialect).filter(|_| recipes.list.len() < MOST) {
            close(&mut recipes, &mut body, place);
            place = here;
            recipes.list.extend(names.into_iter().map(|name| Recipe { name, needs: needs.clone(), lines: Vec::new() }));
        }
        goes_on = plain.ends_with('\\') && goes_on | line.starts_with(['\t', ' ']);
    }
    close(&mut recipes, &mut body, place);
    recipes
}

/// `NAME ?= value`, `export NAME := value`.
fn assigned(line: &str) -> Option<(&str, &str)> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=')?;
    let name = name.trim_end_matches([':', '?', '+', '!']).trim();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then(|| (name, value.split(" #").next().unwrap_or(value).trim()))
}

/// `name: others`, `@name argument='x': others`.
fn heading(line: &str, dialect: Dialect) -> Option<(Vec<String>, Vec<String>)> {
    let (names, needs) = line.split_once(':')?;
    let needs = needs.trim_start_matches(':').split(['#', ';', '|']).next().unwrap_or_default();
    let names = names.trim_start_matches('@').split_whitespace();
    // What follows the name of a recipe of `just` are its arguments.
    let names = names.take(if dialect == Dialect::Just { 1 } else { MOST_NAMED });
    let names: Vec<String> = names.filter(|name| !name.contains(['$', '=', '"'])).map(str::to_owned).collect();
    let fits = !names.is_empty() && !line.starts_with(['#', '[', '"']) && !needs.contains('=');
    fits.then(|| {
        (names, needs.split_whitespace().take(MOST_NAMED).map(|need| need.trim_matches(['(', ')', '&']).to_owned()).collect())
    })
}

/// Variables as a shell writes them: `$(NAME)`, `{{NAME}}` and `$$NAME`.
fn filled(text: &str, dialect: Dialect) -> String {
    if dialect == Dialect::Just {
        return text.replace("{{ ", "${").replace("{{", "${").replace(" }}", "}").replace("}}", "}");
    }
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        filled.push_str(before);
        let name = after.strip_prefix('(').and_then(|inner| inner.split_once(')'));
        rest = match name {
            Some((name, rest)) if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') => {
                filled.push_str(&format!("${{{name}}}"));
                rest
            }
            _ => {
                filled.push('$');
                after.strip_prefix('$').unwrap_or(after)
            }
        };
    }
    filled.push_str(rest);
    filled
}

/// What a program says it builds: commands inside of its texts, and calls of functions that build.
fn called(text: &str) -> Vec<Recipe> {
    let mut steps = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let place = Place { file: FileId::default(), span: Span::new(at, at + line.trim_end().len()) };
        at += line.len();
        let begins = ["docker build", "docker buildx build", "podman build", "buildah bud"];
        if let Some(begin) = begins.iter().find_map(|begin| line.find(begin)) {
            let quote = line[..begin].chars().rev().find(|c| matches!(c, '"' | '\''));
            let command = &line[begin..];
            let command = quote.and_then(|quote| Some(command.split_once(quote)?.0)).unwrap_or(command);
            steps.extend(shell::steps(command, Origin::Whole(place)));
        }
    }
    for (mark, file) in [("docker_build(", "dockerfile"), ("docker.build(", "")] {
        for (at, _) in text.match_indices(mark) {
            let inside = &text[at + mark.len()..];
            let inside = &inside[..inside.find(')').unwrap_or(inside.len())];
            let place = Place { file: FileId::default(), span: Span::new(at, at + mark.len()) };
            steps.extend(shell::steps(&as_command(inside, file), Origin::Whole(place)));
        }
    }
    vec![Recipe { name: String::new(), needs: Vec::new(), lines: vec![steps] }]
}

/// `'shop', '.', dockerfile='Dockerfile.web'` and `"shop", "-f Dockerfile.web ."` as the command that it becomes.
fn as_command(arguments: &str, file: &str) -> String {
    let mut plain = Vec::new();
    let mut named = String::new();
    for argument in arguments.split(',') {
        let (key, value) = argument.split_once('=').map_or(("", argument), |(key, value)| (key.trim(), value));
        let value = value.trim().trim_matches(['"', '\'']);
        match key {
            "" | "ref" | "context" => plain.push(value),
            key if key == file && !file.is_empty() => named = format!("-f {value} "),
            "target" => named.push_str(&format!("--target {value} ")),
            _ => {}
        }
    }
    let context = plain.get(1).copied().unwrap_or(".");
    format!("docker build -t {} {named}{context}", plain.first().copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(recipe: &Recipe) -> Vec<String> {
        let commands = recipe.lines.iter().flatten().filter_map(|step| match step {
            Step::Run(command) => Some(command.shown()),
            Step::Set { .. } | Step::Move { .. } => None,
        });
        commands.collect()
    }

    #[test]
    fn recipes_of_make() {
        let text = "IMAGE ?= shop-api # ours\nTAG := $(shell git describe)\n\nimage: deps\n\t@docker build \\\n\t  -t $(IMAGE):$(TAG) .\n\nweb worker: image\n\techo $$HOME\n";
        let recipes = Recipes::read(text);
        assert_eq!(recipes.settings.len(), 2);
        let image = recipes.named("image").map(|recipe| (recipe.needs.clone(), shown(recipe)));
        assert_eq!(image, Some((vec!["deps".to_owned()], vec!["docker build -t $IMAGE:$TAG .".to_owned()])));
        assert_eq!(recipes.first().map(|recipe| recipe.name.as_str()), Some("image"));
        assert_eq!(recipes.named("worker").map(shown), Some(vec!["echo $HOME".to_owned()]));
    }

    #[test]
    fn recipes_of_just() {
        let text = "image := \"shop-api\"\n\n[private]\nbuild target='web': check\n    docker build -t {{image}} -f {{ target }}.Dockerfile .\n";
        let recipes = Recipes::read(text);
        let build = recipes.named("build").map(|recipe| (recipe.needs.clone(), shown(recipe)));
        let command = "docker build -t $image -f $target.Dockerfile .".to_owned();
        assert_eq!(build, Some((vec!["check".to_owned()], vec![command])));
        assert_eq!(recipes.settings.len(), 1);
    }

    #[test]
    fn crontabs() {
        let recipes = Recipes::read("# ours\nPATH=/bin\n*/5 1-3 * * * default cd /srv && ./run.sh\n@daily python -m clean\n");
        assert_eq!(recipes.settings.len(), 1);
        assert_eq!(recipes.list.iter().flat_map(shown).collect::<Vec<_>>(), ["default cd /srv", "./run.sh", "python -m clean"]);
    }

    #[test]
    fn programs_that_build() {
        let of = |text: &str| Recipes::read(text).list.iter().flat_map(shown).collect::<Vec<_>>();
        assert_eq!(
            of("docker_build(\n  'acme/shop',\n  '.',\n  dockerfile='web.Dockerfile',\n)\n"),
            ["docker build -t acme/shop -f web.Dockerfile ."]
        );
        assert_eq!(
            of("pipeline {\n  sh \"docker build -t shop-${ENV} api\"\n  docker.build(\"shop:1\", \"-f a/Dockerfile .\")\n}\n"),
            ["docker build -t shop-$ENV api", "docker build -t shop:1 -f a/Dockerfile ."]
        );
    }
}
