//! The tables of methods.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Model, from_text};
use crate::DecodeError;

/// Reads the reply of `method`.
pub(crate) fn decode<T: Model>(method: &'static str, raw: &str) -> Result<T, DecodeError> {
    from_text(raw).map_err(|source| DecodeError::new(method, source))
}

/// Appends the JSON of a model.
pub(crate) fn write_json<T: Serialize>(value: &T, out: &mut Vec<u8>) {
    serde_json::to_writer(out, value)
        .expect("a Vec takes every byte, and models have no key that is not a string");
}

/// `{"method": .., "params": ..}`, without params that are null.
pub(crate) fn method_and_params<S: Serializer, T: Serialize>(
    serializer: S,
    method: &str,
    params: &T,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("method", method)?;
    map.serialize_entry("params", params)?;
    map.end()
}

/// The ways in which the params of a client's method go on the wire.
pub(crate) mod params {
    use super::{Serialize, write_json};

    /// As they are, `{}` included.
    pub(crate) fn required<T: Serialize>(params: &T, out: &mut Vec<u8>) {
        write_json(params, out);
    }

    /// Not at all if nothing is set: older servers know the method without params.
    #[allow(dead_code, reason = "such methods come with feature `all-methods`")]
    pub(crate) fn optional<T: Serialize>(params: &T, out: &mut Vec<u8>) {
        let start = out.len();
        write_json(params, out);
        if &out[start..] == b"{}" {
            out.truncate(start);
        }
    }

    /// Not at all.
    pub(crate) fn none<T: Serialize>(_: &T, _: &mut Vec<u8>) {}
}

/// Ties params to the method and its response. The word in front says how the
/// params are sent, see [`params`].
macro_rules! client_requests {
    (
        stable { $( $s_kind:ident $s_params:ident = $s_method:literal => $s_response:ident, )* }
        experimental { $( $e_kind:ident $e_params:ident = $e_method:literal => $e_response:ident, )* }
    ) => {
        $(
            impl $crate::ClientRequest for $s_params {
                const METHOD: &'static str = $s_method;
                type Response = $s_response;

                #[inline]
                fn write_params(&self, out: &mut Vec<u8>) {
                    $crate::rt::params::$s_kind(self, out);
                }

                #[inline]
                fn decode_response(raw: &str) -> Result<$s_response, $crate::DecodeError> {
                    $crate::rt::decode($s_method, raw)
                }
            }
        )*
        $(
            impl $crate::ClientRequest for $e_params {
                const METHOD: &'static str = $e_method;
                const EXPERIMENTAL: bool = true;
                type Response = $e_response;

                #[inline]
                fn write_params(&self, out: &mut Vec<u8>) {
                    $crate::rt::params::$e_kind(self, out);
                }

                #[inline]
                fn decode_response(raw: &str) -> Result<$e_response, $crate::DecodeError> {
                    $crate::rt::decode($e_method, raw)
                }
            }
        )*
    };
}

/// Ties params to a notification that the client sends.
macro_rules! client_notifications {
    ( $( $kind:ident $params:ident = $method:literal, )* ) => {
        $(
            impl $crate::ClientNotification for $params {
                const METHOD: &'static str = $method;

                #[inline]
                fn write_params(&self, out: &mut Vec<u8>) {
                    $crate::rt::params::$kind(self, out);
                }
            }
        )*
    };
}

/// Ties params to the one notification that carries them.
macro_rules! server_notification_params {
    ( $( $params:ident = $method:literal, )* ) => {
        $(
            impl $crate::ServerNotificationParams for $params {
                const METHOD: &'static str = $method;
            }
        )*
    };
}

/// Ties params to the server's request that carries them, and to what answers it.
macro_rules! server_request_params {
    ( $( $params:ident = $method:literal => $response:ident, )* ) => {
        $(
            impl $crate::ServerRequestParams for $params {
                const METHOD: &'static str = $method;
                type Response = $response;
            }
        )*
    };
}

