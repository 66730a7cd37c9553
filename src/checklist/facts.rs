//! What the questions of the checklist ask with: the sites that count, where they are, and how an answer is given.

use crate::deploy::stages::Stage;
use crate::deploy::workloads::Workload;
use crate::finding::Place;
use crate::link::value::FnId;
use crate::link::{Project, Services, Site};
use crate::models::{EntryKind, Role};
use crate::session::Session;
use crate::views::words;
use std::collections::BTreeSet;

/// Facts that are listed with a line, at most.
pub(super) const MOST: usize = 8;

/// What a question finds.
pub(super) enum Answer {
    /// It holds for all there is: true only as long as all was analysed.
    All(Vec<Fact>),
    /// Something was found that makes it hold, whatever else there is.
    Found(Vec<Fact>),
    /// Nobody can tell, and why; with what is known.
    Unknown(String, Vec<Fact>),
    /// There is nothing that it could be asked of, and what that would be.
    Nothing(String),
}

impl Answer {
    pub(super) fn unknown(reason: impl Into<String>) -> Self {
        Self::Unknown(reason.into(), Vec::new())
    }

    pub(super) fn nothing(reason: &str) -> Self {
        Self::Nothing(reason.to_owned())
    }
}

/// Something that is known.
#[derive(Debug, Clone)]
pub(super) struct Fact {
    pub text: String,
    /// Path and 1-based line.
    pub place: Option<(String, usize)>,
}

/// Asks the project.
pub(super) struct Asker<'p> {
    pub project: &'p Project,
    pub services: Services<'p>,
    session: &'p Session,
}

impl<'p> Asker<'p> {
    pub(super) fn new(project: &'p Project, session: &'p Session) -> Self {
        Self { project, services: project.services(), session }
    }

    /// A fact about the whole.
    pub(super) fn fact(text: impl Into<String>) -> Fact {
        Fact { text: text.into(), place: None }
    }

    /// A fact with its place.
    pub(super) fn fact_at(&self, place: Place, text: impl Into<String>) -> Fact {
        Fact { text: text.into(), place: Some(words::place(self.project, place)) }
    }

    /// What a library's call is, where it stands.
    pub(super) fn site_fact(&self, site: &Site<'_>, text: &str) -> Fact {
        self.fact_at(self.project.site_place(site), format!("{} {text}", site.act.name))
    }

    /// Whether code counts: it is asked about, no test, no script, nothing that runs at a client.
    pub(super) fn counts(&self, function: FnId) -> bool {
        let project = self.project;
        let (file, _) = project.files().locate(function);
        self.session.reports(&project.files().get(file).path)
            && !project.is_test(function)
            && !project.is_script(function)
            && !project.is_client_side(function)
    }

    /// The sites of these roles in code that counts.
    pub(super) fn sites(&self, roles: &[Role]) -> Vec<Site<'p>> {
        let sites = roles.iter().flat_map(|&role| self.project.sites(role));
        sites.filter(|site| self.counts(site.function)).collect()
    }

    /// Those of them that load comes by.
    pub(super) fn hot(&self, roles: &[Role]) -> Vec<Site<'p>> {
        self.sites(roles).into_iter().filter(|site| self.project.is_hot(site.function, site.op)).collect()
    }

    /// Functions that requests, jobs or the clock reach.
    pub(super) fn serving(&self) -> Vec<FnId> {
        let reached = |id: &FnId| EntryKind::SERVING.into_iter().any(|kind| self.project.is_reached(*id, kind));
        self.project.functions().filter(|id| self.counts(*id) && reached(id)).collect()
    }

    /// What deployment files run, but for what only developers start.
    pub(super) fn workloads(&self) -> Vec<&'p Workload> {
        self.project.deployment().workloads.iter().filter(|workload| workload.stage != Stage::Development).collect()
    }
}

/// `3 calls`, `1 call`.
pub(super) fn many(count: usize, word: &str) -> String {
    match (count, word.strip_suffix('y')) {
        (1, _) => format!("1 {word}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        _ => format!("{count} {word}s"),
    }
}

/// The first facts of many, each once, with how many more there are.
pub(super) fn first(facts: Vec<Fact>) -> Vec<Fact> {
    let mut seen = BTreeSet::new();
    let facts: Vec<Fact> = facts.into_iter().filter(|fact| seen.insert((fact.text.clone(), fact.place.clone()))).collect();
    let more = facts.len().saturating_sub(MOST);
    let mut facts: Vec<Fact> = facts.into_iter().take(MOST).collect();
    if more > 0 {
        facts.push(Asker::fact(format!("and {more} more")));
    }
    facts
}
