//! Databases that Terraform sets up: what stands in for them, who else answers reads, whether they grow, how many connections they
//! accept.

use super::Infrastructure;
use super::resources::{Resource, Stack, Switch};
use super::values::sure_text;
use crate::deploy::texts::hcl::{Block, Form};
use crate::deploy::texts::tree::{Node, Value};
use crate::deploy::vocabulary::amount::{Amount, Counted};
use crate::deploy::vocabulary::workloads::Database;
use crate::finding::Note;

const AMAZON: &str = "set `multi_az = true` and `max_allocated_storage`, or add a replica with `replicate_source_db`";
const AURORA: &str = "add a second `aws_rds_cluster_instance`";
const GOOGLE: &str =
    "set `availability_type = \"REGIONAL\"` and leave `disk_autoresize` on, or add a replica with `master_instance_name`";
const AZURE: &str =
    "add a `high_availability` block and let the storage grow by itself, or add a server with `create_mode = \"Replica\"`";

/// Settings that decide whether a database stands alone.
const DECIDING: [&str; 7] = [
    "multi_az",
    "max_allocated_storage",
    "settings.availability_type",
    "settings.disk_autoresize",
    "auto_grow_enabled",
    "storage.auto_grow_enabled",
    "high_availability",
];

const GIB: f64 = 1024.0 * 1024.0 * 1024.0;

/// The kind of resource that a public module makes, when its inputs are named like that one's settings.
pub(super) fn of_module(call: &Block) -> Option<&'static str> {
    let Form::Scalar(source) = &call.body.get("source")?.form else { return None };
    let source = source.trim_end_matches('/');
    (source == "terraform-aws-modules/rds/aws").then_some("aws_db_instance")
}

pub(super) fn read(stack: &Stack<'_>, found: &mut Infrastructure) {
    for resource in &stack.resources {
        let database = match resource.kind.as_str() {
            "aws_db_instance" => instance(stack, resource),
            "aws_rds_cluster" => cluster(stack, resource),
            "google_sql_database_instance" => google(stack, resource),
            "azurerm_postgresql_flexible_server" | "azurerm_mysql_flexible_server" => azure(stack, resource),
            "azurerm_postgresql_server" | "azurerm_mysql_server" => azure_single(stack, resource),
            "azurerm_mssql_database" => Some(Found {
                stands_in: Switch::On,
                grows: Switch::Absent,
                has_readers: false,
                whole: true,
                advice: AZURE,
                ..base()
            }),
            _ => None,
        };
        let Some(database) = database else { continue };
        let named = ["identifier", "cluster_identifier", "name"]
            .iter()
            .find(|path| resource.text(path).is_some_and(|text| !text.is_empty()));
        let name = resource.name(named.copied().unwrap_or("name"));
        let known = |switch: Switch| switch != Switch::Unknown;
        let is_open = stack.is_left_open(resource, &DECIDING);
        found.databases.push(Database {
            stage: stack.stage_of(resource, &name),
            name,
            place: resource.place,
            kind: resource.kind.clone(),
            whole: stack.whole(resource) && !is_open && database.whole && known(database.stands_in) && known(database.grows),
            stands_in: database.stands_in == Switch::On,
            has_readers: database.has_readers,
            grows: database.grows == Switch::On,
            // By a class that whoever applies it may replace, nothing is known.
            connections: match database.connections.evidence.iter().any(|note| stack.is_default(note.place)) {
                true => Counted::by_default(Amount::UNKNOWN),
                false => database.connections,
            },
            advice: database.advice,
        });
    }
}

/// What was found out about a database.
struct Found {
    stands_in: Switch,
    grows: Switch,
    has_readers: bool,
    whole: bool,
    connections: Counted,
    advice: &'static str,
}

fn base() -> Found {
    Found {
        stands_in: Switch::Absent,
        grows: Switch::Absent,
        has_readers: false,
        whole: true,
        connections: Counted::by_default(Amount::UNKNOWN),
        advice: "",
    }
}

