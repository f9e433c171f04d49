//! Beginning a login.

use super::login::{BrowserLogin, DeviceCodeLogin, Login};
use crate::call::{Call, awaitable};
use crate::codex::Codex;
use crate::connection::Outgoing;
use crate::error::{Error, Result};
use crate::options::{opaque_debug, setters};
use codex_protocol::{
    ApiKeyLoginAccountParams, ChatgptLoginAccountParams, LoginAccountParams, LoginAccountResponse,
};

impl Codex {
    /// Logs in with an API key (`account/login/start`); the server keeps it, and asks nobody whether it is good.
    ///
    /// # Errors
    /// [`Error::Rpc`] if the server refuses, as where its configuration asks for another kind of login, and those of
    /// every request.
    pub fn login_api_key(&self, api_key: impl Into<String>) -> Call<()> {
        let api_key: String = api_key.into();
        self.tell(LoginAccountParams::ApiKey(ApiKeyLoginAccountParams::new(api_key)))
    }

    /// Begins a login with ChatGPT in a browser on the server's machine (`account/login/start`).
    ///
    /// ```no_run
    /// # async fn example(codex: codex_sdk::Codex) -> codex_sdk::Result<()> {
    /// let mut login = codex.login_chatgpt().await?;
    /// println!("Log in at {}", login.auth_url());
    /// login.wait().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn login_chatgpt(&self) -> BrowserLoginStart {
        BrowserLoginStart { codex: self.clone(), params: ChatgptLoginAccountParams::default() }
    }

    /// Begins a login with ChatGPT by a code that is typed in on any machine (`account/login/start`).
    ///
    /// # Errors
    /// [`Error::Rpc`] if the server refuses, and those of every request.
    #[inline]
    pub fn login_device_code(&self) -> Call<DeviceCodeLogin> {
        let codex = self.clone();
        Call::new(async move {
            match begin(&codex, &LoginAccountParams::ChatgptDeviceCode).await? {
                (login, LoginAccountResponse::ChatgptDeviceCode(started)) => Ok(DeviceCodeLogin {
                    login: login.named(started.login_id),
                    verification_url: started.verification_url,
                    user_code: started.user_code,
                }),
                _ => Err(other_login()),
            }
        })
    }
}

/// Begins a login with ChatGPT in a browser; made by [`Codex::login_chatgpt`].
#[derive(Clone)]
#[must_use = "no login begins before this is awaited"]
pub struct BrowserLoginStart {
    codex: Codex,
    params: ChatgptLoginAccountParams,
}

impl BrowserLoginStart {
    pub(crate) fn params_mut(&mut self) -> &mut ChatgptLoginAccountParams {
        &mut self.params
    }

    setters! {
        /// Under which name the page greets people.
        optional app_brand: codex_protocol::LoginAppBrand,
        /// Whether the page asks fewer questions.
        optional codex_streamlined_login: bool,
        /// Whether the page that tells of the success is the provider's instead of the server's.
        optional use_hosted_login_success_page: bool,
    }

    /// The call as a named future.
    ///
    /// # Errors
    /// [`Error::Rpc`] if the server refuses, as where it cannot listen for the browser, and those of every request.
    #[inline]
    pub fn send(self) -> Call<BrowserLogin> {
        Call::new(async move {
            match begin(&self.codex, &LoginAccountParams::Chatgpt(self.params)).await? {
                (login, LoginAccountResponse::Chatgpt(started)) => Ok(BrowserLogin {
                    login: login.named(started.login_id),
                    auth_url: started.auth_url,
                }),
                _ => Err(other_login()),
            }
        })
    }
}

opaque_debug!(BrowserLoginStart);
awaitable!(BrowserLoginStart => BrowserLogin);

/// Listens for the end of a login, then begins it.
async fn begin(
    codex: &Codex,
    params: &LoginAccountParams,
) -> Result<(Login, LoginAccountResponse)> {
    let login = Login::listen(codex);
    let response = codex.connection().request(params, Outgoing::default()).await?;
    Ok((login, response))
}

fn other_login() -> Error {
    Error::Login { reason: "the server began another kind of login".into() }
}
