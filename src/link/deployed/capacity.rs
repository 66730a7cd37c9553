//! How many connections all processes of a pool may open, against what the database accepts. Every factor must be known.

use crate::deploy::images;
use crate::deploy::programs::AtOnce;
use crate::deploy::stages::Stage;
use crate::deploy::workloads::{Container, Workload};
use crate::finding::{Note, Place};
use crate::link::project::{Project, Site};
use crate::link::values::arguments::Chosen;
use crate::link::values::value::Kind;
use crate::models::{Parameter, Resource, Role};

/// Connections that a database keeps for its administrators (PostgreSQL: `superuser_reserved_connections`).
const RESERVED: u32 = 3;

/// A pool whose copies may open more connections than the database accepts.
#[derive(Debug)]
pub struct Exceeded<'p> {
    /// Where the pool is made.
    pub site: Site<'p>,
    /// How many connections one process may open.
    pub each: u32,
    /// How many processes there may be.
    pub processes: u32,
    /// How many connections the database accepts.
    pub accepted: u32,
    /// The place of each factor.
    pub factors: Vec<Note>,
}

impl Project {
    /// Pools whose copies may open more connections than their database accepts.
    #[must_use]
    pub fn exceeded_capacities(&self) -> Vec<Exceeded<'_>> {
        let deployment = self.deployment();
        let pooled = deployment.workloads.iter().flat_map(|workload| &workload.containers).any(is_pooler);
        if pooled || deployment.workloads.is_empty() {
            return Vec::new();
        }
        let judged = |site: &Site<'_>| !self.is_test(site.function) && !self.is_unpooled(site) && !self.leads_to_file(site);
        self.sites(Role::Pool).filter(judged).filter_map(|site| self.exceeded(site)).collect()
    }

    fn exceeded<'p>(&'p self, site: Site<'p>) -> Option<Exceeded<'p>> {
        // What leads to a cache, or to a store of documents, does not lead to the database whose number is known.
        if site.act.behaviour.kind.is_some_and(|kind| kind != Resource::Database) {
            return None;
        }
        let (capacity, capacity_note) = self.size(&site, Parameter::Capacity)?;
        let (overflow, overflow_note) = self.size(&site, Parameter::Overflow).unwrap_or((0, None));
        let copied = self.copies(site.function)?;
        let link = copied.link.as_ref()?;
        // A process that works on one thing at a time uses one connection, whatever its pool allows.
        let each = match self.process(link).at_once {
            AtOnce::Bounded(number) => capacity.checked_add(overflow)?.min(number),
            AtOnce::Unbounded => capacity.checked_add(overflow)?,
            AtOnce::Unknown => return None,
        };
        let processes = copied.counted.amount.most?;
        let (accepted, database) = self.database_of(&self.workload(link).group)?;
        let demand = each.checked_mul(processes)?;
        (demand > accepted.saturating_sub(RESERVED)).then(|| {
            let factors = [capacity_note, overflow_note].into_iter().flatten().chain(copied.notes()).chain([database]);
            Exceeded { site, each, processes, accepted, factors: factors.collect() }
        })
    }

    /// A size that is given as a number, or that the library sets by itself.
    fn size(&self, site: &Site<'_>, which: Parameter) -> Option<(u32, Option<Note>)> {
        match self.parameter(site, which) {
            Chosen::Given(op, value) => {
                let Kind::Int(number) = value.kind else { return None };
                let message = format!("{number} connections");
                Some((u32::try_from(number).ok()?, Some(Note { place: self.place(site.function, op), message })))
            }
            Chosen::Default(number) => Some((u32::try_from(number.as_i64()?).ok()?, None)),
            Chosen::Absent | Chosen::Unknown => None,
        }
    }

    /// What the one database accepts that a workload's environment names, with the place that says so.
    fn database_of(&self, group: &str) -> Option<(u32, Note)> {
        let workloads = &self.deployment().workloads;
        let users: Vec<&Workload> =
            workloads.iter().filter(|workload| workload.group == group && workload.stage != Stage::Development).collect();
        let named = |database: &Workload| {
            let mut values = users.iter().flat_map(|user| user.mains()).flat_map(|container| &container.env);
            values.any(|variable| {
                let value = variable.value.as_deref();
                value.is_some_and(|value| {
                    leads_to(value, &database.name) || is_host(value, &database.name) && says_host(&variable.name)
                })
            })
        };
        let stores = workloads.iter().filter(|workload| workload.stage != Stage::Development);
        let mut found =
            stores.filter_map(|workload| Some((workload, accepts(workload)?))).filter(|(workload, _)| named(workload));
        let (first, accepted) = found.next()?;
        // The same database in several scenarios: the one that accepts most speaks for all.
        found.try_fold(accepted, |best, (other, accepted)| {
            (other.name == first.name).then_some(if accepted.0 > best.0 { accepted } else { best })
        })
    }
}

