//! The counterpart of `resizes.rs` for systems without the signal `SIGWINCH`: the size is checked once.

use futures::{Stream, StreamExt, stream};

/// The size may have changed.
#[derive(Debug)]
pub(crate) struct Resized;

/// A stream with one event, when it is first polled.
pub(super) fn resizes() -> impl Stream<Item = Resized> + Send {
    stream::once(async { Resized }).chain(stream::pending())
}
