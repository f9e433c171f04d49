//! Why no connection came to be.

use std::fmt;
use std::io;
use std::time::Duration;

use tokio_tungstenite::tungstenite;
use tungstenite::http::StatusCode;

use super::address;

/// A WebSocket connection that did not come to be.
///
/// Neither its text nor its `Debug` holds the bearer token, or the user name and query of the URL.
#[derive(Debug)]
pub struct ConnectError {
    url: Box<str>,
    failure: ConnectFailure,
}

/// What kept a WebSocket connection from coming to be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectFailure {
    /// The URL is not one that can be connected to, for the reason given.
    #[error("the URL is wrong: {0}")]
    Url(&'static str),

    /// Nothing took the connection: no such host or socket, nobody listening, no way there.
    #[error("the server cannot be reached: {0}")]
    Unreachable(io::Error),

    /// No secure connection could be agreed on: most often a certificate that is not trusted.
    #[error("TLS failed: {0}")]
    Tls(io::Error),

    /// The bearer token holds characters that a request cannot carry.
    #[error("the bearer token holds characters other than visible ASCII")]
    TokenCharacters,

    /// The server answered HTTP 401.
    #[error("{}", unauthorized(*token_given))]
    Unauthorized {
        /// Whether there was a bearer token for it to refuse.
        token_given: bool,
    },

    /// The server answered with another HTTP status than that of a WebSocket.
    #[error("the server answered HTTP {status} instead of opening a WebSocket")]
    Status {
        /// The status, such as 403 or 404.
        status: u16,
    },

    /// What answered does not speak WebSocket, or left in the middle of it.
    #[error("the server does not speak WebSocket: {0}")]
    Handshake(String),

    /// It took too long.
    #[error("there was no connection within {} s", after.as_secs_f32())]
    TimedOut {
        /// The limit that was in force.
        after: Duration,
    },
}

impl ConnectError {
    pub(super) fn new(url: &str, failure: ConnectFailure) -> Self {
        Self { url: address::shown(url).into(), failure }
    }

    /// The URL, without user name and query.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What was in the way.
    pub fn failure(&self) -> &ConnectFailure {
        &self.failure
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not connect to {}: {}", self.url, self.failure)
    }
}

impl std::error::Error for ConnectError {}

impl ConnectFailure {
    pub(super) fn handshake(error: tungstenite::Error, token_given: bool) -> Self {
        match error {
            tungstenite::Error::Http(response) => match response.status() {
                StatusCode::UNAUTHORIZED => Self::Unauthorized { token_given },
                status => Self::Status { status: status.as_u16() },
            },
            other => Self::Handshake(other.to_string()),
        }
    }
}

fn unauthorized(token_given: bool) -> &'static str {
    match token_given {
        true => "the server refused the bearer token (HTTP 401)",
        false => "the server asks for a bearer token (HTTP 401), and none was given",
    }
}
