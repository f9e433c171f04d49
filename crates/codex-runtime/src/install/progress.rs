//! How far an install is, and two ways to show it.

use std::io::{IsTerminal, Write, stderr};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

/// A step of an install, in the order in which they happen.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// The package is known, and its download begins.
    Started {
        /// The version that is being installed.
        version: String,
        /// Where it comes from, without user name, password and query.
        url: String,
    },
    /// A part of the package came.
    Downloading {
        /// Bytes that came so far.
        received: u64,
        /// Bytes to come in all, if the server said so.
        total: Option<u64>,
    },
    /// A request failed and is made again, from its start.
    Retrying {
        /// Why it failed.
        reason: String,
    },
    /// The package is whole and is being unpacked.
    Unpacking,
}

/// Takes each step as it happens.
pub(crate) type Sink = Box<dyn FnMut(&Progress) + Send>;

/// A bar where standard error is a terminal; elsewhere a line for each step and none between.
pub(crate) fn on_stderr() -> Sink {
    if stderr().is_terminal() { bar() } else { lines() }
}

fn bar() -> Sink {
    let bar = ProgressBar::new_spinner().with_finish(ProgressFinish::AndClear);
    let counting = ProgressStyle::with_template(
        "{msg} [{bar:30}] {decimal_bytes}/{decimal_total_bytes}, {decimal_bytes_per_sec}, {eta} left",
    );
    Box::new(move |progress| match progress {
        Progress::Started { version, .. } => {
            bar.set_message(format!("downloading codex {version}"));
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        Progress::Downloading { received, total } => {
            if let (Some(total), None, Ok(style)) = (total, bar.length(), &counting) {
                bar.set_style(style.clone());
                bar.set_length(*total);
            }
            bar.set_position(*received);
        }
        Progress::Retrying { reason } => bar.println(format!("trying again: {reason}")),
        Progress::Unpacking => {
            bar.set_style(ProgressStyle::default_spinner());
            bar.set_message("unpacking codex");
        }
    })
}

fn lines() -> Sink {
    let mut announced = false;
    Box::new(move |progress| {
        let line = match progress {
            Progress::Started { version, url } => format!("downloading codex {version} from {url}"),
            Progress::Downloading { total: Some(total), .. } if !announced => {
                announced = true;
                format!("  {} MB to come", total / 1_000_000)
            }
            Progress::Downloading { .. } => return,
            Progress::Retrying { reason } => format!("trying again: {reason}"),
            Progress::Unpacking => "unpacking codex".to_owned(),
        };
        // Progress that cannot be shown is no reason to stop the install.
        _ = writeln!(stderr(), "{line}");
    })
}
