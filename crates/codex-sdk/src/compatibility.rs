//! Whether this crate was tested with the server's version.

use std::fmt;

/// How the server's version relates to those that this crate is tested with; made by
/// [`Codex::compatibility`](crate::Codex::compatibility).
///
/// Other versions are not refused: what they say beyond what this crate knows is handed over as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compatibility {
    /// Not older than the oldest and not newer than the newest version that this crate is tested with.
    Tested,
    /// Older than the oldest.
    Older,
    /// Newer than the newest.
    Newer,
    /// The server's version is not of the form `1.2.3`.
    Unknown,
}

impl Compatibility {
    pub(crate) fn of(version: &str) -> Self {
        let (oldest, newest) = tested();
        let (Some(version), Some(oldest), Some(newest)) =
            (numbers(version), numbers(oldest), numbers(newest))
        else {
            return Self::Unknown;
        };
        if version < oldest {
            Self::Older
        } else if version > newest {
            Self::Newer
        } else {
            Self::Tested
        }
    }

    /// Whether this crate is tested with servers like this.
    pub fn is_tested(self) -> bool {
        self == Self::Tested
    }
}

impl fmt::Display for Compatibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (oldest, newest) = tested();
        match self {
            Self::Tested => write!(f, "among the tested versions, {oldest} to {newest}"),
            Self::Older => write!(f, "older than the oldest tested version, {oldest}"),
            Self::Newer => write!(f, "newer than the newest tested version, {newest}"),
            Self::Unknown => {
                write!(f, "not comparable to the tested versions, {oldest} to {newest}")
            }
        }
    }
}

/// The oldest and the newest version that this crate is tested with.
fn tested() -> (&'static str, &'static str) {
    let [oldest, .., newest] = codex_runtime::TESTED_VERSIONS;
    (oldest, newest)
}

/// The three numbers of a version; what follows them, as in `-alpha.1`, does not count.
fn numbers(version: &str) -> Option<[u64; 3]> {
    let core = version.split(['-', '+']).next()?;
    let mut parts = core.split('.').map(|part| part.parse().ok());
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::Compatibility::{self, Newer, Older, Tested, Unknown};

    #[test]
    fn a_version_is_compared_by_its_numbers() {
        let table = [
            ("0.159.9", Older),
            ("0.160.0", Tested),
            ("0.160.0-alpha.3", Tested),
            ("0.163.1", Tested),
            (codex_runtime::PINNED_VERSION, Tested),
            ("0.1000.0", Newer),
            ("1.0.0", Newer),
            ("0.9.0", Older),
            ("0.160", Unknown),
            ("0.160.0.1", Unknown),
            ("9", Unknown),
            ("0.x.1", Unknown),
            ("", Unknown),
        ];
        for (version, expected) in table {
            assert_eq!(Compatibility::of(version), expected, "{version}");
        }
    }
}
