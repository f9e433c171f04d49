//! A loopback HTTP server that answers each path as the test says.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// What a path answers.
#[derive(Clone)]
pub(crate) struct Reply {
    status: u16,
    headers: String,
    body: Vec<u8>,
    announced: usize,
    stalls: bool,
}

/// A request that came, as `GET /path`, and its `Authorization` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) authorization: Option<String>,
}

pub(crate) struct Server {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    accepting: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    /// What each path answers, in turn; the last one for ever.
    replies: HashMap<String, Vec<Reply>>,
    requests: Vec<Request>,
    closing: bool,
}

impl Reply {
    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let announced = body.len();
        Self { status: 200, headers: String::new(), body, announced, stalls: false }
    }

    pub(crate) fn status(status: u16) -> Self {
        Self { status, ..Self::ok("nothing for you") }
    }

    pub(crate) fn redirect(to: &str) -> Self {
        Self { headers: format!("location: {to}\r\n"), ..Self::status(302) }
    }

    /// Announces the whole body, sends its half, and closes.
    pub(crate) fn truncated(mut self) -> Self {
        self.body.truncate(self.announced / 2);
        self
    }

    /// Announces the whole body, sends its half, and waits for the client to give up.
    pub(crate) fn stalling(self) -> Self {
        let half = self.announced / 2;
        self.stalling_after(half)
    }

    /// The same after so many bytes.
    pub(crate) fn stalling_after(mut self, bytes: usize) -> Self {
        self.stalls = true;
        self.body.truncate(bytes);
        self
    }
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let accepting = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if shared.lock().expect("no panic holds it").closing {
                    break;
                }
                let shared = Arc::clone(&shared);
                thread::spawn(move || answer(stream, &shared));
            }
        });
        Self { address, state, accepting: Some(accepting) }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// Lets `path` answer with `replies` in turn, and with the last of them ever after.
    pub(crate) fn on(&self, path: &str, replies: impl Into<Vec<Reply>>) {
        let mut state = self.state.lock().expect("no panic holds it");
        state.replies.insert(path.to_owned(), replies.into());
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.state.lock().expect("no panic holds it").requests.clone()
    }

    /// The paths that were asked for, in order.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.requests().into_iter().map(|request| request.path).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(mut state) = self.state.lock() {
            state.closing = true;
        }
        // Wakes the accepting thread, which then sees that this is the end.
        _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            _ = accepting.join();
        }
    }
}

fn answer(mut stream: TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        match reader.read_line(&mut line) {
            Ok(count) if count > 0 && line.trim() != "" => head.push(line.trim().to_owned()),
            Ok(_) => break,
            Err(_) => return,
        }
    }
    let Some(path) = head.first().and_then(|line| line.split(' ').nth(1)) else { return };
    let authorization = head.iter().skip(1).find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("authorization").then(|| value.trim().to_owned())
    });
    let reply = {
        let mut state = state.lock().expect("no panic holds it");
        state.requests.push(Request { path: path.to_owned(), authorization });
        match state.replies.get_mut(path) {
            None => Reply::status(404),
            Some(replies) if replies.len() > 1 => replies.remove(0),
            Some(replies) => replies[0].clone(),
        }
    };
    let Reply { status, headers, body, announced, stalls } = reply;
    let head = format!(
        "HTTP/1.1 {status} Whatever\r\n{headers}content-length: {announced}\r\n\
         connection: close\r\n\r\n"
    );
    // The client may hang up at any point: that is what some tests are about.
    _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
    if stalls {
        _ = reader.read(&mut [0]);
    }
}
