//! The models of a run, ready to be asked: names as a tree of path segments, behaviours and types in tables.

use super::act::Act;
use super::schema::{Behaviour, ConventionModel, ExtensionModel, ImplementModel, ModelFile, Role, SettingModel, TypeModel};
use super::spec::Spec;
use super::ty::ModelType;
use super::versions::{Range, Versions};
use crate::lang::Language;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A node of the tree of qualified names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

/// A behaviour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ActId(pub u32);

/// A modelled type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelTypeId(pub u32);

#[derive(Debug, Default)]
struct Node {
    children: FxHashMap<Box<str>, NodeId>,
    /// Names by how they end: `*_pb2_grpc`.
    endings: Vec<(Box<str>, NodeId)>,
    act: Option<ActId>,
    ty: Option<ModelTypeId>,
    alias: Option<NodeId>,
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
#[derive(Debug, Default)]
pub struct Models {
    nodes: Vec<Node>,
    acts: Vec<Act>,
    types: Vec<ModelType>,
    /// Extension traits, by language.
    extensions: Vec<(Language, Extension)>,
    /// Traits whose implementations are entry points, with the nodes of their interfaces and attributes.
    implements: Vec<(Vec<NodeId>, Vec<NodeId>, ImplementModel)>,
    settings: Vec<SettingModel>,
    conventions: Vec<(Language, ConventionModel)>,
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

impl Models {
    /// Compile `files` for a project that uses libraries in `versions`. Roots of both languages exist even without files.
    ///
    /// # Errors
    /// The first entry that names an unknown type, repeats a name or has a value that cannot be read.
    pub fn compile(files: &[(Language, ModelFile)], versions: &Versions) -> Result<Self, ModelError> {
        let mut models = Self::bare();
        for (language, file) in files {
            for ty in &file.types {
                models.declare_type(*language, file, ty)?;
            }
        }
        for (language, file) in files {
            models.add_file(*language, file, versions)?;
        }
        for (language, file) in files {
            for (from, to) in &file.alias {
                let target = models.node_at(*language, to);
                let alias = models.node_at(*language, from);
                models.nodes[alias.0 as usize].alias = Some(target);
            }
        }
        Ok(models)
    }

    fn declare_type(&mut self, language: Language, file: &ModelFile, ty: &TypeModel) -> Result<(), ModelError> {
        let id = ModelTypeId(u32::try_from(self.types.len()).unwrap_or(u32::MAX));
        let name = ty.name.first().cloned().unwrap_or_default();
        self.types.push(ModelType { name: name.clone(), ..ModelType::default() });
        for path in &ty.name {
            let node = self.node_at(language, path);
            if self.nodes[node.0 as usize].ty.replace(id).is_some() {
                return Err(error(file, path, "the type is described twice"));
            }
        }
        Ok(())
    }

    fn add_file(&mut self, language: Language, file: &ModelFile, versions: &Versions) -> Result<(), ModelError> {
        let range = versions.of(language, file);
        let mut calls: BTreeMap<&str, Vec<&Arc<Behaviour>>> = BTreeMap::new();
        for call in &file.call {
            for name in &call.name {
                calls.entry(name).or_default().push(call);
            }
        }
        for (name, variants) in calls {
            let Some(behaviour) = choose(&variants, &range) else { continue };
            let act = self.add_act(language, file, (name, file.blocks.as_ref()), behaviour)?;
            let node = self.node_at(language, name);
            if self.nodes[node.0 as usize].act.replace(act).is_some() {
                return Err(error(file, name, "the call is described twice, in another file too"));
            }
        }
        for ty in &file.types {
            self.add_type(language, file, ty)?;
        }
        for extension in &file.extension {
            self.add_extension(language, file, extension)?;
        }
        for implement in &file.implement {
            let interfaces = implement.interface.iter().map(|path| self.node_at(language, path)).collect();
            let attributes = implement.attribute.iter().map(|path| self.node_at(language, path)).collect();
            self.implements.push((interfaces, attributes, implement.clone()));
        }
        self.conventions.extend(file.convention.iter().map(|convention| (language, convention.clone())));
        self.settings.extend(file.setting.iter().cloned());
        if !versions.may_use(language, file) {
            self.forget_generated(language, file);
        }
        Ok(())
    }

