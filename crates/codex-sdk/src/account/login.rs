//! A login that somebody has to finish.

use crate::call::Call;
use crate::codex::Codex;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::events::Events;
use codex_protocol::{AccountLoginCompletedNotification, ServerNotification};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A login that was begun and that a person has to finish. Dropping it leaves it open.
pub struct Login {
    codex: Codex,
    id: String,
    events: Events,
    /// Its end, once it is known.
    end: Option<AccountLoginCompletedNotification>,
}

/// A login in a browser, under way; made by [`Codex::login_chatgpt`].
pub struct BrowserLogin {
    pub(super) login: Login,
    pub(super) auth_url: String,
}

/// A login by a code that is typed in elsewhere, under way; made by [`Codex::login_device_code`].
pub struct DeviceCodeLogin {
    pub(super) login: Login,
    pub(super) verification_url: String,
    pub(super) user_code: String,
}

impl Login {
    /// Begins to listen, before the login is begun: it may end at once.
    pub(super) fn listen(codex: &Codex) -> Self {
        let events = Events::subscribe(codex, is_end_of_login);
        Self { codex: codex.clone(), id: String::new(), events, end: None }
    }

    #[inline]
    pub(super) fn named(mut self, id: String) -> Self {
        self.id = id;
        self
    }

    /// The id of the login, for [`Codex::login_cancel`] from elsewhere.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Waits until the login is over (`account/login/completed`), for as long as the server lets a person take.
    ///
    /// # Errors
    /// [`Error::Login`] if it failed or was cancelled; [`Error::Disconnected`] if the connection ends first.
    ///
    /// # Cancel safety
    /// The login stays open if the future is dropped, and can be waited for again.
    pub async fn wait(&mut self) -> Result<()> {
        let end = match &self.end {
            Some(end) => end,
            None => {
                let end = self.next_end().await?;
                self.end.insert(end)
            }
        };
        if end.success {
            return Ok(());
        }
        let reason = end.error.as_deref().unwrap_or("the server gave no reason");
        Err(Error::Login { reason: reason.into() })
    }

    /// Gives the login up (`account/login/cancel`); whether it was still open.
    ///
    /// # Errors
    /// Those of every request.
    #[inline]
    pub fn cancel(&self) -> Call<bool> {
        self.codex.login_cancel(&*self.id)
    }

    async fn next_end(&mut self) -> Result<AccountLoginCompletedNotification> {
        loop {
            match self.events.next().await {
                Some(Ok(Event::Notification(ServerNotification::AccountLoginCompleted(end))))
                    if end.login_id.as_ref() == Some(&self.id) =>
                {
                    return Ok(Arc::unwrap_or_clone(end));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error),
                // After its error, a stream has nothing more to say; the cause is kept.
                None => self.codex.connection().router().check_open()?,
            }
        }
    }
}

impl BrowserLogin {
    /// The page to open.
    pub fn auth_url(&self) -> &str {
        &self.auth_url
    }
}

impl DeviceCodeLogin {
    /// The page on which the code is typed in.
    pub fn verification_url(&self) -> &str {
        &self.verification_url
    }

    /// The code to type in.
    pub fn user_code(&self) -> &str {
        &self.user_code
    }
}

/// Both are a [`Login`], to be waited for and cancelled.
macro_rules! is_a_login {
    ($($kind:ident),*) => {$(
        impl Deref for $kind {
            type Target = Login;

            fn deref(&self) -> &Login {
                &self.login
            }
        }

        impl DerefMut for $kind {
            fn deref_mut(&mut self) -> &mut Login {
                &mut self.login
            }
        }
    )*};
}

is_a_login!(BrowserLogin, DeviceCodeLogin);

fn is_end_of_login(event: &Event) -> bool {
    matches!(event, Event::Notification(ServerNotification::AccountLoginCompleted(_)))
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Without the page, whose address holds a secret of this login.
impl fmt::Debug for BrowserLogin {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrowserLogin").field("login", &self.login).finish_non_exhaustive()
    }
}

/// Without the code: whoever has it can let somebody else in.
impl fmt::Debug for DeviceCodeLogin {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceCodeLogin").field("login", &self.login).finish_non_exhaustive()
    }
}
