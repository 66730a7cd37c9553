//! Does a table grow with use? One that only migrations, commands and administrators fill stays as short as they keep it, and one
//! that requests fill a row at a time does where its rows belong to others: to users, accounts, orders.

use crate::facts::{Literal, OpId, OpKind};
use crate::finding::Confidence;
use crate::link::project::{Project, Site};
use crate::link::reach::paths::Placement;
use crate::link::values::eval::{Event, Touched, sql_tables};
use crate::link::values::flows::{chain_base, taint};
use crate::link::values::value::{ClassRef, FieldId, FnId, Kind, TypeRef, Value};
use crate::models::{EntryKind, Role, Trait};
use std::collections::{BTreeMap, BTreeSet};

/// How sure it is that requests or jobs add rows, by entity.
#[derive(Debug, Default)]
pub(crate) struct Growth {
    entities: BTreeMap<ClassRef, Confidence>,
    /// Tables named in SQL.
    tables: BTreeMap<String, Confidence>,
    /// Tables that only a path names: `posts::table`.
    paths: BTreeMap<String, Confidence>,
    /// Those that requests and jobs fill, be it for administrators.
    filled: BTreeSet<String>,
    /// Entities and tables that get rows by the batch, or without a person behind each.
    fast: Touching,
    /// Entities and tables whose rows requests and jobs make, change or remove, for others than administrators.
    changed: Touching,
    /// Tables that people fill a row at a time and that refer to no other.
    lone: BTreeMap<String, Confidence>,
    /// What SQL calls the rows that others refer to: `customer` of `customer_id`.
    references: BTreeSet<String>,
}

/// Entities, and tables that SQL or a path names.
#[derive(Debug, Default)]
struct Touching {
    entities: BTreeSet<ClassRef>,
    tables: BTreeSet<String>,
}

impl Growth {
    /// Look at everything that makes rows.
    pub(crate) fn find(project: &Project) -> Self {
        let mut growth = Self::default();
        // Of so few tables each that requests fill is what the service is for: nothing tells a catalogue from the rest.
        let small = is_small(project);
        let lone = |sure: Confidence| sure.min(if small { Confidence::Medium } else { Confidence::Low });
        let referred = project.referred_to();
        let mirrored = project.mirrored();
        mirrored.iter().for_each(|&entity| raise(&mut growth.entities, entity, Confidence::Low));
        for function in project.functions() {
            for event in project.events(function) {
                let Event::Made { op, class: entity } = *event else { continue };
                if mirrored.contains(&entity) || !project.classes.inherits(project.models(), entity, |ty| ty.entity) {
                    continue;
                }
                if let Some((rate, sure)) = fills(project, function, op) {
                    growth.changed.entities.extend(project.classes.lineage(entity).0);
                    if rate == Rate::Machine && sure > Confidence::Low {
                        growth.fast.entities.extend(project.classes.lineage(entity).0);
                    }
                    let grows = rate == Rate::Machine || project.belongs_to_others(entity) || referred.contains(&entity);
                    growth.note(project, entity, if grows { sure } else { lone(sure) });
                }
            }
            growth.read_statements(project, function);
            growth.read_paths(project, function);
            growth.read_changes(project, function);
        }
        for class in (0..project.classes.all.len()).map(ClassRef::from_index) {
            if let Some(entity) = filled_by(project, class) {
                // What others only refer to is often a catalogue that a few people keep by such forms.
                let grows = project.belongs_to_others(entity);
                growth.note(project, entity, if grows { Confidence::Medium } else { lone(Confidence::Medium) });
            }
        }
        let all = std::mem::take(&mut growth.lone);
        let few = all.keys().chain(growth.tables.keys()).collect::<BTreeSet<_>>().len() <= FEW;
        for (table, sure) in all {
            let referred = growth.references.iter().any(|name| is_table_of(&table, name));
            let otherwise = if few { Confidence::Medium } else { Confidence::Low };
            raise(&mut growth.tables, table, if referred { sure } else { sure.min(otherwise) });
        }
        growth
    }

    /// Statements that add rows to a table which a path names.
    fn read_paths(&mut self, project: &Project, function: FnId) {
        let adds = |site: &Site<'_>| site.role == Role::Write && site.receiver.has(Trait::Creates);
        for site in project.sites_in(function).filter(adds) {
            let Some(table) = project.table_written(&site) else { continue };
            if project.placement(function, site.op) != Placement::Cold {
                self.filled.insert(table.clone());
            }
            if let Some((rate, sure)) = fills(project, function, site.op) {
                if rate == Rate::Machine {
                    self.fast.tables.insert(table.clone());
                }
                raise(&mut self.paths, table, sure);
            }
        }
    }

