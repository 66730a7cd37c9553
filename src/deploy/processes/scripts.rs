//! Numbers of copies that commands in scripts ask for: `docker compose up --scale worker=4`.

use crate::deploy::processes::commands::{Step, Word};
use crate::finding::Place;

/// A command that asks for copies of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scaled {
    /// The service.
    pub service: String,
    /// How many copies.
    pub copies: u32,
    /// Names of the files that it is told to read; those that are read by themselves where it is told none.
    pub files: Vec<String>,
    /// Where the command says so.
    pub place: Place,
}

/// Files that compose reads when it is told none.
const BY_ITSELF: [&str; 8] = [
    "compose.yaml",
    "compose.yml",
    "docker-compose.yaml",
    "docker-compose.yml",
    "compose.override.yaml",
    "compose.override.yml",
    "docker-compose.override.yaml",
    "docker-compose.override.yml",
];

impl Scaled {
    /// Whether the command reads the file at `path`.
    pub(in crate::deploy) fn reads(&self, path: &str) -> bool {
        let name = file_name(path);
        if self.files.is_empty() { BY_ITSELF.contains(&name) } else { self.files.iter().any(|file| file == name) }
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// What a script asks for.
pub(in crate::deploy) fn scaled(steps: &[Step]) -> Vec<Scaled> {
    let mut found = Vec::new();
    for step in steps {
        let Step::Run(command) = step else { continue };
        let texts: Vec<String> = command.words.iter().map(|word| word.literal().unwrap_or_default()).collect();
        if !texts.iter().take(3).any(|text| text.contains("compose") || text == "docker") {
            continue;
        }
        // `docker compose scale web=3`, `docker service scale web=3`.
        let after = |flag: &'static str| {
            texts.iter().zip(texts.iter().skip(1)).filter(move |(word, _)| *word == flag).map(|(_, next)| next)
        };
        let files: Vec<String> = after("-f").chain(after("--file")).map(|path| file_name(path).to_owned()).collect();
        let by_word = texts.iter().take(4).any(|text| text == "scale");
        for (at, (text, word)) in texts.iter().zip(&command.words).enumerate() {
            let told = match text.strip_prefix("--scale=") {
                Some(told) => told,
                None if by_word || at > 0 && texts[at - 1] == "--scale" => text,
                None => continue,
            };
            found.extend(asked_for(told, word).map(|scaled| Scaled { files: files.clone(), ..scaled }));
        }
    }
    found
}

/// `web=3`.
fn asked_for(text: &str, word: &Word) -> Option<Scaled> {
    let (service, copies) = text.split_once('=')?;
    let copies = copies.parse().ok()?;
    (!service.starts_with('-')).then(|| Scaled { service: service.to_owned(), copies, files: Vec::new(), place: word.place })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::texts::shell::{self, Origin};
    use crate::finding::FileId;
    use crate::source::Span;

    #[test]
    fn commands_are_read() {
        let text = "docker compose -f deploy/prod.yml up -d --scale worker=4 --scale=web=2\ndocker-compose scale api=3\nmake scale x=3\n";
        let steps = shell::steps(text, Origin::Exact(Place { file: FileId::default(), span: Span::default() }));
        let all = scaled(&steps);
        assert!(all[0].reads("deploy/prod.yml") && !all[0].reads("docker-compose.yml") && all[2].reads("a/compose.yaml"));
        let found: Vec<_> = all.into_iter().map(|scaled| (scaled.service, scaled.copies)).collect();
        assert_eq!(found, [("worker".to_owned(), 4), ("web".to_owned(), 2), ("api".to_owned(), 3)]);
    }
}
