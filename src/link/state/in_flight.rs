//! Numbers that go up and down with the work of this process, and are none of the others' business.

use super::slots::{Use, UseKind};
use crate::facts::RegionKind;
use crate::link::project::Project;
use crate::link::values::value::FnId;
use crate::models::{EntryKind, Holding};

/// Words in the names of functions that say that something is over.
const ENDINGS: [&str; 18] = [
    "drop",
    "exit",
    "aexit",
    "del",
    "release",
    "close",
    "closed",
    "disconnect",
    "disconnected",
    "leave",
    "left",
    "finish",
    "finished",
    "done",
    "end",
    "stop",
    "teardown",
    "complete",
];

impl Project {
    /// A number that goes up and down again with what this process is doing: on the way of one request, or down where something is
    /// over. One that requests of their own make less is data.
    pub(crate) fn counts_work_in_flight(&self, uses: &[Use], holding: Holding) -> bool {
        let single = matches!(holding, Holding::Counter | Holding::Cell);
        let lowers: Vec<&Use> = uses.iter().filter(|used| used.kind == UseKind::Lower).collect();
        if single && uses.iter().any(|used| used.kind == UseKind::Remove) {
            return true;
        }
        let raises = |used: &&Use| match used.kind {
            UseKind::Count => true,
            // `HITS.fetch_add(1)`
            UseKind::Write => single,
            _ => false,
        };
        let raised: Vec<Vec<FnId>> = uses.iter().filter(raises).map(|used| self.hot_callers(used.function)).collect();
        lowers.into_iter().any(|used| {
            let above = self.hot_callers(used.function);
            let paired = raised.iter().flatten().any(|caller| above.contains(caller));
            paired || self.is_over_at(used) || !self.is_reached(used.function, EntryKind::Request)
        })
    }

    /// Whether a use lies where work ends: in clean-up, or in a function whose name says so.
    fn is_over_at(&self, used: &Use) -> bool {
        let name = self.function_name(used.function);
        let name = name.rsplit(['.', ':']).next().unwrap_or_default().to_ascii_lowercase();
        let facts = self.facts(used.function);
        name.split('_').any(|word| ENDINGS.contains(&word))
            || facts.regions_around(used.op).any(|region| matches!(region.kind, RegionKind::Handler(_) | RegionKind::Finally))
    }
}
