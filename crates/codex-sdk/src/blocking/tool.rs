//! Tools without async.

use super::closure;
use crate::tool::{Tool, ToolContext, ToolError, ToolOutput};
use serde_json::Value;
use std::sync::Arc;

impl Tool {
    /// A tool that takes `A`, whose schema the model is given, and that may block: its calls run on threads of their own.
    ///
    /// As [`Tool::new`], for a closure that is not async. A call that is not wanted any more goes on to its end, for a
    /// thread cannot be stopped: [`ToolContext::cancelled_within`] tells it so.
    ///
    /// ```no_run
    /// use codex_sdk::{Tool, blocking::Codex};
    ///
    /// #[derive(serde::Deserialize, schemars::JsonSchema)]
    /// struct Lookup {
    ///     /// The number of the ticket.
    ///     id: u32,
    /// }
    ///
    /// # fn story(codex: Codex) -> codex_sdk::Result<()> {
    /// let lookup = Tool::blocking("lookup_ticket", "Looks up a ticket", |args: Lookup, _| {
    ///     Ok(std::fs::read_to_string(format!("tickets/{}.txt", args.id))?)
    /// });
    /// let thread = codex.thread_start().tool(lookup).send()?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "schemars")]
    pub fn blocking<A, F, O>(
        name: impl Into<String>,
        description: impl Into<String>,
        run: F,
    ) -> Self
    where
        A: serde::de::DeserializeOwned + schemars::JsonSchema + Send + 'static,
        F: Fn(A, ToolContext) -> Result<O, ToolError> + Send + Sync + 'static,
        O: Into<ToolOutput> + Send + 'static,
    {
        let run = Arc::new(run);
        Self::new(name, description, move |arguments: A, context| {
            let run = Arc::clone(&run);
            closure::run(move || run(arguments, context))
        })
    }

    /// A tool that takes any JSON, under a JSON schema that is written out, and that may block: its calls run on threads
    /// of their own.
    ///
    /// As [`Tool::with_schema`], for a closure that is not async.
    pub fn blocking_with_schema<F>(
        name: impl Into<String>,
        description: impl Into<String>,
        input_schema: Value,
        run: F,
    ) -> Self
    where
        F: Fn(Value, ToolContext) -> Result<ToolOutput, ToolError> + Send + Sync + 'static,
    {
        let run = Arc::new(run);
        Self::with_schema(name, description, input_schema, move |arguments, context| {
            let run = Arc::clone(&run);
            closure::run(move || run(arguments, context))
        })
    }
}
