//! Does it matter that every process has its own? What tells that data kept here is a copy of something shared, a note of this
//! instance about itself, or work in flight.

use super::slots::{Use, UseKind};
use crate::facts::{FunctionId, Literal, OpId, OpKind, Operator, Region, StoreMode, Target};
use crate::link::project::{Project, Site};
use crate::link::reach::paths::{Placement, Reached};
use crate::link::values::flows::{same_chain, taint};
use crate::link::values::value::{FnId, Slot};
use crate::models::{EntryKind, Holding, Role, Trait};

/// How many calls up work in flight is looked for.
const DEPTH: usize = 6;

impl Project {
    /// Whether this write makes a copy, or bounds what it keeps.
    pub(crate) fn is_copy(&self, slot: Slot, used: &Use, uses: &[Use], holding: Holding) -> bool {
        self.is_copied_outside(used)
            || self.is_flushed(uses, holding)
            || self.describes_itself(slot, used, holding)
            || self.may_be_own(slot)
            || self.is_bounded_by_hand(used, uses)
            || self.replaces_unknown(slot, used)
    }

    /// What is made for a key that has none yet, and not changed there: an object of each instance's own, handed out.
    pub(crate) fn is_handed_out(&self, used: &Use, uses: &[Use]) -> bool {
        let facts = self.facts(used.function);
        let changed = uses.iter().any(|other| {
            other.function == used.function && matches!(other.kind, UseKind::Write | UseKind::Count | UseKind::Lower)
        });
        let (file, _) = self.files().locate(used.function);
        let grows = |op: &crate::facts::Op| match op.kind {
            OpKind::Call { callee, .. } if callee > used.op => match facts.op(callee).kind {
                OpKind::Attribute(base, name) => {
                    self.models().is_changing_method(self.files().name(file, name)) && self.is_same(used.function, base, used.op)
                }
                _ => false,
            },
            _ => false,
        };
        let stored = |op: &crate::facts::Op| match op.kind {
            OpKind::Store { target: Target::Item(base, _) | Target::Attribute(base, _) | Target::Content(base), .. } => {
                base >= used.op && self.is_same(used.function, base, used.op)
            }
            _ => false,
        };
        used.kind == UseKind::GetOrAdd && !changed && !facts.ops.iter().any(|op| grows(op) || stored(op))
    }

    /// Something beside the requests takes entries out (a sweeper, or who listens for changes), or readers ask how old they are.
    pub(crate) fn is_swept(&self, uses: &[Use]) -> bool {
        let by_others = |used: &Use| match used.kind {
            UseKind::Remove => !self.runs_from(used.function, used.op, EntryKind::Request),
            UseKind::Write => {
                // What nothing here calls is called by who listens for changes.
                let own_way = !self.runs_from(used.function, used.op, EntryKind::Request)
                    && !matches!(self.placement(used.function, used.op), Placement::Cold);
                own_way && !self.fills_empty(used)
            }
            _ => false,
        };
        uses.iter().any(by_others) || self.looks_at_age(uses)
    }

    /// Whether a place is no other instance's business: a memo, a note of one function, work in flight.
    pub(crate) fn is_own_affair(&self, slot: Slot, uses: &[Use], holding: Holding) -> bool {
        self.is_note(slot, uses, holding) || self.is_memo(slot, uses) || self.is_in_flight(uses)
    }

    /// Whether a request sees what is kept: its answer, or its refusal, is made from it. Data that no code seems to read counts
    /// where the handler itself keeps it.
    pub(crate) fn is_seen_by_requests(&self, slot: Slot, used: &Use, uses: &[Use], steps: usize) -> bool {
        let mut read = false;
        let seen = self.readers(slot, uses).into_iter().any(|reader| {
            let all = self.looked_at(reader, slot);
            let changes =
                |look: OpId| uses.iter().any(|used| used.function == reader && used.op == look && used.kind != UseKind::Read);
            let looks: Vec<OpId> =
                all.iter().copied().filter(|&look| !changes(look) && self.is_read(reader, look, &all, uses)).collect();
            read |= !looks.is_empty();
            let loaded = EntryKind::SERVING.into_iter().any(|kind| self.is_reached(reader, kind));
            loaded && looks.into_iter().any(|look| self.decides_request(reader, look, 0))
        });
        // What replaces a value that nobody reads leaves nothing; `TOTAL = TOTAL + 1` counts.
        let adds = || match used.kind {
            UseKind::Write | UseKind::Count | UseKind::Lower | UseKind::GetOrAdd => true,
            UseKind::Rebind => self.is_made_of(used, &self.looked_at(used.function, slot)),
            UseKind::Read | UseKind::Remove => false,
        };
        seen || !read && steps <= 1 && adds()
    }

