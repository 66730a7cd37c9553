//! Reads the structure of a page: headings, code blocks and the names before them. Apart from [`Page`](super::Page) because only this knows Markdown.

use super::{Body, Example, ExampleFile, Section};

/// What stands in a page, or in the part of it that was read.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// The title.
    pub(super) name: String,
    /// First paragraph, on one line.
    pub(super) summary: String,
    /// What the block of metadata says.
    pub(super) metadata: Option<String>,
    /// What stands below the head.
    pub(super) body: Body,
}

/// Read a page, or its head.
pub(super) fn read(markdown: &str) -> Read {
    let mut reader = Reader { page: Read::default(), summary: Summary::Awaited, example: None, file: None };
    reader.read(&blocks(markdown));
    reader.page
}

/// A piece of a page.
enum Block<'m> {
    Heading { depth: usize, text: &'m str },
    Code { language: &'m str, code: String, written: String },
    Line(&'m str),
}

/// Split a page. Headings are found outside code only, which is all the Markdown that a page's structure needs.
fn blocks(markdown: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        let hashes = line.bytes().take_while(|&byte| byte == b'#').count();
        let ticks = line.bytes().take_while(|&byte| byte == b'`').count();
        if ticks >= 3 {
            let fence = &line[..ticks];
            let code: String = lines.by_ref().take_while(|line| line.trim_end() != fence).flat_map(|line| [line, "\n"]).collect();
            let written = format!("{line}\n{code}{fence}\n");
            blocks.push(Block::Code { language: line[ticks..].trim(), code, written });
        } else if (1..=3).contains(&hashes) && line[hashes..].starts_with(' ') {
            blocks.push(Block::Heading { depth: hashes, text: line[hashes..].trim() });
        } else {
            blocks.push(Block::Line(line));
        }
    }
    blocks
}

/// Gathers what stands in a page from its blocks.
struct Reader {
    page: Read,
    summary: Summary,
    /// The example that code belongs to, by position.
    example: Option<usize>,
    /// `` `path`: `` before a code block.
    file: Option<String>,
}

/// How far the first paragraph is read.
#[derive(PartialEq, Eq)]
enum Summary {
    Awaited,
    Open,
    Read,
}

impl Reader {
    fn read(&mut self, blocks: &[Block<'_>]) {
        for block in blocks {
            match block {
                Block::Heading { depth: 1, text } if self.page.name.is_empty() => self.page.name = (*text).into(),
                Block::Heading { depth: 2, text } => self.start_section(text),
                Block::Heading { depth, text } => {
                    self.push(&format!("{} {text}\n", "#".repeat(*depth)));
                    self.start_example(text);
                }
                Block::Code { language, code, written } => {
                    self.push(written);
                    self.code(language, code);
                }
                Block::Line(line) if self.page.body.sections.is_empty() => self.summary(line.trim()),
                Block::Line(line) => self.line(line),
            }
        }
    }

    /// The section we are in, when its headings are tests.
    fn section_of_examples(&self) -> Option<&str> {
        let title = self.page.body.sections.last()?.title.as_str();
        matches!(title, "Examples" | "Known gaps").then_some(title)
    }

    fn push(&mut self, written: &str) {
        if let Some(section) = self.page.body.sections.last_mut() {
            section.body.push_str(written);
        }
    }

    fn start_section(&mut self, title: &str) {
        self.page.body.sections.push(Section { title: title.into(), body: String::new() });
        self.example = None;
    }

    fn start_example(&mut self, name: &str) {
        if let Some(section) = self.section_of_examples() {
            let known_gap = section == "Known gaps";
            self.example = Some(self.page.body.examples.len());
            self.page.body.examples.push(Example { name: name.into(), files: Vec::new(), known_gap });
        }
    }

    fn summary(&mut self, text: &str) {
        match (text, &self.summary) {
            ("", Summary::Open) => self.summary = Summary::Read,
            ("", _) | (_, Summary::Read) => {}
            (_, Summary::Awaited | Summary::Open) => {
                let gap = if self.summary == Summary::Open { " " } else { "" };
                self.page.summary.extend([gap, text]);
                self.summary = Summary::Open;
            }
        }
    }

    fn code(&mut self, language: &str, code: &str) {
        let named = self.file.take();
        if self.page.body.sections.is_empty() {
            self.summary = Summary::Read;
            self.page.metadata.get_or_insert_with(|| code.into());
        } else if let Some(example) = self.example {
            let Some(path) = named.or_else(|| default_path(language).map(str::to_owned)) else {
                return self.page.body.unread.push(format!("a code block in {language:?} needs a file name before it"));
            };
            let file = ExampleFile { path, language: language.into(), code: code.into() };
            self.page.body.examples[example].files.push(file);
        } else if self.section_of_examples() == Some("Examples") {
            self.page.body.unread.push("code stands below Examples without the heading of an example".into());
        }
    }

    fn line(&mut self, line: &str) {
        self.push(line);
        self.push("\n");
        let text = line.trim();
        if !text.is_empty() {
            let path = text.strip_prefix('`').and_then(|rest| rest.strip_suffix("`:"));
            self.file = path.map(str::to_owned);
        }
    }
}

/// Where code lies that is given no name.
fn default_path(language: &str) -> Option<&'static str> {
    match language {
        "python" => Some("example.py"),
        "rust" => Some("src/main.rs"),
        "dockerfile" => Some("Dockerfile"),
        "procfile" => Some("Procfile"),
        _ => None,
    }
}
