//! What an MCP server asks the user.

use super::content_check::check;
use super::{InvalidAnswer, ask};
use codex_protocol::{
    McpElicitationSchema, McpServerElicitationAction, McpServerElicitationRequestParams,
    McpServerElicitationRequestResponse,
};
use serde::Serialize;
use serde_json::Value;

ask! {
    /// An MCP server asks the user to fill in a form, to open a page, or to confirm something
    /// (`mcpServer/elicitation/request`).
    pub struct Elicitation(McpServerElicitationRequestParams);
}

impl Elicitation {
    /// The MCP server, by its name in codex's configuration.
    pub fn server_name(&self) -> &str {
        use McpServerElicitationRequestParams as E;
        match &*self.params {
            E::Form(form) => &form.server_name,
            E::OpenaiForm(form) => &form.server_name,
            E::OpenaiSlashForm(form) => &form.server_name,
            E::Url(page) => &page.server_name,
            E::OpenaiUserVerification(verification) => &verification.server_name,
            E::Unrecognized(params) => params["serverName"].as_str().unwrap_or_default(),
            _ => "",
        }
    }

    /// What the MCP server says to the user.
    pub fn message(&self) -> &str {
        use McpServerElicitationRequestParams as E;
        match &*self.params {
            E::Form(form) => &form.message,
            E::OpenaiForm(form) => &form.message,
            E::OpenaiSlashForm(form) => &form.message,
            E::Url(page) => &page.message,
            E::OpenaiUserVerification(verification) => &verification.description,
            E::Unrecognized(params) => params["message"].as_str().unwrap_or_default(),
            _ => "",
        }
    }

    /// The form to be filled in; `None` where there is none of the standard kind.
    pub fn schema(&self) -> Option<&McpElicitationSchema> {
        match &*self.params {
            McpServerElicitationRequestParams::Form(form) => Some(&form.requested_schema),
            _ => None,
        }
    }

    /// The page to be opened, in an elicitation of that kind.
    pub fn url(&self) -> Option<&str> {
        match &*self.params {
            McpServerElicitationRequestParams::Url(page) => Some(&page.url),
            _ => None,
        }
    }

    /// Accepts, with the form filled in: anything that serializes to an object of its fields. Gives whether the answer
    /// was still wanted.
    ///
    /// What a form of the standard kind asks for is checked; content for one of another kind goes as it is.
    ///
    /// # Errors
    /// [`InvalidAnswer`] with the request in it, if the content does not fit the form. Nothing was sent then.
    pub fn accept(self, content: impl Serialize) -> Result<bool, InvalidAnswer<Self>> {
        let content = match serde_json::to_value(content) {
            Ok(content) => content,
            Err(error) => {
                return Err(InvalidAnswer::new(self, vec![format!("it is no JSON: {error}")]));
            }
        };
        let problems = self.schema().map(|schema| check(schema, &content)).unwrap_or_default();
        if !problems.is_empty() {
            return Err(InvalidAnswer::new(self, problems));
        }
        Ok(self.act(McpServerElicitationAction::Accept, Some(content)))
    }

    /// Says that the page was opened, or that what is asked is confirmed; no form is filled in. Gives whether the
    /// answer was still wanted.
    ///
    /// # Errors
    /// [`InvalidAnswer`] with the request in it, if a form has fields that must be filled in.
    #[inline]
    pub fn confirm(self) -> Result<bool, InvalidAnswer<Self>> {
        self.accept(Value::Object(serde_json::Map::new()))
    }

    /// Dismisses it without an answer. Gives whether that was still wanted.
    pub fn cancel(self) -> bool {
        self.act(McpServerElicitationAction::Cancel, None)
    }

    fn act(self, action: McpServerElicitationAction, content: Option<Value>) -> bool {
        let mut response = McpServerElicitationRequestResponse::new(action);
        response.content = content;
        self.responder.respond(&response)
    }
}
