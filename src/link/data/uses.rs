//! How does a function use the rows of a fetch: are all of them needed, or only what is computed of them?

use super::columns::Columns;
use super::reductions::Reduction;
use crate::facts::{Construct, Function, Jump, Literal, OpId, OpKind, Operator, Region, RegionKind, StoreMode, Target};
use crate::link::project::Project;
use crate::link::values::flows::{last_store, taint};
use crate::link::values::value::FnId;
use rustc_hash::FxHashMap;

/// What a function does with the rows.
pub(crate) struct Uses<'p> {
    project: &'p Project,
    function: FnId,
    facts: &'p Function,
    /// Operations that are the rows, and whether they are in memory.
    rows: FxHashMap<OpId, bool>,
    columns: Columns<'p>,
    pub(crate) found: Vec<(OpId, Reduction)>,
    pub(crate) returned: bool,
    pub(crate) escapes: bool,
}

impl<'p> Uses<'p> {
    pub(crate) fn of(project: &'p Project, function: FnId, start: OpId, loaded: bool) -> Self {
        let facts = project.facts(function);
        let columns = Columns::new(project, function);
        let rows = std::iter::once((start, loaded)).collect();
        let mut uses = Self { project, function, facts, rows, columns, found: Vec::new(), returned: false, escapes: false };
        for (at, _) in facts.tape().skip(start.index() + 1) {
            uses.look_at(at);
            if uses.escapes {
                return uses;
            }
        }
        uses.look_at_loops();
        // Fetched once and asked again and again.
        uses.escapes |= uses.found.iter().any(|&(op, _)| uses.is_asked_again(start, op));
        uses.escapes |= uses.is_captured();
        uses
    }

    fn loaded(&self, op: OpId) -> Option<bool> {
        self.rows.get(&op).copied()
    }

