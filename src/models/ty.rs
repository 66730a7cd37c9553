//! A modelled type as rules and evaluation read it.

use super::index::{ActId, ModelTypeId};
use super::schema::{Carries, EntryMethods, Holding, TypeModel};
use super::spec::Spec;
use rustc_hash::FxHashMap;

/// A type, compiled.
#[derive(Debug, Default)]
pub struct ModelType {
    /// Name for messages.
    pub name: String,
    /// Types whose methods it has too.
    pub bases: Vec<ModelTypeId>,
    /// It is the asynchronous flavour: nothing that is called on it blocks.
    pub awaits: bool,
    /// Constructing it.
    pub new: Option<ActId>,
    /// Entering it.
    pub enter: Option<Spec>,
    /// Awaiting it.
    pub awaited: Option<ActId>,
    /// Iterating over it.
    pub iterate: Option<ActId>,
    /// Indexing it.
    pub index: Option<ActId>,
    /// Its methods.
    pub methods: FxHashMap<Box<str>, ActId>,
    /// Its attributes.
    pub fields: FxHashMap<Box<str>, Spec>,
    /// Behaves as its first type argument.
    pub transparent: bool,
    /// What it wraps lives as long as the process.
    pub resident: bool,
    /// Its attributes belong to one request, thread or task.
    pub scoped: bool,
    /// Subclasses deliver mail in their own way.
    pub delivers_mail: bool,
    /// Its attributes hold what the process was configured with.
    pub configures: bool,
    /// As a field, it wants its rows written one by one.
    pub per_row: bool,
    /// Held data that code can change.
    pub holds: Option<Holding>,
    /// Methods of subclasses that the platform calls.
    pub entry_methods: Vec<EntryMethods>,
    /// Subclasses are tests.
    pub test: bool,
    /// Class attributes of subclasses declare fields that each instance has for itself.
    pub record: bool,
    /// Subclasses are rows of a table.
    pub entity: bool,
    /// Where subclasses say how their table is named and which keys it has.
    pub table: Option<super::schema::TableModel>,
    /// Its table is as long as the code makes it.
    pub fixed: bool,
    /// Who imports it uses signed sessions or tokens.
    pub signed: bool,
    /// It stands for something of this process.
    pub handle: bool,
    /// To whom it leads.
    pub carries: Option<Carries>,
    /// Printed as text, it shows the fields of its subclasses, or hides its content.
    pub shows: Option<bool>,
    /// Subclasses make rows of the table that their inner class names.
    pub fills: bool,
    /// The attribute of subclasses that names by what they make rows.
    pub fills_by: Option<String>,
    /// Subclasses turn rows into answers.
    pub renders: Option<super::schema::Renders>,
    /// Subclasses answer with a list.
    pub lists: Option<super::schema::Lists>,
    /// Subclasses may let the client say how many rows he wants.
    pub sized_by_client: Option<super::schema::SizedByClient>,
    /// Attributes that can be set and that nothing reads.
    pub unread: Vec<String>,
}

/// What a type has that is not as written: other types and behaviours by their numbers, values read.
pub(super) struct Parts {
    pub(super) bases: Vec<ModelTypeId>,
    pub(super) new: Option<ActId>,
    pub(super) awaited: Option<ActId>,
    pub(super) iterate: Option<ActId>,
    pub(super) index: Option<ActId>,
    pub(super) methods: FxHashMap<Box<str>, ActId>,
    pub(super) fields: FxHashMap<Box<str>, Spec>,
    pub(super) enter: Option<Spec>,
}

impl ModelType {
    pub(super) fn new(ty: &TypeModel, parts: Parts) -> Self {
        let Parts { bases, new, awaited, iterate, index, methods, fields, enter } = parts;
        Self {
            name: ty.name.first().cloned().unwrap_or_default(),
            bases,
            awaits: ty.awaits,
            new,
            enter,
            awaited,
            iterate,
            index,
            methods,
            fields,
            transparent: ty.transparent,
            resident: ty.resident,
            scoped: ty.scoped,
            delivers_mail: ty.delivers_mail,
            per_row: ty.per_row,
            configures: ty.configures,
            holds: ty.holds,
            entry_methods: ty.entry_methods.clone(),
            test: ty.test,
            record: ty.record,
            entity: ty.entity,
            table: ty.table.clone(),
            renders: ty.renders.clone(),
            fills: ty.fills,
            fills_by: ty.fills_by.clone(),
            lists: ty.lists.clone(),
            sized_by_client: ty.sized_by_client.clone(),
            unread: ty.unread.clone(),
            handle: ty.handle,
            carries: ty.carries,
            shows: ty.shows,
            signed: ty.signed,
            fixed: ty.fixed,
        }
    }
}

/// By each of the names that are joined by `|`.
pub(super) fn named<'t>(fields: impl Iterator<Item = (&'t String, Spec)>) -> FxHashMap<Box<str>, Spec> {
    let each =
        |(names, spec): (&'t String, Spec)| names.split('|').map(|name| (name.trim().into(), spec.clone())).collect::<Vec<_>>();
    fields.flat_map(each).collect()
}
