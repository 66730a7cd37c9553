//! What is known of one line: the function around it, the paths it lies on, its operations, and every finding there with what
//! became of it. The answer to "why is this reported, and why not?".

mod findings;
mod operations;

use super::words;
use crate::error::Error;
use crate::facts::{FunctionKind, OpId};
use crate::finding::FileId;
use crate::lang::Language;
use crate::link::value::FnId;
use crate::link::{Placement, Project};
use crate::models::EntryKind;
use crate::scan::Examined;
use crate::source::{LineIndex, Span};
use crate::terminal::visible;
use crate::walk;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Other entry points that are named, at most.
const MOST_ENTRIES: usize = 12;

/// A line of a file that was analysed.
struct Line<'p> {
    project: &'p Project,
    file: FileId,
    /// 1-based.
    number: usize,
    span: Span,
    lines: LineIndex,
}

/// All that is known of `path:line`, as text; `threshold` says where the least confidence came from.
///
/// # Errors
/// When the file was not analysed, or has no such line.
pub(crate) fn explain(examined: &Examined<'_>, path: &str, line: usize, threshold: &str) -> Result<String, Error> {
    let line = find(examined, path, line)?;
    let function = line.function();
    let mut text = format!("{}:{}\n", visible(path), line.number);
    let code = line.span.of(&examined.project.files().get(line.file).text).trim();
    let _ = writeln!(text, "    {}", visible(&words::short(code)));
    text.push_str("\nwhere it runs\n");
    text.push_str(&paths(&line, function));
    text.push_str("\nwhat it does\n");
    text.push_str(&operations::shown(&line));
    text.push_str("\nwhat the rules found\n");
    text.push_str(&findings::shown(examined, &line, threshold));
    Ok(text)
}

fn find<'p>(examined: &Examined<'p>, path: &str, number: usize) -> Result<Line<'p>, Error> {
    let files = examined.project.files();
    let Some((file, data)) = files.iter().find(|(_, data)| data.path == path) else {
        return Err(Error::Usage { message: format!("`{}` is not analysed", visible(path)), advice: why_not(examined, path) });
    };
    let lines = LineIndex::new(&data.text);
    // What follows the last line break is no line of its own.
    let count = if data.text.ends_with(['\n', '\r']) { lines.lines() - 1 } else { lines.lines() };
    if number == 0 || number > count {
        let message = format!("`{}` has no line {number}", visible(path));
        return Err(Error::Usage { message, advice: format!("its lines are 1 to {count}") });
    }
    let span = lines.line_span(&data.text, number - 1);
    Ok(Line { project: examined.project, file, number, span, lines })
}

/// Why a file is no part of the analysis.
fn why_not(examined: &Examined<'_>, path: &str) -> String {
    if let Some(notice) = examined.notices.iter().find(|notice| notice.path == path) {
        return format!("{} [{}]", visible(&notice.message), notice.kind.name());
    }
    if walk::is_excluded(examined.session, path) {
        let place =
            examined.session.scope(path).config.place_of("exclude").map(|(path, line)| format!(" at {}:{line}", visible(path)));
        return format!("the configuration leaves it out: `exclude`{}", place.unwrap_or_default());
    }
    "its language is not known, or git ignores it, or it is hidden; `scalelint check --show-files` lists what is analysed".into()
}

impl Line<'_> {
    /// Whether something that begins at byte `start` begins on this line.
    fn holds(&self, start: u32) -> bool {
        self.lines.line(start) + 1 == self.number
    }

    /// The innermost function around the first letter of the line.
    fn function(&self) -> FnId {
        let data = self.project.files().get(self.file);
        let code = self.span.of(&data.text);
        let blank = u32::try_from(code.len() - code.trim_start().len()).unwrap_or(0);
        let at = Span { start: self.span.start + blank, end: self.span.start + blank };
        let around = data
            .facts
            .functions
            .iter()
            .enumerate()
            .filter(|(index, function)| *index > 0 && function.kind != FunctionKind::ClassBody && function.span.contains(at));
        let innermost = around.min_by_key(|(_, function)| function.span.end - function.span.start);
        let index = innermost.map_or(0, |(index, _)| index);
        self.project.files().function(self.file, crate::facts::FunctionId::from_index(index))
    }

    /// An operation of a function on this line, or its first.
    fn operation(&self, function: FnId) -> Option<OpId> {
        let facts = self.project.facts(function);
        let here = facts.tape().find(|(_, op)| self.holds(op.span.start)).map(|(id, _)| id);
        here.or_else(|| facts.tape().next().map(|(id, _)| id))
    }
}

/// The function around, what kind of path that is, and one way there for each kind of entry.
fn paths(line: &Line<'_>, function: FnId) -> String {
    let project = line.project;
    let mut text = String::new();
    if matches!(project.language(function), Language::Sql | Language::Deployment(_)) {
        return "  no code of the project stands here\n".to_owned();
    }
    let facts = project.facts(function);
    let name = match facts.kind {
        FunctionKind::Module | FunctionKind::MainGuard | FunctionKind::LazyInit => "in the module".to_owned(),
        FunctionKind::Closure => format!("in a closure of {}", project.function_name(function)),
        _ => format!("in {}", project.function_name(function)),
    };
    let _ = writeln!(text, "  {}", visible(&name));
    let Some(op) = line.operation(function) else { return text + "  nothing is known of when it runs\n" };
    let placement = match project.placement(function, op) {
        Placement::Hot(reached) => format!("hot: {} comes here", reached.describe()),
        Placement::Cold => "cold: at start-up, in a command, a migration or a test, or at most once in a process".to_owned(),
        Placement::Unplaced(_) => "unplaced: no entry point that is known leads here".to_owned(),
    };
    let _ = writeln!(text, "  {}", visible(&placement));
    let mut shown = BTreeSet::new();
    for &kind in EntryKind::ALL {
        let Some(reached) = project.way_from(function, op, kind) else { continue };
        // A module that is loaded, say: the way is one step, and says nothing new.
        if reached.steps.is_empty() {
            continue;
        }
        let _ = writeln!(text, "  as {}:", kind.name());
        for step in &reached.steps {
            let (path, at) = words::place(project, step.place);
            let _ = writeln!(text, "    {}  {}:{at}", visible(&step.message), visible(&path));
        }
        shown.extend(reached.functions.first().copied());
    }
    text + &others(project, function, &shown)
}

/// Further entry points from which calls lead to a function, whatever their arguments.
fn others(project: &Project, function: FnId, shown: &BTreeSet<FnId>) -> String {
    let (mut seen, mut queue) = (BTreeSet::from([function]), vec![function]);
    while let Some(callee) = queue.pop() {
        queue.extend(project.graph.to(callee).map(|edge| edge.caller).filter(|caller| seen.insert(*caller)));
    }
    let points = project.entry_points().iter().filter(|point| {
        seen.contains(&point.function)
            && !shown.contains(&point.function)
            && point.kind.serves()
            && !project.is_test(point.function)
    });
    let labels: BTreeSet<String> = points.map(|point| project.entry_sentence(point)).collect();
    if labels.is_empty() {
        return String::new();
    }
    let mut text = format!("  also from {} more:\n", labels.len());
    for label in labels.iter().take(MOST_ENTRIES) {
        let _ = writeln!(text, "    {}", visible(label));
    }
    if labels.len() > MOST_ENTRIES {
        let _ = writeln!(text, "    and {} others", labels.len() - MOST_ENTRIES);
    }
    text
}