/// Whether a setting says anything, or nobody knows.
fn is_set(resource: &Resource<'_>, path: &str) -> Switch {
    match resource.at(path).map(|(_, node)| node) {
        None => Switch::Absent,
        Some(node) => match &node.value {
            Value::Null => Switch::Absent,
            Value::Unknown => Switch::Unknown,
            _ => Switch::On,
        },
    }
}

fn instance(stack: &Stack<'_>, resource: &Resource<'_>) -> Option<Found> {
    // A replica is no database of its own.
    if is_set(resource, "replicate_source_db") != Switch::Absent {
        return None;
    }
    let grows = match resource.at("max_allocated_storage").map(|(_, node)| node) {
        None => Switch::Absent,
        Some(node) if node.value == Value::Null => Switch::Absent,
        Some(node) => match node.number() {
            Some(0) => Switch::Off,
            Some(_) => Switch::On,
            None => Switch::Unknown,
        },
    };
    let has_readers = stack.of_kind("aws_db_instance").any(|other| other.refers("replicate_source_db", &resource.address));
    Some(Found {
        stands_in: resource.switch("multi_az"),
        grows,
        has_readers,
        connections: amazon_connections(stack, resource, "parameter_group_name", "aws_db_parameter_group"),
        advice: AMAZON,
        ..base()
    })
}

/// Aurora's storage always grows; each further instance stands in and answers reads.
fn cluster(stack: &Stack<'_>, resource: &Resource<'_>) -> Option<Found> {
    let instances: Vec<&Resource<'_>> = stack
        .of_kind("aws_rds_cluster_instance")
        .filter(|instance| instance.refers("cluster_identifier", &resource.address))
        .collect();
    // A cluster of three machines that is not Aurora.
    let is_plain = is_set(resource, "db_cluster_instance_class") != Switch::Absent;
    let known = instances.iter().all(|instance| instance.sure) && !instances.is_empty();
    let several = is_plain || instances.len() > 1;
    let connections = instances.first().map_or_else(
        || Counted::by_default(Amount::UNKNOWN),
        |instance| {
            let own = parameter(stack, resource, "db_cluster_parameter_group_name", "aws_rds_cluster_parameter_group");
            own.unwrap_or_else(|| by_class(instance, resource.text("engine").unwrap_or_default()))
        },
    );
    Some(Found {
        stands_in: if several { Switch::On } else { Switch::Off },
        grows: Switch::On,
        has_readers: several,
        whole: known,
        connections,
        advice: AURORA,
    })
}

fn amazon_connections(stack: &Stack<'_>, resource: &Resource<'_>, group: &str, kind: &str) -> Counted {
    parameter(stack, resource, group, kind).unwrap_or_else(|| by_class(resource, resource.text("engine").unwrap_or_default()))
}

/// What a group of parameters says; unknown where one is named that is not in the tree.
fn parameter(stack: &Stack<'_>, resource: &Resource<'_>, group: &str, kind: &str) -> Option<Counted> {
    let named = resource.get(group)?;
    let groups: Vec<&Resource<'_>> = stack.of_kind(kind).filter(|found| resource.refers(group, &found.address)).collect();
    if groups.is_empty() {
        let is_stock = sure_text(named).is_some_and(|name| name.starts_with("default."));
        return (!is_stock).then(|| Counted::by_default(Amount::UNKNOWN));
    }
    let mut parameters = groups.iter().flat_map(|group| group.all("parameter"));
    let stated = parameters.find(|parameter| parameter.text_at("name") == Some("max_connections"))?;
    Some(stated_number(stated.get("value")))
}

fn stated_number(node: Option<&Node>) -> Counted {
    let number = node.and_then(|node| Some((node.number()?, node.place)));
    number.map_or_else(
        || Counted::by_default(Amount::UNKNOWN),
        |(number, place)| Counted::stated(Amount::exactly(number), Note { place, message: format!("max_connections: {number}") }),
    )
}

