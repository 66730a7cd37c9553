//! What may reach a terminal, and whether in colour: one place, so that every line on stdout and stderr follows the same rules.

use std::borrow::Cow;
use std::io::IsTerminal;

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ColorChoice {
    /// As the environment and the terminal say.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl ColorChoice {
    /// Whether to write colour to `stream`.
    ///
    /// `NO_COLOR` wins over the variables that ask for colour: who sets it wants none anywhere. `FORCE_COLOR` and
    /// `CLICOLOR_FORCE` win over `TERM=dumb` and over the stream being no terminal: that is what they are for.
    #[must_use]
    pub fn enabled(self, stream: &impl IsTerminal) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => from_environment(stream.is_terminal(), |name| std::env::var(name).ok()),
        }
    }
}

fn from_environment(terminal: bool, variable: impl Fn(&str) -> Option<String>) -> bool {
    let set = |name| variable(name).filter(|value| !value.is_empty());
    if set("NO_COLOR").is_some() {
        return false;
    }
    for name in ["FORCE_COLOR", "CLICOLOR_FORCE"] {
        if let Some(value) = set(name) {
            return value != "0" && value != "false";
        }
    }
    terminal && set("TERM").is_none_or(|term| term != "dumb") && set("CLICOLOR").is_none_or(|value| value != "0")
}

/// `text` with control and bidirectional characters written as escapes, so that a file name or a piece of source can neither
/// drive the terminal nor start a line of its own, and no command of a build service that reads its log: those begin a line, or stand
/// anywhere in it.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    let begins_command = text.trim_start().starts_with("::");
    if !begins_command && !text.contains(is_unsafe) && !holds_log_command(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for (at, c) in text.char_indices() {
        match c {
            '#' if opens_log_command(&text[at..]) => out.push(FULL_WIDTH),
            c if is_unsafe(c) => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    Cow::Owned(if begins_command { out.replacen("::", "\u{2237}", 1) } else { out })
}

/// What stands for the first character of a command in a log: it looks alike.
pub(crate) const FULL_WIDTH: char = '\u{ff03}';

/// Whether `rest` opens a command that a build service finds anywhere in a line of a log.
pub(crate) fn opens_log_command(rest: &str) -> bool {
    ["##[", "##vso[", "##teamcity["].iter().any(|opening| rest.starts_with(opening))
}

/// Whether such a command stands anywhere in `text`.
pub(crate) fn holds_log_command(text: &str) -> bool {
    text.match_indices('#').any(|(at, _)| opens_log_command(&text[at..]))
}

/// Whether printing `c` could move the cursor, run a terminal sequence, reorder the line, not be seen at all, or make an XML document
/// no document.
pub(crate) fn is_hazard(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}'..='\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}

/// In a path or an excerpt the joiners of scripts and pictures are shown as well: two names that look alike are told apart.
fn is_unsafe(c: char) -> bool {
    is_hazard(c) || matches!(c, '\u{200c}' | '\u{200d}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides() {
        let with = |terminal, pairs: &[(&str, &str)]| {
            from_environment(terminal, |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).into()))
        };
        assert!(with(true, &[]));
        assert!(!with(false, &[]));
        assert!(!with(true, &[("TERM", "dumb")]));
        assert!(with(false, &[("FORCE_COLOR", "1"), ("TERM", "dumb")]));
        assert!(with(false, &[("CLICOLOR_FORCE", "1")]));
        assert!(!with(true, &[("NO_COLOR", "1"), ("FORCE_COLOR", "1")]));
        assert!(with(true, &[("NO_COLOR", "")]));
    }

    #[test]
    fn nothing_drives_the_terminal() {
        assert_eq!(visible("a\u{1b}[2J\nb\u{202e}"), "a\\u{1b}[2J\\nb\\u{202e}");
        assert_eq!(visible("a\u{e0041}b"), "a\\u{e0041}b");
        assert_eq!(visible("größe 🦕 a::b #[x] ##"), "größe 🦕 a::b #[x] ##");
    }

    #[test]
    fn nothing_drives_a_build() {
        assert_eq!(visible("a ###[error]x"), "a #\u{ff03}#[error]x");
        assert_eq!(visible("##vso[task.x]##teamcity[y]"), "\u{ff03}#vso[task.x]\u{ff03}#teamcity[y]");
        assert_eq!(visible(" ::error file=x::y"), " \u{2237}error file=x::y");
    }
}
