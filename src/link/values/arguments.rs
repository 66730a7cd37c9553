//! Arguments of calls: found by name or position, left out, or hidden in a spread; and what models say of those they name.

use super::value::{FnId, Kind, Value};
use crate::facts::{Construct, Function, Literal, NameTable, OpId, OpKind, Operand, OperandForm, Target};
use crate::link::Site;
use crate::link::project::Project;
use crate::link::reach::graph::Edge;
use crate::models::Parameter;
use crate::models::schema::ParameterModel;

/// An argument of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    /// This operation's value.
    Value(OpId),
    /// Not given.
    Absent,
    /// Perhaps: a spread may hold it.
    Perhaps,
}

/// What a call chooses for a [`Parameter`] that its model names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Chosen<'p> {
    /// The code gives it: the operation and its value, which may be unknown.
    Given(OpId, Value),
    /// The code leaves it out, and the library then takes this.
    Default(&'p serde_json::Value),
    /// The code leaves it out, and the model does not say what holds then.
    Absent,
    /// Nobody can tell: a spread may hold it, or the model has no such parameter.
    Unknown,
}

impl Chosen<'_> {
    /// The whole number it is, given or by default; `None` is no number.
    #[must_use]
    pub fn number(&self) -> Option<i64> {
        match self {
            Self::Given(_, value) => match value.kind {
                Kind::Int(number) => Some(number),
                _ => None,
            },
            Self::Default(value) => value.as_i64(),
            Self::Absent | Self::Unknown => None,
        }
    }

    /// The seconds it is, whole or not, given or by default.
    #[must_use]
    pub fn seconds(&self) -> Option<f64> {
        match self {
            Self::Given(_, value) => match value.kind {
                Kind::Int(seconds) => i32::try_from(seconds).ok().map(f64::from),
                Kind::Float(seconds) => Some(seconds),
                _ => None,
            },
            Self::Default(value) => value.as_f64(),
            Self::Absent | Self::Unknown => None,
        }
    }

    /// Whether it is known to be nothing: `None`, `false`, given or by default.
    #[must_use]
    pub fn is_off(&self) -> bool {
        match self {
            Self::Given(_, value) => matches!(value.kind, Kind::None | Kind::Bool(false)),
            Self::Default(value) => value.is_null() || value.as_bool() == Some(false) || value.as_str() == Some("none"),
            Self::Absent | Self::Unknown => false,
        }
    }

    /// Whether it is known to be `true`, given or by default.
    #[must_use]
    pub fn is_on(&self) -> bool {
        match self {
            Self::Given(_, value) => value.kind == Kind::Bool(true),
            Self::Default(value) => value.as_bool() == Some(true),
            Self::Absent | Self::Unknown => false,
        }
    }
}

