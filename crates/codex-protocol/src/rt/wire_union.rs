//! Objects whose kind a member, the tag, names.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Error, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::{Key, cut_position};

/// A union whose objects carry their kind in the member `TAG`.
pub(crate) trait TaggedUnion: DeserializeOwned {
    const NAME: &'static str;
    const TAG: &'static str;

    /// Reads the members that follow the tag; `None` if the kind is not known,
    /// with nothing read.
    fn read_variant<'de, A: MapAccess<'de>>(
        tag: &str,
        map: &mut A,
    ) -> Result<Option<Self>, A::Error>;

    fn unrecognized(value: Value) -> Self;
}

/// Reads any tagged union, straight into the variant if the tag comes first.
pub(crate) struct UnionVisitor<T>(pub(crate) PhantomData<T>);

impl<'de, T: TaggedUnion> Visitor<'de> for UnionVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::expecting_object(f, T::NAME)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let Some(first) = super::key(&mut map)? else {
            return Err(untagged(T::NAME, T::TAG));
        };
        if first.as_str() != T::TAG {
            let text = reordered(T::TAG, T::NAME, collect(first, &mut map)?)?;
            return serde_json::from_str(&text).map_err(|error| again(&error));
        }
        let tag = super::value::<A, Key<'de>>(&mut map, T::NAME, T::TAG)?;
        if let Some(known) = T::read_variant(tag.as_str(), &mut map)? {
            return Ok(known);
        }
        let mut object = rest(&mut map)?;
        object.insert(T::TAG.to_owned(), Value::String(tag.into_string()));
        Ok(T::unrecognized(Value::Object(object)))
    }
}

/// Puts the tag in front, to be read again, from text: no variant is then
/// compiled for a second kind of deserializer.
#[cold]
fn reordered<E: Error>(tag: &str, name: &str, mut object: Map<String, Value>) -> Result<String, E> {
    let Some(kind) = object.remove(tag) else { return Err(untagged(name, tag)) };
    let members = Value::Object(object).to_string();
    let separator = if members == "{}" { "" } else { "," };
    Ok(format!("{{\"{tag}\":{kind}{separator}{}", &members[1..]))
}

#[cold]
fn collect<'de, A: MapAccess<'de>>(
    first: Key<'de>,
    map: &mut A,
) -> Result<Map<String, Value>, A::Error> {
    let value = map.next_value()?;
    let mut object = rest(map)?;
    object.insert(first.into_string(), value);
    Ok(object)
}

#[cold]
pub(super) fn rest<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Map<String, Value>, A::Error> {
    let mut object = Map::new();
    while let Some(key) = super::key(map)? {
        object.insert(key.into_string(), map.next_value()?);
    }
    Ok(object)
}

/// The position within the rebuilt text would mislead; the outer reader adds its own.
#[cold]
fn again<E: Error>(error: &serde_json::Error) -> E {
    E::custom(cut_position(&error.to_string()))
}

#[cold]
fn untagged<E: Error>(name: &str, tag: &str) -> E {
    E::custom(format_args!("{name}.{tag}: missing field"))
}

/// Declares a tagged union: kinds without members of their own under `unit`,
/// the others under `body`. An unknown kind is `Unrecognized`, whole; a known
/// one with a bad body is an error. Bodies are not boxed: unions stand in lists
/// and in boxes of their own, where one more allocation a value buys nothing.
macro_rules! wire_union {
    (
        $direction:ident
        $(#[$meta:meta])*
        pub enum $name:ident tag $tag:literal {
            $( unit { $( $(#[$u_meta:meta])* $unit:ident = $u_wire:literal, )+ } )?
            $( body { $( $(#[$b_meta:meta])* $body:ident($b_ty:ty) = $b_wire:literal, )+ } )?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        #[allow(clippy::large_enum_variant)]
        pub enum $name {
            $($(
                $(#[$u_meta])*
                #[doc = concat!("`", $u_wire, "` on the wire.")]
                $unit,
            )+)?
            $($(
                $(#[$b_meta])*
                #[doc = concat!("`", $b_wire, "` on the wire.")]
                $body($b_ty),
            )+)?
            /// A kind that these models do not know: the whole object.
            Unrecognized(::serde_json::Value),
        }

        impl $name {
            /// The kind as it is on the wire, empty for an unrecognized value without one.
            #[must_use]
            pub fn kind(&self) -> &str {
                match self {
                    $($( Self::$unit => $u_wire, )+)?
                    $($( Self::$body(_) => $b_wire, )+)?
                    Self::Unrecognized(value) => {
                        value.get($tag).and_then(::serde_json::Value::as_str).unwrap_or_default()
                    }
                }
            }
        }

        $($(
            impl From<$b_ty> for $name {
                fn from(body: $b_ty) -> Self {
                    Self::$body(body)
                }
            }
        )+)?

        impl_json_schema! { $name, generator =>
            $crate::rt::json_schema::tagged(generator, $tag, &[
                $($( ($u_wire, None), )+)?
                $($( ($b_wire, Some(<$b_ty as ::schemars::JsonSchema>::json_schema)), )+)?
            ])
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use ::serde::ser::SerializeMap;
                if let Self::Unrecognized(value) = self {
                    return value.serialize(serializer);
                }
                let mut map = serializer.serialize_map(None)?;
                $crate::rt::entry(&mut map, $tag, self.kind())?;
                match self {
                    $($( Self::$body(body) => $crate::rt::Fields::write_fields(body, &mut map)?, )+)?
                    _ => {}
                }
                map.end()
            }
        }

        when_reading! { $direction
            impl $crate::rt::TaggedUnion for $name {
                const NAME: &'static str = stringify!($name);
                const TAG: &'static str = $tag;

                fn read_variant<'de, A: ::serde::de::MapAccess<'de>>(
                    tag: &str,
                    map: &mut A,
                ) -> Result<Option<Self>, A::Error> {
                    Ok(Some(match tag {
                        $($( $u_wire => {
                            while $crate::rt::key(map)?.is_some() {
                                $crate::rt::skip(map)?;
                            }
                            Self::$unit
                        } )+)?
                        $($( $b_wire => {
                            Self::$body(<$b_ty as $crate::rt::ReadFields>::read_fields(map)?)
                        } )+)?
                        _ => return Ok(None),
                    }))
                }

                fn unrecognized(value: ::serde_json::Value) -> Self {
                    Self::Unrecognized(value)
                }
            }

            impl<'de> ::serde::Deserialize<'de> for $name {
                fn deserialize<D: ::serde::Deserializer<'de>>(
                    deserializer: D,
                ) -> Result<Self, D::Error> {
                    deserializer.deserialize_map($crate::rt::UnionVisitor(::std::marker::PhantomData))
                }
            }
        }
    };
}
