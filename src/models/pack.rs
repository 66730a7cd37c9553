//! The built-in models of one language as `build.rs` packed them: names, behaviours and types are read when they are asked for.

use super::act::Act;
use super::index::{ActId, Extension, ModelTypeId, NodeId, choose};
use super::layout::{self, Aside, Head, PackedExtension, Table};
use super::schema::{Behaviour, Role, TypeModel};
use super::spec::Spec;
use super::ty::{ModelType, Parts};
use super::versions::Versions;
use crate::lang::Language;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::OnceLock;

/// The first numbers that are free: of nodes, behaviours, types.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Free {
    pub(super) node: u32,
    pub(super) act: u32,
    pub(super) ty: u32,
}

/// Models of one language, with what the versions of a project make of them.
#[derive(Debug)]
pub(super) struct Pack {
    pub(super) language: Language,
    words: &'static [u8],
    text: &'static str,
    tables: [(usize, u32); Table::WIDTHS.len()],
    /// The root of the language's names; the other nodes follow each other from `first.node` on.
    root: NodeId,
    first: Free,
    heads: Vec<OnceLock<Head>>,
    /// Calls that depend on versions, as chosen.
    chosen: FxHashMap<u32, u32>,
    /// Nodes that only other versions have.
    absent: FxHashSet<u32>,
    /// Behaviours of other versions.
    other: FxHashSet<u32>,
}

impl Pack {
    /// The models of `language`, if there are any, numbered from `first` on, and what is read of them at once.
    pub(super) fn open(language: Language, root: NodeId, first: Free, versions: &Versions) -> Option<(Self, Aside)> {
        let (words, text) = match language {
            Language::Python => (
                include_bytes!(concat!(env!("OUT_DIR"), "/models-python.words")).as_slice(),
                include_str!(concat!(env!("OUT_DIR"), "/models-python.text")),
            ),
            Language::Rust => (
                include_bytes!(concat!(env!("OUT_DIR"), "/models-rust.words")).as_slice(),
                include_str!(concat!(env!("OUT_DIR"), "/models-rust.text")),
            ),
            Language::Sql | Language::Deployment(_) => return None,
        };
        let word = |at: usize| word(words, at);
        let tables = std::array::from_fn(|table| (word(2 * table) as usize, word(2 * table + 1)));
        let rows = |table: Table| tables[table as usize].1 as usize;
        let mut pack = Self {
            language,
            words,
            text,
            root,
            first,
            heads: std::iter::repeat_with(OnceLock::new).take(rows(Table::Heads)).collect(),
            tables,
            chosen: FxHashMap::default(),
            absent: FxHashSet::default(),
            other: FxHashSet::default(),
        };
        let aside: Aside = pack.read(word(layout::HEADER - 2), word(layout::HEADER - 1));
        pack.choose(&aside, versions);
        Some((pack, aside))
    }

    /// What is free behind it.
    pub(super) fn free(&self) -> Free {
        let rows = |table: Table| self.tables[table as usize].1;
        Free {
            node: self.first.node + rows(Table::Nodes).saturating_sub(1),
            act: self.first.act + rows(Table::Acts),
            ty: self.first.ty + rows(Table::Types),
        }
    }

    /// Decide about the calls that depend on versions.
    fn choose(&mut self, aside: &Aside, versions: &Versions) {
        let mut present = FxHashSet::default();
        for choice in &aside.choices {
            let range = versions.of(self.language, choice.packages.iter());
            let variants: Vec<Option<&str>> = choice.variants.iter().map(|(_, versions)| versions.as_deref()).collect();
            let chosen = choose(&variants, &range).map(|at| choice.variants[at].0);
            self.other.extend(choice.variants.iter().map(|(act, _)| *act).filter(|act| chosen != Some(*act)));
            if let Some(act) = chosen {
                self.chosen.insert(choice.node, act);
            }
            let mut node = choice.node;
            while self.row(Table::Nodes, node, 2) & layout::SOMETIMES != 0 {
                if chosen.is_some() {
                    present.insert(node);
                }
                self.absent.insert(node);
                node = self.row(Table::Nodes, node, 0);
            }
        }
        self.absent.retain(|node| !present.contains(node));
    }

