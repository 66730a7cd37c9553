//! Deployment files as facts: which formats there are, how a file is known to be one, and what extraction keeps of it. One file at a
//! time and without its path, as for every language; what the files mean together is for `assemble`.

use crate::deploy::processes::commands::{Form, Line, Script};
use crate::deploy::texts::directives;
use crate::deploy::texts::dockerfile::{self, Dockerfile};
use crate::deploy::texts::hcl;
use crate::deploy::texts::ini;
use crate::deploy::texts::recipes::Recipes;
use crate::deploy::texts::shell::{self, Origin};
use crate::deploy::texts::toml;
use crate::deploy::texts::tree::Node;
use crate::deploy::texts::yaml;
use crate::deploy::vocabulary::stages::Stage;
use crate::facts::{Builder, FileFacts, Gap};
use crate::finding::{FileId, Place};
use crate::lang::{ExtractError, FrontEnd, Limits, suppression};
use crate::source::Span;
use serde::{Deserialize, Serialize};

/// A syntax of deployment files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// YAML whose contents say whether it is ours: manifests, compose files.
    Yaml,
    /// YAML whose name says that it is ours, whatever it holds: values of charts, overlays.
    Values,
    /// YAML that is named after a stage, as some name the values of charts; quiet when it is something else.
    Staged,
    /// Definitions for the templates of a chart.
    Template,
    /// A Dockerfile.
    Dockerfile,
    /// A Procfile.
    Procfile,
    /// Sections of keys: supervisord, systemd, uWSGI.
    Ini,
    /// A shell script.
    Shell,
    /// Terraform: configuration and values of variables.
    Hcl,
    /// TOML whose name says whose it is: Fly, Traefik.
    Toml,
    /// Proxies: directives and blocks of them.
    Proxy,
    /// YAML that says what is built: steps of a build service, charts with their images. The walk knows those in hidden folders.
    Workflow,
    /// Recipes of `make` and `just`, and build files that are programs.
    Recipes,
}

/// What a deployment file says, as its syntax has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Sheet {
    /// Trees, one for each document.
    Documents(Vec<Node>),
    /// A template, which is read when the values it is filled with are known.
    Template,
    /// A Dockerfile.
    Dockerfile(Dockerfile),
    /// Processes by name.
    Procfile(Vec<Entry>),
    /// A script.
    Script(Script),
    /// Blocks and expressions, not yet evaluated.
    Blocks(hcl::Body),
    /// Directives of a proxy.
    Directives(directives::Dialect, Vec<directives::Directive>),
    /// Trees that say what is built, and are nothing to judge.
    Builds(Vec<Node>),
    /// Recipes.
    Recipes(Recipes),
}

/// A line of a Procfile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The kind of process: `web`, `release`, or any name.
    pub name: String,
    /// Where the name stands.
    pub place: Place,
    /// What it runs.
    pub line: Line,
}

impl Format {
    /// Every format, in order.
    pub const ALL: [Self; 13] = [
        Self::Yaml,
        Self::Values,
        Self::Staged,
        Self::Template,
        Self::Dockerfile,
        Self::Procfile,
        Self::Ini,
        Self::Shell,
        Self::Hcl,
        Self::Toml,
        Self::Proxy,
        Self::Workflow,
        Self::Recipes,
    ];

    /// By the name of the file.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        let (stem, extension) = lower.rsplit_once('.').unwrap_or((&lower, ""));
        let docker = |name: &str| name == "dockerfile" || name == "containerfile";
        if builds(stem, extension) {
            return Some(Self::Workflow);
        }
        match extension {
            "yaml" | "yml" => {
                let named = stem.starts_with("values") || stem.ends_with("values") || stem == "chart" || stem == "kustomization";
                let staged = ["dev", "test", "local"].contains(&stem)
                    || Stage::is_named(stem) && Stage::of_name(stem) != Stage::Development;
                Some(match (named, staged && !stem.contains("compose")) {
                    (true, _) => Self::Values,
                    (_, true) => Self::Staged,
                    _ => Self::Yaml,
                })
            }
            "tpl" | "tftpl" if !stem.contains(".conf") && !stem.contains("nginx") => Some(Self::Template),
            "dockerfile" | "containerfile" => Some(Self::Dockerfile),
            "sh" | "bash" => Some(Self::Shell),
            "service" | "timer" => Some(Self::Ini),
            "conf" | "ini" if stem.contains("supervisor") || stem.contains("uwsgi") => Some(Self::Ini),
            "tf" | "tofu" | "tfvars" => Some(Self::Hcl),
            "hcl" if stem.contains("bake") => Some(Self::Hcl),
            "toml" if stem.starts_with("fly") || stem.contains("traefik") => Some(Self::Toml),
            "json" if stem == "app" => Some(Self::Yaml),
            "mk" | "crontab" => Some(Self::Recipes),
            "cfg" if stem.contains("haproxy") => Some(Self::Proxy),
            "conf" | "caddyfile" => Some(Self::Proxy),
            "template" | "tmpl" | "tpl" if stem.contains(".conf") || stem.contains("nginx") => Some(Self::Proxy),
            // Code and texts that are called like one: a snippet of an editor, a test.
            "py" | "rs" | "md" | "rst" | "txt" | "dockerignore" | "js" | "ts" | "jsx" | "tsx" | "go" | "rb" | "java" | "php"
            | "html" | "css" | "json" | "in" => None,
            _ if lower == "kustomization" => Some(Self::Values),
            _ if ["makefile", "gnumakefile", "justfile", "jenkinsfile", "tiltfile", "crontab"]
                .contains(&stem.split('.').next().unwrap_or(stem)) =>
            {
                Some(Self::Recipes)
            }
            _ if docker(lower.split(['.', '-', '_']).next().unwrap_or_default()) => Some(Self::Dockerfile),
            _ if lower.starts_with("caddyfile") || lower.starts_with("nginx.conf") => Some(Self::Proxy),
            _ if stem == "procfile" || lower == "procfile" => Some(Self::Procfile),
            _ => None,
        }
    }

    /// What fences and reports call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Yaml | Self::Values | Self::Staged | Self::Workflow => "yaml",
            Self::Template => "tpl",
            Self::Dockerfile => "dockerfile",
            Self::Procfile => "procfile",
            Self::Ini => "ini",
            Self::Shell => "sh",
            Self::Hcl => "terraform",
            Self::Toml => "toml",
            Self::Proxy => "nginx",
            Self::Recipes => "make",
        }
    }
}

