//! How compose files merge and how variables are filled in, as its specification says.

use crate::deploy::processes::commands::Piece;
use crate::deploy::texts::shell::expansion;
use crate::deploy::texts::tree::{Key, Node, Value};

/// Keys whose value replaces the base's whole.
const REPLACED: [&str; 3] = ["command", "entrypoint", "test"];

/// `over` laid over `base`.
pub(super) fn merged(base: &Node, over: &Node) -> Node {
    match (&base.value, &over.value) {
        (Value::Map(below), Value::Map(above)) => {
            let mut entries: Vec<(Key, Node)> = Vec::with_capacity(below.len() + above.len());
            for (key, node) in below {
                match over.entry(&key.name) {
                    Some((own, over)) if REPLACED.contains(&&*key.name) => entries.push((own.clone(), over.clone())),
                    Some((own, over)) => entries.push((own.clone(), merged(node, over))),
                    None => entries.push((key.clone(), node.clone())),
                }
            }
            entries.extend(above.iter().filter(|(key, _)| base.entry(&key.name).is_none()).cloned());
            Node { place: over.place, value: Value::Map(entries) }
        }
        (Value::List(below), Value::List(above)) => {
            let same = |a: &Node, b: &Node| target(a).is_some() && target(a) == target(b);
            let kept = below.iter().filter(|node| !above.iter().any(|own| same(own, node)));
            Node { place: over.place, value: Value::List(kept.chain(above).cloned().collect()) }
        }
        (_, Value::Null) => base.clone(),
        _ => over.clone(),
    }
}

/// What tells an item of a list of volumes, ports or variables from another one.
fn target(node: &Node) -> Option<&str> {
    match node.text() {
        Some(text) => match text.split_once('=') {
            Some((name, _)) => Some(name),
            None => text.trim_end_matches(":ro").trim_end_matches(":rw").rsplit(':').next(),
        },
        None => node.text_at("target"),
    }
}

/// The tree with variables filled in. One that nobody sets and that has no default makes its value unknown: whoever starts the
/// stack sets it.
pub(super) fn interpolated(node: &Node) -> Node {
    let filled = match &node.value {
        Value::Scalar(text) if text.contains('$') => fill(text, false).map_or(Value::Unknown, |text| Value::Scalar(text.into())),
        Value::List(items) => Value::List(items.iter().map(interpolated).collect()),
        Value::Map(entries) => {
            let filled = |(key, node): &(Key, Node)| {
                let mut filled = interpolated(node);
                if filled.value == Value::Unknown && &*key.name == "image" {
                    filled.value = node.text().and_then(named_image).map_or(Value::Unknown, |name| Value::Scalar(name.into()));
                }
                if matches!(&*key.name, "command" | "entrypoint") {
                    leave_unset(node, &mut filled);
                }
                (key.clone(), filled)
            };
            Value::Map(entries.iter().map(filled).collect())
        }
        other => other.clone(),
    };
    Node { place: node.place, value: filled }
}

/// In what is run, a variable that nobody sets is no more unknown than one of the shell's: it stays as it is written, unless the command
/// begins with it. In a list that holds for the text that a shell reads.
fn leave_unset(written: &Node, filled: &mut Node) {
    let left = |node: &Node| {
        let text = node.text().filter(|text| !text.trim_start().starts_with('$'))?;
        Some(Value::Scalar(fill(text, true)?.into()))
    };
    if filled.value == Value::Unknown {
        filled.value = left(written).unwrap_or(Value::Unknown);
    }
    let Value::List(items) = &mut filled.value else { return };
    let is_shells = |flag: &Node| flag.text().is_some_and(|flag| flag.starts_with('-') && flag.ends_with('c'));
    for (at, item) in items.iter_mut().enumerate().skip(1).filter(|(_, item)| item.value == Value::Unknown) {
        let list = written.items();
        if let Some(text) = list.get(at - 1).filter(|flag| is_shells(flag)).and_then(|_| left(list.get(at)?)) {
            item.value = text;
        }
    }
}

/// Services that name the image of another service with the same words, which that one builds: whatever the words stand for, it is the
/// same image.
pub(super) fn share_builds(written: &Node, filled: &mut Node) {
    let services = written.get("services").map_or(&[][..], Node::entries);
    let image = |node: &Node| node.text_at("image").filter(|image| image.contains('$')).map(str::to_owned);
    let Some(made) = filled.get("services").cloned() else { return };
    let build_of = |name: &str| made.get(name)?.entry("build").map(|(key, node)| (key.clone(), node.clone()));
    let builds: Vec<(String, (Key, Node))> =
        services.iter().filter_map(|(key, node)| Some((image(node)?, build_of(&key.name)?))).collect();
    let Value::Map(entries) = &mut filled.value else { return };
    let Some((_, Node { value: Value::Map(own), .. })) = entries.iter_mut().find(|(key, _)| &*key.name == "services") else {
        return;
    };
    for (key, node) in services.iter().filter(|(_, node)| node.get("build").is_none()) {
        let Some(image) = image(node) else { continue };
        let mut same = builds.iter().filter(|(name, _)| *name == image).map(|(_, build)| build);
        let (Some(build), None) = (same.next(), same.next()) else { continue };
        if let Some((_, Node { value: Value::Map(service), .. })) = own.iter_mut().find(|(own, _)| own.name == key.name)
            && !service.iter().any(|(key, node)| &*key.name == "image" && node.text().is_some())
        {
            service.push(build.clone());
        }
    }
}

/// The name of an image of which nobody knows the tag or the registry: `${REGISTRY}/shop:${TAG}`.
fn named_image(text: &str) -> Option<&str> {
    let name = text.rsplit('/').next().unwrap_or(text).split([':', '@']).next().unwrap_or_default();
    (!name.is_empty() && !name.contains(['$', '{', '}'])).then_some(name)
}

/// A text with its variables filled in; one that is not known leaves nothing, or stands there as `${NAME}`.
fn fill(text: &str, leaves: bool) -> Option<String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("$$") {
            filled.push('$');
            rest = after;
            continue;
        }
        let (piece, length) = expansion(rest, '$');
        match piece {
            Some(Piece::Variable { name, otherwise: None }) if leaves => filled.push_str(&format!("${{{name}}}")),
            Some(Piece::Variable { otherwise, .. }) => filled.push_str(&otherwise?),
            Some(_) => return None,
            None => filled.push('$'),
        }
        rest = &rest[length..];
    }
    filled.push_str(rest);
    Some(filled)
}