    /// Names that only their ending tells mean something else where the project has nothing to do with the generator.
    fn forget_generated(&mut self, language: Language, file: &ModelFile) {
        let starts = file.types.iter().flat_map(|ty| &ty.name).filter_map(|name| segments(name).next()?.strip_prefix('*'));
        let root = self.root(language);
        let endings = &mut self.nodes[root.0 as usize].endings;
        starts.for_each(|start| endings.retain(|(ending, _)| **ending != *start));
    }

    fn add_type(&mut self, language: Language, file: &ModelFile, ty: &TypeModel) -> Result<(), ModelError> {
        let name = ty.name.first().map_or("", String::as_str);
        let Some(id) = self.find(language, name).and_then(|node| self.nodes[node.0 as usize].ty) else { return Ok(()) };
        let short = short_name(name);
        let bases = ty.bases.iter().map(|base| self.type_named(language, file, base)).collect::<Result<_, _>>()?;
        let blocks = ty.blocks.as_ref().or(file.blocks.as_ref()).filter(|_| !ty.awaits);
        let act = |models: &mut Self, suffix: &str, behaviour: &Option<Arc<Behaviour>>| {
            let name = if suffix.is_empty() { name.to_owned() } else { format!("{short}{suffix}") };
            behaviour.as_ref().map(|behaviour| models.add_act(language, file, (&name, blocks), behaviour)).transpose()
        };
        let new = act(self, "", &ty.new)?;
        let awaited = act(self, "", &ty.awaited)?;
        let iterate = ty
            .iterate
            .as_ref()
            .map(|of| self.add_act(language, file, (&format!("the loop over {short}"), blocks), of))
            .transpose()?;
        let index = act(self, "[]", &ty.index)?;
        let methods = self.add_methods(language, file, (short, blocks), &ty.method)?;
        let fields = ty.field.iter().map(|(names, spec)| Ok((names, self.spec(language, file, names, spec)?)));
        let fields = fields.collect::<Result<Vec<_>, ModelError>>()?;
        let fields = fields.iter().flat_map(|(names, spec)| names.split('|').map(|name| (name.trim().into(), spec.clone())));
        let enter = ty.enter.as_ref().map(|spec| self.spec(language, file, name, spec)).transpose()?;
        self.types[id.0 as usize] = ModelType {
            name: name.to_owned(),
            bases,
            awaits: ty.awaits,
            new,
            enter,
            awaited,
            iterate,
            index,
            methods,
            fields: fields.collect(),
            transparent: ty.transparent,
            resident: ty.resident,
            scoped: ty.scoped,
            delivers_mail: ty.delivers_mail,
            per_row: ty.per_row,
            configures: ty.configures,
            holds: ty.holds,
            entry_methods: ty.entry_methods.clone(),
            test: ty.test,
            record: ty.record,
            entity: ty.entity,
            table: ty.table.clone(),
            renders: ty.renders.clone(),
            fills: ty.fills,
            fills_by: ty.fills_by.clone(),
            lists: ty.lists.clone(),
            sized_by_client: ty.sized_by_client.clone(),
            unread: ty.unread.clone(),
            handle: ty.handle,
            carries: ty.carries,
            shows: ty.shows,
            signed: ty.signed,
            fixed: ty.fixed,
        };
        Ok(())
    }

    fn add_methods(
        &mut self,
        language: Language,
        file: &ModelFile,
        (owner, blocks): (&str, Option<&String>),
        methods: &BTreeMap<String, Arc<Behaviour>>,
    ) -> Result<FxHashMap<Box<str>, ActId>, ModelError> {
        let mut table = FxHashMap::default();
        for (names, behaviour) in methods {
            for name in names.split('|').map(str::trim) {
                let separator = language.path_separator();
                let full = if owner.is_empty() { name.to_owned() } else { format!("{owner}{separator}{name}") };
                let act = self.add_act(language, file, (&full, blocks), behaviour)?;
                if table.insert(Box::from(name), act).is_some() {
                    return Err(error(file, &full, "the method is described twice"));
                }
            }
        }
        Ok(table)
    }

