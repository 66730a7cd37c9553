//! Input made to break the front end: depth in every form it can take, broken syntax, odd bytes.

use super::*;

#[test]
fn nested_brackets_are_refused_with_their_line() {
    let text = format!("fn f() {{\n{}\n}}", "(".repeat(100_000));
    assert_eq!(error(&text), Some(ExtractError::TooDeep { limit: 256, line: 2 }));
}

#[test]
fn depth_without_brackets_is_cut() {
    let chains = [
        format!("a{}", ".b".repeat(50_000)),
        format!("a{}", ".b()?".repeat(50_000)),
        format!("1{}", "+1".repeat(50_000)),
        format!("{}1", "!-".repeat(20_000)),
        format!("{}x", "&".repeat(20_000)),
        format!("{}1", "a = ".repeat(20_000)),
        format!("{}1", "return ".repeat(20_000)),
        format!("{}1", "|x| ".repeat(20_000)),
        format!("if a {{}} {}", "else if a {}".repeat(20_000)),
        format!("x as {}T", "&".repeat(20_000)),
        format!("x::<{}", "Vec<".repeat(20_000)),
        format!("a{}", "::b".repeat(50_000)),
        format!("{}1{}", "{".repeat(250), "}".repeat(250)),
        format!("{}1{}", "f(".repeat(250), ")".repeat(250)),
        format!("{}1{}", "if a { b(|x| ".repeat(120), ")}".repeat(120)),
        format!("{}1{}", "match a { A(b) => { let x = ".repeat(120), "}}".repeat(120)),
        format!("match a {{ {}x => 1 }}", "&".repeat(20_000)),
        format!("let {}x = 1;", "a @ ".repeat(20_000)),
    ];
    for chain in chains {
        for text in
            [format!("fn f() {{ {chain} }}"), format!("fn f() {{ foo!({chain}); }}"), format!("#[a({chain})] fn f() {{}}")]
        {
            if let Ok(facts) = RustFrontEnd::new().extract(&text, &Limits::default()) {
                assert!(facts.gaps.len() <= 21, "{}", &text[..40]);
            }
        }
    }
}

#[test]
fn sound_parts_of_a_broken_file_are_read() {
    let facts = extract("fn a() { x.y(; z(); }\nfn b( { }\nfn c() { d(); }\n");
    assert!(!facts.gaps.is_empty());
    let names: Vec<_> = facts.functions.iter().filter_map(|function| Some(facts.names.get(function.name?))).collect();
    assert!(names.contains(&"a") && names.contains(&"c"), "{names:?}");
}

#[test]
fn odd_bytes_are_no_trouble() {
    for text in [
        "",
        "\u{feff}fn f() {}",
        "fn f() {}\r\n// é\r\n",
        "\0\0",
        "#!/usr/bin/env rust\nfn f() {}",
        "r#\"",
        "'",
        "/*",
        "#[",
        "a!(",
        "\u{2028}",
    ] {
        extract(text);
    }
}

#[test]
fn the_parser_has_a_budget() {
    let limits = Limits { steps_base: 0, steps_per_kib: 0, ..Limits::default() };
    let text = "fn f() { g(); }\n".repeat(1_000);
    assert_eq!(RustFrontEnd::new().extract(&text, &limits), Err(ExtractError::TooCostly));
}
