//! Decoding what the server said, against structs written by hand and against the way through `serde_json::Value`.

use codex_bench::by_hand::Message;
use codex_bench::report::{Report, Row};
use codex_bench::round::median;
use codex_bench::{Failure, cpu};
use codex_protocol::{Incoming, ServerNotification, ServerRequest, decode_incoming};
use serde_json::Value;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

const ROUNDS: usize = 15;

/// How long one way takes in a round, at least: enough for the clock.
const ROUND: Duration = Duration::from_millis(40);

fn main() -> Result<(), Failure> {
    let mut report = Report::from_args()?;
    let mix = recorded()?;
    compare(&mut report, "recorded mix", &mix, "<= 1.25", "<= 0.75")?;
    let deltas = mix.iter().filter(|line| line.contains(r#""item/agentMessage/delta""#));
    compare(&mut report, "recorded deltas alone", &deltas.cloned().collect::<Vec<_>>(), "", "")?;
    compare(&mut report, "a change of 200 files", &[change(200)], "", "<= 0.25")
}

/// The notifications and requests of the server in all recordings; answers stay undecoded in either way.
fn recorded() -> Result<Vec<String>, Failure> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../codex-testkit/recordings");
    let mut frames = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        for line in std::fs::read_to_string(entry?.path())?.lines().skip(1) {
            let line: Line<'_> = serde_json::from_str(line)?;
            if line.from == "server" && line.frame.get().starts_with(r#"{"method""#) {
                frames.push(line.frame.get().to_owned());
            }
        }
    }
    // What one of the ways does not know is no part of the mix.
    let is_known = |message: Message| !matches!(message, Message::Other);
    frames.retain(|frame| {
        serde_json::from_str(frame).is_ok_and(is_known) && through_value(frame).is_ok()
    });
    assert!(frames.len() > 500, "only {} recorded messages", frames.len());
    Ok(frames)
}

#[derive(serde::Deserialize)]
struct Line<'a> {
    from: &'a str,
    #[serde(borrow)]
    frame: &'a serde_json::value::RawValue,
}

fn change(files: usize) -> String {
    let change = |n: usize| {
        format!(
            r#"{{"path":"/project/src/module_{n}.rs","kind":{{"type":"update","move_path":null}},"diff":"@@ -1,2 +1,2 @@\n-old\n+new\n"}}"#
        )
    };
    let changes = (0..files).map(change).collect::<Vec<_>>().join(",");
    format!(
        r#"{{"method":"item/completed","params":{{"item":{{"type":"fileChange","id":"call_1","changes":[{changes}],"status":"completed"}},"threadId":"t","turnId":"u","completedAtMs":1}}}}"#
    )
}

/// Runs the ways in turn, so that whatever else the machine does hits all of them.
fn compare(
    report: &mut Report,
    name: &str,
    frames: &[String],
    hand: &'static str,
    value: &'static str,
) -> Result<(), Failure> {
    for frame in frames {
        // Nothing that one way cannot read may make it look fast.
        ours(frame);
        by_hand(frame)?;
        assert_eq!(through_value(frame)?, method(frame)?);
    }
    let mut rounds = Vec::new();
    let times = repetitions(frames);
    for round in 0..=ROUNDS {
        let measured = [
            time(times, frames, ours),
            time(times, frames, |frame| drop(black_box(by_hand(frame)))),
            time(times, frames, |frame| drop(black_box(through_value(frame)))),
            time(times, frames, |frame| drop(black_box(by_hand_through_value(frame)))),
        ];
        // The first round warms up.
        if round > 0 {
            rounds.push(
                measured.map(|time| time.as_secs_f64() * 1e9 / (times * frames.len()) as f64),
            );
        }
    }
    for (index, what, target) in [
        (1, "by hand", hand),
        (2, "Value to the models", value),
        (3, "Value to those by hand", value),
    ] {
        let nanos = median(rounds.iter().map(|round| round[0]));
        report.print(&Row {
            scenario: format!("{name} / {what}"),
            client: "codex-protocol".to_owned(),
            messages_per_s: Some(1e9 / nanos),
            cpu_us_per_message: Some(nanos / 1e3),
            ratio_to_floor: Some(median(rounds.iter().map(|round| round[0] / round[index]))),
            target: Some(target).filter(|target| !target.is_empty()),
            ..Row::default()
        })?;
    }
    Ok(())
}

