//! HCL texts as blocks, attributes and expressions with their places: what Terraform files say before anything is evaluated.

use crate::deploy::texts::tree::Key;
use crate::finding::{FileId, Place};
use crate::source::Span;
use hcl_edit::Span as _;
use hcl_edit::expr::{BinaryOperator, Expression, ObjectKey, TraversalOperator, UnaryOperator};
use hcl_edit::structure::{BlockLabel, Structure};
use hcl_edit::template::{Element, Template};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Deepest nesting of brackets; the parser calls itself for each, and has a limit of its own below this one.
const DEEPEST: usize = 100;

/// What stands between the braces of a block, or in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// `name = expression`, in order.
    pub attributes: Vec<(Key, Expr)>,
    /// Blocks, in order.
    pub blocks: Vec<Block>,
}

/// `kind "label" "label" { ... }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Its first word.
    pub kind: Key,
    /// The words after it.
    pub labels: Vec<Box<str>>,
    /// From its first word to its last label.
    pub place: Place,
    /// What it holds.
    pub body: Body,
}

/// An expression with its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expr {
    /// All of it.
    pub place: Place,
    /// What it is.
    pub form: Form,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// `null`.
    Null,
    /// A text, a number or a boolean, as text.
    Scalar(Box<str>),
    /// Pieces of a text.
    Template(Vec<Expr>),
    /// `[a, b]`.
    List(Vec<Expr>),
    /// `{ a = b }`.
    Map(Vec<(Expr, Expr)>),
    /// A bare name.
    Name(Box<str>),
    /// `a.b[c].*`.
    Path(Box<Expr>, Vec<Step>),
    /// `a ? b : c`.
    If(Box<[Expr; 3]>),
    /// `f(a, b...)`; whether the last argument is spread.
    Call(Box<str>, Vec<Expr>, bool),
    /// `!a`.
    Not(Box<Expr>),
    /// `-a`.
    Minus(Box<Expr>),
    /// `a + b`.
    Binary(Operator, Box<[Expr; 2]>),
    /// `[for a in b : c]`.
    For(Box<For>),
    /// Directives of templates.
    Unknown,
}

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// `.name`.
    Name(Box<str>),
    /// `[expression]`.
    Index(Expr),
    /// `[*]` or `.*`.
    All,
}

/// What stands between two expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operator {
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Times,
    /// `/`
    By,
    /// `%`
    Rest,
    /// `==`
    Same,
    /// `!=`
    Other,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
    /// `&&`
    And,
    /// `||`
    Or,
}

/// `{for key, value in over : keyed => gives... if when}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct For {
    /// Name of the key or index.
    pub key: Option<Box<str>>,
    /// Name of the value.
    pub value: Box<str>,
    /// What is gone through.
    pub over: Expr,
    /// The key of each entry, where a map is made.
    pub keyed: Option<Expr>,
    /// Each value.
    pub gives: Expr,
    /// Which are taken.
    pub when: Option<Expr>,
    /// Whether values of one key are gathered.
    pub grouped: bool,
}

/// Read a text.
pub(in crate::deploy) fn read(text: &str) -> Result<Body, String> {
    if nests_too_deep(text) {
        return Err(format!("nested deeper than {DEEPEST} levels"));
    }
    let body = hcl_edit::parser::parse_body(text)
        .map_err(|error| format!("{} on line {}", error.message().lines().next().unwrap_or_default(), error.location().line()))?;
    Ok(self::body(&body))
}

