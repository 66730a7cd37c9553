//! YAML and JSON texts as trees with places. The parser is an iterator of events, so neither nesting nor aliases can hurt: both are
//! counted here.

use crate::deploy::texts::tree::{Key, Node, Value};
use crate::source::Span;
use saphyr_parser::{Event, Parser, ScalarStyle, Span as Marks};
use std::collections::HashMap;

/// Deepest nesting, as `hostile.md` asks of YAML.
const DEEPEST: usize = 200;

/// Most nodes of one file, those that aliases repeat included.
const MOST_NODES: usize = 100_000;

/// Why a text gives no tree, or not all of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::deploy) enum YamlError {
    /// The text breaks the grammar.
    #[error("{message} on line {line}")]
    Syntax {
        /// What the parser says.
        message: String,
        /// 1-based line.
        line: usize,
    },
    /// Nested too deep.
    #[error("nested deeper than {DEEPEST} levels")]
    TooDeep,
    /// Too many nodes; an alias bomb, most likely.
    #[error("more than {MOST_NODES} values, aliases counted")]
    TooLarge,
}

/// The documents of `text`: those before an error are given with it.
#[must_use]
pub(in crate::deploy) fn documents(text: &str) -> (Vec<Node>, Option<YamlError>) {
    let (found, error) = parsed(text);
    if matches!(error, Some(YamlError::Syntax { .. }))
        && let Some(text) = with_brackets_closed_early(text)
        && let (found, None) = parsed(&text)
    {
        return (found, None);
    }
    (found, error)
}

/// The text with brackets that close at the beginning of a line moved to the line before: the standard wants them further right than
/// most people write them, and most parsers do not. No byte changes its place but the end of that line.
fn with_brackets_closed_early(text: &str) -> Option<String> {
    let mut made = String::with_capacity(text.len());
    let mut changed = false;
    for line in text.split_inclusive('\n') {
        let before = made.rsplit('\n').nth(1).unwrap_or_default();
        if line.trim_start().starts_with([']', '}']) && made.ends_with('\n') && !before.contains(" #") {
            made.pop();
            made.push(' ');
            changed = true;
        }
        made.push_str(line);
    }
    changed.then_some(made)
}

fn parsed(text: &str) -> (Vec<Node>, Option<YamlError>) {
    let mut reader = Reader {
        offsets: Offsets::of(text),
        end: text.len(),
        anchors: HashMap::new(),
        open: Vec::new(),
        done: Vec::new(),
        nodes: 0,
    };
    let mut parser = Parser::new_from_str(text);
    let error = loop {
        match parser.next_event() {
            None => break None,
            Some(Ok((event, marks))) => {
                if let Err(error) = reader.event(event, marks) {
                    break Some(error);
                }
            }
            Some(Err(error)) => break Some(YamlError::Syntax { message: error.info().to_owned(), line: error.marker().line() }),
        }
    };
    (reader.done, error)
}

/// Characters to bytes: the parser counts characters.
enum Offsets {
    /// Every character is a byte.
    Same,
    /// The byte at which each character begins.
    Of(Vec<u32>),
}

impl Offsets {
    fn of(text: &str) -> Self {
        if text.is_ascii() {
            return Self::Same;
        }
        Self::Of(text.char_indices().map(|(at, _)| u32::try_from(at).unwrap_or(u32::MAX)).collect())
    }

    fn byte(&self, character: usize, end: usize) -> usize {
        match self {
            Self::Same => character.min(end),
            Self::Of(starts) => starts.get(character).map_or(end, |&at| at as usize),
        }
    }
}

/// A collection that is not closed yet.
struct Open {
    node: Node,
    anchor: usize,
    /// The key that waits for its value.
    key: Option<Key>,
}

struct Reader {
    offsets: Offsets,
    end: usize,
    anchors: HashMap<usize, (Node, usize)>,
    open: Vec<Open>,
    done: Vec<Node>,
    nodes: usize,
}