    /// Whether what is stored is made of one of these operations before it.
    pub(crate) fn is_made_of(&self, used: &Use, looks: &[OpId]) -> bool {
        let facts = self.facts(used.function);
        let OpKind::Store { value, mode, .. } = facts.op(used.op).kind else { return false };
        mode == StoreMode::Augmented || taint(facts, |at| looks.contains(&at) && at < used.op)[value.index()]
    }

    /// Functions that may look at a place: those that use it, and those of any file that names it.
    pub(crate) fn readers(&self, slot: Slot, uses: &[Use]) -> Vec<FnId> {
        let mut found: Vec<FnId> = uses.iter().map(|used| used.function).collect();
        found.extend(self.mentions(slot, uses).map(|(function, _)| function));
        found.extend(self.readers_elsewhere(slot));
        found.retain(|function| !self.is_test(*function));
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether something is made of a look at a place other than a change of it (`seen.add(x)`, `hits[k] = hits.get(k) + 1`) or
    /// another look (`counts.lock().unwrap()`).
    pub(crate) fn is_read(&self, function: FnId, look: OpId, looks: &[OpId], uses: &[Use]) -> bool {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let tainted = taint(facts, |at| at == look);
        let put_back = uses.iter().filter(|used| used.function == function).any(|used| match facts.op(used.op).kind {
            OpKind::Store { value, .. } => value != look && tainted[value.index()],
            _ => false,
        });
        let reads = |op: &crate::facts::Op| match op.kind {
            OpKind::Attribute(base, name) if base == look => {
                let goes_on = looks.iter().any(|&other| other > look && same_chain(facts, other, look));
                !goes_on && !self.models().is_changing_method(self.files().name(file, name))
            }
            OpKind::Attribute(base, _) | OpKind::Index(base, _) => base == look,
            OpKind::Call { args, .. } => facts.list(args).iter().any(|arg| arg.value == look),
            OpKind::Construct(_, parts) | OpKind::Choose(parts) => facts.list(parts).iter().any(|part| part.value == look),
            OpKind::Operate(_, left, right) => left == look || right == look,
            OpKind::Element(of) | OpKind::Return(of) | OpKind::Yield(of) => of == look,
            _ => false,
        };
        let decided = facts.regions.iter().any(|region| region.kind.tested() == Some(look));
        !put_back && (decided || facts.ops.iter().any(reads))
    }

    /// Whether a request's answer is made of a value, or it is refused by it: here, or where the function returns it to.
    fn decides_request(&self, function: FnId, op: OpId, depth: u32) -> bool {
        let facts = self.facts(function);
        let tainted = taint(facts, |at| at == op);
        let hit = |op: OpId| tainted[op.index()];
        let by_condition = |region: &Region| region.kind.tested().is_some_and(hit);
        let (file, _) = self.files().locate(function);
        let answers = self.entries.serves(function);
        let mut returned = false;
        for (at, next) in facts.tape() {
            let decided = || facts.regions_around(at).any(by_condition);
            match next.kind {
                OpKind::Call { callee, args } if answers && self.is_written_answer(function, callee) => {
                    returned |= facts.list(args).iter().any(|arg| hit(arg.value));
                }
                OpKind::Raise(_) if decided() => return true,
                OpKind::Return(value) if hit(value) => returned = true,
                // Which of two truths, or of two answers, depends on it.
                OpKind::Return(value) if decided() => {
                    let fails = matches!(facts.op(value).kind, OpKind::Call { callee, .. } if matches!(facts.op(callee).kind, OpKind::Name(name) if self.files().name(file, name) == "Err"));
                    if fails {
                        return true;
                    }
                    returned |= matches!(facts.op(value).kind, OpKind::Literal(Literal::Bool(_))) || answers;
                }
                _ => {}
            }
        }
        if !returned {
            return false;
        }
        let mut callers = self.graph.to(function).filter(|edge| depth < 4 && !edge.outside && edge.caller != function);
        answers || callers.any(|edge| self.decides_request(edge.caller, edge.op, depth + 1))
    }

    /// A write by which objects or the start-up of the process furnish themselves: every instance does the same.
    pub(crate) fn is_set_up(&self, slot: Slot, used: &Use) -> bool {
        self.runs_at_start(used.function, used.op) || matches!(slot, Slot::Field(_)) && self.furnishes(used.function, 0)
    }

    /// Whether the start-up calls it, and does not only hand it to a framework that will.
    pub(crate) fn runs_at_start(&self, function: FnId, op: OpId) -> bool {
        let answers = |function: &FnId| self.entries.serves(*function);
        let by_server = |way: &Reached| way.functions.first().is_some_and(|&entry| !self.is_script(entry));
        self.way_from(function, op, EntryKind::Startup).is_some_and(|way| by_server(&way) && !way.functions.iter().any(answers))
    }

    /// A constructor, or what only constructors call.
    fn furnishes(&self, function: FnId, depth: u32) -> bool {
        let mut callers = self.graph.to(function).filter(|edge| !edge.outside && !self.is_test(edge.caller)).peekable();
        self.made_class(function).is_some()
            || depth < 3 && callers.peek().is_some() && callers.all(|edge| self.furnishes(edge.caller, depth + 1))
    }

    /// A number that nothing holds against a limit, no answer shows and no store gets: an id, a turn, a generation.
    pub(crate) fn is_bare_number(&self, slot: Slot, uses: &[Use], holding: Holding) -> bool {
        let counts = |used: &Use| match holding {
            Holding::Counter => matches!(used.kind, UseKind::Count | UseKind::Lower | UseKind::Write | UseKind::Read),
            Holding::Cell => matches!(used.kind, UseKind::Count | UseKind::Lower),
            _ => false,
        };
        uses.iter().all(counts) && !self.mentions(slot, uses).any(|(at, op)| self.decides(at, op, 0))
    }

    /// Whether a number decides something at the end of its way: it is compared, answered or stored.
    fn decides(&self, function: FnId, op: OpId, depth: u32) -> bool {
        let facts = self.facts(function);
        let tainted = taint(facts, |at| at == op);
        let hit = |op: OpId| tainted[op.index()];
        let compared = facts.ops.iter().any(|op| match op.kind {
            OpKind::Operate(Operator::Order, left, right) => hit(left) || hit(right),
            _ => false,
        });
        let mut stores = self.sites_in(function).filter(is_store_write).map(|site| site.op);
        let stored = stores.any(|store| match facts.op(store).kind {
            OpKind::Call { args, .. } => facts.list(args).iter().any(|arg| hit(arg.value)),
            _ => false,
        });
        compared || stored || {
            let returned = facts.ops.iter().any(|op| matches!(op.kind, OpKind::Return(value) if hit(value)));
            let answers = || !self.entries.of(function).is_empty();
            let mut callers = self.graph.to(function).filter(|edge| depth < 4 && !edge.outside && edge.caller != function);
            returned && (answers() || callers.any(|edge| self.decides(edge.caller, edge.op, depth + 1)))
        }
    }

    /// A switch that only the function which sets it looks at: what it has said or done already.
    fn is_note(&self, slot: Slot, uses: &[Use], holding: Holding) -> bool {
        let named = matches!(slot, Slot::Global(_) | Slot::Field(_));
        let Some(first) = uses.first().filter(|_| named && holding == Holding::Cell) else { return false };
        uses.iter().all(|used| used.function == first.function && used.kind == UseKind::Rebind)
            && self.mentions(slot, uses).all(|(function, _)| function == first.function)
    }

    /// Filled after a look-up found nothing: what it holds can be had again.
    fn is_memo(&self, slot: Slot, uses: &[Use]) -> bool {
        uses.iter().any(|used| match used.kind {
            UseKind::Write | UseKind::GetOrAdd | UseKind::Rebind => {
                !self.is_growing_entry(used) && self.follows_look_up(slot, used.function, used.op, 0)
            }
            UseKind::Count | UseKind::Lower | UseKind::Read | UseKind::Remove => false,
        })
    }

    /// Whether `op` runs only when a look at the place, here or in the callers, did not give what was wanted; a hit must be
    /// welcome, not refused.
    fn follows_look_up(&self, slot: Slot, function: FnId, op: OpId, depth: u32) -> bool {
        let facts = self.facts(function);
        let looks = self.looks(function, slot, op);
        if !looks.is_empty() {
            let tainted = taint(facts, |at| looks.contains(&at));
            let made_of_it = match facts.op(op).kind {
                OpKind::Store { value, .. } => tainted[value.index()],
                OpKind::Call { args, .. } => facts.list(args).iter().any(|arg| tainted[arg.value.index()]),
                _ => false,
            };
            let on_a_miss = |region: &Region| {
                let condition = region.kind.tested();
                condition.is_some_and(|condition| tainted[condition.index()] && !self.refuses(function, condition, region))
            };
            // `if fresh(cached): return cached`, below whatever conditions.
            let hit = |(at, next): (OpId, &crate::facts::Op)| matches!(next.kind, OpKind::Return(value) if at < op && tainted[value.index()]);
            if !made_of_it && (facts.regions_around(op).any(on_a_miss) || facts.tape().any(hit)) {
                return true;
            }
        }
        let callers: Vec<_> = self
            .graph
            .to(function)
            .filter(|edge| !edge.outside && edge.caller != function && !self.is_test(edge.caller))
            .collect();
        depth < 2
            && !callers.is_empty()
            && callers.into_iter().all(|edge| self.follows_look_up(slot, edge.caller, edge.op, depth + 1))
    }

    /// Where a function looks at the place before `op`: by itself, or by a function that it calls for that.
    fn looks(&self, function: FnId, slot: Slot, op: OpId) -> Vec<OpId> {
        let (file, _) = self.files().locate(function);
        let callees = self.graph.from(function).filter(|edge| {
            !edge.outside && edge.callee != function && edge.op < op && self.files().locate(edge.callee).0 == file
        });
        let asked = callees.filter(|edge| !self.looked_at(edge.callee, slot).is_empty()).map(|edge| edge.op);
        self.looked_at(function, slot).into_iter().filter(|&look| look < op).chain(asked).collect()
    }

    /// Operations of a function whose value is the place, or what it holds.
    pub(crate) fn looked_at(&self, function: FnId, slot: Slot) -> Vec<OpId> {
        let values = self.values(function);
        let here = values.iter().enumerate().filter(|(_, value)| value.slot == Some(slot));
        here.map(|(at, _)| OpId::from_index(at)).collect()
    }

    /// Whether a hit is turned away: the other arm of the condition raises, gives an error, or answers a request by itself.
    fn refuses(&self, function: FnId, condition: OpId, miss: &Region) -> bool {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let is_error = |value: OpId| match facts.op(value).kind {
            OpKind::Call { callee, .. } => {
                matches!(facts.op(callee).kind, OpKind::Name(name) if self.files().name(file, name) == "Err")
            }
            _ => false,
        };
        let answers = !self.entries.of(function).is_empty();
        let truth = |op: &crate::facts::Op| match op.kind {
            OpKind::Return(value) => match facts.op(value).kind {
                OpKind::Literal(Literal::Bool(truth)) => Some(truth),
                _ => None,
            },
            _ => None,
        };
        // `if event in seen: return True .. return False`: the hit is what is asked for.
        let otherwise = |told: bool| facts.ops.iter().any(|op| truth(op) == Some(!told));
        facts.regions.iter().filter(|region| *region != miss && region.kind.tested() == Some(condition)).any(|region| {
            let arm = &facts.ops[region.start.index()..region.end.index().max(region.start.index())];
            arm.iter().any(|op| match op.kind {
                OpKind::Raise(_) => true,
                OpKind::Return(value) => answers || is_error(value) || truth(op).is_some_and(otherwise),
                _ => false,
            })
        })
    }

    /// Put in and taken out on the way of the same request, or by jobs alone: it lives as long as the work does.
    pub(crate) fn is_in_flight(&self, uses: &[Use]) -> bool {
        let adds: Vec<&Use> = uses.iter().filter(|used| matches!(used.kind, UseKind::Write | UseKind::GetOrAdd)).collect();
        let mut removes =
            uses.iter().filter(|used| used.kind == UseKind::Remove && self.is_hot(used.function, used.op)).peekable();
        let only_jobs = uses.iter().all(|used| !self.is_reached(used.function, EntryKind::Request));
        if adds.is_empty() || removes.peek().is_none() || !only_jobs && self.looks_at_age(uses) {
            return false;
        }
        let above: Vec<Vec<FnId>> = adds.iter().map(|used| self.hot_callers(used.function)).collect();
        only_jobs
            || removes.any(|removal| {
                let over = self.hot_callers(removal.function);
                let later = adds.iter().all(|add| add.function != removal.function || add.op < removal.op);
                later && above.iter().all(|above| above.iter().any(|caller| over.contains(caller)))
            })
    }

    /// A function and those that call it on hot paths, some calls up.
    pub(crate) fn hot_callers(&self, function: FnId) -> Vec<FnId> {
        let mut found = vec![function];
        let mut from = 0;
        for _ in 0..DEPTH {
            let level = found.len();
            for at in from..level {
                let callers = self.graph.to(found[at]).filter(|edge| !edge.outside && !self.is_test(edge.caller));
                for caller in callers.map(|edge| edge.caller).collect::<Vec<_>>() {
                    if !found.contains(&caller) && found.len() < 256 {
                        found.push(caller);
                    }
                }
            }
            from = level;
        }
        found
    }

    /// What is put in was taken out of it just before.
    pub(crate) fn is_put_back(&self, used: &Use, uses: &[Use]) -> bool {
        let mut removals = uses.iter().filter(|other| other.kind == UseKind::Remove && other.function == used.function);
        removals.any(|removal| match self.facts(used.function).op(used.op).kind {
            OpKind::Call { args, .. } => {
                self.facts(used.function).list(args).iter().any(|arg| self.is_same(used.function, arg.value, removal.op))
            }
            _ => false,
        })
    }

    /// Where the name of a place is used, in the files that change it: an over-estimate of who looks at it.
    fn mentions<'p>(&'p self, slot: Slot, uses: &[Use]) -> impl Iterator<Item = (FnId, OpId)> + 'p {
        let name = self.slot_name(slot);
        let name = name.rsplit(['.', ':']).next().unwrap_or_default().to_owned();
        let mut files: Vec<_> = uses.iter().map(|used| self.files().locate(used.function).0).collect();
        files.sort_unstable();
        files.dedup();
        files.into_iter().flat_map(move |file| {
            let names = &self.files().get(file).facts.names;
            let id = names.iter().find(|(_, text)| *text == name).map(|(id, _)| id);
            let functions = (0..self.files().get(file).facts.functions.len()).map(FunctionId::from_index);
            functions.map(move |at| self.files().function(file, at)).flat_map(move |function| {
                let facts = self.facts(function);
                let looks = move |op: &OpKind| match *op {
                    OpKind::Name(name) | OpKind::Attribute(_, name) => Some(name) == id,
                    _ => false,
                };
                facts.tape().filter(move |(_, op)| looks(&op.kind)).map(move |(at, _)| (function, at))
            })
        })
    }

    /// The function also writes to a store that all instances share: what it keeps here is a copy.
    fn is_copied_outside(&self, used: &Use) -> bool {
        self.sites_in(used.function)
            .any(|site| matches!(site.role, Role::CacheWrite | Role::CacheBatch | Role::Write | Role::WriteBatch))
    }

    /// An object that notes how it is doing: most often about this process alone, unless it is the application's own state.
    fn describes_itself(&self, slot: Slot, used: &Use, holding: Holding) -> bool {
        let Slot::Field(field) = slot else { return false };
        let replaces = used.kind == UseKind::Rebind || (used.kind == UseKind::Write && holding == Holding::Cell);
        let noted = replaces && matches!(holding, Holding::Cell | Holding::Counter);
        noted && !self.slots().is_managed(self.classes.fields[field.index()].class)
    }

    /// What uses the place looks at how old things are: an entry does not stay for ever.
    fn looks_at_age(&self, uses: &[Use]) -> bool {
        uses.iter().any(|used| {
            let facts = self.facts(used.function);
            let (file, _) = self.files().locate(used.function);
            facts.ops.iter().any(|op| match op.kind {
                OpKind::Attribute(_, name) | OpKind::Name(name) => {
                    let name = self.files().name(file, name).to_ascii_lowercase();
                    name == "elapsed" || name == "monotonic" || name.contains("expir") || name.contains("ttl")
                }
                _ => false,
            })
        })
    }

    /// Where it has grown to a set size, something is taken out first.
    fn is_bounded_by_hand(&self, used: &Use, uses: &[Use]) -> bool {
        let facts = self.facts(used.function);
        uses.iter().filter(|other| other.function == used.function && other.kind == UseKind::Remove).any(|removal| {
            facts.regions_around(removal.op).any(|region| {
                region
                    .kind
                    .tested()
                    .is_some_and(|condition| matches!(facts.op(condition).kind, OpKind::Operate(Operator::Order, ..)))
            })
        })
    }

    /// A field of an object that requests also make for themselves.
    fn may_be_own(&self, slot: Slot) -> bool {
        match slot {
            Slot::Field(field) => {
                let info = &self.classes.fields[field.index()];
                info.on_instance && self.slots().is_made_hot(info.class)
            }
            Slot::Global(_) | Slot::Managed(_) | Slot::Stored(_) => false,
        }
    }

    /// The truth is kept outside, and here is a copy: who adds to the place writes to a shared store too, there or in what it
    /// calls or is called by; or fills it from all rows of a table; or, beside the requests, writes out what was collected.
    pub(crate) fn is_mirrored(&self, uses: &[Use]) -> bool {
        let writes = is_store_write;
        let lists = |site: &Site<'_>| matches!(site.role, Role::FetchMany | Role::FetchStream | Role::CursorAll);
        uses.iter().filter(|used| !self.is_test(used.function)).any(|used| match used.kind {
            UseKind::Remove => false,
            UseKind::Read => !self.is_hot(used.function, used.op) && self.reaches(used.function, 1, writes),
            UseKind::Write | UseKind::GetOrAdd | UseKind::Count | UseKind::Lower | UseKind::Rebind => {
                let callers = || self.graph.to(used.function).filter(|edge| !self.is_test(edge.caller));
                let loops = |function, op| self.is_in_loop(function, op) && self.reaches(function, 2, lists);
                self.reaches(used.function, 0, writes)
                    || callers().any(|edge| self.sites_in(edge.caller).any(|site| writes(&site)))
                    || loops(used.function, used.op)
                    || callers().any(|edge| !edge.outside && loops(edge.caller, edge.op))
            }
        })
    }

    /// A list that some function empties into a store that all instances share.
    fn is_flushed(&self, uses: &[Use], holding: Holding) -> bool {
        holding == Holding::List
            && uses.iter().any(|used| matches!(used.kind, UseKind::Remove | UseKind::Rebind) && self.is_copied_outside(used))
    }

    /// Whether a function, or one up to `depth` calls below it, has a site that is `wanted`.
    pub(crate) fn reaches(&self, function: FnId, depth: u32, wanted: impl Fn(&Site<'_>) -> bool) -> bool {
        let mut queue = vec![(function, 0)];
        let mut seen = vec![function];
        while let Some((function, at)) = queue.pop() {
            if self.sites_in(function).any(|site| wanted(&site)) {
                return true;
            }
            for edge in self.graph.from(function).filter(|_| at < depth) {
                if !seen.contains(&edge.callee) {
                    seen.push(edge.callee);
                    queue.push((edge.callee, at + 1));
                }
            }
        }
        false
    }
}

/// A call that writes to a store which all instances share.
fn is_store_write(site: &Site<'_>) -> bool {
    match site.role {
        Role::Write | Role::WriteBatch | Role::CacheWrite | Role::CacheBatch | Role::Publish => true,
        Role::Execute => site.receiver.traits.union(site.result.traits).has(Trait::Writes),
        _ => false,
    }
}
