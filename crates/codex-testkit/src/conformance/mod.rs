//! One set of checks that every transport passes, for those that are written elsewhere, too.
//!
//! Say how a connected pair is made, and play the far end by implementing [`Peer`]:
//!
//! ```
//! use codex_testkit::conformance;
//! use codex_transport::mock;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! // `MockPeer` is a `Peer` already.
//! conformance::check(async || mock::pair()).await.unwrap();
//! # }
//! ```
//!
//! | check | what must hold |
//! | --- | --- |
//! | order | frames arrive as they were sent, both ways, whatever characters are in them |
//! | sent at once | what `send_now` leaves, `send` sends, and nothing twice |
//! | many small frames, big frames | 20,000 of them; 16 MiB each |
//! | both directions at once | a peer that does not read does not keep us from reading |
//! | one frame per fill | `fill` returns at once while frames are left |
//! | cancelled fills | a `fill` that is dropped and called again loses and repeats nothing |
//! | malformed input | is a value between its neighbours, where the transport can carry it at all |
//! | the peer closes | what it sent before arrives, then an error that stays; sending fails |
//! | this side closes | what was sent before arrives, the peer sees the end, a second `close` says the same; sending fails |
//! | one half dropped | the other goes on |
//! | both halves dropped | the peer sees the end |
//!
//! Not checked, since it is the transport's own: limits of size, time limits, what an error says.

mod checks;
mod failure;
mod link;
mod peer;

use codex_transport::Transport;
use link::{Link, Outcome};

pub use failure::{Failure, Failures};
pub use peer::Peer;

/// Makes one connected pair for each check, and runs all of them.
///
/// Takes a few seconds in a debug build; half a minute longer for each wait that is in vain.
/// It needs a clock that runs: not one that is paused.
///
/// # Errors
/// What did not hold, all of it.
pub async fn check<T, P>(mut connect: impl AsyncFnMut() -> (T, P)) -> Result<(), Failures>
where
    T: Transport + 'static,
    P: Peer,
{
    let mut failures = Vec::new();
    let mut note = |check, outcome: Outcome| {
        failures.extend(outcome.err().map(|seen| Failure { check, seen }));
    };
    let mut link = async || Link::new(connect().await);
    note("order", checks::order(link().await).await);
    note("sent at once", checks::sent_at_once(link().await).await);
    note("many small frames", checks::many_small_frames(link().await).await);
    note("big frames", checks::big_frames(link().await).await);
    note("both directions at once", checks::both_directions(link().await).await);
    note("one frame per fill", checks::one_frame_per_fill(link().await).await);
    note("cancelled fills", checks::cancelled_fills(link().await).await);
    note("malformed input", checks::malformed_input(link().await).await);
    note("the peer closes", checks::peer_closes(link().await).await);
    note("this side closes", checks::this_side_closes(link().await).await);
    note("the sender is dropped", checks::sender_dropped(link().await).await);
    note("the receiver is dropped", checks::receiver_dropped(link().await).await);
    note("both halves are dropped", checks::both_dropped(link().await).await);
    if failures.is_empty() { Ok(()) } else { Err(Failures(failures)) }
}