    #[inline]
    fn row(&self, table: Table, row: u32, at: usize) -> u32 {
        word(self.words, self.tables[table as usize].0 + row as usize * table.width() + at)
    }

    fn at(&self, start: u32, length: u32) -> &'static str {
        self.text.get(start as usize..(start + length) as usize).unwrap_or_default()
    }

    /// The packed form was written from the same types at build time; a failure here is a fault of the build.
    fn read<T: Default + serde::de::DeserializeOwned>(&self, start: u32, length: u32) -> T {
        serde_json::from_str(self.at(start, length)).unwrap_or_default()
    }

    /// The row of a node of this pack.
    #[inline]
    pub(super) fn local(&self, node: NodeId) -> Option<u32> {
        if node == self.root {
            return Some(0);
        }
        let at = node.0.checked_sub(self.first.node)? + 1;
        (at < self.tables[Table::Nodes as usize].1).then_some(at)
    }

    #[inline]
    pub(super) fn node_id(&self, node: u32) -> NodeId {
        node.checked_sub(1).map_or(self.root, |at| NodeId(self.first.node + at))
    }

    fn act_id(&self, act: u32) -> ActId {
        ActId(self.first.act + act)
    }

    fn type_id(&self, ty: u32) -> ModelTypeId {
        ModelTypeId(self.first.ty + ty)
    }

    /// The node of a name under a node.
    pub(super) fn child(&self, parent: u32, name: &str) -> Option<NodeId> {
        let (start, slots) = self.tables[Table::Slots as usize];
        let (mut slot, hash) = layout::slot(parent, name, slots);
        loop {
            let found = word(self.words, start + slot as usize);
            let node = found & layout::PLAIN;
            if node == 0 {
                return None;
            }
            if found & !layout::PLAIN == hash {
                let word = |at| self.row(Table::Nodes, node, at);
                if word(0) == parent && self.at(word(1), word(2) & layout::PLAIN) == name {
                    return (self.absent.is_empty() || !self.absent.contains(&node)).then(|| self.node_id(node));
                }
            }
            slot = (slot + 1) & (slots - 1);
        }
    }

    /// Whether `child` is a name directly under `node`.
    pub(super) fn is_child(&self, node: u32, child: u32) -> bool {
        child != 0 && self.row(Table::Nodes, child, 0) == node
    }

    /// What calling the name at a node does, without a look at types.
    #[inline]
    pub(super) fn act_of(&self, node: u32) -> Option<ActId> {
        let act = match self.row(Table::Nodes, node, 2) & layout::CHOSEN {
            0 => self.row(Table::Nodes, node, 3).checked_sub(1),
            _ => self.chosen.get(&node).copied(),
        };
        act.map(|act| self.act_id(act))
    }

    #[inline]
    pub(super) fn type_of(&self, node: u32) -> Option<ModelTypeId> {
        self.row(Table::Nodes, node, 4).checked_sub(1).map(|ty| self.type_id(ty))
    }

    #[inline]
    pub(super) fn alias_of(&self, node: u32) -> Option<NodeId> {
        self.row(Table::Nodes, node, 5).checked_sub(1).map(|node| self.node_id(node))
    }

    fn head(&self, head: u32) -> &Head {
        self.heads[head as usize].get_or_init(|| self.read(self.row(Table::Heads, head, 0), self.row(Table::Heads, head, 1)))
    }

    /// A behaviour, if it is of this pack.
    pub(super) fn act(&self, id: ActId) -> Option<Act> {
        let act = id.0.checked_sub(self.first.act).filter(|act| self.rows(Table::Acts).contains(act))?;
        let word = |at| self.row(Table::Acts, act, at);
        let behaviour: Behaviour = self.read(word(2), word(3));
        let returns = behaviour.returns.as_deref().and_then(|spec| Spec::parse(spec).ok());
        let blocks = Some(self.at(word(4), word(5))).filter(|text| !text.is_empty());
        let head = self.head(word(6) & layout::PLAIN);
        Some(Act::new(self.at(word(0), word(1)), (&head.package, &head.advice), blocks, returns, behaviour.into()))
    }

    /// A type, if it is of this pack.
    pub(super) fn ty(&self, id: ModelTypeId) -> Option<ModelType> {
        let ty = id.0.checked_sub(self.first.ty).filter(|ty| self.rows(Table::Types).contains(ty))?;
        let word = |at| self.row(Table::Types, ty, at);
        let act = |at| word(at).checked_sub(1).map(|act| self.act_id(act));
        let model: TypeModel = self.read(word(0), word(1));
        let bases = (word(5)..word(5) + word(6)).map(|base| self.type_id(self.row(Table::Bases, base, 0)));
        let methods = (word(3)..word(3) + word(4)).map(|method| {
            let word = |at| self.row(Table::Methods, method, at);
            (self.at(word(0), word(1)).into(), self.act_id(word(2)))
        });
        let fields = model.field.iter().filter_map(|(names, spec)| Some((names, Spec::parse(spec).ok()?)));
        let parts = Parts {
            bases: bases.collect(),
            new: act(7),
            awaited: act(8),
            iterate: act(9),
            index: act(10),
            methods: methods.collect(),
            fields: super::ty::named(fields),
            enter: model.enter.as_deref().and_then(|spec| Spec::parse(spec).ok()),
        };
        Some(ModelType::new(&model, parts))
    }

    fn rows(&self, table: Table) -> std::ops::Range<u32> {
        0..self.tables[table as usize].1
    }

    /// Behaviours with a mark that hold for the versions of the project.
    pub(super) fn acts_with(&self, mark: u32) -> impl Iterator<Item = ActId> {
        let marked = self.rows(Table::Acts).filter(move |&act| self.row(Table::Acts, act, 6) & mark != 0);
        marked.filter(|act| !self.other.contains(act)).map(|act| self.act_id(act))
    }

    /// Types with a mark.
    pub(super) fn types_with(&self, mark: u32) -> impl Iterator<Item = ModelTypeId> {
        self.rows(Table::Types).filter(move |&ty| self.row(Table::Types, ty, 2) & mark != 0).map(|ty| self.type_id(ty))
    }

    /// Whether a library has a behaviour with this role.
    pub(super) fn library_has(&self, library: &str, role: Role) -> bool {
        let mut acts = self.rows(Table::Acts).filter(|&act| self.has(act, role) && !self.other.contains(&act));
        acts.any(|act| self.head(self.row(Table::Acts, act, 6) & layout::PLAIN).package == library)
    }

    /// Whether a type with these marks has a method of this name for which this holds, by its first role and by all of them.
    pub(super) fn has_method(&self, name: &str, marks: u32, role: Role, first: bool) -> bool {
        let rows = self.rows(Table::Named);
        let named = |row: u32| {
            let method = self.row(Table::Named, row, 0);
            self.at(self.row(Table::Methods, method, 0), self.row(Table::Methods, method, 1))
        };
        let (mut low, mut high) = (0, rows.end);
        while low < high {
            let middle = low.midpoint(high);
            if named(middle) < name { low = middle + 1 } else { high = middle }
        }
        (low..rows.end).take_while(|&row| named(row) == name).any(|row| {
            let act = self.row(Table::Methods, self.row(Table::Named, row, 0), 2);
            let ty = self.row(Table::Named, row, 1);
            let fits = if first { self.row(Table::Acts, act, 7) & 0xff == role as u32 + 1 } else { self.has(act, role) };
            fits && self.row(Table::Types, ty, 2) & marks == marks
        })
    }

    fn has(&self, act: u32, role: Role) -> bool {
        self.row(Table::Acts, act, 7).to_le_bytes().into_iter().any(|of| u32::from(of) == role as u32 + 1)
    }

    /// The extension traits of the language.
    pub(super) fn extensions(&self, aside: &Aside) -> Vec<Extension> {
        let extension = |packed: &PackedExtension| Extension {
            imports: packed.imports.iter().map(|&node| self.node_id(node)).collect(),
            methods: packed.methods.iter().map(|(name, act)| (name.as_str().into(), self.act_id(*act))).collect(),
        };
        aside.extensions.iter().map(extension).collect()
    }
}

#[inline]
fn word(words: &[u8], at: usize) -> u32 {
    words.get(4 * at..).and_then(<[u8]>::first_chunk).copied().map_or(0, u32::from_le_bytes)
}
