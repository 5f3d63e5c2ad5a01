//! Where no signal tells of it, the terminal's size is looked at once for those who want to know.

use futures::{Stream, StreamExt, stream};

/// The size may have changed.
#[derive(Debug)]
pub(crate) struct Resized;

/// Says once, as it is first polled, that the size may have changed.
pub(super) fn resizes() -> impl Stream<Item = Resized> + Send {
    stream::once(async { Resized }).chain(stream::pending())
}
