//! The files of a project with their facts, and the numbering of functions and classes over all of them.

use crate::facts::{ClassId, FileFacts, Function, FunctionId, NameId};
use crate::finding::FileId;
use crate::lang::Language;
use crate::link::reach::surroundings;
use crate::link::values::value::{ClassRef, FnId};
use crate::models::EntryKind;
use crate::source::Span;
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

/// A file with its facts.
#[derive(Debug)]
pub struct FileData {
    /// Relative to the project root, forward slashes.
    pub path: String,
    /// Its language.
    pub language: Language,
    /// The text that was read.
    pub text: Arc<str>,
    /// What extraction learnt.
    pub facts: FileFacts,
}

impl FileData {
    /// The code of a span with its comments, but for those that silence rules: what they name and say is no evidence of anything, and
    /// a rule must not fall silent over a suppression of its own finding.
    #[must_use]
    pub fn spoken(&self, span: Span) -> Cow<'_, str> {
        let mut text = Cow::Borrowed(span.of(&self.text));
        // From the last on, so that the places of the others stay.
        for comment in self.facts.suppressions.iter().rev().filter(|comment| span.contains(comment.span)) {
            let range = (comment.span.start - span.start) as usize..(comment.span.end - span.start) as usize;
            if text.is_char_boundary(range.start) && text.is_char_boundary(range.end) {
                text.to_mut().replace_range(range, "");
            }
        }
        text
    }

    /// The same for the whole file.
    #[must_use]
    pub fn all_spoken(&self) -> Cow<'_, str> {
        self.spoken(Span::new(0, self.text.len()))
    }
}

/// A dependency manifest.
#[derive(Debug)]
struct Manifest {
    path: String,
    text: Arc<str>,
    /// Its content, once somebody asked: several do.
    table: OnceLock<Option<toml::Table>>,
}

/// The files of a project; functions and classes of all of them are numbered through.
#[derive(Debug, Default)]
pub struct Files {
    list: Vec<FileData>,
    manifests: Vec<Manifest>,
    /// What paths say, in the order of `list`.
    purposes: Vec<Option<EntryKind>>,
    functions: Vec<u32>,
    classes: Vec<u32>,
    owners: Vec<FileId>,
    class_owners: Vec<FileId>,
}

impl Files {
    /// Number the functions and classes of `list`, which must be sorted by path.
    #[must_use]
    pub fn new(list: Vec<FileData>, manifests: Vec<(String, Arc<str>)>) -> Self {
        let manifests = manifests.into_iter().map(|(path, text)| Manifest { path, text, table: OnceLock::new() }).collect();
        let purposes = list.iter().map(|data| surroundings::purpose(&data.path)).collect();
        let mut files = Self { manifests, purposes, ..Self::default() };
        for (at, data) in list.iter().enumerate() {
            files.functions.push(u32::try_from(files.owners.len()).unwrap_or(u32::MAX));
            files.classes.push(u32::try_from(files.class_owners.len()).unwrap_or(u32::MAX));
            files.owners.extend(std::iter::repeat_n(FileId::from_index(at), data.facts.functions.len()));
            files.class_owners.extend(std::iter::repeat_n(FileId::from_index(at), data.facts.classes.len()));
        }
        files.list = list;
        for (at, data) in files.list.iter_mut().enumerate() {
            if let Some(sheet) = &mut data.facts.sheet {
                sheet.set_file(FileId::from_index(at));
            }
        }
        files
    }

    /// The files themselves.
    #[must_use]
    pub fn into_list(self) -> Vec<FileData> {
        self.list
    }

    /// The files in order.
    #[must_use]
    pub fn list(&self) -> &[FileData] {
        &self.list
    }

    /// Every file with its id.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &FileData)> {
        self.list.iter().enumerate().map(|(at, data)| (FileId::from_index(at), data))
    }

    /// A file.
    #[must_use]
    pub fn get(&self, file: FileId) -> &FileData {
        &self.list[file.index()]
    }

    /// The file at a path.
    #[must_use]
    pub fn by_path(&self, path: &str) -> Option<FileId> {
        self.list.binary_search_by(|data| data.path.as_str().cmp(path)).ok().map(FileId::from_index)
    }

    /// Manifests, as path and text.
    pub fn manifests(&self) -> impl Iterator<Item = (&str, &str)> {
        self.manifests.iter().map(|manifest| (manifest.path.as_str(), &*manifest.text))
    }

    /// Manifests of a name, as path and content; those that cannot be read are left out.
    pub(crate) fn manifests_named(&self, name: &str) -> impl Iterator<Item = (&str, &toml::Table)> {
        let named = self.manifests.iter().filter(move |manifest| manifest.path.rsplit('/').next() == Some(name));
        named.filter_map(|manifest| {
            let table = manifest.table.get_or_init(|| manifest.text.parse().ok());
            Some((manifest.path.as_str(), table.as_ref()?))
        })
    }

    /// What the place of a file says that it is for.
    pub(crate) fn purpose(&self, file: FileId) -> Option<EntryKind> {
        self.purposes[file.index()]
    }

    /// How many functions the project has.
    #[must_use]
    pub fn function_count(&self) -> usize {
        self.owners.len()
    }

    /// How many classes the project has.
    #[must_use]
    pub fn class_count(&self) -> usize {
        self.class_owners.len()
    }

    /// A function of a file, numbered through.
    #[must_use]
    pub fn function(&self, file: FileId, function: FunctionId) -> FnId {
        FnId(self.functions[file.index()] + function.0)
    }

    /// The functions of a file, the body of its module first.
    pub(crate) fn functions_of(&self, file: FileId) -> impl Iterator<Item = FnId> + use<> {
        let first = self.functions[file.index()] as usize;
        (first..first + self.get(file).facts.functions.len()).map(FnId::from_index)
    }

    /// The body of a class.
    pub(crate) fn body_of(&self, class: ClassRef) -> FnId {
        let (file, local) = self.locate_class(class);
        self.function(file, self.get(file).facts.classes[local.index()].body)
    }

    /// A class of a file, numbered through.
    #[must_use]
    pub fn class(&self, file: FileId, at: usize) -> ClassRef {
        ClassRef(self.classes[file.index()] + u32::try_from(at).unwrap_or(0))
    }

    /// The file and the place in it of a function.
    #[must_use]
    pub fn locate(&self, function: FnId) -> (FileId, FunctionId) {
        let file = self.owners[function.index()];
        (file, FunctionId(function.0 - self.functions[file.index()]))
    }

    /// The file and the place in it of a class.
    #[must_use]
    pub fn locate_class(&self, class: ClassRef) -> (FileId, ClassId) {
        let file = self.class_owners[class.index()];
        (file, ClassId(class.0 - self.classes[file.index()]))
    }

    /// The facts of a function.
    #[must_use]
    pub fn facts(&self, function: FnId) -> &Function {
        let (file, local) = self.locate(function);
        &self.get(file).facts.functions[local.index()]
    }

    /// A name of the file that `function` is in.
    #[must_use]
    pub fn name(&self, file: FileId, name: NameId) -> &str {
        self.get(file).facts.names.get(name)
    }
}
