//! What the server is asked to write. The text of a turn's input says it: a word and a count.

use std::fmt;
use std::str::FromStr;

/// How many turns there are, and wait for each other, where four are ordered.
pub const TURNS_AT_ONCE: usize = 4;

/// How many round trips are under way at once where more than one is.
pub const CALLS_AT_ONCE: usize = 64;

/// A stream, and how many messages of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Order {
    /// What is written.
    pub stream: Stream,
    /// How many messages, without those that begin and end the turn.
    pub messages: usize,
}

/// What one turn says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Pieces of the assistant's answer, of twenty bytes each.
    Delta,
    /// The same in a turn that is interrupted before the message is finished.
    Unfinished,
    /// The same as messages of five thousand pieces, each finished before the next begins.
    Messages,
    /// Of twenty messages sixteen such pieces, two of a command's output, an item of several KB, and the usage.
    Mix,
    /// Items of 16 MiB.
    Big,
    /// Pieces of the answers in four turns, which wait for each other and are then written line by line in turn.
    Four,
}

impl Stream {
    const ALL: [(Self, &str); 6] = [
        (Self::Delta, "delta"),
        (Self::Unfinished, "unfinished"),
        (Self::Messages, "messages"),
        (Self::Mix, "mix"),
        (Self::Big, "big"),
        (Self::Four, "four"),
    ];

    /// An order of so many messages.
    pub fn of(self, messages: usize) -> Order {
        Order { stream: self, messages }
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::ALL.iter().find(|(stream, _)| stream == self).map_or("", |(_, name)| name);
        f.write_str(name)
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.stream, self.messages)
    }
}

impl FromStr for Order {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown =
            || format!("the order {text:?} is not a stream and a count, such as `mix 1000`");
        let (name, messages) = text.split_once(' ').ok_or_else(unknown)?;
        let (stream, _) =
            Stream::ALL.into_iter().find(|(_, known)| *known == name).ok_or_else(unknown)?;
        Ok(Self { stream, messages: messages.parse().map_err(|_| unknown())? })
    }
}
