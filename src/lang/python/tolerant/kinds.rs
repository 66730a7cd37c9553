//! The node kinds of the Python grammar as one enum, looked up once by number, so that lowering never compares strings.

use std::sync::LazyLock;
use tree_sitter::Node;

macro_rules! kinds {
    (named { $($named:ident = $named_text:literal,)* } tokens { $($token:ident = $token_text:literal,)* }) => {
        /// What a node is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Kind {
            $(#[doc = $named_text] $named,)*
            $(#[doc = $token_text] $token,)*
            /// Keywords, brackets and separators that say nothing beyond the kind of their parent.
            Token,
            /// A named node that lowering only passes through.
            Other,
            /// Text the parser could not place.
            Error,
            /// Something the parser made up to go on.
            Missing,
        }

        static TABLE: LazyLock<Vec<Kind>> = LazyLock::new(|| {
            let language = tree_sitter::Language::new(tree_sitter_python::LANGUAGE);
            let unlisted = |id| if language.node_kind_is_named(id) { Kind::Other } else { Kind::Token };
            let mut table: Vec<Kind> = (0u16..).take(language.node_kind_count()).map(unlisted).collect();
            let mut set = |text: &str, named: bool, kind: Kind| {
                if let Some(slot) = table.get_mut(usize::from(language.id_for_node_kind(text, named))) {
                    *slot = kind;
                }
            };
            $(set($named_text, true, Kind::$named);)*
            $(set($token_text, false, Kind::$token);)*
            table
        });
    };
}

kinds! {
    named {
        AliasedImport = "aliased_import",
        ArgumentList = "argument_list",
        AsPattern = "as_pattern",
        AsPatternTarget = "as_pattern_target",
        AssertStatement = "assert_statement",
        Assignment = "assignment",
        Attribute = "attribute",
        AugmentedAssignment = "augmented_assignment",
        AwaitExpression = "await",
        BinaryOperator = "binary_operator",
        Block = "block",
        BooleanOperator = "boolean_operator",
        BreakStatement = "break_statement",
        Call = "call",
        CaseClause = "case_clause",
        CasePattern = "case_pattern",
        Chevron = "chevron",
        ClassDefinition = "class_definition",
        ClassPattern = "class_pattern",
        Comment = "comment",
        ComparisonOperator = "comparison_operator",
        ConcatenatedString = "concatenated_string",
        ConditionalExpression = "conditional_expression",
        ConstrainedType = "constrained_type",
        ContinueStatement = "continue_statement",
        DecoratedDefinition = "decorated_definition",
        Decorator = "decorator",
        DefaultParameter = "default_parameter",
        DeleteStatement = "delete_statement",
        Dictionary = "dictionary",
        DictionaryComprehension = "dictionary_comprehension",
        DictionarySplat = "dictionary_splat",
        DictionarySplatPattern = "dictionary_splat_pattern",
        DottedName = "dotted_name",
        ElifClause = "elif_clause",
        Ellipsis = "ellipsis",
        ElseClause = "else_clause",
        ExceptClause = "except_clause",
        ExecStatement = "exec_statement",
        ExpressionList = "expression_list",
        ExpressionStatement = "expression_statement",
        False = "false",
        FinallyClause = "finally_clause",
        Float = "float",
        ForInClause = "for_in_clause",
        ForStatement = "for_statement",
        FormatExpression = "format_expression",
        FormatSpecifier = "format_specifier",
        FunctionDefinition = "function_definition",
        FutureImportStatement = "future_import_statement",
        GeneratorExpression = "generator_expression",
        GenericType = "generic_type",
        GlobalStatement = "global_statement",
        Identifier = "identifier",
        IfClause = "if_clause",
        IfStatement = "if_statement",
        ImportFromStatement = "import_from_statement",
        ImportPrefix = "import_prefix",
        ImportStatement = "import_statement",
        Integer = "integer",
        Interpolation = "interpolation",
        KeywordArgument = "keyword_argument",
        KeywordPattern = "keyword_pattern",
        KeywordSeparator = "keyword_separator",
        Lambda = "lambda",
        LambdaParameters = "lambda_parameters",
        LineContinuation = "line_continuation",
        List = "list",
        ListComprehension = "list_comprehension",
        ListPattern = "list_pattern",
        ListSplat = "list_splat",
        ListSplatPattern = "list_splat_pattern",
        MatchStatement = "match_statement",
        MemberType = "member_type",
        Module = "module",
        NamedExpression = "named_expression",
        None = "none",
        NonlocalStatement = "nonlocal_statement",
        NotOperator = "not_operator",
        Pair = "pair",
        Parameters = "parameters",
        ParenthesizedExpression = "parenthesized_expression",
        ParenthesizedListSplat = "parenthesized_list_splat",
        PassStatement = "pass_statement",
        PatternList = "pattern_list",
        PositionalSeparator = "positional_separator",
        PrintStatement = "print_statement",
        RaiseStatement = "raise_statement",
        RelativeImport = "relative_import",
        ReturnStatement = "return_statement",
        Set = "set",
        SetComprehension = "set_comprehension",
        Slice = "slice",
        SplatPattern = "splat_pattern",
        SplatType = "splat_type",
        String = "string",
        StringContent = "string_content",
        Subscript = "subscript",
        True = "true",
        TryStatement = "try_statement",
        Tuple = "tuple",
        TuplePattern = "tuple_pattern",
        Type = "type",
        TypeAliasStatement = "type_alias_statement",
        TypeConversion = "type_conversion",
        TypeParameter = "type_parameter",
        TypedDefaultParameter = "typed_default_parameter",
        TypedParameter = "typed_parameter",
        UnaryOperator = "unary_operator",
        UnionPattern = "union_pattern",
        UnionType = "union_type",
        WhileStatement = "while_statement",
        WildcardImport = "wildcard_import",
        WithClause = "with_clause",
        WithItem = "with_item",
        WithStatement = "with_statement",
        Yield = "yield",
    }
    tokens {
        And = "and",
        Async = "async",
        Colon = ":",
        Diamond = "<>",
        Equal = "==",
        From = "from",
        Greater = ">",
        GreaterEqual = ">=",
        In = "in",
        Is = "is",
        IsNot = "is not",
        Less = "<",
        LessEqual = "<=",
        Minus = "-",
        MinusAssign = "-=",
        NotEqual = "!=",
        NotIn = "not in",
        Or = "or",
        Percent = "%",
        PercentAssign = "%=",
        Plus = "+",
        PlusAssign = "+=",
    }
}

impl Kind {
    /// The kind of `node`.
    pub(super) fn of(node: Node<'_>) -> Self {
        TABLE.get(usize::from(node.kind_id())).copied().unwrap_or(Self::Error)
    }

    /// Whether it is a whole statement, one that may be lowered even when what surrounds it is broken.
    pub(super) fn is_statement(self) -> bool {
        matches!(
            self,
            Self::AssertStatement
                | Self::BreakStatement
                | Self::ClassDefinition
                | Self::ContinueStatement
                | Self::DecoratedDefinition
                | Self::DeleteStatement
                | Self::ExecStatement
                | Self::ExpressionStatement
                | Self::ForStatement
                | Self::FunctionDefinition
                | Self::FutureImportStatement
                | Self::GlobalStatement
                | Self::IfStatement
                | Self::ImportFromStatement
                | Self::ImportStatement
                | Self::MatchStatement
                | Self::NonlocalStatement
                | Self::PassStatement
                | Self::PrintStatement
                | Self::RaiseStatement
                | Self::ReturnStatement
                | Self::TryStatement
                | Self::TypeAliasStatement
                | Self::WhileStatement
                | Self::WithStatement
        )
    }

    /// Whether it is `*value`.
    pub(super) fn is_splat(self) -> bool {
        matches!(self, Self::ListSplat | Self::ListSplatPattern | Self::SplatType)
    }

    /// Whether it ends where a block ends, or is a block.
    pub(super) fn ends_with_block(self) -> bool {
        matches!(
            self,
            Self::Block
                | Self::CaseClause
                | Self::ClassDefinition
                | Self::DecoratedDefinition
                | Self::ElifClause
                | Self::ElseClause
                | Self::ExceptClause
                | Self::FinallyClause
                | Self::ForStatement
                | Self::FunctionDefinition
                | Self::IfStatement
                | Self::MatchStatement
                | Self::TryStatement
                | Self::WhileStatement
                | Self::WithStatement
        )
    }

    /// Whether its children are statements, in any number and between errors.
    pub(super) fn holds_statements(self) -> bool {
        matches!(self, Self::Module | Self::Block | Self::Error)
    }

    /// Whether a node of this kind tells lowering nothing.
    pub(super) fn is_noise(self) -> bool {
        matches!(self, Self::Token | Self::Comment | Self::LineContinuation)
    }
}
