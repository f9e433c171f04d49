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
        let host = uri.host().unwrap_or_default();
        // `Uri` itself takes a port that is no number for none.
        let port = match authority.get(host.len()..) {
            None | Some("" | ":") if tls => 443,
            None | Some("" | ":") => 80,
            Some(port) => port
                .trim_start_matches(':')
                .parse()
                .map_err(|_| ConnectFailure::Url("its port is no number up to 65535"))?,
        };
        let host = host.trim_matches(['[', ']']).to_owned();
        if host.is_empty() {
            return Err(ConnectFailure::Url("it names no host"));
        }
        Ok(Self { place: Place::Tcp { host, port, tls }, uri })
    }
}

/// The URL as messages repeat it: no user name, no query, since these may be secrets.
pub(super) fn shown(url: &str) -> String {
    let (scheme, rest) = match url.split_once("://") {
        // All of it is the path of the socket.
        Some(("unix", _)) => return url.to_owned(),
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), url),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let port = authority.rsplit_once(':').map(|(_, port)| port);
    let user = match port.is_some_and(|port| port.parse::<u16>().is_err()) {
        // It may be the beginning of a password, which may hold all that ends an authority.
        true => rest.rfind('@'),
        false => authority.rfind('@'),
    };
    let rest = &rest[user.map_or(0, |at| at + 1)..];
    scheme + rest.split(['?', '#']).next().unwrap_or_default()
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
        assert_eq!(tcp("ws://[::1]:65535"), ("::1".to_owned(), 65535, false));
        assert_eq!(tcp("wss://host:/"), ("host".to_owned(), 443, true));
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
            ("ws://localhost:65536", "its port is no number up to 65535"),
            ("ws://localhost:http/", "its port is no number up to 65535"),
            ("wss://[::1]:x", "its port is no number up to 65535"),
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
        // Nor in what only looks like one.
        assert_eq!(shown("me:secret@localhost:4500/path?x"), "localhost:4500/path");
        assert_eq!(shown("ws:/me:secret@localhost"), "localhost");
        assert_eq!(shown("ws://me:se/c?r#et@localhost"), "ws://localhost");
        assert_eq!(shown("unix:///run/a?b@c.sock"), "unix:///run/a?b@c.sock");
    }
}
