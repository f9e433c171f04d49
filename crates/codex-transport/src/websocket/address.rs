//! Where a URL points to.

#[cfg(unix)]
use std::path::PathBuf;

use tokio_tungstenite::tungstenite::http::Uri;

use super::ConnectFailure;

/// What is dialled, and what the upgrade request then asks for.
#[derive(Debug)]
pub(super) struct Address {
    pub(super) place: Place,
    pub(super) uri: Uri,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    Tcp {
        /// Without the brackets of an IPv6 address.
        host: String,
        port: u16,
        tls: bool,
    },
    #[cfg(unix)]
    Unix(PathBuf),
}

impl Address {
    pub(super) fn parse(url: &str) -> Result<Self, ConnectFailure> {
        if let Some(path) = url.strip_prefix("unix://") {
            return unix(path);
        }
        let uri: Uri = url.parse().map_err(|_| ConnectFailure::Url("it cannot be read"))?;
        let tls = match uri.scheme_str() {
            Some("ws") => false,
            Some("wss") => true,
            _ => return Err(ConnectFailure::Url("it begins with none of ws://, wss://, unix://")),
        };
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        if authority.contains('@') {
            return Err(ConnectFailure::Url("it holds a user name; give a bearer token instead"));
        }
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        if host.is_empty() {
            return Err(ConnectFailure::Url("it names no host"));
        }
        let port = match (uri.port_u16(), tls) {
            (Some(port), _) => port,
            (None, true) => 443,
            (None, false) => 80,
        };
        Ok(Self { place: Place::Tcp { host, port, tls }, uri })
    }
}

/// The URL as messages repeat it: no user name, no query, since these may be secrets.
pub(super) fn shown(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    match url.split_once("://") {
        Some((scheme, rest)) if scheme != "unix" => {
            let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
            let host = authority.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}{path}")
        }
        _ => url.to_owned(),
    }
}

#[cfg(unix)]
fn unix(path: &str) -> Result<Address, ConnectFailure> {
    if path.is_empty() {
        return Err(ConnectFailure::Url("it names no socket"));
    }
    // A socket has no host, and a request needs one.
    Ok(Address { place: Place::Unix(path.into()), uri: Uri::from_static("ws://localhost/") })
}

#[cfg(not(unix))]
fn unix(_path: &str) -> Result<Address, ConnectFailure> {
    Err(ConnectFailure::Url("this system has no unix sockets"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(url: &str) -> (String, u16, bool) {
        match Address::parse(url).unwrap().place {
            Place::Tcp { host, port, tls } => (host, port, tls),
            #[cfg(unix)]
            Place::Unix(path) => panic!("{}", path.display()),
        }
    }

    #[test]
    fn hosts_and_ports_are_found() {
        assert_eq!(tcp("ws://127.0.0.1:4500"), ("127.0.0.1".to_owned(), 4500, false));
        assert_eq!(tcp("wss://codex.example/a?b=c"), ("codex.example".to_owned(), 443, true));
        assert_eq!(tcp("ws://[::1]/"), ("::1".to_owned(), 80, false));
    }

    #[cfg(unix)]
    #[test]
    fn a_socket_may_be_anywhere() {
        for path in ["/run/codex.sock", "relative/a b?c.sock"] {
            let address = Address::parse(&format!("unix://{path}")).unwrap();
            assert_eq!(address.place, Place::Unix(path.into()));
        }
    }

    #[test]
    fn other_urls_are_refused_with_the_reason() {
        for (url, reason) in [
            ("http://localhost", "it begins with none of ws://, wss://, unix://"),
            ("127.0.0.1:4500", "it begins with none of ws://, wss://, unix://"),
            ("ws://", "it cannot be read"),
            ("ws://:80", "it names no host"),
            ("ws://a b", "it cannot be read"),
            ("ws://me:secret@localhost", "it holds a user name; give a bearer token instead"),
            #[cfg(unix)]
            ("unix://", "it names no socket"),
        ] {
            let failure = Address::parse(url).unwrap_err();
            assert!(matches!(failure, ConnectFailure::Url(told) if told == reason), "{failure:?}");
        }
    }

    #[test]
    fn secrets_in_a_url_are_not_shown() {
        assert_eq!(shown("ws://me:p@ss@host:1/path?token=x#y"), "ws://host:1/path");
        assert_eq!(shown("wss://host?token=x"), "wss://host");
        assert_eq!(shown("ws://host/a@b"), "ws://host/a@b");
        assert_eq!(shown("nonsense"), "nonsense");
    }
}
