//! The models of a run, ready to be asked: names as a tree of path segments, behaviours and types in tables.

use super::act::Act;
use super::layout::{HOLDS, IGNORES, LISTS, UNIQUE, UNREAD};
use super::pack::{Free, Pack};
use super::schema::{ConventionModel, ImplementModel, Lists, Role, SettingModel};
use super::spec::Spec;
use super::ty::ModelType;
use super::versions::{Range, Versions};
use crate::lang::Language;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// A node of the tree of qualified names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

/// A behaviour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ActId(pub u32);

/// A modelled type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelTypeId(pub u32);

/// What the user's own models say of a name.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) children: FxHashMap<Box<str>, NodeId>,
    pub(super) act: Option<ActId>,
    pub(super) ty: Option<ModelTypeId>,
    pub(super) alias: Option<NodeId>,
}

/// Methods that come with an imported trait.
#[derive(Debug)]
pub struct Extension {
    /// Importing one of these brings the methods into scope, as does a glob over its parent.
    pub imports: Vec<NodeId>,
    /// The methods.
    pub methods: FxHashMap<Box<str>, ActId>,
}

/// Every model that holds for one project.
#[derive(Debug)]
pub struct Models {
    /// Those that are built in.
    packs: Vec<Pack>,
    /// The first numbers that are not theirs; that of nodes is the next one.
    pub(super) first: Free,
    /// What the user's own ones say of names, of those of the built-in ones too.
    pub(super) own: FxHashMap<NodeId, Node>,
    /// Names by how they end, by what they are under: `*_pb2_grpc`.
    pub(super) endings: FxHashMap<NodeId, Vec<(Box<str>, NodeId)>>,
    /// Behaviours and types: the built-in ones are read when they are asked for.
    pub(super) acts: Vec<OnceLock<Box<Act>>>,
    pub(super) types: Vec<OnceLock<Box<ModelType>>>,
    /// Extension traits, by language.
    pub(super) extensions: Vec<(Language, Extension)>,
    /// Traits whose implementations are entry points, with the nodes of their interfaces and attributes.
    pub(super) implements: Vec<(Vec<NodeId>, Vec<NodeId>, ImplementModel)>,
    pub(super) settings: Vec<SettingModel>,
    pub(super) conventions: Vec<(Language, ConventionModel)>,
}

/// Something wrong with a model; the built-in ones are checked by tests, so only users see it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("model of {package}: {entry}: {problem}")]
pub struct ModelError {
    /// The model's package.
    pub package: String,
    /// The entry at fault.
    pub entry: String,
    /// What is wrong.
    pub problem: String,
}

impl Default for Models {
    /// No model at all: only names of the project are known.
    fn default() -> Self {
        // A root for each language, and an empty one for files that name nothing.
        let roots = u32::try_from(Language::ALL.len()).unwrap_or(0) + 1;
        Self {
            packs: Vec::new(),
            first: Free { node: roots, ..Free::default() },
            own: FxHashMap::default(),
            endings: FxHashMap::default(),
            acts: Vec::new(),
            types: Vec::new(),
            extensions: Vec::new(),
            implements: Vec::new(),
            settings: Vec::new(),
            conventions: Vec::new(),
        }
    }
}

impl Models {
    /// The built-in models of the languages that are `used`, for a project that uses libraries in `versions`. What they say of a
    /// library is read when it is asked for: most of them a project has no use for.
    #[must_use]
    pub fn built_in(used: impl Fn(Language) -> bool, versions: &Versions) -> Self {
        let mut models = Self::default();
        for language in Language::ALL.into_iter().filter(|language| used(*language)) {
            let root = models.root(language);
            let Some((pack, aside)) = Pack::open(language, root, models.first, versions) else { continue };
            models.first = pack.free();
            models.acts.resize_with(models.first.act as usize, OnceLock::new);
            models.types.resize_with(models.first.ty as usize, OnceLock::new);
            for ending in aside.endings.iter().filter(|ending| ending.holds(language, versions)) {
                let place = models.endings.entry(pack.node_id(ending.parent)).or_default();
                place.push((ending.ending.as_str().into(), pack.node_id(ending.node)));
            }
            models.extensions.extend(pack.extensions(&aside).into_iter().map(|extension| (language, extension)));
            let nodes = |nodes: Vec<u32>| nodes.into_iter().map(|node| pack.node_id(node)).collect();
            let implements = aside.implements.into_iter();
            models
                .implements
                .extend(implements.map(|(interfaces, attributes, model)| (nodes(interfaces), nodes(attributes), model)));
            models.conventions.extend(aside.conventions.into_iter().map(|convention| (language, convention)));
            models.settings.extend(aside.settings);
            models.packs.push(pack);
        }
        models
    }

