//! The five steps of a run: walk, extract, link, check, report. Threads are used here and nowhere else.
//!
//! Files keep one number through the run, [`FileId`]: first the analysed sources, then the dependency manifests, then the
//! configuration's own files, each sorted by path. Nothing depends on the order in which threads finish.

mod examine;
mod learnt;
mod models;
mod report;

pub use examine::{Examined, Judged, Silence};
pub use learnt::Learnt;

use crate::config::Config;
use crate::deploy::amount::{Amount, Counted};
use crate::facts::Builder;
use crate::finding::{FileId, Finding, Level, Note, Notice, NoticeKind, Place, Report};
use crate::guard::guard;
use crate::lang::{FrontEnd, Language};
use crate::link::{FileData, Files, Options, Project};
use crate::rules::{Findings, Rule};
use crate::session::Session;
use crate::source::{LineIndex, Span};
use crate::walk::{self, Manifest, Source};
use rayon::prelude::*;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

/// Stack of a worker: syn recurses on the nesting that the front ends allow.
const STACK: usize = 64 * 1024 * 1024;

/// A project, extracted: what linking and the rules work on.
#[derive(Debug, Default)]
pub struct Extracted {
    /// Sources, by [`FileId`].
    pub files: Vec<FileData>,
    /// Dependency manifests; their [`FileId`]s follow those of the sources.
    pub manifests: Vec<Manifest>,
    /// The user's own models.
    pub models: Vec<Manifest>,
    /// For each configuration, the root's first, and each pattern of its `exclude`: whether it kept something out.
    pub excluded: Vec<Vec<bool>>,
    /// For each entry point of the configuration, whether there is such code.
    pub entered: Vec<bool>,
    /// What could not be analysed.
    pub notices: Vec<Notice>,
}

impl Extracted {
    /// The number of manifest `index`.
    #[must_use]
    pub fn manifest_id(&self, index: usize) -> FileId {
        FileId::from_index(self.files.len() + index)
    }
}

/// Analyse the project.
#[must_use]
pub fn scan(session: &Session) -> Report {
    let (report, files) = analyse(session);
    if session.last {
        std::mem::forget(files);
    }
    report
}

/// Analyse the project, and keep what was learnt of its files for a run that meets most of them again.
#[must_use]
pub fn scan_and_keep(session: &Session) -> (Report, Learnt) {
    let (report, files) = analyse(session);
    // A run that was stopped has left some of what it was given.
    let left = std::mem::take(&mut *session.learnt.lock().unwrap_or_else(PoisonError::into_inner));
    (report, Learnt::of(files, session.limits.file).and(left))
}

/// The five steps: the report, and the files with their facts.
fn analyse(session: &Session) -> (Report, Vec<FileData>) {
    on_workers(session, || {
        let mut extracted = extract(session);
        let findings = session.timed("link and check", || check(&mut extracted, session));
        let report = session.timed("report", || report::report(&mut extracted, findings, session));
        (report, extracted.files)
    })
}

/// Walk and extract: the first two steps.
#[must_use]
pub fn extract(session: &Session) -> Extracted {
    let walked = walk::walk(session);
    session.progress.done.store(0, Ordering::Relaxed);
    session.progress.total.store(walked.sources.len(), Ordering::Relaxed);
    let reported = walked.sources.iter().filter(|source| session.reports(&source.path)).count();
    session.progress.reported.store(reported, Ordering::Relaxed);
    let learnt = std::mem::take(&mut *session.learnt.lock().unwrap_or_else(PoisonError::into_inner));
    let one = |source: Source| {
        let result = extract_one(source, &learnt, session);
        session.progress.done.fetch_add(1, Ordering::Relaxed);
        result
    };
    let results: Vec<_> = session.timed("extract", || walked.sources.into_par_iter().map(one).collect());
    let mut extracted = Extracted {
        manifests: walked.manifests,
        models: walked.models,
        excluded: walked.excluded,
        notices: walked.notices,
        ..Extracted::default()
    };
    if session.is_stopped() {
        // What was not asked for is still of use to the next run.
        *session.learnt.lock().unwrap_or_else(PoisonError::into_inner) = learnt;
    }
    for result in results {
        match result {
            Ok(file) => {
                extracted.notices.extend(gap_notice(&file));
                extracted.files.push(file);
            }
            Err(notice) => extracted.notices.push(notice),
        }
    }
    extracted
}

/// Walk, extract and link the project, and ask it something: for commands that show what is known rather than what is wrong.
pub fn ask<T: Send>(session: &Session, question: impl FnOnce(&Project) -> T + Send) -> T {
    on_workers(session, || question(&link(&mut extract(session), session)))
}

