//! Values of every type, for tests.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// A model that has values to test with, since `#[non_exhaustive]` types
/// cannot be written out in another crate.
///
/// Every type of the schema has it, and so have
/// [`ServerNotification`](crate::ServerNotification) and
/// [`ServerRequest`](crate::ServerRequest), with all their methods:
///
/// ```
/// use codex_protocol::{
///     AgentMessageThreadItem, Sample, ServerNotification, Thread, TurnCompletedNotification,
///     TurnStatus,
/// };
///
/// let mut item = AgentMessageThreadItem::minimal();
/// item.text = "Hello".to_owned();
/// assert_eq!(item.id, "itemId");
///
/// let mut completed = TurnCompletedNotification::minimal();
/// completed.turn.status = TurnStatus::Failed;
/// completed.turn.items.push(item.into());
/// let event = ServerNotification::TurnCompleted(completed.into());
/// assert_eq!(event.turn_id().map(|id| id.as_str()), Some("turnId"));
///
/// assert!(Thread::minimal().name.is_none());
/// assert_eq!(Thread::maximal().name.as_deref(), Some("name"));
/// for event in ServerNotification::samples() {
///     println!("{}", event.method());
/// }
/// ```
///
/// Strings say which field they stand in and integers are 1, so that a test
/// shows where a value came from. Ids of threads, turns and items are alike in
/// all samples. What the values are may change with any version; that they are
/// what this trait says does not.
pub trait Sample: DeserializeOwned {
    /// The JSON of all samples, the smallest first and the largest last.
    fn json_samples() -> Vec<String>;

    /// The smallest: what is always on the wire, and nothing more; of an enum
    /// or union the smallest of its kinds.
    ///
    /// # Panics
    ///
    /// Not for a type of this crate.
    #[must_use]
    fn minimal() -> Self {
        let samples = Self::json_samples();
        read(samples.first().expect("a type has samples"))
    }

    /// The largest: every field set, one element in every list and map; of an
    /// enum the last value, of a union the largest of its kinds.
    ///
    /// # Panics
    ///
    /// Not for a type of this crate.
    #[must_use]
    fn maximal() -> Self {
        let samples = Self::json_samples();
        read(samples.last().expect("a type has samples"))
    }

    /// All: of an enum every value, of a union and of the methods the smallest
    /// and the largest of every kind.
    ///
    /// # Panics
    ///
    /// Not for a type of this crate.
    #[must_use]
    fn samples() -> Vec<Self> {
        Self::json_samples().iter().map(|sample| read(sample)).collect()
    }
}

impl<T: Sample> Sample for Box<T> {
    fn json_samples() -> Vec<String> {
        T::json_samples()
    }
}

impl<T: Sample> Sample for Arc<T> {
    fn json_samples() -> Vec<String> {
        T::json_samples()
    }
}

fn read<T: DeserializeOwned>(sample: &str) -> T {
    serde_json::from_str(sample).unwrap_or_else(|error| panic!("{error}: {sample}"))
}

/// The samples of a type by its name.
pub(crate) fn of(name: &str) -> Vec<String> {
    static TABLE: OnceLock<BTreeMap<&str, Vec<&RawValue>>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        serde_json::from_str(include_str!("generated/samples.json"))
            .expect("the generator writes JSON")
    });
    table.get(name).into_iter().flatten().map(|sample| sample.get().to_owned()).collect()
}

/// [`Sample::json_samples`] of a type.
type Samples = fn() -> Vec<String>;

/// The samples of all methods, from those of their params.
pub(crate) fn of_methods(methods: &[(&str, Samples)]) -> Vec<String> {
    let mut samples = Vec::new();
    for (method, params) in methods {
        let params = params();
        samples.extend(params.iter().map(|p| format!(r#"{{"method":"{method}","params":{p}}}"#)));
    }
    samples
}

/// Gives each type its samples, by its name.
macro_rules! samples {
    (
        client_requests { $($request:ident,)* }
        external { $($external:ident,)* }
        objects { $($object:ident,)* }
        open_objects { $($open:ident,)* }
        server_requests { $($asked:ident,)* }
        strings { $($strings:ident,)* }
        tagged { $($tagged:ident = $tag:literal,)* }
        untagged { $($untagged:ident,)* }
    ) => {
        samples! { @ $($external)* $($object)* $($open)* $($strings)* $($tagged)* $($untagged)* }
    };
    (@ $($name:ident)*) => {
        $(
            impl $crate::Sample for $crate::$name {
                fn json_samples() -> Vec<String> {
                    $crate::sample::of(stringify!($name))
                }
            }
        )*
    };
}
