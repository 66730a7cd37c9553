//! The SQL front end: what the statements of a file define. Queries in such files belong to whoever loads them, and are not read.

mod statements;
#[cfg(test)]
mod tests;

use super::{ExtractError, FrontEnd, Limits, suppression};
use crate::facts::{Builder, Column, Definition, FileFacts, Key, SchemaChange};
use crate::source::Span;
use sqlparser::ast::{
    AlterTable, AlterTableOperation, ColumnDef, ColumnOption, CreateIndex, CreateTable, DataType, Expr, Ident, IndexColumn,
    ObjectName, ObjectNamePart, ObjectType, RenameTableNameKind, Statement, TableConstraint,
};
use sqlparser::dialect::{Dialect, GenericDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;

/// SQL of any dialect that sqlparser reads.
#[derive(Debug, Default)]
pub struct SqlFrontEnd;

impl FrontEnd for SqlFrontEnd {
    fn extract(&mut self, text: &str, _: &Limits) -> Result<FileFacts, ExtractError> {
        // Nothing stands on its tape.
        let lines = u32::try_from(text.lines().count()).unwrap_or(u32::MAX);
        let mut facts = Builder::new(Span::new(0, text.len())).finish(lines);
        facts.definitions = definitions(text);
        facts.suppressions = suppression::all_in(text, "--");
        Ok(facts)
    }
}

/// What the statements of `text` define, in order: of a file, or of a string in code. Statements of other kinds are passed over.
#[must_use]
pub fn definitions(text: &str) -> Vec<Definition> {
    let mut list = Vec::new();
    for statement in statements::of(text) {
        let sql = &text[statement.start..statement.end];
        let reader = Reader { text: sql, at: statement.start };
        match parse(sql) {
            Some(parsed) => parsed.iter().for_each(|statement| reader.read(statement, &mut list)),
            None => reader.unread(&mut list),
        }
    }
    list
}

/// In the first dialect that reads it.
fn parse(sql: &str) -> Option<Vec<Statement>> {
    let dialects: [&dyn Dialect; 4] = [&GenericDialect {}, &PostgreSqlDialect {}, &MySqlDialect {}, &SQLiteDialect {}];
    dialects.into_iter().find_map(|dialect| {
        Parser::new(dialect).with_recursion_limit(40).try_with_sql(sql).and_then(|mut parser| parser.parse_statements()).ok()
    })
}

/// Reads one statement.
struct Reader<'t> {
    text: &'t str,
    /// Where it begins in the file, in bytes.
    at: usize,
}

