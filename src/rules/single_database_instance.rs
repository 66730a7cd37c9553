//! `single-database-instance`: a database that is set up with nothing that stands in for it and no room to grow.

use super::findings::Findings;
use crate::deploy::stages::Stage;
use crate::finding::{Confidence, Place};
use crate::link::Project;
use std::collections::BTreeMap;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    // Several uses of one module are one place in the files: the surest of them speaks.
    let mut lone: BTreeMap<Place, (Stage, &crate::deploy::workloads::Database)> = BTreeMap::new();
    for database in &project.deployment().databases {
        let has_help = database.stands_in || database.has_readers || database.grows;
        if !database.whole || has_help || database.stage == Stage::Development {
            continue;
        }
        let known = lone.entry(database.place).or_insert((database.stage, database));
        if database.stage > known.0 {
            *known = (database.stage, database);
        }
    }
    for (place, (stage, database)) in lone {
        let name = &database.name;
        let sure = if stage == Stage::Production { Confidence::High } else { Confidence::Medium };
        findings
            .at_place(
                project.module_body(place.file),
                place,
                format!("the database {name} is one machine with fixed storage: nothing stands in for it, reads for it or lets it grow"),
            )
            .help(database.advice)
            .at_most(sure)
            .report();
    }
}
