//! Project classes joined with their `impl` blocks and bases: which method, which field is meant by a name.

use super::modules::Modules;
use crate::facts::{Class, FileFacts, FunctionKind, OpId, OpKind, Target};
use crate::finding::FileId;
use crate::link::Files;
use crate::link::data::reverse::Reverse;
use crate::link::values::value::{ClassRef, FieldId, FnId, TypeRef};
use crate::models::{ModelTypeId, Models};
use rustc_hash::FxHashMap;
use smallvec::{SmallVec, smallvec};

/// A class with everything that belongs to it.
#[derive(Debug, Default)]
pub(crate) struct ClassInfo {
    /// Methods, by name; `impl` blocks included.
    pub methods: FxHashMap<Box<str>, FnId>,
    /// Fields, by name: declared or set on `self`.
    pub fields: FxHashMap<Box<str>, FieldId>,
    /// Bases that were resolved, in order.
    pub bases: Vec<TypeRef>,
    /// Traits of the project that it implements.
    pub interfaces: Vec<TypeRef>,
}

/// A field of a class.
#[derive(Debug, Clone)]
pub(crate) struct FieldInfo {
    /// Its class.
    pub class: ClassRef,
    /// Its name.
    pub name: Box<str>,
    /// Set at class level, so all instances share it unless one sets its own.
    pub at_class_level: bool,
    /// Set on an instance somewhere.
    pub on_instance: bool,
    /// Declared as shared by all instances, also where others would have their own: `ClassVar[dict]`.
    pub shared: bool,
}

/// All classes of the project.
#[derive(Debug, Default)]
pub(crate) struct Classes {
    /// By number.
    pub all: Vec<ClassInfo>,
    /// Their fields.
    pub fields: Vec<FieldInfo>,
    /// For each function: the class it is a method of, `impl` blocks included.
    pub owner: Vec<Option<ClassRef>>,
    /// Methods of traits beside a method of the same name, which callers of the class do not reach: `impl Send for Mailer` has a
    /// `send` of its own, and so has `Mailer`.
    pub(super) beside: Vec<(ClassRef, Box<str>, FnId)>,
    /// What rows have from relations of other entities.
    pub reverse: Reverse,
    /// The lineage of each class, once bases are known; empty for those without bases.
    lineages: Vec<Option<Box<Lineage>>>,
}

/// A class and its bases in the project, in order of look-up, and its modelled bases. Asked for with almost every name, hence
/// without an allocation.
type Lineage = (SmallVec<[ClassRef; 8]>, SmallVec<[ModelTypeId; 4]>);

/// How far inheritance is followed.
const DEPTH: usize = 24;

impl Classes {
    /// Methods and fields of all classes; bases come later, when values are known.
    pub(crate) fn collect(files: &Files) -> Self {
        let mut classes = Self {
            all: (0..files.class_count()).map(|_| ClassInfo::default()).collect(),
            fields: Vec::new(),
            owner: vec![None; files.function_count()],
            beside: Vec::new(),
            reverse: Reverse::default(),
            lineages: Vec::new(),
        };
        for (file, data) in files.iter() {
            for (at, class) in data.facts.classes.iter().enumerate() {
                let id = files.class(file, at);
                let declares = declares_instances(&data.facts, class);
                for field in &class.fields {
                    let by_word = is_class_variable(&data.facts, class, field);
                    let shared = field.value.is_some() && (by_word || !declares);
                    let id = classes.add_field(id, data.facts.names.get(field.name), shared, !shared);
                    classes.fields[id.index()].shared |= by_word;
                }
            }
            for at in 0..data.facts.functions.len() {
                classes.add_method(files, file, at);
            }
        }
        for (file, data) in files.iter() {
            for at in 0..data.facts.functions.len() {
                classes.add_self_fields(files, file, at);
            }
        }
        classes
    }

    fn add_method(&mut self, files: &Files, file: FileId, at: usize) {
        let facts = &files.get(file).facts;
        let function = &facts.functions[at];
        let (FunctionKind::Method, Some(class), Some(name)) = (function.kind, function.class, function.name) else { return };
        let id = files.function(file, crate::facts::FunctionId::from_index(at));
        self.attach(files.class(file, class.index()), facts.names.get(name), id);
    }

    /// Make `method` a method of `class`. A first definition wins over later ones of the same name (overloads, property setters).
    pub(crate) fn attach(&mut self, class: ClassRef, name: &str, method: FnId) {
        self.owner[method.index()] = Some(class);
        let first = *self.all[class.index()].methods.entry(name.into()).or_insert(method);
        if first != method {
            self.beside.push((class, name.into(), method));
        }
    }

