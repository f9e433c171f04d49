//! Open enums of strings.

/// Declares an enum by its wire values; any other value is `Unrecognized` and written back as it came.
macro_rules! string_enum {
    (
        $direction:ident
        $(#[$meta:meta])*
        pub enum $name:ident { $( $(#[$v_meta:meta])* $variant:ident = $wire:literal, )+ }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(
                $(#[$v_meta])*
                #[doc = concat!("`", $wire, "` on the wire.")]
                $variant,
            )+
            /// A value that these models do not know.
            Unrecognized(String),
        }

        impl $name {
            /// The value as it is on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $wire, )+
                    Self::Unrecognized(value) => value,
                }
            }
        }

        impl From<&str> for $name {
            #[inline]
            fn from(value: &str) -> Self {
                match value {
                    $( $wire => Self::$variant, )+
                    other => Self::Unrecognized(other.to_owned()),
                }
            }
        }

        impl_json_schema! { $name, _ => $crate::rt::json_schema::strings(&[ $( $wire, )+ ]) }

        impl ::std::fmt::Display for $name {
            #[inline]
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                $crate::rt::deserialize(deserializer)
            }
        }

        impl $crate::rt::Read for $name {
            reads! { $direction
                fn read(
                    &mut self,
                    source: &mut dyn $crate::rt::Source<'_>,
                ) -> Result<(), ::serde_json::Error> {
                    source.word(&mut |word| *self = Self::from(word))
                }
            }
        }

        impl $crate::rt::Empty for $name {
            const EMPTY: Self = Self::Unrecognized(String::new());
        }
    };
}