/// Brackets of all kinds, without regard to texts: what is counted too much stands on one line as a rule, and a line that begins
/// at the margin with a word begins a block.
fn nests_too_deep(text: &str) -> bool {
    let mut depth = 0_usize;
    let mut deepest = 0;
    for line in text.lines() {
        if line.starts_with(|c: char| c.is_ascii_lowercase()) && line.trim_end().ends_with('{') {
            depth = 0;
        }
        for byte in line.bytes() {
            match byte {
                b'{' | b'[' | b'(' => depth += 1,
                b'}' | b']' | b')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            deepest = deepest.max(depth);
        }
    }
    deepest > DEEPEST
}

fn place(range: Option<Range<usize>>) -> Place {
    Place { file: FileId::default(), span: range.map_or_else(Span::default, |range| Span::new(range.start, range.end)) }
}

fn body(body: &hcl_edit::structure::Body) -> Body {
    let mut read = Body::default();
    for structure in body {
        match structure {
            Structure::Attribute(attribute) => {
                let key = Key { name: attribute.key.as_str().into(), place: place(attribute.key.span()) };
                read.attributes.push((key, expr(&attribute.value)));
            }
            Structure::Block(block) => {
                let head = place(block.ident.span());
                let end = block.labels.last().and_then(label_span).map_or(head.span.end, |range| Span::new(0, range.end).end);
                read.blocks.push(Block {
                    kind: Key { name: block.ident.as_str().into(), place: head },
                    labels: block.labels.iter().map(|label| label.as_str().into()).collect(),
                    place: Place { file: head.file, span: Span { start: head.span.start, end } },
                    body: self::body(&block.body),
                });
            }
        }
    }
    read
}

fn label_span(label: &BlockLabel) -> Option<Range<usize>> {
    match label {
        BlockLabel::Ident(ident) => ident.span(),
        BlockLabel::String(text) => text.span(),
    }
}

/// The parser bounds how deep expressions nest, so this may follow them.
fn expr(written: &Expression) -> Expr {
    let boxed = |written: &Expression| Box::new(expr(written));
    let form = match written {
        Expression::Null(_) => Form::Null,
        Expression::Bool(value) => Form::Scalar(value.to_string().into()),
        Expression::Number(value) => Form::Scalar(value.to_string().into()),
        Expression::String(value) => Form::Scalar(value.as_str().into()),
        Expression::Array(items) => Form::List(items.iter().map(expr).collect()),
        Expression::Object(object) => {
            Form::Map(object.iter().map(|(key, value)| (object_key(key), expr(value.expr()))).collect())
        }
        Expression::StringTemplate(template) => Form::Template(template.iter().map(element).collect()),
        Expression::HeredocTemplate(heredoc) => template(&heredoc.template),
        Expression::Parenthesis(inner) => return expr(inner.inner()),
        Expression::Variable(name) => Form::Name(name.as_str().into()),
        Expression::Conditional(choice) => {
            Form::If(Box::new([expr(&choice.cond_expr), expr(&choice.true_expr), expr(&choice.false_expr)]))
        }
        Expression::FuncCall(call) => {
            Form::Call(call.name.name.as_str().into(), call.args.iter().map(expr).collect(), call.args.expand_final())
        }
        Expression::Traversal(path) => {
            Form::Path(boxed(&path.expr), path.operators.iter().map(|operator| step(operator)).collect())
        }
        Expression::UnaryOp(unary) => match unary.operator.value() {
            UnaryOperator::Not => Form::Not(boxed(&unary.expr)),
            UnaryOperator::Neg => Form::Minus(boxed(&unary.expr)),
        },
        Expression::BinaryOp(binary) => {
            Form::Binary(operator(*binary.operator.value()), Box::new([expr(&binary.lhs_expr), expr(&binary.rhs_expr)]))
        }
        Expression::ForExpr(each) => Form::For(Box::new(For {
            key: each.intro.key_var.as_ref().map(|name| name.as_str().into()),
            value: each.intro.value_var.as_str().into(),
            over: expr(&each.intro.collection_expr),
            keyed: each.key_expr.as_ref().map(expr),
            gives: expr(&each.value_expr),
            when: each.cond.as_ref().map(|cond| expr(&cond.expr)),
            grouped: each.grouping,
        })),
    };
    Expr { place: place(written.span()), form }
}

fn object_key(key: &ObjectKey) -> Expr {
    match key {
        ObjectKey::Ident(name) => Expr { place: place(name.span()), form: Form::Scalar(name.as_str().into()) },
        ObjectKey::Expression(written) => match expr(written) {
            // A bare name is a text there; in parentheses it is a variable.
            Expr { place, form: Form::Name(name) } if !matches!(written, Expression::Parenthesis(_)) => {
                Expr { place, form: Form::Scalar(name) }
            }
            other => other,
        },
    }
}

fn template(template: &Template) -> Form {
    Form::Template(template.iter().map(element).collect())
}

fn element(element: &Element) -> Expr {
    let form = match element {
        Element::Literal(text) => Form::Scalar(text.as_str().into()),
        Element::Interpolation(inner) => return expr(&inner.expr),
        Element::Directive(_) => Form::Unknown,
    };
    Expr { place: place(element.span()), form }
}

fn step(operator: &TraversalOperator) -> Step {
    match operator {
        TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => Step::All,
        TraversalOperator::GetAttr(name) => Step::Name(name.as_str().into()),
        TraversalOperator::Index(index) => Step::Index(expr(index)),
        TraversalOperator::LegacyIndex(index) => {
            Step::Index(Expr { place: place(index.span()), form: Form::Scalar(index.value().to_string().into()) })
        }
    }
}

fn operator(operator: BinaryOperator) -> Operator {
    match operator {
        BinaryOperator::Eq => Operator::Same,
        BinaryOperator::NotEq => Operator::Other,
        BinaryOperator::LessEq => Operator::AtMost,
        BinaryOperator::GreaterEq => Operator::AtLeast,
        BinaryOperator::Less => Operator::Less,
        BinaryOperator::Greater => Operator::More,
        BinaryOperator::Plus => Operator::Plus,
        BinaryOperator::Minus => Operator::Minus,
        BinaryOperator::Mul => Operator::Times,
        BinaryOperator::Div => Operator::By,
        BinaryOperator::Mod => Operator::Rest,
        BinaryOperator::And => Operator::And,
        BinaryOperator::Or => Operator::Or,
    }
}

impl Body {
    /// What an attribute is set to.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Expr> {
        self.attributes.iter().find(|(key, _)| &*key.name == name).map(|(_, value)| value)
    }

    /// Say which file it came from, once files are numbered.
    pub fn set_file(&mut self, file: FileId) {
        for (key, value) in &mut self.attributes {
            key.place.file = file;
            value.set_file(file);
        }
        for block in &mut self.blocks {
            block.place.file = file;
            block.kind.place.file = file;
            block.body.set_file(file);
        }
    }
}

