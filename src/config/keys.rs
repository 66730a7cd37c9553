//! Every key of the configuration with its kind, its default and one sentence: what the JSON Schema, `--show-config` and the starter
//! file say of it. The reader has the last word; a test holds both together.

use crate::models::EntryKind;

/// A key of the configuration.
pub(super) struct Key {
    /// With the tables above it: `deployment.replicas`. `rules.*` stands for the table of any rule, `suppress[]` for each of a list.
    pub(super) path: &'static str,
    pub(super) kind: Kind,
    /// What holds when nobody gives it, as TOML.
    pub(super) default: &'static str,
    pub(super) says: &'static str,
}

/// What a value may be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Any text.
    Text,
    /// The name of a rule.
    Rule,
    /// A list of names of rules, groups and sets; or one.
    Selectors,
    /// A list of patterns as in `.gitignore`; or one.
    Patterns,
    /// A day, as `2027-03-01`.
    Date,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number from the first to the second.
    Integer(u32, u32),
    /// A number above zero.
    Number,
}

const LEVELS: &[&str] = &["error", "warning", "note", "off"];

const fn key(path: &'static str, kind: Kind, default: &'static str, says: &'static str) -> Key {
    Key { path, kind, default, says }
}

/// All of them, in the order in which people read them.
pub(super) const KEYS: &[Key] = &[
    key("extends", Kind::Text, "", "A configuration file inside the project whose lists come first and whose values give way."),
    key("select", Kind::Selectors, "[\"recommended\"]", "Run these rules, groups or sets, or `all`."),
    key("extend-select", Kind::Selectors, "[]", "Run these too."),
    key("ignore", Kind::Selectors, "[]", "Do not run these; the narrower word wins."),
    key("min-confidence", Kind::Choice(&["high", "medium", "low"]), "\"medium\"", "Report findings of at least this confidence."),
    key(
        "fail-on",
        Kind::Choice(&["error", "warning", "note", "never"]),
        "\"warning\"",
        "The least level of a finding that fails the run.",
    ),
    key("exclude", Kind::Patterns, "[]", "Files and folders not to look at, as in .gitignore."),
    key("baseline", Kind::Text, "", "The findings that are known: a file that `scalelint baseline create` writes."),
    key("models", Kind::Patterns, "[]", "Files that say what your own libraries do."),
    key("rules.*.level", Kind::Choice(LEVELS), "", "The level of this rule's findings; `off` switches it off, any other on."),
    key("rules.missing-timeout.max-seconds", Kind::Number, "60", "The longest wait for an outside answer that is no finding."),
    key("entry-points[].kind", Kind::Choice(EntryKind::NAMES), "", "When it runs."),
    key("entry-points[].decorator", Kind::Text, "", "Functions with this decorator or attribute, a qualified name."),
    key("entry-points[].function", Kind::Text, "", "This function: the end of its qualified name."),
    key("entry-points[].name", Kind::Text, "", "Every function of this name."),
    key("deployment.replicas", Kind::Integer(0, 1_000_000), "", "Instances of the service, where no file of the project says."),
    key("deployment.workers", Kind::Integer(1, 1_000_000), "", "Processes in each instance, where no file of the project says."),
    key("suppress[].rule", Kind::Rule, "", "The rule to silence."),
    key("suppress[].path", Kind::Text, "", "The files it is silenced in, a pattern as in .gitignore; all when not given."),
    key("suppress[].reason", Kind::Text, "", "Why, for whoever reads this in a year."),
    key("suppress[].until", Kind::Date, "", "The last day on which it holds."),
    key("limits.file-bytes", Kind::Integer(1, 16_777_216), "2097152", "Larger files are not analysed, in bytes."),
    key("limits.nesting", Kind::Integer(1, 256), "256", "Files nested deeper than this are not analysed."),
    key("limits.line-columns", Kind::Integer(1, 65_536), "65536", "Findings beyond this column are not reported, in bytes."),
    key("limits.findings-per-rule", Kind::Integer(1, 25_000), "200", "Findings of one rule in one file."),
    key("limits.findings", Kind::Integer(1, 1_000_000), "25000", "Findings in a run; the most severe stay."),
];

/// Keys that hold for a whole run, whatever it reports on: read at the root of the project only. All others hold for the files that a
/// configuration governs.
pub(super) const RUN_WIDE: [&str; 6] = ["fail-on", "baseline", "models", "entry-points", "deployment", "limits"];

/// A table or list of tables that keys lie in: its part of the paths, and what it is.
pub(super) const TABLES: &[(&str, &str)] = &[
    ("rules", "Levels and options of single rules."),
    ("entry-points", "Functions that only your own framework calls."),
    ("deployment", "Facts about the deployment that are not in the tree."),
    ("suppress", "Findings the project has decided to live with."),
    ("limits", "Bounds of a run; each cut is a notice."),
];
