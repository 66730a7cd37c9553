//! What a client would lose if it reached another copy: state that handlers keep in the process, behind a setting that ties clients.

use crate::finding::Place;
use crate::link::project::Project;
use crate::link::reach::paths::Placement;

/// State behind a tie.
#[derive(Debug, Clone)]
pub struct StateBehind {
    /// What keeps it.
    pub name: String,
    /// Where a handler changes it.
    pub place: Place,
}

/// What is known of the code behind some workloads.
#[derive(Debug, Clone)]
pub enum Behind {
    /// Its code keeps this in the process.
    State(StateBehind),
    /// Its code is known, and nothing in it keeps what clients come back for.
    Nothing,
    /// Nobody knows its code.
    Unknown,
}

impl Project {
    /// What the code behind some workloads, by position, keeps for its clients in the process.
    #[must_use]
    pub fn state_behind(&self, workloads: &[usize]) -> Behind {
        let links: Vec<_> = self.links().iter().filter(|link| workloads.contains(&link.workload)).collect();
        if links.is_empty() {
            return Behind::Unknown;
        }
        let kept = self.kept_data().find(|kept| {
            let (file, _) = self.files().locate(kept.function);
            matches!(kept.placement, Placement::Hot(_)) && links.iter().any(|link| self.deployed.contains(link.entry, file))
        });
        kept.map_or(Behind::Nothing, |kept| {
            Behind::State(StateBehind { name: kept.name.clone(), place: self.place(kept.function, kept.op) })
        })
    }
}
