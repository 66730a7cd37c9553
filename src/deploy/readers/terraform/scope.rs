//! Modules of Terraform and where they are used: what a name means in one use of one module.

use super::values::{MARK, moved, size, unknown};
use crate::deploy::texts::dockerfile::join;
use crate::deploy::texts::hcl::{Block, Body, Expr};
use crate::deploy::texts::tree::{Node, Value};
use crate::finding::Place;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// How deep modules may use modules.
const DEEPEST: usize = 8;

/// Most uses of modules below one root.
const MOST_SCOPES: usize = 400;

/// Most copies of one block.
const MOST_COPIES: usize = 32;

/// How many values may be made for one root.
const BUDGET: usize = 200_000;

/// The files of one folder.
#[derive(Debug, Default)]
pub(super) struct Module<'t> {
    pub folder: String,
    pub variables: BTreeMap<&'t str, &'t Block>,
    pub locals: BTreeMap<&'t str, &'t Expr>,
    pub outputs: BTreeMap<&'t str, &'t Expr>,
    pub calls: BTreeMap<&'t str, &'t Block>,
    /// Resources, by kind and name.
    pub resources: BTreeMap<(&'t str, &'t str), &'t Block>,
    /// What is looked up, by kind and name.
    pub data: BTreeMap<(&'t str, &'t str), &'t Block>,
    /// Whether it says where its state lies or with which accounts it works: then people apply it as it is.
    pub is_applied: bool,
}

impl<'t> Module<'t> {
    pub(super) fn add(&mut self, body: &'t Body) {
        for block in &body.blocks {
            let label = |at: usize| block.labels.get(at).map_or("", |label| &**label);
            match &*block.kind.name {
                "variable" => drop(self.variables.insert(label(0), block)),
                "locals" => self.locals.extend(block.body.attributes.iter().map(|(key, value)| (&*key.name, value))),
                "output" => self.outputs.extend(block.body.get("value").map(|value| (label(0), value))),
                "module" => drop(self.calls.insert(label(0), block)),
                "resource" => drop(self.resources.insert((label(0), label(1)), block)),
                "data" => drop(self.data.insert((label(0), label(1)), block)),
                "provider" => self.is_applied = true,
                "terraform" => {
                    let inner = block.body.blocks.iter().map(|block| &*block.kind.name);
                    self.is_applied |= inner.into_iter().any(|kind| matches!(kind, "backend" | "cloud"));
                }
                _ => {}
            }
        }
    }

    /// The folder of a module that one of its blocks uses, when that is in the tree.
    pub(super) fn source(&self, call: &Block) -> Option<String> {
        let crate::deploy::texts::hcl::Form::Scalar(source) = &call.body.get("source")?.form else { return None };
        (source.starts_with("./") || source.starts_with("../")).then(|| join(&self.folder, source))
    }
}

/// Where the values of a module's variables come from.
#[derive(Debug)]
pub(super) enum Inputs<'t> {
    /// Files of values; what stands last counts.
    Root(BTreeMap<&'t str, &'t Expr>),
    /// The block that uses the module, in another scope, with names that hold there.
    Call(usize, &'t Block, Vec<(Box<str>, Node)>),
}

/// What a name is worth, with its size; nothing while that is being found out.
type Memo = Option<(Node, usize)>;

/// One use of a module.
#[derive(Debug)]
pub(super) struct Scope<'t> {
    pub id: usize,
    pub module: &'t Module<'t>,
    pub inputs: Inputs<'t>,
    /// `module.web.`, empty for the root.
    pub address: String,
    depth: usize,
    memo: RefCell<BTreeMap<(What, &'t str), Memo>>,
    children: RefCell<BTreeMap<&'t str, Vec<Instance>>>,
}

/// One copy of a block that `count` or `for_each` repeats.
#[derive(Debug, Clone)]
pub(super) struct Instance {
    /// `["web"]`, `[0]`, or nothing.
    pub key: String,
    /// `each` and `count` in it.
    pub names: Vec<(Box<str>, Node)>,
    /// Whether it exists for sure.
    pub sure: bool,
    /// The scope of a module's use.
    pub scope: Option<usize>,
}

/// What a name is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    Variable,
    Local,
    Output,
}

/// Names that hold in a part of an expression.
#[derive(Debug, Default)]
pub(super) struct Names<'a> {
    pub own: Vec<(Box<str>, Node)>,
    pub outer: Option<&'a Names<'a>>,
}

