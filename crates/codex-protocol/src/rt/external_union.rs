//! Values that are a plain string, or an object with one member that names its kind.

use serde_json::{Error, Map, Value};

use super::field::inside;
use super::{Expected, Members, ObjectPlace, Place, Source, To, wire_union};

/// A union whose kinds are strings and one-member objects.
pub(crate) trait ExternalUnion {
    /// Becomes the kind that is a string; `false`, and nothing else, if it is not known.
    fn start_unit(&mut self, kind: &str) -> bool;

    /// Becomes an empty value of the kind that is an object; `false`, and nothing else, if it is not known.
    fn start_body(&mut self, kind: &str) -> bool;

    /// Reads the value of the object's one member.
    fn read_body(&mut self, source: &mut dyn Source<'_>) -> Result<(), Error>;

    fn unrecognized(&mut self, value: Value);
}

/// Reads any [`ExternalUnion`].
pub(crate) struct External<'u> {
    pub(crate) name: &'static str,
    pub(crate) union: &'u mut dyn ExternalUnion,
}

impl Place for External<'_> {
    fn fill(&mut self, source: &mut dyn Source<'_>) -> Result<(), Error> {
        source.text_or_object(Expected::TextOrObject(self.name), self)
    }
}

impl ObjectPlace for External<'_> {
    fn fill_with_members(&mut self, object: &mut dyn Members<'_>) -> Result<(), Error> {
        let Some(key) = object.key()? else {
            self.union.unrecognized(Value::Object(Map::new()));
            return Ok(());
        };
        let kind = key.as_str();
        if self.union.start_body(kind) {
            let body = &mut To(|source: &mut dyn Source<'_>| self.union.read_body(source));
            object.value(body).map_err(|error| inside(&error, self.name, kind))?;
            return wire_union::skip_rest(object);
        }
        let object = wire_union::collect(key, object)?;
        self.union.unrecognized(Value::Object(object));
        Ok(())
    }

    fn fill_with_text(&mut self, text: &str) {
        if !self.union.start_unit(text) {
            self.union.unrecognized(Value::from(text));
        }
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
                #[inline]
                fn start_unit(&mut self, kind: &str) -> bool {
                    *self = match kind {
                        $($( $u_wire => Self::$unit, )+)?
                        _ => return false,
                    };
                    true
                }

                #[inline]
                fn start_body(&mut self, kind: &str) -> bool {
                    *self = match kind {
                        $($( $b_wire => Self::$body($crate::rt::Empty::EMPTY), )+)?
                        _ => return false,
                    };
                    true
                }

                #[inline]
                fn read_body(
                    &mut self,
                    source: &mut dyn $crate::rt::Source<'_>,
                ) -> Result<(), ::serde_json::Error> {
                    match self {
                        $($( Self::$body(body) => $crate::rt::Read::read(body, source), )+)?
                        _ => source.value().map(drop),
                    }
                }

                #[inline]
                fn unrecognized(&mut self, value: ::serde_json::Value) {
                    *self = Self::Unrecognized(value);
                }
            }

            impl $crate::rt::Read for $name {
                reads! { $direction
                    fn read(
                        &mut self,
                        source: &mut dyn $crate::rt::Source<'_>,
                    ) -> Result<(), ::serde_json::Error> {
                        $crate::rt::Place::fill(&mut $crate::rt::External { name: stringify!($name), union: self }, source)
                    }
                }
            }

            impl $crate::rt::Empty for $name {
                const EMPTY: Self = Self::Unrecognized(::serde_json::Value::Null);
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
