//! Every fuzz target without the fuzzer: on its seeds, on changes of them that are the same in every run, and on each input that once
//! broke something. `fuzz/README.md` says how to go further.

#[path = "../fuzz/src/lib.rs"]
#[allow(dead_code, unreachable_pub, reason = "a library of its own, of which this is one user")]
mod fuzz;

use fuzz::seeds::{self, Dice};
use fuzz::targets::{self, Target};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::thread;

/// Run a target on its seeds, every `step`th, and on `count` inputs that are made of them; `FUZZ_TIMES=20` makes twenty times as many.
fn hold(name: &str, step: usize, count: usize) {
    let count = count * std::env::var("FUZZ_TIMES").ok().and_then(|times| times.parse().ok()).unwrap_or(1);
    let target = targets::ALL.iter().find(|(of, _)| *of == name).expect("a target").1;
    let seeds = seeds::of(name);
    found(name).iter().for_each(|input| run(name, target, input));
    seeds.iter().step_by(step).for_each(|seed| run(name, target, seed));
    let mut dice = Dice::new(name.len() as u64);
    for at in 0..count {
        let input = if at % 3 == 0 {
            let length = dice.roll(512);
            seeds::made_seed(dice.byte(), length)
        } else {
            let seed = &seeds[dice.roll(seeds.len())];
            mutated(seed, &seeds[dice.roll(seeds.len())], &mut dice)
        };
        run(name, target, &input);
    }
}

/// Inputs that once broke something.
fn found(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/found").join(name);
    let mut files: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).expect("an input")).collect()
}

fn run(name: &str, target: Target, input: &[u8]) {
    if catch_unwind(AssertUnwindSafe(|| target(input))).is_err() {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.input"));
        fs::write(&file, input).expect("the input is kept");
        panic!("{name} broke on {}", file.display());
    }
}

/// A seed with some bytes changed, left out, repeated, or taken from another.
fn mutated(seed: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut input = seed.to_vec();
    for _ in 0..=dice.roll(6) {
        let at = dice.roll(input.len());
        let end = (at + 1 + dice.roll(32)).min(input.len());
        match dice.roll(5) {
            0 if !input.is_empty() => input[at] = dice.byte(),
            1 => drop(input.drain(at..end.max(at))),
            2 => input
                .splice(at..at, seed[at.min(seed.len())..end.min(seed.len()).max(at.min(seed.len()))].to_vec())
                .for_each(drop),
            3 => {
                let from = dice.roll(other.len());
                let to = (from + dice.roll(64)).min(other.len());
                input.splice(at..at, other[from..to].iter().copied()).for_each(drop);
            }
            _ => {
                let word = *[&b"("[..], b")", b"\n", b"    ", b"\"", b"'", b"{", b"\xff", b"\xe2\x80\xae", b"\0", b"\r"]
                    .get(dice.roll(11))
                    .expect("a word");
                input.splice(at..at, word.iter().copied()).for_each(drop);
            }
        }
    }
    input
}

/// On a stack as large as that of the program's workers, which is what parsers need that recurse.
fn hold_on_stack(name: &'static str, step: usize, count: usize) {
    let thread = thread::Builder::new().stack_size(64 * 1024 * 1024).spawn(move || hold(name, step, count));
    // The thread has said what broke.
    assert!(thread.expect("a thread").join().is_ok(), "{name} does not hold");
}

macro_rules! held {
    ($($name:ident $step:literal $count:literal),* $(,)?) => {
        $(#[test] fn $name() { hold_on_stack(stringify!($name), $step, $count) })*

        #[test]
        fn every_target_is_held_and_has_its_binary() {
            let held = [$(stringify!($name)),*];
            assert_eq!(targets::ALL.map(|(name, _)| name), held);
            for name in held {
                let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fuzz/fuzz_targets/{name}.rs")));
                assert!(text.is_ok_and(|text| text.contains(&format!("targets::{name}("))), "{name}");
            }
        }
    };
}

// Target, every how many seeds, how many changes: together some seconds in a debug build.
held! {
    python 8 400,
    tapes 8 600,
    rust 4 400,
    sql 2 200,
    deployment 8 300,
    models 1 300,
    configuration 1 400,
    comments 20 300,
    baseline 1 400,
    editor 1 400,
    output 1 200,
    fixes 12 40,
    project 16 20,
}

/// Writes the seeds of every target where cargo-fuzz looks for them; `fuzz/run.py` asks for it.
#[test]
#[ignore = "writes fuzz/corpus"]
fn write_the_corpora() {
    for (name, _) in targets::ALL {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
        fs::create_dir_all(&folder).expect("a folder");
        for (at, seed) in seeds::of(name).iter().chain(&found(name)).enumerate() {
            fs::write(folder.join(format!("seed-{at:04}")), seed).expect("a seed");
        }
    }
}
