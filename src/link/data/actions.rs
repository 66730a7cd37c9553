//! Which methods of a view do its routes name? A route may map verbs to methods, and leave out the one that lists.

use crate::facts::{Literal, OpId, OpKind};
use crate::link::project::Project;
use crate::link::values::value::{ClassRef, FnId, Kind};
use crate::models::schema::Lists;
use rustc_hash::FxHashMap;

/// The views that code hands on, by the words for mapping and for the answer that lists: whether some mention may list.
pub(crate) type RoutedViews = FxHashMap<(String, String), FxHashMap<ClassRef, bool>>;

impl Project {
    /// Whether every route of a view says which methods it calls, and none of them is the one that lists:
    /// `Orders.as_view({"get": "retrieve"})`.
    pub(super) fn is_routed_past(&self, view: ClassRef, lists: &Lists) -> bool {
        let Some(words) = words(lists) else { return false };
        let routed = self.indexes.routed_views.get_or_init(|| self.find_routed_views());
        routed.get(&words).and_then(|views| views.get(&view)).is_some_and(|lists| !lists)
    }

    /// Whether no route leads to a view, where routes lead to others: at most to those that build on it, which list for themselves.
    pub(super) fn is_unrouted(&self, view: ClassRef, lists: &Lists) -> bool {
        let Some(words) = words(lists) else { return false };
        let routed = self.indexes.routed_views.get_or_init(|| self.find_routed_views());
        let builds_on = |other: ClassRef| other != view && self.classes.lineage(other).0.contains(&view);
        routed.get(&words).is_some_and(|views| {
            let unnamed = || !views.is_empty() && self.is_unnamed_class(view);
            !views.contains_key(&view) && (views.keys().any(|&other| builds_on(other)) || unnamed())
        })
    }

    /// By one walk for all views: there may be as many of them as there are functions.
    fn find_routed_views(&self) -> RoutedViews {
        let words = self.models().lists().filter_map(words);
        let mut routed: RoutedViews = words.map(|words| (words, FxHashMap::default())).collect();
        for function in self.functions() {
            for ((maps, answers), views) in &mut routed {
                self.note_routes(function, (maps, answers), |view, lists| *views.entry(view).or_insert(false) |= lists);
            }
        }
        routed
    }

    /// For each mention of a view in a function as a value that is handed on, whether that may list.
    fn note_routes(&self, function: FnId, (maps, answers): (&str, &str), mut note: impl FnMut(ClassRef, bool)) {
        let facts = self.facts(function);
        let values = self.passing_values(function);
        let (file, _) = self.files().locate(function);
        let view = |op: OpId| match values[op.index()].kind {
            Kind::Class(ty) => ty.base.project(),
            _ => None,
        };
        let says = |op: OpId| match facts.op(op).kind {
            OpKind::Literal(Literal::Text(text)) => self.files().name(file, text) == answers,
            _ => true,
        };
        for op in &facts.ops {
            let (mapped, handed_on) = match op.kind {
                OpKind::Call { callee, args } => match facts.op(callee).kind {
                    OpKind::Attribute(base, name) if self.files().name(file, name) == maps => (view(base), args),
                    _ => (None, args),
                },
                OpKind::Construct(_, parts) => (None, parts),
                _ => continue,
            };
            let parts = facts.list(handed_on);
            if let Some(mapped) = mapped {
                let map = parts.iter().find(|arg| arg.name.is_none());
                let lists = map.is_none_or(|map| match facts.op(map.value).kind {
                    OpKind::Construct(_, parts) => facts.list(parts).iter().any(|part| says(part.value)),
                    _ => true,
                });
                note(mapped, lists);
            }
            // Handed to a router, which names them all.
            parts
                .iter()
                .filter_map(|part| view(part.value))
                .filter(|&view| Some(view) != mapped)
                .for_each(|view| note(view, true));
        }
    }
}

/// What a view calls the mapping of its methods, and the answer that lists.
fn words(lists: &Lists) -> Option<(String, String)> {
    lists.maps.clone().zip(lists.answers.clone())
}
