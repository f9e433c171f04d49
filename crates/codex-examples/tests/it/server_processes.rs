//! Watching the processes that an example started.

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::os::fd::OwnedFd;

/// Far more than the end of a process takes.
const PATIENCE: Timespec = Timespec { tv_sec: 60, tv_nsec: 0 };

/// The processes that an example started, and those that they did.
pub(crate) struct ServerProcesses(Vec<OwnedFd>);

impl ServerProcesses {
    /// Those of the example with this process id, which has one at least.
    pub(crate) fn of(example: u32) -> Self {
        let parents: Vec<_> = std::fs::read_dir("/proc")
            .unwrap()
            .filter_map(|entry| {
                let process = entry.unwrap().file_name().to_str()?.parse::<u32>().ok()?;
                let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
                let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?;
                Some((process, parent.parse::<u32>().unwrap()))
            })
            .collect();
        let mut family = vec![example];
        let mut next = 0;
        while let Some(parent) = family.get(next).copied() {
            family.extend(parents.iter().filter(|(_, it)| *it == parent).map(|(child, _)| child));
            next += 1;
        }
        assert!(family.len() > 1, "{example} has started nothing");
        let handle = |process: &u32| {
            let pid = Pid::from_raw(i32::try_from(*process).unwrap()).unwrap();
            // One that has ended meanwhile is no trouble.
            pidfd_open(pid, PidfdFlags::empty()).ok()
        };
        Self(family[1..].iter().filter_map(handle).collect())
    }

    /// Waits until all of them are gone.
    pub(crate) fn wait_for_end(self) {
        for process in self.0 {
            let mut fds = [PollFd::new(&process, PollFlags::IN)];
            let ended = rustix::event::poll(&mut fds, Some(&PATIENCE)).unwrap();
            assert_eq!(ended, 1, "a process of the example goes on");
        }
    }
}