/// Walk, extract and link the project, run every rule, and ask what became of what they found: for commands that show findings that
/// are not reported as well.
pub fn examine<T: Send>(session: &Session, question: impl FnOnce(&Examined<'_>) -> T + Send) -> T {
    on_workers(session, || {
        let mut extracted = extract(session);
        let project = link(&mut extracted, session);
        question(&examine::examine(&project, session, extracted.notices))
    })
}

/// Join the facts. Notices about models go to `extracted`.
fn link(extracted: &mut Extracted, session: &Session) -> Project {
    let manifests = extracted.manifests.iter().map(|manifest| (manifest.path.clone(), Arc::clone(&manifest.text))).collect();
    let files = Files::new(std::mem::take(&mut extracted.files), manifests);
    let models = models::of_project(&files, extracted, session);
    let seconds = |config: &Config| config.option("missing-timeout", "max-seconds").unwrap_or(Options::default().max_seconds);
    let max_seconds = seconds(&session.config);
    let max_seconds_in = session.nested.iter().map(|nested| (nested.folder.clone(), seconds(&nested.config))).collect();
    let configuration = files.iter().count() + files.manifests().count();
    let processes = stated_processes(session, configuration);
    let entry_points = models::declared_functions(session);
    session.timed("link", || {
        Project::link(files, models, Options { max_seconds, max_seconds_in, processes, entry_points, stop: session.stop.clone() })
    })
}

/// What the configuration says of the deployment; its files are numbered from `first` on.
fn stated_processes(session: &Session, first: usize) -> Option<Counted> {
    let stated = session.config.deployment;
    let counted = |(number, span): (u32, Span), what: &str| {
        let place = Place { file: FileId::from_index(first + stated.file), span };
        Counted::stated(Amount::exactly(number), Note { place, message: format!("{what} = {number}") })
    };
    let replicas = stated.replicas.map(|replicas| counted(replicas, "replicas"));
    let workers = stated.workers.map(|workers| counted(workers, "workers"));
    if replicas.is_none() && workers.is_none() {
        return None;
    }
    // One process in an instance is what most servers start when they are told nothing.
    let (replicas, workers) = (
        replicas.unwrap_or(Counted::by_default(Amount::at_least(1))),
        workers.unwrap_or(Counted::by_default(Amount::at_least(1))),
    );
    let evidence = replicas.evidence.into_iter().chain(workers.evidence).collect();
    Some(Counted { amount: replicas.amount.times(workers.amount), evidence })
}

/// Link the project and run the rules. Notices about models and rules that failed go to `extracted`.
fn check(extracted: &mut Extracted, session: &Session) -> Vec<Finding> {
    if session.is_stopped() {
        return Vec::new();
    }
    let project = link(extracted, session);
    // At their own levels: what a configuration sets instead differs from folder to folder.
    let rules: Vec<(&'static Rule, Level)> = session.rules().into_iter().map(|rule| (rule, rule.page().level)).collect();
    let findings = session.timed("check", || run(&project, &rules, &mut extracted.notices, session));
    extracted.entered = models::entered(&project, session);
    extracted.files = if session.last { project.leave() } else { project.into_files() };
    findings
}

/// Run rules, each at its level.
fn run(project: &Project, rules: &[(&'static Rule, Level)], notices: &mut Vec<Notice>, session: &Session) -> Vec<Finding> {
    let run = |&(rule, level): &(&'static Rule, Level)| {
        if session.is_stopped() {
            return Ok(Vec::new());
        }
        let mut findings = Findings::new(project, rule, level);
        let check = || guard(|| (rule.check)(project, &mut findings));
        session.timings.rule(rule.name, check).map(|()| findings.into_list()).map_err(|panic| (rule.name, panic))
    };
    let results: Vec<_> = rules.par_iter().map(run).collect();
    let mut findings = Vec::new();
    for result in results {
        match result {
            Ok(found) => findings.extend(found),
            Err((rule, panic)) => notices.push(Notice {
                path: String::new(),
                kind: NoticeKind::RuleFailed,
                message: format!("{rule} failed on this project, which is a fault of ours: {panic}"),
            }),
        }
    }
    findings
}

/// Run `work` on threads of ours. Where the system grants fewer threads we take one.
pub(crate) fn on_workers<T: Send>(session: &Session, work: impl FnOnce() -> T + Send) -> T {
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK).build();
    match pool(session.threads).or_else(|_| pool(1)) {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    }
}

thread_local! {
    /// Front ends of this worker: parsers are costly to make.
    static FRONT_ENDS: RefCell<BTreeMap<Language, Box<dyn FrontEnd>>> = const { RefCell::new(BTreeMap::new()) };
}

fn extract_one(source: Source, learnt: &Learnt, session: &Session) -> Result<FileData, Notice> {
    let Source { path, real, language } = source;
    if session.is_stopped() {
        return Err(Notice { path, kind: NoticeKind::Unreadable, message: "the run was stopped".into() });
    }
    let limits = &session.limits.file;
    let text = match session.tree.text(&real, limits.file_bytes as u64, Some(language)) {
        Ok(text) => text,
        // What is too large or no text and may well be somebody else's is passed over, as it is when its words say so.
        Err((NoticeKind::TooLarge | NoticeKind::NotText, _)) if language.may_be_foreign() => {
            let facts = Builder::new(Span::default()).finish(0);
            return Ok(FileData { path, language, text: "".into(), facts });
        }
        Err((kind, message)) => return Err(Notice { path, kind, message }),
    };
    if let Some((text, facts)) = learnt.take(language, &text, limits) {
        return Ok(FileData { path, language, text, facts });
    }
    let extracted = FRONT_ENDS.with_borrow_mut(|front_ends| {
        let front_end = front_ends.entry(language).or_insert_with(|| language.front_end());
        let extracted = session.timings.file(&path, language.name(), || guard(|| front_end.extract(&text, limits)));
        if extracted.is_err() {
            front_ends.remove(&language);
        }
        extracted
    });
    let not_parsed = |message| Notice { path: path.clone(), kind: NoticeKind::NotParsed, message };
    match extracted {
        Ok(Ok(facts)) => Ok(FileData { path, language, text: text.into(), facts }),
        Ok(Err(error)) => Err(not_parsed(error.to_string())),
        Err(panic) => Err(not_parsed(format!("the front end failed, which is a fault of ours: {panic}"))),
    }
}

/// A file with gaps, in one sentence: the first of them, and how many follow.
fn gap_notice(file: &FileData) -> Option<Notice> {
    let first = file.facts.gaps.first()?;
    let line = LineIndex::new(&file.text).line(first.span.start) + 1;
    let more = match file.facts.gaps.len() - 1 {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let message = format!("line {line}: {}{more}; the rest was analysed", first.reason);
    Some(Notice { path: file.path.clone(), kind: NoticeKind::PartlyParsed, message })
}
