//! `scalelint baseline`: makes and tends the file of findings that a project lives with for now.

use super::{BaselineAction, BaselineOf, many, print, say};
use crate::atomic;
use crate::baseline::{self, Baseline, Entry, Standing, render};
use crate::disk;
use crate::error::Error;
use crate::finding::{Finding, Report};
use crate::scan::scan;
use crate::session::{BaselineChoice, Options, Session};
use crate::terminal::visible;
use crate::walk::Tree;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Run one of the actions.
pub(super) fn run(action: &BaselineAction) -> Result<u8, Error> {
    match action {
        BaselineAction::Create { of, force } => create(of, *force),
        BaselineAction::Update { of, accept_new } => update(of, *accept_new),
        BaselineAction::Prune { of } => prune(of),
        BaselineAction::Explain { of } => explain(of),
    }
}

/// A run against the baseline, with nothing cut.
struct Tended {
    session: Session,
    report: Report,
    baseline: Baseline,
    file: PathBuf,
}

impl Tended {
    fn new(of: &BaselineOf) -> Result<Self, Error> {
        let (mut session, file) = session(of)?;
        let baseline = Baseline::load(&Tree::Disk, &file, &shown(&file, &session))?;
        session.baseline = Some(baseline.clone());
        let report = scan(&session);
        Ok(Self { session, report, baseline, file })
    }

    /// Entries with what became of them, as far as they are about the paths that were typed.
    fn entries(&self) -> impl Iterator<Item = (&Entry, &Standing, bool)> {
        let entries = self.baseline.entries.iter().zip(&self.report.standings);
        entries.map(|(entry, standing)| (entry, standing, self.session.reports(&entry.known.path)))
    }

    /// What the baseline does not hold; its own useless entries are not for it to hold.
    fn new_findings(&self) -> impl Iterator<Item = &Finding> {
        self.report.findings.iter().filter(|finding| self.report.file(finding.place).path != self.baseline.path)
    }

    fn write(&self, entries: &[Entry]) -> Result<(), Error> {
        let text = render(entries);
        if text == *self.baseline.text { Ok(()) } else { write(&self.file, &text) }
    }
}

/// The session without a baseline, and the file that is or will be one.
fn session(of: &BaselineOf) -> Result<(Session, PathBuf), Error> {
    let options = Options { paths: of.paths.clone(), baseline: BaselineChoice::Without, ..of.choosing.options() };
    let mut session = Session::new(&options)?;
    session.unlimited();
    let configured = session.config.baseline.clone();
    let file = of.baseline.clone().unwrap_or_else(|| session.absolute(configured.as_deref().unwrap_or(baseline::DEFAULT)));
    Ok((session, file))
}

/// A file as messages call it.
fn shown(file: &Path, session: &Session) -> String {
    file.strip_prefix(&session.root).unwrap_or(file).to_string_lossy().replace('\\', "/")
}

fn write(file: &Path, text: &str) -> Result<(), Error> {
    let failed = |source| Error::Output { target: format!("`{}`", file.display()), source };
    atomic::write(file, text.as_bytes()).map_err(failed)
}

fn create(of: &BaselineOf, force: bool) -> Result<u8, Error> {
    let (session, file) = session(of)?;
    let name = shown(&file, &session);
    if disk::may_hold(&file) && !force {
        return Err(Error::Usage {
            message: format!("there is a baseline already: `{}`", visible(&name)),
            advice: "`scalelint baseline update` brings it up to date, --force makes it anew".into(),
        });
    }
    let report = scan(&session);
    let entries: Vec<Entry> =
        report.findings.iter().map(|finding| Entry::of(finding, &report.file(finding.place).path)).collect();
    write(&file, &render(&entries))?;
    let mut text = format!("wrote {} to {}\n", many(entries.len(), "finding"), visible(&name));
    if of.baseline.is_none() && session.config.baseline.is_none() {
        let _ = writeln!(text, "to use it: baseline = \"{name}\" in scalelint.toml, or check --baseline {name}");
        let _ = writeln!(text, "to merge it without conflicts: {name} merge=union in .gitattributes");
    }
    text += &incomplete(&report);
    say(&text);
    Ok(0)
}

