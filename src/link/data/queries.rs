//! How many rows can this query bring?

use crate::facts::{Function, Literal, NameId, OpId, OpKind, RegionKind, Target};
use crate::finding::Confidence;
use crate::link::project::{Project, Site};
use crate::link::values::arguments::Given;
use crate::link::values::flows::{chain_base, last_store};
use crate::link::values::value::{ClassRef, FieldId, FnId, Kind, Type, TypeRef, Value};
use crate::models::{Parameter, Role, Trait};

/// How many rows a query can bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// At most a number that does not grow with the data.
    Bounded,
    /// Those that belong to something: they may grow, slowly.
    Scoped,
    /// All there are.
    All,
    /// Nobody can tell.
    Unknown,
}

impl Project {
    /// How many rows the query at `site` can bring into memory.
    #[must_use]
    pub fn rows(&self, site: &Site<'_>) -> Rows {
        let traits = site.receiver.traits.union(site.result.traits);
        let bounding = [Trait::Limited, Trait::Keyed, Trait::Aggregated, Trait::Streamed, Trait::Writes, Trait::Batch];
        if bounding.into_iter().any(|which| traits.has(which)) {
            return Rows::Bounded;
        }
        if !self.is_statement_known(site) {
            return Rows::Unknown;
        }
        let reference = self.is_reference(site.receiver) || self.table_read(site).is_some_and(|table| is_reference_table(&table));
        if traits.has(Trait::Filtered) || reference { Rows::Scoped } else { Rows::All }
    }

    /// How sure we are that nothing but the size of the data limits what `site` brings; `None` when something does or may.
    #[must_use]
    pub fn brings_all_rows(&self, site: &Site<'_>) -> Option<Confidence> {
        match self.rows(site) {
            // The same rows are handed to what pages them: they come whole where paging is switched off.
            Rows::All | Rows::Scoped if self.is_paged_as_well(site) => None,
            Rows::All
                if self.is_for_administrators(site.function, &self.placement(site.function, site.op))
                    || self.fills_memory(site) =>
            {
                Some(Confidence::Low)
            }
            // What the process reads whole when it starts is meant to be held whole.
            Rows::All if self.runs_at_start(site.function, site.op) => Some(Confidence::Low),
            Rows::All => Some(self.query_grows(site)),
            Rows::Scoped => Some(Confidence::Low),
            Rows::Bounded | Rows::Unknown => None,
        }
    }

    /// Whether the query that a site runs is given to a paginator as well.
    fn is_paged_as_well(&self, site: &Site<'_>) -> bool {
        let facts = self.facts(site.function);
        let held = |op: OpId| match facts.op(op).kind {
            OpKind::Name(name) => Some(name),
            _ => None,
        };
        let given = match facts.op(site.op).kind {
            OpKind::Element(of) => held(of),
            OpKind::Call { callee, args } if matches!(facts.op(callee).kind, OpKind::Name(_)) => {
                facts.list(args).first().and_then(|arg| held(arg.value))
            }
            _ => None,
        };
        given.is_some_and(|name| {
            self.sites_in(site.function).filter(|paged| paged.role == Role::Paginate).any(|paged| match facts.op(paged.op).kind {
                OpKind::Call { args, .. } => facts.list(args).iter().any(|arg| held(arg.value) == Some(name)),
                _ => false,
            })
        })
    }

    /// The rows are taken into the process on purpose: by the function itself, or by one that it returns them to.
    fn fills_memory(&self, site: &Site<'_>) -> bool {
        let keeps = |function: FnId| {
            let filled = self.events(function).iter().filter_map(|event| event.filled_slot(self.models()));
            filled.into_iter().any(|(_, slot)| self.is_process_wide(slot))
        };
        let mut functions = vec![site.function];
        for _ in 0..5 {
            if functions.iter().any(|&function| keeps(function)) {
                return true;
            }
            let callers = functions.iter().flat_map(|&function| self.graph.to(function)).filter(|edge| !edge.outside);
            functions = callers.map(|edge| edge.caller).take(16).collect();
        }
        false
    }

