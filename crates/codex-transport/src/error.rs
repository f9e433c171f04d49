use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use crate::RecordError;

/// Longest piece of the server's stderr that an error message repeats, in characters.
const SHOWN_STDERR_CHARS: usize = 2000;

/// Why a transport could not start, go on, or end.
///
/// Cheap to clone, so that one failure can be handed to everyone who waits.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The child process could not be started.
    #[error("could not start `{}`{}", program.display(), in_directory(cwd.as_deref()))]
    Spawn {
        /// The program as it was asked for.
        program: Box<Path>,
        /// The working directory that was asked for: a missing one reads like a missing program.
        cwd: Option<Box<Path>>,
        /// What the system said.
        source: Arc<io::Error>,
    },

    /// Reading failed for another reason than the peer's end.
    #[error("could not read from the server")]
    Read(#[source] Arc<io::Error>),

    /// Writing failed for another reason than the peer's end.
    #[error("could not write to the server")]
    Write(#[source] Arc<io::Error>),

    /// The child process ended, or closed its output for good.
    #[error("{0}")]
    Exited(Arc<Exited>),

    /// The peer ended the connection; for peers that are no child process.
    #[error("the server closed the connection")]
    Disconnected,

    /// This side closed the connection before.
    #[error("the connection was closed by this client")]
    Closed,

    /// The peer sent a frame longer than allowed; the connection is given up, since it may have held a reply.
    #[error("the server sent a frame of more than {limit} bytes; max_frame_bytes sets that limit")]
    FrameTooLarge {
        /// The limit that was in force, in bytes.
        limit: usize,
    },

    /// A frame to be sent holds a raw line feed, which would cut it in two.
    #[error("a frame to be sent holds a raw line feed")]
    LineFeed,

    /// A frame to be sent is not UTF-8.
    #[error("a frame to be sent is not UTF-8")]
    NotUtf8,

    /// The server was played by a script or from a recording, and the client did what was not in it.
    #[error("{0}")]
    OffScript(Arc<str>),

    /// The connection was recorded, and the recording is not whole; the connection itself is none the worse.
    #[error(transparent)]
    Recording(RecordError),

    /// No WebSocket connection came to be.
    #[cfg(feature = "websocket")]
    #[error("{0}")]
    Connect(Arc<crate::websocket::ConnectError>),

    /// The server gave no sign of life although it was pinged.
    #[error("the server sent nothing for {} s and left a ping unanswered", after.as_secs_f32())]
    Silent {
        /// How long it was waited for after the ping.
        after: Duration,
    },

    /// The child process outlived even being killed.
    #[error("process {id} is still there after being killed")]
    StillRunning {
        /// Its process id.
        id: u32,
    },
}

impl Error {
    /// Whether the connection is over because one of its ends left, as opposed to a failure in between.
    pub fn is_disconnected(&self) -> bool {
        matches!(self, Self::Exited(_) | Self::Disconnected | Self::Closed)
    }

    /// How the child process ended, if that is the cause.
    pub fn exited(&self) -> Option<&Exited> {
        match self {
            Self::Exited(exited) => Some(exited),
            _ => None,
        }
    }

    pub(crate) fn read(error: io::Error) -> Self {
        Self::Read(Arc::new(error))
    }

    pub(crate) fn write(error: io::Error) -> Self {
        Self::Write(Arc::new(error))
    }
}

/// Taken as a failed read, which is what [`tokio_util::codec::FramedRead`] reports this way.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::read(error)
    }
}

/// The end of a child process.
#[derive(Clone, PartialEq, Eq)]
pub struct Exited {
    status: Option<ExitStatus>,
    stderr_tail: String,
}

impl Exited {
    /// The end of a process that a transport of your own has started; its text repeats the last of `stderr_tail`.
    pub fn new(status: Option<ExitStatus>, stderr_tail: impl Into<String>) -> Self {
        Self { status, stderr_tail: stderr_tail.into() }
    }

    /// Exit status; `None` if the process closed its output but had not ended when the grace was over.
    pub fn status(&self) -> Option<ExitStatus> {
        self.status
    }

    /// The last of what it wrote to stderr: at most 64 KiB, terminal escapes removed.
    pub fn stderr_tail(&self) -> &str {
        &self.stderr_tail
    }
}

impl fmt::Debug for Exited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exited")
            .field("status", &self.status)
            .field("stderr_bytes", &self.stderr_tail.len())
            .finish()
    }
}

impl fmt::Display for Exited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => write!(f, "the server ended ({status})")?,
            None => f.write_str("the server closed its output without ending")?,
        }
        match last_lines(&self.stderr_tail) {
            "" => f.write_str(", having written nothing to stderr"),
            lines => write!(f, "; the last it wrote to stderr:\n{lines}"),
        }
    }
}

fn last_lines(text: &str) -> &str {
    let text = text.trim_end();
    let Some((start, _)) = text.char_indices().rev().nth(SHOWN_STDERR_CHARS - 1) else {
        return text.trim_start();
    };
    let shown = &text[start..];
    if start == 0 || text.as_bytes()[start - 1] == b'\n' {
        return shown;
    }
    // A first line that was cut is left out, unless it is all there is.
    shown.split_once('\n').map_or(shown, |(_, rest)| rest)
}

fn in_directory(cwd: Option<&Path>) -> String {
    cwd.map_or_else(String::new, |cwd| format!(" in directory `{}`", cwd.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_small_and_can_be_shared() {
        fn assert_shareable<T: Send + Sync + Clone + 'static>() {}
        assert_shareable::<Error>();
        assert!(size_of::<Error>() <= 64, "{}", size_of::<Error>());
    }

    #[test]
    fn an_exit_tells_the_last_lines_of_stderr() {
        let exited = |tail: &str| Exited::new(None, tail).to_string();
        let head = "the server closed its output without ending";
        assert_eq!(exited(" \n"), format!("{head}, having written nothing to stderr"));
        assert_eq!(exited("one\ntwo\n"), format!("{head}; the last it wrote to stderr:\none\ntwo"));
        let long = format!("{}\n{}\nlast\n", "x".repeat(3000), "é".repeat(1990));
        assert_eq!(
            exited(&long),
            format!("{head}; the last it wrote to stderr:\n{}\nlast", "é".repeat(1990))
        );
        let one = "é".repeat(5000);
        assert_eq!(
            exited(&one),
            format!("{head}; the last it wrote to stderr:\n{}", "é".repeat(2000))
        );
    }
}
