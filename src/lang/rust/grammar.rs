//! Node kinds and fields of the grammar as an enum and numbers, looked up once, so that lowering never compares strings.

use tree_sitter::{Language, Node};

macro_rules! kinds {
    ($($variant:ident = $name:literal),* $(,)?) => {
        /// The node kinds that lowering tells apart; `Wildcard` is the anonymous `_`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Kind { Other, Error, Wildcard, $($variant),* }

        const KINDS: &[(Kind, &str)] = &[$((Kind::$variant, $name)),*];
    };
}

kinds! {
    AbstractType = "abstract_type",
    ArrayExpression = "array_expression",
    ArrayType = "array_type",
    AsyncBlock = "async_block",
    Assignment = "assignment_expression",
    AttributeItem = "attribute_item",
    Await = "await_expression",
    BaseFieldInitializer = "base_field_initializer",
    Binary = "binary_expression",
    Block = "block",
    BlockComment = "block_comment",
    Boolean = "boolean_literal",
    BoundedType = "bounded_type",
    BracketedType = "bracketed_type",
    Break = "break_expression",
    Call = "call_expression",
    CapturedPattern = "captured_pattern",
    Cast = "type_cast_expression",
    CharLiteral = "char_literal",
    Closure = "closure_expression",
    CompoundAssignment = "compound_assignment_expr",
    Const = "const_item",
    ConstBlock = "const_block",
    Continue = "continue_expression",
    Crate = "crate",
    DynamicType = "dynamic_type",
    EmptyStatement = "empty_statement",
    Enum = "enum_item",
    EnumVariant = "enum_variant",
    ExpressionStatement = "expression_statement",
    ExternCrate = "extern_crate_declaration",
    Field = "field_expression",
    FieldDeclaration = "field_declaration",
    FieldIdentifier = "field_identifier",
    FieldInitializer = "field_initializer",
    FieldPattern = "field_pattern",
    Float = "float_literal",
    For = "for_expression",
    ForeignMod = "foreign_mod_item",
    Function = "function_item",
    FunctionModifiers = "function_modifiers",
    FunctionSignature = "function_signature_item",
    FunctionType = "function_type",
    GenBlock = "gen_block",
    GenericFunction = "generic_function",
    GenericPattern = "generic_pattern",
    GenericType = "generic_type",
    GenericTypeTurbofish = "generic_type_with_turbofish",
    HigherRankedBound = "higher_ranked_trait_bound",
    Identifier = "identifier",
    If = "if_expression",
    Impl = "impl_item",
    Index = "index_expression",
    InnerAttributeItem = "inner_attribute_item",
    Integer = "integer_literal",
    Label = "label",
    Let = "let_declaration",
    LetChain = "let_chain",
    LetCondition = "let_condition",
    Lifetime = "lifetime",
    LineComment = "line_comment",
    Loop = "loop_expression",
    Macro = "macro_invocation",
    Match = "match_expression",
    MatchArm = "match_arm",
    Metavariable = "metavariable",
    Mod = "mod_item",
    MutPattern = "mut_pattern",
    MutableSpecifier = "mutable_specifier",
    NegativeLiteral = "negative_literal",
    OrPattern = "or_pattern",
    Parameter = "parameter",
    Parenthesized = "parenthesized_expression",
    PointerType = "pointer_type",
    PrimitiveType = "primitive_type",
    QualifiedType = "qualified_type",
    Range = "range_expression",
    RawString = "raw_string_literal",
    RefPattern = "ref_pattern",
    Reference = "reference_expression",
    ReferencePattern = "reference_pattern",
    ReferenceType = "reference_type",
    RemovedBound = "removed_trait_bound",
    Return = "return_expression",
    ScopedIdentifier = "scoped_identifier",
    ScopedTypeIdentifier = "scoped_type_identifier",
    ScopedUseList = "scoped_use_list",
    SelfParameter = "self_parameter",
    SelfPath = "self",
    ShorthandFieldIdentifier = "shorthand_field_identifier",
    ShorthandFieldInitializer = "shorthand_field_initializer",
    SlicePattern = "slice_pattern",
    Static = "static_item",
    String = "string_literal",
    Struct = "struct_item",
    StructExpression = "struct_expression",
    StructPattern = "struct_pattern",
    Super = "super",
    TokenTree = "token_tree",
    Trait = "trait_item",
    Try = "try_expression",
    TryBlock = "try_block",
    TupleExpression = "tuple_expression",
    TuplePattern = "tuple_pattern",
    TupleStructPattern = "tuple_struct_pattern",
    TupleType = "tuple_type",
    TypeBinding = "type_binding",
    TypeIdentifier = "type_identifier",
    TypeItem = "type_item",
    Unary = "unary_expression",
    Union = "union_item",
    UnitExpression = "unit_expression",
    UnitType = "unit_type",
    UnsafeBlock = "unsafe_block",
    Use = "use_declaration",
    UseAs = "use_as_clause",
    UseBounds = "use_bounds",
    UseList = "use_list",
    UseWildcard = "use_wildcard",
    VariadicParameter = "variadic_parameter",
    Visibility = "visibility_modifier",
    While = "while_expression",
    Yield = "yield_expression",
}

