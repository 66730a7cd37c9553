//! Who may call this? What stands at the head of a request handler says whether it serves a few administrators.

use super::paths::{Placement, Reached};
use super::surroundings::names_administrators;
use crate::facts::{OpId, OpKind, RegionKind};
use crate::link::project::Project;
use crate::link::values::value::{ClassRef, FnId};
use crate::models::EntryKind;

impl Project {
    /// Whether only administrators come this way: the entry's decorators, parameters or class ask for one.
    #[must_use]
    pub fn serves_administrators(&self, reached: &Reached) -> bool {
        reached.kind == EntryKind::Request
            && (names_administrators(&reached.label)
                || reached
                    .functions
                    .first()
                    .is_some_and(|&entry| self.asks_for_administrator(entry) || self.is_registered_for_administrators(entry)))
    }

    /// Whether the entry itself belongs to the administration, by its file or by whom it turns away first:
    /// `if not request.user.is_superuser: return redirect("/")`.
    #[must_use]
    pub fn is_of_administration(&self, reached: &Reached) -> bool {
        reached.kind == EntryKind::Request
            && reached.functions.first().is_some_and(|&entry| {
                let data = self.files().get(self.files().locate(entry).0);
                let facts = self.facts(entry);
                let turns_away = facts.regions.iter().any(|region| match region.kind {
                    RegionKind::Guarded { condition } => {
                        let text = facts.op(condition).span.of(&data.text);
                        ["is_superuser", "is_staff", "is_admin"].iter().any(|word| text.contains(word))
                    }
                    _ => false,
                });
                turns_away || data.path.split(['/', '.', '_']).any(|word| word == "admin")
            })
    }

    /// Whether an operation placed so lies on the way of administrators: by its file, or by the entry it is reached from.
    #[must_use]
    pub fn is_for_administrators(&self, function: FnId, placement: &Placement) -> bool {
        self.is_administration(function) || matches!(placement, Placement::Hot(reached) if self.serves_administrators(reached))
    }

    /// `path("news/add/", permission_required("news.add")(Add.as_view()))`, wherever it is registered.
    fn is_registered_for_administrators(&self, entry: FnId) -> bool {
        let says = |(function, op): (FnId, OpId)| {
            let data = self.files().get(self.files().locate(function).0);
            names_administrators(self.facts(function).op(op).span.of(&data.text))
        };
        let mut places = self.entries.of(entry).iter().filter_map(|point| point.registered).peekable();
        places.peek().is_some() && places.all(says)
    }

    fn asks_for_administrator(&self, entry: FnId) -> bool {
        let (file, _) = self.files().locate(entry);
        let data = self.files().get(file);
        let facts = self.facts(entry);
        let Some(parent) = facts.parent else { return false };
        let around = &data.facts.functions[parent.index()];
        let says = |op: OpId| names_administrators(around.op(op).span.of(&data.text));
        let head = facts
            .params
            .iter()
            .flat_map(|param| [param.annotation, param.default])
            .flatten()
            .chain(facts.decorators.iter().copied());
        let in_class = self.classes.owner[entry.index()].is_some_and(|class| self.class_names_administrators(class));
        in_class || head.into_iter().any(says)
    }

    /// `permission_classes = [IsAdminUser]` in the class of a view.
    pub(crate) fn class_names_administrators(&self, class: ClassRef) -> bool {
        let (file, local) = self.files().locate_class(class);
        let facts = &self.files().get(file).facts;
        let body = &facts.functions[facts.classes[local.index()].body.index()];
        body.ops.iter().any(|op| match op.kind {
            OpKind::Name(name) | OpKind::Attribute(_, name) => names_administrators(facts.names.get(name)),
            _ => false,
        })
    }
}
