use std::future::Future;
use std::time::Duration;

use codex_transport::{Error, Frame, FrameBatch, FrameReceiver, Malformed};

/// Fails instead of hanging; far beyond what any test takes.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), future).await.expect("the test hangs")
}

pub(crate) fn batch(frames: &[&str]) -> FrameBatch {
    let mut batch = FrameBatch::new();
    for frame in frames {
        batch.push_str(frame).unwrap();
    }
    batch
}

pub(crate) fn owned(frame: Frame<'_>) -> Result<String, Malformed> {
    match frame {
        Frame::Text(text) => Ok(text.to_owned()),
        Frame::Malformed(malformed) => Err(malformed),
    }
}

/// The next frame, which must be text.
pub(crate) async fn next(receiver: &mut dyn FrameReceiver) -> Result<String, Error> {
    loop {
        if let Some(frame) = receiver.next_frame() {
            return Ok(owned(frame).expect("the frame is text"));
        }
        within(receiver.fill()).await?;
    }
}

/// Everything up to the end, and the reason of the end.
pub(crate) async fn rest(
    receiver: &mut dyn FrameReceiver,
) -> (Vec<Result<String, Malformed>>, Error) {
    let mut frames = Vec::new();
    loop {
        while let Some(frame) = receiver.next_frame() {
            frames.push(owned(frame));
        }
        if let Err(error) = within(receiver.fill()).await {
            assert!(receiver.next_frame().is_none(), "a frame after the end");
            return (frames, error);
        }
    }
}

/// Everything up to the end as text, and the reason of the end.
pub(crate) async fn rest_of_text(receiver: &mut dyn FrameReceiver) -> (Vec<String>, Error) {
    let (frames, end) = rest(receiver).await;
    (frames.into_iter().map(|frame| frame.expect("the frame is text")).collect(), end)
}