fn ours(frame: &str) {
    match black_box(decode_incoming(frame)) {
        Ok(Incoming::Notification {
            notification: ServerNotification::Unrecognized { .. },
            ..
        })
        | Ok(Incoming::Request { request: ServerRequest::Unrecognized { .. }, .. }) => {
            panic!("not known: {frame}")
        }
        Ok(Incoming::Notification { .. } | Incoming::Request { .. }) => {}
        other => panic!("{other:?}"),
    }
}

fn by_hand(frame: &str) -> serde_json::Result<Message> {
    serde_json::from_str(frame)
}

fn by_hand_through_value(frame: &str) -> serde_json::Result<Message> {
    serde_json::from_value(serde_json::from_str(frame)?)
}

/// The method of a frame that was read into a `Value` first and into its model then.
fn through_value(frame: &str) -> Result<String, Failure> {
    let mut value: Value = serde_json::from_str(frame)?;
    let params = value["params"].take();
    let method = value["method"].as_str().unwrap_or_default();
    macro_rules! table {
        ($($method:literal => $model:ident,)*) => {
            match method {
                $($method => {
                    black_box(serde_json::from_value::<codex_protocol::$model>(params)?);
                })*
                other => return Err(format!("no line for {other}").into()),
            }
        };
    }
    table! {
        "account/rateLimits/updated" => AccountRateLimitsUpdatedNotification,
        "deprecationNotice" => DeprecationNoticeNotification,
        "error" => ErrorNotification,
        "item/agentMessage/delta" => AgentMessageDeltaNotification,
        "item/commandExecution/outputDelta" => CommandExecutionOutputDeltaNotification,
        "item/commandExecution/requestApproval" => CommandExecutionRequestApprovalParams,
        "item/completed" => ItemCompletedNotification,
        "item/fileChange/requestApproval" => FileChangeRequestApprovalParams,
        "item/reasoning/summaryPartAdded" => ReasoningSummaryPartAddedNotification,
        "item/reasoning/summaryTextDelta" => ReasoningSummaryTextDeltaNotification,
        "item/reasoning/textDelta" => ReasoningTextDeltaNotification,
        "item/started" => ItemStartedNotification,
        "remoteControl/status/changed" => RemoteControlStatusChangedNotification,
        "serverRequest/resolved" => ServerRequestResolvedNotification,
        "thread/goal/cleared" => ThreadGoalClearedNotification,
        "thread/readState/changed" => ThreadReadStateChangedNotification,
        "thread/started" => ThreadStartedNotification,
        "thread/status/changed" => ThreadStatusChangedNotification,
        "thread/tokenUsage/updated" => ThreadTokenUsageUpdatedNotification,
        "turn/completed" => TurnCompletedNotification,
        "turn/diff/updated" => TurnDiffUpdatedNotification,
        "turn/started" => TurnStartedNotification,
    }
    Ok(method.to_owned())
}

fn method(frame: &str) -> Result<String, Failure> {
    let value: Value = serde_json::from_str(frame)?;
    Ok(value["method"].as_str().unwrap_or_default().to_owned())
}

fn repetitions(frames: &[String]) -> usize {
    let once = time(1, frames, ours).max(Duration::from_micros(1));
    (ROUND.as_nanos() / once.as_nanos()).max(1) as usize
}

/// The CPU time of going through all frames that often.
fn time(times: usize, frames: &[String], mut way: impl FnMut(&str)) -> Duration {
    let before = cpu::used();
    for _ in 0..times {
        for frame in frames {
            way(black_box(frame));
        }
    }
    cpu::used() - before
}
