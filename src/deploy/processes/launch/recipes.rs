//! `make serve`, `just serve`: the commands of the recipe that is named, those that it needs before.

use super::{Goes, Run};
use crate::deploy::processes::commands::{Command, Step, Word};
use crate::deploy::processes::programs::Signal;
use crate::deploy::sheets::Sheet;
use crate::deploy::texts::dockerfile::join;
use crate::deploy::texts::recipes::{Recipe, Recipes};
use std::collections::BTreeSet;

/// Files that such programs read when they are told none.
const FILES: [&str; 6] = ["Makefile", "makefile", "GNUmakefile", "justfile", "Justfile", ".justfile"];

impl<'f> Run<'_, 'f> {
    /// What becomes of a command that runs recipes of the tree; none for another one.
    pub(super) fn by_recipe(&mut self, command: &Command, depth: usize) -> Option<Goes> {
        let words: Vec<String> = command.words.iter().map(Word::literal).collect::<Option<_>>()?;
        let (program, words) = words.split_first()?;
        if !matches!(program.rsplit('/').next()?, "make" | "gmake" | "just") {
            return None;
        }
        let (mut folder, mut file, mut names) = (self.folder.clone(), None, Vec::new());
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "-C" | "--directory" | "-d" => folder = join(&folder, words.next()?),
                "-f" | "--makefile" | "--justfile" => file = words.next(),
                flag if flag.starts_with('-') => {}
                word => match word.split_once('=') {
                    Some((name, value)) => {
                        self.env.insert(name.to_owned(), Some(value.to_owned()));
                    }
                    None => names.push(word.to_owned()),
                },
            }
        }
        let recipes = self.recipes_in(&folder, file.map(String::as_str))?;
        for step in &recipes.settings {
            // What is set from outside wins as a rule: files say `?=` where that matters.
            if !matches!(step, Step::Set { name, .. } if self.env.contains_key(&**name)) {
                self.steps(std::slice::from_ref(step), &[], depth + 1);
            }
        }
        if names.is_empty() {
            names.extend(recipes.first().map(|recipe| recipe.name.clone()));
        }
        let mut done = BTreeSet::new();
        for name in &names {
            let recipe = recipes.named(name)?;
            self.recipe(recipes, recipe, command, &mut done, depth);
        }
        Some(Goes::On)
    }

    /// One recipe, after those that it needs; each is run once.
    fn recipe(&mut self, recipes: &'f Recipes, recipe: &'f Recipe, outer: &Command, done: &mut BTreeSet<&'f str>, depth: usize) {
        if !done.insert(&recipe.name) || depth > super::DEEPEST {
            return;
        }
        for need in recipe.needs.iter().filter_map(|need| recipes.named(need)) {
            self.recipe(recipes, need, outer, done, depth + 1);
        }
        let folder = self.folder.clone();
        for line in &recipe.lines {
            // A line that is one command is run without a shell, and signals are handed to what runs.
            let kept = if line.len() == 1 { Signal::Reaches } else { self.shell_of_image() };
            self.nested(line, outer, (&[], kept), depth);
            self.folder.clone_from(&folder);
        }
    }

    /// The recipes in a folder of the container.
    fn recipes_in(&self, folder: &str, file: Option<&str>) -> Option<&'f Recipes> {
        let image = self.image?;
        let folders = image.folders_of(folder).into_iter().chain([image.context.to_owned()]);
        let names: Vec<&str> = file.map_or_else(|| FILES.to_vec(), |file| vec![file]);
        let mut paths = folders.flat_map(|folder| names.iter().map(move |name| join(&folder, name)).collect::<Vec<_>>());
        paths.find_map(|path| match self.launcher.by_path.get(path.as_str()) {
            Some(Sheet::Recipes(recipes)) => Some(recipes),
            _ => None,
        })
    }
}
