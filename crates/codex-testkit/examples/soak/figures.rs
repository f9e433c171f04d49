//! Memory and descriptors of this process, and whether they stay where they are.

use std::fmt;
use std::fs;
use std::io;

/// More than this above what it was is growth: a tenth, and what an allocator keeps by chance.
const RSS_SLACK_KIB: u64 = 4 * 1024;

/// How many descriptors may come and go with clients that start and end.
const DESCRIPTORS_SLACK: u64 = 8;

/// Descriptors that stay when all clients are closed: the runtime's, the model's pipes, the three that every process has.
const DESCRIPTORS_AT_REST: u64 = 16;

/// What the process has at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    rss_kib: u64,
    descriptors: u64,
}

impl Sample {
    pub(crate) fn take() -> io::Result<Self> {
        let status = fs::read_to_string("/proc/self/status")?;
        let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let rss_kib = rss
            .and_then(|rss| rss.trim().trim_end_matches(" kB").parse().ok())
            .ok_or_else(|| io::Error::other("/proc/self/status has no VmRSS"))?;
        let descriptors = fs::read_dir("/proc/self/fd")?.count() as u64;
        Ok(Self { rss_kib, descriptors })
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RSS {} KiB, {} descriptors", self.rss_kib, self.descriptors)
    }
}

/// The samples of a run, in order.
#[derive(Debug, Default)]
pub(crate) struct Figures(Vec<Sample>);

impl Figures {
    pub(crate) fn add(&mut self, sample: Sample) {
        self.0.push(sample);
    }

    /// Prints the medians of the quarters, and gives what grew.
    ///
    /// The first quarter is not compared: in it, buffers and threads come to the size that they have.
    pub(crate) fn verdict(&self, after: &Sample) -> Vec<String> {
        let quarter = |n: usize| {
            let range = self.0.len() * n / 4..self.0.len() * (n + 1) / 4;
            let samples = &self.0[range];
            let rss_kib = median(samples.iter().map(|sample| sample.rss_kib));
            Sample { rss_kib, descriptors: median(samples.iter().map(|sample| sample.descriptors)) }
        };
        for n in 0..4 {
            println!("quarter {}: median {}", n + 1, quarter(n));
        }
        let (early, late) = (quarter(1), quarter(3));
        let mut grown = Vec::new();
        if late.rss_kib > early.rss_kib + early.rss_kib / 10 + RSS_SLACK_KIB {
            grown.push(format!("RSS grew from {} to {} KiB", early.rss_kib, late.rss_kib));
        }
        if late.descriptors > early.descriptors + DESCRIPTORS_SLACK {
            let (early, late) = (early.descriptors, late.descriptors);
            grown.push(format!("descriptors grew from {early} to {late}"));
        }
        if after.descriptors > DESCRIPTORS_AT_REST {
            grown.push(format!("{} descriptors are open with no client", after.descriptors));
        }
        if grown.is_empty() {
            println!("flat");
        }
        grown
    }
}

fn median(values: impl Iterator<Item = u64>) -> u64 {
    let mut values: Vec<_> = values.collect();
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Ids of the processes that this one has started and that are there, be it as zombies.
pub(crate) fn children() -> io::Result<Vec<u32>> {
    let own = std::process::id();
    let mut children = Vec::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // It may end while it is looked at.
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1));
        if parent.and_then(|parent| parent.parse().ok()) == Some(own) {
            children.push(id);
        }
    }
    Ok(children)
}
