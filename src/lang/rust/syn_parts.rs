//! Paths, types and patterns inside macros, as `syn` reads them; the twin of `types` and `patterns`.

use super::lower::Lowering;
use super::patterns::Match;
use crate::facts::{Construct, NameId, OpId, OpKind, Operand};
use crate::source::Span;
use syn::{GenericArgument, Ident, Member, Pat, Path, PathArguments, QSelf, Type, TypeParamBound};

impl Lowering<'_> {
    /// Where a token stands in the file.
    pub(super) fn token_span(&self, span: proc_macro2::Span) -> Span {
        let range = span.byte_range();
        Span::new(self.token_base + range.start, self.token_base + range.end)
    }

    /// Where the text stands that `op` came from.
    pub(super) fn op_span(&mut self, op: OpId) -> Span {
        self.builder.function().ops.get(op.index()).map_or(Span::default(), |op| op.span)
    }

    pub(super) fn syn_name(&mut self, ident: &Ident) -> NameId {
        let text = ident.to_string();
        self.builder.name(text.strip_prefix("r#").unwrap_or(&text))
    }

    /// The name of a field: a word or a number.
    pub(super) fn member(&mut self, member: &Member) -> (NameId, Span) {
        match member {
            Member::Named(ident) => (self.syn_name(ident), self.token_span(ident.span())),
            Member::Unnamed(index) => (self.builder.name(&index.index.to_string()), self.token_span(index.span)),
        }
    }

    /// The first name of a path, or one more segment after `before`.
    pub(super) fn path_step(&mut self, before: Option<OpId>, name: NameId, span: Span) -> OpId {
        let kind = match before {
            Some(before) => OpKind::Attribute(before, name),
            None => OpKind::Name(name),
        };
        self.builder.push(kind, span)
    }

    pub(super) fn syn_path(&mut self, qself: Option<&QSelf>, path: &Path) -> OpId {
        let mut value = qself.map(|qself| self.syn_type(&qself.ty));
        // In `<T as Trait>::f` the segments of the trait add nothing.
        let skipped = qself.map_or(0, |qself| qself.position);
        let mut start = value.map(|value| self.op_span(value).start);
        for segment in path.segments.iter().skip(skipped) {
            let place = self.token_span(segment.ident.span());
            let place = Span { start: *start.get_or_insert(place.start), ..place };
            let name = self.syn_name(&segment.ident);
            let step = self.path_step(value, name, place);
            value = Some(match &segment.arguments {
                PathArguments::AngleBracketed(arguments) => {
                    let end = self.token_span(arguments.gt_token.spans[0]).end;
                    self.syn_type_arguments(step, arguments.args.iter(), Span { end, ..place })
                }
                PathArguments::None | PathArguments::Parenthesized(_) => step,
            });
        }
        value.unwrap_or_else(|| self.opaque(Span::default()))
    }

    /// `base<A, B>`.
    pub(super) fn syn_type_arguments<'a>(
        &mut self,
        base: OpId,
        arguments: impl Iterator<Item = &'a GenericArgument>,
        span: Span,
    ) -> OpId {
        let mut types = Vec::new();
        for argument in arguments {
            match argument {
                GenericArgument::Lifetime(_) => {}
                GenericArgument::Type(ty) => types.push(Operand::plain(self.syn_type(ty))),
                GenericArgument::AssocType(binding) => {
                    let value = self.syn_type(&binding.ty);
                    types.push(Operand::named(self.syn_name(&binding.ident), value));
                }
                _ => types.push(Operand::plain(self.opaque(span))),
            }
        }
        self.index_by_types(base, types, span)
    }

    pub(super) fn syn_type(&mut self, ty: &Type) -> OpId {
        self.deeper(Span::new(self.token_base, self.token_base), |this| this.syn_type_inside(ty))
    }

    fn syn_type_inside(&mut self, ty: &Type) -> OpId {
        let here = Span::new(self.token_base, self.token_base);
        match ty {
            Type::Path(ty) => self.syn_path(ty.qself.as_ref(), &ty.path),
            Type::Reference(ty) => self.syn_type(&ty.elem),
            Type::Ptr(ty) => self.syn_type(&ty.elem),
            Type::Paren(ty) => self.syn_type(&ty.elem),
            Type::Group(ty) => self.syn_type(&ty.elem),
            Type::ImplTrait(ty) => self.first_bound(ty.bounds.iter()),
            Type::TraitObject(ty) => self.first_bound(ty.bounds.iter()),
            Type::Array(ty) => {
                let element = self.syn_type(&ty.elem);
                let place = self.token_span(ty.bracket_token.span.join());
                self.builder.construct(Construct::List, [Operand::plain(element)], place)
            }
            Type::Slice(ty) => {
                let element = self.syn_type(&ty.elem);
                let place = self.token_span(ty.bracket_token.span.join());
                self.builder.construct(Construct::List, [Operand::plain(element)], place)
            }
            Type::Tuple(ty) => {
                let place = self.token_span(ty.paren_token.span.join());
                if ty.elems.is_empty() {
                    return self.unit(place);
                }
                let parts: Vec<_> = ty.elems.iter().map(|part| Operand::plain(self.syn_type(part))).collect();
                self.builder.construct(Construct::Tuple, parts, place)
            }
            Type::Infer(ty) => {
                let place = self.token_span(ty.underscore_token.spans[0]);
                self.opaque(place)
            }
            _ => self.opaque(here),
        }
    }

    fn first_bound<'a>(&mut self, mut bounds: impl Iterator<Item = &'a TypeParamBound>) -> OpId {
        let first = bounds.find_map(|bound| match bound {
            TypeParamBound::Trait(bound) => Some(&bound.path),
            _ => None,
        });
        match first {
            Some(path) => self.syn_path(None, path),
            None => self.opaque(Span::new(self.token_base, self.token_base)),
        }
    }

    /// The names that `pattern` binds, stored from `value`.
    pub(super) fn syn_bind(&mut self, pattern: &Pat, value: OpId, matched: Match) {
        self.deeper(Span::new(self.token_base, self.token_base), |this| {
            this.syn_bind_inside(pattern, value, matched);
            value
        });
    }

    fn syn_bind_inside(&mut self, pattern: &Pat, value: OpId, matched: Match) {
        let place = self.op_span(value);
        match pattern {
            Pat::Ident(pattern) => {
                let name = self.syn_name(&pattern.ident);
                let place = self.token_span(pattern.ident.span());
                self.bind_text(name, value, place);
                if let Some((_, inner)) = &pattern.subpat {
                    self.syn_bind(inner, value, matched);
                }
            }
            Pat::Reference(pattern) => self.syn_bind(&pattern.pat, value, matched),
            Pat::Paren(pattern) => self.syn_bind(&pattern.pat, value, matched),
            Pat::Guard(pattern) => self.syn_bind(&pattern.pat, value, matched),
            Pat::Type(pattern) => self.syn_bind(&pattern.pat, value, matched),
            Pat::Or(pattern) => {
                if let Some(first) = pattern.cases.first() {
                    self.syn_bind(first, value, matched);
                }
            }
            Pat::Tuple(pattern) => self.syn_bind_elements(pattern.elems.iter(), value, matched, place),
            Pat::Slice(pattern) => self.syn_bind_elements(pattern.elems.iter(), value, matched, place),
            Pat::TupleStruct(pattern) => {
                let last = pattern.path.segments.last().map_or_else(String::new, |last| last.ident.to_string());
                let enters = matched == Match::Maybe || matches!(last.as_str(), "Some" | "Ok");
                let count = pattern.elems.len();
                for (index, part) in pattern.elems.iter().enumerate().filter(|(_, part)| binds(part)) {
                    let inner = if last == "Err" {
                        self.attribute(value, "err", place)
                    } else {
                        self.variant_part(value, (index, count), enters.then_some(last.as_str()), place)
                    };
                    self.syn_bind(part, inner, matched);
                }
            }
            Pat::Struct(pattern) => {
                for field in &pattern.fields {
                    let (name, place) = self.member(&field.member);
                    let part = self.builder.push(OpKind::Attribute(value, name), place);
                    self.syn_bind(&field.pat, part, matched);
                }
            }
            _ => {}
        }
    }

    fn syn_bind_elements<'a>(&mut self, parts: impl ExactSizeIterator<Item = &'a Pat>, value: OpId, matched: Match, place: Span) {
        let count = parts.len();
        for (index, part) in parts.enumerate().filter(|(_, part)| binds(part)) {
            let element = self.element(value, index, count, place);
            self.syn_bind(part, element, matched);
        }
    }
}

fn binds(pattern: &Pat) -> bool {
    !matches!(pattern, Pat::Wild(_) | Pat::Rest(_) | Pat::Lit(_) | Pat::Path(_) | Pat::Range(_))
}
