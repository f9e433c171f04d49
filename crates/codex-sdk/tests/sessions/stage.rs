//! The server of a session, played up to where it breaks off.

use crate::session::{Entry, Message, Sent};
use async_trait::async_trait;
use codex_sdk::protocol::RequestId;
use codex_sdk::transport::{
    Closed, Error, Exited, Frame, FrameBatch, FrameReceiver, FrameSender, Transport,
    mock::{self, MockPeer},
};
use std::collections::HashMap;
use std::fmt;
use std::io;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

/// A request that this server never answers.
pub(crate) const UNANSWERED: &str = "thread/loaded/list";

/// What is played.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) entries: Vec<Entry>,
    /// The beginning of one more frame.
    pub(crate) rest: Vec<u8>,
    pub(crate) ending: Ending,
    pub(crate) reads: Reads,
    /// How long an answer of the client is waited for that may not come, since the request for it was spoilt.
    pub(crate) patience: Option<Duration>,
}

/// How the connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The other end hung up.
    Eof,
    /// The pipe could not be read.
    Error,
    /// The process was killed.
    Kill,
}

/// What the client gets by one read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reads {
    /// All that is there.
    Together,
    /// One frame. What follows a request, be it the end, follows once that is in somebody's hands.
    Apart,
}

/// How often others go first until a request is in somebody's hands: the reader, and a task that is woken or started.
const TURNS_OF_OTHERS: usize = 8;

/// Where the server stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Plays,
    /// All that came before this entry of the client was read.
    Waits(usize),
    Over,
}

/// The server, as the driver of the client sees it.
#[derive(Debug)]
pub(crate) struct Stage {
    scene: Mutex<Scene>,
    client_came: Notify,
    place: watch::Sender<Place>,
    /// Held by both halves of the transport.
    halves: Weak<()>,
}

#[derive(Debug)]
struct Scene {
    script: Script,
    position: usize,
    /// The client's ids of its requests, by those that were recorded.
    ids: HashMap<i64, i64>,
    /// Whether the last frame was a request, by itself.
    just_asked: bool,
    over: bool,
    complaint: Option<String>,
}

enum Play {
    Bytes(Vec<u8>),
    Wait(Option<Duration>),
    End(Error),
    Over,
}

impl Ending {
    pub(crate) const ALL: [Self; 3] = [Self::Eof, Self::Error, Self::Kill];
    pub(crate) const LAST_WORDS: &'static str = "the last words\n";

    pub(crate) fn error(self) -> Error {
        match self {
            Self::Eof => Error::Disconnected,
            Self::Error => Error::Read(Arc::new(io::Error::other("the pipe is broken"))),
            Self::Kill => Error::Exited(Arc::new(Exited::new(Some(killed()), Self::LAST_WORDS))),
        }
    }
}

/// How a process ends that is killed.
pub(crate) fn killed() -> ExitStatus {
    #[cfg(unix)]
    return std::os::unix::process::ExitStatusExt::from_raw(9);
    #[cfg(windows)]
    return std::os::windows::process::ExitStatusExt::from_raw(1);
}

/// A server that plays `script`, and the transport that leads to it.
pub(crate) fn open(script: Script) -> (impl Transport + 'static, Arc<Stage>) {
    let alive = Arc::new(());
    let scene = Scene {
        script,
        position: 0,
        ids: HashMap::new(),
        just_asked: false,
        over: false,
        complaint: None,
    };
    let stage = Arc::new(Stage {
        scene: Mutex::new(scene),
        client_came: Notify::new(),
        place: watch::Sender::new(Place::Plays),
        halves: Arc::downgrade(&alive),
    });
    (Wire { stage: Arc::clone(&stage), alive }, stage)
}

impl Stage {
    /// Waits until the client is to send this entry; whether it comes to that.
    pub(crate) async fn reached(&self, entry: usize) -> bool {
        let mut place = self.place.subscribe();
        let there = |place: &Place| matches!(place, Place::Waits(at) if *at >= entry);
        let reached = place.wait_for(|place| there(place) || *place == Place::Over).await;
        *reached.unwrap() == Place::Waits(entry)
    }

