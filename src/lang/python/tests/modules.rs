//! What belongs to the file: imports, exports, suppressions, its program part, and old or rare statements.

use super::check;

#[test]
fn imports() {
    check(
        r#"
        import a, b.c, d.e as f
        from . import g
        from ..h.i import j as k, l
        from m import *
        if TYPE_CHECKING:
            from n import o
        def p():
            import q
        __all__ = ["a", "b"] + ["c"]
        "#,
        r#"
        import a as a root
        import b.c as b root
        import d.e as f
        import .g as g
        import ..h.i.j as k
        import ..h.i.l as l
        import m as *
        import n.o as o typing
        import q as q root in f1
        exports a b c
        f0 Module
          0 Name TYPE_CHECKING
          (empty) [if 0]
          1 Closure f1
          2 Store p <- 1 Plain
          3 "a"
          4 "b"
          5 List(3, 4)
          6 "c"
          7 List(6)
          8 Add 5 7
          9 Store __all__ <- 8 Plain
        f1 Function p in f0
        "#,
    );
}

#[test]
fn the_program_part_is_a_function() {
    check(
        r#"
        if __name__ == "__main__":
            main()
        else:
            other()
        "#,
        r#"
        f0 Module
          0 Name __name__
          1 "__main__"
          2 Equal 0 1
          [unless 2]
            3 Name other
            4 Call 3()
        f1 MainGuard in f0
          0 Name main
          1 Call 0()
        "#,
    );
}

#[test]
fn python_2() {
    check(
        r#"
        print "a", b
        exec "code" in d
        raise E, "m"
        "#,
        r#"
        f0 Module
          0 Name print
          1 "a"
          2 Name b
          3 Call 0(1, 2)
          4 "code"
          5 Name d
          6 Name E
          7 "m"
          8 Tuple(6, 7)
          9 Raise 8
        "#,
    );
}

#[test]
fn suppressions_are_comments_only() {
    check(
        r##"
        a = "# scalelint: ignore[x] no"
        b()  # scalelint: ignore[other-rule, y] ten at most until=2030-01-01
        (c,  # scalelint: ignore-file[z] generated
         d)
        "##,
        r##"
        f0 Module
          0 "# scalelint: ignore[x] no"
          1 Store a <- 0 Plain
          2 Name b
          3 Call 2()
          4 Name c
          5 Name d
          6 Tuple(4, 5)
        ignore other-rule, y because "ten at most"
        ignore-file z because "generated"
        "##,
    );
}

#[test]
fn type_aliases_and_globals() {
    check(
        r#"
        type A[T] = list[T]
        def f():
            global a, b
            a = 1
        "#,
        r#"
        f0 Module
          0 Name list
          1 Name T
          2 Index 0[1]
          3 Store A <- 2 Plain
          4 Closure f1
          5 Store f <- 4 Plain
        f1 Function f in f0 globals a b
          0 1
          1 Store a <- 0 Plain
        "#,
    );
}