impl Expr {
    fn set_file(&mut self, file: FileId) {
        let mut stack = vec![self];
        while let Some(next) = stack.pop() {
            next.place.file = file;
            match &mut next.form {
                Form::Null | Form::Scalar(_) | Form::Name(_) | Form::Unknown => {}
                Form::Template(inner) | Form::List(inner) | Form::Call(_, inner, _) => stack.extend(inner),
                Form::Map(entries) => stack.extend(entries.iter_mut().flat_map(|(key, value)| [key, value])),
                Form::Path(root, steps) => {
                    stack.push(root);
                    stack.extend(steps.iter_mut().filter_map(|step| match step {
                        Step::Index(index) => Some(index),
                        Step::Name(_) | Step::All => None,
                    }));
                }
                Form::If(parts) => stack.extend(parts.iter_mut()),
                Form::Not(inner) | Form::Minus(inner) => stack.push(inner),
                Form::Binary(_, parts) => stack.extend(parts.iter_mut()),
                Form::For(each) => {
                    stack.extend([&mut each.over, &mut each.gives]);
                    stack.extend(each.keyed.iter_mut().chain(&mut each.when));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_and_their_places() {
        let text = "# first\nresource \"aws_db_instance\" \"main\" {\n  multi_az = var.production ? true : false\n  tags = { a = 1, (var.b) = \"x${var.c}\" }\n}\n";
        let body = read(text).unwrap_or_else(|error| panic!("{error}"));
        let block = &body.blocks[0];
        assert_eq!(block.place.span.of(text), "resource \"aws_db_instance\" \"main\"");
        assert_eq!(block.labels, ["aws_db_instance".into(), "main".into()]);
        let zones = block.body.get("multi_az").unwrap_or_else(|| panic!("no attribute"));
        assert_eq!(zones.place.span.of(text), "var.production ? true : false");
        assert!(matches!(zones.form, Form::If(_)), "{zones:?}");
    }

    #[test]
    fn hostile_texts_end() {
        let nested = |open: &str, close: &str, count: usize| format!("a = {}1{}\n", open.repeat(count), close.repeat(count));
        for text in [
            nested("[", "]", 100_000),
            nested("(", ")", 90),
            nested("{ a = ", "}", 90),
            nested("[", "", 60),
            nested("f(", ")", 60),
            nested("!", "", 100_000),
            nested("-", "", 50_000),
            nested("1 + ", "", 100_000),
            format!("a = {}x{}\n", "\"${".repeat(90), "}\"".repeat(90)),
            format!("a = {}x{}\n", "\"${".repeat(60), "}\"".repeat(60)),
            format!("a = {}\n", "\"${".repeat(60)),
            "a = <<EOT\nnever ended\n".to_owned(),
            format!("{}{}", "b {\n".repeat(100_000), "}\n".repeat(100_000)),
            format!("a = {}\n", "x ? y : ".repeat(50_000)),
            format!("a = b{}\n", ".c[0]".repeat(20_000)),
        ] {
            let began = std::time::Instant::now();
            let _ = read(&text);
            assert!(began.elapsed().as_secs() < 5, "{} took {:?}", &text[..text.len().min(40)], began.elapsed());
        }
    }
}
