//! A point in a script that waits for the test.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::Error;

/// A point in a script, of a model or of a mock server, that waits until the test opens it.
///
/// It replaces sleeping in tests that act in mid-turn: all before `hold(&gate)` is said, then
/// nothing until [`open`](Gate::open).
/// Clones are the same gate.
/// A gate that nobody opens holds until the other end hangs up or the instrument is dropped.
#[derive(Clone, Debug)]
pub struct Gate {
    state: Arc<watch::Sender<State>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    reached: bool,
    open: bool,
}

/// How long [`Gate::reached`] and its like wait: long enough for any machine that still works.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self { state: Arc::new(watch::Sender::new(State::default())) }
    }

    /// Lets everything pass that waits here or comes here later.
    pub fn open(&self) {
        self.state.send_modify(|state| state.open = true);
    }

    /// Whether a script has come here yet.
    pub fn is_reached(&self) -> bool {
        self.state.borrow().reached
    }

    /// Waits until a script has come here: all that it says before the gate is on its way then.
    ///
    /// A model's words are on their way to codex, that is, whose client sees them a moment later.
    ///
    /// # Errors
    ///
    /// [`Error::Timeout`] if none came within 30 seconds.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub async fn reached(&self) -> Result<(), Error> {
        let mut state = self.state.subscribe();
        match tokio::time::timeout(PATIENCE, state.wait_for(|state| state.reached)).await {
            Ok(_) => Ok(()),
            Err(_) => Err(Error::Timeout {
                what: "no script came to the gate, so nobody asked for what it holds".into(),
                waited: PATIENCE,
            }),
        }
    }

    /// The script's side: says that it is here and waits until it may go on.
    pub(crate) async fn pass(self) {
        self.state.send_modify(|state| state.reached = true);
        // An error would mean that the sender is gone, and `self` is one.
        let _ = self.state.subscribe().wait_for(|state| state.open).await;
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}
