//! What pools does a process make, and where do they lead?

use crate::facts::{FunctionKind, OpId, OpKind};
use crate::finding::FileId;
use crate::lang::Language;
use crate::link::project::{Project, Site};
use crate::link::values::arguments::Chosen;
use crate::link::values::eval::Event;
use crate::link::values::rounds::shares_module_scope;
use crate::link::values::value::{FnId, Kind, TypeRef};
use crate::models::{EntryKind, Parameter, Resource, Role};

/// Two pools in one process that lead to the same place.
#[derive(Debug)]
pub struct Doubled<'p> {
    /// The call that makes the pool.
    pub site: Site<'p>,
    /// Where the first one is made, or asked for from a factory.
    pub first: (FnId, OpId),
    /// Where the second one is.
    pub second: (FnId, OpId),
    /// Nothing in how they are made tells them apart.
    pub alike: bool,
}

/// A pool that the process keeps.
struct Kept<'p> {
    site: Site<'p>,
    at: (FnId, OpId),
    leads_to: String,
    options: Option<Vec<String>>,
}

/// Words of code that leaves pooling to something else, runs in processes that fork or freeze, or changes a schema once.
const POOLED_ELSEWHERE: [&str; 10] =
    ["bouncer", "pgcat", "rds proxy", "lambda", "serverless", "celery", "fork", "multiprocess", "migrat", "alembic"];

/// How many modules are looked at to see who imports one.
const IMPORTERS: usize = 256;

impl Project {
    /// Whether a value is made when a module is loaded, or kept in a place that lives as long as the process.
    #[must_use]
    pub fn is_kept_by_process(&self, function: FnId, op: OpId) -> bool {
        shares_module_scope(self.facts(function).kind) || self.is_kept(function, op) || self.fills_variable(function, op)
    }

    /// The same, or made by the start-up of a service for as long as it runs: `with_state(Caches { users: Cache::builder().build() })`.
    #[must_use]
    pub fn lasts_as_long_as_process(&self, function: FnId, op: OpId) -> bool {
        let started = || self.serves_somebody() && self.runs_at_start(function, op);
        self.is_kept_by_process(function, op) || started()
    }

    /// Whether anything here answers requests.
    #[must_use]
    pub fn serves_somebody(&self) -> bool {
        self.entries.points.iter().any(|point| point.kind == EntryKind::Request && !self.is_test(point.function))
    }

    /// A closure that makes what a variable of a module holds: `static USERS: LazyLock<_> = LazyLock::new(|| ..)`.
    fn fills_variable(&self, function: FnId, op: OpId) -> bool {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let parent = facts.parent.map(|parent| &self.files().get(file).facts.functions[parent.index()]);
        let at_load = facts.kind == FunctionKind::Closure && parent.is_some_and(|parent| shares_module_scope(parent.kind));
        at_load && self.is_returned_itself(function, op)
    }

    /// Whether a pool is told to keep no connection.
    #[must_use]
    pub fn is_unpooled(&self, site: &Site<'_>) -> bool {
        let Chosen::Given(_, value) = self.parameter(site, Parameter::PoolClass) else { return false };
        let ty = match value.kind {
            _ if value.inferred => None,
            Kind::Class(ty) | Kind::Instance(ty) => match ty.base {
                TypeRef::Model(model) => Some(model),
                TypeRef::Project(_) => None,
            },
            Kind::External(node) => self.models().type_at(node),
            _ => None,
        };
        let made = ty.and_then(|ty| self.models().ty(ty).new);
        made.is_some_and(|act| self.act(act).behaviour.role == Some(Role::Unpooled))
    }

    /// Whether a pool leads to a file, by the address that is written down for it.
    #[must_use]
    pub fn leads_to_file(&self, site: &Site<'_>) -> bool {
        let address = self.parameter_op(site, Parameter::Target).map(|op| self.key_shape(site.function, op).unwrap_or_default());
        let named = self.parameter_op(site, Parameter::Target).and_then(|op| self.origin(site.function, op));
        let file = |text: &String| {
            let text = text.to_ascii_lowercase();
            text.contains("sqlite") || text.contains(":memory:") || text.contains("duckdb")
        };
        site.act.behaviour.kind == Some(Resource::FileDatabase)
            || address.as_ref().is_some_and(file)
            || named.as_ref().is_some_and(file)
    }

    /// Whether a function is reached from commands, migrations and tests alone.
    #[must_use]
    pub fn is_reached_by_hand(&self, function: FnId) -> bool {
        let reached = |kind| self.is_reached(function, kind);
        let by_hand = [EntryKind::Command, EntryKind::Migration, EntryKind::Test].into_iter().any(reached);
        by_hand && !reached(EntryKind::Startup) && !EntryKind::SERVING.into_iter().any(reached)
    }

    /// Whether a function's file says that it changes the schema.
    #[must_use]
    pub fn is_schema_change(&self, function: FnId) -> bool {
        let data = self.files().get(self.files().locate(function).0);
        ["alembic", "run_migrations"].iter().any(|word| data.text.contains(word))
    }

    /// Whether the text or path of a function's file, comments included, says that something else pools, that the process
    /// forks or freezes, or that the schema is changed.
    #[must_use]
    pub fn pools_elsewhere(&self, function: FnId) -> bool {
        let data = self.files().get(self.files().locate(function).0);
        let says = |text: &str| {
            let text = text.to_ascii_lowercase();
            POOLED_ELSEWHERE.iter().any(|word| text.contains(word))
        };
        says(&data.path) || says(&data.all_spoken())
    }

