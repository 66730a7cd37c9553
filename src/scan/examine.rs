//! Every finding of every rule, with what keeps it from being reported: for commands that explain, and that look at the whole. The
//! report itself only needs what is left, so it does not go this way.

use crate::baseline;
use crate::finding::{FileId, Finding, Notice, Place, ReportFile};
use crate::fingerprint;
use crate::known;
use crate::link::Project;
use crate::rules::Rule;
use crate::session::{Origin, Session};
use crate::source::LineIndex;
use crate::suppress::{self, Met};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// A project with all that was found in it.
#[derive(Debug)]
pub struct Examined<'p> {
    /// The project.
    pub project: &'p Project,
    /// What was asked for.
    pub session: &'p Session,
    /// All that any rule found, by place.
    pub findings: Vec<Judged>,
    /// Reports on suppressions that silence nothing.
    pub suppressions: Vec<Finding>,
    /// What could not be analysed.
    pub notices: Vec<Notice>,
    /// The files by their number, those of the configuration included; files without findings have no text.
    pub files: Vec<ReportFile>,
}

/// A finding with what keeps it from being reported.
#[derive(Debug)]
pub struct Judged {
    /// The finding, at the level it would be reported with.
    pub finding: Finding,
    /// Everything that does; empty for what is reported.
    pub silences: Vec<Silence>,
}

/// What keeps a finding from being reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Silence {
    /// Its rule does not run.
    Unselected(Origin),
    /// A comment, or an entry of the configuration.
    Suppressed(Place),
    /// An entry of the baseline, by its file and 1-based line.
    Baselined(String, usize),
    /// It is less sure than what is asked for.
    Unsure,
    /// It lies outside the paths that are asked about.
    Elsewhere,
}

impl Judged {
    /// Whether it would be reported.
    #[must_use]
    pub fn is_reported(&self) -> bool {
        self.silences.is_empty()
    }
}

/// Run every rule and judge what they find.
pub(super) fn examine<'p>(project: &'p Project, session: &'p Session, mut notices: Vec<Notice>) -> Examined<'p> {
    let rules: Vec<_> = Rule::all().iter().map(|rule| (rule, rule.page().level)).collect();
    let mut findings = super::run(project, &rules, &mut notices, session);
    let files = files(project, session, &findings);
    super::report::set_levels(&mut findings, &files, session);
    findings.sort_by(|a, b| (a.place, a.rule, &a.message).cmp(&(b.place, b.rule, &b.message)));
    fingerprint::assign(&mut findings, &files, project.files().list());
    let sources = project.files();
    let config_files = FileId::from_index(sources.list().len() + sources.manifests().count());
    // What the walk met is not asked here: entries of the configuration that meet nothing belong to the whole project.
    let met = Met { excluded: &[], entered: &[] };
    let suppressions = suppress::apply(findings.clone(), sources.list(), met, config_files, notices.is_empty(), session).reports;
    Examined { project, session, findings: judge(project, session, findings, &files), suppressions, notices, files }
}

/// One line for each thing that can silence a finding, in the order in which reports ask.
fn judge(project: &Project, session: &Session, findings: Vec<Finding>, table: &[ReportFile]) -> Vec<Judged> {
    let files = project.files();
    let baselined = baselined(session, &findings, table);
    let config_files = FileId::from_index(files.list().len() + files.manifests().count());
    let suppressions = suppress::silencers(&findings, files.list(), config_files, session);
    let judged = findings.into_iter().zip(suppressions).zip(baselined).map(|((finding, suppressions), baselined)| {
        let path = files.list().get(finding.place.file.index()).map_or("", |file| &file.path);
        let scope = session.scope(path);
        let unselected = scope.selection.level(finding.rule).is_none();
        let silences = unselected
            .then(|| Silence::Unselected(scope.selection.origin(finding.rule)))
            .into_iter()
            .chain(suppressions.into_iter().map(Silence::Suppressed))
            .chain(baselined)
            .chain((finding.confidence < scope.min_confidence).then_some(Silence::Unsure))
            .chain((!session.reports(path)).then_some(Silence::Elsewhere));
        Judged { silences: silences.collect(), finding }
    });
    judged.collect()
}

/// For each finding, the entry of the baseline that it is.
fn baselined(session: &Session, findings: &[Finding], table: &[ReportFile]) -> Vec<Option<Silence>> {
    let mut silences = vec![None; findings.len()];
    let Some(baseline) = &session.baseline else { return silences };
    let seen: Vec<_> = findings.iter().map(|finding| (finding, table[finding.place.file.index()].path.as_str())).collect();
    let known: Vec<_> = baseline.entries.iter().map(|entry| entry.known.clone()).collect();
    let lines = LineIndex::new(&baseline.text);
    let paths: HashSet<&str> = table.iter().map(|file| file.path.as_str()).collect();
    let pairs = known::pair(&known, &seen, |path| baseline::is_gone(path, &paths, session));
    for (entry, at) in baseline.entries.iter().zip(pairs).filter_map(|(entry, at)| Some((entry, at?))) {
        silences[at] = Some(Silence::Baselined(baseline.path.clone(), lines.line(entry.span.start) + 1));
    }
    silences
}

/// Every file by its number; those with findings, and those of the configuration, with their text.
fn files(project: &Project, session: &Session, findings: &[Finding]) -> Vec<ReportFile> {
    let wanted: BTreeSet<FileId> = findings.iter().map(|finding| finding.place.file).collect();
    let empty: Arc<str> = Arc::from("");
    let file =
        |path: &str, text: &Arc<str>| ReportFile { path: path.into(), text: Arc::clone(text), lines: LineIndex::new(text) };
    let sources =
        project.files().iter().map(|(id, data)| file(&data.path, if wanted.contains(&id) { &data.text } else { &empty }));
    let manifests = project.files().manifests().map(|(path, _)| file(path, &empty));
    let configuration = session.config_files().map(|config| file(&config.path, &config.text));
    sources.chain(manifests).chain(configuration).collect()
}

impl Examined<'_> {
    /// Path and 1-based line of a place.
    #[must_use]
    pub fn line(&self, place: Place) -> (&str, usize) {
        if let Some(data) = self.project.files().list().get(place.file.index()) {
            return (&data.path, LineIndex::new(&data.text).line(place.span.start) + 1);
        }
        let file = &self.files[place.file.index()];
        (&file.path, file.lines.line(place.span.start) + 1)
    }
}
