//! Places for the members of an object, filled by one loop for all objects.
//!
//! A struct says which members it has, as a table. It has no loop, no comparison and no way out of its own for each
//! member, which is what most of the time to compile these models went into.

use std::collections::BTreeMap;

use serde::de::{IgnoredAny, MapAccess};
use serde_json::{Error, Value};

use super::field::inside;
use super::{Key, Model, Read, Seed, Source};

/// Where a value goes, with nothing in it yet.
///
/// It is the reference to a value, and no value: with each that is used as `dyn` goes the code that drops it.
pub(crate) trait Place {
    /// Reads the value. After an error some of it may be there.
    fn fill(&mut self, source: &mut dyn Source<'_>) -> Result<(), Error>;
}

impl<T: Read> Place for &mut T {
    fn fill(&mut self, source: &mut dyn Source<'_>) -> Result<(), Error> {
        self.read(source)
    }
}

/// The place of a member that keeps its default where it is `null`.
pub(crate) struct OrDefault<'p, T>(pub(crate) &'p mut T);

impl<T: Read> Place for OrDefault<'_, T> {
    fn fill(&mut self, source: &mut dyn Source<'_>) -> Result<(), Error> {
        source.nullable(&mut self.0)
    }
}

/// The place of a member that tells `null` from absent.
#[allow(dead_code, reason = "which features are on decides whether such a type is read")]
pub(crate) struct Told<'p, T>(pub(crate) &'p mut Option<Option<T>>);

impl<T: Model> Place for Told<'_, T> {
    fn fill(&mut self, source: &mut dyn Source<'_>) -> Result<(), Error> {
        self.0.get_or_insert(None).read(source)
    }
}

/// A place that is a function.
pub(crate) struct To<F>(pub(crate) F);

impl<F: FnMut(&mut dyn Source<'_>) -> Result<(), Error>> Place for To<F> {
    fn fill(&mut self, source: &mut dyn Source<'_>) -> Result<(), Error> {
        (self.0)(source)
    }
}

/// The members that an object may have, by their names on the wire.
pub(crate) struct Known {
    owner: &'static str,
    members: &'static [&'static str],
    /// How many of them, from the first, must be there.
    needed: usize,
}

impl Known {
    /// # Panics
    ///
    /// If there are too many members, which is while the constant is compiled.
    pub(crate) const fn new(
        owner: &'static str,
        members: &'static [&'static str],
        needed: usize,
    ) -> Self {
        assert!(members.len() <= u64::BITS as usize, "an object with too many members");
        Self { owner, members, needed }
    }
}

/// An object that is read.
pub(crate) struct Table<'t, 'p> {
    pub(crate) known: &'static Known,
    /// A place for each member.
    pub(crate) places: &'t mut [&'p mut dyn Place],
    /// For members without a place, which are passed over if it is `None`.
    pub(crate) rest: Option<&'t mut BTreeMap<String, Value>>,
}

impl Table<'_, '_> {
    /// Reads what is left of an object. Of a member that comes twice, the first counts.
    pub(super) fn fill<'de, A: MapAccess<'de>>(&mut self, object: &mut A) -> Result<(), A::Error> {
        let Known { owner, members, needed } = self.known;
        // A bit for each; `Known::new` sees to it that there are enough.
        let mut seen = 0_u64;
        while let Some(key) = object.next_key::<Key<'de>>()? {
            let name = key.as_str();
            let mut places = members.iter().zip(self.places.iter_mut()).enumerate();
            if let Some((index, (_, place))) = places.find(|(_, (wire, _))| **wire == name) {
                let bit = 1_u64 << index;
                if seen & bit != 0 {
                    object.next_value::<IgnoredAny>()?;
                } else if let Err(error) = object.next_value_seed(Seed(*place)) {
                    return Err(inside(&error, owner, name));
                }
                seen |= bit;
            } else if let Some(rest) = &mut self.rest {
                let value = object.next_value();
                let value = value.map_err(|error| inside(&error, owner, name))?;
                rest.entry(name.to_owned()).or_insert(value);
            } else {
                object.next_value::<IgnoredAny>()?;
            }
        }
        let first_missing = seen.trailing_ones() as usize;
        match members[..*needed].get(first_missing) {
            Some(wire) => Err(missing(owner, wire)),
            None => Ok(()),
        }
    }
}

#[cold]
fn missing<E: serde::de::Error>(owner: &str, wire: &str) -> E {
    E::custom(format_args!("{owner}.{wire}: missing field"))
}
