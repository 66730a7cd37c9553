//! Statements, their regions, and what is noted beside the tape.

use super::check;

#[test]
fn assignments() {
    check(
        r#"
        a = b = 1
        c, (d, *e) = 2, f()
        g.h, i["j"] = k
        l: int = 3
        m.n: "M"
        o += 1
        p.q["r"] %= 2
        del s, t.u
        "#,
        r#"
        f0 Module
          0 1
          1 Store a <- 0 Plain
          2 Store b <- 0 Plain
          3 2
          4 Name f
          5 Call 4()
          6 Store c <- 3 Plain
          7 Element 5
          8 Store d <- 7 Plain
          9 Element 5
          10 Store e <- 9 Plain
          11 Name k
          12 Element 11
          13 Name g
          14 Store 13.h <- 12 Plain
          15 Element 11
          16 Name i
          17 "j"
          18 Store 16[17] <- 15 Plain
          19 Name int
          20 Store l <- 19 Declared
          21 3
          22 Store l <- 21 Plain
          23 Name m
          24 "M"
          25 Store 23.n <- 24 Declared
          26 Name o
          27 1
          28 Add 26 27
          29 Store o <- 28 Augmented
          30 Name p
          31 Attribute 30.q
          32 "r"
          33 Index 31[32]
          34 2
          35 Modulo 33 34
          36 Store 31[32] <- 35 Augmented
          37 Name s
          38 Store s <- 37 Removed
          39 Name t
          40 Attribute 39.u
          41 Store 39.u <- 40 Removed
        "#,
    );
}

#[test]
fn loops() {
    check(
        r#"
        for x, y in z:
            break
        else:
            a
        while True:
            continue
        while a: b
        "#,
        r#"
        f0 Module
          0 Name z
          [loop over 0 while -]
            1 Element 0
            2 Element 1
            3 Store x <- 2 Plain
            4 Element 1
            5 Store y <- 4 Plain
            6 Break
          7 Name a
          [loop over - while -]
            8 Continue
          [loop over - while 9]
            9 Name a
            10 Name b
        "#,
    );
}

#[test]
fn arms_nest_in_the_negation_of_those_before() {
    check(
        r#"
        if a:
            b
        elif c:
            d
        else:
            e
        f
        "#,
        r#"
        f0 Module
          0 Name a
          [if 0]
            1 Name b
          [unless 0]
            2 Name c
            [if 2]
              3 Name d
            [unless 2]
              4 Name e
          5 Name f
        "#,
    );
}

#[test]
fn the_rest_after_an_arm_that_leaves_is_guarded() {
    check(
        r#"
        def f(a, b):
            if not a:
                return
            if b:
                raise E
            g()
        "#,
        r#"
        f0 Module
          0 Closure f1
          1 Store f <- 0 Plain
        f1 Function f in f0 (a Normal : - = -) (b Normal : - = -)
          0 Param 0
          1 Param 1
          2 Name a
          3 Not 2 2
          [if 3]
            4 None
            5 Return 4
          [rest unless 3]
            6 Name b
            [if 6]
              7 Name E
              8 Raise 7
            [rest unless 6]
              9 Name g
              10 Call 9()
        "#,
    );
}

#[test]
fn handlers() {
    check(
        r#"
        try:
            a()
        except (A, B) as e:
            log(e)
        except C:
            raise D from None
        else:
            b()
        finally:
            c()
        "#,
        r#"
        f0 Module
          [try swallows]
            0 Name a
            1 Call 0()
          2 Name A
          3 Name B
          4 Tuple(2, 3)
          [handler 4]
            5 Enter 4
            6 Store e <- 5 Plain
            7 Name log
            8 Name e
            9 Call 7(8)
          10 Name C
          [handler 10]
            11 Name D
            12 None
            13 Raise 11
          14 Name b
          15 Call 14()
          [finally]
            16 Name c
            17 Call 16()
        "#,
    );
}

#[test]
fn a_try_whose_handlers_raise_swallows_nothing() {
    check(
        r#"
        try:
            a()
        except:
            raise
        "#,
        r#"
        f0 Module
          [try]
            0 Name a
            1 Call 0()
          [handler -]
            2 None
            3 Raise 2
        "#,
    );
}

#[test]
fn managers() {
    check(
        r#"
        async def f():
            async with a() as b, c:
                d
            with (e() as g, h() as (i, j)):
                k
        "#,
        r#"
        f0 Module
          0 Closure f1
          1 Store f <- 0 Plain
        f1 Function f in f0 async
          0 Name a
          1 Call 0()
          2 Enter 1
          3 Store b <- 2 Plain
          [with 1]
            4 Name c
            5 Enter 4
            [with 4]
              6 Name d
          7 Name e
          8 Call 7()
          9 Enter 8
          10 Store g <- 9 Plain
          [with 8]
            11 Name h
            12 Call 11()
            13 Enter 12
            14 Element 13
            15 Store i <- 14 Plain
            16 Element 13
            17 Store j <- 16 Plain
            [with 12]
              18 Name k
        "#,
    );
}

#[test]
fn matching() {
    check(
        r#"
        match a:
            case P(1, x=b) | {"k": c, **d} if c > 1:
                e
            case [f, *g] as h:
                pass
            case M.N | _:
                i
            case "a" | M.N:
                j
            case -1:
                pass
        "#,
        r#"
        f0 Module
          0 Name a
          [arm of 0]
            1 Name P
            2 1
            3 Element 0
            4 Store b <- 3 Plain
            5 "k"
            6 Element 0
            7 Store c <- 6 Plain
            8 Element 0
            9 Store d <- 8 Plain
            10 Name c
            11 1
            12 Order 10 11
            [if 12]
              13 Name e
          [arm of 0]
            14 Element 0
            15 Store h <- 14 Plain
            16 Element 0
            17 Store f <- 16 Plain
            18 Element 0
            19 Store g <- 18 Plain
          [arm of 0]
            20 Name M
            21 Attribute 20.N
            22 Name i
          23 "a"
          24 Equal 0 23
          25 Name M
          26 Attribute 25.N
          27 Equal 0 26
          28 Or 24 27
          [if 28]
            29 Name j
          [arm of 0]
            30 1
        "#,
    );
}

#[test]
fn expressions_for_their_effect() {
    check(
        r#"
        "doc"
        rf"{f()}"
        g(), h()
        "#,
        r#"
        f0 Module
          0 constant
          1 Name f
          2 Call 1()
          3 Text(2)
          4 Name g
          5 Call 4()
          6 Name h
          7 Call 6()
          8 Tuple(5, 7)
        "#,
    );
}

#[test]
fn asserting() {
    check(
        r#"
        assert a, f(b)
        "#,
        r#"
        f0 Module
          0 Name a
          [unless 0]
            1 Name f
            2 Name b
            3 Call 1(2)
        "#,
    );
}
