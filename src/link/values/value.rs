//! What is known of a value: small, copyable, joined where paths meet. Unknown is a value of its own and never fires a rule.

use crate::facts::{NameId, ids};
use crate::finding::FileId;
use crate::models::{ModelTypeId, NodeId, Trait, Traits};
use serde::{Deserialize, Serialize};

ids! {
    /// A function of the project.
    FnId,
    /// A class of the project.
    ClassRef,
    /// A module of the project: a file, or an inline module of one.
    ModuleId,
    /// A variable of a module.
    GlobalId,
    /// A field of a project class.
    FieldId,
    /// A folder that is a package without a file of its own.
    FolderId,
    /// A name under which code keeps things on a library's shared object (`app.state.x`, `app["x"]`).
    StoredId,
}

/// A class: the project's own, or one that a model describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TypeRef {
    /// Defined in the project.
    Project(ClassRef),
    /// Described by a model.
    Model(ModelTypeId),
}

impl TypeRef {
    /// The class, when it is defined in the project.
    #[must_use]
    pub fn project(self) -> Option<ClassRef> {
        match self {
            Self::Project(class) => Some(class),
            Self::Model(_) => None,
        }
    }
}

/// A type with up to two type arguments; deeper ones are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Type {
    /// The class.
    pub base: TypeRef,
    /// First argument: the element of a list, the key of a map, the entity of a query.
    pub first: Option<TypeRef>,
    /// Second argument: the value of a map.
    pub second: Option<TypeRef>,
}

impl Type {
    /// A type without arguments.
    #[must_use]
    pub fn plain(base: TypeRef) -> Self {
        Self { base, first: None, second: None }
    }
}

/// Where data lives that outlasts a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slot {
    /// A variable of a module.
    Global(GlobalId),
    /// A field of a project class, of whichever instance.
    Field(FieldId),
    /// A modelled container that a framework shares between requests, told by its type.
    Managed(ModelTypeId),
    /// Something kept under a name on a library's shared object.
    Stored(StoredId),
}

/// What sort of thing a value is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Nothing has reached it yet.
    Bottom,
    /// Something nobody could tell.
    Unknown,
    /// Several things that do not agree.
    Any,
    /// `None`, `null`.
    None,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Another number.
    Float(f64),
    /// A string constant.
    Text(FileId, NameId),
    /// A string made at run time.
    AnyText,
    /// A constant of no interest.
    Constant,
    /// A module of the project.
    Module(ModuleId),
    /// A package folder without a file of its own.
    Folder(FolderId),
    /// A name outside the project that models know something about: a package, function or class.
    External(NodeId),
    /// A project function; as a value or bound to its receiver.
    Function(FnId),
    /// A class as a value.
    Class(Type),
    /// An instance.
    Instance(Type),
}

/// A value with what is known of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Value {
    /// What it is.
    pub kind: Kind,
    /// What was done to it.
    pub traits: Traits,
    /// Some link on the way here was inferred, not resolved.
    pub inferred: bool,
    /// It is this parameter of the function, passed on.
    pub param: Option<u8>,
    /// The long-lived place it was read from, or lies inside.
    pub slot: Option<Slot>,
    /// Only a declaration says so: a value that is known otherwise is the better word.
    pub declared: bool,
}

impl Value {
    /// Nothing has reached it yet.
    pub const BOTTOM: Self = Self::of(Kind::Bottom);
    /// Something nobody could tell.
    pub const UNKNOWN: Self = Self::of(Kind::Unknown);

    /// A value of which only the kind is known.
    #[must_use]
    pub const fn of(kind: Kind) -> Self {
        Self { kind, traits: Traits::NONE, inferred: false, param: None, slot: None, declared: false }
    }

    /// An instance of a plain type.
    #[must_use]
    pub fn instance(base: TypeRef) -> Self {
        Self::of(Kind::Instance(Type::plain(base)))
    }

    /// Its type, when it is an instance.
    #[must_use]
    pub fn ty(&self) -> Option<Type> {
        match self.kind {
            Kind::Instance(ty) => Some(ty),
            _ => None,
        }
    }

    /// Its class, when it is an instance of one of the project.
    #[must_use]
    pub fn project_class(&self) -> Option<ClassRef> {
        self.ty()?.base.project()
    }

    /// Its class, when it is an instance of one a model describes.
    #[must_use]
    pub fn model_type(&self) -> Option<ModelTypeId> {
        match self.ty()?.base {
            TypeRef::Model(ty) => Some(ty),
            TypeRef::Project(_) => None,
        }
    }

