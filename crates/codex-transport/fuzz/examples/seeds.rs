//! Writes what the fuzzer begins with, made of the recordings: `seeds RECORDINGS CORPUS`.

use std::error::Error;
use std::fs;
use std::path::Path;

use codex_transport_fuzz::HEAD;
use serde_json::Value;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<_> = std::env::args().skip(1).collect();
    let [recordings, corpus] = args.as_slice() else { return Err("usage: seeds FROM TO".into()) };
    for entry in fs::read_dir(recordings)? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let recording = fs::read(&path)?;
        let server = server_frames(&recording);
        write(corpus, "replay", &name, &recording)?;
        for (kind, head) in [("small", [100, 0, 6, 30]), ("large", [255, 255, 100, 255])] {
            let head: [u8; HEAD] = head;
            write(corpus, "framing", &format!("{name}-{kind}"), &[&head, &*server].concat())?;
        }
    }
    Ok(())
}

/// The server's output, as it was on the wire.
fn server_frames(recording: &[u8]) -> Vec<u8> {
    let mut output = String::new();
    for line in recording.split(|byte| *byte == b'\n') {
        let line: Value = serde_json::from_slice(line).unwrap_or_default();
        if line["from"] == "server" {
            output.push_str(&line["frame"].to_string());
            output.push('\n');
        }
    }
    output.into_bytes()
}

fn write(corpus: &str, target: &str, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let folder = Path::new(corpus).join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(name), bytes)
}
