//! Which places hold what only this process can use: connections, clients, locks, tasks, open sockets.

use super::eval::Event;
use super::value::{ClassRef, FnId, Slot, TypeRef};
use crate::facts::OpId;
use crate::link::project::Project;
use crate::models::{ActId, Role};
use rustc_hash::FxHashSet;

impl Project {
    /// Whether a place holds what was made by, or what keeps, something the model of a library describes as local by design.
    #[must_use]
    pub fn holds_handles(&self, slot: Slot) -> bool {
        self.is_registry_of_handles(slot) || self.keeps_made_handles(slot)
    }

    /// Whether a place holds, by its type, handles on things of this process: open sockets, channels, tasks.
    #[must_use]
    pub fn is_registry_of_handles(&self, slot: Slot) -> bool {
        let ty = self.slot_value(slot).ty();
        ty.is_some_and(|ty| [Some(ty.base), ty.first, ty.second].into_iter().flatten().any(|held| self.is_handle_type(held, 0)))
    }

    /// Whether what is put into a place was made there, and is local by design.
    #[must_use]
    pub fn keeps_made_handles(&self, slot: Slot) -> bool {
        self.slots().uses(slot).iter().any(|used| {
            let made = self.handles_made(used.function, 0);
            made.into_iter().any(|op| self.is_stored_by(used, op))
        })
    }

    /// Whether a type is a handle on something of this process, or an object that keeps one.
    fn is_handle_type(&self, ty: TypeRef, depth: u32) -> bool {
        match ty {
            TypeRef::Model(model) => self.models().lineage(model).any(|ty| {
                let made = ty.new.and_then(|act| self.act(act).behaviour.role);
                ty.handle || made.is_some_and(|role| is_handle(role) || role == Role::Channel)
            }),
            TypeRef::Project(class) => {
                depth < 2
                    && self.classes.all[class.index()].fields.values().any(|&field| {
                        let held = self.state.field(field).ty();
                        held.is_some_and(|held| {
                            [Some(held.base), held.first].into_iter().flatten().any(|held| self.is_handle_type(held, depth + 1))
                        })
                    })
            }
        }
    }

    /// The calls that make a client, a connection or a pool, of all functions.
    pub(in crate::link) fn calls_making_handles(&self) -> FxHashSet<(FnId, OpId)> {
        let makes = |act: &ActId| {
            let mut roles = self.models().act(*act).behaviour.roles();
            roles.any(|role| matches!(role, Role::HttpClient | Role::SdkClient | Role::Connect | Role::Pool | Role::Borrow))
        };
        let functions = (0..self.files().function_count()).map(FnId::from_index);
        let calls = functions.flat_map(|function| {
            self.events(function).iter().filter_map(move |event| match event {
                Event::Act { op, act, .. } if makes(act) => Some((function, *op)),
                _ => None,
            })
        });
        calls.collect()
    }

    /// Operations that make something local by design: a connection, a client, a lock, a task; and calls of functions that
    /// return one, or an object that keeps one.
    fn handles_made(&self, function: FnId, depth: u32) -> Vec<OpId> {
        let own = self.sites_in(function).filter(|site| is_handle(site.role)).map(|site| site.op);
        let returned = self.graph.from(function).filter(|edge| depth < 3 && !edge.outside).filter(|edge| {
            let given = self.state.result(edge.callee).ty();
            let class = given.map_or_else(|| self.made_class(edge.callee), |ty| ty.base.project());
            class.is_some_and(|class| self.keeps_handle(class))
                || self.handles_made(edge.callee, depth + 1).into_iter().any(|op| self.is_returned_itself(edge.callee, op))
        });
        own.chain(returned.map(|edge| edge.op)).collect()
    }

    /// The class that a constructor makes.
    pub(crate) fn made_class(&self, function: FnId) -> Option<ClassRef> {
        let class = self.classes.owner[function.index()]?;
        let (file, _) = self.files().locate(function);
        let name = self.facts(function).name.map(|name| self.files().name(file, name));
        (name == Some("__init__")).then_some(class)
    }

    /// Whether a class, or one that extends it, makes a connection or client and keeps it in a field.
    fn keeps_handle(&self, class: ClassRef) -> bool {
        let keepers = self.indexes.keepers.get_or_init(|| self.find_keepers());
        keepers.get(class.index()).copied().unwrap_or_default()
    }

    fn find_keepers(&self) -> Vec<bool> {
        let mut keepers = vec![false; self.classes.all.len()];
        for (at, class) in self.classes.all.iter().enumerate() {
            let makes = |&method: &FnId| {
                self.sites_in(method).filter(|site| is_handle(site.role)).any(|site| self.is_handed_over(method, site.op))
            };
            if class.methods.values().any(makes) {
                let (family, _) = self.classes.lineage(ClassRef::from_index(at));
                family.into_iter().for_each(|base| keepers[base.index()] = true);
            }
        }
        keepers
    }
}

/// What only the process that made it can use.
fn is_handle(role: Role) -> bool {
    matches!(role, Role::Connect | Role::Pool | Role::HttpClient | Role::SdkClient | Role::LockLocal | Role::Metric | Role::Spawn)
}
