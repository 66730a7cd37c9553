//! Sound Python from bytes: what a typed parser accepts, so that the two tapes can be held against each other far from the beaten track.
//! Left out is what the grammar of the tolerant parser is known to misread (`lang/python/held.rs`).

use arbitrary::{Result, Unstructured};

/// Statements, as long as there are choices.
pub fn python(choices: &mut Unstructured<'_>) -> String {
    let mut writer = Writer { choices, text: String::new() };
    while !writer.choices.is_empty() && writer.text.len() < 8 * 1024 {
        let _ = writer.statement(0, 5, Inside::Module);
    }
    writer.text
}

/// Which statements may stand here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Module,
    Function,
    Coroutine,
    Loop,
}

struct Writer<'c, 'b> {
    choices: &'c mut Unstructured<'b>,
    text: String,
}

const NAMES: [&str; 12] = ["a", "b", "c", "self", "cls", "db", "app", "x1", "_y", "é", "match", "type"];
const LITERALS: [&str; 22] = [
    "0",
    "1",
    "-1",
    "1.5",
    "1e9",
    "2j",
    "0x1F",
    "0o7",
    "1_000",
    "None",
    "True",
    "False",
    "...",
    "'a'",
    "\"b\\n\"",
    "r'\\d'",
    "b'x'",
    "'''c\nd'''",
    "'e' 'f'",
    "()",
    "[]",
    "99999999999999999999",
];
const BINARY: [&str; 22] = [
    "+", "-", "*", "/", "//", "%", "@", "<<", ">>", "&", "|", "^", "and", "or", "==", "!=", "<", ">=", "in", "not in", "is",
    "is not",
];
const AUGMENTED: [&str; 6] = ["+=", "-=", "|=", "//=", "**=", "@="];

