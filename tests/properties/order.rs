//! The order of files and folders, the number of threads and the run change not one byte.

use super::common::edits::{STORIES, Texts, story};
use super::report;
use clap::ValueEnum;
use scalelint::output::{Format, Style, render};
use std::fs;
use std::path::{Path, PathBuf};

const THREADS: [usize; 4] = [1, 2, 8, 64];

/// Every format of what is found, and every notice.
fn bytes(root: &Path, threads: usize) -> Vec<u8> {
    let report = report(root, Some(threads));
    let mut out = format!("{:?}", report.notices).into_bytes();
    for format in Format::value_variants() {
        render(&report, *format, &Style::default(), &mut out).expect("memory takes everything");
    }
    out
}

#[test]
fn threads_and_runs_give_the_same_bytes() {
    for name in STORIES {
        let root = tempfile::tempdir().expect("a folder");
        super::write(&story(name), root.path());
        let first = bytes(root.path(), 1);
        assert!(first.len() > 10_000, "{name}");
        for threads in THREADS {
            assert!(bytes(root.path(), threads) == first, "{name} differs with {threads} threads");
        }
    }
}

/// Folders list their files in the order in which they were made, or its reverse, or another one, as the file system pleases.
#[test]
fn the_order_of_folders_gives_the_same_bytes() {
    let places: Vec<PathBuf> = [std::env::temp_dir(), "/dev/shm".into()].into_iter().filter(|place| place.is_dir()).collect();
    for name in STORIES {
        let texts = story(name);
        let mut listed = Vec::new();
        let mut all = Vec::new();
        for place in &places {
            for is_reversed in [false, true] {
                let root = tempfile::tempdir_in(place).expect("a folder");
                let files: Vec<_> = if is_reversed { texts.iter().rev().collect() } else { texts.iter().collect() };
                for (path, text) in files {
                    super::write(&Texts::from([(path.clone(), text.clone())]), root.path());
                }
                listed.push(order(root.path()));
                all.push(bytes(root.path(), 2));
            }
        }
        assert!(all.iter().all(|bytes| *bytes == all[0]), "{name}");
        listed.sort();
        listed.dedup();
        assert!(listed.len() > 1, "no two of these folders differ in their order, so that this shows nothing");
    }
}

/// All files of a folder as the system lists them.
fn order(root: &Path) -> Vec<String> {
    let (mut listed, mut folders) = (Vec::new(), vec![root.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            listed.push(entry.strip_prefix(root).expect("a path below").to_string_lossy().into_owned());
            folders.extend(entry.is_dir().then_some(entry));
        }
    }
    listed
}
