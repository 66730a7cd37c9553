//! Which charts a tree holds, which files belong to each, and with which values each is used.

use super::value::{OTHERS, merged};
use crate::deploy::readers::kubernetes;
use crate::deploy::sheets::Sheet;
use crate::deploy::texts::tree::{Key, Node, Value};
use crate::deploy::vocabulary::stages::Stage;
use crate::finding::FileId;
use crate::link::Files;
use std::collections::{BTreeMap, BTreeSet};

/// How deep charts may hold charts.
pub(super) const DEEPEST: usize = 4;

/// Most scenarios of one chart.
const MOST_SCENARIOS: usize = 12;

/// The charts of a tree.
#[derive(Debug)]
pub(super) struct Charts<'f> {
    pub list: Vec<Chart<'f>>,
    pub used: BTreeSet<FileId>,
}

/// A chart.
#[derive(Debug)]
pub(super) struct Chart<'f> {
    /// Its folder; empty for the root.
    pub dir: &'f str,
    /// What its description says.
    pub about: &'f Node,
    /// Templates and definitions, by path.
    pub templates: Vec<FileId>,
    /// Charts that it is made of.
    pub parts: Vec<Part>,
    /// Its own values.
    values: Option<&'f Node>,
    /// Keys of values that its templates ask for: what tells which values are its own where it comes with none.
    asked: BTreeSet<&'f str>,
    /// Values that it is used with.
    others: Vec<(&'f str, &'f Node)>,
    /// Whether another chart is made of it.
    is_part: bool,
}

/// A chart inside of another one.
#[derive(Debug)]
pub(super) struct Part {
    /// The key of its values in those of the outer chart.
    pub name: String,
    /// Which chart that is, if it is in the tree.
    pub chart: Option<usize>,
    /// Paths of values that switch it on and off.
    condition: String,
}

/// A chart with values.
#[derive(Debug)]
pub(super) struct Scenario {
    pub stage: Stage,
    pub values: Node,
}

impl Part {
    /// Whether its condition, if there is one, does not say no.
    pub(super) fn is_on(&self, values: &Node) -> bool {
        let said = self.condition.split(',').find_map(|path| values.at(path.trim())?.flag());
        said != Some(false)
    }
}

impl<'f> Charts<'f> {
    /// Find the charts.
    pub(super) fn of(files: &'f Files) -> Self {
        let mut charts = Self { list: Vec::new(), used: BTreeSet::new() };
        let mut by_dir = BTreeMap::new();
        for (id, data) in files.iter() {
            let Some(dir) = data.path.strip_suffix("Chart.yaml").filter(|dir| dir.is_empty() || dir.ends_with('/')) else {
                continue;
            };
            let Some(about) = only(data.facts.sheet.as_deref()).filter(|about| about.get("name").is_some()) else { continue };
            let dir = dir.trim_end_matches('/');
            by_dir.insert(dir, charts.list.len());
            charts.used.insert(id);
            charts.list.push(Chart {
                dir,
                about,
                templates: Vec::new(),
                parts: Vec::new(),
                values: None,
                asked: BTreeSet::new(),
                others: Vec::new(),
                is_part: false,
            });
        }
        if charts.list.is_empty() {
            return charts;
        }
        let candidates = charts.own_files(files, &by_dir);
        charts.parts(&by_dir);
        for (id, path, values) in candidates {
            charts.scenario(id, path, values, &by_dir);
        }
        charts
    }

    /// Give each chart its files; what is left over and may be values is returned.
    fn own_files(&mut self, files: &'f Files, by_dir: &BTreeMap<&str, usize>) -> Vec<(FileId, &'f str, &'f Node)> {
        let mut candidates = Vec::new();
        for (id, data) in files.iter() {
            let owner = owner(&data.path, by_dir).map(|(at, rest)| (&mut self.list[at], rest));
            let sheet = data.facts.sheet.as_deref();
            match owner {
                Some((chart, rest)) if rest.starts_with("templates/") => {
                    if sheet.is_some() {
                        chart.asked.extend(keys_asked(&data.text));
                        chart.templates.push(id);
                        self.used.insert(id);
                    }
                }
                Some((chart, "values.yaml" | "values.yml")) => {
                    chart.values = only(sheet);
                    self.used.insert(id);
                }
                _ => candidates
                    .extend(only(sheet).filter(|node| may_be_values(&data.path, node)).map(|node| (id, &*data.path, node))),
            }
        }
        candidates
    }

