//! What a tool gives back to the model.

use codex_protocol::{
    DynamicToolCallOutputContentItem, DynamicToolCallResponse,
    InputImageDynamicToolCallOutputContentItem, InputTextDynamicToolCallOutputContentItem,
};

/// What a tool gives back to the model: texts and images, and whether it worked.
///
/// Made of a `&str` or a `String`, or piece by piece:
///
/// ```
/// use codex_sdk::ToolOutput;
///
/// let output = ToolOutput::text("The chart:").and_image("data:image/png;base64,iVBORw0KGgo=");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ToolOutput {
    items: Vec<DynamicToolCallOutputContentItem>,
    success: bool,
}

impl ToolOutput {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { items: Vec::new(), success: true }.and_text(text)
    }

    /// An image, as a `data:` URL.
    pub fn image(url: impl Into<String>) -> Self {
        Self { items: Vec::new(), success: true }.and_image(url)
    }

    /// A text that says why it did not work. An `Err` of the tool's becomes such a one, too.
    pub fn failure(text: impl Into<String>) -> Self {
        Self { success: false, ..Self::text(text) }
    }

    /// Adds a text.
    #[must_use]
    pub fn and_text(mut self, text: impl Into<String>) -> Self {
        let item = InputTextDynamicToolCallOutputContentItem::new(text.into());
        self.items.push(DynamicToolCallOutputContentItem::InputText(item));
        self
    }

    /// Adds an image, as a `data:` URL.
    #[must_use]
    pub fn and_image(mut self, url: impl Into<String>) -> Self {
        let item = InputImageDynamicToolCallOutputContentItem::new(url.into());
        self.items.push(DynamicToolCallOutputContentItem::InputImage(item));
        self
    }

    pub(crate) fn into_response(self) -> DynamicToolCallResponse {
        DynamicToolCallResponse::new(self.items, self.success)
    }
}

impl From<String> for ToolOutput {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<&str> for ToolOutput {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

/// What is nothing to tell: the tool did what it was asked.
impl From<()> for ToolOutput {
    fn from((): ()) -> Self {
        Self::text("done")
    }
}
