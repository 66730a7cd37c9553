//! Views that a framework answers with all rows of a table, as a class says by its attributes: no query stands in the code.

use crate::facts::{Literal, OpId, OpKind, Target};
use crate::finding::{Confidence, Place};
use crate::link::project::Project;
use crate::link::values::value::{ClassRef, FnId, Kind, Type, Value};
use crate::models::schema::Lists;
use crate::models::{Setting, Trait};

/// A view without pages.
#[derive(Debug)]
pub struct Listing {
    /// The body of its class.
    pub body: FnId,
    /// Where the class says what it lists.
    pub place: Place,
    /// How people call the class.
    pub name: String,
    /// What it lists.
    pub entity: String,
    /// How sure it is that this grows with use.
    pub sure: Confidence,
}

impl Project {
    /// Every view that answers with a whole table.
    #[must_use]
    pub fn whole_listings(&self) -> Vec<Listing> {
        let paged = std::cell::OnceCell::new();
        let classes = (0..self.classes.all.len()).map(ClassRef::from_index);
        classes
            .filter_map(|class| {
                let (_, modelled) = self.classes.lineage(class);
                let mut types = modelled.iter().flat_map(|&base| self.models().lineage(base));
                let lists = types.find_map(|ty| ty.lists.as_ref())?;
                if lists.by_setting && *paged.get_or_init(|| self.pages_by_setting()) {
                    return None;
                }
                self.listing(class, lists)
            })
            .collect()
    }

    fn listing(&self, class: ClassRef, lists: &Lists) -> Option<Listing> {
        let body = self.files().body_of(class);
        let (file, _) = self.files().locate(body);
        let data = self.files().get(file);
        let pages = |name: &String| {
            let field = self.classes.field(class, name)?;
            Some(self.state.field(field).kind != Kind::None)
        };
        if lists.verbs.as_ref().is_some_and(|attribute| self.refuses_to_get(class, attribute))
            || self.is_routed_past(class, lists)
            || self.is_unrouted(class, lists)
            || lists.shown_as.as_ref().is_some_and(|name| self.shows_other_rows(class, name))
        {
            return None;
        }
        let own = lists.unless.iter().any(|name| self.classes.method(class, name).is_some());
        if own || self.is_test(body) || lists.pages.iter().find_map(pages).unwrap_or(false) {
            return None;
        }
        let (name, value) = lists.rows.iter().find_map(|name| {
            let field = *self.classes.all[class.index()].fields.get(name.as_str())?;
            Some((name, self.state.field(field)))
        })?;
        let rows = self.listed(value).filter(|&rows| !self.is_reference(rows))?;
        let said = self.facts(body).ops.iter().find(|op| match op.kind {
            OpKind::Store { target: Target::Name(stored), .. } => data.facts.names.get(stored) == name,
            _ => false,
        })?;
        let few = lists.narrowed_by.as_ref().is_some_and(|attribute| self.is_narrowed(class, attribute))
            || self.is_administration(body)
            || self.class_names_administrators(class)
            || crate::link::reach::surroundings::names_administrators(&self.class_name(class));
        Some(Listing {
            body,
            place: Place { file, span: said.span },
            name: self.class_name(class),
            entity: self.entity_name(rows)?,
            sure: if few { Confidence::Low } else { self.grows(rows) },
        })
    }

    /// Whether a class, or one it extends, says that it answers to other methods of HTTP only: `http_method_names = ["post"]`.
    fn refuses_to_get(&self, class: ClassRef, attribute: &str) -> bool {
        self.stated(class, attribute).is_some_and(|(body, value)| {
            let (file, _) = self.files().locate(body);
            let facts = self.facts(body);
            match facts.op(value).kind {
                OpKind::Construct(_, parts) => !facts.list(parts).iter().any(|part| match facts.op(part.value).kind {
                    OpKind::Literal(Literal::Text(verb)) => self.files().name(file, verb).eq_ignore_ascii_case("get"),
                    _ => true,
                }),
                _ => false,
            }
        })
    }

    /// Whether a method of a class, or of one it extends, puts something else where the page looks for the rows:
    /// `context["object_list"] = few`.
    fn shows_other_rows(&self, class: ClassRef, shown_as: &str) -> bool {
        let (own, _) = self.classes.lineage(class);
        let methods = own.into_iter().flat_map(|class| self.classes.all[class.index()].methods.values());
        methods.into_iter().any(|&method| {
            let facts = self.facts(method);
            let (file, _) = self.files().locate(method);
            let is_name = |key: OpId| match facts.op(key).kind {
                OpKind::Literal(Literal::Text(text)) => self.files().name(file, text) == shown_as,
                _ => false,
            };
            facts.ops.iter().any(|op| matches!(op.kind, OpKind::Store { target: Target::Item(_, key), .. } if is_name(key)))
        })
    }

    /// Whether a class of the project is among those that narrow the rows for whoever asks: `filter_backends = [OwnRows]`.
    fn is_narrowed(&self, class: ClassRef, attribute: &str) -> bool {
        self.stated(class, attribute).is_some_and(|(body, value)| {
            let facts = self.facts(body);
            let OpKind::Construct(_, parts) = facts.op(value).kind else { return false };
            let values = self.values(body);
            let own = |op: OpId| matches!(values[op.index()].kind, Kind::Class(ty) if ty.base.project().is_some());
            facts.list(parts).iter().any(|part| own(part.value))
        })
    }

    /// What a class, or the nearest one that it extends, gives an attribute: on which tape, and the value.
    pub(super) fn stated(&self, class: ClassRef, attribute: &str) -> Option<(FnId, OpId)> {
        let (own, _) = self.classes.lineage(class);
        own.into_iter().find_map(|class| {
            let body = self.files().body_of(class);
            let (file, _) = self.files().locate(body);
            self.facts(body).ops.iter().find_map(|op| match op.kind {
                OpKind::Store { target: Target::Name(name), value, .. } if self.files().name(file, name) == attribute => {
                    Some((body, value))
                }
                _ => None,
            })
        })
    }

    /// The whole table behind a query or an entity; `None` for a part of one.
    fn listed(&self, value: Value) -> Option<Value> {
        let bounding = [Trait::Limited, Trait::Keyed, Trait::Filtered, Trait::Aggregated, Trait::Grouped];
        if bounding.into_iter().any(|which| value.has(which)) || value.inferred {
            return None;
        }
        match value.kind {
            // `model = Order`: rows of that class.
            Kind::Class(ty) => {
                let entity = ty.base.project()?;
                let whole = Value { kind: Kind::Instance(Type { first: Some(ty.base), ..ty }), ..value };
                Some(whole).filter(|_| self.classes.inherits(self.models(), entity, |ty| ty.entity))
            }
            Kind::Instance(_) => Some(value),
            _ => None,
        }
    }

    /// Whether some file sets how every list of a framework is paged.
    fn pages_by_setting(&self) -> bool {
        let settings = self.models().settings().iter().filter(|model| model.says == Setting::PaginatesEndpoints);
        settings.filter_map(|model| model.name.rsplit('.').next()).any(|key| {
            let mut files = self.files().iter().filter(|(_, data)| !data.path.contains("test"));
            files.any(|(_, data)| data.facts.names.iter().any(|(_, name)| name == key))
        })
    }
}