impl Reader<'_> {
    fn whole(&self) -> Span {
        Span::new(self.at, self.at + self.text.len())
    }

    fn add(&self, list: &mut Vec<Definition>, table: &str, change: SchemaChange) {
        list.push(Definition { table: table.into(), change, span: self.whole() });
    }

    fn read(&self, statement: &Statement, list: &mut Vec<Definition>) {
        match statement {
            Statement::CreateTable(table) => self.table(table, list),
            Statement::CreateIndex(index) => self.index(index, list),
            Statement::AlterTable(AlterTable { name, operations, .. }) => {
                let Some(mut table) = last(name) else { return };
                for operation in operations {
                    self.alter(&mut table, operation, list);
                }
            }
            Statement::Drop { object_type: ObjectType::Table, names, .. } => {
                names.iter().filter_map(last).for_each(|table| self.add(list, &table, SchemaChange::Dropped));
            }
            Statement::Drop { object_type: ObjectType::Index, names, .. } => {
                names.iter().filter_map(last).for_each(|name| self.add(list, "", SchemaChange::KeyDropped(name)));
            }
            _ => {}
        }
    }

    fn table(&self, table: &CreateTable, list: &mut Vec<Definition>) {
        let Some(name) = last(&table.name) else { return };
        self.add(list, &name, SchemaChange::Made);
        table.columns.iter().for_each(|column| self.column(&name, column, list));
        table.constraints.iter().for_each(|constraint| self.constraint(&name, constraint, list));
        if table.query.is_some() || table.like.is_some() {
            self.add(list, &name, SchemaChange::Unread);
        }
    }

    fn index(&self, index: &CreateIndex, list: &mut Vec<Definition>) {
        let Some(table) = last(&index.table_name) else { return };
        let mut key = key(index.name.as_ref().and_then(last), &index.columns, index.unique);
        // Of a part of the rows nothing follows for all of them, so that it is no key; as an index it counts.
        key.unique &= index.predicate.is_none();
        self.add(list, &table, SchemaChange::Key(key));
    }

    fn alter(&self, table: &mut Box<str>, operation: &AlterTableOperation, list: &mut Vec<Definition>) {
        match operation {
            AlterTableOperation::AddColumn { column_def, .. } => self.column(table, column_def, list),
            AlterTableOperation::AddConstraint { constraint, .. } => self.constraint(table, constraint, list),
            AlterTableOperation::DropColumn { column_names, .. } => {
                column_names.iter().for_each(|column| self.add(list, table, SchemaChange::ColumnDropped(plain(column))));
            }
            AlterTableOperation::DropConstraint { name, .. } | AlterTableOperation::DropIndex { name } => {
                self.add(list, table, SchemaChange::KeyDropped(plain(name)));
            }
            AlterTableOperation::RenameColumn { old_column_name, new_column_name } => {
                let (from, to) = (plain(old_column_name), plain(new_column_name));
                self.add(list, table, SchemaChange::ColumnRenamed { from, to });
            }
            AlterTableOperation::RenameTable { table_name: RenameTableNameKind::To(name) | RenameTableNameKind::As(name) } => {
                if let Some(to) = last(name) {
                    self.add(list, table, SchemaChange::Renamed(to.clone()));
                    *table = to;
                }
            }
            _ => {}
        }
    }

    fn column(&self, table: &str, column: &ColumnDef, list: &mut Vec<Definition>) {
        let name = plain(&column.name);
        let key = |unique| Key { name: None, columns: vec![name.clone()], unique, text: false };
        let mut refers = false;
        let mut keys = Vec::new();
        for option in &column.options {
            match &option.option {
                ColumnOption::PrimaryKey(_) | ColumnOption::Unique(_) => keys.push(key(true)),
                ColumnOption::ForeignKey(_) => refers = true,
                _ => {}
            }
        }
        let few = match &column.data_type {
            DataType::Bool | DataType::Boolean | DataType::Enum(..) => true,
            DataType::TinyInt(width) => *width == Some(1),
            // A type of the project's own: in practice an enumeration.
            DataType::Custom(name, _) => last(name).is_some_and(|name| !OPEN_TYPES.contains(&&*name)),
            _ => false,
        };
        let span = self.span(&column.name);
        self.add(list, table, SchemaChange::Column(Column { name: name.clone(), few, refers, span }));
        keys.into_iter().for_each(|key| self.add(list, table, SchemaChange::Key(key)));
    }

    fn constraint(&self, table: &str, constraint: &TableConstraint, list: &mut Vec<Definition>) {
        let name = |name: &Option<Ident>| name.as_ref().map(plain);
        let found = match constraint {
            TableConstraint::PrimaryKey(found) => key(name(&found.name), &found.columns, true),
            TableConstraint::Unique(found) => key(name(&found.name), &found.columns, true),
            TableConstraint::Index(found) => key(name(&found.name), &found.columns, false),
            TableConstraint::FulltextOrSpatial(found) => Key { text: found.fulltext, ..key(None, &found.columns, false) },
            TableConstraint::ForeignKey(found) => {
                let columns = found.columns.iter().map(plain);
                columns.for_each(|column| self.refers(table, &column, list));
                return;
            }
            TableConstraint::Exclude(found) => {
                let columns: Vec<IndexColumn> = found.elements.iter().map(|element| element.column.clone()).collect();
                key(None, &columns, false)
            }
            TableConstraint::Check(_) => return,
            _ => {
                self.add(list, table, SchemaChange::Unread);
                return;
            }
        };
        self.add(list, table, SchemaChange::Key(found));
    }

    /// A column that was declared before, here or elsewhere, holds keys of another table.
    fn refers(&self, table: &str, name: &str, list: &mut [Definition]) {
        for definition in list.iter_mut().filter(|definition| &*definition.table == table) {
            match &mut definition.change {
                SchemaChange::Column(column) if &*column.name == name => column.refers = true,
                _ => {}
            }
        }
    }

    /// A statement that no dialect reads: every table it may be about is known in part only.
    fn unread(&self, list: &mut Vec<Definition>) {
        let words = self.text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
        for word in words.take(MOST_WORDS) {
            self.add(list, &word.to_lowercase(), SchemaChange::Unread);
        }
    }

    /// Where a name stands in the file. The parser counts lines and characters from 1, in the statement.
    fn span(&self, name: &Ident) -> Span {
        let place = name.span.start;
        // Finding a line costs a walk over the statement.
        if place.line == 0 || self.text.len() > LONG {
            return self.whole();
        }
        let line = usize::try_from(place.line - 1).unwrap_or(usize::MAX);
        let start = match line {
            0 => 0,
            _ => self.text.match_indices('\n').nth(line - 1).map_or(0, |(end, _)| end + 1),
        };
        let characters = usize::try_from(place.column.saturating_sub(1)).unwrap_or(0);
        let offset = self.text[start..].char_indices().nth(characters).map_or(0, |(offset, _)| offset);
        let length = self.text[start + offset..].find(|c: char| c.is_whitespace() || c == ',').unwrap_or(name.value.len());
        Span::new(self.at + start + offset, self.at + start + offset + length)
    }
}