    /// Whether a query is over a table that is short by its nature: of reference, or of named values.
    pub(crate) fn is_reference(&self, query: Value) -> bool {
        let Some(TypeRef::Project(class)) = query.ty().and_then(|ty| ty.first) else { return false };
        let has = |name| self.classes.field(class, name).is_some();
        is_reference_table(&self.class_name(class)) || (has("key") && has("value"))
    }

    /// Whether a function runs statements that its callers hand to it as texts: what is known of them there is known of all of them
    /// together, and of none.
    #[must_use]
    pub fn runs_callers_statements(&self, function: FnId) -> bool {
        let facts = self.facts(function);
        self.described(function).into_iter().any(|(op, act)| {
            let (Some(sql), OpKind::Call { args, .. }) = (&act.behaviour.sql, facts.op(op).kind) else { return false };
            matches!(self.argument_of(function, sql, facts.list(args)), Given::Value(text) if self.is_handed_in(function, text, 0))
        })
    }

    /// Whether a text is a parameter, as it came or behind functions that rewrite it.
    fn is_handed_in(&self, function: FnId, op: OpId, depth: u32) -> bool {
        let facts = self.facts(function);
        let value = self.values(function)[op.index()];
        if depth > 8 || value.model_type().is_some() {
            return false;
        }
        let inner = |op: OpId| self.is_handed_in(function, op, depth + 1);
        match facts.op(op).kind {
            OpKind::Param(_) => true,
            OpKind::Name(name) => match last_store(facts, name, op).filter(|&stored| stored < op) {
                Some(stored) => inner(stored),
                None => value.param.is_some(),
            },
            OpKind::Call { args, .. } => facts.list(args).iter().any(|arg| inner(arg.value)),
            OpKind::Await(of) | OpKind::Try(of) => inner(of),
            _ => false,
        }
    }

    /// Whether the whole query was seen being built: by a described type, from a text that was read, or in one chain from a table.
    fn is_statement_known(&self, site: &Site<'_>) -> bool {
        let by_text = site.act.behaviour.sql.is_some() || site.role == Role::CursorAll;
        if by_text || site.receiver.has(Trait::Understood) {
            return site.receiver.has(Trait::Understood) || site.result.has(Trait::Understood);
        }
        if site.receiver.inferred {
            return false;
        }
        match site.receiver.kind {
            Kind::Instance(_) | Kind::Class(_) => !site.receiver.has(Trait::Unread),
            _ => self.starts_from_table(site),
        }
    }

    /// A chain that starts from a path and every link of which is known: `users::table.filter(..)`; or a local name for such chains.
    fn starts_from_table(&self, site: &Site<'_>) -> bool {
        let facts = self.facts(site.function);
        let described: Vec<OpId> = self.described(site.function).into_iter().map(|(op, _)| op).collect();
        is_known_chain(facts, &described, site.op, None)
    }

