//! What all deployment files of a tree say together, as rules and the link step ask for it.

use super::workloads::{Affinity, Autoscaler, Database, Workload};
use crate::finding::Place;
use std::collections::BTreeMap;

/// What the deployment files of a tree say together.
#[derive(Debug, Default)]
pub struct Deployment {
    /// What is run, in order of the files.
    pub workloads: Vec<Workload>,
    /// What changes the number of copies.
    pub autoscalers: Vec<Autoscaler>,
    /// What ties clients to copies.
    pub affinities: Vec<Affinity>,
    /// Databases that are set up.
    pub databases: Vec<Database>,
    /// Servers of which the tree has the settings and no command.
    pub told_by_settings: Vec<crate::deploy::processes::programs::Process>,
    /// Copies that commands in scripts ask for.
    pub scaled: Vec<crate::deploy::processes::scripts::Scaled>,
    /// Where gateways limit how often a client may ask.
    pub limits: Vec<Place>,
    /// Where a mesh or gateway stops sending requests to what fails.
    pub breakers: Vec<Place>,
    /// How many files could not be resolved: templates without values, broken texts.
    pub unresolved: usize,
}

impl Deployment {
    /// The workloads of one group: one workload in all its scenarios.
    pub fn groups(&self) -> impl Iterator<Item = Vec<(usize, &Workload)>> {
        let mut groups: BTreeMap<&str, Vec<(usize, &Workload)>> = BTreeMap::new();
        for (at, workload) in self.workloads.iter().enumerate() {
            groups.entry(&workload.group).or_default().push((at, workload));
        }
        groups.into_values()
    }
}