    /// What the user's own models say of a node, else the built-in ones, by its row there.
    #[inline]
    fn of_node<T>(
        &self,
        node: NodeId,
        own: impl Fn(&Node) -> Option<T>,
        built_in: impl Fn(&Pack, u32) -> Option<T>,
    ) -> Option<T> {
        let said = if self.own.is_empty() { None } else { self.own.get(&node).and_then(own) };
        said.or_else(|| self.pack_of(node).and_then(|(pack, at)| built_in(pack, at)))
    }

    /// The built-in models that a node is of, and its row there.
    #[inline]
    fn pack_of(&self, node: NodeId) -> Option<(&Pack, u32)> {
        self.packs.iter().find_map(|pack| Some((pack, pack.local(node)?)))
    }

    /// The root of a language's names.
    #[must_use]
    pub fn root(&self, language: Language) -> NodeId {
        let at = Language::ALL.iter().position(|known| *known == language).unwrap_or(Language::ALL.len());
        NodeId(u32::try_from(at).unwrap_or(0))
    }

    /// The node of a whole path, if any model mentions it.
    #[must_use]
    pub fn find(&self, language: Language, path: &str) -> Option<NodeId> {
        segments(path).try_fold(self.root(language), |node, segment| self.child(node, segment))
    }

    /// The node of `name` under `node`, aliases followed.
    #[must_use]
    pub fn child(&self, node: NodeId, name: &str) -> Option<NodeId> {
        let child = self.named(node, name).or_else(|| self.ending(node, name))?;
        Some(self.of_node(child, |own| own.alias, Pack::alias_of).unwrap_or(child))
    }

    /// The node of `name` under `node`, as it is written.
    pub(super) fn named(&self, node: NodeId, name: &str) -> Option<NodeId> {
        self.of_node(node, |own| own.children.get(name).copied(), |pack, at| pack.child(at, name))
    }

    /// The node under `node` that stands for all names with an ending.
    #[must_use]
    pub fn ending(&self, node: NodeId, name: &str) -> Option<NodeId> {
        self.endings
            .get(&node)?
            .iter()
            .find(|(ending, _)| name.len() > ending.len() && name.ends_with(&**ending))
            .map(|(_, child)| *child)
    }

    /// Whether `child` is a name directly under `node`.
    #[must_use]
    pub fn is_child(&self, node: NodeId, child: NodeId) -> bool {
        let own = self.own.get(&node).is_some_and(|own| own.children.values().any(|&of| of == child));
        own || self.pack_of(node).is_some_and(|(pack, at)| pack.local(child).is_some_and(|child| pack.is_child(at, child)))
    }

    /// What calling the name at `node` does: its own entry, else constructing its type.
    #[must_use]
    pub fn call_at(&self, node: NodeId) -> Option<ActId> {
        self.act_at(node).or_else(|| self.type_at(node).and_then(|ty| self.ty(ty).new))
    }

    /// What calling the name at `node` does by its own entry.
    pub(super) fn act_at(&self, node: NodeId) -> Option<ActId> {
        self.of_node(node, |own| own.act, Pack::act_of)
    }

    /// The type at `node`.
    #[must_use]
    pub fn type_at(&self, node: NodeId) -> Option<ModelTypeId> {
        self.of_node(node, |own| own.ty, Pack::type_of)
    }

    /// A behaviour.
    #[must_use]
    #[inline]
    pub fn act(&self, id: ActId) -> &Act {
        self.acts[id.0 as usize].get_or_init(|| self.read_act(id))
    }

