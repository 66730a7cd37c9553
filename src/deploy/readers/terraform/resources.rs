//! The resources of one root in one scenario, evaluated, and how they are found by what refers to them.

use super::values::{references, shown, truth};
use crate::deploy::readers::words;
use crate::deploy::texts::hcl::{Body, Form};
use crate::deploy::texts::tree::{Key, Node, Value};
use crate::deploy::vocabulary::stages::Stage;
use crate::deploy::vocabulary::workloads::Placed;
use crate::finding::Place;

/// One resource, evaluated.
#[derive(Debug)]
pub(super) struct Resource<'t> {
    /// `aws_ecs_service`; `data.` before it when it is looked up only.
    pub kind: String,
    /// Its name in the files.
    pub label: &'t str,
    /// `module.web.aws_ecs_service.app["a"]`.
    pub address: String,
    /// From its first word to its last label.
    pub place: Place,
    /// What it says.
    pub node: Node,
    /// Whether it exists for sure, once.
    pub sure: bool,
    pub body: &'t Body,
}

/// Everything of one root in one scenario.
#[derive(Debug)]
pub(super) struct Stack<'t> {
    pub resources: Vec<Resource<'t>>,
    /// The folder of the root.
    pub root: String,
    /// What root and scenario are for.
    pub stage: Stage,
    /// Whether somebody else uses the root as a module: then its variables are not known.
    pub assumed: bool,
    /// Where defaults of the root's variables stand, when no file of values is in the tree: whoever applies it may say otherwise.
    pub defaults: Vec<Place>,
}

/// What a setting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Switch {
    On,
    Off,
    Absent,
    Unknown,
}

impl Resource<'_> {
    /// Down a path of attributes and blocks, of which the first counts.
    pub(super) fn at(&self, path: &str) -> Option<(&Key, &Node)> {
        down(&self.node, path)
    }

    /// The node there, unless it is nothing.
    pub(super) fn get(&self, path: &str) -> Option<&Node> {
        self.at(path).map(|(_, node)| node).filter(|node| node.value != Value::Null)
    }

    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.get(path)?.text()
    }

    /// A number with the place of its value.
    pub(super) fn number(&self, path: &str) -> Option<Placed<u32>> {
        let node = self.get(path)?;
        Some(Placed::new(node.number()?, node.place))
    }

    pub(super) fn switch(&self, path: &str) -> Switch {
        switch(&self.node, path)
    }

    /// Every block or item under a path.
    pub(super) fn all(&self, path: &str) -> Vec<&Node> {
        all(&self.node, path)
    }

    /// What it is called where it runs: its name there, else that in the files.
    pub(super) fn name(&self, path: &str) -> String {
        let named = self.text(path).map(shown).filter(|name| name.chars().any(char::is_alphanumeric));
        named.unwrap_or_else(|| self.label.to_owned())
    }

    /// From the key of a setting to the end of its value, where both stand together.
    pub(super) fn setting_place(&self, path: &str) -> Place {
        self.at(path).map_or(self.place, |(key, node)| setting_place(key, node))
    }

    /// Whether changes of an attribute are left to others.
    pub(super) fn ignores(&self, attribute: &str) -> bool {
        let lifecycle = self.body.blocks.iter().filter(|block| &*block.kind.name == "lifecycle");
        lifecycle.filter_map(|block| block.body.get("ignore_changes")).any(|ignored| match &ignored.form {
            Form::Name(name) => &**name == "all",
            Form::List(items) => items.iter().any(|item| match &item.form {
                Form::Name(name) | Form::Scalar(name) => &**name == attribute,
                _ => false,
            }),
            _ => false,
        })
    }

    /// Whether some text of the value under a path would come from the resource at `address`.
    pub(super) fn refers(&self, path: &str, address: &str) -> bool {
        self.get(path).is_some_and(|node| mentions(node, address))
    }
}

/// Whether some text in a value would come from the resource at `address`.
pub(super) fn mentions(node: &Node, address: &str) -> bool {
    let mut stack = vec![node];
    while let Some(next) = stack.pop() {
        if next.text().is_some_and(|text| references(text).any(|(of, _)| is_of(of, address))) {
            return true;
        }
        stack.extend(next.items());
        stack.extend(next.entries().iter().map(|(_, node)| node));
    }
    false
}

