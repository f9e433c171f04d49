//! The instruments from outside: the mock server in memory, the scripted model behind the real app-server.
// Clippy lets tests unwrap, but not the functions that they share.
#![allow(clippy::unwrap_used)]

#[cfg(feature = "scripted-model")]
mod failures;
#[cfg(feature = "scripted-model")]
mod gates;
#[cfg(feature = "scripted-model")]
mod homes;
#[cfg(feature = "scripted-model")]
mod http;
mod mock;
#[cfg(feature = "scripted-model")]
mod raw_client;
mod recordings;
#[cfg(feature = "scripted-model")]
mod requests;
#[cfg(feature = "scripted-model")]
mod shell;
#[cfg(feature = "scripted-model")]
mod text;
#[cfg(feature = "scripted-model")]
mod tools;