    /// What requests and jobs change or remove.
    fn read_changes(&mut self, project: &Project, function: FnId) {
        let changes = |site: &Site<'_>| matches!(site.role, Role::Write | Role::WriteBatch);
        for site in project.sites_in(function).filter(changes) {
            if fills(project, function, site.op).is_none() {
                continue;
            }
            let rows = [site.receiver, site.result].into_iter().filter_map(|rows| project.entity_in(rows.ty()?));
            rows.for_each(|entity| self.changed.entities.extend(project.classes.lineage(entity).0));
            self.changed.tables.extend(project.table_written(&site));
        }
        let (file, _) = project.files().locate(function);
        for (at, op) in project.facts(function).tape() {
            let OpKind::Literal(Literal::Text(name)) = op.kind else { continue };
            let mut words = project.files().name(file, name).split_whitespace().map(str::to_ascii_lowercase);
            let table = match (words.next().as_deref(), words.next()) {
                (Some("update"), table) => table,
                (Some("delete"), Some(from)) if from == "from" => words.next(),
                _ => None,
            };
            if let Some(table) = table.filter(|_| fills(project, function, at).is_some()) {
                self.changed.tables.insert(table.trim_matches(|c: char| !c.is_alphanumeric()).to_owned());
            }
        }
    }

    /// Statements in the function's strings that add rows to a table.
    fn read_statements(&mut self, project: &Project, function: FnId) {
        let (file, _) = project.files().locate(function);
        for (at, op) in project.facts(function).tape() {
            let OpKind::Literal(Literal::Text(name)) = op.kind else { continue };
            let text = project.files().name(file, name);
            if text.contains("_id") && sql_tables(text).is_some() {
                let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                self.references.extend(words.filter_map(|word| word.strip_suffix("_id")).map(str::to_ascii_lowercase));
            }
            let inserts = text.trim_start().get(..6).is_some_and(|head| head.eq_ignore_ascii_case("insert"));
            let Some(Touched::Filled { table, owned }) = inserts.then(|| sql_tables(text)).flatten() else { continue };
            if fills(project, function, at).is_some() {
                self.changed.tables.insert(table.clone());
            }
            // A table that only set-up fills is known to be short; one that a command fills may be an import; of one that nothing
            // fills, nothing is known.
            let imports = project.is_command(function) && !project.is_script_folder(function);
            let otherwise = if imports { Confidence::Medium } else { Confidence::Low };
            let sure = match fills(project, function, at) {
                Some((Rate::Person, sure)) if !owned => {
                    raise(&mut self.lone, table, sure);
                    continue;
                }
                Some((rate, sure)) => {
                    if rate == Rate::Machine {
                        self.fast.tables.insert(table.clone());
                    }
                    sure
                }
                None => otherwise,
            };
            raise(&mut self.tables, table, sure);
        }
    }

    /// The rows of a class are rows of the classes it extends.
    fn note(&mut self, project: &Project, entity: ClassRef, sure: Confidence) {
        for class in project.classes.lineage(entity).0 {
            raise(&mut self.entities, class, sure);
        }
    }
}

/// Of so few tables nothing follows about others.
const FEW: usize = 5;

/// Whether the project declares a few entities and no more.
fn is_small(project: &Project) -> bool {
    let classes = (0..project.classes.all.len()).map(ClassRef::from_index);
    let declared = classes.filter(|&class| {
        let base = || project.classes.all.iter().any(|other| other.bases.contains(&TypeRef::Project(class)));
        let named = !project.classes.all[class.index()].fields.is_empty();
        named && project.classes.inherits(project.models(), class, |ty| ty.entity) && !base()
    });
    declared.take(FEW + 1).count() <= FEW
}

/// `customers` of `customer`, `categories` of `category`.
fn is_table_of(table: &str, name: &str) -> bool {
    let stem = |suffix: &str| table.strip_suffix(suffix);
    table == name
        || stem("s") == Some(name)
        || stem("es") == Some(name)
        || stem("ies").is_some_and(|stem| name.strip_suffix('y') == Some(stem))
}

/// The surest of all evidence counts.
fn raise<K: Ord>(known: &mut BTreeMap<K, Confidence>, key: K, sure: Confidence) {
    let known = known.entry(key).or_insert(sure);
    *known = sure.max(*known);
}

/// How fast rows come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rate {
    /// Many at once, or without a person behind each: a loop, a batch, a job.
    Machine,
    /// One for each request.
    Person,
}

