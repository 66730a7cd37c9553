//! What is open in the editor, as it stands there: the disk is not asked for these files any more.

use super::places::{Encoding, Lines};
use super::uris;
use crate::source::LineIndex;
use crate::walk::{Buffers, root};
use lsp_types::{TextDocumentContentChangeEvent, TextDocumentItem, Uri, VersionedTextDocumentIdentifier};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// An open file.
#[derive(Debug)]
pub(super) struct Document {
    /// As the editor calls it.
    pub(super) uri: Uri,
    /// Where it really is, or would be.
    pub(super) path: PathBuf,
    pub(super) version: i32,
    pub(super) text: String,
}

/// All open files.
#[derive(Debug, Default)]
pub(super) struct Documents(BTreeMap<Uri, Document>);

impl Documents {
    /// Open a file; none when it is no file.
    pub(super) fn open(&mut self, item: TextDocumentItem) -> Option<PathBuf> {
        let path = root::real(&uris::path_of(&item.uri)?);
        let document = Document { uri: item.uri.clone(), path: path.clone(), version: item.version, text: item.text };
        self.0.insert(item.uri, document);
        Some(path)
    }

    /// Apply changes in their order; none when the file is not open.
    pub(super) fn change(
        &mut self,
        of: &VersionedTextDocumentIdentifier,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) -> Option<&Path> {
        let document = self.0.get_mut(&of.uri)?;
        document.version = of.version;
        for change in changes {
            let Some(range) = change.range else {
                document.text = change.text;
                continue;
            };
            let index = LineIndex::new(&document.text);
            let lines = Lines::new(&document.text, &index, encoding);
            let (start, end) = (lines.offset(range.start), lines.offset(range.end));
            document.text.replace_range(start..end.max(start), &change.text);
        }
        Some(&document.path)
    }

    /// Close a file; none when it was not open.
    pub(super) fn close(&mut self, uri: &Uri) -> Option<PathBuf> {
        self.0.remove(uri).map(|document| document.path)
    }

    pub(super) fn get(&self, uri: &Uri) -> Option<&Document> {
        self.0.get(uri)
    }

    /// The open file at `path`.
    pub(super) fn at(&self, path: &Path) -> Option<&Document> {
        self.0.values().find(|document| document.path == path)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Document> {
        self.0.values()
    }

    /// Their texts, to be read instead of the files.
    pub(super) fn buffers(&self) -> Buffers {
        self.0.values().map(|document| (document.path.clone(), document.text.as_bytes().into())).collect()
    }
}