    #[cold]
    fn read_act(&self, id: ActId) -> Box<Act> {
        self.packs.iter().find_map(|pack| pack.act(id)).unwrap_or_default().into()
    }

    /// A type.
    #[must_use]
    #[inline]
    pub fn ty(&self, id: ModelTypeId) -> &ModelType {
        self.types[id.0 as usize].get_or_init(|| self.read_type(id))
    }

    #[cold]
    fn read_type(&self, id: ModelTypeId) -> Box<ModelType> {
        self.packs.iter().find_map(|pack| pack.ty(id)).unwrap_or_default().into()
    }

    /// Behaviours and types that are not built in.
    fn own_acts(&self) -> impl Iterator<Item = &Act> {
        self.acts.iter().skip(self.first.act as usize).filter_map(OnceLock::get).map(|act| &**act)
    }

    fn own_types(&self) -> impl Iterator<Item = &ModelType> {
        self.types.iter().skip(self.first.ty as usize).filter_map(OnceLock::get).map(|ty| &**ty)
    }

    /// Behaviours with a mark among those that are built in, and all others.
    fn acts_with(&self, mark: u32) -> impl Iterator<Item = &Act> {
        self.packs.iter().flat_map(move |pack| pack.acts_with(mark)).map(|id| self.act(id)).chain(self.own_acts())
    }

    fn types_with(&self, mark: u32) -> impl Iterator<Item = &ModelType> {
        self.packs.iter().flat_map(move |pack| pack.types_with(mark)).map(|id| self.ty(id)).chain(self.own_types())
    }

    /// `ty` and the types it inherits from, itself first.
    pub fn lineage(&self, ty: ModelTypeId) -> impl Iterator<Item = &ModelType> {
        let mut queue = vec![ty];
        let mut seen = 0_usize;
        std::iter::from_fn(move || {
            let next = *queue.get(seen)?;
            seen += 1;
            if queue.len() < 32 {
                queue.extend(self.ty(next).bases.iter().copied());
            }
            Some(self.ty(next))
        })
    }

    /// Whether a library makes applications that answer requests.
    #[must_use]
    pub fn answers_requests(&self, library: &str) -> bool {
        let application = |act: &Act| act.library == library && act.behaviour.roles().any(|role| role == Role::Application);
        self.packs.iter().any(|pack| pack.library_has(library, Role::Application)) || self.own_acts().any(application)
    }

    /// Whether some collection has a method of this name that changes it: what a call does to a value of unknown type.
    #[must_use]
    pub fn is_changing_method(&self, name: &str) -> bool {
        let mut holding = self.own_types().filter(|ty| ty.holds.is_some()).filter_map(|ty| ty.methods.get(name));
        self.packs.iter().any(|pack| pack.has_method(name, HOLDS, Role::StateWrite, true))
            || holding.any(|&act| self.act(act).behaviour.role == Some(Role::StateWrite))
    }

    /// Whether some type has a method of this name with this role: what a call on a value of unknown type would do.
    #[must_use]
    pub fn is_method_with(&self, name: &str, role: Role) -> bool {
        let mut own = self.own_types().filter_map(|ty| ty.methods.get(name));
        self.packs.iter().any(|pack| pack.has_method(name, 0, role, false))
            || own.any(|&act| self.act(act).behaviour.roles().any(|has| has == role))
    }

    /// The method `name` of `ty`, inherited ones included.
    #[must_use]
    pub fn method(&self, ty: ModelTypeId, name: &str) -> Option<ActId> {
        let own = self.lineage(ty).find_map(|ty| ty.methods.get(name).copied());
        own.or_else(|| self.lineage(ty).find_map(|ty| ty.methods.get("*").copied()))
    }

    /// The attribute `name` of `ty`; a field named `*` stands for all others.
    #[must_use]
    pub fn field(&self, ty: ModelTypeId, name: &str) -> Option<&Spec> {
        self.lineage(ty).find_map(|ty| ty.fields.get(name)).or_else(|| self.lineage(ty).find_map(|ty| ty.fields.get("*")))
    }