    /// Fields that methods set on their receiver.
    pub(crate) fn add_self_fields(&mut self, files: &Files, file: FileId, at: usize) {
        let facts = &files.get(file).facts;
        let function = &facts.functions[at];
        let id = files.function(file, crate::facts::FunctionId::from_index(at));
        let Some(class) = self.owner[id.index()] else { return };
        for op in &function.ops {
            let OpKind::Store { target: Target::Attribute(base, name), .. } = op.kind else { continue };
            // `cls._instance.items = {}` where the class makes its one object.
            let makes = || function.name.is_some_and(|name| facts.names.get(name) == "__new__");
            let made = || matches!(function.op(base).kind, OpKind::Attribute(..) | OpKind::Name(_)) && makes();
            if !function.is_static && is_receiver(function, base) || made() {
                self.add_field(class, facts.names.get(name), false, true);
            }
        }
    }

    pub(crate) fn add_field(&mut self, class: ClassRef, name: &str, at_class_level: bool, on_instance: bool) -> FieldId {
        if let Some(&id) = self.all[class.index()].fields.get(name) {
            let field = &mut self.fields[id.index()];
            field.at_class_level |= at_class_level;
            field.on_instance |= on_instance;
            return id;
        }
        let id = FieldId::from_index(self.fields.len());
        self.fields.push(FieldInfo { class, name: name.into(), at_class_level, on_instance, shared: false });
        self.all[class.index()].fields.insert(name.into(), id);
        id
    }

    /// `class` and its project bases in order of look-up, itself first, then the modelled bases.
    pub(crate) fn lineage(&self, class: ClassRef) -> Lineage {
        match self.lineages.get(class.index()) {
            Some(Some(known)) => (**known).clone(),
            Some(None) => (smallvec![class], SmallVec::new()),
            None => self.find_lineage(class),
        }
    }

    /// Remember the lineages: bases change no more.
    pub(super) fn settle_lineages(&mut self) {
        let lineages = (0..self.all.len()).map(|at| {
            let of = self.find_lineage(ClassRef::from_index(at));
            (of.0.len() + of.1.len() > 1).then(|| Box::new(of))
        });
        self.lineages = lineages.collect();
    }

    fn find_lineage(&self, class: ClassRef) -> Lineage {
        let (mut project, mut modelled): Lineage = (smallvec![class], SmallVec::new());
        let mut at = 0;
        while at < project.len() && at < DEPTH {
            let info = &self.all[project[at].index()];
            for &base in info.bases.iter().chain(&info.interfaces) {
                match base {
                    TypeRef::Project(base) if !project.contains(&base) => project.push(base),
                    TypeRef::Model(base) if !modelled.contains(&base) => modelled.push(base),
                    _ => {}
                }
            }
            at += 1;
        }
        (project, modelled)
    }

    /// The bases of `class` in the project, itself left out.
    fn bases_of(&self, class: ClassRef) -> SmallVec<[ClassRef; 8]> {
        match self.lineages.get(class.index()) {
            Some(Some(known)) => SmallVec::from_slice(&known.0[1..]),
            Some(None) => SmallVec::new(),
            None => SmallVec::from_slice(&self.find_lineage(class).0[1..]),
        }
    }

    /// The method `name` of `class`, inherited ones included.
    pub(crate) fn method(&self, class: ClassRef, name: &str) -> Option<FnId> {
        if let Some(&own) = self.all[class.index()].methods.get(name) {
            return Some(own);
        }
        self.bases_of(class).iter().find_map(|base| self.all[base.index()].methods.get(name)).copied()
    }

    /// The field `name` of `class`, inherited ones included.
    pub(crate) fn field(&self, class: ClassRef, name: &str) -> Option<FieldId> {
        if let Some(&own) = self.all[class.index()].fields.get(name) {
            return Some(own);
        }
        self.bases_of(class).iter().find_map(|base| self.all[base.index()].fields.get(name)).copied()
    }

    /// Whether `class` inherits from a modelled type that `is` true of.
    pub(crate) fn inherits(&self, models: &Models, class: ClassRef, is: impl Fn(&crate::models::ModelType) -> bool) -> bool {
        let (_, modelled) = self.lineage(class);
        modelled.iter().any(|&base| models.lineage(base).any(&is))
    }
}

