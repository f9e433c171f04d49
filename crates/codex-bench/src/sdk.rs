//! What a program does with the SDK in each scenario, async and blocking.

use crate::Failure;
use crate::order::{CALLS_AT_ONCE, Order, Stream, TURNS_AT_ONCE};
use codex_sdk::protocol::ThreadLoadedListParams;
use codex_sdk::{Codex, Thread, TurnStream, blocking};
use std::path::Path;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

/// The async client on a runtime, with a thread for each of four turns.
#[derive(Debug)]
pub struct Sdk {
    runtime: Runtime,
    codex: Codex,
    threads: Vec<Thread>,
}

impl Sdk {
    /// Starts the server, and a thread or as many as turns may run at once.
    ///
    /// # Errors
    /// Those of the SDK.
    pub fn start(runtime: Runtime, server: &Path, threads: usize) -> Result<Self, Failure> {
        let (codex, threads) = runtime.block_on(async {
            let codex = Codex::builder()
                .launch_args_override([server])
                .consumer_scope(codex_sdk::ConsumerScope::PerTurn)
                .start()
                .await?;
            let mut started = Vec::new();
            for _ in 0..threads {
                started.push(codex.thread_start().await?);
            }
            Ok::<_, Failure>((codex, started))
        })?;
        Ok(Self { runtime, codex, threads })
    }

    /// Runs one turn; how many bytes of text its deltas had.
    ///
    /// # Errors
    /// Those of the SDK.
    pub fn turn(&self, order: Order) -> Result<usize, Failure> {
        self.runtime.block_on(read_turn(self.threads[0].clone(), order))
    }

    /// Runs four turns at once, each read by a task of its own; how many bytes of text their deltas had.
    ///
    /// # Errors
    /// Those of the SDK.
    pub fn four_turns(&self, messages: usize) -> Result<usize, Failure> {
        self.runtime.block_on(async {
            let mut turns = JoinSet::new();
            for thread in self.threads.iter().take(TURNS_AT_ONCE) {
                turns.spawn(read_turn(thread.clone(), Stream::Four.of(messages)));
            }
            let mut bytes = 0;
            while let Some(read) = turns.join_next().await {
                bytes += read??;
            }
            Ok(bytes)
        })
    }

    /// Runs one turn whose consumer looks at the first event, and at no other until all have arrived.
    ///
    /// # Errors
    /// Those of the SDK, and if the stream and the result have not the same text.
    pub fn backlog(&self, order: Order) -> Result<usize, Failure> {
        self.runtime.block_on(async {
            let mut events = self.threads[0].turn(order.to_string()).await?.stream()?;
            events.next().await.ok_or("the turn has no event")??;
            // The server answers after the flood, and an answer does not pass the events before it.
            self.codex.request(ThreadLoadedListParams::default()).await?;
            let bytes = read(&mut events).await?;
            let result = events.result().await?;
            if result.text.len() != bytes {
                return Err(
                    format!("the result has {} bytes, not {bytes}", result.text.len()).into()
                );
            }
            Ok(bytes)
        })
    }

    /// Starts a turn of one delta, and reads up to its first event.
    ///
    /// # Errors
    /// Those of the SDK.
    pub fn first_event(&self) -> Result<(), Failure> {
        self.runtime.block_on(async {
            let turn = self.threads[0].turn(Stream::Delta.of(1).to_string()).await?;
            turn.stream()?.next().await.ok_or("the turn has no event")??;
            Ok(())
        })
    }

    /// Sends requests one after the other.
    ///
    /// # Errors
    /// Those of the SDK.
    pub fn round_trips(&self, count: usize) -> Result<(), Failure> {
        self.runtime.block_on(call(self.codex.clone(), count))
    }

    /// The same from 64 tasks.
    ///
    /// # Errors
    /// Those of the SDK.
    pub fn round_trips_at_once(&self, count: usize) -> Result<(), Failure> {
        self.runtime.block_on(async {
            let mut callers = JoinSet::new();
            for _ in 0..CALLS_AT_ONCE {
                callers.spawn(call(self.codex.clone(), count / CALLS_AT_ONCE));
            }
            while let Some(called) = callers.join_next().await {
                called??;
            }
            Ok(())
        })
    }
}

async fn call(codex: Codex, count: usize) -> Result<(), Failure> {
    for _ in 0..count {
        codex.request(ThreadLoadedListParams::default()).await?;
    }
    Ok(())
}

async fn read_turn(thread: Thread, order: Order) -> Result<usize, Failure> {
    read(&mut thread.turn(order.to_string()).await?.stream()?).await
}

async fn read(events: &mut TurnStream) -> Result<usize, Failure> {
    let mut bytes = 0;
    while let Some(event) = events.next().await {
        bytes += event?.text_delta().map_or(0, str::len);
    }
    Ok(bytes)
}

/// The blocking client.
#[derive(Debug)]
pub struct BlockingSdk {
    codex: blocking::Codex,
    thread: blocking::Thread,
}

impl BlockingSdk {
    /// Starts the server and a thread.
    ///
    /// # Errors
    /// Those of the SDK.
    pub fn start(server: &Path) -> Result<Self, Failure> {
        let codex = blocking::Codex::builder().launch_args_override([server]).start()?;
        let thread = codex.thread_start().send()?;
        Ok(Self { codex, thread })
    }

    /// Runs one turn; how many bytes of text its deltas had.
    ///
    /// # Errors
    /// Those of the SDK.
    pub fn turn(&self, order: Order) -> Result<usize, Failure> {
        let mut bytes = 0;
        for event in self.thread.turn(order.to_string()).send()?.stream()? {
            bytes += event?.text_delta().map_or(0, str::len);
        }
        Ok(bytes)
    }

    /// Sends requests one after the other.
    ///
    /// # Errors
    /// Those of the SDK.
    pub fn round_trips(&self, count: usize) -> Result<(), Failure> {
        for _ in 0..count {
            self.codex.request(ThreadLoadedListParams::default()).send()?;
        }
        Ok(())
    }
}
