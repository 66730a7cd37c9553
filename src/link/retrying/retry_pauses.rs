//! How long does a loop wait between its rounds, does that change, and how many rounds does it make?

use super::retries::{Bound, Delay};
use super::retry_loops::Rounds;
use crate::facts::{Function, OpId, OpKind, Operator, Region, RegionKind, Target};
use crate::link::project::Project;
use crate::link::values::flows::{last_store, taint};
use crate::link::values::remembered::Values;
use crate::link::values::value::{FnId, Kind};
use crate::models::Role;

/// How far down a sleep is looked for.
const DEPTH: u32 = 3;

impl Rounds<'_> {
    /// The pause of a round: of the sleeps in it, the one that says most. What may wait in a way unknown makes it unknown.
    pub(crate) fn delay(&self, attempt: OpId, values: &Values) -> Delay {
        let project = self.project;
        let sleeps: Vec<Delay> = project
            .sites_in(self.function)
            .filter(|site| site.role == Role::Sleep && self.holds(site.op))
            .map(|site| match self.facts.op(site.op).kind {
                OpKind::Call { args, .. } => match self.facts.list(args).first() {
                    Some(arg) => self.pause(arg.value, values, 0),
                    None => Delay::Constant(None),
                },
                _ => Delay::Unknown,
            })
            .collect();
        if let Some(best) = [Delay::Growing, Delay::Unknown].into_iter().find(|delay| sleeps.contains(delay)) {
            return best;
        }
        let sleeping = project.graph.from(self.function).any(|edge| {
            self.holds(edge.op) && edge.op != attempt && project.reaches(edge.callee, DEPTH, |site| site.role == Role::Sleep)
        });
        if sleeping || self.facts.tape().any(|(at, op)| self.holds(at) && at != attempt && self.may_wait(op.kind)) {
            return Delay::Unknown;
        }
        sleeps.first().copied().unwrap_or(Delay::None)
    }

    /// A call, of nobody knows what, whose name says that it waits.
    pub(crate) fn may_wait(&self, kind: OpKind) -> bool {
        let OpKind::Call { callee, .. } = kind else { return false };
        let (OpKind::Name(name) | OpKind::Attribute(_, name)) = self.facts.op(callee).kind else { return false };
        let name = self.name(name);
        let known = project_sleep(self.project, self.function, callee, self.facts);
        !known
            && name != "wait_for"
            && ["sleep", "wait", "backoff", "back_off", "delay", "pause", "retry", "tick", "select"]
                .iter()
                .any(|word| name.contains(word))
    }

    /// What a pause computes to, from round to round.
    fn pause(&self, op: OpId, values: &Values, depth: u32) -> Delay {
        let both = |left: Delay, right: Delay| match (left, right) {
            (Delay::Growing, _) | (_, Delay::Growing) => Delay::Growing,
            (Delay::Unknown, _) | (_, Delay::Unknown) => Delay::Unknown,
            _ => Delay::Constant(None),
        };
        if let OpKind::Name(name) = self.facts.op(op).kind
            && self.changes(|target| matches!(target, Target::Name(stored) if stored == name))
        {
            return Delay::Growing;
        }
        match values[op.index()].kind {
            #[expect(clippy::cast_precision_loss, reason = "seconds are small")]
            Kind::Int(seconds) => return Delay::Constant(Some(seconds as f64)),
            Kind::Float(seconds) => return Delay::Constant(Some(seconds)),
            _ => {}
        }
        if depth > 8 {
            return Delay::Unknown;
        }
        match self.facts.op(op).kind {
            OpKind::Literal(_) => Delay::Constant(None),
            OpKind::Name(name) => match last_store(self.facts, name, op).filter(|&stored| !self.holds(stored)) {
                Some(stored) => self.pause(stored, values, depth + 1),
                None => Delay::Constant(None),
            },
            OpKind::Attribute(_, name) => {
                let changes = self.changes(|target| matches!(target, Target::Attribute(_, stored) if stored == name));
                if changes { Delay::Growing } else { Delay::Constant(None) }
            }
            OpKind::Operate(_, left, right) => both(self.pause(left, values, depth + 1), self.pause(right, values, depth + 1)),
            // A length of time made of a number: `Duration::from_secs(5)`.
            OpKind::Call { callee, args } => match self.facts.op(callee).kind {
                OpKind::Attribute(_, name) if self.name(name).starts_with("from_") || self.name(name) == "new" => self
                    .facts
                    .list(args)
                    .iter()
                    .map(|arg| self.pause(arg.value, values, depth + 1))
                    .fold(Delay::Constant(None), both),
                OpKind::Name(name) if matches!(self.name(name), "min" | "max" | "float" | "int" | "pow") => self
                    .facts
                    .list(args)
                    .iter()
                    .map(|arg| self.pause(arg.value, values, depth + 1))
                    .fold(Delay::Constant(None), both),
                _ => Delay::Unknown,
            },
            _ => Delay::Unknown,
        }
    }

    /// Whether the loop stores to such a place in each round.
    fn changes(&self, is_place: impl Fn(Target) -> bool) -> bool {
        self.facts.tape().any(|(at, op)| match op.kind {
            OpKind::Store { target, .. } => self.holds(at) && is_place(target),
            _ => false,
        })
    }

    pub(crate) fn bound(
        &self,
        (over, condition): (Option<OpId>, Option<OpId>),
        attempt: OpId,
        failure: &(OpId, OpId),
        values: &Values,
    ) -> Bound {
        if let Some(over) = over {
            return self.rounds_of(over, values);
        }
        if let Some(condition) = condition.filter(|&condition| condition != failure.0) {
            return if self.compares(condition) { Bound::Some(None) } else { Bound::Unknown };
        }
        let about_error = taint(self.facts, |at| matches!(self.facts.op(at).kind, OpKind::Enter(_, _)) && self.holds(at));
        let exits = (self.region.start.index()..self.region.end.index()).map(OpId::from_index).filter(|&op| self.leaves(op));
        let mut conditions = exits.flat_map(|exit| {
            let around =
                self.facts.regions_around(exit).filter(|region| self.region.start <= region.start && *region != self.region);
            // That it succeeded is no limit: `if let Ok(answer) = call() { return answer }`.
            let success = |region: &&Region| {
                self.takes_success(region)
                    && region.kind.tested().is_some_and(|of| self.project.is_same(self.function, of, attempt))
            };
            around.filter(move |region| !success(region)).filter_map(|region| match region.kind {
                RegionKind::Branch { condition, .. } => condition,
                RegionKind::Guarded { condition } => Some(condition),
                _ => None,
            })
        });
        if conditions.any(|condition| !about_error[condition.index()] || self.compares(condition)) {
            Bound::Unknown
        } else {
            Bound::Never
        }
    }

    fn compares(&self, op: OpId) -> bool {
        match self.facts.op(op).kind {
            OpKind::Operate(Operator::Order, ..) => true,
            OpKind::Operate(_, left, right) => left != op && (self.compares(left) || right != left && self.compares(right)),
            _ => false,
        }
    }

    /// How many rounds a counting loop makes.
    fn rounds_of(&self, over: OpId, values: &Values) -> Bound {
        let number = |op: OpId| match values[op.index()].kind {
            Kind::Int(number) => Some(number),
            _ => None,
        };
        match self.facts.op(over).kind {
            OpKind::Call { callee, args } => {
                let endless = matches!(self.facts.op(callee).kind, OpKind::Name(name) | OpKind::Attribute(_, name) if self.name(name) == "count");
                match self.facts.list(args) {
                    _ if endless => Bound::Never,
                    [end] => Bound::Some(number(end.value)),
                    [start, end, ..] => Bound::Some(number(end.value).zip(number(start.value)).map(|(end, start)| end - start)),
                    [] => Bound::Unknown,
                }
            }
            OpKind::Construct(_, parts) => match self.facts.list(parts) {
                [start, end, ..] => Bound::Some(number(end.value).zip(number(start.value)).map(|(end, start)| end - start)),
                _ => Bound::Never,
            },
            _ => Bound::Unknown,
        }
    }
}

/// Whether a callee belongs to a sleep that a model describes: then how long it takes was asked already.
fn project_sleep(project: &Project, function: FnId, callee: OpId, facts: &Function) -> bool {
    project.sites_in(function).any(|site| match facts.op(site.op).kind {
        OpKind::Call { callee: of, .. } => site.role == Role::Sleep && of == callee,
        _ => false,
    })
}
