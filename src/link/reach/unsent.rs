//! Entry points that nobody comes to: tasks that nobody sends and no schedule names, classes that no schema or router names.

use crate::facts::{Literal, NameId, OpKind};
use crate::lang::Language;
use crate::link::project::Project;
use crate::link::reach::entries::EntryPoint;
use crate::link::values::eval::Event;
use crate::link::values::value::{ClassRef, FnId};
use crate::models::{EntryKind, Role};
use rustc_hash::{FxHashMap, FxHashSet};

impl Project {
    /// Such functions are no entry points, in a project that sends or schedules other tasks of its own. A task with a name of its own may
    /// be sent by anybody.
    pub(in crate::link) fn leave_unsent_tasks(&mut self) {
        let tasks: FxHashSet<FnId> = self
            .entries
            .points
            .iter()
            .filter(|point| point.kind == EntryKind::Job && self.is_nameless_task(point))
            .map(|point| point.function)
            .collect();
        let (sent, open): (Vec<FnId>, Vec<FnId>) = {
            let said = self.said_in_other_files(&tasks);
            tasks.into_iter().partition(|task| said.contains(task))
        };
        if sent.is_empty() || open.is_empty() || self.keeps_schedule_elsewhere() {
            return;
        }
        let unsent: FxHashSet<FnId> = open.into_iter().filter(|&task| self.is_said_by_nobody(task)).collect();
        self.entries.points.retain(|point| point.kind != EntryKind::Job || !unsent.contains(&point.function));
    }

    /// Methods of classes that somebody has to name, and nobody does: `mutate` of a mutation without a `Field()` in any schema.
    pub(in crate::link) fn leave_unmounted_classes(&mut self) {
        let is_mounted_by_name = |class: ClassRef| {
            let (_, modelled) = self.classes.lineage(class);
            modelled
                .iter()
                .flat_map(|&base| self.models().lineage(base))
                .flat_map(|ty| &ty.entry_methods)
                .any(|methods| methods.mounted)
        };
        let classes = (0..self.files().class_count()).map(ClassRef::from_index);
        let left: FxHashSet<ClassRef> =
            classes.filter(|&class| is_mounted_by_name(class) && self.is_unnamed_class(class)).collect();
        if !left.is_empty() {
            let owner = &self.classes.owner;
            self.entries.points.retain(|point| !owner[point.function.index()].is_some_and(|class| left.contains(&class)));
        }
    }

    /// A function that a decorator makes a task of, which is known by the function's name alone.
    fn is_nameless_task(&self, point: &EntryPoint) -> bool {
        let Some((registrar, at)) = point.registered.filter(|_| point.label.is_empty()) else { return false };
        self.events(registrar).iter().any(|event| match event {
            Event::Decorated { function, op, act: Some(act), .. } => {
                *function == point.function
                    && *op == at
                    && self.models().act(*act).behaviour.roles().any(|role| role == Role::Task)
            }
            _ => false,
        })
    }

    /// The functions whose names stand in another file than theirs, tests left out.
    fn said_in_other_files(&self, functions: &FxHashSet<FnId>) -> FxHashSet<FnId> {
        let mut wanted: FxHashMap<&str, Vec<FnId>> = FxHashMap::default();
        for &function in functions {
            let (file, _) = self.files().locate(function);
            let name = self.facts(function).name.map_or("", |name| self.files().name(file, name));
            wanted.entry(name).or_default().push(function);
        }
        let mut said = FxHashSet::default();
        let code = self.files().iter().filter(|(_, data)| data.language == Language::Python);
        for (file, data) in code.filter(|&(file, _)| self.files().purpose(file) != Some(EntryKind::Test)) {
            let last = |id: NameId| data.facts.names.get(id).rsplit(['.', ':']).next().unwrap_or_default();
            // Most files have none of the names at all.
            if !data.facts.names.iter().any(|(id, _)| wanted.contains_key(last(id))) {
                continue;
            }
            let imported = data.facts.imports.iter().filter_map(|import| import.path.last().copied());
            let used = self.files().functions_of(file).flat_map(|user| {
                self.facts(user).tape().filter_map(move |(_, op)| match op.kind {
                    OpKind::Literal(Literal::Text(name)) | OpKind::Attribute(_, name) => Some(name),
                    OpKind::Name(name) if !self.is_local_name(user, name) => Some(name),
                    _ => None,
                })
            });
            let named = imported.chain(used).filter_map(|name| wanted.get(last(name))).flatten();
            said.extend(named.copied().filter(|&function| self.files().locate(function).0 != file));
        }
        said
    }

    /// Whether a class of its own keeps the schedule, in a table or a store: `"app_beat.schedulers:DatabaseScheduler"`, and the
    /// application that brings it: `"app_beat"`.
    fn keeps_schedule_elsewhere(&self) -> bool {
        let class = |text: &str| text.ends_with("Scheduler") && text.contains(['.', ':']);
        self.files().iter().any(|(_, data)| match data.language {
            Language::Python => data.facts.names.iter().any(|(_, text)| class(text) || text.ends_with("_beat")),
            Language::Deployment(_) => {
                let mut words = data.text.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '='));
                words.any(|word| class(word) || word == "--scheduler")
            }
            Language::Rust | Language::Sql => false,
        })
    }
}
