//! The members of an object that is written.

use serde::ser::{Serialize, SerializeMap, Serializer};

/// The fields of an object, without the braces: a tagged union puts its tag before them.
pub(crate) trait Fields {
    fn write_fields<M: SerializeMap>(&self, entries: &mut Entries<M>);
}

/// Writes any object.
pub(crate) fn write_object<T: Fields, S: Serializer>(
    object: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut entries = Entries::begin(serializer.serialize_map(None)?);
    object.write_fields(&mut entries);
    entries.end()
}

/// An object that is being written.
///
/// It keeps the first error to itself until the end, so that none of some thousand members has a way out of its own.
pub(crate) struct Entries<M: SerializeMap> {
    map: M,
    failure: Option<M::Error>,
}

impl<M: SerializeMap> Entries<M> {
    fn begin(map: M) -> Self {
        Self { map, failure: None }
    }

    /// Writes one member.
    ///
    /// Not inlined: compiled once for each type, rather than anew for each member.
    #[inline(never)]
    pub(crate) fn put<T: Serialize + ?Sized>(&mut self, wire: &str, value: &T) {
        if self.failure.is_none() {
            self.failure = self.map.serialize_entry(wire, value).err();
        }
    }

    /// Writes one member, if it is there.
    #[inline(never)]
    pub(crate) fn put_some<T: Serialize>(&mut self, wire: &str, value: &Option<T>) {
        if let Some(value) = value {
            self.put(wire, value);
        }
    }

    fn end(self) -> Result<M::Ok, M::Error> {
        match self.failure {
            Some(failure) => Err(failure),
            None => self.map.end(),
        }
    }
}
