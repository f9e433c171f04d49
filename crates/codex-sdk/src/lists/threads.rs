//! Threads that the server keeps.

use super::paged::paged;
use crate::options::setters;

/// The options of `thread/list`.
macro_rules! thread_list_options {
    ($with:ident) => {
        $crate::options::$with! {
            /// Only threads that descend from this one. Experimental.
            optional ancestor_thread_id: codex_protocol::Id,
            /// Archived threads instead of the others.
            optional archived: bool,
            /// Only threads attached to this one. Experimental.
            optional attached_to_thread_id: codex_protocol::Id,
            /// Only threads of the current account.
            optional current_account_only: bool,
            /// Where the page begins: the `next_cursor` of another.
            optional cursor: String,
            /// Only threads of this working directory, or of these.
            optional cwd: codex_protocol::ThreadListCwdFilter,
            /// All but these threads.
            optional excluded_thread_ids: Vec<String>,
            /// Whether attached threads are listed, too. Experimental.
            optional include_attached_threads: bool,
            /// How many threads a page has at most.
            number limit: u32,
            /// Only threads of these model providers.
            optional model_providers: Vec<String>,
            /// Only threads that these clients began.
            optional originators: Vec<String>,
            /// Only sub-agents of this thread. Experimental.
            optional parent_thread_id: codex_protocol::Id,
            /// Only threads of this project, or, with null, of none. Experimental.
            nullable project_id: String,
            /// Only threads in which this is found.
            optional search_term: String,
            /// Only threads of this section, or, with null, of none.
            nullable section_id: String,
            /// Which end comes first.
            optional sort_direction: codex_protocol::SortDirection,
            /// What the threads are sorted by.
            optional sort_key: codex_protocol::ThreadSortKey,
            /// Only threads of these sources. The server's default: those that people started.
            optional source_kinds: Vec<codex_protocol::ThreadSourceKind>,
            /// Whether the server looks into its database alone, which is faster, and not at the files.
            optional use_state_db_only: bool,
        }
    };
}

#[cfg(any(test, feature = "blocking"))]
pub(crate) use thread_list_options;

paged! {
    /// Lists the threads that the server keeps (`thread/list`), by default the newest first; made by
    /// [`Codex::thread_list`](crate::Codex::thread_list).
    ///
    /// A thread is kept from its first turn on.
    ///
    /// ```no_run
    /// # async fn example(codex: codex_sdk::Codex) -> codex_sdk::Result<()> {
    /// let page = codex.thread_list().limit(20).await?; // one page: page.data, page.next_cursor
    ///
    /// let mut threads = codex.thread_list().archived(true).stream(); // all of them
    /// while let Some(thread) = threads.next().await {
    ///     println!("{}", thread?.preview);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ThreadList by ThreadListParams => ThreadListResponse of codex_protocol::Thread,
    told apart by |thread| &thread.id
}

impl ThreadList {
    thread_list_options!(setters);
}

paged! {
    /// Searches the threads that the server keeps (`thread/search`); made by
    /// [`Codex::thread_search`](crate::Codex::thread_search). Experimental.
    ThreadSearch by ThreadSearchParams => ThreadSearchResponse of codex_protocol::ThreadSearchResult,
    given (search_term: String),
    told apart by |found| &found.thread.id
}

impl ThreadSearch {
    setters! {
        /// Archived threads instead of the others.
        optional archived: bool,
        /// Only threads of the current account.
        optional current_account_only: bool,
        /// Where the page begins: the `next_cursor` of another.
        optional cursor: String,
        /// Whether attached threads are searched, too.
        optional include_attached_threads: bool,
        /// How many threads a page has at most.
        number limit: u32,
        /// Which end comes first.
        optional sort_direction: codex_protocol::SortDirection,
        /// What the threads are sorted by.
        optional sort_key: codex_protocol::ThreadSearchSortKey,
        /// Only threads of these sources.
        optional source_kinds: Vec<codex_protocol::ThreadSourceKind>,
    }
}
