//! Routers and what they lie in: which of them an operation means, and which others it is put into, with which path.

use crate::facts::{Construct, OpId, OpKind, Operand, Operator, StoreMode, Target};
use crate::link::Project;
use crate::link::values::arguments::Given;
use crate::link::values::eval::How;
use crate::link::values::value::{FnId, Slot};
use crate::models::schema::{Argument, Gathers, Mount};
use rustc_hash::{FxHashMap, FxHashSet};

/// How many routers are looked at on the way of one route up to the application.
const ABOVE: usize = 256;

/// How many routers go by one name at most.
const SAME: usize = 16;

/// Something that holds routes: a router, a blueprint, a list of routes; or a single one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Router {
    /// What lives in a long-lived place.
    Kept(Slot),
    /// What an operation makes.
    Made(FnId, OpId),
    /// What a function returns.
    Returned(FnId),
    /// What a function is given as a parameter.
    Given(FnId, u16),
    /// A function that answers, to which its attributes give a path.
    Handler(FnId),
}

/// What a router is put into.
#[derive(Debug, Clone)]
struct Above {
    router: Router,
    path: Option<String>,
    replaces: bool,
}

/// What is known of one router.
#[derive(Debug, Default)]
struct Known {
    /// What it is put into.
    above: Vec<Above>,
    /// What the paths of its routes begin with, by its own word.
    own: Option<String>,
    /// Where it is kept, and by which function it is returned: the same thing under another name.
    names: Vec<Router>,
    /// What is kept or returned there, if it is such a name.
    named: Vec<Router>,
}

/// All routers of a project, with what they lie in.
#[derive(Debug, Default)]
pub(super) struct Routers {
    known: FxHashMap<Router, Known>,
    /// Functions that are still to be read.
    open: Vec<FnId>,
    /// Parameters whose arguments were looked at.
    asked: FxHashSet<(FnId, u16)>,
}

impl Routers {
    /// Find them: in every function that registers routes, and in those that hand routers on.
    pub(super) fn of(project: &Project) -> Self {
        let mut routers =
            Self { open: project.functions().filter(|id| project.handles_routes(*id)).collect(), ..Self::default() };
        let mut read = FxHashSet::default();
        while let Some(function) = routers.open.pop() {
            if read.insert(function) {
                routers.read(project, function);
            }
        }
        routers
    }

    /// Whether anything is known of a router but that it is there.
    pub(super) fn holds(&self, router: Router) -> bool {
        self.known.contains_key(&router)
    }

    /// Whether whoever puts this into a router gives it a path.
    pub(super) fn give_path(&self, router: Router) -> bool {
        let begins = |router: Router| self.meant(router).iter().any(|known| known.own.is_some());
        self.known.get(&router).is_some_and(|known| known.above.iter().any(|above| above.path.is_some() || begins(above.router)))
    }

    /// A router, and what goes by its name.
    fn meant(&self, router: Router) -> Vec<&Known> {
        let mut meant = vec![router];
        let mut at = 0;
        while let Some(known) = meant.get(at).and_then(|router| self.known.get(router)) {
            let new: Vec<Router> = known.named.iter().copied().filter(|named| !meant.contains(named)).collect();
            meant.extend(new.into_iter().take(SAME));
            at += 1;
        }
        meant.iter().filter_map(|router| self.known.get(router)).take(SAME).collect()
    }

    /// The whole path of a route with the path `rest` in a router. Of several, that with the least untold, then the shortest.
    pub(super) fn whole(&self, router: Router, rest: String, join: fn(&str, &str) -> String) -> String {
        let alone = rest.clone();
        let mut open = vec![(router, None, rest)];
        let mut seen = FxHashSet::default();
        let mut found: Vec<String> = Vec::new();
        while let Some((router, own, rest)) = open.pop() {
            if seen.len() > ABOVE || !seen.insert((router, own.clone(), rest.clone())) {
                continue;
            }
            let meant = self.meant(router);
            // What came here under another name has begun the path already.
            let own: String = own.or_else(|| meant.iter().find_map(|known| known.own.clone())).unwrap_or_default();
            let mut above = meant.iter().flat_map(|known| &known.above).peekable();
            let names = self.known.get(&router).map_or(&[][..], |known| known.names.as_slice());
            if above.peek().is_none() && names.is_empty() {
                found.push(join(&own, &rest));
            }
            for above in above {
                let rest = match &above.path {
                    Some(path) if above.replaces => join(path, &rest),
                    Some(path) => join(path, &join(&own, &rest)),
                    None => join(&own, &rest),
                };
                open.push((above.router, None, rest));
            }
            open.extend(names.iter().map(|name| (*name, Some(own.clone()), rest.clone())));
        }
        let untold = |path: &String| path.matches(super::UNTOLD).count();
        // Routers that lie in each other lead nowhere.
        found.into_iter().min_by_key(|path| (untold(path), path.len(), path.clone())).unwrap_or(alone)
    }

