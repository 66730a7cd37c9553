//! A rule's page as data: what `explain`, the help in SARIF and the tests read. Kept apart from the registry because it is a format
//! of its own, described here.
//!
//! ````md
//! # missing-timeout
//!
//! First paragraph: the summary.
//!
//! ```toml
//! group = "resilience"
//! set = "recommended"
//! level = "warning"
//! languages = ["python", "rust"]
//! ```
//!
//! ## Why it does not scale
//! ## What to do instead
//! ## Examples
//!
//! ### each heading is a test, and its code blocks are the files of one project
//!
//! `app/main.py`:
//! ```python
//! requests.get(url)  # flagged: text that the message contains
//! ```
//!
//! ## Options
//! ## When to ignore it
//! ## Known gaps
//! ````
//!
//! Code that is not marked must stay silent, but for findings of low confidence; `# flagged low` demands one of those. Examples below *Known gaps* state what happens today, wrong as it is.

mod read;

use crate::finding::Level;
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

/// The sections of every page, in order.
pub const SECTIONS: [&str; 6] =
    ["Why it does not scale", "What to do instead", "Examples", "Options", "When to ignore it", "Known gaps"];

/// A rule's page. What stands below its head is read when it is first asked for: a run that checks needs no examples.
#[derive(Debug, Clone)]
pub struct Page {
    /// The title, which is the rule's name.
    pub name: String,
    /// `state`, `connections`, ...
    pub group: String,
    /// `recommended` or `strict`.
    pub set: String,
    /// Default level.
    pub level: Level,
    /// Languages it speaks about.
    pub languages: Vec<String>,
    /// First paragraph, on one line.
    pub summary: String,
    /// The whole page, as written.
    pub markdown: Cow<'static, str>,
    /// What could not be read of its head.
    unread: Option<String>,
    body: OnceLock<Body>,
}

/// What stands below a page's head.
#[derive(Debug, Clone, Default)]
struct Body {
    sections: Vec<Section>,
    examples: Vec<Example>,
    /// What could not be read.
    unread: Vec<String>,
}

/// A part of a page below a `##` heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its heading.
    pub title: String,
    /// What stands below it, as Markdown.
    pub body: String,
}

/// A test on a page: a small project, with the lines marked that the rule reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Its heading.
    pub name: String,
    /// Its files.
    pub files: Vec<ExampleFile>,
    /// Whether it states what happens today rather than what should.
    pub known_gap: bool,
}

/// A code block of an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleFile {
    /// Path in the project of the example.
    pub path: String,
    /// What the fence says.
    pub language: String,
    /// The text.
    pub code: String,
}

/// A line of an example that the rule reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark<'e> {
    /// Path of the file.
    pub path: &'e str,
    /// 1-based line.
    pub line: usize,
    /// Only a finding of low confidence.
    pub low: bool,
    /// What the message must contain.
    pub text: Option<&'e str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Metadata {
    group: String,
    set: String,
    level: Level,
    languages: Vec<String>,
}

impl Default for Metadata {
    fn default() -> Self {
        Self { group: String::new(), set: String::new(), level: Level::Warning, languages: Vec::new() }
    }
}

impl Page {
    /// Read a page. Never fails: what is wrong is told by [`Page::problems`].
    #[must_use]
    pub fn parse(markdown: &str) -> Self {
        Self::read(markdown.to_owned().into(), |written| {
            let written = written.ok_or("no toml block with metadata below the summary")?;
            toml::from_str(&written).map_err(|error| format!("metadata: {error}"))
        })
    }

