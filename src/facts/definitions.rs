//! What statements define in a database: tables, columns and keys. Names are in lower case, without schema and quotes.

use crate::source::Span;
use serde::{Deserialize, Serialize};

/// One thing that a statement of SQL does to the schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// The table it is about; the old name where one is renamed, empty where a key is dropped by its own name.
    pub table: Box<str>,
    /// What it does.
    pub change: SchemaChange,
    /// The statement.
    pub span: Span,
}

/// What a statement does to a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SchemaChange {
    /// The table is made, empty of columns: they follow.
    Made,
    /// It gets a column.
    Column(Column),
    /// It gets an index, or a key that comes with one.
    Key(Key),
    /// It is dropped.
    Dropped,
    /// It loses a column.
    ColumnDropped(Box<str>),
    /// It, or any table, loses the index of this name.
    KeyDropped(Box<str>),
    /// It gets another name.
    Renamed(Box<str>),
    /// A column gets another name.
    ColumnRenamed {
        /// As it was.
        from: Box<str>,
        /// As it is.
        to: Box<str>,
    },
    /// Something that could not be read: what is known of the table's keys may be less than there is.
    Unread,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: Box<str>,
    /// It can have only a few different values: a truth value, an enumeration.
    pub few: bool,
    /// It holds the key of a row of another table.
    pub refers: bool,
    /// Its declaration.
    pub span: Span,
}

/// An index, or a key that comes with one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Its name, where it has one.
    pub name: Option<Box<str>>,
    /// Its columns in order; expressions stand as the columns that they mention.
    pub columns: Vec<Box<str>>,
    /// At most one row for each value of all its columns together.
    pub unique: bool,
    /// It finds a text anywhere in a column (trigrams, full text).
    pub text: bool,
}
