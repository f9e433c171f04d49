//! The package on its way to a file, with its digest taken as it comes.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use sha2::{Digest as _, Sha512};

use crate::install::http::Client;
use crate::install::metadata::{self, Metadata};
use crate::install::progress::Sink;
use crate::install::registry::shown;
use crate::{InstallError, Progress};

/// Writes the package to `file`, and fails unless it has the digest that the registry gave.
pub(crate) fn download(
    client: &Client<'_>,
    metadata: &Metadata,
    file: &Path,
    sink: &mut Sink,
) -> Result<(), InstallError> {
    let mut output = File::create(file).map_err(InstallError::io("create", file))?;
    let mut hash = Sha512::new();
    let mut received = 0;
    client.stream(&metadata.tarball, &mut |part, total| {
        output.write_all(part).map_err(InstallError::io("write", file))?;
        hash.update(part);
        received += part.len() as u64;
        sink(&Progress::Downloading { received, total });
        Ok(())
    })?;
    let actual = hash.finalize();
    if actual.as_slice() != metadata.sha512 {
        return Err(InstallError::Digest {
            url: shown(&metadata.tarball),
            expected: metadata::encode(&metadata.sha512),
            actual: metadata::encode(&actual),
        });
    }
    Ok(())
}
