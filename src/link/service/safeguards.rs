//! What keeps a service safe under load and at its end: routes for health, limits, ids of requests in its log, and a drained end?

use super::services::{Route, Service, Services};
use crate::facts::{Construct, Literal, NameId, OpId, OpKind, OperandForm, Operator};
use crate::finding::FileId;
use crate::lang::Language;
use crate::link::project::{Project, Site};
use crate::link::reach::surroundings;
use crate::link::reach::words;
use crate::link::values::eval::Event;
use crate::link::values::value::FnId;
use crate::models::{EntryKind, Parameter, Role, Setting};
use rustc_hash::FxHashSet;

/// Where requests are limited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Limits {
    /// For all of the application, or nobody can tell where.
    Somewhere,
    /// For these handlers, by their decorators, and for no other.
    Handlers(Vec<FnId>),
    /// Nowhere in the code.
    Nowhere,
}

/// A server that cuts off its requests when its process is told to stop.
#[derive(Debug)]
pub struct Undrained<'p> {
    /// Its start, or the place that hears the wrong signal.
    pub site: Site<'p>,
    /// It is told to drain, but only by the signal of a keyboard.
    pub by_keyboard: bool,
    /// Something that nobody can read may hear the signal, or another server may run the same application.
    pub perhaps: bool,
}

/// How the log is written to, by the names of methods and macros that all loggers share.
const LEVELS: [&str; 8] = ["trace", "debug", "info", "warning", "warn", "error", "exception", "critical"];

impl<'p> Services<'p> {
    /// Whether something in a service answers a platform that asks for its health.
    #[must_use]
    pub fn answers_health(&self, service: &Service<'p>) -> bool {
        let project = self.project;
        let by_route = self.routes(service).any(|route| {
            words::is_health_path(route.label)
                || words::is_health_name(handler_name(project, route.handler))
                || is_root(route.label) && is_plain_answer(project, route.handler)
        });
        by_route || self.uses(service, Role::HealthRoute) || self.mentions_health(service)
    }

    /// The routes of a service that say so by their path or the name of their handler.
    pub(crate) fn health_routes(&self, service: &Service<'p>) -> impl Iterator<Item = Route<'p>> + use<'p> {
        let project = self.project;
        self.routes(service).filter(move |route| {
            words::is_health_path(route.label) || words::is_health_name(handler_name(project, route.handler))
        })
    }

    /// A file or module by that name, or the path of such a route, wherever it stands: what asks another service aside.
    fn mentions_health(&self, service: &Service<'p>) -> bool {
        let asked = self.asked_texts(service);
        self.files(service).any(|(file, data)| {
            let names = &data.facts.names;
            let stem = data.path.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or_default();
            let imports =
                || data.facts.imports.iter().flat_map(|import| &import.path).any(|&part| words::is_health_name(names.get(part)));
            let rooted = || {
                names.iter().any(|(id, text)| {
                    text.contains(['/', '^', '.']) && words::is_health_path(text) && !asked.contains(&(file, id))
                })
            };
            words::is_health_name(stem) || imports() || rooted() || given_texts(data).any(words::is_health_path)
        })
    }

    /// Texts with which other services are called.
    fn asked_texts(&self, service: &Service<'p>) -> FxHashSet<(FileId, NameId)> {
        let project = self.project;
        let mut asked = FxHashSet::default();
        for site in self.sites(service, Role::HttpRequest) {
            let facts = project.facts(site.function);
            let (file, _) = project.files().locate(site.function);
            let OpKind::Call { args, .. } = facts.op(site.op).kind else { continue };
            for arg in facts.list(args) {
                match facts.op(arg.value).kind {
                    OpKind::Literal(Literal::Text(text)) => _ = asked.insert((file, text)),
                    OpKind::Construct(Construct::Text, parts) => {
                        asked.extend(facts.list(parts).iter().filter_map(|part| match facts.op(part.value).kind {
                            OpKind::Literal(Literal::Text(text)) => Some((file, text)),
                            _ => None,
                        }));
                    }
                    _ => {}
                }
            }
        }
        asked
    }

    /// The routes of a service that strangers try first, or that cost most, each path once.
    #[must_use]
    pub fn exposed(&self, service: &Service<'p>) -> Vec<Route<'p>> {
        let mut seen = FxHashSet::default();
        let by_few = |route: &Route<'_>| {
            [route.label, handler_name(self.project, route.handler)].into_iter().any(surroundings::names_administrators)
        };
        self.routes(service)
            .filter(|route| words::is_exposed(route.label) && !by_few(route) && seen.insert(route.label))
            .collect()
    }

