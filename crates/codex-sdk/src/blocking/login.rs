//! Logins that somebody has to finish: what the async ones have of their common [`Login`](crate::Login).

use super::{BrowserLogin, DeviceCodeLogin};
use crate::error::Result;

macro_rules! login {
    ($($login:ident),*) => {$(
        impl $login {
            /// The id of the login, for [`Codex::login_cancel`](super::Codex::login_cancel) from elsewhere.
            pub fn id(&self) -> &str {
                self.inner.id()
            }

            /// Waits until the login is over (`account/login/completed`), for as long as the server lets a person take.
            ///
            /// # Errors
            /// [`Error::Login`](crate::Error::Login) if it failed or was cancelled;
            /// [`Error::Disconnected`](crate::Error::Disconnected) if the connection ends first.
            ///
            /// # Panics
            /// Inside an async context, where [`codex_sdk::Login`](crate::Login) is to be used.
            #[track_caller]
            pub fn wait(&mut self) -> Result<()> {
                self.engine.wait(stringify!($login), self.inner.wait())
            }

            /// Gives the login up (`account/login/cancel`); whether it was still open.
            ///
            /// # Errors
            /// Those of every request.
            ///
            /// # Panics
            /// Inside an async context, where [`codex_sdk::Login`](crate::Login) is to be used.
            #[track_caller]
            pub fn cancel(&self) -> Result<bool> {
                self.engine.wait(stringify!($login), self.inner.cancel())
            }
        }
    )*};
}

login!(BrowserLogin, DeviceCodeLogin);