/// Declares an enum over the methods of the server.
macro_rules! server_methods {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $( $(#[$v_meta:meta])* $variant:ident($head:ident $(<$of:ident>)?) = $method:literal, )+ }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $(
                $(#[$v_meta])*
                #[doc = concat!("`", $method, "` on the wire.")]
                $variant($head $(<$of>)?),
            )+
            /// A method that these models do not know.
            Unrecognized {
                /// The method as it came.
                method: String,
                /// Its params, `Value::Null` if it had none.
                params: ::serde_json::Value,
            },
        }

        impl $name {
            /// The methods that these models know, in the order of the variants.
            pub const METHODS: &[&str] = &[ $( $method, )+ ];

            /// The method as it is on the wire.
            #[must_use]
            pub fn method(&self) -> &str {
                match self {
                    $( Self::$variant(_) => $method, )+
                    Self::Unrecognized { method, .. } => method,
                }
            }

            /// The static name of a method that these models know.
            pub(crate) fn known_method(method: &str) -> Option<&'static str> {
                Self::METHODS.iter().copied().find(|known| *known == method)
            }

            /// A value of `method` of whose params nothing was read yet, if the method is known.
            fn empty(method: &str) -> Option<Self> {
                Some(match method {
                    $( $method => Self::$variant(empty_payload!($head $(<$of>)?)), )+
                    _ => return None,
                })
            }

            fn read(
                &mut self,
                params: &mut dyn $crate::rt::Source<'_>,
            ) -> Result<(), ::serde_json::Error> {
                match self {
                    $( Self::$variant(payload) => $crate::rt::Read::read(payload, params), )+
                    Self::Unrecognized { .. } => params.value().map(drop),
                }
            }

            /// Reads the params of `method`; if it is not known, nothing is read.
            pub(crate) fn read_params(
                method: &str,
                params: &mut dyn $crate::rt::Source<'_>,
            ) -> Result<Option<Self>, ::serde_json::Error> {
                let mut known = Self::empty(method);
                if let Some(known) = &mut known {
                    known.read(params)?;
                }
                Ok(known)
            }

            /// The same, from JSON.
            pub(crate) fn from_params(
                method: &str,
                params: &str,
            ) -> Result<Option<Self>, ::serde_json::Error> {
                let mut known = Self::empty(method);
                if let Some(known) = &mut known {
                    let mut place = $crate::rt::To(|params: &mut dyn $crate::rt::Source<'_>| known.read(params));
                    $crate::rt::read_text(params, &mut place)?;
                }
                Ok(known)
            }
        }

        impl_json_schema! { $name, generator =>
            $crate::rt::json_schema::methods(generator, &[
                $( ($method, ::schemars::SchemaGenerator::subschema_for::<$head $(<$of>)?>), )+
            ])
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $( Self::$variant(params) => {
                        $crate::rt::method_and_params(serializer, $method, params)
                    } )+
                    Self::Unrecognized { method, params } => {
                        $crate::rt::method_and_params(serializer, method, params)
                    }
                }
            }
        }

        #[cfg(feature = "samples")]
        impl $crate::Sample for $name {
            fn json_samples() -> Vec<String> {
                $crate::sample::of_methods(&[ $( ($method, <$head $(<$of>)? as $crate::Sample>::json_samples), )+ ])
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                use ::serde::de::Error;
                let mut message = <::serde_json::Map<String, ::serde_json::Value>>::deserialize(deserializer)?;
                let Some(::serde_json::Value::String(method)) = message.remove("method") else {
                    return Err(D::Error::missing_field("method"));
                };
                let params = message.remove("params").unwrap_or_default();
                let text = params.to_string();
                let known = Self::from_params(&method, &text)
                    .map_err(|error| D::Error::custom($crate::rt::cut_position(&error.to_string())))?;
                Ok(known.unwrap_or(Self::Unrecognized { method, params }))
            }
        }
    };
}

/// Params of which nothing was read yet. `Box<T>` counts as a type of the crate that has `T`, so that it cannot have a
/// `Model` of its own beside the one for all that is `Empty`.
macro_rules! empty_payload {
    (Box<$of:ident>) => {
        Box::new(<$of as $crate::rt::Empty>::EMPTY)
    };
    ($other:ty) => {
        <$other as $crate::rt::Model>::empty()
    };
}
