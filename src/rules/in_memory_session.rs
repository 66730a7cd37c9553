//! `in-memory-session`: who is logged in, connected or buying is known to one process only.

use super::findings::Findings;
use crate::finding::{Confidence, Level, Place};
use crate::link::{KeptAs, Placement, Project};
use crate::models::{Role, Setting};

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    for kept in project.kept_data().filter(|kept| kept.kept_as == KeptAs::Session && !project.keeps_made_handles(kept.slot)) {
        // Open sockets can only be kept here; where something is published to all instances, each may serve its own.
        if project.is_registry_of_handles(kept.slot) && project.sites(Role::Publish).next().is_some() {
            continue;
        }
        let name = &kept.name;
        let who = project.function_name(kept.function);
        findings
            .at(kept.function, kept.op, format!("{who} keeps {name} in this process: the next request may reach another instance"))
            .help("keep it in a store that every instance shares, or in a signed cookie")
            .placed(&kept.placement)
            .at_most(if kept.copied { Confidence::Low } else { Confidence::High })
            .related(project.slot_declaration(kept.slot), format!("{name} is declared here"))
            .in_copies()
            .report();
    }
    for site in project.sites(Role::MemorySessionStore) {
        if !project.is_script(site.function) && !project.is_client_side(site.function) {
            let message = format!("{} keeps sessions in this instance: the next request may reach another", project.callee_name(&site));
            findings.site(&site, message).help_otherwise("use a session store that every instance shares").in_copies().report();
        }
    }
    settings(project, findings);
    keys(project, findings);
    drawn_keys(project, findings);
}

/// Framework settings that choose a local session store.
fn settings(project: &Project, findings: &mut Findings<'_>) {
    let local = project.setting(Setting::MemorySessions).or_else(|| project.setting(Setting::FileSessions));
    let in_default = project.setting(Setting::MemoryCache).is_some() && project.setting(Setting::NamedSessionCache).is_none();
    let cached = project.setting(Setting::CacheSessions).filter(|_| in_default);
    if let Some((place, name)) = local.or(cached) {
        report_setting(project, findings, place, &name);
    }
}

fn report_setting(project: &Project, findings: &mut Findings<'_>, place: Place, name: &str) {
    let body = project.module_body(place.file);
    if project.is_test(body) || project.is_script(body) {
        return;
    }
    let few = project.is_administration(body) || project.is_set_anew(place, name);
    findings
        .at_place(body, place, format!("{name} keeps sessions in one instance: the next request may reach another"))
        .help("keep sessions in the database, in a shared cache, or in signed cookies")
        .at_most(if few { Confidence::Low } else { Confidence::High })
        .in_copies()
        .report();
}

/// Signing keys drawn anew in every process: what one signs, another refuses.
fn keys(project: &Project, findings: &mut Findings<'_>) {
    for site in project.sites(Role::RandomSecret) {
        let hot = matches!(project.placement(site.function, site.op), Placement::Hot(_));
        let Some(name) = project.receiving_name(site.function, site.op) else { continue };
        if hot || project.is_conditional(site.function, site.op) || project.is_test(site.function) || project.is_script(site.function) || !signs(&name) {
            continue;
        }
        // What somebody starts by hand is one process.
        let by_hand = project.is_by_hand(site.function, site.op);
        // Settings of which a family member takes another key may be the ones that nobody deploys.
        let anew = project.is_set_anew(project.site_place(&site), &name);
        let used = if !by_hand && !anew && project.signs(project.files().locate(site.function).0) { Confidence::High } else { Confidence::Low };
        let message = format!("{name} is drawn anew by {} in every process: what one instance signs, another refuses", project.callee_name(&site));
        findings.site(&site, message).help("read the key from the environment or a secret store").level(Level::Warning).at_most(used).in_copies().report();
    }
}

/// Keys that a library draws for signing: there is no other use for them.
fn drawn_keys(project: &Project, findings: &mut Findings<'_>) {
    let unconditional = |site: &crate::link::Site<'_>| !project.is_script(site.function) && !project.is_conditional(site.function, site.op);
    for site in project.sites(Role::SigningKey).filter(unconditional) {
        let name = project.callee_name(&site);
        let message = format!("{name} draws a new signing key in every process: what one instance signs, another refuses");
        findings.site(&site, message).help("read the key from the environment or a secret store").in_copies().report();
    }
}

/// Names under which frameworks take the key that signs sessions and tokens.
fn signs(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["secret_key", "secretkey", "signing_key", "jwt_secret", "session_secret", "cookie_secret", "cookie_key"]
        .iter()
        .any(|key| name.ends_with(key))
}
