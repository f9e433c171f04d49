//! Answers that are values of a type.

mod error;
mod run;
mod schema;
mod strict;
#[cfg(test)]
mod tests;

pub use error::{OutputError, SchemaError};
pub use run::{Output, RunFor};
pub use schema::output_schema;

use crate::error::{Error, Result};
use crate::turn_result::TurnResult;
use serde::de::DeserializeOwned;

impl TurnResult {
    /// Reads the [final response](Self::final_response) as JSON, after a turn that was started with an
    /// [`output_schema`](crate::TurnStart::output_schema).
    ///
    /// # Errors
    /// [`Error::TurnFailed`] if the turn did not complete, [`Error::Output`] if the response is no `T`.
    pub fn parse<T: DeserializeOwned>(self) -> Result<Output<T>> {
        let result = self.error_for_status()?;
        let text = result.final_response().unwrap_or(&result.text);
        match serde_json::from_str(text) {
            Ok(value) => Ok(Output { value, result }),
            Err(error) => Err(Error::Output(Box::new(OutputError::new::<T>(error, result)))),
        }
    }
}
