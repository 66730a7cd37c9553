//! The picture in the README is what the program prints today: `PICTURE=write cargo test --test picture` draws it anew.

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
    let drawn = anstyle_svg::Term::new().render_svg(&shown);
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
