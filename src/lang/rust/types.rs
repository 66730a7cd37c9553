//! Paths and types on tree-sitter: a path is a name and attributes, a type is a path with indexes, references are transparent.

use super::grammar::Kind;
use super::lower::{Lowering, span};
use crate::facts::{Construct, OpId, OpKind, Operand};
use crate::source::Span;
use smallvec::SmallVec;
use tree_sitter::Node;

impl<'t> Lowering<'t> {
    /// A path of any length, in an expression, type, pattern, attribute or macro call.
    pub(super) fn path(&mut self, node: Node<'t>) -> OpId {
        // Down the left spine first: a path nests to the left, and may be long.
        let mut segments: SmallVec<[Node<'t>; 4]> = SmallVec::new();
        let mut first = node;
        while matches!(self.kind(first), Kind::ScopedIdentifier | Kind::ScopedTypeIdentifier) {
            let Some(name) = first.child_by_field_id(self.grammar.fields.name) else { break };
            match first.child_by_field_id(self.grammar.fields.path) {
                Some(path) => {
                    segments.push(name);
                    first = path;
                }
                // `::name`, from the root.
                None => first = name,
            }
        }
        let start = first.start_byte();
        let mut value = self.path_root(first);
        for segment in segments.into_iter().rev() {
            let name = self.name_of(segment);
            value = self.builder.push(OpKind::Attribute(value, name), Span::new(start, segment.end_byte()));
        }
        value
    }

    fn path_root(&mut self, node: Node<'t>) -> OpId {
        match self.kind(node) {
            Kind::BracketedType | Kind::GenericType | Kind::GenericTypeTurbofish | Kind::QualifiedType => self.ty(node),
            Kind::Error => self.opaque(span(node)),
            _ => {
                let name = self.name_of(node);
                self.builder.push(OpKind::Name(name), span(node))
            }
        }
    }

    /// A type, as a value.
    pub(super) fn ty(&mut self, node: Node<'t>) -> OpId {
        self.deeper(span(node), |this| this.ty_inside(node))
    }

    fn ty_inside(&mut self, node: Node<'t>) -> OpId {
        let fields = &self.grammar.fields;
        match self.kind(node) {
            Kind::TypeIdentifier if self.text_of(node) == "_" => self.opaque(span(node)),
            Kind::TypeIdentifier
            | Kind::PrimitiveType
            | Kind::Identifier
            | Kind::ScopedTypeIdentifier
            | Kind::ScopedIdentifier
            | Kind::SelfPath
            | Kind::Crate
            | Kind::Super => self.path(node),
            Kind::GenericType | Kind::GenericTypeTurbofish => {
                let Some(base) = node.child_by_field_id(fields.type_of) else { return self.opaque(span(node)) };
                let base = self.path(base);
                match node.child_by_field_id(self.grammar.fields.type_arguments) {
                    Some(arguments) => self.with_type_arguments(base, arguments, span(node)),
                    None => base,
                }
            }
            Kind::ReferenceType | Kind::PointerType | Kind::QualifiedType | Kind::HigherRankedBound => {
                self.inner_type(node, fields.type_of)
            }
            Kind::AbstractType | Kind::DynamicType => self.inner_type(node, fields.interface),
            Kind::BracketedType | Kind::RemovedBound => self.first_type(node),
            // `A + B + 'a` nests to the left: the first bound decides.
            Kind::BoundedType => self.first_type(node),
            Kind::TupleType => {
                let parts = self.children(node);
                let parts: Vec<_> = parts.into_iter().map(|part| Operand::plain(self.ty(part))).collect();
                self.builder.construct(Construct::Tuple, parts, span(node))
            }
            Kind::ArrayType => {
                let element = self.inner_type(node, fields.element);
                self.builder.construct(Construct::List, [Operand::plain(element)], span(node))
            }
            Kind::UnitType => self.unit(span(node)),
            _ => self.opaque(span(node)),
        }
    }

    fn inner_type(&mut self, node: Node<'t>, field: u16) -> OpId {
        match node.child_by_field_id(field) {
            Some(inner) => self.ty(inner),
            None => self.opaque(span(node)),
        }
    }

    fn first_type(&mut self, node: Node<'t>) -> OpId {
        let parts = self.children(node);
        match parts.into_iter().find(|&part| !matches!(self.kind(part), Kind::Lifetime | Kind::UseBounds)) {
            Some(first) => self.ty(first),
            None => self.opaque(span(node)),
        }
    }

    /// `base<A, B>`; lifetimes say nothing here.
    pub(super) fn with_type_arguments(&mut self, base: OpId, arguments: Node<'t>, span: Span) -> OpId {
        let mut types = Vec::new();
        for argument in self.children(arguments) {
            match self.kind(argument) {
                Kind::Lifetime => {}
                Kind::TypeBinding => {
                    let value = self.inner_type(argument, self.grammar.fields.type_of);
                    let name = argument.child_by_field_id(self.grammar.fields.name).map(|name| self.name_of(name));
                    types.push(Operand { name, ..Operand::plain(value) });
                }
                _ => types.push(Operand::plain(self.ty(argument))),
            }
        }
        self.index_by_types(base, types, span)
    }

    /// Index `base` by its generic arguments.
    pub(super) fn index_by_types(&mut self, base: OpId, types: Vec<Operand>, span: Span) -> OpId {
        let key = match types[..] {
            [] => return base,
            [Operand { name: None, value, .. }] => value,
            _ => self.builder.construct(Construct::Tuple, types, span),
        };
        self.builder.push(OpKind::Index(base, key), span)
    }
}