/// The front end for one format.
#[derive(Debug)]
pub struct SheetFrontEnd(pub Format);

impl FrontEnd for SheetFrontEnd {
    fn extract(&mut self, text: &str, _: &Limits) -> Result<FileFacts, ExtractError> {
        let lines = u32::try_from(text.lines().count()).unwrap_or(u32::MAX);
        let mut facts = Builder::new(Span::new(0, text.len())).finish(lines);
        let (sheet, gap) = self.sheet(text);
        facts.sheet = sheet.map(Box::new);
        let first = text.chars().next().map_or(0, char::len_utf8);
        facts.gaps.extend(gap.map(|reason| Gap { span: Span::new(0, first), reason }));
        if facts.sheet.is_some() {
            facts.suppressions = suppression::all_in(text, "#");
        }
        Ok(facts)
    }
}

impl SheetFrontEnd {
    /// What the text says, and why not all of it was read. A text that is not ours says nothing, without a word.
    fn sheet(&self, text: &str) -> (Option<Sheet>, Option<String>) {
        match self.0 {
            Format::Yaml | Format::Staged | Format::Template if is_template(text) => (Some(Sheet::Template), None),
            Format::Template => (None, None),
            Format::Yaml if !speaks_of_deployment(text) => (None, None),
            // Whatever is wrong with it is its owner's to be told by others.
            Format::Workflow => (Some(Sheet::Builds(yaml::documents(text).0)), None),
            Format::Recipes => (Some(Sheet::Recipes(Recipes::read(text))), None),
            Format::Staged if !speaks_of_deployment(text) => match yaml::documents(text) {
                (documents, None) if documents.len() == 1 => (Some(Sheet::Documents(documents)), None),
                _ => (None, None),
            },
            Format::Yaml | Format::Values | Format::Staged => match yaml::documents(text) {
                // Values may hold texts, and comments, that look like a template.
                (_, Some(_)) if is_template(text) => (Some(Sheet::Template), None),
                (documents, error) => (Some(Sheet::Documents(documents)), error.map(|error| error.to_string())),
            },
            Format::Dockerfile => match dockerfile::read(text) {
                Ok(file) => (Some(Sheet::Dockerfile(file)), None),
                Err(why) if text.contains("{{") || text.contains("{%") => (None, Some(why).filter(|_| false)),
                Err(why) => (None, Some(why)),
            },
            Format::Procfile => (Some(Sheet::Procfile(procfile(text))), None),
            Format::Ini => (Some(Sheet::Documents(vec![ini::read(text)])), None),
            Format::Shell => {
                let place = Place { file: FileId::default(), span: Span::default() };
                (Some(Sheet::Script(shell::script(text, Origin::Exact(place)))), None)
            }
            Format::Hcl => match hcl::read(text) {
                Ok(body) => (Some(Sheet::Blocks(body)), None),
                Err(why) => (None, Some(why)),
            },
            Format::Toml => match toml::read(text) {
                Ok(node) => (Some(Sheet::Documents(vec![node])), None),
                Err(why) => (None, Some(why)),
            },
            Format::Proxy => match directives::read(text) {
                Some((dialect, list)) => (Some(Sheet::Directives(dialect, list)), None),
                None => (None, None),
            },
        }
    }
}

/// Whether a YAML file is named as those are that only say what is built.
fn builds(stem: &str, extension: &str) -> bool {
    let starts =
        ["cloudbuild", "buildspec", "azure-pipelines", "bitbucket-pipelines", "chartpress", ".gitlab-ci", ".drone", ".travis"];
    let is = [".woodpecker", ".circleci", "codefresh", "taskfile"];
    matches!(extension, "yml" | "yaml") && (starts.iter().any(|start| stem.starts_with(start)) || is.contains(&stem))
}

