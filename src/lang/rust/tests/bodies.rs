//! Statements and expressions of functions.

use super::*;

#[test]
fn calls_methods_turbofish_and_fields() {
    let source = "async fn f(db: &Pool) -> Result<Vec<User>> { sqlx::query_as::<_, User>(\"S\").fetch_all(db).await? }";
    assert_tape(source, 1, "x");
}

#[test]
fn lets_and_patterns() {
    let source = "fn f(a: A) { let (x, y) = (1, 2); let Some(z) = a.b else { return }; let S { p, q: (r, _) } = z; let n: u8 = 3; }";
    assert_tape(source, 1, "x");
}

#[test]
fn branches_choose_and_guard() {
    let source = "fn f(a: A) -> u8 { if a.b { return 1; } let v = if let Some(x) = a.c && x.d() { x } else { 0 }; match v { 0 if a.e => 5, V::W(n) => n, _ => panic!(\"no\") } }";
    assert_tape(source, 1, "x");
}

#[test]
fn loops() {
    let source = "fn f(xs: &[X]) { for (i, x) in xs.iter().enumerate() { x.go(i); continue; } while let Some(y) = pop() { y } while a < 1 { a += 1; } loop { break 5; } }";
    assert_tape(source, 1, "x");
}

#[test]
fn stores() {
    let source = "fn f(&mut self) { self.a = 1; m[k] = 2; *p += 3; *q = &mut -4; x = !y; s::T = a..; (l, r) = g(); }";
    assert_tape(source, 1, "x");
}

#[test]
fn closures_and_async_blocks() {
    let source = "fn f() { spawn(async move { g(p).await; }); xs.map(|x: &X| x.y).filter(async |(a, &b)| { a }) }";
    assert_tape(source, 1, "x");
    assert_tape(source, 2, "x");
    assert_tape(source, 3, "x");
    assert_tape(source, 4, "x");
}

#[test]
fn structs_arrays_and_transparent_expressions() {
    let source = "fn f() { S::<T> { a: 1, b, ..base }; [0u8; 16]; [a, b]; (x as u64, &*y); unsafe { z } }";
    assert_tape(source, 1, "x");
}
