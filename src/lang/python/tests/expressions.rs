//! Expressions and their values.

use super::check;

#[test]
fn chains() {
    check(
        r#"
        requests.get(url, timeout=3, *more, **rest)["k"].json()
        "#,
        r#"
        f0 Module
          0 Name requests
          1 Attribute 0.get
          2 Name url
          3 3
          4 Name more
          5 Name rest
          6 Call 1(2, timeout=3, *4, **5)
          7 "k"
          8 Index 6[7]
          9 Attribute 8.json
          10 Call 9()
        "#,
    );
}

#[test]
fn literals() {
    check(
        r#"
        a = ["x" 'y\n', r"\d", b"z", 1_000, -0x10, 1.5, True, None, ..., 3j]
        "#,
        r#"
        f0 Module
          0 "xy\n"
          1 "\\d"
          2 constant
          3 1000
          4 -16
          5 1.5
          6 true
          7 None
          8 constant
          9 constant
          10 List(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
          11 Store a <- 10 Plain
        "#,
    );
}

#[test]
fn format_strings_keep_their_constant_parts() {
    check(
        r#"
        q = f"select {{ {name!r:>{width}} " "from t" + tail
        "#,
        r#"
        f0 Module
          0 "select { "
          1 Name name
          2 Name width
          3 " "
          4 "from t"
          5 Text(0, 1, 2, 3, 4)
          6 Name tail
          7 Add 5 6
          8 Store q <- 7 Plain
        "#,
    );
}

#[test]
fn dictionaries_and_sets() {
    check(
        r#"
        d = {"a": 1, 2: x, **more}
        s = {1, *rest}
        "#,
        r#"
        f0 Module
          0 "a"
          1 1
          2 2
          3 Name x
          4 Name more
          5 Map(a=1, key 2, 3, **4)
          6 Store d <- 5 Plain
          7 1
          8 Name rest
          9 Set(7, *8)
          10 Store s <- 9 Plain
        "#,
    );
}

#[test]
fn truth_and_choice() {
    check(
        r#"
        a = b or c or d
        if b and (not c or d): pass
        x = 1 if a is not None else 2
        y = a < b <= c
        "#,
        r#"
        f0 Module
          0 Name b
          1 Name c
          2 Name d
          3 Choose(0, 1, 2)
          4 Store a <- 3 Plain
          5 Name b
          6 Name c
          7 Not 6 6
          8 Name d
          9 Or 7 8
          10 And 5 9
          (empty) [if 10]
          11 Name a
          12 None
          13 IsNot 11 12
          [if 13]
            14 1
          [unless 13]
            15 2
          16 Choose(14, 15)
          17 Store x <- 16 Plain
          18 Name a
          19 Name b
          20 Order 18 19
          21 Name c
          22 Order 19 21
          23 Store y <- 22 Plain
        "#,
    );
}

#[test]
fn comprehensions_are_loops_in_place() {
    check(
        r#"
        total = sum(f(x) for x in xs if x for y in x)
        m = {k: v for k, v in d.items()}
        "#,
        r#"
        f0 Module
          0 Name sum
          1 Name xs
          [comprehension over 1 while -]
            2 Element 1
            3 Store x <- 2 Plain
            4 Name x
            [if 4]
              5 Name x
              [comprehension over 5 while -]
                6 Element 5
                7 Store y <- 6 Plain
                8 Name f
                9 Name x
                10 Call 8(9)
          11 Comprehension(10)
          12 Call 0(11)
          13 Store total <- 12 Plain
          14 Name d
          15 Attribute 14.items
          16 Call 15()
          [comprehension over 16 while -]
            17 Element 16
            18 Element 17
            19 Store k <- 18 Plain
            20 Element 17
            21 Store v <- 20 Plain
            22 Name k
            23 Name v
          24 MapComprehension(22, 23)
          25 Store m <- 24 Plain
        "#,
    );
}

#[test]
fn lambdas_have_bodies() {
    check(
        r#"
        f = lambda x, *y: x + 1
        "#,
        r#"
        f0 Module
          0 Closure f1
          1 Store f <- 0 Plain
        f1 Closure in f0 (x Normal : - = -) (y Rest : - = -)
          0 Param 0
          1 Param 1
          2 Name x
          3 1
          4 Add 2 3
          5 Return 4
        "#,
    );
}

#[test]
fn slices_and_keys() {
    check(
        r#"
        a[1:, ::2]
        b[0]
        "#,
        r#"
        f0 Module
          0 Name a
          1 1
          2 None
          3 None
          4 Slice(1, 2, 3)
          5 2
          6 None
          7 None
          8 Slice(6, 7, 5)
          9 Tuple(4, 8)
          10 Index 0[9]
          11 Name b
          12 0
          13 Index 11[12]
        "#,
    );
}

#[test]
fn waiting_and_yielding() {
    check(
        r#"
        async def f():
            x = await g()
            yield x
            yield from x
            yield
        "#,
        r#"
        f0 Module
          0 Closure f1
          1 Store f <- 0 Plain
        f1 Function f in f0 async generator
          0 Name g
          1 Call 0()
          2 Await 1
          3 Store x <- 2 Plain
          4 Name x
          5 Yield 4
          6 Name x
          7 Element 6
          8 Yield 7
          9 None
          10 Yield 9
        "#,
    );
}

#[test]
fn walrus() {
    check(
        r#"
        while (line := read()) != "":
            pass
        "#,
        r#"
        f0 Module
          [loop over - while 4]
            0 Name read
            1 Call 0()
            2 Store line <- 1 Plain
            3 ""
            4 NotEqual 1 3
        "#,
    );
}
