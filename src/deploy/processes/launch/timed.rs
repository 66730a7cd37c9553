//! What a program runs that starts the lines of a crontab: the code of the first line that names any.

use super::Run;
use crate::deploy::processes::commands::{Command, Step};
use crate::deploy::processes::programs::{Process, Signal};
use crate::deploy::sheets::Sheet;
use crate::deploy::texts::recipes::Recipes;

impl<'f> Run<'_, 'f> {
    /// The process with the code that its crontab leads to.
    pub(super) fn timed(&mut self, mut process: Process, command: &Command, depth: usize) -> Process {
        let Some(crontab) = self.crontab(command) else { return process };
        let before = self.processes.len();
        for line in crontab.list.iter().flat_map(|recipe| &recipe.lines) {
            // A system's crontab names a user before the command.
            let line: Vec<Step> = line.iter().cloned().map(without_user).collect();
            let folder = self.folder.clone();
            self.nested(&line, &Command { replaces: false, ..command.clone() }, (&[], Signal::Lost), depth);
            self.folder = folder;
        }
        let started: Vec<Process> = self.processes.drain(before..).collect();
        if let Some(first) = started.into_iter().find(|process| process.target.is_some()) {
            (process.target, process.folders, process.changes_to) = (first.target, first.folders, first.changes_to);
        }
        process
    }

    /// The crontab that a word names: the file, or one in the folder.
    fn crontab(&self, command: &Command) -> Option<&'f Recipes> {
        let image = self.image?;
        let words = command.words.iter().skip(1).filter_map(crate::deploy::processes::commands::Word::literal);
        let named = words.filter_map(|word| match word.rsplit_once('=') {
            Some((_, path)) => Some(path.to_owned()),
            None => (!word.starts_with('-')).then_some(word),
        });
        let mut paths = named.flat_map(|path| {
            let inside = crate::deploy::texts::dockerfile::join(&self.folder, &path);
            let sources = image.sources_of(&inside);
            sources.into_iter().flat_map(|source| [format!("{source}/crontab"), source]).collect::<Vec<String>>()
        });
        paths.find_map(|path| match self.launcher.by_path.get(path.as_str()) {
            Some(Sheet::Recipes(recipes)) => Some(recipes),
            _ => None,
        })
    }
}

/// A command without the user that stands before it.
fn without_user(step: Step) -> Step {
    let Step::Run(mut command) = step else { return step };
    let is_user = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    let first = command.words.first().and_then(crate::deploy::processes::commands::Word::literal);
    let next = command.words.get(1).and_then(crate::deploy::processes::commands::Word::literal);
    let runs = next.is_some_and(|next| next == "cd" || next.contains('/') || crate::deploy::processes::programs::is_known(&next));
    let known = |text: &str| text == "cd" || crate::deploy::processes::programs::is_known(text);
    if runs && first.is_some_and(|first| is_user(&first) && !known(&first)) {
        command.words.remove(0);
    }
    Step::Run(command)
}
