//! Macros of the project that put what they are given into a closure and hand that on: where it runs, they decide.

use crate::facts::{OpId, OpKind};
use crate::lang::Language;
use crate::link::project::Project;
use crate::link::values::value::FnId;
use rustc_hash::FxHashSet;

impl Project {
    /// Whether an operation is given to such a macro: `run_blocking!({ query(&pool)? })`.
    pub(crate) fn is_moved_by_macro(&self, function: FnId, op: OpId) -> bool {
        if self.language(function) != Language::Rust {
            return false;
        }
        let macros = self.indexes.moving_macros.get_or_init(|| self.find_moving_macros());
        let (facts, file) = (self.facts(function), self.files().locate(function).0);
        let at = facts.op(op).span;
        let moves = |callee: OpId| {
            let name = facts.path(callee).and_then(|path| path.last().copied());
            name.is_some_and(|name| macros.contains(self.files().name(file, name).trim_end_matches('!')))
        };
        !macros.is_empty()
            && facts.tape().skip(op.index()).any(|(_, around)| match around.kind {
                OpKind::Call { callee, .. } => around.span.start <= at.start && at.end <= around.span.end && moves(callee),
                _ => false,
            })
    }

    fn find_moving_macros(&self) -> FxHashSet<String> {
        let rust = self.files().iter().filter(|(_, data)| data.language == Language::Rust);
        let definitions = rust.flat_map(|(_, data)| data.text.split("macro_rules!").skip(1));
        definitions.filter_map(moving_macro).map(str::to_owned).collect()
    }
}

/// The name of a macro in whose definition a parameter stands inside of a closure that takes what it needs along.
fn moving_macro(definition: &str) -> Option<&str> {
    let (name, rest) = definition.split_once('{')?;
    // The definition ends where its braces do; nothing but the macro itself is read.
    let mut depth = 1;
    let end = rest.find(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        depth == 0
    })?;
    let moved = rest[..end].split("move |").skip(1).any(|closure| {
        let mut open = 0;
        let body = closure.split(|c| {
            open += i32::from(matches!(c, '(' | '{')) - i32::from(matches!(c, ')' | '}'));
            open < 0
        });
        body.take(1).any(|body| body.matches('$').count() > body.matches("$crate").count())
    });
    moved.then(|| name.trim())
}

#[cfg(test)]
mod tests {
    use super::moving_macro;

    #[test]
    fn a_macro_moves_what_it_puts_into_a_closure() {
        let moves = " run { ($body:block) => { web::block(move || -> $crate::Result<_> { $body }).await }; }";
        assert_eq!(moving_macro(moves), Some("run"));
        let stays = " log { ($body:expr) => { println!(\"{}\", $body); spawn(move || { $crate::count() }) }; }";
        assert_eq!(moving_macro(stays), None);
    }
}
