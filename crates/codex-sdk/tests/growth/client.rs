//! A client in one situation or another, and a server that floods it.

use crate::case::paused;
use crate::flood::{Flood, THREAD};
use crate::heap::{ALLOWED, live};
use codex_sdk::protocol::{Sample, ThreadLoadedListParams, ThreadStartResponse, TurnStartResponse};
use codex_sdk::transport::mock::{self, MockPeer};
use codex_sdk::{Call, Codex, Error, Events, Thread, Turn};
use serde_json::{Value, json};
use std::ops::Range;
use tokio::runtime::Handle;
use tracing_subscriber::layer::SubscriberExt;

/// What the client is at, and what it keeps for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Situation {
    /// It has a thread.
    Idle,
    /// It has a turn that runs, and nobody looks at its events.
    Running,
    /// It has asked for a turn, and waits for the answer: what comes meanwhile is held back, as far as it may be.
    Starting,
    /// It listens to what belongs to no turn, and is asleep.
    Listening,
    /// It tells `tracing` all that there is to tell.
    Traced,
}

/// What may be kept for the turn that is being started, and for the sleeper.
const MAX_BUFFERED_BYTES: usize = 64 * 1024;

/// After so many messages the client is waited for, so that what is under way is never much.
const AT_ONCE: usize = 50;

impl Situation {
    pub(crate) const ALL: [Self; 5] =
        [Self::Idle, Self::Running, Self::Starting, Self::Listening, Self::Traced];
}

/// How much more is on the heap after the whole flood than after the first tenth of it.
///
/// # Panics
/// If it is more than is allowed, or if that is left when the client has gone.
pub(crate) fn measure(situation: Situation, flood: &Flood) -> i64 {
    let play = |count| match situation {
        Situation::Traced => {
            let subscriber = tracing_subscriber::registry().with(Everything);
            tracing::subscriber::with_default(subscriber, || paused(play(situation, flood, count)))
        }
        _ => paused(play(situation, flood, count)),
    };
    // What is made once for the whole process is made now.
    play(flood.count / 10);
    let before = live();
    let growth = play(flood.count);
    assert!(growth <= ALLOWED, "{situation:?} under {}: {growth} bytes more", flood.name);
    let left = live() - before;
    assert!(left <= ALLOWED, "{situation:?} under {}: {left} bytes are left", flood.name);
    growth
}

/// Wants to be told of everything, and forgets it.
struct Everything;

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Everything {}

/// How much more is on the heap after so many messages than after the first tenth of them.
async fn play(situation: Situation, flood: &Flood, count: usize) -> i64 {
    let (mut server, codex) = Server::connect().await;
    let thread = server.thread(&codex).await;
    let mut kept = Kept::default();
    match situation {
        Situation::Idle | Situation::Traced => {}
        Situation::Running => kept.turn = Some(server.turn(&thread).await),
        Situation::Starting => kept.start = Some(thread.turn("x").send()),
        Situation::Listening => kept.events = Some(codex.events()),
    }
    if let Some(start) = &mut kept.start {
        kept.request = server.unanswered(start).await;
    }
    let first = count / 10;
    server.flood(&codex, flood, 0..first).await;
    let then = live();
    server.flood(&codex, flood, first..count).await;
    let growth = live() - then;
    kept.end(&server).await;
    growth
}

#[derive(Default)]
struct Kept {
    turn: Option<Turn>,
    start: Option<Call<Turn>>,
    request: Value,
    events: Option<Events>,
}

impl Kept {
    /// What was kept is as it should be.
    async fn end(self, server: &Server) {
        if let Some(turn) = self.turn {
            assert!(turn.snapshot().items.is_empty(), "nothing of it was said");
        }
        if let Some(start) = self.start {
            server.answer(&self.request, turn_response());
            match start.await {
                Ok(turn) => assert!(turn.snapshot().items.is_empty(), "nothing of it was said"),
                Err(error) => assert!(matches!(error, Error::Overflow { .. }), "{error:?}"),
            }
        }
        drop(self.events);
    }
}

struct Server {
    peer: MockPeer,
    round_trips: u64,
}

impl Server {
    async fn connect() -> (Self, Codex) {
        let (transport, mut peer) = mock::pair();
        let builder = Codex::builder().max_buffered_bytes(MAX_BUFFERED_BYTES);
        let handshake = async {
            let request = peer.expect("initialize").await;
            peer.answer(
                &request,
                json!({
                    "userAgent": "growth/0.169.0 (test)", "codexHome": "/home",
                    "platformFamily": "unix", "platformOs": "linux",
                }),
            );
            peer.expect_notification("initialized").await;
        };
        let (codex, ()) = tokio::join!(builder.transport(transport).start(), handshake);
        (Self { peer, round_trips: 0 }, codex.unwrap())
    }

    async fn thread(&mut self, codex: &Codex) -> Thread {
        let mut response = ThreadStartResponse::minimal();
        response.thread.id = THREAD.into();
        let answer = async {
            let request = self.peer.expect("thread/start").await;
            self.peer.answer(&request, serde_json::to_value(&response).unwrap());
        };
        tokio::join!(codex.thread_start().send(), answer).0.unwrap()
    }

    async fn turn(&mut self, thread: &Thread) -> Turn {
        let answer = async {
            let request = self.peer.expect("turn/start").await;
            self.peer.answer(&request, turn_response());
        };
        tokio::join!(thread.turn("x").send(), answer).0.unwrap()
    }

    /// The id of the request that a call has made, which is not answered.
    async fn unanswered(&mut self, call: &mut Call<Turn>) -> Value {
        tokio::select! {
            biased;
            _ = call => panic!("nobody has answered"),
            request = self.peer.expect("turn/start") => request.id,
        }
    }

    fn answer(&self, id: &Value, result: Value) {
        self.peer.send(&json!({ "id": id, "result": result }).to_string());
    }

    async fn flood(&mut self, codex: &Codex, flood: &Flood, numbers: Range<usize>) {
        for number in numbers {
            let mut frame = flood.frame(number);
            frame.push(b'\n');
            self.peer.send_raw(frame);
            if number % AT_ONCE == AT_ONCE - 1 {
                self.settle(codex).await;
            }
        }
        self.settle(codex).await;
    }

    /// Waits until the client has done with everything that it was sent.
    async fn settle(&mut self, codex: &Codex) {
        loop {
            self.round_trips += 1;
            let mark = format!("round trip {:08}", self.round_trips);
            let call = codex.request(ThreadLoadedListParams::default()).send();
            let (list, ()) = tokio::join!(call, self.answer_list(&mark));
            // The flood may have answered in the server's place, in one way or another.
            if list.is_ok_and(|list| list.data == [mark]) {
                break;
            }
        }
        // Reader, writer, and nobody who answers a request.
        while Handle::current().metrics().num_alive_tasks() > 2 {
            tokio::task::yield_now().await;
        }
    }

    async fn answer_list(&mut self, mark: &str) {
        loop {
            let frame = self.peer.recv().await.expect("the client is gone");
            let frame: Value = serde_json::from_str(&frame).unwrap();
            // All else are answers to what the flood has asked.
            if frame["method"] == "thread/loaded/list" {
                return self.answer(&frame["id"], json!({ "data": [mark] }));
            }
        }
    }
}

fn turn_response() -> Value {
    let mut response = TurnStartResponse::minimal();
    response.turn.id = "the turn".into();
    serde_json::to_value(&response).unwrap()
}
