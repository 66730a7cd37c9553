//! Packs the models of one language for the program, in the layout of [`super::layout`]. Part of `build.rs`, and of nothing else.
//!
//! Names get their nodes in the order in which [`Models::compile`](crate::models::Models::compile) makes them of the same files, and
//! likewise types and behaviours; `tests/models.rs` holds both against each other.

use super::layout::{self, Aside, Choice, Head, PackedEnding, PackedExtension, Table};
use super::schema::{Behaviour, ModelFile, TypeModel};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

type Failure = Box<dyn std::error::Error>;

#[derive(Default)]
struct Node {
    parent: u32,
    name: String,
    children: BTreeMap<String, u32>,
    act: u32,
    ty: u32,
    alias: u32,
    /// Something else than a choice of versions needs it.
    solid: bool,
    chosen: bool,
}

/// Who a behaviour belongs to: its file, the start of what its methods are called, what to do instead on an event loop.
#[derive(Clone, Copy)]
struct Owner<'f> {
    file: &'f ModelFile,
    head: u32,
    blocks: Option<&'f String>,
}

/// What is packed so far.
#[derive(Default)]
struct Packer {
    separator: &'static str,
    nodes: Vec<Node>,
    acts: Vec<[u32; 8]>,
    types: Vec<[u32; 11]>,
    methods: Vec<[u32; 3]>,
    /// Name and type of each method.
    named: Vec<(String, u32)>,
    bases: Vec<[u32; 1]>,
    heads: Vec<[u32; 2]>,
    aside: Aside,
    text: String,
    /// Where texts are that are there already.
    known: HashMap<String, [u32; 2]>,
}

/// The words and the text of the models of one language.
///
/// # Errors
/// What is said twice, what names an unknown type, and values that JSON without its defaults does not keep.
pub(super) fn pack(files: &[ModelFile], separator: &'static str) -> Result<(Vec<u8>, String), Failure> {
    let mut packer = Packer { separator, nodes: vec![Node { solid: true, ..Node::default() }], ..Packer::default() };
    for file in files {
        for ty in &file.types {
            packer.declare(file, ty)?;
        }
    }
    let mut ty = 0;
    for (file, head) in files.iter().zip(0..) {
        packer.file(file, head, &mut ty)?;
    }
    for file in files {
        for (from, to) in &file.alias {
            let target = packer.node(to, true);
            let alias = packer.node(from, true);
            packer.nodes[alias as usize].alias = target + 1;
        }
    }
    packer.endings(files);
    packer.finish()
}

impl Packer {
    fn declare(&mut self, file: &ModelFile, ty: &TypeModel) -> Result<(), Failure> {
        self.types.push([0; 11]);
        let id = self.types.len() as u32;
        for path in &ty.name {
            let node = self.node(path, true);
            if std::mem::replace(&mut self.nodes[node as usize].ty, id) != 0 {
                return Err(format!("{}: {path}: the type is described twice", file.package).into());
            }
        }
        Ok(())
    }

