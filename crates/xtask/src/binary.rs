//! Whether an installed binary is what its folder says: one version, for one platform.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use codex_runtime::{Arch, Installed, Os, Platform};

use crate::{Failure, schema};

/// Fails unless the binary runs here and says its version; one that cannot run
/// here is judged by the platform that its first bytes name.
pub(crate) fn verify(installed: &Installed) -> Result<(), Failure> {
    let Installed { path, version, platform, .. } = installed;
    if Platform::current() != Some(*platform) {
        return match platform_of(path) {
            Ok(found) if found == Some(*platform) => Ok(()),
            Ok(Some(found)) => Err(doubt(path, &format!("is a program for {found}"))),
            Ok(None) => Err(doubt(path, "is a program for none of the six platforms")),
            Err(error) => Err(doubt(path, &format!("cannot be read: {error}"))),
        };
    }
    let said = schema::version_of(path)?;
    if said == *version {
        return Ok(());
    }
    Err(doubt(path, &format!("says that it is codex {said}")))
}

fn doubt(path: &Path, what: &str) -> Failure {
    format!(
        "{} {what}: the registry has something else under this name. Check the registry's \
         setting, then install again with `cargo xtask runtime install --force`",
        path.display()
    )
    .into()
}

/// The platform that an executable's header names, if it is one of the six.
fn platform_of(path: &Path) -> io::Result<Option<Platform>> {
    let mut file = File::open(path)?;
    let mut start = [0; 64];
    if let Err(error) = file.read_exact(&mut start) {
        return if error.kind() == io::ErrorKind::UnexpectedEof { Ok(None) } else { Err(error) };
    }
    let half = |bytes: &[u8], at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
    let word =
        |at: usize| u32::from_le_bytes([start[at], start[at + 1], start[at + 2], start[at + 3]]);
    let (os, arch) = if start.starts_with(b"\x7fELF") {
        (Os::Linux, arch(half(&start, 18), 0x3e, 0xb7))
    } else if start.starts_with(&[0xcf, 0xfa, 0xed, 0xfe]) && word(4) >> 16 == 0x0100 {
        (Os::MacOs, arch(half(&start, 4), 7, 12))
    } else if start.starts_with(b"MZ") {
        let mut header = [0; 6];
        file.seek(SeekFrom::Start(word(60).into()))?;
        if file.read_exact(&mut header).is_err() || !header.starts_with(b"PE\0\0") {
            return Ok(None);
        }
        (Os::Windows, arch(half(&header, 4), 0x8664, 0xaa64))
    } else {
        return Ok(None);
    };
    Ok(arch.map(|arch| Platform { os, arch }))
}

fn arch(found: u16, x64: u16, arm64: u16) -> Option<Arch> {
    match found {
        _ if found == x64 => Some(Arch::X64),
        _ if found == arm64 => Some(Arch::Arm64),
        _ => None,
    }
}

/// The first bytes of a program for `platform`, and nothing that could run.
#[cfg(test)]
pub(crate) fn header(platform: Platform) -> Vec<u8> {
    let mut bytes = vec![0; 128];
    let mut put = |at: usize, part: &[u8]| bytes[at..at + part.len()].copy_from_slice(part);
    let x64 = platform.arch == Arch::X64;
    match platform.os {
        Os::Linux => {
            put(0, b"\x7fELF");
            put(18, if x64 { &[0x3e] } else { &[0xb7] });
        }
        Os::MacOs => {
            put(0, &[0xcf, 0xfa, 0xed, 0xfe]);
            put(4, if x64 { &[7, 0, 0, 1] } else { &[12, 0, 0, 1] });
        }
        Os::Windows => {
            put(0, b"MZ");
            put(60, &[80]);
            put(80, b"PE\0\0");
            put(84, if x64 { &[0x64, 0x86] } else { &[0x64, 0xaa] });
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_tell_the_platform() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("program");
        let found = |bytes: &[u8]| {
            std::fs::write(&file, bytes).expect("writable");
            platform_of(&file).expect("readable")
        };
        for platform in Platform::ALL {
            assert_eq!(found(&header(platform)), Some(platform));
        }
        let mut other = header(Platform::ALL[0]);
        other[18] = 0xf3;
        for strange in [&other[..], b"", b"#!/bin/sh\n", &[0; 64], &header(Platform::ALL[4])[..70]]
        {
            assert_eq!(found(strange), None, "{strange:?}");
        }
        let own = std::env::current_exe().expect("this program has a path");
        assert_eq!(platform_of(&own).expect("readable"), Platform::current());
    }
}
