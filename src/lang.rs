//! The languages we read, and the one trait a front end implements.
//!
//! A front end is the only place that sees a syntax tree. It turns bytes into [`FileFacts`] and forgets the tree. To add a
//! language: a folder here with `mod.rs` (the front end), `lower` (tree to tape) and `models/` (what its libraries do), and a
//! line in [`Language`].

pub(crate) mod edits;
pub mod python;
pub mod rust;
pub mod sql;
pub(crate) mod suppression;

use crate::deploy::{Format, SheetFrontEnd};
use crate::facts::FileFacts;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A language we read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Python 3, every version in use.
    Python,
    /// Rust, editions 2015 to 2024.
    Rust,
    /// SQL, for what its statements define: tables, columns, keys.
    Sql,
    /// A deployment file, in one of its formats.
    Deployment(Format),
}

/// What a front end may spend on one file; see `hostile.md` for where each number comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest file, in bytes.
    pub file_bytes: usize,
    /// Deepest nesting of brackets and of indentation, in levels.
    pub nesting: usize,
    /// Parser steps granted to every file, as counted by its progress callback.
    pub steps_base: usize,
    /// Parser steps granted for each KiB of the file on top.
    pub steps_per_kib: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file_bytes: 2 * 1024 * 1024, nesting: 256, steps_base: 5_000, steps_per_kib: 200 }
    }
}

/// Why a file yields no facts at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExtractError {
    /// Nested deeper than the limit; parsers abort on such input, so it is never shown to one.
    #[error("nested deeper than {limit} levels near line {line}")]
    TooDeep {
        /// The limit in force.
        limit: usize,
        /// 1-based line where it is passed.
        line: u32,
    },
    /// The parser used up its budget of steps.
    #[error("the parser needed too many steps")]
    TooCostly,
    /// The parser gave nothing.
    #[error("the parser gave no result")]
    NoTree,
}

/// A front end for one language: bytes in, plain facts out. One is made per thread and reused, since parsers are costly to make.
pub trait FrontEnd {
    /// The facts of one file. A syntax error is no error here: the sound parts are lowered and the rest becomes a
    /// [`crate::facts::Gap`].
    ///
    /// # Errors
    /// When no fact at all can be had: nesting or effort above `limits`.
    fn extract(&mut self, text: &str, limits: &Limits) -> Result<FileFacts, ExtractError>;
}

impl Language {
    /// The languages of code, in order: those that libraries and models are for.
    pub const ALL: [Self; 3] = [Self::Python, Self::Rust, Self::Sql];

    /// Lower-case name, as in pages, fences and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Rust => "rust",
            Self::Sql => "sql",
            Self::Deployment(format) => format.name(),
        }
    }

    /// What separates the segments of a path when we print one.
    #[must_use]
    pub fn path_separator(self) -> &'static str {
        match self {
            Self::Python | Self::Sql | Self::Deployment(_) => ".",
            Self::Rust => "::",
        }
    }

    /// What begins a comment that runs to the end of its line.
    #[must_use]
    pub fn comment(self) -> &'static str {
        match self {
            Self::Python | Self::Deployment(_) => "#",
            Self::Rust => "//",
            Self::Sql => "--",
        }
    }

    /// The full path of a name that is in scope without an import, where that is not simply a name under `builtins`.
    #[must_use]
    pub fn prelude(self, name: &str) -> Option<&'static str> {
        match self {
            Self::Python | Self::Sql | Self::Deployment(_) => None,
            Self::Rust => rust::prelude(name),
        }
    }

    /// Whether a file of this kind may well have nothing to do with what we read it for: most YAML is no manifest.
    #[must_use]
    pub fn may_be_foreign(self) -> bool {
        let Self::Deployment(format) = self else { return false };
        !matches!(format, Format::Dockerfile | Format::Procfile | Format::Values | Format::Hcl)
    }

    /// By file name and extension.
    #[must_use]
    pub fn of_path(path: &Path) -> Option<Self> {
        let extension = path.extension().and_then(|extension| extension.to_str());
        match extension.unwrap_or_default() {
            "py" | "pyw" => Some(Self::Python),
            "rs" => Some(Self::Rust),
            "sql" => Some(Self::Sql),
            _ => Format::of_name(path.file_name()?.to_str()?).map(Self::Deployment),
        }
    }

    /// By the first line of a file without extension.
    #[must_use]
    pub fn of_shebang(head: &[u8]) -> Option<Self> {
        let line = head.split(|&byte| byte == b'\n').next()?;
        let line = std::str::from_utf8(line.strip_prefix(b"#!")?).ok()?;
        let mut words = line.split_whitespace();
        let program = words.next()?.rsplit('/').next()?;
        let program = if program == "env" { words.find(|word| !word.starts_with('-'))? } else { program };
        match program {
            "sh" | "bash" | "ash" | "dash" => Some(Self::Deployment(Format::Shell)),
            _ => (program.starts_with("python") || program == "uv" || program == "pypy3").then_some(Self::Python),
        }
    }

    /// A fresh front end.
    #[must_use]
    pub fn front_end(self) -> Box<dyn FrontEnd> {
        match self {
            Self::Python => Box::new(python::PythonFrontEnd::new()),
            Self::Rust => Box::new(rust::RustFrontEnd::new()),
            Self::Sql => Box::new(sql::SqlFrontEnd),
            Self::Deployment(format) => Box::new(SheetFrontEnd(format)),
        }
    }
}
