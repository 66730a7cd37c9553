//! What do the settings of a queue's workers say? Jobs, their limits, when their messages count as done, and whether mail is one.

use crate::facts::{FunctionKind, Literal, OpId, OpKind, ParamKind, RegionKind, Target};
use crate::finding::Confidence;
use crate::link::project::{Project, Site};
use crate::link::values::arguments::Chosen;
use crate::link::values::eval::Event;
use crate::link::values::value::{ClassRef, FnId};
use crate::models::schema::Setting;
use crate::models::{ModelTypeId, Parameter, Role};

/// A job that workers run, as registered.
#[derive(Debug, Clone, Copy)]
pub struct Task<'p> {
    /// The registration.
    pub site: Site<'p>,
    /// The function that is run, when the registration decorates it.
    pub body: Option<FnId>,
}

impl Project {
    /// Jobs registered outside tests.
    pub fn tasks(&self) -> impl Iterator<Item = Task<'_>> {
        self.sites(Role::Task).filter(|site| !self.is_test(site.function)).map(|site| {
            let body = self.events(site.function).iter().find_map(|event| match event {
                Event::Decorated { function, op, .. } if *op == site.op => Some(*function),
                _ => None,
            });
            Task { site, body }
        })
    }

    /// Whether mail is left to a queue: by the settings, or by a backend of the project's own, which sends none itself.
    #[must_use]
    pub fn queues_mail(&self) -> bool {
        let leaves = |class: ClassRef| {
            let mut methods = self.classes.all[class.index()].methods.values();
            methods.any(|&method| !self.is_test(method) && self.reaches(method, 2, |site| site.role == Role::Enqueue))
        };
        let classes = || (0..self.classes.all.len()).map(ClassRef::from_index);
        self.is_set_or_default(Setting::QueuedMail)
            || classes().any(|class| self.classes.inherits(self.models(), class, |ty| ty.delivers_mail) && leaves(class))
    }

    /// Whether a job has no limit of its own, and its library gives it none.
    #[must_use]
    pub fn is_unlimited(&self, task: &Task<'_>) -> bool {
        let limit = self.parameter(&task.site, Parameter::Limit);
        matches!(limit, Chosen::Default(_)) && limit.is_off()
    }

    /// Whether the project gives a setting anywhere: a variable, an attribute, a key, a named argument, whatever its value.
    #[must_use]
    pub fn gives_setting(&self, what: Setting) -> bool {
        let models: Vec<&str> =
            self.models().settings().iter().filter(|model| model.says == what).map(|model| model.name.as_str()).collect();
        let files = self.files();
        self.functions().filter(|&function| !self.is_test(function)).any(|function| {
            let facts = self.facts(function);
            let (file, _) = files.locate(function);
            let is_setting = |id| models.contains(&files.name(file, id));
            let at_load = matches!(facts.kind, FunctionKind::Module | FunctionKind::ClassBody);
            facts.ops.iter().any(|op| match op.kind {
                OpKind::Store { target: Target::Name(name), .. } => at_load && is_setting(name),
                OpKind::Store { target: Target::Attribute(_, name), .. } => is_setting(name),
                OpKind::Store { target: Target::Item(_, key), .. } => match facts.op(key).kind {
                    OpKind::Literal(Literal::Text(text)) => is_setting(text),
                    _ => false,
                },
                OpKind::Call { args, .. } => facts.list(args).iter().any(|arg| arg.name.is_some_and(is_setting)),
                OpKind::Construct(_, parts) => facts.list(parts).iter().any(|part| part.name.is_some_and(is_setting)),
                _ => false,
            })
        })
    }

    /// Where a job calls other systems for one row after the other, or is allowed to run for many minutes: it takes long; and how
    /// sure it is that what it loses is not made good. A job without arguments looks for its work itself, the next time as well.
    #[must_use]
    pub fn takes_long(&self, task: &Task<'_>) -> Option<(OpId, Confidence)> {
        let body = task.body?;
        let facts = self.facts(body);
        let bound = usize::from(self.parameter(&task.site, Parameter::Binds).is_on());
        let given = facts.params.iter().filter(|param| param.kind == ParamKind::Normal).count() > bound;
        let sure = if given { Confidence::Medium } else { Confidence::Low };
        if self.parameter(&task.site, Parameter::Limit).number().is_some_and(|seconds| seconds >= LONG) {
            return Some((task.site.op, sure));
        }
        let outside = |role| matches!(role, Role::HttpRequest | Role::RpcCall | Role::MailSend | Role::SdkClient);
        let looped = |op: OpId| {
            facts.regions_around(op).any(|region| matches!(region.kind, RegionKind::Loop { over: Some(_), .. }))
                && self.loops_over_data(body, op)
        };
        let own = self.sites_in(body).filter(|site| outside(site.role)).map(|site| site.op);
        let called =
            self.graph.from(body).filter(|edge| !edge.outside && self.reaches(edge.callee, 2, |site| outside(site.role)));
        let op = own.chain(called.map(|edge| edge.op)).find(|&op| looped(op))?;
        // Who mails to many had better not begin anew.
        let mails = self.reaches(body, 2, |site| site.role == Role::MailSend);
        Some((op, if mails { Confidence::Low } else { sure }))
    }
}

impl Project {
    /// Whether a consumer takes answers to its own questions, or what is told to everybody: a queue that dies with it.
    #[must_use]
    pub fn takes_answers(&self, site: &Site<'_>) -> bool {
        // A helper may have declared the queue.
        let helpers = self.graph.from(site.function).filter(|edge| edge.op < site.op && !edge.outside);
        let declares = |callee: FnId| site.receiver.ty().is_some() && self.result_type(callee) == site.receiver.model_type();
        self.speaks_of_answers(site.function)
            || helpers.map(|edge| edge.callee).any(|callee| declares(callee) && self.speaks_of_answers(callee))
    }

    /// The modelled type of what a function gives.
    fn result_type(&self, function: FnId) -> Option<ModelTypeId> {
        self.state.result(function).model_type()
    }

    fn speaks_of_answers(&self, function: FnId) -> bool {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let says = |id| {
            let text = self.files().name(file, id).to_ascii_lowercase();
            ["reply", "callback_queue", "exclusive", "auto_delete", "response"].iter().any(|word| text.contains(word))
        };
        facts.ops.iter().any(|op| match op.kind {
            OpKind::Literal(Literal::Text(text)) => says(text),
            OpKind::Name(name) | OpKind::Attribute(_, name) => says(name),
            OpKind::Call { args, .. } => facts.list(args).iter().any(|arg| {
                let denied = matches!(facts.op(arg.value).kind, OpKind::Literal(Literal::Bool(false)));
                arg.name.is_some_and(says) && !denied
            }),
            _ => false,
        })
    }
}

/// A job that may run for so many seconds is a long one.
const LONG: i64 = 600;
