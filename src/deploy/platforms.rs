//! Small platform files.

use super::assemble::Deployment;
use crate::link::Files;

pub(super) fn read(_: &Files, _: &mut Deployment) {}
