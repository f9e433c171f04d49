//! What the generated declarations expand to, and nothing that they say.
//!
//! A declaration names its fields, their wire names and when they are present;
//! the macros here turn it into the type and its two directions. Everything
//! that can be shared between types is a function of this module.

#[macro_use]
mod impl_json_schema;
mod entries;
#[macro_use]
mod external_union;
mod field;
#[cfg(feature = "schemars")]
pub(crate) mod json_schema;
mod key;
mod member;
#[macro_use]
mod methods;
mod model;
mod source;
#[macro_use]
mod string_enum;
#[macro_use]
mod untagged_union;
#[macro_use]
mod wire_struct;
#[macro_use]
mod wire_union;

pub(crate) use entries::{Entries, Fields, write_object};
pub(crate) use external_union::{External, ExternalUnion};
pub(crate) use field::{cut_position, skip, value};
pub(crate) use key::Key;
#[allow(unused_imports, reason = "which features are on decides whether such a type is read")]
pub(crate) use member::Told;
pub(crate) use member::{Known, OrDefault, Place, Table, To};
pub(crate) use methods::{decode, method_and_params, params, write_json};
pub(crate) use model::{Empty, Model, Read, ReadMembers, deserialize, from_text, read_text};
pub(crate) use source::{Expected, Members, ObjectPlace, Seed, Source, Unread};
pub(crate) use untagged_union::{Guard, Shape, misfit};
pub(crate) use wire_union::{Tagged, TaggedUnion, skip_rest};
