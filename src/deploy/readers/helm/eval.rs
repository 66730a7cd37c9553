//! Fills in a template: what is known is given out with its place, what is not known is marked, and what stands under a condition that
//! is not known is given out as uncertain. Nothing outside of the chart is asked, and every way to go on for long has a bound.

mod maps;

use super::functions;
use super::parse::{self, Block, Body, Head, Kind as BlockKind, Piece, Pipe, Term};
use super::value::{Kind, OTHERS, Val, plain};
use crate::deploy::readers::mapped::Mapped;
use crate::finding::{FileId, Place};
use crate::source::Span;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Deepest nesting of blocks, brackets and definitions while a template runs.
const DEEPEST: usize = 300;

/// Most steps of one scenario: actions, words of them, and every 64 bytes of text that is made.
const MOST_STEPS: usize = 400_000;

/// Most maps and lists that templates of one scenario make.
const MOST_MADE: usize = 10_000;

/// Definitions by name, each with its file; those of a library that we know have none.
pub(super) type Defined = BTreeMap<Rc<str>, (Body, Option<FileId>)>;

/// One scenario of a chart while its templates are filled in.
#[derive(Debug)]
pub(super) struct Run<'e> {
    defined: &'e Defined,
    steps: usize,
    made: usize,
    depth: usize,
    /// How many conditions around us are not known.
    doubts: usize,
}

/// What a template, or a definition in it, sees.
struct Frame {
    root: Val,
    dot: Val,
    variables: Vec<(Rc<str>, Val)>,
    source: Source,
}

/// Where the text of a template stands.
#[derive(Clone, Copy)]
enum Source {
    File(FileId),
    /// It is a value itself.
    Value(Place),
}

/// How a body ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    On,
    NextRound,
    Out,
}

impl Frame {
    fn new(dot: Val, source: Source) -> Self {
        Self { root: dot.clone(), dot, variables: Vec::new(), source }
    }

    fn place(&self, start: usize, end: usize) -> Place {
        match self.source {
            Source::File(file) => Place { file, span: Span::new(start, end) },
            Source::Value(place) => place,
        }
    }
}

impl<'e> Run<'e> {
    pub(super) fn new(defined: &'e Defined) -> Self {
        Self { defined, steps: MOST_STEPS, made: MOST_MADE, depth: 0, doubts: 0 }
    }

    /// Fill in a template; nothing when that takes too long.
    pub(super) fn template(&mut self, body: &Body, file: FileId, dot: &Val) -> Option<Mapped> {
        let mut out = Mapped::default();
        self.body(body, &mut Frame::new(dot.clone(), Source::File(file)), &mut out);
        (self.steps > 0).then_some(out)
    }

    fn spend(&mut self, steps: usize) -> bool {
        self.steps = self.steps.saturating_sub(steps);
        self.steps > 0
    }

    fn body(&mut self, body: &[Piece], frame: &mut Frame, out: &mut Mapped) -> Flow {
        let known = frame.variables.len();
        let mut flow = Flow::On;
        self.depth += 1;
        for piece in body {
            if !self.spend(1) || self.depth > DEEPEST {
                out.fill_unknown(frame.place(0, 0), false);
                break;
            }
            let sure = self.doubts == 0;
            match piece {
                Piece::Text(text, at) => {
                    self.spend(text.len() / 64);
                    match frame.source {
                        Source::File(_) => out.write(text, frame.place(*at, at + text.len()), sure),
                        Source::Value(place) => out.fill(text, (place, place), sure),
                    }
                }
                Piece::Action(pipe, (start, end)) => {
                    let at = frame.place(*start, *end);
                    let val = self.pipe(pipe, frame, at);
                    if pipe.names.is_empty() { self.give(&val, at, out) } else { self.assign(pipe, val, frame) }
                }
                Piece::Block(block) => flow = self.block(block, frame, out),
                Piece::Leave { .. } if !sure => out.fill_unknown(frame.place(0, 0), false),
                Piece::Leave { altogether } => flow = if *altogether { Flow::Out } else { Flow::NextRound },
            }
            if flow != Flow::On {
                break;
            }
        }
        self.depth -= 1;
        frame.variables.truncate(known);
        flow
    }

    /// Give out a value.
    fn give(&mut self, val: &Val, at: Place, out: &mut Mapped) {
        let sure = self.doubts == 0;
        match &val.kind {
            Kind::Text(text) => {
                self.spend(text.text().len() / 64);
                out.append(text, (val.place, at), sure);
            }
            _ => match val.shown() {
                Some(text) => out.fill(&text, (val.place.unwrap_or(at), at), sure),
                None => out.fill_unknown(at, sure),
            },
        }
    }

