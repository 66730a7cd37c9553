//! Token trees read with `syn`: the shapes that arguments of macros and attributes come in.

use proc_macro2::TokenStream;
use std::str::FromStr;
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Block, Expr, Ident, Pat, Result, Stmt, Token, Type, braced, bracketed, token};

/// One argument of a macro or attribute.
pub(super) struct Argument {
    /// `name = value`, `name: value`, `span.name = value`.
    pub(super) name: Option<String>,
    pub(super) value: Value,
}

/// What an argument is.
pub(super) enum Value {
    Expr(Expr),
    Type(Type),
}

/// The body of a macro that nobody knows.
pub(super) enum Body {
    Arguments(Vec<Argument>),
    Statements(Vec<Stmt>),
}

/// An arm of `select!`.
pub(super) struct SelectArm {
    /// The pattern and the future; none for `else`, `default` and `complete`.
    pub(super) on: Option<(Pat, Expr)>,
    /// `, if condition`.
    pub(super) condition: Option<Expr>,
    pub(super) body: Expr,
}

/// A `static` in `lazy_static!` or `thread_local!`.
pub(super) struct Static {
    pub(super) name: Ident,
    pub(super) ty: Type,
    pub(super) value: Expr,
}

/// A value in `json!`.
pub(super) enum Json {
    Map(Vec<(Expr, Json)>, proc_macro2::extra::DelimSpan),
    List(Vec<Json>, proc_macro2::extra::DelimSpan),
    Null(proc_macro2::Span),
    Expr(Expr),
}

/// The tokens of `text`; none when it is no Rust or too deep to be read safely.
pub(super) fn read(text: &str) -> Option<TokenStream> {
    if super::depth::too_deep_for_syn(text) { None } else { TokenStream::from_str(text).ok() }
}

/// Forget the positions of everything read so far, which otherwise pile up; call it when no token is alive.
pub(super) fn forget() {
    proc_macro2::extra::invalidate_current_thread_spans();
}

/// Arguments separated by commas (or, as in `vec![x; n]`, a semicolon).
pub(super) fn arguments(stream: TokenStream) -> Option<Vec<Argument>> {
    let parser = |input: ParseStream<'_>| parse_arguments(input, true);
    parser.parse2(stream).ok()
}

/// Arguments, or else statements.
pub(super) fn body(stream: TokenStream) -> Option<Body> {
    let parser = |input: ParseStream<'_>| {
        let fork = input.fork();
        if let Ok(arguments) = parse_arguments(&fork, false)
            && fork.is_empty()
        {
            input.advance_to(&fork);
            return Ok(Body::Arguments(arguments));
        }
        Block::parse_within(input).map(Body::Statements)
    };
    parser.parse2(stream).ok()
}

/// `expression, pattern if condition`, as in `matches!`.
pub(super) fn subject_and_pattern(stream: TokenStream) -> Option<(Expr, Pat, Option<Expr>)> {
    let parser = |input: ParseStream<'_>| {
        let subject = input.parse()?;
        input.parse::<Token![,]>()?;
        let pattern = Pat::parse_multi_with_leading_vert(input)?;
        let condition = if input.parse::<Option<Token![if]>>()?.is_some() { Some(input.parse()?) } else { None };
        input.parse::<Option<Token![,]>>()?;
        Ok((subject, pattern, condition))
    };
    parser.parse2(stream).ok()
}

/// The arms of `select!`.
pub(super) fn select_arms(stream: TokenStream) -> Option<Vec<SelectArm>> {
    let parser = |input: ParseStream<'_>| {
        if input.peek(Ident) && input.peek2(Token![;]) {
            input.parse::<Ident>()?;
            input.parse::<Token![;]>()?;
        }
        let mut arms = Vec::new();
        while !input.is_empty() {
            arms.push(select_arm(input)?);
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(arms)
    };
    parser.parse2(stream).ok()
}

fn select_arm(input: ParseStream<'_>) -> Result<SelectArm> {
    let mut on = None;
    let mut condition = None;
    if (input.peek(Ident) || input.peek(Token![else])) && input.peek2(Token![=>]) {
        input.call(Ident::parse_any)?;
    } else {
        let pattern = Pat::parse_multi_with_leading_vert(input)?;
        input.parse::<Token![=]>()?;
        on = Some((pattern, input.parse()?));
        if input.peek(Token![,]) && input.peek2(Token![if]) {
            input.parse::<Token![,]>()?;
            input.parse::<Token![if]>()?;
            condition = Some(input.parse()?);
        }
    }
    input.parse::<Token![=>]>()?;
    // A block ends its arm; without this, the next pattern would be read as its continuation.
    let body = if input.peek(token::Brace) { Expr::parse_with_earlier_boundary_rule(input)? } else { input.parse()? };
    Ok(SelectArm { on, condition, body })
}

