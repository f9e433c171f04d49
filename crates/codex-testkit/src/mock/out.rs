//! What goes to the client.

use codex_protocol::{
    RequestId, RpcError, ServerNotificationParams, ServerRequestParams, write_error,
    write_response, write_server_notification, write_server_request,
};
use serde::Serialize;
use tokio::sync::mpsc;

/// What the server does next on its connection.
#[derive(Debug)]
pub(super) enum Out {
    Frame(String),
    HangUp,
}

/// The way to the client, for everyone who plays a part of the server.
///
/// Unbounded: a script is as long as a test wrote it.
#[derive(Clone, Debug)]
pub(super) struct Wire(pub(super) mpsc::UnboundedSender<Out>);

impl Wire {
    pub(super) fn notify<N: ServerNotificationParams>(&self, params: &N) {
        self.frame(|out| write_server_notification(out, params));
    }

    pub(super) fn ask<R: ServerRequestParams>(&self, id: i64, params: &R) {
        self.frame(|out| write_server_request(out, &RequestId::Integer(id), params));
    }

    pub(super) fn respond(&self, id: &RequestId, result: &impl Serialize) {
        // The models never fail to serialize.
        self.frame(|out| drop(write_response(out, id, result)));
    }

    pub(super) fn refuse(&self, id: &RequestId, code: i64, message: impl Into<String>) {
        self.frame(|out| write_error(out, id, &RpcError::new(code, message)));
    }

    pub(super) fn hang_up(&self) {
        let _ = self.0.send(Out::HangUp);
    }

    fn frame(&self, write: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = Vec::new();
        write(&mut bytes);
        // A connection that has ended takes nothing more, which is what an end means.
        let _ = self.0.send(Out::Frame(String::from_utf8_lossy(&bytes).into_owned()));
    }
}
