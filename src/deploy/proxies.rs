//! Proxies: settings that tie a client to one server behind them.

use super::assemble::Deployment;
use crate::link::Files;

pub(super) fn read(_: &Files, _: &mut Deployment) {}
