use codex_transport::{Error, FrameReceiver, frame_queue};

use crate::support::{next, owned, rest, within};
use crate::wrappers::fills_at_once;

#[tokio::test]
async fn pushed_frames_come_out_in_order_and_the_end_after_them() {
    let (pusher, mut receiver) = frame_queue(3);
    pusher.push("1").await.unwrap();
    pusher.push(b"\"\xff\"".to_vec()).await.unwrap();
    pusher.end(Error::Disconnected).await;
    let (frames, end) = rest(&mut receiver).await;
    assert_eq!(frames[0], Ok("1".to_owned()));
    assert_eq!(frames[1].as_ref().unwrap_err().excerpt(), b"\"\xff\"");
    assert_eq!(frames.len(), 2);
    assert!(matches!(end, Error::Disconnected));
    assert!(matches!(within(receiver.fill()).await, Err(Error::Disconnected)));
}

#[tokio::test]
async fn any_bound_will_do() {
    for bound in [0, usize::MAX] {
        let (pusher, mut receiver) = frame_queue(bound);
        pusher.push("1").await.unwrap();
        assert_eq!(next(&mut receiver).await.unwrap(), "1");
    }
}

#[tokio::test]
async fn a_full_queue_makes_the_pusher_wait_and_a_dropped_receiver_ends_it() {
    let (pusher, mut receiver) = frame_queue(2);
    pusher.push("1").await.unwrap();
    pusher.push("2").await.unwrap();
    let waiting = tokio::spawn(async move {
        pusher.push("3").await.unwrap();
        pusher
    });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    for expected in ["1", "2", "3"] {
        assert_eq!(next(&mut receiver).await.unwrap(), expected);
    }
    let pusher = within(waiting).await.unwrap();
    drop(receiver);
    assert!(matches!(pusher.push("4").await, Err(Error::Closed)));
}

#[tokio::test]
async fn cancelled_fills_lose_and_repeat_nothing() {
    let (pusher, mut receiver) = frame_queue(8);
    for number in 0..20_000 {
        assert!(!fills_at_once(&mut receiver).await);
        pusher.push(number.to_string()).await.unwrap();
        pusher.push("x").await.unwrap();
        assert!(fills_at_once(&mut receiver).await);
        assert_eq!(receiver.next_frame().map(owned), Some(Ok(number.to_string())));
        assert!(fills_at_once(&mut receiver).await);
        assert_eq!(receiver.next_frame().map(owned), Some(Ok("x".to_owned())));
    }
}
