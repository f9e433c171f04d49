//! Merging of streamed text, for queues whose consumer is behind.

use codex_protocol::{Id, ServerNotification as N};

/// Whether two pieces are of one item. Its id alone does not tell, where several threads are listened to.
macro_rules! same_item {
    ($a:ident, $b:ident) => {
        $a.item_id == $b.item_id && $a.turn_id == $b.turn_id && $a.thread_id == $b.thread_id
    };
}

/// Appends `next` to `last` if both are pieces of the same text; the bytes that were added.
pub(super) fn merge(last: &mut N, next: &N) -> Option<usize> {
    let (text, piece) = match (last, next) {
        (N::ItemAgentMessageDelta(a), N::ItemAgentMessageDelta(b)) if same_item!(a, b) => {
            (&mut a.delta, &b.delta)
        }
        (N::ItemPlanDelta(a), N::ItemPlanDelta(b)) if same_item!(a, b) => (&mut a.delta, &b.delta),
        (N::ItemCommandExecutionOutputDelta(a), N::ItemCommandExecutionOutputDelta(b))
            if same_item!(a, b) =>
        {
            (&mut a.delta, &b.delta)
        }
        (N::ItemReasoningTextDelta(a), N::ItemReasoningTextDelta(b))
            if same_item!(a, b) && a.content_index == b.content_index =>
        {
            (&mut a.delta, &b.delta)
        }
        (N::ItemReasoningSummaryTextDelta(a), N::ItemReasoningSummaryTextDelta(b))
            if same_item!(a, b) && a.summary_index == b.summary_index =>
        {
            (&mut a.delta, &b.delta)
        }
        _ => return None,
    };
    text.push_str(piece);
    Some(piece.len())
}

/// The text of a piece, where the finished item says the same text as one, and that item's id.
pub(super) fn text(notification: &mut N) -> Option<(&Id, &mut String)> {
    match notification {
        N::ItemAgentMessageDelta(piece) => Some((&piece.item_id, &mut piece.delta)),
        N::ItemPlanDelta(piece) => Some((&piece.item_id, &mut piece.delta)),
        N::ItemCommandExecutionOutputDelta(piece) => Some((&piece.item_id, &mut piece.delta)),
        _ => None,
    }
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

#[cfg(test)]
mod tests {
    use super::{N, merge};
    use codex_protocol::{Incoming, decode_incoming};
    use serde_json::json;

    fn delta(kind: &str, [thread, turn, item]: [&str; 3], index: i64) -> N {
        let mut params =
            json!({ "threadId": thread, "turnId": turn, "itemId": item, "delta": "x" });
        params["contentIndex"] = index.into();
        params["summaryIndex"] = index.into();
        let frame = json!({ "method": format!("item/{kind}"), "params": params }).to_string();
        match decode_incoming(&frame).unwrap() {
            Incoming::Notification { notification, .. } => notification,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_pieces_of_the_same_text_are_merged() {
        let kinds = [
            "agentMessage/delta",
            "plan/delta",
            "commandExecution/outputDelta",
            "reasoning/textDelta",
            "reasoning/summaryTextDelta",
        ];
        let ids = ["t", "u", "i"];
        for kind in kinds {
            let merges = |next: &N| merge(&mut delta(kind, ids, 0), next);
            assert_eq!(merges(&delta(kind, ids, 0)), Some(1), "{kind}");
            for other in [["t2", "u", "i"], ["t", "u2", "i"], ["t", "u", "i2"]] {
                assert_eq!(merges(&delta(kind, other, 0)), None, "{kind} {other:?}");
            }
            let indexed = kind.starts_with("reasoning");
            assert_eq!(merges(&delta(kind, ids, 1)).is_none(), indexed, "{kind}");
            for other in kinds.iter().filter(|other| **other != kind) {
                assert_eq!(merges(&delta(other, ids, 0)), None, "{kind} {other}");
            }
        }
    }
}