impl Names<'_> {
    pub(super) fn find(&self, name: &str) -> Option<&Node> {
        let mut next = Some(self);
        while let Some(names) = next {
            if let Some((_, node)) = names.own.iter().rev().find(|(own, _)| &**own == name) {
                return Some(node);
            }
            next = names.outer;
        }
        None
    }
}

/// Where an expression stands: its scope, and names that hold there.
#[derive(Debug, Clone, Copy)]
pub(super) struct At<'a, 't> {
    pub scope: &'a Scope<'t>,
    pub names: &'a Names<'a>,
}

/// All scopes below one root, in one scenario.
#[derive(Debug)]
pub(super) struct World<'t> {
    pub modules: &'t BTreeMap<String, Module<'t>>,
    /// Texts that are filled with values, by path.
    templates: &'t BTreeMap<&'t str, &'t str>,
    scopes: RefCell<Vec<Rc<Scope<'t>>>>,
    left: Cell<usize>,
    pub depth: Cell<usize>,
}

impl<'t> World<'t> {
    pub(super) fn new(
        (modules, templates): (&'t BTreeMap<String, Module<'t>>, &'t BTreeMap<&'t str, &'t str>),
        root: &'t Module<'t>,
        values: BTreeMap<&'t str, &'t Expr>,
    ) -> Self {
        let world = Self { modules, templates, scopes: RefCell::default(), left: Cell::new(BUDGET), depth: Cell::new(0) };
        world.add(root, Inputs::Root(values), String::new(), 0);
        world
    }

    /// The text at a path.
    pub(super) fn template_at(&self, path: &str) -> Option<&'t str> {
        self.templates.get(join("", path).as_str()).copied()
    }

    fn add(&self, module: &'t Module<'t>, inputs: Inputs<'t>, address: String, depth: usize) -> usize {
        let mut scopes = self.scopes.borrow_mut();
        let id = scopes.len();
        scopes.push(Rc::new(Scope {
            id,
            module,
            inputs,
            address,
            depth,
            memo: RefCell::default(),
            children: RefCell::default(),
        }));
        id
    }

