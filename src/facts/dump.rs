//! Facts as readable text, for tests and for people who ask what a front end saw.

use super::{
    Construct, FileFacts, Function, Literal, NameId, Op, OpId, OpKind, Operand, OperandForm, Operands, RegionKind, Target,
};
use std::fmt::Write;

/// All of `facts`: imports, classes, then each function with one operation a line, indented by the regions around it.
#[must_use]
pub fn dump(facts: &FileFacts) -> String {
    let mut dump = Dump { facts, out: String::new() };
    dump.file();
    dump.out
}

struct Dump<'f> {
    facts: &'f FileFacts,
    out: String,
}

impl<'f> Dump<'f> {
    fn line(&mut self, depth: usize, text: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.out, "{:indent$}{text}", "", indent = depth.min(100) * 2);
    }

    fn name(&self, name: NameId) -> &'f str {
        self.facts.names.get(name)
    }

    fn names(&self, names: &[NameId], between: &str) -> String {
        names.iter().map(|&name| self.name(name)).collect::<Vec<_>>().join(between)
    }

    fn file(&mut self) {
        for import in &self.facts.imports {
            let dots = ".".repeat(import.level.into());
            let mut text = format!("import {dots}{}", self.names(&import.path, "."));
            match import.name {
                Some(name) => text += &format!(" as {}", self.name(name)),
                None => text += " as *",
            }
            let marks = [(import.binds_root, " root"), (import.typing_only, " typing"), (!import.public, " private")];
            marks.iter().filter(|(set, _)| *set).for_each(|(_, mark)| text += mark);
            if import.scope.0 != 0 {
                text += &format!(" in f{}", import.scope.0);
            }
            self.line(0, &text);
        }
        if !self.facts.exports.is_empty() {
            self.line(0, &format!("exports {}", self.names(&self.facts.exports, " ")));
        }
        for (index, function) in self.facts.functions.iter().enumerate() {
            self.function(index, function);
        }
        for (index, class) in self.facts.classes.iter().enumerate() {
            let keywords: String = class.keywords.iter().map(|&(name, op)| format!(" {}={}", self.name(name), op.0)).collect();
            let (bases, marks) = (ids(&class.bases), ids(&class.decorators));
            self.line(
                0,
                &format!(
                    "class {index} {} body f{} bases [{bases}]{keywords} decorators [{marks}]",
                    self.name(class.name),
                    class.body.0
                ),
            );
            for field in &class.fields {
                self.line(1, &format!("field {}: {} = {}", self.name(field.name), maybe(field.annotation), maybe(field.value)));
            }
        }
        for implementation in &self.facts.impls {
            let methods: Vec<String> = implementation.methods.iter().map(|method| format!("f{}", method.0)).collect();
            let interface = maybe(implementation.interface);
            self.line(0, &format!("impl {interface} for {} [{}]", implementation.target.0, methods.join(", ")));
        }
        for suppression in &self.facts.suppressions {
            let file = if suppression.whole_file { "-file" } else { "" };
            self.line(0, &format!("ignore{file} {} because {:?}", suppression.rules.join(", "), suppression.reason));
        }
        for gap in &self.facts.gaps {
            self.line(0, &format!("gap {}..{} {}", gap.span.start, gap.span.end, gap.reason));
        }
    }

    fn function(&mut self, index: usize, function: &'f Function) {
        let name = function.name.map(|name| format!(" {}", self.name(name))).unwrap_or_default();
        let mut head = format!("f{index} {:?}{name}", function.kind);
        if let Some(parent) = function.parent {
            head += &format!(" in f{}", parent.0);
        }
        if let Some(class) = function.class {
            head += &format!(" of class {}", class.0);
        }
        let marks = [
            (function.is_async, " async"),
            (function.is_generator, " generator"),
            (function.is_static, " static"),
            (function.is_abstract, " abstract"),
            (function.is_test, " test"),
            (!function.is_public, " private"),
        ];
        marks.iter().filter(|(set, _)| *set).for_each(|(_, mark)| head += mark);
        for param in &function.params {
            head += &format!(
                " ({} {:?} : {} = {})",
                self.name(param.name),
                param.kind,
                maybe(param.annotation),
                maybe(param.default)
            );
        }
        if let Some(returns) = function.returns {
            head += &format!(" -> {}", returns.0);
        }
        if !function.decorators.is_empty() {
            head += &format!(" decorators [{}]", ids(&function.decorators));
        }
        if !function.globals.is_empty() {
            head += &format!(" globals {}", self.names(&function.globals, " "));
        }
        self.line(0, &head);
        self.tape(function);
    }

    fn tape(&mut self, function: &'f Function) {
        let mut regions = function.regions.iter().peekable();
        let mut ends: Vec<OpId> = Vec::new();
        for (id, op) in function.tape() {
            while ends.last().is_some_and(|&end| end <= id) {
                ends.pop();
            }
            while let Some(region) = regions.next_if(|region| region.start <= id) {
                let empty = if region.start == region.end { "(empty) " } else { "" };
                self.line(ends.len() + 1, &format!("{empty}{}", region_text(&region.kind)));
                if region.end > id {
                    ends.push(region.end);
                }
            }
            let text = self.op(function, op);
            self.line(ends.len() + 1, &format!("{} {text}", id.0));
        }
        for region in regions {
            self.line(1, &format!("(empty) {}", region_text(&region.kind)));
        }
    }

    fn op(&self, function: &Function, op: &Op) -> String {
        let list = |list| self.operands(function, list);
        match op.kind {
            OpKind::Param(number) => format!("Param {number}"),
            OpKind::Literal(literal) => self.literal(literal),
            OpKind::Name(name) => format!("Name {}", self.name(name)),
            OpKind::Attribute(value, name) => format!("Attribute {}.{}", value.0, self.name(name)),
            OpKind::Index(value, key) => format!("Index {}[{}]", value.0, key.0),
            OpKind::Call { callee, args } => format!("Call {}({})", callee.0, list(args)),
            OpKind::Construct(Construct::Text, parts) => format!("Text({})", list(parts)),
            OpKind::Construct(what, parts) => format!("{what:?}({})", list(parts)),
            OpKind::Operate(operator, left, right) => format!("{operator:?} {} {}", left.0, right.0),
            OpKind::Choose(values) => format!("Choose({})", list(values)),
            OpKind::Store { target, value, mode } => {
                let target = match target {
                    Target::Name(name) => self.name(name).to_owned(),
                    Target::Attribute(value, name) => format!("{}.{}", value.0, self.name(name)),
                    Target::Item(value, key) => format!("{}[{}]", value.0, key.0),
                    Target::Content(value) => format!("*{}", value.0),
                };
                format!("Store {target} <- {} {mode:?}", value.0)
            }
            OpKind::Element(value) => format!("Element {}", value.0),
            OpKind::Enter(value, _) => format!("Enter {}", value.0),
            OpKind::Closure(id) => format!("Closure f{}", id.0),
            OpKind::ClassDefinition(id) => format!("ClassDefinition {}", id.0),
            OpKind::Return(value) => format!("Return {}", value.0),
            OpKind::Yield(value) => format!("Yield {}", value.0),
            OpKind::Await(value) => format!("Await {}", value.0),
            OpKind::Try(value) => format!("Try {}", value.0),
            OpKind::Raise(value) => format!("Raise {}", value.0),
            OpKind::Jump(jump) => format!("{jump:?}"),
            OpKind::Opaque => "Opaque".to_owned(),
        }
    }

    fn literal(&self, literal: Literal) -> String {
        match literal {
            Literal::None => "None".to_owned(),
            Literal::Bool(value) => format!("{value}"),
            Literal::Int(value) => format!("{value}"),
            Literal::Float(value) => format!("{value:?}"),
            Literal::Text(name) => format!("{:?}", self.name(name)),
            Literal::Other => "constant".to_owned(),
        }
    }

    fn operands(&self, function: &Function, list: Operands) -> String {
        let text = |operand: &Operand| {
            let name = operand.name.map_or_else(String::new, |name| format!("{}=", self.name(name)));
            let form = match operand.form {
                OperandForm::Plain => "",
                OperandForm::Spread => "*",
                OperandForm::NamedSpread => "**",
                OperandForm::Key => "key ",
            };
            format!("{name}{form}{}", operand.value.0)
        };
        function.list(list).iter().map(text).collect::<Vec<_>>().join(", ")
    }
}

