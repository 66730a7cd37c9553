//! Does something decide whether this runs at all: a branch, an earlier answer, a value that is there already?

use crate::facts::{Function, Literal, OpId, OpKind, Operator, Region, RegionKind};
use crate::link::project::Project;
use crate::link::values::value::FnId;

impl Project {
    /// Whether a condition inside a loop decides if `op` runs.
    pub(crate) fn is_under_branch_in(&self, function: FnId, op: OpId, around: &Region) -> bool {
        let facts = self.facts(function);
        let decides = |region: &Region| {
            around.start <= region.start && region != around && region.kind.is_arm() && region.kind.tested().is_some()
        };
        facts.regions_around(op).any(decides) || is_fallback(facts, op)
    }

    /// Whether a condition decides if `op` runs, or an answer that was found before it.
    pub(crate) fn is_under_branch(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        facts.regions_around(op).any(|region| region.kind.is_arm() && region.kind.tested().is_some())
            || is_fallback(facts, op)
            || self.is_answered_before(function, op)
    }

    /// Whether `op` runs only under a switch that developers and tests turn on: `if app.config["TESTING"]:`, `if settings.DEBUG and x:`.
    #[must_use]
    pub fn is_under_test_switch(&self, function: FnId, op: OpId) -> bool {
        self.test_switches(function).any(|region| region.holds(op))
    }

    fn test_switches(&self, function: FnId) -> impl Iterator<Item = &Region> {
        let facts = self.facts(function);
        let text = &self.files().get(self.files().locate(function).0).text;
        facts.regions.iter().filter(move |region| match region.kind {
            RegionKind::Branch { condition: Some(condition), positive } => asks_test_switch(facts, text, condition, positive),
            RegionKind::Guarded { condition } => asks_test_switch(facts, text, condition, false),
            _ => false,
        })
    }

    /// Calls that run only under such a switch lead nowhere.
    pub(in crate::link) fn leave_test_switches(&mut self) {
        let mut left = Vec::new();
        for function in (0..self.files().function_count()).map(FnId::from_index) {
            for region in self.test_switches(function) {
                let under = self.graph.from(function).filter(|edge| !edge.outside && region.holds(edge.op));
                left.extend(under.map(|edge| (function, edge.op, edge.callee)));
            }
        }
        left.into_iter().for_each(|(caller, op, callee)| self.graph.cut(caller, op, callee));
    }

    /// Whether elements of a loop are left out before `op`: `if not changed: continue`.
    pub(crate) fn is_skipped_for_some(&self, function: FnId, op: OpId, around: &Region) -> bool {
        let inside = |region: &Region| around.start <= region.start && region != around;
        self.facts(function).regions_around(op).any(|region| inside(region) && matches!(region.kind, RegionKind::Guarded { .. }))
    }

    /// Whether it runs only while some file is not there yet: what it makes is kept on disk.
    #[must_use]
    pub fn is_done_once_on_disk(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        facts.regions_around(op).any(|region| match region.kind {
            RegionKind::Branch { condition: Some(condition), positive: true } => match facts.op(condition).kind {
                OpKind::Operate(Operator::Not, asked, _) => self.asks_for_file(function, asked),
                _ => false,
            },
            RegionKind::Guarded { condition } => self.asks_for_file(function, condition),
            _ => false,
        })
    }

    /// `path.exists()`, `await fs.try_exists(path)?`, `os.path.isfile(path)`.
    fn asks_for_file(&self, function: FnId, mut at: OpId) -> bool {
        let facts = self.facts(function);
        let name = |id| self.files().name(self.files().locate(function).0, id);
        let asks = |id| matches!(name(id), "exists" | "try_exists" | "is_file" | "isfile" | "is_dir" | "isdir");
        for _ in 0..8 {
            at = match facts.op(at).kind {
                OpKind::Await(inner) | OpKind::Try(inner) | OpKind::Attribute(inner, _) => inner,
                OpKind::Call { callee, .. } => match facts.op(callee).kind {
                    OpKind::Name(id) | OpKind::Attribute(_, id) if asks(id) => return true,
                    _ => callee,
                },
                _ => return false,
            };
        }
        false
    }

    /// Whether another answer may make `op` needless: `if row.owner_id: return row.owner_id`. To give up is no answer.
    fn is_answered_before(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        let text = |op: OpId| match facts.op(op).kind {
            OpKind::Name(name) => self.files().name(self.files().locate(function).0, name),
            _ => "",
        };
        let answers = |value: OpId| match facts.op(value).kind {
            OpKind::Literal(Literal::None | Literal::Bool(false)) => false,
            OpKind::Literal(_) | OpKind::Attribute(..) | OpKind::Index(..) => true,
            OpKind::Name(_) => text(value) != "None",
            OpKind::Call { callee, .. } => !matches!(text(callee), "Err" | "list" | "dict" | "set" | "tuple"),
            _ => false,
        };
        facts.regions_around(op).any(|rest| {
            let RegionKind::Guarded { condition } = rest.kind else { return false };
            let left = facts.regions.iter().filter(|arm| arm.kind.is_arm() && arm.end <= rest.start);
            left.filter(|arm| arm.kind.tested() == Some(condition)).any(|arm| {
                facts.ops[arm.start.index()..arm.end.index()]
                    .iter()
                    .any(|op| matches!(op.kind, OpKind::Return(value) if answers(value)))
            })
        })
    }
}

/// `given or op`: it runs only where there was nothing.
fn is_fallback(facts: &Function, op: OpId) -> bool {
    facts.ops[op.index()..].iter().any(|later| match later.kind {
        OpKind::Choose(parts) => {
            let parts = facts.list(parts);
            parts.windows(2).any(|pair| pair[0].value < op && op <= pair[1].value)
        }
        _ => false,
    })
}

/// What turns a service into one on a developer's machine, or in a test.
const TEST_SWITCHES: [&str; 5] = ["DEBUG", "TESTING", "TEST_MODE", "DEV_MODE", "ALWAYS_EAGER"];

/// Whether a condition can only be true, or untrue, where such a switch is on.
fn asks_test_switch(facts: &Function, text: &str, condition: OpId, positive: bool) -> bool {
    let op = facts.op(condition);
    match op.kind {
        OpKind::Operate(Operator::Not, inner, _) => asks_test_switch(facts, text, inner, !positive),
        OpKind::Operate(Operator::And, left, right) if positive => {
            [left, right].into_iter().any(|part| asks_test_switch(facts, text, part, true))
        }
        OpKind::Operate(Operator::Or, left, right) if !positive => {
            [left, right].into_iter().any(|part| asks_test_switch(facts, text, part, false))
        }
        OpKind::Name(_) | OpKind::Attribute(..) if positive => {
            is_test_switch(op.span.of(text).rsplit('.').next().unwrap_or_default())
        }
        // `config["TESTING"]`, `getattr(settings, "EDITOR_DEV_MODE", False)`, and not `isEnabledFor(logging.DEBUG)`.
        OpKind::Index(..) | OpKind::Call { .. } if positive => {
            op.span.of(text).split(['"', '\'']).skip(1).step_by(2).any(is_test_switch)
        }
        _ => false,
    }
}

fn is_test_switch(word: &str) -> bool {
    let ends = |switch: &str| word.strip_suffix(switch).is_some_and(|before| before.is_empty() || before.ends_with('_'));
    TEST_SWITCHES.iter().any(|switch| ends(switch))
}
