//! Containers as Terraform's resources describe them, whatever the provider calls the fields.

use super::values::{MARK, shown, sure_text};
use crate::deploy::readers::words;
use crate::deploy::texts::tree::{Node, Value};
use crate::deploy::vocabulary::workloads::{Container, Mount, Placed, Port, Probe, Variable};

/// A list of words as a command: words that are partly unknown are unknown.
pub(super) fn line(node: Option<&Node>) -> Option<crate::deploy::processes::commands::Line> {
    let node = node?;
    let clean = |item: &Node| match item.text() {
        Some(text) if text.contains(MARK) => Node { place: item.place, value: Value::Unknown },
        _ => item.clone(),
    };
    match &node.value {
        Value::List(items) => words::exec(&Node { place: node.place, value: Value::List(items.iter().map(clean).collect()) }),
        _ => None,
    }
}

/// Whether a command is set, but not known.
pub(super) fn is_hidden(node: Option<&Node>) -> bool {
    node.is_some_and(|node| match &node.value {
        Value::Unknown => true,
        Value::Scalar(text) => text.contains(MARK),
        _ => false,
    })
}

/// A variable by its name and value.
pub(super) fn variable(name: &str, value: Option<&Node>, node: &Node) -> Variable {
    let value = value.and_then(sure_text).map(str::to_owned);
    Variable { name: shown(name), value, field: None, place: node.place }
}

/// Variables as lists or blocks of `name` and `value`.
pub(super) fn variables(container: &mut Container, items: &[&Node]) {
    for item in items {
        match item.text_at("name").filter(|name| !name.contains(MARK)) {
            Some(name) => container.env.push(variable(name, item.get("value"), item)),
            None => container.env_elsewhere = true,
        }
    }
}

/// Variables as a map of names to values.
pub(super) fn variable_map(container: &mut Container, node: Option<&Node>) {
    let Some(node) = node else { return };
    match &node.value {
        Value::Map(entries) => {
            for (key, value) in entries {
                if &*key.name == super::values::MORE {
                    container.env_elsewhere = true;
                } else {
                    container.env.push(variable(&key.name, Some(value), value));
                }
            }
        }
        _ => container.env_elsewhere = true,
    }
}

/// The image, where enough of its name is known to tell it from others.
pub(super) fn image(node: Option<&Node>) -> Option<Placed<String>> {
    let node = node?;
    let text = shown(node.text()?);
    let short = crate::deploy::processes::images::short_name(&text);
    (!short.is_empty() && !short.contains(MARK)).then(|| Placed::new(text, node.place))
}

/// A probe by its path, as providers that follow Kubernetes write it.
pub(super) fn probe(node: &Node) -> Probe {
    let number = |name: &str, otherwise: u32| node.get(name).map_or(Some(otherwise), Node::number);
    let budget = || {
        let delay = number("initial_delay_seconds", 0).or(number("initial_delay", 0))?;
        delay.checked_add(number("period_seconds", 10)?.checked_mul(number("failure_threshold", 3)?)?)
    };
    let path = super::resources::down(node, "http_get.path").map(|(_, path)| path).or_else(|| node.get("path"));
    let path = path.and_then(|path| Some(Placed::new(sure_text(path)?.to_owned(), path.place)));
    Probe { place: node.place, path, budget: budget() }
}

/// Ports by the name of their number.
pub(super) fn ports(items: &[&Node], name: &str) -> Vec<Port> {
    let port =
        |item: &&Node| Some(Port { name: None, container: Some(u16::try_from(item.get(name)?.number()?).ok()?), host: None });
    items.iter().filter_map(port).collect()
}

/// Mounts by the names of their fields.
pub(super) fn mounts(items: &[&Node], volume: &str, path: &str, read_only: &str) -> Vec<Mount> {
    let mount = |item: &&Node| {
        Some(Mount {
            volume: item.text_at(volume)?.to_owned(),
            path: item.text_at(path)?.to_owned(),
            read_only: item.get(read_only).and_then(Node::flag) == Some(true),
            place: item.place,
        })
    };
    items.iter().filter_map(mount).collect()
}
