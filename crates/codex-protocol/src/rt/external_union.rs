//! Values that are a plain string, or an object with one member that names its kind.

use serde_json::{Error, Map, Value};

use super::{Expected, Members, ObjectPlace, Source, wire_union};

/// A union whose kinds are strings and one-member objects.
pub(crate) trait ExternalUnion: Sized {
    const NAME: &'static str;

    fn read_unit(wire: &str) -> Option<Self>;

    /// Reads the value of the member `wire`; `None` if the kind is not known, with nothing read.
    fn read_body(wire: &str, object: &mut dyn Members<'_>) -> Result<Option<Self>, Error>;

    fn unrecognized(value: Value) -> Self;
}

/// Reads any [`ExternalUnion`].
pub(crate) fn read_external<T: ExternalUnion>(
    place: &mut Option<T>,
    source: &mut dyn Source<'_>,
) -> Result<(), Error> {
    source.text_or_object(Expected::TextOrObject(T::NAME), &mut External(place))
}

struct External<'p, T>(&'p mut Option<T>);

impl<T: ExternalUnion> ObjectPlace for External<'_, T> {
    fn read(&mut self, object: &mut dyn Members<'_>) -> Result<(), Error> {
        *self.0 = Some(read_kind(object)?);
        Ok(())
    }

    fn read_text(&mut self, text: &str) {
        let known = T::read_unit(text);
        *self.0 = Some(known.unwrap_or_else(|| T::unrecognized(Value::from(text))));
    }
}

fn read_kind<T: ExternalUnion>(object: &mut dyn Members<'_>) -> Result<T, Error> {
    let Some(key) = object.key()? else {
        return Ok(T::unrecognized(Value::Object(Map::new())));
    };
    if let Some(known) = T::read_body(key.as_str(), object)? {
        wire_union::skip_rest(object)?;
        return Ok(known);
    }
    wire_union::collect(key, object).map(|object| T::unrecognized(Value::Object(object)))
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
                fn read_body(
                    wire: &str,
                    object: &mut dyn $crate::rt::Members<'_>,
                ) -> Result<Option<Self>, ::serde_json::Error> {
                    match wire {
                        $($( $b_wire => {
                            $crate::rt::member(object, stringify!($name), $b_wire).map(|body| Some(Self::$body(body)))
                        } )+)?
                        _ => Ok(None),
                    }
                }

                fn unrecognized(value: ::serde_json::Value) -> Self {
                    Self::Unrecognized(value)
                }
            }

            impl $crate::rt::Model for $name {
                fn read_into(
                    place: &mut Option<Self>,
                    source: &mut dyn $crate::rt::Source<'_>,
                ) -> Result<(), ::serde_json::Error> {
                    $crate::rt::read_external(place, source)
                }
            }

            impl<'de> ::serde::Deserialize<'de> for $name {
                fn deserialize<D: ::serde::Deserializer<'de>>(
                    deserializer: D,
                ) -> Result<Self, D::Error> {
                    $crate::rt::deserialize(deserializer)
                }
            }
        }
    };
}
