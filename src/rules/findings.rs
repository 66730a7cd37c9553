//! What a rule fills: findings with their evidence, built up by small sentences.

use super::Rule;
use crate::deploy::workloads::Workload;
use crate::facts::OpId;
use crate::finding::{Confidence, Finding, Level, Note, Place};
use crate::fixes::{Fix, Wanted};
use crate::link::value::FnId;
use crate::link::{Copied, Placement, Project, Reached, Site};
use std::collections::BTreeMap;

/// How many steps a path may have to leave no doubt. Of judged findings that rest on a longer one (`tests/precision`), 9 of 30
/// were right; of those on a shorter one, 95 of 124.
const LONG_WAY: usize = 4;

/// How many places of the same kind are named with one finding, at most.
const OTHERS: usize = 6;

/// What is said of them.
const AS_WELL: &str = "this as well";

/// For a finding that stands for other calls too, as the end of a sentence.
pub(super) fn and_more_calls(count: usize, of: &str) -> String {
    match count {
        0 => String::new(),
        1 => format!(", and 1 more call{of}"),
        _ => format!(", and {count} more calls{of}"),
    }
}

/// The findings of one rule on one project.
#[derive(Debug)]
pub struct Findings<'p> {
    project: &'p Project,
    rule: &'static Rule,
    level: Level,
    list: Vec<Finding>,
    /// Findings that stand for several of one loop: which they are, and what tells the loop's best.
    wholes: BTreeMap<Place, (usize, usize)>,
}

/// A finding being written. Dropping it without [`Draft::report`] reports nothing.
#[must_use = "a draft is reported only by `report`"]
#[derive(Debug)]
pub struct Draft<'f, 'p> {
    findings: &'f mut Findings<'p>,
    finding: Finding,
    /// Where its code is.
    function: Option<FnId>,
}

impl<'p> Findings<'p> {
    /// None yet, for `rule` at `level`.
    #[must_use]
    pub fn new(project: &'p Project, rule: &'static Rule, level: Level) -> Self {
        Self { project, rule, level, list: Vec::new(), wholes: BTreeMap::new() }
    }

    /// Everything that was reported.
    #[must_use]
    pub fn into_list(self) -> Vec<Finding> {
        self.list
    }

    /// Start a finding at an operation.
    pub fn at(&mut self, function: FnId, op: OpId, message: impl Into<String>) -> Draft<'_, 'p> {
        let place = self.project.place(function, op);
        self.at_place(function, place, message)
    }

    /// Start a finding at a site; its help is what the library's model advises.
    pub fn site(&mut self, site: &Site<'_>, message: impl Into<String>) -> Draft<'_, 'p> {
        let help = site.act.advice_for(site.role).unwrap_or_default();
        let inferred = site.receiver.inferred;
        let draft = self.at(site.function, site.op, message).help(help);
        if inferred { draft.less_sure() } else { draft }
    }

    /// Start a finding at any place inside `function`.
    pub fn at_place(&mut self, function: FnId, place: Place, message: impl Into<String>) -> Draft<'_, 'p> {
        let symbol = self.project.symbol(function);
        let mut draft = self.start(symbol, place, message.into());
        draft.function = Some(function);
        draft
    }

    /// Start a finding about a workload, in the files that deploy it.
    pub fn deployed(&mut self, workload: &Workload, place: Place, message: impl Into<String>) -> Draft<'_, 'p> {
        self.declared(&workload.kind, &workload.name, place, message)
    }

    /// Start a finding about anything else that deployment files declare.
    pub fn declared(&mut self, kind: &str, name: &str, place: Place, message: impl Into<String>) -> Draft<'_, 'p> {
        self.start(format!("{kind}/{name}"), place, message.into())
    }

    fn start(&mut self, symbol: String, place: Place, message: String) -> Draft<'_, 'p> {
        let finding = Finding {
            rule: self.rule.name,
            level: self.level,
            confidence: Confidence::High,
            place,
            message,
            help: String::new(),
            trace: Vec::new(),
            related: Vec::new(),
            deployment: Vec::new(),
            fix: None,
            symbol,
            fingerprint: String::new(),
            content: String::new(),
        };
        Draft { findings: self, finding, function: None }
    }
}

