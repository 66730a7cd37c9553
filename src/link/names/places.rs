//! How functions, places and values are called when we speak of them.

use crate::facts::{FunctionKind, OpId, OpKind, StoreMode, Target};
use crate::finding::Place;
use crate::link::project::{Project, Site};
use crate::link::values::value::{ClassRef, FnId, Slot};

/// How far behind a call a comment is looked for, in bytes.
const LINE: usize = 256;

impl Project {
    /// What is called, as it is written at a site.
    pub(crate) fn written_name(&self, site: &Site<'_>) -> String {
        let facts = self.facts(site.function);
        let callee = match facts.op(site.op).kind {
            OpKind::Call { callee, .. } => callee,
            _ => site.op,
        };
        let (file, _) = self.files().locate(site.function);
        // A chain over several lines reads as one.
        let text = facts.op(callee).span.of(&self.files().get(file).text);
        text.split_whitespace().collect::<Vec<_>>().join(" ").replace(" .", ".")
    }

    /// Where an operation stands.
    #[must_use]
    pub fn place(&self, function: FnId, op: OpId) -> Place {
        let (file, _) = self.files().locate(function);
        Place { file, span: self.files().facts(function).op(op).span }
    }

    /// Whether a line of a call carries one of these words in a comment for another tool.
    #[must_use]
    pub fn line_says(&self, site: &Site<'_>, words: &[&str]) -> bool {
        let place = self.place(site.function, site.op);
        let text = &self.files().get(place.file).text;
        let (start, end) = (place.span.start as usize, place.span.end as usize);
        // Nobody writes a comment farther behind a call; a line may hold thousands of calls.
        let rest = text.as_bytes()[end..].iter().take(LINE).position(|&byte| byte == b'\n').unwrap_or(0);
        let Some(lines) = text.get(start..end + rest).filter(|lines| lines.len() < 16 * LINE) else { return false };
        let mut comments = lines.lines().filter_map(|line| line.split_once('#')).map(|(_, comment)| comment);
        comments.any(|comment| !comment.contains("scalelint") && words.iter().any(|word| comment.contains(word)))
    }

    /// Where a function's name stands.
    #[must_use]
    pub fn place_of_name(&self, function: FnId) -> Place {
        let (file, _) = self.files().locate(function);
        let facts = self.files().facts(function);
        let span = if facts.name_span.end > 0 { facts.name_span } else { facts.span };
        Place { file, span }
    }

    /// `list_users`, `UserRepo.all`; a closure goes by the function around it.
    #[must_use]
    pub fn function_name(&self, function: FnId) -> String {
        let files = self.files();
        let (file, _) = files.locate(function);
        let data = files.get(file);
        let facts = files.facts(function);
        let separator = data.language.path_separator();
        match (facts.name, facts.kind) {
            (Some(name), _) => {
                let name = data.facts.names.get(name);
                match self.classes.owner[function.index()] {
                    Some(class) => format!("{}{separator}{name}", self.class_name(class)),
                    None => name.to_owned(),
                }
            }
            (None, FunctionKind::Module | FunctionKind::MainGuard | FunctionKind::LazyInit) => "the module".to_owned(),
            (None, _) => {
                facts.parent.map_or_else(|| "the module".to_owned(), |parent| self.function_name(files.function(file, parent)))
            }
        }
    }

    /// Dotted name of the code around, for fingerprints: stable when lines move.
    #[must_use]
    pub fn symbol(&self, function: FnId) -> String {
        let facts = self.files().facts(function);
        match (facts.kind, facts.name) {
            (FunctionKind::Module | FunctionKind::MainGuard, _) => String::new(),
            _ => self.function_name(function),
        }
    }

    /// A class by its name.
    #[must_use]
    pub fn class_name(&self, class: ClassRef) -> String {
        let (file, local) = self.files().locate_class(class);
        self.files().name(file, self.files().get(file).facts.classes[local.index()].name).to_owned()
    }

    /// `SESSIONS`, `ConnectionManager.active`.
    #[must_use]
    pub fn slot_name(&self, slot: Slot) -> String {
        match slot {
            Slot::Global(global) => {
                let global = self.modules.globals[global.index()];
                let file = self.modules.all[global.module.index()].file;
                self.files().name(file, global.name).to_owned()
            }
            Slot::Field(field) => {
                let field = &self.classes.fields[field.index()];
                format!("{}.{}", self.class_name(field.class), field.name)
            }
            Slot::Stored(stored) => {
                let name = self.modules.stored.iter().find(|(_, id)| **id == stored).map(|(name, _)| name.to_string());
                name.unwrap_or_default()
            }
            Slot::Managed(ty) => format!("the shared {}", self.models().ty(ty).name),
        }
    }

    /// Where a place is declared.
    #[must_use]
    pub fn slot_declaration(&self, slot: Slot) -> Option<Place> {
        let files = self.files();
        match slot {
            Slot::Global(global) => {
                let global = self.modules.globals[global.index()];
                let file = self.modules.all[global.module.index()].file;
                let functions =
                    files.get(file).facts.functions.iter().filter(|f| crate::link::values::rounds::shares_module_scope(f.kind));
                let mut stores = functions.flat_map(|function| &function.ops).filter_map(|op| match op.kind {
                    OpKind::Store { target: Target::Name(name), mode, .. }
                        if name == global.name && mode != StoreMode::Removed =>
                    {
                        Some(op.span)
                    }
                    _ => None,
                });
                stores.next().map(|span| Place { file, span })
            }
            Slot::Managed(_) | Slot::Stored(_) => None,
            Slot::Field(field) => {
                let field = &self.classes.fields[field.index()];
                let (file, local) = files.locate_class(field.class);
                let facts = &files.get(file).facts;
                let declared = facts.classes[local.index()].fields.iter().find(|f| facts.names.get(f.name) == &*field.name);
                declared
                    .map(|declared| Place { file, span: declared.span })
                    .or_else(|| self.first_store(field.class, &field.name))
            }
        }
    }

    /// The first store to a field of the receiver, constructor first.
    fn first_store(&self, class: ClassRef, name: &str) -> Option<Place> {
        let files = self.files();
        let mut methods: Vec<FnId> = self.classes.all[class.index()].methods.values().copied().collect();
        methods.sort_by_key(|&method| (!self.function_name(method).ends_with("__init__"), method));
        methods.into_iter().find_map(|method| {
            let (file, _) = files.locate(method);
            let facts = files.facts(method);
            facts.ops.iter().find_map(|op| match op.kind {
                OpKind::Store { target: Target::Attribute(_, field), .. } if files.name(file, field) == name => {
                    Some(Place { file, span: op.span })
                }
                _ => None,
            })
        })
    }
}