    /// Where a service limits its clients.
    #[must_use]
    pub fn limits(&self, service: &Service<'p>) -> Limits {
        let project = self.project;
        if project.setting(Setting::LimitsRequests).is_some() {
            return Limits::Somewhere;
        }
        let mut decorated = Vec::new();
        let mut decorators = FxHashSet::default();
        for function in project.functions() {
            for event in project.events(function) {
                if let Event::Decorated { function: handler, op, act: Some(act), .. } = event
                    && project.act(*act).behaviour.roles().any(|role| role == Role::Limiter)
                {
                    decorators.insert((function, *op));
                    decorated.push(*handler);
                }
            }
        }
        let limits_all = |site: &Site<'p>| {
            let idle = project.parameter(site, Parameter::DefaultLimit).is_off();
            !idle && !decorators.contains(&(site.function, site.op))
        };
        if self.sites(service, Role::Limiter).any(|site| limits_all(&site)) {
            return Limits::Somewhere;
        }
        if !decorated.is_empty() {
            return Limits::Handlers(decorated);
        }
        if self.uses(service, Role::Limiter) || self.says(service, words::is_limiter_name) || self.refuses(service) {
            return Limits::Somewhere;
        }
        Limits::Nowhere
    }

    /// A limiter made by hand, by what it answers: 429 that is given and not compared with what somebody else answered.
    fn refuses(&self, service: &Service<'p>) -> bool {
        self.files(service).any(|(_, data)| {
            let named = |id: NameId| data.facts.names.get(id).to_ascii_uppercase().contains("TOO_MANY_REQUESTS");
            data.facts.functions.iter().any(|function| {
                let compared: FxHashSet<OpId> = function
                    .ops
                    .iter()
                    .filter_map(|op| match op.kind {
                        OpKind::Operate(
                            Operator::Equal | Operator::NotEqual | Operator::In | Operator::NotIn | Operator::Order,
                            left,
                            right,
                        ) => Some([left, right]),
                        _ => None,
                    })
                    .flatten()
                    .collect();
                function.tape().any(|(at, op)| {
                    let refuses = match op.kind {
                        OpKind::Literal(Literal::Int(429)) => true,
                        OpKind::Attribute(_, id) | OpKind::Name(id) => named(id),
                        _ => false,
                    };
                    refuses && !compared.contains(&at) && is_given(function, at)
                })
            })
        })
    }

    /// Whether something gives the lines of a service's log an id of the request they belong to.
    #[must_use]
    pub fn binds_context(&self, service: &Service<'p>) -> bool {
        self.uses(service, Role::RequestContext) || self.says(service, words::is_request_id)
    }

    /// The first line that some handler of a service writes to the log.
    #[must_use]
    pub fn first_log(&self, service: &Service<'p>) -> Option<(FnId, OpId)> {
        let project = self.project;
        let files: FxHashSet<FileId> = self.files(service).map(|(file, _)| file).collect();
        let hot = project.functions().filter(|&function| {
            files.contains(&project.files().locate(function).0)
                && project.is_reached(function, EntryKind::Request)
                && !project.is_test(function)
        });
        hot.into_iter().find_map(|function| Some((function, log_call(project, function)?)))
    }

    /// Servers of this tree that nothing drains when their process is told to stop.
    #[must_use]
    pub fn undrained(&self) -> Vec<Undrained<'p>> {
        let project = self.project;
        let is_here = |site: &Site<'p>| project.is_program(site) && !site.act.behaviour.roles().any(|role| role == Role::Drain);
        let mut found: Vec<Undrained<'p>> = Vec::new();
        for site in project.sites(Role::Serve).filter(is_here) {
            if found.iter().any(|other| other.site.function == site.function) || self.hears_stop(site.function) {
                continue;
            }
            let tells = self.only_tells_of_itself(site.function);
            if tells == Some(true) {
                continue;
            }
            let perhaps = tells.is_none() || self.is_one_of_several(&site);
            found.push(Undrained { site, by_keyboard: false, perhaps });
        }
        for site in project.sites(Role::Interrupt).filter(|site| !project.is_test(site.function)) {
            let served =
                self.iter().any(|service| self.files(service).any(|(file, _)| file == project.files().locate(site.function).0));
            let client = project.is_client_side(site.function);
            if served && !client && self.drains(site.function) && !self.hears_signal(site.function) {
                found.push(Undrained { site, by_keyboard: true, perhaps: false });
            }
        }
        found
    }

    /// Below a condition, in it or around it, another server may be the usual one. In Rust a choice is one of a command line, or of
    /// two ways to serve with the same library.
    fn is_one_of_several(&self, site: &Site<'p>) -> bool {
        let project = self.project;
        let chosen = |edge: &crate::link::reach::graph::Edge| project.is_conditional(edge.caller, edge.op);
        let mut callers = project.graph.to(site.function).filter(|edge| !edge.outside).peekable();
        project.language(site.function) == Language::Python
            && (project.is_conditional(site.function, site.op) || callers.peek().is_some() && callers.all(chosen))
    }

    fn around(&self, function: FnId, roles: &[Role]) -> bool {
        let project = self.project;
        let files: FxHashSet<FileId> = self.files_around(function).map(|(file, _)| file).collect();
        roles.iter().flat_map(|&role| project.sites(role)).any(|site| files.contains(&project.files().locate(site.function).0))
    }

    /// Whether something around a server drains it or hears the signal to stop.
    fn hears_stop(&self, function: FnId) -> bool {
        self.around(function, &[Role::Drain, Role::StopSignal])
            || self.files_around(function).any(|(_, data)| data.facts.names.iter().any(|(_, name)| words::hears_stop(name)))
    }

    /// Whether a server around it drains when it is told to, and not by itself.
    fn drains(&self, function: FnId) -> bool {
        let files: FxHashSet<FileId> = self.files_around(function).map(|(file, _)| file).collect();
        self.project.sites(Role::Drain).any(|site| {
            let by_itself = site.act.behaviour.roles().any(|role| role == Role::Serve);
            !by_itself && files.contains(&self.project.files().locate(site.function).0)
        })
    }

    fn hears_signal(&self, function: FnId) -> bool {
        self.around(function, &[Role::StopSignal])
            || self.files_around(function).any(|(_, data)| data.facts.names.iter().any(|(_, name)| words::is_stop_signal(name)))
    }
}