/// Whether an address leads to a host: `postgres://shop@db:5432/shop`.
fn leads_to(value: &str, host: &str) -> bool {
    [format!("@{host}:"), format!("@{host}/"), format!("//{host}:"), format!("//{host}/")].iter().any(|part| value.contains(part))
        || value.strip_prefix(host).is_some_and(|rest| rest.starts_with(':') && rest.len() > 1)
}

/// Whether a value is the name of a host alone: `db`, `db.shop`.
fn is_host(value: &str, host: &str) -> bool {
    value.split('.').next() == Some(host) && !value.contains('/')
}

/// Whether a variable is called after what it leads to: in `DB_USER=postgres` and `DB_NAME=postgres` nothing is meant that has an address.
fn says_host(variable: &str) -> bool {
    let words = variable.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_ascii_lowercase);
    let told = [
        "user", "username", "name", "database", "password", "pass", "pwd", "secret", "schema", "type", "engine", "driver",
        "dialect", "backend", "kind", "role",
    ];
    !words.into_iter().next_back().is_some_and(|last| told.contains(&last.as_str()))
}

/// Something between the processes and the database that shares connections.
fn is_pooler(container: &Container) -> bool {
    let image = container.image.as_ref().map_or("", |image| images::short_name(&image.value));
    ["pgbouncer", "pgcat", "proxysql", "odyssey", "pgpool", "supavisor"].iter().any(|pooler| image.contains(pooler))
}

/// How many connections a workload's database accepts.
fn accepts(workload: &Workload) -> Option<(u32, Note)> {
    let container = workload.mains().next()?;
    let image = container.image.as_ref()?;
    let connections = images::known(&image.value)?.connections.as_ref()?;
    let told = told(container, &connections.flag);
    match told {
        Some((number, place)) => {
            Some((number?, Note { place, message: format!("the database accepts {} connections", number?) }))
        }
        None => {
            let message = format!("the database accepts {} connections, as nothing says otherwise", connections.otherwise);
            Some((connections.otherwise, Note { place: image.place, message }))
        }
    }
}

/// The number that a command gives a setting: `-c max_connections=300`, `--max-connections=300`.
fn told(container: &Container, flag: &str) -> Option<(Option<u32>, Place)> {
    let lines = container.entrypoint.iter().chain(&container.command);
    let mut words = lines.flat_map(crate::deploy::commands::Line::commands).flat_map(|command| &command.words);
    words.find_map(|word| {
        let text = word.literal()?;
        let (_, value) = text.split_once(flag)?;
        Some((value.trim_start_matches('=').trim().parse().ok(), word.place))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_host_where_its_variable_says_so() {
        assert!(leads_to("postgresql://shop@db:5432/shop", "db") && leads_to("db:5432", "db") && !leads_to("db", "db"));
        assert!(is_host("db.shop", "db") && !is_host("https://db/", "db"));
        assert!(says_host("PGHOST") && says_host("DB_HOST") && says_host("POSTGRES_SERVER"));
        assert!(!says_host("DB_USER") && !says_host("POSTGRES_DATABASE") && !says_host("DB_TYPE"));
    }
}
