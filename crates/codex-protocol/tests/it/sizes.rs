use std::mem::size_of;

use codex_protocol::{DecodeError, EnvelopeError, Id, Incoming, ServerNotification, ServerRequest};

#[test]
fn what_moves_through_queues_is_small() {
    assert!(size_of::<ServerNotification>() <= 128, "{}", size_of::<ServerNotification>());
    assert!(size_of::<ServerRequest>() <= 128, "{}", size_of::<ServerRequest>());
    assert!(size_of::<Incoming<'_>>() <= 168, "{}", size_of::<Incoming<'_>>());
    assert_eq!(size_of::<Id>(), 2 * size_of::<usize>());
    assert!(size_of::<DecodeError>() <= 32, "{}", size_of::<DecodeError>());
    assert!(size_of::<EnvelopeError>() <= 32, "{}", size_of::<EnvelopeError>());
}

#[test]
fn messages_cross_threads() {
    fn check<T: Send + Sync + 'static>() {}
    check::<Incoming<'static>>();
    check::<DecodeError>();
    check::<EnvelopeError>();
}