/// Texts given to calls as they are: `path("health", view)`.
fn given_texts(data: &crate::link::FileData) -> impl Iterator<Item = &str> {
    data.facts.functions.iter().flat_map(move |function| {
        function.ops.iter().flat_map(move |op| {
            let args = match op.kind {
                OpKind::Call { args, .. } => function.list(args),
                _ => &[],
            };
            args.iter().filter(|arg| arg.form == OperandForm::Plain).filter_map(move |arg| match function.op(arg.value).kind {
                OpKind::Literal(Literal::Text(text)) => Some(data.facts.names.get(text)),
                _ => None,
            })
        })
    })
}

/// Whether a value is handed on: an argument, a returned or raised value, part of an answer; not a member of a list of codes.
fn is_given(function: &crate::facts::Function, value: OpId) -> bool {
    function.tape().any(|(at, op)| match op.kind {
        OpKind::Construct(Construct::Tuple, parts) => {
            function.list(parts).iter().any(|part| part.value == value) && is_given(function, at)
        }
        OpKind::Call { args, .. } | OpKind::Construct(Construct::Struct | Construct::Macro, args) => {
            function.list(args).iter().any(|arg| arg.value == value)
        }
        OpKind::Return(given) | OpKind::Raise(given) => given == value,
        OpKind::Store { value: given, .. } => given == value,
        OpKind::Attribute(base, _) => base == value,
        _ => false,
    })
}

fn handler_name(project: &Project, function: FnId) -> &str {
    let (file, _) = project.files().locate(function);
    project.facts(function).name.map_or("", |name| project.files().name(file, name))
}

fn is_root(label: &str) -> bool {
    matches!(label.rsplit(' ').next(), Some("/" | "^$"))
}

/// A handler that calls nothing of the project and nothing that models describe, and shows no page: it says that it is there.
fn is_plain_answer(project: &Project, handler: FnId) -> bool {
    let (file, _) = project.files().locate(handler);
    let page = |op: &crate::facts::Op| match op.kind {
        OpKind::Literal(Literal::Text(text)) => project.files().name(file, text).contains("html"),
        _ => false,
    };
    project.graph.from(handler).next().is_none()
        && project.sites_in(handler).next().is_none()
        && !project.facts(handler).ops.iter().any(page)
}

/// The first call of a function that writes to a log.
fn log_call(project: &Project, function: FnId) -> Option<OpId> {
    let facts = project.facts(function);
    let (file, _) = project.files().locate(function);
    let name = |id: NameId| project.files().name(file, id);
    let is_logger = |op: OpId| match facts.op(op).kind {
        OpKind::Name(id) | OpKind::Attribute(_, id) => {
            matches!(name(id).trim_start_matches('_').to_ascii_lowercase().as_str(), "log" | "logger" | "logging")
        }
        _ => false,
    };
    facts.tape().find_map(|(at, op)| {
        let logs = match op.kind {
            OpKind::Call { callee, .. } => match facts.op(callee).kind {
                // `tracing::info!(..)`, `info!(..)`
                OpKind::Attribute(_, id) | OpKind::Name(id) if name(id).ends_with('!') => {
                    LEVELS.contains(&name(id).trim_end_matches('!'))
                }
                OpKind::Attribute(base, method) => LEVELS.contains(&name(method)) && is_logger(base),
                _ => false,
            },
            _ => false,
        };
        logs.then_some(at)
    })
}
