use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::peer::{Rest, name_of};
use super::story::Story;
use super::{Input, MockPeer, MockTransport, pair};
use crate::Error;

/// How long a script may wait for a client that is still there, once the test has done its part.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connected pair whose server is played by a script, as a task on the current runtime.
///
/// Where the client leaves the script, or the script panics, the connection ends with an [`Error::OffScript`] that tells the story, and [`Script::finish`] panics with the same story.
/// What the client sends after the end of the script is not in it either, unless the script hung up.
///
/// # Panics
///
/// Outside a tokio runtime.
pub fn scripted<S, F>(script: S) -> (MockTransport, Script)
where
    S: FnOnce(MockPeer) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let (transport, mut peer) = pair();
    let (rest, to_client, story) = peer.lend();
    let (finishing, asked_to_finish) = watch::channel(false);
    let run = run(script(peer), rest, to_client, story.clone(), asked_to_finish);
    let task = tokio::spawn(run);
    (transport, Script { task: Some(task), finishing, story })
}

/// A script that plays a server; made by [`scripted`].
///
/// [`finish`](Self::finish) must be called: dropping it without panics, too, unless the test is failing already.
#[derive(Debug)]
#[must_use = "a script fails the test in `finish()`"]
pub struct Script {
    task: Option<JoinHandle<Result<(), Arc<str>>>>,
    finishing: watch::Sender<bool>,
    story: Story,
}

impl Script {
    /// Waits for the end of the script.
    ///
    /// Close or drop the client first: what it has not sent by now, it will not.
    /// If it is still there, a script that expects more of it gets 10 seconds of tokio's clock.
    ///
    /// # Panics
    ///
    /// With the story, if the client did what the script did not expect, has not done what it did, or the script panicked.
    pub async fn finish(mut self) {
        self.finishing.send_replace(true);
        let Some(mut task) = self.task.take() else { return };
        let ended = match tokio::time::timeout(PATIENCE, &mut task).await {
            Ok(Ok(ended)) => ended,
            Ok(Err(_)) => Err(self.story.tell("the runtime of the script has ended").into()),
            Err(_) => {
                task.abort();
                let waits_for = self.story.waited_for();
                let what = waits_for.unwrap_or_else(|| "something else than the client".to_owned());
                Err(self.story.tell(&format!("the script still waits for {what}")).into())
            }
        };
        if let Err(story) = ended {
            panic!("{story}");
        }
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let Some(task) = self.task.take() else { return };
        task.abort();
        if !thread::panicking() {
            let what = "a mock's script was dropped without `finish().await`";
            panic!("{}", self.story.tell(what));
        }
    }
}

/// Runs a script, then watches that the client sends nothing more.
async fn run(
    script: impl Future<Output = ()>,
    rest: oneshot::Receiver<Rest>,
    to_client: mpsc::UnboundedSender<Input>,
    story: Story,
    asked_to_finish: watch::Receiver<bool>,
) -> Result<(), Arc<str>> {
    let ended = match caught(script).await {
        Ok(()) => watch_rest(rest, &story, asked_to_finish).await,
        Err(panic) => Err(failure(&story, &panic)),
    };
    if let Err(story) = &ended {
        let _ = to_client.send(Input::End(Error::OffScript(story.clone())));
    }
    ended
}

/// The end of a future, or the message of its panic.
async fn caught(future: impl Future<Output = ()>) -> Result<(), String> {
    let mut future = pin!(future);
    poll_fn(|context| {
        // After a panic the future is not polled again.
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => std::task::Poll::Ready(Err(message(&*panic))),
        }
    })
    .await
}

async fn watch_rest(
    rest: oneshot::Receiver<Rest>,
    story: &Story,
    mut asked_to_finish: watch::Receiver<bool>,
) -> Result<(), Arc<str>> {
    // Without its peer a script has hung up for good.
    let Ok(mut rest) = rest.await else { return Ok(()) };
    if rest.hung_up {
        return Ok(());
    }
    let next = match rest.aside.pop_front() {
        Some(frame) => Some(frame),
        None => {
            let frame = tokio::select! {
                biased;
                frame = rest.from_client.recv() => frame,
                _ = asked_to_finish.wait_for(|asked| *asked) => None,
            };
            frame.inspect(|frame| story.client(frame))
        }
    };
    match next {
        None => Ok(()),
        Some(frame) => {
            let what = format!("after the end of the script there came {}", name_of(&frame));
            Err(story.tell(&what).into())
        }
    }
}

fn failure(story: &Story, panic: &str) -> Arc<str> {
    match story.told() {
        // A failed expectation has told it all.
        Some(told) if told == panic => told.into(),
        _ => story.tell(&format!("the script panicked: {panic}")).into(),
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    match (panic.downcast_ref::<String>(), panic.downcast_ref::<&str>()) {
        (Some(message), _) => message.clone(),
        (None, Some(message)) => (*message).to_owned(),
        (None, None) => "with no message".to_owned(),
    }
}