fn region_text(kind: &RegionKind) -> String {
    match kind {
        RegionKind::Loop { over, condition, comprehension } => {
            let what = if *comprehension { "comprehension" } else { "loop" };
            format!("[{what} over {} while {}]", maybe(*over), maybe(*condition))
        }
        RegionKind::Branch { condition, positive: true } => format!("[if {}]", maybe(*condition)),
        RegionKind::Branch { condition, positive: false } => format!("[unless {}]", maybe(*condition)),
        RegionKind::Arm { subject } => format!("[arm of {}]", subject.0),
        RegionKind::Try { swallows: true } => "[try swallows]".to_owned(),
        RegionKind::Try { swallows: false } => "[try]".to_owned(),
        RegionKind::Handler(caught) => format!("[handler {}]", maybe(*caught)),
        RegionKind::Finally => "[finally]".to_owned(),
        RegionKind::With(manager) => format!("[with {}]", manager.0),
        RegionKind::Async => "[async]".to_owned(),
        RegionKind::Guarded { condition } => format!("[rest unless {}]", condition.0),
    }
}

fn maybe(op: Option<OpId>) -> String {
    op.map_or_else(|| "-".to_owned(), |op| op.0.to_string())
}

fn ids(ops: &[OpId]) -> String {
    ops.iter().map(|op| op.0.to_string()).collect::<Vec<_>>().join(", ")
}
