//! Does anything on the way to a call stop it, or send it again, when the other system fails? What speaks of it anywhere counts:
//! of what is missing, only silence is evidence.

use crate::facts::{Literal, OpId, OpKind, RegionKind};
use crate::finding::FileId;
use crate::link::indexes::Each;
use crate::link::project::{Project, Site};
use crate::link::values::flows::chain_base;
use crate::link::values::value::{ClassRef, FnId, TypeRef};
use crate::models::{Role, Trait};
use crate::source::Span;
use aho_corasick::AhoCorasick;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// What code that stops calling a failing system is called.
const STOPS: [&str; 7] = ["breaker", "circuit", "cooldown", "cool_down", "half_open", "failsafe", "outlier"];

/// What code that tries again is called.
const AGAIN: [&str; 11] = [
    "retry",
    "retries",
    "retried",
    "retriable",
    "retryable",
    "backoff",
    "back_off",
    "attempts",
    "attempt in",
    "max_tries",
    "num_tries",
];

static STOPS_ANYWHERE: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| finder(&STOPS));
static AGAIN_ANYWHERE: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| finder(&AGAIN));

/// How many calls up, and how many functions in all.
const UP: usize = 8;
const MANY: usize = 600;

/// What guards calls of other systems.
#[derive(Debug)]
pub struct Guards<'p> {
    project: &'p Project,
    /// Functions that run behind a breaker of a library.
    stopped: BTreeSet<FnId>,
    /// Functions that are tried again, or try something again.
    again: BTreeSet<FnId>,
    /// Files that speak of breakers.
    speaks: Each<bool>,
    /// Functions that speak of trying again.
    tries: Each<bool>,
}

impl Project {
    /// What guards calls of other systems.
    #[must_use]
    pub fn guards(&self) -> Guards<'_> {
        let decorated = |site: Site<'_>| self.decorated(&site).map_or(site.function, |memo| memo.function);
        let stopped = self.sites(Role::Breaker).map(decorated).collect();
        let again = self.retries().iter().flat_map(|retry| retry.guarded.iter().copied().chain([retry.function])).collect();
        Guards { project: self, stopped, again, speaks: Each::default(), tries: Each::default() }
    }

    /// Whether a call asks for something, or says how something shall be: to ask twice is the same as to ask once.
    #[must_use]
    pub fn is_repeatable(&self, site: &Site<'_>) -> bool {
        let facts = self.facts(site.function);
        let (file, _) = self.files().locate(site.function);
        let name = |id| self.files().name(file, id).to_ascii_lowercase();
        let verb = std::iter::successors(Some(site.op), |&op| chain_base(facts, op)).take(CHAIN).find_map(|op| {
            let OpKind::Call { callee, args } = facts.op(op).kind else { return None };
            let (OpKind::Attribute(_, id) | OpKind::Name(id)) = facts.op(callee).kind else { return None };
            match name(id).as_str() {
                verb @ ("get" | "head" | "options" | "put" | "delete" | "post" | "patch") => Some(verb.to_owned()),
                "request" | "stream" => match facts.op(facts.list(args).first()?.value).kind {
                    OpKind::Literal(Literal::Text(id)) | OpKind::Attribute(_, id) => Some(name(id)),
                    _ => None,
                },
                "urlopen" if args.len == 1 => Some("get".to_owned()),
                _ => None,
            }
        });
        verb.is_some_and(|verb| matches!(verb.as_str(), "get" | "head" | "options" | "put" | "delete"))
    }

    /// Whether a call lies in a loop that goes on until something has come: the next round asks again.
    #[must_use]
    pub fn comes_round(&self, function: FnId, op: OpId) -> bool {
        self.facts(function).regions_around(op).any(|region| matches!(region.kind, RegionKind::Loop { over: None, .. }))
    }
}

/// How far a chain of calls is followed back.
const CHAIN: usize = 32;

