//! The HTTP server: asks the script, plays the reply. The only place here with a socket.

use std::future::IntoFuture;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use axum::{Json, Router};
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::{oneshot, watch};

use super::playback::Playback;
use super::reply::End;
use super::script::Script;
use super::sse;
use super::{ModelRequest, Reply};
use crate::Error;

/// What the test and the server's thread both see.
#[derive(Debug)]
pub(super) struct Shared {
    /// Tells the ids of one model from those of the next in the same process.
    serial: usize,
    script: Mutex<Script>,
    // Unbounded: the requests are what the test asserts on, and they end with it.
    requests: watch::Sender<Vec<ModelRequest>>,
    /// How many requests there were, those that were taken away included.
    asked: AtomicUsize,
}

impl Shared {
    pub(super) fn new(serial: usize) -> Self {
        let requests = watch::Sender::new(Vec::new());
        Self { serial, script: Mutex::default(), requests, asked: AtomicUsize::new(0) }
    }

    pub(super) fn script(&self) -> MutexGuard<'_, Script> {
        // The script is whole between any two of its statements.
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn requests(&self) -> &watch::Sender<Vec<ModelRequest>> {
        &self.requests
    }

    /// Records the request and finds its reply, in one step: the two orders must agree.
    fn answer(&self, request: ModelRequest) -> Response {
        let mut script = self.script();
        // One at a time, for the script is locked.
        let number = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        self.requests.send_modify(|requests| requests.push(request.clone()));
        let id = format!("{}_{number}", self.serial);
        let played = script
            .take(number, &request)
            .and_then(|reply| play(reply, &id, &request).map_err(|why| script.unanswered(why)));
        // Codex tries again after most errors, but after 400 it shows the body to its client.
        played.unwrap_or_else(|why| (StatusCode::BAD_REQUEST, why).into_response())
    }
}

/// A server on a thread of its own, which ends when this is dropped.
///
/// On a thread, so that it serves blocking tests too, and so that its end is the end of every
/// connection: no task of it lives in the test's runtime.
#[derive(Debug)]
pub(super) struct Server {
    address: SocketAddr,
    /// Dropped to stop.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(super) fn start(shared: Arc<Shared>) -> Result<Self, Error> {
        let listening = |error| Error::io("listen on the loopback interface", error);
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(listening)?;
        listener.set_nonblocking(true).map_err(listening)?;
        let address = listener.local_addr().map_err(listening)?;
        let starting = |error| Error::io("start the scripted model's thread", error);
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(starting)?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener).map_err(listening)?
        };
        // Small events must not wait for each other's acknowledgement; at worst they do.
        let listener = listener.tap_io(|connection| drop(connection.set_nodelay(true)));
        let (stop, stopped) = oneshot::channel();
        let serve = move || {
            runtime.block_on(async move {
                tokio::select! {
                    _ = axum::serve(listener, router(shared)).into_future() => {}
                    _ = stopped => {}
                }
            });
        };
        let thread = std::thread::Builder::new().name("scripted-model".into());
        let thread = thread.spawn(serve).map_err(starting)?;
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic in it has been printed; a second one from here would hide the test's own.
            let _ = thread.join();
        }
    }
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/v1/responses", post(respond))
        .route("/v1/models", get(models))
        .layer(DefaultBodyLimit::disable())
        .with_state(shared)
}

async fn models() -> Json<Value> {
    Json(json!({ "models": [] }))
}

async fn respond(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    match serde_json::from_slice(&body) {
        Ok(body) => shared.answer(ModelRequest::new(headers, body)),
        Err(error) => {
            let why = format!("a request to the model is not JSON: {error}");
            let why = shared.script().unanswered(why);
            (StatusCode::BAD_REQUEST, why).into_response()
        }
    }
}

fn play(reply: Reply, id: &str, request: &ModelRequest) -> Result<Response, String> {
    if let End::Http { status, message, retry_after } = reply.end {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let error = json!({ "message": message, "type": "scripted", "code": null });
        let mut response = (status, Json(json!({ "error": error }))).into_response();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        return Ok(response);
    }
    let playback = Playback::new(sse::actions(reply, id, &request.tools())?);
    let headers = [(header::CONTENT_TYPE, "text/event-stream")];
    Ok((headers, Body::from_stream(playback)).into_response())
}
