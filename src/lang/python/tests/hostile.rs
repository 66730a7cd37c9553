//! Sources written to break a parser or whoever walks its tree.

use super::facts;
use crate::lang::python::PythonFrontEnd;
use crate::lang::{ExtractError, FrontEnd, Limits};

const MANY: usize = 20_000;

#[test]
fn long_chains_are_no_nesting() {
    for (head, link, tail) in [
        ("a", ".b", "\n"),
        ("a", "()", "\n"),
        ("a", "[0]", "\n"),
        ("1", "+1", "\n"),
        ("a", " or a", "\n"),
        ("a", " < a", "\n"),
        ("", "not ", "x\n"),
        ("x = ", "'a' ", "\n"),
        ("", "a = ", "1\n"),
        ("if a:\n x\n", "elif b:\n return\n", ""),
        ("", "if x: raise\n", ""),
        ("@a\n", "@a\n", "def f(): pass\n"),
        ("match x:\n", " case a:\n  pass\n", ""),
        ("x: a", " | a", " = 1\n"),
    ] {
        let facts = facts(&format!("{head}{}{tail}", link.repeat(MANY)));
        assert!(facts.gaps.is_empty(), "{link}: {:?}", facts.gaps);
        assert!(facts.functions[0].ops.len() >= MANY || link.starts_with("'a'"), "{link}");
    }
}

#[test]
fn what_nests_to_the_right_is_cut() {
    for (link, tail) in [("lambda: ", "x"), ("a if b else ", "c"), ("-", "x"), ("await ", "x"), ("a ** ", "a")] {
        let facts = facts(&format!("{}{tail}\n", link.repeat(MANY)));
        assert_eq!(facts.gaps.len(), 1, "{link}");
        assert_eq!(facts.gaps[0].reason, "nesting deeper than 300");
    }
}

#[test]
fn regions_of_one_construct_are_bounded() {
    for source in [format!("[a {}]", "for a in b ".repeat(MANY)), format!("with a{}:\n pass\n", ",a".repeat(MANY))] {
        assert!(facts(&source).functions[0].regions.len() <= 64);
    }
}

#[test]
fn deep_nesting_is_refused_before_the_parser_aborts() {
    let ifs =
        |n: usize| (0..n).map(|level| format!("{}if x:\n", " ".repeat(level))).collect::<String>() + &" ".repeat(n) + "'a'\n";
    assert!(PythonFrontEnd::new().extract(&ifs(256), &Limits::default()).is_ok());
    let refused = PythonFrontEnd::new().extract(&ifs(511), &Limits::default());
    assert_eq!(refused, Err(ExtractError::TooDeep { limit: 256, line: 258 }));
    let refused = PythonFrontEnd::new().extract(&"(".repeat(100_000), &Limits::default());
    assert_eq!(refused, Err(ExtractError::TooDeep { limit: 256, line: 1 }));
}

#[test]
fn a_parse_over_budget_is_stopped_and_the_parser_goes_on() {
    let mut front_end = PythonFrontEnd::new();
    let tight = Limits { steps_base: 1, steps_per_kib: 0, ..Limits::default() };
    // The typed parser needs no budget; it leaves what is broken to the other.
    assert_eq!(front_end.extract(&("x = 1\n".repeat(1000) + "x ="), &tight), Err(ExtractError::TooCostly));
    assert_eq!(front_end.extract("x = 1\n", &Limits::default()), Ok(facts("x = 1\n")));
}

#[test]
fn more_parameters_than_numbers() {
    let facts = facts(&format!("def f(a{}): pass\n", ", a".repeat(70_000)));
    assert_eq!(facts.functions[1].params.len(), 70_001);
}

#[test]
fn any_prefix_of_a_file_is_read() {
    let source = "@a(1)\nasync def f(a, *b: int, c='é', **d) -> 'x':\n    async with a as b, c:\n        \
        return [f\"{x!r:>{y}}\\n\" for (x, *y) in z if not x] + {**a, 'b': lambda q: -1}[1:2, ::3]\r\n\
        class K(B, m=1):\n\tx: int = 3; y = z = (yield)\n\ttry:\n\t\tdel x\n\texcept (A, B) as e: raise E from e\n\
        match x:\n  case P(a=[1, *r], b={'k': v}) | None as q if (n := q): pass\n# scalelint: ignore[x] why\n";
    let whole = facts(source);
    assert!(whole.gaps.is_empty(), "{:?}", whole.gaps);
    let mut front_end = PythonFrontEnd::new();
    for (at, _) in source.char_indices() {
        for part in [&source[..at], &source[at..]] {
            assert!(front_end.extract(part, &Limits::default()).is_ok());
        }
    }
}

#[test]
fn line_ends_and_control_characters() {
    for source in ["", "\n", "\r", "\0", "x = 1\0\ny = 2\n", "\u{c}x = 1", "x = '", "if x:\r  y\r", "`", "\"\"\"\\"] {
        facts(source);
    }
    let plain = facts("if x:\n  return 'a'\ny = 2\n");
    let windows = facts("if x:\r\n  return 'a'\r\ny = 2\r\n");
    assert_eq!(plain.functions[0].ops.len(), windows.functions[0].ops.len());
    assert_eq!((plain.lines, windows.lines, facts("").lines, facts("x").lines), (3, 3, 0, 1));
}

#[test]
fn sound_statements_between_errors_are_read() {
    let facts = facts("import a\nx = = 3\ndef f():\n    return g(\nclass K:\n    y = 1\n");
    assert!(!facts.gaps.is_empty());
    assert_eq!(facts.imports.len(), 1);
    let many = super::facts(&"x = = 1\ny = 2\n".repeat(100));
    assert_eq!(many.gaps.len(), 20);
}

/// What the typed parser reads is dropped level by level, so no text may be deeper than the stack: the longest that it takes
/// unseen, and one that it takes only after a look at its tokens.
#[test]
fn the_longest_chains_do_not_overflow_the_stack() {
    for (head, link, tail) in
        [("a", ".b", ""), ("a", "()", ""), ("", "-", "x"), ("", "not ", "x"), ("", "lambda:", "x"), ("a", "+a", "")]
    {
        for bytes in [128 * 1024 - 8, 400_000] {
            let links = bytes / link.len();
            facts(&format!("{head}{}{tail}\n", link.repeat(links)));
        }
    }
}
