//! `heavy-work-in-request`: work that belongs in a queue, done while a client waits for the answer.

use super::findings::Findings;
use crate::facts::{Function, OpId, Region, RegionKind};
use crate::finding::Confidence;
use crate::link::{Placement, Project, Reached, Site};
use crate::models::{Parameter, Role, Trait};
use std::collections::BTreeSet;

/// A pause of this many seconds is felt.
const FELT: f64 = 0.5;

/// The same of one that comes again and again.
const FELT_OFTEN: f64 = 0.1;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let walk = project.while_client_waits();
    let queued = project.queues_mail();
    let mut seen = BTreeSet::new();
    for (role, does) in WORK {
        for site in project.sites(role) {
            let slight = match role {
                Role::MailSend => queued,
                Role::Sleep => !is_felt(project, &site),
                _ => site.act.adds.has(Trait::Proportional) && !project.works_on_upload(&site),
            };
            if slight || project.is_test(site.function) {
                continue;
            }
            let Some(reached) = project.way_of(&walk, site.function, site.op) else { continue };
            // A process of its own for each run is a queue's worker by another name.
            let apart = reached.functions.first().is_some_and(|&entry| project.is_bounded_run(entry));
            if apart || project.is_kept(site.function, site.op) || reached.is_probe() || !seen.insert((site.function, role)) {
                continue;
            }
            report(project, findings, &site, (does, reached));
        }
    }
}

/// What takes long, and how a sentence says so.
const WORK: [(Role, &str); 11] = [
    (Role::MailSend, "sends mail"),
    (Role::RunProgram, "runs another program"),
    (Role::RenderDocument, "reads or renders a document"),
    (Role::ProcessImage, "works on an image"),
    (Role::ProcessMedia, "works on sound, video or scanned text"),
    (Role::PackArchive, "packs or unpacks an archive"),
    (Role::ProcessTable, "reads or writes a whole table"),
    (Role::LoadModel, "loads a model"),
    (Role::TrainModel, "trains a model"),
    (Role::AwaitJob, "waits for a worker of the queue"),
    (Role::Sleep, "sleeps"),
];

/// Programs of any machine that answer in milliseconds, whatever they are asked.
const QUICK: [&str; 24] = [
    "which", "kill", "stat", "ls", "echo", "hostname", "uname", "id", "whoami", "date", "df", "ps", "true", "file", "readlink", "test",
    "ssh-keygen", "openssl", "gpg", "xmlsec1", "md5sum", "sha256sum", "chmod", "mkdir",
];

/// What git does over the network, or with all of its history.
const FAR: [&str; 9] = ["clone", "fetch", "pull", "push", "ls-remote", "submodule", "lfs", "gc", "repack"];

/// A long pause of a handler's own thread, or several. On an event loop it costs nobody but its client, or is worse than this.
fn is_felt(project: &Project, site: &Site<'_>) -> bool {
    let facts = project.facts(site.function);
    if project.blocks(site).is_none() || facts.is_async {
        return false;
    }
    let pause = project.parameter(site, Parameter::Delay).seconds();
    if project.is_in_loop(site.function, site.op) {
        return pause.is_some_and(|seconds| seconds >= FELT_OFTEN) && !facts.is_generator && !is_between_tries(facts, site.op);
    }
    pause.is_some_and(|seconds| seconds >= FELT) && !project.waits_to_try_again(site)
}

/// Whether a pause in a loop waits for another system to come back: its errors are handled in the same round.
fn is_between_tries(facts: &Function, op: OpId) -> bool {
    let around = |region: &&Region| matches!(region.kind, RegionKind::Loop { .. });
    let Some(rounds) = facts.regions_around(op).find(around) else { return false };
    let handles = |region: &Region| matches!(region.kind, RegionKind::Handler(_)) && rounds.holds(region.start);
    facts.regions.iter().any(handles)
}

fn report(project: &Project, findings: &mut Findings<'_>, site: &Site<'_>, (does, reached): (&str, Reached)) {
    let who = if reached.label.is_empty() || reached.label == "dependency" { "each request" } else { reached.label.trim() };
    let name = project.callee_name(site);
    let picture = site.role == Role::ProcessImage;
    let rare = picture || project.serves_administrators(&reached) || project.is_administration(site.function);
    // Small pictures, tables and archives are quick; nobody can tell here.
    let often = site.role == Role::Sleep && project.is_in_loop(site.function, site.op);
    // How long a job takes, and a few pauses, nobody can tell either.
    let small = often || site.role == Role::AwaitJob || matches!(site.role, Role::ProcessMedia | Role::PackArchive | Role::ProcessTable | Role::RenderDocument | Role::RunProgram);
    // Asks the machine something, whoever the client is; a file or two; a text made of what is in memory already.
    let trifle = project.is_done_once_on_disk(site.function, site.op) || match site.role {
        Role::RunProgram => {
            let quick = |words: Vec<String>| match words.split_first() {
                Some((git, [verb, ..])) if git == "git" => !FAR.contains(&verb.as_str()),
                Some((program, _)) => QUICK.contains(&program.as_str()),
                None => false,
            };
            project.is_given_constants(site.function, site.op) || project.program_run(site.function, site.op).is_some_and(quick)
        }
        Role::PackArchive => {
            site.act.adds.has(Trait::Proportional) || site.act.adds.has(Trait::OnePart) && !project.is_in_loop(site.function, site.op)
        }
        Role::ProcessTable => !project.has_arguments(site.function, site.op),
        // Done already, or where jobs run in the process of their caller.
        Role::AwaitJob => project.is_conditional(site.function, site.op),
        _ => false,
    };
    let sure = match (rare || trifle, small) {
        (true, _) => Confidence::Low,
        (false, true) => Confidence::Medium,
        (false, false) => Confidence::High,
    };
    let message = format!("{name} {does} while the client of {who} waits");
    findings
        .site(site, message)
        .help_otherwise("hand the work to a queue, answer at once, and let a worker do it")
        .placed(&Placement::Hot(reached))
        .at_most(sure)
        .report();
}
