//! Models as people write them, made ready: the user's own ones, on top of those that are built in.

use super::act::Act;
use super::index::{ActId, Extension, ModelError, ModelTypeId, Models, NodeId, choose, segments, short_name};
use super::schema::{Behaviour, ExtensionModel, ModelFile, TypeModel};
use super::spec::Spec;
use super::ty::{ModelType, Parts, named};
use super::versions::Versions;
use crate::lang::Language;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

impl Models {
    /// Compile `files` for a project that uses libraries in `versions`, without those that are built in.
    ///
    /// # Errors
    /// The first entry that names an unknown type, repeats a name or has a value that cannot be read.
    pub fn compile(files: &[(Language, ModelFile)], versions: &Versions) -> Result<Self, ModelError> {
        Self::default().and(files, versions)
    }

    /// The same on top of what is there.
    ///
    /// # Errors
    /// As for [`Models::compile`].
    pub fn and(mut self, files: &[(Language, ModelFile)], versions: &Versions) -> Result<Self, ModelError> {
        for (language, file) in files {
            for ty in &file.types {
                self.declare_type(*language, file, ty)?;
            }
        }
        for (language, file) in files {
            self.add_file(*language, file, versions)?;
        }
        for (language, file) in files {
            for (from, to) in &file.alias {
                let target = self.node_at(*language, to);
                let alias = self.node_at(*language, from);
                self.own.entry(alias).or_default().alias = Some(target);
            }
        }
        Ok(self)
    }

    fn declare_type(&mut self, language: Language, file: &ModelFile, ty: &TypeModel) -> Result<(), ModelError> {
        let id = ModelTypeId(u32::try_from(self.types.len()).unwrap_or(u32::MAX));
        self.types.push(OnceLock::new());
        for path in &ty.name {
            let node = self.node_at(language, path);
            if self.type_at(node).is_some() {
                return Err(error(file, path, "the type is described twice"));
            }
            self.own.entry(node).or_default().ty = Some(id);
        }
        Ok(())
    }

    fn add_file(&mut self, language: Language, file: &ModelFile, versions: &Versions) -> Result<(), ModelError> {
        let range = versions.of(language, file.names());
        let mut calls: BTreeMap<&str, Vec<&Arc<Behaviour>>> = BTreeMap::new();
        for call in &file.call {
            for name in &call.name {
                calls.entry(name).or_default().push(call);
            }
        }
        for (name, variants) in calls {
            let wanted: Vec<Option<&str>> = variants.iter().map(|behaviour| behaviour.versions.as_deref()).collect();
            let Some(behaviour) = choose(&wanted, &range).map(|at| variants[at]) else { continue };
            let act = self.add_act(language, file, (name, file.blocks.as_ref()), behaviour)?;
            let node = self.node_at(language, name);
            if self.act_at(node).is_some() {
                return Err(error(file, name, "the call is described twice, in another file too"));
            }
            self.own.entry(node).or_default().act = Some(act);
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
        if !versions.may_use(language, file.names()) {
            self.forget_generated(language, file);
        }
        Ok(())
    }

    /// Names that only their ending tells mean something else where the project has nothing to do with the generator.
    fn forget_generated(&mut self, language: Language, file: &ModelFile) {
        let starts = file.types.iter().flat_map(|ty| &ty.name).filter_map(|name| segments(name).next()?.strip_prefix('*'));
        let endings = self.endings.entry(self.root(language)).or_default();
        starts.for_each(|start| endings.retain(|(ending, _)| **ending != *start));
    }

    fn add_type(&mut self, language: Language, file: &ModelFile, ty: &TypeModel) -> Result<(), ModelError> {
        let name = ty.name.first().map_or("", String::as_str);
        let Some(id) = self.find(language, name).and_then(|node| self.type_at(node)) else { return Ok(()) };
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
        let enter = ty.enter.as_ref().map(|spec| self.spec(language, file, name, spec)).transpose()?;
        let parts = Parts { bases, new, awaited, iterate, index, methods, fields: named(fields.into_iter()), enter };
        self.types[id.0 as usize] = Box::new(ModelType::new(ty, parts)).into();
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
        let blocks = of.blocks.as_ref().or(blocks).filter(|_| !of.awaits).map(String::as_str);
        let id = ActId(u32::try_from(self.acts.len()).unwrap_or(u32::MAX));
        self.acts.push(Box::new(Act::new(name, (&file.package, &file.advice), blocks, returns, Arc::clone(of))).into());
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

    fn node_at(&mut self, language: Language, path: &str) -> NodeId {
        segments(path).fold(self.root(language), |node, segment| {
            if let Some(child) = self.named(node, segment) {
                return child;
            }
            let child = NodeId(self.first.node);
            self.first.node += 1;
            self.own.entry(node).or_default().children.insert(segment.into(), child);
            if let Some(ending) = segment.strip_prefix('*').filter(|ending| !ending.is_empty()) {
                self.endings.entry(node).or_default().push((ending.into(), child));
            }
            child
        })
    }
}

fn error(file: &ModelFile, entry: &str, problem: &str) -> ModelError {
    ModelError { package: file.package.clone(), entry: entry.to_owned(), problem: problem.to_owned() }
}
