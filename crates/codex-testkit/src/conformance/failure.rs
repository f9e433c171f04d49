use std::fmt;

/// A check that a transport did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The check, by its name in the [table](super).
    pub check: &'static str,
    /// What was seen instead of what must hold.
    pub seen: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.check, self.seen)
    }
}

/// Everything that a transport did not pass. `Debug` is as readable as `Display`, for `unwrap`.
#[derive(Clone, PartialEq, Eq)]
pub struct Failures(pub(super) Vec<Failure>);

impl Failures {
    /// Each of them, in the order of the checks; there is at least one.
    pub fn iter(&self) -> impl Iterator<Item = &Failure> {
        self.0.iter()
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the transport does not conform:")?;
        self.0.iter().try_for_each(|failure| write!(f, "\n- {failure}"))
    }
}

impl fmt::Debug for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Failures {}
