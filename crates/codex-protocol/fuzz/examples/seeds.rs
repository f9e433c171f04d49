//! Writes what the fuzzer begins with, made of the recordings: `seeds RECORDINGS CORPUS`.

use std::error::Error;
use std::fs;
use std::path::Path;

use codex_protocol::ServerNotification;
use serde_json::Value;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<_> = std::env::args().skip(1).collect();
    let [recordings, corpus] = args.as_slice() else { return Err("usage: seeds FROM TO".into()) };
    for entry in fs::read_dir(recordings)? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for (number, line) in fs::read_to_string(&path)?.lines().enumerate() {
            let line: Value = serde_json::from_str(line)?;
            let frame = &line["frame"];
            if frame.is_null() {
                continue;
            }
            let name = format!("{name}-{number}");
            write(corpus, "envelope", &name, frame.to_string().as_bytes())?;
            let methods = ServerNotification::METHODS;
            let method = methods.iter().position(|method| frame["method"] == *method);
            if let Some(first) = method.and_then(|place| u8::try_from(place).ok()) {
                let params = frame["params"].to_string().into_bytes();
                write(corpus, "notification", &name, &[vec![first], params].concat())?;
            }
        }
    }
    Ok(())
}

fn write(corpus: &str, target: &str, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let folder = Path::new(corpus).join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(name), bytes)
}
