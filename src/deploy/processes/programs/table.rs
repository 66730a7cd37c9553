//! The shape of `programs.toml`, which `build.rs` packs, and the table itself.

use super::Does;
use serde::Deserialize;
use std::sync::LazyLock;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    pub(super) wrapper: Vec<Wrapper>,
    pub(super) program: Vec<Program>,
}

/// A program that runs another one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wrapper {
    pub(super) name: Vec<String>,
    /// The word after which the other program stands.
    pub(super) subcommand: Option<String>,
    /// Words of its own stand before the other program: it is looked for among the words.
    #[serde(default)]
    pub(super) skips: bool,
    /// So many words of its own stand before the other program, flags aside.
    #[serde(default)]
    pub(super) words: usize,
    /// Its flag `-m` is that of an interpreter.
    #[serde(default)]
    pub(super) interprets: bool,
    /// It hands signals to all processes below it.
    #[serde(default)]
    pub(super) signals_all: bool,
    /// Flags with which it does.
    #[serde(default)]
    pub(super) signals_all_with: Vec<String>,
    /// What it runs in the background goes on when whoever started it has gone.
    #[serde(default)]
    pub(super) leaves: bool,
    /// `python -m` names that mean the same; what they run is told as the interpreter is.
    #[serde(default)]
    pub(super) module: Vec<String>,
    /// Flags of its own that take a value in the next word.
    #[serde(default)]
    pub(super) takes: Vec<String>,
    /// Flags whose value is the other program with its words, as one text.
    #[serde(default)]
    pub(super) text: Vec<String>,
    /// Its first argument is such a text.
    #[serde(default)]
    pub(super) first_is_text: bool,
    /// What stands before the words of such a text.
    pub(super) before: Option<String>,
}

/// A program, or a subcommand of one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Program {
    pub(super) name: Vec<String>,
    #[serde(default)]
    pub(super) module: Vec<String>,
    pub(super) subcommand: Option<String>,
    pub(super) does: Does,
    #[serde(default)]
    pub(super) takes: Vec<String>,
    pub(super) target: Option<TargetSpec>,
    pub(super) processes: Option<CountSpec>,
    pub(super) arguments: Option<String>,
    pub(super) settings: Option<SettingsSpec>,
    #[serde(default)]
    pub(super) reloads: Vec<String>,
    #[serde(default)]
    pub(super) development: bool,
    #[serde(default)]
    pub(super) detaches: Vec<String>,
    /// It goes into the background whatever it is told.
    #[serde(default)]
    pub(super) detaching: bool,
    #[serde(default)]
    pub(super) logs: Vec<String>,
    /// Names in its file of settings that say where it logs.
    #[serde(default)]
    pub(super) log_settings: Vec<String>,
    /// Names in its file of settings that send it into the background.
    #[serde(default)]
    pub(super) detach_settings: Vec<String>,
    #[serde(default)]
    pub(super) embeds: Vec<String>,
    #[serde(default)]
    pub(super) locks: Vec<String>,
    /// It takes a lock in a shared store itself.
    #[serde(default)]
    pub(super) locking: bool,
    #[serde(default)]
    pub(super) queues: Vec<String>,
    /// Flags that end a job which takes too long.
    #[serde(default)]
    pub(super) ends_jobs: Vec<String>,
    pub(super) grace: Option<GraceSpec>,
    pub(super) at_once: Option<AtOnceSpec>,
    #[serde(default)]
    pub(super) changes_to: Vec<String>,
    /// Words with which it changes a schema; none: always.
    pub(super) migrates: Option<Vec<String>>,
}

impl Program {
    /// Whether it stays and works for others: it answers, takes work from a queue, or starts it.
    pub(super) fn is_server(&self) -> bool {
        matches!(self.does, Does::Web | Does::Worker | Does::Scheduler)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TargetSpec {
    pub(super) form: TargetForm,
    #[serde(default)]
    pub(super) flag: Vec<String>,
    #[serde(default)]
    pub(super) env: Vec<String>,
    /// Files that it looks for by itself when it is told nothing.
    #[serde(default)]
    pub(super) usual: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum TargetForm {
    Module,
    Script,
    Settings,
    Django,
    Program,
    Usual,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CountSpec {
    #[serde(default)]
    pub(super) flag: Vec<String>,
    #[serde(default)]
    pub(super) env: Vec<String>,
    pub(super) setting: Option<String>,
    pub(super) otherwise: u32,
    /// With these words the number is one of threads, and there is one process.
    pub(super) single: Option<UnlessSpec>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingsSpec {
    #[serde(default)]
    pub(super) flag: Vec<String>,
    pub(super) file: Option<String>,
    /// How the name of one ends that needs no flag.
    #[serde(default)]
    pub(super) ends: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GraceSpec {
    pub(super) flag: Vec<String>,
    pub(super) otherwise: Option<u32>,
}

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let packed = include_str!(concat!(env!("OUT_DIR"), "/programs.json"));
    serde_json::from_str(packed).unwrap_or_else(|_| Table { wrapper: Vec::new(), program: Vec::new() })
});

/// How much one process works on at once.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AtOnceSpec {
    #[serde(default)]
    pub(super) flag: Vec<String>,
    /// What its file of settings calls the number.
    pub(super) setting: Option<String>,
    pub(super) otherwise: u32,
    pub(super) unless: Option<UnlessSpec>,
}

/// Words of a flag with which something does not hold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnlessSpec {
    pub(super) flag: Vec<String>,
    /// What its file of settings calls the same.
    pub(super) setting: Option<String>,
    pub(super) words: Vec<String>,
}
