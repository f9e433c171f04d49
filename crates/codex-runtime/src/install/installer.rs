//! The install itself: download beside, verify, unpack beside, one rename.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::install::download::download;
use crate::install::http::Client;
use crate::install::npm_config::NpmConfig;
use crate::install::progress::{self, Sink};
use crate::install::registry::shown;
use crate::install::{archive, channel, manifest, metadata, partial};
use crate::{
    Channel, Environment, InstallError, Installed, Outcome, PINNED_VERSION, Platform, Progress,
    Registry, managed, version,
};

/// The wait before the first repetition of a request. It doubles with each.
const RETRY_DELAY: Duration = Duration::from_millis(500);

/// Installs one version of codex for one platform into the user's cache directory.
///
/// ```no_run
/// let installed = codex_runtime::Installer::new().progress_on_stderr().install()?;
/// println!("{}", installed.path.display());
/// # Ok::<(), codex_runtime::InstallError>(())
/// ```
pub struct Installer {
    version: String,
    platform: Option<Platform>,
    directory: Option<PathBuf>,
    environment: Environment,
    force: bool,
    retries: u32,
    stall_timeout: Duration,
    sink: Sink,
}

impl Default for Installer {
    fn default() -> Self {
        Self::new()
    }
}

impl Installer {
    /// An install of [`PINNED_VERSION`] for the platform that this program was built for, silent.
    pub fn new() -> Self {
        Self {
            version: PINNED_VERSION.to_owned(),
            platform: Platform::current(),
            directory: None,
            environment: Environment::current(),
            force: false,
            retries: 2,
            stall_timeout: Duration::from_secs(60),
            sink: Box::new(|_| {}),
        }
    }

