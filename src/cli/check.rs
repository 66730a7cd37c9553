//! `scalelint check`: run the analysis, write the outputs, close with a summary, decide the exit code.

use super::{CheckArgs, Output, WIDTH, fix, ignores, many, print, progress, say, stdin, watch};
use crate::atomic;
use crate::config;
use crate::error::Error;
use crate::finding::{Level, Report};
use crate::fixes::Choice;
use crate::output::{self, Format, Style};
use crate::scan::{Learnt, scan, scan_and_keep};
use crate::session::{BaselineChoice, Options, Session};
use crate::since::{self, Comparison};
use crate::terminal::{ColorChoice, visible};
use crate::walk;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

/// Notices shown without `-v`.
const NOTICES: usize = 5;

/// Run `check`.
pub(super) fn run(arguments: &CheckArgs, color: ColorChoice) -> Result<u8, Error> {
    let outputs = outputs(arguments)?;
    let mut options = options(arguments);
    if arguments.watch {
        let again = |learnt: &Mutex<Learnt>| once(arguments, &options, &outputs, None, Some(learnt), color);
        return watch::run(arguments, &options, &outputs, color, again);
    }
    let file = arguments.stdin_filename.as_deref().map(|file| stdin::read(file, &mut options)).transpose()?;
    once(arguments, &options, &outputs, file.as_deref(), None, color)
}

/// One run. When `file` is given, only it is reported on; when `learnt` is, what the run before learnt is used, and what this one does kept.
fn once(
    arguments: &CheckArgs,
    options: &Options,
    outputs: &[Output],
    file: Option<&Path>,
    learnt: Option<&Mutex<Learnt>>,
    color: ColorChoice,
) -> Result<u8, Error> {
    let choice = fix::choice(arguments)?;
    let comparison = comparison(arguments);
    let compared = comparison.as_ref().map(|comparison| since::options(options, comparison)).transpose()?;
    let options = compared.as_ref().unwrap_or(options);
    let mut session = Session::new(options)?;
    if let Some(file) = file {
        session.filter = file.strip_prefix(&session.root).map(walk::slashed).into_iter().collect();
    }
    if arguments.show_config {
        print(config::shown(&session, options).as_bytes())?;
        return Ok(0);
    }
    let reason = arguments.reason.as_deref().filter(|_| arguments.add_ignores);
    reason.map_or(Ok(()), |reason| ignores::check_reason(reason, &session))?;
    let take = |kept: &Mutex<Learnt>| std::mem::take(&mut *kept.lock().unwrap_or_else(PoisonError::into_inner));
    session.learnt = Mutex::new(learnt.map(take).unwrap_or_default());
    session.last = learnt.is_none();
    if let Some(comparison) = &comparison {
        since::compare(&mut session, comparison)?;
    }
    if arguments.show_files {
        return show_files(&session, arguments);
    }
    let shown = io::stderr().is_terminal() && !arguments.quiet && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
    let mut report = progress::during(&session.progress, shown, || match learnt {
        Some(kept) => {
            let (report, learnt) = scan_and_keep(&session);
            *kept.lock().unwrap_or_else(PoisonError::into_inner) = learnt;
            report
        }
        None => scan(&session),
    });
    if let Some(reason) = reason {
        report = ignores::add(report, &session, reason)?;
    }
    match &choice {
        Some(choice) if arguments.diff => print(fix::show(&report, choice, &session, io::stdout().is_terminal()).as_bytes())?,
        Some(choice) => report = fix::make(report, choice, &session)?,
        None => {}
    }
    // Every output is tried and the summary printed, whatever became of the one before.
    let written: Vec<Result<(), Error>> = outputs.iter().map(|output| write(&report, output, color, arguments.verbose)).collect();
    close(&report, &session, arguments, choice.as_ref());
    written.into_iter().collect::<Result<Vec<()>, Error>>()?;
    exit_code(&report, &session, arguments)
}

fn options(arguments: &CheckArgs) -> Options {
    Options {
        paths: arguments.paths.clone(),
        fail_on: arguments.fail_on,
        threads: arguments.threads.map(usize::from),
        timings: arguments.timings,
        baseline: arguments.baseline.clone().map_or(BaselineChoice::Configured, BaselineChoice::File),
        ..arguments.choosing.options()
    }
}

fn comparison(arguments: &CheckArgs) -> Option<Comparison> {
    let since = arguments.since.clone().map(Comparison::Since);
    since.or(arguments.staged.then_some(Comparison::Staged))
}

/// What to write and where. Nothing said means text on standard output; only files said means only files.
fn outputs(arguments: &CheckArgs) -> Result<Vec<Output>, Error> {
    let mut outputs = arguments.output.clone();
    outputs.extend(arguments.format.map(|format| Output { format, file: None }));
    // A patch goes where the findings would.
    if outputs.is_empty() && !arguments.diff {
        outputs.push(Output { format: Format::Text, file: None });
    }
    for (index, output) in outputs.iter().enumerate() {
        if arguments.diff && output.file.is_none() || outputs[..index].iter().any(|earlier| earlier.file == output.file) {
            let place =
                output.file.as_ref().map_or("standard output".into(), |file| format!("`{}`", visible(&file.to_string_lossy())));
            return Err(Error::Usage {
                message: format!("two outputs go to {place}"),
                advice: "give each its own file: --output sarif=scalelint.sarif".into(),
            });
        }
    }
    Ok(outputs)
}

