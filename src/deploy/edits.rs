//! How deployment files are changed: a key more in a YAML map, a command of a Dockerfile without its shell. Apart from reading, since
//! what is written must look as if its author had written it.

use crate::deploy::commands::{Piece, Step};
use crate::deploy::texts::shell::{self, Origin};
use crate::finding::{FileId, Place};
use crate::source::{Change, Span};
use parse_dockerfile::{Command, Instruction, Spanned};

/// What a template fills in: around it nothing is certain.
const TEMPLATE: &str = "{{";

/// The key that says whether runs of a CronJob may overlap.
const POLICY: &str = "concurrencyPolicy";

/// Forbid a CronJob to start a run while the last one is at work: in place of what its `policy` says, else on a line of its own under
/// the `schedule`, which is the value at that span.
pub(crate) fn forbid_overlap(text: &str, schedule: Span, policy: Option<Span>) -> Option<Vec<Change>> {
    if let Some(policy) = policy {
        let plain = policy.of(text).trim_matches(['"', '\'']) == "Allow";
        return plain.then(|| vec![Change::replace(policy, "Forbid")]);
    }
    let (start, end) = (schedule.start as usize, schedule.end as usize);
    let line = text.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
    let before = &text[line..start];
    let key = before.trim_start_matches([' ', '-']);
    let is_key = key.trim_end().strip_suffix(':').is_some_and(|key| key.trim_matches(['"', '\'']) == "schedule");
    // The first key of an item of a list stands behind its dash; the others are as far in.
    let indent = before.len() - key.len();
    let rest = text[end..].split('\n').next().unwrap_or_default();
    let ends_line = rest.trim_start().is_empty() || rest.starts_with([' ', '\t']) && rest.trim_start().starts_with('#');
    let one_line = !text[start..end].contains('\n') && !before[..indent].contains('\t');
    let document = &text[text[..start].rfind("\n---").unwrap_or(0)..text[end..].find("\n---").map_or(text.len(), |at| end + at)];
    // In a template, an `if` further down may already say so.
    let templated =
        text[line..end].contains(TEMPLATE) || rest.contains(TEMPLATE) || document.contains(TEMPLATE) && document.contains(POLICY);
    if !is_key || !ends_line || !one_line || templated {
        return None;
    }
    let (content, brk) = rest.strip_suffix('\r').map_or((rest, "\n"), |content| (content, "\r\n"));
    Some(vec![Change::insert(end + content.len(), format!("{brk}{}{POLICY}: Forbid", " ".repeat(indent)))])
}

/// How a command is started without a shell that stays in front of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Started {
    /// By no shell at all: as a list of words.
    AsList,
    /// By one that then hands its place on: with `exec` before it.
    InPlace,
}

/// Start a command of a Dockerfile so that it hears signals, when that changes nothing else: as a list of words where the shell around it
/// does nothing, else with `exec` before it.
pub(crate) fn without_shell(text: &str, command: Span) -> Option<(Change, Started)> {
    let parsed = parse_dockerfile::parse(text).ok()?;
    // With another shell nobody knows what a command means.
    if parsed.instructions.iter().any(|instruction| matches!(instruction, Instruction::Shell(_))) {
        return None;
    }
    let has_entry_point = parsed.instructions.iter().any(|instruction| matches!(instruction, Instruction::Entrypoint(_)));
    let written = parsed.instructions.iter().find_map(|instruction| {
        let command_line = match instruction {
            Instruction::Cmd(cmd) => &cmd.arguments,
            Instruction::Entrypoint(point) => &point.arguments,
            _ => return None,
        };
        let holds = |text: &&Spanned<&str>| text.span.start <= command.start as usize && command.end as usize <= text.span.end;
        shell_text(command_line).filter(holds).map(|text| text.span.clone())
    })?;
    let line = text.get(written.clone())?;
    let words = only_command(line)?;
    // An entry point and a command are one line together, and that line would change.
    if line.contains(WORK) || has_entry_point {
        return Some((Change::insert(written.start, "exec "), Started::InPlace));
    }
    let words =
        words.iter().map(|word| word.as_deref().and_then(|word| serde_json::to_string(word).ok())).collect::<Option<Vec<_>>>()?;
    Some((Change::replace(Span::new(written.start, written.end), format!("[{}]", words.join(", "))), Started::AsList))
}

fn shell_text<'c, 't>(command: &'c Command<'t>) -> Option<&'c Spanned<&'t str>> {
    match command {
        Command::Shell(text) => Some(text),
        _ => None,
    }
}

/// What a shell works on before it starts a command.
const WORK: &[char] = &['$', '`', '*', '?', '[', ']', '{', '}', '<', '>', '~', '!', '\\', '\n', '\r'];

/// What may make several commands of a line, or a comment.
const JOINTS: &[char] = &['|', '&', ';', '(', ')', '`', '<', '#'];

