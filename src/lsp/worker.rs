//! Analyses, one at a time, on a thread beside the loop. An analysis that nobody waits for any more is told to end early. What was
//! learnt of the files of a project is kept from one to the next: most of them are as they were.

use super::Event;
use crate::error::Error;
use crate::finding::Report;
use crate::guard::guard;
use crate::scan::{Learnt, scan_and_keep};
use crate::session::{Options, Session};
use crate::stop::Stop;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

/// Projects to analyse as they are now.
pub(super) struct Job {
    /// Which state of things this is.
    pub(super) state: u64,
    /// Their roots.
    pub(super) roots: Vec<PathBuf>,
    /// For each of them, but for the paths.
    pub(super) options: Options,
    /// All roots that there are: of others nothing need be kept.
    pub(super) known: BTreeSet<PathBuf>,
}

/// What an analysis of one project gave.
pub(super) type Analysed = Result<(Session, Report), Error>;

/// What a job gave.
pub(super) struct Outcome {
    pub(super) state: u64,
    pub(super) projects: Vec<(PathBuf, Analysed)>,
}

/// The thread that analyses.
pub(super) struct Worker {
    jobs: Sender<(Job, Stop)>,
    running: Option<Stop>,
}

impl Worker {
    /// Start the thread; it ends when this is dropped.
    pub(super) fn start(events: Sender<Event>) -> Self {
        let (jobs, inbox) = channel();
        let work = move || work(&inbox, &events);
        let _ = std::thread::Builder::new().name("analysis".into()).spawn(work);
        Self { jobs, running: None }
    }

    /// Whether a job was begun whose outcome has not come yet.
    pub(super) fn is_busy(&self) -> bool {
        self.running.is_some()
    }

    /// Begin a job. There must be none.
    pub(super) fn begin(&mut self, job: Job) {
        let stop = Stop::default();
        if self.jobs.send((job, stop.clone())).is_ok() {
            self.running = Some(stop);
        }
    }

    /// End the present job early: its outcome comes soon and means nothing.
    pub(super) fn stop(&self) {
        if let Some(stop) = &self.running {
            stop.set();
        }
    }

    /// The outcome has come.
    pub(super) fn finished(&mut self) {
        self.running = None;
    }
}

fn work(jobs: &Receiver<(Job, Stop)>, events: &Sender<Event>) {
    let mut learnt = BTreeMap::new();
    while let Ok((job, stop)) = jobs.recv() {
        learnt.retain(|root, _| job.known.contains(root));
        let analyse = |root: PathBuf| {
            let options = Options { paths: vec![root.clone()], ..job.options.clone() };
            let before = learnt.remove(&root).unwrap_or_default();
            let analysed = guard(|| analyse(&options, &stop, before)).unwrap_or_else(|panic| Err(Error::Internal(panic)));
            let analysed = analysed.map(|(session, report, after)| {
                learnt.insert(root.clone(), after);
                (session, report)
            });
            (root, analysed)
        };
        let projects = job.roots.into_iter().map(analyse).collect();
        if events.send(Event::Analysed(Outcome { state: job.state, projects })).is_err() {
            return;
        }
    }
}

fn analyse(options: &Options, stop: &Stop, before: Learnt) -> Result<(Session, Report, Learnt), Error> {
    let mut session = Session::new(options)?;
    session.stop = stop.clone();
    session.learnt = Mutex::new(before);
    let (report, after) = scan_and_keep(&session);
    Ok((session, report, after))
}
