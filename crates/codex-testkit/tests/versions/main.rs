//! The recorder's scenarios, live on the older versions of codex that are supported: each comes to
//! the same as on the pinned one, and all that the server says is read and written back.
//!
//! `cargo xtask test` installs those versions.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../examples/record/canon.rs"]
mod canon;
#[path = "../../examples/record/normal.rs"]
mod normal;
#[path = "../../examples/record/ordered.rs"]
mod ordered;
#[path = "../../examples/record/player.rs"]
mod player;
#[path = "../../examples/record/recording.rs"]
#[allow(dead_code, reason = "these tests write no recording")]
mod recording;
#[path = "../../examples/record/scenarios/mod.rs"]
#[allow(dead_code, reason = "these tests tell nobody what a scenario is about")]
mod scenarios;

mod decoded;

use std::path::Path;

use codex_runtime::{Environment, PINNED_VERSION, Search, TESTED_VERSIONS};
use recording::Frame;
use scenarios::SCENARIOS;
use serde_json::Value;

type Failure = Box<dyn std::error::Error>;

/// Scenarios that an older version cannot play: version, scenario, and why.
///
/// An entry is tested, too: it has to go once the scenario plays.
const UNABLE: &[(&str, &str, &str)] = &[];

#[tokio::test]
async fn the_oldest_version() {
    play(TESTED_VERSIONS[0]).await;
}

#[tokio::test]
async fn a_version_between() {
    play(TESTED_VERSIONS[1]).await;
}

#[test]
fn the_newest_version_is_the_pinned_one_which_the_recordings_are_of() {
    assert_eq!(TESTED_VERSIONS[2], PINNED_VERSION);
    for (version, scenario, reason) in UNABLE {
        assert!(TESTED_VERSIONS[..2].contains(version), "{version}: {reason}");
        assert!(SCENARIOS.iter().any(|known| known.name == *scenario), "{scenario}: {reason}");
    }
}

async fn play(version: &str) {
    let found = Search::new(Environment::current()).locate_version(version);
    let codex = found.unwrap_or_else(|missing| panic!("{missing}")).path;
    for scenario in SCENARIOS {
        let place = format!("{version}, {}", scenario.name);
        let played = (scenario.play)(&codex).await;
        let unable = UNABLE.iter().find(|(v, name, _)| (*v, *name) == (version, scenario.name));
        if let Some((_, _, reason)) = unable {
            assert!(played.is_err(), "{place} plays, although it is listed as unable: {reason}");
            continue;
        }
        let frames = played.unwrap_or_else(|error| panic!("{place}: {error}"));
        assert!(says(&frames, version), "{place}: another version answered");
        decoded::check(&place, &frames);
        let kept = frames.iter().map(|frame| serde_json::to_value(&frame.kept).unwrap());
        assert_eq!(ends(kept), ends(recorded(scenario.name)), "{place}");
    }
}

/// Whether the server that shook hands has this version.
fn says(frames: &[Frame], version: &str) -> bool {
    let agents = frames.iter().filter_map(|frame| frame.message["result"]["userAgent"].as_str());
    let agents: Vec<_> = agents.collect();
    !agents.is_empty() && agents.iter().all(|agent| agent.contains(&format!("/{version} ")))
}

/// The messages of the recording of this name.
fn recorded(scenario: &str) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
    let text = std::fs::read_to_string(folder.join(format!("{scenario}.jsonl"))).unwrap();
    let lines = text.lines().skip(1).map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|mut line| line["frame"].take()).collect()
}

/// How each turn ended, and the last that the model had said in it.
///
/// Not all that it had said: 0.160.0 lets a message end that later versions cut when they steer.
fn ends(messages: impl IntoIterator<Item = Value>) -> Vec<(Value, Value)> {
    let mut ends = Vec::new();
    let mut said = Value::Null;
    for mut message in messages {
        if message["params"]["item"]["type"] == "agentMessage"
            && message["method"] == "item/completed"
        {
            said = message["params"]["item"]["text"].take();
        } else if message["method"] == "turn/completed" {
            ends.push((message["params"]["turn"]["status"].take(), std::mem::take(&mut said)));
        }
    }
    ends
}
