//! Small things that several readers of platforms need: lists of words as commands, places joined, quantities.

use crate::deploy::processes::commands::{Form, Line, Piece, Step, Word};
use crate::deploy::texts::shell::{self, Origin};
use crate::deploy::texts::tree::{Node, Value};
use crate::finding::Place;

/// From the start of one place to the end of another of the same file. A value that comes from another file is told by its own place.
pub(in crate::deploy) fn joined(from: Place, to: Place) -> Place {
    if from.file != to.file {
        return to;
    }
    if to.span.end < from.span.start {
        return from;
    }
    Place { file: from.file, span: crate::source::Span { start: from.span.start, end: to.span.end } }
}

/// A list of words that a platform starts without a shell. `$(NAME)` is a variable there.
pub(in crate::deploy) fn exec(node: &Node) -> Option<Line> {
    let words: Vec<Word> = node.items().iter().map(word).collect();
    (!words.is_empty()).then(|| Line::exec(words, node.place))
}

/// A word in which the platform fills in `$(NAME)`.
fn word(node: &Node) -> Word {
    let Some(text) = node.text() else {
        return Word { pieces: vec![Piece::Unknown("?".into())], place: node.place };
    };
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("$(") {
        let Some((name, end)) = after.split_once(')') else { break };
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') || before.ends_with('$') {
            break;
        }
        pieces.extend((!before.is_empty()).then(|| Piece::Text(before.into())));
        pieces.push(Piece::Variable { name: name.into(), otherwise: None });
        rest = end;
    }
    if !rest.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Text(rest.into()));
    }
    Word { pieces, place: node.place }
}

/// A command as a list of words or as one text; `form` says who reads the text.
pub(in crate::deploy) fn line(node: &Node, form: Form) -> Option<Line> {
    match &node.value {
        Value::List(_) => exec(node),
        Value::Scalar(text) => {
            // Where no shell reads it, a line that ends ends nothing.
            let text = if form == Form::Exec { in_one_line(text) } else { text.to_string() };
            let mut line = Line { form, steps: shell::steps(&text, Origin::Whole(node.place)), place: node.place };
            if form == Form::Exec {
                // Split into words, not run by a shell: signs of a shell are words like others, which nobody writes on purpose.
                line.steps.truncate(1);
                if let Some(Step::Run(command)) = line.steps.first_mut() {
                    command.replaces = true;
                }
            }
            Some(line)
        }
        _ => None,
    }
}

/// A text with spaces where its lines end, but for those in quotes. A line that YAML has folded may still hold the sign that it goes on,
/// before a blank: whoever splits words in quotes takes the sign away.
fn in_one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut quote = None;
    let mut escaped = false;
    for c in text.trim_end().chars() {
        let plain = !std::mem::take(&mut escaped);
        match (c, quote) {
            ('\\', None | Some('"')) if plain => escaped = true,
            ('"' | '\'', None) if plain => quote = Some(c),
            (c, Some(open)) if plain && c == open => quote = None,
            (' ', Some('"')) if !plain => {
                line.pop();
            }
            ('\n', None) => {
                line.push(' ');
                continue;
            }
            _ => {}
        }
        line.push(c);
    }
    line
}

/// Thousandths of a processor: `500m`, `0.5`, `2`.
pub(in crate::deploy) fn thousandths(text: &str) -> Option<u32> {
    if let Some(milli) = text.strip_suffix('m') {
        return milli.parse().ok();
    }
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part = format!("{part:0<3}");
    let whole: u32 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    whole.checked_mul(1000)?.checked_add(part.get(..3)?.parse().ok()?)
}

/// Seconds as people write them: `30`, `30s`, `1m30s`, `2h`.
pub(in crate::deploy) fn seconds(text: &str) -> Option<u32> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let mut total: u32 = 0;
    let mut digits = String::new();
    for c in text.chars() {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        let number: u32 = digits.parse().ok()?;
        digits.clear();
        total = total.checked_add(number.checked_mul(match c {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => return None,
        })?)?;
    }
    digits.is_empty().then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_no_shell_reads() {
        assert_eq!(in_one_line("gunicorn\n  --bind :80\n  app\n"), "gunicorn   --bind :80   app");
        assert_eq!(in_one_line("sh -c \"gunicorn \\ --workers 4\" 'a \\ b'"), "sh -c \"gunicorn  --workers 4\" 'a \\ b'");
        assert_eq!(in_one_line("sh -c \"a \\\" b\nc\"\nd"), "sh -c \"a \\\" b\nc\" d");
    }

    #[test]
    fn quantities() {
        assert_eq!(
            [thousandths("500m"), thousandths("0.5"), thousandths("2"), thousandths("x")],
            [Some(500), Some(500), Some(2000), None]
        );
        assert_eq!([seconds("30"), seconds("1m30s"), seconds("2h"), seconds("soon")], [Some(30), Some(90), Some(7200), None]);
    }
}
