//! Calls under way, as futures with a name.
//!
//! A call that few programs make is `#[inline]`: what it is made of, down to the types of its params and of its answer,
//! is compiled by the programs that make it, and by no other.

use crate::error::Result;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A call under way: what `send()` and `.await` make of a builder.
///
/// `Send + 'static`, so that it can be spawned or joined with others.
///
/// # Cancel safety
/// Dropping it stops the wait. A request whose bytes have left is still carried out by the server.
#[must_use = "a call does nothing before it is awaited"]
pub struct Call<T>(Boxed<'static, T>);

/// A call under way that borrows what it is made of.
///
/// What several others await is of this type: the body of an `async fn` is compiled again in each place that awaits it.
pub(crate) type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

impl<T> Call<T> {
    pub(crate) fn new(call: impl Future<Output = Result<T>> + Send + 'static) -> Self {
        Self(Box::pin(call))
    }
}

impl<T> Future for Call<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").finish_non_exhaustive()
    }
}

/// Makes a builder awaitable: `builder.await` is `builder.send().await`.
macro_rules! awaitable {
    ($builder:ty => $output:ty) => {
        impl std::future::IntoFuture for $builder {
            type Output = $crate::error::Result<$output>;
            type IntoFuture = $crate::call::Call<$output>;

            #[inline]
            fn into_future(self) -> Self::IntoFuture {
                self.send()
            }
        }
    };
}

pub(crate) use awaitable;
