//! Configurations of logs that are written as a mapping: which handlers there are, and which loggers use only a file.

use super::logs::is_stream_path;
use crate::facts::{Construct, Function, Literal, OpId, OpKind, Operand};
use crate::finding::FileId;
use crate::link::Files;
use crate::source::Span;

/// A configuration of logs.
#[derive(Debug, Default)]
pub(crate) struct LogSettings {
    /// Handlers that write to a file: name, class, and where the class is named.
    to_files: Vec<(String, String, Span)>,
    /// Handlers that write elsewhere and carry the log: the console, a network.
    elsewhere: Vec<String>,
    /// Handlers of each logger, and whether they go to the root logger's as well.
    loggers: Vec<(Vec<String>, bool)>,
    /// Handlers of the root logger.
    root: Vec<String>,
    /// Some logger's handlers are chosen when the program runs.
    chosen: bool,
}

/// What reads the maps of one function.
struct Reader<'f> {
    files: &'f Files,
    file: FileId,
    facts: &'f Function,
}

impl LogSettings {
    /// Read the mapping at `op`; none when it is no configuration of logs.
    pub(crate) fn read(files: &Files, file: FileId, facts: &Function, op: OpId) -> Option<Self> {
        let reader = Reader { files, file, facts };
        let handlers = reader.map(reader.entry(op, "handlers")?)?;
        let mut settings = Self::default();
        for handler in handlers {
            let (Some(name), Some(class)) = (handler.name, reader.entry(handler.value, "class")) else { continue };
            let name = files.name(file, name).to_owned();
            let Some(text) = reader.text(class) else { continue };
            let last = text.rsplit('.').next().unwrap_or_default();
            let stream = reader.entry(handler.value, "filename").and_then(|path| reader.text(path)).is_some_and(is_stream_path);
            if last.ends_with("FileHandler") && !stream {
                settings.to_files.push((name, text.to_owned(), facts.op(class).span));
            } else if !["NullHandler", "AdminEmailHandler", "SMTPHandler"].contains(&last) {
                settings.elsewhere.push(name);
            }
        }
        settings.root = reader.entry(op, "root").map(|root| reader.handlers_of(root)).unwrap_or_default();
        settings.chosen = reader.entry(op, "root").is_some_and(|root| reader.is_chosen(root));
        for logger in reader.entry(op, "loggers").and_then(|loggers| reader.map(loggers)).unwrap_or_default() {
            let own = reader.handlers_of(logger.value);
            settings.chosen |= reader.is_chosen(logger.value);
            let kept = reader
                .entry(logger.value, "propagate")
                .is_some_and(|op| facts.op(op).kind == OpKind::Literal(Literal::Bool(false)));
            if logger.name.is_some_and(|name| files.name(file, name).is_empty()) {
                settings.root = own;
            } else {
                settings.loggers.push((own, !kept));
            }
        }
        Some(settings)
    }

    /// The handler that writes the log of some logger to a file and to nothing else.
    pub(crate) fn only_file(&self) -> Option<(String, Span)> {
        if self.chosen {
            return None;
        }
        let goes_elsewhere = |names: &[String]| names.iter().any(|name| self.elsewhere.contains(name));
        let root = goes_elsewhere(&self.root);
        let all = self.loggers.iter().map(|(names, up)| (names, *up)).chain([(&self.root, false)]);
        let alone = all.filter(|(names, up)| !(goes_elsewhere(names) || *up && root));
        let mut used = alone.flat_map(|(names, _)| names);
        used.find_map(|name| self.to_files.iter().find(|(file, ..)| file == name)).map(|(_, class, span)| (class.clone(), *span))
    }
}

impl<'f> Reader<'f> {
    fn map(&self, op: OpId) -> Option<&'f [Operand]> {
        match self.facts.op(op).kind {
            OpKind::Construct(Construct::Map, parts) => Some(self.facts.list(parts)),
            _ => None,
        }
    }

    fn entry(&self, op: OpId, key: &str) -> Option<OpId> {
        let named = |part: &&Operand| part.name.is_some_and(|name| self.files.name(self.file, name) == key);
        self.map(op)?.iter().find(named).map(|part| part.value)
    }

    fn text(&self, op: OpId) -> Option<&'f str> {
        match self.facts.op(op).kind {
            OpKind::Literal(Literal::Text(name)) => Some(self.files.name(self.file, name)),
            _ => None,
        }
    }

    fn is_chosen(&self, logger: OpId) -> bool {
        self.entry(logger, "handlers").is_some_and(|op| !matches!(self.facts.op(op).kind, OpKind::Construct(..)))
    }

    fn handlers_of(&self, logger: OpId) -> Vec<String> {
        let list = self.entry(logger, "handlers").map(|op| self.facts.op(op).kind);
        let Some(OpKind::Construct(Construct::List | Construct::Tuple | Construct::Set, parts)) = list else { return Vec::new() };
        self.facts.list(parts).iter().filter_map(|part| self.text(part.value)).map(str::to_owned).collect()
    }
}