    /// Pools of one process that lead to the same place.
    #[must_use]
    pub fn doubled_pools(&self) -> Vec<Doubled<'_>> {
        let kept: Vec<Kept<'_>> = self.sites(Role::Pool).flat_map(|site| self.kept_pools(site)).collect();
        let mut doubled = Vec::new();
        for (at, second) in kept.iter().enumerate() {
            let same = |first: &&Kept<'_>| {
                first.at != second.at
                    && first.leads_to == second.leads_to
                    && first.site.act.name == second.site.act.name
                    && self.share_process(self.files().locate(first.at.0).0, self.files().locate(second.at.0).0)
            };
            if let Some(first) = kept[..at].iter().find(same) {
                let alike = first.options.is_some() && first.options == second.options;
                doubled.push(Doubled { site: second.site, first: first.at, second: second.at, alike });
            }
        }
        doubled
    }

    /// The pools that come of one call: itself, or those that are asked for from the factory it is in.
    fn kept_pools<'p>(&'p self, site: Site<'p>) -> Vec<Kept<'p>> {
        let Site { function, op, .. } = site;
        let apart = |function, op| {
            self.is_script(function)
                || self.is_program_by_hand(function)
                || self.is_conditional(function, op) && !self.runs_once(function, op)
        };
        let Some(target) = self.parameter_op(&site, Parameter::Target) else { return Vec::new() };
        if apart(function, op) || self.leads_to_file(&site) {
            return Vec::new();
        }
        let database = self.parameter_op(&site, Parameter::Database);
        let address = |function: FnId, target: OpId| {
            let database = match database {
                Some(database) => self.origin(site.function, database)?,
                None => String::new(),
            };
            Some(format!("{} {database}", self.origin(function, target)?))
        };
        if shares_module_scope(self.facts(function).kind) || self.fills_place_with(function, op) {
            let Some(leads_to) = address(function, target) else { return Vec::new() };
            let options = self.options(&site, target);
            return vec![Kept { site, at: (function, op), leads_to, options }];
        }
        if !self.is_returned_itself(function, op) || self.entries.memoised[function.index()] || self.runs_once(function, op) {
            return Vec::new();
        }
        // A factory makes one for each that asks.
        let edges =
            self.graph.to(function).filter(|edge| !edge.outside && !apart(edge.caller, edge.op) && !self.is_test(edge.caller));
        let kept = edges.filter(|edge| {
            let caller = self.facts(edge.caller);
            shares_module_scope(caller.kind) || self.fills_place_with(edge.caller, edge.op)
        });
        let param = self.facts(function).params.iter().enumerate().find_map(|(index, _)| {
            let own = matches!(self.facts(function).op(target).kind, OpKind::Name(name) if self.facts(function).params[index].name == name);
            own.then_some(index)
        });
        let made = kept.filter_map(|edge| {
            let leads_to = match param {
                Some(index) => address(edge.caller, self.passed(edge, index)?)?,
                None => address(function, target)?,
            };
            Some(Kept { site, at: (edge.caller, edge.op), leads_to, options: self.passed_options(edge.caller, edge.op) })
        });
        made.collect()
    }

    /// Whether a function itself puts a value into a place that lives as long as the process.
    fn fills_place_with(&self, function: FnId, op: OpId) -> bool {
        self.events(function).iter().any(|event| match event {
            Event::Write { op: store, slot, .. } if self.is_process_wide(*slot) => match self.facts(function).op(*store).kind {
                OpKind::Store { value, .. } => self.is_same(function, value, op),
                _ => false,
            },
            _ => false,
        })
    }

    /// How a pool is made, apart from where it leads.
    fn options(&self, site: &Site<'_>, target: OpId) -> Option<Vec<String>> {
        let facts = self.facts(site.function);
        let OpKind::Call { args, .. } = facts.op(site.op).kind else { return None };
        let others = facts.list(args).iter().filter(|arg| arg.value != target);
        self.written(site.function, others)
    }

    fn passed_options(&self, function: FnId, op: OpId) -> Option<Vec<String>> {
        let facts = self.facts(function);
        let OpKind::Call { args, .. } = facts.op(op).kind else { return None };
        self.written(function, facts.list(args).iter())
    }

    fn written<'f>(&self, function: FnId, args: impl Iterator<Item = &'f crate::facts::Operand>) -> Option<Vec<String>> {
        let (file, _) = self.files().locate(function);
        let name = |arg: &crate::facts::Operand| arg.name.map_or("", |name| self.files().name(file, name)).to_owned();
        let mut options: Vec<String> =
            args.map(|arg| Some(format!("{}={}", name(arg), self.origin(function, arg.value)?))).collect::<Option<_>>()?;
        options.sort();
        Some(options)
    }

    /// Whether some module brings both files into one process.
    fn share_process(&self, one: FileId, other: FileId) -> bool {
        if one == other {
            return true;
        }
        // A crate may have several programs.
        if self.files().get(one).language == Language::Rust {
            return false;
        }
        let above = self.all_importers(one);
        self.all_importers(other).iter().any(|file| above.contains(file))
    }

    /// A module and all that import it, directly or through others.
    fn all_importers(&self, file: FileId) -> Vec<FileId> {
        let mut found = vec![file];
        let mut at = 0;
        while let Some(&next) = found.get(at) {
            let more: Vec<FileId> = self.importers(next).into_iter().filter(|importer| !found.contains(importer)).collect();
            found.extend(more);
            at += 1;
            if found.len() > IMPORTERS {
                break;
            }
        }
        found.retain(|&file| !self.is_script(self.module_body(file)));
        found
    }
}