    pub(super) fn scope(&self, id: usize) -> Option<Rc<Scope<'t>>> {
        self.scopes.borrow().get(id).cloned()
    }

    /// Whether so many values may still be made.
    pub(super) fn spend(&self, values: usize) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(values));
        left > values
    }

    /// Every scope, modules opened one after the other.
    pub(super) fn open_all(&self) -> Vec<Rc<Scope<'t>>> {
        let mut at = 0;
        while let Some(scope) = self.scope(at) {
            for name in scope.module.calls.keys() {
                self.children(&scope, name);
            }
            at += 1;
        }
        self.scopes.borrow().clone()
    }

    /// The uses of a module by one block; none when it is not in the tree.
    pub(super) fn children(&self, scope: &Scope<'t>, name: &str) -> Vec<Instance> {
        let Some((&name, &call)) = scope.module.calls.get_key_value(name) else { return Vec::new() };
        if let Some(known) = scope.children.borrow().get(name) {
            return known.clone();
        }
        scope.children.borrow_mut().insert(name, Vec::new());
        let module = scope.module.source(call).and_then(|folder| self.modules.get(&folder));
        let Some(module) = module.filter(|_| scope.depth < DEEPEST) else { return Vec::new() };
        let mut copies = self.copies(scope, &call.body);
        for copy in &mut copies {
            if self.scopes.borrow().len() >= MOST_SCOPES {
                break;
            }
            let address = format!("{}module.{name}{}.", scope.address, copy.key);
            let inputs = Inputs::Call(scope.id, call, copy.names.clone());
            copy.scope = Some(self.add(module, inputs, address, scope.depth + 1));
        }
        scope.children.borrow_mut().insert(name, copies.clone());
        copies
    }

    /// The copies that `count` and `for_each` make of a block.
    pub(super) fn copies(&self, scope: &Scope<'t>, body: &'t Body) -> Vec<Instance> {
        let at = At { scope, names: &Names::default() };
        if let Some(count) = body.get("count") {
            let node = self.value(at, count);
            return match node.number().map(|number| number as usize) {
                Some(number) => (0..number.min(MOST_COPIES))
                    .map(|index| Instance::numbered(Some(index), super::values::scalar(node.place, index.to_string()), true))
                    .collect(),
                None => vec![Instance::numbered(None, unknown(node.place), false)],
            };
        }
        if let Some(each) = body.get("for_each") {
            let node = self.value(at, each);
            return match &node.value {
                Value::Map(entries) => {
                    let known = entries.iter().filter(|(key, _)| !key.name.contains(MARK));
                    known
                        .take(MOST_COPIES)
                        .map(|(key, value)| {
                            Instance::keyed(&key.name, super::values::scalar(key.place, &*key.name), value.clone())
                        })
                        .collect()
                }
                Value::List(items) => {
                    let texts = items.iter().filter_map(|item| Some((super::values::sure_text(item)?, item)));
                    texts.take(MOST_COPIES).map(|(text, item)| Instance::keyed(text, item.clone(), item.clone())).collect()
                }
                Value::Null => Vec::new(),
                _ => vec![Instance {
                    sure: false,
                    key: String::new(),
                    ..Instance::keyed("", unknown(node.place), unknown(node.place))
                }],
            };
        }
        vec![Instance { key: String::new(), names: Vec::new(), sure: true, scope: None }]
    }

    /// What a variable, a local value or an output is.
    pub(super) fn named(&self, scope: &Scope<'t>, what: What, name: &str, place: Place) -> Node {
        let table = |name: &str| match what {
            What::Variable => scope.module.variables.get_key_value(name).map(|(&name, _)| name),
            What::Local => scope.module.locals.get_key_value(name).map(|(&name, _)| name),
            What::Output => scope.module.outputs.get_key_value(name).map(|(&name, _)| name),
        };
        let Some(name) = table(name) else { return unknown(place) };
        if let Some(known) = scope.memo.borrow().get(&(what, name)) {
            return match known {
                Some((node, size)) if self.spend(*size) => node.clone(),
                _ => unknown(place),
            };
        }
        scope.memo.borrow_mut().insert((what, name), None);
        let node = self.find(scope, what, name, place);
        scope.memo.borrow_mut().insert((what, name), Some((node.clone(), size(&node))));
        node
    }

    fn find(&self, scope: &Scope<'t>, what: What, name: &'t str, place: Place) -> Node {
        let at = At { scope, names: &Names::default() };
        match what {
            What::Local => scope.module.locals.get(name).map_or_else(|| unknown(place), |value| self.value(at, value)),
            What::Output => scope.module.outputs.get(name).map_or_else(|| unknown(place), |value| self.value(at, value)),
            What::Variable => {
                let given = match &scope.inputs {
                    Inputs::Root(values) => values.get(name).map(|value| self.value(at, value)),
                    Inputs::Call(parent, call, names) => call.body.get(name).map(|value| {
                        let Some(parent) = self.scope(*parent) else { return unknown(place) };
                        self.value(At { scope: &parent, names: &Names { own: names.clone(), outer: None } }, value)
                    }),
                };
                let variable = scope.module.variables.get(name);
                let refuses = variable
                    .and_then(|variable| variable.body.get("nullable"))
                    .is_some_and(|nullable| super::values::truth(&self.value(at, nullable)) == Some(false));
                match given {
                    Some(node) if !(refuses && node.value == Value::Null) => self.with_defaults(at, variable, node),
                    _ => {
                        let default = variable.and_then(|variable| variable.body.get("default"));
                        default.map_or_else(
                            || unknown(place),
                            |default| {
                                let node = self.value(at, default);
                                self.with_defaults(at, variable, node)
                            },
                        )
                    }
                }
            }
        }
    }

    /// Absent attributes of `object({a = optional(number, 1)})` are filled in.
    fn with_defaults(&self, at: At<'_, 't>, variable: Option<&&'t Block>, node: Node) -> Node {
        let wanted = variable.and_then(|variable| variable.body.get("type"));
        wanted.map_or(node.clone(), |wanted| self.filled(at, wanted, node))
    }
}

impl Instance {
    fn numbered(index: Option<usize>, node: Node, sure: bool) -> Self {
        let place = node.place;
        let count = Node { place, value: Value::Map(vec![(super::values::key("index", place), node)]) };
        let key = index.map_or_else(String::new, |index| format!("[{index}]"));
        Self { key, names: vec![("count".into(), count)], sure, scope: None }
    }

    fn keyed(key: &str, name: Node, value: Node) -> Self {
        let place = name.place;
        let entries = vec![(super::values::key("key", place), name), (super::values::key("value", place), value)];
        let each = Node { place, value: Value::Map(entries) };
        Self { key: format!("[\"{key}\"]"), names: vec![("each".into(), each)], sure: true, scope: None }
    }
}

/// The value at one place, for what is read from a text inside of a text.
pub(super) fn decoded(text: &str, place: Place) -> Option<Node> {
    let (mut documents, error) = crate::deploy::texts::yaml::documents(text);
    if error.is_some() || documents.len() != 1 {
        return None;
    }
    documents.pop().map(|node| moved(node, place))
}
