//! Which other system does this call wait for? A host, a setting that names one, a class that wraps one, or the service of an SDK.

use crate::facts::{Construct, Literal, OpId, OpKind};
use crate::finding::Confidence;
use crate::link::names::classes::is_receiver;
use crate::link::project::{Project, Site};
use crate::link::reach::paths::Reached;
use crate::link::reach::settings::is_constant_name;
use crate::link::reach::words::{is_health_name, is_probe};
use crate::link::values::eval::How;
use crate::link::values::flows::{chain_base, last_store};
use crate::link::values::value::{FnId, Kind, Slot};
use crate::models::{Parameter, Role};
use std::collections::BTreeSet;

/// Another system that the service asks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependency {
    /// How people call it.
    pub name: String,
    /// How it is known.
    pub known: KnownBy,
}

/// How a dependency is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KnownBy {
    /// Its address is written down, and lies outside.
    Host,
    /// Its address is written down, and lies inside: no name of the internet.
    InternalHost,
    /// A setting or constant holds its address.
    Setting,
    /// A class of the project keeps its address or client.
    Wrapper,
    /// A variable of the process holds the client.
    Client,
    /// The SDK for it.
    Library,
}

/// A call of another system.
#[derive(Debug, Clone)]
pub struct Asked<'p> {
    /// The call.
    pub site: Site<'p>,
    /// Whom it asks.
    pub dependency: Dependency,
}

/// How many steps an address is followed back, how many calls up a parameter is, and how many callers are asked.
const STEPS: u32 = 16;
const CALLERS: usize = 24;
/// How far a chain of calls is followed back.
const CHAIN: usize = 32;

/// Calls that give back the address they get, or begin with it.
const FIRST: [&str; 10] = ["urljoin", "str", "parse", "from", "from_str", "URL", "Url", "join", "try_from", "AnyHttpUrl"];
const SELF: [&str; 16] = [
    "format",
    "rstrip",
    "strip",
    "lstrip",
    "join",
    "clone",
    "to_string",
    "as_str",
    "to_owned",
    "unwrap",
    "expect",
    "as_ref",
    "trim_end_matches",
    "replace",
    "copy",
    "encode",
];

impl Project {
    /// The calls of these roles, outside tests and programs run by hand, of which it is known whom they ask.
    pub fn asked<'p>(&'p self, roles: &'p [Role]) -> impl Iterator<Item = Asked<'p>> {
        let sites = roles.iter().flat_map(|&role| self.sites(role));
        sites
            .filter(|site| !self.is_test(site.function) && !self.is_client_side(site.function) && !self.is_script(site.function))
            .filter_map(|site| Some(Asked { site, dependency: self.dependency(&site)? }))
    }

    /// Whether a call only looks whether something is there, or is made only when a cache has no answer.
    #[must_use]
    pub fn is_asked_seldom(&self, site: &Site<'_>, reached: &Reached) -> bool {
        let name = self.function_name(site.function).to_ascii_lowercase();
        let last = name.rsplit(['.', ':']).next().unwrap_or_default();
        let probes = last.contains("connect") || last.contains("reachable") || is_health_name(last);
        let callers = self.graph.to(site.function).filter(|edge| !edge.outside).map(|edge| edge.caller);
        probes
            || reached.is_probe()
            || is_probe(&reached.label)
            || std::iter::once(site.function).chain(callers).any(|function| self.has_cache(function))
    }

    /// Whether a function speaks of a cache, or asks something that is one.
    fn has_cache(&self, function: FnId) -> bool {
        let is_cache = |name: &str| name.to_ascii_lowercase().contains("cache");
        self.indexes.has_cache.of(function.index(), self.files().function_count(), || {
            is_cache(&self.whole_text(function)) || self.acts(function).iter().any(|(_, act)| is_cache(&self.act(act).name))
        })
    }

