//! Helm charts, read without running anything: each file of values is a scenario, and the templates filled in with it are a set of
//! Kubernetes objects like any other. What cannot be told without a cluster stays unknown.
//!
//! | file | question |
//! |---|---|
//! | `charts` | which charts are there, what belongs to each, and with which values is it used? |
//! | `parse` | what does the text of a template say? |
//! | `value` | what are values, and how do they look as YAML? |
//! | `eval`, `functions` | what comes out when a template is filled in? |
//! | `choices` | what of that is one of several ways? |

mod charts;
mod choices;
mod eval;
mod functions;
mod parse;
mod value;

use crate::deploy::readers::kubernetes::{self, Document, Set};
use crate::deploy::readers::mapped;
use crate::deploy::sheets::Sheet;
use crate::deploy::texts::tree::{Key, Node, Value};
use crate::deploy::vocabulary::stages::Stage;
use crate::finding::{FileId, Place};
use crate::link::Files;
use crate::source::Span;
use charts::{Chart, Charts, Scenario};
use eval::{Defined, Run};
use parse::Template;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use value::{Entry, OTHERS, Val};

/// Most bytes of rendered text in one tree; charts after that are not read.
const MOST_BYTES: usize = 24 * 1024 * 1024;

/// Kinds of objects that say nothing of workloads, and may be long.
const PASSED_OVER: [&str; 14] = [
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "ServiceAccount",
    "Secret",
    "NetworkPolicy",
    "ServiceMonitor",
    "PodMonitor",
    "PrometheusRule",
    "Certificate",
    "Issuer",
    "ClusterIssuer",
];

/// Kinds of objects that change the number of copies of others: when nobody knows whether one is there, nobody knows that number.
const SCALERS: [&str; 2] = ["HorizontalPodAutoscaler", "ScaledObject"];

/// What the charts of a tree say.
#[derive(Debug, Default)]
pub(in crate::deploy) struct Rendered {
    /// A set for each chart with each of its values.
    pub sets: Vec<Set<'static>>,
    /// Files that belong to charts, which nobody else reads.
    pub used: BTreeSet<FileId>,
    /// How many templates could not be filled in.
    pub unresolved: usize,
}

/// Read the charts of a tree.
pub(in crate::deploy) fn read(files: &Files) -> Rendered {
    let charts = Charts::of(files);
    if charts.list.is_empty() {
        return Rendered::default();
    }
    let mut rendered = Rendered { used: charts.used.clone(), ..Rendered::default() };
    let mut parsed = BTreeMap::new();
    let mut failed = BTreeSet::new();
    let mut bytes = 0;
    let library = parse::template(include_str!("helm/common.tpl")).unwrap_or_default();
    for (at, root) in charts.roots() {
        let family = charts.family(at);
        for &chart in &family {
            for &file in &charts.list[chart].templates {
                parsed.entry(file).or_insert_with(|| template(files, file));
            }
        }
        let mut defined: Defined =
            library.defined.iter().map(|(name, body)| (Rc::clone(name), (Rc::clone(body), None))).collect();
        // What a chart defines counts before what its parts define.
        for &file in family.iter().rev().flat_map(|&chart| &charts.list[chart].templates) {
            let Some(Some(template)) = parsed.get(&file) else { continue };
            defined.extend(template.defined.iter().map(|(name, body)| (Rc::clone(name), (Rc::clone(body), Some(file)))));
        }
        for scenario in charts.scenarios(at) {
            let mut set = Set::default();
            let mut reader = Reader {
                files,
                charts: &charts,
                parsed: &parsed,
                root,
                scenario: &scenario,
                bytes: &mut bytes,
                failed: &mut failed,
            };
            reader.read(at, &mut Run::new(&defined), &mut set);
            rendered.sets.push(set);
        }
    }
    rendered.unresolved = failed.len();
    rendered
}

/// A template, unless it is plain YAML, or breaks the grammar.
fn template(files: &Files, file: FileId) -> Option<Template> {
    let data = files.get(file);
    data.text.contains("{{").then(|| parse::template(&data.text)).flatten()
}

/// Reads one chart in one scenario.
struct Reader<'r> {
    files: &'r Files,
    charts: &'r Charts<'r>,
    parsed: &'r BTreeMap<FileId, Option<Template>>,
    root: &'r Chart<'r>,
    scenario: &'r Scenario,
    bytes: &'r mut usize,
    failed: &'r mut BTreeSet<FileId>,
}

