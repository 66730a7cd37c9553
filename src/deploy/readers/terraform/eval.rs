//! Expressions of Terraform: what they are worth where files say enough.

use super::functions;
use super::scope::{At, Names, What, World};
use super::values::{
    MARK, MORE, key, list, number, of_number, only_reference, reference, same, scalar, sure_text, text_of, truth, unknown,
};
use crate::deploy::texts::hcl::{Block, Expr, For, Form, Operator, Step};
use crate::deploy::texts::tree::{Key, Node, Value};
use crate::finding::Place;

/// How deep expressions, and names in them, may lead.
pub(super) const DEEPEST: usize = 120;

/// Most items that one expression may make.
pub(super) const MOST_ITEMS: usize = 1_000;

impl<'t> World<'t> {
    /// What an expression is worth.
    pub(super) fn value(&self, at: At<'_, 't>, expr: &'t Expr) -> Node {
        self.attempt(at, expr).unwrap_or_else(|| unknown(expr.place))
    }

    /// The same; nothing where Terraform would report an error, which `try` asks for.
    pub(super) fn attempt(&self, at: At<'_, 't>, expr: &'t Expr) -> Option<Node> {
        if self.depth.get() >= DEEPEST || !self.spend(1) {
            return Some(unknown(expr.place));
        }
        self.depth.set(self.depth.get() + 1);
        let node = self.form(at, expr);
        self.depth.set(self.depth.get() - 1);
        node
    }

    fn form(&self, at: At<'_, 't>, expr: &'t Expr) -> Option<Node> {
        let place = expr.place;
        Some(match &expr.form {
            Form::Null => Node { place, value: Value::Null },
            Form::Scalar(text) => scalar(place, text.clone()),
            Form::Template(pieces) => self.template(at, place, pieces),
            Form::List(items) => list(place, items.iter().map(|item| self.value(at, item)).collect()),
            Form::Map(entries) => self.map(at, place, entries),
            Form::Name(name) => match at.names.find(name) {
                Some(node) if self.spend(super::values::size(node)) => node.clone(),
                _ => unknown(place),
            },
            Form::Path(root, steps) => return self.path(at, place, root, steps),
            Form::If(parts) => return self.choice(at, parts),
            Form::Call(name, arguments, spread) => return functions::call(self, at, place, name, arguments, *spread),
            Form::Not(inner) => match truth(&self.value(at, inner)) {
                Some(value) => scalar(place, (!value).to_string()),
                None => unknown(place),
            },
            Form::Minus(inner) => number(&self.value(at, inner)).map_or_else(|| unknown(place), |value| of_number(place, -value)),
            Form::Binary(operator, parts) => self.binary(at, place, *operator, parts),
            Form::For(each) => self.each(at, place, each),
            Form::Unknown => unknown(place),
        })
    }

    fn template(&self, at: At<'_, 't>, place: Place, pieces: &'t [Expr]) -> Node {
        match pieces {
            [Expr { form: Form::Scalar(text), .. }] => scalar(place, text.clone()),
            [only] => self.value(at, only),
            _ => {
                let pieces: Vec<Node> = pieces.iter().map(|piece| self.value(at, piece)).collect();
                scalar(place, text_of(&pieces))
            }
        }
    }