    fn assign(&self, pipe: &Pipe, val: Val, frame: &mut Frame) {
        let Some(name) = pipe.names.first() else { return };
        if pipe.declares {
            frame.variables.push((Rc::clone(name), val));
            return;
        }
        if let Some((_, known)) = frame.variables.iter_mut().rev().find(|(known, _)| known == name) {
            *known = if self.doubts == 0 { val } else { Val::UNKNOWN };
        }
    }

    fn block(&mut self, block: &Block, frame: &mut Frame, out: &mut Mapped) -> Flow {
        let known = frame.variables.len();
        let doubts = self.doubts;
        let mut flow = Flow::On;
        let at = frame.place(0, 0);
        let line = out.blank_line().map(str::to_owned);
        for arm in &block.arms {
            // Ways of which only one is taken stand on lines of their own, if each begins one.
            if let Some(pad) = line.as_ref().filter(|_| self.doubts > doubts && out.blank_line().is_none()) {
                out.fill(&format!("\n{pad}"), (at, at), false);
            }
            let Some(when) = &arm.when else {
                flow = self.body(&arm.body, frame, out);
                break;
            };
            let val = self.pipe(when, frame, at);
            let truth = val.truth();
            if block.kind == BlockKind::Range {
                self.rounds(when, &arm.body, &val, (frame, out));
            } else if truth != Some(false) {
                self.assign(when, val.clone(), frame);
                self.doubts += usize::from(truth.is_none() && self.doubts == doubts);
                let outer = arm.binds.then(|| std::mem::replace(&mut frame.dot, val));
                flow = self.body(&arm.body, frame, out);
                if let Some(outer) = outer {
                    frame.dot = outer;
                }
            }
            if truth == Some(true) {
                break;
            }
            // Whichever way this condition goes, the other ways are in doubt from here on.
            self.doubts += usize::from(truth.is_none() && self.doubts == doubts);
        }
        self.doubts = doubts;
        frame.variables.truncate(known);
        flow
    }

    /// Every round of a loop; one round in doubt over what is not known.
    fn rounds(&mut self, when: &Pipe, body: &Body, val: &Val, (frame, out): (&mut Frame, &mut Mapped)) {
        let rounds: Vec<(Val, Val)> = match &val.kind {
            Kind::List(items) => items.iter().enumerate().map(|(at, item)| (number(at), item.clone())).collect(),
            Kind::Map(map) => map
                .borrow()
                .iter()
                .map(|(name, entry)| match &**name {
                    OTHERS => (Val::UNKNOWN, Val::UNKNOWN),
                    name => (Val { place: entry.key, ..name.into() }, entry.val.clone()),
                })
                .collect(),
            Kind::Int(count) => {
                (0..usize::try_from(*count).unwrap_or(0).min(self.steps)).map(|at| (number(at), number(at))).collect()
            }
            Kind::Null => Vec::new(),
            _ => vec![(Val::UNKNOWN, Val::UNKNOWN)],
        };
        let whole = !val.is_unknown();
        for (key, item) in rounds {
            if !self.spend(1) {
                break;
            }
            let doubt = usize::from(!whole || key.is_unknown());
            let known = frame.variables.len();
            match when.names.as_slice() {
                [first, second] => {
                    frame.variables.push((Rc::clone(first), key));
                    frame.variables.push((Rc::clone(second), item.clone()));
                }
                [only] => frame.variables.push((Rc::clone(only), item.clone())),
                _ => {}
            }
            self.doubts += doubt;
            let outer = std::mem::replace(&mut frame.dot, item);
            let flow = self.body(body, frame, out);
            frame.dot = outer;
            self.doubts -= doubt;
            frame.variables.truncate(known);
            if flow == Flow::Out {
                break;
            }
        }
    }

    fn pipe(&mut self, pipe: &Pipe, frame: &Frame, at: Place) -> Val {
        if self.depth > DEEPEST {
            return Val::UNKNOWN;
        }
        self.depth += 1;
        let mut piped = None;
        for command in &pipe.commands {
            piped = Some(self.command(command, piped, frame, at));
        }
        self.depth -= 1;
        piped.unwrap_or(Val::NULL)
    }

    fn command(&mut self, terms: &[Term], piped: Option<Val>, frame: &Frame, at: Place) -> Val {
        let Some((head, rest)) = terms.split_first() else { return Val::UNKNOWN };
        if !self.spend(terms.len()) {
            return Val::UNKNOWN;
        }
        match &head.head {
            Head::Word(word) if !matches!(&**word, "true" | "false" | "nil") => {
                let val = self.call(word, rest, piped, frame, at);
                head.fields.iter().fold(val, |val, field| val.field(field))
            }
            // A method of an object that only a cluster has.
            _ if !rest.is_empty() || piped.is_some() => Val::UNKNOWN,
            _ => self.term(head, frame, at),
        }
    }