/// By the memory of an Amazon instance class, as its formulas have it: less than that where the system takes its part.
fn by_class(resource: &Resource<'_>, engine: &str) -> Counted {
    let unknown = || Counted::by_default(Amount::UNKNOWN);
    let Some(node) = resource.get("instance_class") else { return unknown() };
    let Some(class) = sure_text(node) else { return unknown() };
    let Some(memory) = memory(class) else { return unknown() };
    let most = match engine {
        "postgres" | "aurora-postgresql" => (memory * GIB / 9_531_392.0).min(5_000.0),
        "mysql" | "mariadb" => memory * GIB / 12_582_880.0,
        _ => return unknown(),
    };
    let least = if memory < 16.0 { most * 0.88 } else { most };
    let amount = Amount::between(least.floor() as u32, most.floor() as u32);
    Counted::stated(amount, Note { place: node.place, message: format!("{class} accepts about {amount} connections") })
}

/// GiB of an Amazon instance class: `db.r5.xlarge`.
fn memory(class: &str) -> Option<f64> {
    let mut parts = class.trim_start_matches("db.").split('.');
    let (family, size) = (parts.next()?, parts.next()?);
    let large = match family.chars().next()? {
        'm' | 't' => 8.0,
        'r' if family == "r4" => 15.25,
        'r' => 16.0,
        _ => return None,
    };
    let times = match size {
        "micro" => 0.125,
        "small" => 0.25,
        "medium" => 0.5,
        "large" => 1.0,
        "xlarge" => 2.0,
        size => size.strip_suffix("xlarge")?.parse::<f64>().ok()? * 2.0,
    };
    Some(large * times)
}

fn google(stack: &Stack<'_>, resource: &Resource<'_>) -> Option<Found> {
    if is_set(resource, "master_instance_name") != Switch::Absent {
        return None;
    }
    let settings = resource.at("settings").map(|(_, node)| node)?;
    let whole = settings.value != Value::Unknown;
    let availability = resource.at("settings.availability_type").map(|(_, node)| node);
    let stands_in = match availability {
        None => Switch::Absent,
        Some(node) => match sure_text(node) {
            Some("REGIONAL") => Switch::On,
            Some(_) => Switch::Off,
            None if node.value == Value::Null => Switch::Absent,
            None => Switch::Unknown,
        },
    };
    let grows = match resource.switch("settings.disk_autoresize") {
        Switch::Absent => Switch::On,
        switch => switch,
    };
    let has_readers =
        stack.of_kind("google_sql_database_instance").any(|other| other.refers("master_instance_name", &resource.address));
    let flags = resource.all("settings.database_flags");
    let stated = flags.iter().find(|flag| flag.text_at("name") == Some("max_connections"));
    let connections = stated.map_or_else(|| by_tier(resource), |flag| stated_number(flag.get("value")));
    Some(Found { stands_in, grows, has_readers, whole, connections, advice: GOOGLE })
}

/// Google's defaults, by memory for PostgreSQL.
fn by_tier(resource: &Resource<'_>) -> Counted {
    let unknown = || Counted::by_default(Amount::UNKNOWN);
    let (Some(node), Some(version)) = (resource.get("settings.tier"), resource.text("database_version")) else {
        return unknown();
    };
    let Some(tier) = sure_text(node) else { return unknown() };
    let custom = tier.strip_prefix("db-custom-").and_then(|rest| rest.split('-').nth(1)?.parse::<f64>().ok());
    let number = match (version.split('_').next(), tier) {
        (Some("POSTGRES"), "db-f1-micro") => 25,
        (Some("POSTGRES"), "db-g1-small") => 50,
        (Some("POSTGRES"), _) => match custom.map(|mib| mib / 1024.0) {
            Some(gib) if gib < 3.75 => return unknown(),
            Some(gib) if gib < 6.0 => 100,
            Some(gib) if gib < 7.5 => 200,
            Some(gib) if gib < 15.0 => 400,
            Some(gib) if gib < 30.0 => 500,
            Some(gib) if gib < 60.0 => 600,
            Some(gib) if gib < 120.0 => 800,
            Some(_) => 1000,
            None => return unknown(),
        },
        (Some("MYSQL"), "db-f1-micro") => 250,
        (Some("MYSQL"), "db-g1-small") => 1000,
        (Some("MYSQL"), _) => 4000,
        _ => return unknown(),
    };
    let amount = Amount::exactly(number);
    Counted::stated(amount, Note { place: node.place, message: format!("{tier} accepts {number} connections") })
}

