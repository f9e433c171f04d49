//! Requests to the registry, with the machine's proxy and certificates.

use std::fs;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use ureq::config::RedirectAuthHeaders;
use ureq::http::Response;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body, Proxy};

use crate::install::npm_config::NpmConfig;
use crate::install::registry::{is_https, shown};
use crate::{Environment, InstallError, Registry};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// The description of all versions of codex is half a megabyte today.
const MAX_JSON_BYTES: u64 = 64 * 1024 * 1024;

/// Takes a part of a body, and the announced length of the whole.
pub(crate) type Take<'a> = dyn FnMut(&[u8], Option<u64>) -> Result<(), InstallError> + 'a;

/// Makes requests for one registry.
#[derive(Debug)]
pub(crate) struct Client<'a> {
    pub(crate) registry: &'a Registry,
    pub(crate) config: &'a NpmConfig,
    pub(crate) environment: &'a Environment,
    pub(crate) stall_timeout: Duration,
}

impl Client<'_> {
    /// The JSON document at `url`.
    pub(crate) fn json(&self, url: &str) -> Result<Value, InstallError> {
        let mut response = self.get(url, self.registry.is_https())?;
        let body = response.body_mut().with_config().limit(MAX_JSON_BYTES).read_to_vec();
        let body = body.map_err(|error| self.failure(url, error))?;
        serde_json::from_slice(&body).map_err(|error| InstallError::Metadata {
            url: shown(url),
            reason: format!("it is not JSON ({error})"),
        })
    }

    /// Hands the body at `url` to `take`, part by part. The first part is empty.
    pub(crate) fn stream(&self, url: &str, take: &mut Take<'_>) -> Result<(), InstallError> {
        let response = self.get(url, false)?;
        let body = response.into_body();
        let total = body.content_length();
        let mut reader = body.into_with_config().limit(u64::MAX).reader();
        let mut buffer = vec![0; 64 * 1024];
        let mut received = 0;
        take(&[], total)?;
        loop {
            let count = match reader.read(&mut buffer) {
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    return Err(match (error.kind(), total) {
                        (io::ErrorKind::UnexpectedEof, Some(expected)) => {
                            InstallError::Truncated { url: shown(url), received, expected }
                        }
                        _ => self.failure(url, ureq::Error::from(error)),
                    });
                }
            };
            if count == 0 {
                break;
            }
            received += count as u64;
            take(&buffer[..count], total)?;
        }
        match total {
            Some(expected) if received != expected => {
                Err(InstallError::Truncated { url: shown(url), received, expected })
            }
            _ => Ok(()),
        }
    }

    fn get(&self, url: &str, https_only: bool) -> Result<Response<Body>, InstallError> {
        let mut request = self.agent(url, https_only)?.get(url);
        if let Some(authorization) = self.registry.authorization_for(url) {
            request = request.header("authorization", authorization);
        }
        let response = request.call().map_err(|error| self.failure(url, error))?;
        match response.status().as_u16() {
            200 => Ok(response),
            status => Err(InstallError::Status { url: shown(url), status }),
        }
    }

    fn agent(&self, url: &str, https_only: bool) -> Result<Agent, InstallError> {
        let tls = if is_https(url) { self.tls()? } else { TlsConfig::default() };
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .https_only(https_only)
            .redirect_auth_headers(RedirectAuthHeaders::Never)
            .user_agent(concat!("codex-runtime/", env!("CARGO_PKG_VERSION")))
            .proxy(self.proxy(url)?)
            .tls_config(tls)
            .timeout_resolve(Some(CONNECT_TIMEOUT))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_recv_response(Some(self.stall_timeout))
            .timeout_per_read(Some(self.stall_timeout))
            .timeout_per_write(Some(self.stall_timeout));
        Ok(config.build().new_agent())
    }

    /// The proxy for `url`: the usual variables, else npm's own settings.
    fn proxy(&self, url: &str) -> Result<Option<Proxy>, InstallError> {
        let names: &[&'static str] = match is_https(url) {
            true => &["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
            // HTTP_PROXY in capitals can be set by a request's header where a CGI program runs.
            false => &["http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"],
        };
        let setting = if is_https(url) { "https-proxy" } else { "proxy" };
        let named = self
            .variable(names)
            .or_else(|| self.config.get(setting))
            .or_else(|| self.config.get("proxy"));
        let Some((value, origin)) = named.filter(|(value, _)| !matches!(*value, "null" | "false"))
        else {
            return Ok(None);
        };
        let refuse = |error: ureq::Error| InstallError::Setting {
            setting: "the proxy",
            origin: origin.to_owned(),
            reason: error.to_string(),
        };
        let proxy = Proxy::new(value).map_err(refuse)?;
        let mut builder = Proxy::builder(proxy.protocol()).host(proxy.host()).port(proxy.port());
        if let Some(username) = proxy.username() {
            builder = builder.username(username);
        }
        if let Some(password) = proxy.password() {
            builder = builder.password(password);
        }
        let exempt = self.variable(&["NO_PROXY", "no_proxy"]);
        let exempt = exempt.or_else(|| self.config.get("noproxy")).map_or("", |(value, _)| value);
        for host in exempt.split([',', ' ']).map(str::trim).filter(|host| !host.is_empty()) {
            builder = builder.no_proxy(host);
            // By custom a name stands for the hosts below it too.
            if !host.starts_with(['.', '*']) {
                builder = builder.no_proxy(&format!(".{host}"));
            }
        }
        builder.build().map(Some).map_err(refuse)
    }

    /// The first of these variables that is set, and its name.
    fn variable(&self, names: &[&'static str]) -> Option<(&str, &str)> {
        names.iter().find_map(|name| Some((self.environment.get(name)?.to_str()?, *name)))
    }

    /// The system's certificates (or those of `SSL_CERT_FILE` and `SSL_CERT_DIR`), and those that
    /// node and npm were told to trust besides.
    fn tls(&self) -> Result<TlsConfig, InstallError> {
        let native = rustls_native_certs::load_native_certs().certs;
        let mut trusted: Vec<Certificate<'static>> =
            native.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
        let node = self.environment.get("NODE_EXTRA_CA_CERTS");
        let named = [
            ("NODE_EXTRA_CA_CERTS", node.map(|file| (PathBuf::from(file), "the environment"))),
            ("cafile", self.config.get("cafile").map(|(file, origin)| (file.into(), origin))),
        ];
        for (setting, named) in named {
            let Some((file, origin)) = named else { continue };
            let pem = fs::read(&file).map_err(|error| InstallError::Setting {
                setting,
                origin: origin.to_owned(),
                reason: format!("{} cannot be read: {error}", file.display()),
            })?;
            trusted.extend(parse_pem(&pem).filter_map(|item| match item {
                Ok(PemItem::Certificate(certificate)) => Some(certificate),
                _ => None,
            }));
        }
        let roots = match trusted.is_empty() {
            // A system without a store, such as a bare container, still knows the public roots.
            true => RootCerts::WebPki,
            false => RootCerts::Specific(Arc::new(trusted)),
        };
        Ok(TlsConfig::builder().root_certs(roots).build())
    }

    fn failure(&self, url: &str, error: ureq::Error) -> InstallError {
        let url = shown(url);
        let transient = match &error {
            ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => true,
            ureq::Error::Timeout(_) => {
                return InstallError::Stalled { url, after: self.stall_timeout };
            }
            // Certificates that are not trusted come as invalid data, and stay so.
            ureq::Error::Io(error) => error.kind() != io::ErrorKind::InvalidData,
            ureq::Error::ConnectionFailed | ureq::Error::Protocol(_) => true,
            _ => false,
        };
        InstallError::Request { url, transient, source: Box::new(error) }
    }
}
