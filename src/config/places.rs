//! Where a key of the configuration stands: for commands that say where a setting came from. Apart from reading, which needs values.

use super::{Config, ConfigFile};
use crate::source::{LineIndex, Span};
use toml::de::{DeTable, DeValue};

impl Config {
    /// The file and 1-based line that set a key, such as `rules.missing-timeout.level`: of several files the one that counts.
    #[must_use]
    pub fn place_of(&self, key: &str) -> Option<(&str, usize)> {
        self.files.iter().rev().find_map(|file| Some((file.path.as_str(), line_of(file, key)?)))
    }

    /// The same for what a span of one of the files covers.
    #[must_use]
    pub fn line_of_span(&self, file: usize, span: Span) -> Option<(&str, usize)> {
        let file = self.files.get(file)?;
        Some((file.path.as_str(), LineIndex::new(&file.text).line(span.start) + 1))
    }
}

fn line_of(file: &ConfigFile, key: &str) -> Option<usize> {
    let table = DeTable::parse(&file.text).ok()?;
    let parts: Vec<&str> = super::validate::section_of(&file.path).iter().copied().chain(key.split('.')).collect();
    let (last, parents) = parts.split_last()?;
    let mut at = table.get_ref();
    for part in parents {
        at = at.iter().find(|(name, _)| name.get_ref() == part).and_then(|(_, value)| match value.get_ref() {
            DeValue::Table(table) => Some(table),
            _ => None,
        })?;
    }
    let (name, _) = at.iter().find(|(name, _)| name.get_ref() == last)?;
    Some(LineIndex::new(&file.text).line(Span::new(name.span().start, name.span().end).start) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_in_every_kind_of_file() {
        let file = |path: &str, text: &str| ConfigFile { path: path.into(), text: text.into() };
        let files = vec![
            file("base.toml", "ignore = []\nselect = [\"all\"]\n"),
            file("pyproject.toml", "[tool.scalelint]\nmin-confidence = \"low\"\n\n[tool.scalelint.rules.x]\nlevel = \"off\"\n"),
        ];
        let config = Config { files, ..Config::default() };
        assert_eq!(config.place_of("rules.x.level"), Some(("pyproject.toml", 5)));
        assert_eq!(config.place_of("min-confidence"), Some(("pyproject.toml", 2)));
        assert_eq!(config.place_of("select"), Some(("base.toml", 2)));
        assert_eq!(config.place_of("exclude"), None);
    }
}
