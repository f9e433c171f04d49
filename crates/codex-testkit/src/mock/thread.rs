//! One thread of the server, as the test writes it down.

use std::collections::VecDeque;

use super::MockTurn;

/// The turns of one thread, for servers that hold several.
#[derive(Debug, Default)]
pub struct MockThread {
    pub(super) turns: VecDeque<MockTurn>,
}

impl MockThread {
    /// Adds what the server does in the thread's next turn.
    #[must_use]
    pub fn turn(mut self, turn: impl FnOnce(MockTurn) -> MockTurn) -> Self {
        self.turns.push_back(turn(MockTurn::default()));
        self
    }
}
