//! Receiving frames against the bare floor, paired, in one run: splitting, big frames, small reads, memory.

use codex_bench::cpu;
use codex_bench::flood;
use codex_transport::parts::LineBuffer;
use codex_transport::{Frame, FrameBatch, FrameReceiver, Stdio, Transport};
use std::hint::black_box;
use std::time::Duration;
use tokio::runtime::Runtime;

type Failure = Box<dyn std::error::Error>;

const ROUNDS: usize = 21;
const READ_BYTES: usize = 64 * 1024;
const BATCH_BYTES: usize = 190 * 1024;
const MIB: usize = 1 << 20;

fn main() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    println!("{:<44} {:>10} {:>10} {:>7}  target", "transport", "measured", "floor", "ratio");
    splitting();
    big_frame();
    small_reads();
    memory(&runtime)
}

/// The CPU time to take the frames out of bytes that come in such pieces, as every transport of bytes does it.
fn receive(bytes: &[u8], piece_bytes: usize) -> Duration {
    time(|| {
        let mut lines = LineBuffer::new(usize::MAX);
        for piece in bytes.chunks(piece_bytes) {
            lines.extend(piece);
            take_all(&mut lines);
        }
    })
}

fn take_all(lines: &mut LineBuffer) {
    while let Some(frame) = lines.next_frame() {
        match frame {
            Frame::Text(text) => black_box(text),
            Frame::Malformed(malformed) => panic!("{malformed}"),
        };
    }
}

/// Batches of the lines that a turn is made of, read before, against memchr alone over the same batches.
fn splitting() {
    let turn = flood::turn(40_000);
    // Whole lines, as many as the buffer takes without growing.
    let mut batches: Vec<Vec<u8>> = vec![Vec::new()];
    for line in turn.split_inclusive(|byte| *byte == b'\n').filter(|line| line.len() < BATCH_BYTES)
    {
        if batches.last().is_some_and(|batch| batch.len() + line.len() > BATCH_BYTES) {
            batches.push(Vec::new());
        }
        batches.last_mut().into_iter().for_each(|batch| batch.extend_from_slice(line));
    }
    let mut lines = LineBuffer::new(usize::MAX);
    let rounds = rounds(|| {
        let (mut ours, mut floor) = (Duration::ZERO, Duration::ZERO);
        for batch in &batches {
            floor += time(|| {
                for end in memchr::memchr_iter(b'\n', batch) {
                    black_box(end);
                }
            });
            lines.extend(batch);
            ours += time(|| take_all(&mut lines));
        }
        (ours, floor)
    });
    let len: usize = batches.iter().map(Vec::len).sum();
    let gib = |time: f64| format!("{:.2} GiB/s", len as f64 / time / f64::from(1 << 30));
    report(
        "split lines (throughput of memchr)",
        &rounds,
        gib,
        |ours, floor| floor / ours,
        ">= 0.6",
    );
}

/// One frame of 16 MiB, against reading the same pieces into a buffer that grows as they come.
fn big_frame() {
    let bytes = big(16 * MIB);
    let rounds = rounds(|| {
        let floor = time(|| {
            let mut all = Vec::with_capacity(4 * READ_BYTES);
            for piece in bytes.chunks(READ_BYTES) {
                all.extend_from_slice(piece);
            }
            black_box(&all);
        });
        (receive(&bytes, READ_BYTES), floor)
    });
    report("a frame of 16 MiB (reading it)", &rounds, millis, |ours, floor| ours / floor, "<= 1.2");
}

/// The same in reads of 4 KiB, against reads of 64 KiB: nothing is looked at twice.
fn small_reads() {
    let bytes = big(16 * MIB);
    let rounds = rounds(|| (receive(&bytes, 4096), receive(&bytes, READ_BYTES)));
    let what = "16 MiB in reads of 4 KiB (of 64 KiB)";
    report(what, &rounds, millis, |ours, floor| ours / floor, "<= 1.5");
}

/// What the process holds after a child has sent a frame of 64 MiB, beyond what it held before.
fn memory(runtime: &Runtime) -> Result<(), Failure> {
    let script = "echo 1; read go; head -c 67108864 /dev/zero | tr '\\0' x; echo; echo 3; read end";
    let (before, peak, after) = runtime.block_on(async {
        let child = Stdio::builder("sh").args(["-c", script]).spawn()?;
        let (mut sender, mut receiver) = Box::new(child).split();
        take(&mut *receiver, 1).await?;
        let before = resident_mib()?;
        let mut go = FrameBatch::new();
        go.push_str("go")?;
        sender.send(&mut go).await?;
        take(&mut *receiver, 64 * MIB).await?;
        let peak = resident_mib()?;
        take(&mut *receiver, 1).await?;
        // The next read is the one that finds the buffer too large for what it holds.
        sender.close().await?;
        while receiver.fill().await.is_ok() {}
        Ok::<_, Failure>((before, peak, resident_mib()?))
    })?;
    let what = "memory kept after a frame of 64 MiB";
    let (kept, peak) = (after - before, peak - before);
    println!(
        "{what:<44} {kept:>6.1} MiB {peak:>6.0} MiB {:>7}  <= 2 MiB (the floor is the peak)",
        ""
    );
    Ok(())
}

/// Waits for a frame of this length.
async fn take(receiver: &mut dyn FrameReceiver, len: usize) -> Result<(), Failure> {
    loop {
        if let Some(frame) = receiver.next_frame() {
            let right = matches!(frame, Frame::Text(text) if text.len() == len);
            return if right { Ok(()) } else { Err("another frame came".into()) };
        }
        receiver.fill().await?;
    }
}

/// Memory of this process, from /proc; zero where there is none.
fn resident_mib() -> Result<f64, Failure> {
    let Ok(statm) = std::fs::read_to_string("/proc/self/statm") else { return Ok(0.0) };
    let pages: f64 = statm.split_whitespace().nth(1).ok_or("no resident pages")?.parse()?;
    Ok(pages * 4096.0 / MIB as f64)
}

fn big(len: usize) -> Vec<u8> {
    let mut bytes = b"{\"text\":\"".to_vec();
    bytes.resize(len, b'x');
    bytes.extend(b"\"}\n");
    bytes
}

fn time(work: impl FnOnce()) -> Duration {
    let before = cpu::used();
    work();
    cpu::used() - before
}

/// Pairs of ours and the floor; the first, which warms up, is left out.
fn rounds(mut round: impl FnMut() -> (Duration, Duration)) -> Vec<(f64, f64)> {
    round();
    let seconds = |(ours, floor): (Duration, Duration)| (ours.as_secs_f64(), floor.as_secs_f64());
    (0..ROUNDS).map(|_| seconds(round())).collect()
}

fn report(
    what: &str,
    rounds: &[(f64, f64)],
    show: impl Fn(f64) -> String,
    ratio: impl Fn(f64, f64) -> f64,
    target: &str,
) {
    let ours = median(rounds.iter().map(|round| round.0));
    let floor = median(rounds.iter().map(|round| round.1));
    let ratio = median(rounds.iter().map(|round| ratio(round.0, round.1)));
    println!("{what:<44} {:>10} {:>10} {ratio:>7.2}  {target}", show(ours), show(floor));
}

fn millis(time: f64) -> String {
    format!("{:.2} ms", time * 1e3)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
