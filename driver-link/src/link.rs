//! The builder of the driver.

use std::fmt;
use std::num::NonZero;
use std::sync::Arc;

use anyhow::ensure;
use marketplace_core::Spawn;

use crate::hub::Hub;
use crate::shared::SharedType;
use crate::transport::Transport;

/// The builder of the driver: the name of this ground, the types that it shares, and the transports to other grounds.
///
/// # Examples
///
/// ```
/// use driver_link::{Link, Shared, Threads};
/// use marketplace_core::{Ground, Message};
///
/// #[derive(Debug, Message)]
/// struct Said { text: String }
///
/// let threads = Threads::new();
/// let room = |name: &str| {
///     let link = Link::new(name).share(Shared::<Said>::new()).join(threads.clone());
///     Ground::new().spawn(link.spawn())
/// };
/// let (kitchen, cellar) = (room("kitchen"), room("cellar"));
/// ```
pub struct Link {
    pub(crate) name: Arc<str>,
    pub(crate) options: Options,
    pub(crate) shared: Vec<SharedType>,
    pub(crate) transports: Vec<Box<dyn Transport>>,
}

/// The limits for each other ground.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// The maximum number of frames in flight in each direction.
    pub(crate) window: u32,
    /// The number of waiting frames above which there is pressure.
    pub(crate) mark: usize,
    /// The maximum number of waiting frames.
    pub(crate) limit: usize,
    /// The maximum number of mirrored endpoints.
    pub(crate) endpoints: usize,
}

impl Link {
    /// A link for a ground with this name. Others see the name in [`Linked`](crate::Linked). It need not be unique. Others
    /// refuse a ground whose name is longer than 255 bytes.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        let options = Options { window: 4_096, mark: 8_192, limit: 65_536, endpoints: 100_000 };
        Self { name: name.into(), options, shared: Vec::new(), transports: Vec::new() }
    }

    /// Shares a message type with all grounds that share it too. If a type is shared twice, the driver fails when it starts.
    #[must_use]
    pub fn share(mut self, shared: impl Into<SharedType>) -> Self {
        self.shared.push(shared.into());
        self
    }

    /// Joins all grounds that the transport finds. If several transports find the same ground, the link uses the first one
    /// that found it, and another one only after the first has lost it.
    #[must_use]
    pub fn join(mut self, transport: impl Transport) -> Self {
        self.transports.push(Box::new(transport));
        self
    }

    /// Sets how many unacknowledged frames (endpoints and messages) another ground may send to this one. In the other
    /// direction, the other ground's setting counts as well. The default is 4,096.
    #[must_use]
    pub fn window(mut self, frames: NonZero<u32>) -> Self {
        self.options.window = frames.get();
        self
    }

    /// Sets how many frames may wait for a ground, besides those in flight, before there is
    /// [`LinkPressure`](crate::LinkPressure). The default is 8,192. Pressure ends at half of that.
    #[must_use]
    pub fn mark(mut self, frames: usize) -> Self {
        self.options.mark = frames;
        self
    }

    /// Sets the maximum number of frames that wait for a ground. The default is 65,536. With one more, the link is lost and
    /// begins a new session ([`Cause::Overrun`](crate::Cause::Overrun)).
    #[must_use]
    pub fn limit(mut self, frames: usize) -> Self {
        self.options.limit = frames;
        self
    }

    /// Sets the maximum number of endpoints of one ground that are mirrored. The default is 100,000. A ground with more is
    /// refused.
    #[must_use]
    pub fn endpoints(mut self, endpoints: usize) -> Self {
        self.options.endpoints = endpoints;
        self
    }

    /// The driver's process. Spawn it at the ground, or in a nested VM together with the relay of driver-event-relay. Each
    /// ground or VM has one link for everything that it shares.
    ///
    /// Invalid options, such as a type that is shared twice, make the process fail when it starts. To restart a link that
    /// fails, put it under a [`Supervisor`](marketplace_core::Supervisor).
    #[must_use]
    pub fn spawn(self) -> Spawn {
        let name = format!("link {:?}", self.name);
        Spawn::actor(Hub::new(self)).named(name)
    }
}

impl Options {
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let Self { mark, limit, .. } = self;
        ensure!(mark <= limit, "a link's mark, {mark}, is above its limit, {limit}");
        Ok(())
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, options, shared, .. } = self;
        f.debug_struct("Link")
            .field("name", name)
            .field("options", options)
            .field("shared", shared)
            .finish_non_exhaustive()
    }
}
