//! The server's lists: a page at a time, or all of it as a stream.

mod listing;
mod models;
mod others;
mod paged;
mod threads;
mod turns;

pub use listing::Listing;
pub use models::ModelList;
pub use others::{AppList, LoadedThreadList, McpServerList, PermissionProfileList, SkillList};
pub use threads::{ThreadList, ThreadSearch};
pub use turns::{BackgroundTerminalList, ItemList, TurnList};

#[cfg(any(test, feature = "blocking"))]
pub(crate) use {
    threads::thread_list_options,
    turns::{item_list_options, turn_list_options},
};

use crate::codex::Codex;
use crate::thread::Thread;

impl Codex {
    /// Lists the threads that the server keeps (`thread/list`).
    pub fn thread_list(&self) -> ThreadList {
        ThreadList::new(self.clone())
    }

    /// Searches the threads that the server keeps (`thread/search`). Experimental.
    pub fn thread_search(&self, search_term: impl Into<String>) -> ThreadSearch {
        ThreadSearch::new(self.clone(), search_term.into())
    }

    /// Lists the threads that the server has loaded, by id (`thread/loaded/list`).
    pub fn loaded_threads(&self) -> LoadedThreadList {
        LoadedThreadList::new(self.clone())
    }

    /// Lists the models that turns can use (`model/list`).
    pub fn models(&self) -> ModelList {
        ModelList::new(self.clone())
    }

    /// Lists the MCP servers, with their tools and how they are (`mcpServerStatus/list`).
    pub fn mcp_servers(&self) -> McpServerList {
        McpServerList::new(self.clone())
    }

    /// Lists the skills (`skills/list`).
    pub fn skills(&self) -> SkillList {
        SkillList::new(self.clone())
    }

    /// Lists the apps of the account (`app/list`).
    pub fn apps(&self) -> AppList {
        AppList::new(self.clone())
    }

    /// Lists the permission profiles (`permissionProfile/list`).
    pub fn permission_profiles(&self) -> PermissionProfileList {
        PermissionProfileList::new(self.clone())
    }
}

impl Thread {
    /// Lists the thread's turns, by default the newest first (`thread/turns/list`).
    pub fn turns(&self) -> TurnList {
        TurnList::new(self.codex().clone(), self.id().clone())
    }

    /// Lists the thread's items (`thread/items/list`).
    pub fn items(&self) -> ItemList {
        ItemList::new(self.codex().clone(), self.id().clone())
    }

    /// Lists the thread's commands that still run (`thread/backgroundTerminals/list`). Experimental.
    pub fn background_terminals(&self) -> BackgroundTerminalList {
        BackgroundTerminalList::new(self.codex().clone(), self.id().clone())
    }
}
