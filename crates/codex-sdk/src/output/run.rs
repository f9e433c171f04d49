//! Starting a turn and waiting for a value.

use super::schema::output_schema;
use crate::call::Call;
use crate::error::Result;
use crate::run::Run;
use crate::turn_result::TurnResult;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;

/// A value that the assistant answered with, and the result of its turn.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Output<T> {
    /// The value.
    pub value: T,
    /// The result of the turn; its status is `Completed`.
    pub result: TurnResult,
}

/// Starts a turn whose answer is a `T`, and waits for it; made by [`Run::output`].
#[must_use = "a turn is not started before this is awaited"]
pub struct RunFor<T> {
    run: Run,
    value: PhantomData<fn() -> T>,
}

impl Run {
    /// Asks for an answer that is a `T`: the model is given the type's schema, and must keep to it.
    ///
    /// Replaces [`output_schema`](Run::output_schema). The schema is sent in the strict subset that models take; see
    /// [`output_schema`] for what it can say.
    ///
    /// ```no_run
    /// #[derive(serde::Deserialize, schemars::JsonSchema)]
    /// struct FileCount {
    ///     /// How many files there are, folders not counted.
    ///     files: u32,
    /// }
    ///
    /// # async fn example(thread: codex_sdk::Thread) -> codex_sdk::Result<()> {
    /// let count = thread.run("How many files are here?").output::<FileCount>().await?;
    /// println!("{} files, {:?}", count.value.files, count.result.usage);
    /// # Ok(())
    /// # }
    /// ```
    pub fn output<T: JsonSchema + DeserializeOwned>(self) -> RunFor<T> {
        RunFor { run: self, value: PhantomData }
    }
}

impl<T: JsonSchema + DeserializeOwned + Send + 'static> RunFor<T> {
    /// The call as a named future. Takes the consumer's slot now, not when first polled.
    ///
    /// # Errors
    /// [`Error::Schema`](crate::Error::Schema) if the type cannot be described to the model: no turn is started then;
    /// [`Error::TurnFailed`](crate::Error::TurnFailed) if the turn failed or was interrupted;
    /// [`Error::Output`](crate::Error::Output) if its answer is no `T`; and those of [`Run::send`].
    pub fn send(self) -> Call<Output<T>> {
        let run = output_schema::<T>().map(|schema| self.run.output_schema(schema).send());
        Call::new(async move { run?.await?.parse() })
    }
}

impl<T: JsonSchema + DeserializeOwned + Send + 'static> IntoFuture for RunFor<T> {
    type Output = Result<Output<T>>;
    type IntoFuture = Call<Output<T>>;

    fn into_future(self) -> Self::IntoFuture {
        self.send()
    }
}

impl<T> fmt::Debug for RunFor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunFor").finish_non_exhaustive()
    }
}
