//! Programs that run another one: the words of the one that does the work.

use super::table::{TABLE, Wrapper};
use super::{Read, base_name, is_interpreter, is_known};

/// The words from the program on that does the work.
pub(super) fn unwrapped(mut words: Vec<Read<'_>>) -> Vec<Read<'_>> {
    // Each turn drops a word.
    while let Some(inner) = inside(&words) {
        words = inner;
    }
    words
}

/// What one wrapper runs; nothing when the words begin with none.
fn inside<'w>(words: &[Read<'w>]) -> Option<Vec<Read<'w>>> {
    let name = words.first()?.text.as_deref()?;
    let short = base_name(name);
    if is_interpreter(short) {
        return by_module(words);
    }
    let rest = &words[1..];
    let fits = |wrapper: &&Wrapper| wrapper.name.iter().any(|own| own == short || own == name);
    TABLE.wrapper.iter().filter(fits).find_map(|wrapper| run_by(wrapper, rest))
}

fn run_by<'w>(wrapper: &Wrapper, rest: &[Read<'w>]) -> Option<Vec<Read<'w>>> {
    let at = |marker: &str| rest.iter().position(|word| word.text.as_deref() == Some(marker));
    let inner = match &wrapper.subcommand {
        Some(subcommand) => &rest[at(subcommand)? + 1..],
        None if wrapper.skips => match at("--") {
            Some(at) => &rest[at + 1..],
            // Words of its own: flags, a user, a limit of time, variables.
            None => match rest.iter().position(|word| word.text.as_deref().is_some_and(is_known)) {
                Some(at) => &rest[at..],
                None => return Some(Vec::new()),
            },
        },
        None => rest,
    };
    if !wrapper.text.is_empty() || wrapper.first_is_text {
        return from_text(wrapper, inner);
    }
    let flags = after_flags(inner, &wrapper.takes);
    // `uv run -m app.main`: what follows the flag is for an interpreter.
    let module = inner[..inner.len() - flags.len()].last().filter(|last| last.text.as_deref() == Some("-m"));
    if let Some(flag) = module.filter(|_| wrapper.interprets) {
        let interpreter = Read { text: Some("python".to_owned()), word: flag.word, part: true };
        return Some([interpreter, flag.clone()].into_iter().chain(flags.iter().cloned()).collect());
    }
    Some(flags.get(wrapper.words..).unwrap_or_default().to_vec())
}

/// The words behind flags, `--` among them.
fn after_flags<'r, 'w>(words: &'r [Read<'w>], takes: &[String]) -> &'r [Read<'w>] {
    let mut at = 0;
    while let Some(text) = words.get(at).and_then(|word| word.text.as_deref()).filter(|text| text.starts_with('-')) {
        at += if takes.iter().any(|flag| flag == text) { 2 } else { 1 };
    }
    words.get(at..).unwrap_or_default()
}

/// `nodemon -x "celery -A app worker"`, `watchfiles "python -m app" src`, `cargo watch -x 'run --bin app'`.
fn from_text<'w>(wrapper: &Wrapper, words: &[Read<'w>]) -> Option<Vec<Read<'w>>> {
    let flag = words.iter().position(|word| word.text.as_ref().is_some_and(|text| wrapper.text.contains(text)));
    let (told, others) = match flag {
        Some(at) => (words.get(at + 1)?, &words[at + 2..]),
        None if wrapper.first_is_text => {
            let first = after_flags(words, &wrapper.takes).first()?;
            (first, &[][..])
        }
        None => return None,
    };
    let part = |text: &str| Read { text: Some(text.to_owned()), word: told.word, part: true };
    let said = told.text.as_deref()?.split_whitespace().map(part);
    Some(wrapper.before.as_deref().map(part).into_iter().chain(said).chain(others.iter().cloned()).collect())
}

/// `python -m debugpy --listen 5678 -m celery ..`: the interpreter with what such a module runs in its place.
fn by_module<'w>(words: &[Read<'w>]) -> Option<Vec<Read<'w>>> {
    let at = words.iter().position(|word| word.text.as_deref() == Some("-m"))?;
    // Flags of the interpreter alone stand before it.
    if !words[1..at].iter().all(|word| word.text.as_deref().is_some_and(|text| text.starts_with('-'))) {
        return None;
    }
    let module = words.get(at + 1)?.text.as_deref()?;
    let wrapper = TABLE.wrapper.iter().find(|wrapper| wrapper.module.iter().any(|own| own == module))?;
    let mut rest = &words[at + 2..];
    if let Some(subcommand) = &wrapper.subcommand {
        rest = rest.get(rest.iter().position(|word| word.text.as_ref() == Some(subcommand))? + 1..)?;
    }
    let mut from = 0;
    loop {
        match rest.get(from)?.text.as_deref()? {
            "-m" => break,
            flag if wrapper.takes.iter().any(|takes| takes == flag) => from += 2,
            flag if flag.starts_with('-') => from += 1,
            _ => break,
        }
    }
    Some(words[..1].iter().chain(&rest[from..]).cloned().collect())
}
