//! Values whose kind only their shape tells.

use serde_json::{Error, Value};

use super::cut_position;

/// What a value has to look like before an alternative is tried.
pub(crate) enum Guard {
    Text,
    List,
    /// Any of these objects.
    Object(&'static [Shape]),
}

/// The members of an object.
pub(crate) struct Shape {
    /// Members that it has, each with the values it may take, or none for any.
    pub(crate) has: &'static [(&'static str, &'static [&'static str])],
    /// If not empty, it has no others than these.
    pub(crate) only: &'static [&'static str],
}

impl Guard {
    pub(crate) fn fits(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Text, Value::String(_)) | (Self::List, Value::Array(_)) => true,
            (Self::Object(shapes), Value::Object(_)) => shapes.iter().any(|s| s.fits(value)),
            _ => false,
        }
    }
}

impl Shape {
    fn fits(&self, value: &Value) -> bool {
        let has = self.has.iter().all(|(name, values)| match value.get(name) {
            Some(Value::String(text)) => values.is_empty() || values.contains(&text.as_str()),
            Some(_) => values.is_empty(),
            None => false,
        });
        let known = |name: &String| self.only.contains(&name.as_str());
        has && (self.only.is_empty() || value.as_object().is_some_and(|o| o.keys().all(known)))
    }
}

/// The error of a value that looks like an alternative and cannot be read as one.
///
/// The position within the text made of the value would mislead; the outer reader adds its own.
#[cold]
pub(crate) fn misfit(name: &str, error: &Error) -> Error {
    serde::de::Error::custom(format_args!("{name}: {}", cut_position(&error.to_string())))
}

/// Declares a union without a tag: the first alternative whose guard fits and that can be read is
/// taken. What fits no guard is `Unrecognized`; what fits one and cannot be read is an error.
macro_rules! untagged_union {
    (
        $direction:ident
        $(#[$meta:meta])*
        pub enum $name:ident { $( $(#[$v_meta:meta])* $variant:ident($ty:ty) = $guard:expr, )+ }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $(
                $(#[$v_meta])*
                #[doc = concat!("Holds `", stringify!($ty), "`.")]
                $variant($ty),
            )+
            /// A shape that these models do not know.
            Unrecognized(::serde_json::Value),
        }

        $(
            impl From<$ty> for $name {
                fn from(value: $ty) -> Self {
                    Self::$variant(value)
                }
            }
        )+

        impl_json_schema! { $name, generator =>
            $crate::rt::json_schema::untagged(generator, &[
                $( ::schemars::SchemaGenerator::subschema_for::<$ty>, )+
            ])
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $( Self::$variant(value) => value.serialize(serializer), )+
                    Self::Unrecognized(value) => value.serialize(serializer),
                }
            }
        }

        when_reading! { $direction
            impl $crate::rt::Read for $name {
                reads! { $direction
                    fn read(
                        &mut self,
                        source: &mut dyn $crate::rt::Source<'_>,
                    ) -> Result<(), ::serde_json::Error> {
                        let value = source.value()?;
                        let text = value.to_string();
                        let mut misfit = None;
                        $(
                            if $guard.fits(&value) {
                                match $crate::rt::from_text(&text) {
                                    Ok(known) => {
                                        *self = Self::$variant(known);
                                        return Ok(());
                                    }
                                    Err(error) => { misfit.get_or_insert(error); }
                                }
                            }
                        )+
                        match misfit {
                            Some(error) => Err($crate::rt::misfit(stringify!($name), &error)),
                            None => {
                                *self = Self::Unrecognized(value);
                                Ok(())
                            }
                        }
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
