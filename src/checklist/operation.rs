//! Questions about how the service is run: limits, schedules, health, its end, logs, process types, copies, stores.

use super::facts::{Answer, Asker, Fact, first, many};
use crate::deploy::programs::Does;
use crate::deploy::workloads::Workload;
use crate::link::{Limits, Started};
use crate::models::{EntryKind, Role, Setting};
use std::collections::BTreeMap;

/// Something limits the clients of every service.
pub(super) fn limits(asker: &Asker<'_>) -> Answer {
    let project = asker.project;
    let services: Vec<_> = asker.services.iter().filter(|service| asker.counts(service.site.function)).collect();
    if services.is_empty() {
        return Answer::nothing("no program that answers requests is known");
    }
    let setting = project.setting(Setting::LimitsRequests);
    let by_setting = setting.map(|(place, name)| asker.fact_at(place, format!("{name} limits requests")));
    let sites = asker.sites(&[Role::Limiter]);
    let facts: Vec<Fact> =
        by_setting.into_iter().chain(sites.iter().map(|site| asker.site_fact(site, "limits requests"))).collect();
    let limited = services.iter().all(|service| asker.services.limits(service) != Limits::Nowhere);
    match limited && !facts.is_empty() {
        true => Answer::Found(first(facts)),
        false => {
            Answer::Unknown("nothing that limits requests was found, nor a route that strangers try first".into(), first(facts))
        }
    }
}

/// For all that runs at set times somebody sees to it that it runs once: the platform, the only scheduler, or a lock.
pub(super) fn schedules(asker: &Asker<'_>) -> Answer {
    let project = asker.project;
    // What is due, and for each what sees to it, if anything is known to.
    let mut due: Vec<Option<Fact>> = Vec::new();
    for workload in asker.workloads() {
        let Some(schedule) = workload.schedule.as_ref().filter(|schedule| !schedule.suspended) else { continue };
        let text = format!("the platform starts {} once when it is due", workload.name);
        due.push((!schedule.overlaps).then(|| asker.fact_at(schedule.place, text)));
    }
    for started in project.started().iter().filter(|started| started.process.does == Does::Scheduler) {
        let alone = started.workload.count_of(started.process).amount.is_single();
        let locked = started.process.locked || project.locks_schedules(started);
        let why = if locked { "takes a lock" } else { "is the only one" };
        let text = format!("{} is a process of its own, and {why}", started.process.name);
        due.push((alone || locked).then(|| asker.fact_at(started.process.place, text)));
    }
    let locks = asker.sites(&[Role::LockShared]);
    let lock = locks.iter().find(|site| project.is_reached(site.function, EntryKind::Scheduled));
    let registered = asker.sites(&[Role::Schedule]);
    due.extend(registered.iter().map(|_| lock.map(|site| asker.site_fact(site, "lets one copy do it"))));
    let any = project.entry_points().iter().any(|point| point.kind == EntryKind::Scheduled && asker.counts(point.function));
    let runs_code = |started: &Started<'_>| started.process.does == Does::Scheduler && started.link.is_some();
    if any && registered.is_empty() && !project.started().iter().any(runs_code) {
        due.push(None);
    }
    if due.is_empty() {
        return match !asker.sites(&[Role::Scheduler]).is_empty() {
            true => Answer::unknown("nothing says who starts what is due"),
            false => Answer::nothing("nothing that runs at set times is known"),
        };
    }
    let facts: Vec<Fact> = due.iter().flatten().cloned().collect();
    match due.iter().all(Option::is_some) {
        true => Answer::All(first(facts)),
        false => Answer::Unknown("not of all that is due is known who sees to it that it runs once".into(), first(facts)),
    }
}

