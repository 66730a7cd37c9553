//! Questions about what is kept: in the memory of a process, in sessions, on its disk, in caches.

use super::facts::{Answer, Asker, Fact, first, many};
use crate::deploy::workloads::Storage;
use crate::link::value::{FnId, Slot};
use crate::link::{Event, Site};
use crate::models::{Parameter, Role, Setting, Trait};

/// What writes to a store that all instances share.
const SHARED: [Role; 7] =
    [Role::Write, Role::WriteBatch, Role::Execute, Role::CacheFill, Role::CacheWrite, Role::CacheAdd, Role::Enqueue];

/// Nothing that requests reach changes what the process keeps, and it is known where they keep things instead.
pub(super) fn stateless(asker: &Asker<'_>) -> Answer {
    let project = asker.project;
    let serving = asker.serving();
    if serving.is_empty() {
        return Answer::nothing("no route and no job is known");
    }
    match serving.iter().find_map(|&function| changed(asker, function)) {
        Some((slot, place)) => {
            let name = project.slot_name(slot);
            Answer::Unknown(format!("{name} is changed, and nobody can tell whether another instance needs it"), vec![place])
        }
        None => {
            let reached = many(serving.len(), "function");
            let text = format!("{reached} that requests and jobs reach, and none is known to change what the process keeps");
            let shared: Vec<Fact> = asker
                .hot(&SHARED)
                .iter()
                .filter(|site| site.role != Role::Execute || writes(site))
                .map(|site| asker.site_fact(site, "writes to a store that all instances share"))
                .collect();
            match shared.is_empty() {
                // What nobody resolved may.
                true => Answer::Unknown("nothing says where requests keep what outlives them".into(), vec![Asker::fact(text)]),
                false => Answer::All([Asker::fact(text)].into_iter().chain(first(shared)).collect()),
            }
        }
    }
}

/// Whether a statement was understood to change rows.
fn writes(site: &Site<'_>) -> bool {
    site.receiver.has(Trait::Writes) || site.result.has(Trait::Writes)
}

/// What a function changes of what the process keeps, and where.
fn changed(asker: &Asker<'_>, function: FnId) -> Option<(Slot, Fact)> {
    let project = asker.project;
    let counts = |op, slot: Slot| project.is_process_wide(slot) && project.is_hot(function, op);
    let mut events = project.events(function).iter().filter_map(|event| match event {
        Event::Write { op, slot, .. } => Some((*op, *slot)),
        Event::Act { op, act, receiver, .. } => {
            let changes = |role: Role| matches!(role, Role::StateWrite | Role::StateGetOrAdd | Role::StateRemove);
            receiver.slot.filter(|_| project.act(*act).behaviour.roles().any(changes)).map(|slot| (*op, slot))
        }
        _ => None,
    });
    let (op, slot) = events.find(|&(op, slot)| counts(op, slot))?;
    Some((slot, asker.fact_at(project.place(function, op), format!("{} changes it", project.function_name(function)))))
}

/// Sessions in signed cookies or a shared store.
pub(super) fn sessions(asker: &Asker<'_>) -> Answer {
    let project = asker.project;
    let memory = project.setting(Setting::MemoryCache).is_some();
    let stored = [Setting::NamedSessionCache, Setting::CacheSessions].into_iter().filter_map(|what| project.setting(what));
    let mut facts: Vec<Fact> = stored
        .filter(|_| !memory)
        .map(|(place, name)| asker.fact_at(place, format!("{name} keeps sessions in a cache that all instances share")))
        .collect();
    let signed = project.signed_sessions().into_iter().filter(|place| asker.counts(project.module_body(place.file)));
    facts.extend(
        signed.map(|place| asker.fact_at(place, "clients keep their sessions themselves, signed, and any instance reads them")),
    );
    if !facts.is_empty() {
        return Answer::Found(first(facts));
    }
    let speaks = |text: &str| {
        let text = text.to_ascii_lowercase();
        text.contains("login") || text.contains("session") || text.contains("cookie")
    };
    let spoken = asker.serving().iter().any(|&function| speaks(&project.function_name(function)));
    match spoken || asker.services.iter().any(|service| asker.services.says(service, |text| text == "login" || text == "cookies"))
    {
        true => Answer::unknown("nothing says where sessions are kept"),
        false => Answer::nothing("nothing that keeps sessions is known"),
    }
}

/// Files that requests write are thrown away, or none are written.
pub(super) fn files(asker: &Asker<'_>) -> Answer {
    let temporary = asker.hot(&[Role::FileTemporary]);
    let written = asker.hot(&[Role::FileWrite, Role::FileOpen]);
    let shared = asker.workloads().into_iter().flat_map(|workload| &workload.volumes);
    let shared: Vec<Fact> = shared
        .filter(|volume| volume.storage == Storage::Shared)
        .map(|volume| asker.fact_at(volume.place, format!("{} is a volume that all instances share", volume.shown)))
        .collect();
    if written.is_empty() && temporary.is_empty() {
        return Answer::nothing("no request and no job is known to write a file");
    }
    let facts: Vec<Fact> = temporary.iter().map(|site| asker.site_fact(site, "makes a file that is thrown away")).collect();
    if written.is_empty() {
        return Answer::All(first(facts));
    }
    let reason = format!("nobody can tell whether another instance needs what {} write", many(written.len(), "call"));
    Answer::Unknown(reason, first(facts.into_iter().chain(shared).collect()))
}

/// Every entry that is stored gets a time to live.
pub(super) fn caches(asker: &Asker<'_>) -> Answer {
    let project = asker.project;
    let stored = asker.sites(&[Role::CacheFill]);
    let local = asker.sites(&[Role::BoundedCache, Role::LocalCache, Role::CacheMemo]);
    if stored.is_empty() && local.is_empty() {
        return Answer::nothing("no cache is known");
    }
    let expires = |site: &&Site<'_>| {
        let given = project.parameter_op(site, Parameter::Expiry).is_some() && !project.lacks(site, Parameter::Expiry);
        given || site.receiver.has(Trait::Expiring) || site.result.has(Trait::Expiring)
    };
    let expiring: Vec<&Site<'_>> = stored.iter().filter(expires).collect();
    let text = format!("{} of {} get a time to live", expiring.len(), many(stored.len(), "stored entry"));
    if stored.is_empty() || expiring.len() < stored.len() || !local.is_empty() {
        let reason = if stored.is_empty() { "what is cached is cached in the process".to_owned() } else { text };
        return Answer::unknown(reason);
    }
    let places = expiring.iter().map(|site| asker.site_fact(site, "gives a time to live")).collect();
    Answer::All([Asker::fact(text)].into_iter().chain(first(places)).collect())
}
