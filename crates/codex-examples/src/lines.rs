//! What the person at the terminal types.

use tokio::sync::mpsc;

/// The lines that the person at the terminal types.
#[derive(Debug)]
pub struct Lines(Option<mpsc::Receiver<String>>);

impl Lines {
    /// Reads stdin on a thread of its own: a read of a terminal cannot be given up, and must not keep the runtime.
    pub fn of_stdin() -> Self {
        let (sender, receiver) = mpsc::channel(1);
        std::thread::spawn(move || {
            for line in std::io::stdin().lines().map_while(Result::ok) {
                if sender.blocking_send(line).is_err() {
                    break;
                }
            }
        });
        Self(Some(receiver))
    }

    /// The next line; `None` when nobody is there any more, for ever.
    ///
    /// # Cancel safety
    /// No line is lost if the future is dropped.
    pub async fn next(&mut self) -> Option<String> {
        let line = self.0.as_mut()?.recv().await;
        if line.is_none() {
            self.0 = None;
        }
        line
    }
}
