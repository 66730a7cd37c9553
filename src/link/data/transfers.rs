//! Is an upload or body read whole into memory, whatever its size?

use crate::facts::{Literal, OpId, OpKind, Operator};
use crate::link::project::{Project, Site};
use crate::link::reach::paths::{Placement, Reached};
use crate::link::values::arguments::Chosen;
use crate::link::values::flows::{depends, taint};
use crate::link::values::value::{FnId, Kind};
use crate::models::schema::Setting;
use crate::models::{EntryKind, Parameter, Role};

/// Something that a client sent, read whole on the way of a request, and nothing on this way asks how large it is.
#[derive(Debug, Clone)]
pub struct WholeRead<'p> {
    /// The read.
    pub site: Site<'p>,
    /// How it is reached.
    pub placement: Placement,
    /// Its length is looked at when it is in memory already.
    pub late: bool,
}

/// Words of an expression that says how much something is.
const AMOUNTS: [&str; 5] = ["size", "length", "len", "bytes", "limit"];

impl Project {
    /// Every read of this kind.
    #[must_use]
    pub fn whole_reads(&self) -> Vec<WholeRead<'_>> {
        if self.limits_bodies() {
            return Vec::new();
        }
        self.sites(Role::ReadWhole).filter_map(|site| self.whole_read(site)).collect()
    }

    /// Whether what takes as long as its input is large works on what a client sent: the body of the request, an upload. Of other
    /// inputs nobody can tell, and most are small.
    #[must_use]
    pub fn works_on_upload(&self, site: &Site<'_>) -> bool {
        let facts = self.facts(site.function);
        let reads: Vec<OpId> =
            self.sites_in(site.function).filter(|site| site.role == Role::ReadWhole).map(|site| site.op).collect();
        let handles = self.entries.of(site.function).iter().any(|point| point.kind == EntryKind::Request);
        let around = facts.parent.map(|parent| self.files().function(self.files().locate(site.function).0, parent));
        let is_body = |index: usize| {
            let annotation = facts.params.get(index).and_then(|param| param.annotation).zip(around);
            handles
                && annotation.is_some_and(|(op, around)| {
                    matches!(self.text_of(around, op).rsplit([':', '.']).next(), Some("Bytes" | "bytes"))
                })
        };
        let sent = taint(facts, |at| match facts.op(at).kind {
            OpKind::Param(index) => is_body(usize::from(index)),
            OpKind::Name(name) => facts.params.iter().position(|param| param.name == name).is_some_and(is_body),
            OpKind::Call { callee, .. } => reads.contains(&at) || self.reads_body(site.function, callee),
            _ => false,
        });
        depends(facts, site.op, &sent)
    }

    /// `request.body()`, `request.read()`, `request.get_data()`.
    fn reads_body(&self, function: FnId, callee: OpId) -> bool {
        let OpKind::Attribute(base, name) = self.facts(function).op(callee).kind else { return false };
        let (file, _) = self.files().locate(function);
        matches!(self.files().name(file, name), "body" | "read" | "get_data") && self.is_request(function, base, 0)
    }

    fn whole_read<'p>(&self, site: Site<'p>) -> Option<WholeRead<'p>> {
        if !self.takes_all(&site) || self.is_test(site.function) {
            return None;
        }
        let placement = self.placement(site.function, site.op);
        let Placement::Hot(reached) = &placement else { return None };
        if reached.kind != EntryKind::Request || self.is_size_checked(&site, reached) {
            return None;
        }
        let after = |op: OpId| op > site.op;
        let late = self.compares_amounts(site.function, after);
        Some(WholeRead { site, placement, late })
    }

    /// Whether requests that are too large never reach a handler: a setting, a layer, or a function that reads how long they are.
    fn limits_bodies(&self) -> bool {
        self.setting(Setting::LimitsBodies).is_some()
            || self.is_set_by_argument(Setting::LimitsBodies)
            || self.sites(Role::LimitBodies).next().is_some()
            || self.functions().any(|function| !self.is_test(function) && self.reads_length(function))
    }

    /// Whether a function that all requests pass compares the length that a request declares.
    fn reads_length(&self, function: FnId) -> bool {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let says = |id| self.files().name(file, id).replace('_', "-").eq_ignore_ascii_case("content-length");
        let named = |kind: OpKind| match kind {
            OpKind::Literal(Literal::Text(id)) | OpKind::Attribute(_, id) | OpKind::Name(id) => says(id),
            _ => false,
        };
        facts.ops.iter().any(|op| named(op.kind))
            && facts.ops.iter().any(|op| matches!(op.kind, OpKind::Operate(Operator::Order, ..)))
            && self.is_before_handlers(function)
    }

    /// Whether a function runs before whichever handler: it is reached from a hook without a route, or its file is a middleware's.
    fn is_before_handlers(&self, function: FnId) -> bool {
        let (file, _) = self.files().locate(function);
        let hook = |point: &crate::link::EntryPoint| point.kind == EntryKind::Request && point.label.is_empty();
        self.files().get(file).path.contains("middleware")
            || self.entries.of(function).iter().any(hook)
            || self.graph.to(function).any(|edge| self.entries.of(edge.caller).iter().any(hook))
    }

    /// Whether a call reads until nothing is left.
    fn takes_all(&self, site: &Site<'_>) -> bool {
        match self.parameter(site, Parameter::Size) {
            Chosen::Absent | Chosen::Default(_) => true,
            Chosen::Unknown => false,
            Chosen::Given(op, value) => match value.kind {
                _ if value.inferred => false,
                Kind::None => true,
                Kind::Int(size) => size < 0,
                _ => self.is_greatest(site.function, op) && self.is_given_request(site),
            },
        }
    }

    /// The greatest number that its type has.
    fn is_greatest(&self, function: FnId, op: OpId) -> bool {
        self.text_of(function, op).rsplit_once("::").is_some_and(|(ty, name)| name == "MAX" && ty.ends_with("usize"))
    }

    /// Whether what a call reads came in with the request, and is not an answer that the service waited for.
    fn is_given_request(&self, site: &Site<'_>) -> bool {
        let facts = self.facts(site.function);
        let OpKind::Call { args, .. } = facts.op(site.op).kind else { return false };
        let Some(read) = facts.list(args).first() else { return false };
        let Some(parent) = facts.parent else { return false };
        let around = self.files().function(self.files().locate(site.function).0, parent);
        let comes_in = |index: usize| {
            facts.params.get(index).and_then(|param| param.annotation).is_some_and(|op| {
                let ty = self.text_of(around, op);
                !ty.contains("Response") && (ty.contains("Request") || ty.contains("Body"))
            })
        };
        let sent = taint(facts, |at| match facts.op(at).kind {
            OpKind::Param(index) => comes_in(usize::from(index)),
            OpKind::Name(name) => facts.params.iter().position(|param| param.name == name).is_some_and(comes_in),
            _ => false,
        });
        let answered = taint(facts, |at| at < site.op && matches!(facts.op(at).kind, OpKind::Await(_)));
        depends(facts, read.value, &sent) && !depends(facts, read.value, &answered)
    }

    /// Whether something on the way to a read compares a size: before it, in what is called before it, or in a dependency.
    fn is_size_checked(&self, site: &Site<'_>, reached: &Reached) -> bool {
        let before = |function: FnId, op: OpId| function != site.function || op < site.op;
        reached.functions.iter().chain([&site.function]).any(|&function| {
            self.compares_amounts(function, |op| before(function, op))
                || self
                    .graph
                    .from(function)
                    .filter(|edge| edge.outside || before(function, edge.op))
                    .any(|edge| edge.callee != site.function && self.compares_amounts(edge.callee, |_| true))
        })
    }

    fn compares_amounts(&self, function: FnId, counts: impl Fn(OpId) -> bool) -> bool {
        let says = |op: OpId| {
            let text = self.text_of(function, op).to_ascii_lowercase();
            AMOUNTS.iter().any(|word| text.contains(word))
        };
        self.facts(function).tape().any(|(at, op)| match op.kind {
            OpKind::Operate(Operator::Order, left, right) => counts(at) && (says(left) || says(right)),
            _ => false,
        })
    }

    fn text_of(&self, function: FnId, op: OpId) -> &str {
        let data = self.files().get(self.files().locate(function).0);
        self.facts(function).op(op).span.of(&data.text)
    }
}
