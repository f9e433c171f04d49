//! Finding the server's process and watching it end.

use codex_testkit::CodexHome;
use rustix::event::{PollFd, PollFlags};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::fs;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

/// One process that a client started.
pub(crate) struct ServerProcess {
    pub(crate) pid: Pid,
    handle: OwnedFd,
}

/// The server that the client with this process id runs with this `CODEX_HOME`.
///
/// A process that was just started has its environment only once it runs its program.
pub(crate) fn server_of(client: u32, home: &CodexHome) -> ServerProcess {
    let found = std::iter::repeat_with(|| find_server(client, home)).take(100_000).find_map(|it| {
        std::thread::yield_now();
        it
    });
    found.expect("no server runs with this home")
}

fn find_server(client: u32, home: &CodexHome) -> Option<ServerProcess> {
    let variable = format!("CODEX_HOME={}", home.path().display());
    let has_home =
        |environ: &[u8]| environ.split(|byte| *byte == 0).any(|entry| entry == variable.as_bytes());
    let mut pids = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let pid: i32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
        let process = PathBuf::from(format!("/proc/{pid}"));
        // Of the server and what it started, the server is the client's child.
        let stat = fs::read_to_string(process.join("stat")).ok()?;
        let parent: u32 = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
        let ours = parent == client && has_home(&fs::read(process.join("environ")).ok()?);
        ours.then_some(pid)
    });
    let pid = Pid::from_raw(pids.next()?).unwrap();
    let handle = pidfd_open(pid, PidfdFlags::empty()).unwrap();
    Some(ServerProcess { pid, handle })
}

impl ServerProcess {
    /// Whether the process exists, be it as a zombie.
    pub(crate) fn is_there(&self) -> bool {
        PathBuf::from(format!("/proc/{}", self.pid.as_raw_nonzero())).exists()
    }

    /// Waits for the end of the process.
    pub(crate) async fn ended(self) {
        let wait = move || {
            let mut fds = [PollFd::new(&self.handle, PollFlags::IN)];
            rustix::event::poll(&mut fds, None).unwrap();
        };
        tokio::task::spawn_blocking(wait).await.unwrap();
    }
}
