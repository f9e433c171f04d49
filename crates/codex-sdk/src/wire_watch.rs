//! What looks on at the wire.

use crate::error::{Error, Result};
use codex_transport::{Direction, Frame, Record, Tap, Transport, create_recording};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A recording and a tap, to be put around the transport.
#[derive(Default)]
pub(crate) struct WireWatch {
    record: Option<(PathBuf, OpenRecording)>,
    tap: Option<Box<Callback>>,
}

type Callback = dyn Fn(Direction, &Frame<'_>) + Send + Sync;

/// Makes the file of a recording. A function that only a program that records refers to, and so compiles.
type OpenRecording = fn(&Path) -> io::Result<Box<Around>>;

/// Goes around a transport.
type Around = dyn FnOnce(Box<dyn Transport>) -> Box<dyn Transport> + Send;

#[inline]
fn open_recording(path: &Path) -> io::Result<Box<Around>> {
    let sink = create_recording(path)?;
    Ok(Box::new(move |transport| Box::new(Record::new(transport, sink))))
}

impl WireWatch {
    #[inline]
    pub(crate) fn record(&mut self, path: PathBuf) {
        self.record = Some((path, open_recording));
    }

    pub(crate) fn tap(&mut self, callback: impl Fn(Direction, &Frame<'_>) + Send + Sync + 'static) {
        self.tap = Some(Box::new(callback));
    }

    /// Makes the file, before anything is started; what it gives goes around the transport.
    pub(crate) fn open(self) -> Result<impl FnOnce(Box<dyn Transport>) -> Box<dyn Transport>> {
        let recording = match self.record {
            Some((path, open)) => {
                Some(open(&path).map_err(|source| Error::Record { path: path.into(), source })?)
            }
            None => None,
        };
        let tap = self.tap;
        Ok(move |mut transport: Box<dyn Transport>| {
            if let Some(record) = recording {
                transport = record(transport);
            }
            if let Some(callback) = tap {
                transport = Box::new(Tap::new(transport, callback));
            }
            transport
        })
    }
}

impl fmt::Debug for WireWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WireWatch")
            .field("record", &self.record.as_ref().map(|(path, _)| path))
            .field("tap", &self.tap.is_some())
            .finish()
    }
}
