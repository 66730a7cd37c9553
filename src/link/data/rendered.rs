//! What does a serializer read for each row of a list? Its fields name relations and methods, and no loop stands in the code.

use crate::facts::{Construct, FileFacts, Literal, OpId, OpKind, Operand, OperandForm, StoreMode, Target};
use crate::finding::{Confidence, Place};
use crate::link::Placement;
use crate::link::project::{Project, Site};
use crate::link::reach::surroundings;
use crate::link::values::arguments::{self, Given};
use crate::link::values::eval::{Deadline, Event};
use crate::link::values::value::{ClassRef, FnId, Kind, Type, TypeRef, Value};
use crate::models::schema::{Argument, Lists, Renders};
use crate::models::{Act, ActId, Role, Trait};

/// What a serializer reads for each row of a list.
#[derive(Debug)]
pub struct RenderedRead<'p> {
    /// The body of the serializer, or its method that reads.
    pub function: FnId,
    /// The field's declaration, or the read in the method.
    pub place: Place,
    /// What is read, as people write it: `Book.author`, `Comment.objects.filter(..).count`.
    pub read: String,
    /// What describes it, for advice.
    pub act: Option<&'p Act>,
    /// What lists the rows.
    pub listed: Place,
    /// How that is reached, where it is code.
    pub placement: Option<Placement>,
    /// How sure it is that the rows come without what the field shows, and that they are many.
    pub sure: Confidence,
    /// What further fields of the serializer read for the same list.
    pub others: Vec<(Place, String)>,
}

/// Rows of an entity, given to a serializer.
struct List {
    serializer: ClassRef,
    entity: ClassRef,
    place: Place,
    placement: Option<Placement>,
    sure: Confidence,
}