impl Guards<'_> {
    /// Whether something on some way to a call may stop it when the other system fails.
    #[must_use]
    pub fn may_stop(&self, site: &Site<'_>) -> bool {
        let all = self.project.files();
        let speaks =
            |file: FileId| self.speaks.of(file.index(), all.list().len(), || says(&all.get(file).all_spoken(), &STOPS_ANYWHERE));
        let files = |class: ClassRef| self.project.files().locate_class(class).0;
        self.classes(site).into_iter().any(|class| speaks(files(class)))
            || self
                .ways(site.function)
                .into_iter()
                .any(|function| self.stopped.contains(&function) || self.files_around(function).any(&speaks))
    }

    /// The file of a function, and those of which it imports every name: a breaker may stand in one of these.
    fn files_around(&self, function: FnId) -> impl Iterator<Item = FileId> + '_ {
        self.project.modules.files_through(self.project.files().locate(function).0)
    }

    /// Whether something on some way to a call, or in its client, may send it again when it failed.
    #[must_use]
    pub fn may_try_again(&self, site: &Site<'_>) -> bool {
        let traits = site.receiver.traits.union(site.result.traits).union(site.act.adds);
        // Who only declares a client does not say how it was made.
        if traits.has(Trait::MaybeRetried) || site.receiver.declared {
            return true;
        }
        let project = self.project;
        let class_says = |class: ClassRef| {
            let (file, local) = project.files().locate_class(class);
            let data = project.files().get(file);
            says(&data.spoken(data.facts.classes[local.index()].span), &AGAIN_ANYWHERE)
        };
        self.classes(site).into_iter().any(class_says)
            || self.ways(site.function).into_iter().any(|function| {
                let tries = || says(&project.whole_text(function), &AGAIN_ANYWHERE);
                self.again.contains(&function)
                    || self.stopped.contains(&function)
                    || self.tries.of(function.index(), project.files().function_count(), tries)
            })
    }

    /// The classes that a call is made by and on, with their bases.
    fn classes(&self, site: &Site<'_>) -> Vec<ClassRef> {
        let project = self.project;
        let on = site.receiver.ty().and_then(|ty| match ty.base {
            TypeRef::Project(class) => Some(class),
            TypeRef::Model(_) => None,
        });
        let by = project.classes.owner[site.function.index()];
        on.into_iter().chain(by).flat_map(|class| project.classes.lineage(class).0).collect()
    }

    /// All functions on ways to a function, itself included, with what decorates them and what they are written in.
    fn ways(&self, function: FnId) -> BTreeSet<FnId> {
        let project = self.project;
        let mut found = BTreeSet::from([function]);
        let mut level = vec![function];
        for _ in 0..UP {
            let mut next = Vec::new();
            for function in level {
                let (file, _) = project.files().locate(function);
                let around = project.facts(function).parent.map(|parent| project.files().function(file, parent));
                let around = around.filter(|&parent| project.facts(parent).name.is_some());
                let callers = project.graph.to(function).map(|edge| edge.caller);
                let decorators = project.graph.from(function).filter(|edge| edge.outside).map(|edge| edge.callee);
                next.extend(
                    around
                        .into_iter()
                        .chain(callers)
                        .chain(decorators)
                        .filter(|&other| !project.is_test(other) && found.len() < MANY && found.insert(other)),
                );
            }
            level = next;
        }
        found
    }
}

impl Project {
    /// The text of a function with its decorators, but for comments that silence rules.
    pub(crate) fn whole_text(&self, function: FnId) -> Cow<'_, str> {
        let (file, _) = self.files().locate(function);
        let data = self.files().get(file);
        let facts = self.facts(function);
        let parent = facts.parent.map(|parent| &data.facts.functions[parent.index()]);
        let decorators = parent.into_iter().flat_map(|parent| facts.decorators.iter().map(|&op| parent.op(op).span.start));
        let start = decorators.chain([facts.span.start]).min().unwrap_or_default();
        data.spoken(Span { start, end: facts.span.end })
    }
}

/// Finds any of some words in texts, in small letters and capitals.
fn finder(words: &[&str]) -> Option<AhoCorasick> {
    AhoCorasick::builder().ascii_case_insensitive(true).build(words).ok()
}

fn says(text: &str, words: &LazyLock<Option<AhoCorasick>>) -> bool {
    words.as_ref().is_some_and(|words| words.is_match(text))
}
