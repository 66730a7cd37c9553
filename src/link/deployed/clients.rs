//! Whether clients of a workload keep one connection: then a copy has them for as long as that lasts, whatever balances.

use crate::link::project::Project;
use crate::models::EntryKind;

impl Project {
    /// Whether requests to a workload, by its position, are websockets and nothing else, as far as its code is known.
    #[must_use]
    pub fn serves_only_sockets(&self, workload: usize) -> bool {
        let programs: Vec<_> = self.links().iter().filter(|link| link.workload == workload).map(|link| link.entry).collect();
        let mut requests = self
            .entry_points()
            .iter()
            .filter(|point| point.kind == EntryKind::Request)
            .filter(|point| {
                let (file, _) = self.files().locate(point.function);
                programs.iter().any(|&entry| self.deployed.contains(entry, file))
            })
            .peekable();
        requests.peek().is_some() && requests.all(|point| self.takes_socket(point.function))
    }
}