/// A route that says how the process is, or a platform that asks.
pub(super) fn health(asker: &Asker<'_>) -> Answer {
    let services: Vec<_> = asker.services.iter().filter(|service| asker.counts(service.site.function)).collect();
    let own = |workload: &&Workload| workload.answers_requests() && workload.made_by_others().is_none();
    let workloads: Vec<&Workload> = asker.workloads().into_iter().filter(own).collect();
    if services.is_empty() && workloads.is_empty() {
        return Answer::nothing("no program that answers requests is known");
    }
    let routes = services.iter().flat_map(|service| asker.services.health_routes(service));
    let routes = routes.filter(|route| {
        says_health(route.label) || asker.project.function_name(route.handler).to_ascii_lowercase().contains("health")
    });
    let mut facts: Vec<Fact> = routes
        .map(|route| {
            let nameless = route.label.split(' ').next_back().is_none_or(str::is_empty) || !route.label.contains(['/', ' ', '^']);
            let label = if nameless { asker.project.function_name(route.handler) } else { route.label.to_owned() };
            asker.fact_at(asker.project.place_of_name(route.handler), format!("health route {label}"))
        })
        .collect();
    facts.extend(asker.sites(&[Role::HealthRoute]).iter().map(|site| asker.site_fact(site, "adds health routes")));
    for container in workloads.iter().flat_map(|workload| workload.mains()) {
        let probes =
            [(&container.health.ready, "is ready"), (&container.health.alive, "is alive"), (&container.health.image, "is well")];
        facts.extend(probes.into_iter().filter_map(|(probe, what)| {
            Some(asker.fact_at(probe.as_ref()?.place, format!("the platform asks whether {} {what}", container.name)))
        }));
    }
    let answered = services
        .iter()
        .all(|service| asker.services.answers_health(service) || asker.project.is_probed_by_platform(service.site.function));
    match answered && !facts.is_empty() {
        true => Answer::Found(first(facts)),
        false => Answer::Unknown("not every service is known to answer for its health".into(), first(facts)),
    }
}

/// Whether a path is surely one for probes: by its last word, near the root. `/builds/status` is about builds.
fn says_health(label: &str) -> bool {
    let path = label.rsplit(' ').next().unwrap_or_default().to_ascii_lowercase();
    let parts: Vec<&str> = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()).collect();
    let probes =
        ["health", "healthz", "healthcheck", "ready", "readyz", "readiness", "live", "livez", "liveness", "alive", "ping"];
    parts.iter().any(|part| part.starts_with("health"))
        || parts.len() <= 2 && parts.last().is_some_and(|last| probes.contains(last))
}

/// Something drains every server, or hears the signal to stop.
pub(super) fn shutdown(asker: &Asker<'_>) -> Answer {
    let sites = asker.sites(&[Role::Drain, Role::StopSignal]);
    let started: Vec<_> = asker.project.started().into_iter().filter(Started::stays).collect();
    if asker.services.iter().next().is_none() && started.is_empty() {
        return Answer::nothing("no program that goes on until it is stopped is known");
    }
    let mut facts: Vec<Fact> =
        sites.iter().map(|site| asker.site_fact(site, "lets open work end when the process is told to stop")).collect();
    facts.extend(started.iter().filter_map(|started| {
        let (seconds, place) = started.process.grace?;
        let text = format!("{} lets open work end for {seconds} s", started.process.name);
        Some(asker.fact_at(place.unwrap_or(started.process.place), text))
    }));
    let mut servers = started.iter().filter(|started| started.process.does == Does::Web).peekable();
    let drained = match servers.peek() {
        Some(_) => servers.all(|started| started.process.grace.is_some() || !sites.is_empty()),
        None => !sites.is_empty() && asker.services.undrained().is_empty(),
    };
    match drained && !facts.is_empty() {
        true => Answer::Found(first(facts)),
        false => {
            Answer::Unknown("not of every server is known what happens to open work when it is told to stop".into(), first(facts))
        }
    }
}

/// The log goes to standard output.
pub(super) fn logs(asker: &Asker<'_>) -> Answer {
    let streams = asker.sites(&[Role::LogStream]);
    // Whatever serves writes a log, if only its server does.
    if streams.is_empty() && asker.serving().is_empty() && asker.project.started().is_empty() {
        return Answer::nothing("nothing that serves is known");
    }
    let facts = first(streams.iter().map(|site| asker.site_fact(site, "sends the log to standard output or error")).collect());
    let all = asker.services.iter().all(|service| asker.services.sites(service, Role::LogStream).next().is_some());
    match all && !facts.is_empty() {
        true => Answer::Found(facts),
        false => Answer::Unknown("not of every program is known where its log goes".into(), facts),
    }
}

