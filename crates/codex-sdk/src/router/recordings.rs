//! The router fed with what the real server said: no transition is unforeseen, and every turn comes to its end.

use super::{
    Activity, Arrival, Claim, ConsumerScope, Effects, Router, Total, TurnKey, TurnLimits, Waiter,
};
use crate::event::Event;
use crate::stats::Stats;
use codex_protocol::{Id, Incoming, RequestId, ServerNotification, TurnStatus, decode_incoming};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// A client as far as the router is concerned, which asks what the recorded one asked.
struct Player {
    router: Router,
    /// Our ids of the requests by those in the recording, with their methods.
    sent: HashMap<i64, (i64, String, Option<Id>)>,
    /// The turns that were taken up.
    turns: Vec<(Id, Id)>,
    /// How each turn ended by its `turn/completed`.
    ends: BTreeMap<Id, TurnStatus>,
}

impl Player {
    fn new() -> Self {
        let router = Router::new(ConsumerScope::PerTurn, 32 << 20);
        Self { router, sent: HashMap::new(), turns: Vec::new(), ends: BTreeMap::new() }
    }

    fn ask(&mut self, frame: &Value) {
        let (Some(id), Some(method)) = (frame["id"].as_i64(), frame["method"].as_str()) else {
            return;
        };
        let thread_id = frame["params"]["threadId"].as_str().map(Id::from);
        let activity = match method {
            "turn/start" => Some(Activity::Turn),
            "thread/compact/start" => Some(Activity::Compaction),
            "review/start" => Some(Activity::Review),
            _ => None,
        };
        let claim = activity.zip(thread_id.clone());
        let claim = claim.map(|(activity, thread_id)| Claim { thread_id, activity, join: false });
        if method == "thread/resume" {
            self.router.open_thread(thread_id.as_ref().unwrap(), Total::Unknown);
        }
        let ours = self.router.begin(claim.as_ref()).unwrap();
        let waiter = Waiter {
            method: "recorded",
            sender: oneshot::channel().0,
            timeout: Duration::MAX,
            deadline: None,
            claim,
            agreed: None,
            permit: None,
        };
        self.router.register(ours, waiter);
        self.sent.insert(id, (ours, method.to_owned(), thread_id));
    }

    fn hear(&mut self, text: &str) {
        let mut effects = Effects::default();
        match decode_incoming(text).unwrap() {
            Incoming::Notification { notification, .. } => {
                if let ServerNotification::TurnCompleted(completed) = &notification {
                    let turn = &completed.turn;
                    self.ends.insert(turn.id.clone(), turn.status.clone());
                }
                let event = Event::Notification(notification);
                let mut arrival = Arrival { event, bytes: text.len(), at: Instant::now() };
                self.router.event(&mut arrival, &mut effects);
            }
            Incoming::Response { id: RequestId::Integer(id), result } => {
                let (ours, method, _) = &self.sent[&id];
                if matches!(&**method, "thread/start" | "thread/fork") {
                    let answer: Value = serde_json::from_str(result.get()).unwrap();
                    let thread = Id::from(answer["thread"]["id"].as_str().unwrap());
                    self.router.open_thread(&thread, Total::Nothing);
                }
                self.router.answer(*ours, Ok(result.to_owned()), &mut effects);
            }
            Incoming::Error { id: Some(RequestId::Integer(id)), error } => {
                self.router.answer(self.sent[&id].0, Err(error), &mut effects);
            }
            Incoming::Request { .. } => {}
            other => panic!("{other:?}"),
        }
        self.take_up();
    }

    /// Takes up the turns that were started by now.
    fn take_up(&mut self) {
        for (request, _, thread_id) in self.sent.values() {
            let Some(thread_id) = thread_id else { continue };
            if let Some(turn_id) = self.router.started_by(thread_id, *request) {
                let key = TurnKey { thread_id, turn_id: &turn_id };
                self.router.adopt_turn(key, *request, TurnLimits::default());
                self.turns.push((thread_id.clone(), turn_id));
            }
        }
    }
}

/// The frames of a recording, with whether the client sent them.
fn frames(path: &PathBuf) -> Vec<(bool, String)> {
    let text = std::fs::read_to_string(path).unwrap();
    let frame = |line: &str| {
        let (head, frame) = line.split_once(",\"frame\":").unwrap();
        (head.ends_with("\"client\""), frame.strip_suffix('}').unwrap().to_owned())
    };
    text.lines().skip(1).map(frame).collect()
}

#[test]
fn every_recording_ends_its_turns_as_the_server_said_and_with_nothing_unforeseen() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../codex-testkit/recordings");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    paths.sort();
    let mut turns = 0;
    for path in paths {
        let mut player = Player::new();
        for (is_ours, frame) in frames(&path) {
            match is_ours {
                true => player.ask(&serde_json::from_str(&frame).unwrap()),
                false => player.hear(&frame),
            }
        }
        let name = path.file_name().unwrap().to_string_lossy();
        assert_eq!(player.router.counters().stats(), Stats::default(), "{name}");
        for (thread_id, turn_id) in &player.turns {
            let result = player.router.snapshot(TurnKey { thread_id, turn_id });
            assert_eq!(Some(&result.status), player.ends.get(turn_id), "{name}, {turn_id}");
            assert!(!player.router.runs(TurnKey { thread_id, turn_id }), "{name}, {turn_id}");
        }
        turns += player.turns.len();
    }
    assert!(turns >= 29, "{turns}");
}
