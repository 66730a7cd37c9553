//! How much is started at once? Fan-outs over collections that nothing bounds, and what limits them.

use crate::facts::{Construct, Function, FunctionKind, OpId, OpKind, RegionKind, Target};
use crate::finding::{Confidence, Place};
use crate::link::project::{Project, Site};
use crate::link::reach::graph::Edge;
use crate::link::reach::loops::Over;
use crate::link::values::eval::How;
use crate::link::values::value::{FnId, Kind};
use crate::models::{Parameter, Role, Trait};

/// As many calls at once as a collection has elements.
#[derive(Debug)]
pub struct FanOut<'p> {
    /// What starts them.
    pub site: Site<'p>,
    /// What is called for each element.
    pub call: String,
    /// Where the collection is gone through.
    pub place: Place,
    /// What the collection is.
    pub over: Over,
    /// How sure it is that it grows.
    pub sure: Confidence,
}

/// How many calls down the waiting is searched.
const DEPTH: u32 = 4;

impl Project {
    /// Every fan-out that is as wide as a collection, waits for something outside in each branch, and is limited by nothing.
    pub fn fan_outs(&self) -> impl Iterator<Item = FanOut<'_>> {
        let sites = [Role::FanOut, Role::Branch, Role::Spawn].into_iter().flat_map(move |role| self.sites(role));
        let found = sites.filter(move |site| !self.is_test(site.function)).filter_map(move |site| self.fan_out(site));
        let wide = self.sites(Role::Workers).filter(move |site| !self.is_test(site.function));
        found.chain(wide.filter_map(move |site| self.as_wide(site)))
    }

    /// `ThreadPoolExecutor(max_workers=len(urls))`: a thread for each element, which waits for something outside.
    fn as_wide<'p>(&self, site: Site<'p>) -> Option<FanOut<'p>> {
        let function = site.function;
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let width = self.parameter_op(&site, Parameter::Capacity)?;
        let OpKind::Call { callee, args } = facts.op(width).kind else { return None };
        let over = match (facts.op(callee).kind, facts.list(args)) {
            (OpKind::Name(len), [of]) if self.files().name(file, len) == "len" => of.value,
            _ => return None,
        };
        let values = self.values(function);
        if self.limits(function, 1) || values[over.index()].has(Trait::Limited) || self.is_cut(function, over) {
            return None;
        }
        let kind = self.over(function, facts, &values, over, 0)?;
        let sure = self.width(function, over, (kind, values[over.index()]));
        let given = self.graph.from(function).filter(|edge| edge.op > site.op && edge.how == How::Passed);
        let call = given.map(|edge| edge.callee).find(|&run| self.reaches(run, DEPTH, |site| waits(site.role)))?;
        let place = self.place(function, over);
        Some(FanOut { site, call: self.function_name(call), place, over: kind, sure })
    }

    fn fan_out<'p>(&self, site: Site<'p>) -> Option<FanOut<'p>> {
        if self.limits(site.function, 1) {
            return None;
        }
        let facts = self.facts(site.function);
        let OpKind::Call { args, .. } = facts.op(site.op).kind else { return None };
        let branches: Vec<OpId> = match site.role {
            // One of many, in a loop.
            Role::Spawn | Role::Branch => vec![site.op],
            _ => {
                facts.list(args).iter().flat_map(|arg| self.branches(site.function, facts, arg.value)).chain([site.op]).collect()
            }
        };
        branches.into_iter().find_map(|branch| {
            let (over, sure, place) = self.grown_loop(&site, branch).or_else(|| self.mapped(site.function, branch))?;
            let call = self.waiting(&site, branch)?;
            Some(FanOut { site, call, place, over, sure })
        })
    }

    /// What an argument holds one of for each element: the element of a comprehension, what a loop appends to a list, a chain.
    fn branches(&self, function: FnId, facts: &Function, value: OpId) -> Vec<OpId> {
        match facts.op(value).kind {
            OpKind::Construct(Construct::Comprehension, parts) => facts.list(parts).iter().map(|part| part.value).collect(),
            OpKind::Name(name) => {
                let stored = crate::link::values::flows::last_store(facts, name, value).into_iter().flat_map(|at| {
                    match facts.op(at).kind {
                        OpKind::Construct(Construct::Comprehension, parts) => {
                            facts.list(parts).iter().map(|part| part.value).collect()
                        }
                        OpKind::Call { .. } => vec![at],
                        _ => Vec::new(),
                    }
                });
                let (file, _) = self.files().locate(function);
                let appended = facts.tape().take(value.index()).filter_map(|(_, op)| {
                    let OpKind::Call { callee, args } = op.kind else { return None };
                    let OpKind::Attribute(base, method) = facts.op(callee).kind else { return None };
                    let to = matches!(facts.op(base).kind, OpKind::Name(other) if other == name);
                    let adds = ["append", "add", "push"].contains(&self.files().name(file, method));
                    facts.list(args).first().filter(|_| to && adds).map(|arg| arg.value)
                });
                stored.chain(appended).collect()
            }
            OpKind::Call { .. } => vec![value],
            _ => Vec::new(),
        }
    }

    /// A loop around `op` over a collection that nothing bounds.
    fn grown_loop(&self, site: &Site<'_>, op: OpId) -> Option<(Over, Confidence, Place)> {
        let function = site.function;
        let facts = self.facts(function);
        let values = self.values(function);
        let (file, _) = self.files().locate(function);
        // In rounds, or in batches, each of a bounded size.
        let mut loops = facts.regions_around(op).filter_map(|region| match region.kind {
            RegionKind::Loop { over, .. } => Some((over, region)),
            _ => None,
        });
        let (over, region) = loops.next()?;
        let over = over?;
        // What waits for a few in each round starts no more than those.
        let in_rounds = site.role == Role::FanOut && region.holds(site.op);
        if in_rounds || loops.next().is_some() || values[over.index()].has(Trait::Limited) || self.is_cut(function, over) {
            return None;
        }
        let kind = self.over(function, facts, &values, over, 0)?;
        Some((kind, self.width(function, over, (kind, values[over.index()])), Place { file, span: region.span }))
    }

    /// Whether a collection is no longer than a number that stands in the code: `urls[:10]`, `islice(urls, 10)`, one whose length is
    /// compared with a constant before, or whose declaration says how long it may be.
    pub(crate) fn is_cut(&self, function: FnId, over: OpId) -> bool {
        let facts = self.facts(function);
        let values = self.values(function);
        let (file, _) = self.files().locate(function);
        let text = |id| self.files().name(file, id);
        let number = |op: OpId| matches!(values[op.index()].kind, Kind::Int(_));
        let own = match facts.op(over).kind {
            OpKind::Name(name) => Some(name),
            _ => None,
        };
        let source = own.and_then(|name| crate::link::values::flows::last_store(facts, name, over)).unwrap_or(over);
        let cut = match facts.op(source).kind {
            OpKind::Index(_, key) => match facts.op(key).kind {
                OpKind::Construct(Construct::Slice, parts) => facts.list(parts).get(1).is_some_and(|end| number(end.value)),
                _ => false,
            },
            OpKind::Call { callee, args } => {
                let name = match facts.op(callee).kind {
                    OpKind::Name(name) | OpKind::Attribute(_, name) => text(name),
                    _ => "",
                };
                matches!(name, "islice" | "take") && facts.list(args).last().is_some_and(|arg| number(arg.value))
            }
            _ => false,
        };
        let is_length = |op: OpId| match facts.op(op).kind {
            OpKind::Call { callee, args } => match (facts.op(callee).kind, facts.list(args)) {
                (OpKind::Name(len), [of]) => {
                    text(len) == "len" && matches!(facts.op(of.value).kind, OpKind::Name(name) if Some(name) == own)
                }
                (OpKind::Attribute(base, len), []) => {
                    text(len) == "len" && matches!(facts.op(base).kind, OpKind::Name(name) if Some(name) == own)
                }
                _ => false,
            },
            _ => false,
        };
        let compared = || {
            facts.tape().take(over.index()).any(|(_, op)| match op.kind {
                OpKind::Operate(crate::facts::Operator::Order, left, right) => {
                    is_length(left) && number(right) || is_length(right) && number(left)
                }
                _ => false,
            })
        };
        let declared = || {
            let param = facts.params.iter().find(|param| Some(param.name) == own);
            let parent = facts.parent.map(|parent| self.files().function(file, parent));
            param.zip(parent).is_some_and(|(param, around)| {
                param.annotation.into_iter().chain(param.default).any(|op| self.states_length(around, op))
            })
        };
        cut || own.is_some() && (compared() || declared())
    }

    /// `xs.iter().map(|x| f(x))`, `xs.iter().map(f)`, `map(f, xs)`: the collection below the mapping.
    fn mapped(&self, function: FnId, op: OpId) -> Option<(Over, Confidence, Place)> {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let values = self.values(function);
        let OpKind::Call { args, .. } = facts.op(op).kind else { return None };
        let runs =
            |arg: OpId| matches!(facts.op(arg).kind, OpKind::Closure(_)) || matches!(values[arg.index()].kind, Kind::Function(_));
        let args = facts.list(args);
        let chain = if args.iter().any(|arg| runs(arg.value)) { op } else { args.first()?.value };
        let OpKind::Call { callee, args } = facts.op(chain).kind else { return None };
        let base = match (facts.op(callee).kind, facts.list(args)) {
            (OpKind::Attribute(base, method), _) if ["map", "filter_map"].contains(&self.files().name(file, method)) => base,
            (OpKind::Name(map), [run, over]) if self.files().name(file, map) == "map" && runs(run.value) => over.value,
            _ => return None,
        };
        if self.is_cut(function, base) {
            return None;
        }
        let kind = self.over(function, facts, &values, base, 0).filter(|_| !values[base.index()].has(Trait::Limited))?;
        let sure = self.width(function, base, (kind, values[base.index()]));
        Some((kind, sure, Place { file, span: facts.op(base).span }))
    }

    /// Rows grow with their table, and what the caller hands in is as long as he likes.
    fn width(&self, function: FnId, over: OpId, (kind, value): (Over, crate::link::values::value::Value)) -> Confidence {
        let sent = || self.entries.of(function).iter().any(|point| point.kind.serves()) && self.comes_from_params(function, over);
        let grown = self.grows_with_data(function, over, (kind, value));
        if sent() { grown.max(Confidence::Medium) } else { grown }
    }

    fn comes_from_params(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        let receiver = self.classes.owner[function.index()].is_some() && !facts.is_static;
        let seed = |at: OpId| matches!(facts.op(at).kind, OpKind::Param(index) if index > 0 || !receiver);
        crate::link::values::flows::taint(facts, seed)[op.index()]
    }

    /// The name of what waits for something outside in one branch: the call itself, a function it leads to, or what it is given.
    fn waiting(&self, start: &Site<'_>, op: OpId) -> Option<String> {
        let function = start.function;
        let facts = self.facts(function);
        if let Some(site) = self.sites_in(function).find(|site| site.op == op && waits(site.role)) {
            return Some(self.callee_name(&site));
        }
        let called = self.graph.from(function).find(|edge| edge.op == op && self.is_branch(start, edge));
        if let Some(edge) = called {
            let far = self.reaches(edge.callee, DEPTH, |site| waits(site.role)) && !self.limits(edge.callee, DEPTH);
            return far.then(|| self.function_name(edge.callee));
        }
        // A function that is handed on by its name, to be called for each element.
        if let Kind::Function(run) = self.values(function)[op.index()].kind
            && self.facts(run).is_async
            && self.reaches(run, DEPTH, |site| waits(site.role))
            && !self.limits(run, DEPTH)
        {
            return Some(self.function_name(run));
        }
        match facts.op(op).kind {
            OpKind::Call { args, .. } => facts.list(args).iter().find_map(|arg| self.waiting(start, arg.value)),
            OpKind::Name(name) => crate::link::values::flows::last_store(facts, name, op).and_then(|stored| {
                let again = matches!(facts.op(stored).kind, OpKind::Call { .. });
                if again { self.waiting(start, stored) } else { None }
            }),
            OpKind::Store { target: Target::Name(_), value, .. } => self.waiting(start, value),
            _ => None,
        }
    }

    /// A plain call, or a closure that runs for each element; pools of threads are bounded, so a task's must be asynchronous.
    fn is_branch(&self, start: &Site<'_>, edge: &Edge) -> bool {
        let facts = self.facts(edge.callee);
        edge.how == How::Direct || facts.kind == FunctionKind::Closure && (facts.is_async || start.role == Role::FanOut)
    }

    /// Whether a function, or one it calls, bounds how much runs at once.
    fn limits(&self, function: FnId, depth: u32) -> bool {
        self.reaches(function, depth, |site| matches!(site.role, Role::LimitConcurrency | Role::Chunk))
    }
}

/// What waits for another system, which then gets everything at once.
pub(crate) fn waits(role: Role) -> bool {
    matches!(
        role,
        Role::HttpRequest
            | Role::Connect
            | Role::Execute
            | Role::FetchMany
            | Role::FetchOne
            | Role::Write
            | Role::WriteBatch
            | Role::RpcCall
            | Role::SdkCall
            | Role::MailSend
            | Role::RunProgram
    )
}
