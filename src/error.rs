//! What can stop a run, each with advice: usage, configuration, output. What merely spoils one file is a notice instead.

mod excerpt;

pub use excerpt::Excerpt;

use crate::terminal::visible;
use std::io;
use std::path::PathBuf;

/// Why a run did not happen or could not be completed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A path to check is not there or cannot be looked at.
    #[error("cannot check `{}`: {}", visible(&path.to_string_lossy()), reason(source))]
    Path {
        /// As typed.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The paths to check belong to different projects.
    #[error("`{}` and `{}` belong to no common project", visible(&first.to_string_lossy()), visible(&second.to_string_lossy()))]
    Roots {
        /// A path.
        first: PathBuf,
        /// Another one.
        second: PathBuf,
    },
    /// A configuration file cannot be read.
    #[error("cannot read the configuration `{}`: {why}", visible(path))]
    ConfigUnreadable {
        /// Which file.
        path: String,
        /// What is in the way.
        why: String,
    },
    /// A configuration file says something we do not understand.
    #[error("{}: {}", .0.place(), .0)]
    Config(Excerpt),
    /// A baseline cannot be read.
    #[error("cannot read the baseline `{}`: {why}", visible(path))]
    BaselineUnreadable {
        /// Which file.
        path: String,
        /// What is in the way.
        why: String,
    },
    /// A baseline says something that no baseline says.
    #[error("{}: {}", .0.place(), .0)]
    Baseline(Excerpt),
    /// Git does not give what a comparison needs.
    #[error("{}", visible(message))]
    Git {
        /// What is wrong.
        message: String,
        /// What to do.
        advice: String,
    },
    /// A rule, group or set that is not there.
    #[error("there is no rule, group or set `{}`", visible(name))]
    Selector {
        /// As typed.
        name: String,
        /// What may have been meant.
        near: Option<String>,
    },
    /// A rule that is not there, where a group or set would not do.
    #[error("there is no rule `{}`", visible(name))]
    Rule {
        /// As typed.
        name: String,
        /// What may have been meant.
        near: Option<String>,
    },
    /// Options that contradict each other.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do.
        advice: String,
    },
    /// Nothing to analyse.
    #[error("nothing to analyse in `{}`", visible(place))]
    Nothing {
        /// Where we looked.
        place: String,
    },
    /// An output could not be written whole.
    #[error("cannot write {}: {}", visible(target), reason(source))]
    Output {
        /// File, or "to standard output".
        target: String,
        /// What the system said.
        source: io::Error,
    },
    /// Some of several files were changed and could neither be finished nor put back.
    #[error("cannot write {}: {}; of the files to change, {} changed already", visible(target), reason(source), are(changed))]
    HalfDone {
        /// The file that could not be written.
        target: String,
        /// What the system said.
        source: io::Error,
        /// Those that keep their change.
        changed: Vec<String>,
    },
    /// The run itself failed.
    #[error("the run failed: {0}")]
    Internal(String),
}

impl Error {
    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        Some(match self {
            Self::Path { .. } => "check the spelling and that the path can be read".into(),
            Self::Roots { .. } => "run scalelint once for each project".into(),
            Self::ConfigUnreadable { .. } => "mend the file, name another with --config, or use none with --isolated".into(),
            Self::BaselineUnreadable { .. } => "make one with `scalelint baseline create`, or mend the path".into(),
            Self::Git { advice, .. } => visible(advice).into_owned(),
            Self::Config(excerpt) | Self::Baseline(excerpt) => return excerpt.advice().map(Into::into),
            Self::Selector { near, .. } | Self::Rule { near, .. } => match near {
                Some(near) => format!("did you mean `{near}`? `scalelint rules` lists them all"),
                None => "`scalelint rules` lists them all".into(),
            },
            Self::Usage { advice, .. } => advice.clone(),
            Self::Nothing { .. } => {
                "files that git ignores, hidden files and virtual environments are skipped; --allow-empty makes this no error"
                    .into()
            }
            Self::Output { .. } => "check free space and permissions; a file that was there before is unchanged".into(),
            Self::HalfDone { .. } => "each file is whole; take the changes back by version control, or run it again".into(),
            Self::Internal(_) => "please report this with the message above".into(),
        })
    }

    /// The exit code that the contract gives to it.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Nothing { .. } => 3,
            Self::Output { .. } | Self::HalfDone { .. } | Self::Internal(_) => 5,
            _ => 2,
        }
    }

    /// As shown to a person: the message, the excerpt if there is one, the advice. Ends with a line break.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        if let Self::Config(excerpt) | Self::Baseline(excerpt) = self {
            return excerpt.render(color);
        }
        let (red, cyan, plain) = if color { ("\u{1b}[1;31m", "\u{1b}[36m", "\u{1b}[0m") } else { ("", "", "") };
        let advice = self.advice().map(|advice| format!("  {cyan}help:{plain} {advice}\n")).unwrap_or_default();
        format!("{red}error:{plain} {self}\n{advice}")
    }
}

/// `a.py, b.py are`, for a sentence to go on.
fn are(paths: &[String]) -> String {
    let shown = paths.iter().map(|path| format!("`{}`", visible(path))).collect::<Vec<_>>().join(", ");
    format!("{shown} {}", if paths.len() == 1 { "is" } else { "are" })
}

/// The system's reason in plain words, without its number.
#[must_use]
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// The one of `known` that `name` may have been meant to be.
pub fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    // Long input cannot be a slip of the keyboard, and the distance is quadratic.
    if name.len() > 64 {
        return None;
    }
    let scored = known.into_iter().map(|candidate| {
        let shared = strsim::jaro_winkler(name, candidate);
        let contained = if name.len() >= 4 && candidate.contains(name) { 0.9 } else { 0.0 };
        (candidate, shared.max(contained))
    });
    let best = scored.max_by(|a, b| a.1.total_cmp(&b.1))?;
    (best.1 >= 0.75).then_some(best.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_only() {
        let known = ["missing-timeout", "unbounded-query", "global-mutable-state"];
        assert_eq!(nearest("mising-timeout", known), Some("missing-timeout"));
        assert_eq!(nearest("timeout", known), Some("missing-timeout"));
        assert_eq!(nearest("zzz", known), None);
    }
}
