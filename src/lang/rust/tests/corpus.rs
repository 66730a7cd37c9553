//! Real code: every file of every package at hand, sound and mutilated, and what lowering costs beside the bare parse.

use super::*;
use std::path::PathBuf;
use std::time::{Duration, Instant};

fn corpus() -> Vec<String> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let root = home.unwrap_or_default().join("registry/src");
    let files = walkdir::WalkDir::new(root).sort_by_file_name().into_iter().flatten();
    let rust = files.filter(|file| file.path().extension().is_some_and(|extension| extension == "rs"));
    rust.filter_map(|file| std::fs::read_to_string(file.path()).ok()).collect()
}

#[test]
#[ignore = "measures; run alone in a release build with --nocapture"]
#[expect(clippy::print_stderr, reason = "its result is for people")]
fn cost_beside_the_bare_parse() {
    let files = corpus();
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&tree_sitter_rust::LANGUAGE.into()).expect("language");
    let mut front_end = RustFrontEnd::new();
    let (mut bare, mut whole) = (Duration::ZERO, Duration::ZERO);
    let (mut gaps, mut refused, mut bytes, mut ops) = (0, 0, 0, 0);
    for text in &files {
        let start = Instant::now();
        drop(parser.parse(text, None));
        bare += start.elapsed();
        let start = Instant::now();
        let facts = front_end.extract(text, &Limits::default());
        whole += start.elapsed();
        bytes += text.len();
        match facts {
            Ok(facts) => {
                gaps += usize::from(!facts.gaps.is_empty());
                ops += facts.functions.iter().map(|function| function.ops.len()).sum::<usize>();
            }
            Err(_) => refused += 1,
        }
    }
    let ratio = whole.as_secs_f64() / bare.as_secs_f64();
    let files = files.len();
    eprintln!(
        "{files} files, {bytes} bytes, {ops} operations: parse {bare:?}, extract {whole:?}, ratio {ratio:.2}; {gaps} with gaps, {refused} refused"
    );
}

/// Pseudo-random numbers, the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap_or(0) % sides.max(1)
    }

    /// A stretch of `text` of at most `longest` bytes, at character boundaries.
    fn stretch<'t>(&mut self, text: &'t str, longest: usize) -> &'t str {
        let start = text.floor_char_boundary(self.roll(text.len() + 1));
        let end = text.floor_char_boundary((start + self.roll(longest + 1)).min(text.len()));
        text.get(start..end).unwrap_or_default()
    }
}

fn mutilate(text: &str, other: &str, dice: &mut Dice) -> String {
    let mut text = dice.stretch(text, 6_000).to_owned();
    for _ in 0..=dice.roll(4) {
        let at = text.floor_char_boundary(dice.roll(text.len() + 1));
        let piece = match dice.roll(4) {
            0 => ["(", ")", "{", "}", "\"", "'", "r#\"", "/*", "<", "!", "#[", "|", "é", "=>", "$"][dice.roll(15)],
            1 => dice.stretch(other, 200),
            2 => dice.stretch(other, 2_000),
            _ => {
                let end = text.floor_char_boundary((at + dice.roll(60)).min(text.len()));
                if at < end {
                    text.replace_range(at..end, "");
                }
                continue;
            }
        };
        text.insert_str(at, piece);
    }
    text
}

/// What every consumer of facts may rely on, however broken the file was.
fn check_sound(facts: &FileFacts, text: &str) {
    for function in &facts.functions {
        for region in &function.regions {
            assert!(region.start <= region.end && region.end.index() <= function.ops.len());
        }
        let mut seen = 0;
        for (index, (id, op)) in function.tape().enumerate() {
            let params = function.params.len();
            assert!(index >= params || matches!(op.kind, OpKind::Param(_)), "params come first");
            assert!(
                op.span.start <= op.span.end && op.span.end as usize <= text.len(),
                "{op:?} outside the file: {:?}",
                function.span.of(text)
            );
            assert!(op.span.start == op.span.end || !op.span.of(text).is_empty(), "{op:?} splits a character");
            let earlier = |value: OpId| assert!(value < id, "{op:?} at {index} uses a later value");
            match op.kind {
                OpKind::Attribute(value, _) | OpKind::Await(value) | OpKind::Try(value) | OpKind::Return(value) => earlier(value),
                OpKind::Index(left, right) | OpKind::Operate(_, left, right) => [left, right].into_iter().for_each(earlier),
                OpKind::Call { callee, args } => {
                    earlier(callee);
                    function.list(args).iter().for_each(|operand| earlier(operand.value));
                }
                OpKind::Construct(_, parts) | OpKind::Choose(parts) => {
                    function.list(parts).iter().for_each(|part| earlier(part.value))
                }
                OpKind::Store { value, .. } | OpKind::Element(value) | OpKind::Enter(value, _) => earlier(value),
                _ => {}
            }
            seen += 1;
        }
        assert_eq!(seen, function.ops.len());
    }
}

fn fuzz(rounds: usize, seed: u64) {
    let files = corpus();
    if files.is_empty() {
        return;
    }
    let mut dice = Dice(seed);
    let mut front_end = RustFrontEnd::new();
    for _ in 0..rounds {
        let (one, other) = (dice.roll(files.len()), dice.roll(files.len()));
        let text = mutilate(&files[one], &files[other], &mut dice);
        if let Ok(facts) = front_end.extract(&text, &Limits::default()) {
            check_sound(&facts, &text);
        }
    }
}

#[test]
fn mutilated_code_gives_sound_facts() {
    fuzz(150, 0x5ca1_e117);
}

#[test]
#[ignore = "takes minutes"]
fn mutilated_code_gives_sound_facts_at_length() {
    fuzz(60_000, 0x0dd_ba11);
}

#[test]
#[ignore = "takes a while"]
fn real_code_gives_sound_facts() {
    let mut front_end = RustFrontEnd::new();
    for text in corpus() {
        if let Ok(facts) = front_end.extract(&text, &Limits::default()) {
            check_sound(&facts, &text);
        }
    }
}