    fn term(&mut self, term: &Term, frame: &Frame, at: Place) -> Val {
        let val = match &term.head {
            Head::Dot => frame.dot.clone(),
            Head::Variable(name) if &**name == "$" => frame.root.clone(),
            Head::Variable(name) => {
                let found = frame.variables.iter().rev().find(|(known, _)| known == name);
                found.map_or(Val::UNKNOWN, |(_, val)| val.clone())
            }
            Head::Text(text) => (&**text).into(),
            Head::Number(text) => plain(text).into(),
            Head::Word(word) => match &**word {
                "true" => true.into(),
                "false" => false.into(),
                "nil" => Val::NULL,
                word => self.call(word, &[], None, frame, at),
            },
            Head::Group(pipe) => self.pipe(pipe, frame, at),
        };
        // In brackets, nothing may be asked of nothing.
        let is_group = matches!(term.head, Head::Group(_));
        let field = |val: Val, field: &Rc<str>| if is_group && matches!(val.kind, Kind::Null) { val } else { val.field(field) };
        let val = term.fields.iter().fold(val, field);
        self.spend(weight(&val));
        val
    }

    fn call(&mut self, name: &str, terms: &[Term], piped: Option<Val>, frame: &Frame, at: Place) -> Val {
        if matches!(name, "and" | "or") {
            return self.logic(name == "and", terms, piped, frame, at);
        }
        let mut given: Vec<Val> = terms.iter().map(|term| self.term(term, frame, at)).collect();
        given.extend(piped);
        match (name, given.as_slice()) {
            ("include", [name, context]) => self.include(name, context, at),
            ("tpl", [text, context]) => self.text_as_template(text, context, at),
            ("set", [map, name, val]) => self.set(map, name, Some(val.clone())),
            ("unset", [map, name]) => self.set(map, name, None),
            ("deepCopy" | "mustDeepCopy", [val]) => self.copied(val, 0),
            ("merge" | "mustMerge", [into, rest @ ..]) => self.merge(into, rest, false),
            ("mergeOverwrite" | "mustMergeOverwrite", [into, rest @ ..]) => self.merge(into, rest, true),
            (_, given) => {
                let val = functions::call(name, given, at);
                match &val.kind {
                    Kind::Text(text) => {
                        self.spend(text.text().len() / 64);
                    }
                    Kind::List(items) => {
                        self.spend(items.len() / 8);
                        return self.counted(val);
                    }
                    Kind::Map(_) => return self.counted(val),
                    _ => {}
                }
                val
            }
        }
    }

    /// A map or list that a template makes; past the bound it is not known.
    fn counted(&mut self, val: Val) -> Val {
        self.made = self.made.saturating_sub(1);
        if self.made == 0 { Val::UNKNOWN } else { val }
    }

    /// The first that is false, or that is true, or the last: those behind it are not asked.
    fn logic(&mut self, all: bool, terms: &[Term], piped: Option<Val>, frame: &Frame, at: Place) -> Val {
        let mut last = Val::UNKNOWN;
        let mut unknown = false;
        let mut given = terms.iter();
        let mut piped = piped;
        while let Some(val) = given.next().map(|term| self.term(term, frame, at)).or_else(|| piped.take()) {
            match val.truth() {
                Some(truth) if truth != all => return if unknown { (!all).into() } else { val },
                Some(_) => {}
                None => unknown = true,
            }
            last = val;
        }
        if unknown { Val::UNKNOWN } else { last }
    }

    fn include(&mut self, name: &Val, context: &Val, at: Place) -> Val {
        let defined = name.shown().and_then(|name| self.defined.get(name.as_str()));
        let Some((body, file)) = defined.map(|(body, file)| (Rc::clone(body), *file)) else { return Val::UNKNOWN };
        let mut out = Mapped::default();
        let source = file.map_or(Source::Value(at), Source::File);
        self.body(&body, &mut Frame::new(context.clone(), source), &mut out);
        Kind::Text(Rc::new(out)).into()
    }

    fn text_as_template(&mut self, text: &Val, context: &Val, at: Place) -> Val {
        let Some(shown) = text.shown() else { return Val::UNKNOWN };
        if !shown.contains("{{") {
            return text.clone();
        }
        self.spend(shown.len());
        let Some(template) = parse::template(&shown) else { return Val::UNKNOWN };
        let mut out = Mapped::default();
        let source = Source::Value(text.place.unwrap_or(at));
        self.body(&template.body, &mut Frame::new(context.clone(), source), &mut out);
        Kind::Text(Rc::new(out)).into()
    }
}

/// What it costs to look at all of a value.
fn weight(val: &Val) -> usize {
    match &val.kind {
        Kind::Text(text) => text.text().len() / 64,
        Kind::List(items) => items.len() / 16,
        Kind::Map(map) => map.borrow().len() / 16,
        _ => 0,
    }
}

fn number(at: usize) -> Val {
    Kind::Int(i64::try_from(at).unwrap_or(i64::MAX)).into()
}
