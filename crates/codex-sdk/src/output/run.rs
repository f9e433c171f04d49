//! Starting a turn and waiting for a value.

use super::error::OutputError;
use super::schema::output_schema;
use crate::call::Call;
use crate::error::{Error, Result};
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
    /// The result of the turn, of the last one if there were several; its status is `Completed`.
    pub result: TurnResult,
}

/// Starts a turn whose answer is a `T`, and waits for it; made by [`Run::output`].
#[must_use = "a turn is not started before this is awaited"]
pub struct RunFor<T> {
    run: Run,
    repairs: usize,
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
        RunFor { run: self, repairs: 0, value: PhantomData }
    }
}

impl<T: JsonSchema + DeserializeOwned + Send + 'static> RunFor<T> {
    /// How often the assistant may mend an answer that is no `T`. Default 0.
    ///
    /// Each time is a further turn of the thread, in which it is told what is wrong and asked for the same type again.
    /// Time limits hold for each turn.
    pub fn repairs(mut self, times: usize) -> Self {
        self.repairs = times;
        self
    }

    /// The call as a named future. Takes the consumer's slot now, not when first polled.
    ///
    /// # Errors
    /// [`Error::Schema`] if the type cannot be described to the model: no turn is started then;
    /// [`Error::TurnFailed`] if a turn failed or was interrupted; [`Error::Output`] if its answer, the last one if there
    /// were [repairs](Self::repairs), is no `T`; and those of [`Run::send`].
    pub fn send(self) -> Call<Output<T>> {
        let Self { run, repairs, .. } = self;
        let asked = output_schema::<T>().map(|schema| {
            let run = run.output_schema(schema);
            (run.clone(), run.send())
        });
        Call::new(async move {
            let (run, first) = asked?;
            let mut outcome = first.await?.parse();
            for _ in 0..repairs {
                let Err(Error::Output(error)) = &outcome else { break };
                outcome = run.once_more(complaint(error)).await?.parse();
            }
            outcome
        })
    }
}

/// What the assistant is told of an answer. That the text may quote the answer is no matter here.
fn complaint(error: &OutputError) -> String {
    format!(
        "Your last message is not the JSON that was asked for: {}. \
         Answer again, with nothing but JSON of the same schema.",
        error.parse_error()
    )
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
