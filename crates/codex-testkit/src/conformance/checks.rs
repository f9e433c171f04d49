//! What must hold of a transport, one connection each.

use super::link::{Link, Outcome, Received, within};
use super::{Peer, link::Incoming};
use std::iter;
use tokio::try_join;

/// Big enough for every pipe and socket on the way to fill up.
const BIG_BYTES: usize = 16 << 20;

pub(super) async fn order<P: Peer>(link: Link<P>) -> Outcome {
    let Link { mut sender, mut receiver, mut peer } = link;
    let frames: Vec<String> = (0..1000).map(frame).collect();
    // Nothing to send is nothing sent.
    sender.send(&[], 1).await?;
    try_join!(sender.send(&frames, 7), peer.expect(&frames))?;
    try_join!(peer.send(&frames), receiver.expect(&frames))?;
    Ok(())
}

pub(super) async fn sent_at_once<P: Peer>(link: Link<P>) -> Outcome {
    let Link { mut sender, receiver: _receiver, mut peer } = link;
    let frames = [frame(1), frame(2), big_frame(), frame(3), frame(4)];
    let sending = async {
        for frame in frames.chunks(1) {
            sender.send_now_and_rest(frame).await?;
        }
        Outcome::Ok(())
    };
    try_join!(sending, peer.expect(&frames))?;
    Ok(())
}

pub(super) async fn many_small_frames<P: Peer>(link: Link<P>) -> Outcome {
    let Link { mut sender, mut receiver, mut peer } = link;
    let frames: Vec<String> = (0..20_000).map(|number| format!("[{number}]")).collect();
    try_join!(sender.send(&frames, 500), peer.expect(&frames))?;
    try_join!(peer.send(&frames), receiver.expect(&frames))?;
    Ok(())
}

pub(super) async fn big_frames<P: Peer>(link: Link<P>) -> Outcome {
    let Link { mut sender, mut receiver, mut peer } = link;
    let frames = [big_frame(), frame(1), big_frame(), frame(2)];
    try_join!(sender.send(&frames, 4), peer.expect(&frames))?;
    try_join!(peer.send(&frames), receiver.expect(&frames))?;
    Ok(())
}

pub(super) async fn both_directions<P: Peer>(link: Link<P>) -> Outcome {
    let Link { mut sender, mut receiver, mut peer } = link;
    let frames = [big_frame(), frame(1)];
    let peers_part = async {
        // It reads nothing before all that it says was taken.
        try_join!(peer.send(&frames), receiver.expect(&frames))?;
        peer.expect(&frames).await
    };
    try_join!(sender.send(&frames, 2), peers_part)?;
    Ok(())
}

pub(super) async fn one_frame_per_fill<P: Peer>(link: Link<P>) -> Outcome {
    // The sender is kept, for the connection to stay as it is.
    let Link { sender: _sender, receiver: Incoming(mut receiver), mut peer } = link;
    let frames: Vec<String> = (0..100).map(frame).collect();
    let receiving = async {
        let mut taken = 0;
        while taken < frames.len() {
            let what = format!("fill, with {taken} of {} frames taken,", frames.len());
            within(&what, receiver.fill()).await?.map_err(|error| format!("{what}: {error}"))?;
            taken += usize::from(receiver.next_frame().is_some());
        }
        Outcome::Ok(())
    };
    try_join!(peer.send(&frames), receiving)?;
    Ok(())
}

pub(super) async fn cancelled_fills<P: Peer>(link: Link<P>) -> Outcome {
    let Link { sender: _sender, mut receiver, mut peer } = link;
    let frames: Vec<String> = (0..500).map(frame).collect();
    let sending = async {
        for frame in frames.chunks(1) {
            peer.send(frame).await?;
            tokio::task::yield_now().await;
        }
        peer.close().await
    };
    let receiving = async {
        let mut polls = (1..=3).cycle();
        for frame in frames.chunks(1) {
            let filling = async {
                for polls in polls.by_ref() {
                    if fills(&mut receiver, polls).await {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
            };
            within("a fill that was cancelled now and then", filling).await?;
            receiver.expect(frame).await?;
        }
        receiver.expect_end().await
    };
    try_join!(sending, receiving)?;
    Ok(())
}

/// Drops a fill after so many polls; whether it came to an end before.
async fn fills(receiver: &mut Incoming, polls: usize) -> bool {
    let patience = async {
        for _ in 1..polls {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        _ = receiver.0.fill() => true,
        () = patience => false,
    }
}

pub(super) async fn malformed_input<P: Peer>(link: Link<P>) -> Outcome {
    let Link { sender: _sender, mut receiver, mut peer } = link;
    peer.send(&[frame(1)]).await?;
    if !within("the peer's send", peer.0.send_malformed()).await? {
        return Ok(());
    }
    peer.send(&[frame(2)]).await?;
    receiver.expect(&[frame(1)]).await?;
    match receiver.next().await? {
        Received::Malformed => receiver.expect(&[frame(2)]).await,
        other => Err(format!("instead of a malformed frame came {}", other.describe())),
    }
}

pub(super) async fn peer_closes<P: Peer>(link: Link<P>) -> Outcome {
    let Link { mut sender, mut receiver, mut peer } = link;
    let frames = [frame(1), frame(2)];
    peer.send(&frames).await?;
    try_join!(peer.close(), async {
        receiver.expect(&frames).await?;
        receiver.expect_end().await
    })?;
    sender.must_fail().await
}

pub(super) async fn this_side_closes<P: Peer>(link: Link<P>) -> Outcome {
    let Link { mut sender, mut receiver, mut peer } = link;
    let frames = [frame(1), frame(2)];
    sender.send(&frames, 2).await?;
    let closing = async { within("close", sender.0.close()).await };
    let hearing = async {
        peer.expect(&frames).await?;
        peer.expect_end().await?;
        peer.close().await
    };
    let (closed, (), ()) = try_join!(closing, hearing, receiver.expect_end())?;
    let closed = closed.map_err(|error| format!("close failed: {error}"))?;
    match within("a second close", sender.0.close()).await? {
        Ok(again) if again == closed => {}
        other => return Err(format!("close said {closed:?}, and then {other:?}")),
    }
    sender.must_fail().await
}

pub(super) async fn sender_dropped<P: Peer>(link: Link<P>) -> Outcome {
    let Link { sender, mut receiver, mut peer } = link;
    drop(sender);
    let frames = [frame(1)];
    try_join!(peer.send(&frames), receiver.expect(&frames))?;
    Ok(())
}

pub(super) async fn receiver_dropped<P: Peer>(link: Link<P>) -> Outcome {
    let Link { mut sender, receiver, mut peer } = link;
    drop(receiver);
    let frames = [frame(1)];
    try_join!(sender.send(&frames, 1), peer.expect(&frames))?;
    Ok(())
}

pub(super) async fn both_dropped<P: Peer>(link: Link<P>) -> Outcome {
    let Link { sender, receiver, mut peer } = link;
    drop((sender, receiver));
    peer.expect_end().await
}

/// A small frame of its own, with what a transport might take for the end of a line or of a text.
fn frame(number: usize) -> String {
    format!("{{\"number\":{number},\"text\":\"é😀\u{2028}\u{85}\\n\\u0000\\\"\u{feff}\"}}")
}

fn big_frame() -> String {
    let text = iter::repeat_n("sixteen bytes..\u{7f}", BIG_BYTES / 16).collect::<String>();
    format!("{{\"text\":\"{text}\"}}")
}