impl Reader {
    fn event(&mut self, event: Event<'_>, marks: Marks) -> Result<(), YamlError> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let plain = style == ScalarStyle::Plain;
                let value = match &*text {
                    "" | "~" | "null" | "Null" | "NULL" if plain => Value::Null,
                    text => Value::Scalar(text.into()),
                };
                let node = Node::new(self.span(marks), value);
                self.add(node, anchor, 1)
            }
            Event::SequenceStart(anchor, _) => self.start(marks, Value::List(Vec::new()), anchor),
            Event::MappingStart(anchor, _) => self.start(marks, Value::Map(Vec::new()), anchor),
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(Open { mut node, anchor, .. }) = self.open.pop() else { return Ok(()) };
                // A block ends where the next thing begins; what it holds says where that really is.
                node.place.span.end = match &node.value {
                    Value::List(items) => items.last().map(|last| last.place.span.end),
                    Value::Map(entries) => entries.last().map(|(key, last)| last.place.span.end.max(key.place.span.end)),
                    _ => None,
                }
                .unwrap_or(node.place.span.end)
                .max(node.place.span.start);
                if let Value::Map(entries) = &mut node.value {
                    merge(entries);
                }
                let size = 1;
                self.add(node, anchor, size)
            }
            Event::Alias(anchor) => {
                let Some((node, size)) = self.anchors.get(&anchor).cloned() else { return Ok(()) };
                self.add(node, 0, size)
            }
            Event::DocumentStart(_) | Event::DocumentEnd | Event::StreamStart | Event::StreamEnd | Event::Nothing => Ok(()),
        }
    }

    fn span(&self, marks: Marks) -> Span {
        let at = |character| self.offsets.byte(character, self.end);
        Span::new(at(marks.start.index()), at(marks.end.index()))
    }

    fn start(&mut self, marks: Marks, value: Value, anchor: usize) -> Result<(), YamlError> {
        if self.open.len() >= DEEPEST {
            return Err(YamlError::TooDeep);
        }
        self.open.push(Open { node: Node::new(self.span(marks), value), anchor, key: None });
        Ok(())
    }

    /// A finished value goes where the innermost open collection wants it; `size` counts it and what it holds anew.
    fn add(&mut self, node: Node, anchor: usize, size: usize) -> Result<(), YamlError> {
        self.nodes += size;
        if self.nodes > MOST_NODES {
            return Err(YamlError::TooLarge);
        }
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), count(&node)));
        }
        let Some(open) = self.open.last_mut() else {
            self.done.push(node);
            return Ok(());
        };
        match &mut open.node.value {
            Value::List(items) => items.push(node),
            Value::Map(entries) => match open.key.take() {
                Some(key) => entries.push((key, node)),
                None => open.key = Some(Key { name: node.text().unwrap_or_default().into(), place: node.place }),
            },
            _ => {}
        }
        Ok(())
    }
}

fn count(node: &Node) -> usize {
    let mut stack = vec![node];
    let mut count = 0;
    while let Some(node) = stack.pop() {
        count += 1;
        stack.extend(node.items());
        stack.extend(node.entries().iter().map(|(_, node)| node));
    }
    count
}

/// `<<: *defaults`: entries of other maps that this one does not have itself.
fn merge(entries: &mut Vec<(Key, Node)>) {
    if !entries.iter().any(|(key, _)| &*key.name == "<<") {
        return;
    }
    let mut merged = Vec::new();
    for (key, node) in std::mem::take(entries) {
        if &*key.name != "<<" {
            merged.push((key, node));
            continue;
        }
        match node.value {
            Value::Map(from) => entries.extend(from),
            Value::List(maps) => entries.extend(maps.into_iter().rev().flat_map(|map| match map.value {
                Value::Map(from) => from,
                _ => Vec::new(),
            })),
            _ => {}
        }
    }
    // What is found last counts, so a map's own entries come behind those it takes over.
    entries.extend(merged);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> Node {
        let (mut documents, error) = documents(text);
        assert_eq!(error, None, "{text}");
        documents.pop().unwrap_or_else(|| panic!("no document in {text}"))
    }

    #[test]
    fn places_are_bytes() {
        let text = "name: 'käse'\nspec:\n  replicas: 3 # so many\n  ports: [80, 443]\n";
        let node = only(text);
        assert_eq!(node.text_at("name"), Some("käse"));
        let (key, replicas) = node.at("spec").and_then(|spec| spec.entry("replicas")).unwrap_or_else(|| panic!("no replicas"));
        assert_eq!((key.place.span.of(text), replicas.place.span.of(text)), ("replicas", "3"));
        assert_eq!(node.at("spec.ports").map(|ports| ports.place.span.of(text)).map(|text| &text[..7]), Some("[80, 44"));
    }

    #[test]
    fn several_documents_and_json() {
        let (list, error) = documents("---\na: 1\n---\n# nothing\n---\n{\"b\": [true, null]}\n");
        assert_eq!((list.len(), error), (3, None));
        assert_eq!(list[2].items_at("b").iter().map(Node::flag).collect::<Vec<_>>(), [Some(true), None]);
    }

    #[test]
    fn merge_keys_and_the_last_of_equals() {
        let node = only("base: &b {image: x, tag: 1}\nweb:\n  <<: *b\n  tag: 2\nweb2: {a: 1, a: 2}\n");
        assert_eq!((node.text_at("web.image"), node.text_at("web.tag")), (Some("x"), Some("2")));
        assert_eq!(node.text_at("web2.a"), Some("2"));
    }

    #[test]
    fn brackets_may_close_where_their_key_begins() {
        let text = "web:\n  command: [\n    \"a\",\n    \"b\"\n  ]\n  tag: 2\n";
        let node = only(text);
        assert_eq!(node.items_at("web.command").iter().filter_map(Node::text).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(node.text_at("web.tag"), Some("2"));
    }

    #[test]
    fn what_came_before_an_error_is_kept() {
        let (list, error) = documents("a: 1\n---\nb: [\n");
        assert_eq!(list.len(), 1);
        assert!(matches!(error, Some(YamlError::Syntax { .. })), "{error:?}");
    }

    #[test]
    fn depth_and_bombs_end() {
        assert_eq!(documents(&"- ".repeat(300)).1, Some(YamlError::TooDeep));
        assert!(documents(&"[".repeat(100_000)).1.is_some());
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let before = format!("*a{}, ", level - 1).repeat(9);
            bomb.push_str(&format!("a{level}: &a{level} [{}]\n", before.trim_end_matches(", ")));
        }
        assert_eq!(documents(&bomb).1, Some(YamlError::TooLarge));
    }
}
