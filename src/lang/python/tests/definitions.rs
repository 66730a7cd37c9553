//! Functions and classes.

use super::check;

#[test]
fn parameters_and_annotations() {
    check(
        r#"
        @app.get("/x", k=1)
        async def f(a, /, b: int = 3, *args: str, c, d=None, **kw) -> list[int]:
            """Doc."""
            return a
        "#,
        r#"
        f0 Module
          0 Name app
          1 Attribute 0.get
          2 "/x"
          3 1
          4 Call 1(2, k=3)
          5 3
          6 Name int
          7 Name str
          8 None
          9 Name list
          10 Name int
          11 Index 9[10]
          12 Closure f1
          13 Store f <- 12 Plain
        f1 Function f in f0 async (a Normal : - = -) (b Normal : 6 = 5) (args Rest : 7 = -) (c NamedOnly : - = -) (d NamedOnly : - = 8) (kw NamedRest : - = -) -> 11 decorators [4]
          0 Param 0
          1 Param 1
          2 Param 2
          3 Param 3
          4 Param 4
          5 Param 5
          6 constant
          7 Name a
          8 Return 7
        "#,
    );
}

#[test]
fn bare_star() {
    check(
        r#"
        def f(a, *, b): pass
        "#,
        r#"
        f0 Module
          0 Closure f1
          1 Store f <- 0 Plain
        f1 Function f in f0 (a Normal : - = -) (b NamedOnly : - = -)
          0 Param 0
          1 Param 1
        "#,
    );
}

#[test]
fn classes() {
    check(
        r#"
        @deco
        class K(Base, Generic[T], metaclass=M):
            a: int = Field(1)
            b = c = 2
            d: "str"
            def m(self):
                self.e = 1
            @staticmethod
            def _s(): ...
        "#,
        r#"
        f0 Module
          0 Name deco
          1 Name Base
          2 Name Generic
          3 Name T
          4 Index 2[3]
          5 Name M
          6 ClassDefinition 0
          7 Store K <- 6 Plain
        f1 ClassBody K in f0 of class 0
          0 Name int
          1 Store a <- 0 Declared
          2 Name Field
          3 1
          4 Call 2(3)
          5 Store a <- 4 Plain
          6 2
          7 Store b <- 6 Plain
          8 Store c <- 6 Plain
          9 "str"
          10 Store d <- 9 Declared
          11 Closure f2
          12 Store m <- 11 Plain
          13 Name staticmethod
          14 Closure f3
          15 Store _s <- 14 Plain
        f2 Method m in f1 of class 0 (self Normal : - = -)
          0 Param 0
          1 1
          2 Name self
          3 Store 2.e <- 1 Plain
        f3 Method _s in f1 of class 0 static private decorators [13]
          0 constant
        class 0 K body f1 bases [1, 4] metaclass=5 decorators [0]
          field a: 0 = 4
          field b: - = 6
          field c: - = 6
          field d: 9 = -
        "#,
    );
}

#[test]
fn abstract_methods() {
    check(
        r#"
        class P(Protocol[T]):
            def a(self) -> int: ...
            def b(self):
                return 1
        class Q(ABC):
            @abc.abstractmethod
            def c(self):
                """Doc."""
        "#,
        r#"
        f0 Module
          0 Name Protocol
          1 Name T
          2 Index 0[1]
          3 ClassDefinition 0
          4 Store P <- 3 Plain
          5 Name ABC
          6 ClassDefinition 1
          7 Store Q <- 6 Plain
        f1 ClassBody P in f0 of class 0
          0 Name int
          1 Closure f2
          2 Store a <- 1 Plain
          3 Closure f3
          4 Store b <- 3 Plain
        f2 Method a in f1 of class 0 abstract (self Normal : - = -) -> 0
          0 Param 0
          1 constant
        f3 Method b in f1 of class 0 (self Normal : - = -)
          0 Param 0
          1 1
          2 Return 1
        f4 ClassBody Q in f0 of class 1
          0 Name abc
          1 Attribute 0.abstractmethod
          2 Closure f5
          3 Store c <- 2 Plain
        f5 Method c in f4 of class 1 abstract (self Normal : - = -) decorators [1]
          0 Param 0
          1 constant
        class 0 P body f1 bases [2] decorators []
        class 1 Q body f4 bases [5] decorators []
        "#,
    );
}

#[test]
fn nested_functions_are_closures_of_their_parent() {
    check(
        r#"
        def f():
            def g():
                raise E
            try:
                return g
            except E:
                def h():
                    raise
        "#,
        r#"
        f0 Module
          0 Closure f1
          1 Store f <- 0 Plain
        f1 Function f in f0
          0 Closure f2
          1 Store g <- 0 Plain
          [try swallows]
            2 Name g
            3 Return 2
          4 Name E
          [handler 4]
            5 Closure f3
            6 Store h <- 5 Plain
        f2 Function g in f1
          0 Name E
          1 Raise 0
        f3 Function h in f1
          0 None
          1 Raise 0
        "#,
    );
}

#[test]
fn tuple_parameters_of_python_2() {
    check(
        r#"
        def f(a, (b, c)): pass
        "#,
        r#"
        f0 Module
          0 Closure f1
          1 Store f <- 0 Plain
        f1 Function f in f0 (a Normal : - = -) (_1 Normal : - = -)
          0 Param 0
          1 Param 1
          2 Element 1
          3 Store b <- 2 Plain
          4 Element 1
          5 Store c <- 4 Plain
        "#,
    );
}