    /// Charts below a chart, and those that it names by a path.
    fn parts(&mut self, by_dir: &BTreeMap<&str, usize>) {
        for at in 0..self.list.len() {
            let (dir, about) = (self.list[at].dir, self.list[at].about);
            let mut parts: Vec<Part> = Vec::new();
            for named in about.items_at("dependencies") {
                let Some(name) = named.text_at("name") else { continue };
                let path = named.text_at("repository").and_then(|repository| repository.strip_prefix("file://"));
                let beside = path.map(|path| crate::deploy::texts::dockerfile::join(dir, path));
                let below = format!("{dir}/charts/{name}");
                let chart = by_dir.get(below.trim_start_matches('/')).or_else(|| by_dir.get(beside?.as_str())).copied();
                parts.push(Part {
                    name: named.text_at("alias").unwrap_or(name).to_owned(),
                    chart: chart.filter(|&chart| chart != at),
                    condition: named.text_at("condition").unwrap_or_default().to_owned(),
                });
            }
            let below = format!("{dir}/charts/");
            for (inner, &chart) in by_dir {
                let name = inner.strip_prefix(below.trim_start_matches('/')).filter(|name| !name.contains('/'));
                if let Some(name) = name.filter(|_| !parts.iter().any(|part| part.chart == Some(chart))) {
                    parts.push(Part { name: name.to_owned(), chart: Some(chart), condition: String::new() });
                }
            }
            for chart in parts.iter().filter_map(|part| part.chart) {
                self.list[chart].is_part = true;
            }
            self.list[at].parts = parts;
        }
    }

    /// Give a file of values to the chart whose values it sets.
    fn scenario(&mut self, id: FileId, path: &'f str, values: &'f Node, by_dir: &BTreeMap<&str, usize>) {
        let inside = owner(path, by_dir).map(|(at, _)| at).filter(|&at| {
            let (known, all) = self.list[at].known(values);
            known * 2 >= all && known > 0
        });
        let beside = || {
            let fits = |&at: &usize| {
                let (known, all) = self.list[at].known(values);
                known >= 2 && known * 10 >= all * 6
            };
            let near = |&at: &usize| self.list[at].dir.split('/').zip(path.split('/')).take_while(|(a, b)| a == b).count();
            let best = (0..self.list.len()).filter(fits).max_by_key(|at| (self.list[*at].known(values).0, near(at)));
            best.filter(|_| owner(path, by_dir).is_none())
        };
        if let Some(at) = inside.or_else(beside) {
            self.list[at].others.push((path, values));
            self.used.insert(id);
        }
    }

