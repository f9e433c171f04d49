//! What looks on at the wire.

use crate::error::{Error, Result};
use codex_transport::{Direction, Frame, Record, Tap, Transport, create_recording};
use std::fmt;
use std::path::PathBuf;

/// A recording and a tap, to be put around the transport.
#[derive(Default)]
pub(crate) struct WireWatch {
    record: Option<PathBuf>,
    tap: Option<Box<Callback>>,
}

type Callback = dyn Fn(Direction, &Frame<'_>) + Send + Sync;

impl WireWatch {
    pub(crate) fn record(&mut self, path: PathBuf) {
        self.record = Some(path);
    }

    pub(crate) fn tap(&mut self, callback: impl Fn(Direction, &Frame<'_>) + Send + Sync + 'static) {
        self.tap = Some(Box::new(callback));
    }

    /// Makes the file, before anything is started; what it gives goes around the transport.
    pub(crate) fn open(self) -> Result<impl FnOnce(Box<dyn Transport>) -> Box<dyn Transport>> {
        let sink = match &self.record {
            Some(path) => Some(
                create_recording(path)
                    .map_err(|source| Error::Record { path: path.as_path().into(), source })?,
            ),
            None => None,
        };
        let tap = self.tap;
        Ok(move |mut transport: Box<dyn Transport>| {
            if let Some(sink) = sink {
                transport = Box::new(Record::new(transport, sink));
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
            .field("record", &self.record)
            .field("tap", &self.tap.is_some())
            .finish()
    }
}
