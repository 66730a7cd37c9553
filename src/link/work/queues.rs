//! Queues inside the process: which of them are bounded by nothing, who fills them, and who takes out.

use crate::facts::{NameId, OpId, OpKind, StoreMode, Target};
use crate::link::names::classes::is_receiver;
use crate::link::names::modules::Symbol;
use crate::link::project::{Project, Site};
use crate::link::reach::paths::Placement;
use crate::link::state::slots::{Use, UseKind};
use crate::link::values::arguments::Chosen;
use crate::link::values::value::{FnId, Slot, TypeRef};
use crate::models::{EntryKind, Parameter, Role};
use std::collections::BTreeSet;

/// A queue that nothing bounds.
#[derive(Debug)]
pub struct UnboundedQueue<'p> {
    /// Its construction.
    pub site: Site<'p>,
    /// How people call it, when it has a name.
    pub name: Option<String>,
    /// Who fills it on a hot path.
    pub filler: Filler,
    /// Who takes out.
    pub taker: Option<(FnId, OpId)>,
    /// Whether every link was resolved, and it lives as long as the process.
    pub sure: bool,
}

/// Who fills a queue.
#[derive(Debug)]
pub struct Filler {
    /// The function.
    pub function: FnId,
    /// Where it puts something in.
    pub op: OpId,
    /// How it is reached.
    pub placement: Placement,
}

