//! Questions about calls and queries: pools, timeouts, failures, bounds, heavy work.

use super::facts::{Answer, Asker, Fact, first, many};
use crate::link::{Bound, Deadlines, Delay, Retry, Rows, Site};
use crate::models::{EntryKind, Role};

/// Calls that wait for another system.
const OUTGOING: [Role; 4] = [Role::HttpRequest, Role::RpcCall, Role::MailSend, Role::SdkCall];

/// Pools and clients that are made once, and no connection that is opened on the way of a request.
pub(super) fn pools(asker: &Asker<'_>) -> Answer {
    let project = asker.project;
    let made = asker.sites(&[Role::Pool, Role::HttpClient, Role::SdkClient]);
    let opened = asker.hot(&[Role::Connect]);
    let any = asker.sites(&[Role::Connect, Role::Borrow, Role::HttpRequest]);
    if made.is_empty() && any.is_empty() {
        return Answer::nothing("no connection to another system is known");
    }
    let kept: Vec<_> = made.iter().filter(|site| project.is_kept_by_process(site.function, site.op)).collect();
    let facts: Vec<Fact> = kept.iter().map(|site| asker.site_fact(site, "is made once and kept")).collect();
    if made.is_empty() {
        return Answer::unknown("nothing that pools connections is known");
    }
    if kept.len() < made.len() || !opened.is_empty() {
        let reason = format!("pools and clients that are kept for the life of the process: {} of {}", kept.len(), made.len());
        return Answer::Unknown(reason, first(facts));
    }
    Answer::All(first(facts))
}

/// Every outgoing call has a deadline.
pub(super) fn timeouts(asker: &Asker<'_>) -> Answer {
    let project = asker.project;
    let calls = asker.sites(&OUTGOING);
    if calls.is_empty() {
        return Answer::nothing("no call of another system is known");
    }
    let bounded = |site: &&Site<'_>| site.deadlines() == Deadlines::Acceptable || project.has_deadline(site.function, site.op);
    let count = calls.iter().filter(bounded).count();
    let text = format!("{count} of {} have a deadline", many(calls.len(), "outgoing call"));
    if count == calls.len() {
        let text = if count == 1 { "the one outgoing call has a deadline".to_owned() } else { text };
        let places = calls.iter().map(|site| asker.site_fact(site, "has a deadline"));
        return Answer::All([Asker::fact(text)].into_iter().chain(first(places.collect())).collect());
    }
    let text = if calls.len() == 1 {
        "of the one outgoing call nobody can tell".to_owned()
    } else {
        format!("{text}, and of the others nobody can tell")
    };
    Answer::Unknown(text, Vec::new())
}

/// What is tried again ends, and waits longer each time.
pub(super) fn failures(asker: &Asker<'_>) -> Answer {
    let project = asker.project;
    let retries: Vec<_> = project.retries().iter().filter(|retry| asker.counts(retry.function)).collect();
    let breakers = asker.sites(&[Role::Breaker]);
    if asker.sites(&OUTGOING).is_empty() && retries.is_empty() {
        return Answer::nothing("no call of another system is known");
    }
    let sound = |retry: &&&Retry| matches!(retry.bound, Bound::Some(_)) && retry.delay == Delay::Growing;
    let facts: Vec<Fact> = retries
        .iter()
        .filter(sound)
        .map(|retry| asker.fact_at(retry.place, format!("{} ends, and waits longer each time", retry.name)))
        .chain(breakers.iter().map(|site| asker.site_fact(site, "stops calling what fails")))
        .collect();
    let all = retries.iter().filter(sound).count() == retries.len();
    match facts.is_empty() || !all {
        true => Answer::Unknown("of what fails nobody can tell what happens".into(), first(facts)),
        false => Answer::All(first(facts)),
    }
}

/// Every query on the way of a request brings a bounded number of rows.
pub(super) fn queries(asker: &Asker<'_>) -> Answer {
    let project = asker.project;
    let queries = asker.hot(&[Role::FetchMany, Role::CursorAll]);
    let single = asker.hot(&[Role::FetchOne, Role::CursorOne]);
    if queries.is_empty() && single.is_empty() {
        return Answer::nothing("no database query on the way of a request or job is known");
    }
    let is_proof = |site: &&Site<'_>| project.rows(site) == Rows::Bounded && !project.runs_callers_statements(site.function);
    let bounded: Vec<_> = queries.iter().filter(is_proof).collect();
    let ones = many(single.len(), "query");
    if queries.is_empty() {
        return Answer::All(vec![Asker::fact(format!("{ones} for one row, and none for more"))]);
    }
    if bounded.len() < queries.len() {
        let of = match queries.len() {
            1 => "the one query for many rows is filtered, or not understood".to_owned(),
            all if bounded.is_empty() => format!("all {all} queries for many rows are filtered, or not understood"),
            all => format!(
                "{} of {all} queries for many rows have a bound; the others are filtered, or not understood",
                bounded.len()
            ),
        };
        return Answer::Unknown(of, Vec::new());
    }
    let text = match queries.len() {
        1 => "the one query for many rows has a bound".to_owned(),
        all => format!("all {all} queries for many rows have a bound"),
    };
    let places = bounded.iter().map(|site| asker.site_fact(site, "has a bound")).collect();
    Answer::All([Asker::fact(text)].into_iter().chain(first(places)).collect())
}

/// Work that takes long or much.
const HEAVY: [Role; 7] = [
    Role::RunProgram,
    Role::RenderDocument,
    Role::ProcessImage,
    Role::ProcessMedia,
    Role::PackArchive,
    Role::ProcessTable,
    Role::TrainModel,
];

/// Heavy work is handed to a queue, or done where no request waits for it.
pub(super) fn heavy_work(asker: &Asker<'_>) -> Answer {
    let project = asker.project;
    let reached =
        |site: &Site<'_>, kinds: &[EntryKind]| kinds.iter().any(|&kind| project.runs_from(site.function, site.op, kind));
    let heavy = asker.sites(&HEAVY);
    let behind = |site: &&Site<'_>| {
        !reached(site, &[EntryKind::Request]) && reached(site, &[EntryKind::Job, EntryKind::Scheduled, EntryKind::Command])
    };
    let apart: Vec<&Site<'_>> = heavy.iter().filter(behind).collect();
    let handed = asker.sites(&[Role::Enqueue]);
    let jobs = project.entry_points().iter().any(|point| point.kind == EntryKind::Job && asker.counts(point.function));
    if heavy.is_empty() && handed.is_empty() && !jobs {
        return Answer::nothing("no heavy work and no queue is known");
    }
    let facts: Vec<Fact> = handed
        .iter()
        .map(|site| asker.site_fact(site, "hands work to a queue"))
        .chain(apart.iter().map(|site| asker.site_fact(site, "runs where no request waits for it")))
        .collect();
    match heavy.iter().find(|site| !behind(site)) {
        Some(site) => {
            let reason = format!("{} may run while a request waits, and nobody can tell how long", site.act.name);
            Answer::Unknown(reason, first(facts))
        }
        None if facts.is_empty() => Answer::unknown("there are jobs, and nothing that hands work to them is known"),
        None => Answer::All(first(facts)),
    }
}
