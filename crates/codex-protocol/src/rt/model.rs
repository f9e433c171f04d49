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
pub(crate) trait Model: Read + Sized {
    /// A value of which nothing was read yet.
    fn empty() -> Self;
}

/// A type whose values can be read.
pub(crate) trait Read {
    /// Reads a value into this one, which is empty. After an error some of it may be there.
    fn read(&mut self, source: &mut dyn Source<'_>) -> Result<(), Error>;
}

/// A type whose values can be read from the members of an object.
pub(crate) trait ReadMembers {
    fn read_members(&mut self, object: &mut dyn Members<'_>) -> Result<(), Error>;
}

impl<T: ReadMembers> ObjectPlace for &mut T {
    fn fill_with_members(&mut self, object: &mut dyn Members<'_>) -> Result<(), Error> {
        self.read_members(object)
    }
}

/// A [`Model`] whose empty value is a constant, as it is without an allocation: nothing has to be done if the making
/// of one part fails, since none does.
pub(crate) trait Empty {
    const EMPTY: Self;
}

impl<T: Empty + Read> Model for T {
    #[inline]
    fn empty() -> Self {
        Self::EMPTY
    }
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
    read_text(text, &mut &mut model)?;
    Ok(model)
}

/// Reads JSON into a place, to its end.
#[inline(never)]
pub(crate) fn read_text(text: &str, place: &mut dyn Place) -> Result<(), Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    place.fill(&mut Unread(Some(&mut deserializer)))?;
    deserializer.end()
}

impl<T: Read> Read for Box<T> {
    fn read(&mut self, source: &mut dyn Source<'_>) -> Result<(), Error> {
        T::read(self, source)
    }
}

impl<T: Model> Model for Arc<T> {
    fn empty() -> Self {
        Self::new(T::empty())
    }
}

impl<T: Read> Read for Arc<T> {
    fn read(&mut self, source: &mut dyn Source<'_>) -> Result<(), Error> {
        match Self::get_mut(self) {
            Some(unshared) => unshared.read(source),
            None => Err(Error::custom("a value was read that others have")),
        }
    }
}

/// Absent and `null` are the same.
impl<T> Empty for Option<T> {
    const EMPTY: Self = None;
}

impl<T: Model> Read for Option<T> {
    fn read(&mut self, source: &mut dyn Source<'_>) -> Result<(), Error> {
        source.nullable(&mut Present(self))
    }
}

/// The place of a value that is there and not `null`.
struct Present<'p, T>(&'p mut Option<T>);

impl<T: Model> Place for Present<'_, T> {
    fn fill(&mut self, source: &mut dyn Source<'_>) -> Result<(), Error> {
        self.0.get_or_insert_with(T::empty).read(source)
    }
}

impl<T> Empty for Vec<T> {
    const EMPTY: Self = Self::new();
}

impl<T: Model> Read for Vec<T> {
    fn read(&mut self, source: &mut dyn Source<'_>) -> Result<(), Error> {
        source.list(&mut Element(self))
    }
}

/// The place of one element more.
struct Element<'p, T>(&'p mut Vec<T>);

impl<T: Model> Place for Element<'_, T> {
    fn fill(&mut self, source: &mut dyn Source<'_>) -> Result<(), Error> {
        self.0.push(T::empty());
        self.0.last_mut().map_or(Ok(()), |element| element.read(source))
    }
}

impl<T> Empty for BTreeMap<String, T> {
    const EMPTY: Self = Self::new();
}

impl<T: Model> Read for BTreeMap<String, T> {
    fn read(&mut self, source: &mut dyn Source<'_>) -> Result<(), Error> {
        source.object(Expected::Map, &mut &mut *self)
    }
}

impl<T: Model> ReadMembers for BTreeMap<String, T> {
    fn read_members(&mut self, object: &mut dyn Members<'_>) -> Result<(), Error> {
        while let Some(key) = object.key()? {
            let mut value = T::empty();
            object.value(&mut &mut value)?;
            self.entry(key.into_string()).or_insert(value);
        }
        Ok(())
    }
}
