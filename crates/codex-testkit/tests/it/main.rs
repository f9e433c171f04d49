//! The scripted model behind the real app-server.
#![cfg(feature = "scripted-model")]
// Clippy lets tests unwrap, but not the functions that they share.
#![allow(clippy::unwrap_used)]

mod failures;
mod gates;
mod homes;
mod http;
mod raw_client;
mod requests;
mod shell;
mod text;
