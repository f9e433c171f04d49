//! The builders of lists, which a macro declares.

use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Ident, Token, Type};

/// `/// docs, Name by Params => Response of Item, and more`.
pub(super) struct Paged {
    pub(super) docs: Vec<Attribute>,
    pub(super) name: Ident,
    pub(super) params: Ident,
    pub(super) response: Ident,
    pub(super) item: Type,
}

mod keyword {
    syn::custom_keyword!(by);
    syn::custom_keyword!(of);
}

impl Parse for Paged {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let docs = input.call(Attribute::parse_outer)?;
        let name = input.parse()?;
        input.parse::<keyword::by>()?;
        let params = input.parse()?;
        input.parse::<Token![=>]>()?;
        let response = input.parse()?;
        input.parse::<keyword::of>()?;
        let item = input.parse()?;
        // How the builder is made and items are told apart is the async one's affair.
        input.parse::<proc_macro2::TokenStream>()?;
        Ok(Self { docs, name, params, response, item })
    }
}
