//! What a thread consists of.

use super::paged::paged;
use crate::options::setters;
use codex_protocol::Id;

/// The options of `thread/turns/list`.
macro_rules! turn_list_options {
    ($with:ident) => {
        $crate::options::$with! {
            /// Where the page begins: the `next_cursor` of another.
            optional cursor: String,
            /// How much of their items the turns have. The server's default: a summary.
            optional items_view: codex_protocol::TurnItemsView,
            /// How many turns a page has at most.
            number limit: u32,
            /// Which end comes first. The server's default: the newest turn.
            optional sort_direction: codex_protocol::SortDirection,
        }
    };
}

/// The options of `thread/items/list`.
macro_rules! item_list_options {
    ($with:ident) => {
        $crate::options::$with! {
            /// Where the page begins: the `next_cursor` of another, or an item.
            optional cursor: codex_protocol::ThreadItemsListCursor,
            /// Which long outputs are left out. Experimental.
            optional defer_output: codex_protocol::ThreadItemOutputDeferral,
            /// How many items a page has at most.
            number limit: u32,
            /// Which end comes first.
            optional sort_direction: codex_protocol::SortDirection,
            /// Only items of this turn.
            optional turn_id: codex_protocol::Id,
        }
    };
}

#[cfg(any(test, feature = "blocking"))]
pub(crate) use {item_list_options, turn_list_options};

paged! {
    /// Lists the turns of a thread (`thread/turns/list`); made by [`Thread::turns`](crate::Thread::turns).
    TurnList by ThreadTurnsListParams => ThreadTurnsListResponse of codex_protocol::Turn,
    given (thread_id: Id)
}

impl TurnList {
    turn_list_options!(setters);
}

paged! {
    /// Lists the items of a thread (`thread/items/list`); made by [`Thread::items`](crate::Thread::items).
    ItemList by ThreadItemsListParams => ThreadItemsListResponse of codex_protocol::ThreadItemEntry,
    given (thread_id: Id)
}

impl ItemList {
    item_list_options!(setters);
}

paged! {
    /// Lists the commands of a thread that still run (`thread/backgroundTerminals/list`); made by
    /// [`Thread::background_terminals`](crate::Thread::background_terminals). Experimental.
    BackgroundTerminalList by ThreadBackgroundTerminalsListParams
        => ThreadBackgroundTerminalsListResponse of codex_protocol::ThreadBackgroundTerminal,
    given (thread_id: Id)
}

impl BackgroundTerminalList {
    setters! {
        /// Where the page begins: the `next_cursor` of another.
        optional cursor: String,
        /// How many commands a page has at most.
        number limit: u32,
    }
}
