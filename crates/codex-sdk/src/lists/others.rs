//! What else the server has to offer.

use super::paged::paged;
use crate::call::{Call, awaitable};
use crate::codex::Codex;
use crate::options::{opaque_debug, setters};
use codex_protocol::{SkillsListParams, SkillsListResponse};

paged! {
    /// Lists the threads that the server has loaded, by id (`thread/loaded/list`); made by
    /// [`Codex::loaded_threads`](crate::Codex::loaded_threads).
    LoadedThreadList by ThreadLoadedListParams => ThreadLoadedListResponse of String
}

impl LoadedThreadList {
    setters! {
        /// Where the page begins: the `next_cursor` of another.
        optional cursor: String,
        /// How many ids a page has at most.
        number limit: u32,
    }
}

paged! {
    /// Lists the MCP servers, with their tools and how they are (`mcpServerStatus/list`); made by
    /// [`Codex::mcp_servers`](crate::Codex::mcp_servers).
    McpServerList by ListMcpServerStatusParams => ListMcpServerStatusResponse of codex_protocol::McpServerStatus
}

impl McpServerList {
    setters! {
        /// Where the page begins: the `next_cursor` of another.
        optional cursor: String,
        /// How much is said of each server.
        optional detail: codex_protocol::McpServerStatusDetail,
        /// How many servers a page has at most.
        number limit: u32,
        /// Only this server.
        optional server_name: String,
        /// As this thread sees them.
        optional thread_id: codex_protocol::Id,
    }
}

paged! {
    /// Lists the apps of the account (`app/list`); made by [`Codex::apps`](crate::Codex::apps).
    AppList by AppsListParams => AppsListResponse of codex_protocol::AppInfo
}

impl AppList {
    setters! {
        /// Where the page begins: the `next_cursor` of another.
        optional cursor: String,
        /// Whether the server asks anew instead of using what it kept.
        optional force_refetch: bool,
        /// How many apps a page has at most.
        number limit: u32,
        /// As this thread sees them.
        optional thread_id: codex_protocol::Id,
    }
}

paged! {
    /// Lists the permission profiles (`permissionProfile/list`); made by
    /// [`Codex::permission_profiles`](crate::Codex::permission_profiles).
    PermissionProfileList by PermissionProfileListParams
        => PermissionProfileListResponse of codex_protocol::PermissionProfileSummary
}

impl PermissionProfileList {
    setters! {
        /// Where the page begins: the `next_cursor` of another.
        optional cursor: String,
        /// As seen from this working directory.
        optional cwd: String,
        /// How many profiles a page has at most.
        number limit: u32,
    }
}

/// Lists the skills, by working directory (`skills/list`, which has no pages); made by
/// [`Codex::skills`](crate::Codex::skills).
#[derive(Clone)]
#[must_use = "nothing is asked for before this is awaited"]
pub struct SkillList {
    codex: Codex,
    params: SkillsListParams,
}

impl SkillList {
    pub(crate) fn new(codex: Codex) -> Self {
        Self { codex, params: SkillsListParams::default() }
    }

    pub(crate) fn params_mut(&mut self) -> &mut SkillsListParams {
        &mut self.params
    }

    setters! {
        /// The working directories to look from. The server's default: its own.
        optional cwds: Vec<String>,
        /// Whether the server looks at the files anew.
        optional force_reload: bool,
    }

    /// The call as a named future.
    ///
    /// # Errors
    /// Those of every request.
    #[inline]
    pub fn send(self) -> Call<SkillsListResponse> {
        Call::new(
            async move { self.codex.connection().request(&self.params, Default::default()).await },
        )
    }
}

opaque_debug!(SkillList);
awaitable!(SkillList => SkillsListResponse);