    /// Charts that stand for themselves.
    pub(super) fn roots(&self) -> impl Iterator<Item = (usize, &Chart<'f>)> {
        let is_root = |(_, chart): &(usize, &Chart<'f>)| !chart.is_part && chart.about.text_at("type") != Some("library");
        self.list.iter().enumerate().filter(is_root)
    }

    /// A chart and those that it is made of.
    pub(super) fn family(&self, root: usize) -> Vec<usize> {
        let mut found = vec![root];
        let mut at = 0;
        while let Some(&chart) = found.get(at) {
            let new: Vec<usize> =
                self.list[chart].parts.iter().filter_map(|part| part.chart).filter(|part| !found.contains(part)).collect();
            found.extend(new);
            at += 1;
        }
        found
    }

    /// The values that a chart is used with. Its own values alone speak for nobody where others are for production.
    pub(super) fn scenarios(&self, at: usize) -> Vec<Scenario> {
        let chart = &self.list[at];
        let empty = Node { place: chart.about.place, value: Value::Map(Vec::new()) };
        let of = |stage, over: &Node| Scenario { stage, values: self.coalesced(at, over, 0) };
        let mut others: Vec<(Stage, &Node)> = chart.others.iter().map(|(path, node)| (Stage::of_path(path), *node)).collect();
        // Those for production first, so that a bound takes others away.
        others.sort_by_key(|(stage, _)| std::cmp::Reverse(*stage));
        let mut scenarios = Vec::new();
        if others.first().is_none_or(|(stage, _)| *stage != Stage::Production) {
            scenarios.push(of(Stage::of_path(chart.dir), &empty));
        }
        scenarios.extend(others.into_iter().take(MOST_SCENARIOS).map(|(stage, node)| of(stage, node)));
        scenarios
    }

    /// A chart's values with `over` laid over them, those of its parts below their names.
    fn coalesced(&self, at: usize, over: &Node, depth: usize) -> Node {
        let chart = &self.list[at];
        let mut whole = match chart.values {
            Some(values) => merged(values, over),
            None => over.clone(),
        };
        if !matches!(whole.value, Value::Map(_)) {
            whole.value = Value::Map(Vec::new());
        }
        let shared = whole.get("global").cloned();
        for part in &chart.parts {
            let nothing = Node { place: whole.place, value: Value::Map(Vec::new()) };
            let mut own = whole.get(&part.name).cloned().unwrap_or(nothing);
            match part.chart.filter(|_| depth < DEEPEST) {
                Some(inner) => {
                    if let Some(shared) = &shared {
                        let global = own.get("global").map_or_else(|| shared.clone(), |global| merged(global, shared));
                        put(&mut own, "global", global);
                    }
                    own = self.coalesced(inner, &own, depth + 1);
                }
                None => open(&mut own),
            }
            put(&mut whole, &part.name, own);
        }
        whole
    }
}

impl Chart<'_> {
    /// How many of the keys of a file of values are keys of this chart's, and how many there are.
    fn known(&self, values: &Node) -> (usize, usize) {
        let own = |name: &str| {
            name == "global"
                || self.values.map_or_else(|| self.asked.contains(name), |own| own.entry(name).is_some())
                || self.parts.iter().any(|part| part.name == name)
        };
        let keys = values.entries();
        (keys.iter().filter(|(key, _)| own(&key.name)).count(), keys.len())
    }
}

/// `.Values.image.tag` asks for `image`.
fn keys_asked(text: &str) -> impl Iterator<Item = &str> {
    let key = |rest: &'_ str| rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    text.split(".Values.").skip(1).map(move |rest| &rest[..key(rest)])
}

/// The only document of a file.
fn only(sheet: Option<&Sheet>) -> Option<&Node> {
    match sheet {
        Some(Sheet::Documents(documents)) => match documents.as_slice() {
            [only] if matches!(only.value, Value::Map(_)) => Some(only),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a file is named as people name values: after values, or after a stage alone.
fn may_be_values(path: &str, node: &Node) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_ascii_lowercase();
    let named = stem.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == "values") || Stage::is_named(&stem);
    let ours = ["apiVersion", "services", "kind"].iter().any(|key| node.entry(key).is_some());
    named && !kubernetes::is_object(node) && !ours
}

/// The innermost chart that a path lies in, and the path seen from there.
fn owner<'p>(path: &'p str, by_dir: &BTreeMap<&str, usize>) -> Option<(usize, &'p str)> {
    let mut end = path.len();
    while let Some(slash) = path[..end].rfind('/') {
        if let Some(&at) = by_dir.get(&path[..slash]) {
            return Some((at, &path[slash + 1..]));
        }
        end = slash;
    }
    by_dir.get("").map(|&at| (at, path))
}

fn put(map: &mut Node, name: &str, node: Node) {
    let Value::Map(entries) = &mut map.value else { return };
    match entries.iter_mut().rev().find(|(key, _)| &*key.name == name) {
        Some((_, old)) => *old = node,
        None => entries.push((Key { name: name.into(), place: node.place }, node)),
    }
}

/// Values of a chart that is not in the tree: there may be others at every level.
fn open(values: &mut Node) {
    let mut stack = vec![values];
    while let Some(node) = stack.pop() {
        let place = node.place;
        let Value::Map(entries) = &mut node.value else { continue };
        entries.push((Key { name: OTHERS.into(), place }, Node { place, value: Value::Unknown }));
        stack.extend(entries.iter_mut().map(|(_, node)| node));
    }
}
