//! Objects with named fields.

/// Declares a struct by its fields, grouped by when they are on the wire:
///
/// | group | written | read |
/// |---|---|---|
/// | `required` | always | an error if missing |
/// | `nullable` | always, `null` if `None` | missing is `None` |
/// | `optional` | unless `None` | missing or `null` is `None` |
/// | `default` | always | missing or `null` is the type's default |
/// | `double` | unless `None`; `null` if `Some(None)` | missing is `None`, `null` is `Some(None)` |
///
/// `rest` names a map of all other members. The word before the declaration
/// says who sends it: `outgoing` is read, and `incoming` is built, only with
/// feature `server-side`. `answer` is incoming as well, and comes only if it is
/// asked for: see `reads`. `incoming_shared` has a field in an `Arc`, so that no
/// empty value of it is a constant.
macro_rules! wire_struct {
    (
        $direction:ident
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( required { $(
                $(#[$r_meta:meta])*
                $r:ident : $r_head:ident $(< $($r_arg:ty),+ >)? = $r_wire:literal,
            )+ } )?
            $( nullable { $(
                $(#[$n_meta:meta])*
                $n:ident : $n_head:ident $(< $($n_arg:ty),+ >)? = $n_wire:literal,
            )+ } )?
            $( optional { $(
                $(#[$o_meta:meta])*
                $o:ident : $o_head:ident $(< $($o_arg:ty),+ >)? = $o_wire:literal,
            )+ } )?
            $( default { $(
                $(#[$d_meta:meta])*
                $d:ident : $d_head:ident $(< $($d_arg:ty),+ >)? = $d_wire:literal,
            )+ } )?
            $( double { $(
                $(#[$w_meta:meta])*
                $w:ident : $w_head:ident $(< $($w_arg:ty),+ >)? = $w_wire:literal,
            )+ } )?
            $( rest $(#[$rest_meta:meta])* $rest:ident, )?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            $($(
                $(#[$r_meta])*
                #[doc = concat!("`", $r_wire, "` on the wire.")]
                pub $r: $r_head $(< $($r_arg),+ >)?,
            )+)?
            $($(
                $(#[$n_meta])*
                #[doc = concat!("`", $n_wire, "` on the wire.")]
                pub $n: Option<$n_head $(< $($n_arg),+ >)?>,
            )+)?
            $($(
                $(#[$o_meta])*
                #[doc = concat!("`", $o_wire, "` on the wire.")]
                pub $o: Option<$o_head $(< $($o_arg),+ >)?>,
            )+)?
            $($(
                $(#[$d_meta])*
                #[doc = concat!("`", $d_wire, "` on the wire.")]
                pub $d: $d_head $(< $($d_arg),+ >)?,
            )+)?
            $($(
                $(#[$w_meta])*
                #[doc = concat!("`", $w_wire, "` on the wire; `Some(None)` is `null`.")]
                pub $w: Option<Option<$w_head $(< $($w_arg),+ >)?>>,
            )+)?
            $(
                $(#[$rest_meta])*
                #[doc = "All other members."]
                pub $rest: ::std::collections::BTreeMap<String, ::serde_json::Value>,
            )?
        }

        impl $crate::rt::Fields for $name {
            #[allow(unused_variables)]
            fn write_fields<M: ::serde::ser::SerializeMap>(
                &self,
                entries: &mut $crate::rt::Entries<M>,
            ) {
                $($( entries.put($r_wire, &self.$r); )+)?
                $($( entries.put($n_wire, &self.$n); )+)?
                $($( entries.put_some($o_wire, &self.$o); )+)?
                $($( entries.put($d_wire, &self.$d); )+)?
                $($( entries.put_some($w_wire, &self.$w); )+)?
                $( for (key, value) in &self.$rest { entries.put(key, value); } )?
            }
        }

        impl_json_schema! { $name, generator =>
            $crate::rt::json_schema::object(generator, &[
                $($( $crate::rt::json_schema::Member {
                    wire: $r_wire,
                    required: true,
                    nullable: false,
                    of: ::schemars::SchemaGenerator::subschema_for::<$r_head $(< $($r_arg),+ >)?>,
                }, )+)?
                $($( $crate::rt::json_schema::Member {
                    wire: $n_wire,
                    required: true,
                    nullable: true,
                    of: ::schemars::SchemaGenerator::subschema_for::<$n_head $(< $($n_arg),+ >)?>,
                }, )+)?
                $($( $crate::rt::json_schema::Member {
                    wire: $o_wire,
                    required: false,
                    nullable: true,
                    of: ::schemars::SchemaGenerator::subschema_for::<$o_head $(< $($o_arg),+ >)?>,
                }, )+)?
                $($( $crate::rt::json_schema::Member {
                    wire: $d_wire,
                    required: false,
                    nullable: false,
                    of: ::schemars::SchemaGenerator::subschema_for::<$d_head $(< $($d_arg),+ >)?>,
                }, )+)?
                $($( $crate::rt::json_schema::Member {
                    wire: $w_wire,
                    required: false,
                    nullable: true,
                    of: ::schemars::SchemaGenerator::subschema_for::<$w_head $(< $($w_arg),+ >)?>,
                }, )+)?
            ])
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::rt::write_object(self, serializer)
            }
        }

        when_reading! { $direction
            when_constant! { $direction
                impl $crate::rt::Empty for $name {
                    const EMPTY: Self = Self {
                        $($( $r: $crate::rt::Empty::EMPTY, )+)?
                        $($( $n: None, )+)?
                        $($( $o: None, )+)?
                        $($( $d: $crate::rt::Empty::EMPTY, )+)?
                        $($( $w: None, )+)?
                        $( $rest: ::std::collections::BTreeMap::new(), )?
                    };
                }
            }

            when_shared! { $direction
                impl $crate::rt::Model for $name {
                    fn empty() -> Self {
                        Self {
                            $($( $r: $crate::rt::Model::empty(), )+)?
                            $($( $n: None, )+)?
                            $($( $o: None, )+)?
                            $($( $d: $crate::rt::Model::empty(), )+)?
                            $($( $w: None, )+)?
                            $( $rest: ::std::collections::BTreeMap::new(), )?
                        }
                    }
                }
            }

            impl $crate::rt::Read for $name {
                reads! { $direction
                    fn read(
                        &mut self,
                        source: &mut dyn $crate::rt::Source<'_>,
                    ) -> Result<(), ::serde_json::Error> {
                        source.object($crate::rt::Expected::Object(stringify!($name)), &mut &mut *self)
                    }
                }
            }

            impl $crate::rt::ReadMembers for $name {
                #[inline]
                fn read_members(
                    &mut self,
                    object: &mut dyn $crate::rt::Members<'_>,
                ) -> Result<(), ::serde_json::Error> {
                    const NEEDED: &[&str] = &[$( $( $r_wire, )+ )?];
                    static KNOWN: $crate::rt::Known = $crate::rt::Known::new(
                        stringify!($name),
                        &[
                            $($( $r_wire, )+)?
                            $($( $n_wire, )+)?
                            $($( $o_wire, )+)?
                            $($( $d_wire, )+)?
                            $($( $w_wire, )+)?
                        ],
                        NEEDED.len(),
                    );
                    object.fill(&mut $crate::rt::Table {
                        known: &KNOWN,
                        places: &mut [
                            $($( &mut &mut self.$r, )+)?
                            $($( &mut &mut self.$n, )+)?
                            $($( &mut &mut self.$o, )+)?
                            $($( &mut $crate::rt::OrDefault(&mut self.$d), )+)?
                            $($( &mut $crate::rt::Told(&mut self.$w), )+)?
                        ],
                        rest: None $( .or(Some(&mut self.$rest)) )?,
                    })
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

        when_building! { $direction
            impl $name {
                #[doc = concat!("A `", stringify!($name), "` with its required fields, in the order of their declaration; setters add the rest.")]
                #[allow(clippy::too_many_arguments, clippy::new_without_default)]
                #[must_use]
                pub fn new(
                    $($( $r: argument!($r_head $(< $($r_arg),+ >)?), )+)?
                ) -> Self {
                    Self {
                        $($( $r: $r.into(), )+)?
                        $($( $n: None, )+)?
                        $($( $o: None, )+)?
                        $($( $d: Default::default(), )+)?
                        $($( $w: None, )+)?
                        $( $rest: ::std::collections::BTreeMap::new(), )?
                    }
                }

                $($(
                    #[doc = concat!("Sets `", $r_wire, "`.")]
                    #[must_use]
                    pub fn $r(mut self, value: argument!($r_head $(< $($r_arg),+ >)?)) -> Self {
                        self.$r = value.into();
                        self
                    }
                )+)?
                $($(
                    #[doc = concat!("Sets `", $n_wire, "`.")]
                    #[must_use]
                    pub fn $n(mut self, value: argument!($n_head $(< $($n_arg),+ >)?)) -> Self {
                        self.$n = Some(value.into());
                        self
                    }
                )+)?
                $($(
                    #[doc = concat!("Sets `", $o_wire, "`.")]
                    #[must_use]
                    pub fn $o(mut self, value: argument!($o_head $(< $($o_arg),+ >)?)) -> Self {
                        self.$o = Some(value.into());
                        self
                    }
                )+)?
                $($(
                    #[doc = concat!("Sets `", $d_wire, "`.")]
                    #[must_use]
                    pub fn $d(mut self, value: argument!($d_head $(< $($d_arg),+ >)?)) -> Self {
                        self.$d = value.into();
                        self
                    }
                )+)?
                $($(
                    #[doc = concat!("Sets `", $w_wire, "`; `None` sends `null`.")]
                    #[must_use]
                    pub fn $w(
                        mut self,
                        value: impl Into<Option<$w_head $(< $($w_arg),+ >)?>>,
                    ) -> Self {
                        self.$w = Some(value.into());
                        self
                    }
                )+)?
            }
        }
    };
}

/// How a setter takes a value: numbers and flags as they are, since a bare
/// literal has no one type to convert from, and the rest by `Into`.
macro_rules! argument {
    (bool) => { bool };
    (i32) => { i32 };
    (i64) => { i64 };
    (u8) => { u8 };
    (u16) => { u16 };
    (u32) => { u32 };
    (u64) => { u64 };
    (f64) => { f64 };
    ($other:ty) => { impl Into<$other> };
}

/// Items that read a type: of what the client sends, only a server's side reads.
macro_rules! when_reading {
    (outgoing $($item:item)*) => { $( #[cfg(feature = "server-side")] $item )* };
    ($direction:ident $($item:item)*) => { $($item)* };
}

/// Items that build a type: of what the server sends, only a server's side builds.
macro_rules! when_building {
    (incoming $($item:item)*) => { $( #[cfg(feature = "server-side")] $item )* };
    (incoming_shared $($item:item)*) => { $( #[cfg(feature = "server-side")] $item )* };
    (answer $($item:item)*) => { $( #[cfg(feature = "server-side")] $item )* };
    ($direction:ident $($item:item)*) => { $($item)* };
}

/// The function that reads a type. What the server sends only if it is asked, and what only a client sends, is
/// compiled in the crates that ask or serve, and nowhere else; the rest once, here.
macro_rules! reads {
    (answer $($read:tt)*) => { #[inline] $($read)* };
    (outgoing $($read:tt)*) => { #[inline] $($read)* };
    ($direction:ident $($read:tt)*) => { $($read)* };
}

/// Items of a type whose empty value is a constant.
macro_rules! when_constant {
    (incoming_shared $($item:item)*) => {};
    ($direction:ident $($item:item)*) => { $($item)* };
}

/// Items of a type whose empty value is no constant.
macro_rules! when_shared {
    (incoming_shared $($item:item)*) => { $($item)* };
    ($direction:ident $($item:item)*) => {};
}
