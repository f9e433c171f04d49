//! Tests of codex-runtime, in one binary.

mod locate;
mod platform;
mod tree;
