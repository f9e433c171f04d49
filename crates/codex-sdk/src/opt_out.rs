//! Notifications that a client need not be sent.

use crate::error::{Error, Result};
use codex_protocol::{
    AccountLoginCompletedNotification, ItemCompletedNotification, ServerNotificationParams,
    ServerRequestResolvedNotification, ThreadClosedNotification, ThreadRevertedNotification,
    TurnCompletedNotification, TurnStartedNotification,
};

/// What this client cannot do without, and what would come of it.
const NEEDED: [(&str, &str); 7] = [
    (TurnCompletedNotification::METHOD, "no turn would ever end here"),
    (TurnStartedNotification::METHOD, "turns could not be interrupted reliably"),
    (ItemCompletedNotification::METHOD, "results would lack their items and text"),
    (ThreadClosedNotification::METHOD, "turns of a closed thread would never end here"),
    (ThreadRevertedNotification::METHOD, "turns after a revert would be said to use too little"),
    (ServerRequestResolvedNotification::METHOD, "withdrawn requests would stay open here"),
    (AccountLoginCompletedNotification::METHOD, "no login would ever end here"),
];

/// # Errors
/// [`Error::Setting`] for the first of `methods` that cannot be turned off.
pub(crate) fn check(methods: &[String]) -> Result<()> {
    let refused =
        methods.iter().find_map(|method| NEEDED.iter().find(|(needed, _)| needed == method));
    match refused {
        Some((method, consequence)) => Err(Error::setting(
            "opt_out_notification_methods",
            format!("{method} cannot be turned off, for {consequence}"),
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{NEEDED, check};

    #[test]
    fn what_the_client_needs_cannot_be_turned_off() {
        for (method, consequence) in NEEDED {
            let methods = ["item/agentMessage/delta".to_owned(), method.to_owned()];
            let error = check(&methods).unwrap_err().to_string();
            assert_eq!(
                error,
                format!(
                    "opt_out_notification_methods: {method} cannot be turned off, for {consequence}"
                )
            );
        }
        let methods = ["item/agentMessage/delta", "turn/completed/", "no/such"];
        check(&methods.map(str::to_owned)).unwrap();
    }
}
