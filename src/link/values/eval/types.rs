//! From classes to instances: annotations, quoted ones too, and wrappers that fall away.

use super::super::value::{Kind, Type, TypeRef, Value};
use super::{Eval, resolve_path};
use crate::facts::NameId;
use crate::finding::FileId;

impl Eval<'_, '_> {
    /// An instance of the class that `value` is, for annotations and constructors; wrappers that are transparent fall away.
    pub(crate) fn instance_of(&self, value: Value) -> Value {
        match value.kind {
            Kind::Class(ty) => self.unwrapped(ty),
            Kind::External(node) => match self.world.models.type_at(node) {
                Some(ty) => self.unwrapped(Type::plain(TypeRef::Model(ty))),
                None => Value::UNKNOWN,
            },
            Kind::Text(file, name) => self.quoted_annotation(file, name),
            Kind::None => Value::of(Kind::None),
            _ => Value::UNKNOWN,
        }
    }

    fn unwrapped(&self, ty: Type) -> Value {
        if let TypeRef::Model(model) = ty.base
            && self.world.models.ty(model).transparent
        {
            return ty.first.map_or(Value::UNKNOWN, Value::instance);
        }
        Value::of(Kind::Instance(ty))
    }

    /// A forward reference: `"User"`, `"models.User"`, `"Optional[User]"`.
    fn quoted_annotation(&self, file: FileId, name: NameId) -> Value {
        let text = self.world.files.name(file, name);
        let inner = text.rsplit_once('[').map_or(text, |(_, inner)| inner.trim_end_matches(']'));
        let inner = inner.split('|').map(str::trim).find(|part| *part != "None").unwrap_or(inner);
        if inner.is_empty() || !inner.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.') {
            return Value::UNKNOWN;
        }
        let path: Vec<&str> = inner.split('.').collect();
        match resolve_path(self.world.files, self.world.modules, self.world.models, self.module, &path) {
            Some(value) if matches!(value.kind, Kind::Class(_) | Kind::External(_)) => self.instance_of(value),
            _ => Value::UNKNOWN,
        }
    }
}