impl Draft<'_, '_> {
    /// What to do instead.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.finding.help = help.into();
        self
    }

    /// What to do instead, when the model says nothing.
    pub fn help_otherwise(mut self, help: &str) -> Self {
        if self.finding.help.is_empty() {
            help.clone_into(&mut self.finding.help);
        }
        self
    }

    /// The path that leads here.
    pub fn path(mut self, reached: &Reached) -> Self {
        self.finding.trace.clone_from(&reached.steps);
        self
    }

    /// The path and the confidence that a placement gives.
    pub fn placed(self, placement: &Placement) -> Self {
        match placement {
            // On a long way lie conditions that nobody resolved.
            Placement::Hot(reached) if reached.guessed || reached.steps.len() > LONG_WAY => {
                self.path(reached).at_most(Confidence::Low)
            }
            Placement::Hot(reached) => self.path(reached),
            Placement::Unplaced(confidence) => self.at_most(*confidence),
            Placement::Cold => self,
        }
    }

    /// More steps at the end of the path.
    pub fn steps(mut self, steps: &[Note]) -> Self {
        self.finding.trace.extend_from_slice(steps);
        self
    }

    /// Another place that belongs to it.
    pub fn related(mut self, place: Option<Place>, message: impl Into<String>) -> Self {
        if let Some(place) = place.filter(|place| *place != self.finding.place) {
            self.finding.related.push(Note { place, message: message.into() });
        }
        self
    }

    /// Several places that belong to it.
    pub fn all_related(self, places: impl IntoIterator<Item = (Place, String)>) -> Self {
        places.into_iter().fold(self, |draft, (place, message)| draft.related(Some(place), message))
    }

    /// Places that say how many copies run.
    pub fn deployment(mut self, notes: &[Note]) -> Self {
        let new = |note: &&Note| note.place != self.finding.place && !self.finding.deployment.contains(note);
        let notes: Vec<Note> = notes.iter().filter(new).cloned().collect();
        self.finding.deployment.extend(notes);
        self
    }

    /// One link of the evidence was inferred.
    pub fn less_sure(mut self) -> Self {
        self.finding.confidence = self.finding.confidence.lowered();
        self
    }

    /// No surer than this.
    pub fn at_most(mut self, confidence: Confidence) -> Self {
        self.finding.confidence = self.finding.confidence.min(confidence);
        self
    }

    /// What deployment says of the processes that run it, for what matters only with more than one: several are evidence and weigh
    /// one level more, one alone one level less.
    pub fn in_copies(self) -> Self {
        let copied = self.function.and_then(|function| self.findings.project.copies(function));
        self.weighed(copied)
    }

    /// The same for what matters only with more than one disk.
    pub fn on_disks(self) -> Self {
        let copied = self.function.and_then(|function| self.findings.project.disks(function));
        self.weighed(copied)
    }

    fn weighed(mut self, copied: Option<Copied>) -> Self {
        let Some(copied) = copied else { return self };
        if copied.counted.amount.may_be_many() {
            self.finding.level = self.finding.level.raised();
        } else if copied.proven_single {
            self.finding.level = self.finding.level.lowered();
        } else {
            return self;
        }
        self.deployment(&copied.notes())
    }

    /// The edit that mends it, where that is certain in form.
    pub fn fix(mut self, wanted: &Wanted<'_>) -> Self {
        self.finding.fix = Fix::of(self.findings.project, wanted);
        self
    }

    /// Less weight than the rule's own level.
    pub fn level(mut self, level: Level) -> Self {
        self.finding.level = self.finding.level.min(level);
        self
    }

    /// Report it as the one finding of a loop: of several the surest, nearest and first is kept, with the others as places that
    /// belong to it.
    pub fn report_once_in(self, around: Place, steps: usize) {
        let Self { findings, mut finding, .. } = self;
        let Some((at, nearest)) = findings.wholes.get_mut(&around) else {
            findings.wholes.insert(around, (findings.list.len(), steps));
            findings.list.push(finding);
            return;
        };
        let kept = &mut findings.list[*at];
        let rank = |finding: &Finding, steps: usize| (std::cmp::Reverse(finding.confidence), steps, finding.place);
        if rank(&finding, steps) < rank(kept, *nearest) {
            std::mem::swap(kept, &mut finding);
            kept.related.extend(finding.related.drain(..).filter(|note| note.message == AS_WELL));
            *nearest = steps;
        }
        if finding.place != kept.place
            && kept.related.len() <= OTHERS
            && !kept.related.iter().any(|note| note.place == finding.place)
        {
            kept.related.push(Note { place: finding.place, message: AS_WELL.to_owned() });
        }
    }

    /// Report it. A place in a deployment file speaks for every scenario that is made of it, and is said once: the surest stays.
    pub fn report(self) {
        let Self { findings, finding, function } = self;
        if function.is_none() {
            let known = findings.list.iter_mut().find(|known| known.place == finding.place);
            if let Some(known) = known {
                if (finding.confidence, finding.level) > (known.confidence, known.level) {
                    *known = finding;
                }
                return;
            }
        }
        findings.list.push(finding);
    }
}
