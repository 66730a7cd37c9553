//! Items on tree-sitter: what a file, module or body defines, and the modules and names it opens.

use super::functions::Owner;
use super::grammar::Kind;
use super::lower::{Lowering, span};
use crate::facts::{FunctionId, FunctionKind, Impl, Import, NameId, OpId, OpKind, StoreMode, Target};
use tree_sitter::Node;

impl<'t> Lowering<'t> {
    /// The items of a file or module.
    pub(super) fn items_of(&mut self, list: Node<'t>) {
        for item in self.children(list) {
            self.statement(item);
        }
        self.pending.clear();
    }

    /// One item, with the attributes that stood before it.
    pub(super) fn item(&mut self, node: Node<'t>) {
        if self.kind(node) == Kind::AttributeItem {
            self.pending.push(node);
            return;
        }
        let attributes = std::mem::take(&mut self.pending);
        self.deeper(span(node), |this| {
            this.item_inside(node, &attributes);
            OpId::default()
        });
    }

    fn item_inside(&mut self, node: Node<'t>, attributes: &[Node<'t>]) {
        match self.kind(node) {
            Kind::InnerAttributeItem => self.inner_attribute(node),
            Kind::Function | Kind::FunctionSignature => {
                self.function(node, attributes, Owner::Scope);
            }
            Kind::Struct | Kind::Enum | Kind::Union | Kind::Trait => self.class(node, attributes),
            Kind::Impl => self.implementation(node, attributes),
            Kind::Const | Kind::Static => self.constant(node),
            Kind::TypeItem => self.type_alias(node),
            Kind::Mod => self.module(node, attributes),
            Kind::ForeignMod => {
                if let Some(body) = node.child_by_field_id(self.grammar.fields.body) {
                    self.items_of(body);
                }
            }
            Kind::Use => self.import(node),
            Kind::ExternCrate => self.extern_crate(node, attributes),
            _ => {}
        }
    }

    /// An attribute of everything around it: `#![cfg(test)]`.
    fn inner_attribute(&mut self, node: Node<'t>) {
        if self.is_test_attribute(node) {
            self.in_test = true;
            self.builder.function().is_test = true;
        }
    }

    fn module(&mut self, node: Node<'t>, attributes: &[Node<'t>]) {
        let Some(name) = node.child_by_field_id(self.grammar.fields.name) else { return };
        let name = self.name_of(name);
        let Some(body) = node.child_by_field_id(self.grammar.fields.body) else {
            let path: Box<[_]> = self.scope.iter().copied().chain([name]).collect();
            if attributes.iter().any(|&attribute| self.is_test_attribute(attribute)) {
                self.builder.facts().test_submodules.push(path.clone());
            }
            self.builder.facts().submodules.push(path);
            return;
        };
        let is_test = attributes.iter().any(|&attribute| self.is_test_attribute(attribute));
        let outer_test = self.enter_test(is_test);
        self.scope.push(name);
        self.items_of(body);
        self.scope.pop();
        self.in_test = outer_test;
    }

    /// `static` and `const`: the declared type, then the value, stored under the name.
    fn constant(&mut self, node: Node<'t>) {
        let fields = &self.grammar.fields;
        let (Some(name_node), value) = (node.child_by_field_id(fields.name), node.child_by_field_id(fields.value)) else {
            return;
        };
        let ty = node.child_by_field_id(fields.type_of).map(|ty| self.ty(ty));
        let name = self.name_of(name_node);
        if let Some(value) = ty {
            let target = Target::Name(name);
            self.builder.push(OpKind::Store { target, value, mode: StoreMode::Declared }, span(name_node));
        }
        if let Some(value) = value {
            let value = self.expr(value);
            self.builder.store_name(name, value, span(name_node));
        }
    }

    fn type_alias(&mut self, node: Node<'t>) {
        let fields = &self.grammar.fields;
        let (name, ty) = (node.child_by_field_id(fields.name), node.child_by_field_id(fields.type_of));
        if let (Some(name_node), Some(ty)) = (name, ty) {
            let ty = self.ty(ty);
            let name = self.name_of(name_node);
            self.builder.store_name(name, ty, span(name_node));
        }
    }

    fn implementation(&mut self, node: Node<'t>, attributes: &[Node<'t>]) {
        let fields = &self.grammar.fields;
        let (Some(ty), body) = (node.child_by_field_id(fields.type_of), node.child_by_field_id(fields.body)) else { return };
        let interface = node.child_by_field_id(fields.interface);
        let target = self.ty(ty);
        let interface = interface.map(|interface| self.ty(interface));
        let attributes = self.attributes(attributes);
        let outer_test = self.enter_test(attributes.is_test);
        let methods = body.map(|body| self.methods(body, target, interface.is_some())).unwrap_or_default();
        self.in_test = outer_test;
        // Outside the module body, the methods tell which tape `target` is on: without any, nothing does.
        if self.builder.current() == FunctionId(0) || !methods.is_empty() {
            let scope = self.scope.clone();
            let block = Impl { target, interface, decorators: attributes.values, methods, scope };
            self.builder.facts().impls.push(block);
        }
    }

    fn methods(&mut self, body: Node<'t>, target: OpId, of_trait: bool) -> Vec<FunctionId> {
        let mut methods = Vec::new();
        let mut attributes = Vec::new();
        for item in self.children(body) {
            match self.kind(item) {
                Kind::AttributeItem => {
                    attributes.push(item);
                    continue;
                }
                Kind::Function | Kind::FunctionSignature => {
                    methods.extend(self.function(item, &attributes, Owner::Impl(of_trait)));
                }
                Kind::Const => self.associated_constant(item, target),
                Kind::Macro => {
                    self.macro_call(item);
                }
                Kind::Error => self.salvage(item),
                _ => {}
            }
            attributes.clear();
        }
        methods
    }

    /// `const X: T = value` in an `impl`: an attribute of the type.
    fn associated_constant(&mut self, node: Node<'t>, target: OpId) {
        let fields = &self.grammar.fields;
        let (name, value) = (node.child_by_field_id(fields.name), node.child_by_field_id(fields.value));
        if let (Some(name), Some(value)) = (name, value) {
            let value = self.expr(value);
            let target = Target::Attribute(target, self.name_of(name));
            self.builder.push(OpKind::Store { target, value, mode: StoreMode::Plain }, span(name));
        }
    }

    fn import(&mut self, node: Node<'t>) {
        let fields = &self.grammar.fields;
        let public = self.child(node, Kind::Visibility).is_some();
        if let Some(argument) = node.child_by_field_id(fields.argument) {
            self.use_tree(argument, &mut Vec::new(), public);
        } else if let Some(name) = node.child_by_field_id(fields.name) {
            let alias = node.child_by_field_id(fields.alias).unwrap_or(name);
            let (path, alias) = (vec![self.name_of(name)], self.name_of(alias));
            self.add_import(path, Some(alias), public, node);
        }
    }

    /// `extern crate name;`, which may bring the macros of the crate (The Rust Reference, "The `macro_use` attribute").
    fn extern_crate(&mut self, node: Node<'t>, attributes: &[Node<'t>]) {
        self.import(node);
        let brings = attributes.iter().any(|&attribute| self.text_of(attribute).contains("macro_use"));
        if let Some(name) = node.child_by_field_id(self.grammar.fields.name).filter(|_| brings) {
            let path = vec![self.name_of(name)];
            self.add_import(path, None, false, node);
        }
    }

    /// One branch of a `use` tree below `prefix`.
    fn use_tree(&mut self, node: Node<'t>, prefix: &mut Vec<Node<'t>>, public: bool) {
        let fields = &self.grammar.fields;
        let mark = prefix.len();
        match self.kind(node) {
            Kind::UseList => {
                for branch in self.children(node) {
                    self.use_tree(branch, prefix, public);
                }
            }
            Kind::ScopedUseList => {
                let (path, list) = (node.child_by_field_id(fields.path), node.child_by_field_id(fields.list));
                self.path_segments(path, prefix);
                if let Some(list) = list {
                    self.use_tree(list, prefix, public);
                }
            }
            Kind::UseAs => {
                let (path, alias) = (node.child_by_field_id(fields.path), node.child_by_field_id(fields.alias));
                self.path_segments(path, prefix);
                self.use_leaf(node, prefix, alias, public);
            }
            Kind::UseWildcard => {
                let path = self.children(node).first().copied();
                self.path_segments(path, prefix);
                let path = prefix.iter().map(|&segment| self.name_of(segment)).collect();
                self.add_import(path, None, public, node);
            }
            Kind::Error => {}
            _ => {
                self.path_segments(Some(node), prefix);
                self.use_leaf(node, prefix, None, public);
            }
        }
        prefix.truncate(mark);
    }

    fn use_leaf(&mut self, node: Node<'t>, path: &[Node<'t>], alias: Option<Node<'t>>, public: bool) {
        // `a::{self}` is `a`.
        let path = match path {
            [prefix @ .., last] if !prefix.is_empty() && self.kind(*last) == Kind::SelfPath => prefix,
            _ => path,
        };
        let Some(&last) = path.last() else { return };
        let name = self.name_of(alias.unwrap_or(last));
        let path = path.iter().map(|&segment| self.name_of(segment)).collect();
        self.add_import(path, Some(name), public, node);
    }

    /// Append the segments of a path, first to last.
    fn path_segments(&mut self, path: Option<Node<'t>>, segments: &mut Vec<Node<'t>>) {
        let mark = segments.len();
        let mut rest = path;
        while let Some(node) = rest {
            let name = node.child_by_field_id(self.grammar.fields.name);
            segments.push(name.unwrap_or(node));
            rest = if name.is_some() { node.child_by_field_id(self.grammar.fields.path) } else { None };
        }
        segments[mark..].reverse();
    }

    fn add_import(&mut self, path: Vec<NameId>, name: Option<NameId>, public: bool, node: Node<'t>) {
        let import = Import {
            scope: self.builder.current(),
            path,
            level: 0,
            name,
            binds_root: false,
            glob: name.is_none(),
            public,
            typing_only: false,
            span: span(node),
        };
        self.builder.facts().imports.push(import);
    }

    /// The sound items and statements inside a syntax error.
    pub(super) fn salvage(&mut self, error: Node<'t>) {
        self.deeper(span(error), |this| {
            for part in this.children(error) {
                this.statement(part);
            }
            OpId::default()
        });
    }

    /// Open the body of a type definition.
    pub(super) fn class_body(&mut self, node: Node<'t>, name_node: Node<'t>) -> FunctionId {
        let name = self.name_of(name_node);
        let id = self.builder.open_function(FunctionKind::ClassBody, Some(name), span(node), span(name_node));
        let (scope, is_test) = (self.scope.clone(), self.in_test);
        let function = self.builder.function();
        function.scope = scope;
        function.is_test = is_test;
        id
    }
}