/// Whether a field is annotated as one of the class (PEP 526).
fn is_class_variable(facts: &FileFacts, class: &Class, field: &crate::facts::Field) -> bool {
    let body = &facts.functions[class.body.index()];
    let last = field.annotation.and_then(|op| body.path(op)?.last().copied());
    last.is_some_and(|name| facts.names.get(name) == "ClassVar")
}

/// Whether a decorator makes the class attributes fields of each instance, as data classes have them.
fn declares_instances(facts: &FileFacts, class: &Class) -> bool {
    let tape = &facts.functions[class.parent.index()];
    class.decorators.iter().any(|&op| {
        let callee = match tape.op(op).kind {
            OpKind::Call { callee, .. } => callee,
            _ => op,
        };
        match tape.op(callee).kind {
            OpKind::Name(name) | OpKind::Attribute(_, name) => {
                matches!(facts.names.get(name), "dataclass" | "define" | "frozen" | "mutable" | "attrs" | "s" | "attributes")
            }
            _ => false,
        }
    })
}

/// Whether operation `op` is the receiver itself.
pub(crate) fn is_receiver(function: &crate::facts::Function, op: OpId) -> bool {
    match function.op(op).kind {
        OpKind::Param(0) => true,
        OpKind::Name(name) => function.params.first().is_some_and(|param| param.name == name),
        _ => false,
    }
}

/// Rust: attach the methods of `impl` blocks to the classes their targets name.
pub(crate) fn attach_impls(files: &Files, modules: &Modules, models: &Models, classes: &mut Classes) -> Vec<ImplInfo> {
    let mut impls = Vec::new();
    let blocks =
        || files.iter().flat_map(|(file, data)| data.facts.impls.iter().enumerate().map(move |block| (file, data, block)));
    // What a type has of its own goes before what traits give it (The Rust Reference, "Method-call expressions").
    for of_trait in [false, true] {
        for (file, data, (at, block)) in blocks().filter(|(.., (_, block))| block.interface.is_some() == of_trait) {
            let module = modules.of(file, &block.scope);
            let resolve = |op| resolve_type(files, modules, models, file, module, (block.tape(&data.facts), op));
            if let Some(TypeRef::Project(class)) = resolve(block.target) {
                if let Some(interface @ TypeRef::Project(_)) = block.interface.and_then(resolve) {
                    classes.all[class.index()].interfaces.push(interface);
                }
                for &method in &block.methods {
                    let function = &data.facts.functions[method.index()];
                    if let Some(name) = function.name {
                        classes.attach(class, data.facts.names.get(name), files.function(file, method));
                    }
                }
                for &method in &block.methods {
                    classes.add_self_fields(files, file, method.index());
                }
            }
            impls.push(ImplInfo { file, at });
        }
    }
    impls
}

/// An `impl` block of the project.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ImplInfo {
    /// Its file.
    pub file: FileId,
    /// Its position there.
    pub at: usize,
}

/// The class that a type path names.
fn resolve_type(
    files: &Files,
    modules: &Modules,
    models: &Models,
    file: FileId,
    module: crate::link::values::value::ModuleId,
    (tape, op): (&crate::facts::Function, OpId),
) -> Option<TypeRef> {
    let facts = &files.get(file).facts;
    let path: Vec<&str> = tape.path(op)?.into_iter().map(|name| facts.names.get(name)).collect();
    crate::link::values::eval::resolve_path(files, modules, models, module, &path).and_then(|value| match value.kind {
        crate::link::values::value::Kind::Class(ty) => Some(ty.base),
        crate::link::values::value::Kind::External(node) => models.type_at(node).map(TypeRef::Model),
        _ => None,
    })
}

/// The paths of what a Rust type derives: `#[derive(Debug, clap::Subcommand)]`.
pub(crate) fn derived<'f>(facts: &'f FileFacts, class: &Class) -> Vec<Vec<&'f str>> {
    let tape = &facts.functions[class.parent.index()];
    let path =
        |op: OpId| -> Vec<&'f str> { tape.path(op).unwrap_or_default().into_iter().map(|name| facts.names.get(name)).collect() };
    let derive = |op: &OpId| match tape.op(*op).kind {
        OpKind::Call { callee, args } if path(callee).last() == Some(&"derive") => Some(args),
        _ => None,
    };
    let named = class.decorators.iter().filter_map(derive).flat_map(|args| tape.list(args));
    named.map(|arg| path(arg.value)).collect()
}
