//! Changes of the terminal's size, by the signal `SIGWINCH`.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

use futures::channel::mpsc;
use futures::{Stream, StreamExt, stream};
use signal_hook::consts::SIGWINCH;
use signal_hook::iterator::{Handle, Signals};
use tracing::warn;

/// The size may have changed.
#[derive(Debug)]
pub(crate) struct Resized;

/// A stream with an event for each signal. A thread waits for the signals, and ends when this is dropped.
struct Resizes {
    resized: mpsc::Receiver<Resized>,
    handle: Handle,
}

/// A stream with an event when it is first polled, and one after each signal from then on. The signal handler is
/// installed by the first poll.
pub(super) fn resizes() -> impl Stream<Item = Resized> + Send {
    let begun = stream::once(async {
        Resizes::begin()
            .inspect_err(|error| warn!(%error, "cannot follow changes of the terminal's size"))
            .ok()
    });
    begun.flat_map(|resizes| stream::iter(resizes).flatten())
}

impl Resizes {
    fn begin() -> io::Result<Self> {
        let mut signals = Signals::new([SIGWINCH])?;
        let handle = signals.handle();
        let (mut sender, resized) = mpsc::channel(1);
        let _has_room = sender.try_send(Resized);
        thread::Builder::new().name("terminal size".to_owned()).spawn(move || {
            for _ in signals.forever() {
                // If the channel is full, an event is pending already, which is enough.
                let _is_waiting = sender.try_send(Resized);
            }
        })?;
        Ok(Self { resized, handle })
    }
}

impl Stream for Resizes {
    type Item = Resized;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Resized>> {
        self.resized.poll_next_unpin(cx)
    }
}

impl Drop for Resizes {
    fn drop(&mut self) {
        self.handle.close();
    }
}
