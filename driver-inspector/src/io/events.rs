//! A page's stream of frames. A frame is made only when the last one has been written.
//!
//! So a slow browser gets fewer frames, each with everything that has changed meanwhile, and a browser that has stopped
//! reading gets none.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use async_io::Timer;
use futures::{FutureExt, Stream};
use hyper::body::Bytes;

use super::pages::Open;
use super::transport::Written;

/// The least time between two frames.
const INTERVAL: Duration = Duration::from_millis(200);

pub(super) struct Events {
    page: Rc<Open>,
    written: Rc<Written>,
    /// When the next frame may be made.
    next: Option<Timer>,
}

impl Events {
    pub(super) fn new(page: Rc<Open>, written: Rc<Written>) -> Self {
        Self { page, written, next: None }
    }

    fn frame(&self) -> serde_json::Result<Bytes> {
        let mut event = b"data: ".to_vec();
        serde_json::to_writer(&mut event, &self.page.frame())?;
        event.extend_from_slice(b"\n\n");
        Ok(event.into())
    }
}

impl Stream for Events {
    type Item = serde_json::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.page.is_over(cx) {
            return Poll::Ready(None);
        }
        ready!(self.written.poll(cx));
        // The first frame comes at once. A timer must not be polled after it has fired, so it is polled last.
        if let Some(next) = &mut self.next {
            ready!(next.poll_unpin(cx));
        }
        self.next = Some(Timer::after(INTERVAL));
        self.written.not_yet();
        Poll::Ready(Some(self.frame()))
    }
}