    /// The version. Default: [`PINNED_VERSION`].
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = version.into();
        self
    }

    /// The platform. Default: the one that this program was built for.
    #[must_use]
    pub fn platform(mut self, platform: Platform) -> Self {
        self.platform = Some(platform);
        self
    }

    /// The folder of managed installs. Default: [`managed_directory`](crate::managed_directory),
    /// which is where [`locate`](crate::locate) looks.
    #[must_use]
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// The variables that name the registry, the proxy and the cache directory. Default: those of
    /// this process. `SSL_CERT_FILE` and `SSL_CERT_DIR` are always those of this process.
    #[must_use]
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// Whether to install over a whole install. Default: no.
    #[must_use]
    pub fn force(mut self, force: bool) -> Self {
        self.force = force;
        self
    }

    /// How often a request that failed for a passing reason is made again. Default: 2.
    #[must_use]
    pub fn retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// How long the server may send nothing. Default: 60 s.
    #[must_use]
    pub fn stall_timeout(mut self, timeout: Duration) -> Self {
        self.stall_timeout = timeout;
        self
    }

    /// Calls `sink` with each step, on the thread that installs. Default: nothing is shown.
    #[must_use]
    pub fn progress(mut self, sink: impl FnMut(&Progress) + Send + 'static) -> Self {
        self.sink = Box::new(sink);
        self
    }

    /// Shows a bar where standard error is a terminal, and a few plain lines where it is not.
    #[must_use]
    pub fn progress_on_stderr(mut self) -> Self {
        self.sink = progress::on_stderr();
        self
    }

    /// The newest version of `channel` that the registry has for this installer's platform.
    ///
    /// It is only told: give it to [`version`](Self::version) to install it.
    ///
    /// # Errors
    ///
    /// [`InstallError`], also if there is no such version.
    pub fn newest(&mut self, channel: Channel) -> Result<String, InstallError> {
        let platform = self.wanted()?;
        self.with_client(platform, |installer, client| {
            installer.retry(|_| channel::newest(client, channel, platform))
        })
    }

    /// Installs, unless a whole install is there already, which takes no request.
    ///
    /// Blocks: the package has about 170 MB, and unpacks to 0.4 GB. It appears by one rename, so a
    /// process that dies at any moment leaves nothing that [`locate`](crate::locate) would take,
    /// and of two processes that install at once the later finds the work done.
    ///
    /// # Errors
    ///
    /// [`InstallError`] says what was being done, with what, and what to do now.
    pub fn install(mut self) -> Result<Installed, InstallError> {
        if !version::is_valid(&self.version) {
            return Err(InstallError::Version { version: self.version });
        }
        let platform = self.wanted()?;
        let root = self
            .directory
            .clone()
            .or_else(|| {
                let host = Platform::current().unwrap_or(platform);
                managed::managed_directory(&self.environment, host.os)
            })
            .ok_or(InstallError::NoCacheDirectory)?;
        let directory = managed::package_directory(&root, &self.version, platform);
        if !self.force {
            if let Ok(path) = managed::check(&directory, platform) {
                return Ok(self.installed(path, directory, platform, Outcome::Present));
            }
        }
        fs::create_dir_all(&root).map_err(InstallError::io("create", &root))?;
        partial::remove_abandoned(&root);
        let partial = partial::create(&root)?;
        let package = self.with_client(platform, |installer, client| {
            installer.prepare(client, partial.path(), platform)
        })?;
        let outcome = self.place(&package, &directory, partial.path(), platform)?;
        let path = managed::check(&directory, platform)
            .map_err(|reason| InstallError::Archive { reason })?;
        Ok(self.installed(path, directory, platform, outcome))
    }

    /// The platform that was asked for, or that of this program.
    fn wanted(&self) -> Result<Platform, InstallError> {
        let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
        self.platform.ok_or(InstallError::Platform { os, arch })
    }

    /// Does `work` with the registry that the environment names.
    fn with_client<T>(
        &mut self,
        platform: Platform,
        work: impl FnOnce(&mut Self, &Client<'_>) -> Result<T, InstallError>,
    ) -> Result<T, InstallError> {
        let host = Platform::current().unwrap_or(platform).os;
        let environment = self.environment.clone();
        let config = NpmConfig::read(&environment, host);
        let registry = Registry::from_config(&config, &environment, host)?;
        let client = Client {
            registry: &registry,
            config: &config,
            environment: &environment,
            stall_timeout: self.stall_timeout,
        };
        work(self, &client)
    }

    /// Downloads, verifies and unpacks into `partial`; gives the folder to be put in place.
    fn prepare(
        &mut self,
        client: &Client<'_>,
        partial: &Path,
        platform: Platform,
    ) -> Result<PathBuf, InstallError> {
        let version = self.version.clone();
        let found = self.retry(|_| metadata::fetch(client, &version, platform))?;

        let url = shown(&found.tarball);
        (self.sink)(&Progress::Started { version, url });
        let tarball = partial.join("package.tgz");
        self.retry(|sink| download(client, &found, &tarball, sink))?;

        (self.sink)(&Progress::Unpacking);
        let package = partial.join("package");
        fs::create_dir(&package).map_err(InstallError::io("create", &package))?;
        archive::unpack(&tarball, &package)?;
        manifest::write(&package, &metadata::encode(&found.sha512))?;
        managed::check(&package, platform).map_err(|reason| InstallError::Archive { reason })?;
        Ok(package)
    }

    /// Renames `package` to `directory`, moving what is there into `partial`, which is on its way
    /// out.
    fn place(
        &self,
        package: &Path,
        directory: &Path,
        partial: &Path,
        platform: Platform,
    ) -> Result<Outcome, InstallError> {
        if let Some(parent) = directory.parent() {
            fs::create_dir_all(parent).map_err(InstallError::io("create", parent))?;
        }
        if fs::rename(package, directory).is_ok() {
            return Ok(Outcome::Fresh);
        }
        if !self.force && managed::check(directory, platform).is_ok() {
            return Ok(Outcome::Present);
        }
        let old = partial.join("old");
        match fs::rename(directory, &old) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(InstallError::io("replace", directory)(error));
            }
            _ => {}
        }
        match fs::rename(package, directory) {
            Ok(()) => Ok(Outcome::Fresh),
            // Another install came between the two renames.
            Err(_) if managed::check(directory, platform).is_ok() => Ok(Outcome::Present),
            Err(error) => Err(InstallError::io("create", directory)(error)),
        }
    }

    fn retry<T>(
        &mut self,
        mut attempt: impl FnMut(&mut Sink) -> Result<T, InstallError>,
    ) -> Result<T, InstallError> {
        let mut delay = RETRY_DELAY;
        for _ in 0..self.retries {
            match attempt(&mut self.sink) {
                Err(error) if error.is_retryable() => {
                    (self.sink)(&Progress::Retrying { reason: error.event() });
                }
                outcome => return outcome,
            }
            thread::sleep(delay);
            delay *= 2;
        }
        attempt(&mut self.sink)
    }

    fn installed(
        self,
        path: PathBuf,
        directory: PathBuf,
        platform: Platform,
        outcome: Outcome,
    ) -> Installed {
        Installed { path, directory, version: self.version, platform, outcome }
    }
}

impl fmt::Debug for Installer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Installer")
            .field("version", &self.version)
            .field("platform", &self.platform)
            .field("directory", &self.directory)
            .field("force", &self.force)
            .finish_non_exhaustive()
    }
}