    fn file(&mut self, file: &ModelFile, head: u32, ty: &mut u32) -> Result<(), Failure> {
        let place = self.json(&Head { package: file.package.clone(), advice: file.advice.clone() })?;
        self.heads.push(place);
        let owner = Owner { file, head, blocks: file.blocks.as_ref() };
        let mut calls: BTreeMap<&str, Vec<&Arc<Behaviour>>> = BTreeMap::new();
        for call in &file.call {
            for name in &call.name {
                calls.entry(name).or_default().push(call);
            }
        }
        for (name, variants) in calls {
            let always = variants.iter().any(|variant| variant.versions.is_none());
            let acts = variants.iter().map(|variant| self.act(owner, name, variant)).collect::<Result<Vec<_>, _>>()?;
            let node = self.node(name, always);
            let place = &mut self.nodes[node as usize];
            if place.act != 0 || place.chosen {
                return Err(format!("{}: {name}: the call is described twice, in another file too", file.package).into());
            }
            match acts.as_slice() {
                [act] if always => place.act = act + 1,
                _ => {
                    place.chosen = true;
                    let variants = variants.iter().map(|variant| variant.versions.clone());
                    self.aside.choices.push(Choice {
                        node,
                        packages: packages(file),
                        variants: acts.into_iter().zip(variants).collect(),
                    });
                }
            }
        }
        for model in &file.types {
            self.ty(owner, model, *ty)?;
            *ty += 1;
        }
        for extension in &file.extension {
            let imports = extension.import.iter().map(|path| self.node(path, true)).collect();
            let mut methods = Vec::new();
            for (names, behaviour) in &extension.method {
                for name in names.split('|').map(str::trim) {
                    methods.push((name.to_owned(), self.act(owner, name, behaviour)?));
                }
            }
            self.aside.extensions.push(PackedExtension { imports, methods });
        }
        for implement in &file.implement {
            let interfaces = implement.interface.iter().map(|path| self.node(path, true)).collect();
            let attributes = implement.attribute.iter().map(|path| self.node(path, true)).collect();
            self.aside.implements.push((interfaces, attributes, implement.clone()));
        }
        self.aside.conventions.extend(file.convention.iter().cloned());
        self.aside.settings.extend(file.setting.iter().cloned());
        Ok(())
    }

    fn ty(&mut self, owner: Owner<'_>, model: &TypeModel, id: u32) -> Result<(), Failure> {
        let name = model.name.first().ok_or("a type without a name")?;
        let short = name.rsplit(['.', ':']).next().unwrap_or(name);
        let owner = Owner { blocks: model.blocks.as_ref().or(owner.file.blocks.as_ref()).filter(|_| !model.awaits), ..owner };
        let bases = self.bases.len() as u32;
        for base in &model.bases {
            let ty = self.find(base).map_or(0, |node| self.nodes[node].ty);
            let ty = ty.checked_sub(1).ok_or_else(|| format!("{}: {base}: no model describes this type", owner.file.package))?;
            self.bases.push([ty]);
        }
        let mut act = |name: &str, behaviour: &Option<Arc<Behaviour>>| {
            behaviour.as_ref().map_or(Ok(0), |behaviour| self.act(owner, name, behaviour).map(|act| act + 1))
        };
        let acts = [
            act(name, &model.new)?,
            act(name, &model.awaited)?,
            act(&format!("the loop over {short}"), &model.iterate)?,
            act(&format!("{short}[]"), &model.index)?,
        ];
        let first = self.methods.len() as u32;
        let mut seen = BTreeSet::new();
        for (names, behaviour) in &model.method {
            for method in names.split('|').map(str::trim) {
                let full = if short.is_empty() { method.to_owned() } else { format!("{short}{}{method}", self.separator) };
                if !seen.insert(method) {
                    return Err(format!("{}: {full}: the method is described twice", owner.file.package).into());
                }
                let act = self.act(owner, &full, behaviour)?;
                let [start, length] = self.text(method)?;
                self.methods.push([start, length, act]);
                self.named.push((method.to_owned(), id));
            }
        }
        let marks = [
            (model.holds.is_some(), layout::HOLDS),
            (model.lists.is_some(), layout::LISTS),
            (!model.unread.is_empty(), layout::UNREAD),
        ];
        let rest = TypeModel {
            name: vec![name.clone()],
            bases: Vec::new(),
            blocks: None,
            new: None,
            awaited: None,
            iterate: None,
            index: None,
            method: BTreeMap::new(),
            ..model.clone()
        };
        let [start, length] = self.json(&rest)?;
        let counts = [self.methods.len() as u32 - first, self.bases.len() as u32 - bases];
        let head = owner.head | marked(&marks);
        self.types[id as usize] = [start, length, head, first, counts[0], bases, counts[1], acts[0], acts[1], acts[2], acts[3]];
        Ok(())
    }

