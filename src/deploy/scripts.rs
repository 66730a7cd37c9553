//! Numbers of copies that commands in scripts ask for: `docker compose up --scale worker=4`.

use super::commands::{Step, Word};
use crate::finding::Place;

/// A command that asks for copies of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scaled {
    /// The service.
    pub service: String,
    /// How many copies.
    pub copies: u32,
    /// Where the command says so.
    pub place: Place,
}

/// What a script asks for.
pub(super) fn scaled(steps: &[Step]) -> Vec<Scaled> {
    let mut found = Vec::new();
    for step in steps {
        let Step::Run(command) = step else { continue };
        let texts: Vec<String> = command.words.iter().map(|word| word.literal().unwrap_or_default()).collect();
        if !texts.iter().take(3).any(|text| text.contains("compose") || text == "docker") {
            continue;
        }
        // `docker compose scale web=3`, `docker service scale web=3`.
        let by_word = texts.iter().take(4).any(|text| text == "scale");
        for (at, (text, word)) in texts.iter().zip(&command.words).enumerate() {
            let told = match text.strip_prefix("--scale=") {
                Some(told) => told,
                None if by_word || at > 0 && texts[at - 1] == "--scale" => text,
                None => continue,
            };
            found.extend(asked_for(told, word));
        }
    }
    found
}

/// `web=3`.
fn asked_for(text: &str, word: &Word) -> Option<Scaled> {
    let (service, copies) = text.split_once('=')?;
    let copies = copies.parse().ok()?;
    (!service.starts_with('-')).then(|| Scaled { service: service.to_owned(), copies, place: word.place })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::shell::{self, Origin};
    use crate::finding::FileId;
    use crate::source::Span;

    #[test]
    fn commands_are_read() {
        let text = "docker compose up -d --scale worker=4 --scale=web=2\ndocker-compose scale api=3\nmake scale x=3\n";
        let steps = shell::steps(text, Origin::Exact(Place { file: FileId::default(), span: Span::default() }));
        let found: Vec<_> = scaled(&steps).into_iter().map(|scaled| (scaled.service, scaled.copies)).collect();
        assert_eq!(found, [("worker".to_owned(), 4), ("web".to_owned(), 2), ("api".to_owned(), 3)]);
    }
}
