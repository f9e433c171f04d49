//! The crate from outside.

mod decode;
mod errors;
mod ids;
mod models;
mod pure;
mod recordings;
mod requests;
mod sizes;