/// The words of a line that is one command and nothing else; none for a word that only a shell can tell.
fn only_command(line: &str) -> Option<Vec<Option<String>>> {
    if line.contains(JOINTS) {
        return None;
    }
    let place = Place { file: FileId::default(), span: Span::new(0, line.len()) };
    let mut steps = shell::steps(line, Origin::Exact(place)).into_iter();
    let (Some(Step::Run(command)), None) = (steps.next(), steps.next()) else { return None };
    let plain = command.settings.is_empty() && !command.background && !command.replaces && command.tests.is_empty();
    let text = |pieces: &[Piece]| match pieces {
        [] => Some(String::new()),
        [Piece::Text(text)] => Some(text.to_string()),
        _ => None,
    };
    let words = command.words.iter().map(|word| text(&word.pieces)).collect::<Vec<_>>();
    let program = words.first()?.as_deref()?;
    // What stands before the program, as `if`, is for the shell.
    let begins = command.words.first()?.place.span.start as usize == line.len() - line.trim_start().len();
    (plain && begins && !program.contains('=') && !BUILT_IN.contains(&program)).then(|| words.clone())
}

/// What only a shell can do.
const BUILT_IN: [&str; 16] = [
    ".", ":", "cd", "command", "eval", "exec", "export", "if", "set", "shift", "source", "trap", "ulimit", "umask", "unset",
    "wait",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::changed;

    fn forbidden(text: &str) -> Option<String> {
        let start = text.find("schedule: ").map(|at| at + "schedule: ".len())?;
        let end = start + text[start..].find([' ', '\n', '\r', '}', ',']).unwrap_or(text.len() - start);
        let changes = forbid_overlap(text, Span::new(start, end), None)?;
        Some(changed(text, changes.iter()))
    }

    #[test]
    fn a_key_goes_under_the_schedule() {
        for (before, after) in [
            ("spec:\n  schedule: \"@hourly\"\n  x: 1\n", "spec:\n  schedule: \"@hourly\"\n  concurrencyPolicy: Forbid\n  x: 1\n"),
            ("- schedule: @daily # c\r\n  x: 1\r\n", "- schedule: @daily # c\r\n  concurrencyPolicy: Forbid\r\n  x: 1\r\n"),
            ("schedule: @daily", "schedule: @daily\nconcurrencyPolicy: Forbid"),
        ] {
            assert_eq!(forbidden(before).as_deref(), Some(after), "{before}");
        }
        let explicit = "concurrencyPolicy: Allow";
        let changes = forbid_overlap(explicit, Span::default(), Some(Span::new(19, 24)));
        assert_eq!(changes.map(|changes| changed(explicit, changes.iter())).as_deref(), Some("concurrencyPolicy: Forbid"));
    }

    #[test]
    fn flow_maps_and_templates_are_left() {
        for text in [
            "spec: {schedule: @daily, x: 1}",
            "schedule: {{ .x }}",
            "schedule: @daily\n{{ if .p }}\nconcurrencyPolicy: {{ .p }}\n",
        ] {
            assert_eq!(forbidden(text), None, "{text}");
        }
    }

    fn started(command: &str, before: &str, after: &str) -> Option<String> {
        let file = format!("FROM a\n{before} {command}\n{after}");
        let start = file.find(command)?;
        let (change, _) = without_shell(&file, Span::new(start, start + command.len()))?;
        let new = changed(&file, [&change]);
        Some(new.strip_prefix("FROM a\n")?.strip_suffix(after)?.trim_end_matches('\n').to_owned())
    }

    #[test]
    fn plain_commands_become_lists() {
        let command = "gunicorn -b 0.0.0.0:80 --name 'my \"app\"' app:app";
        let list = r#"CMD ["gunicorn", "-b", "0.0.0.0:80", "--name", "my \"app\"", "app:app"]"#;
        assert_eq!(started(command, "CMD", "").as_deref(), Some(list));
    }

    #[test]
    fn others_take_the_place_of_their_shell() {
        for command in ["a $PORT", "a ${PORT:-80} > log", "a *.py", "a \\\n  b", "a ~/x"] {
            assert_eq!(started(command, "CMD", ""), Some(format!("CMD exec {command}")));
        }
        assert_eq!(
            started("run it", "ENTRYPOINT [\"tini\", \"--\"]\nCMD", "").as_deref(),
            Some("ENTRYPOINT [\"tini\", \"--\"]\nCMD exec run it")
        );
        assert_eq!(started("run it", "ENTRYPOINT", "CMD [\"x\"]\n").as_deref(), Some("ENTRYPOINT exec run it"));
    }

    #[test]
    fn what_more_than_one_command_does_is_left() {
        for command in
            ["a && b", "a | b", "A=1 a", "cd /x", "exec a", "a; b", "a & b", "export A", "(a)", "a $(b | c)", "if a", "a # b"]
        {
            assert_eq!(started(command, "CMD", ""), None, "{command}");
        }
        assert_eq!(started("run it", "SHELL [\"bash\", \"-c\"]\nCMD", ""), None);
    }
}