    /// The extension traits of a language.
    pub fn extensions(&self, language: Language) -> impl Iterator<Item = &Extension> {
        self.extensions.iter().filter(move |(of, _)| *of == language).map(|(_, extension)| extension)
    }

    /// The entry kind that implementing the trait at `interface`, or an `impl` marked by the attribute at `attribute`, has.
    #[must_use]
    pub fn implement(&self, interface: Option<NodeId>, attribute: Option<NodeId>) -> Option<super::EntryKind> {
        let fits = |nodes: &[NodeId], node: Option<NodeId>| node.is_some_and(|node| nodes.contains(&node));
        let mut models = self.implements.iter();
        let found = models.find(|(interfaces, attributes, _)| fits(interfaces, interface) || fits(attributes, attribute));
        found.map(|(_, _, model)| model.kind)
    }

    /// When the platform runs a module-level function of this name and these parameters by convention, and whether it ends it
    /// after a set time.
    #[must_use]
    pub fn convention(&self, language: Language, name: &str, parameters: &[&str]) -> Option<(super::EntryKind, bool)> {
        let found =
            self.conventions_with(language, parameters).find(|convention| convention.function.iter().any(|of| of == name));
        found.map(|convention| (convention.kind, convention.bounded))
    }

    /// The same for a method, by the parameters of the constructor of its class.
    #[must_use]
    pub fn method_convention(&self, language: Language, name: &str, parameters: &[&str]) -> Option<super::EntryKind> {
        let found = self.conventions_with(language, parameters).find(|convention| convention.methods.iter().any(|of| of == name));
        found.map(|convention| convention.kind)
    }

    fn conventions_with(&self, language: Language, parameters: &[&str]) -> impl Iterator<Item = &ConventionModel> {
        let conventions = self.conventions.iter().filter(move |(of, _)| *of == language).map(|(_, convention)| convention);
        conventions.filter(move |convention| convention.parameters.iter().all(|wanted| parameters.contains(&wanted.as_str())))
    }

    /// The settings that say something.
    #[must_use]
    pub fn settings(&self) -> &[SettingModel] {
        &self.settings
    }

    /// What subclasses that answer with lists are routed by.
    pub fn lists(&self) -> impl Iterator<Item = &Lists> {
        self.types_with(LISTS).filter_map(|ty| ty.lists.as_ref())
    }

    /// Attributes that can be set and that nothing reads.
    #[must_use]
    pub fn unread(&self) -> BTreeSet<&str> {
        self.types_with(UNREAD).flat_map(|ty| ty.unread.iter().map(String::as_str)).collect()
    }

    /// Arguments that make others idle.
    #[must_use]
    pub fn idling(&self) -> BTreeSet<&str> {
        self.acts_with(IGNORES).flat_map(|act| act.behaviour.ignores.keys().map(String::as_str)).collect()
    }

    /// What those columns are made with of which each value stands in one row at most, by its last name.
    pub(crate) fn names_of_unique_columns(&self) -> FxHashSet<&str> {
        let unique = |act: &&Act| act.behaviour.column.as_ref().is_some_and(|column| column.unique);
        self.acts_with(UNIQUE).filter(unique).map(|act| short_name(&act.name)).collect()
    }

    /// How many behaviours there are, in all versions.
    #[must_use]
    pub fn act_count(&self) -> usize {
        self.acts.len()
    }
}

/// The entry for the newest version that the project may use: where a version is not known, the newest default is also the one
/// that keeps us silent.
pub(super) fn choose(variants: &[Option<&str>], range: &Range) -> Option<usize> {
    let fits = |at: &usize| variants[*at].is_none_or(|versions| Range::parse(versions).is_some_and(|of| of.overlaps(range)));
    (0..variants.len())
        .filter(fits)
        .max_by_key(|&at| variants[at].and_then(Range::parse).map(|range| range.newest()))
        .or_else(|| variants.iter().position(Option::is_none))
}

pub(super) fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split(['.', ':']).filter(|segment| !segment.is_empty())
}

pub(super) fn short_name(path: &str) -> &str {
    path.rsplit(['.', ':']).next().unwrap_or(path)
}
