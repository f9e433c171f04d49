//! Objects whose kind a member, the tag, names.

use serde::de::Error as _;
use serde_json::{Error, Map, Value};

use super::field::inside;
use super::{Expected, Key, Members, ObjectPlace, Place, Source, cut_position, read_text};

/// A union whose objects carry their kind in a member, the tag.
pub(crate) trait TaggedUnion {
    /// Becomes an empty value of the kind; `false`, and nothing else, if the kind is not known.
    fn start(&mut self, kind: &str) -> bool;

    /// Reads the members that follow the tag.
    fn read_body(&mut self, object: &mut dyn Members<'_>) -> Result<(), Error>;

    fn unrecognized(&mut self, value: Value);
}

/// Reads any tagged union, straight into the variant if the tag comes first.
pub(crate) struct Tagged<'u> {
    pub(crate) name: &'static str,
    pub(crate) tag: &'static str,
    pub(crate) union: &'u mut dyn TaggedUnion,
}

impl Place for Tagged<'_> {
    fn fill(&mut self, source: &mut dyn Source<'_>) -> Result<(), Error> {
        source.object(Expected::Object(self.name), self)
    }
}

impl ObjectPlace for Tagged<'_> {
    fn fill_with_members(&mut self, object: &mut dyn Members<'_>) -> Result<(), Error> {
        let kind = match begin(object, self.name, self.tag)? {
            Beginning::Tag(kind) => kind,
            Beginning::Reordered(text) => {
                return read_text(&text, self).map_err(|error| again(&error));
            }
        };
        if !self.union.start(kind.as_str()) {
            self.union.unrecognized(whole(self.tag, kind, object)?);
            return Ok(());
        }
        self.union.read_body(object)
    }
}

/// How an object with a tag begins.
enum Beginning<'de> {
    /// With its tag.
    Tag(Key<'de>),
    /// With something else: it was read to its end, and is this with the tag in front.
    Reordered(String),
}

fn begin<'de>(
    object: &mut dyn Members<'de>,
    name: &str,
    tag: &str,
) -> Result<Beginning<'de>, Error> {
    let Some(first) = object.key()? else { return Err(untagged(name, tag)) };
    if first.as_str() != tag {
        return reordered(tag, name, collect(first, object)?).map(Beginning::Reordered);
    }
    object.text().map(Beginning::Tag).map_err(|error| inside(&error, name, tag))
}

/// An object of a kind that is not known.
fn whole(tag: &str, kind: Key<'_>, object: &mut dyn Members<'_>) -> Result<Value, Error> {
    let mut members = rest(object)?;
    members.insert(tag.to_owned(), Value::String(kind.into_string()));
    Ok(Value::Object(members))
}

/// Puts the tag in front, to be read again, from text.
#[cold]
fn reordered(tag: &str, name: &str, mut object: Map<String, Value>) -> Result<String, Error> {
    let Some(kind) = object.remove(tag) else { return Err(untagged(name, tag)) };
    let members = Value::Object(object).to_string();
    let separator = if members == "{}" { "" } else { "," };
    Ok(format!("{{\"{tag}\":{kind}{separator}{}", &members[1..]))
}

/// An object, of whose first member the name was read.
#[cold]
pub(super) fn collect(
    first: Key<'_>,
    object: &mut dyn Members<'_>,
) -> Result<Map<String, Value>, Error> {
    let value = any(object)?;
    let mut members = rest(object)?;
    members.insert(first.into_string(), value);
    Ok(members)
}

#[cold]
fn rest(object: &mut dyn Members<'_>) -> Result<Map<String, Value>, Error> {
    let mut members = Map::new();
    while let Some(key) = object.key()? {
        let value = any(object)?;
        members.entry(key.into_string()).or_insert(value);
    }
    Ok(members)
}

fn any(object: &mut dyn Members<'_>) -> Result<Value, Error> {
    let mut value = Value::Null;
    object.value(&mut &mut value)?;
    Ok(value)
}

/// Passes over what is left of an object.
pub(crate) fn skip_rest(object: &mut dyn Members<'_>) -> Result<(), Error> {
    while object.key()?.is_some() {
        object.skip()?;
    }
    Ok(())
}

/// The position within the rebuilt text would mislead; the outer reader adds its own.
#[cold]
fn again(error: &Error) -> Error {
    Error::custom(cut_position(&error.to_string()))
}

#[cold]
fn untagged(name: &str, tag: &str) -> Error {
    Error::custom(format_args!("{name}.{tag}: missing field"))
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
            #[inline]
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

        impl $crate::rt::Fields for $name {
            fn write_fields<M: ::serde::ser::SerializeMap>(
                &self,
                entries: &mut $crate::rt::Entries<M>,
            ) {
                entries.put($tag, self.kind());
                match self {
                    $($( Self::$body(body) => $crate::rt::Fields::write_fields(body, entries), )+)?
                    _ => {}
                }
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    Self::Unrecognized(value) => value.serialize(serializer),
                    known => $crate::rt::write_object(known, serializer),
                }
            }
        }

        when_reading! { $direction
            impl $crate::rt::TaggedUnion for $name {
                #[inline]
                fn start(&mut self, kind: &str) -> bool {
                    *self = match kind {
                        $($( $u_wire => Self::$unit, )+)?
                        $($( $b_wire => Self::$body($crate::rt::Empty::EMPTY), )+)?
                        _ => return false,
                    };
                    true
                }

                #[inline]
                fn read_body(
                    &mut self,
                    object: &mut dyn $crate::rt::Members<'_>,
                ) -> Result<(), ::serde_json::Error> {
                    match self {
                        $($( Self::$body(body) => $crate::rt::ReadMembers::read_members(body, object), )+)?
                        _ => $crate::rt::skip_rest(object),
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
                        $crate::rt::Place::fill(&mut $crate::rt::Tagged { name: stringify!($name), tag: $tag, union: self }, source)
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