/// How fast and how surely rows made at `op` come with use: by requests and jobs, never by administrators, commands,
/// migrations and tests.
fn fills(project: &Project, function: FnId, op: OpId) -> Option<(Rate, Confidence)> {
    let placement = project.placement(function, op);
    if project.is_for_administrators(function, &placement) {
        return None;
    }
    let sure = match placement {
        Placement::Hot(_) => Confidence::High,
        Placement::Unplaced(sure) => sure,
        Placement::Cold => return None,
    };
    let by_job = [EntryKind::Job, EntryKind::Scheduled].into_iter().any(|kind| project.runs_from(function, op, kind));
    let batch = project.sites_in(function).any(|site| site.op == op && site.role == Role::WriteBatch);
    let many = batch || by_job && !is_made_if_absent(project, function, op) || project.loops_over_data(function, op);
    Some((if many { Rate::Machine } else { Rate::Person }, sure))
}

/// A row that is made when a look-up found none: as many as there are keys.
fn is_made_if_absent(project: &Project, function: FnId, op: OpId) -> bool {
    let facts = project.facts(function);
    let looked: Vec<OpId> = project.sites_in(function).filter(|site| site.role == Role::FetchOne).map(|site| site.op).collect();
    let tainted = taint(facts, |at| looked.contains(&at));
    !looked.is_empty()
        && facts.regions_around(op).any(|region| region.kind.tested().is_some_and(|condition| tainted[condition.index()]))
}

/// The table whose rows a form makes, or a view through the serializer that it names.
fn filled_by(project: &Project, class: ClassRef) -> Option<ClassRef> {
    let body = project.files().body_of(class);
    if project.is_administration(body) || project.is_test(body) {
        return None;
    }
    if project.classes.inherits(project.models(), class, |ty| ty.fills) {
        return table_of(project, class);
    }
    let (_, modelled) = project.classes.lineage(class);
    let attribute = modelled.iter().flat_map(|&base| project.models().lineage(base)).find_map(|ty| ty.fills_by.as_deref())?;
    let serializer = project.class_value(project.classes.field(class, attribute)?)?;
    table_of(project, serializer).filter(|_| !project.class_names_administrators(class))
}

/// What an inner class names as `model`.
fn table_of(project: &Project, class: ClassRef) -> Option<ClassRef> {
    let (file, local) = project.files().locate_class(class);
    let facts = &project.files().get(file).facts;
    let body = facts.classes[local.index()].body;
    let inner = facts.classes.iter().enumerate().filter(|(_, inner)| inner.parent == body);
    inner.into_iter().find_map(|(at, _)| project.class_value(project.classes.field(project.files().class(file, at), "model")?))
}

impl Project {
    /// How sure it is that what a query brings grows with use: by its entity, or by the tables that its text names.
    #[must_use]
    pub fn query_grows(&self, site: &Site<'_>) -> Confidence {
        let by_entity = self.grows(site.receiver).min(self.grows(site.result));
        match self.statement_tables(site) {
            Some(Touched::Read(tables)) => self.tables_grow(&tables),
            _ => match self.table_read(site) {
                Some(table) => self.path_grows(&table).min(by_entity),
                None => by_entity,
            },
        }
    }

    /// Whether what a query brings stays as it is for long: neither requests nor jobs write to its tables, while they are seen to
    /// write to others. Administrators, commands and migrations may.
    #[must_use]
    pub fn changes_seldom(&self, site: &Site<'_>) -> bool {
        let changed = &self.growth.changed;
        let by_table = |table: &String| !changed.tables.is_empty() && !changed.tables.contains(table);
        match self.statement_tables(site) {
            Some(Touched::Read(read)) => !read.is_empty() && read.iter().all(by_table),
            _ => match [site.receiver, site.result].into_iter().find_map(|rows| self.entity_in(rows.ty()?)) {
                Some(entity) => !changed.entities.is_empty() && !changed.entities.contains(&entity),
                None => self.table_read(site).is_some_and(|table| by_table(&table)),
            },
        }
    }

    /// Whether the rows that a query brings come by the batch, or without a person behind each; also where nothing is seen that
    /// makes rows of any table, since somebody else does then.
    #[must_use]
    pub fn query_grows_fast(&self, site: &Site<'_>) -> bool {
        let Growth { fast, entities, tables, paths, .. } = &self.growth;
        if entities.is_empty() && tables.is_empty() && paths.is_empty() {
            return true;
        }
        // Who fills a table that nothing here fills is not known.
        let by_table =
            |table: &String, filled: &BTreeMap<String, Confidence>| fast.tables.contains(table) || !filled.contains_key(table);
        match self.statement_tables(site) {
            Some(Touched::Read(read)) => read.iter().any(|table| by_table(table, tables)),
            _ => {
                let entity = [site.receiver, site.result].into_iter().find_map(|rows| self.entity_in(rows.ty()?));
                entity.is_some_and(|entity| entities.is_empty() || fast.entities.contains(&entity))
                    || self.table_read(site).is_some_and(|table| by_table(&table, paths))
            }
        }
    }

