//! The crate from outside.

mod decode;
mod errors;
mod ids;
mod models;
mod recordings;
mod requests;
mod sizes;
