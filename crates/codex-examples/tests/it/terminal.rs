//! What is drawn at a terminal, and there alone; `demo` sees to the second half.

use crate::demo;
use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::fs::File;
use std::io::Read;
use std::process::{Command, Stdio};

/// What the chat draws at a terminal at which nobody types anything.
fn drawn_by_chat(no_color: &str) -> String {
    // Kept from the children of other tests, which would hold it open.
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let terminal = openpt(flags).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let end = open(&*name, flags, Mode::empty()).unwrap();
    let mut chat = Command::new(demo::path("11_chat"))
        .arg("--demo")
        .env("NO_COLOR", no_color)
        .stdin(Stdio::null())
        .stdout(end.try_clone().unwrap())
        .stderr(end)
        .spawn()
        .unwrap();
    let mut drawn = Vec::new();
    // Linux ends it with an error when nobody holds the other end any more.
    let _ = File::from(terminal).read_to_end(&mut drawn);
    assert!(chat.wait().unwrap().success());
    String::from_utf8(drawn).unwrap()
}

#[test]
fn a_terminal_shows_the_start_and_colours_unless_they_are_unwanted() {
    let text = "Ctrl-C stops an answer. An empty line ends the chat.";
    let start = "Demonstration: the real app-server starts; a scripted model answers.\r\n";
    assert_eq!(
        drawn_by_chat(""),
        format!("{start}\x1b[2m{text}\x1b[0m\r\nyou: \r\n\x1b[2mGoodbye.\x1b[0m\r\n")
    );
    assert_eq!(drawn_by_chat("1"), format!("{start}{text}\r\nyou: \r\nGoodbye.\r\n"));
}
