//! `scalelint explain`: a rule's page on the terminal, or what is known of a line of code and what became of the findings there.

use super::{ExplainArgs, WIDTH, print};
use crate::config::Scope;
use crate::error::Error;
use crate::output::{self, Style};
use crate::rules::Rule;
use crate::scan;
use crate::session::{Options, Session, near_rule};
use crate::suppress::{UNUSED_SUPPRESSION, UNUSED_SUPPRESSION_PAGE};
use crate::terminal::{ColorChoice, visible};
use crate::views::line;
use std::path::{Path, PathBuf};

/// Explain what was typed: FILE:LINE, else the name of a rule.
pub(super) fn run(arguments: &ExplainArgs, color: ColorChoice) -> Result<u8, Error> {
    match place(&arguments.what) {
        Some((file, line)) => explain_line(arguments, &file, line),
        None => explain_rule(&arguments.what, color),
    }
}

/// `FILE:LINE` or `FILE:LINE:COLUMN`, as reports write places.
fn place(typed: &str) -> Option<(PathBuf, usize)> {
    let (before, last) = typed.rsplit_once(':')?;
    let last = last.parse().ok()?;
    match before.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse().ok()?))) {
        Some((file, line)) if !file.is_empty() => Some((file.into(), line)),
        _ => Some((before.into(), last)),
    }
}

fn explain_rule(name: &str, color: ColorChoice) -> Result<u8, Error> {
    let colour = color.enabled(&std::io::stdout());
    let style = Style { colour, width: width(), links: colour, whole: true };
    if name == UNUSED_SUPPRESSION {
        print(output::markdown_page(UNUSED_SUPPRESSION_PAGE, &style).as_bytes())?;
        return Ok(0);
    }
    if Path::new(name).is_file() {
        let shown = visible(name);
        return Err(Error::Usage {
            message: format!("`{shown}` is a file, and a line of it can be explained"),
            advice: format!("say which: scalelint explain {shown}:12"),
        });
    }
    let unknown = || Error::Rule { name: name.into(), near: near_rule(name).map(Into::into) };
    let rule = Rule::named(name).ok_or_else(unknown)?;
    let mut page = output::page(rule.page(), &style);
    if !page.ends_with('\n') {
        page.push('\n');
    }
    print(page.as_bytes())?;
    Ok(0)
}

/// Columns of the terminal, but no more than prose can be read in; elsewhere the same everywhere.
fn width() -> usize {
    let columns =
        terminal_size::terminal_size_of(std::io::stdout()).map(|(terminal_size::Width(columns), _)| usize::from(columns));
    columns.map_or(WIDTH, |columns| columns.clamp(20, WIDTH))
}

fn explain_line(arguments: &ExplainArgs, file: &Path, line: usize) -> Result<u8, Error> {
    let options = Options { paths: vec![file.to_path_buf()], ..arguments.choosing.options() };
    let session = Session::new(&options)?;
    let path = session.filter.first().cloned().unwrap_or_default();
    let threshold = threshold(arguments, session.scope(&path));
    let text = scan::examine(&session, |examined| line::explain(examined, &path, line, &threshold))?;
    print(text.as_bytes())?;
    Ok(0)
}

/// Where the least confidence that is reported came from.
fn threshold(arguments: &ExplainArgs, scope: Scope<'_>) -> String {
    if arguments.choosing.min_confidence.is_some() {
        return "by --min-confidence on the command line".to_owned();
    }
    match scope.config.place_of("min-confidence") {
        Some((path, line)) => format!("by `min-confidence` at {}:{line}", visible(path)),
        None => "the default".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn places_are_told_from_rules() {
        assert_eq!(place("app/a.py:12"), Some(("app/a.py".into(), 12)));
        assert_eq!(place("app/a.py:12:3"), Some(("app/a.py".into(), 12)));
        assert_eq!(place("a:b.py:12"), Some(("a:b.py".into(), 12)));
        assert_eq!(place("missing-timeout"), None);
        assert_eq!(place("a.py:x"), None);
    }
}
