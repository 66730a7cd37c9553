//! Macros and what they become.

use super::*;

#[test]
fn queries_logs_and_lists() {
    let source = "fn f() { let r = sqlx::query_as!(User, \"S $1\", id).fetch(&db); info!(target: \"t\", user.id = %u.id, \"m {}\", x); vec![a, b(c)]; vec![0; n]; assert_eq!(a, b + 1); }";
    assert_tape(source, 1, "x");
}

#[test]
fn texts() {
    let source = "fn f() { format!(\"a {} {n} {{}} {0}\", x.y); concat!(\"a\", \"b\"); println!(\"{}\", x); }";
    assert_tape(source, 1, "x");
}

#[test]
fn joins_and_selects() {
    let source = "async fn f() { let (a, b) = tokio::join!(g(), h()); tokio::select! { biased; Some(m) = rx.recv() => { m.go(); } _ = t.tick(), if on => break, else => return, } }";
    assert_tape(source, 1, "x");
}

#[test]
fn json_is_a_map() {
    let source = "fn f() { json!({ \"a\": x, \"b\": [1, null], c: { \"d\": true } }) }";
    assert_tape(source, 1, "x");
}

#[test]
fn code_inside_macros() {
    let source = "fn f() { spawn!(async move { let x: T = g(y)?; if x.is_bad() { return; } for z in x { z.w[0] = |q| q; } match x { A(n) if n > 1 => n, B => bail!(\"b\") } }); matches!(x, Some(n) if n > 1); stream! { let a = b.await; yield a; } html!(<b></b>) }";
    assert_tape(source, 1, "x");
    assert_tape(source, 2, "x");
}

#[test]
fn spans_point_into_the_file() {
    let source = "fn é() { assert!(\"é\" == db.call(1)); }";
    let facts = extract(source);
    let spans: Vec<_> = facts.functions[1].ops.iter().map(|op| op.span.of(source)).collect();
    assert_eq!(spans, ["assert", "\"é\"", "db", "db.call", "1", "db.call(1)", "\"é\" == db.call(1)", "assert!(\"é\" == db.call(1))"]);
}
