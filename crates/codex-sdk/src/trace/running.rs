//! What runs at the moment, by id.

use codex_protocol::Id;
use std::collections::VecDeque;

/// How many are kept. Far fewer run at once; of a server that ends nothing that it begins, it is the latest.
const MOST: usize = 1024;

/// In the order in which they began. There are few, and the one that is asked for is mostly the last.
#[derive(Debug)]
pub(super) struct Running<T>(VecDeque<(Id, T)>);

impl<T> Default for Running<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Running<T> {
    pub(super) fn begin(&mut self, id: &Id, value: T) {
        self.end(id);
        if self.0.len() >= MOST {
            self.0.pop_front();
        }
        self.0.push_back((id.clone(), value));
    }

    pub(super) fn get_mut(&mut self, id: &Id) -> Option<&mut T> {
        self.0.iter_mut().rev().find(|(known, _)| known == id).map(|(_, value)| value)
    }

    pub(super) fn end(&mut self, id: &Id) -> Option<T> {
        let index = self.0.iter().rposition(|(known, _)| known == id)?;
        self.0.remove(index).map(|(_, value)| value)
    }

    pub(super) fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.0.retain(|(_, value)| keep(value));
    }
}
