//! Values whose kind only their shape tells.

use serde_json::Value;

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

/// Declares a union without a tag: the first alternative whose guard fits and
/// that can be read is taken, and anything else is `Unrecognized`.
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
            impl<'de> ::serde::Deserialize<'de> for $name {
                fn deserialize<D: ::serde::Deserializer<'de>>(
                    deserializer: D,
                ) -> Result<Self, D::Error> {
                    let value = <::serde_json::Value as ::serde::Deserialize>::deserialize(deserializer)?;
                    let text = value.to_string();
                    $(
                        if let (true, Ok(known)) = ($guard.fits(&value), ::serde_json::from_str(&text)) {
                            return Ok(Self::$variant(known));
                        }
                    )+
                    Ok(Self::Unrecognized(value))
                }
            }
        }
    };
}