    /// Whether requests or jobs make the objects that wrap a system: then each may lead to another one.
    #[must_use]
    pub fn is_wrapped_anew(&self, asked: &Asked<'_>) -> bool {
        let owner = self.classes.owner[asked.site.function.index()];
        asked.dependency.known == KnownBy::Wrapper && owner.is_some_and(|class| self.made_by_load(class).is_some())
    }

    /// Whom a call asks; `None` when its caller decides, or nobody can tell.
    #[must_use]
    pub fn dependency(&self, site: &Site<'_>) -> Option<Dependency> {
        let mut takes_address = false;
        for op in std::iter::successors(Some(site.op), |&op| chain_base(self.facts(site.function), op)).take(CHAIN) {
            let described =
                self.sites_at(site.function, op).find(|at| at.act.behaviour.parameter.contains_key(&Parameter::Target));
            let Some(described) = described else { continue };
            takes_address = true;
            if let Some(target) = self.parameter_op(&described, Parameter::Target) {
                let address = Address { project: self, seen: BTreeSet::new() }.of(site.function, target, STEPS)?;
                return match address {
                    Found::Dependency(dependency) => Some(dependency),
                    Found::Path => self.client_of(&described),
                };
            }
        }
        if takes_address || site.role == Role::MailSend {
            return None;
        }
        let kept = (site.role == Role::SdkCall).then(|| self.client_of(site)).flatten();
        Some(kept.unwrap_or_else(|| Dependency { name: self.sdk_name(site), known: KnownBy::Library }))
    }

    /// A library by its own name, where the code imports it by that; a model may describe several.
    fn sdk_name(&self, site: &Site<'_>) -> String {
        let library = site.act.library.as_str();
        let names = |data: &crate::link::FileData| {
            data.facts.imports.iter().any(|import| {
                let path: Vec<&str> = import.path.iter().map(|&part| data.facts.names.get(part)).collect();
                path.join("-").replace('_', "-").starts_with(library)
            })
        };
        let own = self.files().iter().any(|(_, data)| names(data));
        if own { library.to_owned() } else { self.callee_name(site) }
    }

    /// What models say at one operation.
    fn sites_at(&self, function: FnId, op: OpId) -> impl Iterator<Item = Site<'_>> {
        self.events(function).iter().filter_map(move |event| self.paged_site(function, event)).filter(move |site| site.op == op)
    }

    /// The client that a relative address is asked of: kept by a class or by the process.
    fn client_of(&self, site: &Site<'_>) -> Option<Dependency> {
        match site.receiver.slot? {
            Slot::Field(field) => {
                Some(Dependency { name: self.class_name(self.classes.fields[field.index()].class), known: KnownBy::Wrapper })
            }
            slot @ Slot::Global(_) => Some(Dependency { name: self.slot_name(slot), known: KnownBy::Client }),
            Slot::Managed(_) | Slot::Stored(_) => None,
        }
    }
}

/// What an address says.
enum Found {
    Dependency(Dependency),
    /// Only a path: the client knows the rest.
    Path,
}

/// An address being followed back to where it comes from.
struct Address<'p> {
    project: &'p Project,
    seen: BTreeSet<FnId>,
}