    /// Whether anything is known.
    #[must_use]
    pub fn is_known(&self) -> bool {
        !matches!(self.kind, Kind::Bottom | Kind::Unknown | Kind::Any)
    }

    /// Whether it has a trait.
    #[must_use]
    pub fn has(&self, which: Trait) -> bool {
        self.traits.has(which)
    }

    /// With more traits. The latest word on time wins: a bounded request is no longer unbounded.
    #[must_use]
    pub fn with(mut self, traits: Traits) -> Self {
        for (gained, lost) in [(Trait::Timed, Trait::Untimed), (Trait::Untimed, Trait::Timed)] {
            if traits.has(gained) {
                self.traits = self.traits.without(lost);
            }
        }
        self.traits = self.traits.union(traits);
        self
    }

    /// The same value, no longer tied to the place it came from.
    #[must_use]
    pub fn detached(mut self) -> Self {
        self.slot = None;
        self.param = None;
        self
    }

    /// The same value, lying in `slot`.
    #[must_use]
    pub fn at(mut self, slot: Slot) -> Self {
        self.slot = Some(slot);
        self
    }

    /// The value after two paths meet. Safety traits of either path are kept: a query that is limited on one path is not reported.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        let traits = self.traits.union(other.traits);
        let inferred = self.inferred || other.inferred;
        let param = if self.param == other.param { self.param } else { None };
        let slot = if self.slot == other.slot { self.slot } else { self.slot.or(other.slot) };
        let declared = self.declared && other.declared;
        let merged = |kind, inferred| Self { kind, traits, inferred, param, slot, declared };
        match (self.kind, other.kind) {
            (Kind::Bottom, _) => other,
            (_, Kind::Bottom) => self,
            (a, b) if a == b => merged(a, inferred),
            (Kind::Instance(a), Kind::Instance(b)) if a.base == b.base => {
                let first = if a.first == b.first { a.first } else { a.first.xor(b.first) };
                let second = if a.second == b.second { a.second } else { a.second.xor(b.second) };
                merged(Kind::Instance(Type { base: a.base, first, second }), inferred)
            }
            (_, b) if self.declared && !other.declared && other.is_known() && b != Kind::None => merged(b, inferred),
            (a, _) if other.declared && !self.declared && self.is_known() && a != Kind::None => merged(a, inferred),
            (Kind::None, b) => merged(b, inferred),
            (a, Kind::None) => merged(a, inferred),
            (Kind::Any, _) | (_, Kind::Any) => merged(Kind::Any, inferred),
            // What was taken for want of better gives way to what is known.
            (Kind::Instance(_), Kind::Instance(_)) if self.inferred && !other.inferred => other,
            (Kind::Instance(_), Kind::Instance(_)) if other.inferred && !self.inferred => self,
            // A library's collection, and one of the project of the same: the project's extends it.
            (Kind::Instance(a), Kind::Instance(b))
                if a.first.is_some() && a.first == b.first && a.base.project().is_some() != b.base.project().is_some() =>
            {
                merged(Kind::Instance(if a.base.project().is_some() { a } else { b }), inferred)
            }
            (Kind::Unknown, b) => merged(b, true),
            (a, Kind::Unknown) => merged(a, true),
            (a, b) if a.is_text() && b.is_text() => merged(Kind::AnyText, inferred),
            (a, b) if a.is_constant() && b.is_constant() => merged(Kind::Constant, inferred),
            _ => merged(Kind::Any, inferred),
        }
    }
}

impl Kind {
    /// A string, known or not.
    #[must_use]
    pub fn is_text(self) -> bool {
        matches!(self, Self::Text(..) | Self::AnyText)
    }

    /// A constant, whichever.
    #[must_use]
    pub fn is_constant(self) -> bool {
        matches!(self, Self::Bool(_) | Self::Int(_) | Self::Float(_) | Self::Text(..) | Self::Constant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_meets_known_as_inferred() {
        let known = Value::instance(TypeRef::Model(ModelTypeId(3)));
        assert!(known.join(Value::UNKNOWN).inferred && Value::UNKNOWN.join(known).ty() == known.ty());
        assert_eq!(known.join(Value::BOTTOM), known);
        let other = Value::instance(TypeRef::Model(ModelTypeId(4)));
        assert_eq!(known.join(other).kind, Kind::Any);
        assert_eq!(Value::of(Kind::None).join(known).ty(), known.ty());
    }
}
