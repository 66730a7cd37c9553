//! Macros and what they become.

use super::*;

#[test]
fn queries_logs_and_lists() {
    let source = "fn f() { let r = sqlx::query_as!(User, \"S $1\", id).fetch(&db); info!(target: \"t\", user.id = %u.id, \"m {}\", x); vec![a, b(c)]; vec![0; n]; assert_eq!(a, b + 1); }";
    assert_tape(
        source,
        1,
        r#"
        0 sqlx
        1 0.query_as!
        2 User
        3 "S $1"
        4 id
        5 1(2, 3, 4)
        6 5.fetch
        7 db
        8 6(7)
        9 Plain r <- 8
        10 info!
        11 "t"
        12 u
        13 12.id
        14 "m {}"
        15 x
        16 10(target=11, user.id=13, 14, 15)
        17 a
        18 b
        19 c
        20 18(19)
        21 [17, 20]
        22 0
        23 n
        24 [22]
        25 assert_eq!
        26 a
        27 b
        28 1
        29 Add 27 28
        30 25(26, 29)
        "#,
    );
}

#[test]
fn texts() {
    let source = "fn f() { format!(\"a {} {n} {{}} {0}\", x.y); concat!(\"a\", \"b\"); println!(\"{}\", x); }";
    assert_tape(
        source,
        1,
        r#"
        0 x
        1 0.y
        2 "a "
        3 " "
        4 n
        5 " {} "
        6 Text(2, 1, 3, 4, 5, 1)
        7 "a"
        8 "b"
        9 Text(7, 8)
        10 println!
        11 "{}"
        12 x
        13 10(11, 12)
        "#,
    );
}

#[test]
fn joins_and_selects() {
    let source = "async fn f() { let (a, b) = tokio::join!(g(), h()); tokio::select! { biased; Some(m) = rx.recv() => { m.go(); } _ = t.tick(), if on => break, else => return, } }";
    assert_tape(
        source,
        1,
        r#"
        0 g
        1 0()
        2 await 1
        3 h
        4 3()
        5 await 4
        6 (2, 5)
        7 Plain a <- 2
        8 Plain b <- 5
        if -
          9 rx
          10 9.recv
          11 10()
          12 await 11
          13 enter 12
          14 Plain m <- 13
          15 m
          16 15.go
          17 16()
          18 ()
        if -
          19 on
          20 t
          21 20.tick
          22 21()
          23 await 22
          24 break
        if -
          25 ()
          26 return 25
        27 choose 18
        28 return 27
        "#,
    );
}

#[test]
fn json_is_a_map() {
    let source = "fn f() { json!({ \"a\": x, \"b\": [1, null], c: { \"d\": true } }) }";
    assert_tape(
        source,
        1,
        r#"
        0 x
        1 1
        2 ()
        3 [1, 2]
        4 c
        5 Bool(true)
        6 Map(d=5)
        7 Map(a=0, b=3, key 4, 6)
        8 return 7
        "#,
    );
}

#[test]
fn code_inside_macros() {
    let source = "fn f() { spawn!(async move { let x: T = g(y)?; if x.is_bad() { return; } for z in x { z.w[0] = |q| q; } match x { A(n) if n > 1 => n, B => bail!(\"b\") } }); matches!(x, Some(n) if n > 1); stream! { let a = b.await; yield a; } html!(<b></b>) }";
    assert_tape(
        source,
        1,
        r#"
        0 spawn!
        1 fn#2
        2 0(1)
        3 matches!
        4 x
        arm of 4
          5 enter 4
          6 Plain n <- 5
          7 n
          8 1
          9 Order 7 8
        10 3(4)
        11 stream
        12 b
        13 await 12
        14 Plain a <- 13
        15 a
        16 yield 15
        17 Macro(11)
        18 html
        19 Macro(18)
        20 return 19
        "#,
    );
    assert_tape(
        source,
        2,
        r#"
        0 T
        1 Declared x <- 0
        2 g
        3 y
        4 2(3)
        5 try 4
        6 Plain x <- 5
        7 x
        8 7.is_bad
        9 8()
        if 9
          10 ()
          11 return 10
        guarded 9
          12 x
          loop over 12 while -
            13 element 12
            14 Plain z <- 13
            15 fn#3
            16 z
            17 16.w
            18 0
            19 Plain 17[18] <- 15
            20 ()
          21 ()
          22 x
          arm of 22
            23 enter 22
            24 Plain n <- 23
            25 n
            26 1
            27 Order 25 26
            if 27
              28 n
          arm of 22
            29 bail
            30 "b"
            31 Macro(29, 30)
            32 raise 31
          33 choose 28
        34 return 33
        "#,
    );
}

#[test]
fn spans_point_into_the_file() {
    let source = "fn é() { assert!(\"é\" == db.call(1)); }";
    let facts = extract(source);
    let spans: Vec<_> = facts.functions[1].ops.iter().map(|op| op.span.of(source)).collect();
    assert_eq!(
        spans,
        ["assert", "\"é\"", "db", "db.call", "1", "db.call(1)", "\"é\" == db.call(1)", "assert!(\"é\" == db.call(1))"]
    );
}
