//! How long a run took, and what of it: the steps always, single rules and files when somebody asks. Apart since it decides nothing.

use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many rules and files are shown.
const SHOWN: usize = 10;

/// What took how long. Rules and files count the time of the thread that did them: with several threads more than has passed.
#[derive(Debug, Default)]
pub struct Timings {
    /// Whether rules and files are remembered too.
    detailed: bool,
    steps: Mutex<Vec<(&'static str, Duration)>>,
    rules: Mutex<Vec<(&'static str, Duration)>>,
    files: Mutex<Vec<(String, &'static str, Duration)>>,
}

impl Timings {
    /// Nothing yet; rules and files only when `detailed`.
    #[must_use]
    pub fn new(detailed: bool) -> Self {
        Self { detailed, ..Self::default() }
    }

    /// Do `work`, a step of the run.
    pub fn step<T>(&self, step: &'static str, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        remember(&self.steps, (step, start.elapsed()));
        result
    }

    /// Do `work`, which is what `rule` does.
    pub fn rule<T>(&self, rule: &'static str, work: impl FnOnce() -> T) -> T {
        let start = self.detailed.then(Instant::now);
        let result = work();
        if let Some(start) = start {
            remember(&self.rules, (rule, start.elapsed()));
        }
        result
    }

    /// Do `work`, which reads the file at `path` in `language`.
    pub fn file<T>(&self, path: &str, language: &'static str, work: impl FnOnce() -> T) -> T {
        let start = self.detailed.then(Instant::now);
        let result = work();
        if let Some(start) = start {
            remember(&self.files, (path.to_owned(), language, start.elapsed()));
        }
        result
    }

    /// A line for each step, for `-v`; then, when they were asked for, each language, the slowest rules and the slowest files.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut text = String::new();
        let mut line = |what: &str, time: Duration| {
            let _ = writeln!(text, "time: {what} {:.1} ms", time.as_secs_f64() * 1000.0);
        };
        let list = |(step, time): &(&'static str, Duration)| (*step, *time);
        self.steps.lock().unwrap_or_else(PoisonError::into_inner).iter().map(list).for_each(|(step, time)| line(step, time));
        if self.detailed {
            let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
            let languages = files.iter().map(|(_, language, time)| ((*language).to_owned(), *time));
            summed(languages).into_iter().for_each(|(language, time)| line(&format!("front end {language}"), time));
            let rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
            let rules = summed(rules.iter().map(|(rule, time)| ((*rule).to_owned(), *time)));
            rules.into_iter().take(SHOWN).for_each(|(rule, time)| line(&format!("rule {rule}"), time));
            let files = summed(files.iter().map(|(path, _, time)| (crate::terminal::visible(path).into_owned(), *time)));
            files.into_iter().take(SHOWN).for_each(|(path, time)| line(&format!("file {path}"), time));
        }
        text
    }
}

fn remember<T>(list: &Mutex<Vec<T>>, entry: T) {
    list.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
}

/// Times of the same name added up, the longest first.
fn summed(times: impl Iterator<Item = (String, Duration)>) -> Vec<(String, Duration)> {
    let mut sums = std::collections::BTreeMap::<String, Duration>::new();
    times.for_each(|(name, time)| *sums.entry(name).or_default() += time);
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    sums
}
