//! Every type of the schema and every request, from the list that the generator writes.

use std::fmt::Debug;

use codex_protocol::{
    ClientRequest, DecodeError, RequestId, Sample, ServerRequestParams, write_request,
};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::Value;

/// How a type looks on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Object,
    /// An object that keeps members that it does not know.
    OpenObject,
    Strings,
    /// Objects whose kind this member names.
    Tagged(&'static str),
    /// Strings, and objects whose one member names their kind.
    External,
    Untagged,
}

pub(crate) struct Type {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) samples: fn() -> Vec<String>,
    /// Reads a JSON text, and writes what it has read.
    pub(crate) again: fn(&str) -> Result<Again, serde_json::Error>,
    pub(crate) schema: fn(&mut SchemaGenerator) -> Schema,
}

pub(crate) struct Again {
    pub(crate) written: Value,
    /// Whether nothing in it, at any depth, was unrecognized.
    pub(crate) known: bool,
}

pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) params: fn() -> Vec<String>,
    pub(crate) responses: fn() -> Vec<String>,
    /// Reads params, and writes the request with the id 1.
    pub(crate) write: fn(&str) -> Result<String, serde_json::Error>,
    /// Reads a response by its request, and writes what it has read.
    pub(crate) answer: fn(&str) -> Result<String, DecodeError>,
}

/// A request of the server, and what a client may answer.
pub(crate) struct Asked {
    pub(crate) method: &'static str,
    pub(crate) responses: fn() -> Vec<String>,
}

fn again<T: Sample + Serialize + Debug>(text: &str) -> Result<Again, serde_json::Error> {
    let read: T = serde_json::from_str(text)?;
    let known = !format!("{read:?}").contains("Unrecognized");
    Ok(Again { written: serde_json::to_value(&read)?, known })
}

fn of_type<T>(name: &'static str, shape: Shape) -> Type
where
    T: Sample + Serialize + Debug + JsonSchema,
{
    let schema = SchemaGenerator::subschema_for::<T>;
    Type { name, shape, samples: T::json_samples, again: again::<T>, schema }
}

fn of_request<R: ClientRequest + Sample>() -> Request
where
    R::Response: Sample + Serialize,
{
    Request {
        method: R::METHOD,
        params: R::json_samples,
        responses: R::Response::json_samples,
        write: |params| {
            let mut out = Vec::new();
            write_request(&mut out, &RequestId::Integer(1), &serde_json::from_str::<R>(params)?);
            Ok(String::from_utf8(out).expect("JSON is UTF-8"))
        },
        answer: |raw| {
            let response = R::decode_response(raw)?;
            Ok(serde_json::to_string(&response).expect("models serialize"))
        },
    }
}

fn of_asked<R: ServerRequestParams>() -> Asked
where
    R::Response: Sample,
{
    Asked { method: R::METHOD, responses: R::Response::json_samples }
}

macro_rules! samples {
    (
        client_requests { $($request:ident,)* }
        external { $($external:ident,)* }
        objects { $($object:ident,)* }
        open_objects { $($open:ident,)* }
        server_requests { $($asked:ident,)* }
        strings { $($strings:ident,)* }
        tagged { $($tagged:ident = $tag:literal,)* }
        untagged { $($untagged:ident,)* }
    ) => {
        /// Every type, but for those that are other names of `String` and the like.
        pub(crate) fn types() -> Vec<Type> {
            use codex_protocol as p;
            vec![
                $( of_type::<p::$external>(stringify!($external), Shape::External), )*
                $( of_type::<p::$object>(stringify!($object), Shape::Object), )*
                $( of_type::<p::$open>(stringify!($open), Shape::OpenObject), )*
                $( of_type::<p::$strings>(stringify!($strings), Shape::Strings), )*
                $( of_type::<p::$tagged>(stringify!($tagged), Shape::Tagged($tag)), )*
                $( of_type::<p::$untagged>(stringify!($untagged), Shape::Untagged), )*
            ]
        }

        pub(crate) fn client_requests() -> Vec<Request> {
            vec![ $( of_request::<codex_protocol::$request>(), )* ]
        }

        pub(crate) fn server_requests() -> Vec<Asked> {
            vec![ $( of_asked::<codex_protocol::$asked>(), )* ]
        }
    };
}

include!("../../src/generated/samples.rs");
