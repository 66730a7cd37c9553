//! What a shell does by itself: it leaves, it reads another script in, it calls a function that one defined.

use super::{Goes, Run};
use crate::deploy::processes::commands::{Command, Piece, Word};
use crate::deploy::texts::dockerfile::join;
use crate::deploy::texts::shell::{self, Origin};

impl Run<'_, '_> {
    /// What becomes of a command that is the shell's own; none for a program.
    pub(super) fn in_the_shell(&mut self, command: &Command, arguments: &[Word], depth: usize) -> Option<Goes> {
        let first = command.words.first()?.literal()?;
        match first.as_str() {
            "exit" | "return" if command.certain => Some(Goes::NoFurther),
            "exit" | "return" => Some(Goes::On),
            "." | "source" => {
                self.read_in(command, arguments, depth);
                Some(Goes::On)
            }
            "eval" => self.evaluated(command, arguments, depth),
            name => {
                let body = *self.functions.get(name)?;
                let before = self.processes.len();
                // It runs in this shell: what it hands its place to, the shell does.
                self.steps(body, &command.words[1..], depth + 1);
                for process in &mut self.processes[before..] {
                    process.certain &= command.certain;
                    process.background |= command.background;
                }
                Some(Goes::On)
            }
        }
    }

    /// `eval "$COMMAND"`: what the words say is done in this shell, where all of them are known.
    fn evaluated(&mut self, command: &Command, arguments: &[Word], depth: usize) -> Option<Goes> {
        let told = |word: &Word| match word.pieces.as_slice() {
            [Piece::Variable { name, .. }] => self.texts.get(&**name).cloned(),
            _ => None,
        };
        let known = |word: &Word| word.resolve(&|name| self.look(name, arguments)).or_else(|| told(word));
        let text = command.words[1..].iter().map(known).collect::<Option<Vec<String>>>()?.join(" ");
        let before = self.processes.len();
        self.steps(&shell::steps(&text, Origin::Whole(command.place)), arguments, depth + 1);
        for process in &mut self.processes[before..] {
            process.certain &= command.certain;
            process.background |= command.background;
        }
        Some(Goes::On)
    }

    /// `. lib.sh`: its functions are ours from here on, and what it does is done here. What is not a script of the tree sets variables
    /// as a rule.
    fn read_in(&mut self, command: &Command, arguments: &[Word], depth: usize) {
        let Some(path) = command.words.get(1).and_then(|word| self.path_of(word, arguments)) else { return };
        let Some(script) = self.installed(&path).or_else(|| self.script(&path)) else { return };
        self.functions.extend(script.functions.iter().map(|(name, body)| (name.as_str(), body.as_slice())));
        if command.certain && command.tests.is_empty() {
            let given = if command.words.len() > 2 { &command.words[2..] } else { arguments };
            self.steps(&script.steps, given, depth + 1);
        }
    }

    /// A path as far as it is known: at least the name of the file, beside the script that is followed.
    fn path_of(&self, word: &Word, arguments: &[Word]) -> Option<String> {
        let known = word.resolve(&|name| self.look(name, arguments));
        let name = || match word.pieces.last()? {
            Piece::Text(text) => text.rsplit('/').next().filter(|name| name.contains('.')).map(str::to_owned),
            _ => None,
        };
        let beside = |path: String| match &self.beside {
            Some(beside) if !path.contains('/') => join(beside, &path),
            _ => path,
        };
        known.or_else(name).map(beside)
    }
}
