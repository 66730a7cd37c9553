//! Where a request path begins: entry points and functions, found by what people call them.

use super::words;
use crate::error::Error;
use crate::facts::FunctionKind;
use crate::link::Project;
use crate::link::value::FnId;
use crate::models::EntryKind;
use crate::source::LineIndex;
use crate::terminal::visible;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// How like a name must be to what was typed to be offered instead.
const NEAR: f64 = 0.75;

/// How many are offered.
const OFFERED: usize = 3;

/// A function to begin with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Start {
    /// When the platform calls it; none for a function that it does not.
    pub kind: Option<EntryKind>,
    /// How people call it: `GET /users`; the function's name where nothing else says.
    pub label: String,
    /// The function.
    pub function: FnId,
}

/// The entry points that load comes by, and what runs at set times or by hand; not what runs when a file is loaded, nor tests.
pub(crate) fn all(project: &Project) -> Vec<Start> {
    let points = project.entry_points().iter().filter(|point| {
        let loaded = matches!(project.facts(point.function).kind, FunctionKind::Module | FunctionKind::ClassBody);
        let test = point.kind == EntryKind::Test || project.is_test(point.function);
        let nameless = point.kind == EntryKind::Startup && point.label.is_empty();
        !(loaded || test || nameless)
    });
    let start = |point: &crate::link::EntryPoint| {
        let name = project.function_name(point.function);
        // What routes depend on has no path of its own.
        let nameless = point.label.is_empty() || point.label == "dependency";
        let label = if nameless { name } else { point.label.clone() };
        Start { kind: Some(point.kind), label, function: point.function }
    };
    let mut starts: Vec<Start> = points.map(start).collect();
    starts.sort();
    // A program is called by hand and at start-up, and is one entry.
    let mut seen = BTreeSet::new();
    starts.retain(|start| seen.insert((start.label.clone(), start.function)));
    starts
}