    /// The page of a rule that is built in, whose metadata `build.rs` has read.
    pub(super) fn built_in(rule: &str, markdown: &'static str) -> Self {
        static METADATA: LazyLock<BTreeMap<String, Value>> =
            LazyLock::new(|| serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/pages.json"))).unwrap_or_default());
        Self::read(markdown.into(), |_| {
            let metadata = METADATA.get(rule).ok_or("no toml block with metadata below the summary")?;
            Metadata::deserialize(metadata).map_err(|error| format!("metadata: {error}"))
        })
    }

    fn read(markdown: Cow<'static, str>, metadata: impl FnOnce(Option<String>) -> Result<Metadata, String>) -> Self {
        let head = markdown.find("\n## ").map_or(&*markdown, |end| &markdown[..end]);
        let read = read::read(head);
        let (metadata, unread) = match metadata(read.metadata) {
            Ok(metadata) => (metadata, None),
            Err(problem) => (Metadata::default(), Some(problem)),
        };
        Self {
            name: read.name,
            group: metadata.group,
            set: metadata.set,
            level: metadata.level,
            languages: metadata.languages,
            summary: read.summary,
            markdown,
            unread,
            body: OnceLock::new(),
        }
    }

    fn body(&self) -> &Body {
        self.body.get_or_init(|| read::read(&self.markdown).body)
    }

    /// The sections, in the order of the page.
    #[must_use]
    pub fn sections(&self) -> &[Section] {
        &self.body().sections
    }

    /// The tests, in the order of the page.
    #[must_use]
    pub fn examples(&self) -> &[Example] {
        &self.body().examples
    }

    /// First sentence of the summary.
    #[must_use]
    pub fn short(&self) -> &str {
        let ends_sentence = |&(at, _): &(usize, &str)| {
            let next = self.summary[at + 2..].chars().next();
            next.is_some_and(|c| c.is_uppercase() || c == '`')
        };
        match self.summary.match_indices(". ").find(ends_sentence) {
            Some((at, _)) => &self.summary[..=at],
            None => &self.summary,
        }
    }

    /// The page without title, metadata and examples: what helps a person who has a finding.
    #[must_use]
    pub fn advice(&self) -> String {
        let told = self.sections().iter().filter(|section| section.title != "Examples");
        let sections = told.map(|section| format!("\n\n## {}\n\n{}", section.title, section.body.trim()));
        std::iter::once(self.summary.clone()).chain(sections).collect()
    }

    /// What is wrong with the page; nothing with every built-in one.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems: Vec<String> = self.unread.iter().chain(&self.body().unread).cloned().collect();
        let titles: Vec<&str> = self.sections().iter().map(|section| section.title.as_str()).collect();
        if titles != SECTIONS {
            problems.push(format!("the sections are {titles:?}, not {SECTIONS:?}"));
        }
        if self.name.is_empty() || self.summary.is_empty() {
            problems.push("the page needs a title and, below it, a summary".into());
        }
        if !matches!(self.set.as_str(), "recommended" | "strict") {
            problems.push(format!("the set is {:?}, not recommended or strict", self.set));
        }
        problems.extend(self.examples().iter().flat_map(Example::problems));
        for section in self.sections().iter().filter(|section| section.body.trim().is_empty()) {
            problems.push(format!("nothing stands below {:?}", section.title));
        }
        problems
    }
}

impl Example {
    /// The lines that the rule reports.
    #[must_use]
    pub fn marks(&self) -> Vec<Mark<'_>> {
        let lines = self.files.iter().flat_map(|file| marks(&file.code).map(move |mark| (file, mark)));
        lines.map(|(file, mark)| Mark { path: &file.path, ..mark }).collect()
    }

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.files.is_empty() {
            problems.push(format!("example {:?} has no code", self.name));
        }
        for (at, file) in self.files.iter().enumerate() {
            if self.files[..at].iter().any(|earlier| earlier.path == file.path) {
                problems.push(format!("example {:?} has two files named {:?}", self.name, file.path));
            }
            let mentions: usize = MARKS.iter().map(|mark| file.code.matches(mark).count()).sum();
            if mentions != marks(&file.code).count() {
                problems.push(format!(
                    "example {:?}: a mark is `# flagged`, `# flagged: text` or `# flagged low`, at the end",
                    self.name
                ));
            }
        }
        problems
    }
}

