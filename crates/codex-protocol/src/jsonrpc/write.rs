//! Messages appended to a buffer, without a newline.

use serde::Serialize;

use crate::rt::write_json;
use crate::{
    ClientNotification, ClientRequest, RequestId, RpcError, ServerNotificationParams,
    ServerRequestParams, TraceContext,
};

/// Appends a request of the client.
pub fn write_request<R: ClientRequest>(out: &mut Vec<u8>, id: &RequestId, params: &R) {
    open(out, R::METHOD, Some(id));
    let mark = open_params(out);
    params.write_params(out);
    close(out, mark);
}

/// Appends a request of the client that is part of a trace.
pub fn write_traced_request<R: ClientRequest>(
    out: &mut Vec<u8>,
    id: &RequestId,
    params: &R,
    trace: &TraceContext,
) {
    open(out, R::METHOD, Some(id));
    let mark = open_params(out);
    params.write_params(out);
    if out.len() == mark {
        out.truncate(mark - PARAMS.len());
    }
    out.extend_from_slice(b",\"trace\":");
    write_json(trace, out);
    out.push(b'}');
}

/// Appends a notification of the client.
pub fn write_notification<N: ClientNotification>(out: &mut Vec<u8>, params: &N) {
    open(out, N::METHOD, None);
    let mark = open_params(out);
    params.write_params(out);
    close(out, mark);
}

/// Appends a request of the server, as mocks and proxies do.
pub fn write_server_request<R: ServerRequestParams>(out: &mut Vec<u8>, id: &RequestId, params: &R) {
    open(out, R::METHOD, Some(id));
    let mark = open_params(out);
    write_json(params, out);
    close(out, mark);
}

/// Appends a notification of the server, as mocks and proxies do.
pub fn write_server_notification<N: ServerNotificationParams>(out: &mut Vec<u8>, params: &N) {
    open(out, N::METHOD, None);
    let mark = open_params(out);
    write_json(params, out);
    close(out, mark);
}

/// Appends a response.
///
/// # Errors
///
/// Whatever `result` fails to serialize with; the buffer is then as it was.
/// The models never fail.
pub fn write_response<T: Serialize + ?Sized>(
    out: &mut Vec<u8>,
    id: &RequestId,
    result: &T,
) -> Result<(), serde_json::Error> {
    let start = out.len();
    out.extend_from_slice(b"{\"id\":");
    write_json(id, out);
    out.extend_from_slice(b",\"result\":");
    let outcome = serde_json::to_writer(&mut *out, result);
    match outcome {
        Ok(()) => out.push(b'}'),
        Err(_) => out.truncate(start),
    }
    outcome
}

/// Appends an error.
pub fn write_error(out: &mut Vec<u8>, id: &RequestId, error: &RpcError) {
    out.extend_from_slice(b"{\"id\":");
    write_json(id, out);
    out.extend_from_slice(b",\"error\":");
    write_json(error, out);
    out.push(b'}');
}

fn open(out: &mut Vec<u8>, method: &str, id: Option<&RequestId>) {
    out.extend_from_slice(b"{\"method\":");
    write_json(&method, out);
    if let Some(id) = id {
        out.extend_from_slice(b",\"id\":");
        write_json(id, out);
    }
}

const PARAMS: &[u8] = b",\"params\":";

/// Starts the member `params`; returns where its value starts.
fn open_params(out: &mut Vec<u8>) -> usize {
    out.extend_from_slice(PARAMS);
    out.len()
}

/// Ends the message; params that wrote nothing are left out.
fn close(out: &mut Vec<u8>, mark: usize) {
    if out.len() == mark {
        out.truncate(mark - PARAMS.len());
    }
    out.push(b'}');
}
