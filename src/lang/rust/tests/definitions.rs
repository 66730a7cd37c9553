//! Items: what the module body's tape and the tables hold.

use super::*;

#[test]
fn functions_and_their_attributes() {
    let source = "#[get(\"/x\")]\n#[tokio::main(flavor = \"multi_thread\")]\n#[derive(A, b::B)]\npub async fn f(State(pool): State<PgPool>, (a, _): (A, B), n: impl X + Y) -> Box<dyn T> { a }";
    assert_tape(
        source,
        0,
        r#"
        0 get
        1 "/x"
        2 0(1)
        3 tokio
        4 3.main
        5 "multi_thread"
        6 4(flavor=5)
        7 derive
        8 A
        9 b
        10 9.B
        11 7(8, 10)
        12 State
        13 PgPool
        14 12[13]
        15 A
        16 B
        17 (15, 16)
        18 X
        19 Box
        20 T
        21 19[20]
        22 fn#1
        23 Plain f <- 22
        "#,
    );
    assert_tape(
        source,
        1,
        r#"
        0 Param 0
        1 Param 1
        2 Param 2
        3 0.0
        4 Plain pool <- 3
        5 element 1
        6 Plain a <- 5
        7 a
        8 return 7
        "#,
    );
    let facts = extract(source);
    let function = &facts.functions[1];
    assert!(function.is_async && function.is_public && !function.is_test);
    assert_eq!(function.decorators.len(), 3);
    assert_eq!(function.params.iter().map(|param| facts.names.get(param.name)).collect::<Vec<_>>(), ["_0", "_1", "n"]);
}

#[test]
fn classes_fields_and_impls() {
    let source = "#[derive(Clone)] struct S { pub a: Arc<Mutex<HashMap<K, V>>> }\nstruct T(u8, [X; 2]);\nenum E { A, B(X), C { d: D } }\nimpl<T> fmt::Display for S<T> { const N: u8 = 1; fn new() -> Self { S } fn go(mut self: Arc<Self>) { } }\ntrait R: Q { fn a(&self); fn b() { } }\ntype Alias = S;";
    assert_tape(
        source,
        0,
        r#"
        0 derive
        1 Clone
        2 0(1)
        3 class#0
        4 Plain S <- 3
        5 class#1
        6 Plain T <- 5
        7 class#2
        8 Plain E <- 7
        9 S
        10 T
        11 9[10]
        12 fmt
        13 12.Display
        14 1
        15 Plain 11.N <- 14
        16 Self
        17 Arc
        18 Self
        19 17[18]
        20 Q
        21 class#3
        22 Plain R <- 21
        23 S
        24 Plain Alias <- 23
        "#,
    );
    assert_tape(
        source,
        1,
        r#"
        0 Arc
        1 Mutex
        2 HashMap
        3 K
        4 V
        5 (3, 4)
        6 2[5]
        7 1[6]
        8 0[7]
        "#,
    );
    let facts = extract(source);
    let fields: Vec<_> =
        facts.classes.iter().map(|class| class.fields.iter().map(|f| facts.names.get(f.name)).collect::<Vec<_>>()).collect();
    assert_eq!(fields, [vec!["a"], vec!["0", "1"], vec!["A", "B", "C"], vec![]]);
    let flags: Vec<_> =
        facts.functions.iter().filter_map(|f| Some((facts.names.get(f.name?), f.is_static, f.is_abstract))).collect();
    assert_eq!(
        flags[3..],
        [("new", true, false), ("go", false, false), ("R", false, false), ("a", false, true), ("b", true, false)]
    );
    assert_eq!(facts.impls.len(), 1);
    assert_eq!(facts.impls[0].methods.len(), 2);
}

#[test]
fn statics_and_lazy_statics() {
    let source = "static A: LazyLock<Pool> = LazyLock::new(|| Pool::new());\nlazy_static! { pub static ref B: Mutex<u8> = Mutex::new(0); }\nthread_local! { static C: Cell<u8> = const { Cell::new(1) }; }";
    assert_tape(
        source,
        0,
        r#"
        0 LazyLock
        1 Pool
        2 0[1]
        3 Declared A <- 2
        4 LazyLock
        5 4.new
        6 fn#1
        7 5(6)
        8 Plain A <- 7
        9 Mutex
        10 u8
        11 9[10]
        12 Declared B <- 11
        13 fn#2
        14 13()
        15 Plain B <- 14
        16 ()
        17 Cell
        18 u8
        19 17[18]
        20 Declared C <- 19
        21 fn#3
        22 thread_local
        23 Macro(22, 21)
        24 Plain C <- 23
        25 ()
        "#,
    );
    assert_tape(
        source,
        2,
        r#"
        0 Mutex
        1 0.new
        2 0
        3 1(2)
        4 return 3
        "#,
    );
}

#[test]
fn imports_and_modules() {
    let source = "pub use a::{self, b::*, c as d};\nuse crate::x::{y::{z}, super::w};\nuse ::std::fmt;\nextern crate serde as s;\nmod child;\nmod inline { mod deep { use super::q; fn g() { use h::i; } } }\n#[cfg(test)] mod tests { #[tokio::test] async fn t() { } }";
    let facts = extract(source);
    let imports: Vec<String> = facts
        .imports
        .iter()
        .map(|import| {
            let path = import.path.iter().map(|&segment| facts.names.get(segment)).collect::<Vec<_>>().join("::");
            let name = import.name.map_or("*", |name| facts.names.get(name));
            format!("{}{path} as {name} in {}", if import.public { "pub " } else { "" }, import.scope.0)
        })
        .collect();
    assert_eq!(
        imports,
        [
            "pub a as a in 0",
            "pub a::b as * in 0",
            "pub a::c as d in 0",
            "crate::x::y::z as z in 0",
            "crate::x::super::w as w in 0",
            "std::fmt as fmt in 0",
            "serde as s in 0",
            "super::q as q in 0",
            "h::i as i in 1",
        ]
    );
    assert_eq!(
        facts.submodules.iter().map(|path| path.iter().map(|&name| facts.names.get(name)).collect()).collect::<Vec<Vec<_>>>(),
        [vec!["child"]]
    );
    assert_eq!(facts.functions[1].scope.iter().map(|&name| facts.names.get(name)).collect::<Vec<_>>(), ["inline", "deep"]);
    assert!(!facts.functions[1].is_test && facts.functions[2].is_test);
}
