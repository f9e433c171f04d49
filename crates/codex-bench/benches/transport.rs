//! Receiving frames against the bare floor, paired, in one run: splitting, big frames, small reads, memory.

use codex_bench::flood::Script;
use codex_bench::order::Stream;
use codex_bench::report::{Report, Row};
use codex_bench::round::median;
use codex_bench::{Failure, cpu, memory};
use codex_transport::parts::LineBuffer;
use codex_transport::{Frame, FrameBatch, FrameReceiver, Stdio, Transport};
use std::hint::black_box;
use std::time::Duration;
use tokio::runtime::Runtime;

/// Nothing of the SDK but the transport.
const CLIENT: &str = "codex-transport";
const ROUNDS: usize = 21;
const READ_BYTES: usize = 64 * 1024;
const BATCH_BYTES: usize = 190 * 1024;
const MIB: usize = 1 << 20;

fn main() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut report = Report::from_args()?;
    splitting(&mut report)?;
    big_frame(&mut report)?;
    small_reads(&mut report)?;
    memory(&mut report, &runtime)
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
fn splitting(report: &mut Report) -> Result<(), Failure> {
    let turn = Script::new(Stream::Delta.of(40_000)).addressed("", "").to_vec();
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
    let lines = batches.iter().flatten().filter(|byte| **byte == b'\n').count();
    print(report, "split lines", lines, &rounds, "<= 1.67, which is 0.6 of memchr's speed")
}

/// One frame of 16 MiB, against reading the same pieces into a buffer that grows as they come.
fn big_frame(report: &mut Report) -> Result<(), Failure> {
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
    print(report, "read a frame of 16 MiB", 1, &rounds, "<= 1.2")
}

/// The same in reads of 4 KiB, against reads of 64 KiB: nothing is looked at twice.
fn small_reads(report: &mut Report) -> Result<(), Failure> {
    let bytes = big(16 * MIB);
    let rounds = rounds(|| (receive(&bytes, 4096), receive(&bytes, READ_BYTES)));
    print(report, "16 MiB in reads of 4 KiB", 1, &rounds, "to reads of 64 KiB <= 1.5")
}

/// What the process holds after a child has sent a frame of 64 MiB, beyond what it held before.
fn memory(report: &mut Report, runtime: &Runtime) -> Result<(), Failure> {
    let script = "echo 1; read go; head -c 67108864 /dev/zero | tr '\\0' x; echo; echo 3; read end";
    let (before, peak, after) = runtime.block_on(async {
        let child = Stdio::builder("sh").args(["-c", script]).spawn()?;
        let (mut sender, mut receiver) = Box::new(child).split();
        take(&mut *receiver, 1).await?;
        let before = memory::resident_mib().unwrap_or_default();
        let mut go = FrameBatch::new();
        go.push_str("go")?;
        sender.send(&mut go).await?;
        take(&mut *receiver, 64 * MIB).await?;
        let peak = memory::resident_mib().unwrap_or_default();
        take(&mut *receiver, 1).await?;
        // The next read that finds nothing gives back what was not used for a tenth of a second.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let _ = tokio::time::timeout(Duration::from_millis(1), receiver.fill()).await;
        sender.close().await?;
        while receiver.fill().await.is_ok() {}
        Ok::<_, Failure>((before, peak, memory::resident_mib().unwrap_or_default()))
    })?;
    let mut row = Row {
        scenario: "a frame of 64 MiB is gone".to_owned(),
        client: CLIENT.to_owned(),
        target: Some("kept <= 2 MiB"),
        ..Row::default()
    };
    row.more.insert("mib_kept", after - before);
    row.more.insert("mib_while_it_was_there", peak - before);
    report.print(&row)
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

/// Prints what `messages` took.
fn print(
    report: &mut Report,
    scenario: &str,
    messages: usize,
    rounds: &[(f64, f64)],
    target: &'static str,
) -> Result<(), Failure> {
    let seconds = median(rounds.iter().map(|(ours, _)| *ours)) / messages as f64;
    report.print(&Row {
        scenario: scenario.to_owned(),
        client: CLIENT.to_owned(),
        // Nothing here waits, so the time of the CPU is all there is.
        messages_per_s: Some(1.0 / seconds),
        cpu_us_per_message: Some(1e6 * seconds),
        ratio_to_floor: Some(median(rounds.iter().map(|(ours, floor)| ours / floor))),
        target: Some(target),
        ..Row::default()
    })
}
