//! What holds for every type of the schema.

mod invented;
mod members;
mod order;
mod samples;
mod schema;
mod table;