impl Project {
    /// Every queue without a bound that requests or jobs fill and something else empties; of several channels that one send may
    /// go to, the first.
    pub fn unbounded_queues(&self) -> impl Iterator<Item = UnboundedQueue<'_>> {
        let served = move |function: FnId| !self.is_test(function) && !self.is_script(function) && !self.is_client_side(function);
        let made = self.sites(Role::LocalQueue).filter(move |site| served(site.function) && self.is_unbounded(site));
        let mut sends = BTreeSet::new();
        made.filter_map(move |site| self.named_queue(site).or_else(|| self.channel(site)))
            .filter(move |queue| queue.name.is_some() || sends.insert((queue.filler.function, queue.filler.op)))
    }

    fn is_unbounded(&self, site: &Site<'_>) -> bool {
        let capacity = self.parameter(site, Parameter::Capacity);
        !matches!(capacity, Chosen::Unknown | Chosen::Absent)
            && (capacity.is_off() || capacity.number().is_some_and(|number| number <= 0))
    }

    /// A queue that is kept in a variable or field.
    fn named_queue<'p>(&self, site: Site<'p>) -> Option<UnboundedQueue<'p>> {
        let slot = self.place_made(&site)?;
        let uses = self.slots().uses(slot);
        let others = |used: &&Use| !self.is_test(used.function) && !self.makes_queue(used);
        let fills: Vec<&Use> =
            uses.iter().filter(others).filter(|used| matches!(used.kind, UseKind::Write | UseKind::GetOrAdd)).collect();
        let taken: Vec<&Use> = uses.iter().filter(others).filter(|used| used.kind == UseKind::Remove).collect();
        // Who also takes out, or looks at the length, bounds it.
        let bounds = |fill: &Use| {
            taken.iter().any(|taken| taken.function == fill.function)
                || uses.iter().any(|used| used.kind == UseKind::Read && used.function == fill.function)
                || self.measures(fill)
        };
        // Each request empties it again.
        if taken.iter().any(|used| self.only_serves_requests(used.function, used.op)) {
            return None;
        }
        let taker = taken.first().map(|used| (used.function, used.op))?;
        let hot = fills.iter().filter(|fill| !bounds(fill)).find_map(|fill| match self.placement(fill.function, fill.op) {
            Placement::Hot(reached) if !reached.is_probe() => {
                Some(Filler { function: fill.function, op: fill.op, placement: Placement::Hot(reached) })
            }
            _ => None,
        });
        let lasting = self.is_process_wide(slot) && !self.is_per_request(slot);
        Some(UnboundedQueue { name: Some(self.slot_name(slot)), filler: hot?, taker: Some(taker), sure: lasting, site })
    }

    /// The variable or field that a construction is stored in.
    fn place_made(&self, site: &Site<'_>) -> Option<Slot> {
        let facts = self.facts(site.function);
        let (file, _) = self.files().locate(site.function);
        let at_load = crate::link::values::rounds::shares_module_scope(facts.kind);
        let mut stores = facts.tape().skip(site.op.index() + 1);
        let (op, target) = stores.find_map(|(at, op)| match op.kind {
            OpKind::Store { target, value, mode: StoreMode::Plain } if value == site.op => Some((at, target)),
            _ => None,
        })?;
        let by_name = |name: NameId| self.files().name(file, name);
        match target {
            Target::Name(name) if at_load => match self.modules.all[file.index()].symbols.get(by_name(name)) {
                Some(Symbol::Global(global)) => Some(Slot::Global(*global)),
                _ => None,
            },
            Target::Attribute(base, name) if is_receiver(facts, base) => {
                let class = self.classes.owner[site.function.index()]?;
                self.classes.field(class, by_name(name)).map(Slot::Field)
            }
            _ => self
                .slots()
                .iter()
                .find_map(|(slot, uses)| uses.iter().any(|used| used.function == site.function && used.op == op).then_some(slot)),
        }
    }

    fn is_per_request(&self, slot: Slot) -> bool {
        match slot {
            Slot::Field(field) => self.slots().is_made_hot(self.classes.fields[field.index()].class),
            _ => false,
        }
    }

    /// The declaration itself.
    fn makes_queue(&self, used: &Use) -> bool {
        self.sites_in(used.function).any(|site| site.role == Role::LocalQueue && self.is_stored_by(used, site.op))
    }

    /// `len(queue)` before it is filled.
    fn measures(&self, fill: &Use) -> bool {
        let facts = self.facts(fill.function);
        let (file, _) = self.files().locate(fill.function);
        facts.tape().take(fill.op.index()).any(|(_, op)| match op.kind {
            OpKind::Call { callee, .. } => {
                matches!(facts.op(callee).kind, OpKind::Name(name) if self.files().name(file, name) == "len")
            }
            _ => false,
        })
    }

    /// A channel: its ends go different ways, so it is told by what it carries.
    fn channel<'p>(&self, site: Site<'p>) -> Option<UnboundedQueue<'p>> {
        // The end that is sent to, by its type: a model may describe the channels of several libraries.
        let end = |made: &Site<'_>| made.result.ty().and_then(|ends| ends.first);
        let package = site.act.library.as_str();
        let is_end = |send: &Site<'_>| end(&site).zip(send.receiver.ty()).is_none_or(|(end, to)| end == to.base);
        let carried = self.carried(&site);
        let like = |other: &Site<'_>| other.act.library == package && end(other) == end(&site) && !self.is_test(other.function);
        let others = self.sites(Role::LocalQueue).filter(like);
        let alone = others.count() == 1;
        // Of several channels, the one is meant that carries what is sent.
        let same = |send: &Site<'_>| {
            let sent = send.receiver.ty().and_then(|ty| ty.first);
            let fits = carried.zip(sent).map(|(made, sent)| made == sent);
            send.act.library == package && is_end(send) && fits.unwrap_or(alone)
        };
        let mut sends = self.sites(Role::LocalSend).filter(|send| !self.is_test(send.function) && same(send));
        let filler = sends.find_map(|send| match self.placement(send.function, send.op) {
            Placement::Hot(reached) if !reached.is_probe() => {
                Some(Filler { function: send.function, op: send.op, placement: Placement::Hot(reached) })
            }
            _ => None,
        })?;
        let lasting = self.is_made_for_the_process(site.function, site.op);
        Some(UnboundedQueue { site, name: None, filler, taker: None, sure: lasting })
    }

    /// Made when the process starts; what a server calls on an object for each connection, by a contract that nobody here knows,
    /// is not.
    fn is_made_for_the_process(&self, function: FnId, op: OpId) -> bool {
        let started = [EntryKind::Startup, EntryKind::Command].into_iter().any(|kind| self.is_reached(function, kind));
        let at_load = crate::link::values::rounds::shares_module_scope(self.facts(function).kind);
        let on_object = self.classes.owner[function.index()].is_some() && !self.facts(function).is_static;
        !self.is_hot(function, op) && (started || at_load || !on_object || self.runs_once(function, op))
    }

    /// The type that a channel carries, where its construction says so.
    fn carried(&self, site: &Site<'_>) -> Option<TypeRef> {
        let facts = self.facts(site.function);
        let OpKind::Call { callee, .. } = facts.op(site.op).kind else { return None };
        let OpKind::Index(_, carried) = facts.op(callee).kind else { return None };
        let value = self.values(site.function)[carried.index()];
        match value.kind {
            crate::link::values::value::Kind::Class(ty) => Some(ty.base),
            _ => None,
        }
    }
}
