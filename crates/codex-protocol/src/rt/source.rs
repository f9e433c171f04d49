//! A value that is to be read, behind a pointer: serde's `Deserializer` without being generic over it.
//!
//! So each model is read by one function, and not by a new one for every deserializer. Where it is compiled, `reads!`
//! says.

use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess,
    Visitor,
};
use serde_json::{Error, Value};

use super::{Key, Place, Table};
use crate::{Id, RequestId};

/// What the members of an object are read into. Not a function: each would be compiled for one call as well as for many.
pub(crate) trait ObjectPlace {
    fn fill_with_members(&mut self, object: &mut dyn Members<'_>) -> Result<(), Error>;

    /// The value is a text, where that is allowed.
    fn fill_with_text(&mut self, _: &str) {}
}

/// What a reader says it expected.
#[derive(Clone, Copy)]
pub(crate) enum Expected<'n> {
    Object(&'n str),
    TextOrObject(&'n str),
    Map,
}

impl fmt::Display for Expected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(name) => write!(f, "an object ({name})"),
            Self::TextOrObject(name) => write!(f, "a string or an object ({name})"),
            Self::Map => f.write_str("a map"),
        }
    }
}

/// Declares [`Source`] with a method for each type that serde reads in one go, and what is there before.
macro_rules! sources {
    ( $( $method:ident: $leaf:ty = $empty:expr, )+ ) => {
        /// One value, to be read once.
        pub(crate) trait Source<'de> {
            $( fn $method(&mut self) -> Result<$leaf, Error>; )+

            /// Reads a text that is looked at and thrown away.
            fn word(&mut self, look: &mut dyn FnMut(&str)) -> Result<(), Error>;

            /// Reads into the place, unless the value is null.
            fn nullable(&mut self, place: &mut dyn Place) -> Result<(), Error>;

            /// Reads one element after the other into the place.
            fn list(&mut self, place: &mut dyn Place) -> Result<(), Error>;

            fn object(&mut self, expected: Expected<'_>, place: &mut dyn ObjectPlace) -> Result<(), Error>;

            fn text_or_object(&mut self, expected: Expected<'_>, place: &mut dyn ObjectPlace) -> Result<(), Error>;
        }

        impl<'de, D: Deserializer<'de>> Source<'de> for Unread<D> {
            $(
                fn $method(&mut self) -> Result<$leaf, Error> {
                    <$leaf>::deserialize(self.take()?).map_err(plain)
                }
            )+

            fn word(&mut self, look: &mut dyn FnMut(&str)) -> Result<(), Error> {
                let word = Key::deserialize(self.take()?).map_err(plain)?;
                look(word.as_str());
                Ok(())
            }

            fn nullable(&mut self, place: &mut dyn Place) -> Result<(), Error> {
                self.take()?.deserialize_option(Nullable(place)).map_err(plain)
            }

            fn list(&mut self, place: &mut dyn Place) -> Result<(), Error> {
                self.take()?.deserialize_seq(Each(place)).map_err(plain)
            }

            fn object(&mut self, expected: Expected<'_>, place: &mut dyn ObjectPlace) -> Result<(), Error> {
                self.take()?.deserialize_map(Object { expected, place }).map_err(plain)
            }

            fn text_or_object(&mut self, expected: Expected<'_>, place: &mut dyn ObjectPlace) -> Result<(), Error> {
                let object = Object { expected, place };
                self.take()?.deserialize_any(TextOrObject(object)).map_err(plain)
            }
        }

        $(
            impl super::Read for $leaf {
                fn read(&mut self, source: &mut dyn Source<'_>) -> Result<(), Error> {
                    *self = source.$method()?;
                    Ok(())
                }
            }

            impl super::Empty for $leaf {
                const EMPTY: Self = $empty;
            }
        )+
    };
}

sources! {
    boolean: bool = false,
    int_32: i32 = 0,
    int_64: i64 = 0,
    uint_8: u8 = 0,
    uint_16: u16 = 0,
    uint_32: u32 = 0,
    uint_64: u64 = 0,
    float: f64 = 0.0,
    string: String = String::new(),
    id: Id = Id::EMPTY,
    request_id: RequestId = RequestId::Integer(0),
    value: Value = Value::Null,
}

/// The members of an object, one after the other.
pub(crate) trait Members<'de> {
    fn key(&mut self) -> Result<Option<Key<'de>>, Error>;

    /// The value of the member whose name was just read.
    fn value(&mut self, place: &mut dyn Place) -> Result<(), Error>;

    /// The same, of a text.
    fn text(&mut self) -> Result<Key<'de>, Error>;

    /// Passes over it.
    fn skip(&mut self) -> Result<(), Error>;

    /// Reads all that are left into the places of the table.
    fn fill(&mut self, table: &mut Table<'_, '_>) -> Result<(), Error>;
}

/// The one implementation of [`Source`]; `None` once it was read.
pub(crate) struct Unread<D>(pub(crate) Option<D>);

impl<D> Unread<D> {
    fn take(&mut self) -> Result<D, Error> {
        self.0.take().ok_or_else(|| Error::custom("a value was read twice"))
    }
}

/// The one implementation of [`Members`].
struct Unvisited<A>(A);

impl<'de, A: MapAccess<'de>> Members<'de> for Unvisited<A> {
    fn key(&mut self) -> Result<Option<Key<'de>>, Error> {
        self.0.next_key().map_err(plain)
    }

    fn value(&mut self, place: &mut dyn Place) -> Result<(), Error> {
        self.0.next_value_seed(Seed(place)).map_err(plain)
    }

    fn text(&mut self) -> Result<Key<'de>, Error> {
        self.0.next_value().map_err(plain)
    }

    fn skip(&mut self) -> Result<(), Error> {
        self.0.next_value::<IgnoredAny>().map(drop).map_err(plain)
    }

    fn fill(&mut self, table: &mut Table<'_, '_>) -> Result<(), Error> {
        table.fill(&mut self.0).map_err(plain)
    }
}

/// The text of an error, in which `serde_json` finds its position again.
#[cold]
fn plain<E: fmt::Display>(error: E) -> Error {
    Error::custom(error)
}

/// Reads a value into a place.
pub(crate) struct Seed<'p>(pub(crate) &'p mut dyn Place);

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.fill(&mut Unread(Some(deserializer))).map_err(D::Error::custom)
    }
}

struct Nullable<'p>(&'p mut dyn Place);

impl<'de> Visitor<'de> for Nullable<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("option")
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        Seed(self.0).deserialize(deserializer)
    }
}

struct Each<'p>(&'p mut dyn Place);

impl<'de> Visitor<'de> for Each<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Seed(self.0))?.is_some() {}
        Ok(())
    }
}

struct Object<'p, 'n> {
    expected: Expected<'n>,
    place: &'p mut dyn ObjectPlace,
}

impl<'de> Visitor<'de> for Object<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.expected, f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.place.fill_with_members(&mut Unvisited(map)).map_err(A::Error::custom)
    }
}

struct TextOrObject<'p, 'n>(Object<'p, 'n>);

impl<'de> Visitor<'de> for TextOrObject<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.place.fill_with_text(text);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.0.visit_map(map)
    }
}
