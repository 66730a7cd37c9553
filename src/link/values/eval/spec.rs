//! From the notation of models to values: what a described call, field or context manager gives.

use super::super::arguments::positional;
use super::super::value::{Kind, Type, TypeRef, Value};
use super::Eval;
use crate::facts::Operand;
use crate::models::Spec;

impl Eval<'_, '_> {
    /// The value `spec` describes, for a call on `receiver` with `args`.
    pub(super) fn spec(&self, spec: &Spec, receiver: Value, args: &[Operand]) -> Value {
        match spec {
            Spec::Receiver => match receiver.kind {
                Kind::Class(ty) => Value { traits: receiver.traits, ..Value::of(Kind::Instance(ty)) },
                _ => receiver,
            },
            Spec::TypeArgument(index) => {
                let ty = match receiver.kind {
                    Kind::Instance(ty) | Kind::Class(ty) => ty,
                    _ => return Value::UNKNOWN,
                };
                let argument = if *index == 0 { ty.first } else { ty.second };
                // What is inside the receiver lives where the receiver does.
                Value { slot: receiver.slot, ..argument.map_or(Value::UNKNOWN, Value::instance) }
            }
            Spec::Argument(index) => positional(args, *index).map_or(Value::UNKNOWN, |arg| self.value(arg.value)),
            Spec::New(inner) => {
                let class = self.spec(inner, receiver, args);
                match class.kind {
                    Kind::Instance(_) => class,
                    _ => self.instance_of(class),
                }
            }
            Spec::CallOf(inner) => self.result_of(self.spec(inner, receiver, args)),
            Spec::Element(inner) => self.element_of(self.spec(inner, receiver, args)),
            Spec::Instance(path, arguments) => {
                let models = self.world.models;
                let Some(base) = models.find(self.language, path).and_then(|node| models.type_at(node)) else {
                    return Value::UNKNOWN;
                };
                let argument = |index: usize| {
                    let value = arguments.get(index).map(|spec| self.argument(spec, receiver, args))?;
                    value.ty().map(|ty| ty.base)
                };
                Value::of(Kind::Instance(Type { base: TypeRef::Model(base), first: argument(0), second: argument(1) }))
            }
            Spec::Class(path) => match self.world.models.find(self.language, path) {
                Some(node) => Value::of(Kind::External(node)),
                None => Value::UNKNOWN,
            },
            Spec::List(inner) => {
                let element = self.argument(inner, receiver, args).ty().map(|ty| ty.base);
                self.known(self.world.known.list, element, None)
            }
        }
    }

    /// A type argument: where `self` means the receiver's own type.
    fn argument(&self, spec: &Spec, receiver: Value, args: &[Operand]) -> Value {
        match (spec, receiver.kind) {
            (Spec::Receiver, Kind::Class(ty)) => Value::of(Kind::Instance(ty)),
            _ => self.spec(spec, receiver, args),
        }
    }

    /// What calling a value gives.
    pub(super) fn result_of(&self, callee: Value) -> Value {
        match callee.kind {
            Kind::Function(function) => {
                let result = self.state_result(function);
                let result = if result.kind == Kind::Bottom { Value::UNKNOWN } else { result };
                // A generator that hands out one resource: what its annotation says that it hands out, which no round changes, else
                // what its body does.
                let value = if self.world.files.facts(function).is_generator {
                    let said = [self.world.state.declared_result(function), result].map(|value| self.element_of(value));
                    let element = said.into_iter().find(Value::is_known);
                    element.or_else(|| self.world.state.yielded(function)).unwrap_or(Value::UNKNOWN)
                } else {
                    result
                };
                Value { param: None, ..value }
            }
            Kind::Class(_) | Kind::External(_) => self.instance_of(callee),
            _ => Value::UNKNOWN,
        }
    }
}