    fn act(&mut self, owner: Owner<'_>, name: &str, of: &Behaviour) -> Result<u32, Failure> {
        let [name_start, name_length] = self.text(name)?;
        // What it is called and since when is in the tables.
        let [start, length] = self.json(&Behaviour { name: Vec::new(), versions: None, ..of.clone() })?;
        let blocks = of.blocks.as_ref().or(owner.blocks).filter(|_| !of.awaits);
        let [blocks_start, blocks_length] = blocks.map_or(Ok([0; 2]), |text| self.text(text))?;
        if of.also.len() > 3 {
            return Err(format!("{}: {name}: more than four roles", owner.file.package).into());
        }
        let role = |sum: u32, (role, at): (super::schema::Role, u32)| sum | (role as u32 + 1) << (8 * at);
        // Those that it has besides the first one lie above the lowest byte, whether there is a first one or not.
        let roles = of.role.into_iter().zip([0]).chain(of.also.iter().copied().zip(1..)).fold(0, role);
        let unique = of.column.as_ref().is_some_and(|column| column.unique);
        let head = owner.head | marked(&[(unique, layout::UNIQUE), (!of.ignores.is_empty(), layout::IGNORES)]);
        self.acts.push([name_start, name_length, start, length, blocks_start, blocks_length, head, roles]);
        Ok(self.acts.len() as u32 - 1)
    }

    fn node(&mut self, path: &str, solid: bool) -> u32 {
        let mut node = 0;
        for segment in segments(path) {
            let next = self.nodes.len() as u32;
            let child = *self.nodes[node as usize].children.entry(segment.to_owned()).or_insert(next);
            if child == next {
                self.nodes.push(Node { parent: node, name: segment.to_owned(), ..Node::default() });
            }
            self.nodes[child as usize].solid |= solid;
            node = child;
        }
        node
    }

    fn find(&self, path: &str) -> Option<usize> {
        segments(path).try_fold(0, |node: usize, segment| self.nodes[node].children.get(segment).map(|&child| child as usize))
    }

    /// Names by how they end, in the order of their nodes.
    fn endings(&mut self, files: &[ModelFile]) {
        for (node, at) in self.nodes.iter().zip(0..) {
            let Some(ending) = node.name.strip_prefix('*').filter(|ending| !ending.is_empty()) else { continue };
            let begins = |name: &String| segments(name).next() == Some(&node.name);
            let describes = |file: &&ModelFile| node.parent == 0 && file.types.iter().flat_map(|ty| &ty.name).any(begins);
            let only_with = files.iter().filter(describes).map(packages).collect();
            self.aside.endings.push(PackedEnding { parent: node.parent, node: at, ending: ending.to_owned(), only_with });
        }
    }

    fn text(&mut self, text: &str) -> Result<[u32; 2], Failure> {
        if let Some(&known) = self.known.get(text) {
            return Ok(known);
        }
        let place =
            [u32::try_from(self.text.len())?, u32::try_from(text.len()).ok().filter(|&n| n <= layout::PLAIN).ok_or("too long")?];
        self.text.push_str(text);
        self.known.insert(text.to_owned(), place);
        Ok(place)
    }

    fn json<T: Serialize + DeserializeOwned>(&mut self, of: &T) -> Result<[u32; 2], Failure> {
        let text = json(of)?;
        self.text(&text)
    }