/// Whether some line begins with a key that only manifests, compose files and platform files have.
fn speaks_of_deployment(text: &str) -> bool {
    let starts = [
        "apiVersion:",
        "kind:",
        "services:",
        "\"apiVersion\"",
        "include:",
        "functions:",
        "runtime:",
        "Resources:",
        "\"formation\"",
        "- op:",
        "- {op:",
        "op:",
    ];
    let types = ["Web Service", "Backend Service", "Worker Service", "Scheduled Job"];
    text.lines().any(|line| {
        starts.iter().any(|start| line.trim_start_matches(['{', ' ']).starts_with(start))
            || (line.starts_with("type:") && types.iter().any(|kind| line.contains(kind)))
    })
}

/// Whether it is a template of a chart.
fn is_template(text: &str) -> bool {
    text.contains("{{")
        && [".Values", ".Release", ".Chart", "include \"", "template \"", "define \""].iter().any(|mark| text.contains(mark))
}

/// `web: gunicorn app:app`, a line each.
fn procfile(text: &str) -> Vec<Entry> {
    let mut at = 0;
    let mut entries = Vec::new();
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let Some((name, command)) = line.split_once(':') else { continue };
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
        if !is_name || command.trim().is_empty() {
            continue;
        }
        let begin = start + name.len() + 1 + (command.len() - command.trim_start().len());
        let span = Span::new(begin, begin + command.trim().len());
        let place = Place { file: FileId::default(), span };
        let steps = shell::steps(command.trim(), Origin::Exact(place));
        let line = Line { form: Form::Shell, steps, place };
        let name_place = Place { file: FileId::default(), span: Span::new(start, start + name.len()) };
        entries.push(Entry { name: name.to_owned(), place: name_place, line });
    }
    entries
}

impl Sheet {
    /// Say which file it came from, once files are numbered.
    pub fn set_file(&mut self, file: FileId) {
        match self {
            Self::Documents(documents) => documents.iter_mut().for_each(|node| node.set_file(file)),
            Self::Template => {}
            Self::Dockerfile(dockerfile) => dockerfile.set_file(file),
            Self::Procfile(entries) => entries.iter_mut().for_each(|entry| {
                entry.place.file = file;
                entry.line.set_file(file);
            }),
            Self::Script(script) => script.set_file(file),
            Self::Blocks(body) => body.set_file(file),
            Self::Directives(_, list) => list.iter_mut().for_each(|directive| directive.set_file(file)),
            Self::Builds(documents) => documents.iter_mut().for_each(|node| node.set_file(file)),
            Self::Recipes(recipes) => recipes.set_file(file),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files() {
        let of = |name| Format::of_name(name);
        assert_eq!(of("Dockerfile"), Some(Format::Dockerfile));
        assert_eq!(of("Dockerfile.prod"), Some(Format::Dockerfile));
        assert_eq!(of("api.Dockerfile"), Some(Format::Dockerfile));
        assert_eq!(of("dockerfile_test.py"), None);
        assert_eq!(of("dockerfile.js"), None);
        assert_eq!(of("Dockerfile.dockerignore"), None);
        assert_eq!(of("Dockerfile.requirements.in"), None);
        assert_eq!(of("values-prod.yaml"), Some(Format::Values));
        assert_eq!(of("docker-compose.yml"), Some(Format::Yaml));
        assert_eq!(of("Procfile"), Some(Format::Procfile));
        assert_eq!(of("Procfile.dev"), Some(Format::Procfile));
        assert_eq!(of("supervisord.conf"), Some(Format::Ini));
        assert_eq!(of("entrypoint.sh"), Some(Format::Shell));
        assert_eq!(of("main.rs"), None);
        assert_eq!(of("cloudbuild.prod.yaml"), Some(Format::Workflow));
        assert_eq!(of("Makefile"), Some(Format::Recipes));
        assert_eq!(of("Jenkinsfile.release"), Some(Format::Recipes));
    }

    #[test]
    fn other_peoples_yaml_is_passed_over_in_silence() {
        let facts = SheetFrontEnd(Format::Yaml).extract("on: push\njobs: {a: [}\n", &Limits::default());
        let facts = facts.unwrap_or_else(|error| panic!("{error}"));
        assert!(facts.sheet.is_none() && facts.gaps.is_empty());
    }

    #[test]
    fn a_gap_covers_a_whole_character() {
        let text = "é: [\n";
        let facts = SheetFrontEnd(Format::Values).extract(text, &Limits::default());
        let facts = facts.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(facts.gaps.iter().map(|gap| gap.span.of(text)).collect::<Vec<_>>(), ["é"]);
    }

    #[test]
    fn procfiles() {
        let text = "# here\nweb: gunicorn app:app --log-file -\nworker:  celery -A app worker\n";
        let entries = procfile(text);
        let shown: Vec<_> = entries.iter().map(|entry| (entry.place.span.of(text), entry.line.place.span.of(text))).collect();
        assert_eq!(shown, [("web", "gunicorn app:app --log-file -"), ("worker", "celery -A app worker")]);
    }
}
