//! The crate from outside.

mod decode;
mod errors;
mod ids;
mod models;
mod requests;
mod sizes;