/// Types by name that hold any number of different values (PostgreSQL 17, data types and the extensions it ships; SQLite).
const OPEN_TYPES: [&str; 16] = [
    "serial",
    "bigserial",
    "smallserial",
    "serial2",
    "serial4",
    "serial8",
    "citext",
    "ltree",
    "hstore",
    "inet",
    "cidr",
    "macaddr",
    "oid",
    "tsvector",
    "ulid",
    "vector",
];

/// Longest statement, in bytes, whose columns are pointed at one by one.
const LONG: usize = 128 * 1024;

/// Of an unread statement so many words are looked at: the table stands near its head.
const MOST_WORDS: usize = 24;

fn plain(name: &Ident) -> Box<str> {
    name.value.to_lowercase().into()
}

/// The last part of a name: without its schema.
fn last(name: &ObjectName) -> Option<Box<str>> {
    name.0.last().and_then(ObjectNamePart::as_ident).map(plain)
}

fn key(name: Option<Box<str>>, columns: &[IndexColumn], unique: bool) -> Key {
    let mentioned: Vec<Vec<Box<str>>> = columns.iter().map(|column| mentioned(&column.column.expr)).collect();
    let expression = columns.iter().any(|column| !matches!(column.column.expr, Expr::Identifier(_)));
    let class = columns.iter().filter_map(|column| column.operator_class.as_ref().map(ToString::to_string));
    let text = class.into_iter().any(|class| class.contains("trgm"))
        || columns.iter().any(|column| column.column.expr.to_string().to_lowercase().contains("to_tsvector"));
    Key { name, columns: mentioned.concat(), unique: unique && !expression, text }
}

/// The columns that an expression mentions, its functions left out.
fn mentioned(expr: &Expr) -> Vec<Box<str>> {
    match expr {
        Expr::Identifier(name) => vec![plain(name)],
        Expr::CompoundIdentifier(parts) => parts.last().map(plain).into_iter().collect(),
        other => {
            let text = other.to_string().to_lowercase();
            let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
            words.filter(|word| !word.is_empty()).map(Into::into).collect()
        }
    }
}
