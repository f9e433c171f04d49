//! The lines of one turn, written once and addressed to each turn anew.

use super::messages::{self, DELTA_TEXT, THREAD, TURN};
use crate::order::{Order, Stream};

/// How long the text of a big item is.
pub const BIG_BYTES: usize = 16 << 20;

/// How many pieces a message has where there are several.
const DELTAS_OF_A_MESSAGE: usize = 5_000;

/// Of so many messages of the mix one is an item and one the usage, two are output, and the rest deltas.
const CYCLE: usize = 20;

/// All that the server writes of one turn after its answer.
#[derive(Debug)]
pub struct Script {
    lines: Vec<u8>,
    threads: Vec<usize>,
    turns: Vec<usize>,
}

impl Script {
    /// The lines for an order.
    pub fn new(order: Order) -> Self {
        let mut lines = messages::turn_started();
        match order.stream {
            Stream::Delta | Stream::Four => lines += &message(0, order.messages),
            Stream::Unfinished => {
                lines += &messages::message_started(0);
                lines += &messages::delta(0).repeat(order.messages);
            }
            Stream::Messages => {
                let whole = order.messages / DELTAS_OF_A_MESSAGE;
                lines.extend((0..whole).map(|number| message(number, DELTAS_OF_A_MESSAGE)));
                lines += &message(whole, order.messages % DELTAS_OF_A_MESSAGE);
            }
            Stream::Mix => {
                lines += &messages::message_started(0);
                lines.extend((0..order.messages).map(mixed));
                let text = DELTA_TEXT.repeat(mixed_deltas(order.messages));
                lines += &messages::message_completed(0, &text);
            }
            Stream::Big => {
                lines += &messages::message_completed(0, &big_text()).repeat(order.messages);
            }
        }
        let is_whole = order.stream != Stream::Unfinished;
        lines += &messages::turn_completed(if is_whole { "completed" } else { "interrupted" });
        let lines = lines.into_bytes();
        let places = |id: &str| memchr::memmem::find_iter(&lines, id).collect();
        Self { threads: places(THREAD), turns: places(TURN), lines }
    }

    /// The lines, for a thread and a turn whose ids are as long as all are.
    pub fn addressed(&mut self, thread: &str, turn: &str) -> &[u8] {
        for (id, places) in [(thread, &self.threads), (turn, &self.turns)] {
            for place in places {
                self.lines[*place..*place + id.len()].copy_from_slice(id.as_bytes());
            }
        }
        &self.lines
    }
}

/// How many bytes of text the deltas of such a turn have.
pub fn text_bytes(order: Order) -> usize {
    match order.stream {
        Stream::Delta | Stream::Unfinished | Stream::Messages | Stream::Four => {
            order.messages * DELTA_TEXT.len()
        }
        Stream::Mix => mixed_deltas(order.messages) * DELTA_TEXT.len(),
        Stream::Big => 0,
    }
}

/// A message of the assistant in so many pieces.
fn message(number: usize, deltas: usize) -> String {
    let mut lines = messages::message_started(number);
    lines += &messages::delta(number).repeat(deltas);
    lines += &messages::message_completed(number, &DELTA_TEXT.repeat(deltas));
    lines
}

fn mixed(number: usize) -> String {
    match number % CYCLE {
        4 | 14 => messages::output_delta(number),
        9 => messages::item(number / CYCLE),
        19 => messages::usage(number),
        _ => messages::delta(0),
    }
}

fn mixed_deltas(messages: usize) -> usize {
    (0..messages).filter(|number| ![4, 9, 14, 19].contains(&(number % CYCLE))).count()
}

/// JSON text of 16 MiB, a line break every hundred bytes.
fn big_text() -> String {
    let line = format!("{}\\n", "a line of a long answer ".repeat(4));
    let mut text = line.repeat(BIG_BYTES.div_ceil(line.len()));
    text.truncate(BIG_BYTES / line.len() * line.len());
    text
}