impl ExampleFile {
    /// The text as it is analysed: without marks in formats that have no comments at the end of a line.
    #[must_use]
    pub fn text(&self) -> String {
        if self.language != "dockerfile" {
            return self.code.clone();
        }
        let cut = |line: &str| line.find(MARKS[0]).map_or_else(|| line.to_owned(), |at| line[..at].trim_end().to_owned());
        self.code.lines().flat_map(|line| [cut(line), "\n".to_owned()]).collect()
    }
}

/// How a mark begins, by the language's comment.
const MARKS: [&str; 4] = ["# flagged", "// flagged", "-- flagged", "; flagged"];

/// The marks of a file, which the caller names.
fn marks(code: &str) -> impl Iterator<Item = Mark<'_>> {
    code.lines().enumerate().filter_map(|(at, line)| {
        let end_of = |mark: &&str| Some(line.rfind(mark)? + mark.len());
        let text = line[MARKS.iter().filter_map(end_of).max()?..].trim_end();
        let (low, text) = text.strip_prefix(" low").map_or((false, text), |text| (true, text));
        let mark = |text| Some(Mark { path: "", line: at + 1, low, text });
        match text.strip_prefix(':') {
            Some(text) => mark(Some(text.trim())),
            None if text.is_empty() => mark(None),
            None => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
# a-rule

Something is wrong, e.g. this. It
has two lines.

```toml
group = \"state\"
set = \"strict\"
level = \"error\"
languages = [\"python\"]
```

## Why it does not scale

Because.

## What to do instead

```python
no_test()
```

## Examples

### two files

`app/a.py`:

```python
# ## no heading
x = 1  # flagged
y = 2  # flagged: the text
```

```rust
a(); // flagged: b
```

### silent

```python
pass
```

## Options

None.

## When to ignore it

Never.

## Known gaps

- Many.

### a gap

```python
gap()
```
";

    #[test]
    fn a_page_is_read() {
        let page = Page::parse(PAGE);
        assert_eq!(page.problems(), [""; 0]);
        assert_eq!((page.name.as_str(), page.group.as_str(), page.set.as_str()), ("a-rule", "state", "strict"));
        assert_eq!(page.level, Level::Error);
        assert_eq!(page.summary, "Something is wrong, e.g. this. It has two lines.");
        assert_eq!(page.short(), "Something is wrong, e.g. this.");
        let names: Vec<_> = page.examples().iter().map(|example| (example.name.as_str(), example.known_gap)).collect();
        assert_eq!(names, [("two files", false), ("silent", false), ("a gap", true)]);
        let mark = |path, line, text| Mark { path, line, low: false, text };
        let expected = [mark("app/a.py", 2, None), mark("app/a.py", 3, Some("the text")), mark("src/main.rs", 1, Some("b"))];
        assert_eq!(page.examples()[0].marks(), expected);
        assert!(page.advice().contains("no_test()") && !page.advice().contains("the text"));
    }

    #[test]
    fn problems_are_told() {
        for (from, to, problem) in [
            ("## Options", "## Knobs", "the sections are"),
            ("None.", "", "nothing stands below"),
            ("strict", "stern", "not recommended or strict"),
            ("group", "grupo", "metadata"),
            ("# flagged\n", "# flagged, hm\n", "a mark is"),
            ("```rust", "```go", "needs a file name"),
            ("### two files", "", "without the heading"),
        ] {
            let page = Page::parse(&PAGE.replace(from, to));
            assert!(page.problems().iter().any(|told| told.contains(problem)), "{problem}: {:?}", page.problems());
        }
    }

    #[test]
    fn anything_is_survived() {
        for end in (0..PAGE.len()).filter(|&end| PAGE.is_char_boundary(end)) {
            let _ = Page::parse(&PAGE[..end]).short().len() + Page::parse(&PAGE[end..]).short().len();
        }
        let _ = Page::parse("```\n```é\n# é. \n. ");
    }
}