/// Workloads of several kinds.
pub(super) fn process_types(asker: &Asker<'_>) -> Answer {
    let mut kinds: BTreeMap<&str, Fact> = BTreeMap::new();
    let started = asker.project.started();
    for started in &started {
        let kind = match started.process.does {
            Does::Web => "web",
            Does::Worker => "worker",
            Does::Scheduler => "scheduler",
            // What runs to its end beside a server, in its container, is no process type.
            Does::Job if !started.workload.stays() => "job",
            _ => continue,
        };
        let text = format!("{kind}: {} in {}", started.process.shown, started.workload.name);
        kinds.entry(kind).or_insert_with(|| asker.fact_at(started.process.place, text));
    }
    let has =
        |kind: EntryKind| asker.project.entry_points().iter().any(|point| point.kind == kind && asker.counts(point.function));
    let background = has(EntryKind::Job) || has(EntryKind::Scheduled);
    let works = kinds.contains_key("worker") || kinds.contains_key("scheduler");
    let facts: Vec<Fact> = kinds.into_values().collect();
    match facts.len() {
        0 if started.is_empty() => Answer::unknown("no deployment file says what is run"),
        0 => Answer::unknown("what is run is the project's own program, and no file says as which kind of process"),
        _ if background && !works => Answer::Unknown("there are jobs, and no file says which process runs them".into(), facts),
        1 => Answer::nothing("there is one kind of process"),
        _ => Answer::Found(facts),
    }
}

/// Every workload that answers requests has several copies, or something that makes them.
pub(super) fn replicas(asker: &Asker<'_>) -> Answer {
    let workloads: Vec<&Workload> = asker
        .workloads()
        .into_iter()
        .filter(|workload| workload.answers_requests() && workload.made_by_others().is_none())
        .collect();
    if workloads.is_empty() {
        return Answer::unknown("no deployment file says how many copies answer requests");
    }
    let several = |workload: &&&Workload| workload.replicas.amount.least.is_some_and(|least| least > 1);
    let facts: Vec<Fact> = workloads
        .iter()
        .filter(several)
        .map(|workload| {
            let scaled = workload.autoscaler.and_then(|at| asker.project.deployment().autoscalers.get(at));
            let scaled = scaled.map(|scaler| format!(", scaled by {} {}", scaler.kind, scaler.name)).unwrap_or_default();
            asker
                .fact_at(workload.count_place(), format!("{} runs in {} copies{scaled}", workload.name, workload.replicas.amount))
        })
        .collect();
    let count = workloads.iter().filter(several).count();
    match count == workloads.len() {
        true => Answer::All(first(facts)),
        false => {
            let reason = format!("{count} of {} known to run in several copies", many(workloads.len(), "workload"));
            Answer::Unknown(reason, first(facts))
        }
    }
}

/// Databases that stand in for each other.
pub(super) fn stores(asker: &Asker<'_>) -> Answer {
    let databases = &asker.project.deployment().databases;
    let serious: Vec<_> =
        databases.iter().filter(|database| database.stage != crate::deploy::stages::Stage::Development).collect();
    let used = asker.sites(&[Role::Connect, Role::Pool, Role::FetchMany, Role::FetchOne, Role::Write, Role::CacheRead]);
    if serious.is_empty() {
        return match used.is_empty() {
            true => Answer::nothing("no data store is known"),
            false => Answer::unknown("no file says how the data stores are set up"),
        };
    }
    let facts: Vec<Fact> = serious
        .iter()
        .filter(|database| database.stands_in)
        .map(|database| asker.fact_at(database.place, format!("something stands in when {} fails", database.name)))
        .collect();
    match facts.len() == serious.len() {
        true => Answer::All(first(facts)),
        false => Answer::Unknown("not of every database is known what stands in when it fails".into(), first(facts)),
    }
}

#[cfg(test)]
mod tests {
    use super::says_health;

    #[test]
    fn routes_for_probes() {
        assert!(
            ["GET /healthz", "/api/v1/health", "GET /ready", "^healthcheck/?$", "GET /api/ping"].into_iter().all(says_health)
        );
        assert!(!["GET /build/status", "GET /settings/celery/ping", "/live/games", "GET /", ""].into_iter().any(says_health));
    }
}