    fn add_extension(&mut self, language: Language, file: &ModelFile, model: &ExtensionModel) -> Result<(), ModelError> {
        let imports = model.import.iter().map(|path| self.node_at(language, path)).collect();
        let methods = self.add_methods(language, file, ("", file.blocks.as_ref()), &model.method)?;
        self.extensions.push((language, Extension { imports, methods }));
        Ok(())
    }

    fn add_act(
        &mut self,
        language: Language,
        file: &ModelFile,
        (name, blocks): (&str, Option<&String>),
        of: &Arc<Behaviour>,
    ) -> Result<ActId, ModelError> {
        let returns = of.returns.as_ref().map(|spec| self.spec(language, file, name, spec)).transpose()?;
        let advice = of.advice.clone().or_else(|| of.role.and_then(|role| file.advice.get(&role).cloned()));
        let further = of.also.iter().filter_map(|role| Some((*role, file.advice.get(role)?.clone())));
        let id = ActId(u32::try_from(self.acts.len()).unwrap_or(u32::MAX));
        self.acts.push(Act {
            further_advice: further.collect(),
            name: name.to_owned(),
            returns,
            adds: of.adds.iter().copied().collect(),
            receiver_adds: of.receiver_adds.iter().copied().collect(),
            library: file.package.clone(),
            advice,
            blocks: of.blocks.as_ref().or(blocks).filter(|_| !of.awaits).cloned(),
            behaviour: Arc::clone(of),
        });
        Ok(id)
    }

    fn spec(&self, language: Language, file: &ModelFile, entry: &str, text: &str) -> Result<Spec, ModelError> {
        let spec = Spec::parse(text).map_err(|problem| error(file, entry, &problem))?;
        self.check_spec(language, file, &spec)?;
        Ok(spec)
    }

    fn check_spec(&self, language: Language, file: &ModelFile, spec: &Spec) -> Result<(), ModelError> {
        match spec {
            Spec::Instance(path, arguments) => {
                self.type_named(language, file, path)?;
                arguments.iter().try_for_each(|argument| self.check_spec(language, file, argument))
            }
            Spec::New(inner) | Spec::CallOf(inner) | Spec::Element(inner) | Spec::List(inner) => {
                self.check_spec(language, file, inner)
            }
            Spec::Class(_) | Spec::Receiver | Spec::TypeArgument(_) | Spec::Argument(_) => Ok(()),
        }
    }

    fn type_named(&self, language: Language, file: &ModelFile, path: &str) -> Result<ModelTypeId, ModelError> {
        let ty = self.find(language, path).and_then(|node| self.type_at(node));
        ty.ok_or_else(|| error(file, path, "no model describes this type"))
    }

    /// No model at all: only names of the project are known.
    fn bare() -> Self {
        // A root for each language, and an empty one for files that name nothing.
        Self { nodes: (0..=Language::ALL.len()).map(|_| Node::default()).collect(), ..Self::default() }
    }

    /// The root of a language's names.
    #[must_use]
    pub fn root(&self, language: Language) -> NodeId {
        let at = Language::ALL.iter().position(|known| *known == language).unwrap_or(Language::ALL.len());
        NodeId(u32::try_from(at).unwrap_or(0))
    }

    fn node_at(&mut self, language: Language, path: &str) -> NodeId {
        segments(path).fold(self.root(language), |node, segment| {
            if let Some(&child) = self.nodes[node.0 as usize].children.get(segment) {
                return child;
            }
            let child = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
            self.nodes.push(Node::default());
            let parent = &mut self.nodes[node.0 as usize];
            parent.children.insert(segment.into(), child);
            if let Some(ending) = segment.strip_prefix('*').filter(|ending| !ending.is_empty()) {
                parent.endings.push((ending.into(), child));
            }
            child
        })
    }

    /// The node of a whole path, if any model mentions it.
    #[must_use]
    pub fn find(&self, language: Language, path: &str) -> Option<NodeId> {
        segments(path).try_fold(self.root(language), |node, segment| self.child(node, segment))
    }

