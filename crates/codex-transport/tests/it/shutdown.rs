use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use codex_transport::{Error, Stdio, Transport};
use rustix::process::{Pid, Signal};

use crate::support::{batch, next, rest_of_text, within};

/// For a process that will not go before its time is over.
const SHORT: Duration = Duration::from_millis(50);

/// For a process that goes by itself, however busy the machine is.
const LONG: Duration = Duration::from_secs(60);

/// For a process that goes by itself, in a test that lasts as long as this.
const ENOUGH: Duration = Duration::from_secs(5);

/// Goes neither at the end of its input nor when asked to.
const STUBBORN: &str = "trap '' TERM; sleep 1000 & echo $!; while :; do wait; done";

fn sh(script: &str, grace: Duration) -> Stdio {
    Stdio::builder("sh").args(["-c", script]).grace(grace).spawn().unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn pid(id: u32) -> Pid {
    Pid::from_raw(id.try_into().unwrap()).unwrap()
}

/// Whether a process runs; one that is dead and not reaped by its parent does not.
fn is_running(id: u32) -> bool {
    if cfg!(target_os = "linux") {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
    } else {
        rustix::process::test_kill_process(pid(id)).is_ok()
    }
}

/// Waits until there is no such process, not even an unreaped one.
fn wait_until_reaped(id: u32) {
    let began = Instant::now();
    while rustix::process::test_kill_process(pid(id)).is_ok() {
        assert!(began.elapsed() < Duration::from_secs(60), "process {id} is still there");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Waits until a process that is no child of ours runs no more.
fn wait_until_dead(id: u32) {
    let began = Instant::now();
    while is_running(id) {
        assert!(began.elapsed() < Duration::from_secs(60), "process {id} still runs");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[tokio::test]
async fn a_stubborn_process_is_killed_with_its_group() {
    let stdio = sh(STUBBORN, SHORT);
    let id = stdio.id();
    let (mut sender, mut receiver) = Box::new(stdio).split();
    let grandchild: u32 = next(&mut *receiver).await.unwrap().parse().unwrap();
    let closed = within(sender.close()).await.unwrap();
    assert_eq!(closed.exit_status.unwrap().signal(), Some(9));
    assert!(rustix::process::test_kill_process(pid(id)).is_err(), "not reaped when close returned");
    let (_, end) = rest_of_text(&mut *receiver).await;
    assert_eq!(end.exited().unwrap().status(), closed.exit_status);
    wait_until_dead(grandchild);
}

#[tokio::test]
async fn a_process_deaf_to_the_end_of_its_input_is_asked_to_go() {
    let stdio = sh("trap 'exit 9' TERM; echo ready; while :; do sleep 0.01; done", ENOUGH);
    let (mut sender, mut receiver) = Box::new(stdio).split();
    assert_eq!(next(&mut *receiver).await.unwrap(), "ready");
    let closed = within(sender.close()).await.unwrap();
    assert_eq!(closed.exit_status.unwrap().code(), Some(9));
}

#[tokio::test]
async fn a_close_once_begun_needs_nobody_to_wait_for_it() {
    // Twice this: longer than a busy machine takes for the one poll.
    let stdio = sh(STUBBORN, Duration::from_secs(1));
    let id = stdio.id();
    let (mut sender, mut receiver) = Box::new(stdio).split();
    next(&mut *receiver).await.unwrap();
    tokio::select! {
        biased;
        _ = sender.close() => panic!("it is not that quick"),
        () = std::future::ready(()) => {}
    }
    wait_until_reaped(id);
    let closed = within(sender.close()).await.unwrap();
    assert_eq!(closed.exit_status.unwrap().signal(), Some(9));
}

#[tokio::test]
async fn an_output_closed_early_is_the_end_of_the_process() {
    let stdio = sh("echo 1; exec sleep 1000 >&-", SHORT);
    let id = stdio.id();
    let (_sender, mut receiver) = Box::new(stdio).split();
    let (frames, end) = rest_of_text(&mut *receiver).await;
    assert_eq!(frames, ["1"]);
    assert_eq!(
        end.to_string(),
        "the server closed its output without ending, having written nothing to stderr"
    );
    wait_until_reaped(id);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn pipes_held_open_by_others_do_not_outlive_the_process_for_us() {
    // The other is in a process group of its own, which is none of our business.
    let script = "setsid sh -c 'echo $$; exec sleep 1000' & cat; exit 4";
    let (mut sender, mut receiver) = Box::new(sh(script, ENOUGH)).split();
    let other: u32 = next(&mut *receiver).await.unwrap().parse().unwrap();
    let closed = within(sender.close()).await.unwrap();
    assert_eq!(closed.exit_status.unwrap().code(), Some(4));
    assert!(is_running(other));
    let (_, end) = rest_of_text(&mut *receiver).await;
    assert_eq!(end.exited().unwrap().status().unwrap().code(), Some(4));
    rustix::process::kill_process(pid(other), Signal::KILL).unwrap();
}

#[tokio::test]
async fn what_a_process_leaves_of_its_group_ends_too() {
    let obedient = ("sleep 1000 & echo $!; cat; exit 4", LONG);
    let deaf = ("trap '' TERM; sleep 1000 & echo $!; cat; exit 4", ENOUGH);
    for (script, grace) in [obedient, deaf] {
        let (mut sender, mut receiver) = Box::new(sh(script, grace)).split();
        let other: u32 = next(&mut *receiver).await.unwrap().parse().unwrap();
        let closed = within(sender.close()).await.unwrap();
        assert_eq!(closed.exit_status.unwrap().code(), Some(4));
        wait_until_dead(other);
    }
}

#[tokio::test]
async fn a_killed_wrapper_leaves_nothing() {
    // The one inside serves on; it would outlive the end of its input.
    let script = "sh -c 'trap \"\" TERM; echo $$; cat; sleep 1000'; true";
    for close in [true, false] {
        let stdio = sh(script, SHORT);
        let id = stdio.id();
        let (mut sender, mut receiver) = Box::new(stdio).split();
        let inner: u32 = next(&mut *receiver).await.unwrap().parse().unwrap();
        rustix::process::kill_process(pid(id), Signal::KILL).unwrap();
        within(sender.send(&mut batch(&["still there"]))).await.unwrap();
        assert_eq!(next(&mut *receiver).await.unwrap(), "still there");
        if close {
            let closed = within(sender.close()).await.unwrap();
            assert_eq!(closed.exit_status.unwrap().signal(), Some(9));
        }
        drop((sender, receiver));
        wait_until_reaped(id);
        wait_until_dead(inner);
    }
}

#[tokio::test]
async fn a_dropped_sender_lets_the_receiver_read_to_the_end() {
    let stdio = sh("echo 1; cat; echo 2; exit 5", LONG);
    let (sender, mut receiver) = Box::new(stdio).split();
    assert_eq!(next(&mut *receiver).await.unwrap(), "1");
    drop(sender);
    let (frames, end) = rest_of_text(&mut *receiver).await;
    assert_eq!(frames, ["2"]);
    assert_eq!(end.exited().unwrap().status().unwrap().code(), Some(5));
}

#[tokio::test]
async fn dropped_halves_leave_no_process() {
    for script in ["echo $$; exec cat", STUBBORN] {
        let stdio = sh(script, SHORT);
        let id = stdio.id();
        let (sender, mut receiver) = Box::new(stdio).split();
        let printed: u32 = next(&mut *receiver).await.unwrap().parse().unwrap();
        drop((sender, receiver));
        wait_until_reaped(id);
        wait_until_dead(printed);
    }
}

#[tokio::test]
async fn a_transport_that_was_never_split_leaves_no_process() {
    let stdio = sh("exec sleep 1000", SHORT);
    let id = stdio.id();
    drop(stdio);
    wait_until_reaped(id);
}

#[test]
fn halves_can_be_dropped_outside_a_runtime_and_after_it() {
    for runtime_first in [false, true] {
        let runtime = runtime();
        let (id, sender, mut receiver) = runtime.block_on(async {
            let stdio = sh(STUBBORN, SHORT);
            let id = stdio.id();
            let (sender, receiver) = Box::new(stdio).split();
            (id, sender, receiver)
        });
        let grandchild = runtime.block_on(next(&mut *receiver)).unwrap().parse().unwrap();
        if runtime_first {
            drop(runtime);
            drop((sender, receiver));
        } else {
            drop((sender, receiver));
            drop(runtime);
        }
        wait_until_reaped(id);
        wait_until_dead(grandchild);
    }
}

#[test]
fn a_runtime_that_ends_takes_the_process_of_its_tasks_along() {
    let runtime = runtime();
    let id = runtime.block_on(async {
        let stdio = sh(STUBBORN, SHORT);
        let id = stdio.id();
        let (sender, mut receiver) = Box::new(stdio).split();
        next(&mut *receiver).await.unwrap();
        tokio::spawn(async move {
            let _sender = sender;
            while receiver.fill().await.is_ok() {}
        });
        id
    });
    drop(runtime);
    wait_until_reaped(id);
}

#[test]
fn a_receiver_whose_runtime_has_ended_fails_instead_of_waiting() {
    let first = runtime();
    let stdio = first.block_on(async { sh("exec cat", LONG) });
    let id = stdio.id();
    let (mut sender, mut receiver) = Box::new(stdio).split();
    drop(first);
    let second = runtime();
    second.block_on(async {
        let error = within(receiver.fill()).await.unwrap_err();
        assert!(matches!(error, Error::Read(_)), "{error:?}");
        // The shutdown needs no runtime, so it works all the same.
        let closed = within(sender.close()).await.unwrap();
        assert_eq!(closed.exit_status.unwrap().code(), Some(0));
    });
    wait_until_reaped(id);
}
