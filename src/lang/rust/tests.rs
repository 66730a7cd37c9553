//! What sources become, written as a compact dump; and the front end tried on everything the package registry has.

use super::RustFrontEnd;
use crate::facts::{
    Construct, FileFacts, Function, FunctionId, Literal, NameId, OpId, OpKind, OperandForm, Operands, Region, RegionKind, Target,
};
use crate::lang::{ExtractError, FrontEnd, Limits};

mod bodies;
mod corpus;
mod definitions;
mod hostile;
mod macro_calls;

fn extract(text: &str) -> FileFacts {
    RustFrontEnd::new().extract(text, &Limits::default()).expect("facts")
}

/// The tape of function `index`, an operation a line.
fn tape(facts: &FileFacts, index: u32) -> String {
    let function = &facts.functions[FunctionId(index).index()];
    let mut lines: Vec<String> = Vec::new();
    for (id, _) in function.tape() {
        let indent = "  ".repeat(function.regions_around(id).count());
        let opened = function.regions.iter().filter(|region| region.start == id && region.end > id);
        for (depth, region) in opened.enumerate() {
            let outer =
                function.regions_around(id).count() - function.regions.iter().filter(|r| r.start == id && r.end > id).count();
            lines.push(format!("{}{}", "  ".repeat(outer + depth), head(region)));
        }
        lines.push(format!("{indent}{} {}", id.0, op(facts, function, id)));
    }
    lines.join("\n")
}

fn head(region: &Region) -> String {
    let id = |value: Option<OpId>| value.map_or("-".to_owned(), |value| value.0.to_string());
    match &region.kind {
        RegionKind::Loop { over, condition, .. } => format!("loop over {} while {}", id(*over), id(*condition)),
        RegionKind::Branch { condition, positive: true } => format!("if {}", id(*condition)),
        RegionKind::Branch { condition, positive: false } => format!("unless {}", id(*condition)),
        RegionKind::Arm { subject } => format!("arm of {}", subject.0),
        RegionKind::Guarded { condition } => format!("guarded {}", condition.0),
        other => format!("{other:?}"),
    }
}

fn op(facts: &FileFacts, function: &Function, id: OpId) -> String {
    let name = |name: NameId| facts.names.get(name).to_owned();
    let list = |operands: Operands| operands_text(facts, function, operands);
    match function.op(id).kind {
        OpKind::Param(index) => format!("Param {index}"),
        OpKind::Literal(Literal::Text(text)) => format!("{:?}", name(text)),
        OpKind::Literal(Literal::Int(number)) => number.to_string(),
        OpKind::Literal(Literal::None) => "()".to_owned(),
        OpKind::Literal(literal) => format!("{literal:?}"),
        OpKind::Name(n) => name(n),
        OpKind::Attribute(value, n) => format!("{}.{}", value.0, name(n)),
        OpKind::Index(value, key) => format!("{}[{}]", value.0, key.0),
        OpKind::Call { callee, args } => format!("{}({})", callee.0, list(args)),
        OpKind::Construct(Construct::Tuple, parts) => format!("({})", list(parts)),
        OpKind::Construct(Construct::List, parts) => format!("[{}]", list(parts)),
        OpKind::Construct(what, parts) => format!("{what:?}({})", list(parts)),
        OpKind::Operate(operator, left, right) => format!("{operator:?} {} {}", left.0, right.0),
        OpKind::Choose(arms) => format!("choose {}", list(arms)),
        OpKind::Store { target, value, mode } => {
            let target = match target {
                Target::Name(n) => name(n),
                Target::Attribute(owner, n) => format!("{}.{}", owner.0, name(n)),
                Target::Item(owner, key) => format!("{}[{}]", owner.0, key.0),
                Target::Content(value) => format!("*{}", value.0),
            };
            format!("{mode:?} {target} <- {}", value.0)
        }
        OpKind::Closure(id) => format!("fn#{}", id.0),
        OpKind::ClassDefinition(id) => format!("class#{}", id.0),
        OpKind::Element(v) => format!("element {}", v.0),
        OpKind::Enter(v, _) => format!("enter {}", v.0),
        OpKind::Return(v) => format!("return {}", v.0),
        OpKind::Yield(v) => format!("yield {}", v.0),
        OpKind::Await(v) => format!("await {}", v.0),
        OpKind::Try(v) => format!("try {}", v.0),
        OpKind::Raise(v) => format!("raise {}", v.0),
        OpKind::Jump(jump) => format!("{jump:?}").to_lowercase(),
        OpKind::Opaque => "?".to_owned(),
    }
}

fn operands_text(facts: &FileFacts, function: &Function, operands: Operands) -> String {
    let operand = |operand: &crate::facts::Operand| {
        let name = operand.name.map(|name| format!("{}=", facts.names.get(name))).unwrap_or_default();
        let form = match operand.form {
            OperandForm::Plain => "",
            OperandForm::Spread => "*",
            OperandForm::NamedSpread => "**",
            OperandForm::Key => "key ",
        };
        format!("{form}{name}{}", operand.value.0)
    };
    function.list(operands).iter().map(operand).collect::<Vec<_>>().join(", ")
}

/// Hold the tape of function `index` of `source` against `expected`, whose indentation counts only relative to its first line.
#[track_caller]
fn assert_tape(source: &str, index: u32, expected: &str) {
    let facts = extract(source);
    let got = tape(&facts, index);
    let base = expected.lines().find(|line| !line.trim().is_empty()).map_or(0, |line| line.len() - line.trim_start().len());
    let wanted: Vec<&str> =
        expected.lines().filter(|line| !line.trim().is_empty()).map(|line| line.get(base..).unwrap_or(line).trim_end()).collect();
    let wanted = wanted.join("\n");
    assert!(got == wanted, "{source}\n--- got\n{got}\n--- wanted\n{wanted}\n");
}

fn error(text: &str) -> Option<ExtractError> {
    RustFrontEnd::new().extract(text, &Limits::default()).err()
}
