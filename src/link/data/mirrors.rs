//! Which tables are copies of a list kept elsewhere: the service itself removes every row that is not in it, so that there are never
//! more rows than the list is long.

use crate::link::project::{Project, Site};
use crate::link::reach::paths::Placement;
use crate::link::values::eval::Event;
use crate::link::values::value::{ClassRef, FnId};
use crate::models::Trait;
use std::collections::BTreeSet;

impl Project {
    /// Entities whose table the running service keeps equal to a list: it removes all rows but those that a list names, or all of them
    /// where it makes them anew.
    pub(super) fn mirrored(&self) -> BTreeSet<ClassRef> {
        self.functions().flat_map(|function| self.mirrored_by(function)).collect()
    }

    fn mirrored_by(&self, function: FnId) -> Vec<ClassRef> {
        let swept = |site: &Site<'_>| {
            let query = site.receiver.traits;
            let own =
                query.has(Trait::Related) || query.has(Trait::Filtered) && !query.has(Trait::Excludes) || query.has(Trait::Picks);
            let entity = self.entity_in(site.receiver.ty()?).filter(|_| site.result.has(Trait::Sweeps) && !own)?;
            let all_but_named = query.has(Trait::Excludes);
            let lives = self.placement(function, site.op) != Placement::Cold && !self.is_test(function);
            (lives && (all_but_named || self.makes_rows(function, entity))).then_some(entity)
        };
        self.sites_in(function).filter_map(|site| swept(&site)).collect()
    }

    fn makes_rows(&self, function: FnId, entity: ClassRef) -> bool {
        self.events(function).iter().any(|event| matches!(event, Event::Made { class, .. } if *class == entity))
    }
}
