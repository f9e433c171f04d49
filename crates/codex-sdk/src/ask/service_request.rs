//! What the server needs of its client to go on working.

use super::ask;
use codex_protocol::{
    AttestationGenerateParams, AttestationGenerateResponse, ChatgptAuthTokensRefreshParams,
    ChatgptAuthTokensRefreshResponse, CurrentTimeReadParams, CurrentTimeReadResponse,
};

ask! {
    /// The server needs fresh tokens of the account that this client signed in with
    /// (`account/chatgptAuthTokens/refresh`).
    pub struct TokenRefresh(ChatgptAuthTokensRefreshParams);
}

ask! {
    /// The server needs an attestation of this client (`attestation/generate`).
    pub struct AttestationRequest(AttestationGenerateParams);
}

ask! {
    /// The server needs to know the time (`currentTime/read`). Experimental.
    pub struct CurrentTimeRequest(CurrentTimeReadParams);
}

impl TokenRefresh {
    /// Gives the tokens. Gives whether they were still wanted.
    #[inline]
    pub fn respond(self, tokens: ChatgptAuthTokensRefreshResponse) -> bool {
        self.responder.respond(&tokens)
    }
}

impl AttestationRequest {
    /// Gives the attestation's token. Gives whether it was still wanted.
    pub fn respond(self, token: impl Into<String>) -> bool {
        self.responder.respond(&AttestationGenerateResponse::new(token.into()))
    }
}

impl CurrentTimeRequest {
    /// Gives the time, in seconds since 1970. Gives whether it was still wanted.
    pub fn respond(self, seconds: i64) -> bool {
        self.responder.respond(&CurrentTimeReadResponse::new(seconds))
    }
}