/// Whether a reference means a resource: the same copy, or a copy that is not said.
fn is_of(reference: &str, address: &str) -> bool {
    let bare =
        |text: &str| -> Option<String> { text.ends_with(']').then(|| text[..text.rfind('[')?].to_owned().into()).flatten() };
    reference == address
        || bare(address).is_some_and(|bare| bare == reference)
        || bare(reference).is_some_and(|bare| bare == address)
}

/// From a key to its value when that stands on the same spot of the file, else the key alone.
pub(super) fn setting_place(key: &Key, node: &Node) -> Place {
    let gap = node.place.span.start.saturating_sub(key.place.span.end);
    if node.place.file == key.place.file && node.place.span.start >= key.place.span.end && gap < 60 && node.items().is_empty() {
        words::joined(key.place, node.place)
    } else {
        key.place
    }
}

pub(super) fn down<'n>(node: &'n Node, path: &str) -> Option<(&'n Key, &'n Node)> {
    let mut node = node;
    let mut found = None;
    for name in path.split('.') {
        if let Value::List(items) = &node.value {
            node = items.first()?;
        }
        let (key, next) = node.entry(name)?;
        found = Some((key, next));
        node = next;
    }
    found
}

pub(super) fn all<'n>(node: &'n Node, path: &str) -> Vec<&'n Node> {
    match down(node, path) {
        Some((_, node)) => match &node.value {
            Value::List(items) => items.iter().collect(),
            Value::Map(_) => vec![node],
            _ => Vec::new(),
        },
        None => Vec::new(),
    }
}

/// What a setting is, blocks on the way that are not known counted.
pub(super) fn switch(node: &Node, path: &str) -> Switch {
    let mut node = node;
    for name in path.split('.') {
        match &node.value {
            Value::Unknown => return Switch::Unknown,
            Value::List(items) => match items.first() {
                Some(first) => node = first,
                None => return Switch::Absent,
            },
            _ => {}
        }
        match node.entry(name) {
            Some((_, next)) => node = next,
            None if node.entry(super::values::MORE).is_some() => return Switch::Unknown,
            None => return Switch::Absent,
        }
    }
    match (&node.value, truth(node)) {
        (Value::Null, _) => Switch::Absent,
        (Value::Unknown, _) => Switch::Unknown,
        (_, Some(true)) => Switch::On,
        (_, Some(false)) => Switch::Off,
        (Value::Scalar(text), None) if text.contains(super::values::MARK) => Switch::Unknown,
        (_, None) => Switch::On,
    }
}

impl<'t> Stack<'t> {
    pub(super) fn of_kind<'s>(&'s self, kind: &'s str) -> impl Iterator<Item = &'s Resource<'t>> {
        self.resources.iter().filter(move |resource| resource.kind == kind)
    }

    /// The resources that a text would come from.
    pub(super) fn referred(&self, node: &Node) -> Vec<&Resource<'t>> {
        self.resources.iter().filter(|resource| mentions(node, &resource.address)).collect()
    }

    /// What a resource is for.
    pub(super) fn stage_of(&self, resource: &Resource<'_>, name: &str) -> Stage {
        self.stage.or(Stage::of_name(name)).or(Stage::of_name(resource.label)).or(module_stage(&resource.address))
    }

    /// Whether a value is the default of a variable that is set elsewhere, maybe.
    pub(super) fn is_default(&self, place: Place) -> bool {
        let around = |default: &Place| {
            default.file == place.file && default.span.start <= place.span.start && place.span.end <= default.span.end
        };
        self.defaults.iter().any(around)
    }

    /// Whether one of these settings of a resource is such a value.
    pub(super) fn is_left_open(&self, resource: &Resource<'_>, paths: &[&str]) -> bool {
        paths.iter().filter_map(|path| resource.at(path)).any(|(_, node)| self.is_default(node.place))
    }

    /// Whether what a resource does not say is not said anywhere.
    pub(super) fn whole(&self, resource: &Resource<'_>) -> bool {
        resource.sure && !self.assumed
    }
}

/// The words of the modules on the way: `module.staging_db.`
fn module_stage(address: &str) -> Stage {
    let modules = address.split("module.").skip(1).filter_map(|rest| rest.split(['.', '[']).next());
    modules.map(Stage::of_name).fold(Stage::Unclear, Stage::or)
}
