//! Texts made of pieces of other texts: rendered templates, patches that stand inside of another file. What is read from them has the
//! place where each value was written, and what could not be told, or not for certain, is unknown.

mod lines;

use crate::deploy::texts::tree::{Key, Node, Value};
use crate::deploy::texts::yaml;
use crate::finding::{FileId, Place};
use crate::source::Span;
use lines::{Role, indent, role, splits};

/// Stands in a rendered text for what is not known. Private to us by the rules of Unicode, so nobody writes it.
pub(in crate::deploy) const UNKNOWN: char = '\u{E000}';

/// Maps in which a key more or less changes nothing that we judge.
const OPEN_MAPS: [&str; 8] =
    ["metadata", "labels", "annotations", "matchLabels", "selector", "nodeSelector", "data", "securityContext"];

/// The place of what was made of nothing.
pub(in crate::deploy) const NOWHERE: Place = Place { file: FileId(0), span: Span { start: 0, end: 0 } };

/// Where a piece of a text comes from.
#[derive(Debug, Clone, Copy)]
enum Origin {
    /// Written so from here on, byte by byte.
    Written(Place),
    /// Filled in: where the value is written, and where it was filled in.
    Filled { value: Place, at: Place },
}

#[derive(Debug, Clone, Copy)]
struct Piece {
    start: usize,
    origin: Origin,
    certain: bool,
}

/// A text with the origin of its pieces.
#[derive(Debug, Clone, Default)]
pub(in crate::deploy) struct Mapped {
    text: String,
    pieces: Vec<Piece>,
}

/// A document of such a text.
#[derive(Debug)]
pub(in crate::deploy) struct Document {
    /// Its tree.
    pub node: Node,
    /// Whether every key that it has is known.
    pub whole: bool,
}

impl Mapped {
    /// A text without an origin of its own.
    pub(in crate::deploy) fn plain(text: String) -> Self {
        Self { text, pieces: Vec::new() }
    }

    pub(in crate::deploy) fn text(&self) -> &str {
        &self.text
    }

    /// The spaces that its last line is made of, when there is nothing else on it.
    pub(in crate::deploy) fn blank_line(&self) -> Option<&str> {
        let line = self.text.rsplit('\n').next().unwrap_or_default();
        line.trim().is_empty().then_some(line)
    }

    /// Whether its pieces say where they come from.
    pub(in crate::deploy) fn has_origins(&self) -> bool {
        !self.pieces.is_empty()
    }

    /// Whether all of it is known for certain.
    pub(in crate::deploy) fn is_certain(&self) -> bool {
        self.pieces.iter().all(|piece| piece.certain) && !self.text.contains(UNKNOWN)
    }

    /// Add what stands in a file from `place` on.
    pub(in crate::deploy) fn write(&mut self, text: &str, place: Place, certain: bool) {
        self.add(text, Origin::Written(place), certain);
    }

    /// Add a value that is filled in.
    pub(in crate::deploy) fn fill(&mut self, text: &str, (value, at): (Place, Place), certain: bool) {
        self.add(text, Origin::Filled { value, at }, certain);
    }

    /// Add something that is not known.
    pub(in crate::deploy) fn fill_unknown(&mut self, at: Place, certain: bool) {
        self.fill(UNKNOWN.encode_utf8(&mut [0; 4]), (at, at), certain);
    }

    fn add(&mut self, text: &str, origin: Origin, certain: bool) {
        if !text.is_empty() {
            self.pieces.push(Piece { start: self.text.len(), origin, certain });
            self.text.push_str(text);
        }
    }

    /// Add another such text, filled in at `at`. What is on one line is one value; lines keep their own origins.
    pub(in crate::deploy) fn append(&mut self, other: &Self, (value, at): (Option<Place>, Place), certain: bool) {
        match (value, other.pieces.as_slice()) {
            (Some(value), _) => self.fill(&other.text, (value, at), certain && other.is_certain()),
            (None, []) => self.fill(&other.text, (at, at), certain),
            (None, _) if other.text.contains('\n') => self.extend(other, 0, other.text.len(), certain),
            (None, pieces) => {
                let values: Vec<Place> = pieces.iter().filter_map(Piece::value).collect();
                let value = if pieces.len() == 1 { values.first().copied() } else { None };
                self.fill(&other.text, (value.unwrap_or(at), at), certain && other.is_certain());
            }
        }
    }

