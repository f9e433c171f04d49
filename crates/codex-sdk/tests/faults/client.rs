//! What a case knows of its own process: the server that it started, and how much memory it took.

use crate::program::SERVER;
use codex_sdk::protocol::{ThreadLoadedListParams, ThreadLoadedListResponse};
use codex_sdk::{Codex, CodexBuilder, Disconnected, Error};
use rustix::event::{PollFd, PollFlags};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::os::fd::OwnedFd;
use std::time::Duration;
use std::{env, fs, process};

/// A client of a server with this fault.
pub(crate) fn builder(fault: &str) -> CodexBuilder {
    let this = env::current_exe().unwrap().into_os_string();
    Codex::builder().launch_args_override([this, SERVER.into(), fault.into()])
}

/// Any request.
pub(crate) async fn list(codex: &Codex) -> codex_sdk::Result<ThreadLoadedListResponse> {
    codex.request(ThreadLoadedListParams::default()).await
}

/// The cause of a request that failed because the connection is over.
pub(crate) async fn lost(codex: &Codex) -> Disconnected {
    match list(codex).await {
        Err(Error::Disconnected(cause)) => cause,
        other => panic!("{other:?}"),
    }
}

/// The server that this process has started: a child and, behind a shell, a child of that.
pub(crate) struct Server(Vec<OwnedFd>);

impl Server {
    pub(crate) fn find() -> Self {
        let handle = |pid: &Pid| pidfd_open(*pid, PidfdFlags::empty()).unwrap();
        Self(Self::all().iter().map(handle).collect())
    }

    /// All processes that this one has started, and those that they have, be they zombies.
    pub(crate) fn all() -> Vec<Pid> {
        let parents = parents();
        let this = Pid::from_raw(process::id().try_into().unwrap()).unwrap();
        let mut family = vec![this];
        let mut next = 0;
        while let Some(parent) = family.get(next).copied() {
            family.extend(parents.iter().filter(|entry| entry.1 == parent).map(|entry| entry.0));
            next += 1;
        }
        family.split_off(1)
    }

    /// Ends the client, by a call or by letting go of it, and waits for the server's end.
    pub(crate) async fn ends_with(self, codex: Codex, close: bool) {
        if close {
            codex.close().await.unwrap();
            assert_eq!(Self::all(), [], "close() came back before the server was gone");
        }
        drop(codex);
        let wait = move || {
            for handle in &self.0 {
                rustix::event::poll(&mut [PollFd::new(handle, PollFlags::IN)], None).unwrap();
            }
        };
        tokio::task::spawn_blocking(wait).await.unwrap();
        while !Self::all().is_empty() {
            // Dead, and not reaped yet.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Every process of the system with its parent.
fn parents() -> Vec<(Pid, Pid)> {
    let entry = |pid: i32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
        Some((Pid::from_raw(pid)?, Pid::from_raw(parent)?))
    };
    let pids = fs::read_dir("/proc").unwrap();
    pids.filter_map(|file| entry(file.ok()?.file_name().to_str()?.parse().ok()?)).collect()
}

/// The most memory that this process ever had, in MiB.
pub(crate) fn peak_mib() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() / 1024
}
