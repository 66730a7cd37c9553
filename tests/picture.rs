//! The picture in the README is what the program prints today: `PICTURE=write cargo test --test picture` draws it anew. The times that it
//! gives beside other tools are those that were measured.

mod common;

use common::{outcome, scalelint};
use std::fs;
use std::path::Path;

/// What is typed in `fixtures/flask-shop`.
const TYPED: [&str; 5] =
    ["check", "shop/services/payments.py", "shop/blueprints/account.py", "--select", "missing-timeout,in-memory-session"];

#[test]
fn the_picture_is_of_a_real_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = scalelint(&TYPED);
    command.args(["--color", "always"]).current_dir(root.join("fixtures/flask-shop"));
    let run = outcome(command);
    assert_eq!(run.code, Some(1), "{}", run.err);
    let shown = format!("$ scalelint {}\n{}\n{}", TYPED.join(" "), run.out, run.err);
    // The colours of a terminal of today: the dark ones of old cannot be read on black.
    let drawn = anstyle_svg::Term::new().palette(anstyle_svg::WIN10_CONSOLE).render_svg(&shown);
    let path = root.join("docs/check.svg");
    if std::env::var_os("PICTURE").is_some_and(|word| word == "write") {
        fs::write(&path, &drawn).expect("the picture");
    }
    let kept = fs::read_to_string(&path).expect("docs/check.svg");
    assert_eq!(kept.trim_end(), drawn.trim_end(), "PICTURE=write cargo test --test picture");
    let document = roxmltree::Document::parse(&kept).expect("a sound document");
    let text: String = document.descendants().filter_map(|node| node.text().filter(|_| node.is_text())).collect();
    assert!(text.contains("error[in-memory-session]") && text.contains("can be fixed with --fix"), "{text}");
    let readme = fs::read_to_string(root.join("README.md")).expect("the README");
    assert!(readme.contains("](docs/check.svg)"), "the README shows it");
}

/// "It takes 2.9 to 5.4 times": the least and the greatest of the ratios in the table of measured figures.
#[test]
fn the_comparison_is_what_was_measured() {
    let read = |path: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path);
    let (figures, readme) = (read("docs/performance.md"), read("README.md"));
    let span = |peer: &str| {
        let rows = figures.lines().map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
        let ratios = rows.filter(|row| row.get(3) == Some(&peer)).map(|row| row[5].parse::<f64>().expect("a ratio"));
        let (least, most) = ratios.fold((f64::INFINITY, 0.0_f64), |(least, most), ratio| (least.min(ratio), most.max(ratio)));
        format!("{least:.1} to {most:.1} times")
    };
    for said in [
        format!("It takes {} the processor time of ruff with one rule", span("ruff, one rule")),
        format!("and {} that of ast-grep with one", span("ast-grep, one rule")),
    ] {
        assert!(readme.contains(&said), "{said}");
    }
}
