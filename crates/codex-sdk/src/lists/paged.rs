//! Requests that are answered page by page.

use codex_protocol::ClientRequest;

/// A request for one page of a list.
pub(crate) trait Paged: ClientRequest + Clone + Send + Sync + 'static {
    /// What the list is of.
    type Item: Send + 'static;

    /// Asks for the page that begins at `cursor`.
    fn turn_to(&mut self, cursor: String);

    /// Takes the answer apart.
    fn page(response: Self::Response) -> Page<Self::Item>;

    /// What tells two items apart, where the server is known to give one twice.
    fn key(_item: &Self::Item) -> Option<&str> {
        None
    }
}

/// One page, and where the next begins.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<String>,
}

/// Makes a builder of a list, by the params of its method and the type of its items.
macro_rules! paged {
    (
        $(#[$doc:meta])*
        $name:ident by $params:ident => $response:ident of $item:ty
        $(, given ($($given:ident: $given_type:ty),+))?
        $(, told apart by $key:expr)?
    ) => {
        $(#[$doc])*
        #[derive(Clone)]
        #[must_use = "nothing is asked for before this is awaited or streamed"]
        pub struct $name {
            codex: $crate::codex::Codex,
            params: codex_protocol::$params,
        }

        impl $name {
            pub(crate) fn new(codex: $crate::codex::Codex $($(, $given: $given_type)+)?) -> Self {
                Self { codex, params: codex_protocol::$params::new($($($given),+)?) }
            }

            pub(crate) fn params_mut(&mut self) -> &mut codex_protocol::$params {
                &mut self.params
            }

            /// Replaces all options by these params of the protocol.
            #[inline]
            pub fn params(mut self, params: codex_protocol::$params) -> Self {
                self.params = params;
                self
            }

            /// One page, as a named future: the first, or the one that begins at `cursor`.
            ///
            /// # Errors
            /// Those of every request.
            #[inline]
            pub fn send(self) -> $crate::call::Call<codex_protocol::$response> {
                $crate::call::Call::new(async move {
                    self.codex.connection().request(&self.params, Default::default()).await
                })
            }

            /// All items, page after page, each page asked for when the one before it has been read.
            ///
            /// `limit`, if it is set, is the size of a page.
            #[inline]
            pub fn stream(self) -> $crate::lists::Listing<$item> {
                $crate::lists::Listing::new(self.codex, self.params)
            }
        }

        impl $crate::lists::paged::Paged for codex_protocol::$params {
            type Item = $item;

            fn turn_to(&mut self, cursor: String) {
                self.cursor = Some(cursor.into());
            }

            #[inline]
            fn page(
                response: codex_protocol::$response,
            ) -> $crate::lists::paged::Page<$item> {
                $crate::lists::paged::Page { items: response.data, next: response.next_cursor }
            }

            $(
                fn key(item: &$item) -> Option<&str> {
                    let key: fn(&$item) -> &str = $key;
                    Some(key(item))
                }
            )?
        }

        $crate::options::opaque_debug!($name);
        $crate::call::awaitable!($name => codex_protocol::$response);
    };
}

pub(crate) use paged;
