//! A typed server for an application's tests: no process, no network, no account.
//!
//! `turn` and `thread` are what the test writes down, `server` what it holds; `transport` carries
//! them, `connection` answers requests, `playback` plays the turns. All see `story`.

mod connection;
mod out;
mod place;
mod playback;
mod request;
mod server;
mod story;
mod thread;
mod transport;
mod turn;

pub use place::Place;
pub use request::MockRequest;
pub use server::MockServer;
pub use thread::MockThread;
pub use transport::MockServerTransport;
pub use turn::MockTurn;
