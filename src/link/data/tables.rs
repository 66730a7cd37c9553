//! Which tables do the project's statements of SQL define, with which columns and keys? From its files of SQL and from strings in code.

use crate::facts::{Column, Definition, Key, Literal, OpKind, SchemaChange};
use crate::finding::{FileId, Place};
use crate::lang::{Language, sql};
use crate::link::reach::surroundings;
use crate::link::{FileData, Files};
use crate::models::EntryKind;
use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// Tables by their name.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    by_name: FxHashMap<Box<str>, Table>,
}

/// A table.
#[derive(Debug, Default, Clone)]
pub(crate) struct Table {
    /// Its columns, each with its declaration.
    pub columns: Vec<(Column, Place)>,
    /// Its indexes and the keys that come with one.
    pub keys: Vec<Key>,
    /// Something about it could not be read, or it was never made here: it may have more keys.
    pub partly: bool,
}

impl Table {
    /// The column of this name.
    pub(crate) fn column(&self, name: &str) -> Option<&(Column, Place)> {
        self.columns.iter().find(|(column, _)| &*column.name == name)
    }

    /// Whether some index begins with this column.
    pub(crate) fn is_indexed(&self, column: &str) -> bool {
        self.keys.iter().any(|key| key.columns.first().is_some_and(|first| &**first == column) || is_over_expression(key, column))
    }

    /// Whether these columns hold a key that no two rows have.
    pub(crate) fn has_unique_of(&self, columns: &[&str]) -> bool {
        self.keys
            .iter()
            .any(|key| key.unique && !key.columns.is_empty() && key.columns.iter().all(|own| columns.contains(&&**own)))
    }

    /// Whether a value of this column is that of at most one row.
    fn is_unique(&self, column: &str) -> bool {
        self.keys.iter().any(|key| key.unique && matches!(&*key.columns, [only] if &**only == column))
    }
}

/// `lower(email)`: the words of an expression stand before the column.
fn is_over_expression(key: &Key, column: &str) -> bool {
    let at = key.columns.iter().position(|name| &**name == column);
    at.is_some_and(|at| at < 3 && key.columns[..at].iter().all(|name| FUNCTIONS.contains(&&**name)))
}

/// Functions that indexes are built over (PostgreSQL 17, functions and operators).
const FUNCTIONS: [&str; 8] = ["lower", "upper", "date", "coalesce", "md5", "trim", "digest", "left"];

impl Tables {
    /// Read every statement, in the order in which migrations run: by the paths of their files.
    pub(crate) fn of(files: &Files) -> Self {
        let mut tables = Self::default();
        for (file, data) in files.iter().filter(|(_, data)| !is_left_out(data)) {
            for definition in statements(data).iter() {
                tables.apply(file, definition, data.language);
            }
        }
        tables
    }

    /// The table of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Table> {
        self.by_name.get(name)
    }

    /// All of them, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Table)> {
        self.by_name.iter().map(|(name, table)| (&**name, table))
    }

    /// Whether a value of this column is that of at most one row.
    pub(crate) fn is_unique(&self, table: &str, column: &str) -> bool {
        self.get(table).is_some_and(|table| table.is_unique(column))
    }

    fn apply(&mut self, file: FileId, definition: &Definition, language: Language) {
        // What code takes away it may put back on another day: its strings only add.
        let adds = language != Language::Sql;
        let table = || definition.table.clone();
        match &definition.change {
            SchemaChange::Made => {
                self.by_name.entry(table()).or_default();
            }
            SchemaChange::Column(column) => {
                let known = self.known(&definition.table);
                known.columns.retain(|(other, _)| other.name != column.name);
                known.columns.push((column.clone(), Place { file, span: column.span }));
            }
            SchemaChange::Key(key) => self.known(&definition.table).keys.push(key.clone()),
            SchemaChange::Unread => self.known(&definition.table).partly = true,
            SchemaChange::Dropped | SchemaChange::ColumnDropped(_) | SchemaChange::KeyDropped(_) if adds => {}
            SchemaChange::Dropped => {
                self.by_name.remove(&definition.table);
            }
            SchemaChange::ColumnDropped(name) => {
                let known = self.known(&definition.table);
                known.columns.retain(|(column, _)| column.name != *name);
                known.keys.retain(|key| !key.columns.contains(name));
            }
            SchemaChange::KeyDropped(name) => {
                let all = definition.table.is_empty();
                for (table, known) in &mut self.by_name {
                    if all || *table == definition.table {
                        known.keys.retain(|key| key.name.as_ref() != Some(name));
                    }
                }
            }
            SchemaChange::Renamed(to) => {
                if let Some(known) = self.by_name.remove(&definition.table) {
                    self.by_name.insert(to.clone(), known);
                }
            }
            SchemaChange::ColumnRenamed { from, to } => {
                let known = self.known(&definition.table);
                let columns = known.columns.iter_mut().map(|(column, _)| &mut column.name);
                let keyed = known.keys.iter_mut().flat_map(|key| key.columns.iter_mut());
                columns.chain(keyed).filter(|name| *name == from).for_each(|name| *name = to.clone());
            }
        }
    }

    /// A table that some statement is about; one that was not made here is known in part.
    fn known(&mut self, table: &str) -> &mut Table {
        self.by_name.entry(table.into()).or_insert_with(|| Table { partly: true, ..Table::default() })
    }
}

/// Tests, and migrations that lead back.
fn is_left_out(data: &FileData) -> bool {
    let name = data.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let back = data.language == Language::Sql
        && (name == "down.sql" || name.ends_with(".down.sql") || name.ends_with("_down.sql") || data.path.contains("/down/"));
    back || surroundings::purpose(&data.path) == Some(EntryKind::Test)
}

fn statements(data: &FileData) -> Cow<'_, [Definition]> {
    if data.language == Language::Sql {
        return Cow::Borrowed(&data.facts.definitions);
    }
    let defines = |text: &str| {
        let head = text.trim_start().get(..7).unwrap_or_default();
        head.eq_ignore_ascii_case("create ") || head.to_ascii_lowercase().starts_with("alter ")
    };
    let mut found = Vec::new();
    if data.facts.names.iter().any(|(_, text)| defines(text)) {
        for op in data.facts.functions.iter().flat_map(|function| &function.ops) {
            let OpKind::Literal(Literal::Text(name)) = op.kind else { continue };
            let text = data.facts.names.get(name);
            if defines(text) {
                // Where in a string something stands is not known: the whole string is its place.
                let here = sql::definitions(text).into_iter().map(|definition| Definition { span: op.span, ..definition });
                found.extend(here.map(|definition| match definition.change {
                    SchemaChange::Column(column) => {
                        Definition { change: SchemaChange::Column(Column { span: op.span, ..column }), ..definition }
                    }
                    _ => definition,
                }));
            }
        }
    }
    Cow::Owned(found)
}
