//! Statements and expressions of functions.

use super::*;

#[test]
fn calls_methods_turbofish_and_fields() {
    let source = "async fn f(db: &Pool) -> Result<Vec<User>> { sqlx::query_as::<_, User>(\"S\").fetch_all(db).await? }";
    assert_tape(
        source,
        1,
        r#"
        0 Param 0
        1 sqlx
        2 1.query_as
        3 ?
        4 User
        5 (3, 4)
        6 2[5]
        7 "S"
        8 6(7)
        9 8.fetch_all
        10 db
        11 9(10)
        12 await 11
        13 try 12
        14 return 13
        "#,
    );
}

#[test]
fn lets_and_patterns() {
    let source =
        "fn f(a: A) { let (x, y) = (1, 2); let Some(z) = a.b else { return }; let S { p, q: (r, _) } = z; let n: u8 = 3; }";
    assert_tape(
        source,
        1,
        r#"
        0 Param 0
        1 1
        2 2
        3 (1, 2)
        4 Plain x <- 1
        5 Plain y <- 2
        6 a
        7 6.b
        unless 7
          8 ()
          9 return 8
        10 enter 7
        11 Plain z <- 10
        12 z
        13 12.p
        14 Plain p <- 13
        15 12.q
        16 element 15
        17 Plain r <- 16
        18 u8
        19 Declared n <- 18
        20 3
        21 Plain n <- 20
        "#,
    );
}

#[test]
fn branches_choose_and_guard() {
    let source = "fn f(a: A) -> u8 { if a.b { return 1; } let v = if let Some(x) = a.c && x.d() { x } else { 0 }; match v { 0 if a.e => 5, V::W(n) => n, _ => panic!(\"no\") } }";
    assert_tape(
        source,
        1,
        r#"
        0 Param 0
        1 a
        2 1.b
        if 2
          3 1
          4 return 3
        guarded 2
          5 a
          6 5.c
          if 6
            7 enter 6
            8 Plain x <- 7
            9 x
            10 9.d
            11 10()
            if 11
              12 x
          unless 6
            13 0
          14 choose 12, 13
          15 Plain v <- 14
          16 v
          17 0
          18 Equal 16 17
          if 18
            19 a
            20 19.e
            if 20
              21 5
          arm of 16
            22 enter 16
            23 Plain n <- 22
            24 n
          arm of 16
            25 panic
            26 "no"
            27 Macro(25, 26)
            28 raise 27
          29 choose 21, 24
        30 return 29
        "#,
    );
}

#[test]
fn loops() {
    let source = "fn f(xs: &[X]) { for (i, x) in xs.iter().enumerate() { x.go(i); continue; } while let Some(y) = pop() { y } while a < 1 { a += 1; } loop { break 5; } }";
    assert_tape(
        source,
        1,
        r#"
        0 Param 0
        1 xs
        2 1.iter
        3 2()
        4 3.enumerate
        5 4()
        loop over 5 while -
          6 element 5
          7 element 6
          8 Plain i <- 7
          9 element 6
          10 Plain x <- 9
          11 x
          12 11.go
          13 i
          14 12(13)
          15 continue
        loop over - while 17
          16 pop
          17 16()
          18 enter 17
          19 Plain y <- 18
          20 y
        loop over - while 23
          21 a
          22 1
          23 Order 21 22
          24 a
          25 1
          26 Add 24 25
          27 Augmented a <- 26
        loop over - while -
          28 5
          29 break
        30 ()
        31 return 30
        "#,
    );
}

#[test]
fn stores() {
    let source = "fn f(&mut self) { self.a = 1; m[k] = 2; *p += 3; *q = &mut -4; x = !y; s::T = a..; (l, r) = g(); }";
    assert_tape(
        source,
        1,
        r#"
        0 Param 0
        1 1
        2 self
        3 Plain 2.a <- 1
        4 2
        5 m
        6 k
        7 Plain 5[6] <- 4
        8 p
        9 3
        10 Add 8 9
        11 p
        12 Augmented *11 <- 10
        13 -4
        14 q
        15 Plain *14 <- 13
        16 y
        17 Not 16 16
        18 Plain x <- 17
        19 a
        20 ()
        21 ()
        22 Slice(19, 20, 21)
        23 s
        24 Plain 23.T <- 22
        25 g
        26 25()
        27 element 26
        28 Plain l <- 27
        29 element 26
        30 Plain r <- 29
        "#,
    );
}

#[test]
fn closures_and_async_blocks() {
    let source = "fn f() { spawn(async move { g(p).await; }); xs.map(|x: &X| x.y).filter(async |(a, &b)| { a }) }";
    assert_tape(
        source,
        1,
        r#"
        0 spawn
        1 fn#2
        2 0(1)
        3 xs
        4 3.map
        5 X
        6 fn#3
        7 4(6)
        8 7.filter
        9 fn#4
        10 8(9)
        11 return 10
        "#,
    );
    assert_tape(
        source,
        2,
        r#"
        0 g
        1 p
        2 0(1)
        3 await 2
        "#,
    );
    assert_tape(
        source,
        3,
        r#"
        0 Param 0
        1 x
        2 1.y
        3 return 2
        "#,
    );
    assert_tape(
        source,
        4,
        r#"
        0 Param 0
        1 element 0
        2 Plain a <- 1
        3 element 0
        4 Plain b <- 3
        5 a
        6 return 5
        "#,
    );
}

#[test]
fn structs_arrays_and_transparent_expressions() {
    let source = "fn f() { S::<T> { a: 1, b, ..base }; [0u8; 16]; [a, b]; (x as u64, &*y); unsafe { z } }";
    assert_tape(
        source,
        1,
        r#"
        0 S
        1 T
        2 0[1]
        3 1
        4 b
        5 base
        6 Struct(2, a=3, b=4, **5)
        7 0
        8 [7]
        9 a
        10 b
        11 [9, 10]
        12 x
        13 y
        14 (12, 13)
        15 z
        16 return 15
        "#,
    );
}
