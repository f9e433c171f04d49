//! Merging of streamed text, for queues whose consumer is behind.

use codex_protocol::ServerNotification as N;

/// Appends `next` to `last` if both are pieces of the same text; the bytes that were added.
pub(super) fn merge(last: &mut N, next: &N) -> Option<usize> {
    let (text, piece) = match (last, next) {
        (N::ItemAgentMessageDelta(a), N::ItemAgentMessageDelta(b)) if a.item_id == b.item_id => {
            (&mut a.delta, &b.delta)
        }
        (N::ItemPlanDelta(a), N::ItemPlanDelta(b)) if a.item_id == b.item_id => {
            (&mut a.delta, &b.delta)
        }
        (N::ItemCommandExecutionOutputDelta(a), N::ItemCommandExecutionOutputDelta(b))
            if a.item_id == b.item_id =>
        {
            (&mut a.delta, &b.delta)
        }
        (N::ItemReasoningTextDelta(a), N::ItemReasoningTextDelta(b))
            if a.item_id == b.item_id && a.content_index == b.content_index =>
        {
            (&mut a.delta, &b.delta)
        }
        (N::ItemReasoningSummaryTextDelta(a), N::ItemReasoningSummaryTextDelta(b))
            if a.item_id == b.item_id && a.summary_index == b.summary_index =>
        {
            (&mut a.delta, &b.delta)
        }
        _ => return None,
    };
    text.push_str(piece);
    Some(piece.len())
}

/// Whether `notification` is a piece of streamed text, so that other texts may be merged across it.
pub(super) fn is_delta(notification: &N) -> bool {
    matches!(
        notification,
        N::ItemAgentMessageDelta(_)
            | N::ItemPlanDelta(_)
            | N::ItemCommandExecutionOutputDelta(_)
            | N::ItemReasoningTextDelta(_)
            | N::ItemReasoningSummaryTextDelta(_)
    )
}