    /// What an operation gives is kept or returned under this name; of a sum, `urlpatterns + more`, what it adds is put there.
    fn keep(&mut self, project: &Project, function: FnId, value: OpId, name: Router) {
        let mut parts = vec![value];
        let mut at = 0;
        while let Some(&part) = parts.get(at) {
            match project.facts(function).op(part).kind {
                OpKind::Operate(Operator::Add, left, right) => {
                    parts.splice(at..=at, [left, right]);
                }
                _ => at += 1,
            }
        }
        for part in &parts {
            let router = project.router_at(function, *part);
            if parts.len() == 1 {
                self.name(project, router, name);
            } else {
                self.put(project, router, name, None, false);
            }
        }
    }

    fn name(&mut self, project: &Project, router: Router, name: Router) {
        self.look(project, router);
        self.look(project, name);
        if router != name {
            self.known.entry(router).or_default().names.push(name);
            self.known.entry(name).or_default().named.push(router);
        }
    }

    fn put(&mut self, project: &Project, router: Router, into: Router, path: Option<String>, replaces: bool) {
        self.look(project, router);
        self.look(project, into);
        if router != into {
            self.known.entry(router).or_default().above.push(Above { router: into, path, replaces });
        }
    }

    /// See to it that what else says something of a router is read as well.
    fn look(&mut self, project: &Project, router: Router) {
        match router {
            Router::Returned(function) => self.open.push(function),
            Router::Given(function, param) if self.asked.insert((function, param)) => {
                for edge in project.graph.to(function).filter(|edge| edge.how == How::Direct && !edge.outside && !edge.guessed) {
                    if let Some(given) = project.passed(edge, usize::from(param)) {
                        self.open.push(edge.caller);
                        self.put(project, router, project.router_at(edge.caller, given), None, false);
                    }
                }
            }
            _ => {}
        }
    }

    /// What a function does with routers.
    fn read(&mut self, project: &Project, function: FnId) {
        let facts = project.facts(function);
        let router = |op: OpId| project.router_at(function, op);
        for (op, at) in facts.tape() {
            let made = Router::Made(function, op);
            match at.kind {
                OpKind::Call { args, .. } => {
                    let Some(act) = project.act_at(function, op) else { continue };
                    let args = facts.list(args);
                    if let Some(gathers) = &act.behaviour.gathers {
                        self.gather(project, function, made, gathers, args);
                    }
                    if let Some(mount) = &act.behaviour.mount {
                        let into = project.router_called(function, op).unwrap_or(made);
                        self.mount(project, function, into, mount, args);
                    }
                }
                OpKind::Construct(Construct::List | Construct::Tuple | Construct::Set, parts) => {
                    facts.list(parts).iter().for_each(|part| self.put(project, router(part.value), made, None, false));
                }
                OpKind::Store { target, value, mode: StoreMode::Plain | StoreMode::Augmented } => {
                    let place = match target {
                        Target::Name(name) => project.written_global(function, name).map(Slot::Global),
                        Target::Attribute(base, name) => project.written_field(function, base, name),
                        _ => None,
                    };
                    if let Some(place) = place {
                        self.keep(project, function, value, Router::Kept(place));
                    }
                }
                OpKind::Return(value) => self.keep(project, function, value, Router::Returned(function)),
                _ => continue,
            }
        }
    }

    fn gather(&mut self, project: &Project, function: FnId, made: Router, gathers: &Gathers, args: &[Operand]) {
        let given = |argument: &Argument| match project.argument_of(function, argument, args) {
            Given::Value(op) => Some(op),
            _ => None,
        };
        let text = |argument: &Argument| Some(project.route_text(function, given(argument)?));
        let named = || Some(format!("/{}", text(gathers.named.as_ref()?)?));
        if let Some(path) = text(&gathers.path).or_else(named) {
            self.known.entry(made).or_default().own = Some(path);
        }
        let within = gathers.within.as_ref().and_then(given).map(|op| project.router_at(function, op));
        // `api.namespace("users")` lies in what it is called on.
        let Router::Made(_, op) = made else { return };
        if let Some(within) = within.or_else(|| project.router_called(function, op)) {
            self.put(project, made, within, None, false);
        }
    }

    fn mount(&mut self, project: &Project, function: FnId, into: Router, mount: &Mount, args: &[Operand]) {
        let given = |argument: &Argument| match project.argument_of(function, argument, args) {
            Given::Value(op) => Some(op),
            _ => None,
        };
        let Some(routes) = given(&mount.routes) else { return };
        let path = mount.path.as_ref().and_then(given).map(|path| project.route_text(function, path));
        // `include(("shop.urls", "shop"))`
        let facts = project.facts(function);
        let further = args.iter().filter(|arg| mount.all && arg.name.is_none() && arg.value > routes).map(|arg| arg.value);
        let mut parts: Vec<OpId> = further.chain([routes]).collect();
        if let OpKind::Construct(Construct::Tuple, all) = facts.op(routes).kind {
            let is_named = |op: &OpId| !matches!(facts.op(*op).kind, OpKind::Construct(..));
            parts.extend(facts.list(all).iter().map(|part| part.value).filter(is_named));
        }
        for routes in parts {
            for router in project.routers_meant(function, routes) {
                self.put(project, router, into, path.clone(), mount.replaces);
            }
        }
    }
}
