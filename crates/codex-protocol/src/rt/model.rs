//! What can be read from a [`Source`], and the ways in from text and from serde.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::{Deserializer, Error as _};
use serde_json::Error;

use super::{Expected, Members, ObjectPlace, Place, Source, Unread};

/// A type that is read, of this crate or of those that its fields have.
///
/// It is read into a value that is there already, and not returned: what returns a value has to put it together from
/// parts, each of which may be there or not, and that was most of the code that reads.
pub(crate) trait Model: Place + Sized {
    /// A value of which nothing was read yet.
    fn empty() -> Self;
}

/// For the `Deserialize` of a model.
pub(crate) fn deserialize<'de, T: Model, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let mut model = T::empty();
    model.read(&mut Unread(Some(deserializer))).map_err(D::Error::custom)?;
    Ok(model)
}

/// Reads a model from JSON.
pub(crate) fn from_text<T: Model>(text: &str) -> Result<T, Error> {
    let mut model = T::empty();
    read_text(text, &mut model)?;
    Ok(model)
}

/// Reads JSON into a place, to its end.
#[inline(never)]
pub(crate) fn read_text(text: &str, place: &mut dyn Place) -> Result<(), Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    place.read(&mut Unread(Some(&mut deserializer)))?;
    deserializer.end()
}

impl<T: Model> Model for Box<T> {
    fn empty() -> Self {
        Self::new(T::empty())
    }
}

impl<T: Place> Place for Box<T> {
    fn read(&mut self, source: &mut dyn Source<'_>) -> Result<(), Error> {
        T::read(self, source)
    }
}

impl<T: ObjectPlace> ObjectPlace for Box<T> {
    fn read_members(&mut self, object: &mut dyn Members<'_>) -> Result<(), Error> {
        T::read_members(self, object)
    }
}

impl<T: Model> Model for Arc<T> {
    fn empty() -> Self {
        Self::new(T::empty())
    }
}

impl<T: Place> Place for Arc<T> {
    fn read(&mut self, source: &mut dyn Source<'_>) -> Result<(), Error> {
        match Self::get_mut(self) {
            Some(unshared) => unshared.read(source),
            None => Err(Error::custom("a value was read that others have")),
        }
    }
}

/// Absent and `null` are the same.
impl<T: Model> Model for Option<T> {
    fn empty() -> Self {
        None
    }
}

impl<T: Model> Place for Option<T> {
    fn read(&mut self, source: &mut dyn Source<'_>) -> Result<(), Error> {
        source.nullable(&mut Present(self))
    }
}

/// The place of a value that is there and not `null`.
struct Present<'p, T>(&'p mut Option<T>);

impl<T: Model> Place for Present<'_, T> {
    fn read(&mut self, source: &mut dyn Source<'_>) -> Result<(), Error> {
        self.0.get_or_insert_with(T::empty).read(source)
    }
}

impl<T: Model> Model for Vec<T> {
    fn empty() -> Self {
        Self::new()
    }
}

impl<T: Model> Place for Vec<T> {
    fn read(&mut self, source: &mut dyn Source<'_>) -> Result<(), Error> {
        source.list(&mut Element(self))
    }
}

/// The place of one element more.
struct Element<'p, T>(&'p mut Vec<T>);

impl<T: Model> Place for Element<'_, T> {
    fn read(&mut self, source: &mut dyn Source<'_>) -> Result<(), Error> {
        self.0.push(T::empty());
        self.0.last_mut().map_or(Ok(()), |element| element.read(source))
    }
}

impl<T: Model> Model for BTreeMap<String, T> {
    fn empty() -> Self {
        Self::new()
    }
}

impl<T: Model> Place for BTreeMap<String, T> {
    fn read(&mut self, source: &mut dyn Source<'_>) -> Result<(), Error> {
        source.object(Expected::Map, self)
    }
}

impl<T: Model> ObjectPlace for BTreeMap<String, T> {
    fn read_members(&mut self, object: &mut dyn Members<'_>) -> Result<(), Error> {
        while let Some(key) = object.key()? {
            let mut value = T::empty();
            object.value(&mut value)?;
            self.insert(key.into_string(), value);
        }
        Ok(())
    }
}
