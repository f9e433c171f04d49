//! The threads that somebody cares for.

use super::thread_entry::ThreadEntry;
use codex_protocol::Id;

/// Threads in the order of their ids: to find one among the few that there are takes no hash of its id.
#[derive(Debug, Default)]
pub(super) struct Threads {
    by_id: Vec<(Id, ThreadEntry)>,
}

impl Threads {
    pub(super) fn get(&self, id: &str) -> Option<&ThreadEntry> {
        self.place(id).ok().map(|place| &self.by_id[place].1)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut ThreadEntry> {
        self.place(id).ok().map(|place| &mut self.by_id[place].1)
    }

    /// The entry of a thread, made by `new` if there is none.
    pub(super) fn entry(&mut self, id: &Id, new: impl FnOnce() -> ThreadEntry) -> &mut ThreadEntry {
        let place = self.place(id).unwrap_or_else(|place| {
            self.by_id.insert(place, (id.clone(), new()));
            place
        });
        &mut self.by_id[place].1
    }

    pub(super) fn remove(&mut self, id: &str) {
        if let Ok(place) = self.place(id) {
            self.by_id.remove(place);
        }
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (&Id, &mut ThreadEntry)> {
        self.by_id.iter_mut().map(|(id, entry)| (&*id, entry))
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Where a thread is, or where it would be.
    fn place(&self, id: &str) -> Result<usize, usize> {
        self.by_id.binary_search_by(|(other, _)| (**other).cmp(id))
    }
}