impl Reader<'_> {
    fn read(&mut self, root: usize, run: &mut Run<'_>, set: &mut Set<'_>) {
        let mut stack = vec![(root, self.scenario.values.clone(), self.root.dir.to_owned(), 0)];
        while let Some((at, values, group, depth)) = stack.pop() {
            let chart = &self.charts.list[at];
            let own = value::of_node(&values, self.files);
            for &file in &chart.templates {
                if *self.bytes > MOST_BYTES {
                    self.failed.insert(file);
                    continue;
                }
                self.file(file, chart, &own, &group, (run, set));
            }
            let parts = chart.parts.iter().filter(|part| depth < charts::DEEPEST && part.is_on(&values));
            stack.extend(parts.filter_map(|part| {
                let own = values.get(&part.name)?.clone();
                Some((part.chart?, own, format!("{group}/{}", part.name), depth + 1))
            }));
        }
    }

    /// The objects of one template.
    fn file(&mut self, file: FileId, chart: &Chart<'_>, values: &Val, group: &str, (run, set): (&mut Run<'_>, &mut Set<'_>)) {
        let data = self.files.get(file);
        let name = data.path.rsplit('/').next().unwrap_or_default();
        if name.starts_with('_') || name.ends_with(".tpl") || data.path.contains("/templates/tests/") {
            return;
        }
        if !data.text.contains("{{") {
            if let Some(Sheet::Documents(nodes)) = data.facts.sheet.as_deref() {
                nodes.iter().for_each(|node| self.add(node.clone(), (true, name), group, set));
            }
            return;
        }
        let Some(Some(template)) = self.parsed.get(&file) else {
            self.failed.insert(file);
            return;
        };
        let dot = self.dot(chart, values, &data.path);
        let Some(text) = run.template(&template.body, file, &dot) else {
            self.failed.insert(file);
            return;
        };
        *self.bytes += text.text().len();
        let (documents, failed) = text.documents(is_wanted);
        if failed > 0 {
            self.failed.insert(file);
        }
        for kind in SCALERS {
            let is_known = documents.iter().any(|document| document.node.text_at("kind") == Some(kind));
            if !is_known && text.text().contains(&format!("kind: {kind}\n")) {
                self.add(doubtful(kind, file), (false, name), group, set);
            }
        }
        documents.into_iter().for_each(|mapped::Document { node, whole }| self.add(node, (whole, name), group, set));
    }

    /// Add an object that a file of this name describes.
    fn add(&self, mut node: Node, (whole, file): (bool, &str), group: &str, set: &mut Set<'_>) {
        let hook = node.at("metadata.annotations").and_then(|notes| notes.get("helm.sh/hook")).and_then(Node::text);
        let is_test = hook.is_some_and(|hook| hook.contains("test"));
        if kubernetes::is_object(&node) && !is_test {
            name_after(&mut node, file);
            let stage = self.scenario.stage;
            // Values for production have chosen.
            if stage != Stage::Production {
                choices::mark(&mut node, &|file| Some((&*self.files.get(file).text, self.parsed.get(&file)?.as_ref()?)));
            }
            set.documents.push(Document { node: Cow::Owned(node), stage, whole, group: group.to_owned(), origin: String::new() });
        }
    }

    /// What a template sees.
    fn dot(&self, chart: &Chart<'_>, values: &Val, path: &str) -> Val {
        let unknown = || Entry { key: None, val: Val::UNKNOWN };
        let about = |key: &str| chart.about.get(key).map_or(Val::NULL, |node| value::of_node(node, self.files));
        let fields = [("Name", "name"), ("Version", "version"), ("AppVersion", "appVersion"), ("Description", "description")];
        let fields = fields.map(|(name, key)| (Rc::from(name), Entry { key: None, val: about(key) }));
        let own_name = chart.about.text_at("name").unwrap_or_default();
        let relative = path.strip_prefix(chart.dir).unwrap_or(path).trim_start_matches('/');
        let release = [("Service", Val::from("Helm")), ("Name", Val::from(self.root.about.text_at("name").unwrap_or_default()))];
        let release = release.map(|(name, val)| (Rc::from(name), Entry { key: None, val }));
        Val::names([
            ("Values", values.clone()),
            ("Chart", Val::map(fields.into_iter().chain([(OTHERS.into(), unknown())]))),
            ("Release", Val::map(release.into_iter().chain([(OTHERS.into(), unknown())]))),
            (
                "Template",
                Val::names([
                    ("Name", format!("{own_name}/{relative}").into()),
                    ("BasePath", format!("{own_name}/templates").into()),
                ]),
            ),
            ("Capabilities", Val::UNKNOWN),
            ("Files", Val::UNKNOWN),
            ("Subcharts", Val::UNKNOWN),
        ])
    }
}

/// An object that may be there or not, of which nothing else is known.
fn doubtful(kind: &str, file: FileId) -> Node {
    let place = Place { file, span: Span::default() };
    let of = |value| Node { place, value };
    let entry = |name: &str, value| (Key { name: name.into(), place }, of(value));
    of(Value::Map(vec![
        entry("apiVersion", Value::Unknown),
        entry("kind", Value::Scalar(kind.into())),
        entry("spec", Value::Map(Vec::new())),
    ]))
}

/// Call an object whose name only a cluster could tell after its file, so that it can be told from others.
fn name_after(node: &mut Node, file: &str) {
    let Value::Map(entries) = &mut node.value else { return };
    let about = entries.iter_mut().find(|(key, _)| &*key.name == "metadata");
    let Some((_, Node { value: Value::Map(entries), .. })) = about else { return };
    for (_, name) in entries.iter_mut().filter(|(key, name)| &*key.name == "name" && name.value == Value::Unknown) {
        let stem = file.split('.').next().unwrap_or(file);
        name.value = Value::Scalar(stem.into());
    }
}

/// Whether a document may speak of workloads.
fn is_wanted(text: &str) -> bool {
    let mut kinds = text.lines().filter_map(|line| line.strip_prefix("kind:"));
    kinds.next().is_none_or(|kind| !PASSED_OVER.contains(&kind.trim().trim_matches('"')))
}

#[cfg(test)]
mod tests;