    /// Whether requests or jobs, be they for administrators, fill the table of a query that a path names.
    pub(crate) fn is_filled(&self, site: &Site<'_>) -> bool {
        self.table_read(site).is_some_and(|table| self.growth.filled.contains(&table))
    }

    /// How sure it is that a table which a path names grows with use.
    fn path_grows(&self, table: &str) -> Confidence {
        match self.growth.paths.get(table) {
            Some(&sure) => sure,
            // Where nothing is seen that makes rows, somebody else does.
            None if self.growth.paths.is_empty() => Confidence::High,
            None => Confidence::Low,
        }
    }

    /// How sure it is that one of the tables that a text names grows with use; `None` for a text that reads no table.
    #[must_use]
    pub fn text_grows(&self, text: &str) -> Option<Confidence> {
        match sql_tables(text)? {
            Touched::Read(tables) => Some(self.tables_grow(&tables)),
            Touched::Filled { .. } => None,
        }
    }

    /// How sure it is that a table that SQL names grows with use.
    pub(crate) fn table_grows(&self, table: &str) -> Confidence {
        self.tables_grow(&[table.to_owned()])
    }

    fn tables_grow(&self, tables: &[String]) -> Confidence {
        // Where the statements that fill tables are mostly known, one that nothing fills is kept by migrations or by hand.
        let unfilled = if self.growth.tables.len() > FEW { Confidence::Low } else { Confidence::Medium };
        let grows = |table: &String| self.growth.tables.get(table).copied().unwrap_or(unfilled);
        let by_table = tables.iter().map(grows).max().unwrap_or(Confidence::Low);
        if self.growth.tables.is_empty() { Confidence::High } else { by_table }
    }

    /// The tables of the text that a query runs, when it stands in the call or at the root of its chain.
    fn statement_tables(&self, site: &Site<'_>) -> Option<Touched> {
        let facts = self.facts(site.function);
        let mut at = Some(self.executing_op(site));
        while let Some(op) = at {
            if let OpKind::Call { args, .. } = facts.op(op).kind {
                let texts = facts.list(args).iter().filter_map(|arg| match facts.op(arg.value).kind {
                    OpKind::Literal(Literal::Text(name)) => Some(self.files().name(self.files().locate(site.function).0, name)),
                    _ => None,
                });
                if let Some(tables) = texts.into_iter().find_map(sql_tables) {
                    return Some(tables);
                }
            }
            at = chain_base(facts, op);
        }
        None
    }

    /// How sure it is that the table behind a query or row grows with use.
    #[must_use]
    pub fn grows(&self, rows: Value) -> Confidence {
        let unnamed =
            if self.growth.entities.is_empty() && self.growth.tables.is_empty() { Confidence::High } else { Confidence::Low };
        let Some(ty) = rows.ty() else { return unnamed };
        let fixed = [ty.first, Some(ty.base)].into_iter().flatten().any(|ty| match ty {
            TypeRef::Model(model) => self.models().ty(model).fixed,
            TypeRef::Project(_) => false,
        });
        if fixed {
            return Confidence::Low;
        }
        match self.entity_in(ty) {
            // Where nothing makes rows of any table, somebody else does.
            _ if self.growth.entities.is_empty() => Confidence::High,
            Some(entity) => self.growth.entities.get(&entity).copied().unwrap_or(Confidence::Low),
            // Of a table without a class nothing is known.
            None => unnamed,
        }
    }

    /// The class that a field holds.
    fn class_value(&self, field: FieldId) -> Option<ClassRef> {
        match self.state.field(field).kind {
            Kind::Class(ty) => ty.base.project(),
            _ => None,
        }
    }

    /// Entities that rows of others refer to: who signs up and is what orders, loans and comments belong to.
    fn referred_to(&self) -> BTreeSet<ClassRef> {
        let is_entity = |class: ClassRef| self.classes.inherits(self.models(), class, |ty| ty.entity);
        let fields = self.classes.fields.iter().enumerate().filter(|(_, info)| is_entity(info.class));
        let targets = fields.filter_map(|(at, info)| {
            let target = self.state.field(FieldId::from_index(at)).project_class()?;
            (target != info.class && is_entity(target)).then_some(target)
        });
        targets.collect()
    }

    /// Whether rows of an entity each belong to a row of another: a foreign key, a relation, or a column named for one.
    #[must_use]
    pub fn belongs_to_others(&self, entity: ClassRef) -> bool {
        let fields = self.classes.lineage(entity).0.into_iter().flat_map(|class| self.classes.all[class.index()].fields.iter());
        fields.into_iter().any(|(name, &field)| {
            let value = self.state.field(field);
            let related = value.project_class();
            name.ends_with("_id")
                || value.has(Trait::Refers)
                || related.is_some_and(|class| self.classes.inherits(self.models(), class, |ty| ty.entity))
        })
    }
}
