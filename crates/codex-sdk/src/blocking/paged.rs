//! The twins of builders of lists.

/// Makes the twin of a builder that `lists::paged` made.
macro_rules! paged_twin {
    ($(#[$doc:meta])* $name:ident by $params:ident => $response:ident of $item:ty) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        #[must_use = "nothing is asked for before `send()` or `stream()`"]
        pub struct $name {
            inner: $crate::$name,
            engine: $crate::blocking::engine::Engine,
        }

        impl $name {
            fn params_mut(&mut self) -> &mut codex_protocol::$params {
                self.inner.params_mut()
            }

            /// Replaces all options by these params of the protocol.
            pub fn params(mut self, params: codex_protocol::$params) -> Self {
                self.inner = self.inner.params(params);
                self
            }

            /// One page: the first, or the one that begins at `cursor`.
            ///
            /// # Errors
            /// Those of every request.
            ///
            /// # Panics
            /// Inside an async context, where the async twin is to be used.
            #[track_caller]
            pub fn send(self) -> $crate::error::Result<codex_protocol::$response> {
                self.engine.wait(stringify!($name), self.inner.send())
            }

            /// All items, page after page, each page asked for when the one before it has been read.
            ///
            /// `limit`, if it is set, is the size of a page.
            pub fn stream(self) -> $crate::blocking::Listing<$item> {
                use $crate::blocking::into_blocking::IntoBlocking;
                self.inner.stream().into_blocking(&self.engine)
            }
        }

        impl $crate::blocking::into_blocking::IntoBlocking for $crate::$name {
            type Blocking = $name;

            fn into_blocking(self, engine: &$crate::blocking::engine::Engine) -> $name {
                $name { inner: self, engine: engine.clone() }
            }
        }
    };
}

pub(crate) use paged_twin;
