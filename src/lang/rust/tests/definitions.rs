//! Items: what the module body's tape and the tables hold.

use super::*;

#[test]
fn functions_and_their_attributes() {
    let source = "#[get(\"/x\")]\n#[tokio::main(flavor = \"multi_thread\")]\n#[derive(A, b::B)]\npub async fn f(State(pool): State<PgPool>, (a, _): (A, B), n: impl X + Y) -> Box<dyn T> { a }";
    assert_tape(source, 0, "x");
    assert_tape(source, 1, "x");
    let facts = extract(source);
    let function = &facts.functions[1];
    assert!(function.is_async && function.is_public && !function.is_test);
    assert_eq!(function.decorators.len(), 3);
    assert_eq!(function.params.iter().map(|param| facts.names.get(param.name)).collect::<Vec<_>>(), ["_0", "_1", "n"]);
}

#[test]
fn classes_fields_and_impls() {
    let source = "#[derive(Clone)] struct S { pub a: Arc<Mutex<HashMap<K, V>>> }\nstruct T(u8, [X; 2]);\nenum E { A, B(X), C { d: D } }\nimpl<T> fmt::Display for S<T> { const N: u8 = 1; fn new() -> Self { S } fn go(mut self: Arc<Self>) { } }\ntrait R: Q { fn a(&self); fn b() { } }\ntype Alias = S;";
    assert_tape(source, 0, "x");
    assert_tape(source, 1, "x");
    let facts = extract(source);
    let fields: Vec<_> = facts.classes.iter().map(|class| class.fields.iter().map(|f| facts.names.get(f.name)).collect::<Vec<_>>()).collect();
    assert_eq!(fields, [vec!["a"], vec!["0", "1"], vec!["A", "B", "C"], vec![]]);
    let flags: Vec<_> = facts.functions.iter().filter_map(|f| Some((facts.names.get(f.name?), f.is_static, f.is_abstract))).collect();
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
    assert_tape(source, 0, "x");
    assert_tape(source, 2, "x");
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
    assert_eq!(facts.submodules.iter().map(|&name| facts.names.get(name)).collect::<Vec<_>>(), ["child"]);
    assert_eq!(facts.functions[1].scope.iter().map(|&name| facts.names.get(name)).collect::<Vec<_>>(), ["inline", "deep"]);
    assert!(!facts.functions[1].is_test && facts.functions[2].is_test);
}
