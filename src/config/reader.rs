//! TOML tables read key by key. Each key asked for is a key that exists, so the list of known keys writes itself and whatever is
//! left over is an error that points at it.

use super::ConfigFile;
use crate::error::{Error, Excerpt, nearest};
use crate::source::Span;
use std::cell::RefCell;
use std::ops::{Range, RangeInclusive};
use std::rc::Rc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A table of a configuration file.
pub(super) struct Section<'a> {
    pub(super) file: &'a ConfigFile,
    table: &'a DeTable<'a>,
    /// As messages call it: `[deployment]`.
    name: String,
    span: Range<usize>,
    asked: RefCell<Vec<&'static str>>,
    /// The way here from the top, as keys: `rules.missing-timeout`; empty at the top.
    path: String,
    given: Given,
}

/// Every key that a file gives and somebody asked for, with its way from the top and its place: shared by a table and those in it.
pub(super) type Given = Rc<RefCell<Vec<(String, Span)>>>;

/// A value with its place.
pub(super) struct At<'a, T> {
    pub(super) value: T,
    pub(super) span: Range<usize>,
    file: &'a ConfigFile,
}

impl<T> At<'_, T> {
    /// An error about this value.
    pub(super) fn error(&self, message: impl Into<String>) -> Excerpt {
        error(self.file, &self.span, message)
    }
}

/// An error about `span` of `file`.
pub(super) fn error(file: &ConfigFile, span: &Range<usize>, message: impl Into<String>) -> Excerpt {
    Excerpt::new(&file.path, &file.text, Span::new(span.start, span.end), message)
}

impl From<Excerpt> for Error {
    fn from(excerpt: Excerpt) -> Self {
        Self::Config(excerpt)
    }
}

impl<'a> Section<'a> {
    /// The topmost table.
    pub(super) fn top(file: &'a ConfigFile, table: &'a DeTable<'a>, name: String, span: Range<usize>) -> Self {
        Self { file, table, name, span, asked: RefCell::default(), path: String::new(), given: Given::default() }
    }

    fn inner(&self, table: &'a DeTable<'a>, name: String, span: Range<usize>, key: &str) -> Self {
        Self { file: self.file, table, name, span, asked: RefCell::default(), path: self.way(key), given: Rc::clone(&self.given) }
    }

    fn way(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn get(&self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.asked.borrow_mut().push(key);
        let value = self.table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value);
        if let Some(value) = value {
            let span = value.span();
            self.given.borrow_mut().push((self.way(key), Span::new(span.start, span.end)));
        }
        value
    }

    /// What was found so far, in this table and all others of the file.
    pub(super) fn given(&self) -> Given {
        Rc::clone(&self.given)
    }

    fn wrong(&self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) -> Excerpt {
        let label = match value.get_ref() {
            DeValue::Integer(_) | DeValue::Float(_) if wanted.contains("number") => "out of range".into(),
            other => format!("this is of type {}", other.type_str()),
        };
        error(self.file, &value.span(), format!("`{key}` must be {wanted}")).label(label)
    }