impl Project {
    /// What a call chooses for a parameter that its model names. Evaluates the function anew: ask it of sites that count.
    #[must_use]
    pub fn parameter(&self, site: &Site<'_>, which: Parameter) -> Chosen<'_> {
        let Some(model) = self.parameter_model(site, which) else { return Chosen::Unknown };
        match self.parameter_given(site, model) {
            Given::Value(op) => Chosen::Given(op, self.values(site.function)[op.index()]),
            Given::Perhaps => Chosen::Unknown,
            Given::Absent => model.default.as_ref().map_or(Chosen::Absent, Chosen::Default),
        }
    }

    /// Whether a parameter of a call is known to be switched off: given so, or left out where that means the same.
    #[must_use]
    pub fn lacks(&self, site: &Site<'_>, which: Parameter) -> bool {
        let Some(model) = self.parameter_model(site, which) else { return false };
        // Models are written in TOML, which has no null: `false` stands for it.
        let off = |value: &serde_json::Value| match &model.off {
            Some(off) if value.is_null() => off.contains(&false.into()),
            Some(off) => off.contains(value),
            None => value.is_null() || value.as_bool() == Some(false),
        };
        match self.parameter(site, which) {
            Chosen::Given(_, value) => match value.kind {
                // Beside something that nobody could tell, a constant is one possibility of several.
                _ if value.inferred => false,
                Kind::None => off(&serde_json::Value::Null),
                Kind::Bool(truth) => off(&truth.into()),
                Kind::Int(number) => off(&number.into()),
                _ => false,
            },
            Chosen::Default(value) => off(value),
            Chosen::Absent | Chosen::Unknown => false,
        }
    }

    /// The argument that a call of a project function passes for its parameter `index`.
    pub(crate) fn passed(&self, edge: &Edge, index: usize) -> Option<OpId> {
        let facts = self.facts(edge.caller);
        let OpKind::Call { args, .. } = facts.op(edge.op).kind else { return None };
        let args = facts.list(args);
        let wanted = self.facts(edge.callee).params.get(index)?;
        let name = |function, name| self.files().name(self.files().locate(function).0, name);
        let by_name = args.iter().find(|arg| {
            arg.form == OperandForm::Plain
                && arg.name.is_some_and(|given| name(edge.caller, given) == name(edge.callee, wanted.name))
        });
        let position = index.checked_sub(usize::from(edge.bound)).and_then(|at| u16::try_from(at).ok());
        by_name.or_else(|| positional(args, position?)).map(|arg| arg.value)
    }

    /// The operation that gives a parameter of a call, when the code gives it. Cheap.
    #[must_use]
    pub fn parameter_op(&self, site: &Site<'_>, which: Parameter) -> Option<OpId> {
        let model = self.parameter_model(site, which)?;
        match self.parameter_given(site, model) {
            Given::Value(op) => Some(op),
            Given::Absent | Given::Perhaps => None,
        }
    }

    /// Whether a call is given anything.
    #[must_use]
    pub fn has_arguments(&self, function: FnId, op: OpId) -> bool {
        matches!(self.facts(function).op(op).kind, OpKind::Call { args, .. } if args.len > 0)
    }

    /// Whether a call and the chain it ends are given nothing but constants, what is named aside:
    /// `Command::new("df").arg("-h").output()`.
    #[must_use]
    pub fn is_given_constants(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        let chain = std::iter::successors(Some(op), |&at| super::flows::chain_base(facts, at));
        let given = chain.filter_map(|at| match facts.op(at).kind {
            OpKind::Call { args, .. } => Some(facts.list(args)),
            _ => None,
        });
        let mut given = given.flatten().filter(|arg| arg.name.is_none()).peekable();
        given.peek().is_some() && given.all(|arg| self.is_constant_at(function, arg.value))
    }

    /// The program that a call or the chain it ends runs, by its constant name without folders, and the constant word after it:
    /// `Command::new("which").arg(name)`, `subprocess.run(["git", "fetch", remote])`.
    #[must_use]
    pub fn program_run(&self, function: FnId, op: OpId) -> Option<Vec<String>> {
        let facts = self.facts(function);
        let chain = std::iter::successors(Some(op), |&at| super::flows::chain_base(facts, at));
        let listed = |op: OpId| {
            let written = match facts.op(op).kind {
                OpKind::Name(name) => super::flows::last_store(facts, name, op).unwrap_or(op),
                _ => op,
            };
            match facts.op(written).kind {
                OpKind::Construct(Construct::List | Construct::Tuple, parts) => {
                    facts.list(parts).iter().map(|part| part.value).collect()
                }
                _ => vec![op],
            }
        };
        let mut given: Vec<Vec<OpId>> = chain
            .filter_map(|at| match facts.op(at).kind {
                OpKind::Call { args, .. } => Some(listed(facts.list(args).first()?.value)),
                _ => None,
            })
            .collect();
        given.reverse();
        let (first, further) = given.split_first()?;
        let text = |op: &OpId| self.text_at(function, *op);
        let program = text(first.first()?)?;
        let mut said = program.split_whitespace();
        let name = said.next()?.rsplit('/').next()?.to_owned();
        // A chain may say more of the program than its words: the folder it runs in.
        let next = || match first.get(1) {
            Some(second) => text(second),
            None => further.iter().filter_map(|words| words.first()).find_map(text),
        };
        // Of `git -C folder fetch` the verb is not the next word.
        let verb = said.next().map(str::to_owned).or_else(next).filter(|word| !word.starts_with('-'));
        Some([Some(name), verb].into_iter().flatten().collect())
    }

    /// A literal, a list of such, or the name of a constant text.
    fn is_constant_at(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        match facts.op(op).kind {
            OpKind::Literal(_) => true,
            OpKind::Construct(Construct::List | Construct::Tuple, parts) => {
                facts.list(parts).iter().all(|part| self.is_constant_at(function, part.value))
            }
            OpKind::Name(_) | OpKind::Attribute(..) => self.text_at(function, op).is_some(),
            _ => false,
        }
    }

    /// The constant text that an operation is.
    #[must_use]
    pub fn text_at(&self, function: FnId, op: OpId) -> Option<String> {
        match self.values(function)[op.index()].kind {
            Kind::Text(file, name) => Some(self.files().name(file, name).to_owned()),
            _ => None,
        }
    }

    /// The models outlive the site, which only borrows its act.
    pub(crate) fn parameter_model(&self, site: &Site<'_>, which: Parameter) -> Option<&ParameterModel> {
        self.models().act(site.act_id).behaviour.parameter.get(&which)
    }

    /// The argument itself, or the field of that name inside a struct or map at its position.
    fn parameter_given(&self, site: &Site<'_>, model: &ParameterModel) -> Given {
        if !model.inside {
            return match self.argument(site, &model.argument, model.position) {
                Given::Absent => self.nested_argument(site, &model.argument),
                given => given,
            };
        }
        let facts = self.facts(site.function);
        let (file, _) = self.files().locate(site.function);
        let written = match self.argument(site, &[], model.position) {
            Given::Value(op) => match facts.op(op).kind {
                OpKind::Name(name) => super::flows::last_store(facts, name, op).unwrap_or(op),
                _ => op,
            },
            other => return other,
        };
        let OpKind::Construct(Construct::Struct | Construct::Map, parts) = facts.op(written).kind else { return Given::Perhaps };
        let named = facts.list(parts).iter().find(|part| {
            part.name.is_some_and(|name| model.argument.iter().any(|wanted| wanted == self.files().name(file, name)))
        });
        let hidden = facts
            .list(parts)
            .iter()
            .any(|part| part.form == OperandForm::NamedSpread && self.language(site.function) == crate::lang::Language::Python);
        match named {
            Some(part) => Given::Value(part.value),
            None if hidden => Given::Perhaps,
            None => Given::Absent,
        }
    }

    /// An entry of a map that an argument is, by a name with a dot: `retry_kwargs.countdown`.
    fn nested_argument(&self, site: &Site<'_>, names: &[String]) -> Given {
        let facts = self.facts(site.function);
        let (file, _) = self.files().locate(site.function);
        let mut nested = names.iter().filter_map(|name| name.split_once('.'));
        let inside = |(outer, inner): (&str, &str)| match self.argument(site, &[outer.to_owned()], None) {
            Given::Value(op) => match facts.op(op).kind {
                OpKind::Construct(Construct::Map, parts) => {
                    let named = |part: &&Operand| part.name.is_some_and(|name| self.files().name(file, name) == inner);
                    facts.list(parts).iter().find(named).map(|part| Given::Value(part.value))
                }
                _ => Some(Given::Perhaps),
            },
            _ => None,
        };
        nested.find_map(inside).unwrap_or(Given::Absent)
    }

    /// Where a call gives the argument of one of these names, or at this position.
    pub(crate) fn argument(&self, site: &Site<'_>, names: &[String], position: Option<u16>) -> Given {
        let facts = self.facts(site.function);
        let OpKind::Call { args, .. } = facts.op(site.op).kind else { return Given::Absent };
        let (file, _) = self.files().locate(site.function);
        find(&self.files().get(file).facts.names, facts, names, position, facts.list(args))
    }
}

/// Find an argument by name or position.
pub(crate) fn find(text: &NameTable, function: &Function, names: &[String], position: Option<u16>, args: &[Operand]) -> Given {
    let named = args.iter().find(|arg| arg.name.is_some_and(|name| names.iter().any(|n| n == text.get(name))));
    if let Some(arg) = named {
        return Given::Value(arg.value);
    }
    if let Some(arg) = position.and_then(|position| positional(args, position)) {
        return Given::Value(arg.value);
    }
    let hidden = args.iter().any(|arg| match arg.form {
        OperandForm::NamedSpread => {
            let known = spread_keys(text, function, arg.value, 0);
            !names.is_empty() && known.is_none_or(|keys| keys.iter().any(|key| names.contains(key)))
        }
        OperandForm::Spread => position.is_some(),
        _ => false,
    });
    if hidden { Given::Perhaps } else { Given::Absent }
}

/// The positional argument at `index`, when no spread comes before it.
pub(crate) fn positional(args: &[Operand], index: u16) -> Option<&Operand> {
    let mut plain = args.iter().filter(|arg| arg.name.is_none() && arg.form != OperandForm::NamedSpread);
    let arg = plain.nth(index as usize)?;
    let spread_before = args.iter().take_while(|other| other.value != arg.value).any(|arg| arg.form == OperandForm::Spread);
    (arg.form == OperandForm::Plain && !spread_before).then_some(arg)
}

/// The keys of a mapping that is spread into a call, when the function writes all of them out: `options = {"auth": auth}`,
/// `options["verify"] = False`, `**options`.
fn spread_keys(text: &NameTable, function: &Function, op: OpId, depth: u32) -> Option<Vec<String>> {
    let literal = |op: OpId| match function.op(op).kind {
        OpKind::Literal(Literal::Text(name)) => Some(text.get(name).to_owned()),
        _ => None,
    };
    match function.op(op).kind {
        OpKind::Construct(Construct::Map, parts) => function
            .list(parts)
            .iter()
            .map(|part| part.name.filter(|_| part.form == OperandForm::Plain).map(|name| text.get(name).to_owned()))
            .collect(),
        OpKind::Name(name) if depth < 4 => {
            let named = |base: OpId| matches!(function.op(base).kind, OpKind::Name(other) if other == name);
            let mut keys = Vec::new();
            let mut made = false;
            for (_, next) in function.tape().take(op.index()) {
                match next.kind {
                    OpKind::Param(index) if function.params.get(index as usize).is_some_and(|param| param.name == name) => {
                        return None;
                    }
                    OpKind::Store { target: Target::Name(stored), value, .. } if stored == name => {
                        keys.extend(spread_keys(text, function, value, depth + 1)?);
                        made = true;
                    }
                    OpKind::Store { target: Target::Item(base, key), .. } if named(base) => keys.push(literal(key)?),
                    // `options.update(..)` and what else may fill it.
                    OpKind::Attribute(base, _) if named(base) => return None,
                    OpKind::Call { args, .. }
                        if function.list(args).iter().any(|arg| arg.form == OperandForm::Plain && named(arg.value)) =>
                    {
                        return None;
                    }
                    _ => {}
                }
            }
            made.then_some(keys)
        }
        _ => None,
    }
}
