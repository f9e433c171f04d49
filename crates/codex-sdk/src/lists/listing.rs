//! All of a list, page after page.

use super::paged::{Page, Paged};
use crate::call::Call;
use crate::codex::Codex;
use crate::error::{Error, Result};
use futures_core::{FusedStream, Stream};
use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// All items of one of the server's lists, page after page; made by `stream()` of the list's builder.
///
/// A page is asked for when the one before it has been read. An `Err` is only ever the end.
///
/// What is listed may change meanwhile; an item that moves from page to page can so be missed. Threads, of which the
/// server sometimes gives one twice, come once.
#[must_use = "a stream does nothing unless it is read"]
pub struct Listing<T> {
    method: &'static str,
    fetch: Box<Fetch<T>>,
    key: fn(&T) -> Option<&str>,
    page: VecDeque<T>,
    /// Keys of all items so far: as many as the list is long, for any of them may come again.
    seen: HashSet<Box<str>>,
    /// Where pages began: at none of them does another begin, or the list would never end.
    cursors: HashSet<Box<str>>,
    stage: Stage<T>,
}

/// Asks for the page at a cursor.
type Fetch<T> = dyn Fn(Option<String>) -> Call<Page<T>> + Send + Sync;

enum Stage<T> {
    /// The next page begins here; `None`: it is the first.
    Between(Option<String>),
    Fetching(Call<Page<T>>),
    Ended,
}

impl<T: Send + 'static> Listing<T> {
    pub(crate) fn new<P: Paged<Item = T>>(codex: Codex, params: P) -> Self {
        let fetch = move |cursor: Option<String>| {
            let (codex, mut params) = (codex.clone(), params.clone());
            if let Some(cursor) = cursor {
                params.turn_to(cursor);
            }
            Call::new(async move {
                let response = codex.connection().request(&params, Default::default()).await?;
                Ok(P::page(response))
            })
        };
        Self {
            method: P::METHOD,
            fetch: Box::new(fetch),
            key: P::key,
            page: VecDeque::new(),
            seen: HashSet::new(),
            cursors: HashSet::new(),
            stage: Stage::Between(None),
        }
    }

    /// The next item; `None` after the last, for ever.
    ///
    /// # Errors
    /// At most one, and the last: those of every request, and [`Error::Listing`] if the server's pages
    /// lead nowhere.
    ///
    /// # Cancel safety
    /// No item is lost if the future is dropped.
    pub async fn next(&mut self) -> Option<Result<T>> {
        poll_fn(|context| self.poll_item(context)).await
    }

    /// All items that are left.
    ///
    /// # Errors
    /// Those of [`next`](Self::next).
    pub async fn all(mut self) -> Result<Vec<T>> {
        let mut items = Vec::new();
        while let Some(item) = self.next().await {
            items.push(item?);
        }
        Ok(items)
    }

    fn poll_item(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        loop {
            while let Some(item) = self.page.pop_front() {
                let new = (self.key)(&item).is_none_or(|key| self.seen.insert(key.into()));
                if new {
                    return Poll::Ready(Some(Ok(item)));
                }
            }
            match &mut self.stage {
                Stage::Ended => return Poll::Ready(None),
                Stage::Between(at) => {
                    let at = at.take();
                    if at.as_deref().is_some_and(|at| !self.cursors.insert(at.into())) {
                        self.stage = Stage::Ended;
                        return Poll::Ready(Some(Err(Error::Listing { method: self.method })));
                    }
                    self.stage = Stage::Fetching((self.fetch)(at));
                }
                Stage::Fetching(call) => match ready!(Pin::new(call).poll(context)) {
                    Ok(Page { items, next }) => {
                        self.page = items.into();
                        self.stage = next.map_or(Stage::Ended, |next| Stage::Between(Some(next)));
                    }
                    Err(error) => {
                        self.stage = Stage::Ended;
                        return Poll::Ready(Some(Err(error)));
                    }
                },
            }
        }
    }
}

impl<T: Send + Unpin + 'static> Stream for Listing<T> {
    type Item = Result<T>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_item(context)
    }
}

impl<T: Send + Unpin + 'static> FusedStream for Listing<T> {
    fn is_terminated(&self) -> bool {
        matches!(self.stage, Stage::Ended) && self.page.is_empty()
    }
}

impl<T> fmt::Debug for Listing<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listing")
            .field("method", &self.method)
            .field("waiting", &self.page.len())
            .finish_non_exhaustive()
    }
}