    fn at<T>(&self, value: &Spanned<DeValue<'_>>, inner: T) -> At<'a, T> {
        At { value: inner, span: value.span(), file: self.file }
    }

    /// Where the table is opened.
    pub(super) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// A string, if given.
    pub(super) fn string(&self, key: &'static str) -> Result<Option<At<'a, &'a str>>, Excerpt> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let text = value.get_ref().as_str().ok_or_else(|| self.wrong(key, value, "a string"))?;
        Ok(Some(self.at(value, text)))
    }

    /// A string that must be there.
    pub(super) fn required(&self, key: &'static str, why: &str) -> Result<At<'a, &'a str>, Excerpt> {
        let missing =
            || error(self.file, &self.span, format!("`{key}` is missing in {}", self.name)).label("in this table").help(why);
        let text = self.string(key)?.ok_or_else(missing)?;
        if text.value.trim().is_empty() { Err(text.error(format!("`{key}` is empty")).help(why)) } else { Ok(text) }
    }

    /// A list of strings; a single string is a list of one.
    pub(super) fn strings(&self, key: &'static str) -> Result<Option<Vec<At<'a, &'a str>>>, Excerpt> {
        let Some(value) = self.get(key) else { return Ok(None) };
        if let Some(text) = value.get_ref().as_str() {
            return Ok(Some(vec![self.at(value, text)]));
        }
        let list = value.get_ref().as_array().ok_or_else(|| self.wrong(key, value, "a list of strings"))?;
        let item = |item: &'a Spanned<DeValue<'a>>| {
            let text = item.get_ref().as_str().ok_or_else(|| self.wrong(key, item, "a list of strings"))?;
            Ok(self.at(item, text))
        };
        list.iter().map(item).collect::<Result<_, _>>().map(Some)
    }

    /// A whole number in `range`.
    pub(super) fn integer(&self, key: &'static str, range: RangeInclusive<u32>) -> Result<Option<u32>, Excerpt> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let wanted = || format!("a whole number from {} to {}", range.start(), range.end());
        let number = value.get_ref().as_integer().and_then(|number| u32::from_str_radix(number.as_str(), number.radix()).ok());
        let number = number.filter(|number| range.contains(number));
        number.map(Some).ok_or_else(|| self.wrong(key, value, &wanted()))
    }

    /// A whole number in `range`, with its place.
    pub(super) fn placed_integer(&self, key: &'static str, range: RangeInclusive<u32>) -> Result<Option<(u32, Span)>, Excerpt> {
        let number = self.integer(key, range)?;
        let span = self.get(key).map(|value| Span::new(value.span().start, value.span().end));
        Ok(number.zip(span))
    }

    /// A number above zero, written with or without a fraction.
    pub(super) fn number(&self, key: &'static str) -> Result<Option<f64>, Excerpt> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let text = match value.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str()),
            DeValue::Float(number) => Some(number.as_str()),
            _ => None,
        };
        let number = text.and_then(|text| text.parse::<f64>().ok()).filter(|number| number.is_finite() && *number > 0.0);
        number.map(Some).ok_or_else(|| self.wrong(key, value, "a number above zero"))
    }

    /// A table inside this one.
    pub(super) fn table(&self, key: &'static str) -> Result<Option<Section<'a>>, Excerpt> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let table = value.get_ref().as_table().ok_or_else(|| self.wrong(key, value, "a table"))?;
        Ok(Some(self.inner(table, format!("[{key}]"), value.span(), key)))
    }

    /// A list of tables inside this one.
    pub(super) fn tables(&self, key: &'static str) -> Result<Vec<Section<'a>>, Excerpt> {
        let Some(value) = self.get(key) else { return Ok(Vec::new()) };
        let list = value.get_ref().as_array().ok_or_else(|| self.wrong(key, value, "a list of tables"))?;
        let item = |item: &'a Spanned<DeValue<'a>>| {
            let table = item.get_ref().as_table().ok_or_else(|| self.wrong(key, item, "a list of tables"))?;
            Ok(self.inner(table, format!("[[{key}]]"), item.span(), key))
        };
        list.iter().map(item).collect()
    }

    /// Tables under names that are not fixed, each with its name.
    pub(super) fn named_tables(&self) -> Result<Vec<(At<'a, &'a str>, Section<'a>)>, Excerpt> {
        let entry = |(key, value): (&'a Spanned<std::borrow::Cow<'a, str>>, &'a Spanned<DeValue<'a>>)| {
            let name: &'a str = key.get_ref();
            let table = value.get_ref().as_table().ok_or_else(|| self.wrong(name, value, "a table"))?;
            let section = self.inner(table, format!("[{name}]"), key.span(), name);
            Ok((At { value: name, span: key.span(), file: self.file }, section))
        };
        self.table.iter().map(entry).collect()
    }

    /// Refuse what nobody asked for.
    pub(super) fn finish(self) -> Result<(), Excerpt> {
        let asked = self.asked.into_inner();
        let unknown = self.table.keys().filter(|key| !asked.iter().any(|known| key.get_ref() == known));
        // The first in the file, since the table is sorted by name.
        let Some(key) = unknown.min_by_key(|key| key.span().start) else { return Ok(()) };
        let near = nearest(key.get_ref(), asked.iter().copied());
        let help = near.map_or_else(|| format!("known keys are {}", asked.join(", ")), |near| format!("did you mean `{near}`?"));
        let shown = crate::terminal::visible(key.get_ref()).chars().take(80).collect::<String>();
        Err(error(self.file, &key.span(), format!("unknown key `{shown}` in {}", self.name)).label("not known").help(help))
    }
}
