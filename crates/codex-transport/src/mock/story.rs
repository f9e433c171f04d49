use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// How many frames a story tells, and how much of each.
const FRAMES: usize = 10;
const FRAME_CHARS: usize = 300;

/// The last frames that a mock saw, for the message of a test that fails.
#[derive(Debug, Clone, Default)]
pub(super) struct Story(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    last: VecDeque<String>,
    count: usize,
    waits_for: Option<String>,
    told: Option<String>,
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seen").field("count", &self.count).finish_non_exhaustive()
    }
}

impl Story {
    pub(super) fn client(&self, frame: &str) {
        self.see("client", frame);
    }

    pub(super) fn server(&self, frame: &str) {
        self.see("server", frame);
    }

    /// Says what the script waits for, until the next frame of the client.
    pub(super) fn waits_for(&self, what: String) {
        self.with(|seen| seen.waits_for = Some(what));
    }

    pub(super) fn waited_for(&self) -> Option<String> {
        self.with(|seen| seen.waits_for.take())
    }

    /// What happened, and what was seen before it.
    pub(super) fn tell(&self, what: &str) -> String {
        self.with(|seen| {
            let mut story = what.to_owned();
            match (seen.last.len(), seen.count) {
                (0, _) => story.push_str("\nno frame was seen"),
                (told, count) if told < count => {
                    story.push_str(&format!("\nthe last {told} of {count} frames:"));
                }
                _ => story.push_str("\nall frames:"),
            }
            for frame in &seen.last {
                story.push_str("\n  ");
                story.push_str(frame);
            }
            seen.told = Some(story.clone());
            story
        })
    }

    /// What was told last.
    pub(super) fn told(&self) -> Option<String> {
        self.with(|seen| seen.told.clone())
    }

    fn see(&self, who: &str, frame: &str) {
        let frame = frame.trim_end_matches('\n');
        let mut line = format!("{who}: ");
        match frame.char_indices().nth(FRAME_CHARS) {
            Some((end, _)) => {
                line.push_str(&frame[..end]);
                line.push_str(&format!(".. ({} bytes)", frame.len()));
            }
            None => line.push_str(frame),
        }
        self.with(|seen| {
            if seen.last.len() == FRAMES {
                seen.last.pop_front();
            }
            seen.last.push_back(line);
            seen.count += 1;
        });
    }

    fn with<T>(&self, act: impl FnOnce(&mut Seen) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