fn update(of: &BaselineOf, accept_new: bool) -> Result<u8, Error> {
    let tended = Tended::new(of)?;
    let (mut text, mut kept) = (String::new(), Vec::new());
    let (mut added, mut removed, mut moved) = (0, 0, 0);
    for (entry, standing, typed) in tended.entries() {
        match standing {
            Standing::Moved(now) if typed => {
                moved += 1;
                let _ = writeln!(text, "moved    {} to {}", line_of(entry), visible(&now.known.path));
                kept.push((**now).clone());
            }
            Standing::Fixed | Standing::NoRule if typed => {
                removed += 1;
                let _ = writeln!(text, "removed  {}", line_of(entry));
            }
            _ => kept.push(entry.clone()),
        }
    }
    let word = if accept_new { "added" } else { "new" };
    for finding in tended.new_findings() {
        added += 1;
        let entry = Entry::of(finding, &tended.report.file(finding.place).path);
        let _ = writeln!(text, "{word:<9}{}", line_of(&entry));
        if accept_new {
            kept.push(entry);
        }
    }
    tended.write(&kept)?;
    print(text.as_bytes())?;
    let refused = added > 0 && !accept_new;
    let mut closing = format!(
        "{}: {} added, {removed} removed, {moved} moved\n",
        visible(&tended.baseline.path),
        if accept_new { added } else { 0 }
    );
    if refused {
        let _ = writeln!(closing, "{} left out; mend them, or take them in with --accept-new", many(added, "new finding"));
    }
    say(&(closing + &incomplete(&tended.report)));
    Ok(u8::from(refused))
}

fn prune(of: &BaselineOf) -> Result<u8, Error> {
    let tended = Tended::new(of)?;
    let is_useless = |standing: &Standing, typed: bool| typed && matches!(standing, Standing::Fixed | Standing::NoRule);
    let (gone, kept): (Vec<_>, Vec<_>) = tended.entries().partition(|(_, standing, typed)| is_useless(standing, *typed));
    let kept: Vec<Entry> = kept.into_iter().map(|(entry, ..)| entry.clone()).collect();
    // A file that needs nothing is not rewritten, not even sorted.
    if !gone.is_empty() {
        tended.write(&kept)?;
    }
    let text: String = gone.iter().map(|(entry, ..)| format!("removed  {}\n", line_of(entry))).collect();
    print(text.as_bytes())?;
    let closing = format!("{}: {} removed, {} kept\n", visible(&tended.baseline.path), gone.len(), kept.len());
    say(&(closing + &incomplete(&tended.report)));
    Ok(0)
}

fn explain(of: &BaselineOf) -> Result<u8, Error> {
    let tended = Tended::new(of)?;
    let mut text = String::new();
    for (entry, standing, _) in tended.entries().filter(|(.., typed)| *typed) {
        let (word, more) = match standing {
            Standing::Stands => ("stands", String::new()),
            Standing::Moved(now) => ("moved", format!(" (now in {})", visible(&now.known.path))),
            Standing::Fixed => ("fixed", String::new()),
            Standing::NoRule => ("fixed", " (there is no such rule)".into()),
            Standing::Unknown(why) => ("unknown", format!(" ({why})")),
        };
        let _ = writeln!(text, "{word:<9}{}{more}", line_of(entry));
    }
    print(text.as_bytes())?;
    let count = |wanted: fn(&Standing) -> bool| tended.entries().filter(|(_, is, typed)| *typed && wanted(is)).count();
    let closing = format!(
        "{}: {} stand, {} moved, {} fixed, {} unknown; {} not in it\n",
        visible(&tended.baseline.path),
        count(|standing| matches!(standing, Standing::Stands)),
        count(|standing| matches!(standing, Standing::Moved(_))),
        count(|standing| matches!(standing, Standing::Fixed | Standing::NoRule)),
        count(|standing| matches!(standing, Standing::Unknown(_))),
        many(tended.new_findings().count(), "finding"),
    );
    say(&(closing + &incomplete(&tended.report)));
    Ok(0)
}

/// An entry as people know it.
fn line_of(entry: &Entry) -> String {
    let symbol = if entry.symbol.is_empty() { String::new() } else { format!(" in {}", visible(&entry.symbol)) };
    format!("{}{symbol}: [{}] {}", visible(&entry.known.path), visible(&entry.rule), visible(&entry.message))
}

fn incomplete(report: &Report) -> String {
    match report.notices.iter().filter(|notice| notice.kind.is_gap()).count() {
        0 => String::new(),
        count => format!("the analysis is incomplete: {}; `scalelint check` says which\n", many(count, "notice")),
    }
}