    /// Where the query of a site was sent: for rows taken from a cursor or result, the call that ran the statement.
    #[must_use]
    pub fn executing_op(&self, site: &Site<'_>) -> OpId {
        if site.role != Role::CursorAll {
            return site.op;
        }
        let facts = self.facts(site.function);
        let cursor = receiver_name(facts, site.op);
        let runs = |run: &Site<'_>| {
            let same_cursor = cursor.is_some() && receiver_name(facts, run.op) == cursor;
            run.role == Role::Execute && run.op < site.op && (same_cursor || self.is_same(site.function, site.op, run.op))
        };
        self.sites_in(site.function).filter(runs).last().map_or(site.op, |run| run.op)
    }

    /// The entity that a type holds or is: of a query, a list of rows, a row.
    pub(crate) fn entity_in(&self, ty: Type) -> Option<ClassRef> {
        let mut classes = [ty.first, Some(ty.base)].into_iter().flatten().filter_map(TypeRef::project);
        classes.find(|&class| self.classes.inherits(self.models(), class, |ty| ty.entity))
    }

    /// The name of what a query is over, for messages.
    #[must_use]
    pub fn entity_name(&self, value: Value) -> Option<String> {
        value.ty()?.first?.project().map(|class| self.class_name(class))
    }

    /// Whether the rows of an entity are to be written one by one: a field of it keeps their history, or something hears of each.
    #[must_use]
    pub fn is_written_by_row(&self, value: Value) -> bool {
        let Some(class) = value.ty().and_then(|ty| ty.base.project().or_else(|| ty.first?.project())) else { return false };
        let (own, modelled) = self.classes.lineage(class);
        let hears = |site: Site<'_>| {
            let rows = self.parameter_op(&site, Parameter::Rows).map(|op| self.values(site.function)[op.index()].kind);
            matches!(rows, Some(Kind::Class(ty)) if ty.base.project().is_some_and(|class| own.contains(&class)))
        };
        // `save` of its own: what writes many rows at once does not call it.
        let writes = |name: &str| {
            let mut acts = modelled.iter().filter_map(|&base| self.models().method(base, name));
            acts.any(|act| self.act(act).behaviour.role == Some(Role::Write) && !self.act(act).adds.has(Trait::Removes))
        };
        let overrides = |class: &ClassRef| self.classes.all[class.index()].methods.keys().any(|name| writes(name));
        if self.sites(Role::RowHook).any(hears) || own.iter().any(overrides) {
            return true;
        }
        (0..self.classes.fields.len()).filter(|&at| own.contains(&self.classes.fields[at].class)).any(|at| {
            let value = self.state.field(FieldId::from_index(at));
            value.model_type().is_some_and(|ty| self.models().ty(ty).per_row)
        })
    }

    /// The name of a project class that a value is an instance of.
    #[must_use]
    pub fn type_name(&self, value: Value) -> Option<String> {
        value.project_class().map(|class| self.class_name(class))
    }

    /// Whether what `site` brings is what its function returns, and so on up to a request handler.
    #[must_use]
    pub fn is_returned_by_handler(&self, function: FnId, op: OpId) -> bool {
        let mut seen = Vec::new();
        self.flows_to_response(function, op, 0, &mut seen)
    }

    fn flows_to_response(&self, function: FnId, op: OpId, depth: u32, seen: &mut Vec<FnId>) -> bool {
        if !self.flows_to_return(function, op) || seen.contains(&function) {
            return false;
        }
        seen.push(function);
        let is_handler = self
            .entries
            .of(function)
            .iter()
            .any(|point| point.kind == crate::models::EntryKind::Request && point.label != "dependency");
        if is_handler {
            return true;
        }
        depth < 6
            && self.graph.to(function).filter(|edge| !edge.outside).any(|edge| {
                self.is_reached(edge.caller, crate::models::EntryKind::Request)
                    && self.flows_to_response(edge.caller, edge.op, depth + 1, seen)
            })
    }

    /// Whether a call makes one number or truth value of what it is given.
    fn reduces(&self, function: FnId, callee: OpId) -> bool {
        let name = match self.facts(function).op(callee).kind {
            OpKind::Name(name) | OpKind::Attribute(_, name) => self.files().name(self.files().locate(function).0, name),
            _ => return false,
        };
        matches!(name, "len" | "sum" | "count" | "any" | "all" | "bool" | "is_empty" | "contains" | "fold" | "product")
    }

    /// Whether the value of `op` reaches what the function returns or yields, through names, containers and calls.
    #[must_use]
    pub fn flows_to_return(&self, function: FnId, op: OpId) -> bool {
        self.flows_to_return_within(function, op, 0)
    }

    /// Whether what a call gives is made of its argument; what lies outside the project is taken to be.
    fn hands_back(&self, function: FnId, call: OpId, argument: usize, depth: u32) -> bool {
        let mut callees = self.graph.from(function).filter(|edge| edge.op == call && !edge.outside).peekable();
        if callees.peek().is_none() || depth > 2 {
            return true;
        }
        callees.any(|edge| {
            let facts = self.facts(edge.callee);
            let index = argument + usize::from(edge.bound);
            index >= facts.params.len() || self.flows_to_return_within(edge.callee, OpId::from_index(index), depth + 1)
        })
    }

    /// Calls that build or run a query.
    fn asking_calls(&self, function: FnId) -> Vec<OpId> {
        let asks = |act: &crate::models::Act| {
            let roles = [Role::FetchOne, Role::FetchMany, Role::FetchStream, Role::Execute, Role::Write, Role::WriteBatch];
            act.behaviour.filter || act.behaviour.role.is_some_and(|role| roles.contains(&role))
        };
        self.described(function).into_iter().filter(|(_, act)| asks(act)).map(|(op, _)| op).collect()
    }

    fn flows_to_return_within(&self, function: FnId, op: OpId, depth: u32) -> bool {
        let facts = self.facts(function);
        let mut carries = vec![false; facts.ops.len()];
        let mut names = Vec::new();
        let Some(first) = carries.get_mut(op.index()) else { return false };
        *first = true;
        if let OpKind::Param(index) = facts.op(op).kind {
            names.extend(facts.params.get(index as usize).map(|param| param.name));
        }
        let asked = std::cell::OnceCell::new();
        // What is asked for by these rows (`filter(id__in=rows)`) is something else.
        let asks = |at: OpId| asked.get_or_init(|| self.asking_calls(function)).contains(&at);
        for (at, next) in facts.tape().skip(op.index() + 1) {
            let hit = |of: OpId| carries[of.index()];
            let value = match next.kind {
                OpKind::Name(name) => names.contains(&name),
                OpKind::Index(base, key) if is_one_of(facts, base, key) => hit(base) && is_looped(facts, at, &carries),
                OpKind::Index(base, _) => hit(base),
                OpKind::Attribute(base, _) => hit(base),
                OpKind::Call { callee, .. } if self.reduces(function, callee) => false,
                OpKind::Call { callee, args } => {
                    let given = |(position, arg): (usize, &crate::facts::Operand)| {
                        hit(arg.value) && !asks(at) && self.hands_back(function, at, position, depth)
                    };
                    hit(callee) || facts.list(args).iter().enumerate().any(given)
                }
                OpKind::Construct(_, parts) | OpKind::Choose(parts) => facts.list(parts).iter().any(|part| hit(part.value)),
                OpKind::Element(of) | OpKind::Enter(of, _) | OpKind::Await(of) | OpKind::Try(of) => hit(of),
                OpKind::Store { value, .. } => hit(value),
                // One of the rows, found while going over them.
                OpKind::Return(value) if hit(value) && is_inside_loop_over(facts, at, &carries) => false,
                OpKind::Return(value) | OpKind::Yield(value) if hit(value) => return true,
                _ => false,
            };
            carries[at.index()] = value;
            match next.kind {
                OpKind::Store { target: Target::Name(name), .. } if value => names.push(name),
                OpKind::Store { target: Target::Name(name), .. } => names.retain(|&kept| kept != name),
                // `out.append(row)`, `out["rows"] = rows`: the container carries it from here on.
                OpKind::Store { target: Target::Item(base, _), .. } if value => names.extend(named(facts, base)),
                OpKind::Call { callee, args } if facts.list(args).iter().any(|arg| carries[arg.value.index()]) => {
                    if let OpKind::Attribute(base, _) = facts.op(callee).kind {
                        names.extend(named(facts, base).filter(|&name| is_local(facts, name)));
                    }
                }
                _ => {}
            }
        }
        false
    }
}