fn write(report: &Report, output: &Output, color: ColorChoice, whole: bool) -> Result<(), Error> {
    let color = output.file.is_none() && color.enabled(&io::stdout());
    let style = Style { colour: color, width: WIDTH, links: color, whole };
    let mut bytes = Vec::new();
    let target = || output.file.as_ref().map_or("to standard output".into(), |file| format!("`{}`", file.display()));
    let failed = |source| Error::Output { target: target(), source };
    output::render(report, output.format, &style, &mut bytes).map_err(failed)?;
    match &output.file {
        None => print(&bytes),
        Some(file) => atomic::write(file, &bytes).map_err(failed),
    }
}

fn show_files(session: &Session, arguments: &CheckArgs) -> Result<u8, Error> {
    let walked = walk::walk(session);
    let reported = walked.sources.iter().filter(|source| session.reports(&source.path));
    let text = reported.map(|source| format!("{}\n", visible(&source.path))).collect::<String>();
    if text.is_empty() && !arguments.allow_empty {
        return Err(nothing(session));
    }
    print(text.as_bytes())?;
    Ok(0)
}

fn nothing(session: &Session) -> Error {
    let place = match session.filter.as_slice() {
        [path] => session.absolute(path).display().to_string(),
        paths => paths.join("`, `"),
    };
    Error::Nothing { place: place.trim_end_matches('/').into() }
}

/// Whether there was nothing to report on, and there should have been.
fn is_empty(session: &Session, arguments: &CheckArgs) -> bool {
    session.progress.reported.load(Ordering::Relaxed) == 0 && !arguments.allow_empty
}

/// In this order: an incomplete analysis says nothing for certain, so `--strict` reports that before findings.
fn exit_code(report: &Report, session: &Session, arguments: &CheckArgs) -> Result<u8, Error> {
    if is_empty(session, arguments) {
        return Err(nothing(session));
    }
    if arguments.strict && gaps(report) > 0 {
        return Ok(4);
    }
    let fails = report.findings.iter().any(|finding| session.fail_on.fails(finding.level));
    Ok(u8::from(fails && !arguments.exit_zero))
}

/// Notices, statistics and the closing summary, on standard error.
fn close(report: &Report, session: &Session, arguments: &CheckArgs, choice: Option<&Choice>) {
    let mut text = String::new();
    let shown = if arguments.verbose { report.notices.len() } else { NOTICES };
    for notice in report.notices.iter().take(shown) {
        let place = if notice.path.is_empty() { String::new() } else { format!("{}: ", visible(&notice.path)) };
        let _ = writeln!(text, "notice: {place}{} [{}]", visible(&notice.message), notice.kind.name());
    }
    if report.notices.len() > shown {
        let _ = writeln!(text, "notice: {} more; -v shows them all", report.notices.len() - shown);
    }
    if arguments.statistics {
        text += &statistics(report);
    }
    if arguments.verbose || arguments.timings {
        text += &session.timings.shown();
    }
    // Of nothing there is nothing to sum up; the error that follows says so.
    if !arguments.quiet && !is_empty(session, arguments) {
        text += &summary(report, session.known.is_some());
        text += &fix::hint(report, choice);
    }
    say(&text);
}

fn statistics(report: &Report) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in &report.findings {
        *counts.entry(finding.rule).or_default() += 1;
    }
    let mut rows: Vec<_> = counts.into_iter().collect();
    rows.sort_by_key(|(rule, count)| (std::cmp::Reverse(*count), *rule));
    rows.into_iter().fold(String::new(), |mut text, (rule, count)| {
        let _ = writeln!(text, "{count:>6}  {rule}");
        text
    })
}

/// How many notices say that something was not looked at.
fn gaps(report: &Report) -> usize {
    report.notices.iter().filter(|notice| notice.kind.is_gap()).count()
}

fn summary(report: &Report, is_compared: bool) -> String {
    let files = many(report.summary.files, "file");
    let of = |level: Level| report.findings.iter().filter(|finding| finding.level == level).count();
    let levels = [Level::Error, Level::Warning, Level::Note].map(|level| (of(level), level.name()));
    let levels = levels.iter().filter(|(count, _)| *count > 0).map(|(count, name)| many(*count, name)).collect::<Vec<_>>();
    let new = if is_compared { "new " } else { "" };
    let mut text = match report.findings.len() {
        0 => format!("no {new}findings in {files}"),
        count => format!("{} ({}) in {files}", many(count, &format!("{new}finding")), levels.join(", ")),
    };
    if report.known > 0 {
        let _ = write!(text, "; {} known before", report.known);
    }
    if report.summary.baselined > 0 {
        let _ = write!(text, "; {} in the baseline", report.summary.baselined);
    }
    if report.summary.suppressed > 0 {
        let _ = write!(text, "; {} suppressed", report.summary.suppressed);
    }
    if gaps(report) > 0 {
        let _ = write!(text, "; the analysis is incomplete: {}", many(gaps(report), "notice"));
    }
    text + "\n"
}
