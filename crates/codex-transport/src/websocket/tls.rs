//! TLS under a WebSocket.

use std::io;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// What is trusted.
#[derive(Debug, Clone)]
pub(super) enum Trust {
    /// The system's certificates and these.
    Roots(Vec<CertificateDer<'static>>),
    /// What the caller's own settings say.
    Config(Arc<ClientConfig>),
}

impl Trust {
    pub(super) async fn connect(
        &self,
        host: &str,
        stream: TcpStream,
    ) -> io::Result<TlsStream<TcpStream>> {
        let config = match self {
            Self::Config(config) => Arc::clone(config),
            Self::Roots(own) => {
                let own = own.clone();
                // It reads files, a few hundred on some systems.
                Arc::new(tokio::task::spawn_blocking(|| client_config(own)).await??)
            }
        };
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        TlsConnector::from(config).connect(name, stream).await
    }
}

fn client_config(own: Vec<CertificateDer<'static>>) -> io::Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    // One that the system has and rustls cannot read is no reason to refuse the others.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for root in own {
        roots.add(root).map_err(io::Error::other)?;
    }
    // Named, so that it does not depend on what else the program is built with.
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(io::Error::other)?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