    /// Goes on without this entry of the client, which will not come.
    pub(crate) fn skip(&self, entry: usize) {
        if self.scene().position == entry {
            self.go_on();
        }
    }

    /// Waits until the recorded client is to answer a request; for ever if it did not.
    pub(crate) async fn answer_due(&self, request: &RequestId) {
        match self.answer_to(request) {
            Some(entry) if self.reached(entry).await => {}
            _ => std::future::pending().await,
        }
    }

    /// The request that is this call of a tool.
    pub(crate) fn request_of(&self, call: &str) -> RequestId {
        let named = |entry: &Entry| match entry {
            Entry::Server(said) => match &said.message {
                Message::Request { id, call_id, .. } => {
                    (call_id.as_deref() == Some(call)).then(|| id.clone())
                }
                _ => None,
            },
            Entry::Client(_) => None,
        };
        self.scene().script.entries.iter().find_map(named).expect("the server has called")
    }

    /// Waits until all was played.
    pub(crate) async fn over(&self) {
        let mut place = self.place.subscribe();
        place.wait_for(|place| *place == Place::Over).await.unwrap();
    }

    /// Where the recorded client answered a request.
    fn answer_to(&self, request: &RequestId) -> Option<usize> {
        let answers = |entry: &Entry| matches!(entry, Entry::Client(sent) if sent.answers(request));
        self.scene().script.entries.iter().position(answers)
    }

    /// Whether the client has let go of the transport.
    pub(crate) fn is_deserted(&self) -> bool {
        self.halves.strong_count() == 0
    }

    /// What the client did that was not recorded.
    pub(crate) fn complaint(&self) -> Option<String> {
        self.scene().complaint.clone()
    }

    fn has_just_asked(&self) -> bool {
        std::mem::take(&mut self.scene().just_asked)
    }

    fn scene(&self) -> MutexGuard<'_, Scene> {
        self.scene.lock().unwrap()
    }

    fn go_on(&self) {
        self.scene().position += 1;
        self.client_came.notify_one();
    }

    fn play(&self) -> Play {
        let mut scene = self.scene();
        let (play, place) = scene.play();
        drop(scene);
        self.place.send_if_modified(|known| std::mem::replace(known, place) != place);
        play
    }

    fn client_sent(&self, frame: &str) -> Result<(), Error> {
        if frame.contains("\"accept") {
            self.scene().complaint = Some(format!("something was accepted: {frame}"));
        }
        let result = self.scene().client_sent(Sent::read(frame));
        self.client_came.notify_one();
        result
    }
}

impl Scene {
    fn play(&mut self) -> (Play, Place) {
        if self.over {
            return (Play::Over, Place::Over);
        }
        let mut bytes = Vec::new();
        while let Some(Entry::Server(said)) = self.script.entries.get(self.position) {
            self.position += 1;
            let said = Arc::clone(said);
            self.write(&said, &mut bytes);
            if self.script.reads == Reads::Apart {
                self.just_asked = matches!(said.message, Message::Request { .. });
                break;
            }
        }
        let all = self.position == self.script.entries.len();
        if bytes.is_empty() && all {
            bytes = std::mem::take(&mut self.script.rest);
        }
        if !bytes.is_empty() {
            return (Play::Bytes(bytes), Place::Plays);
        }
        if !all {
            let due = &self.script.entries[self.position];
            let is_answer = matches!(due, Entry::Client(sent) if sent.method.is_none());
            let patience = self.script.patience.filter(|_| is_answer);
            return (Play::Wait(patience), Place::Waits(self.position));
        }
        self.over = true;
        (Play::End(self.script.ending.error()), Place::Over)
    }

    /// Writes a frame, an answer with the id that this client has chosen.
    fn write(&self, said: &crate::session::Said, bytes: &mut Vec<u8>) {
        let mut frame = &*said.bytes;
        if let Message::Answer { id, .. } = said.message {
            let recorded = format!("{{\"id\":{id},");
            let rest = frame.strip_prefix(recorded.as_bytes());
            if let (Some(ours), Some(rest)) = (self.ids.get(&id), rest) {
                bytes.extend(format!("{{\"id\":{ours},").bytes());
                frame = rest;
            }
        }
        bytes.extend(frame);
        bytes.push(b'\n');
    }

