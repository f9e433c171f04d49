//! One tool.

use super::{ToolContext, ToolError, ToolOutput};
use serde_json::Value;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A tool of this program's, for the model of a thread to call. Cheap to clone.
///
/// It is given to [`thread_start`](crate::Codex::thread_start). Calls run on tasks of their own, several at once.
/// Whatever comes of one is told to the model: its output, an error, arguments that do not fit, a panic. When the turn is
/// interrupted, its calls are dropped.
#[cfg_attr(feature = "schemars", doc = "```no_run")]
#[cfg_attr(not(feature = "schemars"), doc = "```text")]
/// use codex_sdk::{Codex, Tool};
///
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// struct Lookup {
///     /// The number of the ticket.
///     id: u32,
/// }
///
/// # async fn story(codex: Codex) -> codex_sdk::Result<()> {
/// let lookup = Tool::new("lookup_ticket", "Looks up a ticket", |args: Lookup, _| async move {
///     let text = std::fs::read_to_string(format!("tickets/{}.txt", args.id))?;
///     Ok(text)
/// });
/// let thread = codex.thread_start().tool(lookup).await?;
/// let result = thread.run("What is ticket 17 about?").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Tool {
    pub(super) name: Arc<str>,
    pub(super) description: Arc<str>,
    pub(super) input_schema: Arc<Value>,
    pub(super) defer_loading: bool,
    run: Arc<Run>,
}

type Run = dyn Fn(Value, ToolContext) -> Running + Send + Sync;
type Running = Pin<Box<dyn Future<Output = Result<ToolOutput, ToolError>> + Send>>;

impl Tool {
    /// A tool that takes `A`, whose schema the model is given.
    ///
    /// The name is of letters, digits, `_` and `-`; another is refused when the thread is started.
    #[cfg(feature = "schemars")]
    pub fn new<A, F, R, O>(name: impl Into<String>, description: impl Into<String>, run: F) -> Self
    where
        A: serde::de::DeserializeOwned + schemars::JsonSchema,
        F: Fn(A, ToolContext) -> R + Send + Sync + 'static,
        R: Future<Output = Result<O, ToolError>> + Send + 'static,
        O: Into<ToolOutput>,
    {
        let settings = schemars::generate::SchemaSettings::draft2020_12().with(|settings| {
            settings.meta_schema = None;
            settings.inline_subschemas = true;
        });
        let schema = settings.into_generator().into_root_schema_for::<A>().to_value();
        Self::with_schema(name, description, schema, move |arguments, context| {
            // Read before the future is made, so that it need not hold them.
            let running = serde_json::from_value(arguments).map(|args| run(args, context));
            async move {
                match running {
                    Ok(running) => Ok(running.await?.into()),
                    Err(error) => Err(ToolError::new(format!("the arguments do not fit: {error}"))),
                }
            }
        })
    }

    /// A tool that takes any JSON, under a JSON schema that is written out.
    ///
    /// The server does not hold the arguments against the schema.
    pub fn with_schema<F, R>(
        name: impl Into<String>,
        description: impl Into<String>,
        input_schema: Value,
        run: F,
    ) -> Self
    where
        F: Fn(Value, ToolContext) -> R + Send + Sync + 'static,
        R: Future<Output = Result<ToolOutput, ToolError>> + Send + 'static,
    {
        Self {
            name: name.into().into(),
            description: description.into().into(),
            input_schema: Arc::new(input_schema),
            defer_loading: false,
            run: Arc::new(move |arguments, context| Box::pin(run(arguments, context))),
        }
    }

    /// Has the model find the tool by searching, instead of being told of it at once. For tools in a
    /// [`ToolNamespace`](crate::ToolNamespace) alone.
    #[must_use]
    pub fn defer_loading(mut self) -> Self {
        self.defer_loading = true;
        self
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn run(&self, arguments: Value, context: ToolContext) -> Running {
        (self.run)(arguments, context)
    }
}

impl fmt::Debug for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tool").field("name", &self.name).finish_non_exhaustive()
    }
}
