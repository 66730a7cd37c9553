//! Structs, enums, unions and traits on tree-sitter: their fields, variants and methods become a class.

use super::functions::Owner;
use super::grammar::Kind;
use super::lower::{Lowering, span};
use crate::facts::{Class, ClassId, Field, NameId, OpKind};
use tree_sitter::Node;

impl<'t> Lowering<'t> {
    /// A type definition, bound to its name.
    pub(super) fn class(&mut self, node: Node<'t>, attributes: &[Node<'t>]) {
        let fields = &self.grammar.fields;
        let (Some(name_node), body_node) = (node.child_by_field_id(fields.name), node.child_by_field_id(fields.body)) else {
            return;
        };
        let supertraits = node.child_by_field_id(fields.bounds);
        let bases = supertraits.map(|bounds| self.children(bounds)).unwrap_or_default();
        let bases = bases.into_iter().filter(|&bound| self.kind(bound) != Kind::Lifetime).collect::<Vec<_>>();
        let bases = bases.into_iter().map(|bound| self.ty(bound)).collect();
        let attributes = self.attributes(attributes);
        let outer_test = self.enter_test(attributes.is_test);
        let name = self.name_of(name_node);
        let parent = self.builder.current();
        let body = self.class_body(node, name_node);
        let id = self.builder.add_class(Class {
            name,
            parent,
            body,
            bases,
            keywords: Vec::new(),
            decorators: attributes.values,
            fields: Vec::new(),
            scope: self.scope.clone(),
            span: span(node),
            name_span: span(name_node),
        });
        self.builder.function().class = Some(id);
        if let Some(body) = body_node {
            let declared = self.members(node, body, id);
            self.builder.facts().classes[id.index()].fields = declared;
        }
        self.builder.close_function();
        self.in_test = outer_test;
        let definition = self.builder.push(OpKind::ClassDefinition(id), span(name_node));
        self.builder.store_name(name, definition, span(name_node));
    }

    fn members(&mut self, node: Node<'t>, body: Node<'t>, id: ClassId) -> Vec<Field> {
        match self.kind(node) {
            Kind::Trait => {
                self.trait_members(body, id);
                Vec::new()
            }
            _ => self.declared_fields(body),
        }
    }

    /// Fields of a struct or union, by name or position; variants of an enum.
    fn declared_fields(&mut self, body: Node<'t>) -> Vec<Field> {
        let mut declared = Vec::new();
        for member in self.children(body) {
            match self.kind(member) {
                Kind::FieldDeclaration => {
                    let fields = &self.grammar.fields;
                    let (name, ty) = (member.child_by_field_id(fields.name), member.child_by_field_id(fields.type_of));
                    if let Some(name) = name {
                        let name = self.name_of(name);
                        declared.push(self.field(name, ty, member));
                    }
                }
                Kind::EnumVariant => {
                    if let Some(name) = member.child_by_field_id(self.grammar.fields.name) {
                        let name = self.name_of(name);
                        let ty = self.payload(member);
                        declared.push(self.field(name, ty, member));
                    }
                }
                Kind::AttributeItem | Kind::Visibility | Kind::Error => {}
                // A tuple struct lists bare types.
                _ => {
                    let name = self.builder.name(&declared.len().to_string());
                    declared.push(self.field(name, Some(member), member));
                }
            }
        }
        declared
    }

    /// The type inside a variant that holds just one.
    fn payload(&mut self, variant: Node<'t>) -> Option<Node<'t>> {
        let body = variant.child_by_field_id(self.grammar.fields.body)?;
        let parts = self.children(body);
        let mut types = parts.into_iter().filter(|&part| !matches!(self.kind(part), Kind::AttributeItem | Kind::Visibility));
        match (types.next(), types.next()) {
            (Some(only), None) if self.kind(only) != Kind::FieldDeclaration => Some(only),
            _ => None,
        }
    }

    fn field(&mut self, name: NameId, ty: Option<Node<'t>>, place: Node<'t>) -> Field {
        Field { name, annotation: ty.map(|ty| self.ty(ty)), value: None, span: span(place) }
    }

    fn trait_members(&mut self, body: Node<'t>, id: ClassId) {
        let mut attributes = Vec::new();
        for member in self.children(body) {
            match self.kind(member) {
                Kind::AttributeItem => {
                    attributes.push(member);
                    continue;
                }
                Kind::Function | Kind::FunctionSignature => {
                    self.function(member, &attributes, Owner::Trait(id));
                }
                Kind::Const => self.item(member),
                Kind::Error => self.salvage(member),
                _ => {}
            }
            attributes.clear();
        }
    }
}
