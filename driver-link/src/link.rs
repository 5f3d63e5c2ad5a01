//! The builder of the driver.

use std::fmt;
use std::num::NonZero;
use std::sync::Arc;

use anyhow::ensure;
use marketplace_core::Spawn;

use crate::carrier::Carrier;
use crate::hub::Hub;
use crate::shared::SharedType;

/// A ground's end of the links to all others: what it is called, what it shares, and by which carriers.
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
    pub(crate) carriers: Vec<Box<dyn Carrier>>,
}

/// What is allowed of each ground that is joined.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// How many frames may be on their way, each way.
    pub(crate) window: u32,
    /// Above how many waiting frames there is pressure.
    pub(crate) mark: usize,
    /// How many frames may wait.
    pub(crate) limit: usize,
    /// How many endpoints are mirrored.
    pub(crate) endpoints: usize,
}

impl Link {
    /// A ground's end, and its name: what others know it by, in [`Linked`](crate::Linked). It need not be unique. Others
    /// refuse a ground whose name takes more than 255 bytes.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        let options = Options { window: 4_096, mark: 8_192, limit: 65_536, endpoints: 100_000 };
        Self { name: name.into(), options, shared: Vec::new(), carriers: Vec::new() }
    }

    /// Shares a type of messages with all grounds that share it too. A type that is shared twice fails the driver.
    #[must_use]
    pub fn share(mut self, shared: impl Into<SharedType>) -> Self {
        self.shared.push(shared.into());
        self
    }

    /// Joins all grounds that the carrier finds. Where several carriers find the same one, the link uses the one that
    /// found it first, and another one only once that has lost it.
    #[must_use]
    pub fn join(mut self, carrier: impl Carrier) -> Self {
        self.carriers.push(Box::new(carrier));
        self
    }

    /// How many frames, endpoints and messages, a ground may have under way to this one that it has not taken yet, and
    /// this one to it, as far as that allows it: 4,096.
    #[must_use]
    pub fn window(mut self, frames: NonZero<u32>) -> Self {
        self.options.window = frames.get();
        self
    }

    /// How many frames may wait for a ground, beyond those that are under way, before there is
    /// [`LinkPressure`](crate::LinkPressure): 8,192. It ends at half of that.
    #[must_use]
    pub fn mark(mut self, frames: usize) -> Self {
        self.options.mark = frames;
        self
    }

    /// How many frames may wait for a ground: 65,536. One more, and the link is lost and begins anew
    /// ([`Cause::Overrun`](crate::Cause::Overrun)).
    #[must_use]
    pub fn limit(mut self, frames: usize) -> Self {
        self.options.limit = frames;
        self
    }

    /// How many endpoints of one ground are mirrored: 100,000. A ground that has more is refused.
    #[must_use]
    pub fn endpoints(mut self, endpoints: usize) -> Self {
        self.options.endpoints = endpoints;
        self
    }

    /// The driver's process. It is for a ground, or for a nested VM beside a relay of driver-event-relay; each has one
    /// link for all that it shares.
    ///
    /// What is wrong with its options, a type that is shared twice, say, fails the process as it begins. Where a program is
    /// not to go on without its link, have a [`Supervisor`](marketplace_core::Supervisor) keep it.
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