    /// Add the bytes from `start` to `end` of another text.
    fn extend(&mut self, other: &Self, start: usize, end: usize, certain: bool) {
        let mut from = start;
        while from < end {
            let at = other.piece_at(from);
            let next = at.map_or(0, |at| at + 1);
            let to = other.pieces.get(next).map_or(end, |next| next.start).min(end);
            let Some(text) = other.text.get(from..to) else { return };
            match at.map(|at| &other.pieces[at]) {
                Some(piece) => {
                    let origin = match piece.origin {
                        Origin::Written(place) => Origin::Written(advanced(place, from - piece.start)),
                        filled @ Origin::Filled { .. } => filled,
                    };
                    self.add(text, origin, certain && piece.certain);
                }
                None => self.text.push_str(text),
            }
            from = to;
        }
    }

    /// A part of it.
    pub(in crate::deploy) fn part(&self, start: usize, end: usize) -> Self {
        let mut part = Self::default();
        part.extend(self, start, end, true);
        part
    }

    /// Every line moved to the right.
    pub(in crate::deploy) fn indented(&self, by: usize, first_on_a_new_line: bool) -> Self {
        let mut indented = Self::default();
        if first_on_a_new_line {
            indented.text.push('\n');
        }
        let pad = " ".repeat(by.min(200));
        let mut from = 0;
        for line in self.text.split_inclusive('\n') {
            indented.text.push_str(&pad);
            indented.extend(self, from, from + line.len(), true);
            from += line.len();
        }
        if self.text.is_empty() || self.text.ends_with('\n') {
            indented.text.push_str(&pad);
        }
        indented
    }

    /// The piece that the byte at `offset` belongs to.
    fn piece_at(&self, offset: usize) -> Option<usize> {
        self.pieces.partition_point(|piece| piece.start <= offset).checked_sub(1)
    }

    /// Its documents, those that `wanted` asks for by their text, and how many could not be read.
    pub(in crate::deploy) fn documents(&self, wanted: impl Fn(&str) -> bool) -> (Vec<Document>, usize) {
        let repaired = if self.text.contains(UNKNOWN) { Some(self.with_whole_lines()) } else { None };
        let whole = repaired.as_ref().unwrap_or(self);
        let (mut found, mut failed) = (Vec::new(), 0);
        for (start, end) in splits(&whole.text) {
            let text = &whole.text[start..end];
            if text.trim().is_empty() || !wanted(text) {
                continue;
            }
            let (nodes, error) = yaml::documents(text);
            failed += usize::from(error.is_some());
            found.extend(nodes.into_iter().map(|node| whole.document(node, start)));
        }
        (found, failed)
    }

    /// Lines that are unknown altogether, made into an item or an entry of what they stand in.
    fn with_whole_lines(&self) -> Self {
        let lines: Vec<&str> = self.text.split_inclusive('\n').collect();
        let mut made = Self::default();
        let mut from = 0;
        for (at, line) in lines.iter().enumerate() {
            let bare = line.trim();
            let end = from + line.len();
            if bare.is_empty() || !bare.chars().all(|c| c == UNKNOWN || c == ' ') {
                made.extend(self, from, end, true);
            } else {
                let start = from + indent(line);
                made.extend(self, from, start, true);
                match role(&lines, at) {
                    Role::Item => {
                        made.text.push_str("- ");
                        made.extend(self, start, end, true);
                    }
                    Role::Entry => {
                        let stop = start + UNKNOWN.len_utf8();
                        made.extend(self, start, stop, true);
                        made.text.push_str(": ");
                        made.extend(self, start, stop, true);
                        made.text.push('\n');
                    }
                    Role::Between => {
                        made.extend(self, start, start + UNKNOWN.len_utf8(), true);
                        made.text.push_str(",\n");
                    }
                    Role::Scalar => made.extend(self, start, end, true),
                }
            }
            from = end;
        }
        made
    }