impl Address<'_> {
    fn of(&mut self, function: FnId, op: OpId, steps: u32) -> Option<Found> {
        let steps = steps.checked_sub(1)?;
        let project = self.project;
        let facts = project.facts(function);
        let (file, _) = project.files().locate(function);
        let text = |name| project.files().name(file, name);
        if let Some(found) = self.written(function, op) {
            return Some(found);
        }
        match facts.op(op).kind {
            OpKind::Construct(Construct::Text | Construct::Macro, parts) => {
                let mut parts = facts.list(parts).iter().map(|part| part.value);
                let first = parts.find(|&part| match facts.op(part).kind {
                    OpKind::Literal(Literal::Text(name)) => !matches!(text(name), "http://" | "https://" | ""),
                    _ => true,
                })?;
                // A host of which only the beginning is written down.
                let cut = matches!(facts.op(first).kind, OpKind::Literal(_));
                if cut { None } else { self.of(function, first, steps) }
            }
            OpKind::Operate(_, left, right) if left != right => self.of(function, left, steps),
            OpKind::Choose(parts) => self.of(function, facts.list(parts).first()?.value, steps),
            OpKind::Await(inner) | OpKind::Try(inner) | OpKind::Enter(inner, _) => self.of(function, inner, steps),
            OpKind::Store { value, .. } => self.of(function, value, steps),
            OpKind::Name(name) => match last_store(facts, name, op).filter(|&stored| stored < op) {
                Some(stored) => self.of(function, stored, steps),
                None => match facts.params.iter().position(|param| param.name == name) {
                    Some(index) => self.passed_in(function, index, steps),
                    None => setting(text(name)),
                },
            },
            OpKind::Attribute(base, name) => self.attribute(function, op, (base, text(name))),
            OpKind::Index(_, key) => match facts.op(key).kind {
                OpKind::Literal(Literal::Text(key)) => setting(text(key)),
                _ => None,
            },
            OpKind::Call { callee, args } => {
                let args = facts.list(args);
                let named = args.first().and_then(|arg| match facts.op(arg.value).kind {
                    OpKind::Literal(Literal::Text(name)) => setting(text(name)),
                    _ => None,
                });
                if named.is_some() {
                    return named;
                }
                let made = self.made_by(function, op, steps);
                if made.is_some() {
                    return made;
                }
                match facts.op(callee).kind {
                    OpKind::Attribute(_, name) | OpKind::Name(name) if FIRST.contains(&text(name)) && !args.is_empty() => {
                        let first = self.of(function, args[0].value, steps);
                        first.or_else(|| self.of(function, chain_base(facts, callee)?, steps))
                    }
                    OpKind::Attribute(base, name) if SELF.contains(&text(name)) => self.of(function, base, steps),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The constant beginning of an address, when it holds the whole host.
    fn written(&self, function: FnId, op: OpId) -> Option<Found> {
        let project = self.project;
        let facts = project.facts(function);
        match facts.op(op).kind {
            OpKind::Literal(Literal::Text(_)) => read(&project.beginning(function, op, 0)?, true),
            OpKind::Construct(Construct::Text, _) => read(&project.beginning(function, op, 0)?, false),
            OpKind::Name(name) if last_store(facts, name, op).is_none() => read(&project.beginning(function, op, 0)?, true),
            OpKind::Attribute(..) => match project.values(function)[op.index()].kind {
                Kind::Text(file, text) => read(project.files().name(file, text), true),
                _ => None,
            },
            _ => None,
        }
    }

    /// `settings.RATES_URL`; `self.base_url` of a class that wraps a system.
    fn attribute(&self, function: FnId, op: OpId, (base, name): (OpId, &str)) -> Option<Found> {
        let project = self.project;
        let facts = project.facts(function);
        if facts.is_static || !is_receiver(facts, base) {
            if is_constant_name(name) {
                return setting(name);
            }
            // `settings.rates_url`
            let origin = project.origin(function, op)?;
            let named = origin.to_ascii_lowercase();
            let configured = ["setting", "config", "slot", "env"].iter().any(|word| named.contains(word));
            let known = KnownBy::Setting;
            return configured.then(|| Found::Dependency(Dependency { name: name.to_owned(), known }));
        }
        let class = project.classes.owner[function.index()]?;
        let row = project.classes.inherits(project.models(), class, |ty| ty.entity || ty.record);
        let address = ["url", "uri", "host", "base", "endpoint", "server", "api", "addr"];
        let says = address.iter().any(|word| name.to_ascii_lowercase().contains(word));
        let dependency = Dependency { name: project.class_name(class), known: KnownBy::Wrapper };
        (says && !row).then_some(Found::Dependency(dependency))
    }

    /// What a function of the project makes: of one return, or of several that agree.
    fn made_by(&mut self, function: FnId, op: OpId, steps: u32) -> Option<Found> {
        let project = self.project;
        let callees = project.graph.from(function);
        let mut callees =
            callees.filter(|edge| edge.op == op && !edge.outside && edge.how == How::Direct).map(|edge| edge.callee);
        let (Some(callee), None) = (callees.next(), callees.next()) else { return None };
        if !self.seen.insert(callee) {
            return None;
        }
        let returned = project.facts(callee).tape().filter_map(|(_, op)| match op.kind {
            OpKind::Return(value) => Some(value),
            _ => None,
        });
        let returned: Vec<OpId> = returned.collect();
        self.agreed(returned.into_iter().map(|value| (callee, value)).collect(), steps)
    }

    /// A parameter: what all callers pass.
    fn passed_in(&mut self, function: FnId, index: usize, steps: u32) -> Option<Found> {
        let project = self.project;
        if !self.seen.insert(function) {
            return None;
        }
        let edges = project.graph.to(function).filter(|edge| !edge.outside && !project.is_test(edge.caller));
        let passed: Option<Vec<(FnId, OpId)>> =
            edges.take(CALLERS + 1).map(|edge| Some((edge.caller, project.passed(edge, index)?))).collect();
        passed.filter(|passed| passed.len() <= CALLERS).and_then(|passed| self.agreed(passed, steps))
    }

    /// What several values lead to, when that is the same for all.
    fn agreed(&mut self, values: Vec<(FnId, OpId)>, steps: u32) -> Option<Found> {
        let mut found = values.into_iter().map(|(function, op)| self.of(function, op, steps));
        let first = found.next()??;
        let same = |other: Option<Found>| match (&first, other) {
            (Found::Dependency(one), Some(Found::Dependency(other))) => *one == other,
            (Found::Path, Some(Found::Path)) => true,
            _ => false,
        };
        found.all(same).then_some(first)
    }
}

/// What the beginning of an address says; `None` when it ends before its host does.
fn read(text: &str, whole: bool) -> Option<Found> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return (text.starts_with('/') && !text.starts_with("//")).then_some(Found::Path);
    };
    if !matches!(scheme, "http" | "https" | "ws" | "wss" | "grpc") {
        return None;
    }
    if !whole && !rest.contains(['/', '?']) {
        return None;
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let host = host.split(':').next().unwrap_or_default();
    // What is put in comes from elsewhere.
    if host.is_empty() || host.contains(['{', '%', '<']) {
        return None;
    }
    let inside = !host.contains('.')
        || [".local", ".internal", ".svc", ".lan", ".localdomain"].iter().any(|end| host.ends_with(end))
        || host.chars().all(|c| c.is_ascii_digit() || c == '.');
    let known = if inside { KnownBy::InternalHost } else { KnownBy::Host };
    Some(Found::Dependency(Dependency { name: host.to_owned(), known }))
}

fn setting(name: &str) -> Option<Found> {
    is_constant_name(name).then(|| Found::Dependency(Dependency { name: name.to_owned(), known: KnownBy::Setting }))
}

impl Dependency {
    /// What tells it from others. Settings that begin with the same word are about one system: `OAUTH_TOKEN_URL`,
    /// `OAUTH_USER_URL`.
    #[must_use]
    pub fn key(&self) -> &str {
        let words = self.name.split('_').count();
        match self.known {
            KnownBy::Setting if words > 2 => self.name.split('_').next().unwrap_or_default(),
            _ => &self.name,
        }
    }

    /// How sure it is that this is one system, and one that others run.
    #[must_use]
    pub fn sure(&self) -> Confidence {
        match self.known {
            KnownBy::Host | KnownBy::Setting | KnownBy::Wrapper | KnownBy::Library => Confidence::Medium,
            KnownBy::Client | KnownBy::InternalHost => Confidence::Low,
        }
    }
}
