//! Futures that processes perform, polled by the ground.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures::future::BoxFuture;
use pin_project::pin_project;

use crate::panic::Contained;
use crate::{Output, Reason, Token};

/// A future that a process performs.
#[pin_project]
pub(super) struct Performed {
    pub(super) token: Token,
    #[pin]
    pub(super) future: Contained<BoxFuture<'static, Result<Output, Reason>>>,
}

impl Future for Performed {
    type Output = (Token, Result<Output, Reason>);

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        this.future.poll(cx).map(|outcome| (*this.token, outcome.unwrap_or_else(|panic| Err(panic.into()))))
    }
}
