//! Who pays: the account that the server is logged in to.

mod login;
mod start;

pub use login::{BrowserLogin, DeviceCodeLogin, Login};
pub use start::BrowserLoginStart;

use crate::call::{Call, awaitable};
use crate::codex::Codex;
use crate::connection::Outgoing;
use crate::options::{opaque_debug, setters};
use codex_protocol::{
    AccountLogoutParams, CancelLoginAccountParams, CancelLoginAccountStatus, GetAccountParams,
    GetAccountResponse,
};

impl Codex {
    /// Reads who is logged in, and whether the model's provider wants that (`account/read`).
    pub fn account(&self) -> AccountRead {
        AccountRead { codex: self.clone(), params: GetAccountParams::default() }
    }

    /// Logs out (`account/logout`).
    ///
    /// # Errors
    /// Those of every request.
    #[inline]
    pub fn logout(&self) -> Call<()> {
        self.tell(AccountLogoutParams::default())
    }

    /// Gives up a login that was begun (`account/login/cancel`), by its [id](Login::id); whether it was still open.
    ///
    /// # Errors
    /// Those of every request.
    pub fn login_cancel(&self, login_id: impl Into<String>) -> Call<bool> {
        let (codex, params) = (self.clone(), CancelLoginAccountParams::new(login_id));
        Call::new(async move {
            let response = codex.connection().request(&params, Outgoing::default()).await?;
            Ok(response.status == CancelLoginAccountStatus::Canceled)
        })
    }
}

/// Reads who is logged in; made by [`Codex::account`].
#[derive(Clone)]
#[must_use = "nothing is read before this is awaited"]
pub struct AccountRead {
    codex: Codex,
    params: GetAccountParams,
}

impl AccountRead {
    pub(crate) fn params_mut(&mut self) -> &mut GetAccountParams {
        &mut self.params
    }

    setters! {
        /// Whether the server renews its token first.
        optional refresh_token: bool,
    }

    /// The call as a named future.
    ///
    /// # Errors
    /// Those of every request.
    #[inline]
    pub fn send(self) -> Call<GetAccountResponse> {
        Call::new(async move {
            self.codex.connection().request(&self.params, Outgoing::default()).await
        })
    }
}

opaque_debug!(AccountRead);
awaitable!(AccountRead => GetAccountResponse);