    /// A tree read from the text from `base` on, with its places and what is unknown of it.
    fn document(&self, node: Node, base: usize) -> Document {
        let mut document = Document { node, whole: true };
        let mut stack = vec![(&mut document.node, false)];
        while let Some((node, open)) = stack.pop() {
            let span = node.place.span;
            let (start, end) = (base + span.start as usize, base + span.end as usize);
            let sure = match &node.value {
                Value::Scalar(text) => !text.contains(UNKNOWN) && self.certain(start, end),
                // Whether a map or list is there is said of its key, or of the sign before it.
                _ => true,
            };
            if !sure {
                node.value = Value::Unknown;
            }
            node.place = self.place(start, end, matches!(node.value, Value::List(_) | Value::Map(_)));
            match &mut node.value {
                Value::List(items) => stack.extend(items.iter_mut().map(|item| {
                    if !self.item(base + item.place.span.start as usize) {
                        item.value = Value::Unknown;
                    }
                    (item, open)
                })),
                Value::Map(entries) => {
                    for (key, value) in entries {
                        document.whole &= open || !key.name.contains(UNKNOWN);
                        if !self.key(key, base) {
                            value.value = Value::Unknown;
                        }
                        stack.push((value, open || OPEN_MAPS.contains(&&*key.name)));
                    }
                }
                _ => {}
            }
        }
        document
    }

    /// Whether the item that begins at `start` is there for certain.
    fn item(&self, start: usize) -> bool {
        let before = self.text.get(..start).unwrap_or_default().trim_end();
        let sign = if before.ends_with('-') { before.len() - 1 } else { start };
        self.certain(sign, sign + 1)
    }

    /// Give a key its place; whether it is there for certain.
    fn key(&self, key: &mut Key, base: usize) -> bool {
        let (start, end) = (base + key.place.span.start as usize, base + key.place.span.end as usize);
        key.place = self.place(start, end, false);
        self.certain(start, end)
    }

    fn certain(&self, start: usize, end: usize) -> bool {
        let first = self.piece_at(start).unwrap_or(0);
        self.pieces[first.min(self.pieces.len())..]
            .iter()
            .take_while(|piece| piece.start < end.max(start + 1))
            .all(|piece| piece.certain)
    }

    /// Where the bytes from `start` to `end` come from. A value that was filled in stands where it is written, unless it is only a
    /// part of what is asked for.
    fn place(&self, start: usize, end: usize, is_collection: bool) -> Place {
        let Some(first) = self.piece_at(start) else {
            return self.pieces.first().map_or(NOWHERE, |piece| piece.template(0));
        };
        let from = self.pieces[first].template(start);
        let overlapping = self.pieces[first..].iter().take_while(|piece| piece.start < end.max(start + 1));
        if is_collection {
            // It begins where its first key does; how far it goes is told by its end when that is of the same file.
            let head = self.pieces[first].value().unwrap_or(from);
            let last = self.piece_at(end.saturating_sub(1).max(start)).map(|at| self.pieces[at].template(end));
            return match last.filter(|last| last.file == head.file && last.span.end >= head.span.start) {
                Some(last) => Place { file: head.file, span: Span { start: head.span.start, end: last.span.end } },
                None => head,
            };
        }
        let mut values = Vec::new();
        let mut last = first;
        for (at, piece) in overlapping.enumerate() {
            last = first + at;
            let stop = self.pieces.get(last + 1).map_or(end, |next| next.start).min(end);
            let shown = self.text.get(piece.start.max(start)..stop).unwrap_or_default();
            let only_quotes = shown.chars().all(|c| matches!(c, '"' | '\'') || c.is_whitespace());
            match piece.origin {
                Origin::Filled { value, .. } => values.push(Some(value)),
                Origin::Written(_) if !only_quotes => values.push(None),
                Origin::Written(_) => {}
            }
        }
        if let [Some(value)] = values.as_slice() {
            return *value;
        }
        let to = self.pieces[last].template(end);
        if to.file == from.file && to.span.end >= from.span.start {
            return Place { file: from.file, span: Span { start: from.span.start, end: to.span.end } };
        }
        from
    }
}

impl Piece {
    fn value(&self) -> Option<Place> {
        match self.origin {
            Origin::Filled { value, .. } => Some(value),
            Origin::Written(_) => None,
        }
    }

    /// Where the byte at `offset` stands in the template; of what is filled in, where that is done.
    fn template(&self, offset: usize) -> Place {
        match self.origin {
            Origin::Written(place) => advanced(place, offset.saturating_sub(self.start)),
            Origin::Filled { at, .. } => at,
        }
    }
}

/// The place `by` bytes further on; it is empty there.
fn advanced(place: Place, by: usize) -> Place {
    let at = place.span.start as usize + by;
    Place { file: place.file, span: Span::new(at, at) }
}

#[cfg(test)]
mod tests;
