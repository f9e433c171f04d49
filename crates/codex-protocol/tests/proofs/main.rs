//! What holds for every type of the schema.

mod form;
mod invented;
mod json_schema;
mod members;
mod mutated;
mod mutation;
mod order;
mod samples;
mod schema;
mod table;
