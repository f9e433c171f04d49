//! A server that listens, and belongs to no client.

use super::Stage;
use codex_sdk::transport::websocket::ConnectFailure;
use codex_sdk::transport::{Error, WebSocket};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;
use tokio::sync::oneshot;

/// Dropping it ends the process.
pub(crate) struct ListeningServer {
    process: Child,
    /// What to connect to.
    pub(crate) url: String,
}

impl ListeningServer {
    /// On a free port.
    pub(crate) async fn tcp(stage: &Stage, args: &[&str]) -> Self {
        let (mut server, stderr) = Self::start(stage, "ws://127.0.0.1:0", args);
        let (tell, told) = oneshot::channel();
        std::thread::spawn(move || drain(stderr, Some(tell)));
        server.url = told.await.expect("the server ended before it listened");
        server
    }

    /// On a socket in the stage's home.
    pub(crate) async fn unix(stage: &Stage) -> Self {
        let url = format!("unix://{}", stage.home.path().join("s").display());
        let (mut server, stderr) = Self::start(stage, &url, &[]);
        std::thread::spawn(move || drain(stderr, None));
        // It does not say when it listens.
        while let Err(error) = WebSocket::connect(&*url).await {
            let Error::Connect(error) = error else { panic!("{error}") };
            assert!(matches!(error.failure(), ConnectFailure::Unreachable(_)), "{error}");
            let ended = server.process.try_wait().unwrap();
            assert!(ended.is_none(), "the server ended before it listened: {ended:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        server.url = url;
        server
    }

    fn start(stage: &Stage, listen: &str, args: &[&str]) -> (Self, impl Read + Send + 'static) {
        let runtime = codex_runtime::locate(None).unwrap_or_else(|error| panic!("{error}"));
        let mut process = Command::new(runtime.path)
            .args(["app-server", "--listen", listen])
            .args(args)
            .envs(stage.home.env())
            .current_dir(stage.home.work_dir())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = process.stderr.take().unwrap();
        (Self { process, url: String::new() }, stderr)
    }

    /// Asks it to end when it has finished what it is doing.
    pub(crate) fn terminate(&self) {
        let id = i32::try_from(self.process.id()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), Signal::TERM).unwrap();
    }

    pub(crate) async fn ended(mut self) -> ExitStatus {
        tokio::task::spawn_blocking(move || self.process.wait().unwrap()).await.unwrap()
    }
}

impl Drop for ListeningServer {
    fn drop(&mut self) {
        // Where it has ended already, both have nothing to do.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Reads stderr to its end, so that it never blocks the server, and tells the address that it names.
fn drain(stderr: impl Read, mut tell: Option<oneshot::Sender<String>>) {
    for line in BufReader::new(stderr).split(b'\n') {
        let Ok(line) = line else { return };
        let line = String::from_utf8_lossy(&line);
        if let Some((_, url)) = line.split_once("listening on: ") {
            if let Some(tell) = tell.take() {
                let _ = tell.send(url.trim().to_owned());
            }
        }
    }
}
