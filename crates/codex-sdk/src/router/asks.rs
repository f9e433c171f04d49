//! The server's requests that wait for an answer, and what is needed to hand them out.

use crate::asked::{AskState, Asked};
use crate::tool::ThreadTools;
use codex_protocol::{Id, RequestId, ServerNotification, ThreadItem};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Weak};
use std::task::Waker;
use tokio::time::{Duration, Instant};

/// How long a request waits for the first consumer of its turn to come.
///
/// Between the start of a turn and the call of `stream_with_requests()` lies user code; a turn that nobody consumes must
/// not be stalled for long.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

/// How many may be open at once; a server that asks more is answered at once. Only one that misbehaves comes here.
const MOST: usize = 4096;

/// How many changes of files are remembered; the oldest is forgotten first.
const MOST_PATCHES: usize = 256;

#[derive(Debug, Default)]
pub(super) struct Asks {
    /// In the server's order. There are few at a time, and at most [`MOST`].
    open: Vec<Ask>,
    /// Those that wait in `codex.requests()`.
    offered: VecDeque<Arc<Asked>>,
    streams: Vec<RequestStreamEntry>,
    last_stream: u64,
    /// Changes of files that have begun, by thread and item: what their approval is about.
    patches: VecDeque<(Id, Arc<ThreadItem>)>,
    tools: HashMap<Id, Weak<ThreadTools>>,
}

/// A request that was made, until the server says that it is resolved.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) asked: Arc<Asked>,
    pub(super) arrived: Instant,
}

#[derive(Debug)]
struct RequestStreamEntry {
    id: u64,
    waker: Option<Waker>,
}

impl Asks {
    pub(super) fn get(&self, id: &RequestId) -> Option<&Arc<Asked>> {
        self.open.iter().map(|ask| &ask.asked).find(|asked| asked.id() == id)
    }

    pub(super) fn is_full(&self) -> bool {
        self.open.len() >= MOST
    }

    /// Adds a request whose id none of them has.
    pub(super) fn insert(&mut self, asked: Arc<Asked>) {
        self.open.push(Ask { asked, arrived: Instant::now() });
    }

    pub(super) fn remove(&mut self, id: &RequestId) -> Option<Arc<Asked>> {
        let index = self.open.iter().position(|ask| ask.asked.id() == id)?;
        Some(self.open.remove(index).asked)
    }

    /// Those that are open, in the server's order.
    pub(super) fn iter(&self) -> std::slice::Iter<'_, Ask> {
        self.open.iter()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Queues a request for the streams of all requests; whether there is one. Gives whom to wake.
    pub(super) fn offer(&mut self, asked: &Arc<Asked>) -> Option<Vec<Waker>> {
        if self.streams.is_empty() || !asked.advance(&[AskState::Arrived], AskState::Offered) {
            return None;
        }
        self.offered.push_back(Arc::clone(asked));
        Some(self.stream_wakers())
    }

    pub(super) fn next_offered(&mut self) -> Option<Arc<Asked>> {
        self.offered.pop_front()
    }

    /// Forgets a request that waits for the streams of all requests; they may be slow to look at it.
    pub(super) fn take_offer_back(&mut self, asked: &Arc<Asked>) {
        self.offered.retain(|offered| !Arc::ptr_eq(offered, asked));
    }

    /// How many wait for the streams of all requests.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.offered.len()
    }

    pub(super) fn open_stream(&mut self) -> u64 {
        self.last_stream += 1;
        self.streams.push(RequestStreamEntry { id: self.last_stream, waker: None });
        self.last_stream
    }

    /// A stream ended. Its waker, and what waits now that nobody is left.
    pub(super) fn close_stream(&mut self, id: u64) -> (Option<Waker>, VecDeque<Arc<Asked>>) {
        let index = self.streams.iter().position(|stream| stream.id == id);
        let waker = index.and_then(|index| self.streams.swap_remove(index).waker);
        let left = match self.streams.is_empty() {
            true => std::mem::take(&mut self.offered),
            false => VecDeque::new(),
        };
        (waker, left)
    }

    /// Remembers whom to wake for a stream; the waker before.
    pub(super) fn wait(&mut self, id: u64, waker: &Waker) -> Option<Waker> {
        let stream = self.streams.iter_mut().find(|stream| stream.id == id)?;
        match &stream.waker {
            Some(known) if known.will_wake(waker) => None,
            _ => stream.waker.replace(waker.clone()),
        }
    }

    pub(super) fn stream_wakers(&mut self) -> Vec<Waker> {
        self.streams.iter_mut().filter_map(|stream| stream.waker.take()).collect()
    }

    /// Keeps the changes of files in view that an approval may come for.
    pub(super) fn watch_patches(&mut self, notification: &ServerNotification) {
        match notification {
            ServerNotification::ItemStarted(started) if is_patch(&started.item) => {
                if self.patches.len() >= MOST_PATCHES {
                    self.patches.pop_front();
                }
                self.patches.push_back((started.thread_id.clone(), Arc::clone(&started.item)));
            }
            ServerNotification::ItemCompleted(completed) if is_patch(&completed.item) => {
                let id = item_id(&completed.item);
                self.patches
                    .retain(|(thread, item)| *thread != completed.thread_id || item_id(item) != id);
            }
            ServerNotification::ItemFileChangePatchUpdated(updated) => {
                let patch = self.patches.iter_mut().find(|(thread, item)| {
                    *thread == updated.thread_id && item_id(item) == Some(&updated.item_id)
                });
                if let Some((_, item)) = patch {
                    if let ThreadItem::FileChange(change) = &**item {
                        let mut change = change.clone();
                        change.changes.clone_from(&updated.changes);
                        *item = Arc::new(change.into());
                    }
                }
            }
            _ => {}
        }
    }

    pub(super) fn forget_patches(&mut self, thread_id: &str) {
        self.patches.retain(|(thread, _)| **thread != *thread_id);
    }

    /// The change that an approval is about. The model names its calls: of two with one name it is not known which is
    /// meant, and none is better than the wrong one, which somebody would say yes to.
    pub(super) fn patch(&self, thread_id: &str, item: &str) -> Option<Arc<ThreadItem>> {
        let is_it = |thread: &Id, patch: &ThreadItem| {
            **thread == *thread_id && item_id(patch).is_some_and(|id| **id == *item)
        };
        let mut patches = self.patches.iter().filter(|(thread, patch)| is_it(thread, patch));
        let (_, patch) = patches.next()?;
        patches.all(|(_, other)| is_same(other, patch)).then(|| Arc::clone(patch))
    }

    pub(super) fn set_tools(&mut self, thread_id: &Id, tools: Weak<ThreadTools>) {
        self.tools.insert(thread_id.clone(), tools);
    }

    pub(super) fn forget_tools(&mut self, thread_id: &Id) {
        self.tools.remove(thread_id);
    }

    pub(super) fn tools(&self, thread_id: &str) -> Option<Arc<ThreadTools>> {
        self.tools.get(thread_id)?.upgrade()
    }
}

/// Whether two patches are equal. To compare items of any kind, all kinds would have to be compiled for it.
fn is_same(one: &ThreadItem, other: &ThreadItem) -> bool {
    match (one, other) {
        (ThreadItem::FileChange(one), ThreadItem::FileChange(other)) => one == other,
        _ => false,
    }
}

fn is_patch(item: &ThreadItem) -> bool {
    matches!(item, ThreadItem::FileChange(_))
}

fn item_id(item: &ThreadItem) -> Option<&Id> {
    match item {
        ThreadItem::FileChange(change) => Some(&change.id),
        _ => None,
    }
}