/// `rows[0]`: one of the rows. What a member gives (`frame.iloc[-1]`) may be anything.
fn is_one_of(facts: &Function, base: OpId, key: OpId) -> bool {
    matches!(facts.op(key).kind, OpKind::Literal(Literal::Int(_))) && !matches!(facts.op(base).kind, OpKind::Attribute(..))
}

/// Whether `op` is done for each of what carries the rows: a number is then one of its columns.
fn is_looped(facts: &Function, op: OpId, carries: &[bool]) -> bool {
    facts
        .regions_around(op)
        .any(|region| matches!(region.kind, RegionKind::Loop { over: Some(over), .. } if carries[over.index()]))
}

/// Whether `op` lies in the body of a loop over something that carries the rows.
fn is_inside_loop_over(facts: &Function, op: OpId, carries: &[bool]) -> bool {
    facts.regions_around(op).any(|region| match region.kind {
        RegionKind::Loop { over: Some(over), comprehension: false, .. } => carries[over.index()],
        _ => false,
    })
}

/// Tables of reference: short by what they list. The name alone never makes a finding, it only withholds one.
fn is_reference_table(entity: &str) -> bool {
    const SHORT: [&str; 46] = [
        "country",
        "countries",
        "currency",
        "currencies",
        "language",
        "languages",
        "locale",
        "role",
        "roles",
        "plan",
        "plans",
        "permission",
        "permissions",
        "setting",
        "settings",
        "config",
        "configuration",
        "timezone",
        "unit",
        "units",
        "license",
        "group",
        "priority",
        "weekday",
        "type",
        "types",
        "status",
        "statuses",
        "category",
        "categories",
        "plugin",
        "registry",
        "field",
        "fields",
        "tier",
        "level",
        "region",
        "organization",
        "tenant",
        "trophy",
        "environment",
        "environments",
        "instance",
        "instances",
        "webhook",
        "webhooks",
    ];
    let words: String =
        entity.chars().flat_map(|c| if c.is_uppercase() { vec![' ', c.to_ascii_lowercase()] } else { vec![c] }).collect();
    words.rsplit([' ', '_']).find(|word| !word.is_empty()).is_some_and(|word| SHORT.contains(&word))
}