    fn finish(mut self) -> Result<(Vec<u8>, String), Failure> {
        let aside = json(&self.aside)?;
        let aside = [u32::try_from(self.text.len())?, u32::try_from(aside.len())?, {
            self.text.push_str(&aside);
            0
        }];
        let mut nodes = Vec::new();
        for node in std::mem::take(&mut self.nodes) {
            let [start, length] = self.text(&node.name)?;
            let marks = marked(&[(node.chosen, layout::CHOSEN), (!node.solid, layout::SOMETIMES)]);
            nodes.push(([node.parent, start, length | marks, node.act, node.ty, node.alias], node.name));
        }
        let mut slots = vec![[0]; (2 * nodes.len()).next_power_of_two()];
        if nodes.len() > layout::PLAIN as usize {
            return Err("more names than a slot can tell".into());
        }
        for ((row, name), at) in nodes.iter().zip(0..).skip(1) {
            let (slot, hash) = layout::slot(row[0], name, u32::try_from(slots.len())?);
            let mut slot = slot as usize;
            while slots[slot] != [0] {
                slot = (slot + 1) % slots.len();
            }
            slots[slot] = [hash | at];
        }
        let mut named: Vec<_> = self.named.iter().zip(0..).map(|((name, ty), method)| (name, [method, *ty])).collect();
        named.sort();
        let rows = |of: &mut dyn Iterator<Item = &[u32]>| -> Vec<u32> { of.flatten().copied().collect() };
        let tables = [
            (Table::Nodes, rows(&mut nodes.iter().map(|(row, _)| row.as_slice()))),
            (Table::Slots, rows(&mut slots.iter().map(<[u32; 1]>::as_slice))),
            (Table::Acts, rows(&mut self.acts.iter().map(<[u32; 8]>::as_slice))),
            (Table::Types, rows(&mut self.types.iter().map(<[u32; 11]>::as_slice))),
            (Table::Methods, rows(&mut self.methods.iter().map(<[u32; 3]>::as_slice))),
            (Table::Named, rows(&mut named.iter().map(|(_, row)| row.as_slice()))),
            (Table::Bases, rows(&mut self.bases.iter().map(<[u32; 1]>::as_slice))),
            (Table::Heads, rows(&mut self.heads.iter().map(<[u32; 2]>::as_slice))),
        ];
        let (mut header, mut words) = (Vec::new(), Vec::new());
        for (table, rows) in tables {
            assert!(header.len() == 2 * table as usize && rows.len() % table.width() == 0, "{table:?}");
            header.extend([u32::try_from(layout::HEADER + words.len())?, u32::try_from(rows.len() / table.width())?]);
            words.extend(rows);
        }
        header.extend(&aside[..2]);
        Ok((header.into_iter().chain(words).flat_map(u32::to_le_bytes).collect(), self.text))
    }
}

fn packages(file: &ModelFile) -> Vec<String> {
    std::iter::once(&file.package).chain(&file.also_packaged_as).cloned().collect()
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split(['.', ':']).filter(|segment| !segment.is_empty())
}

fn marked(marks: &[(bool, u32)]) -> u32 {
    marks.iter().filter(|(holds, _)| *holds).fold(0, |sum, (_, mark)| sum | mark)
}

/// As JSON without what is not said, which reads as the same.
fn json<T: Serialize + DeserializeOwned>(of: &T) -> Result<String, Failure> {
    let whole = serde_json::to_value(of)?;
    let mut packed = whole.clone();
    leave_out_defaults(&mut packed);
    let packed = serde_json::to_string(&packed)?;
    if serde_json::to_value(serde_json::from_str::<T>(&packed)?)? != whole {
        return Err(format!("something is said by a value that is left out when models are packed: {packed}").into());
    }
    Ok(packed)
}

/// Leave out what a key that is not there says as well.
fn leave_out_defaults(value: &mut Value) {
    match value {
        Value::Object(map) => {
            // First, since an entry of which every key is left out still says that it is there.
            map.retain(|key, value| !value.is_null() && (FREE.contains(&key.as_str()) || !is_default(value)));
            map.iter_mut().filter(|(key, _)| !FREE.contains(&key.as_str())).for_each(|(_, value)| leave_out_defaults(value));
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out_defaults),
        _ => {}
    }
}

/// Where `false` or nothing says something.
const FREE: [&str; 5] = ["default", "import", "off", "shows", "unless-value"];

fn is_default(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Number(_) | Value::String(_) | Value::Bool(true) => false,
    }
}