    /// The node of `name` under `node`, aliases followed.
    #[must_use]
    pub fn child(&self, node: NodeId, name: &str) -> Option<NodeId> {
        let child = self.nodes.get(node.0 as usize)?.children.get(name).copied().or_else(|| self.ending(node, name))?;
        Some(self.nodes[child.0 as usize].alias.unwrap_or(child))
    }

    /// The node under `node` that stands for all names with an ending.
    #[must_use]
    pub fn ending(&self, node: NodeId, name: &str) -> Option<NodeId> {
        let endings = &self.nodes.get(node.0 as usize)?.endings;
        endings.iter().find(|(ending, _)| name.len() > ending.len() && name.ends_with(&**ending)).map(|(_, child)| *child)
    }

    /// Whether `child` is a name directly under `node`.
    #[must_use]
    pub fn is_child(&self, node: NodeId, child: NodeId) -> bool {
        self.nodes[node.0 as usize].children.values().any(|&of| of == child)
    }

    /// What calling the name at `node` does: its own entry, else constructing its type.
    #[must_use]
    pub fn call_at(&self, node: NodeId) -> Option<ActId> {
        let node = &self.nodes[node.0 as usize];
        node.act.or_else(|| node.ty.and_then(|ty| self.types[ty.0 as usize].new))
    }

    /// The type at `node`.
    #[must_use]
    pub fn type_at(&self, node: NodeId) -> Option<ModelTypeId> {
        self.nodes[node.0 as usize].ty
    }

    /// A behaviour.
    #[must_use]
    pub fn act(&self, id: ActId) -> &Act {
        &self.acts[id.0 as usize]
    }

    /// A type.
    #[must_use]
    pub fn ty(&self, id: ModelTypeId) -> &ModelType {
        &self.types[id.0 as usize]
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
        self.acts.iter().any(|act| act.library == library && act.behaviour.roles().any(|role| role == Role::Application))
    }

    /// Whether some collection has a method of this name that changes it: what a call does to a value of unknown type.
    #[must_use]
    pub fn is_changing_method(&self, name: &str) -> bool {
        let holding = self.types.iter().filter(|ty| ty.holds.is_some());
        holding.filter_map(|ty| ty.methods.get(name)).any(|&act| self.act(act).behaviour.role == Some(Role::StateWrite))
    }

    /// Whether some type has a method of this name with this role: what a call on a value of unknown type would do.
    #[must_use]
    pub fn is_method_with(&self, name: &str, role: Role) -> bool {
        self.types.iter().filter_map(|ty| ty.methods.get(name)).any(|&act| self.act(act).behaviour.roles().any(|has| has == role))
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

    /// Every described type.
    pub fn types(&self) -> impl Iterator<Item = &ModelType> {
        self.types.iter()
    }

    /// What those columns are made with of which each value stands in one row at most, by its last name.
    pub(crate) fn names_of_unique_columns(&self) -> FxHashSet<&str> {
        let unique = |act: &&Act| act.behaviour.column.as_ref().is_some_and(|column| column.unique);
        self.acts.iter().filter(unique).map(|act| short_name(&act.name)).collect()
    }

    /// How many behaviours there are.
    #[must_use]
    pub fn act_count(&self) -> usize {
        self.acts.len()
    }
}

/// The entry for the newest version that the project may use: where a version is not known, the newest default is also the one
/// that keeps us silent.
fn choose<'b>(variants: &[&'b Arc<Behaviour>], range: &Range) -> Option<&'b Arc<Behaviour>> {
    let fitting = variants.iter().filter(|behaviour| {
        behaviour.versions.as_deref().is_none_or(|versions| Range::parse(versions).is_some_and(|of| of.overlaps(range)))
    });
    fitting
        .max_by_key(|behaviour| behaviour.versions.as_deref().and_then(Range::parse).map(|range| range.newest()))
        .copied()
        .or_else(|| variants.iter().find(|behaviour| behaviour.versions.is_none()).copied())
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split(['.', ':']).filter(|segment| !segment.is_empty())
}

fn short_name(path: &str) -> &str {
    path.rsplit(['.', ':']).next().unwrap_or(path)
}

fn error(file: &ModelFile, entry: &str, problem: &str) -> ModelError {
    ModelError { package: file.package.clone(), entry: entry.to_owned(), problem: problem.to_owned() }
}
