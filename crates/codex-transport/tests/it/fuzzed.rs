//! Framing and replays, whatever comes: recordings, cut and spoilt, given to what the fuzz targets do.
//!
//! The cases are the same in each run. `CODEX_MUTATED_CASES` sets how many each test has, and `CODEX_MUTATED_SEED`
//! where they start; `cargo xtask fuzz` goes on where they end.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

use fastrand::Rng;

// What the fuzz targets do, which `cargo xtask fuzz` alone would run otherwise.
#[allow(unreachable_pub)]
#[path = "../../fuzz/src/lib.rs"]
mod bodies;

const CASES: u64 = 3000;

/// Bytes that mean something to one of them.
const SPECIAL: &[&[u8]] = &[b"\n", b"\r\n", b"\r", b"\0", b"\xff", b"\xe2\x80", b"\"", b"{", b"}"];

fn variable(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|error| panic!("{name}={text}: {error}")))
}

/// Makes an input of each seed and checks it, and says which one failed.
fn for_each_case(make: impl Fn(&mut Rng) -> Vec<u8>, check: impl Fn(&[u8])) {
    let cases = variable("CODEX_MUTATED_CASES").unwrap_or(CASES);
    let first = variable("CODEX_MUTATED_SEED").unwrap_or_default();
    for seed in first..first.saturating_add(cases) {
        let input = make(&mut Rng::with_seed(seed));
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| check(&input))) {
            eprintln!("run it again: CODEX_MUTATED_SEED={seed} CODEX_MUTATED_CASES=1");
            eprintln!("the input was {}", String::from_utf8_lossy(&input));
            resume_unwind(panic);
        }
    }
}

/// The lines of each recording.
fn recordings() -> Vec<Vec<Vec<u8>>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../codex-testkit/recordings");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() > 20, "only {} recordings", paths.len());
    let lines = |text: Vec<u8>| text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    paths.into_iter().map(|path| lines(std::fs::read(path).unwrap())).collect()
}

/// A run of lines of a recording, some of them left out, moved or said twice.
fn some_lines(recordings: &[Vec<Vec<u8>>], rng: &mut Rng) -> Vec<u8> {
    let recording = rng.choice(recordings).unwrap();
    let first = if rng.bool() { 0 } else { rng.usize(..recording.len()) };
    let end = rng.usize(first..recording.len()) + 1;
    let mut lines = recording[first..end].to_vec();
    for _ in 0..rng.usize(..3) {
        let (one, other) = (rng.usize(..lines.len()), rng.usize(..lines.len()));
        match rng.u8(..3) {
            0 => lines.swap(one, other),
            1 => lines.insert(one, lines[other].clone()),
            _ if lines.len() > 1 => drop(lines.remove(one)),
            _ => {}
        }
    }
    lines.join(&b'\n')
}

fn spoil(bytes: &mut Vec<u8>, rng: &mut Rng) {
    for _ in 0..rng.usize(..4) {
        let at = rng.usize(..=bytes.len());
        let end = (at + rng.usize(..20)).min(bytes.len());
        match rng.u8(..4) {
            0 => drop(bytes.drain(at..end)),
            1 => bytes.truncate(at),
            2 => drop(bytes.splice(at..at, rng.choice(SPECIAL).unwrap().iter().copied())),
            _ => bytes[at..end].iter_mut().for_each(|byte| *byte ^= 1 << rng.u8(..8)),
        }
    }
}

#[test]
fn any_bytes_in_any_pieces_give_the_same_frames() {
    let recordings = recordings();
    for_each_case(
        |rng| {
            let mut input: Vec<u8> = (0..bodies::HEAD).map(|_| rng.u8(..)).collect();
            let mut lines = some_lines(&recordings, rng);
            spoil(&mut lines, rng);
            input.append(&mut lines);
            input
        },
        bodies::framing,
    );
}

#[test]
fn any_recording_is_replayed_to_its_end_or_refused() {
    let recordings = recordings();
    for_each_case(
        |rng| {
            let mut input = some_lines(&recordings, rng);
            spoil(&mut input, rng);
            input
        },
        |input| _ = bodies::replay(input),
    );
}

/// Cases that never got anywhere would prove nothing.
#[test]
fn whole_recordings_are_played_to_their_end() {
    for recording in recordings() {
        assert!(bodies::replay(&recording.join(&b'\n')));
    }
}
