//! Addresses: the whole path of a route, `/api/v1/users/{id}`. Routes lie in routers, these in others, and each may add the beginning of a
//! path. Apart from `entries`, which tells what is called from outside, since where a router ends up is known only from all files.

mod meant;
mod routers;
mod texts;

use super::entries::{EntryPoint, ONE};
use crate::facts::{OpId, OpKind};
use crate::lang::Language;
use crate::link::Project;
use crate::link::values::arguments::Given;
use crate::link::values::value::FnId;
use crate::models::{Act, EntryKind};
use routers::{Router, Routers};

/// What stands for a part of a path that only a run can tell.
const UNTOLD: &str = "…";
const UNTOLD_MARK: char = '…';

/// Of an address that is longer, only the beginning is of use to anybody.
const LONGEST: usize = 512;

/// The first of several names that begins with a verb of HTTP, or several: `GET|POST /users`.
fn verb_of(label: &str) -> &str {
    let first = label.split(' ').next().unwrap_or_default();
    let is_verb = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'|');
    if is_verb { first } else { "" }
}

impl Project {
    /// Give the entry points that answer requests their whole address, where routers say more of it than their own registration does.
    pub(in crate::link) fn address_entries(&mut self) {
        let routers = Routers::of(self);
        let points = self.entries.points.iter().enumerate().filter(|(_, point)| point.kind == EntryKind::Request);
        let addressed = |(at, point): (usize, &EntryPoint)| {
            let (registrar, op) = point.registered?;
            let path = self.address(&routers, registrar, op, point)?;
            let label = [verb_of(&point.label), &path].join(" ").trim().to_owned();
            (!label.is_empty()).then_some((at, label))
        };
        let labels: Vec<(usize, String)> = points.filter_map(addressed).collect();
        for (at, label) in labels {
            self.entries.points[at].label = label;
        }
        self.entries.leave_unnamed();
        self.entries.sort();
    }

    /// The path of what is registered at an operation; nothing for what answers no path of its own, such as a hook.
    fn address(&self, routers: &Routers, registrar: FnId, op: OpId, point: &EntryPoint) -> Option<String> {
        let act = self.act_at(registrar, op)?;
        let entry = act.behaviour.entry.as_ref()?;
        let facts = self.facts(registrar);
        let own = match (&entry.path, facts.op(op).kind) {
            (Some(path), OpKind::Call { args, .. }) => match self.argument_of(registrar, path, facts.list(args)) {
                Given::Value(path) => self.route_text(registrar, path),
                // An attribute beside the one that says the path: `#[utoipa::path(context_path = "/v0")]`.
                Given::Absent if self.language(registrar) == Language::Rust => return None,
                Given::Absent => String::new(),
                Given::Perhaps => UNTOLD.to_owned(),
            },
            _ => String::new(),
        };
        let own = if entry.actions && point.label.ends_with(ONE) { own + ONE } else { own };
        let on = self.router_called(registrar, op);
        let language = self.language(registrar);
        let nameless = entry.path.is_none() && entry.verb.is_none();
        if on.is_some() && nameless && language != Language::Rust {
            return None;
        }
        let mut places = vec![on.unwrap_or(Router::Made(registrar, op))];
        // `#[get("/users")]` says nothing of the router; whoever puts the function into one does.
        places.extend((language == Language::Rust).then_some(Router::Handler(point.function)));
        let place = places.iter().copied().find(|place| routers.holds(*place)).unwrap_or(places[0]);
        if nameless && !routers.give_path(place) {
            return None;
        }
        let join = if language == Language::Rust { join_nested } else { join };
        let whole = routers.whole(place, own.clone(), join);
        let whole = if entry.relative || whole != own { rooted(&whole) } else { whole };
        match whole.char_indices().nth(LONGEST) {
            Some((at, _)) => Some(format!("{}{UNTOLD}", &whole[..at])),
            None => Some(whole),
        }
    }

    /// What a model says of the call at an operation.
    fn act_at(&self, function: FnId, op: OpId) -> Option<&Act> {
        let acts = self.acts.get(function.index())?;
        acts.binary_search_by_key(&op, |&(op, _)| op).ok().map(|at| self.act(acts[at].1))
    }
}

/// Two parts of a path; one slash between them.
fn join(before: &str, after: &str) -> String {
    match (before.strip_suffix('/'), after.strip_prefix('/')) {
        _ if before.is_empty() => after.to_owned(),
        _ if after.is_empty() => before.to_owned(),
        (Some(before), Some(after)) => format!("{before}/{after}"),
        (None, None) => format!("{before}/{after}"),
        _ => format!("{before}{after}"),
    }
}

/// The same where a route `/` of what is nested is the path that it is nested under.
fn join_nested(before: &str, after: &str) -> String {
    if after == "/" && !before.is_empty() { before.to_owned() } else { join(before, after) }
}

/// A path that is written without the slash it begins with, or as a pattern.
fn rooted(path: &str) -> String {
    let plain: String = path.split('/').map(|part| part.trim_start_matches('^')).collect::<Vec<_>>().join("/");
    let plain = plain.trim_end_matches("\\Z").trim_end_matches('$');
    if plain.starts_with(['/', UNTOLD_MARK]) { plain.to_owned() } else { format!("/{plain}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_joined_by_one_slash() {
        for (before, after, whole) in [
            ("/api", "/users", "/api/users"),
            ("/api/", "/users", "/api/users"),
            ("api", "users", "api/users"),
            ("/api", "", "/api"),
            ("", "/users", "/users"),
            ("/api", "/", "/api/"),
        ] {
            assert_eq!(join(before, after), whole);
        }
        assert_eq!(join_nested("/api", "/"), "/api");
        assert_eq!(join_nested("", "/"), "/");
        assert_eq!(rooted(r"^api/^users/(?P<pk>\d+)/$"), r"/api/users/(?P<pk>\d+)/");
        assert_eq!(rooted(""), "/");
    }

    #[test]
    fn verbs_are_told_from_names() {
        assert_eq!(
            [verb_of("GET /users"), verb_of("GET|POST"), verb_of("/users"), verb_of("Users.get"), verb_of("")],
            ["GET", "GET|POST", "", "", ""]
        );
    }
}
