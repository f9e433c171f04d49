//! What can be read from a [`Source`], and the ways in from text and from serde.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::{Deserializer, Error as _};
use serde_json::Error;

use super::{Expected, Members, Needed, ObjectPlace, Place, Source, Unread};

/// A type that is read, of this crate or of those that its fields have.
pub(crate) trait Model: Sized {
    /// Reads a value, or says why not; where it says nothing, `place` has it.
    fn read_into(place: &mut Option<Self>, source: &mut dyn Source<'_>) -> Result<(), Error>;

    fn read(source: &mut dyn Source<'_>) -> Result<Self, Error> {
        let mut place = None;
        Self::read_into(&mut place, source)?;
        place.ok_or_else(nothing)
    }
}

/// For the `Deserialize` of a model.
pub(crate) fn deserialize<'de, T: Model, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    T::read(&mut Unread(Some(deserializer))).map_err(D::Error::custom)
}

/// Reads a model from JSON.
pub(crate) fn from_text<T: Model>(text: &str) -> Result<T, Error> {
    let mut model = Needed(None);
    read_text(text, &mut model)?;
    model.0.ok_or_else(nothing)
}

/// Reads JSON into a place, to its end.
#[inline(never)]
pub(crate) fn read_text(text: &str, place: &mut dyn Place) -> Result<(), Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    place.read(&mut Unread(Some(&mut deserializer)))?;
    deserializer.end()
}

/// What would be said of a value that was read without an error and is not there.
#[cold]
pub(crate) fn nothing() -> Error {
    Error::custom("nothing was read")
}

impl<T: Model> Model for Box<T> {
    fn read_into(place: &mut Option<Self>, source: &mut dyn Source<'_>) -> Result<(), Error> {
        *place = Some(Self::new(T::read(source)?));
        Ok(())
    }
}

impl<T: Model> Model for Arc<T> {
    fn read_into(place: &mut Option<Self>, source: &mut dyn Source<'_>) -> Result<(), Error> {
        *place = Some(Self::new(T::read(source)?));
        Ok(())
    }
}

impl<T: Model> Model for Option<T> {
    fn read_into(place: &mut Option<Self>, source: &mut dyn Source<'_>) -> Result<(), Error> {
        Place::read(place.insert(None), source)
    }
}

impl<T: Model> Model for Vec<T> {
    fn read_into(place: &mut Option<Self>, source: &mut dyn Source<'_>) -> Result<(), Error> {
        source.list(place.insert(Self::new()))
    }
}

impl<T: Model> Model for BTreeMap<String, T> {
    fn read_into(place: &mut Option<Self>, source: &mut dyn Source<'_>) -> Result<(), Error> {
        source.object(Expected::Map, place.insert(Self::new()))
    }
}

/// One element more.
impl<T: Model> Place for Vec<T> {
    fn read(&mut self, source: &mut dyn Source<'_>) -> Result<(), Error> {
        self.push(T::read(source)?);
        Ok(())
    }
}

impl<T: Model> ObjectPlace for BTreeMap<String, T> {
    fn read(&mut self, object: &mut dyn Members<'_>) -> Result<(), Error> {
        while let Some(key) = object.key()? {
            let mut value = Needed(None);
            object.value(&mut value)?;
            self.insert(key.into_string(), value.0.ok_or_else(nothing)?);
        }
        Ok(())
    }
}
