//! Analyses, one at a time, on a thread beside the loop. An analysis that nobody waits for any more is told to end early.

use super::Event;
use crate::error::Error;
use crate::finding::Report;
use crate::guard::guard;
use crate::scan::scan;
use crate::session::{Options, Session};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

/// Projects to analyse as they are now.
pub(super) struct Job {
    /// Which state of things this is.
    pub(super) state: u64,
    /// Their roots.
    pub(super) roots: Vec<PathBuf>,
    /// For each of them, but for the paths.
    pub(super) options: Options,
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
    jobs: Sender<(Job, Arc<AtomicBool>)>,
    running: Option<Arc<AtomicBool>>,
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
        let stop = Arc::new(AtomicBool::new(false));
        if self.jobs.send((job, Arc::clone(&stop))).is_ok() {
            self.running = Some(stop);
        }
    }

    /// End the present job early: its outcome comes soon and means nothing.
    pub(super) fn stop(&self) {
        if let Some(stop) = &self.running {
            stop.store(true, Ordering::Relaxed);
        }
    }

    /// The outcome has come.
    pub(super) fn finished(&mut self) {
        self.running = None;
    }
}

fn work(jobs: &Receiver<(Job, Arc<AtomicBool>)>, events: &Sender<Event>) {
    while let Ok((job, stop)) = jobs.recv() {
        let analyse = |root: PathBuf| {
            let options = Options { paths: vec![root.clone()], ..job.options.clone() };
            let analysed = guard(|| analyse(&options, &stop)).unwrap_or_else(|panic| Err(Error::Internal(panic)));
            (root, analysed)
        };
        let projects = job.roots.into_iter().map(analyse).collect();
        if events.send(Event::Analysed(Outcome { state: job.state, projects })).is_err() {
            return;
        }
    }
}

fn analyse(options: &Options, stop: &Arc<AtomicBool>) -> Analysed {
    let mut session = Session::new(options)?;
    session.stop = Arc::clone(stop);
    let report = scan(&session);
    Ok((session, report))
}
