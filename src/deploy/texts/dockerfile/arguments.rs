//! What the arguments of a build make of a Dockerfile: `COPY components/${COMPONENT} .` copies another folder for each image.

use super::{Dockerfile, Stage};
use crate::deploy::processes::commands::{Piece, Word};
use crate::deploy::texts::shell;
use std::borrow::Cow;
use std::collections::BTreeMap;

impl Dockerfile {
    /// The Dockerfile with variables filled in where it names images, folders and paths. `given` are arguments of a build, which win
    /// over what an `ARG` says by itself.
    #[must_use]
    pub fn filled(&self, given: &[(String, String)]) -> Cow<'_, Self> {
        let varies = |stage: &Stage| {
            let paths = stage.copies.iter().flat_map(|copied| copied.sources.iter().chain([&copied.target]).chain(&copied.from));
            let links = stage.links.iter().flat_map(|(own, other)| [own, other]);
            [&stage.from].into_iter().chain(&stage.workdir).chain(paths).chain(links).any(|text| text.contains('$'))
        };
        if given.is_empty() && !self.stages.iter().any(varies) {
            return Cow::Borrowed(self);
        }
        let mut filled = Self::default();
        let mut known: Vec<BTreeMap<String, String>> = Vec::new();
        for stage in &self.stages {
            let mut stage = stage.clone();
            stage.give(given);
            let below = filled.named(&stage.from, filled.stages.len());
            let mut values = below.map_or_else(BTreeMap::new, |at| known[at].clone());
            for (name, word) in &stage.env {
                if let Some(value) = word.resolve(&|name| values.get(name).cloned()) {
                    values.insert(name.to_string(), value);
                }
            }
            stage.from = expanded(&stage.from, &values);
            // A variable may hold a path from the root.
            stage.workdir = stage.workdir.map(|folder| super::join("", &after_root(&expanded(&folder, &values))));
            for (own, other) in &mut stage.links {
                (*own, *other) = (after_root(&expanded(own, &values)), after_root(&expanded(other, &values)));
            }
            for copied in &mut stage.copies {
                copied.sources.iter_mut().for_each(|source| *source = expanded(source, &values));
                copied.target = after_root(&expanded(&copied.target, &values));
                copied.from = copied.from.as_deref().map(|from| expanded(from, &values));
            }
            known.push(values);
            filled.stages.push(stage);
        }
        Cow::Owned(filled)
    }
}

impl Stage {
    /// Its arguments with the values that a build gives them.
    fn give(&mut self, given: &[(String, String)]) {
        for (name, value) in given {
            if !self.arguments.iter().any(|own| **own == **name) {
                continue;
            }
            let place = self.place;
            // The first of that name is the `ARG`: an `ENV` takes its value from it.
            match self.env.iter_mut().find(|(own, _)| **own == **name) {
                Some((_, word))
                    if !word.pieces.iter().any(|piece| matches!(piece, Piece::Variable { name: own, .. } if **own == **name)) =>
                {
                    *word = Word::plain(value, word.place);
                }
                _ => self.env.insert(0, (name.as_str().into(), Word::plain(value, place))),
            }
        }
    }
}

/// A path that a variable begins is joined to a folder before its value is known: `/app` and `$HOME/src` are `/app/$HOME/src` then.
fn after_root(path: &str) -> String {
    path.rfind("//").map_or_else(|| path.to_owned(), |at| path[at + 1..].to_owned())
}

/// A text with the variables filled in that are known.
fn expanded(text: &str, values: &BTreeMap<String, String>) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        filled.push_str(&rest[..at]);
        let (piece, length) = shell::expansion(&rest[at..], '$');
        let length = length.max(1);
        let value = piece.and_then(|piece| match piece {
            Piece::Variable { name, otherwise } => {
                values.get(&*name).cloned().or_else(|| otherwise.as_deref().map(str::to_owned))
            }
            _ => None,
        });
        filled.push_str(value.as_deref().unwrap_or(&rest[at..at + length]));
        rest = &rest[at + length..];
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use crate::deploy::texts::dockerfile::{Dockerfile, read};

    #[test]
    fn arguments_name_folders() {
        let text = "ARG BASE=python\nFROM ${BASE}:3 AS build\nARG COMPONENT\nARG HOME=/srv\nWORKDIR $HOME\nWORKDIR ${COMPONENT}\n\
                    COPY components/${COMPONENT}/src ${HOME}/src/\nENV COMPONENT=$COMPONENT\nFROM build\nCOPY --from=build $HOME /x\n";
        let file = read(text).unwrap_or_else(|error| panic!("{error}"));
        let given = [("COMPONENT".to_owned(), "mail".to_owned()), ("OTHER".to_owned(), "x".to_owned())];
        let filled = file.filled(&given);
        let (build, last) = (&filled.stages[0], &filled.stages[1]);
        assert_eq!((build.from.as_str(), build.workdir.as_deref()), ("python:3", Some("/srv/mail")));
        assert_eq!((build.copies[0].sources[0].as_str(), build.copies[0].target.as_str()), ("components/mail/src", "/srv/src"));
        assert_eq!(last.copies[0].sources[0], "/srv");
        assert_eq!(Dockerfile::workdir(&filled.copied_from("0")), "/srv/mail");
        assert_eq!(file.filled(&[]).stages[0].workdir.as_deref(), Some("/srv/${COMPONENT}"));
    }
}
