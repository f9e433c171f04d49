//! Unpacks a package into an empty folder, and nothing outside it.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Component, Path, PathBuf};

use flate2::read::GzDecoder;
use tar::{Archive, Entry, EntryType};

use crate::InstallError;

/// codex unpacks to 0.4 GB; an archive that swells beyond this is not codex.
const MAX_UNPACKED_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// Unpacks the `.tgz` at `archive` into `directory`, without the first folder of each name.
///
/// Regular files and folders alone are taken. A link, a device, or a name that leads out of the
/// folder ends the work with an error.
pub(crate) fn unpack(archive: &Path, directory: &Path) -> Result<(), InstallError> {
    let file = File::open(archive).map_err(InstallError::io("open", archive))?;
    let unzipped = GzDecoder::new(BufReader::new(file)).take(MAX_UNPACKED_BYTES);
    let mut archive = Archive::new(unzipped);
    for entry in archive.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let kind = entry.header().entry_type();
        if kind == EntryType::XGlobalHeader {
            continue;
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let refuse = |why| InstallError::Archive { reason: format!("its entry {name:?} {why}") };
        let path = inside(&name).map_err(refuse)?;
        let target = directory.join(path);
        match kind {
            EntryType::Directory => create_folder(&target)?,
            EntryType::Regular | EntryType::Continuous => write_file(&mut entry, &target)?,
            EntryType::Symlink | EntryType::Link => return Err(refuse("is a link")),
            _ => return Err(refuse("is neither a file nor a folder")),
        }
    }
    Ok(())
}

/// The part of an entry's name below its first folder, if it stays below.
fn inside(name: &str) -> Result<PathBuf, &'static str> {
    // On Windows these would separate folders, name a drive, or name a stream.
    if name.contains(['\\', ':', '\0']) {
        return Err("has a name that means different things on different systems");
    }
    let mut parts = Path::new(name).components();
    if !matches!(parts.next(), Some(Component::Normal(_))) {
        return Err("does not lie in a folder of the package");
    }
    let rest = parts.as_path();
    match rest.components().all(|part| matches!(part, Component::Normal(_))) {
        true => Ok(rest.to_owned()),
        false => Err("leads out of the package"),
    }
}

fn create_folder(path: &Path) -> Result<(), InstallError> {
    fs::create_dir_all(path).map_err(InstallError::io("create", path))
}

fn write_file<R: Read>(entry: &mut Entry<'_, R>, path: &Path) -> Result<(), InstallError> {
    if let Some(folder) = path.parent() {
        create_folder(folder)?;
    }
    // A name that comes twice is refused here.
    let mut file = File::create_new(path).map_err(InstallError::io("create", path))?;
    let size = entry.size();
    let mut buffer = vec![0; 256 * 1024];
    let mut written = 0;
    loop {
        let count = match entry.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(broken(error)),
        };
        io::Write::write_all(&mut file, &buffer[..count])
            .map_err(InstallError::io("write", path))?;
        written += count as u64;
    }
    if written != size {
        return Err(broken(io::ErrorKind::UnexpectedEof.into()));
    }
    let executable = entry.header().mode().is_ok_and(|mode| mode & 0o111 != 0);
    set_mode(&file, executable).map_err(InstallError::io("set the mode of", path))
}

#[cfg(unix)]
fn set_mode(file: &File, executable: bool) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(if executable { 0o755 } else { 0o644 }))
}

#[cfg(not(unix))]
fn set_mode(_: &File, _: bool) -> io::Result<()> {
    Ok(())
}

fn broken(error: io::Error) -> InstallError {
    InstallError::Archive { reason: format!("its archive is damaged ({error})") }
}