    fn name(&self, name: crate::facts::NameId) -> &'p str {
        let files = self.project.files();
        files.name(files.locate(self.function).0, name)
    }

    fn look_at(&mut self, at: OpId) {
        match self.facts.op(at).kind {
            OpKind::Name(name) => {
                let held = last_store(self.facts, name, at).and_then(|stored| self.loaded(stored));
                self.rows.extend(held.map(|loaded| (at, loaded)));
            }
            OpKind::Await(of) | OpKind::Try(of) | OpKind::Enter(of, _) => {
                let held = self.loaded(of);
                self.rows.extend(held.map(|loaded| (at, loaded)));
            }
            OpKind::Choose(parts) => {
                let held = self.facts.list(parts).iter().find_map(|part| self.loaded(part.value));
                self.rows.extend(held.map(|loaded| (at, loaded)));
            }
            OpKind::Store { target: Target::Name(_), mode: StoreMode::Plain, .. } => {}
            OpKind::Store { value, .. } | OpKind::Raise(value) => self.escapes |= self.loaded(value).is_some(),
            OpKind::Return(value) | OpKind::Yield(value) => self.returned |= self.loaded(value).is_some(),
            OpKind::Attribute(base, _) if self.loaded(base).is_some() => {
                let called = |op: &crate::facts::Op| matches!(op.kind, OpKind::Call { callee, .. } if callee == at);
                self.escapes |= !self.facts.ops[at.index()..].iter().any(called);
            }
            OpKind::Index(base, key) => {
                if let Some(loaded) = self.loaded(base) {
                    self.cut(at, key, loaded);
                }
            }
            OpKind::Construct(Construct::Comprehension | Construct::MapComprehension, _) => {}
            OpKind::Construct(_, parts) => {
                self.escapes |= self.facts.list(parts).iter().any(|part| self.loaded(part.value).is_some());
            }
            OpKind::Operate(operator, left, right) => {
                let asks = matches!(operator, Operator::Not | Operator::And | Operator::Or | Operator::Is | Operator::IsNot);
                self.escapes |= !asks && (self.loaded(left).is_some() || self.loaded(right).is_some());
            }
            OpKind::Element(of) => {
                let looped = |region: &Region| matches!(region.kind, RegionKind::Loop { over: Some(over), .. } if over == of);
                self.escapes |= self.loaded(of).is_some() && !self.facts.regions_around(at).any(looped);
            }
            OpKind::Call { callee, args } => self.call(at, callee, args),
            _ => {}
        }
    }

    /// `rows[:10]`, `rows[0]`.
    fn cut(&mut self, at: OpId, key: OpId, loaded: bool) {
        let is_none = |op: OpId| matches!(self.facts.op(op).kind, OpKind::Literal(Literal::None));
        let cuts = match self.facts.op(key).kind {
            OpKind::Literal(Literal::Int(0 | -1)) => true,
            // All but the last are nearly all.
            OpKind::Construct(Construct::Slice, parts) => self.facts.list(parts).get(1).is_some_and(|end| {
                !is_none(end.value) && !matches!(self.facts.op(end.value).kind, OpKind::Literal(Literal::Int(..=-1)))
            }),
            _ => false,
        };
        if cuts && loaded { self.found.push((at, Reduction::Cut)) } else { self.escapes = true }
    }

    fn call(&mut self, at: OpId, callee: OpId, args: crate::facts::Operands) {
        let args = self.facts.list(args);
        let given = args.iter().position(|arg| self.loaded(arg.value).is_some());
        match (self.facts.op(callee).kind, given) {
            (OpKind::Attribute(base, name), _) if self.loaded(base).is_some() => {
                let name = self.name(name);
                match (self.loaded(base), given) {
                    (Some(true), None) => self.method(at, name, args),
                    _ => self.escapes = true,
                }
            }
            (_, None) => {}
            (OpKind::Name(name), Some(position)) => {
                let key = args.iter().find(|arg| arg.name.is_some_and(|name| self.name(name) == "key"));
                let plain = key.is_none_or(|key| self.columns.is_plain_function(key.value));
                match (self.name(name), position) {
                    ("len", 0) => self.found.push((at, Reduction::Count)),
                    ("sum", 0) if args.len() > 1 => self.escapes = true,
                    ("sum" | "max" | "min", 0) if plain => self.found.push((at, Reduction::Sum)),
                    ("sorted", 0) => {
                        if plain {
                            self.found.push((at, Reduction::Sort));
                        }
                        self.rows.insert(at, true);
                    }
                    ("list" | "tuple" | "iter" | "reversed" | "enumerate" | "Ok" | "Some", 0) => {
                        self.rows.insert(at, true);
                    }
                    ("filter", 1) if self.columns.is_plain_function(args[0].value) => self.found.push((at, Reduction::Filter)),
                    ("next", 0) => self.found.push((at, Reduction::Cut)),
                    ("bool", 0) => {}
                    _ => self.escapes = true,
                }
            }
            _ => self.escapes = true,
        }
    }

    /// Methods of lists and iterators.
    fn method(&mut self, at: OpId, name: &str, args: &[crate::facts::Operand]) {
        let plain = |uses: &Self| args.iter().all(|arg| uses.columns.is_plain_function(arg.value));
        let what = match name {
            "iter" | "into_iter" | "iter_mut" | "to_vec" | "clone" | "copied" | "cloned" | "collect" | "copy" | "unwrap"
            | "unwrap_or_default" | "as_slice" | "map_err" | "context" | "with_context" | "rev" | "enumerate" => {
                self.rows.insert(at, true);
                return;
            }
            "is_empty" => return,
            "len" | "count" if args.is_empty() => Some(Reduction::Count),
            "filter" | "retain" if plain(self) => Some(Reduction::Filter),
            "find" | "position" | "any" | "all" if plain(self) => Some(Reduction::Find),
            "take" | "skip" | "truncate" | "first" | "last" | "next" | "pop" | "swap_remove" => Some(Reduction::Cut),
            "sort" | "sort_by" | "sort_by_key" | "sort_unstable" | "sort_unstable_by" | "sort_unstable_by_key" if plain(self) => {
                Some(Reduction::Sort)
            }
            "max_by_key" | "min_by_key" | "max_by" | "min_by" if plain(self) => Some(Reduction::Sum),
            "map" if plain(self) && self.is_added_up(at) => Some(Reduction::Sum),
            _ => None,
        };
        match what {
            Some(what) => self.found.push((at, what)),
            None => self.escapes = true,
        }
    }

    /// `.map(|row| row.price).sum()`.
    fn is_added_up(&self, mapped: OpId) -> bool {
        self.facts.ops[mapped.index()..].iter().any(|op| match op.kind {
            OpKind::Attribute(base, name) if base == mapped => {
                matches!(self.name(name), "sum" | "max" | "min" | "product" | "count")
            }
            _ => false,
        })
    }

    /// Whether a loop that goes over something else repeats what is computed, and not the fetch.
    fn is_asked_again(&self, fetch: OpId, op: OpId) -> bool {
        self.facts.regions_around(op).any(|region| match region.kind {
            RegionKind::Loop { over, .. } => region.start > fetch && over.is_none_or(|over| self.loaded(over).is_none()),
            _ => false,
        })
    }

    fn look_at_loops(&mut self) {
        let facts = self.facts;
        for region in &facts.regions {
            let RegionKind::Loop { over: Some(over), comprehension, .. } = region.kind else { continue };
            if self.loaded(over).is_none() {
                continue;
            }
            let inside = |at: OpId| region.holds(at);
            let tainted = taint(facts, |at| facts.op(at).kind == OpKind::Element(over) && inside(at));
            let what = if comprehension { self.comprehension(region, &tainted) } else { self.statements(region, &tainted) };
            match what {
                Some(found) => self.found.push(found),
                None => self.escapes = true,
            }
        }
    }

    /// The conditions that decide for each row, when all of them ask for columns only.
    fn conditions(&self, region: &Region, tainted: &[bool]) -> Option<Vec<OpId>> {
        let inner = self.facts.regions.iter().filter(|inner| {
            // An arm that ends before the element is made decides about the element, not about the row.
            *inner != region && region.start <= inner.start && inner.end == region.end && inner.kind.is_arm()
        });
        let tested: Vec<OpId> = inner.filter_map(|inner| inner.kind.tested()).filter(|op| tainted[op.index()]).collect();
        let plain = |&op: &OpId| self.columns.is_plain(tainted, region.start, op);
        tested.iter().all(plain).then_some(tested)
    }

    fn comprehension(&self, region: &Region, tainted: &[bool]) -> Option<(OpId, Reduction)> {
        let conditions = self.conditions(region, tainted)?;
        let made = region.end;
        let element = match self.facts.ops.get(made.index())?.kind {
            OpKind::Construct(Construct::Comprehension | Construct::MapComprehension, parts) => {
                self.facts.list(parts).first().map(|part| part.value)?
            }
            _ => return None,
        };
        let consumer = self.facts.tape().skip(made.index() + 1).find_map(|(at, op)| match op.kind {
            // `sum(lists, [])` puts lists together.
            OpKind::Call { callee, args } if matches!(self.facts.list(args), [only] if only.value == made) => {
                match self.facts.op(callee).kind {
                    OpKind::Name(name) => Some((at, self.name(name))),
                    _ => None,
                }
            }
            _ => None,
        });
        let plain = self.columns.is_plain(tainted, region.start, element);
        match consumer {
            Some((at, "next" | "any" | "all")) if plain => Some((at, Reduction::Find)),
            Some((at, "sum" | "max" | "min" | "len")) if plain => Some((at, Reduction::Sum)),
            _ if conditions.is_empty() => None,
            _ => Some((made, Reduction::Filter)),
        }
    }

    /// A loop whose body is under one condition, or only adds up.
    fn statements(&self, region: &Region, tainted: &[bool]) -> Option<(OpId, Reduction)> {
        let facts = self.facts;
        let children: Vec<&Region> = facts
            .regions
            .iter()
            .filter(|child| child.parent.is_some_and(|parent| facts.regions[parent.index()] == *region))
            .collect();
        let children: Vec<&Region> = children.into_iter().filter(|child| child.start < child.end).collect();
        let deciding = match children.as_slice() {
            [] => return self.adds_up(region, tainted),
            // `if row.active: ..` with nothing after it.
            [only] if only.end == region.end => match only.kind {
                RegionKind::Branch { condition: Some(condition), positive: true } => Some((condition, *only)),
                _ => None,
            },
            // `if not row.active: continue`, and the rest.
            [skip, rest] if rest.end == region.end => match (&skip.kind, &rest.kind) {
                (RegionKind::Branch { .. }, RegionKind::Guarded { condition })
                    if matches!(facts.ops[skip.end.index() - 1].kind, OpKind::Jump(Jump::Continue)) =>
                {
                    Some((*condition, *rest))
                }
                _ => None,
            },
            _ => None,
        };
        let (condition, body) = deciding?;
        if !tainted[condition.index()] || !self.columns.is_plain(tainted, region.start, condition) {
            return None;
        }
        let leaves = facts.ops[body.start.index()..body.end.index()]
            .iter()
            .any(|op| matches!(op.kind, OpKind::Return(_) | OpKind::Jump(Jump::Break)));
        Some((condition, if leaves { Reduction::Find } else { Reduction::Filter }))
    }

    /// `total += row.price`, and nothing else.
    fn adds_up(&self, region: &Region, tainted: &[bool]) -> Option<(OpId, Reduction)> {
        let mut sums = None;
        for (at, op) in self.facts.tape().skip(region.start.index()).take(region.end.index() - region.start.index()) {
            match op.kind {
                OpKind::Store { target: Target::Name(_), mode: StoreMode::Augmented, value } => {
                    if !self.columns.is_plain(tainted, region.start, value) || self.makes_text(value, 0) {
                        return None;
                    }
                    sums = sums.or(Some((at, Reduction::Sum)));
                }
                OpKind::Store { target: Target::Name(_), .. } => {}
                OpKind::Store { .. } | OpKind::Call { .. } | OpKind::Await(_) | OpKind::Yield(_) | OpKind::Return(_) => {
                    return None;
                }
                _ => {}
            }
        }
        sums
    }

    /// `text += row.name + " "`.
    fn makes_text(&self, value: OpId, depth: u32) -> bool {
        match self.facts.op(value).kind {
            OpKind::Literal(Literal::Text(_)) | OpKind::Construct(..) => true,
            OpKind::Operate(_, left, right) => {
                depth < 8 && [left, right].into_iter().any(|side| self.makes_text(side, depth + 1))
            }
            OpKind::Name(name) => last_store(self.facts, name, value)
                .is_some_and(|stored| stored < value && depth < 8 && self.makes_text(stored, depth + 1)),
            _ => self.columns.is_text(value),
        }
    }

    /// Whether a function inside uses the variable that holds the rows.
    fn is_captured(&self) -> bool {
        let held: Vec<_> = self
            .facts
            .ops
            .iter()
            .filter_map(|op| match op.kind {
                OpKind::Store { target: Target::Name(name), value, .. } if self.loaded(value).is_some() => Some(name),
                _ => None,
            })
            .collect();
        let (file, local) = self.project.files().locate(self.function);
        let inner = self.project.files().get(file).facts.functions.iter().filter(|inner| inner.parent == Some(local));
        let uses = |op: &crate::facts::Op| matches!(op.kind, OpKind::Name(name) if held.contains(&name));
        !held.is_empty() && inner.into_iter().any(|inner| inner.ops.iter().any(uses))
    }
}
