//! Stdio over a real child process, which hands on to the test what passes through its pipes.

use codex_testkit::conformance::Peer;
use codex_transport::Stdio;
use std::net::Shutdown;
use std::os::unix::net::UnixStream as StdStream;
use std::path::Path;
use std::{env, io, thread};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixListener;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

pub(crate) const ROLE: &str = "--relay";

/// The child: copies its stdin to the socket and the socket to its stdout, and ends when the socket does.
pub(crate) fn run(socket: &Path) {
    let socket = StdStream::connect(socket).unwrap();
    let to_test = socket.try_clone().unwrap();
    thread::spawn(move || {
        copy(io::stdin().lock(), &to_test);
        let _ = to_test.shutdown(Shutdown::Write);
    });
    copy(&socket, io::stdout().lock());
    // If nobody reads stdout any more, stdin is still to be handed on until the test is done.
    copy(&socket, io::sink());
}

/// Copies to the end of either side. Not `io::copy`: it splices, and a splice that waits for the
/// socket holds the lock of the pipe, for which even the client's non-blocking write has to wait.
fn copy(mut from: impl io::Read, mut to: impl io::Write) {
    let mut piece = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut piece) {
        if to.write_all(&piece[..count]).and_then(|()| to.flush()).is_err() {
            return;
        }
    }
}

/// A child and the test's end of its socket.
pub(crate) async fn pair() -> (Stdio, RelayPeer) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let this = env::current_exe().unwrap();
    let transport = Stdio::builder(this).arg(ROLE).arg(&path).spawn().unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    let (from_child, to_child) = stream.into_split();
    (transport, RelayPeer { from_child: BufReader::new(from_child), to_child: Some(to_child) })
}

pub(crate) struct RelayPeer {
    from_child: BufReader<OwnedReadHalf>,
    to_child: Option<OwnedWriteHalf>,
}

impl RelayPeer {
    async fn send_bytes(&mut self, bytes: &[u8]) {
        if let Some(to_child) = &mut self.to_child {
            // A child that is gone takes nothing, which is no affair of the peer.
            let _ = to_child.write_all(bytes).await;
        }
    }
}

impl Peer for RelayPeer {
    async fn recv(&mut self) -> Option<String> {
        let mut line = String::new();
        match self.from_child.read_line(&mut line).await {
            Ok(1..) => Some(line.trim_end_matches('\n').to_owned()),
            _ => None,
        }
    }

    async fn send(&mut self, frame: &str) {
        self.send_bytes(format!("{frame}\n").as_bytes()).await;
    }

    async fn send_malformed(&mut self) -> bool {
        self.send_bytes(b"\"\xff\"\n").await;
        true
    }

    async fn close(&mut self) {
        // To drop the half is to shut it down.
        self.to_child = None;
    }
}
