//! The six platforms that codex is published for, and how each is spelled.

use std::fmt;

/// An operating system that codex is published for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Os {
    /// Linux, and Android, which runs the same static binary.
    Linux,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
}

/// A processor architecture that codex is published for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arch {
    /// `x86_64`.
    X64,
    /// `aarch64`.
    Arm64,
}

/// One of the six platforms that codex is published for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Platform {
    /// The operating system.
    pub os: Os,
    /// The processor.
    pub arch: Arch,
}

impl Platform {
    /// All six.
    pub const ALL: [Self; 6] = [
        Self { os: Os::Linux, arch: Arch::X64 },
        Self { os: Os::Linux, arch: Arch::Arm64 },
        Self { os: Os::MacOs, arch: Arch::X64 },
        Self { os: Os::MacOs, arch: Arch::Arm64 },
        Self { os: Os::Windows, arch: Arch::X64 },
        Self { os: Os::Windows, arch: Arch::Arm64 },
    ];

    /// The platform that this program was built for, if codex is published for it.
    pub fn current() -> Option<Self> {
        Self::from_names(std::env::consts::OS, std::env::consts::ARCH)
    }

    /// The platform of Rust's names for it, as in [`std::env::consts`].
    pub fn from_names(os: &str, arch: &str) -> Option<Self> {
        let os = match os {
            "linux" | "android" => Os::Linux,
            "macos" => Os::MacOs,
            "windows" => Os::Windows,
            _ => return None,
        };
        let arch = match arch {
            "x86_64" => Arch::X64,
            "aarch64" => Arch::Arm64,
            _ => return None,
        };
        Some(Self { os, arch })
    }

    /// npm's spelling, which ends the version of a platform package: `linux-x64`.
    pub fn npm_name(self) -> &'static str {
        match (self.os, self.arch) {
            (Os::Linux, Arch::X64) => "linux-x64",
            (Os::Linux, Arch::Arm64) => "linux-arm64",
            (Os::MacOs, Arch::X64) => "darwin-x64",
            (Os::MacOs, Arch::Arm64) => "darwin-arm64",
            (Os::Windows, Arch::X64) => "win32-x64",
            (Os::Windows, Arch::Arm64) => "win32-arm64",
        }
    }

    /// The target triple that names the folder of the binary: `x86_64-unknown-linux-musl`.
    pub fn triple(self) -> &'static str {
        match (self.os, self.arch) {
            (Os::Linux, Arch::X64) => "x86_64-unknown-linux-musl",
            (Os::Linux, Arch::Arm64) => "aarch64-unknown-linux-musl",
            (Os::MacOs, Arch::X64) => "x86_64-apple-darwin",
            (Os::MacOs, Arch::Arm64) => "aarch64-apple-darwin",
            (Os::Windows, Arch::X64) => "x86_64-pc-windows-msvc",
            (Os::Windows, Arch::Arm64) => "aarch64-pc-windows-msvc",
        }
    }

    /// The file name of the native binary: `codex`, or `codex.exe` on Windows.
    pub fn executable(self) -> &'static str {
        match self.os {
            Os::Windows => "codex.exe",
            Os::Linux | Os::MacOs => "codex",
        }
    }
}

/// npm's spelling, as [`Platform::npm_name`].
impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.npm_name())
    }
}
