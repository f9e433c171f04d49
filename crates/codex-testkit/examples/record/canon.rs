//! The order of frames, where it is left to chance.

use serde_json::{Value, json};

use crate::recording::Frame;

/// What the machine has the server say, whatever the scenario.
const OF_THE_MACHINE: &str = "configWarning";

const THREAD_STARTED: &str = "thread/started";

const BESIDE_IT: [&str; 2] = ["mcpServer/startupStatus/updated", "warning"];

/// The items that the server may ask about.
const CALLS: [&str; 4] = ["commandExecution", "fileChange", "mcpToolCall", "dynamicToolCall"];

/// Puts each answer right behind its request, calls that start at once in the order of their ids, each with what the
/// server asks about it, and what comes of the client's decisions in the order of [`Outcome`].
///
/// The server may send what a request brings about before its answer, and now and then does; calls that run in parallel
/// start and end in any order, a thread starts beside its MCP servers; and the tasks of the server that each tell of one
/// outcome of a decision race each other.
/// A recording must not depend on it.
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
    for together in ordered.chunk_by_mut(|a, b| opens(a) && opens(b)) {
        together.sort_by_key(|frame| (item_id(frame).unwrap_or_default().to_owned(), asks(frame)));
    }
    number_requests(&mut ordered);
    for together in ordered.chunk_by_mut(|a, b| starts(a) && starts(b)) {
        together.sort_by_key(|frame| frame.message["method"] != THREAD_STARTED);
    }
    for together in ordered.chunk_by_mut(|a, b| outcome(a).is_some() && outcome(b).is_some()) {
        together.sort_by_cached_key(outcome);
    }
    ordered
}

/// Whether it tells of a thread that starts, or of what starts at the same time: its MCP servers, and features that the
/// server warns of.
fn starts(frame: &Frame) -> bool {
    let method = frame.message["method"].as_str();
    method.is_some_and(|method| method == THREAD_STARTED || BESIDE_IT.contains(&method))
}

/// What the server tells once a call is decided about, or over.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// The request of this number is not open any more.
    Resolved(Option<u64>),
    /// No request of the thread is.
    NothingOpen,
    /// The call of this id is over.
    Completed(String),
}

fn outcome(frame: &Frame) -> Option<Outcome> {
    let params = frame.message.get("params")?;
    match frame.message["method"].as_str()? {
        "serverRequest/resolved" => Some(Outcome::Resolved(params["requestId"].as_u64())),
        "thread/status/changed" if params["status"]["activeFlags"] == json!([]) => {
            Some(Outcome::NothingOpen)
        }
        "item/completed" if CALLS.iter().any(|call| params["item"]["type"] == *call) => {
            item_id(frame).map(|id| Outcome::Completed(id.to_owned()))
        }
        _ => None,
    }
}

/// Whether it tells of a call that starts, or asks about one.
fn opens(frame: &Frame) -> bool {
    frame.message["method"] == "item/started" || asks(frame)
}

/// Whether it is a request of the server's.
fn asks(frame: &Frame) -> bool {
    frame.is_in() && !frame.is_answer() && frame.message.get("id").is_some()
}

fn item_id(frame: &Frame) -> Option<&str> {
    let params = frame.message.get("params")?;
    [&params["item"]["id"], &params["itemId"], &params["callId"]]
        .into_iter()
        .find_map(Value::as_str)
}

/// Numbers the server's requests in the order that they have now: the server does so as it comes to them.
fn number_requests(frames: &mut [Frame]) {
    let ids: Vec<_> = frames
        .iter()
        .filter(|frame| asks(frame))
        .map(|frame| frame.message["id"].clone())
        .collect();
    let number = |id: &Value| ids.iter().position(|known| known == id).map(Value::from);
    for frame in frames {
        let of_request = asks(frame) || (!frame.is_in() && frame.is_answer());
        if let Some(number) = of_request.then(|| number(&frame.message["id"])).flatten() {
            frame.set(&["id"], number);
        }
        if let Some(number) = number(&frame.message["params"]["requestId"]) {
            frame.set(&["params", "requestId"], number);
        }
    }
}
