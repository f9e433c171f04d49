//! Without the feature, nobody is told anything.

use crate::event::Event;
use crate::router::Answer;
use codex_protocol::Id;

#[derive(Debug)]
pub(crate) struct RequestSpan;

// With braces, for the lints mind `default()` of a struct without.
#[derive(Debug, Default)]
pub(crate) struct Callers {}

#[derive(Debug, Default)]
pub(crate) struct Observer {}

impl RequestSpan {
    pub(crate) fn new(_: &'static str, _: Option<&Id>) -> Self {
        Self
    }

    pub(crate) fn sent(&self, _: i64, _: &[u8]) {}

    pub(crate) fn answered(&self, _: &Answer) {}
}

impl Callers {
    pub(crate) fn start(&self, _: &Id) {}

    pub(crate) fn forget(&self, _: &Id) {}
}

impl Observer {
    pub(crate) fn frame(_: &str) {}

    pub(crate) fn event(&mut self, _: &Event, _: &Callers) {}
}