impl Writer<'_, '_> {
    fn put(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn name(&mut self) -> Result<()> {
        let name = *self.choices.choose(&NAMES[..10])?;
        self.put(name);
        Ok(())
    }

    fn count(&mut self, most: usize) -> Result<usize> {
        self.choices.int_in_range(0..=most)
    }

    /// Items with commas between.
    fn list(&mut self, least: usize, most: usize, mut item: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        let count = self.choices.int_in_range(least..=most)?;
        for at in 0..count {
            if at > 0 {
                self.put(", ");
            }
            item(self)?;
        }
        Ok(())
    }

    fn block(&mut self, indent: usize, depth: usize, inside: Inside) -> Result<()> {
        self.put(":\n");
        let count = self.choices.int_in_range(1..=3)?;
        for _ in 0..count {
            // Whatever becomes of a statement, the block has one.
            if self.statement(indent + 1, depth, inside).is_err() {
                break;
            }
        }
        self.line(indent + 1);
        self.put("pass\n");
        Ok(())
    }

    fn line(&mut self, indent: usize) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.put("\n");
        }
        self.put(&"    ".repeat(indent));
    }

    /// A statement whole or not at all.
    fn statement(&mut self, indent: usize, depth: usize, inside: Inside) -> Result<()> {
        let before = self.text.len();
        let written = self.any_statement(indent, depth, inside);
        if written.is_err() {
            self.text.truncate(before);
        }
        written
    }

    fn any_statement(&mut self, indent: usize, depth: usize, inside: Inside) -> Result<()> {
        let kinds = if depth == 0 { 11 } else { 22 };
        let kind = self.choices.int_in_range(0..=kinds)?;
        if self.choices.ratio(1, 12)? {
            self.line(indent);
            self.put("# why\n");
        }
        self.line(indent);
        let body = |inside| if inside == Inside::Coroutine { Inside::Coroutine } else { Inside::Loop };
        match kind {
            0 | 1 => self.value(3)?,
            2 => {
                self.target()?;
                self.put(" = ");
                self.value(3)?;
            }
            3 => {
                self.name()?;
                self.put(": ");
                self.value(2)?;
                if self.choices.arbitrary()? {
                    self.put(" = ");
                    self.value(2)?;
                }
            }
            4 => {
                self.place()?;
                let operator = *self.choices.choose(&AUGMENTED)?;
                self.put(&format!(" {operator} "));
                self.value(2)?;
            }
            5 => self.import()?,
            6 => {
                self.put("del ");
                self.list(1, 2, Self::place)?;
            }
            7 => {
                self.put("assert ");
                self.value(2)?;
            }
            8 => {
                self.put("raise ");
                self.value(1)?;
                if self.choices.arbitrary()? {
                    self.put(" from ");
                    self.value(1)?;
                }
            }
            9 if inside != Inside::Module => {
                self.put("return ");
                self.value(3)?;
            }
            10 if inside == Inside::Function => {
                let keyword = *self.choices.choose(&["global g", "yield ", "x = yield "])?;
                self.put(keyword);
                if keyword.ends_with(' ') {
                    self.value(2)?;
                }
            }
            11 if inside == Inside::Loop => {
                let jump = *self.choices.choose(&["break", "continue"])?;
                self.put(jump);
            }
            12 | 13 => {
                self.put("if ");
                self.value(2)?;
                self.block(indent, depth - 1, inside)?;
                if self.choices.arbitrary()? {
                    self.line(indent);
                    self.put("elif ");
                    self.value(2)?;
                    self.block(indent, depth - 1, inside)?;
                }
                if self.choices.arbitrary()? {
                    self.line(indent);
                    self.put("else");
                    self.block(indent, depth - 1, inside)?;
                }
            }
            14 => {
                self.put(if inside == Inside::Coroutine { "async for " } else { "for " });
                self.list(1, 2, Self::place)?;
                self.put(" in ");
                self.value(2)?;
                self.block(indent, depth - 1, body(inside))?;
            }
            15 => {
                self.put("while ");
                self.value(2)?;
                self.block(indent, depth - 1, body(inside))?;
            }
            16 => self.guarded(indent, depth, inside)?,
            17 => {
                self.put(if inside == Inside::Coroutine { "async with " } else { "with " });
                self.list(1, 2, |writer| {
                    writer.call(1)?;
                    if writer.choices.arbitrary()? {
                        writer.put(" as ");
                        writer.name()?;
                    }
                    Ok(())
                })?;
                self.block(indent, depth - 1, inside)?;
            }
            18 | 19 => self.function(indent, depth)?,
            20 => {
                self.decorators(indent)?;
                self.put("class A");
                if self.choices.arbitrary()? {
                    self.put("(");
                    self.list(1, 2, |writer| writer.value(1))?;
                    self.put(")");
                }
                self.block(indent, depth - 1, Inside::Module)?;
            }
            21 => self.matching(indent, depth, inside)?,
            _ => self.put("pass"),
        }
        if !self.text.ends_with('\n') {
            self.put("\n");
        }
        Ok(())
    }

    fn import(&mut self) -> Result<()> {
        let import = *self.choices.choose(&[
            "import a",
            "import a.b.c",
            "import a.b as c, d",
            "from a import b",
            "from . import a",
            "from ..a.b import (c, d as e,)",
            "from a import *",
            "from __future__ import annotations",
        ])?;
        self.put(import);
        Ok(())
    }

    fn guarded(&mut self, indent: usize, depth: usize, inside: Inside) -> Result<()> {
        self.put("try");
        self.block(indent, depth - 1, inside)?;
        let clauses = self.count(2)?;
        for _ in 0..clauses {
            self.line(indent);
            self.put("except ");
            self.value(1)?;
            if self.choices.arbitrary()? {
                self.put(" as e");
            }
            self.block(indent, depth - 1, inside)?;
        }
        if clauses > 0 && self.choices.arbitrary()? {
            self.line(indent);
            self.put("else");
            self.block(indent, depth - 1, inside)?;
        }
        if clauses == 0 || self.choices.arbitrary()? {
            self.line(indent);
            self.put("finally");
            self.block(indent, depth - 1, inside)?;
        }
        Ok(())
    }

    fn decorators(&mut self, indent: usize) -> Result<()> {
        let count = self.count(2)?;
        for _ in 0..count {
            self.put("@");
            self.call(1)?;
            self.line(indent);
        }
        Ok(())
    }

    fn function(&mut self, indent: usize, depth: usize) -> Result<()> {
        self.decorators(indent)?;
        let is_async = self.choices.arbitrary()?;
        self.put(if is_async { "async def f(" } else { "def f(" });
        let parameters = *self.choices.choose(&["", "a", "self, b", "a, /, b", "*c", "a, *, b", "*c, **d", "a, *c, b"])?;
        self.put(parameters);
        let has_rest = parameters.contains("**");
        if !has_rest && self.choices.arbitrary()? {
            self.put(if parameters.is_empty() { "k: " } else { ", k: " });
            self.value(2)?;
            self.put(" = ");
            self.value(2)?;
        }
        self.put(")");
        if self.choices.arbitrary()? {
            self.put(" -> ");
            self.value(2)?;
        }
        self.block(indent, depth - 1, if is_async { Inside::Coroutine } else { Inside::Function })
    }

    fn matching(&mut self, indent: usize, depth: usize, inside: Inside) -> Result<()> {
        self.put("match ");
        self.value(2)?;
        self.put(":\n");
        let arms = self.choices.int_in_range(1..=3)?;
        for _ in 0..arms {
            self.line(indent + 1);
            self.put("case ");
            self.pattern(2)?;
            if self.choices.ratio(1, 3)? {
                self.put(" if ");
                self.value(1)?;
            }
            self.block(indent + 1, depth - 1, inside)?;
        }
        Ok(())
    }

    fn pattern(&mut self, depth: usize) -> Result<()> {
        let kinds = if depth == 0 { 5 } else { 9 };
        match self.choices.int_in_range(0..=kinds)? {
            0 => self.put("1"),
            1 => self.put("'a'"),
            2 => self.put("A.B"),
            3 => self.put("None"),
            4 => self.put("-1"),
            5 => self.put("True"),
            6 => {
                self.put("[");
                self.list(0, 3, |writer| writer.pattern(depth - 1))?;
                self.put("]");
            }
            7 => {
                self.put("P(");
                self.list(0, 2, |writer| writer.pattern(depth - 1))?;
                self.put(")");
            }
            8 => {
                self.put("{'k': ");
                self.pattern(depth - 1)?;
                self.put("}");
            }
            _ => {
                self.pattern(depth - 1)?;
                self.put(" | ");
                self.pattern(depth - 1)?;
            }
        }
        Ok(())
    }

    /// A place that can be written to.
    fn place(&mut self) -> Result<()> {
        match self.choices.int_in_range(0..=3_u8)? {
            0 | 1 => self.name(),
            2 => {
                self.name()?;
                self.put(".n");
                Ok(())
            }
            _ => {
                self.name()?;
                self.put("[");
                self.value(1)?;
                self.put("]");
                Ok(())
            }
        }
    }

    fn target(&mut self) -> Result<()> {
        match self.choices.int_in_range(0..=4_u8)? {
            0..=2 => self.place(),
            3 => self.list(2, 3, Self::place),
            _ => {
                self.put("[");
                self.list(1, 2, Self::place)?;
                self.put(", *a]");
                Ok(())
            }
        }
    }

    fn call(&mut self, depth: usize) -> Result<()> {
        self.name()?;
        let names = self.count(2)?;
        for _ in 0..names {
            self.put(".n");
        }
        self.put("(");
        self.list(0, 3, |writer| {
            let form = *writer.choices.choose(&["", "", "", "*", "k=", "k="])?;
            writer.put(form);
            writer.value(depth)
        })?;
        self.put(")");
        Ok(())
    }

    /// An expression; compound ones in brackets where it matters.
    fn value(&mut self, depth: usize) -> Result<()> {
        if depth == 0 {
            return if self.choices.arbitrary()? {
                self.name()
            } else {
                let literal = *self.choices.choose(&LITERALS)?;
                self.put(literal);
                Ok(())
            };
        }
        let depth = depth - 1;
        match self.choices.int_in_range(0..=17_u8)? {
            0 | 1 => self.value(0),
            2..=4 => self.call(depth),
            5 => {
                self.put("(");
                self.value(depth)?;
                let operator = *self.choices.choose(&BINARY)?;
                self.put(&format!(" {operator} "));
                self.value(depth)?;
                self.put(")");
                Ok(())
            }
            6 => self.around(depth, "[", 3, "]"),
            7 => self.around(depth, "(", 3, ",)").map(|()| self.repair_tuple()),
            8 => {
                self.put("{");
                self.list(1, 3, |writer| {
                    writer.value(depth)?;
                    writer.put(": ");
                    writer.value(depth)
                })?;
                self.put("}");
                Ok(())
            }
            9 => {
                self.put("(");
                self.value(depth)?;
                self.put(" if ");
                self.value(depth)?;
                self.put(" else ");
                self.value(depth)?;
                self.put(")");
                Ok(())
            }
            10 => {
                self.put("(lambda a, *b: ");
                self.value(depth)?;
                self.put(")");
                Ok(())
            }
            11 => {
                let (open, close) = *self.choices.choose(&[("[", "]"), ("{", "}"), ("(", ")")])?;
                self.put(open);
                self.value(depth)?;
                self.put(" for ");
                self.name()?;
                self.put(" in ");
                self.value(depth)?;
                if self.choices.arbitrary()? {
                    self.put(" if ");
                    self.value(depth)?;
                }
                self.put(close);
                Ok(())
            }
            12 => {
                self.put("(not ");
                self.value(depth)?;
                self.put(")");
                Ok(())
            }
            13 => {
                let index = *self.choices.choose(&["a[1:]", "a[::2]", "a[b, c:d]", "a[-1]", "a.b[c].d", "a[...]"])?;
                self.put(index);
                Ok(())
            }
            14 => {
                let text = *self.choices.choose(&[
                    "f'{a}'",
                    "f\"x{a.b!r}{{}}\"",
                    "f'{a:>{b}}'",
                    "f'' 'g'",
                    "rf'{a}\\d'",
                    "f'''{\na}'''",
                ])?;
                self.put(text);
                Ok(())
            }
            15 => {
                self.put("-");
                self.call(depth)
            }
            16 => {
                self.put("{");
                self.list(1, 3, |writer| writer.value(depth))?;
                self.put("}");
                Ok(())
            }
            _ => {
                self.call(depth)?;
                self.put(".n(");
                self.value(depth)?;
                self.put(")");
                Ok(())
            }
        }
    }

    fn around(&mut self, depth: usize, open: &str, most: usize, close: &str) -> Result<()> {
        self.put(open);
        self.list(0, most, |writer| writer.value(depth))?;
        self.put(close);
        Ok(())
    }

    /// `(,)` is nothing.
    fn repair_tuple(&mut self) {
        if self.text.ends_with("(,)") {
            self.text.truncate(self.text.len() - 2);
            self.put(")");
        }
    }
}
