//! Models that turns can use.

use super::paged::paged;
use crate::options::setters;

paged! {
    /// Lists the models that turns can use (`model/list`); made by [`Codex::models`](crate::Codex::models).
    ModelList by ModelListParams => ModelListResponse of codex_protocol::Model
}

impl ModelList {
    setters! {
        /// Where the page begins: the `next_cursor` of another.
        optional cursor: String,
        /// Whether models that are not offered to people are listed, too. The server's default: no.
        optional include_hidden: bool,
        /// How many models a page has at most.
        number limit: u32,
        /// Only models of this provider.
        optional model_provider: String,
    }
}