macro_rules! fields {
    ($($name:ident = $text:literal),* $(,)?) => {
        /// Numbers of the grammar's fields; 0, which no child has, for one the grammar no longer knows.
        #[derive(Debug, Default)]
        pub(super) struct Fields { $(pub(super) $name: u16),* }

        impl Fields {
            fn new(language: &Language) -> Self {
                let id = |text: &str| language.field_id_for_name(text).map_or(0, u16::from);
                Self { $($name: id($text)),* }
            }

            #[cfg(test)]
            fn all(&self) -> Vec<(&'static str, u16)> { vec![$(($text, self.$name)),*] }
        }
    };
}

fields! {
    alias = "alias",
    alternative = "alternative",
    argument = "argument",
    arguments = "arguments",
    body = "body",
    bounds = "bounds",
    condition = "condition",
    consequence = "consequence",
    element = "element",
    field = "field",
    interface = "trait",
    left = "left",
    length = "length",
    list = "list",
    macro_path = "macro",
    name = "name",
    operator = "operator",
    parameters = "parameters",
    path = "path",
    pattern = "pattern",
    return_type = "return_type",
    right = "right",
    type_arguments = "type_arguments",
    type_of = "type",
    value = "value",
}

/// The grammar, as lowering sees it.
#[derive(Debug)]
pub(super) struct Grammar {
    kinds: Vec<Kind>,
    /// Numbers of the fields.
    pub(super) fields: Fields,
}

impl Grammar {
    /// Look everything up.
    pub(super) fn new(language: &Language) -> Self {
        let mut kinds = vec![Kind::Other; language.node_kind_count()];
        for &(kind, name) in KINDS {
            if let Some(slot) = kinds.get_mut(usize::from(language.id_for_node_kind(name, true))) {
                *slot = kind;
            }
        }
        if let Some(slot) = kinds.get_mut(usize::from(language.id_for_node_kind("_", false))) {
            *slot = Kind::Wildcard;
        }
        Self { kinds, fields: Fields::new(language) }
    }

    /// What `node` is.
    pub(super) fn kind(&self, node: Node<'_>) -> Kind {
        match self.kinds.get(usize::from(node.kind_id())) {
            Some(&kind) => kind,
            None => Kind::Error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_knows_every_kind_and_field() {
        let language = tree_sitter_rust::LANGUAGE.into();
        for (_, name) in KINDS {
            assert_ne!(Language::id_for_node_kind(&language, name, true), 0, "{name}");
        }
        for (name, id) in Grammar::new(&language).fields.all() {
            assert_ne!(id, 0, "{name}");
        }
    }
}
