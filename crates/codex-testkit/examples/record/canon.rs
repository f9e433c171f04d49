//! The order of frames, where it is left to chance.

use serde_json::Value;

use crate::recording::Frame;

/// What the machine has the server say, whatever the scenario.
const OF_THE_MACHINE: &str = "configWarning";

/// Puts each answer right behind its request, and items that start at once in the order of their ids.
///
/// The server may send what a request brings about before its answer, and now and then does; and
/// calls that run in parallel start in any order. A recording must not depend on it.
pub(crate) fn ordered(frames: Vec<Frame>) -> Vec<Frame> {
    let (answers, rest): (Vec<_>, Vec<_>) =
        frames.into_iter().partition(|frame| frame.is_in() && frame.is_answer());
    let mut ordered = Vec::new();
    for frame in rest {
        let asks = !frame.is_in() && !frame.is_answer();
        let id = frame.message.get("id").cloned();
        ordered.push(frame);
        if asks && id.is_some() {
            let answer = answers.iter().find(|answer| answer.message.get("id") == id.as_ref());
            ordered.extend(answer.cloned());
        }
    }
    ordered.retain(|frame| frame.message["method"] != OF_THE_MACHINE);
    for together in ordered.chunk_by_mut(|a, b| starts_item(a) && starts_item(b)) {
        together.sort_by_key(|frame| item_id(frame).unwrap_or_default().to_owned());
    }
    ordered
}

fn starts_item(frame: &Frame) -> bool {
    frame.message["method"] == "item/started"
}

fn item_id(frame: &Frame) -> Option<&str> {
    frame.message.get("params").map(|params| &params["item"]["id"]).and_then(Value::as_str)
}