    fn client_sent(&mut self, sent: Sent) -> Result<(), Error> {
        if self.over {
            // A pipe to a process that is gone tells how that ended; a reader that failed says nothing of the writer.
            return match self.script.ending {
                Ending::Error => Ok(()),
                gone => Err(gone.error()),
            };
        }
        if sent.method.as_deref() == Some(UNANSWERED) {
            return Ok(());
        }
        let due = match self.script.entries.get(self.position) {
            Some(Entry::Client(due)) => due,
            // The request was not the recorded one, and so is its answer.
            _ if self.script.patience.is_some() && sent.method.is_none() => return Ok(()),
            other => {
                self.complaint = Some(format!("{sent:?} came, and {other:?} was to be played"));
                return Ok(());
            }
        };
        let same_kind = due.id.is_some() == sent.id.is_some() && due.method == sent.method;
        if self.script.patience.is_some() && sent.method.is_none() && due.id != sent.id {
            return Ok(());
        }
        if !same_kind || (sent.method.is_none() && due.id != sent.id) {
            self.complaint = Some(format!("{sent:?} came instead of {due:?}"));
        }
        if let (Some(recorded), Some(ours)) = (due.request(), sent.request()) {
            self.ids.insert(recorded, ours);
        }
        self.position += 1;
        Ok(())
    }
}

struct Wire {
    stage: Arc<Stage>,
    alive: Arc<()>,
}

struct WireSender {
    stage: Arc<Stage>,
    _alive: Arc<()>,
}

/// Its frames go through the framing of a process' output.
struct WireReceiver {
    stage: Arc<Stage>,
    peer: MockPeer,
    lines: Box<dyn FrameReceiver>,
    _alive: Arc<()>,
}

impl Transport for Wire {
    fn split(self: Box<Self>) -> (Box<dyn FrameSender>, Box<dyn FrameReceiver>) {
        let Self { stage, alive } = *self;
        let (transport, peer) = mock::pair();
        let (_, lines) = Box::new(transport).split();
        let sender = WireSender { stage: Arc::clone(&stage), _alive: Arc::clone(&alive) };
        (Box::new(sender), Box::new(WireReceiver { stage, peer, lines, _alive: alive }))
    }
}

#[async_trait]
impl FrameSender for WireSender {
    async fn send(&mut self, batch: &mut FrameBatch) -> Result<(), Error> {
        for frame in batch.frames() {
            self.stage.client_sent(frame)?;
        }
        batch.clear();
        Ok(())
    }

    async fn close(&mut self) -> Result<Closed, Error> {
        self.stage.scene().over = true;
        self.stage.client_came.notify_one();
        Ok(Closed::default())
    }
}

#[async_trait]
impl FrameReceiver for WireReceiver {
    async fn fill(&mut self) -> Result<(), Error> {
        if self.stage.has_just_asked() {
            for _ in 0..TURNS_OF_OTHERS {
                tokio::task::yield_now().await;
            }
        }
        loop {
            match self.stage.play() {
                Play::Bytes(bytes) => self.peer.send_raw(bytes),
                Play::End(error) => self.peer.fail(error),
                Play::Over => {}
                Play::Wait(patience) => {
                    let came = self.stage.client_came.notified();
                    match patience {
                        None => came.await,
                        Some(patience) if timeout(patience, came).await.is_ok() => {}
                        Some(_) => self.stage.go_on(),
                    }
                    continue;
                }
            }
            return self.lines.fill().await;
        }
    }

    fn next_frame(&mut self) -> Option<Frame<'_>> {
        self.lines.next_frame()
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}

impl fmt::Debug for WireSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WireSender").finish_non_exhaustive()
    }
}

impl fmt::Debug for WireReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WireReceiver").finish_non_exhaustive()
    }
}
