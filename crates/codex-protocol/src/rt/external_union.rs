//! Values that are a plain string, or an object with one member that names its kind.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::wire_union;

/// A union whose kinds are strings and one-member objects.
pub(crate) trait ExternalUnion: Sized {
    const NAME: &'static str;

    fn read_unit(wire: &str) -> Option<Self>;

    /// Reads the value of the member `wire`; `None` if the kind is not known, with nothing read.
    fn read_body<'de, A: MapAccess<'de>>(wire: &str, map: &mut A)
    -> Result<Option<Self>, A::Error>;

    fn unrecognized(value: Value) -> Self;
}

/// Reads any [`ExternalUnion`].
pub(crate) struct External<T>(pub(crate) PhantomData<T>);

impl<'de, T: ExternalUnion> Visitor<'de> for External<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a string or an object ({})", T::NAME)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        Ok(T::read_unit(text).unwrap_or_else(|| T::unrecognized(Value::from(text))))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let Some(key) = super::key(&mut map)? else {
            return Ok(T::unrecognized(Value::Object(Map::new())));
        };
        if let Some(known) = T::read_body(key.as_str(), &mut map)? {
            while super::key(&mut map)?.is_some() {
                super::skip(&mut map)?;
            }
            return Ok(known);
        }
        let value = map.next_value()?;
        let mut object = wire_union::rest(&mut map)?;
        object.insert(key.into_string(), value);
        Ok(T::unrecognized(Value::Object(object)))
    }
}

/// Declares such a union: strings under `unit`, one-member objects under `body`.
macro_rules! external_union {
    (
        $direction:ident
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( unit { $( $(#[$u_meta:meta])* $unit:ident = $u_wire:literal, )+ } )?
            $( body { $( $(#[$b_meta:meta])* $body:ident($b_ty:ty) = $b_wire:literal, )+ } )?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
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
            /// A kind that these models do not know: the whole value.
            Unrecognized(::serde_json::Value),
        }

        impl_json_schema! { $name, generator =>
            $crate::rt::json_schema::external(generator, &[
                $($( ($u_wire, None), )+)?
                $($( ($b_wire, Some(::schemars::SchemaGenerator::subschema_for::<$b_ty>)), )+)?
            ])
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                #[allow(unused_imports)]
                use ::serde::ser::SerializeMap;
                match self {
                    $($( Self::$unit => serializer.serialize_str($u_wire), )+)?
                    $($( Self::$body(body) => {
                        let mut map = serializer.serialize_map(Some(1))?;
                        map.serialize_entry($b_wire, body)?;
                        map.end()
                    } )+)?
                    Self::Unrecognized(value) => value.serialize(serializer),
                }
            }
        }

        when_reading! { $direction
            impl $crate::rt::ExternalUnion for $name {
                const NAME: &'static str = stringify!($name);

                fn read_unit(wire: &str) -> Option<Self> {
                    match wire {
                        $($( $u_wire => Some(Self::$unit), )+)?
                        _ => None,
                    }
                }

                #[allow(unused_variables)]
                fn read_body<'de, A: ::serde::de::MapAccess<'de>>(
                    wire: &str,
                    map: &mut A,
                ) -> Result<Option<Self>, A::Error> {
                    match wire {
                        $($( $b_wire => {
                            $crate::rt::value(map, stringify!($name), $b_wire).map(|body| Some(Self::$body(body)))
                        } )+)?
                        _ => Ok(None),
                    }
                }

                fn unrecognized(value: ::serde_json::Value) -> Self {
                    Self::Unrecognized(value)
                }
            }

            impl<'de> ::serde::Deserialize<'de> for $name {
                fn deserialize<D: ::serde::Deserializer<'de>>(
                    deserializer: D,
                ) -> Result<Self, D::Error> {
                    deserializer.deserialize_any($crate::rt::External(::std::marker::PhantomData))
                }
            }
        }
    };
}