impl Project {
    /// Fields of serializers that run a query for each row of a list: each once.
    #[must_use]
    pub fn rendered_reads(&self) -> Vec<RenderedRead<'_>> {
        let views = (0..self.classes.all.len()).map(ClassRef::from_index).filter_map(|class| self.list_of_view(class));
        let calls = self.functions().flat_map(|function| self.lists_in(function));
        let mut found: Vec<RenderedRead<'_>> = Vec::new();
        for list in views.chain(calls) {
            let mut reads = self.read_for_each(&list).into_iter();
            let Some(mut first) = reads.next() else { continue };
            first.others = reads.map(|read| (read.place, read.read)).collect();
            if !found.iter().any(|other| other.place == first.place) {
                found.push(first);
            }
        }
        found
    }

    /// The rows that a view lists by its attributes or its method for them.
    fn list_of_view(&self, view: ClassRef) -> Option<List> {
        let (_, modelled) = self.classes.lineage(view);
        let lists: &Lists = modelled.iter().flat_map(|&base| self.models().lineage(base)).find_map(|ty| ty.lists.as_ref())?;
        let (file, local) = self.files().locate_class(view);
        let declared = &self.files().get(file).facts.classes[local.index()];
        let own = |name: &String| lists.rows_by.as_ref() != Some(name) && self.classes.method(view, name).is_some();
        if lists.unless.iter().any(own)
            || self.is_routed_past(view, lists)
            || self.is_test(self.files().function(file, declared.body))
        {
            return None;
        }
        let field = |name: &String| self.classes.field(view, name).map(|field| self.state.field(field));
        let serializer = match field(lists.shown_by.as_ref()?)?.kind {
            Kind::Class(Type { base: TypeRef::Project(serializer), .. }) => serializer,
            _ => return None,
        };
        let method = lists.rows_by.as_ref().and_then(|name| self.classes.method(view, name));
        let rows = match method {
            Some(method) => self.chosen_rows(method)?,
            None => lists.rows.iter().find_map(field)?,
        };
        let few = surroundings::names_administrators(&self.class_name(view));
        // What a method makes of its rows may load more along than is seen.
        let known = if few {
            Confidence::Low
        } else if method.is_some() {
            Confidence::Medium
        } else {
            Confidence::High
        };
        self.list(serializer, rows, known, Place { file, span: declared.name_span }, None)
    }

    /// The rows that a method returns, whichever way it takes: those of a way that loads nothing along. `None` when one of the ways
    /// loads something, or is not known.
    fn chosen_rows(&self, method: FnId) -> Option<Value> {
        let values = self.values(method);
        let returned = self.facts(method).ops.iter().filter_map(|op| match op.kind {
            OpKind::Return(value) => Some(values[value.index()]),
            _ => None,
        });
        // No rows at all: what stands there for the framework's own questions.
        let none = |rows: &Value| rows.has(Trait::Limited) && rows.has(Trait::Keyed);
        let mut chosen = None;
        for rows in returned.filter(|rows| !none(rows)) {
            rows.ty().filter(|&ty| self.entity_in(ty).is_some() && !rows.has(Trait::Eager))?;
            chosen = Some(rows);
        }
        chosen
    }

    /// Rows that code gives to a serializer by itself: `OrderSerializer(orders, many=True)`.
    fn lists_in(&self, function: FnId) -> Vec<List> {
        let lists = self.serialized_in(function).into_iter().filter_map(|(op, serializer, rows)| {
            let placement = self.placement(function, op);
            let counts = placement != Placement::Cold;
            counts.then(|| self.list(serializer, rows, Confidence::High, self.place(function, op), Some(placement)))?
        });
        lists.collect()
    }

    /// Calls of a function that make a serializer of many rows: the call, the serializer and the rows.
    fn serialized_in(&self, function: FnId) -> Vec<(OpId, ClassRef, Value)> {
        let facts = self.facts(function);
        let (file, _) = self.files().locate(function);
        let names = &self.files().get(file).facts;
        let made = self.events(function).iter().filter_map(|event| match *event {
            Event::Made { op, class } => Some((op, class, self.renders(class)?.many.as_ref()?)),
            _ => None,
        });
        let made: Vec<(OpId, ClassRef, &Argument)> = made.collect();
        if made.is_empty() || self.is_test(function) {
            return Vec::new();
        }
        let values = self.values(function);
        let many = made.into_iter().filter_map(|(op, serializer, many)| {
            let OpKind::Call { args, .. } = facts.op(op).kind else { return None };
            let args = facts.list(args);
            let many = given(names, facts, many, args)?;
            let rows = values[arguments::positional(args, 0)?.value.index()];
            matches!(facts.op(many).kind, OpKind::Literal(Literal::Bool(true))).then_some((op, serializer, rows))
        });
        many.collect()
    }

    /// The queries that serializers of many rows run.
    pub(crate) fn serializer_fetches(&self, function: FnId) -> Vec<Site<'_>> {
        let fetches = self.serialized_in(function).into_iter().filter_map(|(op, _, rows)| {
            let act_id = self.models().lineage(rows.model_type()?).find_map(|ty| ty.iterate)?;
            let (act, role) = (self.act(act_id), Role::FetchMany);
            Some(Site { function, op, act, act_id, role, receiver: rows, result: rows, deadline: Deadline::Unknown })
        });
        fetches.collect()
    }

    fn list(
        &self,
        serializer: ClassRef,
        rows: Value,
        known: Confidence,
        place: Place,
        placement: Option<Placement>,
    ) -> Option<List> {
        let entity = rows.ty().and_then(|ty| self.entity_in(ty)).filter(|_| !rows.has(Trait::Eager) && !rows.has(Trait::One))?;
        let known = if rows.inferred { known.min(Confidence::Medium) } else { known };
        Some(List { serializer, entity, place, placement, sure: self.grows(rows).min(known) })
    }

    /// How instances of a class turn rows into answers.
    fn renders(&self, class: ClassRef) -> Option<&Renders> {
        let (_, modelled) = self.classes.lineage(class);
        modelled.into_iter().flat_map(|base| self.models().lineage(base)).find_map(|ty| ty.renders.as_ref())
    }

    /// What the fields of a serializer read for each row.
    fn read_for_each(&self, list: &List) -> Vec<RenderedRead<'_>> {
        let mut found = Vec::new();
        let chosen = self.chosen_fields(list.serializer);
        for class in self.classes.lineage(list.serializer).0 {
            let (file, local) = self.files().locate_class(class);
            let data = self.files().get(file);
            let declared = &data.facts.classes[local.index()];
            let body = self.files().function(file, declared.body);
            let tape = self.facts(body);
            let evaluated = self.evaluated(body);
            for field in &declared.fields {
                let Some(op) = field.value else { continue };
                let OpKind::Call { args, .. } = tape.op(op).kind else { continue };
                let shown = Shown { facts: &data.facts, tape, args: tape.list(args), name: data.facts.names.get(field.name) };
                if class != list.serializer && chosen.as_ref().is_some_and(|chosen| !chosen.contains(&shown.name)) {
                    continue;
                }
                let Some(renders) = self.shows_more(evaluated.values[op.index()], evaluated.acts.get(&op).copied()) else {
                    continue;
                };
                if shown.is_hidden(renders) {
                    continue;
                }
                if let Some(method) = shown.method(renders).and_then(|name| self.classes.method(list.serializer, &name)) {
                    found.extend(self.reads_in_method(method, list));
                    continue;
                }
                let Some(source) = shown.source(renders) else { continue };
                if let Some(act) = self.queried_relation(list.entity, &source) {
                    let read = format!("{}.{source}", self.class_name(list.entity));
                    found.push(list.read(body, Place { file, span: field.span }, read, act));
                }
            }
        }
        if self.drops_fields(list.serializer) {
            found.iter_mut().for_each(|read| read.sure = Confidence::Low);
        }
        found
    }

    /// Whether a serializer takes fields out when it is made: whoever makes it says which it shows.
    fn drops_fields(&self, serializer: ClassRef) -> bool {
        let Some(made) = self.classes.method(serializer, "__init__") else { return false };
        let (facts, file) = (self.facts(made), self.files().locate(made).0);
        let is_fields =
            |op: OpId| matches!(facts.op(op).kind, OpKind::Attribute(_, name) if self.files().name(file, name) == "fields");
        facts.ops.iter().any(|op| match op.kind {
            OpKind::Call { callee, .. } => match facts.op(callee).kind {
                OpKind::Attribute(base, name) => is_fields(base) && self.files().name(file, name) == "pop",
                _ => false,
            },
            OpKind::Store { target: Target::Item(base, _), mode: StoreMode::Removed, .. } => is_fields(base),
            _ => false,
        })
    }

    /// The fields that a serializer chooses by an inner class (`fields = ["id", "name"]`): of those it inherits, the others are not
    /// shown. `None` when the list is not written down whole.
    fn chosen_fields(&self, serializer: ClassRef) -> Option<Vec<&str>> {
        let (file, local) = self.files().locate_class(serializer);
        let facts = &self.files().get(file).facts;
        let body = facts.classes[local.index()].body;
        let inner = facts.classes.iter().filter(|inner| inner.parent == body);
        let mut stores = inner.flat_map(|inner| {
            let tape = &facts.functions[inner.body.index()];
            tape.ops.iter().filter_map(move |op| match op.kind {
                OpKind::Store { target: Target::Name(name), value, .. } if facts.names.get(name) == "fields" => {
                    Some((tape, value))
                }
                _ => None,
            })
        });
        let (tape, value) = stores.next()?;
        let OpKind::Construct(Construct::List | Construct::Tuple, parts) = tape.op(value).kind else { return None };
        let text = |part: &Operand| match tape.op(part.value).kind {
            OpKind::Literal(Literal::Text(name)) if part.form == OperandForm::Plain => Some(facts.names.get(name)),
            _ => None,
        };
        tape.list(parts).iter().map(text).collect()
    }

    /// How a field shows more than the row: by a serializer of its own, or in a form that the library has for that.
    fn shows_more(&self, value: Value, act: Option<ActId>) -> Option<&Renders> {
        let by_act = act.and_then(|act| self.act(act).behaviour.renders.as_deref());
        by_act.or_else(|| match value.kind {
            Kind::Instance(ty) => self.renders(ty.base.project()?),
            _ => None,
        })
    }

    /// The first query that a method runs for the row that it is given.
    fn reads_in_method(&self, method: FnId, list: &List) -> Option<RenderedRead<'_>> {
        let facts = self.facts(method);
        let (file, _) = self.files().locate(method);
        let queries = [Role::FetchOne, Role::FetchMany];
        let site = self.sites_in(method).find(|site| queries.contains(&site.role) && !site.receiver.has(Trait::Writes));
        if let Some(site) = site {
            return Some(list.read(method, self.site_place(&site), self.callee_name(&site), Some(site.act)));
        }
        // `order.customer.name`: an attribute of the row that is a relation, of which more than the key is read.
        let row = facts.params.get(1)?.name;
        let reads = facts.tape().filter_map(|(at, op)| match op.kind {
            OpKind::Attribute(base, name) => Some((at, base, self.files().name(file, name))),
            _ => None,
        });
        let mut related = reads.filter(|&(_, base, _)| matches!(facts.op(base).kind, OpKind::Name(name) if name == row));
        let used = |at: OpId| facts.tape().any(|(_, op)| matches!(op.kind, OpKind::Attribute(base, _) if base == at));
        related.find_map(|(at, _, name)| {
            let act = self.queried_relation(list.entity, name)?;
            used(at).then(|| list.read(method, self.place(method, at), format!("{}.{name}", self.class_name(list.entity)), act))
        })
    }

    /// Whether reading an attribute of rows of an entity runs a query, and what declares it so.
    fn queried_relation(&self, entity: ClassRef, name: &str) -> Option<Option<&Act>> {
        let lineage = self.classes.lineage(entity).0;
        if let Some((_, act)) = self.schema().lazy(self, entity, name) {
            return Some(Some(self.act(act)));
        }
        let many = lineage.iter().any(|&class| self.schema().leads_to_many(class, name));
        (many || lineage.iter().any(|&class| self.classes.reverse.get(class, name).is_some())).then_some(None)
    }
}