    fn map(&self, at: At<'_, 't>, place: Place, entries: &'t [(Expr, Expr)]) -> Node {
        let entry = |(name, value): &'t (Expr, Expr)| {
            let named = self.value(at, name);
            let name = sure_text(&named).unwrap_or(MORE);
            (key(name, named.place), self.value(at, value))
        };
        Node { place, value: Value::Map(entries.iter().map(entry).collect()) }
    }

    fn choice(&self, at: At<'_, 't>, parts: &'t [Expr; 3]) -> Option<Node> {
        let [condition, yes, no] = parts;
        match truth(&self.value(at, condition)) {
            Some(true) => self.attempt(at, yes),
            Some(false) => self.attempt(at, no),
            None => {
                let (yes, no) = (self.attempt(at, yes)?, self.attempt(at, no)?);
                let equal = same(&yes, &no) == Some(true);
                Some(if equal { yes } else { unknown(condition.place) })
            }
        }
    }

    fn binary(&self, at: At<'_, 't>, place: Place, operator: Operator, parts: &'t [Expr; 2]) -> Node {
        let [left, right] = parts;
        let left = self.value(at, left);
        let flag = |value: Option<bool>| value.map_or_else(|| unknown(place), |value| scalar(place, value.to_string()));
        // One side decides where it can.
        match (operator, truth(&left)) {
            (Operator::And, Some(false)) => return flag(Some(false)),
            (Operator::Or, Some(true)) => return flag(Some(true)),
            _ => {}
        }
        let right = self.value(at, right);
        let numbers = number(&left).zip(number(&right));
        let of = |make: fn(f64, f64) -> f64| numbers.map_or_else(|| unknown(place), |(a, b)| of_number(place, make(a, b)));
        let compared = |make: fn(&f64, &f64) -> bool| flag(numbers.map(|(a, b)| make(&a, &b)));
        match operator {
            Operator::Plus => of(|a, b| a + b),
            Operator::Minus => of(|a, b| a - b),
            Operator::Times => of(|a, b| a * b),
            Operator::By => of(|a, b| a / b),
            Operator::Rest => of(|a, b| a % b),
            Operator::Same => flag(same(&left, &right)),
            Operator::Other => flag(same(&left, &right).map(|same| !same)),
            Operator::Less => compared(f64::lt),
            Operator::AtMost => compared(f64::le),
            Operator::More => compared(f64::gt),
            Operator::AtLeast => compared(f64::ge),
            Operator::And => flag(match (truth(&left), truth(&right)) {
                (_, Some(false)) => Some(false),
                (a, b) => a.zip(b).map(|(a, b)| a && b),
            }),
            Operator::Or => flag(match (truth(&left), truth(&right)) {
                (_, Some(true)) => Some(true),
                (a, b) => a.zip(b).map(|(a, b)| a || b),
            }),
        }
    }

    fn each(&self, at: At<'_, 't>, place: Place, each: &'t For) -> Node {
        let over = self.value(at, &each.over);
        let pairs: Vec<(Node, Node)> = match over.value {
            Value::List(items) => {
                items.into_iter().enumerate().map(|(index, item)| (scalar(item.place, index.to_string()), item)).collect()
            }
            Value::Map(entries) => entries.into_iter().map(|(key, value)| (scalar(key.place, key.name), value)).collect(),
            _ => return unknown(place),
        };
        let (mut items, mut entries) = (Vec::new(), Vec::new());
        for (name, value) in pairs.into_iter().take(MOST_ITEMS) {
            let more = value.value == Value::Unknown && name.text().is_none_or(|name| name == MORE);
            let mut own = vec![(each.value.clone(), value)];
            own.extend(each.key.clone().map(|key| (key, name)));
            let names = Names { own, outer: Some(at.names) };
            let inner = At { scope: at.scope, names: &names };
            let taken = each.when.as_ref().map_or(Some(true), |when| truth(&self.value(inner, when)));
            if taken == Some(false) {
                continue;
            }
            let sure = taken == Some(true) && !more;
            match &each.keyed {
                None if sure => items.push(self.value(inner, &each.gives)),
                None => items.push(unknown(place)),
                Some(keyed) => {
                    let keyed = self.value(inner, keyed);
                    let name = sure_text(&keyed).filter(|_| sure).unwrap_or(MORE);
                    let value = if name == MORE || each.grouped { unknown(place) } else { self.value(inner, &each.gives) };
                    entries.push((key(name, keyed.place), value));
                }
            }
        }
        Node { place, value: if each.keyed.is_some() { Value::Map(entries) } else { Value::List(items) } }
    }

    fn path(&self, at: At<'_, 't>, place: Place, root: &'t Expr, steps: &'t [Step]) -> Option<Node> {
        let Form::Name(name) = &root.form else { return self.walk(at, self.attempt(at, root)?, steps) };
        if let Some(node) = at.names.find(name) {
            return self.walk(at, node.clone(), steps);
        }
        let Some((Step::Name(first), rest)) = steps.split_first() else { return Some(unknown(place)) };
        match &**name {
            "var" => self.walk(at, self.named(at.scope, What::Variable, first, place), rest),
            "local" => self.walk(at, self.named(at.scope, What::Local, first, place), rest),
            "module" => self.output(at, place, first, rest),
            "data" => {
                let Some((Step::Name(second), rest)) = rest.split_first() else { return Some(unknown(place)) };
                let block = at.scope.module.data.get(&(&**first, &**second));
                self.resource(at, place, block, &format!("{}data.{first}.{second}", at.scope.address), rest)
            }
            "path" => {
                let root = self.scope(0).map(|root| root.module.folder.clone()).filter(|_| &**first != "module");
                Some(scalar(place, root.unwrap_or_else(|| at.scope.module.folder.clone())))
            }
            "each" | "count" | "terraform" | "self" => Some(unknown(place)),
            kind => {
                let block = at.scope.module.resources.get(&(kind, &**first));
                self.resource(at, place, block, &format!("{}{kind}.{first}", at.scope.address), rest)
            }
        }
    }

    /// `module.name.output`, `module.name["key"].output`.
    fn output(&self, at: At<'_, 't>, place: Place, name: &str, steps: &'t [Step]) -> Option<Node> {
        let copies = self.children(at.scope, name);
        let (wanted, rest) = match steps.split_first() {
            Some((Step::Index(index), rest)) => (Some(self.value(at, index)), rest),
            _ => (None, steps),
        };
        let matching = |copy: &&super::scope::Instance| match &wanted {
            None => true,
            Some(index) => {
                sure_text(index).is_some_and(|text| copy.key == format!("[\"{text}\"]") || copy.key == format!("[{text}]"))
            }
        };
        let scope = copies.iter().find(matching).and_then(|copy| self.scope(copy.scope?));
        match (scope, rest.split_first()) {
            (Some(scope), Some((Step::Name(output), rest))) => {
                self.walk(at, self.named(&scope, What::Output, output, place), rest)
            }
            _ => Some(unknown(place)),
        }
    }

    /// What a resource would give, as a text that names it; an error where there is none of it.
    fn resource(
        &self,
        at: At<'_, 't>,
        place: Place,
        block: Option<&&'t Block>,
        address: &str,
        steps: &'t [Step],
    ) -> Option<Node> {
        let Some(block) = block else { return Some(unknown(place)) };
        let repeated = block.body.get("count").or_else(|| block.body.get("for_each")).is_some();
        let none = repeated
            && matches!(steps.first(), Some(Step::Index(_) | Step::All))
            && self.copies(at.scope, &block.body).is_empty();
        match steps.split_first() {
            Some((Step::All, _)) if none => Some(list(place, Vec::new())),
            Some((Step::Index(_), _)) if none => None,
            Some((Step::Index(index), rest)) => {
                let index = self.value(at, index);
                let address = match sure_text(&index) {
                    Some(text) if text.parse::<u32>().is_ok() => format!("{address}[{text}]"),
                    Some(text) => format!("{address}[\"{text}\"]"),
                    None => address.to_owned(),
                };
                self.walk(at, reference(place, &address, ""), rest)
            }
            _ => self.walk(at, reference(place, address, ""), steps),
        }
    }

    /// Down a path from a value.
    fn walk(&self, at: At<'_, 't>, node: Node, steps: &'t [Step]) -> Option<Node> {
        let mut node = node;
        for (index, step) in steps.iter().enumerate() {
            let place = node.place;
            node = match (step, node.value) {
                (_, Value::Unknown) => return Some(unknown(place)),
                (Step::Name(name), Value::Map(entries)) => entry(entries, name, place)?,
                (Step::Name(name), Value::Scalar(text)) if text.contains(MARK) => {
                    let node = scalar(place, text);
                    let (address, attribute) = only_reference(&node)?;
                    let dot = if attribute.is_empty() { "" } else { "." };
                    reference(place, address, &format!("{attribute}{dot}{name}"))
                }
                (Step::Index(_), Value::Scalar(text)) if text.contains(MARK) => scalar(place, text),
                (Step::Index(wanted), value) => {
                    let wanted = self.value(at, wanted);
                    let Some(wanted) = sure_text(&wanted) else { return Some(unknown(place)) };
                    match value {
                        Value::Map(entries) => entry(entries, wanted, place)?,
                        Value::List(items) => item(items, wanted, place)?,
                        _ => return None,
                    }
                }
                (Step::All, value) => {
                    let items = match value {
                        Value::List(items) => items,
                        Value::Null => Vec::new(),
                        value => vec![Node { place, value }],
                    };
                    let rest = &steps[index + 1..];
                    let walked = items.into_iter().map(|item| self.walk(at, item, rest).unwrap_or_else(|| unknown(place)));
                    return Some(list(place, walked.collect()));
                }
                (Step::Name(_), _) => return None,
            };
        }
        Some(node)
    }
}

/// What a map has under a name; unknown where it may have more than is known, an error where it has not.
fn entry(entries: Vec<(Key, Node)>, name: &str, place: Place) -> Option<Node> {
    let more = entries.iter().any(|(key, _)| &*key.name == MORE);
    let found = entries.into_iter().rev().find(|(key, _)| &*key.name == name).map(|(_, node)| node);
    found.or_else(|| more.then(|| unknown(place)))
}

fn item(items: Vec<Node>, index: &str, place: Place) -> Option<Node> {
    let index: usize = index.parse().ok()?;
    let spread = items.iter().take(index.saturating_add(1)).any(|item| item.value == Value::Unknown);
    if spread {
        return Some(unknown(place));
    }
    let more = items.iter().any(|item| item.value == Value::Unknown);
    items.into_iter().nth(index).or_else(|| more.then(|| unknown(place)))
}
