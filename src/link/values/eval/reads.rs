//! Looking at what functions share, with a note of it: who has looked is evaluated again when it changes.

use super::super::rounds::Read;
use super::super::value::{FieldId, FnId, GlobalId, StoredId, Value};
use super::Eval;
use crate::facts::NameId;
use crate::models::ModelTypeId;

impl Eval<'_, '_> {
    fn note(&self, read: Read) {
        self.reads.borrow_mut().insert(read);
    }

    pub(super) fn state_result(&self, function: FnId) -> Value {
        self.note(Read::Result(function));
        self.world.state.standing_in(function).iter().for_each(|&other| self.note(Read::Result(other)));
        self.world.state.result(function)
    }

    pub(super) fn state_global(&self, global: GlobalId) -> Value {
        self.note(Read::Global(global));
        self.world.state.global(global)
    }

    pub(super) fn state_field(&self, field: FieldId) -> Value {
        self.note(Read::Field(field));
        self.world.state.field(field)
    }

    pub(super) fn state_stored(&self, stored: StoredId) -> Value {
        self.note(Read::Stored(stored));
        self.world.state.stored(stored)
    }

    pub(super) fn state_captured(&self, function: FnId, name: NameId) -> Option<Value> {
        self.note(Read::Captured(function));
        self.world.state.captured(function, name)
    }

    pub(super) fn state_made(&self, function: FnId) -> &[ModelTypeId] {
        self.note(Read::Made(function));
        self.world.state.made_by_decorators(function)
    }
}