fn azure(stack: &Stack<'_>, resource: &Resource<'_>) -> Option<Found> {
    let mode = resource.at("create_mode").map(|(_, node)| node);
    if mode.is_some_and(|mode| sure_text(mode) == Some("Replica")) {
        return None;
    }
    let mysql = resource.kind.contains("mysql");
    let growth = if mysql { "storage.auto_grow_enabled" } else { "auto_grow_enabled" };
    let grows = match resource.switch(growth) {
        Switch::Absent if mysql => Switch::On,
        switch => switch,
    };
    let has_readers = stack.of_kind(&resource.kind).any(|other| other.refers("source_server_id", &resource.address));
    let settings = stack.of_kind("azurerm_postgresql_flexible_server_configuration");
    let mut own = settings.filter(|setting| setting.refers("server_id", &resource.address));
    let stated = own.find(|setting| setting.text("name") == Some("max_connections"));
    let connections = match stated {
        Some(setting) => stated_number(setting.get("value")),
        None if mysql => Counted::by_default(Amount::UNKNOWN),
        None => by_sku(resource),
    };
    Some(Found { stands_in: is_set(resource, "high_availability"), grows, has_readers, connections, advice: AZURE, ..base() })
}

/// Azure's defaults for PostgreSQL, by memory.
fn by_sku(resource: &Resource<'_>) -> Counted {
    let unknown = || Counted::by_default(Amount::UNKNOWN);
    let Some(node) = resource.get("sku_name") else { return unknown() };
    let Some(sku) = sure_text(node) else { return unknown() };
    let size = sku.rsplit("Standard_").next().unwrap_or_default();
    let cores: u32 = size.chars().skip(1).take_while(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0);
    let memory = match size.chars().next() {
        Some('B') if size == "B1ms" => 2,
        Some('B') if size == "B2s" => 4,
        Some('D') => cores * 4,
        Some('E') => cores * 8,
        _ => 0,
    };
    let number = match memory {
        0 => return unknown(),
        2 => 50,
        4 => 429,
        8 => 859,
        16 => 1718,
        32 => 3437,
        _ => 5000,
    };
    Counted::stated(Amount::exactly(number), Note { place: node.place, message: format!("{sku} accepts {number} connections") })
}

/// Single servers, which Azure itself starts again on another machine; their storage grows unless told not to.
fn azure_single(stack: &Stack<'_>, resource: &Resource<'_>) -> Option<Found> {
    if resource.text("create_mode") == Some("Replica") {
        return None;
    }
    let grows = match resource.switch("auto_grow_enabled") {
        Switch::Absent => Switch::On,
        switch => switch,
    };
    let has_readers = stack.of_kind(&resource.kind).any(|other| other.refers("creation_source_server_id", &resource.address));
    Some(Found { grows, has_readers, advice: AZURE, ..base() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_of_classes() {
        assert_eq!(
            [memory("db.t3.micro"), memory("db.r5.4xlarge"), memory("db.m6g.large"), memory("db.serverless")],
            [Some(1.0), Some(128.0), Some(8.0), None]
        );
    }
}