impl List {
    fn read<'p>(&self, function: FnId, place: Place, read: String, act: Option<&'p Act>) -> RenderedRead<'p> {
        let placement = self.placement.clone();
        RenderedRead { function, place, read, act, listed: self.place, placement, sure: self.sure, others: Vec::new() }
    }
}

/// A declared field of a serializer.
struct Shown<'p> {
    facts: &'p FileFacts,
    tape: &'p crate::facts::Function,
    args: &'p [Operand],
    name: &'p str,
}

impl Shown<'_> {
    /// Only read from what clients send.
    fn is_hidden(&self, renders: &Renders) -> bool {
        match arguments::find(&self.facts.names, self.tape, &renders.unless, None, self.args) {
            Given::Absent => false,
            Given::Perhaps => true,
            Given::Value(op) => !matches!(self.tape.op(op).kind, OpKind::Literal(Literal::Bool(false))),
        }
    }

    /// The attribute of the row.
    fn source(&self, renders: &Renders) -> Option<String> {
        match given(self.facts, self.tape, &renders.source, self.args) {
            None => Some(self.name.to_owned()),
            Some(op) => self.text(op)?.split('.').next().map(str::to_owned),
        }
    }

    /// The method of the serializer that makes the value.
    fn method(&self, renders: &Renders) -> Option<String> {
        match given(self.facts, self.tape, renders.method.as_ref()?, self.args) {
            None => Some(format!("{}{}", renders.prefix, self.name)),
            Some(op) => self.text(op).map(str::to_owned),
        }
    }

    fn text(&self, op: OpId) -> Option<&str> {
        match self.tape.op(op).kind {
            OpKind::Literal(Literal::Text(text)) => Some(self.facts.names.get(text)),
            _ => None,
        }
    }
}

/// The value given for an argument.
fn given(facts: &FileFacts, tape: &crate::facts::Function, argument: &Argument, args: &[Operand]) -> Option<OpId> {
    match arguments::find(&facts.names, tape, &argument.name, argument.position, args) {
        Given::Value(op) => Some(op),
        _ => None,
    }
}
