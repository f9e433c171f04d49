//! The schema of a type, as models take it.

use super::error::SchemaError;
use super::strict;
use crate::error::{Error, Result};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// The schema of `T` in the strict subset that models take, for
/// [`output_schema`](crate::TurnStart::output_schema); [`Run::output`](crate::Run::output) makes it itself.
///
/// Every object is closed and every one of its fields required; one that may be missing is null instead. A field with
/// a serde default is always written. Structs, enums, options, lists, numbers, strings and types that contain
/// themselves can be said.
///
/// A type can be described with the `schemars` that this crate has, without a dependency of its own on one that may be
/// of another version:
///
/// ```
/// use codex_sdk::schemars::JsonSchema;
///
/// #[derive(JsonSchema)]
/// #[schemars(crate = "codex_sdk::schemars")]
/// struct FileCount {
///     files: u32,
/// }
///
/// let schema = codex_sdk::output_schema::<FileCount>()?;
/// assert_eq!(schema["required"], serde_json::json!(["files"]));
/// # Ok::<(), codex_sdk::Error>(())
/// ```
///
/// # Errors
/// [`Error::Schema`], with the path of the part that strict schemas cannot say: a root that is no struct, a map, a
/// tuple, a value of any type, a flattened or internally tagged enum around a struct, or a restriction such as
/// `minLength`.
pub fn output_schema<T: JsonSchema>() -> Result<Value> {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.meta_schema = None);
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    match strict::rewrite(&mut schema) {
        Ok(()) => Ok(schema),
        Err(strict::Refused { path, problem }) => {
            let error = SchemaError::new(std::any::type_name::<T>(), path, problem);
            Err(Error::Schema(Box::new(error)))
        }
    }
}