/// One line an entry point: what calls it, its name, where it is.
pub(crate) fn listed(project: &Project) -> String {
    let rows: Vec<[String; 4]> = all(project)
        .into_iter()
        .map(|start| {
            let (path, line) = words::place(project, project.place_of_name(start.function));
            let kind = start.kind.map_or("", EntryKind::name).to_owned();
            let name = project.function_name(start.function);
            [kind, visible(&start.label).into_owned(), visible(&name).into_owned(), format!("{}:{line}", visible(&path))]
        })
        .collect();
    if rows.is_empty() {
        return "no entry point is known\n".to_owned();
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let [kind, label, name] = [width(0), width(1), width(2)];
    rows.iter().map(|row| format!("{:kind$}  {:label$}  {:name$}  {}\n", row[0], row[1], row[2], row[3])).collect()
}

/// What `typed` names: the label of an entry point with or without its verb, a function by its bare or qualified name, or
/// `FILE:LINE`.
///
/// # Errors
/// When nothing is called so, with what may have been meant.
pub(crate) fn named(project: &Project, typed: &str) -> Result<Vec<Start>, Error> {
    let entries = all(project);
    let labelled = |same: &dyn Fn(&Start) -> bool| entries.iter().filter(|start| same(start)).cloned().collect::<Vec<Start>>();
    let found = [
        labelled(&|start| start.label == typed),
        labelled(&|start| start.label.eq_ignore_ascii_case(typed)),
        labelled(&|start| answers(&start.label, typed, |path, asked| path == asked)),
        at_place(project, typed),
        functions(project, &entries, typed),
        // A path without what the routers around it begin it with.
        labelled(&|start| answers(&start.label, typed, |path, asked| asked.len() > 1 && path.ends_with(asked))),
    ];
    found.into_iter().find(|starts| !starts.is_empty()).ok_or_else(|| unknown(project, &entries, typed))
}

/// Whether the route that is called `label` answers to a path, or a verb and a path. One that names no verb answers to all.
fn answers(label: &str, typed: &str, same: impl Fn(&str, &str) -> bool) -> bool {
    let parts = |text: &str| {
        text.rsplit_once(' ').map_or((String::new(), text.to_owned()), |(verb, path)| (verb.to_uppercase(), path.into()))
    };
    let ((verbs, path), (asked, wanted)) = (parts(label), parts(typed));
    let plain = |path: &str| path.trim_end_matches('/').to_owned();
    let verb = asked.is_empty() || verbs.is_empty() || verbs.split('|').any(|verb| verb == asked);
    verb && wanted.starts_with('/') && path.starts_with(['/', '…']) && same(&plain(&path), &plain(&wanted))
}

/// The function around `FILE:LINE`.
fn at_place(project: &Project, typed: &str) -> Vec<Start> {
    let Some((path, line)) = typed.rsplit_once(':') else { return Vec::new() };
    let (Ok(line), Some((file, data))) = (line.parse::<usize>(), project.files().iter().find(|(_, data)| data.path == path))
    else {
        return Vec::new();
    };
    let lines = LineIndex::new(&data.text);
    if line == 0 || line > lines.lines() {
        return Vec::new();
    }
    let span = lines.line_span(&data.text, line - 1);
    let around = data.facts.functions.iter().enumerate().filter(|(_, function)| {
        function.kind != FunctionKind::ClassBody && function.span.start < span.end && span.start < function.span.end
    });
    let innermost = around.min_by_key(|(_, function)| function.span.end - function.span.start);
    let function = innermost.map(|(at, _)| project.files().function(file, crate::facts::FunctionId::from_index(at)));
    function.into_iter().map(|function| start_of(project, function)).collect()
}

fn start_of(project: &Project, function: FnId) -> Start {
    Start { kind: None, label: project.function_name(function), function }
}

/// Functions of this name: bare, of a class, or behind the path of its module.
fn functions(project: &Project, entries: &[Start], typed: &str) -> Vec<Start> {
    let wanted = typed.replace("::", ".").replace('/', ".");
    let ends = |name: &str| name == wanted || name.strip_suffix(wanted.as_str()).is_some_and(|before| before.ends_with('.'));
    let found: Vec<FnId> = project.functions().filter(|id| !project.is_test(*id) && ends(&qualified(project, *id))).collect();
    found
        .into_iter()
        .map(|function| {
            let entry = entries.iter().find(|start| start.function == function);
            entry.cloned().unwrap_or_else(|| start_of(project, function))
        })
        .collect()
}

/// `shop.orders.OrderRepo.save`; empty for what has no name of its own.
fn qualified(project: &Project, function: FnId) -> String {
    if project.facts(function).name.is_none() {
        return String::new();
    }
    let (file, _) = project.files().locate(function);
    let path = &project.files().get(file).path;
    let module = path.rsplit_once('.').map_or(path.as_str(), |(module, _)| module).replace('/', ".");
    format!("{module}.{}", project.function_name(function).replace("::", "."))
}

fn unknown(project: &Project, entries: &[Start], typed: &str) -> Error {
    let names = project.functions().filter(|id| !project.is_test(*id) && project.facts(*id).name.is_some());
    let names = names.map(|id| project.function_name(id));
    // Long input cannot be a slip of the keyboard, and the distance is quadratic.
    let short = if typed.len() <= 128 { typed } else { "" };
    let mut near: Vec<(u64, String)> = entries
        .iter()
        .map(|start| start.label.clone())
        .chain(names)
        .map(|name| (strsim::jaro_winkler(short, &name), name))
        .filter(|(score, _)| *score >= NEAR)
        .map(|(score, name)| (score.to_bits(), name))
        .collect();
    near.sort_by(|a, b| (Reverse(a.0), &a.1).cmp(&(Reverse(b.0), &b.1)));
    near.dedup();
    let offered: Vec<String> = near.iter().take(OFFERED).map(|(_, name)| format!("`{}`", visible(name))).collect();
    let list = "`scalelint graph --entries` lists the entry points, --all shows what each of them calls";
    let advice = if offered.is_empty() { list.to_owned() } else { format!("did you mean {}? {list}", offered.join(" or ")) };
    Error::Usage { message: format!("no entry point and no function is called `{}`", visible(typed)), advice }
}