/// The name of the variable that a call is made on.
fn receiver_name(facts: &Function, op: OpId) -> Option<NameId> {
    let receiver = match facts.op(op).kind {
        OpKind::Call { callee, .. } => match facts.op(callee).kind {
            OpKind::Attribute(base, _) => base,
            _ => return None,
        },
        OpKind::Element(of) => of,
        _ => return None,
    };
    named(facts, receiver)
}

/// Whether the function itself binds the name.
pub(crate) fn is_local(facts: &Function, name: NameId) -> bool {
    facts.params.iter().any(|param| param.name == name)
        || facts.ops.iter().any(|op| matches!(op.kind, OpKind::Store { target: Target::Name(stored), .. } if stored == name))
}

fn named(facts: &Function, op: OpId) -> Option<NameId> {
    match facts.op(op).kind {
        OpKind::Name(name) => Some(name),
        _ => None,
    }
}

/// Whether every call of a chain is described, and it starts from a path, from `built` or from a local name that holds nothing else.
fn is_known_chain(facts: &Function, described: &[OpId], op: OpId, built: Option<NameId>) -> bool {
    let mut at = op;
    while let Some(base) = chain_base(facts, at) {
        if matches!(facts.op(at).kind, OpKind::Call { .. }) && !described.contains(&at) {
            return false;
        }
        at = base;
    }
    match facts.op(at).kind {
        OpKind::Name(name) if built == Some(name) || !is_local(facts, name) => true,
        OpKind::Name(name) if built.is_none() => {
            let stored = facts.tape().filter_map(|(_, op)| match op.kind {
                OpKind::Store { target: Target::Name(target), value, .. } if target == name => Some(value),
                _ => None,
            });
            let is_param = facts.params.iter().any(|param| param.name == name);
            let mut stored = stored.peekable();
            !is_param && stored.peek().is_some() && stored.all(|value| is_known_chain(facts, described, value, Some(name)))
        }
        _ => false,
    }
}