/// The statics of `lazy_static!` or `thread_local!`.
pub(super) fn statics(stream: TokenStream) -> Option<Vec<Static>> {
    let parser = |input: ParseStream<'_>| {
        let mut statics = Vec::new();
        while !input.is_empty() {
            input.call(syn::Attribute::parse_outer)?;
            input.parse::<syn::Visibility>()?;
            input.parse::<Token![static]>()?;
            input.parse::<Option<Token![ref]>>()?;
            let name = input.parse()?;
            input.parse::<Token![:]>()?;
            let ty = input.parse()?;
            input.parse::<Token![=]>()?;
            statics.push(Static { name, ty, value: input.parse()? });
            input.parse::<Option<Token![;]>>()?;
        }
        Ok(statics)
    };
    parser.parse2(stream).ok()
}

/// The value of `json!`.
pub(super) fn json(stream: TokenStream) -> Option<Json> {
    Json::parse.parse2(stream).ok()
}

impl Parse for Json {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let content;
        if input.peek(token::Brace) {
            let brace = braced!(content in input);
            let mut entries = Vec::new();
            while !content.is_empty() {
                let key = content.parse()?;
                content.parse::<Token![:]>()?;
                entries.push((key, content.parse()?));
                content.parse::<Option<Token![,]>>()?;
            }
            Ok(Self::Map(entries, brace.span))
        } else if input.peek(token::Bracket) {
            let bracket = bracketed!(content in input);
            let mut items = Vec::new();
            while !content.is_empty() {
                items.push(content.parse()?);
                content.parse::<Option<Token![,]>>()?;
            }
            Ok(Self::List(items, bracket.span))
        } else if input.peek(Ident) && input.fork().parse::<Ident>().is_ok_and(|ident| ident == "null") {
            Ok(Self::Null(input.parse::<Ident>()?.span()))
        } else {
            input.parse().map(Self::Expr)
        }
    }
}

fn parse_arguments(input: ParseStream<'_>, semicolons: bool) -> Result<Vec<Argument>> {
    let mut arguments = Vec::new();
    while !input.is_empty() {
        arguments.push(Argument { name: argument_name(input), value: argument_value(input)? });
        if input.is_empty() {
            break;
        }
        if semicolons && input.peek(Token![;]) {
            input.parse::<Token![;]>()?;
        } else {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(arguments)
}

/// Take `name =`, `a.b =` or `name:` off the input, if it starts so.
fn argument_name(input: ParseStream<'_>) -> Option<String> {
    // Most arguments do not: ask before forking.
    if !input.peek(Ident::peek_any) || !(input.peek2(Token![=]) || input.peek2(Token![:]) || input.peek2(Token![.])) {
        return None;
    }
    let fork = input.fork();
    let mut name = fork.call(Ident::parse_any).ok()?.unraw().to_string();
    while fork.peek(Token![.]) {
        fork.parse::<Token![.]>().ok()?;
        name.push('.');
        name.push_str(&fork.call(Ident::parse_any).ok()?.unraw().to_string());
    }
    let equals = fork.peek(Token![=]) && !fork.peek(Token![==]) && !fork.peek(Token![=>]);
    let colon = fork.peek(Token![:]) && !fork.peek(Token![::]);
    if equals {
        fork.parse::<Token![=]>().ok()?;
    } else if colon {
        fork.parse::<Token![:]>().ok()?;
    } else {
        return None;
    }
    input.advance_to(&fork);
    Some(name)
}

fn argument_value(input: ParseStream<'_>) -> Result<Value> {
    // `%value` and `?value` say how tracing shows a field.
    if input.peek(Token![%]) {
        input.parse::<Token![%]>()?;
    } else if input.peek(Token![?]) {
        input.parse::<Token![?]>()?;
    }
    let fork = input.fork();
    match fork.parse() {
        Ok(value) if ends_argument(&fork) => {
            input.advance_to(&fork);
            Ok(Value::Expr(value))
        }
        Ok(_) | Err(_) => input.parse().map(Value::Type),
    }
}

fn ends_argument(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,]) || input.peek(Token![;])
}
